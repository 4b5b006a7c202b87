//! Writing what a package holds, and counting it.

use std::cell::Cell;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use super::name::safe_path;
use super::{GuessedName, Limits, Refused, Unpacked};

/// The most of a refused entry's name that is kept for the report.
const LONGEST_NAME: usize = 4096;

/// Whether more of the package is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Go on with the next entry.
    GoOn,
    /// A limit is reached.
    Stop,
}

/// An entry's outside: what is known before its content is read.
#[derive(Debug)]
pub(super) struct Outside<'name> {
    /// The raw name.
    pub(super) name: &'name [u8],
    /// Whether a DOS program wrote it.
    pub(super) from_dos: bool,
    /// When it was last changed.
    pub(super) modified: Option<SystemTime>,
}

/// Writes entries below one folder within the limits.
pub(super) struct Writer<'run> {
    /// What has come out so far.
    pub(super) unpacked: Unpacked,
    folder: &'run Path,
    limits: &'run Limits,
    left: u64,
    entries: u64,
    read_name: fn(&[u8]) -> String,
}

impl<'run> Writer<'run> {
    /// Starts with nothing written.
    pub(super) fn new(folder: &'run Path, limits: &'run Limits, packed: u64, read_name: fn(&[u8]) -> String) -> Writer<'run> {
        Writer { unpacked: Unpacked::default(), folder, limits, left: limits.allowance(packed), entries: 0, read_name }
    }

    /// Notes an entry that is not written.
    pub(super) fn refuse(&mut self, name: &[u8], reason: impl Into<String>) {
        let name = name.get(..LONGEST_NAME).unwrap_or(name).to_vec();
        self.unpacked.refused.push(Refused { name, reason: reason.into() });
    }

    /// Counts one more entry, of whatever kind.
    pub(super) fn count(&mut self) -> Next {
        if self.entries >= self.limits.files {
            self.refuse(b"", format!("the limit of {} entries is reached; the rest was not unpacked", self.limits.files));
            return Next::Stop;
        }
        self.entries = self.entries.saturating_add(1);
        Next::GoOn
    }

    /// Makes an empty folder.
    pub(super) fn folder(&mut self, outside: &Outside<'_>) {
        let made = safe_path(outside.name, outside.from_dos, self.limits.depth).and_then(|path| self.make_folders(&path));
        if let Err(reason) = made {
            self.refuse(outside.name, reason);
        }
    }

    /// Writes one file. A file that cannot be written whole is taken away again.
    pub(super) fn file(&mut self, outside: &Outside<'_>, content: &mut dyn Read) -> Next {
        let path = match self.place(outside) {
            Ok(path) => path,
            Err(reason) => {
                self.refuse(outside.name, reason);
                return Next::GoOn;
            }
        };
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) => {
                self.refuse(outside.name, cannot_make(&error));
                return Next::GoOn;
            }
        };
        let written = self.copy(content, &mut file);
        match written {
            Ok(bytes) => {
                // A file system that keeps no times still keeps the file.
                let _ = outside.modified.map(|time| file.set_times(FileTimes::new().set_modified(time)));
                self.note_written(outside.name, bytes);
                Next::GoOn
            }
            Err(Stopped::Limit) => {
                let _ = fs::remove_file(&path);
                self.refuse(outside.name, "the limit of bytes for this package is reached; this entry and the rest were not unpacked");
                Next::Stop
            }
            Err(Stopped::Damaged(error)) => {
                let _ = fs::remove_file(&path);
                self.refuse(outside.name, format!("its content could not be read whole: {error}"));
                Next::GoOn
            }
            Err(Stopped::Disk(error)) => {
                let _ = fs::remove_file(&path);
                self.refuse(outside.name, format!("it could not be written: {error}; the rest was not unpacked"));
                Next::Stop
            }
        }
    }

    fn note_written(&mut self, name: &[u8], bytes: u64) {
        self.unpacked.files = self.unpacked.files.saturating_add(1);
        self.unpacked.bytes = self.unpacked.bytes.saturating_add(bytes);
        if std::str::from_utf8(name).is_err() {
            let read_as = (self.read_name)(name);
            self.unpacked.names_guessed.push(GuessedName { name: name.to_vec(), read_as });
        }
    }

    fn place(&self, outside: &Outside<'_>) -> Result<PathBuf, String> {
        let path = safe_path(outside.name, outside.from_dos, self.limits.depth)?;
        if let Some(parent) = path.parent() {
            self.make_folders(parent)?;
        }
        Ok(self.folder.join(path))
    }

    /// Makes folders one by one, so that a link among them is never followed.
    fn make_folders(&self, path: &Path) -> Result<(), String> {
        let mut folder = self.folder.to_path_buf();
        for part in path.components() {
            folder.push(part);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir()) {
                        return Err("a file stands where its folder should be".to_owned());
                    }
                }
                Err(error) => return Err(format!("its folder could not be made: {error}")),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn copy(&mut self, content: &mut dyn Read, file: &mut File) -> Result<u64, Stopped> {
        let mut chunk = vec![0_u8; 64 * 1024];
        let mut written = 0_u64;
        loop {
            let count = match content.read(&mut chunk) {
                Ok(0) => return Ok(written),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stopped::Damaged(error)),
            };
            let bytes = u64::try_from(count).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(bytes).ok_or(Stopped::Limit)?;
            file.write_all(chunk.get(..count).unwrap_or_default()).map_err(Stopped::Disk)?;
            written = written.saturating_add(bytes);
        }
    }
}

/// Why a file did not become whole.
enum Stopped {
    Limit,
    Damaged(io::Error),
    Disk(io::Error),
}

fn cannot_make(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "something of this name is already there, and nothing is written over".to_owned(),
        _ => format!("it could not be made: {error}"),
    }
}

/// A reader that gives no more bytes than it may, so that headers and skipped entries are bounded too.
pub(super) struct Metered<Inner> {
    inner: Inner,
    total: u64,
    step: Rc<Cell<u64>>,
}

impl<Inner> Metered<Inner> {
    /// Allows `total` bytes in all.
    pub(super) fn new(inner: Inner, total: u64) -> Metered<Inner> {
        Metered { inner, total, step: Rc::new(Cell::new(u64::MAX)) }
    }

    /// The bytes left for the present step, to be set before each.
    pub(super) fn step(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.step)
    }
}

impl<Inner: Read> Read for Metered<Inner> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.total.min(self.step.get())).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::other("it is larger than kho reads"));
        }
        let count = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        let bytes = u64::try_from(count).unwrap_or(u64::MAX);
        self.total = self.total.saturating_sub(bytes);
        self.step.set(self.step.get().saturating_sub(bytes));
        Ok(count)
    }
}

impl<Inner: io::Seek> io::Seek for Metered<Inner> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
