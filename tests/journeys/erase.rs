//! What the law takes out of an archive is gone, and everything else is as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kho::{Kho, copy_folder, list, wav, write};

/// A word that stands nowhere else: in the text, the name, the title and the description.
const WORD: &str = "quặnthắtmộtlần";

const TEXT: &str = "Lời kể của cụ về quặnthắtmộtlần, không được giữ lại.\n";

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// An archive with two texts, one of which is to be erased; returns its identifier.
fn with_a_secret() -> (Kho, String) {
    let kho = Kho::with_terms().file(format!("{WORD}.txt"), TEXT).file("đó.txt", "Cái đó đan bằng nan tre.\n");
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = kho.record(WORD)["id"].as_str().unwrap().to_owned();
    kho.set(&id, &[&format!("title.en=The story of {WORD}"), &format!("description=Kể về {WORD}")]);
    assert_eq!(kho.search(WORD, &[])["total"], 1);
    (kho, id)
}

fn erase(kho: &Kho, id: &str) -> Value {
    let (code, told) = kho.json(["erase", id, "--reason", "đơn của gia đình, Điều 16", "--yes", "--json"]);
    assert_eq!(code, 0, "{told}");
    told
}

/// Every file of an archive in which the word stands: as it is, as the index has it (without its marks, or as it orders titles), or
/// percent-encoded as paths have it.
fn traces(kho: &Kho) -> Vec<PathBuf> {
    [WORD, "quanthatmotlan", "qua{ntha{tmo|tla|n", "qu%E1%BA%B7nth"].iter().flat_map(|word| where_is(&kho.archive(), word)).collect()
}

/// Every file below a folder that holds these bytes, or has them in its name.
fn where_is(folder: &Path, word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(where_is(&path, word));
        } else if path.to_str().unwrap().contains(word) || fs::read(&path).unwrap().windows(word.len()).any(|some| some == word.as_bytes()) {
            found.push(path);
        }
    }
    found
}

fn head(kho: &Kho) -> String {
    kho.log().last().unwrap()["commit"].as_str().unwrap().to_owned()
}

#[test]
fn nothing_of_what_was_erased_is_left_anywhere_in_the_archive() {
    let (kho, id) = with_a_secret();
    let digest = kho.show(&id)["files"][0]["digest"].as_str().unwrap().to_owned();
    let (log, before) = (kho.log(), head(&kho));
    let kinds =
        ["journal", "blobs", "cache/catalogue", "cache/index", "cache/derivatives"].map(|kind| kho.archive().join(kind).display().to_string());
    let before_it = traces(&kho);
    assert!(kinds.iter().all(|kind| before_it.iter().any(|path| path.display().to_string().starts_with(kind))), "{before_it:?}");
    let told = erase(&kho, &id);
    assert!(list(&told["blobs"]).contains(&json!(digest)) && told["revisions"] == 2, "{told}");

    assert_eq!(traces(&kho), Vec::<PathBuf>::new());
    assert!(!kho.blob(&digest).exists());
    assert_eq!(kho.search(WORD, &[])["total"], 0);
    assert_eq!(kho.search("Erased by law", &[])["total"], 0, "nor is it found as something erased");
    assert_eq!(kho.search("\"đan bằng nan tre\"", &["--as", "public"])["total"], 1);
    kho.assert_sound();
    // The head that somebody wrote down before still lies in the chain.
    let (code, report) = kho.json(["verify", "--json", "--head", &before]);
    assert_eq!((code, &report["journal"]["ok"]), (0, &json!(true)), "{report}");
    let now = kho.log();
    let commits = |log: &[Value]| log.iter().map(|commit| commit["commit"].clone()).collect::<Vec<_>>();
    assert_eq!((now.len(), &commits(&now)[..log.len()]), (log.len() + 1, &commits(&log)[..]));
    let event = &now.last().unwrap()["events"][0];
    assert_eq!((&event["type"], &event["records"]), (&json!("deletion"), &json!([id])));
}

/// While everything is made again, before it is done, and in an index of another form.
#[test]
fn nothing_of_what_was_erased_is_left_by_a_rebuild() {
    for moment in 0..4 {
        let (kho, id) = with_a_secret();
        let form = fs::read_dir(kho.archive().join("cache/index")).unwrap().next().unwrap().unwrap().path();
        copy_folder(&form, &form.with_file_name("v1-cũ"));
        let mut rebuild = kho.command().arg("rebuild").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150 * moment));
        if moment == 0 {
            rebuild.kill().unwrap();
        }
        let erased = kho.run(["erase", &id, "--reason", "đơn của gia đình, Điều 16", "--yes"]);
        assert_eq!(rebuild.wait().unwrap().success(), moment > 0);
        assert!(erased.status.success(), "{}", said(&erased));
        assert_eq!(traces(&kho), Vec::<PathBuf>::new(), "begun {moment} before the erasure");
        assert_eq!((&kho.search(WORD, &[])["total"], &kho.search("\"đan bằng nan tre\"", &[])["total"]), (&json!(0), &json!(1)));
    }
}

#[test]
fn an_erased_record_says_that_it_was_erased_and_nothing_else() {
    let (kho, id) = with_a_secret();
    erase(&kho, &id);
    let (code, shown) = kho.json(["show", &id, "--history", "--json"]);
    let record = &shown[0];
    assert_eq!((code, &record["title"]), (0, &json!({"vi": "Đã xoá theo pháp luật", "en": "Erased by law"})));
    assert_eq!((&record["erased"]["by"], &record["erased"]["reason"]), (&json!("cô Thuỷ"), &json!("đơn của gia đình, Điều 16")));
    assert_eq!((&record["kind"], record.get("files"), &record["access"]["level"]), (&json!("document"), None, &json!("closed")));
    let revisions = list(&record["revisions"]);
    assert_eq!(revisions.iter().map(|revision| revision["redacted"] == true).collect::<Vec<_>>(), [true, true, false]);
    assert!(said(&kho.run(["show", &id])).contains("was erased by law on"));
    assert_eq!(kho.json(["show", &id, "--as", "public", "--json"]).1[0]["error"], "not found");
    let refused = kho.run(["set", &id, "title=x"]);
    assert_eq!((refused.status.code(), said(&refused).contains("was erased by law")), (Some(3), true), "{}", said(&refused));
}

#[test]
fn everything_is_made_again_as_it_was_after_an_erasure() {
    let (kho, id) = with_a_secret();
    erase(&kho, &id);
    let everything = || {
        let ids: Vec<String> = kho.records().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
        let shown = kho.run([vec!["show".to_owned(), "--history".to_owned(), "--json".to_owned()], ids].concat());
        let found = ["", "tre", WORD, "đan"].map(|words| kho.search(words, &["--limit", "1000"]));
        (said(&kho.run(["records"])), said(&shown), found)
    };
    let before = everything();
    fs::remove_dir_all(kho.archive().join("cache")).unwrap();
    assert!(kho.run(["rebuild"]).status.success());
    assert_eq!(everything(), before);
    kho.assert_sound();
}

#[test]
fn what_was_erased_does_not_come_back_with_the_next_delivery() {
    let (kho, id) = with_a_secret();
    erase(&kho, &id);
    for (folder, options) in [(kho.source(), &[][..]), (kho.beside("bản sao"), &["--dry-run"]), (kho.beside("bản sao"), &[])] {
        write(&folder.join("tên khác.txt"), TEXT);
        let account = kho.ingest_from(&folder, options);
        let refused = list(&account["refused"]);
        assert!(!refused.is_empty(), "{account}");
        for refusal in refused {
            let reason = refusal["reason"].as_str().unwrap();
            assert!(reason.starts_with("it was erased on 2") && reason.ends_with("a new consent is needed"), "{reason}");
        }
    }
    // Neither does its name, with a delivery that brings something else, too.
    write(&kho.source().join("mới.txt"), "Nan tre mới chẻ");
    assert_eq!(kho.ingest()["stored"], 1);
    assert_eq!(traces(&kho), Vec::<PathBuf>::new());
    assert_eq!(kho.search("Lời kể của cụ", &[])["total"], 0);
    assert_eq!(kho.verify().0, 0);
}

#[test]
fn a_content_that_another_record_holds_stays_with_it() {
    let words = "1\n00:00:00,000 --> 00:00:01,000\nTre già măng mọc\n";
    let kho = Kho::new().file("0/lời.srt", words).file("1/kể.wav", wav(1, 90)).file("1/kể.srt", words);
    kho.ingest();
    let (alone, sound) = (kho.record("lời"), kho.record("kể"));
    let holds = |record: &Value| list(&record["files"]).iter().map(|file| file["digest"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (shared, own) = (&holds(&alone)[0], &holds(&sound)[0]);
    assert!(holds(&sound).contains(shared) && shared != own, "{sound}");
    let told = erase(&kho, sound["id"].as_str().unwrap());
    assert_eq!((list(&told["shared"]), list(&told["blobs"]).contains(&json!(own))), (&[json!(shared)][..], true));
    assert!(kho.blob(shared).exists() && !kho.blob(own).exists());
    assert_eq!(kho.search("măng mọc", &[])["hits"][0]["id"], alone["id"]);
    kho.assert_sound();
    erase(&kho, alone["id"].as_str().unwrap());
    assert!(!kho.blob(shared).exists());
    kho.assert_sound();
}

#[test]
fn an_erasure_is_asked_for_and_its_mistakes_are_told() {
    let (kho, id) = with_a_secret();
    let before = kho.log();
    for (arguments, code, named) in [
        (vec!["erase", &id, "--reason", "luật"], 2, "--yes"),
        (vec!["erase", &id, "--yes"], 2, "--reason"),
        (vec!["erase", &id, "--yes", "--reason", " "], 2, "--reason"),
        (vec!["erase", "k7f3-9m2q-x4tc", "--yes", "--reason", "luật"], 2, "mistake"),
        (vec!["erase", "--finish"], 0, "Nothing was left"),
    ] {
        let output = kho.run(&arguments);
        assert_eq!((output.status.code(), said(&output).contains(named)), (Some(code), true), "{arguments:?}: {}", said(&output));
    }
    assert_eq!(kho.log(), before);
    erase(&kho, &id);
    let again = kho.run(["erase", &id, "--reason", "luật", "--yes"]);
    assert_eq!((again.status.code(), said(&again).contains("Nothing was left")), (Some(0), true), "{}", said(&again));
}

/// A copy that was made before brings the old files back: verify names them, and `--finish` takes them out.
#[test]
fn what_a_cut_or_an_old_copy_left_is_named_and_finished() {
    let (kho, id) = with_a_secret();
    let digest = kho.show(&id)["files"][0]["digest"].as_str().unwrap().to_owned();
    let (journal, blob) = (kho.archive().join("journal"), kho.blob(&digest));
    let old: Vec<(PathBuf, Vec<u8>)> =
        fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    erase(&kho, &id);
    for (path, bytes) in &old {
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(&blob, TEXT).unwrap();
    let (code, report) = kho.verify();
    let left = list(&report["unerased"]);
    assert_eq!((code, left.len(), &report["journal"]["ok"], &report["orphans"]), (1, 3, &json!(true), &json!([])), "{report}");
    assert!(said(&kho.run(["verify"])).contains("`kho erase --finish` takes it out"));
    assert_eq!(kho.search(WORD, &[])["total"], 0, "nobody finds it meanwhile");
    let (code, finished) = kho.json(["erase", "--finish", "--json"]);
    assert_eq!((code, &finished["lines"], &finished["blobs"]), (0, &json!(2), &json!(1)));
    assert_eq!(traces(&kho), Vec::<PathBuf>::new());
    kho.assert_sound();
}

#[test]
fn a_running_viewer_forgets_at_once() {
    let (kho, id) = with_a_secret();
    let server = kho.serve();
    let digest = kho.show(&id)["files"][0]["digest"].as_str().unwrap().to_owned();
    let addresses = [format!("/r/{id}"), format!("/media/{digest}")];
    assert!(addresses.iter().all(|address| server.get(address).status == 200));
    erase(&kho, &id);
    for address in &addresses {
        let answer = server.get(address);
        assert!(answer.status != 200 && !answer.text().contains(WORD), "{address}: {}", answer.status);
    }
    assert_eq!(server.get(&format!("/api/search?q={WORD}")).json()["total"], 0);
    drop(server);
    assert_eq!(traces(&kho), Vec::<PathBuf>::new());
}

#[test]
fn restoring_without_kho_names_what_was_erased_and_gives_back_the_rest() {
    let (kho, id) = with_a_secret();
    erase(&kho, &id);
    let to = kho.beside("trả lại");
    let output = Command::new("python3").arg(kho.archive().join("restore.py")).arg(&to).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains(&format!("record {id} was erased by law on")), "{}", said(&output));
    let accession = fs::read_dir(&to).unwrap().next().unwrap().unwrap().path();
    let names: Vec<_> = fs::read_dir(accession.join("Thủ Sỹ 2025-03-12")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["đó.txt"]);
}
