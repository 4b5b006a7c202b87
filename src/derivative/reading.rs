//! Readings: the text of a file, and the spoken lines of a transcript.

use std::fs;
use std::io::Read;

use kho_archive::Archive;
use kho_archive::record::File;
use serde::{Deserialize, Serialize};

use super::{Derivatives, Recipe, State};
use crate::media::text;
use crate::media::transcript::{self, Cue};

/// The recipe of readings.
pub(crate) const TEXT: Recipe = Recipe { name: "text", version: 1, ending: "json" };

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
    /// Whether the file goes on after what was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_cut: bool,
    /// What is doubtful about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// Whether a file has text that is read.
pub(crate) fn is_readable(file: &File) -> bool {
    let mime = file.technical.mime.as_deref().unwrap_or_default();
    file.size > 0 && TEXTS.contains(&mime)
}

/// Makes the reading of a file unless it was made or has failed before.
pub(crate) fn make(archive: &Archive, derivatives: &Derivatives, file: &File) -> anyhow::Result<()> {
    if !is_readable(file) || derivatives.state(&file.digest, TEXT) != State::Absent {
        return Ok(());
    }
    let outcome = read(archive, file).map(|reading| serde_json::to_vec(&reading)).map_err(|error| format!("{error:#}"));
    Ok(derivatives.put(&file.digest, TEXT, &outcome.and_then(|json| json.map_err(|error| error.to_string())))?)
}

/// Returns the reading of a file, if there is one.
pub(crate) fn of(derivatives: &Derivatives, file: &File) -> Option<Reading> {
    let json = is_readable(file).then(|| fs::read(derivatives.path(&file.digest, TEXT)).ok())??;
    serde_json::from_slice(&json).ok()
}

fn read(archive: &Archive, file: &File) -> anyhow::Result<Reading> {
    let mut bytes = Vec::new();
    archive.store().read(&file.digest)?.take(LONGEST).read_to_end(&mut bytes)?;
    let is_cut = file.size > LONGEST;
    let decoded = text::decode(&bytes);
    let is_timed = matches!(file.technical.mime.as_deref(), Some("text/vtt" | "text/x-vtt" | "application/x-subrip"));
    let cues = if is_timed { transcript::parse(&decoded.text) } else { Vec::new() };
    let text = if cues.is_empty() { decoded.text } else { String::new() };
    Ok(Reading { text, cues, is_cut, problem: decoded.problem })
}
