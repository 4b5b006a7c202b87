//! `/compare?step=TERM`: one step as it is done in several places, side by side; `/compare?r=ID&r=ID`: pictures side by side.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::collation;
use serde_json::{Map, Value};

use super::app::App;
use super::error::WebError;
use super::in_words::nfc;
use super::page::{self, Page, Reader};
use super::record::said::{Cell, Reading};
use super::record::{reading, steps};

pub(super) mod pictures;

/// What is compared, in this order.
const COMPARED: [&str; 10] = ["what", "duration", "heat", "fuels", "materials", "tools", "mode", "season", "sign_of_done", "sources"];

/// More places than these do not stand beside each other.
const MOST: usize = 40;

/// The way from a term to its comparison.
#[derive(Template)]
#[template(path = "record/compared.html")]
pub(super) struct Compared {
    href: String,
    caption: String,
}

impl Compared {
    /// Returns the way to the comparison of a step; `None` of a term that is no step anybody recorded.
    pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Self>> {
        if record.kind != Kind::term() {
            return Ok(None);
        }
        let count = found(app, reader, record.id)?.len() as u64;
        let caption = reader.texts.count("compare-places", count);
        Ok((count > 0).then(|| Self { href: format!("/compare?step={}", record.id), caption }))
    }
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    page: Page,
    heading: String,
    note: Option<String>,
    term_href: String,
    caption: String,
    places: Vec<Place>,
    rows: Vec<Row>,
}

/// A technique that has the step.
struct Place {
    name: String,
    href: String,
    technique: String,
}

/// One question, answered for every place.
struct Row {
    label: String,
    /// What the places are called, and what is said of each.
    cells: Vec<(String, Cell)>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        if !reader.parameter("r").is_empty() {
            return pictures::draw(app, reader);
        }
        let Some(term) = term(app, reader)? else { return Ok(None) };
        reading(app, reader, |reading| Ok(Some(page::draw(&compare(app, reader, reading, &term)?)?)))
    })
    .await
}

/// The term that the address names by its identifier or by its code; none that the reader may not see.
fn term(app: &App, reader: &Reader) -> anyhow::Result<Option<Record>> {
    let (catalogue, typed) = (app.archive.catalogue(), reader.parameter("step"));
    let kind = Kind::term();
    let coded = catalogue.by_code(&kind, typed)?.first().copied();
    let Some(id) = coded.or_else(|| typed.parse().ok()) else { return Ok(None) };
    Ok(app.record(&reader.visitor.viewer, &RecordId::to_string(&id))?.filter(|record| record.kind == kind))
}

fn compare(app: &App, reader: &Reader, reading: &Reading<'_>, term: &Record) -> anyhow::Result<Compare> {
    let language = reader.texts.language();
    let found = found(app, reader, term.id)?;
    let mut places = Vec::new();
    for (technique, step) in &found {
        places.push(Place {
            name: place_of(app, reader, reading, technique)?,
            href: format!("/r/{}/steps/{}", technique.id, super::links::part(steps::id_of(step))),
            technique: nfc(&technique.title_in(language)),
        });
    }
    let mut rows = Vec::new();
    for name in COMPARED {
        let cells = places.iter().zip(&found).map(|(place, (_, step))| Ok((place.name.clone(), reading.cell("step", name, step)?)));
        rows.push(Row { label: reading.label("step", name)?, cells: cells.collect::<anyhow::Result<_>>()? });
    }
    Ok(Compare {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        heading: nfc(&term.title_in(language)),
        note: reading.text(term.fields.get("scope_note")).map(|(note, _)| note),
        term_href: format!("/r/{}", term.id),
        caption: reader.texts.count("compare-places", places.len() as u64),
        places,
        rows,
    })
}

/// The steps that bear this term and that the reader may see, each with its technique; by the names of the techniques.
pub(super) fn found(app: &App, reader: &Reader, term: RecordId) -> anyhow::Result<Vec<(Record, Map<String, Value>)>> {
    let code = term.to_string();
    let mut found: Vec<(Record, Map<String, Value>)> = Vec::new();
    for referrer in app.archive.catalogue().referrers_by(term, &["steps"])? {
        if referrer.inner != "term" {
            continue;
        }
        // Steps that are kept back are not in it.
        let Some(technique) = app.record(&reader.visitor.viewer, &referrer.id.to_string())? else { continue };
        let is_it = |step: &&Map<String, Value>| step.get("term").is_some_and(|known| known == code.as_str());
        let here: Vec<Map<String, Value>> = steps::all(&technique).into_iter().filter(is_it).cloned().collect();
        found.extend(here.into_iter().map(|step| (technique.clone(), step)));
    }
    found.sort_by_cached_key(|(technique, _)| (collation::key(&technique.title_in("vi")), technique.id));
    found.truncate(MOST);
    Ok(found)
}

/// Where a technique is at home: the place of its practice, else the practice, else the technique itself.
fn place_of(app: &App, reader: &Reader, reading: &Reading<'_>, technique: &Record) -> anyhow::Result<String> {
    let other = |record: &Record, name: &str| -> Option<String> {
        let value = record.fields.get(name)?;
        value.as_array().and_then(|values| values.first()).unwrap_or(value).as_str().map(str::to_owned)
    };
    let practice = other(technique, "practice").map(|id| app.record(&reader.visitor.viewer, &id)).transpose()?.flatten();
    let Some(practice) = practice else { return Ok(nfc(&technique.title_in(reader.texts.language()))) };
    let place = other(&practice, "place").and_then(|id| id.parse().ok());
    let place = place.map(|id| reading.place(id, None)).transpose()?.filter(|place| !place.is_empty());
    Ok(place.unwrap_or_else(|| nfc(&practice.title_in(reader.texts.language()))))
}
