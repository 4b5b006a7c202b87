//! `/kiosk/browse/PROPERTY` and `/kiosk/list`: what there is, as large cards.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::{FacetValue, Hit, Question, Sort};

use super::{DOORS, Frame, Guest, HOME, Tile, record_of, respond, shown_kinds};
use crate::spoken;
use crate::web::app::App;
use crate::web::in_words;
use crate::web::page::{self, Picture};
use crate::web::portrait::Cards;
use crate::web::search::Values;

/// How many cards stand on a page.
const PER_PAGE: usize = 12;

/// So many values of a property are offered: nobody turns more leaves on a screen.
const MOST_VALUES: usize = 120;

/// So many records are looked at for the picture of a card.
const LOOKED_AT: usize = 4;

/// Deeper pages are not drawn.
const MOST_PAGES: usize = 1_000;

/// By these the records of a list can be chosen.
const CHOSEN_BY: [&str; 3] = ["kind", "craft", "place"];

/// A passage is played from a little before, so many seconds: whoever listens wants to come in.
const LEAD: f64 = 5.0;

#[derive(Template)]
#[template(path = "kiosk/list.html")]
struct List {
    frame: Frame,
    heading: String,
    /// How much was found, in words; empty where it says nothing.
    count: String,
    /// The kinds among which one can choose: in words, their addresses, and which is chosen.
    kinds: Vec<(String, String, bool)>,
    tiles: Vec<Tile>,
    /// What has most of the words, or words like them.
    approximate: Vec<Tile>,
    /// Where the words can be typed anew; empty if there are none.
    again: String,
    previous: String,
    next: String,
    /// Which page this is of how many, in words.
    place: String,
}

/// What a list shows.
struct Asked {
    words: String,
    /// Properties and values.
    chosen: Vec<(String, String)>,
    number: usize,
}

/// The values of a property.
pub(crate) async fn browse(State(app): State<Arc<App>>, Path(property): Path<String>, guest: Guest) -> Response {
    respond(app, guest, move |app, guest| {
        if !DOORS.iter().any(|(door, _)| *door == property) {
            return Ok(None);
        }
        let values = values(app, guest, &property)?;
        let pages = values.len().div_ceil(PER_PAGE).max(1);
        let number = number(guest).min(pages);
        let mut cards = Cards::default();
        let mut tiles = Vec::new();
        for value in values.iter().skip((number - 1) * PER_PAGE).take(PER_PAGE) {
            tiles.extend(value_tile(app, guest, &mut cards, &property, value)?);
        }
        let path = format!("{HOME}/browse/{property}");
        let href = |page: usize| guest.href(&path, &[("page", &number_in_address(page))]);
        let list =
            List { heading: guest.texts().get(&format!("kiosk-door-{property}")), tiles, ..List::empty(guest).turned(guest, number, pages, &href) };
        Ok(Some(page::draw(&list)?))
    })
    .await
}

/// The records that have some values, or some words.
pub(crate) async fn list(State(app): State<Arc<App>>, guest: Guest) -> Response {
    respond(app, guest, |app, guest| Ok(Some(page::draw(&found(app, guest, &Asked::of(guest))?)?))).await
}

impl List {
    fn empty(guest: &Guest) -> Self {
        let nothing = String::new;
        Self {
            frame: guest.frame(),
            heading: nothing(),
            count: nothing(),
            kinds: Vec::new(),
            tiles: Vec::new(),
            approximate: Vec::new(),
            again: nothing(),
            previous: nothing(),
            next: nothing(),
            place: nothing(),
        }
    }

    /// The same with the ways to the pages before and after.
    fn turned(mut self, guest: &Guest, number: usize, pages: usize, href: &dyn Fn(usize) -> String) -> Self {
        if number > 1 {
            self.previous = href((number - 1).min(pages));
        }
        if number < pages {
            self.next = href(number + 1);
        }
        if pages > 1 {
            self.place = guest.texts().with("kiosk-page-of", "place", &format!("{number} / {pages}"));
        }
        self
    }
}

impl Asked {
    fn of(guest: &Guest) -> Self {
        let chosen = guest.reader.parameters.iter().filter(|(name, value)| CHOSEN_BY.contains(&name.as_str()) && !value.is_empty());
        // Kinds that visitors are not shown cannot be asked for either.
        let chosen = chosen.filter(|(name, value)| name != "kind" || shown_kinds().any(|kind| kind == value));
        Self { words: guest.reader.parameter("q").trim().to_owned(), chosen: chosen.cloned().collect(), number: number(guest) }
    }

    /// Its address with another kind, or all kinds, and another page.
    fn href(&self, guest: &Guest, kind: Option<&str>, page: usize) -> String {
        let others = self.chosen.iter().filter(|(property, _)| property != "kind").map(|(property, value)| (property.as_str(), value.as_str()));
        let page = number_in_address(page);
        let parameters: Vec<(&str, &str)> = std::iter::once(("q", self.words.as_str()))
            .chain(others)
            .chain(kind.map(|kind| ("kind", kind)))
            .chain([("page", page.as_str())])
            .collect();
        guest.href(&format!("{HOME}/list"), &parameters)
    }

    fn kind(&self) -> Option<&str> {
        self.chosen.iter().find(|(property, _)| property == "kind").map(|(_, value)| value.as_str())
    }

    fn question(&self, app: &App, guest: &Guest) -> anyhow::Result<Question<'static>> {
        let chosen: Vec<(&str, &str)> = self.chosen.iter().map(|(property, value)| (property.as_str(), value.as_str())).collect();
        let mut question = guest.question(app, &chosen)?;
        if !self.words.is_empty() && self.kind().is_none() {
            // What is spoken in a recording stands in its transcript.
            let kinds = question.narrowed.iter_mut().find(|narrowed| narrowed.property == "kind");
            kinds.into_iter().for_each(|kinds| kinds.values.push(Kind::transcript().to_string()));
        }
        let sort = if self.words.is_empty() { Sort::Title } else { Sort::Fit };
        let offset = (self.number - 1) * PER_PAGE;
        Ok(Question { text: self.words.clone(), sort, limit: PER_PAGE, offset, counted: vec!["kind".to_owned()], ..question })
    }
}

fn found(app: &App, guest: &Guest, asked: &Asked) -> anyhow::Result<List> {
    let (viewer, texts) = (&guest.reader.visitor.viewer, guest.texts());
    let answer = app.search(viewer, &asked.question(app, guest)?)?;
    let mut cards = Cards::default();
    let mut tiles = |hits: &[Hit]| -> anyhow::Result<Vec<Tile>> {
        let tiles = hits.iter().map(|hit| hit_tile(app, guest, &mut cards, hit)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(tiles.into_iter().flatten().collect())
    };
    let (shown, approximate) = (tiles(&answer.hits)?, tiles(&answer.approximate)?);
    let pages = usize::try_from(answer.total).unwrap_or(usize::MAX).div_ceil(PER_PAGE).clamp(1, MOST_PAGES);
    let kinds = answer.facets.iter().find(|facet| facet.name == "kind").map_or(&[][..], |facet| &facet.values);
    let list = List {
        heading: heading(app, guest, asked),
        count: texts.count("search-results", answer.total),
        kinds: kind_choice(guest, asked, kinds),
        tiles: shown,
        approximate,
        again: if asked.words.is_empty() { String::new() } else { guest.href(&format!("{HOME}/search"), &[("q", &asked.words)]) },
        ..List::empty(guest)
    };
    Ok(list.turned(guest, asked.number, pages, &|page| asked.href(guest, asked.kind(), page)))
}

/// What is listed, in words.
fn heading(app: &App, guest: &Guest, asked: &Asked) -> String {
    if !asked.words.is_empty() {
        return guest.texts().with("search-heading-query", "query", &asked.words);
    }
    let values = Values::of(app, &guest.reader);
    let labels: Vec<String> = asked.chosen.iter().rev().filter_map(|(property, value)| values.label(property, value)).collect();
    if labels.is_empty() { guest.texts().get("search-heading-all") } else { labels.join(" · ") }
}

/// The kinds among which one can choose; what divides nothing is no choice.
fn kind_choice(guest: &Guest, asked: &Asked, kinds: &[FacetValue]) -> Vec<(String, String, bool)> {
    let is_one_kind = asked.words.is_empty() && asked.kind().is_some() && asked.chosen.len() == 1;
    if is_one_kind {
        return Vec::new();
    }
    let mut shown: Vec<&str> = shown_kinds().collect();
    shown.sort_by_key(|kind| place_of_kind(kind));
    let shown = shown.into_iter().filter(|kind| kinds.iter().any(|value| value.value == *kind) || asked.kind() == Some(*kind));
    let choices = shown.map(|kind| (guest.texts().get(&format!("kinds-{kind}")), asked.href(guest, Some(kind), 1), asked.kind() == Some(kind)));
    let all = (guest.texts().get("kiosk-all-kinds"), asked.href(guest, None, 1), asked.kind().is_none());
    let choices: Vec<_> = std::iter::once(all).chain(choices).collect();
    if choices.len() > 2 || asked.kind().is_some() { choices } else { Vec::new() }
}

/// A hit as something to touch: what is spoken leads to the recording, at that moment. `None` of what this screen does not show.
fn hit_tile(app: &App, guest: &Guest, cards: &mut Cards, hit: &Hit) -> anyhow::Result<Option<Tile>> {
    let Some(record) = record_of(app, guest, hit.id)? else { return Ok(None) };
    let passage = hit.passages.first();
    let record = if record.kind == Kind::transcript() { recording_of(app, guest, &record)? } else { Some(record) };
    let Some(record) = record else { return Ok(None) };
    let mut tile = guest.tile(app, cards, &record)?;
    tile.snippet = passage.map_or_else(|| hit.written.clone(), |passage| passage.snippet.clone());
    if let Some(passage) = passage {
        tile.href += &format!("#t={}", (passage.at - LEAD).max(0.0));
        tile.note = format!("{} · {}", tile.note, in_words::clock(passage.at));
    }
    Ok(Some(tile))
}

fn recording_of(app: &App, guest: &Guest, transcript: &Record) -> anyhow::Result<Option<Record>> {
    let Some(id) = spoken::recording_of(transcript) else { return Ok(None) };
    let recording = app.record_with_files(&guest.reader.visitor.viewer, &id.to_string())?;
    Ok(match recording {
        Some(recording) if guest.shows(app, &recording)? => Some(recording),
        _ => None,
    })
}

/// The values of a property that this screen has something of, those with the most first.
fn values(app: &App, guest: &Guest, property: &str) -> anyhow::Result<Vec<FacetValue>> {
    let viewer = &guest.reader.visitor.viewer;
    let answer = app.search(viewer, &Question { counted: vec![property.to_owned()], limit: 1, ..guest.question(app, &[])? })?;
    let mut values = answer.facets.into_iter().find(|facet| facet.name == property).map(|facet| facet.values).unwrap_or_default();
    values.truncate(MOST_VALUES);
    if property == "kind" {
        values.sort_by_key(|value| place_of_kind(&value.value));
        return Ok(values);
    }
    // What a value is may be closed though what bears it is open: then nothing tells of it, not the number of pages either.
    values.retain(|value| value.value.parse::<RecordId>().is_ok_and(|id| app.admits(viewer, id)));
    if property == "craft" {
        // A craft stands under the terms of the thesaurus, which archivists sort by; where crafts are recorded, visitors choose by them.
        let is_craft = |value: &FacetValue| Ok(app.record(viewer, &value.value)?.is_some_and(|record| record.kind.as_str() == property));
        let crafts = values.iter().map(is_craft).collect::<anyhow::Result<Vec<bool>>>()?;
        if crafts.contains(&true) {
            let mut kept = crafts.into_iter();
            values.retain(|_| kept.next() == Some(true));
        }
    }
    Ok(values)
}

fn value_tile(app: &App, guest: &Guest, cards: &mut Cards, property: &str, value: &FacetValue) -> anyhow::Result<Option<Tile>> {
    let tile = if property == "kind" {
        kind_tile(guest, &value.value, value.count)
    } else {
        let Some(record) = app.record(&guest.reader.visitor.viewer, &value.value)? else { return Ok(None) };
        let href = guest.href(&format!("{HOME}/list"), &[(property, &value.value)]);
        Tile { href, note: guest.texts().count("item-count", value.count), ..guest.tile(app, cards, &record)? }
    };
    let picture = match tile.picture {
        None => picture_of(app, guest, cards, (property, &value.value))?,
        picture => picture,
    };
    Ok(Some(Tile { picture, ..tile }))
}

/// A picture of what has a value, among the first few records that have it.
fn picture_of(app: &App, guest: &Guest, cards: &mut Cards, value: (&str, &str)) -> anyhow::Result<Option<Picture>> {
    let question = Question { limit: LOOKED_AT, ..guest.question(app, &[value])? };
    for hit in app.search(&guest.reader.visitor.viewer, &question)?.hits {
        let Some(record) = record_of(app, guest, hit.id)? else { continue };
        let card = cards.card(app, &guest.reader, &record)?;
        if card.thumbnail.is_some() {
            return Ok(card.thumbnail);
        }
    }
    Ok(None)
}

/// Films and voices come first: whoever stands before a screen wants to see and to hear.
pub(super) fn place_of_kind(kind: &str) -> usize {
    let first = ["film", "sound", "image", "technique", "practice"];
    let others = shown_kinds().filter(|kind| !first.contains(kind));
    first.into_iter().chain(others).position(|known| known == kind).unwrap_or(usize::MAX)
}

/// A kind as something to touch.
pub(super) fn kind_tile(guest: &Guest, kind: &str, count: u64) -> Tile {
    Tile {
        href: guest.href(&format!("{HOME}/list"), &[("kind", kind)]),
        title: guest.texts().get(&format!("kinds-{kind}")),
        icon: kind.to_owned(),
        picture: None,
        note: guest.texts().count("item-count", count),
        snippet: String::new(),
    }
}

fn number(guest: &Guest) -> usize {
    guest.reader.parameter("page").parse().unwrap_or(1).clamp(1, MOST_PAGES)
}

/// The first page has the plain address.
fn number_in_address(page: usize) -> String {
    if page > 1 { page.to_string() } else { String::new() }
}
