//! Workbooks as spreadsheets open them (ECMA-376), one sheet for each kind.
//!
//! Written by hand: a handful of small files of fixed words around rows. They are not compressed, since what a compressor makes
//! of the same bytes may differ from one machine to the next, and they bear no time.

use std::fmt::Write as _;
use std::io::{Seek, Write};

use anyhow::ensure;
use quick_xml::escape::escape;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::cell::{Cell, Writing};
use super::columns::Column;
use super::{Sheet, visit};

/// The most letters that a spreadsheet takes in one cell.
const MOST_IN_CELL: usize = 32_767;

/// The longest name of a sheet.
const LONGEST_NAME: usize = 31;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Keeps the row of the headings in sight.
const PANE: &str = "<sheetViews><sheetView workbookViewId=\"0\">\
    <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>";

/// Writes the sheets of a workbook.
pub(super) fn write(writing: &Writing<'_>, sheets: &[Sheet], to: impl Write + Seek) -> anyhow::Result<()> {
    let mut package = ZipWriter::new(to);
    let mut names: Vec<&str> = sheets.iter().map(|sheet| sheet.kind.as_str()).collect();
    if names.is_empty() {
        // A workbook has at least one sheet.
        names.push("kho");
    }
    for (name, text) in [
        ("[Content_Types].xml", content_types(names.len())),
        ("_rels/.rels", relations(&[(format!("{OFFICE}/officeDocument"), "xl/workbook.xml".to_owned())])),
        ("xl/workbook.xml", workbook(&names)),
        ("xl/_rels/workbook.xml.rels", relations(&parts(names.len()))),
        ("xl/styles.xml", styles()),
    ] {
        start(&mut package, name)?;
        package.write_all(text.as_bytes())?;
    }
    for place in 0..names.len() {
        start(&mut package, &format!("xl/worksheets/sheet{}.xml", place + 1))?;
        write!(package, "{XML}<worksheet xmlns=\"{SHEET}\">{PANE}<sheetData>")?;
        if let Some(sheet) = sheets.get(place) {
            write_rows(writing, sheet, &mut package)?;
        }
        write!(package, "</sheetData></worksheet>")?;
    }
    package.finish()?.flush()?;
    Ok(())
}

fn start(package: &mut ZipWriter<impl Write + Seek>, name: &str) -> anyhow::Result<()> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
    Ok(package.start_file(name, options)?)
}

fn write_rows(writing: &Writing<'_>, sheet: &Sheet, to: &mut impl Write) -> anyhow::Result<()> {
    let columns = sheet.columns.in_order(writing.model(), &sheet.kind);
    let headings: Vec<Cell> = columns.iter().map(|column| Cell::Words(column.heading())).collect();
    let mut number = 1;
    to.write_all(row(number, &headings, &columns, 1)?.as_bytes())?;
    visit(writing, sheet, &columns, &mut |cells| {
        number += 1;
        Ok(to.write_all(row(number, &cells, &columns, 0)?.as_bytes())?)
    })
}

fn row(number: usize, cells: &[Cell], columns: &[Column], style: u8) -> anyhow::Result<String> {
    let mut row = format!("<row r=\"{number}\">");
    for (place, (cell, column)) in cells.iter().zip(columns).enumerate() {
        let at = format!("{}{number}", letters(place));
        match cell {
            Cell::Empty => {}
            Cell::Number(value) => write!(row, "<c r=\"{at}\"><v>{value}</v></c>")?,
            cell => {
                let words = cell.words();
                ensure!(
                    words.chars().count() <= MOST_IN_CELL,
                    "{} in row {number} is longer than a spreadsheet takes in one cell; write a .csv in place of a workbook",
                    column.heading()
                );
                write!(row, "<c r=\"{at}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>", escape(writable(&words)))?;
            }
        }
    }
    row.push_str("</row>");
    Ok(row)
}

/// Leaves out what cannot stand in XML. Fields hold such signs in JSON, which escapes them.
fn writable(words: &str) -> String {
    let is_writable = |letter: &char| (!letter.is_control() || ['\n', '\t'].contains(letter)) && !['\u{fffe}', '\u{ffff}'].contains(letter);
    words.chars().filter(is_writable).collect()
}

/// The name of a column: A, B, …, Z, AA.
fn letters(mut place: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (place % 26) as u8));
        if place < 26 {
            return letters.into_iter().rev().collect();
        }
        place = place / 26 - 1;
    }
}

fn content_types(sheets: usize) -> String {
    let sheet = |place: usize| format!("<Override PartName=\"/xl/worksheets/sheet{place}.xml\" ContentType=\"{TYPE}.worksheet+xml\"/>");
    format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{TYPE}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" ContentType=\"{TYPE}.styles+xml\"/>{}</Types>",
        (1..=sheets).map(sheet).collect::<String>()
    )
}

fn workbook(names: &[&str]) -> String {
    let sheet = |(place, name): (usize, &&str)| {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        format!("<sheet name=\"{}\" sheetId=\"{}\" r:id=\"rId{}\"/>", escape(&name), place + 1, place + 1)
    };
    let sheets: String = names.iter().enumerate().map(sheet).collect();
    format!("{XML}<workbook xmlns=\"{SHEET}\" xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>")
}

fn parts(sheets: usize) -> Vec<(String, String)> {
    let sheet = |place: usize| (format!("{OFFICE}/worksheet"), format!("worksheets/sheet{place}.xml"));
    let styles = (format!("{OFFICE}/styles"), "styles.xml".to_owned());
    (1..=sheets).map(sheet).chain([styles]).collect()
}

fn relations(parts: &[(String, String)]) -> String {
    let relation =
        |(place, (kind, target)): (usize, &(String, String))| format!("<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>", place + 1);
    let relations: String = parts.iter().enumerate().map(relation).collect();
    format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}</Relationships>")
}

/// The plain style, and the bold one of headings.
fn styles() -> String {
    format!(
        "{XML}<styleSheet xmlns=\"{SHEET}\"><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
         <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"2\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs></styleSheet>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let cases = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")];
        for (place, expected) in cases {
            assert_eq!(letters(place), expected);
        }
    }
}
