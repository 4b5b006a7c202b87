//! Collecting: what is found, counted by its properties, the best of it kept in order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::query::{Scorer, Weight};
use tantivy::schema::Term;
use tantivy::{DocAddress, DocId, DocSet, Score, SegmentOrdinal, SegmentReader, TERMINATED};

use crate::columns::Columns;
use crate::rights::{Seen, Sight};

mod every_word;
mod places;
mod some_words;
mod values;

use every_word::EveryWord;
pub(crate) use every_word::{Counting, EveryOf};
use places::Places;
use some_words::SomeWords;
pub(crate) use some_words::{SomeOf, Wanted};
use values::{Counter, Filter};

/// The order of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What fits best comes first.
    #[default]
    Fit,
    /// What came in last comes first.
    Newest,
    /// What speaks of the earliest days comes first; what is not dated comes last.
    Oldest,
    /// By title, as in the dictionary.
    Title,
}

/// What narrows an answer: of this property only these values (or all but these).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// The property: one of [`crate::FACETS`].
    pub property: String,
    /// Its values; any of them is enough.
    pub values: Vec<String>,
    /// Whether records with these values are left out instead.
    pub is_without: bool,
}

/// Two things that must stand near each other: their words, in a field with places.
#[derive(Clone, Debug)]
pub(crate) struct NearTerms {
    pub(crate) one: Vec<Term>,
    pub(crate) other: Vec<Term>,
    pub(crate) distance: u32,
}

/// Collects what exists for a viewer.
pub(crate) struct Finding<'a> {
    pub(crate) sight: &'a Sight,
    pub(crate) narrowed: &'a [Narrowed],
    pub(crate) counted: &'a [String],
    /// Spans of days of which one must be touched.
    pub(crate) days: &'a [(i64, i64)],
    pub(crate) near: &'a [NearTerms],
    pub(crate) sort: Sort,
    /// How many of the best are kept.
    pub(crate) keep: usize,
    /// Records that are found already.
    pub(crate) known: &'a [u64],
    /// What adds to the score of a record that is found, where it is there. Looked up record by record: the many records that only
    /// have some of it cost nothing.
    pub(crate) rewards: &'a [Reward],
    pub(crate) way: Way<'a>,
}

/// How documents are looked for.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// Those of the query.
    Query,
    /// Those with every one of these words; query and rewards say nothing more.
    Every(&'a EveryOf),
    /// Those of the query with enough of these words.
    Some(&'a SomeOf),
}

/// A word, or two, that add to the score of a record.
pub(crate) struct Reward {
    pub(crate) weight: Box<dyn Weight>,
    /// No record gets more than this by it.
    pub(crate) most: Score,
}

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) total: u64,
    /// The best, in order.
    pub(crate) best: Vec<Ranked>,
    /// By property: values and how many records have them.
    pub(crate) counts: BTreeMap<String, HashMap<String, u64>>,
}

/// One record found: what orders it, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    key: SortKey,
    order: u64,
    pub(crate) id: u64,
    pub(crate) score: i64,
    pub(crate) address: DocAddress,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Fit(Reverse<i64>),
    Newest,
    Day(i64),
    Title(String),
}

pub(crate) struct Segment {
    ordinal: SegmentOrdinal,
    seen: Arc<Seen>,
    columns: Arc<Columns>,
    filters: Vec<Filter>,
    counters: Vec<Counter>,
    days: Vec<(i64, i64)>,
    near: Vec<(Places, Places, u32)>,
    sort: Sort,
    keep: usize,
    known: Vec<u64>,
    /// Whether nothing narrows the answer.
    is_plain: bool,
    /// Each with the most that it gives, the most generous first.
    rewards: Vec<(Box<dyn Scorer>, Score)>,
    /// No record gets more than this by its rewards.
    most_reward: Score,
    /// What scores less than this is not kept.
    floor: Score,
    total: u64,
    /// The worst of the kept on top.
    best: BinaryHeap<Ranked>,
}

impl Collector for Finding<'_> {
    type Fruit = Found;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = Arc::clone(&self.sight.columns[ordinal as usize]);
        let near =
            |near: &NearTerms| -> tantivy::Result<_> { Ok((Places::of(segment, &near.one)?, Places::of(segment, &near.other)?, near.distance)) };
        let mut rewards = Vec::new();
        let mut most_reward = 0.0;
        for reward in self.rewards {
            let scorer = reward.weight.scorer(segment, 1.0)?;
            if scorer.doc() != TERMINATED {
                most_reward += reward.most;
                rewards.push((scorer, reward.most));
            }
        }
        rewards.sort_by(|one, other| other.1.total_cmp(&one.1));
        Ok(Segment {
            ordinal,
            seen: Arc::clone(&self.sight.segments[ordinal as usize]),
            filters: self.narrowed.iter().map(|narrowed| Filter::of(narrowed, &columns, self.counted)).collect::<tantivy::Result<_>>()?,
            counters: self.counted.iter().map(|property| Counter::of(property, &columns)).collect(),
            days: self.days.to_vec(),
            near: self.near.iter().map(near).collect::<tantivy::Result<_>>()?,
            sort: self.sort,
            keep: self.keep,
            known: self.known.to_vec(),
            is_plain: self.narrowed.is_empty() && self.days.is_empty() && self.near.is_empty(),
            most_reward,
            floor: Score::NEG_INFINITY,
            rewards,
            total: 0,
            best: BinaryHeap::new(),
            columns,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Fit
    }

    fn collect_segment(&self, demanded: &dyn Weight, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Found> {
        let mut collected = self.for_segment(ordinal, segment)?;
        // What does not exist for the viewer, like what was deleted, is passed over in `collect`.
        match self.way {
            Way::Every(every_of) => EveryWord::of(every_of, segment)?.into_iter().for_each(|mut every| every.collect(&mut collected)),
            Way::Some(some_of) => SomeWords::of(some_of, demanded, segment)?.collect(&mut collected),
            Way::Query if self.requires_scoring() => demanded.for_each(segment, &mut |document, score| collected.collect(document, score))?,
            Way::Query => {
                demanded.for_each_no_score(segment, &mut |documents| documents.iter().for_each(|document| collected.collect(*document, 0.0)))?;
            }
        }
        Ok(collected.harvest())
    }

    fn merge_fruits(&self, segments: Vec<Found>) -> tantivy::Result<Found> {
        let mut all = Found::default();
        for segment in segments {
            all.total += segment.total;
            all.best.extend(segment.best);
            for (property, counts) in segment.counts {
                let known = all.counts.entry(property).or_default();
                for (value, count) in counts {
                    *known.entry(value).or_default() += count;
                }
            }
        }
        all.best.sort_unstable();
        all.best.truncate(self.keep);
        Ok(all)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Found;

    fn collect(&mut self, document: DocId, score: Score) {
        if self.count(document) {
            self.rank(document, score);
        }
    }

    fn harvest(self) -> Found {
        let counts = self.counters.into_iter().map(|counter| (counter.property.clone(), counter.harvest())).collect();
        Found { total: self.total, best: self.best.into_vec(), counts }
    }
}

impl Segment {
    /// Counts a document and its values, and returns whether it is found.
    fn count(&mut self, document: DocId) -> bool {
        if !self.seen.has(document) || self.is_known(document) {
            return false;
        }
        if self.is_plain {
            self.counters.iter_mut().for_each(|counter| counter.count(document));
            self.total += 1;
            return true;
        }
        // Of a property that narrows the answer all values are counted that the rest of the question leaves.
        let mut failing = None;
        for (place, filter) in self.filters.iter().enumerate() {
            if filter.passes(document) {
                continue;
            }
            if failing.is_some() || filter.is_without || filter.counter.is_none() {
                return false;
            }
            failing = Some(place);
        }
        if !(self.is_in_time(document) && self.is_near(document)) {
            return false;
        }
        match failing.and_then(|place| self.filters[place].counter) {
            Some(place) => self.counters[place].count(document),
            None => self.counters.iter_mut().for_each(|counter| counter.count(document)),
        }
        self.total += u64::from(failing.is_none());
        failing.is_none()
    }

    /// Whether a record is one that may be found, whatever its words.
    fn passes(&mut self, document: DocId) -> bool {
        self.seen.has(document)
            && !self.is_known(document)
            && self.filters.iter().all(|filter| filter.passes(document))
            && self.is_in_time(document)
            && self.is_near(document)
    }

    #[inline]
    fn is_known(&self, document: DocId) -> bool {
        !self.known.is_empty() && self.columns.ids.first(document).is_some_and(|id| self.known.contains(&id))
    }

    fn is_in_time(&self, document: DocId) -> bool {
        self.days.iter().all(|(first, last)| {
            let spans = self.columns.first_day.values_for_doc(document).zip(self.columns.last_day.values_for_doc(document));
            spans.into_iter().any(|(from, to)| from <= *last && to >= *first)
        })
    }

    fn is_near(&mut self, document: DocId) -> bool {
        self.near.iter_mut().all(|(one, other, distance)| {
            let (ones, others) = (one.starts(document), other.starts(document));
            let (one_length, other_length) = (one.length(), other.length());
            // What stands between the end of the one and the beginning of the other is counted.
            let is_near =
                |a: u32, b: u32| if a < b { b.saturating_sub(a + one_length) < *distance } else { a.saturating_sub(b + other_length) < *distance };
            ones.iter().any(|a| others.iter().any(|b| a != b && is_near(*a, *b)))
        })
    }

    fn rank(&mut self, document: DocId, score: Score) {
        // Most records of a long answer are worse than those that are kept: of these nothing more is looked up.
        if let Some(score) = self.rewarded(document, score) {
            self.keep_best(document, score);
        }
    }

    fn keep_if_best(&mut self, document: DocId, score: Score) {
        if score >= self.floor {
            self.keep_best(document, score);
        }
    }

    fn keep_best(&mut self, document: DocId, score: Score) {
        if self.keep == 0 {
            return;
        }
        let score = hundredths(score);
        let id = self.columns.ids.first(document).unwrap_or(0);
        let order = self.columns.orders.first(document).unwrap_or(u64::MAX);
        let key = match self.sort {
            Sort::Fit => SortKey::Fit(Reverse(score)),
            Sort::Newest => SortKey::Newest,
            Sort::Oldest => SortKey::Day(self.columns.first_day.values_for_doc(document).min().unwrap_or(i64::MAX)),
            Sort::Title => SortKey::Title(self.title(document)),
        };
        let ranked = Ranked { key, order, id, score, address: DocAddress::new(self.ordinal, document) };
        if self.best.len() < self.keep {
            self.best.push(ranked);
        } else if self.best.peek().is_some_and(|worst| ranked < *worst) {
            self.best.pop();
            self.best.push(ranked);
        }
        if self.sort == Sort::Fit && self.best.len() == self.keep {
            // A little less, so that rounding decides nothing.
            self.floor = self.best.peek().map_or(Score::NEG_INFINITY, |worst| worst.score as Score / 100.0 - 0.02);
        }
    }

    /// The score with what a record has beyond the words that had to be there; `None` as soon as it is clear that it is too low.
    fn rewarded(&mut self, document: DocId, score: Score) -> Option<Score> {
        let (mut score, mut left) = (score, self.most_reward);
        for (reward, most) in &mut self.rewards {
            if score + left < self.floor {
                return None;
            }
            left -= *most;
            score += score_at(&mut **reward, document).unwrap_or(0.0);
        }
        (score >= self.floor).then_some(score)
    }

    fn title(&self, document: DocId) -> String {
        let mut title = String::new();
        if let Some(titles) = &self.columns.titles
            && let Some(ordinal) = titles.term_ords(document).next()
        {
            let _ = titles.ord_to_str(ordinal, &mut title);
        }
        title
    }
}

/// A score in hundredths, so that scores can be compared without surprises.
fn hundredths(score: Score) -> i64 {
    (f64::from(score) * 100.0).round() as i64
}

/// What a document gets here, if it is here; documents are asked about in rising order.
fn score_at(scorer: &mut dyn Scorer, document: DocId) -> Option<Score> {
    if scorer.doc() < document {
        scorer.seek(document);
    }
    (scorer.doc() == document).then(|| scorer.score())
}
