//! `/desk/history/ID`: what a record said at each time, who changed it and why, and back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::model::{Field, Model, Shape};
use kho_archive::record::{Record, RecordId};
use serde_json::Value;

use super::{describe, go_to, private};
use crate::editing::{self, By};
use crate::typed::{Names, Typing};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::in_words;
use crate::web::page::{self, Page, Reader};
use crate::web::visitor::Editor;

/// How many revisions are shown.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "desk/history.html")]
struct History {
    page: Page,
    id: String,
    title: String,
    guard: String,
    revisions: Vec<Revision>,
    is_cut: bool,
}

struct Revision {
    number: u64,
    time: String,
    actor: String,
    reason: String,
    differences: Vec<Difference>,
    /// Files that came or went with it.
    files: Option<String>,
    is_current: bool,
}

struct Difference {
    label: String,
    before: Option<String>,
    after: Option<String>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| {
        let Ok(id) = id.parse::<RecordId>() else { return Ok(None) };
        if !app.admits(&reader.visitor.viewer, id) {
            return Ok(None);
        }
        let Some(record) = app.archive.catalogue().record(id)? else { return Ok(None) };
        let (revisions, is_cut) = revisions(app, reader, &record)?;
        let history = History {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
            id: id.to_string(),
            title: record.title_in(reader.texts.language()),
            guard: reader.visitor.token("/desk/restore"),
            revisions,
            is_cut,
        };
        page::draw(&history).map(Some)
    });
    answer.await.map(private)
}

pub(crate) async fn restore(State(app): State<Arc<App>>, editor: Editor, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let asking = reader.clone();
    let restored = app.run(move |app| {
        let (Ok(id), Ok(revision)) = (posted.get("id").parse::<RecordId>(), posted.get("revision").parse()) else { return Ok(None) };
        if !app.admits(&asking.visitor.viewer, id) {
            return Ok(None);
        }
        let reason = format!("restore revision {revision}");
        editing::restore(&app.archive, id, revision, &By { actor: editor.actor(), reason: &reason })?;
        Ok(Some(go_to(&format!("/desk/history/{id}"))))
    });
    restored.await?.ok_or_else(|| WebError::not_found(reader))
}

/// The latest first, each with what it changed.
fn revisions(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<(Vec<Revision>, bool)> {
    let catalogue = app.archive.catalogue();
    let (model, names) = (catalogue.model()?, Names::new(catalogue));
    let typing = Typing { language: reader.texts.language(), ..Typing::new(&model, &names) };
    let known = catalogue.revisions(record.id)?;
    let mut shown = Vec::new();
    let mut before: Option<Record> = None;
    let skipped = known.len().saturating_sub(MOST);
    for (number, sequence) in known.into_iter().skip(skipped) {
        let Some(commit) = app.archive.journal().read(sequence)? else { continue };
        let written = commit.records().find(|written| written.id == record.id && written.revision == number).cloned();
        let differences = match (&before, &written) {
            (Some(before), Some(after)) => differences(app, &model, &typing, reader, before, after)?,
            _ => Vec::new(),
        };
        let count = |record: &Option<Record>| record.as_ref().map_or(0, |record| record.files.len() as u64);
        let files = (before.is_some() && count(&before) != count(&written)).then(|| reader.texts.count("history-files", count(&written)));
        shown.push(Revision {
            number,
            time: in_words::moment(&reader.texts, &commit.header.time),
            actor: commit.header.actor.clone(),
            reason: commit.header.reason.clone(),
            differences,
            files,
            is_current: number == record.revision,
        });
        before = written;
    }
    shown.reverse();
    Ok((shown, skipped > 0))
}

fn differences(app: &App, model: &Model, typing: &Typing<'_>, reader: &Reader, before: &Record, after: &Record) -> anyhow::Result<Vec<Difference>> {
    let kind = after.kind.as_str();
    let telling = Telling { app, model, typing, reader, kind };
    let told = editing::differences(before, after)?.into_iter().map(|(name, before, after)| {
        let shown = |value: Value| telling.value(&name, &value);
        Difference { label: telling.label(&name), before: before.map(shown), after: after.map(shown) }
    });
    Ok(told.collect())
}

/// Tells in words what stands in the fields of one kind of record.
pub(super) struct Telling<'a> {
    pub(super) app: &'a App,
    pub(super) model: &'a Model,
    pub(super) typing: &'a Typing<'a>,
    pub(super) reader: &'a Reader,
    pub(super) kind: &'a str,
}

impl Telling<'_> {
    /// What a field is called.
    pub(super) fn label(&self, name: &str) -> String {
        self.model.field(self.kind, name).map_or_else(|| name.to_owned(), |field| field.label(self.reader.texts.language()).to_owned())
    }

    /// What stands in it.
    pub(super) fn value(&self, name: &str, value: &Value) -> String {
        let field = self.model.field(self.kind, name);
        let is_reference = field.is_some_and(|field| matches!(field.shape, Shape::Term { .. } | Shape::Ref { .. }));
        match field {
            Some(field) if is_reference && !field.claims => self.titles(value),
            Some(_) if name == "access" => self.decision(value),
            Some(Field { shape: Shape::Text { .. }, many: false, .. }) if value.is_object() => plain(value),
            Some(field) => self.typing.shown(field, value),
            _ => plain(value),
        }
    }

    fn titles(&self, value: &Value) -> String {
        let ids = value.as_array().map_or_else(|| vec![value], |values| values.iter().collect());
        let title = |id: &Value| describe::called(self.app, self.reader, id.as_str().unwrap_or_default());
        ids.into_iter().map(title).collect::<Vec<_>>().join("\n")
    }

    /// A decision on access: its level and its reason as people read them, the rest as it is.
    fn decision(&self, value: &Value) -> String {
        let Some(decision) = value.as_object() else { return plain(value) };
        let label = |vocabulary: &str, code: &str| {
            let choice = self.model.vocabulary(vocabulary).and_then(|known| known.choice(code));
            choice.map_or_else(|| code.to_owned(), |choice| choice.label(self.reader.texts.language()).to_owned())
        };
        let line = |(name, value): (&String, &Value)| match (name.as_str(), value.as_str()) {
            ("level", Some(code)) => label("access_levels", code),
            ("reason", Some(code)) => label("access_reasons", code),
            (_, Some(words)) => words.to_owned(),
            _ => value.to_string(),
        };
        let order = |name: &str| ["level", "reason"].iter().position(|known| *known == name).unwrap_or(2);
        let mut parts: Vec<_> = decision.iter().collect();
        parts.sort_by_key(|(name, _)| order(name));
        parts.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Object(words) => words
            .iter()
            .map(|(tag, words)| format!("{tag}: {}", words.as_str().map_or_else(|| words.to_string(), str::to_owned)))
            .collect::<Vec<_>>()
            .join("\n"),
        Value::String(words) => words.clone(),
        other => other.to_string(),
    }
}
