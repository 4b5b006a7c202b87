//! From rows to records: which are made, which are changed, and which rows are refused.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::model::{Field, Model, Problem};
use kho_archive::record::{Kind, Record, RecordId, Text};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Options;
use super::mapping::{Creates, How, Mapped, Mapping, Reading};
use crate::media::table::Row;
use crate::typed::{self, Change, Found, Mode, Names, Resolve, TypedError, Typing, fold};

/// The field that keeps the cells of columns that are no field.
const IMPORTED: &str = "imported";

/// The code by which records are found again.
const CODE: &str = "code";

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RowReport {
    /// Its number, as people count.
    pub(crate) row: usize,
    /// Its key; empty where it has none.
    pub(crate) key: String,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// Its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<RecordId>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Refused,
}

/// What a batch of rows wants.
pub(super) struct Plan {
    /// The records, those that rows refer to first.
    pub(super) records: Vec<Record>,
    /// One report for each row.
    pub(super) reports: Vec<RowReport>,
    /// How many records were made because rows refer to them.
    pub(super) made: usize,
}

/// Makes records of rows.
pub(super) struct Planner<'a> {
    archive: &'a Archive,
    model: &'a Model,
    mapping: &'a Mapping,
    options: &'a Options,
    twice: &'a HashMap<String, Vec<usize>>,
    names: Names<'a>,
    /// What this batch makes because its rows refer to it.
    made: RefCell<Vec<Record>>,
    /// Titles and keys of the rows of this batch: a row may refer to one above it.
    batch: RefCell<HashMap<String, RecordId>>,
    /// The commit up to which the names are known.
    seen: Cell<u64>,
}

/// Why a row becomes nothing: it is refused, or the archive cannot be used.
enum Refusal {
    Row(String),
    Archive(anyhow::Error),
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        archive: &'a Archive, model: &'a Model, mapping: &'a Mapping, options: &'a Options, twice: &'a HashMap<String, Vec<usize>>,
    ) -> Self {
        let names = Names::new(archive.catalogue());
        Self { archive, model, mapping, options, twice, names, made: RefCell::default(), batch: RefCell::default(), seen: Cell::new(0) }
    }

    /// Plans a batch on the catalogue as it is now; may be called again for the same batch.
    pub(super) fn plan(&self, catalogue: &Catalogue, rows: &[Row]) -> anyhow::Result<Plan> {
        self.let_go(0);
        self.batch.borrow_mut().clear();
        if catalogue.head()?.sequence != self.seen.get() {
            self.names.forget_all();
        }
        let (mut records, mut reports) = (Vec::new(), Vec::new());
        for row in rows {
            let made_before = self.made.borrow().len();
            let report = |outcome, id, reason| RowReport { row: row.number, key: self.mapping.key_of(row).unwrap_or_default(), outcome, id, reason };
            match self.row(catalogue, row) {
                Ok((record, Outcome::Unchanged)) => reports.push(report(Outcome::Unchanged, Some(record.id), None)),
                Ok((record, outcome)) => {
                    let is_real = outcome == Outcome::Updated || !self.options.dry_run;
                    reports.push(report(outcome, is_real.then_some(record.id), None));
                    self.note(&record);
                    records.push(record);
                }
                Err(Refusal::Row(reason)) => {
                    self.let_go(made_before);
                    reports.push(report(Outcome::Refused, None, Some(reason)));
                }
                Err(Refusal::Archive(error)) => return Err(error),
            }
        }
        let made = self.made.borrow().clone();
        Ok(Plan { made: made.len(), records: made.into_iter().chain(records).collect(), reports })
    }

    /// Takes what the last plan made for granted: it was committed, or would have been.
    pub(super) fn settle(&self, catalogue: &Catalogue) -> anyhow::Result<()> {
        self.made.borrow_mut().clear();
        let kind = self.mapping.kind.as_str();
        for (title, id) in self.batch.borrow_mut().drain().filter(|_| self.names.knows(kind)) {
            self.names.add(kind, &title, id)?;
        }
        self.seen.set(catalogue.head()?.sequence);
        Ok(())
    }

    /// Remembers what a record of this batch is called.
    fn note(&self, record: &Record) {
        let code = record.fields.get(CODE).and_then(Value::as_str).into_iter();
        let words = record.title.values().map(String::as_str).chain(code);
        self.batch.borrow_mut().extend(words.map(|word| (fold(word), record.id)));
    }

    /// Lets go of what was made after the first so many.
    fn let_go(&self, after: usize) {
        for record in self.made.borrow_mut().drain(after..) {
            self.names.forget(record.kind.as_str(), record.id);
        }
    }

    fn row(&self, catalogue: &Catalogue, row: &Row) -> Result<(Record, Outcome), Refusal> {
        let refuse = |reason: String| Err(Refusal::Row(reason));
        let Some(key) = self.mapping.key_of(row) else {
            return refuse(format!("the column {} is empty: the row has no key", self.mapping.key_heading()));
        };
        if let Some(rows) = self.twice.get(&key) {
            let rows: Vec<String> = rows.iter().take(5).map(usize::to_string).collect();
            return refuse(format!("the key {key} stands in several rows ({}); nobody knows which is right", rows.join(", ")));
        }
        let known = catalogue.by_code(&self.mapping.kind, &key)?;
        let before = match known.as_slice() {
            [] => None,
            [id] => catalogue.record(*id)?,
            _ => return refuse(format!("several records have the code {key}; give them codes of their own first")),
        };
        let mut record = match &before {
            Some(before) => before.clone(),
            None => self.fresh(&key)?,
        };
        self.fill(&mut record, row)?;
        if record.title.is_empty() {
            return refuse("it has no title; map a column to `title`".to_owned());
        }
        if before.as_ref() == Some(&record) {
            return Ok((record, Outcome::Unchanged));
        }
        if let Some(problem) = self.problem(before.as_ref(), &record) {
            return refuse(problem.to_string());
        }
        match before {
            None => Ok((record, Outcome::Created)),
            Some(_) => {
                record.revision += 1;
                Ok((record, Outcome::Updated))
            }
        }
    }

    /// Returns what is wrong with a record that was not wrong before. What nobody filled in yet is no problem.
    fn problem(&self, before: Option<&Record>, record: &Record) -> Option<Problem> {
        let problems = match before {
            Some(before) => typed::problems_of_change(self.model, before, record),
            None => self.model.check(record).into_iter().filter(Problem::is_grave).collect(),
        };
        problems.into_iter().find(|problem| !typed::is_open_gap(problem))
    }

    /// Returns a new record with its code and what all of this table have.
    fn fresh(&self, key: &str) -> Result<Record, Refusal> {
        let id = self.archive.free_id().map_err(anyhow::Error::from)?;
        let mut record = Record::new(id, self.mapping.kind.clone(), Text::new());
        record.access = self.options.access.clone();
        record.fields.insert(CODE.to_owned(), json!(key));
        let typing = Typing { language: &self.mapping.language, ..Typing::new(self.model, &self.names) };
        for (name, typed) in &self.mapping.constants {
            self.apply(&mut record, name, typed, &typing)?;
        }
        Ok(record)
    }

    /// Writes the cells of a row into a record. An empty cell says nothing: what is there stays.
    fn fill(&self, record: &mut Record, row: &Row) -> Result<(), Refusal> {
        let mut written: HashSet<&str> = HashSet::new();
        for column in &self.mapping.columns {
            let Some(cell) = cell(row, column.place) else { continue };
            let cell = column.values.get(&fold(cell)).map_or(cell, String::as_str);
            if cell.is_empty() {
                continue;
            }
            // Two columns of one field add up.
            let mode = if written.insert(&column.field) { Mode::Replace } else { Mode::Append };
            self.fill_one(record, column, cell, mode)?;
        }
        for (place, heading) in &self.mapping.kept {
            if let Some(cell) = cell(row, *place)
                && let Value::Object(kept) = record.fields.entry(IMPORTED).or_insert_with(|| json!({}))
            {
                kept.insert(heading.clone(), json!(cell));
            }
        }
        Ok(())
    }

    fn fill_one(&self, record: &mut Record, column: &Mapped, cell: &str, mode: Mode) -> Result<(), Refusal> {
        let (Reading::Typed(how) | Reading::Claims { how, .. } | Reading::Groups { how, .. }) = &column.reading;
        let making = Making { planner: self, creates: column.creates.as_ref(), language: &how.language };
        let typing = typing(self.model, &making, how);
        match &column.reading {
            Reading::Typed(_) => {
                let is_text_or_position = mode == Mode::Replace || !column.part.is_empty();
                let is_list = self.model.field(record.kind.as_str(), &column.field).is_some_and(typed::is_list);
                let mode = if is_text_or_position || !is_list { Mode::Replace } else { mode };
                let change = Change { field: column.field.clone(), part: column.part.clone(), mode, typed: cell.to_owned() };
                Ok(typed::apply(record, &change, &typing, &self.options.actor)?)
            }
            Reading::Claims { field, source, .. } => {
                let claims = self.claims(field, source.as_deref(), cell, &typing)?;
                add(&mut record.fields, field, claims, |known, new| known["value"] == new["value"]);
                Ok(())
            }
            Reading::Groups { field, inner, with, .. } => {
                let groups = self.groups(field, inner, with, cell, &typing)?;
                if field.many {
                    add(&mut record.fields, field, groups, says_at_least);
                } else if let Some(group) = groups.into_iter().next() {
                    typed::place(&mut record.fields, field, Mode::Replace, group);
                }
                Ok(())
            }
        }
    }

    /// Reads claims. What stands in brackets behind one says where it was read.
    fn claims(&self, field: &Field, source: Option<&str>, cell: &str, typing: &Typing<'_>) -> Result<Vec<Value>, Refusal> {
        let source = source.map(|title| self.source(title, typing.language)).transpose()?;
        let mut claims = Vec::new();
        for part in typed::parts(cell, typing.separator) {
            let (words, remark) = typed::without_remark(part);
            let mut claim = json!({"value": typing.bare(field, words)?});
            let remark = remark.map(|remark| json!({typing.language: remark}));
            match (source, remark) {
                (Some(source), None) => claim["sources"] = json!([{"source": source}]),
                (Some(source), Some(remark)) => claim["sources"] = json!([{"source": source, "note": remark}]),
                (None, None) => claim["sources"] = json!({"state": "unknown"}),
                (None, Some(remark)) => (claim["sources"], claim["note"]) = (json!({"state": "unknown"}), remark),
            }
            claims.push(claim);
        }
        Ok(claims)
    }

    fn source(&self, title: &str, language: &str) -> Result<RecordId, Refusal> {
        let creates = Creates { kind: "source".to_owned(), make: [("citation".to_owned(), "{title}".to_owned())].into() };
        let making = Making { planner: self, creates: Some(&creates), language };
        match making.resolve(&["source"], title)? {
            Found::One(id) => Ok(id),
            _ => Err(Refusal::Row(format!("several sources are called {title:?}; write the identifier of the one that is meant"))),
        }
    }

    fn groups(&self, field: &Field, inner: &Field, with: &[(Field, String)], cell: &str, typing: &Typing<'_>) -> Result<Vec<Value>, Refusal> {
        let parts = if field.many { typed::parts(cell, typing.separator) } else { vec![cell] };
        let mut groups = Vec::new();
        for part in parts {
            let mut group = Map::from_iter([(inner.name.clone(), typing.value(inner, part)?)]);
            for (field, typed) in with {
                group.insert(field.name.clone(), typing.value(field, typed)?);
            }
            groups.push(Value::Object(group));
        }
        Ok(groups)
    }

    /// Sets a field of a record that is being made.
    fn apply(&self, record: &mut Record, name: &str, typed: &str, typing: &Typing<'_>) -> Result<(), Refusal> {
        let (field, part) = name.split_once('.').unwrap_or((name, ""));
        let change = Change { field: field.to_owned(), part: part.to_owned(), mode: Mode::Replace, typed: typed.to_owned() };
        Ok(typed::apply(record, &change, typing, &self.options.actor)?)
    }
}

/// Finds the records that a column refers to, and makes those that are not there where the map says so.
struct Making<'a> {
    planner: &'a Planner<'a>,
    creates: Option<&'a Creates>,
    language: &'a str,
}

impl Resolve for Making<'_> {
    fn resolve(&self, kinds: &[&str], typed: &str) -> anyhow::Result<Found> {
        let found = self.planner.names.resolve(kinds, typed)?;
        let may_be_above = found == Found::None && kinds.contains(&self.planner.mapping.kind.as_str());
        if may_be_above && let Some(id) = self.planner.batch.borrow().get(&fold(typed)) {
            return Ok(Found::One(*id));
        }
        match self.creates.filter(|creates| found == Found::None && kinds.contains(&creates.kind.as_str())) {
            Some(creates) => Ok(Found::One(self.make(creates, typed.trim())?)),
            None => Ok(found),
        }
    }
}

impl Making<'_> {
    fn make(&self, creates: &Creates, title: &str) -> anyhow::Result<RecordId> {
        let planner = self.planner;
        let title_in_language = Text::from([(self.language.to_owned(), title.to_owned())]);
        let mut record = Record::new(planner.archive.free_id()?, Kind::from(creates.kind.as_str()), title_in_language);
        record.access = planner.options.access.clone();
        let typing = Typing { language: self.language, ..Typing::new(planner.model, &planner.names) };
        for (name, typed) in &creates.make {
            planner.apply(&mut record, name, &typed.replace("{title}", title), &typing).map_err(Refusal::into_error)?;
        }
        let wrong = planner.model.check(&record).into_iter().filter(Problem::is_grave).find(|problem| !typed::is_open_gap(problem));
        if let Some(problem) = wrong {
            return Err(TypedError::Wrong(problem).into());
        }
        let id = record.id;
        planner.names.add(&creates.kind, title, id)?;
        planner.made.borrow_mut().push(record);
        Ok(id)
    }
}

impl Refusal {
    fn into_error(self) -> anyhow::Error {
        match self {
            Self::Row(reason) => TypedError::Use(reason).into(),
            Self::Archive(error) => error,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let error = error.into();
        let is_of_row = error.chain().any(|cause| cause.downcast_ref::<TypedError>().is_some_and(TypedError::is_wrong_use));
        if is_of_row { Self::Row(format!("{error:#}")) } else { Self::Archive(error) }
    }
}

fn typing<'a>(model: &'a Model, names: &'a dyn Resolve, how: &'a How) -> Typing<'a> {
    Typing { language: &how.language, as_of: how.as_of, separator: &how.separator, ..Typing::new(model, names) }
}

/// Adds to a list what it does not say yet: claims and groups are never overwritten by a table.
fn add(fields: &mut Map<String, Value>, field: &Field, new: Vec<Value>, is_said: impl Fn(&Value, &Value) -> bool) {
    let known = fields.entry(field.name.clone()).or_insert_with(|| json!([]));
    if !known.is_array() {
        *known = json!([]);
    }
    let Value::Array(known) = known else { return };
    for value in new {
        if !known.iter().any(|known| is_said(known, &value)) {
            known.push(value);
        }
    }
    if known.is_empty() {
        fields.remove(&field.name);
    }
}

/// Whether a group says all that another one says.
fn says_at_least(known: &Value, new: &Value) -> bool {
    let (Some(known), Some(new)) = (known.as_object(), new.as_object()) else { return known == new };
    new.iter().all(|(name, value)| known.get(name) == Some(value))
}

fn cell(row: &Row, place: usize) -> Option<&str> {
    row.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}
