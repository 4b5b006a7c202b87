//! `kho new`

use std::sync::Arc;

use anyhow::Context as _;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use kho_archive::model::Problem;
use kho_archive::record::{Kind, Record, Text};

use super::{Common, End};
use crate::config::UsageError;
use crate::followers::Followers;
use crate::typed::{self, Change, Names, TypedError, Typing};
use crate::{config, out};

/// Makes a record of a craft, a person, a place or whatever else the model knows.
///
/// What is still missing in it is told; it can be filled in later with `kho set`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The kind, as `kho model` lists them.
    kind: String,
    /// Its fields, as in `kho set`; a title is needed.
    #[arg(required = true, value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// Why, in one line, for the journal.
    #[arg(long)]
    reason: Option<String>,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let actor = config::actor(common.actor.as_deref());
    let changes = args.fields.iter().map(|change| Change::read(change)).collect::<Result<Vec<_>, _>>()?;
    let empty = Record::new(archive.free_id()?, Kind::from(args.kind.as_str()), Text::new());
    let mut made = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let (record, gaps) = filled_in(&empty, &changes, catalogue, &actor)?;
        made = Some((record.clone(), gaps));
        let reason = args.reason.clone().unwrap_or_else(|| format!("new {}", args.kind));
        Ok(Some(Draft { actor: actor.clone(), reason, records: vec![record], events: Vec::new() }))
    })?;
    Followers::open(&archive, &Arc::default(), false)?.catch_up().context("The record is kept, but the search index is behind")?;
    let (record, gaps) = made.context("nothing was made")?;
    gaps.iter().for_each(out::note);
    if args.json {
        out::json(&record)?;
    } else {
        out::line(format_args!("{}  {}  {}", record.id.grouped(), record.kind, record.title_in("vi")))?;
    }
    Ok(End::Done)
}

/// Returns the record and what is still missing in it. A wrong value is an error; a field that nobody filled in is none.
fn filled_in(empty: &Record, changes: &[Change], catalogue: &Catalogue, actor: &str) -> anyhow::Result<(Record, Vec<Problem>)> {
    let (model, names) = (catalogue.model()?, Names::new(catalogue));
    let kind = empty.kind.as_str();
    if !model.kinds().any(|(code, _)| code == kind) || ["accession", "image", "film", "sound", "document", "file"].contains(&kind) {
        let advice = "`kho model` lists the kinds; files and deliveries come in with `kho ingest`";
        return Err(UsageError(format!("{kind:?} is no kind that can be made like this; {advice}")).into());
    }
    let mut record = empty.clone();
    for change in changes {
        typed::apply(&mut record, change, &Typing::new(&model, &names), actor)?;
    }
    if record.title.is_empty() {
        return Err(UsageError("a record needs a title: add title=\"…\"".to_owned()).into());
    }
    let (gaps, wrong): (Vec<Problem>, Vec<Problem>) = model.check(&record).into_iter().filter(Problem::is_grave).partition(typed::is_open_gap);
    match wrong.into_iter().next() {
        Some(problem) => Err(TypedError::Wrong(problem).into()),
        None => Ok((record, gaps)),
    }
}
