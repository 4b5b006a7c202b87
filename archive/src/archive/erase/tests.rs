use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::disk::Disk;
use crate::disk::forgetful::ForgetfulDisk;
use crate::fixity::{self, FixityReport, Watch};
use crate::journal::Head;
use crate::journal::tests::photograph;
use crate::record::Kind;
use crate::record::Relation;
use crate::scratch::Scratch;
use crate::store::FolderStore;

type Test = Result<(), Box<dyn std::error::Error + Send + Sync>>;

const SECRET: &str = "bí mật nhà nghề";

fn new_archive() -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::init(&folder.path().join("kho"), "Kho thử", "kho test").unwrap();
    (folder, archive)
}

fn commit(archive: &Archive, records: Vec<Record>) -> RecordId {
    let id = records[0].id;
    let draft = Draft { actor: "cô Thuỷ".into(), reason: "thử".into(), records, events: vec![] };
    archive.commit(|_| Ok::<_, ArchiveError>(Some(draft.clone()))).unwrap();
    id
}

/// A photograph whose content is its title, at a path of its own.
fn keep(archive: &Archive, number: u64, title: &str) -> RecordId {
    archive.store().put(&mut title.as_bytes()).unwrap();
    let mut record = photograph(number, 1, title);
    record.files[0].paths[0].raw = format!("{number}.jpg");
    commit(archive, vec![record])
}

/// Every file below a folder that holds these bytes.
fn where_is(folder: &Path, word: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if std::fs::read(&path).unwrap().windows(word.len()).any(|some| some == word) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn nothing_of_an_erased_record_is_left_and_the_chain_holds() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    let id = keep(&archive, 1, SECRET);
    let other = keep(&archive, 2, "ảnh khác");
    let mut revised = archive.catalogue().record(id)?.unwrap();
    revised.revision = 2;
    revised.description.insert("vi".into(), format!("kể về {SECRET}"));
    commit(&archive, vec![revised]);
    let before = archive.catalogue().head()?;
    let erasure = archive.erase(id, "cô Thuỷ", "Nghị định 13/2023")?;
    let digest = Digest::of(SECRET.as_bytes());
    assert_eq!((erasure.revisions, &erasure.blobs, erasure.shared.len()), (2, &vec![digest], 0));
    archive.catalogue().purge()?;

    let record = archive.catalogue().record(id)?.unwrap();
    let erased = record.erased().unwrap();
    assert_eq!((record.revision, &*erased.by, &*erased.reason), (3, "cô Thuỷ", "Nghị định 13/2023"));
    assert_eq!((record.kind.as_str(), record.title_in("en"), record.files.len()), ("image", "Erased by law".to_owned(), 0));
    assert!(archive.catalogue().record(other)?.unwrap().erased().is_none());
    assert_eq!(where_is(&root, SECRET.as_bytes()), Vec::<std::path::PathBuf>::new());

    let report = Archive::verify(&root, before.commit, None)?;
    assert!(report.is_clean() && report.orphans.is_empty() && report.checked == 1, "{report:?}");
    assert_eq!(archive.journal().read(1)?.unwrap().changes, [Change::Redacted]);
    assert_eq!(archive.catalogue().revisions(id)?, [(1, 1), (2, 3), (3, 4)]);
    assert!(matches!(archive.erase(id, "x", "y"), Err(EraseError::Before(_))));
    Ok(())
}

#[test]
fn nothing_is_said_of_an_erased_record_any_more_and_its_content_stays_away() -> Test {
    let (_folder, archive) = new_archive();
    let id = keep(&archive, 1, SECRET);
    archive.erase(id, "cô Thuỷ", "đơn của gia đình")?;
    let mut revised = archive.catalogue().record(id)?.unwrap();
    revised.revision += 1;
    let draft = |record: Record| Draft { records: vec![record], ..Draft::default() };
    let refused = archive.commit(|_| Ok::<_, ArchiveError>(Some(draft(revised.clone()))));
    assert!(matches!(refused, Err(ArchiveError::Erased { .. })), "{refused:?}");
    let refused = archive.commit(|_| Ok::<_, ArchiveError>(Some(draft(photograph(5, 1, SECRET)))));
    assert!(refused.unwrap_err().to_string().contains("a new consent is needed"));
    assert_eq!(archive.catalogue().erased()?, [Digest::of(SECRET.as_bytes())]);
    Ok(())
}

#[test]
fn a_content_that_another_record_holds_stays() -> Test {
    let (folder, archive) = new_archive();
    let id = keep(&archive, 1, "ảnh chung");
    let mut other = photograph(2, 1, "ảnh chung");
    other.relations.push(Relation { kind: "may-belong-with".into(), to: id });
    other.files[0].paths[0].raw = "2.jpg".into();
    let other = commit(&archive, vec![other]);
    let erasure = archive.erase(id, "cô Thuỷ", "luật")?;
    let digest = Digest::of("ảnh chung".as_bytes());
    assert_eq!((erasure.blobs.len(), &erasure.shared, &erasure.referrers), (0, &vec![digest], &vec![other]));
    assert_eq!(archive.catalogue().holders(&digest)?, [other]);
    assert!(archive.store().size(&digest)?.is_some() && archive.catalogue().erased_on(&digest)?.is_none());
    assert!(Archive::verify(&folder.path().join("kho"), None, None)?.is_clean());
    Ok(())
}

/// Everything that the catalogue says, as text.
fn dump(archive: &Archive) -> String {
    let catalogue = archive.catalogue();
    let mut dump = format!("{:?} {:?}\n", catalogue.head().unwrap(), catalogue.erased().unwrap());
    catalogue
        .visit(None, &mut |record| {
            let (id, added) = (record.id, catalogue.added(record.id).unwrap());
            let decisions = catalogue.decisions(id).unwrap();
            dump += &format!("{record:?} {added:?} {:?} {decisions:?} {:?}\n", catalogue.revisions(id).unwrap(), catalogue.referrers(id).unwrap());
        })
        .unwrap();
    dump
}

#[test]
fn replaying_the_journal_after_an_erasure_gives_the_same_catalogue() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    // The erased line stands between two others in one commit: they keep their places.
    let records = (1..=3).map(|number| {
        let mut record = photograph(number, 1, &format!("ảnh {number}"));
        record.files[0].paths[0].raw = format!("{number}.jpg");
        archive.store().put(&mut record.title["vi"].as_bytes()).unwrap();
        record
    });
    commit(&archive, records.collect());
    let mut person = Record::new(RecordId::from_number(9).unwrap(), Kind::from("person"), Text::from([("vi".into(), "Cụ Mận".into())]));
    person.fields.insert("person_kind".into(), json!("living"));
    let mut consent = Record::new(RecordId::from_number(8).unwrap(), Kind::consent(), Text::from([("vi".into(), "Phiếu".into())]));
    consent.fields = json!({"by": person.id, "scope": [person.id], "purposes": [{"purpose": "web", "allowed": true}]}).as_object().unwrap().clone();
    let consent_id = consent.id;
    commit(&archive, vec![person, consent]);
    archive.erase(RecordId::from_number(2).unwrap(), "cô Thuỷ", "luật")?;
    archive.erase(consent_id, "cô Thuỷ", "luật")?;
    let consent = archive.catalogue().record(consent_id)?.unwrap();
    assert!(consent.fields.contains_key("scope") && !consent.fields.contains_key("purposes"), "what it covered stays closed: {consent:?}");
    let before = dump(&archive);
    drop(archive);
    assert_eq!(dump(&Archive::open_anew(&root, "kho test", &[])?), before);
    Ok(())
}

/// Journal and store on a disk that forgets, as the next process finds them.
struct Place {
    journal: Journal,
    store: FolderStore,
}

impl Place {
    fn on(disk: &ForgetfulDisk, scratch: &str) -> Self {
        let scratch = Arc::new(Scratch::fixed(scratch));
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let store = FolderStore::new(Arc::clone(&shared), Path::new("/"), Arc::clone(&scratch));
        let journal = Journal::new(shared, Path::new("/"), scratch, RecordId::from_number(42).unwrap(), "kho test");
        Self { journal, store }
    }

    fn verify(&self) -> FixityReport {
        fixity::verify(&self.journal, &self.store, Watch::default()).unwrap()
    }

    /// Commits two photographs, and that the first one is erased.
    fn begin(&self) {
        let mut head = Head::default();
        let mut redacts = Vec::new();
        for title in [SECRET, "ảnh khác"] {
            self.store.put(&mut title.as_bytes()).unwrap();
            let commit = self.journal.append(&head, Draft { records: vec![photograph(head.sequence, 1, title)], ..Draft::default() }).unwrap();
            head = commit.head();
            redacts.push(Redaction { commit: commit.commit, line: 2, sequence: Some(head.sequence), revision: Some(1) });
        }
        redacts.truncate(1);
        let deletion = Deletion { blobs: vec![Digest::of(SECRET.as_bytes())], redacts, ..Deletion::default() };
        self.journal.append(&head, Draft { events: vec![deletion.event("luật")], ..Draft::default() }).unwrap();
    }
}

/// Whatever is cut off, by the power or by a kill: the chain holds, the rest is named, and can be done.
#[test]
fn an_erasure_survives_a_cut_after_any_operation() {
    for cut in 0.. {
        let disk = ForgetfulDisk::default();
        for folder in ["/journal", "/blobs", "/tmp", "/next", "/last"] {
            disk.make_dir(Path::new(folder)).unwrap();
        }
        disk.sync_dir(Path::new("/")).unwrap();
        let place = Place::on(&disk, "/tmp");
        place.begin();
        let unfinished = place.verify();
        assert_eq!((unfinished.unerased.len(), unfinished.is_clean(), unfinished.journal.ok), (2, false, true), "{unfinished:?}");
        disk.cut_after(cut);
        let outcome = finish(&place.journal, &place.store);
        let after = disk.restart();
        disk.end_cut();
        for (disk, is_power_cut) in [(&after, true), (&disk, false)] {
            let found = Place::on(disk, "/next").verify();
            assert!(found.journal.ok && found.damaged.is_empty() && found.missing.is_empty() && found.orphans.is_empty(), "cut {cut}: {found:?}");
            assert!(outcome.is_err() || found.unerased.is_empty(), "cut {cut}, power {is_power_cut}: {found:?}");
            finish_again(disk, cut);
        }
        if outcome.is_ok() && cut > 40 {
            break;
        }
    }
}

fn finish_again(disk: &ForgetfulDisk, cut: u64) {
    finish(&Place::on(disk, "/last").journal, &Place::on(disk, "/last").store).unwrap();
    let place = Place::on(&disk.restart(), "/last");
    let done = place.verify();
    assert!(done.is_clean() && done.checked == 1, "cut {cut}: {done:?}");
    assert_eq!(place.journal.read(1).unwrap().unwrap().changes, [Change::Redacted]);
    assert_eq!(place.journal.read(2).unwrap().unwrap().records().count(), 1);
}
