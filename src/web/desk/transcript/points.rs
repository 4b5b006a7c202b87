//! The index points of a transcript as parts of a form, and back: moments worth finding, linked to steps, terms and people.

use kho_archive::access::{self, Decision, Viewer};
use kho_archive::model::Field;
use serde_json::{Map, Value, json};

use super::rows;
use crate::web::desk::form::{Entries, Forms, Wrong, places, read_words};
use crate::web::guard::Posted;

/// The fields that stand in the form as they do everywhere.
const LINKED: [&str; 5] = ["terms", "steps", "people", "places", "access"];

/// The fields with words in both languages.
const WORDS: [&str; 3] = ["title", "synopsis", "partial_text"];

/// An index point as it is typed.
pub(super) struct Point {
    /// Its place in the form.
    pub(super) place: usize,
    /// Which point of the revision this was that the form began with.
    pub(super) was: Option<usize>,
    pub(super) time: String,
    pub(super) end: String,
    /// What it is called, for the head of its part.
    pub(super) heading: String,
    pub(super) words: Vec<Words>,
    pub(super) linked: Entries,
    /// Whether it is shown unfolded.
    pub(super) is_open: bool,
}

/// Words in both languages.
pub(super) struct Words {
    /// The beginning of the names of the inputs.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) is_long: bool,
    /// Language and words.
    pub(super) texts: Vec<(&'static str, String, String)>,
}

/// Returns the points that the editor may see, and an empty one behind them.
pub(super) fn points(points: &[Value], viewer: &Viewer, forms: &Forms<'_>) -> Vec<Point> {
    let seen = points.iter().enumerate().filter(|(_, point)| is_seen(point, viewer));
    let mut shown: Vec<Point> = Vec::new();
    for (was, point) in seen {
        shown.push(drawn(shown.len(), Some(was), point, forms, &[]));
    }
    shown.push(drawn(shown.len(), None, &json!({}), forms, &[]));
    shown
}

/// Whether an editor may see a point: one that cannot be judged is for archivists.
pub(super) fn is_seen(point: &Value, viewer: &Viewer) -> bool {
    let decision = |value: &Value| serde_json::from_value::<Decision>(value.clone()).unwrap_or_default();
    point.get("access").is_none_or(|value| access::may(viewer, &[decision(value)]).is_admitted())
}

fn drawn(place: usize, was: Option<usize>, point: &Value, forms: &Forms<'_>, wrong: &[Wrong]) -> Point {
    let name = format!("point[{place}]");
    let language = forms.texts.language();
    let texts = |field: &str| -> Vec<(&'static str, String, String)> {
        let words = |language: &'static str| point[field][language].as_str().unwrap_or_default().to_owned();
        ["vi", "en"].map(|language| (language, forms.texts.get(&format!("language-{language}")), words(language))).to_vec()
    };
    let words = WORDS.iter().filter_map(|wanted| {
        let field = field(forms, wanted)?;
        let is_long = *wanted != "title";
        Some(Words { name: format!("{name}.{wanted}"), label: field.label(language).to_owned(), is_long, texts: texts(wanted) })
    });
    let entries = LINKED.iter().filter_map(|wanted| {
        let field = field(forms, wanted)?;
        Some(forms.entry(&field, &format!("{name}.{wanted}"), point.get(wanted), wrong, 1))
    });
    let heading = point["title"][language].as_str().or_else(|| point["title"]["vi"].as_str()).unwrap_or_default().to_owned();
    Point {
        place,
        was,
        time: rows::time(&point["time"]),
        end: rows::time(&point["end"]),
        heading,
        words: words.collect(),
        linked: Entries { entries: entries.collect(), t: forms.texts.clone() },
        is_open: wrong.iter().any(|wrong| wrong.name.starts_with(&name)),
    }
}

fn field(forms: &Forms<'_>, name: &str) -> Option<Field> {
    let outer = forms.typing.model.field("transcript", "index_points")?;
    forms.typing.model.inner(outer)?.fields.iter().find(|field| field.name == name).cloned()
}

/// Reads the points of a form: as they are to be shown again, as they are to be kept, and what is wrong with them. Points
/// that the editor may not see stay.
pub(super) fn read(before: &[Value], viewer: &Viewer, posted: &Posted, forms: &Forms<'_>) -> (Vec<Point>, Vec<Value>, Vec<Wrong>) {
    let (mut kept, mut shown, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for place in places(posted, "point") {
        let name = format!("point[{place}]");
        if posted.get(&format!("{name}.gone")) == "yes" {
            continue;
        }
        let was: Option<usize> = posted.get(&format!("{name}.was")).parse().ok();
        let was = was.filter(|was| before.get(*was).is_some_and(|point| is_seen(point, viewer)));
        let known = was.and_then(|was| before.get(was));
        let known_wrong = wrong.len();
        let point = read_one(&name, known, posted, forms, &mut wrong);
        if was.is_none() && is_blank(&point) {
            wrong.truncate(known_wrong);
            continue;
        }
        let mut again = drawn(place, was, &point, forms, &wrong[known_wrong..]);
        again.time = posted.get(&format!("{name}.time")).to_owned();
        again.end = posted.get(&format!("{name}.end")).to_owned();
        shown.push(again);
        kept.push(point);
    }
    let next = shown.iter().map(|point| point.place + 1).max().unwrap_or(0);
    shown.push(drawn(next, None, &json!({}), forms, &[]));
    let by_time = |one: &Value, other: &Value| time(one).total_cmp(&time(other));
    kept.sort_by(by_time);
    close_ends(&mut kept);
    kept.extend(before.iter().filter(|point| !is_seen(point, viewer)).cloned());
    kept.sort_by(by_time);
    (shown, kept, wrong)
}

fn time(point: &Value) -> f64 {
    point["time"].as_f64().unwrap_or(0.0)
}

/// A point of which nobody said where it ends, ends where the next one begins. Not so where that would open minutes: a
/// decision without an end reaches to the end.
fn close_ends(points: &mut [Value]) {
    let times: Vec<Value> = points.iter().map(|point| point["time"].clone()).collect();
    for (place, point) in points.iter_mut().enumerate() {
        let end = times.get(place + 1).or(times.get(place)).cloned().unwrap_or_default();
        let wants_end = |point: &&mut Map<String, Value>| point.contains_key("time") && !point.contains_key("end") && !point.contains_key("access");
        if let Some(point) = point.as_object_mut().filter(wants_end) {
            point.insert("end".to_owned(), end);
        }
    }
}

/// Whether nothing but a time was filled in.
fn is_blank(point: &Value) -> bool {
    point.as_object().is_none_or(|point| point.keys().all(|name| name == "time" || name == "end"))
}

fn read_one(name: &str, before: Option<&Value>, posted: &Posted, forms: &Forms<'_>, wrong: &mut Vec<Wrong>) -> Value {
    let mut point = before.and_then(Value::as_object).cloned().unwrap_or_default();
    for part in ["time", "end"] {
        let typed = posted.get(&format!("{name}.{part}")).trim();
        if typed.is_empty() {
            point.remove(part);
        } else if rows::put_time(&mut point, part, typed).is_none() {
            wrong.push(wrong_with(forms, &format!("{name}.{part}"), part, "transcript-bad-time"));
        }
    }
    for part in WORDS {
        put(&mut point, part, read_words(&format!("{name}.{part}"), before.and_then(|before| before.get(part)), posted));
    }
    for part in LINKED {
        let Some(field) = field(forms, part) else { continue };
        let value = forms.value(&field, &format!("{name}.{part}"), before.and_then(|before| before.get(part)), posted, wrong, 1);
        put(&mut point, part, value);
    }
    for (part, key) in [("time", "form-missing"), ("title", "form-missing")] {
        if !point.contains_key(part) && !wrong.iter().any(|wrong| wrong.name == format!("{name}.{part}")) {
            let place = if part == "title" { format!("{name}.title.vi") } else { format!("{name}.time") };
            wrong.push(wrong_with(forms, &place, part, key));
        }
    }
    Value::Object(point)
}

fn put(point: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(point.insert(name.to_owned(), value)),
        None => drop(point.remove(name)),
    }
}

fn wrong_with(forms: &Forms<'_>, name: &str, part: &str, key: &str) -> Wrong {
    let label = field(forms, part).map_or_else(|| part.to_owned(), |field| field.label(forms.texts.language()).to_owned());
    Wrong { name: name.to_owned(), label, text: forms.texts.get(key) }
}
