//! `kho serve`

use super::{Common, End};
use crate::{config, web};

/// Serves the viewer on this machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address and port; port 0 takes a free one. The default is in kho.toml.
    #[arg(long, env = "KHO_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<String>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let listen = args.listen.clone().unwrap_or_else(|| archive.settings().serve.listen.clone());
    web::serve(archive, &listen)?;
    Ok(End::Done)
}
