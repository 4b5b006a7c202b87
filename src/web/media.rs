//! `/media/…` and `/derived/…`: bytes, as access allows.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::channel::{Channel, Sender};
use http_range_header::parse_range_header;
use kho_archive::digest::Digest;
use kho_archive::record::File;
use kho_archive::store::StoreError;
use tokio::runtime::Handle;

use super::app::App;
use super::error::WebError;
use super::in_words::file_name;
use super::links;
use super::page::Reader;
use super::visitor::Visitor;
use crate::derivative::reading;
use crate::derivative::{COPY, COPY_WEBM, PAGE, Recipe, SMALL_PAGE, STORYBOARD, State as Made, TEXT, THUMBNAIL, WAVEFORM};
use crate::media::transcript::Cue;
use crate::media::{MediaKind, kind_of};
use crate::spoken;

/// Bytes read and sent at a time.
const PIECE: usize = 128 * 1024;

/// So many pieces wait to be sent.
const ROOM: usize = 2;

/// A withdrawal must be felt: after ten minutes at most, browsers ask again.
pub(super) const CACHING: HeaderValue = HeaderValue::from_static("max-age=600, must-revalidate");

/// Originals come from strangers: whatever they are, they run nothing in our origin.
const INERT: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'self'; sandbox");

/// The same for PDF, which browsers only show outside a sandbox.
const INERT_PDF: HeaderValue = HeaderValue::from_static("default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'");

/// What was made of a content: the bytes, their media type and their ETag.
type Derived = (Vec<u8>, &'static str, String);

/// An original that may be given.
struct Original {
    digest: Digest,
    size: u64,
    mime: String,
    name: String,
}

/// Bytes that are streamed, of which a part can be asked for.
struct Streamed {
    source: Source,
    size: u64,
    etag: String,
}

/// Where they come from.
#[derive(Clone)]
enum Source {
    /// An original.
    Blob(Digest),
    /// Something that was made of one.
    Made(PathBuf),
}

pub(crate) async fn original(app: State<Arc<App>>, Path(digest): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    send_original(app.0, digest, reader, headers).await
}

/// The name in the address is only there for people who look at addresses.
pub(crate) async fn original_with_name(
    app: State<Arc<App>>, Path((digest, _name)): Path<(String, String)>, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    send_original(app.0, digest, reader, headers).await
}

pub(crate) async fn derived(
    State(app): State<Arc<App>>, Path((digest, recipe)): Path<(String, String)>, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    if recipe == COPY.name {
        return send_copy(app, digest, reader, headers).await;
    }
    if let Some(page) = page_named(&recipe) {
        draw_page(&app, &digest, page, &reader.visitor).await?;
    }
    let visitor = reader.visitor.clone();
    let wanted = digest.clone();
    let made = app.run(move |app| find_derived(app, &visitor, &wanted, &recipe)).await?;
    let Some((bytes, mime, etag)) = made else { return Err(app.missing(reader, digest).await) };
    if is_known(&headers, &etag) {
        return Ok(not_modified(&etag)?);
    }
    let mut response = Response::new(Body::from(bytes));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    answer.insert(header::ETAG, HeaderValue::from_str(&etag)?);
    answer.insert(header::CACHE_CONTROL, CACHING);
    Ok(response)
}

/// The page that a name asks for, such as `page-2` or `page-2-small`.
fn page_named(name: &str) -> Option<Recipe> {
    let number = name.strip_prefix("page-")?;
    let (number, recipe) = number.strip_suffix("-small").map_or((number, PAGE), |number| (number, SMALL_PAGE));
    number.parse().ok().filter(|number| *number > 0).map(|page| Recipe { page, ..recipe })
}

/// Draws a page of a document that nobody has turned to yet, if the visitor may have the document.
async fn draw_page(app: &Arc<App>, digest: &str, page: Recipe, visitor: &Visitor) -> anyhow::Result<()> {
    let Ok(digest) = digest.parse::<Digest>() else { return Ok(()) };
    if app.derivatives.state(&digest, page) != Made::Absent {
        return Ok(());
    }
    let viewer = visitor.viewer.clone();
    // Nobody waits for a turn with what is not theirs: not even the waiting tells that there is something.
    let file = app.run(move |app| if app.may_have(&viewer, &digest)? { file_of(app, &digest) } else { Ok(None) }).await?;
    let Some(file) = file else { return Ok(()) };
    let turn = Arc::clone(&app.pages).acquire_owned().await?;
    app.run(move |app| {
        // The drawing keeps its turn even if whoever asked goes away.
        let _turn = turn;
        app.maker().make(&file, page)?;
        // It may have been erased by law while it was being drawn.
        app.catch_up()?;
        if app.archive.catalogue().erased_on(&digest)?.is_some() {
            app.derivatives.forget(&digest)?;
        }
        Ok(())
    })
    .await
}

async fn send_original(app: Arc<App>, digest: String, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    let visitor = reader.visitor.clone();
    let wanted = digest.clone();
    let found = app.run(move |app| find_original(app, &visitor, &wanted)).await?;
    let Some(original) = found else { return Err(app.missing(reader, digest).await) };
    let streamed = Streamed { source: Source::Blob(original.digest), size: original.size, etag: format!("\"{}\"", original.digest) };
    let mut response = send(&app, &streamed, &headers)?;
    if response.status().is_success() {
        describe(response.headers_mut(), &original)?;
    }
    Ok(response)
}

/// Gives the access copy of a recording.
async fn send_copy(app: Arc<App>, digest: String, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    let visitor = reader.visitor.clone();
    let wanted = digest.clone();
    let Some((streamed, mime)) = app.run(move |app| find_copy(app, &visitor, &wanted)).await? else {
        return Err(app.missing(reader, digest).await);
    };
    let mut response = send(&app, &streamed, &headers)?;
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    }
    Ok(response)
}

/// Returns an access copy, if it was made and the viewer may have it whole; all failures look the same.
fn find_copy(app: &App, visitor: &Visitor, digest: &str) -> anyhow::Result<Option<(Streamed, &'static str)>> {
    let Ok(digest) = digest.parse::<Digest>() else { return Ok(None) };
    let Some(file) = admitted_file(app, visitor, &digest, COPY.name)? else { return Ok(None) };
    let Some((path, recipe)) = app.derivatives.copy(&digest) else { return Ok(None) };
    let size = std::fs::metadata(&path)?.len();
    let etag = format!("\"{digest}-{}-{}\"", recipe.name, recipe.version);
    Ok(Some((Streamed { source: Source::Made(path), size, etag }, copy_type(&file, recipe))))
}

/// The media type of an access copy.
pub(super) fn copy_type(file: &File, recipe: Recipe) -> &'static str {
    match kind_of(file.technical.mime.as_deref().unwrap_or_default()) {
        _ if recipe == COPY_WEBM => "video/webm",
        MediaKind::Sound => "audio/mp4",
        _ => "video/mp4",
    }
}

/// Answers with all of the bytes or with the part that is asked for; what they are is for the caller to say.
fn send(app: &Arc<App>, streamed: &Streamed, headers: &HeaderMap) -> anyhow::Result<Response> {
    if is_known(headers, &streamed.etag) {
        return not_modified(&streamed.etag);
    }
    let asked = asked_range(headers, &streamed.etag, streamed.size);
    let range = match &asked {
        Asked::All => 0..streamed.size,
        Asked::Part(range) => range.clone(),
        Asked::Impossible => return impossible(streamed.size),
    };
    let mut response = Response::new(stream(app, streamed.source.clone(), range.clone()));
    let answer = response.headers_mut();
    answer.insert(header::ETAG, HeaderValue::from_str(&streamed.etag)?);
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::CACHE_CONTROL, CACHING);
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if let Asked::Part(range) = asked {
        let part = format!("bytes {}-{}/{}", range.start, range.end - 1, streamed.size);
        answer.insert(header::CONTENT_RANGE, HeaderValue::from_str(&part)?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Returns an original if it exists and the viewer may have it; all failures look the same.
fn find_original(app: &App, visitor: &Visitor, digest: &str) -> anyhow::Result<Option<Original>> {
    let Ok(digest) = digest.parse::<Digest>() else { return Ok(None) };
    let Some(file) = admitted_file(app, visitor, &digest, "original")? else { return Ok(None) };
    if app.archive.store().size(&digest)?.is_none() {
        tracing::error!(%digest, "a blob is missing; run `kho verify`");
        return Ok(None);
    }
    let name = file.paths.first().map_or_else(|| digest.to_string(), |found| file_name(&found.name).to_owned());
    let mime = file.technical.mime.unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(Some(Original { digest, size: file.size, mime, name }))
}

/// Returns what the records say of a content that is about to be given to the visitor, if it may be.
fn admitted_file(app: &App, visitor: &Visitor, digest: &Digest, how: &str) -> anyhow::Result<Option<File>> {
    if app.give_bytes(visitor, digest, how)? { file_of(app, digest) } else { Ok(None) }
}

/// Returns what the records say of a content.
pub(super) fn file_of(app: &App, digest: &Digest) -> anyhow::Result<Option<File>> {
    for id in app.archive.catalogue().holders(digest)? {
        let record = app.archive.catalogue().record(id)?;
        if let Some(file) = record.and_then(|record| record.files.into_iter().find(|file| file.digest == *digest)) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn find_derived(app: &App, visitor: &Visitor, digest: &str, recipe: &str) -> anyhow::Result<Option<Derived>> {
    let Ok(digest) = digest.parse::<Digest>() else { return Ok(None) };
    if let Some(page) = page_named(recipe) {
        let is_admitted = admitted_file(app, visitor, &digest, PAGE.name)?.is_some();
        return if is_admitted { picture(app, &digest, page, "image/jpeg") } else { Ok(None) };
    }
    // Only names that are ours are written down.
    let Some(how) = ["thumbnail", "storyboard", "waveform", "captions"].into_iter().find(|known| *known == recipe) else { return Ok(None) };
    if how == "captions" {
        return captions(app, visitor, &digest);
    }
    if admitted_file(app, visitor, &digest, how)?.is_none() {
        return Ok(None);
    }
    match how {
        "thumbnail" => picture(app, &digest, THUMBNAIL, "image/jpeg"),
        "storyboard" => picture(app, &digest, STORYBOARD, "image/jpeg"),
        "waveform" => picture(app, &digest, WAVEFORM, "image/svg+xml"),
        _ => Ok(None),
    }
}

/// The timed words of a file, but for those of minutes that the visitor may not hear.
fn captions(app: &App, visitor: &Visitor, digest: &Digest) -> anyhow::Result<Option<Derived>> {
    let Some(hidden) = app.give_some(visitor, digest, "captions")? else { return Ok(None) };
    let Some(file) = file_of(app, digest)? else { return Ok(None) };
    let all = reading::of(&app.derivatives, &file).map(|reading| reading.cues).unwrap_or_default();
    let cues = spoken::without(all, &hidden);
    if cues.is_empty() {
        return Ok(None);
    }
    let text = web_vtt(&cues);
    let part = if hidden.is_empty() { String::new() } else { format!("-{}", &blake3::hash(text.as_bytes()).to_hex()[..16]) };
    let etag = format!("\"{digest}-captions-{}{part}\"", TEXT.version);
    Ok(Some((text.into_bytes(), WEB_VTT, etag)))
}

fn picture(app: &App, digest: &Digest, recipe: Recipe, mime: &'static str) -> anyhow::Result<Option<Derived>> {
    match std::fs::read(app.derivatives.path(digest, recipe)) {
        Ok(bytes) => Ok(Some((bytes, mime, format!("\"{digest}-{}-{}.{}\"", recipe.name, recipe.version, recipe.page)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The media type of captions.
pub(super) const WEB_VTT: &str = "text/vtt; charset=utf-8";

/// Writes cues as WebVTT, the only form of captions that browsers read.
pub(super) fn web_vtt(cues: &[Cue]) -> String {
    let time = |seconds: f64| {
        let ms = (seconds * 1000.0).round() as u64;
        format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    };
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = "WEBVTT\n".to_owned();
    for cue in cues {
        text += &format!("\n{} --> {}\n{}\n", time(cue.start), time(cue.end), safe(&cue.text).replace("\n\n", "\n"));
    }
    text
}

fn describe(answer: &mut HeaderMap, original: &Original) -> anyhow::Result<()> {
    let is_pdf = original.mime == "application/pdf";
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_str(&content_type(&original.mime))?);
    answer.insert(header::CONTENT_SECURITY_POLICY, if is_pdf { INERT_PDF } else { INERT });
    answer.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition(original))?);
    Ok(())
}

/// Text is shown as text, HTML included; the encoding is for the browser to find out unless it is sure.
fn content_type(mime: &str) -> String {
    match mime {
        "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" => "text/plain".to_owned(),
        "text/x-vtt" => "text/vtt".to_owned(),
        other => other.to_owned(),
    }
}

/// The original name in both encodings (RFC 6266): plain ASCII for old programs, UTF-8 for the others.
/// What browsers do not show by themselves is downloaded.
fn disposition(original: &Original) -> String {
    let is_shown = ["image/", "video/", "audio/", "text/"].iter().any(|family| original.mime.starts_with(family));
    let how = if is_shown || original.mime == "application/pdf" { "inline" } else { "attachment" };
    let is_plain = |character: &char| character.is_ascii_alphanumeric() || " ._-()".contains(*character);
    let ascii: String = original.name.chars().map(|character| if is_plain(&character) { character } else { '_' }).collect();
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", links::part(&original.name))
}

/// Which bytes are asked for.
enum Asked {
    All,
    Part(Range<u64>),
    Impossible,
}

/// Reads `Range` and `If-Range` (RFC 9110, section 14). Several ranges at once are answered with
/// everything, which the RFC allows.
fn asked_range(headers: &HeaderMap, etag: &str, size: u64) -> Asked {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(asked) = text(header::RANGE) else { return Asked::All };
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Asked::All;
    }
    let Ok(parsed) = parse_range_header(asked) else { return Asked::All };
    match parsed.validate(size).as_deref() {
        Ok([range]) => Asked::Part(*range.start()..*range.end() + 1),
        Ok(_) => Asked::All,
        Err(_) => Asked::Impossible,
    }
}

pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known.split(',').any(|known| matches!(known.trim().trim_start_matches("W/"), "*") || known.trim().trim_start_matches("W/") == etag)
    })
}

pub(super) fn not_modified(etag: &str) -> anyhow::Result<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(header::ETAG, HeaderValue::from_str(etag)?);
    response.headers_mut().insert(header::CACHE_CONTROL, CACHING);
    Ok(response)
}

fn impossible(size: u64) -> anyhow::Result<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    response.headers_mut().insert(header::CONTENT_RANGE, HeaderValue::from_str(&format!("bytes */{size}"))?);
    Ok(response)
}

/// Streams bytes: memory does not grow with its length, and a reader that goes away ends it.
fn stream(app: &Arc<App>, from: Source, range: Range<u64>) -> Body {
    let (sender, body) = Channel::<Bytes, std::io::Error>::new(ROOM);
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || match open(&app, &from, range) {
        Ok(source) => pour(source, sender),
        Err(error) => sender.abort(error),
    });
    Body::new(body)
}

/// Pours all of a source into an answer, on a thread that may wait.
///
/// The body looks for a piece first and then whether its sender is gone. A sender that goes between these two looks takes its last piece
/// with it: the visitor gets an answer without its end, or none at all. So pieces of nothing follow, for which there is room only
/// when all that came before was taken.
fn pour(mut source: impl Read, mut sender: Sender<Bytes, std::io::Error>) {
    let mut piece = vec![0; PIECE];
    let mut pieces_of_nothing = 0;
    while pieces_of_nothing < ROOM {
        let length = match source.read(&mut piece) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return sender.abort(error),
        };
        pieces_of_nothing += usize::from(length == 0);
        // Whoever asked is gone.
        if Handle::current().block_on(sender.send_data(Bytes::copy_from_slice(&piece[..length]))).is_err() {
            return;
        }
    }
}

fn open(app: &App, from: &Source, range: Range<u64>) -> std::io::Result<Box<dyn Read>> {
    match from {
        Source::Blob(digest) => app.archive.store().range(digest, range).map(|source| Box::new(source) as Box<dyn Read>).map_err(into_io),
        Source::Made(path) => {
            let mut file = std::fs::File::open(path)?;
            file.seek(SeekFrom::Start(range.start))?;
            Ok(Box::new(file.take(range.end - range.start)))
        }
    }
}

fn into_io(error: StoreError) -> std::io::Error {
    tracing::error!("a blob cannot be read: {error}");
    std::io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    /// Found under load: a range of ten bytes came without any, since its sender was gone before the body had looked twice.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_sender_stays_until_its_last_piece_was_taken() {
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(ROOM);
        let pouring = tokio::task::spawn_blocking(|| pour(&b"ten bytes!"[..], sender));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(!pouring.is_finished(), "gone while its piece is still to be taken");
        assert_eq!(body.collect().await.unwrap().to_bytes(), "ten bytes!");
        pouring.await.unwrap();
    }
}
