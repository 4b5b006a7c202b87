//! What a lawful erasure says in the journal, and the only way in which a line of it is ever taken out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Event, Journal, JournalError, line};
use crate::digest::Digest;
use crate::record::RecordId;

/// The type of the event that tells of an erasure (PREMIS event vocabulary).
pub const DELETION: &str = "deletion";

/// What is erased by law: lines of the journal, and contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// The record that is erased.
    pub record: Option<RecordId>,
    /// The day.
    pub on: Option<Date>,
    /// The lines that are taken out.
    pub redacts: Vec<Redaction>,
    /// The contents that are removed. They are not taken in again.
    pub blobs: Vec<Digest>,
}

/// A line that is taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// The hash of its commit.
    pub commit: Digest,
    /// The line, counted from 1.
    pub line: u64,
    /// The number of the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// The revision of the record that stood there; absent if the line told of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

impl Deletion {
    /// Reads an event; `None` if it is another one. What cannot be read of it is left out.
    pub fn of(event: &Event) -> Option<Self> {
        if event.kind != DELETION {
            return None;
        }
        let list = |name: &str| event.more.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        Some(Self {
            record: event.records.first().copied(),
            on: event.more.get("on").and_then(|day| day.as_str()?.parse().ok()),
            redacts: list("redacts").into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect(),
            blobs: list("blobs").iter().filter_map(|digest| digest.as_str()?.parse().ok()).collect(),
        })
    }

    /// Returns the event that tells of it.
    pub fn event(&self, note: &str) -> Event {
        let mut more = Map::from_iter([("redacts".to_owned(), json!(self.redacts)), ("blobs".to_owned(), json!(self.blobs))]);
        more.extend(self.on.map(|day| ("on".to_owned(), json!(day))));
        Event { kind: DELETION.to_owned(), outcome: "success".to_owned(), note: note.to_owned(), records: self.record.into_iter().collect(), more }
    }
}

impl Journal {
    /// Takes lines out of commits, as an event that is durable already says: `lines` by the numbers of the commits.
    ///
    /// The one place where a file of the journal is rewritten: beside, synced, and renamed over the old one. The hashes of
    /// the lines stay in the trailer, so the chain holds. Doing it again does no harm.
    pub(crate) fn redact(&self, lines: &BTreeMap<u64, BTreeSet<u64>>) -> Result<(), JournalError> {
        for (sequence, lines) in lines {
            self.redact_commit(*sequence, lines)?;
        }
        // Another process may have renamed before us and died before this.
        self.disk.sync_dir(&self.folder).map_err(|source| self.trouble(&self.folder, source))
    }

    fn redact_commit(&self, sequence: u64, lines: &BTreeSet<u64>) -> Result<(), JournalError> {
        let bytes = self.bytes(sequence)?.unwrap_or_default();
        // What is damaged is mended first: nobody can say which line is which.
        line::parse(&bytes).map_err(|problem| problem.in_file(self.relative(sequence)))?;
        let written = self.write_draft(&line::redact(&bytes, lines))?;
        let path = self.path(sequence);
        let renamed = self.disk.rename(&written, &path).map_err(|source| self.trouble(&path, source));
        if renamed.is_err() {
            let _ = self.disk.remove(&written);
        }
        self.recent_commits().retain(|commit| commit.header.sequence != sequence);
        renamed
    }
}
