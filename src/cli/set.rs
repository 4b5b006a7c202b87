//! `kho set`

use std::sync::Arc;

use anyhow::Context as _;
use kho_archive::access::Decision;
use kho_archive::journal::Draft;
use kho_archive::record::{Record, RecordId, Text};
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::{Common, End};
use crate::config::UsageError;
use crate::followers::Followers;
use crate::{config, out};

/// Changes a record; what was there before stays in its history.
///
/// Fields: title, title.vi, title.en, description, description.vi, description.en, access (a level),
/// access.reason, access.until (a day like 2030-12-31). An empty value takes a field away.
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
    let changes = args.changes.iter().map(|change| split(change)).collect::<Result<Vec<_>, _>>()?;
    let mut outcome = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        outcome = None;
        let Some(before) = catalogue.record(id)? else { return Ok(None) };
        let mut record = before.clone();
        for (field, value) in &changes {
            set(&mut record, field, value, &actor)?;
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

fn split(change: &str) -> Result<(&str, &str), UsageError> {
    change.split_once('=').ok_or_else(|| UsageError(format!("{change:?} is no change: FIELD=VALUE is expected, as in title.en=\"Fish trap\"")))
}

fn set(record: &mut Record, field: &str, value: &str, actor: &str) -> anyhow::Result<()> {
    match field.split_once('.').unwrap_or((field, "")) {
        ("title", language) => {
            set_text(&mut record.title, language, value);
            if record.title.is_empty() {
                return Err(UsageError("a record needs a title in at least one language".to_owned()).into());
            }
        }
        ("description", language) => set_text(&mut record.description, language, value),
        ("access", "") => {
            let level = value.parse()?;
            if record.access.level != level {
                record.access = Decision::new(level, actor, jiff::ZonedDateTime::now().date());
            }
        }
        ("access", "reason") => record.access.reason = given(value),
        ("access", "until") => record.access.until = given(value).map(|day| day.parse().map_err(|_| bad_day(&day))).transpose()?,
        _ => {
            let known = "title, title.LANGUAGE, description, description.LANGUAGE, access, access.reason, access.until";
            return Err(UsageError(format!("{field:?} is no field that can be set; there are {known}")).into());
        }
    }
    Ok(())
}

fn set_text(text: &mut Text, language: &str, value: &str) {
    let language = if language.is_empty() { "vi" } else { language };
    // Typed text is stored as it is; only a change that no reader could see is no change.
    let is_same = text.get(language).is_some_and(|old| old.nfc().eq(value.nfc()));
    match given(value) {
        Some(_) if is_same => {}
        Some(value) => drop(text.insert(language.to_owned(), value)),
        None => drop(text.remove(language)),
    }
}

fn given(value: &str) -> Option<String> {
    (!value.trim().is_empty()).then(|| value.to_owned())
}

fn bad_day(day: &str) -> UsageError {
    UsageError(format!("{day:?} is no day; write it like 2030-12-31"))
}
