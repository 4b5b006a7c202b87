//! What of a record a viewer sees: secrecy lies in steps, in minutes of speech and in single fields, too.

use serde_json::{Map, Value};

use super::{Decision, Verdict, Viewer, Who, may};
use crate::model::{Field, KindModel, Model, Shape};
use crate::record::{Record, RecordId};

/// The field that holds stricter decisions for other fields of the same record.
const FIELD_ACCESS: &str = "field_access";

/// The field of a part that holds the decision on it.
const ACCESS: &str = "access";

/// What strangers may read of a part of which only the existence may be told.
const STUB: [&str; 4] = ["id", "order", "name", "title"];

/// Takes out of a record what `viewer` may not see, though the record itself is open to them:
///
/// - personal fields, for all but archivists;
/// - fields that `field_access` keeps to others;
/// - steps, index points and other parts with a decision of their own; where that allows a stub, the name stays;
/// - what is spoken during an index point that is kept back;
/// - whatever refers to a record that `admits` does not let through: not even its identifier stays.
///
/// What stands in fields that the model does not know is shown to archivists only: nobody decided on it.
pub fn keep_visible(record: &mut Record, viewer: &Viewer, model: &Model, admits: &dyn Fn(RecordId) -> bool) {
    let verdict = |decision: &Decision| may(viewer, std::slice::from_ref(decision));
    keep(record, &Seeing { is_archivist: viewer.who == Who::Archivist, verdict: &verdict, model, admits });
}

/// Takes out of a record what is not open to everyone at every time, as [`keep_visible`] does for strangers: what is open
/// until a day, or in a season, goes, too. For what is made once and read later, such as an index.
pub fn keep_open(record: &mut Record, model: &Model, admits: &dyn Fn(RecordId) -> bool) {
    keep_for(record, model, &Decision::is_open, admits);
}

/// Takes out of a record what those may not see whom `admits` and `admits_record` speak for: the decisions on parts that let them
/// in, and the other records that they may see. For what is made once for several kinds of viewers; personal fields go, too.
pub fn keep_for(record: &mut Record, model: &Model, admits: &dyn Fn(&Decision) -> bool, admits_record: &dyn Fn(RecordId) -> bool) {
    let verdict = |decision: &Decision| if admits(decision) { Verdict::Admitted } else { Verdict::Refused };
    keep(record, &Seeing { is_archivist: false, verdict: &verdict, model, admits: admits_record });
}

/// A stretch of a recording, from when to when, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minutes {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; infinite if nobody said.
    pub to: f64,
}

impl Minutes {
    /// Whether something that is said from `start` to `end` lies in it, or a part of it.
    pub fn touch(&self, start: f64, end: f64) -> bool {
        start < self.to && (end > self.from || start >= self.from)
    }
}

/// Returns the minutes of its recording that a transcript keeps from `viewer`: those of index points with a decision of
/// their own, or all of them. Whether the transcript itself is seen makes no difference: a draft closes minutes, too.
pub fn hidden_minutes(transcript: &Record, viewer: &Viewer, model: &Model) -> Vec<Minutes> {
    let verdict = |decision: &Decision| may(viewer, std::slice::from_ref(decision));
    minutes(transcript, &Seeing { is_archivist: viewer.who == Who::Archivist, verdict: &verdict, model, admits: &|_| true })
}

/// Returns the minutes that a transcript keeps from anyone at any time, for what is made once and read later.
pub fn closed_minutes(transcript: &Record, model: &Model) -> Vec<Minutes> {
    let verdict = |decision: &Decision| if decision.is_open() { Verdict::Admitted } else { Verdict::Refused };
    minutes(transcript, &Seeing { is_archivist: false, verdict: &verdict, model, admits: &|_| true })
}

fn minutes(transcript: &Record, seeing: &Seeing<'_>) -> Vec<Minutes> {
    let hidden = transcript.fields.get(FIELD_ACCESS).map_or_else(Vec::new, |rules| seeing.hidden_fields(rules));
    // Nobody knows any more which minutes an erased one closed; nothing opens because it was erased.
    if transcript.erased().is_some() || hidden.iter().any(|field| field == "segments") {
        return vec![Minutes { from: 0.0, to: f64::INFINITY }];
    }
    seeing.hidden_minutes(transcript)
}

fn keep(record: &mut Record, seeing: &Seeing<'_>) {
    let (model, admits) = (seeing.model, seeing.admits);
    record.relations.retain(|relation| admits(relation.to));
    let hidden: Vec<String> = record.fields.get(FIELD_ACCESS).map_or_else(Vec::new, |rules| seeing.hidden_fields(rules));
    for name in &hidden {
        match name.as_str() {
            "title" => record.title.clear(),
            "description" => record.description.clear(),
            name => drop(record.fields.remove(name)),
        }
    }
    let minutes = seeing.hidden_minutes(record);
    if let Some(Value::Array(segments)) = record.fields.get_mut("segments") {
        segments.retain(|segment| !minutes.iter().any(|hidden| overlaps(segment, hidden)));
    }
    let fields = model.fields(record.kind.as_str());
    record.fields = seeing.of_fields(&fields, std::mem::take(&mut record.fields), true);
    if !seeing.is_archivist {
        record.fields.remove(FIELD_ACCESS);
    }
}

/// Whether fields of a record have decisions of their own. Where none has, whoever is admitted to the record may read its title.
pub fn has_kept_fields(record: &Record) -> bool {
    record.fields.contains_key(FIELD_ACCESS)
}

struct Seeing<'a> {
    is_archivist: bool,
    /// What the judge says of the decision on a part.
    verdict: &'a dyn Fn(&Decision) -> Verdict,
    model: &'a Model,
    admits: &'a dyn Fn(RecordId) -> bool,
}

impl Seeing<'_> {
    /// The fields of which `field_access` says that this viewer may not read them. A rule that cannot be read hides.
    fn hidden_fields(&self, rules: &Value) -> Vec<String> {
        let rules = rules.as_array().into_iter().flatten();
        let hidden = rules.filter(|rule| !self.judge(rule.get(ACCESS)).is_admitted());
        hidden.filter_map(|rule| rule["field"].as_str()).map(str::to_owned).collect()
    }

    fn judge(&self, decision: Option<&Value>) -> Verdict {
        let read = |value: &Value| serde_json::from_value::<Decision>(value.clone()).unwrap_or_default();
        match decision {
            Some(value) => (self.verdict)(&read(value)),
            None => Verdict::Admitted,
        }
    }

    /// From when to when nothing is to be heard, in milliseconds.
    fn hidden_minutes(&self, record: &Record) -> Vec<Minutes> {
        let points = record.fields.get("index_points").and_then(Value::as_array).into_iter().flatten();
        let hidden = points.filter(|point| !self.judge(point.get(ACCESS)).is_admitted());
        // A point without end reaches to the end.
        let minutes = |point: &Value| Minutes { from: point["time"].as_f64().unwrap_or(0.0), to: point["end"].as_f64().unwrap_or(f64::INFINITY) };
        hidden.map(minutes).collect()
    }

    fn of_fields(&self, fields: &[&Field], values: Map<String, Value>, is_record: bool) -> Map<String, Value> {
        let is_archivist = self.is_archivist;
        let mut seen = Map::new();
        for (name, value) in values {
            match fields.iter().find(|field| field.name == name) {
                Some(field) if field.private && !is_archivist => {}
                Some(field) => seen.extend(self.of_field(field, value).map(|value| (name, value))),
                None if is_archivist || !is_record => drop(seen.insert(name, value)),
                None => {}
            }
        }
        seen
    }

    fn of_field(&self, field: &Field, value: Value) -> Option<Value> {
        match value {
            Value::Array(values) => {
                let seen: Vec<Value> = values.into_iter().filter_map(|value| self.of_claim(field, value)).collect();
                (!seen.is_empty()).then_some(Value::Array(seen))
            }
            value => self.of_claim(field, value),
        }
    }

    /// A value with the claim around it: the sources of a claim may be closed, too.
    fn of_claim(&self, field: &Field, value: Value) -> Option<Value> {
        match (field.claims, value) {
            (true, Value::Object(mut claim)) => {
                let inner = claim.remove("value").map(|inner| self.of_value(field, inner));
                let around = self.model.claim().map_or_else(Vec::new, |kind| kind.fields.iter().collect());
                let mut seen = self.of_fields(&around, claim, false);
                seen.insert("value".to_owned(), inner??);
                Some(Value::Object(seen))
            }
            (_, value) => self.of_value(field, value),
        }
    }

    fn of_value(&self, field: &Field, value: Value) -> Option<Value> {
        match (&field.shape, value) {
            (Shape::Term { .. } | Shape::Ref { .. }, Value::String(id)) => {
                let is_seen = id.parse().is_ok_and(|id| (self.admits)(id));
                is_seen.then_some(Value::String(id))
            }
            (Shape::Group { .. } | Shape::Name, Value::Object(part)) => match self.model.inner(field) {
                Some(kind) => self.of_part(kind, part).map(Value::Object),
                None => None,
            },
            (_, value) => Some(value),
        }
    }

    fn of_part(&self, kind: &KindModel, mut part: Map<String, Value>) -> Option<Map<String, Value>> {
        match self.judge(part.get(ACCESS)) {
            Verdict::Admitted => {}
            Verdict::Stub => part.retain(|name, _| STUB.contains(&name.as_str())),
            Verdict::Refused => return None,
        }
        if !self.is_archivist {
            part.remove(ACCESS);
        }
        Some(self.of_fields(&kind.fields.iter().collect::<Vec<_>>(), part, false))
    }
}

fn overlaps(segment: &Value, hidden: &Minutes) -> bool {
    let start = segment["start"].as_f64().unwrap_or(0.0);
    hidden.touch(start, segment["end"].as_f64().unwrap_or(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Text};
    use serde_json::json;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    fn record(kind: &str, fields: &Value) -> Record {
        let mut record = Record::new(id(1), Kind::from(kind), Text::from([("vi".to_owned(), "Làm hương".to_owned())]));
        record.fields = fields.as_object().unwrap().clone();
        record
    }

    fn seen_by(who: Who, record: &Record) -> Value {
        let model = Model::built_in().unwrap();
        let viewer = Viewer { who, today: jiff::civil::date(2026, 1, 1) };
        let mut seen = record.clone();
        keep_visible(&mut seen, &viewer, &model, &|other| other != id(9));
        serde_json::to_value(&seen).unwrap()
    }

    /// VC-04: the family shows that there is a step, and keeps how it is done.
    #[test]
    fn a_step_kept_back_shows_its_name_only_or_nothing() {
        let step =
            |id: &str, access: Value| json!({"id": id, "order": 1, "name": {"vi": "Pha chế"}, "what": {"vi": "nghiền trầm"}, "access": access});
        let steps = json!([
            step("s1", json!({"level": "public"})),
            step("s2", json!({"level": "community", "groups": ["họ Đào"], "stub": true})),
            step("s3", json!({"level": "sealed"})),
            step("s4", json!({"level": "closed", "stub": true})),
        ]);
        let technique = record("technique", &json!({"steps": steps}));
        let seen = seen_by(Who::Public, &technique);
        let stub = json!({"id": "s2", "order": 1, "name": {"vi": "Pha chế"}});
        assert_eq!(seen["steps"], json!([{"id": "s1", "order": 1, "name": {"vi": "Pha chế"}, "what": {"vi": "nghiền trầm"}}, stub]));
        let family = Who::Member(["họ Đào".to_owned()].into());
        assert_eq!(seen_by(family, &technique)["steps"].as_array().unwrap().len(), 2);
        assert_eq!(seen_by(Who::Archivist, &technique)["steps"].as_array().unwrap().len(), 3, "sealed stays sealed");
    }

    #[test]
    fn what_is_open_for_a_time_is_not_open_for_good() {
        let step = |id: &str, access: Value| json!({"id": id, "access": access});
        let season = json!([{"from": [1, 1], "to": [31, 12]}]);
        let steps = json!([
            step("s1", json!({"level": "public"})),
            step("s2", json!({"level": "public", "until": "2099-12-31"})),
            step("s3", json!({"level": "public", "seasons": season})),
            step("s4", json!({"level": "research", "stub": true})),
        ]);
        let mut technique = record("technique", &json!({"steps": steps, "practice": id(9), "imported": {"ghi chú": "x"}}));
        keep_open(&mut technique, &Model::built_in().unwrap(), &|other| other != id(9));
        assert_eq!(Value::Object(technique.fields), json!({"steps": [{"id": "s1"}]}));
    }

    #[test]
    fn closed_minutes_are_silent() {
        let segment = |start: u64, end: u64| json!({"start": start, "end": end, "text": {"vi": format!("{start}")}});
        let points = json!([{"time": 1000, "end": 3000, "title": {"vi": "bí quyết"}, "access": {"level": "sealed"}}, {"time": 5000, "end": 6000, "title": {"vi": "mở"}}]);
        let segments =
            json!([segment(0, 1000), segment(900, 1500), segment(2000, 2500), segment(2900, 3100), segment(3000, 4000), segment(1500, 1500)]);
        let transcript = record("transcript", &json!({"segments": segments, "index_points": points}));
        let seen = seen_by(Who::Archivist, &transcript);
        let heard: Vec<u64> = seen["segments"].as_array().unwrap().iter().map(|segment| segment["start"].as_u64().unwrap()).collect();
        assert_eq!(heard, [0, 3000]);
        assert_eq!(seen["index_points"].as_array().unwrap().len(), 1);
        let model = Model::built_in().unwrap();
        let sealed = Minutes { from: 1000.0, to: 3000.0 };
        let archivist = Viewer { who: Who::Archivist, today: jiff::civil::date(2026, 1, 1) };
        assert_eq!((hidden_minutes(&transcript, &archivist, &model), closed_minutes(&transcript, &model)), (vec![sealed], vec![sealed]));
        let all_closed =
            record("transcript", &json!({"segments": [segment(0, 1)], "field_access": [{"field": "segments", "access": {"level": "closed"}}]}));
        assert!(hidden_minutes(&all_closed, &archivist, &model).is_empty());
        assert!(closed_minutes(&all_closed, &model)[0].touch(1e9, 1e9));
    }

    #[test]
    fn personal_fields_closed_fields_and_closed_others_leave_nothing_behind() {
        let person = record(
            "person",
            &json!({"contact": "0912", "birth": {"edtf": "1944"}, "taught_by": [id(9), id(8)], "ghi chú riêng": "x",
                "field_access": [{"field": "birth", "access": {"level": "research"}}]}),
        );
        let seen = seen_by(Who::Public, &person);
        assert_eq!(seen["taught_by"], json!([id(8)]));
        for gone in ["contact", "birth", "ghi chú riêng", "field_access"] {
            assert!(seen.get(gone).is_none(), "{gone}: {seen}");
        }
        assert_eq!(seen_by(Who::Researcher, &person)["birth"], json!({"edtf": "1944"}));
        assert_eq!(seen_by(Who::Archivist, &person)["contact"], "0912");
    }
}
