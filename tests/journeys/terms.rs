//! The thesaurus: it comes with an archive, changes with its uses, and goes to other systems and back.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::kho::{Kho, list};

/// The records of all terms.
fn terms(kho: &Kho) -> Vec<Value> {
    kho.records().into_iter().filter(|record| record["kind"] == "term").collect()
}

fn term(kho: &Kho, code: &str) -> Value {
    terms(kho).into_iter().find(|term| term["code"] == code).unwrap_or_else(|| panic!("no term {code}"))
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn export(kho: &Kho, name: &str) -> String {
    let file = kho.beside(name);
    let output = kho.run(["terms", "export", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    fs::read_to_string(file).unwrap()
}

/// Imports a text as a file of this name; returns the exit code and what is told of each concept.
fn import(kho: &Kho, name: &str, text: &str) -> (i32, Value) {
    let file = kho.beside(name);
    fs::write(&file, text).unwrap();
    kho.json(["terms", "import", file.to_str().unwrap(), "--json"])
}

#[test]
fn the_thesaurus_comes_with_a_new_archive() {
    let kho = Kho::with_terms();
    let log = kho.log();
    assert_eq!((log.len(), &log[0]["reason"], &log[0]["actor"]), (1, &json!("the thesaurus that comes with kho"), &json!("cô Thuỷ")));
    let all = terms(&kho);
    assert_eq!(all.len(), 543);
    let traps = term(&kho, "C012");
    assert_eq!(traps["title"], json!({"vi": "đan đó", "en": "fish-trap weaving"}));
    assert_eq!((&traps["facet"], &traps["status"], &traps["broader"]), (&json!("C"), &json!("active"), &term(&kho, "C010")["id"]));
    assert!(list(&traps["alt_labels"]).contains(&json!({"vi": "đan rọ"})) && traps["scope_note"]["en"].is_string());
    assert_eq!((&traps["access"]["level"], &traps["access"]["decided_by"]), (&json!("public"), &json!("kho")));
    let ids: BTreeSet<&str> = all.iter().map(|term| term["id"].as_str().unwrap()).collect();
    assert!(all.iter().all(|term| term["broader"].as_str().is_none_or(|id| ids.contains(id))));
    kho.assert_sound();
}

#[test]
fn an_archive_without_terms_gets_them_once() {
    let kho = Kho::new();
    assert!(kho.log().is_empty());
    let own = kho.json(["terms", "add", "--code", "C012", "--facet", "C", "title.vi=đan đó kiểu ta", "--json"]).1;
    assert_eq!(said(&kho.run(["terms", "add-starter"])), "542 terms were added.\n");
    assert_eq!(said(&kho.run(["terms", "add-starter"])), "0 terms were added.\n");
    assert_eq!((kho.log().len(), &term(&kho, "C012")["id"]), (2, &own["id"]), "a code that was there stays as it was");
}

#[test]
fn terms_are_listed_as_a_tree() {
    let kho = Kho::with_terms();
    let shown = said(&kho.run(["terms", "list", "--facet", "nghề thủ công"]));
    assert!(shown.starts_with("C000  nghề thủ công · crafts\n  C010  đan lát · basketry and plaiting\n    C011  "), "{shown}");
    assert!(!shown.contains("S000"));
    let (code, tree) = kho.json(["terms", "list", "--json"]);
    assert_eq!((code, list(&tree).len()), (0, 11));
    fn count(branches: &Value) -> usize {
        list(branches).iter().map(|branch| 1 + count(&branch["narrower"])).sum()
    }
    assert_eq!(count(&tree), 543);
    assert_eq!(kho.run(["terms", "list", "--facet", "màu"]).status.code(), Some(2));
}

#[test]
fn a_province_adds_words_of_its_own() {
    let kho = Kho::with_terms();
    let arguments = ["terms", "add", "--broader", "c010", "title.vi=đan nơm", "title.en=plunge-basket weaving", "alt=đan nơm cá", "--json"];
    let added = kho.json(arguments).1;
    assert_eq!((&added["code"], &added["facet"]), (&json!("C500"), &json!("C")));
    let record = kho.show(added["id"].as_str().unwrap());
    assert_eq!((&record["broader"], &record["alt_labels"]), (&term(&kho, "C010")["id"], &json!([{"vi": "đan nơm cá"}])));
    assert_eq!(kho.search("plunge-basket", &["--as", "public"])["hits"][0]["id"], added["id"]);
    for (wrong, named) in [
        (vec!["terms", "add", "--code", "C012", "--facet", "C", "title=x"], "C012"),
        (vec!["terms", "add", "--broader", "C999", "title=x"], "C999"),
        (vec!["terms", "add", "title=x"], "--facet"),
        (vec!["terms", "add", "--facet", "C", "colour=x"], "colour"),
        (vec!["terms", "merge", "C010", "C010"], "itself"),
    ] {
        let output = kho.run(&wrong);
        assert_eq!((output.status.code(), said(&output).contains(named)), (Some(2), true), "{wrong:?}: {}", said(&output));
    }
}

/// The retired code stays readable, and whatever had the term has the other one, at whatever depth it stood.
#[test]
fn a_merge_carries_every_reference_along_in_one_commit() {
    let kho = Kho::with_terms();
    let (from, into) = (term(&kho, "C013"), term(&kho, "C012"));
    let child = kho.json(["terms", "add", "--broader", "C013", "title=đan thuyền thúng", "--json"]).1;
    let before = kho.log().len();
    let (code, merged) = kho.json(["terms", "merge", "C013", "C012", "--reason", "họp tổ từ điển", "--json"]);
    assert_eq!((code, &merged["rewritten"]), (0, &json!([child["id"]])));
    let log = kho.log();
    assert_eq!((log.len(), &log.last().unwrap()["reason"]), (before + 1, &json!("họp tổ từ điển")));
    let (gone, heir) = (kho.show(from["id"].as_str().unwrap()), kho.show(into["id"].as_str().unwrap()));
    assert_eq!((&gone["status"], &gone["replaced_by"], &gone["code"]), (&json!("retired"), &into["id"], &json!("C013")));
    for label in ["đan thuyền nan", "thuyền nan", "đan rọ"] {
        assert!(list(&heir["alt_labels"]).contains(&json!({"vi": label})), "{label}");
    }
    assert_eq!(kho.show(child["id"].as_str().unwrap())["broader"], into["id"]);
    assert!(said(&kho.run(["terms", "list"])).contains("(retired, now C012)"));
    // A retired term is not merged into, and nothing new is put below it.
    assert_eq!(kho.run(["terms", "merge", "C011", "C013"]).status.code(), Some(2));
    assert_eq!(kho.run(["terms", "add", "--broader", "C013", "title=x"]).status.code(), Some(2));
    kho.assert_sound();
}

#[test]
fn a_term_that_goes_into_one_below_it_makes_no_circle() {
    let kho = Kho::with_terms();
    assert!(kho.run(["terms", "merge", "C010", "C012"]).status.success());
    let (top, traps, blinds) = (term(&kho, "C000"), term(&kho, "C012"), term(&kho, "C014"));
    assert_eq!((&traps["broader"], &blinds["broader"]), (&top["id"], &traps["id"]));
}

#[test]
fn retiring_points_on() {
    let kho = Kho::with_terms();
    let output = kho.run(["terms", "retire", "C024", "--replaced-by", "C025", "--reason", "trùng"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(term(&kho, "C024")["replaced_by"], term(&kho, "C025")["id"]);
    let before = kho.log();
    assert!(kho.run(["terms", "retire", "C024"]).status.success());
    assert_eq!(kho.log(), before, "what is retired already is no change");
}

/// Written, read into an empty archive and written again: the same bytes, in both forms.
#[test]
fn skos_goes_round() {
    let kho = Kho::with_terms();
    kho.run(["terms", "merge", "C013", "C012"]);
    kho.run(["terms", "add", "--broader", "C010", "title.vi=đan \"nơm\" & <rọ>", "title.en=x", "scope_note=dòng 1\ndòng 2"]);
    let (turtle, xml) = (export(&kho, "a.ttl"), export(&kho, "a.rdf"));
    for word in ["skos:ConceptScheme", "owl:deprecated", "dcterms:isReplacedBy", ":term:C012>", "\"đan đó\"@vi", "skos:topConceptOf"] {
        assert!(turtle.contains(word), "{word}");
    }
    for (name, text) in [("b.ttl", &turtle), ("b.rdf", &xml)] {
        let other = Kho::new();
        let (code, lines) = import(&other, name, text);
        assert_eq!((code, list(&lines).len()), (0, 544));
        assert!(list(&lines).iter().all(|line| line["fate"] == "created"));
        assert_eq!((&export(&other, "c.ttl"), &export(&other, "c.rdf")), (&turtle, &xml));
        let before = other.log();
        let again = import(&other, name, text).1;
        assert!(list(&again).iter().all(|line| line["fate"] == "unchanged"));
        assert_eq!(other.log(), before, "the same again is no commit");
    }
}

#[test]
fn an_import_tells_of_each_concept_and_loses_no_label() {
    let kho = Kho::with_terms();
    let text = r#"
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix dcterms: <http://purl.org/dc/terms/> . @prefix x: <http://example.org/craft/> .
        x:traps a skos:Concept ; skos:notation "C012" ; skos:prefLabel "đan đó đơm"@vi ; skos:altLabel "đan lừ"@vi .
        x:towels a skos:Concept ; skos:notation "C024" ; skos:prefLabel "dệt khăn"@vi ; owl:deprecated true ; dcterms:isReplacedBy x:cotton .
        x:cotton a skos:Concept ; skos:notation "C025" ; skos:prefLabel "dệt vải"@vi .
        x:new a skos:Concept ; skos:prefLabel "đan vó"@vi , "lift-net making"@en ; skos:broader x:traps .
        x:nameless a skos:Concept ; skos:notation "C901" ; skos:altLabel "không tên"@vi .
        x:one a skos:Concept ; skos:prefLabel "một"@vi ; skos:broader x:two .
        x:two a skos:Concept ; skos:prefLabel "hai"@vi ; skos:broader x:one .
        x:below a skos:Concept ; skos:prefLabel "ba"@vi ; skos:broader x:two .
        x:lost a skos:Concept ; skos:prefLabel "bốn"@vi ; skos:broader x:nowhere .
        x:loose a skos:Concept ; skos:prefLabel "năm"@vi .
    "#;
    let (code, lines) = import(&kho, "x.ttl", text);
    let fate = |name: &str| list(&lines).iter().find(|line| line["uri"] == format!("http://example.org/craft/{name}")).unwrap().clone();
    assert_eq!((code, list(&lines).len()), (1, 10));
    let fates = [("traps", "updated"), ("towels", "retired"), ("cotton", "unchanged"), ("new", "created")];
    fates.iter().for_each(|(name, expected)| assert_eq!(fate(name)["fate"], *expected, "{lines}"));
    for (name, why) in
        [("nameless", "prefLabel"), ("one", "leads back"), ("two", "leads back"), ("below", "neither"), ("lost", "nowhere"), ("loose", "--facet")]
    {
        let line = fate(name);
        assert_eq!((&line["fate"], line["note"].as_str().unwrap().contains(why)), (&json!("refused"), true), "{line}");
    }
    let traps = term(&kho, "C012");
    assert_eq!(traps["title"], json!({"vi": "đan đó đơm", "en": "fish-trap weaving"}), "English was not spoken of, and stays");
    for label in ["đan rọ", "đan lờ", "đan lừ"] {
        assert!(list(&traps["alt_labels"]).contains(&json!({"vi": label})), "{label}");
    }
    let new = kho.show(fate("new")["id"].as_str().unwrap());
    assert_eq!((&new["code"], &new["broader"], &new["uri"]), (&json!("C500"), &traps["id"], &json!("http://example.org/craft/new")));
    assert_eq!(term(&kho, "C024")["replaced_by"], term(&kho, "C025")["id"]);
    // A circle that only the archive and the file make together is one, too.
    let circle = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <urn:a> a skos:Concept ; skos:notation \"C010\" ; skos:prefLabel \"đan lát\"@vi ; skos:broader <urn:b> . <urn:b> a skos:Concept ; skos:notation \"C011\" ; skos:prefLabel \"mây tre đan\"@vi .";
    let (code, lines) = import(&kho, "y.ttl", circle);
    assert_eq!((code, &lines[0]["fate"]), (1, &json!("refused")), "{lines}");
    assert_eq!(term(&kho, "C010")["broader"], term(&kho, "C000")["id"]);
    // What is no SKOS at all is wrong use, and nothing happens.
    let before = kho.log();
    fs::write(kho.beside("z.ttl"), "đây không phải Turtle").unwrap();
    assert_eq!(kho.run(["terms", "import", kho.beside("z.ttl").to_str().unwrap()]).status.code(), Some(2));
    assert_eq!(kho.log(), before);
}
