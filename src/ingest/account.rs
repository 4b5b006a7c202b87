//! The account of an ingest: every walked file is in exactly one class.

use kho_archive::record::RecordId;
use serde::Serialize;

use super::describing::TableReport;

/// The account of one run; the names of the fields are those of `kho ingest --json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Account {
    /// The accession that the files belong to; absent if nothing was ever kept of these sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accession: Option<RecordId>,
    /// Directory entries that are no directories.
    pub(crate) walked: u64,
    /// New contents (symbolic links included).
    pub(crate) stored: u64,
    /// Known contents found at a new place.
    pub(crate) duplicates: u64,
    /// Same path, size, times and inode as last recorded.
    pub(crate) unchanged: u64,
    /// New contents that belong to a medium beside them.
    pub(crate) sidecars: u64,
    /// Names that the settings leave out.
    pub(crate) ignored: u64,
    /// Files that were not taken, each with a reason.
    pub(crate) refused: Vec<Refusal>,
    /// Tables that name files, and how they were understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tables: Vec<TableReport>,
    /// Files that may belong to others; an archivist decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) proposals: Vec<Proposal>,
    /// What an archivist should know of bags and packages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Bytes read from the sources.
    pub(crate) bytes_read: u64,
    /// Bytes of new contents.
    pub(crate) bytes_stored: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Whether the user stopped it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) interrupted: bool,
    /// Whether nothing was kept because only a look was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dry_run: bool,
}

/// A file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    /// Its path, readable.
    pub(crate) path: String,
    /// Why, for people.
    pub(crate) reason: String,
    /// Whether the law took its content out before: then its name is told to who brings it, and not kept.
    #[serde(skip)]
    pub(crate) is_erased: bool,
}

/// A file that may belong to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proposal {
    /// Its path, readable.
    pub(crate) path: String,
    /// The path of the other.
    pub(crate) with: String,
    /// Why it is only a proposal, for people.
    pub(crate) why: String,
}

/// The class of a file that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Duplicate,
    Sidecar,
    Stored,
}

impl Refusal {
    /// Returns the refusal of a file, for a reason that has nothing to do with its content having been erased.
    pub(super) fn new(path: String, reason: String) -> Self {
        Self { path, reason, is_erased: false }
    }
}

impl Account {
    /// Counts a file that was taken; `size` in bytes.
    pub(super) fn count(&mut self, class: Class, size: u64) {
        match class {
            Class::Duplicate => self.duplicates += 1,
            Class::Sidecar => self.sidecars += 1,
            Class::Stored => self.stored += 1,
        }
        if class != Class::Duplicate {
            self.bytes_stored += size;
        }
    }

    /// The refusals that the archive remembers.
    pub(super) fn kept_refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.refused.iter().filter(|refusal| !refusal.is_erased)
    }

    /// Whether anything was taken that was not known as it is.
    pub(super) fn has_news(&self) -> bool {
        self.stored + self.duplicates + self.sidecars > 0
    }
}
