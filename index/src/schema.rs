//! The fields of the index, and the fingerprint of its form.

use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};

use crate::{analyzer, stored};

/// The version of the schema. Any change to the fields or to what is put into them takes the next number.
pub(crate) const VERSION: u32 = 7;

/// The name of the tokenizer that takes words apart which were cut before.
pub(crate) const LINES: &str = "lines@1";

/// The properties by which answers can be narrowed and counted.
pub const FACETS: [&str; 16] = [
    "kind",
    "craft",
    "practice",
    "place",
    "technique",
    "step",
    "material",
    "tool",
    "motif",
    "person",
    "decade",
    "medium",
    "language",
    "rights",
    "plan_class",
    "collection",
];

/// The fields, by what they are for. A document is either a record ([`Fields::part`] is 0) or a passage of one.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// The identifier of the record.
    pub(crate) id: Field,
    /// 0 for a record; passages count from 1.
    pub(crate) part: Field,
    /// Who may see the document.
    pub(crate) scope: Field,
    /// Its place where no words decide.
    pub(crate) order: Field,
    /// The words of records: titles, texts, names and speech.
    pub(crate) all: Words,
    /// The words of titles only.
    pub(crate) title: Words,
    /// The words of passages.
    pub(crate) speech: Words,
    /// Codes as a whole, and what is offered to whoever begins to type.
    pub(crate) names: Field,
    /// The values of each property, in the order of [`FACETS`].
    pub(crate) facets: [Field; FACETS.len()],
    /// The first days of the spans, and the last ones.
    pub(crate) first_day: Field,
    pub(crate) last_day: Field,
    /// What orders titles.
    pub(crate) title_key: Field,
    /// The text itself, for snippets, as [`stored`] packs it.
    pub(crate) text: Field,
    pub(crate) start: Field,
    pub(crate) end: Field,
    pub(crate) speaker: Field,
    pub(crate) marks: Field,
}

/// The same words in three forms, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) folded: Field,
    pub(crate) exact: Field,
    /// Titles are too short for pairs to say more than words.
    pub(crate) pairs: Option<Field>,
    pub(crate) count: Field,
}

/// Returns the schema.
pub(crate) fn schema() -> (Schema, Fields) {
    use IndexRecordOption::{Basic, WithFreqs, WithFreqsAndPositions};
    let mut builder = Schema::builder();
    // Each indexed field costs each segment a dictionary, however small: there are no more than it takes.
    // Only folded words have places: what was typed with marks must be near, and with its marks somewhere. A pair adds to a score
    // once, however often it is there: nothing was found better for its count, where it is for that of marks.
    let mut words = |name: &str, option, has_pairs: bool| Words {
        folded: builder.add_text_field(&format!("{name}_folded"), indexed(option)),
        exact: builder.add_text_field(&format!("{name}_exact"), indexed(WithFreqs)),
        pairs: has_pairs.then(|| builder.add_text_field(&format!("{name}_pairs"), indexed(Basic))),
        count: builder.add_u64_field(&format!("{name}_count"), FAST),
    };
    let all = words("all", WithFreqsAndPositions, true);
    let title = words("title", WithFreqs, false);
    let speech = words("speech", WithFreqsAndPositions, true);
    let value = |builder: &mut tantivy::schema::SchemaBuilder, name: &str| builder.add_text_field(name, TextOptions::default().set_fast("raw"));
    let fields = Fields {
        id: builder.add_u64_field("id", INDEXED | FAST),
        part: builder.add_u64_field("part", FAST),
        scope: value(&mut builder, "scope"),
        order: builder.add_u64_field("order", FAST),
        all,
        title,
        speech,
        names: builder.add_text_field("names", STRING),
        facets: FACETS.map(|name| value(&mut builder, name)),
        first_day: builder.add_i64_field("first_day", FAST),
        last_day: builder.add_i64_field("last_day", FAST),
        title_key: value(&mut builder, "title_key"),
        text: builder.add_bytes_field("text", STORED),
        start: builder.add_f64_field("start", STORED),
        end: builder.add_f64_field("end", STORED),
        speaker: builder.add_text_field("speaker", STORED),
        marks: builder.add_bytes_field("marks", STORED),
    };
    (builder.build(), fields)
}

/// Returns a name for this form of the index: it changes with the schema, the analyzer and tantivy. What the thesaurus says goes into
/// questions, and so changes nothing of the form.
pub(crate) fn fingerprint() -> String {
    let form = format!("schema {VERSION}, analyzer {}, {}, {}", analyzer::VERSION, tantivy::version_string(), blake3::hash(stored::DICTIONARY));
    format!("v{VERSION}-{}", &blake3::hash(form.as_bytes()).to_hex()[..16])
}

fn indexed(option: IndexRecordOption) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(LINES).set_index_option(option);
    TextOptions::default().set_indexing_options(indexing)
}
