//! What is spoken in a recording: the segments of its transcript, and the timed words in the files beside it.
//!
//! Where a transcript has the words in a language, those of the files in that language are not shown and not searched: the
//! transcript is what people made of them.

use std::collections::BTreeSet;

use kho_archive::access::Minutes;
use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::record::{File, Kind, Record, RecordId};
use serde_json::Value;

use crate::media::names;
use crate::media::transcript::Cue;

/// The languages in which words are shown and edited beside each other.
pub(crate) const LANGUAGES: [&str; 2] = ["vi", "en"];

/// Returns the transcripts of a recording, the earliest first.
pub(crate) fn transcripts_of(catalogue: &Catalogue, recording: RecordId) -> Result<Vec<RecordId>, CatalogueError> {
    let referrers = catalogue.referrers_by(recording, &["media"])?.into_iter();
    let mut ids: Vec<RecordId> = Vec::new();
    for referrer in referrers.filter(|referrer| referrer.kind == Kind::transcript()) {
        if !ids.contains(&referrer.id) {
            ids.push(referrer.id);
        }
    }
    Ok(ids)
}

/// Returns the recording whose words a transcript is.
pub(crate) fn recording_of(transcript: &Record) -> Option<RecordId> {
    transcript.fields.get("media").and_then(Value::as_str).and_then(|id| id.parse().ok())
}

/// Returns the segments of a transcript, as far as they are in it.
pub(crate) fn segments(transcript: &Record) -> &[Value] {
    transcript.fields.get("segments").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the index points of a transcript, as far as they are in it.
pub(crate) fn points(transcript: &Record) -> &[Value] {
    transcript.fields.get("index_points").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the languages in which a transcript has words.
pub(crate) fn languages(transcript: &Record) -> BTreeSet<String> {
    let texts = segments(transcript).iter().filter_map(|segment| segment["text"].as_object());
    texts.flat_map(|text| text.iter().filter(|(_, words)| words.is_string())).map(|(language, _)| language.clone()).collect()
}

/// Returns what is spoken by a transcript in one language. `name` says what a person is called whom a segment names.
pub(crate) fn cues(transcript: &Record, language: &str, name: &dyn Fn(&str) -> Option<String>) -> Vec<Cue> {
    let cue = |segment: &Value| {
        let text = segment["text"][language].as_str().filter(|text| !text.trim().is_empty())?;
        let start = segment["start"].as_f64().unwrap_or(0.0);
        let end = segment["end"].as_f64().unwrap_or(start).max(start);
        let speaker = segment["speaker"].as_str().map(str::to_owned).or_else(|| name(segment["person"].as_str()?));
        Some(Cue { start: start / 1000.0, end: end / 1000.0, speaker, text: text.to_owned() })
    };
    segments(transcript).iter().filter_map(cue).collect()
}

/// Takes out of cues whatever touches minutes that are kept back.
pub(crate) fn without(mut cues: Vec<Cue>, hidden: &[Minutes]) -> Vec<Cue> {
    cues.retain(|cue| !hidden.iter().any(|minutes| minutes.touch(cue.start * 1000.0, cue.end * 1000.0)));
    cues
}

/// Returns the language that the name of a file bears; Vietnamese if it bears none.
pub(crate) fn language(file: &File) -> &str {
    let name = file.paths.first().map_or("", |found| found.name.rsplit('/').next().unwrap_or_default());
    names::language(name).unwrap_or("vi")
}

/// Returns the segments that timed files beside a recording make, and the names of those files: the words of one language,
/// Vietnamese if there are any, and of the others what was said at the same time.
pub(crate) fn drafted(mut files: Vec<(File, Vec<Cue>)>) -> (Vec<Value>, Vec<String>) {
    files.sort_by_key(|(file, _)| language(file) != "vi");
    let (mut segments, mut names, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (file, cues) in &files {
        let language = language(file);
        // A second file in one language is another version of the same words.
        if !used.insert(language) {
            continue;
        }
        names.extend(file.paths.first().map(|found| found.name.rsplit('/').next().unwrap_or_default().to_owned()));
        if used.len() == 1 {
            segments = cues.iter().map(|cue| segment_of(cue, language)).collect();
        } else {
            cues.iter().for_each(|cue| add_cue(&mut segments, cue, language));
        }
    }
    (segments, names)
}

/// Puts words beside what was said then; where nothing was, they are a segment of their own.
fn add_cue(segments: &mut Vec<Value>, cue: &Cue, language: &str) {
    if let Some(segment) = segments.iter_mut().find(|segment| is_beside(segment, cue)) {
        return add_words(segment, language, &cue.text);
    }
    let place = segments.partition_point(|segment| segment["start"].as_f64().unwrap_or(0.0) <= cue.start * 1000.0);
    segments.insert(place, segment_of(cue, language));
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round().max(0.0) as u64
}

fn segment_of(cue: &Cue, language: &str) -> Value {
    let mut segment = serde_json::json!({"start": milliseconds(cue.start), "end": milliseconds(cue.end), "text": {language: cue.text}});
    if let Some(speaker) = &cue.speaker {
        segment["speaker"] = serde_json::json!(speaker);
    }
    segment
}

/// Whether the middle of a cue lies in a segment.
fn is_beside(segment: &Value, cue: &Cue) -> bool {
    let middle = (cue.start + cue.end) * 500.0;
    segment["start"].as_f64().is_some_and(|start| start <= middle) && segment["end"].as_f64().is_some_and(|end| middle < end)
}

fn add_words(segment: &mut Value, language: &str, words: &str) {
    let known = segment["text"][language].as_str().map(|known| format!("{known}\n"));
    segment["text"][language] = serde_json::json!(known.unwrap_or_default() + words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue { start, end, speaker: Some("cụ Mận".to_owned()), text: text.to_owned() }
    }

    #[test]
    fn words_of_another_language_stand_beside_what_was_said_then() {
        let mut segment = segment_of(&cue(1.0, 3.5, "chẻ nan"), "vi");
        assert!(is_beside(&segment, &cue(1.1, 2.0, "")) && !is_beside(&segment, &cue(3.0, 5.0, "")));
        add_words(&mut segment, "en", "splitting");
        add_words(&mut segment, "en", "the strips");
        assert_eq!(segment, json!({"start": 1000, "end": 3500, "speaker": "cụ Mận", "text": {"vi": "chẻ nan", "en": "splitting\nthe strips"}}));
    }

    #[test]
    fn closed_minutes_leave_no_cue_behind() {
        let all = vec![cue(0.0, 1.0, "một"), cue(1.0, 2.0, "hai"), cue(1.9, 4.0, "ba"), cue(4.0, 5.0, "bốn")];
        let left = without(all, &[Minutes { from: 1500.0, to: 4000.0 }]);
        assert_eq!(left.iter().map(|cue| cue.text.as_str()).collect::<Vec<_>>(), ["một", "bốn"]);
    }
}
