//! The report of a delivery: what came, what was refused and why, and what needs a look. It is kept in the archive,
//! as HTML for reading and CSV for counting, in both languages, with the record of the accession.
//!
//! It tells of the whole delivery as it lies in the archive, not of the run that ended it: a delivery that was cut off and
//! gone on with has the same report as one that was not. The files are read from the catalogue one after another: a
//! million of them costs no memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use askama::Template;
use kho_archive::Archive;
use kho_archive::catalogue::Standing;
use kho_archive::digest::Fingerprint;
use kho_archive::record::{Record, RecordId, Role, bytes_of_raw};
use serde_json::json;

use super::account::Account;
use super::describing::{self, TableReport};
use super::plan::MAY_BELONG;
use crate::media::names;
use crate::web::texts::Texts;

/// Lines of one kind that the HTML shows; the CSV has all.
const MOST_SHOWN: usize = 2000;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stored,
    Duplicate,
    Sidecar,
    Link,
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
            Self::Refused => "report-refused",
        }
    }
}

/// One entry of the delivery.
struct Line {
    /// Its path, readable.
    path: String,
    fate: Fate,
    /// In bytes.
    size: u64,
    mime: String,
    /// SHA-256, for comparing with lists of others.
    sha256: String,
    /// Why it was refused, or what needs a look.
    note: String,
    /// What it may belong to, and why that is only a proposal.
    proposal: Option<(String, String)>,
}

/// The delivery as it lies in the archive.
struct Delivery<'a> {
    archive: &'a Archive,
    record: &'a Record,
    account: &'a Account,
}

impl Delivery<'_> {
    /// Shows every entry: what is kept in the order of the paths, then what was refused.
    fn each(&self, mut show: impl FnMut(Line) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let catalogue = self.archive.catalogue();
        let mut after = (String::new(), String::new());
        loop {
            let some = catalogue.paths_after(self.record.id, (&after.0, &after.1), 1000)?;
            let Some((root, raw, _)) = some.last() else { break };
            after = (root.clone(), raw.clone());
            let ids: BTreeSet<RecordId> = some.iter().map(|(_, _, standing)| standing.record).collect();
            let holders = catalogue.records(ids.iter().copied())?;
            let holders: BTreeMap<RecordId, Record> = holders.into_iter().flatten().map(|record| (record.id, record)).collect();
            for (root, raw, standing) in some {
                show(self.line((&root, &raw), &standing, holders.get(&standing.record)))?;
            }
        }
        for refused in self.account.kept_refusals() {
            let (path, note) = (refused.path.clone(), refused.reason.clone());
            show(Line { path, fate: Fate::Refused, size: 0, mime: String::new(), sha256: String::new(), note, proposal: None })?;
        }
        Ok(())
    }

    fn line(&self, (root, raw): (&str, &str), standing: &Standing, holder: Option<&Record>) -> Line {
        let (path, _) = names::readable(&bytes_of_raw(raw));
        let path = if self.has_roots() { format!("{root}/{path}") } else { path };
        let size = standing.size;
        let file = holder.and_then(|record| record.files.iter().find(|file| Some(file.digest) == standing.digest));
        let Some(file) = file else {
            return Line { path, fate: Fate::Link, size, mime: String::new(), sha256: String::new(), note: String::new(), proposal: None };
        };
        let first = file.paths.iter().find(|found| found.superseded.is_none());
        let is_first = first.is_none_or(|found| (found.accession, &*found.root, &*found.raw) == (self.record.id, root, raw));
        let is_beside = file.role == Role::sidecar() || file.role == Role::transcript();
        let fate = match () {
            () if !is_first => Fate::Duplicate,
            () if is_beside => Fate::Sidecar,
            () => Fate::Stored,
        };
        let mime = file.technical.mime.clone().unwrap_or_default();
        let words = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let proposal = file.more.get(MAY_BELONG).and_then(|said| Some((words(&said["with"])?, words(&said["why"])?)));
        Line { path, fate, size, mime, sha256: file.sha256.to_string(), note: file.technical.problems.join("; "), proposal }
    }

    /// Whether the delivery came from several folders, so that paths alone do not tell where a file was.
    fn has_roots(&self) -> bool {
        self.record.accession.as_ref().is_some_and(|accession| accession.roots.len() > 1)
    }

    /// How the tables of the delivery were understood.
    fn tables(&self) -> anyhow::Result<Vec<TableReport>> {
        let mut tables = Vec::new();
        let catalogue = self.archive.catalogue();
        for id in tables_of(self.record) {
            let Some(record) = catalogue.record(id)? else { continue };
            let reports = record.fields.get(describing::TABLE).and_then(serde_json::Value::as_array).into_iter().flatten();
            tables.extend(reports.filter_map(|report| serde_json::from_value(report.clone()).ok()));
        }
        Ok(tables)
    }
}

/// The records of the tables that an accession says were applied.
fn tables_of(accession: &Record) -> Vec<RecordId> {
    let ids = accession.fields.get(describing::TABLES).and_then(serde_json::Value::as_array).into_iter().flatten();
    ids.filter_map(|id| id.as_str()?.parse().ok()).collect()
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

/// Writes the reports of a delivery and returns the files that its accession then has. `record` is the accession;
/// `account` tells what was refused.
///
/// # Errors
/// When the archive cannot be written.
pub(super) fn keep(archive: &Archive, record: &Record, account: &Account) -> anyhow::Result<Vec<kho_archive::record::File>> {
    let delivery = Delivery { archive, record, account };
    let languages = [Texts::vietnamese(), Texts::english()];
    let (gathered, tables) = gather(&delivery, &languages)?;
    let (mut files, mut staged) = (Vec::new(), Vec::new());
    for (texts, table) in languages.iter().zip(tables) {
        let page = page(texts, &delivery, &gathered)?;
        for (mime, bytes) in [("text/html", &mut page.as_bytes() as &mut dyn Read), ("text/csv", &mut File::open(table)?)] {
            let content = archive.store().stage(bytes)?;
            files.push(file_of(content.fingerprint(), texts, mime));
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
    kho_archive::record::File { digest, sha256, size, role: Role::report(), paths: Vec::new(), technical, more }
}

/// Numbers of a delivery.
#[derive(Default)]
struct Totals {
    by_fate: BTreeMap<&'static str, u64>,
    formats: BTreeMap<String, u64>,
    bytes: u64,
}

/// What the pages say of the entries of a delivery, in whatever language.
#[derive(Default)]
struct Gathered {
    looks: Lines,
    proposals: Lines,
    totals: Totals,
}

impl Gathered {
    fn add(&mut self, line: Line) {
        let totals = &mut self.totals;
        *totals.by_fate.entry(line.fate.key()).or_default() += 1;
        if matches!(line.fate, Fate::Stored | Fate::Sidecar) {
            totals.bytes += line.size;
            *totals.formats.entry(line.mime).or_default() += 1;
            if !line.note.is_empty() {
                self.looks.add(line.path.clone(), line.note);
            }
        }
        if let Some((with, why)) = line.proposal {
            self.proposals.add(line.path, format!("{with}: {why}"));
        }
    }
}

/// Goes through the delivery once; returns what the pages say, and where the table of each language was written.
fn gather(delivery: &Delivery<'_>, languages: &[Texts]) -> anyhow::Result<(Gathered, Vec<PathBuf>)> {
    let mut gathered = Gathered::default();
    let mut tables = languages.iter().map(|texts| Table::begin(texts, delivery)).collect::<anyhow::Result<Vec<_>>>()?;
    delivery.each(|line| {
        tables.iter_mut().try_for_each(|table| table.add(&line))?;
        gathered.add(line);
        Ok(())
    })?;
    Ok((gathered, tables.into_iter().map(Table::finish).collect::<anyhow::Result<_>>()?))
}

fn page(texts: &Texts, delivery: &Delivery<'_>, gathered: &Gathered) -> anyhow::Result<String> {
    let totals = &gathered.totals;
    let (mut refused, mut rows, mut tables, mut formats, mut notes) =
        (Lines::default(), Lines::default(), Lines::default(), Lines::default(), Lines::default());
    delivery.account.kept_refusals().for_each(|line| refused.add(line.path.clone(), line.reason.clone()));
    for table in delivery.tables()? {
        table.without_file.iter().for_each(|row| rows.add(format!("{}: {}", table.path, row.row), row.file.clone()));
        let columns: Vec<String> = table.columns.iter().map(|(heading, field)| format!("{heading} = {field}")).collect();
        tables.add(table.path, columns.join("; "));
    }
    totals.formats.iter().for_each(|(mime, count)| formats.add(mime.clone(), texts.number(*count)));
    delivery.account.notes.iter().for_each(|note| notes.add(String::new(), note.clone()));
    let sections = [
        ("report-refused-heading", refused),
        ("report-look-heading", gathered.looks.clone()),
        ("report-proposals-heading", gathered.proposals.clone()),
        ("report-rows-heading", rows),
        ("report-tables-heading", tables),
        ("report-formats-heading", formats),
        ("report-notes-heading", notes),
    ];
    let title = delivery.record.title_in(texts.language());
    let sections = sections.into_iter().filter_map(|(key, lines)| lines.into_section(texts, key)).collect();
    Ok(Page { t: texts, title: &title, facts: facts(texts, delivery.record, totals), sections }.render()?)
}

/// Lines of one kind while they are gathered: the first of them, and how many there are.
#[derive(Clone, Default)]
struct Lines {
    shown: Vec<(String, String)>,
    count: u64,
}

impl Lines {
    fn add(&mut self, left: String, right: String) {
        self.count += 1;
        if self.shown.len() < MOST_SHOWN {
            self.shown.push((left, right));
        }
    }

    fn into_section(self, texts: &Texts, key: &str) -> Option<Section> {
        let hidden = self.count - self.shown.len() as u64;
        let more = (hidden > 0).then(|| texts.count("report-more", hidden));
        (self.count > 0).then(|| Section { heading: texts.count(key, self.count), lines: self.shown, more })
    }
}

fn facts(texts: &Texts, record: &Record, totals: &Totals) -> Vec<(String, String)> {
    let mut facts = vec![(texts.get("report-accession"), record.id.grouped())];
    for (field, key) in [("giver", "report-giver"), ("agreement", "report-agreement")] {
        let said = record.fields.get(field).and_then(serde_json::Value::as_str);
        facts.extend(said.map(|words| (texts.get(key), words.to_owned())));
    }
    facts.push((texts.get("report-walked"), texts.number(totals.by_fate.values().sum())));
    facts.extend(totals.by_fate.iter().map(|(key, count)| (texts.get(key), texts.number(*count))));
    facts.push((texts.get("report-bytes"), texts.number(totals.bytes)));
    facts
}

/// The table of all files in one language, while it is written.
struct Table<'a> {
    texts: &'a Texts,
    path: PathBuf,
    table: csv::Writer<BufWriter<File>>,
}

impl<'a> Table<'a> {
    fn begin(texts: &'a Texts, delivery: &Delivery<'_>) -> anyhow::Result<Self> {
        let path = delivery.archive.scratch()?.join(format!("report-{}.csv", texts.language()));
        let mut file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        // Spreadsheets take a CSV for UTF-8 only by this mark.
        file.write_all("\u{feff}".as_bytes())?;
        let mut table = csv::Writer::from_writer(BufWriter::new(file));
        table
            .write_record(["report-path", "report-fate", "report-size", "report-format", "report-sha256", "report-note"].map(|key| texts.get(key)))?;
        Ok(Self { texts, path, table })
    }

    fn add(&mut self, line: &Line) -> anyhow::Result<()> {
        let (fate, size) = (self.texts.get(line.fate.key()), line.size.to_string());
        let cells: [&str; 6] = [&line.path, &fate, &size, &line.mime, &line.sha256, &line.note];
        Ok(self.table.write_record(cells.iter().map(|cell| for_spreadsheet(cell).into_owned()))?)
    }

    fn finish(mut self) -> anyhow::Result<PathBuf> {
        self.table.flush()?;
        Ok(self.path)
    }
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
