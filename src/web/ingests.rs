//! Deliveries that this viewer brings into the archive, each in a thread of its own.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context as _;
use kho_archive::access::Decision;

use super::app::App;
use crate::ingest::{self, Account, Options, Tally};
use crate::uploads::{Delivery, Outcome, State, Uploads};

/// So many that are over are still told.
const MOST_TOLD: usize = 20;

/// An ingest that runs, or ran a moment ago.
pub(crate) struct Running {
    /// The delivery.
    pub(crate) id: String,
    /// What its accession is called.
    pub(crate) label: String,
    pub(crate) by: String,
    pub(crate) tally: Tally,
    /// What became of it; `None` inside if it failed.
    over: Mutex<Option<Option<Outcome>>>,
}

/// The ingests of this viewer, the latest first.
#[derive(Default)]
pub(crate) struct Ingests(Mutex<VecDeque<Arc<Running>>>);

impl Running {
    /// Returns a path as whoever brought it knows it: where the server keeps it is no concern of theirs.
    pub(crate) fn told(&self, path: &str) -> String {
        let folder = format!("{}/in/{}", self.id, self.label);
        path.split_once(&folder).map_or_else(|| path.to_owned(), |(_, inside)| format!("{}{inside}", self.label))
    }

    /// What became of it: `None` as long as it runs, `Some(None)` if it failed.
    pub(crate) fn over(&self) -> Option<Option<Outcome>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ingests {
    /// Returns those that run, and the last ones that ran.
    pub(crate) fn all(&self) -> Vec<Arc<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Whether any of them runs.
    pub(crate) fn is_any_running(&self) -> bool {
        self.all().iter().any(|running| running.over().is_none())
    }

    /// Notes that a delivery is being brought in; `None` if it is already.
    fn begin(&self, id: &str, delivery: &Delivery) -> Option<Arc<Running>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|running| running.id == id && running.over().is_none()) {
            return None;
        }
        all.retain(|running| running.id != id);
        while all.len() >= MOST_TOLD && all.back().is_some_and(|last| last.over().is_some()) {
            all.pop_back();
        }
        let running =
            Arc::new(Running { id: id.to_owned(), label: label(delivery), by: delivery.by.clone(), tally: Tally::default(), over: Mutex::new(None) });
        all.push_front(Arc::clone(&running));
        Some(running)
    }
}

/// Brings a closed delivery in, beside everything else.
pub(crate) fn start(app: &Arc<App>, id: &str, delivery: Delivery) -> anyhow::Result<()> {
    let Some(running) = app.ingests.begin(id, &delivery) else { return Ok(()) };
    let app = Arc::clone(app);
    thread::Builder::new().name("ingest".to_owned()).spawn(move || {
        ingest::give_way();
        let outcome = bring(&app, &running, delivery);
        if let Err(error) = &outcome {
            tracing::error!(delivery = %running.id, "a delivery cannot be brought in: {error:#}");
        }
        let outcome = outcome.ok();
        // Told first, written down then: whoever reads that it is over finds what became of it.
        *running.over.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome.clone());
        if let Err(error) = app.uploads.finish(&running.id, outcome) {
            tracing::error!(delivery = %running.id, "what became of a delivery cannot be written down: {error}");
        }
    })?;
    Ok(())
}

/// Goes on with the deliveries that were being brought in when the last viewer of this archive ended.
pub(crate) fn resume(app: &Arc<App>) -> anyhow::Result<()> {
    for (id, delivery) in app.uploads.list()? {
        if delivery.state == State::Bringing {
            start(app, &id, delivery)?;
        }
    }
    Ok(())
}

/// The way of every delivery: closed until somebody decides, by whoever brought it.
fn bring(app: &App, running: &Running, delivery: Delivery) -> anyhow::Result<Outcome> {
    let folder = Uploads::of(&app.archive).lay_out(&running.id, &running.label).context("Failed to lay the files out")?;
    let options = Options {
        sources: vec![folder],
        access: Decision::default(),
        practice: None,
        giver: delivery.giver,
        agreement: delivery.agreement,
        note: delivery.note,
        actor: delivery.by,
        jobs: thread::available_parallelism().map_or(1, usize::from),
        unpack: false,
        dry_run: false,
        // The viewer's own followers make them.
        derivatives: false,
    };
    let account = ingest::ingest_counting(&app.archive, &options, &AtomicBool::new(false), &running.tally)?;
    Ok(outcome(account, running))
}

fn outcome(account: Account, running: &Running) -> Outcome {
    Outcome {
        accession: account.accession,
        stored: account.stored + account.sidecars,
        duplicates: account.duplicates + account.unchanged,
        refused: account.refused.into_iter().map(|refusal| (running.told(&refusal.path), refusal.reason)).collect(),
    }
}

/// What the accession of a delivery is called: the day, and who gave it. It becomes the name of a folder.
fn label(delivery: &Delivery) -> String {
    let day = delivery.begun.get(..10).unwrap_or_default();
    let who = delivery.giver.as_deref().unwrap_or(&delivery.by);
    let mut name: String =
        format!("{day} {who}").chars().map(|character| if character == '/' || character.is_control() { '-' } else { character }).collect();
    while name.len() > 200 {
        name.pop();
    }
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_name_of_a_folder() {
        let delivery = |giver: &str| Delivery {
            by: "lan".to_owned(),
            begun: "2026-11-25T22:00:00Z".to_owned(),
            state: State::Open,
            giver: Some(giver.to_owned()),
            agreement: None,
            note: None,
            outcome: None,
        };
        assert_eq!(label(&delivery("Bà Nan")), "2026-11-25 Bà Nan");
        assert_eq!(label(&delivery("../../x\n")), "2026-11-25 ..-..-x-");
        assert!(label(&delivery(&"ế".repeat(300))).len() <= 200);
    }
}
