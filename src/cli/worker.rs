//! `kho worker`

use super::End;
use crate::worker::{MEMORY, inside};

/// Parses and decodes for another kho: started by kho itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Memory that it may have, in bytes of address space.
    #[arg(default_value_t = MEMORY)]
    memory: u64,
}

/// Answers what another kho asks, until that one ends.
pub(crate) fn run(args: &Args) -> anyhow::Result<End> {
    inside::run(args.memory)?;
    Ok(End::Done)
}
