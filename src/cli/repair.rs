//! `kho repair`

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{HumanBytes, ProgressBar};
use kho_archive::archive::{Damage, Repair, Repairer};
use kho_archive::record::RecordId;
use kho_archive::{Archive, digest::Digest};
use serde_json::json;

use super::{Common, End};
use crate::config::UsageError;
use crate::{TOOL, config, out};

/// Mends what is damaged or missing from a copy, and removes contents that no commit names.
///
/// Bytes of the copy are taken over only if they are what the journal says. The damaged bytes stay in cache/damaged, and a commit
/// tells what was found and from where it was mended. Files that nobody of ours put there are named and left alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A copy of the archive: its folder, or one that holds its blobs/ or journal/.
    #[arg(long, value_name = "COPY", required_unless_present = "orphans")]
    from: Option<PathBuf>,
    /// Remove whole contents that no commit names, as an ingest that was cut off leaves them. Ingesting their source again
    /// would adopt them.
    #[arg(long)]
    orphans: bool,
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let root = config::find_archive(common.archive.as_deref())?;
    let actor = config::actor(common.actor.as_deref());
    let repair = args.from.as_ref().map(|copy| mend(&root, copy, &actor)).transpose()?;
    let orphans = if args.orphans { remove_orphans(&root, &actor)? } else { Vec::new() };
    if args.json {
        out::json(&json!({"repair": repair, "orphans": orphans}))?;
    } else {
        if let Some(repair) = &repair {
            tell(repair)?;
        }
        if args.orphans {
            out::line(format_args!("{} contents that no commit names were removed.", orphans.len()))?;
        }
    }
    let is_whole = repair.is_none_or(|repair| repair.left.is_empty() && repair.extra.is_empty());
    Ok(if is_whole { End::Done } else { End::WithProblems })
}

fn mend(root: &std::path::Path, copy: &std::path::Path, actor: &str) -> anyhow::Result<Repair> {
    if !copy.is_dir() {
        return Err(UsageError(format!("there is no folder {}", copy.display())).into());
    }
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let mut progress = |bytes: u64| {
        bar.set_message(format!("{} read", HumanBytes(bytes)));
        bar.tick();
        true
    };
    let repair = Archive::repair(root, copy, Repairer { actor, tool: TOOL }, Some(&mut progress))?;
    bar.finish_and_clear();
    Ok(repair)
}

fn remove_orphans(root: &std::path::Path, actor: &str) -> anyhow::Result<Vec<Digest>> {
    let archive = config::open_archive(Some(root))?;
    Ok(archive.remove_orphans(actor)?)
}

fn tell(repair: &Repair) -> anyhow::Result<()> {
    for mended in &repair.mended {
        let aside = mended.aside.as_ref().map(|aside| format!("; the damaged bytes are in {}", aside.display())).unwrap_or_default();
        out::line(format_args!("mended: {}{aside}", in_words(&mended.damage)))?;
    }
    for left in &repair.left {
        out::line(format_args!("not mended: {}: {}", in_words(&left.damage), left.why))?;
    }
    for path in &repair.extra {
        out::line(format_args!("extra: {}: nothing of ours put it there; it was left alone", path.display()))?;
    }
    match repair.commit {
        Some(commit) => out::line(format_args!("Commit {commit} tells of it. `kho verify` shows what is still wrong.")),
        None if repair.mended.is_empty() && repair.left.is_empty() => out::line("Nothing was damaged or missing."),
        None => out::line("The journal is still damaged, so nothing could be written down. `kho verify` shows where."),
    }
}

fn in_words(damage: &Damage) -> String {
    let names: Vec<String> = damage.records.iter().map(|(id, title)| titled(id, title)).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    format!("{}: {}{names}", damage.path.display(), damage.reason)
}

/// A record by identifier and title, as messages name it.
pub(super) fn titled(id: &RecordId, title: &str) -> String {
    if title.is_empty() { id.grouped() } else { format!("{} “{title}”", id.grouped()) }
}
