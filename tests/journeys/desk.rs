//! The desk, as archivists use it; and what strangers see of what was decided there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kho::{Kho, shared};
use crate::person::{Person, add, hidden_fields, whole_form};

/// A photograph, an interview with its words, and two people who may describe them.
fn office() -> Kho {
    let names = ["đôi tay đan vành", "rót đồng 1", "rót đồng 2", "rót đồng 3"];
    let kho = (0u8..).zip(names).fold(Kho::new(), |kho, (shade, name)| kho.file(format!("{name}.png"), picture(shade)));
    kho.ingest();
    add(&kho, "lan", &["--role", "archivist"]);
    add(&kho, "minh", &["--role", "editor"]);
    kho
}

pub(crate) fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([shade, 90, 60])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn id_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["id"].as_str().unwrap().to_owned()
}

/// Sends the form of a record as it stands, with these fields filled in otherwise.
fn describe(person: &mut Person<'_>, id: &str, fields: &[(&str, &str)]) -> crate::kho::Answer {
    let address = format!("/desk/describe/{id}");
    person.fill(&address, &address, fields)
}

#[test]
fn a_photograph_is_described_at_the_desk_and_the_page_says_so() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    assert!(lan.get("/desk/inbox").text().contains("đôi tay đan vành"), "it waits to be described");
    let id = id_of(&kho, "đôi tay đan vành");
    let answer = describe(
        &mut lan,
        &id,
        &[
            ("title.vi", "Đôi tay đan vành"),
            ("description.vi", "Luồn nan ngang qua các nan dọc"),
            ("caption.vi", "Thủ Sỹ, tháng ba"),
            ("created", "khoảng 1985"),
            ("access", "public"),
        ],
    );
    assert_eq!(answer.status, 303, "{}", answer.text());
    let record = kho.show(&id);
    assert_eq!(record["title"]["vi"], "Đôi tay đan vành");
    assert_eq!(record["created"], json!({"edtf": "1985~", "wording": "khoảng 1985"}));
    assert_eq!((record["access"]["level"].as_str(), record["access"]["decided_by"].as_str()), (Some("public"), Some("lan")));
    assert_eq!(kho.log().last().unwrap()["actor"], "lan", "the journal names who did it");
    assert!(!lan.get("/desk/inbox").text().contains("Đôi tay"), "it waits no longer");
    let page = Person::new(&server).get(&format!("/r/{id}")).text();
    assert!(page.contains("Luồn nan ngang") && page.contains("khoảng 1985"), "{page}");
    let history = lan.get(&format!("/desk/history/{id}")).text();
    assert!(history.contains("lan") && history.contains("Thủ Sỹ, tháng ba"), "{history}");
}

#[test]
fn what_cannot_be_understood_is_told_beside_its_field_and_nothing_is_lost() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let id = id_of(&kho, "đôi tay đan vành");
    let answer = describe(
        &mut lan,
        &id,
        &[("title.vi", "Tên mới"), ("created", "ngày xửa ngày xưa ở đâu đó không ai biết được gì cả !!! 99/99"), ("shows", "Không ai tên thế")],
    );
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("Không ai tên thế") && page.contains("value=\"Tên mới\""), "what was typed stays: {page}");
    assert_eq!(kho.show(&id)["revision"], 1, "nothing was written");
    for stranger in
        ["/desk/inbox", "/desk/new/practice", "/desk/lookup?q=do&to=practice", &format!("/desk/describe/{id}"), &format!("/desk/history/{id}")]
    {
        assert_eq!(Person::new(&server).get(stranger).status, 303, "{stranger} is for the signed in");
    }
}

/// Two browsers, one record: nobody's words are lost, whoever saves first.
#[test]
fn two_people_at_one_record_lose_nothing() {
    let kho = office();
    let server = kho.serve();
    let (mut lan, mut minh) = (Person::signed_in(&server, "lan"), Person::signed_in(&server, "minh"));
    let id = id_of(&kho, "đôi tay đan vành");
    let address = format!("/desk/describe/{id}");
    let opened = hidden_fields(&minh.get(&address).text(), &address);
    assert_eq!(describe(&mut lan, &id, &[("caption.vi", "Lời của Lan")]).status, 303);
    // Minh's form was opened before, and says something else of the same field.
    let sent = |person: &mut Person<'_>, hidden: &[(String, String)], caption: &str, credit: &str| {
        let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend([("title.vi", "đôi tay đan vành"), ("caption.vi", caption), ("credit_line.vi", credit), ("access", "closed")]);
        person.post(&address, &fields)
    };
    let answer = sent(&mut minh, &opened, "Lời của Minh", "");
    assert_eq!(answer.status, 409);
    let page = answer.text();
    assert!(page.contains("Lời của Lan") && page.contains("Lời của Minh"), "both are shown");
    assert_eq!(kho.show(&id)["caption"]["vi"], "Lời của Lan", "nothing was overwritten in silence");
    // Sent again from that page, it is Minh's decision.
    let again = hidden_fields(&page, &address);
    assert_eq!(sent(&mut minh, &again, "Lời của Minh và Lan", "").status, 303);
    // Another field, from a form that is old by now: both stay.
    let mut old = hidden_fields(&lan.get(&address).text(), &address);
    old.iter_mut().filter(|(name, _)| name == "base").for_each(|(_, base)| *base = "1".to_owned());
    let answer = sent(&mut lan, &old, "", "Ảnh: tổ điền dã");
    assert_eq!(answer.status, 303, "{}", answer.text());
    let record = kho.show(&id);
    assert_eq!((record["caption"]["vi"].as_str(), record["credit_line"]["vi"].as_str()), (Some("Lời của Minh và Lan"), Some("Ảnh: tổ điền dã")));
    assert_eq!(kho.verify().0, 0);
}

/// AR-03: many photographs change in one action, and come back in one.
#[test]
fn ar_03_describe_in_bulk() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let address = "/desk/new/practice";
    let made = lan.fill(address, address, &[("title.vi", "Đúc đồng Lộng Thượng"), ("description.vi", "Rót đồng"), ("access", "public")]);
    assert_eq!(made.status, 303, "{}", made.text());
    let changed = lan.fill(
        "/desk/inbox",
        "/desk/batch",
        &[("which", "all"), ("field1", "shows"), ("value1", "Đúc đồng Lộng Thượng"), ("field2", "credit_line"), ("value2", "Ảnh: tổ điền dã")],
    );
    assert_eq!(changed.status, 303, "{}", changed.text());
    let photographs: Vec<Value> = kho.records().into_iter().filter(|record| record["kind"] == "image").collect();
    assert_eq!(photographs.len(), 4);
    assert!(photographs.iter().all(|record| record["credit_line"]["vi"] == "Ảnh: tổ điền dã" && record["revision"] == 2));
    let commits = kho.log();
    let last = commits.last().unwrap();
    assert_eq!((last["changes"].as_array().unwrap().len(), last["actor"].as_str()), (4, Some("lan")), "one batch");
    let page = lan.get(&format!("/desk/inbox?changed=4&left=0&batch={}", last["sequence"])).text();
    let undo = hidden_fields(&page, "/desk/undo");
    let undo: Vec<(&str, &str)> = undo.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(lan.post("/desk/undo", &undo).status, 303);
    let back: Vec<Value> = kho.records().into_iter().filter(|record| record["kind"] == "image").collect();
    assert!(back.iter().all(|record| record.get("credit_line").is_none() && record["revision"] == 3));
}

/// AR-06 and AR-07 against a running server: an artisan says yes to the village and no to the web, then withdraws. Each is felt by
/// the next request, with no restart.
#[test]
fn ar_06_and_ar_07_a_consent_is_recorded_and_withdrawn() {
    let kho = office();
    add(&kho, "nhà văn hoá", &["--role", "kiosk"]);
    let photo = id_of(&kho, "đôi tay đan vành");
    kho.set(&photo, &["access=public"]);
    let make = |kind: &str, fields: &[&str]| {
        let (code, made) = kho.json([&["new", kind, "--json"][..], fields].concat());
        assert_eq!(code, 0, "{made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let server = kho.serve();
    let (mut public, mut kiosk) = (Person::new(&server), Person::signed_in(&server, "nhà văn hoá"));
    let address = format!("/r/{photo}");
    assert_eq!(public.get(&address).status, 200);
    let artisan = make("person", &["title=Một nghệ nhân", "person_kind=living"]);
    kho.set(&photo, &[&format!("shows={artisan}")]);
    assert_eq!((public.get(&address).status, kiosk.get(&address).status), (404, 404), "nobody asked the artisan");
    let purposes = r#"purposes=[{"purpose":"web","allowed":false},{"purpose":"on_site","allowed":true},{"purpose":"commercial","allowed":false}]"#;
    let consent = make("consent", &["title=Phiếu đồng ý", &format!("by={artisan}"), &format!("scope={artisan}"), purposes]);
    assert_eq!((public.get(&address).status, kiosk.get(&address).status), (404, 200), "in the village, not on the web");
    assert_eq!(kiosk.get(&format!("/r/{consent}")).status, 404, "the form itself is for archivists");
    let digest = kho.show(&photo)["files"][0]["digest"].as_str().unwrap().to_owned();
    let media = format!("/media/{digest}");
    assert_eq!((public.get(&media).status, kiosk.get(&media).status), (404, 200));
    kho.set(&consent, &[r#"withdrawn={"date":{"edtf":"2025-09-02"},"action":"closed"}"#]);
    for person in [&mut public, &mut kiosk] {
        assert_eq!((person.get(&address).status, person.get(&media).status), (404, 404), "withdrawn");
        assert!(!person.get("/search?q=vành").text().contains(&photo));
    }
    assert_eq!(Person::signed_in(&server, "lan").get(&address).status, 200, "the archivist keeps it");
}

/// A unique word in a sealed step, in closed minutes and in a closed field: no address that an anonymous visitor can reach says it.
#[test]
fn no_address_gives_away_what_is_closed() {
    let kho = office();
    let words = ["bimatbuocmot", "bimatphuthai", "bimatobabaa"];
    let film = id_of(&kho, "đôi tay đan vành");
    kho.set(&film, &["access=public"]);
    let make = |kind: &str, fields: &[String]| {
        let given: Vec<&str> = ["new", kind, "--json"].into_iter().chain(fields.iter().map(String::as_str)).collect();
        let (code, made) = kho.json(given);
        assert_eq!(code, 0, "{made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let practice = make(
        "practice",
        &[
            "title=Hương Cao Thôn".into(),
            "access=public".into(),
            format!(r#"measures=[{{"vi":"{}"}}]"#, words[2]),
            r#"field_access=[{"field":"measures","access":{"level":"closed"}}]"#.into(),
        ],
    );
    let steps = format!(
        r#"steps=[{{"id":"s1","order":1,"name":{{"vi":"Xay bột"}},"what":{{"vi":"mở"}},"mode":"hand","access":{{"level":"public"}}}},
            {{"id":"s2","order":2,"name":{{"vi":"Pha chế"}},"what":{{"vi":"{}"}},"mode":"hand","access":{{"level":"community","groups":["họ Đào"],"stub":true}}}}]"#,
        words[0]
    );
    let technique = make("technique", &["title=Làm hương".into(), "access=public".into(), format!("practice={practice}"), steps]);
    let segments =
        format!(r#"segments=[{{"start":0,"end":1000,"text":{{"vi":"nghe được"}}}},{{"start":2000,"end":3000,"text":{{"vi":"{}"}}}}]"#, words[1]);
    let points = r#"index_points=[{"time":1500,"end":3500,"title":{"vi":"bí quyết"},"access":{"level":"sealed"}}]"#;
    let transcript = make(
        "transcript",
        &["title=Lời kể".into(), "access=public".into(), format!("media={film}"), "state=checked".into(), segments, points.into()],
    );
    let server = kho.serve();
    let mut anyone = Person::new(&server);
    for id in [&practice, &technique, &transcript, &film] {
        assert_eq!(anyone.get(&format!("/r/{id}")).status, 200, "{id} itself is public");
    }
    assert!(anyone.get(&format!("/r/{technique}")).text().contains("Pha chế"), "the name of the step may be told");
    assert!(anyone.get(&format!("/r/{transcript}")).status == 200);
    let mut begin: Vec<String> = ["/", "/search?q=", "/search?q=h%C6%B0%C6%A1ng", "/?lang=en", "/api/search?q="].map(str::to_owned).to_vec();
    begin.extend(words.iter().flat_map(|word| [format!("/search?q={word}"), format!("/api/search?q={word}")]));
    begin.extend([&practice, &technique, &transcript, &film].iter().flat_map(|id| [format!("/r/{id}.json"), format!("/api/records/{id}")]));
    let seen = crawl(&mut anyone, begin);
    assert!(seen.len() > 25, "{}", seen.len());
    for (address, text) in &seen {
        // What was asked for is said back; nothing else may say it.
        let said = words.iter().find(|word| text.contains(**word) && !address.contains(**word));
        assert_eq!(said, None, "{address} gives it away");
        if let Some(word) = words.iter().find(|word| address.contains(**word) && address.starts_with("/api/")) {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap()["total"], 0, "{word} is found");
        }
    }
    // Whom it is open to still sees it.
    add(&kho, "người họ Đào", &["--role", "member", "--group", "họ Đào"]);
    assert!(Person::signed_in(&server, "người họ Đào").get(&format!("/r/{technique}")).text().contains(words[0]));
}

/// Follows every local link, as far as there are new ones; returns what each address said.
fn crawl(person: &mut Person<'_>, begin: Vec<String>) -> Vec<(String, String)> {
    let (mut waiting, mut known, mut seen) = (begin, BTreeSet::new(), Vec::new());
    while let Some(address) = waiting.pop() {
        if !known.insert(address.clone()) || known.len() > 400 {
            continue;
        }
        let answer = person.get(&address);
        assert!(answer.status < 500, "{address}");
        // A picture says its bytes.
        let text = String::from_utf8_lossy(answer.face().2).into_owned();
        for attribute in ["href=\"", "src=\""] {
            let links = text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            let local = links.filter(|link| link.starts_with('/') && !link.starts_with("/assets/") && !link.starts_with("/media/"));
            waiting.extend(local.map(|link| link.split('#').next().unwrap_or_default().replace("&amp;", "&").replace("&#38;", "&")));
        }
        seen.push((address, text));
    }
    seen
}

/// The village table and the thesaurus, and then two browsers that go through the same 200 records at the same time.
#[test]
fn two_browsers_over_two_hundred_records_lose_no_edit() {
    let Some(gazetteer) = shared("domain/gazetteer_hungyen.csv") else { return };
    let kho = Kho::with_terms();
    let map = kho.beside("gazetteer.toml");
    crate::kho::write(&map, crate::tables::GAZETTEER);
    let (code, report) = kho.json(["import", gazetteer.to_str().unwrap(), "--map", map.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{report}");
    for name in ["lan", "minh"] {
        add(&kho, name, &["--role", "archivist"]);
    }
    let known = |record: &Value| ["practice", "place", "craft", "term"].contains(&record["kind"].as_str().unwrap());
    let mut records = kho.records();
    records.retain(known);
    records.sort_by_key(|record| (record["kind"] == "term", record["id"].as_str().map(str::to_owned)));
    let ids: Vec<String> = records.iter().take(200).map(|record| record["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 200);
    let before = kho.log().len();
    let server = kho.serve();
    // One writes Vietnamese, the other English, each into a form that was opened before the other saved; of every fifth record, both
    // write into the same field as well.
    let mut people = [("lan", "vi"), ("minh", "en")].map(|(name, language)| (Person::signed_in(&server, name), name, language));
    let mut shown = 0;
    for (number, id) in ids.iter().enumerate() {
        let address = format!("/desk/describe/{id}");
        let pages = people.each_mut().map(|(person, ..)| person.get(&address).text());
        shown += std::thread::scope(|scope| {
            let both = people.iter_mut().zip(pages).map(|((person, name, language), page)| {
                let address = &address;
                scope.spawn(move || {
                    let mut fields = vec![(format!("description.{language}"), format!("{name} viết {number}"))];
                    fields.extend((number % 5 == 0).then(|| ("title.en".to_owned(), format!("{name} ghi {number}"))));
                    save_as_a_browser_does(person, address, &page, &fields)
                })
            });
            both.collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).sum::<usize>()
        });
    }
    assert_eq!(shown, 40, "every quarrel was shown, and nothing else was one");
    for (number, id) in ids.iter().enumerate() {
        let description = &kho.show(id)["description"];
        assert_eq!(description["vi"], format!("lan viết {number}"), "{id}");
        assert_eq!(description["en"], format!("minh viết {number}"), "{id}");
    }
    let log = kho.log();
    let actors: Vec<&str> = log[before..].iter().map(|commit| commit["actor"].as_str().unwrap()).collect();
    assert!(actors.iter().all(|actor| ["lan", "minh"].contains(actor)), "{actors:?}");
    assert_eq!(["lan", "minh"].map(|name| actors.iter().filter(|actor| **actor == name).count()), [200, 200], "each saved each record once");
    drop(server);
    let all = kho.records();
    std::fs::remove_dir_all(kho.archive().join("cache")).unwrap();
    assert!(kho.run(["rebuild"]).status.success());
    assert_eq!(kho.records(), all, "the journal gives the same catalogue");
    assert_eq!(kho.verify().0, 0);
}

/// Sends a whole form as it stands, with some fields filled in otherwise; decides what others wrote in the meantime. Returns how
/// often that was.
fn save_as_a_browser_does(person: &mut Person<'_>, address: &str, page: &str, fields: &[(String, String)]) -> usize {
    let (mut page, mut shown) = (page.to_owned(), 0);
    loop {
        let mut form = whole_form(&page, address);
        form.retain(|(name, _)| fields.iter().all(|(typed, _)| typed != name));
        let form: Vec<(&str, &str)> = form.iter().chain(fields).map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = person.post(address, &form);
        if answer.status != 409 {
            assert_eq!(answer.status, 303, "{}", answer.text());
            return shown;
        }
        page = answer.text();
        assert!(fields.iter().all(|(_, value)| page.contains(value.as_str())), "what was typed is still there");
        shown += 1;
    }
}

#[test]
fn two_records_of_one_photograph_become_one_and_two_again() {
    let kho = office();
    let (first, second) = (id_of(&kho, "rót đồng 1"), id_of(&kho, "rót đồng 2"));
    let (_, practice) = kho.json(["new", "practice", "title=Đúc đồng Lộng Thượng", "access=public", "--json"]);
    let practice = practice["id"].as_str().unwrap().to_owned();
    kho.set(&first, &["access=public", "title=Rót đồng", "caption=Thợ cả rót mẻ đầu"]);
    kho.set(&second, &[&format!("shows={practice}"), "created=1985"]);
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let ticked = lan.fill("/desk/inbox?all=yes", "/desk/batch", &[("do", "merge")]);
    assert_eq!(ticked.status, 422, "two are needed: {}", ticked.text());
    let address = format!("/desk/merge?a={first}&b={second}");
    let page = lan.get(&address).text();
    assert!(page.contains("pick.title") && page.contains("pick.access") && !page.contains("pick.created"), "{page}");
    // Where the two differ somebody has to choose; closed is chosen beforehand, and nothing else.
    assert_eq!(lan.fill(&address, "/desk/merge", &[]).status, 422);
    let merged = lan.fill(&address, "/desk/merge", &[("pick.title", "a"), ("pick.access", "a"), ("why", "chụp hai lần")]);
    assert_eq!(merged.status, 303, "{}", merged.text());
    let record = kho.show(&first);
    assert_eq!((record["files"].as_array().unwrap().len(), &record["created"]["edtf"]), (2, &json!("1985")));
    assert_eq!(record["alt_names"][0]["name"]["vi"], "rót đồng 2");
    // The old address leads on, for whoever may see where to; nothing lists or finds what went.
    let mut stranger = Person::new(&server);
    for (old, new) in [(format!("/r/{second}"), format!("/r/{first}")), (format!("/api/records/{second}"), format!("/api/records/{first}"))] {
        let answer = stranger.get(&old);
        assert_eq!((answer.status, answer.header("location")), (308, new.as_str()));
    }
    let digest = record["files"][1]["digest"].as_str().unwrap();
    assert_eq!(stranger.get(&format!("/media/{digest}")).status, 200, "its file belongs to the open record now");
    assert!(lan.get(&format!("/r/{practice}")).text().contains(&format!("/r/{first}")), "what referred to one refers to the other");
    assert!(!lan.get("/desk/inbox?all=yes").text().contains(&second));
    // A second ingest finds both files where they are now.
    assert_eq!(kho.ingest()["unchanged"], 4);
    let found = kho.search("rót đồng 2", &[]);
    assert_eq!((&found["total"], &found["hits"][0]["id"]), (&json!(1), &json!(first)), "found by the name that was not chosen");
    assert_eq!(kho.verify().0, 0);
    let undone = lan.fill(merged.header("location"), "/desk/undo", &[]);
    assert_eq!(undone.status, 303, "{}", undone.text());
    assert_eq!((kho.show(&first)["files"].as_array().unwrap().len(), kho.show(&second)["files"].as_array().unwrap().len()), (1, 1));
    assert_eq!(stranger.get(&format!("/r/{second}")).status, 404);
    assert_eq!(kho.show(&second)["shows"], json!([practice]));
}
