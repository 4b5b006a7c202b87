//! Keeping one file: read once, copied, hashed, and its facts found.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};
use kho_archive::Archive;
use kho_archive::digest::{Fingerprint, Fingerprinter};
use kho_archive::disk::set_direct;
use kho_archive::store::{Staged, StoreError};
use std::os::unix::ffi::OsStrExt;

use super::Options;
use super::progress::Progress;
use super::sources::Source;
use super::walk::{Candidate, Stat, What};
use crate::media::{self, Facts, names};
use crate::worker::{Task, Trouble, Workers};

/// Files from this length on are read past the memory of the system: nobody reads them again soon, and it costs half.
const DIRECT_FROM: u64 = 128 << 10;

/// Direct reading goes by blocks of this length.
const BLOCK: u64 = 4096;

/// How many of the last bytes of a file are remembered: as long as the longest mark that stands there.
const TAIL: usize = 18;

/// A candidate, and what came of it.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) candidate: Candidate,
    pub(super) outcome: Outcome,
    /// Bytes read from the source.
    pub(super) bytes_read: u64,
}

/// What came of a candidate.
#[derive(Debug)]
pub(super) enum Outcome {
    /// As it was last recorded; nothing was read.
    Unchanged,
    /// Left out by the settings.
    Ignored,
    /// A symbolic link.
    Link,
    /// Read to its end; staged in the store unless only a look was asked for.
    Read { staged: Option<Staged>, fingerprint: Fingerprint, facts: Box<Facts> },
    /// Not taken, and why.
    Refused(String),
    /// Given up because the user asked to stop.
    GivenUp,
    /// The archive failed: the run ends.
    Failed(anyhow::Error),
}

/// Works on candidates, one after another. Copied into each thread.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a> {
    pub(super) archive: &'a Archive,
    pub(super) options: &'a Options,
    pub(super) sources: &'a [Source],
    pub(super) stop: &'a AtomicBool,
    pub(super) progress: &'a Progress<'a>,
    pub(super) workers: &'a Workers,
}

impl Keeper<'_> {
    /// Takes candidates until there are no more, or nobody listens.
    pub(super) fn run(&self, candidates: &Receiver<Candidate>, arrivals: &Sender<Arrival>) {
        for candidate in candidates {
            let mut bytes_read = 0;
            let outcome = self.keep(&candidate, &mut bytes_read);
            if arrivals.send(Arrival { candidate, outcome, bytes_read }).is_err() {
                return;
            }
        }
    }

    fn keep(&self, candidate: &Candidate, bytes_read: &mut u64) -> Outcome {
        if let What::Unusable(reason) = &candidate.what {
            return Outcome::Refused(reason.clone());
        }
        let name = candidate.path.file_name().unwrap_or_default();
        if self.archive.settings().ingest.ignore.iter().any(|ignored| ignored.as_str() == name) {
            return Outcome::Ignored;
        }
        match self.is_unchanged(candidate) {
            Ok(true) => Outcome::Unchanged,
            Ok(false) if matches!(candidate.what, What::Link { .. }) => Outcome::Link,
            Ok(false) if self.stop.load(Ordering::Relaxed) => Outcome::GivenUp,
            Ok(false) => self.read(candidate, bytes_read),
            Err(error) => Outcome::Failed(error),
        }
    }

    fn is_unchanged(&self, candidate: &Candidate) -> anyhow::Result<bool> {
        let source = &self.sources[candidate.source];
        if source.is_new {
            return Ok(false);
        }
        let standing = self.archive.catalogue().standing(source.accession, &source.root, &candidate.raw)?;
        Ok(standing.is_some_and(|standing| candidate.stat.is_that_of(&standing)))
    }

    fn read(&self, candidate: &Candidate, bytes_read: &mut u64) -> Outcome {
        let file = match File::open(&candidate.path) {
            Ok(file) => file,
            Err(error) => return Outcome::Refused(format!("it cannot be opened: {error}")),
        };
        let is_direct = candidate.stat.size >= DIRECT_FROM && set_direct(&file, true).is_ok();
        let mut source = Watched { file: &file, read: 0, is_direct, size: candidate.stat.size, head: Vec::new(), tail: Vec::new(), keeper: self };
        let read = self.read_once(candidate, &mut source);
        *bytes_read = source.read;
        match read {
            Ok(_) if !is_still(&file, &candidate.stat) => {
                Outcome::Refused("it changed while it was read; bring it in again when nobody writes to it".to_owned())
            }
            Ok(outcome) => outcome,
            Err(StoreError::Source(_)) if self.stop.load(Ordering::Relaxed) => Outcome::GivenUp,
            Err(StoreError::Source(error)) => Outcome::Refused(format!("it cannot be read to its end: {error}")),
            Err(error) => Outcome::Failed(error.into()),
        }
    }

    /// Finds the facts of what was read. Where one look at its beginning tells that nothing is known, that is all; else a
    /// worker reads it. A file that breaks its worker is kept all the same, and says so.
    ///
    /// It looks at the source, where the drive has just been. If that is no longer what was copied, the file is refused
    /// afterwards, facts and all.
    fn facts(&self, candidate: &Candidate, source: &Watched<'_>) -> anyhow::Result<Facts> {
        let (name, _) = names::readable(candidate.path.file_name().unwrap_or_default().as_bytes());
        if let Some(facts) = media::facts_of_unknown(&source.head, &source.tail, &name) {
            return Ok(facts);
        }
        match self.workers.ask(&Task::Facts { name }, &candidate.path, self.archive.scratch()?) {
            Ok(answer) => Ok(serde_json::from_slice(&answer)?),
            Err(trouble @ Trouble::NoWorker(_)) => Err(trouble.into()),
            Err(trouble) => Ok(Facts::unread(trouble.to_string())),
        }
    }

    /// Reads the source to its end and finds the facts of what was read, from the copy.
    fn read_once(&self, candidate: &Candidate, source: &mut Watched<'_>) -> Result<Outcome, StoreError> {
        if self.options.dry_run {
            let fingerprint = fingerprint(source)?;
            return Ok(Outcome::Read { staged: None, fingerprint, facts: Box::default() });
        }
        let staged = self.archive.store().stage(source)?;
        let fingerprint = *staged.fingerprint();
        Ok(match self.facts(candidate, source) {
            Ok(facts) => Outcome::Read { staged: Some(staged), fingerprint, facts: Box::new(facts) },
            Err(error) => Outcome::Failed(error),
        })
    }
}

fn fingerprint(source: &mut dyn Read) -> Result<Fingerprint, StoreError> {
    let mut fingerprinter = Fingerprinter::new();
    let mut piece = vec![0; 512 * 1024];
    loop {
        match source.read(&mut piece).map_err(StoreError::Source)? {
            0 => return Ok(fingerprinter.finish()),
            length => fingerprinter.update(&piece[..length]),
        }
    }
}

fn is_still(file: &File, stat: &Stat) -> bool {
    file.metadata().is_ok_and(|facts| Stat::of(&facts) == *stat)
}

/// Counts what is read, shows it, and gives up when the user asks to stop.
struct Watched<'a> {
    file: &'a File,
    read: u64,
    /// Whether it is read past the memory of the system.
    is_direct: bool,
    /// How long it was when it was walked.
    size: u64,
    /// The first bytes, up to [`media::HEAD`], and the last 18.
    head: Vec<u8>,
    tail: Vec<u8>,
    keeper: &'a Keeper<'a>,
}

impl Watched<'_> {
    /// How much to ask for at once: blocks to the end, and one more to see whether the file has grown. File systems fill
    /// the rest of a larger request with zeros, block by block.
    fn wanted(&self) -> usize {
        let blocks = (self.size.saturating_sub(self.read) / BLOCK + 1) * BLOCK;
        usize::try_from(blocks).unwrap_or(usize::MAX)
    }

    fn remember(&mut self, bytes: &[u8]) {
        let wanted = media::HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.keeper.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("the user asked to stop"));
        }
        let wanted = self.wanted().min(buffer.len());
        let buffer = &mut buffer[..wanted];
        let length = match self.file.read(buffer) {
            Err(error) if self.is_direct && error.kind() == io::ErrorKind::InvalidInput => {
                self.is_direct = false;
                set_direct(self.file, false)?;
                self.file.read(buffer)?
            }
            length => length?,
        };
        self.read += length as u64;
        self.remember(&buffer[..length]);
        self.keeper.progress.read(length as u64);
        Ok(length)
    }
}
