//! Speech in pieces of half a minute, each with those who may read it.

use kho_archive::access::Decision;
use kho_archive::record::Record;
use kho_index::Passage;
use serde_json::Value;

use crate::media::transcript::Cue;
use crate::scope::Scope;
use crate::spoken;

/// How long a passage is, about, in seconds.
const LENGTH: f64 = 30.0;

/// Returns what is said in some cues, in windows of about half a minute: a window ends where the next cue would make it longer.
/// Each begins with the last cue of the one before, so that what is said across the border is found, too.
pub(super) fn windows(cues: &[Cue], scope: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut first = 0;
    while first < cues.len() {
        let begin = cues[first].start;
        let length = cues[first..].iter().take_while(|cue| cue.end - begin <= LENGTH).count().max(1);
        let window = &cues[first..first + length];
        passages.push(passage(window, scope));
        if first + length == cues.len() {
            break;
        }
        first += if length > 1 { length - 1 } else { 1 };
    }
    passages
}

fn passage(cues: &[Cue], scope: &str) -> Passage {
    let (mut text, mut marks) = (String::new(), Vec::new());
    for cue in cues {
        marks.push((text.len() + usize::from(!text.is_empty()), cue.start));
        super::add_line(&mut text, &cue.text);
    }
    let speaker = cues.iter().find_map(|cue| cue.speaker.clone()).unwrap_or_default();
    let end = cues.last().map_or(0.0, |cue| cue.end);
    Passage { scope: scope.to_owned(), start: cues.first().map_or(0.0, |cue| cue.start), end, speaker, text, marks }
}

/// Returns the passages of a transcript. Minutes with decisions of their own make passages of their own; what nobody may ever
/// read makes none.
pub(super) fn of_transcript(transcript: &Record, own: &[Decision]) -> Vec<Passage> {
    let fields = decisions_on(transcript, "segments");
    let mut passages = Vec::new();
    for language in spoken::languages(transcript) {
        let mut runs: Vec<(Vec<Decision>, Vec<Cue>)> = Vec::new();
        for cue in spoken::cues(transcript, &language, &|_| None) {
            let mut decided = fields.clone();
            decided.extend(decisions_at(transcript, cue.start * 1000.0, cue.end * 1000.0));
            match runs.last_mut() {
                Some((known, cues)) if *known == decided => cues.push(cue),
                _ => runs.push((decided, vec![cue])),
            }
        }
        for (decided, cues) in runs.into_iter().filter(|(decided, _)| !decided.iter().any(Decision::is_sealed)) {
            let scope = Scope::new(own.iter().chain(&decided), Vec::new()).to_string();
            passages.extend(windows(&cues, &scope));
        }
    }
    passages
}

/// The decisions on the minutes in which something is said.
fn decisions_at(transcript: &Record, start: f64, end: f64) -> Vec<Decision> {
    let touches = |point: &&Value| {
        let minutes =
            kho_archive::access::Minutes { from: point["time"].as_f64().unwrap_or(0.0), to: point["end"].as_f64().unwrap_or(f64::INFINITY) };
        minutes.touch(start, end)
    };
    let points = spoken::points(transcript).iter().filter(|point| point.get("access").is_some()).filter(touches);
    points.map(|point| read(&point["access"])).collect()
}

/// The decisions of a record on one of its fields.
fn decisions_on(record: &Record, field: &str) -> Vec<Decision> {
    let rules = record.fields.get("field_access").and_then(Value::as_array).into_iter().flatten();
    rules.filter(|rule| rule["field"] == field).map(|rule| read(&rule["access"])).collect()
}

/// What cannot be read is closed.
fn read(decision: &Value) -> Decision {
    serde_json::from_value::<Decision>(decision.clone()).unwrap_or_default().in_effect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_last_half_a_minute_and_share_a_cue() {
        let cue =
            |start: f64| Cue { start, end: start + 9.0, speaker: (start > 15.0).then(|| "Cụ Mận".to_owned()), text: format!("câu {start}") };
        let cues: Vec<Cue> = [0.0, 10.0, 20.0, 30.0, 40.0].map(cue).into();
        let passages = windows(&cues, "s");
        let spans: Vec<(f64, f64)> = passages.iter().map(|passage| (passage.start, passage.end)).collect();
        assert_eq!(spans, [(0.0, 29.0), (20.0, 49.0)]);
        assert_eq!((passages[0].text.as_str(), passages[0].speaker.as_str()), ("câu 0\ncâu 10\ncâu 20", "Cụ Mận"));
        let long = [Cue { end: 500.0, ..cue(0.0) }, cue(500.0)];
        assert_eq!(windows(&long, "s").len(), 2, "a long cue stands alone, and the next one is not lost");
        assert!(windows(&[], "s").is_empty());
    }
}
