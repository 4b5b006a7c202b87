//! The segments of a transcript as rows of a form, and back. Nothing of a segment is lost that the form does not show, and
//! segments that the editor may not see stay where they are.

use std::collections::BTreeSet;

use kho_archive::access::Minutes;
use kho_archive::record::RecordId;
use serde_json::{Map, Value, json};

use crate::web::guard::Posted;

/// A segment as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Which segment of the revision this was that the form began with.
    pub(super) was: Option<usize>,
    pub(super) start: String,
    pub(super) end: String,
    /// A name, or `name [identifier]` of a person's record.
    pub(super) speaker: String,
    pub(super) language: String,
    /// The words, one for each language of the form.
    pub(super) texts: Vec<String>,
    /// What is wrong with it: the key of a message.
    pub(super) problem: Option<&'static str>,
}

/// How names of people are read and written.
pub(super) struct People<'a> {
    /// `Title [identifier]` of a record.
    pub(super) called: &'a dyn Fn(&str) -> String,
    /// Whether this is a person whom the editor may see.
    pub(super) is_person: &'a dyn Fn(RecordId) -> bool,
}

/// What is done to the rows besides typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A new row behind this one.
    Add(usize),
    /// This row becomes two.
    Split(usize),
    /// The next row joins this one.
    Join(usize),
    Delete(usize),
}

impl Act {
    /// Reads what a button says: `split:3`.
    pub(super) fn read(typed: &str) -> Option<Self> {
        let (act, place) = typed.split_once(':')?;
        let place = place.parse().ok()?;
        match act {
            "add" => Some(Self::Add(place)),
            "split" => Some(Self::Split(place)),
            "join" => Some(Self::Join(place)),
            "delete" => Some(Self::Delete(place)),
            _ => None,
        }
    }

    /// Does it. A row that is not there is left alone.
    pub(super) fn apply(self, rows: &mut Vec<Row>) {
        match self {
            Self::Add(place) => {
                let from = rows.get(place).map(|row| row.end.clone()).unwrap_or_default();
                let texts = vec![String::new(); rows.first().map_or(2, |row| row.texts.len())];
                let new = Row { start: from.clone(), end: from, texts, ..Row::default() };
                rows.insert((place + 1).min(rows.len()), new);
            }
            Self::Split(place) => {
                if let Some(second) = rows.get_mut(place).map(split) {
                    rows.insert(place + 1, second);
                }
            }
            Self::Join(place) if place + 1 < rows.len() => {
                let next = rows.remove(place + 1);
                if let Some(row) = rows.get_mut(place) {
                    join(row, next);
                }
            }
            Self::Delete(place) if place < rows.len() => drop(rows.remove(place)),
            Self::Join(_) | Self::Delete(_) => {}
        }
    }
}

/// Takes the second half of a row out of it: at the word in the middle, and at the time in the middle.
fn split(row: &mut Row) -> Row {
    let middle = match (milliseconds(&row.start), milliseconds(&row.end)) {
        (Some(start), Some(end)) => clock(start + end.saturating_sub(start) / 2),
        _ => row.end.clone(),
    };
    let mut second = Row { start: middle.clone(), was: None, ..row.clone() };
    for (first, rest) in row.texts.iter_mut().zip(&mut second.texts) {
        let half = first.len() / 2;
        let near = |place: &usize| place.abs_diff(half);
        let gaps = first.char_indices().filter(|(_, character)| character.is_whitespace()).map(|(place, _)| place);
        let at = gaps.min_by_key(near).unwrap_or(first.len());
        *rest = first.get(at..).unwrap_or_default().trim_start().to_owned();
        first.truncate(at);
    }
    row.end = middle;
    second
}

fn join(row: &mut Row, next: Row) {
    for (words, more) in row.texts.iter_mut().zip(next.texts) {
        if !words.is_empty() && !more.is_empty() {
            words.push(' ');
        }
        words.push_str(&more);
    }
    row.end = next.end;
}

/// Returns the rows of the segments that the editor may see.
pub(super) fn rows(segments: &[Value], languages: &[String], hidden: &BTreeSet<usize>, people: &People<'_>) -> Vec<Row> {
    let seen = segments.iter().enumerate().filter(|(place, _)| !hidden.contains(place));
    seen.map(|(place, segment)| row(place, segment, languages, people)).collect()
}

fn row(place: usize, segment: &Value, languages: &[String], people: &People<'_>) -> Row {
    let words = |name: &str| segment[name].as_str().unwrap_or_default().to_owned();
    Row {
        was: Some(place),
        start: time(&segment["start"]),
        end: time(&segment["end"]),
        speaker: speaker(segment, people),
        language: words("language"),
        texts: languages.iter().map(|language| segment["text"][language].as_str().unwrap_or_default().to_owned()).collect(),
        problem: None,
    }
}

fn speaker(segment: &Value, people: &People<'_>) -> String {
    let name = segment["speaker"].as_str().unwrap_or_default();
    match segment["person"].as_str() {
        Some(id) if name.is_empty() => (people.called)(id),
        Some(id) => format!("{name} [{}]", id.parse::<RecordId>().map_or_else(|_| id.to_owned(), RecordId::grouped)),
        None => name.to_owned(),
    }
}

/// Returns which segments touch minutes that are kept from the editor.
pub(super) fn hidden(segments: &[Value], minutes: &[Minutes]) -> BTreeSet<usize> {
    let start = |segment: &Value| segment["start"].as_f64().unwrap_or(0.0);
    let touches = |segment: &Value| minutes.iter().any(|minutes| minutes.touch(start(segment), segment["end"].as_f64().unwrap_or(start(segment))));
    segments.iter().enumerate().filter(|(_, segment)| touches(segment)).map(|(place, _)| place).collect()
}

/// Reads the rows of a form.
pub(super) fn posted(posted: &Posted, languages: &[String]) -> Vec<Row> {
    let column = |name: &str| posted.all(name).map(str::to_owned).collect::<Vec<_>>();
    let texts: Vec<Vec<String>> = languages.iter().map(|language| column(&format!("seg.text.{language}"))).collect();
    let (starts, ends, speakers, spoken) = (column("seg.start"), column("seg.end"), column("seg.speaker"), column("seg.language"));
    let cell = |column: &[String], place: usize| column.get(place).cloned().unwrap_or_default();
    let row = |(place, was): (usize, String)| Row {
        was: was.parse().ok(),
        start: cell(&starts, place),
        end: cell(&ends, place),
        speaker: cell(&speakers, place),
        language: cell(&spoken, place),
        texts: texts.iter().map(|column| cell(column, place)).collect(),
        problem: None,
    };
    column("seg.was").into_iter().enumerate().map(row).collect()
}

/// Reads rows into segments: those that the editor may not see stay. Rows in which something is wrong are marked, and then
/// there are no segments.
pub(super) fn segments(
    rows: &mut [Row], before: &[Value], languages: &[String], hidden: &BTreeSet<usize>, people: &People<'_>,
) -> Option<Vec<Value>> {
    let mut segments: Vec<Value> = hidden.iter().filter_map(|place| before.get(*place).cloned()).collect();
    let mut is_right = true;
    for row in rows.iter_mut().filter(|row| !row.is_blank()) {
        let was = row.was.filter(|place| !hidden.contains(place)).and_then(|place| before.get(place));
        match segment(row, was, languages, people) {
            Ok(segment) => segments.push(segment),
            Err(problem) => {
                row.problem = Some(problem);
                is_right = false;
            }
        }
    }
    segments.sort_by(|one, other| start(one).total_cmp(&start(other)));
    is_right.then_some(segments)
}

fn start(segment: &Value) -> f64 {
    segment["start"].as_f64().unwrap_or(0.0)
}

impl Row {
    /// Whether nobody filled anything in.
    fn is_blank(&self) -> bool {
        self.was.is_none() && [&self.speaker, &self.language].into_iter().chain(&self.texts).all(|typed| typed.trim().is_empty())
    }
}

fn segment(row: &Row, was: Option<&Value>, languages: &[String], people: &People<'_>) -> Result<Value, &'static str> {
    let mut segment = was.and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, typed) in [("start", &row.start), ("end", &row.end)] {
        put_time(&mut segment, name, typed).ok_or("transcript-bad-time")?;
    }
    if segment["end"].as_f64() < segment["start"].as_f64() {
        return Err("transcript-ends-early");
    }
    put_speaker(&mut segment, &row.speaker, was, people);
    put_line(&mut segment, "language", row.language.trim());
    put_texts(&mut segment, row, languages).ok_or("transcript-no-words")?;
    Ok(Value::Object(segment))
}

/// Puts a time in milliseconds; one that is shown as it was stays to the last digit.
pub(super) fn put_time(part: &mut Map<String, Value>, name: &str, typed: &str) -> Option<()> {
    let is_as_it_was = part.get(name).is_some_and(|before| time(before) == typed.trim());
    if !is_as_it_was {
        part.insert(name.to_owned(), json!(milliseconds(typed)?));
    }
    Some(())
}

fn put_speaker(segment: &mut Map<String, Value>, typed: &str, was: Option<&Value>, people: &People<'_>) {
    let shown = was.map(|was| speaker(was, people));
    if shown.is_some_and(|shown| is_same_line(&shown, typed)) {
        return;
    }
    let typed = typed.trim();
    let person = typed.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).and_then(|(name, id)| Some((name, id.trim().parse().ok()?)));
    match person.filter(|(_, id)| (people.is_person)(*id)) {
        Some((name, id)) => {
            put_line(segment, "speaker", name.trim());
            segment.insert("person".to_owned(), json!(id));
        }
        None => {
            put_line(segment, "speaker", typed);
            segment.remove("person");
        }
    }
}

fn put_line(segment: &mut Map<String, Value>, name: &str, typed: &str) {
    let is_as_it_was = segment.get(name).and_then(Value::as_str).is_some_and(|before| is_same_line(before, typed));
    if typed.is_empty() {
        segment.remove(name);
    } else if !is_as_it_was {
        segment.insert(name.to_owned(), json!(typed));
    }
}

/// Puts the words, each exactly as it was where it was not changed; `None` if there are none.
fn put_texts(segment: &mut Map<String, Value>, row: &Row, languages: &[String]) -> Option<()> {
    let is_silent = row.texts.iter().all(|text| text.trim().is_empty());
    let is_state = segment.get("text").and_then(kho_archive::model::state_of).is_some();
    if is_silent {
        return is_state.then_some(());
    }
    let mut words = segment.get("text").filter(|_| !is_state).and_then(Value::as_object).cloned().unwrap_or_default();
    for (language, typed) in languages.iter().zip(&row.texts) {
        if typed.trim().is_empty() {
            words.remove(language);
        } else if !words.get(language).and_then(Value::as_str).is_some_and(|known| is_same(known, typed)) {
            words.insert(language.clone(), json!(unix_lines(typed)));
        }
    }
    segment.insert("text".to_owned(), Value::Object(words));
    Some(())
}

/// Browsers send every end of a line as CR LF; that is no change.
fn is_same(known: &str, typed: &str) -> bool {
    unix_lines(known) == unix_lines(typed)
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A field of one line loses the ends of lines in a browser.
fn is_same_line(known: &str, typed: &str) -> bool {
    let one_line = |text: &str| text.replace(['\r', '\n'], "").trim().to_owned();
    one_line(known) == one_line(typed)
}

/// Returns a time as it is shown, empty if there is none.
pub(super) fn time(value: &Value) -> String {
    value.as_f64().map(|milliseconds| clock(milliseconds.max(0.0) as u64)).unwrap_or_default()
}

/// Returns milliseconds as on a clock: 0:42.000, 1:02:03.456.
pub(super) fn clock(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}.{rest:03}") } else { format!("{minutes}:{seconds:02}.{rest:03}") }
}

/// Reads a time that somebody typed: `1:02:03.456`, `2:03`, `42`, with a comma as well.
pub(super) fn milliseconds(typed: &str) -> Option<u64> {
    let typed = typed.trim();
    let (whole, fraction) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest: u64 = format!("{fraction:0<3}").parse().ok()?;
    let parts: Vec<u64> = whole.split(':').map(|part| part.trim().parse::<u32>().ok().map(u64::from)).collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [seconds] => seconds,
        [minutes, seconds] => minutes * 60 + seconds,
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        _ => return None,
    };
    Some(seconds * 1000 + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages() -> Vec<String> {
        ["vi", "en"].map(str::to_owned).to_vec()
    }

    fn read(rows: &mut [Row], before: &[Value], hidden: &BTreeSet<usize>) -> Option<Vec<Value>> {
        let people = People { called: &|id| format!("Cụ Mận [{id}]"), is_person: &|_| true };
        segments(rows, before, &languages(), hidden, &people)
    }

    fn shown(before: &[Value], hidden: &BTreeSet<usize>) -> Vec<Row> {
        let people = People { called: &|id| format!("Cụ Mận [{id}]"), is_person: &|_| true };
        rows(before, &languages(), hidden, &people)
    }

    #[test]
    fn what_nobody_touched_stays_to_the_last_byte() {
        let person = RecordId::from_number(9).unwrap();
        let before = vec![
            json!({"start": 0, "end": 1500.25, "speaker": "cụ  Mận ", "person": person, "text": {"vi": "\nnan e\u{302}\r\nhai\rba  ", "en": "x"}, "mới": [1]}),
            json!({"start": 1500, "end": 3000, "person": person, "language": "vi", "text": {"vi": "giữ kín"}}),
            json!({"start": 4000, "end": 5000, "text": {"state": "unknown"}}),
        ];
        let hidden = BTreeSet::from([1]);
        let mut rows = shown(&before, &hidden);
        assert_eq!(rows.len(), 2);
        // As a browser sends it.
        rows[0].texts[0] = "\r\nnan e\u{302}\r\nhai\r\nba  ".to_owned();
        assert_eq!(read(&mut rows, &before, &hidden), Some(before.clone()));
        // What is closed cannot be had by naming it.
        rows[0].was = Some(1);
        let taken = read(&mut rows, &before, &hidden).unwrap();
        assert!(taken.contains(&before[1]) && taken.iter().filter(|segment| segment.get("language").is_some()).count() == 1);
    }

    #[test]
    fn rows_are_added_split_joined_and_deleted() {
        let before = vec![json!({"start": 0, "end": 4000, "speaker": "A", "text": {"vi": "một hai ba bốn"}})];
        let mut rows = shown(&before, &BTreeSet::new());
        Act::Split(0).apply(&mut rows);
        assert_eq!((rows[0].texts[0].as_str(), rows[1].texts[0].as_str()), ("một hai", "ba bốn"));
        assert_eq!((rows[0].end.as_str(), rows[1].start.as_str(), rows[1].was), ("0:02.000", "0:02.000", None));
        Act::Join(0).apply(&mut rows);
        assert_eq!(read(&mut rows, &before, &BTreeSet::new()), Some(before.clone()));
        Act::Add(0).apply(&mut rows);
        assert_eq!((rows.len(), rows[1].start.as_str()), (2, "0:04.000"));
        assert_eq!(read(&mut rows, &before, &BTreeSet::new()), Some(before.clone()), "a blank row is none");
        for act in [Act::Delete(0), Act::Delete(0), Act::Delete(9), Act::Join(0), Act::Split(3)] {
            act.apply(&mut rows);
        }
        assert_eq!(rows, []);
        assert_eq!((Act::read("split:12"), Act::read("split"), Act::read("erase:1")), (Some(Act::Split(12)), None, None));
    }

    #[test]
    fn what_is_wrong_is_told_beside_its_row() {
        let row = |start: &str, end: &str, words: &str| Row {
            start: start.to_owned(),
            end: end.to_owned(),
            texts: vec![words.to_owned(), String::new()],
            was: Some(0),
            ..Row::default()
        };
        let mut rows = vec![row("1:00", "1:02,5", "được"), row("a", "1", "x"), row("2", "1", "x"), row("1", "2", " ")];
        assert_eq!(read(&mut rows, &[], &BTreeSet::new()), None);
        let problems: Vec<Option<&str>> = rows.iter().map(|row| row.problem).collect();
        assert_eq!(problems, [None, Some("transcript-bad-time"), Some("transcript-ends-early"), Some("transcript-no-words")]);
        assert_eq!(read(&mut rows[..1], &[], &BTreeSet::new()), Some(vec![json!({"start": 60_000, "end": 62_500, "text": {"vi": "được"}})]));
    }

    #[test]
    fn times_are_read_as_they_are_shown() {
        for milliseconds in [0, 42, 61_001, 3_723_456] {
            assert_eq!(super::milliseconds(&clock(milliseconds)), Some(milliseconds));
        }
        for wrong in ["", "1:2:3:4", "-1", "1.2345", "x", "99999999999"] {
            assert_eq!(super::milliseconds(wrong), None, "{wrong}");
        }
    }
}
