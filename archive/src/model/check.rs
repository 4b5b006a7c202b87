//! Whether a record says what the model lets it say, and what is still missing.

use std::fmt;

use serde_json::{Map, Value};

use super::{Field, KindModel, Model, Shape, state_of};
use crate::access::Decision;
use crate::date::Dated;
use crate::record::{Record, RecordId};

/// Fields that the record itself has as types; they are listed in the model and checked by reading the record.
const CORE: [&str; 7] = ["id", "kind", "access", "files", "history", "title", "description"];

/// Something in a record that is not as the model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: the name of the field, and inside it, as in `steps[2].mode`.
    pub path: String,
    /// What is wrong.
    pub what: What,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing is there; `needed` says when something must be: `yes`, `public` or a completeness check.
    Missing {
        /// The word of the model.
        needed: String,
    },
    /// The value has another shape than the type asks for.
    Shape {
        /// What the type asks for, in words of the model (`text`, `number`, …).
        expected: &'static str,
    },
    /// A list stands where one value may stand, or one value where a list may stand.
    Cardinality {
        /// Whether there may be several.
        many: bool,
    },
    /// The vocabulary has no such code.
    UnknownCode {
        /// What stands there.
        code: String,
        /// The vocabulary.
        vocabulary: String,
    },
    /// The date is none, and why.
    Date(String),
    /// The number is outside what makes sense here.
    Range,
    /// An embedded kind has no such field.
    UnknownField,
}

impl Problem {
    /// Whether it is only a gap: what is there may stay as it is.
    pub fn is_gap(&self) -> bool {
        matches!(self.what, What::Missing { .. })
    }

    /// Whether the record cannot be kept like this by people who describe: a wrong value, or a gap that must not be.
    pub fn is_grave(&self) -> bool {
        !matches!(&self.what, What::Missing { needed } if needed != "yes")
    }
}

/// A full sentence that names the field.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.what {
            What::Missing { needed } if needed == "yes" => {
                write!(f, "{path} is missing; it must be filled in, or say unknown, none or not applicable")
            }
            What::Missing { needed } if needed == "public" => write!(f, "{path} is missing; it is needed before the record may be public"),
            What::Missing { needed } => write!(f, "{path} is missing; the completeness check {needed} asks for it"),
            What::Shape { expected } => write!(f, "{path} is no {expected}"),
            What::Cardinality { many: true } => write!(f, "{path} takes a list, even of one value"),
            What::Cardinality { many: false } => write!(f, "{path} takes one value, not a list"),
            What::UnknownCode { code, vocabulary } => write!(f, "{path} is {code:?}, which is no word of the vocabulary {vocabulary}"),
            What::Date(reason) => write!(f, "{path} is no date: {reason}"),
            What::Range => write!(f, "{path} lies outside of what is possible"),
            What::UnknownField => write!(f, "{path} is no field of the model"),
        }
    }
}

impl Model {
    /// Returns what is wrong or missing in a record, in the order of its fields. Fields that the model does not know are no
    /// problem: later versions and ingests keep theirs.
    pub fn check(&self, record: &Record) -> Vec<Problem> {
        let mut checking = Checking { model: self, problems: Vec::new() };
        if record.title.get("vi").is_none_or(|title| title.trim().is_empty()) {
            checking.missing("title.vi", "yes");
        }
        if record.description.is_empty() {
            checking.missing("description", "public");
        }
        for field in self.fields(record.kind.as_str()).into_iter().filter(|field| !CORE.contains(&field.name.as_str())) {
            checking.field(&field.name, field, record.fields.get(&field.name));
        }
        checking.problems
    }

    /// Returns what is wrong with the value of one field, as it would stand in a record.
    pub fn check_value(&self, field: &Field, value: &Value) -> Vec<Problem> {
        let mut checking = Checking { model: self, problems: Vec::new() };
        checking.field(&field.name, field, Some(value));
        checking.problems
    }
}

struct Checking<'a> {
    model: &'a Model,
    problems: Vec<Problem>,
}

impl Checking<'_> {
    fn missing(&mut self, path: &str, needed: &str) {
        self.add(path, What::Missing { needed: needed.to_owned() });
    }

    fn add(&mut self, path: &str, what: What) {
        self.problems.push(Problem { path: path.to_owned(), what });
    }

    fn field(&mut self, path: &str, field: &Field, value: Option<&Value>) {
        let is_list = field.many || field.claims;
        match value {
            None | Some(Value::Null) => self.absent(path, field),
            Some(value) if state_of(value).is_some() => {}
            Some(Value::Array(values)) if is_list && values.is_empty() => self.absent(path, field),
            Some(Value::Array(values)) if is_list => {
                for (place, value) in values.iter().enumerate() {
                    self.one(&format!("{path}[{place}]"), field, value);
                }
            }
            Some(Value::Array(_)) => self.add(path, What::Cardinality { many: false }),
            Some(_) if is_list => self.add(path, What::Cardinality { many: true }),
            Some(value) => self.one(path, field, value),
        }
    }

    fn absent(&mut self, path: &str, field: &Field) {
        if let Some(needed) = &field.required {
            self.missing(path, needed);
        }
    }

    /// One value of a field, with its claim around it where there is one.
    fn one(&mut self, path: &str, field: &Field, value: &Value) {
        if !field.claims {
            return self.value(path, field, value);
        }
        let Some(claim) = value.as_object() else { return self.add(path, What::Shape { expected: "claim" }) };
        match claim.get("value") {
            Some(inner) => self.value(&format!("{path}.value"), field, inner),
            None => self.missing(&format!("{path}.value"), "yes"),
        }
        if let Some(kind) = self.model.claim() {
            self.inside(path, kind, claim, &["value"]);
        }
    }

    fn value(&mut self, path: &str, field: &Field, value: &Value) {
        if state_of(value).is_some() {
            return;
        }
        let is_right = |expected: &'static str, is_right: bool| (!is_right).then_some(What::Shape { expected });
        let wrong = match &field.shape {
            Shape::Text { .. } => is_right("text", is_text(value)),
            Shape::Line | Shape::Code => is_right("line", value.as_str().is_some_and(|line| !line.trim().is_empty())),
            Shape::Enum { vocabulary } => self.enumerated(vocabulary, value),
            Shape::Term { .. } | Shape::Ref { .. } => is_right("identifier", value.as_str().is_some_and(|id| id.parse::<RecordId>().is_ok())),
            Shape::Date { .. } => dated(value),
            Shape::Number => is_right("number", value.is_number()),
            Shape::Quantity => is_right("quantity", is_quantity(value)),
            Shape::Flag => is_right("yes or no", value.is_boolean()),
            Shape::Position => position(value),
            Shape::Access => is_right("access", serde_json::from_value::<Decision>(value.clone()).is_ok()),
            Shape::Group { .. } | Shape::Name => return self.group(path, field, value),
        };
        if let Some(what) = wrong {
            self.add(path, what);
        }
    }

    fn enumerated(&self, vocabulary: &str, value: &Value) -> Option<What> {
        let Some(code) = value.as_str() else { return Some(What::Shape { expected: "code" }) };
        let is_known = self.model.vocabulary(vocabulary).is_some_and(|known| known.choice(code).is_some());
        (!is_known).then(|| What::UnknownCode { code: code.to_owned(), vocabulary: vocabulary.to_owned() })
    }

    fn group(&mut self, path: &str, field: &Field, value: &Value) {
        match (self.model.inner(field), value.as_object()) {
            (Some(kind), Some(values)) => self.inside(path, kind, values, &[]),
            _ => self.add(path, What::Shape { expected: "group of fields" }),
        }
    }

    fn inside(&mut self, path: &str, kind: &KindModel, values: &Map<String, Value>, besides: &[&str]) {
        for field in &kind.fields {
            self.field(&format!("{path}.{}", field.name), field, values.get(&field.name));
        }
        let is_strange = |name: &&String| !besides.contains(&name.as_str()) && kind.fields.iter().all(|field| field.name != **name);
        for name in values.keys().filter(is_strange) {
            self.add(&format!("{path}.{name}"), What::UnknownField);
        }
    }
}

fn is_text(value: &Value) -> bool {
    let is_language = |tag: &str| (2..=35).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_written = |(tag, words): (&String, &Value)| is_language(tag) && words.as_str().is_some_and(|words| !words.trim().is_empty());
    value.as_object().is_some_and(|texts| !texts.is_empty() && texts.iter().all(is_written))
}

fn is_quantity(value: &Value) -> bool {
    let Some(parts) = value.as_object() else { return false };
    let is_part = |(name, part): (&String, &Value)| match name.as_str() {
        "value" => part.is_number(),
        "unit" | "as_written" => part.is_string(),
        _ => false,
    };
    (parts.contains_key("value") || parts.contains_key("as_written")) && parts.iter().all(is_part)
}

fn dated(value: &Value) -> Option<What> {
    serde_json::from_value::<Dated>(value.clone()).err().map(|error| What::Date(error.to_string()))
}

fn position(value: &Value) -> Option<What> {
    let degrees = |name: &str| value.get(name).and_then(Value::as_f64);
    match (degrees("lat"), degrees("lon")) {
        (Some(lat), Some(lon)) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => None,
        (Some(_), Some(_)) => Some(What::Range),
        _ => Some(What::Shape { expected: "position" }),
    }
}
