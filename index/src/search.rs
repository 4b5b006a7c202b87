//! Asking: words in, hits and counts out, through the sieve of whoever asks.
//!
//! The same records give the same scores, however the index came to be, and whatever else it holds that
//! this viewer may not see. Tantivy counts all documents in its statistics, deleted ones included until it
//! merges them away; so [`Exact`] counts afresh, over the documents that are alive and pass the sieve: not
//! even a score tells that a closed record has a word. Scores are rounded, and ties are broken by the order of the
//! entries, then by id.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde::Serialize;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{AllQuery, Bm25StatisticsProvider, BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Term, Value};
use tantivy::{DocAddress, DocId, DocSet, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyDocument};

use crate::analyzer::{self, Word};
use crate::schema::Fields;
use crate::{Index, IndexError, Mark, snippet};

/// A title says more than a mention in a text.
const TITLE: f32 = 2.0;

/// A word with the very marks that were typed says more than one that only looks alike without them.
const EXACT: f32 = 1.5;

/// More words than this say no more.
const MOST_WORDS: usize = 32;

/// Says whether the viewer may see the entry with this id, now.
pub type Sieve<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The words. Without words, everything is found.
    pub text: String,
    /// Only these kinds; empty for all.
    pub kinds: Vec<String>,
    /// How many hits to give at most.
    pub limit: usize,
    /// How many hits to pass over.
    pub offset: usize,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How many entries there are in all.
    pub total: u64,
    /// The hits of this page, best first.
    pub hits: Vec<Hit>,
    /// Counts by kind: of everything that the words find, whatever kinds were asked for.
    pub facets: Vec<Facet>,
}

/// One entry found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The entry.
    pub id: u64,
    /// How well it fits; only good for comparing within one answer.
    pub score: f64,
    /// The passage that fits best, as HTML: escaped, matches in `<mark>`. Empty if only title or names fit.
    pub snippet: String,
    /// When the passage is spoken, in seconds.
    pub at_seconds: Option<f64>,
}

/// Counts over one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// The property.
    pub name: String,
    /// Its values, the most frequent first.
    pub values: Vec<FacetValue>,
}

/// One value and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// In how many entries.
    pub count: u64,
}

impl Question {
    /// Returns a question for the first 20 hits.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), limit: 20, ..Self::default() }
    }
}

impl Index {
    /// Finds entries. Any text is a question; none is an error.
    pub fn search(&self, question: &Question, sieve: Sieve<'_>) -> Result<Answer, IndexError> {
        self.answer(question, sieve).map_err(|source| self.failed(source))
    }

    fn answer(&self, question: &Question, sieve: Sieve<'_>) -> tantivy::Result<Answer> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let words = query_words(&question.text);
        let query = self.query(&words);
        let passed = sift(&searcher, sieve)?;
        let statistics = Exact { searcher: &searcher, fields: self.fields, passed: &passed, tokens: Mutex::new(None) };
        let found = searcher.search_with_statistics_provider(&*query, &Sifted { question, passed: &passed }, &statistics)?;
        let mut ranked = found.ranked;
        ranked.sort_unstable_by_key(|found| (Reverse(found.score), found.order, found.id));
        let page = ranked.iter().skip(question.offset).take(question.limit);
        let hits = page.map(|found| self.hit(&searcher, found, &words)).collect::<tantivy::Result<_>>()?;
        Ok(Answer { total: ranked.len() as u64, hits, facets: vec![kind_facet(found.kinds)] })
    }

    /// Every word must occur, with or without marks. Typed marks are rewarded.
    fn query(&self, words: &[Word]) -> Box<dyn Query> {
        if words.is_empty() {
            return Box::new(AllQuery);
        }
        let has_marks = words.iter().any(|word| word.exact != word.folded);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in words {
            let Fields { title, text, .. } = self.fields;
            let anywhere = vec![(Occur::Should, term(title.folded, &word.folded, TITLE)), (Occur::Should, term(text.folded, &word.folded, 1.0))];
            clauses.push((Occur::Must, Box::new(BooleanQuery::new(anywhere))));
            if has_marks {
                clauses.push((Occur::Should, term(title.exact, &word.exact, TITLE * EXACT)));
                clauses.push((Occur::Should, term(text.exact, &word.exact, EXACT)));
            }
        }
        Box::new(BooleanQuery::new(clauses))
    }

    fn hit(&self, searcher: &Searcher, found: &Ranked, words: &[Word]) -> tantivy::Result<Hit> {
        let document: TantivyDocument = searcher.doc(found.address)?;
        let stored = |field: Field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
        let (snippet, offset) = snippet::best_passage(stored(self.fields.stored_text), words);
        let marks: Vec<Mark> = serde_json::from_str(stored(self.fields.marks)).unwrap_or_default();
        let spoken = offset.and_then(|offset| marks.iter().rev().find(|mark| mark.offset <= offset));
        Ok(Hit { id: found.id, score: found.score as f64 / 100.0, snippet, at_seconds: spoken.map(|mark| mark.seconds) })
    }
}

/// Returns the distinct words of a question, in order.
fn query_words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for word in analyzer::words(text) {
        if words.len() < MOST_WORDS && !words.iter().any(|known| known.exact == word.exact) {
            words.push(word);
        }
    }
    words
}

fn term(field: Field, word: &str, weight: f32) -> Box<dyn Query> {
    let query = TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(query), weight))
}

fn kind_facet(kinds: BTreeMap<String, u64>) -> Facet {
    let mut values: Vec<FacetValue> = kinds.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
    values.sort_by_key(|value| Reverse(value.count));
    Facet { name: "kind".to_owned(), values }
}

/// Which documents of one segment are alive and pass the sieve.
type Passed = Vec<bool>;

/// Asks the sieve about every document that is alive.
fn sift(searcher: &Searcher, sieve: Sieve<'_>) -> tantivy::Result<Vec<Passed>> {
    let sift_segment = |segment: &SegmentReader| -> tantivy::Result<Passed> {
        let ids = segment.fast_fields().u64("id")?;
        let mut passed = vec![false; segment.max_doc() as usize];
        for document in segment.doc_ids_alive() {
            passed[document as usize] = ids.first(document).is_some_and(sieve);
        }
        Ok(passed)
    };
    searcher.segment_readers().iter().map(sift_segment).collect()
}

/// Collects what the sieve lets through.
struct Sifted<'a> {
    question: &'a Question,
    passed: &'a [Passed],
}

/// What was found, all of it.
#[derive(Default)]
struct FoundAll {
    ranked: Vec<Ranked>,
    kinds: BTreeMap<String, u64>,
}

/// One entry found. The score is in hundredths, so that it can be compared without surprises.
struct Ranked {
    score: i64,
    order: u64,
    id: u64,
    address: DocAddress,
}

/// What one segment needs while its documents pass.
struct Segment {
    ordinal: SegmentOrdinal,
    ids: Column<u64>,
    orders: Column<u64>,
    kinds: Option<StrColumn>,
    seen: Vec<(DocId, i64, u64)>,
}

impl Collector for Sifted<'_> {
    type Fruit = FoundAll;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = segment.fast_fields();
        Ok(Segment { ordinal, ids: columns.u64("id")?, orders: columns.u64("order")?, kinds: columns.str("kind")?, seen: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Segment>) -> tantivy::Result<FoundAll> {
        let mut all = FoundAll::default();
        for segment in segments {
            let mut names: HashMap<u64, String> = HashMap::new();
            for (document, score, id) in &segment.seen {
                if !self.passed[segment.ordinal as usize][*document as usize] {
                    continue;
                }
                let kind = segment.kind_of(*document, &mut names);
                let is_wanted = self.question.kinds.is_empty() || self.question.kinds.contains(&kind);
                if is_wanted {
                    let order = segment.orders.first(*document).unwrap_or(u64::MAX);
                    all.ranked.push(Ranked { score: *score, order, id: *id, address: DocAddress::new(segment.ordinal, *document) });
                }
                *all.kinds.entry(kind).or_default() += 1;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Self;

    fn collect(&mut self, document: DocId, score: Score) {
        if let Some(id) = self.ids.first(document) {
            self.seen.push((document, (f64::from(score) * 100.0).round() as i64, id));
        }
    }

    fn harvest(self) -> Self {
        self
    }
}

impl Segment {
    fn kind_of(&self, document: DocId, names: &mut HashMap<u64, String>) -> String {
        let Some(kinds) = &self.kinds else { return String::new() };
        let Some(ordinal) = kinds.term_ords(document).next() else { return String::new() };
        let read = || {
            let mut name = String::new();
            let _ = kinds.ord_to_str(ordinal, &mut name);
            name
        };
        names.entry(ordinal).or_insert_with(read).clone()
    }
}

/// Statistics over the documents that are alive and pass the sieve, exactly.
struct Exact<'a> {
    searcher: &'a Searcher,
    fields: Fields,
    passed: &'a [Passed],
    /// (tokens in titles, tokens in texts), counted once.
    tokens: Mutex<Option<(u64, u64)>>,
}

impl Exact<'_> {
    fn count_tokens(&self) -> tantivy::Result<(u64, u64)> {
        let (mut titles, mut texts) = (0, 0);
        for (segment, passed) in self.searcher.segment_readers().iter().zip(self.passed) {
            let columns = segment.fast_fields();
            let (title, text) = (columns.u64("title_tokens")?, columns.u64("text_tokens")?);
            for document in (0..segment.max_doc()).filter(|document| passed[*document as usize]) {
                titles += title.first(document).unwrap_or(0);
                texts += text.first(document).unwrap_or(0);
            }
        }
        Ok((titles, texts))
    }
}

impl Bm25StatisticsProvider for Exact<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let mut counted = self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (titles, texts) = match *counted {
            Some(tokens) => tokens,
            None => *counted.insert(self.count_tokens()?),
        };
        let is_title = [self.fields.title.exact, self.fields.title.folded].contains(&field);
        Ok(if is_title { titles } else { texts })
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.passed.iter().flatten().filter(|passed| **passed).count() as u64)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut count = 0;
        for (segment, passed) in self.searcher.segment_readers().iter().zip(self.passed) {
            let words = segment.inverted_index(term.field())?;
            let Some(mut postings) = words.read_postings(term, IndexRecordOption::Basic)? else { continue };
            while postings.doc() != tantivy::TERMINATED {
                count += u64::from(passed[postings.doc() as usize]);
                postings.advance();
            }
        }
        Ok(count)
    }
}
