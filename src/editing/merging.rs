//! Two records of one thing become one: what both say is put together, and whatever spoke of the one that goes speaks of the
//! one that stays. Nothing is lost by it: the journal keeps both as they were, and the merge can be taken back as a whole.

use std::collections::BTreeSet;

use kho_archive::Archive;
use kho_archive::access::Decision;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use kho_archive::model::{Model, Shape};
use kho_archive::record::{File, MERGED_INTO, Record, RecordId};
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{By, batch_of, parts};

/// The field of the event that names the record which stayed.
pub(super) const MERGED: &str = "merged";

/// Two records that are to become one, as somebody saw them.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) stays: Record,
    pub(crate) goes: Record,
}

/// A field in which both say something that cannot stand beside the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) field: String,
    pub(crate) stays: Value,
    pub(crate) goes: Value,
}

/// Why two records cannot become one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NoMerge {
    #[error("a record cannot be merged into itself")]
    Same,
    #[error("only records of the same kind are merged")]
    OtherKind,
    #[error("records of this kind are not merged")]
    NotOfThisKind,
    #[error("one of the two was merged or erased already")]
    Gone,
    #[error("one of the two was changed meanwhile")]
    Changed,
    /// Nobody can read any more what it kept back; whatever it did must stay as it is.
    #[error("what was erased by law keeps something of one of the two back")]
    KeptBack,
}

impl Pair {
    /// Whether these two can become one.
    pub(crate) fn check(&self, model: &Model) -> Result<(), NoMerge> {
        let is_gone = |record: &Record| record.merged_into().is_some() || record.erased().is_some();
        match () {
            () if self.stays.id == self.goes.id => Err(NoMerge::Same),
            () if self.stays.kind != self.goes.kind => Err(NoMerge::OtherKind),
            () if !can_merge(model, self.stays.kind.as_str()) => Err(NoMerge::NotOfThisKind),
            () if is_gone(&self.stays) || is_gone(&self.goes) => Err(NoMerge::Gone),
            () => Ok(()),
        }
    }

    /// Returns the fields in which somebody has to choose.
    pub(crate) fn choices(&self, model: &Model) -> anyhow::Result<Vec<Choice>> {
        let (stays, goes) = (parts(&self.stays)?, parts(&self.goes)?);
        let mut choices = Vec::new();
        for (name, theirs) in &goes {
            let Some(ours) = stays.get(name).filter(|_| !PUT_TOGETHER.contains(&name.as_str())) else { continue };
            if self.joined(model, name, ours, theirs).is_none() {
                choices.push(Choice { field: name.clone(), stays: ours.clone(), goes: theirs.clone() });
            }
        }
        Ok(choices)
    }

    /// Returns both as they are afterwards. In the fields of `take`, what the one says that goes is taken; where nothing was
    /// chosen, the one that stays keeps its word.
    fn merged(&self, take: &BTreeSet<String>, model: &Model) -> anyhow::Result<(Record, Record)> {
        let (mut all, theirs) = (parts(&self.stays)?, parts(&self.goes)?);
        for (name, theirs) in theirs {
            let value = match all.get(&name) {
                None => theirs,
                Some(_) if name == "relations" => continue,
                Some(ours) => match self.joined(model, &name, ours, &theirs) {
                    Some(both) => both,
                    None if take.contains(&name) => preferred(&theirs, ours),
                    None => preferred(ours, &theirs),
                },
            };
            all.insert(name, value);
        }
        let mut whole = serde_json::to_value(&self.stays)?;
        if let Some(object) = whole.as_object_mut() {
            object.extend(all);
        }
        let mut stays: Record = serde_json::from_value(whole)?;
        stays.relations.extend(self.goes.relations.iter().filter(|relation| !self.stays.relations.contains(relation)).cloned());
        stays.relations.retain(|relation| relation.to != self.stays.id && relation.to != self.goes.id);
        self.goes.files.iter().for_each(|file| add_file(&mut stays.files, file));
        if take.contains("title") { &self.stays } else { &self.goes }
            .title
            .iter()
            .for_each(|(language, title)| keep_name(&mut stays, language, title));
        stays.revision += 1;
        Ok((stays, self.left_behind()?))
    }

    /// Puts what both say in a field together, if it can stand side by side.
    fn joined(&self, model: &Model, name: &str, ours: &Value, theirs: &Value) -> Option<Value> {
        match name {
            // Who decided the same, and when, is no quarrel.
            "access" => (undated(&self.stays.access) == undated(&self.goes.access)).then(|| ours.clone()),
            name => joined(ours, theirs, is_text(model, &self.stays, name)),
        }
    }

    /// What is left of the record that goes: how it was called, how others know it, and where it went. Closed, as it says nothing
    /// to anyone any more.
    fn left_behind(&self) -> anyhow::Result<Record> {
        let Record { id, kind, revision, title, .. } = self.goes.clone();
        let mut left = Record { revision: revision + 1, access: Decision::default(), ..Record::new(id, kind, title) };
        left.fields.insert(MERGED_INTO.to_owned(), json!(self.stays.id));
        left.fields.extend(self.goes.fields.get("code").map(|code| ("code".to_owned(), code.clone())));
        Ok(left)
    }
}

/// Merges two records in one commit. `take` are the fields in which what the one says that goes is taken.
pub(crate) fn merge(archive: &Archive, pair: &Pair, take: &BTreeSet<String>, by: &By<'_>) -> anyhow::Result<Result<u64, NoMerge>> {
    let mut refused = None;
    let commit = archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let model = catalogue.model()?;
        let is_as_seen = |seen: &Record| Ok::<_, anyhow::Error>(catalogue.record(seen.id)?.is_some_and(|now| now.revision == seen.revision));
        let fitting = if is_as_seen(&pair.stays)? && is_as_seen(&pair.goes)? { pair.check(&model) } else { Err(NoMerge::Changed) };
        let fitting = if is_kept_back(catalogue, &pair.goes)? { fitting.and(Err(NoMerge::KeptBack)) } else { fitting };
        if let Err(reason) = fitting {
            refused = Some(reason);
            return Ok(None);
        }
        let (mut stays, goes) = pair.merged(take, &model)?;
        // What spoke of both, or of each other, speaks of the one that is left.
        model.replace_references(&mut stays, goes.id, pair.stays.id);
        let mut records = others(catalogue, &model, &goes, &stays)?;
        records.push(stays);
        records.push(goes);
        Ok(batch_of(by, records, Map::from_iter([(MERGED.to_owned(), json!(pair.stays.id))])))
    })?;
    match (refused, commit) {
        (Some(reason), _) => Ok(Err(reason)),
        (None, Some(commit)) => Ok(Ok(commit.header.sequence)),
        (None, None) => anyhow::bail!("the records were not merged"),
    }
}

/// Whether records of a kind can be merged: the model says which may be named as the one that stayed.
pub(crate) fn can_merge(model: &Model, kind: &str) -> bool {
    let field = model.field(kind, MERGED_INTO);
    field.is_some_and(|field| matches!(&field.shape, Shape::Ref { to } if to.iter().any(|known| known == kind)))
}

/// Whether a record that was erased by law still says something of this one: that it is as closed as the part was which showed it.
fn is_kept_back(catalogue: &Catalogue, goes: &Record) -> anyhow::Result<bool> {
    for referrer in catalogue.referrers(goes.id)? {
        if catalogue.record(referrer.id)?.is_some_and(|record| record.erased().is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The records that spoke of the one that goes, as they are afterwards.
fn others(catalogue: &Catalogue, model: &Model, goes: &Record, stays: &Record) -> anyhow::Result<Vec<Record>> {
    let ids: BTreeSet<RecordId> = catalogue.referrers(goes.id)?.into_iter().map(|referrer| referrer.id).collect();
    let mut records = Vec::new();
    for id in ids.into_iter().filter(|id| *id != goes.id && *id != stays.id) {
        let Some(mut record) = catalogue.record(id)? else { continue };
        if model.replace_references(&mut record, goes.id, stays.id) {
            record.revision += 1;
            records.push(record);
        }
    }
    Ok(records)
}

/// What has no two sides: it is put together, and nobody chooses.
const PUT_TOGETHER: [&str; 2] = ["relations", "code"];

fn undated(decision: &Decision) -> Decision {
    Decision { decided_by: None, decided_on: None, ..decision.clone() }
}

fn is_text(model: &Model, record: &Record, name: &str) -> bool {
    ["title", "description"].contains(&name) || model.field(record.kind.as_str(), name).is_some_and(|field| matches!(field.shape, Shape::Text { .. }))
}

/// Puts two values together where they can stand beside each other: equal ones, texts in other languages, entries of lists.
fn joined(ours: &Value, theirs: &Value, is_text: bool) -> Option<Value> {
    match (ours, theirs) {
        _ if ours == theirs => Some(ours.clone()),
        (Value::Object(one), Value::Object(other)) if is_text => {
            let is_quarrel = other.iter().any(|(language, words)| one.get(language).is_some_and(|known| known != words));
            (!is_quarrel).then(|| preferred(ours, theirs))
        }
        (Value::Array(one), Value::Array(other)) => {
            let new: Vec<Value> = other.iter().filter(|value| !one.contains(value)).cloned().collect();
            let is_quarrel = new.iter().any(|value| value.get("id").is_some_and(|id| one.iter().any(|known| known.get("id") == Some(id))));
            (!is_quarrel).then(|| one.iter().cloned().chain(new).collect())
        }
        _ => None,
    }
}

/// Puts two values together that quarrel: the first has its way, and of the other stays what does not touch it.
fn preferred(first: &Value, other: &Value) -> Value {
    match (first, other) {
        (Value::Object(first), Value::Object(other)) if first.values().chain(other.values()).all(Value::is_string) => {
            other.iter().chain(first).map(|(language, words)| (language.clone(), words.clone())).collect()
        }
        _ => first.clone(),
    }
}

/// Adds a file, or to a file that is there the places where it was found as well.
fn add_file(files: &mut Vec<File>, file: &File) {
    match files.iter_mut().find(|known| known.digest == file.digest) {
        Some(known) => {
            let new: Vec<_> = file.paths.iter().filter(|path| !known.paths.contains(path)).cloned().collect();
            known.paths.extend(new);
        }
        None => files.push(file.clone()),
    }
}

/// Keeps a title that was not chosen as another name: whoever knows the thing by it goes on finding it.
fn keep_name(record: &mut Record, language: &str, title: &str) {
    if record.title.values().any(|known| known == title) {
        return;
    }
    let name = json!({"name": {language: title}});
    match record.fields.entry("alt_names").or_insert_with(|| json!([])) {
        Value::Array(names) if !names.contains(&name) => names.push(name),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editing::{self, create};
    use kho_archive::access::Level;
    use kho_archive::record::{Kind, Relation, Text};

    const LAN: By<'_> = By { actor: "lan", reason: "gộp" };

    fn archive() -> (tempfile::TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::init(&folder.path().join("kho"), "Kho thử", "kho test").unwrap();
        (folder, archive)
    }

    fn tool(archive: &Archive, title: &str, fields: &Value) -> Record {
        let mut record = Record::new(archive.free_id().unwrap(), Kind::from("tool"), Text::from([("vi".to_owned(), title.to_owned())]));
        record.fields = fields.as_object().unwrap().clone();
        create(archive, &record, &LAN).unwrap();
        record
    }

    fn now(archive: &Archive, id: RecordId) -> Record {
        archive.catalogue().record(id).unwrap().unwrap()
    }

    #[test]
    fn both_say_what_they_said_and_whoever_spoke_of_one_speaks_of_the_other() {
        let (_folder, archive) = archive();
        let stays = tool(&archive, "Ve chạm", &json!({"code": "T047", "language": ["vi"]}));
        let goes = tool(&archive, "Cái ve", &json!({"code": "HY-12", "language": ["vi", "en"], "review_due": "2027"}));
        let mut shown = Record::new(archive.free_id().unwrap(), Kind::image(), Text::new());
        shown.relations.push(Relation { kind: "shows".into(), to: goes.id });
        create(&archive, &shown, &LAN).unwrap();
        let pair = Pair { stays: stays.clone(), goes: goes.clone() };
        let model = archive.catalogue().model().unwrap();
        let fields: Vec<String> = pair.choices(&model).unwrap().into_iter().map(|choice| choice.field).collect();
        assert_eq!(fields, ["title"], "lists are joined, and a code is kept with what bore it");
        let batch = merge(&archive, &pair, &BTreeSet::new(), &LAN).unwrap().unwrap();
        let (one, left) = (now(&archive, stays.id), now(&archive, goes.id));
        assert_eq!((&one.fields["code"], &one.fields["language"], &one.fields["review_due"]), (&json!("T047"), &json!(["vi", "en"]), &json!("2027")));
        assert_eq!(one.fields["alt_names"], json!([{"name": {"vi": "Cái ve"}}]));
        assert_eq!((left.merged_into(), &left.access.level, left.fields.len()), (Some(stays.id), &Level::Closed, 2));
        assert_eq!(now(&archive, shown.id).relations[0].to, stays.id);
        // The key of the one that went stands for the one that stayed; nobody finds the other by its name.
        assert_eq!(archive.catalogue().by_code(&Kind::from("tool"), "HY-12").unwrap(), [stays.id]);
        assert_eq!(archive.catalogue().names_like(&["tool"], "cai ve", 9).unwrap(), Vec::<RecordId>::from([stays.id]));
        assert_eq!(merge(&archive, &pair, &BTreeSet::new(), &LAN).unwrap(), Err(NoMerge::Changed));
        // Back, all of it.
        let undone = editing::undo(&archive, batch, &LAN).unwrap();
        assert_eq!(undone.changed.len(), 3);
        let same = |record: &Record| Record { revision: 1, ..now(&archive, record.id) };
        assert_eq!((same(&stays), same(&goes), same(&shown)), (stays, goes, shown));
    }

    #[test]
    fn where_both_say_something_else_the_chosen_one_stands() {
        let (_folder, archive) = archive();
        let stays = tool(&archive, "Tha", &json!({"review_due": "2027"}));
        let mut open = tool(&archive, "Tha", &json!({"review_due": "2028"}));
        open.access.level = Level::Public;
        editing::save(&archive, 1, &open, &LAN).unwrap();
        let pair = Pair { stays: stays.clone(), goes: now(&archive, open.id) };
        let model = archive.catalogue().model().unwrap();
        let fields: Vec<String> = pair.choices(&model).unwrap().into_iter().map(|choice| choice.field).collect();
        assert_eq!(fields, ["access", "review_due"]);
        merge(&archive, &pair, &BTreeSet::from(["review_due".to_owned()]), &LAN).unwrap().unwrap();
        let one = now(&archive, stays.id);
        assert_eq!((&one.fields["review_due"], &one.access.level), (&json!("2028"), &Level::Closed), "nothing is opened by not choosing");
        let (again, place) = (tool(&archive, "Tha", &json!({})), Record::new(archive.free_id().unwrap(), Kind::from("term"), Text::new()));
        create(&archive, &place, &LAN).unwrap();
        let refused = |stays: &Record, goes: &Record| Pair { stays: stays.clone(), goes: goes.clone() }.check(&model).unwrap_err();
        assert_eq!(refused(&one, &one), NoMerge::Same);
        assert_eq!(refused(&one, &place), NoMerge::OtherKind);
        assert_eq!(refused(&place, &Record { id: one.id, ..place.clone() }), NoMerge::NotOfThisKind);
        assert_eq!(refused(&again, &now(&archive, open.id)), NoMerge::Gone);
    }

    #[test]
    fn what_an_erased_record_keeps_back_stays_where_it_is() {
        let (_folder, archive) = archive();
        let (stays, goes) = (tool(&archive, "Tha", &json!({})), tool(&archive, "Tha", &json!({})));
        let mut consent = Record::new(archive.free_id().unwrap(), Kind::consent(), Text::new());
        consent.fields.insert("scope".to_owned(), json!([goes.id]));
        consent.fields.insert("erased".to_owned(), json!({"on": "2026-01-01", "by": "lan", "reason": "Điều 16"}));
        create(&archive, &consent, &LAN).unwrap();
        assert_eq!(merge(&archive, &Pair { stays, goes }, &BTreeSet::new(), &LAN).unwrap(), Err(NoMerge::KeptBack));
    }

    #[test]
    fn a_merge_is_taken_back_whole_or_not_at_all() {
        let (_folder, archive) = archive();
        let (stays, goes) = (tool(&archive, "Tha", &json!({})), tool(&archive, "Tha bạc", &json!({})));
        let pair = Pair { stays: stays.clone(), goes: goes.clone() };
        let batch = merge(&archive, &pair, &BTreeSet::new(), &LAN).unwrap().unwrap();
        let mut going_on = now(&archive, stays.id);
        going_on.fields.insert("review_due".to_owned(), json!("2029"));
        editing::save(&archive, going_on.revision, &going_on, &LAN).unwrap();
        let outcome = editing::undo(&archive, batch, &LAN).unwrap();
        assert_eq!((outcome.batch, outcome.changed.len(), outcome.left.len()), (None, 0, 2));
        assert_eq!(now(&archive, goes.id).merged_into(), Some(stays.id));
    }
}
