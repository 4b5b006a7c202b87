//! Changes to a record, as they are typed: `FIELD=VALUE`, `FIELD.LANGUAGE=VALUE`, `FIELD+=VALUE`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kho_archive::access::{Decision, Season};
use kho_archive::model::{Field, Model, Problem, Shape};
use kho_archive::record::{Record, Text};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use super::{TypedError, Typing, fold, is_list, numbers, parts};

/// Fields that the archive itself keeps.
const KEPT: [&str; 6] = ["id", "kind", "files", "history", "merged_into", "revision"];

/// One change, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The field.
    pub(crate) field: String,
    /// The language of a text, or the part of an access decision or a position; empty for the whole.
    pub(crate) part: String,
    /// What becomes of the values that are there.
    pub(crate) mode: Mode,
    /// What was typed; empty takes the field away.
    pub(crate) typed: String,
}

/// What becomes of the values that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are replaced.
    Replace,
    /// They stay, and more come behind them.
    Append,
}

impl Change {
    /// Reads a change.
    pub(crate) fn read(change: &str) -> Result<Self, TypedError> {
        let expected = || TypedError::Use(format!("{change:?} is no change: FIELD=VALUE is expected, as in title.en=\"Fish trap\""));
        let (name, typed) = change.split_once('=').ok_or_else(expected)?;
        let (name, mode) = name.strip_suffix('+').map_or((name, Mode::Replace), |name| (name, Mode::Append));
        let (field, part) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
        if field.is_empty() {
            return Err(expected());
        }
        Ok(Self { field: field.to_owned(), part: part.to_owned(), mode, typed: typed.to_owned() })
    }
}

/// Applies a change to a record; `actor` is who decides, where it is a decision on access.
pub(crate) fn apply(record: &mut Record, change: &Change, typing: &Typing<'_>, actor: &str) -> Result<(), TypedError> {
    match change.field.as_str() {
        "title" => {
            set_text(&mut record.title, &change.part, &change.typed);
            if record.title.is_empty() {
                return Err(TypedError::Use("a record needs a title in at least one language".to_owned()));
            }
            Ok(())
        }
        "description" => {
            set_text(&mut record.description, &change.part, &change.typed);
            Ok(())
        }
        "access" => set_access(&mut record.access, &change.part, &change.typed, actor),
        name => {
            let field = typing.model.field(record.kind.as_str(), name).filter(|field| !KEPT.contains(&field.name.as_str()));
            let field = field.ok_or_else(|| no_field(record.kind.as_str(), name))?;
            set_field(&mut record.fields, field, change, typing)
        }
    }
}

/// Returns the grave problems that a record has and did not have before: a change that brings one is refused, while those
/// that were there stand in nobody's way. Title and description are read as they always were.
pub(crate) fn problems_of_change(model: &Model, before: &Record, after: &Record) -> Vec<Problem> {
    let known = model.check(before);
    let is_core = |problem: &Problem| problem.path.starts_with("title") || problem.path == "description";
    model.check(after).into_iter().filter(|problem| problem.is_grave() && !is_core(problem) && !known.contains(problem)).collect()
}

/// Whether a problem is only a field that nobody filled in yet: no reason to refuse a new record.
pub(crate) fn is_open_gap(problem: &Problem) -> bool {
    problem.is_gap() && (problem.path == "title.vi" || !problem.path.contains(['.', '[']))
}

/// Puts a value where it belongs in a record: replaces what is there, joins texts of other languages and parts of a
/// position, and adds to lists in [`Mode::Append`].
pub(crate) fn place(fields: &mut Map<String, Value>, field: &Field, mode: Mode, value: Value) {
    let before = fields.get(&field.name);
    let value = match (&field.shape, before, value) {
        (_, Some(Value::Array(known)), Value::Array(more)) if mode == Mode::Append => {
            let new = more.into_iter().filter(|value| !known.contains(value));
            Value::Array(known.iter().cloned().chain(new).collect())
        }
        (Shape::Text { .. }, Some(Value::Object(known)), Value::Object(more)) if !is_state(known) && !is_state(&more) => {
            Value::Object(joined(known, more))
        }
        (Shape::Text { .. }, Some(Value::Array(known)), Value::Array(more)) => Value::Array(with_texts(known, more)),
        (_, _, value) => value,
    };
    fields.insert(field.name.clone(), value);
}

/// Reads a level and sets it; the same level leaves the whole decision as it is.
fn read_access(access: &mut Decision, typed: &str, actor: &str) -> Result<(), TypedError> {
    let level = typed.trim().parse().map_err(|error: kho_archive::access::BadLevel| TypedError::Use(error.to_string()))?;
    if access.level != level {
        *access = Decision::new(level, actor, jiff::ZonedDateTime::now().date());
    }
    Ok(())
}

fn set_field(fields: &mut Map<String, Value>, field: &Field, change: &Change, typing: &Typing<'_>) -> Result<(), TypedError> {
    if change.mode == Mode::Append && !is_list(field) {
        return Err(TypedError::Use(format!("{} takes one value; write {}=VALUE to replace it", field.name, field.name)));
    }
    let is_text = matches!(field.shape, Shape::Text { .. });
    let is_degree = matches!(field.shape, Shape::Position) && ["lat", "lon"].contains(&change.part.as_str());
    if !change.part.is_empty() && !is_text && !is_degree {
        return Err(TypedError::Use(format!("{} has no part {:?}; only texts have languages, as in description.en", field.name, change.part)));
    }
    if change.typed.trim().is_empty() {
        return take_away(fields, field, change);
    }
    if is_degree {
        return set_degree(fields, field, change);
    }
    let language = if change.part.is_empty() { typing.language } else { &change.part };
    let typing = Typing { language, ..*typing };
    let value = typing.value(field, &change.typed)?;
    // Typed text is stored as it is; only a change that no reader could see is no change.
    let is_same = is_text && fields.get(&field.name).is_some_and(|before| reads_alike(before, &value));
    if !is_same {
        place(fields, field, change.mode, value);
    }
    Ok(())
}

fn take_away(fields: &mut Map<String, Value>, field: &Field, change: &Change) -> Result<(), TypedError> {
    match (change.mode, fields.get_mut(&field.name)) {
        (Mode::Append, _) | (_, None) => {}
        (Mode::Replace, Some(Value::Object(text))) if !change.part.is_empty() && text.len() > 1 => drop(text.remove(&change.part)),
        (Mode::Replace, Some(Value::Object(text))) if !change.part.is_empty() && !text.contains_key(&change.part) => {}
        (Mode::Replace, Some(_)) => drop(fields.remove(&field.name)),
    }
    Ok(())
}

fn set_degree(fields: &mut Map<String, Value>, field: &Field, change: &Change) -> Result<(), TypedError> {
    let degrees = numbers::degrees(&change.typed)
        .ok_or_else(|| TypedError::Use(format!("{}.{} cannot be {:?}: write degrees like 20.69", field.name, change.part, change.typed)))?;
    let position = fields.entry(field.name.clone()).or_insert_with(|| json!({}));
    if !position.is_object() || kho_archive::model::state_of(position).is_some() {
        *position = json!({});
    }
    position[&change.part] = json!(degrees);
    Ok(())
}

fn set_text(text: &mut Text, language: &str, value: &str) {
    let language = if language.is_empty() { "vi" } else { language };
    // Typed text is stored as it is; only a change that no reader could see is no change.
    let is_same = text.get(language).is_some_and(|old| old.nfc().eq(value.nfc()));
    match given(value) {
        Some(_) if is_same => {}
        Some(value) => drop(text.insert(language.to_owned(), value)),
        None => drop(text.remove(language)),
    }
}

fn set_access(access: &mut Decision, part: &str, typed: &str, actor: &str) -> Result<(), TypedError> {
    match part {
        "" => read_access(access, typed, actor)?,
        "reason" => access.reason = given(typed),
        "until" => access.until = given(typed).map(|day| day.trim().parse::<Date>().map_err(|_| bad_day(&day))).transpose()?,
        "groups" => access.groups = parts(typed, ";").into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        "stub" => access.stub = if typed.trim().is_empty() { false } else { numbers::flag(typed).ok_or_else(|| bad_flag(typed))? },
        "seasons" => access.seasons = parts(typed, ";").into_iter().map(season).collect::<Result<_, _>>()?,
        part => {
            let known = "access.reason, access.until, access.groups, access.stub, access.seasons";
            return Err(TypedError::Use(format!("\"access.{part}\" is no field that can be set; there are access, {known}")));
        }
    }
    Ok(())
}

/// Reads `15/8-16/8 âm lịch`, `1/5`, `20/12-5/1`.
fn season(typed: &str) -> Result<Season, TypedError> {
    let advice = || TypedError::Use(format!("{typed:?} is no season; write days and months like 20/12-5/1, or 15/8 âm lịch for the moon"));
    let folded = fold(typed);
    let lunar_words = ["âm lịch", "lunar"];
    let lunar = lunar_words.iter().any(|word| folded.contains(word));
    let days = lunar_words.iter().fold(folded, |rest, word| rest.replace(word, ""));
    let day_and_month = |part: &str| -> Option<(u8, u8)> {
        let (day, month) = part.trim().split_once('/')?;
        let (day, month) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
        ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some((day, month))
    };
    let (from, to) = days.split_once(['-', '–']).unwrap_or((&days, &days));
    match (day_and_month(from), day_and_month(to)) {
        (Some(from), Some(to)) => Ok(Season { lunar, from, to }),
        _ => Err(advice()),
    }
}

/// The texts of a list without those languages that come anew, and then the new ones.
fn with_texts(known: &[Value], more: Vec<Value>) -> Vec<Value> {
    let languages: BTreeSet<String> = more.iter().filter_map(Value::as_object).flat_map(|text| text.keys().cloned()).collect();
    let without = |value: &Value| -> Option<Value> {
        let text = value.as_object()?.iter().filter(|(language, _)| !languages.contains(*language));
        let text: Map<String, Value> = text.map(|(language, words)| (language.clone(), words.clone())).collect();
        (!text.is_empty()).then_some(Value::Object(text))
    };
    known.iter().filter_map(without).chain(more).collect()
}

fn joined(known: &Map<String, Value>, more: Map<String, Value>) -> Map<String, Value> {
    let mut joined = known.clone();
    joined.extend(more);
    joined
}

fn is_state(text: &Map<String, Value>) -> bool {
    text.contains_key("state")
}

/// Whether each text in `after` is in `before` already, as far as a reader can see.
fn reads_alike(before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return false };
    let is_known = |(language, words): (&String, &Value)| match (before.get(language), words) {
        (Some(Value::String(old)), Value::String(new)) => old.nfc().eq(new.nfc()),
        _ => false,
    };
    after.iter().all(is_known)
}

fn given(value: &str) -> Option<String> {
    (!value.trim().is_empty()).then(|| value.to_owned())
}

fn bad_day(day: &str) -> TypedError {
    TypedError::Use(format!("{day:?} is no day; write it like 2030-12-31"))
}

fn bad_flag(typed: &str) -> TypedError {
    TypedError::Use(format!("access.stub cannot be {typed:?}: write yes or no, có or không"))
}

fn no_field(kind: &str, name: &str) -> TypedError {
    TypedError::Use(format!("{name:?} is no field that can be set of a {kind}; `kho model --kind {kind}` lists them"))
}
