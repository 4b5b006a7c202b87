//! The files of `archive/model/`, as they come with the program.

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../model/", $name, ".toml")))),+]
    };
}

/// The kinds: name and text of each file.
#[rustfmt::skip]
pub(super) const KINDS: &[(&str, &str)] = files![
    "accession", "alt_name", "assessment", "bundle", "capture", "claim", "clip", "code_at", "collection", "common", "consent", "count",
    "craft", "criterion", "decision", "event", "exhibit", "field_access", "figure", "file_kept", "found_at", "group", "history_entry", "index_point",
    "informed", "mark", "material", "material_used", "measure", "media", "member", "motif", "name_at", "not_applicable", "ocop", "part_of",
    "part_taken", "performer", "person", "place", "practice", "product", "purpose", "range", "recognition", "report", "role_held", "screen",
    "segment", "source", "source_cited", "state_at", "step", "step_at", "successor", "survey", "technical", "technique", "term", "threat",
    "title_held", "tool", "tool_used", "transcript", "vitality_at", "withdrawal",
];

/// The vocabularies.
pub(super) const VOCABULARIES: &str = include_str!("../../model/vocabularies.toml");
