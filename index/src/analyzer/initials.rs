//! With what words begin: enough to pass most of a text over when only some words are sought in it.

use super::Word;
use super::letters::{Read, decompose};

/// The letters and figures with which the folded forms of words begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Initials(u64);

impl Initials {
    /// Those of all words.
    pub(super) const ANY: Self = Self(u64::MAX);

    /// Returns those of some words.
    pub(crate) fn of(words: &[Word]) -> Self {
        Self(words.iter().filter_map(|word| word.folded.chars().next()).map(Self::bit).fold(0, |all, bit| all | bit))
    }

    /// Whether a word that is written so may be one that begins like them. Of what is not plainly a letter of Vietnamese that is not
    /// told before it is read.
    pub(super) fn may_begin(self, written: &str) -> bool {
        if self == Self::ANY {
            return true;
        }
        let first = written.chars().next().map_or('\0', |first| first.to_ascii_lowercase());
        match decompose(first) {
            Some(Read::Letter(letter, ..)) => self.0 & Self::bit(letter) != 0,
            _ => true,
        }
    }

    /// What is neither a letter from a to z nor a figure needs none: words that begin so are read anyway.
    fn bit(letter: char) -> u64 {
        match letter {
            'a'..='z' => 1 << (letter as u32 - 'a' as u32),
            '0'..='9' => 1 << (26 + letter as u32 - '0' as u32),
            _ => 0,
        }
    }
}
