//! `/iiif/discovery/1/activities`: Change Discovery 1, level 2. What became of the manifests that everyone may see.
//!
//! Whoever asks is told what everyone is told: these pages are copied by harvesters.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kho_archive::catalogue::{Activity, Doing};
use serde_json::{Value, json};

use super::presentation::{self, put};
use super::{DISCOVERY, give_list};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::page::Reader;

/// So many things that happened make a page, though some of them are told no more.
const PER_PAGE: u64 = 100;

/// `/iiif/discovery/1/activities`: where the first page is, and the last.
pub(crate) async fn all(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give_list(app, reader, &headers, DISCOVERY, |app, reader| {
        let origin = reader.visitor.origin();
        let last = last_page(app)?;
        Ok(Some(json!({"@context": DISCOVERY, "id": address(&origin), "type": "OrderedCollection", "first": page_at(&origin, 0),
            "last": page_at(&origin, last)})))
    })
    .await
}

/// `/iiif/discovery/1/activities/N`: one page, the oldest first.
pub(crate) async fn page(State(app): State<Arc<App>>, Path(page): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give_list(app, reader.as_public(), &headers, DISCOVERY, move |app, reader| {
        let (number, last) = (page.parse::<u64>().ok(), last_page(app)?);
        number.filter(|number| *number <= last).map(|number| made(app, reader, number, last)).transpose()
    })
    .await
}

fn made(app: &App, reader: &Reader, number: u64, last: u64) -> anyhow::Result<Value> {
    let origin = reader.visitor.origin();
    let mut items = Vec::new();
    for activity in app.archive.catalogue().activities(number * PER_PAGE, PER_PAGE)? {
        if let Some(doing) = told(app, reader, &activity)? {
            let manifest = json!({"id": format!("{origin}{}", presentation::address(activity.id)), "type": "Manifest"});
            items.push(json!({"type": doing.name(), "object": manifest, "endTime": activity.time}));
        }
    }
    let mut page = json!({"@context": DISCOVERY, "id": page_at(&origin, number)["id"], "type": "OrderedCollectionPage",
        "partOf": {"id": address(&origin), "type": "OrderedCollection"}, "orderedItems": items});
    put(&mut page, "prev", number.checked_sub(1).map(|number| page_at(&origin, number)));
    put(&mut page, "next", (number < last).then(|| page_at(&origin, number + 1)));
    Ok(page)
}

/// What is told of it now.
fn told(app: &App, reader: &Reader, activity: &Activity) -> anyhow::Result<Option<Doing>> {
    let record = match activity.doing {
        Doing::Delete => None,
        Doing::Create | Doing::Update => app.record_with_files(&reader.visitor.viewer, &activity.id.to_string())?,
    };
    let is_there = record.map(|record| Ok::<_, anyhow::Error>(presentation::address_for(app, reader, &record)?.is_some())).transpose()?;
    Ok(telling(activity, is_there))
}

/// What is told of a record that is closed (`None`), or open with or without a manifest. Of what is closed, only that it is gone;
/// what closed by itself when its time was over has no commit that says so, and is gone as well.
fn telling(activity: &Activity, is_there: Option<bool>) -> Option<Doing> {
    match is_there {
        _ if activity.doing == Doing::Delete => Some(Doing::Delete),
        None => activity.is_latest.then_some(Doing::Delete),
        Some(is_there) => is_there.then_some(activity.doing),
    }
}

fn last_page(app: &App) -> anyhow::Result<u64> {
    Ok(app.archive.catalogue().count_activities()?.saturating_sub(1) / PER_PAGE)
}

fn address(origin: &str) -> String {
    format!("{origin}/iiif/discovery/1/activities")
}

fn page_at(origin: &str, number: u64) -> Value {
    json!({"id": format!("{}/{number}", address(origin)), "type": "OrderedCollectionPage"})
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::RecordId;

    #[test]
    fn of_what_is_closed_only_that_it_is_gone_is_told_and_once() {
        let id = RecordId::from_number(7).unwrap();
        let activity = |doing, is_latest| Activity { id, doing, time: "2026-11-26T00:00:00Z".to_owned(), is_latest };
        // It opened and changed, and its time was over one midnight.
        assert_eq!(telling(&activity(Doing::Create, false), None), None);
        assert_eq!(telling(&activity(Doing::Update, true), None), Some(Doing::Delete));
        // It was withdrawn, and opened again.
        assert_eq!(telling(&activity(Doing::Delete, false), None), Some(Doing::Delete));
        assert_eq!(telling(&activity(Doing::Create, true), Some(true)), Some(Doing::Create));
        // A text that nobody can paint has no manifest.
        assert_eq!(telling(&activity(Doing::Create, true), Some(false)), None);
    }
}
