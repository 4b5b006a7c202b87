//! `tmp/PID-RANDOM/`: the working folder of one process.
//!
//! A process holds a file lock in its folder as long as it lives; the lock falls when it dies, however it
//! dies. The next writer sweeps every folder whose lock is free.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const LOCK: &str = "lock";

/// The working folder of this process, made when it is first needed and removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    parent: PathBuf,
    held: OnceLock<Held>,
}

#[derive(Debug)]
struct Held {
    folder: PathBuf,
    /// Kept open: the lock lives as long as the file does. `None` for a folder that is given in tests.
    lock: Option<File>,
}

impl Scratch {
    /// Returns the scratch of an archive whose folder for it is `parent` (made if need be).
    pub fn in_folder(parent: impl Into<PathBuf>) -> Self {
        Self { parent: parent.into(), held: OnceLock::new() }
    }

    /// Returns a scratch that uses `folder` as it is, without lock and sweeping: for disks of tests.
    pub fn fixed(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let held = OnceLock::from(Held { folder: folder.clone(), lock: None });
        Self { parent: folder, held }
    }

    /// Returns the working folder. The first call sweeps what dead processes left and makes it.
    pub fn folder(&self) -> io::Result<&Path> {
        if let Some(held) = self.held.get() {
            return Ok(&held.folder);
        }
        self.sweep()?;
        let made = make(&self.parent)?;
        // If another thread was faster, ours is dropped and removed.
        Ok(&self.held.get_or_init(|| made).folder)
    }

    /// Removes what dead processes left. A writer calls it even if it then has nothing to write.
    pub fn sweep(&self) -> io::Result<()> {
        fs::create_dir_all(&self.parent)?;
        sweep(&self.parent)
    }

    /// Returns the folder that holds the working folders of all processes.
    pub fn parent(&self) -> &Path {
        &self.parent
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.lock.is_some() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn make(parent: &Path) -> io::Result<Held> {
    loop {
        let random = getrandom::u64().map_err(io::Error::other)?;
        let folder = parent.join(format!("{}-{random:016x}", std::process::id()));
        fs::create_dir(&folder)?;
        // Between these lines a sweeper may take the folder for a dead one and remove it; then another
        // name is tried.
        match lock_in(&folder) {
            Ok(lock) => return Ok(Held { folder, lock: Some(lock) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}

fn lock_in(folder: &Path) -> io::Result<File> {
    let path = folder.join(LOCK);
    let file = File::create(&path)?;
    file.lock()?;
    fs::metadata(&path)?; // NotFound if it was swept before the lock was ours
    Ok(file)
}

/// Removes the folders of processes that are gone. Troubles with one folder never stop a writer.
fn sweep(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let folder = entry?.path();
        match File::open(folder.join(LOCK)) {
            Ok(lock) => match lock.try_lock() {
                Ok(()) => drop(fs::remove_dir_all(&folder)),
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
            },
            Err(_) => sweep_unlocked(&folder),
        }
    }
    Ok(())
}

/// Removes a folder without a lock file. One that is empty may have been made a moment ago: whoever made it tries another
/// name. One that holds something was swept while a worker of the dead process still wrote into it, since a living process
/// makes the lock file first of all.
fn sweep_unlocked(folder: &Path) {
    let is_empty = fs::remove_dir(folder).is_ok();
    if !is_empty && is_ours(folder) && !folder.join(LOCK).exists() {
        let _ = fs::remove_dir_all(folder);
    }
}

/// Whether a folder has a name that we give: `PID-RANDOM`.
fn is_ours(folder: &Path) -> bool {
    let parts = folder.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('-'));
    parts.is_some_and(|(pid, random)| {
        let is_number = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
        is_number && random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_are_swept_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let dead = parent.path().join("1-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("blob-0"), "half a photograph").unwrap();
        fs::create_dir(parent.path().join("2-empty")).unwrap();

        let living = Scratch::in_folder(parent.path());
        let folder = living.folder().unwrap().to_owned();
        assert!(folder.exists() && !dead.exists() && !parent.path().join("2-empty").exists());

        let next = Scratch::in_folder(parent.path());
        next.folder().unwrap();
        assert!(folder.exists(), "the folder of a living process was swept");
        drop(living);
        assert!(!folder.exists(), "a process that ends well leaves nothing behind");
    }

    /// The 436th of 500 kills: a worker wrote into the folder of its dead process while that was swept. The lock was gone, the
    /// folder stayed, and nobody would ever have swept it.
    #[test]
    fn a_folder_that_lost_its_lock_while_it_was_swept_goes_with_the_next_sweep() {
        let parent = tempfile::tempdir().unwrap();
        let orphan = parent.path().join("28729-6c61cba41b6f28c0");
        fs::create_dir_all(orphan.join("worker-0")).unwrap();
        fs::write(orphan.join("worker-0/page.ppm"), "P6").unwrap();
        let strange = parent.path().join("ghi chú");
        fs::create_dir_all(strange.join("2025")).unwrap();
        Scratch::in_folder(parent.path()).sweep().unwrap();
        assert!(!orphan.exists() && strange.exists(), "what is not ours stays");
    }

    #[test]
    fn many_writers_start_at_once() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let scratch = Scratch::in_folder(parent.path());
                    fs::write(scratch.folder().unwrap().join("x"), "x").unwrap();
                });
            }
        });
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
