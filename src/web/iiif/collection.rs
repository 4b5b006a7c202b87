//! `/iiif/presentation/3/collections…` and `/iiif/presentation/3/ID/collection`: what belongs together, as IIIF collections.
//!
//! What belongs to a craft, a practice or a place is asked of the index, which counts only what the visitor may see; what came
//! with an accession, of the catalogue.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kho_archive::catalogue::Selection;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::{Narrowed, Question, Sort, collation};
use serde_json::{Value, json};

use super::presentation::{Presenting, put};
use super::{Form, MEDIA, PRESENTATION, give, give_list, in_both, text_map, title, unspoken};
use crate::view;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::page::Reader;
use crate::web::set::Set;

/// The kinds of records that gather others, as the index has them; accessions are gathered by the catalogue.
const GATHERING: [&str; 4] = ["craft", "practice", "place", "collection"];

/// So many manifests stand in one collection; of more, there are collections of so many.
const PER_PAGE: usize = 200;

static COLLECTION: Form = Form { make: of_record, how: "manifest", address, context: PRESENTATION };

/// `/iiif/presentation/3/collections`: the way into everything.
pub(crate) async fn top(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give_list(app, reader, &headers, PRESENTATION, |app, reader| {
        let origin = reader.visitor.origin();
        let mut items = Vec::new();
        for kind in gathering_kinds().chain(MEDIA) {
            let is_empty = if MEDIA.contains(&kind) { of_kind(app, reader, kind, 1)?.0 == 0 } else { gathering(app, reader, kind)?.is_empty() };
            items.extend((!is_empty).then(|| json!({"id": kind_address(&origin, kind), "type": "Collection", "label": kind_label(kind)})));
        }
        let label = unspoken(&app.archive.settings().archive.name);
        Ok(Some(collection(&top_address(&origin), &label, &items)))
    })
    .await
}

/// `/iiif/presentation/3/collections/KIND`: every craft, or every place, of which there is something to see; or all that is
/// seen or heard of one kind.
pub(crate) async fn kind(State(app): State<Arc<App>>, Path(kind): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give_list(app, reader, &headers, PRESENTATION, move |app, reader| {
        let Some(kind) = gathering_kinds().chain(MEDIA).find(|known| *known == kind) else { return Ok(None) };
        let origin = reader.visitor.origin();
        let (whole, above) = (kind_address(&origin, kind), top_address(&origin));
        if MEDIA.contains(&kind) {
            let found = of_kind(app, reader, kind, page_of(reader).unwrap_or(1))?;
            return paged(app, reader, (&whole, &kind_label(kind), &above), found);
        }
        let items: Vec<Value> = gathering(app, reader, kind)?.iter().map(|record| reference(&origin, record)).collect();
        let mut made = collection(&whole, &kind_label(kind), &items);
        made["partOf"] = json!([{"id": above, "type": "Collection"}]);
        Ok(Some(made))
    })
    .await
}

/// `/iiif/presentation/3/collections/set?r=ID…`: what somebody put together, as far as it is seen or heard.
pub(crate) async fn set(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give_list(app, reader, &headers, PRESENTATION, |app, reader| {
        let set = Set::of(reader);
        let origin = reader.visitor.origin();
        let label = if set.title.is_empty() { in_both(|texts| texts.get("set-heading")) } else { unspoken(&set.title) };
        let address = set.href("/iiif/presentation/3/collections/set");
        let mut made = collection(&format!("{origin}{address}"), &label, &manifests(app, reader, &set.ids)?);
        made["homepage"] = json!([{"id": format!("{origin}{}", set.href("/set")), "type": "Text", "label": label, "format": "text/html"}]);
        Ok((!set.ids.is_empty()).then_some(made))
    })
    .await
}

/// `/iiif/presentation/3/ID/collection`: all that belongs to one record.
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give(app, id, reader, &headers, &COLLECTION).await
}

/// Where the collection of a record is.
fn address(id: RecordId) -> String {
    format!("/iiif/presentation/3/{id}/collection")
}

fn top_address(origin: &str) -> String {
    format!("{origin}/iiif/presentation/3/collections")
}

fn kind_address(origin: &str, kind: &str) -> String {
    format!("{}/{kind}", top_address(origin))
}

fn gathering_kinds() -> impl Iterator<Item = &'static str> {
    GATHERING.into_iter().chain(["accession"])
}

fn kind_label(kind: &str) -> Value {
    in_both(|texts| texts.get(&format!("kinds-{kind}")))
}

fn reference(origin: &str, record: &Record) -> Value {
    json!({"id": format!("{origin}{}", address(record.id)), "type": "Collection", "label": title(record)})
}

fn collection(id: &str, label: &Value, items: &[Value]) -> Value {
    json!({"@context": PRESENTATION, "id": id, "type": "Collection", "label": label, "items": items})
}

/// Which page is asked for; `None` for the whole.
fn page_of(reader: &Reader) -> Option<usize> {
    reader.parameter("page").parse().ok()
}

fn of_record(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Value>> {
    let kind = record.kind.as_str();
    if !gathering_kinds().any(|known| known == kind) {
        return Ok(None);
    }
    let origin = reader.visitor.origin();
    let (whole, above) = (format!("{origin}{}", address(record.id)), kind_address(&origin, kind));
    let found = members(app, reader, record, page_of(reader).unwrap_or(1))?;
    let Some(mut made) = paged(app, reader, (&whole, &title(record), &above), found)? else { return Ok(None) };
    put(&mut made, "summary", text_map(&record.description));
    made["homepage"] = json!([{"id": format!("{origin}/r/{}", record.id), "type": "Text", "label": title(record), "format": "text/html"}]);
    Ok(Some(made))
}

/// Returns a collection of manifests, or of its pages if there are too many; `None` if there is nothing on this page. A
/// collection is told by its address, its name and what it is a part of; what is `found` is how many there are, and those of
/// the page.
fn paged(
    app: &App, reader: &Reader, (whole, label, above): (&str, &Value, &str), (total, members): (usize, Vec<RecordId>),
) -> anyhow::Result<Option<Value>> {
    if members.is_empty() {
        return Ok(None);
    }
    let number = page_of(reader);
    let mut made = match number {
        Some(number) => collection(&page_address(whole, number), &page_label(number, total), &manifests(app, reader, &members)?),
        None if total > PER_PAGE => collection(whole, label, &pages(whole, total)),
        None => collection(whole, label, &manifests(app, reader, &members)?),
    };
    made["partOf"] = json!([{"id": if number.is_some() { whole } else { above }, "type": "Collection"}]);
    Ok(Some(made))
}

fn page_address(whole: &str, number: usize) -> String {
    format!("{whole}?page={number}")
}

/// Collections of the first, the second … so many.
fn pages(whole: &str, total: usize) -> Vec<Value> {
    let page = |number: usize| json!({"id": page_address(whole, number), "type": "Collection", "label": page_label(number, total)});
    (1..=total.div_ceil(PER_PAGE)).map(page).collect()
}

fn page_label(number: usize, total: usize) -> Value {
    let first = before(number);
    unspoken(&format!("{}–{}", first.saturating_add(1), total.min(first.saturating_add(PER_PAGE))))
}

/// The manifests of these records, as far as there is anything to present.
fn manifests(app: &App, reader: &Reader, members: &[RecordId]) -> anyhow::Result<Vec<Value>> {
    let mut manifests = Vec::new();
    for id in members {
        // The index may not have heard yet of what was closed just now: the record itself is asked.
        let Some(record) = app.record_with_files(&reader.visitor.viewer, &id.to_string())? else { continue };
        let presenting = Presenting { app, reader, record: &record, origin: reader.visitor.origin() };
        if presenting.is_there()? {
            manifests.push(presenting.reference());
        }
    }
    Ok(manifests)
}

/// The records of a kind to which something belongs that is seen or heard, by title.
fn gathering(app: &App, reader: &Reader, kind: &str) -> anyhow::Result<Vec<Record>> {
    let ids: Vec<String> = if kind == "accession" {
        let summaries = app.admitted(&reader.visitor.viewer)?;
        summaries.summaries.iter().filter(|summary| summary.kind == Kind::accession()).map(|summary| summary.id.to_string()).collect()
    } else {
        let question = Question { counted: vec![kind.to_owned()], ..Question::default() };
        let question = Question { narrowed: view::of_kinds(&MEDIA.map(str::to_owned)), ..question };
        let answer = app.search(&reader.visitor.viewer, &question)?;
        answer.facets.into_iter().flat_map(|facet| facet.values).map(|value| value.value).collect()
    };
    let mut records = Vec::new();
    for id in ids {
        // A term stands for the crafts that bear it: those stand here themselves.
        records.extend(app.record(&reader.visitor.viewer, &id)?.filter(|record| record.kind.as_str() == kind));
    }
    records.sort_by_cached_key(|record| collation::key(&record.title_in("vi")));
    Ok(records)
}

/// How many records belong to this one, and those of one page.
fn members(app: &App, reader: &Reader, record: &Record, number: usize) -> anyhow::Result<(usize, Vec<RecordId>)> {
    if record.kind == Kind::accession() {
        let all = came_with(app, reader, record.id)?;
        return Ok((all.len(), all.into_iter().skip(before(number)).take(PER_PAGE).collect()));
    }
    let own = Narrowed { property: record.kind.to_string(), values: vec![record.id.to_string()], is_without: false };
    found(app, reader, view::of_kinds(&MEDIA.map(str::to_owned)).into_iter().chain([own]).collect(), number)
}

/// How many records there are of a kind, and those of one page.
fn of_kind(app: &App, reader: &Reader, kind: &str, number: usize) -> anyhow::Result<(usize, Vec<RecordId>)> {
    found(app, reader, view::of_kinds(&[kind.to_owned()]), number)
}

fn found(app: &App, reader: &Reader, narrowed: Vec<Narrowed>, number: usize) -> anyhow::Result<(usize, Vec<RecordId>)> {
    let question = Question { narrowed, sort: Sort::Title, limit: PER_PAGE, offset: before(number), ..Question::default() };
    let answer = app.search(&reader.visitor.viewer, &question)?;
    let ids = answer.hits.iter().map(|hit| RecordId::from_number(hit.id).context("the index holds no identifier"));
    Ok((usize::try_from(answer.total)?, ids.collect::<anyhow::Result<_>>()?))
}

/// How many stand before a page.
fn before(number: usize) -> usize {
    number.saturating_sub(1).saturating_mul(PER_PAGE)
}

/// What came with an accession and is seen or heard, in the order in which it came.
fn came_with(app: &App, reader: &Reader, accession: RecordId) -> anyhow::Result<Vec<RecordId>> {
    let admitted = app.admitted(&reader.visitor.viewer)?;
    let media = admitted.summaries.iter().filter(|summary| MEDIA.contains(&summary.kind.as_str()));
    let media: HashSet<RecordId> = media.map(|summary| summary.id).collect();
    let all = app.archive.catalogue().select(&Selection { accession: Some(accession), ..Selection::default() }, 0, u64::from(u32::MAX))?;
    Ok(all.into_iter().filter(|id| media.contains(id)).collect())
}
