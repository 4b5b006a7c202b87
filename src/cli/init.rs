//! `kho init`

use std::path::PathBuf;

use kho_archive::Archive;

use super::{Common, End};
use crate::{TOOL, config, out, thesaurus};

/// Makes a new archive in a new or empty folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the archive.
    dir: PathBuf,
    /// The name that visitors see; by default the name of the folder.
    #[arg(long)]
    name: Option<String>,
    /// Leave the thesaurus that comes with kho out; `kho terms add-starter` brings it in later.
    #[arg(long)]
    without_terms: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let of_folder = || args.dir.file_name().map_or_else(|| "Kho".to_owned(), |name| name.to_string_lossy().into_owned());
    let name = args.name.clone().unwrap_or_else(of_folder);
    let archive = Archive::init(&args.dir, &name, TOOL)?;
    if !args.without_terms {
        thesaurus::add_starter(&archive, &config::actor(common.actor.as_deref()))?;
    }
    out::line(format_args!("{} is a new archive, “{name}”, with the identifier {}.", args.dir.display(), archive.settings().archive.id))?;
    out::line(format_args!("Bring a folder in with: kho ingest FOLDER -a {}", args.dir.display()))?;
    Ok(End::Done)
}
