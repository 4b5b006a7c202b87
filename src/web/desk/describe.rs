//! `/desk/describe/ID` and `/desk/new/KIND`: one record is described, with the medium beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kho_archive::access::Level;
use kho_archive::record::{Kind, Record, RecordId, Text};
use serde_json::Value;

use super::form::{Forms, Part, Wrong, move_part, read_access, read_words};
use super::{go_to, private, transcript};
use crate::editing::{self, By, Saved};
use crate::typed::{Names, Typing};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::page::{self, Card, Page, Reader};
use crate::web::record;
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

#[derive(Template)]
#[template(path = "desk/describe.html")]
struct Describe {
    page: Page,
    heading: String,
    kind_label: String,
    action: String,
    guard: String,
    /// The revision that the form begins with; 0 for a new record.
    base: u64,
    medium: Option<Card>,
    /// Ways to the words that are spoken in it.
    speech: transcript::Doors,
    record_href: Option<String>,
    history_href: Option<String>,
    title: Vec<(&'static str, String, String)>,
    description: Vec<(&'static str, String, String)>,
    levels: Vec<(String, String, bool)>,
    access: Access,
    parts: Vec<Part>,
    wrong: Vec<Wrong>,
    /// What others wrote in the same fields meanwhile: the field, and their words.
    conflicts: Vec<(String, String)>,
    was_saved: bool,
    /// Why something is changed, for the journal.
    why: String,
    /// Whether the old title is kept as a spelling found, where it is a name.
    keeps_name: Option<bool>,
    /// What is still missing before the record may be shown.
    gaps: Vec<String>,
}

struct Access {
    reasons: Vec<(String, String, bool)>,
    until: String,
    groups: String,
    stub: bool,
}

/// A field that somebody else changed, too.
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| {
        let Some(record) = found(app, reader, &id)? else { return Ok(None) };
        let was_saved = !reader.parameter("saved").is_empty();
        Ok(Some(page::draw(&Describe { was_saved, ..Drawing::of(app, reader, &record)?.form(record.revision, &[])? })?))
    });
    answer.await.map(private)
}

pub(crate) async fn save(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    let saved = app.run(move |app| {
        let Some(now) = found(app, &asking, &id)? else { return Ok(None) };
        let base: u64 = posted.get("base").parse().unwrap_or(now.revision);
        let Some(begun) = begun(app, &now, base)? else { return Ok(None) };
        saved(app, &asking, &editor, &begun, base, &posted).map(Some)
    });
    saved.await?.ok_or_else(|| WebError::not_found(reader))
}

pub(crate) async fn show_new(State(app): State<Arc<App>>, Path(kind): Path<String>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| {
        let Some(record) = blank(app, &kind)? else { return Ok(None) };
        page::draw(&Drawing::of(app, reader, &record)?.form(0, &[])?).map(Some)
    });
    answer.await.map(private)
}

pub(crate) async fn make(
    State(app): State<Arc<App>>, Path(kind): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    let made = app.run(move |app| {
        let Some(begun) = blank(app, &kind)? else { return Ok(None) };
        made(app, &asking, &editor, &begun, &posted).map(Some)
    });
    made.await?.ok_or_else(|| WebError::not_found(reader))
}

/// Returns a record whole, as the desk edits it: sealed ones stay sealed here, too.
pub(super) fn found(app: &App, reader: &Reader, typed: &str) -> anyhow::Result<Option<Record>> {
    let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
    if !app.admits(&reader.visitor.viewer, id) {
        return Ok(None);
    }
    Ok(app.archive.catalogue().record(id)?)
}

/// Returns the revision that a form began with.
pub(super) fn begun(app: &App, now: &Record, base: u64) -> anyhow::Result<Option<Record>> {
    if base == now.revision { Ok(Some(now.clone())) } else { editing::revision(&app.archive, now.id, base) }
}

/// The kinds that come in with files, or are kept by the archive itself: nobody begins one at the desk.
const NOT_MADE: [&str; 9] = ["image", "film", "sound", "document", "file", "accession", "model", "report", "exhibit"];

/// Returns the kinds of records that people make, with what one of them is called.
pub(super) fn kinds(app: &App, texts: &Texts) -> anyhow::Result<Vec<(String, String)>> {
    let model = app.archive.catalogue().model()?;
    let made = model.kinds().filter(|(code, _)| !NOT_MADE.contains(code));
    Ok(made.map(|(code, kind)| (code.to_owned(), kind.about.label(texts.language()).to_owned())).collect())
}

/// Returns a record that says nothing yet, of a kind that people make.
fn blank(app: &App, kind: &str) -> anyhow::Result<Option<Record>> {
    let model = app.archive.catalogue().model()?;
    let is_made = model.kinds().any(|(code, _)| code == kind) && !NOT_MADE.contains(&kind);
    Ok(if is_made { Some(Record::new(app.archive.free_id()?, Kind::from(kind), Text::new())) } else { None })
}

fn saved(app: &App, reader: &Reader, editor: &Editor, begun: &Record, base: u64, posted: &Posted) -> anyhow::Result<Response> {
    let (mut mine, wrong) = read(app, reader, editor, begun, posted)?;
    if !wrong.is_empty() {
        return refused(app, reader, &mine, base, posted, (&wrong, Vec::new()));
    }
    if posted.get("keep_name") == "yes" {
        crate::typed::keep_found_spelling(&mut mine, begun);
    }
    let why = posted.get("why").trim();
    let by = By { actor: editor.actor(), reason: if why.is_empty() { "describe" } else { why } };
    match editing::save(&app.archive, base, &mine, &by)? {
        Saved::As(_) | Saved::Unchanged(_) => Ok(go_to(&format!("/desk/describe/{}?saved=1{}", mine.id, moved_to(posted)))),
        Saved::Gone => anyhow::bail!("record {} vanished while it was described", mine.id),
        Saved::Conflict(conflict) => {
            let conflicts = conflict.fields.iter().map(|field| conflicting(app, reader, &conflict.now, field)).collect::<anyhow::Result<_>>()?;
            // Seen and sent again, the form stands on what is there now: with what others wrote into other fields.
            refused(app, reader, &conflict.merged, conflict.now.revision, posted, (&[], conflicts))
        }
    }
}

fn made(app: &App, reader: &Reader, editor: &Editor, begun: &Record, posted: &Posted) -> anyhow::Result<Response> {
    let (record, wrong) = read(app, reader, editor, begun, posted)?;
    if !wrong.is_empty() {
        return refused(app, reader, &record, 0, posted, (&wrong, Vec::new()));
    }
    let why = posted.get("why").trim();
    editing::create(&app.archive, &record, &By { actor: editor.actor(), reason: if why.is_empty() { "describe: a new record" } else { why } })?;
    Ok(go_to(&format!("/desk/describe/{}?saved=1", record.id)))
}

/// Reads the form into a copy of the record that it began with.
fn read(app: &App, reader: &Reader, editor: &Editor, begun: &Record, posted: &Posted) -> anyhow::Result<(Record, Vec<Wrong>)> {
    let (catalogue, texts) = (app.archive.catalogue(), &reader.texts);
    let (model, names) = (catalogue.model()?, Names::new(catalogue));
    let typing = Typing { language: texts.language(), ..Typing::new(&model, &names) };
    let called = |id: &str| called(app, reader, id);
    let forms = Forms { typing: &typing, texts, called: &called };
    let mut record = begun.clone();
    record.title = words("title", &begun.title, posted);
    record.description = words("description", &begun.description, posted);
    read_access(&mut record, posted, editor.actor());
    let mut wrong = forms.read(&mut record, posted);
    move_part(&mut record, posted.get("move"));
    wrong.extend(unclear_leads(&model, texts, begun, &record));
    if record.title.is_empty() {
        wrong.push(Wrong { name: "title.vi".to_owned(), label: texts.get("form-title"), text: texts.get("form-no-title") });
    }
    let problems = crate::typed::problems_of_change(&model, begun, &record);
    let is_told = |wrong: &[Wrong], path: &str| wrong.iter().any(|known| path.starts_with(&known.name));
    for problem in problems.iter().filter(|problem| !crate::typed::is_open_gap(problem)) {
        if !is_told(&wrong, &problem.path) {
            wrong.push(forms.problem(record.kind.as_str(), problem));
        }
    }
    Ok((record, wrong))
}

/// Whichever claim is put in front, the others stay below it: one leads, and it is said why.
fn unclear_leads(model: &kho_archive::model::Model, texts: &Texts, begun: &Record, record: &Record) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let fields = model.fields(record.kind.as_str()).into_iter();
    for field in fields.filter(|field| field.claims && record.fields.get(&field.name) != begun.fields.get(&field.name)) {
        let claims = field.values_in(&record.fields).into_iter().enumerate();
        let leading: Vec<(usize, &Value)> = claims.filter(|(_, claim)| claim.get("leads") == Some(&Value::Bool(true))).collect();
        let unclear = |place: usize, part: &str, key: &str| Wrong {
            name: format!("{}[{place}].{part}", field.name),
            label: field.label(texts.language()).to_owned(),
            text: texts.get(key),
        };
        match leading.as_slice() {
            [] => {}
            [(place, claim)] => wrong.extend(claim.get("reason").is_none().then(|| unclear(*place, "reason", "form-lead-why"))),
            [.., (place, _)] => wrong.push(unclear(*place, "leads", "form-lead-one")),
        }
    }
    wrong
}

/// Where in the form the part stands that was moved.
fn moved_to(posted: &Posted) -> String {
    let part = posted.get("move").rsplit_once(':').map(|(part, _)| part);
    part.map(|part| format!("#{}", part.replace(|letter: char| !letter.is_ascii_alphanumeric() && !"_-:".contains(letter), ""))).unwrap_or_default()
}

/// Returns what a record is called, with its identifier behind; only the identifier of one that is not there or not seen.
pub(super) fn called(app: &App, reader: &Reader, typed: &str) -> String {
    let found = typed.parse::<RecordId>().ok().filter(|id| app.admits(&reader.visitor.viewer, *id));
    let record = found.and_then(|id| app.archive.catalogue().record(id).ok().flatten());
    record.map_or_else(|| typed.to_owned(), |record| format!("{} [{}]", record.title_in(reader.texts.language()), record.id.grouped()))
}

pub(super) fn words(name: &str, before: &Text, posted: &Posted) -> Text {
    let is_asked = |input: &str| input.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    if !posted.names().any(is_asked) {
        return before.clone();
    }
    let before = serde_json::to_value(before).unwrap_or_default();
    let words = read_words(name, Some(&before), posted);
    words.and_then(|words| serde_json::from_value(words).ok()).unwrap_or_default()
}

/// Shows the form again as it was filled in.
fn refused(
    app: &App, reader: &Reader, record: &Record, base: u64, posted: &Posted, (wrong, conflicts): (&[Wrong], Vec<(String, String)>),
) -> anyhow::Result<Response> {
    let status = if conflicts.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    let drawn = Drawing::of(app, reader, record)?.form(base, wrong)?;
    let keeps_name = drawn.keeps_name.map(|_| posted.get("keep_name") == "yes");
    let describe = Describe { conflicts, why: posted.get("why").to_owned(), keeps_name, ..drawn };
    let mut response = private(reader.answer(page::draw(&describe)?));
    *response.status_mut() = status;
    Ok(response)
}

fn conflicting(app: &App, reader: &Reader, now: &Record, name: &str) -> anyhow::Result<(String, String)> {
    let model = app.archive.catalogue().model()?;
    let language = reader.texts.language();
    let label = model.field(now.kind.as_str(), name).map_or(name, |field| field.label(language)).to_owned();
    let whole = serde_json::to_value(now)?;
    let theirs = match whole.get(name) {
        Some(Value::Object(words)) if words.values().all(Value::is_string) => {
            words.values().filter_map(Value::as_str).collect::<Vec<_>>().join(" / ")
        }
        Some(value) => value.to_string(),
        None => reader.texts.get("form-taken-away"),
    };
    Ok((label, theirs))
}

/// Draws the form of one record.
struct Drawing<'a> {
    app: &'a App,
    reader: &'a Reader,
    record: &'a Record,
}

impl<'a> Drawing<'a> {
    fn of(app: &'a App, reader: &'a Reader, record: &'a Record) -> anyhow::Result<Self> {
        Ok(Self { app, reader, record })
    }

    fn form(&self, base: u64, wrong: &[Wrong]) -> anyhow::Result<Describe> {
        let (app, reader, record, texts) = (self.app, self.reader, self.record, &self.reader.texts);
        let catalogue = app.archive.catalogue();
        let (model, names) = (catalogue.model()?, Names::new(catalogue));
        let typing = Typing { language: texts.language(), ..Typing::new(&model, &names) };
        let is_new = base == 0;
        let action = if is_new { format!("/desk/new/{}", record.kind) } else { format!("/desk/describe/{}", record.id) };
        let title = record.title_in(texts.language());
        let kind_label = record::label_of_kind(app, texts, record.kind.as_str());
        let gaps = model
            .check(record)
            .into_iter()
            .filter(|problem| problem.is_gap() && problem.what == needed_for_public())
            .map(|problem| self.label(&model, &problem.path));
        Ok(Describe {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
            heading: if is_new { texts.with("describe-new", "kind", &kind_label) } else { title },
            kind_label,
            guard: reader.visitor.token(&action),
            action,
            base,
            medium: (!record.files.is_empty()).then(|| record::card(app, reader, record)),
            speech: if is_new { transcript::Doors { transcripts: Vec::new(), begin: None } } else { transcript::doors(app, reader, record)? },
            record_href: (!is_new).then(|| format!("/r/{}", record.id)),
            history_href: (!is_new).then(|| format!("/desk/history/{}", record.id)),
            title: side_by_side(texts, &record.title),
            description: side_by_side(texts, &record.description),
            levels: self.choices(&model, "access_levels", record.access.level.code()),
            access: Access {
                reasons: self.choices(&model, "access_reasons", record.access.reason.as_deref().unwrap_or_default()),
                until: record.access.until.map(|day| day.to_string()).unwrap_or_default(),
                groups: record.access.groups.iter().cloned().collect::<Vec<_>>().join("; "),
                stub: record.access.stub,
            },
            parts: Forms { typing: &typing, texts, called: &|id| called(app, reader, id) }.parts(record, wrong),
            wrong: wrong.to_vec(),
            conflicts: Vec::new(),
            was_saved: false,
            why: String::new(),
            // Files have titles, not names.
            keeps_name: (!is_new && record.files.is_empty()).then(|| record.kind.as_str() == "person"),
            gaps: if is_new { Vec::new() } else { gaps.collect() },
        })
    }

    fn label(&self, model: &kho_archive::model::Model, path: &str) -> String {
        let name = path.split(['.', '[']).next().unwrap_or(path);
        model.field(self.record.kind.as_str(), name).map_or(name, |field| field.label(self.reader.texts.language())).to_owned()
    }

    fn choices(&self, model: &kho_archive::model::Model, vocabulary: &str, chosen: &str) -> Vec<(String, String, bool)> {
        let language = self.reader.texts.language();
        let values = model.vocabulary(vocabulary).map_or(&[][..], |known| &known.values);
        let mut choices: Vec<(String, String, bool)> =
            values.iter().map(|choice| (choice.code.clone(), choice.label(language).to_owned(), choice.code == chosen)).collect();
        // A level of a later version stays what it is.
        if !chosen.is_empty()
            && choices.iter().all(|(_, _, is_chosen)| !is_chosen)
            && vocabulary == "access_levels"
            && chosen.parse::<Level>().is_err()
        {
            choices.push((chosen.to_owned(), chosen.to_owned(), true));
        }
        choices
    }
}

fn needed_for_public() -> kho_archive::model::What {
    kho_archive::model::What::Missing { needed: "public".to_owned() }
}

pub(super) fn side_by_side(texts: &Texts, words: &BTreeMap<String, String>) -> Vec<(&'static str, String, String)> {
    ["vi", "en"]
        .into_iter()
        .map(|language| (language, texts.get(&format!("language-{language}")), words.get(language).cloned().unwrap_or_default()))
        .collect()
}
