//! Finding what is kept, in Vietnamese and English.
//!
//! A tantivy index that can always be made again: it knows no archive and no journal, only [`Entry`]s and
//! the position up to which they were applied. Whoever asks brings a sieve, which says for each entry
//! whether this viewer may see it now; every hit and every count passes through it.
//!
//! ```
//! use kho_index::{Entry, Index, Question};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let index = Index::open(folder.path())?;
//! let entry = Entry { id: 1, kind: "sound".into(), title: "Cụ Mận kể chuyện dệt lụa".into(), ..Entry::default() };
//! index.writer()?.apply(&[entry], &[], 7)?;
//!
//! let everyone = |_id: u64| true;
//! let answer = index.search(&Question::new("det lua"), &everyone)?;
//! assert_eq!((answer.total, answer.hits[0].id), (1, 1));
//! assert_eq!(index.search(&Question::new("det lua"), &|_| false)?.total, 0);
//! assert_eq!(index.position()?, 7);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod analyzer;
mod entry;
mod schema;
mod search;
mod snippet;
mod writer;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, ReloadPolicy};
use thiserror::Error;

pub use entry::{Entry, Mark};
pub use search::{Answer, Facet, FacetValue, Hit, Question, Sieve};
pub use writer::Writer;

use schema::Fields;

/// The index of one archive. May be asked from several threads while one process writes.
pub struct Index {
    folder: PathBuf,
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
}

/// The index cannot be read or written. Nothing that was kept is lost by this.
#[derive(Debug, Error)]
pub enum IndexError {
    /// Tantivy failed.
    #[error("the search index {folder} cannot be used: {source}; `kho rebuild` makes it again")]
    Tantivy {
        /// The folder of the index.
        folder: PathBuf,
        /// What tantivy said.
        source: tantivy::TantivyError,
    },
    /// The folder of the index cannot be used.
    #[error("the folder {folder} of the search index cannot be used: {source}")]
    Disk {
        /// The folder.
        folder: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

impl Index {
    /// Opens the index below `folder`, or makes an empty one.
    ///
    /// Each form of the index has a folder of its own, named by a fingerprint of schema, analyzer and
    /// tantivy: a newer program makes a new one beside the old, and readers of the old are not disturbed.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let home = folder.join(schema::fingerprint());
        fs::create_dir_all(&home).map_err(|source| IndexError::Disk { folder: home.clone(), source })?;
        let failed = |source| IndexError::Tantivy { folder: home.clone(), source };
        let directory = MmapDirectory::open(&home).map_err(|error| failed(error.into()))?;
        let (schema, fields) = schema::schema();
        let index = tantivy::Index::open_or_create(directory, schema).map_err(failed)?;
        analyzer::register(index.tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        Ok(Self { folder: home, index, reader, fields })
    }

    /// Returns the position of the last entries applied, 0 for an empty index.
    pub fn position(&self) -> Result<u64, IndexError> {
        let metas = self.index.load_metas().map_err(|source| self.failed(source))?;
        Ok(metas.payload.and_then(|payload| payload.parse().ok()).unwrap_or(0))
    }

    /// Opens the index for writing. One writer at a time, over all processes: a second one is an error,
    /// so callers hold a lock of their own.
    pub fn writer(&self) -> Result<Writer<'_>, IndexError> {
        Writer::open(self)
    }

    fn failed(&self, source: tantivy::TantivyError) -> IndexError {
        IndexError::Tantivy { folder: self.folder.clone(), source }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
