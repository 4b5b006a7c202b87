//! Tables out: the same bytes for the same head, nothing that the viewer may not see, and all of it in again.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::kho::{Kho, list, samples, write};

/// The kinds of the samples' catalogue, files included.
const KINDS: [&str; 16] = [
    "source",
    "image",
    "film",
    "sound",
    "document",
    "place",
    "craft",
    "group",
    "person",
    "material",
    "tool",
    "motif",
    "product",
    "event",
    "recognition",
    "practice",
];

/// The samples with their catalogue.
fn catalogue() -> Kho {
    let kho = Kho::with_terms();
    kho.ingest_from(&samples(), &["--access", "public"]);
    let folder = samples().parent().unwrap().join("catalogue");
    let mut tables: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.retain(|path| path.extension().is_some_and(|ending| ending == "csv"));
    tables.sort();
    for table in &tables {
        let (table, map) = (table.to_str().unwrap(), table.with_extension("toml"));
        let (code, report) = kho.json(["import", table, "--map", map.to_str().unwrap(), "--access", "public", "--json"]);
        assert_eq!(code, 0, "{report}");
    }
    kho
}

/// Writes a table and returns its bytes.
fn export(kho: &Kho, name: &str, options: &[&str]) -> Vec<u8> {
    let to = kho.beside(name);
    let output = kho.run([&["export", "table", to.to_str().unwrap()], options].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(&to).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().trim_start_matches('\u{feff}').to_owned()
}

fn import(kho: &Kho, table: &Path, kind: &str, options: &[&str]) -> (i32, Value) {
    kho.json([&["import", table.to_str().unwrap(), "--kind", kind, "--json"], options].concat())
}

#[test]
fn what_goes_out_comes_in_again_and_goes_out_the_same() {
    let from = catalogue();
    let kinds: Vec<&str> = KINDS.into_iter().chain(["survey", "technique"]).collect();
    let file = |kind: &str, ending: &str| format!("{kind}.{ending}");
    for ending in ["csv", "xlsx", "jsonl"] {
        for kind in &kinds {
            let name = file(kind, ending);
            let first = export(&from, &name, &["--kind", kind]);
            assert_eq!(first, export(&from, &name, &["--kind", kind]), "{name}: the same head gives the same bytes");
        }
    }
    for ending in ["csv", "xlsx", "jsonl"] {
        let to = Kho::with_terms();
        // Records of different kinds name each other: first all of them, then what was left out.
        for _ in 0..2 {
            for kind in &kinds {
                let (code, report) = import(&to, &from.beside(&file(kind, ending)), kind, &["--leave-missing"]);
                assert_eq!(code, 0, "{kind}.{ending}: {report}");
            }
        }
        for kind in &kinds {
            let name = file(kind, ending);
            let (code, report) = import(&to, &from.beside(&name), kind, &[]);
            assert_eq!((code, &report["totals"]["unchanged"]), (0, &report["totals"]["rows"]), "{name}: {report}");
            let (before, after) = (fs::read(from.beside(&name)).unwrap(), export(&to, &name, &["--kind", kind]));
            if ending != "xlsx" {
                assert_eq!(text(&before), text(&after), "{name}");
            }
            assert!(before == after, "{name}");
        }
        to.assert_sound();
    }
}

#[test]
fn nothing_unknown_none_not_applicable_and_zero_differ_and_no_formula_is_made() {
    let kho = Kho::new();
    let new = |fields: &[&str]| assert_eq!(kho.json([&["new", "survey", "--json"], fields].concat()).0, 0);
    new(&["title=Một", "code=A", "craft_households=0", "learners=không áp dụng", "access=public"]);
    new(&["title==1+1", "code=B", "craft_households=không rõ", "workers=1234,5", "access=public"]);
    new(&["title='=dấu", "code=C", "all_households=-3", "revenue=2 tạ", "access=public", "effective_reason={\"vi\": \"không rõ\"}"]);
    new(&["title=Kín", "code=D"]);
    let csv = text(&export(&kho, "điều tra.csv", &["--kind", "survey", "--as", "public"]));
    let expected = "code,title,access,all_households,craft_households,workers,learners,revenue,effective_reason\n\
        A,Một,public,,0,,không áp dụng,,\n\
        B,'=1+1,public,,không rõ,1234.5,,,\n\
        C,''=dấu,public,-3,,,,2 tạ,\"{\"\"vi\"\":\"\"không rõ\"\"}\"\n";
    assert_eq!(csv, expected);
    assert!(text(&export(&kho, "điều tra.csv", &["--kind", "survey"])).contains("\nD,Kín,closed,"), "archivists have it all");
    let lines = text(&export(&kho, "tất cả.jsonl", &["--as", "public"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0],
        json!({"kind": "survey", "code": "A", "title": "Một", "access": "public", "craft_households": 0, "learners": {"state": "not_applicable"}})
    );
    assert_eq!(lines[1]["workers"], json!(1234.5));
    for ending in ["csv", "xlsx", "jsonl"] {
        let other = Kho::new();
        let name = format!("điều tra.{ending}");
        let bytes = export(&kho, &name, &["--kind", "survey"]);
        let (code, report) = import(&other, &kho.beside(&name), "survey", &[]);
        assert_eq!((code, &report["totals"]["created"]), (0, &json!(4)), "{ending}: {report}");
        assert!(export(&other, &name, &["--kind", "survey"]) == bytes, "{ending}");
        assert_eq!(other.record("=1+1")["workers"], json!(1234.5));
    }
}

#[test]
fn a_table_holds_what_its_reader_may_see_and_a_record_without_a_code_is_known_by_its_identifier() {
    let kho = Kho::new();
    let new = |kind: &str, fields: &[&str]| kho.json([&["new", kind, "--json"], fields].concat()).1["id"].as_str().unwrap().to_owned();
    let hidden = new("place", &["title=Nơi kín"]);
    let open = new("place", &["title=Nơi mở", "access=public"]);
    let practice = new("practice", &["title=Nghề", "place=Nơi mở", "access=public"]);
    kho.set(&practice, &[&format!("place+={hidden}")]);
    let technique = new("technique", &["title=Cách làm", &format!("practice={practice}"), "version_number=1", "access=public"]);
    let steps = json!([{"id": "s1", "order": 1, "name": {"vi": "Giã"}, "what": {"vi": "giã bột"}, "mode": "hand", "access": {"level": "public"}},
        {"id": "s2", "order": 2, "name": {"vi": "Pha"}, "what": {"vi": "thêm trầm kỳ nam"}, "mode": "hand", "access": {"level": "closed"}}]);
    kho.set(&technique, &[&format!("steps={steps}")]);
    for ending in ["csv", "xlsx", "jsonl"] {
        let bytes = export(&kho, &format!("mở.{ending}"), &["--as", "public"]);
        let table = String::from_utf8_lossy(&bytes);
        assert!(table.contains("giã bột") && table.contains(&open), "{ending}");
        for word in ["Nơi kín", &hidden, "kỳ nam", "Pha"] {
            assert!(!table.contains(word), "{ending}: {word}");
        }
    }
    // In the archive that it came from, a table changes the records that it names.
    let table = text(&export(&kho, "nơi.csv", &["--kind", "place"]));
    write(&kho.beside("nơi.csv"), table.replace("Nơi mở", "Nơi mở cửa"));
    let (code, report) = import(&kho, &kho.beside("nơi.csv"), "place", &[]);
    assert_eq!((code, &report["totals"]["updated"], &report["totals"]["created"]), (0, &json!(1), &json!(0)), "{report}");
    assert_eq!((&kho.show(&open)["title"]["vi"], &kho.show(&open)["code"]), (&json!("Nơi mở cửa"), &Value::Null));
    assert_eq!(list(&kho.show(&practice)["place"]).len(), 2);
    for (arguments, said) in [(["export", "table", "a.doc"], "says no form"), (["export", "table", "--kind=làng"], "")] {
        let output = kho.run(arguments);
        assert!(output.status.code() == Some(2) && String::from_utf8_lossy(&output.stderr).contains(said));
    }
}
