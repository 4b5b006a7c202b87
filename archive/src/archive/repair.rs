//! Mending what is damaged or missing from a copy, and removing what no commit names.
//!
//! Nothing is believed of a copy but its hashes: bytes are taken over only if they give the digest that the journal names, and a
//! commit only if the chain around it proves it. What is mended takes the place of the damage in one step, so a power cut
//! leaves the one or the other. Then a commit tells both facts: what was found, and from where it was mended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{Archive, ArchiveError, CACHE, EraseError, TMP, VerifyError, check_is_archive, strangers_at};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::digest::Digest;
use crate::disk::OsDisk;
use crate::fixity::{self, FixityError, FixityReport, Watch};
use crate::follower::{self, FollowError};
use crate::journal::{Draft, Event, JOURNAL, Journal, JournalError};
use crate::record::RecordId;
use crate::scratch::Scratch;
use crate::settings::{self, Settings};
use crate::store::{BLOBS, FolderStore, Store, StoreError};

/// Where damaged bytes are put aside, below the archive. They may be deleted with the rest of `cache/`.
const ASIDE: &str = "damaged";

/// Damage was found (PREMIS event vocabulary).
const FOUND: &str = "fixity check";

/// Something was brought back.
const MENDED: &str = "recovery";

/// Something left the archive that no record ever had.
const REMOVED: &str = "deaccession";

/// What a repair did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Repair {
    /// What was mended, commits first.
    pub mended: Vec<Mended>,
    /// What could not be.
    pub left: Vec<Left>,
    /// Files that nobody of ours put there. A repair never touches them.
    pub extra: Vec<PathBuf>,
    /// The commit that tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<u64>,
}

/// A content or a commit that is whole again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// What it is.
    #[serde(flatten)]
    pub damage: Damage,
    /// Where the damaged bytes are now, relative to the archive; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<PathBuf>,
}

/// A content or a commit that stays damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What it is.
    #[serde(flatten)]
    pub damage: Damage,
    /// Why the copy does not help.
    pub why: String,
}

/// Something that is not as it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file, relative to the archive.
    pub path: PathBuf,
    /// The content that it should hold; absent for a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What is wrong.
    pub reason: String,
    /// The records that hold the content, with their titles.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub records: BTreeMap<RecordId, String>,
}

/// A repair could not be done.
#[derive(Debug, Error)]
pub enum RepairError {
    /// The folder holds nothing of an archive.
    #[error("{0} is no copy: it holds neither blobs/ nor journal/")]
    NoCopy(PathBuf),
    /// An archive cannot mend itself.
    #[error("{0} is the archive itself; a copy in another place is needed")]
    Itself(PathBuf),
    /// The copy is one of another archive.
    #[error("{0} is a copy of another archive")]
    OtherArchive(PathBuf),
    /// Another process may be about to name what looks like an orphan.
    #[error("another kho is at work in this archive; stop it before orphans are removed")]
    Busy,
    /// The journal cannot tell what is an orphan.
    #[error("the journal is damaged, so nobody can say what is an orphan; mend it first: kho repair --from COPY")]
    Damaged,
    /// The damaged bytes cannot be put aside.
    #[error("{path} cannot be used: {source}")]
    Disk {
        /// What was tried.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The archive cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive cannot be checked.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The check cannot be done.
    #[error(transparent)]
    Fixity(#[from] FixityError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalogue cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// An erasure cannot be finished.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The lock cannot be had.
    #[error(transparent)]
    Lock(#[from] FollowError),
}

impl RepairError {
    /// Whether another folder would do.
    pub fn is_wrong_use(&self) -> bool {
        matches!(self, Self::NoCopy(_) | Self::Itself(_) | Self::OtherArchive(_))
    }
}

/// Who repairs, and with which program.
#[derive(Clone, Copy, Debug)]
pub struct Repairer<'a> {
    /// Who.
    pub actor: &'a str,
    /// Name and version of the program.
    pub tool: &'a str,
}

impl Archive {
    /// Mends the archive in `root` from a copy of it, which may be another archive folder or only its `blobs/` and `journal/`.
    ///
    /// Reads every blob once. Where the journal cannot be mended, contents are mended all the same, but nothing can be written
    /// down; `commit` is absent then.
    pub fn repair(root: &Path, copy: &Path, by: Repairer<'_>, progress: Option<&mut dyn FnMut(u64) -> bool>) -> Result<Repair, RepairError> {
        check_is_archive(root)?;
        let settings = Settings::read(root).map_err(ArchiveError::from)?;
        check_copy(root, copy, &settings)?;
        let mending = Mending::new(root, copy, settings.archive.id);
        let mut repair = Repair::default();
        {
            // Nobody else rewrites files of the journal meanwhile.
            let _lock = follower::lock(&root.join(CACHE), "erase")?;
            mending.journal(&mut repair)?;
            mending.blobs(&mut repair, progress)?;
        }
        let found_nothing = repair.mended.is_empty() && repair.left.is_empty();
        let is_readable = mending.journal.check(None)?.is_ok();
        if found_nothing || !is_readable {
            return Ok(repair);
        }
        let archive = Self::open(root, by.tool)?;
        archive.sweep()?;
        let draft = Draft {
            actor: by.actor.to_owned(),
            reason: format!("repair: from {}", copy.display()),
            events: events(&repair, copy),
            ..Draft::default()
        };
        let commit = archive.commit(|_| -> Result<Option<Draft>, ArchiveError> { Ok(Some(draft.clone())) })?;
        repair.commit = commit.map(|commit| commit.header.sequence);
        // The copy may still hold what was erased by law.
        archive.finish_erasures()?;
        Ok(repair)
    }

    /// Removes the contents that no commit names; returns them. Refused while another process is at work here, since it may be
    /// about to name them.
    pub fn remove_orphans(&self, actor: &str) -> Result<Vec<Digest>, RepairError> {
        self.sweep()?;
        if others_at_work(&self.root.join(TMP), self.scratch()?) {
            return Err(RepairError::Busy);
        }
        let report = Self::verify(&self.root, None, None)?;
        if !report.journal.ok {
            return Err(RepairError::Damaged);
        }
        let mut orphans = Vec::new();
        self.commit(|catalogue| -> Result<Option<Draft>, RepairError> {
            orphans.clear();
            for orphan in &report.orphans {
                if catalogue.holders(&orphan.digest)?.is_empty() {
                    orphans.push(orphan.digest);
                }
            }
            let note = format!("{} contents that no record ever held were removed", orphans.len());
            let more = Map::from_iter([("contents".to_owned(), json!(orphans))]);
            let event = Event { kind: REMOVED.to_owned(), outcome: "success".to_owned(), note, records: Vec::new(), more };
            let draft = Draft { actor: actor.to_owned(), reason: "repair: orphans".to_owned(), events: vec![event], ..Draft::default() };
            Ok((!orphans.is_empty()).then_some(draft))
        })?;
        self.store.remove(&orphans)?;
        Ok(orphans)
    }
}

/// An archive with its copy.
struct Mending<'a> {
    root: &'a Path,
    archive: RecordId,
    journal: Journal,
    store: FolderStore,
    copied_journal: Journal,
    copied_store: FolderStore,
}

impl<'a> Mending<'a> {
    fn new(root: &'a Path, copy: &Path, archive: RecordId) -> Self {
        let disk = Arc::new(OsDisk);
        let scratch = Arc::new(Scratch::in_folder(root.join(TMP)));
        Self {
            root,
            archive,
            journal: Journal::new(disk.clone(), root, scratch.clone(), archive, ""),
            store: FolderStore::new(disk.clone(), root, scratch.clone()),
            // Nothing is ever written into the copy: the scratch folder is ours.
            copied_journal: Journal::new(disk.clone(), copy, scratch.clone(), archive, ""),
            copied_store: FolderStore::new(disk, copy, scratch),
        }
    }

    /// Mends commits, the earliest first, so that each is proven by the one before. Goes on until the copy helps no further: a
    /// cut tail shows one commit at a time.
    fn journal(&self, repair: &mut Repair) -> Result<(), RepairError> {
        let known = self.last_seen();
        let mut hopeless: BTreeSet<u64> = BTreeSet::new();
        loop {
            let chain = self.journal.check(known)?;
            let Some(damage) = chain.damaged.iter().find(|damage| !hopeless.contains(&damage.sequence)) else { return Ok(()) };
            let found = Damage { path: damage.path.clone(), digest: None, reason: damage.reason.clone(), records: BTreeMap::new() };
            match self.commit_of_copy(damage.sequence)? {
                Ok(bytes) => {
                    let aside = self.put_aside(&damage.path)?;
                    self.journal.mend(damage.sequence, &bytes)?;
                    // Mended once, it is as good as the copy: what is still said of it is not about its bytes.
                    hopeless.insert(damage.sequence);
                    repair.mended.push(Mended { damage: found, aside });
                }
                Err(why) => {
                    hopeless.insert(damage.sequence);
                    repair.left.push(Left { damage: found, why });
                }
            }
        }
    }

    /// Returns the bytes of a commit in the copy if the chain proves them.
    fn commit_of_copy(&self, sequence: u64) -> Result<Result<Vec<u8>, String>, RepairError> {
        let commit = match self.copied_journal.read(sequence) {
            Ok(Some(commit)) => commit,
            Ok(None) => return Ok(Err("the copy does not hold this commit".to_owned())),
            Err(JournalError::Damaged { reason, .. }) => return Ok(Err(format!("the copy is damaged as well: {reason}"))),
            Err(error) => return Err(error.into()),
        };
        if commit.header.archive != self.archive {
            return Ok(Err("the copy is one of another archive".to_owned()));
        }
        // A neighbour that is damaged itself proves nothing, and disproves nothing.
        let before = sequence.checked_sub(1).filter(|before| *before > 0).and_then(|before| self.journal.read(before).ok().flatten());
        let after = self.journal.glance(sequence + 1).ok().flatten();
        let follows = before.is_none_or(|before| commit.header.prev == Some(before.commit));
        let is_followed = after.is_none_or(|after| after.prev == Some(commit.commit));
        if !follows || !is_followed {
            return Ok(Err("the commit in the copy does not belong into this chain".to_owned()));
        }
        Ok(self.copied_journal.bytes_of(sequence)?.ok_or_else(|| "the copy does not hold this commit".to_owned()))
    }

    /// The head that the catalogue has seen: where the journal ends before it, its tail was cut off.
    fn last_seen(&self) -> Option<Digest> {
        let path = self.root.join(CACHE).join("catalogue.sqlite");
        let catalogue = path.is_file().then(|| Catalogue::open(&path).ok()).flatten()?;
        catalogue.head().ok()?.commit
    }

    fn blobs(&self, repair: &mut Repair, progress: Option<&mut dyn FnMut(u64) -> bool>) -> Result<(), RepairError> {
        let watch = Watch { known_head: None, strangers: strangers_at(self.root), progress };
        let report = fixity::verify(&self.journal, &self.store, watch)?;
        repair.extra = report.extra.iter().map(|file| file.path.clone()).collect();
        for damage in damages(&report, &self.store) {
            let Some(digest) = damage.digest else { continue };
            match self.mend_blob(&digest, &damage.path)? {
                Ok(aside) => repair.mended.push(Mended { damage, aside }),
                Err(why) => repair.left.push(Left { damage, why }),
            }
        }
        Ok(())
    }

    fn mend_blob(&self, digest: &Digest, path: &Path) -> Result<Result<Option<PathBuf>, String>, RepairError> {
        let mut source = match self.copied_store.read(digest) {
            Ok(source) => source,
            Err(StoreError::NotFound(_)) => return Ok(Err("the copy does not hold it".to_owned())),
            Err(error) => return Ok(Err(format!("the copy cannot be read: {error}"))),
        };
        let staged = match self.store.stage(&mut source) {
            Ok(staged) => staged,
            Err(StoreError::Source(error)) => return Ok(Err(format!("the copy cannot be read: {error}"))),
            Err(error) => return Err(error.into()),
        };
        if staged.fingerprint().digest != *digest {
            return Ok(Err(format!("the copy is damaged as well: its bytes have the BLAKE3 {}", staged.fingerprint().digest)));
        }
        let aside = self.put_aside(path)?;
        self.store.replace(staged)?;
        Ok(Ok(aside))
    }

    /// Copies damaged bytes to where they can be looked at; returns where. What cannot be read is not worth keeping.
    fn put_aside(&self, path: &Path) -> Result<Option<PathBuf>, RepairError> {
        let from = self.root.join(path);
        if !from.exists() {
            return Ok(None);
        }
        let aside = Path::new(CACHE).join(ASIDE).join(path.file_name().unwrap_or_default());
        let to = self.root.join(&aside);
        let trouble = |source| RepairError::Disk { path: to.clone(), source };
        fs::create_dir_all(self.root.join(CACHE).join(ASIDE)).map_err(trouble)?;
        // Copied with its mode, an earlier one could not be written over.
        let _ = fs::remove_file(&to);
        Ok(fs::copy(&from, &to).ok().map(|_| aside))
    }
}

fn check_copy(root: &Path, copy: &Path, settings: &Settings) -> Result<(), RepairError> {
    let is_copy = [BLOBS, JOURNAL].iter().any(|folder| copy.join(folder).is_dir());
    if !is_copy {
        return Err(RepairError::NoCopy(copy.to_owned()));
    }
    if fs::canonicalize(root).ok() == fs::canonicalize(copy).ok() {
        return Err(RepairError::Itself(copy.to_owned()));
    }
    let is_archive = copy.join(settings::FILE_NAME).is_file();
    if is_archive && Settings::read(copy).map_err(ArchiveError::from)?.archive.id != settings.archive.id {
        return Err(RepairError::OtherArchive(copy.to_owned()));
    }
    Ok(())
}

fn damages(report: &FixityReport, store: &FolderStore) -> Vec<Damage> {
    let titled = |records: &BTreeSet<RecordId>| -> BTreeMap<RecordId, String> {
        records.iter().map(|id| (*id, report.titles.get(id).cloned().unwrap_or_default())).collect()
    };
    let damaged = report.damaged.iter().map(|blob| Damage {
        path: blob.path.clone(),
        digest: Some(blob.digest),
        reason: blob.reason.clone(),
        records: titled(&blob.records),
    });
    let missing = report.missing.iter().map(|blob| Damage {
        path: store.place(&blob.digest),
        digest: Some(blob.digest),
        reason: "it is missing".to_owned(),
        records: titled(&blob.records),
    });
    damaged.chain(missing).collect()
}

/// Both facts about everything: what was found, and where it was mended from.
fn events(repair: &Repair, copy: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    for Mended { damage, aside } in &repair.mended {
        events.push(event(FOUND, "fail", damage, &damage.reason, &[]));
        let mut more = vec![("from", json!(copy))];
        more.extend(aside.as_ref().map(|aside| ("aside", json!(aside))));
        events.push(event(MENDED, "success", damage, "its bytes were brought back from a copy, and give the digest again", &more));
    }
    for Left { damage, why } in &repair.left {
        events.push(event(FOUND, "fail", damage, &format!("{}; {why}", damage.reason), &[]));
    }
    events
}

fn event(kind: &str, outcome: &str, damage: &Damage, note: &str, more: &[(&str, Value)]) -> Event {
    let mut facts = Map::from_iter([("path".to_owned(), json!(damage.path))]);
    facts.extend(damage.digest.map(|digest| ("digest".to_owned(), json!(digest))));
    facts.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let records = damage.records.keys().copied().collect();
    Event { kind: kind.to_owned(), outcome: outcome.to_owned(), note: note.to_owned(), records, more: facts }
}

/// Whether folders of other living processes stand among the unfinished work.
fn others_at_work(tmp: &Path, ours: &Path) -> bool {
    fs::read_dir(tmp).into_iter().flatten().flatten().any(|entry| entry.path() != ours)
}
