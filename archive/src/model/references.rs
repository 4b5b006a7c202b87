//! Which other records a record speaks of: its relations, and whatever its fields refer to.

use serde_json::{Map, Value};

use super::{Field, KindModel, Model, Shape};
use crate::record::{Record, RecordId};

/// A place in a record that speaks of another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The field, or the type of the relation.
    pub field: String,
    /// The inner field, where the reference stands inside a group: `steps` and `tools`.
    pub inner: Option<String>,
    /// The other record.
    pub to: RecordId,
}

impl Model {
    /// Returns everything that a record refers to, in order and without repetition.
    pub fn references(&self, record: &Record) -> Vec<Reference> {
        let mut found = Finding { model: self, found: Vec::new() };
        for relation in &record.relations {
            found.add(&relation.kind, None, relation.to);
        }
        for field in self.fields(record.kind.as_str()) {
            for value in field.values_in(&record.fields) {
                let value = if field.claims { value.get("value").unwrap_or(value) } else { value };
                found.value(field, None, value);
            }
        }
        found.found.sort();
        found.found.dedup();
        found.found
    }
}

struct Finding<'a> {
    model: &'a Model,
    found: Vec<Reference>,
}

impl Finding<'_> {
    fn add(&mut self, field: &str, inner: Option<&str>, to: RecordId) {
        self.found.push(Reference { field: field.to_owned(), inner: inner.map(str::to_owned), to });
    }

    fn value(&mut self, field: &Field, outer: Option<&str>, value: &Value) {
        match &field.shape {
            Shape::Term { .. } | Shape::Ref { .. } => {
                let Some(to) = value.as_str().and_then(|id| id.parse().ok()) else { return };
                match outer {
                    Some(outer) => self.add(outer, Some(&field.name), to),
                    None => self.add(&field.name, None, to),
                }
            }
            Shape::Group { .. } | Shape::Name => {
                if let (Some(kind), Some(values)) = (self.model.inner(field), value.as_object()) {
                    // Of groups in groups, the outermost field is the one that people know.
                    self.inside(outer.unwrap_or(&field.name), kind, values);
                }
            }
            _ => {}
        }
    }

    fn inside(&mut self, outer: &str, kind: &KindModel, values: &Map<String, Value>) {
        for field in &kind.fields {
            for value in field.values_in(values) {
                self.value(field, Some(outer), value);
            }
        }
    }
}
