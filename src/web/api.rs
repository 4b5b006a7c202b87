//! For programs: `/api/search`, `/api/records/ID`, `/r/ID.json` (JSON-LD), described at `/api/openapi.json`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use kho_archive::record::{Record, RecordId, Role};
use kho_index::FACETS;
use serde_json::{Value, json};

use super::app::{App, Gone};
use super::error::WebError;
use super::iiif::presentation;
use super::in_words;
use super::page::Reader;
use super::search::{Asked, Values};
use super::visitor::Visitor;
use crate::derivative::{State as Made, THUMBNAIL};
use crate::view;

/// What the API offers, for programs that read descriptions of others (OpenAPI 3.1).
const DESCRIPTION: &str = include_str!("../../assets/openapi.json");

/// How many hits the API gives at most, and how many values of a property.
const MOST: usize = 100;

pub(crate) async fn search(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let answer = app
        .run(move |app| {
            let began = Instant::now();
            let limit = reader.parameter("limit").parse().unwrap_or(20).clamp(1, MOST);
            let counted: Vec<String> = match reader.parameter("facets") {
                "" => vec!["kind".to_owned()],
                "all" => FACETS.map(str::to_owned).into(),
                names => names.split(',').filter(|name| kho_index::is_facet(name)).map(str::to_owned).collect(),
            };
            let mut answer = app.search(&reader.visitor.viewer, &Asked::of(&reader).question(limit, counted))?;
            answer.facets.iter_mut().for_each(|facet| facet.values.truncate(MOST));
            let values = Values::of(app, &reader);
            let label = |facet: &str, value: &str| values.label(facet, value).unwrap_or_else(|| value.to_owned());
            view::search_json((&app.archive, &reader.visitor.viewer), &answer, began.elapsed(), &label)
        })
        .await?;
    Ok(Json(answer).into_response())
}

/// `/api/openapi.json`
pub(crate) async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=600")], DESCRIPTION).into_response()
}

/// What somebody may be about to type.
pub(crate) async fn suggest(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let offers = app.run(move |app| {
        let count = reader.parameter("limit").parse().unwrap_or(8).clamp(1, 20);
        app.suggest(&reader.visitor.viewer, reader.parameter("q"), count)
    });
    Ok(Json(offers.await?).into_response())
}

pub(crate) async fn record(State(app): State<Arc<App>>, Path(id): Path<String>, visitor: Visitor) -> Result<Response, WebError> {
    give(app, id, visitor, |_, record| public_record(record), |heir| format!("/api/records/{heir}")).await
}

pub(crate) async fn json_ld(app: Arc<App>, id: String, visitor: Visitor) -> Result<Response, WebError> {
    give(app, id, visitor, linked_data, |heir| format!("/r/{heir}.json")).await
}

/// Gives a record in one form, or leads on to the one that took it up.
async fn give(
    app: Arc<App>, id: String, visitor: Visitor, form: fn(&App, &Record) -> anyhow::Result<Value>, address: fn(RecordId) -> String,
) -> Result<Response, WebError> {
    let found = app.run(move |app| {
        Ok(match app.gone(&visitor.viewer, &id)? {
            Some(Gone::Erased) => Err(WebError::GoneJson),
            Some(Gone::Into(heir)) => Ok(Redirect::permanent(&address(heir)).into_response()),
            None => {
                let record = app.give_record(&visitor, &id, "json")?.map(|record| form(app, &record)).transpose()?;
                record.map(|record| Json(record).into_response()).ok_or(WebError::NotFoundJson)
            }
        })
    });
    found.await?
}

/// A record without what is only for archivists: where it lay on whose disk.
fn public_record(record: &Record) -> anyhow::Result<Value> {
    let mut json = serde_json::to_value(record)?;
    if let Some(fields) = json.as_object_mut() {
        fields.remove("accession");
    }
    for (place, file) in record.files.iter().enumerate() {
        let names: Vec<Value> = file.paths.iter().map(|found| json!({"name": in_words::file_name(&found.name)})).collect();
        json["files"][place]["paths"] = Value::Array(names);
    }
    Ok(json)
}

/// A record in the words of schema.org.
pub(super) fn linked_data(app: &App, record: &Record) -> anyhow::Result<Value> {
    let model = app.archive.catalogue().model()?;
    let by_model = || model.kind(record.kind.as_str()).and_then(|kind| kind.about.schema_org.as_deref());
    let kind = match record.kind.as_str() {
        "image" => "ImageObject",
        "film" => "VideoObject",
        "sound" => "AudioObject",
        "document" => "DigitalDocument",
        _ => by_model().unwrap_or("CreativeWork"),
    };
    let texts = |texts: &kho_archive::record::Text| -> Vec<Value> {
        texts.iter().map(|(language, text)| json!({"@language": language, "@value": text})).collect()
    };
    let mut linked = json!({"@context": "https://schema.org", "@type": kind, "@id": format!("/r/{}", record.id),
        "identifier": record.id, "name": texts(&record.title)});
    if !record.description.is_empty() {
        linked["description"] = Value::Array(texts(&record.description));
    }
    if let Some(rights) = presentation::rights(record) {
        linked["license"] = json!(rights);
    }
    if let Some(original) = record.files.iter().find(|file| file.role == Role::original()) {
        let facts = &original.technical;
        linked["contentUrl"] = json!(format!("/media/{}", original.digest));
        linked["contentSize"] = json!(original.size.to_string());
        linked["sha256"] = json!(original.sha256);
        if app.derivatives.state(&original.digest, THUMBNAIL) == Made::Made {
            linked["thumbnailUrl"] = json!(format!("/derived/{}/thumbnail", original.digest));
        }
        let known = [
            ("encodingFormat", facts.mime.clone().map(Value::from)),
            ("width", facts.width.map(Value::from)),
            ("height", facts.height.map(Value::from)),
            ("dateCreated", facts.taken.clone().map(Value::from)),
            ("duration", facts.duration_s.map(|seconds| json!(format!("PT{seconds}S")))),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                linked[name] = value;
            }
        }
    }
    Ok(linked)
}
