//! Tables that name files beside them: their rows become descriptions of those files.
//!
//! What a column means is guessed from its heading, and the guess is recorded with the table, so that an
//! archivist can see it and mend it. Nothing is guessed about a file: a row that names no file, or several,
//! describes nothing and is reported. A table decides nothing about access.

use std::collections::BTreeMap;

use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use kho_archive::record::{Record, RecordId, Text, bytes_of_raw};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Options;
use super::sources::Source;
use super::walk::Candidate;
use crate::media::describe::{self, Described, Field, FileNames, Mapping, Match};
use crate::media::names;
use crate::media::table::Table;
use crate::worker::{Task, Trouble, Workers};

/// The field of a record that holds what tables say of it, one entry for each row.
const DESCRIBED: &str = "described";

/// The field of a table's own record that holds how it was understood.
pub(super) const TABLE: &str = "table";

/// The field of an accession that names the records of its tables.
pub(super) const TABLES: &str = "tables";

/// Rows that are reported one by one; of the others there is only the number.
const MOST_REPORTED: usize = 1000;

/// The most records that one commit describes.
const BATCH: usize = 1000;

/// How a table was understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TableReport {
    /// Its path, readable.
    pub(crate) path: String,
    /// The heading of the column that names the files.
    pub(crate) file_column: String,
    /// The headings that were understood, each with the field that it stands for.
    pub(crate) columns: BTreeMap<String, String>,
    /// The headings that were not.
    pub(crate) unmapped: Vec<String>,
    /// Rows that say something.
    pub(crate) rows: usize,
    /// Files that are described now.
    pub(crate) described: usize,
    /// Rows that name no file of the folder, or several.
    pub(crate) without_file: Vec<LooseRow>,
    /// What was left out or looks wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<String>,
}

/// A row of a table that describes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LooseRow {
    /// The line, as people count.
    pub(crate) row: usize,
    /// The file as the row names it.
    pub(crate) file: String,
    /// How many files it fits.
    pub(crate) fits: usize,
}

/// Reads tables and describes what they name.
pub(super) struct Describing<'a> {
    pub(super) archive: &'a Archive,
    pub(super) options: &'a Options,
    pub(super) sources: &'a [Source],
    pub(super) workers: &'a Workers,
}

/// Whether a file may be a table, by its name; its content is looked at later.
pub(super) fn may_be_table(candidate: &Candidate) -> bool {
    let ending = names::split(candidate.raw.as_bytes()).map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| [&b"csv"[..], b"tsv", b"tab", b"xlsx", b"xlsm", b"xls", b"ods", b"json", b"xmp"].contains(&ending.as_slice()))
}

/// A table that was read, and what is known of the files around it.
struct Reading {
    holder: RecordId,
    path: String,
    table: Table,
    mapping: Mapping,
    /// The files below the folder of the table: as the table may name them, and the records that have them.
    names: FileNames,
    records: Vec<RecordId>,
}

impl Describing<'_> {
    /// Applies one table unless it was applied before; `None` if it names no files.
    pub(super) fn apply(&self, candidate: &Candidate) -> anyhow::Result<Option<TableReport>> {
        let Some(reading) = self.read(candidate)? else { return Ok(None) };
        let rows = describe::descriptions(&reading.table, &reading.mapping);
        let mut report = reading.report(rows.len());
        let mut by_record: BTreeMap<RecordId, Vec<Described>> = BTreeMap::new();
        for row in rows {
            let fits = match describe::match_file(&row.file, &reading.names) {
                Match::One(place) => {
                    by_record.entry(reading.records[place]).or_default().push(row);
                    continue;
                }
                Match::Several(places) => places.len(),
                Match::None => 0,
            };
            if report.without_file.len() < MOST_REPORTED {
                report.without_file.push(LooseRow { row: row.row, file: row.file, fits });
            }
        }
        report.described = by_record.len();
        let all: Vec<_> = by_record.into_iter().collect();
        for some in all.chunks(BATCH) {
            self.commit(&reading, |catalogue| some.iter().map(|(id, rows)| described(catalogue, *id, &reading, rows)).collect())?;
        }
        // The table says last that it was applied: a run that was cut off before is made up for by the next.
        let accession = self.sources[candidate.source].accession;
        self.commit(&reading, |catalogue| {
            Ok(vec![with_report(catalogue, reading.holder, &report)?, with_table(catalogue, accession, reading.holder)?])
        })?;
        Ok(Some(report))
    }

    fn commit(&self, reading: &Reading, plan: impl Fn(&Catalogue) -> anyhow::Result<Vec<Record>>) -> anyhow::Result<()> {
        let commit = |catalogue: &Catalogue| -> anyhow::Result<Option<Draft>> {
            let records = plan(catalogue)?;
            let reason = format!("ingest: descriptions from {}", reading.path);
            Ok(Some(Draft { actor: self.options.actor.clone(), reason, records, ..Draft::default() }))
        };
        self.archive.commit(commit)?;
        Ok(())
    }

    fn read(&self, candidate: &Candidate) -> anyhow::Result<Option<Reading>> {
        let source = &self.sources[candidate.source];
        let catalogue = self.archive.catalogue();
        let Some(standing) = catalogue.standing(source.accession, &source.root, &candidate.raw)? else { return Ok(None) };
        let (Some(record), Some(digest)) = (catalogue.record(standing.record)?, standing.digest) else { return Ok(None) };
        if is_applied(&record, &candidate.raw) {
            return Ok(None);
        }
        let path = names::readable(&bytes_of_raw(&candidate.raw)).0;
        let Some(table) = self.table(&digest, &path)? else { return Ok(None) };
        let folder = candidate.raw.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut files = Vec::new();
        let mut records = Vec::new();
        for raw in catalogue.standing_below(source.accession, &source.root, folder)? {
            let Some(standing) = catalogue.standing(source.accession, &source.root, &raw)?.filter(|_| raw != candidate.raw) else { continue };
            let below = raw.get(folder.len()..).unwrap_or(&raw).trim_start_matches('/');
            files.push(names::readable(&bytes_of_raw(below)).0);
            records.push(standing.record);
        }
        let names = FileNames::new(files.iter().map(String::as_str));
        let is_file = |name: &str| describe::match_file(name, &names) != Match::None;
        let Some(mapping) = describe::guess(&table.header, &table.rows, &is_file) else { return Ok(None) };
        Ok(Some(Reading { holder: record.id, path, table, mapping, names, records }))
    }

    /// Has a worker read a table; `None` if there is none to read.
    fn table(&self, digest: &kho_archive::digest::Digest, name: &str) -> anyhow::Result<Option<Table>> {
        // On stores without local files, tables are applied when they can be read as files.
        let Some(path) = self.archive.store().local(digest) else { return Ok(None) };
        match self.workers.ask(&Task::Table { name: name.to_owned() }, &path, self.archive.scratch()?) {
            Ok(answer) => Ok(Some(serde_json::from_slice(&answer)?)),
            Err(trouble @ Trouble::NoWorker(_)) => Err(trouble.into()),
            Err(_) => Ok(None),
        }
    }
}

impl Reading {
    fn report(&self, rows: usize) -> TableReport {
        let heading = |column: usize| self.table.header.get(column).map_or_else(|| format!("column {}", column + 1), |text| text.trim().to_owned());
        TableReport {
            path: self.path.clone(),
            file_column: heading(self.mapping.file),
            columns: self.mapping.columns.iter().map(|(column, field)| (heading(*column), field.name().to_owned())).collect(),
            unmapped: self.mapping.unmapped.iter().map(|column| heading(*column)).collect(),
            rows,
            problems: self.table.problems.clone(),
            ..TableReport::default()
        }
    }
}

/// Returns the next revision of a record, with what these rows say of it.
fn described(catalogue: &Catalogue, id: RecordId, reading: &Reading, rows: &[Described]) -> anyhow::Result<Record> {
    let mut record = next_revision(catalogue, id)?;
    for row in rows {
        for (field, words) in &row.values {
            match field {
                Field::Title if is_named_by_file(&record) => record.title = Text::from([("vi".to_owned(), words.clone())]),
                Field::Description => {
                    record.description.entry("vi".to_owned()).or_insert_with(|| words.clone());
                }
                _ => {}
            }
        }
        let mut says: Vec<Value> = row.values.iter().map(|(field, words)| json!([field.name(), words])).collect();
        says.extend(row.others.iter().map(|(heading, words)| json!([heading, words])));
        let entry = json!({"table": reading.holder, "row": row.row, "says": says});
        match record.fields.entry(DESCRIBED).or_insert_with(|| json!([])) {
            Value::Array(entries) => entries.push(entry),
            other => *other = json!([entry]),
        }
    }
    Ok(record)
}

/// Returns the next revision of the record of a table, which says how it was understood.
fn with_report(catalogue: &Catalogue, id: RecordId, report: &TableReport) -> anyhow::Result<Record> {
    let mut record = next_revision(catalogue, id)?;
    let report = serde_json::to_value(report)?;
    match record.fields.entry(TABLE).or_insert_with(|| json!([])) {
        Value::Array(reports) => reports.push(report),
        other => *other = json!([report]),
    }
    Ok(record)
}

/// Returns the next revision of an accession, which names the table.
fn with_table(catalogue: &Catalogue, accession: RecordId, table: RecordId) -> anyhow::Result<Record> {
    let mut record = next_revision(catalogue, accession)?;
    let known = record.fields.entry(TABLES).or_insert_with(|| json!([]));
    if let Value::Array(tables) = known
        && !tables.contains(&json!(table))
    {
        tables.push(json!(table));
    }
    Ok(record)
}

fn next_revision(catalogue: &Catalogue, id: RecordId) -> anyhow::Result<Record> {
    let mut record = catalogue.record(id)?.ok_or_else(|| anyhow::anyhow!("record {id} vanished from the catalogue"))?;
    record.revision += 1;
    Ok(record)
}

/// Whether what this file says was applied before.
fn is_applied(record: &Record, raw: &str) -> bool {
    let path = names::readable(&bytes_of_raw(raw)).0;
    let reports = record.fields.get(TABLE).and_then(Value::as_array).into_iter().flatten();
    reports.into_iter().any(|report| report["path"] == path.as_str())
}

/// Whether the title still is the one that the name of a file gave.
fn is_named_by_file(record: &Record) -> bool {
    let title = record.title_in("vi");
    let mut names = record.files.iter().flat_map(|file| &file.paths).map(|found| found.name.rsplit('/').next().unwrap_or_default());
    names.any(|name| name == title || names::split(name.as_bytes()).is_some_and(|(stem, _)| names::readable(stem).0 == title))
}

/// Returns the words of tables about a record, for searching.
pub(crate) fn words_of(record: &Record) -> Vec<String> {
    let entries = record.fields.get(DESCRIBED).and_then(Value::as_array).into_iter().flatten();
    let pairs = entries.filter_map(|entry| entry["says"].as_array()).flatten();
    pairs.filter_map(|pair| pair[1].as_str()).map(str::to_owned).collect()
}
