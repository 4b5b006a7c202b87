//! Who taught whom: as a list, and drawn. Only bonds whose both ends are open to the reader.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use askama::Template;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::collation;
use serde_json::Value;

use crate::web::app::App;
use crate::web::in_words::nfc;
use crate::web::page::Reader;
use crate::web::texts::Texts;

/// More people than these are not drawn.
const MOST: usize = 80;

/// Width and height of a name in the drawing, and how far apart two of them stand.
const BOX: (usize, usize) = (208, 48);
const GAP: (usize, usize) = (64, 16);

/// So many letters fit into a line of a name.
const LETTERS: usize = 24;

/// Teachers and learners.
#[derive(Template)]
#[template(path = "record/lineage.html")]
pub(super) struct Lineage {
    t: Texts,
    bonds: Vec<Bond>,
    width: usize,
    height: usize,
    people: Vec<Drawn>,
    lines: Vec<String>,
}

/// A teacher, and whom they taught.
struct Bond {
    teacher: (String, String),
    learners: Vec<(String, String)>,
}

struct Drawn {
    href: String,
    name: Vec<(usize, String)>,
    x: usize,
    y: usize,
    middle: usize,
    is_asked: bool,
}

/// Who taught whom among some people.
#[derive(Debug, Default)]
struct Graph {
    names: BTreeMap<RecordId, String>,
    /// Teacher and learner.
    bonds: BTreeSet<(RecordId, RecordId)>,
}

/// Returns who taught whom around a person or in a practice; `None` if nothing of it is open to the reader.
pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Lineage>> {
    let start = match record.kind.as_str() {
        "person" => vec![record.id],
        "practice" => people_of(app, reader, record)?,
        _ => return Ok(None),
    };
    let graph = Graph::around(start, &|id| app.record(&reader.visitor.viewer, &id.to_string()), &|id| referring(app, id))?;
    Ok((!graph.bonds.is_empty()).then(|| graph.draw(reader.texts.clone(), record.id)))
}

/// The people who hold a practice, and those who have a role in it.
fn people_of(app: &App, reader: &Reader, practice: &Record) -> anyhow::Result<Vec<RecordId>> {
    let mut people = references(practice, "holders");
    for referrer in app.archive.catalogue().referrers_by(practice.id, &["roles"])? {
        if referrer.inner != "practice" {
            continue;
        }
        let seen = app.record(&reader.visitor.viewer, &referrer.id.to_string())?;
        let id = practice.id.to_string();
        let has_role = |person: &Record| {
            let roles = person.fields.get("roles").and_then(Value::as_array).into_iter().flatten();
            roles.into_iter().any(|role| role["practice"] == id.as_str())
        };
        people.extend(seen.filter(has_role).map(|person| person.id));
    }
    Ok(people)
}

/// The people who say of themselves that this one taught them, or was taught by them.
fn referring(app: &App, id: RecordId) -> anyhow::Result<Vec<RecordId>> {
    let referrers = app.archive.catalogue().referrers_by(id, &["taught", "taught_by"])?;
    Ok(referrers.into_iter().map(|referrer| referrer.id).collect())
}

/// The records that a field refers to.
fn references(record: &Record, field: &str) -> Vec<RecordId> {
    let ids = record.fields.get(field).and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(|id| id.as_str()?.parse().ok()).collect()
}

impl Graph {
    /// Follows the bonds from some people on. `sees` gives what the reader sees of a record: a person who is closed is not
    /// there, and a bond that is not told is none.
    fn around(
        start: Vec<RecordId>, sees: &dyn Fn(RecordId) -> anyhow::Result<Option<Record>>,
        referring: &dyn Fn(RecordId) -> anyhow::Result<Vec<RecordId>>,
    ) -> anyhow::Result<Self> {
        let mut graph = Self::default();
        let (mut waiting, mut met) = (VecDeque::from(start), BTreeSet::new());
        while let Some(id) = waiting.pop_front() {
            if !met.insert(id) || graph.names.len() >= MOST {
                continue;
            }
            let Some(person) = sees(id)?.filter(|record| record.kind == Kind::from("person")) else { continue };
            graph.names.insert(id, nfc(&person.title_in("vi")));
            let teachers = references(&person, "taught_by");
            let learners = references(&person, "taught");
            graph.bonds.extend(teachers.iter().map(|teacher| (*teacher, id)));
            graph.bonds.extend(learners.iter().map(|learner| (id, *learner)));
            waiting.extend(teachers.into_iter().chain(learners).chain(referring(id)?));
        }
        // What was said by only one of the two holds if the other is open, too.
        graph.bonds.retain(|(teacher, learner)| teacher != learner && graph.names.contains_key(teacher) && graph.names.contains_key(learner));
        let bound: BTreeSet<RecordId> = graph.bonds.iter().flat_map(|(teacher, learner)| [*teacher, *learner]).collect();
        graph.names.retain(|id, _| bound.contains(id));
        Ok(graph)
    }

    /// How many generations stand before each person. A circle, which is a mistake of the records, ends where it began.
    fn generations(&self) -> BTreeMap<RecordId, usize> {
        let mut generations: BTreeMap<RecordId, usize> = self.names.keys().map(|id| (*id, 0)).collect();
        for _ in 0..self.names.len() {
            let mut is_settled = true;
            for (teacher, learner) in &self.bonds {
                let above = generations.get(teacher).map_or(0, |generation| generation + 1);
                if let Some(generation) = generations.get_mut(learner).filter(|generation| **generation < above && above < self.names.len()) {
                    *generation = above;
                    is_settled = false;
                }
            }
            if is_settled {
                break;
            }
        }
        generations
    }

    /// The people of each generation, learners near their teachers.
    fn columns(&self) -> Vec<Vec<RecordId>> {
        let mut columns: BTreeMap<usize, Vec<RecordId>> = BTreeMap::new();
        for (id, generation) in self.generations() {
            columns.entry(generation).or_default().push(id);
        }
        let mut rows: BTreeMap<RecordId, usize> = BTreeMap::new();
        for column in columns.values_mut() {
            let first_teacher =
                |id: &RecordId| self.bonds.iter().filter(|(_, learner)| learner == id).filter_map(|(teacher, _)| rows.get(teacher)).min();
            let mut keyed: Vec<(usize, String, RecordId)> = Vec::new();
            for id in column.iter() {
                keyed.push((first_teacher(id).copied().unwrap_or(0), collation::key(&self.name(*id)), *id));
            }
            keyed.sort();
            *column = keyed.into_iter().map(|(_, _, id)| id).collect();
            rows.extend(column.iter().enumerate().map(|(row, id)| (*id, row)));
        }
        columns.into_values().collect()
    }

    fn name(&self, id: RecordId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn link(&self, id: RecordId) -> (String, String) {
        (format!("/r/{id}"), self.name(id))
    }

    fn draw(&self, t: Texts, asked: RecordId) -> Lineage {
        let columns = self.columns();
        let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
        let span = |count: usize, size: usize, gap: usize| (count * (size + gap)).saturating_sub(gap) + 4;
        let (width, height) = (span(columns.len(), BOX.0, GAP.0), span(tallest, BOX.1, GAP.1));
        let mut people = BTreeMap::new();
        for (column, ids) in columns.iter().enumerate() {
            let top = (height - span(ids.len(), BOX.1, GAP.1)) / 2 + 2;
            for (row, id) in ids.iter().enumerate() {
                people.insert(*id, self.drawn(*id, (2 + column * (BOX.0 + GAP.0), top + row * (BOX.1 + GAP.1)), asked));
            }
        }
        let lines = self.bonds.iter().filter_map(|(teacher, learner)| Some(line(people.get(teacher)?, people.get(learner)?))).collect();
        Lineage { t, bonds: self.told(), width, height, people: people.into_values().collect(), lines }
    }

    fn drawn(&self, id: RecordId, (x, y): (usize, usize), asked: RecordId) -> Drawn {
        let (href, name) = self.link(id);
        let lines = in_lines(&name);
        let first = y + BOX.1 / 2 + 5 - (lines.len() - 1) * 9;
        let name = lines.into_iter().enumerate().map(|(place, words)| (first + place * 18, words)).collect();
        Drawn { href, name, x, y, middle: x + BOX.0 / 2, is_asked: id == asked }
    }

    fn told(&self) -> Vec<Bond> {
        let mut taught: BTreeMap<RecordId, Vec<(String, String)>> = BTreeMap::new();
        for (teacher, learner) in &self.bonds {
            taught.entry(*teacher).or_default().push(self.link(*learner));
        }
        let order: Vec<RecordId> = self.columns().into_iter().flatten().collect();
        let bond = |id: RecordId| taught.remove(&id).map(|learners| Bond { teacher: self.link(id), learners });
        order.into_iter().filter_map(bond).collect()
    }
}

/// A curve from the right of a teacher to the left of a learner.
fn line(teacher: &Drawn, learner: &Drawn) -> String {
    let (from, to) = ((teacher.x + BOX.0, teacher.y + BOX.1 / 2), (learner.x, learner.y + BOX.1 / 2));
    let bend = GAP.0 / 2;
    format!("M{} {}C{} {} {} {} {} {}", from.0, from.1, from.0 + bend, from.1, to.0.saturating_sub(bend), to.1, to.0, to.1)
}

/// A name in one line or two; what does not fit is cut.
fn in_lines(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let is_full = lines.last().is_some_and(|line| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LETTERS);
        if is_full && lines.len() == 2 {
            lines.iter_mut().skip(1).for_each(|line| line.push('…'));
            break;
        }
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::Text;
    use serde_json::json;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    fn person(number: u64, fields: &Value) -> Record {
        let mut person = Record::new(id(number), Kind::from("person"), Text::from([("vi".to_owned(), format!("Người {number}"))]));
        person.fields = fields.as_object().unwrap().clone();
        person
    }

    /// 1 taught 2 and 3; 3 says that 4 taught them, and 4 is closed; 5 says that 2 taught them.
    fn graph() -> Graph {
        let people = [
            person(1, &json!({"taught": [id(2)]})),
            person(2, &json!({})),
            person(3, &json!({"taught_by": [id(1), id(4)]})),
            person(5, &json!({"taught_by": [id(2)]})),
        ];
        let sees = |wanted| Ok(people.iter().find(|person| person.id == wanted).cloned());
        let speaks_of = |person: &Record, wanted| ["taught", "taught_by"].iter().any(|field| references(person, field).contains(&wanted));
        let referring = |wanted: RecordId| Ok(people.iter().filter(|person| speaks_of(person, wanted)).map(|person| person.id).collect());
        Graph::around(vec![id(2)], &sees, &referring).unwrap()
    }

    #[test]
    fn a_bond_needs_two_people_who_are_open() {
        assert_eq!(graph().bonds, BTreeSet::from([(id(1), id(2)), (id(1), id(3)), (id(2), id(5))]));
        assert_eq!(graph().columns(), [vec![id(1)], vec![id(2), id(3)], vec![id(5)]]);
    }

    #[test]
    fn circles_end_and_names_are_cut() {
        let mut graph = graph();
        graph.bonds.insert((id(5), id(1)));
        assert!(graph.generations().values().all(|generation| *generation < 4));
        assert_eq!(in_lines("Phạm Văn Thử"), ["Phạm Văn Thử"]);
        assert_eq!(in_lines("Nghệ nhân nhân dân Nguyễn Thị Một Tên Rất Dài Không Hết"), ["Nghệ nhân nhân dân", "Nguyễn Thị Một Tên Rất…"]);
    }
}
