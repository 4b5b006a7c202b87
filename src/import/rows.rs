//! The rows of a table in one plain form: UTF-8, commas, the number of the row first.
//!
//! A worker writes it, since it is strangers' bytes that are parsed; then the rows are read from the disk, one at a time.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::record::{bytes_of_raw, raw_of_bytes};
use serde::{Deserialize, Serialize};

use crate::config::UsageError;
use crate::media::encoding;
use crate::media::table::{self, Row};
use crate::worker::{Task, Trouble, Workers};

/// What spreadsheets take for the beginning of a formula. Tables of ours have an apostrophe before it, and before an
/// apostrophe that stands there itself.
pub(crate) const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// What a worker found in a table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LaidOut {
    /// Where the rows are now: exact bytes of the path, percent-encoded.
    path: String,
    /// The encoding of a text, as people know it.
    pub(super) encoding: Option<String>,
    /// Whether another encoding is possible.
    pub(super) is_guess: bool,
    /// What was left out or looks wrong.
    pub(super) problems: Vec<String>,
}

/// Writes the rows of a table into the scratch folder. Runs in a worker.
pub(crate) fn lay_out(path: &Path, name: &str, scratch: &Path) -> anyhow::Result<LaidOut> {
    let bytes = fs::read(path)?;
    fs::create_dir_all(scratch)?;
    let to = scratch.join("rows.csv");
    let mut writer = csv::WriterBuilder::new().flexible(true).from_path(&to)?;
    let mut found = LaidOut { path: raw_of_bytes(to.as_os_str().as_bytes()), ..LaidOut::default() };
    let mut damage = None;
    let mut decode = |bytes: &[u8]| {
        let reading = encoding::read(bytes);
        let encoding = reading.encoding.name();
        damage = reading.is_damaged.then(|| format!("some bytes mean nothing in {encoding}, as which the table was read"));
        (found.encoding, found.is_guess) = (Some(encoding.to_owned()), reading.is_guess);
        reading.text
    };
    // The cells of a workbook are words where they say so.
    let is_text = !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"\xD0\xCF\x11\xE0") && !table::is_lines(name);
    let mut write = |row: Row| -> anyhow::Result<()> {
        let number = row.number.to_string();
        let cells = row.cells.iter().map(|cell| if is_text { without_guard(cell) } else { cell });
        Ok(writer.write_record(std::iter::once(number.as_str()).chain(cells))?)
    };
    found.problems = table::visit_rows(&bytes, name, &mut decode, &mut write)?;
    found.problems.extend(damage);
    writer.flush()?;
    Ok(found)
}

/// Takes the apostrophe off that keeps a spreadsheet from reading a formula.
fn without_guard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(GUARDED)).unwrap_or(cell)
}

/// The rows of a table, on the disk.
pub(super) struct Rows {
    path: PathBuf,
}

impl Drop for Rows {
    fn drop(&mut self) {
        // What stays behind in the scratch folder goes with the process.
        let _ = fs::remove_file(&self.path);
    }
}

impl Rows {
    /// Has a worker lay the rows of a table out.
    pub(super) fn read(archive: &Archive, workers: &Workers, table: &Path, name: &str) -> anyhow::Result<(Self, LaidOut)> {
        let scratch = archive.scratch()?;
        let unreadable = |reason: &dyn std::fmt::Display| UsageError(format!("{name} is no table that can be read: {reason}"));
        let table = fs::canonicalize(table).map_err(|error| unreadable(&error))?;
        let answer = match workers.ask(&Task::Rows { name: name.to_owned() }, &table, scratch) {
            Err(trouble @ Trouble::NoWorker(_)) => return Err(trouble.into()),
            answer => answer.map_err(|trouble| unreadable(&trouble))?,
        };
        let found: LaidOut = serde_json::from_slice(&answer)?;
        // The folder of the worker goes when the worker ends.
        // Several tables may be looked at at once, by people at the desk.
        static TABLES: AtomicU64 = AtomicU64::new(0);
        let path = scratch.join(format!("table-{}.csv", TABLES.fetch_add(1, Ordering::Relaxed)));
        fs::rename(OsStr::from_bytes(&bytes_of_raw(&found.path)), &path)
            .with_context(|| format!("The rows of {name} are not where the worker put them"))?;
        Ok((Self { path }, found))
    }

    /// Reads the rows from the beginning.
    pub(super) fn iter(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Row>> + use<>> {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&self.path)?;
        Ok(reader.into_records().map(|record| {
            let record = record?;
            let mut cells = record.iter();
            let number = cells.next().and_then(|number| number.parse().ok()).context("a row of the table has no number")?;
            Ok(Row { number, cells: cells.map(str::to_owned).collect() })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_the_plain_form_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("bảng.csv");
        fs::write(&table, "Mã,Tên\nH1,\"hai\ndòng, \"\"ngoặc\"\"\"\n\nH2\n").unwrap();
        let found = lay_out(&table, "bảng.csv", &folder.path().join("worker")).unwrap();
        assert_eq!((found.encoding.as_deref(), found.is_guess, found.problems.len()), (Some("UTF-8"), false, 0));
        let path = PathBuf::from(OsStr::from_bytes(&bytes_of_raw(&found.path)));
        let rows: Vec<Row> = Rows { path }.iter().unwrap().map(Result::unwrap).collect();
        let cells: Vec<(usize, String)> = rows.into_iter().map(|row| (row.number, row.cells.join("|"))).collect();
        assert_eq!(cells, [(1, "Mã|Tên".to_owned()), (2, "H1|hai\ndòng, \"ngoặc\"".to_owned()), (5, "H2".to_owned())]);
    }
}
