//! Editing by several people: one record, many at once, back to what was before. Nothing is ever overwritten in silence.

use std::collections::BTreeSet;

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::{Commit, Draft, Event};
use kho_archive::model::{Model, Shape};
use kho_archive::record::{Record, RecordId};
use serde_json::{Map, Value, json};

pub(crate) mod merging;
mod parts;

/// Lists whose parts people change one by one: what two of them change in different parts is put together.
const PARTS: [&str; 2] = ["segments", "index_points"];

/// The type of the event that names a change of many records at once.
const BATCH: &str = "metadata modification";

/// The field of that event which holds the batch.
const BATCH_ID: &str = "batch";

/// Who changes something, and why.
#[derive(Clone, Debug)]
pub(crate) struct By<'a> {
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
}

/// How saving one record ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Saved {
    /// As this revision.
    As(Box<Record>),
    /// There was nothing to change.
    Unchanged(Box<Record>),
    /// Somebody else changed the same fields since; nothing was written.
    Conflict(Box<Conflict>),
    /// There is no such record.
    Gone,
}

/// Two people changed the same fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conflict {
    /// The record as it is now.
    pub(crate) now: Record,
    /// The fields that both changed, each to something else.
    pub(crate) fields: Vec<String>,
    /// What it would become if this person's words stood in those fields: everything else is as both left it.
    pub(crate) merged: Record,
}

/// What became of a change of many records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The batch, by which it can be undone; `None` if nothing changed.
    pub(crate) batch: Option<u64>,
    /// The records that were changed.
    pub(crate) changed: Vec<RecordId>,
    /// Those that were left as they are, and why.
    pub(crate) left: Vec<(RecordId, &'static str)>,
}

/// Why an undo leaves a record alone.
pub(crate) const CHANGED_SINCE: &str = "changed-since";

/// Saves what somebody made of the revision `base`. What others changed in the meantime stays, as long as it is not in the
/// same fields.
pub(crate) fn save(archive: &Archive, base: u64, mine: &Record, by: &By<'_>) -> anyhow::Result<Saved> {
    let mut saved = Saved::Gone;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let Some(now) = catalogue.record(mine.id)? else { return Ok(None) };
        let merged = if now.revision == base {
            mine.clone()
        } else {
            let before =
                revision(archive, mine.id, base)?.with_context(|| format!("revision {base} of {} is not in the journal", mine.id.grouped()))?;
            let (merged, fields) = merge(&before, mine, &now, &*archive.catalogue().model()?)?;
            if !fields.is_empty() {
                let merged = Record { revision: now.revision, ..merged };
                saved = Saved::Conflict(Box::new(Conflict { now, fields, merged }));
                return Ok(None);
            }
            merged
        };
        let next = Record { revision: now.revision + 1, ..merged };
        if is_same(&next, &now) {
            saved = Saved::Unchanged(Box::new(now));
            return Ok(None);
        }
        saved = Saved::As(Box::new(next.clone()));
        Ok(Some(draft(by, vec![next], Vec::new())))
    })?;
    Ok(saved)
}

/// Makes a record; its identifier was free a moment ago.
pub(crate) fn create(archive: &Archive, record: &Record, by: &By<'_>) -> anyhow::Result<()> {
    archive.commit(|_| -> anyhow::Result<Option<Draft>> { Ok(Some(draft(by, vec![record.clone()], Vec::new()))) })?;
    Ok(())
}

/// Changes many records in one commit. `change` is asked for each, and says whether it changed something.
pub(crate) fn change_many(
    archive: &Archive, ids: &BTreeSet<RecordId>, by: &By<'_>, change: &dyn Fn(&mut Record) -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let commit = archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        outcome = Outcome::default();
        let mut records = Vec::new();
        for id in ids {
            let Some(now) = catalogue.record(*id)? else { continue };
            let mut next = now.clone();
            change(&mut next)?;
            if is_same(&next, &now) {
                continue;
            }
            next.revision += 1;
            outcome.changed.push(*id);
            records.push(next);
        }
        Ok(batch(by, records))
    })?;
    outcome.batch = commit.map(|commit| commit.header.sequence);
    Ok(outcome)
}

/// Takes a batch back: every record that nobody changed since is again as it was before. Undoing is a batch itself. A merge of
/// records is taken back whole or not at all: half of it would leave one file with two records.
pub(crate) fn undo(archive: &Archive, sequence: u64, by: &By<'_>) -> anyhow::Result<Outcome> {
    let commit = archive.journal().read(sequence)?.with_context(|| format!("there is no commit {sequence}"))?;
    anyhow::ensure!(is_batch(&commit), "commit {sequence} is no change of many records; single changes are restored one by one");
    let mut outcome = Outcome::default();
    let undone = archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        outcome = Outcome::default();
        let mut records = Vec::new();
        for written in commit.records() {
            let Some(now) = catalogue.record(written.id)? else { continue };
            if now.revision != written.revision {
                outcome.left.push((written.id, CHANGED_SINCE));
                continue;
            }
            let before = before(archive, catalogue, written)?;
            outcome.changed.push(written.id);
            records.push(Record { revision: now.revision + 1, ..before });
        }
        if is_merge(&commit) && !outcome.left.is_empty() {
            let kept = outcome.changed.drain(..).map(|id| (id, CHANGED_SINCE));
            outcome.left.extend(kept);
            return Ok(None);
        }
        Ok(batch(by, records))
    })?;
    outcome.batch = undone.map(|commit| commit.header.sequence);
    Ok(outcome)
}

/// Brings a record back to what it said in an earlier revision, as a new one. Files are never taken away by this: those that
/// came since stay.
pub(crate) fn restore(archive: &Archive, id: RecordId, to: u64, by: &By<'_>) -> anyhow::Result<Saved> {
    let Some(old) = revision(archive, id, to)? else { return Ok(Saved::Gone) };
    let now = archive.catalogue().record(id)?.with_context(|| format!("there is no record {}", id.grouped()))?;
    let mine = Record { files: now.files, accession: now.accession, ..old };
    save(archive, now.revision, &mine, by)
}

/// Returns one revision of a record, if it stands in the journal and was not redacted.
pub(crate) fn revision(archive: &Archive, id: RecordId, revision: u64) -> anyhow::Result<Option<Record>> {
    let revisions = archive.catalogue().revisions(id)?;
    let Some((_, sequence)) = revisions.into_iter().find(|(known, _)| *known == revision) else { return Ok(None) };
    let commit = archive.journal().read(sequence)?;
    Ok(commit.and_then(|commit| commit.records().find(|record| record.id == id && record.revision == revision).cloned()))
}

/// Whether a commit changed many records as one.
pub(crate) fn is_batch(commit: &Commit) -> bool {
    commit.events().any(|event| event.kind == BATCH && event.more.contains_key(BATCH_ID))
}

/// Whether a commit made one record of two.
fn is_merge(commit: &Commit) -> bool {
    commit.events().any(|event| event.more.contains_key(merging::MERGED))
}

/// A field in which two revisions differ: its name, and what each says.
pub(crate) type Difference = (String, Option<Value>, Option<Value>);

/// Returns the fields in which two revisions differ; files and revisions are left out.
pub(crate) fn differences(one: &Record, other: &Record) -> anyhow::Result<Vec<Difference>> {
    let (one, other) = (parts(one)?, parts(other)?);
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    Ok(differing.map(|name| (name.clone(), one.get(name).cloned(), other.get(name).cloned())).collect())
}

/// Puts the changes of two people together: field by field, each against what both began with. The names of the fields that
/// both changed differently are the error.
fn merge(before: &Record, mine: &Record, theirs: &Record, model: &Model) -> anyhow::Result<(Record, Vec<String>)> {
    let (begun, mut merged, others) = (parts(before)?, parts(mine)?, parts(theirs)?);
    let mut conflicts = Vec::new();
    let names: BTreeSet<String> = begun.keys().chain(merged.keys()).chain(others.keys()).cloned().collect();
    for name in names {
        let (was, is_mine, is_theirs) = (begun.get(&name), merged.get(&name).cloned(), others.get(&name));
        if is_theirs == was || is_theirs == is_mine.as_ref() {
            continue;
        }
        let value = if is_mine.as_ref() == was {
            is_theirs.cloned()
        } else {
            let is_text = model.field(mine.kind.as_str(), &name).is_some_and(|field| matches!(field.shape, Shape::Text { .. }) && !field.many);
            let pieces = match () {
                () if PARTS.contains(&name.as_str()) => merge_parts(was, is_mine.as_ref(), is_theirs),
                () if is_text => merge_text(was, is_mine.as_ref(), is_theirs),
                () => None,
            };
            let (value, is_told) = pieces.unwrap_or((is_mine.unwrap_or_default(), true));
            conflicts.extend(is_told.then(|| name.clone()));
            Some(value).filter(|value| !value.is_null() && value.as_object().is_none_or(|languages| !languages.is_empty()))
        };
        match value {
            Some(value) => drop(merged.insert(name, value)),
            None => drop(merged.remove(&name)),
        }
    }
    let mut whole = serde_json::to_value(theirs)?;
    let object = whole.as_object_mut().context("a record is no object")?;
    object.retain(|name, _| CORE.contains(&name.as_str()));
    object.extend(merged);
    Ok((serde_json::from_value(whole)?, conflicts))
}

/// Merges a text that both changed, language by language, and tells whether both changed one of them: there, mine stands.
/// `None` where it is no text.
fn merge_text(was: Option<&Value>, mine: Option<&Value>, theirs: Option<&Value>) -> Option<(Value, bool)> {
    let languages = |text: Option<&Value>| text.map_or_else(|| Some(Map::new()), |text| text.as_object().cloned());
    let (was, mut merged, theirs) = (languages(was)?, languages(mine)?, languages(theirs)?);
    let all: BTreeSet<String> = was.keys().chain(merged.keys()).chain(theirs.keys()).cloned().collect();
    let mut is_told = false;
    for language in all {
        let (before, now) = (was.get(&language), theirs.get(&language).cloned());
        if now.as_ref() == before || now.as_ref() == merged.get(&language) {
            continue;
        }
        if merged.get(&language) != before {
            is_told = true;
            continue;
        }
        match now {
            Some(words) => drop(merged.insert(language, words)),
            None => drop(merged.remove(&language)),
        }
    }
    Some((Value::Object(merged), is_told))
}

/// Puts the changes of two people in one list together, and tells whether both changed the same part: there, mine stands.
/// `None` where it is no list.
fn merge_parts(was: Option<&Value>, mine: Option<&Value>, theirs: Option<&Value>) -> Option<(Value, bool)> {
    let list = |value: Option<&Value>| value.map_or(Some(Vec::new()), |value| value.as_array().cloned());
    let (merged, is_told) = parts::merge(&list(was)?, &list(mine)?, &list(theirs)?)?;
    Some((Value::Array(merged), is_told))
}

/// What people do not edit as fields.
const CORE: [&str; 5] = ["id", "kind", "revision", "files", "accession"];

/// The fields of a record as JSON, each under its name.
fn parts(record: &Record) -> anyhow::Result<Map<String, Value>> {
    let Value::Object(mut parts) = serde_json::to_value(record)? else { anyhow::bail!("a record is no object") };
    parts.retain(|name, _| !CORE.contains(&name.as_str()));
    Ok(parts)
}

fn is_same(next: &Record, now: &Record) -> bool {
    let without_number = |record: &Record| Record { revision: 0, ..record.clone() };
    without_number(next) == without_number(now)
}

/// Returns the revision before the one that a commit wrote.
fn before(archive: &Archive, catalogue: &Catalogue, written: &Record) -> anyhow::Result<Record> {
    let earlier = catalogue.revisions(written.id)?.into_iter().map(|(revision, _)| revision).filter(|revision| *revision < written.revision);
    let earlier = earlier.max().with_context(|| format!("{} did not exist before; it can be closed, not undone", written.id.grouped()))?;
    revision(archive, written.id, earlier)?.with_context(|| format!("revision {earlier} of {} is not in the journal", written.id.grouped()))
}

fn batch(by: &By<'_>, records: Vec<Record>) -> Option<Draft> {
    batch_of(by, records, Map::new())
}

/// A change of many records as one, with more to say of it.
fn batch_of(by: &By<'_>, records: Vec<Record>, mut more: Map<String, Value>) -> Option<Draft> {
    if records.is_empty() {
        return None;
    }
    let ids: Vec<RecordId> = records.iter().map(|record| record.id).collect();
    more.insert(BATCH_ID.to_owned(), json!(ids.len()));
    let event = Event { kind: BATCH.to_owned(), outcome: "success".to_owned(), note: by.reason.to_owned(), records: ids, more };
    Some(draft(by, records, vec![event]))
}

fn draft(by: &By<'_>, records: Vec<Record>, events: Vec<Event>) -> Draft {
    Draft { actor: by.actor.to_owned(), reason: by.reason.to_owned(), records, events }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::{Kind, Text};

    const LAN: By<'_> = By { actor: "lan", reason: "mô tả" };
    const MINH: By<'_> = By { actor: "minh", reason: "sửa" };

    fn archive() -> (tempfile::TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::init(&folder.path().join("kho"), "Kho thử", "kho test").unwrap();
        (folder, archive)
    }

    fn photograph(archive: &Archive, title: &str) -> Record {
        let record = Record::new(archive.free_id().unwrap(), Kind::image(), Text::from([("vi".to_owned(), title.to_owned())]));
        create(archive, &record, &LAN).unwrap();
        record
    }

    fn with(record: &Record, field: &str, value: Value) -> Record {
        let mut record = record.clone();
        record.fields.insert(field.to_owned(), value);
        record
    }

    #[test]
    fn two_people_in_different_fields_both_keep_their_words() {
        let (_folder, archive) = archive();
        let begun = photograph(&archive, "Rót đồng");
        let hers = with(&begun, "caption", json!({"vi": "Rót đồng vào khuôn"}));
        let his = with(&begun, "credit_line", json!({"vi": "Ảnh: Bảo tàng tỉnh"}));
        assert!(matches!(save(&archive, 1, &hers, &LAN).unwrap(), Saved::As(_)));
        let Saved::As(merged) = save(&archive, 1, &his, &MINH).unwrap() else { panic!("not saved") };
        assert_eq!((merged.revision, merged.fields.len()), (3, 2));
        assert!(matches!(save(&archive, 3, &merged, &MINH).unwrap(), Saved::Unchanged(_)));
    }

    #[test]
    fn two_people_in_one_field_are_told() {
        let (_folder, archive) = archive();
        let begun = photograph(&archive, "Rót đồng");
        save(&archive, 1, &with(&begun, "caption", json!({"vi": "Một"})), &LAN).unwrap();
        let his = with(&with(&begun, "caption", json!({"vi": "Hai"})), "credit_line", json!({"vi": "x"}));
        let Saved::Conflict(conflict) = save(&archive, 1, &his, &MINH).unwrap() else { panic!("overwritten in silence") };
        assert_eq!((&conflict.fields, conflict.now.revision), (&vec!["caption".to_owned()], 2));
        let merged = &conflict.merged;
        assert_eq!((&merged.fields["caption"], &merged.fields["credit_line"], merged.revision), (&json!({"vi": "Hai"}), &json!({"vi": "x"}), 2));
        assert_eq!(archive.catalogue().record(begun.id).unwrap().unwrap().revision, 2, "nothing was written");
        // Another language of the same text is another place.
        let english = with(&begun, "caption", json!({"en": "One"}));
        let Saved::As(both) = save(&archive, 1, &english, &MINH).unwrap() else { panic!("no quarrel") };
        assert_eq!(both.fields["caption"], json!({"vi": "Một", "en": "One"}));
        // Both wrote the same: no quarrel.
        let same = with(&begun, "caption", json!({"vi": "Một"}));
        assert!(matches!(save(&archive, 1, &same, &MINH).unwrap(), Saved::Unchanged(_)));
    }

    /// AR-03: 120 photographs change in one action, and one action takes it back, but for the one that somebody went on with.
    #[test]
    fn many_records_change_as_one_and_back() {
        let (_folder, archive) = archive();
        let records: Vec<Record> = (0..120).map(|number| photograph(&archive, &format!("Ảnh {number}"))).collect();
        let ids: BTreeSet<RecordId> = records.iter().map(|record| record.id).collect();
        let assign = |record: &mut Record| {
            record.fields.insert("credit_line".to_owned(), json!({"vi": "Ảnh: tổ điền dã"}));
            Ok(())
        };
        let outcome = change_many(&archive, &ids, &LAN, &assign).unwrap();
        let batch = outcome.batch.unwrap();
        assert_eq!(outcome.changed.len(), 120);
        assert_eq!(change_many(&archive, &ids, &LAN, &assign).unwrap(), Outcome::default(), "nothing changes twice");
        let sequences: BTreeSet<u64> = ids.iter().map(|id| archive.catalogue().revisions(*id).unwrap().last().unwrap().1).collect();
        assert_eq!(sequences, BTreeSet::from([batch]), "one history entry each, of one batch");
        let going_on = archive.catalogue().record(records[0].id).unwrap().unwrap();
        save(&archive, 2, &with(&going_on, "caption", json!({"vi": "viết thêm"})), &MINH).unwrap();
        let undone = undo(&archive, batch, &MINH).unwrap();
        assert_eq!((undone.changed.len(), undone.left), (119, vec![(records[0].id, CHANGED_SINCE)]));
        let back = archive.catalogue().record(records[1].id).unwrap().unwrap();
        assert_eq!((back.revision, back.fields.len()), (3, 0));
        assert!(undo(&archive, 1, &MINH).is_err(), "a single change is no batch");
        // What was undone can be had again.
        assert_eq!(undo(&archive, undone.batch.unwrap(), &LAN).unwrap().changed.len(), 119);
    }

    #[test]
    fn an_earlier_revision_comes_back_as_a_new_one() {
        let (_folder, archive) = archive();
        let begun = photograph(&archive, "Tên sai");
        let mut renamed = begun.clone();
        renamed.title.insert("vi".to_owned(), "Tên khác".to_owned());
        save(&archive, 1, &renamed, &LAN).unwrap();
        let Saved::As(restored) = restore(&archive, begun.id, 1, &MINH).unwrap() else { panic!("not restored") };
        assert_eq!((restored.revision, &restored.title), (3, &begun.title));
        let differences = differences(&renamed, &restored).unwrap();
        assert_eq!(differences.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["title"]);
        assert!(matches!(restore(&archive, begun.id, 9, &MINH).unwrap(), Saved::Gone));
    }
}
