//! The viewer, asked over the network: bytes and ranges, what is closed, languages, and what strangers type.

use std::collections::{BTreeSet, VecDeque};
use std::fs;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::kho::{Answer, Kho, Server, list, wav};

const PHOTOGRAPH: &str = "đôi tay đan vành";
const INTERVIEW: &str = "phỏng vấn cụ bà đan đó";

/// A record of the samples, its first file, and the address of that file.
struct Shown {
    id: String,
    digest: String,
    media: String,
}

fn shown(kho: &Kho, title: &str) -> Shown {
    let record = kho.record(title);
    let digest = record["files"][0]["digest"].as_str().unwrap().to_owned();
    Shown { id: record["id"].as_str().unwrap().to_owned(), media: format!("/media/{digest}"), digest }
}

fn transcript_of(kho: &Kho, title: &str) -> String {
    let record = kho.record(title);
    let transcript = list(&record["files"]).iter().find(|file| file["role"] == "transcript").unwrap();
    transcript["digest"].as_str().unwrap().to_owned()
}

#[test]
fn a_part_of_a_file_is_given_as_asked() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let bytes = fs::read(kho.blob(&photograph.digest)).unwrap();
    let size = bytes.len();
    let server = kho.serve();
    let whole = server.get(&photograph.media);
    assert_eq!((whole.status, whole.header("content-length"), whole.header("accept-ranges")), (200, &*size.to_string(), "bytes"));
    assert!(whole.body == bytes && whole.header("content-range").is_empty());
    let parts = [
        ("bytes=100-199", 100..200),
        ("bytes=0-0", 0..1),
        ("bytes=-50", size - 50..size),
        ("bytes=252000-", 252_000..size),
        ("bytes=252000-99999999", 252_000..size),
        ("bytes=-99999999", 0..size),
    ];
    for (asked, part) in parts {
        let answer = server.ask("GET", &photograph.media, &[("Range", asked)]);
        let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        let told = (answer.status, answer.header("content-range"), answer.header("content-length"));
        assert_eq!(told, (206, &*range, &*part.len().to_string()), "{asked}");
        assert!(answer.body == bytes[part], "{asked}");
    }
}

#[test]
fn a_part_that_does_not_exist_and_one_that_makes_no_sense() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let size = fs::metadata(kho.blob(&photograph.digest)).unwrap().len();
    let server = kho.serve();
    for asked in ["bytes=99999999-", "bytes=99999999-100000000"] {
        let answer = server.ask("GET", &photograph.media, &[("Range", asked)]);
        assert_eq!((answer.status, answer.header("content-range")), (416, &*format!("bytes */{size}")), "{asked}");
        assert!(answer.body.is_empty(), "{asked}");
    }
    for asked in ["pages=1-2", "bytes=x-y", "bytes", ""] {
        let answer = server.ask("GET", &photograph.media, &[("Range", asked)]);
        assert_eq!((answer.status, answer.body.len() as u64), (200, size), "{asked}");
    }
}

#[test]
fn a_download_that_was_broken_off_goes_on_only_with_the_same_content() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let etag = server.get(&photograph.media).header("etag").to_owned();
    assert!(etag.contains(&photograph.digest), "{etag}");
    for (known, status) in [(&*etag, 206), ("\"another\"", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)] {
        let answer = server.ask("GET", &photograph.media, &[("Range", "bytes=100-199"), ("If-Range", known)]);
        assert_eq!(answer.status, status, "{known}");
    }
}

#[test]
fn what_a_browser_has_is_not_sent_again_but_soon_asked_for() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let captions = format!("/derived/{}/captions", transcript_of(&kho, INTERVIEW));
    let server = kho.serve();
    for address in [&photograph.media, &format!("/derived/{}/thumbnail", photograph.digest), &captions] {
        let first = server.get(address);
        assert_eq!(first.status, 200, "{address}");
        let age = first.header("cache-control").split(&['=', ','][..]).nth(1).and_then(|age| age.parse::<u32>().ok());
        assert!(age.is_some_and(|age| age <= 600), "{address}: {}", first.header("cache-control"));
        let etag = first.header("etag");
        for known in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = server.ask("GET", address, &[("If-None-Match", &known)]);
            assert_eq!((again.status, again.header("etag"), again.body.len()), (304, etag, 0), "{address}, {known}");
        }
        assert_eq!(server.ask("GET", address, &[("If-None-Match", "\"x\"")]).status, 200);
    }
}

#[test]
fn the_head_is_that_of_the_answer() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let thumbnail = format!("/derived/{}/thumbnail", photograph.digest);
    for address in [&photograph.media, &thumbnail, "/", "/search?q=lua", &format!("/r/{}", photograph.id), "/r/khong-co", "/assets/kho.css"] {
        let (head, get) = (server.ask("HEAD", address, &[]), server.get(address));
        assert_eq!((head.status, &head.headers, head.body.len()), (get.status, &get.headers, 0), "{address}");
        assert!(get.header("content-length") == get.body.len().to_string(), "{address}");
    }
}

#[test]
fn a_download_bears_its_name_in_both_encodings() {
    let name = "dấu \"nháy\"; ảnh\r\nX-Evil: 1\\.jpg";
    let kho = Kho::new().file(name, b"\xff\xd8\xff\xe0 A").file("đôi tay (1).jpg", b"\xff\xd8\xff\xe0 B");
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    for (file, _) in kho.files().values() {
        let answer = server.get(&format!("/media/{}", file["digest"].as_str().unwrap()));
        let said = answer.header("content-disposition");
        assert!(answer.status == 200 && !answer.headers.contains_key("x-evil"), "{:?}", answer.headers);
        let plain = said.split("filename=\"").nth(1).unwrap().split('"').next().unwrap();
        let exact = said.split("filename*=UTF-8''").nth(1).unwrap();
        let readable = file["paths"][0]["name"].as_str().unwrap();
        assert_eq!(percent_decode_str(exact).decode_utf8().unwrap(), readable);
        assert!(said.is_ascii() && plain.ends_with(".jpg") && !exact.contains([' ', ';', '"']), "{said}");
    }
    let gentle = kho.files()["đôi tay (1).jpg".as_bytes()].0["digest"].as_str().unwrap().to_owned();
    assert!(
        server.get(&format!("/media/{gentle}")).header("content-disposition").starts_with("inline; filename=\"__i tay (1).jpg\""),
        "one sign for each letter"
    );
}

#[test]
fn every_answer_keeps_the_browser_from_guessing() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let thumbnail = format!("/derived/{}/thumbnail", photograph.digest);
    let record = format!("/r/{}", photograph.id);
    let addresses = ["/", "/search?q=lua", "/browse/image", &record, "/api/search", "/khong-co", &photograph.media, &thumbnail, "/assets/kho.js"];
    for address in addresses {
        let answer = server.get(address);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
        assert!(answer.headers.contains_key("referrer-policy"), "{address}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") || policy.contains("default-src 'none'"), "{address}: {policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{address}: {policy}");
    }
}

#[test]
fn originals_run_nothing() {
    let code = "<script>alert(document.cookie)</script>";
    let kho = Kho::new()
        .file("trang.html", format!("<!doctype html><html><body>{code}</body></html>"))
        .file("trang.xhtml", format!("<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">{code}</html>"))
        .file("hình.svg", format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{code}</svg>"))
        .file("giả ảnh.jpg", format!("<html>{code}</html>"))
        .file("ghi chép.txt", code);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    for (name, (file, record)) in kho.files() {
        let name = String::from_utf8(name).unwrap();
        // The name in the address is the asker's: it decides nothing.
        let answer = server.get(&format!("/media/{}/x.html", file["digest"].as_str().unwrap()));
        assert_eq!(answer.status, 200, "{name}");
        let (kind, policy) = (answer.header("content-type"), answer.header("content-security-policy"));
        assert!(!kind.contains("html") && !kind.contains("javascript"), "{name} is {kind}");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("allow-scripts"), "{name}: {policy}");
        let page = server.get(&format!("/r/{}", record["id"].as_str().unwrap()));
        assert!(page.status == 200 && !page.text().contains(code), "{name}");
    }
    let html = kho.files()[&b"trang.html"[..]].0["digest"].as_str().unwrap().to_owned();
    assert!(server.get(&format!("/media/{html}")).header("content-type").starts_with("text/plain"));
}

/// Every way to ask for one record and its bytes; `name` is the name of a file.
fn ways_to(id: &str, digest: &str, transcript: &str) -> Vec<String> {
    vec![
        format!("/r/{id}"),
        format!("/r/{}", id.to_uppercase()),
        format!("/r/{id}?lang=en"),
        format!("/r/{id}.json"),
        format!("/api/records/{id}"),
        format!("/media/{digest}"),
        format!("/media/{digest}/t%C3%AAn.jpg"),
        format!("/media/{transcript}/t%C3%AAn.vtt"),
        format!("/derived/{digest}/thumbnail"),
        format!("/derived/{transcript}/captions"),
    ]
}

/// Asks in every way and with every header that could betray something.
fn faces(server: &Server, ways: &[String], etag: &str) -> Vec<Answer> {
    let manners: [(&str, &[(&str, &str)]); 5] =
        [("GET", &[]), ("HEAD", &[]), ("GET", &[("Range", "bytes=0-9")]), ("GET", &[("If-None-Match", etag)]), ("GET", &[("Cookie", "lang=en")])];
    ways.iter().flat_map(|way| manners.map(|(method, headers)| server.ask(method, way, headers))).collect()
}

#[test]
fn what_is_closed_answers_like_what_does_not_exist() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    let never = faces(&server, &ways_to(&unknown_id(&kho), &"0".repeat(64), &"1".repeat(64)), "*");
    assert!(never.iter().all(|answer| answer.status == 404));
    for title in [PHOTOGRAPH, INTERVIEW] {
        let record = shown(&kho, title);
        let transcript = if title == INTERVIEW { transcript_of(&kho, title) } else { record.digest.clone() };
        let ways = ways_to(&record.id, &record.digest, &transcript);
        let open = ways.iter().filter(|way| server.get(way).status == 200).count();
        assert!(open >= 8, "{open} of the ways to {title} are open");
        kho.set(&record.id, &["access=closed"]);
        let closed = faces(&server, &ways, "*");
        for (place, (closed, never)) in closed.iter().zip(&never).enumerate() {
            assert_eq!(closed.face(), never.face(), "{} of {title}", ways[place / 5]);
        }
    }
}

/// A well-formed identifier that no record has: that of the archive itself.
fn unknown_id(kho: &Kho) -> String {
    let settings = fs::read_to_string(kho.archive().join("kho.toml")).unwrap();
    settings.lines().find_map(|line| line.strip_prefix("id = ")).unwrap().trim_matches('"').to_owned()
}

#[test]
fn what_is_closed_is_in_no_list_and_no_count() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let words = "%C4%91%C3%B4i%20tay%20%C4%91an%20v%C3%A0nh";
    let lists = ["/", "/search", "/search?page=2", "/browse/image", "/browse/image?page=2", "/search?kind=image", &format!("/search?q={words}")];
    let mentions = || lists.iter().filter(|list| server.get(list).text().contains(&format!("/r/{}", photograph.id))).count();
    let count = |question: &str| {
        let answer = server.get(&format!("/api/search?limit=100&{question}")).json();
        let images =
            list(&answer["facets"]["kind"]).iter().find(|value| value["value"] == "image").map_or(0, |value| value["count"].as_u64().unwrap());
        let is_there = list(&answer["hits"]).iter().any(|hit| hit["id"] == photograph.id);
        (answer["total"].as_u64().unwrap(), images, is_there)
    };
    let pictures = || page_counts(&server.get("/").text());
    let (everything, of_kind, named, on_front) = (count(""), count("kind=image"), count(&format!("q={words}")), pictures());
    assert!(mentions() >= 3 && everything.2 && named.2);

    kho.set(&photograph.id, &["access=closed"]);
    assert_eq!(mentions(), 0);
    assert_eq!(count(""), (everything.0 - 1, everything.1 - 1, false));
    assert_eq!(count("kind=image"), (of_kind.0 - 1, of_kind.1 - 1, false));
    assert_eq!(count(&format!("q={words}")), (named.0 - 1, named.1 - 1, false));
    let fewer: Vec<u64> = on_front.iter().zip(pictures()).map(|(before, after)| before - after).collect();
    assert_eq!(fewer.iter().filter(|fewer| **fewer == 1).count(), 2, "the sum and the images on the front page: {on_front:?}, {fewer:?}");
    assert_eq!(fewer.iter().sum::<u64>(), 2);

    kho.set(&photograph.id, &["access=public"]);
    assert_eq!((count(""), pictures()), (everything, on_front));
}

/// The numbers of records on the front page: in all, then by kind.
fn page_counts(page: &str) -> Vec<u64> {
    let numbers = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u64>().ok();
    let hint = page.split("class=\"hint\">").nth(1).and_then(|text| numbers(text.split('<').next().unwrap()));
    let doors = page.split("class=\"door-count\">").skip(1).filter_map(|text| numbers(text.split('<').next().unwrap()));
    let counts: Vec<u64> = hint.into_iter().chain(doors).collect();
    assert!(counts.len() > 3 && counts[0] == counts[1..].iter().sum::<u64>(), "{counts:?}");
    counts
}

/// The words of a record that nobody may see are words that the archive does not have.
#[test]
fn the_words_of_what_is_closed_are_found_nowhere() {
    let kho = Kho::of_samples();
    let interview = shown(&kho, INTERVIEW);
    let server = kho.serve();
    let spoken = "glossy%20brown";
    let ask = |words: &str| {
        let mut answer = server.get(&format!("/api/search?q={words}")).json();
        answer.as_object_mut().unwrap().remove("took_ms").unwrap();
        answer
    };
    assert_eq!(ask(spoken)["total"], 1);
    kho.set(&interview.id, &["access=closed"]);
    assert_eq!(ask(spoken), ask("qqqqqq"));
    let neutral = |words: &str, shown: &str| server.get(&format!("/search?q={words}")).text().replace(shown, "…").replace(words, "…");
    assert_eq!(neutral(spoken, "glossy brown"), neutral("qqqqqq", "qqqqqq"));
}

/// A public recording and one that is about to be closed, with one transcript; both are open at first.
fn one_transcript_of_two() -> (Kho, Shown, Shown) {
    let spoken = "WEBVTT\n\n00:00.000 --> 00:01.000\nBí quyết nhuộm\n";
    let kho = Kho::new().file("mở.wav", wav(1, 128)).file("mở.vtt", spoken).file("kín.wav", wav(1, 120)).file("kín.vtt", spoken);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let [open, closed] = ["mở", "kín"].map(|title| shown(&kho, title));
    (kho, open, closed)
}

#[test]
fn bytes_that_a_closed_record_holds_too_are_not_given() {
    let (kho, open, closed) = one_transcript_of_two();
    let shared = transcript_of(&kho, "mở");
    assert_eq!(shared, transcript_of(&kho, "kín"), "two records hold one content");
    let server = kho.serve();
    let ways = [format!("/media/{shared}"), format!("/media/{shared}/x.vtt"), format!("/derived/{shared}/captions")];
    assert!(ways.iter().all(|way| server.get(way).status == 200));
    kho.set(&closed.id, &["access=closed"]);
    let never = server.get(&format!("/media/{}", "0".repeat(64)));
    for way in &ways {
        assert_eq!(server.get(way).face(), never.face(), "{way}");
    }
    assert_eq!((server.get(&open.media).status, server.get(&closed.media).status), (200, 404));
}

/// What is read out of bytes is as closed as the bytes: a page neither shows it nor leads to it.
#[test]
fn a_page_shows_nothing_of_bytes_that_are_not_given() {
    let (kho, open, closed) = one_transcript_of_two();
    let shared = transcript_of(&kho, "mở");
    let server = kho.serve();
    let page = || server.get(&format!("/r/{}", open.id)).text();
    assert!(page().contains("Bí quyết nhuộm") && page().contains(&shared));
    kho.set(&closed.id, &["access=closed"]);
    assert!(!page().contains("Bí quyết nhuộm"), "the words of a closed record stand on the page of another");
    assert!(!page().contains(&format!("/media/{shared}")), "a link that leads nowhere");
}

#[test]
fn a_search_finds_nothing_in_bytes_that_are_not_given() {
    let (kho, _, closed) = one_transcript_of_two();
    let server = kho.serve();
    let found = || server.get("/api/search?q=quy%E1%BA%BFt").json()["total"].clone();
    assert_eq!(found(), 2);
    kho.set(&closed.id, &["access=closed"]);
    assert_eq!(found(), 0, "the words of a closed record are found in another");
}

#[test]
fn vietnamese_by_default_and_english_when_chosen() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let language = |answer: &Answer| answer.text().split("<html lang=\"").nth(1).unwrap()[..2].to_owned();
    let record = format!("/r/{}", photograph.id);
    for path in ["/", "/search", "/search?q=lua", "/browse/image", &record, "/khong-co"] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let [english, vietnamese] = ["en", "vi"].map(|language| format!("{path}{separator}lang={language}"));
        assert_eq!(language(&server.get(path)), "vi", "{path}");
        assert_eq!(language(&server.ask("GET", path, &[("Accept-Language", "en-GB,en;q=0.9")])), "vi", "{path}");
        let chosen = server.get(&english);
        let cookie = chosen.header("set-cookie").split(';').next().unwrap();
        assert_eq!((&*language(&chosen), cookie), ("en", "lang=en"), "{path}");
        assert_eq!(language(&server.ask("GET", path, &[("Cookie", cookie)])), "en", "{path}");
        assert_eq!(language(&server.ask("GET", &vietnamese, &[("Cookie", "a=b; lang=en")])), "vi", "{path}");
        for nonsense in ["xx", "%3Cscript%3E", ""] {
            assert_eq!(language(&server.get(&format!("{path}{separator}lang={nonsense}"))), "vi", "{path}");
        }
    }
    let front = |language: &str| server.get(&format!("/?lang={language}")).text();
    assert!(front("vi").contains("Kho di sản nghề") && !front("en").contains("Kho di sản nghề"));
    assert!(front("en").contains("Craft Heritage Archive") && !front("vi").contains("Craft Heritage Archive"));
}

#[test]
fn whatever_strangers_type_is_an_answer_and_is_escaped() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let code = "%3Cscript%3Ealert(1)%3C/script%3E";
    let breaking = "%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E";
    let long = "d%E1%BB%87t".repeat(1000) + &"a".repeat(7000);
    let values = [
        code,
        breaking,
        &long,
        "%",
        "%zz",
        "%ff%fe",
        "%00",
        "%E1%BB",
        "%F0%9F%A7%B5",
        "'%20OR%201=1--",
        "%25s%25n",
        "../../../etc/passwd",
        "999999",
        "-1",
        "99999999999999999999999",
        "nonsense",
        "NaN",
        "[]",
    ];
    for value in values {
        let asked = ["q", "kind", "page", "lang", "limit", "q=lua&kind", "q=lua&page"].map(|name| format!("?{name}={value}"));
        let mut addresses: Vec<String> =
            asked.iter().flat_map(|asked| ["/", "/search", "/browse/image", "/api/search"].map(|page| format!("{page}{asked}"))).collect();
        let places = ["/r/", "/browse/", "/media/", "/derived/", "/api/records/", "/assets/", "/"].map(|place| format!("{place}{value}"));
        addresses.extend(places);
        addresses.extend([format!("/media/{}/{value}", photograph.digest), format!("/derived/{}/{value}", photograph.digest)]);
        for address in addresses {
            assert_harmless(&server, &address);
        }
    }
    let searched = server.get(&format!("/search?q={code}")).text();
    assert!(searched.contains("alert(1)"), "the words are shown again, as words");
}

fn assert_harmless(server: &Server, address: &str) {
    let answer = server.get(address);
    let short: String = address.chars().take(120).collect();
    assert!(matches!(answer.status, 200 | 400 | 404), "{short}: {}", answer.status);
    if answer.header("content-type").starts_with("text/html") {
        let page = answer.text();
        assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{short}");
        assert!(page.trim_end().ends_with("</html>"), "{short}");
    }
}

#[test]
fn pages_beyond_the_end_are_empty_and_lead_back() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    for address in ["/search?page=999999", "/browse/image?page=999999", "/search?kind=nonsense", "/search?q=qqqqqq"] {
        let answer = server.get(address);
        let page = answer.text();
        assert!(answer.status == 200 && !page.contains("href=\"/r/"), "{address}");
        assert!(page.contains("href=\"/search"), "{address} leads back");
    }
}

/// Everything that a page names, as addresses of this server without their fragments.
fn links(page: &str, at: &str) -> BTreeSet<String> {
    let values_of = |attribute: &'static str| page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
    let single = ["href=\"", "src=\"", "action=\"", "poster=\""].into_iter().flat_map(values_of);
    // Each picture of a set with its width behind it; addresses of the Image API have commas inside.
    let sets = values_of("srcset=\"").flat_map(|set| set.split(", ").map(|one| one.split(' ').next().unwrap()));
    let values = single.chain(sets);
    let path = at.split('?').next().unwrap();
    let addresses = values.map(|value| value.replace("&amp;", "&").replace("&#38;", "&")).map(|value| match value.split('#').next().unwrap() {
        "" => at.to_owned(),
        query if query.starts_with('?') => format!("{path}{query}"),
        address => address.to_owned(),
    });
    addresses.collect()
}

#[test]
fn every_link_leads_somewhere_and_none_leads_away() {
    let kho = Kho::of_samples();
    let server = kho.serve();
    let own = format!("http://{}", server.address());
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let (mut pages, mut others) = (0, 0);
    while let Some(address) = waiting.pop_front() {
        let head = server.ask("HEAD", &address, &[]);
        assert_eq!(head.status, 200, "{address}");
        if !head.header("content-type").starts_with("text/html") {
            others += 1;
            continue;
        }
        if pages == 200 {
            continue;
        }
        pages += 1;
        let page = server.get(&address).text().replace(&own, "");
        let foreign = ["http://", "https://", "\"//", "url("].iter().find(|foreign| page.replace("https://schema.org", "").contains(**foreign));
        assert_eq!(foreign, None, "{address}");
        for link in links(&page, &address) {
            assert!(link.starts_with('/'), "{link} on {address}");
            if seen.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
    }
    println!("{pages} pages and {others} other things");
    let records = kho.search("", &["--limit", "1000"]);
    for hit in list(&records["hits"]) {
        assert!(seen.contains(&format!("/r/{}", hit["id"].as_str().unwrap())), "nothing leads to {hit}");
    }
    assert!(pages > 60 && others > 60, "{pages} pages, {others} other things");
}

#[test]
fn what_style_and_script_ask_for_is_our_own() {
    let kho = Kho::new();
    let server = kho.serve();
    for asset in ["/assets/kho.css", "/assets/kho.js", "/assets/kho.svg", "/assets/favicon.svg", "/assets/icons.svg"] {
        let answer = server.get(asset);
        let text = answer.text().replace("http://www.w3.org/", "");
        assert!(answer.status == 200 && !text.contains("http://") && !text.contains("https://"), "{asset}");
        for address in text.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap().trim_matches(['"', '\''])) {
            if !address.starts_with("data:") && !address.starts_with('#') {
                let absolute = if address.starts_with('/') { address.to_owned() } else { format!("/assets/{address}") };
                assert_eq!(server.get(&absolute).status, 200, "{address} in {asset}");
            }
        }
    }
}

#[test]
fn a_record_is_told_to_programs_without_what_is_for_archivists() {
    let kho = Kho::of_samples();
    let photograph = shown(&kho, PHOTOGRAPH);
    let server = kho.serve();
    let linked = server.get(&format!("/r/{}.json", photograph.id)).json();
    assert_eq!((&linked["@context"], &linked["@type"]), (&json!("https://schema.org"), &json!("ImageObject")));
    assert_eq!(server.get(linked["contentUrl"].as_str().unwrap()).status, 200);
    assert!(linked.as_object().unwrap().values().all(|value| !value.is_null()));
    let told = server.get(&format!("/api/records/{}", photograph.id)).json();
    assert_eq!((&told["id"], &told["title"]["vi"]), (&json!(photograph.id), &json!("Đôi tay đan vành")));
    // Where it lay on whose disk is nobody's business.
    for private in ["inode", "accession", "mtime", "raw", "Thủ Sỹ - đan đó/"] {
        assert!(!told.to_string().contains(private), "{private}: {told}");
    }
    let delivery: Vec<Value> = kho.records().into_iter().filter(|record| record["kind"] == "accession").collect();
    assert_eq!(server.get(&format!("/api/records/{}", delivery[0]["id"].as_str().unwrap())).status, 404, "deliveries are closed");
}

#[test]
fn what_comes_in_while_the_viewer_runs_is_soon_there() {
    let kho = Kho::new();
    let server = kho.serve();
    assert_eq!(server.get("/api/search").json()["total"], 0);
    crate::kho::write(&kho.source().join("lụa.txt"), "tơ tằm");
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let id = kho.record("lụa")["id"].as_str().unwrap().to_owned();
    assert_eq!(server.get(&format!("/r/{id}")).status, 200, "the record at once");
    crate::kho::wait_until("the search index of a running viewer", || server.get("/api/search?q=to%20tam").json()["total"] == 1);
}

/// A delivery that was opened shows its folders as they were, and in them only what is open.
#[test]
fn the_folders_of_a_delivery_can_be_walked() {
    let kho = Kho::new().file("đợt 1/Ảnh/đó.txt", "một chiếc đó").file("đợt 1/Ảnh/kín.txt", "không ai xem").file("đợt 1/ghi chép.txt", "ghi chép");
    fs::create_dir_all(kho.source().join("đợt 1/rỗng")).unwrap();
    let account = kho.ingest_from(&kho.source().join("đợt 1"), &["--access", "public", "--giver", "Bà Nan"]);
    kho.set(kho.record("kín")["id"].as_str().unwrap(), &["access=closed"]);
    let id = account["accession"].as_str().unwrap();
    let server = kho.serve();
    assert_eq!(server.get(&format!("/r/{id}")).status, 404, "a delivery is closed until someone decides");
    kho.set(id, &["access=public"]);
    let page = server.get(&format!("/r/{id}"));
    assert!(page.text().contains("Thư mục như khi tiếp nhận") && page.text().contains("Bà Nan"), "{}", page.text());
    let root = server.get(&format!("/r/{id}?folder=%C4%91%E1%BB%A3t%201")).text();
    assert!(root.contains("Ảnh/") && root.contains("rỗng/") && root.contains("ghi chép.txt") && !root.contains("đó.txt"), "{root}");
    let inner = server.get(&format!("/r/{id}?folder=%C4%91%E1%BB%A3t%201/%25E1%25BA%25A2nh")).text();
    assert!(inner.contains("đó.txt") && !inner.contains("kín"), "{inner}");
    for nowhere in ["x", "%C4%91%E1%BB%A3t%201/..", "%C4%91%E1%BB%A3t%201/khong-co"] {
        assert_eq!(server.get(&format!("/r/{id}?folder={nowhere}")).status, 404, "{nowhere}");
    }
}
