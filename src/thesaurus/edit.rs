//! Adding, merging and retiring terms.

use std::collections::BTreeSet;

use kho_archive::Archive;
use kho_archive::catalogue::Catalogue;
use kho_archive::journal::Draft;
use kho_archive::record::{Record, RecordId, Text};

use super::{Change, Label, Term, Thesaurus, facets, first, revised};
use crate::config::UsageError;

/// What a new term is to say.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewTerm {
    /// Its code; a free one of its branch by default.
    pub(crate) code: Option<String>,
    /// The term directly above: a code or an identifier.
    pub(crate) broader: Option<String>,
    /// The branch; by default that of the broader term, else the first letter of the code.
    pub(crate) facet: Option<String>,
    /// The preferred labels.
    pub(crate) labels: Text,
    /// Other labels.
    pub(crate) alt_labels: Vec<Label>,
    pub(crate) scope_note: Text,
}

/// What a merge did.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) from: Term,
    pub(crate) into: Term,
    /// The records that referred to the one and refer to the other now.
    pub(crate) rewritten: Vec<RecordId>,
}

/// Adds a term and returns it.
pub(crate) fn add(archive: &Archive, new: &NewTerm, change: Change<'_>) -> anyhow::Result<Term> {
    let facets = facets(archive)?;
    let mut added = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let term = new_term(&Thesaurus::read(catalogue)?, new, &facets, archive.free_id()?)?;
        let record = first(&term, change.actor);
        added = Some(term);
        Ok(Some(change.draft(vec![record])))
    })?;
    added.ok_or_else(|| anyhow::anyhow!("the term was not added"))
}

fn new_term(known: &Thesaurus, new: &NewTerm, facets: &[String], id: RecordId) -> anyhow::Result<Term> {
    let broader = new.broader.as_deref().map(|typed| known.find(typed)).transpose()?;
    if let Some(retired) = broader.filter(|term| term.is_retired) {
        return Err(UsageError(format!("{} is retired; put the new term under one that is in use", retired.code)).into());
    }
    let by_letter = || new.code.as_deref().and_then(|code| facet_of_code(code, facets));
    let facet = new.facet.clone().or_else(|| broader.map(|term| term.facet.clone())).or_else(by_letter);
    let facet = facet.ok_or_else(|| UsageError("a term without a broader one needs its branch: --facet, as in `kho terms list`".to_owned()))?;
    if !facets.contains(&facet) {
        return Err(UsageError(format!("{facet:?} is no branch; there are {}", facets.join(", "))).into());
    }
    let code = new.code.clone().unwrap_or_else(|| known.free_code(&facet));
    check_code(known, &code)?;
    if new.labels.is_empty() {
        return Err(UsageError("a term needs a label in at least one language, as in title.vi=\"đan đó\"".to_owned()).into());
    }
    let mut term =
        Term { labels: new.labels.clone(), scope_note: new.scope_note.clone(), broader: broader.map(|term| term.id), ..Term::new(id, &code, &facet) };
    new.alt_labels.iter().for_each(|label| term.add_label(label.clone()));
    Ok(term)
}

/// Returns the branch whose code a code begins with.
pub(super) fn facet_of_code(code: &str, facets: &[String]) -> Option<String> {
    facets.iter().filter(|facet| code.starts_with(facet.as_str())).max_by_key(|facet| facet.len()).cloned()
}

fn check_code(known: &Thesaurus, code: &str) -> Result<(), UsageError> {
    if code.is_empty() || code.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(UsageError(format!("{code:?} is no code: letters and digits without blanks are expected, as in C501")));
    }
    match known.by_code(code) {
        Some(term) => Err(UsageError(format!("the code {code} belongs to “{}” already; a code is never used again", term.label()))),
        None => Ok(()),
    }
}

/// Lets one term go into another: whatever refers to `from` refers to `into` afterwards, in one commit. `from` is retired and
/// points on; its labels become other labels of `into`.
pub(crate) fn merge(archive: &Archive, from: &str, into: &str, change: Change<'_>) -> anyhow::Result<Merged> {
    let mut merged = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let known = Thesaurus::read(catalogue)?;
        let (from, into) = two_terms(&known, from, into)?;
        let records = merge_records(catalogue, &known, &from, &into)?;
        let is_other = |record: &&Record| record.id != from.id && record.id != into.id;
        let rewritten = records.iter().filter(is_other).map(|record| record.id).collect();
        merged = Some(Merged { from, into, rewritten });
        Ok(Some(change.draft(records)))
    })?;
    merged.ok_or_else(|| anyhow::anyhow!("the terms were not merged"))
}

fn two_terms(known: &Thesaurus, from: &str, into: &str) -> Result<(Term, Term), UsageError> {
    let (from, into) = (known.find(from)?.clone(), known.find(into)?.clone());
    if from.id == into.id {
        return Err(UsageError(format!("{} cannot go into itself", from.code)));
    }
    if into.is_retired {
        return Err(UsageError(format!("{} is retired; merge into a term that is in use", into.code)));
    }
    Ok((from, into))
}

fn merge_records(catalogue: &Catalogue, known: &Thesaurus, from: &Term, into: &Term) -> anyhow::Result<Vec<Record>> {
    let model = catalogue.model()?;
    let others: BTreeSet<RecordId> = catalogue.referrers(from.id)?.into_iter().map(|referrer| referrer.id).collect();
    let mut records = Vec::new();
    for id in others.into_iter().filter(|id| *id != from.id && *id != into.id) {
        let Some(mut record) = catalogue.record(id)? else { continue };
        if model.replace_references(&mut record, from.id, into.id) {
            record.revision += 1;
            records.push(record);
        }
    }
    let mut heir = into.clone();
    if known.is_at_or_below(into.id, from.id) {
        // It takes the place of what goes into it, else it would stand below itself.
        heir.broader = from.broader;
    }
    let labels = from.labels.iter().map(|(language, text)| Label::new(language, text));
    labels.chain(from.alt_labels.iter().cloned()).for_each(|label| heir.add_label(label));
    records.extend(revised(catalogue, &heir)?);
    let gone = Term { is_retired: true, replaced_by: Some(into.id), ..from.clone() };
    records.extend(revised(catalogue, &gone)?);
    Ok(records)
}

/// Retires a term; returns it. It stays readable, and points on to what replaces it.
pub(crate) fn retire(archive: &Archive, typed: &str, replaced_by: Option<&str>, change: Change<'_>) -> anyhow::Result<Term> {
    let mut retired = None;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let known = Thesaurus::read(catalogue)?;
        let mut term = known.find(typed)?.clone();
        term.is_retired = true;
        if let Some(heir) = replaced_by {
            let (_, heir) = two_terms(&known, typed, heir)?;
            term.replaced_by = Some(heir.id);
        }
        let record = revised(catalogue, &term)?;
        retired = Some(term);
        Ok(record.map(|record| change.draft(vec![record])))
    })?;
    retired.ok_or_else(|| anyhow::anyhow!("the term was not retired"))
}
