//! `kho ingest`

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use kho_archive::access::{Decision, Level};
use kho_archive::record::RecordId;

use super::{Common, End};
use crate::ingest::{self, Account, Options};
use crate::{config, out};

/// Brings folders and files in. Run it again at any time: what has not changed is not read again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folders and files to bring in. They are only read, never written to.
    #[arg(required_unless_present = "resume", value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Go on with what was cut off: the sources, access and practice are those of the unfinished accession.
    #[arg(long, conflicts_with_all = ["sources", "dry_run", "watch"])]
    resume: bool,
    /// Stay, and bring in whatever comes into the sources, once nobody writes to it. Ctrl-C ends it.
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// Who gave the material, for the record of the accession.
    #[arg(long, value_name = "NAME")]
    giver: Option<String>,
    /// The agreement under which it was given.
    #[arg(long, value_name = "TEXT")]
    agreement: Option<String>,
    /// What else is to be said of the delivery, for its record.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Only look and report: nothing is kept.
    #[arg(long)]
    dry_run: bool,
    /// Open packages (ZIP, TAR, TAR.GZ) that are named as sources, and bring in what is in them as folders.
    #[arg(long)]
    unpack: bool,
    /// Who may see the new records: public, kiosk, research, community, sealed or closed.
    #[arg(long, value_name = "LEVEL", default_value = "closed")]
    access: String,
    /// The practice that the new records belong to.
    #[arg(long, value_name = "ID")]
    practice: Option<String>,
    /// How many files are read at the same time; by default five for each core, since most wait for a disk.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Make no thumbnails now; `kho serve` and `kho rebuild` make them later.
    #[arg(long)]
    no_derivatives: bool,
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: Args) -> anyhow::Result<End> {
    ingest::give_way();
    let level: Level = args.access.parse()?;
    let practice = args.practice.as_deref().map(str::parse::<RecordId>).transpose()?;
    let archive = config::open_archive(common.archive.as_deref())?;
    let actor = config::actor(common.actor.as_deref());
    let access = if level == Level::Closed { Decision::default() } else { Decision::new(level, &actor, jiff::ZonedDateTime::now().date()) };
    let derivatives = archive.settings().ingest.derivatives && !args.no_derivatives;
    let mut options = Options {
        sources: args.sources,
        access,
        practice,
        giver: args.giver,
        agreement: args.agreement,
        note: args.note,
        actor,
        jobs: args.jobs.unwrap_or_else(ingest::default_jobs).max(1),
        unpack: args.unpack,
        dry_run: args.dry_run,
        derivatives,
    };
    if args.resume && !ingest::resume(&archive, &mut options)? {
        out::line("Nothing was cut off: every accession is finished.")?;
        return Ok(End::Done);
    }
    let stop = stop_on_signal()?;
    let tell = |account: &Account| if args.json { out::json(account) } else { tell(account) };
    if args.watch {
        ingest::watch(&archive, &options, &stop, &tell)?;
        return Ok(End::Done);
    }
    let account = ingest::ingest(&archive, &options, &stop)?;
    tell(&account)?;
    let has_problems = !account.refused.is_empty() || account.interrupted;
    Ok(if has_problems { End::WithProblems } else { End::Done })
}

/// Returns a switch that Ctrl-C sets. A second Ctrl-C ends at once, which is safe as well.
fn stop_on_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&stop);
    let handler = move || {
        if switch.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
        out::note("Stopping: what was read is being committed. Press Ctrl-C again to end at once.");
    };
    ctrlc::set_handler(handler).context("Failed to watch for Ctrl-C")?;
    Ok(stop)
}

fn tell(account: &Account) -> anyhow::Result<()> {
    let rows = [
        ("stored", account.stored),
        ("duplicates", account.duplicates),
        ("sidecars", account.sidecars),
        ("unchanged", account.unchanged),
        ("ignored", account.ignored),
        ("refused", account.refused.len() as u64),
    ];
    out::line(format_args!("{} files were looked at, {} read, in {:.1} s:", account.walked, bytes(account.bytes_read), account.seconds))?;
    for (name, count) in rows {
        out::line(format_args!("{count:>10}  {name}"))?;
    }
    for refusal in &account.refused {
        out::line(format_args!("refused: {}: {}", refusal.path, refusal.reason))?;
    }
    for proposal in &account.proposals {
        out::line(format_args!("look: {} may belong with {}: {}", proposal.path, proposal.with, proposal.why))?;
    }
    for note in &account.notes {
        out::line(note)?;
    }
    for table in &account.tables {
        out::line(format_args!(
            "table: {}: {} of {} rows describe a file (column “{}”)",
            table.path,
            table.rows - table.without_file.len().min(table.rows),
            table.rows,
            table.file_column
        ))?;
        for row in &table.without_file {
            let what = if row.fits == 0 { "no file".to_owned() } else { format!("{} files", row.fits) };
            out::line(format_args!("table: {}: line {} names {what}: {}", table.path, row.row, row.file))?;
        }
    }
    if account.dry_run {
        out::line("This was only a look: nothing was kept.")?;
    } else if let Some(accession) = account.accession {
        out::line(format_args!("The accession is {}.", accession.grouped()))?;
    }
    if account.interrupted {
        out::line("It was stopped before the end. Run the same command again, or `kho ingest --resume`, to go on: nothing is read twice.")?;
    }
    Ok(())
}

fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
