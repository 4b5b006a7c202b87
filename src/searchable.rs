//! The one place where a record becomes an index entry.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use kho_archive::access::{self, Decision};
use kho_archive::catalogue::{Catalogue, CatalogueError, Changed};
use kho_archive::model::Model;
use kho_archive::record::{File, Kind, Record, RecordId, Role};
use kho_index::{Entry, Passage, View};

use crate::derivative::{Derivatives, reading};
use crate::ingest::describing;
use crate::media::transcript::Cue;
use crate::scope::Scope;
use crate::spoken;

mod passages;
mod properties;
mod related;
mod words;

use related::Related;

/// So many decisions on parts of a record are told apart: with each of them the views of it double. What more there are are
/// taken together, and shown to whom all of them admit.
const MOST_PARTS: usize = 3;

/// After so many seconds of silence something else is said.
const PAUSE: f64 = 15.0;

/// Makes index entries of the records of one archive.
pub(crate) struct Searchable<'a> {
    catalogue: &'a Catalogue,
    derivatives: &'a Derivatives,
    model: Arc<Model>,
    related: Related<'a>,
}

/// Decisions that must all admit a viewer, each in what it decides.
type Decided = Vec<Decision>;

/// What is kept from some of those who see a record: the decisions on parts of it, and on what it speaks of.
struct Parts {
    /// Those that are told apart.
    apart: Vec<Decided>,
    /// Those that count together, as the last of them.
    together: Vec<Decided>,
}

/// Whom one view of a record is for.
struct For<'a> {
    own: &'a [Decision],
    /// The decisions that admit them beyond those on the record.
    admitted: Vec<&'a Decided>,
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
    /// Whoever sees a view of a record finds it by every word of that view, so nothing goes in that is closer than the view:
    /// fields, steps and minutes with decisions of their own, and the names of other records, make views of their own.
    ///
    /// A text that several records hold is searched only if all of them are open to the same people: its bytes
    /// are given only to those whom every holder admits, and so are its words.
    pub(crate) fn entry(&self, changed: &Changed) -> Result<Option<Entry>, CatalogueError> {
        let Changed { record, decisions, added } = changed;
        let is_junk = record.files.first().is_some_and(|file| file.role == Role::junk());
        if record.kind == Kind::accession() || is_junk || record.merged_into().is_some() {
            return Ok(None);
        }
        let own: Decided = decisions.iter().map(Decision::in_effect).collect();
        let transcripts = self.transcripts_of(record)?;
        let parts = self.parts(record, &own, &transcripts);
        let mut entry = Entry { id: record.id.number(), order: newest_first(*added), ..Entry::default() };
        for chosen in 0..1usize << parts.apart.len() {
            let is_chosen = |place: usize| chosen >> place & 1 == 1;
            let admitted = parts.admitted(&is_chosen);
            let mut view = self.view(record, &For { own: &own, admitted: admitted.clone() }, &transcripts)?;
            let refused = parts.refused(&is_chosen);
            view.scope = Scope::new(own.iter().chain(admitted.into_iter().flatten()), refused).to_string();
            entry.views.push(view);
        }
        entry.passages = self.passages(record, &own, &transcripts)?;
        match self.related.trouble() {
            Some(error) => Err(error),
            None => Ok(Some(entry)),
        }
    }

    /// Returns the decisions on parts of a record that some viewer may pass and another may not.
    fn parts(&self, record: &Record, own: &[Decision], transcripts: &[Record]) -> Parts {
        let found: RefCell<BTreeSet<String>> = RefCell::default();
        let note = |decided: Decided| {
            let is_open = decided.iter().all(|decision| decision.is_open() || own.contains(decision));
            if !is_open && !decided.iter().any(Decision::is_sealed) {
                found.borrow_mut().insert(serde_json::to_string(&decided).unwrap_or_default());
            }
            // Nobody sees what is sealed, and what it holds back is not looked into.
            !decided.iter().any(Decision::is_sealed)
        };
        let admits = |decision: &Decision| note(vec![decision.in_effect()]);
        let admits_record = |other: RecordId| self.related.decided(other).is_some_and(&note);
        for record in transcripts.iter().chain([record]).filter(|record| !(record.fields.is_empty() && record.relations.is_empty())) {
            access::keep_for(&mut record.clone(), &self.model, &admits, &admits_record);
        }
        for transcript in transcripts {
            admits_record(transcript.id);
        }
        let all: Vec<Decided> = found.into_inner().iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
        Parts::of(all)
    }

    /// What those see of a record for whom a view is.
    fn view(&self, record: &Record, seen_by: &For<'_>, transcripts: &[Record]) -> Result<View, CatalogueError> {
        let mut seen = record.clone();
        self.keep(&mut seen, seen_by);
        let mut view = View { title: seen.title.values().cloned().collect::<Vec<_>>().join("\n"), ..View::default() };
        for text in seen.description.values() {
            add_line(&mut view.text, text);
        }
        words::add(&mut view, &seen, &self.model, &|other| self.related.names(other, &|decided| seen_by.is_admitted(decided)));
        for words in describing::words_of(record) {
            add_line(&mut view.text, &words);
        }
        self.add_speech(&mut view, seen_by, transcripts)?;
        self.add_files(&mut view, record, seen_by, transcripts)?;
        properties::add(&mut view, &seen, &self.model, &|other| self.related.above(other, &|decided| seen_by.is_admitted(decided)));
        Ok(view)
    }

    /// Leaves in a record what those see for whom a view is. Personal fields are searched by nobody.
    fn keep(&self, record: &mut Record, seen_by: &For<'_>) {
        let admits = |decision: &Decision| seen_by.is_admitted(&[decision.in_effect()]);
        let admits_record = |other: RecordId| self.related.decided(other).is_some_and(|decided| seen_by.is_admitted(&decided));
        access::keep_for(record, &self.model, &admits, &admits_record);
    }

    /// The words of transcripts, for the record as a whole; with their times they are passages.
    fn add_speech(&self, view: &mut View, seen_by: &For<'_>, transcripts: &[Record]) -> Result<(), CatalogueError> {
        for transcript in transcripts {
            let decided = self.related.decided(transcript.id);
            if !decided.is_some_and(|decided| seen_by.is_admitted(&decided)) {
                continue;
            }
            let mut heard = transcript.clone();
            self.keep(&mut heard, seen_by);
            for language in spoken::languages(&heard) {
                add_cues(&mut view.speech, &spoken::cues(&heard, &language, &|_| None));
            }
        }
        Ok(())
    }

    fn add_files(&self, view: &mut View, record: &Record, seen_by: &For<'_>, transcripts: &[Record]) -> Result<(), CatalogueError> {
        let languages = self.languages_heard(transcripts, &|decided| seen_by.is_admitted(decided));
        for file in &record.files {
            for found in &file.paths {
                add_line(&mut view.names, &found.name);
            }
            if file.role == Role::transcript() && languages.contains(spoken::language(file)) {
                continue;
            }
            let Some((text, cues)) = self.words_of(file)? else { continue };
            end_paragraph(&mut view.text);
            add_line(&mut view.text, &text);
            add_cues(&mut view.speech, &cues);
        }
        Ok(())
    }

    /// The words of a file, without those of minutes that a transcript keeps back; `None` where there are none for everyone
    /// who sees a record that holds it.
    fn words_of(&self, file: &File) -> Result<Option<(String, Vec<Cue>)>, CatalogueError> {
        let Some(reading) = reading::of(self.derivatives, file) else { return Ok(None) };
        if !self.catalogue.holders_agree(&file.digest)? {
            return Ok(None);
        }
        let closed = self.catalogue.closed_minutes(&file.digest)?;
        // Nobody knows which of the words without times were spoken then.
        let text = if closed.is_empty() { reading.text } else { String::new() };
        Ok(Some((text, spoken::without(reading.cues, &closed))))
    }

    /// The languages in which some transcript has the words already.
    fn languages_heard(&self, transcripts: &[Record], admits: &dyn Fn(&[Decision]) -> bool) -> BTreeSet<String> {
        let heard = transcripts.iter().filter(|transcript| self.related.decided(transcript.id).is_some_and(|decided| admits(&decided)));
        heard.flat_map(spoken::languages).collect()
    }

    fn transcripts_of(&self, record: &Record) -> Result<Vec<Record>, CatalogueError> {
        if !["film", "sound", "image", "document", "file"].contains(&record.kind.as_str()) {
            return Ok(Vec::new());
        }
        let ids = spoken::transcripts_of(self.catalogue, record.id)?;
        let transcripts = ids.into_iter().map(|id| self.catalogue.record(id));
        transcripts.filter_map(Result::transpose).collect()
    }

    fn passages(&self, record: &Record, own: &[Decision], transcripts: &[Record]) -> Result<Vec<Passage>, CatalogueError> {
        let mut passages = Vec::new();
        for transcript in transcripts {
            let Some(decided) = self.related.decided(transcript.id).filter(|decided| !decided.iter().any(Decision::is_sealed)) else { continue };
            passages.extend(passages::of_transcript(transcript, &[own, &decided].concat()));
        }
        let everyone = For { own, admitted: Vec::new() };
        let languages = self.languages_heard(transcripts, &|decided| everyone.is_admitted(decided));
        let scope = Scope::new(own, Vec::new()).to_string();
        for file in record.files.iter().filter(|file| file.role != Role::transcript() || !languages.contains(spoken::language(file))) {
            let Some((_, cues)) = self.words_of(file)? else { continue };
            passages.extend(passages::windows(&cues, &scope));
        }
        // A transcript by itself is found by its words, too; its times are those of the recording.
        if record.kind == Kind::transcript() {
            passages.extend(passages::of_transcript(record, own));
        }
        Ok(passages)
    }
}

impl Parts {
    fn of(mut all: Vec<Decided>) -> Self {
        let together = if all.len() > MOST_PARTS { all.split_off(MOST_PARTS - 1) } else { Vec::new() };
        if !together.is_empty() {
            // Whom all of these admit.
            let mut every: Decided = Vec::new();
            together.iter().flatten().for_each(|decision| {
                if !every.contains(decision) {
                    every.push(decision.clone());
                }
            });
            all.push(every);
        }
        Self { apart: all, together }
    }

    fn admitted(&self, is_chosen: &dyn Fn(usize) -> bool) -> Vec<&Decided> {
        let chosen: Vec<&Decided> = self.apart.iter().enumerate().filter(|(place, _)| is_chosen(*place)).map(|(_, decided)| decided).collect();
        let has_last = self.apart.len().checked_sub(1).is_some_and(is_chosen);
        let more = if has_last { self.together.iter().collect() } else { Vec::new() };
        chosen.into_iter().chain(more).collect()
    }

    fn refused(&self, is_chosen: &dyn Fn(usize) -> bool) -> Vec<Decided> {
        self.apart.iter().enumerate().filter(|(place, _)| !is_chosen(*place)).map(|(_, decided)| decided.clone()).collect()
    }
}

impl For<'_> {
    /// Whether everyone for whom the view is may see what has these decisions.
    fn is_admitted(&self, decided: &[Decision]) -> bool {
        let is_passed = |decision: &Decision| decision.is_open() || self.own.contains(decision);
        !decided.is_empty()
            && (decided.iter().all(is_passed)
                || self.admitted.iter().any(|admitted| decided.iter().all(|decision| is_passed(decision) || admitted.contains(decision))))
    }
}

/// The latest commit first, and what came with it in walking order.
fn newest_first((commit, place): (u64, u64)) -> u64 {
    let (commits, places) = (1 << 43, 1 << 20);
    (commits - commit.min(commits)) * places + place.min(places - 1)
}

/// Keeps the texts of several files apart: a place that is shown never runs from one into the next.
fn end_paragraph(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

/// Adds what is said, in one go what follows each other without a pause.
fn add_cues(speech: &mut Vec<String>, cues: &[Cue]) {
    let mut end = f64::NEG_INFINITY;
    for cue in cues {
        match speech.last_mut().filter(|_| cue.start - end <= PAUSE) {
            Some(text) => add_line(text, &said(cue)),
            None => speech.push(said(cue)),
        }
        end = cue.end;
    }
}

/// What is said, with who says it.
fn said(cue: &Cue) -> String {
    match &cue.speaker {
        Some(speaker) => format!("{speaker}: {}", cue.text),
        None => cue.text.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::access::Level;

    fn decided(level: Level) -> Decided {
        vec![Decision { level, ..Decision::default() }]
    }

    #[test]
    fn each_viewer_sees_one_view_of_a_record() {
        let parts = Parts::of([Level::Research, Level::Kiosk, Level::Closed].into_iter().map(decided).collect());
        assert_eq!((parts.apart.len(), parts.together.len()), (3, 0));
        let chosen = |place: usize| place == 1;
        assert_eq!((parts.admitted(&chosen).len(), parts.refused(&chosen).len()), (1, 2));
        let many = Parts::of([Level::Research, Level::Kiosk, Level::Closed, Level::Community].into_iter().map(decided).collect());
        assert_eq!((many.apart.len(), many.apart[2].len(), many.together.len()), (3, 2, 2));
        let own = decided(Level::Public);
        let everyone = For { own: &own, admitted: Vec::new() };
        assert!(everyone.is_admitted(&own) && !everyone.is_admitted(&decided(Level::Research)) && !everyone.is_admitted(&[]));
        let research = decided(Level::Research);
        let some = For { own: &own, admitted: vec![&research] };
        assert!(some.is_admitted(&research) && !some.is_admitted(&decided(Level::Kiosk)));
    }
}
