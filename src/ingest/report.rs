//! The report of a delivery: what came, what was refused and why, and what needs a look. It is kept in the archive,
//! as HTML for reading and CSV for counting, in both languages, with the record of the accession.
//!
//! The lines are written to a passing file while the run goes on: a delivery of a million files costs no memory.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use askama::Template;
use kho_archive::Archive;
use kho_archive::digest::Fingerprint;
use kho_archive::record::{Record, RecordId, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Account, Class};
use crate::web::texts::Texts;

/// Lines of one kind that the HTML shows; the CSV has all.
const MOST_SHOWN: usize = 2000;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fate {
    Stored,
    Duplicate,
    Sidecar,
    Link,
    Ignored,
    Refused,
}

impl Fate {
    /// The key of its message.
    fn key(self) -> &'static str {
        match self {
            Self::Stored => "report-stored",
            Self::Duplicate => "report-duplicate",
            Self::Sidecar => "report-sidecar",
            Self::Link => "report-link",
            Self::Ignored => "report-ignored",
            Self::Refused => "report-refused",
        }
    }
}

impl From<Class> for Fate {
    fn from(class: Class) -> Self {
        match class {
            Class::Duplicate => Self::Duplicate,
            Class::Sidecar => Self::Sidecar,
            Class::Stored => Self::Stored,
        }
    }
}

/// One file of the delivery.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Line {
    /// Its path, readable.
    pub(super) path: String,
    pub(super) fate: Option<Fate>,
    /// In bytes.
    pub(super) size: u64,
    pub(super) mime: String,
    /// SHA-256, for comparing with lists of others.
    pub(super) sha256: String,
    /// Why it was refused, or what needs a look.
    pub(super) note: String,
}

/// The lines of a run, in a passing file.
pub(super) struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Lines {
    /// # Errors
    /// When the passing folder of the archive cannot be written.
    pub(super) fn new(archive: &Archive) -> anyhow::Result<Self> {
        let path = archive.scratch()?.join("report");
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { path, file: BufWriter::new(file) })
    }

    pub(super) fn add(&mut self, line: &Line) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")?;
        Ok(())
    }

    /// Shows every line.
    fn each(&mut self, mut show: impl FnMut(Line) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.file.flush()?;
        for line in BufReader::new(File::open(&self.path)?).lines() {
            show(serde_json::from_str(&line?)?)?;
        }
        Ok(())
    }
}

/// A report as a page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    t: &'a Texts,
    title: &'a str,
    facts: Vec<(String, String)>,
    sections: Vec<Section>,
}

impl Page<'_> {
    /// A report is one file that needs no other.
    const STYLE: &'static str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#221c16}\
        h1 small{font-weight:400}h2{margin-top:2rem;font-size:1.1rem}table{border-collapse:collapse;width:100%}\
        th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ddd3c3;overflow-wrap:anywhere}th{font-weight:400;color:#6b5d4d;width:16rem}";
}

/// Lines of one kind.
struct Section {
    heading: String,
    /// What stands left and right.
    lines: Vec<(String, String)>,
    /// How many more there are.
    more: Option<String>,
}

impl Section {
    fn new(t: &Texts, key: &str, lines: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let mut lines: Vec<_> = lines.collect();
        let count = lines.len();
        lines.truncate(MOST_SHOWN);
        let hidden = (count - lines.len()) as u64;
        let more = (hidden > 0).then(|| t.count("report-more", hidden));
        (count > 0).then(|| Self { heading: t.count(key, count as u64), lines, more })
    }
}

/// Writes the reports of a run and returns the files that its accession then has. `record` is the accession.
///
/// # Errors
/// When the archive cannot be written.
pub(super) fn keep(archive: &Archive, record: &Record, account: &Account, lines: &mut Lines) -> anyhow::Result<Vec<kho_archive::record::File>> {
    let (mut files, mut staged) = (Vec::new(), Vec::new());
    for texts in [Texts::vietnamese(), Texts::english()] {
        let page = page(&texts, record, account, lines)?;
        let table = table(archive, &texts, lines)?;
        for (mime, bytes) in [("text/html", &mut page.as_bytes() as &mut dyn Read), ("text/csv", &mut File::open(table)?)] {
            let content = archive.store().stage(bytes)?;
            files.push(file_of(content.fingerprint(), &texts, mime));
            staged.push(content);
        }
    }
    archive.store().settle(staged)?;
    Ok(files)
}

fn file_of(fingerprint: &Fingerprint, texts: &Texts, mime: &str) -> kho_archive::record::File {
    let technical = kho_archive::record::Technical { mime: Some(mime.to_owned()), ..kho_archive::record::Technical::default() };
    let more = [("language".to_owned(), json!(texts.language()))].into_iter().collect();
    let Fingerprint { digest, sha256, size } = *fingerprint;
    kho_archive::record::File { digest, sha256, size, role: Role::from("report"), paths: Vec::new(), technical, more }
}

fn page(texts: &Texts, record: &Record, account: &Account, lines: &mut Lines) -> anyhow::Result<String> {
    let mut looks = Vec::new();
    let mut formats: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    lines.each(|line| {
        let is_kept = line.fate.is_some_and(|fate| matches!(fate, Fate::Stored | Fate::Sidecar));
        if is_kept {
            *formats.entry(line.mime).or_default() += 1;
        }
        if is_kept && !line.note.is_empty() && looks.len() <= MOST_SHOWN {
            looks.push((line.path, line.note));
        }
        Ok(())
    })?;
    let loose = account.tables.iter().flat_map(|table| {
        let told = |row: &super::describing::LooseRow| (format!("{}: {}", table.path, row.row), row.file.clone());
        table.without_file.iter().map(told).collect::<Vec<_>>()
    });
    let tables = account.tables.iter().map(|table| {
        let columns: Vec<String> = table.columns.iter().map(|(heading, field)| format!("{heading} = {field}")).collect();
        (table.path.clone(), columns.join("; "))
    });
    let sections = [
        Section::new(texts, "report-refused-heading", account.refused.iter().map(|refused| (refused.path.clone(), refused.reason.clone()))),
        Section::new(texts, "report-look-heading", looks.into_iter()),
        Section::new(
            texts,
            "report-proposals-heading",
            account.proposals.iter().map(|proposal| (proposal.path.clone(), format!("{}: {}", proposal.with, proposal.why))),
        ),
        Section::new(texts, "report-rows-heading", loose),
        Section::new(texts, "report-tables-heading", tables),
        Section::new(texts, "report-formats-heading", formats.into_iter().map(|(mime, count)| (mime, texts.number(count)))),
        Section::new(texts, "report-notes-heading", account.notes.iter().map(|note| (String::new(), note.clone()))),
    ];
    let title = record.title_in(texts.language());
    let page = Page { t: texts, title: &title, facts: facts(texts, record, account), sections: sections.into_iter().flatten().collect() };
    Ok(page.render()?)
}

fn facts(texts: &Texts, record: &Record, account: &Account) -> Vec<(String, String)> {
    let mut facts = vec![(texts.get("report-accession"), record.id.grouped()), (texts.get("report-when"), kho_archive::journal::now())];
    for (field, key) in [("giver", "report-giver"), ("agreement", "report-agreement")] {
        let said = record.fields.get(field).and_then(serde_json::Value::as_str);
        facts.extend(said.map(|words| (texts.get(key), words.to_owned())));
    }
    let counts = [
        ("report-walked", account.walked),
        ("report-stored", account.stored),
        ("report-duplicate", account.duplicates),
        ("report-sidecar", account.sidecars),
        ("report-unchanged", account.unchanged),
        ("report-ignored", account.ignored),
        ("report-refused", account.refused.len() as u64),
        ("report-bytes", account.bytes_stored),
    ];
    facts.extend(counts.map(|(key, count)| (texts.get(key), texts.number(count))));
    facts
}

/// Writes the table of all files; returns where.
fn table(archive: &Archive, texts: &Texts, lines: &mut Lines) -> anyhow::Result<PathBuf> {
    let path = archive.scratch()?.join(format!("report-{}.csv", texts.language()));
    let mut file = File::create(&path)?;
    // Spreadsheets take a CSV for UTF-8 only by this mark.
    file.write_all("\u{feff}".as_bytes())?;
    let mut table = csv::Writer::from_writer(BufWriter::new(file));
    table.write_record(["report-path", "report-fate", "report-size", "report-format", "report-sha256", "report-note"].map(|key| texts.get(key)))?;
    lines.each(|line| {
        let fate = line.fate.map(|fate| texts.get(fate.key())).unwrap_or_default();
        let cells = [line.path, fate, line.size.to_string(), line.mime, line.sha256, line.note];
        table.write_record(cells.iter().map(|cell| for_spreadsheet(cell).into_owned()))?;
        Ok(())
    })?;
    table.flush()?;
    Ok(path)
}

/// Returns a cell as a spreadsheet may be given it: text that a spreadsheet would take for a formula gets an
/// apostrophe in front (OWASP, "CSV Injection"). Only for reports that people open; what is kept stays as it was.
fn for_spreadsheet(cell: &str) -> Cow<'_, str> {
    const STARTS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // Spreadsheets pass over white space in front of a formula.
    let starts_formula = cell.starts_with(STARTS_FORMULA) || cell.trim_start().starts_with(STARTS_FORMULA);
    if starts_formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// What the record of an accession says while its material is being brought in.
pub(super) const UNDER_WAY: &str = "under_way";

/// Returns the revision of an accession that has these reports, and is no longer under way.
pub(super) fn with_reports(mut record: Record, files: Vec<kho_archive::record::File>) -> Record {
    record.revision += 1;
    record.fields.remove(UNDER_WAY);
    for file in files {
        if !record.files.iter().any(|known| known.digest == file.digest) {
            record.files.push(file);
        }
    }
    record
}

/// Whether an accession was begun and not finished.
pub(super) fn is_under_way(archive: &Archive, id: RecordId) -> anyhow::Result<bool> {
    Ok(archive.catalogue().record(id)?.is_some_and(|record| record.fields.contains_key(UNDER_WAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(for_spreadsheet("=HYPERLINK(\"http://evil\")"), "'=HYPERLINK(\"http://evil\")");
        assert_eq!(for_spreadsheet(" @SUM(1)"), "' @SUM(1)");
        assert_eq!(for_spreadsheet("-5"), "'-5");
        assert_eq!(for_spreadsheet("Đan đó - Thủ Sỹ"), "Đan đó - Thủ Sỹ");
    }
}
