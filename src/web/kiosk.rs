//! `/kiosk`: the records of a chosen collection by touch, for whoever stands before a screen in the village house.
//!
//! A screen that is signed in with an account of its own shows what is open on site. Before everyone else it shows what is
//! public, even before an archivist. All that makes one screen differ from another stands in its address and is carried from
//! page to page, so that nothing of a visit is kept anywhere; and no page leads out of `/kiosk`.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use askama::Template;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kho_archive::record::{File, Record, RecordId, Role};
use kho_index::{Narrowed, Question, Sort};
use serde_json::Value;

use super::app::App;
use super::in_words;
use super::page::{self, KINDS, Picture, Reader};
use super::portrait::Cards;
use super::record::{self, Medium};
use super::texts::Texts;
use super::{assets, links};
use crate::accounts::Role as Account;
use crate::derivative::TILES;
use crate::media::{MediaKind, kind_of};

pub(super) mod lists;
pub(super) mod record_page;
pub(super) mod typing;

/// Where every visit begins and ends.
pub(super) const HOME: &str = "/kiosk";

/// The languages, in the order of their buttons.
const LANGUAGES: [&str; 2] = ["vi", "en"];

/// A screen that nobody touched for so long, in seconds, asks whether somebody is still there.
const IDLE: u64 = 90;

/// Shorter is for trying it out; who would wait longer than that is gone.
const SHORTEST_IDLE: u64 = 3;
const LONGEST_IDLE: u64 = 600;

/// For so many seconds it asks.
const COUNTDOWN: u64 = 20;

/// So many pictures pass by while nobody is there.
const MOST_SLIDES: usize = 8;

/// Among so many records the first page looks for pictures.
const LOOKED_AT: usize = 36;

/// So many of them stand on it.
const MOST_FEATURED: usize = 6;

/// A picture that fills a screen has at most so many pixels on a side.
const LARGE: u32 = 1400;

/// Parts of parts of a collection are looked for so deep, and so many of them.
const DEEPEST: usize = 6;
const MOST_PARTS: usize = 100;

/// Folders of files are no sight for visitors.
const UNSHOWN: &str = "file";

/// The ways in that the first page offers: a property, and the picture on its door.
const DOORS: [(&str, &str); 3] = [("craft", "craft"), ("place", "place"), ("kind", "collection")];

/// Whoever stands before a screen.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    reader: Reader,
    screen: Screen,
    /// The page that is asked for.
    path: String,
    /// What [`Guest::collections`] found: one page asks for it again and again.
    collections: OnceLock<Vec<String>>,
}

/// What makes one screen differ from another: its address says it, and all addresses on it repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Screen {
    /// The identifier of the collection that is shown; empty for everything.
    collection: String,
    idle: u64,
}

/// What all pages of a screen share.
struct Frame {
    t: Texts,
    language: String,
    languages: Vec<Language>,
    home: String,
    /// Where a visit ends: the first page in the language with which every visit begins.
    rest: String,
    search: String,
    idle: u64,
    countdown: u64,
}

/// A language by its own name, and the same page in it.
struct Language {
    code: &'static str,
    name: String,
    href: String,
    is_current: bool,
}

/// A record, or a value of a property, as something to touch.
struct Tile {
    href: String,
    title: String,
    /// The icon that stands for it where there is no picture.
    icon: String,
    picture: Option<Picture>,
    note: String,
    /// Safe HTML: the words that fit, with matches in `<mark>`.
    snippet: String,
}

#[derive(Template)]
#[template(path = "kiosk/home.html")]
struct Home {
    frame: Frame,
    name: String,
    /// What passers-by are told to do, in every language.
    touch: Vec<(&'static str, String)>,
    slides: Vec<Picture>,
    doors: Vec<Tile>,
    kinds: Vec<Tile>,
    featured: Vec<Tile>,
}

/// What stands there when something of ours failed; it goes home by itself.
#[derive(Template)]
#[template(path = "kiosk/pause.html")]
struct Pause {
    frame: Frame,
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let reader = Reader::from_request_parts(parts, state).await?;
        let all = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let all = all.map(|Query(all)| all).unwrap_or_default();
        // Only the address chooses: what a cookie remembers is of another visit.
        let is_english = all.iter().any(|(name, value)| name == "lang" && value == "en");
        let texts = if is_english { Texts::english() } else { Texts::vietnamese() };
        let is_enrolled = reader.visitor.account().is_some_and(|account| account.role == Account::Kiosk);
        let reader = if is_enrolled { reader } else { reader.as_public() };
        let screen = Screen::of(&reader);
        Ok(Self { reader: reader.in_language(texts), screen, path: parts.uri.path().to_owned(), collections: OnceLock::new() })
    }
}

impl Screen {
    fn of(reader: &Reader) -> Self {
        let idle = reader.parameter("idle").parse().unwrap_or(IDLE).clamp(SHORTEST_IDLE, LONGEST_IDLE);
        Self { collection: reader.parameter("collection").trim().to_owned(), idle }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let idle = if self.idle == IDLE { String::new() } else { self.idle.to_string() };
        vec![("collection".to_owned(), self.collection.clone()), ("idle".to_owned(), idle)]
    }
}

impl Guest {
    fn texts(&self) -> &Texts {
        &self.reader.texts
    }

    /// Returns an address on this screen, in the language of the page.
    fn href(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        self.href_in(path, parameters, self.texts().language())
    }

    fn href_in(&self, path: &str, parameters: &[(&str, &str)], language: &str) -> String {
        let mut all: Vec<(String, String)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        all.extend(self.screen.parameters());
        all.extend((language != LANGUAGES[0]).then(|| ("lang".to_owned(), language.to_owned())));
        links::with_query(path, &all)
    }

    fn record_href(&self, id: RecordId) -> String {
        self.href(&format!("{HOME}/r/{id}"), &[])
    }

    fn frame(&self) -> Frame {
        let texts = self.texts();
        Frame {
            language: texts.language().to_owned(),
            languages: LANGUAGES.iter().map(|code| self.language(code)).collect(),
            // Who goes home is there, and is not greeted like somebody who comes by.
            home: format!("{}#home", self.href(HOME, &[])),
            rest: self.href_in(HOME, &[], LANGUAGES[0]),
            search: self.href(&format!("{HOME}/search"), &[]),
            idle: self.screen.idle,
            countdown: COUNTDOWN.min(self.screen.idle),
            t: texts.clone(),
        }
    }

    fn language(&self, code: &'static str) -> Language {
        let kept = self.reader.parameters.iter().filter(|(name, _)| !["collection", "idle"].contains(&name.as_str()));
        let kept: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let place = if self.path == HOME { "#home" } else { "" };
        Language {
            code,
            name: self.texts().get(&format!("kiosk-language-{code}")),
            href: format!("{}{place}", self.href_in(&self.path, &kept, code)),
            is_current: code == self.texts().language(),
        }
    }

    /// Asks for records of this screen with these values; without any kind among them, for all that visitors are shown.
    fn question(&self, app: &App, values: &[(&str, &str)]) -> anyhow::Result<Question<'static>> {
        let mut all: Vec<Narrowed> = values.iter().map(|(property, value)| narrowed(property, vec![(*value).to_owned()])).collect();
        if all.iter().all(|narrowed| narrowed.property != "kind") {
            all.push(narrowed("kind", shown_kinds().map(str::to_owned).collect()));
        }
        if !self.screen.collection.is_empty() {
            all.push(narrowed("collection", self.collections(app)?));
        }
        Ok(Question { narrowed: all, sort: Sort::Newest, ..Question::default() })
    }

    /// The collection of the screen with its parts, and theirs.
    fn collections(&self, app: &App) -> anyhow::Result<Vec<String>> {
        if let Some(known) = self.collections.get() {
            return Ok(known.clone());
        }
        let mut known = vec![self.screen.collection.clone()];
        for _ in 0..DEEPEST {
            let parts = vec![narrowed("kind", vec!["collection".to_owned()]), narrowed("collection", known.clone())];
            let found = app.search(&self.reader.visitor.viewer, &Question { narrowed: parts, limit: MOST_PARTS, ..Question::default() })?;
            let parts = found.hits.iter().map(|hit| Ok(id_of(hit.id)?.to_string())).collect::<anyhow::Result<Vec<_>>>()?;
            let fresh: Vec<String> = parts.into_iter().filter(|part| !known.contains(part)).collect();
            if fresh.is_empty() {
                break;
            }
            known.extend(fresh);
        }
        Ok(self.collections.get_or_init(|| known).clone())
    }

    /// Whether a record is one that this screen shows: of a kind for visitors, and in the collection or in a part of it.
    fn shows(&self, app: &App, record: &Record) -> anyhow::Result<bool> {
        if !shown_kinds().any(|kind| kind == record.kind.as_str()) {
            return Ok(false);
        }
        let Ok(wanted) = self.screen.collection.parse::<RecordId>() else { return Ok(self.screen.collection.is_empty()) };
        let (mut waiting, mut seen) = (collections_of(record), Vec::new());
        while let Some(id) = waiting.pop() {
            if id == wanted {
                return Ok(true);
            }
            if !seen.contains(&id) {
                seen.push(id);
                waiting.extend(app.record(&self.reader.visitor.viewer, &id.to_string())?.iter().flat_map(collections_of));
            }
        }
        Ok(false)
    }

    /// Returns a record as something to touch.
    fn tile(&self, app: &App, cards: &mut Cards, record: &Record) -> anyhow::Result<Tile> {
        let card = cards.card(app, &self.reader, record)?;
        let note = if card.note.is_empty() { card.kind_label } else { format!("{} · {}", card.kind_label, card.note) };
        Ok(Tile { href: self.record_href(record.id), title: card.title, icon: card.kind, picture: card.thumbnail, note, snippet: String::new() })
    }

    fn home(&self, app: &App) -> anyhow::Result<Home> {
        let found =
            app.search(&self.reader.visitor.viewer, &Question { limit: LOOKED_AT, counted: vec!["kind".to_owned()], ..self.question(app, &[])? })?;
        let (mut tiles, mut cards) = (Vec::new(), Cards::default());
        for hit in &found.hits {
            if let Some(record) = record_of(app, self, hit.id)? {
                tiles.push(self.tile(app, &mut cards, &record)?);
            }
        }
        let is_empty = found.total == 0;
        let mut kinds = found.facets.into_iter().find(|facet| facet.name == "kind").map(|facet| facet.values).unwrap_or_default();
        kinds.sort_by_key(|kind| lists::place_of_kind(&kind.value));
        Ok(Home {
            frame: self.frame(),
            name: self.name(app)?,
            touch: [Texts::vietnamese(), Texts::english()].iter().map(|texts| (texts.language(), texts.get("kiosk-touch"))).collect(),
            slides: self.slides(app)?,
            doors: if is_empty { Vec::new() } else { DOORS.iter().map(|(property, icon)| self.door(property, icon)).collect() },
            kinds: kinds.iter().map(|kind| lists::kind_tile(self, &kind.value, kind.count)).collect(),
            featured: featured(tiles),
        })
    }

    /// What the screen is called: like its collection, else like the archive.
    fn name(&self, app: &App) -> anyhow::Result<String> {
        let collection = app.record(&self.reader.visitor.viewer, &self.screen.collection)?;
        let name = collection.map(|collection| collection.title_in(self.texts().language()));
        Ok(in_words::nfc(&name.unwrap_or_else(|| app.archive.settings().archive.name.clone())))
    }

    fn door(&self, property: &str, icon: &str) -> Tile {
        Tile {
            href: self.href(&format!("{HOME}/browse/{property}"), &[]),
            title: self.texts().get(&format!("kiosk-door-{property}")),
            icon: icon.to_owned(),
            picture: None,
            note: self.texts().get(&format!("kiosk-door-{property}-note")),
            snippet: String::new(),
        }
    }

    /// The pictures that pass by while nobody is there.
    fn slides(&self, app: &App) -> anyhow::Result<Vec<Picture>> {
        let question = Question { limit: MOST_SLIDES * 2, ..self.question(app, &[("kind", "image")])? };
        let mut slides = Vec::new();
        for hit in app.search(&self.reader.visitor.viewer, &question)?.hits {
            let Some(image) = app.record_with_files(&self.reader.visitor.viewer, &id_of(hit.id)?.to_string())? else { continue };
            let title = in_words::nfc(&image.title_in(self.texts().language()));
            slides.extend(originals(&image).next().and_then(|file| large_picture(app, self.texts(), file, &title)));
        }
        slides.truncate(MOST_SLIDES);
        Ok(slides)
    }
}

impl Frame {
    /// The address of an embedded file.
    fn asset(&self, path: &str) -> String {
        assets::href(path)
    }
}

pub(crate) async fn show(State(app): State<Arc<App>>, guest: Guest) -> Response {
    respond(app, guest, |app, guest| Ok(Some(page::draw(&guest.home(app)?)?))).await
}

/// Every address that is none leads home: a screen has no keys with which one could go back.
pub(crate) async fn nowhere(guest: Guest) -> Response {
    lead_home(&guest)
}

/// Whether a local address is one of a screen.
pub(super) fn is_ours(address: &str) -> bool {
    address.strip_prefix(HOME).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// Makes a page and turns it into an answer. What is not there, or not for this screen, leads home; both look the same.
async fn respond(app: Arc<App>, guest: Guest, make: impl FnOnce(&App, &Guest) -> anyhow::Result<Option<String>> + Send + 'static) -> Response {
    let asking = guest.clone();
    match app.run(move |app| make(app, &asking)).await {
        Ok(Some(html)) => page_of(StatusCode::OK, html),
        Ok(None) => lead_home(&guest),
        Err(error) => {
            tracing::error!("a page of the kiosk failed: {error:#}");
            page_of(StatusCode::INTERNAL_SERVER_ERROR, page::draw(&Pause { frame: guest.frame() }).unwrap_or_default())
        }
    }
}

/// No cookie goes with it: the language is of this visit only.
fn page_of(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn lead_home(guest: &Guest) -> Response {
    let place = guest.href(HOME, &[]);
    (StatusCode::SEE_OTHER, [(header::LOCATION, place), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response()
}

/// Each kind comes once before any comes again, so that the first page shows what all there is.
fn featured(tiles: Vec<Tile>) -> Vec<Tile> {
    let (mut first, mut others): (Vec<Tile>, Vec<Tile>) = (Vec::new(), Vec::new());
    for tile in tiles.into_iter().filter(|tile| tile.picture.is_some()) {
        let is_new = first.iter().all(|known| known.icon != tile.icon);
        if is_new { first.push(tile) } else { others.push(tile) }
    }
    first.into_iter().chain(others).take(MOST_FEATURED).collect()
}

/// The kinds that visitors are shown, in the order of the navigation.
fn shown_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().filter(|kind| *kind != UNSHOWN)
}

/// The collections in which a record says that it is.
fn collections_of(record: &Record) -> Vec<RecordId> {
    let ids = match record.fields.get("collection") {
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(id)) => vec![id.as_str()],
        _ => Vec::new(),
    };
    ids.into_iter().filter_map(|id| id.parse().ok()).collect()
}

fn narrowed(property: &str, values: Vec<String>) -> Narrowed {
    Narrowed { property: property.to_owned(), values, is_without: false }
}

fn id_of(number: u64) -> anyhow::Result<RecordId> {
    RecordId::from_number(number).context("the index holds no identifier")
}

/// Returns what this screen may show of a record that the index found; `None` if that was closed a moment ago.
fn record_of(app: &App, guest: &Guest, number: u64) -> anyhow::Result<Option<Record>> {
    app.record_with_files(&guest.reader.visitor.viewer, &id_of(number)?.to_string())
}

fn originals(record: &Record) -> impl Iterator<Item = &File> {
    record.files.iter().filter(|file| file.role == Role::original() && file.size > 0)
}

fn is_image(file: &File) -> bool {
    kind_of(file.technical.mime.as_deref().unwrap_or_default()) == MediaKind::Image
}

/// Returns a picture that may fill the screen: the original, where a browser shows it and it is not too heavy, else what the Image
/// API draws of it; `None` of what is no picture, or has none.
fn large_picture(app: &App, texts: &Texts, file: &File, title: &str) -> Option<Picture> {
    if !is_image(file) {
        return None;
    }
    let Medium::Image { picture, .. } = record::image(app, texts, file, title) else { return None };
    let Some((width, height)) = record::upright(file).filter(|_| picture.src.starts_with("/derived/") && can_be_cut(file)) else {
        return Some(picture);
    };
    let longer = width.max(height);
    if longer <= picture.width.max(picture.height) {
        return Some(picture);
    }
    let size = if longer <= LARGE { "max".to_owned() } else { format!("!{LARGE},{LARGE}") };
    let scaled = |side: u32| (u64::from(side) * u64::from(LARGE.min(longer)) / u64::from(longer.max(1))) as u32;
    let src = format!("/iiif/3/{}/full/{size}/0/default.jpg", file.digest);
    Some(Picture { src, width: scaled(width), height: scaled(height), alt: picture.alt })
}

/// Whether the Image API shows it.
fn can_be_cut(file: &File) -> bool {
    TILES.task(file).is_some() && file.technical.mime.as_deref() != Some("image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    async fn guest(address: &str) -> Guest {
        let (mut parts, ()) = Request::builder().uri(address).header("Cookie", "lang=en").body(()).unwrap().into_parts();
        Guest::from_request_parts(&mut parts, &()).await.unwrap()
    }

    #[tokio::test]
    async fn every_address_repeats_what_makes_the_screen() {
        let guest = guest("/kiosk/list?collection=k7f39m2qx4tc&idle=120&lang=en&q=%C4%91%C3%BAc&page=2").await;
        assert_eq!(guest.href("/kiosk/search", &[("q", "đó")]), "/kiosk/search?q=%C4%91%C3%B3&collection=k7f39m2qx4tc&idle=120&lang=en");
        let frame = guest.frame();
        assert_eq!(frame.home, "/kiosk?collection=k7f39m2qx4tc&idle=120&lang=en#home");
        assert_eq!(frame.rest, "/kiosk?collection=k7f39m2qx4tc&idle=120", "the next visit begins in Vietnamese");
        assert_eq!(frame.languages[0].href, "/kiosk/list?q=%C4%91%C3%BAc&page=2&collection=k7f39m2qx4tc&idle=120", "the page stays the same");
    }

    #[test]
    fn a_screen_is_led_to_its_own_pages() {
        assert!(is_ours("/kiosk") && is_ours("/kiosk?collection=k7f39m2qx4tc") && is_ours("/kiosk/search"));
        assert!(!is_ours("/") && !is_ours("/kiosks") && !is_ours("/desk"));
    }

    #[tokio::test]
    async fn the_language_of_another_visit_is_not_remembered() {
        assert_eq!(guest("/kiosk").await.texts().language(), "vi");
        assert_eq!(guest("/kiosk?lang=en").await.texts().language(), "en");
    }

    #[tokio::test]
    async fn a_screen_waits_neither_a_moment_nor_for_ever() {
        let mut idle = Vec::new();
        for address in ["/kiosk", "/kiosk?idle=0", "/kiosk?idle=9999", "/kiosk?idle=mai", "/kiosk?idle=45"] {
            idle.push(guest(address).await.screen.idle);
        }
        assert_eq!(idle, [90, 3, 600, 90, 45]);
    }
}
