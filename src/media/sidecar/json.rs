//! JSON beside media: Google Takeout, and the flat objects that catalogues give out.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Map, Value as Node};

use super::{MOST_BYTES, MOST_IN_VALUE, MOST_VALUES, Value, add};
use crate::media::describe::{Evidence, Field, may_name_files, meanings};
use crate::media::table::{Row, Table};

/// Rows and columns that a list gives at most, as in any table.
const MOST_ROWS: usize = 200_000;
const MOST_COLUMNS: usize = 256;

/// The most cells of a list: each row has one for every heading.
const MOST_CELLS: usize = 4 << 20;

/// How deep below a member its texts are looked for.
const DEEPEST: usize = 16;

/// What a JSON file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// It describes one medium.
    One {
        /// The file that it names, if it names one.
        file: Option<String>,
        /// What was understood.
        values: Vec<Value>,
        /// What was not understood, with its key, in the order of the keys.
        others: Vec<(String, String)>,
    },
    /// It is a list of objects, to be read as any table. The number of a row is its place in the list, from 1.
    Table(Table),
    /// It says nothing about media.
    Other,
}

/// Reads a JSON sidecar.
///
/// # Errors
/// If it is larger than 8 MiB, is no JSON, or is nested more than 128 deep.
pub(crate) fn read_json(bytes: &[u8]) -> Result<Json> {
    ensure!(bytes.len() <= MOST_BYTES, "the JSON is larger than {} MiB", MOST_BYTES >> 20);
    let text = crate::media::table::decode(bytes);
    let node: Node = serde_json::from_str(&text).context("the JSON is damaged")?;
    Ok(match &node {
        Node::Array(list) => list_of(list).map_or(Json::Other, Json::Table),
        Node::Object(object) if object.contains_key("photoTakenTime") => takeout(object),
        Node::Object(object) => match list_inside(object) {
            Some(table) => Json::Table(table),
            None => flat(object),
        },
        _ => Json::Other,
    })
}

/// Reads a sidecar of Google Takeout, whose title is the name of the file.
fn takeout(object: &Map<String, Node>) -> Json {
    let mut values = Vec::new();
    let text = |key: &str| object.get(key).and_then(Node::as_str);
    add(&mut values, Field::Description, text("description").unwrap_or_default(), None);
    let taken = object.get("photoTakenTime").and_then(|taken| taken.get("timestamp"));
    // Takeout writes 0 where it does not know the time.
    if let Some(moment) = taken.and_then(seconds).filter(|seconds| *seconds != 0).and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        add(&mut values, Field::Date, &moment.to_string(), None);
    }
    for key in ["geoData", "geoDataExif"] {
        let is_known = values.iter().any(|value| value.field == Field::Latitude);
        if let (false, Some(place)) = (is_known, object.get(key)) {
            add_position(&mut values, place);
        }
    }
    if let Some(people) = object.get("people") {
        for name in texts_of(people) {
            add(&mut values, Field::Person, &name, None);
        }
    }
    let others = text("url").map(|url| ("url".to_owned(), cut(url).to_owned())).into_iter().collect();
    let file = text("title").map(str::trim).filter(|title| !title.is_empty()).map(|title| cut(title).to_owned());
    Json::One { file, values, others }
}

/// Adds a position in degrees; zeros mean that none is known.
fn add_position(values: &mut Vec<Value>, place: &Node) {
    let number = |key: &str| place.get(key).and_then(Node::as_f64);
    if let (Some(latitude), Some(longitude)) = (number("latitude"), number("longitude"))
        && (latitude, longitude) != (0.0, 0.0)
        && latitude.abs() <= 90.0
        && longitude.abs() <= 180.0
    {
        add(values, Field::Latitude, &latitude.to_string(), None);
        add(values, Field::Longitude, &longitude.to_string(), None);
    }
}

/// Returns a count of seconds, which Takeout writes as text.
fn seconds(node: &Node) -> Option<i64> {
    node.as_i64().or_else(|| node.as_str()?.trim().parse().ok())
}

/// Reads an object whose keys are headings.
fn flat(object: &Map<String, Node>) -> Json {
    // A truth value or an empty member is no description: it must not take the place of a field.
    let members: Vec<(&str, Vec<String>)> =
        object.iter().map(|(key, node)| (key.as_str(), texts_of(node))).filter(|(_, texts)| !texts.is_empty()).take(MOST_VALUES).collect();
    let is_file = |key: &str| may_name_files(key) == Some(Evidence::Strong);
    let file_at = members.iter().position(|(key, texts)| is_file(key) && texts.len() == 1);
    // The member that names the file takes no part as a field: an empty heading means nothing.
    let keys = members.iter().enumerate().map(|(at, (key, _))| if Some(at) == file_at { "" } else { *key });
    let known = meanings(&keys.collect::<Vec<_>>());
    let mut values = Vec::new();
    let mut others = Vec::new();
    for (at, (key, texts)) in members.iter().enumerate().filter(|(at, _)| Some(*at) != file_at) {
        match known.iter().find(|(position, _)| *position == at) {
            Some((_, field)) => texts.iter().for_each(|text| add(&mut values, *field, text, None)),
            None if others.len() < MOST_VALUES => others.push(((*key).to_owned(), texts.join("; "))),
            None => {}
        }
    }
    if values.is_empty() && file_at.is_none() {
        return Json::Other;
    }
    let file = file_at.and_then(|at| members.get(at)).and_then(|(_, texts)| texts.first()).cloned();
    Json::One { file, values, others }
}

/// Returns the table of the only list of objects inside, if those name files.
fn list_inside(object: &Map<String, Node>) -> Option<Table> {
    let mut lists = object.values().filter_map(Node::as_array).filter_map(|list| list_of(list));
    let table = lists.next()?;
    lists.next().is_none().then_some(table)
}

/// Returns a list of objects as a table, if one of their keys may name files.
fn list_of(list: &[Node]) -> Option<Table> {
    let mut header: Vec<String> = Vec::new();
    let mut problems = Vec::new();
    for key in list.iter().take(MOST_ROWS).filter_map(Node::as_object).flat_map(Map::keys) {
        if !header.iter().any(|known| known == key) {
            if header.len() >= MOST_COLUMNS {
                problems.push(format!("the objects have more than {MOST_COLUMNS} keys: the others were left out"));
                break;
            }
            header.push(key.clone());
        }
    }
    header.iter().find(|key| may_name_files(key) == Some(Evidence::Strong))?;
    let room = MOST_ROWS.min(MOST_CELLS / header.len().max(1));
    if list.len() > room {
        problems.push(format!("the list is too long: what follows object {room} was left out"));
    }
    let row = |(at, object): (usize, &Node)| {
        let cell = |key: &String| object.get(key).map(|node| texts_of(node).join("; ")).unwrap_or_default();
        Row { number: at.saturating_add(1), cells: header.iter().map(cell).collect() }
    };
    let rows = list.iter().enumerate().take(room).filter(|(_, node)| node.is_object()).map(row).collect();
    Some(Table { header, rows, problems })
}

/// Returns the texts of a member: its own, those of its list, or the names of the objects in it. In a tree of
/// terms only the leaves count.
fn texts_of(node: &Node) -> Vec<String> {
    let mut texts = Vec::new();
    gather(node, 0, &mut texts);
    texts
}

fn gather(node: &Node, depth: usize, texts: &mut Vec<String>) {
    const NAMES: [&str; 5] = ["name", "label", "title", "text", "value"];
    if depth > DEEPEST || texts.len() >= MOST_VALUES {
        return;
    }
    let depth = depth.saturating_add(1);
    match node {
        Node::String(text) if !text.trim().is_empty() => texts.push(cut(text.trim()).to_owned()),
        Node::Number(number) => texts.push(number.to_string()),
        Node::Array(list) => list.iter().for_each(|item| gather(item, depth, texts)),
        Node::Object(object) => {
            let below = object.get("children").filter(|children| children.as_array().is_some_and(|children| !children.is_empty()));
            if let Some(named) = below.or_else(|| NAMES.iter().find_map(|name| object.get(*name))) {
                gather(named, depth, texts);
            }
        }
        Node::String(_) | Node::Bool(_) | Node::Null => {}
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_IN_VALUE)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::shared;

    type Texts<'a> = Vec<(&'a str, String)>;

    fn one(text: &str) -> (Option<String>, Texts<'static>, Vec<(String, String)>) {
        let Json::One { file, values, others } = read_json(text.as_bytes()).expect("the JSON is well-formed") else { panic!("{text} is one") };
        (file, values.into_iter().map(|value| (value.field.name(), value.text)).collect(), others)
    }

    #[test]
    fn takeout_tells_when_and_where() {
        let (file, values, others) =
            one(r#"{"title": "IMG_4000.JPG", "description": "Vót nan đó", "photoTakenTime": {"timestamp": "1741739400", "formatted": "?"},
            "geoData": {"latitude": 0.0, "longitude": 0.0}, "geoDataExif": {"latitude": 20.6583, "longitude": 106.0583},
            "people": [{"name": "Lương Hữu Chất"}], "url": "https://photos.google.com/x"}"#);
        assert_eq!(file.as_deref(), Some("IMG_4000.JPG"));
        let expected = [
            ("caption", "Vót nan đó"),
            ("created", "2025-03-12T00:30:00Z"),
            ("latitude", "20.6583"),
            ("longitude", "106.0583"),
            ("person", "Lương Hữu Chất"),
        ];
        assert_eq!(values, expected.map(|(field, text)| (field, text.to_owned())));
        assert_eq!(others.len(), 1);
    }

    #[test]
    fn keys_are_read_like_headings() {
        let (file, values, others) = one(
            r#"{"tên tệp": "lụa.jpg", "tiêu đề": "Dệt lụa", "từ khóa": ["lụa", "Nam Cao"], "contributorCount": 1, "artist": true, "ghi chú": " "}"#,
        );
        assert_eq!(file.as_deref(), Some("lụa.jpg"));
        let expected = [("title", "Dệt lụa"), ("keywords", "lụa"), ("keywords", "Nam Cao")];
        let mut sorted = values.clone();
        sorted.sort_by_key(|(field, _)| std::cmp::Reverse(*field));
        assert_eq!(sorted, expected.map(|(field, text)| (field, text.to_owned())));
        assert_eq!(others, [("contributorCount".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_list_of_objects_is_a_table() {
        let text = r#"{"album": "Thủ Sỹ", "photos": [{"file": "đó.jpg", "title": "Đan đó"}, 7, {"file": "b.jpg", "tags": ["a", "b"]}]}"#;
        let Json::Table(table) = read_json(text.as_bytes()).expect("the JSON is well-formed") else { panic!("it is a table") };
        assert_eq!(table.header, ["file", "title", "tags"]);
        assert_eq!(
            table.rows.iter().map(|row| (row.number, row.cells.join("|"))).collect::<Vec<_>>(),
            [(1, "đó.jpg|Đan đó|".to_owned()), (3, "b.jpg||a; b".to_owned())]
        );
        assert_eq!(read_json(b"[1, 2]").expect("the JSON is well-formed"), Json::Other);
        assert_eq!(read_json(br#"{"version": 3}"#).expect("the JSON is well-formed"), Json::Other);
    }

    #[test]
    fn hostile_json_is_refused_or_says_nothing() {
        assert!(read_json("[".repeat(100_000).as_bytes()).is_err());
        assert!(read_json(br#"{"title": "#).is_err());
        let (_, values, _) = one(r#"{"title": "a", "photoTakenTime": {"timestamp": "999999999999999999999"}, "description": "b"}"#);
        assert_eq!(values.len(), 1);
        let deep = format!(r#"{{"title": "a", "subject": {}"b"{}}}"#, r#"{"name":"#.repeat(100), "}".repeat(100));
        let (_, values, _) = one(&deep);
        assert_eq!(values.len(), 1);
    }

    #[test]
    fn a_museum_elsewhere_is_understood_by_its_key_words() {
        let Some(path) = shared("media/catalogue/tate-json-sample/artworks/ar/001/ar00167-98369.json") else { return };
        let text = std::fs::read_to_string(path).expect("it can be read");
        let (_, values, _) = one(&text);
        for expected in [("title", "No Title (Oil Can)"), ("created", "2004"), ("creator", "Robert Therrien"), ("material", "Stainless steel")] {
            assert!(values.contains(&(expected.0, expected.1.to_owned())), "{expected:?} in {values:?}");
        }
    }
}
