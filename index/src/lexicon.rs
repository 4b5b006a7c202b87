//! The thesaurus, as questions need it: what else a thing is called.

use std::collections::HashMap;

use crate::analyzer::{self, Word};

/// Names longer than this are found by their words.
const MOST_WORDS: usize = 6;

/// No more other names than this are added for one.
const MOST_ADDED: usize = 12;

/// What things are called, in all languages. Only what everyone may know goes in: what a name adds to a question shows.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    concepts: Vec<Vec<Label>>,
    /// Concepts by the folded words of their names.
    by_words: HashMap<Vec<String>, Vec<(usize, usize)>>,
    /// What values of properties are called: by property and folded name.
    values: HashMap<(String, String), Vec<String>>,
}

/// A name of a concept.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) words: Vec<Word>,
}

impl Lexicon {
    /// Adds a concept with all its names.
    pub fn add(&mut self, names: impl IntoIterator<Item = String>) {
        let labels: Vec<Label> = names.into_iter().map(|text| Label { words: analyzer::words(&text), text }).collect();
        let labels: Vec<Label> = labels.into_iter().filter(|label| (1..=MOST_WORDS).contains(&label.words.len())).collect();
        let concept = self.concepts.len();
        for (place, label) in labels.iter().enumerate() {
            self.by_words.entry(folded(&label.words)).or_default().push((concept, place));
        }
        self.concepts.push(labels);
    }

    /// Adds what a value of a property is called, so that `place:"Nam Cao"` finds it.
    pub fn add_value(&mut self, property: &str, name: &str, value: &str) {
        let values = self.values.entry((property.to_owned(), folded(&analyzer::words(name)).join(" "))).or_default();
        if !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }

    /// Returns the values of a property that are called so.
    pub(crate) fn values_called(&self, property: &str, name: &str) -> Vec<String> {
        self.values.get(&(property.to_owned(), folded(&analyzer::words(name)).join(" "))).cloned().unwrap_or_default()
    }

    /// Returns the longest name with which these words begin: how many words it has, and the other names of what is called so.
    pub(crate) fn longest(&self, words: &[&Word]) -> Option<(usize, Vec<&Label>)> {
        (1..=words.len().min(MOST_WORDS)).rev().find_map(|length| {
            let others = self.other_names(&words[..length]);
            (!others.is_empty()).then_some((length, others))
        })
    }

    fn other_names(&self, words: &[&Word]) -> Vec<&Label> {
        let key: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
        let mut others: Vec<&Label> = Vec::new();
        for (concept, place) in self.by_words.get(&key).into_iter().flatten() {
            let labels = &self.concepts[*concept];
            if !is_meant(words, &labels[*place]) {
                continue;
            }
            for label in labels {
                let is_known = folded(&label.words) == key || others.iter().any(|known| folded(&known.words) == folded(&label.words));
                if !is_known && others.len() < MOST_ADDED {
                    others.push(label);
                }
            }
        }
        others
    }
}

/// Whoever types marks means them: chạm is not chàm.
fn is_meant(words: &[&Word], label: &Label) -> bool {
    !words.iter().any(|word| word.has_marks()) || words.iter().zip(&label.words).all(|(typed, known)| typed.marks == known.marks)
}

fn folded(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.folded.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(lexicon: &Lexicon, typed: &str) -> Vec<String> {
        let words = analyzer::words(typed);
        let found = lexicon.longest(&words.iter().collect::<Vec<_>>());
        found.into_iter().flat_map(|(_, labels)| labels).map(|label| label.text.clone()).collect()
    }

    #[test]
    fn the_longest_name_gives_its_others() {
        let mut lexicon = Lexicon::default();
        lexicon.add(["đúc đồng", "bronze casting"].map(str::to_owned));
        lexicon.add(["đúc", "casting"].map(str::to_owned));
        lexicon.add(["chàm", "indigo"].map(str::to_owned));
        assert_eq!(others(&lexicon, "duc dong thau"), ["bronze casting"]);
        assert_eq!(others(&lexicon, "bronze casting"), ["đúc đồng"]);
        assert_eq!(others(&lexicon, "đúc tượng"), ["casting"]);
        assert!(others(&lexicon, "chạm").is_empty(), "chạm is not chàm");
        assert_eq!(others(&lexicon, "cham"), ["indigo"]);
    }
}
