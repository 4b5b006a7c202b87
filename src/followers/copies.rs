//! Access copies: what browsers play of the films and sounds whose originals they do not play.
//!
//! A copy takes about as long as its film, so they are made last: by the viewer, when all other followers have caught up and no
//! delivery is coming in, one after the other, by a process of the lowest priority. Whatever ends it, the next one begins that
//! copy again; the position is only noted when no recording before it waits any more.

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::digest::Digest;
use kho_archive::follower;
use kho_archive::record::{File, Role, raw_of_bytes};

use crate::derivative::picture::outside;
use crate::derivative::{self, COPY, COPY_WEBM, Derivatives, Maker, Recipe, STREAMS, State as Made};
use crate::tiles::make::Packed;
use crate::worker::{MUCH_MEMORY, Task, Trouble, Workers};

/// Whoever makes copies holds this lock: one at a time, in all processes.
const MAKING: &str = "copies";

/// Whoever puts something into the cache, or takes out what was erased, holds this one: nobody waits for a whole copy.
pub(super) const TAKING: &str = "copies-taken";

/// So much must be left on the disk beside a copy: deliveries come first.
const ROOM: u64 = 2 << 30;

/// The copies that a viewer makes.
pub(crate) struct Copies {
    /// Up to which commit all else is made.
    followed: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Recordings that may need a copy, in the order of the journal.
    waiting: VecDeque<Waiting>,
    /// Up to which commit they were looked for.
    read: u64,
    doing: Option<Doing>,
    hindrance: Option<Hindrance>,
}

struct Waiting {
    file: File,
    /// Whether a copy of it failed a moment ago. What ended it may have been the machine, so it is tried twice.
    has_failed: bool,
}

/// The copy that is being made.
#[derive(Clone, Debug)]
pub(crate) struct Doing {
    pub(crate) digest: Digest,
    /// How long the recording is, if anybody knows.
    pub(crate) duration_s: Option<f64>,
    progress: PathBuf,
}

/// Why none is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// There is no ffmpeg.
    NoProgram,
    /// The disk is too full.
    NoRoom,
}

/// How far it is.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) doing: Option<Doing>,
    /// Recordings of which a copy is wanted, without the one that is being made.
    pub(crate) waiting: Vec<Digest>,
    pub(crate) hindrance: Option<Hindrance>,
}

impl Default for Copies {
    fn default() -> Self {
        Self { followed: AtomicU64::new(0), state: Mutex::default() }
    }
}

impl Doing {
    /// How many seconds of it are copied.
    pub(crate) fn seconds(&self) -> f64 {
        fs::read_to_string(&self.progress).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }
}

impl Copies {
    /// Notes that all else is made up to a commit.
    pub(crate) fn may_follow_to(&self, sequence: u64) {
        self.followed.store(sequence, Ordering::Relaxed);
    }

    /// Returns how far it is.
    pub(crate) fn look(&self) -> Seen {
        let state = self.lock();
        // The one that is being made waits in front until it is done.
        let waiting = state.waiting.iter().skip(usize::from(state.doing.is_some())).map(|waiting| waiting.file.digest).collect();
        Seen { doing: state.doing.clone(), waiting, hindrance: state.hindrance }
    }

    /// Makes one copy if one is wanted; returns whether there may be more to do.
    pub(crate) fn tend(&self, archive: &Archive) -> anyhow::Result<bool> {
        let followed = self.followed.load(Ordering::Relaxed);
        let derivatives = Derivatives::of(archive);
        if self.lock().waiting.is_empty() && position(&derivatives) >= followed {
            return Ok(false);
        }
        let _lock = follower::lock(&archive.cache(), MAKING)?;
        self.read(archive, &derivatives, followed)?;
        let Some(next) = self.first() else {
            note(&derivatives, self.lock().read)?;
            return Ok(false);
        };
        let is_done = self.attempt(archive, derivatives, &next)?;
        if is_done {
            self.lock().waiting.pop_front();
        }
        Ok(is_done)
    }

    /// Looks for recordings in the commits that nobody looked at yet.
    fn read(&self, archive: &Archive, derivatives: &Derivatives, followed: u64) -> anyhow::Result<()> {
        if !self.lock().waiting.is_empty() {
            return Ok(());
        }
        let from = position(derivatives);
        // From here on the file is there: whoever empties the cache meanwhile takes it away.
        note_first(derivatives, from)?;
        let mut found = VecDeque::new();
        for sequence in from + 1..=followed {
            let commit = archive.journal().recent(sequence)?.with_context(|| format!("commit {sequence} is missing in the journal"))?;
            let files = commit.records().flat_map(|record| &record.files);
            let recordings = files.filter(|file| file.role == Role::original() && STREAMS.task(file).is_some() && may_be_wanted(derivatives, file));
            found.extend(recordings.map(|file| Waiting { file: file.clone(), has_failed: false }));
        }
        let mut state = self.lock();
        (state.waiting, state.read) = (found, followed.max(from));
        Ok(())
    }

    fn first(&self) -> Option<Waiting> {
        self.lock().waiting.front().map(|first| Waiting { file: first.file.clone(), has_failed: first.has_failed })
    }

    /// Makes a copy if it is wanted; returns whether this recording waits no longer.
    fn attempt(&self, archive: &Archive, derivatives: Derivatives, next: &Waiting) -> anyhow::Result<bool> {
        let maker = Maker { archive, derivatives, workers: std::sync::Arc::new(Workers::with_memory(MUCH_MEMORY)) };
        self.lock().hindrance = hindrance(archive, &maker.derivatives, &next.file)?;
        if self.lock().hindrance.is_some() {
            return Ok(false);
        }
        {
            let _lock = follower::lock(&archive.cache(), TAKING)?;
            if is_decided(&maker.derivatives, &next.file) || !is_kept(archive, &next.file)? {
                return Ok(true);
            }
            maker.make(&next.file, STREAMS)?;
        }
        if is_wanted(&maker.derivatives, &next.file) {
            self.make(&maker, next)?;
        }
        Ok(true)
    }

    fn make(&self, maker: &Maker<'_>, next: &Waiting) -> anyhow::Result<()> {
        let (archive, file) = (maker.archive, &next.file);
        let streams = maker.derivatives.streams(file);
        let scratch = archive.scratch()?;
        let progress = scratch.join("copy-progress");
        self.lock().doing = Some(Doing { digest: file.digest, duration_s: streams.duration_s, progress: progress.clone() });
        let task = Task::Copy { streams, progress: raw_of_bytes(progress.as_os_str().as_bytes()) };
        let outcome = maker.original(file).and_then(|original| Ok(maker.workers.ask(&task, &original, scratch)?));
        self.lock().doing = None;
        let _ = fs::remove_file(progress);
        let _lock = follower::lock(&archive.cache(), TAKING)?;
        // Erased in the meantime: the worker's folder goes, and the copy with it.
        if !is_kept(archive, file)? {
            return Ok(());
        }
        match outcome {
            Ok(answer) => {
                let packed: Packed = serde_json::from_slice(&answer)?;
                maker.derivatives.take(&file.digest, form(&packed), &packed)
            }
            Err(error) if matches!(error.downcast_ref(), Some(Trouble::NoWorker(_))) => Err(error),
            Err(error) if next.has_failed => Ok(maker.derivatives.put(&file.digest, COPY, &Err(format!("{error:#}")))?),
            Err(error) => {
                tracing::warn!(digest = %file.digest, "a recording could not be copied, and is tried once more: {error:#}");
                self.lock().waiting.push_back(Waiting { file: file.clone(), has_failed: true });
                Ok(())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In which form a worker has written a copy.
fn form(packed: &Packed) -> Recipe {
    if packed.path.ends_with(COPY_WEBM.ending) { COPY_WEBM } else { COPY }
}

/// Whether a copy was made, or nobody can make one.
fn is_decided(derivatives: &Derivatives, file: &File) -> bool {
    derivatives.copy(&file.digest).is_some() || matches!(derivatives.state(&file.digest, COPY), Made::Failed(_))
}

/// Whether a copy is wanted that is not there.
fn is_wanted(derivatives: &Derivatives, file: &File) -> bool {
    !is_decided(derivatives, file) && !derivatives.streams(file).plays()
}

/// The same as far as it is known: of what came in before there were copies, nobody has looked at the tracks.
fn may_be_wanted(derivatives: &Derivatives, file: &File) -> bool {
    is_wanted(derivatives, file) || (derivatives.state(&file.digest, STREAMS) == Made::Absent && !is_decided(derivatives, file))
}

/// Whether the archive keeps this content now.
fn is_kept(archive: &Archive, file: &File) -> anyhow::Result<bool> {
    archive.see_what_is_kept()?;
    Ok(archive.catalogue().erased_on(&file.digest)?.is_none() && !archive.catalogue().holders(&file.digest)?.is_empty())
}

/// Returns why a copy cannot be made now.
fn hindrance(archive: &Archive, derivatives: &Derivatives, file: &File) -> anyhow::Result<Option<Hindrance>> {
    // What is missing on this machine is no fault of a recording: it waits until somebody installs it.
    if !outside::has("ffprobe") || (is_wanted(derivatives, file) && !can_write()) {
        return Ok(may_be_wanted(derivatives, file).then_some(Hindrance::NoProgram));
    }
    let disk = rustix::fs::statvfs(archive.root())?;
    // Pictures that play are taken over as they are, and a copy that is longer than its original is short.
    let is_full = disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM.saturating_add(file.size);
    Ok(is_full.then_some(Hindrance::NoRoom))
}

/// Whether there is an ffmpeg here that writes what browsers play.
fn can_write() -> bool {
    outside::has("ffmpeg") && outside::encoders().is_ok_and(|encoders| encoders.has_h264 || encoders.has_webm)
}

fn position_file(derivatives: &Derivatives) -> PathBuf {
    derivatives.root().join("copies.position")
}

/// Up to which commit no recording waits.
fn position(derivatives: &Derivatives) -> u64 {
    fs::read_to_string(position_file(derivatives)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn note_first(derivatives: &Derivatives, position: u64) -> anyhow::Result<()> {
    fs::create_dir_all(derivatives.root())?;
    Ok(derivative::replace(&position_file(derivatives), position.to_string().as_bytes())?)
}

/// Notes how far it is, unless the cache was emptied in the meantime: then it begins again.
fn note(derivatives: &Derivatives, position: u64) -> anyhow::Result<()> {
    match fs::metadata(position_file(derivatives)) {
        Ok(_) => note_first(derivatives, position),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}
