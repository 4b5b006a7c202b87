//! What is kept, and the proof that it is unchanged: restore, verify, rebuild, edits and the chain of commits.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::ingest::write_odd_names;
use crate::kho::{Kho, Listing, PROGRAM, assert_same, assert_same_folders, copy_folder, list, listing, samples, wav, write};

/// A source as bad as they come: empty files and folders, odd names, twins, links, copies, and a content
/// that was replaced after it was brought in.
fn nasty() -> (Kho, String) {
    let kho = Kho::new().file("rỗng.txt", "").file("rỗng cũng thế.txt", "").file("sâu/a/b/c/đó.txt", "tre").file("nhật ký.txt", "bản đầu");
    write_odd_names(&kho.source());
    fs::create_dir_all(kho.source().join("trống/trong nữa")).unwrap();
    fs::create_dir(kho.source().join(OsStr::from_bytes(b"r\xf4ng"))).unwrap();
    for (target, name) in [(&b"\xe0i"[..], "đứt"), ("sâu/a".as_bytes(), "tới thư mục"), (b"../..", "ra ngoài"), (b"/etc/passwd", "tuyệt đối")]
    {
        symlink(OsStr::from_bytes(target), kho.source().join(name)).unwrap();
    }
    kho.ingest();
    write(&kho.source().join("nhật ký.txt"), "bản sửa");
    let accession = accession(&kho.ingest());
    (kho, accession)
}

fn accession(account: &Value) -> String {
    account["accession"].as_str().unwrap().to_owned()
}

/// Runs `restore.py` as somebody would who has nothing but Python.
fn restore(kho: &Kho, to: &Path, options: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.arg("-I").arg(kho.archive().join("restore.py")).arg(to).args(options).env("LC_ALL", "C").output().unwrap()
}

fn restored(to: &Path, accession: &str, kho: &Kho) -> PathBuf {
    to.join(accession).join(kho.source().file_name().unwrap())
}

/// Kind and mode, size and time of the last change: what a copy can have in common with its source.
fn looks(folder: &Path) -> Listing {
    let kind = |mode: i128| mode & 0o170_000;
    listing(folder).into_iter().map(|(path, facts)| (path, vec![kind(facts[0]), facts[1], facts[2]])).collect()
}

#[test]
fn restore_gives_the_tree_back_without_kho() {
    let (kho, accession) = nasty();
    let to = kho.beside("trả lại");
    let output = restore(&kho, &to, &[]);
    assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()));
    let restored = restored(&to, &accession, &kho);
    assert_same_folders(&kho.source(), &restored);
    assert_same(&looks(&restored), &looks(&kho.source()));

    let superseded = restored.with_file_name("Thủ Sỹ 2025-03-12.superseded");
    let replaced: Vec<PathBuf> = fs::read_dir(superseded).unwrap().map(|entry| entry.unwrap().path().join("nhật ký.txt")).collect();
    assert_eq!(replaced.len(), 1);
    assert_eq!(fs::read_to_string(&replaced[0]).unwrap(), "bản đầu");
}

#[test]
fn restore_never_overwrites() {
    let (kho, accession) = nasty();
    let to = kho.beside("trả lại");
    restore(&kho, &to, &[]);
    let own = restored(&to, &accession, &kho).join("nhật ký.txt");
    fs::write(&own, "việc của tôi").unwrap();
    let before = looks(&to);
    let output = restore(&kho, &to, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("exists already"), "{}", said(&output));
    assert_eq!(fs::read_to_string(&own).unwrap(), "việc của tôi");
    assert_same(&looks(&to), &before);
}

#[test]
fn restore_gives_back_one_accession_if_asked() {
    let kho = Kho::new().file("đó.txt", "tre");
    let first = accession(&kho.ingest());
    let other = kho.beside("Nam Cao");
    write(&other.join("lụa.txt"), "tơ");
    let second = accession(&kho.ingest_from(&other, &[]));
    let to = kho.beside("trả lại");
    assert_eq!(restore(&kho, &to, &["--accession", &second]).status.code(), Some(0));
    assert_same_folders(&other, &to.join(&second).join("Nam Cao"));
    assert!(!to.join(&first).exists());
    assert_eq!(restore(&kho, &to, &["--accession", "000000000000"]).status.code(), Some(1));
}

#[test]
fn restore_names_what_is_damaged_or_missing() {
    let kho = Kho::new().file("hỏng.txt", "sẽ hỏng").file("mất.txt", "sẽ mất").file("còn.txt", "vẫn còn");
    let accession = accession(&kho.ingest());
    spoil(&blob_at(&kho, "hỏng.txt"), 3, 0x01);
    fs::remove_file(blob_at(&kho, "mất.txt")).unwrap();
    let to = kho.beside("trả lại");
    let output = restore(&kho, &to, &[]);
    assert_eq!(output.status.code(), Some(1));
    let problems = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(problems.lines().count(), 2, "{problems}");
    for part in [digest_at(&kho, "hỏng.txt"), digest_at(&kho, "mất.txt"), "damaged".into(), "missing".into()] {
        assert!(problems.contains(&part), "{part}: {problems}");
    }
    assert_eq!(fs::read_to_string(restored(&to, &accession, &kho).join("còn.txt")).unwrap(), "vẫn còn");
}

/// Between two deliveries a file became a link, another a folder, and a folder a file. Nothing of what was
/// brought in may be lost on the way back, and the newer tree comes back as it is.
#[test]
fn restore_gives_back_what_changed_its_nature() {
    let kho = Kho::new().file("thành liên kết", "một").file("thành thư mục", "hai").file("thành tệp/trong.txt", "ba").file("khác.txt", "bốn");
    kho.ingest();
    for name in ["thành liên kết", "thành thư mục"] {
        fs::remove_file(kho.source().join(name)).unwrap();
    }
    fs::remove_dir_all(kho.source().join("thành tệp")).unwrap();
    symlink("khác.txt", kho.source().join("thành liên kết")).unwrap();
    write(&kho.source().join("thành thư mục/mới.txt"), "năm");
    write(&kho.source().join("thành tệp"), "sáu");
    let accession = accession(&kho.ingest());
    let to = kho.beside("trả lại");
    let output = restore(&kho, &to, &[]);
    assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()));
    assert_same_folders(&kho.source(), &restored(&to, &accession, &kho));
    let contents: BTreeSet<Vec<u8>> = files_below(&to).iter().map(|path| fs::read(path).unwrap()).collect();
    for text in ["một", "hai", "ba", "bốn", "năm", "sáu"] {
        assert!(contents.contains(text.as_bytes()), "{text} is lost");
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = listing(folder).into_keys().map(|path| folder.join(OsStr::from_bytes(&path)));
    paths.filter(|path| path.symlink_metadata().unwrap().is_file()).collect()
}

#[test]
fn four_damages_are_named_and_nothing_else() {
    let kho = Kho::new().file("hỏng.txt", "một bit sẽ đổi").file("mất.txt", "sẽ bị xoá").file("còn.txt", "vẫn còn");
    kho.ingest();
    let other = kho.beside("Nam Cao");
    write(&other.join("lụa.txt"), "tơ");
    write(&other.join("đũi.txt"), "sợi");
    kho.ingest_from(&other, &[]);
    kho.assert_sound();
    let [damaged, missing] = ["hỏng.txt", "mất.txt"].map(|name| (digest_at(&kho, name), kho.record(name.trim_end_matches(".txt"))["id"].clone()));

    spoil(&kho.blob(&damaged.0), 5, 0x04);
    fs::remove_file(kho.blob(&missing.0)).unwrap();
    write(&kho.archive().join("blobs/ab/ghi chú.txt"), "của người lạ");
    let commit = "journal/000000000004.jsonl";
    let path = kho.archive().join(commit);
    let whole = fs::read(&path).unwrap();
    for (place, mask) in places_to_spoil(&whole, &digest_at(&kho, "lụa.txt")) {
        spoil(&path, place, mask);
        let (code, report) = kho.verify();
        let told = format!("byte {place} of {}, mask {mask:#x}: {report:#}", whole.len());
        assert_eq!(code, 1, "{told}");
        let blob = &report["damaged"][0];
        assert_eq!((list(&report["damaged"]).len(), &blob["digest"], &blob["records"]), (1, &json!(damaged.0), &json!([damaged.1])), "{told}");
        assert_eq!(report["missing"], json!([{"digest": missing.0, "records": [missing.1]}]), "{told}");
        assert_eq!(report["extra"], json!([{"path": "blobs/ab/ghi chú.txt"}]), "{told}");
        assert_eq!(report["orphans"], json!([]), "{told}");
        let chain = &report["journal"];
        assert_eq!((&chain["ok"], list(&chain["damaged"]).len()), (&json!(false), 1), "{told}");
        assert_eq!((&chain["damaged"][0]["path"], &chain["damaged"][0]["sequence"]), (&json!(commit), &json!(4)), "{told}");
        replace(&path, &whole);
    }
}

/// Bytes of a commit that say different things: of the header, of digests, of the salt, line ends, the
/// trailer; and some in between.
fn places_to_spoil(commit: &[u8], digest: &str) -> Vec<(usize, u8)> {
    let find = |text: &str| commit.windows(text.len()).position(|window| window == text.as_bytes()).unwrap_or_else(|| panic!("no {text}"));
    let trailer = commit[..commit.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let mut places = vec![0, find(digest) + 2, find(digest) + 60, find("\"prev\"") + 12, find("\"sequence\"") + 11, find("\"salt\"") + 10];
    places.extend([find("\"sha256\"") + 12, find("\n"), trailer - 1, trailer, trailer + 40]);
    places.extend([commit.len() - 20, commit.len() - 2, commit.len() - 1]);
    places.extend((0..12).map(|part| part * commit.len() / 12 + 7));
    let masks = [0x01, 0x80, 0x20, 0x02];
    places.into_iter().enumerate().map(|(number, place)| (place, masks[number % masks.len()])).collect()
}

#[test]
fn a_bit_of_every_blob_matters() {
    let kho = Kho::new().file("một byte.txt", "x").file("tiếng.wav", wav(1, 128));
    kho.ingest();
    for (name, place) in [("một byte.txt", 0), ("tiếng.wav", 0), ("tiếng.wav", 4000), ("tiếng.wav", 8043)] {
        let blob = blob_at(&kho, name);
        let whole = fs::read(&blob).unwrap();
        spoil(&blob, place, 0x80);
        let (code, report) = kho.verify();
        assert_eq!((code, &report["damaged"][0]["digest"]), (1, &json!(digest_at(&kho, name))));
        replace(&blob, &whole[..place]);
        assert_eq!(list(&kho.verify().1["damaged"]).len(), 1, "a blob that was cut off");
        replace(&blob, &whole);
    }
    kho.assert_sound();
}

#[test]
fn a_stranger_is_named_wherever_it_stands() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    for path in ["lạ.txt", "journal/lạ.jsonl", "journal/000000000009.jsonl.bak", "blobs/lạ", "blobs/ab/cd/lạ"] {
        write(&kho.archive().join(path), "của người lạ");
        let (code, report) = kho.verify();
        assert_eq!((code, &report["extra"]), (1, &json!([{"path": path}])));
        fs::remove_file(kho.archive().join(path)).unwrap();
    }
    assert_eq!(kho.verify().0, 0);
}

#[test]
fn a_cut_tail_is_found_by_a_known_head() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["title.en=Fish trap"]);
    let head = kho.verify().1["journal"]["head"].as_str().unwrap().to_owned();
    assert_eq!(kho.log().last().unwrap()["commit"], head);
    assert_eq!(kho.run(["verify", "--head", &head]).status.code(), Some(0));
    assert_eq!(kho.run(["verify", "--head", "không phải"]).status.code(), Some(2));

    let last = fs::read_dir(kho.archive().join("journal")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    fs::remove_file(last).unwrap();
    assert_eq!(kho.verify().0, 0, "what is left is a whole chain");
    let (code, report) = kho.json(["verify", "--json", "--head", &head]);
    assert_eq!((code, list(&report["journal"]["damaged"]).len()), (1, 1));
    // The catalogue knows the head as well: nothing is written behind a cut tail unseen.
    let output = kho.run(["set", &id, "title.en=Trap"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}

#[test]
fn a_commit_missing_from_the_middle_is_named() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    for title in ["một", "hai", "ba"] {
        kho.set(&id, &[&format!("title.en={title}")]);
    }
    fs::remove_file(kho.archive().join("journal/000000000003.jsonl")).unwrap();
    let (code, report) = kho.verify();
    let damaged = list(&report["journal"]["damaged"]);
    assert_eq!((code, damaged.len(), &damaged[0]["sequence"]), (1, 1, &json!(3)), "{report}");
}

#[test]
fn everything_under_cache_can_be_made_again() {
    let kho = Kho::new();
    copy_folder(&samples().join("."), &kho.source());
    kho.ingest();
    write(&kho.source().join("Thủ Sỹ - đan đó/chẻ nan và đan đó.vi.vtt"), "WEBVTT\n\n00:02.000 --> 00:04.000\nTre già măng mọc\n");
    assert_eq!(kho.ingest()["sidecars"], 1);
    revise_ten(&kho);
    let before = everything_said(&kho);
    fs::remove_dir_all(kho.archive().join("cache")).unwrap();
    let rebuilt = kho.run(["rebuild"]);
    assert!(rebuilt.status.success(), "{}", said(&rebuilt));
    let after = everything_said(&kho);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    kho.assert_sound();
}

/// New titles and descriptions, things opened, and one opened and closed again.
fn revise_ten(kho: &Kho) {
    let records = kho.records();
    let media = records.iter().filter(|record| record["kind"] != "accession").take(10);
    let ids: Vec<&str> = media.map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 10);
    for (number, id) in ids.iter().enumerate() {
        kho.set(id, &[&format!("title.en=Silk weaving {number}"), "description=Ghi lại về dệt lụa ở Nam Cao"]);
        if number % 2 == 0 {
            kho.set(id, &["access=public"]);
        }
    }
    kho.set(ids[0], &["access=closed", "access.reason=gia đình yêu cầu", "description="]);
}

/// Records, histories and thirty stored queries, word for word apart from the time that they took.
fn everything_said(kho: &Kho) -> Vec<String> {
    let records = kho.run(["records"]).stdout;
    let ids: Vec<String> = kho.records().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
    let show = [vec!["show".to_owned(), "--json".to_owned(), "--history".to_owned()], ids].concat();
    let mut said = vec![String::from_utf8(records).unwrap(), String::from_utf8(kho.run(show).stdout).unwrap()];
    assert!(said.iter().all(|text| text.len() > 1000));
    let words = [
        "",
        "det lua",
        "dệt lụa",
        "DỆT LỤA",
        "lúa",
        "lụa",
        "đan đó",
        "dan do",
        "hun khói",
        "silk weaving",
        "Nam Cao",
        "măng mọc",
        "rồng",
        "jpg",
        "2025",
    ];
    for (words, options) in words.iter().flat_map(|words| [(words, vec!["--limit", "100"]), (words, vec!["--as", "public", "--limit", "5"])]) {
        let output = kho.run([&["search", words, "--json"], &options[..]].concat()).stdout;
        said.push(without_time(&String::from_utf8(output).unwrap()));
    }
    assert_eq!(said.len(), 32);
    said
}

/// Cuts `took_ms` out of the text itself, so that nothing else may differ by a single byte.
fn without_time(json: &str) -> String {
    let (before, rest) = json.split_once("\"took_ms\":").unwrap();
    let (_, after) = rest.split_once(',').unwrap();
    before.to_owned() + after
}

#[test]
fn a_change_is_a_new_revision_with_its_actor_and_reason() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    let changed = kho.set(&id.to_uppercase(), &["title.en=Fish trap", "description=Đơm cá ở đồng trũng", "--reason", "mô tả"]);
    assert_eq!((&changed["revision"], &changed["title"]), (&json!(2), &json!({"vi": "đó", "en": "Fish trap"})));
    let (_, shown) = kho.json(["show", &id, "--history", "--json"]);
    let revisions = list(&shown[0]["revisions"]);
    assert_eq!(revisions.iter().map(|revision| &revision["revision"]).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((&revisions[1]["actor"], &revisions[1]["reason"]), (&json!("cô Thuỷ"), &json!("mô tả")));
    assert_eq!(revisions[0]["record"]["title"], json!({"vi": "đó"}));
    assert_eq!(kho.search("đồng trũng", &[])["hits"][0]["id"], id);
}

#[test]
fn a_change_that_changes_nothing_is_no_commit() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["title=Cái đó cụ Mận", "access=public"]);
    let before = kho.log();
    let same = kho.set(&id, &["title.vi=Cái đó cu\u{323} Mâ\u{323}n", "access=public", "description.en="]);
    assert_eq!(same["revision"], 2);
    assert_eq!(kho.log(), before);
}

#[test]
fn wrong_changes_are_refused_and_say_why() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    let before = kho.log();
    for (change, named) in
        [("colour=red", "colour"), ("access=everyone", "everyone"), ("access.until=mai", "mai"), ("title", "title"), ("title=", "title")]
    {
        let output = kho.run(["set", &id, change]);
        assert_eq!(output.status.code(), Some(2), "{change}");
        assert!(said(&output).contains(named), "{change}: {}", said(&output));
    }
    assert_eq!(kho.run(["set", &id]).status.code(), Some(2));
    let unknown = unknown_id(&kho);
    for command in [vec!["set", &unknown, "title=x", "--json"], vec!["show", &unknown, "--json"]] {
        let (code, answer) = kho.json(&command);
        let answer = if answer.is_array() { answer[0].clone() } else { answer };
        assert_eq!((code, answer), (1, json!({"id": unknown, "error": "not found"})));
    }
    assert_eq!(kho.log(), before);
}

/// A well-formed identifier that no record has: that of the archive itself.
fn unknown_id(kho: &Kho) -> String {
    let settings = fs::read_to_string(kho.archive().join("kho.toml")).unwrap();
    settings.lines().find_map(|line| line.strip_prefix("id = ")).unwrap().trim_matches('"').to_owned()
}

#[test]
fn changes_at_the_same_time_all_arrive() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let id = kho.record("đó")["id"].as_str().unwrap().to_owned();
    let languages = ["en", "fr", "km", "lo", "th", "zh"];
    let start = |language: &&str| {
        kho.command().args(["set", &id, &format!("title.{language}=tên {language}"), "--json"]).stdout(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = languages.iter().map(start).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let record = kho.show(&id);
    assert_eq!(record["revision"], 1 + languages.len());
    assert!(languages.iter().all(|language| record["title"][language] == format!("tên {language}")), "{record}");
    kho.assert_sound();
}

#[test]
fn the_exit_code_says_what_kind_of_trouble_it_is() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let elsewhere = |folder: &Path, arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.env_remove("KHO_ARCHIVE").current_dir(folder).args(arguments).output().unwrap()
    };
    let none = elsewhere(&kho.source(), &["records"]);
    assert_eq!((none.status.code(), said(&none).contains("kho init")), (Some(2), true), "{}", said(&none));
    let source = kho.source();
    for commands in [&["records"][..], &["search", "x"], &["verify"], &["rebuild"], &["log"]] {
        let wrong = elsewhere(&kho.source(), &[commands, &["-a", source.to_str().unwrap()]].concat());
        assert_eq!((wrong.status.code(), said(&wrong).contains("kho.toml")), (Some(3), true), "{}", said(&wrong));
    }
    assert_eq!(looks(&source).len(), 2, "nothing was made where no archive is");
    let inside = elsewhere(&kho.archive().join("journal"), &["records"]);
    assert_eq!((inside.status.code(), inside.stdout.is_empty()), (Some(0), false));
    assert_eq!(kho.run(["no such command"]).status.code(), Some(2));
}

#[test]
fn a_damaged_journal_stops_everything_that_builds_on_it() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    let last = kho.archive().join(format!("journal/{:012}.jsonl", kho.log().len()));
    spoil(&last, 30, 0x01);
    for arguments in [&["records"][..], &["search", "tre", "--json"], &["log", "--json"], &["ingest", kho.source().to_str().unwrap()], &["rebuild"]] {
        let output = kho.run(arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains("kho verify"), "{arguments:?}: {}", said(&output));
    }
    assert_eq!(kho.verify().0, 1, "verify goes on past it");
    // With the catalogue gone, damage further back is met as well.
    spoil(&last, 30, 0x01);
    spoil(&kho.archive().join("journal/000000000001.jsonl"), 30, 0x01);
    fs::remove_dir_all(kho.archive().join("cache")).unwrap();
    let output = kho.run(["records"]);
    assert_eq!((output.status.code(), said(&output).contains("kho verify")), (Some(3), true), "{}", said(&output));
}

#[test]
fn the_log_tells_who_what_when_and_why() {
    let kho = Kho::new().file("đó.txt", "tre");
    let accession = accession(&kho.ingest());
    let id = kho.record("đó")["id"].clone();
    kho.set(id.as_str().unwrap(), &["title=Cái đó", "--reason", "sửa tên"]);
    let log = kho.log();
    assert!(log[0].get("prev").is_none());
    for (place, commit) in log.iter().enumerate() {
        assert_eq!((&commit["sequence"], &commit["actor"]), (&json!(place + 1), &json!("cô Thuỷ")));
        assert!(place == 0 || commit["prev"] == log[place - 1]["commit"], "{commit}");
        let time = commit["time"].as_str().unwrap();
        assert!(time.ends_with('Z') && time[..19].parse::<jiff::civil::DateTime>().is_ok(), "{time}");
        assert!(commit["tool"].as_str().unwrap().starts_with("kho ") && commit["events"].is_array());
        let fields: BTreeSet<&str> = commit.as_object().unwrap().keys().map(String::as_str).collect();
        let known = ["actor", "changes", "commit", "events", "prev", "reason", "sequence", "time", "tool"];
        assert!(fields.is_subset(&known.into()) && fields.len() >= 8, "{fields:?}");
    }
    let last = log.last().unwrap();
    assert_eq!((&last["reason"], &last["changes"]), (&json!("sửa tên"), &json!([{"id": id, "kind": "document", "revision": 2}])));
    let events: Vec<&Value> = log.iter().flat_map(|commit| list(&commit["events"])).collect();
    assert_eq!((events.len(), &events[0]["type"], &events[0]["records"]), (1, &json!("ingestion"), &json!([accession])));
}

#[test]
fn a_new_archive_explains_itself_and_is_not_made_twice() {
    let kho = Kho::new();
    let readme = fs::read_to_string(kho.archive().join("README.txt")).unwrap();
    assert!(["restore.py", "READ WITHOUT", "KHÔNG CẦN"].iter().all(|word| readme.contains(word)), "in both languages: {readme}");
    let help = restore(&kho, Path::new("--help"), &[]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--accession"));
    let before = listing(&kho.archive());
    for name in ["lần hai", "lần ba"] {
        let output = kho.run(["init", kho.archive().to_str().unwrap(), "--name", name]);
        assert!(matches!(output.status.code(), Some(2 | 3)), "{:?}", output.status);
        assert!(said(&output).contains("already"), "{}", said(&output));
    }
    assert_same(&listing(&kho.archive()), &before);
    let busy = kho.beside("của người khác");
    write(&busy.join("ảnh.jpg"), "x");
    assert!(!kho.run(["init", busy.to_str().unwrap()]).status.success());
    assert_eq!(listing(&busy).len(), 2);
    kho.assert_sound();
}

fn digest_at(kho: &Kho, path: &str) -> String {
    let files = kho.files();
    files[path.as_bytes()].0["digest"].as_str().unwrap().to_owned()
}

fn blob_at(kho: &Kho, path: &str) -> PathBuf {
    kho.blob(&digest_at(kho, path))
}

/// Flips bits of one byte.
fn spoil(path: &Path, place: usize, mask: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= mask;
    replace(path, &bytes);
}

/// Puts other bytes into a file that is protected against just that.
fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
