//! The words of recordings: written down at the desk, found at their minute, and silent where somebody closed them.

use std::fs;

use serde_json::{Value, json};

use crate::kho::{Answer, Kho, list, wav};
use crate::person::{Person, add, hidden_fields, whole_form};

/// A cue of five seconds.
fn cue(number: usize, words: &str) -> String {
    let time = |seconds: usize| format!("{:02}:{:02}:{:02}.000", seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("\n{} --> {}\n{words}\n", time(number * 5), time(number * 5 + 5))
}

fn vtt(words: &[String]) -> String {
    words.iter().enumerate().fold("WEBVTT\n".to_owned(), |text, (number, words)| text + &cue(number, words))
}

/// An interview with timed words beside it, open to everyone, and two people who may edit.
fn interview(words: &[String]) -> (Kho, String) {
    let kho = Kho::new().file("phỏng vấn.wav", wav(2, 130)).file("phỏng vấn.vi.vtt", vtt(words));
    kho.ingest();
    add(&kho, "lan", &["--role", "archivist"]);
    add(&kho, "minh", &["--role", "editor"]);
    let id = kho.record("phỏng vấn")["id"].as_str().unwrap().to_owned();
    kho.set(&id, &["access=public"]);
    (kho, id)
}

/// Begins a transcript as the button on the page of the recording does; returns its identifier.
fn begin(person: &mut Person<'_>, recording: &str) -> String {
    let action = format!("/desk/transcribe/{recording}");
    let answer = person.fill(&format!("/desk/describe/{recording}"), &action, &[]);
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").rsplit('/').next().unwrap().to_owned()
}

/// A row of the form: which segment it was, from, to, who, and the words.
type Row = (String, String, String, String, String);

/// The rows of a transcript as its form shows them.
fn rows(kho: &Kho, id: &str) -> Vec<Row> {
    let clock = |milliseconds: &Value| {
        let milliseconds = milliseconds.as_u64().unwrap();
        format!("{}:{:02}.{:03}", milliseconds / 60_000, milliseconds / 1000 % 60, milliseconds % 1000)
    };
    let row = |(place, segment): (usize, &Value)| {
        let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (place.to_string(), clock(&segment["start"]), clock(&segment["end"]), words(&segment["speaker"]), words(&segment["text"]["vi"]))
    };
    list(&kho.show(id)["segments"]).iter().enumerate().map(row).collect()
}

/// Sends the form of a transcript with these rows.
fn send(person: &mut Person<'_>, id: &str, base: &str, rows: &[Row], more: &[(&str, &str)]) -> Answer {
    let address = format!("/desk/transcripts/{id}");
    let hidden = hidden_fields(&person.get(&address).text(), &address);
    let guard = hidden.iter().find(|(name, _)| name == "guard").unwrap().1.clone();
    let mut fields = vec![("guard", guard.as_str()), ("base", base), ("title.vi", "Lời kể")];
    for (was, start, end, speaker, words) in rows {
        fields.extend([("seg.was", was.as_str()), ("seg.start", start), ("seg.end", end), ("seg.speaker", speaker), ("seg.language", "")]);
        fields.extend([("seg.text.vi", words.as_str()), ("seg.text.en", "")]);
    }
    fields.extend(more);
    person.post(&address, &fields)
}

/// An interview of 68 minutes: the machine's words are corrected, parted by speaker, indexed and verified.
#[test]
fn ar_05_transcribe_and_index() {
    // Every twenty-fifth segment was misheard: four in a hundred.
    let is_wrong = |number: usize| number % 25 == 7;
    let words: Vec<String> =
        (0..816).map(|number| if is_wrong(number) { format!("gấc bíp số {number}") } else { format!("chẻ nan lượt {number}") }).collect();
    let (kho, recording) = interview(&words);
    let make = |fields: &[&str]| {
        let (code, made) = kho.json([&["new", "term", "--json"], fields].concat());
        assert_eq!(code, 0, "{made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let term = make(&["title=gác bếp", "title.en=kitchen loft", "access=public"]);
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let id = begin(&mut lan, &recording);
    let drafted = kho.show(&id);
    assert_eq!((drafted["state"].as_str(), drafted["by"].as_str(), list(&drafted["segments"]).len()), (Some("machine"), Some("lan"), 816));
    let page = lan.get(&format!("/desk/transcripts/{id}")).text();
    assert!(page.contains("gấc bíp số 807") && page.contains("data-player"), "words and player stand side by side");

    // What the machine heard is corrected, and not shown before somebody has checked it.
    let mut corrected = rows(&kho, &id);
    for (number, row) in corrected.iter_mut().enumerate().filter(|(number, _)| is_wrong(*number)) {
        row.4 = format!("gác bếp hun khói {number}");
    }
    let draft = send(&mut lan, &id, "1", &corrected, &[("state", "draft"), ("access", "public")]);
    assert_eq!(draft.status, 303, "{}", draft.text());
    let mut anyone = Person::new(&server);
    assert_eq!(anyone.get(&format!("/r/{id}")).status, 404);
    assert_eq!(anyone.get(&format!("/r/{id}.ohms.xml")).status, 404);
    assert_eq!(anyone.get(&format!("/r/{id}.vi.vtt")).status, 404);
    assert!(!anyone.get(&format!("/r/{recording}")).text().contains("gác bếp"));
    assert_eq!(anyone.get("/api/search?q=%22g%C3%A1c+b%E1%BA%BFp+hun%22").json()["total"], 0);

    // The first segment is two people's: the server parts it where there is no script, and each gets a name.
    let mut asked = rows(&kho, &id);
    asked[0].4 = "Ai dạy ông? Cha tôi dạy.".to_owned();
    let parted = send(&mut lan, &id, "2", &asked, &[("do", "split:0")]);
    assert_eq!((parted.status, kho.show(&id)["revision"].as_u64()), (200, Some(2)), "nothing is saved by that");
    assert!(parted.text().contains("value=\"0:02.500\""));
    let second = (String::new(), "0:02.500".to_owned(), "0:05.000".to_owned(), "cụ Mận".to_owned(), "Cha tôi dạy.".to_owned());
    asked[0] = ("0".to_owned(), "0:00.000".to_owned(), "0:02.500".to_owned(), "người hỏi".to_owned(), "Ai dạy ông?".to_owned());
    asked.insert(1, second);
    let point = [
        ("point[0].was", ""),
        ("point[0].time", "47:10"),
        ("point[0].end", "48:00"),
        ("point[0].title.vi", "Gác bếp hun khói"),
        ("point[0].title.en", "Smoking above the hearth"),
        ("point[0].synopsis.vi", "Treo đó trên gác bếp ba tháng."),
        ("point[0].synopsis.en", "The traps hang above the hearth for three months."),
        ("point[0].terms", term.as_str()),
        ("state", "verified"),
        ("by", "lan, cụ Mận"),
        ("access", "public"),
    ];
    let verified = send(&mut lan, &id, "2", &asked, &point);
    assert_eq!(verified.status, 303, "{}", verified.text());
    let record = kho.show(&id);
    assert_eq!((list(&record["segments"]).len(), &record["segments"][1]["speaker"]), (817, &json!("cụ Mận")));
    assert_eq!(record["index_points"][0]["time"], 2_830_000);

    // 4,160 seconds are minute 69:20, and 807 was heard at 67:15.
    let found = kho.search("\"gác bếp hun khói 807\"", &["--as", "public"]);
    let hits = list(&found["hits"]);
    assert!(hits.iter().any(|hit| hit["id"] == id && hit["at_seconds"] == 4035.0), "{found}");
    assert!(hits.iter().any(|hit| hit["id"] == recording && hit["at_seconds"] == 4035.0), "the recording is found by it as well: {found}");
    assert_eq!(kho.search("\"gấc bíp\"", &["--as", "public"])["total"], 0, "what was misheard is found no longer");
    let page = anyone.get(&format!("/r/{recording}")).text();
    assert!(page.contains("gác bếp hun khói 807") && !page.contains("gấc bíp") && page.contains("Smoking") | page.contains("Gác bếp hun khói"));
    assert!(anyone.get(&format!("/r/{id}.vi.vtt")).text().contains("01:07:15.000 --> 01:07:20.000\ngác bếp hun khói 807"));

    // The time index goes out in both languages, by the address and by the command, for who may see it.
    let to = kho.beside("ohms.xml");
    assert!(kho.run(["export", "ohms", &id, to.to_str().unwrap(), "--as", "public"]).status.success());
    let xml = fs::read_to_string(&to).unwrap();
    assert_eq!(anyone.get(&format!("/r/{id}.ohms.xml")).text(), xml);
    for expected in [
        "<time>2830</time>",
        "<title>Gác bếp hun khói</title>",
        "<title_alt>Smoking above the hearth</title_alt>",
        "<synopsis>Treo đó trên gác bếp ba tháng.</synopsis>",
        "<synopsis_alt>The traps hang above the hearth for three months.</synopsis_alt>",
        "<keywords>gác bếp</keywords>",
        "<keywords_alt>kitchen loft</keywords_alt>",
        "<interviewee>cụ Mận</interviewee>",
    ] {
        assert!(xml.contains(expected), "{expected} is not in {xml}");
    }
    assert_eq!(kho.run(["export", "ohms", &id, to.to_str().unwrap()]).status.code(), Some(3), "what is there is not overwritten");
    kho.set(&id, &["access=closed"]);
    let (closed, recorded) = (kho.beside("closed.xml"), kho.beside("no.xml"));
    assert_eq!(kho.run(["export", "ohms", &id, closed.to_str().unwrap(), "--as", "public"]).status.code(), Some(1));
    assert_eq!(kho.run(["export", "ohms", &recording, recorded.to_str().unwrap()]).status.code(), Some(2));
    assert!(!closed.exists() && !recorded.exists());
    assert_eq!(kho.search("\"gác bếp hun khói\"", &["--as", "public"])["total"], 0, "closed again, it is found nowhere");
    assert_eq!(kho.verify().0, 0);
}

/// Two people at one transcript: what each does in another segment stays, and in the same one the second is told.
#[test]
fn two_editors_of_one_transcript_lose_nothing() {
    let words: Vec<String> = ["một", "hai", "ba", "bốn", "năm"].map(str::to_owned).to_vec();
    let (kho, recording) = interview(&words);
    let server = kho.serve();
    let (mut lan, mut minh) = (Person::signed_in(&server, "lan"), Person::signed_in(&server, "minh"));
    let id = begin(&mut lan, &recording);
    let opened = rows(&kho, &id);
    let said = || rows(&kho, &id).into_iter().map(|row| row.4).collect::<Vec<_>>().join(" ");

    // Lan parts the second segment; Minh, whose form is older, corrects the fourth and takes the last away.
    let mut hers = opened.clone();
    hers[1].4 = "hai-a".to_owned();
    hers.insert(2, (String::new(), "0:07.500".into(), "0:10.000".into(), String::new(), "hai-b".into()));
    assert_eq!(send(&mut lan, &id, "1", &hers, &[]).status, 303);
    let mut his = opened.clone();
    his[3].4 = "BỐN".to_owned();
    his.pop();
    let answer = send(&mut minh, &id, "1", &his, &[]);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(said(), "một hai-a hai-b ba BỐN");
    assert_eq!(kho.log().last().unwrap()["actor"], "minh");

    // The same segment: nothing is written, and both are shown.
    let opened = rows(&kho, &id);
    let change = |words: &str| {
        let mut rows = opened.clone();
        rows[0].4 = words.to_owned();
        rows
    };
    let mut hers = change("một, Lan nghe");
    hers[3].4 = "ba, Lan sửa".to_owned();
    assert_eq!(send(&mut lan, &id, "3", &hers, &[]).status, 303);
    let quarrel = send(&mut minh, &id, "3", &change("một, Minh nghe"), &[]);
    assert_eq!(quarrel.status, 409);
    let page = quarrel.text();
    assert!(page.contains("một, Lan nghe") && page.contains("một, Minh nghe"), "{page}");
    assert_eq!(kho.show(&id)["segments"][0]["text"]["vi"], "một, Lan nghe");
    assert!(page.contains("ba, Lan sửa"), "the form stands on what the other wrote elsewhere");
    // Sent again as it is shown, it takes nothing else back.
    let address = format!("/desk/transcripts/{id}");
    let shown = whole_form(&page, &address);
    let shown: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(minh.post(&address, &shown).status, 303, "looked at again, it is a decision");
    assert_eq!(said(), "một, Minh nghe hai-a hai-b ba, Lan sửa BỐN");

    // What is wrong is told beside its row, and nothing of the form is lost.
    let mut wrong = rows(&kho, &id);
    wrong[2].1 = "nửa đêm".to_owned();
    wrong[3].4 = "chưa lưu".to_owned();
    let refused = send(&mut lan, &id, "5", &wrong, &[]);
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("nửa đêm") && refused.text().contains("chưa lưu") && refused.text().contains("href=\"#s2\""));
    assert_eq!(Person::new(&server).get(&format!("/desk/transcripts/{id}")).status, 303, "strangers are sent to sign in");
    assert_eq!(lan.get(&format!("/desk/transcripts/{recording}")).status, 404, "a recording is no transcript");
    assert_eq!(kho.verify().0, 0);
}

/// Minutes that a transcript closes are closed in the words beside the recording, too: on its page, in captions, in the
/// bytes, in search and in the form of another transcript. It makes no difference that the transcript is only a draft.
#[test]
fn closed_minutes_are_closed_beside_the_recording() {
    let words: Vec<String> = ["mở đầu", "bimatphuthai", "kết thúc"].map(str::to_owned).to_vec();
    let (kho, recording) = interview(&words);
    let record = kho.show(&recording);
    let file = list(&record["files"]).iter().find(|file| file["role"] == "transcript").unwrap();
    let digest = file["digest"].as_str().unwrap();
    let server = kho.serve();
    let mut anyone = Person::new(&server);
    let (page, bytes, captions) = (format!("/r/{recording}"), format!("/media/{digest}"), format!("/derived/{digest}/captions"));
    for open in [&page, &bytes, &captions] {
        assert!(anyone.get(open).text().contains("bimatphuthai"), "{open}");
    }
    assert_eq!(kho.search("bimatphuthai", &["--as", "public"])["total"], 1);
    let mut lan = Person::signed_in(&server, "lan");
    let id = begin(&mut lan, &recording);
    let sealed = [
        ("point[0].was", ""),
        ("point[0].time", "0:05"),
        ("point[0].end", "0:10"),
        ("point[0].title.vi", "bí quyết"),
        ("point[0].access[0].level", "sealed"),
    ];
    let closed = send(&mut lan, &id, "1", &rows(&kho, &id), &sealed);
    assert_eq!(closed.status, 303, "{}", closed.text());
    let check = |who: &mut Person<'_>, name: &str| {
        for address in [&page, &captions, &format!("/r/{recording}.json"), &format!("/api/records/{recording}"), &format!("/desk/transcripts/{id}")] {
            assert!(!who.get(address).text().contains("bimatphuthai"), "{name}: {address}");
        }
        assert!(who.get(&page).text().contains("mở đầu") && who.get(&captions).text().contains("kết thúc"), "{name}: the rest stays");
        assert_eq!(who.get(&bytes).status, 404, "{name}: nobody has the whole file");
        assert!(!who.get(&page).text().contains(digest), "{name}: nor is it told where it is");
    };
    check(&mut anyone, "anyone");
    check(&mut lan, "the archivist");
    for who in ["public", "archivist"] {
        assert_eq!(kho.search("bimatphuthai", &["--as", who])["total"], 0, "{who}");
        assert_ne!(kho.search("\"kết thúc\"", &["--as", who])["total"], 0, "{who}");
    }
    // The editor sees the others, and saving them leaves the sealed segment and the sealed point where they are.
    let form = lan.get(&format!("/desk/transcripts/{id}")).text();
    assert!(form.contains("kết thúc") && !form.contains("bí quyết"), "{form}");
    let seen: Vec<Row> = rows(&kho, &id).into_iter().filter(|row| row.4.as_str() != "bimatphuthai").collect();
    let answer = send(&mut lan, &id, "2", &seen, &[("state", "verified"), ("access", "public")]);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let kept = kho.json(["log", "--json"]);
    assert_eq!(kept.0, 0);
    check(&mut anyone, "anyone, once it is verified");
    assert!(!anyone.get(&format!("/r/{id}")).text().contains("bimatphuthai"));
    let (code, shown) = kho.json(["show", &id, "--history", "--json"]);
    assert_eq!(code, 0);
    let last = list(&shown[0]["revisions"]).last().unwrap();
    assert_eq!((list(&last["record"]["segments"]).len(), list(&last["record"]["index_points"]).len()), (3, 1));
    // Another transcript begun from the same file does not learn them either.
    let another = begin(&mut lan, &recording);
    assert_eq!(list(&kho.show(&another)["segments"]).len(), 2);
    // Nor does anything open because the law took the transcript away: now nobody knows which minutes it closed.
    for id in [&id, &another] {
        assert_eq!(kho.run(["erase", id, "--reason", "Điều 16", "--yes"]).status.code(), Some(0));
    }
    for who in [&mut anyone, &mut lan] {
        let text = who.get(&page).text();
        assert!(!text.contains("bimatphuthai") && !text.contains("mở đầu"), "{text}");
        assert_eq!((who.get(&bytes).status, who.get(&captions).status), (404, 404));
    }
    assert_eq!(kho.search("bimatphuthai", &[])["total"], 0);
    assert_eq!(kho.verify().0, 0);
}
