//! The columns of a segment, opened once: a question would spend a sixth of its time on opening them again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use crate::schema::{FACETS, Fields, Words};

/// Of properties with more values than this the names are read when they are needed.
const MOST_NAMES: usize = 4_096;

/// The columns of one segment. They never change: what is removed is removed elsewhere.
pub(crate) struct Columns {
    pub(crate) ids: Column<u64>,
    pub(crate) orders: Column<u64>,
    pub(crate) parts: Column<u64>,
    pub(crate) first_day: Column<i64>,
    pub(crate) last_day: Column<i64>,
    pub(crate) titles: Option<StrColumn>,
    /// How many words a document has: a record in all, in its title; a passage.
    pub(crate) lengths: [Column<u64>; 3],
    properties: Vec<Option<Arc<Values>>>,
}

/// The values of a property in one segment.
pub(crate) struct Values {
    pub(crate) column: StrColumn,
    names: OnceLock<Vec<String>>,
}

/// The columns of the segments that there are now.
#[derive(Default)]
pub(crate) struct OpenColumns(Mutex<HashMap<SegmentId, Arc<Columns>>>);

impl Columns {
    fn of(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let values = |name: &&str| -> tantivy::Result<Option<Arc<Values>>> {
            Ok(columns.str(name)?.map(|column| Arc::new(Values { column, names: OnceLock::new() })))
        };
        let length = |words: Words| columns.u64(segment.schema().get_field_name(words.count));
        Ok(Self {
            lengths: [length(fields.all)?, length(fields.title)?, length(fields.speech)?],
            ids: columns.u64("id")?,
            orders: columns.u64("order")?,
            parts: columns.u64("part")?,
            first_day: columns.i64("first_day")?,
            last_day: columns.i64("last_day")?,
            titles: columns.str("title_key")?,
            properties: FACETS.iter().map(values).collect::<tantivy::Result<_>>()?,
        })
    }

    /// The values of one of [`FACETS`]; `None` where no record of this segment has any, or for another name.
    pub(crate) fn values(&self, property: &str) -> Option<&Arc<Values>> {
        let place = FACETS.iter().position(|name| *name == property)?;
        self.properties.get(place)?.as_ref()
    }
}

impl Values {
    /// How many different values there are.
    pub(crate) fn count(&self) -> usize {
        self.column.dictionary().num_terms()
    }

    /// Returns the number of a value; `None` if no record has it.
    pub(crate) fn number(&self, value: &str) -> tantivy::Result<Option<usize>> {
        let number = self.column.dictionary().term_ord(value.as_bytes())?;
        Ok(number.and_then(|number| usize::try_from(number).ok()))
    }

    /// Returns the value with this number.
    pub(crate) fn name(&self, number: usize) -> Option<String> {
        if self.count() > MOST_NAMES {
            return self.read(number);
        }
        let names = self.names.get_or_init(|| (0..self.count()).map(|number| self.read(number).unwrap_or_default()).collect());
        names.get(number).cloned()
    }

    fn read(&self, number: usize) -> Option<String> {
        let mut name = String::new();
        self.column.ord_to_str(number as u64, &mut name).ok().filter(|found| *found).map(|_| name)
    }
}

impl OpenColumns {
    /// Returns the columns of each segment, in order. Those of segments that are gone are closed.
    pub(crate) fn of(&self, searcher: &Searcher, fields: &Fields) -> tantivy::Result<Vec<Arc<Columns>>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let segments = searcher.segment_readers().iter();
        let known = |segment: &SegmentReader| open.get(&segment.segment_id()).cloned();
        let columns: Vec<Arc<Columns>> = segments
            .clone()
            .map(|segment| known(segment).map_or_else(|| Columns::of(segment, fields).map(Arc::new), Ok))
            .collect::<tantivy::Result<_>>()?;
        *open = segments.map(SegmentReader::segment_id).zip(columns.iter().cloned()).collect();
        Ok(columns)
    }
}
