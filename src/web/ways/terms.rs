//! `/browse/step`, `/browse/craft`, and the list above `/browse/motif` and its like: the words of the thesaurus of which there
//! is something to see, narrower ones below wider ones.

use std::collections::BTreeMap;

use askama::Template;
use kho_archive::record::{Record, RecordId};
use kho_index::collation;
use serde_json::Value;

use super::{Counted, Line, MOST, Node, counted, in_order, line};
use crate::web::app::App;
use crate::web::page::{self, Page, Reader};

/// The properties whose values stand below each other.
const PROPERTIES: [&str; 6] = ["craft", "technique", "step", "motif", "material", "tool"];

/// Those of which there is no page of pictures.
const ALONE: [&str; 2] = ["craft", "step"];

#[derive(Template)]
#[template(path = "ways/tree.html")]
struct Tree {
    label: String,
    lines: Vec<Line>,
    more: Option<String>,
    t: crate::web::texts::Texts,
}

#[derive(Template)]
#[template(path = "ways/terms.html")]
struct TermsPage {
    page: Page,
    heading: String,
    /// Safe HTML; empty if there is nothing.
    tree: String,
}

/// Returns the page of a property that has none of pictures; `None` for others.
pub(in crate::web) fn page_of(app: &App, reader: &Reader, property: &str) -> anyhow::Result<Option<String>> {
    if !ALONE.contains(&property) {
        return Ok(None);
    }
    let page = reader.page(&*app.admitted(&reader.visitor.viewer)?, None).of_way(property);
    let heading = reader.texts.get(&format!("ways-{property}"));
    let tree = tree(app, reader, property)?.unwrap_or_default();
    page::draw(&TermsPage { page, heading, tree }).map(Some)
}

/// Returns the list of a property as HTML; `None` if it has no values, or none that stand below each other.
pub(in crate::web) fn tree(app: &App, reader: &Reader, property: &str) -> anyhow::Result<Option<String>> {
    if !PROPERTIES.contains(&property) {
        return Ok(None);
    }
    let (mut things, more) = counted(app, reader, property, MOST)?;
    let above = above(&mut things);
    let node = |thing: &Counted| {
        let id = thing.record.id;
        let line = line(reader, property, thing, Vec::new());
        Node { id, above: above.get(&id).copied(), order: collation::key(&line.title), line }
    };
    let lines = in_order(things.values().map(node).collect());
    if lines.is_empty() {
        return Ok(None);
    }
    let label = reader.texts.get(&format!("ways-by-{property}"));
    let more = (more > 0).then(|| reader.texts.count("ways-more", more as u64));
    page::draw(&Tree { label, lines, more, t: reader.texts.clone() }).map(Some)
}

/// What stands directly above each thing. A thing that is called like its term, and of which the same is to be seen, is the
/// term: it is taken out, and what stands below it is taken up.
fn above(things: &mut BTreeMap<RecordId, Counted>) -> BTreeMap<RecordId, RecordId> {
    let mut above: BTreeMap<RecordId, RecordId> = things.iter().filter_map(|(id, thing)| Some((*id, wider(&thing.record)?))).collect();
    let is_its_term = |id: &RecordId, term: &RecordId| {
        let (Some(thing), Some(term)) = (things.get(id), things.get(term)) else { return false };
        let title = |record: &Record| record.title_in("vi").to_lowercase();
        thing.count == term.count && title(&thing.record) == title(&term.record)
    };
    let twins: BTreeMap<RecordId, RecordId> = above.iter().filter(|(id, term)| is_its_term(id, term)).map(|(id, term)| (*id, *term)).collect();
    things.retain(|id, _| !twins.contains_key(id));
    for wider in above.values_mut() {
        *wider = twins.get(wider).copied().unwrap_or(*wider);
    }
    above
}

/// The broader term of a term, and the term of a thing.
fn wider(record: &Record) -> Option<RecordId> {
    let id = |field: &str| record.fields.get(field).and_then(Value::as_str)?.parse().ok();
    id("broader").or_else(|| id("term"))
}
