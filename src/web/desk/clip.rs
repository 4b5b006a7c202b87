//! `/desk/clip/MEDIUM`: a film, a recording or a photograph is put to a step of a technique, from one moment to another.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kho_archive::model::Model;
use kho_archive::record::{Record, RecordId};
use serde_json::{Map, Value, json};

use super::form::{read_words, without_title};
use super::{describe, go_to, private};
use crate::editing::{self, By};
use crate::typed::{Names, Typing};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::in_words::nfc;
use crate::web::page::{self, Page, Reader};
use crate::web::record::steps::{self, Shown};
use crate::web::visitor::Editor;

/// What can show a step.
pub(in crate::web) const MEDIA: [&str; 3] = ["film", "sound", "image"];

#[derive(Template)]
#[template(path = "desk/clip.html")]
struct ClipPage {
    page: Page,
    title: String,
    record_href: String,
    action: String,
    guard: String,
    shown: Shown,
    has_times: bool,
    /// The technique as it was typed; its steps, and which of them was chosen.
    technique: String,
    technique_id: String,
    steps: Vec<(String, String, bool)>,
    start: String,
    end: String,
    caption: Vec<(&'static str, String, String)>,
    problem: String,
}

/// What is typed into the page.
#[derive(Default)]
struct Asked {
    technique: String,
    step: String,
    start: String,
    end: String,
    caption: Vec<(&'static str, String)>,
    /// The key of what is wrong, empty if nothing is.
    problem: &'static str,
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| {
        let Some(medium) = medium(app, reader, &id)? else { return Ok(None) };
        let asked = Asked { technique: reader.parameter("technique").to_owned(), ..Asked::default() };
        page::draw(&clip_page(app, reader, &medium, asked)?).map(Some)
    });
    answer.await.map(private)
}

pub(crate) async fn attach(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    let attached = app.run(move |app| {
        let Some(medium) = medium(app, &asking, &id)? else { return Ok(None) };
        attached(app, &asking, &editor, &medium, &posted).map(Some)
    });
    attached.await?.ok_or_else(|| WebError::not_found(reader))
}

/// A record that can show a step, as this editor sees it.
fn medium(app: &App, reader: &Reader, id: &str) -> anyhow::Result<Option<Record>> {
    Ok(app.record_with_files(&reader.visitor.viewer, id)?.filter(|record| MEDIA.contains(&record.kind.as_str())))
}

fn attached(app: &App, reader: &Reader, editor: &Editor, medium: &Record, posted: &Posted) -> anyhow::Result<Response> {
    let given = |name: &str| posted.get(name).trim().to_owned();
    let caption = ["vi", "en"].map(|language| (language, given(&format!("caption.{language}"))));
    let asked = Asked {
        technique: given("technique"),
        step: given("step"),
        start: given("start"),
        end: given("end"),
        caption: caption.to_vec(),
        problem: "",
    };
    let technique = technique(app, reader, &asked.technique)?;
    let model = app.archive.catalogue().model()?;
    let clip = match (clip(app, reader, &model, medium, &asked, posted), &technique) {
        (Err(problem), _) => return refused(app, reader, medium, Asked { problem, ..asked }),
        (Ok(_), None) => return refused(app, reader, medium, Asked { problem: "clip-no-technique", ..asked }),
        (Ok(clip), Some(_)) => clip,
    };
    let Some(technique) = technique else { anyhow::bail!("a technique vanished") };
    let by = By { actor: editor.actor(), reason: "put a medium to a step" };
    let step = asked.step.clone();
    let outcome = editing::change_many(&app.archive, &BTreeSet::from([technique.id]), &by, &|record| {
        put(record, &step, &clip);
        Ok(())
    })?;
    if outcome.changed.is_empty() {
        return refused(app, reader, medium, Asked { problem: "clip-no-step", ..asked });
    }
    Ok(go_to(&format!("/r/{}/steps/{}", technique.id, crate::web::links::part(&asked.step))))
}

/// The technique that is meant, if the editor may see it.
fn technique(app: &App, reader: &Reader, typed: &str) -> anyhow::Result<Option<Record>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let catalogue = app.archive.catalogue();
    let (model, names) = (catalogue.model()?, Names::new(catalogue));
    let Some(field) = model.field("step_at", "technique") else { return Ok(None) };
    let id = Typing::new(&model, &names).value(field, without_title(field, typed)).ok();
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    app.record(&reader.visitor.viewer, id)
}

/// The clip as it stands in a record, or the key of what is wrong with it.
fn clip(app: &App, reader: &Reader, model: &Model, medium: &Record, asked: &Asked, posted: &Posted) -> Result<Value, &'static str> {
    let names = Names::new(app.archive.catalogue());
    let typing = Typing { language: reader.texts.language(), ..Typing::new(model, &names) };
    let mut clip = Map::from_iter([("media".to_owned(), json!(medium.id))]);
    for (name, typed) in [("start", &asked.start), ("end", &asked.end)] {
        if let Some(field) = model.field("clip", name).filter(|_| !typed.is_empty()) {
            clip.insert(name.to_owned(), typing.value(field, typed).map_err(|_| "clip-bad-time")?);
        }
    }
    let at = |name: &str| clip.get(name).and_then(Value::as_f64);
    let length = medium.files.first().and_then(|file| file.technical.duration_s).map(|seconds| seconds * 1000.0);
    let is_backwards = at("end").is_some_and(|end| end <= at("start").unwrap_or(0.0));
    let is_behind = length.is_some_and(|length| at("start").is_some_and(|start| start >= length));
    if is_backwards || is_behind {
        return Err("clip-bad-span");
    }
    if let Some(caption) = read_words("caption", None, posted) {
        clip.insert("caption".to_owned(), caption);
    }
    Ok(Value::Object(clip))
}

/// Adds a clip to a step, unless it is there already.
fn put(technique: &mut Record, step: &str, clip: &Value) {
    let steps = technique.fields.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
    let Some(step) = steps.filter_map(Value::as_object_mut).find(|known| steps::id_of(known) == step) else { return };
    match step.get_mut("media") {
        Some(Value::Array(clips)) if clips.contains(clip) => {}
        Some(Value::Array(clips)) => clips.push(clip.clone()),
        _ => drop(step.insert("media".to_owned(), json!([clip]))),
    }
}

fn refused(app: &App, reader: &Reader, medium: &Record, asked: Asked) -> anyhow::Result<Response> {
    let mut response = private(reader.answer(page::draw(&clip_page(app, reader, medium, asked)?)?));
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn clip_page(app: &App, reader: &Reader, medium: &Record, asked: Asked) -> anyhow::Result<ClipPage> {
    let (texts, language) = (&reader.texts, reader.texts.language());
    let technique = technique(app, reader, &asked.technique)?;
    let name = |step: &Map<String, Value>| {
        let name = step.get("name").and_then(|name| name.get(language).or_else(|| name.get("vi")));
        nfc(name.and_then(Value::as_str).unwrap_or_default())
    };
    let steps = technique.as_ref().map(steps::all).unwrap_or_default().into_iter().zip(1..).map(|(step, number)| {
        let id = steps::id_of(step).to_owned();
        (id.clone(), format!("{number}. {}", name(step)), id == asked.step)
    });
    let steps: Vec<_> = steps.collect();
    let problem = match (&technique, asked.technique.is_empty()) {
        _ if !asked.problem.is_empty() => asked.problem,
        (None, false) => "clip-no-technique",
        (Some(_), _) if steps.is_empty() => "clip-without-steps",
        _ => "",
    };
    let title = nfc(&medium.title_in(language));
    let action = format!("/desk/clip/{}", medium.id);
    let caption = |language: &'static str| asked.caption.iter().find(|(known, _)| *known == language).map(|(_, words)| words.clone());
    Ok(ClipPage {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        record_href: format!("/r/{}", medium.id),
        guard: reader.visitor.token(&action),
        action,
        shown: steps::shown(app, reader, medium, "", &title)?,
        title,
        has_times: medium.kind.as_str() != "image",
        technique: technique.as_ref().map_or(asked.technique.clone(), |known| describe::called(app, reader, &known.id.to_string())),
        technique_id: technique.as_ref().map(|known| RecordId::to_string(&known.id)).unwrap_or_default(),
        steps,
        caption: ["vi", "en"].map(|language| (language, texts.get(&format!("language-{language}")), caption(language).unwrap_or_default())).to_vec(),
        problem: if problem.is_empty() { String::new() } else { texts.get(problem) },
        start: asked.start,
        end: asked.end,
    })
}
