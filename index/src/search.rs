//! Asking: words in, hits and counts out, as far as the rights of whoever asks.
//!
//! A question is asked in two steps. First the records: every word must occur, in whatever text of the record, and typed marks,
//! words that follow each other and titles count more. Where that finds too little, records are given apart that have most of
//! the words. Then, for the hits of the page, the passages in which it is said.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use tantivy::TantivyDocument;
use tantivy::query::{BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Term, Value};

use crate::analyzer::{self, Word};
use crate::collect::{Finding, Found, Narrowed, NearTerms, Ranked, Reward, SomeOf, Sort, Way};
use crate::lexicon::Lexicon;
use crate::query::{self, FieldName, Parsed};
use crate::rights::{Rights, Sight, Statistics};
use crate::schema::{FACETS, Fields};
use crate::snippet::Marking;
use crate::understand::{self, Added, Meant, Understanding};
use crate::weights::Weights;
use crate::{Index, IndexError, stored};

mod left_out;
mod ranking;
mod saying;
#[cfg(test)]
mod tests;

use saying::{Said, Saying};

/// So many passages of one record are shown.
const MOST_PASSAGES: usize = 3;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question<'a> {
    /// The words. Without words, everything is found.
    pub text: String,
    /// What narrows the answer.
    pub narrowed: Vec<Narrowed>,
    /// Days of which a record must speak: the first and the last.
    pub days: Option<(i64, i64)>,
    /// The properties whose values are counted.
    pub counted: Vec<String>,
    /// The order of the hits.
    pub sort: Sort,
    /// How many hits to give at most.
    pub limit: usize,
    /// How many hits to pass over.
    pub offset: usize,
    /// Other names of things; `None` for none.
    pub lexicon: Option<&'a Lexicon>,
    /// Names that the lexicon shall not add.
    pub without: Vec<String>,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// How many records there are that have every word.
    pub total: u64,
    /// The hits of this page, best first.
    pub hits: Vec<Hit>,
    /// Where these are few: records that have most of the words, or words that are like those, best first. They are in no count.
    pub approximate: Vec<Hit>,
    /// Counts by property: of everything that the question finds, whatever values of this property were asked for.
    pub facets: Vec<Facet>,
    /// Words that were not looked for as they were typed, and what was looked for.
    pub read_as: Vec<(String, Vec<String>)>,
    /// Names that the lexicon added, each with the words for which it did.
    pub added: Vec<(String, String)>,
    /// A question that finds more.
    pub did_you_mean: Option<String>,
}

/// One record found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The record.
    pub id: u64,
    /// How well it fits; only good for comparing within one answer.
    pub score: f64,
    /// The place that fits best, as HTML: escaped, matches in `<mark>`. Empty if only title or names fit.
    pub snippet: String,
    /// When that is spoken, in seconds; `None` if it is written.
    pub at_seconds: Option<f64>,
    /// The place in what is written that fits best, as HTML like `snippet`; empty if there is none.
    pub written: String,
    /// The passages in which it is said, the best first.
    pub passages: Vec<Spoken>,
}

/// A passage found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spoken {
    /// When the first of the words is said, in seconds.
    pub at: f64,
    /// When the passage begins, in seconds.
    pub start: f64,
    /// When it ends, in seconds.
    pub end: f64,
    /// Who speaks; empty if nobody knows.
    pub speaker: String,
    /// What is said, as HTML like [`Hit::snippet`].
    pub snippet: String,
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
    /// In how many records.
    pub count: u64,
}

impl Question<'_> {
    /// Returns a question for the first 20 hits.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), limit: 20, ..Self::default() }
    }
}

impl Index {
    /// Finds records. Any text is a question; none is an error.
    pub fn search(&self, question: &Question<'_>, rights: &Rights<'_>) -> Result<Answer, IndexError> {
        let answer = || -> tantivy::Result<Answer> { Asking::of(self, question, rights)?.answer() };
        answer().map_err(|source| self.failed(source))
    }

    /// Returns how a question is read, and how the score of each hit comes about, as text for whoever mends the ranking.
    pub fn explain(&self, question: &Question<'_>, rights: &Rights<'_>) -> Result<String, IndexError> {
        let explained = || -> tantivy::Result<String> { Asking::of(self, question, rights)?.explain() };
        explained().map_err(|source| self.failed(source))
    }
}

/// One question, read.
struct Asking<'a> {
    index: &'a Index,
    fields: &'a Fields,
    weights: Weights,
    question: &'a Question<'a>,
    sight: Arc<Sight>,
    parsed: Parsed,
    has_marks: bool,
    meant: Vec<Meant>,
    added: Vec<Added>,
    narrowed: Vec<Narrowed>,
    days: Vec<(i64, i64)>,
    near: Vec<NearTerms>,
    /// Every word that is marked where it is found.
    sought: Vec<Word>,
}

impl<'a> Asking<'a> {
    fn of(index: &'a Index, question: &'a Question<'a>, rights: &Rights<'_>) -> tantivy::Result<Self> {
        Self::read(index, question, index.sight(rights)?, query::parse(&question.text))
    }

    fn read(index: &'a Index, question: &'a Question<'a>, sight: Arc<Sight>, parsed: Parsed) -> tantivy::Result<Self> {
        let fields: &Fields = &index.fields;
        let understanding = Understanding { sight: &sight, fields, lexicon: question.lexicon };
        let meant = understanding.meant(&parsed.words, index.weights.repaired > 0.0)?;
        let added = question.lexicon.map(|lexicon| understand::added(lexicon, &meant, &question.without)).unwrap_or_default();
        let mut asking = Self {
            index,
            fields,
            weights: index.weights,
            question,
            has_marks: parsed.has_marks() || meant.iter().any(|meant| meant.is_repaired && meant.ways.iter().flatten().any(Word::has_marks)),
            narrowed: question.narrowed.clone(),
            days: question.days.into_iter().collect(),
            near: Vec::new(),
            sought: Vec::new(),
            sight,
            parsed,
            meant,
            added,
        };
        asking.read_fields();
        asking.read_near();
        asking.sought = asking.sought();
        Ok(asking)
    }

    /// Takes what is asked in fields for what narrows the answer.
    fn read_fields(&mut self) {
        for field in &self.parsed.fields {
            match field.field {
                FieldName::Facet(property) => {
                    let named = self.question.lexicon.map(|lexicon| lexicon.values_called(property, &field.value)).unwrap_or_default();
                    let values = named.into_iter().chain([field.value.clone()]).collect();
                    self.narrowed.push(Narrowed { property: property.to_owned(), values, is_without: field.is_without });
                }
                FieldName::Days => self.days.extend(query::days(&field.value)),
                FieldName::Title | FieldName::Code => {}
            }
        }
    }

    fn read_near(&mut self) {
        for near in &self.parsed.near {
            let terms = |words: &[Word]| words.iter().map(|word| Term::from_field_text(self.fields.all.folded, &word.folded)).collect();
            self.near.push(NearTerms { one: terms(&near.one), other: terms(&near.other), distance: near.distance });
        }
    }

    fn answer(&self) -> tantivy::Result<Answer> {
        // Words that are only like those that were typed are not what was asked for.
        let is_guess = self.meant.iter().any(|meant| meant.is_guess);
        let found = if is_guess { Found::default() } else { self.find(&[])? };
        let page = found.best.iter().skip(self.question.offset).take(self.question.limit);
        let hits = self.hits(&page.collect::<Vec<_>>())?;
        let is_few = found.total < self.weights.few && self.question.offset == 0;
        let approximate = if is_few { self.loosely(&found, is_guess)? } else { Vec::new() };
        let facets = self.question.counted.iter().map(|name| facet(name, &found)).collect();
        let did_you_mean = if found.total == 0 { self.did_you_mean()? } else { None };
        let mut added: Vec<(String, String)> = Vec::new();
        for name in &self.added {
            // One name may stand for two things of the question, and is told once.
            if added.iter().all(|(_, known)| *known != name.text) {
                added.push((self.typed_span(name.from, name.length), name.text.clone()));
            }
        }
        Ok(Answer { total: found.total, hits, approximate, facets, read_as: self.read_as(), added, did_you_mean })
    }

    /// Where little is found: what comes near. What stood in quotes is nowhere, or seldom: its words are words like others, then.
    fn loosely(&self, found: &Found, is_guess: bool) -> tantivy::Result<Vec<Hit>> {
        if self.parsed.phrases.is_empty() {
            return if self.meant.is_empty() { Ok(Vec::new()) } else { self.approximate(found, is_guess) };
        }
        let without_quotes = Self::read(self.index, self.question, Arc::clone(&self.sight), self.parsed.without_quotes())?;
        let is_guess = without_quotes.meant.iter().any(|meant| meant.is_guess);
        without_quotes.approximate(found, is_guess)
    }

    /// Records that have words like those that were asked for, then those that have some of them.
    fn approximate(&self, found: &Found, is_guess: bool) -> tantivy::Result<Vec<Hit>> {
        let mut known: Vec<u64> = found.best.iter().map(|ranked| ranked.id).collect();
        let mut ranked = Vec::new();
        if is_guess {
            ranked = self.find(&known)?.best;
            known.extend(ranked.iter().map(|ranked| ranked.id));
        }
        if ranked.len() < self.question.limit
            && let Some(words) = self.some_words()?
        {
            ranked.extend(self.find_some(&words, &known)?.best);
        }
        ranked.truncate(self.question.limit);
        self.hits(&ranked.iter().collect::<Vec<_>>())
    }

    fn hits(&self, page: &[&Ranked]) -> tantivy::Result<Vec<Hit>> {
        let mut spoken = self.passages(page)?;
        page.iter().map(|ranked| self.hit(ranked, spoken.remove(&ranked.id).unwrap_or_default())).collect()
    }

    fn read_as(&self) -> Vec<(String, Vec<String>)> {
        let written = |way: &Vec<Word>| way.iter().map(|word| analyzer::written(&word.folded, &word.marks)).collect::<Vec<_>>().join(" ");
        let repaired = self.meant.iter().filter(|meant| meant.is_repaired);
        repaired.map(|meant| (self.typed(&meant.typed), meant.ways.iter().map(written).collect())).collect()
    }

    /// A word as it was typed, as far as that can be told.
    fn typed(&self, word: &Word) -> String {
        analyzer::written(&word.folded, &word.marks)
    }

    fn typed_span(&self, from: usize, length: usize) -> String {
        self.meant[from..from + length].iter().map(|meant| self.typed(&meant.typed)).collect::<Vec<_>>().join(" ")
    }

    fn did_you_mean(&self) -> tantivy::Result<Option<String>> {
        let words: Vec<&Word> = self.meant.iter().filter_map(|meant| meant.ways.first()?.first()).collect();
        let meant = Understanding { sight: &self.sight, fields: self.fields, lexicon: None }.did_you_mean(&words)?;
        Ok(meant.map(|words| words.join(" ")))
    }

    /// Finds records that are not known yet and have every word.
    fn find(&self, known: &[u64]) -> tantivy::Result<Found> {
        let counted: &[String] = if known.is_empty() { &self.question.counted } else { &[] };
        match self.every_word()? {
            Some(words) => self.collect(&*self.everything(), Way::Every(&words), known, counted),
            None => self.collect(&*self.query(), Way::Query, known, counted),
        }
    }

    /// Finds records that are not known yet and have some of these words.
    fn find_some(&self, words: &SomeOf, known: &[u64]) -> tantivy::Result<Found> {
        self.collect(&*self.loose_query(), Way::Some(words), known, &[])
    }

    fn collect(&self, query: &dyn Query, way: Way<'_>, known: &[u64], counted: &[String]) -> tantivy::Result<Found> {
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        // Where the words are looked for one by one, what rewards them stands among them.
        let rewards = if self.question.sort == Sort::Fit && matches!(way, Way::Query) { self.weighed()? } else { Vec::new() };
        let finding = Finding {
            sight: &self.sight,
            narrowed: &self.narrowed,
            counted,
            days: &self.days,
            near: &self.near,
            sort: if self.parsed.has_no_words() && self.question.sort == Sort::Fit { Sort::Newest } else { self.question.sort },
            keep: self.question.offset.saturating_add(self.question.limit).max(usize::try_from(self.weights.few).unwrap_or(0)),
            known,
            rewards: &rewards,
            way,
        };
        self.sight.searcher.search_with_statistics_provider(query, &finding, &statistics)
    }

    /// Rewards with the most that each can give.
    fn weighed(&self) -> tantivy::Result<Vec<Reward>> {
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &self.sight.searcher);
        let weigh = |(term, weight): (Term, f32)| -> tantivy::Result<Reward> {
            let most = self.most_of_term(&term, weight)?;
            Ok(Reward { weight: self.term(term, weight).weight(scoring)?, most })
        };
        self.rewards().into_iter().map(weigh).collect()
    }

    /// Every word that is marked where it is found.
    fn sought(&self) -> Vec<Word> {
        let ways = self.meant.iter().flat_map(|meant| meant.ways.iter().flatten());
        let near = self.parsed.near.iter().flat_map(|near| near.one.iter().chain(&near.other));
        let mut sought: Vec<Word> = Vec::new();
        for word in ways.chain(self.parsed.phrases.iter().flatten()).chain(near) {
            if !sought.iter().any(|known| known.folded == word.folded && known.marks == word.marks) {
                sought.push(word.clone());
            }
        }
        sought
    }

    /// The passages of these records in which most of the question is said.
    fn passages(&self, page: &[&Ranked]) -> tantivy::Result<HashMap<u64, Vec<Said>>> {
        let sought = &self.sought;
        if page.is_empty() || sought.is_empty() || !self.sight.has_passages() {
            return Ok(HashMap::new());
        }
        let speech = self.fields.speech;
        // Which record it is says nothing of how well it fits.
        let id = |ranked: &&Ranked| -> (Occur, Box<dyn Query>) {
            let id = TermQuery::new(Term::from_field_u64(self.fields.id, ranked.id), IndexRecordOption::Basic);
            (Occur::Should, Box::new(ConstScoreQuery::new(Box::new(id), 0.0)))
        };
        let ids = BooleanQuery::new(page.iter().map(id).collect());
        let mut words: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in sought {
            words.push((Occur::Should, self.term(Term::from_field_text(speech.folded, &word.folded), self.weights.folded)));
            if self.has_marks {
                words.push((Occur::Should, self.term(Term::from_field_text(speech.exact, &word.exact()), self.weights.exact)));
            }
        }
        for added in &self.added {
            words.push((Occur::Should, self.phrase(speech, &added.words, self.weights.synonym)));
        }
        for two in sought.windows(2) {
            let pair = analyzer::pair(&two[0].folded, &two[1].folded);
            words.extend(speech.pairs.map(|field| (Occur::Should, self.term(Term::from_field_text(field, &pair), self.weights.pairs))));
        }
        let clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(ids)), (Occur::Must, Box::new(BooleanQuery::new(words)))];
        let statistics = Statistics { sight: &self.sight, of_passages: true };
        let all = self.sight.searcher.search_with_statistics_provider(&BooleanQuery::new(clauses), &Saying { sight: &self.sight }, &statistics)?;
        let mut by_record: HashMap<u64, Vec<Said>> = HashMap::new();
        for said in all {
            by_record.entry(said.id).or_default().push(said);
        }
        for said in by_record.values_mut() {
            said.sort_unstable_by_key(|said| (Reverse(said.score), said.part));
            said.truncate(MOST_PASSAGES);
        }
        Ok(by_record)
    }

    fn hit(&self, ranked: &Ranked, said: Vec<Said>) -> tantivy::Result<Hit> {
        let sought = &self.sought;
        let names: Vec<&[Word]> = self.added.iter().map(|added| added.words.as_slice()).collect();
        let marking = Marking { sought, names: &names, has_marks: self.has_marks };
        let document: TantivyDocument = self.sight.searcher.doc(ranked.address)?;
        let written = marking.best(&unpacked(&document, self.fields.text)?);
        let mut passages: Vec<(i32, Spoken)> = Vec::new();
        for said in said {
            let document: TantivyDocument = self.sight.searcher.doc(said.address)?;
            let number = |field: Field| document.get_first(field).and_then(|value| value.as_f64()).unwrap_or(0.0);
            let place = marking.best(&unpacked(&document, self.fields.text)?);
            let (start, end) = (number(self.fields.start), number(self.fields.end));
            let marks: Vec<(usize, f64)> = serde_json::from_str(&unpacked(&document, self.fields.marks)?).unwrap_or_default();
            let at = marks.iter().rev().find(|(offset, _)| *offset <= place.at).map_or(start, |(_, seconds)| *seconds);
            let speaker = document.get_first(self.fields.speaker).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
            passages.push((place.worth, Spoken { at, start, end, speaker, snippet: place.html }));
        }
        passages.sort_by_key(|(worth, _)| Reverse(*worth));
        // What stands at the end of one window and the beginning of the next is said once.
        let mut told: Vec<f64> = Vec::new();
        passages.retain(|(_, spoken)| !told.contains(&spoken.at) && (told.push(spoken.at), true).1);
        let spoken = passages.first().filter(|(worth, _)| *worth > 0 && *worth >= written.worth).map(|(_, spoken)| spoken);
        let (snippet, at_seconds) = spoken.map_or_else(|| (written.html.clone(), None), |spoken| (spoken.snippet.clone(), Some(spoken.at)));
        let passages = passages.into_iter().map(|(_, spoken)| spoken).collect();
        Ok(Hit { id: ranked.id, score: ranked.score as f64 / 100.0, snippet, at_seconds, written: written.html, passages })
    }

    fn explain(&self) -> tantivy::Result<String> {
        use std::fmt::Write as _;
        let query = self.query();
        let rewards: Vec<Box<dyn Query>> = self.rewards().into_iter().map(|(term, weight)| self.term(term, weight)).collect();
        let mut text =
            format!("words: {:#?}\nadded: {:#?}\nnarrowed: {:?}\ndays: {:?}\nquery: {query:?}\n", self.meant, self.added, self.narrowed, self.days);
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        // What is looked up record by record is explained as if it stood in the question.
        let whole = [(Occur::Must, query.box_clone())].into_iter().chain(rewards.into_iter().map(|reward| (Occur::Should, reward))).collect();
        let whole = BooleanQuery::new(whole);
        let weight = whole.weight(EnableScoring::enabled_from_statistics_provider(&statistics, &self.sight.searcher))?;
        for ranked in self.find(&[])?.best.iter().take(self.question.limit) {
            let reader = self.sight.searcher.segment_reader(ranked.address.segment_ord);
            let explanation = weight.explain(reader, ranked.address.doc_id)?;
            let _ = writeln!(text, "\nrecord {}: {}\n{}", ranked.id, ranked.score as f64 / 100.0, explanation.to_pretty_json());
        }
        Ok(text)
    }
}

fn unpacked(document: &TantivyDocument, field: Field) -> tantivy::Result<String> {
    Ok(stored::unpack(document.get_first(field).and_then(|value| value.as_bytes()).unwrap_or_default())?)
}

fn facet(name: &str, found: &Found) -> Facet {
    let counts = found.counts.get(name).into_iter().flatten();
    let mut values: Vec<FacetValue> = counts.map(|(value, count)| FacetValue { value: value.clone(), count: *count }).collect();
    values.sort_by(|one, other| (Reverse(one.count), &one.value).cmp(&(Reverse(other.count), &other.value)));
    Facet { name: name.to_owned(), values }
}

/// Whether this is a property by which answers can be narrowed.
pub fn is_facet(name: &str) -> bool {
    FACETS.contains(&name)
}
