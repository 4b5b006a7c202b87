//! Records that have something in common with another one, under the reason: the same people, the same technique, the same
//! place, the same motif, the same day.
//!
//! Only what both say openly counts: the reader sees that the one speaks of it, and that the other does.

use std::collections::BTreeSet;

use askama::Template;
use kho_archive::catalogue::Selection;
use kho_archive::model::Reference;
use kho_archive::record::{Record, RecordId};

use super::app::App;
use super::in_words::{day, nfc};
use super::page::{Card, KINDS, Reader};
use super::portrait::Cards;
use super::{links, texts::Texts};

/// What records may have in common, in the order in which it is told.
const SHARED: [&str; 7] = ["person", "technique", "motif", "practice", "place", "material", "tool"];

/// So many reasons are given, and so many records under each.
const REASONS: usize = 4;
const PER_REASON: usize = 6;

/// So many things that a record speaks of are tried as reasons.
const TRIED: usize = 12;

/// So many neighbours are looked at for one reason.
const LOOKED_AT: usize = 24;

/// What is related to a record.
#[derive(Template)]
#[template(path = "record/related.html")]
pub(super) struct Related {
    t: Texts,
    reasons: Vec<Reason>,
}

struct Reason {
    label: String,
    /// What they have in common, and all that has it.
    name: String,
    href: String,
    cards: Vec<Card>,
}

/// Returns what is related to a record that the reader sees; `None` if nothing is, or nothing that is not on its page already.
pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Related>> {
    let model = app.archive.catalogue().model()?;
    let references = model.references(record);
    // What it links to stands on its page anyway.
    let told = references.iter().map(|reference| reference.to).chain([record.id]).collect();
    let mut relating = Relating { app, reader, id: record.id, told, cards: Cards::default() };
    let mut reasons = Vec::new();
    let mut shared: Vec<(usize, Reference, Record)> = Vec::new();
    for reference in references {
        let Some(other) = app.record(&reader.visitor.viewer, &reference.to.to_string())? else { continue };
        let place = SHARED.iter().position(|kind| *kind == other.kind.as_str());
        shared.extend(place.map(|place| (place, reference, other)));
    }
    shared.sort_by_key(|(place, reference, _)| (*place, reference.to));
    for (_, reference, other) in shared.into_iter().take(TRIED) {
        if reasons.len() == REASONS {
            break;
        }
        reasons.extend(relating.by_thing(record, &reference, &other)?);
    }
    if reasons.len() < REASONS {
        reasons.extend(relating.by_day(record)?);
    }
    Ok((!reasons.is_empty()).then(|| Related { t: reader.texts.clone(), reasons }))
}

struct Relating<'a> {
    app: &'a App,
    reader: &'a Reader,
    /// The record to which something is related.
    id: RecordId,
    /// What is shown already.
    told: BTreeSet<RecordId>,
    cards: Cards,
}

impl Relating<'_> {
    /// What speaks of the same thing in the same way.
    fn by_thing(&mut self, record: &Record, shared: &Reference, thing: &Record) -> anyhow::Result<Option<Reason>> {
        let catalogue = self.app.archive.catalogue();
        let model = catalogue.model()?;
        let neighbours = catalogue.sharing(shared.to, &shared.field, record.id, LOOKED_AT)?;
        let speaks_of = |other: &Record| model.references(other).iter().any(|reference| reference.to == shared.to && reference.field == shared.field);
        let cards = self.cards(neighbours, &speaks_of)?;
        let kind = thing.kind.to_string();
        Ok((!cards.is_empty()).then(|| Reason {
            label: self.reader.texts.get(&format!("related-{kind}")),
            name: nfc(&thing.title_in(self.reader.texts.language())),
            href: links::with_query("/search", &[(kind, thing.id.to_string())]),
            cards,
        }))
    }

    /// What was taken or recorded on the same day.
    fn by_day(&mut self, record: &Record) -> anyhow::Result<Option<Reason>> {
        let Some(taken) = day_of(record) else { return Ok(None) };
        let wanted = Selection { from: Some(taken.to_owned()), until: Some(taken.to_owned()), ..Selection::default() };
        let neighbours = self.app.archive.catalogue().select(&wanted, 0, LOOKED_AT as u64)?;
        let cards = self.cards(neighbours, &|other| day_of(other) == Some(taken))?;
        Ok((!cards.is_empty()).then(|| Reason {
            label: self.reader.texts.get("related-day"),
            name: day(&self.reader.texts, taken),
            href: links::with_query("/search", &[("year".to_owned(), taken.to_owned())]),
            cards,
        }))
    }

    fn cards(&mut self, neighbours: Vec<RecordId>, is_related: &dyn Fn(&Record) -> bool) -> anyhow::Result<Vec<Card>> {
        let model = self.app.archive.catalogue().model()?;
        // So does what links to it.
        let is_linked = |other: &Record| model.references(other).iter().any(|reference| reference.to == self.id);
        let is_wanted =
            |other: &Record| KINDS.contains(&other.kind.as_str()) && other.merged_into().is_none() && is_related(other) && !is_linked(other);
        let mut cards = Vec::new();
        for id in neighbours {
            if cards.len() == PER_REASON || self.told.contains(&id) {
                continue;
            }
            let seen = self.app.record_with_files(&self.reader.visitor.viewer, &id.to_string())?;
            let Some(other) = seen.filter(&is_wanted) else { continue };
            self.told.insert(id);
            cards.push(self.cards.card(self.app, self.reader, &other)?);
        }
        Ok(cards)
    }
}

/// The day on which a medium was taken or recorded.
fn day_of(record: &Record) -> Option<&str> {
    record.files.first()?.technical.taken.as_deref()?.get(..10)
}
