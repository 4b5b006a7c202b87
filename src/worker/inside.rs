//! The inside of a worker process: it limits itself, then answers requests until there are no more.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use kho_archive::record::{bytes_of_raw, raw_of_bytes};
use rustix::process::{Resource, Rlimit, Signal, getpgrp, kill_process_group, setrlimit};

use super::{Head, Request, Task};
use crate::derivative::picture::outside::{self, Copying};
use crate::derivative::playing::Streams;
use crate::derivative::{reading, thumbnail, waveform};
use crate::import;
use crate::media::{self, Bytes, Facts, MediaKind, text};
use crate::tiles::{self, make::Packed};

/// Answers requests until standard input ends.
pub(crate) fn run(memory: u64) -> anyhow::Result<()> {
    limit(memory)?;
    let requests = listen();
    let mut answers = io::stdout().lock();
    for request in requests {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| answer(&request)));
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("the decoder crashed on it")));
        let (is_done, bytes) = match outcome {
            Ok(bytes) => (true, bytes),
            Err(error) => (false, format!("{error:#}").into_bytes()),
        };
        let mut head = serde_json::to_vec(&Head { is_done, length: bytes.len() })?;
        head.push(b'\n');
        answers.write_all(&head)?;
        answers.write_all(&bytes)?;
        answers.flush()?;
    }
    Ok(())
}

/// Sets the limits of this process, which every program that it starts inherits.
fn limit(memory: u64) -> anyhow::Result<()> {
    let exactly = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::As, exactly(memory)).context("the limit on memory cannot be set")?;
    // A crash is told in a sentence; the picture of its memory would fill the disk.
    setrlimit(Resource::Core, exactly(0)).context("the limit on core files cannot be set")?;
    // Decoding waits for whoever keeps and commits.
    let _ = rustix::process::nice(5);
    Ok(())
}

/// Reads requests in a thread of its own, so that the end of whoever asked is noticed even in the middle
/// of an endless loop: then this process and all that it started end at once.
fn listen() -> Receiver<Request> {
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(io::stdin()).lines() {
            let request = line.ok().and_then(|line| serde_json::from_str(&line).ok());
            let Some(request) = request else { break };
            if sender.send(request).is_err() {
                break;
            }
        }
        let _ = kill_process_group(getpgrp(), Signal::KILL);
    });
    requests
}

fn answer(request: &Request) -> anyhow::Result<Vec<u8>> {
    let path = |raw: &str| PathBuf::from(OsStr::from_bytes(&bytes_of_raw(raw)));
    let (path, scratch) = (path(&request.path), path(&request.scratch));
    match &request.task {
        Task::Facts { name } => {
            let size = fs::metadata(&path)?.len();
            let open = || Ok(Box::new(open_for_looking(&path)?) as Box<dyn Bytes>);
            let mut facts = media::read_facts(&open, name, size);
            facts.read_xmp();
            ask_ffprobe(&path, &mut facts);
            Ok(serde_json::to_vec(&facts)?)
        }
        Task::Table { name } => Ok(serde_json::to_vec(&table(&path, name)?)?),
        Task::Rows { name } => Ok(serde_json::to_vec(&import::lay_out(&path, name, &scratch)?)?),
        Task::Text { mime } => Ok(serde_json::to_vec(&reading::read(&path, mime)?)?),
        Task::Storyboard { duration_s } => thumbnail::storyboard(&path, *duration_s),
        Task::Waveform => Ok(waveform::draw(&path)?.into_bytes()),
        Task::Thumbnail { mime, orientation, duration_s } => {
            let subject = thumbnail::Subject { path: &path, mime, orientation: *orientation, duration_s: *duration_s, scratch: &scratch };
            thumbnail::draw(&subject)
        }
        Task::Page { number, side } => thumbnail::page(&path, *number, *side),
        Task::Streams => Ok(serde_json::to_vec(&outside::probe(&path)?)?),
        Task::Copy { streams, progress } => {
            let progress = PathBuf::from(OsStr::from_bytes(&bytes_of_raw(progress)));
            Ok(serde_json::to_vec(&copy(&path, streams, &scratch, &progress, request.task.longest())?)?)
        }
        Task::Tiles { mime, orientation } => Ok(serde_json::to_vec(&tiles::make::make(&path, mime, *orientation, &scratch)?)?),
    }
}

/// Copies a recording so that browsers play it.
fn copy(from: &Path, streams: &Streams, scratch: &Path, progress: &Path, time: Duration) -> anyhow::Result<Packed> {
    // What takes hours gives way to everything that somebody waits for.
    let _ = rustix::process::nice(19);
    let encoders = outside::encoders()?;
    let is_webm = streams.is_film() && !encoders.has_h264;
    anyhow::ensure!(!is_webm || encoders.has_webm, "this ffmpeg writes neither H.264 nor VP9: see `kho doctor`");
    fs::create_dir_all(scratch)?;
    let to = scratch.join(if is_webm { "copy.webm" } else { "copy.mp4" });
    outside::copy(&Copying { from, to: &to, progress, streams, is_webm, time })?;
    Ok(Packed { path: raw_of_bytes(to.as_os_str().as_bytes()) })
}

/// Reads a table, or a sidecar as a table of one row.
fn table(path: &Path, name: &str) -> anyhow::Result<media::table::Table> {
    let bytes = fs::read(path)?;
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if ["json", "xmp"].contains(&ending.as_str()) {
        return media::sidecar::as_table(&bytes, name);
    }
    media::table::read_with(&bytes, name, |bytes| text::decode(bytes).text)
}

/// Opens a file of which a few places will be read: reading ahead would be in vain.
fn open_for_looking(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random);
    Ok(file)
}

/// Fills in what our own readers did not find of a film or a recording; without ffprobe it stays unknown.
fn ask_ffprobe(path: &Path, facts: &mut Facts) {
    let is_timed = matches!(facts.kind, MediaKind::Film | MediaKind::Sound);
    if !is_timed || facts.duration_s.is_some() {
        return;
    }
    let Ok(probed) = outside::probe(path) else { return };
    facts.duration_s = probed.duration_s.filter(|seconds| *seconds > 0.0);
    if let Some(video) = probed.video {
        facts.width = facts.width.or(Some(video.width).filter(|width| *width > 0));
        facts.height = facts.height.or(Some(video.height).filter(|height| *height > 0));
        facts.codec = facts.codec.take().or(Some(video.codec));
    }
    if let Some(audio) = probed.audio {
        facts.sample_rate = facts.sample_rate.or(audio.sample_rate);
        facts.channels = facts.channels.or(audio.channels);
        facts.codec = facts.codec.take().or(Some(audio.codec));
    }
}
