//! Which columns a table has: those in which somebody said something.

use std::collections::BTreeSet;

use kho_archive::access::Decision;
use kho_archive::model::{Field, Model, Shape, state_of};
use kho_archive::record::Record;
use serde_json::Value;

/// The language that stands in the column of the field itself.
const LANGUAGE: &str = "vi";

/// Fields that a table does not hold: the archive keeps them itself.
const KEPT: [&str; 4] = ["id", "kind", "files", "history"];

/// A column: a field, or a language or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) field: String,
    /// A language other than Vietnamese, or a part of a decision on access.
    pub(super) part: String,
}

/// The columns that the records of one kind need.
#[derive(Default)]
pub(super) struct Columns {
    /// Fields and parts; a code has every record.
    used: BTreeSet<(String, String)>,
}

impl Column {
    /// The heading, as `kho import` understands it.
    pub(super) fn heading(&self) -> String {
        if self.part.is_empty() { self.field.clone() } else { format!("{}.{}", self.field, self.part) }
    }
}

impl Columns {
    /// Notes what is said of a record.
    pub(super) fn note(&mut self, record: &Record, model: &Model) {
        self.note_languages("title", record.title.keys());
        self.note_languages("description", record.description.keys());
        self.add("access", "");
        for part in parts_of(&record.access) {
            self.add("access", part);
        }
        for field in model.fields(record.kind.as_str()) {
            match record.fields.get(&field.name) {
                None | Some(Value::Null) => {}
                Some(value @ Value::Object(text)) if is_single_text(field) && state_of(value).is_none() => {
                    self.note_languages(&field.name, text.keys());
                }
                Some(_) => self.add(&field.name, ""),
            }
        }
    }

    /// Returns the columns in the order of the model, the code first.
    pub(super) fn in_order(&self, model: &Model, kind: &str) -> Vec<Column> {
        let mut columns = vec![Column { field: "code".to_owned(), part: String::new() }];
        let fields = model.fields(kind).into_iter().filter(|field| field.name != "code" && !KEPT.contains(&field.name.as_str()));
        for field in fields {
            let parts = self.used.iter().filter(|(name, _)| *name == field.name);
            columns.extend(parts.map(|(name, part)| Column { field: name.clone(), part: part.clone() }));
        }
        columns
    }

    fn note_languages<'a>(&mut self, field: &str, languages: impl Iterator<Item = &'a String>) {
        for language in languages {
            self.add(field, if language == LANGUAGE { "" } else { language });
        }
    }

    fn add(&mut self, field: &str, part: &str) {
        self.used.insert((field.to_owned(), part.to_owned()));
    }
}

/// Whether a field holds one text, whose languages have columns of their own.
pub(super) fn is_single_text(field: &Field) -> bool {
    matches!(field.shape, Shape::Text { .. }) && !field.many && !field.claims
}

/// The parts of a decision that are not as they always are.
fn parts_of(decision: &Decision) -> Vec<&'static str> {
    let said = [
        ("reason", decision.reason.is_some()),
        ("until", decision.until.is_some()),
        ("groups", !decision.groups.is_empty()),
        ("stub", decision.stub),
        ("seasons", !decision.seasons.is_empty()),
    ];
    said.into_iter().filter(|(_, is_said)| *is_said).map(|(part, _)| part).collect()
}
