//! Pages are sent compressed to whoever takes that: on a slow line they arrive in a quarter of the time.
//!
//! Only to strangers, and never at the desk: who is signed in has secrets in the page (the tokens of forms), and next to words
//! that come from the address the length of a compressed page would tell them, letter by letter (BREACH).

use std::io::Write as _;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::assets::takes_gzip;
use super::error::WebError;
use super::visitor::Visitor;

/// A longer page is sent as it is: it would be held in memory twice for this.
const LONGEST: usize = 8 << 20;

/// Compresses the pages of strangers.
pub(super) async fn pages(request: Request, next: Next) -> Result<Response, WebError> {
    let has_secrets = request.extensions().get::<Visitor>().is_none_or(Visitor::has_secrets) || request.uri().path().starts_with("/desk");
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    let is_wanted = !has_secrets && request.method() == Method::GET && accepted.is_some_and(takes_gzip);
    let response = next.run(request).await;
    let is_short = response.body().size_hint().upper().is_some_and(|length| length <= LONGEST as u64);
    if is_wanted && is_short && is_drawn(response.headers()) { compressed(response).await } else { Ok(response) }
}

/// Whether an answer is a page of ours: originals that happen to be pages come in ranges, as they are.
fn is_drawn(said: &HeaderMap) -> bool {
    let is_page = said.get(header::CONTENT_TYPE).is_some_and(|mime| mime.as_bytes().starts_with(b"text/html"));
    is_page && !said.contains_key(header::CONTENT_ENCODING) && !said.contains_key(header::ACCEPT_RANGES)
}

async fn compressed(response: Response) -> Result<Response, WebError> {
    let (mut head, body) = response.into_parts();
    let page = to_bytes(body, LONGEST).await?;
    // The quickest setting: a better one costs more time than it saves on the line.
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 3), Compression::fast());
    encoder.write_all(&page)?;
    head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    head.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(head, Body::from(encoder.finish()?)))
}
