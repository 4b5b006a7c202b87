//! Who asks, and what of the index they may see.
//!
//! The index knows no rights: each document has a scope, and whoever asks says which scopes admit them. From that comes the
//! set of documents that exist for them; every hit, count, suggestion and even every score is taken over that set only. The
//! sets are kept as long as the index stands still, so that a question costs nothing for them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption, Term};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED};

use crate::Index;
use crate::columns::{Columns, OpenColumns};
use crate::schema::{Fields, Words};

/// What a viewer may see.
#[derive(Clone, Copy)]
pub struct Rights<'a> {
    /// The same words for viewers who may see the same, and for no others.
    pub key: &'a str,
    /// Whether the viewer is admitted to documents of this scope.
    pub admits: &'a (dyn Fn(&str) -> bool + Sync),
    /// Records that are kept from the viewer whatever their scope says: the index may be a moment behind.
    pub except: &'a [u64],
}

/// The documents of a segment that exist for a viewer.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Which documents are records that exist for the viewer, and which are passages.
    bits: [Vec<u64>; 2],
    /// How many records, and how many passages.
    records: u64,
    passages: u64,
    /// How many words records, titles and passages have.
    words: [u64; 3],
}

/// What exists for one viewer, in one state of the index.
pub(crate) struct Sight {
    pub(crate) searcher: Searcher,
    pub(crate) segments: Vec<Arc<Seen>>,
    pub(crate) columns: Vec<Arc<Columns>>,
    fields: Arc<Fields>,
    /// In how many documents words stand that were asked for.
    frequencies: Mutex<HashMap<Term, u64>>,
    /// Where some records are kept back: what existed for the viewer before, and of each segment the documents that do not any
    /// more, in rising order.
    hidden: Option<(Arc<Sight>, Vec<Vec<DocId>>)>,
}

/// A segment in one state, and a viewer.
type OfSegment = (SegmentId, Option<u64>, String);

/// A state of the index, and a viewer.
type OfIndex = (u64, String);

/// A state of the index, a viewer, and what is kept from them.
type OfIndexWithout = (u64, String, Vec<u64>);

/// What was made, by what it was made for; the latest last.
type Latest<K, V> = Mutex<VecDeque<(K, Arc<V>)>>;

/// For so many viewers it is kept what exists for them.
const MOST_SIGHTS: usize = 16;

/// So many sets of documents are kept: for some kinds of viewers and the segments of an index.
const MOST_KEPT: usize = 256;

/// What is kept while the index stands still: sets of documents, the latest last, and open columns.
#[derive(Default)]
pub(crate) struct Kept {
    seen: Latest<OfSegment, Seen>,
    sights: Latest<OfIndex, Sight>,
    parts: Latest<OfIndexWithout, Sight>,
    columns: OpenColumns,
}

impl Seen {
    /// Whether a document is a record that exists for the viewer.
    pub(crate) fn has(&self, document: DocId) -> bool {
        self.bits[0][document as usize / 64] >> (document % 64) & 1 == 1
    }

    /// Whether a document is a passage that exists for the viewer.
    pub(crate) fn says(&self, document: DocId) -> bool {
        self.bits[1][document as usize / 64] >> (document % 64) & 1 == 1
    }

    fn of(segment: &SegmentReader, columns: &Columns, rights: &Rights<'_>) -> tantivy::Result<Self> {
        let words = (segment.max_doc() as usize).div_ceil(64);
        let mut seen = Self { bits: [vec![0; words], vec![0; words]], records: 0, passages: 0, words: [0; 3] };
        let Some(scopes) = segment.fast_fields().str("scope")? else { return Ok(seen) };
        let mut admitted = Vec::with_capacity(scopes.num_terms());
        for ordinal in 0..scopes.num_terms() as u64 {
            let mut scope = String::new();
            admitted.push(scopes.ord_to_str(ordinal, &mut scope)? && (rights.admits)(&scope));
        }
        for document in segment.doc_ids_alive() {
            if scopes.term_ords(document).next().is_some_and(|ordinal| admitted[ordinal as usize]) {
                seen.put(document, columns);
            }
        }
        Ok(seen)
    }

    fn put(&mut self, document: DocId, columns: &Columns) {
        let [records, passages] = &mut self.bits;
        let [all, title, speech] = columns.lengths.each_ref().map(|lengths| lengths.first(document).unwrap_or(0));
        let (place, bit) = (document as usize / 64, 1 << (document % 64));
        if columns.parts.first(document) == Some(0) {
            records[place] |= bit;
            self.records += 1;
            self.words[0] += all;
            self.words[1] += title;
        } else {
            passages[place] |= bit;
            self.passages += 1;
            self.words[2] += speech;
        }
    }

    /// Takes a document out, if it is there; returns whether it was.
    fn take(&mut self, document: DocId, columns: &Columns) -> bool {
        let (has, says) = (self.has(document), self.says(document));
        let [all, title, speech] = columns.lengths.each_ref().map(|lengths| lengths.first(document).unwrap_or(0));
        self.bits.iter_mut().for_each(|bits| bits[document as usize / 64] &= !(1 << (document % 64)));
        if has {
            self.records -= 1;
            self.words[0] -= all;
            self.words[1] -= title;
        } else if says {
            self.passages -= 1;
            self.words[2] -= speech;
        }
        has || says
    }
}

impl Index {
    /// Returns what exists for a viewer now.
    pub(crate) fn sight(&self, rights: &Rights<'_>) -> tantivy::Result<Arc<Sight>> {
        self.catch_up()?;
        let searcher = self.reader.searcher();
        let generation = searcher.generation().generation_id();
        let key = (generation, rights.key.to_owned());
        let known = find(&self.kept.sights, &key);
        let whole = known.map_or_else(|| self.new_sight(searcher, key, rights), Ok)?;
        if rights.except.is_empty() {
            return Ok(whole);
        }
        let key = (generation, rights.key.to_owned(), rights.except.to_vec());
        if let Some(part) = find(&self.kept.parts, &key) {
            return Ok(part);
        }
        let part = Arc::new(self.part_of(whole, rights.except)?);
        keep(&self.kept.parts, key, &part, MOST_SIGHTS);
        Ok(part)
    }

    /// The same without some records, exactly: what was closed a moment ago is in no count, no score and no suggestion any more.
    fn part_of(&self, whole: Arc<Sight>, except: &[u64]) -> tantivy::Result<Sight> {
        let (mut segments, mut hidden) = (Vec::new(), Vec::new());
        for ((segment, seen), columns) in whole.searcher.segment_readers().iter().zip(&whole.segments).zip(&whole.columns) {
            let mut seen = Seen::clone(seen);
            let mut documents = documents_of(segment, self.fields.id, except)?;
            documents.retain(|document| seen.take(*document, columns));
            segments.push(Arc::new(seen));
            hidden.push(documents);
        }
        let (searcher, columns, fields) = (whole.searcher.clone(), whole.columns.clone(), Arc::clone(&self.fields));
        Ok(Sight { searcher, segments, columns, fields, frequencies: Mutex::default(), hidden: Some((whole, hidden)) })
    }

    fn new_sight(&self, searcher: Searcher, key: OfIndex, rights: &Rights<'_>) -> tantivy::Result<Arc<Sight>> {
        let columns = self.kept.columns.of(&searcher, &self.fields)?;
        let seen = |(segment, columns): (&SegmentReader, &Arc<Columns>)| self.seen(segment, columns, rights);
        let segments = searcher.segment_readers().iter().zip(&columns).map(seen).collect::<tantivy::Result<_>>()?;
        let fields = Arc::clone(&self.fields);
        let sight = Arc::new(Sight { searcher, segments, columns, fields, frequencies: Mutex::default(), hidden: None });
        // An earlier state of the index is of no use to anyone, and its files could not be given back.
        self.kept.sights.lock().unwrap_or_else(PoisonError::into_inner).retain(|((generation, _), _)| *generation == key.0);
        self.kept.parts.lock().unwrap_or_else(PoisonError::into_inner).retain(|((generation, ..), _)| *generation == key.0);
        keep(&self.kept.sights, key, &sight, MOST_SIGHTS);
        Ok(sight)
    }

    fn seen(&self, segment: &SegmentReader, columns: &Columns, rights: &Rights<'_>) -> tantivy::Result<Arc<Seen>> {
        let key = (segment.segment_id(), segment.delete_opstamp(), rights.key.to_owned());
        if let Some(seen) = find(&self.kept.seen, &key) {
            return Ok(seen);
        }
        let seen = Arc::new(Seen::of(segment, columns, rights)?);
        keep(&self.kept.seen, key, &seen, MOST_KEPT);
        Ok(seen)
    }
}

/// The documents of these records, in rising order.
fn documents_of(segment: &SegmentReader, id: Field, records: &[u64]) -> tantivy::Result<Vec<DocId>> {
    let ids = segment.inverted_index(id)?;
    let mut documents = Vec::new();
    for record in records {
        let Some(mut postings) = ids.read_postings(&Term::from_field_u64(id, *record), IndexRecordOption::Basic)? else { continue };
        while postings.doc() != TERMINATED {
            documents.push(postings.doc());
            postings.advance();
        }
    }
    documents.sort_unstable();
    Ok(documents)
}

fn find<K: PartialEq, V>(kept: &Latest<K, V>, key: &K) -> Option<Arc<V>> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().rev().find(|(known, _)| known == key).map(|(_, value)| Arc::clone(value))
}

fn keep<K, V>(kept: &Latest<K, V>, key: K, value: &Arc<V>, most: usize) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back((key, Arc::clone(value)));
}

impl Sight {
    /// Whether any passage exists for the viewer.
    pub(crate) fn has_passages(&self) -> bool {
        self.segments.iter().any(|seen| seen.passages > 0)
    }

    /// In how many documents that exist for the viewer a word stands.
    pub(crate) fn frequency(&self, term: &Term) -> tantivy::Result<u64> {
        let known = |frequencies: &HashMap<Term, u64>| frequencies.get(term).copied();
        if let Some(count) = known(&self.frequencies.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(count);
        }
        let count = match &self.hidden {
            Some((whole, hidden)) => whole.frequency(term)?.saturating_sub(self.among(hidden, term)?),
            None => self.count(term)?,
        };
        let mut frequencies = self.frequencies.lock().unwrap_or_else(PoisonError::into_inner);
        if frequencies.len() >= 100_000 {
            frequencies.clear();
        }
        frequencies.insert(term.clone(), count);
        Ok(count)
    }

    fn count(&self, term: &Term) -> tantivy::Result<u64> {
        let mut count = 0;
        for (segment, seen) in self.searcher.segment_readers().iter().zip(&self.segments) {
            let words = segment.inverted_index(term.field())?;
            let Some(info) = words.get_term_info(term)? else { continue };
            // Where everything exists for the viewer, tantivy has counted already.
            if seen.records + seen.passages == u64::from(segment.max_doc()) {
                count += u64::from(info.doc_freq);
                continue;
            }
            let mut postings = words.read_postings_from_terminfo(&info, IndexRecordOption::Basic)?;
            while postings.doc() != TERMINATED {
                count += u64::from(seen.has(postings.doc()) || seen.says(postings.doc()));
                postings.advance();
            }
        }
        Ok(count)
    }

    /// In how many of some documents a word stands.
    fn among(&self, documents: &[Vec<DocId>], term: &Term) -> tantivy::Result<u64> {
        let mut count = 0;
        for (segment, documents) in self.searcher.segment_readers().iter().zip(documents).filter(|(_, documents)| !documents.is_empty()) {
            let Some(mut postings) = segment.inverted_index(term.field())?.read_postings(term, IndexRecordOption::Basic)? else { continue };
            for document in documents {
                if postings.doc() < *document {
                    postings.seek(*document);
                }
                count += u64::from(postings.doc() == *document);
            }
        }
        Ok(count)
    }
}

/// Statistics over what exists for the viewer, exactly: the same records give the same scores however the index came to be, and
/// not even a score tells that a closed record has a word.
pub(crate) struct Statistics<'a> {
    pub(crate) sight: &'a Sight,
    /// Whether passages are asked for, not records.
    pub(crate) of_passages: bool,
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let has = |words: Words| [Some(words.folded), Some(words.exact), words.pairs].contains(&Some(field));
        let fields = &self.sight.fields;
        let place = if has(fields.title) { 1 } else { usize::from(has(fields.speech)) * 2 };
        Ok(self.sight.segments.iter().map(|seen| seen.words[place]).sum())
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        let count = |seen: &Arc<Seen>| if self.of_passages { seen.passages } else { seen.records };
        Ok(self.sight.segments.iter().map(count).sum())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.sight.frequency(term)
    }
}
