//! Pictures for the cards of what is no picture: a practice, a technique, a motif or a place is shown by a photograph of it.

use std::collections::HashSet;

use kho_archive::record::{Record, RecordId};

use super::app::App;
use super::page::{Card, Picture, Reader};
use super::record;

/// How many of the pictures that show a thing are looked at.
const LOOKED_AT: usize = 8;

/// The kinds of records that may stand for others.
const PICTURES: [&str; 2] = ["image", "film"];

/// The fields in which records name pictures of themselves.
const NAMED_IN: [&str; 2] = ["sheet", "steps"];

/// Makes cards of records, and does not use one picture for two of them where there are others.
#[derive(Default)]
pub(super) struct Cards {
    used: HashSet<RecordId>,
}

impl Cards {
    /// Returns the card of a record that the reader may see.
    pub(super) fn card(&mut self, app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Card> {
        let mut card = record::card(app, reader, record);
        if card.thumbnail.is_none() && record.files.is_empty() {
            let found = pictures(app, reader, record)?;
            let fresh = found.iter().position(|(id, _)| !self.used.contains(id)).unwrap_or(0);
            card.thumbnail = found.into_iter().nth(fresh).map(|(id, picture)| {
                self.used.insert(id);
                picture
            });
        }
        Ok(card)
    }
}

/// The pictures of the media that a record names itself, such as a pattern sheet or the film of a step, and then of those that
/// show it. What a reader may not read of the one or the other lends no picture.
pub(super) fn pictures(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Vec<(RecordId, Picture)>> {
    let (catalogue, viewer) = (app.archive.catalogue(), &reader.visitor.viewer);
    let model = catalogue.model()?;
    let seen = app.record(viewer, &record.id.to_string())?;
    let named = seen.map_or_else(Vec::new, |seen| model.references(&seen)).into_iter();
    let named = named.filter(|reference| NAMED_IN.contains(&reference.field.as_str())).map(|reference| reference.to);
    let mut found = Vec::new();
    for id in named.take(LOOKED_AT) {
        let other = app.record_with_files(viewer, &id.to_string())?.filter(|other| PICTURES.contains(&other.kind.as_str()));
        found.extend(other.and_then(|other| record::card(app, reader, &other).thumbnail).map(|picture| (id, picture)));
    }
    for id in catalogue.shown_by(record.id, &PICTURES, LOOKED_AT)? {
        let shows = |other: &Record| model.references(other).iter().any(|reference| reference.field == "shows" && reference.to == record.id);
        let other = app.record_with_files(viewer, &id.to_string())?.filter(shows);
        found.extend(other.and_then(|other| record::card(app, reader, &other).thumbnail).map(|picture| (id, picture)));
    }
    Ok(found)
}
