//! `kho export`

use std::path::PathBuf;

use kho_archive::access::Viewer;

use super::{Common, End};
use crate::config::LookAs;
use crate::export::table;
use crate::{config, out};

/// Writes what is in the archive in forms of other systems.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Table(Table),
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
        What::Table(args) => write_table(common, args),
    }
}

fn write_table(common: &Common, args: Table) -> anyhow::Result<End> {
    table::Form::of(&args.to)?;
    let archive = config::open_archive(common.archive.as_deref())?;
    let head = archive.catalogue().head()?;
    let wanted = table::Wanted { kind: args.kind, viewer: Viewer::today(args.look_as.who()) };
    let records = table::write(&archive, &wanted, &args.to)?;
    let head = head.commit.map(|commit| format!(" at head {commit}")).unwrap_or_default();
    out::line(format_args!("{records} records{head} are in {}", args.to.display()))?;
    Ok(End::Done)
}
