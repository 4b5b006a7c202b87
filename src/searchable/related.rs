//! The names of records that other records speak of, and to whom those names may be told.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use kho_archive::access::{self, Decision};
use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::model::Model;
use kho_archive::record::{Kind, Record, RecordId};
use serde_json::Value;

use crate::typed;

/// So many records are remembered: those that thousands of others speak of.
const REMEMBERED: usize = 20_000;

/// What records are called.
pub(super) struct Related<'a> {
    catalogue: &'a Catalogue,
    model: Arc<Model>,
    known: RefCell<HashMap<RecordId, Option<Rc<Named>>>>,
    trouble: RefCell<Option<CatalogueError>>,
}

/// What a record is called, as far as that is open to all who may see it.
struct Named {
    kind: Kind,
    decisions: Vec<Decision>,
    names: Vec<String>,
    /// Records whose names are its names, too: the units above a place, the term of a craft.
    onward: Vec<RecordId>,
    /// For a practice: the crafts and places of which it is one.
    belongs: Vec<RecordId>,
}

impl<'a> Related<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, model: Arc<Model>) -> Self {
        Self { catalogue, model, known: RefCell::default(), trouble: RefCell::default() }
    }

    /// Returns the decisions on a record, each in what it decides; `None` if there is no such record.
    pub(super) fn decided(&self, other: RecordId) -> Option<Vec<Decision>> {
        self.named(other).map(|named| named.decisions.clone())
    }

    /// Returns what a record is called, with the names of what it lies in and of what it is a kind of; nothing of what
    /// `admits` refuses.
    pub(super) fn names(&self, id: RecordId, admits: &dyn Fn(&[Decision]) -> bool) -> Vec<String> {
        let (mut names, mut seen, mut waiting) = (Vec::new(), BTreeSet::from([id]), vec![id]);
        while let Some(id) = waiting.pop() {
            let Some(named) = self.named(id).filter(|named| admits(&named.decisions)) else { continue };
            names.extend(named.names.iter().cloned());
            waiting.extend(named.onward.iter().copied().filter(|other| seen.insert(*other)));
        }
        names
    }

    /// Returns a record and all that it lies in, is a kind of, or is one of: each with what it is. A term is what it is a term of.
    pub(super) fn above(&self, id: RecordId, admits: &dyn Fn(&[Decision]) -> bool) -> Vec<(Kind, RecordId)> {
        let (mut above, mut seen, mut waiting) = (Vec::new(), BTreeSet::from([id]), vec![(id, None::<Kind>)]);
        while let Some((id, below)) = waiting.pop() {
            let Some(named) = self.named(id).filter(|named| admits(&named.decisions)) else { continue };
            let kind = below.filter(|_| named.kind == Kind::term()).unwrap_or_else(|| named.kind.clone());
            let more = named.onward.iter().chain(&named.belongs).copied().filter(|other| seen.insert(*other));
            waiting.extend(more.map(|other| (other, Some(kind.clone()))));
            above.push((kind, id));
        }
        above
    }

    /// Returns what went wrong since it was last asked: an entry without names that should be in it is none.
    pub(super) fn trouble(&self) -> Option<CatalogueError> {
        self.trouble.borrow_mut().take()
    }

    fn named(&self, id: RecordId) -> Option<Rc<Named>> {
        if let Some(named) = self.known.borrow().get(&id) {
            return named.clone();
        }
        let named = self.read(id).unwrap_or_else(|error| {
            self.trouble.replace(Some(error));
            None
        });
        let named = named.map(Rc::new);
        let mut known = self.known.borrow_mut();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(id, named.clone());
        named
    }

    fn read(&self, id: RecordId) -> Result<Option<Named>, CatalogueError> {
        let Some(mut record) = self.catalogue.record(id)? else { return Ok(None) };
        let Some(decisions) = self.catalogue.decisions(id)? else { return Ok(None) };
        let decisions = decisions.iter().map(Decision::in_effect).collect();
        access::keep_open(&mut record, &self.model, &|_| true);
        let titles = record.title.values().cloned();
        let names = titles.chain(typed::other_names(&record).into_iter().map(str::to_owned)).collect();
        Ok(Some(Named { kind: record.kind.clone(), decisions, names, onward: onward(&record), belongs: belongs(&record) }))
    }
}

/// The units above a place, those that succeeded it, the term that a thing is an example of, and the term above a term.
fn onward(record: &Record) -> Vec<RecordId> {
    let parts = |field: &str, inner: &str| -> Vec<RecordId> {
        let parts = record.fields.get(field).and_then(Value::as_array).into_iter().flatten();
        parts.filter_map(|part| part[inner].as_str()?.parse().ok()).collect()
    };
    let term = record.fields.get("term").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let broader = record.fields.get("broader").and_then(Value::as_str).and_then(|id| id.parse().ok());
    parts("part_of", "parent").into_iter().chain(parts("successors", "place")).chain(term).chain(broader).collect()
}

/// The craft and the place of a practice, and the practice of a technique.
fn belongs(record: &Record) -> Vec<RecordId> {
    let ids = |field: &str| -> Vec<RecordId> {
        let value = record.fields.get(field);
        let several = value.and_then(Value::as_array).into_iter().flatten().chain(value);
        several.filter_map(|id| id.as_str()?.parse().ok()).collect()
    };
    match record.kind.as_str() {
        "practice" => ids("craft").into_iter().chain(ids("place")).collect(),
        "technique" => ids("practice"),
        _ => Vec::new(),
    }
}
