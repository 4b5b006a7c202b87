//! What is said of a record: its fields as the model names them, and what refers to it.
//!
//! Whoever calls this has taken out what the viewer may not see ([`kho_archive::access::keep_visible`]); names of other
//! records are looked up here, and only of those that `admits` lets through.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use kho_archive::Archive;
use kho_archive::access;
use kho_archive::catalogue::Catalogue;
use kho_archive::date::{Dated, Edtf};
use kho_archive::model::{Field, KindModel, Model, Reference, Shape, state_of};
use kho_archive::place;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::collation;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::view::Admitted;
use crate::web::in_words;
use crate::web::texts::Texts;

pub(crate) mod plain;

/// The parts of a page, in their order.
const SECTIONS: [&str; 10] = ["identity", "description", "people", "place", "time", "process", "status", "rights", "files", "admin"];

/// Fields that the page shows in other ways.
const ELSEWHERE: [&str; 13] =
    ["id", "kind", "title", "access", "field_access", "files", "history", "description", "segments", "index_points", "paths", "replaced_by", "steps"];

/// What is told of a step in other ways: its number and name above it, its media beside it.
const BESIDE_A_STEP: [&str; 6] = ["id", "order", "name", "term", "what", "media"];

/// What readers of a step ask for first: that nobody recorded it, is said, too.
const ASKED_OF_A_STEP: [&str; 4] = ["materials", "tools", "duration", "sources"];

/// How many records that refer to this one are listed under one heading.
const MOST_LISTED: usize = 60;

/// The fields of one part of a page.
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) id: &'static str,
    pub(crate) said: Said,
}

/// Some fields with what is said under them.
#[derive(Template)]
#[template(path = "said.html")]
pub(crate) struct Said {
    rows: Vec<Row>,
}

/// The values of one field, without its name.
#[derive(Template)]
#[template(path = "cell.html")]
pub(crate) struct Cell {
    values: Vec<Shown>,
}

struct Row {
    label: String,
    values: Vec<Shown>,
}

/// A value as it is shown.
enum Shown {
    /// Words, with their language where it is not that of the page.
    Words { text: String, language: Option<String> },
    /// Another record.
    Link { href: String, text: String },
    /// That something is unknown, does not exist, or has no meaning here.
    State(String),
    /// Other records in one line, with what is said of them: a tool and its number, a source and the page.
    Line { links: Vec<Shown>, notes: String },
    /// A group of fields; the name stands out.
    Inside { id: String, name: String, said: Said },
    /// What somebody claims.
    Claim { value: Box<Shown>, notes: Vec<String>, around: Said, leads: bool },
}

/// Records that refer to this one in the same way.
pub(crate) struct Referring {
    pub(crate) heading: String,
    pub(crate) ids: Vec<RecordId>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// Records in their order, each of them once.
#[derive(Default)]
struct Distinct {
    ids: Vec<RecordId>,
    known: HashSet<RecordId>,
}

impl Distinct {
    fn push(&mut self, id: RecordId) {
        if self.known.insert(id) {
            self.ids.push(id);
        }
    }
}

/// How some fields are read.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    /// The time that the record speaks of.
    when: Option<&'a Edtf>,
    /// The fields of which it is said that nobody filled them in.
    asked: &'a [&'a str],
}

/// Reads one record for one reader.
pub(crate) struct Reading<'a> {
    pub(crate) archive: &'a Archive,
    pub(crate) texts: &'a Texts,
    pub(crate) admits: &'a dyn Fn(RecordId) -> bool,
    /// What the reader sees of another record.
    pub(crate) sees: &'a dyn Fn(RecordId) -> anyhow::Result<Option<Record>>,
}

impl Reading<'_> {
    /// Returns the parts of the page that have something to say.
    pub(crate) fn sections(&self, record: &Record) -> anyhow::Result<Vec<Section>> {
        let model = self.archive.catalogue().model()?;
        let fields = model.fields(record.kind.as_str());
        let when = time_of(record);
        let mut sections = Vec::new();
        for id in SECTIONS {
            let here = fields.iter().copied().filter(|field| field.section == id && !ELSEWHERE.contains(&field.name.as_str()));
            let said = self.said(&model, here, &record.fields, &Around { when: when.as_ref(), ..Around::default() })?;
            if !said.rows.is_empty() {
                sections.push(Section { heading: self.texts.get(&format!("section-{id}")), id, said });
            }
        }
        Ok(sections)
    }

    /// Returns the records that refer to this one and are open to the reader, by how they refer. `admitted` is what the reader may
    /// see: tens of thousands may refer to a place, and none of them is looked into for being counted.
    pub(crate) fn referring(&self, id: RecordId, admitted: &Admitted) -> anyhow::Result<Vec<Referring>> {
        let catalogue = self.archive.catalogue();
        let model = catalogue.model()?;
        let mut groups: BTreeMap<_, Distinct> = BTreeMap::new();
        for ((field, inner), referrers) in catalogue.references_to(id)? {
            for (kind, alike) in admitted.by_kind(&referrers) {
                let Some(heading) = self.heading(&model, kind, &field, &inner) else { continue };
                let group = groups.entry((!is_medium(kind), collation::key(&heading), heading)).or_default();
                group.known.reserve(alike.len());
                for referrer in alike {
                    // In a step or a minute, or where fields have decisions of their own, that it refers may be closed, too.
                    let may_be_closer = !inner.is_empty() || referrer.has_kept_fields;
                    if !may_be_closer || self.is_told(&model, (referrer.id, &field, &inner), id)? {
                        group.push(referrer.id);
                    }
                }
            }
        }
        let referring = groups.into_iter().filter(|(_, group)| !group.ids.is_empty()).map(|((_, _, heading), Distinct { mut ids, .. })| {
            let more = ids.len().saturating_sub(MOST_LISTED);
            ids.truncate(MOST_LISTED);
            Referring { heading, ids, more }
        });
        Ok(referring.collect())
    }

    /// Whether the reader is told that a record refers to this one by a field, or inside it: a step, a minute or a field of it may be
    /// closed.
    fn is_told(&self, model: &Model, (referrer, field, inner): (RecordId, &str, &str), id: RecordId) -> anyhow::Result<bool> {
        let Some(seen) = (self.sees)(referrer)? else { return Ok(false) };
        let is_it = |reference: &Reference| reference.to == id && reference.field == field && reference.inner.as_deref().unwrap_or_default() == inner;
        Ok(model.references(&seen).iter().any(is_it))
    }

    /// Returns what is told of a step beside its name, what is done and its media; and the names of what readers ask for first
    /// and nobody recorded.
    pub(crate) fn step(&self, values: &Map<String, Value>) -> anyhow::Result<(Said, Vec<String>)> {
        let model = self.archive.catalogue().model()?;
        let fields = model.fields("step");
        let told = fields.into_iter().filter(|field| !BESIDE_A_STEP.contains(&field.name.as_str()));
        let said = self.said(&model, told, values, &Around::default())?;
        let label = |name: &str| model.field("step", name).map(|field| field.label(self.texts.language()).to_lowercase());
        let open = ASKED_OF_A_STEP.into_iter().filter(|name| !values.contains_key(*name)).filter_map(label);
        Ok((said, open.collect()))
    }

    /// Returns what is said in one field of a part, also if nobody recorded it.
    pub(crate) fn cell(&self, kind: &str, name: &str, values: &Map<String, Value>) -> anyhow::Result<Cell> {
        let model = self.archive.catalogue().model()?;
        let Some(field) = model.field(kind, name) else { return Ok(Cell { values: Vec::new() }) };
        let said = self.said(&model, std::iter::once(field), values, &Around { asked: &[name], ..Around::default() })?;
        Ok(Cell { values: said.rows.into_iter().flat_map(|row| row.values).collect() })
    }

    /// Returns what a field of a kind is called.
    pub(crate) fn label(&self, kind: &str, name: &str) -> anyhow::Result<String> {
        let model = self.archive.catalogue().model()?;
        Ok(model.field(kind, name).map_or(name, |field| field.label(self.texts.language())).to_owned())
    }

    /// Returns a text in the language of the page, else in another, with that language.
    pub(crate) fn text(&self, value: Option<&Value>) -> Option<(String, Option<String>)> {
        match self.words(value?)? {
            Shown::Words { text, language } => Some((text, language)),
            _ => None,
        }
    }

    /// Says how a record of this kind refers by this field, from the other side; `None` if that is no concern of readers.
    fn heading(&self, model: &Model, kind: &Kind, field: &str, inner: &str) -> Option<String> {
        let language = self.texts.language();
        let outer = model.field(kind.as_str(), field);
        let found = match (outer, inner) {
            (Some(outer), "") => outer.inverse(language).map(str::to_owned),
            (Some(outer), inner) => inverse_inside(model, model.inner(outer)?, inner, language, 0),
            (None, _) => None,
        };
        let is_private = outer.is_some_and(|field| field.private);
        if is_private {
            None
        } else {
            found.or_else(|| self.texts.known(&format!("relation-{field}"))).or_else(|| outer.map(|_| kind_label(model, kind, language)))
        }
    }

    fn said<'f>(
        &self, model: &Model, fields: impl Iterator<Item = &'f Field>, values: &Map<String, Value>, around: &Around<'_>,
    ) -> anyhow::Result<Said> {
        let mut rows = Vec::new();
        for field in fields {
            let mut shown = Vec::new();
            for value in field.values_in(values) {
                shown.extend(self.shown(model, field, value, around.when)?);
            }
            if shown.is_empty() && around.asked.contains(&field.name.as_str()) {
                shown.push(Shown::State(self.texts.get("not-recorded")));
            }
            shown.sort_by_key(|value| !matches!(value, Shown::Claim { leads: true, .. }));
            if !shown.is_empty() {
                rows.push(Row { label: field.label(self.texts.language()).to_owned(), values: shown });
            }
        }
        Ok(Said { rows })
    }

    fn shown(&self, model: &Model, field: &Field, value: &Value, when: Option<&Edtf>) -> anyhow::Result<Option<Shown>> {
        if let Some(state) = state_of(value) {
            return Ok(Some(Shown::State(self.texts.get(&format!("state-{state}")))));
        }
        if !field.claims {
            return self.value(model, field, value, when);
        }
        let Some(claim) = value.as_object() else { return Ok(None) };
        let Some(inner) = claim.get("value") else { return Ok(None) };
        let Some(shown) = self.value(model, field, inner, when)? else { return Ok(None) };
        let around: Vec<&Field> = model.claim().map_or_else(Vec::new, |kind| kind.fields.iter().collect());
        let leads = claim.get("leads") == Some(&Value::Bool(true));
        let certainty = claim.get("certainty").and_then(Value::as_str).and_then(|code| self.choice(model, "certainty", code));
        let certainty = certainty.unwrap_or_else(|| self.texts.get("certainty-not-recorded"));
        let notes = leads.then(|| self.texts.get("claim-leads")).into_iter().chain([certainty]).collect();
        let told = around.into_iter().filter(|field| !["certainty", "leads"].contains(&field.name.as_str()));
        let around = self.said(model, told, claim, &Around { when, asked: &["sources"] })?;
        Ok(Some(Shown::Claim { value: Box::new(shown), notes, around, leads }))
    }

    fn value(&self, model: &Model, field: &Field, value: &Value, when: Option<&Edtf>) -> anyhow::Result<Option<Shown>> {
        if state_of(value).is_some() {
            return self.shown(model, &Field { claims: false, ..field.clone() }, value, when);
        }
        let plain = |text: String| Some(Shown::Words { text: nfc(&text), language: None });
        Ok(match &field.shape {
            Shape::Text { .. } => self.words(value),
            Shape::Line | Shape::Code => value.as_str().and_then(|text| plain(text.to_owned())),
            Shape::Enum { vocabulary } => {
                value.as_str().and_then(|code| plain(self.choice(model, vocabulary, code).unwrap_or_else(|| code.to_owned())))
            }
            Shape::Term { .. } | Shape::Ref { .. } => match value.as_str().and_then(|id| id.parse().ok()) {
                Some(id) => self.link(id, when)?,
                None => None,
            },
            Shape::Date { .. } => self.date(value).and_then(plain),
            Shape::Number => plain(self.number(value)),
            Shape::Quantity => self.quantity(model, value).and_then(plain),
            Shape::Flag => plain(self.texts.get(if value == &Value::Bool(true) { "flag-yes" } else { "flag-no" })),
            Shape::Position => match (value["lat"].as_f64(), value["lon"].as_f64()) {
                (Some(lat), Some(lon)) => plain(format!("{lat:.4}, {lon:.4}")),
                _ => None,
            },
            Shape::Access => None,
            Shape::Group { .. } | Shape::Name => match (model.inner(field), value.as_object()) {
                (Some(kind), Some(values)) => self.group(model, kind, values, when)?,
                _ => None,
            },
        })
    }

    fn group(&self, model: &Model, kind: &KindModel, values: &Map<String, Value>, when: Option<&Edtf>) -> anyhow::Result<Option<Shown>> {
        match kind.about.name.as_str() {
            "range" => return Ok(self.range(model, values)),
            "material_used" | "tool_used" | "source_cited" | "count" => return self.line(model, kind, values, when),
            _ => {}
        }
        let naming = kind.fields.iter().find(|field| ["name", "title", "label"].contains(&field.name.as_str()));
        let name = naming.and_then(|field| values.get(&field.name)).and_then(|value| self.words(value));
        let name = match name {
            Some(Shown::Words { text, .. }) => text,
            _ => String::new(),
        };
        let is_told = |field: &&Field| {
            !["id", "order"].contains(&field.name.as_str()) && (name.is_empty() || naming.is_none_or(|naming| naming.name != field.name))
        };
        let said = self.said(model, kind.fields.iter().filter(is_told), values, &Around { when, ..Around::default() })?;
        let id = values.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok((!said.rows.is_empty() || !name.is_empty()).then_some(Shown::Inside { id, name, said }))
    }

    /// Other records, and in a few words what is said of them.
    fn line(&self, model: &Model, kind: &KindModel, values: &Map<String, Value>, when: Option<&Edtf>) -> anyhow::Result<Option<Shown>> {
        let (mut links, mut notes) = (Vec::new(), Vec::new());
        for field in &kind.fields {
            for value in field.values_in(values) {
                match self.shown(model, field, value, when)? {
                    Some(link @ Shown::Link { .. }) => links.push(link),
                    Some(Shown::Words { text, .. } | Shown::State(text)) => notes.push(text),
                    _ => {}
                }
            }
        }
        let is_empty = links.is_empty() && notes.is_empty();
        Ok((!is_empty).then(|| Shown::Line { links, notes: notes.join(" · ") }))
    }

    /// From the least to the most, with the words in which it was told.
    fn range(&self, model: &Model, values: &Map<String, Value>) -> Option<Shown> {
        let number = |name: &str| values.get(name).filter(|value| value.is_number()).map(|value| self.number(value));
        let numbers = match (number("least"), number("most")) {
            (Some(least), Some(most)) if least != most => Some(format!("{least}–{most}")),
            (Some(least), None) => Some(self.texts.with("range-from", "value", &least)),
            (None, Some(most)) => Some(self.texts.with("range-to", "value", &most)),
            (least, most) => least.or(most),
        };
        let unit = values.get("unit").and_then(Value::as_str).and_then(|code| self.choice(model, "units", code));
        // One month, two months: the vocabulary has the plural.
        let is_one = self.texts.language() == "en" && numbers.as_deref().is_some_and(|numbers| numbers == "1" || numbers.ends_with(" 1"));
        let unit = unit.map(|unit| if is_one { unit.trim_end_matches('s').to_owned() } else { unit });
        let measured = numbers.map(|numbers| [Some(numbers), unit].into_iter().flatten().collect::<Vec<_>>().join(" "));
        let wording = self.text(values.get("wording")).map(|(words, _)| format!("“{words}”"));
        let parts: Vec<String> = measured.into_iter().chain(wording).collect();
        (!parts.is_empty()).then(|| Shown::Words { text: parts.join(" · "), language: None })
    }

    /// The words in the language of the page, else in Vietnamese, else in any.
    fn words(&self, value: &Value) -> Option<Shown> {
        let words = value.as_object()?;
        let language = self.texts.language();
        let (tag, text) = words.get_key_value(language).or_else(|| words.get_key_value("vi")).or_else(|| words.iter().next())?;
        let other = (tag != language).then(|| tag.clone());
        Some(Shown::Words { text: nfc(text.as_str()?), language: other })
    }

    fn link(&self, id: RecordId, when: Option<&Edtf>) -> anyhow::Result<Option<Shown>> {
        if !(self.admits)(id) {
            return Ok(None);
        }
        let Some(record) = self.archive.catalogue().record(id)? else { return Ok(None) };
        // A title that is kept back is not told by what links to it either.
        let record = if access::has_kept_fields(&record) { (self.sees)(id)? } else { Some(record) };
        let Some(record) = record else { return Ok(None) };
        let text = if record.kind.as_str() == "place" { self.place(id, when)? } else { nfc(&record.title_in(self.texts.language())) };
        Ok(Some(Shown::Link { href: format!("/r/{id}"), text }))
    }

    /// A place with the units of the time that the record speaks of, and what they are called now, if they are called otherwise.
    pub(crate) fn place(&self, id: RecordId, when: Option<&Edtf>) -> anyhow::Result<String> {
        let (catalogue, language) = (self.archive.catalogue(), self.texts.language());
        let then = place::chain_at(catalogue, id, when, language, self.admits)?;
        let now = place::chain_now(catalogue, id, language, self.admits)?;
        let told = chain(&then);
        Ok(if chain(&now) != told { format!("{told} ({})", self.texts.with("place-now", "place", &chain(&now))) } else { told })
    }

    fn choice(&self, model: &Model, vocabulary: &str, code: &str) -> Option<String> {
        Some(model.vocabulary(vocabulary)?.choice(code)?.label(self.texts.language()).to_owned())
    }

    /// The words of the source, with what they are read as.
    fn date(&self, value: &Value) -> Option<String> {
        let dated: Dated = serde_json::from_value(value.clone()).ok()?;
        let exact = dated.edtf.as_ref().map(|edtf| in_words::edtf(self.texts, edtf));
        let lunar = dated.lunar.as_ref().map(|day| self.texts.with("date-lunar", "day", &format!("{}/{}", day.day, day.month)));
        // A source that was typed as a date, or read just so, is said once.
        let wording = dated.wording.filter(|words| dated.edtf.as_ref().is_none_or(|edtf| edtf.to_string() != *words));
        let mut parts: Vec<String> = [wording, exact, lunar].into_iter().flatten().collect();
        parts.dedup();
        match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first, rest @ ..] => Some(format!("{first} ({})", rest.join("; "))),
        }
    }

    fn number(&self, value: &Value) -> String {
        value.as_u64().map_or_else(|| value.to_string(), |number| self.texts.number(number))
    }

    fn quantity(&self, model: &Model, value: &Value) -> Option<String> {
        let unit = value["unit"].as_str().map(|code| self.choice(model, "units", code).unwrap_or_else(|| code.to_owned()));
        let measured = value.get("value").map(|number| [Some(self.number(number)), unit].into_iter().flatten().collect::<Vec<_>>().join(" "));
        match (value["as_written"].as_str(), measured) {
            (Some(written), Some(measured)) => Some(format!("{written} ({measured})")),
            (Some(written), None) => Some(written.to_owned()),
            (None, measured) => measured,
        }
    }
}

fn chain(places: &[place::PlaceThen]) -> String {
    places.iter().map(|place| nfc(&place.name)).collect::<Vec<_>>().join(", ")
}

/// What the other side calls a relation by this field, wherever in a part it stands: a tool of a step, the film of a clip of a
/// step.
fn inverse_inside(model: &Model, kind: &KindModel, name: &str, language: &str, depth: usize) -> Option<String> {
    let direct = kind.fields.iter().find(|field| field.name == name).and_then(|field| field.inverse(language));
    let deeper = || kind.fields.iter().filter(|field| matches!(field.shape, Shape::Group { .. })).filter_map(|field| model.inner(field));
    // A province may add a part that holds itself.
    let is_deep = depth >= 3;
    direct
        .map(str::to_owned)
        .or_else(|| if is_deep { None } else { deeper().find_map(|inner| inverse_inside(model, inner, name, language, depth + 1)) })
}

fn kind_label(model: &Model, kind: &Kind, language: &str) -> String {
    model.kind(kind.as_str()).map_or_else(|| kind.to_string(), |kind| kind.about.label_of_many(language).to_owned())
}

/// Whether records of this kind are seen or heard.
fn is_medium(kind: &Kind) -> bool {
    ["image", "film", "sound", "document"].contains(&kind.as_str())
}

/// The time that a record speaks of: when it was made, or when it happened.
fn time_of(record: &Record) -> Option<Edtf> {
    let field = ["created", "when", "date"].into_iter().find_map(|name| record.fields.get(name))?;
    serde_json::from_value::<Dated>(field.clone()).ok()?.when()
}

/// Returns what a kind is called in the catalogue's model, for kinds that the message files do not name.
pub(crate) fn label_of_kind(catalogue: &Catalogue, kind: &Kind, language: &str) -> Option<String> {
    Some(catalogue.model().ok()?.kind(kind.as_str())?.about.label(language).to_owned())
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}
