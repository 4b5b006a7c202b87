//! Following: one commit after another into the tables.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use super::rights::{self, Inherited};
use super::{activities, id_from, key, names, select, withheld};
use crate::access;
use crate::follower::FollowerError;
use crate::journal::{Commit, Deletion};
use crate::model::{Model, Reference};
use crate::record::{Kind, Record, RecordId};

/// Writes what a commit says, all of it or nothing: the transaction is the caller's.
pub(super) fn apply(transaction: &Transaction<'_>, commit: &Commit, model: &Model) -> Result<(), FollowerError> {
    let sequence = commit.header.sequence;
    let mut news = News::default();
    // A line that was redacted later keeps its place, so that those behind it have theirs in every replay.
    let records = commit.changes.iter().enumerate().filter_map(|(place, change)| change.record().map(|record| (place, record)));
    for (place, record) in records {
        put(transaction, record, (sequence, place), model, &mut news)?;
        news.changed.insert(record.id);
    }
    for deletion in commit.events().filter_map(Deletion::of) {
        put_deletion(transaction, commit, &deletion)?;
    }
    let latest = commit.records().map(|record| (record.id, record)).collect();
    let News { mut changed, waiting } = news;
    rights::settle(transaction, waiting, &latest, &mut changed)?;
    let mut note = transaction.prepare_cached("INSERT OR IGNORE INTO changed VALUES (?1, ?2)")?;
    for id in changed {
        note.execute(params![sequence, key(id)])?;
    }
    activities::note(transaction, commit)?;
    transaction.execute("UPDATE position SET sequence = ?1, hash = ?2", params![sequence, commit.commit.as_bytes()])?;
    Ok(())
}

/// What a commit brought about, until it is in.
#[derive(Default)]
struct News {
    /// The records whose effective view is another now.
    changed: BTreeSet<RecordId>,
    /// Those whose decisions have to be found anew.
    waiting: BTreeSet<RecordId>,
}

/// Takes in one revision that stands at (commit, place).
fn put(transaction: &Transaction<'_>, record: &Record, at: (u64, usize), model: &Model, news: &mut News) -> Result<(), FollowerError> {
    let is_revision = record.revision > 1;
    if is_revision {
        // Who may see a content depends on all records that hold it: those that hold one before or after.
        news.changed.extend(co_holders(transaction, record.id)?);
        // The recording of a transcript is found by its words, then and now.
        news.changed.extend(spoken_in(transaction, record.id)?);
    }
    // What a consent covered before is free of it now.
    if record.kind == Kind::consent() {
        news.waiting.extend(rights::dependents(transaction, record.id)?);
    }
    let mut references = model.references(record);
    if record.erased().is_some() {
        let kept_back = withheld::targets(record).into_iter();
        references.extend(kept_back.map(|to| Reference { field: withheld::KEPT_BACK.to_owned(), inner: None, to }));
    }
    let inherited = Inherited::of(record);
    let before = if is_revision { rights::inherited(transaction, record.id)? } else { Inherited::default() };
    // Most of what an ingest brings speaks of nothing, and nothing speaks of it: it is decided in one step.
    let alone = rights::alone(record, &inherited).filter(|_| !is_revision && references.is_empty());
    let is_settled = alone.is_some() && !is_referred_to(transaction, record.id)?;
    put_record(transaction, record, at, &inherited, &alone.unwrap_or_default())?;
    put_relations(transaction, record, &references)?;
    names::put(transaction, record)?;
    news.changed.extend(co_holders(transaction, record.id)?);
    if record.kind.as_str() == "transcript" {
        news.changed.extend(spoken_in(transaction, record.id)?);
    }
    if is_settled {
        return Ok(());
    }
    news.waiting.insert(record.id);
    if inherited != before {
        news.changed.extend(rights::named_by(transaction, record.id)?);
    }
    if !inherited.decides_like(&before) {
        news.waiting.extend(rights::dependents(transaction, record.id)?);
        news.waiting.extend(before.withholds.iter().chain(&inherited.withholds).map(|withheld| withheld.of));
    }
    Ok(())
}

fn is_referred_to(transaction: &Transaction<'_>, id: RecordId) -> rusqlite::Result<bool> {
    transaction.prepare_cached("SELECT 1 FROM relation WHERE other = ?1")?.exists([key(id)])
}

/// Notes what was erased: contents that are not taken in again, and the revisions that nobody can read any more.
fn put_deletion(transaction: &Transaction<'_>, commit: &Commit, deletion: &Deletion) -> Result<(), FollowerError> {
    let day = deletion.on.map_or_else(|| commit.header.time.get(..10).unwrap_or_default().to_owned(), |day| day.to_string());
    let mut put = transaction.prepare_cached("INSERT OR IGNORE INTO erased VALUES (?1, ?2)")?;
    for digest in &deletion.blobs {
        put.execute(params![digest.as_bytes(), day])?;
    }
    let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO revision VALUES (?1, ?2, ?3)")?;
    for line in &deletion.redacts {
        if let (Some(id), Some(revision), Some(sequence)) = (deletion.record, line.revision, line.sequence) {
            put.execute(params![key(id), revision, sequence])?;
        }
    }
    Ok(())
}

fn put_relations(transaction: &Transaction<'_>, record: &Record, references: &[Reference]) -> Result<(), FollowerError> {
    let id = key(record.id);
    if record.revision > 1 {
        transaction.prepare_cached("DELETE FROM relation WHERE id = ?1")?.execute([id])?;
        transaction.prepare_cached("DELETE FROM code WHERE id = ?1")?.execute([id])?;
    }
    let mut put = transaction.prepare_cached("INSERT OR IGNORE INTO relation VALUES (?1, ?2, ?3, ?4)")?;
    for reference in references {
        put.execute(params![id, reference.field, reference.inner.as_deref().unwrap_or_default(), key(reference.to)])?;
    }
    if let Some(code) = record.fields.get("code").and_then(|code| code.as_str()) {
        transaction.prepare_cached("INSERT OR IGNORE INTO code VALUES (?1, ?2, ?3)")?.execute(params![record.kind.as_str(), code, id])?;
    }
    Ok(())
}

/// Returns the records that hold a content which this record holds, too.
pub(super) fn co_holders(transaction: &Transaction<'_>, id: RecordId) -> rusqlite::Result<Vec<RecordId>> {
    let sql = "SELECT DISTINCT other.id FROM file JOIN file AS other ON other.digest = file.digest WHERE file.id = ?1";
    transaction.prepare_cached(sql)?.query_map([key(id)], |row| id_from(row, 0))?.collect()
}

/// Returns the recordings whose words a transcript is said to be, and whatever holds the words that lie beside them.
pub(super) fn spoken_in(transaction: &Transaction<'_>, id: RecordId) -> Result<Vec<RecordId>, FollowerError> {
    let sql = "SELECT other FROM relation JOIN record ON record.id = relation.id
        WHERE relation.id = ?1 AND field = 'media' AND kind = 'transcript'";
    let mut all: Vec<RecordId> = transaction.prepare_cached(sql)?.query_map([key(id)], |row| id_from(row, 0))?.collect::<Result<_, _>>()?;
    for recording in all.clone() {
        all.extend(co_holders(transaction, recording)?);
    }
    Ok(all)
}

/// Puts the row of a record, as far as it can be known before the whole commit is in: `decisions` are those of a record
/// that depends on no other, and of any other none yet.
fn put_record(
    transaction: &Transaction<'_>, record: &Record, (sequence, place): (u64, usize), inherited: &Inherited, decisions: &str,
) -> Result<(), FollowerError> {
    let id = key(record.id);
    let json = serde_json::to_string(record)?;
    let (is_waiting, taken) = (select::is_waiting(record), select::taken(record));
    let inherited = (*inherited != Inherited::default()).then(|| serde_json::to_string(inherited)).transpose()?;
    let sql = "INSERT INTO record (id, kind, revision, json, decisions, added, place, inherited, waiting, taken, merged, kept)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, revision = excluded.revision,
        json = excluded.json, inherited = excluded.inherited, waiting = excluded.waiting, taken = excluded.taken,
        merged = excluded.merged, kept = excluded.kept";
    let (merged, is_kept) = (record.merged_into().map(key), access::has_kept_fields(record));
    let values = params![id, record.kind.as_str(), record.revision, json, decisions, sequence, place, inherited, is_waiting, taken, merged, is_kept];
    transaction.prepare_cached(sql)?.execute(values)?;
    if record.erased().is_some() {
        forget_origin(transaction, id, sequence, place)?;
    }
    transaction.prepare_cached("INSERT OR REPLACE INTO revision VALUES (?1, ?2, ?3)")?.execute(params![id, record.revision, sequence])?;
    put_files(transaction, record)?;
    put_accession(transaction, record)
}

/// What is erased begins anew with its erasure, as it does for who reads the journal afterwards.
fn forget_origin(transaction: &Transaction<'_>, id: i64, sequence: u64, place: usize) -> Result<(), FollowerError> {
    transaction.prepare_cached("UPDATE record SET added = ?2, place = ?3 WHERE id = ?1")?.execute(params![id, sequence, place])?;
    transaction.prepare_cached("DELETE FROM root WHERE accession = ?1")?.execute([id])?;
    Ok(())
}

fn put_files(transaction: &Transaction<'_>, record: &Record) -> Result<(), FollowerError> {
    let id = key(record.id);
    if record.revision > 1 {
        transaction.prepare_cached("DELETE FROM file WHERE id = ?1")?.execute([id])?;
        transaction.prepare_cached("DELETE FROM path WHERE id = ?1")?.execute([id])?;
    }
    let mut put_file = transaction.prepare_cached("INSERT OR IGNORE INTO file VALUES (?1, ?2, ?3)")?;
    let mut put_path = transaction.prepare_cached("INSERT OR REPLACE INTO path VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for file in &record.files {
        put_file.execute(params![file.digest.as_bytes(), id, file.role.as_str()])?;
        for found in file.paths.iter().filter(|found| found.superseded.is_none()) {
            put_path.execute(params![
                key(found.accession),
                found.root,
                found.raw,
                id,
                file.digest.as_bytes(),
                file.size,
                found.mtime,
                found.ctime,
                found.inode
            ])?;
        }
    }
    Ok(())
}

fn put_accession(transaction: &Transaction<'_>, record: &Record) -> Result<(), FollowerError> {
    let Some(accession) = &record.accession else { return Ok(()) };
    let id = key(record.id);
    let mut put_root = transaction.prepare_cached("INSERT OR REPLACE INTO root VALUES (?1, ?2, ?3)")?;
    for root in &accession.roots {
        put_root.execute(params![id, root.root, root.source])?;
    }
    let mut put_link = transaction.prepare_cached("INSERT OR REPLACE INTO path VALUES (?1, ?2, ?3, ?1, NULL, 0, ?4, ?5, ?6)")?;
    for link in &accession.links {
        put_link.execute(params![id, link.root, link.raw, link.mtime, link.ctime, link.inode])?;
    }
    Ok(())
}
