//! `MAP.toml`: what the columns of a table mean, as people write it down.

use std::collections::BTreeMap;
use std::path::Path;

use kho_archive::model::{Model, Shape};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::config::UsageError;
use crate::typed::fold;

/// What the columns of a table mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Map {
    /// What the rows describe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// The heading of the column by which records are found again; it becomes their code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// What the keys are, where they are no codes: `path` for the paths of files below the folder that was ingested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_is: Option<KeyIs>,
    /// The list that each row is one entry of: a group of fields such as `steps`, or a field with claims such as `origin`.
    /// A key may then stand in several rows, and its record must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    /// Stands before each key, so that the numbers of two tables are not taken for each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_prefix: Option<String>,
    /// The language of texts and numbers, where a column says nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    /// The year of the table, for ages such as "hơn 100 năm".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<i16>,
    /// Headings that are left out; `true` for all that are not mapped.
    #[serde(default, skip_serializing_if = "Ignore::is_nothing")]
    pub(crate) ignore: Ignore,
    /// Each heading, and the field that it stands for.
    #[serde(default)]
    pub(crate) columns: BTreeMap<String, Column>,
    /// Fields that every new record of this table has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) constants: BTreeMap<String, String>,
}

/// What keys are, where they are no codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyIs {
    /// Paths of files; the records are those that hold them.
    Path,
}

/// What is left out of the columns that are not mapped. The others are kept under the field `imported`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ignore {
    /// All of them, or none.
    All(bool),
    /// These.
    Some(Vec<String>),
}

/// What one column means. In a map it may be the name of the field alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Column {
    /// The field, with a language behind a point where it is a text: `title.en`. `ignore` leaves the column out.
    pub(crate) field: String,
    /// The details.
    #[serde(flatten)]
    pub(crate) how: How,
}

/// How the cells of a column are read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct How {
    /// What parts several values in one cell; `;` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) separator: Option<String>,
    /// The year of the source, for relative ages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<i16>,
    /// The language of texts and numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    /// The kind of the records that are referred to, where the field leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ref_kind: Option<String>,
    /// Whether a record that is referred to and is not there is made, with that title.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) create_missing: bool,
    /// Fields of records that are made like this; `{title}` stands for the title.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) make: BTreeMap<String, String>,
    /// That the cells hold claims. Fields with claims need not say it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) claims: bool,
    /// The title of the source of these claims; a record for it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// For groups of fields: the one that the cells hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inner: Option<String>,
    /// For groups of fields: what else stands in each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) with: BTreeMap<String, String>,
    /// For groups of fields: that the cells hold whole groups, as JSON in the form of the model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) json: bool,
    /// Other words for what stands in the cells.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) values: BTreeMap<String, String>,
}

impl Map {
    /// Reads a map from a file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let unreadable = |reason: String| UsageError(format!("the map {} cannot be read: {reason}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Ok(toml::from_str(&text).map_err(|error| unreadable(error.to_string()))?)
    }

    /// Returns the map as a file that can be mended and used.
    pub(crate) fn as_toml(&self) -> anyhow::Result<String> {
        Ok(toml::to_string(self)?)
    }

    /// Has each column make the records that it names and that are not there, where it is clear of which kind they are.
    pub(crate) fn create_missing(&mut self, model: &Model) {
        let kind = self.kind.clone().unwrap_or_default();
        for column in self.columns.values_mut() {
            let field = model.field(&kind, &column.field);
            column.how.create_missing = field.is_some_and(|field| matches!(&field.shape, Shape::Ref { to } if to.len() == 1));
        }
    }

    /// Counts the cells that are headings of this map: the row of the header has most.
    pub(super) fn known_headings(&self, cells: &[String]) -> usize {
        let is_known = |cell: &&String| self.columns.keys().chain(&self.key).any(|heading| fold(heading) == fold(cell));
        cells.iter().filter(is_known).count()
    }
}

impl Column {
    /// A column that is read as its field asks for.
    pub(crate) fn of(field: &str) -> Self {
        Self { field: field.to_owned(), how: How::default() }
    }

    /// A column of whole groups, as JSON.
    pub(super) fn of_groups(field: &str) -> Self {
        Self { field: field.to_owned(), how: How { json: true, ..How::default() } }
    }
}

impl Ignore {
    /// Whether a column with this heading is left out.
    pub(super) fn leaves_out(&self, heading: &str) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Some(headings) => headings.iter().any(|ignored| fold(ignored) == fold(heading)),
        }
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::All(all) => !all,
            Self::Some(headings) => headings.is_empty(),
        }
    }
}

impl Default for Ignore {
    fn default() -> Self {
        Self::All(false)
    }
}

/// Reads a field alone, or a field with details. An untagged enum would not say what is wrong.
impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(field) => return Ok(Self::of(&field)),
            toml::Value::Table(table) => table,
            other => return Err(D::Error::custom(format!("{other} is no field; write a name, or {{ field = \"…\" }}"))),
        };
        let field = table.remove("field").and_then(|field| field.as_str().map(str::to_owned));
        let field = field.ok_or_else(|| D::Error::custom("a column needs its field, as in { field = \"craft\" }"))?;
        Ok(Self { field, how: How::deserialize(table).map_err(D::Error::custom)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_and_written() {
        let text = "kind = \"practice\"\nkey = \"id\"\nas_of = 2024\nignore = [\"note\"]\n\n[columns]\nname_vi = \"title\"\n\
            craft_vi = { field = \"craft\", create_missing = true }\n\n[constants]\nholders = \"không rõ\"\n";
        let map: Map = toml::from_str(text).unwrap();
        assert_eq!(map.columns["name_vi"], Column::of("title"));
        assert!(map.columns["craft_vi"].how.create_missing);
        assert!(map.ignore.leaves_out("Note") && !map.ignore.leaves_out("source"));
        assert_eq!(toml::from_str::<Map>(&map.as_toml().unwrap()).unwrap(), map);
    }

    #[test]
    fn a_mistake_in_a_map_is_named() {
        let said = |text: &str| toml::from_str::<Map>(text).unwrap_err().to_string();
        assert!(said("keys = \"id\"").contains("keys"));
        assert!(said("[columns]\na = { field = \"craft\", craete = true }").contains("craete"));
        assert!(said("[columns]\na = { create_missing = true }").contains("needs its field"));
        assert!(said("[columns]\na = 3").contains("3 is no field"));
    }
}
