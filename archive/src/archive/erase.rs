//! Erasing a record because the law wants it: the one thing that an archive forgets.
//!
//! The order survives a power cut. First a commit says what is erased: a revision of the record that says nothing but that,
//! and an event that names every line and every content to go. From then on nobody is shown anything of it. Then the lines
//! are taken out of the journal, and then the contents out of the store. Whatever was cut off is named by `kho verify` and
//! done by [`Archive::finish_erasures`]. What follows the journal is cleaned by whoever keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use jiff::civil::Date;
use serde_json::json;
use thiserror::Error;

use super::{Archive, ArchiveError};
use crate::catalogue::{Catalogue, CatalogueError, withheld};
use crate::digest::Digest;
use crate::follower::{self, FollowError};
use crate::journal::{Change, Commit, Deletion, Draft, Event, Journal, JournalError, Redaction};
use crate::record::{ERASED, Erased, Record, RecordId, Role, Text};
use crate::store::{Store, StoreError};

/// What an erased record is called.
const TITLES: [(&str, &str); 2] = [("vi", "Đã xoá theo pháp luật"), ("en", "Erased by law")];

/// What stays of an erased consent, as identifiers: what it covered stays closed.
const OF_CONSENTS: [&str; 2] = ["by", "scope"];

/// What stays of an erased transcript, as an identifier: the words that lie beside its recording are closed with it.
const OF_TRANSCRIPTS: [&str; 1] = ["media"];

/// What an erasure takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// How many revisions the record had.
    pub revisions: u64,
    /// The contents that go.
    pub blobs: Vec<Digest>,
    /// The contents that stay, since other records hold them too.
    pub shared: Vec<Digest>,
    /// The deliveries whose reports go with it, since they name its files.
    pub reports_of: Vec<RecordId>,
    /// The records that still refer to it; what they say of it in their own words stays.
    pub referrers: Vec<RecordId>,
}

/// What there was still to do of erasures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// How many lines were taken out of the journal.
    pub lines: u64,
    /// How many contents were removed.
    pub blobs: u64,
}

/// A record cannot be erased.
#[derive(Debug, Error)]
pub enum EraseError {
    /// There is no such record.
    #[error("there is no record {0}; nothing was erased")]
    NotFound(RecordId),
    /// It was erased before.
    #[error("record {0} was erased before")]
    Before(RecordId),
    /// The journal cannot be relied on.
    #[error("the journal is damaged; run `kho verify`, mend it from a copy, and then `kho erase --finish`")]
    Damaged,
    /// The archive cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The catalogue cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lock cannot be had.
    #[error(transparent)]
    Lock(#[from] FollowError),
}

impl Archive {
    /// Returns what erasing a record would take away; nothing is changed.
    pub fn plan_erasure(&self, id: RecordId) -> Result<Erasure, EraseError> {
        self.catch_up()?;
        Ok(Plan::make(self, id)?.erasure)
    }

    /// Erases a record: everything that was ever said of it, and every content that no other record holds.
    ///
    /// `reason` stays readable forever, so it must not name anybody. When this fails after the commit, the record is gone for
    /// everyone who looks, and [`Archive::finish_erasures`] does the rest.
    pub fn erase(&self, id: RecordId, actor: &str, reason: &str) -> Result<Erasure, EraseError> {
        self.sweep()?;
        let mut erasure = Erasure::default();
        self.commit(|_| -> Result<Option<Draft>, EraseError> {
            let plan = Plan::make(self, id)?;
            erasure = plan.erasure.clone();
            Ok(Some(plan.draft(actor, reason)))
        })?;
        self.finish_erasures()?;
        Ok(erasure)
    }

    /// Does what is left of erasures that were committed: takes lines out of the journal and contents out of the store.
    pub fn finish_erasures(&self) -> Result<Finished, EraseError> {
        // Of two processes that rewrite the same commit, the later one would bring back what the earlier one took out.
        let _lock = follower::lock(&self.cache(), "erase")?;
        finish(&self.journal, self.store())
    }
}

/// Does what the journal says is erased, and makes it durable.
fn finish(journal: &Journal, store: &dyn Store) -> Result<Finished, EraseError> {
    let chain = journal.check(None)?;
    if !chain.is_ok() {
        return Err(EraseError::Damaged);
    }
    if chain.deletions == 0 {
        return Ok(Finished::default());
    }
    let mut lines: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (sequence, line) in &chain.unredacted {
        lines.entry(*sequence).or_default().insert(*line);
    }
    journal.redact(&lines)?;
    let blobs = store.remove(&chain.erased.iter().copied().collect::<Vec<_>>())?;
    Ok(Finished { lines: chain.unredacted.len() as u64, blobs })
}

/// What is to be committed.
struct Plan {
    before: Record,
    deletion: Deletion,
    /// Deliveries without the reports that name the files.
    deliveries: Vec<Record>,
    erasure: Erasure,
}

impl Plan {
    fn make(archive: &Archive, id: RecordId) -> Result<Self, EraseError> {
        let catalogue = archive.catalogue();
        let before = catalogue.record(id)?.ok_or(EraseError::NotFound(id))?;
        if before.erased().is_some() {
            return Err(EraseError::Before(id));
        }
        let traces = Traces::of(archive, id)?;
        let mut going = traces.digests.clone();
        let deliveries = deliveries_without_reports(archive, id, &traces, &mut going)?;
        let reports_of: Vec<RecordId> = deliveries.iter().map(|record| record.id).collect();
        // The record lets everything go, its deliveries their reports.
        let lets_go = |holder: &RecordId, digest: &Digest| *holder == id || (reports_of.contains(holder) && !traces.digests.contains(digest));
        let (mut blobs, mut shared) = (Vec::new(), Vec::new());
        for digest in going {
            let is_held = catalogue.holders(&digest)?.iter().any(|holder| !lets_go(holder, &digest));
            if is_held { shared.push(digest) } else { blobs.push(digest) }
        }
        let revisions = traces.redacts.iter().filter(|line| line.revision.is_some()).count() as u64;
        let referrers = referrers(catalogue, id)?;
        let deletion = Deletion { record: Some(id), on: None, redacts: traces.redacts, blobs: blobs.clone() };
        Ok(Self { before, deletion, deliveries, erasure: Erasure { revisions, blobs, shared, reports_of, referrers } })
    }

    fn draft(self, actor: &str, reason: &str) -> Draft {
        let today = jiff::ZonedDateTime::now().date();
        let mut records = vec![tombstone(&self.before, today, actor, reason)];
        records.extend(self.deliveries);
        let events = vec![Deletion { on: Some(today), ..self.deletion }.event(reason)];
        Draft { actor: actor.to_owned(), reason: format!("erase: {reason}"), records, events }
    }
}

/// The last revision of a record: that it is erased, and nothing else.
fn tombstone(before: &Record, on: Date, actor: &str, reason: &str) -> Record {
    let titles = TITLES.map(|(language, title)| (language.to_owned(), title.to_owned()));
    let mut record = Record::new(before.id, before.kind.clone(), Text::from(titles));
    record.revision = before.revision + 1;
    record.fields.insert(ERASED.to_owned(), json!(Erased { on, by: actor.to_owned(), reason: reason.to_owned() }));
    let kept: &[&str] = match record.kind.as_str() {
        "consent" => &OF_CONSENTS,
        "transcript" => &OF_TRANSCRIPTS,
        _ => &[],
    };
    record.fields.extend(kept.iter().filter_map(|name| Some(((*name).to_owned(), before.fields.get(*name)?.clone()))));
    record.fields.extend(withheld::after_erasure(before));
    record
}

fn referrers(catalogue: &Catalogue, id: RecordId) -> Result<Vec<RecordId>, CatalogueError> {
    let ids: BTreeSet<RecordId> = catalogue.referrers(id)?.into_iter().map(|referrer| referrer.id).collect();
    Ok(ids.into_iter().filter(|other| *other != id).collect())
}

/// Where the journal speaks of a record.
#[derive(Default)]
struct Traces {
    redacts: Vec<Redaction>,
    /// Every content that it ever held.
    digests: BTreeSet<Digest>,
    /// The deliveries that brought it.
    accessions: BTreeSet<RecordId>,
    /// SHA-256 and names of its files, as reports have them.
    words: BTreeSet<String>,
}

impl Traces {
    /// Reads the whole journal: an erasure is rare, and must be complete.
    fn of(archive: &Archive, id: RecordId) -> Result<Self, EraseError> {
        let mut traces = Self::default();
        for sequence in 1..=archive.catalogue().head()?.sequence {
            let commit = archive.journal.read(sequence)?.ok_or(FollowError::Gap(sequence))?;
            // The header is line 1.
            for (line, change) in (2..).zip(&commit.changes) {
                traces.take(&commit, line, change, id);
            }
        }
        Ok(traces)
    }

    fn take(&mut self, commit: &Commit, line: u64, change: &Change, id: RecordId) {
        let revision = match change {
            Change::Record(record) if record.id == id => Some(record.revision),
            Change::Event(event) if is_about(event, id) => None,
            _ => return,
        };
        self.redacts.push(Redaction { commit: commit.commit, line, sequence: Some(commit.header.sequence), revision });
        let Change::Record(record) = change else { return };
        for file in &record.files {
            self.digests.insert(file.digest);
            self.words.insert(file.sha256.to_string());
            self.accessions.extend(file.paths.iter().map(|found| found.accession));
            self.words.extend(file.paths.iter().map(|found| found.name.clone()));
        }
    }
}

/// What an event says of a record goes with it; what tells of erasures is why the journal still holds.
fn is_about(event: &Event, id: RecordId) -> bool {
    event.kind != crate::journal::DELETION && event.records.contains(&id)
}

/// Returns the deliveries of a record without the reports that name its files; adds those reports to `going`.
fn deliveries_without_reports(archive: &Archive, id: RecordId, traces: &Traces, going: &mut BTreeSet<Digest>) -> Result<Vec<Record>, EraseError> {
    let mut deliveries = Vec::new();
    for accession in traces.accessions.iter().filter(|accession| **accession != id) {
        let Some(mut record) = archive.catalogue().record(*accession)? else { continue };
        let reports: Vec<Digest> = record.files.iter().filter(|file| file.role == Role::report()).map(|file| file.digest).collect();
        let mut names_it = false;
        for report in &reports {
            names_it |= mentions(archive.store(), report, &traces.words)?;
        }
        if names_it {
            record.files.retain(|file| file.role != Role::report());
            record.revision += 1;
            going.extend(reports);
            deliveries.push(record);
        }
    }
    Ok(deliveries)
}

fn mentions(store: &dyn Store, digest: &Digest, words: &BTreeSet<String>) -> Result<bool, EraseError> {
    let mut source = match store.read(digest) {
        Ok(source) => source,
        // What is missing can say nothing.
        Err(StoreError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(StoreError::Source)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(words.iter().any(|word| text.contains(word.as_str())))
}

#[cfg(test)]
mod tests;
