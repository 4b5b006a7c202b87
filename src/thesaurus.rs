//! The thesaurus: terms in several languages under broader ones, which are added, merged and retired, and never vanish.
//!
//! A term is a record of kind `term`; nothing here is kept elsewhere. A retired term stays readable and points on to the one
//! that took its place, so that whoever wrote it down thirty years ago is still understood.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kho_archive::Archive;
use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::journal::Draft;
use kho_archive::record::{Kind, Record, RecordId, Text};
use serde_json::{Map, Value, json};

use crate::config::UsageError;

mod edit;
mod import;
pub(crate) mod lexicon;
mod skos;
mod starter;

pub(crate) use edit::{NewTerm, add, merge, retire};
pub(crate) use import::{Fate, Line, import};
pub(crate) use skos::{Addresses, Format, read as read_skos, write as write_skos};
pub(crate) use starter::add_starter;

/// The statuses of a term, as the vocabulary `term_statuses` has them.
const ACTIVE: &str = "active";
const RETIRED: &str = "retired";

/// Codes that the archive gives itself begin with this number: those below are left to the thesaurus that comes with kho, so
/// that a later edition of it does not take a code that a province uses for something else.
const OWN_CODES_FROM: u32 = 500;

/// A term, read from its record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) id: RecordId,
    /// The key by which people and other systems know it; it never changes.
    pub(crate) code: String,
    /// The branch, as a code of the vocabulary `facets`.
    pub(crate) facet: String,
    /// The preferred label of each language.
    pub(crate) labels: Text,
    /// Other labels.
    pub(crate) alt_labels: Vec<Label>,
    pub(crate) scope_note: Text,
    /// The term directly above.
    pub(crate) broader: Option<RecordId>,
    pub(crate) is_retired: bool,
    /// What is to be used in its place.
    pub(crate) replaced_by: Option<RecordId>,
    /// The address under which another thesaurus knows it, if it came from there.
    pub(crate) uri: Option<String>,
    /// The address of that thesaurus.
    pub(crate) scheme: Option<String>,
}

/// A label in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// All terms of an archive, at one position of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thesaurus {
    terms: BTreeMap<RecordId, Term>,
    by_code: HashMap<String, RecordId>,
}

/// Who changes the thesaurus, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
}

impl Change<'_> {
    fn draft(self, records: Vec<Record>) -> Draft {
        Draft { actor: self.actor.to_owned(), reason: self.reason.to_owned(), records, events: Vec::new() }
    }
}

impl Label {
    pub(crate) fn new(language: &str, text: &str) -> Self {
        Self { language: language.to_owned(), text: text.to_owned() }
    }
}

impl Term {
    /// Returns a new term, which says nothing yet but its code and its branch.
    fn new(id: RecordId, code: &str, facet: &str) -> Self {
        Self {
            id,
            code: code.to_owned(),
            facet: facet.to_owned(),
            labels: Text::new(),
            alt_labels: Vec::new(),
            scope_note: Text::new(),
            broader: None,
            is_retired: false,
            replaced_by: None,
            uri: None,
            scheme: None,
        }
    }

    /// Reads a term; `None` if the record is none, or was erased.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let words = |name: &str| record.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let other = |name: &str| words(name).and_then(|id| id.parse().ok());
        let code = words("code").filter(|_| record.kind == Kind::term())?;
        Some(Self {
            id: record.id,
            code,
            facet: words("facet").unwrap_or_default(),
            labels: record.title.clone(),
            alt_labels: labels_in(record.fields.get("alt_labels")),
            scope_note: text_in(record.fields.get("scope_note")),
            broader: other("broader"),
            is_retired: words("status").as_deref() == Some(RETIRED),
            replaced_by: other("replaced_by"),
            uri: words("uri"),
            scheme: words("scheme"),
        })
    }

    /// Writes the term into its record; what else the record says stays.
    fn put_into(&self, record: &mut Record) {
        record.title = self.labels.clone();
        let alt_labels: Vec<Value> = self.alt_labels.iter().map(|label| json!({ &label.language: label.text })).collect();
        let status = if self.is_retired { RETIRED } else { ACTIVE };
        let fields = [
            ("code", Some(json!(self.code))),
            ("facet", (!self.facet.is_empty()).then(|| json!(self.facet))),
            ("alt_labels", (!alt_labels.is_empty()).then_some(Value::Array(alt_labels))),
            ("scope_note", (!self.scope_note.is_empty()).then(|| json!(self.scope_note))),
            ("broader", self.broader.map(|id| json!(id))),
            ("status", Some(json!(status))),
            ("replaced_by", self.replaced_by.map(|id| json!(id))),
            ("uri", self.uri.as_ref().map(|uri| json!(uri))),
            ("scheme", self.scheme.as_ref().map(|uri| json!(uri))),
        ];
        for (name, value) in fields {
            set(&mut record.fields, name, value);
        }
    }

    /// Adds a label unless the term bears it already.
    fn add_label(&mut self, label: Label) {
        let is_preferred = self.labels.get(&label.language) == Some(&label.text);
        if !is_preferred && !self.alt_labels.contains(&label) {
            self.alt_labels.push(label);
        }
    }

    /// Returns the preferred label in Vietnamese, else in any language.
    pub(crate) fn label(&self) -> &str {
        self.labels.get("vi").or_else(|| self.labels.values().next()).map_or(&self.code, String::as_str)
    }
}

impl Thesaurus {
    /// Reads all terms.
    pub(crate) fn read(catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let mut thesaurus = Self::default();
        catalogue.visit(Some(&Kind::term()), &mut |record| thesaurus.extend(Term::of(&record)))?;
        Ok(thesaurus)
    }

    /// Adds or replaces a term.
    fn put(&mut self, term: Term) {
        // Two archivists may have given the same code at once; the term that was first in order keeps the word.
        self.by_code.entry(term.code.clone()).or_insert(term.id);
        self.terms.insert(term.id, term);
    }

    /// Returns a term by its identifier.
    pub(crate) fn get(&self, id: RecordId) -> Option<&Term> {
        self.terms.get(&id)
    }

    /// Returns the term with this code.
    pub(crate) fn by_code(&self, code: &str) -> Option<&Term> {
        self.by_code.get(code).and_then(|id| self.get(*id))
    }

    /// Returns the term that a person means: a code, or an identifier.
    pub(crate) fn find(&self, typed: &str) -> Result<&Term, UsageError> {
        let by_id = || typed.parse().ok().and_then(|id| self.get(id));
        let by_any_case = || self.by_code(&typed.to_uppercase());
        let unknown = || UsageError(format!("there is no term {typed:?}; `kho terms list` shows the codes"));
        self.by_code(typed).or_else(by_id).or_else(by_any_case).ok_or_else(unknown)
    }

    /// Returns all terms, by their codes.
    pub(crate) fn terms(&self) -> Vec<&Term> {
        let mut terms: Vec<&Term> = self.terms.values().collect();
        terms.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
        terms
    }

    /// Returns the terms directly below one, by their codes.
    pub(crate) fn narrower(&self, id: RecordId) -> Vec<&Term> {
        let mut narrower: Vec<&Term> = self.terms.values().filter(|term| term.broader == Some(id)).collect();
        narrower.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
        narrower
    }

    /// Returns the terms above which there is none, by their codes. A circle that two copies of the archive made between
    /// them is entered at its first code, so that nothing is left out.
    pub(crate) fn tops(&self) -> Vec<&Term> {
        let is_top = |term: &&Term| term.broader.is_none_or(|id| self.get(id).is_none());
        let mut tops: Vec<&Term> = self.terms().into_iter().filter(is_top).collect();
        let mut seen: BTreeSet<RecordId> = tops.iter().flat_map(|top| self.below(top.id)).collect();
        for term in self.terms() {
            if !seen.contains(&term.id) {
                seen.extend(self.below(term.id));
                tops.push(term);
            }
        }
        tops
    }

    /// A term and everything below it.
    fn below(&self, id: RecordId) -> BTreeSet<RecordId> {
        let mut children: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
        for term in self.terms.values() {
            children.entry(term.broader.unwrap_or(term.id)).or_default().push(term.id);
        }
        let (mut found, mut waiting) = (BTreeSet::new(), vec![id]);
        while let Some(id) = waiting.pop() {
            if found.insert(id) {
                waiting.extend(children.get(&id).into_iter().flatten());
            }
        }
        found
    }

    /// Whether `id` is `above`, or lies somewhere below it.
    fn is_at_or_below(&self, id: RecordId, above: RecordId) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), Some(id));
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            if id == above {
                return true;
            }
            next = self.get(id).and_then(|term| term.broader);
        }
        false
    }

    /// Returns a code of a branch that no term has or had.
    fn free_code(&self, facet: &str) -> String {
        let mut number = OWN_CODES_FROM;
        while self.by_code.contains_key(&format!("{facet}{number}")) {
            number += 1;
        }
        format!("{facet}{number}")
    }
}

impl Extend<Term> for Thesaurus {
    fn extend<T: IntoIterator<Item = Term>>(&mut self, terms: T) {
        terms.into_iter().for_each(|term| self.put(term));
    }
}

/// Returns the next revision of a term's record, or `None` if nothing is different.
fn revised(catalogue: &Catalogue, term: &Term) -> anyhow::Result<Option<Record>> {
    let before = catalogue.record(term.id)?.ok_or_else(|| anyhow::anyhow!("record {} vanished from the catalogue", term.id))?;
    let mut record = before.clone();
    term.put_into(&mut record);
    if record == before {
        return Ok(None);
    }
    record.revision += 1;
    Ok(Some(record))
}

/// Returns the first revision of a term's record. Terms are words: everyone may see them.
fn first(term: &Term, actor: &str) -> Record {
    let mut record = Record::new(term.id, Kind::term(), Text::new());
    record.access = kho_archive::access::Decision::new(kho_archive::access::Level::Public, actor, jiff::ZonedDateTime::now().date());
    term.put_into(&mut record);
    record
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(name.to_owned(), value)),
        None => drop(fields.remove(name)),
    }
}

fn text_in(value: Option<&Value>) -> Text {
    let texts = value.and_then(Value::as_object).into_iter().flatten();
    texts.filter_map(|(language, text)| Some((language.clone(), text.as_str()?.to_owned()))).collect()
}

fn labels_in(value: Option<&Value>) -> Vec<Label> {
    let texts = value.and_then(Value::as_array).into_iter().flatten();
    let labels = texts.flat_map(|text| text_in(Some(text)));
    labels.map(|(language, text)| Label { language, text }).collect()
}

/// Returns the branches that the model of this archive knows, by their codes.
fn facets(archive: &Archive) -> anyhow::Result<Vec<String>> {
    let model = archive.catalogue().model()?;
    let facets = model.vocabulary("facets").map(|facets| facets.values.iter().map(|facet| facet.code.clone()).collect());
    Ok(facets.unwrap_or_default())
}
