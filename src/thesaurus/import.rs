//! From concepts of a SKOS file to terms: found again by address or notation, made, changed or retired, and each told of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use kho_archive::record::{Record, RecordId};
use serde::Serialize;

use super::edit::facet_of_code;
use super::skos::{Addresses, Concept};
use super::{Change, Term, Thesaurus, facets, first, revised};

/// What became of a concept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Created,
    Updated,
    Retired,
    Unchanged,
    Refused,
}

impl Fate {
    /// Returns the word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Retired => "retired",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

/// What is told of one concept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) uri: String,
    pub(crate) fate: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<RecordId>,
    /// Why it was refused, or what of it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// Brings concepts in, in one commit; tells of each, in their order. `facet` is the branch of those that say nothing of
/// theirs. With `dry_run`, nothing is kept.
pub(crate) fn import(archive: &Archive, concepts: &[Concept], facet: Option<&str>, dry_run: bool, change: Change<'_>) -> anyhow::Result<Vec<Line>> {
    let facets = facets(archive)?;
    let mut lines = Vec::new();
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let known = Thesaurus::read(catalogue)?;
        let addresses = Addresses::of(archive.settings().archive.id);
        let mut plan = Plan::new(archive, &known, &addresses, concepts)?;
        plan.refuse_the_broken();
        let records = plan.records(catalogue, facet, &facets, change.actor)?;
        lines = plan.lines;
        Ok((!dry_run && !records.is_empty()).then(|| change.draft(records)))
    })?;
    Ok(lines)
}

struct Plan<'a> {
    known: &'a Thesaurus,
    addresses: &'a Addresses,
    concepts: &'a [Concept],
    /// One for each concept.
    lines: Vec<Line>,
    /// The terms that addresses stand for: of the archive, and of the file.
    by_uri: HashMap<String, RecordId>,
    /// One for each concept: its term, and whether it is new.
    terms: Vec<(RecordId, bool)>,
    /// The first concept of each term.
    place_of: HashMap<RecordId, usize>,
}

impl<'a> Plan<'a> {
    fn new(archive: &'a Archive, known: &'a Thesaurus, addresses: &'a Addresses, concepts: &'a [Concept]) -> anyhow::Result<Self> {
        let mut by_uri: HashMap<String, RecordId> = known.terms().into_iter().map(|term| (addresses.of_term(term), term.id)).collect();
        let (mut terms, mut place_of) = (Vec::new(), HashMap::new());
        for (place, concept) in concepts.iter().enumerate() {
            let by_notation = || concept.notation.as_deref().and_then(|code| known.by_code(code)).map(|term| term.id);
            let there = by_uri.get(&concept.uri).copied().or_else(by_notation);
            let id = there.map_or_else(|| archive.free_id(), Ok)?;
            by_uri.insert(concept.uri.clone(), id);
            terms.push((id, there.is_none()));
            place_of.entry(id).or_insert(place);
        }
        let line = |concept: &Concept| Line { uri: concept.uri.clone(), fate: Fate::Unchanged, code: None, id: None, note: None };
        Ok(Self { known, addresses, concepts, lines: concepts.iter().map(line).collect(), by_uri, terms, place_of })
    }

    /// Refuses what has no label, what stands below itself or below nothing that is known, and whatever depends on those.
    fn refuse_the_broken(&mut self) {
        self.refuse_what_is_no_term();
        loop {
            let broken = self.find_broken();
            if broken.is_empty() {
                return;
            }
            for (place, reason) in broken {
                self.refuse(place, reason);
            }
        }
    }

    fn refuse_what_is_no_term(&mut self) {
        for place in 0..self.concepts.len() {
            let concept = &self.concepts[place];
            let is_blank = |code: &String| code.chars().any(|letter| letter.is_whitespace() || letter.is_control());
            if concept.labels.is_empty() {
                self.refuse(place, "it has no skos:prefLabel".to_owned());
            } else if let Some(code) = concept.notation.as_ref().filter(|code| is_blank(code)) {
                self.refuse(place, format!("its skos:notation {code:?} has a blank in it"));
            } else if let Some(first) = self.place_of.get(&self.terms[place].0).filter(|first| **first != place) {
                let twin = self.concepts[*first].uri.clone();
                self.refuse(place, format!("it has the notation of {twin}"));
            }
        }
    }

    fn refuse(&mut self, place: usize, reason: String) {
        self.lines[place].fate = Fate::Refused;
        self.lines[place].note = Some(reason);
    }

    fn is_refused(&self, place: usize) -> bool {
        self.lines[place].fate == Fate::Refused
    }

    /// Returns the concepts that cannot stand as they are, given what was refused so far.
    fn find_broken(&self) -> Vec<(usize, String)> {
        let mut above: BTreeMap<RecordId, RecordId> = self.known.terms().into_iter().filter_map(|term| Some((term.id, term.broader?))).collect();
        let mut broken = Vec::new();
        let taken = (0..self.concepts.len()).filter(|place| !self.is_refused(*place));
        for place in taken.clone() {
            let id = self.terms[place].0;
            match self.broader_of(place) {
                Broader::Term(broader) => drop(above.insert(id, broader)),
                Broader::None => drop(above.remove(&id)),
                Broader::AsBefore => {}
                Broader::Unknown(uri) => broken.push((place, format!("its broader concept {uri} is neither in the archive nor taken from the file"))),
            }
        }
        for place in taken {
            if stands_below_itself(self.terms[place].0, &above) && !matches!(self.broader_of(place), Broader::AsBefore | Broader::None) {
                broken.push((place, "following skos:broader from it leads back to it".to_owned()));
            }
        }
        broken
    }

    /// What stands above a concept. Of several, the first that is there.
    fn broader_of(&self, place: usize) -> Broader {
        let concept = &self.concepts[place];
        let taken = |uri: &&String| self.term_at(uri).is_some();
        match concept.broader.iter().find(taken).or_else(|| concept.broader.first()) {
            Some(uri) => self.term_at(uri).map_or_else(|| Broader::Unknown(uri.clone()), Broader::Term),
            None if concept.is_top => Broader::None,
            None => Broader::AsBefore,
        }
    }

    /// The term at an address: it is in the archive, or comes with this file.
    fn term_at(&self, uri: &str) -> Option<RecordId> {
        let id = *self.by_uri.get(uri)?;
        let is_taken = || self.place_of.get(&id).is_some_and(|place| !self.is_refused(*place));
        (self.known.get(id).is_some() || is_taken()).then_some(id)
    }

    /// Returns the records to write, and tells what becomes of each concept.
    fn records(&mut self, catalogue: &Catalogue, facet: Option<&str>, facets: &[String], actor: &str) -> anyhow::Result<Vec<Record>> {
        let mut terms = self.known.clone();
        let mut records = Vec::new();
        for place in self.broader_first() {
            let (id, is_new) = self.terms[place];
            let before = self.known.get(id);
            let Some(mut term) = before.cloned().or_else(|| self.new_term(place, id, &terms, facet, facets)) else {
                self.refuse(place, "nothing says to which branch it belongs; name one with --facet".to_owned());
                continue;
            };
            self.describe(place, &mut term);
            terms.put(term.clone());
            let record = if is_new { Some(first(&term, actor)) } else { revised(catalogue, &term)? };
            let is_retired_now = term.is_retired && before.is_some_and(|before| !before.is_retired);
            let line = &mut self.lines[place];
            (line.code, line.id) = (Some(term.code), Some(id));
            line.fate = match record {
                None => Fate::Unchanged,
                Some(_) if is_new => Fate::Created,
                Some(_) if is_retired_now => Fate::Retired,
                Some(_) => Fate::Updated,
            };
            records.extend(record);
        }
        Ok(records)
    }

    /// The concepts that are taken, each after the one above it.
    fn broader_first(&self) -> Vec<usize> {
        let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
        for place in (0..self.terms.len()).filter(|place| !self.is_refused(*place)) {
            let mut path = Vec::new();
            let mut next = Some(place);
            while let Some(place) = next.filter(|place| seen.insert(*place)) {
                path.push(place);
                next = match self.broader_of(place) {
                    Broader::Term(id) => self.place_of.get(&id).copied().filter(|place| !self.is_refused(*place)),
                    _ => None,
                };
            }
            order.extend(path.into_iter().rev());
        }
        order
    }

    /// Returns a new term for a concept; `None` if nothing says to which branch it belongs.
    fn new_term(&self, place: usize, id: RecordId, terms: &Thesaurus, facet: Option<&str>, facets: &[String]) -> Option<Term> {
        let concept = &self.concepts[place];
        let of_broader = match self.broader_of(place) {
            Broader::Term(broader) => terms.get(broader).map(|term| term.facet.clone()),
            _ => None,
        };
        let by_letter = || concept.notation.as_deref().and_then(|code| facet_of_code(code, facets));
        let facet = of_broader.or_else(|| facet.map(str::to_owned)).or_else(by_letter).filter(|facet| !facet.is_empty())?;
        let code = concept.notation.clone().unwrap_or_else(|| terms.free_code(&facet));
        let mut term = Term::new(id, &code, &facet);
        if concept.uri != self.addresses.of_term(&term) {
            term.uri = Some(concept.uri.clone());
            term.scheme = concept.scheme.clone().filter(|scheme| *scheme != self.addresses.own_scheme());
        }
        Some(term)
    }

    /// Lets a term say what the file says. No label is taken away, and no language that the file leaves out.
    fn describe(&mut self, place: usize, term: &mut Term) {
        let concept = &self.concepts[place];
        term.labels.extend(concept.labels.clone());
        term.scope_note.extend(concept.scope_note.clone());
        for label in &concept.alt_labels {
            term.add_label(label.clone());
        }
        match self.broader_of(place) {
            Broader::Term(broader) => term.broader = Some(broader),
            Broader::None => term.broader = None,
            Broader::AsBefore | Broader::Unknown(_) => {}
        }
        term.is_retired |= concept.is_deprecated;
        let heir = concept.replaced_by.as_deref().and_then(|uri| self.term_at(uri)).filter(|heir| *heir != term.id);
        term.replaced_by = heir.or(term.replaced_by);
        let kept = concept.broader.len();
        if kept > 1 {
            self.lines[place].note = Some(format!("it has {kept} broader concepts; a term stands below one, and the first was kept"));
        }
    }
}

/// What stands above a concept.
enum Broader {
    Term(RecordId),
    None,
    /// The file says nothing about it.
    AsBefore,
    /// An address behind which there is no term.
    Unknown(String),
}

/// Whether going up from a term leads back to it.
fn stands_below_itself(id: RecordId, above: &BTreeMap<RecordId, RecordId>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = above.get(&id);
    while let Some(other) = next.filter(|other| seen.insert(**other)) {
        if *other == id {
            return true;
        }
        next = above.get(other);
    }
    false
}
