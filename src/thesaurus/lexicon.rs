//! The names by which questions are widened and values of properties are called: of what everyone may see only, since whoever
//! asks sees what was added.

use kho_archive::access::Decision;
use kho_archive::catalogue::{Catalogue, CatalogueError};
use kho_archive::record::{Kind, Record};
use kho_index::Lexicon;

use super::Thesaurus;
use crate::typed;

/// Kinds whose records are values of properties.
const VALUES: [&str; 6] = ["craft", "practice", "place", "technique", "material", "motif"];

/// What a lexicon was made from: it changes with every record that goes in.
pub(crate) type State = Vec<(u64, u64)>;

/// Returns the state of the records that go into a lexicon.
pub(crate) fn state(catalogue: &Catalogue) -> Result<State, CatalogueError> {
    VALUES.iter().chain(&["term"]).map(|kind| catalogue.latest_of(&Kind::from(*kind))).collect()
}

/// Makes the lexicon of an archive.
pub(crate) fn read(catalogue: &Catalogue) -> Result<Lexicon, CatalogueError> {
    let mut lexicon = Lexicon::default();
    let is_open = |record: &Record| -> Result<bool, CatalogueError> {
        Ok(catalogue.decisions(record.id)?.is_some_and(|decisions| !decisions.is_empty() && decisions.iter().all(Decision::is_open)))
    };
    let thesaurus = Thesaurus::read(catalogue)?;
    for term in thesaurus.terms() {
        let Some(record) = catalogue.record(term.id)? else { continue };
        if term.is_retired || !is_open(&record)? {
            continue;
        }
        // Whoever looks for a term by the name of one that went into it finds it.
        let former = thesaurus.terms().into_iter().filter(|other| other.replaced_by == Some(term.id));
        let names = [term].into_iter().chain(former).flat_map(|term| term.labels.values().chain(term.alt_labels.iter().map(|label| &label.text)));
        lexicon.add(names.cloned());
    }
    for kind in VALUES {
        let mut records = Vec::new();
        catalogue.visit(Some(&Kind::from(kind)), &mut |record| records.push(record))?;
        for record in records {
            if !is_open(&record)? {
                continue;
            }
            let names = record.title.values().map(String::as_str).chain(typed::other_names(&record));
            names.for_each(|name| lexicon.add_value(kind, name, &record.id.to_string()));
        }
    }
    Ok(lexicon)
}
