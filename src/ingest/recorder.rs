//! Recording: arrivals in walking order become batches, batches become commits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::thread::Scope;
use std::time::Instant;

use anyhow::Context as _;
use crossbeam_channel::{Receiver, Sender, unbounded};
use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::{Draft, Event};
use kho_archive::record::RecordId;
use kho_archive::store::{Kept, Staged, StoreError};
use serde_json::json;
use std::os::unix::ffi::OsStrExt;

use super::Options;
use super::accession::{self, Walk};
use super::account::{Account, Class, Refusal};
use super::describing::{self, Describing};
use super::keep::{Arrival, Outcome};
use super::plan::{Item, Planner};
use super::progress::Progress;
use super::report;
use super::sources::Source;
use super::walk::{Candidate, Layout};
use crate::media::names;
use crate::worker::Workers;

/// Makes contents durable in a thread of its own, group after group in the order in which they come.
pub(super) struct Settler {
    groups: Sender<Vec<Staged>>,
    settled: Receiver<Result<Vec<Kept>, StoreError>>,
}

impl Settler {
    /// Begins the thread; it ends when this is dropped.
    pub(super) fn spawn<'scope>(scope: &'scope Scope<'scope, '_>, archive: &'scope Archive) -> Self {
        let (groups, waiting) = unbounded::<Vec<Staged>>();
        let (done, settled) = unbounded();
        scope.spawn(move || waiting.iter().map(|group| archive.store().settle(group)).try_for_each(|outcome| done.send(outcome)));
        Self { groups, settled }
    }

    fn begin(&self, group: Vec<Staged>) -> anyhow::Result<()> {
        self.groups.send(group).map_err(|_| anyhow::anyhow!("the thread that makes contents durable crashed"))
    }

    /// Waits until the earliest group that was begun is durable.
    fn end(&self) -> anyhow::Result<()> {
        self.settled.recv().context("the thread that makes contents durable crashed")?.context(TROUBLE)?;
        Ok(())
    }
}

/// Turns arrivals into commits and keeps the account.
pub(super) struct Recorder<'a> {
    archive: &'a Archive,
    options: &'a Options,
    sources: &'a [Source],
    progress: &'a Progress<'a>,
    began: Instant,
    /// Arrivals that came before their turn.
    early: BTreeMap<u64, Arrival>,
    next: u64,
    batch: Vec<Item>,
    staged: Vec<Staged>,
    /// Batches whose contents are being made durable, the earliest in front.
    settling: VecDeque<Vec<Item>>,
    batch_bytes: u64,
    links: Vec<Candidate>,
    account: Account,
    workers: &'a Workers,
    /// What may be a table.
    tables: Vec<Candidate>,
    /// Plans the whole of a dry run, which commits nothing in between.
    dry: Option<Planner<'a>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        archive: &'a Archive, options: &'a Options, sources: &'a [Source], progress: &'a Progress<'a>, workers: &'a Workers,
    ) -> anyhow::Result<Self> {
        if let Some(practice) = options.practice
            && archive.catalogue().record(practice)?.is_none()
        {
            anyhow::bail!("there is no record {practice} for --practice");
        }
        let account = Account { dry_run: options.dry_run, ..Account::default() };
        Ok(Self {
            archive,
            options,
            sources,
            progress,
            began: Instant::now(),
            early: BTreeMap::new(),
            next: 0,
            batch: Vec::new(),
            staged: Vec::new(),
            settling: VecDeque::new(),
            batch_bytes: 0,
            links: Vec::new(),
            account,
            workers,
            tables: Vec::new(),
            dry: options.dry_run.then(|| Planner::new(archive, options, sources)),
        })
    }

    /// Takes down what happened at the door.
    pub(super) fn note(&mut self, refused: Vec<Refusal>, notes: Vec<String>) {
        for refusal in &refused {
            self.progress.refused(&refusal.path, &refusal.reason);
        }
        // Each is an entry that was looked at, as every other line of the account.
        self.account.walked += refused.len() as u64;
        self.account.refused.extend(refused);
        self.account.notes.extend(notes);
    }

    /// Takes an arrival. Returns how many arrivals had their turn, and whether something was committed.
    pub(super) fn take(&mut self, arrival: Arrival, settler: &Settler) -> anyhow::Result<(usize, bool)> {
        self.early.insert(arrival.candidate.order, arrival);
        let (mut recorded, mut committed) = (0, false);
        while let Some(arrival) = self.early.remove(&self.next) {
            self.next += 1;
            recorded += 1;
            self.record(arrival)?;
            let settings = &self.archive.settings().ingest;
            if self.batch.len() >= settings.batch_files.max(1) || self.batch_bytes >= settings.batch_bytes {
                self.hand_over(settler)?;
                committed |= self.commit_settled(settler, 1)?;
            }
        }
        Ok((recorded, committed))
    }

    fn record(&mut self, arrival: Arrival) -> anyhow::Result<()> {
        let Arrival { candidate, outcome, bytes_read } = arrival;
        self.account.bytes_read += bytes_read;
        if !matches!(outcome, Outcome::GivenUp) {
            self.account.walked += 1;
            self.progress.file_done(candidate.stat.size.saturating_sub(bytes_read));
        }
        let is_kept = matches!(outcome, Outcome::Unchanged | Outcome::Read { .. });
        if is_kept && describing::may_be_table(&candidate) {
            self.tables.push(candidate.clone());
        }
        match outcome {
            Outcome::Unchanged => self.account.unchanged += 1,
            Outcome::Ignored => self.account.ignored += 1,
            Outcome::Link => {
                self.account.stored += 1;
                self.links.push(candidate);
            }
            Outcome::Refused(reason) => self.refuse(&candidate, reason, false),
            Outcome::Read { staged, fingerprint, facts } => {
                self.batch_bytes += fingerprint.size;
                self.staged.extend(staged);
                self.batch.push(Item { candidate, fingerprint, facts });
            }
            Outcome::GivenUp => {}
            Outcome::Failed(error) => return Err(error).context(TROUBLE),
        }
        Ok(())
    }

    /// What the law took out does not come back with the next delivery.
    fn refuse_erased(&mut self, batch: &mut Vec<Item>) -> anyhow::Result<()> {
        for item in mem::take(batch) {
            let digest = item.fingerprint.digest;
            match self.archive.catalogue().erased_on(&digest)? {
                None => batch.push(item),
                Some(day) => {
                    self.staged.retain(|staged| staged.fingerprint().digest != digest);
                    self.refuse(&item.candidate, format!("it was erased on {day}; a new consent is needed"), true);
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, candidate: &Candidate, reason: String, is_erased: bool) {
        let (path, _) = names::readable(candidate.path.as_os_str().as_bytes());
        self.progress.refused(&path, &reason);
        self.account.refused.push(Refusal { path, reason, is_erased });
    }

    /// Records what is left, once nothing more arrives.
    pub(super) fn flush(&mut self, settler: &Settler) -> anyhow::Result<()> {
        self.hand_over(settler)?;
        self.commit_settled(settler, 0)?;
        Ok(())
    }

    /// Lets the contents of the batch be made durable, while the records of the one before are written.
    fn hand_over(&mut self, settler: &Settler) -> anyhow::Result<()> {
        self.batch_bytes = 0;
        let mut batch = mem::take(&mut self.batch);
        if self.archive.catalogue().has_erased()? {
            self.refuse_erased(&mut batch)?;
        }
        if !batch.is_empty() {
            settler.begin(mem::take(&mut self.staged))?;
            self.settling.push_back(batch);
        }
        Ok(())
    }

    /// Commits the batches whose contents are durable, all but the last `most`; returns whether there were any.
    fn commit_settled(&mut self, settler: &Settler, most: usize) -> anyhow::Result<bool> {
        let mut committed = false;
        while self.settling.len() > most {
            settler.end()?;
            let batch = self.settling.pop_front().unwrap_or_default();
            self.commit_batch(&batch)?;
            committed = true;
        }
        Ok(committed)
    }

    /// Commits the records that name contents, which are durable by now.
    fn commit_batch(&mut self, batch: &[Item]) -> anyhow::Result<()> {
        let take_all = |planner: &mut Planner<'_>| {
            let classes = batch.iter().map(|item| planner.take(item)).collect::<anyhow::Result<Vec<Class>>>()?;
            Ok((classes, planner.take_proposals()))
        };
        let (classes, proposals) = match &mut self.dry {
            Some(planner) => take_all(planner)?,
            None => self.commit("ingest", take_all)?,
        };
        self.account.proposals.extend(proposals);
        for (item, class) in batch.iter().zip(classes) {
            self.account.count(class, item.fingerprint.size);
        }
        Ok(())
    }

    /// Writes down how everything lay, and that the ingest happened. `interrupted`: the user stopped it.
    pub(super) fn finish(&mut self, layouts: &[Layout], interrupted: bool) -> anyhow::Result<()> {
        self.account.interrupted = interrupted || layouts.iter().any(|layout| !layout.is_whole);
        let ids: BTreeSet<RecordId> = self.sources.iter().map(|source| source.accession).collect();
        if !self.options.dry_run {
            self.describe()?;
            self.commit_layout(&ids, layouts)?;
            self.account.accession = self.accession()?;
            for id in &ids {
                self.commit_report(*id)?;
            }
        }
        Ok(())
    }

    /// Returns the account, once everything is done.
    pub(super) fn into_account(mut self) -> Account {
        self.account.seconds = (self.began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        self.account
    }

    /// Lets the tables among the files describe the others.
    fn describe(&mut self) -> anyhow::Result<()> {
        let describing = Describing { archive: self.archive, options: self.options, sources: self.sources, workers: self.workers };
        for candidate in mem::take(&mut self.tables) {
            self.account.tables.extend(describing.apply(&candidate).context(TROUBLE)?);
        }
        Ok(())
    }

    fn commit_layout(&self, ids: &BTreeSet<RecordId>, layouts: &[Layout]) -> anyhow::Result<()> {
        let nothing_came = self.account.walked > 0 && !self.account.has_news();
        let event = self.account.has_news().then(|| self.event(ids));
        let commit = |catalogue: &Catalogue| -> anyhow::Result<Option<Draft>> {
            let mut planner = Planner::new(self.archive, self.options, self.sources);
            self.supersede_files(&mut planner, layouts)?;
            for id in ids {
                let recorded = catalogue.record(*id)?;
                // A source of which nothing was taken, ever, is no accession.
                if recorded.is_none() && nothing_came {
                    continue;
                }
                let walk = Walk { sources: self.sources, layouts, links: &self.links };
                if let Some(record) = accession::next_revision(catalogue, recorded.as_ref(), *id, &walk)? {
                    planner.add_record(record);
                }
            }
            let records = planner.into_records();
            let is_needed = !records.is_empty() || event.is_some();
            Ok(is_needed.then(|| Draft { records, events: event.clone().into_iter().collect(), ..self.draft("ingest: how the sources lay") }))
        };
        self.archive.commit(commit).context(TROUBLE)?;
        Ok(())
    }

    /// Keeps the reports with the record of the accession, which then is no longer under way. A run that was stopped
    /// leaves it so: whoever goes on writes the report.
    fn commit_report(&self, id: RecordId) -> anyhow::Result<()> {
        if self.account.interrupted || !report::is_under_way(self.archive, id)? {
            return Ok(());
        }
        let Some(record) = self.archive.catalogue().record(id)? else { return Ok(()) };
        let files = report::keep(self.archive, &record, &self.account)?;
        let commit = |catalogue: &Catalogue| -> anyhow::Result<Option<Draft>> {
            let Some(record) = catalogue.record(id)? else { return Ok(None) };
            let records = vec![report::with_reports(record, files.clone())];
            Ok(Some(Draft { records, ..self.draft("ingest: the report of the delivery") }))
        };
        self.archive.commit(commit).context(TROUBLE)?;
        Ok(())
    }

    /// Files that are folders or links by now keep their contents, but stand at their paths no longer.
    fn supersede_files(&self, planner: &mut Planner<'_>, layouts: &[Layout]) -> anyhow::Result<()> {
        let place = |source: &Source, raw: &str| (source.accession, source.root.clone(), raw.to_owned());
        for (source, layout) in self.sources.iter().zip(layouts).filter(|(source, _)| !source.is_new) {
            for (raw, _) in &layout.folders {
                planner.supersede(&place(source, raw), None)?;
            }
        }
        for link in self.links.iter().filter(|link| !self.sources[link.source].is_new) {
            let place = place(&self.sources[link.source], &link.raw);
            planner.supersede(&place, None)?;
            planner.supersede_below(&place)?;
        }
        Ok(())
    }

    fn event(&self, ids: &BTreeSet<RecordId>) -> Event {
        let account = &self.account;
        let outcome = if account.refused.is_empty() { "success" } else { "warning" };
        let note = format!(
            "{} stored, {} duplicates, {} sidecars, {} unchanged, {} refused",
            account.stored,
            account.duplicates,
            account.sidecars,
            account.unchanged,
            account.refused.len()
        );
        let mut more = serde_json::Map::new();
        let kept: Vec<&Refusal> = account.kept_refusals().collect();
        if !kept.is_empty() {
            more.insert("refused".to_owned(), json!(kept));
        }
        Event { kind: "ingestion".to_owned(), outcome: outcome.to_owned(), note, records: ids.iter().copied().collect(), more }
    }

    /// Commits what `plan` puts into a planner, and returns what it says of it.
    fn commit<T: Default>(&self, reason: &str, mut plan: impl FnMut(&mut Planner<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let mut planned = T::default();
        let commit = |catalogue: &Catalogue| -> anyhow::Result<Option<Draft>> {
            let mut planner = Planner::new(self.archive, self.options, self.sources);
            let ids: BTreeSet<RecordId> = self.sources.iter().map(|source| source.accession).collect();
            for id in ids {
                let recorded = catalogue.record(id)?;
                planner.extend_record(accession::begun(recorded, id, self.sources, self.options)?);
            }
            planned = plan(&mut planner)?;
            Ok(Some(Draft { records: planner.into_records(), ..self.draft(reason) }))
        };
        self.archive.commit(commit).context(TROUBLE)?;
        Ok(planned)
    }

    fn draft(&self, reason: &str) -> Draft {
        Draft { actor: self.options.actor.clone(), reason: reason.to_owned(), ..Draft::default() }
    }

    /// Returns the accession of the run, if it exists.
    fn accession(&self) -> anyhow::Result<Option<RecordId>> {
        let Some(source) = self.sources.first() else { return Ok(None) };
        Ok(self.archive.catalogue().record(source.accession)?.map(|record| record.id))
    }
}

const TROUBLE: &str = "The ingest stopped. Everything committed so far is safe; mend the cause and run the same command again to go on";
