//! Tables, sidecars, and the facts of any file.

use std::io::{self, Cursor};

use crate::media::describe::{self, FileNames, Match};
use crate::media::table::{self, Table};
use crate::media::{self, Bytes, Facts, sidecar, text};
use crate::parts::zipped;

/// Tables stay within their limits and keep the order of their rows; `=== NAME` makes a workbook of the input.
pub(crate) fn tables(bytes: &[u8]) {
    let bytes = zipped(bytes);
    let read = || table::read_with(&bytes, "bảng kê.csv", |bytes| text::decode(bytes).text).map_err(|error| format!("{error:#}"));
    let outcome = read();
    assert_eq!(outcome, read(), "the same bytes gave another table");
    if let Ok(table) = &outcome {
        within_limits(table);
        assert!(table.rows.is_sorted_by(|one, next| one.number < next.number), "the rows are out of order");
        describes(table);
    }
    let _ = table::read_with(&bytes, "bảng kê.csv", table::decode);
}

fn within_limits(table: &Table) {
    for row in &table.rows {
        assert!(row.cells.len() <= 256 && row.cells.iter().all(|cell| cell.len() <= 64 << 10), "row {}", row.number);
        assert!(row.cells.iter().any(|cell| !cell.trim().is_empty()), "row {} is empty", row.number);
    }
    assert!(table.problems.len() < 200, "{} problems", table.problems.len());
}

/// What rows say is not empty, and says no more than stands there.
fn describes(table: &Table) {
    let paths: Vec<&str> = table.rows.iter().flat_map(|row| &row.cells).map(String::as_str).take(8).collect();
    let names = FileNames::new(paths.iter().copied());
    for (at, path) in paths.iter().enumerate().filter(|(_, path)| **path == path.trim() && !path.is_empty() && path.len() <= 4096) {
        let is_found = match describe::match_file(path, &names) {
            Match::One(one) => one == at,
            Match::Several(several) => several.contains(&at),
            Match::None => false,
        };
        assert!(is_found, "{path:?} does not find itself");
    }
    let is_file = |name: &str| describe::match_file(name, &names) != Match::None;
    let Some(mapping) = describe::guess(&table.header, &table.rows, &is_file) else { return };
    assert!(mapping.columns.iter().all(|(column, _)| !mapping.unmapped.contains(column)), "{mapping:?}");
    let described = describe::descriptions(table, &mapping);
    assert!(described.len() <= table.rows.len());
    for one in described {
        assert!(one.values.iter().all(|(_, text)| !text.is_empty() && text == text.trim()), "{one:?}");
    }
}

/// A sidecar becomes one row below a header of its length, or a table within the limits.
pub(crate) fn sidecars(bytes: &[u8]) {
    for name in ["ảnh/khung cửi.jpg.json", "khung cửi.xmp"] {
        let read = || sidecar::as_table(bytes, name).map_err(|error| format!("{error:#}"));
        let outcome = read();
        assert_eq!(outcome, read(), "the same sidecar says something else");
        let Ok(table) = outcome else { continue };
        if let [row] = &table.rows[..]
            && table.header.first().is_some_and(|first| first == "file")
        {
            assert!(row.cells.len() <= table.header.len(), "{table:?}");
        }
        assert!(table.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.len() <= 64 << 10), "a cell is too long");
        describes(&table);
    }
}

const NAMES: [&str; 8] = ["dệt lụa", "bài.txt", "phim.mp4", "bảng.csv", "lời.srt", "trang.html", "sổ.json", "ảnh.jpg"];

/// Facts are the same each time, and none is a number that no medium has.
pub(crate) fn facts(bytes: &[u8]) {
    let name = NAMES[bytes.len() % NAMES.len()];
    let bytes: std::sync::Arc<[u8]> = bytes.into();
    let open = || -> io::Result<Box<dyn Bytes>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let facts = media::read_facts(&open, name, bytes.len() as u64);
    // A parser that is not ours may begin each time with other random numbers; ours do not.
    assert_eq!(format!("{facts:?}"), format!("{:?}", media::read_facts(&open, name, bytes.len() as u64)), "other facts of the same bytes");
    assert!(facts.mime.split_once('/').is_some_and(|(family, kind)| !family.is_empty() && !kind.is_empty()), "{}", facts.mime);
    assert!(facts.orientation.is_none_or(|orientation| (1..=8).contains(&orientation)), "orientation {:?}", facts.orientation);
    assert!(facts.rotation.is_none_or(|rotation| [0, 90, 180, 270].contains(&rotation)), "rotation {:?}", facts.rotation);
    assert!(facts.duration_s.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0), "lasts {:?}", facts.duration_s);
    let is_within = |degrees: Option<f64>, most: f64| degrees.is_none_or(|degrees| degrees.abs() <= most);
    assert!(is_within(facts.lat, 90.0) && is_within(facts.lon, 180.0), "at {:?}, {:?}", facts.lat, facts.lon);
    assert_eq!(facts.lat.is_some(), facts.lon.is_some(), "half a position");
    assert!(facts.xmp.as_ref().is_none_or(|xmp| xmp.len() <= 1 << 20), "XMP is too long");
    words(&facts, bytes.len());
}

fn words(facts: &Facts, length: usize) {
    assert!(facts.taken.as_deref().is_none_or(is_moment), "taken at {:?}", facts.taken);
    for (field, text) in &facts.described {
        assert!(!field.is_empty() && !text.is_empty(), "{field} is {text:?}");
    }
    // UTF-16 and old encodings grow to three bytes a letter at most; a packet can be told by several readers.
    let told: usize = facts.described.iter().map(|(_, text)| text.len()).sum();
    assert!(told <= length.saturating_mul(64), "{told} bytes of words out of {length}");
    assert!(facts.problems.len() < 64, "{} problems", facts.problems.len());
}

/// Whether a text begins like a date of ISO 8601.
fn is_moment(text: &str) -> bool {
    let date = text.get(..10).unwrap_or_default();
    date.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() }) && date.len() == 10
}
