//! Records that have some of the words of a question, the best of them.

use tantivy::query::{Scorer, Weight};
use tantivy::{DocId, Score, SegmentReader, TERMINATED};

use super::Segment;

/// Words of which some must occur.
pub(crate) struct SomeOf {
    /// The words and what rewards them; those that count less come first.
    pub(crate) terms: Vec<Wanted>,
    /// So many of the words, at least one.
    pub(crate) least: usize,
}

/// What counts where it occurs, and need not.
pub(crate) struct Wanted {
    pub(crate) weight: Box<dyn Weight>,
    /// No record gets more than this by it.
    pub(crate) most: Score,
    /// Whether it is a word of the question, or only counts where such a word is.
    pub(crate) is_word: bool,
}

/// What counts where it occurs, in the documents of a segment.
struct Sought {
    scorer: Box<dyn Scorer>,
    /// The document at which the scorer stands.
    at: DocId,
    most: Score,
    is_word: bool,
}

impl Sought {
    fn of(wanted: &Wanted, segment: &SegmentReader) -> tantivy::Result<Self> {
        let scorer = wanted.weight.scorer(segment, 1.0)?;
        Ok(Self { at: scorer.doc(), scorer, most: wanted.most, is_word: wanted.is_word })
    }
}

/// Goes through the documents of a segment that have some of the words.
pub(super) struct SomeWords {
    /// Those that count less come first.
    terms: Vec<Sought>,
    least: usize,
    demanded: Box<dyn Scorer>,
}

impl SomeWords {
    pub(super) fn of(some_of: &SomeOf, demanded: &dyn Weight, segment: &SegmentReader) -> tantivy::Result<Self> {
        let mut terms = some_of.terms.iter().map(|term| Sought::of(term, segment)).collect::<tantivy::Result<Vec<_>>>()?;
        terms.retain(|term| term.at != TERMINATED);
        Ok(Self { terms, least: some_of.least, demanded: demanded.scorer(segment, 1.0)? })
    }

    /// Collects the best. The better the worst that is kept, the fewer documents are looked at: whoever has nothing but what
    /// counts least cannot come among them (MaxScore; Turtle and Flood 1995).
    pub(super) fn collect(&mut self, segment: &mut Segment) {
        let mut most = 0.0;
        let up_to: Vec<Score> = self.terms.iter().map(|term| (most += term.most, most).1).collect();
        // Whoever has enough words has one beyond the first ones.
        let mut words = self.terms.iter().enumerate().filter(|(_, term)| term.is_word).map(|(place, _)| place);
        let Some(mut first) = words.nth(self.least - 1) else { return };
        while let Some(document) = self.terms[first..].iter().map(|term| term.at).min().filter(|document| *document != TERMINATED) {
            if let Some(score) = self.score(document, first, &up_to, segment) {
                segment.keep_best(document, score);
                first += up_to[first..].iter().take_while(|most| **most < segment.floor).count();
            }
            for term in self.terms[first..].iter_mut().filter(|term| term.at == document) {
                term.at = term.scorer.advance();
            }
            if first == self.terms.len() {
                return;
            }
        }
    }

    /// What a document counts; `None` if it has too few words, cannot be among the best, or is not to be found.
    fn score(&mut self, document: DocId, first: usize, up_to: &[Score], segment: &mut Segment) -> Option<Score> {
        let (mut score, mut count) = (0.0, 0);
        for term in self.terms[first..].iter_mut().filter(|term| term.at == document) {
            score += term.scorer.score();
            count += usize::from(term.is_word);
        }
        let most_of_rest = first.checked_sub(1).map_or(0.0, |last| up_to[last]);
        if score + most_of_rest < segment.floor || !self.may_be_found(document, segment) {
            return None;
        }
        for (term, most) in self.terms[..first].iter_mut().zip(up_to).rev() {
            if score + most < segment.floor {
                return None;
            }
            if term.at < document {
                term.at = term.scorer.seek(document);
            }
            if term.at == document {
                score += term.scorer.score();
                count += usize::from(term.is_word);
            }
        }
        (count >= self.least && score >= segment.floor).then_some(score)
    }

    fn may_be_found(&mut self, document: DocId, segment: &mut Segment) -> bool {
        if self.demanded.doc() < document {
            self.demanded.seek(document);
        }
        self.demanded.doc() == document && segment.passes(document)
    }
}
