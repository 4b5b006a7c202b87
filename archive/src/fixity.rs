//! The proof that what was kept is unchanged: every blob against its name, the chain against its hashes,
//! and each against the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

use crate::digest::Digest;
use crate::journal::check::{ChainDamage, ChainReport};
use crate::journal::{Journal, JournalError};
use crate::record::RecordId;
use crate::store::{Found, Store, StoreError};

/// What `kho verify` reports. An orphan is no damage: it is a whole content that no commit names, left by
/// an ingest that was cut off; the next ingest of that content adopts it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FixityReport {
    /// How many blobs were read.
    pub checked: u64,
    /// How many bytes that was.
    pub bytes: u64,
    /// Blobs whose bytes are not what their name says.
    pub damaged: Vec<DamagedBlob>,
    /// Contents that a commit names and the store does not hold.
    pub missing: Vec<MissingBlob>,
    /// Files that nobody of ours put there.
    pub extra: Vec<ExtraFile>,
    /// Whole contents that no commit names.
    pub orphans: Vec<Orphan>,
    /// What the records are called that hold what is damaged or missing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub titles: BTreeMap<RecordId, String>,
    /// What a lawful erasure takes away and that is still there: it was cut off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unerased: Vec<Unerased>,
    /// The chain of commits.
    pub journal: ChainSummary,
}

/// Something that was erased by law and is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unerased {
    /// The file, relative to the archive.
    pub path: PathBuf,
    /// The line, if it is one in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// A blob whose bytes are not what its name says.
#[derive(Clone, Debug, Serialize)]
pub struct DamagedBlob {
    /// The file, relative to the archive.
    pub path: PathBuf,
    /// The content that it should hold.
    pub digest: Digest,
    /// What is wrong.
    pub reason: String,
    /// The records that hold this content.
    pub records: BTreeSet<RecordId>,
}

/// A content that a commit names and the store does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct MissingBlob {
    /// The content.
    pub digest: Digest,
    /// The records that hold it.
    pub records: BTreeSet<RecordId>,
}

/// A file that nobody of ours put there.
#[derive(Clone, Debug, Serialize)]
pub struct ExtraFile {
    /// The file, relative to the archive.
    pub path: PathBuf,
}

/// A whole content that no commit names.
#[derive(Clone, Debug, Serialize)]
pub struct Orphan {
    /// The content.
    pub digest: Digest,
}

/// The chain of commits in a fixity report.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChainSummary {
    /// How many commits there are.
    pub commits: u64,
    /// The hash of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Digest>,
    /// Whether nothing is wrong with the chain.
    pub ok: bool,
    /// What is wrong with it.
    pub damaged: Vec<ChainDamage>,
}

/// What the check is told and whom it tells.
#[derive(Default)]
pub struct Watch<'a> {
    /// The hash of a commit that must be in the chain.
    pub known_head: Option<Digest>,
    /// Files that stand outside blobs and journal and belong to nobody, found by the caller.
    pub strangers: Vec<PathBuf>,
    /// Called after each blob with the bytes read so far; `false` stops the check.
    pub progress: Option<&'a mut dyn FnMut(u64) -> bool>,
}

/// The check itself could not be done. Damage is no error: it is in the report.
#[derive(Debug, Error)]
pub enum FixityError {
    /// The journal cannot be read at all.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store cannot be listed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads every blob and every commit; never the catalogue.
pub fn verify(journal: &Journal, store: &dyn Store, mut watch: Watch<'_>) -> Result<FixityReport, FixityError> {
    let chain = journal.check(watch.known_head)?;
    let mut report = FixityReport::default();
    let strangers = chain.strangers.iter().chain(&watch.strangers).cloned();
    report.extra = strangers.map(|path| ExtraFile { path }).collect();
    let line = |(sequence, line): &(u64, u64)| Unerased { path: journal.relative(*sequence), line: Some(*line) };
    report.unerased = chain.unredacted.iter().map(line).collect();
    let mut present = BTreeSet::new();
    store.visit(&mut |found| {
        match found {
            Found::Stranger(path) => report.extra.push(ExtraFile { path }),
            Found::Blob(digest, size) => {
                present.insert(digest);
                report.check_blob(store, &chain, digest, size);
            }
        }
        watch.progress.as_mut().is_none_or(|progress| progress(report.bytes))
    })?;
    let missing = chain.named.iter().filter(|(digest, _)| !present.contains(digest));
    report.missing = missing.map(|(digest, records)| MissingBlob { digest: *digest, records: records.clone() }).collect();
    let touched = report.damaged.iter().map(|blob| &blob.records).chain(report.missing.iter().map(|blob| &blob.records));
    let touched: BTreeSet<RecordId> = touched.flatten().copied().collect();
    report.titles = chain.titles.iter().filter(|(id, _)| touched.contains(id)).map(|(id, title)| (*id, title.clone())).collect();
    report.journal = summary(chain);
    Ok(report)
}

impl FixityReport {
    /// Whether everything that was kept is there and unchanged, and nothing else is.
    pub fn is_clean(&self) -> bool {
        let is_whole = self.damaged.is_empty() && self.missing.is_empty() && self.journal.ok;
        is_whole && self.extra.is_empty() && self.unerased.is_empty()
    }

    fn check_blob(&mut self, store: &dyn Store, chain: &ChainReport, digest: Digest, size: u64) {
        self.checked += 1;
        self.bytes += size;
        if chain.erased.contains(&digest) {
            self.unerased.push(Unerased { path: store.place(&digest), line: None });
            return;
        }
        let records = chain.named.get(&digest);
        let reason = match hash(store, &digest) {
            Ok(actual) if actual == digest => {
                if records.is_none() && !chain.may_name(&digest) {
                    self.orphans.push(Orphan { digest });
                }
                return;
            }
            Ok(actual) => format!("its bytes have the BLAKE3 {actual}"),
            Err(error) => format!("it cannot be read: {error}"),
        };
        let path = store.place(&digest);
        match records {
            Some(records) => self.damaged.push(DamagedBlob { path, digest, reason, records: records.clone() }),
            // Nothing ever promised these bytes: a half copied file of somebody else.
            None if !chain.may_name(&digest) => self.extra.push(ExtraFile { path }),
            None => self.damaged.push(DamagedBlob { path, digest, reason, records: BTreeSet::new() }),
        }
    }
}

fn summary(chain: ChainReport) -> ChainSummary {
    ChainSummary { commits: chain.commits, head: chain.head.commit, ok: chain.is_ok(), damaged: chain.damaged }
}

fn hash(store: &dyn Store, digest: &Digest) -> io::Result<Digest> {
    let mut source = store.read(digest).map_err(io::Error::other)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            return Ok(Digest::from_bytes(*hasher.finalize().as_bytes()));
        }
        hasher.update(&piece[..length]);
    }
}
