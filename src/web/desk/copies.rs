//! How far the access copies are: on `/desk`, and for the script that looks again.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use kho_archive::digest::Digest;

use super::private;
use crate::followers::copies::{Doing, Hindrance};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::{clock, nfc};
use crate::web::page::{self, Reader};
use crate::web::visitor::Editor;

/// What is told of all of them, in words; empty where there is nothing to tell.
pub(super) struct Told {
    pub(super) doing: Option<One>,
    pub(super) waiting: String,
    pub(super) hindrance: String,
}

/// The copy that is being made.
pub(super) struct One {
    pub(super) title: String,
    /// Where its recording is shown.
    pub(super) href: String,
    /// Seconds that are copied, and of how many, if that is known.
    pub(super) bar: Option<(u64, u64)>,
    pub(super) told: String,
}

/// Of so many recordings that wait it is asked whether they may be counted.
const MOST_COUNTED: usize = 1000;

#[derive(Template)]
#[template(path = "desk/copies.html")]
struct Fragment {
    copies: Told,
}

/// The same as on `/desk`, alone: asked for again as long as there is something to do.
pub(crate) async fn fragment(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let html = app.run(move |app| page::draw(&Fragment { copies: told(app, &reader)? }));
    Ok(private(Html(html.await?).into_response()))
}

/// Returns how far it is.
pub(super) fn told(app: &App, reader: &Reader) -> anyhow::Result<Told> {
    let seen = app.copies.look();
    let texts = &reader.texts;
    let mut waiting = 0;
    for digest in seen.waiting.iter().take(MOST_COUNTED) {
        waiting += u64::from(app.may_have(&reader.visitor.viewer, digest)?);
    }
    let hindrance = seen.hindrance.map(|hindrance| match hindrance {
        Hindrance::NoProgram => texts.get("copies-no-program"),
        Hindrance::NoRoom => texts.get("copies-no-room"),
    });
    Ok(Told {
        doing: seen.doing.map_or(Ok(None), |doing| one(app, reader, &doing))?,
        waiting: if waiting == 0 { String::new() } else { texts.count("copies-waiting", waiting) },
        hindrance: hindrance.unwrap_or_default(),
    })
}

impl Told {
    pub(super) fn is_something(&self) -> bool {
        self.doing.is_some() || !self.waiting.is_empty() || !self.hindrance.is_empty()
    }
}

/// The recording that is being copied; `None` if this reader is not meant to know of it.
fn one(app: &App, reader: &Reader, doing: &Doing) -> anyhow::Result<Option<One>> {
    let seconds = doing.seconds();
    let length = doing.duration_s.filter(|length| *length > 0.0);
    let Some((title, href)) = named(app, reader, &doing.digest)? else { return Ok(None) };
    Ok(Some(One {
        title,
        href,
        bar: length.map(|length| (seconds.min(length).round() as u64, length.round().max(1.0) as u64)),
        told: length.map_or_else(|| clock(seconds), |length| format!("{} / {}", clock(seconds.min(length)), clock(length))),
    }))
}

/// What a recording is called for this reader, and where it is.
fn named(app: &App, reader: &Reader, digest: &Digest) -> anyhow::Result<Option<(String, String)>> {
    for id in app.archive.catalogue().holders(digest)? {
        if let Some(record) = app.record(&reader.visitor.viewer, &id.to_string())? {
            return Ok(Some((nfc(&record.title_in(reader.texts.language())), format!("/r/{id}"))));
        }
    }
    Ok(None)
}
