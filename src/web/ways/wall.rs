//! `/wall`: everything, craft by craft, with a few pictures of each.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use kho_archive::record::Record;

use super::{Counted, search_href};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::nfc;
use crate::web::page::{self, Page, Picture, Reader};
use crate::web::portrait;

/// So many pictures hang of one craft.
const PICTURES: usize = 5;

/// So many crafts hang on the wall.
const MOST: usize = 36;

/// So many values are looked at for them: terms of the thesaurus stand among them, and those do not hang here.
const LOOKED_AT: usize = 4 * MOST;

/// In so many villages pictures of a craft are looked for.
const VILLAGES: usize = 12;

/// By what the wall is ordered: crafts, or where nobody recorded any, what is practised in each village.
const PROPERTIES: [&str; 2] = ["craft", "practice"];

#[derive(Template)]
#[template(path = "ways/wall.html")]
struct Wall {
    page: Page,
    crafts: Vec<Craft>,
    more: Option<String>,
    /// Of what these are: crafts, or what is practised in villages where nobody recorded crafts.
    property: &'static str,
}

struct Craft {
    href: String,
    title: String,
    count: u64,
    pictures: Vec<Picture>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let (property, mut crafts, beyond) = crafts(app, reader)?;
        let more = beyond + crafts.len().saturating_sub(MOST);
        crafts.truncate(MOST);
        let crafts = crafts.iter().map(|craft| hung(app, reader, property, craft)).collect::<anyhow::Result<_>>()?;
        let page = reader.page(&*app.admitted(&reader.visitor.viewer)?, None).of_way("wall");
        let more = (more > 0).then(|| reader.texts.count("ways-more", more as u64));
        page::draw(&Wall { page, crafts, more, property }).map(Some)
    })
    .await
}

/// The crafts of which there is something to see, those with the most first, and how many there are besides.
fn crafts(app: &App, reader: &Reader) -> anyhow::Result<(&'static str, Vec<Counted>, usize)> {
    for property in PROPERTIES {
        let (counted, beyond) = super::counted(app, reader, property, LOOKED_AT)?;
        // A term stands for the crafts that bear it: those hang here themselves.
        let mut crafts: Vec<Counted> = counted.into_values().filter(|craft| craft.record.kind.as_str() == property).collect();
        if !crafts.is_empty() {
            crafts.sort_by_cached_key(|craft| (std::cmp::Reverse(craft.count), kho_index::collation::key(&craft.record.title_in("vi"))));
            return Ok((property, crafts, beyond));
        }
    }
    Ok((PROPERTIES[0], Vec::new(), 0))
}

fn hung(app: &App, reader: &Reader, property: &str, craft: &Counted) -> anyhow::Result<Craft> {
    Ok(Craft {
        pictures: pictures(app, reader, &craft.record)?,
        href: search_href(property, &craft.record.id.to_string()),
        title: nfc(&craft.record.title_in(reader.texts.language())),
        count: craft.count,
    })
}

/// Pictures of a craft, and of what is practised of it in villages. The index is not asked: it would go through everything for
/// each craft.
fn pictures(app: &App, reader: &Reader, craft: &Record) -> anyhow::Result<Vec<Picture>> {
    let catalogue = app.archive.catalogue();
    let model = catalogue.model()?;
    let mut found = portrait::pictures(app, reader, craft)?;
    for id in catalogue.shown_sharing(craft.id, PROPERTIES[0], VILLAGES)? {
        if found.len() >= PICTURES {
            break;
        }
        let is_of_it =
            |practice: &Record| model.references(practice).iter().any(|reference| reference.field == PROPERTIES[0] && reference.to == craft.id);
        let Some(practice) = app.record(&reader.visitor.viewer, &id.to_string())?.filter(is_of_it) else { continue };
        for (id, picture) in portrait::pictures(app, reader, &practice)? {
            if found.iter().all(|(known, _)| *known != id) {
                found.push((id, picture));
            }
        }
    }
    found.truncate(PICTURES);
    Ok(found.into_iter().map(|(_, picture)| picture).collect())
}
