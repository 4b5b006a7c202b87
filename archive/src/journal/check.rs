//! Checking the chain: every changed byte is named, and named once.
//!
//! Unlike [`Journal::read`], which stops at the first thing that is wrong, this goes on past damage and
//! separates what is still proven from what is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use super::deletion::Deletion;
use super::line::{self, Change, Event, Header, Trailer};
use super::{Head, JOURNAL, Journal, JournalError, number_of};
use crate::canonical;
use crate::digest::Digest;
use crate::record::{Record, RecordId};

/// One thing that is wrong with the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainDamage {
    /// The file, relative to the archive.
    pub path: PathBuf,
    /// The number of the commit.
    pub sequence: u64,
    /// The line, counted from 1; absent when the file as a whole is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What is wrong, for people.
    pub reason: String,
}

/// What a check of the whole chain found.
#[derive(Clone, Debug, Default)]
pub struct ChainReport {
    /// How many commits stand in the folder.
    pub commits: u64,
    /// The end of the chain as far as it could be read.
    pub head: Head,
    /// What is wrong.
    pub damaged: Vec<ChainDamage>,
    /// Files that are no commits, relative to the archive.
    pub strangers: Vec<PathBuf>,
    /// Every content that an intact line names, with the records that hold it.
    pub named: BTreeMap<Digest, BTreeSet<RecordId>>,
    /// What the records that hold contents are called.
    pub titles: BTreeMap<RecordId, String>,
    /// How many erasures the journal tells of.
    pub deletions: u64,
    /// Lines that an erasure takes out and that still stand: numbers of commit and line.
    pub unredacted: Vec<(u64, u64)>,
    /// Contents that were erased and that no later commit names. `named` does not have them.
    pub erased: BTreeSet<Digest>,
    /// The text of damaged lines: what they name is neither proven nor disproven.
    doubtful: Vec<String>,
}

/// What one commit file says, as far as it is proven.
#[derive(Default)]
struct Inspection {
    header: Option<Header>,
    changes: Vec<Change>,
    /// The hash of the commit, if it can be told.
    hash: Option<Digest>,
    damages: Vec<(Option<u64>, String)>,
    /// Lines that say they were redacted, counted from 1.
    redacted: Vec<u64>,
    doubtful: Vec<String>,
}

impl Journal {
    /// Checks every commit and the chain between them. `known` is the hash of any commit that must be in
    /// the chain: if it is not, the tail was cut off (or this is another archive).
    pub fn check(&self, known: Option<Digest>) -> Result<ChainReport, JournalError> {
        let mut report = ChainReport::default();
        let numbers = self.numbers(&mut report)?;
        let mut hashes = BTreeMap::new();
        let mut redactions = Vec::new();
        let mut lawful = BTreeSet::new();
        let mut previous: Option<(u64, Option<Digest>)> = Some((0, None));
        for sequence in numbers {
            let expected = previous.map_or(1, |(number, _)| number + 1);
            for gone in expected..sequence {
                report.damage(self, gone, None, "the commit is missing".to_owned());
                previous = None;
            }
            let inspection = inspect(&self.bytes(sequence)?.unwrap_or_default());
            report.check_link(self, sequence, &inspection, previous);
            previous = Some((sequence, inspection.hash));
            hashes.extend(inspection.hash.map(|hash| (hash, sequence)));
            redactions.extend(inspection.redacted.iter().map(|line| (sequence, inspection.hash, *line)));
            lawful.extend(inspection.changes.iter().flat_map(lawful_redactions));
            report.head = Head { sequence, commit: inspection.hash };
            report.take(self, sequence, inspection);
        }
        for (sequence, hash, line) in redactions {
            if !hash.is_some_and(|hash| lawful.remove(&(hash, line))) {
                let reason = "the line was redacted, but no later commit says by which decision".to_owned();
                report.damage(self, sequence, Some(line), reason);
            }
        }
        report.unredacted = lawful.iter().filter_map(|(hash, line)| Some((*hashes.get(hash)?, *line))).collect();
        report.unredacted.sort_unstable();
        if let Some(known) = known.filter(|known| !hashes.contains_key(known)) {
            let reason = format!("the chain does not hold the known head {known}: its end was cut off");
            report.damage(self, report.head.sequence + 1, None, reason);
        }
        Ok(report)
    }

    /// Returns the numbers of the commits that stand in the folder; notes everything else.
    fn numbers(&self, report: &mut ChainReport) -> Result<Vec<u64>, JournalError> {
        let entries = self.disk.list(&self.folder).map_err(|source| self.trouble(&self.folder, source))?;
        let mut numbers = Vec::new();
        for entry in entries {
            match entry.name.to_str().and_then(number_of) {
                Some(number) if !entry.is_dir => numbers.push(number),
                _ => report.strangers.push(PathBuf::from(JOURNAL).join(&entry.name)),
            }
        }
        numbers.sort_unstable();
        report.commits = numbers.len() as u64;
        Ok(numbers)
    }
}

impl ChainReport {
    /// Whether nothing is wrong with the chain.
    pub fn is_ok(&self) -> bool {
        self.damaged.is_empty()
    }

    /// Whether a damaged line may have named this content, so that it must not be called an orphan.
    ///
    /// One changed byte spoils at most one half of a digest: the other half still tells.
    pub fn may_name(&self, digest: &Digest) -> bool {
        let hex = digest.to_string();
        let (first, second) = hex.split_at(hex.len() / 2);
        self.doubtful.iter().any(|text| text.contains(first) || text.contains(second))
    }

    fn damage(&mut self, journal: &Journal, sequence: u64, line: Option<u64>, reason: String) {
        self.damaged.push(ChainDamage { path: journal.relative(sequence), sequence, line, reason });
    }

    /// Compares a commit with its place in the chain.
    fn check_link(&mut self, journal: &Journal, sequence: u64, commit: &Inspection, previous: Option<(u64, Option<Digest>)>) {
        let Some(header) = &commit.header else { return };
        if header.sequence != sequence {
            self.damage(journal, sequence, Some(1), format!("the commit says that its number is {}", header.sequence));
        }
        match previous {
            Some((0, _)) if header.prev.is_some() => {
                self.damage(journal, sequence, Some(1), "the first commit follows another one".to_owned());
            }
            Some((before, Some(hash))) if header.prev != Some(hash) => {
                self.damage(journal, sequence, Some(1), format!("the commit does not follow commit {before}"));
            }
            _ => {}
        }
    }

    /// Takes over what a commit proves.
    fn take(&mut self, journal: &Journal, sequence: u64, commit: Inspection) {
        for (line, reason) in commit.damages {
            self.damage(journal, sequence, line, reason);
        }
        for change in commit.changes {
            match &change {
                Change::Record(record) => self.take_record(record),
                Change::Event(event) => self.take_event(event),
                Change::Redacted => {}
            }
        }
        self.doubtful.extend(commit.doubtful);
    }

    fn take_record(&mut self, record: &Record) {
        if record.files.is_empty() {
            self.titles.remove(&record.id);
        } else {
            self.titles.insert(record.id, record.title_in("vi"));
        }
        for file in &record.files {
            self.named.entry(file.digest).or_default().insert(record.id);
            self.erased.remove(&file.digest);
        }
    }

    fn take_event(&mut self, event: &Event) {
        let Some(deletion) = Deletion::of(event) else { return };
        self.deletions += 1;
        for digest in deletion.blobs {
            self.named.remove(&digest);
            self.erased.insert(digest);
        }
    }
}

fn inspect(bytes: &[u8]) -> Inspection {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let Some((last, lines)) = lines.split_last().filter(|(_, lines)| !lines.is_empty()) else {
        return Inspection { damages: vec![(None, "the file is no commit".to_owned())], ..Inspection::default() };
    };
    let hashes: Vec<Digest> = lines.iter().map(|line| Digest::of(line)).collect();
    let last_number = lines.len() as u64 + 1;
    match parse_trailer(last).filter(|_| bytes.ends_with(b"\n")) {
        Some(trailer) if trailer.lines.len() != lines.len() => without_lines(lines, &trailer),
        Some(trailer) => with_trailer(lines, &hashes, &trailer, last_number),
        None => without_trailer(lines, last),
    }
}

/// Reads a trailer that is exactly as it was written.
fn parse_trailer(line: &[u8]) -> Option<Trailer> {
    let trailer: Trailer = serde_json::from_slice(line).ok()?;
    let canonical = canonical::to_line(&trailer).ok()?;
    (canonical.as_bytes() == line).then_some(trailer)
}

/// The lines may well be whole, but nothing proves it; the last one may have been joined to a change.
fn without_trailer(lines: &[&[u8]], last: &[u8]) -> Inspection {
    let mut inspection = read_lines(lines, &BTreeSet::new());
    let number = lines.len() as u64 + 1;
    inspection.damages.push((Some(number), "the last line is not the trailer that was written".to_owned()));
    inspection.doubtful.push(String::from_utf8_lossy(last).into_owned());
    inspection
}

/// Lines are missing, added or joined: nothing in the commit can be told apart.
fn without_lines(lines: &[&[u8]], trailer: &Trailer) -> Inspection {
    let reason = format!("the file has {} lines, its trailer speaks of {}", lines.len() + 1, trailer.lines.len() + 1);
    let consistent = line::commit_hash(&trailer.lines).is_ok_and(|hash| hash == trailer.commit);
    Inspection {
        hash: consistent.then_some(trailer.commit),
        damages: vec![(None, reason)],
        doubtful: lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect(),
        ..Inspection::default()
    }
}

fn with_trailer(lines: &[&[u8]], hashes: &[Digest], trailer: &Trailer, last: u64) -> Inspection {
    let differs = |(line, (hash, expected)): (&&[u8], (&Digest, &Digest))| !line::is_redacted(line) && hash != expected;
    let pairs = lines.iter().zip(hashes.iter().zip(&trailer.lines));
    let wrong: BTreeSet<u64> = (1..).zip(pairs).filter(|(_, pair)| differs(*pair)).map(|(number, _)| number).collect();
    let by_trailer = line::commit_hash(&trailer.lines).ok();
    if by_trailer == Some(trailer.commit) {
        return Inspection { hash: by_trailer, ..read_lines(lines, &wrong) };
    }
    let by_lines = line::commit_hash(hashes).ok();
    let reason = "the trailer is not what was written".to_owned();
    // Either half of the trailer can be wrong alone; the lines then speak for the other half.
    let lines_are_whole = wrong.is_empty() || by_lines == Some(trailer.commit);
    let suspects = if lines_are_whole { BTreeSet::new() } else { wrong };
    let mut inspection = read_lines(lines, &suspects);
    inspection.hash = lines_are_whole.then_some(by_lines).flatten();
    inspection.damages.push((Some(last), reason));
    inspection
}

/// Reads all lines but those that are known to be wrong.
fn read_lines(lines: &[&[u8]], wrong: &BTreeSet<u64>) -> Inspection {
    let mut inspection = Inspection::default();
    for (number, line) in (1..).zip(lines) {
        if wrong.contains(&number) {
            inspection.damages.push((Some(number), "the line is not what was written".to_owned()));
            inspection.doubtful.push(String::from_utf8_lossy(line).into_owned());
        } else if number == 1 {
            inspection.header = serde_json::from_slice(line).ok();
        } else if line::is_redacted(line) {
            inspection.redacted.push(number);
        } else {
            inspection.changes.extend(line::parse_change(line));
        }
    }
    inspection
}

/// Returns the lines that a change takes out by law.
fn lawful_redactions(change: &Change) -> Vec<(Digest, u64)> {
    let Change::Event(event) = change else { return Vec::new() };
    let redacts = Deletion::of(event).map(|deletion| deletion.redacts);
    redacts.into_iter().flatten().map(|line| (line.commit, line.line)).collect()
}
