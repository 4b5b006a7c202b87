//! Words with times: WebVTT (W3C) and SubRip.

use serde::{Deserialize, Serialize};

/// One spoken line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cue {
    /// Seconds from the beginning of the recording.
    pub(crate) start: f64,
    /// Seconds from the beginning of the recording.
    pub(crate) end: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) speaker: Option<String>,
    /// Without markup.
    pub(crate) text: String,
}

/// Reads the cues of a WebVTT or SubRip text, in the order in which they stand. Blocks that are no cues
/// (headers, notes, styles, damage) are passed over.
pub(crate) fn parse(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((start, end)) = times(line) else { continue };
        let mut spoken = Vec::new();
        // A line with an arrow begins the next cue even where the blank line was forgotten.
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && !line.contains("-->")) {
            spoken.push(line);
        }
        let (speaker, text) = plain(&spoken.join("\n"));
        if !text.is_empty() {
            cues.push(Cue { start, end, speaker, text });
        }
    }
    cues
}

fn times(line: &str) -> Option<(f64, f64)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    let (start, end) = (seconds(start.trim())?, seconds(end)?);
    (start <= end).then_some((start, end))
}

/// Reads `01:02:03.456`, `02:03.456` or `00:00:01,000`.
fn seconds(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let parts: Vec<u32> = whole.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => (0, minutes, seconds),
        _ => return None,
    };
    let thousandths: u32 = format!("{fraction:0<3}").parse().ok()?;
    let whole = f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + f64::from(seconds);
    Some(whole + f64::from(thousandths) / 1000.0)
}

/// Takes the markup away; the first voice tag names the speaker.
fn plain(marked: &str) -> (Option<String>, String) {
    let mut speaker = None;
    let mut text = String::new();
    let mut rest = marked;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        text += &rest[..start];
        let tag = &rest[start + 1..start + length];
        if let (None, Some(voice)) = (&speaker, tag.strip_prefix('v').filter(|voice| voice.starts_with([' ', '.', '\t']))) {
            let name = voice.split_once(char::is_whitespace).map_or("", |(_, name)| name).trim();
            speaker = (!name.is_empty()).then(|| entities(name));
        }
        rest = &rest[start + length + 1..];
    }
    text += rest;
    (speaker, entities(text.trim()))
}

fn entities(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&lrm;", "\u{200e}"), ("&rlm;", "\u{200f}"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn webvtt_with_voices_notes_and_settings() {
        let text = "WEBVTT\n\nNOTE không phải lời\n\n1\n00:01.500 --> 00:03.000 align:start\n<v.loud Cụ Mận>Chẻ nan <i>trước</i> &amp; vót sau\n\n\
                    00:01:00.000 --> 00:01:02.000\nhai\ndòng";
        let cues = parse(text);
        assert_eq!(cues.len(), 2);
        assert_eq!((cues[0].start, cues[0].end), (1.5, 3.0));
        assert_eq!(cues[0].speaker.as_deref(), Some("Cụ Mận"));
        assert_eq!(cues[0].text, "Chẻ nan trước & vót sau");
        assert_eq!((cues[1].start, cues[1].text.as_str()), (60.0, "hai\ndòng"));
    }

    #[test]
    fn subrip_with_a_forgotten_blank_line() {
        let cues = parse("1\n00:00:01,000 --> 00:00:02,000\nmột\n2\n00:00:02,000 --> 00:00:03,5\nhai\n");
        assert_eq!(cues.len(), 2);
        assert_eq!(cues[1].end, 3.5);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\PC|\n|-->|<v |>|:|[0-9]){0,80}") {
            let _ = parse(&text);
        }
    }
}
