//! Workbooks: XLSX as a stream of cells, XLS as a whole.

use std::io::{Cursor, Read};

use anyhow::{Context, Result, anyhow, bail, ensure};
use calamine::{Data, ExcelDateTime, Reader, Xls, Xlsx};
use zip::ZipArchive;

use super::{BestSheet, Gathering, MOST_COLUMNS, Table, opendocument};

/// A file as `calamine` and `zip` want it.
pub(super) type Bytes<'a> = Cursor<&'a [u8]>;

/// What all parts of a workbook may be when inflated, beside four times the file.
const MOST_INFLATED: usize = 128 << 20;

/// The sheets that are looked at for a header.
const MOST_SHEETS: usize = 32;

/// Reads XLSX or ODS, which both are ZIP archives.
///
/// # Errors
/// If the archive is damaged, would inflate to too much, or is no workbook.
pub(super) fn read_zip(bytes: &[u8], name: &str) -> Result<Table> {
    table_of(best_of_zip(bytes, name)?, name)
}

/// Returns the sheet of an XLSX or ODS that names files best, or the first.
pub(super) fn best_of_zip(bytes: &[u8], name: &str) -> Result<BestSheet> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).with_context(|| format!("the workbook {name} is damaged"))?;
    measure(&mut archive, bytes.len()).with_context(|| format!("the workbook {name} cannot be read"))?;
    ensure!(!is_locked(&mut archive), "the workbook {name} is locked by a password");
    let is_open_document = archive.index_for_name("content.xml").is_some();
    let sheets = if is_open_document { opendocument::read(&mut archive) } else { without_panic(|| read_xlsx(bytes)) };
    sheets.with_context(|| format!("the workbook {name} cannot be read"))
}

/// Reads XLS (MS-XLS), Excel 5.0 to 2003.
///
/// # Errors
/// If the workbook is damaged, locked, or holds no row.
pub(super) fn read_xls(bytes: &[u8], name: &str) -> Result<Table> {
    table_of(best_of_xls(bytes, name)?, name)
}

/// Returns the sheet of an XLS that names files best, or the first.
pub(super) fn best_of_xls(bytes: &[u8], name: &str) -> Result<BestSheet> {
    // A locked XLSX is an encrypted stream of this name in UTF-16 (MS-OFFCRYPTO 2.3.4.4).
    let locked: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    ensure!(!holds(bytes, &locked), "the workbook {name} is locked by a password");
    without_panic(|| gather_xls(bytes)).with_context(|| format!("the workbook {name} cannot be read"))
}

fn gather_xls(bytes: &[u8]) -> Result<BestSheet> {
    let mut workbook: Xls<Bytes<'_>> = Xls::new(Cursor::new(bytes))?;
    let mut sheets = BestSheet::default();
    for sheet in workbook.sheet_names().into_iter().take(MOST_SHEETS) {
        let range = workbook.worksheet_range(&sheet).with_context(|| format!("the sheet {sheet} cannot be read"))?;
        let mut gathering = Gathering::default();
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (number, cells) in (first_row.saturating_add(1)..).zip(range.rows()) {
            let before = std::iter::repeat_n(String::new(), position(first_column).min(MOST_COLUMNS));
            let cells = before.chain(cells.iter().take(MOST_COLUMNS.saturating_add(1)).map(|cell| text_of(cell.clone()))).collect();
            if !gathering.add(position(number), cells) {
                break;
            }
        }
        sheets.offer(gathering);
    }
    Ok(sheets)
}

/// Runs `read`; where `calamine` panics on a damaged workbook, that is an error like any other.
fn without_panic(read: impl FnOnce() -> Result<BestSheet>) -> Result<BestSheet> {
    // Nothing that the closure has touched is used afterwards.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| bail!("it is damaged"))
}

/// Inflates every part once, for its size: what an archive claims of its sizes proves nothing. A part that ends
/// in an error is measured up to there; nobody can read more of it.
fn measure(archive: &mut ZipArchive<Bytes<'_>>, size: usize) -> Result<()> {
    let mut left = MOST_INFLATED.saturating_add(size.saturating_mul(4));
    let mut buffer = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let Ok(mut part) = archive.by_index(index) else { continue };
        while let Ok(count @ 1..) = part.read(&mut buffer) {
            left = left.checked_sub(count).ok_or_else(|| anyhow!("it would inflate to more than {} MiB", MOST_INFLATED >> 20))?;
        }
    }
    Ok(())
}

/// Whether a workbook of OpenDocument says that its parts are encrypted (ODF 1.3, part 2, 4.8).
fn is_locked(archive: &mut ZipArchive<Bytes<'_>>) -> bool {
    let Ok(manifest) = archive.by_name("META-INF/manifest.xml") else { return false };
    let mut text = Vec::new();
    let was_read = manifest.take(1 << 20).read_to_end(&mut text).is_ok();
    was_read && holds(&text, b"encryption-data")
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

fn read_xlsx(bytes: &[u8]) -> Result<BestSheet> {
    let mut workbook: Xlsx<Bytes<'_>> = Xlsx::new(Cursor::new(bytes))?;
    let mut sheets = BestSheet::default();
    for name in workbook.sheet_names().into_iter().take(MOST_SHEETS) {
        let mut gathering = Gathering::default();
        // A sheet may be a chart, and a damaged one says nothing about the next.
        if let Err(error) = gather_xlsx(&mut workbook, &name, &mut gathering) {
            gathering.report(format!("the sheet {name} was read in part: {error}"));
        }
        sheets.offer(gathering);
    }
    Ok(sheets)
}

/// Gathers the cells of one sheet, which come row by row.
fn gather_xlsx(workbook: &mut Xlsx<Bytes<'_>>, sheet: &str, gathering: &mut Gathering) -> Result<()> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut row = Vec::new();
    let mut current = 0;
    while let Some(cell) = cells.next_cell()? {
        let (row_number, column) = cell.get_position();
        if row_number != current && !gathering.add(position(current).saturating_add(1), std::mem::take(&mut row)) {
            return Ok(());
        }
        current = row_number;
        let column = position(column);
        // One cell too many tells that the row is too wide; where it stands costs no memory.
        let column = column.min(MOST_COLUMNS);
        let text = text_of(Data::from(cell.get_value().clone()));
        if text.is_empty() {
            continue;
        }
        if row.len() <= column {
            row.resize(column.saturating_add(1), String::new());
        }
        if let Some(place) = row.get_mut(column) {
            *place = text;
        }
    }
    gathering.add(position(current).saturating_add(1), row);
    Ok(())
}

fn table_of(best: BestSheet, name: &str) -> Result<Table> {
    let table = best.sheet.into_table();
    let problems = table.problems.join("; ");
    ensure!(problems.is_empty() || !table.header.is_empty(), "the workbook {name} cannot be read: {problems}");
    ensure!(!table.header.is_empty(), "the workbook {name} holds no row");
    Ok(table)
}

/// Returns a cell as text: what is shown for numbers and words, ISO 8601 for dates, nothing for errors.
fn text_of(cell: Data) -> String {
    match cell {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(moment) => date_of(moment),
        Data::Error(_) | Data::Empty => String::new(),
    }
}

/// Returns `2025-03-12`, with the time where it is not midnight; a time alone where there is no day.
fn date_of(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        return moment.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if (0.0..1.0).contains(&moment.as_f64()) {
        time
    } else if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{time}")
    }
}

/// Returns a position of a sheet, which is never near the end of `usize`.
fn position(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
