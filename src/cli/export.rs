//! `kho export`

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use kho_archive::access::Viewer;
use kho_archive::record::{Kind, RecordId};

use super::{Common, End};
use crate::config::{LookAs, UsageError};
use crate::export::{ohms, table};
use crate::{config, out, view};

/// Writes what is in the archive in forms of other systems.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Ohms(Ohms),
    Table(Table),
}

/// A transcript with its time index, as the Oral History Metadata Synchronizer (OHMS) exchanges it.
#[derive(Debug, clap::Args)]
struct Ohms {
    /// The transcript.
    #[arg(value_name = "ID")]
    id: String,
    /// The file to write. What is there is never overwritten.
    #[arg(value_name = "TO.xml")]
    to: PathBuf,
    /// Look as somebody else.
    #[arg(long = "as", value_enum, default_value_t)]
    look_as: LookAs,
}

/// Writes records as a table, one row each: CSV, XLSX or JSON Lines, by the ending of TO.
///
/// An empty cell is what nobody said; unknown, none, not applicable and 0 are written. Rows stand in the order of their codes
/// and other records are named by theirs, so the same head of the journal gives the same bytes, and a table of one kind comes
/// in again by `kho import --kind KIND`. In CSV an apostrophe stands before words that a spreadsheet would take for a formula;
/// import takes it off. Only what the viewer may see is in the table.
#[derive(Debug, clap::Args)]
struct Table {
    /// Only this kind. Without it a workbook has a sheet for each kind, and other forms a column that names it; terms,
    /// consents and additions to the model go out by their kind only.
    #[arg(long)]
    kind: Option<String>,
    /// Look as somebody else.
    #[arg(long = "as", value_enum, default_value_t)]
    look_as: LookAs,
    /// The file to write: TO.csv, TO.xlsx or TO.jsonl.
    to: PathBuf,
}

pub(crate) fn run(common: &Common, args: Args) -> anyhow::Result<End> {
    match args.what {
        What::Ohms(args) => ohms(common, &args),
        What::Table(args) => write_table(common, args),
    }
}

fn ohms(common: &Common, args: &Ohms) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let viewer = Viewer::today(args.look_as.who());
    let id: RecordId = args.id.parse()?;
    let found = archive.catalogue().record(id)?.map(|record| view::visible(&archive, record, &viewer)).transpose()?.flatten();
    let Some(transcript) = found else {
        out::line(format_args!("{}: not found", args.id))?;
        return Ok(End::WithProblems);
    };
    if transcript.kind != Kind::transcript() {
        return Err(UsageError(format!("{} is no transcript, but a record of kind {}", id.grouped(), transcript.kind)).into());
    }
    let xml = ohms::export(&archive, &transcript, &viewer)?;
    let mut file = fs::File::create_new(&args.to).with_context(|| format!("{} cannot be written", args.to.display()))?;
    std::io::Write::write_all(&mut file, xml.as_bytes()).with_context(|| format!("{} cannot be written", args.to.display()))?;
    Ok(End::Done)
}

fn write_table(common: &Common, args: Table) -> anyhow::Result<End> {
    table::Form::of(&args.to)?;
    let archive = config::open_archive(common.archive.as_deref())?;
    let head = archive.catalogue().head()?;
    let wanted = table::Wanted { kind: args.kind, ids: None, viewer: Viewer::today(args.look_as.who()) };
    let records = table::write(&archive, &wanted, &args.to)?;
    let head = head.commit.map(|commit| format!(" at head {commit}")).unwrap_or_default();
    out::line(format_args!("{records} records{head} are in {}", args.to.display()))?;
    Ok(End::Done)
}
