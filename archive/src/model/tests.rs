use serde_json::{Value, json};

use super::*;
use crate::record::{Kind, RecordId, Text};

fn model() -> Model {
    Model::built_in().unwrap()
}

fn record(kind: &str, fields: &Value) -> Record {
    let mut record = Record::new(RecordId::from_number(1).unwrap(), Kind::from(kind), Text::from([("vi".to_owned(), "Nội Lễ".to_owned())]));
    record.fields = fields.as_object().unwrap().clone();
    record
}

fn sentences(record: &Record) -> Vec<String> {
    model().check(record).into_iter().filter(|problem| !problem.is_gap()).map(|problem| problem.to_string()).collect()
}

#[test]
fn the_model_has_all_kinds_and_every_field_speaks_both_languages() {
    let model = model();
    let kinds: Vec<&str> = model.kinds().map(|(code, _)| code).collect();
    for kind in ["practice", "place", "person", "technique", "consent", "image", "film", "term", "source", "transcript"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    let fields = model.kinds.values().flat_map(|kind| &kind.fields);
    for field in fields {
        assert!(!field.vi.is_empty() && !field.en.is_empty() && !field.help_vi.is_empty() && !field.help_en.is_empty(), "{}", field.name);
        assert!(["title", "text", "term", "name", "none"].contains(&field.search.as_str()), "{}: {}", field.name, field.search);
        assert!(!field.private || field.search == "none", "{} is personal and would be searched", field.name);
    }
}

#[test]
fn a_practice_with_claims_that_disagree_is_well_formed() {
    let source = json!({"sources": [{"citation": "Văn bia đình làng"}]});
    let claim = |edtf: &str, wording: &str| {
        let mut claim = source.clone();
        claim["value"] = json!({"edtf": edtf, "wording": wording});
        claim
    };
    let practice = record(
        "practice",
        &json!({
            "craft": "0000000000z1",
            "origin": [claim("18XX", "thế kỷ 19"), claim("1825", "năm 1825")],
            "plan_class": [{"class": "a", "date": {"edtf": "2025-02-10"}}],
            "threats": {"state": "unknown"},
        }),
    );
    let wrong: Vec<String> =
        sentences(&practice).into_iter().filter(|sentence| sentence.starts_with("origin") || sentence.starts_with("threats")).collect();
    assert!(wrong.iter().all(|sentence| sentence.contains("sources")), "{wrong:?}");
}

#[test]
fn each_message_names_the_field_and_what_is_wrong() {
    let cases = [
        (json!({"vitality": "cao"}), "vitality takes a list"),
        (json!({"place_kind": ["hamlet"]}), "place_kind takes one value"),
        (json!({"place_kind": "làng chài"}), "place_kind is \"làng chài\", which is no word of the vocabulary place_kinds"),
        (json!({"position": {"lat": 120.0, "lon": 5.0}}), "position lies outside"),
        (json!({"part_of": [{"parent": "không phải mã"}]}), "part_of[0].parent is no identifier"),
        (json!({"part_of": [{"parent": "000000000000", "từ đâu": 1}]}), "part_of[0].từ đâu is no field"),
    ];
    for (fields, expected) in cases {
        let kind = if fields.get("vitality").is_some() { "practice" } else { "place" };
        let said = sentences(&record(kind, &fields));
        assert!(said.iter().any(|sentence| sentence.contains(expected)), "{fields}: {said:?}");
    }
}

#[test]
fn unknown_none_and_nought_are_three_different_things() {
    let model = model();
    let count = |value: Value| record("survey", &json!({"craft_households": value}));
    let is_missing = |record: &Record| model.check(record).iter().any(|problem| problem.path == "craft_households" && problem.is_gap());
    for value in [json!(0), json!({"state": "unknown"}), json!({"state": "none"}), json!({"state": "not_applicable"})] {
        assert!(!is_missing(&count(value.clone())), "{value}");
    }
    assert!(is_missing(&record("survey", &json!({}))));
    assert_eq!((state_of(&json!(0)), state_of(&json!({"state": "none"})), state_of(&json!({"state": "maybe"}))), (None, Some("none"), None));
}

#[test]
fn references_are_found_at_every_depth() {
    let id = |number| RecordId::from_number(number).unwrap();
    let steps = json!([{"id": "s1", "tools": [{"tool": id(3)}], "term": id(4)}, {"id": "s2", "term": "không phải mã"}]);
    let founders = json!([{"value": id(6), "certainty": "doubtful"}]);
    let mut technique = record("technique", &json!({"practice": id(2), "steps": steps}));
    technique.relations.push(crate::record::Relation { kind: "may-belong-with".to_owned(), to: id(5) });
    let found = |record: &Record| {
        let found = model().references(record).into_iter();
        found.map(|reference| (reference.field, reference.inner.unwrap_or_default(), reference.to)).collect::<Vec<_>>()
    };
    let expected = [("may-belong-with", "", 5), ("practice", "", 2), ("steps", "term", 4), ("steps", "tool", 3)];
    assert_eq!(found(&technique), expected.map(|(field, inner, to)| (field.to_owned(), inner.to_owned(), id(to))));
    assert_eq!(found(&record("practice", &json!({"founders": founders}))), [("founders".to_owned(), String::new(), id(6))]);
}

#[test]
fn a_province_adds_fields_and_words_and_cannot_take_names_that_are_there() {
    let mut model = model();
    let field = json!({"name": "ma_so_tinh", "type": "code", "vi": "Mã số tỉnh", "en": "Provincial code", "section": "admin", "search": "name"});
    let choice = json!({"code": "boat", "vi": "thuyền", "en": "boat"});
    let adds = json!({"fields": [{"of": "practice", "field": field}], "choices": [{"vocabulary": "place_kinds", "choice": choice}]});
    let addition = record("model", &json!({"adds": adds}));
    model.extend(&addition).unwrap();
    assert!(model.field("practice", "ma_so_tinh").is_some());
    assert_eq!(model.vocabulary("place_kinds").unwrap().code_of("Thuyền"), Some("boat"));
    assert!(matches!(model.extend(&addition), Err(ModelError::Taken(_))));
    let dangling = json!({"name": "x", "type": "enum", "vocabulary": "không có", "vi": "x", "en": "x", "section": "admin", "search": "none"});
    let before = model.fields("practice").len();
    let wrong = record("model", &json!({"adds": {"fields": [{"of": "practice", "field": dangling}]}}));
    assert!(matches!(model.extend(&wrong), Err(ModelError::Dangling { .. })));
    assert_eq!(model.fields("practice").len(), before, "all or nothing");
}

#[test]
fn the_schema_knows_every_kind_and_every_field() {
    let model = model();
    let schema = model.json_schema();
    for (code, _) in model.kinds() {
        for field in model.fields(code) {
            assert!(schema["$defs"][code]["properties"][&field.name].is_object(), "{code}.{}", field.name);
        }
    }
}
