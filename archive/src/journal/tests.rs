use std::fs;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::access::Decision;
use crate::digest::Fingerprinter;
use crate::disk::OsDisk;
use crate::disk::forgetful::ForgetfulDisk;
use crate::record::{File, FoundAt, Kind, Role, Technical, Text};

fn id(number: u64) -> RecordId {
    RecordId::from_number(number).unwrap()
}

/// A photograph whose content is its title.
pub(crate) fn photograph(number: u64, revision: u64, title: &str) -> Record {
    let mut fingerprinter = Fingerprinter::new();
    fingerprinter.update(title.as_bytes());
    let print = fingerprinter.finish();
    let found = FoundAt {
        accession: id(1),
        root: "thẻ nhớ".into(),
        raw: "DCIM/1.jpg".into(),
        name: "DCIM/1.jpg".into(),
        mtime: "2025-03-12T01:00:00.000000000Z".into(),
        ctime: "2025-03-12T01:00:00.000000000Z".into(),
        inode: "9007199254740993".into(),
        superseded: None,
        more: serde_json::Map::new(),
    };
    let file = File {
        digest: print.digest,
        sha256: print.sha256,
        size: print.size,
        role: Role::original(),
        paths: vec![found],
        technical: Technical { width: Some(4000), lat: Some(20.6384), duration_s: Some(12.0), ..Technical::default() },
        more: serde_json::Map::new(),
    };
    Record {
        id: id(number),
        kind: Kind::image(),
        revision,
        title: Text::from([("vi".to_owned(), title.to_owned())]),
        description: Text::new(),
        access: Decision::default(),
        files: vec![file],
        relations: Vec::new(),
        accession: None,
        fields: serde_json::Map::new(),
    }
}

fn draft(records: Vec<Record>) -> Draft {
    Draft { actor: "cô Thuỷ".into(), reason: "đợt khảo sát".into(), records, events: Vec::new() }
}

fn journal_on(disk: Arc<dyn Disk>, root: &Path, scratch: &str) -> Journal {
    Journal::new(disk, root, Arc::new(Scratch::fixed(scratch)), id(42), "kho test")
}

/// A journal in a real folder, with `count` commits of two photographs each.
fn journal_with(count: u64) -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["journal", "tmp"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let scratch = folder.path().join("tmp");
    let journal = journal_on(Arc::new(OsDisk), folder.path(), scratch.to_str().unwrap());
    let mut head = Head::default();
    for number in 0..count {
        let records = (0..2).map(|half| photograph(100 + 2 * number + half, 1, &format!("ảnh {number} {half}"))).collect();
        head = journal.append(&head, draft(records)).unwrap().head();
    }
    (folder, journal)
}

#[test]
fn a_commit_comes_back_as_it_was_written_and_names_its_predecessor() {
    let (folder, journal) = journal_with(2);
    let (first, second) = (journal.read(1).unwrap().unwrap(), journal.read(2).unwrap().unwrap());
    assert_eq!(first.header.prev, None);
    assert_eq!(second.header.prev, Some(first.commit));
    assert_eq!(second.header.actor, "cô Thuỷ");
    assert_eq!(second.records().next().unwrap(), &photograph(102, 1, "ảnh 1 0"));
    assert_eq!(journal.head().unwrap(), second.head());
    assert_eq!(journal.read(3).unwrap(), None);
    // The form on disk is for people, too: one line each, marks as they are.
    let text = fs::read_to_string(folder.path().join("journal/000000000001.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 4);
    assert!(text.contains("\"ảnh 0 1\"") && text.ends_with("}\n"));
    assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0, "the scratch name stayed");
}

/// Followers are given what was written without reading it: a rebuild must not see another number.
#[test]
fn a_fraction_without_a_rest_is_a_whole_number_from_the_beginning() {
    let (_folder, journal) = journal_with(0);
    let mut record = photograph(7, 1, "mẹt");
    record.fields.insert("extent".to_owned(), serde_json::json!({"value": 5.0, "half": 2.5}));
    let written = journal.append(&Head::default(), draft(vec![record])).unwrap();
    assert_eq!(written.records().next().unwrap().fields["extent"].to_string(), r#"{"half":2.5,"value":5}"#);
    assert_eq!(*written, journal.read(1).unwrap().unwrap());
}

#[test]
fn only_one_of_two_writers_gets_a_number() {
    let (_folder, journal) = journal_with(1);
    let head = journal.head().unwrap();
    let winner = journal.append(&head, draft(vec![])).unwrap();
    assert!(matches!(journal.append(&head, draft(vec![])), Err(JournalError::Stale(2))));
    assert_eq!(journal.head_since(head).unwrap(), winner.head());
    assert_eq!(journal.append(&winner.head(), draft(vec![])).unwrap().header.sequence, 3);
}

#[test]
fn many_writers_make_one_chain() {
    let (_folder, journal) = journal_with(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let mut head = journal.head().unwrap();
                    while let Err(error) = journal.append(&head, draft(vec![])) {
                        assert!(matches!(error, JournalError::Stale(_)), "{error}");
                        head = journal.head_since(head).unwrap();
                    }
                }
            });
        }
    });
    let report = journal.check(None).unwrap();
    assert!(report.is_ok() && report.commits == 40, "{report:?}");
}

#[test]
fn a_power_cut_after_any_operation_leaves_exactly_the_acknowledged_commits() {
    for cut in 0.. {
        let disk = ForgetfulDisk::default();
        for folder in ["/journal", "/tmp", "/next"] {
            disk.make_dir(Path::new(folder)).unwrap();
        }
        disk.sync_dir(Path::new("/")).unwrap();
        let journal = journal_on(Arc::new(disk.clone()), Path::new("/"), "/tmp");
        disk.cut_after(cut);
        let mut acknowledged = Head::default();
        for number in 0..3 {
            match journal.append(&acknowledged, draft(vec![photograph(number, 1, "ảnh")])) {
                Ok(commit) => acknowledged = commit.head(),
                Err(_) => break,
            }
        }
        let after = disk.restart();
        let next = journal_on(Arc::new(after.clone()), Path::new("/"), "/next");
        assert_eq!(next.head().unwrap(), acknowledged, "cut after {cut} operations");
        assert!(next.check(acknowledged.commit).unwrap().is_ok());
        next.append(&acknowledged, draft(vec![])).unwrap();
        if acknowledged.sequence == 3 && cut > 40 {
            break;
        }
    }
}

#[test]
fn a_full_disk_acknowledges_nothing_and_takes_nothing_away() {
    for nth in 0..2 {
        let disk = ForgetfulDisk::default();
        for folder in ["/journal", "/tmp"] {
            disk.make_dir(Path::new(folder)).unwrap();
        }
        let journal = journal_on(Arc::new(disk.clone()), Path::new("/"), "/tmp");
        let mut head = Head::default();
        disk.fill_at(nth);
        let mut refused = 0;
        while head.sequence < 3 {
            match journal.append(&head, draft(vec![photograph(1, 1, "ảnh")])) {
                Ok(commit) => head = commit.head(),
                Err(error) => {
                    assert!(matches!(error, JournalError::Disk { .. }), "{error}");
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 1);
        assert!(disk.list(Path::new("/tmp")).unwrap().is_empty());
        assert!(journal.check(head.commit).unwrap().is_ok());
    }
}

/// Every byte of a commit in the middle of the chain, each bit of it: always found, never twice.
#[test]
fn any_changed_byte_is_named_once() {
    let (folder, journal) = journal_with(3);
    let path = folder.path().join("journal/000000000002.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    for (place, bit) in (0..whole.len()).flat_map(|place| [(place, 0), (place, 3), (place, 7)]) {
        let mut rotten = whole.clone();
        rotten[place] ^= 1 << bit;
        fs::write(&path, &rotten).unwrap();
        let report = journal.check(None).unwrap();
        assert_eq!(report.damaged.len(), 1, "bit {bit} of byte {place}: {:?}", report.damaged);
        assert_eq!(report.damaged[0].sequence, 2, "bit {bit} of byte {place}");
        assert!(matches!(journal.read(2), Err(JournalError::Damaged { .. } | JournalError::TooNew { .. })));
        for content in ["ảnh 1 0", "ảnh 1 1"] {
            let digest = Digest::of(content.as_bytes());
            assert!(report.named.contains_key(&digest) || report.may_name(&digest), "byte {place}");
        }
    }
    fs::write(&path, &whole).unwrap();
    assert!(journal.check(None).unwrap().is_ok());
}

#[test]
fn missing_strange_and_cut_commits_are_named() {
    let (folder, journal) = journal_with(4);
    let head = journal.head().unwrap().commit;
    fs::write(folder.path().join("journal/ghi chú.txt"), "?").unwrap();
    assert_eq!(journal.check(head).unwrap().strangers, [PathBuf::from("journal/ghi chú.txt")]);
    fs::remove_file(folder.path().join("journal/000000000004.jsonl")).unwrap();
    assert!(journal.check(None).unwrap().is_ok(), "a cut tail cannot be seen without a known head");
    assert_eq!(journal.check(head).unwrap().damaged[0].sequence, 4);
    fs::remove_file(folder.path().join("journal/000000000002.jsonl")).unwrap();
    let damaged = journal.check(None).unwrap().damaged;
    assert_eq!(damaged.len(), 1, "{damaged:?}");
    assert_eq!(damaged[0].reason, "the commit is missing");
}

#[test]
fn a_redacted_line_is_valid_only_by_a_later_deletion() {
    let (folder, journal) = journal_with(1);
    let path = folder.path().join("journal/000000000001.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1] = r#"{"redacted":true}"#;
    fs::remove_file(&path).unwrap();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let head = journal.head().unwrap();
    assert_eq!(journal.check(None).unwrap().damaged[0].line, Some(2));

    let redacts = json!([{"commit": head.commit, "line": 2}]);
    let more = serde_json::Map::from_iter([("redacts".to_owned(), redacts)]);
    let deletion = Event { kind: "deletion".into(), outcome: "success".into(), note: String::new(), records: vec![], more };
    journal.append(&head, Draft { events: vec![deletion], ..draft(vec![]) }).unwrap();
    assert!(journal.check(None).unwrap().is_ok());
    assert_eq!(journal.read(1).unwrap().unwrap().changes[0], Change::Redacted);
}

#[test]
fn a_later_format_is_not_called_damage() {
    let (folder, journal) = journal_with(1);
    let path = folder.path().join("journal/000000000001.jsonl");
    let text = fs::read_to_string(&path).unwrap().replace("\"format\":1", "\"format\":2");
    fs::remove_file(&path).unwrap();
    fs::write(&path, text).unwrap();
    assert!(matches!(journal.read(1), Err(JournalError::TooNew { found: 2, .. })));
}

proptest! {
    #[test]
    fn a_record_survives_the_journal(title: String, note: String, width: Option<u32>, lat in -90.0..90.0, revision in 1u64..1 << 50) {
        let mut record = photograph(7, revision, &title);
        record.description.insert("vi".into(), note);
        record.files[0].technical.width = width;
        record.files[0].technical.lat = Some(lat);
        record.fields.insert("vitality".into(), json!({"claims": [1, "hai", null]}));
        let line = crate::canonical::to_line(&record).unwrap();
        let read: Record = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(crate::canonical::to_line(&read).unwrap(), line);
    }
}
