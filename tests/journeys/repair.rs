//! Damage is named exactly, and mended from a copy; both facts stand in the journal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::kho::{Kho, list};

/// How many photographs there are.
const MANY: usize = 300;

fn with_photographs(count: usize) -> Kho {
    let kho = (0..count).fold(Kho::new(), |kho, number| kho.file(format!("ảnh/đan đó {number}.txt"), format!("đan đó, lần {number}").repeat(9)));
    kho.ingest();
    kho
}

fn copy(kho: &Kho) -> PathBuf {
    let to = kho.beside("bản sao");
    assert!(Command::new("cp").arg("-a").arg(kho.archive()).arg(&to).status().unwrap().success());
    to
}

fn digest_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["files"][0]["digest"].as_str().unwrap().to_owned()
}

/// Changes one bit of a file, whatever its mode.
fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 1;
    let mode = fs::metadata(path).unwrap().permissions();
    fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, mode).unwrap();
}

fn repair(kho: &Kho, from: &Path) -> (i32, Value) {
    kho.json(["repair", "--from", from.to_str().unwrap(), "--json"])
}

fn said(kho: &Kho, arguments: &[&str]) -> (i32, String) {
    let output = kho.run(arguments);
    (output.status.code().unwrap(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn ar_08_verify_the_store() {
    let kho = with_photographs(MANY);
    let copy = copy(&kho);
    let (flipped, gone) = (digest_of(&kho, "đan đó 7"), digest_of(&kho, "đan đó 211"));
    flip(&kho.blob(&flipped), 20);
    fs::remove_file(kho.blob(&gone)).unwrap();
    let extra = kho.archive().join("blobs/ab/Thumbs.db");
    crate::kho::write(&extra, "?");

    // Exactly these three, with the titles of their records.
    let (code, report) = kho.verify();
    assert_eq!(code, 1);
    let paths = |name: &str, part: &str| -> Vec<String> { list(&report[name]).iter().map(|item| item[part].as_str().unwrap().to_owned()).collect() };
    assert_eq!((paths("damaged", "digest"), paths("missing", "digest")), (vec![flipped.clone()], vec![gone.clone()]));
    assert_eq!((paths("extra", "path"), list(&report["orphans"]).len()), (vec!["blobs/ab/Thumbs.db".to_owned()], 0));
    let titles: Vec<&str> = report["titles"].as_object().unwrap().values().filter_map(Value::as_str).collect();
    assert!(titles.len() == 2 && titles.contains(&"đan đó 7") && titles.contains(&"đan đó 211"), "{titles:?}");
    let (_, words) = said(&kho, &["verify"]);
    assert!(words.contains("“đan đó 7”") && words.contains("“đan đó 211”") && words.contains("Thumbs.db"), "{words}");

    // The copy mends two of them; what somebody else put there is left alone, and said.
    let before = kho.log().len();
    let (code, repaired) = repair(&kho, &copy);
    assert_eq!((code, list(&repaired["repair"]["mended"]).len(), list(&repaired["repair"]["left"]).len()), (1, 2, 0), "{repaired}");
    let (code, report) = kho.verify();
    assert_eq!((code, &report["damaged"], &report["missing"], list(&report["extra"]).len()), (1, &json!([]), &json!([]), 1));
    let log = kho.log();
    assert_eq!(log.len(), before + 1);
    let events = list(&log.iter().find(|commit| commit["sequence"] == repaired["repair"]["commit"]).unwrap()["events"]).to_vec();
    let about = |digest: &str| -> Vec<(&str, &str)> {
        let about = events.iter().filter(|event| event["digest"] == digest);
        about.map(|event| (event["type"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect()
    };
    let both = [("fixity check", "fail"), ("recovery", "success")];
    assert_eq!((about(&flipped), about(&gone)), (both.to_vec(), both.to_vec()));
    assert_eq!(events[0]["records"], json!([kho.record("đan đó 7")["id"]]));
    // The damaged bytes can still be looked at.
    let aside = kho.archive().join("cache/damaged").join(&flipped);
    assert_ne!(fs::read(&aside).unwrap(), fs::read(kho.blob(&flipped)).unwrap());
    assert_eq!(fs::metadata(kho.blob(&flipped)).unwrap().permissions().mode() & 0o777, 0o444);

    fs::remove_file(extra).unwrap();
    kho.assert_sound();
    assert_eq!((repair(&kho, &copy).0, kho.log().len()), (0, before + 1), "what is whole is left alone, and nothing is written");
}

#[test]
fn commits_are_mended_where_the_chain_proves_them() {
    let kho = with_photographs(3);
    for number in 0..4 {
        kho.set(kho.record("đan đó 1")["id"].as_str().unwrap(), &[&format!("description=lần {number}")]);
    }
    let copy = copy(&kho);
    let commits = kho.log().len();
    let file = |number: usize| kho.archive().join(format!("journal/{number:012}.jsonl"));
    let whole: Vec<Vec<u8>> = (1..=commits).map(|number| fs::read(file(number)).unwrap()).collect();
    // One damaged in its middle, two neighbours gone, and the tail cut off.
    flip(&file(2), 100);
    for number in [4, 5, commits] {
        fs::remove_file(file(number)).unwrap();
    }
    assert_eq!(said(&kho, &["records"]).0, 3, "the end of the journal is missing");
    let (code, repaired) = repair(&kho, &copy);
    assert_eq!((code, list(&repaired["repair"]["left"]).len()), (0, 0), "{repaired}");
    let mended: Vec<&str> = list(&repaired["repair"]["mended"]).iter().map(|mended| mended["path"].as_str().unwrap()).collect();
    assert_eq!(mended.len(), 4, "{mended:?}");
    for (number, bytes) in (1..).zip(&whole) {
        assert!(fs::read(file(number)).unwrap() == *bytes, "commit {number}");
    }
    assert_eq!(kho.record("đan đó 1")["description"]["vi"], "lần 3");
    kho.assert_sound();
}

#[test]
fn a_copy_that_is_wrong_itself_mends_nothing() {
    let kho = with_photographs(3);
    let copy = copy(&kho);
    let digest = digest_of(&kho, "đan đó 2");
    flip(&kho.blob(&digest), 3);
    flip(&copy.join("blobs").join(&digest[..2]).join(&digest[2..4]).join(&digest), 5);
    let damaged = fs::read(kho.blob(&digest)).unwrap();
    let (code, repaired) = repair(&kho, &copy);
    assert_eq!((code, list(&repaired["repair"]["mended"]).len()), (1, 0));
    assert!(repaired["repair"]["left"][0]["why"].as_str().unwrap().contains("the copy is damaged as well"), "{repaired}");
    assert_eq!(fs::read(kho.blob(&digest)).unwrap(), damaged);
    // That it was found is a fact, too.
    assert_eq!(kho.log().last().unwrap()["events"][0]["type"], "fixity check");
    // A commit that is well formed, but was never part of this history.
    let other = with_photographs(3);
    let (code, words) = said(&kho, &["repair", "--from", other.archive().to_str().unwrap()]);
    assert!(code == 2 && words.contains("copy of another archive"), "{code} {words}");
    for (from, reason) in [(kho.archive(), "the archive itself"), (kho.source(), "is no copy"), (kho.beside("không có"), "there is no folder")] {
        let (code, words) = said(&kho, &["repair", "--from", from.to_str().unwrap()]);
        assert!(code == 2 && words.contains(reason), "{code} {words}");
    }
}

#[test]
fn orphans_go_when_they_are_sent_away_and_nothing_else_does() {
    let kho = with_photographs(3);
    let orphan = b"left by an ingest that was cut off";
    let digest = kho_archive::digest::Digest::of(orphan).to_string();
    crate::kho::write(&kho.blob(&digest), orphan);
    assert_eq!((kho.verify().0, &kho.verify().1["orphans"]), (0, &json!([{"digest": digest}])));
    let (code, removed) = kho.json(["repair", "--orphans", "--json"]);
    assert_eq!((code, &removed["orphans"]), (0, &json!([digest])));
    assert!(!kho.blob(&digest).exists());
    assert_eq!(kho.log().last().unwrap()["events"][0]["contents"], json!([digest]));
    kho.assert_sound();
    let commits = kho.log().len();
    assert_eq!((kho.json(["repair", "--orphans", "--json"]).1["orphans"].clone(), kho.log().len()), (json!([]), commits));
}
