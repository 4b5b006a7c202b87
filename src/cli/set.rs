//! `kho set`

use std::sync::Arc;

use anyhow::Context as _;
use kho_archive::journal::Draft;
use kho_archive::record::RecordId;
use serde_json::json;

use super::{Common, End};
use crate::followers::Followers;
use crate::typed::{self, Change, Names, TypedError, Typing};
use crate::{config, out};

/// Changes a record; what was there before stays in its history.
///
/// Fields: title, title.vi, title.en, description, description.vi, description.en, access (a level), access.reason,
/// access.until (a day like 2030-12-31), access.groups, access.stub, access.seasons (like 15/8 âm lịch), and the fields of
/// the model for the kind of the record, which `kho model --kind KIND` lists. FIELD+=VALUE adds to a list; `;` parts several
/// values; another record is named by its identifier, its code or its title. An empty value takes a field away. A person who
/// gets another title keeps the old one as a spelling found.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The identifier, as on the label.
    id: String,
    /// What to change.
    #[arg(required = true, value_name = "FIELD=VALUE")]
    changes: Vec<String>,
    /// Why, in one line, for the journal.
    #[arg(long)]
    reason: Option<String>,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let id: RecordId = args.id.parse()?;
    let archive = config::open_archive(common.archive.as_deref())?;
    let actor = config::actor(common.actor.as_deref());
    let changes = args.changes.iter().map(|change| Change::read(change)).collect::<Result<Vec<_>, _>>()?;
    let mut outcome = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        outcome = None;
        let Some(before) = catalogue.record(id)? else { return Ok(None) };
        let mut record = before.clone();
        let (model, names) = (catalogue.model()?, Names::new(catalogue));
        for change in &changes {
            typed::apply(&mut record, change, &Typing::new(&model, &names), &actor)?;
        }
        // A name that was written otherwise is looked for as it was written.
        if record.kind.as_str() == "person" {
            typed::keep_found_spelling(&mut record, &before);
        }
        if let Some(problem) = typed::problems_of_change(&model, &before, &record).into_iter().next() {
            return Err(TypedError::Wrong(problem).into());
        }
        if record == before {
            outcome = Some(before);
            return Ok(None);
        }
        record.revision += 1;
        outcome = Some(record.clone());
        let reason = args.reason.clone().unwrap_or_else(|| "set".to_owned());
        Ok(Some(Draft { actor: actor.clone(), reason, records: vec![record], events: Vec::new() }))
    })?;
    Followers::open(&archive, &Arc::default(), false)?.catch_up().context("The change is kept, but the search index is behind")?;
    match &outcome {
        Some(record) if args.json => out::json(record)?,
        Some(record) => out::line(format_args!("{} is now revision {}: {}", record.id.grouped(), record.revision, record.title_in("vi")))?,
        None if args.json => out::json(&json!({"id": args.id, "error": "not found"}))?,
        None => out::line(format_args!("{}: not found", args.id))?,
    }
    Ok(if outcome.is_some() { End::Done } else { End::WithProblems })
}
