//! Finding what is kept, in Vietnamese and English.
//!
//! A tantivy index that can always be made again: it knows no archive and no journal, only [`Entry`]s and
//! the position up to which they were applied. It knows no rights either: each view of a record and each passage has a scope,
//! and whoever asks brings [`Rights`], which say what scopes admit them; every hit, count, suggestion and score is taken over
//! what that leaves.
//!
//! ```
//! use kho_index::{Entry, Index, Question, Rights, View};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let index = Index::open(folder.path())?;
//! let view = View { scope: "public".into(), title: "Cụ Mận kể chuyện dệt lụa".into(), ..View::default() };
//! index.writer()?.apply(&[Entry { id: 1, views: vec![view], ..Entry::default() }], &[], 7)?;
//!
//! let everyone = Rights { key: "all", admits: &|scope| scope == "public", except: &[] };
//! let answer = index.search(&Question::new("det lua"), &everyone)?;
//! assert_eq!((answer.total, answer.hits[0].id), (1, 1));
//! let nobody = Rights { key: "open", admits: &|_| false, except: &[] };
//! assert_eq!(index.search(&Question::new("det lua"), &nobody)?.total, 0);
//! assert_eq!(index.position()?, 7);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod analyzer;
pub mod collation;
mod collect;
mod columns;
mod entry;
mod lexicon;
mod query;
mod rights;
mod schema;
mod search;
mod snippet;
mod stored;
mod suggest;
mod understand;
mod weights;
mod writer;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tantivy::directory::MmapDirectory;
use tantivy::schema::Schema;
use tantivy::store::Compressor;
use tantivy::{IndexReader, IndexSettings, ReloadPolicy};
use thiserror::Error;

pub use collect::{Narrowed, Sort};
pub use entry::{Entry, Passage, View};
pub use lexicon::Lexicon;
pub use query::days;
pub use rights::Rights;
pub use schema::FACETS;
pub use search::{Answer, Facet, FacetValue, Hit, Question, Spoken, is_facet};
pub use suggest::Suggestion;
pub use weights::Weights;
pub use writer::Writer;

use schema::Fields;

/// Texts are kept in blocks of so many bytes: each text that is shown costs a copy of a block. Texts are packed already.
const STORE_BLOCK: usize = 1 << 10;

/// The index of one archive. May be asked from several threads while one process writes.
pub struct Index {
    folder: PathBuf,
    index: tantivy::Index,
    reader: IndexReader,
    fields: Arc<Fields>,
    weights: Weights,
    kept: rights::Kept,
    /// The state of the folder as it was last read, and its position.
    known: Mutex<Option<(Stamp, u64)>>,
}

/// What tells one state of the folder from another: each commit puts a new file in place of the one before.
type Stamp = (u64, i64, i64, u64);

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
    /// The weights that come with the program cannot be read.
    #[error("the weights of the search cannot be read: {0}; this program was built from changed files")]
    Weights(#[from] toml::de::Error),
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
    /// tantivy: a newer program makes a new one beside the old, and readers of the old are not disturbed until somebody calls
    /// [`Index::remove_other_forms`].
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let home = folder.join(schema::fingerprint());
        fs::create_dir_all(&home).map_err(|source| IndexError::Disk { folder: home.clone(), source })?;
        let (schema, fields) = schema::schema();
        let opened = open_files(&home, schema);
        let (index, reader) = opened.map_err(|source| IndexError::Tantivy { folder: home.clone(), source })?;
        Ok(Self {
            folder: home,
            index,
            reader,
            fields: Arc::new(fields),
            weights: Weights::built_in()?,
            kept: rights::Kept::default(),
            known: Mutex::default(),
        })
    }

    /// Ranks by other weights from now on, as whoever measures them does.
    pub fn weigh(&mut self, weights: Weights) {
        self.weights = weights;
    }

    /// Returns the position of the last entries applied, 0 for an empty index.
    pub fn position(&self) -> Result<u64, IndexError> {
        let metas = self.index.load_metas().map_err(|source| self.failed(source))?;
        Ok(metas.payload.and_then(|payload| payload.parse().ok()).unwrap_or(0))
    }

    /// Lets questions see what was committed last; returns a position up to which they surely do. Costs one look at a file when
    /// nothing was committed.
    pub fn refresh(&self) -> Result<u64, IndexError> {
        self.catch_up().map_err(|source| self.failed(source))
    }

    fn catch_up(&self) -> tantivy::Result<u64> {
        let stamp = stamp(&self.folder);
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((seen, position)) = *known
            && stamp.is_some_and(|stamp| stamp == seen)
        {
            return Ok(position);
        }
        // The position is read first: what is read afterwards is never older.
        let position = self.index.load_metas()?.payload.and_then(|payload| payload.parse().ok()).unwrap_or(0);
        self.reader.reload()?;
        *known = stamp.map(|stamp| (stamp, position));
        Ok(position)
    }

    /// Opens the index for writing. One writer at a time, over all processes: a second one is an error,
    /// so callers hold a lock of their own.
    pub fn writer(&self) -> Result<Writer<'_>, IndexError> {
        Writer::open(self)
    }

    /// Removes the indexes of other forms, and every word in them. Whoever calls this has made the present one complete: until
    /// then, programs that know another form go on with theirs.
    pub fn remove_other_forms(&self) -> Result<(), IndexError> {
        let Some(parent) = self.folder.parent() else { return Ok(()) };
        let remove = || -> io::Result<()> {
            for entry in fs::read_dir(parent)? {
                let path = entry?.path();
                if path != self.folder && path.is_dir() {
                    fs::remove_dir_all(path)?;
                }
            }
            Ok(())
        };
        remove().map_err(|source| IndexError::Disk { folder: parent.to_owned(), source })
    }

    fn failed(&self, source: tantivy::TantivyError) -> IndexError {
        IndexError::Tantivy { folder: self.folder.clone(), source }
    }
}

/// Opens the files of an index, or makes those of an empty one.
fn open_files(folder: &Path, schema: Schema) -> tantivy::Result<(tantivy::Index, IndexReader)> {
    let directory = MmapDirectory::open(folder)?;
    let settings = IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        docstore_blocksize: STORE_BLOCK,
        ..IndexSettings::default()
    };
    let index =
        if tantivy::Index::exists(&directory)? { tantivy::Index::open(directory)? } else { tantivy::Index::create(directory, schema, settings)? };
    index.tokenizers().register(schema::LINES, analyzer::Lines);
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((index, reader))
}

fn stamp(folder: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = fs::metadata(folder.join("meta.json")).ok()?;
    Some((meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.size()))
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
