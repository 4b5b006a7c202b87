//! The values of properties: which of them narrow an answer, and how many records have each.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::Cardinality;

use super::Narrowed;
use crate::columns::{Columns, Values};

/// The values of so many records are counted at once.
const COUNTED_AT_ONCE: usize = 128;

/// A property that narrows the answer, in one segment.
pub(super) struct Filter {
    values: Option<Arc<Values>>,
    wanted: Vec<bool>,
    pub(super) is_without: bool,
    /// Which counter counts its values, if any does.
    pub(super) counter: Option<usize>,
}

/// A property whose values are counted, in one segment.
pub(super) struct Counter {
    pub(super) property: String,
    values: Option<Arc<Values>>,
    counts: Vec<u64>,
    /// Records whose values are not counted yet; then where these stand in the column, and which they are.
    waiting: Vec<DocId>,
    rows: Vec<u32>,
    ordinals: Vec<u64>,
}

impl Filter {
    pub(super) fn of(narrowed: &Narrowed, columns: &Columns, counted: &[String]) -> tantivy::Result<Self> {
        let values = columns.values(&narrowed.property).cloned();
        let mut wanted = vec![false; values.as_ref().map_or(0, |values| values.count())];
        for value in &narrowed.values {
            let number = values.as_ref().map(|values| values.number(value)).transpose()?.flatten();
            if let Some(wanted) = number.and_then(|number| wanted.get_mut(number)) {
                *wanted = true;
            }
        }
        let counter = counted.iter().position(|counted| *counted == narrowed.property);
        Ok(Self { values, wanted, is_without: narrowed.is_without, counter })
    }

    pub(super) fn passes(&self, document: DocId) -> bool {
        let Some(values) = &self.values else { return self.is_without };
        let has = values.column.term_ords(document).any(|ordinal| self.wanted.get(ordinal as usize).copied().unwrap_or(false));
        has != self.is_without
    }
}

impl Counter {
    pub(super) fn of(property: &str, columns: &Columns) -> Self {
        let values = columns.values(property).cloned();
        let counts = vec![0; values.as_ref().map_or(0, |values| values.count())];
        Self { property: property.to_owned(), counts, values, waiting: Vec::new(), rows: Vec::new(), ordinals: Vec::new() }
    }

    /// Counts the values of a record, together with those of others: one by one, half of the time goes into asking for them.
    pub(super) fn count(&mut self, document: DocId) {
        self.waiting.push(document);
        if self.waiting.len() == COUNTED_AT_ONCE {
            self.count_waiting();
        }
    }

    fn count_waiting(&mut self) {
        let Some(values) = &self.values else { return self.waiting.clear() };
        let column = values.column.ords();
        // Where each record has one value, its place is that of the record.
        let rows = if column.get_cardinality() == Cardinality::Full {
            &self.waiting
        } else {
            self.rows.clear();
            self.waiting.iter().for_each(|document| self.rows.extend(column.index.value_row_ids(*document)));
            &self.rows
        };
        self.ordinals.resize(rows.len(), 0);
        column.values.get_vals(rows, &mut self.ordinals);
        self.waiting.clear();
        self.ordinals.iter().for_each(|ordinal| self.counts[*ordinal as usize] += 1);
    }

    pub(super) fn harvest(mut self) -> HashMap<String, u64> {
        self.count_waiting();
        let Some(values) = self.values else { return HashMap::new() };
        let counted = self.counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        counted.filter_map(|(number, count)| Some((values.name(number)?, count))).collect()
    }
}
