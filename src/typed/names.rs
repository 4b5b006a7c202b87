//! Which record a person means: by identifier, by code, by title or by another name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::model::state_of;
use kho_archive::record::{Kind, Record, RecordId};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

/// Fields that hold other names of a record.
const OTHER_NAMES: [&str; 5] = ["alt_names", "alt_labels", "names", "other_names", "local_names"];

/// Finds the record that a person means.
pub(crate) trait Resolve {
    /// Returns what is called so among records of these kinds.
    fn resolve(&self, kinds: &[&str], typed: &str) -> anyhow::Result<Found>;

    /// Whether JSON may hold identifiers of records that are not there.
    fn keeps_unknown_identifiers(&self) -> bool {
        true
    }
}

/// What is called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    One(RecordId),
    Several(Vec<RecordId>),
    None,
}

/// The names of the records of an archive. Those of a kind are read when they are first asked for, and kept.
pub(crate) struct Names<'a> {
    catalogue: &'a Catalogue,
    known: RefCell<HashMap<String, Rc<RefCell<KindNames>>>>,
}

/// The names of all records of a kind, folded.
#[derive(Default)]
struct KindNames {
    titles: HashMap<String, Vec<RecordId>>,
    others: HashMap<String, Vec<RecordId>>,
}

impl<'a> Names<'a> {
    /// Returns the names of an archive; nothing is read yet.
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, known: RefCell::default() }
    }

    /// Takes up a record that is about to be made.
    pub(crate) fn add(&self, kind: &str, title: &str, id: RecordId) -> Result<(), CatalogueError> {
        self.of_kind(kind)?.borrow_mut().titles.entry(fold(title)).or_default().push(id);
        Ok(())
    }

    /// Whether the names of this kind were read.
    pub(crate) fn knows(&self, kind: &str) -> bool {
        self.known.borrow().contains_key(kind)
    }

    /// Lets go of a record that was not made after all.
    pub(crate) fn forget(&self, kind: &str, id: RecordId) {
        if let Some(names) = self.known.borrow().get(kind) {
            names.borrow_mut().titles.retain(|_, ids| {
                ids.retain(|known| *known != id);
                !ids.is_empty()
            });
        }
    }

    /// Lets go of everything: another process changed the archive.
    pub(crate) fn forget_all(&self) {
        self.known.borrow_mut().clear();
    }

    fn of_kind(&self, kind: &str) -> Result<Rc<RefCell<KindNames>>, CatalogueError> {
        if let Some(names) = self.known.borrow().get(kind) {
            return Ok(Rc::clone(names));
        }
        let mut names = KindNames::default();
        self.catalogue.visit(Some(&Kind::from(kind)), &mut |record| names.take(&record))?;
        let names = Rc::new(RefCell::new(names));
        self.known.borrow_mut().insert(kind.to_owned(), Rc::clone(&names));
        Ok(names)
    }

    fn by_id(&self, kinds: &[&str], typed: &str) -> Result<Option<RecordId>, CatalogueError> {
        let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
        let record = self.catalogue.record(id)?;
        Ok(record.filter(|record| kinds.contains(&record.kind.as_str())).map(|record| record.id))
    }

    fn by_code(&self, kinds: &[&str], typed: &str) -> Result<Vec<RecordId>, CatalogueError> {
        let mut found = Vec::new();
        for kind in kinds {
            found.extend(self.catalogue.by_code(&Kind::from(*kind), typed)?);
        }
        Ok(found)
    }

    fn by_name(&self, kinds: &[&str], typed: &str) -> Result<Vec<RecordId>, CatalogueError> {
        let folded = fold(typed);
        let (mut titled, mut named) = (Vec::new(), Vec::new());
        for kind in kinds {
            let names = self.of_kind(kind)?;
            let names = names.borrow();
            titled.extend(names.titles.get(&folded).into_iter().flatten().copied());
            named.extend(names.others.get(&folded).into_iter().flatten().copied());
        }
        // Whose title it is, is meant rather than one that is called so as well.
        let mut found = if titled.is_empty() { named } else { titled };
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

impl Resolve for Names<'_> {
    fn resolve(&self, kinds: &[&str], typed: &str) -> anyhow::Result<Found> {
        let typed = typed.trim();
        if let Some(id) = self.by_id(kinds, typed)? {
            return Ok(Found::One(id));
        }
        let coded = self.by_code(kinds, typed)?;
        let found = if coded.is_empty() { self.by_name(kinds, typed)? } else { coded };
        Ok(match found.as_slice() {
            [] => Found::None,
            [id] => Found::One(*id),
            _ => Found::Several(found),
        })
    }
}

impl KindNames {
    fn take(&mut self, record: &Record) {
        for title in record.title.values() {
            add(&mut self.titles, title, record.id);
        }
        for name in other_names(record) {
            add(&mut self.others, name, record.id);
        }
    }
}

/// Returns what a record is called beside its title: other names, labels, names of earlier times.
pub(crate) fn other_names(record: &Record) -> Vec<&str> {
    let mut words = Vec::new();
    for field in OTHER_NAMES {
        words_of(record.fields.get(field), &mut words);
    }
    words
}

/// Keeps the title that a record had before as a spelling found in sources, where another stands in its place: whoever looks
/// for the old one still finds the record.
pub(crate) fn keep_found_spelling(record: &mut Record, before: &Record) {
    let known: Vec<String> = other_names(record).into_iter().chain(record.title.values().map(String::as_str)).map(fold).collect();
    let replaced = before.title.iter().filter(|(language, _)| record.title.contains_key(*language));
    let found: Vec<Value> = replaced
        .filter(|(_, old)| !known.contains(&fold(old)))
        .map(|(language, old)| json!({"name": {language.clone(): old}, "kind": "found_spelling"}))
        .collect();
    // What is the right name now, is no other spelling of it any longer.
    let titles: Vec<String> = record.title.values().map(|title| fold(title)).collect();
    if let Some(Value::Array(names)) = record.fields.get_mut("alt_names") {
        let is_right = |name: &Value| {
            name["name"].as_object().is_some_and(|words| words.values().filter_map(Value::as_str).all(|word| titles.contains(&fold(word))))
        };
        names.retain(|name| name["kind"] != "found_spelling" || !is_right(name));
    }
    if found.is_empty() {
        return;
    }
    match record.fields.get_mut("alt_names") {
        Some(Value::Array(names)) => names.extend(found),
        _ => drop(record.fields.insert("alt_names".to_owned(), Value::Array(found))),
    }
}

fn add(names: &mut HashMap<String, Vec<RecordId>>, name: &str, id: RecordId) {
    let ids = names.entry(fold(name)).or_default();
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// The names in a list of lines, of texts, or of groups with a `name`.
fn words_of<'a>(value: Option<&'a Value>, words: &mut Vec<&'a str>) {
    match value {
        Some(Value::String(word)) => words.push(word),
        Some(Value::Array(values)) => values.iter().for_each(|value| words_of(Some(value), words)),
        Some(value) if state_of(value).is_some() => {}
        Some(Value::Object(parts)) => match parts.get("name") {
            Some(name) => words_of(Some(name), words),
            None => parts.values().filter_map(Value::as_str).for_each(|word| words.push(word)),
        },
        _ => {}
    }
}

/// Composed, in small letters, with single blanks: marks are meaning and stay.
pub(crate) fn fold(text: &str) -> String {
    let composed: String = text.nfc().flat_map(char::to_lowercase).collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ")
}
