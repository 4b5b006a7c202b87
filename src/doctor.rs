//! What `kho` needs of the machine and of an archive's disk, examined by trying it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use kho_archive::Archive;
use serde::Serialize;

use crate::TOOL;
use crate::derivative::picture::outside;

/// Something that was examined.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What was examined.
    pub(crate) what: String,
    /// How it is.
    pub(crate) state: State,
    /// What that means.
    pub(crate) note: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it should be.
    Good,
    /// Missing; something else is the worse for it.
    Missing,
    /// `kho` cannot do its work like this.
    Wrong,
}

impl State {
    /// Returns the state in one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Missing => "missing",
            Self::Wrong => "WRONG",
        }
    }
}

/// Examines the machine, and the archive in `root` if there is one.
pub(crate) fn examine(root: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![finding("kho", State::Good, TOOL), python()];
    findings.extend(outside::found().into_iter().map(|(program, path)| outside_program(program, path)));
    findings.extend(access_copies());
    match root {
        None => findings.push(finding("archive", State::Missing, "none was named; only the machine was examined")),
        Some(root) => findings.extend(archive(root)),
    }
    findings
}

fn finding(what: &str, state: State, note: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), state, note: note.into() }
}

/// Python is only for restore.py, which is for the day when there is no kho.
fn python() -> Finding {
    let version = Command::new("python3").arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    match version {
        Ok(output) if output.status.success() => finding("python3", State::Good, String::from_utf8_lossy(&output.stdout).trim()),
        _ => finding("python3", State::Missing, "only restore.py needs it, to give the folders back without kho"),
    }
}

/// Programs that draw what kho itself cannot, and what their absence costs.
fn outside_program(program: &str, path: Option<String>) -> Finding {
    let cost = match program {
        "ffmpeg" => {
            "no pictures of films, no copies of films that browsers do not play, no waveforms of recordings, no pictures of AVIF, JPEG XL and \
             rarer formats (Debian: apt-get install ffmpeg)"
        }
        "ffprobe" => "no duration of MPEG, FLV and other films without an index (Debian: apt-get install ffmpeg)",
        "heif-convert" => "no pictures of HEIC, which telephones write (Debian: apt-get install libheif-examples)",
        _ => "some formats have no pictures",
    };
    path.map_or_else(|| finding(program, State::Missing, cost), |path| finding(program, State::Good, path))
}

/// What copies of films are made in: not every ffmpeg may write H.264.
fn access_copies() -> Option<Finding> {
    let encoders = outside::encoders().ok()?;
    let (state, note) = match (encoders.has_h264, encoders.has_webm) {
        (true, _) => (State::Good, "in H.264 and AAC"),
        (false, true) => (State::Missing, "this ffmpeg cannot write H.264: they are made in VP9, which takes longer and which old iPads do not play"),
        (false, false) => (State::Missing, "this ffmpeg writes neither H.264 nor VP9: films that browsers do not play have none"),
    };
    Some(finding("access copies", state, note))
}

fn archive(root: &Path) -> Vec<Finding> {
    let opened = match Archive::open(root, TOOL) {
        Ok(archive) => {
            let head = archive.catalogue().head().map(|head| head.sequence).unwrap_or_default();
            finding("archive", State::Good, format!("{}, {head} commits", root.display()))
        }
        Err(error) => finding("archive", State::Wrong, error.to_string()),
    };
    let disk = match try_disk(&root.join("tmp")) {
        Ok(true) => finding("disk", State::Good, "can be written, has hard links and file locks"),
        Ok(false) => finding("disk", State::Missing, "has no hard links; commits are published by renaming, which Linux does as safely"),
        Err(error) => finding("disk", State::Wrong, format!("nothing can be brought in: {error}")),
    };
    vec![opened, disk]
}

/// Tries what a writer does; returns whether hard links work.
fn try_disk(folder: &Path) -> io::Result<bool> {
    let (file, link) = (folder.join(format!("doctor-{}", std::process::id())), folder.join(format!("doctor-{}-link", std::process::id())));
    let handle = fs::File::create(&file)?;
    let outcome = handle.lock().and_then(|()| handle.sync_all());
    let has_links = fs::hard_link(&file, &link).is_ok();
    let _ = fs::remove_file(&link);
    fs::remove_file(&file)?;
    outcome.map(|()| has_links)
}
