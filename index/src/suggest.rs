//! What is offered to whoever begins to type: names that somebody gave to things, and words that follow each other.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use tantivy::schema::Term;

use crate::analyzer::{self, Word};
use crate::rights::Rights;
use crate::understand::Understanding;
use crate::{Index, IndexError};

/// A name is offered from each of its first words on, not from its twentieth.
const MOST_WORDS: usize = 6;

/// Longer names are no names (in bytes).
const LONGEST: usize = 96;

/// So much of what somebody types leads to a name (in bytes); what is typed beyond that is compared with the name itself.
const LEADING: usize = 16;

/// So many names are looked at: a single letter has thousands.
const MOST_LOOKED_AT: usize = 2_000;

/// Stands between the folded form of a name and the name.
const AS_WRITTEN: char = '\u{1f}';

/// Something that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What is put into the box.
    pub text: String,
    /// In how many records it stands, as far as this viewer may see.
    pub count: u64,
}

/// The beginning of what was typed that leads to names.
fn leading(folded: &str) -> &str {
    let end = folded.char_indices().map(|(place, letter)| place + letter.len_utf8()).take_while(|end| *end <= LEADING).last();
    &folded[..end.unwrap_or(0)]
}

/// Returns the terms by which a record offers its names.
pub(crate) fn terms(names: &[String]) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty() && name.len() <= LONGEST) {
        let words: Vec<String> = analyzer::words(name).into_iter().map(|word| word.folded).collect();
        for first in 0..words.len().min(MOST_WORDS) {
            terms.insert(format!("{}{AS_WRITTEN}{name}", leading(&words[first..].join(" "))));
        }
    }
    terms
}

/// Stands before a code, to tell it from a name.
const CODE: char = '\u{1e}';

/// Returns a code as the index has it: letters and digits only, however it was written. `None` if nothing is left.
pub(crate) fn code(typed: &str) -> Option<String> {
    let plain: String = analyzer::fold(typed).chars().filter(|letter| letter.is_alphanumeric()).collect();
    (!plain.is_empty() && plain.len() <= 64).then(|| format!("{CODE}{plain}"))
}

impl Index {
    /// Returns up to `count` ways in which what was typed may go on, the most frequent first: whole names, then the next word.
    pub fn suggest(&self, typed: &str, count: usize, rights: &Rights<'_>) -> Result<Vec<Suggestion>, IndexError> {
        let suggested = || -> tantivy::Result<Vec<Suggestion>> {
            let sight = self.sight(rights)?;
            let words = analyzer::words(typed);
            if words.is_empty() {
                return Ok(Vec::new());
            }
            let offering = Offering { asked: Understanding { sight: &sight, fields: &self.fields, lexicon: None }, typed, words };
            let mut offers = offering.names()?;
            let pairs = if offers.len() < count { offering.next_words()? } else { Vec::new() };
            offers.extend(
                pairs
                    .into_iter()
                    .filter(|pair| !offers.iter().any(|known| analyzer::fold(&known.text) == analyzer::fold(&pair.text)))
                    .collect::<Vec<_>>(),
            );
            offers.truncate(count);
            Ok(offers)
        };
        suggested().map_err(|source| self.failed(source))
    }
}

struct Offering<'a> {
    asked: Understanding<'a>,
    typed: &'a str,
    words: Vec<Word>,
}

impl Offering<'_> {
    /// Names in which what was typed begins a word. Whoever typed marks is offered names with these marks first.
    fn names(&self) -> tantivy::Result<Vec<Suggestion>> {
        let typed = self.words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        let prefix = leading(&typed);
        let field = self.asked.fields.names;
        let mut counts: HashMap<String, u64> = HashMap::new();
        let mut looked_at = 0;
        for segment in self.asked.sight.searcher.segment_readers() {
            let offered = segment.inverted_index(field)?;
            let mut stream = offered.terms().range().ge(prefix).lt(format!("{prefix}\u{10ffff}")).into_stream()?;
            while stream.advance() && looked_at < MOST_LOOKED_AT {
                looked_at += 1;
                let term = String::from_utf8_lossy(stream.key()).into_owned();
                let Some((_, name)) = term.split_once(AS_WRITTEN) else { continue };
                if typed.len() > prefix.len() && !begins_a_word(name, &typed) {
                    continue;
                }
                let count = self.asked.sight.frequency(&Term::from_field_text(field, &term))?;
                if count > 0 {
                    counts.insert(name.to_owned(), count);
                }
            }
        }
        // One name in capitals and in small letters is one offer: as it is written more often.
        let mut names: Vec<(String, u64)> = counts.into_iter().collect();
        names.sort_by(|one, other| (Reverse(one.1), &other.0).cmp(&(Reverse(other.1), &one.0)));
        let mut told = HashSet::new();
        names.retain(|(name, _)| told.insert(name.to_lowercase()));
        let offer = |(text, count): (String, u64)| (self.is_meant(&text), Suggestion { text, count });
        let mut offers: Vec<(bool, Suggestion)> = names.into_iter().map(offer).collect();
        offers.sort_by_key(|(is_meant, offer)| (!is_meant, Reverse(offer.count), offer.text.chars().count(), offer.text.clone()));
        Ok(offers.into_iter().map(|(_, offer)| offer).collect())
    }

    /// Whether a name has the marks that were typed; the last word may still be growing.
    fn is_meant(&self, name: &str) -> bool {
        let marked = self.words.iter().filter(|word| word.has_marks());
        let named = analyzer::words(name);
        marked.into_iter().all(|typed| named.iter().any(|word| word.folded.starts_with(&typed.folded) && word.marks.starts_with(&typed.marks)))
    }

    /// What was typed, with the words that most often follow the word before the last and begin like the last.
    fn next_words(&self) -> tantivy::Result<Vec<Suggestion>> {
        let [.., before, last] = self.words.as_slice() else { return Ok(Vec::new()) };
        let prefix = analyzer::pair(&before.folded, &last.folded);
        let Some(field) = self.asked.fields.all.pairs else { return Ok(Vec::new()) };
        let mut counts: HashMap<String, u64> = HashMap::new();
        for segment in self.asked.sight.searcher.segment_readers() {
            let pairs = segment.inverted_index(field)?;
            let mut stream = pairs.terms().range().ge(&prefix).lt(format!("{prefix}\u{10ffff}")).into_stream()?;
            while stream.advance() && counts.len() < MOST_LOOKED_AT {
                let pair = String::from_utf8_lossy(stream.key()).into_owned();
                let count = self.asked.sight.frequency(&Term::from_field_text(field, &pair))?;
                counts.insert(pair, count);
            }
        }
        let mut pairs: Vec<(String, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        pairs.sort_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
        let kept = &self.typed[..last.from];
        let offer = |(pair, count): (String, u64)| -> tantivy::Result<Suggestion> {
            let next = pair.split_once(' ').map_or("", |(_, next)| next);
            let text = format!(
                "{kept}{}",
                if next == last.folded && last.has_marks() { analyzer::written(&last.folded, &last.marks) } else { self.asked.usual_form(next)? }
            );
            Ok(Suggestion { text, count })
        };
        pairs.into_iter().take(8).map(offer).collect()
    }
}

/// Whether what was typed goes on from some word of a name.
fn begins_a_word(name: &str, typed: &str) -> bool {
    let words: Vec<String> = analyzer::words(name).into_iter().map(|word| word.folded).collect();
    (0..words.len()).any(|first| words[first..].join(" ").starts_with(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_offered_from_each_of_its_words() {
        let terms: Vec<String> = terms(&["Đúc đồng".to_owned(), " ".to_owned()]).into_iter().collect();
        assert_eq!(terms, ["dong\u{1f}Đúc đồng", "duc dong\u{1f}Đúc đồng"]);
        assert_eq!(leading("duc dong long thuong"), "duc dong long th");
        assert!(begins_a_word("Nghề đúc đồng Lộng Thượng", "duc dong long thu") && !begins_a_word("Đúc đồng Lộng Vân", "duc dong long thu"));
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        for typed in ["HY-2024-017", "hy 2024 017", "hy2024017"] {
            assert_eq!(code(typed).as_deref(), Some("\u{1e}hy2024017"));
        }
        assert_eq!(code(" - "), None);
    }
}
