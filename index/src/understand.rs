//! From what was typed to what was meant.
//!
//! Only a word that exists nowhere for this viewer is changed: typed in raw Telex or VNI it is written out, typed in one piece
//! it is cut in two, mistyped it gives way to the words that differ by one letter and go best with their neighbours. A word that
//! exists is never changed: of a hundred thousand records more than half have a syllable that differs by one letter.

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, Term};

use crate::analyzer::{self, MARKS, Word};
use crate::lexicon::Lexicon;
use crate::query::Asked;
use crate::rights::Sight;
use crate::schema::Fields;

/// So many words are tried in place of an unknown one.
const MOST_REPAIRS: usize = 3;

/// So many words that differ by one letter are looked at.
const MOST_CANDIDATES: usize = 200;

/// Shorter words are not repaired: everything is like them.
const SHORTEST: usize = 3;

/// Longer runs of letters are no syllable that somebody typed.
const LONGEST_SYLLABLE: usize = 12;

/// One word of a question, with the ways in which it may be found.
#[derive(Clone, Debug)]
pub(crate) struct Meant {
    /// What was typed.
    pub(crate) typed: Word,
    /// Only with these very marks.
    pub(crate) exactly: bool,
    /// What is looked for: the word itself, or what stands in its place. Each is one word, or two that were typed as one.
    pub(crate) ways: Vec<Vec<Word>>,
    /// Whether what is looked for was not typed so.
    pub(crate) is_repaired: bool,
    /// Whether it is only like what was typed: keystrokes that are written out are what was typed.
    pub(crate) is_guess: bool,
}

/// Words that the thesaurus adds: for the words from one place on, so many, this name.
#[derive(Clone, Debug)]
pub(crate) struct Added {
    pub(crate) from: usize,
    pub(crate) length: usize,
    pub(crate) words: Vec<Word>,
    pub(crate) text: String,
}

/// Understands words as this viewer's part of the index allows.
pub(crate) struct Understanding<'a> {
    pub(crate) sight: &'a Sight,
    pub(crate) fields: &'a Fields,
    /// Names of things: a word of a name is not mistyped, even if it stands nowhere.
    pub(crate) lexicon: Option<&'a Lexicon>,
}

impl Understanding<'_> {
    /// Returns what was meant by each word; with `repairs`, also by those that exist nowhere.
    pub(crate) fn meant(&self, asked: &[Asked], repairs: bool) -> tantivy::Result<Vec<Meant>> {
        let mut meant: Vec<Meant> = Vec::new();
        let named = self.named(asked);
        for (place, (typed, is_named)) in asked.iter().zip(named).enumerate() {
            let (word, after) = (&typed.word, asked.get(place + 1).map(|next| &next.word));
            let is_known = typed.exactly || !repairs || is_named || self.frequency(&word.folded)? > 0;
            let (repaired, is_guess) = if is_known { (Vec::new(), false) } else { self.repair(word, meant.last(), after)? };
            let is_repaired = !repaired.is_empty();
            let ways = if is_repaired { repaired } else { vec![vec![word.clone()]] };
            meant.push(Meant { typed: word.clone(), exactly: typed.exactly, ways, is_repaired, is_guess: is_guess && is_repaired });
        }
        Ok(meant)
    }

    /// Which of the words belong to a name that the lexicon has.
    fn named(&self, asked: &[Asked]) -> Vec<bool> {
        let words: Vec<&Word> = asked.iter().map(|asked| &asked.word).collect();
        let mut named = vec![false; words.len()];
        let mut place = 0;
        while place < words.len() {
            let length = self.lexicon.and_then(|lexicon| lexicon.longest(&words[place..])).map_or(0, |(length, _)| length);
            named[place..place + length].fill(true);
            place += length.max(1);
        }
        named
    }

    /// In how many records a word stands.
    pub(crate) fn frequency(&self, folded: &str) -> tantivy::Result<u64> {
        self.sight.frequency(&Term::from_field_text(self.fields.all.folded, folded))
    }

    /// In how many records two words follow each other.
    pub(crate) fn pair_frequency(&self, one: &str, other: &str) -> tantivy::Result<u64> {
        let pair = |field| self.sight.frequency(&Term::from_field_text(field, &analyzer::pair(one, other)));
        self.fields.all.pairs.map_or(Ok(0), pair)
    }

    /// Returns what may stand in place of a word, and whether it is a guess.
    fn repair(&self, word: &Word, before: Option<&Meant>, after: Option<&Word>) -> tantivy::Result<(Vec<Vec<Word>>, bool)> {
        if let Some(written) = written_out(word)
            && self.frequency(&written.folded)? > 0
        {
            return Ok((vec![vec![written]], false));
        }
        let letters = word.folded.chars().count();
        if letters < SHORTEST || word.folded.chars().any(|letter| !letter.is_alphabetic()) {
            return Ok((Vec::new(), false));
        }
        if let Some(two) = self.cut(word)? {
            return Ok((vec![two], false));
        }
        let alike = self.alike(word, before, after)?.into_iter();
        let guesses = alike.map(|folded| Ok(vec![Word { marks: self.usual_marks(&folded)?, folded, ..word.clone() }]));
        Ok((guesses.collect::<tantivy::Result<_>>()?, true))
    }

    /// Two words that were typed without a blank, if they follow each other somewhere.
    fn cut(&self, word: &Word) -> tantivy::Result<Option<Vec<Word>>> {
        let mut best: (u64, Option<Vec<Word>>) = (0, None);
        let places = word.folded.char_indices().map(|(place, _)| place).filter(|place| *place >= 2);
        for (one, other) in places.map(|place| word.folded.split_at(place)).filter(|(_, other)| other.len() >= 2) {
            let count = self.pair_frequency(one, other)?;
            if count > best.0 {
                let part = |folded: &str| Word { folded: folded.to_owned(), marks: String::new(), ..word.clone() };
                best = (count, Some(vec![part(one), part(other)]));
            }
        }
        Ok(best.1)
    }

    /// The words that differ by one letter: those first that stand beside the words before and after, then the more frequent ones.
    fn alike(&self, word: &Word, before: Option<&Meant>, after: Option<&Word>) -> tantivy::Result<Vec<String>> {
        let mut ranked = Vec::new();
        for candidate in self.close_to(self.fields.all.folded, &word.folded)? {
            let count = self.frequency(&candidate)?;
            if count == 0 {
                continue;
            }
            let mut together = 0;
            for way in before.iter().flat_map(|before| &before.ways).filter_map(|way| way.last()) {
                together = together.max(self.pair_frequency(&way.folded, &candidate)?);
            }
            if let Some(after) = after {
                together += self.pair_frequency(&candidate, &after.folded)?;
            }
            ranked.push((together, count, candidate));
        }
        ranked.sort_by(|one, other| (other.0, other.1, &one.2).cmp(&(one.0, one.1, &other.2)));
        let follows = ranked.first().is_some_and(|first| first.0 > 0);
        let fitting = ranked.into_iter().filter(|(together, ..)| !follows || *together > 0);
        Ok(fitting.map(|(.., candidate)| candidate).take(MOST_REPAIRS).collect())
    }

    /// The terms of a field that differ from a word by one letter, or by two letters that changed places.
    pub(crate) fn close_to(&self, field: Field, word: &str) -> tantivy::Result<Vec<String>> {
        let query = FuzzyTermQuery::new(Term::from_field_text(field, word), 1, true);
        let mut close = Vec::new();
        for segment in self.sight.searcher.segment_readers() {
            let words = segment.inverted_index(field)?;
            let mut stream = words.terms().search(query.automaton()?).into_stream()?;
            while stream.advance() && close.len() < MOST_CANDIDATES {
                let found = std::str::from_utf8(stream.key()).unwrap_or_default();
                if !found.is_empty() && found != word && !close.iter().any(|known| known == found) {
                    close.push(found.to_owned());
                }
            }
        }
        close.sort();
        Ok(close)
    }

    /// Returns a question that has more to give: a pair of words that follow each other nowhere gives way to one that does.
    pub(crate) fn did_you_mean(&self, words: &[&Word]) -> tantivy::Result<Option<Vec<String>>> {
        let Some(pairs) = self.fields.all.pairs else { return Ok(None) };
        for (place, two) in words.windows(2).enumerate() {
            let [one, other] = two else { continue };
            if self.pair_frequency(&one.folded, &other.folded)? > 0 {
                continue;
            }
            let typed = analyzer::pair(&one.folded, &other.folded);
            let mut best = (1, None);
            for candidate in self.close_to(pairs, &typed)? {
                let count = self.sight.frequency(&Term::from_field_text(pairs, &candidate))?;
                if count > best.0 {
                    best = (count, Some(candidate));
                }
            }
            if let (_, Some(pair)) = best {
                let mut meant: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
                for (offset, word) in pair.split(' ').enumerate() {
                    meant[place + offset] = self.usual_form(word)?;
                }
                return Ok(Some(meant));
            }
        }
        Ok(None)
    }

    /// A folded word as it is mostly written.
    pub(crate) fn usual_form(&self, folded: &str) -> tantivy::Result<String> {
        Ok(analyzer::written(folded, &self.usual_marks(folded)?))
    }

    /// The marks with which a folded word is mostly written.
    fn usual_marks(&self, folded: &str) -> tantivy::Result<String> {
        let prefix = format!("{folded}{MARKS}");
        let mut best = (0, String::new());
        for segment in self.sight.searcher.segment_readers() {
            let words = segment.inverted_index(self.fields.all.exact)?;
            let mut stream = words.terms().range().ge(&prefix).lt(format!("{folded}\u{2}")).into_stream()?;
            while stream.advance() {
                let form = String::from_utf8_lossy(stream.key()).into_owned();
                let count = self.sight.frequency(&Term::from_field_text(self.fields.all.exact, &form))?;
                if count > best.0 {
                    best = (count, form);
                }
            }
        }
        Ok(best.1.strip_prefix(&prefix).unwrap_or_default().to_owned())
    }
}

/// Returns what the thesaurus adds to the words: for the longest names in them, what else the things are called.
pub(crate) fn added(lexicon: &Lexicon, meant: &[Meant], without: &[String]) -> Vec<Added> {
    let words: Vec<&Word> = meant.iter().filter_map(|meant| meant.ways.first()?.first()).collect();
    let mut added = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let Some((length, labels)) = lexicon.longest(&words[place..]).filter(|_| !meant[place].exactly) else {
            place += 1;
            continue;
        };
        // What the question names itself is meant beside the rest of it, not in its place.
        let wanted = labels.into_iter().filter(|label| {
            !without.contains(&label.text) && !is_named(&words[..place], &label.words) && !is_named(&words[place + length..], &label.words)
        });
        added.extend(wanted.map(|label| Added { from: place, length, words: label.words.clone(), text: label.text.clone() }));
        place += length;
    }
    added
}

/// Whether a name stands as a whole in some words of the question.
fn is_named(words: &[&Word], name: &[Word]) -> bool {
    words.windows(name.len()).any(|here| here.iter().zip(name).all(|(word, known)| word.folded == known.folded))
}

/// A word that was typed in raw Telex or VNI, written out.
fn written_out(word: &Word) -> Option<Word> {
    let typed = &word.folded;
    if word.has_marks() || !typed.is_ascii() || typed.len() > LONGEST_SYLLABLE || !typed.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let has_digits = typed.bytes().any(|letter| letter.is_ascii_digit());
    let method = if has_digits { &vi::VNI } else { &vi::TELEX };
    let mut written = String::new();
    vi::transform_buffer(method, typed.chars(), &mut written);
    let words = analyzer::words(&written);
    match words.as_slice() {
        [one] if one.has_marks() && one.folded != *typed => Some(Word { joins: word.joins, ..one.clone() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keystrokes_are_written_out() {
        for (typed, written) in [
            ("deejt", "dệt"),
            ("ddos", "đó"),
            ("luja", "lụa"),
            ("luaj", "lụa"),
            ("de65t", "dệt"),
            ("d9o1", "đó"),
            ("lua5", "lụa"),
            ("nghefe", "nghề"),
        ] {
            let word = written_out(&analyzer::words(typed)[0]).map(|word| word.exact());
            assert_eq!(word, Some(analyzer::words(written)[0].exact()), "{typed}");
        }
        for typed in ["det", "kho", "v001", "1985", "lụa"] {
            assert_eq!(written_out(&analyzer::words(typed)[0]), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn no_keystrokes_break_it(typed in "[a-z0-9]{1,14}") {
            for word in analyzer::words(&typed) {
                written_out(&word);
            }
        }
    }
}
