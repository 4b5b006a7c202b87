//! Which target runs, and whose panics count.

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::targets::TARGETS;

/// Something to throw bytes at. It panics when a promise is broken.
pub(crate) struct Target {
    /// As after `--target=`; its seeds stand in `seeds/NAME`.
    pub(crate) name: &'static str,
    /// Whether the program runs this parser where a panic costs nothing but its own result: then panics of crates
    /// that are not ours are told and not counted.
    pub(crate) is_contained: bool,
    /// Takes one input.
    pub(crate) run: fn(&[u8]),
}

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

/// Panics of others that were told already, by place.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Chooses the target that the command line names, and decides which panics end the run.
pub(crate) fn begin() {
    let named = std::env::args().find_map(|argument| argument.strip_prefix("--target=").map(str::to_owned));
    let target = TARGETS.iter().find(|target| Some(target.name) == named.as_deref());
    let Some(target) = target else {
        // The script asks for the list in this way too.
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        std::process::exit(2);
    };
    let _ = CHOSEN.set(target);
    // The hook of libfuzzer-sys ends the run at every panic, those that the program catches included.
    panic::set_hook(Box::new(judge));
}

/// Throws one input at the target.
pub(crate) fn throw(bytes: &[u8]) {
    let Some(target) = CHOSEN.get() else { return };
    // Only a panic of others comes back here.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
}

fn judge(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let is_foreign = place.contains("/registry/src/");
    if is_foreign && CHOSEN.get().is_some_and(|target| target.is_contained) {
        if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone()) {
            let short = place.rsplit_once("/registry/src/").map_or(place.as_str(), |(_, short)| short);
            eprintln!("CONTAINED: a crate that is not ours panics at {short}");
        }
        return;
    }
    eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
    std::process::abort();
}
