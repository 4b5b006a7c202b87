//! The truth: an append-only chain of commits, one file each, in JSON lines that a person can read.
//!
//! A commit holds a header, changes, and a trailer with the BLAKE3 of each line before it; the next
//! header repeats the hash of the trailer. It is written whole in the scratch folder, synced, and
//! published under its number by an operation that fails if the number is taken: a number is never half
//! written, and exactly one of several writers gets it. The loser sees [`JournalError::Stale`], reads
//! what is new, and tries again.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::canonical::CanonicalError;
use crate::digest::Digest;
use crate::disk::Disk;
use crate::record::{Record, RecordId};
use crate::scratch::Scratch;

pub mod check;
mod deletion;
mod line;

pub use deletion::{DELETION, Deletion, Redaction};
pub use line::{Change, Event, FORMAT, Header};

/// How many commits are remembered, a few hundred records each: as many as an ingest writes between two calls of its followers.
const RECENT: usize = 16;

/// A first line is never longer than this: a reason is one line of a person.
const LONGEST_HEADER: u64 = 1 << 20;

/// The folder in an archive that holds the commits.
pub(crate) const JOURNAL: &str = "journal";

/// The end of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last commit; 0 if there is none.
    pub sequence: u64,
    /// The hash of the last commit; `None` if there is none.
    pub commit: Option<Digest>,
}

/// What is to be committed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Who does it.
    pub actor: String,
    /// Why, in one line.
    pub reason: String,
    /// Whole new revisions of records.
    pub records: Vec<Record>,
    /// Events (PREMIS).
    pub events: Vec<Event>,
}

/// A commit that stands in the journal, checked against its own trailer.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The first line.
    pub header: Header,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// The hash of this commit.
    pub commit: Digest,
}

/// The chain of commits of one archive.
#[derive(Debug)]
pub struct Journal {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    scratch: Arc<Scratch>,
    archive: RecordId,
    tool: String,
    drafts: AtomicU64,
    /// The commits that this process wrote or read last: several followers apply each of them.
    recent: Mutex<VecDeque<Arc<Commit>>>,
}

/// The journal could not be read or written.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another writer was faster: read what is new and decide again. Nothing was written.
    #[error("another process has just written commit {0}")]
    Stale(u64),
    /// A commit is not what its own hashes say.
    #[error("{path} is damaged: {reason}; run `kho verify`, and mend it from a copy")]
    Damaged {
        /// The file, relative to the archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A commit was written by a later version.
    #[error("{path} has format {found}, this kho reads up to {FORMAT}; use a newer kho")]
    TooNew {
        /// The file, relative to the archive.
        path: PathBuf,
        /// The format number found.
        found: u64,
    },
    /// A change cannot be written in canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The disk failed, most often because it is full. Nothing was acknowledged.
    #[error("the journal cannot use {path}: {source}")]
    Disk {
        /// What the journal tried to use.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

impl Journal {
    /// Returns the journal of the archive at `root`, whose `journal` folder exists.
    ///
    /// `archive` is the identifier that every header repeats, `tool` the name and version of the program
    /// that writes.
    pub fn new(disk: Arc<dyn Disk>, root: &Path, scratch: Arc<Scratch>, archive: RecordId, tool: &str) -> Self {
        let folder = root.join(JOURNAL);
        Self { disk, folder, scratch, archive, tool: tool.to_owned(), drafts: AtomicU64::new(0), recent: Mutex::default() }
    }

    /// Returns the end of the chain. `from` is a head known earlier, which makes this cheap: only later
    /// numbers are looked for.
    pub fn head_since(&self, from: Head) -> Result<Head, JournalError> {
        let mut sequence = from.sequence;
        while self.holds(sequence + 1)? {
            sequence += 1;
        }
        if sequence == from.sequence {
            return Ok(from);
        }
        let commit = self.read(sequence)?.map(|commit| commit.commit);
        Ok(Head { sequence, commit })
    }

    /// Returns the end of the chain, looking at every number.
    pub fn head(&self) -> Result<Head, JournalError> {
        self.head_since(Head::default())
    }

    /// Whether the commit with this number exists. Costs one look at the disk.
    pub fn holds(&self, sequence: u64) -> Result<bool, JournalError> {
        let path = self.path(sequence);
        match self.disk.len(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(self.trouble(&path, source)),
        }
    }

    /// Returns the commit with this number, for followers: one that was just written or read is not read
    /// again.
    pub fn recent(&self, sequence: u64) -> Result<Option<Arc<Commit>>, JournalError> {
        let known = self.recent_commits().iter().find(|commit| commit.header.sequence == sequence).cloned();
        match known {
            Some(commit) => Ok(Some(commit)),
            None => Ok(self.read(sequence)?.map(|commit| self.remember(commit))),
        }
    }

    /// Keeps a commit at hand for the followers.
    pub(crate) fn remember(&self, commit: Commit) -> Arc<Commit> {
        let commit = Arc::new(commit);
        let mut recent = self.recent_commits();
        recent.push_back(Arc::clone(&commit));
        if recent.len() > RECENT {
            recent.pop_front();
        }
        commit
    }

    fn recent_commits(&self) -> MutexGuard<'_, VecDeque<Arc<Commit>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the commit with this number, read and checked, or `None` if there is none yet.
    pub fn read(&self, sequence: u64) -> Result<Option<Commit>, JournalError> {
        let Some(bytes) = self.bytes(sequence)? else { return Ok(None) };
        let commit = line::parse(&bytes).map_err(|problem| problem.in_file(self.relative(sequence)))?;
        if commit.header.sequence != sequence {
            let reason = format!("it says that it is commit {}", commit.header.sequence);
            return Err(JournalError::Damaged { path: self.relative(sequence), reason });
        }
        Ok(Some(commit))
    }

    /// Returns the first line of the commit with this number, or `None` if there is none yet. Cheap, and unchecked: for
    /// looking through many commits; [`Journal::read`] checks.
    pub fn glance(&self, sequence: u64) -> Result<Option<Header>, JournalError> {
        let path = self.path(sequence);
        let file = match self.disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.trouble(&path, source)),
        };
        let mut first = String::new();
        BufReader::new(file.take(LONGEST_HEADER)).read_line(&mut first).map_err(|source| self.trouble(&path, source))?;
        let header =
            serde_json::from_str(&first).map_err(|error| JournalError::Damaged { path: self.relative(sequence), reason: error.to_string() })?;
        Ok(Some(header))
    }

    /// Writes a commit behind `head` and returns it once it is durable.
    ///
    /// Everything that the draft names must be durable in the store before. If another writer took the
    /// number, nothing is written and the answer is [`JournalError::Stale`]: the caller reads what is
    /// new, checks that its revisions still stand, and calls again with the new head.
    pub fn append(&self, head: &Head, draft: Draft) -> Result<Arc<Commit>, JournalError> {
        let ready = self.prepare(head, draft)?;
        self.publish(&ready)?;
        Ok(self.remember(ready.commit))
    }

    /// Writes a commit so that it is durable, but nobody sees it yet: only [`Journal::publish`] gives it its number.
    pub(crate) fn prepare(&self, head: &Head, draft: Draft) -> Result<Ready, JournalError> {
        let header = self.header(head, &draft);
        let written = line::write(draft, header)?;
        Ok(Ready { path: self.write_draft(&written.bytes)?, commit: written.commit })
    }

    /// Makes a commit that was prepared the next one, durably; fails like [`Journal::append`].
    pub(crate) fn publish(&self, ready: &Ready) -> Result<(), JournalError> {
        let published = self.link(&ready.path, ready.commit.header.sequence);
        self.discard(ready);
        published
    }

    /// Removes what was written of a commit that was prepared.
    pub(crate) fn discard(&self, ready: &Ready) {
        // After `link` the scratch name is a second one, after a rename or a failure it may be gone; the
        // next writer sweeps what stays.
        let _ = self.disk.remove(&ready.path);
    }

    fn header(&self, head: &Head, draft: &Draft) -> Header {
        Header {
            format: FORMAT,
            archive: self.archive,
            sequence: head.sequence + 1,
            prev: head.commit,
            time: now(),
            actor: draft.actor.clone(),
            reason: draft.reason.clone(),
            tool: self.tool.clone(),
        }
    }

    fn write_draft(&self, bytes: &[u8]) -> Result<PathBuf, JournalError> {
        let folder = self.scratch.folder().map_err(|source| self.trouble(self.scratch.parent(), source))?;
        let path = folder.join(format!("commit-{}", self.drafts.fetch_add(1, Ordering::Relaxed)));
        let trouble = |source| self.trouble(&path, source);
        let write = || {
            let mut file = self.disk.create(&path)?;
            file.write_all(bytes)?;
            file.sync()
        };
        if let Err(source) = write() {
            let _ = self.disk.remove(&path);
            return Err(trouble(source));
        }
        Ok(path)
    }

    fn link(&self, draft: &Path, sequence: u64) -> Result<(), JournalError> {
        let path = self.path(sequence);
        match self.disk.publish(draft, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(JournalError::Stale(sequence)),
            Err(source) => return Err(self.trouble(&path, source)),
        }
        self.disk.sync_dir(&self.folder).map_err(|source| self.trouble(&self.folder, source))
    }

    fn bytes(&self, sequence: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let path = self.path(sequence);
        let mut file = match self.disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.trouble(&path, source)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| self.trouble(&path, source))?;
        Ok(Some(bytes))
    }

    /// Returns the bytes of a commit as they stand.
    pub(crate) fn bytes_of(&self, sequence: u64) -> Result<Option<Vec<u8>>, JournalError> {
        self.bytes(sequence)
    }

    /// Puts the bytes of a commit back that were damaged or are gone: beside, synced, and renamed over what is there. Whoever
    /// calls has proven by the chain that they are those which were written.
    pub(crate) fn mend(&self, sequence: u64, bytes: &[u8]) -> Result<(), JournalError> {
        let written = self.write_draft(bytes)?;
        let path = self.path(sequence);
        let renamed = self.disk.rename(&written, &path).map_err(|source| self.trouble(&path, source));
        if renamed.is_err() {
            let _ = self.disk.remove(&written);
        }
        renamed?;
        self.recent_commits().retain(|commit| commit.header.sequence != sequence);
        self.disk.sync_dir(&self.folder).map_err(|source| self.trouble(&self.folder, source))
    }

    fn path(&self, sequence: u64) -> PathBuf {
        self.folder.join(file_name(sequence))
    }

    pub(crate) fn relative(&self, sequence: u64) -> PathBuf {
        Path::new(JOURNAL).join(file_name(sequence))
    }

    fn trouble(&self, path: &Path, source: io::Error) -> JournalError {
        JournalError::Disk { path: path.to_owned(), source }
    }
}

impl Commit {
    /// Returns the head that this commit is.
    pub fn head(&self) -> Head {
        Head { sequence: self.header.sequence, commit: Some(self.commit) }
    }

    /// Returns the records that it revises, in order.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.changes.iter().filter_map(|change| match change {
            Change::Record(record) => Some(record.as_ref()),
            Change::Event(_) | Change::Redacted => None,
        })
    }

    /// Returns the events that it tells of, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.changes.iter().filter_map(|change| match change {
            Change::Event(event) => Some(event),
            Change::Record(_) | Change::Redacted => None,
        })
    }
}

/// A commit that is written and not published.
pub(crate) struct Ready {
    path: PathBuf,
    pub(crate) commit: Commit,
}

/// Returns the present moment as the journal writes it: RFC 3339 in UTC, to the microsecond.
pub fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

/// Returns the name of the file of a commit: twelve digits, so that names sort as numbers do.
fn file_name(sequence: u64) -> String {
    format!("{sequence:012}.jsonl")
}

/// Returns the number of the commit whose file has this name.
fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".jsonl")?.parse().ok()?;
    (number > 0 && file_name(number) == name).then_some(number)
}

#[cfg(test)]
pub(crate) mod tests;
