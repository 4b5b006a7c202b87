//! What is made from originals and can be made again: readings (text, cues) and pictures.
//!
//! A derivative is keyed by the content and the recipe with its version, and stands at
//! `cache/derivatives/ab/DIGEST.RECIPE-VERSION.ENDING`. A recipe that failed leaves its reason there, so that it is not
//! tried again until its version changes.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kho_archive::Archive;
use kho_archive::digest::Digest;

use kho_archive::record::{File, Role, bytes_of_raw};

use crate::media::{MediaKind, kind_of};
use crate::tiles::make::Packed;
use crate::worker::{Task, Trouble, Workers};

pub(crate) mod picture;
pub(crate) mod playing;
pub(crate) mod reading;
pub(crate) mod thumbnail;
pub(crate) mod waveform;

use playing::Streams;

/// The recipe of readings: the text of a file, and the spoken lines of a transcript.
pub(crate) const TEXT: Recipe = Recipe { name: "text", version: 3, ending: "json", page: 0 };

/// The recipe of thumbnails: JPEG, at most 512 pixels wide and high, upright.
pub(crate) const THUMBNAIL: Recipe = Recipe { name: "thumbnail", version: 3, ending: "jpg", page: 0 };

/// The recipe of storyboards: frames of a film, evenly spaced, in one JPEG.
pub(crate) const STORYBOARD: Recipe = Recipe { name: "storyboard", version: 1, ending: "jpg", page: 0 };

/// The recipe of waveforms: how loud a recording is from beginning to end, as SVG.
pub(crate) const WAVEFORM: Recipe = Recipe { name: "waveform", version: 1, ending: "svg", page: 0 };

/// The recipe of pages of documents, each of them when somebody turns to it: JPEG, at most 1600 pixels wide and high.
pub(crate) const PAGE: Recipe = Recipe { name: "page", version: 1, ending: "jpg", page: 1 };

/// The same for telephones, on which the lines of a page are as wide as the screen.
pub(crate) const SMALL_PAGE: Recipe = Recipe { name: "page-small", ..PAGE };

/// The recipe of what a program finds out about the tracks of a recording, by which it is decided whether it plays.
pub(crate) const STREAMS: Recipe = Recipe { name: "streams", version: 1, ending: "json", page: 0 };

/// The recipe of access copies: what a browser plays where it does not play the original. See [`crate::followers::copies`].
pub(crate) const COPY: Recipe = Recipe { name: "copy", version: 1, ending: "mp4", page: 0 };

/// The same where ffmpeg cannot write H.264.
pub(crate) const COPY_WEBM: Recipe = Recipe { ending: "webm", ..COPY };

/// The recipe of tile packs: see [`crate::tiles`].
pub(crate) const TILES: Recipe = Recipe { name: "tiles", version: 1, ending: "pack", page: 0 };

/// The recipes of pictures, in the order in which they are made of a file.
pub(crate) const PICTURES: &[Recipe] = &[THUMBNAIL, STORYBOARD, WAVEFORM, STREAMS, TILES];

/// Pictures with more pixels than this are cut into tiles before anybody asks, since it takes seconds. A pack is about as large as its
/// original, and most photographs are never looked at so closely: theirs are made when they are.
const LONG_TO_CUT: u64 = 40_000_000;

/// Pictures of more pixels than this are cut when somebody looks, not ahead: a file of a few kilobytes can claim as many, and an
/// ingest must not stand still for it.
const TOO_LONG_TO_CUT: u64 = 250_000_000;

/// Films shorter than this are seen as fast as their storyboard, in seconds.
const SHORTEST_STORY: f64 = 4.0;

/// A way to make a derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Its name, as in `/derived/DIGEST/NAME`.
    pub(crate) name: &'static str,
    /// Takes the next number whenever the result changes.
    pub(crate) version: u32,
    /// The ending of the file.
    pub(crate) ending: &'static str,
    /// Which page of a document this is of, counted from 1; 0 if it is of all of it.
    pub(crate) page: u32,
}

/// What has become of a derivative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Made,
    Failed(String),
    Absent,
}

/// Makes derivatives of originals, by workers.
pub(crate) struct Maker<'a> {
    pub(crate) archive: &'a Archive,
    pub(crate) derivatives: Derivatives,
    pub(crate) workers: Arc<Workers>,
}

/// The derivatives of one archive.
#[derive(Clone, Debug)]
pub(crate) struct Derivatives {
    root: PathBuf,
}

impl Derivatives {
    pub(crate) fn of(archive: &Archive) -> Self {
        Self { root: archive.cache().join("derivatives") }
    }

    /// The folder of all derivatives.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where a derivative stands, whether it exists or not.
    pub(crate) fn path(&self, digest: &Digest, recipe: Recipe) -> PathBuf {
        self.named(digest, recipe, recipe.ending)
    }

    /// Returns what has become of a derivative.
    pub(crate) fn state(&self, digest: &Digest, recipe: Recipe) -> State {
        // Derivatives are not synced: a power cut can leave a name without bytes, which is nothing made.
        if fs::metadata(self.path(digest, recipe)).is_ok_and(|facts| facts.len() > 0) {
            return State::Made;
        }
        match fs::read_to_string(self.failure(digest, recipe)) {
            Ok(reason) => State::Failed(reason),
            Err(_) => State::Absent,
        }
    }

    /// Writes down what came of a recipe. Readers see it whole or not at all; it is not synced, since it
    /// can be made again.
    pub(crate) fn put(&self, digest: &Digest, recipe: Recipe, outcome: &Result<Vec<u8>, String>) -> io::Result<()> {
        let (path, bytes) = match outcome {
            Ok(bytes) => (self.path(digest, recipe), bytes.as_slice()),
            Err(reason) => (self.failure(digest, recipe), reason.as_bytes()),
        };
        match replace(&path, bytes) {
            // There are 256 folders: they are made when they are missed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
                replace(&path, bytes)
            }
            outcome => outcome,
        }
    }

    /// Takes over a file that a worker has written.
    pub(crate) fn take(&self, digest: &Digest, recipe: Recipe, packed: &Packed) -> anyhow::Result<()> {
        let (from, to) = (PathBuf::from(OsStr::from_bytes(&bytes_of_raw(&packed.path))), self.path(digest, recipe));
        fs::create_dir_all(to.parent().unwrap_or(&self.root))?;
        Ok(fs::rename(&from, &to)?)
    }

    /// Returns where the access copy of a recording stands, and in which form, if there is one.
    pub(crate) fn copy(&self, digest: &Digest) -> Option<(PathBuf, Recipe)> {
        let made = [COPY, COPY_WEBM].into_iter().find(|recipe| self.state(digest, *recipe) == State::Made)?;
        Some((self.path(digest, made), made))
    }

    /// Returns what is known about the tracks of a recording.
    pub(crate) fn streams(&self, file: &File) -> Streams {
        let probed = self.read(&file.digest, STREAMS).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Streams::of(file, probed.as_ref())
    }

    /// Removes a derivative that turned out to be damaged, so that it is made again.
    pub(crate) fn discard(&self, digest: &Digest, recipe: Recipe) -> io::Result<()> {
        match fs::remove_file(self.path(digest, recipe)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns the bytes of a derivative, if it was made.
    pub(crate) fn read(&self, digest: &Digest, recipe: Recipe) -> Option<Vec<u8>> {
        fs::read(self.path(digest, recipe)).ok().filter(|bytes| !bytes.is_empty())
    }

    /// Removes everything that was made of a content, by whatever recipe and version.
    pub(crate) fn forget(&self, digest: &Digest) -> io::Result<()> {
        let hex = digest.to_string();
        let made = match fs::read_dir(self.root.join(&hex[..2])) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            made => made?,
        };
        for entry in made {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&hex) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn named(&self, digest: &Digest, recipe: Recipe, ending: &str) -> PathBuf {
        let hex = digest.to_string();
        let page = if recipe.page > 0 { format!(".{}", recipe.page) } else { String::new() };
        self.root.join(&hex[..2]).join(format!("{hex}.{}-{}{page}.{ending}", recipe.name, recipe.version))
    }

    fn failure(&self, digest: &Digest, recipe: Recipe) -> PathBuf {
        self.named(digest, recipe, "failed")
    }
}

impl Recipe {
    /// Returns what a worker is asked to do for this file, or `None` if the recipe is not for it.
    pub(crate) fn task(self, file: &File) -> Option<Task> {
        let facts = &file.technical;
        let mime = facts.mime.clone().unwrap_or_default();
        if file.size == 0 {
            return None;
        }
        match self.name {
            // Of a report everything is known already: it was written here.
            "text" => (file.role != Role::report() && reading::is_readable(&mime)).then_some(Task::Text { mime }),
            "thumbnail" => {
                let is_wanted = is_shown(&file.role) && thumbnail::is_drawable(&mime);
                is_wanted.then_some(Task::Thumbnail { mime, orientation: facts.orientation, duration_s: facts.duration_s })
            }
            "storyboard" => {
                let duration_s = facts.duration_s.filter(|seconds| *seconds >= SHORTEST_STORY)?;
                (is_shown(&file.role) && kind_of(&mime) == MediaKind::Film).then_some(Task::Storyboard { duration_s })
            }
            "tiles" => (is_shown(&file.role) && kind_of(&mime) == MediaKind::Image).then_some(Task::Tiles { mime, orientation: facts.orientation }),
            "page" | "page-small" => {
                let is_there = mime == "application/pdf" && (1..=facts.pages.unwrap_or(0)).contains(&self.page);
                let side = if self.name == PAGE.name { thumbnail::PAGE_SIDE } else { thumbnail::SMALL_PAGE_SIDE };
                is_there.then_some(Task::Page { number: self.page, side })
            }
            "streams" => (is_shown(&file.role) && is_recording(&mime)).then_some(Task::Streams),
            "waveform" => (is_shown(&file.role) && kind_of(&mime) == MediaKind::Sound).then_some(Task::Waveform),
            _ => None,
        }
    }
}

impl Recipe {
    /// Whether this is made of a file before anybody asks for it.
    pub(crate) fn is_made_ahead(self, file: &File) -> bool {
        let pixels = u64::from(file.technical.width.unwrap_or(0)) * u64::from(file.technical.height.unwrap_or(0));
        self.task(file).is_some() && (self != TILES || (LONG_TO_CUT + 1..=TOO_LONG_TO_CUT).contains(&pixels))
    }
}

impl Maker<'_> {
    /// Makes a derivative of a file unless it is not wanted, was made, or has failed before.
    pub(crate) fn make(&self, file: &File, recipe: Recipe) -> anyhow::Result<()> {
        let Some(task) = recipe.task(file) else { return Ok(()) };
        if self.derivatives.state(&file.digest, recipe) != State::Absent {
            return Ok(());
        }
        let outcome = match self.original(file) {
            Ok(original) => self.workers.ask(&task, &original, self.archive.scratch()?),
            Err(error) => Err(Trouble::Failed(format!("the original cannot be read: {error:#}"))),
        };
        let outcome = match outcome {
            Err(trouble @ Trouble::NoWorker(_)) => return Err(trouble.into()),
            outcome => outcome.map_err(|trouble| trouble.to_string()),
        };
        match outcome {
            // What is too long for an answer lies where the worker put it.
            Ok(answer) if recipe == TILES => self.derivatives.take(&file.digest, recipe, &serde_json::from_slice(&answer)?),
            outcome => Ok(self.derivatives.put(&file.digest, recipe, &outcome)?),
        }
    }

    /// Returns a path to the bytes of a file.
    pub(crate) fn original(&self, file: &File) -> anyhow::Result<PathBuf> {
        if let Some(path) = self.archive.store().local(&file.digest) {
            return Ok(path);
        }
        let copy = self.archive.scratch()?.join(format!("original-{}", file.digest));
        io::copy(&mut self.archive.store().read(&file.digest)?, &mut fs::File::create(&copy)?)?;
        Ok(copy)
    }
}

/// Whether something can be played.
pub(crate) fn is_recording(mime: &str) -> bool {
    matches!(kind_of(mime), MediaKind::Film | MediaKind::Sound)
}

/// Whether pictures are made of files of this role.
fn is_shown(role: &Role) -> bool {
    ![Role::junk(), Role::sidecar(), Role::transcript()].contains(role)
}

/// Puts a file in place of another, so that nobody ever sees half of it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Two threads may make the same derivative at once: each writes beside under a name of its own.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{number}.new", std::process::id()));
    fs::File::create(&beside)?.write_all(bytes)?;
    fs::rename(&beside, path)
}
