//! `/oembed?url=`: what other sites show of a record to which they link (oembed.com, version 1.0).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::app::App;
use super::cut;
use super::error::WebError;
use super::in_words::nfc;
use super::page::Reader;
use super::record::thumbnail;

/// So many seconds what is told may be kept: a withdrawal must be felt.
const KEPT: u32 = 600;

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    // The one other form that the specification knows.
    if !matches!(reader.parameter("format"), "" | "json") {
        return Ok(StatusCode::NOT_IMPLEMENTED.into_response());
    }
    let told = app.run(move |app| told(app, &reader)).await?;
    told.map(|told| Json(told).into_response()).ok_or(WebError::NotFoundJson)
}

fn told(app: &App, reader: &Reader) -> anyhow::Result<Option<Value>> {
    let origin = reader.visitor.origin();
    let asked = reader.parameter("url").strip_prefix(&origin).and_then(|path| path.strip_prefix("/r/"));
    let id = asked.map(|path| path.split(['?', '#', '/']).next().unwrap_or_default());
    let Some(id) = id else { return Ok(None) };
    let Some(record) = app.record_with_files(&reader.visitor.viewer, id)? else { return Ok(None) };
    let part = asked.and_then(|path| path.strip_prefix(id)?.strip_prefix("/cut?"));
    let part = part.map(|query| cut::told(app, reader, &record, query)).transpose()?;
    let mut told = json!({"version": "1.0", "type": "link", "title": nfc(&record.title_in(reader.texts.language())),
        "provider_name": app.archive.settings().archive.name, "provider_url": format!("{origin}/"), "cache_age": KEPT});
    let most = |side: &str| reader.parameter(side).parse::<u32>().unwrap_or(u32::MAX);
    if let Some(part) = part {
        // A part that is not there is not told as if it were the whole.
        let Some(Value::Object(part)) = part else { return Ok(None) };
        let fits = |side: &str, most: u32| part.get(side).and_then(Value::as_u64).is_some_and(|length| length <= u64::from(most));
        if fits("width", most("maxwidth")) && fits("height", most("maxheight")) {
            told.as_object_mut().into_iter().for_each(|told| told.extend(part.clone()));
        } else {
            told["title"] = part.get("title").cloned().unwrap_or_default();
        }
        return Ok(Some(told));
    }
    let picture = record.files.first().and_then(|file| thumbnail(app, file, String::new()));
    // A larger picture than was asked for is worse than none.
    if let Some(picture) = picture.filter(|picture| picture.width <= most("maxwidth") && picture.height <= most("maxheight")) {
        let src = format!("{origin}{}", picture.src);
        told["thumbnail_url"] = json!(src);
        told["thumbnail_width"] = json!(picture.width);
        told["thumbnail_height"] = json!(picture.height);
        if record.kind.as_str() == "image" {
            told["type"] = json!("photo");
            told["url"] = json!(src);
            told["width"] = json!(picture.width);
            told["height"] = json!(picture.height);
        }
    }
    Ok(Some(told))
}
