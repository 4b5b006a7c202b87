//! What can be found.

use serde::{Deserialize, Serialize};

/// One thing that can be found, as the index sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its identifier; unique, and what a hit gives back.
    pub id: u64,
    /// Its kind, for filters and counts.
    pub kind: String,
    /// Its titles in all languages.
    pub title: String,
    /// Everything that is said about it or in it; snippets are cut from this.
    pub text: String,
    /// Words by which it is found that are not shown, such as file and folder names.
    pub names: String,
    /// Its place where no words decide: smaller comes first.
    pub order: u64,
    /// Where in `text` which minute of a recording begins, in order.
    pub marks: Vec<Mark>,
}

/// A place in a text that was spoken at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Byte offset in the text.
    pub offset: usize,
    /// Seconds from the beginning of the recording.
    pub seconds: f64,
}
