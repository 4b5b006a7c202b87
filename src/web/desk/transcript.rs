//! `/desk/transcripts/ID` and `/desk/transcribe/ID`: the words of a recording are written down beside its player.
//!
//! What the editor may not see of a transcript, sealed minutes, is not in the form and stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kho_archive::access;
use kho_archive::model::Model;
use kho_archive::record::{Kind, Record, RecordId, Text};
use serde_json::{Value, json};

use super::describe::{begun, called, found, side_by_side, words};
use super::form::{Forms, Wrong, read_access};
use super::{go_to, private};
use crate::editing::{self, By, Conflict, Saved};
use crate::spoken;
use crate::typed::{Names, Typing};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::in_words;
use crate::web::page::{self, Card, Page, Reader};
use crate::web::record;
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

mod points;
mod rows;

use points::Point;
use rows::{Act, People, Row};

/// The longest form of a transcript: the words of a day of talk, in two languages.
pub(crate) const LONGEST: usize = 4 << 20;

/// What the script does at which keys: with a modifier each, so that none is pressed while typing.
const KEYS: [(&[&str], &str); 9] = [
    (&["Alt", "K"], "transcript-key-play"),
    (&["Alt", "J"], "transcript-key-back"),
    (&["Alt", "L"], "transcript-key-on"),
    (&["Alt", "I"], "transcript-key-start"),
    (&["Alt", "O"], "transcript-key-end"),
    (&["Alt", "↓"], "transcript-key-next"),
    (&["Alt", "↑"], "transcript-key-before"),
    (&["Alt", "Enter"], "transcript-key-split"),
    (&["Ctrl", "S"], "describe-save"),
];

/// The kinds of records whose words can be written down.
const SPOKEN: [&str; 4] = ["sound", "film", "document", "image"];

#[derive(Template)]
#[template(path = "desk/transcript.html")]
struct TranscriptPage {
    page: Page,
    heading: String,
    action: String,
    guard: String,
    /// The revision that the form begins with.
    base: u64,
    id: RecordId,
    recording: Option<Recording>,
    title: Vec<(&'static str, String, String)>,
    states: Vec<(String, String, bool)>,
    levels: Vec<(String, String, bool)>,
    method: String,
    by: String,
    on: String,
    /// The languages of the words, with what they are called.
    languages: Vec<(String, String)>,
    rows: Vec<Row>,
    /// What a new row looks like.
    blank: Row,
    points: Vec<Point>,
    wrong: Vec<Wrong>,
    conflicts: Vec<(String, String)>,
    was_saved: bool,
    /// Whether rows were moved and nothing was saved yet.
    is_unsaved: bool,
    /// How much of it is kept from the editor, in words; empty if nothing is.
    kept_back: String,
}

/// What is heard or seen beside the words.
struct Recording {
    card: Card,
    player: Option<record::Player>,
}

impl TranscriptPage {
    /// The words of a row, each with its language and what that is called.
    fn texts<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        self.languages.iter().zip(&row.texts).map(|((code, label), words)| (code.as_str(), label.as_str(), words.as_str()))
    }

    fn keys(&self) -> &'static [(&'static [&'static str], &'static str)] {
        &KEYS
    }

    fn problem(&self, row: &Row) -> String {
        row.problem.map(|key| self.page.t.get(key)).unwrap_or_default()
    }
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let answer = page::respond(app, reader, move |app, reader| {
        let Some(record) = transcript(app, reader, &id)? else { return Ok(None) };
        let was_saved = !reader.parameter("saved").is_empty();
        let desk = Desk::of(app, reader, &record)?;
        let typed = desk.as_it_is(&record);
        Ok(Some(page::draw(&TranscriptPage { was_saved, ..desk.page(&record, typed, record.revision)? })?))
    });
    answer.await.map(private)
}

pub(crate) async fn save(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, posted: Posted,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    let saved = app.run(move |app| {
        let Some(now) = transcript(app, &asking, &id)? else { return Ok(None) };
        let base: u64 = posted.get("base").parse().unwrap_or(now.revision);
        let Some(begun) = begun(app, &now, base)? else { return Ok(None) };
        Desk::of(app, &asking, &begun)?.saved(&editor, &begun, &posted).map(Some)
    });
    saved.await?.ok_or_else(|| WebError::not_found(reader))
}

/// Begins the transcript of a recording, with the timed words beside it if there are any.
pub(crate) async fn begin(
    State(app): State<Arc<App>>, Path(id): Path<String>, editor: Editor, reader: Reader, _posted: Posted,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    let begun = app.run(move |app| {
        let Some(recording) = found(app, &asking, &id)?.filter(|record| SPOKEN.contains(&record.kind.as_str())) else { return Ok(None) };
        let transcript = drafted(app, &asking, &editor, &recording)?;
        editing::create(&app.archive, &transcript, &By { actor: editor.actor(), reason: "transcribe" })?;
        Ok(Some(go_to(&format!("/desk/transcripts/{}", transcript.id))))
    });
    begun.await?.ok_or_else(|| WebError::not_found(reader))
}

/// What the page of a recording says of its transcripts.
pub(super) struct Doors {
    /// Where each is edited, and what it is called.
    pub(super) transcripts: Vec<(String, String)>,
    /// Where a new one is begun, and the token of that form.
    pub(super) begin: Option<(String, String)>,
}

/// Returns the ways from a record to the words spoken in it.
pub(super) fn doors(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Doors> {
    let mut doors = Doors { transcripts: Vec::new(), begin: None };
    let language = reader.texts.language();
    let mut add = |record: &Record| doors.transcripts.push((format!("/desk/transcripts/{}", record.id), record.title_in(language)));
    if record.kind == Kind::transcript() {
        add(record);
    } else if SPOKEN.contains(&record.kind.as_str()) {
        for id in spoken::transcripts_of(app.archive.catalogue(), record.id)? {
            let transcript = app.record(&reader.visitor.viewer, &id.to_string())?;
            transcript.iter().filter(|record| record.erased().is_none()).for_each(&mut add);
        }
        let action = format!("/desk/transcribe/{}", record.id);
        let token = reader.visitor.token(&action);
        doors.begin = Some((action, token));
    }
    Ok(doors)
}

/// Returns a transcript whole, as the desk edits it.
fn transcript(app: &App, reader: &Reader, typed: &str) -> anyhow::Result<Option<Record>> {
    Ok(found(app, reader, typed)?.filter(|record| record.kind == Kind::transcript() && record.erased().is_none()))
}

fn drafted(app: &App, reader: &Reader, editor: &Editor, recording: &Record) -> anyhow::Result<Record> {
    let (segments, names) = spoken::drafted(record::timed_files(app, reader, recording.id)?);
    let titles = [("vi", Texts::vietnamese()), ("en", Texts::english())];
    let titled = titles.iter().filter_map(|(language, texts)| {
        let title = recording.title.get(*language)?;
        Some(((*language).to_owned(), texts.with("transcript-of", "title", title)))
    });
    let mut title: Text = titled.collect();
    if title.is_empty() {
        title.insert("vi".to_owned(), Texts::vietnamese().with("transcript-of", "title", &recording.title_in("vi")));
    }
    let mut transcript = Record::new(app.archive.free_id()?, Kind::transcript(), title);
    let texts = Texts::vietnamese();
    let method = if names.is_empty() { texts.get("transcript-by-ear") } else { texts.with("transcript-from-file", "name", &names.join(", ")) };
    let state = if names.is_empty() { "draft" } else { "machine" };
    for (field, value) in [("media", json!(recording.id)), ("state", json!(state)), ("method", json!(method))] {
        transcript.fields.insert(field.to_owned(), value);
    }
    transcript.fields.insert("by".to_owned(), json!(editor.account().spoken_name()));
    transcript.fields.insert("on".to_owned(), today());
    if !segments.is_empty() {
        transcript.fields.insert("segments".to_owned(), Value::Array(segments));
    }
    Ok(transcript)
}

fn today() -> Value {
    json!({"edtf": crate::accounts::today().to_string()})
}

/// What is typed into the form of one transcript.
struct Typed {
    rows: Vec<Row>,
    points: Vec<Point>,
}

/// One transcript at the desk of one editor.
struct Desk<'a> {
    app: &'a App,
    reader: &'a Reader,
    model: Arc<Model>,
    names: Names<'a>,
    /// The languages of the words: those that are always asked for, and those that are there.
    languages: Vec<String>,
    /// The minutes that are kept from the editor.
    minutes: Vec<access::Minutes>,
}

impl<'a> Desk<'a> {
    fn of(app: &'a App, reader: &'a Reader, begun: &Record) -> anyhow::Result<Self> {
        let catalogue = app.archive.catalogue();
        let model = catalogue.model()?;
        let usual = spoken::LANGUAGES.map(str::to_owned);
        let further = spoken::languages(begun).into_iter().filter(|language| !usual.contains(language));
        let languages = usual.iter().cloned().chain(further).collect();
        let minutes = access::hidden_minutes(begun, &reader.visitor.viewer, &model);
        Ok(Self { app, reader, names: Names::new(catalogue), model, languages, minutes })
    }

    fn hidden(&self, record: &Record) -> BTreeSet<usize> {
        rows::hidden(spoken::segments(record), &self.minutes)
    }

    /// Lets something be done with people and forms as this editor sees them.
    fn with<T>(&self, work: impl FnOnce(&People<'_>, &Forms<'_>) -> T) -> T {
        let called = |id: &str| called(self.app, self.reader, id);
        let is_person = |id: RecordId| {
            let person = self.app.record(&self.reader.visitor.viewer, &id.to_string()).ok().flatten();
            person.is_some_and(|record| record.kind.as_str() == "person")
        };
        let typing = Typing { language: self.reader.texts.language(), ..Typing::new(&self.model, &self.names) };
        work(&People { called: &called, is_person: &is_person }, &Forms { typing: &typing, texts: &self.reader.texts, called: &called })
    }

    /// The form as the record fills it in.
    fn as_it_is(&self, record: &Record) -> Typed {
        self.with(|people, forms| Typed {
            rows: rows::rows(spoken::segments(record), &self.languages, &self.hidden(record), people),
            points: points::points(spoken::points(record), &self.reader.visitor.viewer, forms),
        })
    }

    fn saved(&self, editor: &Editor, begun: &Record, posted: &Posted) -> anyhow::Result<Response> {
        let mut rows = rows::posted(posted, &self.languages);
        if let Some(act) = Act::read(posted.get("do")) {
            act.apply(&mut rows);
            let (mine, points, wrong) = self.read_rest(editor, begun, posted);
            let page = TranscriptPage { wrong, is_unsaved: true, ..self.page(&mine, Typed { rows, points }, begun.revision)? };
            return Ok(private(self.reader.answer(page::draw(&page)?)));
        }
        let (mut mine, points, mut wrong) = self.read_rest(editor, begun, posted);
        let hidden = self.hidden(begun);
        let segments = self.with(|people, _| rows::segments(&mut rows, spoken::segments(begun), &self.languages, &hidden, people));
        wrong.extend(rows.iter().enumerate().filter_map(|(place, row)| self.wrong_row(place, row)));
        put_list(&mut mine, "segments", segments.unwrap_or_else(|| spoken::segments(begun).to_vec()));
        if wrong.is_empty() {
            wrong.extend(self.problems(begun, &mine));
        }
        let typed = Typed { rows, points };
        if !wrong.is_empty() {
            let page = TranscriptPage { wrong, ..self.page(&mine, typed, begun.revision)? };
            return self.refused(&page, StatusCode::UNPROCESSABLE_ENTITY);
        }
        match editing::save(&self.app.archive, begun.revision, &mine, &By { actor: editor.actor(), reason: "transcribe" })? {
            Saved::As(_) | Saved::Unchanged(_) => Ok(go_to(&format!("/desk/transcripts/{}?saved=1", mine.id))),
            Saved::Gone => anyhow::bail!("transcript {} vanished while it was edited", mine.id),
            Saved::Conflict(conflict) => self.conflicting(begun, &conflict),
        }
    }

    /// Shows the form again, with mine where both wrote and with what somebody else wrote elsewhere. Sent again it stands on what
    /// is there now.
    fn conflicting(&self, begun: &Record, conflict: &Conflict) -> anyhow::Result<Response> {
        let conflicts = conflict.fields.iter().flat_map(|field| self.conflicts(begun, &conflict.now, field)).collect();
        // Minutes may have been closed meanwhile: what is hidden is found anew.
        let desk = Self::of(self.app, self.reader, &conflict.merged)?;
        let typed = desk.as_it_is(&conflict.merged);
        let page = TranscriptPage { conflicts, ..desk.page(&conflict.merged, typed, conflict.now.revision)? };
        self.refused(&page, StatusCode::CONFLICT)
    }

    /// What somebody else wrote in a field: of segments, those that are others now.
    fn conflicts(&self, begun: &Record, now: &Record, field: &str) -> Vec<(String, String)> {
        let label = self.model.field("transcript", field).map_or(field, |field| field.label(self.reader.texts.language())).to_owned();
        let whole = |record: &Record| serde_json::to_value(record).ok().and_then(|record| record.get(field).cloned()).unwrap_or_default();
        let (was, is) = (whole(begun), whole(now));
        match (&was, &is) {
            (Value::Array(was), Value::Array(is)) => {
                // Minutes may have been closed meanwhile.
                let viewer = &self.reader.visitor.viewer;
                let hidden = rows::hidden(spoken::segments(now), &access::hidden_minutes(now, viewer, &self.model));
                let is_told = |place: usize, part: &Value| if field == "segments" { !hidden.contains(&place) } else { points::is_seen(part, viewer) };
                let others = is.iter().enumerate().filter(|(place, part)| !was.contains(part) && is_told(*place, part));
                others.map(|(_, part)| (format!("{label} {}", rows::time(part.get("start").unwrap_or(&part["time"]))), said(part))).collect()
            }
            (_, Value::Null) => vec![(label, self.reader.texts.get("form-taken-away"))],
            (_, is) => vec![(label, said(is))],
        }
    }

    /// Reads everything but the segments.
    fn read_rest(&self, editor: &Editor, begun: &Record, posted: &Posted) -> (Record, Vec<Point>, Vec<Wrong>) {
        let mut record = begun.clone();
        record.title = words("title", &begun.title, posted);
        read_access(&mut record, posted, editor.actor());
        read_head(&mut record, begun, posted, editor);
        let viewer = &self.reader.visitor.viewer;
        let (points, read, mut wrong) = self.with(|_, forms| points::read(spoken::points(begun), viewer, posted, forms));
        put_list(&mut record, "index_points", read);
        if record.title.is_empty() {
            let texts = &self.reader.texts;
            wrong.push(Wrong { name: "title.vi".to_owned(), label: texts.get("form-title"), text: texts.get("form-no-title") });
        }
        (record, points, wrong)
    }

    fn wrong_row(&self, place: usize, row: &Row) -> Option<Wrong> {
        let text = self.reader.texts.get(row.problem?);
        let label = self.reader.texts.with("transcript-segment", "number", &(place + 1).to_string());
        Some(Wrong { name: format!("s{place}"), label, text })
    }

    /// What the model finds wrong with what was changed.
    fn problems(&self, begun: &Record, mine: &Record) -> Vec<Wrong> {
        let problems = crate::typed::problems_of_change(&self.model, begun, mine);
        let grave = problems.iter().filter(|problem| !crate::typed::is_open_gap(problem) && !problem.path.starts_with("segments"));
        self.with(|_, forms| grave.map(|problem| forms.problem("transcript", problem)).collect())
    }

    fn refused(&self, page: &TranscriptPage, status: StatusCode) -> anyhow::Result<Response> {
        let mut response = private(self.reader.answer(page::draw(page)?));
        *response.status_mut() = status;
        Ok(response)
    }

    fn page(&self, record: &Record, typed: Typed, base: u64) -> anyhow::Result<TranscriptPage> {
        let (app, reader, texts) = (self.app, self.reader, &self.reader.texts);
        let action = format!("/desk/transcripts/{}", record.id);
        let line = |name: &str| record.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kept = self.hidden(record).len() as u64;
        Ok(TranscriptPage {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
            heading: record.title_in(texts.language()),
            guard: reader.visitor.token(&action),
            action,
            base,
            id: record.id,
            recording: self.recording(record)?,
            title: side_by_side(texts, &record.title),
            states: self.choices("transcript_states", &line("state")),
            levels: self.choices("access_levels", record.access.level.code()),
            method: line("method"),
            by: line("by"),
            on: record.fields.get("on").and_then(|on| on["edtf"].as_str()).map(|day| in_words::day(texts, day)).unwrap_or_default(),
            languages: self.languages.iter().map(|language| (language.clone(), record::language_label(texts, language))).collect(),
            rows: typed.rows,
            blank: Row { texts: vec![String::new(); self.languages.len()], ..Row::default() },
            points: typed.points,
            wrong: Vec::new(),
            conflicts: Vec::new(),
            was_saved: false,
            is_unsaved: false,
            kept_back: if kept == 0 { String::new() } else { texts.count("transcript-kept-back", kept) },
        })
    }

    fn recording(&self, transcript: &Record) -> anyhow::Result<Option<Recording>> {
        let Some(id) = spoken::recording_of(transcript) else { return Ok(None) };
        let found = self.app.give_record(&self.reader.visitor, &id.to_string(), "desk")?;
        Ok(found.map(|record| Recording { card: record::card(self.app, self.reader, &record), player: record::player(self.app, &record) }))
    }

    fn choices(&self, vocabulary: &str, chosen: &str) -> Vec<(String, String, bool)> {
        let language = self.reader.texts.language();
        let values = self.model.vocabulary(vocabulary).map_or(&[][..], |known| &known.values);
        let choice = |choice: &kho_archive::model::Choice| (choice.code.clone(), choice.label(language).to_owned(), choice.code == chosen);
        let mut choices: Vec<(String, String, bool)> = values.iter().map(choice).collect();
        // A word of a later version stays what it is.
        if !chosen.is_empty() && choices.iter().all(|(_, _, is_chosen)| !is_chosen) {
            choices.push((chosen.to_owned(), chosen.to_owned(), true));
        }
        choices
    }
}

/// Reads who made the transcript and how far it is. Whoever says that it was checked is named, with the day.
fn read_head(record: &mut Record, begun: &Record, posted: &Posted, editor: &Editor) {
    for field in ["state", "method", "by"] {
        let typed = posted.get(field).trim();
        if !typed.is_empty() {
            record.fields.insert(field.to_owned(), json!(typed));
        } else if posted.names().any(|name| name == field) {
            record.fields.remove(field);
        }
    }
    let is_checked = |record: &Record| record.fields.get("state").is_some_and(|state| state == "checked" || state == "verified");
    if !is_checked(record) || record.fields.get("state") == begun.fields.get("state") {
        return;
    }
    record.fields.insert("on".to_owned(), today());
    let name = editor.account().spoken_name();
    let by = record.fields.get("by").and_then(Value::as_str).unwrap_or_default();
    if !by.split(',').any(|known| known.trim() == name) {
        let named = if by.is_empty() { name.to_owned() } else { format!("{by}, {name}") };
        record.fields.insert("by".to_owned(), json!(named));
    }
}

fn put_list(record: &mut Record, field: &str, values: Vec<Value>) {
    if values.is_empty() { drop(record.fields.remove(field)) } else { drop(record.fields.insert(field.to_owned(), Value::Array(values))) }
}

/// The words of a part for people: of a segment or an index point what is said, of a text its languages.
fn said(part: &Value) -> String {
    let of = |value: &Value| -> Option<String> {
        let words: BTreeMap<String, String> = serde_json::from_value(value.clone()).ok()?;
        Some(words.into_values().collect::<Vec<_>>().join(" / "))
    };
    let inner = part.get("text").or_else(|| part.get("title")).and_then(of);
    inner.or_else(|| of(part)).or_else(|| part.as_str().map(str::to_owned)).unwrap_or_else(|| part.to_string())
}
