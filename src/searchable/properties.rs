//! The properties of a record by which answers are narrowed and counted, its codes, its days, and the names that it offers.

use kho_archive::date::Dated;
use kho_archive::model::{Field, Model, Shape};
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::View;
use serde_json::Value;

use crate::typed;

/// Kinds of records that are properties of others.
const KINDS: [&str; 8] = ["craft", "practice", "place", "technique", "material", "tool", "motif", "person"];

/// Spans that are longer than this say nothing of decades.
const LONGEST_SPAN: i64 = 40 * 366;

/// Adds them. `above` gives a record that is spoken of, with all that it lies in or is a kind of.
pub(super) fn add(view: &mut View, record: &Record, model: &Model, above: &dyn Fn(RecordId) -> Vec<(Kind, RecordId)>) {
    let mut put = |property: &str, value: String| {
        let values = view.facets.entry(property.to_owned()).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    };
    put("kind", record.kind.to_string());
    if let Some(mime) = record.files.first().and_then(|file| file.technical.mime.clone()) {
        put("medium", mime);
    }
    let references = model.references(record);
    // What a step is called in the thesaurus: so a step is found wherever it is done.
    let steps = references.iter().filter(|reference| reference.field == "steps" && reference.inner.as_deref() == Some("term"));
    steps.flat_map(|step| above(step.to)).for_each(|(_, id)| put("step", id.to_string()));
    let spoken_of = references.iter().map(|reference| reference.to);
    let own = KINDS.contains(&record.kind.as_str()).then_some(record.id);
    for id in own.into_iter().chain(spoken_of) {
        for (kind, id) in above(id) {
            if KINDS.contains(&kind.as_str()) || kind.as_str() == "collection" {
                put(kind.as_str(), id.to_string());
            }
        }
    }
    for (field, property) in [("language", "language"), ("rights_statement", "rights")] {
        texts(record.fields.get(field)).into_iter().for_each(|value| put(property, value));
    }
    if let Some(class) = leading(record.fields.get("plan_class")) {
        put("plan_class", class);
    }
    let days = days(record, model);
    for (first, last) in days.iter().filter(|(first, last)| last - first <= LONGEST_SPAN) {
        let decade = |day: i64| (1970.0 + day as f64 / 365.2425).floor() as i64 / 10 * 10;
        (decade(*first)..=decade(*last)).step_by(10).for_each(|decade| put("decade", decade.to_string()));
    }
    view.days = days;
    view.codes = [record.id.to_string()].into_iter().chain(texts(record.fields.get("code"))).collect();
    view.offered = offered(record);
}

/// Names that are offered to whoever begins to type. A medium that is called like its file is offered to nobody.
fn offered(record: &Record) -> Vec<String> {
    let stems = record.files.iter().flat_map(|file| &file.paths).map(|found| stem(&found.name).to_owned()).collect::<Vec<_>>();
    let titles = record.title.values().filter(|title| !stems.contains(title)).cloned();
    titles.chain(typed::other_names(record).into_iter().map(str::to_owned)).collect()
}

fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The days of which a record speaks: those of its dates, in claims, too.
fn days(record: &Record, model: &Model) -> Vec<(i64, i64)> {
    let is_date = |field: &&Field| matches!(field.shape, Shape::Date { .. }) && field.section != "admin" && !field.private;
    let mut days = Vec::new();
    for field in model.fields(record.kind.as_str()).into_iter().filter(is_date) {
        for value in field.values_in(&record.fields) {
            let value = if field.claims { value.get("value").unwrap_or(value) } else { value };
            let dated = serde_json::from_value::<Dated>(value.clone()).ok().and_then(|dated| dated.when());
            days.extend(dated.map(|when| {
                let (first, last) = when.bounds();
                (number(first), number(last))
            }));
        }
    }
    let taken = record.files.first().and_then(|file| file.technical.taken.as_deref()).and_then(|taken| taken.get(..10)?.parse().ok());
    if days.is_empty() {
        days.extend(taken.map(|day| (number(day), number(day))));
    }
    days
}

fn number(day: jiff::civil::Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(day).map_or(0, |span| i64::from(span.get_days()))
}

/// The words or codes in a field.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(value)) => vec![value.clone()],
        _ => Vec::new(),
    }
}

/// The value of the claim that leads, else of the last one.
fn leading(claims: Option<&Value>) -> Option<String> {
    let claims = claims?.as_array()?;
    let leads = |claim: &&Value| claim["leads"] == Value::Bool(true);
    let claim = claims.iter().find(leads).or_else(|| claims.last())?;
    let value = &claim["value"];
    value.as_str().or_else(|| value["value"].as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::Text;
    use serde_json::json;

    #[test]
    fn a_record_tells_its_decades_codes_and_names() {
        let model = Model::built_in().unwrap_or_else(|error| panic!("{error}"));
        let id = RecordId::from_number(7).unwrap_or_else(|| panic!("no identifier"));
        let mut image = Record::new(id, Kind::image(), Text::from([("vi".to_owned(), "Rót đồng".to_owned())]));
        image.fields.insert("created".to_owned(), json!({"edtf": "1985/1991"}));
        image.fields.insert("code".to_owned(), json!("HY-17"));
        let mut view = View::default();
        add(&mut view, &image, &model, &|_| Vec::new());
        assert_eq!(view.facets["decade"], ["1980", "1990"]);
        assert_eq!(view.facets["kind"], ["image"]);
        assert_eq!((view.codes.len(), view.offered.as_slice()), (2, &["Rót đồng".to_owned()][..]));
        assert_eq!(view.days, [(number(jiff::civil::date(1985, 1, 1)), number(jiff::civil::date(1991, 12, 31)))]);
    }
}
