//! Material that comes in through the browser: in pieces, over links that break, under names of all kinds.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::kho::{Answer, Kho, Server, wait_until, wav};
use crate::person::{Person, add, hidden_fields};

/// An archive, and two people who may bring something in.
fn office() -> Kho {
    let kho = Kho::new();
    add(&kho, "lan", &["--role", "archivist"]);
    add(&kho, "minh", &["--role", "editor"]);
    add(&kho, "hà", &["--role", "researcher", "--purpose", "luận văn", "--until", "2099-01-01"]);
    kho
}

/// A delivery that somebody began: its address, and the token of its page.
fn begin(person: &mut Person<'_>) -> (String, String) {
    let begun = person.fill("/desk/upload", "/desk/upload", &[]);
    assert_eq!(begun.status, 303, "{}", begun.text());
    let address = begun.header("location").to_owned();
    let page = person.get(&address).text();
    let token = page.split("data-guard=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (address, token)
}

/// Base64, as the protocol wants names.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let held = three.iter().fold(0u32, |held, byte| held << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[(held >> (18 - 6 * place)) as usize & 63]);
            text.push(if place <= three.len() { digit } else { '=' });
        }
    }
    text
}

/// Somebody's requests of the upload protocol.
struct Sending<'a> {
    server: &'a Server,
    cookies: String,
    token: String,
}

impl<'a> Sending<'a> {
    fn new(server: &'a Server, person: &Person<'_>, token: &str) -> Self {
        Self { server, cookies: person.cookie_header(), token: token.to_owned() }
    }

    fn head(&self, method: &str, address: &str, length: usize, more: &[(&str, &str)]) -> String {
        let host = self.server.address();
        let extra: String = more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let ours = format!("Origin: http://{host}\r\nCookie: {}\r\nKho-Guard: {}\r\nTus-Resumable: 1.0.0\r\n", self.cookies, self.token);
        format!("{method} {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{ours}{extra}\r\n")
    }

    /// Sends a request; of the body only what is given, whatever length was announced. Returns status and headers.
    fn ask(&self, method: &str, address: &str, body: &[u8], more: &[(&str, &str)]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        stream.write_all(self.head(method, address, body.len(), more).as_bytes()).unwrap();
        // Who is refused at once does not read to the end.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer}")).parse().unwrap(), answer)
    }

    fn create(&self, delivery: &str, name: &[u8], size: usize) -> (u16, String) {
        let metadata = format!("filename {},modified {}", base64(name), base64(b"1741741000123"));
        let (status, answer) =
            self.ask("POST", &format!("{delivery}/files"), b"", &[("Upload-Length", &size.to_string()), ("Upload-Metadata", &metadata)]);
        (status, header(&answer, "location").unwrap_or(answer))
    }

    fn patch(&self, file: &str, offset: usize, bytes: &[u8]) -> (u16, String) {
        let kind = ("Content-Type", "application/offset+octet-stream");
        self.ask("PATCH", file, bytes, &[kind, ("Upload-Offset", &offset.to_string())])
    }

    /// How much of a file the server says is there.
    fn offset(&self, file: &str) -> usize {
        let (status, answer) = self.ask("HEAD", file, b"", &[]);
        assert_eq!(status, 200, "{answer}");
        header(&answer, "upload-offset").unwrap().parse().unwrap()
    }

    /// Sends a whole file.
    fn bring(&self, delivery: &str, name: &[u8], bytes: &[u8]) {
        let (status, file) = self.create(delivery, name, bytes.len());
        assert_eq!(status, 201, "{file}");
        if !bytes.is_empty() {
            assert_eq!(self.patch(&file, 0, bytes).0, 204);
        }
    }
}

fn header(answer: &str, name: &str) -> Option<String> {
    let found = answer.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)));
    found.map(|(_, value)| value.trim().to_owned())
}

/// Brings a delivery in and waits until it is; returns what its page says then.
fn finish(kho: &Kho, person: &mut Person<'_>, delivery: &str, giver: &str) -> String {
    let action = format!("{delivery}/finish");
    let fields = [("giver", giver), ("agreement", "Biên bản số 7"), ("note", "mang từ nhà cụ")];
    let finished = person.fill(delivery, &action, &fields);
    assert_eq!(finished.status, 303, "{}", finished.text());
    wait_for(kho, delivery);
    person.get(delivery).text()
}

fn wait_for(kho: &Kho, delivery: &str) {
    let told = folder_of(kho, delivery).join("delivery.json");
    let state = || serde_json::from_slice::<Value>(&fs::read(&told).unwrap()).unwrap()["state"].clone();
    wait_until("the delivery is brought in", || state() != "bringing");
    assert_eq!(state(), "done");
}

fn folder_of(kho: &Kho, delivery: &str) -> PathBuf {
    kho.archive().join("uploads").join(delivery.rsplit('/').next().unwrap())
}

/// A link that breaks in the middle of a piece, and then the server itself: the film goes on where it was, and is the same to
/// the last byte.
#[test]
fn an_upload_goes_on_after_a_broken_link_and_a_restart() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let (delivery, token) = begin(&mut lan);
    // No two pieces are alike.
    let film: Vec<u8> = wav(150, 130).iter().enumerate().map(|(place, byte)| byte ^ (place / 7919) as u8 & 3).collect();
    let sending = Sending::new(&server, &lan, &token);
    let name = "phỏng vấn/cụ Mận.wav".as_bytes();
    let (status, file) = sending.create(&delivery, name, film.len());
    assert_eq!(status, 201, "{file}");

    // Half of what was announced comes, then the link is gone.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let piece = [("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", "0")];
    stream.write_all(sending.head("PATCH", &file, film.len(), &piece).as_bytes()).unwrap();
    stream.write_all(&film[..500_000]).unwrap();
    wait_until("the first bytes are on the disk", || sending.offset(&file) > 0);
    let (status, _) = sending.patch(&file, sending.offset(&file), b"x");
    assert!(status == 423 || status == 409, "one at a time: {status}");
    drop(stream);
    wait_until("the file is free again", || sending.patch(&file, film.len() + 1, b"x").0 == 409);
    let here = sending.offset(&file);
    assert!(here > 0 && here <= 500_000, "{here}");
    let refused = lan.fill(&delivery, &format!("{delivery}/finish"), &[]);
    assert_eq!(refused.status, 422, "what is not whole is not brought in");
    assert!(refused.text().contains("tệp gửi dở"));

    // The power goes, and comes back.
    let cookies = lan.cookies.clone();
    drop(server);
    let server = kho.serve();
    let mut lan = Person::new(&server);
    lan.cookies = cookies;
    let sending = Sending::new(&server, &lan, &token);
    assert_eq!(sending.offset(&file), here, "nothing is lost");
    assert_eq!(sending.patch(&file, here, &film[here..]).0, 204);
    assert_eq!(sending.patch(&file, film.len(), b"more").0, 413, "not a byte beyond what was told");
    assert_eq!(sending.offset(&file), film.len());

    let page = finish(&kho, &mut lan, &delivery, "Cụ Mận");
    assert!(page.contains("1 tệp mới"), "{page}");
    let record = kho.record("cụ Mận");
    let kept = &record["files"][0];
    let digest = kept["digest"].as_str().unwrap();
    assert_eq!(fs::read(kho.blob(digest)).unwrap(), film);
    assert_eq!(kept["sha256"], json!(sha256(&film)));
    assert!(kept["paths"][0]["mtime"].as_str().unwrap().starts_with("2025-03-12T00:56:40.123"), "{kept}");
    assert_eq!((&record["access"]["level"], percent(&kept["paths"][0]["raw"])), (&json!("closed"), name.to_vec()));
    let accession = kho.show(kept["paths"][0]["accession"].as_str().unwrap());
    assert_eq!((&accession["giver"], &accession["agreement"]), (&json!("Cụ Mận"), &json!("Biên bản số 7")));
    assert_eq!((&accession["description"]["vi"], &accession["under_way"]), (&json!("mang từ nhà cụ"), &Value::Null));
    assert!(kho.log().iter().skip(1).all(|commit| commit["actor"] == "lan"), "whoever brought it is named");
    assert!(lan.get("/desk").text().contains(&format!("/r/{}", accession["id"].as_str().unwrap())), "the desk leads to it");
    assert!(!folder_of(&kho, &delivery).join("in").exists(), "nothing is kept twice");
    assert_eq!(kho.verify().0, 0);
}

fn percent(raw: &Value) -> Vec<u8> {
    percent_decode_str(raw.as_str().unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let path = tempfile::NamedTempFile::new().unwrap();
    fs::write(path.path(), bytes).unwrap();
    let said = std::process::Command::new("sha256sum").arg(path.path()).output().unwrap();
    String::from_utf8(said.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// Names come to the byte, whatever they are, but for those that lead out of the folder.
#[test]
fn an_upload_keeps_every_name_and_is_led_nowhere() {
    let kho = office();
    let server = kho.serve();
    let mut minh = Person::signed_in(&server, "minh");
    let (delivery, token) = begin(&mut minh);
    let sending = Sending::new(&server, &minh, &token);
    for hostile in [&b"../../../kho.toml"[..], b"/etc/cron.d/x", b"a/../../b", b"..", b"", b"nul\0.txt", &[b'x'; 300]] {
        let (status, said) = sending.create(&delivery, hostile, 1);
        assert_eq!(status, 400, "{}: {said}", hostile.escape_ascii());
        assert!(said.contains("Tên tệp này không giữ được"), "it says why: {said}");
    }
    // TCVN3, NFD, a line's end, markup; and what a telephone calls every picture.
    let names: [&[u8]; 6] = [
        b"l\xb5ng ngh\xd2.txt",
        "nghe\u{302}\u{300} đan.txt".as_bytes(),
        b"hai\nd\xc3\xb2ng.txt",
        b"<img src=x onerror=alert(1)>.txt",
        b"..\\..\\windows.txt",
        b"image.txt",
    ];
    for (number, name) in names.iter().enumerate() {
        sending.bring(&delivery, name, format!("tư liệu {number}").as_bytes());
    }
    sending.bring(&delivery, b"image.txt", "một ảnh khác".as_bytes());
    sending.bring(&delivery, "trống.txt".as_bytes(), b"");
    let page = minh.get(&delivery).text();
    assert!(page.contains("&#60;img src=x") && !page.contains("<img src=x"), "a name is only a name");
    // One is taken back by its button, another by the protocol.
    sending.bring(&delivery, b"nh\xc3\xa2m.txt", b"x");
    let by_mistake = minh.get(&delivery).text();
    let id = by_mistake.split("nhâm.txt").next().unwrap().rsplit("data-id=\"").next().unwrap().split('"').next().unwrap().to_owned();
    let address = format!("{delivery}/remove");
    let guard = hidden_fields(&by_mistake, &address).into_iter().find(|(name, _)| name == "guard").unwrap().1;
    assert_eq!(minh.post(&address, &[("guard", &guard), ("id", &id)]).status, 303);
    let (_, file) = sending.create(&delivery, b"again.txt", 1);
    assert_eq!((sending.ask("DELETE", &file, b"", &[]).0, sending.ask("HEAD", &file, b"", &[]).0), (204, 404));

    finish(&kho, &mut minh, &delivery, "");
    let files = kho.files();
    let expected = names.iter().map(|name| name.to_vec()).chain([b"2/image.txt".to_vec(), "trống.txt".as_bytes().to_vec()]);
    assert_eq!(files.keys().cloned().collect::<std::collections::BTreeSet<_>>(), expected.collect());
    assert_eq!(fs::read_dir(kho.archive()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name() == "x").count(), 0);
    assert_eq!(kho.verify().0, 0);
}

/// Who may not bring anything in gets from every address what the desk gives; a delivery of somebody else is none.
#[test]
fn an_upload_of_a_stranger_is_refused() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let (delivery, token) = begin(&mut lan);
    let (_, file) = Sending::new(&server, &lan, &token).create(&delivery, b"a.txt", 3);
    let (stranger, hà, minh) = (Person::new(&server), Person::signed_in(&server, "hà"), Person::signed_in(&server, "minh"));
    let asks = |person: &Person<'_>, token: &str| -> Vec<u16> {
        let sending = Sending::new(&server, person, token);
        let create = sending.create(&delivery, b"b.txt", 1).0;
        let [patch, head, delete] = [sending.patch(&file, 0, b"abc"), sending.ask("HEAD", &file, b"", &[]), sending.ask("DELETE", &file, b"", &[])];
        vec![create, patch.0, head.0, delete.0]
    };
    assert_eq!(asks(&stranger, &token), [303; 4], "strangers are sent to sign in");
    assert_eq!(asks(&hà, &token), [404; 4], "for others there is nothing");
    assert_eq!(asks(&minh, &token), [403; 4], "a token is good for one session");
    assert_eq!(asks(&lan, "forged"), [403; 4]);
    let mut minh = minh;
    let nothing = minh.get("/desk/upload/00000000000000000000000000000000");
    assert_eq!(minh.get(&delivery).face(), nothing.face(), "another's delivery is none");
    assert!(!minh.get("/desk/upload").text().contains(&delivery));
    let mut forms: Vec<Answer> = Vec::new();
    for end in ["", "/finish", "/discard", "/remove"] {
        forms.push(Person::new(&server).post(&format!("{delivery}{end}"), &[]));
        assert_eq!(lan.post(&format!("{delivery}{end}"), &[("guard", "x")]).status / 100, 4, "{end}");
    }
    assert!(forms.iter().all(|answer| answer.status == 303 && answer.header("location").contains("sign-in")));
    // Another version of the protocol is told which one is spoken.
    let answer = server.ask("OPTIONS", &format!("{delivery}/files"), &[("Cookie", &lan.cookie_header())]);
    assert_eq!((answer.status, answer.header("tus-version"), answer.header("tus-extension")), (204, "1.0.0", "creation,termination"));
    assert_eq!(Sending::new(&server, &lan, &token).offset(&file), 0, "nobody touched it");
    assert!(kho.records().is_empty());
}

/// Without a script a plain form brings whole files; what is refused at the door is told with its reason; and what was being
/// brought in when the server ended is brought in by the next one.
#[test]
fn an_upload_without_script_and_an_ingest_that_was_cut_off() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let (delivery, token) = begin(&mut lan);
    let multipart = |token: &str, files: &[(&str, &str)]| {
        let part = |name: &str, file: &str, text: &str| format!("--ranh\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n");
        let files = files.iter().map(|(name, text)| part("file", &format!("; filename=\"{name}\""), text));
        part("guard", "", token) + &files.collect::<String>() + "--ranh--\r\n"
    };
    let send = |body: &str| {
        let sending = Sending::new(&server, &lan, "");
        sending.ask("POST", &delivery, body.as_bytes(), &[("Content-Type", "multipart/form-data; boundary=ranh")]).0
    };
    assert_eq!(send(&multipart("x", &[("a.txt", "một")])), 403);
    assert_eq!(send(&multipart(&token, &[("../a.txt", "một")])), 400);
    assert_eq!(send(&multipart(&token, &[("đan đó.txt", "một"), ("vót nan.txt", "hai\r\nba")])), 303);
    let page = lan.get(&delivery).text();
    assert!(page.contains("đan đó.txt") && page.contains("vót nan.txt") && !page.contains("a.txt<"));

    // The server ends while the delivery is being brought in.
    let cookies = lan.cookies.clone();
    drop(server);
    let told = folder_of(&kho, &delivery).join("delivery.json");
    let text = fs::read_to_string(&told).unwrap();
    fs::write(&told, text.replace("\"open\"", "\"bringing\"")).unwrap();
    let server = kho.serve();
    wait_for(&kho, &delivery);
    let bytes = |title: &str| fs::read(kho.blob(kho.record(title)["files"][0]["digest"].as_str().unwrap())).unwrap();
    assert_eq!((bytes("đan đó"), bytes("vót nan")), (b"m\xe1\xbb\x99t".to_vec(), b"hai\r\nba".to_vec()));
    let mut lan = Person::new(&server);
    lan.cookies = cookies;
    assert!(lan.get(&delivery).text().contains("2 tệp mới"));

    // A bag that does not agree with itself.
    let (bag, token) = begin(&mut lan);
    let sending = Sending::new(&server, &lan, &token);
    sending.bring(&bag, b"bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    sending.bring(&bag, b"manifest-sha256.txt", format!("{}  data/x.txt\n", "0".repeat(64)).as_bytes());
    sending.bring(&bag, b"data/x.txt", b"hong");
    let page = finish(&kho, &mut lan, &bag, "Ai đó");
    assert!(page.contains("1 tệp không nhận") && page.contains("the bag does not agree"), "{page}");
    let desk = lan.get("/desk").text();
    assert!(desk.contains("the bag does not agree") && desk.contains("2 tệp mới"), "{desk}");
    assert!(folder_of(&kho, &bag).join("in").exists(), "what was refused is not thrown away");
    assert!(!page.contains("/uploads/"), "where the server keeps it is told to nobody");
    assert_eq!(kho.files().len(), 2);
    let discard = lan.fill(&bag, &format!("{bag}/discard"), &[]);
    assert_eq!((discard.status, folder_of(&kho, &bag).exists()), (303, false));
    assert_eq!(kho.verify().0, 0);
}
