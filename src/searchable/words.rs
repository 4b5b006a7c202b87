//! The words in the fields of the model.

use kho_archive::model::{Field, Model, Shape, state_of};
use kho_archive::record::{Record, RecordId};
use kho_index::View;
use serde_json::{Map, Value};

use super::add_line;

/// Fields that the record has as types: they are searched elsewhere, or not at all.
const ELSEWHERE: [&str; 7] = ["id", "kind", "title", "description", "access", "files", "history"];

/// Adds the words of all fields that are searched. `names` gives what another record is called.
pub(super) fn add(view: &mut View, record: &Record, model: &Model, names: &dyn Fn(RecordId) -> Vec<String>) {
    let mut adding = Adding { view, model, names };
    for field in model.fields(record.kind.as_str()).into_iter().filter(|field| !ELSEWHERE.contains(&field.name.as_str())) {
        adding.field(field, &record.fields);
    }
}

struct Adding<'a> {
    view: &'a mut View,
    model: &'a Model,
    names: &'a dyn Fn(RecordId) -> Vec<String>,
}

impl Adding<'_> {
    fn field(&mut self, field: &Field, values: &Map<String, Value>) {
        if field.search == "none" && !field.claims {
            return;
        }
        for value in field.values_in(values) {
            match value.as_object().filter(|_| field.claims) {
                Some(claim) => self.claim(field, claim),
                None => self.value(field, value),
            }
        }
    }

    /// A claim, and what is said around it.
    fn claim(&mut self, field: &Field, claim: &Map<String, Value>) {
        if let Some(value) = claim.get("value") {
            self.value(field, value);
        }
        let model = self.model;
        for around in model.claim().iter().flat_map(|kind| &kind.fields) {
            self.field(around, claim);
        }
    }

    fn value(&mut self, field: &Field, value: &Value) {
        if field.search == "none" || state_of(value).is_some() {
            return;
        }
        match (&field.shape, value) {
            (Shape::Text { .. }, Value::Object(text)) => text.values().filter_map(Value::as_str).for_each(|words| self.words(field, words)),
            (Shape::Line | Shape::Code, Value::String(words)) => self.words(field, words),
            (Shape::Enum { vocabulary }, Value::String(code)) => self.labels(vocabulary, code),
            (Shape::Term { .. } | Shape::Ref { .. }, Value::String(id)) => {
                for name in id.parse().map(|id| (self.names)(id)).unwrap_or_default() {
                    add_line(&mut self.view.names, &name);
                }
            }
            (Shape::Group { .. } | Shape::Name, Value::Object(part)) => self.part(field, part),
            _ => {}
        }
    }

    fn words(&mut self, field: &Field, words: &str) {
        let View { title, text, names, .. } = &mut *self.view;
        match field.search.as_str() {
            "title" => add_line(title, words),
            "text" => add_line(text, words),
            _ => add_line(names, words),
        }
    }

    fn labels(&mut self, vocabulary: &str, code: &str) {
        let choice = self.model.vocabulary(vocabulary).and_then(|vocabulary| vocabulary.choice(code));
        if let Some(choice) = choice {
            add_line(&mut self.view.names, &choice.vi);
            add_line(&mut self.view.names, &choice.en);
        }
    }

    /// A group of fields. The words of segments are speech, which has its own place.
    fn part(&mut self, field: &Field, part: &Map<String, Value>) {
        if matches!(&field.shape, Shape::Group { of } if of == "segment") {
            let texts = part.get("text").and_then(Value::as_object).into_iter().flat_map(|text| text.values().filter_map(Value::as_str));
            self.view.speech.extend(texts.map(str::to_owned));
            return;
        }
        let model = self.model;
        for inner in model.inner(field).iter().flat_map(|kind| &kind.fields) {
            self.field(inner, part);
        }
    }
}
