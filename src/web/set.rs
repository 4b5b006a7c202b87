//! `/set?r=ID&r=ID…`: records that somebody put together, without an account: the address is the set. It can be sent to
//! others, who see of it what they may see; as a table, as a document to print, and as a IIIF collection.

use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kho_archive::record::{Record, RecordId};
use kho_index::Question;

use super::app::App;
use super::error::WebError;
use super::links;
use super::page::{self, Card, KINDS, Page, Reader};
use super::portrait::Cards;
use crate::export::table;
use crate::view;

pub(super) mod print;

/// More records do not fit into an address that every browser and every proxy passes on.
pub(super) const MOST: usize = 200;

/// A title is a line.
const LONGEST_TITLE: usize = 160;

/// So many records are offered to whoever looks for more.
const OFFERED: usize = 12;

/// A set as the address has it.
#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) title: String,
    pub(super) ids: Vec<RecordId>,
}

#[derive(Template)]
#[template(path = "set.html")]
struct SetPage {
    page: Page,
    title: String,
    heading: String,
    count: u64,
    things: Vec<Thing>,
    /// That some addresses lead to nothing, in words.
    missing: Option<String>,
    is_full: bool,
    /// The identifiers, as the forms of the page keep them.
    ids: Vec<String>,
    offered: Vec<Offered>,
    pdf_href: String,
    csv_href: String,
    manifest_href: String,
}

/// A record in the set, and what can be done with it there.
struct Thing {
    card: Card,
    up: Option<String>,
    down: Option<String>,
    without: String,
}

/// A record that is not in the set yet.
struct Offered {
    card: Card,
    with: String,
}

impl Set {
    /// Reads the address of a set; nonsense is read as if it were not there.
    pub(super) fn of(reader: &Reader) -> Self {
        let mut set = Self { title: reader.parameter("title").trim().chars().take(LONGEST_TITLE).collect(), ids: Vec::new() };
        let typed = reader.parameters.iter().filter(|(name, _)| name == "r").filter_map(|(_, value)| value.parse().ok());
        typed.for_each(|id| set.add(id));
        set
    }

    /// Reads the set that somebody is putting together while they look at a record: its identifiers with points between.
    pub(super) fn carried(reader: &Reader) -> Self {
        let mut set = Self::default();
        reader.parameter("set").split('.').filter_map(|id| id.parse().ok()).for_each(|id| set.add(id));
        set
    }

    fn add(&mut self, id: RecordId) {
        if self.ids.len() < MOST && !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }

    /// The same with a record more.
    pub(super) fn with(&self, id: RecordId) -> Self {
        let mut set = self.clone();
        set.add(id);
        set
    }

    fn without(&self, id: RecordId) -> Self {
        Self { ids: self.ids.iter().copied().filter(|known| *known != id).collect(), ..self.clone() }
    }

    /// The same with two neighbours in each other's place; `None` if there are no such two.
    fn swapped(&self, first: Option<usize>) -> Option<Self> {
        let first = first.filter(|first| first + 1 < self.ids.len())?;
        let mut set = self.clone();
        set.ids.swap(first, first + 1);
        Some(set)
    }

    /// Returns the address of the set in one form: `/set`, `/set.csv`.
    pub(super) fn href(&self, path: &str) -> String {
        let title = ("title".to_owned(), self.title.clone());
        let ids = self.ids.iter().map(|id| ("r".to_owned(), id.to_string()));
        links::with_query(path, &std::iter::once(title).chain(ids).collect::<Vec<_>>())
    }

    /// The set as part of the address of a record.
    fn carry(&self) -> String {
        self.ids.iter().map(RecordId::to_string).collect::<Vec<_>>().join(".")
    }

    /// Returns the records of the set that a reader may see, in its order.
    pub(super) fn records(&self, app: &App, reader: &Reader) -> anyhow::Result<Vec<Record>> {
        self.each(&|id| app.record(&reader.visitor.viewer, id))
    }

    /// The same for what is handed out: that somebody is given what the public may not see is written down.
    fn given(&self, app: &App, reader: &Reader, how: &str) -> anyhow::Result<Vec<Record>> {
        self.each(&|id| app.give_record(&reader.visitor, id, how))
    }

    fn each(&self, see: &dyn Fn(&str) -> anyhow::Result<Option<Record>>) -> anyhow::Result<Vec<Record>> {
        let mut records = Vec::new();
        for id in &self.ids {
            records.extend(see(&id.to_string())?.filter(|record| record.merged_into().is_none()));
        }
        Ok(records)
    }
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let set = Set::of(reader);
        let records = set.records(app, reader)?;
        let missing = set.ids.len() - records.len();
        let (texts, carried) = (&reader.texts, set.carry());
        let mut cards = Cards::default();
        let mut things = Vec::new();
        for (place, record) in records.iter().enumerate() {
            let at = set.ids.iter().position(|id| *id == record.id).context("a record came from nowhere")?;
            let mut card = cards.card(app, reader, record)?;
            card.href = links::with_query(&card.href, &[("set".to_owned(), carried.clone())]);
            things.push(Thing {
                card,
                up: set.swapped(at.checked_sub(1)).filter(|_| place > 0).map(|set| set.href("/set")),
                down: set.swapped(Some(at)).filter(|_| place + 1 < records.len()).map(|set| set.href("/set")),
                without: set.without(record.id).href("/set"),
            });
        }
        let set_page = SetPage {
            heading: if set.title.is_empty() { texts.get("set-heading") } else { set.title.clone() },
            missing: (missing > 0).then(|| texts.count("set-missing", missing as u64)),
            is_full: set.ids.len() == MOST,
            ids: set.ids.iter().map(RecordId::to_string).collect(),
            offered: offered(app, reader, &set, &mut cards)?,
            pdf_href: set.href("/set.pdf"),
            csv_href: set.href("/set.csv"),
            manifest_href: set.href("/iiif/presentation/3/collections/set"),
            title: set.title.clone(),
            count: things.len() as u64,
            things,
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        };
        page::draw(&set_page).map(Some)
    })
    .await
}

/// What is found by the words that somebody typed and is not in the set yet.
fn offered(app: &App, reader: &Reader, set: &Set, cards: &mut Cards) -> anyhow::Result<Vec<Offered>> {
    let words = reader.parameter("q").trim();
    if words.is_empty() || set.ids.len() == MOST {
        return Ok(Vec::new());
    }
    let kinds = view::of_kinds(&KINDS.map(str::to_owned));
    let question = Question { narrowed: kinds, limit: OFFERED + set.ids.len(), ..Question::new(words) };
    let answer = app.search(&reader.visitor.viewer, &question)?;
    let mut offered = Vec::new();
    for id in answer.hits.iter().filter_map(|hit| RecordId::from_number(hit.id)).filter(|id| !set.ids.contains(id)).take(OFFERED) {
        let Some(record) = app.record_with_files(&reader.visitor.viewer, &id.to_string())? else { continue };
        let with = links::with_more(&set.with(id).href("/set"), &[("q".to_owned(), words.to_owned())]);
        let mut card = cards.card(app, reader, &record)?;
        card.href = links::with_query(&card.href, &[("set".to_owned(), set.carry())]);
        offered.push(Offered { card, with });
    }
    Ok(offered)
}

/// `/set.csv`
pub(crate) async fn csv(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let table = app.run(move |app| {
        let given = Set::of(&reader).given(app, &reader, "table")?;
        let ids = given.iter().map(|record| record.id).collect();
        table::csv(&app.archive, &table::Wanted { kind: None, ids: Some(ids), viewer: reader.visitor.viewer.clone() })
    });
    Ok(download(table.await?, "text/csv; charset=utf-8", "kho.csv"))
}

/// Answers with something that is kept on whoever's disk. It is made anew each time: a withdrawal must be felt.
fn download(bytes: Vec<u8>, mime: &'static str, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    #[test]
    fn a_set_is_its_address() {
        let set = Set { title: "Đó & lờ".to_owned(), ids: vec![id(1), id(2), id(3)] };
        assert!(set.href("/set").starts_with("/set?title=%C4%90%C3%B3%20%26%20l%E1%BB%9D&r="), "{}", set.href("/set"));
        assert_eq!(set.with(id(2)).ids, set.ids, "once is enough");
        assert_eq!(set.without(id(2)).ids, [id(1), id(3)]);
        assert_eq!(set.swapped(Some(1)).unwrap().ids, [id(1), id(3), id(2)]);
        assert!(set.swapped(Some(2)).is_none() && set.swapped(None).is_none());
        let mut full = Set::default();
        (1..=300).for_each(|number| full.add(id(number)));
        assert_eq!(full.ids.len(), MOST);
        assert!(full.href("/set").len() < 8000, "no proxy cuts it off");
    }
}
