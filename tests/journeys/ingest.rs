//! Bringing material in: every file is accounted for, nothing is read twice, and the source is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::kho::{Kho, assert_same, copy_folder, list, listing, samples, shared, untar, wait_until, wav, write};

#[test]
fn the_samples_come_in_as_they_are_expected() {
    let kho = Kho::new();
    let account = kho.ingest_from(&samples(), &["--no-derivatives"]);
    let expected = expectations();
    let with_role = |role: &str| expected.iter().filter(|file| file["role"] == role).count();
    let (duplicates, sidecars) = (with_role("duplicate"), with_role("transcript"));
    assert_counts(&account, expected.len() - duplicates - sidecars, duplicates, sidecars, 0);
    let bytes: u64 = expected.iter().map(|file| file["bytes"].as_u64().unwrap()).sum();
    assert_eq!(account["bytes_read"], bytes);

    let files = kho.files();
    assert_eq!(files.len(), expected.len());
    for expected in &expected {
        let (file, record) = &files[&decoded(&expected["path"])];
        assert_is_as_expected(file, record, expected);
    }
    kho.assert_sound();
}

fn expectations() -> Vec<Value> {
    let text = fs::read(samples().join("../EXPECT.json")).unwrap();
    let expected: Value = serde_json::from_slice(&text).unwrap();
    list(&expected["list"]).to_vec()
}

fn assert_is_as_expected(file: &Value, record: &Value, expected: &Value) {
    let (name, facts) = (&expected["name"], &file["technical"]);
    assert_eq!((&file["sha256"], &file["size"]), (&expected["sha256"], &expected["bytes"]), "{name}");
    let role = match expected["role"].as_str().unwrap() {
        role @ ("junk" | "transcript") => role,
        _ => "original",
    };
    assert_eq!(file["role"], role, "{name}");
    if let kind @ ("image" | "film" | "sound" | "document") = expected["role"].as_str().unwrap() {
        assert_eq!(record["kind"], kind, "{name}");
    }
    for fact in ["width", "height"] {
        assert_eq!(facts.get(fact), expected.get(fact), "{fact} of {name}");
    }
    // A file that says nothing about its orientation stands upright.
    assert_eq!(facts["orientation"].as_u64().unwrap_or(1), expected["orientation"].as_u64().unwrap_or(1), "{name}");
    // Containers of films write UTC; `taken` is local time, and there nobody knows it.
    let local = |taken: &Value| taken.as_str().filter(|taken| !taken.ends_with('Z')).map(|taken| taken[..19].to_owned());
    assert_eq!(local(&facts["taken"]), local(&expected["taken"]), "{name}");
    match (facts["duration_s"].as_f64(), expected["duration_s"].as_f64()) {
        (Some(found), Some(expected)) => assert!((found - expected).abs() <= 0.1, "{name}: {found} and {expected}"),
        (found, expected) => assert_eq!(found, expected, "the duration of {name}"),
    }
}

#[test]
fn a_second_run_reads_nothing_and_commits_nothing() {
    let kho = Kho::new();
    let first = kho.ingest_from(&samples(), &["--no-derivatives"]);
    let commits = kho.log();
    for round in ["with its cache", "without its cache"] {
        let again = kho.ingest_from(&samples(), &["--no-derivatives"]);
        assert_counts(&again, 0, 0, 0, 30);
        assert_eq!((&again["bytes_read"], &again["bytes_stored"]), (&json!(0), &json!(0)), "{round}");
        assert_eq!(again["accession"], first["accession"], "{round}");
        assert_eq!(kho.log(), commits, "{round}");
        let _ = fs::remove_dir_all(kho.archive().join("cache"));
    }
}

#[test]
fn a_file_that_was_only_touched_is_known_by_its_content() {
    let kho = Kho::new().file("đó 1.txt", "chẻ nan").file("đó 2.txt", "vót nan");
    kho.ingest();
    let before = kho.records().len();
    write(&kho.source().join("đó 1.txt"), "chẻ nan");
    let account = kho.ingest();
    assert_counts(&account, 0, 1, 0, 1);
    assert_eq!(kho.records().len(), before);
    let file = &kho.record("đó 1")["files"][0];
    assert_eq!(list(&file["paths"]).len(), 1, "the same place is not noted twice: {file}");
    assert_counts(&kho.ingest(), 0, 0, 0, 2);
}

#[test]
fn a_changed_content_is_a_new_record_and_the_old_one_is_kept() {
    let kho = Kho::new().file("nhật ký.txt", "bản đầu").file("khác.txt", "vẫn thế");
    kho.ingest();
    let old = kho.record("nhật ký");
    write(&kho.source().join("nhật ký.txt"), "bản sửa");
    assert_counts(&kho.ingest(), 1, 0, 0, 1);

    let old = kho.show(old["id"].as_str().unwrap());
    assert!(old["files"][0]["paths"][0]["superseded"].is_string(), "{old}");
    let (file, new) = &kho.files()["nhật ký.txt".as_bytes()];
    assert_ne!(new["id"], old["id"]);
    assert_eq!(content(&kho, &old["files"][0]), "bản đầu".as_bytes());
    assert_eq!(content(&kho, file), "bản sửa".as_bytes());
    kho.assert_sound();
}

#[test]
fn an_old_content_that_comes_back_stands_at_its_path_again() {
    let kho = Kho::new().file("nhật ký.txt", "bản đầu").file("khác.txt", "vẫn thế");
    kho.ingest();
    for text in ["bản sửa", "bản đầu"] {
        write(&kho.source().join("nhật ký.txt"), text);
        kho.ingest();
    }
    let files = kho.files();
    assert_eq!(files.len(), 2);
    assert_eq!(content(&kho, &files["nhật ký.txt".as_bytes()].0), "bản đầu".as_bytes());
}

#[test]
fn pipes_and_sockets_are_refused_and_the_others_go_in() {
    let kho = Kho::new().file("ảnh 1.txt", "một").file("ảnh 2.txt", "hai");
    let _socket = UnixListener::bind(kho.source().join("ổ cắm")).unwrap();
    assert!(Command::new("mkfifo").arg(kho.source().join("ống")).status().unwrap().success());
    let (code, account) = kho.json(["ingest", kho.source().to_str().unwrap(), "--json"]);
    assert_eq!(code, 1);
    let refused = list(&account["refused"]);
    assert_eq!((&account["walked"], &account["stored"], refused.len()), (&json!(4), &json!(2), 2));
    for (name, what) in [("ổ cắm", "socket"), ("ống", "pipe")] {
        let refusal = refused.iter().find(|refusal| refusal["path"].as_str().unwrap().ends_with(name)).unwrap();
        assert!(refusal["reason"].as_str().unwrap().contains(what), "{refusal}");
    }
    assert_counts(&kho.ingest(), 0, 0, 0, 2);
}

#[test]
fn names_that_the_settings_leave_out_are_ignored() {
    let kho = Kho::new().file("Thumbs.db", "rác").file("trong/Thumbs.db", "rác nữa").file("Thumbs.db.txt", "không phải rác");
    decide(&kho, "ignore = []", "ignore = [\"Thumbs.db\"]");
    for unchanged in [0, 1] {
        let account = kho.ingest();
        assert_eq!((&account["walked"], &account["ignored"], &account["unchanged"]), (&json!(3), &json!(2), &json!(unchanged)));
    }
    assert_eq!(kho.files().into_keys().collect::<Vec<_>>(), [b"Thumbs.db.txt"]);
}

#[test]
fn system_junk_is_kept_as_junk() {
    let kho = Kho::new().file("Thumbs.db", "rác của Windows").file(".DS_Store", "rác của Mac").file("._đó.jpg", "rác khác").file("đó.txt", "tre");
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    for (name, (file, record)) in kho.files() {
        let (role, level) = if name == "đó.txt".as_bytes() { ("original", "public") } else { ("junk", "closed") };
        assert_eq!((&file["role"], &record["access"]["level"]), (&json!(role), &json!(level)), "{}", String::from_utf8_lossy(&name));
    }
}

#[test]
fn a_symbolic_link_is_recorded_and_not_followed() {
    let kho = Kho::new().file("thật/đó.txt", "tre");
    let secret = kho.beside("ngoài nguồn.txt");
    write(&secret, "không được đọc");
    for (target, name) in [(secret.as_path(), "liên kết"), (Path::new("thật"), "tới thư mục"), (Path::new("không có"), "đứt")] {
        std::os::unix::fs::symlink(target, kho.source().join(name)).unwrap();
    }
    let account = kho.ingest();
    assert_counts(&account, 4, 0, 0, 0);
    assert_eq!((&account["bytes_read"], &account["bytes_stored"]), (&json!(3), &json!(3)));
    assert_eq!(kho.files().len(), 1);
    let accession = kho.show(account["accession"].as_str().unwrap());
    let targets: BTreeSet<Vec<u8>> = list(&accession["accession"]["links"]).iter().map(|link| decoded(&link["target"])).collect();
    let expected = [secret.as_os_str().as_bytes(), "thật".as_bytes(), "không có".as_bytes()];
    assert_eq!(targets, expected.into_iter().map(<[u8]>::to_vec).collect());
    assert_counts(&kho.ingest(), 0, 0, 0, 4);
}

/// What cameras, three operating systems and tired people make of names.
pub fn odd_names() -> Vec<Vec<u8>> {
    let texts = [
        "ảnh cụ Thực.txt",
        "a\u{309}nh cu\u{323} Thư\u{323}c.txt",
        "dòng\nmới.txt",
        "-rf.txt",
        "--json",
        "cuối .txt ",
        " đầu.txt",
        "Đó.txt",
        "đó.txt",
        "100%.txt",
        "%2e%2e.txt",
        "dấu \"nháy\" & <b>\\.txt",
        "...",
        "#?;=.txt",
        "thư\tmục\u{202e}/bên trong.txt",
    ];
    let mut names: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    names.push(b"l\xb5ng ngh\xd2/\xff\xfe.txt".to_vec());
    names.push(format!("{}a.txt", "đ".repeat(125)).into_bytes());
    names.push(b"x".repeat(255));
    assert_eq!(names[names.len() - 2].len(), 255);
    names
}

/// Writes a file under each odd name; every one says which it is.
pub fn write_odd_names(folder: &Path) {
    for (number, name) in odd_names().iter().enumerate() {
        write(&folder.join(OsStr::from_bytes(name)), format!("tệp số {number}"));
    }
}

#[test]
fn odd_names_are_kept_to_the_byte() {
    let kho = Kho::new();
    write_odd_names(&kho.source());
    let names = odd_names();
    assert_counts(&kho.ingest(), names.len(), 0, 0, 0);
    let files = kho.files();
    assert_eq!(files.len(), names.len());
    for (number, name) in names.iter().enumerate() {
        assert_eq!(content(&kho, &files[name].0), format!("tệp số {number}").as_bytes(), "{}", String::from_utf8_lossy(name));
    }
    for (file, record) in files.values() {
        let readable = [&file["paths"][0]["name"], &record["title"]["vi"]].map(|text| text.as_str().unwrap());
        assert!(readable.iter().all(|text| !text.is_empty() && !text.contains(char::is_control)), "{readable:?}");
    }
    assert_counts(&kho.ingest(), 0, 0, 0, names.len());
}

#[test]
fn the_nasty_names_of_the_corpus_are_kept_to_the_byte() {
    let Some(tar) = shared("media/adversarial/names/ten-tep.tar") else { return };
    let kho = Kho::new();
    untar(&tar, &kho.source());
    let expected: Value = serde_json::from_slice(&fs::read(tar.with_extension("json")).unwrap()).unwrap();
    let account = kho.ingest();
    assert_eq!(account["walked"], list(&expected).len());
    let files = kho.files();
    assert_eq!(files.len(), list(&expected).len());
    for expected in list(&expected) {
        let (file, _) = &files[&from_hex(expected["name_bytes_hex"].as_str().unwrap())];
        assert_eq!((&file["sha256"], &file["size"]), (&expected["sha256"], &expected["bytes"]));
    }
}

#[test]
fn a_delivery_of_the_field_comes_in_as_the_corpus_says() {
    let Some(tar) = shared("media/scenarios/dot-khao-sat.tar") else { return };
    let kho = Kho::new();
    untar(&tar, &kho.source());
    let expected: Value = serde_json::from_slice(&fs::read(tar.with_extension("expect.json")).unwrap()).unwrap();
    let transcripts = expected["by_role"]["transcript"].as_u64().unwrap();
    let account = kho.ingest_from(&kho.source(), &["--no-derivatives"]);
    assert_eq!((&account["walked"], &account["duplicates"]), (&expected["files"], &expected["exact_duplicate_files"]));
    assert_eq!(account["sidecars"], transcripts);
    assert_eq!(account["stored"], expected["distinct_contents"].as_u64().unwrap() - transcripts);
    let [table] = list(&account["tables"]) else { panic!("one list describes files: {}", account["tables"]) };
    assert_eq!(table["rows"], expected["sidecar_rows"]);
    assert_eq!(json!(list(&table["without_file"]).len()), expected["sidecar_rows_without_file"]);

    let files = kho.files();
    let contents: BTreeSet<&str> = files.values().map(|(file, _)| file["digest"].as_str().unwrap()).collect();
    assert_eq!(json!(contents.len()), expected["distinct_contents"]);
    for entry in list(&expected["entries"]) {
        assert_lies_as_delivered(&files, entry);
    }
}

fn assert_lies_as_delivered(files: &BTreeMap<Vec<u8>, (Value, Value)>, entry: &Value) {
    let path = entry["path"].as_str().unwrap();
    let (file, record) = &files[path.as_bytes()];
    assert_eq!((&file["sha256"], &file["size"]), (&entry["sha256"], &entry["bytes"]), "{path}");
    let role = match entry["role"].as_str().unwrap() {
        role @ ("junk" | "transcript") => role,
        _ => "original",
    };
    assert_eq!(file["role"], role, "{path}");
    if role == "transcript" {
        let stem = path.strip_suffix(".vi.vtt").unwrap();
        let original = record["files"][0]["paths"][0]["raw"].as_str().unwrap();
        let original = percent_decode_str(original).decode_utf8().unwrap();
        assert_eq!((original.rsplit_once('.').unwrap().0, &record["kind"]), (stem, &json!("sound")));
    }
}

#[test]
fn a_transcript_that_comes_later_joins_its_interview() {
    let kho = Kho::new().file("cụ Mận.wav", wav(2, 128)).file("khác.txt", "không liên quan");
    kho.ingest();
    write(&kho.source().join("cụ Mận.vi.vtt"), "WEBVTT\n\n00:01.000 --> 00:02.000\nHái dâu nuôi tằm\n");
    assert_counts(&kho.ingest(), 0, 0, 1, 2);
    let interview = kho.record("cụ Mận");
    assert_eq!((&interview["revision"], roles(&interview)), (&json!(2), vec!["original", "transcript"]));
    let found = kho.search("hái dâu", &[]);
    assert_eq!((&found["total"], &found["hits"][0]["id"], &found["hits"][0]["at_seconds"]), (&json!(1), &interview["id"], &json!(1.0)));
}

#[test]
fn sidecars_are_known_by_their_names() {
    let names = ["ảnh.jpg", "ảnh.jpg.xmp", "ảnh.json", "phim.MP4", "phim.vi.vtt", "phim.en.srt", "mồ côi.srt", "mồ côi.vi.vtt"];
    let kho = names.iter().fold(Kho::new(), |kho, name| kho.file(name, format!("nội dung của {name}")));
    assert_counts(&kho.ingest(), 4, 0, 4, 0);
    assert_eq!(roles(&kho.record("ảnh")), ["original", "sidecar", "sidecar"]);
    assert_eq!(roles(&kho.record("phim")), ["original", "transcript", "transcript"]);
    for orphan in ["mồ côi", "mồ côi.vi"] {
        assert_eq!(roles(&kho.record(orphan)), ["original"]);
    }
}

/// Two recordings with one and the same transcript, fifty times: whoever reads texts out of blobs meets each
/// content twice at the same moment.
#[test]
fn a_transcript_that_two_recordings_share_is_read_without_a_quarrel() {
    let kho = Kho::new();
    for number in 10..60 {
        for copy in ["a", "b"] {
            let stem = kho.source().join(format!("{number} {copy}"));
            write(&stem.with_extension("wav"), wav(1, number).into_iter().chain(copy.bytes()).collect::<Vec<_>>());
            write(&stem.with_extension("vtt"), format!("WEBVTT\n\n00:00.000 --> 00:01.000\nlời thứ {number}\n"));
        }
    }
    let output = start(&kho, &kho.source()).wait_with_output().unwrap();
    assert_counts(&finish(&output), 100, 50, 50, 0);
    // Whether two meet is a matter of luck: more rounds leave little of it.
    for _ in 0..8 {
        let rebuilt = kho.run(["rebuild"]);
        assert!(rebuilt.status.success(), "{}", complaint(&rebuilt));
    }
    for number in [10, 35, 59] {
        assert_eq!(kho.search(&format!("lời thứ {number}"), &["--kind", "sound"])["total"], 2);
    }
}

/// Whoever looks first must not be told another story than whoever does it. Batches are small here, so
/// that media, duplicates and sidecars fall into different ones.
#[test]
fn a_dry_run_keeps_nothing_and_foretells_the_account() {
    let kho = Kho::new().file("a.txt", "một").file("b.txt", "hai").file("c.txt", "một").file("d.wav", wav(1, 128)).file("d.vtt", "WEBVTT\n");
    decide(&kho, "batch_files = 256", "batch_files = 1");
    let kept = || ["blobs", "journal", "tmp"].map(|folder| listing(&kho.archive().join(folder)).into_keys().collect::<Vec<_>>());
    let before = kept();
    let foretold = kho.ingest_from(&kho.source(), &["--dry-run"]);
    assert_eq!(kept(), before);
    assert!(kho.records().is_empty() && foretold["dry_run"] == true);
    let done = kho.ingest();
    assert_counts(&done, 3, 1, 1, 0);
    for name in ["walked", "stored", "duplicates", "sidecars", "unchanged", "ignored", "refused", "bytes_read", "bytes_stored"] {
        assert_eq!(foretold[name], done[name], "{name}");
    }
}

#[test]
fn an_archive_does_not_swallow_itself() {
    let kho = Kho::new().file("đó.txt", "tre");
    let around = kho.beside("");
    for source in [around.as_path(), &kho.archive(), &kho.archive().join("blobs")] {
        let output = kho.run(["ingest", source.to_str().unwrap(), "--json"]);
        assert_eq!(output.status.code(), Some(2), "{source:?}");
        assert!(complaint(&output).contains("inside one another"), "{}", complaint(&output));
    }
    let nowhere = kho.run(["ingest", kho.beside("không có").to_str().unwrap()]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", complaint(&nowhere));
    assert!(kho.log().is_empty());
}

#[test]
fn an_interrupted_ingest_says_so_and_the_next_one_completes_it() {
    let kho = Kho::new();
    decide(&kho, "batch_files = 256", "batch_files = 16");
    let count = 3000;
    many_files(&kho.source(), 0..count);
    let running = start(&kho, &kho.source());
    let first_commit = kho.archive().join("journal/000000000001.jsonl");
    wait_until("the first commit", || first_commit.exists());
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let output = running.wait_with_output().unwrap();
    let stopped: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &stopped["interrupted"]), (Some(1), &json!(true)), "{stopped}");
    let walked = stopped["walked"].as_u64().unwrap();
    assert!(walked < count as u64 && stopped["stored"].as_u64() == Some(walked), "it stopped before the end: {stopped}");

    let rest = kho.ingest_from(&kho.source(), &["--no-derivatives"]);
    assert_counts(&rest, count - walked as usize, 0, 0, walked as usize);
    assert_eq!((rest.get("interrupted"), &rest["accession"]), (None, &stopped["accession"]));
    assert_eq!(kho.files().len(), count);
    assert_eq!(kho.search("", &[])["total"], count);
    kho.assert_sound();
}

#[test]
fn two_ingests_at_once_share_what_both_bring() {
    let kho = Kho::new();
    decide(&kho, "batch_files = 256", "batch_files = 20");
    let folders = ["máy ảnh A", "máy ảnh B"].map(|name| kho.beside(name));
    many_files(&folders[0], 0..600);
    many_files(&folders[1], 400..1000);
    let running: Vec<_> = folders.iter().map(|folder| start(&kho, folder)).collect();
    let accounts: Vec<Value> = running.into_iter().map(|child| finish(&child.wait_with_output().unwrap())).collect();
    let sum = |name: &str| accounts.iter().map(|account| account[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!([sum("walked"), sum("stored"), sum("duplicates")], [1200, 1000, 200]);
    assert_ne!(accounts[0]["accession"], accounts[1]["accession"]);

    let records = kho.records();
    let media: Vec<&Value> = records.iter().filter(|record| record["kind"] != "accession").collect();
    let contents: BTreeSet<&str> = media.iter().map(|record| record["files"][0]["digest"].as_str().unwrap()).collect();
    assert_eq!((media.len(), contents.len()), (1000, 1000), "one record for each content");
    let paths: usize = media.iter().map(|record| list(&record["files"][0]["paths"]).len()).sum();
    assert_eq!(paths, 1200);
    for folder in &folders {
        assert_counts(&kho.ingest_from(folder, &["--no-derivatives"]), 0, 0, 0, 600);
    }
    assert_eq!(kho.search("", &[])["total"], 1000);
    kho.assert_sound();
}

#[test]
fn access_is_closed_until_somebody_decides() {
    let kho = Kho::new().file("đó.txt", "tre");
    kho.ingest();
    assert!(kho.records().iter().all(|record| record["access"]["level"] == "closed"));
    let open = kho.beside("mở");
    write(&open.join("lụa.txt"), "tơ");
    kho.ingest_from(&open, &["--access", "public"]);
    let access = &kho.record("lụa")["access"];
    assert_eq!((&access["level"], &access["decided_by"]), (&json!("public"), &json!("cô Thuỷ")));
    let nonsense = kho.run(["ingest", open.to_str().unwrap(), "--access", "everyone"]);
    assert_eq!(nonsense.status.code(), Some(2));
    assert!(complaint(&nonsense).contains("everyone"));
}

#[test]
fn finding_a_content_again_never_changes_its_access() {
    let kho = Kho::new().file("kín.txt", "bí quyết").file("mở.txt", "ai cũng biết");
    kho.ingest();
    let open = kho.record("mở")["id"].as_str().unwrap().to_owned();
    kho.set(&open, &["access=public"]);
    for (folder, level) in [("lần hai", "public"), ("lần ba", "closed")] {
        let folder = kho.beside(folder);
        copy_folder(&kho.source(), &folder);
        let account = kho.ingest_from(&folder, &["--access", level]);
        assert_counts(&account, 0, 2, 0, 0);
    }
    for (title, level) in [("kín", "closed"), ("mở", "public")] {
        let record = kho.record(title);
        assert_eq!((&record["access"]["level"], list(&record["files"][0]["paths"]).len()), (&json!(level), 3));
    }
}

#[test]
fn the_source_is_never_written_to() {
    let kho = Kho::new().file("ảnh.jpg", "x").file("ảnh.xmp", "y").file("Thumbs.db", "z").file("rỗng.txt", "");
    write_odd_names(&kho.source());
    fs::create_dir(kho.source().join("trống")).unwrap();
    std::os::unix::fs::symlink("ảnh.jpg", kho.source().join("liên kết")).unwrap();
    let before = listing(&kho.source());
    kho.ingest_from(&kho.source(), &["--dry-run"]);
    kho.ingest();
    kho.ingest();
    assert_same(&listing(&kho.source()), &before);
}

/// Every walked file is in exactly one class, and the classes are these.
#[track_caller]
fn assert_counts(account: &Value, stored: usize, duplicates: usize, sidecars: usize, unchanged: usize) {
    let classes = ["stored", "duplicates", "sidecars", "unchanged", "ignored"].map(|class| account[class].as_u64().unwrap() as usize);
    let refused = list(&account["refused"]).len();
    assert_eq!(classes[..4], [stored, duplicates, sidecars, unchanged], "stored, duplicates, sidecars, unchanged of {account}");
    assert_eq!(account["walked"], classes.iter().sum::<usize>() + refused, "{account}");
}

/// Changes a setting in `kho.toml`.
fn decide(kho: &Kho, before: &str, after: &str) {
    let path = kho.archive().join("kho.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(before), "{text}");
    fs::write(&path, text.replace(before, after)).unwrap();
}

fn many_files(folder: &Path, numbers: std::ops::Range<usize>) {
    for number in numbers {
        write(&folder.join(format!("thẻ {}/IMG_{number}.txt", number / 500)), format!("ảnh số {number}"));
    }
}

/// Starts an ingest beside this process.
fn start(kho: &Kho, folder: &Path) -> std::process::Child {
    let mut command = kho.command();
    command.arg("ingest").arg(folder).args(["--json", "--no-derivatives"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn finish(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", complaint(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn roles(record: &Value) -> Vec<&str> {
    list(&record["files"]).iter().map(|file| file["role"].as_str().unwrap()).collect()
}

fn content(kho: &Kho, file: &Value) -> Vec<u8> {
    fs::read(kho.blob(file["digest"].as_str().unwrap())).unwrap()
}

fn decoded(raw: &Value) -> Vec<u8> {
    percent_decode_str(raw.as_str().unwrap()).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Bags of the conformance suite: what is valid comes in whole, what is not is refused whole, with the reason.
#[test]
fn a_bag_is_verified_before_anything_of_it_is_taken() {
    let Some(suite) = shared("conformance/bagit") else { return };
    let kho = Kho::new();
    let folders = |kind: &str| -> Vec<PathBuf> {
        let mut found: Vec<_> = walk(&suite.join(kind)).into_iter().filter(|path| path.file_name().is_some_and(|name| name == "bagit.txt")).collect();
        found.sort();
        found.into_iter().map(|path| path.parent().unwrap().to_owned()).collect()
    };
    let (valid, invalid) = (folders("valid"), folders("invalid"));
    assert!(!valid.is_empty() && invalid.len() > 2, "{valid:?} {invalid:?}");
    for bag in valid {
        let account = kho.ingest_from(&bag, &[]);
        assert_eq!(account["refused"], json!([]));
        assert!(
            account["walked"].as_u64().unwrap() > 3
                && list(&account["notes"]).iter().any(|note| note.as_str().unwrap().contains("complete and valid"))
        );
    }
    let before = kho.records().len();
    for bag in invalid {
        let (code, account) = kho.json(["ingest".as_ref(), bag.as_os_str(), "--json".as_ref()]);
        assert_eq!((code, &account["walked"], &account["accession"]), (1, &json!(1), &json!(null)), "{account}");
        assert!(account["refused"][0]["reason"].as_str().unwrap().contains("nothing of it was taken"), "{account}");
    }
    assert_eq!(kho.records().len(), before);
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// A package is opened when asked: its files come in under their exact names, the package is kept, and the second
/// time nothing is opened.
#[test]
fn a_package_is_opened_when_asked() {
    let Some(package) = shared("media/adversarial/names/ten-tep.tar") else { return };
    let kho = Kho::new();
    let closed = kho.ingest_from(&package, &[]);
    assert_eq!((&closed["walked"], &closed["stored"]), (&json!(1), &json!(1)), "without --unpack it is one file");

    let kho = Kho::new();
    let expected: Value = serde_json::from_slice(&fs::read(package.with_extension("json")).unwrap()).unwrap();
    let account = kho.ingest_from(&package, &["--unpack"]);
    let names = list(&expected).len();
    assert_eq!((&account["walked"], &account["refused"]), (&json!(names + 1), &json!([])), "{account}");
    let again = kho.ingest_from(&package, &["--unpack"]);
    assert_eq!((&again["walked"], &again["unchanged"], &again["bytes_read"]), (&json!(1), &json!(1), &json!(0)));
    kho.assert_sound();
}
