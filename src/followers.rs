//! Everything that follows the journal in this program, in its fixed order: catalogue, readings, index,
//! pictures.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use kho_archive::Archive;
use kho_archive::digest::Digest;
use kho_archive::follower::{self, Follower, FollowerError};
use kho_archive::journal::Commit;
use kho_archive::record::File;
use kho_index::{Index, Writer};

pub(crate) mod copies;

use crate::TOOL;
use crate::derivative::{self, Derivatives, Maker, PICTURES, Recipe, TEXT};
use crate::searchable::Searchable;
use crate::worker::Workers;

/// The folder of the index below `cache/`.
pub(crate) const INDEX: &str = "index";

/// So many commits are taken into the index at once.
const INDEX_STRIDE: u64 = 16;

/// So many records are made into entries of the index at once.
const PART: usize = 500;

/// The followers of one archive.
pub(crate) struct Followers<'a> {
    archive: &'a Archive,
    index: Index,
    readings: Making<'a>,
    pictures: Option<Making<'a>>,
}

/// A follower that makes derivatives of each file that needs them.
struct Making<'a> {
    maker: Maker<'a>,
    name: &'static str,
    recipes: &'static [Recipe],
    /// How many commits at once: few, so that a slow one can be taken up where it was cut off.
    stride: u64,
}

/// The follower that feeds the index.
struct Indexing<'a> {
    archive: &'a Archive,
    index: &'a Index,
    derivatives: Derivatives,
    /// Opened once for all that there is to apply: each one takes memory of its own, which the allocator does not give back.
    writer: Mutex<Option<Writer<'a>>>,
}

impl<'a> Followers<'a> {
    /// Opens the followers of an archive; without pictures if `with_pictures` is false.
    pub(crate) fn open(archive: &'a Archive, workers: &Arc<Workers>, with_pictures: bool) -> anyhow::Result<Self> {
        let index = open_index(archive)?;
        let making = |name, recipes, stride| Making {
            maker: Maker { archive, derivatives: Derivatives::of(archive), workers: Arc::clone(workers) },
            name,
            recipes,
            stride,
        };
        let readings = making("readings", &[TEXT], 64);
        let pictures = with_pictures.then(|| making("pictures", PICTURES, 1));
        Ok(Self { archive, index, readings, pictures })
    }

    /// The search index.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Lets all of them catch up with the journal. Returns when everything is made.
    pub(crate) fn catch_up(&self) -> anyhow::Result<()> {
        let head = self.archive.catch_up()?.sequence;
        let indexing = self.indexing();
        let mut chain: Vec<&dyn Follower> = vec![self.archive.catalogue(), &self.readings, &indexing];
        chain.extend(self.pictures.as_ref().map(|pictures| pictures as &dyn Follower));
        Ok(follower::catch_up(self.archive.journal(), &self.archive.cache(), &chain, head)?)
    }

    /// Makes readings, index and pictures again, after [`Archive::open_anew`]. Whoever searches meanwhile is answered out of the
    /// index that is there, until the new one is complete and takes its place.
    pub(crate) fn rebuild(archive: &'a Archive, workers: &Arc<Workers>) -> anyhow::Result<()> {
        remove_unusable_index(archive)?;
        let followers = Self::open(archive, workers, true)?;
        followers.readings.begin_anew()?;
        let head = archive.catch_up()?.sequence;
        follower::catch_up(archive.journal(), &archive.cache(), &[archive.catalogue(), &followers.readings], head)?;
        followers.make_index_anew(head)?;
        followers.pictures.iter().try_for_each(Making::begin_anew)?;
        followers.catch_up()?;
        // Who erased in the meantime may have cleaned the catalogue that was there before.
        if archive.catalogue().has_erased()? {
            archive.catalogue().purge()?;
        }
        Ok(())
    }

    /// Makes the index anew, of what is read up to commit `read` at least.
    fn make_index_anew(&self, read: u64) -> anyhow::Result<()> {
        let indexing = self.indexing();
        let _lock = follower::lock(&self.archive.cache(), indexing.name())?;
        // Both are asked under the lock: the index that is there is no farther than this, and what somebody closed or erased
        // while this waited is not written as it was.
        let to = self.readings.position().map_err(anyhow::Error::from_boxed)?.max(read);
        self.archive.catch_up()?;
        let mut writer = self.index.writer()?;
        writer.begin_anew()?;
        for after in (0..to).step_by(INDEX_STRIDE as usize) {
            indexing.put(&mut writer, (after, to.min(after + INDEX_STRIDE)))?;
        }
        writer.commit(to)?;
        writer.settle()?;
        writer.finish()?;
        Ok(self.index.remove_other_forms()?)
    }

    fn indexing(&self) -> Indexing<'_> {
        Indexing { archive: self.archive, index: &self.index, derivatives: Derivatives::of(self.archive), writer: Mutex::default() }
    }
}

/// Takes everything out of `cache/` that was made of what was erased by law: derivatives, entries of the index, rows of the
/// catalogue. What is only marked as gone is overwritten.
pub(crate) fn forget_erased(archive: &Archive) -> anyhow::Result<()> {
    // Opened anew: since it was opened, everything may have been made again.
    let archive = &Archive::open(archive.root(), TOOL)?;
    let derivatives = Derivatives::of(archive);
    let followers = Followers::open(archive, &Arc::default(), false)?;
    followers.catch_up()?;
    for name in ["readings", "pictures", copies::TAKING] {
        // Whoever makes derivatives right now may have begun before the content was gone.
        let _lock = follower::lock(&archive.cache(), name)?;
        archive.catalogue().erased()?.iter().try_for_each(|digest| derivatives.forget(digest))?;
    }
    {
        let _lock = follower::lock(&archive.cache(), "index")?;
        let mut writer = followers.index.writer()?;
        writer.purge()?;
        writer.finish()?;
        // Whoever knows another form makes it again, without what was erased.
        followers.index.remove_other_forms()?;
    }
    Ok(archive.catalogue().purge()?)
}

/// Opens the search index of an archive.
pub(crate) fn open_index(archive: &Archive) -> anyhow::Result<Index> {
    Ok(Index::open(&archive.cache().join(INDEX))?)
}

/// Removes an index that cannot even be opened: nobody is answered out of it, and a new one could not take its place.
fn remove_unusable_index(archive: &Archive) -> anyhow::Result<()> {
    let _lock = follower::lock(&archive.cache(), "index")?;
    if open_index(archive).is_err() {
        fs::remove_dir_all(archive.cache().join(INDEX))?;
    }
    Ok(())
}

impl Making<'_> {
    fn position_file(&self) -> PathBuf {
        self.maker.derivatives.root().join(format!("{}.position", self.name))
    }

    /// Begins with the first commit again. Whoever was at work when the folder was emptied noted afterwards how far that was.
    fn begin_anew(&self) -> anyhow::Result<()> {
        let _lock = follower::lock(&self.maker.archive.cache(), self.name)?;
        match fs::remove_file(self.position_file()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Makes the derivatives of these files, on all cores.
    fn make_all(&self, files: Vec<File>) -> anyhow::Result<()> {
        let left = Mutex::new(files.into_iter());
        let next = || left.lock().ok().and_then(|mut left| left.next());
        let work = || -> anyhow::Result<()> {
            while let Some(file) = next() {
                self.recipes.iter().filter(|recipe| recipe.is_made_ahead(&file)).try_for_each(|recipe| self.maker.make(&file, *recipe))?;
            }
            Ok(())
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker crashed"))?)
        })
    }
}

impl Follower for Making<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn position(&self) -> Result<u64, FollowerError> {
        // A file that is missing or unreadable means: from the beginning. What was made is found again.
        Ok(fs::read_to_string(self.position_file()).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0))
    }

    fn apply(&self, commits: &[Arc<Commit>]) -> Result<(), FollowerError> {
        let files = commits.iter().flat_map(|commit| commit.records()).flat_map(|record| &record.files);
        // One content can stand in several records.
        let distinct: BTreeMap<Digest, &File> =
            files.filter(|file| self.recipes.iter().any(|recipe| recipe.is_made_ahead(file))).map(|file| (file.digest, file)).collect();
        self.make_all(distinct.into_values().cloned().collect())?;
        if let Some(last) = commits.last() {
            fs::create_dir_all(self.maker.derivatives.root())?;
            derivative::replace(&self.position_file(), last.header.sequence.to_string().as_bytes())?;
        }
        Ok(())
    }

    fn stride(&self) -> u64 {
        self.stride
    }
}

impl<'a> Indexing<'a> {
    fn kept_writer(&self) -> MutexGuard<'_, Option<Writer<'a>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts into the index what is seen otherwise since some commits, as it is now: those after one, up to another.
    fn put(&self, writer: &mut Writer<'_>, commits: (u64, u64)) -> anyhow::Result<()> {
        let searchable = Searchable::new(self.archive.catalogue(), &self.derivatives)?;
        let mut above = None;
        // All of it is one commit of the index; what of it is in memory at once is not all of it.
        loop {
            let part = self.archive.catalogue().changed(commits, above, PART)?;
            let Some(last) = part.last() else { return Ok(()) };
            above = Some(last.record.id);
            let (mut entries, mut removed) = (Vec::new(), Vec::new());
            for changed in part {
                // What is erased is not found, not even as a name.
                let is_erased = changed.record.erased().is_some();
                match if is_erased { None } else { searchable.entry(&changed)? } {
                    Some(entry) => entries.push(entry),
                    None => removed.push(changed.record.id.number()),
                }
            }
            writer.put(&entries, &removed)?;
        }
    }
}

impl Follower for Indexing<'_> {
    fn name(&self) -> &'static str {
        "index"
    }

    fn position(&self) -> Result<u64, FollowerError> {
        Ok(self.index.position()?)
    }

    fn apply(&self, commits: &[Arc<Commit>]) -> Result<(), FollowerError> {
        let (Some(first), Some(last)) = (commits.first(), commits.last()) else { return Ok(()) };
        let (after, to) = (first.header.sequence - 1, last.header.sequence);
        let mut writer = self.kept_writer().take().map_or_else(|| self.index.writer(), Ok)?;
        self.put(&mut writer, (after, to))?;
        writer.commit(to)?;
        *self.kept_writer() = Some(writer);
        Ok(())
    }

    fn caught_up(&self) -> Result<(), FollowerError> {
        let Some(mut writer) = self.kept_writer().take() else { return Ok(()) };
        writer.settle()?;
        writer.finish()?;
        // From here on this one is complete. A form that cannot be removed now does no harm, and goes with the next commit.
        let _ = self.index.remove_other_forms();
        Ok(())
    }

    fn stride(&self) -> u64 {
        INDEX_STRIDE
    }
}
