//! Parts of pictures and moments of recordings: their addresses, their citations, and what is closed of them.

use serde_json::{Value, json};

use crate::kho::{Kho, Server, samples};
use crate::person::{Person, add};

/// Makes a record; returns its identifier.
fn make(kho: &Kho, kind: &str, fields: &[&str]) -> String {
    let (code, made) = kho.json([&["new", kind, "--json"][..], fields].concat());
    assert_eq!(code, 0, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// The sample film, whose header says that it is half an hour long.
fn long_film() -> Vec<u8> {
    let mut film = std::fs::read(samples().join("Thủ Sỹ - đan đó/chẻ nan và đan đó.mp4")).unwrap();
    let header = film.windows(4).position(|four| four == b"mvhd").unwrap() + 4;
    assert_eq!(film[header], 0, "the short form");
    let scale = u32::from_be_bytes(film[header + 12..header + 16].try_into().unwrap());
    film[header + 16..header + 20].copy_from_slice(&(scale * 1800).to_be_bytes());
    film
}

/// A film of Nam Cao, with the identifier of its record and its digest.
struct Film {
    kho: Kho,
    id: String,
    digest: String,
}

fn film() -> Film {
    let kho = Kho::new().file("dệt đũi.mp4", long_film());
    kho.ingest();
    let record = kho.record("dệt đũi");
    let id = record["id"].as_str().unwrap().to_owned();
    let digest = record["files"][0]["digest"].as_str().unwrap().to_owned();
    let practice = make(&kho, "practice", &["title=Dệt đũi Nam Cao", "access=public"]);
    let bearer = make(&kho, "person", &["title=Nguyễn Thị Mận", "person_kind=historical", "access=public"]);
    kho.set(
        &id,
        &[
            "title=Kéo sợi đũi",
            "access=public",
            &format!("shows={practice}"),
            &format!("creator={bearer}"),
            "created=1985~",
            "credit_line=Phim: hợp tác xã Nam Cao",
            "licence=CC-BY-4.0",
        ],
    );
    Film { kho, id, digest }
}

/// Where a page sends whoever asks.
fn place(server: &Server, address: &str) -> String {
    let answer = server.get(address);
    assert_eq!(answer.status, 303, "{address}");
    answer.header("location").to_owned()
}

/// RS-06: twenty-five seconds of a film, by an address that names the bytes: the same frame in ten years.
#[test]
fn rs_06_cite_a_minute_of_film() {
    let Film { kho, id, digest } = film();
    let server = kho.serve();
    // A form leads to the address, without any script.
    let record = server.get(&format!("/r/{id}")).text();
    assert!(record.contains(&format!("<form action=\"/r/{id}/cut\" method=\"get\"")), "{record}");
    let file = &digest[..16];
    let address = place(&server, &format!("/r/{id}/cut?file={file}&from=12%3A40&to=785"));
    assert_eq!(address, format!("/r/{id}/cut?file={file}&t=12:40,13:05"));
    let page = server.get(&address).text();
    assert!(page.contains(&format!("src=\"/media/{digest}/")) && page.contains("#t=760,785\""), "{page}");
    for told in ["12:40–13:05", "Dệt đũi Nam Cao", "Phim: hợp tác xã Nam Cao", "CC BY 4.0", &digest, &format!("href=\"/r/{id}#t=760\"")] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(page.contains("Nguyễn Thị Mận (khoảng 1985), Kéo sợi đũi [phim], đoạn 12:40–13:05, Dệt đũi Nam Cao, Kho thử"), "{page}");
    // The bytes at that address are those of the digest that it names.
    assert!(blake3::hash(&server.get(&format!("/media/{digest}")).body).to_hex().starts_with(file));
    // Whatever is written about the film later, and however the moments are written, the address leads to the same.
    kho.set(&id, &["title=Kéo sợi đũi, 1985"]);
    for same in [address.clone(), format!("/r/{id}/cut?file={}&t=npt:760,785.0", &digest[..12]), format!("/r/{id}/cut?file={digest}&t=0:12:40,785")] {
        let page = server.get(&same);
        assert!(page.status == 200 && page.text().contains("#t=760,785\""), "{same}");
    }
    let bibtex = server.get(&format!("{address}&as=bibtex"));
    assert!(bibtex.header("content-disposition").ends_with("-t12_40-13_05.bib\""), "{}", bibtex.header("content-disposition"));
    assert!(bibtex.text().contains("author = {{Nguyễn Thị Mận}}") && bibtex.text().contains("date = {1985~}"), "{}", bibtex.text());
    let csl = server.get(&format!("{address}&as=csl")).json();
    assert_eq!((&csl[0]["author"], &csl[0]["issued"]), (&json!([{"literal": "Nguyễn Thị Mận"}]), &json!({"date-parts": [[1985]], "circa": true})));
    assert_eq!(csl[0]["URL"], format!("http://{}{address}", server.address()));
    // What cannot be a part of it is not there; what was typed comes back to whoever typed it.
    for wrong in ["t=13:05,12:40", "t=30:01,31:00", "t=x", "xywh=0,0,5,5", ""] {
        assert_eq!(server.get(&format!("/r/{id}/cut?file={file}&{wrong}")).status, 404, "{wrong}");
    }
    assert!(server.get(&format!("/r/{id}/cut")).text().contains("data-cut-form"), "the form by itself");
    for wrong in ["file=0123456789abcdef&t=1,2", &format!("file={}&t=1,2", &digest[..7]), "t=1,2"] {
        assert_eq!(server.get(&format!("/r/{id}/cut?{wrong}")).status, 404, "{wrong}");
    }
    let again = server.get(&format!("/r/{id}/cut?file={file}&from=13%3A05&to=n%E1%BB%ADa")).text();
    assert!(again.contains("value=\"13:05\"") && again.contains("value=\"nửa\"") && again.contains("aria-invalid"), "{again}");
}

/// Other sites may frame the one page that is made for it, and are told its code.
#[test]
fn a_part_stands_in_pages_of_other_sites() {
    let Film { kho, id, digest } = film();
    add(&kho, "lan", &["--role", "archivist"]);
    let server = kho.serve();
    let query = format!("file={}&t=12:40,13:05", &digest[..16]);
    let embedded = server.get(&format!("/r/{id}/embed?{query}"));
    let policy = embedded.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *") && policy.contains("script-src 'none'") && policy.contains("form-action 'none'"), "{policy}");
    let page = embedded.text();
    assert!(
        page.contains("Phim: hợp tác xã Nam Cao") && page.contains("CC BY 4.0") && !page.contains("<form") && !page.contains("<script"),
        "{page}"
    );
    let cut = server.get(&format!("/r/{id}/cut?{query}"));
    assert!(cut.header("content-security-policy").contains("frame-ancestors 'self'"), "no other page may be framed");
    let url = format!("http://{}/r/{id}/cut?{query}", server.address()).replace('&', "%26");
    let told = server.get(&format!("/oembed?url={url}")).json();
    let src = format!("/r/{id}/embed?{}", query.replace('&', "&amp;"));
    assert!(told["type"] == "video" && told["html"].as_str().unwrap().contains(&src), "{told}");
    assert_eq!(server.get(&format!("/oembed?url={}", url.replace("12:40", "99:40"))).status, 404);
    // Whoever is signed in sees in a frame what everyone sees.
    kho.set(&id, &["access=closed"]);
    let mut lan = Person::signed_in(&server, "lan");
    assert_eq!((lan.get(&format!("/r/{id}/cut?{query}")).status, lan.get(&format!("/r/{id}/embed?{query}")).status), (200, 404));
}

/// What is closed, and what has a closed minute anywhere, has no parts: not even that there is one is told.
#[test]
fn what_is_closed_has_no_parts() {
    let Film { kho, id, digest } = film();
    let server = kho.serve();
    let mut anyone = Person::new(&server);
    let parts = |id: &str| {
        let query = format!("file={}&t=12:40,13:05", &digest[..16]);
        ["cut", "embed"].map(|way| format!("/r/{id}/{way}?{query}"))
    };
    for address in parts(&id) {
        assert_eq!(anyone.get(&address).status, 200, "{address}");
    }
    // Two other minutes are closed: nobody has the bytes any more.
    let point = |level: &str| json!([{"time": 60_000, "end": 180_000, "title": {"vi": "bí quyết"}, "access": {"level": level}}]);
    let segments = json!([{"start": 760_000, "end": 770_000, "text": {"vi": "kéo sợi"}}]);
    let transcript = make(
        &kho,
        "transcript",
        &["title=Lời phim", "access=public", &format!("media={id}"), &format!("index_points={}", point("closed")), &format!("segments={segments}")],
    );
    assert_eq!(anyone.get(&format!("/media/{digest}")).status, 404);
    let nothing = |text: &str| text.replace(&id, "00000000000").replace(&digest[..16], "0000000000000000");
    // The links to other themes repeat what was asked.
    let is_like_nothing = |anyone: &mut Person<'_>, address: &str| {
        let (closed, absent) = (anyone.get(address), anyone.get(&nothing(address)));
        assert_eq!((closed.status, absent.status, &closed.headers), (404, 404, &absent.headers), "{address}");
        assert_eq!(nothing(&closed.text()), absent.text(), "{address}");
    };
    for address in parts(&id) {
        is_like_nothing(&mut anyone, &address);
    }
    let page = anyone.get(&format!("/r/{id}")).text();
    assert!(!page.contains(&digest[..16]) && !page.contains("data-cut-form"), "{page}");
    kho.set(&transcript, &[&format!("index_points={}", point("public"))]);
    for address in parts(&id) {
        assert_eq!(anyone.get(&address).status, 200, "open again: {address}");
    }
    kho.set(&id, &["access=research"]);
    for address in parts(&id).into_iter().chain([format!("/r/{id}/cite?as=csl"), format!("/r/{id}/cut?file={}&from=1&to=2", &digest[..16])]) {
        is_like_nothing(&mut anyone, &address);
    }
}

/// Whoever made it and may not be named is not named in a citation either.
#[test]
fn a_citation_names_nobody_who_is_closed() {
    let Film { kho, id, .. } = film();
    add(&kho, "lan", &["--role", "archivist"]);
    let person = kho.record("Nguyễn Thị Mận")["id"].as_str().unwrap().to_owned();
    kho.set(&person, &["access=closed"]);
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let named = |text: &str| text.contains("Nguyễn Thị Mận");
    assert!(!named(&server.get(&format!("/r/{id}")).text()) && !named(&server.get(&format!("/r/{id}/cite?as=bibtex")).text()));
    assert!(named(&lan.get(&format!("/r/{id}/cite?as=bibtex")).text()));
    assert_eq!(place(&server, &format!("/r/{id}/cite")), format!("/r/{id}#cite"));
}

/// A region is exactly that region, and ends where the picture ends.
#[test]
fn a_region_of_a_picture_has_an_address() {
    let kho = Kho::of_samples();
    let record = kho.record("hoa văn nan tre lóng đôi");
    let (id, digest) = (record["id"].as_str().unwrap(), record["files"][0]["digest"].as_str().unwrap());
    let server = kho.serve();
    let record_page = server.get(&format!("/r/{id}")).text();
    let base = format!("/r/{id}/cut?file={}&xywh=", &digest[..16]);
    assert!(record_page.contains(&format!("data-cut=\"{}\"", base.replace('&', "&#38;"))) || record_page.contains(&format!("data-cut=\"{base}\"")));
    assert!(record_page.contains(&format!("data-zoom=\"/iiif/3/{digest}/info.json\"")) && record_page.contains("data-scale=\""), "{record_page}");
    let page = server.get(&format!("{base}100,200,300,150")).text();
    let src = format!("/iiif/3/{digest}/100,200,300,150/max/0/default.jpg");
    assert!(page.contains(&format!("<img src=\"{src}\" width=\"300\" height=\"150\"")), "{page}");
    let drawn = image::load_from_memory(&server.get(&src).body).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (300, 150));
    let (width, height) = (record["files"][0]["technical"]["width"].as_u64().unwrap(), record["files"][0]["technical"]["height"].as_u64().unwrap());
    let edge = server.get(&format!("{base}{},{},5000,5000", width - 40, height - 30)).text();
    assert!(edge.contains(&format!("/{},{},40,30/max/", width - 40, height - 30)), "{edge}");
    for wrong in [format!("{width},0,5,5"), "0,0,0,5".to_owned(), "1,2,3".to_owned(), "%3Cscript%3E".to_owned()] {
        assert_eq!(server.get(&format!("{base}{wrong}")).status, 404, "{wrong}");
    }
    let embedded = server.get(&format!("/r/{id}/embed?file={}&xywh=100,200,300,150", &digest[..16])).text();
    assert!(embedded.contains(&src), "{embedded}");
    let closed = Person::new(&server).get(&format!("{base}0,0,9,9")).status;
    kho.set(id, &["access=closed"]);
    assert_eq!((closed, server.get(&format!("{base}0,0,9,9")).status, server.get(&src).status), (200, 404, 404));
}

/// Two to four pictures stand side by side, chosen in the address; what is closed is as if it were not named.
#[test]
fn pictures_stand_side_by_side() {
    let kho = Kho::of_samples();
    let names = ["hoa chanh", "hoa sen", "đôi tay đan vành", "xe đạp chở đó", "chiếc đó ngoài sân"];
    let ids = names.map(|name| kho.record(name)["id"].as_str().unwrap().to_owned());
    let film = kho.record("chẻ nan và đan đó")["id"].as_str().unwrap().to_owned();
    let server = kho.serve();
    let page = server.get(&format!("/r/{}", ids[0])).text();
    assert!(page.contains(&format!("href=\"/compare?r={}\"", ids[0])), "a record leads there: {page}");
    let address = |ids: &[String]| format!("/compare?{}", ids.iter().map(|id| format!("r={id}")).collect::<Vec<_>>().join("&"));
    let sides = |page: &str| page.matches("<figure class=\"photograph\">").count();
    let one = server.get(&address(&ids[..1])).text();
    let offered = |id: &str| format!("name=\"r\" value=\"{id}\"");
    assert!(sides(&one) == 1 && one.matches("compare-one").count() == 12, "others are offered: {one}");
    let looked_for = server.get(&format!("{}&q=hoa+sen", address(&ids[..1]))).text();
    assert!(looked_for.contains(&offered(&ids[1])) && !looked_for.contains(&offered(&ids[3])), "{looked_for}");
    for count in 2..=4 {
        assert_eq!(sides(&server.get(&address(&ids[..count])).text()), count);
    }
    assert_eq!(sides(&server.get(&address(&ids)).text()), 4, "no more than four");
    kho.set(&ids[1], &["access=closed"]);
    let told = |id: &str| server.get(&address(&[ids[0].clone(), id.to_owned()])).text().replace(id, "ID");
    assert_eq!(told(&ids[1]), told("00000000000"), "what is closed looks like what never was");
    assert!(!told(&ids[1]).contains("Hoa sen nhìn"));
    assert_eq!(sides(&server.get(&address(&[ids[0].clone(), film.clone()])).text()), 1, "a film is no picture");
    for nothing in [&ids[1], &film, "x"] {
        assert_eq!(server.get(&format!("/compare?r={nothing}")).status, 404, "{nothing}");
    }
    let json: Value = server.get(&format!("/api/records/{}", ids[0])).json();
    let exact = format!("{}.{}", ids[0], &json["files"][0]["digest"].as_str().unwrap()[..16]);
    assert_eq!(sides(&server.get(&address(&[exact])).text()), 1, "one of several pictures of a record can be named");
}
