//! Writing: entries and the position up to which they are complete, in one commit.

use std::collections::HashSet;
use std::fs;

use tantivy::index::SegmentId;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::schema::Term;
use tantivy::{IndexWriter, Searcher, TantivyDocument};

use crate::analyzer::Analysed;
use crate::entry::{Passage, View};
use crate::schema::{FACETS, Words};
use crate::{Entry, Index, IndexError, collation, schema, suggest};

/// Memory for one batch. 15 MB is the least that tantivy takes; more was not faster for batches of a
/// few hundred records.
const MEMORY: usize = 32 << 20;

/// An index of more segments than this is slow to ask: each word is looked up in each of them.
const MOST_SEGMENTS: usize = 8;

/// So many are left where there were more.
const LEFT_SEGMENTS: usize = 4;

/// From so many records on it is worth while to have one segment, where much was written.
const MANY: u64 = 5_000;

/// While much is written, segments are merged when there are so many: each merge writes all words again, and
/// [`Writer::settle`] comes at the end.
const MOST_UNSETTLED: usize = 32;

/// Writes into an index. Readers go on with what was committed before, and see the new state whole.
pub struct Writer<'a> {
    index: &'a Index,
    writer: IndexWriter,
    /// The state of the index before what is written now.
    before: Searcher,
    /// The entries put since then.
    put: HashSet<u64>,
}

impl<'a> Writer<'a> {
    pub(crate) fn open(index: &'a Index) -> Result<Self, IndexError> {
        let writer: IndexWriter = index.index.writer_with_num_threads(1, MEMORY).map_err(|source| index.failed(source))?;
        // A writer that was killed leaves files behind that no commit names, and the next one would meet
        // them under the very names that it wants to use.
        writer.garbage_collect_files().wait().map_err(|source| index.failed(source))?;
        // Segments are merged here and nowhere else: see `settle`.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        remove_other_forms(index);
        index.reader.reload().map_err(|source| index.failed(source))?;
        Ok(Self { index, writer, before: index.reader.searcher(), put: HashSet::new() })
    }

    /// Puts entries in place of those with the same id, removes others, and notes `position`: all of it
    /// or nothing. Applying the same again changes nothing.
    pub fn apply(&mut self, entries: &[Entry], removed: &[u64], position: u64) -> Result<(), IndexError> {
        self.put(entries, removed)?;
        self.commit(position)
    }

    /// Puts entries in place of those with the same id, and removes others; nobody sees it until [`Writer::commit`].
    pub fn put(&mut self, entries: &[Entry], removed: &[u64]) -> Result<(), IndexError> {
        self.add(entries, removed).map_err(|source| self.index.failed(source))
    }

    /// Makes what was put so far the new state of the index, complete up to `position`: all of it or nothing.
    pub fn commit(&mut self, position: u64) -> Result<(), IndexError> {
        let mut commit = || -> tantivy::Result<()> {
            let mut commit = self.writer.prepare_commit()?;
            commit.set_payload(&position.to_string());
            commit.commit()?;
            self.read_again()?;
            if self.before.segment_readers().len() > MOST_UNSETTLED { self.merge_small() } else { Ok(()) }
        };
        commit().map_err(|source| self.index.failed(source))
    }

    /// Makes the index quick to ask after much was written, or after little was written often. Costs nothing where there is nothing
    /// to do.
    pub fn settle(&mut self) -> Result<(), IndexError> {
        self.merge_small().map_err(|source| self.index.failed(source))
    }

    /// Makes one segment of those that had better be one.
    fn merge_small(&mut self) -> tantivy::Result<()> {
        let segments = self.before.segment_readers().iter();
        let mut segments: Vec<(u32, SegmentId)> = segments.map(|segment| (segment.num_docs(), segment.segment_id())).collect();
        segments.sort_unstable_by_key(|(documents, _)| *documents);
        let sizes: Vec<u32> = segments.iter().map(|(documents, _)| *documents).collect();
        let small: Vec<SegmentId> = segments.into_iter().take(merged_together(&sizes)).map(|(_, id)| id).collect();
        if small.is_empty() { Ok(()) } else { self.merge(&small) }
    }

    /// Leaves no word of removed entries in any file: segments that still hold some are written anew without them. Costs as
    /// much as writing those segments.
    pub fn purge(&mut self) -> Result<(), IndexError> {
        self.rewrite().map_err(|source| self.index.failed(source))
    }

    fn rewrite(&mut self) -> tantivy::Result<()> {
        let segments = self.index.index.searchable_segment_metas()?;
        let with_removed: Vec<_> = segments.iter().filter(|segment| segment.has_deletes()).map(tantivy::SegmentMeta::id).collect();
        // Whoever knows a segment keeps its files from being collected.
        drop(segments);
        self.merge(&with_removed)
    }

    /// Makes one segment of some, and gives the files of the former back.
    fn merge(&mut self, segments: &[SegmentId]) -> tantivy::Result<()> {
        if !segments.is_empty() {
            self.writer.merge(segments).wait()?;
        }
        self.read_again()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    /// Returns the position of the last entries applied.
    pub fn position(&self) -> Result<u64, IndexError> {
        self.index.position()
    }

    /// Ends the threads of the writer and waits for them.
    pub fn finish(self) -> Result<(), IndexError> {
        let index = self.index;
        self.writer.wait_merging_threads().map_err(|source| index.failed(source))
    }

    fn add(&mut self, entries: &[Entry], removed: &[u64]) -> tantivy::Result<()> {
        let ids = entries.iter().map(|entry| entry.id).chain(removed.iter().copied());
        for id in ids {
            let term = Term::from_field_u64(self.index.fields.id, id);
            if self.put.contains(&id) || self.was_there(&term)? {
                self.writer.delete_term(term);
            }
        }
        self.put.extend(entries.iter().map(|entry| entry.id));
        for entry in entries {
            for view in &entry.views {
                self.writer.add_document(self.record(entry, view))?;
            }
            for (place, passage) in entry.passages.iter().enumerate() {
                self.writer.add_document(self.passage(entry, place, passage))?;
            }
        }
        Ok(())
    }

    /// What was written is what was there before; nothing holds on to an earlier state and its files.
    fn read_again(&mut self) -> tantivy::Result<()> {
        self.index.reader.reload()?;
        self.before = self.index.reader.searcher();
        self.put.clear();
        Ok(())
    }

    /// Whether the index may have had this entry. Each deletion is kept until the commit and tried on every new segment: of a
    /// hundred thousand new entries that was a fifth of the work and half of the memory.
    fn was_there(&self, id: &Term) -> tantivy::Result<bool> {
        for segment in self.before.segment_readers() {
            if segment.inverted_index(id.field())?.get_term_info(id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn record(&self, entry: &Entry, view: &View) -> TantivyDocument {
        let fields = &self.index.fields;
        let mut document = TantivyDocument::new();
        document.add_u64(fields.id, entry.id);
        document.add_u64(fields.part, 0);
        document.add_text(fields.scope, &view.scope);
        document.add_u64(fields.order, entry.order);
        add_words(&mut document, fields.title, [view.title.as_str()]);
        let written = [view.title.as_str(), &view.text, &view.names];
        add_words(&mut document, fields.all, written.into_iter().chain(view.speech.iter().map(String::as_str)));
        for code in view.codes.iter().filter_map(|code| suggest::code(code)) {
            document.add_text(fields.names, code);
        }
        for term in suggest::terms(&view.offered) {
            document.add_text(fields.names, term);
        }
        for (name, field) in FACETS.iter().zip(fields.facets) {
            for value in view.facets.get(*name).into_iter().flatten() {
                document.add_text(field, value);
            }
        }
        for (first, last) in &view.days {
            document.add_i64(fields.first_day, *first);
            document.add_i64(fields.last_day, *last);
        }
        document.add_text(fields.title_key, collation::key(&view.title));
        document.add_text(fields.text, &view.text);
        document
    }

    fn passage(&self, entry: &Entry, place: usize, passage: &Passage) -> TantivyDocument {
        let fields = &self.index.fields;
        let mut document = TantivyDocument::new();
        document.add_u64(fields.id, entry.id);
        document.add_u64(fields.part, place as u64 + 1);
        document.add_text(fields.scope, &passage.scope);
        add_words(&mut document, fields.speech, [passage.text.as_str()]);
        document.add_text(fields.text, &passage.text);
        document.add_f64(fields.start, passage.start);
        document.add_f64(fields.end, passage.end);
        document.add_text(fields.speaker, &passage.speaker);
        if let Ok(marks) = serde_json::to_string(&passage.marks) {
            document.add_text(fields.marks, marks);
        }
        document
    }
}

/// How many of the smallest segments are merged into one; `sizes` are sorted. The larger a segment is, the more rarely it is
/// written again: all of them only where the largest is but a third, and otherwise, where there are too many, as few as it takes
/// and those that are no larger than all smaller ones together.
fn merged_together(sizes: &[u32]) -> usize {
    let sum = |sizes: &[u32]| sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
    let (all, largest) = (sum(sizes), sizes.last().map_or(0, |size| u64::from(*size)));
    if sizes.len() > 2 && all >= MANY && 3 * largest <= all {
        return sizes.len();
    }
    if sizes.len() <= MOST_SEGMENTS {
        return 0;
    }
    let mut count = sizes.len() - LEFT_SEGMENTS + 1;
    while sizes.get(count).is_some_and(|next| u64::from(*next) <= sum(&sizes[..count])) {
        count += 1;
    }
    count
}

/// Cuts texts into words once, for all forms and for the count.
fn add_words<'a>(document: &mut TantivyDocument, words: Words, texts: impl IntoIterator<Item = &'a str>) {
    let mut analysed = Analysed::default();
    texts.into_iter().for_each(|text| analysed.add(text));
    document.add_u64(words.count, analysed.count);
    let pairs = words.pairs.map(|pairs| (pairs, analysed.pairs));
    for (field, tokens) in [(words.folded, analysed.folded), (words.exact, analysed.exact)].into_iter().chain(pairs) {
        document.add_text(field, tokens);
    }
}

/// Removes the indexes of other versions. What cannot be removed does no harm.
fn remove_other_forms(index: &Index) {
    let Some(parent) = index.folder.parent() else { return };
    let own = schema::fingerprint();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name() != own.as_str() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_segments_are_left_and_large_ones_are_seldom_written_again() {
        assert_eq!(merged_together(&[1, 1, 1, 1, 1, 1, 1, 1]), 0);
        assert_eq!(merged_together(&[1, 1, 1, 1, 1, 1, 1, 1, 100]), 8);
        assert_eq!(merged_together(&[4096, 4096, 4096]), 3);
        assert_eq!(merged_together(&[4096, 4096, 12_288]), 0);
        assert_eq!(merged_together(&[1, 5, 25, 125, 625, 3125, 15_625, 78_125, 390_625]), 6);
        // A record after another for a long time: what is written in all grows little faster than what there is.
        let (mut sizes, mut written) = (Vec::new(), 0u64);
        for _ in 0..10_000 {
            sizes.push(1);
            sizes.sort_unstable();
            let merged: u32 = sizes.drain(..merged_together(&sizes)).sum();
            written += u64::from(merged);
            sizes.extend(Some(merged).filter(|merged| *merged > 0));
            assert!(sizes.len() <= MOST_SEGMENTS);
        }
        assert!(written < 10_000 * 60, "{written}");
    }
}
