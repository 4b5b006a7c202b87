//! The names of records that other records speak of, and to whom those names may be told.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use kho_archive::access::{self, Decision};
use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::model::Model;
use kho_archive::record::{Record, RecordId};
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
    decisions: Vec<Decision>,
    names: Vec<String>,
    /// Records whose names are its names, too: the units above a place, the term of a craft.
    onward: Vec<RecordId>,
}

impl<'a> Related<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, model: Arc<Model>) -> Self {
        Self { catalogue, model, known: RefCell::default(), trouble: RefCell::default() }
    }

    /// Whether whoever sees a record with these decisions may see the other one: because everyone may, or because nothing
    /// else decides about it.
    pub(super) fn admits(&self, other: RecordId, own: &[Decision]) -> bool {
        self.named(other).is_some_and(|named| is_as_open(&named.decisions, own))
    }

    /// Returns what a record is called, with the names of what it lies in and of what it is a kind of; nothing that may
    /// not be told to whoever sees a record with these decisions.
    pub(super) fn names(&self, id: RecordId, own: &[Decision]) -> Vec<String> {
        let (mut names, mut seen, mut waiting) = (Vec::new(), BTreeSet::from([id]), vec![id]);
        while let Some(id) = waiting.pop() {
            let Some(named) = self.named(id).filter(|named| is_as_open(&named.decisions, own)) else { continue };
            names.extend(named.names.iter().cloned());
            waiting.extend(named.onward.iter().copied().filter(|other| seen.insert(*other)));
        }
        names
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
        access::keep_open(&mut record, &self.model, &|_| true);
        let titles = record.title.values().cloned();
        let names = titles.chain(typed::other_names(&record).into_iter().map(str::to_owned)).collect();
        Ok(Some(Named { decisions, names, onward: onward(&record) }))
    }
}

/// Whether every decision on one thing admits everyone, or is one of those on the other.
fn is_as_open(other: &[Decision], own: &[Decision]) -> bool {
    !other.is_empty() && other.iter().all(|decision| decision.is_open() || own.contains(decision))
}

/// The units above a place, those that succeeded it, and the term that a thing is an example of.
fn onward(record: &Record) -> Vec<RecordId> {
    let parts = |field: &str, inner: &str| -> Vec<RecordId> {
        let parts = record.fields.get(field).and_then(Value::as_array).into_iter().flatten();
        parts.filter_map(|part| part[inner].as_str()?.parse().ok()).collect()
    };
    let term = record.fields.get("term").and_then(Value::as_str).and_then(|id| id.parse().ok());
    parts("part_of", "parent").into_iter().chain(parts("successors", "place")).chain(term).collect()
}
