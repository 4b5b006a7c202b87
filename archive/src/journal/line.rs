//! The lines of a commit, written and read.

use std::borrow::Cow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Commit, Draft, JournalError};
use crate::canonical::{self, CanonicalError};
use crate::digest::Digest;
use crate::record::{Record, RecordId};

/// The version of the format of a commit.
pub const FORMAT: u64 = 1;

/// What stands in place of a line that was taken out by law.
const REDACTED: &[u8] = br#"{"redacted":true}"#;

/// The first line of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format: [`FORMAT`].
    pub format: u64,
    /// The identifier of the archive, so that commits of two archives cannot be mixed up.
    pub archive: RecordId,
    /// The number of the commit; the first is 1.
    pub sequence: u64,
    /// The hash of the commit before; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// When it was written: RFC 3339 in UTC.
    pub time: String,
    /// Who wrote it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The program and version that wrote it.
    pub tool: String,
}

/// One change in a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A whole new revision of a record.
    Record(Box<Record>),
    /// Something that happened.
    Event(Event),
    /// A line that was redacted by law. Its hash stays in the trailer, so the chain still holds.
    Redacted,
}

impl Change {
    /// Returns the record, if the change is a revision of one.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Event(_) | Self::Redacted => None,
        }
    }
}

/// Something that happened (PREMIS 3.0, semantic unit 2, "event").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The type, from the Library of Congress vocabulary of preservation events (`ingestion`,
    /// `fixity check`, `deletion`, …).
    #[serde(rename = "type")]
    pub kind: String,
    /// How it went: `success`, `warning` or `fail`.
    pub outcome: String,
    /// Details for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The records it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// Further facts, by type.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The last line of a commit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Trailer {
    /// BLAKE3 of each line before, in order.
    pub(super) lines: Vec<Digest>,
    /// BLAKE3 of `lines` in canonical form: the hash of the commit.
    pub(super) commit: Digest,
}

/// A line that says something of one record.
#[derive(Serialize, Deserialize)]
struct RecordLine<'a> {
    record: Cow<'a, Record>,
    salt: String,
}

/// A line that tells of one event.
#[derive(Serialize, Deserialize)]
struct EventLine<'a> {
    event: Cow<'a, Event>,
    salt: String,
}

/// A commit as bytes, and as it will be read.
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) commit: Commit,
}

/// Why bytes are no commit.
pub(super) enum Problem {
    TooNew(u64),
    Damaged(String),
}

/// Writes a whole commit. What comes back is what will be read: followers must not see 5.0 today and 5 after a rebuild.
pub(super) fn write(mut draft: Draft, header: Header) -> Result<Written, JournalError> {
    let mut lines = vec![canonical::to_line(&header)?];
    for record in &mut draft.records {
        let line = canonical::line_of(&RecordLine { record: Cow::Borrowed(record), salt: salt()? })?;
        if !line.is_read_alike
            && let Some(Change::Record(read)) = parse_change(line.text.as_bytes())
        {
            *record = *read;
        }
        lines.push(line.text);
    }
    for event in &mut draft.events {
        let line = canonical::line_of(&EventLine { event: Cow::Borrowed(event), salt: salt()? })?;
        if !line.is_read_alike
            && let Some(Change::Event(read)) = parse_change(line.text.as_bytes())
        {
            *event = read;
        }
        lines.push(line.text);
    }
    let hashes: Vec<Digest> = lines.iter().map(|line| Digest::of(line.as_bytes())).collect();
    let commit = commit_hash(&hashes)?;
    lines.push(canonical::to_line(&Trailer { lines: hashes, commit })?);
    let records = draft.records.into_iter().map(|record| Change::Record(Box::new(record)));
    let events = draft.events.into_iter().map(Change::Event);
    let changes = records.chain(events).collect();
    let bytes = (lines.join("\n") + "\n").into_bytes();
    Ok(Written { bytes, commit: Commit { header, changes, commit } })
}

/// Reads a whole commit and checks it against its trailer.
pub(super) fn parse(bytes: &[u8]) -> Result<Commit, Problem> {
    let damaged = |reason: &str| Problem::Damaged(reason.to_owned());
    let body = bytes.strip_suffix(b"\n").ok_or_else(|| damaged("it does not end with a line feed"))?;
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let (last, lines) = lines.split_last().ok_or_else(|| damaged("it is empty"))?;
    let (first, changes) = lines.split_first().ok_or_else(|| damaged("it has no header"))?;
    let header = parse_header(first)?;
    let trailer: Trailer = serde_json::from_slice(last).map_err(|_| damaged("its last line is no trailer"))?;
    if trailer.lines.len() != lines.len() {
        return Err(damaged("it has not as many lines as its trailer says"));
    }
    let expected = commit_hash(&trailer.lines).map_err(|_| damaged("its trailer cannot be hashed"))?;
    if expected != trailer.commit {
        return Err(damaged("its trailer contradicts itself"));
    }
    for (number, (line, hash)) in lines.iter().zip(&trailer.lines).enumerate() {
        if !is_intact(line, hash) {
            return Err(Problem::Damaged(format!("line {} is not what was written", number + 1)));
        }
    }
    let changes = changes
        .iter()
        .enumerate()
        .map(|(number, line)| parse_change(line).ok_or_else(|| Problem::Damaged(format!("line {} is no change", number + 2))));
    Ok(Commit { header, changes: changes.collect::<Result<_, _>>()?, commit: trailer.commit })
}

fn parse_header(line: &[u8]) -> Result<Header, Problem> {
    // The format is read first: the rest of a later format may look different.
    let format = serde_json::from_slice::<Value>(line).ok().and_then(|header| header.get("format")?.as_u64());
    match format {
        Some(format) if format > FORMAT => Err(Problem::TooNew(format)),
        _ => serde_json::from_slice(line).map_err(|error| Problem::Damaged(format!("its header cannot be read: {error}"))),
    }
}

/// Reads one change; `None` if the line is none.
pub(super) fn parse_change(line: &[u8]) -> Option<Change> {
    if is_redacted(line) {
        return Some(Change::Redacted);
    }
    let record = serde_json::from_slice::<RecordLine<'_>>(line).map(|line| Change::Record(Box::new(line.record.into_owned())));
    record.or_else(|_| serde_json::from_slice::<EventLine<'_>>(line).map(|line| Change::Event(line.event.into_owned()))).ok()
}

/// Whether a line is what was written, or was redacted. Whether the redaction was lawful needs the
/// commits that follow: see [`super::check`].
pub(super) fn is_intact(line: &[u8], hash: &Digest) -> bool {
    is_redacted(line) || Digest::of(line) == *hash
}

/// Whether a line was redacted.
pub(super) fn is_redacted(line: &[u8]) -> bool {
    line == REDACTED
}

/// Returns a commit without some of its lines, counted from 1; the header and the trailer always stay.
pub(super) fn redact(bytes: &[u8], lines: &std::collections::BTreeSet<u64>) -> Vec<u8> {
    let all: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Behind the last line feed nothing stands, before it the trailer.
    let last = all.len() as u64 - 1;
    let is_gone = |number: u64| number > 1 && number < last && lines.contains(&number);
    let kept = (1..).zip(all).map(|(number, line)| if is_gone(number) { REDACTED } else { line });
    kept.collect::<Vec<_>>().join(&b'\n')
}

/// Returns the hash of a commit: BLAKE3 of the hashes of its lines, as a canonical JSON array.
pub(super) fn commit_hash(lines: &[Digest]) -> Result<Digest, CanonicalError> {
    Ok(Digest::of(canonical::to_line(&lines)?.as_bytes()))
}

/// Returns 16 random bytes, so that a redacted line cannot be guessed from its hash.
fn salt() -> Result<String, JournalError> {
    let mut bytes = [0u8; 16];
    let no_random = |error: getrandom::Error| JournalError::Disk {
        path: PathBuf::from("the random numbers of the system"),
        source: std::io::Error::other(error),
    };
    getrandom::fill(&mut bytes).map_err(no_random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Problem {
    pub(super) fn in_file(self, path: PathBuf) -> JournalError {
        match self {
            Self::TooNew(found) => JournalError::TooNew { path, found },
            Self::Damaged(reason) => JournalError::Damaged { path, reason },
        }
    }
}
