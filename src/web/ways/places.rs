//! `/places`: a map, and beside it the places by the units of today and by those of old.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use kho_archive::place;
use kho_archive::record::{Record, RecordId};
use kho_index::collation;

use super::{Counted, Line, MOST, Node, counted, in_order, line};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::{edtf, nfc};
use crate::web::page::{self, Page, Reader};

mod map;

use map::Map;

/// Units lie in each other no deeper than this.
const DEEPEST: usize = 6;

#[derive(Template)]
#[template(path = "ways/places.html")]
struct PlacesPage {
    page: Page,
    map: Option<Map>,
    today: Vec<Line>,
    former: Vec<Line>,
    more: Option<String>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let (things, more) = counted(app, reader, "place", MOST)?;
        let places = Places { reader, things };
        let page = PlacesPage {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None).of_way("places"),
            map: Map::of(&places),
            today: places.today(),
            former: places.former(),
            more: (more > 0).then(|| reader.texts.count("ways-more", more as u64)),
        };
        page::draw(&page).map(Some)
    })
    .await
}

/// The places of which there is something to see. What the reader may not see is not among them, and so in no name either.
struct Places<'a> {
    reader: &'a Reader,
    things: BTreeMap<RecordId, Counted>,
}

impl Places<'_> {
    /// Every place under the unit in which it lies today.
    fn today(&self) -> Vec<Line> {
        let heirs = self.heirs();
        let node = |thing: &Counted| {
            let id = thing.record.id;
            let notes = self.names(&thing.record).into_iter().chain(self.took_up(heirs.get(&id))).chain(self.lay_in(&thing.record));
            self.node(thing, self.unit_above(&thing.record), notes.collect())
        };
        in_order(self.things.values().filter(|thing| !place::has_ended(&thing.record)).map(node).collect())
    }

    /// Every unit that is no more under the one in which it lay, and below it the places that it had.
    fn former(&self) -> Vec<Line> {
        let above = |record: &Record| place::former_parents(record).into_iter().map(|(id, _)| id).find(|id| self.things.contains_key(id));
        let units: BTreeSet<RecordId> = self.things.values().flat_map(|thing| place::former_parents(&thing.record)).map(|(id, _)| id).collect();
        let nodes = self.things.values().filter_map(|thing| {
            let above = above(&thing.record);
            let has_ended = place::has_ended(&thing.record);
            let is_on_top = above.is_none() && units.contains(&thing.record.id);
            (has_ended || above.is_some() || is_on_top).then(|| {
                let now = if has_ended { self.became(&thing.record) } else { self.lies_in(&thing.record) };
                self.node(thing, above, self.names(&thing.record).into_iter().chain(now.filter(|_| !is_on_top || has_ended)).collect())
            })
        });
        in_order(nodes.collect())
    }

    fn node(&self, thing: &Counted, above: Option<RecordId>, notes: Vec<String>) -> Node {
        let order = collation::key(&self.name(&thing.record));
        Node { id: thing.record.id, above, order, line: line(self.reader, "place", thing, notes) }
    }

    /// What a place is called, without the rank that its title may begin with.
    fn name(&self, record: &Record) -> String {
        let language = self.reader.texts.language();
        let any = || place::names_beside(record, language).into_iter().next().map(|(name, _)| name);
        if place::has_ended(record) { any().unwrap_or_else(|| record.title_in(language)) } else { place::name_at(record, None, language) }
    }

    fn title(&self, record: &Record) -> String {
        nfc(&record.title_in(self.reader.texts.language()))
    }

    /// The unit in which a place lies today, or the one that took that up.
    fn unit_above(&self, record: &Record) -> Option<RecordId> {
        let mut above = place::parents_at(record, None).first().copied()?;
        for _ in 0..DEEPEST {
            match self.things.get(&above).and_then(|unit| place::heir(&unit.record)).filter(|heir| self.things.contains_key(heir)) {
                Some(heir) => above = heir,
                None => break,
            }
        }
        Some(above)
    }

    /// The units that went up into others, by those others.
    fn heirs(&self) -> BTreeMap<RecordId, Vec<&Record>> {
        let mut heirs: BTreeMap<RecordId, Vec<&Record>> = BTreeMap::new();
        for thing in self.things.values() {
            if let Some(heir) = place::heir(&thing.record) {
                heirs.entry(heir).or_default().push(&thing.record);
            }
        }
        heirs
    }

    /// The other names of a place: those it bears, and those it bore.
    fn names(&self, record: &Record) -> Vec<String> {
        let (texts, title) = (&self.reader.texts, self.title(record));
        let has_ended = place::has_ended(record);
        let names = place::names_beside(record, texts.language()).into_iter().map(|(name, until)| (nfc(&name), until));
        let (old, others): (Vec<_>, Vec<_>) = names.filter(|(name, _)| !title.contains(name)).partition(|(_, until)| until.is_some() && !has_ended);
        let told = |key: &str, names: Vec<(String, _)>| {
            let names = names.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
            (!names.is_empty()).then(|| texts.with(key, "names", &names))
        };
        told("place-called-before", old).into_iter().chain(told("place-also-called", others)).collect()
    }

    /// Which units went up into this one.
    fn took_up(&self, units: Option<&Vec<&Record>>) -> Option<String> {
        let mut units: Vec<String> = units?.iter().map(|unit| self.title(unit)).collect();
        units.sort_by_cached_key(|title| collation::key(title));
        Some(self.reader.texts.with("place-took-up", "units", &units.join(", ")))
    }

    /// In which units a place lay until when.
    fn lay_in(&self, record: &Record) -> Vec<String> {
        let told = |(unit, until): &(RecordId, kho_archive::date::Edtf)| {
            let units = self.chain(*unit, Some(until));
            let until = edtf(&self.reader.texts, until);
            (!units.is_empty()).then(|| self.reader.texts.with_two("place-lay-in", ("units", &units), ("until", &until)))
        };
        place::former_parents(record).iter().filter_map(told).collect()
    }

    fn lies_in(&self, record: &Record) -> Option<String> {
        let units = self.chain(self.unit_above(record)?, None);
        (!units.is_empty()).then(|| self.reader.texts.with("place-lies-in", "units", &units))
    }

    /// What took the place of a unit.
    fn became(&self, record: &Record) -> Option<String> {
        let heir = self.things.get(&self.last_heir(record)?)?;
        let titles = [
            Some(self.title(&heir.record)),
            self.unit_above(&heir.record).and_then(|above| self.things.get(&above)).map(|unit| self.title(&unit.record)),
        ];
        Some(self.reader.texts.with("place-became", "units", &titles.into_iter().flatten().collect::<Vec<_>>().join(", ")))
    }

    fn last_heir(&self, record: &Record) -> Option<RecordId> {
        let mut last = place::heir(record).filter(|heir| self.things.contains_key(heir))?;
        for _ in 0..DEEPEST {
            match place::heir(&self.things.get(&last)?.record).filter(|heir| self.things.contains_key(heir)) {
                Some(heir) => last = heir,
                None => break,
            }
        }
        Some(last)
    }

    /// A unit and those above it at some time, by name.
    fn chain(&self, unit: RecordId, when: Option<&kho_archive::date::Edtf>) -> String {
        let mut titles: Vec<String> = Vec::new();
        let mut next = Some(unit);
        while let Some(thing) = next.take().and_then(|id| self.things.get(&id)).filter(|_| titles.len() < DEEPEST) {
            titles.push(self.title(&thing.record));
            next = match when {
                Some(_) => place::parents_at(&thing.record, when).first().copied(),
                None => self.unit_above(&thing.record),
            };
        }
        titles.join(", ")
    }
}
