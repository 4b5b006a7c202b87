//! The form of a record, made from the model: what can be said of this kind of thing, and what is said already.
//!
//! Names of inputs are paths: `caption.vi`, `plan_class[0].class`. A group has an empty item behind those that are there, so
//! that one more can be filled in without any script. What the form does not show stays as it is.

use std::collections::BTreeSet;

use askama::Template;
use kho_archive::access::Level;
use kho_archive::model::{Field, Model, Shape, What, state_of};
use kho_archive::record::{Record, RecordId};
use serde_json::{Map, Value, json};

use crate::typed::{TypedError, Typing};
use crate::web::guard::Posted;
use crate::web::texts::Texts;

/// The parts of a form, in their order.
const SECTIONS: [&str; 10] = ["identity", "description", "people", "place", "time", "process", "status", "rights", "files", "admin"];

/// Fields that the form does not show: the archive itself keeps them, or pages of their own do.
const ELSEWHERE: [&str; 10] = ["id", "kind", "title", "description", "access", "history", "files", "segments", "index_points", "merged_into"];

/// The languages that stand side by side.
const LANGUAGES: [&str; 2] = ["vi", "en"];

/// One part of a form.
pub(super) struct Part {
    pub(super) heading: String,
    pub(super) entries: Entries,
    /// Whether something in it is filled in, or wrong.
    pub(super) is_open: bool,
}

/// Some fields of a form.
#[derive(Template)]
#[template(path = "desk/entries.html")]
pub(super) struct Entries {
    pub(super) entries: Vec<Entry>,
    pub(super) t: Texts,
}

/// A field of a form.
pub(super) struct Entry {
    /// The path of the value; also the id of the input.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) problem: String,
    /// Whether it must be filled in, at once or before the record may be shown.
    pub(super) is_needed: bool,
    pub(super) input: Input,
}

/// How a field is filled in.
pub(super) enum Input {
    /// Words in both languages, side by side.
    Words { texts: Vec<(&'static str, String, String)>, long: bool },
    /// One line; `to` names the kinds of records that can be looked up.
    Line { value: String, to: String },
    /// One value on each line.
    Lines { value: String, to: String },
    /// One of a list.
    Choice { options: Vec<Offer> },
    /// Some of a list.
    Choices { options: Vec<Offer> },
    /// Groups of fields, one after another; the last is empty.
    Items { items: Vec<Item> },
}

/// One of several groups of fields.
pub(super) struct Item {
    heading: String,
    entries: Entries,
    /// Whether it is shown at once; where order counts, there may be many long ones.
    is_open: bool,
    /// How it is named when it is to be moved; empty where the order says nothing.
    part: String,
}

/// One of several words to choose from.
pub(super) struct Offer {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) text: String,
}

/// Makes forms, and reads them again.
pub(super) struct Forms<'a> {
    pub(super) typing: &'a Typing<'a>,
    pub(super) texts: &'a Texts,
    /// What a record with this identifier is called, for people: `Title [identifier]`.
    pub(super) called: &'a dyn Fn(&str) -> String,
}

impl Forms<'_> {
    fn model(&self) -> &Model {
        self.typing.model
    }

    /// Returns the form of a record, with what is wrong beside each field.
    pub(super) fn parts(&self, record: &Record, wrong: &[Wrong]) -> Vec<Part> {
        let fields = self.model().fields(record.kind.as_str());
        let mut parts = Vec::new();
        for id in SECTIONS {
            let here = fields.iter().filter(|field| field.section == id && !ELSEWHERE.contains(&field.name.as_str()));
            let mut is_open = false;
            let entries: Vec<Entry> = here
                .map(|field| {
                    let value = record.fields.get(&field.name);
                    let entry = self.entry(field, &field.name, value, wrong, 0);
                    is_open |= value.is_some() || wrong.iter().any(|wrong| wrong.name.starts_with(&field.name));
                    entry
                })
                .collect();
            if !entries.is_empty() {
                let heading = self.texts.get(&format!("section-{id}"));
                parts.push(Part { heading, entries: Entries { entries, t: self.texts.clone() }, is_open });
            }
        }
        parts
    }

    /// Reads a form into a record. What could not be understood is left as it was, and told.
    pub(super) fn read(&self, record: &mut Record, posted: &Posted) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let fields: Vec<Field> = self.model().fields(record.kind.as_str()).into_iter().cloned().collect();
        for field in fields.iter().filter(|field| !ELSEWHERE.contains(&field.name.as_str())) {
            if !posted.names().any(|name| is_at(name, &field.name)) {
                continue;
            }
            let before = record.fields.get(&field.name).cloned();
            match self.value(field, &field.name, before.as_ref(), posted, &mut wrong, 0) {
                Some(value) => drop(record.fields.insert(field.name.clone(), value)),
                None => drop(record.fields.remove(&field.name)),
            }
        }
        wrong
    }

    pub(super) fn entry(&self, field: &Field, name: &str, value: Option<&Value>, wrong: &[Wrong], depth: usize) -> Entry {
        let language = self.texts.language();
        Entry {
            name: name.to_owned(),
            label: field.label(language).to_owned(),
            help: field.help(language).to_owned(),
            problem: wrong.iter().find(|wrong| wrong.name == name).map(|wrong| wrong.text.clone()).unwrap_or_default(),
            is_needed: matches!(field.required.as_deref(), Some("yes" | "public")),
            input: self.input(field, name, value, wrong, depth),
        }
    }

    fn input(&self, field: &Field, name: &str, value: Option<&Value>, wrong: &[Wrong], depth: usize) -> Input {
        let is_list = field.many || field.claims;
        if self.has_items(field, depth) {
            return Input::Items { items: self.items(field, name, value, wrong, depth) };
        }
        let shown = |value: &Value| match (&field.shape, value.as_str()) {
            (Shape::Term { .. } | Shape::Ref { .. }, Some(id)) => (self.called)(id),
            _ => self.typing.shown(&Field { many: false, claims: false, ..field.clone() }, value),
        };
        let to = match &field.shape {
            Shape::Term { .. } => "term".to_owned(),
            Shape::Ref { to } => to.join(","),
            _ => String::new(),
        };
        match &field.shape {
            Shape::Text { long } if !is_list => Input::Words { texts: self.words(value), long: *long },
            Shape::Enum { vocabulary } => {
                let chosen: Vec<&str> = field_values(value).filter_map(Value::as_str).collect();
                let state = value.and_then(state_of);
                let options = self.options(vocabulary, &chosen, state, is_list);
                if is_list { Input::Choices { options } } else { Input::Choice { options } }
            }
            Shape::Flag if !is_list => Input::Choice { options: self.flags(value) },
            _ if is_list && value.and_then(state_of).is_none() => {
                Input::Lines { value: field_values(value).map(shown).collect::<Vec<_>>().join("\n"), to }
            }
            _ => Input::Line { value: value.map(shown).unwrap_or_default(), to },
        }
    }

    /// Whether a field is filled in as items: groups, claims, several texts; not more than two levels deep.
    fn has_items(&self, field: &Field, depth: usize) -> bool {
        let is_group = self.model().inner(field).is_some() || matches!(field.shape, Shape::Access) || field.claims;
        let is_many_texts = field.many && matches!(field.shape, Shape::Text { .. });
        (is_group || is_many_texts) && depth < 2
    }

    fn items(&self, field: &Field, name: &str, value: Option<&Value>, wrong: &[Wrong], depth: usize) -> Vec<Item> {
        let is_list = field.many || field.claims;
        let mut values: Vec<Option<&Value>> = field_values(value).filter(|value| state_of(value).is_none()).map(Some).collect();
        if is_list || values.is_empty() {
            values.push(None);
        }
        let item = |(place, value): (usize, Option<&Value>)| {
            let inner = self.inner(field);
            let heading = value.map_or_else(|| self.texts.get("form-another"), |value| self.heading(field, value, place));
            let of = |inner: &Field| value.and_then(|value| self.inner_value(field, value, &inner.name));
            let entries = inner.iter().map(|inner| self.entry(inner, &format!("{name}[{place}].{}", inner.name), of(inner), wrong, depth + 1));
            let id = value.and_then(|value| value.get("id")?.as_str()).filter(|_| is_ordered(&inner));
            let is_open = wrong.iter().any(|wrong| wrong.name.starts_with(&format!("{name}[{place}]")));
            let part = id.map(|id| format!("{name}:{id}")).unwrap_or_default();
            Item { heading, entries: Entries { entries: entries.collect(), t: self.texts.clone() }, is_open, part }
        };
        values.into_iter().enumerate().map(item).collect()
    }

    /// What an item is called: its kind, its number, and its name if it has one.
    fn heading(&self, field: &Field, value: &Value, place: usize) -> String {
        let language = self.texts.language();
        let kind = self.model().inner(field).filter(|_| !field.claims).map_or_else(|| field.label(language), |kind| kind.about.label(language));
        let name = value.get("name").and_then(|name| name.get(language).or_else(|| name.get("vi")));
        let name = name.and_then(Value::as_str).map(|name| format!(": {name}")).unwrap_or_default();
        format!("{kind} {}{name}", place + 1)
    }

    /// The fields of one item. A claim has its value in front; a text among several is one field; a decision is its parts.
    fn inner(&self, field: &Field) -> Vec<Field> {
        let plain = Field { many: false, claims: false, required: None, ..field.clone() };
        if field.claims {
            let around = self.model().claim().map_or_else(Vec::new, |kind| kind.fields.clone());
            return std::iter::once(Field { name: "value".to_owned(), ..plain }).chain(around).collect();
        }
        match &field.shape {
            Shape::Access => self.model().decision().map_or_else(Vec::new, |kind| kind.fields.clone()),
            Shape::Text { .. } => vec![Field { name: "text".to_owned(), ..plain }],
            _ => self.model().inner(field).map_or_else(Vec::new, |kind| kind.fields.clone()),
        }
    }

    fn inner_value<'v>(&self, field: &Field, value: &'v Value, name: &str) -> Option<&'v Value> {
        let is_bare_text = !field.claims && matches!(field.shape, Shape::Text { .. });
        if is_bare_text { Some(value) } else { value.get(name) }
    }

    fn words(&self, value: Option<&Value>) -> Vec<(&'static str, String, String)> {
        let in_language = |language: &'static str| {
            let words = value.and_then(|value| value.get(language)).and_then(Value::as_str).unwrap_or_default();
            (language, self.texts.get(&format!("language-{language}")), words.to_owned())
        };
        LANGUAGES.into_iter().map(in_language).collect()
    }

    fn options(&self, vocabulary: &str, chosen: &[&str], state: Option<&str>, is_list: bool) -> Vec<Offer> {
        let language = self.texts.language();
        let known = self.model().vocabulary(vocabulary).map_or(&[][..], |known| &known.values);
        let choice = |choice: &kho_archive::model::Choice| Offer {
            value: choice.code.clone(),
            label: choice.label(language).to_owned(),
            chosen: chosen.contains(&choice.code.as_str()),
        };
        let mut options: Vec<Offer> = known.iter().map(choice).collect();
        if !is_list {
            options.extend(self.states(state));
        }
        options
    }

    fn states(&self, state: Option<&str>) -> Vec<Offer> {
        let option = |code: &&str| Offer { value: format!("={code}"), label: self.texts.get(&format!("state-{code}")), chosen: state == Some(code) };
        kho_archive::model::STATES.iter().map(option).collect()
    }

    fn flags(&self, value: Option<&Value>) -> Vec<Offer> {
        let option = |code: &str, flag: bool| Offer {
            value: code.to_owned(),
            label: self.texts.get(&format!("flag-{code}")),
            chosen: value == Some(&Value::Bool(flag)),
        };
        [option("yes", true), option("no", false)].into_iter().chain(self.states(value.and_then(state_of))).collect()
    }

    /// Reads one field; `None` if it says nothing.
    pub(super) fn value(
        &self, field: &Field, name: &str, before: Option<&Value>, posted: &Posted, wrong: &mut Vec<Wrong>, depth: usize,
    ) -> Option<Value> {
        if self.has_items(field, depth) {
            return self.read_items(field, name, before, posted, wrong, depth);
        }
        let is_list = field.many || field.claims;
        let typed = posted.get(name).trim();
        match &field.shape {
            Shape::Text { .. } if !is_list => read_words(name, before, posted),
            Shape::Enum { .. } | Shape::Flag if typed.starts_with('=') => Some(json!({"state": &typed[1..]})),
            Shape::Enum { .. } if is_list => {
                let codes: Vec<&str> = posted.all(name).filter(|code| !code.is_empty()).collect();
                (!codes.is_empty()).then(|| json!(codes))
            }
            _ if typed.is_empty() => None,
            _ if is_list && !typed.starts_with(['[', '{']) => self.read_lines(field, name, before, typed, wrong),
            _ => self.understood(field, name, before, typed, wrong),
        }
    }

    fn understood(&self, field: &Field, name: &str, before: Option<&Value>, typed: &str, wrong: &mut Vec<Wrong>) -> Option<Value> {
        match self.typing.value(field, without_title(field, typed)) {
            Ok(value) => Some(value),
            Err(error) => {
                wrong.push(self.wrong(field, name, typed, &error));
                before.cloned()
            }
        }
    }

    fn read_lines(&self, field: &Field, name: &str, before: Option<&Value>, typed: &str, wrong: &mut Vec<Wrong>) -> Option<Value> {
        let one = Field { many: false, ..field.clone() };
        let mut values = Vec::new();
        for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match self.typing.value(&one, without_title(field, line)) {
                // A word for "unknown" stands in place of all of them.
                Ok(value) if state_of(&value).is_some() => return Some(value),
                Ok(value) => values.push(value),
                Err(error) => {
                    wrong.push(self.wrong(field, name, line, &error));
                    return before.cloned();
                }
            }
        }
        (!values.is_empty()).then_some(Value::Array(values))
    }

    fn read_items(&self, field: &Field, name: &str, before: Option<&Value>, posted: &Posted, wrong: &mut Vec<Wrong>, depth: usize) -> Option<Value> {
        let inner = self.inner(field);
        let known: Vec<&Value> = field_values(before).collect();
        let mut items = Vec::new();
        for place in places(posted, name) {
            let was = known.get(place).copied();
            let mut item = was.and_then(Value::as_object).cloned().unwrap_or_default();
            for field_inside in &inner {
                let path = format!("{name}[{place}].{}", field_inside.name);
                let inside = was.and_then(|was| self.inner_value(field, was, &field_inside.name));
                match self.value(field_inside, &path, inside, posted, wrong, depth + 1) {
                    Some(value) => drop(item.insert(field_inside.name.clone(), value)),
                    None => drop(item.remove(&field_inside.name)),
                }
            }
            items.extend(self.whole_item(field, item));
        }
        if is_ordered(&inner) {
            items.sort_by(|one, other| order(one).total_cmp(&order(other)));
            number(&mut items);
        }
        match (items.is_empty(), field.many || field.claims) {
            (true, _) => before.filter(|value| state_of(value).is_some()).cloned(),
            (false, true) => Some(Value::Array(items)),
            (false, false) => items.into_iter().next(),
        }
    }

    /// An item as it stands in the record; `None` if nobody filled anything in.
    fn whole_item(&self, field: &Field, mut item: Map<String, Value>) -> Option<Value> {
        let is_empty = item.iter().all(|(name, value)| ["id", "order"].contains(&name.as_str()) || value == &Value::Bool(false));
        let has_id = self.inner(field).iter().any(|inner| inner.name == "id");
        if is_empty && !field.claims {
            return None;
        }
        if field.claims && !item.contains_key("value") {
            return None;
        }
        if !field.claims && matches!(field.shape, Shape::Text { .. }) {
            return item.remove("text");
        }
        if has_id && !item.contains_key("id") {
            item.insert("id".to_owned(), json!(new_part_id()));
        }
        Some(Value::Object(item))
    }

    fn wrong(&self, field: &Field, name: &str, typed: &str, error: &TypedError) -> Wrong {
        let key = match error {
            TypedError::NobodyIsCalled { .. } => "form-nobody",
            TypedError::SeveralAreCalled { .. } => "form-several",
            _ => match &field.shape {
                Shape::Date { .. } => "form-bad-date",
                Shape::Number | Shape::Quantity => "form-bad-number",
                Shape::Position => "form-bad-position",
                _ => "form-not-understood",
            },
        };
        Wrong { name: name.to_owned(), label: field.label(self.texts.language()).to_owned(), text: self.texts.with(key, "typed", typed) }
    }

    /// Says what the model finds wrong with a record.
    pub(super) fn problem(&self, kind: &str, problem: &kho_archive::model::Problem) -> Wrong {
        let outer = problem.path.split(['.', '[']).next().unwrap_or_default();
        let label = self.model().field(kind, outer).map_or(outer, |field| field.label(self.texts.language())).to_owned();
        let key = match &problem.what {
            What::Missing { .. } => "form-missing",
            What::Date(_) => "form-bad-date",
            What::Range => "form-bad-position",
            _ => "form-not-understood",
        };
        Wrong { name: problem.path.clone(), label, text: self.texts.with(key, "typed", &problem.path) }
    }
}

/// Moves a part of a record one place up or down, as a button of the form says: `steps:p12ab:up`. Its identifier stays, and
/// with it whatever points to it.
pub(super) fn move_part(record: &mut Record, button: &str) {
    let mut words = button.split(':');
    let (Some(field), Some(id), Some(way)) = (words.next(), words.next(), words.next()) else { return };
    let Some(Value::Array(items)) = record.fields.get_mut(field) else { return };
    let Some(place) = items.iter().position(|item| item.get("id").and_then(Value::as_str) == Some(id)) else { return };
    let other = if way == "up" { place.checked_sub(1) } else { Some(place + 1).filter(|other| *other < items.len()) };
    if let Some(other) = other {
        items.swap(place, other);
        number(items);
    }
}

/// Whether the items of a group stand in an order that says something.
fn is_ordered(inner: &[Field]) -> bool {
    ["id", "order"].iter().all(|name| inner.iter().any(|field| field.name == *name))
}

/// Numbers parts as they stand.
fn number(items: &mut [Value]) {
    for (place, item) in (1u64..).zip(items) {
        if let Some(item) = item.as_object_mut() {
            item.insert("order".to_owned(), json!(place));
        }
    }
}

/// Reads a whole decision from a form; what is no level changes nothing.
pub(super) fn read_access(record: &mut Record, posted: &Posted, actor: &str) {
    let Ok(level) = posted.get("access").parse::<Level>() else { return };
    if record.access.level != level {
        record.access = kho_archive::access::Decision::new(level, actor, jiff::ZonedDateTime::now().date());
    }
    let given = |name: &str| Some(posted.get(name).trim().to_owned()).filter(|text| !text.is_empty());
    if posted.names().any(|name| name == "access.reason") {
        record.access.reason = given("access.reason");
        record.access.until =
            given("access.until").and_then(|day| day.parse().ok()).or(record.access.until.filter(|_| given("access.until").is_some()));
        record.access.groups =
            posted.get("access.groups").split([',', ';', '\n']).map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect();
        record.access.stub = posted.get("access.stub") == "yes";
    }
}

/// Reads the words of a text; languages that the form does not show stay.
pub(super) fn read_words(name: &str, before: Option<&Value>, posted: &Posted) -> Option<Value> {
    let mut words = before.filter(|value| state_of(value).is_none()).and_then(Value::as_object).cloned().unwrap_or_default();
    for language in LANGUAGES {
        let input = format!("{name}.{language}");
        if !posted.names().any(|name| *name == input) {
            continue;
        }
        let typed = posted.get(&input);
        if typed.trim().is_empty() {
            words.remove(language);
        } else if words.get(language).and_then(Value::as_str).is_none_or(|known| !same_lines(known, typed)) {
            words.insert(language.to_owned(), json!(typed.replace("\r\n", "\n")));
        }
    }
    (!words.is_empty()).then_some(Value::Object(words))
}

/// Browsers send lines with CR LF; that is no change.
pub(super) fn same_lines(known: &str, typed: &str) -> bool {
    known.replace("\r\n", "\n") == typed.replace("\r\n", "\n")
}

fn field_values(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
    .iter()
}

/// Of `Title [identifier]` the identifier counts: titles change.
pub(super) fn without_title<'t>(field: &Field, typed: &'t str) -> &'t str {
    let is_reference = matches!(field.shape, Shape::Term { .. } | Shape::Ref { .. });
    let inside = typed.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map(|(_, id)| id.trim());
    inside.filter(|id| is_reference && id.parse::<RecordId>().is_ok()).unwrap_or(typed)
}

/// Whether the name of an input belongs to a field.
fn is_at(name: &str, field: &str) -> bool {
    name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The places of the items that a form holds under this name.
pub(super) fn places(posted: &Posted, name: &str) -> BTreeSet<usize> {
    let place = |input: &str| input.strip_prefix(name)?.strip_prefix('[')?.split_once(']')?.0.parse().ok();
    posted.names().filter_map(place).filter(|place| *place < 10_000).collect()
}

fn order(item: &Value) -> f64 {
    item.get("order").and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

/// A short identifier for a step or another part: unique in its record.
fn new_part_id() -> String {
    let mut bytes = [0; 4];
    // Without random bytes there is no archive either; the time still tells parts of one record apart.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = (jiff::Timestamp::now().as_microsecond() as u32).to_be_bytes();
    }
    bytes.iter().fold("p".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}
