//! Where contents are kept: each once, under the name that its bytes give it.
//!
//! [`Store`] is a contract. The folder store and the memory store pass the same `contract` test, and
//! so will the next one. A content goes in by two steps: [`Store::stage`] reads the source once and
//! keeps a copy that nobody sees yet; [`Store::settle`] makes a whole group durable and visible, so that
//! a thousand small files wait for the disk a few times and not a thousand times.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::digest::{Digest, Fingerprint};
use crate::disk::ReadSeek;

#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod copy;
mod folder;
mod memory;

pub(crate) use folder::BLOBS;
pub use folder::FolderStore;
pub use memory::MemoryStore;

/// A content that was read and copied, but is neither durable nor visible yet.
///
/// Dropping it gives the space back.
pub struct Staged {
    fingerprint: Fingerprint,
    place: Place,
}

/// Where a store holds a staged content.
enum Place {
    File(folder::Draft),
    Memory(Vec<u8>),
}

/// A content that is durable in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Digests and length, from the one read of the source.
    pub fingerprint: Fingerprint,
    /// Whether the store held this content before.
    pub known: bool,
}

/// What [`Store::visit`] meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A content under its right name. Whether the bytes still give that name is for `verify` to say.
    Blob(Digest, u64),
    /// Something that the store did not put there; the path is relative to the archive.
    Stranger(PathBuf),
}

/// A store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store does not hold this content.
    #[error("the store does not hold {0}")]
    NotFound(Digest),
    /// The source could not be read to its end; the store is unchanged.
    #[error("the source cannot be read: {0}")]
    Source(#[source] io::Error),
    /// The store itself failed, most often because the disk is full.
    #[error("the store cannot use {path}: {source}")]
    Disk {
        /// What the store tried to use.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A range reaches past the end of a content.
    #[error("bytes {}-{} were asked of {digest}, which has {size}", range.start, range.end)]
    Range {
        /// The content.
        digest: Digest,
        /// The bytes asked for.
        range: Range<u64>,
        /// The length of the content.
        size: u64,
    },
}

/// A content-addressed store. All methods may be called from several threads and processes at once.
pub trait Store: fmt::Debug + Send + Sync {
    /// Reads `source` once, to its end, and yields its digests, its length and a copy.
    ///
    /// Costs one read of the source and one write. Memory does not grow with the length. The content is
    /// not visible yet, and gone if the power fails. An unreadable source is [`StoreError::Source`] and
    /// leaves nothing behind; anything else is the store's own trouble.
    fn stage(&self, source: &mut dyn Read) -> Result<Staged, StoreError>;

    /// Makes a group of contents durable and visible, in the order given.
    ///
    /// When this returns `Ok`, every content survives a power cut; this is what a commit waits for
    /// before it names them. When it fails, some may be visible and whole, none is half written, and
    /// doing it all again is safe. A content that was there already stays as it was, never rewritten.
    fn settle(&self, group: Vec<Staged>) -> Result<Vec<Kept>, StoreError>;

    /// Keeps one content: [`Store::stage`] and [`Store::settle`] in one call.
    fn put(&self, source: &mut dyn Read) -> Result<Kept, StoreError> {
        let staged = self.stage(source)?;
        let fingerprint = staged.fingerprint;
        let kept = self.settle(vec![staged])?;
        Ok(kept.into_iter().next().unwrap_or(Kept { fingerprint, known: true }))
    }

    /// Keeps one content, and puts it in place of whatever stands under its name: for mending what is damaged.
    ///
    /// After a power cut either the damage stands there or the content, whole.
    fn replace(&self, staged: Staged) -> Result<Kept, StoreError>;

    /// Returns the length of a content in bytes, or `None` if the store does not hold it.
    fn size(&self, digest: &Digest) -> Result<Option<u64>, StoreError>;

    /// Returns the bytes of a content from `range.start` up to but without `range.end`.
    ///
    /// A range past the end is [`StoreError::Range`], never a short answer. Bytes are given as they
    /// stand on the medium; `verify` is what compares them with the digest.
    fn range(&self, digest: &Digest, range: Range<u64>) -> Result<Box<dyn Read + Send>, StoreError>;

    /// Returns the whole of a content.
    fn read(&self, digest: &Digest) -> Result<Box<dyn Read + Send>, StoreError> {
        let size = self.size(digest)?.ok_or(StoreError::NotFound(*digest))?;
        self.range(digest, 0..size)
    }

    /// Removes contents that the law wants gone; returns how many were there. The only way in which a store loses a content.
    ///
    /// When this returns `Ok`, their names do not come back after a power cut. A content that is not there is no error, so
    /// doing it again is safe.
    fn remove(&self, digests: &[Digest]) -> Result<u64, StoreError>;

    /// Shows everything that stands in the store, contents in the order of their digests. Goes on as
    /// long as `visit` returns `true`.
    fn visit(&self, visit: &mut dyn FnMut(Found) -> bool) -> Result<(), StoreError>;

    /// Returns the plain file on this machine that holds a content, for programs that want a path. `None`
    /// if the store keeps its contents elsewhere.
    fn local(&self, digest: &Digest) -> Option<PathBuf>;

    /// Returns where a content stands, relative to the archive, for messages to people.
    fn place(&self, digest: &Digest) -> PathBuf;
}

impl Staged {
    /// Returns the copy that was made, open for reading at any place: what is read here is what will be
    /// kept, whatever happens to the source.
    pub fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        match &self.place {
            Place::File(draft) => draft.open(),
            Place::Memory(bytes) => Ok(Box::new(io::Cursor::new(bytes.clone()))),
        }
    }

    /// Returns the file that holds the copy, if it is in one.
    pub fn local(&self) -> Option<&Path> {
        match &self.place {
            Place::File(draft) => Some(draft.path()),
            Place::Memory(_) => None,
        }
    }

    /// Returns the digests and the length of the content.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}
