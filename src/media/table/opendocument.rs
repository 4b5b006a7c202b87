//! Spreadsheets of OpenDocument 1.3, part 3: the tables of `content.xml`.
//!
//! `calamine` writes out all that a spreadsheet says is repeated, with a copy of every text; a file of a few
//! hundred bytes can ask for gigabytes. Here what is repeated is written out only within the limits.

use std::io::BufReader;

use anyhow::{Context, Result, ensure};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use zip::ZipArchive;

use super::workbook::Bytes;
use super::{BestSheet, Gathering, MOST_COLUMNS, MOST_IN_CELL, MOST_ROWS};

/// The sheets that are read.
const MOST_SHEETS: usize = 32;

/// Elements may be nested so deeply.
const DEEPEST: usize = 128;

/// Reads the sheets of a spreadsheet.
///
/// # Errors
/// If `content.xml` is missing or is not well-formed.
pub(super) fn read(archive: &mut ZipArchive<Bytes<'_>>) -> Result<BestSheet> {
    let part = archive.by_name("content.xml").context("the part content.xml is missing")?;
    let mut xml = Reader::from_reader(BufReader::new(part));
    xml.config_mut().expand_empty_elements = true;
    let mut spreadsheet = Spreadsheet::default();
    let mut buffer = Vec::new();
    let mut depth: usize = 0;
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).context("the part content.xml is damaged")? {
            Event::Start(element) => {
                depth = depth.saturating_add(1);
                ensure!(depth <= DEEPEST, "its elements are nested more than {DEEPEST} deep");
                spreadsheet.open(&element);
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                spreadsheet.close(element.name().into_inner());
            }
            Event::Text(text) => spreadsheet.write(&text.xml10_content()),
            Event::CData(text) => spreadsheet.write(&text.xml10_content()),
            Event::GeneralRef(reference) => spreadsheet.write(&character(&reference)),
            Event::Eof => break,
            _ => {}
        }
        if spreadsheet.sheets_read >= MOST_SHEETS {
            break;
        }
    }
    Ok(spreadsheet.best)
}

/// Returns the character that `&lt;` or `&#233;` stands for; an unknown name is kept as it is written.
pub(crate) fn character(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string();
    }
    let known = quick_xml::escape::resolve_predefined_entity(reference);
    known.map_or_else(|| format!("&{};", &**reference), str::to_owned)
}

/// The best sheet so far, and the sheet, row and cell that are being read.
#[derive(Debug, Default)]
struct Spreadsheet {
    best: BestSheet,
    sheets_read: usize,
    sheet: Gathering,
    /// The rows of the sheet so far, with those that are empty.
    rows_before: usize,
    row: Vec<String>,
    row_repeats: usize,
    /// Cells of the row that stand before the next one that is not empty.
    empty_before: usize,
    cell: Option<Cell>,
    /// Remarks stand inside cells and are no part of them.
    remarks_open: usize,
    is_in_paragraph: bool,
}

#[derive(Debug)]
struct Cell {
    text: String,
    repeats: usize,
    /// Dates have an exact value beside the text that is shown.
    date: Option<String>,
    paragraphs: usize,
}

impl Spreadsheet {
    fn open(&mut self, element: &BytesStart<'_>) {
        match element.name().into_inner() {
            "table:table" => {
                self.sheet = Gathering::default();
                self.rows_before = 0;
            }
            "table:table-row" => {
                self.row_repeats = repeats(element, "table:number-rows-repeated");
                self.row.clear();
                self.empty_before = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let repeats = repeats(element, "table:number-columns-repeated");
                let date = attribute(element, "office:date-value").map(|date| date.trim_end_matches("T00:00:00").to_owned());
                self.cell = Some(Cell { text: String::new(), repeats, date, paragraphs: 0 });
            }
            "office:annotation" => self.remarks_open = self.remarks_open.saturating_add(1),
            "text:p" if self.remarks_open == 0 => {
                self.is_in_paragraph = true;
                if let Some(cell) = &mut self.cell {
                    if cell.paragraphs > 0 {
                        cell.text.push('\n');
                    }
                    cell.paragraphs = cell.paragraphs.saturating_add(1);
                }
            }
            "text:s" => self.write(&" ".repeat(repeats(element, "text:c").min(100))),
            "text:tab" => self.write("\t"),
            "text:line-break" => self.write("\n"),
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        if !self.is_in_paragraph || self.remarks_open > 0 {
            return;
        }
        // A little more than the limit, so that the cut is noticed and told.
        if let Some(cell) = self.cell.as_mut().filter(|cell| cell.text.len() <= MOST_IN_CELL) {
            cell.text.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "office:annotation" => self.remarks_open = self.remarks_open.saturating_sub(1),
            "text:p" if self.remarks_open == 0 => self.is_in_paragraph = false,
            "table:table-cell" | "table:covered-table-cell" => self.close_cell(),
            "table:table-row" => self.close_row(),
            "table:table" => {
                self.best.offer(std::mem::take(&mut self.sheet));
                self.sheets_read = self.sheets_read.saturating_add(1);
            }
            _ => {}
        }
    }

    fn close_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let text = cell.date.unwrap_or(cell.text);
        if text.is_empty() {
            self.empty_before = self.empty_before.saturating_add(cell.repeats);
            return;
        }
        // One cell too many tells that the row is too wide.
        let room = |row: &Vec<String>| MOST_COLUMNS.saturating_add(1).saturating_sub(row.len());
        let empty = self.empty_before.min(room(&self.row));
        self.row.extend(std::iter::repeat_n(String::new(), empty));
        let copies = cell.repeats.min(room(&self.row));
        self.row.extend(std::iter::repeat_n(text, copies));
        self.empty_before = 0;
    }

    /// Adds the row as often as it is repeated: the limits of the sheet end the repetition.
    fn close_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        let first = self.rows_before.saturating_add(1);
        self.rows_before = self.rows_before.saturating_add(self.row_repeats);
        if row.is_empty() {
            return;
        }
        for number in (first..).take(self.row_repeats.min(MOST_ROWS.saturating_add(1))) {
            if !self.sheet.add(number, row.clone()) {
                break;
            }
        }
    }
}

/// Returns a count of repetitions; 1 where there is none or it makes no sense.
fn repeats(element: &BytesStart<'_>, name: &str) -> usize {
    attribute(element, name).and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.into_inner() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}
