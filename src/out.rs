//! Writing to the terminal: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

/// Writes one line of results. A reader that went away (`kho records | head`) is a good end.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    finish_quietly(writeln!(io::stdout().lock(), "{text}"))
}

/// Writes a whole document as it is.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    finish_quietly(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Writes a text that has its own line ends.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    finish_quietly(io::stdout().lock().write_all(text.as_bytes()))
}

/// Writes one JSON document, for programs.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Writes one line to standard error. That nobody reads it is no reason to stop.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn finish_quietly(outcome: io::Result<()>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}
