//! Readings: the text of a file, and the spoken lines of a transcript.

use std::fs;
use std::io::Read;
use std::path::Path;

use kho_archive::record::File;
use serde::{Deserialize, Serialize};

use super::{Derivatives, TEXT};
use crate::media::transcript::{self, Cue};
use crate::media::{document, encoding, text};

/// More of a text than this is not read: it would crowd out everything else in the index.
const LONGEST: u64 = 4 << 20;

/// The media types that are text as they are.
const TEXTS: [&str; 8] =
    ["application/json", "application/x-subrip", "text/csv", "text/markdown", "text/plain", "text/tab-separated-values", "text/vtt", "text/x-vtt"];

/// What was read out of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The text, unless the file has cues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) text: String,
    /// The spoken lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cues: Vec<Cue>,
    /// As the document names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// Whether the file goes on after what was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_cut: bool,
    /// What is doubtful about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// Whether files of this media type have text that is read.
pub(crate) fn is_readable(mime: &str) -> bool {
    TEXTS.contains(&mime) || document::is_readable(mime)
}

/// Returns the reading of a file, if there is one.
pub(crate) fn of(derivatives: &Derivatives, file: &File) -> Option<Reading> {
    TEXT.task(file)?;
    serde_json::from_slice(&derivatives.read(&file.digest, TEXT)?).ok()
}

/// Reads the file at `path`.
pub(crate) fn read(path: &Path, mime: &str) -> anyhow::Result<Reading> {
    if let Some(words) = document::read_with(path, mime, from_font)? {
        return Ok(Reading { text: words.text, cues: Vec::new(), title: words.title, is_cut: words.is_cut, problem: words.problem });
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    let is_cut = file.metadata()?.len() > LONGEST;
    file.take(LONGEST).read_to_end(&mut bytes)?;
    let decoded = text::decode(&bytes);
    let is_timed = matches!(mime, "text/vtt" | "text/x-vtt" | "application/x-subrip");
    let cues = if is_timed { transcript::parse(&decoded.text) } else { Vec::new() };
    let text = if cues.is_empty() { decoded.text } else { String::new() };
    Ok(Reading { text, cues, title: None, is_cut, problem: decoded.problem })
}

/// Reads text in a font of the years before Unicode.
fn from_font(text: &str, font: &str) -> String {
    encoding::by_font(font).map_or_else(|| text.to_owned(), |font| encoding::from_font(text, font))
}
