//! What all pages share: the archive, its index, and who may see what now.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::Context as _;
use jiff::civil::Date;
use kho_archive::Archive;
use kho_archive::access::{self, Viewer, Who};
use kho_archive::digest::Digest;
use kho_archive::journal::Head;
use kho_archive::record::{Record, RecordId};
use kho_index::{Answer, Index, Question};

use crate::derivative::Derivatives;
use crate::followers::{self, Followers};
use crate::view::{self, Admitted};
use crate::worker::Workers;

/// The state of the viewer.
pub(crate) struct App {
    pub(crate) archive: Archive,
    pub(crate) derivatives: Derivatives,
    workers: Arc<Workers>,
    index: RwLock<Arc<Index>>,
    admitted: Mutex<Option<Known>>,
}

/// Who may see what, as of one commit and one day.
struct Known {
    head: Head,
    day: Date,
    admitted: Arc<Admitted>,
}

impl App {
    pub(crate) fn new(archive: Archive) -> anyhow::Result<Self> {
        let index = RwLock::new(Arc::new(followers::open_index(&archive)?));
        let derivatives = Derivatives::of(&archive);
        Ok(Self { archive, derivatives, workers: Arc::default(), index, admitted: Mutex::new(None) })
    }

    /// Runs something that waits for disk or database outside the threads that serve the network.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>, work: impl FnOnce(&Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&app)).await.context("a request crashed")?
    }

    /// Lets the catalogue catch up. Costs one look for the file of the next commit when there is none.
    pub(crate) fn catch_up(&self) -> anyhow::Result<Head> {
        Ok(self.archive.catch_up()?)
    }

    /// Lets all followers catch up.
    pub(crate) fn follow(&self) -> anyhow::Result<()> {
        Followers::open(&self.archive, &self.workers, true)?.catch_up()
    }

    /// Who asks. Everyone is the public until there are accounts.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::today(Who::Public)
    }

    /// Returns everything that the public may see now.
    pub(crate) fn admitted(&self) -> anyhow::Result<Arc<Admitted>> {
        let (head, viewer) = (self.archive.catalogue().head()?, self.viewer());
        let mut known = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| (known.head, known.day) == (head, viewer.today)) {
            return Ok(Arc::clone(&known.admitted));
        }
        let admitted = Arc::new(Admitted::for_viewer(&self.archive, &viewer)?);
        *known = Some(Known { head, day: viewer.today, admitted: Arc::clone(&admitted) });
        Ok(admitted)
    }

    /// Returns a record if it exists and the public may see it; both failures look the same.
    pub(crate) fn record(&self, typed: &str) -> anyhow::Result<Option<Record>> {
        let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
        let decisions = self.archive.catalogue().decisions(id)?;
        if !decisions.is_some_and(|decisions| access::may(&self.viewer(), &decisions).is_admitted()) {
            return Ok(None);
        }
        Ok(self.archive.catalogue().record(id)?)
    }

    /// Takes away the files whose bytes the public may not have: another record that holds them is closed.
    pub(crate) fn keep_admitted_files(&self, record: &mut Record) -> anyhow::Result<()> {
        let mut admitted = Vec::new();
        for file in std::mem::take(&mut record.files) {
            if self.may_have(&file.digest)? {
                admitted.push(file);
            }
        }
        record.files = admitted;
        Ok(())
    }

    /// Whether the public may have the bytes of a content.
    pub(crate) fn may_have(&self, digest: &Digest) -> anyhow::Result<bool> {
        Ok(self.archive.catalogue().may_have(&self.viewer(), digest)?)
    }

    /// Searches as the public.
    pub(crate) fn search(&self, question: &Question) -> anyhow::Result<Answer> {
        let admitted = self.admitted()?;
        let index = Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner));
        view::search(&index, question, &admitted).or_else(|error| {
            // `cache/` may be deleted at any time, also under a running viewer: the followers make it again.
            tracing::warn!("the search index is opened anew: {error:#}");
            let fresh = Arc::new(followers::open_index(&self.archive)?);
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
            view::search(&fresh, question, &admitted)
        })
    }
}
