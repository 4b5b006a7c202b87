//! `kho demo`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{env, fs};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::{Decision, Level};

use super::{Common, End};
use crate::config::{self, UsageError};
use crate::followers::Followers;
use crate::import::{self, Map};
use crate::ingest::{self, Options};
use crate::worker::Workers;
use crate::{TOOL, out, thesaurus, web};

/// Makes a fresh archive of the samples, or of a folder of yours, open to everyone, and serves it.
///
/// Tables in a folder `catalogue` beside it describe what came in, as those of the samples do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder to bring in; by default the samples of the project.
    folder: Option<PathBuf>,
    /// Where the archive is made: a new or empty folder. By default one among the temporary files.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Address and port of the viewer; port 0 takes a free one.
    #[arg(long, env = "KHO_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
}

pub(crate) fn run(common: &Common, args: Args) -> anyhow::Result<End> {
    let folder = args.folder.or_else(find_samples).ok_or_else(|| UsageError(NO_SAMPLES.to_owned()))?;
    let into = args.into.unwrap_or_else(|| env::temp_dir().join(format!("kho-demo-{}", std::process::id())));
    let archive = Archive::init(&into, "Kho nghề truyền thống", TOOL)?;
    out::note(format_args!("Bringing {} into {} …", folder.display(), into.display()));
    let actor = config::actor(common.actor.as_deref());
    thesaurus::add_starter(&archive, &actor)?;
    let tables = folder.parent().map(|beside| beside.join(TABLES)).filter(|tables| tables.is_dir());
    let options = Options {
        sources: vec![folder],
        access: Decision::new(Level::Public, &actor, jiff::ZonedDateTime::now().date()),
        practice: None,
        giver: None,
        agreement: None,
        note: None,
        actor,
        jobs: ingest::default_jobs(),
        unpack: false,
        dry_run: false,
        derivatives: true,
    };
    let account = ingest::ingest(&archive, &options, &AtomicBool::new(false))?;
    out::note(format_args!(
        "{} files: {} stored, {} duplicates, {} sidecars, {} refused.",
        account.walked,
        account.stored,
        account.duplicates,
        account.sidecars,
        account.refused.len()
    ));
    if let Some(tables) = tables {
        bring_tables_in(&archive, &tables, &options)?;
    }
    web::serve(archive, &args.listen)?;
    Ok(End::Done)
}

/// The folder beside the samples that holds the tables of their catalogue.
const TABLES: &str = "catalogue";

/// Brings in the tables of a folder in the order of their names, each by the map that is called like it.
fn bring_tables_in(archive: &Archive, folder: &Path, demo: &Options) -> anyhow::Result<()> {
    let mut tables = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("Failed to list {}", folder.display()))? {
        tables.push(entry?.path());
    }
    tables.retain(|path| path.extension().is_some_and(|ending| ending == "csv"));
    tables.sort();
    let workers = Arc::new(Workers::default());
    let mut rows = 0;
    for table in &tables {
        let map = Some(Map::read(&table.with_extension("toml"))?);
        let options =
            import::Options { map, kind: None, access: demo.access.clone(), actor: demo.actor.clone(), dry_run: false, leave_missing: false };
        let prepared = import::prepare(archive, &workers, table, &options)?;
        let totals = import::run(archive, &prepared, &options, &mut |report| {
            if let Some(reason) = &report.reason {
                out::note(format_args!("{}, row {}: {reason}", prepared.name, report.row));
            }
            Ok(())
        })?;
        rows += totals.rows;
    }
    Followers::open(archive, &workers, true)?.catch_up().context("The records are kept, but the search index is behind")?;
    out::note(format_args!("{} tables with {rows} rows.", tables.len()));
    Ok(())
}

const NO_SAMPLES: &str = "the samples of the project were not found; name a folder: kho demo FOLDER";

/// The samples stand in the project, beside or above the current folder or the program.
fn find_samples() -> Option<PathBuf> {
    let here = env::current_dir().ok();
    let program = env::current_exe().ok();
    let starts = here.iter().chain(&program);
    let candidates = starts.flat_map(|start| start.ancestors().map(|folder| folder.join("samples/collection")).collect::<Vec<_>>());
    candidates.into_iter().find(|folder| Path::is_dir(folder))
}
