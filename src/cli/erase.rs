//! `kho erase`

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::archive::{EraseError, Erasure};
use kho_archive::record::RecordId;
use serde_json::json;

use super::{Common, End};
use crate::config::UsageError;
use crate::{config, followers, out};

/// Erases a record because the law wants it: what was ever said of it, and the contents that no other record holds.
///
/// It cannot be undone. That something was erased, when, by whom and why stays; copies of the archive elsewhere are not
/// reached.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The identifier, as on the label.
    #[arg(required_unless_present = "finish")]
    id: Option<String>,
    /// By which law or decision. It stays readable forever: name nobody in it.
    #[arg(long, value_name = "TEXT", required_unless_present = "finish")]
    reason: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Do what is left of erasures that were cut off.
    #[arg(long, conflicts_with_all = ["id", "reason"])]
    finish: bool,
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let (Some(typed), Some(reason)) = (&args.id, &args.reason) else { return finish(&archive, args.json) };
    let id: RecordId = typed.parse()?;
    if reason.trim().is_empty() {
        return Err(UsageError("an erasure needs its reason: --reason names the law or the decision".to_owned()).into());
    }
    let planned = match archive.plan_erasure(id) {
        Err(EraseError::NotFound(_)) => return not_found(typed, args.json),
        // It may have been cut off.
        Err(EraseError::Before(_)) => return finish(&archive, args.json),
        planned => planned?,
    };
    if !args.yes && !is_confirmed(&archive, id, &planned)? {
        out::line("Nothing was erased.")?;
        return Ok(End::WithProblems);
    }
    let actor = config::actor(common.actor.as_deref());
    let erasure = archive.erase(id, &actor, reason)?;
    forget(&archive)?;
    tell(id, &erasure, args.json)?;
    Ok(End::Done)
}

fn not_found(typed: &str, is_json: bool) -> anyhow::Result<End> {
    if is_json {
        out::json(&json!({"id": typed, "error": "not found"}))?;
    } else {
        out::line(format_args!("{typed}: not found"))?;
    }
    Ok(End::WithProblems)
}

fn finish(archive: &Archive, is_json: bool) -> anyhow::Result<End> {
    let finished = archive.finish_erasures()?;
    forget(archive)?;
    if is_json {
        out::json(&json!({"lines": finished.lines, "blobs": finished.blobs}))?;
    } else if finished.lines + finished.blobs == 0 {
        out::line("Nothing was left to erase.")?;
    } else {
        out::line(format_args!("{} lines of the journal and {} contents were still there, and are gone now.", finished.lines, finished.blobs))?;
    }
    Ok(End::Done)
}

fn forget(archive: &Archive) -> anyhow::Result<()> {
    followers::forget_erased(archive).context("It is erased from the archive, but traces may be left in cache/; run `kho erase --finish`")
}

/// Shows what would go and asks for the identifier, so that nobody erases by a slip of the hand.
fn is_confirmed(archive: &Archive, id: RecordId, planned: &Erasure) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(UsageError("nobody can be asked here; add --yes to erase without a question".to_owned()).into());
    }
    let title = archive.catalogue().record(id)?.map(|record| record.title_in("vi")).unwrap_or_default();
    out::note(format_args!("“{title}” and its {} revisions will be gone forever, with {} contents.", planned.revisions, planned.blobs.len()));
    out::note(format_args!("Type {} to go on:", id.grouped()));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().parse() == Ok(id))
}

fn tell(id: RecordId, erasure: &Erasure, is_json: bool) -> anyhow::Result<()> {
    if is_json {
        return out::json(&json!({"id": id, "revisions": erasure.revisions, "blobs": erasure.blobs, "shared": erasure.shared,
            "reports_of": erasure.reports_of, "referrers": erasure.referrers}));
    }
    out::line(format_args!("{} is erased: {} revisions, {} contents.", id.grouped(), erasure.revisions, erasure.blobs.len()))?;
    for digest in &erasure.shared {
        out::line(format_args!("kept: {digest}: other records hold it too"))?;
    }
    for accession in &erasure.reports_of {
        out::line(format_args!("gone with it: the reports of the delivery {}, which named its files", accession.grouped()))?;
    }
    for referrer in &erasure.referrers {
        out::line(format_args!("look: {} refers to it; what it says in its own words stays", referrer.grouped()))?;
    }
    Ok(())
}
