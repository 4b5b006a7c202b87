//! Journeys: the shipped program, used from outside as people use it.
//!
//! Tests that need `../shared` say in one line that it is absent, and what they would have shown.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod access;
mod accounts;
mod archive;
mod corpus;
mod crafts;
mod cuts;
mod desk;
mod desk_import;
mod erase;
mod films;
mod iiif;
mod images;
mod ingest;
mod kept;
mod kho;
mod kill;
mod kiosk;
mod machines;
mod person;
mod rebuild;
mod repair;
mod scenarios;
mod search;
mod search_cases;
mod strace;
mod tables;
mod tables_out;
mod terms;
mod transcripts;
mod uploads;
mod viewer;
mod ways;
