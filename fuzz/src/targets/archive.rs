//! What the archive reads back: journal, identifiers, settings, decisions.

use std::fs;
use std::sync::{Arc, OnceLock};

use jiff::civil::date;
use kho_archive::access::{self, Decision, Level, Viewer, Who};
use kho_archive::canonical;
use kho_archive::digest::Digest;
use kho_archive::disk::OsDisk;
use kho_archive::journal::{Change, Draft, Head, Journal};
use kho_archive::record::{Record, RecordId};
use kho_archive::scratch::Scratch;
use kho_archive::settings::{FILE_NAME, Settings};
use serde_json::json;

use crate::parts::{Desk, at_desk};

const FIRST: &str = "journal/000000000001.jsonl";

fn an_id() -> RecordId {
    RecordId::from_number(77).expect("below 2^55")
}

fn journal_at(desk: &Desk) -> &'static Journal {
    static JOURNAL: OnceLock<Journal> = OnceLock::new();
    JOURNAL.get_or_init(|| {
        for folder in ["journal", "scratch"] {
            fs::create_dir_all(desk.path(folder)).expect("a folder for the journal");
        }
        Journal::new(Arc::new(OsDisk), &desk.path(""), Arc::new(Scratch::in_folder(desk.path("scratch"))), an_id(), "kho-fuzz")
    })
}

/// A commit that the check finds whole can be read, and what was read can be written and read again. An input that
/// begins with `{` and does not end with a line feed gets the trailer it needs, so that its lines are looked at.
pub(crate) fn journal(bytes: &[u8]) {
    at_desk(|desk| {
        let journal = journal_at(desk);
        let sealed = if bytes.starts_with(b"{") && !bytes.ends_with(b"\n") { sealed(bytes) } else { bytes.to_vec() };
        let _ = fs::remove_file(desk.path(FIRST));
        desk.put(FIRST, &sealed);
        let report = journal.check(None).expect("the disk is well");
        let read = journal.read(1);
        assert_eq!(format!("{read:?}"), format!("{:?}", journal.read(1)), "the same commit reads otherwise");
        let Ok(Some(commit)) = read else { return };
        assert!(report.damaged.iter().all(|damage| !damage.reason.contains("trailer")), "read, but damaged: {:?}", report.damaged);
        fs::remove_file(desk.path(FIRST)).expect("it was there");
        let records: Vec<Record> = commit.records().cloned().collect();
        let draft = Draft { actor: "cô Thuỷ".into(), records, events: commit.events().cloned().collect(), ..Draft::default() };
        // What has no canonical form is refused, and nothing is written.
        let Ok(written) = journal.append(&Head::default(), draft) else { return assert!(!desk.path(FIRST).exists()) };
        let again = journal.read(1).expect("what was just written").expect("it is there");
        assert_eq!(again, *written, "written is what is read");
        assert!(journal.check(Some(again.commit)).expect("the disk is well").is_ok());
        let kept: Vec<Change> = commit.changes.into_iter().filter(|change| *change != Change::Redacted).collect();
        // 0.0 and 0 are the same number, and the journal writes it in one way.
        let written = |change: &Change| match change {
            Change::Record(record) => canonical::to_line(record).expect("it was written"),
            other => format!("{other:?}"),
        };
        let sorted = |changes: &[Change]| changes.iter().map(written).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(&kept), sorted(&again.changes), "a change came back otherwise");
    });
}

fn sealed(lines: &[u8]) -> Vec<u8> {
    let hashes: Vec<Digest> = lines.split(|byte| *byte == b'\n').map(Digest::of).collect();
    let commit = Digest::of(canonical::to_line(&hashes).expect("digests have a form").as_bytes());
    let trailer = canonical::to_line(&json!({"commit": commit, "lines": hashes})).expect("so has the trailer");
    [lines, b"\n", trailer.as_bytes(), b"\n"].concat()
}

/// Identifiers and digests are what they are written as, however they are typed.
pub(crate) fn ids(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(id) = text.parse::<RecordId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.grouped().to_uppercase().parse(), Ok(id));
        assert_eq!(RecordId::from_number(id.number()), Some(id));
        let typed = text.chars().filter(|character| !matches!(character, '-' | ' ')).count();
        assert_eq!(typed, 12, "{text:?}");
    }
    if let Some(bytes) = bytes.first_chunk::<8>()
        && let Some(id) = RecordId::from_number(u64::from_be_bytes(*bytes) >> 9)
    {
        assert_eq!(id.grouped().parse(), Ok(id));
        let one_wrong: String = id.to_string().chars().rev().collect();
        assert!(one_wrong.parse::<RecordId>().is_err() || one_wrong.parse() != Ok(id) || one_wrong == id.to_string());
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text.to_lowercase(), "{text:?}");
        assert_eq!(Digest::from_bytes(*digest.as_bytes()), digest);
    }
    if let Ok(level) = text.parse::<Level>() {
        assert_eq!(level.code(), text);
    }
}

/// Any name can be given to an archive; settings that are read are no later than this program.
pub(crate) fn settings(bytes: &[u8]) {
    at_desk(|desk| {
        let text = String::from_utf8_lossy(bytes);
        let root = desk.path("");
        desk.put(FILE_NAME, text.as_bytes());
        if let Ok(settings) = Settings::read(&root) {
            assert_eq!(settings.archive.format.max(kho_archive::settings::FORMAT), kho_archive::settings::FORMAT);
        }
        desk.put(FILE_NAME, Settings::text_for(an_id(), &text).as_bytes());
        let settings = Settings::read(&root).expect("what kho writes it reads");
        assert_eq!((settings.archive.name.as_str(), settings.archive.id), (&*text, an_id()));
    });
}

/// Decisions come back as they were written, and none that is not understood lets anyone in.
pub(crate) fn access(bytes: &[u8]) {
    let Ok(decision) = serde_json::from_slice::<Decision>(bytes) else { return };
    if let Ok(line) = canonical::to_line(&decision) {
        let again: Decision = serde_json::from_str(&line).expect("what kho writes it reads");
        assert_eq!(canonical::to_line(&again).ok(), Some(line));
        assert_eq!(again.level, decision.level);
    }
    let admits = |who: Who| access::may(&Viewer { who, today: date(2026, 9, 2) }, std::slice::from_ref(&decision)).is_admitted();
    let strangers = [Who::Public, Who::Kiosk, Who::Researcher, Who::Member(["phường nghề Đồng Xâm".to_owned()].into())];
    if matches!(decision.level, Level::Unknown(_) | Level::Sealed | Level::Closed) {
        assert!(!strangers.into_iter().any(admits), "{decision:?}");
    } else if admits(Who::Public) {
        assert!(decision.level == Level::Public && strangers.into_iter().all(admits) && admits(Who::Archivist), "{decision:?}");
    }
}
