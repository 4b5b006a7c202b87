//! The screen in the village house: what it shows before whom, and that nothing on it leads out.

use crate::access::{Pictures, browser, make};
use crate::kho::{Kho, wait_until};
use crate::person::{PASSWORD, Person, add};

/// Every address to which a page leads, and every one to which it sends a form.
fn ways(page: &str) -> (Vec<String>, Vec<String>) {
    let addresses = |tag: &str, name: &str| {
        let tags = page.split('<').filter(|part| part.starts_with(tag));
        let found = tags.filter_map(|part| part.split(name).nth(1)?.split('"').next());
        found.map(|address| address.replace("&amp;", "&").replace("&#38;", "&")).collect()
    };
    (addresses("a ", "href=\""), addresses("form ", "action=\""))
}

fn title_of(level: &str) -> String {
    format!("Chungtu {level}rieng")
}

/// KV-07: what is open on site is seen on an enrolled screen and nowhere else; nobody else sees more than everyone there.
#[test]
fn kv_07_a_screen_shows_what_is_open_on_site_and_everyone_else_what_is_public() {
    let pictures = Pictures::new();
    let server = pictures.kho.serve();
    wait_until("the index knows the pictures", || server.get("/kiosk/list?q=chungtu").text().contains(&pictures.ids[0]));
    for (name, open) in [("", &["public"][..]), ("nghiên cứu", &["public"]), ("lưu trữ", &["public"]), ("màn hình", &["public", "kiosk"])] {
        let person = &mut browser(&server, name);
        let pages = ["/kiosk", "/kiosk/list", "/kiosk/list?kind=image", "/kiosk/list?q=chungtu", &format!("/kiosk/r/{}", pictures.practice)];
        let pages = pages.map(|address| person.get(address).text());
        for (place, level) in crate::access::LEVELS.iter().enumerate() {
            let (id, is_open) = (&pictures.ids[place], open.contains(level));
            for page in &pages {
                assert_eq!(page.contains(&format!("/kiosk/r/{id}")), is_open, "{level} before {name:?}: {page}");
                assert_eq!(page.contains(&pictures.digests[place]), is_open, "the picture of {level} before {name:?}");
                assert_eq!(page.contains(&title_of(level)), is_open, "the title of {level} before {name:?}");
            }
            let shown = person.get(&format!("/kiosk/r/{id}"));
            assert_eq!((shown.status, shown.header("location")), if is_open { (200, "") } else { (303, "/kiosk") }, "{level} before {name:?}");
            let found = person.get(&format!("/kiosk/list?q={level}rieng")).text();
            assert_eq!(found.contains(id), is_open, "hits for {level} before {name:?}");
        }
        let counted = person.get("/kiosk/list?kind=image").text();
        let count = format!("{} tư liệu", open.len());
        assert!(counted.contains(&count), "{count} before {name:?}: {counted}");
    }
}

/// Somebody forgot to sign out: what is offered above the keys is what everyone may know.
#[test]
fn an_archivist_is_offered_no_more_than_everyone_while_typing() {
    let pictures = Pictures::new();
    let server = pictures.kho.serve();
    wait_until("the index knows the pictures", || server.get("/api/suggest?q=chungtu").text().contains("Chungtu"));
    let person = &mut browser(&server, "lưu trữ");
    let closed = title_of("closed");
    assert!(person.get("/api/suggest?q=chungtu&limit=20").text().contains(&closed), "the desk offers it");
    let offered = person.get("/kiosk/suggest?q=chungtu").text();
    assert!(offered.contains(&title_of("public")) && !offered.contains(&closed), "{offered}");
}

/// What a screen alone was shown is written down like every other sight of what is not public.
#[test]
fn what_a_screen_shows_beyond_the_public_is_written_down() {
    let pictures = Pictures::new();
    let server = pictures.kho.serve();
    browser(&server, "màn hình").get(&format!("/kiosk/r/{}", pictures.ids[1]));
    let audit = std::fs::read_dir(pictures.kho.archive().join("audit")).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let audit = audit.collect::<String>();
    assert!(audit.lines().any(|line| line.contains("màn hình") && line.contains(&pictures.ids[1])), "{audit}");
}

/// The screen stays in its collection; a part of the collection belongs to it.
#[test]
fn a_screen_stays_in_its_collection() {
    let kho = Kho::new();
    let collection = make(&kho, "collection", &["title=Phòng trưng bày đan lát", "access=public"]);
    let part = make(&kho, "collection", &["title=Đan đó", "access=public", &format!("collection={collection}")]);
    let inside = make(&kho, "practice", &["title=Đan đó Thủ Sỹ", "access=public", &format!("collection={part}")]);
    let event = make(&kho, "event", &["title=Hội làng", "access=public", &format!("practice={inside}")]);
    let outside = make(&kho, "practice", &["title=Đúc đồng Lộng Thượng", "access=public"]);
    let server = kho.serve();
    let all = format!("/kiosk/list?collection={collection}");
    wait_until("the index knows the part", || server.get(&all).text().contains(&inside));
    let mut seen = std::collections::BTreeSet::new();
    let mut waiting = vec![format!("/kiosk?collection={collection}&idle=120")];
    while let Some(address) = waiting.pop() {
        let address = address.split('#').next().unwrap().to_owned();
        if address.is_empty() || !seen.insert(address.clone()) {
            continue;
        }
        let answer = server.get(&address);
        assert_eq!(answer.status, 200, "{address}");
        assert!(answer.cookies.is_empty(), "{address} keeps something of the visit");
        let page = answer.text();
        assert!(!page.contains("Lộng Thượng") && !page.contains(&outside), "{address}");
        let (links, forms) = ways(&page);
        for way in links.into_iter().filter(|way| !way.starts_with('#')) {
            assert!(way.starts_with("/kiosk"), "{address} leads to {way}");
            assert!(way.contains(&collection) && way.contains("idle=120"), "{way} on {address} forgets the screen");
            waiting.push(way);
        }
        for form in forms {
            let kept = format!("name=\"collection\" value=\"{collection}\"");
            assert!(form.starts_with("/kiosk") && page.contains(&kept), "{form} on {address} forgets the collection");
        }
    }
    assert!(seen.iter().any(|address| address.contains(&inside)) && seen.len() > 8, "{seen:#?}");
    // What is not in the collection is not there, though everyone may see it elsewhere.
    for id in [&outside, &event] {
        let answer = server.get(&format!("/kiosk/r/{id}?collection={collection}"));
        assert_eq!((answer.status, answer.header("location")), (303, format!("/kiosk?collection={collection}").as_str()));
        assert_eq!(server.get(&format!("/kiosk/r/{id}")).status, 200);
    }
    // A collection that nobody knows holds nothing.
    assert!(!server.get("/kiosk/list?collection=dong-ho").text().contains("Thủ Sỹ"));
}

/// Whoever signs a screen in lands on it, wherever they were before, and no page of it offers to sign it out.
#[test]
fn a_screen_is_signed_in_once() {
    let kho = Kho::new();
    add(&kho, "màn hình", &["--role", "kiosk"]);
    let server = kho.serve();
    let mut person = Person::new(&server);
    let sign_in = |person: &mut Person<'_>, next: &str| {
        let page = format!("/desk/sign-in?next={next}");
        person.fill(&page, "/desk/sign-in", &[("name", "màn hình"), ("password", PASSWORD)]).header("location").to_owned()
    };
    assert_eq!(sign_in(&mut person, ""), "/kiosk");
    assert_eq!(sign_in(&mut Person::new(&server), "/search"), "/kiosk");
    assert_eq!(sign_in(&mut Person::new(&server), "/kiosk%3Fcollection%3Dk7f39m2qx4tc"), "/kiosk?collection=k7f39m2qx4tc");
    assert!(!person.get("/kiosk").text().contains("sign-out"));
}

/// Addresses that are none lead home and keep what makes the screen.
#[test]
fn every_wrong_address_leads_home() {
    let server = Kho::new().serve();
    for address in ["/kiosk/", "/kiosk/khong/co", "/kiosk/r/k7f39m2qx4tc", "/kiosk/r/x/steps/y", "/kiosk/browse/medium", "/kiosk/r/%3Cscript%3E"] {
        let answer = server.get(&format!("{address}?idle=60"));
        assert_eq!((answer.status, answer.header("location")), (303, "/kiosk?idle=60"), "{address}");
    }
    assert_eq!(server.get("/kiosk").status, 200, "an empty archive has a screen, too");
}
