//! What all pages share: the archive, its index, and who may see what now.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::{self, Minutes, Viewer, Who};
use kho_archive::digest::Digest;
use kho_archive::journal::Head;
use kho_archive::record::{Record, RecordId};
use kho_index::{Answer, Index, Lexicon, Question, Suggestion};
use tokio::sync::Semaphore;

use super::answers::Answers;
use super::error::WebError;
use super::iiif::image::Packs;
use super::ingests::Ingests;
use super::limit::Limiter;
use super::page::Reader;
use super::visitor::Visitor;
use crate::accounts::{Accounts, random_token};
use crate::audit::Audit;
use crate::derivative::{Derivatives, Maker};
use crate::followers::copies::Copies;
use crate::followers::{self, Followers};
use crate::thesaurus::lexicon;
use crate::uploads::Uploads;
use crate::view::{self, Admitted, Sight};
use crate::worker::Workers;

/// For so many kinds of viewers it is remembered what they may see.
const MOST_KNOWN: usize = 16;

/// So many sessions that were ended by signing out are remembered: a copied cookie must not outlive that.
const MOST_ENDED: usize = 10_000;

/// The state of the viewer.
pub(crate) struct App {
    pub(crate) archive: Archive,
    pub(crate) derivatives: Derivatives,
    pub(crate) accounts: Accounts,
    pub(crate) audit: Audit,
    /// What comes in through browsers.
    pub(crate) uploads: Uploads,
    /// What of it is being brought in.
    pub(crate) ingests: Ingests,
    /// Copies of films that browsers do not play.
    pub(crate) copies: Copies,
    pub(super) limiter: Limiter,
    /// Tile packs that are being looked at.
    pub(super) packs: Packs,
    /// Who may have a page of a document drawn now: one after the other.
    pub(super) pages: Arc<Semaphore>,
    /// Who may hash a password now: one at a time for each core.
    turns: Arc<Semaphore>,
    /// The hash of the token of the first-run link, as long as it holds.
    first_run: Mutex<Option<blake3::Hash>>,
    /// Sessions that were ended by signing out.
    ended: Mutex<VecDeque<String>>,
    workers: Arc<Workers>,
    index: RwLock<Arc<Index>>,
    answers: Answers,
    /// Names by which questions are widened, as of which commit and of which records.
    lexicon: Mutex<Option<(u64, lexicon::State, Arc<Lexicon>)>>,
    /// The newest last.
    admitted: Mutex<VecDeque<Known>>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// It was erased by law.
    Erased,
    /// Another one took it up.
    Into(RecordId),
}

/// What one kind of viewer may see, as of one commit and one day.
struct Known {
    head: Head,
    viewer: Viewer,
    admitted: Arc<Admitted>,
}

impl App {
    pub(crate) fn new(archive: Archive) -> anyhow::Result<Self> {
        let index = RwLock::new(Arc::new(followers::open_index(&archive)?));
        let derivatives = Derivatives::of(&archive);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            derivatives,
            accounts: Accounts::of(&archive)?,
            audit: Audit::of(&archive),
            uploads: Uploads::of(&archive),
            ingests: Ingests::default(),
            archive,
            copies: Copies::default(),
            limiter: Limiter::default(),
            packs: Packs::new(cores),
            pages: Arc::new(Semaphore::new(1)),
            turns: Arc::new(Semaphore::new(cores)),
            first_run: Mutex::default(),
            ended: Mutex::default(),
            workers: Arc::default(),
            index,
            answers: Answers::default(),
            lexicon: Mutex::default(),
            admitted: Mutex::default(),
        })
    }

    /// Runs something that waits for disk or database outside the threads that serve the network.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>, work: impl FnOnce(&Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&app)).await.context("a request crashed")?
    }

    /// The same for what hashes a password, which takes a core and memory for a while: it waits for its turn.
    pub(crate) async fn run_in_turn<T: Send + 'static>(
        self: &Arc<Self>, work: impl FnOnce(&Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await?;
        // The work keeps its turn even if whoever asked goes away.
        self.run(move |app| {
            let _turn = turn;
            work(app)
        })
        .await
    }

    /// Makes derivatives that somebody waits for.
    pub(super) fn maker(&self) -> Maker<'_> {
        Maker { archive: &self.archive, derivatives: self.derivatives.clone(), workers: Arc::clone(&self.workers) }
    }

    /// The processes that parse strangers' bytes.
    pub(crate) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Lets the catalogue know of all that is kept. Costs one look for the file of the next commit when there is none.
    pub(crate) fn catch_up(&self) -> anyhow::Result<Head> {
        Ok(self.archive.see_what_is_kept()?)
    }

    /// Lets all followers catch up.
    pub(crate) fn follow(&self) -> anyhow::Result<()> {
        let head = self.catch_up()?.sequence;
        Followers::open(&self.archive, &self.workers, true)?.catch_up()?;
        self.copies.may_follow_to(head);
        Ok(())
    }

    /// Returns everything that a viewer may see now.
    pub(crate) fn admitted(&self, viewer: &Viewer) -> anyhow::Result<Arc<Admitted>> {
        let head = self.archive.catalogue().head()?;
        let mut known = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter().find(|known| known.head == head && known.viewer == *viewer) {
            return Ok(Arc::clone(&known.admitted));
        }
        let admitted = Arc::new(Admitted::for_viewer(&self.archive, viewer)?);
        // What was true before this commit or before this day is of no use to anyone.
        known.retain(|known| known.head == head && known.viewer.today == viewer.today);
        if known.len() >= MOST_KNOWN {
            known.pop_front();
        }
        known.push_back(Known { head, viewer: viewer.clone(), admitted: Arc::clone(&admitted) });
        Ok(admitted)
    }

    /// Returns what a viewer may see of a record, if it exists and they may see it at all; both failures look the same.
    pub(crate) fn record(&self, viewer: &Viewer, typed: &str) -> anyhow::Result<Option<Record>> {
        let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
        self.archive.catalogue().record(id)?.map_or(Ok(None), |record| view::visible(&self.archive, record, viewer))
    }

    /// Returns a record that is about to be given to a visitor, with the files that the visitor may have. That somebody is
    /// given what the public may not see is written down, or it is not given.
    pub(crate) fn give_record(&self, visitor: &Visitor, typed: &str, how: &str) -> anyhow::Result<Option<Record>> {
        let Some(record) = self.record_with_files(&visitor.viewer, typed)? else { return Ok(None) };
        if visitor.session.is_some() {
            // Parts of a public record may be closed to the public, too.
            let model = self.archive.catalogue().model()?;
            // Of fields outside the model nobody decided anything: that they are kept from the public says nothing.
            let decided = |mut record: Record| {
                record.fields.retain(|name, _| model.field(record.kind.as_str(), name).is_some());
                record
            };
            let open = self.record_with_files(&public(visitor), typed)?;
            let is_open = open.is_some_and(|open| decided(open) == decided(record.clone()));
            self.note_sight(visitor, is_open, &record.id.to_string(), how)?;
        }
        Ok(Some(record))
    }

    /// Whether bytes may be given to a visitor now. That somebody is given what the public may not have is written down, or
    /// it is not given.
    pub(crate) fn give_bytes(&self, visitor: &Visitor, digest: &Digest, how: &str) -> anyhow::Result<bool> {
        if !self.may_have(&visitor.viewer, digest)? {
            return Ok(false);
        }
        let is_open = visitor.session.is_none() || self.may_have(&public(visitor), digest)?;
        self.note_sight(visitor, is_open, &digest.to_string(), how)?;
        Ok(true)
    }

    /// The same for a part of a content: returns the minutes whose words must be left out of it; `None` if nothing of it may
    /// be given.
    pub(crate) fn give_some(&self, visitor: &Visitor, digest: &Digest, how: &str) -> anyhow::Result<Option<Vec<Minutes>>> {
        let Some(hidden) = self.hidden_minutes(&visitor.viewer, digest)? else { return Ok(None) };
        let is_open = visitor.session.is_none() || self.hidden_minutes(&public(visitor), digest)?.as_ref() == Some(&hidden);
        self.note_sight(visitor, is_open, &digest.to_string(), how)?;
        Ok(Some(hidden))
    }

    /// Returns the minutes whose words a viewer may not read in a content; `None` if nothing of it may be seen.
    pub(crate) fn hidden_minutes(&self, viewer: &Viewer, digest: &Digest) -> anyhow::Result<Option<Vec<Minutes>>> {
        let catalogue = self.archive.catalogue();
        Ok(if catalogue.may_have_some(viewer, digest)? { Some(catalogue.hidden_minutes(viewer, digest)?) } else { None })
    }

    fn note_sight(&self, visitor: &Visitor, is_open: bool, what: &str, how: &str) -> anyhow::Result<()> {
        match visitor.account() {
            Some(account) if !is_open => self.audit.saw(&account.name, what, how),
            _ => Ok(()),
        }
    }

    /// Returns why there is nothing at an address: it was erased by law, or there is nothing for this visitor.
    pub(crate) async fn missing(self: &Arc<Self>, reader: Reader, typed: String) -> WebError {
        match self.run(move |app| app.is_gone(&typed)).await {
            Ok(true) => WebError::Gone(Box::new(reader)),
            Ok(false) => WebError::not_found(reader),
            Err(error) => error.into(),
        }
    }

    /// Whether a record or a content was erased by law.
    pub(crate) fn is_gone(&self, typed: &str) -> anyhow::Result<bool> {
        let catalogue = self.archive.catalogue();
        if let Ok(digest) = typed.parse::<Digest>() {
            return Ok(catalogue.erased_on(&digest)?.is_some());
        }
        let Ok(id) = typed.parse::<RecordId>() else { return Ok(false) };
        Ok(catalogue.record(id)?.is_some_and(|record| record.erased().is_some()))
    }

    /// Returns what became of a record that is not there any more, as far as this viewer may know. That it went into another one
    /// is known to whoever may see the other.
    pub(super) fn gone(&self, viewer: &Viewer, typed: &str) -> anyhow::Result<Option<Gone>> {
        let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
        let Some(record) = self.archive.catalogue().record(id)? else { return Ok(None) };
        let heir = record.merged_into().filter(|heir| self.admits(viewer, *heir));
        Ok(if record.erased().is_some() { Some(Gone::Erased) } else { heir.map(Gone::Into) })
    }

    /// Whether a viewer may see a record at all. What cannot be looked up is not seen.
    pub(crate) fn admits(&self, viewer: &Viewer, id: RecordId) -> bool {
        let decisions = self.archive.catalogue().decisions(id).ok().flatten();
        decisions.is_some_and(|decisions| access::may(viewer, &decisions).is_admitted())
    }

    /// Returns what a viewer may see of a record, with the files whose bytes they may have.
    pub(super) fn record_with_files(&self, viewer: &Viewer, typed: &str) -> anyhow::Result<Option<Record>> {
        let Some(mut record) = self.record(viewer, typed)? else { return Ok(None) };
        self.keep_admitted_files(viewer, &mut record)?;
        Ok(Some(record))
    }

    /// Takes away the files whose bytes the viewer may not have: another record that holds them is closed.
    fn keep_admitted_files(&self, viewer: &Viewer, record: &mut Record) -> anyhow::Result<()> {
        let mut admitted = Vec::new();
        for file in std::mem::take(&mut record.files) {
            if self.may_have(viewer, &file.digest)? {
                admitted.push(file);
            }
        }
        record.files = admitted;
        Ok(())
    }

    pub(super) fn may_have(&self, viewer: &Viewer, digest: &Digest) -> anyhow::Result<bool> {
        Ok(self.archive.catalogue().may_have(viewer, digest)?)
    }

    /// Searches as one viewer.
    pub(crate) fn search(&self, viewer: &Viewer, question: &Question<'_>) -> anyhow::Result<Answer> {
        let lexicon = self.lexicon()?;
        let question = Question { lexicon: question.lexicon.or(Some(&lexicon)), ..question.clone() };
        self.with_index(viewer, &|sight| self.answers.search(sight, &question))
    }

    /// Returns how what somebody typed may go on.
    pub(crate) fn suggest(&self, viewer: &Viewer, typed: &str, count: usize) -> anyhow::Result<Vec<Suggestion>> {
        self.with_index(viewer, &|sight| sight.suggest(typed, count))
    }

    fn with_index<T>(&self, viewer: &Viewer, ask: &dyn Fn(&Sight<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let index = Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner));
        Sight::of(&self.archive, &index, viewer).and_then(|sight| ask(&sight)).or_else(|error| {
            // `cache/` may be deleted at any time, also under a running viewer: the followers make it again.
            tracing::warn!("the search index is opened anew: {error:#}");
            let fresh = Arc::new(followers::open_index(&self.archive)?);
            self.answers.clear();
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
            ask(&Sight::of(&self.archive, &fresh, viewer)?)
        })
    }

    /// The names of the thesaurus, as everyone may know them. Made anew when terms changed.
    pub(crate) fn lexicon(&self) -> anyhow::Result<Arc<Lexicon>> {
        let head = self.archive.catalogue().head()?.sequence;
        let mut known = self.lexicon.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known
            && known.0 == head
        {
            return Ok(Arc::clone(&known.2));
        }
        let state = lexicon::state(self.archive.catalogue())?;
        let lexicon = match &*known {
            Some((_, seen, lexicon)) if *seen == state => Arc::clone(lexicon),
            _ => Arc::new(lexicon::read(self.archive.catalogue())?),
        };
        *known = Some((head, state, Arc::clone(&lexicon)));
        Ok(lexicon)
    }

    /// Returns the token of a link that makes the first archivist, if there is none who could sign in.
    pub(super) fn offer_first_run(&self) -> anyhow::Result<Option<String>> {
        if self.accounts.read()?.has_archivist() {
            return Ok(None);
        }
        let token = random_token()?;
        *self.first_run.lock().unwrap_or_else(PoisonError::into_inner) = Some(blake3::hash(token.as_bytes()));
        Ok(Some(token))
    }

    /// Whether this is the token of the first-run link, and nobody was faster.
    pub(super) fn is_first_run(&self, token: &str) -> anyhow::Result<bool> {
        let offered = *self.first_run.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(offered == Some(blake3::hash(token.as_bytes())) && !self.accounts.read()?.has_archivist())
    }

    /// Ends a session, wherever its cookie was copied to.
    pub(super) fn end(&self, session: &str) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() >= MOST_ENDED {
            ended.pop_front();
        }
        ended.push_back(session.to_owned());
    }

    /// Whether somebody ended this session by signing out.
    pub(super) fn was_ended(&self, session: &str) -> bool {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|ended| ended == session)
    }
}

/// Everyone, on the day of a visitor.
fn public(visitor: &Visitor) -> Viewer {
    Viewer { who: Who::Public, today: visitor.viewer.today }
}
