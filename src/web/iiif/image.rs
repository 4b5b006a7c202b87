//! `/iiif/3/DIGEST/…` and `/iiif/2/DIGEST/…`: the Image API at level 2, out of tile packs.
//!
//! A tile is a slice of its pack. Everything else is drawn from the tiles of the nearest level.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kho_archive::digest::Digest;
use serde_json::json;

pub(crate) mod address;
mod draw;
mod info;
mod packs;

use address::{Asked, Refusal, Version, Wanted};
use packs::Found;
pub(crate) use packs::Packs;

use crate::derivative::TILES;
use crate::tiles::grid::{Spot, tile_of};
use crate::tiles::{Pack, PackError};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::media::{CACHING, is_known, not_modified};
use crate::web::visitor::Visitor;

/// What is found in one step.
enum Step {
    Nothing,
    Refused(Refusal),
    /// The visitor has it already.
    Known(String),
    Info(String),
    /// A tile as it lies in the pack, or a picture that was drawn: its bytes, media type, ETag and canonical address.
    Picture(Vec<u8>, &'static str, String, String),
    /// It must be drawn first.
    Draw(Arc<Pack>, Wanted, String, String),
    /// Its pack must be made first.
    Make(Box<kho_archive::record::File>),
}

/// What somebody asks for, as far as it can be understood without knowing the picture.
#[derive(Clone)]
struct Question {
    version: Version,
    digest: Digest,
    /// Nothing: the document about the picture.
    asked: Option<Asked>,
    visitor: Visitor,
    known: HeaderMap,
}

/// Whether an address lets the catalogue catch up in the step that looks it up.
pub(crate) fn catches_up_itself(path: &str) -> bool {
    path.starts_with("/iiif/3/") || path.starts_with("/iiif/2/")
}

/// The address of a picture itself leads to its document.
pub(crate) async fn base(State(app): State<Arc<App>>, Path((version, digest)): Path<(String, String)>, visitor: Visitor) -> Response {
    let known = Version::read(&version).zip(digest.parse::<Digest>().ok());
    let Some((version, digest)) = known else { return nothing(&app, &digest).await };
    let place = format!("{}/info.json", id(&visitor, version, &digest));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

pub(crate) async fn show(
    State(app): State<Arc<App>>, Path((version, digest, asked)): Path<(String, String, String)>, visitor: Visitor, headers: HeaderMap,
) -> Response {
    answer(&app, (&version, &digest, &asked), visitor, headers).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(app: &Arc<App>, (version, digest, asked): (&str, &str, &str), visitor: Visitor, known: HeaderMap) -> Result<Response, WebError> {
    let parsed = Version::read(version).zip(digest.parse::<Digest>().ok());
    let Some((version, parsed)) = parsed else { return Ok(nothing(app, digest).await) };
    let asked = match asked {
        "info.json" => None,
        asked => match Asked::read(version, asked) {
            Ok(asked) => Some(asked),
            Err(refusal) => return Ok(refused(refusal)),
        },
    };
    let question = Question { version, digest: parsed, asked, visitor, known };
    // Twice for a picture that has to be cut, once more for a pack that turned out to be damaged.
    for _ in 0..4 {
        let step = match at_once(app, &question) {
            Some(step) => step,
            None => {
                let question = question.clone();
                app.run(move |app| look_up(app, &question)).await?
            }
        };
        match step {
            Step::Nothing => break,
            Step::Refused(refusal) => return Ok(refused(refusal)),
            Step::Known(etag) => return Ok(not_modified(&etag)?),
            Step::Info(document) => return Ok(info(&question, document)?),
            Step::Picture(bytes, mime, etag, canonical) => return Ok(picture(&question, bytes, mime, &etag, &canonical)?),
            Step::Draw(pack, wanted, etag, canonical) => {
                let drawn = drawn(app, &question, pack, wanted).await?;
                let Some((bytes, mime)) = drawn else { continue };
                return Ok(picture(&question, bytes, mime, &etag, &canonical)?);
            }
            Step::Make(file) => make(app, *file).await?,
        }
    }
    Ok(nothing(app, digest).await)
}

/// A way to read a tile of a pack.
type ReadTile = fn(&Pack, Spot) -> Result<Option<Vec<u8>>, PackError>;

/// Looks up what is in memory: to wake another thread for it would cost more than to give it.
fn at_once(app: &App, question: &Question) -> Option<Step> {
    let pack = app.packs.remembered(app, &question.visitor, &question.digest)?;
    found(question, &pack, Pack::tile_at_once).ok()
}

/// Looks up what can be given without drawing.
fn look_up(app: &App, question: &Question) -> anyhow::Result<Step> {
    let pack = match app.packs.find(app, &question.visitor, &question.digest)? {
        Found::Nothing => return Ok(Step::Nothing),
        Found::Uncut(file) => return Ok(Step::Make(file)),
        Found::Pack(pack) => pack,
    };
    found(question, &pack, Pack::tile).or_else(|error| match app.packs.discard(app, &question.digest, &error)? {
        Found::Uncut(file) => Ok(Step::Make(file)),
        _ => Ok(Step::Nothing),
    })
}

/// What a pack has for a question; `tile` reads a tile of it.
fn found(question: &Question, pack: &Arc<Pack>, tile: ReadTile) -> Result<Step, PackError> {
    let Some(asked) = &question.asked else {
        let id = id(&question.visitor, question.version, &question.digest);
        return Ok(Step::Info(info::document(question.version, &id, pack.grid).to_string()));
    };
    let wanted = match asked.wanted(pack.grid) {
        Ok(wanted) => wanted,
        Err(refusal) => return Ok(Step::Refused(refusal)),
    };
    let canonical = asked.canonical(pack.grid, wanted);
    // A comma would part one ETag from the next.
    let etag = format!("\"{}-{}-{}/{}\"", question.digest, TILES.version, question.version.number(), canonical.replace(',', "."));
    if is_known(&question.known, &etag) {
        return Ok(Step::Known(etag));
    }
    let spot = tile_of(pack.grid, wanted.region, (wanted.width, wanted.height)).filter(|_| asked.is_as_stored());
    let Some(spot) = spot else { return Ok(Step::Draw(Arc::clone(pack), wanted, etag, canonical)) };
    Ok(tile(pack, spot)?.map_or(Step::Nothing, |bytes| Step::Picture(bytes, asked.format.mime(), etag, canonical)))
}

/// Draws a picture when it is its turn. Nothing: the pack turned out to be damaged, and is gone now.
async fn drawn(app: &Arc<App>, question: &Question, pack: Arc<Pack>, wanted: Wanted) -> anyhow::Result<Option<(Vec<u8>, &'static str)>> {
    let turn = Arc::clone(&app.packs.drawing).acquire_owned().await?;
    let (asked, digest) = (question.asked.clone().context("nothing is asked for")?, question.digest);
    app.run(move |app| {
        let _turn = turn;
        match draw::draw(&pack, &asked, wanted) {
            Ok(bytes) => Ok(Some((bytes, asked.format.mime()))),
            Err(error) => match error.downcast_ref() {
                Some(damage) => app.packs.discard(app, &digest, damage).map(|_| None),
                None => Err(error),
            },
        }
    })
    .await
}

/// Has a pack made when it is its turn. Whoever waited for another one that asked for the same finds it made.
async fn make(app: &Arc<App>, file: kho_archive::record::File) -> anyhow::Result<()> {
    let turn = Arc::clone(&app.packs.making).acquire_owned().await?;
    app.run(move |app| {
        let _turn = turn;
        app.maker().make(&file, TILES)?;
        // It may have been erased by law while it was being cut.
        app.catch_up()?;
        if app.archive.catalogue().erased_on(&file.digest)?.is_some() {
            app.derivatives.forget(&file.digest)?;
        }
        Ok(())
    })
    .await
}

fn id(visitor: &Visitor, version: Version, digest: &Digest) -> String {
    format!("{}/iiif/{}/{digest}", visitor.origin(), version.number())
}

fn info(question: &Question, document: String) -> anyhow::Result<Response> {
    let context = format!("http://iiif.io/api/image/{}/context.json", question.version.number());
    let accepted = question.known.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mime = match (accepted.contains("application/ld+json"), question.version) {
        (true, Version::Three) => format!("application/ld+json;profile=\"{context}\""),
        (true, Version::Two) => "application/ld+json".to_owned(),
        (false, _) => "application/json".to_owned(),
    };
    let etag = format!("\"{}\"", &blake3::hash(document.as_bytes()).to_hex()[..32]);
    if is_known(&question.known, &etag) {
        return not_modified(&etag);
    }
    let mut response = Response::new(Body::from(document));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_str(&mime)?);
    answer.insert(header::ETAG, HeaderValue::from_str(&etag)?);
    answer.insert(header::CACHE_CONTROL, CACHING);
    let linked = format!("<{context}>;rel=\"http://www.w3.org/ns/json-ld#context\";type=\"application/ld+json\"");
    answer.append(header::LINK, HeaderValue::from_str(&linked)?);
    answer.append(header::LINK, HeaderValue::from_str(&profile(question.version))?);
    Ok(response)
}

fn picture(question: &Question, bytes: Vec<u8>, mime: &'static str, etag: &str, canonical: &str) -> anyhow::Result<Response> {
    let mut response = Response::new(Body::from(bytes));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    answer.insert(header::ETAG, HeaderValue::from_str(etag)?);
    answer.insert(header::CACHE_CONTROL, CACHING);
    let id = id(&question.visitor, question.version, &question.digest);
    let links = format!("<{id}/{canonical}>;rel=\"canonical\", {}", profile(question.version));
    answer.insert(header::LINK, HeaderValue::from_str(&links)?);
    Ok(response)
}

fn profile(version: Version) -> String {
    format!("<http://iiif.io/api/image/{}/level2.json>;rel=\"profile\"", version.number())
}

fn refused(refusal: Refusal) -> Response {
    let (status, error) = match refusal {
        Refusal::Wrong => (StatusCode::BAD_REQUEST, "bad request"),
        Refusal::NotDone => (StatusCode::NOT_IMPLEMENTED, "not implemented"),
    };
    (status, Json(json!({"error": error}))).into_response()
}

/// There is nothing here for this visitor; of what was erased by law, that is told.
async fn nothing(app: &Arc<App>, digest: &str) -> Response {
    let typed = digest.to_owned();
    match app.run(move |app| app.is_gone(&typed)).await {
        Ok(true) => WebError::GoneJson.into_response(),
        Ok(false) => WebError::NotFoundJson.into_response(),
        Err(error) => WebError::from(error).into_response(),
    }
}
