//! `kho`: a digital heritage archive and media catalogue for endangered crafts.
//!
//! The program that knows both libraries: `kho-archive` keeps, `kho-index` finds. The map is in
//! `ARCHITECTURE.md`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

use std::process::ExitCode;

mod accounts;
mod audit;
mod cli;
mod config;
mod derivative;
mod doctor;
mod editing;
mod export;
mod followers;
mod import;
mod ingest;
mod media;
mod model_page;
mod out;
mod searchable;
mod thesaurus;
mod typed;
mod view;
mod web;
mod worker;

/// Name and version of this program, as the journal records it.
pub(crate) const TOOL: &str = concat!("kho ", env!("CARGO_PKG_VERSION"));

fn main() -> ExitCode {
    cli::main()
}
