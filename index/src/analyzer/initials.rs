//! With what words begin: enough to pass most of a text over when only some words are sought in it.

use super::Word;
use super::letters::{Read, decompose};

/// The letters and figures with which the folded forms of words begin, and those that come second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Initials {
    first: u64,
    second: u64,
}

/// Stands for the second letter of words that have but one.
const NO_LETTER: u64 = 1 << 63;

impl Initials {
    /// Those of all words.
    pub(super) const ANY: Self = Self { first: u64::MAX, second: u64::MAX };

    /// Returns those of some words.
    pub(crate) fn of(words: &[Word]) -> Self {
        let mut all = Self { first: 0, second: 0 };
        for word in words {
            let mut letters = word.folded.chars();
            all.first |= letters.next().map_or(NO_LETTER, Self::bit);
            all.second |= letters.next().map_or(NO_LETTER, Self::bit);
        }
        all
    }

    /// Whether a word that is written so may be one that begins like them. Of what is not plainly a letter of Vietnamese that is not
    /// told before it is read.
    pub(super) fn may_begin(self, written: &str) -> bool {
        if self == Self::ANY {
            return true;
        }
        let mut letters = written.chars();
        let Some(first) = letters.next().and_then(Self::plain) else { return true };
        if self.first & first == 0 {
            return false;
        }
        letters.next().map_or(Some(NO_LETTER), Self::plain).is_none_or(|second| self.second & second != 0)
    }

    /// The bit of what is plainly a letter.
    fn plain(written: char) -> Option<u64> {
        match decompose(written.to_ascii_lowercase())? {
            Read::Letter(letter, ..) => Some(Self::bit(letter)),
            _ => None,
        }
    }

    /// What is neither a letter from a to z nor a figure needs none: words that have it are read anyway. For some sounds y and i are
    /// both written.
    fn bit(letter: char) -> u64 {
        match letter {
            'y' => Self::bit('i'),
            'a'..='z' => 1 << (letter as u32 - 'a' as u32),
            '0'..='9' => 1 << (26 + letter as u32 - '0' as u32),
            _ => 0,
        }
    }
}
