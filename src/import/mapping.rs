//! A map that was laid onto the headings of one table: which cell becomes what.

use std::collections::BTreeMap;

use kho_archive::model::{Field, Model, Shape};
use kho_archive::record::Kind;

use super::map::{Column, KeyIs, Map};
use crate::config::UsageError;
use crate::media::table::Row;
use crate::typed::fold;

/// The language of texts and numbers where nobody says another.
const LANGUAGE: &str = "vi";

/// What the cells of a table become.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    /// What the rows describe.
    pub(crate) kind: Kind,
    /// The columns that become fields, from left to right.
    pub(crate) columns: Vec<Mapped>,
    /// The columns that are kept as they are, with their headings.
    pub(crate) kept: Vec<(usize, String)>,
    /// Fields that every new record has: name and what is typed.
    pub(crate) constants: BTreeMap<String, String>,
    /// The language of the constants.
    pub(crate) language: String,
    /// The list that each row is one entry of, if the rows are no records of their own.
    pub(crate) entries: Option<Entries>,
    /// Whether the keys are paths of files.
    pub(crate) is_by_path: bool,
    key: usize,
    key_heading: String,
    key_prefix: String,
}

/// A list of groups or claims whose entries are the rows of a table.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// The list.
    pub(crate) field: Field,
    /// What one entry consists of.
    pub(crate) parts: Vec<Field>,
}

/// A column that becomes a field.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    /// Where it stands.
    pub(crate) place: usize,
    /// The name of the field.
    pub(crate) field: String,
    /// The language of a text, or the part of a position.
    pub(crate) part: String,
    /// How the cells are read.
    pub(crate) reading: Reading,
    /// Other words for what stands in the cells, folded.
    pub(crate) values: BTreeMap<String, String>,
    /// What is made where a record is referred to that is not there.
    pub(crate) creates: Option<Creates>,
}

/// How the cells of a column are read.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    /// As somebody types the field.
    Typed(How),
    /// As claims, with the title of their source.
    Claims { how: How, field: Box<Field>, source: Option<String> },
    /// As groups of fields.
    Groups { how: How, field: Box<Field>, inner: Box<Field>, with: Vec<(Field, String)> },
    /// As whole groups of fields, in JSON.
    Json { how: How, field: Box<Field> },
}

/// The language and so on of a column.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) language: String,
    pub(crate) as_of: Option<i16>,
    pub(crate) separator: String,
}

/// A record that is made because a row refers to it.
#[derive(Clone, Debug)]
pub(crate) struct Creates {
    /// Its kind.
    pub(crate) kind: String,
    /// Its fields.
    pub(crate) make: BTreeMap<String, String>,
}

impl Mapping {
    /// Lays a map onto the headings of a table.
    pub(crate) fn new(map: &Map, header: &[String], model: &Model) -> Result<Self, UsageError> {
        let kind = map.kind.clone().unwrap_or_default();
        let place_of = |heading: &str| place_of(heading, header);
        let key_heading = map
            .key
            .clone()
            .or_else(|| column_of_code(map))
            .ok_or_else(|| UsageError("no column is the key by which records are found again; name it in a map: key = \"HEADING\"".to_owned()))?;
        let key = place_of(&key_heading)?;
        let entries = map.group.as_deref().map(|name| Entries::new(name, &kind, model)).transpose()?;
        let mut columns = Vec::new();
        let mut mapped = vec![key];
        for (heading, column) in &map.columns {
            let place = place_of(heading)?;
            mapped.push(place);
            if column.field != "ignore" && (place != key || column.field != "code") {
                columns.push(match &entries {
                    Some(entries) => Mapped::part(place, column, map, entries, model)?,
                    None => Mapped::new(place, column, map, &kind, model)?,
                });
            }
        }
        columns.sort_by_key(|column| column.place);
        let is_kept = |(place, heading): &(usize, &String)| !mapped.contains(place) && !heading.trim().is_empty() && !map.ignore.leaves_out(heading);
        // An entry of a list has no place for what is no field of it.
        let kept = header.iter().enumerate().filter(|heading| entries.is_none() && is_kept(heading));
        let kept = kept.map(|(place, heading)| (place, heading.trim().to_owned())).collect();
        let constants = map.constants.clone();
        for name in constants.keys() {
            find_field(name, &kind, model)?;
        }
        let language = map.language.clone().unwrap_or_else(|| LANGUAGE.to_owned());
        let key_prefix = map.key_prefix.clone().unwrap_or_default();
        let is_by_path = map.key_is == Some(KeyIs::Path);
        Ok(Self { kind: Kind::from(kind.as_str()), columns, kept, constants, language, entries, is_by_path, key, key_heading, key_prefix })
    }

    /// Returns the key of a row, if it has one.
    pub(crate) fn key_of(&self, row: &Row) -> Option<String> {
        let key = row.cells.get(self.key).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())?;
        Some(format!("{}{key}", self.key_prefix))
    }

    /// The heading of the column that holds the keys.
    pub(crate) fn key_heading(&self) -> &str {
        &self.key_heading
    }
}

impl Entries {
    fn new(name: &str, kind: &str, model: &Model) -> Result<Self, UsageError> {
        let field = find_field(name, kind, model)?.clone();
        let mut parts = match (field.claims, model.inner(&field)) {
            (true, _) => model.claim().map(|claim| claim.fields.clone()).unwrap_or_default(),
            (false, Some(inner)) if field.many => inner.fields.clone(),
            _ => return Err(UsageError(format!("{name} is no list of groups of fields and has no claims: no row can be an entry of it"))),
        };
        if field.claims {
            parts.push(Field { name: "value".to_owned(), claims: false, many: false, required: Some("yes".to_owned()), ..field.clone() });
        }
        Ok(Self { field, parts })
    }
}

impl Mapped {
    /// A column of a table whose rows are entries of a list.
    fn part(place: usize, column: &Column, map: &Map, entries: &Entries, model: &Model) -> Result<Self, UsageError> {
        let (name, part) = column.field.split_once('.').unwrap_or((&column.field, ""));
        let list = &entries.field.name;
        let names = || entries.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = entries.parts.iter().find(|known| known.name == name);
        let field = known.ok_or_else(|| UsageError(format!("{list} has no field {name:?} in it; it has {}", names())))?;
        let inner = model.inner(field).and_then(|group| group.fields.iter().find(|inner| inner.required.as_deref() == Some("yes")));
        let creates = creates(field, inner, column)?;
        let values = values(column);
        Ok(Self { place, field: name.to_owned(), part: part.to_owned(), reading: Reading::Typed(How::new(column, map)), values, creates })
    }

    fn new(place: usize, column: &Column, map: &Map, kind: &str, model: &Model) -> Result<Self, UsageError> {
        let (name, part) = column.field.split_once('.').unwrap_or((&column.field, ""));
        let field = find_field(name, kind, model)?;
        let how = How::new(column, map);
        let has_claims = field.claims || column.how.claims;
        if has_claims && !field.claims {
            return Err(UsageError(format!("the field {name} of a {kind} has no claims; leave `claims` out")));
        }
        // These do not stand among the fields of a record: put there, they would stand in it twice, and nobody could read it.
        if column.how.json && ["title", "description", "access"].contains(&name) {
            return Err(UsageError(format!("{name} is typed and never JSON; leave `json` out and write its languages as {name}.vi and {name}.en")));
        }
        let inner = inner_of(field, column, model)?;
        let creates = creates(field, inner, column)?;
        let reading = match inner {
            _ if column.how.json => Reading::Json { how, field: Box::new(field.clone()) },
            _ if has_claims => Reading::Claims { how, field: Box::new(field.clone()), source: column.how.source.clone() },
            Some(inner) => {
                let with = with(field, column, model)?;
                Reading::Groups { how, field: Box::new(field.clone()), inner: Box::new(inner.clone()), with }
            }
            None => Reading::Typed(how),
        };
        let values = values(column);
        Ok(Self { place, field: name.to_owned(), part: part.to_owned(), reading, values, creates })
    }
}

impl How {
    fn new(column: &Column, map: &Map) -> Self {
        Self {
            language: column.how.language.clone().or_else(|| map.language.clone()).unwrap_or_else(|| LANGUAGE.to_owned()),
            as_of: column.how.as_of.or(map.as_of),
            separator: column.how.separator.clone().unwrap_or_else(|| ";".to_owned()),
        }
    }
}

fn values(column: &Column) -> BTreeMap<String, String> {
    column.how.values.iter().map(|(word, value)| (fold(word), value.clone())).collect()
}

/// Returns the field of a group that a column holds: the one that is named, else the only one that must be there.
fn inner_of<'a>(field: &Field, column: &Column, model: &'a Model) -> Result<Option<&'a Field>, UsageError> {
    let Some(group) = model.inner(field).filter(|_| !column.how.json) else { return Ok(None) };
    let mut needed = group.fields.iter().filter(|inner| inner.required.as_deref() == Some("yes"));
    let found = match &column.how.inner {
        Some(name) => group.fields.iter().find(|inner| inner.name == *name),
        None => needed.next().filter(|_| needed.next().is_none()),
    };
    let names = || group.fields.iter().map(|inner| inner.name.as_str()).collect::<Vec<_>>().join(", ");
    let advice = || {
        UsageError(format!(
            "{} is a group of fields; say with `inner` which of them the column holds, or that it holds JSON: {}",
            field.name,
            names()
        ))
    };
    found.map(Some).ok_or_else(advice)
}

fn with(field: &Field, column: &Column, model: &Model) -> Result<Vec<(Field, String)>, UsageError> {
    let fields = model.inner(field).map_or(&[][..], |group| &group.fields);
    let find = |(name, typed): (&String, &String)| {
        let inner = fields.iter().find(|inner| inner.name == *name);
        inner.map(|inner| (inner.clone(), typed.clone())).ok_or_else(|| UsageError(format!("{} has no field {name} in it", field.name)))
    };
    column.how.with.iter().map(find).collect()
}

/// Returns what a column makes where it refers to something that is not there.
fn creates(field: &Field, inner: Option<&Field>, column: &Column) -> Result<Option<Creates>, UsageError> {
    if !column.how.create_missing {
        return Ok(None);
    }
    let kinds: &[String] = match inner.map_or(&field.shape, |inner| &inner.shape) {
        Shape::Ref { to } => to,
        _ => return Err(UsageError(format!("{} refers to no other record; leave `create_missing` out", field.name))),
    };
    let kind = match (&column.how.ref_kind, kinds) {
        (Some(kind), kinds) if kinds.contains(kind) => kind.clone(),
        (None, [kind]) => kind.clone(),
        _ => return Err(UsageError(format!("{} may refer to {}; say with `ref_kind` what is to be made", field.name, kinds.join(", ")))),
    };
    Ok(Some(Creates { kind, make: column.how.make.clone() }))
}

/// Returns a field of a kind that can be set.
fn find_field<'a>(name: &str, kind: &str, model: &'a Model) -> Result<&'a Field, UsageError> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    let is_kept = ["id", "kind", "files", "history"].contains(&name);
    model
        .field(kind, name)
        .filter(|_| !is_kept)
        .ok_or_else(|| UsageError(format!("a {kind} has no field {name:?} that a table could fill; `kho model --kind {kind}` lists them")))
}

fn place_of(heading: &str, header: &[String]) -> Result<usize, UsageError> {
    let exactly = header.iter().position(|known| known.trim() == heading.trim());
    let place = exactly.or_else(|| header.iter().position(|known| fold(known) == fold(heading)));
    place.ok_or_else(|| UsageError(format!("the table has no column {heading:?}; it has {}", header.join(", "))))
}

fn column_of_code(map: &Map) -> Option<String> {
    map.columns.iter().find(|(_, column)| column.field == "code").map(|(heading, _)| heading.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_never_json() {
        let model = Model::built_in().unwrap();
        let map = |field: &str| toml::from_str(&format!("kind = \"tool\"\nkey = \"mã\"\n[columns]\n\"ô\" = {{ field = \"{field}\", json = true }}"));
        let laid = |field: &str| Mapping::new(&map(field).unwrap(), &["mã".to_owned(), "ô".to_owned()], &model);
        assert!(laid("title").unwrap_err().to_string().contains("title.vi") && laid("description").is_err() && laid("access").is_err());
        assert!(laid("alt_names").is_ok());
    }
}
