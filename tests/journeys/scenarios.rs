//! Scenarios of `domain/scenarios.csv`, by their names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::kho::{Kho, assert_same, list, listing, wait_until, wav, write};

/// A small JPEG, different for each number: EXIF-free, valid, and not worth a look.
fn photo(number: usize) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(48, 32, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, (number % 251) as u8 ^ (x + y) as u8]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture).unwrap();
    // A comment makes every photograph a content of its own.
    let comment = format!("ảnh số {number}");
    let mut segment = vec![0xff, 0xfe];
    segment.extend(u16::try_from(comment.len() + 2).unwrap().to_be_bytes());
    segment.extend(comment.as_bytes());
    bytes.splice(2..2, segment);
    bytes
}

/// The card of 12 March 2025: 412 JPEG, of which 37 are copies under other names, 6 MOV, 3 WAV, 1 DOCX.
fn camera_card(folder: &Path) {
    for number in 0..375 {
        write(&folder.join(format!("DCIM/{}VNPHU/IMG_{:04}.JPG", 100 + number / 100, 4000 + number)), photo(number));
    }
    for number in 0..37 {
        write(&folder.join(format!("chọn lọc/ảnh đẹp ({number}).jpg")), photo(number * 10));
    }
    for number in 0..6 {
        // A film without its index, as a camera leaves it whose battery died: kept all the same.
        let mut film = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec();
        film.extend(format!("\0\0\0\x20mdatđan vành {number:08}").bytes());
        write(&folder.join(format!("DCIM/100VNPHU/MVI_{number:04}.MOV")), film);
    }
    for number in 0..3_u8 {
        write(&folder.join(format!("ghi âm/cụ Mận {number}.wav")), wav(1, 120 + number));
    }
    write(&folder.join("ghi chép.docx"), b"PK\x03\x04 a document that was cut off");
}

/// Ingest a camera card twice, with a power cut during the first run: 385 masters by content, the second run adds
/// what the first had no time for, the third nothing; the card is untouched.
#[test]
fn ar_01_ingest_a_camera_card() {
    let kho = Kho::new();
    let card = kho.source().join("Thủ Sỹ 2025-03-12");
    camera_card(&card);
    let before = listing(&card);
    let mut first = kho.command();
    first.arg("ingest").arg(&card).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    thread::sleep(Duration::from_millis(120));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(kho.verify().0, 0, "nothing is half stored");

    let second = kho.ingest_from(&card, &[]);
    assert_eq!((&second["walked"], &second["refused"]), (&json!(422), &json!([])));
    let third = kho.ingest_from(&card, &[]);
    assert_eq!((&third["stored"], &third["duplicates"], &third["unchanged"], &third["bytes_read"]), (&json!(0), &json!(0), &json!(422), &json!(0)));

    let records = kho.records();
    let masters = records.iter().filter(|record| record["kind"] != "accession").flat_map(|record| record["files"].as_array().into_iter().flatten());
    let mut digests: Vec<&str> = masters.map(|file| file["digest"].as_str().unwrap()).collect();
    assert_eq!(digests.len(), 385, "each content is held once");
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 385);
    assert_eq!(kho.files().len(), 422, "every file has its line");
    assert_same(&before, &listing(&card));
    kho.assert_sound();
}

/// Odd names: NFD, TCVN3 bytes, 240 bytes long, a space at the end. The bytes are exact, the reading is a guess that
/// is found by searching, and the same bytes come out again.
#[test]
fn ar_02_keep_odd_file_names() {
    let long = format!(
        "{}.txt",
        "nghề đan đó ".repeat(15).trim_end().chars().fold(String::new(), |mut name, letter| {
            if name.len() + letter.len_utf8() <= 236 {
                name.push(letter);
            }
            name
        })
    );
    // "Hưng Yên" in TCVN3.
    let tcvn3 = b"l\xb5ng ngh\xd2 H\xadng Y\xaan.txt";
    let names: [&[u8]; 4] = ["d\u{309}an đo\u{301}.txt".as_bytes(), tcvn3, long.as_bytes(), "ảnh cuối ".as_bytes()];
    let kho = Kho::new();
    fs::create_dir_all(kho.source()).unwrap();
    for (number, name) in names.iter().enumerate() {
        fs::write(kho.source().join(OsStr::from_bytes(name)), format!("tư liệu số {number}")).unwrap();
    }
    let account = kho.ingest();
    assert_eq!((&account["stored"], &account["refused"]), (&json!(4), &json!([])));
    let files = kho.files();
    for name in names {
        assert!(files.contains_key(name), "{}", String::from_utf8_lossy(name));
    }
    let (file, record) = &files[&tcvn3[..]];
    assert_eq!(percent_decode_str(file["paths"][0]["raw"].as_str().unwrap()).collect::<Vec<u8>>(), tcvn3);
    assert_eq!((&file["paths"][0]["name"], &record["title"]["vi"]), (&json!("làng nghề Hưng Yên.txt"), &json!("làng nghề Hưng Yên")));
    for words in ["Hưng Yên", "hung yen"] {
        let found = kho.search(words, &[]);
        assert!(list(&found["hits"]).iter().any(|hit| hit["id"] == record["id"]), "{words}: {found}");
    }
}

/// A list that names files describes them; a row without a file is reported, and the guess is recorded.
#[test]
fn a_list_beside_the_photographs_describes_them() {
    let kho = Kho::new();
    let table = "Tên tệp;Tiêu đề;Mô tả;Người chụp;Ghi chú nội bộ\n\
        đó 1.jpg;Chiếc đó đầu mùa;Bà Nan vót nan cật;Lê Thị Mẫu;kho 2\n\
        đó 2.jpg;;Gác bếp hun khói;Lê Thị Mẫu;\n\
        đó 9.jpg;Không còn;;;\n";
    write(&kho.source().join("ảnh/biểu kê.csv"), table);
    for number in 1..=3 {
        write(&kho.source().join(format!("ảnh/đó {number}.jpg")), photo(number));
    }
    let account = kho.ingest();
    let report = &account["tables"][0];
    assert_eq!((&report["rows"], &report["described"]), (&json!(3), &json!(2)));
    assert_eq!(report["without_file"], json!([{"row": 4, "file": "đó 9.jpg", "fits": 0}]));
    assert_eq!((&report["file_column"], &report["columns"]["Tiêu đề"]), (&json!("Tên tệp"), &json!("title")));
    assert_eq!(report["unmapped"], json!(["Ghi chú nội bộ"]), "what is not understood is said");

    let described = kho.record("Chiếc đó đầu mùa");
    assert_eq!(described["description"]["vi"], "Bà Nan vót nan cật");
    assert_eq!(described["described"][0]["row"], 2);
    assert_eq!(described["access"], kho.record("đó 3")["access"], "a list decides nothing about access");
    assert_eq!(kho.record("đó 2")["description"]["vi"], "Gác bếp hun khói");
    assert_eq!(kho.search("vót nan cật", &[])["hits"][0]["id"], described["id"]);
    // The same again says nothing new.
    let again = kho.ingest();
    assert_eq!((&again["tables"], &kho.record("Chiếc đó đầu mùa")["revision"]), (&json!(null), &described["revision"]));
    kho.assert_sound();
}

/// What is one thing becomes one record when the evidence is strong, and a proposal when it is not.
#[test]
fn two_sides_and_many_pages_are_one_record_each() {
    let kho = Kho::new();
    let file = |name: &str, number: usize| write(&kho.source().join(name), photo(number));
    for (number, name) in ["sắc phong-recto.jpg", "sắc phong-verso.jpg", "sổ p001.jpg", "sổ p002.jpg", "sổ p003.jpg"].iter().enumerate() {
        file(name, number);
    }
    file("ảnh_a.jpg", 10);
    write(&kho.source().join("ảnh_b.jpg"), image_of(96, 32));
    file("gia phả trang 1.jpg", 20);
    file("gia phả trang 2.jpg", 21);
    let account = kho.ingest();
    assert_eq!((&account["stored"], &account["walked"]), (&json!(9), &json!(9)), "every file is counted as ever");
    let names = |title: &str| -> Vec<String> {
        let record = kho.record(title);
        list(&record["files"]).iter().map(|file| file["paths"][0]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("sắc phong-recto"), ["sắc phong-recto.jpg", "sắc phong-verso.jpg"]);
    assert_eq!(names("sổ p001"), ["sổ p001.jpg", "sổ p002.jpg", "sổ p003.jpg"]);
    assert_eq!(kho.record("sổ p001")["files"][2]["part"], json!({"how": "page", "number": 3}));
    let proposals: Vec<_> =
        list(&account["proposals"]).iter().map(|proposal| (proposal["path"].as_str().unwrap(), proposal["with"].as_str().unwrap())).collect();
    assert_eq!(proposals, [("gia phả trang 2.jpg", "gia phả trang 1.jpg"), ("ảnh_b.jpg", "ảnh_a.jpg")]);
    let relation = &kho.record("ảnh_b")["relations"][0];
    assert_eq!((&relation["type"], &relation["to"]), (&json!("may-belong-with"), &kho.record("ảnh_a")["id"]));
    assert_eq!(kho.ingest()["unchanged"], 9);
    kho.assert_sound();
}

fn image_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([120, 60, 20]));
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    bytes
}

/// Every delivery has its report, in both languages, as a page and as a table, kept like everything else.
#[test]
fn a_delivery_has_a_report_that_is_kept() {
    let kho = Kho::new().file("đan đó.txt", "Thủ Sỹ").file("bản sao.txt", "Thủ Sỹ").file("ảnh.jpg", "no picture at all");
    std::process::Command::new("mkfifo").arg(kho.source().join("ống")).status().unwrap();
    let (code, account) = kho.json(["ingest".as_ref(), kho.source().as_os_str(), "--json".as_ref(), "--giver".as_ref(), "Bà Nan".as_ref()]);
    assert_eq!(code, 1);
    let accession = kho.show(account["accession"].as_str().unwrap());
    assert_eq!((&accession["giver"], &accession["under_way"]), (&json!("Bà Nan"), &json!(null)));
    let report = |language: &str, mime: &str| -> String {
        let is_it = |file: &&serde_json::Value| file["language"] == language && file["technical"]["mime"] == mime && file["role"] == "report";
        let file = list(&accession["files"]).iter().find(is_it).unwrap_or_else(|| panic!("no report: {accession:#}"));
        fs::read_to_string(kho.blob(file["digest"].as_str().unwrap())).unwrap()
    };
    for (language, words) in [("vi", ["Biên bản tiếp nhận", "Không nhận, và lý do (1)"]), ("en", ["Report of a delivery", "Refused, and why (1)"])]
    {
        let page = report(language, "text/html");
        assert!(words.iter().all(|words| page.contains(words)) && page.contains("ống") && page.contains("Bà Nan"), "{page}");
        assert!(!page.contains("http"), "a report needs no other file");
        let table = report(language, "text/csv");
        assert_eq!(table.lines().count(), 5, "a header, and a line for each of four entries: {table}");
        assert!(table.contains("đan đó.txt") && table.contains("FIFO"));
    }
    let before = kho.show(account["accession"].as_str().unwrap())["revision"].clone();
    kho.json(["ingest".as_ref(), kho.source().as_os_str(), "--json".as_ref()]);
    assert_eq!(kho.show(account["accession"].as_str().unwrap())["revision"], before, "nothing came, nothing is reported");
    kho.assert_sound();
}

/// What was cut off goes on without being told again what it was.
#[test]
fn an_ingest_that_was_cut_off_is_resumed() {
    let kho = Kho::new();
    camera_card(&kho.source());
    let mut first = kho.command();
    first.args(["ingest", "--access", "public", "--jobs", "1", "--no-derivatives"]).arg(kho.source()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    // As soon as something is committed, the power goes.
    while fs::read_dir(kho.archive().join("journal")).unwrap().count() < 2 {
        thread::sleep(Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let resumed = kho.run(["ingest", "--resume", "--json"]);
    let account: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap_or_else(|_| panic!("{resumed:?}"));
    assert_eq!((&account["walked"], &account["refused"]), (&json!(422), &json!([])));
    assert_eq!(kho.records().iter().filter(|record| record["kind"] == "image").filter(|record| record["access"]["level"] != "public").count(), 0);
    let nothing = kho.run(["ingest", "--resume"]);
    assert!(nothing.status.success() && String::from_utf8_lossy(&nothing.stdout).contains("finished"), "{nothing:?}");
    kho.assert_sound();
}

/// A drop folder: what comes in is brought in when nobody writes to it any longer.
#[test]
fn a_drop_folder_is_watched() {
    let kho = Kho::new().file("đầu tiên.txt", "đã có từ trước");
    let mut watching = kho.command();
    watching.args(["ingest", "--watch"]).arg(kho.source()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut watching = watching.spawn().unwrap();
    wait_until("what lay there is brought in", || kho.files().contains_key("đầu tiên.txt".as_bytes()));
    write(&kho.source().join("mới đến/IMG_0001.JPG"), photo(1));
    wait_until("what came is brought in", || kho.files().contains_key("mới đến/IMG_0001.JPG".as_bytes()));
    let stopped = std::process::Command::new("kill").args(["-INT", &watching.id().to_string()]).status().unwrap();
    assert!(stopped.success() && watching.wait().unwrap().success());
    kho.assert_sound();
}

/// The part of VC-01 that is an ingest: what a telephone holds comes in although the link breaks twice, nothing is read
/// twice, and everything is closed until someone decides.
#[test]
fn vc_01_contribute_by_telephone() {
    let kho = Kho::new();
    let telephone = kho.source().join("điện thoại");
    for number in 0..30 {
        write(&telephone.join(format!("IMG_{}.JPG", 4411 + number)), photo(number));
    }
    for number in 0..2 {
        write(&telephone.join(format!("IMG_{}.MOV", 4500 + number)), format!("\0\0\0\x14ftypqt  \0\0\0\0qt  clip {number}"));
    }
    for wait in [40, 90] {
        let mut broken = kho.command();
        broken.arg("ingest").arg(&telephone).stdout(Stdio::null()).stderr(Stdio::null());
        let mut broken = broken.spawn().unwrap();
        thread::sleep(Duration::from_millis(wait));
        broken.kill().unwrap();
        broken.wait().unwrap();
    }
    let account = kho.ingest_from(&telephone, &[]);
    assert_eq!((&account["walked"], &account["refused"], &account["duplicates"]), (&json!(32), &json!([]), &json!(0)));
    let records = kho.records();
    let kinds = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((kinds("image"), kinds("film")), (30, 2));
    assert!(records.iter().filter(|record| record["kind"] != "accession").all(|record| record["access"]["level"] == "closed"));
    kho.assert_sound();
}
