//! Accounts: who may sign in, what they see then, and what is written down of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufRead as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use kho_archive::Archive;
use kho_archive::access::Level;
use kho_archive::journal::Draft;
use serde_json::{Value, json};

use crate::kho::{Answer, Kho, list};
use crate::person::{PASSWORD, Pairs, Person, add, hidden_fields};

const PHOTOGRAPH: &str = "đôi tay đan vành";
const INTERVIEW: &str = "phỏng vấn cụ bà đan đó";

fn id_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["id"].as_str().unwrap().to_owned()
}

fn digest_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["files"][0]["digest"].as_str().unwrap().to_owned()
}

/// Opens a record to one group.
fn open_to(kho: &Kho, id: &str, group: &str) {
    let archive = Archive::open(&kho.archive(), "kho test").unwrap();
    let commit = archive.commit(|catalogue| -> anyhow::Result<Option<Draft>> {
        let mut record = catalogue.record(id.parse()?)?.unwrap();
        record.revision += 1;
        (record.access.level, record.access.groups) = (Level::Community, BTreeSet::from([group.to_owned()]));
        Ok(Some(Draft { actor: "thử".to_owned(), reason: "nhóm".to_owned(), records: vec![record], events: Vec::new() }))
    });
    assert!(commit.unwrap().is_some());
}

/// All lines of the audit.
fn audit(kho: &Kho) -> Vec<Value> {
    let Ok(months) = fs::read_dir(kho.archive().join("audit")) else { return Vec::new() };
    let text: String = months.map(|month| fs::read_to_string(month.unwrap().path()).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What of the audit tells of one account: what it did, with what, and how.
fn deeds(kho: &Kho, account: &str) -> Vec<String> {
    let said = |line: &Value| ["did", "what", "how"].map(|field| line[field].as_str().unwrap_or("-").to_owned()).join(" ");
    audit(kho).iter().filter(|line| line["account"] == account).map(said).collect()
}

#[test]
fn the_first_archivist_is_made_by_the_link_that_the_terminal_shows() {
    let kho = Kho::new();
    let (server, mut said) = kho.serve_aloud();
    let mut lines = String::new();
    while !lines.contains("token=") {
        assert!(said.read_line(&mut lines).unwrap() > 0, "{lines}");
    }
    let link = lines.split_whitespace().last().unwrap().split_once(server.address()).unwrap().1.to_owned();
    let mut person = Person::new(&server);
    assert_eq!(person.get("/desk/first-run?token=abc").status, 404);
    assert_eq!(person.get(&link).header("cache-control"), "no-store");
    let short = person.fill(&link, "/desk/first-run", &[("name", "Thuỷ"), ("full_name", ""), ("password", "ngắn")]);
    let page = short.text();
    assert_eq!(short.status, 422);
    assert!(
        page.contains("aria-invalid=\"true\"")
            && page.contains("href=\"#password\"")
            && page.contains("value=\"Thuỷ\"")
            && page.contains("autofocus")
    );
    assert!(!page.contains("ngắn\""), "a password is not shown again");

    let made = person.fill(&link, "/desk/first-run", &[("name", "Thuỷ"), ("full_name", "Trần Thị Thuỷ"), ("password", PASSWORD)]);
    assert_eq!((made.status, made.header("location")), (303, "/desk"), "{}", made.text());
    assert!(person.get("/desk").text().contains("Trần Thị Thuỷ"));
    assert_eq!(person.get(&link).status, 404, "it works once");
    let (_, accounts) = kho.json(["user", "list", "--json"]);
    assert_eq!((&accounts[0]["name"], &accounts[0]["role"], &accounts[0]["created_by"]), (&json!("Thuỷ"), &json!("archivist"), &json!("Thuỷ")));
    assert!(!accounts.to_string().contains("argon2"), "{accounts}");
    let mode = |name: &str| fs::metadata(kho.archive().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("accounts.json"), mode("audit")), (0o600, 0o700));
    assert_eq!(kho.verify().0, 0, "neither the accounts nor the audit are strangers");
    let (again, mut said) = kho.serve_aloud();
    drop((server, again));
    let mut silence = String::new();
    said.read_line(&mut silence).unwrap();
    assert_eq!(silence, "", "nobody needs the link any more");
}

/// Every address at which a record and its bytes are.
fn ways_to(kho: &Kho, title: &str) -> Vec<String> {
    let (id, digest) = (id_of(kho, title), digest_of(kho, title));
    vec![
        format!("/r/{id}"),
        format!("/r/{id}.json"),
        format!("/api/records/{id}"),
        format!("/media/{digest}"),
        format!("/media/{digest}/x.jpg"),
        format!("/derived/{digest}/thumbnail"),
    ]
}

#[test]
fn what_is_closed_is_there_for_the_archivist_and_gone_when_the_account_is_disabled() {
    let kho = Kho::of_samples();
    add(&kho, "thuy", &["--role", "archivist"]);
    add(&kho, "nan", &["--role", "archivist"]);
    kho.set(&id_of(&kho, PHOTOGRAPH), &["access=closed"]);
    let server = kho.serve();
    let (mut archivist, mut public) = (Person::signed_in(&server, "THUY "), Person::new(&server));
    let ways = ways_to(&kho, PHOTOGRAPH);
    for way in &ways {
        assert_eq!(public.get(way).status, 404, "{way}");
        let seen = archivist.get(way);
        assert_eq!((seen.status, seen.header("cache-control"), seen.header("vary")), (200, "private, no-cache", "Cookie"), "{way}");
        let known = archivist.get_with(way, &[("If-None-Match", seen.header("etag"))]);
        assert_eq!(known.header("cache-control"), "private, no-cache", "{way}");
    }
    let words = "%C4%91%C3%B4i%20tay%20%C4%91an%20v%C3%A0nh";
    let found = |person: &mut Person<'_>| person.get(&format!("/api/search?q={words}")).json()["total"].as_u64().unwrap();
    assert_eq!(found(&mut archivist), found(&mut public) + 1);
    let images = |person: &mut Person<'_>| person.get("/api/search?limit=1").json()["facets"]["kind"].to_string();
    assert_ne!(images(&mut archivist), images(&mut public), "counts are those of the viewer");
    assert!(archivist.get("/browse/image").text().contains(&ways[0]) && !public.get("/browse/image").text().contains(&ways[0]));
    let never = archivist.get("/r/khong-co");

    assert!(kho.run(["user", "disable", "thuy"]).status.success());
    for way in &ways {
        assert_eq!(archivist.get(way).face(), public.get(way).face(), "{way}");
    }
    assert_eq!(archivist.get("/r/khong-co").face(), public.get(&ways[0]).face());
    assert_ne!(never.body, public.get(&ways[0]).body, "who was signed in saw the own name");
    assert_eq!(archivist.sign_in("thuy", PASSWORD).status, 422);
    assert!(kho.run(["user", "enable", "thuy"]).status.success());
    assert_eq!(archivist.get(&ways[0]).status, 404, "the old session stays over");
    assert_eq!(archivist.sign_in("thuy", PASSWORD).status, 303);
    assert_eq!(archivist.get(&ways[0]).status, 200);
}

/// Of a closed record that is withdrawn from an archivist, too, nothing tells that it exists.
#[test]
fn what_is_sealed_is_there_for_nobody() {
    let kho = Kho::of_samples();
    add(&kho, "thuy", &["--role", "archivist"]);
    let ways = ways_to(&kho, PHOTOGRAPH);
    kho.set(&id_of(&kho, PHOTOGRAPH), &["access=sealed"]);
    let server = kho.serve();
    let mut archivist = Person::signed_in(&server, "thuy");
    let nowhere = archivist.get("/r/khong-co");
    for way in &ways {
        assert_eq!(archivist.get(way).status, 404, "{way}");
    }
    assert_eq!(archivist.get(&ways[0]).face(), nowhere.face());
    assert!(deeds(&kho, "thuy").iter().all(|deed| !deed.starts_with("saw")), "who was given nothing saw nothing");
}

#[test]
fn each_account_sees_its_own_level_and_no_other() {
    let kho = Kho::of_samples();
    let levels = [(PHOTOGRAPH, "research"), (INTERVIEW, "kiosk")];
    for (title, level) in levels {
        kho.set(&id_of(&kho, title), &[&format!("access={level}")]);
    }
    let others: Vec<String> =
        list(&kho.search("", &["--kind", "document"])["hits"]).iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
    let (ours, theirs) = (&others[0], &others[1]);
    open_to(&kho, ours, "phường nghề Đồng Xâm");
    open_to(&kho, theirs, "họ Phạm");
    add(&kho, "lan", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    add(&kho, "sau", &["--role", "researcher", "--purpose", "luận án", "--from", "2999-01-01", "--until", "2999-12-31"]);
    add(&kho, "tho", &["--role", "member", "--group", "phường nghề Đồng Xâm"]);
    add(&kho, "man-hinh", &["--role", "kiosk"]);
    add(&kho, "bien", &["--role", "editor"]);
    let server = kho.serve();
    let addresses =
        [format!("/r/{}", id_of(&kho, PHOTOGRAPH)), format!("/r/{}", id_of(&kho, INTERVIEW)), format!("/r/{ours}"), format!("/r/{theirs}")];
    let seen = |person: &mut Person<'_>| addresses.clone().map(|address| person.get(&address).status == 200);
    assert_eq!(seen(&mut Person::new(&server)), [false; 4]);
    assert_eq!(seen(&mut Person::signed_in(&server, "lan")), [true, false, false, false]);
    assert_eq!(seen(&mut Person::signed_in(&server, "man-hinh")), [false, true, false, false]);
    assert_eq!(seen(&mut Person::signed_in(&server, "tho")), [false, false, true, false]);
    assert_eq!(seen(&mut Person::signed_in(&server, "bien")), [true; 4]);
    let early = Person::new(&server).sign_in("sau", PASSWORD);
    assert!(early.status == 422 && early.text().contains("chưa đến hoặc đã hết thời hạn"), "{}", early.text());
}

#[test]
fn a_researcher_whose_period_ends_is_the_public_from_the_next_request_on() {
    let kho = Kho::of_samples();
    kho.set(&id_of(&kho, PHOTOGRAPH), &["access=research"]);
    add(&kho, "lan", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    let server = kho.serve();
    let mut researcher = Person::signed_in(&server, "lan");
    let address = format!("/r/{}", id_of(&kho, PHOTOGRAPH));
    assert_eq!(researcher.get(&address).status, 200);
    let file = kho.archive().join("accounts.json");
    let over = fs::read_to_string(&file).unwrap().replace("2999-12-31", "2020-12-31");
    fs::write(&file, over).unwrap();
    assert_eq!(researcher.get(&address).face(), server.get(&address).face());
}

#[test]
fn a_session_that_was_forged_altered_or_signed_out_is_none() {
    let kho = Kho::of_samples();
    kho.set(&id_of(&kho, PHOTOGRAPH), &["access=closed"]);
    add(&kho, "thuy", &["--role", "archivist"]);
    add(&kho, "lan", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    let server = kho.serve();
    let mut archivist = Person::signed_in(&server, "thuy");
    let cookie = archivist.cookies["kho_session"].clone();
    let researcher = Person::signed_in(&server, "lan").cookies["kho_session"].clone();
    let address = format!("/r/{}", id_of(&kho, PHOTOGRAPH));
    let status = |cookie: &str| server.ask("GET", &address, &[("Cookie", &format!("kho_session={cookie}"))]).status;
    assert_eq!(status(&cookie), 200);
    let last = cookie.chars().last().unwrap();
    let forged = [
        researcher.replacen("lan", "thuy", 1),
        cookie.strip_suffix(last).unwrap().to_owned() + if last == '0' { "1" } else { "0" },
        cookie.rsplit_once('.').unwrap().0.to_owned() + "." + &"0".repeat(64),
        "thuy".to_owned(),
        String::new(),
        "%ff.....".to_owned(),
        "9".repeat(5000),
    ];
    for forged in &forged {
        assert_eq!(status(forged), 404, "{forged}");
    }
    let out = archivist.fill("/desk", "/desk/sign-out", &[]);
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(!archivist.cookies.contains_key("kho_session"));
    assert_eq!(status(&cookie), 404, "a copy of the cookie is over, too");

    let mut again = Person::signed_in(&server, "thuy");
    assert_eq!(again.get(&address).status, 200);
    assert!(kho.run_typing(["user", "password", "thuy"], "một mật khẩu khác").status.success());
    assert_eq!(again.get(&address).status, 404, "a new password ends sessions");
    assert_eq!(again.sign_in("thuy", PASSWORD).status, 422);
    assert_eq!(again.sign_in("thuy", "một mật khẩu khác").status, 303);
}

#[test]
fn a_form_that_is_not_from_our_own_page_is_refused() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    let server = kho.serve();
    let mut archivist = Person::signed_in(&server, "thuy");
    let token = hidden_fields(&archivist.get("/desk/users").text(), "/desk/users/add").remove(0).1;
    let other = hidden_fields(&archivist.get("/desk/users").text(), "/desk/users/disable").remove(0).1;
    assert_ne!(token, other, "each form has its own");
    let new = [("name", "ke-gian"), ("role", "archivist")];
    let with = |token: &'static str| [&new[..], &[("guard", token)]].concat();
    let own = format!("http://{}", server.address());
    let leaked: &'static str = token.clone().leak();
    let wrong: &'static str = other.leak();
    let cases: [(Vec<(&str, &str)>, Pairs<'_>); 7] = [
        (new.to_vec(), &[("Origin", &own)]),
        (with(""), &[("Origin", &own)]),
        (with(wrong), &[("Origin", &own)]),
        (with(leaked), &[("Origin", "https://evil.example")]),
        (with(leaked), &[("Origin", "null")]),
        (with(leaked), &[("Origin", &own), ("Sec-Fetch-Site", "cross-site")]),
        (with(leaked), &[]),
    ];
    for (fields, headers) in cases {
        let answer = archivist.post_from("/desk/users/add", &fields, headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.text().contains("Biểu mẫu này không được nhận"), "{}", answer.text());
    }
    // The token of one person is worth nothing to another, and signing in is protected as well.
    let mut stranger = Person::new(&server);
    assert_eq!(stranger.post("/desk/sign-in", &[("name", "thuy"), ("password", PASSWORD)]).status, 403);
    assert_eq!(stranger.post("/desk/sign-in", &[("name", "thuy"), ("password", PASSWORD), ("guard", leaked)]).status, 403);
    let answer = stranger.post("/desk/users/add", &with(leaked));
    assert_eq!((answer.status, answer.header("location")), (303, "/desk/sign-in?next=%2Fdesk"));
    assert_eq!(list(&kho.json(["user", "list", "--json"]).1).len(), 1, "nothing was done");
    assert_eq!(archivist.post("/desk/users/add", &with(leaked)).status, 200);
    assert_eq!(list(&kho.json(["user", "list", "--json"]).1).len(), 2);
}

#[test]
fn after_five_tries_one_waits_and_unknown_names_wait_alike() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    let server = kho.serve();
    // A server on this machine hands on two people from two addresses.
    let at = |person: &mut Person<'_>, address: &str, name: &str, password: &str| {
        let guard = hidden_fields(&person.get("/desk/sign-in").text(), "/desk/sign-in").remove(0).1;
        let origin = format!("http://{}", server.address());
        let fields = [("guard", &*guard), ("name", name), ("password", password)];
        person.post_from("/desk/sign-in", &fields, &[("Origin", &origin), ("X-Forwarded-For", address)])
    };
    let mut person = Person::new(&server);
    let face = |answer: &Answer, name: &str| {
        let text = answer.text().replace(name, "…");
        let guard = hidden_fields(&text, "/desk/sign-in").remove(0).1;
        (answer.status, text.replace(&guard, "…"))
    };
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let known = at(&mut person, "192.0.2.1", "thuy", "không phải mật khẩu");
        let between = Instant::now();
        let unknown = at(&mut person, "192.0.2.2", "khong-co-ai", "không phải mật khẩu");
        times.push((between - began, between.elapsed()));
        assert_eq!(face(&known, "thuy"), face(&unknown, "khong-co-ai"));
        assert_eq!(known.status, 422);
    }
    let quickest = |side: fn(&(Duration, Duration)) -> Duration| times.iter().map(side).min().unwrap().as_secs_f64();
    let (known, unknown) = (quickest(|times| times.0), quickest(|times| times.1));
    assert!(unknown > known / 3.0 && known > unknown / 3.0, "{known} s for a known name, {unknown} s for an unknown one");
    for (address, name) in [("192.0.2.1", "thuy"), ("192.0.2.2", "khong-co-ai"), ("192.0.2.1", "ai-khac"), ("192.0.2.9", "thuy")] {
        let early = at(&mut person, address, name, PASSWORD);
        assert_eq!((early.status, early.header("retry-after")), (429, "1"), "{name} at {address}");
        assert!(early.text().contains("Mời bạn chờ 1 giây"), "{}", early.text());
    }
    assert_eq!(at(&mut person, "192.0.2.77", "khong-ai-nua", "x").status, 422, "others are not held up");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(at(&mut person, "192.0.2.1", "thuy", PASSWORD).status, 303, "who waits is let in");
    let typed =
        fs::read_dir(kho.archive().join("audit")).unwrap().map(|month| fs::read_to_string(month.unwrap().path()).unwrap()).collect::<String>();
    for secret in ["khong-co-ai", "ai-khac", "không phải", PASSWORD] {
        assert!(!typed.contains(secret), "{secret} was written down");
    }
    assert_eq!(deeds(&kho, "thuy").iter().filter(|deed| *deed == "sign-in-failed - -").count(), 5);
}

#[test]
fn the_desk_sends_strangers_to_sign_in_and_is_nowhere_for_readers() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    add(&kho, "bien", &["--role", "editor"]);
    add(&kho, "lan", &["--role", "researcher", "--purpose", "luận án", "--until", "2999-12-31"]);
    add(&kho, "tho", &["--role", "member", "--group", "họ Phạm"]);
    let server = kho.serve();
    for (address, place) in [("/desk", "%2Fdesk"), ("/desk/users", "%2Fdesk%2Fusers"), ("/desk/khong-co?a=b", "%2Fdesk%2Fkhong-co%3Fa%3Db")] {
        let answer = server.get(address);
        assert_eq!((answer.status, answer.header("location")), (303, &*format!("/desk/sign-in?next={place}")));
    }
    for name in ["lan", "tho"] {
        let mut reader = Person::signed_in(&server, name);
        assert!(["/desk", "/desk/users", "/desk/audit", "/desk/khong-co"].iter().all(|address| reader.get(address).status == 404));
        assert!(reader.get("/").text().contains("Đăng xuất") && !reader.get("/").text().contains("href=\"/desk\""));
    }
    let mut editor = Person::signed_in(&server, "bien");
    assert_eq!(["/desk", "/desk/users", "/desk/audit", "/desk/khong-co"].map(|address| editor.get(address).status), [200, 404, 404, 404]);
    let mut archivist = Person::new(&server);
    let next = archivist.fill("/desk/sign-in?next=%2Fdesk%2Fusers", "/desk/sign-in", &[("name", "thuy"), ("password", PASSWORD)]);
    assert_eq!((next.status, next.header("location")), (303, "/desk/users"));
    for theirs in ["//evil.example/", "https://evil.example/", "/%5Cevil.example", "javascript:alert(1)"] {
        let mut person = Person::new(&server);
        let answer = person.fill(&format!("/desk/sign-in?next={theirs}"), "/desk/sign-in", &[("name", "thuy"), ("password", PASSWORD)]);
        assert_eq!((answer.status, answer.header("location")), (303, "/desk"), "{theirs}");
    }
    let own = format!("http://{}/search?q=tre", server.address());
    let page = Person::new(&server).get_with("/desk/sign-in", &[("Referer", &own)]).text();
    assert!(hidden_fields(&page, "/desk/sign-in").contains(&("next".to_owned(), "/search?q=tre".to_owned())), "back to where one was");
}

#[test]
fn cookies_are_kept_from_scripts_and_from_plain_connections() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    let server = kho.serve();
    let mut person = Person::new(&server);
    let guard = hidden_fields(&person.get("/desk/sign-in").text(), "/desk/sign-in").remove(0).1;
    let fields = [("guard", &*guard), ("name", "thuy"), ("password", PASSWORD)];
    let plain = person.post("/desk/sign-in", &fields);
    assert!(plain.cookies[0].contains("; Path=/; HttpOnly; SameSite=Lax") && !plain.cookies[0].contains("Secure"), "{:?}", plain.cookies);
    let mut person = Person::new(&server);
    let guard = hidden_fields(&person.get("/desk/sign-in").text(), "/desk/sign-in").remove(0).1;
    let fields = [("guard", &*guard), ("name", "thuy"), ("password", PASSWORD)];
    let proxied = [("Origin", "https://kho.example"), ("X-Forwarded-Host", "kho.example"), ("X-Forwarded-Proto", "https")];
    let secure = person.post_from("/desk/sign-in", &fields, &proxied);
    assert!(secure.status == 303 && secure.cookies[0].ends_with("; Secure"), "{:?}", secure.cookies);
}

#[test]
fn an_archivist_adds_people_at_the_desk_and_they_choose_their_passwords() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    let server = kho.serve();
    let mut archivist = Person::signed_in(&server, "thuy");
    let wrong = archivist.fill("/desk/users", "/desk/users/add", &[("name", "Lan"), ("role", "researcher"), ("purpose", "luận án <b>")]);
    let page = wrong.text();
    assert!(wrong.status == 422 && page.contains("href=\"#until\"") && page.contains("id=\"until-problem\"") && page.contains("value=\"Lan\""));
    assert!(!page.contains("<b>"), "what is typed is shown as text");
    let fields = [("name", "Lan"), ("role", "researcher"), ("purpose", "luận án"), ("until", "2999-12-31")];
    let made = archivist.fill("/desk/users", "/desk/users/add", &fields);
    assert_eq!(made.status, 200, "{}", made.text());
    let token = made.text().split("/desk/password?token=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let link = format!("/desk/password?token={token}");
    assert!(!fs::read_to_string(kho.archive().join("accounts.json")).unwrap().contains(&token), "only its hash is kept");

    let mut lan = Person::new(&server);
    assert_eq!(lan.fill(&link, "/desk/password", &[("password", "ngắn quá")]).status, 422);
    let set = lan.fill(&link, "/desk/password", &[("password", PASSWORD)]);
    assert_eq!((set.status, set.header("location")), (303, "/"), "{}", set.text());
    assert!(lan.get("/").text().contains("Lan"));
    let used = Person::new(&server).get(&link);
    assert!(used.text().contains("đã dùng rồi") && !used.text().contains("name=\"password\""), "{}", used.text());
    Person::signed_in(&server, "lan");

    let last = archivist.fill("/desk/users", "/desk/users/disable", &[("name", "thuy")]);
    assert!(last.status == 422 && last.text().contains("người giữ kho cuối cùng"));
    assert_eq!(archivist.fill("/desk/users", "/desk/users/disable", &[("name", "Lan")]).status, 303);
    assert!(archivist.get("/desk/users").text().contains("Đã khoá"));
    assert!(!lan.get("/").text().contains("Đăng xuất"));
    let did = deeds(&kho, "thuy");
    assert!(["account-added Lan desk", "account-disabled Lan desk"].iter().all(|deed| did.contains(&(*deed).to_owned())), "{did:?}");
    assert!(deeds(&kho, "Lan").contains(&"password-set Lan link".to_owned()));
    let shell = kho.run(["user", "password", "Lan", "--link"]);
    assert!(String::from_utf8_lossy(&shell.stdout).trim().contains("/desk/password?token="));
}

#[test]
fn who_saw_what_is_not_open_to_everyone_is_written_down_and_shown() {
    let kho = Kho::of_samples();
    add(&kho, "thuy", &["--role", "archivist"]);
    let (id, digest) = (id_of(&kho, PHOTOGRAPH), digest_of(&kho, PHOTOGRAPH));
    let open = id_of(&kho, INTERVIEW);
    kho.set(&id, &["access=closed"]);
    let server = kho.serve();
    let mut archivist = Person::signed_in(&server, "thuy");
    for _ in 0..3 {
        for way in ways_to(&kho, PHOTOGRAPH) {
            assert_eq!(archivist.get(&way).status, 200);
        }
        archivist.get(&format!("/r/{open}"));
        server.get(&format!("/r/{id}"));
    }
    let saw: Vec<String> = deeds(&kho, "thuy").into_iter().filter(|deed| deed.starts_with("saw")).collect();
    assert_eq!(saw, [format!("saw {id} page"), format!("saw {id} json"), format!("saw {digest} original"), format!("saw {digest} thumbnail")]);

    let page = archivist.get("/desk/audit");
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let page = page.text();
    assert!(page.contains("Đôi tay đan vành") && page.contains("ảnh nhỏ") && page.contains("Sửa") && page.contains("cô Thuỷ"), "{page}");
    let seen = page.find("trang tư liệu").unwrap();
    assert!(page.find("ảnh nhỏ").unwrap() < seen && seen < page.find("Sửa").unwrap(), "the newest first");
    let only = archivist.get("/desk/audit?account=thuy").text();
    assert!(only.contains("trang tư liệu") && !only.contains("Sửa</td>") && !only.contains(">Sửa"), "{only}");
    assert!(archivist.get("/desk/audit?account=c%C3%B4%20Thu%E1%BB%B7&lang=en").text().contains("Changed"));
    for nonsense in ["before=x&commit=y", "before=9999-99-99&commit=-1", "commit=99999999999999999999", "account=%00%3Cscript%3E"] {
        let answer = archivist.get(&format!("/desk/audit?{nonsense}"));
        assert!(answer.status == 200 && !answer.text().contains("<script>"), "{nonsense}");
    }
}

#[test]
fn the_pages_of_the_audit_follow_each_other_without_gap() {
    let kho = Kho::of_samples();
    add(&kho, "thuy", &["--role", "archivist"]);
    let id = id_of(&kho, PHOTOGRAPH);
    for number in 0..30 {
        kho.set(&id, &[&format!("title.en=Hands {number}"), "--reason", &format!("lần sửa {number}.")]);
        let output = kho.run([if number % 2 == 0 { "user" } else { "log" }, if number % 2 == 0 { "list" } else { "--json" }]);
        assert!(output.status.success());
    }
    let server = kho.serve();
    for _ in 0..30 {
        Person::signed_in(&server, "thuy");
    }
    let mut archivist = Person::signed_in(&server, "thuy");
    let (mut next, mut pages) = ("/desk/audit".to_owned(), String::new());
    let mut count = 0;
    loop {
        let page = archivist.get(&next).text();
        pages += &page;
        count += 1;
        let Some(older) = page.split("rel=\"next\" href=\"").nth(1) else { break };
        next = older.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    assert!(count >= 2);
    for number in 0..30 {
        assert_eq!(pages.matches(&format!("lần sửa {number}.")).count(), 1, "{number}");
    }
    assert_eq!(pages.matches("<td>Đăng nhập</td>").count(), 31);
}

#[test]
fn wrong_use_of_kho_user_says_what_is_missing_and_changes_nothing() {
    let kho = Kho::new();
    let refused = |arguments: &[&str], typed: &str| {
        let output = kho.run_typing([&["user"][..], arguments].concat(), typed);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["add", "lan", "--role", "researcher", "--until", "2999-01-01"], PASSWORD).contains("--purpose"));
    assert!(refused(&["add", "lan", "--role", "researcher", "--purpose", "x"], PASSWORD).contains("--until"));
    assert!(refused(&["add", "lan", "--role", "member"], PASSWORD).contains("--group"));
    assert!(refused(&["add", "a/b", "--role", "editor"], PASSWORD).contains("no name"));
    assert!(refused(&["add", "lan", "--role", "editor"], "ngắn").contains("too short"));
    assert!(refused(&["disable", "lan"], "").contains("kho user list"));
    assert!(refused(&["password", "lan"], PASSWORD).contains("no account"));
    assert_eq!(kho.json(["user", "list", "--json"]), (0, json!([])));
    add(&kho, "Lan", &["--role", "editor", "--full-name", "Phạm Thị Lan"]);
    assert!(refused(&["add", "LAN", "--role", "editor"], PASSWORD).contains("already"));
    kho.assert_sound();
}
