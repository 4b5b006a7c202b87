//! The one place where a record becomes an index entry.

use kho_archive::record::{Kind, Record, Role};
use kho_index::{Entry, Mark};

use crate::derivative::{Derivatives, reading};
use crate::media::transcript::Cue;

/// Returns what is searched of a record; `None` if it is not searched at all (deliveries, junk).
pub(crate) fn entry(record: &Record, derivatives: &Derivatives) -> Option<Entry> {
    let is_junk = record.files.first().is_some_and(|file| file.role == Role::junk());
    if record.kind == Kind::accession() || is_junk {
        return None;
    }
    let mut entry = Entry { id: record.id.number(), kind: record.kind.as_str().to_owned(), ..Entry::default() };
    entry.title = record.title.values().cloned().collect::<Vec<_>>().join("\n");
    for text in record.description.values() {
        add_line(&mut entry.text, text);
    }
    for file in &record.files {
        if let Some(reading) = reading::of(derivatives, file) {
            add_line(&mut entry.text, &reading.text);
            add_cues(&mut entry, &reading.cues);
        }
        for found in &file.paths {
            add_line(&mut entry.names, &found.name);
        }
    }
    Some(entry)
}

fn add_cues(entry: &mut Entry, cues: &[Cue]) {
    for cue in cues {
        let offset = entry.text.len() + usize::from(!entry.text.is_empty());
        entry.marks.push(Mark { offset, seconds: cue.start });
        let line = match &cue.speaker {
            Some(speaker) => format!("{speaker}: {}", cue.text),
            None => cue.text.clone(),
        };
        add_line(&mut entry.text, &line);
    }
}

fn add_line(text: &mut String, line: &str) {
    if line.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
