//! Those who read the journal and make something of it that can always be made again.
//!
//! The order is fixed (catalogue, readings, index, pictures), and a later follower never passes an
//! earlier one: what the index reads in the catalogue is at least as new as the commit it applies. Each
//! remembers the last commit that it applied and works under a lock of its own in `cache/`, so that
//! several processes can catch up at once. A crash between two followers is healed by catching up.

use std::error::Error;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::journal::{Commit, Journal, JournalError};

/// So many records are in memory at once at most, give or take one commit. An import commits a thousand at a time, and with
/// what followers make of them eight thousand are a hundred megabytes.
const MOST_RECORDS: usize = 8000;

/// The ending of the names of locks.
pub(crate) const LOCK: &str = ".lock";

/// What a follower may fail with.
pub type FollowerError = Box<dyn Error + Send + Sync>;

/// Reads commits in order and keeps something derived from them.
pub trait Follower: Sync {
    /// Its name: of its lock, and in messages.
    fn name(&self) -> &'static str;

    /// Returns the number of the last commit that it applied, 0 at the beginning.
    fn position(&self) -> Result<u64, FollowerError>;

    /// Applies the commits that follow its position, in order, and remembers the last one; all of it or
    /// nothing. Applying a commit twice must do no harm.
    fn apply(&self, commits: &[Arc<Commit>]) -> Result<(), FollowerError>;

    /// Is called when it has caught up, after at least one commit was applied.
    fn caught_up(&self) -> Result<(), FollowerError> {
        Ok(())
    }

    /// How many commits it likes to apply at once.
    fn stride(&self) -> u64 {
        64
    }
}

/// Followers could not catch up. What was kept is not touched by this.
#[derive(Debug, Error)]
pub enum FollowError {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A commit that must be there is not.
    #[error("commit {0} is missing in the journal; run `kho verify`, and mend it from a copy")]
    Gap(u64),
    /// A follower failed.
    #[error("the {name} cannot follow the journal: {source}")]
    Follower {
        /// Which one.
        name: &'static str,
        /// Why.
        source: FollowerError,
    },
    /// The lock of a follower cannot be had.
    #[error("the lock {path} cannot be used: {source}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

/// Lets each follower of `chain` catch up, none farther than the one before it and the first not
/// farther than `head`. `cache` is the folder for the locks.
pub fn catch_up(journal: &Journal, cache: &Path, chain: &[&dyn Follower], head: u64) -> Result<(), FollowError> {
    let mut limit = head;
    for follower in chain {
        limit = catch_up_one(journal, cache, *follower, limit)?;
    }
    Ok(())
}

/// Lets one follower catch up to `limit`; returns where it stands.
fn catch_up_one(journal: &Journal, cache: &Path, follower: &dyn Follower, limit: u64) -> Result<u64, FollowError> {
    let failed = |source| FollowError::Follower { name: follower.name(), source };
    // Most calls find nothing to do, and then no lock is taken.
    let position = follower.position().map_err(failed)?;
    if position >= limit {
        return Ok(position);
    }
    let _lock = lock(cache, follower.name())?;
    let mut position = follower.position().map_err(failed)?;
    while position < limit {
        let commits = next(journal, position, limit.min(position + follower.stride()))?;
        follower.apply(&commits).map_err(failed)?;
        position += commits.len() as u64;
    }
    follower.caught_up().map_err(failed)?;
    Ok(position)
}

/// Reads the commits after `position` up to `last`, or as many as may be in memory at once, and one at least.
fn next(journal: &Journal, position: u64, last: u64) -> Result<Vec<Arc<Commit>>, FollowError> {
    let (mut commits, mut records) = (Vec::new(), 0);
    for sequence in position + 1..=last {
        let commit = read(journal, sequence)?;
        records += commit.records().count();
        commits.push(commit);
        if records >= MOST_RECORDS {
            break;
        }
    }
    Ok(commits)
}

fn read(journal: &Journal, sequence: u64) -> Result<Arc<Commit>, FollowError> {
    journal.recent(sequence)?.ok_or(FollowError::Gap(sequence))
}

/// Takes the lock of a follower, waiting for whoever has it; it is free again when the file is dropped.
pub fn lock(cache: &Path, name: &str) -> Result<File, FollowError> {
    with_lock(cache, name, |file| file.lock().map(|()| file))
}

/// Whether somebody has a lock right now.
pub(crate) fn is_locked(cache: &Path, name: &str) -> Result<bool, FollowError> {
    with_lock(cache, name, |file| match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    })
}

fn with_lock<T>(cache: &Path, name: &str, take: impl FnOnce(File) -> io::Result<T>) -> Result<T, FollowError> {
    let path = cache.join(format!("{name}{LOCK}"));
    let open = || {
        fs::create_dir_all(cache)?;
        File::options().create(true).append(true).open(&path)
    };
    open().and_then(take).map_err(|source| FollowError::Lock { path: path.clone(), source })
}
