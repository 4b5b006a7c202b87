//! Sidecars that describe the medium beside them: XMP and JSON.
//!
//! Both become values of the same fields; what a sidecar says of cameras and programs is passed over.

mod json;
mod rdf;
mod xmp;

pub(crate) use json::{Json, read_json};
pub(crate) use xmp::read_xmp;

use crate::media::describe::Field;

/// The largest sidecar that is read, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// The longest value that is kept, in bytes.
const MOST_IN_VALUE: usize = 64 << 10;

/// The most values that one sidecar gives.
const MOST_VALUES: usize = 1000;

/// One thing that a sidecar says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// What it is about.
    pub(crate) field: Field,
    /// Without white space around it; never empty.
    pub(crate) text: String,
    /// The language as a BCP 47 tag, where the sidecar tells.
    pub(crate) language: Option<String>,
}

/// Adds a value, unless it is empty, known already, or one too many.
fn add(values: &mut Vec<Value>, field: Field, text: &str, language: Option<&str>) {
    if values.len() >= MOST_VALUES {
        return;
    }
    let text = text.trim();
    let text = text.get(..text.floor_char_boundary(MOST_IN_VALUE)).unwrap_or_default();
    let is_known = values.iter().any(|value| value.field == field && value.text == text && value.language.as_deref() == language);
    if !text.is_empty() && !is_known {
        values.push(Value { field, text: text.to_owned(), language: language.map(str::to_owned) });
    }
}
