//! From what was meant to what tantivy is asked: what must be there, and what counts more where it is.

use tantivy::Score;
use tantivy::query::{
    AllQuery, Bm25StatisticsProvider as _, Bm25Weight, BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, Occur, PhraseQuery, Query,
    TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Term};

use super::Asking;
use super::left_out::LeftOut;
use crate::analyzer::{self, Word};
use crate::collect::{Counting, EveryOf, SomeOf, Sort, Wanted};
use crate::query::FieldName;
use crate::rights::Statistics;
use crate::schema::Words;
use crate::suggest;
use crate::understand::{Added, Meant};

/// The factor of BM25 above which no number of occurrences comes: `k1 + 1`, as tantivy has it.
const MOST_OF_A_WORD: Score = 2.2;

impl Asking<'_> {
    /// What the question asks, where each word is looked for in one form and nothing else is demanded: that is what most ask.
    pub(super) fn every_word(&self) -> tantivy::Result<Option<EveryOf>> {
        let is_plain = self.question.sort == Sort::Fit && !self.meant.is_empty() && self.added.is_empty() && self.code().is_none();
        if !is_plain || !self.demands().is_empty() {
            return Ok(None);
        }
        let Some(forms) = self.meant.iter().map(|meant| self.form_of(meant)).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        let counting = |(term, weight): (Term, f32)| -> tantivy::Result<Counting> {
            let most = self.most_of_term(&term, weight)?;
            Ok(Counting { weight: Bm25Weight::for_terms(&statistics, std::slice::from_ref(&term))?.boost_by(weight), most, term })
        };
        let counted = |terms: Vec<(Term, f32)>| terms.into_iter().map(counting).collect::<tantivy::Result<Vec<_>>>();
        let (words, mut rewards) = (counted(forms)?, counted(self.rewards())?);
        rewards.sort_by(|one, other| other.most.total_cmp(&one.most));
        Ok(Some(EveryOf { words, rewards }))
    }

    /// Every word must occur, with or without marks.
    pub(super) fn query(&self) -> Box<dyn Query> {
        let mut clauses = self.demands();
        if clauses.is_empty() && self.meant.is_empty() {
            return self.everything();
        }
        let words = self.words();
        clauses.extend(words.into_iter().map(|word| (Occur::Must, word)));
        self.or_code(Box::new(BooleanQuery::new(clauses)))
    }

    /// The words of which some must occur; `None` where that is all of them.
    pub(super) fn some_words(&self) -> tantivy::Result<Option<SomeOf>> {
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &self.sight.searcher);
        let words = self.words();
        let least = ((words.len() as f32 * self.weights.share).ceil() as usize).max(1);
        if least >= words.len() {
            return Ok(None);
        }
        let mut terms: Vec<Wanted> = Vec::new();
        for (place, word) in words.into_iter().enumerate() {
            terms.push(Wanted { weight: word.weight(scoring)?, most: self.most_of_word(place)?, is_word: true });
        }
        if self.question.sort == Sort::Fit {
            for (term, weight) in self.rewards() {
                let most = self.most_of_term(&term, weight)?;
                terms.push(Wanted { weight: self.term(term, weight).weight(scoring)?, most, is_word: false });
            }
        }
        terms.sort_by(|one, other| one.most.total_cmp(&other.most));
        Ok(Some(SomeOf { terms, least }))
    }

    /// Everything that may be found by some of the words.
    pub(super) fn loose_query(&self) -> Box<dyn Query> {
        let mut clauses = self.demands();
        if clauses.is_empty() {
            return self.everything();
        }
        clauses.push((Occur::Must, self.everything()));
        Box::new(BooleanQuery::new(clauses))
    }

    /// No record gets more than this by a word of the question, in whatever ways it may be found.
    fn most_of_word(&self, place: usize) -> tantivy::Result<Score> {
        let (all, weights, meant) = (self.fields.all, &self.weights, &self.meant[place]);
        let mut most = 0.0;
        for word in meant.ways.iter().flatten() {
            let term = if meant.exactly { Term::from_field_text(all.exact, &word.exact()) } else { Term::from_field_text(all.folded, &word.folded) };
            most += self.most_of_term(&term, weights.folded)?;
        }
        for added in self.added_at(place) {
            for word in &added.words {
                // A name of several words counts as often as it stands there as a whole, and for the marks of each word.
                most += self.most_of_term(&Term::from_field_text(all.folded, &word.folded), weights.synonym)?;
                most += self.most_of_term(&Self::form(all, word), weights.synonym)?;
            }
        }
        Ok(most)
    }

    /// No record gets more than this by a term: BM25 counts it less, however often it stands in however short a text.
    pub(super) fn most_of_term(&self, term: &Term, weight: f32) -> tantivy::Result<Score> {
        let statistics = Statistics { sight: &self.sight, of_passages: false };
        let (records, having) = (statistics.total_num_docs()? as f32, self.sight.frequency(term)? as f32);
        // And a little for rounding.
        Ok(weight * MOST_OF_A_WORD * (1.0 + (records - having + 0.5).max(0.0) / (having + 0.5)).ln() + 0.01)
    }

    fn added_at(&self, place: usize) -> impl Iterator<Item = &Added> {
        self.added.iter().filter(move |added| (added.from..added.from + added.length).contains(&place))
    }

    /// All records; only what narrows the answer decides. What must not occur still must not.
    pub(super) fn everything(&self) -> Box<dyn Query> {
        Box::new(AllQuery)
    }

    /// What must be there, or must not, whatever the words: phrases, fields, what is near, what is left out.
    fn demands(&self) -> Vec<(Occur, Box<dyn Query>)> {
        let all = self.fields.all;
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        clauses.extend(self.parsed.phrases.iter().map(|words| (Occur::Must, self.phrase(all, words, self.weights.exact))));
        for near in &self.parsed.near {
            clauses.push((Occur::Must, self.phrase(all, &near.one, 1.0)));
            clauses.push((Occur::Must, self.phrase(all, &near.other, 1.0)));
        }
        for field in &self.parsed.fields {
            let occur = if field.is_without { Occur::MustNot } else { Occur::Must };
            match field.field {
                FieldName::Title => {
                    let words = analyzer::words(&field.value);
                    clauses.extend(words.iter().map(|word| (occur, self.term(Self::form(self.fields.title, word), self.weights.title))));
                }
                FieldName::Code => {
                    clauses.extend(suggest::code(&field.value).map(|code| (occur, self.term(Term::from_field_text(self.fields.names, &code), 1.0))));
                }
                FieldName::Days | FieldName::Facet(_) => {}
            }
        }
        let left_out = |words: &Vec<Word>| -> (Occur, Box<dyn Query>) {
            let query = self.phrase(all, words, 1.0);
            (Occur::MustNot, if words.len() == 1 { query } else { Box::new(LeftOut(query)) })
        };
        let left_out: Vec<_> = self.parsed.without.iter().map(left_out).collect();
        // What is only left out leaves everything else.
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) && self.meant.is_empty() && !(clauses.is_empty() && left_out.is_empty()) {
            clauses.push((Occur::Must, self.everything()));
        }
        clauses.extend(left_out);
        clauses
    }

    /// The words of the question, each with the ways in which it may be found. Another name of what several words name stands for
    /// each of them.
    fn words(&self) -> Vec<Box<dyn Query>> {
        let word = |(place, meant): (usize, &Meant)| {
            let others: Vec<Box<dyn Query>> =
                self.added_at(place).map(|added| self.phrase(self.fields.all, &added.words, self.weights.synonym)).collect();
            let own = self.way(meant);
            if others.is_empty() {
                return own;
            }
            Box::new(DisjunctionMaxQuery::with_tie_breaker([own].into_iter().chain(others).collect(), self.weights.tie)) as Box<dyn Query>
        };
        self.meant.iter().enumerate().map(word).collect()
    }

    /// The one form in which a word is looked for, and what it counts; `None` if there are several, or it is several words.
    fn form_of(&self, meant: &Meant) -> Option<(Term, f32)> {
        let (all, weights) = (self.fields.all, &self.weights);
        if meant.exactly {
            return Some((Term::from_field_text(all.exact, &meant.typed.exact()), weights.folded));
        }
        let [way] = meant.ways.as_slice() else { return None };
        let [word] = way.as_slice() else { return None };
        let weight = if meant.is_repaired { weights.repaired } else { weights.folded };
        Some((Term::from_field_text(all.folded, &word.folded), weight))
    }

    /// One word, or what stands in its place.
    fn way(&self, meant: &Meant) -> Box<dyn Query> {
        if let Some((term, weight)) = self.form_of(meant) {
            return self.term(term, weight);
        }
        let all = self.fields.all;
        let weight = if meant.is_repaired { self.weights.repaired } else { self.weights.folded };
        let one = |words: &Vec<Word>| -> Box<dyn Query> {
            let terms = words.iter().map(|word| (Occur::Must, self.term(Term::from_field_text(all.folded, &word.folded), weight)));
            match words.as_slice() {
                [word] => self.term(Term::from_field_text(all.folded, &word.folded), weight),
                _ => Box::new(BooleanQuery::new(terms.collect())),
            }
        };
        let mut ways: Vec<Box<dyn Query>> = meant.ways.iter().map(one).collect();
        if ways.len() == 1 { ways.remove(0) } else { Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, self.weights.tie)) }
    }

    /// What counts more where it is there: the marks that were typed, words that follow each other, words of the title.
    pub(super) fn rewards(&self) -> Vec<(Term, f32)> {
        let (all, title) = (self.fields.all, self.fields.title);
        let mut rewards: Vec<(Term, f32)> = Vec::new();
        let mut add = |field: Field, text: &str, weight: f32| {
            if weight > 0.0 {
                rewards.push((Term::from_field_text(field, text), weight));
            }
        };
        let weights = &self.weights;
        for meant in &self.meant {
            let trust = if meant.is_repaired { weights.repaired } else { 1.0 };
            for word in meant.ways.iter().flatten() {
                add(title.folded, &word.folded, weights.title * trust);
                if self.has_marks {
                    add(all.exact, &word.exact(), weights.exact * trust);
                    add(title.exact, &word.exact(), weights.title_exact * trust);
                }
            }
        }
        let words: Vec<(&Word, bool)> = self
            .meant
            .iter()
            .filter_map(|meant| Some((meant.ways.first()?, meant.typed.joins)))
            .flat_map(|(way, joins)| way.iter().enumerate().map(move |(place, word)| (word, place > 0 || joins)))
            .collect();
        for two in words.windows(2).filter(|two| two[1].1) {
            let pair = analyzer::pair(&two[0].0.folded, &two[1].0.folded);
            all.pairs.into_iter().for_each(|field| add(field, &pair, weights.pairs));
        }
        rewards
    }

    /// The question as a code, if it looks like one.
    fn code(&self) -> Option<String> {
        suggest::code(&self.question.text).filter(|code| code.bytes().any(|letter| letter.is_ascii_digit()))
    }

    /// A question that is a code as a whole finds what bears it.
    fn or_code(&self, query: Box<dyn Query>) -> Box<dyn Query> {
        let Some(code) = self.code() else { return query };
        let code = self.term(Term::from_field_text(self.fields.names, &code), self.weights.code);
        Box::new(BooleanQuery::new(vec![(Occur::Should, query), (Occur::Should, code)]))
    }

    /// The form of a word in which it is looked for where it must be as typed: with its marks, if it has any.
    fn form(words: Words, word: &Word) -> Term {
        if word.has_marks() { Term::from_field_text(words.exact, &word.exact()) } else { Term::from_field_text(words.folded, &word.folded) }
    }

    /// Words that follow each other; those that were typed with marks must be there with them.
    pub(super) fn phrase(&self, all: Words, words: &[Word], weight: f32) -> Box<dyn Query> {
        if let [word] = words {
            return self.term(Self::form(all, word), weight);
        }
        let folded = words.iter().map(|word| Term::from_field_text(all.folded, &word.folded)).collect();
        let phrase: Box<dyn Query> = Box::new(BoostQuery::new(Box::new(PhraseQuery::new(folded)), weight));
        let marked = words.iter().filter(|word| word.has_marks()).map(|word| (Occur::Must, self.term(Self::form(all, word), weight)));
        let clauses: Vec<(Occur, Box<dyn Query>)> = marked.chain([(Occur::Must, phrase)]).collect();
        Box::new(BooleanQuery::new(clauses))
    }

    pub(super) fn term(&self, term: Term, weight: f32) -> Box<dyn Query> {
        Box::new(BoostQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), weight))
    }
}
