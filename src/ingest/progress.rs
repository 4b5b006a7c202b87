//! What the user sees while it goes on: a bar on a terminal, plain lines otherwise.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a plain line is written where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Shows files, bytes, rate and time left on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
    /// How much is known to be there: it is counted while the first files are read.
    files: AtomicU64,
    bytes: AtomicU64,
    files_done: AtomicU64,
    bytes_done: AtomicU64,
    /// When the last plain line was written; `None` on a terminal.
    plain: Option<Mutex<Instant>>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{bar:28} {msg}  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let plain = (!is_terminal).then(|| Mutex::new(Instant::now()));
        Self { bar, files: AtomicU64::new(0), bytes: AtomicU64::new(0), files_done: AtomicU64::new(0), bytes_done: AtomicU64::new(0), plain }
    }

    /// There is another file, of so many bytes.
    pub(super) fn expect(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc_length(bytes);
    }

    /// Some bytes were read.
    pub(super) fn read(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    /// A file is accounted for; `unread` are its bytes that needed no reading.
    pub(super) fn file_done(&self, unread: u64) {
        let done = self.files_done.fetch_add(1, Ordering::Relaxed) + 1;
        self.read(unread);
        self.bar.set_message(format!("{done}/{} files", self.files.load(Ordering::Relaxed).max(done)));
        self.write_plain(done);
    }

    /// Says something above the bar.
    pub(super) fn say(&self, text: &str) {
        match self.plain {
            Some(_) => note(text),
            None => self.bar.suspend(|| note(text)),
        }
    }

    /// All files are in; thumbnails and index are being finished.
    pub(super) fn deriving(&self) {
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
            let (expected, bytes) = (self.files.load(Ordering::Relaxed).max(files), self.bytes_done.load(Ordering::Relaxed));
            note(&format!("{files} of {expected} files, {} of {}", HumanBytes(bytes), HumanBytes(self.bytes.load(Ordering::Relaxed).max(bytes))));
        }
    }
}

/// Writes a line to standard error. That it cannot be written is no reason to stop.
fn note(text: &str) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
