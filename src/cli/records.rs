//! `kho records`

use kho_archive::access::Viewer;
use kho_archive::date::Edtf;
use kho_archive::record::{Kind, Record};

use super::{Common, End};
use crate::config::{LookAs, UsageError};
use crate::derivative::Derivatives;
use crate::{claims, config, out, view};

/// Writes every record as JSON Lines, ordered by identifier.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only what was in this year or day or later: what some source dates so, be it in part (an extended date, EDTF).
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Only what was in this year or day or earlier.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
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
    let span = span(args.from.as_deref(), args.until.as_deref())?;
    let (catalogue, model) = (archive.catalogue(), archive.catalogue().model()?);
    let is_then = |record: &Record| span.as_ref().is_none_or(|span| claims::overlap(catalogue, &model, record, span));
    let mut outcome = Ok(());
    archive.catalogue().visit(kind.as_ref(), &mut |record| {
        if outcome.is_ok() {
            outcome = view::visible(&archive, record, &viewer).and_then(|record| match record {
                Some(record) if !is_then(&record) => Ok(()),
                Some(record) => view::record_json(&record, &derivatives).and_then(|json| out::json(&json)),
                None => Ok(()),
            });
        }
    })?;
    outcome?;
    Ok(End::Done)
}

/// Returns the span that is asked for; either end may be left open.
fn span(from: Option<&str>, until: Option<&str>) -> anyhow::Result<Option<Edtf>> {
    if from.is_none() && until.is_none() {
        return Ok(None);
    }
    let typed = format!("{}/{}", from.unwrap_or(".."), until.unwrap_or(".."));
    let span =
        typed.parse().map_err(|error| UsageError(format!("{typed} is no span of time ({error}); write years or days, like 1700 or 1850-12-31")));
    Ok(Some(span?))
}
