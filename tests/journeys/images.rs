//! Looking closely, as other people's viewers do: the Image API, who is given what, and what becomes of damaged packs.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use image::{ImageFormat, RgbImage};
use serde_json::json;

use crate::kho::{Kho, Server};
use crate::person::{Person, add};

/// A sheet with a pattern, large enough for several levels.
fn sheet(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, if (x / 50 + y / 50) % 2 == 0 { 40 } else { 200 }])
    })
}

fn bytes_of(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An archive with one sheet of 1500 × 1100 pixels: its record, and its digest.
fn with_a_sheet(access: &str) -> (Kho, String, String) {
    let kho = Kho::new().file("hoa văn chiếu.jpg", bytes_of(&sheet(1500, 1100), ImageFormat::Jpeg));
    kho.ingest_from(&kho.source(), &["--access", access]);
    let record = kho.record("hoa văn chiếu");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (id, digest) = (text(&record["id"]), text(&record["files"][0]["digest"]));
    (kho, id, digest)
}

/// Every way to something of a picture.
fn ways(digest: &str) -> Vec<String> {
    let asked =
        ["info.json", "0,0,512,512/512,512/0/default.jpg", "full/max/0/default.jpg", "100,100,300,300/200,/90/gray.png", "square/50,/0/bitonal.jpg"];
    [2, 3].iter().flat_map(|version| asked.map(|asked| format!("/iiif/{version}/{digest}/{asked}"))).collect()
}

fn statuses(server: &Server, digest: &str) -> Vec<u16> {
    ways(digest).iter().map(|way| server.get(way).status).collect()
}

fn pack(kho: &Kho, digest: &str) -> PathBuf {
    kho.archive().join(format!("cache/derivatives/{}/{digest}.tiles-1.pack", &digest[..2]))
}

#[test]
fn a_sheet_is_looked_at_by_its_tiles() {
    let (kho, _, digest) = with_a_sheet("public");
    let server = kho.serve();
    assert!(!pack(&kho, &digest).exists(), "a photograph is cut when somebody looks at it");
    let info = server.get(&format!("/iiif/3/{digest}/info.json"));
    let told = info.json();
    assert_eq!((info.header("content-type"), info.header("access-control-allow-origin")), ("application/json", "*"));
    assert_eq!(told["id"], format!("http://{}/iiif/3/{digest}", server.address()));
    assert_eq!((&told["width"], &told["height"], &told["profile"]), (&json!(1500), &json!(1100), &json!("level2")));
    assert_eq!(told["tiles"], json!([{"width": 512, "height": 512, "scaleFactors": [1, 2, 4]}]));
    assert_eq!(told["sizes"], json!([{"width": 375, "height": 275}, {"width": 750, "height": 550}, {"width": 1500, "height": 1100}]));
    for size in told["sizes"].as_array().unwrap() {
        let answer = server.get(&format!("/iiif/3/{digest}/full/{},{}/0/default.jpg", size["width"], size["height"]));
        let picture = image::load_from_memory(&answer.body).unwrap();
        assert_eq!((json!(picture.width()), json!(picture.height())), (size["width"].clone(), size["height"].clone()));
    }
    // At full size, a tile is a piece of the photograph itself.
    let tile = server.get(&format!("/iiif/3/{digest}/1024,512,476,512/476,512/0/default.jpg"));
    assert_eq!((tile.status, tile.header("content-type"), tile.header("cache-control")), (200, "image/jpeg", "max-age=600, must-revalidate"));
    let whole = image::load_from_memory(&fs::read(kho.blob(&digest)).unwrap()).unwrap().to_rgb8();
    let there = image::imageops::crop_imm(&whole, 1024, 512, 476, 512).to_image();
    assert!(image::load_from_memory(&tile.body).unwrap().to_rgb8() == there);
    let canonical = format!("<http://{}/iiif/3/{digest}/1024,512,476,512/max/0/default.jpg>;rel=\"canonical\"", server.address());
    assert!(tile.header("link").contains(&canonical), "{}", tile.header("link"));
    let again = server.ask("GET", &format!("/iiif/3/{digest}/1024,512,476,512/476,512/0/default.jpg"), &[("If-None-Match", tile.header("etag"))]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn what_is_asked_wrongly_is_told_apart_from_what_is_not_done() {
    let (kho, _, digest) = with_a_sheet("public");
    let server = kho.serve();
    let cases = [
        ("3", "full/full/0/default.jpg", 400),
        ("2", "full/full/0/default.jpg", 200),
        ("3", "full/2000,/0/default.jpg", 400),
        ("3", "full/%5E2000,/0/default.jpg", 200),
        ("3", "full/^100000,/0/default.jpg", 400),
        ("3", "1500,0,10,10/max/0/default.jpg", 400),
        ("3", "full/max/45/default.jpg", 501),
        ("3", "full/max/0/default.gif", 400),
        ("3", "full/max/!180/color.png", 200),
        ("1", "full/max/0/default.jpg", 404),
        ("3", "", 404),
    ];
    for (version, asked, status) in cases {
        let answer = server.get(&format!("/iiif/{version}/{digest}/{asked}"));
        assert_eq!(answer.status, status, "{version} {asked}");
    }
    let redirect = server.get(&format!("/iiif/2/{digest}"));
    assert_eq!((redirect.status, redirect.header("location")), (303, &*format!("http://{}/iiif/2/{digest}/info.json", server.address())));
    let asked = server.ask("OPTIONS", &format!("/iiif/3/{digest}/info.json"), &[("Origin", "https://mirador.example")]);
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, "*"));
    let linked = server.ask("GET", &format!("/iiif/3/{digest}/info.json"), &[("Accept", "application/ld+json")]);
    assert_eq!(linked.header("content-type"), "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"");
}

#[test]
fn whoever_knows_the_digest_of_a_closed_picture_is_told_nothing() {
    let (kho, id, digest) = with_a_sheet("closed");
    add(&kho, "lưu trữ", &["--role", "archivist"]);
    let server = kho.serve();
    let nowhere = "0".repeat(64);
    for (closed, absent) in ways(&digest).iter().zip(ways(&nowhere)) {
        assert_eq!(server.get(closed).face(), server.get(&absent).face(), "{closed}");
        assert_eq!(server.get(closed).status, 404);
    }
    assert!(!pack(&kho, &digest).exists(), "nobody who may not have it makes the machine work");
    // The archivist looks at it, and that is written down; strangers still may not.
    let mut archivist = Person::signed_in(&server, "lưu trữ");
    for way in ways(&digest) {
        let answer = archivist.get(&way);
        assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-cache"), "{way}");
    }
    let audit: String = fs::read_dir(kho.archive().join("audit")).unwrap().map(|month| fs::read_to_string(month.unwrap().path()).unwrap()).collect();
    assert_eq!(audit.matches(&digest).count(), 1, "once, not for each tile: {audit}");
    assert!(statuses(&server, &digest).iter().all(|status| *status == 404));
    // Opened, looked at, and withdrawn again by another process while the viewer runs.
    kho.set(&id, &["access=public"]);
    assert!(statuses(&server, &digest).iter().all(|status| *status == 200));
    kho.set(&id, &["access=closed"]);
    assert!(statuses(&server, &digest).iter().all(|status| *status == 404));
    // And once more, so that nothing that was remembered comes back.
    kho.set(&id, &["access=public"]);
    assert_eq!(statuses(&server, &digest), [200; 10]);
}

#[test]
fn of_an_erased_picture_no_tile_is_left() {
    let (kho, id, digest) = with_a_sheet("public");
    let server = kho.serve();
    assert_eq!(statuses(&server, &digest), [200; 10]);
    assert!(pack(&kho, &digest).exists());
    let (code, told) = kho.json(["erase", &id, "--reason", "đơn của gia đình, Điều 16", "--yes", "--json"]);
    assert_eq!(code, 0, "{told}");
    assert!(!pack(&kho, &digest).exists());
    assert_eq!(statuses(&server, &digest), [410; 10]);
}

#[test]
fn a_damaged_pack_is_made_again() {
    let (kho, _, digest) = with_a_sheet("public");
    let tile = format!("/iiif/3/{digest}/512,512,512,512/512,512/0/default.jpg");
    let (before, whole) = {
        let server = kho.serve();
        let before = server.get(&tile);
        (before.body, fs::read(pack(&kho, &digest)).unwrap())
    };
    let mut holes = whole.clone();
    holes[2000..].fill(0);
    for damaged in [&b""[..], b"kho-tile", &whole[..100], &whole[..whole.len() / 2], &holes] {
        fs::write(pack(&kho, &digest), damaged).unwrap();
        let server = kho.serve();
        let after = server.get(&tile);
        assert!(after.status == 200 && after.body == before, "{} bytes", damaged.len());
        assert!(fs::read(pack(&kho, &digest)).unwrap() == whole);
    }
    // Tiles that are only drawn from find the damage, too; and a running viewer bears that everything it made is deleted.
    fs::write(pack(&kho, &digest), &holes).unwrap();
    let server = kho.serve();
    assert_eq!(server.get(&format!("/iiif/3/{digest}/500,500,600,500/300,/0/default.jpg")).status, 200);
    fs::remove_dir_all(kho.archive().join("cache/derivatives")).unwrap();
    assert_eq!(server.get(&tile).status, 200);
}

#[test]
fn the_smallest_picture_has_a_service_and_a_text_has_none() {
    let kho = Kho::new().file("chấm.png", bytes_of(&sheet(1, 1), ImageFormat::Png)).file("đó.txt", "Cái đó đan bằng nan tre.\n");
    let kho = kho.file("hỏng.png", &bytes_of(&sheet(40, 40), ImageFormat::Png)[..60]);
    kho.ingest_from(&kho.source(), &["--access", "public"]);
    let server = kho.serve();
    let digest = |name: &str| kho.record(name)["files"][0]["digest"].as_str().unwrap().to_owned();
    assert_eq!(server.get(&format!("/iiif/3/{}/info.json", digest("chấm"))).json()["width"], 1);
    assert_eq!(server.get(&format!("/iiif/3/{}/full/^200,/0/default.png", digest("chấm"))).status, 200);
    for name in ["đó", "hỏng"] {
        assert_eq!(server.get(&format!("/iiif/3/{}/info.json", digest(name))).status, 404, "{name}");
        assert_eq!(server.get(&format!("/iiif/3/{}/full/max/0/default.jpg", digest(name))).status, 404, "{name}");
    }
}
