//! The server's side of tus 1.0: making place for a file, sending a piece, asking how much came, giving it up.
//!
//! Each request carries the token of the delivery's page in `Kho-Guard`: no other page can send it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use http_body_util::BodyExt as _;

use super::{MAX_SIZE, own, plain};
use crate::uploads::{Receiving, UploadError, Wanted};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard;
use crate::web::page::Reader;
use crate::web::visitor::Editor;

/// The version of the protocol.
const VERSION: &str = "1.0.0";

/// A link that says nothing for so long is broken. The file is free again for whoever goes on.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes are written in pieces of at least this length, but for the last.
const PIECE: usize = 256 << 10;

/// What the server can do. Tells nothing of any delivery.
pub(crate) async fn options(_editor: Editor) -> Response {
    let mut response = answer(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert("tus-version", HeaderValue::from_static(VERSION));
    headers.insert("tus-extension", HeaderValue::from_static("creation,termination"));
    headers.insert("tus-max-size", HeaderValue::from(MAX_SIZE));
    response
}

/// Makes place for a file.
pub(crate) async fn create(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    if let Some(refusal) = refused(&app, &id, editor, &reader, (Method::POST, &headers)).await? {
        return Ok(refusal);
    }
    let Some(size) = number(&headers, "upload-length") else { return Ok(answer(StatusCode::BAD_REQUEST)) };
    let metadata = metadata(&headers);
    let path = metadata.iter().find(|(name, _)| name == "filename").map(|(_, value)| value.clone()).unwrap_or_default();
    let modified = metadata.iter().find(|(name, _)| name == "modified").and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok());
    let created = work(&app, &id, move |app, id| app.uploads.create(id, &Wanted { path: &path, size: Some(size), modified })).await;
    match created {
        Ok(file) => {
            let mut response = answer(StatusCode::CREATED);
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&format!("/desk/upload/{id}/files/{file}"))?);
            Ok(response)
        }
        Err(error) => plain(&reader.texts, error),
    }
}

/// Tells how much of a file is here.
pub(crate) async fn state(
    State(app): State<Arc<App>>, Path((id, file)): Path<(String, String)>, editor: Editor, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    if let Some(refusal) = refused(&app, &id, editor, &reader, (Method::HEAD, &headers)).await? {
        return Ok(refusal);
    }
    match work(&app, &id, move |app, id| app.uploads.state(id, &file)).await {
        Ok((received, size)) => {
            let mut response = answer(StatusCode::OK);
            response.headers_mut().insert("upload-offset", HeaderValue::from(received));
            if let Some(size) = size {
                response.headers_mut().insert("upload-length", HeaderValue::from(size));
            }
            Ok(response)
        }
        Err(error) => plain(&reader.texts, error),
    }
}

/// Takes a piece. What came before a link broke is kept.
pub(crate) async fn send(
    State(app): State<Arc<App>>, Path((id, file)): Path<(String, String)>, editor: Editor, reader: Reader, headers: HeaderMap, body: Body,
) -> Result<Response, WebError> {
    if let Some(refusal) = refused(&app, &id, editor, &reader, (Method::PATCH, &headers)).await? {
        return Ok(refusal);
    }
    let is_piece = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/offset+octet-stream");
    if !is_piece {
        return Ok(answer(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Some(offset) = number(&headers, "upload-offset") else { return Ok(answer(StatusCode::BAD_REQUEST)) };
    match receive(&app, &id, &file, offset, body).await {
        Ok(received) => {
            let mut response = answer(StatusCode::NO_CONTENT);
            response.headers_mut().insert("upload-offset", HeaderValue::from(received));
            Ok(response)
        }
        Err(error) => plain(&reader.texts, error),
    }
}

/// Gives a file up.
pub(crate) async fn give_up(
    State(app): State<Arc<App>>, Path((id, file)): Path<(String, String)>, editor: Editor, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    if let Some(refusal) = refused(&app, &id, editor, &reader, (Method::DELETE, &headers)).await? {
        return Ok(refusal);
    }
    match work(&app, &id, move |app, id| app.uploads.remove(id, &file)).await {
        Ok(()) => Ok(answer(StatusCode::NO_CONTENT)),
        Err(error) => plain(&reader.texts, error),
    }
}

async fn receive(app: &Arc<App>, id: &str, file: &str, offset: u64, mut body: Body) -> Result<u64, UploadError> {
    let mut receiving = open(app, id, file, offset).await?;
    let mut waiting = Vec::new();
    let mut is_whole = false;
    while !is_whole {
        match tokio::time::timeout(SILENCE, body.frame()).await {
            Ok(Some(Ok(frame))) => waiting.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            // The link broke, or is silent: what came is kept.
            Ok(Some(Err(_)) | None) | Err(_) => is_whole = true,
        }
        if waiting.len() >= PIECE || is_whole {
            receiving = append(receiving, std::mem::take(&mut waiting).into()).await?;
        }
    }
    settle(receiving).await
}

/// Opens a file of a delivery that goes on at `offset`.
pub(super) async fn open(app: &Arc<App>, id: &str, file: &str, offset: u64) -> Result<Receiving, UploadError> {
    let file = file.to_owned();
    work(app, id, move |app, id| app.uploads.receive(id, &file, offset)).await
}

/// Writes a piece outside the threads that serve the network.
pub(super) async fn append(mut receiving: Receiving, piece: Bytes) -> Result<Receiving, UploadError> {
    blocking(move || receiving.write(&piece).map(|()| receiving)).await
}

/// Makes what came durable; returns how much is here.
pub(super) async fn settle(receiving: Receiving) -> Result<u64, UploadError> {
    blocking(move || receiving.settle()).await
}

/// Does something with a delivery outside the threads that serve the network.
pub(super) async fn work<T: Send + 'static>(
    app: &Arc<App>, id: &str, work: impl FnOnce(&App, &str) -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    let (app, id) = (Arc::clone(app), id.to_owned());
    blocking(move || work(&app, &id)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, UploadError> + Send + 'static) -> Result<T, UploadError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(UploadError::Io(std::io::Error::other(error))))
}

/// Refuses what is forged, what speaks another version, and what is of others; the last looks as if it were not there.
async fn refused(
    app: &Arc<App>, id: &str, editor: Editor, reader: &Reader, (method, headers): (Method, &HeaderMap),
) -> Result<Option<Response>, WebError> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A question changes nothing, and browsers do not always say where one comes from.
    let is_ours = method == Method::HEAD || guard::is_ours(headers, &reader.visitor);
    if !is_ours || !reader.visitor.admits(&format!("/desk/upload/{id}"), said("kho-guard")) {
        return Err(WebError::forged(reader.clone()));
    }
    let wanted = id.to_owned();
    if app.run(move |app| own(app, &editor, &wanted)).await?.is_none() {
        return Err(WebError::not_found(reader.clone()));
    }
    if said("tus-resumable") != VERSION {
        let mut response = answer(StatusCode::PRECONDITION_FAILED);
        response.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
        return Ok(Some(response));
    }
    Ok(None)
}

fn answer(status: StatusCode) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// Reads `Upload-Metadata`: names, each with a value in Base64, parted by commas. Values are bytes.
fn metadata(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let said = headers.get("upload-metadata").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pair = |pair: &str| {
        let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        Some((name.to_owned(), STANDARD_PAD_INDIFFERENT.decode(value.trim()).ok()?))
    };
    said.split(',').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_names_and_bytes() {
        let mut headers = HeaderMap::new();
        headers.insert("upload-metadata", HeaderValue::from_static("filename xJHDsy5qcGc, modified MTIz,raw 7g==,empty,broken Zm9v!"));
        let read = metadata(&headers);
        let bytes = |text: &str| text.as_bytes().to_vec();
        assert_eq!(
            read,
            [
                ("filename".to_owned(), bytes("đó.jpg")),
                ("modified".to_owned(), bytes("123")),
                ("raw".to_owned(), vec![0xee]),
                ("empty".to_owned(), Vec::new())
            ]
        );
    }
}
