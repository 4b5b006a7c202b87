//! `kho export`

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use kho_archive::access::Viewer;
use kho_archive::record::{Kind, RecordId};

use super::{Common, End};
use crate::config::{LookAs, UsageError};
use crate::export::ohms;
use crate::{config, out, view};

/// Writes parts of the archive for other programs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Ohms(Ohms),
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

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    match &args.what {
        What::Ohms(args) => ohms(common, args),
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
