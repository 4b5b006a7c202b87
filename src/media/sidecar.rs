//! Sidecars that describe the medium beside them: XMP and JSON.
//!
//! Both become values of the same fields; what a sidecar says of cameras and programs is passed over.

mod json;
mod rdf;
mod xmp;

use anyhow::{Result, bail};
use json::{Json, read_json};
pub(crate) use xmp::read_xmp;

use super::table::{Row, Table};
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

/// Reads what a file beside a medium says, as a table of one row; a list of objects is a table already. `name` is
/// the name of the sidecar: where it names no file, it speaks of the one that has its stem.
///
/// # Errors
/// When it is damaged, or says nothing about media.
pub(crate) fn as_table(bytes: &[u8], name: &str) -> Result<Table> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).rsplit('/').next().unwrap_or_default().to_owned();
    let is_json = name.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let (file, values, others) = if is_json {
        match read_json(bytes)? {
            Json::Table(table) => return Ok(table),
            Json::One { file, values, others } => (file.unwrap_or(stem), values, others),
            Json::Other => bail!("it says nothing about media"),
        }
    } else {
        (stem, read_xmp(bytes)?, Vec::new())
    };
    let mut header = vec!["file".to_owned()];
    let mut cells = vec![file];
    for Value { field, text, language } in values {
        header.push(language.map_or_else(|| field.name().to_owned(), |language| format!("{} ({language})", field.name())));
        cells.push(text);
    }
    for (heading, text) in others {
        header.push(heading);
        cells.push(text);
    }
    Ok(Table { header, rows: vec![Row { number: 1, cells }], problems: Vec::new() })
}
