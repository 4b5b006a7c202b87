//! The fields of the index, and the fingerprint of its form.

use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};

use crate::analyzer;

/// The version of the schema. Any change to the fields or to what is put into them takes the next number.
pub(crate) const VERSION: u32 = 2;

/// The fields, by what they are for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// The identifier of the entry.
    pub(crate) id: Field,
    /// Its kind.
    pub(crate) kind: Field,
    /// Its place where no words decide.
    pub(crate) order: Field,
    /// Titles, as written and folded.
    pub(crate) title: Pair,
    /// Texts and names, as written and folded.
    pub(crate) text: Pair,
    /// The text itself, for snippets.
    pub(crate) stored_text: Field,
    /// The marks of the text, as JSON.
    pub(crate) marks: Field,
    /// How many tokens titles have; see [`crate::search`] on exact statistics.
    pub(crate) title_tokens: Field,
    /// How many tokens texts and names have.
    pub(crate) text_tokens: Field,
}

/// The same words in two forms: with the marks that were written, and without any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) exact: Field,
    pub(crate) folded: Field,
}

/// Returns the schema.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let mut pair = |name: &str| Pair {
        exact: builder.add_text_field(&format!("{name}_exact"), words(analyzer::EXACT)),
        folded: builder.add_text_field(&format!("{name}_folded"), words(analyzer::FOLDED)),
    };
    let (title, text) = (pair("title"), pair("text"));
    let fields = Fields {
        id: builder.add_u64_field("id", INDEXED | FAST),
        kind: builder.add_text_field("kind", STRING | FAST),
        order: builder.add_u64_field("order", FAST),
        title,
        text,
        stored_text: builder.add_text_field("text", STORED),
        marks: builder.add_text_field("marks", STORED),
        title_tokens: builder.add_u64_field("title_tokens", FAST),
        text_tokens: builder.add_u64_field("text_tokens", FAST),
    };
    (builder.build(), fields)
}

/// Returns a name for this form of the index: it changes with the schema, the analyzer and tantivy.
pub(crate) fn fingerprint() -> String {
    let form = format!("schema {VERSION}, analyzer {}, {}", analyzer::VERSION, tantivy::version_string());
    format!("v{VERSION}-{}", &blake3::hash(form.as_bytes()).to_hex()[..16])
}

fn words(tokenizer: &str) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(indexing)
}
