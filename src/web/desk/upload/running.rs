//! How far deliveries are that are being brought in: on `/desk`, on the page of a delivery, and for the script that looks
//! again.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use kho_archive::record::RecordId;

use crate::ingest;
use crate::uploads::{Delivery, Outcome, State as Stage};
use crate::web::app::App;
use crate::web::desk::private;
use crate::web::error::WebError;
use crate::web::in_words;
use crate::web::page::{self, Reader};
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

/// So many refused files are named; the report of the delivery names all.
const MOST_NAMED: usize = 50;

/// How far one ingest is, in words.
pub(crate) struct Progress {
    pub(crate) label: String,
    pub(crate) by: String,
    /// The bar: how much of how much, if that is known.
    pub(crate) bar: Option<(u64, u64)>,
    pub(crate) told: String,
    pub(crate) is_over: bool,
    /// Where its accession and the report of it are shown.
    pub(crate) href: Option<String>,
    /// Files that were not taken, and why.
    pub(crate) refused: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk/ingests.html")]
struct Fragment {
    t: Texts,
    running: Vec<Progress>,
}

/// The same as on `/desk`, alone: asked for again as long as something runs.
pub(crate) async fn fragment(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let html = app.run(move |app| page::draw(&Fragment { running: progress(app, &reader, None), t: reader.texts.clone() }));
    Ok(private(Html(html.await?).into_response()))
}

/// Returns how far the ingests of this viewer are: all of them, or that of one delivery.
pub(crate) fn progress(app: &App, reader: &Reader, of: Option<(&str, &Delivery)>) -> Vec<Progress> {
    let all = app.ingests.all().into_iter().filter(|running| of.is_none_or(|(id, _)| running.id == id));
    let mut told: Vec<Progress> = all
        .map(|running| {
            let seen = running.tally.look();
            let begun = Progress {
                label: running.label.clone(),
                by: running.by.clone(),
                bar: (seen.files > 0).then_some((seen.bytes_done, seen.bytes.max(1))),
                told: String::new(),
                is_over: false,
                href: None,
                refused: seen.refused.iter().take(MOST_NAMED).map(|(path, reason)| (running.told(path), reason.clone())).collect(),
            };
            match running.over() {
                Some(outcome) => over(app, reader, begun, outcome.as_ref()),
                None => Progress { told: under_way(&reader.texts, &seen), ..begun },
            }
        })
        .collect();
    // One that ended under an earlier viewer is told by what was written down.
    if let Some((_, delivery)) = of.filter(|(_, delivery)| told.is_empty() && matches!(delivery.state, Stage::Done | Stage::Failed)) {
        let label = delivery.giver.clone().unwrap_or_else(|| delivery.by.clone());
        let begun = Progress { label, by: delivery.by.clone(), bar: None, told: String::new(), is_over: true, href: None, refused: Vec::new() };
        told.push(over(app, reader, begun, delivery.outcome.as_ref()));
    }
    told
}

fn under_way(texts: &Texts, seen: &ingest::Seen) -> String {
    if seen.is_deriving {
        return texts.get("ingest-finishing");
    }
    if seen.files == 0 {
        return texts.get("ingest-counting");
    }
    let files = format!("{} / {}", texts.number(seen.files_done), texts.number(seen.files));
    let bytes = format!("{} / {}", in_words::size(texts, seen.bytes_done), in_words::size(texts, seen.bytes));
    format!("{}, {bytes}", texts.with("ingest-files", "files", &files))
}

fn over(app: &App, reader: &Reader, begun: Progress, outcome: Option<&Outcome>) -> Progress {
    let Some(outcome) = outcome else {
        return Progress { told: reader.texts.get("ingest-failed"), is_over: true, bar: None, ..begun };
    };
    let texts = &reader.texts;
    let mut parts = vec![texts.count("ingest-stored", outcome.stored)];
    if outcome.duplicates > 0 {
        parts.push(texts.count("ingest-known", outcome.duplicates));
    }
    if !outcome.refused.is_empty() {
        parts.push(texts.count("ingest-refused", outcome.refused.len() as u64));
    }
    let is_seen = |id: &RecordId| app.admits(&reader.visitor.viewer, *id);
    let href = outcome.accession.filter(is_seen).map(|id| format!("/r/{id}"));
    Progress { told: parts.join(", "), is_over: true, bar: None, href, refused: named(&outcome.refused), ..begun }
}

fn named(refused: &[(String, String)]) -> Vec<(String, String)> {
    refused.iter().take(MOST_NAMED).cloned().collect()
}

/// Returns the deliveries that were begun anywhere and not finished, but for those of this viewer: by a command that still
/// runs, or that was cut off.
pub(crate) fn unfinished(app: &App, reader: &Reader) -> anyhow::Result<Vec<(String, String)>> {
    let own: Vec<String> = app.ingests.all().iter().map(|running| running.label.clone()).collect();
    let mut found = Vec::new();
    for record in ingest::unfinished(&app.archive)? {
        let title = record.title_in(reader.texts.language());
        if app.admits(&reader.visitor.viewer, record.id) && !own.contains(&title) {
            found.push((format!("/r/{}", record.id), title));
        }
    }
    Ok(found)
}
