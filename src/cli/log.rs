//! `kho log`

use serde_json::json;

use super::{Common, End};
use crate::{config, out};

/// Reads the journal: who changed what, when and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let head = archive.catch_up()?;
    let mut commits = Vec::new();
    for sequence in 1..=head.sequence {
        let Some(commit) = archive.journal().read(sequence)? else { continue };
        let header = &commit.header;
        if !args.json {
            let (records, events) = (commit.records().count(), commit.events().count());
            out::line(format_args!("{sequence:>6}  {}  {}  {}  ({records} records, {events} events)", header.time, header.actor, header.reason))?;
            continue;
        }
        let changes: Vec<_> = commit.records().map(|record| json!({"id": record.id, "kind": record.kind, "revision": record.revision})).collect();
        let events: Vec<_> = commit.events().collect();
        let mut line = json!({"sequence": sequence, "commit": commit.commit, "time": header.time, "actor": header.actor,
            "reason": header.reason, "tool": header.tool, "changes": changes, "events": events});
        if let Some(prev) = header.prev {
            line["prev"] = json!(prev);
        }
        commits.push(line);
    }
    match head.commit {
        _ if args.json => out::json(&commits)?,
        Some(commit) => out::line(format_args!("head: {commit}"))?,
        None => out::line("The journal is empty.")?,
    }
    Ok(End::Done)
}
