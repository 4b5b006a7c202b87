//! `kho import`

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use kho_archive::access::{Decision, Level};
use serde_json::json;

use super::{Common, End};
use crate::followers::Followers;
use crate::import::{self, Map, Options, Outcome, Prepared, RowReport, Totals};
use crate::worker::Workers;
use crate::{config, ingest, out};

/// Makes records of the rows of a table, and changes those that it made before.
///
/// Each row is found again by its key. Without a map the meaning of the columns is guessed from their headings and printed as
/// a map that can be mended; --dry-run shows it with what each row would do, and keeps nothing. Columns that mean no field
/// are kept beside the description. An empty cell says nothing: what is there stays.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table: CSV or TSV in any encoding, XLSX, ODS or XLS.
    table: PathBuf,
    /// What the columns mean.
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// What the rows describe, as `kho model` lists the kinds; by default what the map says.
    #[arg(long)]
    kind: Option<String>,
    /// Only look and report: nothing is kept.
    #[arg(long)]
    dry_run: bool,
    /// Leave cells out that name records which are not there yet, in place of refusing the row: tables that refer to each
    /// other come in like this, and a second run fills the cells.
    #[arg(long)]
    leave_missing: bool,
    /// Who may see the new records: public, kiosk, research, community, sealed or closed.
    #[arg(long, value_name = "LEVEL", default_value = "closed")]
    access: String,
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    ingest::give_way();
    let level: Level = args.access.parse()?;
    let actor = config::actor(common.actor.as_deref());
    let access = if level == Level::Closed { Decision::default() } else { Decision::new(level, &actor, jiff::ZonedDateTime::now().date()) };
    let map = args.map.as_deref().map(Map::read).transpose()?;
    let options = Options { map, kind: args.kind.clone(), access, actor, dry_run: args.dry_run, leave_missing: args.leave_missing };
    let archive = config::open_archive(common.archive.as_deref())?;
    let workers = Arc::new(Workers::default());
    let prepared = import::prepare(&archive, &workers, &args.table, &options)?;
    if !args.json {
        tell_of_table(&prepared, args.dry_run)?;
    }
    let mut reports = Vec::new();
    let totals = import::run(&archive, &prepared, &options, &mut |report| {
        if args.json {
            reports.push(report.clone());
            return Ok(());
        }
        tell(report)
    })?;
    if !args.dry_run {
        // Once at the end: a catalogue that grows by a thousand records at a time need not be searched in between.
        Followers::open(&archive, &workers, false)?.catch_up().context("The records are kept, but the search index is behind")?;
    }
    if args.json {
        tell_json(&prepared, &totals, &reports)?;
    } else {
        sum_up(&totals, args.dry_run)?;
    }
    Ok(if totals.refused == 0 { End::Done } else { End::WithProblems })
}

fn tell_of_table(prepared: &Prepared, is_dry: bool) -> anyhow::Result<()> {
    if let Some(encoding) = &prepared.encoding {
        let guess = if prepared.is_encoding_guessed { ", which is a guess" } else { "" };
        out::line(format_args!("{} was read as {encoding}{guess}.", prepared.name))?;
    }
    for problem in &prepared.problems {
        out::line(format_args!("{}: {problem}", prepared.name))?;
    }
    if prepared.is_guessed || is_dry {
        let how = if prepared.is_guessed { "guessed from the headings; write it into a file, mend it, and give it with --map" } else { "as given" };
        out::line(format_args!("# The map, {how}:\n{}", prepared.map.as_toml()?))?;
    }
    Ok(())
}

fn tell(report: &RowReport) -> anyhow::Result<()> {
    let RowReport { row, key, outcome, id, reason, .. } = report;
    let outcome = match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Refused => "refused",
    };
    let id = id.map(|id| format!("  {}", id.grouped())).unwrap_or_default();
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    out::line(format_args!("row {row}  {key}  {outcome}{id}{reason}"))
}

fn sum_up(totals: &Totals, is_dry: bool) -> anyhow::Result<()> {
    let Totals { rows, created, updated, unchanged, refused, made } = totals;
    let would = if is_dry { " (nothing was kept)" } else { "" };
    out::line(format_args!(
        "{rows} rows: {created} created, {updated} updated, {unchanged} unchanged, {refused} refused; {made} records made that they speak of{would}"
    ))
}

fn tell_json(prepared: &Prepared, totals: &Totals, reports: &[RowReport]) -> anyhow::Result<()> {
    let mut answer = json!({"table": prepared.name, "map": prepared.map, "guessed": prepared.is_guessed, "rows": reports});
    if let Some(encoding) = &prepared.encoding {
        answer["encoding"] = json!({"name": encoding, "guessed": prepared.is_encoding_guessed});
    }
    if !prepared.problems.is_empty() {
        answer["problems"] = json!(prepared.problems);
    }
    answer["totals"] = json!(totals);
    out::json(&answer)
}
