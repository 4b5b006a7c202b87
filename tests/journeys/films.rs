//! Films that browsers do not play, and their access copies.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::kho::{Kho, Server, list, samples, wait_until};
use crate::person::{Person, add};

/// A film as an old camera wrote it, by ffmpeg; so many seconds of bars and a tone.
fn film(name: &str, seconds: u32, coding: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let pictures = format!("testsrc2=size=640x480:rate=25:duration={seconds}");
    let tone = format!("sine=frequency=330:duration={seconds}");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", &pictures, "-f", "lavfi", "-i", &tone]).args(coding).arg(&path);
    assert!(command.status().expect("this test needs ffmpeg: apt-get install ffmpeg").success(), "{name}");
    fs::read(path).unwrap()
}

const MPEG_2: [&str; 6] = ["-c:v", "mpeg2video", "-b:v", "3M", "-c:a", "mp2"];
const OLD_AVI: [&str; 6] = ["-c:v", "mpeg4", "-b:v", "3M", "-c:a", "pcm_s16le"];

/// The record of a film, the digest of its original, and the address of its copy.
fn shown(kho: &Kho, title: &str) -> (String, String, String) {
    let record = kho.record(title);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let digest = text(&record["files"][0]["digest"]);
    (text(&record["id"]), digest.clone(), format!("/derived/{digest}/copy"))
}

fn wait_for_copy(server: &Server, copy: &str) {
    wait_until("the access copy", || server.get(copy).status == 200);
}

/// What is unfinished anywhere below `tmp/`.
fn unfinished(kho: &Kho) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![kho.archive().join("tmp")];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { waiting.push(path) } else { names.push(path.display().to_string()) }
        }
    }
    names.into_iter().filter(|name| name.contains("copy")).collect()
}

#[test]
fn an_old_film_gets_a_copy_that_plays_and_stays_as_it_is() {
    let bytes = film("đan đó.avi", 4, &OLD_AVI);
    let kho = Kho::new().file("đan đó.avi", &bytes).file("tiếng.wav", crate::kho::wav(2, 130));
    let tone = film("hát.aiff", 2, &["-vn", "-map", "1:a"]);
    let kho = kho.file("hát.aiff", tone);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    add(&kho, "lan", &["--role", "archivist"]);
    let (id, digest, copy) = shown(&kho, "đan đó");
    let server = kho.serve();
    wait_for_copy(&server, &copy);

    // It plays by parts, as browsers ask for them.
    let whole = server.get(&copy);
    let size = whole.body.len();
    assert_eq!((whole.header("content-type"), whole.header("accept-ranges")), ("video/mp4", "bytes"));
    assert_eq!(&whole.body[4..8], b"ftyp");
    let index = whole.body.windows(4).position(|four| four == b"moov").unwrap();
    assert!(index < 4096, "the index stands in front, so that it plays before it is all there: {index}");
    let part = server.ask("GET", &copy, &[("Range", "bytes=100-299")]);
    assert_eq!((part.status, part.header("content-range")), (206, &*format!("bytes 100-299/{size}")));
    assert!(part.body == whole.body[100..300]);
    assert_eq!(server.ask("GET", &copy, &[("Range", "bytes=999999999-")]).status, 416);
    assert_eq!(server.ask("GET", &copy, &[("If-None-Match", whole.header("etag"))]).status, 304);

    // The page and the manifest play it; what is downloaded is the original, unchanged.
    let page = server.get(&format!("/r/{id}")).text();
    assert!(page.contains(&format!("src=\"{copy}\"")) && page.contains(&format!("href=\"/media/{digest}/")), "{page}");
    assert!(page.contains("bản xem"));
    let manifest = server.get(&format!("/iiif/presentation/3/{id}/manifest")).json();
    let body = &manifest["items"][0]["items"][0]["items"][0]["body"];
    assert!(body["id"].as_str().unwrap().ends_with(&copy) && body["format"] == "video/mp4", "{body}");
    assert!(manifest["rendering"][0]["id"].as_str().unwrap().contains(&format!("/media/{digest}/")));
    assert!(fs::read(kho.blob(&digest)).unwrap() == bytes);

    // Words that people wrote down are captions of the copy as well, and the points of its index its chapters.
    let spoken = [
        format!("media={id}"),
        "title=Lời kể".to_owned(),
        "access=public".to_owned(),
        "state=verified".to_owned(),
        r#"segments=[{"start":0,"end":1500,"text":{"vi":"Chẻ nan thật mỏng.","en":"Split it thin."}}]"#.to_owned(),
        r#"index_points=[{"time":500,"end":1500,"title":{"vi":"Chẻ nan"}}]"#.to_owned(),
    ];
    let spoken: Vec<&str> = spoken.iter().map(String::as_str).collect();
    let (code, transcript) = kho.json([&["new", "transcript", "--json"], &spoken[..]].concat());
    assert_eq!(code, 0, "{transcript}");
    let words = format!("/r/{}", transcript["id"].as_str().unwrap());
    let page = server.get(&format!("/r/{id}?find=nan")).text();
    for track in ["vi.vtt", "en.vtt", "chapters.vtt"] {
        assert!(page.contains(&format!("src=\"{words}.{track}\"")), "{track}: {page}");
    }
    assert!(page.contains("cues-pair") && page.contains("Chẻ <mark>nan</mark> thật mỏng.") && page.contains("Split it thin."), "{page}");
    assert!(server.get(&format!("{words}.chapters.vtt")).text().contains("00:00:00.500 --> 00:00:01.500\nChẻ nan"));

    // Sound that browsers play has none; other sound has.
    let (_, _, plain) = shown(&kho, "tiếng");
    let (sung, _, aiff) = shown(&kho, "hát");
    wait_for_copy(&server, &aiff);
    assert_eq!(server.get(&aiff).header("content-type"), "audio/mp4");
    assert!(server.get(&format!("/r/{sung}")).text().contains(&format!("<audio controls preload=\"metadata\" src=\"{aiff}\"")));
    assert_eq!(server.get(&plain).status, 404);
    assert!(!Person::signed_in(&server, "lan").get("/desk").text().contains("data-copies"), "nothing waits any more");
    drop(server);
    assert_eq!(kho.verify().0, 0);
}

#[test]
fn a_closed_film_has_no_copy_for_anyone_who_may_not_see_it() {
    let kho = Kho::new().file("nghi lễ.avi", film("nghi lễ.avi", 2, &OLD_AVI));
    kho.ingest();
    add(&kho, "lan", &["--role", "archivist"]);
    let (id, digest, copy) = shown(&kho, "nghi lễ");
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    wait_until("the access copy", || lan.get(&copy).status == 200);
    let closed = server.get(&copy);
    let absent = server.get(&format!("/derived/{}/copy", "0".repeat(digest.len())));
    assert_eq!((closed.status, closed.body.len()), (404, absent.body.len()), "it is as if there were none");
    assert_eq!(server.ask("GET", &copy, &[("Range", "bytes=0-9")]).status, 404);

    // It is opened, and closed again.
    kho.set(&id, &["access=public"]);
    assert_eq!(server.get(&copy).status, 200);
    kho.set(&id, &["access=closed"]);
    assert_eq!(server.get(&copy).status, 404);
    let told: Vec<String> =
        fs::read_dir(kho.archive().join("audit")).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert!(told.concat().contains("\"copy\""), "who saw it stands in the audit");
}

#[test]
fn a_closed_document_has_no_pages_for_anyone_who_may_not_see_it() {
    let handbook = fs::read(samples().join("Tài liệu/sổ tay nghề đan đó.pdf")).unwrap();
    let kho = Kho::new().file("sổ tay.pdf", handbook);
    kho.ingest();
    add(&kho, "lan", &["--role", "archivist"]);
    let (id, digest, _) = shown(&kho, "sổ tay");
    let (page, absent) = (format!("/derived/{digest}/page-1"), format!("/derived/{}/page-1", "0".repeat(digest.len())));
    let server = kho.serve();
    let small = format!("{page}-small");
    let mut lan = Person::signed_in(&server, "lan");
    let (large, less) = (lan.get(&page), lan.get(&small));
    assert_eq!((large.status, less.status), (200, 200));
    assert!(less.body.len() < large.body.len() * 3 / 4, "{} bytes for telephones, {} for others", less.body.len(), large.body.len());
    // Now they are drawn, and still nobody else's.
    assert_eq!(server.get(&small).status, 404);
    let closed = server.get(&page);
    assert_eq!((closed.status, closed.body.len()), (404, server.get(&absent).body.len()), "it is as if there were none");
    assert_eq!(server.get(&format!("/r/{id}?page=1")).status, 404);

    kho.set(&id, &["access=public"]);
    assert_eq!(server.get(&page).status, 200);
    let shown = server.get(&format!("/r/{id}?page=1")).text();
    assert!(shown.contains(&format!("{small} 791w, {page} 1131w")), "{shown}");
    assert_eq!(server.get(&format!("/derived/{digest}/page-4000")).status, 404, "a page that there is not");
    kho.set(&id, &["access=closed"]);
    assert_eq!(server.get(&page).status, 404);
}

#[test]
fn a_copy_that_is_cut_off_is_made_again() {
    let kho = Kho::new().file("1 đúc đồng.mpg", film("đúc đồng.mpg", 40, &MPEG_2)).file("2 đan đó.avi", film("đan đó.avi", 2, &OLD_AVI));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    add(&kho, "lan", &["--role", "archivist"]);
    let (id, _, copy) = shown(&kho, "1 đúc đồng");
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    wait_until("a copy is begun", || !unfinished(&kho).is_empty());
    // The desk tells which one, how far it is, and that another waits; the page says that it will come.
    let desk = lan.get("/desk").text();
    assert!(desk.contains("data-copies") && desk.contains("<progress") && desk.contains("data-waits"), "{desk}");
    assert!(lan.get("/desk/copies").text().contains(" / 0:40"));
    let page = server.get(&format!("/r/{id}")).text();
    assert!(page.contains("copy-note") && page.contains("Bản xem đang được tạo") && !page.contains("<video"), "{page}");
    // Killed: the worker and its ffmpeg end as well, and nobody takes half a copy for one.
    drop(server);
    thread::sleep(Duration::from_millis(300));
    let folder = kho.archive().join("cache/derivatives");
    let is_copy = |name: &str| name.contains(".copy-");
    let copies = || {
        let folders = fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.path().is_dir());
        let files = folders.flat_map(|entry| fs::read_dir(entry.path()).unwrap().flatten());
        files.map(|file| file.file_name().to_string_lossy().into_owned()).filter(|name| is_copy(name)).collect::<Vec<_>>()
    };
    assert!(copies().is_empty(), "{:?}", copies());
    let server = kho.serve();
    wait_for_copy(&server, &copy);
    wait_for_copy(&server, &shown(&kho, "2 đan đó").2);
    wait_until("nothing is left of either", || unfinished(&kho).is_empty());
    drop(server);
    kho.run(["log"]);
    assert_eq!(copies().len(), 2, "{:?}", copies());
}

#[test]
fn where_nobody_can_make_a_copy_the_page_says_so() {
    let kho = Kho::new().file("đan đó.avi", film("đan đó.avi", 2, &OLD_AVI));
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let (id, digest, _) = shown(&kho, "đan đó");
    let empty = tempfile::tempdir().unwrap();
    let mut command = kho.command();
    command.env("PATH", empty.path()).args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
    let server = Server::started(command);
    let page = server.get(&format!("/r/{id}")).text();
    assert!(page.contains("thiếu chương trình ffmpeg") && page.contains(&format!("href=\"/media/{digest}/")), "{page}");
    let (_, findings) = kho.json(["doctor", "--json"]);
    assert!(list(&findings).iter().any(|finding| finding["what"] == "access copies"), "{findings}");
}
