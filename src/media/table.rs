//! Tables that people keep beside their files: CSV in its dialects, XLSX, ODS and XLS.
//!
//! Cells keep their characters exactly; formulas are text, and nothing is evaluated. Everything is bounded:
//! what lies beyond a limit is left out and said in the problems.

mod lines;
mod opendocument;
mod text;
mod workbook;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

pub(crate) use opendocument::character;
pub(crate) use text::decode;

/// The largest table that is read, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// The most rows that are read.
const MOST_ROWS: usize = 200_000;
/// The most columns that are read.
const MOST_COLUMNS: usize = 256;
/// The longest cell, in bytes.
const MOST_IN_CELL: usize = 64 << 10;
/// The most bytes of text in all cells.
const MOST_TEXT: usize = 128 << 20;
/// The most cells. Each costs its place in memory even where it is empty.
const MOST_CELLS: usize = 4 << 20;
/// Titles and remarks stand above the header in this many rows at most.
const ROWS_BEFORE_HEADER: usize = 20;

/// A table with its header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// The headings, exactly as written.
    pub(crate) header: Vec<String>,
    /// The rows below the header that are not empty. They may be shorter or longer than the header.
    pub(crate) rows: Vec<Row>,
    /// What was left out or looks wrong, in sentences for people.
    pub(crate) problems: Vec<String>,
}

/// One row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The line where it begins, as people count; in workbooks the number of the row.
    pub(crate) number: usize,
    /// The cells, exactly as written.
    pub(crate) cells: Vec<String>,
}

/// Reads a table by its contents; `decode` makes text of the bytes of a CSV.
///
/// Workbooks are read by `calamine`, which keeps all strings of a workbook and for XLS all cells between its
/// first and last in memory: call this inside a worker, which has a limit on memory.
///
/// # Errors
/// If the file is larger than 64 MiB, is a damaged or locked workbook, or holds no row.
pub(crate) fn read_with(bytes: &[u8], name: &str, decode: fn(&[u8]) -> String) -> Result<Table> {
    ensure!(bytes.len() <= MOST_BYTES, "the table {name} is larger than {} MiB", MOST_BYTES >> 20);
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook::read_zip(bytes, name);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return workbook::read_xls(bytes, name);
    }
    let table = text::read(&decode(bytes));
    ensure!(!table.header.is_empty(), "the table {name} holds no row");
    Ok(table)
}

/// Shows the rows of a table that are not empty one by one, whatever stands above the header included; returns what was
/// left out or looks wrong. Of a CSV no more than one row is kept in memory; of a workbook the sheet is chosen as by
/// [`read_with`].
///
/// # Errors
/// As [`read_with`], and whatever `visit` returns.
pub(crate) fn visit_rows(
    bytes: &[u8], name: &str, decode: &mut dyn FnMut(&[u8]) -> String, visit: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<Vec<String>> {
    ensure!(bytes.len() <= MOST_BYTES, "the table {name} is larger than {} MiB", MOST_BYTES >> 20);
    let sheet = match bytes {
        [b'P', b'K', 3, 4, ..] => workbook::best_of_zip(bytes, name)?,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => workbook::best_of_xls(bytes, name)?,
        _ if is_lines(name) => return lines::visit_rows(&decode(bytes), visit),
        _ => return text::visit_rows(&decode(bytes), visit),
    };
    sheet.sheet.rows.into_iter().try_for_each(visit)?;
    Ok(sheet.sheet.problems)
}

/// Whether a table is one of JSON objects, one a line, by its name.
pub(crate) fn is_lines(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("jsonl"))
}

/// Gathers the rows of one sheet within the limits.
#[derive(Debug, Default)]
struct Gathering {
    rows: Vec<Row>,
    problems: Vec<String>,
    bytes_of_text: usize,
    cells: usize,
    is_full: bool,
    is_wide: bool,
}

impl Gathering {
    /// Adds a row; empty ones are passed over. Returns whether there is room for more.
    fn add(&mut self, number: usize, mut cells: Vec<String>) -> bool {
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return !self.is_full;
        }
        if cells.len() > MOST_COLUMNS {
            // Where one row is too wide most are: the first is enough.
            if !std::mem::replace(&mut self.is_wide, true) {
                self.report(format!("row {number} has more than {MOST_COLUMNS} columns: the others were left out here and below"));
            }
            cells.truncate(MOST_COLUMNS);
        }
        for cell in cells.iter_mut().filter(|cell| cell.len() > MOST_IN_CELL) {
            self.report(format!("row {number} has a cell of more than {} KiB, which was cut: is a quotation mark not closed?", MOST_IN_CELL >> 10));
            cell.truncate(cell.floor_char_boundary(MOST_IN_CELL));
            cell.shrink_to_fit();
        }
        self.bytes_of_text = self.bytes_of_text.saturating_add(cells.iter().map(String::len).sum());
        self.cells = self.cells.saturating_add(cells.len());
        let has_room = self.rows.len() < MOST_ROWS && self.bytes_of_text <= MOST_TEXT && self.cells <= MOST_CELLS;
        if has_room {
            self.rows.push(Row { number, cells });
        } else if !self.is_full {
            self.is_full = true;
            self.problems.push(format!("the table is too large: row {number} and what follows were left out"));
        }
        has_room
    }

    /// Keeps a problem; the first hundred are enough for people.
    fn report(&mut self, problem: String) {
        const ENOUGH: usize = 100;
        if self.problems.len() < ENOUGH {
            self.problems.push(problem);
        }
    }

    /// Returns how well the best header row of the sheet names files: 0 if none does.
    fn score(&self) -> usize {
        self.rows.iter().take(ROWS_BEFORE_HEADER).map(|row| crate::media::describe::score_of_header(&row.cells)).max().unwrap_or(0)
    }

    /// Parts the header from the rows below it: the row with most known headings, of equals the first; the
    /// first row where no heading names files. What stands above is told, never lost in silence.
    fn into_table(mut self) -> Table {
        let mut header_at = 0;
        let mut best = 0;
        for (at, row) in self.rows.iter().take(ROWS_BEFORE_HEADER).enumerate() {
            let score = crate::media::describe::score_of_header(&row.cells);
            if score > best {
                (header_at, best) = (at, score);
            }
        }
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        for above in rows.by_ref().take(header_at) {
            self.report(format!("row {} stands above the header and was passed over: {}", above.number, shortened(&above.cells.join(" "))));
        }
        let header = rows.next().map(|row| row.cells).unwrap_or_default();
        for row in rows.as_slice().iter().filter(|row| row.cells.len() > header.len()).take(10) {
            let (number, cells, headings) = (row.number, row.cells.len(), header.len());
            self.problems.push(format!("row {number} has {cells} cells below {headings} headings"));
        }
        Table { header, rows: rows.collect(), problems: self.problems }
    }
}

/// The best sheet of a workbook so far: only one is kept in memory.
#[derive(Debug, Default)]
struct BestSheet {
    sheet: Gathering,
    score: usize,
}

impl BestSheet {
    /// Keeps a sheet if its header is better; the first that is not empty where no header names files.
    fn offer(&mut self, sheet: Gathering) {
        let score = sheet.score();
        if self.sheet.rows.is_empty() || score > self.score {
            *self = Self { sheet, score };
        }
    }
}

/// Returns the beginning of a text, for a message.
fn shortened(text: &str) -> &str {
    const ENOUGH: usize = 100;
    text.get(..text.floor_char_boundary(ENOUGH)).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
