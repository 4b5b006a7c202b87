//! IIIF: what other people's viewers and catalogues read of the archive, and what they never hear of.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::kho::{Kho, Server, list, wav};
use crate::person::{Person, add};

const INTERVIEW: &str = "phỏng vấn cụ bà đan đó";
const PHOTOGRAPH: &str = "đôi tay đan vành";
const FILM: &str = "chẻ nan và đan đó";

fn id_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["id"].as_str().unwrap().to_owned()
}

fn make(kho: &Kho, kind: &str, fields: &[&str]) -> String {
    let (code, made) = kho.json([&["new", kind, "--json"][..], fields].concat());
    assert_eq!(code, 0, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

fn manifest_of(id: &str) -> String {
    format!("/iiif/presentation/3/{id}/manifest")
}

fn accession_of(kho: &Kho) -> String {
    kho.records().iter().find(|record| record["kind"] == "accession").unwrap()["id"].as_str().unwrap().to_owned()
}

/// What stands at an address of this server.
fn follow(server: &Server, address: &str) -> Value {
    let path = address.strip_prefix(&format!("http://{}", server.address())).unwrap_or_else(|| panic!("{address} leads elsewhere"));
    let answer = server.get(path);
    assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    answer.json()
}

/// The manifests below a collection.
fn manifests_below(server: &Server, collection: &str) -> BTreeSet<String> {
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![collection.to_owned()], BTreeSet::new());
    while let Some(address) = waiting.pop() {
        if !seen.insert(address.clone()) {
            continue;
        }
        for item in list(&follow(server, &address)["items"]) {
            let id = item["id"].as_str().unwrap().to_owned();
            assert!(item["label"].is_object(), "{item}");
            let list = if item["type"] == "Manifest" { &mut found } else { &mut waiting };
            list.push(id);
        }
    }
    found.into_iter().collect()
}

fn top(server: &Server) -> String {
    format!("http://{}/iiif/presentation/3/collections", server.address())
}

/// What happened, as harvesters read it: from the last page to the first.
fn activities(server: &Server) -> Vec<(String, String)> {
    let all = server.get("/iiif/discovery/1/activities").json();
    let (mut pages, mut next) = (Vec::new(), all["last"]["id"].as_str().map(str::to_owned));
    while let Some(address) = next {
        let page = follow(server, &address);
        next = page["prev"]["id"].as_str().map(str::to_owned);
        pages.insert(0, page);
    }
    assert_eq!(pages[0]["id"], all["first"]["id"]);
    let items: Vec<&Value> = pages.iter().flat_map(|page| list(&page["orderedItems"])).collect();
    assert!(items.is_sorted_by_key(|item| item["endTime"].as_str().unwrap()), "the oldest come first");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items.iter().map(|item| (text(&item["type"]), text(&item["object"]["id"]).rsplit('/').nth(1).unwrap().to_owned())).collect()
}

#[test]
fn a_photograph_is_presented_with_all_that_is_said_of_it() {
    let kho = Kho::of_samples();
    let id = id_of(&kho, PHOTOGRAPH);
    kho.set(
        &id,
        &[
            "title.en=Hands bending the rim",
            "description=Uốn vành đó bằng tay.",
            "caption=<b>Vành</b>",
            "created=1995",
            "rights_statement=InC",
            "licence=CC-BY-4.0",
            "credit_line=Ảnh: Lan",
            "notices=cn-attrib",
        ],
    );
    let server = kho.serve();
    let answer = server.get(&manifest_of(&id));
    assert_eq!(answer.header("content-type"), "application/ld+json;profile=\"http://iiif.io/api/presentation/3/context.json\"");
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("cache-control")), ("*", "no-cache"));
    let again = server.ask("GET", &manifest_of(&id), &[("If-None-Match", answer.header("etag"))]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let plain = server.ask("GET", &manifest_of(&id), &[("Accept", "text/html,application/xhtml+xml")]);
    assert_eq!((plain.header("content-type"), &plain.body), ("application/json", &answer.body));

    let (manifest, origin) = (answer.json(), format!("http://{}", server.address()));
    assert_eq!(manifest["id"], json!(format!("{origin}{}", manifest_of(&id))));
    assert_eq!(manifest["label"], json!({"vi": ["Đôi tay đan vành"], "en": ["Hands bending the rim"]}));
    assert_eq!(manifest["summary"], json!({"vi": ["Uốn vành đó bằng tay."]}));
    assert_eq!(manifest["rights"], "http://creativecommons.org/licenses/by/4.0/");
    assert_eq!(manifest["navDate"], "1995-01-01T00:00:00Z");
    let required = &manifest["requiredStatement"];
    assert_eq!(required["label"]["en"], json!(["Attribution and rights"]));
    assert_eq!(required["value"], json!({"vi": ["Ghi rõ người và làng giữ nghề", "Ảnh: Lan"], "en": ["Name the maker and the village", "Ảnh: Lan"]}));
    let field = |label: &str| list(&manifest["metadata"]).iter().find(|entry| entry["label"]["en"][0] == label).map(|entry| entry["value"].clone());
    assert_eq!(field("Caption"), Some(json!({"vi": ["<span>&lt;b&gt;Vành&lt;/b&gt;</span>"]})), "what looks like HTML is none");
    assert_eq!(field("Licence").unwrap()["en"], json!(["CC BY 4.0: attribution"]));
    assert_eq!((&manifest["provider"][0]["type"], &manifest["provider"][0]["id"]), (&json!("Agent"), &json!(format!("{origin}/"))));
    assert_eq!(manifest["homepage"][0]["id"], json!(format!("{origin}/r/{id}")));
    assert_eq!(server.get(&format!("/r/{id}.json")).status, 200, "seeAlso leads somewhere");

    let digest = kho.show(&id)["files"][0]["digest"].as_str().unwrap().to_owned();
    let facts = kho.show(&id)["files"][0]["technical"].clone();
    let canvas = &manifest["items"][0];
    let body = &canvas["items"][0]["items"][0]["body"];
    assert_eq!(body["id"], json!(format!("{origin}/iiif/3/{digest}/full/max/0/default.jpg")));
    assert_eq!(body["service"][0], json!({"id": format!("{origin}/iiif/3/{digest}"), "type": "ImageService3", "profile": "level2"}));
    assert_eq!(body["service"][1]["@id"], json!(format!("{origin}/iiif/2/{digest}")));
    let lies = facts["orientation"].as_u64().is_some_and(|orientation| orientation >= 5);
    let (width, height) = if lies { (&facts["height"], &facts["width"]) } else { (&facts["width"], &facts["height"]) };
    assert_eq!((&canvas["width"], &canvas["height"], &body["width"]), (width, height, width), "as a person sees it");
    let thumbnail = manifest["thumbnail"][0]["id"].as_str().unwrap();
    assert_eq!(server.get(thumbnail.strip_prefix(&origin).unwrap()).status, 200);
}

#[test]
fn an_interview_is_heard_with_its_words_and_its_index() {
    let kho = Kho::of_samples();
    let id = id_of(&kho, INTERVIEW);
    let server = kho.serve();
    let manifest = server.get(&manifest_of(&id)).json();
    let canvas = &manifest["items"][0];
    let painting = &canvas["items"][0]["items"][0];
    assert_eq!((&painting["body"]["type"], &painting["target"]), (&json!("Sound"), &canvas["id"]));
    assert_eq!(canvas["duration"], kho.show(&id)["files"][0]["technical"]["duration_s"]);
    assert!(canvas.get("width").is_none(), "a recording has no sides");
    // The shape of cookbook recipes 0219 and 0074: one annotation, and a choice of languages.
    let captions = &canvas["annotations"][0]["items"][0];
    assert_eq!((&captions["motivation"], &captions["target"], &captions["body"]["type"]), (&json!("supplementing"), &canvas["id"], &json!("Choice")));
    let texts = list(&captions["body"]["items"]);
    let languages: BTreeSet<&str> = texts.iter().map(|text| text["language"].as_str().unwrap()).collect();
    assert_eq!(languages, BTreeSet::from(["en", "vi"]));
    for text in texts {
        assert_eq!((&text["type"], &text["format"]), (&json!("Text"), &json!("text/vtt")));
        let answer = server.get(text["id"].as_str().unwrap().strip_prefix(&format!("http://{}", server.address())).unwrap());
        assert!(answer.status == 200 && answer.text().starts_with("WEBVTT") && answer.header("access-control-allow-origin") == "*");
    }
    assert_eq!(canvas["rendering"], captions["body"]["items"], "and to be read, as in recipe 0017");
    assert_eq!(manifest["@context"], json!(["http://iiif.io/api/search/2/context.json", "http://iiif.io/api/presentation/3/context.json"]));
    assert!(manifest["structures"].is_null());

    // An archivist writes an index: each point becomes a range of its minutes.
    let points = r#"index_points=[{"time":1000,"end":2500,"title":{"vi":"Chẻ nan","en":"Splitting"},"synopsis":{"vi":"Chọn tre."}},{"time":3000,"end":{"state":"unknown"},"title":{"vi":"Đan"}}]"#;
    make(
        &kho,
        "transcript",
        &[
            "title=Lời kể",
            &format!("media={id}"),
            "access=public",
            "state=verified",
            r#"segments=[{"start":0,"end":1000,"text":{"vi":"lời"}}]"#,
            points,
        ],
    );
    let manifest = server.get(&manifest_of(&id)).json();
    let canvas = &manifest["items"][0];
    let ranges = list(&manifest["structures"][0]["items"]);
    assert_eq!((&ranges[0]["label"], &ranges[0]["summary"]), (&json!({"vi": ["Chẻ nan"], "en": ["Splitting"]}), &json!({"vi": ["Chọn tre."]})));
    let at = |range: &Value| range["items"][0]["id"].as_str().unwrap().replace(canvas["id"].as_str().unwrap(), "");
    assert_eq!((at(&ranges[0]), at(&ranges[1])), ("#t=1,2.5".to_owned(), format!("#t=3,{}", canvas["duration"])), "to the end, if nobody said");
    assert_eq!(manifest["structures"][0]["label"]["en"], json!(["Time index"]));
}

#[test]
fn films_and_documents_are_presented_as_far_as_programs_can_show_them() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    let film = server.get(&manifest_of(&id_of(&kho, FILM))).json();
    let (canvas, body) = (&film["items"][0], &film["items"][0]["items"][0]["items"][0]["body"]);
    assert_eq!((&body["type"], &body["format"]), (&json!("Video"), &json!("video/mp4")));
    for extent in ["width", "height", "duration"] {
        assert!(canvas[extent].is_number() && canvas[extent] == body[extent], "{extent}");
    }
    assert_eq!(canvas["placeholderCanvas"]["items"][0]["items"][0]["body"]["type"], "Image");
    let range = server.ask("GET", body["id"].as_str().unwrap().split(server.address()).nth(1).unwrap(), &[("Range", "bytes=0-9")]);
    assert_eq!(range.status, 206);
    let paper = server.get(&manifest_of(&id_of(&kho, "sổ tay nghề đan đó"))).json();
    assert_eq!(paper["items"][0]["items"][0]["items"][0]["body"]["format"], "image/jpeg");
    assert_eq!((&paper["rendering"][0]["type"], &paper["rendering"][0]["format"]), (&json!("Text"), &json!("application/pdf")));
    // What nobody can paint has no manifest, and what is no medium neither.
    let craft = make(&kho, "craft", &["title=Đan đó", "access=public"]);
    for id in [&id_of(&kho, "rỗng"), &craft, "khong-co", "0000"] {
        let answer = server.get(&manifest_of(id));
        assert_eq!((answer.status, answer.json()), (404, json!({"error": "not found"})), "{id}");
    }
}

#[test]
fn words_of_an_interview_are_found_at_their_second() {
    let kho = Kho::new().file("phỏng vấn.wav", wav(8, 130)).file(
        "phỏng vấn.vi.vtt",
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nNghệ nhân Mận kể chuyện đan đó.\n\n00:00:04.000 --> 00:00:06.000\nHai nghệ nhân ngồi chẻ nan, nghề của cha ông.\n",
    );
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = id_of(&kho, "phỏng vấn");
    let server = kho.serve();
    let manifest = server.get(&manifest_of(&id)).json();
    let canvas = manifest["items"][0]["id"].as_str().unwrap();
    let service = manifest["service"][0]["id"].as_str().unwrap();
    assert_eq!(manifest["service"][0]["type"], "SearchService2");
    let found = follow(&server, &format!("{service}?q=nghe+nhan"));
    assert_eq!(found["@context"], "http://iiif.io/api/search/2/context.json");
    let targets: Vec<&str> = list(&found["items"]).iter().map(|item| item["target"].as_str().unwrap()).collect();
    assert_eq!(targets, [format!("{canvas}#t=1,2.5"), format!("{canvas}#t=4,6")]);
    assert_eq!(found["items"][0]["body"]["value"], "Nghệ nhân Mận kể chuyện đan đó.");
    let mark = &found["annotations"][0]["items"][1];
    assert_eq!((&mark["motivation"], &mark["target"]["source"]), (&json!("highlighting"), &found["items"][1]["id"]));
    let quote = &mark["target"]["selector"][0];
    assert_eq!((&quote["prefix"], &quote["exact"]), (&json!("Hai "), &json!("nghệ nhân")));
    let hits = |query: &str| list(&follow(&server, &format!("{service}?{query}"))["items"]).len();
    assert_eq!((hits("q=ngh%E1%BB%87+nh%C3%A2n"), hits("q=ngh%E1%BB%81"), hits("q=nghe"), hits("q=m%E1%BA%ADn+nan")), (2, 1, 2, 0));
    assert_eq!((hits("q=nan&motivation=painting"), hits("q=nan&motivation=painting+supplementing"), hits("q="), hits("")), (0, 1, 0, 0));
    let ignored = follow(&server, &format!("{service}?q=nan&user=https%3A%2F%2Fkho.vn&date=x&l%E1%BA%A1=1"));
    assert_eq!((&ignored["ignored"], list(&ignored["items"]).len()), (&json!(["user", "date", "lạ"]), 1));
    // What is half typed goes on in words that are said.
    let complete = manifest["service"][0]["service"][0]["id"].as_str().unwrap();
    let terms = follow(&server, &format!("{complete}?q=nghe+n"));
    assert_eq!((&terms["type"], &terms["items"][0]["value"], &terms["items"][0]["total"]), (&json!("TermPage"), &json!("nghệ nhân"), &json!(2)));
    assert_eq!(list(&follow(&server, terms["items"][0]["service"][0]["id"].as_str().unwrap())["items"]).len(), 2, "the term is a search");
    assert_eq!(list(&follow(&server, &format!("{complete}?q=nghe&min=2"))["items"]).len(), 2);
    assert_eq!(server.get("/iiif/search/2/khong-co?q=a").status, 404);
}

#[test]
fn many_hits_come_in_pages() {
    let cue = |number: usize| {
        format!("\n00:{:02}:{:02}.000 --> 00:{:02}:{:02}.900\nđan vòng {number}\n", number / 60, number % 60, number / 60, number % 60)
    };
    let words = (0..250).fold("WEBVTT\n".to_owned(), |text, number| text + &cue(number));
    let kho = Kho::new().file("đan.wav", wav(2, 130)).file("đan.vi.vtt", words);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    let (mut page, mut seen, mut pages) = (server.get(&format!("/iiif/search/2/{}?q=dan", id_of(&kho, "đan"))).json(), BTreeSet::new(), 0);
    assert_eq!((&page["partOf"]["total"], &page["partOf"]["type"], &page["startIndex"]), (&json!(250), &json!("AnnotationCollection"), &json!(0)));
    loop {
        pages += 1;
        seen.extend(list(&page["items"]).iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"]["id"].as_str() else { break };
        page = follow(&server, next);
    }
    assert_eq!((seen.len(), pages, page["prev"].is_object()), (250, 3, true));
}

#[test]
fn collections_gather_by_craft_place_and_accession() {
    let kho = Kho::of_samples();
    let craft = make(&kho, "craft", &["title=Chạm bạc", "title.en=Silver chasing", "access=public"]);
    let hidden = make(&kho, "craft", &["title=Nghề kín"]);
    let place = make(&kho, "place", &["title=Đồng Xâm", "place_kind=village", "names=Đồng Xâm", "part_of=không rõ", "access=public"]);
    let practice = make(
        &kho,
        "practice",
        &["title=Chạm bạc Đồng Xâm", &format!("craft={craft}"), &format!("place={place}"), "holders=không rõ", "access=public"],
    );
    let scans = ["hoa sen", "mặt rồng hổ phù", "hồi văn"].map(|title| id_of(&kho, title));
    for scan in &scans {
        kho.set(scan, &[&format!("shows={practice}")]);
    }
    kho.set(&id_of(&kho, "hoa chanh"), &[&format!("shows={hidden}")]);
    let server = kho.serve();
    let all = follow(&server, &top(&server));
    let kinds = |all: &Value| list(&all["items"]).iter().map(|item| item["label"]["en"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(&all), ["Crafts", "Crafts and villages", "Places", "Images", "Films", "Sound recordings", "Documents"]);
    kho.set(&accession_of(&kho), &["access=public"]);
    assert!(kinds(&follow(&server, &top(&server))).contains(&"Accessions".to_owned()));
    let crafts = follow(&server, all["items"][0]["id"].as_str().unwrap());
    assert_eq!(list(&crafts["items"]).len(), 1, "a closed craft is not among them: {crafts}");
    assert_eq!(crafts["items"][0]["label"], json!({"vi": ["Chạm bạc"], "en": ["Silver chasing"]}));
    let expected: BTreeSet<String> = scans.iter().map(|id| format!("http://{}{}", server.address(), manifest_of(id))).collect();
    for gathering in [&craft, &practice, &place] {
        let address = format!("http://{}/iiif/presentation/3/{gathering}/collection", server.address());
        assert_eq!(manifests_below(&server, &address), expected);
    }
    // By their kinds all are there that can be presented: every manifest is reached, and each can be read.
    let everything = manifests_below(&server, &top(&server));
    let records = kho.records();
    let all = records.iter().map(|record| manifest_of(record["id"].as_str().unwrap())).filter(|address| server.get(address).status == 200);
    assert_eq!(everything, all.map(|address| format!("http://{}{address}", server.address())).collect());
    for manifest in &everything {
        assert_eq!(follow(&server, manifest)["id"], json!(manifest));
    }
    assert_eq!(server.get(&format!("/iiif/presentation/3/{hidden}/collection")).status, 404);
    assert_eq!(server.get(&format!("/iiif/presentation/3/{}/collection", scans[0])).status, 404);
    assert_eq!(server.get("/iiif/presentation/3/collections/consent").status, 404);
    // One scan is withdrawn: it is gone from all of them at once, whatever the index knows.
    kho.set(&scans[1], &["access=closed"]);
    let address = format!("http://{}/iiif/presentation/3/{craft}/collection", server.address());
    assert_eq!(manifests_below(&server, &address).len(), 2);
    assert!(!manifests_below(&server, &top(&server)).iter().any(|manifest| manifest.contains(&scans[1])));
}

#[test]
fn a_large_accession_is_a_collection_of_collections() {
    let kho =
        (0..205u32).fold(Kho::new(), |kho, number| kho.file(format!("lượt {number}.wav"), [wav(1, 90), number.to_le_bytes().to_vec()].concat()));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    let accession = accession_of(&kho);
    assert_eq!(server.get(&format!("/iiif/presentation/3/{accession}/collection")).status, 404, "how a delivery lay is closed at first");
    kho.set(&accession, &["access=public"]);
    let whole = server.get(&format!("/iiif/presentation/3/{accession}/collection")).json();
    let labels: Vec<&str> = list(&whole["items"]).iter().map(|item| item["label"]["none"][0].as_str().unwrap()).collect();
    assert_eq!((labels, &whole["items"][0]["type"]), (vec!["1–200", "201–205"], &json!("Collection")));
    assert_eq!(manifests_below(&server, whole["id"].as_str().unwrap()).len(), 205);
    assert_eq!(server.get(&format!("/iiif/presentation/3/{accession}/collection?page=3")).status, 404);
}

/// What was never open is never mentioned; what was withdrawn is gone, and no more is told; what opens again begins anew.
#[test]
fn harvesters_hear_of_what_is_open_and_of_what_is_gone() {
    let kho = Kho::new().file("mở.wav", wav(1, 90)).file("kín.wav", wav(1, 91)).file("rút.wav", wav(1, 92));
    kho.ingest();
    let [open, closed, withdrawn] = ["mở", "kín", "rút"].map(|title| id_of(&kho, title));
    let server = kho.serve();
    assert_eq!(activities(&server), []);
    kho.set(&open, &["access=public"]);
    kho.set(&withdrawn, &["access=public"]);
    kho.set(&closed, &["access=research", "title=Lời kín"]);
    kho.set(&open, &["title=Đan đó"]);
    let told = |doing: &str, id: &str| (doing.to_owned(), id.to_owned());
    let before = [told("Create", &open), told("Create", &withdrawn), told("Update", &open)];
    assert_eq!(activities(&server), before);
    kho.set(&withdrawn, &["access=closed"]);
    kho.set(&withdrawn, &["title=Tên mới"]);
    kho.set(&open, &["description=Lời người thợ."]);
    // Of several updates the latest is told.
    let after = [told("Create", &open), told("Delete", &withdrawn), told("Update", &open)];
    assert_eq!(activities(&server), after);
    // An archivist reads the same: these pages are copied.
    add(&kho, "lan", &["--role", "archivist"]);
    let page = Person::signed_in(&server, "lan").get("/iiif/discovery/1/activities/0").json();
    assert_eq!(list(&page["orderedItems"]).len(), 3);
    let items = page.to_string();
    assert!(!items.contains(&closed) && !items.contains("Tên mới") && !items.contains("rút"));
    assert_eq!(server.get("/iiif/discovery/1/activities/1").status, 404);
    // It is told again from the journal alone.
    drop(server);
    assert!(kho.run(["rebuild"]).status.success());
    let server = kho.serve();
    assert_eq!(activities(&server), after);
    kho.set(&withdrawn, &["access=public"]);
    assert_eq!(activities(&server).last(), Some(&told("Create", &withdrawn)));
    // What closes by itself has no commit that says so.
    kho.set(&open, &["access=sealed", "access.until=2999-01-01"]);
    assert_eq!(activities(&server).last(), Some(&told("Delete", &open)));
}

#[test]
fn what_was_erased_by_law_is_gone_for_harvesters_too() {
    let kho = Kho::new().file("lời cuối.wav", wav(1, 90));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = id_of(&kho, "lời cuối");
    let server = kho.serve();
    assert_eq!(activities(&server), [("Create".to_owned(), id.clone())]);
    let erased = kho.run(["erase", &id, "--reason", "gia đình yêu cầu", "--yes"]);
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    assert_eq!(activities(&server), [("Delete".to_owned(), id.clone())]);
    assert_eq!(server.get(&manifest_of(&id)).status, 410);
    drop(server);
    assert!(kho.run(["rebuild"]).status.success());
    assert_eq!(activities(&kho.serve()), [("Delete".to_owned(), id)]);
}

/// Closed minutes: whoever may not hear them is given neither the recording nor the words of them, in no form; the others are.
#[test]
fn closed_minutes_fields_and_files_are_in_no_manifest_and_in_no_search() {
    let kho = Kho::new().file("cụ Đào.wav", wav(8, 130)).file("ảnh.wav", wav(1, 7));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = id_of(&kho, "cụ Đào");
    let segments =
        r#"segments=[{"start":0,"end":2000,"text":{"vi":"nghiền trầm trong cối"}},{"start":3000,"end":5000,"text":{"vi":"bí quyết pha chế"}}]"#;
    let points = r#"index_points=[{"time":0,"end":2000,"title":{"vi":"Nghiền"}},{"time":3000,"end":5000,"title":{"vi":"Pha chế"},"access":{"level":"research"}}]"#;
    let transcript = make(&kho, "transcript", &["title=Lời cụ", &format!("media={id}"), "access=public", "state=verified", segments, points]);
    kho.set(&id, &["caption=góc kín", "description=Lời kể.", r#"field_access=[{"field":"caption","access":{"level":"research"}}]"#]);
    add(&kho, "hoa", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    add(&kho, "lan", &["--role", "archivist"]);
    let server = kho.serve();
    let (mut anyone, mut hoa) = (Person::new(&server), Person::signed_in(&server, "hoa"));
    let (manifest, search) = (manifest_of(&id), format!("/iiif/search/2/{id}"));
    let public = anyone.get(&manifest).json();
    let text = public.to_string();
    for closed in ["Pha chế", "góc kín", "/media/", "#t=3"] {
        assert!(!text.contains(closed), "{closed}: {text}");
    }
    assert!(text.contains("Nghiền") && public["items"][0]["items"].is_null(), "the words of the open minutes are there, and no bytes");
    assert_eq!(public["items"][0]["duration"], 2.0, "not even how long it is");
    let hits = |person: &mut Person<'_>, query: &str| list(&person.get(&format!("{search}?q={query}")).json()["items"]).len();
    let terms = |person: &mut Person<'_>, query: &str| person.get(&format!("{search}/autocomplete?q={query}")).json()["items"].to_string();
    assert_eq!((hits(&mut anyone, "nghien+tram"), hits(&mut anyone, "bi+quyet"), hits(&mut anyone, "pha")), (1, 0, 0));
    assert!(terms(&mut anyone, "ngh").contains("nghiền") && terms(&mut anyone, "bi") == "[]" && terms(&mut anyone, "ph") == "[]");

    // Who may hear it all has it all, and that is written down.
    let seen = hoa.get(&manifest);
    let whole = seen.json().to_string();
    assert!(whole.contains("Pha chế") && whole.contains("góc kín") && whole.contains("/media/"), "{whole}");
    assert_eq!(seen.header("cache-control"), "private, no-cache");
    assert_eq!((hits(&mut hoa, "bi+quyet"), terms(&mut hoa, "bi").contains("bí quyết")), (1, true));
    let audit = Person::signed_in(&server, "lan").get("/desk/audit").text();
    assert!(audit.contains("bản trình bày IIIF"), "{audit}");

    // The transcript closes: not a word is left, and no manifest, since there is nothing to present.
    kho.set(&transcript, &["access=closed"]);
    assert_eq!((anyone.get(&search).status, anyone.get(&format!("{search}/autocomplete?q=n")).status), (404, 404));
    assert!(!anyone.get(&manifest).text().contains("Nghiền"));
}

/// A level before a viewer, on the ways of this file.
#[test]
fn what_a_viewer_may_not_see_is_in_no_manifest_collection_or_feed() {
    let levels = ["public", "kiosk", "research", "community", "sealed", "closed"];
    let kho = levels.iter().zip(1u8..).fold(Kho::new(), |kho, (level, shade)| kho.file(format!("{level}.wav"), wav(1, shade)));
    let kho =
        levels.iter().fold(kho, |kho, level| kho.file(format!("{level}.vi.vtt"), format!("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nlời {level}\n")));
    kho.ingest();
    let craft = make(&kho, "craft", &["title=Nghề chung", "access=public"]);
    let ids = levels.map(|level| id_of(&kho, level));
    for (id, level) in ids.iter().zip(levels) {
        let mut changes = vec![format!("shows={craft}"), format!("access={level}")];
        changes.extend((level == "community").then(|| "access.groups=họ Đào".to_owned()));
        kho.set(id, &changes.iter().map(String::as_str).collect::<Vec<_>>());
    }
    add(&kho, "hoa", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    add(&kho, "đào", &["--role", "member", "--group", "họ Đào"]);
    add(&kho, "lan", &["--role", "archivist"]);
    let server = kho.serve();
    let viewers = [
        ("", [true, false, false, false, false, false]),
        ("hoa", [true, false, true, false, false, false]),
        ("đào", [true, false, false, true, false, false]),
        ("lan", [true, true, true, true, false, true]),
    ];
    for (name, open) in viewers {
        let mut person = if name.is_empty() { Person::new(&server) } else { Person::signed_in(&server, name) };
        let collection = person.get(&format!("/iiif/presentation/3/{craft}/collection")).text();
        let feed = person.get("/iiif/discovery/1/activities/0").text();
        for (place, level) in levels.iter().enumerate() {
            let (id, status) = (&ids[place], if open[place] { 200 } else { 404 });
            for address in [manifest_of(id), format!("/iiif/search/2/{id}?q=loi"), format!("/iiif/search/2/{id}/autocomplete?q=l")] {
                let answer = person.get(&address);
                assert_eq!(answer.status, status, "{address}: {level} before {name:?}");
                assert!(open[place] || !answer.text().contains(level), "{address}: {level} before {name:?}");
            }
            assert_eq!(collection.contains(id), open[place], "{level} before {name:?}");
            assert_eq!(feed.contains(id), *level == "public", "{level} before {name:?}");
        }
    }
}

#[test]
fn one_thing_has_one_address() {
    let kho = Kho::new().file("một.wav", wav(1, 90)).file("hai.wav", wav(1, 91));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    let shouted = server.get(&manifest_of(&id_of(&kho, "một").to_uppercase()));
    assert_eq!(shouted.json()["id"], json!(format!("http://{}{}", server.address(), manifest_of(&id_of(&kho, "một")))), "one thing has one address");
    let name = shouted.json()["rendering"][0]["id"].as_str().unwrap().to_owned();
    assert!(percent_decode_str(&name).decode_utf8().unwrap().ends_with("/một.wav"));
}

/// AR-07: an artisan withdraws; what shows her is gone from everything that other programs read, at the next request.
#[test]
fn ar_07_a_withdrawn_consent_is_felt_by_every_program() {
    let kho = Kho::new().file("cụ Mận kể.wav", wav(4, 90)).file("cụ Mận kể.vi.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nTôi đan đó từ bé.\n");
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = id_of(&kho, "cụ Mận kể");
    let craft = make(&kho, "craft", &["title=Đan đó", "access=public"]);
    let artisan = make(&kho, "person", &["title=Cụ Mận", "person_kind=living"]);
    kho.set(&id, &[&format!("shows={craft};{artisan}")]);
    let purposes = r#"purposes=[{"purpose":"web","allowed":true},{"purpose":"on_site","allowed":true},{"purpose":"commercial","allowed":false}]"#;
    let consent = make(&kho, "consent", &["title=Phiếu đồng ý", &format!("by={artisan}"), &format!("scope={artisan}"), purposes]);
    let server = kho.serve();
    let url = utf8_percent_encode(&format!("http://{}/r/{id}", server.address()), NON_ALPHANUMERIC).to_string();
    let statuses = || {
        let ways =
            [manifest_of(&id), format!("/iiif/search/2/{id}?q=dan"), format!("/iiif/search/2/{id}/autocomplete?q=d"), format!("/oembed?url={url}")];
        ways.map(|way| server.get(&way).status)
    };
    let lists = || ["/sitemap.xml".to_owned(), format!("/iiif/presentation/3/{craft}/collection")].map(|list| server.get(&list).text().contains(&id));
    assert_eq!((statuses(), lists()), ([200; 4], [true; 2]));
    kho.set(&consent, &[r#"withdrawn={"date":{"edtf":"2025-09-02"},"action":"closed"}"#]);
    assert_eq!((statuses(), lists()), ([404; 4], [false; 2]));
    assert!(!manifests_below(&server, &top(&server)).iter().any(|manifest| manifest.contains(&id)));
    assert_eq!(activities(&server).last(), Some(&("Delete".to_owned(), id)), "it was open, and is gone");
}

#[test]
fn pages_of_other_sites_may_read_what_is_public_and_nothing_else() {
    let kho = Kho::of_samples();
    let id = id_of(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let asking = [("Origin", "https://theseusviewer.org"), ("Access-Control-Request-Method", "GET")];
    for address in [manifest_of(&id), format!("/iiif/search/2/{id}"), format!("/r/{id}.json"), "/api/search".to_owned()] {
        let asked = server.ask("OPTIONS", &address, &asking);
        assert_eq!((asked.status, asked.header("access-control-allow-origin"), asked.body.len()), (204, "*", 0), "{address}");
        assert!(!asked.headers.contains_key("access-control-allow-credentials"), "a reading from elsewhere is the public's");
    }
    for address in ["/", "/desk/sign-in", "/search", "/healthz"] {
        let answer = server.ask("GET", address, &asking);
        assert!(answer.status == 200 && !answer.headers.contains_key("access-control-allow-origin"), "{address}");
    }
}
