//! What a closed part of one record keeps back of another: the picture of a secret step, the film of minutes that are
//! not for everyone, the scan that stands in a closed field.

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key;
use super::rights::Inherited;
use crate::access::Decision;
use crate::follower::FollowerError;
use crate::record::{Record, RecordId};

/// The decision on a part, as it holds for what the part shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Withheld {
    /// The record that the part shows. Only of media is anything kept back: a tool of a secret step is no secret.
    pub(super) of: RecordId,
    /// Whether the part shows some minutes of it. Then its record stays open, and its bytes do not, since the minutes
    /// cannot be taken out of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) minutes: bool,
    /// Whether the words of these minutes cannot be cut out either: no transcript tells which they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) uncut: bool,
    /// The decision on the part.
    pub(super) access: Decision,
}

/// Reads what the closed parts of a record keep back.
pub(super) fn of(record: &Record) -> Vec<Withheld> {
    if record.erased().is_some() {
        return of_erased(record);
    }
    let mut reading = Reading { record, found: Vec::new() };
    for (name, value) in &record.fields {
        let mut closed = Vec::new();
        closed.extend(reading.rule(name));
        reading.value(name, value, &closed);
    }
    reading.found
}

/// The field of an erased record that names what its parts kept back.
pub(crate) const KEPT_BACK: &str = "kept_back";

/// What an erased record kept back stays so: nothing opens because something was erased.
fn of_erased(record: &Record) -> Vec<Withheld> {
    let kept = record.fields.get(KEPT_BACK).cloned().unwrap_or_default();
    serde_json::from_value(kept).unwrap_or_default()
}

/// A step with a decision of its own. Media that say of themselves that they show it are as closed as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ClosedStep {
    id: String,
    access: Decision,
}

/// The field of an erased technique that names its closed steps.
const KEPT_STEPS: &str = "kept_steps";

/// Reads the closed steps of a technique.
pub(super) fn steps(record: &Record) -> Vec<ClosedStep> {
    if record.erased().is_some() {
        return serde_json::from_value(record.fields.get(KEPT_STEPS).cloned().unwrap_or_default()).unwrap_or_default();
    }
    let steps = record.fields.get("steps").and_then(Value::as_array).into_iter().flatten();
    let steps = steps.filter_map(|step| Some(ClosedStep { id: step["id"].as_str()?.to_owned(), access: closed(step.get("access"))? }));
    steps.collect()
}

/// Returns the decisions on those of a technique's closed steps of which a medium says that it shows them.
pub(super) fn by_steps(medium: &Record, technique: RecordId, closed: &[ClosedStep]) -> Vec<Decision> {
    let technique = technique.to_string();
    let shown = medium.fields.get("shows_steps").and_then(Value::as_array).into_iter().flatten();
    let shown: Vec<&str> = shown.filter(|step| step["technique"] == technique.as_str()).filter_map(|step| step["step"].as_str()).collect();
    closed.iter().filter(|step| shown.contains(&step.id.as_str())).map(|step| step.access.clone()).collect()
}

/// Returns the fields by which an erased record goes on keeping back what it kept back, and nothing of why.
pub(crate) fn after_erasure(record: &Record) -> Vec<(String, Value)> {
    let kept = of(record).into_iter().map(|withheld| Withheld { access: Decision::default(), ..withheld });
    let steps = steps(record).into_iter().map(|step| ClosedStep { access: Decision::default(), ..step });
    let fields = [
        (KEPT_BACK, kept.filter_map(|withheld| serde_json::to_value(withheld).ok()).collect::<Vec<_>>()),
        (KEPT_STEPS, steps.filter_map(|step| serde_json::to_value(step).ok()).collect()),
    ];
    fields.into_iter().filter(|(_, kept)| !kept.is_empty()).map(|(name, kept)| (name.to_owned(), Value::Array(kept))).collect()
}

/// Returns of which records the closed parts of this one keep something back.
pub(super) fn targets(record: &Record) -> Vec<RecordId> {
    of(record).into_iter().map(|withheld| withheld.of).collect()
}

/// What a part shows.
struct Part {
    of: RecordId,
    minutes: bool,
    uncut: bool,
}

struct Reading<'a> {
    record: &'a Record,
    found: Vec<Withheld>,
}

impl Reading<'_> {
    /// The decision that `field_access` holds for a field. A rule that cannot be read closes.
    fn rule(&self, field: &str) -> Option<Decision> {
        let rules = self.record.fields.get("field_access")?.as_array()?;
        let rule = rules.iter().find(|rule| rule["field"] == field)?;
        closed(rule.get("access"))
    }

    /// Looks into a value which all of these decisions keep back.
    fn value(&mut self, name: &str, value: &Value, closed_by: &[Decision]) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.value(name, value, closed_by)),
            Value::Object(part) => {
                let mut closed_by = closed_by.to_vec();
                closed_by.extend(closed(part.get("access")));
                if name == "index_points" {
                    self.medium(&closed_by);
                }
                let minutes = ["start", "end"].iter().any(|time| part.contains_key(*time));
                for (inner, value) in part {
                    match value.as_str().and_then(|id| id.parse().ok()) {
                        Some(of) => self.keep_back(Part { of, minutes, uncut: minutes }, &closed_by),
                        None => self.value(inner, value, &closed_by),
                    }
                }
            }
            Value::String(id) => {
                if let Ok(of) = id.parse() {
                    self.keep_back(Part { of, minutes: false, uncut: false }, closed_by);
                }
            }
            _ => {}
        }
    }

    /// Minutes of a transcript are minutes of what it is the transcript of.
    fn medium(&mut self, closed_by: &[Decision]) {
        let medium = self.record.fields.get("media").and_then(|id| id.as_str()?.parse().ok());
        if let Some(of) = medium {
            self.keep_back(Part { of, minutes: true, uncut: false }, closed_by);
        }
    }

    fn keep_back(&mut self, Part { of, minutes, uncut }: Part, closed_by: &[Decision]) {
        for access in closed_by {
            let withheld = Withheld { of, minutes, uncut, access: access.clone() };
            if !self.found.contains(&withheld) {
                self.found.push(withheld);
            }
        }
    }
}

/// Returns the decision on a part, unless it is open to everyone. That the name of a step may be told does not mean that
/// strangers may know what pictures there are of it.
fn closed(decision: Option<&Value>) -> Option<Decision> {
    let decision = serde_json::from_value::<Decision>(decision?.clone()).unwrap_or_default();
    (!decision.is_open()).then_some(Decision { stub: false, ..decision })
}

/// What others keep back of a record.
#[derive(Default)]
pub(super) struct KeptBack {
    /// Decisions on the whole of it.
    pub(super) whole: Vec<Decision>,
    /// Decisions on its bytes.
    pub(super) bytes: Vec<Decision>,
    /// Whether the words of the minutes that these are about cannot be told from others.
    pub(super) uncut: bool,
}

/// Returns what others keep back of a record.
pub(super) fn from(transaction: &Transaction<'_>, id: RecordId) -> Result<KeptBack, FollowerError> {
    let sql = "SELECT DISTINCT inherited FROM relation JOIN record ON record.id = relation.id
        WHERE other = ?1 AND instr(inherited, '\"withholds\"') > 0";
    let rows: Vec<String> = transaction.prepare_cached(sql)?.query_map(params![key(id)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut kept = KeptBack::default();
    for json in rows {
        let inherited: Inherited = serde_json::from_str(&json)?;
        for withheld in inherited.withholds.into_iter().filter(|withheld| withheld.of == id) {
            kept.uncut |= withheld.uncut;
            if withheld.minutes { kept.bytes.push(withheld.access) } else { kept.whole.push(withheld.access) }
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::Kind;

    fn record(kind: &str, fields: &Value) -> Record {
        let mut record = Record::new(RecordId::from_number(7).unwrap(), Kind::from(kind), Default::default());
        record.fields = fields.as_object().unwrap().clone();
        record
    }

    fn picture() -> String {
        RecordId::from_number(99).unwrap().to_string()
    }

    #[test]
    fn a_secret_step_keeps_its_picture_back_and_an_open_one_does_not() {
        let clip = json!([{"media": picture()}]);
        let steps = json!([
            {"id": "s1", "media": clip, "access": {"level": "public"}},
            {"id": "s2", "media": [{"media": picture()}], "access": {"level": "closed"}},
        ]);
        let found = of(&record("technique", &json!({"steps": steps})));
        let of_picture: Vec<_> = found.iter().filter(|withheld| withheld.of.to_string() == picture()).collect();
        assert_eq!(of_picture.len(), 1);
        assert!(!of_picture[0].minutes && of_picture[0].access == Decision::default());
        assert!(of(&record("technique", &json!({"steps": [{"id": "s1", "media": clip, "access": {"level": "public"}}]}))).is_empty());
    }

    #[test]
    fn a_medium_that_says_that_it_shows_a_secret_step_is_as_closed() {
        let technique =
            record("technique", &json!({"steps": [{"id": "s1", "access": {"level": "public"}}, {"id": "s2", "access": {"level": "sealed"}}]}));
        let medium = |step: &str| record("image", &json!({"shows_steps": [{"technique": technique.id.to_string(), "step": step}]}));
        let levels = |medium: &Record| by_steps(medium, technique.id, &steps(&technique)).len();
        assert_eq!((levels(&medium("s1")), levels(&medium("s2"))), (0, 1));
        let kept = after_erasure(&technique);
        assert_eq!(kept.len(), 1, "{kept:?}");
    }

    #[test]
    fn closed_minutes_keep_the_bytes_of_their_recording_back() {
        let points = json!([{"time": 10, "access": {"level": "sealed"}}, {"time": 20}]);
        let found = of(&record("transcript", &json!({"media": picture(), "index_points": points})));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].minutes);
        let step = json!([{"media": [{"media": picture(), "start": 5, "end": 9}], "access": {"level": "closed"}}]);
        assert!(of(&record("technique", &json!({"steps": step})))[0].minutes);
    }

    #[test]
    fn a_closed_field_keeps_what_it_shows_back_and_what_was_erased_goes_on_doing_so() {
        let rules = json!([{"field": "plans", "access": {"level": "research"}}]);
        let found = of(&record("practice", &json!({"plans": [picture()], "shows": [picture()], "field_access": rules})));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].access.level, crate::access::Level::Research);
        let erased = json!({"erased": {"on": "2026-11-25", "by": "a", "reason": "b"}, KEPT_BACK: [{"of": picture(), "access": {"level": "closed"}}]});
        assert_eq!(targets(&record("technique", &erased)).len(), 1);
    }
}
