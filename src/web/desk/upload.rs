//! `/desk/upload`: material comes in through the browser, over a weak link and in pieces.
//!
//! The pieces come by the protocol tus 1.0 (creation, termination; <https://tus.io/protocols/resumable-upload>); without a
//! script a plain form sends whole files. Nothing of it is in the archive before somebody brings the delivery in; then it goes
//! the way of every ingest.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{go_to, private};
use crate::uploads::{Delivery, LARGEST, Part, State as Stage, UploadError, Wanted};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::{self, Posted};
use crate::web::in_words;
use crate::web::ingests;
use crate::web::page::{self, Page, Reader};
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

mod running;
pub(crate) mod tus;

pub(crate) use running::fragment;
pub(super) use running::{Progress, progress, unfinished};

/// The field of a form without script that carries files.
const FILE: &str = "file";

#[derive(Template)]
#[template(path = "desk/uploads.html")]
struct UploadsPage {
    page: Page,
    guard: String,
    deliveries: Vec<DeliveryRow>,
    problem: String,
}

struct DeliveryRow {
    href: String,
    begun: String,
    state: String,
    files: String,
}

#[derive(Template)]
#[template(path = "desk/upload.html")]
struct UploadPage {
    page: Page,
    action: String,
    guard: String,
    /// The tokens of the forms that end it.
    finish: String,
    discard: String,
    remove: String,
    begun: String,
    is_open: bool,
    is_bringing: bool,
    files: Vec<FileRow>,
    giver: String,
    agreement: String,
    note: String,
    problem: String,
    running: Vec<Progress>,
}

struct FileRow {
    id: String,
    name: String,
    raw: String,
    size: u64,
    modified: String,
    received: u64,
    told: String,
    is_whole: bool,
}

pub(crate) async fn list(State(app): State<Arc<App>>, editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| draw_list(app, reader, &editor, String::new()).map(Some));
    answer.await.map(private)
}

fn draw_list(app: &App, reader: &Reader, editor: &Editor, problem: String) -> anyhow::Result<String> {
    let mut deliveries = Vec::new();
    for (id, delivery) in app.uploads.list()?.into_iter().filter(|(_, delivery)| delivery.by == editor.actor()) {
        let files = app.uploads.files(&id)?.len() as u64;
        let shown = if delivery.state == Stage::Open { reader.texts.count("upload-files", files) } else { String::new() };
        deliveries.push(DeliveryRow {
            href: format!("/desk/upload/{id}"),
            begun: moment(&reader.texts, &delivery),
            state: reader.texts.get(&format!("upload-state-{}", state_code(delivery.state))),
            files: shown,
        });
    }
    let guard = reader.visitor.token("/desk/upload");
    page::draw(&UploadsPage { page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None), guard, deliveries, problem })
}

fn state_code(state: Stage) -> &'static str {
    match state {
        Stage::Open => "open",
        Stage::Bringing => "bringing",
        Stage::Done => "done",
        Stage::Failed => "failed",
    }
}

fn moment(texts: &Texts, delivery: &Delivery) -> String {
    let local = delivery.begun.parse::<jiff::Timestamp>().map(|time| time.to_zoned_datetime(jiff::tz::TimeZone::system()).datetime().to_string());
    in_words::moment(texts, &local.unwrap_or_else(|_| delivery.begun.clone()))
}

pub(crate) async fn begin(State(app): State<Arc<App>>, editor: Editor, reader: Reader, _posted: Posted) -> Result<Response, WebError> {
    let asking = reader.clone();
    let begun = app.run(move |app| match app.uploads.begin(editor.actor()) {
        Ok(id) => Ok(go_to(&format!("/desk/upload/{id}"))),
        Err(error) => {
            let (status, problem) = said(&asking.texts, error)?;
            let mut response = private(asking.answer(draw_list(app, &asking, &editor, problem)?));
            *response.status_mut() = status;
            Ok(response)
        }
    });
    Ok(begun.await?)
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| match own(app, &editor, &id)? {
        Some(delivery) => draw(app, reader, &id, &delivery, String::new()).map(Some),
        None => Ok(None),
    });
    answer.await.map(private)
}

/// Returns a delivery of this editor; those of others look as if there were none.
fn own(app: &App, editor: &Editor, id: &str) -> anyhow::Result<Option<Delivery>> {
    match app.uploads.read(id) {
        Ok(delivery) => Ok(Some(delivery).filter(|delivery| delivery.by == editor.actor())),
        Err(UploadError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn draw(app: &App, reader: &Reader, id: &str, delivery: &Delivery, problem: String) -> anyhow::Result<String> {
    let action = format!("/desk/upload/{id}");
    let token = |end: &str| reader.visitor.token(&format!("{action}{end}"));
    let files = app.uploads.files(id)?.into_iter().map(|part| file_row(&reader.texts, part)).collect();
    let given = |words: &Option<String>| words.clone().unwrap_or_default();
    page::draw(&UploadPage {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        guard: token(""),
        finish: token("/finish"),
        discard: token("/discard"),
        remove: token("/remove"),
        begun: moment(&reader.texts, delivery),
        is_open: delivery.state == Stage::Open,
        is_bringing: delivery.state == Stage::Bringing,
        files,
        giver: given(&delivery.giver),
        agreement: given(&delivery.agreement),
        note: given(&delivery.note),
        problem,
        running: progress(app, reader, Some((id, delivery))),
        action,
    })
}

fn file_row(texts: &Texts, part: Part) -> FileRow {
    let size = part.size.unwrap_or(part.received);
    let is_whole = part.size == Some(part.received);
    let told = if is_whole {
        in_words::size(texts, size)
    } else {
        format!("{} / {}", in_words::size(texts, part.received), part.size.map_or_else(|| "?".to_owned(), |size| in_words::size(texts, size)))
    };
    let modified = part.modified.map(|modified| modified.to_string()).unwrap_or_default();
    FileRow { id: part.id, name: part.name, raw: part.raw, size, modified, received: part.received, told, is_whole }
}

/// Takes whole files of a form without script.
pub(crate) async fn take(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, headers: HeaderMap, mut form: Multipart,
) -> Result<Response, WebError> {
    let (address, wanted) = (format!("/desk/upload/{id}"), id.clone());
    let actor = editor.actor().to_owned();
    if app.run(move |app| own(app, &editor, &wanted)).await?.is_none() {
        return Err(WebError::not_found(reader));
    }
    // The token comes first: without it nothing is written.
    let first = form.next_field().await.ok().flatten();
    let token = match first {
        Some(field) if field.name() == Some("guard") => field.text().await.unwrap_or_default(),
        _ => String::new(),
    };
    if !guard::is_ours(&headers, &reader.visitor) || !reader.visitor.admits(&address, &token) {
        return Err(WebError::forged(reader));
    }
    let problem = match take_all(&app, &id, &mut form).await {
        Ok(()) => return Ok(go_to(&address)),
        Err(error) => error,
    };
    tracing::warn!(delivery = %id, actor, "a form could not be taken whole: {problem}");
    again(app, reader, id, problem).await
}

async fn take_all(app: &Arc<App>, id: &str, form: &mut Multipart) -> Result<(), UploadError> {
    let broken = |error: axum::extract::multipart::MultipartError| UploadError::Io(std::io::Error::other(error));
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.file_name().unwrap_or_default().to_owned();
        // A browser sends a field without a name where no file was chosen.
        if field.name() != Some(FILE) || name.is_empty() {
            continue;
        }
        let wanted = move |app: &App, id: &str| app.uploads.create(id, &Wanted { path: name.as_bytes(), size: None, modified: None });
        let file = tus::work(app, id, wanted).await?;
        let outcome = async {
            let mut receiving = tus::open(app, id, &file, 0).await?;
            while let Some(piece) = field.chunk().await.map_err(broken)? {
                receiving = tus::append(receiving, piece).await?;
            }
            tus::settle(receiving).await
        };
        let received = outcome.await;
        let whole = file.clone();
        match received {
            Ok(_) => tus::work(app, id, move |app, id| app.uploads.complete(id, &whole)).await?,
            // Half a file that nobody can go on with is of no use.
            Err(error) => {
                let _ = tus::work(app, id, move |app, id| app.uploads.remove(id, &whole)).await;
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Shows a delivery again with what went wrong.
async fn again(app: Arc<App>, reader: Reader, id: String, problem: UploadError) -> Result<Response, WebError> {
    let (status, problem) = said(&reader.texts, problem)?;
    let asking = reader.clone();
    let html = app.run(move |app| {
        let delivery = app.uploads.read(&id)?;
        draw(app, &asking, &id, &delivery, problem)
    });
    let mut response = private(reader.answer(html.await?));
    *response.status_mut() = status;
    Ok(response)
}

/// Says in the language of the reader what is wrong; what the reader cannot mend stays an error.
fn said(texts: &Texts, error: UploadError) -> anyhow::Result<(StatusCode, String)> {
    let (status, key) = match error {
        UploadError::NotFound => (StatusCode::NOT_FOUND, "upload-not-found"),
        UploadError::NotOpen => (StatusCode::FORBIDDEN, "upload-not-open"),
        UploadError::BadName => (StatusCode::BAD_REQUEST, "upload-bad-name"),
        UploadError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "upload-too-large"),
        UploadError::TooMany => (StatusCode::BAD_REQUEST, "upload-too-many"),
        UploadError::NoRoom => (StatusCode::INSUFFICIENT_STORAGE, "upload-no-room"),
        UploadError::WrongOffset { .. } => (StatusCode::CONFLICT, "upload-wrong-offset"),
        UploadError::Busy => (StatusCode::LOCKED, "upload-busy"),
        UploadError::Incomplete => (StatusCode::UNPROCESSABLE_ENTITY, "upload-incomplete"),
        UploadError::Io(error) => return Err(error.into()),
    };
    Ok((status, texts.get(key)))
}

/// Closes a delivery and brings it in.
pub(crate) async fn finish(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let given = |name: &str| Some(posted.get(name).trim().to_owned()).filter(|words| !words.is_empty());
    let (giver, agreement, note) = (given("giver"), given("agreement"), given("note"));
    let (starting, wanted) = (Arc::clone(&app), id.clone());
    let closed = app.run(move |app| {
        let Some(delivery) = own(app, &editor, &wanted)? else { return Ok(Err(UploadError::NotFound)) };
        let delivery = Delivery { giver, agreement, note, ..delivery };
        match app.uploads.close(&wanted, &delivery) {
            Ok(()) => ingests::start(&starting, &wanted, delivery).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    });
    match closed.await? {
        Ok(()) => Ok(go_to(&format!("/desk/upload/{id}"))),
        Err(UploadError::NotFound) => Err(WebError::not_found(reader)),
        Err(problem) => again(app, reader, id, problem).await,
    }
}

/// Takes one file back.
pub(crate) async fn remove(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let file = posted.get("id").to_owned();
    change(app, id.clone(), editor, reader, move |app| app.uploads.remove(&id, &file).map(|()| format!("/desk/upload/{id}"))).await
}

/// Takes a whole delivery back.
pub(crate) async fn discard(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, _posted: Posted,
) -> Result<Response, WebError> {
    change(app, id.clone(), editor, reader, move |app| app.uploads.discard(&id).map(|()| "/desk/upload".to_owned())).await
}

/// Changes a delivery of this editor, and leads on.
async fn change(
    app: Arc<App>, id: String, editor: Editor, reader: Reader, work: impl FnOnce(&App) -> Result<String, UploadError> + Send + 'static,
) -> Result<Response, WebError> {
    let wanted = id.clone();
    let changed = app.run(move |app| Ok(if own(app, &editor, &wanted)?.is_some() { work(app) } else { Err(UploadError::NotFound) }));
    match changed.await? {
        Ok(place) => Ok(go_to(&place)),
        Err(UploadError::NotFound) => Err(WebError::not_found(reader)),
        Err(problem) => again(app, reader, id, problem).await,
    }
}

/// A short answer for the script of uploads, with what went wrong in words.
fn plain(texts: &Texts, error: UploadError) -> Result<Response, WebError> {
    let offset = if let UploadError::WrongOffset { received } = &error { Some(*received) } else { None };
    let (status, text) = said(texts, error)?;
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(offset) = offset {
        response.headers_mut().insert("upload-offset", HeaderValue::from(offset));
    }
    Ok(response)
}

/// The largest file, for clients that ask first.
const MAX_SIZE: u64 = LARGEST;
