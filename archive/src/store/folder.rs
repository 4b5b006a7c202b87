//! A store in a folder: `blobs/ab/cd/<64 hex>`, mode 0444, readable with any file manager.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::copy::copy;
use super::{Found, Kept, Place, Staged, Store, StoreError};
use crate::digest::Digest;
use crate::disk::{Disk, Entry, ReadSeek};
use crate::scratch::Scratch;

/// From this many contents on, one wait for the whole file system is cheaper than one for each file.
const MANY: usize = 6;

/// The folder in an archive that holds the contents.
pub(crate) const BLOBS: &str = "blobs";

/// Keeps each content as a plain file.
#[derive(Debug)]
pub struct FolderStore {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    scratch: Arc<Scratch>,
    drafts: AtomicU64,
}

/// A staged file in the scratch folder; removed unless it was settled.
pub(super) struct Draft {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    settled: bool,
}

impl FolderStore {
    /// Returns the store of the archive at `archive`, whose `blobs` folder exists.
    pub fn new(disk: Arc<dyn Disk>, archive: &Path, scratch: Arc<Scratch>) -> Self {
        Self { disk, root: archive.join(BLOBS), scratch, drafts: AtomicU64::new(0) }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(&hex[..2]).join(&hex[2..4]).join(hex)
    }

    fn new_draft(&self) -> Result<Draft, StoreError> {
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let folder = self.scratch.folder().map_err(|source| self.trouble(self.scratch.parent(), source))?;
        let path = folder.join(format!("blob-{number}"));
        Ok(Draft { disk: Arc::clone(&self.disk), path, settled: false })
    }

    fn trouble(&self, path: &Path, source: io::Error) -> StoreError {
        StoreError::Disk { path: path.to_owned(), source }
    }

    /// Waits until the bytes of all drafts are on the medium.
    fn sync_drafts(&self, drafts: &[&Draft]) -> Result<(), StoreError> {
        if drafts.len() >= MANY {
            return self.disk.sync_everything(&self.root).map_err(|source| self.trouble(&self.root, source));
        }
        for draft in drafts {
            self.disk.sync_file(&draft.path).map_err(|source| self.trouble(&draft.path, source))?;
        }
        Ok(())
    }

    /// Gives a synced draft its name; returns whether the content was there already. Adds to `touched`
    /// the folders whose names must be on the medium before the group is.
    ///
    /// That holds for a content or a folder that was there already, too: a process that was killed may
    /// have made it a moment ago, and nobody synced its name.
    fn give_name(&self, staged: &Staged, draft: &mut Draft, touched: &mut BTreeSet<PathBuf>) -> Result<bool, StoreError> {
        let path = self.path(&staged.fingerprint.digest);
        let folders = self.folders_of(&path);
        let is_new = self.make_folder(&folders[1..])?;
        touched.extend(folders);
        if !is_new && self.has(&path, staged.fingerprint.size)? {
            return Ok(true);
        }
        self.put_in_place(draft, &path)?;
        Ok(false)
    }

    /// Whether there is a file of this length. One of another length under this name is damage: the good bytes take its place.
    fn has(&self, path: &Path, size: u64) -> Result<bool, StoreError> {
        match self.disk.len(path) {
            Ok(length) => Ok(length == size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.trouble(path, error)),
        }
    }

    /// Makes the last of these folders, and those above it where they are missing; returns whether it is new.
    fn make_folder(&self, folders: &[PathBuf]) -> Result<bool, StoreError> {
        let Some((folder, above)) = folders.split_last() else { return Ok(false) };
        match self.disk.make_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !above.is_empty() => {
                self.make_folder(above)?;
                self.disk.make_dir(folder).map_err(|source| self.trouble(folder, source))
            }
            made => made.map_err(|source| self.trouble(folder, source)),
        }
    }

    /// Gives a synced draft its name, in a folder that there is, whatever bears it now.
    fn put_in_place(&self, draft: &mut Draft, path: &Path) -> Result<(), StoreError> {
        self.disk.rename(&draft.path, path).map_err(|source| self.trouble(path, source))?;
        draft.settled = true;
        Ok(())
    }

    /// The folders above a blob: the root of the store, and the two inside it.
    fn folders_of(&self, blob: &Path) -> Vec<PathBuf> {
        let mut folders: Vec<_> = blob.ancestors().skip(1).take(3).map(Path::to_owned).collect();
        folders.reverse();
        folders
    }

    /// Waits until the new names are on the medium.
    fn sync_names(&self, touched: &BTreeSet<PathBuf>) -> Result<(), StoreError> {
        if touched.len() >= MANY {
            return self.disk.sync_everything(&self.root).map_err(|source| self.trouble(&self.root, source));
        }
        for folder in touched {
            self.disk.sync_dir(folder).map_err(|source| self.trouble(folder, source))?;
        }
        Ok(())
    }

    fn list(&self, folder: &Path) -> Result<Vec<Entry>, StoreError> {
        self.disk.list(folder).map_err(|source| self.trouble(folder, source))
    }

    /// Says what a file two folders deep is.
    fn recognise(&self, path: &Path, entry: &Entry) -> Result<Found, StoreError> {
        let digest = entry.name.to_str().and_then(|name| name.parse::<Digest>().ok());
        match digest {
            Some(digest) if !entry.is_dir && self.path(&digest) == path => match self.disk.len(path) {
                Ok(size) => Ok(Found::Blob(digest, size)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Stranger(self.relative(path))),
                Err(source) => Err(self.trouble(path, source)),
            },
            _ => Ok(Found::Stranger(self.relative(path))),
        }
    }

    fn relative(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        Path::new(BLOBS).join(inside)
    }
}

impl Store for FolderStore {
    fn stage(&self, source: &mut dyn Read) -> Result<Staged, StoreError> {
        let draft = self.new_draft()?;
        let trouble = |error| self.trouble(&draft.path, error);
        let mut file = self.disk.create(&draft.path).map_err(trouble)?;
        let fingerprint = copy(source, &mut *file, &trouble)?;
        Ok(Staged { fingerprint, place: Place::File(draft) })
    }

    fn settle(&self, mut group: Vec<Staged>) -> Result<Vec<Kept>, StoreError> {
        let drafts: Vec<&Draft> = group.iter().filter_map(Staged::draft).collect();
        self.sync_drafts(&drafts)?;
        let mut touched = BTreeSet::new();
        let mut kept = Vec::with_capacity(group.len());
        for staged in &mut group {
            let mut place = std::mem::replace(&mut staged.place, Place::Memory(Vec::new()));
            let known = match &mut place {
                Place::File(draft) => self.give_name(staged, draft, &mut touched)?,
                Place::Memory(_) => true,
            };
            kept.push(Kept { fingerprint: staged.fingerprint, known });
        }
        self.sync_names(&touched)?;
        Ok(kept)
    }

    fn replace(&self, mut staged: Staged) -> Result<Kept, StoreError> {
        let path = self.path(&staged.fingerprint.digest);
        if let Place::File(draft) = &mut staged.place {
            self.sync_drafts(&[&*draft])?;
            self.make_folder(&self.folders_of(&path)[1..])?;
            self.put_in_place(draft, &path)?;
        }
        self.sync_names(&self.folders_of(&path).into_iter().collect())?;
        Ok(Kept { fingerprint: staged.fingerprint, known: false })
    }

    fn size(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let path = self.path(digest);
        match self.disk.len(&path) {
            Ok(size) => Ok(Some(size)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.trouble(&path, source)),
        }
    }

    fn range(&self, digest: &Digest, range: Range<u64>) -> Result<Box<dyn Read + Send>, StoreError> {
        let size = self.size(digest)?.ok_or(StoreError::NotFound(*digest))?;
        if range.start > range.end || range.end > size {
            return Err(StoreError::Range { digest: *digest, range, size });
        }
        let path = self.path(digest);
        let mut file = self.disk.open(&path).map_err(|source| self.trouble(&path, source))?;
        file.seek(SeekFrom::Start(range.start)).map_err(|source| self.trouble(&path, source))?;
        Ok(Box::new(file.take(range.end - range.start)))
    }

    fn remove(&self, digests: &[Digest]) -> Result<u64, StoreError> {
        let (mut removed, mut touched) = (0, BTreeSet::new());
        for digest in digests {
            let path = self.path(digest);
            match self.disk.remove(&path) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(self.trouble(&path, source)),
            }
            // Also where it was gone already: who removed it may have died before its name was durably gone.
            let folder = path.parent().unwrap_or(&self.root);
            match self.disk.list(folder) {
                Ok(_) => drop(touched.insert(folder.to_owned())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(self.trouble(folder, source)),
            }
        }
        self.sync_names(&touched)?;
        Ok(removed)
    }

    fn visit(&self, visit: &mut dyn FnMut(Found) -> bool) -> Result<(), StoreError> {
        for outer in self.list(&self.root)? {
            let outer_path = self.root.join(&outer.name);
            if !is_folder_name(&outer) {
                if !visit(Found::Stranger(self.relative(&outer_path))) {
                    return Ok(());
                }
                continue;
            }
            for inner in self.list(&outer_path)? {
                let inner_path = outer_path.join(&inner.name);
                if !is_folder_name(&inner) {
                    if !visit(Found::Stranger(self.relative(&inner_path))) {
                        return Ok(());
                    }
                    continue;
                }
                for entry in self.list(&inner_path)? {
                    if !visit(self.recognise(&inner_path.join(&entry.name), &entry)?) {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn local(&self, digest: &Digest) -> Option<PathBuf> {
        Some(self.path(digest))
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        self.relative(&self.path(digest))
    }
}

/// A folder of the store is named by two hexadecimal digits.
fn is_folder_name(entry: &Entry) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let name = entry.name.as_encoded_bytes();
    entry.is_dir && name.len() == 2 && name.iter().all(is_hex)
}

impl Staged {
    fn draft(&self) -> Option<&Draft> {
        match &self.place {
            Place::File(draft) => Some(draft),
            Place::Memory(_) => None,
        }
    }
}

impl Draft {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        self.disk.open(&self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.settled {
            // What stays behind in the scratch folder is swept by the next writer.
            let _ = self.disk.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::OsDisk;
    use crate::disk::forgetful::ForgetfulDisk;

    /// A store on a disk that forgets, with its folders made and synced.
    fn store_on(disk: &ForgetfulDisk) -> FolderStore {
        for folder in ["/blobs", "/tmp", "/next"] {
            disk.make_dir(Path::new(folder)).unwrap();
        }
        disk.sync_dir(Path::new("/")).unwrap();
        store_with_scratch(disk, "/tmp")
    }

    /// The store as the next process finds it.
    fn reopen(disk: &ForgetfulDisk) -> FolderStore {
        store_with_scratch(disk, "/next")
    }

    fn store_with_scratch(disk: &ForgetfulDisk, scratch: &str) -> FolderStore {
        FolderStore::new(Arc::new(disk.clone()), Path::new("/"), Arc::new(Scratch::fixed(scratch)))
    }

    fn contents() -> Vec<Vec<u8>> {
        (0..10u8).map(|number| format!("ảnh {number}").into_bytes().repeat(1 + usize::from(number))).collect()
    }

    fn settle(store: &FolderStore, group: &[Vec<u8>]) -> Result<Vec<Kept>, StoreError> {
        let staged = group.iter().map(|bytes| store.stage(&mut bytes.as_slice())).collect::<Result<Vec<_>, _>>()?;
        store.settle(staged)
    }

    /// Every blob that is visible must be whole.
    fn assert_whole(store: &FolderStore) -> usize {
        let mut blobs = Vec::new();
        store
            .visit(&mut |found| {
                blobs.push(found);
                true
            })
            .unwrap();
        for found in &blobs {
            let Found::Blob(digest, _) = found else { panic!("a stranger: {found:?}") };
            let mut bytes = Vec::new();
            store.read(digest).unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(Digest::of(&bytes), *digest);
        }
        blobs.len()
    }

    #[test]
    fn the_folder_store_keeps_the_contract() {
        crate::store::contract::check(&|| {
            let folder = tempfile::tempdir().unwrap().keep();
            std::fs::create_dir(folder.join(BLOBS)).unwrap();
            let scratch = Arc::new(Scratch::in_folder(folder.join("tmp")));
            Box::new(FolderStore::new(Arc::new(OsDisk), &folder, scratch))
        });
    }

    /// Small groups sync file by file, large ones all at once: both must hold.
    #[test]
    fn a_power_cut_after_any_operation_leaves_whole_blobs_and_all_settled_ones() {
        for size in [2, 10] {
            let group = &contents()[..size];
            let mut cut = 0;
            loop {
                let disk = ForgetfulDisk::default();
                let store = store_on(&disk);
                disk.cut_after(cut);
                let outcome = settle(&store, group);
                let after = disk.restart();
                let survivors = assert_whole(&reopen(&after));
                if outcome.is_ok() {
                    assert_eq!(survivors, size, "cut after {cut} operations");
                }
                // What was lost can be brought in again.
                settle(&reopen(&after), group).unwrap();
                assert_eq!(assert_whole(&reopen(&after.restart())), size);
                // A process that only died, with the power on, left names that nobody synced: the next
                // process must not take them for durable.
                disk.end_cut();
                settle(&reopen(&disk), group).unwrap();
                assert_eq!(assert_whole(&reopen(&disk.restart())), size, "killed after {cut} operations");
                if outcome.is_ok() && cut > 40 {
                    break;
                }
                cut += 1;
            }
        }
    }

    #[test]
    fn a_full_disk_at_any_write_loses_nothing_that_was_settled() {
        let (first, second) = (contents()[..5].to_vec(), contents()[5..].to_vec());
        for nth in 0..second.len() as u64 {
            let disk = ForgetfulDisk::default();
            let store = store_on(&disk);
            settle(&store, &first).unwrap();
            disk.fill_at(nth);
            let error = settle(&store, &second).unwrap_err();
            assert!(matches!(error, StoreError::Disk { .. }), "{error}");
            assert_eq!(assert_whole(&store), first.len());
            assert!(disk.list(Path::new("/tmp")).unwrap().is_empty(), "a draft stayed behind");
            settle(&store, &second).unwrap();
            assert_eq!(assert_whole(&reopen(&disk.restart())), 10);
        }
    }

    #[test]
    fn a_cut_short_blob_is_replaced_by_the_good_bytes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BLOBS)).unwrap();
        let scratch = Arc::new(Scratch::in_folder(folder.path().join("tmp")));
        let store = FolderStore::new(Arc::new(OsDisk), folder.path(), scratch);
        let kept = store.put(&mut "dệt lụa".as_bytes()).unwrap();
        let path = store.path(&kept.fingerprint.digest);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "dệt").unwrap();
        assert!(!store.put(&mut "dệt lụa".as_bytes()).unwrap().known);
        assert_eq!(std::fs::read(&path).unwrap(), "dệt lụa".as_bytes());
    }

    #[test]
    fn damage_of_the_same_length_is_replaced_whole_or_not_at_all() {
        let bytes = "dệt lụa".as_bytes();
        let digest = Digest::of(bytes);
        for cut in 0..20 {
            let disk = ForgetfulDisk::default();
            let store = store_on(&disk);
            store.put(&mut &bytes[..]).unwrap();
            let path = store.path(&digest);
            disk.remove(&path).unwrap();
            let mut file = disk.create(&path).unwrap();
            file.write_all(&[b'x'; 10]).unwrap();
            file.sync().unwrap();
            drop(file);
            disk.sync_dir(path.parent().unwrap()).unwrap();
            disk.cut_after(cut);
            let outcome = store.stage(&mut &bytes[..]).and_then(|staged| store.replace(staged));
            let after = reopen(&disk.restart());
            let mut found = Vec::new();
            after.read(&digest).unwrap().read_to_end(&mut found).unwrap();
            assert!(found == bytes || found == [b'x'; 10], "cut after {cut} operations: {found:?}");
            assert!(outcome.is_err() || found == bytes, "cut after {cut} operations");
        }
    }

    #[test]
    fn strangers_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("blobs/ab/cd")).unwrap();
        for name in ["blobs/đọc tôi.txt", "blobs/ab/x", "blobs/ab/cd/Thumbs.db"] {
            std::fs::write(folder.path().join(name), "?").unwrap();
        }
        let wrong_place = folder.path().join("blobs/ab/cd").join(Digest::of(b"x").to_string());
        std::fs::write(wrong_place, "x").unwrap();
        let store = FolderStore::new(Arc::new(OsDisk), folder.path(), Arc::new(Scratch::fixed("/nowhere")));
        let mut strangers = 0;
        store
            .visit(&mut |found| {
                strangers += usize::from(matches!(found, Found::Stranger(_)));
                true
            })
            .unwrap();
        assert_eq!(strangers, 4);
    }
}
