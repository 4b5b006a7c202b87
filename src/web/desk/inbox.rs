//! `/desk/inbox` and `/desk/batch`: what came in and nobody described, and many records changed as one.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use kho_archive::catalogue::Selection;
use kho_archive::record::{Kind, RecordId, bytes_of_raw, readable_name};
use kho_index::Question;

use super::{go_to, private};
use crate::editing::{self, By, Outcome};
use crate::typed::{self, Change, Mode, Names, Typing};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::links;
use crate::web::page::{self, Card, Page, Reader};
use crate::web::record;
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

/// How many records stand on a page.
const PER_PAGE: u64 = 48;

/// The most records that one batch changes.
const MOST: u64 = 20_000;

#[derive(Template)]
#[template(path = "desk/inbox.html")]
struct Inbox {
    page: Page,
    total: u64,
    cards: Vec<(String, Card)>,
    filter: Filter,
    accessions: Vec<(String, String, bool)>,
    fields: Vec<(String, String)>,
    guard: String,
    previous: Option<String>,
    next: Option<String>,
    done: Option<Done>,
    problem: String,
}

/// What happened to the last batch.
struct Done {
    text: String,
    /// The record that stayed when two were merged: its address and title.
    record: Option<(String, String)>,
    undo: Option<(String, String)>,
}

/// Which records are shown, as it was typed.
#[derive(Clone, Default)]
struct Filter {
    q: String,
    accession: String,
    folder: String,
    from: String,
    until: String,
    all: bool,
}

impl Filter {
    fn of(reader: &Reader) -> Self {
        Self::read(|name| reader.parameter(name))
    }

    fn of_form(posted: &Posted) -> Self {
        Self::read(|name| posted.get(name))
    }

    fn read<'a>(given: impl Fn(&'static str) -> &'a str) -> Self {
        let typed = |name| given(name).trim().to_owned();
        Self {
            q: typed("q"),
            accession: typed("accession"),
            folder: typed("folder"),
            from: typed("from"),
            until: typed("until"),
            all: typed("all") == "yes",
        }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let all = if self.all { "yes" } else { "" };
        let given = [
            ("q", self.q.as_str()),
            ("accession", &self.accession),
            ("folder", &self.folder),
            ("from", &self.from),
            ("until", &self.until),
            ("all", all),
        ];
        given.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn selection(&self, app: &App) -> anyhow::Result<Selection> {
        let accession: Option<RecordId> = self.accession.parse().ok();
        let folder = match accession {
            Some(accession) if !self.folder.is_empty() => folder_of(app, accession, &self.folder)?,
            _ => None,
        };
        let moment = |typed: &str| Some(typed.to_owned()).filter(|typed| !typed.is_empty());
        Ok(Selection { accession, folder, from: moment(&self.from), until: moment(&self.until), undescribed: !self.all, kind: None })
    }

    /// The records that fit: by the catalogue, and where words are typed, by the index.
    fn records(&self, app: &App, reader: &Reader, skip: u64, count: u64) -> anyhow::Result<(u64, Vec<RecordId>)> {
        let (catalogue, selection) = (app.archive.catalogue(), self.selection(app)?);
        if self.q.is_empty() {
            return Ok((catalogue.count_selected(&selection)?, catalogue.select(&selection, skip, count)?));
        }
        let question = Question { limit: usize::try_from(MOST)?, ..Question::new(&self.q) };
        let found = app.search(&reader.visitor.viewer, &question)?;
        let fitting: BTreeSet<RecordId> = catalogue.select(&selection, 0, u64::MAX >> 1)?.into_iter().collect();
        let ids: Vec<RecordId> = found.hits.iter().filter_map(|hit| RecordId::from_number(hit.id)).filter(|id| fitting.contains(id)).collect();
        let page = ids.iter().copied().skip(usize::try_from(skip)?).take(usize::try_from(count)?).collect();
        Ok((ids.len() as u64, page))
    }
}

/// Finds the folder that somebody named by its readable path.
fn folder_of(app: &App, accession: RecordId, typed: &str) -> anyhow::Result<Option<(String, String)>> {
    let Some(record) = app.archive.catalogue().record(accession)? else { return Ok(None) };
    let folders = record.accession.unwrap_or_default().folders;
    let is_it = |folder: &&kho_archive::record::Folder| readable_name(&bytes_of_raw(&folder.raw)) == typed;
    // A folder that is not there holds nothing, not everything.
    Ok(Some(folders.iter().find(is_it).map_or_else(|| (String::new(), "\u{7f}".to_owned()), |folder| (folder.root.clone(), folder.raw.clone()))))
}

pub(crate) async fn show(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, |app, reader| {
        let done = done(app, reader)?;
        draw(app, reader, &Filter::of(reader), done, String::new()).map(Some)
    });
    answer.await.map(private)
}

/// Sets fields of the records that were ticked, or of all that fit, in one action.
pub(crate) async fn change(State(app): State<Arc<App>>, editor: Editor, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let changed = app.run(move |app| {
        let filter = Filter::of_form(&posted);
        if posted.get("do") == "merge" {
            return begin_merge(app, &reader, &filter, &posted);
        }
        let ids: BTreeSet<RecordId> = match posted.get("which") {
            "all" => filter.records(app, &reader, 0, MOST)?.1.into_iter().collect(),
            _ => posted.all("id").filter_map(|id| id.parse().ok()).collect(),
        };
        match change_all(app, &reader, &editor, &ids, &posted) {
            Ok(outcome) => Ok(go_to(&format!("/desk/inbox{}", told(&filter, &outcome)))),
            Err(problem) => refused(app, &reader, &filter, problem),
        }
    });
    Ok(changed.await?)
}

fn refused(app: &App, reader: &Reader, filter: &Filter, problem: String) -> anyhow::Result<Response> {
    let html = draw(app, reader, filter, None, problem)?;
    let mut response = private(reader.answer(html));
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Leads on to where the two records are compared that were ticked.
fn begin_merge(app: &App, reader: &Reader, filter: &Filter, posted: &Posted) -> anyhow::Result<Response> {
    let ticked: Vec<RecordId> = posted.all("id").filter_map(|id| id.parse().ok()).collect();
    match ticked.as_slice() {
        [one, other] => Ok(go_to(&format!("/desk/merge?a={one}&b={other}"))),
        _ => refused(app, reader, filter, reader.texts.get("merge-two")),
    }
}

/// Takes a batch back.
pub(crate) async fn undo(State(app): State<Arc<App>>, editor: Editor, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let undone = app.run(move |app| {
        let Ok(sequence) = posted.get("batch").parse() else { return Ok(None) };
        let by = By { actor: editor.actor(), reason: "undo" };
        let outcome = editing::undo(&app.archive, sequence, &by)?;
        Ok(Some(go_to(&format!("/desk/inbox{}", told(&Filter::default(), &outcome)))))
    });
    undone.await?.ok_or_else(|| WebError::not_found(reader))
}

/// The outcome of a batch as parameters, so that the page can be loaded again.
fn told(filter: &Filter, outcome: &Outcome) -> String {
    let mut parameters = filter.parameters();
    parameters.push(("changed".to_owned(), outcome.changed.len().to_string()));
    parameters.push(("left".to_owned(), outcome.left.len().to_string()));
    parameters.extend(outcome.batch.map(|batch| ("batch".to_owned(), batch.to_string())));
    links::with_query("", &parameters)
}

fn done(app: &App, reader: &Reader) -> anyhow::Result<Option<Done>> {
    let merged = app.record(&reader.visitor.viewer, reader.parameter("merged"))?;
    let changed = reader.parameter("changed").parse::<u64>();
    let left: u64 = reader.parameter("left").parse().unwrap_or(0);
    let mut text = match (&merged, changed) {
        (Some(_), _) => reader.texts.get("merge-done"),
        (None, Ok(changed)) => reader.texts.count("batch-changed", changed),
        (None, Err(_)) => return Ok(None),
    };
    let record = merged.map(|record| (format!("/r/{}", record.id), record.title_in(reader.texts.language())));
    if left > 0 {
        text = format!("{text} {}", reader.texts.count("batch-left", left));
    }
    let batch: Option<u64> = reader.parameter("batch").parse().ok();
    let is_batch = |sequence: &u64| app.archive.journal().read(*sequence).ok().flatten().is_some_and(|commit| editing::is_batch(&commit));
    let undo = batch.filter(is_batch).map(|batch| (batch.to_string(), reader.visitor.token("/desk/undo")));
    Ok(Some(Done { text, record, undo }))
}

/// Applies up to four changes of fields to each record; the error is a sentence for people.
fn change_all(app: &App, reader: &Reader, editor: &Editor, ids: &BTreeSet<RecordId>, posted: &Posted) -> Result<Outcome, String> {
    let texts = &reader.texts;
    let changes: Vec<Change> = (1..=4).filter_map(|number| typed_change(posted, number)).collect();
    if ids.is_empty() {
        return Err(texts.get("batch-nothing-chosen"));
    }
    if changes.is_empty() {
        return Err(texts.get("batch-no-change"));
    }
    let failed = |error: anyhow::Error| {
        tracing::warn!("a batch was refused: {error:#}");
        texts.get("batch-refused")
    };
    let catalogue = app.archive.catalogue();
    let model = catalogue.model().map_err(|error| failed(error.into()))?;
    let names = Names::new(catalogue);
    let typing = Typing { language: texts.language(), ..Typing::new(&model, &names) };
    let may_see = |id: &RecordId| app.admits(&reader.visitor.viewer, *id);
    let ids: BTreeSet<RecordId> = ids.iter().copied().filter(may_see).collect();
    let problem = std::cell::RefCell::new(None);
    let outcome = editing::change_many(&app.archive, &ids, &By { actor: editor.actor(), reason: "batch" }, &|record| {
        for change in &changes {
            if let Err(error) = typed::apply(record, change, &typing, editor.actor()) {
                let label = field_label(&model, record.kind.as_str(), &change.field, texts);
                *problem.borrow_mut() = Some(texts.with("batch-not-understood", "field", &label));
                return Err(error.into());
            }
        }
        Ok(())
    });
    outcome.map_err(|error| problem.take().unwrap_or_else(|| failed(error)))
}

fn typed_change(posted: &Posted, number: u32) -> Option<Change> {
    let (name, value) = (posted.get(&format!("field{number}")), posted.get(&format!("value{number}")).trim());
    let (field, part) = name.split_once('.').unwrap_or((name, ""));
    if field.is_empty() || value.is_empty() {
        return None;
    }
    let mode = if posted.get(&format!("mode{number}")) == "add" { Mode::Append } else { Mode::Replace };
    Some(Change { field: field.to_owned(), part: part.to_owned(), mode, typed: value.to_owned() })
}

fn field_label(model: &kho_archive::model::Model, kind: &str, name: &str, texts: &Texts) -> String {
    model.field(kind, name).map_or(name, |field| field.label(texts.language())).to_owned()
}

fn draw(app: &App, reader: &Reader, filter: &Filter, done: Option<Done>, problem: String) -> anyhow::Result<String> {
    let number: u64 = reader.parameter("page").parse().unwrap_or(1).max(1);
    let skip = (number - 1) * PER_PAGE;
    let (total, ids) = filter.records(app, reader, skip, PER_PAGE)?;
    let mut cards = Vec::new();
    for id in ids {
        if let Some(record) = app.record(&reader.visitor.viewer, &id.to_string())? {
            let card = record::card(app, reader, &record);
            cards.push((id.to_string(), Card { href: format!("/desk/describe/{id}"), ..card }));
        }
    }
    let at = |number: u64| {
        let mut parameters = filter.parameters();
        parameters.push(("page".to_owned(), number.to_string()));
        links::with_query("/desk/inbox", &parameters)
    };
    page::draw(&Inbox {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        total,
        cards,
        accessions: accessions(app, reader, &filter.accession)?,
        fields: batch_fields(app, reader)?,
        filter: filter.clone(),
        guard: reader.visitor.token("/desk/batch"),
        previous: (number > 1).then(|| at(number - 1)),
        next: (skip + PER_PAGE < total).then(|| at(number + 1)),
        done,
        problem,
    })
}

fn accessions(app: &App, reader: &Reader, chosen: &str) -> anyhow::Result<Vec<(String, String, bool)>> {
    let mut accessions = Vec::new();
    for id in app.archive.catalogue().select(&Selection { kind: Some(Kind::accession().to_string()), ..Selection::default() }, 0, 200)? {
        if let Some(record) = app.record(&reader.visitor.viewer, &id.to_string())? {
            accessions.push((id.to_string(), record.title_in(reader.texts.language()), id.to_string() == chosen));
        }
    }
    accessions.reverse();
    Ok(accessions)
}

/// The fields of media that make sense for many at once, with their labels.
fn batch_fields(app: &App, reader: &Reader) -> anyhow::Result<Vec<(String, String)>> {
    let model = app.archive.catalogue().model()?;
    let language = reader.texts.language();
    let mut fields = vec![("access".to_owned(), reader.texts.get("form-access")), ("description".to_owned(), reader.texts.get("record-description"))];
    let wanted = [
        "caption",
        "shows",
        "made_during",
        "created",
        "created_place",
        "creator",
        "device",
        "rights_statement",
        "rights_holder",
        "licence",
        "credit_line",
        "collection",
        "subjects",
        "warnings",
        "quality",
    ];
    let named = wanted.iter().filter_map(|name| Some(((*name).to_owned(), model.field("image", name)?.label(language).to_owned())));
    fields.extend(named);
    Ok(fields)
}
