//! Which packs are being looked at, and who may look at them.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use kho_archive::digest::Digest;
use kho_archive::journal::Head;
use kho_archive::record::File;
use tokio::sync::Semaphore;

use crate::derivative::{State, TILES};
use crate::tiles::{Pack, PackError};
use crate::web::app::App;
use crate::web::media;
use crate::web::visitor::Visitor;

/// So many packs are held open at most.
const MOST_OPEN: usize = 128;

/// So many contents are remembered as open to everyone at most.
const MOST_KNOWN: usize = 4096;

/// Packs that are being looked at, as of one commit and one day: whatever changes in the archive, all of it is looked up anew.
pub(crate) struct Packs {
    known: Mutex<Known>,
    /// Who may have a pack made now. One after the other: each takes a core for seconds.
    pub(super) making: Arc<Semaphore>,
    /// Who may have a picture drawn now: one at a time for each core, since each takes memory.
    pub(super) drawing: Arc<Semaphore>,
}

#[derive(Default)]
struct Known {
    as_of: Option<(Head, Date)>,
    /// Contents that everyone may have.
    public: HashSet<Digest>,
    open: HashMap<Digest, Arc<Pack>>,
}

/// What there is of a content for a visitor.
pub(super) enum Found {
    /// Nothing, or no picture: that is not told.
    Nothing,
    /// A picture that is not cut into tiles yet.
    Uncut(Box<File>),
    Pack(Arc<Pack>),
}

impl Packs {
    pub(crate) fn new(cores: usize) -> Self {
        Self { known: Mutex::default(), making: Arc::new(Semaphore::new(1)), drawing: Arc::new(Semaphore::new(cores)) }
    }

    /// Returns the pack of a content, if the visitor may have the content now.
    pub(super) fn find(&self, app: &App, visitor: &Visitor, digest: &Digest) -> anyhow::Result<Found> {
        let now = (app.catch_up()?, visitor.viewer.today);
        if !self.may_have(app, visitor, digest, now)? {
            return Ok(Found::Nothing);
        }
        if let Some(pack) = self.known(now).open.get(digest) {
            return Ok(Found::Pack(Arc::clone(pack)));
        }
        let pack = match Pack::open(&app.derivatives.path(digest, TILES)) {
            Ok(pack) => Arc::new(pack),
            Err(PackError::Io(error)) if error.kind() == ErrorKind::NotFound => return uncut(app, digest),
            Err(error) => return self.discard(app, digest, &error),
        };
        let mut known = self.known(now);
        if known.open.len() >= MOST_OPEN {
            known.open.clear();
        }
        known.open.insert(*digest, Arc::clone(&pack));
        Ok(Found::Pack(pack))
    }

    /// Returns a pack that everyone may look at, if that is known already and nothing was committed since. This costs one look for the file
    /// of the next commit.
    pub(super) fn remembered(&self, app: &App, visitor: &Visitor, digest: &Digest) -> Option<Arc<Pack>> {
        let known = self.lock();
        let (head, day) = known.as_of?;
        let is_public = visitor.session.is_none() && visitor.viewer.today == day && known.public.contains(digest);
        let pack = known.open.get(digest).filter(|_| is_public).cloned();
        drop(known);
        // Looked for last: what is known was true until now.
        pack.filter(|_| app.archive.journal().holds(head.sequence + 1).is_ok_and(|is_newer| !is_newer))
    }

    /// Takes a pack away that turned out to be damaged: it can be made again.
    pub(super) fn discard(&self, app: &App, digest: &Digest, error: &PackError) -> anyhow::Result<Found> {
        tracing::warn!(%digest, "{error}; it is made again");
        self.lock().open.remove(digest);
        app.derivatives.discard(digest, TILES)?;
        uncut(app, digest)
    }

    /// The judge is asked; of what is open to everyone, once as long as nothing changes. Whoever is signed in may be given more than that,
    /// which is written down.
    fn may_have(&self, app: &App, visitor: &Visitor, digest: &Digest, now: (Head, Date)) -> anyhow::Result<bool> {
        if visitor.session.is_none() && self.known(now).public.contains(digest) {
            return Ok(true);
        }
        let may = app.give_bytes(visitor, digest, "tiles")?;
        let mut known = self.lock();
        // Another request may have seen a later commit meanwhile.
        if may && visitor.session.is_none() && known.as_of == Some(now) && known.public.len() < MOST_KNOWN {
            known.public.insert(*digest);
        }
        Ok(may)
    }

    /// What is known as of now.
    fn known(&self, now: (Head, Date)) -> MutexGuard<'_, Known> {
        let mut known = self.lock();
        if known.as_of != Some(now) {
            *known = Known { as_of: Some(now), ..Known::default() };
        }
        known
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is of a content that has no pack.
fn uncut(app: &App, digest: &Digest) -> anyhow::Result<Found> {
    if let State::Failed(_) = app.derivatives.state(digest, TILES) {
        return Ok(Found::Nothing);
    }
    let file = media::file_of(app, digest)?.filter(|file| TILES.task(file).is_some());
    Ok(file.map_or(Found::Nothing, |file| Found::Uncut(Box::new(file))))
}
