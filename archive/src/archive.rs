//! One archive: its folder, its journal, its store and its catalogue together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::catalogue::{self, Catalogue, CatalogueError};
use crate::digest::Digest;
use crate::disk::OsDisk;
use crate::fixity::{self, FixityError, FixityReport, Watch};
use crate::follower::{self, FollowError, Follower as _};
use crate::journal::{Commit, Draft, Head, JOURNAL, Journal, JournalError, Ready};
use crate::record::{Record, RecordId};
use crate::scratch::Scratch;
use crate::settings::{self, Settings, SettingsError};
use crate::store::{BLOBS, FolderStore, Store};

mod erase;
mod repair;

pub use erase::{EraseError, Erasure, Finished};
pub use repair::{Damage, Left, Mended, Repair, RepairError, Repairer};

/// The file that says who may sign in. It is read and written by the program; the archive only knows that it is ours.
pub const ACCOUNTS: &str = "accounts.json";

/// The folder that says who saw what is not open to everyone. It is read and written by the program, too.
pub const AUDIT: &str = "audit";

/// What is on its way into the archive, beside blobs and journal.
pub const UPLOADS: &str = "uploads";

const TMP: &str = "tmp";
const CACHE: &str = "cache";
const README: (&str, &str) = ("README.txt", include_str!("exit/README.txt"));
const RESTORE: (&str, &str) = ("restore.py", include_str!("exit/restore.py"));

/// The name of the lock that is held while a commit is published that the catalogue does not show yet.
const PUBLISHING: &str = "publishing";

/// An open archive. May be used from several threads; several processes may have it open.
#[derive(Debug)]
pub struct Archive {
    root: PathBuf,
    settings: Settings,
    journal: Journal,
    store: Arc<dyn Store>,
    scratch: Arc<Scratch>,
    catalogue: Catalogue,
}

/// An archive cannot be made, opened or changed.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// There is no archive here.
    #[error("{0} is no archive: it holds no kho.toml; `kho init {0}` makes one")]
    NotAnArchive(PathBuf),
    /// A new archive needs a new or an empty folder.
    #[error("{0} is not empty; a new archive needs a new or an empty folder")]
    NotEmpty(PathBuf),
    /// Here is an archive already.
    #[error("{0} is an archive already; nothing was changed")]
    Exists(PathBuf),
    /// The journal ends before what the catalogue has seen.
    #[error(
        "the journal ends with commit {journal}, but the catalogue has seen commit {catalogue}: the end of the journal is \
         missing. Bring the missing files of journal/ back from a copy; if they are lost, `kho rebuild` accepts what is left"
    )]
    CutTail {
        /// The last commit in the journal.
        journal: u64,
        /// The last commit that the catalogue applied.
        catalogue: u64,
    },
    /// Catalogue and journal tell different histories.
    #[error("commit {0} is not the one that the catalogue has seen; run `kho verify`; `kho rebuild` accepts the journal as it is")]
    OtherHistory(u64),
    /// A record was changed by somebody else in the meantime.
    #[error("record {id} has revision {found} by now; look at it again, then repeat the change")]
    Conflict {
        /// The record.
        id: RecordId,
        /// Its present revision.
        found: u64,
    },
    /// A record was erased by law.
    #[error("record {id} was erased by law on {on}; nothing can be said of it any more")]
    Erased {
        /// The record.
        id: RecordId,
        /// The day.
        on: jiff::civil::Date,
    },
    /// A content was erased by law.
    #[error("the content {digest} was erased by law on {on}; a new consent is needed before it may come in again")]
    ErasedContent {
        /// The content.
        digest: Digest,
        /// The day.
        on: String,
    },
    /// The folder cannot be used.
    #[error("{path} cannot be used: {source}")]
    Disk {
        /// What was tried.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The catalogue cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A follower cannot follow.
    #[error(transparent)]
    Follow(#[from] FollowError),
}

impl Archive {
    /// Makes a new archive in a folder that is new or empty, and opens it. `tool` is the name and
    /// version of the program that writes.
    pub fn init(root: &Path, name: &str, tool: &str) -> Result<Self, ArchiveError> {
        let trouble = |source| ArchiveError::Disk { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(trouble)?;
        check_free(root)?;
        let id = RecordId::random().map_err(trouble)?;
        // kho.toml comes last: without it the folder is no archive, and `init` can be repeated.
        lay_out(root, &Settings::text_for(id, name)).map_err(trouble)?;
        Self::open(root, tool)
    }

    /// Opens the archive in `root` and lets its catalogue catch up.
    pub fn open(root: &Path, tool: &str) -> Result<Self, ArchiveError> {
        let archive = Self::open_behind(root, tool)?;
        archive.check_history()?;
        archive.catch_up()?;
        Ok(archive)
    }

    /// Deletes what is under `cache/` and opens the archive with an empty catalogue that catches up. `replaced` names what stays
    /// because its follower puts the new in its place when that is complete; it goes as well if it may tell of another history
    /// than the journal. Locks stay, since others may hold them.
    pub fn open_anew(root: &Path, tool: &str, replaced: &[&str]) -> Result<Self, ArchiveError> {
        check_is_archive(root)?;
        let seen = Self::open_behind(root, tool).and_then(|archive| archive.check_history());
        let is_other_history = matches!(seen, Err(ArchiveError::CutTail { .. } | ArchiveError::OtherHistory(_)));
        let cache = root.join(CACHE);
        let stays = |name: &str| name.ends_with(follower::LOCK) || (!is_other_history && replaced.contains(&name));
        let nobody_opens_it = catalogue::open::lock(&cache)?;
        empty(&cache, &stays).map_err(|source| ArchiveError::Disk { path: cache, source })?;
        drop(nobody_opens_it);
        Self::open(root, tool)
    }

    fn open_behind(root: &Path, tool: &str) -> Result<Self, ArchiveError> {
        check_is_archive(root)?;
        let settings = Settings::read(root)?;
        let disk = Arc::new(OsDisk);
        let scratch = Arc::new(Scratch::in_folder(root.join(TMP)));
        let store = FolderStore::new(disk.clone(), root, scratch.clone());
        let journal = Journal::new(disk, root, Arc::clone(&scratch), settings.archive.id, tool);
        let cache = root.join(CACHE);
        fs::create_dir_all(&cache).map_err(|source| ArchiveError::Disk { path: cache.clone(), source })?;
        let catalogue = Catalogue::open(&cache.join("catalogue.sqlite"))?;
        Ok(Self { root: root.to_owned(), settings, journal, store: Arc::new(store), scratch, catalogue })
    }

    /// The folder of the archive.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of everything that can be made again.
    pub fn cache(&self) -> PathBuf {
        self.root.join(CACHE)
    }

    /// The settings in `kho.toml`.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The chain of commits.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The contents.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What the journal says now. Up to date as of the last [`Archive::catch_up`] or commit.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Returns the folder for passing files of this process; it is removed when the archive is closed.
    pub fn scratch(&self) -> Result<&Path, ArchiveError> {
        self.scratch.folder().map_err(|source| ArchiveError::Disk { path: self.root.join(TMP), source })
    }

    /// Removes the unfinished work of processes that are gone. Whoever is about to write calls it.
    pub fn sweep(&self) -> Result<(), ArchiveError> {
        self.scratch.sweep().map_err(|source| ArchiveError::Disk { path: self.root.join(TMP), source })
    }

    /// Lets the catalogue catch up with what other processes committed; returns the head. Cheap when
    /// there is nothing new: one look for the file of the next commit.
    pub fn catch_up(&self) -> Result<Head, ArchiveError> {
        let known = self.catalogue.head()?;
        let mut sequence = known.sequence;
        while self.journal.holds(sequence + 1)? {
            sequence += 1;
        }
        if sequence == known.sequence {
            return Ok(known);
        }
        follower::catch_up(&self.journal, &self.cache(), &[&self.catalogue], sequence)?;
        Ok(self.catalogue.head()?)
    }

    /// Lets the catalogue know of everything that its writer was told is kept; returns the head that it knows. Does not wait for a
    /// commit that is just being published: whoever makes it has not been told yet, and hundreds of requests would wait with them.
    pub fn see_what_is_kept(&self) -> Result<Head, ArchiveError> {
        let known = self.catalogue.head()?;
        let next = known.sequence + 1;
        // A writer publishes only what follows the head of the catalogue: no more than one commit is under way.
        let is_under_way = self.journal.holds(next)? && !self.journal.holds(next + 1)? && follower::is_locked(&self.cache(), PUBLISHING)?;
        if is_under_way { Ok(known) } else { self.catch_up() }
    }

    /// Commits what `plan` wants and returns the commit, or `None` if it wants nothing.
    ///
    /// `plan` sees the catalogue as it is now. If another process commits in between, the plan is made
    /// again on the newer catalogue, so it must depend on nothing else that it changed before.
    pub fn commit<E: From<ArchiveError>>(&self, mut plan: impl FnMut(&Catalogue) -> Result<Option<Draft>, E>) -> Result<Option<Arc<Commit>>, E> {
        loop {
            let head = self.catch_up()?;
            let Some(draft) = plan(&self.catalogue)? else { return Ok(None) };
            match self.check_revisions(&draft) {
                // Another process brought the catalogue forward under the plan: that is no conflict of people.
                Err(ArchiveError::Conflict { .. }) if self.catalogue.head().map_err(ArchiveError::from)? != head => continue,
                checked => checked?,
            }
            let ready = self.journal.prepare(&head, draft).map_err(ArchiveError::from)?;
            if self.publish(&head, &ready)? {
                return Ok(Some(self.journal.remember(ready.commit)));
            }
        }
    }

    /// Makes a commit the next one behind `head`, in journal and catalogue; returns false if somebody else was first.
    ///
    /// The catalogue has it all but finished when it is published, and both are over before the writer is told: whoever reads
    /// meanwhile need not wait.
    fn publish(&self, head: &Head, ready: &Ready) -> Result<bool, ArchiveError> {
        let _lock = follower::lock(&self.cache(), self.catalogue.name())?;
        if self.catalogue.head()? != *head {
            self.journal.discard(ready);
            return Ok(false);
        }
        let _publishing = follower::lock(&self.cache(), PUBLISHING)?;
        let failed = |source| FollowError::Follower { name: self.catalogue.name(), source };
        match self.catalogue.apply_and(&ready.commit, || self.journal.publish(ready)) {
            Ok(Ok(())) => Ok(true),
            Ok(Err(JournalError::Stale(_))) => Ok(false),
            Ok(Err(error)) => Err(error.into()),
            Err(source) => {
                self.journal.discard(ready);
                Err(failed(source).into())
            }
        }
    }

    /// Returns an identifier that no record has or ever had.
    pub fn free_id(&self) -> Result<RecordId, ArchiveError> {
        loop {
            let id = RecordId::random().map_err(|source| ArchiveError::Disk { path: "the random numbers of the system".into(), source })?;
            if self.catalogue.record(id)?.is_none() {
                return Ok(id);
            }
        }
    }

    /// Reads every blob and every commit and says what is wrong; see [`fixity::verify`].
    ///
    /// Opens nothing but journal and store: it works when the catalogue does not.
    pub fn verify(root: &Path, known_head: Option<Digest>, progress: Option<&mut dyn FnMut(u64) -> bool>) -> Result<FixityReport, VerifyError> {
        check_is_archive(root)?;
        let settings = Settings::read(root).map_err(ArchiveError::from)?;
        let disk = Arc::new(OsDisk);
        let scratch = Arc::new(Scratch::in_folder(root.join(TMP)));
        let store = FolderStore::new(disk.clone(), root, scratch.clone());
        let journal = Journal::new(disk, root, scratch, settings.archive.id, "");
        let watch = Watch { known_head, strangers: strangers_at(root), progress };
        Ok(fixity::verify(&journal, &store, watch)?)
    }

    fn check_revisions(&self, draft: &Draft) -> Result<(), ArchiveError> {
        let befores = self.catalogue.records(draft.records.iter().map(|record| record.id))?;
        let has_erased = self.catalogue.has_erased()?;
        for (record, before) in draft.records.iter().zip(befores) {
            if let Some(erased) = before.as_ref().and_then(Record::erased) {
                return Err(ArchiveError::Erased { id: record.id, on: erased.on });
            }
            let found = before.map_or(0, |record| record.revision);
            if record.revision != found + 1 {
                return Err(ArchiveError::Conflict { id: record.id, found });
            }
            if has_erased {
                self.check_contents(record)?;
            }
        }
        Ok(())
    }

    /// What was erased does not come back by a plan that was made before.
    fn check_contents(&self, record: &Record) -> Result<(), ArchiveError> {
        for file in &record.files {
            if let Some(on) = self.catalogue.erased_on(&file.digest)? {
                return Err(ArchiveError::ErasedContent { digest: file.digest, on });
            }
        }
        Ok(())
    }

    /// Compares what the catalogue has seen with what the journal holds.
    fn check_history(&self) -> Result<(), ArchiveError> {
        let seen = self.catalogue.head()?;
        if seen.sequence == 0 {
            return Ok(());
        }
        match self.journal.read(seen.sequence)? {
            Some(commit) if Some(commit.commit) == seen.commit => Ok(()),
            Some(_) => Err(ArchiveError::OtherHistory(seen.sequence)),
            None => Err(ArchiveError::CutTail { journal: self.journal.head()?.sequence, catalogue: seen.sequence }),
        }
    }
}

/// A check of an archive could not be done.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The archive cannot be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Journal or store cannot be read.
    #[error(transparent)]
    Fixity(#[from] FixityError),
}

fn check_is_archive(root: &Path) -> Result<(), ArchiveError> {
    if root.join(settings::FILE_NAME).is_file() { Ok(()) } else { Err(ArchiveError::NotAnArchive(root.to_owned())) }
}

/// A folder is free if it is empty, or holds only what an `init` that was cut off left.
fn check_free(root: &Path) -> Result<(), ArchiveError> {
    if root.join(settings::FILE_NAME).exists() {
        return Err(ArchiveError::Exists(root.to_owned()));
    }
    let has_strangers = !strangers_at(root).is_empty();
    let has_commits = fs::read_dir(root.join(JOURNAL)).is_ok_and(|mut entries| entries.next().is_some());
    let has_people = [ACCOUNTS, AUDIT, UPLOADS].iter().any(|name| root.join(name).exists());
    if has_strangers || has_commits || has_people { Err(ArchiveError::NotEmpty(root.to_owned())) } else { Ok(()) }
}

/// Returns what stands in the folder of an archive and is not part of it.
fn strangers_at(root: &Path) -> Vec<PathBuf> {
    let ours = [README.0, RESTORE.0, settings::FILE_NAME, ACCOUNTS, AUDIT, UPLOADS, BLOBS, JOURNAL, TMP, CACHE];
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut strangers: Vec<PathBuf> =
        entries.map(|entry| entry.file_name()).filter(|name| !ours.iter().any(|our| name == our)).map(PathBuf::from).collect();
    strangers.sort();
    strangers
}

/// Removes what is in a folder, but for what stays.
fn empty(folder: &Path, stays: &dyn Fn(&str) -> bool) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if stays(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let removed = if entry.file_type()?.is_dir() { remove_folder(&entry.path()) } else { fs::remove_file(entry.path()) };
        // Whoever closes the catalogue just now removes files of it, too.
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    }
    Ok(())
}

/// Removes a folder, even while others go on putting something into it.
fn remove_folder(path: &Path) -> io::Result<()> {
    loop {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            outcome => return outcome,
        }
    }
}

fn lay_out(root: &Path, settings: &str) -> io::Result<()> {
    for folder in [BLOBS, JOURNAL, TMP, CACHE] {
        fs::create_dir_all(root.join(folder))?;
    }
    for (name, text) in [README, RESTORE, (settings::FILE_NAME, settings)] {
        let path = root.join(name);
        fs::write(&path, text)?;
        fs::File::open(&path)?.sync_all()?;
    }
    fs::File::open(root)?.sync_all()
}

#[cfg(test)]
mod tests;
