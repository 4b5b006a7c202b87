//! `/search` and `/browse/KIND`

use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::record::RecordId;
use kho_index::{Answer, Question};

use super::app::App;
use super::error::WebError;
use super::links;
use super::page::{self, Card, KINDS, Page, Reader};
use super::portrait::Cards;
use super::record;

/// How many hits stand on a page.
const PER_PAGE: usize = 24;

/// Deeper pages than this are not drawn: nobody turns that many leaves, and programs use the API.
const MOST_PAGES: usize = 10_000;

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    page: Page,
    heading: String,
    total: u64,
    first: u64,
    last: u64,
    hits: Vec<Hit>,
    facets: Vec<Facet>,
    chips: Vec<Chip>,
    pager: Pager,
    as_grid: bool,
}

struct Hit {
    card: Card,
    /// Safe HTML: escaped by the index, matches in `<mark>`.
    snippet: String,
    at: Option<At>,
}

struct At {
    href: String,
    label: String,
}

struct Facet {
    name: String,
    label: String,
    values: Vec<FacetValue>,
}

struct FacetValue {
    label: String,
    count: u64,
    href: String,
    selected: bool,
}

struct Chip {
    label: String,
    href: String,
}

struct Pager {
    previous: Option<String>,
    next: Option<String>,
    pages: Vec<PageLink>,
    number: u64,
    last: u64,
}

struct PageLink {
    number: u64,
    href: String,
    current: bool,
    gap_before: bool,
}

/// What the address asks for.
pub(crate) struct Asked {
    pub(crate) words: String,
    pub(crate) kinds: Vec<String>,
    pub(crate) number: usize,
}

impl Asked {
    /// Reads the parameters of an address; nonsense is read as if it were not there.
    pub(crate) fn of(reader: &Reader) -> Self {
        let kinds = reader.parameters.iter().filter(|(name, value)| name == "kind" && !value.is_empty());
        let number = reader.parameter("page").parse().unwrap_or(1);
        Self { words: reader.parameter("q").to_owned(), kinds: kinds.map(|(_, value)| value.clone()).collect(), number: number.clamp(1, MOST_PAGES) }
    }

    pub(crate) fn question(&self, per_page: usize) -> Question {
        let offset = (self.number - 1) * per_page;
        Question { text: self.words.clone(), kinds: self.kinds.clone(), limit: per_page, offset }
    }

    /// Returns the address of another page of the same answer, or of other kinds.
    fn href(&self, kinds: &[String], number: usize) -> String {
        let mut parameters = vec![("q".to_owned(), self.words.clone())];
        parameters.extend(kinds.iter().map(|kind| ("kind".to_owned(), kind.clone())));
        if number > 1 {
            parameters.push(("page".to_owned(), number.to_string()));
        }
        links::with_query("/search", &parameters)
    }
}

pub(crate) async fn search(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let asked = Asked::of(reader);
        let heading = match asked.words.trim() {
            "" => reader.texts.get("search-heading-all"),
            words => reader.texts.with("search-heading-query", "query", words),
        };
        show(app, reader, &asked, heading, None).map(Some)
    })
    .await
}

pub(crate) async fn browse(State(app): State<Arc<App>>, Path(kind): Path<String>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, move |app, reader| {
        if !KINDS.contains(&kind.as_str()) {
            return Ok(None);
        }
        let heading = reader.texts.get(&format!("kinds-{kind}"));
        let asked = Asked { kinds: vec![kind.clone()], ..Asked::of(reader) };
        show(app, reader, &asked, heading, Some(&kind)).map(Some)
    })
    .await
}

fn show(app: &App, reader: &Reader, asked: &Asked, heading: String, browsed: Option<&str>) -> anyhow::Result<String> {
    let answer = app.search(&reader.visitor.viewer, &asked.question(PER_PAGE))?;
    let admitted = app.admitted(&reader.visitor.viewer)?;
    let mut cards = Cards::default();
    let hits = answer.hits.iter().map(|hit| show_hit(app, reader, &mut cards, hit)).collect::<anyhow::Result<Vec<_>>>()?;
    let before = (asked.number as u64 - 1) * PER_PAGE as u64;
    let search = Search {
        page: reader.page(&admitted, browsed),
        heading,
        total: answer.total,
        first: before + 1,
        last: before + hits.len() as u64,
        hits,
        facets: if browsed.is_some() { Vec::new() } else { facets(reader, asked, &answer) },
        chips: if browsed.is_some() { Vec::new() } else { chips(reader, asked) },
        pager: pager(asked, answer.total, browsed),
        as_grid: asked.words.trim().is_empty(),
    };
    page::draw(&search)
}

fn show_hit(app: &App, reader: &Reader, cards: &mut Cards, hit: &kho_index::Hit) -> anyhow::Result<Hit> {
    let id = RecordId::from_number(hit.id).context("the index holds no identifier")?;
    let record = app.archive.catalogue().record(id)?.context("a record is in the index but not in the catalogue")?;
    let card = cards.card(app, reader, &record)?;
    let at = hit
        .at_seconds
        .filter(|seconds| *seconds >= 1.0)
        .map(|seconds| At { href: format!("{}#t={seconds}", card.href), label: record::clock(seconds) });
    Ok(Hit { card, snippet: hit.snippet.clone(), at })
}

fn facets(reader: &Reader, asked: &Asked, answer: &Answer) -> Vec<Facet> {
    let facet = |facet: &kho_index::Facet| Facet {
        name: facet.name.clone(),
        label: reader.texts.get(&format!("facet-{}", facet.name)),
        values: facet.values.iter().map(|value| facet_value(reader, asked, &facet.name, value)).collect(),
    };
    answer.facets.iter().filter(|facet| !facet.values.is_empty()).map(facet).collect()
}

/// A value of a facet; its link adds the value to what is chosen, or takes it away.
fn facet_value(reader: &Reader, asked: &Asked, facet: &str, value: &kho_index::FacetValue) -> FacetValue {
    let selected = asked.kinds.contains(&value.value);
    let mut kinds: Vec<String> = asked.kinds.iter().filter(|kind| **kind != value.value).cloned().collect();
    if !selected {
        kinds.push(value.value.clone());
    }
    let label = reader.texts.facet_value(facet, &value.value);
    FacetValue { label, count: value.count, href: asked.href(&kinds, 1), selected }
}

fn chips(reader: &Reader, asked: &Asked) -> Vec<Chip> {
    let chip = |chosen: &String| {
        let others: Vec<String> = asked.kinds.iter().filter(|kind| *kind != chosen).cloned().collect();
        Chip { label: reader.texts.facet_value("kind", chosen), href: asked.href(&others, 1) }
    };
    asked.kinds.iter().map(chip).collect()
}

fn pager(asked: &Asked, total: u64, browsed: Option<&str>) -> Pager {
    let last = usize::try_from(total).unwrap_or(usize::MAX).div_ceil(PER_PAGE).clamp(1, MOST_PAGES);
    let number = asked.number;
    let href = |number: usize| match browsed {
        Some(kind) if number > 1 => format!("/browse/{kind}?page={number}"),
        Some(kind) => format!("/browse/{kind}"),
        None => asked.href(&asked.kinds, number),
    };
    let is_shown = |page: &usize| *page == 1 || *page == last || page.abs_diff(number) <= 2;
    let mut pages: Vec<PageLink> = Vec::new();
    for page in (1..=last).filter(is_shown) {
        let gap_before = pages.last().is_some_and(|before| before.number as usize + 1 < page);
        pages.push(PageLink { number: page as u64, href: href(page), current: page == number, gap_before });
    }
    Pager {
        previous: (number > 1).then(|| href((number - 1).min(last))),
        next: (number < last).then(|| href(number + 1)),
        pages,
        number: number as u64,
        last: last as u64,
    }
}
