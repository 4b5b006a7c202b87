//! `/desk/lookup?q=…&to=practice,place`: records by name while somebody types, for the script of forms.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::private;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::page::Reader;
use crate::web::visitor::Editor;

/// How many are offered.
const MOST: usize = 12;

pub(crate) async fn show(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let found = app.run(move |app| {
        let kinds: Vec<&str> = reader.parameter("to").split(',').map(str::trim).filter(|kind| !kind.is_empty()).collect();
        let mut offers = Vec::new();
        for id in app.archive.catalogue().names_like(&kinds, reader.parameter("q"), MOST)? {
            let Some(record) = app.record(&reader.visitor.viewer, &id.to_string())? else { continue };
            let code = record.fields.get("code").and_then(Value::as_str);
            let title = record.title_in(reader.texts.language());
            offers.push(json!({"id": id, "title": title, "kind": record.kind, "code": code}));
        }
        Ok(offers)
    });
    Ok(private(Json(found.await?).into_response()))
}
