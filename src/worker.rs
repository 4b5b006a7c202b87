//! Worker processes: where strangers' bytes are parsed and decoded.
//!
//! A file from a drive of thirty years can make a decoder panic, loop for ever or ask for gigabytes. So
//! decoders run in processes of their own, started as `kho worker`: they have a limit on memory, are
//! killed with everything they started when they take too long, and are started anew when they died. What
//! breaks is the worker; the file is kept and marked, and the run goes on.
//!
//! A worker answers one request after another, since a process for each file would cost more than the
//! decoding of a small one.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use kho_archive::record::raw_of_bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::derivative::playing::Streams;

pub(crate) mod inside;

/// Memory that a worker may have, in bytes of address space; each program that it starts has as much.
pub(crate) const MEMORY: u64 = 576 << 20;

/// The same for what decodes films of the largest sizes from beginning to end.
pub(crate) const MUCH_MEMORY: u64 = 1 << 30;

/// An answer longer than this is no answer that we asked for.
const LONGEST_ANSWER: usize = 64 << 20;

/// The line before an answer is no longer.
const LONGEST_HEAD: usize = 128;

/// What a worker is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Format and technical facts, as JSON. `name` is the name of the file for people.
    Facts { name: String },
    /// A table with its header, as JSON. `name` is for people.
    Table { name: String },
    /// The rows of a table in one plain form, in a file of the scratch folder; the answer says which, as JSON. `name` is
    /// for people.
    Rows { name: String },
    /// Its text or its spoken lines, as JSON.
    Text { mime: String },
    /// Frames of a film in one JPEG.
    Storyboard { duration_s: f64 },
    /// How loud a recording is, as SVG.
    Waveform,
    /// A small upright picture of it, as JPEG.
    Thumbnail { mime: String, orientation: Option<u8>, duration_s: Option<f64> },
    /// A page of a PDF, counted from 1 and `side` pixels high or wide, as JPEG.
    Page { number: u32, side: u32 },
    /// What tracks a recording has, as JSON.
    Streams,
    /// A copy of a recording that browsers play, in a file of the scratch folder; the answer says which, as JSON. How many
    /// seconds are copied is noted in the file `progress` (exact bytes of the path, percent-encoded) meanwhile.
    Copy { streams: Streams, progress: String },
    /// A pack of tiles, in a file of the scratch folder; the answer says which, as JSON.
    Tiles { mime: String, orientation: Option<u8> },
}

/// One request, as a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    task: Task,
    /// The file to look at: exact bytes of the path, percent-encoded.
    path: String,
    /// A folder for passing files of the programs that the worker starts.
    scratch: String,
}

/// What comes before the bytes of an answer, as a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    is_done: bool,
    /// Bytes that follow: the result, or the reason why there is none.
    length: usize,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The worker said why.
    Failed(String),
    /// The file broke its worker.
    Broke(String),
    /// No worker could be had: this says nothing of the file.
    NoWorker(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) | Self::Broke(reason) => f.write_str(reason),
            Self::NoWorker(reason) => write!(f, "no worker process could be had: {reason}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// The workers of this process. Each is lent to one thread at a time; there are as many as were ever
/// needed at once.
pub(crate) struct Workers {
    idle: Mutex<Vec<Worker>>,
    started: AtomicU64,
    /// What each of them may have, in bytes of address space.
    memory: u64,
}

/// One worker process.
struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: ChildStdout,
    /// What was read of the answers and not yet looked at.
    unread: Vec<u8>,
    scratch: PathBuf,
    memory: u64,
}

/// How asking one worker went wrong.
enum Fault {
    Died(String),
    TooLate,
}

fn nonsense() -> Fault {
    Fault::Died("its answer makes no sense".to_owned())
}

impl Task {
    /// How long it may take. Even with a second try, no file holds a run up for a minute, unless it is one of the largest that there are.
    pub(crate) fn longest(&self) -> Duration {
        let seconds = match self {
            Self::Facts { .. } | Self::Streams => 10,
            Self::Text { .. } | Self::Table { .. } | Self::Thumbnail { .. } | Self::Page { .. } => 25,
            // A table of a hundred thousand rows; somebody waits for it.
            Self::Rows { .. } => 120,
            // The whole of a long interview is decoded.
            Self::Storyboard { .. } | Self::Waveform => 50,
            // A sheet of a billion pixels.
            Self::Tiles { .. } => 300,
            // Copies give way to everything else: an old machine that does much else takes forty times as long as the film.
            Self::Copy { streams, .. } => 600 + 40 * streams.duration_s.unwrap_or(21_600.0).clamp(0.0, 864_000.0) as u64,
        };
        Duration::from_secs(seconds)
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self::with_memory(MEMORY)
    }
}

impl Workers {
    pub(crate) fn with_memory(memory: u64) -> Self {
        Self { idle: Mutex::default(), started: AtomicU64::default(), memory }
    }

    /// Has a task done on the file at `path`; returns the bytes of the result. Workers put their passing
    /// files into folders under `scratch`.
    pub(crate) fn ask(&self, task: &Task, path: &Path, scratch: &Path) -> Result<Vec<u8>, Trouble> {
        match self.ask_once(task, path, scratch)? {
            Ok(answer) => answer.map_err(Trouble::Failed),
            Err(Fault::TooLate) => Err(Trouble::Broke(format!("it took longer than {} seconds, and its worker was ended", task.longest().as_secs()))),
            // What killed the worker may have been the file before, or the system: one more try tells.
            Err(Fault::Died(_)) => match self.ask_once(task, path, scratch)? {
                Ok(answer) => answer.map_err(Trouble::Failed),
                Err(Fault::Died(how)) => Err(Trouble::Broke(format!("it broke its worker: {how}"))),
                Err(Fault::TooLate) => Err(Trouble::Broke("it broke its worker, and then took too long".to_owned())),
            },
        }
    }

    /// The outer error is ours, the middle one the worker's death, the inner one its answer.
    fn ask_once(&self, task: &Task, path: &Path, scratch: &Path) -> Result<Result<Result<Vec<u8>, String>, Fault>, Trouble> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start(scratch).map_err(|error| Trouble::NoWorker(format!("{error:#}")))?,
        };
        let outcome = worker.ask(task, path);
        if outcome.is_ok()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(worker);
        }
        Ok(outcome)
    }

    fn start(&self, scratch: &Path) -> anyhow::Result<Worker> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        // Workers with other limits are of another set, and have folders of their own.
        let scratch = scratch.join(format!("worker-{}-{number}", self.memory >> 20));
        let mut child = Command::new(this_program()?)
            .args(["worker", &self.memory.to_string()])
            // One arena: each further one reserves address space that counts against the limit.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C is ours to handle, and what it starts can be killed with it.
            .process_group(0)
            .spawn()
            .context("kho cannot start itself as a worker")?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else { anyhow::bail!("a worker has no pipes") };
        Ok(Worker { child, requests, answers, unread: Vec::new(), scratch, memory: self.memory })
    }
}

/// The program that runs: on Linux by a name that still holds when the file was replaced by a newer one.
fn this_program() -> io::Result<PathBuf> {
    let myself = Path::new("/proc/self/exe");
    if myself.exists() { Ok(myself.to_owned()) } else { std::env::current_exe() }
}

impl Worker {
    fn ask(&mut self, task: &Task, path: &Path) -> Result<Result<Vec<u8>, String>, Fault> {
        let until = Instant::now() + task.longest();
        let raw = |path: &Path| raw_of_bytes(path.as_os_str().as_bytes());
        let request = Request { task: task.clone(), path: raw(path), scratch: raw(&self.scratch) };
        let mut line = serde_json::to_vec(&request).map_err(|error| Fault::Died(error.to_string()))?;
        line.push(b'\n');
        if self.requests.write_all(&line).is_err() {
            return Err(self.died());
        }
        let head = self.read_head(until)?;
        let bytes = self.read_exactly(head.length, until)?;
        Ok(if head.is_done { Ok(bytes) } else { Err(String::from_utf8_lossy(&bytes).into_owned()) })
    }

    fn read_head(&mut self, until: Instant) -> Result<Head, Fault> {
        loop {
            let end = self.unread.iter().take(LONGEST_HEAD).position(|byte| *byte == b'\n');
            if let Some(end) = end {
                let head = serde_json::from_slice::<Head>(&self.unread[..end]).ok().filter(|head| head.length <= LONGEST_ANSWER);
                self.unread.drain(..=end);
                return head.ok_or_else(nonsense);
            }
            if self.unread.len() >= LONGEST_HEAD {
                return Err(nonsense());
            }
            self.read_more(until)?;
        }
    }

    fn read_exactly(&mut self, length: usize, until: Instant) -> Result<Vec<u8>, Fault> {
        while self.unread.len() < length {
            self.read_more(until)?;
        }
        // Nothing comes after an answer until the next request.
        let rest = self.unread.split_off(length);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    /// Reads what is there, and waits for it if there is nothing.
    fn read_more(&mut self, until: Instant) -> Result<(), Fault> {
        self.wait(until)?;
        let mut some = [0; 16 << 10];
        match self.answers.read(&mut some) {
            Ok(0) => Err(self.died()),
            Ok(length) => {
                self.unread.extend_from_slice(&some[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(self.died()),
        }
    }

    /// Waits until there is something to read, and not longer than `until`.
    fn wait(&self, until: Instant) -> Result<(), Fault> {
        loop {
            let left = until.checked_duration_since(Instant::now()).ok_or(Fault::TooLate)?;
            let left = Timespec::try_from(left).map_err(|_| Fault::TooLate)?;
            let mut pipes = [PollFd::from_borrowed_fd(self.answers.as_fd(), PollFlags::IN)];
            match poll(&mut pipes, Some(&left)) {
                Ok(0) => return Err(Fault::TooLate),
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Fault::Died(error.to_string())),
            }
        }
    }

    /// Says how the worker ended.
    fn died(&mut self) -> Fault {
        self.kill();
        let how = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        // Rust ends a process by SIGABRT when memory is refused.
        let is_memory = how.contains("SIGABRT");
        Fault::Died(if is_memory { format!("it asked for more than {} MiB of memory ({how})", self.memory >> 20) } else { how })
    }

    fn kill(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A worker is idle or stuck here: nothing is lost by ending it, and nothing of it stays behind.
        self.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("started", &self.started).finish_non_exhaustive()
    }
}
