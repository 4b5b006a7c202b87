//! `/compare?r=ID&r=ID`: two to four pictures side by side. What is chosen stands in the address and nowhere else.

use askama::Template;
use kho_archive::record::{File, Record};
use kho_index::Question;

use crate::view;
use crate::web::app::App;
use crate::web::in_words::nfc;
use crate::web::links;
use crate::web::page::{self, Card, Page, Picture, Reader};
use crate::web::record::{self, card};
use crate::web::zoom::{Zoom, short};

/// So many pictures stand side by side.
const MOST: usize = 4;

/// So many more are offered.
const MOST_OFFERED: usize = 12;

/// So many records are looked at to find them.
const LOOKED_AT: usize = 60;

#[derive(Template)]
#[template(path = "compare_pictures.html")]
struct Pictures {
    page: Page,
    heading: String,
    /// How many there are, as a class of the style sheet.
    count: usize,
    /// Whether the address names what is not there for this reader.
    is_missing: bool,
    sides: Vec<Side>,
    /// The parameters of what is chosen, for the form that looks for more; empty if there is no room.
    chosen: Vec<String>,
    has_room: bool,
    words: String,
    offers: Vec<Offer>,
}

/// One that may stand beside them. It is a button of a form and no link: nobody who follows all links goes through all pairs.
struct Offer {
    id: String,
    card: Card,
}

/// One of them.
struct Side {
    title: String,
    href: String,
    kind: String,
    kind_label: String,
    note: String,
    picture: Picture,
    zoom: Zoom,
    /// The comparison without it; `None` of the only one.
    without: Option<String>,
}

/// What the address names: a record, and which of its files.
struct Chosen {
    asked: String,
    record: Record,
    file: File,
}

/// Draws the comparison that the address asks for; `None` if nothing of it is there for this reader.
pub(super) fn draw(app: &App, reader: &Reader) -> anyhow::Result<Option<String>> {
    let asked: Vec<&str> = reader.parameters.iter().filter(|(name, _)| name == "r").map(|(_, value)| value.as_str()).collect();
    let mut chosen: Vec<Chosen> = Vec::new();
    for asked in asked.iter().take(MOST * 2) {
        let is_new = chosen.iter().all(|known| known.asked != *asked);
        chosen.extend(if is_new { choose(app, reader, asked)? } else { None });
    }
    chosen.truncate(MOST);
    if chosen.is_empty() {
        return Ok(None);
    }
    let has_room = chosen.len() < MOST;
    let pictures = Pictures {
        heading: reader.texts.get("compare-pictures"),
        count: chosen.len(),
        is_missing: asked.iter().any(|asked| chosen.iter().all(|known| known.asked != *asked)) && has_room,
        sides: chosen.iter().filter_map(|one| side(app, reader, one, &chosen)).collect(),
        words: reader.parameter("q").to_owned(),
        offers: if has_room { offers(app, reader, &chosen)? } else { Vec::new() },
        has_room,
        page: Page { query: String::new(), ..reader.page(&*app.admitted(&reader.visitor.viewer)?, None) },
        chosen: chosen.into_iter().map(|one| one.asked).collect(),
    };
    page::draw(&pictures).map(Some)
}

/// Finds what one parameter names: `ID`, or `ID.DIGEST` where a record has several pictures.
fn choose(app: &App, reader: &Reader, asked: &str) -> anyhow::Result<Option<Chosen>> {
    let (id, digest) = asked.split_once('.').unwrap_or((asked, ""));
    let Some(record) = app.give_record(&reader.visitor, id, "page")? else { return Ok(None) };
    let is_it = |file: &&File| file.digest.to_string().starts_with(digest) && Zoom::of(app, &record, file).is_some();
    let file = record.files.iter().find(is_it).cloned();
    Ok(file.map(|file| Chosen { asked: asked.to_owned(), record, file }))
}

fn side(app: &App, reader: &Reader, one: &Chosen, all: &[Chosen]) -> Option<Side> {
    let title = nfc(&one.record.title_in(reader.texts.language()));
    let card = card(app, reader, &one.record);
    let rest: Vec<&str> = all.iter().map(|other| other.asked.as_str()).filter(|asked| *asked != one.asked).collect();
    Some(Side {
        picture: record::picture(app, &reader.texts, &one.file, &title)?,
        zoom: Zoom::of(app, &one.record, &one.file)?,
        title,
        href: card.href,
        kind: card.kind,
        kind_label: card.kind_label,
        note: card.note,
        without: (!rest.is_empty()).then(|| address(&rest)),
    })
}

fn address(asked: &[&str]) -> String {
    links::with_query("/compare", &asked.iter().map(|asked| ("r".to_owned(), (*asked).to_owned())).collect::<Vec<_>>())
}

/// What else may be compared: what was looked for; else pictures of the same things, and then the newest.
fn offers(app: &App, reader: &Reader, chosen: &[Chosen]) -> anyhow::Result<Vec<Offer>> {
    let words = reader.parameter("q");
    let mut offers: Vec<Offer> = Vec::new();
    let mut ids = Vec::new();
    if words.trim().is_empty() {
        let model = app.archive.catalogue().model()?;
        let shown = chosen.iter().flat_map(|one| model.references(&one.record)).filter(|reference| reference.field == "shows");
        for reference in shown.take(MOST_OFFERED).collect::<Vec<_>>() {
            // What the reader may not see leads to nothing else either.
            if app.admits(&reader.visitor.viewer, reference.to) {
                for id in app.archive.catalogue().shown_by(reference.to, &["image"], MOST_OFFERED)? {
                    // Nor does what a picture does not say to this reader.
                    let picture = app.record(&reader.visitor.viewer, &id.to_string())?;
                    let says = |picture: &Record| model.references(picture).iter().any(|own| own.field == "shows" && own.to == reference.to);
                    ids.extend(picture.filter(says).map(|picture| picture.id));
                }
            }
        }
    }
    let question = Question { text: words.to_owned(), narrowed: view::of_kinds(&["image".to_owned()]), limit: LOOKED_AT, ..Question::default() };
    let answer = app.search(&reader.visitor.viewer, &question)?;
    ids.extend(answer.hits.iter().filter_map(|hit| kho_archive::record::RecordId::from_number(hit.id)));
    let mut seen = Vec::new();
    for id in ids {
        if seen.contains(&id) || chosen.iter().any(|one| one.record.id == id) {
            continue;
        }
        seen.push(id);
        if offers.len() >= MOST_OFFERED {
            break;
        }
        let Some(record) = app.record_with_files(&reader.visitor.viewer, &id.to_string())? else { continue };
        if record.files.iter().any(|file| Zoom::of(app, &record, file).is_some()) {
            offers.push(Offer { id: id.to_string(), card: card(app, reader, &record) });
        }
    }
    Ok(offers)
}

/// The way from one of several pictures of a record to its comparison.
pub(in crate::web) fn href(record: &Record, file: &File) -> String {
    let is_first = record.files.first().is_some_and(|first| first.digest == file.digest);
    let id = record.id.to_string();
    address(&[&if is_first { id } else { format!("{id}.{}", short(&file.digest.to_string())) }])
}
