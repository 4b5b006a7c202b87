//! `kho doctor`

use super::{Common, End};
use crate::doctor::{self, State};
use crate::{config, out};

/// Says what is installed, what is missing, and what that costs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let root = config::find_archive(common.archive.as_deref()).ok();
    let findings = doctor::examine(root.as_deref());
    if args.json {
        out::json(&findings)?;
    } else {
        for finding in &findings {
            out::line(format_args!("{:<8} {}: {}", finding.state.word(), finding.what, finding.note))?;
        }
    }
    let is_ill = findings.iter().any(|finding| finding.state == State::Wrong);
    Ok(if is_ill { End::WithProblems } else { End::Done })
}
