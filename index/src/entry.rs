//! What can be found.

use std::collections::BTreeMap;

/// One record, as the index sees it.
///
/// A record of which some may see more than others has several views: of these every viewer sees at most one. Whoever makes
/// entries takes care of that; the index only asks whether a scope admits the viewer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its identifier; unique, and what a hit gives back.
    pub id: u64,
    /// Its place where no words decide: smaller comes first.
    pub order: u64,
    /// What is seen of it.
    pub views: Vec<View>,
    /// What is said in it, in windows of half a minute or so.
    pub passages: Vec<Passage>,
}

/// What some viewers see of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Who sees it, in words that only the maker of entries understands; the index asks [`crate::Rights`] about them.
    pub scope: String,
    /// Its titles in all languages.
    pub title: String,
    /// Everything that is said about it; snippets are cut from this.
    pub text: String,
    /// Words by which it is found that are not shown, such as file and folder names, and the names of what it speaks of.
    pub names: String,
    /// What is said in it, each text in one go: nothing is near what was said long before. It is found by this; snippets are cut
    /// from the passages.
    pub speech: Vec<String>,
    /// Its codes and identifiers, which are found as a whole, however they are written.
    pub codes: Vec<String>,
    /// Names that are offered to whoever begins to type.
    pub offered: Vec<String>,
    /// Values by which answers are narrowed and counted, by the name of the property ([`crate::FACETS`]).
    pub facets: BTreeMap<String, Vec<String>>,
    /// Spans of days of which it speaks: the first and the last, counted from 1 January 1970.
    pub days: Vec<(i64, i64)>,
}

/// A piece of speech.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passage {
    /// Who may read it; see [`View::scope`].
    pub scope: String,
    /// When it begins, in seconds from the beginning of the recording.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Who speaks at its beginning; empty if nobody knows.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// Where in `text` (in bytes) what is said at which second, in order.
    pub marks: Vec<(usize, f64)>,
}
