//! The command line: what was typed, what is done, and with which exit code it ends.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kho_archive::archive::RepairError;
use kho_archive::record::BadId;

use crate::config::UsageError;
use crate::ingest::SourceError;
use crate::out;
use crate::typed::TypedError;

mod demo;
mod doctor;
mod erase;
mod export;
mod import;
mod ingest;
mod init;
mod log;
mod model;
mod new;
mod rebuild;
mod records;
mod repair;
mod search;
mod serve;
mod set;
mod show;
mod terms;
mod user;
mod verify;
mod worker;

/// A digital heritage archive and media catalogue for endangered crafts.
///
/// Exit codes: 0 done; 1 done, but something was refused, damaged or not found; 2 wrong use;
/// 3 the archive cannot be used.
#[derive(Debug, Parser)]
#[command(name = "kho", version, about, long_about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command knows.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// The archive; by default the folder above the current one that holds kho.toml.
    #[arg(short, long, global = true, env = "KHO_ARCHIVE", value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// Who acts, as the journal will name them; by default the user of the system.
    #[arg(long, global = true, env = "KHO_ACTOR", value_name = "NAME")]
    pub(crate) actor: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Ingest(ingest::Args),
    Search(search::Args),
    Show(show::Args),
    Records(records::Args),
    Set(set::Args),
    New(new::Args),
    Import(import::Args),
    Export(export::Args),
    Terms(terms::Args),
    Erase(erase::Args),
    Model(model::Args),
    Log(log::Args),
    Verify(verify::Args),
    Repair(repair::Args),
    Rebuild(rebuild::Args),
    Serve(serve::Args),
    User(user::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    /// Parses and decodes for another kho: started by kho itself.
    #[command(hide = true)]
    Worker(worker::Args),
}

/// How a command that could be carried out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything went well.
    Done,
    /// Something was refused, damaged or not found; the report says what.
    WithProblems,
}

/// Reads the command line, does what it says, and returns the exit code.
pub(crate) fn main() -> ExitCode {
    let logs = tracing_subscriber::EnvFilter::try_from_env("KHO_LOG").unwrap_or_else(|_| "error,kho=warn".into());
    tracing_subscriber::fmt().with_env_filter(logs).with_writer(std::io::stderr).init();
    quiet_decoders();
    let cli = Cli::parse();
    match run(cli) {
        Ok(End::Done) => ExitCode::from(0),
        Ok(End::WithProblems) => ExitCode::from(1),
        Err(error) => {
            out::note(format_args!("kho: {error:#}"));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<End> {
    let common = &cli.common;
    match cli.command {
        Command::Init(args) => init::run(common, &args),
        Command::Ingest(args) => ingest::run(common, args),
        Command::Search(args) => search::run(common, &args),
        Command::Show(args) => show::run(common, &args),
        Command::Records(args) => records::run(common, &args),
        Command::Set(args) => set::run(common, &args),
        Command::New(args) => new::run(common, &args),
        Command::Import(args) => import::run(common, &args),
        Command::Export(args) => export::run(common, args),
        Command::Terms(args) => terms::run(common, &args),
        Command::Erase(args) => erase::run(common, &args),
        Command::Model(args) => model::run(common, &args),
        Command::Log(args) => log::run(common, &args),
        Command::Verify(args) => verify::run(common, &args),
        Command::Repair(args) => repair::run(common, &args),
        Command::Rebuild(args) => rebuild::run(common, &args),
        Command::Serve(args) => serve::run(common, &args),
        Command::User(args) => user::run(common, args),
        Command::Doctor(args) => doctor::run(common, &args),
        Command::Demo(args) => demo::run(common, args),
        Command::Worker(args) => worker::run(&args),
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let is_wrong_use = error.chain().any(|cause| {
        let is_typed_wrongly = cause.downcast_ref::<TypedError>().is_some_and(TypedError::is_wrong_use);
        is_typed_wrongly
            || cause.is::<UsageError>()
            || cause.is::<SourceError>()
            || cause.downcast_ref::<RepairError>().is_some_and(RepairError::is_wrong_use)
            || cause.is::<BadId>()
            || cause.is::<kho_archive::access::BadLevel>()
    });
    if is_wrong_use { 2 } else { 3 }
}

/// A decoder that panics is caught and reported as a failed derivative or a missing fact; its message on
/// standard error would only frighten. Panics of our own threads stay loud.
fn quiet_decoders() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_foreign = panic.location().is_none_or(|place| !place.file().starts_with("src/"));
        if is_foreign {
            tracing::debug!("{panic}");
        } else {
            loud(panic);
        }
    }));
}
