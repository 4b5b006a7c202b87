//! What stands in one cell: words that mean the same when they are read again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use kho_archive::Archive;
use kho_archive::access::{Decision, Season};
use kho_archive::model::{Field, Model, Shape, state_of};
use kho_archive::record::{Record, RecordId};
use serde_json::{Map, Value};

use super::Wanted;
use super::columns::{Column, is_single_text};
use crate::typed::{Names, Typing};
use crate::view;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nobody said anything.
    Empty,
    /// Words.
    Words(String),
    /// A number that a spreadsheet may add up.
    Number(serde_json::Number),
    /// Something with parts, and the words that mean it.
    Parts(Value, String),
}

/// Writes cells for one viewer.
pub(super) struct Writing<'a> {
    archive: &'a Archive,
    wanted: &'a Wanted,
    model: Arc<Model>,
    names: Names<'a>,
    codes: RefCell<HashMap<RecordId, String>>,
}

impl Cell {
    /// Returns it as text.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Words(words) | Self::Parts(_, words) => words.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// Returns it as JSON; `None` if nothing is said.
    pub(super) fn json(self) -> Option<Value> {
        match self {
            Self::Empty => None,
            Self::Words(words) => Some(Value::String(words)),
            Self::Number(number) => Some(Value::Number(number)),
            Self::Parts(value, _) => Some(value),
        }
    }
}

/// Returns the code of a record; where it has none, its identifier is one.
pub(super) fn code_of(record: &Record) -> String {
    record.fields.get("code").and_then(Value::as_str).map_or_else(|| record.id.to_string(), str::to_owned)
}

impl<'a> Writing<'a> {
    pub(super) fn new(archive: &'a Archive, wanted: &'a Wanted) -> anyhow::Result<Self> {
        let model = archive.catalogue().model()?;
        Ok(Self { archive, wanted, model, names: Names::new(archive.catalogue()), codes: RefCell::default() })
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Returns a record as the viewer sees it.
    pub(super) fn record(&self, id: RecordId) -> anyhow::Result<Option<Record>> {
        self.archive.catalogue().record(id)?.map_or(Ok(None), |record| self.visible(&record))
    }

    /// Returns what the viewer sees of a record. A step of which only the name may be told is no step in a table: it could not
    /// come in again, and would seem to say nothing.
    pub(super) fn visible(&self, whole: &Record) -> anyhow::Result<Option<Record>> {
        let Some(mut record) = view::visible(self.archive, whole.clone(), &self.wanted.viewer)? else { return Ok(None) };
        let is_list = |field: &&Field| field.many && matches!(field.shape, Shape::Group { .. });
        for field in self.model.fields(record.kind.as_str()).into_iter().filter(is_list) {
            let known = whole.fields.get(&field.name).and_then(Value::as_array);
            if let (Some(known), Some(Value::Array(entries))) = (known, record.fields.get_mut(&field.name)) {
                entries.retain(|entry| known.contains(entry) || !is_stub(entry));
                if entries.is_empty() {
                    record.fields.remove(&field.name);
                }
            }
        }
        Ok(Some(record))
    }

    /// Returns what a record says in a column.
    pub(super) fn cell(&self, record: &Record, column: &Column) -> anyhow::Result<Cell> {
        let language = if column.part.is_empty() { "vi" } else { &column.part };
        let words = |words: Option<&String>| words.map_or(Cell::Empty, |words| Cell::Words(words.clone()));
        match column.field.as_str() {
            "code" => Ok(Cell::Words(code_of(record))),
            "title" => Ok(words(record.title.get(language))),
            "description" => Ok(words(record.description.get(language))),
            "access" => Ok(access(&record.access, &column.part)),
            name => match (self.model.field(record.kind.as_str(), name), record.fields.get(name)) {
                (Some(field), Some(value)) if is_single_text(field) && state_of(value).is_none() => Ok(self.text(field, value, language)),
                (Some(field), Some(value)) if column.part.is_empty() => self.value(field, value),
                _ => Ok(Cell::Empty),
            },
        }
    }

    /// One language of a text. Words that would mean something else, such as *unknown*, stand in JSON.
    fn text(&self, field: &Field, value: &Value, language: &str) -> Cell {
        let Some(words) = value.get(language) else { return Cell::Empty };
        let one = Value::Object(Map::from_iter([(language.to_owned(), words.clone())]));
        match words.as_str() {
            Some(words) if self.means(field, words, &one, language) => Cell::Words(words.to_owned()),
            _ => Cell::Parts(one.clone(), one.to_string()),
        }
    }

    fn value(&self, field: &Field, value: &Value) -> anyhow::Result<Cell> {
        if let Value::Number(number) = value
            && self.means(field, &number.to_string(), value, "vi")
        {
            return Ok(Cell::Number(number.clone()));
        }
        let coded = self.with_codes(field, value)?;
        let words = self.words(field, &coded).filter(|words| self.means(field, words, value, "vi"));
        let has_parts = coded.is_object() || coded.is_array();
        Ok(match words {
            Some(words) if has_parts => Cell::Parts(coded, words),
            Some(words) => Cell::Words(words),
            // A code that means several records, or none any more: the identifier means one.
            None if !self.typing("vi").with_identifiers(field, coded.clone()).is_ok_and(|again| again == *value) => {
                Cell::Parts(value.clone(), value.to_string())
            }
            None => Cell::Parts(coded.clone(), coded.to_string()),
        })
    }

    /// Returns a value as people type it, with the codes of vocabularies; `None` where a column of words would say something
    /// else.
    fn words(&self, field: &Field, coded: &Value) -> Option<String> {
        let is_state = state_of(coded).is_some();
        if matches!(field.shape, Shape::Enum { .. }) && !field.claims && !is_state {
            let codes = coded.as_array().map_or_else(|| vec![coded], |codes| codes.iter().collect());
            return codes.into_iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|codes| codes.join("; "));
        }
        let words = self.typing("vi").words(field, coded)?;
        let needed = self.model.inner(field).map(|group| group.fields.iter().filter(|inner| inner.required.as_deref() == Some("yes")).count());
        // Behind a claim, brackets hold a remark; groups of which several fields must be there are JSON in tables.
        let is_ambiguous = (field.claims && words.contains(['(', '"', '“'])) || needed.is_some_and(|needed| needed != 1);
        (is_state || !is_ambiguous).then_some(words)
    }

    /// Whether words, typed, give a value again. Signs that not every form of a table keeps mean nothing.
    fn means(&self, field: &Field, words: &str, value: &Value, language: &str) -> bool {
        let is_kept = words.chars().all(|letter| !letter.is_control() || letter == '\n');
        is_kept && self.typing(language).value(field, words).is_ok_and(|again| again == *value)
    }

    fn typing<'b>(&'b self, language: &'b str) -> Typing<'b> {
        Typing { language, ..Typing::new(&self.model, &self.names) }
    }

    /// Puts codes where a value names records.
    fn with_codes(&self, field: &Field, value: &Value) -> anyhow::Result<Value> {
        match value {
            Value::Array(values) => values.iter().map(|value| self.with_codes(field, value)).collect(),
            Value::Object(parts) if state_of(value).is_none() => {
                let claim = self.model.claim().filter(|_| field.claims && parts.contains_key("value"));
                let bare = Field { claims: false, many: false, ..field.clone() };
                let inside = claim.or_else(|| self.model.inner(field)).map_or(&[][..], |group| &group.fields);
                let part = |(name, value): (&String, &Value)| -> anyhow::Result<(String, Value)> {
                    let is_claimed = claim.is_some() && name == "value";
                    let field = if is_claimed { Some(&bare) } else { inside.iter().find(|field| field.name == *name) };
                    Ok((name.clone(), field.map_or_else(|| Ok(value.clone()), |field| self.with_codes(field, value))?))
                };
                parts.iter().map(part).collect()
            }
            Value::String(id) if matches!(field.shape, Shape::Term { .. } | Shape::Ref { .. }) => match id.parse() {
                Ok(id) => Ok(Value::String(self.code(id)?)),
                Err(_) => Ok(value.clone()),
            },
            other => Ok(other.clone()),
        }
    }

    fn code(&self, id: RecordId) -> anyhow::Result<String> {
        if let Some(code) = self.codes.borrow().get(&id) {
            return Ok(code.clone());
        }
        let code = self.record(id)?.map_or_else(|| id.to_string(), |record| code_of(&record));
        self.codes.borrow_mut().insert(id, code.clone());
        Ok(code)
    }
}

/// Whether an entry was taken down to what may be told of something that is kept back.
fn is_stub(entry: &Value) -> bool {
    entry.as_object().is_some_and(|parts| parts.keys().all(|part| ["id", "order", "name", "title"].contains(&part.as_str())))
}

fn access(decision: &Decision, part: &str) -> Cell {
    let words = match part {
        "" => Some(decision.level.to_string()),
        "reason" => decision.reason.clone(),
        "until" => decision.until.map(|day| day.to_string()),
        "groups" => Some(decision.groups.iter().cloned().collect::<Vec<_>>().join("; ")),
        "stub" => decision.stub.then(|| "có".to_owned()),
        "seasons" => Some(decision.seasons.iter().map(season).collect::<Vec<_>>().join("; ")),
        _ => None,
    };
    words.filter(|words| !words.is_empty()).map_or(Cell::Empty, Cell::Words)
}

fn season(season: &Season) -> String {
    let lunar = if season.lunar { " âm lịch" } else { "" };
    format!("{}/{}-{}/{}{lunar}", season.from.0, season.from.1, season.to.0, season.to.1)
}
