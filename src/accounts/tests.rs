use std::os::unix::fs::PermissionsExt as _;

use jiff::civil::date;
use kho_archive::Archive;
use kho_archive::archive::ACCOUNTS;

use super::*;
use crate::TOOL;

const PASSWORD: &str = "tơ tằm làng Nha Xá";

fn new_archive() -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::init(&folder.path().join("kho"), "Kho thử", TOOL).unwrap();
    (folder, archive)
}

fn named(name: &str, role: Role) -> NewAccount {
    NewAccount { name: name.to_owned(), role: Some(role), ..NewAccount::default() }
}

fn researcher() -> NewAccount {
    let (from, until) = (Some(date(2030, 1, 1)), Some(date(2030, 6, 30)));
    NewAccount { purpose: Some("luận án".to_owned()), from, until, ..named("lan", Role::Researcher) }
}

fn problem(error: anyhow::Error) -> AccountError {
    error.downcast().unwrap()
}

#[test]
fn an_account_comes_back_as_it_was_made_and_only_its_owner_may_read_it() {
    let (_folder, archive) = new_archive();
    let accounts = Accounts::of(&archive).unwrap();
    assert!(accounts.read().unwrap().accounts().is_empty());
    let made = accounts.change(&archive, |register| Ok(register.add(researcher(), "cô Thuỷ")?.clone())).unwrap();
    let again = Accounts::of(&archive).unwrap().read().unwrap();
    assert!(again.find(" LAN ").unwrap() == &made, "case and spaces do not matter");
    assert!(again.key == accounts.read().unwrap().key, "one key for all processes");
    let mode = std::fs::metadata(archive.root().join(ACCOUNTS)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_change_by_another_process_is_seen_at_once() {
    let (_folder, archive) = new_archive();
    let (ours, theirs) = (Accounts::of(&archive).unwrap(), Accounts::of(&archive).unwrap());
    theirs.change(&archive, |register| register.add(named("thuỷ", Role::Editor), "x").map(drop)).unwrap();
    assert!(ours.read().unwrap().find("thuỷ").is_some());
    theirs.change(&archive, |register| register.disable("thuỷ").map(drop)).unwrap();
    assert!(ours.read().unwrap().find("thuỷ").unwrap().disabled.is_some());
}

#[test]
fn what_fails_changes_nothing() {
    let (_folder, archive) = new_archive();
    let accounts = Accounts::of(&archive).unwrap();
    let outcome = accounts.change(&archive, |register| {
        register.add(named("thuỷ", Role::Editor), "x")?;
        register.disable("ai đó").map(drop)
    });
    assert_eq!(problem(outcome.unwrap_err()), AccountError::Unknown("ai đó".to_owned()));
    assert!(accounts.read().unwrap().accounts().is_empty());
}

#[test]
fn a_password_is_right_in_every_form_of_its_marks_and_wrong_otherwise() {
    let hash = password::hash(PASSWORD).unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let apart: String = PASSWORD.nfd().collect();
    assert!(apart != PASSWORD && password::is_right(&apart, Some(&hash)));
    assert!(!password::is_right("tơ tằm làng Nha Xa", Some(&hash)));
    assert!(!password::is_right("nobody has this password", None), "nobody's password opens nothing");
    assert!(!password::is_right(PASSWORD, Some("no hash at all")));
    assert_ne!(password::hash(PASSWORD).unwrap(), hash, "each has its own salt");
    assert_eq!(password::check("chín chữ."), Err(AccountError::ShortPassword));
    assert_eq!(password::check("mười chữ ạ"), Ok(()));
}

#[test]
fn an_account_holds_within_its_period_and_until_it_is_disabled() {
    let mut register = Register::empty().unwrap();
    let lan = register.add(researcher(), "x").unwrap().clone();
    let on = |year, month, day| lan.who(date(year, month, day));
    assert_eq!([on(2029, 12, 31), on(2030, 7, 1)], [None, None]);
    assert_eq!([on(2030, 1, 1), on(2030, 6, 30)], [Some(Who::Researcher), Some(Who::Researcher)]);
    let disabled = register.disable("lan").unwrap().clone();
    assert_eq!(disabled.who(date(2030, 2, 1)), None);
    assert_ne!(disabled.stamp, lan.stamp, "its sessions do not come back with it");
    register.enable("lan").unwrap();
    assert!(register.find("lan").unwrap().who(date(2030, 2, 1)).is_some());
}

#[test]
fn each_role_is_somebody_to_the_judge() {
    let groups = BTreeSet::from(["phường nghề Đồng Xâm".to_owned()]);
    let mut register = Register::empty().unwrap();
    let mut who = |role| {
        let new = NewAccount { groups: groups.clone(), purpose: Some("x".into()), until: Some(date(2999, 1, 1)), ..named(role_name(role), role) };
        register.add(new, "x").unwrap().who(today()).unwrap()
    };
    assert_eq!(who(Role::Archivist), Who::Archivist);
    assert_eq!(who(Role::Editor), Who::Archivist);
    assert_eq!(who(Role::Researcher), Who::Researcher);
    assert_eq!(who(Role::Member), Who::Member(groups.clone()));
    assert_eq!(who(Role::Kiosk), Who::Kiosk);
}

fn role_name(role: Role) -> &'static str {
    role.code()
}

#[test]
fn what_an_account_lacks_is_named() {
    let mut register = Register::empty().unwrap();
    let mut refused = |new: NewAccount| problem(register.add(new, "x").unwrap_err());
    assert_eq!(refused(named("../etc", Role::Editor)), AccountError::BadName("../etc".into()));
    assert_eq!(refused(named("  ", Role::Editor)), AccountError::BadName("  ".into()));
    assert_eq!(refused(NewAccount { name: "a".into(), ..NewAccount::default() }), AccountError::NoRole);
    assert_eq!(refused(NewAccount { purpose: None, ..researcher() }), AccountError::NoPurpose);
    assert_eq!(refused(NewAccount { until: None, ..researcher() }), AccountError::NoUntil);
    assert_eq!(refused(NewAccount { until: Some(date(2020, 1, 1)), ..researcher() }), AccountError::BadPeriod);
    assert_eq!(refused(named("b", Role::Member)), AccountError::NoGroups);
    register.add(named("Thuỷ", Role::Editor), "x").unwrap();
    let apart: String = "THUỶ".nfd().collect();
    assert_eq!(problem(register.add(named(&apart, Role::Kiosk), "x").unwrap_err()), AccountError::Taken("THUỶ".into()));
}

#[test]
fn a_link_sets_a_password_once_and_ends_sessions_of_before() {
    let mut register = Register::empty().unwrap();
    let before = register.add(named("lan", Role::Editor), "x").unwrap().stamp.clone();
    let token = register.make_link("lan").unwrap();
    assert!(!serde_json::to_string(&register).unwrap().contains(&token), "only its hash is kept");
    assert_eq!(register.of_link(&token).unwrap().name, "lan");
    assert_eq!(register.of_link("").unwrap_err(), AccountError::LinkOver);
    register.set_password("lan", password::hash(PASSWORD).unwrap()).unwrap();
    assert_ne!(register.find("lan").unwrap().stamp, before);
    assert_eq!(register.of_link(&token).unwrap_err(), AccountError::LinkOver);
}

#[test]
fn the_last_archivist_stays() {
    let mut register = Register::empty().unwrap();
    register.add(named("thuỷ", Role::Archivist), "x").unwrap();
    assert_eq!(problem(register.disable("thuỷ").unwrap_err()), AccountError::LastArchivist("thuỷ".into()));
    register.add(named("nan", Role::Archivist), "x").unwrap();
    register.disable("THUỶ").unwrap();
    assert!(register.has_archivist());
}

#[test]
fn what_a_later_version_adds_is_kept() {
    let mut register = Register::empty().unwrap();
    register.add(named("lan", Role::Editor), "x").unwrap();
    let mut json = serde_json::to_value(&register).unwrap();
    json["accounts"][0]["device"] = "khoá phần cứng".into();
    let again: Register = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
}
