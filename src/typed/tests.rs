use std::sync::LazyLock;

use kho_archive::record::{Kind, Record, RecordId};
use proptest::prelude::*;

use super::*;

/// Knows three records: one craft, and two places of one name.
struct Three;

impl Resolve for Three {
    fn resolve(&self, _: &[&str], typed: &str) -> anyhow::Result<Found> {
        let id = |number| RecordId::from_number(number).unwrap();
        Ok(match typed {
            "đan đó" | "000000000000" => Found::One(id(0)),
            "Tân Tiến" => Found::Several(vec![id(1), id(2)]),
            _ => Found::None,
        })
    }
}

fn model() -> &'static Model {
    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::built_in().unwrap());
    &MODEL
}

fn typed(kind: &str, field: &str, text: &str) -> Result<Value, String> {
    let model = model();
    let field = model.field(kind, field).unwrap();
    Typing::new(model, &Three).value(field, text).map_err(|error| error.to_string())
}

#[test]
fn each_kind_of_field_is_typed_as_people_write_it() {
    let cases = [
        ("person", "family_name", "Nguyễn", json!("Nguyễn")),
        ("image", "caption", "Vót nan", json!({"vi": "Vót nan"})),
        ("image", "caption", "[không đề]", json!({"vi": "[không đề]"})),
        ("image", "caption", r#"{"en": "Splitting"}"#, json!({"en": "Splitting"})),
        ("place", "place_kind", "xã", json!("commune")),
        ("place", "place_kind", "Commune", json!("commune")),
        ("place", "position", "20.69, 106.04", json!({"lat": 20.69, "lon": 106.04})),
        ("place", "names", "Dị Chế; Vương", json!([{"name": {"vi": "Dị Chế"}}, {"name": {"vi": "Vương"}}])),
        ("practice", "craft", "đan đó", json!("000000000000")),
        ("practice", "holders", "không rõ", json!({"state": "unknown"})),
        ("practice", "threats", "none", json!({"state": "none"})),
        ("practice", "origin", "thế kỷ 15", json!([{"value": {"edtf": "14XX", "wording": "thế kỷ 15"}, "sources": {"state": "unknown"}}])),
        ("survey", "craft_households", "0", json!(0)),
        ("survey", "craft_households", "Không áp dụng", json!({"state": "not_applicable"})),
        ("survey", "effective", "có", json!(true)),
        ("survey", "revenue", "1.200.000 đồng", json!({"value": 1_200_000, "unit": "đồng"})),
        ("motif", "local_names", "triện; hồi văn (chữ T; chữ S)", json!(["triện", "hồi văn (chữ T; chữ S)"])),
        ("term", "alt_labels", "đan rọ; đan lờ", json!([{"vi": "đan rọ"}, {"vi": "đan lờ"}])),
        ("practice", "protocol", "community", json!({"level": "community"})),
        ("event", "when", "15/8 âm lịch", json!({"lunar": {"day": 15, "month": 8, "leap": false}})),
        ("survey", "date", r#"{"edtf": "2025"}"#, json!({"edtf": "2025"})),
    ];
    for (kind, field, text, expected) in cases {
        assert_eq!(typed(kind, field, text), Ok(expected), "{kind}.{field} {text}");
    }
}

#[test]
fn what_is_not_understood_is_told_with_the_field_and_what_to_do() {
    let cases = [
        ("practice", "craft", "đan rổ", "no craft has this identifier, code or name"),
        ("practice", "place", "Tân Tiến", "several records are called so"),
        ("place", "place_kind", "làng chài", "the vocabulary place_kinds has hamlet (Thôn, xóm)"),
        ("survey", "craft_households", "mười", "it is no number"),
        ("survey", "effective", "hơi hơi", "write yes or no"),
        ("practice", "plan_class", "a", "it has several fields (value, date, assessor, evidence, note)"),
        ("practice", "plan_class", "[{\"value\": 1}]", "plan_class[0].value is no code"),
        ("survey", "date", "{\"edtf\": ", "it begins like JSON"),
        ("practice", "protocol", "everyone", "is no access level"),
    ];
    for (kind, field, text, expected) in cases {
        let said = typed(kind, field, text).unwrap_err();
        assert!(said.contains(field) && said.contains(expected), "{kind}.{field} {text}: {said}");
    }
}

#[test]
fn changes_join_languages_append_to_lists_and_take_away() {
    let model = model();
    let typing = Typing::new(model, &Three);
    let mut record = Record::new(RecordId::from_number(7).unwrap(), Kind::from("person"), [("vi".to_owned(), "Trần Ứng Long".to_owned())].into());
    let mut change = |text: &str| apply(&mut record, &Change::read(text).unwrap(), &typing, "cô Thuỷ").map(|()| record.clone());
    change("given_name=Long").unwrap();
    change("other_names=Đại vương").unwrap();
    let after = change("other_names+=Long công").unwrap();
    assert_eq!(after.fields["other_names"], json!([{"name": {"vi": "Đại vương"}}, {"name": {"vi": "Long công"}}]));
    assert!(!change("given_name=").unwrap().fields.contains_key("given_name"));
    let after = change("access=community").and_then(|_| change("access.groups=họ Trần; họ Đào")).unwrap();
    assert_eq!(after.access.groups.iter().collect::<Vec<_>>(), ["họ Trần", "họ Đào"]);
    let after = change("access.seasons=15/8-16/8 âm lịch; 20/12-5/1").and_then(|_| change("access.stub=có")).unwrap();
    let seasons = serde_json::to_value(&after.access.seasons).unwrap();
    assert_eq!(seasons, json!([{"lunar": true, "from": [15, 8], "to": [16, 8]}, {"from": [20, 12], "to": [5, 1]}]));
    assert!(after.access.stub);
    for wrong in ["given_name+=x", "given_name.en=x", "steps=x", "id=x", "access.seasons=tháng Tám", "access.moon=x"] {
        assert!(matches!(change(wrong), Err(TypedError::Use(_))), "{wrong}");
    }
    assert!(Change::read("no change").is_err());
}

#[test]
fn a_change_is_refused_for_what_it_brings_and_not_for_what_was_there() {
    let model = model();
    let mut before = Record::new(RecordId::from_number(7).unwrap(), Kind::from("place"), [("vi".to_owned(), "Dị Chế".to_owned())].into());
    before.fields.insert("position".to_owned(), json!("somewhere"));
    let mut after = before.clone();
    after.fields.insert("place_kind".to_owned(), json!("commune"));
    assert_eq!(problems_of_change(model, &before, &after), []);
    let brought = problems_of_change(model, &after, &before);
    assert_eq!(brought.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["place_kind"]);
}

/// Some values that a field can have, with the field.
fn values() -> impl Strategy<Value = (&'static str, &'static str, Value)> {
    let words = "[a-zđăâêôơư .;(){}\\[\\]\"0-9]{1,20}".prop_filter("words", |words: &String| !words.trim().is_empty());
    let numbers = prop_oneof![
        any::<i32>().prop_map(|number| json!(number)),
        (-1_000_000i32..1_000_000).prop_map(|number| numbers::plain(Some(f64::from(number) / 1000.0)).unwrap())
    ];
    let dates = (0u16..3000, "[a-z0-9 ]{0,12}").prop_map(|(year, words)| {
        let mut date = json!({"edtf": format!("{year:04}~")});
        if !words.trim().is_empty() {
            date["wording"] = json!(words);
        }
        date
    });
    prop_oneof![
        words.clone().prop_map(|words| ("person", "family_name", json!(words.trim()))),
        words.clone().prop_map(|words| ("image", "caption", json!({"vi": words.trim()}))),
        proptest::collection::vec(words, 1..4).prop_map(|all| ("motif", "local_names", json!(all))),
        numbers.prop_map(|number| ("survey", "workers", number)),
        dates.prop_map(|date| ("survey", "date", date)),
        (0.0..90.0f64, 0.0..180.0f64).prop_map(|(lat, lon)| ("place", "position", json!({"lat": lat, "lon": lon}))),
        any::<bool>().prop_map(|flag| ("survey", "effective", json!(flag))),
        proptest::sample::select(&["hamlet", "commune", "market"][..]).prop_map(|code| ("place", "place_kind", json!(code))),
        proptest::sample::select(&STATES[..]).prop_map(|state| ("practice", "threats", json!({"state": state}))),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_and_typed_again_is_the_same(((kind, name, value), language) in (values(), proptest::sample::select(&["vi", "en"][..]))) {
        let model = model();
        let field = model.field(kind, name).unwrap();
        let typing = Typing { language, ..Typing::new(model, &Three) };
        let shown = typing.shown(field, &value);
        let again = typing.value(field, &shown).unwrap();
        // A line that begins like JSON is taken as words, with its quotation marks.
        let is_json = serde_json::from_str::<Value>(&shown).is_ok_and(|json| json == value);
        if !matches!(field.shape, Shape::Line) || !is_json {
            prop_assert_eq!(again, value, "{}", shown);
        }
    }

    #[test]
    fn nothing_that_is_typed_makes_the_reader_panic(text in ".{0,40}") {
        let model = model();
        for (code, _) in model.kinds() {
            for field in model.fields(code) {
                let _ = Typing::new(model, &Three).value(field, &text);
            }
        }
    }
}
