//! The descriptive model: what can be said of each kind of thing, as data.
//!
//! The files in `archive/model/` are part of the program; a province adds kinds, fields and words by records of kind `model`
//! in its own journal ([`Model::extend`]). Forms, validation, search fields and exports derive from it. What code reasons
//! about (access, consent, steps, places in time) is typed Rust elsewhere and only *listed* here.
//!
//! Values stand in a record under the name of their field, in the shape that the type of the field gives:
//!
//! | type | value |
//! |---|---|
//! | `text` | `{"vi": …, "en": …}` |
//! | `line`, `code`, `enum` | `"…"` |
//! | `term`, `ref` | the identifier of a record |
//! | `date` | [`crate::date::Dated`] |
//! | `number` | a number |
//! | `quantity` | `{"value": 12.5, "unit": "kg", "as_written": "2 yến"}`, each part optional |
//! | `flag` | `true` or `false` |
//! | `position` | `{"lat": …, "lon": …, "precision": …, "source": …}` |
//! | `access` | [`crate::access::Decision`] |
//! | `group`, `name` | an object with the fields of the embedded kind |
//!
//! A field with `many` holds a list of such values. A field with `claims` holds a list of objects, each with `value` and what
//! surrounds it (sources, certainty). In place of any value may stand `{"state": "unknown"}`, `"none"` or
//! `"not_applicable"`: they differ from each other, from 0 and from a field that nobody filled in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::record::Record;

mod check;
mod files;
mod references;
mod rewrite;
mod schema;

pub use check::{Problem, What};
pub use references::Reference;

/// The version of the model as it comes with the program. Takes the next number whenever a field changes its meaning.
pub const VERSION: u32 = 1;

/// The embedded kind whose fields every record has.
const COMMON: &str = "common";

/// The embedded kind that surrounds each value of a field with claims.
const CLAIM: &str = "claim";

/// The embedded kind whose fields are the parts of a decision on access, for forms.
const DECISION: &str = "decision";

/// The embedded kind of a dated name.
const NAME: &str = "name_at";

/// Kinds, their fields and the words that fields choose from.
#[derive(Clone, Debug, Default)]
pub struct Model {
    kinds: BTreeMap<String, KindModel>,
    vocabularies: BTreeMap<String, Vocabulary>,
}

/// A kind of thing, and what can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KindModel {
    /// What it is called, and what it is.
    pub about: About,
    /// Its fields, in the order of forms and pages; those of every record are not repeated.
    pub fields: Vec<Field>,
}

/// What a kind is called, and what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The code of the kind.
    #[serde(default)]
    pub name: String,
    /// Codes of several kinds that share their fields, in place of `name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Whether it stands inside other records only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub embedded: bool,
    /// One of them, in Vietnamese and in English.
    pub vi: String,
    /// One of them, in English.
    pub en: String,
    /// Several of them, in Vietnamese.
    pub many_vi: String,
    /// Several of them, in English.
    pub many_en: String,
    /// What it is, in one Vietnamese sentence.
    pub about_vi: String,
    /// What it is, in one English sentence.
    pub about_en: String,
    /// The class of schema.org.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_org: Option<String>,
    /// The element of LIDO, or the class of CIDOC CRM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lido: Option<String>,
}

/// Something that can be said of a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The name under which the value stands in the record.
    pub name: String,
    /// The shape of its values.
    #[serde(flatten)]
    pub shape: Shape,
    /// Whether there may be several values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// Whether sources may disagree, so that each value has its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claims: bool,
    /// When it must be there: `yes`, `public` (before it may be shown), or the code of a completeness check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// Its Vietnamese label.
    pub vi: String,
    /// Its English label.
    pub en: String,
    /// Advice in Vietnamese for who fills it in.
    #[serde(default)]
    pub help_vi: String,
    /// Advice in English for who fills it in.
    #[serde(default)]
    pub help_en: String,
    /// The part of forms and pages where it stands.
    pub section: String,
    /// How it is searched: `title`, `text`, `term`, `name` or `none`.
    pub search: String,
    /// The element of Dublin Core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dc: Option<String>,
    /// The property of schema.org.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The element of LIDO, or the property of CIDOC CRM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lido: Option<String>,
    /// For references: what the page of the other record calls this relation, in Vietnamese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_vi: Option<String>,
    /// For references: what the page of the other record calls this relation, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_en: Option<String>,
    /// Whether strangers may read it of a record of which only the existence may be told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stub: bool,
    /// Whether it is personal: never searched, never shown outside the office.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

/// The shape of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Shape {
    /// Words in one or more languages; `long` for paragraphs.
    Text {
        /// Whether it takes paragraphs.
        #[serde(default)]
        long: bool,
    },
    /// One line in whatever language.
    Line,
    /// A key that other systems know.
    Code,
    /// A code of a vocabulary.
    Enum {
        /// The name of the vocabulary.
        vocabulary: String,
    },
    /// A term of the thesaurus.
    Term {
        /// The facet that it should come from.
        #[serde(default)]
        facet: Option<String>,
    },
    /// Another record.
    Ref {
        /// The kinds that it may be of.
        to: Vec<String>,
    },
    /// A date, with the words in which it was found.
    Date {
        /// Whether a lunar date is to be asked for.
        #[serde(default)]
        lunar: bool,
    },
    /// A number.
    Number,
    /// A number with a unit, and what was written.
    Quantity,
    /// Yes or no.
    Flag,
    /// A point on the map.
    Position,
    /// A decision on access.
    Access,
    /// Several fields that belong together.
    Group {
        /// The embedded kind.
        of: String,
    },
    /// A name that was in use for a time.
    Name,
}

/// A closed list of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Its name, as fields refer to it.
    pub name: String,
    /// Its Vietnamese label.
    pub vi: String,
    /// Its English label.
    pub en: String,
    /// Its words, in their order.
    #[serde(rename = "value")]
    pub values: Vec<Choice>,
}

/// A word of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The code that records hold.
    pub code: String,
    /// Its Vietnamese label.
    pub vi: String,
    /// Its English label.
    pub en: String,
    /// What it means, in Vietnamese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_vi: Option<String>,
    /// What it means, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_en: Option<String>,
}

/// Why a piece of a model cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The text is no model.
    #[error("the model {name} cannot be read: {reason}")]
    Unreadable {
        /// The file, or the record.
        name: String,
        /// What the reader said.
        reason: String,
    },
    /// It refers to something that is not there.
    #[error("the field {field} of {kind} refers to {missing:?}, which the model does not have")]
    Dangling {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
        /// What is missing.
        missing: String,
    },
    /// A province may add, but not change what others rely on.
    #[error("{0} is part of the model already; an addition needs another name")]
    Taken(String),
}

/// One file of the model.
#[derive(Deserialize)]
struct KindFile {
    kind: About,
    #[serde(default)]
    field: Vec<Field>,
}

/// The file of vocabularies.
#[derive(Deserialize)]
struct VocabularyFile {
    vocabulary: Vec<Vocabulary>,
}

/// What a record of kind `model` adds, under its field `adds`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Additions {
    /// New kinds.
    #[serde(default)]
    kinds: Vec<AddedKind>,
    /// New fields of kinds that are there.
    #[serde(default)]
    fields: Vec<AddedField>,
    /// New vocabularies.
    #[serde(default)]
    vocabularies: Vec<Vocabulary>,
    /// New words of vocabularies that are there.
    #[serde(default)]
    choices: Vec<AddedChoice>,
}

#[derive(Deserialize)]
struct AddedKind {
    #[serde(flatten)]
    about: About,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct AddedField {
    of: String,
    field: Field,
}

#[derive(Deserialize)]
struct AddedChoice {
    vocabulary: String,
    choice: Choice,
}

impl Model {
    /// Returns the model that comes with the program.
    pub fn built_in() -> Result<Self, ModelError> {
        let mut model = Self::default();
        for (name, text) in files::KINDS {
            let unreadable = |error: toml::de::Error| ModelError::Unreadable { name: (*name).to_owned(), reason: error.to_string() };
            let file: KindFile = toml::from_str(text).map_err(unreadable)?;
            model.add_kind(&file.kind, &file.field)?;
        }
        let unreadable = |error: toml::de::Error| ModelError::Unreadable { name: "vocabularies".to_owned(), reason: error.to_string() };
        let file: VocabularyFile = toml::from_str(files::VOCABULARIES).map_err(unreadable)?;
        for vocabulary in file.vocabulary {
            model.add_vocabulary(vocabulary)?;
        }
        model.check_whole()?;
        Ok(model)
    }

    /// Adds what a record of kind `model` says under its field `adds`: all of it or nothing.
    pub fn extend(&mut self, record: &Record) -> Result<(), ModelError> {
        let unreadable = |reason: String| ModelError::Unreadable { name: record.id.grouped(), reason };
        let adds = record.fields.get("adds").cloned().ok_or_else(|| unreadable("it has no field `adds`".to_owned()))?;
        let adds: Additions = serde_json::from_value(adds).map_err(|error| unreadable(error.to_string()))?;
        let mut wider = self.clone();
        for vocabulary in adds.vocabularies {
            wider.add_vocabulary(vocabulary)?;
        }
        for added in adds.choices {
            let known =
                wider.vocabularies.get_mut(&added.vocabulary).ok_or_else(|| unreadable(format!("there is no vocabulary {}", added.vocabulary)))?;
            if known.values.iter().any(|choice| choice.code == added.choice.code) {
                return Err(ModelError::Taken(format!("{}.{}", added.vocabulary, added.choice.code)));
            }
            known.values.push(added.choice);
        }
        for kind in adds.kinds {
            wider.add_kind(&kind.about, &kind.fields)?;
        }
        for added in adds.fields {
            if wider.field(&added.of, &added.field.name).is_some() {
                return Err(ModelError::Taken(format!("{}.{}", added.of, added.field.name)));
            }
            let known = wider.kinds.get_mut(&added.of).ok_or_else(|| unreadable(format!("there is no kind {}", added.of)))?;
            known.fields.push(added.field);
        }
        wider.check_whole()?;
        *self = wider;
        Ok(())
    }

    /// Returns the kinds that records can be of, by their codes.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &KindModel)> {
        self.kinds.iter().filter(|(_, kind)| !kind.about.embedded).map(|(code, kind)| (code.as_str(), kind))
    }

    /// Returns the embedded kinds: what stands inside other records only.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &KindModel)> {
        self.kinds.iter().filter(|(_, kind)| kind.about.embedded).map(|(code, kind)| (code.as_str(), kind))
    }

    /// Returns a kind, embedded ones included.
    pub fn kind(&self, code: &str) -> Option<&KindModel> {
        self.kinds.get(code)
    }

    /// Returns the fields of a kind: those of every record first, unless the kind is embedded. A field of the kind's own
    /// stands in place of the common one of its name.
    pub fn fields(&self, kind: &str) -> Vec<&Field> {
        let own = self.kinds.get(kind);
        let is_embedded = own.is_some_and(|kind| kind.about.embedded);
        let has_own = |name: &str| own.is_some_and(|kind| kind.fields.iter().any(|field| field.name == name));
        let common = self.kinds.get(COMMON).filter(|_| !is_embedded).into_iter().flat_map(|kind| &kind.fields);
        common.filter(|field| !has_own(&field.name)).chain(own.into_iter().flat_map(|kind| &kind.fields)).collect()
    }

    /// Returns one field of a kind, those of every record included.
    pub fn field(&self, kind: &str, name: &str) -> Option<&Field> {
        self.fields(kind).into_iter().find(|field| field.name == name)
    }

    /// Returns a vocabulary.
    pub fn vocabulary(&self, name: &str) -> Option<&Vocabulary> {
        self.vocabularies.get(name)
    }

    /// Returns all vocabularies, by name.
    pub fn vocabularies(&self) -> impl Iterator<Item = &Vocabulary> {
        self.vocabularies.values()
    }

    /// Returns the embedded kind that a field's values consist of, if they consist of fields.
    pub fn inner(&self, field: &Field) -> Option<&KindModel> {
        match &field.shape {
            Shape::Group { of } => self.kinds.get(of),
            Shape::Name => self.kinds.get(NAME),
            _ => None,
        }
    }

    /// Returns the parts of a decision on access, as forms ask for them.
    pub fn decision(&self) -> Option<&KindModel> {
        self.kinds.get(DECISION)
    }

    /// Returns what surrounds each value of a field with claims.
    pub fn claim(&self) -> Option<&KindModel> {
        self.kinds.get(CLAIM)
    }

    fn add_kind(&mut self, about: &About, fields: &[Field]) -> Result<(), ModelError> {
        let codes = if about.kinds.is_empty() { vec![about.name.clone()] } else { about.kinds.clone() };
        for code in codes {
            let kind = KindModel { about: About { name: code.clone(), ..about.clone() }, fields: fields.to_vec() };
            if self.kinds.insert(code.clone(), kind).is_some() {
                return Err(ModelError::Taken(code));
            }
        }
        Ok(())
    }

    fn add_vocabulary(&mut self, vocabulary: Vocabulary) -> Result<(), ModelError> {
        let name = vocabulary.name.clone();
        match self.vocabularies.insert(name.clone(), vocabulary) {
            Some(_) => Err(ModelError::Taken(name)),
            None => Ok(()),
        }
    }

    /// Checks that whatever a field refers to is there.
    fn check_whole(&self) -> Result<(), ModelError> {
        for (code, kind) in &self.kinds {
            for field in &kind.fields {
                let missing = match &field.shape {
                    Shape::Enum { vocabulary } if !self.vocabularies.contains_key(vocabulary) => Some(vocabulary),
                    Shape::Group { of } if !self.kinds.contains_key(of) => Some(of),
                    Shape::Ref { to } => to.iter().find(|kind| !self.kinds.contains_key(*kind)),
                    _ => None,
                };
                if let Some(missing) = missing {
                    return Err(ModelError::Dangling { kind: code.clone(), field: field.name.clone(), missing: missing.clone() });
                }
            }
        }
        Ok(())
    }
}

impl Vocabulary {
    /// Returns the word with this code.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.values.iter().find(|choice| choice.code == code)
    }

    /// Returns the code that a person means: the code itself or a label in either language, whatever its case.
    pub fn code_of(&self, typed: &str) -> Option<&str> {
        let typed = fold(typed);
        let is_meant = |choice: &&Choice| [&choice.code, &choice.vi, &choice.en].iter().any(|known| fold(known) == typed);
        self.values.iter().find(is_meant).map(|choice| choice.code.as_str())
    }
}

/// Composed, lower case, without blanks at the ends.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.trim().nfc().collect::<String>().to_lowercase()
}

/// Picks the text of a language; Vietnamese unless English is asked for.
fn in_language<'a>(language: &str, vi: &'a str, en: &'a str) -> &'a str {
    if language == "en" { en } else { vi }
}

impl About {
    /// Returns what one of them is called.
    pub fn label(&self, language: &str) -> &str {
        in_language(language, &self.vi, &self.en)
    }

    /// Returns what several of them are called.
    pub fn label_of_many(&self, language: &str) -> &str {
        in_language(language, &self.many_vi, &self.many_en)
    }
}

impl Field {
    /// Returns its label.
    pub fn label(&self, language: &str) -> &str {
        in_language(language, &self.vi, &self.en)
    }

    /// Returns the advice for who fills it in.
    pub fn help(&self, language: &str) -> &str {
        in_language(language, &self.help_vi, &self.help_en)
    }

    /// Returns what the page of the other record calls this relation.
    pub fn inverse(&self, language: &str) -> Option<&str> {
        Some(in_language(language, self.inverse_vi.as_deref()?, self.inverse_en.as_deref()?))
    }

    /// Returns the values that a record holds under this name, one by one.
    pub fn values_in<'a>(&self, record: &'a serde_json::Map<String, Value>) -> Vec<&'a Value> {
        match record.get(&self.name) {
            Some(Value::Array(values)) => values.iter().collect(),
            Some(value) => vec![value],
            None => Vec::new(),
        }
    }
}

impl Choice {
    /// Returns its label.
    pub fn label(&self, language: &str) -> &str {
        in_language(language, &self.vi, &self.en)
    }
}

/// Returns the word that stands in place of a value: `unknown`, `none` or `not_applicable`.
pub fn state_of(value: &Value) -> Option<&str> {
    let object = value.as_object()?;
    let state = object.get("state")?.as_str()?;
    (object.len() == 1 && STATES.contains(&state)).then_some(state)
}

/// What may stand in place of a value.
pub const STATES: [&str; 3] = ["unknown", "none", "not_applicable"];

#[cfg(test)]
mod tests;
