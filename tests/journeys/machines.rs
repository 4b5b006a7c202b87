//! What programs read: previews, sitemaps, descriptions of the API, and how long what they keep is good.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::kho::{Kho, Server, wav};
use crate::person::{Person, add};

const PHOTOGRAPH: &str = "đôi tay đan vành";

fn id_of(kho: &Kho, title: &str) -> String {
    kho.record(title)["id"].as_str().unwrap().to_owned()
}

fn oembed(server: &Server, id: &str, more: &str) -> String {
    let url = format!("http://{}/r/{id}", server.address());
    format!("/oembed?url={}{more}", utf8_percent_encode(&url, NON_ALPHANUMERIC))
}

/// The linked data in the head of a page.
fn linked(page: &str) -> Value {
    let block = page.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(block).unwrap()
}

/// What `content` says of a property in the head of a page.
fn told<'a>(page: &'a str, property: &str) -> &'a str {
    page.split(&format!("\"{property}\" content=\"")).nth(1).map_or("", |rest| rest.split('"').next().unwrap())
}

#[test]
fn a_page_tells_programs_what_it_shows() {
    let kho = Kho::of_samples();
    let id = id_of(&kho, PHOTOGRAPH);
    let nasty = "</script><script>alert('đó & lờ')</script>";
    kho.set(&id, &[&format!("title.en=Rim {nasty}"), &format!("description=Uốn vành. {nasty}"), "licence=CC-BY-4.0"]);
    let server = kho.serve();
    let origin = format!("http://{}", server.address());
    let page = server.get(&format!("/r/{id}?lang=en")).text();
    assert!(!page.contains(nasty));
    let data = linked(&page);
    assert_eq!((&data["@type"], &data["license"]), (&json!("ImageObject"), &json!("http://creativecommons.org/licenses/by/4.0/")));
    assert!(data.to_string().contains("alert('đó & lờ')"), "the words are there, and are words");
    assert_eq!(data, server.get(&format!("/r/{id}.json")).json());
    assert_eq!(told(&page, "og:url"), format!("{origin}/r/{id}"));
    assert!(
        told(&page, "og:title").starts_with("Rim ") && told(&page, "og:locale") == "en_GB" && told(&page, "og:description").starts_with("Uốn vành.")
    );
    let picture = server.get(told(&page, "og:image").strip_prefix(&origin).unwrap());
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
    // Every other form that the head names is there.
    for kind in ["application/json", "application/ld+json", "application/json+oembed"] {
        let link = page.split("<link ").find(|link| link.contains(&format!("type=\"{kind}\""))).unwrap();
        let href = link.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(server.get(href).status, 200, "{href}");
    }
    let craft = kho.json(["new", "craft", "--json", "title=Đan đó", "access=public"]).1["id"].as_str().unwrap().to_owned();
    let page = server.get(&format!("/r/{craft}")).text();
    assert_eq!((&linked(&page)["@type"], page.contains("/manifest")), (&json!("DefinedTerm"), false), "what is no medium has no manifest");
}

#[test]
fn other_sites_show_a_record_to_which_they_link() {
    let kho = Kho::of_samples();
    let (photograph, film) = (id_of(&kho, PHOTOGRAPH), id_of(&kho, "chẻ nan và đan đó"));
    let server = kho.serve();
    let answer = server.get(&oembed(&server, &photograph, ""));
    let told = answer.json();
    assert_eq!((&told["version"], &told["type"], &told["title"]), (&json!("1.0"), &json!("photo"), &json!("Đôi tay đan vành")));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(told["url"].as_str().unwrap().ends_with("/thumbnail") && told["width"].as_u64().unwrap() <= 512);
    let small = server.get(&oembed(&server, &photograph, "&maxwidth=100&maxheight=100")).json();
    assert!(small["type"] == "link" && small["thumbnail_url"].is_null() && small["url"].is_null(), "nothing larger than was asked for: {small}");
    assert_eq!(server.get(&oembed(&server, &film, "&format=json")).json()["type"], "link");
    assert_eq!(server.get(&oembed(&server, &photograph, "&format=xml")).status, 501);
    for foreign in ["", "https%3A%2F%2Fkho.vn%2Fr%2Fx", &format!("http%3A%2F%2F{}%2Fdesk", server.address())] {
        assert_eq!(server.get(&format!("/oembed?url={foreign}")).status, 404, "{foreign}");
    }
}

#[test]
fn search_engines_are_told_of_what_is_public_whoever_asks() {
    let kho = Kho::new().file("mở.wav", wav(1, 90)).file("kín.wav", wav(1, 91)).file("nghiên cứu.wav", wav(1, 92));
    kho.ingest();
    let [open, closed, research] = ["mở", "kín", "nghiên cứu"].map(|title| id_of(&kho, title));
    kho.set(&open, &["access=public"]);
    kho.set(&research, &["access=research"]);
    add(&kho, "lan", &["--role", "archivist"]);
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    for map in [server.get("/sitemap.xml").text(), lan.get("/sitemap.xml").text()] {
        assert!(map.contains(&format!("<loc>http://{}/r/{open}</loc>", server.address())), "{map}");
        assert!(!map.contains(&closed) && !map.contains(&research), "{map}");
    }
    let robots = server.get("/robots.txt").text();
    assert!(robots.contains(&format!("Sitemap: http://{}/sitemap.xml", server.address())) && robots.contains("Disallow: /desk"));
    // A preview of what is closed is no preview; whoever may see it has one.
    assert_eq!((server.get(&oembed(&server, &closed, "")).status, server.get(&oembed(&server, &research, "")).status), (404, 404));
    assert_eq!(lan.get(&oembed(&server, &closed, "")).status, 200);
    kho.set(&open, &["access=closed"]);
    assert!(!server.get("/sitemap.xml").text().contains("<loc>"), "a withdrawal is felt at once");
    assert_eq!(server.get(&oembed(&server, &open, "")).status, 404);
}

/// Every address that the description names is there, and answers as it says.
#[test]
fn the_description_of_the_api_is_true() {
    let kho = Kho::of_samples();
    let id = id_of(&kho, "phỏng vấn cụ bà đan đó");
    let photograph = kho.record(PHOTOGRAPH);
    let craft = kho.json(["new", "craft", "--json", "title=Đan đó", "access=public"]).1["id"].as_str().unwrap().to_owned();
    kho.set(&id, &[&format!("shows={craft}")]);
    let server = kho.serve();
    let answer = server.get("/api/openapi.json");
    let described = answer.json();
    assert_eq!((&described["openapi"], answer.header("content-type")), (&json!("3.1.0"), "application/json"));
    let mut names = BTreeSet::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        let operation = &item["get"];
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{path}");
        let own = if path.ends_with("/collection") { &craft } else { &id };
        let filled = path.replace("{id}", own).replace("{digest}", photograph["files"][0]["digest"].as_str().unwrap());
        let filled = filled.replace("{recipe}", "thumbnail").replace("{kind}", "sound").replace("{number}", "0");
        let filled = if path == "/oembed" { oembed(&server, &id, "") } else { format!("{filled}?q=đan") };
        let answer = server.get(&filled.replace('đ', "%C4%91"));
        assert_eq!(answer.status, 200, "{filled}");
        assert!(!operation["responses"]["200"].is_null() && operation["summary"].is_string(), "{path}");
        if path.contains("{id}") {
            let missing = server.get(&path.replace("{id}", "0000"));
            assert!(missing.status == 404 && !operation["responses"]["404"].is_null(), "{path}");
            assert_eq!(missing.json(), json!({"error": "not found"}), "{path}");
        }
    }
    // What it refers to inside itself is there.
    for reference in described.to_string().split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(described.pointer(reference).is_some(), "{reference}");
    }
    let required = &described["components"]["schemas"]["Hit"]["required"];
    let hit = &server.get("/api/search?q=dan").json()["hits"][0];
    assert!(required.as_array().unwrap().iter().all(|name| !hit[name.as_str().unwrap()].is_null()), "{hit}");
}

#[test]
fn style_and_script_are_kept_for_good_and_sent_compressed() {
    let kho = Kho::new();
    let server = kho.serve();
    let page = server.get("/").text();
    let assets: BTreeSet<&str> = page.split(['"', '\'']).filter(|address| address.starts_with("/assets/") && address.contains("?v=")).collect();
    assert!(assets.iter().any(|asset| asset.contains("kho.css")) && assets.iter().any(|asset| asset.contains("kho.js")), "{assets:?}");
    for asset in assets {
        let plain = server.get(asset);
        assert_eq!(
            (plain.status, plain.header("cache-control"), plain.header("vary")),
            (200, "max-age=31536000, immutable", "Accept-Encoding"),
            "{asset}"
        );
        let packed = server.ask("GET", asset, &[("Accept-Encoding", "br, gzip")]);
        assert_eq!((packed.header("content-encoding"), packed.header("content-type")), ("gzip", plain.header("content-type")), "{asset}");
        assert!(packed.body.len() < plain.body.len() && packed.body.starts_with(&[0x1f, 0x8b]), "{asset}");
        let known = server.ask("GET", asset, &[("If-None-Match", plain.header("etag"))]);
        assert_eq!((known.status, known.body.len()), (304, 0), "{asset}");
        // An old page asks by an old address, and is not told to keep the answer for good.
        let old = server.get(&format!("{}?v=0000", asset.split('?').next().unwrap()));
        assert_eq!((old.status, old.header("cache-control")), (200, "max-age=600"), "{asset}");
    }
    assert_eq!(server.get("/assets/khong-co.css?v=1").status, 404);
}

#[test]
fn a_theme_is_kept_by_the_reader_and_not_by_the_address() {
    let kho = Kho::new();
    let server = kho.serve();
    let chosen = server.get("/search?q=%C4%91an%20%C4%91%C3%B3&theme=dark");
    assert_eq!((chosen.status, chosen.header("location")), (303, "/search?q=%C4%91an%20%C4%91%C3%B3"));
    assert!(chosen.cookies[0].starts_with("theme=dark;"), "{:?}", chosen.cookies);
    let style_of = |page: &str, name: &str| page.split("<link ").find(|link| link.contains(name)).map(str::to_owned).unwrap_or_default();
    let themed = |cookie: &str| server.ask("GET", "/", &[("Cookie", cookie)]).text();
    assert!(style_of(&themed("theme=dark"), "dark.css").contains("media=\"screen\""));
    assert_eq!(style_of(&themed("theme=light"), "dark.css"), "");
    assert!(style_of(&themed("lang=en"), "dark.css").contains("prefers-color-scheme: dark"), "left to the system");
}

#[test]
fn pages_come_compressed_but_never_with_the_secrets_of_somebody_in_them() {
    let kho = Kho::new();
    add(&kho, "thuy", &["--role", "archivist"]);
    let server = kho.serve();
    let taking = [("Accept-Encoding", "gzip, br")];
    let (packed, plain) = (server.ask("GET", "/", &taking), server.get("/"));
    assert_eq!((packed.header("content-encoding"), plain.header("content-encoding")), ("gzip", ""));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len());
    let mut archivist = Person::signed_in(&server, "thuy");
    for page in [archivist.get_with("/", &taking), server.ask("GET", "/desk/sign-in", &taking)] {
        assert_eq!((page.status, page.header("content-encoding")), (200, ""), "the tokens of forms are in it");
    }
}

/// No answer lets another site frame it, or anything of a stranger run: not pages, not JSON, and no original.
#[test]
fn originals_are_framed_by_nobody_else_and_run_nothing() {
    let script = "<script>alert(1)</script>";
    let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
    let kho = Kho::new()
        .file("hình.svg", format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" onload=\"alert(1)\">{script}</svg>"))
        .file("trang.html", format!("<!doctype html>{script}"))
        .file("đơn.pdf", pdf);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    for (name, (file, record)) in kho.files() {
        let name = String::from_utf8(name).unwrap();
        let answer = server.get(&format!("/media/{}", file["digest"].as_str().unwrap()));
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{name}: {policy}");
        assert!(!policy.contains("script-src") && (policy.contains("sandbox") || name == "đơn.pdf"), "{name}: {policy}");
        assert!(answer.header("x-content-type-options") == "nosniff" && !answer.header("content-type").contains("html"), "{name}");
        assert_eq!(server.get(&format!("/r/{}", record["id"].as_str().unwrap())).status, 200);
    }
    let id = id_of(&kho, "hình");
    let addresses = ["/", "/sitemap.xml", "/robots.txt", "/api/openapi.json", "/iiif/presentation/3/collections", "/iiif/discovery/1/activities"];
    for address in addresses.into_iter().chain([&*format!("/iiif/presentation/3/{id}/manifest"), &oembed(&server, &id, "")]) {
        let answer = server.get(address);
        let policy = answer.header("content-security-policy");
        assert_eq!(answer.status, 200, "{address}");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'self'") && !policy.contains("unsafe"),
            "{address}: {policy}"
        );
        assert_eq!((answer.header("x-content-type-options"), answer.header("referrer-policy")), ("nosniff", "same-origin"), "{address}");
    }
}
