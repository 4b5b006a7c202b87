//! From rows to records: which are made, which are changed, and which rows are refused.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::model::{Field, Model, Problem};
use kho_archive::record::{Kind, Record, RecordId, Text, raw_of_bytes};
use serde::Serialize;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

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
    /// The same, in parts; the first one where several cells were left out.
    #[serde(skip)]
    pub(crate) why: Option<Reason>,
}

/// Why a row or a cell was left out: for programs, and for pages that say it in the language of their reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reason {
    /// One of a few words.
    pub(crate) code: &'static str,
    /// The field that it is about; empty if it is about none.
    pub(crate) field: String,
    /// What stands in the cell.
    pub(crate) typed: String,
    /// A full sentence.
    pub(crate) text: String,
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
    pub(super) model: &'a Model,
    pub(super) mapping: &'a Mapping,
    options: &'a Options,
    twice: &'a HashMap<String, Vec<usize>>,
    names: Names<'a>,
    /// What this batch makes because its rows refer to it.
    made: RefCell<Vec<Record>>,
    /// Titles and keys of the rows of this batch: a row may refer to one above it.
    batch: RefCell<HashMap<String, RecordId>>,
    /// The records of this batch whose lists grow, as they will be.
    pub(super) growing: RefCell<HashMap<RecordId, Record>>,
    /// What was left out of the row at hand, because it refers to something that is not there yet.
    left_out: RefCell<Vec<Reason>>,
    /// The commit up to which the names are known.
    seen: Cell<u64>,
}

/// Why a row becomes nothing: it is refused, or the archive cannot be used.
pub(super) enum Refusal {
    Row(Reason),
    /// It refers to something that is not there.
    Missing(Reason),
    Archive(anyhow::Error),
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        archive: &'a Archive, model: &'a Model, mapping: &'a Mapping, options: &'a Options, twice: &'a HashMap<String, Vec<usize>>,
    ) -> Self {
        let names = Names::new(archive.catalogue());
        Self {
            archive,
            model,
            mapping,
            options,
            twice,
            names,
            made: RefCell::default(),
            batch: RefCell::default(),
            growing: RefCell::default(),
            left_out: RefCell::default(),
            seen: Cell::new(0),
        }
    }

    /// Plans a batch on the catalogue as it is now; may be called again for the same batch.
    pub(super) fn plan(&self, catalogue: &Catalogue, rows: &[Row]) -> anyhow::Result<Plan> {
        self.let_go(0);
        self.batch.borrow_mut().clear();
        self.growing.borrow_mut().clear();
        if catalogue.head()?.sequence != self.seen.get() {
            self.names.forget_all();
        }
        let (mut records, mut reports) = (Vec::new(), Vec::new());
        for row in rows {
            let made_before = self.made.borrow().len();
            let report = |outcome, id, reasons: Vec<Reason>| RowReport {
                row: row.number,
                key: self.mapping.key_of(row).unwrap_or_default(),
                outcome,
                id,
                reason: (!reasons.is_empty()).then(|| reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")),
                why: reasons.into_iter().next(),
            };
            self.left_out.borrow_mut().clear();
            let planned = match &self.mapping.entries {
                Some(entries) => self.entry(catalogue, row, entries),
                None => self.row(catalogue, row),
            };
            let left_out = || self.left_out.borrow().clone();
            match planned {
                Ok((record, Outcome::Unchanged)) => reports.push(report(Outcome::Unchanged, Some(record.id), left_out())),
                Ok((record, outcome)) => {
                    let is_real = outcome == Outcome::Updated || !self.options.dry_run;
                    reports.push(report(outcome, is_real.then_some(record.id), left_out()));
                    if self.mapping.entries.is_some() {
                        self.growing.borrow_mut().insert(record.id, record);
                    } else {
                        self.note(&record);
                        records.push(record);
                    }
                }
                Err(Refusal::Row(reason) | Refusal::Missing(reason)) => {
                    self.let_go(made_before);
                    reports.push(report(Outcome::Refused, None, vec![reason]));
                }
                Err(Refusal::Archive(error)) => return Err(error),
            }
        }
        let mut grown: Vec<Record> = self.growing.borrow_mut().drain().map(|(_, record)| record).collect();
        grown.sort_by_key(|record| record.id);
        records.extend(grown);
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
        let key = self.key(row)?;
        if let Some(rows) = self.twice.get(&key) {
            let rows: Vec<String> = rows.iter().take(5).map(usize::to_string).collect();
            let text = format!("the key {key} stands in several rows ({}); nobody knows which is right", rows.join(", "));
            return Err(Refusal::of("key-twice", &rows.join(", "), text));
        }
        let before = self.known(catalogue, &key)?;
        let mut record = match &before {
            Some(before) => before.clone(),
            None => self.fresh(&key)?,
        };
        self.fill(&mut record, row)?;
        if record.title.is_empty() {
            return Err(Refusal::of("no-title", "", "it has no title; map a column to `title`".to_owned()));
        }
        if before.as_ref() == Some(&record) {
            return Ok((record, Outcome::Unchanged));
        }
        if let Some(problem) = self.problem(before.as_ref(), &record) {
            return Err(Refusal::from_problem(&problem));
        }
        match before {
            None => Ok((record, Outcome::Created)),
            Some(_) => {
                record.revision += 1;
                Ok((record, Outcome::Updated))
            }
        }
    }

    /// Returns the key of a row.
    pub(super) fn key(&self, row: &Row) -> Result<String, Refusal> {
        let heading = self.mapping.key_heading();
        let empty = || Refusal::of("no-key", heading, format!("the column {heading} is empty: the row has no key"));
        self.mapping.key_of(row).ok_or_else(empty)
    }

    /// Returns the record that a key stands for.
    pub(super) fn known(&self, catalogue: &Catalogue, key: &str) -> Result<Option<Record>, Refusal> {
        let found = if self.mapping.is_by_path { at_path(catalogue, key)? } else { catalogue.by_code(&self.mapping.kind, key)? };
        match found.as_slice() {
            [] if self.mapping.is_by_path => {
                Err(Refusal::of("no-file", key, format!("no file of the archive stands at {key}; ingest its folder first")))
            }
            [] => self.without_code(catalogue, key),
            [id] => Ok(catalogue.record(*id)?),
            _ if self.mapping.is_by_path => Err(Refusal::of("several", key, format!("several files of the archive stand at {key}"))),
            _ => Err(Refusal::of("several", key, format!("several records have the code {key}; give them codes of their own first"))),
        }
    }

    /// Returns the record that a table names by its identifier, as exported tables do where there is no code.
    fn without_code(&self, catalogue: &Catalogue, key: &str) -> Result<Option<Record>, Refusal> {
        let Ok(id) = key.parse() else { return Ok(None) };
        Ok(catalogue.record(id)?.filter(|record| record.kind == self.mapping.kind && !record.fields.contains_key(CODE)))
    }

    /// Returns what is wrong with a record that was not wrong before. What nobody filled in yet is no problem.
    pub(super) fn problem(&self, before: Option<&Record>, record: &Record) -> Option<Problem> {
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
            let filled = self.fill_one(record, column, cell, mode);
            self.or_left_out(filled)?;
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

    /// Leaves a cell out that refers to what is not there yet, if that is wanted.
    pub(super) fn or_left_out(&self, filled: Result<(), Refusal>) -> Result<(), Refusal> {
        match filled {
            Err(Refusal::Missing(reason)) if self.options.leave_missing => self.left_out.borrow_mut().push(reason),
            Err(Refusal::Missing(reason)) => return Err(Refusal::Row(reason)),
            filled => return filled,
        }
        Ok(())
    }

    fn fill_one(&self, record: &mut Record, column: &Mapped, cell: &str, mode: Mode) -> Result<(), Refusal> {
        let (Reading::Typed(how) | Reading::Claims { how, .. } | Reading::Groups { how, .. } | Reading::Json { how, .. }) = &column.reading;
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
            Reading::Claims { field, .. } | Reading::Groups { field, .. } | Reading::Json { field, .. } if typing.is_state(field, cell) => {
                // Nothing is taken away that people wrote together.
                record.fields.entry(field.name.clone()).or_insert(typing.value(field, cell)?);
                Ok(())
            }
            Reading::Claims { field, .. } | Reading::Groups { field, .. } | Reading::Json { field, .. } if cell.starts_with(['{', '[']) => {
                match typing.value(field, cell)? {
                    Value::Array(values) => add(&mut record.fields, field, values, says_at_least),
                    value => typed::place(&mut record.fields, field, Mode::Replace, value),
                }
                Ok(())
            }
            Reading::Json { field, .. } => {
                Err(Refusal::of("not-understood", cell, format!("{} cannot be {cell:?}: this column holds JSON", field.name)))
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
            _ => {
                let text = format!("several sources are called {title:?}; write the identifier of the one that is meant");
                Err(Refusal::of("several", title, text))
            }
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
pub(super) struct Making<'a> {
    pub(super) planner: &'a Planner<'a>,
    pub(super) creates: Option<&'a Creates>,
    pub(super) language: &'a str,
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

    fn keeps_unknown_identifiers(&self) -> bool {
        false
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
    pub(super) fn of(code: &'static str, typed: &str, text: String) -> Self {
        Self::Row(Reason { code, field: String::new(), typed: typed.to_owned(), text })
    }

    pub(super) fn from_problem(problem: &Problem) -> Self {
        let code = if problem.is_gap() { "gap" } else { "wrong" };
        Self::Row(Reason { code, field: problem.path.clone(), typed: String::new(), text: problem.to_string() })
    }

    fn into_error(self) -> anyhow::Error {
        match self {
            Self::Row(reason) | Self::Missing(reason) => TypedError::Use(reason.text).into(),
            Self::Archive(error) => error,
        }
    }
}

impl Reason {
    fn of(error: &TypedError, text: String) -> Self {
        let (code, field, typed) = match error {
            TypedError::NotUnderstood { field, typed, .. } => ("not-understood", field.as_str(), typed.as_str()),
            TypedError::NobodyIsCalled { field, typed, .. } => ("nobody", field.as_str(), typed.as_str()),
            TypedError::SeveralAreCalled { field, typed, .. } => ("several", field.as_str(), typed.as_str()),
            TypedError::Wrong(problem) if problem.is_gap() => ("gap", problem.path.as_str(), ""),
            TypedError::Wrong(problem) => ("wrong", problem.path.as_str(), ""),
            TypedError::Use(_) | TypedError::Archive(_) => ("wrong", "", ""),
        };
        Self { code, field: field.to_owned(), typed: typed.to_owned(), text }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let error = error.into();
        let text = format!("{error:#}");
        match error.chain().find_map(|cause| cause.downcast_ref::<TypedError>().filter(|error| error.is_wrong_use())) {
            Some(typed @ TypedError::NobodyIsCalled { .. }) => Self::Missing(Reason::of(typed, text)),
            Some(typed) => Self::Row(Reason::of(typed, text)),
            None => Self::Archive(error),
        }
    }
}

pub(super) fn typing<'a>(model: &'a Model, names: &'a dyn Resolve, how: &'a How) -> Typing<'a> {
    Typing { language: &how.language, as_of: how.as_of, separator: &how.separator, ..Typing::new(model, names) }
}

/// Adds to a list what it does not say yet: claims and groups are never overwritten by a table. Only an entry with an
/// identifier of its own, such as a step, takes the place of the one that it means.
pub(super) fn add(fields: &mut Map<String, Value>, field: &Field, new: Vec<Value>, is_said: impl Fn(&Value, &Value) -> bool) {
    let known = fields.entry(field.name.clone()).or_insert_with(|| json!([]));
    if !known.is_array() {
        *known = json!([]);
    }
    let Value::Array(known) = known else { return };
    for value in new {
        let id = value.get("id").filter(|_| value.get("value").is_none());
        if let Some(same) = id.and_then(|id| known.iter_mut().find(|known| known.get("id") == Some(id))) {
            *same = joined(same, value);
        } else if !known.iter().any(|known| is_said(known, &value)) {
            known.push(value);
        }
    }
    if known.is_empty() {
        fields.remove(&field.name);
    }
}

/// What an entry says now, and of what it said before all that is not said anew.
fn joined(before: &Value, new: Value) -> Value {
    match (before, new) {
        (Value::Object(before), Value::Object(new)) => {
            let mut joined = before.clone();
            joined.extend(new);
            Value::Object(joined)
        }
        (_, new) => new,
    }
}

/// Whether a group says all that another one says.
pub(super) fn says_at_least(known: &Value, new: &Value) -> bool {
    let (Some(known), Some(new)) = (known.as_object(), new.as_object()) else { return known == new };
    new.iter().all(|(name, value)| known.get(name) == Some(value))
}

/// Returns the records whose files stand at a path as people write it. Names that came from a Mac are decomposed on the disk.
fn at_path(catalogue: &Catalogue, path: &str) -> Result<Vec<RecordId>, Refusal> {
    let exactly = catalogue.at_path(&raw_of_bytes(path.as_bytes()))?;
    if !exactly.is_empty() {
        return Ok(exactly);
    }
    Ok(catalogue.at_path(&raw_of_bytes(path.nfd().collect::<String>().as_bytes()))?)
}

pub(super) fn cell(row: &Row, place: usize) -> Option<&str> {
    row.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}
