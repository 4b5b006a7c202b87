//! What is made from originals and can be made again: readings (text, cues) and pictures.
//!
//! A derivative is keyed by the content and the recipe with its version, and stands at
//! `cache/derivatives/ab/DIGEST.RECIPE-VERSION.ENDING`. A recipe that failed leaves its reason there, so that it is not
//! tried again until its version changes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use kho_archive::Archive;
use kho_archive::digest::Digest;

pub(crate) mod reading;
pub(crate) mod thumbnail;

/// A way to make a derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Its name, as in `/derived/DIGEST/NAME`.
    pub(crate) name: &'static str,
    /// Takes the next number whenever the result changes.
    pub(crate) version: u32,
    /// The ending of the file.
    pub(crate) ending: &'static str,
}

/// What has become of a derivative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Made,
    Failed(String),
    Absent,
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

    fn named(&self, digest: &Digest, recipe: Recipe, ending: &str) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(&hex[..2]).join(format!("{hex}.{}-{}.{ending}", recipe.name, recipe.version))
    }

    fn failure(&self, digest: &Digest, recipe: Recipe) -> PathBuf {
        self.named(digest, recipe, "failed")
    }
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
