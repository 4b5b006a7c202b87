//! From what was typed to what is meant: which archive, who acts, who looks.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use kho_archive::Archive;
use kho_archive::access::Who;
use thiserror::Error;

use crate::TOOL;

/// The command was used wrongly; exit code 2.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Returns the folder of the archive: what was typed, else `$KHO_ARCHIVE` (read by the command line),
/// else the folder above the current one that holds `kho.toml`.
pub(crate) fn find_archive(typed: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = typed {
        return Ok(path.to_owned());
    }
    let here = env::current_dir()?;
    let above = here.ancestors().find(|folder| folder.join("kho.toml").is_file());
    let advice = "no archive was named: use -a DIR, set KHO_ARCHIVE, or go into an archive (`kho init DIR` makes one)";
    Ok(above.ok_or_else(|| UsageError(advice.to_owned()))?.to_owned())
}

/// Opens the archive that is meant.
pub(crate) fn open_archive(typed: Option<&Path>) -> anyhow::Result<Archive> {
    Ok(Archive::open(&find_archive(typed)?, TOOL)?)
}

/// Returns who acts: `--actor` or `KHO_ACTOR` (read by the command line), else the user of the system.
pub(crate) fn actor(typed: Option<&str>) -> String {
    let from_system = || env::var("USER").or_else(|_| env::var("LOGNAME")).ok().or_else(user_of_process);
    typed.map(str::to_owned).or_else(from_system).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Services and containers often have no `USER`: then the owner of this process is looked up.
fn user_of_process() -> Option<String> {
    let uid = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let entry = users.lines().find(|line| line.split(':').nth(2) == Some(uid.as_str()))?;
    entry.split(':').next().map(str::to_owned)
}

/// As whom one looks from the shell. On the machine itself that is the archivist, unless said otherwise.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum LookAs {
    /// As an archivist: everything but what is sealed.
    #[default]
    Archivist,
    /// As anyone on the web.
    Public,
    /// As someone before a kiosk.
    Kiosk,
    /// As a registered researcher.
    Researcher,
}

impl LookAs {
    /// Returns who that is for the judge of access.
    pub(crate) fn who(self) -> Who {
        match self {
            Self::Archivist => Who::Archivist,
            Self::Public => Who::Public,
            Self::Kiosk => Who::Kiosk,
            Self::Researcher => Who::Researcher,
        }
    }
}
