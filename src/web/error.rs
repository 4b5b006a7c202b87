//! What goes wrong becomes a page: strangers see little, the log sees all.

use askama::Template;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::links;
use super::page::{self, Page, Reader};
use super::texts::Texts;

/// Why there is no answer.
pub(crate) enum WebError {
    /// There is nothing here for this viewer. Whether it exists is not said.
    NotFound(Box<Reader>),
    /// What was here was erased by law; that it was is no secret.
    Gone(Box<Reader>),
    /// The same as not found, for programs.
    NotFoundJson,
    /// The same as gone, for programs.
    GoneJson,
    /// A form came from elsewhere, or from a page that stood open too long. Nothing was done.
    Forged(Box<Reader>),
    /// Only somebody who is signed in is answered here: the local address to come back to.
    SignIn(String),
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

    /// A form that is not believed.
    pub(crate) fn forged(reader: Reader) -> Self {
        Self::Forged(Box::new(reader))
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
            Self::NotFound(reader) => refusal(&reader, StatusCode::NOT_FOUND, "not-found-heading", "not-found-text"),
            Self::Gone(reader) => refusal(&reader, StatusCode::GONE, "gone-heading", "gone-text"),
            Self::Forged(reader) => refusal(&reader, StatusCode::FORBIDDEN, "forged-heading", "forged-text"),
            Self::SignIn(next) => {
                let place = links::with_query("/desk/sign-in", &[("next".to_owned(), next)]);
                (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
            }
            Self::GoneJson => (StatusCode::GONE, Json(json!({"error": "erased by law"}))).into_response(),
            Self::NotFoundJson => (StatusCode::NOT_FOUND, Json(json!({"error": "not found"}))).into_response(),
            Self::Internal(error) => {
                tracing::error!("a request failed: {error:#}");
                let html = message(Page::of(Texts::vietnamese()), "error-heading", "error-text");
                (StatusCode::INTERNAL_SERVER_ERROR, axum::response::Html(html)).into_response()
            }
        }
    }
}

fn refusal(reader: &Reader, status: StatusCode, heading: &str, text: &str) -> Response {
    let mut response = reader.answer(message(reader.bare_page(), heading, text));
    *response.status_mut() = status;
    response
}

fn message(page: Page, heading: &str, text: &str) -> String {
    let (heading, text) = (page.t.get(heading), page.t.get(text));
    page::draw(&Message { page, heading, text }).unwrap_or_default()
}
