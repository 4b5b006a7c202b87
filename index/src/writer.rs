//! Writing: entries and the position up to which they are complete, in one commit.

use std::fs;

use tantivy::schema::Term;
use tantivy::{IndexWriter, TantivyDocument};

use crate::analyzer::Analysed;
use crate::entry::{Passage, View};
use crate::schema::{FACETS, Words};
use crate::{Entry, Index, IndexError, collation, schema, suggest};

/// Memory for one batch. 15 MB is the least that tantivy takes; more was not faster for batches of a
/// few hundred records.
const MEMORY: usize = 32 << 20;

/// Writes into an index. Readers go on with what was committed before, and see the new state whole.
pub struct Writer<'a> {
    index: &'a Index,
    writer: IndexWriter,
}

impl<'a> Writer<'a> {
    pub(crate) fn open(index: &'a Index) -> Result<Self, IndexError> {
        let writer: IndexWriter = index.index.writer_with_num_threads(1, MEMORY).map_err(|source| index.failed(source))?;
        // A writer that was killed leaves files behind that no commit names, and the next one would meet
        // them under the very names that it wants to use.
        writer.garbage_collect_files().wait().map_err(|source| index.failed(source))?;
        remove_other_forms(index);
        Ok(Self { index, writer })
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
            Ok(())
        };
        commit().map_err(|source| self.index.failed(source))
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
        if !with_removed.is_empty() {
            self.writer.merge(&with_removed).wait()?;
        }
        self.index.reader.reload()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    /// Returns the position of the last entries applied.
    pub fn position(&self) -> Result<u64, IndexError> {
        self.index.position()
    }

    /// Waits until segments that tantivy merges in the background are merged.
    pub fn finish(self) -> Result<(), IndexError> {
        let index = self.index;
        self.writer.wait_merging_threads().map_err(|source| index.failed(source))
    }

    fn add(&mut self, entries: &[Entry], removed: &[u64]) -> tantivy::Result<()> {
        let ids = entries.iter().map(|entry| entry.id).chain(removed.iter().copied());
        for id in ids {
            self.writer.delete_term(Term::from_field_u64(self.index.fields.id, id));
        }
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
