//! Tables whose rows are no records but entries of a list in one: the steps of a technique, the claims about an origin.

use kho_archive::catalogue::Catalogue;
use kho_archive::model::Field;
use kho_archive::record::Record;
use serde_json::{Map, Value, json};

use super::mapping::{Entries, Mapped, Reading};
use super::planner::{Making, Outcome, Planner, Refusal, add, cell, says_at_least, typing};
use crate::media::table::Row;
use crate::typed::{self, Mode, fold};

impl Planner<'_> {
    /// Puts a row into a list of the record that its key stands for. An entry that is there already changes nothing.
    pub(super) fn entry(&self, catalogue: &Catalogue, row: &Row, entries: &Entries) -> Result<(Record, Outcome), Refusal> {
        let key = self.key(row)?;
        let Some(kept) = self.known(catalogue, &key)? else {
            return Err(Refusal::of("nobody", &key, format!("no {} has the code {key}; make it first", self.mapping.kind)));
        };
        let before = self.growing.borrow().get(&kept.id).cloned().unwrap_or_else(|| kept.clone());
        let mut record = before.clone();
        let entry = self.entry_of(row, entries)?;
        if entry.is_empty() {
            return Err(Refusal::of("empty", "", format!("it says nothing of {}", entries.field.name)));
        }
        add(&mut record.fields, &entries.field, vec![Value::Object(entry)], says_at_least);
        if record == before {
            return Ok((record, Outcome::Unchanged));
        }
        if let Some(problem) = self.problem(Some(&before), &record) {
            return Err(Refusal::from_problem(&problem));
        }
        // Several rows of one record are one revision.
        record.revision = kept.revision + 1;
        Ok((record, Outcome::Updated))
    }

    fn entry_of(&self, row: &Row, entries: &Entries) -> Result<Map<String, Value>, Refusal> {
        let mut entry = Map::new();
        for column in &self.mapping.columns {
            let Some(cell) = cell(row, column.place) else { continue };
            let cell = column.values.get(&fold(cell)).map_or(cell, String::as_str);
            let part = entries.parts.iter().find(|part| part.name == column.field);
            if let Some(part) = part.filter(|_| !cell.is_empty()) {
                let filled = self.fill_part(&mut entry, part, column, cell);
                self.or_left_out(filled)?;
            }
        }
        if entries.field.claims && !entry.is_empty() {
            entry.entry("sources").or_insert_with(|| json!({"state": "unknown"}));
        }
        Ok(entry)
    }

    fn fill_part(&self, entry: &mut Map<String, Value>, part: &Field, column: &Mapped, cell: &str) -> Result<(), Refusal> {
        let Reading::Typed(how) = &column.reading else { return Ok(()) };
        let making = Making { planner: self, creates: column.creates.as_ref(), language: &how.language };
        let mut typing = typing(self.model, &making, how);
        if !column.part.is_empty() {
            typing.language = &column.part;
        }
        let value = typing.value(part, cell)?;
        typed::place(entry, part, Mode::Append, value);
        Ok(())
    }
}
