//! What counts how much, read from `weights.toml`.

use serde::Deserialize;

/// The weights of ranking; each is explained in `weights.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// A word, whatever its marks.
    pub folded: f32,
    /// The same with the marks that were typed.
    pub exact: f32,
    /// Two words that follow each other.
    pub pairs: f32,
    /// A word of the title.
    pub title: f32,
    /// The same with the marks that were typed.
    pub title_exact: f32,
    /// A name that the lexicon adds.
    pub synonym: f32,
    /// A word in place of an unknown one.
    pub repaired: f32,
    /// A code that is the whole question.
    pub code: f32,
    /// What the other ways count in which one word is found.
    pub tie: f32,
    /// With fewer hits, approximate ones are shown.
    pub few: u64,
    /// The share of the words that those have.
    pub share: f32,
}

impl Weights {
    /// Returns the weights that come with the program.
    ///
    /// # Errors
    ///
    /// When `weights.toml` was changed into something else; a test sees to it that it was not.
    pub fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../weights.toml"))
    }
}
