//! What is spoken in a recording, for one reader: transcripts that people made, else the timed words beside it; and what is
//! talked about when. Two languages stand side by side, what was said at the same time in one row.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kho_archive::record::{File, Kind, Record, RecordId, Role};
use serde_json::Value;

use super::finding::Sought;
use crate::derivative::reading;
use crate::export::ohms;
use crate::media::transcript::Cue as Spoken;
use crate::spoken;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::{clock, nfc};
use crate::web::links;
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

/// One of the ways in which the words can be read.
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) is_current: bool,
}

/// What is said at one time.
pub(super) struct Row {
    pub(super) seconds: String,
    pub(super) at: String,
    /// In each language that is shown; nothing where nothing is said in it.
    pub(super) said: Vec<Said>,
}

/// What is said in one language.
pub(super) struct Said {
    pub(super) language: String,
    pub(super) lines: Vec<Line>,
}

/// One spoken line.
pub(super) struct Line {
    pub(super) speaker: Option<String>,
    /// The text, cut into what is looked for (`true`) and the rest.
    pub(super) parts: Vec<(bool, String)>,
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
    pub(super) rows: Vec<Row>,
    /// The languages of the columns, with what these are called: of one or two.
    pub(super) columns: Vec<(String, String)>,
    /// What they are called together.
    pub(super) named: String,
    /// The ways in which the words can be read, if there are several.
    pub(super) choices: Vec<Choice>,
    /// Which of them was asked for, as in the address; empty if none.
    pub(super) chosen: String,
    /// What is looked for in the words, and in how many rows it is found.
    pub(super) sought: String,
    pub(super) found: u64,
    pub(super) tracks: Vec<Track>,
    /// The index points as a track.
    pub(super) chapters: Option<Track>,
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
    /// The first transcript that has any.
    points_of: Option<RecordId>,
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
        let points = spoken::points(transcript);
        if !points.is_empty() {
            self.points_of.get_or_insert(transcript.id);
        }
        self.points.extend(points.iter().cloned());
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
        let mut heard = Heard::of(app, reader, record, "page")?;
        let texts = &reader.texts;
        // The language of the reader comes first.
        heard.words.sort_by_key(|words| words.language != texts.language());
        let mut speech = Self { points: heard.points.iter().filter_map(|point| Point::of(texts, point)).collect(), ..Self::default() };
        speech.tracks = heard.words.iter().map(|words| track(texts, words)).collect();
        speech.chapters = heard.points_of.map(|id| chapters(texts, id));
        speech.recording = heard.recording.take();
        speech.lay_out(reader, &heard.words);
        Ok(speech)
    }

    /// Lays out the words as the reader wants to read them: `words=2` for the second language alone, else two beside each other.
    fn lay_out(&mut self, reader: &Reader, all: &[Words]) {
        let chosen = reader.parameter("words").parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?));
        let shown: Vec<&Words> = chosen.map_or_else(|| all.iter().take(2).collect(), |words| vec![words]);
        self.chosen = chosen.map(|_| reader.parameter("words").to_owned()).unwrap_or_default();
        let sought = Sought::of(reader.parameter("find"));
        self.sought = nfc(reader.parameter("find").trim());
        self.rows = aligned(&shown).iter().map(|row| row.laid_out(&shown, &sought)).collect();
        self.found = self.rows.iter().filter(|row| row.is_found()).count() as u64;
        self.columns = shown.iter().map(|words| (words.language.clone(), language_label(&reader.texts, &words.language))).collect();
        self.named = self.columns.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(", ");
        if all.len() > 1 {
            self.choices = choices(reader, all, chosen.map(|words| words.src.as_str()));
        }
    }

    /// The record whose files are shown: of a transcript those of its recording.
    pub(super) fn recording<'a>(&'a self, record: &'a Record) -> &'a Record {
        self.recording.as_ref().unwrap_or(record)
    }

    /// Whether two languages stand beside each other.
    pub(super) fn is_pair(&self) -> bool {
        self.columns.len() > 1
    }

    /// Where the time index of a transcript can be fetched; empty if it has none.
    pub(super) fn ohms_href(&self, record: &Record) -> String {
        let has_index = record.kind == Kind::transcript() && !(self.points.is_empty() && self.rows.is_empty());
        if has_index { format!("/r/{}.ohms.xml", record.id) } else { String::new() }
    }
}

fn track(texts: &Texts, words: &Words) -> Track {
    let label = language_label(texts, &words.language);
    Track { src: words.src.clone(), language: words.language.clone(), label, is_default: words.language == texts.language() }
}

fn chapters(texts: &Texts, transcript: RecordId) -> Track {
    let src = format!("/r/{transcript}.chapters.vtt");
    Track { src, language: texts.language().to_owned(), label: texts.get("record-points"), is_default: true }
}

/// The ways in which words can be read: two languages beside each other, and each alone.
fn choices(reader: &Reader, all: &[Words], chosen: Option<&str>) -> Vec<Choice> {
    let texts = &reader.texts;
    let href = |number: String| {
        let find = ("find".to_owned(), reader.parameter("find").to_owned());
        format!("{}#words", links::with_query("", &[("words".to_owned(), number), find]))
    };
    let both = Choice { label: texts.get("words-beside"), href: href("both".to_owned()), is_current: chosen.is_none() };
    let one = |(place, words): (usize, &Words)| Choice {
        label: language_label(texts, &words.language),
        href: href((place + 1).to_string()),
        is_current: chosen == Some(&words.src),
    };
    std::iter::once(both).chain(all.iter().enumerate().map(one)).collect()
}

/// What is said at one time, in one or two languages.
struct Beside<'a> {
    start: f64,
    end: f64,
    said: [Vec<&'a Spoken>; 2],
}

/// Puts what is said in a second language beside what was said at that time in the first; where nothing was, it has a row of
/// its own.
fn aligned<'a>(shown: &[&'a Words]) -> Vec<Beside<'a>> {
    let first = shown.first().map_or(&[][..], |words| &words.cues);
    let mut rows: Vec<Beside<'a>> = first.iter().map(|cue| Beside { start: cue.start, end: cue.end, said: [vec![cue], Vec::new()] }).collect();
    rows.sort_by(|one, other| one.start.total_cmp(&other.start));
    let mut alone = Vec::new();
    for cue in shown.get(1).map_or(&[][..], |words| &words.cues) {
        let middle = f64::midpoint(cue.start, cue.end);
        let before = rows.partition_point(|row| row.start <= middle);
        match before.checked_sub(1).and_then(|place| rows.get_mut(place)).filter(|row| middle < row.end) {
            Some(row) => row.said[1].push(cue),
            None => alone.push(Beside { start: cue.start, end: cue.end, said: [Vec::new(), vec![cue]] }),
        }
    }
    rows.extend(alone);
    rows.sort_by(|one, other| one.start.total_cmp(&other.start));
    rows
}

impl Beside<'_> {
    fn laid_out(&self, shown: &[&Words], sought: &Sought) -> Row {
        let line = |cue: &&Spoken| Line { speaker: cue.speaker.as_deref().map(nfc), parts: sought.parts(&nfc(&cue.text)) };
        let said = |(words, cues): (&&Words, &Vec<&Spoken>)| Said { language: words.language.clone(), lines: cues.iter().map(line).collect() };
        Row { seconds: self.start.to_string(), at: clock(self.start), said: shown.iter().zip(&self.said).map(said).collect() }
    }
}

impl Row {
    /// Whether what is looked for is in it.
    pub(super) fn is_found(&self) -> bool {
        self.said.iter().flat_map(|said| &said.lines).flat_map(|line| &line.parts).any(|(is_found, _)| *is_found)
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
    /// The index points as chapters, for players.
    Chapters,
    /// The time index, as oral historians exchange it.
    Ohms,
}

/// Reads an address that asks for a transcript in another form: `ID.vi.vtt`, `ID.ohms.xml`.
pub(super) fn form(asked: &str) -> Option<(String, Form)> {
    if let Some(id) = asked.strip_suffix(".ohms.xml") {
        return Some((id.to_owned(), Form::Ohms));
    }
    let (id, language) = asked.strip_suffix(".vtt")?.rsplit_once('.')?;
    let form = if language == "chapters" { Form::Chapters } else { Form::Captions(language.to_owned()) };
    Some((id.to_owned(), form))
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
        Form::Chapters => {
            let chapters = as_chapters(&reader.texts, &record);
            (!chapters.is_empty()).then(|| (web_vtt(&chapters), WEB_VTT))
        }
        Form::Captions(language) => {
            let cues = spoken::cues(&record, language, &|id| name(app, reader, id));
            (!cues.is_empty()).then(|| (web_vtt(&cues), WEB_VTT))
        }
    })
}

/// The index points of a transcript, each reaching to the next unless it says where it ends.
fn as_chapters(texts: &Texts, transcript: &Record) -> Vec<Spoken> {
    let points = spoken::points(transcript);
    let starts: Vec<f64> = points.iter().filter_map(|point| point["time"].as_f64()).collect();
    let last = spoken::segments(transcript).iter().filter_map(|segment| segment["end"].as_f64()).fold(0.0, f64::max);
    let chapter = |point: &Value| {
        let start = point["time"].as_f64()?;
        let next = starts.iter().copied().filter(|other| *other > start).reduce(f64::min);
        let end = point["end"].as_f64().or(next).unwrap_or(last).max(start + 1000.0);
        let title = in_language(&point["title"], texts.language()).map(nfc)?;
        Some(Spoken { start: start / 1000.0, end: end / 1000.0, speaker: None, text: title })
    };
    points.iter().filter_map(chapter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(language: &str, cues: &[(f64, f64, &str)]) -> Words {
        let cue = |(start, end, text): &(f64, f64, &str)| Spoken { start: *start, end: *end, speaker: None, text: (*text).to_owned() };
        Words { language: language.to_owned(), src: format!("/{language}"), cues: cues.iter().map(cue).collect() }
    }

    #[test]
    fn what_was_said_at_one_time_stands_in_one_row() {
        let spoken = words("vi", &[(0.0, 2.0, "Chẻ nan."), (2.0, 6.0, "Nan phải mỏng."), (10.0, 12.0, "Rồi đan.")]);
        let translated = words(
            "en",
            &[(0.2, 1.9, "Split."), (2.1, 4.0, "Strips"), (4.0, 5.9, "must be thin."), (7.0, 9.0, "(laughs)"), (10.0, 12.0, "Then weave.")],
        );
        let told = |shown: &[&Words]| -> Vec<[String; 2]> {
            let joined = |cues: &Vec<&Spoken>| cues.iter().map(|cue| cue.text.as_str()).collect::<Vec<_>>().join(" ");
            aligned(shown).iter().map(|row| [joined(&row.said[0]), joined(&row.said[1])]).collect()
        };
        assert_eq!(
            told(&[&spoken, &translated]),
            [["Chẻ nan.", "Split."], ["Nan phải mỏng.", "Strips must be thin."], ["", "(laughs)"], ["Rồi đan.", "Then weave."]]
        );
        assert_eq!(told(&[&spoken]), [["Chẻ nan.", ""], ["Nan phải mỏng.", ""], ["Rồi đan.", ""]]);
        assert!(told(&[]).is_empty());
    }

    #[test]
    fn a_row_knows_whether_it_has_what_is_looked_for() {
        let spoken = words("vi", &[(0.0, 2.0, "Cái đó phơi trên gác bếp.")]);
        let row = |typed: &str| aligned(&[&spoken])[0].laid_out(&[&spoken], &Sought::of(typed));
        assert!(row("gac bep").is_found() && row("do").is_found() && !row("đo").is_found() && !row("").is_found());
        assert_eq!((row("").at.as_str(), row("").said.len(), row("").said[0].lines[0].parts.len()), ("0:00", 1, 1));
    }

    #[test]
    fn chapters_reach_to_the_next() {
        let mut transcript = Record::new(RecordId::from_number(7).unwrap(), Kind::transcript(), Default::default());
        let point = |time: u64, title: &str| serde_json::json!({"time": time, "title": {"vi": title}});
        transcript.fields.insert("index_points".to_owned(), serde_json::json!([point(1000, "Chẻ nan"), point(5000, "Đan")]));
        transcript.fields.insert("segments".to_owned(), serde_json::json!([{"start": 0, "end": 9000, "text": {"vi": "lời"}}]));
        let told: Vec<(f64, f64)> = as_chapters(&Texts::vietnamese(), &transcript).iter().map(|cue| (cue.start, cue.end)).collect();
        assert_eq!(told, [(1.0, 5.0), (5.0, 9.0)]);
    }
}
