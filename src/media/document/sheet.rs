//! Workbooks: rows as lines, cells separated by tabs.

mod old;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;
use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, XlsError, Xlsx};

use super::writing::Writing;
use super::zip_part::Package;
use super::{ENCRYPTED, Words};

/// Reads a workbook of today, cell after cell: a single cell far away must not make a table of everything
/// before it.
///
/// # Errors
/// When it cannot be opened as a workbook.
pub(super) fn read(path: &Path) -> anyhow::Result<Words> {
    check(path)?;
    let mut workbook: Xlsx<BufReader<File>> = calamine::open_workbook(path).context("the workbook cannot be opened")?;
    let (mut writing, mut problem) = (Writing::default(), None);
    for name in workbook.sheet_names() {
        if writing.is_full() {
            break;
        }
        begin(&mut writing, &name);
        if let Err(error) = cells(&mut workbook, &name, &mut writing) {
            problem = Some(format!("its sheet {name} could not be read whole: {error}"));
        }
    }
    let title = workbook.workbook_properties().ok().and_then(|properties| properties.title);
    Ok(Words::of(writing, title, problem))
}

/// Reads a workbook of Excel 5 to 2003 ([MS-XLS]).
///
/// # Errors
/// When it cannot be opened as a workbook.
pub(super) fn read_old(path: &Path) -> anyhow::Result<Words> {
    old::check(path)?;
    let mut workbook: Xls<BufReader<File>> = match calamine::open_workbook(path) {
        Ok(workbook) => workbook,
        Err(XlsError::Password) => return Ok(Words::only(ENCRYPTED)),
        Err(error) => return Err(anyhow::Error::new(error).context("the workbook cannot be opened")),
    };
    let mut writing = Writing::default();
    for name in workbook.sheet_names() {
        let Ok(range) = workbook.worksheet_range(&name) else { continue };
        begin(&mut writing, &name);
        for row in range.rows() {
            if writing.is_full() {
                break;
            }
            for (column, cell) in row.iter().enumerate() {
                if column > 0 {
                    writing.push_char('\t');
                }
                writing.push(&one_line(&words(cell)));
            }
            writing.fresh_line();
        }
    }
    let title = workbook.workbook_properties().ok().and_then(|properties| properties.title);
    Ok(Words::of(writing, title, None))
}

/// `calamine` keeps all shared strings and styles in memory: they are measured by inflating them first.
fn check(path: &Path) -> anyhow::Result<()> {
    let mut package = Package::open(path)?;
    for name in ["xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"] {
        if let Ok(mut part) = package.part(name) {
            std::io::copy(&mut part, &mut std::io::sink()).with_context(|| format!("its part {name} cannot be read"))?;
        }
    }
    Ok(())
}

fn begin(writing: &mut Writing, name: &str) {
    writing.line();
    writing.push(name);
    writing.line();
}

fn cells(workbook: &mut Xlsx<BufReader<File>>, name: &str, writing: &mut Writing) -> Result<(), calamine::XlsxError> {
    let mut reader = workbook.worksheet_cells_reader(name)?;
    let mut last_row = None;
    while let Some(cell) = reader.next_cell()? {
        if writing.is_full() {
            break;
        }
        let value = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::SharedString(text) => one_line(text),
            value => one_line(&words(&Data::from(value.clone()))),
        };
        let row = cell.get_position().0;
        match last_row {
            Some(last) if last != row => writing.fresh_line(),
            Some(_) => writing.push_char('\t'),
            None => {}
        }
        last_row = Some(row);
        writing.push(&value);
    }
    writing.fresh_line();
    Ok(())
}

/// A cell with several lines stays one cell.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

fn words(value: &Data) -> String {
    match value {
        Data::DateTime(moment) => date(moment),
        value => value.to_string(),
    }
}

/// A date as ISO 8601, without the time where there is none.
fn date(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return moment.to_string();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}
