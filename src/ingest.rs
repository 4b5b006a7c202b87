//! Bringing material in: a folder goes in, records come out, and every file is accounted for.
//!
//! The stages run side by side, joined by bounded channels:
//!
//! ```text
//! walker ─candidates→ keepers (read once: copy, hash, facts) ─arrivals→ recorder ─commits→ followers
//! ```
//!
//! The recorder puts the arrivals back into walking order, so that a run that was cut off and repeated
//! comes to the same records as one that was not. The source is never written to.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded, unbounded};
use kho_archive::Archive;
use kho_archive::access::Decision;
use kho_archive::record::{Kind, Record, RecordId};

use crate::followers::Followers;
use crate::worker::Workers;

mod accession;
mod account;
mod bag;
pub(crate) mod describing;
mod group;
mod keep;
mod plan;
mod progress;
mod receive;
mod recorder;
mod report;
mod sources;
mod unpack;
mod walk;
mod watch;

use accession::UnderWay;
pub(crate) use account::Account;
use keep::{Arrival, Keeper};
use progress::Progress;
pub(crate) use progress::{Seen, Tally};
use recorder::{Recorder, Settler};
use sources::Source;
pub(crate) use sources::SourceError;
use walk::Candidate;
pub(crate) use watch::watch;

/// How many files may be under way between walker and recorder. Bounds memory, whatever the tree.
const UNDER_WAY: usize = 1024;

/// Opening the index for writing costs more than adding a few hundred records to it, so the longer a run lasts, the less often the
/// followers are called: half as long as it has lasted, within these bounds. What is found is never older than the longer one.
const FOLLOW_EVERY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// A run that takes longer than this says how long it will take.
const COUNT_AFTER: Duration = Duration::from_secs(2);

/// How far what is brought in stands back behind those who look (10 of 19 steps of nice(2)).
const STANDS_BACK: i32 = 10;

/// Lets this thread, and all that it starts, give way to a viewer on the same machine: whoever brings in a drive waits for it
/// anyway, whoever searches notices a tenth of a second. Alone, it is as fast as ever.
pub(crate) fn give_way() {
    // Where the system does not allow it, both share the machine evenly.
    let _ = rustix::process::nice(STANDS_BACK);
}

/// How many files are read at the same time, unless somebody says otherwise: five for each core, since most wait for a disk.
pub(crate) fn default_jobs() -> usize {
    5 * thread::available_parallelism().map_or(1, usize::from)
}

/// What an ingest is told.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Folders and files to bring in.
    pub(crate) sources: Vec<PathBuf>,
    /// The access of new records; known ones keep theirs.
    pub(crate) access: Decision,
    /// The practice that new records belong to.
    pub(crate) practice: Option<RecordId>,
    /// Who gave it, for the record of the accession.
    pub(crate) giver: Option<String>,
    /// Under which agreement it was given.
    pub(crate) agreement: Option<String>,
    /// What else is to be said of the delivery.
    pub(crate) note: Option<String>,
    /// Who does it.
    pub(crate) actor: String,
    /// How many files are read at the same time.
    pub(crate) jobs: usize,
    /// Whether packages (ZIP, TAR) that were named are opened and brought in as folders.
    pub(crate) unpack: bool,
    /// Only look: nothing is kept.
    pub(crate) dry_run: bool,
    /// Whether thumbnails are made at the same time.
    pub(crate) derivatives: bool,
}

/// Brings the sources in and returns the account. `stop` is set when the user asks to stop: what is under
/// way is finished or given up, what was read is committed.
pub(crate) fn ingest(archive: &Archive, options: &Options, stop: &AtomicBool) -> anyhow::Result<Account> {
    ingest_counting(archive, options, stop, &Tally::default())
}

/// The same for somebody who watches from another thread.
pub(crate) fn ingest_counting(archive: &Archive, options: &Options, stop: &AtomicBool, tally: &Tally) -> anyhow::Result<Account> {
    archive.sweep()?;
    let received = receive::receive(archive, options)?;
    let places = sources::resolve(archive, &received.sources)?;
    let sources = sources::find_accessions(archive, places)?;
    let progress = Progress::new(tally);
    let workers = Arc::new(Workers::default());
    let followers = Followers::open(archive, &workers, options.derivatives)?;
    let mut recorder = Recorder::new(archive, options, &sources, &progress, &workers)?;
    recorder.note(received.refused, received.notes);
    // Room enough that the keepers go on reading while the recorder waits for the disk.
    let (candidates_in, candidates) = bounded::<Candidate>(UNDER_WAY);
    let (arrivals_in, arrivals) = bounded::<Arrival>(UNDER_WAY);
    let (permits_in, permits) = bounded::<()>(UNDER_WAY);
    let (commits_in, commits) = unbounded::<()>();

    let outcome = thread::scope(|scope| {
        let sources = &sources[..];
        let keeper = Keeper { archive, options, sources, stop, progress: &progress, workers: &workers };
        let walker = scope.spawn(move || walk_all(sources, &candidates_in, &permits_in, stop));
        for _ in 0..options.jobs {
            let (candidates, arrivals_in) = (candidates.clone(), arrivals_in.clone());
            scope.spawn(move || keeper.run(&candidates, &arrivals_in));
        }
        drop((candidates, arrivals_in));
        let following = scope.spawn(|| follow(&followers, &commits));
        let (is_walked, walked) = bounded::<()>(0);
        let progress = &progress;
        scope.spawn(move || count(sources, progress, &walked));

        let settler = Settler::spawn(scope, archive);
        let recorded = record_all(&mut recorder, &settler, &arrivals, &permits, &commits_in);
        drop(settler);
        // If recording failed, nobody waits for the walker and the keepers any longer.
        drop((arrivals, permits));
        let layout = walker.join().map_err(|_| anyhow::anyhow!("the walker crashed"));
        drop(is_walked);
        let layout = layout?;
        recorded?;
        recorder.finish(&layout, stop.load(Ordering::Relaxed))?;
        let _ = commits_in.send(());
        drop(commits_in);
        progress.deriving();
        following.join().map_err(|_| anyhow::anyhow!("the followers crashed"))?
    });
    progress.finish();
    outcome?;
    // The workers of a process that was killed outlive it for a moment; what they left behind since the beginning goes, too.
    archive.sweep()?;
    Ok(recorder.into_account())
}

/// Takes sources, access and practice from the accession that was begun last and not finished; returns whether there is
/// one.
pub(crate) fn resume(archive: &Archive, options: &mut Options) -> anyhow::Result<bool> {
    archive.catch_up()?;
    let mut found: Option<((u64, u64), UnderWay)> = None;
    let mut trouble = None;
    archive.catalogue().visit(Some(&Kind::accession()), &mut |record| {
        let Some(under_way) = UnderWay::of(&record) else { return };
        match archive.catalogue().added(record.id) {
            Ok(added) => {
                let added = added.unwrap_or_default();
                if found.as_ref().is_none_or(|(last, _)| *last < added) {
                    found = Some((added, under_way));
                }
            }
            Err(error) => trouble = Some(error),
        }
    })?;
    if let Some(error) = trouble {
        return Err(error.into());
    }
    let Some((_, under_way)) = found else { return Ok(false) };
    options.sources = under_way.paths();
    options.unpack = under_way.unpack;
    options.practice = under_way.practice;
    options.access = under_way.access;
    Ok(true)
}

/// Returns the accessions that were begun and not finished, in the order of their identifiers.
pub(crate) fn unfinished(archive: &Archive) -> anyhow::Result<Vec<Record>> {
    let mut found = Vec::new();
    archive.catalogue().visit(Some(&Kind::accession()), &mut |record| {
        if UnderWay::of(&record).is_some() {
            found.push(record);
        }
    })?;
    Ok(found)
}

/// Walks all sources; returns how they lie. Stops when asked to, or when nobody listens any longer.
fn walk_all(sources: &[Source], candidates: &Sender<Candidate>, permits: &Sender<()>, stop: &AtomicBool) -> Vec<walk::Layout> {
    let mut order = 0;
    let mut layouts = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let layout = walk::walk(source, number, &mut |mut candidate| {
            candidate.order = order;
            order += 1;
            !stop.load(Ordering::Relaxed) && permits.send(()).is_ok() && candidates.send(candidate).is_ok()
        });
        layouts.push(layout);
    }
    layouts
}

/// Counts ahead how much there is, until all is walked. That tells only how long it will take: nobody waits for it, and nobody asks
/// it of a short run.
fn count(sources: &[Source], progress: &Progress<'_>, walked: &Receiver<()>) {
    if walked.recv_timeout(COUNT_AFTER) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    sources::count(sources, &mut |bytes| {
        progress.expect(bytes);
        walked.try_recv() == Err(TryRecvError::Empty)
    });
}

/// Records the arrivals until the last one; tells the followers after each commit.
fn record_all(
    recorder: &mut Recorder<'_>, settler: &Settler, arrivals: &Receiver<Arrival>, permits: &Receiver<()>, commits: &Sender<()>,
) -> anyhow::Result<()> {
    for arrival in arrivals {
        let (recorded, committed) = recorder.take(arrival, settler)?;
        for _ in 0..recorded {
            let _ = permits.try_recv();
        }
        if committed {
            let _ = commits.send(());
        }
    }
    recorder.flush(settler)
}

/// Lets the followers catch up after each commit, but not more often than [`FOLLOW_EVERY`] says, and once more at the end.
fn follow(followers: &Followers<'_>, commits: &Receiver<()>) -> anyhow::Result<()> {
    let [least, most] = FOLLOW_EVERY;
    let began = Instant::now();
    let mut next = began + least;
    while commits.recv().is_ok() {
        // Waits for the time or for the last commit, whatever comes first.
        while commits.recv_deadline(next).is_ok() {}
        next = Instant::now() + (began.elapsed() / 2).clamp(least, most);
        // Several commits that came in the meantime are one task.
        while commits.try_recv().is_ok() {}
        followers.catch_up().context("Failed to bring the search index up to date; `kho rebuild` makes it again")?;
    }
    Ok(())
}
