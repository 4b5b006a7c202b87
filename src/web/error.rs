//! What goes wrong becomes a page: strangers see little, the log sees all.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::page::{self, Page, Reader};
use super::texts::Texts;

/// Why there is no answer.
pub(crate) enum WebError {
    /// There is nothing here for this viewer. Whether it exists is not said.
    NotFound(Box<Reader>),
    /// The same, for programs.
    NotFoundJson,
    /// Something of ours failed.
    Internal(anyhow::Error),
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    page: Page,
    heading: String,
    text: String,
}

impl WebError {
    /// There is nothing here for this viewer.
    pub(crate) fn not_found(reader: Reader) -> Self {
        Self::NotFound(Box::new(reader))
    }
}

impl<E: Into<anyhow::Error>> From<E> for WebError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound(reader) => {
                let html = message(reader.bare_page(), "not-found-heading", "not-found-text");
                let mut response = reader.answer(html);
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            Self::NotFoundJson => (StatusCode::NOT_FOUND, Json(json!({"error": "not found"}))).into_response(),
            Self::Internal(error) => {
                tracing::error!("a request failed: {error:#}");
                let page = Page {
                    t: Texts::vietnamese(),
                    language: "vi".to_owned(),
                    other_language: "en".to_owned(),
                    switch_href: "?lang=en".to_owned(),
                    query: String::new(),
                    kinds: Vec::new(),
                };
                let html = message(page, "error-heading", "error-text");
                (StatusCode::INTERNAL_SERVER_ERROR, axum::response::Html(html)).into_response()
            }
        }
    }
}

fn message(page: Page, heading: &str, text: &str) -> String {
    let (heading, text) = (page.t.get(heading), page.t.get(text));
    page::draw(&Message { page, heading, text }).unwrap_or_default()
}
