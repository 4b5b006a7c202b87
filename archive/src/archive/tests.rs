use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::access::{Decision, Level, Viewer, Who};
use crate::follower::Follower;
use crate::record::{Kind, Record};

type Test = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn new_archive() -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::init(&folder.path().join("kho"), "Kho thử", "kho test").unwrap();
    (folder, archive)
}

/// Keeps a photograph whose content is its title and commits it.
fn keep(archive: &Archive, number: u64, title: &str, level: Level) -> RecordId {
    archive.store().put(&mut title.as_bytes()).unwrap();
    let mut record = crate::journal::tests::photograph(number, 1, title);
    record.access = Decision { level, ..Decision::default() };
    record.files[0].paths[0].raw = format!("{number}.jpg");
    commit(archive, vec![record])
}

fn commit(archive: &Archive, records: Vec<Record>) -> RecordId {
    let id = records[0].id;
    let draft = Draft { actor: "cô Thuỷ".into(), reason: "thử".into(), records, events: vec![] };
    archive.commit(|_| Ok::<_, ArchiveError>(Some(draft.clone()))).unwrap();
    id
}

fn revise(archive: &Archive, id: RecordId, change: impl Fn(&mut Record)) {
    let mut record = archive.catalogue().record(id).unwrap().unwrap();
    record.revision += 1;
    change(&mut record);
    commit(archive, vec![record]);
}

fn viewer(who: Who) -> Viewer {
    Viewer { who, today: jiff::civil::date(2026, 1, 1) }
}

/// Everything that the catalogue says, as text.
fn dump(archive: &Archive) -> String {
    let mut dump = format!("{:?}\n", archive.catalogue().head().unwrap());
    archive
        .catalogue()
        .visit(None, &mut |record| {
            let revisions = archive.catalogue().revisions(record.id).unwrap();
            let standings: Vec<_> = record
                .files
                .iter()
                .flat_map(|file| &file.paths)
                .map(|found| archive.catalogue().standing(found.accession, &found.root, &found.raw).unwrap())
                .collect();
            dump += &format!("{record:?} {revisions:?} {standings:?}\n");
        })
        .unwrap();
    for who in [Who::Public, Who::Archivist] {
        dump += &format!("{:?}\n", archive.catalogue().admitted(&viewer(who)).unwrap());
    }
    dump
}

#[test]
fn an_archive_is_made_once_and_found_again() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    assert!(root.join("README.txt").is_file() && root.join("restore.py").is_file());
    assert_eq!(archive.settings().archive.name, "Kho thử");
    assert!(matches!(Archive::init(&root, "x", "t"), Err(ArchiveError::Exists(_))));
    assert!(matches!(Archive::open(folder.path(), "t"), Err(ArchiveError::NotAnArchive(_))));
    fs::write(folder.path().join("ảnh cưới.jpg"), "x")?;
    assert!(matches!(Archive::init(folder.path(), "x", "t"), Err(ArchiveError::NotEmpty(_))));
    // An `init` that was cut off before kho.toml can be repeated.
    fs::remove_file(root.join(settings::FILE_NAME))?;
    Archive::init(&root, "lần hai", "t")?;
    Ok(())
}

/// The catalogue is shared: another process may bring it forward after the plan has read it, and before its
/// revisions are checked. Six archivists at once met this as a conflict that was none.
#[test]
fn a_catalogue_that_moves_under_a_plan_is_no_conflict() -> Test {
    let (folder, first) = new_archive();
    let second = Archive::open(&folder.path().join("kho"), "kho test")?;
    let id = keep(&first, 1, "ảnh cụ Thực", Level::Closed);
    let mut plans = 0;
    first.commit(|catalogue| -> Result<Option<Draft>, ArchiveError> {
        plans += 1;
        let mut record = catalogue.record(id)?.unwrap();
        if plans == 1 {
            second.catch_up()?;
            revise(&second, id, |record| drop(record.title.insert("en".into(), "Portrait".into())));
        }
        record.revision += 1;
        record.description.insert("vi".into(), "Chân dung".into());
        Ok(Some(Draft { actor: "cô Thuỷ".into(), reason: "thử".into(), records: vec![record], events: vec![] }))
    })?;
    let record = first.catalogue().record(id)?.unwrap();
    assert_eq!((plans, record.revision, record.title.len(), record.description.len()), (2, 3, 2, 1));
    Ok(())
}

#[test]
fn several_archives_open_at_once_see_each_other() -> Test {
    let (folder, first) = new_archive();
    let second = Archive::open(&folder.path().join("kho"), "kho test")?;
    let id = keep(&first, 1, "ảnh cụ Thực", Level::Closed);
    assert_eq!(second.catch_up()?.sequence, 1);
    revise(&second, id, |record| record.access.level = Level::Public);
    first.catch_up()?;
    assert_eq!(dump(&first), dump(&second));
    // A change that was planned on an old revision is refused, and nothing is written.
    let stale = crate::journal::tests::photograph(1, 2, "ảnh cụ Thực");
    let draft = Draft { records: vec![stale], ..Draft::default() };
    let outcome = first.commit(|_| Ok::<_, ArchiveError>(Some(draft.clone())));
    assert!(matches!(outcome, Err(ArchiveError::Conflict { found: 2, .. })));
    Ok(())
}

#[test]
fn bytes_are_given_only_if_every_record_that_holds_them_admits() -> Test {
    let (_folder, archive) = new_archive();
    let open = keep(&archive, 1, "bí quyết", Level::Public);
    let digest = Digest::of("bí quyết".as_bytes());
    let anyone = viewer(Who::Public);
    assert!(archive.catalogue().may_have(&anyone, &digest)?);
    let mut other = crate::journal::tests::photograph(2, 1, "bí quyết");
    other.files[0].paths[0].raw = "2.jpg".into();
    commit(&archive, vec![other]);
    assert!(!archive.catalogue().may_have(&anyone, &digest)?, "the second record is closed");
    assert!(archive.catalogue().may_have(&viewer(Who::Archivist), &digest)?);
    assert!(!archive.catalogue().may_have(&viewer(Who::Archivist), &Digest::of(b"nothing"))?);
    let admitted = archive.catalogue().admitted(&anyone)?;
    assert_eq!(admitted.iter().map(|summary| summary.id).collect::<Vec<_>>(), [open]);
    Ok(())
}

#[test]
fn a_path_stands_for_the_content_found_there_last() -> Test {
    let (_folder, archive) = new_archive();
    let old = keep(&archive, 1, "bản nháp", Level::Closed);
    let found = archive.catalogue().record(old)?.unwrap().files[0].paths[0].clone();
    revise(&archive, old, |record| record.files[0].paths[0].superseded = Some("2025-05-01T00:00:00Z".into()));
    let mut newer = crate::journal::tests::photograph(2, 1, "bản in");
    newer.files[0].paths[0].raw.clone_from(&found.raw);
    let newer = commit(&archive, vec![newer]);
    // A later revision of the old record must not take the path back.
    revise(&archive, old, |record| drop(record.description.insert("vi".into(), "x".into())));
    let standing = archive.catalogue().standing(found.accession, &found.root, &found.raw)?.unwrap();
    assert_eq!(standing.record, newer);
    Ok(())
}

#[test]
fn a_lost_tail_is_noticed_and_rebuild_accepts_it_only_when_told() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    keep(&archive, 1, "một", Level::Closed);
    keep(&archive, 2, "hai", Level::Closed);
    drop(archive);
    fs::remove_file(root.join("journal/000000000002.jsonl"))?;
    assert!(matches!(Archive::open(&root, "t"), Err(ArchiveError::CutTail { journal: 1, catalogue: 2 })));
    let archive = Archive::open_anew(&root, "t", &[])?;
    // Another second commit than the one that another catalogue saw.
    let other = tempfile::tempdir()?;
    fs::copy(root.join("cache/catalogue.sqlite"), other.path().join("x"))?;
    keep(&archive, 3, "ba", Level::Closed);
    drop(archive);
    let path = root.join("journal/000000000002.jsonl");
    let text = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    assert!(Archive::open(&root, "t").is_err());
    fs::write(&path, text)?;
    assert!(Archive::open(&root, "t").is_ok());
    Ok(())
}

#[test]
fn exactly_what_was_done_to_an_archive_is_named() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    let ids: Vec<_> = (1..=6).map(|number| keep(&archive, number, &format!("ảnh {number}"), Level::Closed)).collect();
    assert!(Archive::verify(&root, archive.catalogue().head()?.commit, None)?.is_clean());
    archive.store().put(&mut &b"an ingest was cut off here"[..])?;
    let place = |number: usize| root.join(archive.store().place(&Digest::of(format!("ảnh {number}").as_bytes())));

    let change = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 4;
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
    };
    change(&place(1), 2);
    fs::remove_file(place(2))?;
    fs::write(root.join("blobs/lạ.txt"), "?")?;
    change(&root.join("journal/000000000003.jsonl"), 400);

    let report = Archive::verify(&root, None, None)?;
    assert!(!report.is_clean());
    assert_eq!(report.checked, 6);
    assert_eq!(report.damaged.len(), 1);
    assert_eq!(report.damaged[0].records, [ids[0]].into());
    assert_eq!(report.missing.len(), 1);
    assert_eq!(report.missing[0].records, [ids[1]].into());
    assert_eq!(report.extra.len(), 1);
    assert_eq!(report.extra[0].path, Path::new("blobs/lạ.txt"));
    assert_eq!(report.journal.damaged.len(), 1);
    assert_eq!((report.journal.damaged[0].sequence, report.journal.damaged[0].line), (3, Some(2)));
    assert_eq!(report.orphans.len(), 1, "the damaged commit makes no orphans of its blobs");
    Ok(())
}

/// What a test does to an archive.
#[derive(Clone, Debug)]
enum Act {
    Keep(u64, String),
    Describe(u64, String),
    Decide(u64, bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (1u64..6, "[a-zđóụ]{1,6}").prop_map(|(number, title)| Act::Keep(number, title)),
        (1u64..6, any::<String>()).prop_map(|(number, text)| Act::Describe(number, text)),
        (1u64..6, any::<bool>()).prop_map(|(number, open)| Act::Decide(number, open)),
    ];
    prop::collection::vec(act, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn replaying_the_journal_gives_the_same_catalogue(acts in acts()) {
        let (folder, archive) = new_archive();
        for act in acts {
            let exists = |number: u64| archive.catalogue().record(RecordId::from_number(number).unwrap()).unwrap();
            match act {
                Act::Keep(number, title) if exists(number).is_none() => drop(keep(&archive, number, &title, Level::Closed)),
                Act::Describe(number, text) => if let Some(record) = exists(number) {
                    revise(&archive, record.id, |record| drop(record.description.insert("vi".into(), text.clone())));
                },
                Act::Decide(number, open) => if let Some(record) = exists(number) {
                    revise(&archive, record.id, |record| record.access.level = if open { Level::Public } else { Level::Sealed });
                },
                Act::Keep(..) => {}
            }
        }
        let before = dump(&archive);
        drop(archive);
        let rebuilt = Archive::open_anew(&folder.path().join("kho"), "kho test", &[]).unwrap();
        prop_assert_eq!(dump(&rebuilt), before);
    }
}

#[test]
fn what_follows_another_history_goes_when_everything_is_made_again() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    keep(&archive, 1, "một", Level::Closed);
    keep(&archive, 2, "hai", Level::Closed);
    for name in ["index", "derivatives"] {
        fs::create_dir(archive.cache().join(name))?;
        fs::write(archive.cache().join(name).join("x"), "")?;
    }
    let stands = |name: &str| root.join("cache").join(name).exists();
    drop((archive, Archive::open_anew(&root, "t", &["index"])?));
    assert_eq!(["index/x", "derivatives", "catalogue.lock"].map(stands), [true, false, true]);
    fs::remove_file(root.join("journal/000000000002.jsonl"))?;
    let archive = Archive::open_anew(&root, "t", &["index"])?;
    assert_eq!((["index", "catalogue.lock"].map(stands), archive.catalogue().head()?.sequence), ([false, true], 1));
    Ok(())
}

#[test]
fn accounts_and_what_they_saw_are_no_strangers() -> Test {
    let (folder, archive) = new_archive();
    let root = folder.path().join("kho");
    fs::write(root.join(ACCOUNTS), "{}")?;
    fs::create_dir(root.join(AUDIT))?;
    assert!(Archive::verify(archive.root(), None, None)?.extra.is_empty());
    fs::remove_file(root.join("kho.toml"))?;
    assert!(matches!(Archive::init(&root, "x", "t"), Err(ArchiveError::NotEmpty(_))), "nobody's accounts are taken over by a new archive");
    Ok(())
}

#[test]
fn a_glance_at_a_commit_gives_who_and_when() -> Test {
    let (_folder, archive) = new_archive();
    keep(&archive, 1, "một", Level::Public);
    let read = archive.journal().read(1)?.map(|commit| commit.header);
    assert!(read.is_some() && archive.journal().glance(1)? == read);
    assert_eq!(archive.journal().glance(2)?, None);
    Ok(())
}

#[test]
fn a_commit_applied_twice_does_no_harm() -> Test {
    let (_folder, archive) = new_archive();
    keep(&archive, 1, "một", Level::Public);
    keep(&archive, 2, "hai", Level::Public);
    let before = dump(&archive);
    archive.catalogue().apply(&[archive.journal().recent(1)?.unwrap(), archive.journal().recent(2)?.unwrap()])?;
    assert_eq!(dump(&archive), before);
    let mut text = String::new();
    archive.store().read(&Digest::of(b"hai"))?.read_to_string(&mut text)?;
    assert_eq!(text, "hai");
    assert_eq!(Kind::image().as_str(), "image");
    Ok(())
}

/// A record of some kind with these fields, public in itself.
fn told(archive: &Archive, kind: &str, title: &str, fields: &serde_json::Value) -> RecordId {
    let mut record = Record::new(archive.free_id().unwrap(), Kind::from(kind), [("vi".to_owned(), title.to_owned())].into());
    record.access = Decision { level: Level::Public, ..Decision::default() };
    record.fields = fields.as_object().unwrap().clone();
    commit(archive, vec![record])
}

fn sees(archive: &Archive, who: Who, id: RecordId) -> bool {
    let decisions = archive.catalogue().decisions(id).unwrap().unwrap();
    crate::access::may(&viewer(who), &decisions).is_admitted()
}

/// AR-06 and AR-07: yes to the village, no to the web; then withdrawn. Whatever shows the artisan follows at once, and the
/// index is told of each.
#[test]
fn a_consent_opens_what_it_covers_and_its_withdrawal_closes_it() {
    use serde_json::json;
    let (_folder, archive) = new_archive();
    let artisan = told(&archive, "person", "Một nghệ nhân", &json!({"person_kind": "living"}));
    let session = told(&archive, "event", "Buổi ghi hình", &json!({"event_kind": "recording"}));
    let film = told(&archive, "film", "Đan miệng đó", &json!({"shows": [artisan], "made_during": [session]}));
    let other = told(&archive, "image", "Bến sông", &json!({}));
    let words = told(&archive, "transcript", "Lời kể", &json!({"media": film, "state": "checked"}));
    let draft = told(&archive, "transcript", "Bản nháp", &json!({"media": other, "state": "machine"}));
    assert!(sees(&archive, Who::Public, other), "a river asks nobody");
    for id in [artisan, film, words, draft] {
        assert!(!sees(&archive, Who::Public, id) && sees(&archive, Who::Archivist, id), "closed until the artisan agrees");
    }

    let allow = |web: bool, on_site: bool| json!([{"purpose": "web", "allowed": web}, {"purpose": "on_site", "allowed": on_site}]);
    let consent = told(&archive, "consent", "Phiếu", &json!({"by": artisan, "scope": [artisan, session], "purposes": allow(false, true)}));
    let before = archive.catalogue().head().unwrap().sequence;
    for id in [artisan, film, words] {
        assert!(!sees(&archive, Who::Public, id) && sees(&archive, Who::Kiosk, id) && !sees(&archive, Who::Researcher, id));
    }
    revise(&archive, consent, |record| drop(record.fields.insert("purposes".into(), allow(true, true))));
    assert!(sees(&archive, Who::Public, film) && sees(&archive, Who::Public, words));
    let changed = archive.catalogue().changed((before, before + 1), None, 100).unwrap();
    assert!([artisan, film, words].iter().all(|id| changed.iter().any(|changed| changed.record.id == *id)), "they are indexed again");

    revise(&archive, consent, |record| drop(record.fields.insert("withdrawn".into(), json!({"date": {"edtf": "2025-09-02"}}))));
    for who in [Who::Public, Who::Kiosk, Who::Researcher] {
        assert!([artisan, film, words].iter().all(|id| !sees(&archive, who.clone(), *id)), "{who:?}");
    }
    revise(&archive, consent, |record| record.fields["withdrawn"]["action"] = json!("sealed"));
    assert!(!sees(&archive, Who::Archivist, film));
    let kept = dump(&archive);
    let again = Archive::open_anew(archive.root(), "kho test", &[]).unwrap();
    assert_eq!(dump(&again), kept, "made again from the journal, it is the same");
}

/// A collection, and the holders of a practice, decide for all that is theirs; what leaves the collection is free of it.
#[test]
fn what_belongs_to_something_closed_is_closed() {
    use serde_json::json;
    let (_folder, archive) = new_archive();
    let practice = told(&archive, "practice", "Hương Cao Thôn", &json!({}));
    let fonds = told(&archive, "collection", "Phông họ Đào", &json!({"level": "fonds"}));
    let photo = told(&archive, "image", "Phơi hương", &json!({"collection": [fonds], "shows": [practice]}));
    assert!(sees(&archive, Who::Public, photo));
    revise(&archive, fonds, |record| record.access.level = Level::Research);
    assert!(!sees(&archive, Who::Public, photo) && sees(&archive, Who::Researcher, photo));
    revise(&archive, practice, |record| drop(record.fields.insert("protocol".into(), json!({"level": "kiosk"}))));
    assert!(!sees(&archive, Who::Researcher, photo) && !sees(&archive, Who::Kiosk, photo), "both must admit");
    assert!(sees(&archive, Who::Kiosk, practice) && !sees(&archive, Who::Public, practice));
    revise(&archive, photo, |record| drop(record.fields.remove("collection")));
    assert!(sees(&archive, Who::Kiosk, photo) && !sees(&archive, Who::Public, photo));
}

/// An archivist picks what came in on one morning, below one folder, and what nobody described.
#[test]
fn records_are_picked_by_delivery_folder_time_and_whether_they_are_described() {
    let (_folder, archive) = new_archive();
    let delivery = RecordId::from_number(77).unwrap();
    let mut ids = Vec::new();
    for (number, taken) in [(1, "2025-03-12T08:15:00"), (2, "2025-03-12T17:00:00"), (3, "2025-03-13T09:00:00")] {
        let mut record = crate::journal::tests::photograph(number, 1, &format!("ảnh {number}"));
        let folder = if number == 3 { "b%C3%A3i" } else { "x%C6%B0%E1%BB%9Fng" };
        record.files[0].technical.taken = Some(taken.to_owned());
        let path = &mut record.files[0].paths[0];
        (path.accession, path.root, path.raw) = (delivery, "thẻ".to_owned(), format!("{folder}/{number}.jpg"));
        record.description.clear();
        ids.push(commit(&archive, vec![record]));
    }
    let pick = |selection: &crate::catalogue::Selection| {
        let picked = archive.catalogue().select(selection, 0, 10).unwrap();
        assert_eq!(archive.catalogue().count_selected(selection).unwrap(), picked.len() as u64);
        picked
    };
    let all = crate::catalogue::Selection { undescribed: true, ..Default::default() };
    assert_eq!(pick(&all), ids);
    let morning = crate::catalogue::Selection { from: Some("2025-03-12".into()), until: Some("2025-03-12T12:00".into()), ..Default::default() };
    assert_eq!(pick(&morning), ids[..1]);
    let day = crate::catalogue::Selection { from: Some("2025-03-12".into()), until: Some("2025-03-12".into()), ..Default::default() };
    assert_eq!(pick(&day), ids[..2], "the day itself is in");
    let folder =
        |raw: &str| crate::catalogue::Selection {
            accession: Some(delivery), folder: Some(("thẻ".to_owned(), raw.to_owned())), ..Default::default()
        };
    assert_eq!((pick(&folder("b%C3%A3i")), pick(&folder("")).len()), (vec![ids[2]], 3));
    revise(&archive, ids[0], |record| drop(record.description.insert("vi".into(), "Vót nan".into())));
    assert_eq!(pick(&all), ids[1..]);
}

#[test]
fn whoever_looks_does_not_wait_for_a_commit_of_which_nobody_was_told() -> Test {
    let (_folder, archive) = new_archive();
    let id = keep(&archive, 1, "Cụ Mận kể chuyện dệt", Level::Public);
    let head = archive.catalogue().head()?;
    let publishing = follower::lock(&archive.cache(), PUBLISHING)?;
    let mut record = archive.catalogue().record(id)?.ok_or("no record")?;
    record.revision += 1;
    let kept = archive.journal().append(&head, Draft { records: vec![record], ..Draft::default() })?;
    assert_eq!(archive.see_what_is_kept()?, head, "its writer has not been told that it is kept");
    drop(publishing);
    assert_eq!(archive.see_what_is_kept()?, kept.head(), "whoever published it is gone: it counts, and the catalogue catches up");
    // One more beyond what is under way: its writer was told.
    let publishing = follower::lock(&archive.cache(), PUBLISHING)?;
    let mut head = kept.head();
    for _ in 0..2 {
        head = archive.journal().append(&head, Draft::default())?.head();
    }
    assert_eq!(archive.see_what_is_kept()?, head);
    drop(publishing);
    Ok(())
}
