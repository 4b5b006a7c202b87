//! Writing: entries and the position up to which they are complete, in one commit.

use std::collections::HashSet;

use tantivy::index::SegmentId;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::schema::Term;
use tantivy::{IndexReader, IndexWriter, Searcher, TantivyDocument};

use crate::analyzer::Analysed;
use crate::entry::{Passage, View};
use crate::schema::{FACETS, Words};
use crate::stored::Packer;
use crate::{Entry, Index, IndexError, collation, suggest};

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
    packer: Packer,
    reader: IndexReader,
    /// The state of the index before what is written now.
    before: Searcher,
    /// The entries put since then.
    put: HashSet<u64>,
    /// Whether nothing of what was before is in what is written now.
    is_anew: bool,
}

impl<'a> Writer<'a> {
    pub(crate) fn open(index: &'a Index) -> Result<Self, IndexError> {
        Self::over(index).map_err(|source| index.failed(source))
    }

    fn over(index: &'a Index) -> tantivy::Result<Self> {
        // Opened anew, since the files that may be given back are listed when an index is opened: what another process wrote
        // since then would never be among them, with words that somebody erases later.
        let (files, reader) = crate::open_files(&index.folder, index.index.schema())?;
        let writer: IndexWriter = files.writer_with_num_threads(1, MEMORY)?;
        // A writer that was killed leaves files behind that no commit names, and the next one would meet
        // them under the very names that it wants to use.
        writer.garbage_collect_files().wait()?;
        // Segments are merged here and nowhere else: see `settle`.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let before = reader.searcher();
        Ok(Self { index, writer, packer: Packer::new()?, reader, before, put: HashSet::new(), is_anew: false })
    }

    /// Forgets every entry, for what is written from here on. Others go on with all that is there until [`Writer::commit`] puts
    /// the new in its place, in one step; if that never comes, the next writer removes what was written.
    pub fn begin_anew(&mut self) -> Result<(), IndexError> {
        self.writer.delete_all_documents().map_err(|source| self.index.failed(source))?;
        self.put.clear();
        self.is_anew = true;
        Ok(())
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
            if std::mem::take(&mut self.is_anew) {
                // What was there before is not needed by this writer any more; others have it open as long as they need it.
                self.writer.garbage_collect_files().wait()?;
            }
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
        let segments = self.before.index().searchable_segment_metas()?;
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

    /// Ends the threads of the writer and waits for them, and lets go of the state of the index that was there before.
    pub fn finish(self) -> Result<(), IndexError> {
        let index = self.index;
        let finish = || self.writer.wait_merging_threads().and_then(|()| index.reader.reload());
        finish().map_err(|source| index.failed(source))
    }

    fn add(&mut self, entries: &[Entry], removed: &[u64]) -> tantivy::Result<()> {
        let ids = entries.iter().map(|entry| entry.id).chain(removed.iter().copied());
        for id in ids {
            let term = Term::from_field_u64(self.index.fields.id, id);
            if self.put.contains(&id) || (!self.is_anew && self.was_there(&term)?) {
                self.writer.delete_term(term);
            }
        }
        self.put.extend(entries.iter().map(|entry| entry.id));
        for entry in entries {
            for view in &entry.views {
                let document = self.record(entry, view)?;
                self.writer.add_document(document)?;
            }
            for (place, passage) in entry.passages.iter().enumerate() {
                let document = self.passage(entry, place, passage)?;
                self.writer.add_document(document)?;
            }
        }
        Ok(())
    }

    /// What was written is what was there before; nothing holds on to an earlier state and its files.
    fn read_again(&mut self) -> tantivy::Result<()> {
        self.reader.reload()?;
        self.before = self.reader.searcher();
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

    fn record(&mut self, entry: &Entry, view: &View) -> tantivy::Result<TantivyDocument> {
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
        document.add_bytes(fields.text, &self.packer.pack(&view.text)?);
        Ok(document)
    }

    fn passage(&mut self, entry: &Entry, place: usize, passage: &Passage) -> tantivy::Result<TantivyDocument> {
        let fields = &self.index.fields;
        let mut document = TantivyDocument::new();
        document.add_u64(fields.id, entry.id);
        document.add_u64(fields.part, place as u64 + 1);
        document.add_text(fields.scope, &passage.scope);
        add_words(&mut document, fields.speech, [passage.text.as_str()]);
        document.add_bytes(fields.text, &self.packer.pack(&passage.text)?);
        document.add_f64(fields.start, passage.start);
        document.add_f64(fields.end, passage.end);
        document.add_text(fields.speaker, &passage.speaker);
        if let Ok(marks) = serde_json::to_string(&passage.marks) {
            document.add_bytes(fields.marks, &self.packer.pack(&marks)?);
        }
        Ok(document)
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Question, Rights};

    const ALL: Rights<'_> = Rights { key: "all", admits: &|_| true, except: &[] };

    fn photograph(id: u64, title: &str) -> Entry {
        Entry { id, order: id, views: vec![View { title: title.into(), text: title.into(), ..View::default() }], ..Entry::default() }
    }

    fn found(index: &Index, words: &str) -> u64 {
        index.search(&Question::new(words), &ALL).unwrap().total
    }

    /// In how many files below a folder a word of a title stands, as it orders titles: the text itself is packed.
    fn traces(folder: &Path, word: &str) -> usize {
        let key = collation::key(word);
        files_with(folder, key.split('\u{1}').next().unwrap().as_bytes())
    }

    fn files_with(folder: &Path, bytes: &[u8]) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of = |path: std::path::PathBuf| match path.is_dir() {
            true => files_with(&path, bytes),
            false => usize::from(std::fs::read(&path).unwrap().windows(bytes.len()).any(|some| some == bytes)),
        };
        entries.map(of).sum()
    }

    #[test]
    fn an_index_is_made_anew_while_others_ask_the_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (index, viewer) = (Index::open(folder.path()).unwrap(), Index::open(folder.path()).unwrap());
        let before = [photograph(1, "chuốt nan"), photograph(2, "dệt lụa")];
        index.writer().unwrap().apply(&before, &[], 7).unwrap();
        assert!(found(&viewer, "nan") == 1 && traces(folder.path(), "nan") > 0);

        // Killed when everything was written but for the commit: the new words lie on the disk, and nobody finds them.
        let mut writer = index.writer().unwrap();
        writer.begin_anew().unwrap();
        writer.put(&[photograph(1, "gác bếp")], &[]).unwrap();
        drop(writer.writer.prepare_commit().unwrap());
        drop(writer);
        assert!(traces(folder.path(), "bếp") > 0, "the index is half made");
        let newcomer = Index::open(folder.path()).unwrap();
        for index in [&viewer, &newcomer] {
            assert_eq!((found(index, "nan"), found(index, ""), found(index, "bếp"), index.position().unwrap()), (1, 2, 0, 7));
        }

        let mut writer = index.writer().unwrap();
        assert_eq!(traces(folder.path(), "bếp"), 0, "the next writer removes what was half made");
        writer.begin_anew().unwrap();
        for (id, title) in [(1, "đan đó"), (3, "quay guồng"), (3, "quay tơ")] {
            writer.put(&[photograph(id, title)], &[]).unwrap();
            assert_eq!((found(&viewer, ""), found(&viewer, "nan"), found(&viewer, "quay")), (2, 1, 0));
        }
        writer.commit(9).unwrap();
        for index in [&viewer, &newcomer] {
            assert_eq!((found(index, ""), found(index, "nan"), found(index, "quay"), index.refresh().unwrap()), (2, 0, 1, 9));
        }
        assert_eq!(traces(folder.path(), "nan"), 0, "what was there before is gone");
        writer.apply(&[photograph(3, "kéo kén")], &[], 10).unwrap();
        assert_eq!((found(&viewer, ""), found(&viewer, "kén"), found(&viewer, "quay")), (2, 1, 0));
    }

    #[test]
    fn another_form_of_the_index_stays_until_it_is_not_needed_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let (older, file) = (folder.path().join("v1-cũ"), folder.path().join("ghi chú"));
        std::fs::create_dir(&older).unwrap();
        std::fs::write(older.join("meta.json"), "{}").unwrap();
        std::fs::write(&file, "").unwrap();
        let index = Index::open(folder.path()).unwrap();
        let mut writer = index.writer().unwrap();
        writer.apply(&[photograph(1, "dệt lụa")], &[], 1).unwrap();
        writer.settle().unwrap();
        writer.finish().unwrap();
        assert!(older.join("meta.json").exists(), "only whoever fills the index knows when it is complete");
        index.remove_other_forms().unwrap();
        assert_eq!((older.exists(), file.exists(), found(&index, "lụa")), (false, true, 1));
    }

    /// Whoever erases may have opened the index before another process wrote into it.
    #[test]
    fn what_another_process_wrote_in_the_meantime_is_purged_too() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Index::open(folder.path()).unwrap(), Index::open(folder.path()).unwrap());
        let entries = [photograph(1, "quặn thắt"), photograph(2, "dệt lụa")];
        other.writer().unwrap().apply(&entries, &[], 1).unwrap();
        let packed = Packer::new().unwrap().pack("quặn thắt").unwrap();
        assert!(traces(folder.path(), "quặn") > 0 && files_with(folder.path(), &packed) > 0);
        let mut writer = one.writer().unwrap();
        writer.apply(&[], &[1], 2).unwrap();
        writer.purge().unwrap();
        writer.finish().unwrap();
        assert_eq!((traces(folder.path(), "quặn"), files_with(folder.path(), &packed), found(&other, "")), (0, 0, 1));
    }

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
