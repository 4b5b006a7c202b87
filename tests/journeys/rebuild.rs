//! Everything is made again while people go on searching.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kho::{Kho, Server, copy_folder, wait_until, write};

/// What a viewer answers, apart from the time that it took.
fn answer(server: &Server, words: &str) -> Value {
    let answer = server.get(&format!("/api/search?q={words}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut answer = answer.json();
    answer.as_object_mut().unwrap().remove("took_ms").unwrap();
    answer
}

fn answers(server: &Server) -> Vec<Value> {
    ["", "dệt lụa", "dan do", "Thủ Sỹ"].map(|words| answer(server, &words.replace(' ', "+"))).into()
}

fn total(server: &Server, words: &str) -> u64 {
    answer(server, words)["total"].as_u64().unwrap()
}

fn start(kho: &Kho) -> Child {
    kho.command().arg("rebuild").stdout(Stdio::null()).spawn().unwrap()
}

/// The folder of the form of the index that this program knows.
fn form(kho: &Kho) -> PathBuf {
    let forms: Vec<_> = fs::read_dir(kho.archive().join("cache/index")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(forms.len(), 1, "{forms:?}");
    forms[0].clone()
}

/// The last commit that is in an index, as it stands on the disk.
fn position(form: &Path) -> Option<usize> {
    let meta: Value = serde_json::from_slice(&fs::read(form.join("meta.json")).ok()?).unwrap();
    meta["payload"].as_str()?.parse().ok()
}

#[test]
fn whoever_searches_does_not_notice_that_everything_is_made_again() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    wait_until("the viewer answers", || total(&server, "") > 20);
    let (before, form) = (answers(&server), form(&kho));
    let files = || fs::read_dir(&form).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let files_before = files();
    let is_made = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !is_made.load(Ordering::Relaxed) {
                assert_eq!(answers(&server), before, "after {asked} times");
                asked += 1;
            }
            asked
        });
        let rebuilt = start(&kho).wait().unwrap();
        is_made.store(true, Ordering::Relaxed);
        assert!(rebuilt.success());
        assert!(asking.join().unwrap() > 3, "somebody asked all the time");
    });
    assert_eq!(answers(&server), before);
    let is_segment = |name: &&std::ffi::OsString| name.to_string_lossy().ends_with(".store");
    assert!(files().iter().filter(is_segment).all(|name| !files_before.contains(name)), "it is another index");

    // The viewer was there before, and goes on with the new one.
    let id = kho.record("ghi chép dệt lụa")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["title=Guồng tơ Nam Cao"]);
    let began = Instant::now();
    wait_until("the edit is found", || answer(&server, "%22guồng+tơ+Nam+Cao%22")["hits"][0]["id"] == id);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn what_is_committed_while_everything_is_made_again_is_found() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    let id = kho.record("ghi chép dệt lụa")["id"].as_str().unwrap().to_owned();
    wait_until("the viewer answers", || total(&server, "") > 20);
    let mut rebuild = start(&kho);
    for number in 0.. {
        kho.set(&id, &[&format!("title=Guồng tơ quaytơ{number}")]);
        wait_until("the edit is found", || total(&server, &format!("%22quaytơ{number}%22")) == 1);
        if rebuild.try_wait().unwrap().is_some() {
            break;
        }
    }
    assert!(rebuild.wait().unwrap().success());
    assert_eq!(total(&server, "%22ghi+chép+dệt+lụa%22"), kho.search("\"ghi chép dệt lụa\"", &["--as", "public"])["total"]);
}

#[test]
fn a_rebuild_that_is_killed_takes_nothing_from_those_who_search() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    wait_until("the viewer answers", || total(&server, "") > 20);
    let before = answers(&server);
    let began = Instant::now();
    assert!(start(&kho).wait().unwrap().success());
    let whole = began.elapsed();
    let kills = 4;
    for number in 0..kills {
        let mut rebuild = start(&kho);
        thread::sleep(whole * number / kills);
        rebuild.kill().unwrap();
        rebuild.wait().unwrap();
        assert_eq!(answers(&server), before, "killed at {number} of {kills}");
    }
    assert!(start(&kho).wait().unwrap().success());
    assert_eq!(answers(&server), before);
    assert_eq!(answers(&kho.serve()), before, "nor from those who come anew");
}

/// The viewer reads what came in just when everything is made again: nothing of it is missing afterwards.
#[test]
fn what_comes_in_while_everything_is_made_again_is_found_by_its_words() {
    let kho = Kho::of_samples();
    let _server = kho.serve();
    let folder = kho.beside("về sau");
    for number in 0..60 {
        write(&folder.join(format!("{number}.txt")), format!("Nan tre thứ {number}, chẻ ngày mồng một"));
    }
    let mut ingest = kho.command().arg("ingest").arg(&folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_millis(100));
    let rebuilds: Vec<_> = (0..2).map(|_| kho.run(["rebuild"]).status.success()).collect();
    // An ingest that opens the catalogue just when that is deleted may fail; then it is repeated, as always.
    if !ingest.wait().unwrap().success() {
        kho.ingest_from(&folder, &[]);
    }
    assert_eq!(rebuilds, [true, true]);
    assert_eq!(kho.search("\"chẻ ngày mồng một\"", &["--limit", "100"])["total"], 60);
}

/// An index that cannot be opened is of no use to anyone, and no obstacle.
#[test]
fn a_damaged_index_is_made_again() {
    let kho = Kho::of_samples();
    let before = kho.search("dệt lụa", &[]);
    for name in ["meta.json", ".managed.json"] {
        fs::write(form(&kho).join(name), "hỏng").unwrap();
        assert!(!kho.run(["search", "lụa"]).status.success());
        assert!(kho.run(["rebuild"]).status.success());
        assert_eq!(kho.search("dệt lụa", &[]), before);
    }
}

/// An older program has another form of the index: it keeps it until this one's is complete, wherever that is cut off.
#[test]
fn another_form_of_the_index_goes_only_when_this_one_is_complete() {
    let kho = Kho::of_samples();
    let id = kho.record("ghi chép dệt lụa")["id"].as_str().unwrap().to_owned();
    for number in 0..40 {
        kho.set(&id, &[&format!("title.en=Silk {number}")]);
    }
    let (commits, form) = (kho.log().len(), form(&kho));
    let older = form.with_file_name("v1-cũ");
    let begin = || {
        let _ = fs::remove_dir_all(&older);
        fs::rename(&form, &older).unwrap();
        kho.command().args(["search", "lụa"]).stdout(Stdio::null()).spawn().unwrap()
    };
    let began = Instant::now();
    assert!(begin().wait().unwrap().success());
    let whole = began.elapsed();
    assert!(!older.exists());
    let (kills, mut half_made) = (12, 0);
    for number in 0..kills {
        let mut search = begin();
        thread::sleep(whole * number / kills);
        search.kill().unwrap();
        search.wait().unwrap();
        let is_complete = position(&form) == Some(commits);
        assert!(older.exists() || is_complete, "{:?} of {commits}", position(&form));
        half_made += usize::from(position(&form).is_some_and(|position| position < commits));
        assert!(kho.run(["search", "lụa"]).status.success());
        assert_eq!(position(&form), Some(commits));
    }
    println!("{half_made} of {kills} kills left half an index");

    // A rebuild does the same, and only at its end.
    copy_folder(&form, &older);
    let mut rebuild = start(&kho);
    while rebuild.try_wait().unwrap().is_none() && older.exists() {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!((position(&form), rebuild.wait().unwrap().success(), older.exists()), (Some(commits), true, false));
}
