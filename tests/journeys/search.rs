//! Finding: with and without marks, only what the viewer may see, and where it is said.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::kho::{Kho, list, wav};

fn ids(answer: &Value) -> BTreeSet<&str> {
    list(&answer["hits"]).iter().map(|hit| hit["id"].as_str().unwrap()).collect()
}

fn titles(answer: &Value) -> Vec<&str> {
    list(&answer["hits"]).iter().map(|hit| hit["title"]["vi"].as_str().unwrap()).collect()
}

/// What the facets count, over all kinds.
fn counted(answer: &Value) -> u64 {
    list(&answer["facets"]["kind"]).iter().map(|value| value["count"].as_u64().unwrap()).sum()
}

fn count_of(answer: &Value, kind: &str) -> u64 {
    let value = list(&answer["facets"]["kind"]).iter().find(|value| value["value"] == kind);
    value.map_or(0, |value| value["count"].as_u64().unwrap())
}

fn nfd(text: &str) -> String {
    text.nfd().collect()
}

#[test]
fn marks_may_be_typed_or_not() {
    let kho = Kho::of_samples();
    let without = kho.search("det lua", &[]);
    let found = ids(&without);
    assert!(found.len() >= 3, "{without}");
    for title in ["ghi chép dệt lụa", "vụ lúa và nghề phụ", "bien ban khong dau"] {
        assert!(titles(&without).contains(&title), "{title}");
    }
    for query in ["dệt lụa".to_owned(), nfd("DỆT LỤA"), "DET LUA".to_owned(), "lụa dệt".to_owned()] {
        assert_eq!(ids(&kho.search(&query, &[])), found, "{query}");
    }
}

#[test]
fn typed_marks_put_the_word_that_bears_them_first() {
    let kho = Kho::of_samples();
    let place = |query: &str, title: &str| titles(&kho.search(query, &[])).iter().position(|found| *found == title).unwrap();
    let (silk, rice) = ("ghi chép dệt lụa", "vụ lúa và nghề phụ");
    assert!(place("dệt lụa", silk) < place("dệt lụa", rice));
    assert!(place("lụa", silk) < place("lụa", rice));
    assert!(place("lúa", rice) < place("lúa", silk));
}

#[test]
fn composed_and_decomposed_queries_give_the_same_answer() {
    let kho = Kho::of_samples();
    for query in ["dệt lụa", "đúc đồng Lộng Thượng", "Thủ Sỹ", "phỏng vấn cụ bà", "sóng nước thủy ba"] {
        assert_ne!(query, nfd(query));
        let answer = kho.search(query, &[]);
        assert!(answer["total"].as_u64().unwrap() > 0, "{query}");
        assert_eq!(answer, kho.search(&nfd(query), &[]), "{query}");
    }
    // The text itself is decomposed here, its name as well.
    assert!(titles(&kho.search("làng Rồng", &[])).contains(&"Lộng Thượng NFD"));
}

#[test]
fn an_empty_query_lists_everything_with_its_kinds() {
    let kho = Kho::of_samples();
    let answer = kho.search("", &["--limit", "1000"]);
    let searched = kho.records().into_iter().filter(|record| record["kind"] != "accession" && record["files"][0]["role"] != "junk");
    let searched: Vec<Value> = searched.collect();
    assert_eq!((&answer["total"], ids(&answer).len()), (&json!(searched.len()), searched.len()));
    assert_eq!(ids(&answer), searched.iter().map(|record| record["id"].as_str().unwrap()).collect());
    for kind in ["image", "film", "sound", "document", "file"] {
        let count = searched.iter().filter(|record| record["kind"] == kind).count();
        assert_eq!(count_of(&answer, kind), count as u64, "{kind}");
    }
    assert_eq!(counted(&answer), searched.len() as u64);
    assert_eq!(kho.search(" \t…!", &["--limit", "1000"]), answer, "signs are no words");
    let few = kho.search("", &["--limit", "4"]);
    assert_eq!((list(&few["hits"]).len(), &few["total"]), (4, &answer["total"]));
    assert!(kho.search("", &[])["hits"].as_array().unwrap().len() == 20, "twenty unless told otherwise");
}

#[test]
fn kinds_narrow_and_add_up() {
    let kho = Kho::of_samples();
    let all = kho.search("đan đó", &["--limit", "100"]);
    for kinds in [&["image"][..], &["image", "sound"]] {
        let options: Vec<&str> = kinds.iter().flat_map(|kind| ["--kind", kind]).chain(["--limit", "100"]).collect();
        let narrowed = kho.search("đan đó", &options);
        let expected: u64 = kinds.iter().map(|kind| count_of(&all, kind)).sum();
        assert!(expected > 0 && narrowed["total"] == expected, "{narrowed}");
        assert!(list(&narrowed["hits"]).iter().all(|hit| kinds.contains(&hit["kind"].as_str().unwrap())));
        assert_eq!(narrowed["facets"], all["facets"], "what else there is stays in sight");
    }
    assert_eq!(kho.search("đan đó", &["--kind", "nonsense"])["total"], 0);
}

#[test]
fn others_see_and_count_only_what_is_open_to_them() {
    let kho = Kho::of_samples();
    let before = kho.search("dệt lụa", &["--as", "public"]);
    assert_eq!(before, kho.search("dệt lụa", &[]));
    let hit = &before["hits"][0];
    let (id, kind) = (hit["id"].as_str().unwrap(), hit["kind"].as_str().unwrap());
    for (level, admitted) in [("closed", ""), ("kiosk", "kiosk"), ("research", "researcher"), ("community", "")] {
        kho.set(id, &[&format!("access={level}")]);
        for viewer in ["public", "kiosk", "researcher"] {
            let answer = kho.search("dệt lụa", &["--as", viewer]);
            let missing = u64::from(viewer != admitted);
            assert_eq!(ids(&answer).contains(id), missing == 0, "{viewer} before something {level}");
            assert_eq!(answer["total"], before["total"].as_u64().unwrap() - missing, "{viewer} before something {level}");
            assert_eq!(count_of(&answer, kind), count_of(&before, kind) - missing, "{viewer} before something {level}");
            assert!(!answer["facets"].to_string().contains(":0"), "a kind of which nothing is left is not named");
        }
        assert_eq!(ids(&kho.search("dệt lụa", &[])), ids(&before), "archivists see it");
    }
    kho.set(id, &["access=sealed"]);
    assert!(!ids(&kho.search("dệt lụa", &[])).contains(id), "sealed is sealed");
    let (code, shown) = kho.json(["show", id, "--json"]);
    assert_eq!((code, &shown[0]["error"]), (1, &json!("not found")));
}

#[test]
fn spoken_words_are_found_where_they_are_said() {
    let kho = Kho::of_samples();
    for (words, title, at) in [
        ("hom miệng con cá", "Phỏng vấn bà Đoàn Thị Nan", 27.66),
        ("ba ngày hai đêm", "Phỏng vấn ông Tạ Văn Khuôn", 14.643),
        ("glossy brown insects", "Phỏng vấn bà Đoàn Thị Nan", 40.387),
    ] {
        let answer = kho.search(words, &[]);
        let hit = list(&answer["hits"]).iter().find(|hit| hit["title"]["vi"] == title).unwrap_or_else(|| panic!("{words}: {answer}"));
        assert_eq!((&hit["kind"], &hit["at_seconds"]), (&json!("sound"), &json!(at)), "{words}");
        assert!(hit["snippet"].as_str().unwrap().contains("<mark>"), "{hit}");
    }
    let in_text = kho.search("kén ươm nước nóng", &[]);
    assert_eq!(titles(&in_text), ["ghi chép dệt lụa"]);
    assert!(in_text["hits"][0].get("at_seconds").is_none(), "what is written is said at no time");
}

#[test]
fn junk_and_deliveries_are_not_searched() {
    let kho = Kho::new().file("Thumbs.db", "thumbs").file("Thumbs nói gì.txt", "không phải rác");
    let account = kho.ingest();
    assert_eq!(titles(&kho.search("thumbs", &[])), ["Thumbs nói gì"]);
    // The delivery bears the name of the folder.
    let delivery = kho.show(account["accession"].as_str().unwrap());
    let name = delivery["title"]["vi"].as_str().unwrap();
    assert_eq!((name, &kho.search(name, &[])["total"]), ("Thủ Sỹ 2025-03-12", &json!(0)));
    assert_eq!(kho.search("", &[])["total"], 1);
}

#[test]
fn a_title_counts_as_soon_as_it_is_given() {
    let kho = Kho::new().file("IMG_4000.txt", "không có gì");
    kho.ingest();
    assert_eq!(kho.search("khung cửi", &[])["total"], 0);
    let id = kho.record("IMG_4000")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["title=Khung cửi ở Nam Cao", "title.en=A loom"]);
    for words in ["khung cửi", "khung cui", "LOOM"] {
        assert_eq!(ids(&kho.search(words, &[])), BTreeSet::from([id.as_str()]), "{words}");
    }
    kho.set(&id, &["title=Thoi đưa", "title.en="]);
    assert_eq!(kho.search("khung cửi", &[])["total"], 0, "words that were taken back");
}

#[test]
fn snippets_cannot_carry_code() {
    let kho = Kho::new()
        .file("xấu.txt", "Thợ dệt <script>alert('lụa')</script> & <img src=x onerror=\"alert(1)\"> lụa")
        .file("xấu.wav", wav(2, 128))
        .file("xấu.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\n&lt;script&gt;alert(2)&lt;/script&gt; tơ tằm\n");
    kho.ingest();
    for words in ["dệt lụa", "script", "alert", "tơ tằm", "onerror"] {
        let answer = kho.search(words, &[]);
        assert!(answer["total"].as_u64().unwrap() > 0, "{words}");
        for hit in list(&answer["hits"]) {
            let plain = hit["snippet"].as_str().unwrap().replace("<mark>", "").replace("</mark>", "");
            assert!(!plain.is_empty() && !plain.contains(['<', '>', '"', '\'']), "{plain}");
        }
    }
    let answer = kho.search("dệt", &[]);
    assert!(answer["hits"][0]["snippet"].as_str().unwrap().contains("&lt;script&gt;"));
}

#[test]
fn a_withdrawn_record_vanishes_at_once_from_a_search_that_is_running() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    let ask = || server.get("/api/search?q=d%E1%BB%87t%20l%E1%BB%A5a").json();
    let before = ask();
    let id = before["hits"][0]["id"].as_str().unwrap();
    let total = before["total"].as_u64().unwrap();
    for _ in 0..3 {
        kho.set(id, &["access=closed"]);
        let withdrawn = ask();
        assert_eq!((withdrawn["total"].as_u64(), ids(&withdrawn).contains(id)), (Some(total - 1), false));
        kho.set(id, &["access=public"]);
        assert_eq!(ids(&ask()), ids(&before));
    }
}

#[test]
fn no_question_is_an_error() {
    let kho = Kho::of_samples();
    let long = "dệt lụa ".repeat(2000);
    let hostile =
        ["\"", "AND OR NOT", "title:(", "*", "lụa^1000", "[a TO z]", "\\", "../../etc", "\u{0301}\u{0301}", "🙂", "<script>", "'; DROP TABLE", &long];
    for query in hostile {
        // Words behind `--` are words, whatever they look like.
        let (code, answer) = kho.json(["search", "--json", "--", query]);
        assert_eq!(code, 0, "{query}");
        assert!(answer["total"].is_u64(), "{query}");
    }
}
