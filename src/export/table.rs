//! Tables out: one row for each record, one column for each field that somebody filled in.
//!
//! The rows stand in the order of their codes and nothing in a table says when or where it was made: the same head of the
//! journal gives the same bytes. Other records are named by their codes, so that a table of one kind comes in again by
//! `kho import`, in this archive or in another. An empty cell is what nobody said; *unknown*, *none*, *not applicable* and 0
//! are written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::Viewer;
use kho_archive::record::{Kind, Record, RecordId};

use crate::config::UsageError;

mod cell;
mod columns;
mod workbook;

use cell::{Cell, Writing};
use columns::{Column, Columns};

/// What describes other records, and goes out only when it is asked for by name.
const APART: [&str; 3] = ["term", "model", "consent"];

/// The heading of the kind, in tables of several.
const KIND: &str = "kind";

/// The form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text with commas.
    Csv,
    /// A workbook, one sheet for each kind.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
}

/// What is wanted.
pub(crate) struct Wanted {
    /// Only this kind.
    pub(crate) kind: Option<String>,
    /// Only these; `None` for all.
    pub(crate) ids: Option<Vec<RecordId>>,
    /// Who will read it: nothing else is in the table than what they may see.
    pub(crate) viewer: Viewer,
}

/// The records of one kind, in order, and what is said of them.
struct Sheet {
    kind: String,
    /// The codes, and what they stand for; several records may have one code.
    ids: BTreeSet<(String, RecordId)>,
    columns: Columns,
}

impl Form {
    /// Returns the form that the name of a file asks for.
    pub(crate) fn of(path: &Path) -> Result<Self, UsageError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("jsonl") => Ok(Self::Jsonl),
            _ => Err(UsageError(format!("{} says no form; let it end in .csv, .xlsx or .jsonl", path.display()))),
        }
    }
}

/// Writes a table; returns how many records are in it. A file that is there is replaced when the new one is whole.
pub(crate) fn write(archive: &Archive, wanted: &Wanted, to: &Path) -> anyhow::Result<usize> {
    let form = Form::of(to)?;
    let writing = Writing::new(archive, wanted)?;
    let sheets = sheets(archive, &writing, wanted)?;
    let partial = beside(to);
    let file = File::create(&partial).with_context(|| format!("Failed to write {}", partial.display()))?;
    let written = match form {
        Form::Csv => as_csv(&writing, &sheets, wanted, BufWriter::new(file)),
        Form::Jsonl => as_lines(&writing, &sheets, wanted, BufWriter::new(file)),
        Form::Xlsx => workbook::write(&writing, &sheets, BufWriter::new(file)),
    };
    let kept = written.and_then(|()| fs::rename(&partial, to).with_context(|| format!("Failed to write {}", to.display())));
    if kept.is_err() {
        // What is half written helps nobody.
        let _ = fs::remove_file(&partial);
    }
    kept?;
    Ok(sheets.iter().map(|sheet| sheet.ids.len()).sum())
}

/// Returns a table as CSV, of a few records.
pub(crate) fn csv(archive: &Archive, wanted: &Wanted) -> anyhow::Result<Vec<u8>> {
    let writing = Writing::new(archive, wanted)?;
    let mut table = Vec::new();
    as_csv(&writing, &sheets(archive, &writing, wanted)?, wanted, &mut table)?;
    Ok(table)
}

/// Finds out which records there are for the viewer, and which columns they need.
fn sheets(archive: &Archive, writing: &Writing<'_>, wanted: &Wanted) -> anyhow::Result<Vec<Sheet>> {
    let model = writing.model();
    let only = wanted.kind.as_deref();
    if let Some(kind) = only.filter(|only| model.kinds().all(|(code, _)| code != *only)) {
        return Err(UsageError(format!("there is no kind {kind:?}; `kho model` lists them")).into());
    }
    let mut sheets: BTreeMap<String, Sheet> = BTreeMap::new();
    let mut outcome = Ok(());
    let mut note = |record: Record| {
        let is_apart = only.is_none() && wanted.ids.is_none() && APART.contains(&record.kind.as_str());
        if outcome.is_err() || is_apart {
            return;
        }
        match writing.visible(&record) {
            Ok(Some(record)) => {
                let kind = record.kind.to_string();
                let sheet = sheets.entry(kind.clone()).or_insert_with(|| Sheet { kind, ids: BTreeSet::new(), columns: Columns::default() });
                sheet.ids.insert((cell::code_of(&record), record.id));
                sheet.columns.note(&record, model);
            }
            Ok(None) => {}
            Err(error) => outcome = Err(error),
        }
    };
    match &wanted.ids {
        Some(ids) => archive.catalogue().records(ids.iter().copied())?.into_iter().flatten().for_each(note),
        None => archive.catalogue().visit(only.map(Kind::from).as_ref(), &mut note)?,
    }
    outcome?;
    Ok(sheets.into_values().collect())
}

/// Shows the rows of a sheet one by one.
fn visit(writing: &Writing<'_>, sheet: &Sheet, columns: &[Column], tell: &mut dyn FnMut(Vec<Cell>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    for (_, id) in &sheet.ids {
        // Somebody may have closed it since.
        let Some(record) = writing.record(*id)? else { continue };
        tell(columns.iter().map(|column| writing.cell(&record, column)).collect::<anyhow::Result<_>>()?)?;
    }
    Ok(())
}

/// All columns of all sheets: of one kind in the order of its fields, of several those of each kind behind each other.
fn all_columns(sheets: &[Sheet], writing: &Writing<'_>) -> Vec<Column> {
    let mut all: Vec<Column> = Vec::new();
    for column in sheets.iter().flat_map(|sheet| sheet.columns.in_order(writing.model(), &sheet.kind)) {
        if !all.contains(&column) {
            all.push(column);
        }
    }
    all
}

fn as_csv(writing: &Writing<'_>, sheets: &[Sheet], wanted: &Wanted, mut to: impl Write) -> anyhow::Result<()> {
    // With this mark spreadsheets read the marks of Vietnamese rightly.
    to.write_all("\u{feff}".as_bytes())?;
    let mut table = csv::Writer::from_writer(to);
    let columns = all_columns(sheets, writing);
    let kind_of = |kind: &str| wanted.kind.is_none().then(|| kind.to_owned());
    table.write_record(kind_of(KIND).into_iter().chain(columns.iter().map(Column::heading)))?;
    for sheet in sheets {
        visit(writing, sheet, &columns, &mut |cells| {
            let cells = cells.iter().map(|cell| guarded(&cell.words()));
            Ok(table.write_record(kind_of(&sheet.kind).into_iter().chain(cells))?)
        })?;
    }
    Ok(table.flush()?)
}

fn as_lines(writing: &Writing<'_>, sheets: &[Sheet], wanted: &Wanted, mut to: impl Write) -> anyhow::Result<()> {
    for sheet in sheets {
        let columns = sheet.columns.in_order(writing.model(), &sheet.kind);
        visit(writing, sheet, &columns, &mut |cells| {
            let mut line = serde_json::Map::new();
            if wanted.kind.is_none() {
                line.insert(KIND.to_owned(), sheet.kind.clone().into());
            }
            let said = columns.iter().zip(cells).filter_map(|(column, cell)| Some((column.heading(), cell.json()?)));
            line.extend(said);
            serde_json::to_writer(&mut to, &line)?;
            Ok(to.write_all(b"\n")?)
        })?;
    }
    Ok(to.flush()?)
}

/// Keeps a spreadsheet from taking words for a formula: an apostrophe stands before whatever begins like one. `kho import`
/// takes it off again, and only where such a sign follows; numbers need none.
fn guarded(words: &str) -> String {
    let is_number = words.parse::<f64>().is_ok();
    let is_risky = words.starts_with(crate::import::GUARDED) && !is_number;
    if is_risky { format!("'{words}") } else { words.to_owned() }
}

/// A file beside the one that is wanted.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}
