//! What must not occur, asked in a way that holds for whatever it is.

use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader, Term};

/// A query for a place where documents are left out.
///
/// tantivy asks there for documents in the quick way of `DocSet::seek_danger`, which may go past the document that is asked for. An
/// intersection that holds a phrase takes the next, smaller question for a mistake then (a debug assertion of tantivy 0.27 in
/// `PhraseScorer::seek_danger`; without assertions the answer is right). Behind this, it is asked with `seek` only.
#[derive(Debug)]
pub(super) struct LeftOut(pub(super) Box<dyn Query>);

impl Clone for LeftOut {
    fn clone(&self) -> Self {
        Self(self.0.box_clone())
    }
}

impl Query for LeftOut {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(LeftOutWeight(self.0.weight(scoring)?)))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.0.query_terms(visitor);
    }
}

struct LeftOutWeight(Box<dyn Weight>);

impl Weight for LeftOutWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(Box::new(LeftOutScorer(self.0.scorer(reader, boost)?)))
    }

    fn explain(&self, reader: &SegmentReader, document: DocId) -> tantivy::Result<Explanation> {
        self.0.explain(reader, document)
    }
}

/// Has no `seek_danger` of its own: the one that every document set has asks `doc` and `seek`.
struct LeftOutScorer(Box<dyn Scorer>);

impl DocSet for LeftOutScorer {
    fn advance(&mut self) -> DocId {
        self.0.advance()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.0.seek(target)
    }

    fn doc(&self) -> DocId {
        self.0.doc()
    }

    fn size_hint(&self) -> u32 {
        self.0.size_hint()
    }

    fn cost(&self) -> u64 {
        self.0.cost()
    }
}

impl Scorer for LeftOutScorer {
    fn score(&mut self) -> Score {
        self.0.score()
    }
}
