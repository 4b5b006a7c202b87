//! Who sees what, everywhere: each level before each viewer on each way to a record, and what closed parts keep back.

use serde_json::Value;

use crate::kho::{Kho, Server, wait_until};
use crate::person::{Person, add};

pub(crate) const LEVELS: [&str; 6] = ["public", "kiosk", "research", "community", "sealed", "closed"];

/// Each viewer, the options of the account, and what is open to them, level by level.
const VIEWERS: [(&str, &[&str], [bool; 6]); 7] = [
    ("", &[], [true, false, false, false, false, false]),
    ("màn hình", &["--role", "kiosk"], [true, true, false, false, false, false]),
    ("nghiên cứu", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"], [true, false, true, false, false, false]),
    ("họ Đào", &["--role", "member", "--group", "họ Đào"], [true, false, false, true, false, false]),
    ("họ Phạm", &["--role", "member", "--group", "họ Phạm"], [true, false, false, false, false, false]),
    ("biên tập", &["--role", "editor"], [true, true, true, true, false, true]),
    ("lưu trữ", &["--role", "archivist"], [true, true, true, true, false, true]),
];

/// A picture of each level, all about one public practice.
pub(crate) struct Pictures {
    pub(crate) kho: Kho,
    pub(crate) practice: String,
    pub(crate) ids: Vec<String>,
    pub(crate) digests: Vec<String>,
}

impl Pictures {
    pub(crate) fn new() -> Self {
        let kho = LEVELS.iter().zip(1u8..).fold(Kho::new(), |kho, (level, shade)| kho.file(format!("chungtu {level}rieng.png"), picture(shade)));
        kho.ingest();
        let practice = make(&kho, "practice", &["title=Nghề chung", "access=public"]);
        let ids: Vec<String> = LEVELS.iter().map(|level| kho.record(&format!("chungtu {level}rieng"))["id"].as_str().unwrap().to_owned()).collect();
        // Once it is sealed, nobody is told any more, not at the shell either.
        let digests = ids.iter().map(|id| kho.show(id)["files"][0]["digest"].as_str().unwrap().to_owned()).collect();
        for (id, level) in ids.iter().zip(LEVELS) {
            let title = format!("title=Chungtu {level}rieng, bức ảnh");
            let mut changes = vec![title, format!("access={level}"), format!("shows={practice}")];
            changes.extend((level == "community").then(|| "access.groups=họ Đào".to_owned()));
            kho.set(id, &changes.iter().map(String::as_str).collect::<Vec<_>>());
        }
        for (name, options, _) in VIEWERS.iter().filter(|(name, ..)| !name.is_empty()) {
            add(&kho, name, options);
        }
        Self { kho, practice, ids, digests }
    }
}

fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([shade * 31, 90, 60])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(crate) fn make(kho: &Kho, kind: &str, fields: &[&str]) -> String {
    let (code, made) = kho.json([&["new", kind, "--json"][..], fields].concat());
    assert_eq!(code, 0, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) fn browser<'a>(server: &'a Server, name: &str) -> Person<'a> {
    if name.is_empty() { Person::new(server) } else { Person::signed_in(server, name) }
}

fn total(person: &mut Person<'_>, query: &str) -> u64 {
    person.get(&format!("/api/search?q={query}")).json()["total"].as_u64().unwrap()
}

#[test]
fn every_level_before_every_viewer_on_every_way() {
    let pictures = Pictures::new();
    let server = pictures.kho.serve();
    for (name, _, open) in VIEWERS {
        let person = &mut browser(&server, name);
        let practice = person.get(&format!("/r/{}", pictures.practice)).text();
        let found = person.get("/api/search?q=chungtu").json();
        let images = found["facets"]["kind"]
            .as_array()
            .map_or(0, |kinds| kinds.iter().find(|kind| kind["value"] == "image").map_or(0, |kind| kind["count"].as_u64().unwrap()));
        let expected = open.iter().filter(|open| **open).count() as u64;
        assert_eq!((images, found["total"].as_u64()), (expected, Some(expected)), "counts for {name:?}: {}", found["facets"]);
        for (place, level) in LEVELS.iter().enumerate() {
            let (id, digest, open) = (&pictures.ids[place], &pictures.digests[place], open[place]);
            let status = |open: bool, seen: u16| if open { seen } else { 404 };
            let said = format!("{level} before {name:?}");
            assert_eq!(total(person, &format!("{level}rieng")), u64::from(open), "hits: {said}");
            assert_eq!(person.get(&format!("/search?q={level}rieng")).text().contains(id), open, "page of hits: {said}");
            for (address, seen) in [
                (format!("/r/{id}"), 200),
                (format!("/r/{id}.json"), 200),
                (format!("/api/records/{id}"), 200),
                (format!("/media/{digest}"), 200),
                (format!("/derived/{digest}/thumbnail"), 200),
            ] {
                assert_eq!(person.get(&address).status, status(open, seen), "{address}: {said}");
            }
            let range = person.get_with(&format!("/media/{digest}"), &[("Range", "bytes=0-9")]);
            assert_eq!(range.status, status(open, 206), "range: {said}");
            assert_eq!(practice.contains(id), open, "page of the practice: {said}");
            assert_eq!(practice.contains(digest), open, "thumbnail on the page of the practice: {said}");
            let json = person.get(&format!("/api/records/{}", pictures.practice)).text();
            assert!(!json.contains(id) || open, "JSON of the practice: {said}");
            let offered = person.get(&format!("/api/suggest?q={level}ri")).text();
            assert_eq!(offered.contains(&format!("{level}rieng")), open, "what is offered while typing: {said}");
            // What is typed at the desk is looked up among what the person may see; nobody else gets an answer.
            let typed = person.get(&format!("/desk/lookup?kind=image&q={level}rieng")).text();
            assert!(!typed.contains(id) || open, "suggestions: {said}");
        }
    }
}

/// A picture in a sealed step, another in a closed field, and a recording with closed minutes: no bytes of them for strangers.
#[test]
fn closed_parts_keep_their_pictures_and_minutes_back() {
    let kho = (1u8..=3).fold(Kho::new(), |kho, shade| kho.file(format!("ảnh {shade}.png"), picture(shade)));
    let kho = kho.file("lời kể.wav", crate::kho::wav(4, 90));
    kho.ingest();
    let id = |title: &str| kho.record(title)["id"].as_str().unwrap().to_owned();
    let (of_step, of_field, open, voice) = (id("ảnh 1"), id("ảnh 2"), id("ảnh 3"), id("lời kể"));
    for id in [&of_step, &of_field, &open, &voice] {
        kho.set(id, &["access=public"]);
    }
    let server = kho.serve();
    let digest_of = |id: &str| kho.show(id)["files"][0]["digest"].as_str().unwrap().to_owned();
    let digests = [&of_step, &of_field, &open, &voice].map(|id| digest_of(id));
    let statuses = |person: &mut Person<'_>| digests.clone().map(|digest| person.get(&format!("/media/{digest}")).status);
    let mut anyone = Person::new(&server);
    assert_eq!(statuses(&mut anyone), [200; 4], "all four are public by themselves");

    let steps = format!(
        r#"steps=[{{"id":"s1","order":1,"name":{{"vi":"Xay bột"}},"what":{{"vi":"mở"}},"mode":"hand","media":[{{"media":"{open}"}}],"access":{{"level":"public"}}}},
            {{"id":"s2","order":2,"name":{{"vi":"Pha chế"}},"what":{{"vi":"kín"}},"mode":"hand","media":[{{"media":"{of_step}"}}],"access":{{"level":"sealed"}}}}]"#
    );
    let technique = make(&kho, "technique", &["title=Làm hương", "access=public", &steps]);
    make(
        &kho,
        "motif",
        &["title=Hoa sen", "access=public", &format!("sheet={of_field}"), r#"field_access=[{"field":"sheet","access":{"level":"closed"}}]"#],
    );
    let points = r#"index_points=[{"time":1500,"end":3500,"title":{"vi":"bí quyết"},"access":{"level":"closed"}}]"#;
    let segments = r#"segments=[{"start":0,"end":1000,"text":{"vi":"nghe được"}},{"start":2000,"end":3000,"text":{"vi":"kín"}}]"#;
    let transcript = make(&kho, "transcript", &["title=Lời kể", "access=public", &format!("media={voice}"), "state=checked", segments, points]);
    assert_eq!(statuses(&mut anyone), [404, 404, 200, 404]);
    for digest in [&digests[0], &digests[1]] {
        assert_eq!(anyone.get(&format!("/derived/{digest}/thumbnail")).status, 404);
    }
    assert_eq!(anyone.get(&format!("/derived/{}/waveform", digests[3])).status, 404, "a waveform shows the closed minutes");
    assert_eq!((anyone.get(&format!("/r/{of_step}")).status, anyone.get(&format!("/r/{voice}")).status), (404, 200));
    let page = anyone.get(&format!("/r/{voice}")).text();
    assert!(!page.contains(&digests[3]), "the page of the recording leads to no bytes");
    let found = anyone.get("/api/search?q=%22%E1%BA%A3nh%22").json();
    let hits = found["hits"].to_string();
    assert!(hits.contains(&open) && !hits.contains(&of_step) && !hits.contains(&of_field), "neither picture is found: {hits}");

    // The decision on the part is taken back: what it showed is there again, by the very next request.
    kho.set(&transcript, &[r#"index_points=[{"time":1500,"end":3500,"title":{"vi":"bí quyết"}}]"#]);
    assert_eq!(statuses(&mut anyone), [404, 404, 200, 200]);
    // A picture that says of itself that it shows the secret step is as secret, and open again when it shows the other.
    let shows = |step: &str| format!(r#"shows_steps=[{{"technique":"{technique}","step":"{step}"}}]"#);
    kho.set(&open, &[&shows("s2")]);
    assert_eq!(statuses(&mut anyone), [404, 404, 404, 200]);
    kho.set(&open, &[&shows("s1")]);
    assert_eq!(statuses(&mut anyone), [404, 404, 200, 200]);
    kho.set(&open, &[&shows("s2")]);
    // The technique is erased by law. Nothing opens because something was erased, and it is the same after a rebuild.
    assert!(kho.run(["erase", &technique, "--reason", "gia đình yêu cầu", "--yes"]).status.success());
    assert_eq!(statuses(&mut anyone), [404, 404, 404, 200]);
    drop(server);
    std::fs::remove_dir_all(kho.archive().join("cache")).unwrap();
    assert!(kho.run(["rebuild"]).status.success());
    assert_eq!(statuses(&mut Person::new(&kho.serve())), [404, 404, 404, 200]);
    let left: Value = kho.show(&of_step);
    assert_eq!(left["access"]["level"], "public", "its own decision was never touched");
}

/// A title has a decision of its own like any field: wherever the record stands in a list, it stands there without it.
#[test]
fn a_title_that_is_kept_back_is_on_no_card() {
    let kho = Kho::new().file("ảnh lò.jpg", crate::desk::picture(7));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = kho.record("ảnh lò")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["title=Lò bí truyền", "description=Ảnh chụp lò nung.", r#"field_access=[{"field":"title","access":{"level":"closed"}}]"#]);
    let motif = make(&kho, "motif", &["title=Lửa nung", "access=public", &format!("sheet={id}")]);
    let server = kho.serve();
    wait_until("the index knows the photograph", || server.get("/api/search?q=nung").text().contains(&id));
    for address in [
        "/",
        "/search?q=nung",
        "/browse/image",
        "/api/search?q=nung",
        "/kiosk",
        "/kiosk/list?kind=image",
        "/kiosk/list?q=nung",
        &format!("/set?r={id}"),
        &format!("/r/{motif}"),
    ] {
        let page = server.get(address).text();
        assert!(page.contains(&id), "{address} shows the photograph: {page}");
        assert!(!page.contains("bí truyền"), "{address} tells its title: {page}");
    }
}
