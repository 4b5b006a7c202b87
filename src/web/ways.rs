//! Ways in besides the search box: everything by craft, by place, by time, and by the words of the thesaurus.
//!
//! All of them count by the index, which counts only what the reader may see, and each count leads to the search that finds
//! just that.

use std::collections::{BTreeMap, BTreeSet};

use kho_archive::record::{Record, RecordId};
use kho_index::{FacetValue, Question};

use super::app::App;
use super::in_words::nfc;
use super::links;
use super::page::Reader;

pub(super) mod places;
pub(super) mod terms;
pub(super) mod time;
pub(super) mod wall;

/// So many things stand on one page, those with the most first; the search finds the others.
const MOST: usize = 400;

/// Lists are indented no deeper.
const DEEPEST: usize = 5;

/// A thing of which there is something to see.
struct Counted {
    record: Record,
    count: u64,
}

/// A line of a list in which narrower things stand below wider ones.
struct Line {
    /// How far below the top it stands, as a class of the style sheet.
    class: String,
    href: String,
    title: String,
    count: u64,
    notes: Vec<String>,
}

/// A line that still has to find its place.
struct Node {
    id: RecordId,
    above: Option<RecordId>,
    /// What it is sorted by.
    order: String,
    line: Line,
}

/// How often each value of a property occurs in what the reader may see, the most frequent first.
fn values(app: &App, reader: &Reader, property: &str) -> anyhow::Result<Vec<FacetValue>> {
    let question = Question { counted: vec![property.to_owned()], ..Question::default() };
    let answer = app.search(&reader.visitor.viewer, &question)?;
    Ok(answer.facets.into_iter().flat_map(|facet| facet.values).collect())
}

/// The `most` things that are most often values of a property, as the reader sees them, and how many more there are.
fn counted(app: &App, reader: &Reader, property: &str, most: usize) -> anyhow::Result<(BTreeMap<RecordId, Counted>, usize)> {
    let values = values(app, reader, property)?;
    let more = values.len().saturating_sub(most);
    let mut counted = BTreeMap::new();
    for value in values.into_iter().take(most) {
        // The index may not have heard yet of what was closed just now.
        if let Some(record) = app.record(&reader.visitor.viewer, &value.value)? {
            counted.insert(record.id, Counted { record, count: value.count });
        }
    }
    Ok((counted, more))
}

/// The search for all that has this value of a property.
fn search_href(property: &str, value: &str) -> String {
    links::with_query("/search", &[(property.to_owned(), value.to_owned())])
}

fn line(reader: &Reader, property: &str, thing: &Counted, notes: Vec<String>) -> Line {
    Line {
        class: String::new(),
        href: search_href(property, &thing.record.id.to_string()),
        title: nfc(&thing.record.title_in(reader.texts.language())),
        count: thing.count,
        notes,
    }
}

/// Puts each line below the one that it belongs to, and the lines at one place in the order of the dictionary.
fn in_order(nodes: Vec<Node>) -> Vec<Line> {
    let known: BTreeSet<RecordId> = nodes.iter().map(|node| node.id).collect();
    let mut below: BTreeMap<Option<RecordId>, Vec<Node>> = BTreeMap::new();
    for node in nodes {
        below.entry(node.above.filter(|above| known.contains(above))).or_default().push(node);
    }
    below.values_mut().for_each(|nodes| nodes.sort_by(|one, other| other.order.cmp(&one.order)));
    let (mut lines, mut waiting) = (Vec::new(), Vec::new());
    loop {
        // Circles hang on nothing: one after the other is cut open.
        if waiting.is_empty() {
            let Some((_, nodes)) = below.pop_first() else { break };
            waiting.extend(nodes.into_iter().map(|node| (node, 0)));
        }
        let Some((node, depth)) = waiting.pop() else { continue };
        waiting.extend(below.remove(&Some(node.id)).into_iter().flatten().map(|node| (node, depth + 1)));
        lines.push(Line { class: format!("below-{}", depth.min(DEEPEST)), ..node.line });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    fn node(number: u64, above: Option<u64>, title: &str) -> Node {
        let line = Line { class: String::new(), href: String::new(), title: title.to_owned(), count: 1, notes: Vec::new() };
        Node { id: id(number), above: above.map(id), order: kho_index::collation::key(title), line }
    }

    #[test]
    fn narrower_stands_below_wider_and_nothing_is_lost() {
        let nodes = vec![
            node(1, None, "Rồng"),
            node(2, None, "Chim"),
            node(3, Some(1), "Rồng ổ"),
            node(4, Some(1), "Rồng chầu"),
            node(5, Some(99), "Đồ án mà trên nó không thấy gì"),
            // Two that are each below the other.
            node(6, Some(7), "Gà"),
            node(7, Some(6), "Trứng"),
        ];
        let lines = in_order(nodes);
        let told: Vec<(&str, &str)> = lines.iter().map(|line| (line.title.as_str(), line.class.as_str())).collect();
        assert_eq!(
            told[..5],
            [
                ("Chim", "below-0"),
                ("Đồ án mà trên nó không thấy gì", "below-0"),
                ("Rồng", "below-0"),
                ("Rồng chầu", "below-1"),
                ("Rồng ổ", "below-1")
            ]
        );
        assert_eq!(told.len(), 7, "{told:?}");
    }
}
