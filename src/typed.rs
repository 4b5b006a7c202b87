//! From what people type to the values of a record, and back: the same for the command line, for tables and for forms.
//!
//! | field | is typed as |
//! |---|---|
//! | text, line, code | words |
//! | enum | the code, or the label in either language |
//! | term, ref | an identifier, a code, or a title or another name that only one record has |
//! | date | an extended date (EDTF), the words of the source, or `15/8 âm lịch` |
//! | number | `1.234,5` or `1,234.5`; a moment of a recording is `12:40` or its milliseconds |
//! | quantity | `12 kg`, `2 yến` |
//! | flag | `có`, `không`, `yes`, `no`, `x` |
//! | position | `20.69, 106.04` |
//! | group, name | the one field in it that must be there, else JSON |
//!
//! Several values of one field are parted by `;`. In place of a value may stand *unknown*, *none* or *not applicable* in
//! either language, which differ from 0 and from nothing. JSON in the form of the model is taken everywhere; other records may
//! stand in it by code or title.

use kho_archive::access::Level;
use kho_archive::model::{Field, Model, Problem, STATES, Shape, state_of};
use kho_archive::record::RecordId;
use serde_json::{Map, Value, json};
use thiserror::Error;

mod change;
mod dates;
mod names;
mod numbers;
mod split;
#[cfg(test)]
mod tests;

pub(crate) use change::{Change, Mode, apply, is_open_gap, place, problems_of_change};
pub(crate) use names::{Found, Names, Resolve, fold, keep_found_spelling, other_names};
pub(crate) use split::{parts, without_remark};

/// The words for what stands in place of a value, in the order of [`STATES`].
const STATE_WORDS: [&[&str]; 3] =
    [&["không rõ", "chưa rõ", "không biết", "unknown", "not known"], &["không có", "none"], &["không áp dụng", "not applicable", "n/a"]];

/// How what is typed is to be understood.
pub(crate) struct Typing<'a> {
    /// The descriptive model.
    pub(crate) model: &'a Model,
    /// Finds the records that names stand for.
    pub(crate) names: &'a dyn Resolve,
    /// The language of texts. It also decides whether `1.234` is a thousand or a little more than one.
    pub(crate) language: &'a str,
    /// The year of the source, for ages such as `hơn 100 năm`.
    pub(crate) as_of: Option<i16>,
    /// What parts several values of one field.
    pub(crate) separator: &'a str,
}

/// What was typed cannot be understood. Each sentence names the field.
#[derive(Debug, Error)]
pub(crate) enum TypedError {
    #[error("{field} cannot be {typed:?}: {advice}")]
    NotUnderstood { field: String, typed: String, advice: String },
    #[error("{field} cannot be {typed:?}: no {kinds} has this identifier, code or name; make the record first, or correct the spelling")]
    NobodyIsCalled { field: String, typed: String, kinds: String },
    #[error("{field} cannot be {typed:?}: several records are called so ({records}); write the identifier of the one that is meant")]
    SeveralAreCalled { field: String, typed: String, records: String },
    #[error("{0}")]
    Wrong(Problem),
    #[error("{0}")]
    Use(String),
    #[error(transparent)]
    Archive(#[from] anyhow::Error),
}

impl TypedError {
    /// Whether whoever typed can mend it; otherwise it is the archive that cannot be used.
    pub(crate) fn is_wrong_use(&self) -> bool {
        !matches!(self, Self::Archive(_))
    }
}

impl<'a> Typing<'a> {
    /// Returns the usual way to understand what is typed: Vietnamese, `;` between values.
    pub(crate) fn new(model: &'a Model, names: &'a dyn Resolve) -> Self {
        Self { model, names, language: "vi", as_of: None, separator: ";" }
    }

    /// Returns the value of a field as it stands in a record; a list where the field takes one.
    pub(crate) fn value(&self, field: &Field, typed: &str) -> Result<Value, TypedError> {
        let typed = typed.trim();
        if let Some(json) = self.json(field, typed)? {
            return Ok(json);
        }
        if let Some(state) = self.state(field, typed) {
            return Ok(json!({"state": state}));
        }
        if !is_list(field) {
            return self.one(field, typed);
        }
        let values = parts(typed, self.separator).into_iter().map(|part| self.one(field, part));
        Ok(Value::Array(values.collect::<Result<_, _>>()?))
    }

    /// Returns one value of a field, with the claim around it where the field has claims. Where it comes from is unknown
    /// until somebody says it.
    pub(crate) fn one(&self, field: &Field, typed: &str) -> Result<Value, TypedError> {
        let value = self.bare(field, typed)?;
        Ok(if field.claims { json!({"value": value, "sources": {"state": "unknown"}}) } else { value })
    }

    /// Returns one value without what a claim puts around it.
    pub(crate) fn bare(&self, field: &Field, typed: &str) -> Result<Value, TypedError> {
        let advise = |advice: &str| not_understood(field, typed, advice);
        match &field.shape {
            Shape::Text { .. } => Ok(json!({self.language: typed})),
            Shape::Line | Shape::Code => Ok(json!(typed)),
            Shape::Enum { vocabulary } => self.choice(field, vocabulary, typed),
            Shape::Term { .. } => self.record(field, &["term"], typed),
            Shape::Ref { to } => self.record(field, &to.iter().map(String::as_str).collect::<Vec<_>>(), typed),
            Shape::Date { .. } => dates::read(typed, self.as_of).map_err(|error| advise(&error)),
            Shape::Number if is_moment(field) && typed.contains(':') => {
                numbers::moment(typed).ok_or_else(|| advise("write minutes and seconds, like 12:40"))
            }
            Shape::Number => numbers::number(typed, self.language).ok_or_else(|| advise("it is no number; write it like 1234,5")),
            Shape::Quantity => Ok(numbers::quantity(typed, self.language)),
            Shape::Flag => numbers::flag(typed).map(Value::Bool).ok_or_else(|| advise("write yes or no, có or không")),
            Shape::Position => numbers::position(typed).ok_or_else(|| advise("write degrees north and east, like 20.69, 106.04")),
            Shape::Access => {
                let level: Level = typed.parse().map_err(|error: kho_archive::access::BadLevel| advise(&error.to_string()))?;
                Ok(json!({"level": level}))
            }
            Shape::Group { .. } | Shape::Name => self.group(field, typed),
        }
    }

    /// Returns a value as somebody would type it, in the language of this typing. Typed again it gives the same value:
    /// where no words would, it is JSON.
    pub(crate) fn shown(&self, field: &Field, value: &Value) -> String {
        let words = self.words(field, value);
        let is_same = words.as_ref().is_some_and(|words| self.value(field, words).is_ok_and(|again| again == *value));
        match words {
            Some(words) if is_same => words,
            _ => value.to_string(),
        }
    }

    /// Returns a value as words, which may mean something else when they are typed; `None` where there are none.
    pub(crate) fn words(&self, field: &Field, value: &Value) -> Option<String> {
        if let Some(state) = state_of(value) {
            let place = STATES.iter().position(|known| *known == state)?;
            let english = if self.language == "en" { "unknown none not_applicable".split(' ').nth(place) } else { None };
            return english.map(|word| word.replace('_', " ")).or_else(|| STATE_WORDS[place].first().map(|word| (*word).to_owned()));
        }
        match value {
            Value::Array(values) => {
                let words: Option<Vec<String>> = values.iter().map(|value| self.words_of_one(field, value)).collect();
                Some(words?.join("; "))
            }
            value => self.words_of_one(field, value),
        }
    }

    fn words_of_one(&self, field: &Field, value: &Value) -> Option<String> {
        let value = if field.claims { value.get("value")? } else { value };
        let part = |name: &str| value.get(name);
        match &field.shape {
            Shape::Text { .. } => Some(part(self.language)?.as_str()?.to_owned()),
            Shape::Enum { vocabulary } => Some(self.model.vocabulary(vocabulary)?.choice(value.as_str()?)?.label(self.language).to_owned()),
            Shape::Line | Shape::Code | Shape::Term { .. } | Shape::Ref { .. } => Some(value.as_str()?.to_owned()),
            Shape::Date { .. } => dates::words(value),
            Shape::Number if is_moment(field) => numbers::clock(value, self.language),
            Shape::Number => Some(numbers::written(value, self.language)),
            Shape::Quantity => match (part("as_written"), part("value")) {
                (Some(written), _) => written.as_str().map(str::to_owned),
                (None, Some(number)) => {
                    let unit = part("unit").and_then(Value::as_str).unwrap_or_default();
                    Some(format!("{} {unit}", numbers::written(number, self.language)).trim_end().to_owned())
                }
                (None, None) => None,
            },
            Shape::Flag => Some(if value.as_bool()? { "có" } else { "không" }.to_owned()),
            Shape::Position => Some(format!("{}, {}", part("lat")?, part("lon")?)),
            Shape::Access => Some(part("level")?.as_str()?.to_owned()),
            Shape::Group { .. } | Shape::Name => {
                let inner = self.only_needed(field)?;
                self.words(inner, part(&inner.name)?)
            }
        }
    }

    /// Reads JSON where there is some. A text may begin with a bracket and be none.
    fn json(&self, field: &Field, typed: &str) -> Result<Option<Value>, TypedError> {
        if !typed.starts_with(['{', '[']) {
            return Ok(None);
        }
        let may_be_words = matches!(field.shape, Shape::Text { .. } | Shape::Line | Shape::Code);
        let value = match serde_json::from_str(typed) {
            Ok(value) => self.with_identifiers(field, whole_numbers(value))?,
            Err(_) if may_be_words => return Ok(None),
            Err(error) => return Err(not_understood(field, typed, &format!("it begins like JSON and is none ({error})"))),
        };
        let is_lone = is_list(field) && value.is_object() && state_of(&value).is_none();
        let value = if is_lone { Value::Array(vec![value]) } else { value };
        match self.model.check_value(field, &value).into_iter().find(Problem::is_grave) {
            None => Ok(Some(value)),
            Some(_) if may_be_words => Ok(None),
            Some(problem) => Err(TypedError::Wrong(problem)),
        }
    }

    /// Puts identifiers where JSON names records by code or by title.
    pub(crate) fn with_identifiers(&self, field: &Field, value: Value) -> Result<Value, TypedError> {
        match value {
            Value::Array(values) => values.into_iter().map(|value| self.with_identifiers(field, value)).collect(),
            Value::Object(parts) if field.claims && parts.contains_key("value") => {
                let bare = Field { claims: false, ..field.clone() };
                let inside = self.model.claim().map_or(&[][..], |claim| &claim.fields);
                let part = |(name, value): (String, Value)| {
                    let field = if name == "value" { Some(&bare) } else { inside.iter().find(|field| field.name == name) };
                    self.part_with_identifiers(field, name, value)
                };
                parts.into_iter().map(part).collect()
            }
            Value::Object(parts) => {
                let inside = self.model.inner(field).map_or(&[][..], |group| &group.fields);
                let part = |(name, value): (String, Value)| {
                    let field = inside.iter().find(|field| field.name == name);
                    self.part_with_identifiers(field, name, value)
                };
                parts.into_iter().map(part).collect()
            }
            Value::String(typed) => {
                let found = match &field.shape {
                    Shape::Term { .. } => self.record(field, &["term"], &typed),
                    Shape::Ref { to } => self.record(field, &to.iter().map(String::as_str).collect::<Vec<_>>(), &typed),
                    _ => return Ok(Value::String(typed)),
                };
                // An identifier in a form may be that of a record which was erased since: it stays.
                let may_stay = self.names.keeps_unknown_identifiers() && typed.parse::<RecordId>().is_ok();
                match found {
                    Err(TypedError::NobodyIsCalled { .. }) if may_stay => Ok(Value::String(typed)),
                    found => found,
                }
            }
            other => Ok(other),
        }
    }

    fn part_with_identifiers(&self, field: Option<&Field>, name: String, value: Value) -> Result<(String, Value), TypedError> {
        let value = field.map_or(Ok(value.clone()), |field| self.with_identifiers(field, value))?;
        Ok((name, value))
    }

    /// Whether *unknown*, *none* or *not applicable* was typed in place of a value.
    pub(crate) fn is_state(&self, field: &Field, typed: &str) -> bool {
        self.state(field, typed).is_some()
    }

    fn state(&self, field: &Field, typed: &str) -> Option<&'static str> {
        let is_choice = match &field.shape {
            Shape::Enum { vocabulary } => self.model.vocabulary(vocabulary).is_some_and(|known| known.code_of(typed).is_some()),
            _ => false,
        };
        let typed = fold(typed);
        let place = STATE_WORDS.iter().position(|words| words.contains(&typed.as_str()))?;
        (!is_choice).then(|| STATES[place])
    }

    fn choice(&self, field: &Field, vocabulary: &str, typed: &str) -> Result<Value, TypedError> {
        const ENOUGH: usize = 12;
        let known = self.model.vocabulary(vocabulary);
        if let Some(code) = known.and_then(|known| known.code_of(typed)) {
            return Ok(json!(code));
        }
        let choices = known.map_or(&[][..], |known| &known.values);
        let mut words: Vec<String> = choices.iter().take(ENOUGH).map(|choice| format!("{} ({})", choice.code, choice.label(self.language))).collect();
        if choices.len() > ENOUGH {
            words.push(format!("and {} more", choices.len() - ENOUGH));
        }
        Err(not_understood(field, typed, &format!("the vocabulary {vocabulary} has {}", words.join(", "))))
    }

    fn record(&self, field: &Field, kinds: &[&str], typed: &str) -> Result<Value, TypedError> {
        let (name, typed) = (field.name.clone(), typed.to_owned());
        match self.names.resolve(kinds, &typed)? {
            Found::One(id) => Ok(json!(id)),
            Found::None => Err(TypedError::NobodyIsCalled { field: name, typed, kinds: kinds_in_words(kinds) }),
            Found::Several(records) => {
                let records: Vec<String> = records.iter().take(5).map(|id| RecordId::grouped(*id)).collect();
                Err(TypedError::SeveralAreCalled { field: name, typed, records: records.join(", ") })
            }
        }
    }

    fn group(&self, field: &Field, typed: &str) -> Result<Value, TypedError> {
        let Some(inner) = self.only_needed(field) else {
            let names: Vec<&str> = self.model.inner(field).iter().flat_map(|kind| &kind.fields).map(|field| field.name.as_str()).collect();
            let advice = format!("it has several fields ({}); write it as JSON, like {{\"{}\": …}}", names.join(", "), names.first().unwrap_or(&"…"));
            return Err(not_understood(field, typed, &advice));
        };
        Ok(json!({inner.name.clone(): self.value(inner, typed)?}))
    }

    /// Returns the one field that must be there in a group, where there is exactly one. A group in which nothing must be is
    /// meant by what it refers to first, as a tool that is used.
    fn only_needed(&self, field: &Field) -> Option<&'a Field> {
        let fields = &self.model.inner(field)?.fields;
        let mut needed = fields.iter().filter(|field| field.required.as_deref() == Some("yes"));
        match (needed.next(), needed.next()) {
            (None, _) => fields.first().filter(|field| matches!(field.shape, Shape::Ref { .. })),
            (one, None) => one,
            _ => None,
        }
    }
}

/// Whether a field holds a list.
pub(crate) fn is_list(field: &Field) -> bool {
    field.many || field.claims
}

/// Whether a number is a moment of a recording, in milliseconds: people read it from the clock of a player.
fn is_moment(field: &Field) -> bool {
    field.section == "time" && ["start", "end", "time"].contains(&field.name.as_str())
}

/// Numbers as the journal gives them back: `12.0` is `12`.
fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => numbers::plain(number.as_f64().filter(|_| number.is_f64())).unwrap_or(Value::Number(number)),
        Value::Array(values) => values.into_iter().map(whole_numbers).collect(),
        Value::Object(parts) => Value::Object(parts.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect::<Map<_, _>>()),
        other => other,
    }
}

fn not_understood(field: &Field, typed: &str, advice: &str) -> TypedError {
    const ENOUGH: usize = 100;
    let typed = typed.get(..typed.floor_char_boundary(ENOUGH)).unwrap_or_default().to_owned();
    TypedError::NotUnderstood { field: field.name.clone(), typed, advice: advice.to_owned() }
}

fn kinds_in_words(kinds: &[&str]) -> String {
    match kinds {
        [first, second, third, _, ..] => format!("{first}, {second}, {third} or other record"),
        kinds => kinds.join(" or "),
    }
}
