//! `kho rebuild`

use std::sync::Arc;

use kho_archive::Archive;

use super::{Common, End};
use crate::followers::{Followers, INDEX};
use crate::{TOOL, config, out};

/// Makes everything under cache/ again from blobs and journal: catalogue, readings, index, thumbnails. Viewers may go on
/// meanwhile: searches are answered by the index that is there until the new one is complete.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(common: &Common, _args: &Args) -> anyhow::Result<End> {
    let root = config::find_archive(common.archive.as_deref())?;
    out::note("Making catalogue, readings, index and thumbnails again …");
    let archive = Archive::open_anew(&root, TOOL, &[INDEX])?;
    Followers::rebuild(&archive, &Arc::default())?;
    out::line(format_args!("Everything is made again, up to commit {}.", archive.catch_up()?.sequence))?;
    Ok(End::Done)
}
