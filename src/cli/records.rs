//! `kho records`

use kho_archive::access::Viewer;
use kho_archive::record::Kind;

use super::{Common, End};
use crate::config::LookAs;
use crate::derivative::Derivatives;
use crate::{config, out, view};

/// Writes every record as JSON Lines, ordered by identifier.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Look as somebody else.
    #[arg(long = "as", value_enum, default_value_t)]
    look_as: LookAs,
    /// Accepted for symmetry: records are always JSON Lines.
    #[arg(long, hide = true)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let viewer = Viewer::today(args.look_as.who());
    let derivatives = Derivatives::of(&archive);
    let kind = args.kind.as_deref().map(Kind::from);
    let mut outcome = Ok(());
    archive.catalogue().visit(kind.as_ref(), &mut |record| {
        if outcome.is_ok() {
            outcome = view::visible(&archive, record, &viewer).and_then(|record| match record {
                Some(record) => view::record_json(&record, &derivatives).and_then(|json| out::json(&json)),
                None => Ok(()),
            });
        }
    })?;
    outcome?;
    Ok(End::Done)
}
