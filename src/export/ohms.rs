//! A transcript as oral historians exchange it: the XML of the Oral History Metadata Synchronizer (OHMS 5.4), with the time
//! index in two languages. What the viewer may not see is not in it.
//!
//! Its main language is Vietnamese, the other (`_alt`) English. Keywords are the terms of a moment, subjects are what it tells
//! of: steps, places and people.

use kho_archive::Archive;
use kho_archive::access::Viewer;
use kho_archive::record::{Record, RecordId, Text};
use quick_xml::escape::escape;
use serde_json::Value;

use crate::spoken;
use crate::view;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ROOT xmlns=\"https://www.weareavp.com/nunncenter/ohms\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:schemaLocation=\"https://www.weareavp.com/nunncenter/ohms https://www.weareavp.com/nunncenter/ohms/ohms.xsd\">\n";

/// Returns a transcript as XML. `transcript` holds no more than the viewer may see.
///
/// # Errors
/// When the catalogue cannot be read.
pub(crate) fn export(archive: &Archive, transcript: &Record, viewer: &Viewer) -> anyhow::Result<String> {
    let exporting = Exporting { archive, viewer };
    let recording = spoken::recording_of(transcript).map(|id| exporting.record(id)).transpose()?.flatten();
    let mut xml = Xml(HEAD.to_owned());
    xml.open("record", &[("id", &transcript.id.to_string()), ("dt", edtf(transcript, "on"))]);
    xml.put("version", "5.4");
    let made = recording.as_ref().map_or("", |recording| edtf(recording, "created"));
    xml.open("date", &[("value", made), ("format", "yyyy-mm-dd")]);
    xml.close("date");
    xml.put("cms_record_id", &transcript.id.to_string());
    xml.put("title", &transcript.title_in("vi"));
    xml.put("duration", &recording.as_ref().and_then(duration).unwrap_or_default());
    people(&mut xml, transcript);
    let (lines, sync) = lines(transcript, "vi");
    let (lines_alt, sync_alt) = self::lines(transcript, "en");
    xml.put("sync", &sync);
    xml.put("sync_alt", &sync_alt);
    xml.put("transcript_alt_lang", if lines_alt.is_empty() { "" } else { "English" });
    xml.put("translate", if lines_alt.is_empty() { "0" } else { "1" });
    xml.put("media_id", &recording.as_ref().map(|recording| recording.id.to_string()).unwrap_or_default());
    xml.put("language", "Vietnamese");
    xml.open("index", &[]);
    for point in spoken::points(transcript) {
        exporting.point(&mut xml, point)?;
    }
    xml.close("index");
    xml.put("type", "interview");
    xml.put("description", &words(&transcript.description, "vi"));
    xml.put("transcript", &lines);
    xml.put("transcript_alt", &lines_alt);
    xml.put("rights", &recording.as_ref().map(|recording| text(recording.fields.get("rights"), "vi")).unwrap_or_default());
    xml.close("record");
    xml.close("ROOT");
    Ok(xml.0)
}

struct Exporting<'a> {
    archive: &'a Archive,
    viewer: &'a Viewer,
}

impl Exporting<'_> {
    fn record(&self, id: RecordId) -> anyhow::Result<Option<Record>> {
        let Some(record) = self.archive.catalogue().record(id)? else { return Ok(None) };
        view::visible(self.archive, record, self.viewer)
    }

    fn point(&self, xml: &mut Xml, point: &Value) -> anyhow::Result<()> {
        xml.open("point", &[]);
        // Whole seconds, as the format has them.
        let seconds = (point["time"].as_f64().unwrap_or(0.0) / 1000.0).max(0.0) as u64;
        xml.put("time", &seconds.to_string());
        for (element, field) in [("title", "title"), ("partial_transcript", "partial_text"), ("synopsis", "synopsis")] {
            xml.put(element, &text(point.get(field), "vi"));
            xml.put(&format!("{element}_alt"), &text(point.get(field), "en"));
        }
        let keywords = self.named(&point["terms"])?;
        let mut subjects = self.steps(&point["steps"])?;
        subjects.extend(self.named(&point["places"])?);
        subjects.extend(self.named(&point["people"])?);
        for (element, names) in [("keywords", keywords), ("subjects", subjects)] {
            xml.put(element, &joined(&names, "vi"));
            xml.put(&format!("{element}_alt"), &joined(&names, "en"));
        }
        xml.close("point");
        Ok(())
    }

    /// The titles of the records that a field names.
    fn named(&self, ids: &Value) -> anyhow::Result<Vec<Text>> {
        let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok());
        let mut names = Vec::new();
        for id in ids {
            names.extend(self.record(id)?.map(|record| record.title));
        }
        Ok(names)
    }

    /// The names of the steps that a field points to.
    fn steps(&self, pointers: &Value) -> anyhow::Result<Vec<Text>> {
        let mut names = Vec::new();
        for pointer in pointers.as_array().into_iter().flatten() {
            let Some(technique) = pointer["technique"].as_str().and_then(|id| id.parse().ok()) else { continue };
            let technique = self.record(technique)?;
            let steps = technique.as_ref().and_then(|record| record.fields.get("steps")).and_then(Value::as_array);
            let step = steps.into_iter().flatten().find(|step| step["id"] == pointer["step"]);
            names.extend(step.and_then(|step| serde_json::from_value::<Text>(step["name"].clone()).ok()));
        }
        Ok(names)
    }
}

/// Everyone who is heard, once.
fn people(xml: &mut Xml, transcript: &Record) {
    let mut heard: Vec<&str> = Vec::new();
    for speaker in spoken::segments(transcript).iter().filter_map(|segment| segment["speaker"].as_str()) {
        if !heard.contains(&speaker) {
            heard.push(speaker);
            xml.put("interviewee", speaker);
        }
    }
}

/// The words in one language, a line for each segment, and which line is spoken at the beginning of each minute: `1:` for
/// steps of one minute, then `|line(word)` for each.
fn lines(transcript: &Record, language: &str) -> (String, String) {
    let (mut lines, mut sync) = (Vec::new(), "1:".to_owned());
    let mut minute = 1.0;
    for cue in spoken::cues(transcript, language, &|_| None) {
        while cue.start >= minute * 60.0 {
            sync += &format!("|{}(1)", lines.len() + 1);
            minute += 1.0;
        }
        let words = cue.text.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(cue.speaker.map_or_else(|| words.clone(), |speaker| format!("{speaker}: {words}")));
    }
    if lines.is_empty() { (String::new(), String::new()) } else { (lines.join("\n"), sync) }
}

fn words(words: &Text, language: &str) -> String {
    words.get(language).cloned().unwrap_or_default()
}

/// Words in one language; in Vietnamese, what there is in any other rather than nothing.
fn text(value: Option<&Value>, language: &str) -> String {
    let words = value.and_then(|value| value[language].as_str().or_else(|| value["en"].as_str()));
    words.unwrap_or_default().to_owned()
}

fn joined(names: &[Text], language: &str) -> String {
    names.iter().filter_map(|name| name.get(language).map(String::as_str)).collect::<Vec<_>>().join(";")
}

fn edtf<'a>(record: &'a Record, field: &str) -> &'a str {
    record.fields.get(field).and_then(|date| date["edtf"].as_str()).unwrap_or_default()
}

fn duration(recording: &Record) -> Option<String> {
    let seconds = recording.files.first()?.technical.duration_s? as u64;
    Some(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

/// XML as it is written.
struct Xml(String);

impl Xml {
    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let attributes: String = attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", safe(value))).collect();
        self.0 += &format!("<{name}{attributes}>\n");
    }

    fn put(&mut self, name: &str, words: &str) {
        self.0 += &format!("<{name}>{}</{name}>\n", safe(words));
    }

    fn close(&mut self, name: &str) {
        self.0 += &format!("</{name}>\n");
    }
}

/// Text as it may stand in XML 1.0, which has no control characters at all.
fn safe(text: &str) -> String {
    let is_allowed = |character: &char| !character.is_control() || ['\n', '\t'].contains(character);
    escape(text.chars().filter(is_allowed).filter(|character| !['\u{fffe}', '\u{ffff}'].contains(character)).collect::<String>()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::Kind;
    use serde_json::json;

    #[test]
    fn every_minute_knows_its_line_and_no_letter_breaks_the_xml() {
        let mut transcript = Record::new(RecordId::from_number(7).unwrap(), Kind::transcript(), Text::new());
        let segment = |start: u64, words: &str| json!({"start": start, "end": start + 500, "speaker": "cụ Mận", "text": {"vi": words}});
        let segments = json!([segment(0, "một"), segment(59_000, "hai\nba"), segment(185_000, "bốn")]);
        transcript.fields.insert("segments".to_owned(), segments);
        let (words, sync) = lines(&transcript, "vi");
        assert_eq!(words, "cụ Mận: một\ncụ Mận: hai ba\ncụ Mận: bốn");
        assert_eq!(sync, "1:|3(1)|3(1)|3(1)");
        assert_eq!(lines(&transcript, "en"), (String::new(), String::new()));
        assert_eq!(safe("<đan & \"vót\">\u{1}\u{ffff}"), "&lt;đan &amp; &quot;vót&quot;&gt;");
    }
}
