//! Collecting passages.

use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use crate::columns::Columns;
use crate::rights::{Seen, Sight};

/// Collects passages that exist for the viewer.
pub(super) struct Saying<'a> {
    pub(super) sight: &'a Sight,
}

/// A passage found.
pub(super) struct Said {
    pub(super) id: u64,
    pub(super) part: u64,
    pub(super) score: i64,
    pub(super) address: DocAddress,
}

pub(super) struct SayingIn {
    ordinal: SegmentOrdinal,
    seen: Arc<Seen>,
    columns: Arc<Columns>,
    said: Vec<Said>,
}

impl Collector for Saying<'_> {
    type Fruit = Vec<Said>;
    type Child = SayingIn;

    fn for_segment(&self, ordinal: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<SayingIn> {
        let (seen, columns) = (Arc::clone(&self.sight.segments[ordinal as usize]), Arc::clone(&self.sight.columns[ordinal as usize]));
        Ok(SayingIn { ordinal, seen, columns, said: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Vec<Said>>) -> tantivy::Result<Vec<Said>> {
        Ok(segments.into_iter().flatten().collect())
    }
}

impl SegmentCollector for SayingIn {
    type Fruit = Vec<Said>;

    fn collect(&mut self, document: DocId, score: Score) {
        if !self.seen.says(document) {
            return;
        }
        let (id, part) = (self.columns.ids.first(document).unwrap_or(0), self.columns.parts.first(document).unwrap_or(0));
        self.said.push(Said { id, part, score: (f64::from(score) * 100.0).round() as i64, address: DocAddress::new(self.ordinal, document) });
    }

    fn harvest(self) -> Vec<Said> {
        self.said
    }
}
