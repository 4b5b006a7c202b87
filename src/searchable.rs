//! The one place where a record becomes an index entry.

use std::collections::BTreeSet;
use std::sync::Arc;

use kho_archive::access::{self, Decision};
use kho_archive::catalogue::{Catalogue, CatalogueError, Changed};
use kho_archive::model::Model;
use kho_archive::record::{File, Kind, Record, Role};
use kho_index::{Entry, Mark};

use crate::derivative::{Derivatives, reading};
use crate::ingest::describing;
use crate::media::transcript::Cue;
use crate::spoken;

mod related;
mod words;

use related::Related;

/// Makes index entries of the records of one archive.
pub(crate) struct Searchable<'a> {
    catalogue: &'a Catalogue,
    derivatives: &'a Derivatives,
    model: Arc<Model>,
    related: Related<'a>,
}

impl<'a> Searchable<'a> {
    /// Returns a maker of entries. It remembers the names of records that others speak of: make a new one when the
    /// catalogue has changed.
    pub(crate) fn new(catalogue: &'a Catalogue, derivatives: &'a Derivatives) -> Result<Self, CatalogueError> {
        let model = catalogue.model()?;
        Ok(Self { catalogue, derivatives, related: Related::new(catalogue, Arc::clone(&model)), model })
    }

    /// Returns what is searched of a record; `None` if it is not searched at all (deliveries, junk, what
    /// another record took up).
    ///
    /// Whoever may see the record finds it by every word of its entry. So nothing goes in that is closer than the record
    /// itself: fields, steps and minutes with a decision of their own are left out for everyone, even where some may see
    /// them; the names of other records go in only if whoever sees this one may see those.
    ///
    /// A text that several records hold is searched only if all of them are open to the same people: its bytes
    /// are given only to those whom every holder admits, and so are its words.
    pub(crate) fn entry(&self, changed: &Changed) -> Result<Option<Entry>, CatalogueError> {
        let Changed { record, decisions: own, added } = changed;
        let is_junk = record.files.first().is_some_and(|file| file.role == Role::junk());
        if record.kind == Kind::accession() || is_junk || record.merged_into().is_some() {
            return Ok(None);
        }
        let mut open = record.clone();
        access::keep_open(&mut open, &self.model, &|other| self.related.admits(other, own));
        let kind = record.kind.as_str().to_owned();
        let mut entry = Entry { id: record.id.number(), kind, order: newest_first(*added), ..Entry::default() };
        entry.title = open.title.values().cloned().collect::<Vec<_>>().join("\n");
        for text in open.description.values() {
            add_line(&mut entry.text, text);
        }
        words::add(&mut entry, &open, &self.model, &|other| self.related.names(other, own));
        for words in describing::words_of(record) {
            add_line(&mut entry.text, &words);
        }
        let spoken = self.transcripts(record, own)?;
        self.add_files(&mut entry, record, &spoken)?;
        match self.related.trouble() {
            Some(error) => Err(error),
            None => Ok(Some(entry)),
        }
    }

    fn add_files(&self, entry: &mut Entry, record: &Record, spoken: &[Record]) -> Result<(), CatalogueError> {
        let languages: BTreeSet<String> = spoken.iter().flat_map(spoken::languages).collect();
        for transcript in spoken {
            for language in spoken::languages(transcript) {
                end_paragraph(&mut entry.text);
                add_cues(entry, &spoken::cues(transcript, &language, &|_| None));
            }
        }
        for file in &record.files {
            let is_replaced = file.role == Role::transcript() && languages.contains(spoken::language(file));
            if !is_replaced {
                self.add_reading(entry, file)?;
            }
            for found in &file.paths {
                add_line(&mut entry.names, &found.name);
            }
        }
        Ok(())
    }

    /// The words of a file, but for those of minutes that a transcript keeps back.
    fn add_reading(&self, entry: &mut Entry, file: &File) -> Result<(), CatalogueError> {
        let Some(reading) = reading::of(self.derivatives, file) else { return Ok(()) };
        if !self.catalogue.holders_agree(&file.digest)? {
            return Ok(());
        }
        let closed = self.catalogue.closed_minutes(&file.digest)?;
        end_paragraph(&mut entry.text);
        // Nobody knows which of the words without times were spoken then.
        if closed.is_empty() {
            add_line(&mut entry.text, &reading.text);
        }
        add_cues(entry, &spoken::without(reading.cues, &closed));
        Ok(())
    }

    /// The transcripts of a recording that whoever sees it may read, without what is closed in them.
    fn transcripts(&self, record: &Record, own: &[Decision]) -> Result<Vec<Record>, CatalogueError> {
        let mut transcripts = Vec::new();
        for id in spoken::transcripts_of(self.catalogue, record.id)? {
            let Some(mut transcript) = self.catalogue.record(id)?.filter(|_| self.related.admits(id, own)) else { continue };
            access::keep_open(&mut transcript, &self.model, &|other| self.related.admits(other, own));
            transcripts.push(transcript);
        }
        Ok(transcripts)
    }
}

/// The latest commit first, and what came with it in walking order.
fn newest_first((commit, place): (u64, u64)) -> u64 {
    let (commits, places) = (1 << 43, 1 << 20);
    (commits - commit.min(commits)) * places + place.min(places - 1)
}

/// Keeps the texts of several files apart: a passage never runs from one into the next.
fn end_paragraph(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

fn add_cues(entry: &mut Entry, cues: &[Cue]) {
    for cue in cues {
        let offset = entry.text.len() + usize::from(!entry.text.is_empty());
        entry.marks.push(Mark { offset, seconds: cue.start });
        let line = match &cue.speaker {
            Some(speaker) => format!("{speaker}: {}", cue.text),
            None => cue.text.clone(),
        };
        add_line(&mut entry.text, &line);
    }
}

fn add_line(text: &mut String, line: &str) {
    if line.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
