//! `/iiif/search/2/ID?q=`: Content Search 2 inside what is spoken in a recording, as far as the visitor may hear it.
//!
//! Words without marks are found however they are written; words with marks are found with these marks.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kho_archive::record::{Record, RecordId};
use kho_index::analyzer::{self, Word};
use serde_json::{Value, json};

use super::presentation::{Presenting, put};
use super::{Form, SEARCH, give};
use crate::media::transcript::Cue;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::nfc;
use crate::web::links;
use crate::web::page::Reader;
use crate::web::record::Heard;
use crate::web::record::finding::{Sought, is_meant, spans};

/// So many lines stand on a page of hits.
const PER_PAGE: usize = 100;

/// So many ways are offered in which what was typed may go on.
const MOST_TERMS: usize = 20;

/// So many letters before and behind a hit tell programs which of several it is.
const AROUND: usize = 24;

static HITS: Form = Form { make: hits, how: "captions", address, context: SEARCH };
static TERMS: Form = Form { make: terms, how: "captions", address: autocomplete_address, context: SEARCH };

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    give(app, id, reader, &headers, &HITS).await
}

pub(crate) async fn autocomplete(
    State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader, headers: HeaderMap,
) -> Result<Response, WebError> {
    give(app, id, reader, &headers, &TERMS).await
}

fn address(id: RecordId) -> String {
    format!("/iiif/search/2/{id}")
}

fn autocomplete_address(id: RecordId) -> String {
    format!("/iiif/search/2/{id}/autocomplete")
}

/// One spoken line, cut into words.
struct Line {
    language: String,
    cue: Cue,
    words: Vec<Word>,
    /// Its place among the lines of its language.
    number: usize,
}

/// Whether what was typed stands in a line from this word on, the last word perhaps half typed.
fn begins_at(typed: &Sought, line: &Line, text: &str, first: usize) -> bool {
    let Some((last, before)) = typed.words.split_last() else { return false };
    let Some(here) = line.words.get(first..first + typed.words.len()) else { return false };
    let goes_on = |word: &Word| {
        if last.has_marks() { text[word.from..word.to].starts_with(&typed.last) } else { word.folded.starts_with(&last.folded) }
    };
    here.last().is_some_and(goes_on) && before.iter().zip(here).all(|(typed, word)| is_meant(typed, word))
}

/// All lines that a visitor may hear, in the order of time.
fn lines(heard: Heard) -> Vec<Line> {
    let mut lines = Vec::new();
    for words in heard.words {
        for (number, cue) in words.cues.into_iter().enumerate() {
            let cue = Cue { text: nfc(&cue.text), ..cue };
            lines.push(Line { language: words.language.clone(), words: analyzer::words(&cue.text), cue, number });
        }
    }
    lines.sort_by(|one, other| one.cue.start.total_cmp(&other.cue.start));
    lines
}

fn hits(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Value>> {
    let heard = Heard::of(app, reader, record, HITS.how)?;
    if heard.words.is_empty() {
        return Ok(None);
    }
    let presenting = Presenting { app, reader, record, origin: reader.visitor.origin() };
    let Some(canvas) = presenting.canvases(&heard).all.into_iter().find(|canvas| canvas["duration"].is_number()) else { return Ok(None) };
    let answering = Answering { base: presenting.base(), canvas: &canvas["id"], address: format!("{}{}", presenting.origin, address(record.id)) };
    Ok(Some(answering.page(reader, &lines(heard))))
}

/// Where things are that an answer names.
struct Answering<'a> {
    base: String,
    canvas: &'a Value,
    address: String,
}

impl Answering<'_> {
    fn page(&self, reader: &Reader, lines: &[Line]) -> Value {
        let typed = Sought::of(reader.parameter("q"));
        let found = lines.iter().map(|line| (line, typed.places(&line.words))).filter(|(_, places)| !places.is_empty() && wants_words(reader));
        let found: Vec<_> = found.collect();
        let number = reader.parameter("page").parse::<usize>().unwrap_or(1).max(1);
        let here: Vec<_> = found.iter().skip((number - 1).saturating_mul(PER_PAGE)).take(PER_PAGE).collect();
        let items: Vec<Value> = here.iter().map(|(line, _)| self.annotation(line)).collect();
        let marks: Vec<Value> = here.iter().flat_map(|(line, places)| self.marks(line, places)).collect();
        let mut page = json!({"@context": SEARCH, "id": self.page_address(reader, number), "type": "AnnotationPage", "items": items});
        put(&mut page, "annotations", (!marks.is_empty()).then(|| json!([{"type": "AnnotationPage", "items": marks}])));
        put(&mut page, "ignored", ignored(reader, &["q", "motivation", "page"]));
        if found.len() > PER_PAGE {
            self.add_pages(&mut page, reader, number, found.len());
        }
        page
    }

    fn add_pages(&self, page: &mut Value, reader: &Reader, number: usize, total: usize) {
        let last = total.div_ceil(PER_PAGE);
        let at = |number: usize| json!({"id": self.page_address(reader, number), "type": "AnnotationPage"});
        page["startIndex"] = json!((number - 1).saturating_mul(PER_PAGE));
        page["partOf"] = json!({"id": self.search_address(reader), "type": "AnnotationCollection", "total": total, "first": at(1), "last": at(last)});
        put(page, "next", (number < last).then(|| at(number + 1)));
        put(page, "prev", (number > 1).then(|| at((number - 1).min(last))));
    }

    fn search_address(&self, reader: &Reader) -> String {
        links::with_query(&self.address, &[("q".to_owned(), reader.parameter("q").to_owned())])
    }

    fn page_address(&self, reader: &Reader, number: usize) -> String {
        let page = if number > 1 { number.to_string() } else { String::new() };
        links::with_query(&self.address, &[("q".to_owned(), reader.parameter("q").to_owned()), ("page".to_owned(), page)])
    }

    fn line_address(&self, line: &Line) -> String {
        format!("{}/line/{}/{}", self.base, line.language, line.number + 1)
    }

    /// A line, at its time on the canvas.
    fn annotation(&self, line: &Line) -> Value {
        let target = format!("{}#t={},{}", self.canvas.as_str().unwrap_or_default(), line.cue.start, line.cue.end);
        json!({"id": self.line_address(line), "type": "Annotation", "motivation": "supplementing", "target": target,
            "body": {"type": "TextualBody", "value": line.cue.text, "format": "text/plain", "language": line.language}})
    }

    /// Where in a line the words stand; those that follow each other are one hit.
    fn marks(&self, line: &Line, places: &[usize]) -> Vec<Value> {
        let address = self.line_address(line);
        let mark = |(number, (from, to)): (usize, (usize, usize))| {
            let text = &line.cue.text;
            json!({"id": format!("{address}/mark/{}", number + 1), "type": "Annotation", "motivation": "highlighting", "target": {
                "type": "SpecificResource", "source": address,
                "selector": [{"type": "TextQuoteSelector", "prefix": end_of(&text[..from]), "exact": &text[from..to], "suffix": beginning_of(&text[to..])}]}})
        };
        spans(&line.words, places).into_iter().enumerate().map(mark).collect()
    }
}

fn end_of(text: &str) -> &str {
    text.char_indices().nth_back(AROUND - 1).map_or(text, |(place, _)| &text[place..])
}

fn beginning_of(text: &str) -> &str {
    text.char_indices().nth(AROUND).map_or(text, |(place, _)| &text[..place])
}

/// Lines supplement the canvas: whoever asks for others only, is given none.
fn wants_words(reader: &Reader) -> bool {
    let motivation = reader.parameter("motivation");
    motivation.split_whitespace().count() == 0 || motivation.split_whitespace().any(|wanted| wanted == "supplementing")
}

/// The parameters that were not understood.
fn ignored(reader: &Reader, known: &[&str]) -> Option<Value> {
    let names: Vec<&str> = reader.parameters.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name)).collect();
    (!names.is_empty()).then(|| json!(names))
}

/// How what was typed may go on: in words that are said, the most frequent first.
fn terms(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Value>> {
    let heard = Heard::of(app, reader, record, TERMS.how)?;
    if heard.words.is_empty() {
        return Ok(None);
    }
    let typed = Sought::of(reader.parameter("q"));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines(heard).iter().filter(|_| wants_words(reader)) {
        count(&typed, line, &mut counts);
    }
    let least = reader.parameter("min").parse().unwrap_or(1);
    let mut counts: Vec<(String, u64)> = counts.into_iter().filter(|(_, count)| *count >= least).collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts.truncate(MOST_TERMS);
    let origin = reader.visitor.origin();
    let term = |(value, total): &(String, u64)| {
        let search = links::with_query(&format!("{origin}{}", address(record.id)), &[("q".to_owned(), value.clone())]);
        json!({"value": value, "total": total, "service": [{"id": search, "type": "SearchService2"}]})
    };
    let id = links::with_query(&format!("{origin}{}", autocomplete_address(record.id)), &[("q".to_owned(), reader.parameter("q").to_owned())]);
    let mut page = json!({"@context": SEARCH, "id": id, "type": "TermPage", "items": counts.iter().map(term).collect::<Vec<_>>()});
    put(&mut page, "ignored", ignored(reader, &["q", "motivation", "min"]));
    Ok(Some(page))
}

/// Counts the words of a line that begin as typed, alone and with the one behind: most Vietnamese words have two syllables.
fn count(typed: &Sought, line: &Line, counts: &mut BTreeMap<String, u64>) {
    let text = line.cue.text.to_lowercase();
    // Small letters may be longer than capital ones: then the places of the words are those of another text.
    let text = if text.len() == line.cue.text.len() { &text } else { &line.cue.text };
    for first in (0..line.words.len()).filter(|first| begins_at(typed, line, text, *first)) {
        let end = first + typed.words.len();
        let mut add = |to: usize| *counts.entry(text[line.words[first].from..to].to_owned()).or_default() += 1;
        add(line.words[end - 1].to);
        if let Some(next) = line.words.get(end).filter(|next| next.joins) {
            add(next.to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        let cue = Cue { start: 1.0, end: 2.5, speaker: None, text: nfc(text) };
        Line { language: "vi".to_owned(), words: analyzer::words(&cue.text), cue, number: 0 }
    }

    #[test]
    fn words_without_marks_are_found_with_any_and_marks_are_meant() {
        let said = line("Nghệ nhân ở đây đan đó, không phải đo.");
        let places = |typed: &str| Sought::of(typed).places(&said.words);
        assert_eq!(places("nghe nhan"), [0, 1]);
        assert_eq!(places("NGHỆ NHÂN"), [0, 1]);
        assert_eq!((places("đó"), places("do"), places("đo")), (vec![5], vec![5, 8], vec![8]));
        assert!(places("nghề").is_empty() && places("nghe thợ").is_empty() && places("").is_empty() && places("?").is_empty());
    }

    #[test]
    fn hits_that_follow_each_other_are_one() {
        let said = line("Nghệ nhân dạy nghệ nhân.");
        let answering = Answering { base: "b".to_owned(), canvas: &json!("c"), address: "a".to_owned() };
        let marks = answering.marks(&said, &Sought::of("nghe nhan").places(&said.words));
        let quotes: Vec<[&str; 3]> =
            marks.iter().map(|mark| ["prefix", "exact", "suffix"].map(|part| mark["target"]["selector"][0][part].as_str().unwrap())).collect();
        assert_eq!(quotes, [["", "Nghệ nhân", " dạy nghệ nhân."], ["Nghệ nhân dạy ", "nghệ nhân", "."]]);
        assert_eq!(answering.annotation(&said)["target"], "c#t=1,2.5");
    }

    #[test]
    fn what_is_half_typed_goes_on_in_what_is_said() {
        let said = [line("Nghệ nhân chẻ nan"), line("nghề của nghệ nhân")];
        let offered = |typed: &str| {
            let mut counts = BTreeMap::new();
            said.iter().for_each(|line| count(&Sought::of(typed), line, &mut counts));
            counts.into_iter().collect::<Vec<_>>()
        };
        let term = |term: &str, count| (term.to_owned(), count);
        assert_eq!(offered("nghe nh"), [term("nghệ nhân", 2), term("nghệ nhân chẻ", 1)]);
        assert_eq!(offered("nghệ n"), [term("nghệ nhân", 2), term("nghệ nhân chẻ", 1)]);
        assert_eq!(offered("chẻ"), [term("chẻ", 1), term("chẻ nan", 1)]);
        assert!(offered("").is_empty());
    }
}
