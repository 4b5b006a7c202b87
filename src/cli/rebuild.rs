//! `kho rebuild`

use std::sync::Arc;

use kho_archive::Archive;

use super::{Common, End};
use crate::followers::Followers;
use crate::{TOOL, config, out};

/// Makes everything under cache/ again from blobs and journal: catalogue, readings, index, thumbnails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(common: &Common, _args: &Args) -> anyhow::Result<End> {
    let root = config::find_archive(common.archive.as_deref())?;
    out::note("Making catalogue, readings, index and thumbnails again …");
    let archive = Archive::open_anew(&root, TOOL)?;
    Followers::open(&archive, &Arc::default(), true)?.catch_up()?;
    out::line(format_args!("Everything is made again, up to commit {}.", archive.catch_up()?.sequence))?;
    Ok(End::Done)
}
