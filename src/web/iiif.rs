//! IIIF: records as other people's viewers and catalogues read them.
//!
//! Whoever asks is judged as on every page: a manifest names what this visitor may see, and a thing that is closed to them
//! answers like one that does not exist.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use kho_archive::record::{Record, RecordId, Text};
use serde_json::{Map, Value, json};

use super::app::{App, Gone};
use super::error::WebError;
use super::in_words::nfc;
use super::media;
use super::page::Reader;
use super::texts::Texts;

pub(super) mod collection;
pub(super) mod discovery;
pub(super) mod image;
pub(super) mod presentation;
pub(super) mod search;

/// The contexts by which programs know what the words of an answer mean.
pub(super) const PRESENTATION: &str = "http://iiif.io/api/presentation/3/context.json";

pub(super) const DISCOVERY: &str = "http://iiif.io/api/discovery/1/context.json";
pub(super) const SEARCH: &str = "http://iiif.io/api/search/2/context.json";

/// The kinds of records that are seen or heard.
pub(super) const MEDIA: [&str; 4] = ["image", "film", "sound", "document"];

/// An answer that is made of one record.
pub(super) struct Form {
    /// Makes it; `None` if there is nothing of this kind for the visitor.
    pub(super) make: fn(&App, &Reader, &Record) -> anyhow::Result<Option<Value>>,
    /// How the audit names it.
    pub(super) how: &'static str,
    /// Where it is, of a record.
    pub(super) address: fn(RecordId) -> String,
    /// The context of the answer.
    pub(super) context: &'static str,
}

/// Answers with a record in one form, or leads on to the record that took it up.
pub(super) async fn give(app: Arc<App>, id: String, reader: Reader, headers: &HeaderMap, form: &'static Form) -> Result<Response, WebError> {
    let made = app.run(move |app| {
        Ok(match app.gone(&reader.visitor.viewer, &id)? {
            Some(Gone::Erased) => Err(WebError::GoneJson),
            Some(Gone::Into(heir)) => Ok(Err((form.address)(heir))),
            None => {
                let record = app.give_record(&reader.visitor, &id, form.how)?;
                let made = record.map(|record| (form.make)(app, &reader, &record)).transpose()?.flatten();
                made.map(Ok).ok_or(WebError::NotFoundJson)
            }
        })
    });
    match made.await?? {
        Ok(made) => Ok(answer(headers, form.context, &made)?),
        Err(heir) => Ok(Redirect::permanent(&heir).into_response()),
    }
}

/// Answers with what is made for a visitor, without a record.
pub(super) async fn give_list(
    app: Arc<App>, reader: Reader, headers: &HeaderMap, context: &str,
    make: impl FnOnce(&App, &Reader) -> anyhow::Result<Option<Value>> + Send + 'static,
) -> Result<Response, WebError> {
    match app.run(move |app| make(app, &reader)).await? {
        Some(made) => Ok(answer(headers, context, &made)?),
        None => Err(WebError::NotFoundJson),
    }
}

/// Answers with linked data, which is sent again only when it has changed. It is asked for each time: a withdrawal must be felt.
pub(super) fn answer(headers: &HeaderMap, context: &str, made: &Value) -> anyhow::Result<Response> {
    let bytes = serde_json::to_vec(made)?;
    let etag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    if media::is_known(headers, &etag) {
        return media::not_modified(&etag);
    }
    let mut response = Response::new(Body::from(bytes));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_str(&content_type(headers, context))?);
    answer.insert(header::ETAG, HeaderValue::from_str(&etag)?);
    Ok(response)
}

/// The media type that IIIF names, unless somebody asks for plain JSON.
fn content_type(headers: &HeaderMap, context: &str) -> String {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let wants_plain = !accepted.contains("ld+json") && ["application/json", "text/html"].iter().any(|plain| accepted.contains(plain));
    if wants_plain { "application/json".to_owned() } else { format!("application/ld+json;profile=\"{context}\"") }
}

/// Returns a message in both languages of the viewer, as a language map.
pub(super) fn in_both(say: impl Fn(&Texts) -> String) -> Value {
    let said = [Texts::vietnamese(), Texts::english()].map(|texts| (texts.language().to_owned(), json!([say(&texts)])));
    Value::Object(said.into_iter().collect())
}

/// Returns a text of a record as a language map; `None` if it says nothing.
pub(super) fn text_map(text: &Text) -> Option<Value> {
    let map: Map<String, Value> = text.iter().map(|(language, words)| (language.clone(), json!([nfc(words)]))).collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

/// Returns what has no language, as a language map.
pub(super) fn unspoken(words: &str) -> Value {
    json!({"none": [words]})
}

/// Returns what a record is called; one whose title is closed is called by its identifier.
pub(super) fn title(record: &Record) -> Value {
    text_map(&record.title).unwrap_or_else(|| unspoken(&record.id.grouped()))
}
