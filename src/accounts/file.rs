//! `accounts.json` on the disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use kho_archive::archive::ACCOUNTS;
use kho_archive::{Archive, follower};

use super::{FORMAT, Register};

/// The accounts of one archive.
pub(crate) struct Accounts {
    path: PathBuf,
    known: Mutex<Known>,
}

/// The register as it was read last, and the mark of the file it was read from.
struct Known {
    mark: Option<Mark>,
    register: Arc<Register>,
}

/// What tells a file from the one that replaced it: inode, length, and the times of the last change.
type Mark = (u64, u64, i64, i64, i64, i64);

impl Accounts {
    /// Returns the accounts of an archive. Nothing is read yet; where there is no file, there are no accounts, and the key
    /// that the first one will bring along serves until then.
    pub(crate) fn of(archive: &Archive) -> anyhow::Result<Self> {
        let known = Known { mark: None, register: Arc::new(Register::empty()?) };
        Ok(Self { path: archive.root().join(ACCOUNTS), known: Mutex::new(known) })
    }

    /// Returns what the file says now. Costs one look at it when it was not replaced.
    pub(crate) fn read(&self) -> anyhow::Result<Arc<Register>> {
        let mark = mark(&self.path).with_context(|| format!("Failed to look at {}", self.path.display()))?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if mark != known.mark {
            let register = if mark.is_some() { read(&self.path)? } else { Register::empty()? };
            *known = Known { mark, register: Arc::new(register) };
        }
        Ok(Arc::clone(&known.register))
    }

    /// Changes the accounts and returns what `change` returns, once it is durable. If `change` fails, nothing is written.
    pub(crate) fn change<T>(&self, archive: &Archive, change: impl FnOnce(&mut Register) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let _lock = follower::lock(&archive.cache(), "accounts")?;
        let mut register = Register::clone(&*self.read()?);
        let outcome = change(&mut register)?;
        let json = serde_json::to_string_pretty(&register)? + "\n";
        replace(archive, &self.path, json.as_bytes()).with_context(|| format!("Failed to write {}; nothing was changed", self.path.display()))?;
        Ok(outcome)
    }
}

fn mark(path: &Path) -> io::Result<Option<Mark>> {
    match fs::metadata(path) {
        Ok(facts) => Ok(Some((facts.ino(), facts.len(), facts.mtime(), facts.mtime_nsec(), facts.ctime(), facts.ctime_nsec()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(path: &Path) -> anyhow::Result<Register> {
    let text = fs::read_to_string(path).with_context(|| format!("Failed to read {}", path.display()))?;
    let register: Register =
        serde_json::from_str(&text).with_context(|| format!("{} cannot be understood; bring it back from a copy", path.display()))?;
    if register.format > FORMAT {
        bail!("{} has format {}, this kho reads up to {FORMAT}; use a newer kho", path.display(), register.format);
    }
    Ok(register)
}

/// Replaces a file that only its owner may read: written beside it, synced, renamed.
fn replace(archive: &Archive, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let draft = archive.scratch()?.join(ACCOUNTS);
    // What an attempt before this one left may be open to others.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(File::open(archive.root())?.sync_all()?)
}
