//! `kho`: a digital heritage archive and media catalogue for endangered crafts.
//!
//! The program that knows both libraries: `kho-archive` keeps, `kho-index` finds. The map is in
//! `ARCHITECTURE.md`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

use std::process::ExitCode;

mod accounts;
mod assess;
mod audit;
#[cfg(test)]
mod beside;
mod claims;
mod cli;
mod config;
mod derivative;
mod doctor;
mod editing;
mod evaluate;
mod export;
mod followers;
mod import;
mod ingest;
mod media;
mod model_page;
mod out;
mod scope;
mod searchable;
mod spoken;
mod thesaurus;
mod tiles;
mod typed;
mod uploads;
mod view;
mod web;
mod worker;

/// Name and version of this program, as the journal records it.
pub(crate) const TOOL: &str = concat!("kho ", env!("CARGO_PKG_VERSION"));

fn main() -> ExitCode {
    cli::main()
}
