//! What was counted of a practice, survey by survey. Nothing is filled in between: 0, unknown and not recorded stay apart.

use askama::Template;
use kho_archive::date::Dated;
use kho_archive::record::{Kind, Record};
use serde_json::Value;

use super::said::{Cell, Reading};
use crate::web::app::App;
use crate::web::in_words::nfc;
use crate::web::page::Reader;
use crate::web::texts::Texts;

/// What is counted; the first two are shown even if nobody counted them.
const COUNTED: [&str; 9] =
    ["all_households", "craft_households", "hand_households", "workers", "bearers", "learners", "revenue", "income", "effective"];
const ALWAYS: [&str; 2] = ["all_households", "craft_households"];

/// The surveys of a practice, as a table.
#[derive(Template)]
#[template(path = "record/series.html")]
pub(super) struct Series {
    t: Texts,
    columns: Vec<String>,
    rows: Vec<Row>,
    has_notes: bool,
}

struct Row {
    date: Cell,
    href: String,
    /// What each number is called, and the number.
    cells: Vec<(String, Cell)>,
    note: String,
}

/// Returns the surveys of a practice that the reader may see, the earliest first.
pub(super) fn surveys(app: &App, reader: &Reader, practice: &Record) -> anyhow::Result<Vec<Record>> {
    if practice.kind != Kind::from("practice") {
        return Ok(Vec::new());
    }
    let id = practice.id.to_string();
    let mut surveys = Vec::new();
    for referrer in app.archive.catalogue().referrers_by(practice.id, &["practice"])? {
        if referrer.kind == Kind::from("survey") {
            let seen = app.record(&reader.visitor.viewer, &referrer.id.to_string())?;
            surveys.extend(seen.filter(|survey| survey.fields.get("practice").is_some_and(|practice| practice == id.as_str())));
        }
    }
    surveys.sort_by_cached_key(|survey| (day(survey), survey.id));
    Ok(surveys)
}

/// The last day on which a survey may have been made. What has no date comes first.
pub(super) fn day(survey: &Record) -> Option<jiff::civil::Date> {
    let dated: Dated = serde_json::from_value(survey.fields.get("date")?.clone()).ok()?;
    dated.when().map(|date| date.bounds().1)
}

/// Returns the series as a table; `None` if there was no survey.
pub(super) fn of(reader: &Reader, reading: &Reading<'_>, surveys: &[Record]) -> anyhow::Result<Option<Series>> {
    if surveys.is_empty() {
        return Ok(None);
    }
    let is_counted = |name: &&str| ALWAYS.contains(name) || surveys.iter().any(|survey| survey.fields.contains_key(*name));
    let names: Vec<&str> = COUNTED.into_iter().filter(is_counted).collect();
    let columns = names.iter().map(|name| reading.label("survey", name)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    for survey in surveys {
        let cell = |name: &str| reading.cell("survey", name, &survey.fields);
        let cells = columns.iter().zip(&names).map(|(label, name)| Ok((label.clone(), cell(name)?)));
        rows.push(Row {
            date: cell("date")?,
            href: format!("/r/{}", survey.id),
            cells: cells.collect::<anyhow::Result<_>>()?,
            note: note(reader, survey),
        });
    }
    Ok(Some(Series { t: reader.texts.clone(), columns, has_notes: rows.iter().any(|row| !row.note.is_empty()), rows }))
}

/// What the surveyors said of their numbers: that they are guesses, which form they used.
fn note(reader: &Reader, survey: &Record) -> String {
    let words = survey.description.get(reader.texts.language()).or_else(|| survey.description.values().next()).map(|words| nfc(words));
    let form = survey.fields.get("form").and_then(Value::as_str).map(nfc);
    words.into_iter().chain(form).collect::<Vec<_>>().join(" · ")
}
