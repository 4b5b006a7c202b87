//! A disk in memory that forgets what was not synced, for tests.
//!
//! It keeps each file and each folder twice: as a running program sees it, and as it would be found
//! after a power cut. [`ForgetfulDisk::cut_after`] lets the power fail after a number of operations,
//! [`ForgetfulDisk::fill_at`] lets the disk be full at one write, [`ForgetfulDisk::restart`] shows what
//! is left.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, Entry, NewFile, ReadSeek};

/// A file system in memory with a power switch. Clones share the same disk.
#[derive(Clone, Debug)]
pub struct ForgetfulDisk(Arc<Mutex<State>>);

type Number = usize;
const ROOT: Number = 0;

#[derive(Clone, Debug)]
struct State {
    nodes: Vec<Node>,
    operations: u64,
    writes: u64,
    cut_after: Option<u64>,
    full_at: Option<u64>,
}

#[derive(Clone, Debug)]
enum Node {
    File { now: Vec<u8>, synced: Vec<u8> },
    Folder { now: BTreeMap<OsString, Number>, synced: BTreeMap<OsString, Number> },
}

struct Handle {
    disk: ForgetfulDisk,
    node: Number,
}

impl Default for ForgetfulDisk {
    fn default() -> Self {
        let root = Node::Folder { now: BTreeMap::new(), synced: BTreeMap::new() };
        Self(Arc::new(Mutex::new(State { nodes: vec![root], operations: 0, writes: 0, cut_after: None, full_at: None })))
    }
}

impl ForgetfulDisk {
    /// Lets every operation after the next `count` fail, as if the power had gone.
    pub fn cut_after(&self, count: u64) {
        let mut state = self.state();
        state.operations = 0;
        state.cut_after = Some(count);
    }

    /// Lets operations succeed again, with everything as the running program left it: the process died,
    /// the power did not.
    pub fn end_cut(&self) {
        self.state().cut_after = None;
    }

    /// Lets the `nth` write from now on (counted from 0) find the disk full; later ones succeed.
    pub fn fill_at(&self, nth: u64) {
        let mut state = self.state();
        state.writes = 0;
        state.full_at = Some(nth);
    }

    /// Returns how many operations were tried since the last [`ForgetfulDisk::cut_after`].
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Returns how many writes were tried since the last [`ForgetfulDisk::fill_at`].
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Returns the disk as it is found after the power came back: only what was synced.
    pub fn restart(&self) -> Self {
        let mut state = self.state().clone();
        for node in &mut state.nodes {
            match node {
                Node::File { now, synced } => now.clone_from(synced),
                Node::Folder { now, synced } => now.clone_from(synced),
            }
        }
        (state.cut_after, state.full_at) = (None, None);
        Self(Arc::new(Mutex::new(state)))
    }

    /// Changes one byte of a file, on the medium itself, as rot does.
    pub fn rot(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let node = state.find(path)?;
        if let Node::File { now, synced } = &mut state.nodes[node] {
            now[0] ^= 1;
            synced.clone_from(now);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    /// Counts one operation and returns the state, or an error once the power is gone.
    fn operate(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if state.cut_after.is_some_and(|limit| state.operations >= limit) {
            return Err(io::Error::other("the power is gone"));
        }
        state.operations += 1;
        Ok(state)
    }
}

impl State {
    fn find(&self, path: &Path) -> io::Result<Number> {
        let mut number = ROOT;
        for part in path.iter().filter(|part| *part != OsStr::new("/")) {
            number = *self.folder(number)?.get(part).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(number)
    }

    fn folder(&self, number: Number) -> io::Result<&BTreeMap<OsString, Number>> {
        match &self.nodes[number] {
            Node::Folder { now, .. } => Ok(now),
            Node::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn folder_mut(&mut self, path: &Path) -> io::Result<&mut BTreeMap<OsString, Number>> {
        let number = self.find(path)?;
        match &mut self.nodes[number] {
            Node::Folder { now, .. } => Ok(now),
            Node::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<Number> {
        let number = self.nodes.len();
        let (parent, name) = split(path)?;
        let names = self.folder_mut(parent)?;
        if names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        names.insert(name.to_owned(), number);
        self.nodes.push(node);
        Ok(number)
    }

    fn sync(&mut self, number: Number) {
        match &mut self.nodes[number] {
            Node::File { now, synced } => synced.clone_from(now),
            Node::Folder { now, synced } => synced.clone_from(now),
        }
    }
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.operate()?;
        let nth = state.writes;
        state.writes += 1;
        if state.full_at == Some(nth) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if let Node::File { now, .. } = &mut state.nodes[self.node] {
            now.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for Handle {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.operate()?.sync(self.node);
        Ok(())
    }
}

impl Disk for ForgetfulDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let empty = Node::File { now: Vec::new(), synced: Vec::new() };
        let node = self.operate()?.add(path, empty)?;
        Ok(Box::new(Handle { disk: self.clone(), node }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadSeek>> {
        let state = self.operate()?;
        match &state.nodes[state.find(path)?] {
            Node::File { now, .. } => Ok(Box::new(Cursor::new(now.clone()))),
            Node::Folder { .. } => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let state = self.operate()?;
        match &state.nodes[state.find(path)?] {
            Node::File { now, .. } => Ok(now.len() as u64),
            Node::Folder { .. } => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn make_dir(&self, path: &Path) -> io::Result<bool> {
        let empty = Node::Folder { now: BTreeMap::new(), synced: BTreeMap::new() };
        match self.operate()?.add(path, empty) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let state = self.operate()?;
        let names = state.folder(state.find(path)?)?;
        let is_dir = |number: &Number| matches!(state.nodes[*number], Node::Folder { .. });
        Ok(names.iter().map(|(name, number)| Entry { name: name.clone(), is_dir: is_dir(number) }).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        let number = state.find(from)?;
        let (parent, name) = split(to)?;
        state.folder_mut(parent)?.insert(name.to_owned(), number);
        let (parent, name) = split(from)?;
        state.folder_mut(parent)?.remove(name);
        Ok(())
    }

    fn publish(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        let number = state.find(from)?;
        let (parent, name) = split(to)?;
        let names = state.folder_mut(parent)?;
        if names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        names.insert(name.to_owned(), number);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        let (parent, name) = split(path)?;
        state.folder_mut(parent)?.remove(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(())
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.sync_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        let number = state.find(path)?;
        state.sync(number);
        Ok(())
    }

    fn sync_everything(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        for number in 0..state.nodes.len() {
            state.sync(number);
        }
        Ok(())
    }
}
