//! Tables as text: CSV (RFC 4180) and what people make of it.

use anyhow::Result;
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{Gathering, MOST_CELLS, MOST_COLUMNS, Row, Table};

/// The delimiters that are tried; of equals the first wins.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The rows that show which delimiter parts the cells.
const ROWS_OF_EVIDENCE: usize = 50;

/// Reads UTF-8, or UTF-16 with a byte order mark. What is neither becomes replacement characters.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let units = |from_pair: fn([u8; 2]) -> u16| bytes.as_chunks::<2>().0.iter().skip(1).map(move |pair| from_pair(*pair));
    let from_units =
        |units: Box<dyn Iterator<Item = u16> + '_>| char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    match bytes {
        [0xFF, 0xFE, ..] => from_units(Box::new(units(u16::from_le_bytes))),
        [0xFE, 0xFF, ..] => from_units(Box::new(units(u16::from_be_bytes))),
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Reads a table from text.
pub(super) fn read(text: &str) -> Table {
    let text = text.trim_start_matches('\u{FEFF}');
    let (stated, text, skipped) = stated_delimiter(text);
    let delimiter = stated.unwrap_or_else(|| delimiter(text));
    let mut gathering = Gathering::default();
    if text.contains(char::REPLACEMENT_CHARACTER) {
        gathering.report("some characters could not be read: the table may be in an old encoding".to_owned());
    }
    let within = within_bounds(text, delimiter);
    if within.len() < text.len() {
        gathering.report("the table has too many cells: the last ones were left out".to_owned());
    }
    let mut reader = reader(within, delimiter);
    let mut record = ByteRecord::new();
    // Reading from memory cannot fail; records of different lengths are welcome.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let number = line_of(&record, text).saturating_add(skipped);
        // One cell too many tells that the row is too wide.
        let cells = record.iter().take(MOST_COLUMNS.saturating_add(1)).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        if !gathering.add(number, cells) {
            break;
        }
    }
    gathering.into_table()
}

/// Shows the rows of a text that are not empty, one by one; returns what looks wrong.
pub(super) fn visit_rows(text: &str, visit: &mut dyn FnMut(Row) -> Result<()>) -> Result<Vec<String>> {
    let text = text.trim_start_matches('\u{FEFF}');
    let (stated, text, skipped) = stated_delimiter(text);
    let delimiter = stated.unwrap_or_else(|| delimiter(text));
    let mut rows = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut problems = Vec::new();
    while rows.read_byte_record(&mut record).unwrap_or(false) {
        let number = line_of(&record, text).saturating_add(skipped);
        if record.len() > MOST_COLUMNS && problems.is_empty() {
            problems.push(format!("row {number} has more than {MOST_COLUMNS} columns: the others were left out here and below"));
        }
        let mut cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if !cells.is_empty() {
            visit(Row { number, cells })?;
        }
    }
    Ok(problems)
}

/// Takes the first line `sep=;` of Excel away. Returns the delimiter, the rest, and the lines taken away.
fn stated_delimiter(text: &str) -> (Option<u8>, &str, usize) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if delimiter.is_ascii() => (Some(*delimiter), rest, 1),
        _ => (None, text, 0),
    }
}

/// Returns the delimiter by which the first rows fall into the same number of cells. A header that names files
/// is better evidence than any count.
fn delimiter(text: &str) -> u8 {
    let mut best = (b',', 0);
    for delimiter in DELIMITERS {
        let weight = weight(text, delimiter);
        if weight > best.1 {
            best = (delimiter, weight);
        }
    }
    best.0
}

/// Returns how well `delimiter` parts the first rows.
fn weight(text: &str, delimiter: u8) -> usize {
    const HEADER: usize = 100_000;
    const CONSISTENT: usize = 1000;
    let mut reader = reader(within_bounds(text, delimiter), delimiter);
    let mut record = ByteRecord::new();
    let mut widths = Vec::new();
    let mut headings = 0;
    while widths.len() < ROWS_OF_EVIDENCE && reader.read_byte_record(&mut record).unwrap_or(false) {
        widths.push(record.len());
        let is_near_the_top = widths.len() <= super::ROWS_BEFORE_HEADER && record.len() > 1;
        if is_near_the_top && record.len() <= MOST_COLUMNS {
            let cells: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            headings = headings.max(crate::media::describe::score_of_header(&cells));
        }
    }
    let alike = |width: usize| widths.iter().filter(|other| **other == width).count();
    let Some(common) = widths.iter().copied().filter(|width| *width > 1).max_by_key(|width| alike(*width)) else { return 0 };
    let share = alike(common).saturating_mul(CONSISTENT) / widths.len().max(1);
    headings.saturating_mul(HEADER).saturating_add(share).saturating_add(common.min(50))
}

/// Cuts a text after so many delimiters that no table needs more: the reader keeps a whole row in memory, and
/// each of its cells costs more than the one byte that makes it.
fn within_bounds(text: &str, delimiter: u8) -> &str {
    let delimiters = text.bytes().enumerate().filter(|(_, byte)| *byte == delimiter);
    let end = delimiters.map(|(at, _)| at).nth(MOST_CELLS).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Returns the line where a record begins. The reader counts from before the line ends that it passes over.
fn line_of(record: &ByteRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let passed_over = text.as_bytes().get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let lines = passed_over.filter(|byte| **byte == b'\n').count();
    usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(lines)
}
