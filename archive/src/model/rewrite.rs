//! Letting everything that refers to one record refer to another one instead.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Field, Model, Shape};
use crate::record::{Record, RecordId};

impl Model {
    /// Lets a record refer to `to` wherever it refers to `from`: in its relations and in its fields, at every depth. Returns
    /// whether that changed it. A list that then names the same record twice names it once.
    pub fn replace_references(&self, record: &mut Record, from: RecordId, to: RecordId) -> bool {
        let mut rewriting = Rewriting { model: self, from, to, is_changed: false };
        rewriting.relations(record);
        let fields = self.fields(record.kind.as_str());
        rewriting.fields(fields, &mut record.fields);
        rewriting.is_changed
    }
}

struct Rewriting<'a> {
    model: &'a Model,
    from: RecordId,
    to: RecordId,
    is_changed: bool,
}

impl Rewriting<'_> {
    fn relations(&mut self, record: &mut Record) {
        for relation in record.relations.iter_mut().filter(|relation| relation.to == self.from) {
            relation.to = self.to;
            self.is_changed = true;
        }
        let mut seen = BTreeSet::new();
        let to = self.to;
        record.relations.retain(|relation| relation.to != to || seen.insert(relation.kind.clone()));
    }

    fn fields<'a>(&mut self, fields: impl IntoIterator<Item = &'a Field>, values: &mut Map<String, Value>) {
        for field in fields {
            match values.get_mut(&field.name) {
                Some(Value::Array(list)) => self.list(field, list),
                Some(value) => self.one(field, value),
                None => {}
            }
        }
    }

    fn list(&mut self, field: &Field, list: &mut Vec<Value>) {
        list.iter_mut().for_each(|value| self.one(field, value));
        if is_reference(field) && !field.claims {
            let (to, mut times) = (Value::from(self.to.to_string()), 0);
            list.retain(|value| {
                times += usize::from(*value == to);
                *value != to || times == 1
            });
        }
    }

    /// One value, with the claim around it where there is one.
    fn one(&mut self, field: &Field, value: &mut Value) {
        let (model, is_claim) = (self.model, field.claims);
        match value {
            Value::Object(claim) if is_claim => {
                if let Some(inner) = claim.get_mut("value") {
                    self.value(field, inner);
                }
                self.fields(model.claim().into_iter().flat_map(|kind| &kind.fields), claim);
            }
            value => self.value(field, value),
        }
    }

    fn value(&mut self, field: &Field, value: &mut Value) {
        let model = self.model;
        match value {
            Value::String(id) if is_reference(field) && id.parse() == Ok(self.from) => {
                *id = self.to.to_string();
                self.is_changed = true;
            }
            Value::Object(part) => {
                let inner = model.inner(field).into_iter().flat_map(|kind| &kind.fields);
                self.fields(inner, part);
            }
            _ => {}
        }
    }
}

fn is_reference(field: &Field) -> bool {
    matches!(field.shape, Shape::Term { .. } | Shape::Ref { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Relation, Text};
    use serde_json::json;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    fn record(kind: &str, fields: &Value) -> Record {
        let mut record = Record::new(id(1), Kind::from(kind), Text::from([("vi".to_owned(), "Làm hương".to_owned())]));
        record.fields = fields.as_object().unwrap().clone();
        record
    }

    #[test]
    fn references_are_rewritten_at_every_depth() {
        let model = Model::built_in().unwrap();
        let step = |term: RecordId| json!([{"id": "s1", "term": term, "tools": [{"term": term, "note": {"vi": "dao"}}], "not a field": term}]);
        let mut technique = record("technique", &json!({"steps": step(id(5))}));
        technique.relations = [(2, id(5)), (3, id(6))].map(|(kind, to)| Relation { kind: format!("r{kind}"), to }).into();
        assert!(model.replace_references(&mut technique, id(5), id(6)));
        let step = &technique.fields["steps"][0];
        assert_eq!((&step["term"], &step["tools"][0]["term"]), (&json!(id(6)), &json!(id(6))));
        assert_eq!(step["not a field"], json!(id(5)), "the model does not say that this is a reference");
        assert!(technique.relations.iter().all(|relation| relation.to == id(6)) && technique.relations.len() == 2);
        assert!(!model.replace_references(&mut technique, id(5), id(6)));
    }

    #[test]
    fn a_list_names_a_record_once() {
        let model = Model::built_in().unwrap();
        let mut photograph = record("image", &json!({"subjects": [id(5), id(7), id(6)]}));
        photograph.relations = vec![Relation { kind: "x".into(), to: id(5) }, Relation { kind: "x".into(), to: id(6) }];
        assert!(model.replace_references(&mut photograph, id(5), id(6)));
        assert_eq!((&photograph.fields["subjects"], photograph.relations.len()), (&json!([id(6), id(7)]), 1));
    }
}
