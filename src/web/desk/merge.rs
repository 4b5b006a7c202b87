//! `/desk/merge`: two records of one thing are laid side by side, and become one.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kho_archive::model::Model;
use kho_archive::record::Record;
use kho_index::Question;
use serde_json::Value;

use super::history::Telling;
use super::{describe, go_to, private};
use crate::editing::By;
use crate::editing::merging::{self, Choice, NoMerge, Pair};
use crate::typed::{Names, Typing};
use crate::view;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::page::{self, Card, Page, Reader};
use crate::web::record;
use crate::web::visitor::Editor;

/// How many records are offered to be merged with one.
const MOST: usize = 12;

/// The two records in the address and in the form.
const NAMES: [&str; 2] = ["a", "b"];

#[derive(Template)]
#[template(path = "desk/merge.html")]
struct MergePage {
    page: Page,
    guard: String,
    sides: Vec<Side>,
    choices: Vec<Chosen>,
    /// What was looked for, as long as the second record is not chosen, and what was found.
    q: String,
    offers: Vec<Card>,
    why: String,
    problem: String,
}

/// One of the two.
struct Side {
    name: &'static str,
    id: String,
    revision: u64,
    card: Card,
    stays: bool,
}

/// A field in which both say something, with what each of them says and whether it is chosen.
struct Chosen {
    field: String,
    label: String,
    options: Vec<(&'static str, String, bool)>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, |app, reader| {
        let Some(one) = describe::found(app, reader, reader.parameter("a"))? else { return Ok(None) };
        match describe::found(app, reader, reader.parameter("b"))? {
            Some(other) => page::draw(&compared(app, reader, &Asked::begin(one, other))?).map(Some),
            None => page::draw(&offered(app, reader, &one)?).map(Some),
        }
    });
    answer.await.map(private)
}

pub(crate) async fn merge(State(app): State<Arc<App>>, editor: Editor, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let asking = reader.clone();
    let merged = app.run(move |app| {
        let found = |name| describe::found(app, &asking, posted.get(name));
        let (Some(one), Some(other)) = (found("a")?, found("b")?) else { return Ok(None) };
        merged(app, &asking, &editor, &Asked::of(one, other, &posted)).map(Some)
    });
    merged.await?.ok_or_else(|| WebError::not_found(reader))
}

/// What somebody made of the page.
struct Asked {
    records: [Record; 2],
    /// Which of the two stays.
    stays: usize,
    /// The fields in which something was chosen, and which of the two was.
    picks: Vec<(String, usize)>,
    why: String,
    /// The key of what is wrong, empty if nothing is.
    problem: &'static str,
}

impl Asked {
    fn begin(one: Record, other: Record) -> Self {
        // What is open to fewer people is chosen before anybody chose.
        let is_public = |record: &Record| record.access.level == kho_archive::access::Level::Public;
        let picks = match (is_public(&one), is_public(&other)) {
            (true, false) => vec![("access".to_owned(), 1)],
            (false, true) => vec![("access".to_owned(), 0)],
            _ => Vec::new(),
        };
        Self { records: [one, other], stays: 0, picks, why: String::new(), problem: "" }
    }

    fn of(one: Record, other: Record, posted: &Posted) -> Self {
        let seen = |record: Record, name: &str| Record { revision: posted.get(name).parse().unwrap_or(record.revision), ..record };
        let pick = |name: &str| {
            let side = NAMES.iter().position(|side| *side == posted.get(name))?;
            Some((name.strip_prefix("pick.")?.to_owned(), side))
        };
        Self {
            records: [seen(one, "a.revision"), seen(other, "b.revision")],
            stays: usize::from(posted.get("stays") == "b"),
            picks: posted.names().filter_map(pick).collect(),
            why: posted.get("why").trim().to_owned(),
            problem: "",
        }
    }

    fn pair(&self) -> Pair {
        let [one, other] = self.records.clone();
        if self.stays == 0 { Pair { stays: one, goes: other } } else { Pair { stays: other, goes: one } }
    }

    fn picked(&self, field: &str) -> Option<usize> {
        self.picks.iter().find(|(known, _)| known == field).map(|(_, side)| *side)
    }
}

fn merged(app: &App, reader: &Reader, editor: &Editor, asked: &Asked) -> anyhow::Result<Response> {
    let (pair, model) = (asked.pair(), app.archive.catalogue().model()?);
    if let Err(reason) = pair.check(&model) {
        return refused(app, reader, asked, reason);
    }
    let choices = pair.choices(&model)?;
    if choices.iter().any(|choice| asked.picked(&choice.field).is_none()) {
        return answer(app, reader, asked, "merge-choose-all");
    }
    let take: BTreeSet<String> = asked.picks.iter().filter(|(_, side)| *side != asked.stays).map(|(field, _)| field.clone()).collect();
    let by = By { actor: editor.actor(), reason: if asked.why.is_empty() { "merge" } else { &asked.why } };
    match merging::merge(&app.archive, &pair, &take, &by)? {
        Ok(batch) => Ok(go_to(&format!("/desk/inbox?merged={}&batch={batch}", pair.stays.id))),
        Err(reason) => refused(app, reader, asked, reason),
    }
}

fn refused(app: &App, reader: &Reader, asked: &Asked, reason: NoMerge) -> anyhow::Result<Response> {
    answer(app, reader, asked, told(reason))
}

/// The key of the message that tells why two records cannot become one.
fn told(reason: NoMerge) -> &'static str {
    match reason {
        NoMerge::Same => "merge-same",
        NoMerge::OtherKind => "merge-other-kind",
        NoMerge::NotOfThisKind => "merge-not-of-this-kind",
        NoMerge::Gone => "merge-gone",
        NoMerge::Changed => "merge-changed",
        NoMerge::KeptBack => "merge-kept-back",
    }
}

fn answer(app: &App, reader: &Reader, asked: &Asked, problem: &'static str) -> anyhow::Result<Response> {
    // Seen again, the page stands on what is there now.
    let mut now = asked.records.clone();
    for record in &mut now {
        if let Some(latest) = app.archive.catalogue().record(record.id)? {
            *record = latest;
        }
    }
    let again = Asked { records: now, picks: asked.picks.clone(), why: asked.why.clone(), stays: asked.stays, problem };
    let mut response = private(reader.answer(page::draw(&compared(app, reader, &again)?)?));
    *response.status_mut() = if problem == "merge-changed" { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(response)
}

fn compared(app: &App, reader: &Reader, asked: &Asked) -> anyhow::Result<MergePage> {
    let catalogue = app.archive.catalogue();
    let (model, names) = (catalogue.model()?, Names::new(catalogue));
    let typing = Typing { language: reader.texts.language(), ..Typing::new(&model, &names) };
    let [one, other] = asked.records.clone();
    let pair = Pair { stays: one, goes: other };
    let kind = pair.stays.kind.to_string();
    let telling = Telling { app, model: &model, typing: &typing, reader, kind: &kind };
    let is_possible = pair.check(&model);
    let choices = if is_possible.is_ok() { pair.choices(&model)? } else { Vec::new() };
    let problem = match is_possible {
        _ if !asked.problem.is_empty() => asked.problem,
        Err(reason) => told(reason),
        Ok(()) => "",
    };
    let problem = if problem.is_empty() { String::new() } else { reader.texts.get(problem) };
    let sides = asked.records.iter().enumerate().map(|(place, record)| side(app, reader, record, place, asked.stays)).collect();
    let choices = choices.into_iter().map(|choice| chosen(&telling, choice, asked)).collect();
    let page = page_of(app, reader, sides)?;
    Ok(MergePage { choices, why: asked.why.clone(), problem, ..page })
}

fn side(app: &App, reader: &Reader, record: &Record, place: usize, stays: usize) -> Side {
    let card = record::card(app, reader, record);
    Side { name: NAMES[place], id: record.id.to_string(), revision: record.revision, card, stays: place == stays }
}

fn chosen(telling: &Telling<'_>, choice: Choice, asked: &Asked) -> Chosen {
    let picked = asked.picked(&choice.field);
    let option = |place: usize, value: &Value| (NAMES[place], telling.value(&choice.field, value), picked == Some(place));
    let options = vec![option(0, &choice.stays), option(1, &choice.goes)];
    Chosen { label: telling.label(&choice.field), options, field: choice.field }
}

/// The page as long as only one record is chosen: others of its kind, by what is looked for.
fn offered(app: &App, reader: &Reader, one: &Record) -> anyhow::Result<MergePage> {
    let model: Arc<Model> = app.archive.catalogue().model()?;
    let typed = reader.parameter("q").trim();
    let q = if typed.is_empty() { one.title_in(reader.texts.language()) } else { typed.to_owned() };
    let mut offers = Vec::new();
    if merging::can_merge(&model, one.kind.as_str()) {
        let question = Question { narrowed: view::of_kinds(&[one.kind.to_string()]), limit: MOST + 1, ..Question::new(&q) };
        for hit in app.search(&reader.visitor.viewer, &question)?.hits {
            let Some(id) = kho_archive::record::RecordId::from_number(hit.id).filter(|id| *id != one.id) else { continue };
            if let Some(record) = app.record(&reader.visitor.viewer, &id.to_string())? {
                let href = format!("/desk/merge?a={}&b={id}", one.id);
                offers.push(Card { href, ..record::card(app, reader, &record) });
            }
        }
    }
    let problem = if merging::can_merge(&model, one.kind.as_str()) { String::new() } else { reader.texts.get("merge-not-of-this-kind") };
    Ok(MergePage { q, offers, problem, ..page_of(app, reader, vec![side(app, reader, one, 0, 0)])? })
}

fn page_of(app: &App, reader: &Reader, sides: Vec<Side>) -> anyhow::Result<MergePage> {
    Ok(MergePage {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        guard: reader.visitor.token("/desk/merge"),
        sides,
        choices: Vec::new(),
        q: String::new(),
        offers: Vec::new(),
        why: String::new(),
        problem: String::new(),
    })
}
