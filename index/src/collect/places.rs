//! Where words stand in the documents of a segment.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocId, DocSet as _, SegmentReader};

/// Where some words follow each other in the documents of a segment; asked for documents in rising order.
pub(super) struct Places {
    /// `None` where a word is not in the segment at all.
    words: Option<Vec<SegmentPostings>>,
    length: u32,
}

impl Places {
    pub(super) fn of(segment: &SegmentReader, terms: &[Term]) -> tantivy::Result<Self> {
        let mut words = Some(Vec::new());
        for term in terms {
            let postings = segment.inverted_index(term.field())?.read_postings(term, IndexRecordOption::WithFreqsAndPositions)?;
            match (postings, &mut words) {
                (Some(postings), Some(words)) => words.push(postings),
                _ => words = None,
            }
        }
        Ok(Self { words, length: u32::try_from(terms.len()).unwrap_or(u32::MAX) })
    }

    pub(super) fn length(&self) -> u32 {
        self.length.saturating_sub(1)
    }

    pub(super) fn starts(&mut self, document: DocId) -> Vec<u32> {
        let Some(words) = &mut self.words else { return Vec::new() };
        let mut starts: Option<Vec<u32>> = None;
        for (offset, word) in words.iter_mut().enumerate() {
            if word.doc() < document {
                word.seek(document);
            }
            if word.doc() != document {
                return Vec::new();
            }
            let mut places = Vec::new();
            word.positions(&mut places);
            let offset = offset as u32;
            let here: Vec<u32> = places.into_iter().filter_map(|place| place.checked_sub(offset)).collect();
            starts = Some(match starts {
                None => here,
                Some(before) => before.into_iter().filter(|start| here.binary_search(start).is_ok()).collect(),
            });
        }
        starts.unwrap_or_default()
    }
}
