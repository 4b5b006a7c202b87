use std::io::Write;

use super::*;
use crate::beside::shared;
use crate::media::describe::{FileNames, Match, descriptions, guess, match_file};

fn read(bytes: &[u8], name: &str) -> Result<Table> {
    read_with(bytes, name, decode)
}

fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory is writable");
        archive.write_all(text.as_bytes()).expect("memory is writable");
    }
    archive.finish().expect("memory is writable").into_inner()
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="Bìa"><table:table-row><table:table-cell><text:p>Đợt 2</text:p></table:table-cell></table:table-row></table:table><table:table table:name="Ảnh">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    zip(&[("content.xml", &content)])
}

fn xlsx(sheet: &str) -> Vec<u8> {
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    zip(&[
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            &format!(
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(r#"<workbook xmlns="{main}" xmlns:r="{relation}"><sheets><sheet name="Ảnh" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{relation}/styles" Target="styles.xml"/></Relationships>"#
            ),
        ),
        ("xl/styles.xml", &format!(r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#)),
        ("xl/worksheets/sheet1.xml", &format!(r#"<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#)),
    ])
}

#[test]
fn every_dialect_of_csv_says_the_same() {
    let Some(folder) = shared("media/adversarial/encodings") else { return };
    for file in std::fs::read_dir(folder).expect("the folder is readable").map(|file| file.expect("the folder is readable").path()) {
        let name = file.display().to_string();
        let table = read(&std::fs::read(&file).expect("the file is readable"), &name).expect("the table is readable");
        assert_eq!(table.header, ["filename", "title", "artisan", "village", "note"], "{name}");
        assert_eq!(table.problems, [""; 0], "{name}");
        let [first, second] = table.rows.as_slice() else { panic!("{name} has {} rows", table.rows.len()) };
        assert_eq!((first.number, second.number), (2, 3), "{name}");
        assert!(second.cells.last().expect("a note").starts_with("=HYPERLINK(\"http://evil\""), "{name}");
        let is_decomposed = name.ends_with("nfd.csv");
        assert_eq!(first.cells.first().map(String::as_str) == Some("ảnh 01.jpg"), !is_decomposed, "{name}: characters are kept");
        let names = FileNames::new(["ảnh 01.jpg", "đũi.tif"]);
        let mapping = guess(&table.header, &table.rows, &|wanted| match_file(wanted, &names) != Match::None).expect("files are named");
        let described = descriptions(&table, &mapping);
        assert!(described.iter().enumerate().all(|(at, row)| match_file(&row.file, &names) == Match::One(at)), "{name}");
        assert_eq!(described.first().map(|row| row.values.len()), Some(4), "{name}");
    }
}

#[test]
fn the_list_of_the_survey_tells_which_photo_is_missing() {
    let Some(tar) = shared("media/scenarios/dot-khao-sat.tar") else { return };
    let tar = std::fs::read(tar).expect("the archive is readable");
    let start = tar.windows(15).position(|bytes| bytes == b"filename,title,").expect("the archive holds the list");
    let rest = tar.get(start..).expect("it lies inside");
    let end = rest.iter().position(|byte| *byte == 0).expect("the last block is padded");
    let table = read(rest.get(..end).expect("it lies inside"), "metadata.csv").expect("the table is readable");
    assert_eq!(table.rows.len(), 15);
    let paths: Vec<String> =
        (0..14).map(|at| format!("Ảnh/{}/IMG_{}.JPG", ["Lộng Thượng", "Nam Cao", "Đồng Xâm", "Thủ Sỹ"][at % 4], 4000 + at)).collect();
    let names = FileNames::new(paths.iter().map(String::as_str));
    let mapping = guess(&table.header, &table.rows, &|wanted| match_file(wanted, &names) != Match::None).expect("files are named");
    assert_eq!(mapping.unmapped, [0; 0]);
    let described = descriptions(&table, &mapping);
    let missing: Vec<_> = described.iter().filter(|row| match_file(&row.file, &names) == Match::None).collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing.first().map(|row| (row.row, row.file.as_str())), Some((16, "Ảnh/khong-co-tep.jpg")));
}

#[test]
fn titles_above_the_header_and_line_breaks_in_cells_do_no_harm() {
    let text = "DANH MỤC ẢNH\r\n\r\nTên tệp;Mô tả;Ghi chú\r\nđó.jpg;\"vót nan,\r\nđan đó\";-\r\n\r\nlụa.jpg;dệt lụa\r\n";
    let table = read(text.as_bytes(), "danh mục.csv").expect("the table is readable");
    assert_eq!(table.header, ["Tên tệp", "Mô tả", "Ghi chú"]);
    assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 7]);
    assert_eq!(table.problems, ["row 1 stands above the header and was passed over: DANH MỤC ẢNH"]);
    let stated = read("sep=|\ntệp|tên\na.jpg|b,c;d\n".as_bytes(), "a.csv").expect("the table is readable");
    assert_eq!(stated.rows, [Row { number: 3, cells: vec!["a.jpg".to_owned(), "b,c;d".to_owned()] }]);
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_told() {
    let text = "file,title\na.jpg,\"Cụ Mận\n".to_owned() + &"b.jpg,đũi\n".repeat(20_000);
    let table = read(text.as_bytes(), "a.csv").expect("the table is readable");
    assert!(table.problems.iter().any(|problem| problem.contains("quotation mark")), "{:?}", table.problems);
    let wide = read(("file".to_owned() + &",x".repeat(1000)).as_bytes(), "a.csv").expect("the table is readable");
    assert_eq!(wide.header.len(), MOST_COLUMNS);
    assert!(read(b"", "a.csv").is_err());
    let commas = read(&vec![b','; 40 << 20], "commas.csv");
    assert!(commas.is_err(), "cells without a word are no table");
}

#[test]
fn the_sheet_that_names_files_is_read_and_its_dates_are_dates() {
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let date = r#"<table:table-cell office:value-type="date" office:date-value="2025-03-12"><office:annotation><text:p>lời bàn</text:p></office:annotation><text:p>12/03/25</text:p></table:table-cell>"#;
    let rows = row(&(cell("Tên tệp") + &cell("Tên") + &cell("Ngày")))
        + &row(r#"<table:table-cell table:number-columns-repeated="16384"/>"#)
        + &row(&(cell("đó.jpg") + &cell("Cụ&#160;Chất &amp; <text:s text:c=\"2\"/>nan") + date));
    let table = read(&ods(&rows), "ảnh.ods").expect("the table is readable");
    assert_eq!(table.header, ["Tên tệp", "Tên", "Ngày"]);
    let cells = ["đó.jpg", "Cụ\u{a0}Chất &   nan", "2025-03-12"].map(str::to_owned).to_vec();
    assert_eq!(table.rows, [Row { number: 3, cells }]);
}

#[test]
fn an_excel_sheet_keeps_words_numbers_and_dates() {
    let sheet = r#"<row r="2"><c r="B2" t="inlineStr"><is><t>Tên tệp</t></is></c><c r="C2" t="inlineStr"><is><t>Ngày chụp</t></is></c><c r="D2" t="inlineStr"><is><t>Giờ</t></is></c></row><row r="3"><c r="B3" t="inlineStr"><is><t>đó.jpg</t></is></c><c r="C3" s="1"><v>45728</v></c><c r="D3"><v>7</v></c></row><row r="5"><c r="B5" t="str"><f>"lụa"&amp;".jpg"</f><v>lụa.jpg</v></c><c r="XFD5"><v>1</v></c></row>"#;
    let table = read(&xlsx(sheet), "ảnh.xlsx").expect("the table is readable");
    assert_eq!(table.header, ["", "Tên tệp", "Ngày chụp", "Giờ"]);
    let [first, second] = table.rows.as_slice() else { panic!("{} rows", table.rows.len()) };
    assert_eq!((first.number, first.cells.join("|").as_str()), (3, "|đó.jpg|2025-03-12|7"));
    assert_eq!((second.number, second.cells.get(1).map(String::as_str)), (5, Some("lụa.jpg")));
    assert!(table.problems.iter().any(|problem| problem.contains("more than 256 columns")), "{:?}", table.problems);
}

#[test]
fn rows_are_shown_one_by_one_whatever_the_form() {
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let sheet = format!(r#"<row r="1">{}{}</row><row r="3">{}{}</row>"#, cell("Mã"), cell("Tên"), cell("H1"), cell("đan đó; lờ"));
    let odf = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let csv = "Mã;Tên\n;\nH1;\"đan đó; lờ\"\n";
    for bytes in [xlsx(&sheet), csv.as_bytes().to_vec()] {
        let mut rows = Vec::new();
        let take = &mut |row: Row| -> Result<()> {
            rows.push((row.number, row.cells.join("|")));
            Ok(())
        };
        let problems = visit_rows(&bytes, "bảng", &mut decode, take).expect("the table is readable");
        assert_eq!((rows, problems.len()), (vec![(1, "Mã|Tên".to_owned()), (3, "H1|đan đó; lờ".to_owned())], 0));
    }
    let table = format!("<table:table-row>{}{}</table:table-row>", odf("Mã"), odf("Tên tệp"));
    let mut count = 0;
    visit_rows(&ods(&table), "bảng", &mut decode, &mut |_| {
        count += 1;
        Ok(())
    })
    .expect("the table is readable");
    assert_eq!(count, 1);
}

#[test]
fn hostile_workbooks_end_soon() {
    let bomb = r#"<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>tệp</text:p></table:table-cell></table:table-row>"#;
    let table = read(&ods(&bomb.repeat(5)), "bomb.ods").expect("what fits is read");
    assert!(table.rows.len() < MOST_ROWS && table.problems.iter().any(|problem| problem.contains("too large")));
    let last = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>"#;
    assert_eq!(read(&xlsx(last), "far.xlsx").expect("two cells are read").rows.len(), 1);
    let inflated = "x".repeat(200 << 20);
    let error = read(&zip(&[("xl/sharedStrings.xml", &inflated)]), "bomb.xlsx").expect_err("it is refused");
    assert!(format!("{error:#}").contains("inflate"), "{error:#}");
    for broken in [&b"PK\x03\x04"[..], b"\xD0\xCF\x11\xE0", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00"] {
        assert!(read(broken, "broken").is_err());
    }
    assert!(read(&ods("<a>".repeat(1000).as_str()), "deep.ods").is_err());
}
