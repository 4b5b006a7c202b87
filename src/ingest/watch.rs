//! Staying: a drop folder is looked at again and again, and what came is brought in once nobody writes to it.
//!
//! The folder is polled: notifications of the system do not come from network shares and card readers, where drop
//! folders lie.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kho_archive::Archive;
use walkdir::WalkDir;

use super::{Account, Options, ingest};

/// How often the folder is looked at. A file that keeps its size and time for as long is taken for whole.
const PAUSE: Duration = Duration::from_secs(2);

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(100);

/// What tells that something came: names, lengths and times of all files, as one number.
type Look = u64;

/// Brings in what comes into the sources until the user asks to stop. `tell` is given the account of every run in which
/// something came.
///
/// # Errors
/// When a run fails.
pub(crate) fn watch(archive: &Archive, options: &Options, stop: &AtomicBool, tell: &dyn Fn(&Account) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (mut brought_in, mut last): (Option<Look>, Option<Look>) = (None, None);
    while !stop.load(Ordering::Relaxed) {
        let now = look(options);
        if brought_in != Some(now) && last == Some(now) {
            let account = ingest(archive, options, stop)?;
            if account.has_news() || !account.refused.is_empty() {
                tell(&account)?;
            }
            brought_in = Some(now);
        }
        last = Some(now);
        wait(stop);
    }
    Ok(())
}

fn wait(stop: &AtomicBool) {
    let ticks = PAUSE.as_millis() / TICK.as_millis();
    for _ in 0..ticks {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(TICK);
    }
}

/// Looks at everything without opening it.
fn look(options: &Options) -> Look {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for source in &options.sources {
        for entry in WalkDir::new(source).sort_by_file_name().into_iter().flatten() {
            entry.path().hash(&mut hasher);
            if let Ok(facts) = entry.metadata() {
                (facts.len(), facts.modified().ok()).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}
