//! Who saw what is not open to everyone, who signed in, and what became of accounts: `audit/YYYY-MM.jsonl`.
//!
//! What was *changed* stands in the journal. Passwords, tokens and names of no account are never written here.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use kho_archive::Archive;
use kho_archive::archive::AUDIT;
use serde::{Deserialize, Serialize};

/// Whoever looks at the same thing again within this time is not written down again: players ask for hundreds of pieces.
const ONCE_IN: Duration = Duration::from_secs(600);

/// How many sights are remembered for that. Forgetting one costs a line more in the file.
const MOST_REMEMBERED: usize = 10_000;

/// The audit of one archive.
pub(crate) struct Audit {
    folder: PathBuf,
    lately: Mutex<HashMap<Sight, Instant>>,
}

/// Somebody, a thing, and how it was given.
type Sight = (String, String, String);

/// One line: somebody did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) time: Timestamp,
    /// Absent if nobody known tried to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    pub(crate) did: String,
    /// An identifier, a digest, or the name of another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) what: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) how: Option<String>,
}

impl Audit {
    /// Returns the audit of an archive. Its folder is made with the first line.
    pub(crate) fn of(archive: &Archive) -> Self {
        Self { folder: archive.root().join(AUDIT), lately: Mutex::default() }
    }

    /// Writes down that somebody was given something that is not open to everyone. An error means that it must not be given:
    /// what cannot be written down is not shown.
    pub(crate) fn saw(&self, account: &str, what: &str, how: &str) -> anyhow::Result<()> {
        let sight = (account.to_owned(), what.to_owned(), how.to_owned());
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.get(&sight).is_some_and(|seen| seen.elapsed() < ONCE_IN) {
            return Ok(());
        }
        self.note(Some(account), "saw", Some(what), Some(how))?;
        if lately.len() >= MOST_REMEMBERED {
            lately.retain(|_, seen| seen.elapsed() < ONCE_IN);
        }
        if lately.len() < MOST_REMEMBERED {
            lately.insert(sight, Instant::now());
        }
        Ok(())
    }

    /// Writes down that somebody did something.
    pub(crate) fn note(&self, account: Option<&str>, did: &str, what: Option<&str>, how: Option<&str>) -> anyhow::Result<()> {
        let own = |text: &str| text.to_owned();
        let line = Line { time: Timestamp::now(), account: account.map(own), did: own(did), what: what.map(own), how: how.map(own) };
        self.append(&line).with_context(|| format!("Failed to write to {}; nothing closed is shown while this lasts", self.folder.display()))
    }

    /// Returns up to `count` lines older than `before`, the newest first; of one account if it is named.
    pub(crate) fn lines_before(&self, before: Option<Timestamp>, account: Option<&str>, count: usize) -> anyhow::Result<Vec<Line>> {
        let mut found = Vec::new();
        for month in self.months()? {
            let text = fs::read_to_string(self.folder.join(&month)).with_context(|| format!("Failed to read {AUDIT}/{month}"))?;
            // A line that was cut off by a power cut tells nothing.
            let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Line>(line).ok());
            let wanted = lines
                .filter(|line| before.is_none_or(|before| line.time < before))
                .filter(|line| account.is_none() || line.account.as_deref() == account);
            found.extend(wanted.take(count - found.len()));
            if found.len() == count {
                break;
            }
        }
        Ok(found)
    }

    /// The files, the latest month first.
    fn months(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut months: Vec<String> = names.filter(|name| name.ends_with(".jsonl")).collect();
        months.sort_unstable_by(|a, b| b.cmp(a));
        Ok(months)
    }

    fn append(&self, line: &Line) -> anyhow::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        // A moment without a time zone is written in UTC.
        let month = line.time.strftime("%Y-%m").to_string();
        let mut file = File::options().append(true).create(true).mode(0o600).open(self.folder.join(format!("{month}.jsonl")))?;
        // One write: the lines of two processes do not mix.
        file.write_all((serde_json::to_string(line)? + "\n").as_bytes())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn new_audit() -> (tempfile::TempDir, Audit) {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit { folder: folder.path().join(AUDIT), lately: Mutex::default() };
        (folder, audit)
    }

    #[test]
    fn a_thing_is_written_down_once_in_ten_minutes_for_each_person() {
        let (_folder, audit) = new_audit();
        for account in ["lan", "lan", "nan"] {
            audit.saw(account, "k7f3", "page").unwrap();
        }
        audit.saw("lan", "k7f3", "json").unwrap();
        let lines = audit.lines_before(None, None, 10).unwrap();
        let said: Vec<_> = lines.iter().map(|line| (line.account.as_deref().unwrap(), line.how.as_deref().unwrap())).collect();
        assert_eq!(said, [("lan", "json"), ("nan", "page"), ("lan", "page")]);
    }

    #[test]
    fn only_the_owner_may_read_it() {
        let (_folder, audit) = new_audit();
        audit.note(Some("lan"), "signed-in", None, None).unwrap();
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let month = audit.folder.join(&audit.months().unwrap()[0]);
        assert_eq!((mode(&audit.folder), mode(&month)), (0o700, 0o600));
    }

    #[test]
    fn pages_follow_each_other_over_months() {
        let (_folder, audit) = new_audit();
        for (day, account) in [("2026-01-31", "lan"), ("2026-02-01", "nan"), ("2026-02-02", "lan"), ("2026-03-01", "lan")] {
            let time: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
            audit.append(&Line { time, account: Some(account.to_owned()), did: "saw".to_owned(), what: None, how: None }).unwrap();
        }
        let days = |before: Option<Timestamp>, account| {
            let lines = audit.lines_before(before, account, 2).unwrap();
            lines.iter().map(|line| line.time.to_string()[5..10].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(days(None, None), ["03-01", "02-02"]);
        assert_eq!(days(Some("2026-02-02T00:00:00Z".parse().unwrap()), None), ["02-01", "01-31"]);
        assert_eq!(days(Some("2026-03-01T00:00:00Z".parse().unwrap()), Some("lan")), ["02-02", "01-31"]);
    }
}
