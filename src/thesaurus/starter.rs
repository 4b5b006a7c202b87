//! The thesaurus that comes with a new archive.

use std::collections::HashMap;

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::journal::Draft;
use kho_archive::record::RecordId;
use serde::Deserialize;

use super::{Change, Label, Term, Thesaurus, first};

/// The table, and how it is to be read: `archive/model/thesaurus.md`.
const TABLE: &str = include_str!("../../archive/model/thesaurus.csv");

/// Who decided that the terms are open to everyone.
const DECIDED_BY: &str = "kho";

const REASON: &str = "the thesaurus that comes with kho";

/// A row of the table.
#[derive(Deserialize)]
struct Row<'a> {
    code: &'a str,
    broader: &'a str,
    vi: &'a str,
    vi_alt: &'a str,
    en: &'a str,
    en_alt: &'a str,
    note_en: &'a str,
    note_vi: &'a str,
}

/// Adds the terms that come with kho, in one commit; returns how many. Codes that are there already are left as they are, so
/// it can be done again.
pub(crate) fn add_starter(archive: &Archive, actor: &str) -> anyhow::Result<usize> {
    let mut count = 0;
    archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let terms = missing_terms(archive, &Thesaurus::read(catalogue)?)?;
        count = terms.len();
        let records = terms.iter().map(|term| first(term, DECIDED_BY)).collect();
        Ok((count > 0).then(|| Change { actor, reason: REASON }.draft(records)))
    })?;
    Ok(count)
}

/// The terms whose codes the archive does not know yet, broader ones first.
fn missing_terms(archive: &Archive, known: &Thesaurus) -> anyhow::Result<Vec<Term>> {
    let mut table = csv::Reader::from_reader(TABLE.as_bytes());
    let headers = table.headers()?.clone();
    let mut ids: HashMap<String, RecordId> = HashMap::new();
    let mut terms = Vec::new();
    for line in table.records() {
        let line = line?;
        let row: Row<'_> = line.deserialize(Some(&headers))?;
        let there = known.by_code(row.code).map(|term| term.id);
        let id = there.map_or_else(|| archive.free_id(), Ok)?;
        ids.insert(row.code.to_owned(), id);
        if there.is_none() {
            let broader = (!row.broader.is_empty()).then(|| ids.get(row.broader).copied().context("a broader term comes later in the table"));
            terms.push(row.term(id, broader.transpose()?));
        }
    }
    Ok(terms)
}

impl Row<'_> {
    fn term(&self, id: RecordId, broader: Option<RecordId>) -> Term {
        let texts = |vi: &str, en: &str| [("vi", vi), ("en", en)].map(|(language, text)| (language.to_owned(), text.to_owned()));
        let given = |(_, text): &(String, String)| !text.is_empty();
        let mut term = Term::new(id, self.code, &self.code[..1]);
        term.labels = texts(self.vi, self.en).into_iter().filter(given).collect();
        term.scope_note = texts(self.note_vi, self.note_en).into_iter().filter(given).collect();
        term.broader = broader;
        for (language, labels) in [("vi", self.vi_alt), ("en", self.en_alt)] {
            let labels = labels.split(';').map(str::trim).filter(|label| !label.is_empty());
            labels.for_each(|label| term.add_label(Label::new(language, label)));
        }
        term
    }
}
