//! What is spoken in a recording, for one reader: transcripts that people made, else the timed words beside it; and what is
//! talked about when.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kho_archive::record::{File, Kind, Record, RecordId, Role};
use serde_json::Value;

use super::{clock, nfc};
use crate::derivative::reading;
use crate::export::ohms;
use crate::media::transcript::Cue as Spoken;
use crate::spoken;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::media::{WEB_VTT, web_vtt};
use crate::web::page::Reader;
use crate::web::texts::Texts;

/// Captions of a film.
#[derive(Clone)]
pub(in crate::web) struct Track {
    pub(in crate::web) src: String,
    pub(in crate::web) language: String,
    pub(in crate::web) label: String,
    pub(in crate::web) is_default: bool,
}

/// Words with times in one language.
pub(super) struct Transcript {
    pub(super) label: String,
    pub(super) language: String,
    pub(super) cues: Vec<Cue>,
}

/// One spoken line.
pub(super) struct Cue {
    pub(super) seconds: String,
    pub(super) at: String,
    pub(super) speaker: Option<String>,
    pub(super) text: String,
}

/// A moment that is worth finding.
pub(super) struct Point {
    pub(super) seconds: String,
    pub(super) at: String,
    pub(super) title: String,
    pub(super) synopsis: Option<String>,
}

/// All of that, of one record.
#[derive(Default)]
pub(super) struct Speech {
    /// Of a transcript: its recording, if the reader may see it.
    recording: Option<Record>,
    pub(super) transcripts: Vec<Transcript>,
    pub(super) tracks: Vec<Track>,
    pub(super) points: Vec<Point>,
}

/// The words and index points of one recording, as far as a reader may have them, before they are laid out for anything.
#[derive(Default)]
pub(in crate::web) struct Heard {
    /// Of a transcript: its recording, if the reader may see it.
    recording: Option<Record>,
    pub(in crate::web) words: Vec<Words>,
    /// Index points as transcripts have them.
    pub(in crate::web) points: Vec<Value>,
}

/// What is said, in one language, and where it can be had as captions.
pub(in crate::web) struct Words {
    pub(in crate::web) language: String,
    pub(in crate::web) src: String,
    pub(in crate::web) cues: Vec<Spoken>,
}

impl Heard {
    /// Finds out what a reader may know of what is spoken in a record; `how` tells the audit on which way.
    pub(in crate::web) fn of(app: &App, reader: &Reader, record: &Record, how: &str) -> anyhow::Result<Self> {
        let mut heard = Self::default();
        if record.kind == Kind::transcript() {
            heard.add(app, reader, record);
            if let Some(id) = spoken::recording_of(record) {
                heard.recording = app.give_record(&reader.visitor, &id.to_string(), how)?;
            }
            return Ok(heard);
        }
        let mut languages = BTreeSet::new();
        for id in spoken::transcripts_of(app.archive.catalogue(), record.id)? {
            if let Some(transcript) = app.give_record(&reader.visitor, &id.to_string(), how)? {
                languages.extend(spoken::languages(&transcript));
                heard.add(app, reader, &transcript);
            }
        }
        heard.add_files(app, reader, record.id, &languages)?;
        Ok(heard)
    }

    /// Adds a transcript as far as the reader may see it.
    fn add(&mut self, app: &App, reader: &Reader, transcript: &Record) {
        let called = |id: &str| name(app, reader, id);
        for language in spoken::languages(transcript) {
            let src = format!("/r/{}.{language}.vtt", transcript.id);
            let cues = spoken::cues(transcript, &language, &called);
            self.add_words(Words { language, src, cues });
        }
        self.points.extend(spoken::points(transcript).iter().cloned());
    }

    /// Adds the timed words in the files of a record, but for languages that a transcript has.
    fn add_files(&mut self, app: &App, reader: &Reader, id: RecordId, languages: &BTreeSet<String>) -> anyhow::Result<()> {
        for (file, cues) in timed_files(app, reader, id)? {
            let language = spoken::language(&file);
            if !languages.contains(language) {
                self.add_words(Words { language: language.to_owned(), src: format!("/derived/{}/captions", file.digest), cues });
            }
        }
        Ok(())
    }

    fn add_words(&mut self, words: Words) {
        self.words.extend((!words.cues.is_empty()).then_some(words));
    }
}

impl Speech {
    /// Finds out what a reader may know of what is spoken in a record.
    pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Self> {
        let heard = Heard::of(app, reader, record, "page")?;
        let texts = &reader.texts;
        let mut speech = Self { points: heard.points.iter().filter_map(|point| Point::of(texts, point)).collect(), ..Self::default() };
        for words in &heard.words {
            speech.add_words(texts, words);
        }
        speech.recording = heard.recording;
        // The language of the reader comes first.
        speech.transcripts.sort_by_key(|transcript| transcript.language != texts.language());
        Ok(speech)
    }

    /// The record whose files are shown: of a transcript those of its recording.
    pub(super) fn recording<'a>(&'a self, record: &'a Record) -> &'a Record {
        self.recording.as_ref().unwrap_or(record)
    }

    /// Where the time index of a transcript can be fetched; empty if it has none.
    pub(super) fn ohms_href(&self, record: &Record) -> String {
        let has_index = record.kind == Kind::transcript() && !(self.points.is_empty() && self.transcripts.is_empty());
        if has_index { format!("/r/{}.ohms.xml", record.id) } else { String::new() }
    }

    fn add_words(&mut self, texts: &Texts, words: &Words) {
        let Words { language, src, cues } = words;
        let named = language_label(texts, language);
        let label = texts.with("transcript-in", "language", &named);
        self.transcripts.push(Transcript { label, language: language.clone(), cues: cues.iter().map(Cue::of).collect() });
        self.tracks.push(Track { src: src.clone(), language: language.clone(), label: named, is_default: language == texts.language() });
    }
}

/// Returns the files beside a recording that have timed words, with the words that a reader may see.
pub(crate) fn timed_files(app: &App, reader: &Reader, id: RecordId) -> anyhow::Result<Vec<(File, Vec<Spoken>)>> {
    let mut timed = Vec::new();
    let files = app.archive.catalogue().record(id)?.map(|record| record.files).unwrap_or_default();
    for file in files.into_iter().filter(|file| file.role == Role::transcript()) {
        let Some(hidden) = app.hidden_minutes(&reader.visitor.viewer, &file.digest)? else { continue };
        let cues = reading::of(&app.derivatives, &file).map(|reading| reading.cues).unwrap_or_default();
        let cues = spoken::without(cues, &hidden);
        if !cues.is_empty() {
            timed.push((file, cues));
        }
    }
    Ok(timed)
}

impl Cue {
    fn of(cue: &Spoken) -> Self {
        let speaker = cue.speaker.as_deref().map(nfc);
        Self { seconds: cue.start.to_string(), at: clock(cue.start), speaker, text: nfc(&cue.text) }
    }
}

impl Point {
    fn of(texts: &Texts, point: &Value) -> Option<Self> {
        let words = |field: &str| in_language(&point[field], texts.language()).map(nfc);
        let seconds = point["time"].as_f64()? / 1000.0;
        Some(Self { seconds: seconds.to_string(), at: clock(seconds), title: words("title")?, synopsis: words("synopsis") })
    }
}

/// Returns a text in a language, else in Vietnamese, else in any.
fn in_language<'a>(text: &'a Value, language: &str) -> Option<&'a str> {
    let any = || text.as_object().and_then(|words| words.values().find_map(Value::as_str));
    text[language].as_str().or_else(|| text["vi"].as_str()).or_else(any)
}

/// Returns what a person is called for a reader who may see that person.
fn name(app: &App, reader: &Reader, id: &str) -> Option<String> {
    let person = app.record(&reader.visitor.viewer, id).ok().flatten()?;
    Some(person.title_in(reader.texts.language()))
}

/// What a language is called in the language of the page.
pub(crate) fn language_label(texts: &Texts, language: &str) -> String {
    texts.known(&format!("language-{language}")).unwrap_or_else(|| language.to_owned())
}

/// A form of a transcript for other programs.
pub(super) enum Form {
    /// Captions in one language.
    Captions(String),
    /// The time index, as oral historians exchange it.
    Ohms,
}

/// Reads an address that asks for a transcript in another form: `ID.vi.vtt`, `ID.ohms.xml`.
pub(super) fn form(asked: &str) -> Option<(String, Form)> {
    if let Some(id) = asked.strip_suffix(".ohms.xml") {
        return Some((id.to_owned(), Form::Ohms));
    }
    let (id, language) = asked.strip_suffix(".vtt")?.rsplit_once('.')?;
    Some((id.to_owned(), Form::Captions(language.to_owned())))
}

/// Answers with a transcript in another form, as far as the visitor may see it.
pub(super) async fn send(app: Arc<App>, reader: Reader, id: String, form: Form) -> Result<Response, WebError> {
    let (asking, wanted) = (reader.clone(), id.clone());
    match app.run(move |app| made(app, &asking, &wanted, &form)).await? {
        Some((text, mime)) => {
            let mut response = ([(header::CONTENT_TYPE, mime)], text).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            Ok(response)
        }
        None => Err(app.missing(reader, id).await),
    }
}

fn made(app: &App, reader: &Reader, id: &str, form: &Form) -> anyhow::Result<Option<(String, &'static str)>> {
    let how = if matches!(form, Form::Ohms) { "ohms" } else { "captions" };
    let is_transcript = |record: &Record| record.kind == Kind::transcript();
    // What is no transcript has no such form; that is no look at it.
    if !app.record(&reader.visitor.viewer, id)?.as_ref().is_some_and(is_transcript) {
        return Ok(None);
    }
    let Some(record) = app.give_record(&reader.visitor, id, how)? else { return Ok(None) };
    Ok(match form {
        Form::Ohms => Some((ohms::export(&app.archive, &record, &reader.visitor.viewer)?, "application/xml; charset=utf-8")),
        Form::Captions(language) => {
            let cues = spoken::cues(&record, language, &|id| name(app, reader, id));
            (!cues.is_empty()).then(|| (web_vtt(&cues), WEB_VTT))
        }
    })
}
