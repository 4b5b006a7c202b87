//! Words that are looked for in what is spoken.
//!
//! Words without marks are found however they are written; words with marks are found with these marks.

use kho_index::analyzer::{self, Word};
use unicode_normalization::UnicodeNormalization;

/// Nobody looks for more words at once: each is compared with every word that is spoken.
const MOST_WORDS: usize = 16;

/// What was typed.
pub(in crate::web) struct Sought {
    pub(in crate::web) words: Vec<Word>,
    /// The last word as it stands: somebody may be in the middle of it.
    pub(in crate::web) last: String,
}

impl Sought {
    pub(in crate::web) fn of(text: &str) -> Self {
        let text: String = text.nfc().collect::<String>().to_lowercase();
        let mut words = analyzer::words(&text);
        words.truncate(MOST_WORDS);
        let last = words.last().map(|word| text[word.from..word.to].to_owned()).unwrap_or_default();
        Self { words, last }
    }

    /// Which words of a line are meant; nothing unless all that was typed is in it.
    pub(in crate::web) fn places(&self, line: &[Word]) -> Vec<usize> {
        let places = |typed: &Word| (0..line.len()).filter(|place| is_meant(typed, &line[*place])).collect::<Vec<_>>();
        let all: Vec<Vec<usize>> = self.words.iter().map(places).collect();
        if all.is_empty() || all.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let mut all = all.concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Cuts a text into what is looked for (`true`) and the rest, in the order in which they stand.
    pub(super) fn parts(&self, text: &str) -> Vec<(bool, String)> {
        let (mut parts, mut at) = (Vec::new(), 0);
        let words = if self.words.is_empty() { Vec::new() } else { analyzer::words(text) };
        for (from, to) in spans(&words, &self.places(&words)) {
            parts.push((false, text[at..from].to_owned()));
            parts.push((true, text[from..to].to_owned()));
            at = to;
        }
        parts.push((false, text[at..].to_owned()));
        parts.retain(|(_, text)| !text.is_empty());
        parts
    }
}

/// Whether a typed word is this one.
pub(in crate::web) fn is_meant(typed: &Word, word: &Word) -> bool {
    typed.folded == word.folded && (!typed.has_marks() || typed.marks == word.marks)
}

/// Where words stand in a text; those that follow each other are one.
pub(in crate::web) fn spans(words: &[Word], places: &[usize]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut before = None;
    for place in places {
        let word = &words[*place];
        match spans.last_mut() {
            Some(span) if before == place.checked_sub(1) && word.joins => span.1 = word.to,
            _ => spans.push((word.from, word.to)),
        }
        before = Some(*place);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_cut_out_of_a_line() {
        let part = |is_found: bool, text: &str| (is_found, text.to_owned());
        let said = "Cái đó phơi trên gác bếp.";
        assert_eq!(Sought::of("gac bep").parts(said), [part(false, "Cái đó phơi trên "), part(true, "gác bếp"), part(false, ".")]);
        assert_eq!(Sought::of("do").parts(said), [part(false, "Cái "), part(true, "đó"), part(false, " phơi trên gác bếp.")]);
        assert_eq!(Sought::of("đo").parts(said), [part(false, said)]);
        assert_eq!(Sought::of("").parts(said), [part(false, said)]);
    }
}
