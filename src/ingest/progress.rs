//! What the user sees while it goes on: a bar on a terminal, plain lines otherwise.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a plain line is written where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// How far an ingest is, for whoever watches it from another thread. How much there is is counted while the first files are read.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    files: AtomicU64,
    bytes: AtomicU64,
    files_done: AtomicU64,
    bytes_done: AtomicU64,
    is_deriving: AtomicBool,
    refused: Mutex<Vec<(String, String)>>,
}

/// A look at a [`Tally`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How many files there are to look at; 0 until they are counted.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) files_done: u64,
    pub(crate) bytes_done: u64,
    /// Whether all files are in, and index and pictures are being finished.
    pub(crate) is_deriving: bool,
    /// Paths that were not taken, and why.
    pub(crate) refused: Vec<(String, String)>,
}

impl Tally {
    /// Returns how far it is now.
    pub(crate) fn look(&self) -> Seen {
        Seen {
            files: self.files.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            files_done: self.files_done.load(Ordering::Relaxed),
            bytes_done: self.bytes_done.load(Ordering::Relaxed),
            is_deriving: self.is_deriving.load(Ordering::Relaxed),
            refused: self.refused.lock().map(|refused| refused.clone()).unwrap_or_default(),
        }
    }
}

/// Shows files, bytes, rate and time left on standard error.
pub(super) struct Progress<'a> {
    bar: ProgressBar,
    tally: &'a Tally,
    /// When the last plain line was written; `None` on a terminal.
    plain: Option<Mutex<Instant>>,
}

impl<'a> Progress<'a> {
    pub(super) fn new(tally: &'a Tally) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{bar:28} {msg}  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let plain = (!is_terminal).then(|| Mutex::new(Instant::now()));
        Self { bar, tally, plain }
    }

    /// There is another file, of so many bytes.
    pub(super) fn expect(&self, bytes: u64) {
        self.tally.files.fetch_add(1, Ordering::Relaxed);
        self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc_length(bytes);
    }

    /// Some bytes were read.
    pub(super) fn read(&self, bytes: u64) {
        self.tally.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    /// A file is accounted for; `unread` are its bytes that needed no reading.
    pub(super) fn file_done(&self, unread: u64) {
        let done = self.tally.files_done.fetch_add(1, Ordering::Relaxed) + 1;
        self.read(unread);
        self.bar.set_message(format!("{done}/{} files", self.tally.files.load(Ordering::Relaxed).max(done)));
        self.write_plain(done);
    }

    /// Says something above the bar.
    pub(super) fn say(&self, text: &str) {
        match self.plain {
            Some(_) => note(text),
            None => self.bar.suspend(|| note(text)),
        }
    }

    /// A file was not taken.
    pub(super) fn refused(&self, path: &str, reason: &str) {
        if let Ok(mut refused) = self.tally.refused.lock() {
            refused.push((path.to_owned(), reason.to_owned()));
        }
        self.say(&format!("refused: {path}: {reason}"));
    }

    /// All files are in; thumbnails and index are being finished.
    pub(super) fn deriving(&self) {
        self.tally.is_deriving.store(true, Ordering::Relaxed);
        self.bar.set_message("finishing index and thumbnails");
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn write_plain(&self, files: u64) {
        let Some(last) = &self.plain else { return };
        let Ok(mut last) = last.lock() else { return };
        if last.elapsed() >= PLAIN_EVERY {
            *last = Instant::now();
            let seen = self.tally.look();
            let (expected, bytes) = (seen.files.max(files), seen.bytes.max(seen.bytes_done));
            note(&format!("{files} of {expected} files, {} of {}", HumanBytes(seen.bytes_done), HumanBytes(bytes)));
        }
    }
}

/// Writes a line to standard error. That it cannot be written is no reason to stop.
fn note(text: &str) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
