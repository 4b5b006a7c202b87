//! `/search` and `/browse/KIND`

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::{Answer, FACETS, Narrowed, Question, Sort};
use serde_json::Value;

use super::app::App;
use super::error::WebError;
use super::in_words;
use super::links;
use super::page::{self, Card, KINDS, Page, Reader};
use super::portrait::Cards;
use super::record;
use super::ways::terms;
use crate::spoken;

/// How many hits stand on a page.
const PER_PAGE: usize = 24;

/// So many seconds before a passage it is played from.
const LEAD: f64 = 5.0;

/// So many values of a property are offered.
const MOST_VALUES: usize = 24;

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
    /// The words by which a kind is ordered. Safe HTML, drawn by a template of its own.
    tree: Option<String>,
    as_grid: bool,
    /// What has most of the words, or words like them.
    approximate: Vec<Hit>,
    read_as: Vec<String>,
    /// Names that the thesaurus added, and the way to do without each.
    added: Vec<Chip>,
    /// A question that finds more, and its address.
    meant: Option<(String, String)>,
    /// The orders: in words, their addresses, and which is chosen.
    sorts: Vec<(String, String, bool)>,
    year: String,
    /// What of the address the form of years keeps.
    kept: Vec<(String, String)>,
}

struct Hit {
    card: Card,
    /// Safe HTML: escaped by the index, matches in `<mark>`.
    snippet: String,
    /// What is said in it, and when.
    passages: Vec<Said>,
}

/// A passage that fits.
struct Said {
    href: String,
    clock: String,
    speaker: String,
    /// Safe HTML.
    words: String,
}

struct Facet {
    name: String,
    label: String,
    /// Whether its values are in sight: whoever goes through the page by keys wants to get to the hits.
    is_open: bool,
    values: Vec<FacetValue>,
}

struct FacetValue {
    label: String,
    count: u64,
    href: String,
    selected: bool,
    /// How far below the top it stands, as a class of the style sheet.
    class: String,
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

/// What the address asks for: all of it stands there, so that an address is a saved search.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) words: String,
    /// Values by which the answer is narrowed, each with its property, in the order of the address.
    filters: Vec<(String, String)>,
    /// Days as they were typed.
    year: String,
    sort: Sort,
    /// Names that the thesaurus shall not add.
    plain: Vec<String>,
    number: usize,
}

/// The orders that can be asked for, as addresses and messages name them.
const SORTS: [(&str, Sort); 4] = [("fit", Sort::Fit), ("newest", Sort::Newest), ("oldest", Sort::Oldest), ("title", Sort::Title)];

impl Asked {
    /// Reads the parameters of an address; nonsense is read as if it were not there.
    pub(crate) fn of(reader: &Reader) -> Self {
        let given = |wanted: &dyn Fn(&str) -> bool| {
            let parameters = reader.parameters.iter().filter(|(name, value)| wanted(name) && !value.is_empty());
            parameters.cloned().collect::<Vec<(String, String)>>()
        };
        let sort = SORTS.iter().find(|(name, _)| *name == reader.parameter("sort")).map_or(Sort::Fit, |(_, sort)| *sort);
        Self {
            words: reader.parameter("q").to_owned(),
            filters: given(&kho_index::is_facet),
            year: Some(reader.parameter("year").trim()).filter(|typed| kho_index::days(typed).is_some()).unwrap_or_default().to_owned(),
            sort,
            plain: given(&|name| name == "plain").into_iter().map(|(_, value)| value).collect(),
            number: reader.parameter("page").parse().unwrap_or(1).clamp(1, MOST_PAGES),
        }
    }

    /// Returns what is asked of the index: a page of so many hits, with the values of these properties counted.
    pub(crate) fn question(&self, per_page: usize, counted: Vec<String>) -> Question<'static> {
        let mut narrowed: Vec<Narrowed> = Vec::new();
        for (property, value) in &self.filters {
            match narrowed.iter_mut().find(|narrowed| narrowed.property == *property) {
                Some(narrowed) => narrowed.values.push(value.clone()),
                None => narrowed.push(Narrowed { property: property.clone(), values: vec![value.clone()], is_without: false }),
            }
        }
        Question {
            text: self.words.clone(),
            narrowed,
            days: kho_index::days(&self.year),
            counted,
            sort: self.sort,
            limit: per_page,
            offset: (self.number - 1) * per_page,
            lexicon: None,
            without: self.plain.clone(),
        }
    }

    /// Whether there is more to it than words.
    fn is_narrowed(&self) -> bool {
        !self.filters.is_empty() || !self.year.is_empty()
    }

    fn has(&self, property: &str, value: &str) -> bool {
        self.filters.iter().any(|(known, chosen)| known == property && chosen == value)
    }

    /// The same with a value more, or without it if it was chosen.
    fn with(&self, property: &str, value: &str) -> Self {
        let mut asked = Self { number: 1, ..self.clone() };
        if self.has(property, value) {
            asked.filters.retain(|(known, chosen)| known != property || chosen != value);
        } else {
            asked.filters.push((property.to_owned(), value.to_owned()));
        }
        asked
    }

    /// Returns the parameters of its address.
    fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = vec![("q".to_owned(), self.words.clone())];
        parameters.extend(self.filters.iter().cloned());
        let mut add = |name: &str, value: &str| parameters.extend((!value.is_empty()).then(|| (name.to_owned(), value.to_owned())));
        add("year", &self.year);
        let sort = SORTS.iter().find(|(_, sort)| *sort == self.sort).map_or("", |(name, _)| *name);
        add("sort", if self.sort == Sort::Fit { "" } else { sort });
        self.plain.iter().for_each(|name| add("plain", name));
        add("page", &if self.number > 1 { self.number.to_string() } else { String::new() });
        parameters
    }

    fn href(&self) -> String {
        links::with_query("/search", &self.parameters())
    }
}

pub(crate) async fn search(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let asked = Asked::of(reader);
        let heading = match asked.words.trim() {
            "" if asked.is_narrowed() => reader.texts.get("search-heading-narrowed"),
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
            return terms::page_of(app, reader, &kind);
        }
        let heading = reader.texts.get(&format!("kinds-{kind}"));
        let asked = Asked { filters: vec![("kind".to_owned(), kind.clone())], ..Asked::of(reader) };
        show(app, reader, &asked, heading, Some(&kind)).map(Some)
    })
    .await
}

fn show(app: &App, reader: &Reader, asked: &Asked, heading: String, browsed: Option<&str>) -> anyhow::Result<String> {
    let counted = if browsed.is_some() { Vec::new() } else { FACETS.map(str::to_owned).into() };
    let answer = app.search(&reader.visitor.viewer, &asked.question(PER_PAGE, counted))?;
    let admitted = app.admitted(&reader.visitor.viewer)?;
    let mut cards = Cards::default();
    let hits = answer.hits.iter().filter_map(|hit| show_hit(app, reader, &mut cards, hit).transpose()).collect::<anyhow::Result<Vec<_>>>()?;
    let approximate = answer.approximate.iter().filter_map(|hit| show_hit(app, reader, &mut cards, hit).transpose());
    let approximate = approximate.collect::<anyhow::Result<_>>()?;
    let before = (asked.number as u64 - 1) * PER_PAGE as u64;
    let values = Values::of(app, reader);
    let search = Search {
        page: reader.page(&admitted, browsed),
        heading,
        total: answer.total,
        approximate,
        first: before + 1,
        last: before + hits.len() as u64,
        hits,
        facets: facets(&values, asked, &answer),
        chips: if browsed.is_some() { Vec::new() } else { chips(&values, asked) },
        pager: pager(asked, answer.total, browsed),
        tree: browsed.filter(|_| asked.number == 1).map_or(Ok(None), |kind| terms::tree(app, reader, kind))?,
        as_grid: asked.words.trim().is_empty(),
        read_as: read_as(reader, &answer),
        added: added(asked, &answer),
        meant: answer.did_you_mean.as_ref().map(|words| (words.clone(), Asked { words: words.clone(), number: 1, ..asked.clone() }.href())),
        sorts: if browsed.is_some() { Vec::new() } else { sorts(reader, asked) },
        year: asked.year.clone(),
        kept: asked.parameters().into_iter().filter(|(name, _)| !["year", "page"].contains(&name.as_str())).collect(),
    };
    page::draw(&search)
}

/// Words that were read otherwise than they were typed, in words.
fn read_as(reader: &Reader, answer: &Answer) -> Vec<String> {
    let told = |(typed, read): &(String, Vec<String>)| reader.texts.with_two("search-read-as", ("typed", typed), ("read", &read.join(", ")));
    answer.read_as.iter().map(told).collect()
}

/// Names that the thesaurus added, each with the address of the same search without it.
fn added(asked: &Asked, answer: &Answer) -> Vec<Chip> {
    let chip = |(_, name): &(String, String)| {
        let mut without = Asked { number: 1, ..asked.clone() };
        without.plain.push(name.clone());
        Chip { label: name.clone(), href: without.href() }
    };
    answer.added.iter().map(chip).collect()
}

fn sorts(reader: &Reader, asked: &Asked) -> Vec<(String, String, bool)> {
    let sort = |(name, sort): (&str, Sort)| {
        let href = Asked { sort, number: 1, ..asked.clone() }.href();
        (reader.texts.get(&format!("sort-{name}")), href, asked.sort == sort)
    };
    SORTS.into_iter().map(sort).collect()
}

/// A hit as far as the reader may see it: a title or a file of it may be kept back. `None` if it was closed a moment ago.
fn show_hit(app: &App, reader: &Reader, cards: &mut Cards, hit: &kho_index::Hit) -> anyhow::Result<Option<Hit>> {
    let id = RecordId::from_number(hit.id).context("the index holds no identifier")?;
    let Some(record) = app.record_with_files(&reader.visitor.viewer, &id.to_string())? else { return Ok(None) };
    let card = cards.card(app, reader, &record)?;
    // The words of a transcript are heard at its recording.
    let recording = spoken::recording_of(&record).filter(|id| record.kind == Kind::transcript() && app.admits(&reader.visitor.viewer, *id));
    let player = recording.map_or_else(|| card.href.clone(), |id| format!("/r/{id}"));
    // One click plays from a little before: whoever listens wants to come in.
    let said = |spoken: &kho_index::Spoken| Said {
        href: format!("{player}#t={}", (spoken.at - LEAD).max(0.0)),
        clock: in_words::clock(spoken.at),
        speaker: spoken.speaker.clone(),
        words: spoken.snippet.clone(),
    };
    let passages = hit.passages.iter().map(said).collect();
    Ok(Some(Hit { snippet: hit.written.clone(), passages, card }))
}

/// Values of properties in words.
pub(super) struct Values<'a> {
    app: &'a App,
    reader: &'a Reader,
    /// The records that were looked up: most are named in more than one place of a page.
    known: RefCell<HashMap<String, Option<Rc<Record>>>>,
}

impl<'a> Values<'a> {
    pub(super) fn of(app: &'a App, reader: &'a Reader) -> Self {
        Self { app, reader, known: RefCell::default() }
    }
}

impl Values<'_> {
    /// What a value is called. A value that is a record is called by its title; `None` if the viewer may not see it.
    pub(super) fn label(&self, property: &str, value: &str) -> Option<String> {
        let texts = &self.reader.texts;
        if value.parse::<RecordId>().is_ok() {
            return self.record(value).map(|record| in_words::nfc(&record.title_in(texts.language())));
        }
        Some(match property {
            "kind" => texts.known(&format!("kinds-{value}")).unwrap_or_else(|| record::label_of_kind(self.app, texts, value)),
            "plan_class" => self.coded("plan_classes", value),
            "rights" => self.coded("rights_statements", value),
            "decade" => texts.with("decade", "year", value),
            "medium" => in_words::format_name(value),
            "language" => record::language_label(texts, value),
            property => texts.facet_value(property, value),
        })
    }

    /// What a code of a vocabulary is called.
    pub(super) fn coded(&self, vocabulary: &str, code: &str) -> String {
        let model = self.app.archive.catalogue().model().ok();
        let choice = model.as_ref().and_then(|model| model.vocabulary(vocabulary)?.choice(code));
        choice.map_or_else(|| code.to_owned(), |choice| choice.label(self.reader.texts.language()).to_owned())
    }

    fn record(&self, value: &str) -> Option<Rc<Record>> {
        let look_up = || self.app.record(&self.reader.visitor.viewer, value).ok().flatten().map(Rc::new);
        self.known.borrow_mut().entry(value.to_owned()).or_insert_with(look_up).clone()
    }

    /// The values that stand directly above one: the unit of a place, the broader term.
    fn above(&self, value: &str) -> Vec<String> {
        let Some(record) = self.record(value) else { return Vec::new() };
        let single = ["broader", "term"].into_iter().filter_map(|field| record.fields.get(field).and_then(Value::as_str).map(str::to_owned));
        let units = kho_archive::place::parents_at(&record, None).into_iter().map(|id| id.to_string());
        single.chain(units).collect()
    }
}

fn facets(values: &Values<'_>, asked: &Asked, answer: &Answer) -> Vec<Facet> {
    let facet = |facet: &kho_index::Facet| {
        let label = values.reader.texts.get(&format!("facet-{}", facet.name));
        let is_open = facet.name == "kind" || asked.filters.iter().any(|(property, _)| *property == facet.name);
        Facet { name: facet.name.clone(), label, is_open, values: facet_values(values, asked, facet) }
    };
    let facets = answer.facets.iter().map(facet);
    // What divides nothing is no choice.
    facets
        .filter(|facet| facet.values.len() > 1 || facet.values.iter().any(|value| value.selected) || facet.name == "kind" && !facet.values.is_empty())
        .collect()
}

/// The values of a facet, each under what stands above it; the link of a value adds it to what is chosen, or takes it away.
fn facet_values(values: &Values<'_>, asked: &Asked, facet: &kho_index::Facet) -> Vec<FacetValue> {
    let shown: Vec<&kho_index::FacetValue> = facet
        .values
        .iter()
        .enumerate()
        .filter(|(place, value)| *place < MOST_VALUES || asked.has(&facet.name, &value.value))
        .map(|(_, value)| value)
        .collect();
    let is_shown = |value: &str| shown.iter().any(|known| known.value == value);
    let parents: Vec<Option<String>> = shown.iter().map(|value| values.above(&value.value).into_iter().find(|above| is_shown(above))).collect();
    let mut ordered = Vec::new();
    let tops = (0..shown.len()).filter(|place| parents[*place].is_none()).map(|place| (place, 0));
    let mut waiting: Vec<(usize, usize)> = tops.collect();
    waiting.reverse();
    while let Some((place, depth)) = waiting.pop() {
        ordered.push((place, depth));
        if depth < 6 {
            let below = (0..shown.len()).rev().filter(|other| parents[*other].as_deref() == Some(&shown[place].value));
            waiting.extend(below.map(|other| (other, depth + 1)));
        }
    }
    let value = |(place, depth): (usize, usize)| {
        let value = shown[place];
        let label = values.label(&facet.name, &value.value)?;
        let href = asked.with(&facet.name, &value.value).href();
        Some(FacetValue { label, count: value.count, href, selected: asked.has(&facet.name, &value.value), class: format!("below-{depth}") })
    };
    ordered.into_iter().filter_map(value).collect()
}

fn chips(values: &Values<'_>, asked: &Asked) -> Vec<Chip> {
    let chip = |(property, value): &(String, String)| {
        let label = values.label(property, value)?;
        Some(Chip { label, href: asked.with(property, value).href() })
    };
    let year =
        (!asked.year.is_empty()).then(|| Chip { label: asked.year.clone(), href: Asked { year: String::new(), number: 1, ..asked.clone() }.href() });
    asked.filters.iter().filter_map(chip).chain(year).collect()
}

fn pager(asked: &Asked, total: u64, browsed: Option<&str>) -> Pager {
    let last = usize::try_from(total).unwrap_or(usize::MAX).div_ceil(PER_PAGE).clamp(1, MOST_PAGES);
    let number = asked.number;
    let href = |number: usize| match browsed {
        Some(kind) if number > 1 => format!("/browse/{kind}?page={number}"),
        Some(kind) => format!("/browse/{kind}"),
        None => Asked { number, ..asked.clone() }.href(),
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
