//! Records that have every word of a question, where each word is looked for in one form: that is what most questions ask.
//!
//! tantivy seeks each document of the rarest word in the lists of the others. Where words are frequent, and those of a language with
//! six thousand syllables are, the search within lists takes longer than reading them: here the documents that are left of a
//! stretch stand in a table by their number, and what the next list has of the stretch is looked up in it.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::query::Bm25Weight;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocId, Score, SegmentReader, TERMINATED};

use super::Segment;

/// So many documents are looked at together: their table and what is left of them stay in the fastest memory.
const STRETCH: u32 = 4_096;

/// Where a list has more than so many times the documents that are left, each of these is sought in it.
const SOUGHT_BEYOND: u64 = 8;

/// So many postings make a block, as tantivy has it.
const BLOCK: usize = 128;

/// How often a word stands in each document of a block, where the list does not say.
const ONCE: [u32; BLOCK] = [1; BLOCK];

/// Words of which each must occur, and what counts more where it is there.
pub(crate) struct EveryOf {
    pub(crate) words: Vec<Counting>,
    /// The most generous first.
    pub(crate) rewards: Vec<Counting>,
}

/// A word, or two, and what they count.
pub(crate) struct Counting {
    pub(crate) term: Term,
    pub(crate) weight: Bm25Weight,
    /// No record gets more than this by it.
    pub(crate) most: Score,
}

/// The documents of a segment that have a word, and how often.
struct List {
    postings: BlockSegmentPostings,
    /// The next one within the block of postings.
    next: usize,
    lengths: FieldNormReader,
    weight: Bm25Weight,
    most: Score,
}

/// What is left of a stretch.
struct Stretch {
    /// The document with which it begins.
    from: DocId,
    /// The documents that are left, in rising order.
    documents: Vec<DocId>,
    /// How often each of the words that were looked up stands in each of them.
    counts: Vec<Vec<u32>>,
    /// What each of them counts.
    scores: Vec<Score>,
    /// For each document of the stretch, where it stands among those that are left, counted from 1; 0 for all others.
    table: Vec<u16>,
    /// The documents that a list has, by where they stand among those that are left, counted from 1, and how often it has them.
    here: Vec<u16>,
    times: Vec<u32>,
}

/// Goes through the documents of a segment that have every word.
pub(super) struct EveryWord {
    /// The rarest first.
    words: Vec<List>,
    rewards: Vec<List>,
    /// No record gets more than this by its rewards.
    most_reward: Score,
    /// How many documents the segment has.
    size: u32,
    stretch: Stretch,
}

impl List {
    /// Returns `None` where the word is not in the segment.
    fn of(counting: &Counting, segment: &SegmentReader) -> tantivy::Result<Option<Self>> {
        let field = counting.term.field();
        let postings = segment.inverted_index(field)?.read_block_postings(&counting.term, IndexRecordOption::WithFreqs)?;
        let lengths = segment.get_fieldnorms_reader(field)?;
        Ok(postings.map(|postings| Self { postings, next: 0, lengths, weight: counting.weight.clone(), most: counting.most }))
    }

    /// Goes to the first document that is not before this one, and returns it.
    fn seek(&mut self, document: DocId) -> DocId {
        if self.postings.doc(self.next) < document {
            self.next = self.postings.seek(document);
        }
        self.postings.doc(self.next)
    }

    /// Goes past what the block has before a document, and returns it with its counts; `None` where the list has nothing more.
    fn take_up_to(&mut self, end: DocId) -> Option<(&[DocId], &[u32])> {
        if self.next == self.postings.block_len() {
            self.postings.advance();
            self.next = 0;
        }
        let rest = &self.postings.docs()[self.next..];
        let count = if rest.last().is_some_and(|last| *last < end) { rest.len() } else { rest.partition_point(|document| *document < end) };
        let here = self.next..self.next + count;
        self.next += count;
        let counts = self.postings.freqs().get(here.clone()).unwrap_or(&ONCE[here.clone()]);
        (count > 0).then(|| (&self.postings.docs()[here], counts))
    }

    fn score(&self, document: DocId, count: u32) -> Score {
        self.weight.score(self.lengths.fieldnorm_id(document), count)
    }
}

impl Stretch {
    fn new(words: usize) -> Self {
        let counts = vec![Vec::new(); words];
        let (documents, scores, here, times) = Default::default();
        Self { from: 0, documents, counts, scores, table: vec![0; STRETCH as usize], here, times }
    }

    fn end(&self) -> DocId {
        self.from + STRETCH
    }

    /// Takes what a list has of the stretch that begins with a document.
    fn begin(&mut self, from: DocId, list: &mut List) {
        self.from = from;
        self.documents.clear();
        self.counts[0].clear();
        while let Some((documents, counts)) = list.take_up_to(self.end()) {
            self.documents.extend_from_slice(documents);
            self.counts[0].extend_from_slice(counts);
        }
    }

    /// Finds what a list has of what is left.
    fn find(&mut self, list: &mut List, size: u32) {
        let expected = u64::from(list.postings.doc_freq()) * u64::from(STRETCH) / u64::from(size);
        if self.documents.len() as u64 * SOUGHT_BEYOND < expected { self.seek_each(list) } else { self.look_up(list) }
    }

    fn seek_each(&mut self, list: &mut List) {
        self.here.clear();
        self.times.clear();
        for (place, document) in (1..).zip(&self.documents) {
            if list.seek(*document) == *document {
                self.here.push(place);
                self.times.push(list.postings.freq(list.next));
            }
        }
    }

    fn look_up(&mut self, list: &mut List) {
        let (from, end) = (self.from, self.end());
        for (place, document) in (1..).zip(&self.documents) {
            self.table[(document - from) as usize] = place;
        }
        // One more than there can be: whatever is looked up is written down, and stays if it was there.
        self.here.resize(self.documents.len() + 1, 0);
        self.times.resize(self.documents.len() + 1, 0);
        let mut found = 0;
        if list.seek(from) < end {
            while let Some((documents, counts)) = list.take_up_to(end) {
                for (document, count) in documents.iter().zip(counts) {
                    let place = self.table[(document - from) as usize];
                    self.here[found] = place;
                    self.times[found] = *count;
                    found += usize::from(place != 0);
                }
            }
        }
        self.here.truncate(found);
        self.times.truncate(found);
        self.documents.iter().for_each(|document| self.table[(document - from) as usize] = 0);
    }

    /// Of what is left, leaves what was found in the list of a word.
    fn leave(&mut self, word: usize) {
        for (now, place) in self.here.iter().enumerate() {
            let before = usize::from(*place) - 1;
            self.documents[now] = self.documents[before];
            self.counts[..word].iter_mut().for_each(|counts| counts[now] = counts[before]);
        }
        self.documents.truncate(self.here.len());
        std::mem::swap(&mut self.counts[word], &mut self.times);
    }

    /// Scores what has every word, counts it, and leaves what may be among the best.
    fn score(&mut self, words: &[List], most_reward: Score, segment: &mut Segment) {
        self.scores.clear();
        let mut left = 0;
        for place in 0..self.documents.len() {
            let document = self.documents[place];
            let score = words.iter().zip(&self.counts).map(|(list, counts)| list.score(document, counts[place])).sum::<Score>();
            // Whatever it scores: it is counted.
            if segment.count(document) && score + most_reward >= segment.floor {
                self.documents[left] = document;
                self.scores.push(score);
                left += 1;
            }
        }
        self.documents.truncate(left);
    }

    fn reward(&mut self, list: &List) {
        for (place, times) in self.here.iter().zip(&self.times) {
            let place = usize::from(*place) - 1;
            self.scores[place] += list.score(self.documents[place], *times);
        }
    }
}

impl EveryWord {
    /// Returns `None` where a word is not in the segment at all.
    pub(super) fn of(every: &EveryOf, segment: &SegmentReader) -> tantivy::Result<Option<Self>> {
        let words: Option<Vec<List>> = every.words.iter().map(|word| List::of(word, segment)).collect::<tantivy::Result<_>>()?;
        let Some(mut words) = words else { return Ok(None) };
        words.sort_by_key(|list| list.postings.doc_freq());
        let rewards: Vec<Option<List>> = every.rewards.iter().map(|reward| List::of(reward, segment)).collect::<tantivy::Result<_>>()?;
        let rewards: Vec<List> = rewards.into_iter().flatten().collect();
        let most_reward = rewards.iter().map(|reward| reward.most).sum();
        let stretch = Stretch::new(words.len());
        Ok(Some(Self { words, rewards, most_reward, size: segment.max_doc(), stretch }))
    }

    pub(super) fn collect(&mut self, segment: &mut Segment) {
        let Self { words, rewards, most_reward, size, stretch } = self;
        let mut begin = 0;
        while let Some(from) = words.first_mut().map(|rarest| rarest.seek(begin)).filter(|from| *from != TERMINATED) {
            begin = from + STRETCH;
            stretch.begin(from, &mut words[0]);
            for (place, word) in words.iter_mut().enumerate().skip(1) {
                stretch.find(word, *size);
                stretch.leave(place);
            }
            stretch.score(words, *most_reward, segment);
            for reward in rewards.iter_mut() {
                stretch.find(reward, *size);
                stretch.reward(reward);
            }
            let ranked = stretch.documents.iter().zip(&stretch.scores);
            ranked.for_each(|(document, score)| segment.keep_if_best(*document, *score));
        }
    }
}
