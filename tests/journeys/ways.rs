//! Ways in besides the search box: the wall, the map, time, the words of the thesaurus, what is related, and sets.

use serde_json::json;

use crate::kho::{Kho, Server, list};

/// Makes a record that is open to everyone, unless its fields say otherwise; returns its identifier.
fn make(kho: &Kho, kind: &str, fields: &[&str]) -> String {
    let (code, made) = kho.json([&["new", kind, "--json", "access=public"][..], fields].concat());
    assert_eq!(code, 0, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// The village of fish traps with its units of today and of old, its craft, and a hamlet of which nothing is open.
struct Village {
    kho: Kho,
    thu_sy: String,
    tan_hung: String,
    noi_lang: String,
    closed: String,
    craft: String,
    practice: String,
}

fn village() -> Village {
    let kho = Kho::new().file("đan vành.jpg", super::desk::picture(3)).file("gác bếp.jpg", super::desk::picture(4));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let place = |title: &str, kind: &str, fields: &[&str]| {
        let about = [&*format!("title={title}"), &*format!("place_kind={kind}")];
        make(&kho, "place", &[&about[..], fields].concat())
    };
    let tien_lu = place("Huyện Tiên Lữ", "district", &[r#"names=[{"name":{"vi":"Tiên Lữ"},"kind":"former","until":{"edtf":"2025-06-30"}}]"#]);
    let tan_hung = place(
        "Xã Tân Hưng",
        "commune",
        &["position=20.6384, 106.097", r#"names=[{"name":{"vi":"Tân Hưng"},"kind":"official","from":{"edtf":"2025-07-01"}}]"#],
    );
    let within = |unit: &str| json!({"parent": unit, "until": {"edtf": "2025-06-30"}});
    let thu_sy = place(
        "Xã Thủ Sỹ",
        "commune",
        &[
            &format!("part_of={}", json!([within(&tien_lu)])),
            r#"names=[{"name":{"vi":"Thủ Sỹ"},"kind":"former","until":{"edtf":"2025-06-30"}},{"name":{"vi":"Thủ Sĩ"},"kind":"found_spelling"}]"#,
            &format!("successors={}", json!([{"place": tan_hung, "share": "whole", "date": {"edtf": "2025-07-01"}}])),
        ],
    );
    let hamlet = |title: &str, access: &str| {
        let units = json!([within(&thu_sy), {"parent": tan_hung, "from": {"edtf": "2025-07-01"}}]);
        place(title, "hamlet", &[access, &format!("part_of={units}")])
    };
    let (noi_lang, closed) = (hamlet("Nội Lăng", "access=public"), hamlet("Xóm Kín", "access=closed"));
    let craft = make(&kho, "craft", &["title=Đan đó"]);
    let source = make(&kho, "source", &["title=Báo A", "source_kind=press", "citation=Báo A", "date=2010"]);
    let said = json!({"wording": "hơn 200 năm", "edtf": "1768/1828"});
    let before = json!({"wording": "trước Cách mạng tháng Tám", "edtf": "../1945"});
    let claim = |said: serde_json::Value| json!({"value": said, "certainty": "doubtful", "sources": [{"source": source}]});
    let origin = json!([claim(said), claim(before)]);
    let practice =
        make(&kho, "practice", &["title=Đan đó Thủ Sỹ", &format!("craft={craft}"), &format!("place={noi_lang}"), &format!("origin={origin}")]);
    make(&kho, "practice", &["title=Nghề Kín", "access=closed", &format!("craft={craft}"), &format!("place={closed}")]);
    for title in ["đan vành", "gác bếp"] {
        kho.set(kho.record(title)["id"].as_str().unwrap(), &[&format!("shows={practice}"), "created=1985"]);
    }
    Village { kho, thu_sy, tan_hung, noi_lang, closed, craft, practice }
}

/// The searches that a page leads to, each with how much it promises.
fn promised(page: &str) -> Vec<(String, u64)> {
    let mut promised = Vec::new();
    for link in page.split("href=\"/search?").skip(1) {
        let (query, rest) = link.split_once('"').unwrap();
        let inside = rest.split("</a>").next().unwrap();
        let counted = inside.split_once("-count\">").or_else(|| inside.split_once("class=\"inside\"").and_then(|(_, text)| text.split_once('>')));
        let digits: String = counted.map(|(_, text)| text.chars().take_while(char::is_ascii_digit).collect()).unwrap_or_default();
        promised.extend(digits.parse().ok().map(|count| (query.replace("&#38;", "&"), count)));
    }
    promised
}

fn assert_promises_hold(server: &Server, address: &str, at_least: usize) {
    let page = server.get(address).text();
    let promised = promised(&page);
    assert!(promised.len() >= at_least, "{address}: {promised:?} {page}");
    for (query, count) in promised {
        let found = server.get(&format!("/api/search?{query}")).json();
        assert_eq!(found["total"], count, "{address} promises {count} of {query}");
    }
}

/// Every count on every way in is what the search finds to which it leads, and what is closed is in none of them.
#[test]
fn every_way_in_leads_to_what_it_promises() {
    let village = village();
    let server = village.kho.serve();
    for (address, at_least) in [("/wall", 1), ("/places", 5), ("/time", 1), ("/browse/craft", 1)] {
        assert_promises_hold(&server, address, at_least);
        let page = server.get(address).text();
        for hidden in ["Kín", village.closed.as_str()] {
            assert!(!page.contains(hidden), "{address} tells of {hidden}: {page}");
        }
        let english = server.get(&format!("{address}?lang=en")).text();
        assert!(english.contains("<html lang=\"en\">") && !english.contains("Theo thời gian"), "{english}");
    }
    let wall = server.get("/wall").text();
    assert!(wall.contains(&format!("/search?craft={}", village.craft)) && wall.matches("<img src=\"/derived/").count() == 2, "{wall}");
    let time = server.get("/time").text();
    assert!(time.contains("1980–1989") && time.contains("“hơn 200 năm”") && time.contains("/search?year=1768..1828"), "{time}");
    // A craft that is closed afterwards is not on the wall any more, at the next look.
    village.kho.set(&village.craft, &["access=closed"]);
    let wall = server.get("/wall").text();
    assert!(!wall.contains(&village.craft), "{wall}");
}

/// Whoever chooses a value keeps the others of its property in sight, and of every other property what is left; also a moment after
/// something was closed.
#[test]
fn a_chosen_value_leaves_right_counts_for_all_others() {
    let village = village();
    let server = village.kho.serve();
    let ask = |query: &str| server.get(&format!("/api/search?limit=1{query}")).json();
    let assert_agree = || {
        let whole = ask("&facets=all");
        let facets = whole["facets"].as_object().unwrap();
        let mut asked = 0;
        for (property, values) in facets {
            for value in list(values) {
                let chosen = format!("&{property}={}", value["value"].as_str().unwrap());
                let answer = ask(&format!("{chosen}&facets=all"));
                assert_eq!(answer["total"], value["count"], "{chosen}");
                assert!(property == "kind" || answer["facets"][property] == *values, "{chosen}: {answer}");
                let others: Vec<&str> = facets.keys().filter(|other| *other != property).map(String::as_str).collect();
                let counted = ask(&format!("{chosen}&facets={}", others.join(",")));
                let is_alike = others.iter().all(|other| answer["facets"][other] == counted["facets"][other]);
                assert!(is_alike && answer["hits"] == counted["hits"], "{chosen}: {answer} {counted}");
                asked += 1;
            }
        }
        (asked, whole["total"].as_u64().unwrap())
    };
    let (asked, before) = assert_agree();
    assert!(asked > 10, "{asked}");
    village.kho.set(&village.practice, &["access=closed"]);
    assert_eq!(assert_agree().1, before - 1);
}

/// A craft in twenty-one villages, of which nobody took pictures but in one: those hang on the wall.
#[test]
fn the_wall_finds_the_village_of_which_there_is_a_picture() {
    let village = village();
    for number in 0..20 {
        make(&village.kho, "practice", &[&format!("title=Đan đó làng {number}"), &format!("craft={}", village.craft)]);
    }
    let server = village.kho.serve();
    assert_eq!(server.get("/wall").text().matches("<img src=\"/derived/").count(), 2);
}

/// KV-05 from the side of the map: Thủ Sỹ stands there with what it is now, and the unit of today with what it was.
#[test]
fn kv_05_find_my_village_by_its_old_name_and_by_its_new_one() {
    let village = village();
    let server = village.kho.serve();
    let found = server.get("/api/search?q=thu+si&kind=place").json();
    assert_eq!(found["hits"][0]["id"], village.thu_sy.as_str(), "{found}");
    let page = server.get("/places").text();
    let part = |from: &str| page.split_once(from).unwrap().1.to_owned();
    let (today, former) = (part("id=\"places-today\""), part("id=\"places-former\""));
    let line = |list: &str, id: &str| list.split_once(&format!("place={id}\"")).unwrap().1.split("</li>").next().unwrap().to_owned();
    assert!(line(&today, &village.tan_hung).contains("gồm cả Xã Thủ Sỹ"), "{today}");
    assert!(line(&today, &village.noi_lang).contains("đến 30/06/2025 thuộc Xã Thủ Sỹ, Huyện Tiên Lữ"), "{today}");
    let thu_sy = line(&former, &village.thu_sy);
    assert!(thu_sy.contains("còn gọi Thủ Sĩ") && thu_sy.contains("nay là Xã Tân Hưng"), "{thu_sy}");
    let map = page.split_once("<svg viewBox").unwrap().1.split("</figure>").next().unwrap();
    assert!(map.contains(&format!("<a href=\"/search?place={}\">\n        <title>Xã Tân Hưng: ", village.tan_hung)), "{map}");
    assert!(!map.contains(&village.noi_lang), "where nobody recorded a position, nothing is drawn");
}

/// RS-05 without the search box: the motifs stand below each other, and each leads to its sheets.
#[test]
fn rs_05_motifs_stand_below_each_other() {
    let kho = Kho::with_terms();
    let records = kho.records();
    let dragon = records.iter().find(|record| record["code"] == "P010").unwrap()["id"].as_str().unwrap().to_owned();
    let below = records.iter().find(|record| record["broader"] == json!(dragon)).unwrap()["id"].as_str().unwrap().to_owned();
    let broad = make(&kho, "motif", &["title=Rồng sóng", &format!("term={dragon}")]);
    let narrow = make(&kho, "motif", &["title=Rồng chầu Đồng Xâm", &format!("term={below}")]);
    make(&kho, "motif", &["title=Rồng kín", "access=closed", &format!("term={below}")]);
    let silver = make(&kho, "material", &["title=Bạc", "code=MB"]);
    let punch = make(&kho, "tool", &["title=Đục chạm"]);
    make(&kho, "product", &["title=Khay", &format!("motif={narrow}"), &format!("material={silver}"), "made=1941"]);
    let steps = json!([{"id": "p1", "order": 1, "name": {"vi": "chạm"}, "what": {"vi": "chạm mặt bạc"}, "mode": "hand", "access": {"level": "public"}, "tools": [{"tool": punch}], "materials": [{"material": silver}]}]);
    make(&kho, "technique", &["title=Chạm bạc", &format!("steps={steps}")]);
    let server = kho.serve();
    for (kind, wanted) in [("motif", &narrow), ("material", &silver), ("tool", &punch)] {
        let address = format!("/browse/{kind}");
        assert_promises_hold(&server, &address, 1);
        assert!(server.get(&address).text().contains(&format!("/search?{kind}={wanted}")), "{kind}");
    }
    let page = server.get("/browse/motif").text();
    assert!(!page.contains("Rồng kín"));
    let class = |id: &str| {
        let before = page.split_once(&format!("motif={id}\"")).unwrap().0;
        before.rsplit_once("<li class=\"below-").unwrap().1.chars().next().unwrap().to_digit(10).unwrap()
    };
    assert_eq!((class(&broad), class(&below), class(&narrow)), (class(&dragon) + 1, class(&dragon) + 1, class(&dragon) + 2), "{page}");
}

/// What a source leaves open is drawn and searched as open: nobody said five hundred years before our era.
#[test]
fn a_claim_without_a_beginning_is_given_none() {
    let village = village();
    let page = village.kho.serve().get("/time").text();
    assert!(page.contains("“trước Cách mạng tháng Tám”") && page.contains("year=..1945") && page.contains("đến 1945"), "{page}");
    assert!(!page.contains("-500"), "{page}");
}

/// What has something in common stands on the page with the reason; what is closed, or says so only to some, does not.
#[test]
fn what_is_related_says_why() {
    let village = village();
    let kho = &village.kho;
    let (maker, secret) = (
        make(kho, "person", &["title=Cụ Mận", "person_kind=deceased"]),
        make(kho, "person", &["title=Cụ Kín", "person_kind=deceased", "access=closed"]),
    );
    let product = |title: &str, fields: &[&str]| make(kho, "product", &[&[&format!("title={title}")[..]][..], fields].concat());
    let by = |person: &str| format!("maker={person}");
    let one = product("Đó to", &[&format!("maker={maker}; {secret}")]);
    let two = product("Lờ", &[&by(&maker)]);
    let closed = product("Rọ kín", &[&by(&maker), "access=closed"]);
    let silent = product("Rọ thầm", &[&by(&maker), r#"field_access=[{"field":"maker","access":{"level":"closed"}}]"#]);
    let other = product("Nơm", &[&by(&secret)]);
    let page = kho.serve().get(&format!("/r/{one}")).text();
    let related = page.split_once("id=\"related\"").unwrap_or_else(|| panic!("{page}")).1.split("</section>").next().unwrap();
    assert!(related.contains("Cùng nghệ nhân: <a href=\"/search?person=") && related.contains("Cụ Mận") && related.contains(&two), "{related}");
    for hidden in [&closed, &silent, &other, &secret, "Kín"] {
        assert!(!related.contains(hidden), "{hidden}: {related}");
    }
    // Photographs of one craft, taken in the same year, have the craft in common.
    let photo = kho.record("đan vành")["id"].as_str().unwrap().to_owned();
    let page = kho.serve().get(&format!("/r/{photo}")).text();
    let related = page.split_once("id=\"related\"").unwrap().1;
    assert!(related.contains("Cùng nghề: ") && related.contains("gác bếp"), "{related}");
}

/// A set needs no account: the address is the set, and everyone sees of it what they may see.
#[test]
fn a_set_is_kept_in_its_address() {
    let village = village();
    let kho = &village.kho;
    let photo = kho.record("đan vành")["id"].as_str().unwrap().to_owned();
    let server = kho.serve();
    let record = server.get(&format!("/r/{photo}?set={}", village.practice)).text();
    let started = format!("/set?r={}&#38;r={photo}", village.practice);
    assert!(record.contains(&format!("<a href=\"{started}\" data-set-add")), "{record}");
    let set = format!("/set?title=%C4%90%C3%B3&r={photo}&r={}&r={}&r=nonsense", village.practice, village.closed);
    let page = server.get(&set).text();
    assert!(page.contains("<h1>Đó</h1>") && page.contains("đan vành") && page.contains("1 địa chỉ trong bộ không dẫn tới"), "{page}");
    assert!(!page.contains("Kín"));
    let swapped = format!("/set?title=%C4%90%C3%B3&#38;r={}&#38;r={photo}&#38;r={}", village.practice, village.closed);
    assert!(page.contains(&format!("href=\"{swapped}\"")), "{page}");
    let offered = server.get(&format!("{set}&q=gac+bep")).text();
    assert!(offered.contains("Thêm vào bộ: gác bếp"), "{offered}");

    let table = server.get(&set.replace("/set?", "/set.csv?"));
    let rows = table.text();
    assert!(table.header("content-type").starts_with("text/csv") && rows.starts_with('\u{feff}'), "{rows}");
    assert_eq!(rows.lines().count(), 3, "a header and two records: {rows}");
    assert!(rows.contains("đan vành") && rows.contains("Đan đó Thủ Sỹ") && !rows.contains("Kín"), "{rows}");

    let collection = server.get(&set.replace("/set?", "/iiif/presentation/3/collections/set?")).json();
    let items = list(&collection["items"]);
    assert_eq!((&collection["type"], collection["label"].clone()), (&json!("Collection"), json!({"none": ["Đó"]})));
    assert!(items.len() == 1 && items[0]["id"].as_str().unwrap().contains(&photo), "what is neither seen nor heard has no manifest: {collection}");
    assert_eq!(server.get("/iiif/presentation/3/collections/set").status, 404, "nothing is no collection");
}
