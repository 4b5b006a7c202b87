//! Places through time: what a place was called on a day, and which units it lay in.
//!
//! A record of 2019 says the commune of 2019, whatever became of it. Names and belongings are dated in the record of the
//! place (fields `names` and `part_of`); a date that is not told holds without end. A unit that went up into another one
//! (field `successors`) is spoken of as that one from the day on: nobody has to visit every hamlet below it.

use std::cmp::Reverse;

use serde_json::Value;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::date::{Dated, Edtf};
use crate::record::{Record, RecordId};

/// Units lie in each other no deeper than this: hamlet, commune, district, province, country, and one to spare.
const DEEPEST: usize = 6;

/// A place as it was at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceThen {
    /// The record of the place.
    pub id: RecordId,
    /// What it was called then, in the language that was asked for, else in Vietnamese.
    pub name: String,
    /// Whether it is still called so.
    pub is_current: bool,
}

/// Returns what a place was called at some time (now, if `when` is `None`): the name in use that began last.
pub fn name_at(place: &Record, when: Option<&Edtf>, language: &str) -> String {
    let names = place.fields.get("names").and_then(Value::as_array).into_iter().flatten();
    let in_use = names.filter(|name| holds(name, when));
    let latest = in_use.max_by_key(|name| began(name));
    let word = latest.and_then(|name| name["name"].get(language).or_else(|| name["name"].get("vi"))).and_then(Value::as_str);
    word.map_or_else(|| place.title_in(language), str::to_owned)
}

/// Returns the units that a place lay in at some time (now, if `when` is `None`).
pub fn parents_at(place: &Record, when: Option<&Edtf>) -> Vec<RecordId> {
    let belongings = place.fields.get("part_of").and_then(Value::as_array).into_iter().flatten();
    belongings.filter(|unit| holds(unit, when)).filter_map(|unit| unit["parent"].as_str()?.parse().ok()).collect()
}

/// Returns the units that a place does not lie in any more, each with the end of that; the one it left last comes first.
pub fn former_parents(place: &Record) -> Vec<(RecordId, Edtf)> {
    let belongings = place.fields.get("part_of").and_then(Value::as_array).into_iter().flatten();
    let over = belongings.filter(|unit| !holds(unit, None)).filter_map(|unit| Some((unit["parent"].as_str()?.parse().ok()?, bound(unit, "until")?)));
    let mut former: Vec<(RecordId, Edtf)> = over.collect();
    former.sort_by_key(|(_, until)| Reverse(until.bounds().1));
    former
}

/// Returns the names that a place bears beside its title, each with the end of its use where that is over.
pub fn names_beside(place: &Record, language: &str) -> Vec<(String, Option<Edtf>)> {
    let names = place.fields.get("names").and_then(Value::as_array).into_iter().flatten();
    let word = |name: &Value| name["name"].get(language).or_else(|| name["name"].get("vi")).and_then(Value::as_str).map(str::to_owned);
    names.filter_map(|name| Some((word(name)?, bound(name, "until").filter(|_| !holds(name, None))))).collect()
}

/// Returns the one unit that a unit went up into whole, if that has come to pass.
pub fn heir(unit: &Record) -> Option<RecordId> {
    successor_at(unit, None)
}

/// Whether a unit is no more: others took its place, or it lies nowhere any more and no name of it is in use.
pub fn has_ended(unit: &Record) -> bool {
    let all = |field: &str| unit.fields.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let today = Edtf::from(jiff::ZonedDateTime::now().date()).bounds().0;
    let is_succeeded = all("successors").iter().any(|successor| bound(successor, "date").is_none_or(|date| date.bounds().0 <= today));
    let is_unnamed = !all("names").is_empty() && !all("names").iter().any(|name| holds(name, None));
    is_succeeded || is_unnamed && parents_at(unit, None).is_empty()
}

/// Returns a place and the units above it as they were at some time (now, if `when` is `None`), from the inside out. Of several
/// units above a place (a hamlet on two sides of a border) the first counts; places that `admits` refuses end the chain.
pub fn chain_at(
    catalogue: &Catalogue, place: RecordId, when: Option<&Edtf>, language: &str, admits: &dyn Fn(RecordId) -> bool,
) -> Result<Vec<PlaceThen>, CatalogueError> {
    let inmost = if admits(place) { catalogue.record(place)? } else { None };
    Chaining { catalogue, when, language, admits }.from(inmost)
}

/// Returns what a place is now: itself or what took its place, and the units above; the same as [`chain_at`] otherwise.
pub fn chain_now(
    catalogue: &Catalogue, place: RecordId, language: &str, admits: &dyn Fn(RecordId) -> bool,
) -> Result<Vec<PlaceThen>, CatalogueError> {
    let chaining = Chaining { catalogue, when: None, language, admits };
    let inmost = if admits(place) { chaining.in_force(place)? } else { None };
    chaining.from(inmost)
}

/// Follows units upwards at one time.
struct Chaining<'a> {
    catalogue: &'a Catalogue,
    when: Option<&'a Edtf>,
    language: &'a str,
    admits: &'a dyn Fn(RecordId) -> bool,
}

impl Chaining<'_> {
    fn from(&self, inmost: Option<Record>) -> Result<Vec<PlaceThen>, CatalogueError> {
        let mut chain: Vec<PlaceThen> = Vec::new();
        let mut next = inmost;
        while let Some(record) = next.take().filter(|unit| chain.len() < DEEPEST && chain.iter().all(|known| known.id != unit.id)) {
            let name = name_at(&record, self.when, self.language);
            let is_current = name == name_at(&record, None, self.language);
            chain.push(PlaceThen { id: record.id, name, is_current });
            if let Some(above) = parents_at(&record, self.when).first().copied().filter(|id| (self.admits)(*id)) {
                next = self.in_force(above)?;
            }
        }
        Ok(chain)
    }

    /// Returns a unit, or what took its place by then: it went up into that one whole. Of a unit that was split nobody knows
    /// where all of it went: it stays itself, and so does one whose successor `admits` refuses.
    fn in_force(&self, id: RecordId) -> Result<Option<Record>, CatalogueError> {
        let Some(mut unit) = self.catalogue.record(id)? else { return Ok(None) };
        for _ in 0..DEEPEST {
            let Some(heir) = successor_at(&unit, self.when).filter(|heir| (self.admits)(*heir)) else { break };
            match self.catalogue.record(heir)? {
                Some(heir) => unit = heir,
                None => break,
            }
        }
        Ok(Some(unit))
    }
}

/// Returns the one unit that took the place of this one by some time.
fn successor_at(unit: &Record, when: Option<&Edtf>) -> Option<RecordId> {
    let today = || Edtf::from(jiff::ZonedDateTime::now().date());
    let day = when.map_or_else(|| today().bounds().0, |when| when.bounds().0);
    let successors = unit.fields.get("successors").and_then(Value::as_array).into_iter().flatten();
    let mut taken = successors.filter(|successor| bound(successor, "date").is_none_or(|date| date.bounds().0 <= day));
    let one = taken.next().filter(|one| one["share"].as_str().is_none_or(|share| share == WHOLE))?;
    taken.next().is_none().then(|| one["place"].as_str()?.parse().ok()).flatten()
}

/// The share of a unit that went up into another one whole.
const WHOLE: &str = "whole";

/// Whether something dated by `from` and `until` held at some time. Days that touch count: on the day of a merger both
/// names are right.
fn holds(dated: &Value, when: Option<&Edtf>) -> bool {
    let now = || Edtf::from(jiff::ZonedDateTime::now().date());
    let (first, last) = when.map_or_else(|| now().bounds(), Edtf::bounds);
    let (from, until) = (bound(dated, "from"), bound(dated, "until"));
    // The uncertain part of a bound is given to whom asks about the time before or after it.
    from.is_none_or(|from| from.bounds().0 <= last) && until.is_none_or(|until| until.bounds().1 >= first)
}

fn began(dated: &Value) -> jiff::civil::Date {
    bound(dated, "from").map_or(jiff::civil::Date::MIN, |from| from.bounds().0)
}

fn bound(dated: &Value, name: &str) -> Option<Edtf> {
    serde_json::from_value::<Dated>(dated.get(name)?.clone()).ok()?.when()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Text};
    use serde_json::json;

    fn id(number: u64) -> RecordId {
        RecordId::from_number(number).unwrap()
    }

    /// Dị Chế until 2024, then part of Vương, then of Hoàng Hoa Thám from 1 July 2025.
    fn hamlet() -> Record {
        let mut place = Record::new(id(1), Kind::from("place"), Text::from([("vi".to_owned(), "Đa Quang".to_owned())]));
        let part = |to: u64, from: Option<&str>, until: Option<&str>| {
            let mut part = json!({"parent": id(to)});
            for (name, day) in [("from", from), ("until", until)] {
                if let Some(day) = day {
                    part[name] = json!({"edtf": day});
                }
            }
            part
        };
        let parts = json!([part(2, None, Some("2024-10-31")), part(3, Some("2024-11-01"), Some("2025-06-30")), part(4, Some("2025-07-01"), None)]);
        place.fields.insert("part_of".to_owned(), parts);
        place.fields.insert(
            "names".to_owned(),
            json!([
                {"name": {"vi": "Đa Quang"}, "kind": "official"},
                {"name": {"vi": "Trại Đa Quang"}, "until": {"wording": "trước 1945"}},
            ]),
        );
        place
    }

    #[test]
    fn ar_09_a_record_of_2019_lies_in_the_commune_of_2019() {
        let place = hamlet();
        for (when, unit) in [("2019", 2), ("2024-12", 3), ("2025-07-01", 4), ("2030", 4), ("1900", 2)] {
            assert_eq!(parents_at(&place, Some(&when.parse().unwrap())), [id(unit)], "{when}");
        }
        assert_eq!(parents_at(&place, None), [id(4)], "today");
        assert_eq!(parents_at(&place, Some(&"2024".parse().unwrap())).len(), 2, "a year in which it changed knows both");
    }

    #[test]
    fn a_unit_ends_by_its_successor_or_with_its_last_name() {
        let mut unit = hamlet();
        assert!(!has_ended(&unit) && heir(&unit).is_none());
        assert_eq!(former_parents(&unit).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [id(3), id(2)], "the last one first");
        assert_eq!(names_beside(&unit, "vi").len(), 2);
        assert!(names_beside(&unit, "vi").iter().any(|(name, until)| name == "Trại Đa Quang" && until.is_some()));
        unit.fields.insert("successors".to_owned(), json!([{"place": id(4), "share": "whole", "date": {"edtf": "2025-07-01"}}]));
        assert!(has_ended(&unit) && heir(&unit) == Some(id(4)));
        let mut district = Record::new(id(9), Kind::from("place"), Text::new());
        district.fields.insert("names".to_owned(), json!([{"name": {"vi": "Tiên Lữ"}, "until": {"edtf": "2025-06-30"}}]));
        assert!(has_ended(&district) && heir(&district).is_none());
    }

    #[test]
    fn an_old_name_is_the_name_of_its_time() {
        let place = hamlet();
        assert_eq!(name_at(&place, Some(&"2019".parse().unwrap()), "vi"), "Đa Quang");
        assert_eq!(name_at(&place, None, "en"), "Đa Quang");
    }
}
