//! Tables in: the rows of a CSV or a workbook become records, found again by their key.
//!
//! A worker lays the rows out in one plain form ([`rows`]); a [`Mapping`] says which column is which field; then the rows go
//! by twice: once to count the keys, once to become records ([`planner`]) or entries in lists of records ([`entries`]), in
//! commits of a thousand. No more than one such batch is ever in memory. A second run of the same table changes nothing, and a run that was cut off is made up for by
//! the next.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::Decision;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use serde::Serialize;

use crate::config::UsageError;
use crate::media::table::Row;
use crate::worker::Workers;

mod entries;
mod guess;
mod map;
mod mapping;
mod planner;
mod rows;

pub(crate) use guess::column as column_of;
pub(crate) use map::{Column, Map};
pub(crate) use mapping::Mapping;
pub(crate) use planner::{Outcome, Reason, RowReport};
pub(crate) use rows::{GUARDED, lay_out};

use planner::Planner;
use rows::Rows;

/// The most rows that become one commit.
const BATCH: usize = 1000;

/// Titles and remarks stand above the header in this many rows at most.
const ROWS_BEFORE_HEADER: usize = 20;

/// What is to be done with a table.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What the columns mean; guessed from the headings if nobody says it.
    pub(crate) map: Option<Map>,
    /// What the rows describe; goes before what the map says.
    pub(crate) kind: Option<String>,
    /// The access of new records; known ones keep theirs.
    pub(crate) access: Decision,
    /// Who does it.
    pub(crate) actor: String,
    /// Only look: nothing is kept.
    pub(crate) dry_run: bool,
    /// Leave cells out that refer to what is not there yet, in place of refusing the row: a second run fills them.
    pub(crate) leave_missing: bool,
}

/// A table that was read and understood, and not yet brought in: what a preview shows.
pub(crate) struct Prepared {
    /// The name of the table, for people.
    pub(crate) name: String,
    /// What the columns mean, as a map that can be written down and mended.
    pub(crate) map: Map,
    /// Whether the map was guessed.
    pub(crate) is_guessed: bool,
    /// How the bytes were read; `None` for workbooks, which say it themselves.
    pub(crate) encoding: Option<String>,
    /// Whether another encoding is possible.
    pub(crate) is_encoding_guessed: bool,
    /// What was left out or looks wrong.
    pub(crate) problems: Vec<String>,
    mapping: Mapping,
    rows: Rows,
    /// The row of the header.
    header_at: usize,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub(crate) rows: usize,
    pub(crate) created: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    pub(crate) refused: usize,
    /// Records that rows speak of and that were made for them.
    pub(crate) made: usize,
}

/// A table that was read, with a guess or a map of what its columns mean.
pub(crate) struct Looked {
    /// The name of the table, for people.
    pub(crate) name: String,
    /// The headings.
    pub(crate) header: Vec<String>,
    /// What the columns mean; may be changed before the table is prepared.
    pub(crate) map: Map,
    /// Whether the map was guessed.
    pub(crate) is_guessed: bool,
    encoding: Option<String>,
    is_encoding_guessed: bool,
    problems: Vec<String>,
    rows: Rows,
    header_at: usize,
}

/// Reads a table and finds out what its columns mean. Nothing is kept.
pub(crate) fn prepare(archive: &Archive, workers: &Workers, table: &Path, options: &Options) -> anyhow::Result<Prepared> {
    look(archive, workers, table, options)?.prepare(archive)
}

/// Reads a table and guesses what its columns mean, or takes the map that is given. Nothing is kept.
pub(crate) fn look(archive: &Archive, workers: &Workers, table: &Path, options: &Options) -> anyhow::Result<Looked> {
    let name = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (rows, found) = Rows::read(archive, workers, table, &name)?;
    let model = archive.catalogue().model()?;
    let first = rows.iter()?.take(ROWS_BEFORE_HEADER).collect::<anyhow::Result<Vec<_>>>()?;
    let kind = options.kind.clone().or_else(|| options.map.as_ref().and_then(|map| map.kind.clone()));
    let kind = kind.filter(|kind| model.kinds().any(|(code, _)| code == kind)).ok_or_else(|| {
        UsageError(format!("what do the rows of {name} describe? Say it with --kind KIND or in the map; `kho model` lists the kinds"))
    })?;
    let score = |row: &Row| match &options.map {
        Some(map) => map.known_headings(&row.cells),
        None => guess::guess(&model, &kind, &row.cells).columns.len(),
    };
    let best = first.iter().map(score).max().unwrap_or(0);
    let header = first.iter().find(|row| score(row) == best).ok_or_else(|| UsageError(format!("the table {name} holds no row")))?;
    let mut map = options.map.clone().unwrap_or_else(|| guess::guess(&model, &kind, &header.cells));
    map.kind = Some(kind);
    let mut problems = found.problems;
    let above = first.iter().take_while(|row| row.number < header.number);
    problems.extend(above.map(|row| format!("row {} stands above the header and was passed over", row.number)));
    Ok(Looked {
        name,
        header: header.cells.clone(),
        map,
        is_guessed: options.map.is_none(),
        encoding: found.encoding,
        is_encoding_guessed: found.is_guess,
        problems,
        header_at: header.number,
        rows,
    })
}

impl Looked {
    /// Lays the map onto the headings.
    pub(crate) fn prepare(self, archive: &Archive) -> anyhow::Result<Prepared> {
        let model = archive.catalogue().model()?;
        let mapping = Mapping::new(&self.map, &self.header, &model).with_context(|| format!("The columns of {} do not fit", self.name))?;
        Ok(Prepared {
            name: self.name,
            is_guessed: self.is_guessed,
            map: self.map,
            encoding: self.encoding,
            is_encoding_guessed: self.is_encoding_guessed,
            problems: self.problems,
            mapping,
            header_at: self.header_at,
            rows: self.rows,
        })
    }

    /// How the bytes were read, and whether another encoding is possible; `None` for workbooks.
    pub(crate) fn encoding(&self) -> Option<(&str, bool)> {
        self.encoding.as_deref().map(|encoding| (encoding, self.is_encoding_guessed))
    }

    /// The row of the header.
    pub(crate) fn header_at(&self) -> usize {
        self.header_at
    }

    /// Returns the first rows below the header.
    pub(crate) fn first_rows(&self, count: usize) -> anyhow::Result<Vec<Row>> {
        let below = self.rows.iter()?.filter(|row| row.as_ref().map_or(true, |row| row.number > self.header_at));
        below.take(count).collect()
    }
}

/// Brings the rows of a table in, or only says what would become of them; `tell` hears of each row.
pub(crate) fn run(
    archive: &Archive, prepared: &Prepared, options: &Options, tell: &mut dyn FnMut(&RowReport) -> anyhow::Result<()>,
) -> anyhow::Result<Totals> {
    archive.sweep()?;
    let twice = keys_that_stand_twice(prepared)?;
    let model = archive.catalogue().model()?;
    let planner = Planner::new(archive, &model, &prepared.mapping, options, &twice);
    let mut totals = Totals::default();
    let mut batch = Vec::with_capacity(BATCH);
    for row in prepared.rows_below_header()? {
        batch.push(row?);
        if batch.len() == BATCH {
            bring_in(archive, &planner, prepared, options, &batch, &mut totals, tell)?;
            batch.clear();
        }
    }
    bring_in(archive, &planner, prepared, options, &batch, &mut totals, tell)?;
    Ok(totals)
}

/// Makes one commit of a batch of rows.
fn bring_in(
    archive: &Archive, planner: &Planner<'_>, prepared: &Prepared, options: &Options, rows: &[Row], totals: &mut Totals,
    tell: &mut dyn FnMut(&RowReport) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut planned = (Vec::new(), 0);
    let mut plan = |catalogue: &Catalogue| -> anyhow::Result<Option<Draft>> {
        let plan = planner.plan(catalogue, rows)?;
        planned = (plan.reports, plan.made);
        let draft = Draft { actor: options.actor.clone(), reason: format!("import: {}", prepared.name), records: plan.records, ..Draft::default() };
        Ok((!draft.records.is_empty()).then_some(draft))
    };
    if options.dry_run {
        plan(archive.catalogue())?;
    } else {
        archive.commit(plan)?;
    }
    planner.settle(archive.catalogue())?;
    let (reports, made) = planned;
    totals.made += made;
    for report in &reports {
        totals.count(report);
        tell(report)?;
    }
    Ok(())
}

/// Returns the keys that stand in several rows, with the numbers of those rows: nobody knows which of them is right.
fn keys_that_stand_twice(prepared: &Prepared) -> anyhow::Result<HashMap<String, Vec<usize>>> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut twice: HashMap<String, Vec<usize>> = HashMap::new();
    if prepared.mapping.entries.is_some() {
        return Ok(twice);
    }
    for row in prepared.rows_below_header()? {
        let row = row?;
        let Some(key) = prepared.mapping.key_of(&row) else { continue };
        match first.get(&key) {
            Some(earlier) => twice.entry(key).or_insert_with(|| vec![*earlier]).push(row.number),
            None => drop(first.insert(key, row.number)),
        }
    }
    Ok(twice)
}

impl Prepared {
    fn rows_below_header(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Row>>> {
        let header_at = self.header_at;
        Ok(self.rows.iter()?.filter(move |row| row.as_ref().map_or(true, |row| row.number > header_at)))
    }
}

impl Totals {
    fn count(&mut self, report: &RowReport) {
        self.rows += 1;
        match report.outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Refused => self.refused += 1,
        }
    }
}
