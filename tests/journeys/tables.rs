//! Describing from the shell: fields of the model, new records, tables that become records.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::kho::{Kho, list, shared, write};

/// Makes a record; returns it.
fn new(kho: &Kho, kind: &str, fields: &[&str]) -> Value {
    let (code, record) = kho.json([&["new", kind, "--json"], fields].concat());
    assert_eq!(code, 0, "{record}");
    record
}

pub(crate) fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

/// Writes a table beside the archive.
fn table(kho: &Kho, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = kho.beside(name);
    write(&path, bytes);
    path
}

/// Brings a table in; returns the exit code and the report.
pub(crate) fn import(kho: &Kho, table: &Path, options: &[&str]) -> (i32, Value) {
    kho.json([&["import", table.to_str().unwrap(), "--json"], options].concat())
}

fn totals(report: &Value) -> [u64; 5] {
    ["created", "updated", "unchanged", "refused", "made"].map(|name| report["totals"][name].as_u64().unwrap())
}

fn error(kho: &Kho, arguments: &[&str]) -> (i32, String) {
    let output = kho.run(arguments);
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_fields_of_the_model_are_set_by_words_names_and_codes() {
    let kho = Kho::new();
    let craft = new(&kho, "craft", &["title=đan đó", "title.en=fish-trap weaving", "code=C012"]);
    let place = new(&kho, "place", &["title=Thủ Sỹ", "place_kind=xã", "names=Thủ Sỹ; Thủ Sĩ", "part_of=không rõ", "position=20.69, 106.04"]);
    let practice = new(&kho, "practice", &["title=Đan đó Thủ Sỹ", "craft=C012", "place=Thủ Sĩ", "holders=không rõ"]);
    assert_eq!((&practice["craft"], &practice["place"]), (&craft["id"], &json!([place["id"]])));
    let changed = kho.set(id(&practice), &["origin=hơn 200 năm", "origin+=thế kỷ 18", "alt_names=làng đó", "measures.en=classes"]);
    let wordings: Vec<&str> = list(&changed["origin"]).iter().map(|claim| claim["value"]["wording"].as_str().unwrap()).collect();
    assert_eq!(wordings, ["hơn 200 năm", "thế kỷ 18"]);
    assert_eq!(changed["measures"], json!([{"en": "classes"}]));
    // What is taken away is gone, and the revision before still has it.
    assert!(kho.set(id(&practice), &["measures="])["measures"].is_null());
    let survey =
        new(&kho, "survey", &["title=Điều tra 2025", "practice=Đan đó Thủ Sỹ", "date=2025-02-10", "craft_households=0", "all_households=không rõ"]);
    assert_eq!((&survey["craft_households"], &survey["all_households"]), (&json!(0), &json!({"state": "unknown"})));
    let restricted = kho.set(id(&practice), &["access=community", "access.groups=họ Đào", "access.seasons=15/8 âm lịch", "access.stub=có"]);
    let season = json!([{"lunar": true, "from": [15, 8], "to": [15, 8]}]);
    assert_eq!((&restricted["access"]["groups"], &restricted["access"]["seasons"]), (&json!(["họ Đào"]), &season));
    kho.assert_sound();
}

#[test]
fn what_cannot_be_right_is_refused_with_the_field_named() {
    let kho = Kho::new();
    let place = new(&kho, "place", &["title=Dị Chế", "place_kind=xã"]);
    for (change, expected) in [
        ("place_kind=làng chài", "place_kind cannot be"),
        ("position=120, 500", "position cannot be"),
        ("part_of=Tiên Lữ", "no place has this identifier, code or name"),
        ("place_kind=", "place_kind is missing"),
        ("part_of=[{\"from\": {\"edtf\": \"2024\"}}]", "part_of[0].parent is missing"),
        ("chiều cao=3", "`kho model --kind place` lists them"),
    ] {
        let (code, said) = error(&kho, &["set", id(&place), change]);
        assert!(code == 2 && said.contains(expected), "{change}: {code} {said}");
    }
    assert_eq!(kho.show(id(&place))["revision"], 1);
    new(&kho, "place", &["title=Tân Tiến"]);
    new(&kho, "place", &["title=Tân Tiến"]);
    let (code, said) = error(&kho, &["set", id(&place), "part_of=Tân Tiến"]);
    assert!(code == 2 && said.contains("several records are called so"), "{said}");
    // What was not right before stands in nobody's way.
    kho.set(id(&place), &["description=Nay thuộc Hoàng Hoa Thám."]);
    assert_eq!(error(&kho, &["new", "làng", "title=x"]).0, 2);
    assert_eq!(error(&kho, &["new", "place", "place_kind=xã"]).0, 2);
}

#[test]
fn a_list_without_a_map_becomes_records_and_a_second_time_nothing() {
    let kho = Kho::new();
    let list_of_tools = "Danh mục công cụ 2025\nMã số,Tên,Tên khác,Cách dùng,Ghi chú\nT1,Dao vót,dao nan; dao tre,Vót nan,mượn của bà Nan\nT2,Cưa,,Cưa ống tre,\n\
        T2,Cưa tay,,,\n,Đục,,,\nT4,,,Không tên,\n";
    let table = table(&kho, "công cụ.csv", list_of_tools);
    let (code, looked) = import(&kho, &table, &["--kind", "tool", "--dry-run"]);
    assert_eq!((code, totals(&looked)), (1, [1, 0, 0, 4, 0]), "{looked}");
    assert_eq!(looked["map"]["columns"]["Tên khác"]["field"], "alt_names");
    assert_eq!(kho.records().len(), 0, "a dry run keeps nothing");

    let (code, report) = import(&kho, &table, &["--kind", "tool", "--access", "public"]);
    assert_eq!((code, totals(&report)), (1, [1, 0, 0, 4, 0]), "{report}");
    let reasons: Vec<String> = list(&report["rows"]).iter().filter_map(|row| Some(format!("{} {}", row["row"], row["reason"].as_str()?))).collect();
    for (reason, expected) in
        reasons.iter().zip(["4 the key T2 stands in several rows (4, 5)", "5 the key T2", "6 the column Mã số is empty", "7 it has no title"])
    {
        assert!(reason.starts_with(expected), "{reasons:?}");
    }
    assert_eq!(report["problems"], json!(["row 1 stands above the header and was passed over"]));
    let knife = kho.record("Dao vót");
    assert_eq!(knife["alt_names"], json!([{"name": {"vi": "dao nan"}}, {"name": {"vi": "dao tre"}}]));
    assert_eq!((&knife["code"], &knife["imported"]), (&json!("T1"), &json!({"Ghi chú": "mượn của bà Nan"})));
    // What nobody decided on is not shown to strangers.
    let (_, seen) = kho.json(["show", id(&knife), "--as", "public", "--json"]);
    assert_eq!((&seen[0]["use"], &seen[0]["imported"]), (&json!({"vi": "Vót nan"}), &Value::Null));

    let commits = kho.log().len();
    assert_eq!(totals(&import(&kho, &table, &["--kind", "tool"]).1), [0, 0, 1, 4, 0]);
    assert_eq!(kho.log().len(), commits, "nothing changed, nothing was committed");
    let mended = list_of_tools.replace("Vót nan", "Vót nan, cạo cật").replace("T2,Cưa tay", "T3,Cưa tay").replace("T4,,", "T4,Vồ,");
    fs::write(&table, mended).unwrap();
    assert_eq!(totals(&import(&kho, &table, &["--kind", "tool"]).1), [3, 1, 0, 1, 0]);
    assert_eq!(kho.record("Dao vót")["revision"], 2);
    kho.assert_sound();
}

#[test]
fn old_encodings_and_workbooks_are_read_and_the_guess_is_said() {
    let kho = Kho::new();
    let text = "Mã\tTên\nH1\tnghề đan đó ở làng Thủ Sỹ\n";
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let (code, report) = import(&kho, &table(&kho, "một.tsv", utf16), &["--kind", "practice"]);
    assert_eq!((code, &report["encoding"]["name"]), (0, &json!("UTF-16 LE")));
    let tcvn3 = b"M\xb7,T\xaan\nH2,ngh\xd2 \xae an \xae\xe3 \xeb l\xb5ng Th\xf1 S\xfc, ngh\xd2 \xae\xf3c \xae\xe5ng\n".to_vec();
    let map = table(&kho, "map.toml", "kind = \"practice\"\nkey = \"Mã\"\n[columns]\n\"Tên\" = \"title\"\n");
    let (code, report) = import(&kho, &table(&kho, "hai.csv", tcvn3), &["--map", map.to_str().unwrap()]);
    assert_eq!((code, &report["encoding"]), (0, &json!({"name": "TCVN3 (ABC)", "guessed": true})), "{report}");
    assert_eq!(kho.record("nghề đ an đó ở làng Thủ Sỹ")["code"], "H2");
    let broken = table(&kho, "ảnh.csv", b"PK\x03\x04 is no workbook");
    let (code, said) = error(&kho, &["import", broken.to_str().unwrap(), "--kind", "practice"]);
    assert!(code == 2 && said.contains("ảnh.csv is no table that can be read"), "{said}");
}

#[test]
fn a_map_makes_what_rows_speak_of_and_keeps_claims_with_their_source() {
    let kho = Kho::new();
    let map = table(
        &kho,
        "map.toml",
        r#"
kind = "practice"
key = "id"
as_of = 2023
ignore = ["note"]

[columns]
name = "title"
craft = { field = "craft", create_missing = true }
place = { field = "place", create_missing = true, make = { place_kind = "hamlet" } }
since = { field = "origin", source = "Sổ tay khảo sát" }
class = { field = "plan_class", inner = "value", with = { date = "2023", assessor = "đoàn khảo sát" }, values = { "còn" = "c" } }

[constants]
holders = "không rõ"
"#,
    );
    let rows = "id,name,craft,place,since,class,note,nguồn\nV1,Cao Thôn,làm hương,Cao Thôn,\"\"\"gần 200 năm\"\" (LNV 19504); cuối thế kỷ 18\",còn,bỏ,sách\n\
        V2,Xuân Phao,đúc đồng,Đại Đồng; Cao Thôn,,x,,\nV3,Văn Ổ,đúc đồng,Đại Đồng,,mất,,\n";
    let table = table(&kho, "nghề.csv", rows);
    let options = ["--map", map.to_str().unwrap(), "--access", "public"];
    let (code, report) = import(&kho, &table, &options);
    assert_eq!((code, totals(&report)), (1, [2, 0, 0, 1, 5]), "{report}");
    assert!(report["rows"][2]["reason"].as_str().unwrap().contains("the vocabulary plan_classes has a"), "{report}");
    let practice = kho.record("Cao Thôn");
    let practice = if practice["kind"] == "practice" { practice } else { kho.show(report["rows"][0]["id"].as_str().unwrap()) };
    let source = kho.record("Sổ tay khảo sát");
    let claims = json!([
        {"value": {"edtf": "1823~/1843~", "wording": "gần 200 năm"}, "sources": [{"source": source["id"], "note": {"vi": "LNV 19504"}}]},
        {"value": {"edtf": "1767~/1799", "wording": "cuối thế kỷ 18"}, "sources": [{"source": source["id"]}]},
    ]);
    assert_eq!(practice["origin"], claims);
    assert_eq!(practice["plan_class"], json!([{"value": "c", "date": {"edtf": "2023"}, "assessor": "đoàn khảo sát"}]));
    assert_eq!((&practice["holders"], &practice["imported"]), (&json!({"state": "unknown"}), &json!({"nguồn": "sách"})));
    assert_eq!(kho.record("Đại Đồng")["place_kind"], "hamlet");
    // Claims that people added stay.
    let claimed = kho.set(id(&practice), &["origin+=thế kỷ 17", "title=Hương Cao Thôn"]);
    assert_eq!(list(&claimed["origin"]).len(), 3);
    assert_eq!(totals(&import(&kho, &table, &options).1), [0, 1, 1, 1, 0]);
    let again = kho.show(id(&practice));
    assert_eq!((list(&again["origin"]).len(), &again["title"]["vi"]), (3, &json!("Cao Thôn")));
    kho.assert_sound();
}

#[test]
fn a_row_may_refer_to_a_row_above_it() {
    let kho = Kho::new();
    let map = table(&kho, "map.toml", "kind = \"place\"\nkey = \"mã\"\n[columns]\n\"tên\" = \"title\"\n\"thuộc\" = \"part_of\"\n");
    let rows = "mã,tên,thuộc\nP1,Hưng Yên,không có\nP2,Tiên Lữ,Hưng Yên\nP3,Dị Chế,P2\nP4,Vương,P9\n";
    let (code, report) = import(&kho, &table(&kho, "nơi.csv", rows), &["--map", map.to_str().unwrap()]);
    assert_eq!((code, totals(&report)), (1, [3, 0, 0, 1, 0]), "{report}");
    assert_eq!(kho.record("Dị Chế")["part_of"], json!([{"parent": kho.record("Tiên Lữ")["id"]}]));
}

#[test]
fn wrong_maps_are_wrong_use() {
    let kho = Kho::new();
    let rows = table(&kho, "a.csv", "id,tên\n1,một\n");
    for (map, expected) in [
        ("kind = \"place\"\n", "no column is the key"),
        ("kind = \"làng\"\nkey = \"id\"\n", "what do the rows of a.csv describe"),
        ("kind = \"place\"\nkey = \"mã\"\n", "the table has no column \"mã\""),
        ("kind = \"place\"\nkey = \"id\"\n[columns]\n\"tên\" = \"craft\"\n", "a place has no field \"craft\""),
        ("kind = \"practice\"\nkey = \"id\"\n[columns]\n\"tên\" = { field = \"holders\", create_missing = true }\n", "say with `ref_kind`"),
        ("kind = \"practice\"\nkey = \"id\"\n[columns]\n\"tên\" = \"plan_class\"\n", "say with `inner`"),
        ("kind = \"practice\"\nkey = \"id\"\nkeys = 1\n", "cannot be read"),
    ] {
        let map_file = table(&kho, "map.toml", map);
        let (code, said) = error(&kho, &["import", rows.to_str().unwrap(), "--map", map_file.to_str().unwrap()]);
        assert!(code == 2 && said.contains(expected), "{map}: {code} {said}");
    }
}

/// The map of the founders: their kind in our words, and what is told of their time kept as it is.
const FOUNDERS: &str = r#"
kind = "person"
key = "id"
[columns]
name_vi = "title"
[columns.kind]
field = "person_kind"
values = { "historical, with legend" = "historical", "historical or legendary" = "legendary", "legendary link" = "legendary", "local tradition" = "legendary" }
"#;

/// The map of the gazetteer.
pub(crate) const GAZETTEER: &str = r#"
kind = "practice"
key = "id"
as_of = 2023
[columns]
name_vi = "title"
name_alt = "alt_names"
craft_vi = { field = "craft", create_missing = true }
former_commune = { field = "place", create_missing = true, make = { place_kind = "commune" } }
since_claims = { field = "origin", source = "Bảng nghề Hưng Yên" }
plan_class_hint = { field = "plan_class", inner = "value", with = { date = "2025", assessor = "gợi ý của bảng" }, values = { ab = "u" } }
[constants]
holders = "không rõ"
"#;

#[test]
fn the_gazetteer_and_the_founders_come_in_whole() {
    let (Some(gazetteer), Some(founders)) = (shared("domain/gazetteer_hungyen.csv"), shared("domain/founders.csv")) else { return };
    let kho = Kho::new();
    let map = |name: &str, text: &str| table(&kho, name, text).to_str().unwrap().to_owned();
    let (code, report) = import(&kho, &founders, &["--map", &map("founders.toml", FOUNDERS), "--access", "public"]);
    assert_eq!((code, totals(&report)), (0, [11, 0, 0, 0, 0]), "{report}");
    let options = ["--map", &map("gazetteer.toml", GAZETTEER), "--access", "public"];
    let (code, report) = import(&kho, &gazetteer, &options);
    assert_eq!((code, &totals(&report)[..4]), (0, &[77, 0, 0, 0][..]), "{report}");
    let kinds = |kind: &str| kho.records().iter().filter(|record| record["kind"] == kind).count();
    assert!(kinds("craft") > 20 && kinds("place") > 40, "{} crafts, {} places", kinds("craft"), kinds("place"));
    let cao_thon = kho.show(report["rows"][0]["id"].as_str().unwrap());
    assert_eq!((&cao_thon["code"], list(&cao_thon["origin"]).len(), &cao_thon["plan_class"][0]["value"]), (&json!("V001"), 3, &json!("c")));
    // Found by its craft, its place and its other name.
    for query in ["hương xạ Bảo Khê", "làng hương", "V001"] {
        let answer = kho.search(query, &["--kind", "practice", "--as", "public"]);
        assert!(list(&answer["hits"]).iter().any(|hit| hit["id"] == cao_thon["id"]), "{query}: {answer}");
    }
    assert_eq!(totals(&import(&kho, &gazetteer, &options).1), [0, 0, 77, 0, 0]);
    kho.assert_sound();
}

#[test]
fn a_practice_is_found_by_everything_it_is_called_and_by_nothing_that_is_closed() {
    let kho = Kho::new();
    let open = "access=public";
    let term = new(
        &kho,
        "term",
        &[
            "title=đúc đồng",
            "title.en=bronze casting",
            "alt_labels=đúc đồng thau",
            "alt_labels.en=lost-wax casting",
            "code=C041",
            "facet=C",
            "status=active",
            open,
        ],
    );
    new(&kho, "place", &["title=Hoàng Hoa Thám", "place_kind=xã", open]);
    let closed_unit = new(&kho, "place", &["title=Vương", "place_kind=xã"]);
    new(
        &kho,
        "place",
        &[
            "title=Dị Chế",
            "names=Dị Chế; Dị Chế xưa",
            "part_of=Vương",
            "successors=[{\"place\": \"X\", \"share\": \"whole\"}]".replace("X", id(&kho.record("Hoàng Hoa Thám"))).as_str(),
            open,
        ],
    );
    new(&kho, "craft", &["title=nghề đúc", "term=C041", open]);
    let practice = new(&kho, "practice", &["title=Đa Quang", "craft=nghề đúc", "place=Dị Chế", "code=V077", "measures=mở lớp truyền nghề", open]);
    new(&kho, "person", &["title=Nguyễn Bí Mật", "person_kind=living"]);
    kho.set(id(&practice), &["holders=Nguyễn Bí Mật"]);
    let finds = |query: &str, who: &str| list(&kho.search(query, &["--as", who])["hits"]).iter().any(|hit| hit["id"] == practice["id"]);
    for query in ["Đa Quang", "bronze casting", "lost-wax casting", "đồng thau", "Dị Chế xưa", "Hoàng Hoa Thám", "V077", "truyền nghề"]
    {
        assert!(finds(query, "public"), "{query}");
    }
    for query in ["Vương", "Bí Mật"] {
        assert!(!finds(query, "public") && finds(query, "archivist"), "{query}: whoever may see the other finds by its name");
    }
    // When the unit is opened, what lies in it is found by it, however far down.
    kho.set(id(&closed_unit), &[open]);
    assert!(finds("Vương", "public"));
    kho.set(id(&term), &["title.en=brass founding"]);
    assert!(finds("brass founding", "public"));
    kho.set(id(&closed_unit), &["access=research"]);
    assert!(!finds("Vương", "public"));
    // Terms are found by words and do not crowd the list of what there is.
    let kinds = |query: &str, options: &[&str]| -> Vec<String> {
        list(&kho.search(query, options)["hits"]).iter().map(|hit| hit["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds("lost-wax casting", &[]).contains(&"term".to_owned()));
    assert!(!kinds("", &[]).contains(&"term".to_owned()));
    assert_eq!(kinds("", &["--kind", "term"]), ["term"]);
}

#[test]
fn a_step_or_a_field_that_is_kept_back_leaves_no_word_in_the_search() {
    let kho = Kho::new();
    let steps = json!([
        {"id": "s1", "order": 1, "name": {"vi": "Giã bột"}, "what": {"vi": "giã vỏ bời lời"}, "mode": "hand", "access": {"level": "public"}},
        {"id": "s2", "order": 2, "name": {"vi": "Pha chế"}, "what": {"vi": "thêm trầm kỳ nam"}, "mode": "hand", "access": {"level": "sealed"}},
        {"id": "s3", "order": 3, "name": {"vi": "Xe hương"}, "what": {"vi": "xe bằng tay trái"}, "mode": "hand", "access": {"level": "public", "until": "2099-01-01"}},
    ]);
    let practice = new(&kho, "practice", &["title=Cao Thôn"]);
    let technique = new(
        &kho,
        "technique",
        &[
            "title=Làm hương",
            &format!("practice={}", id(&practice)),
            "version_number=1",
            &format!("steps={steps}"),
            "version_note=công thức quế chi",
            "access=public",
        ],
    );
    kho.set(id(&technique), &["field_access=[{\"field\": \"version_note\", \"access\": {\"level\": \"research\"}}]"]);
    let finds = |query: &str, who: &str| !list(&kho.search(query, &["--as", who])["hits"]).is_empty();
    for (word, public, archivist) in [
        ("bời lời", true, true),
        ("giã bột", true, true),
        ("kỳ nam", false, false),
        ("pha chế", false, false),
        ("quế chi", false, true),
        ("tay trái", true, true),
    ] {
        assert_eq!((finds(word, "public"), finds(word, "archivist")), (public, archivist), "{word}: whoever may read it finds it");
    }
}

/// The map of the museum: what is no field of ours is kept beside the description.
const MUSEUM: &str = r#"
kind = "product"
key = "acno"
key_prefix = "museum:"
language = "en"
ignore = ["url"]
[columns]
title = "title.en"
medium = "description.en"
dateText = "made"
all_artists = { field = "maker", create_missing = true, ref_kind = "person", make = { person_kind = "historical" } }
width = { field = "measures", inner = "value", with = { dimension = "width" } }
height = { field = "measures", inner = "value", with = { dimension = "height" } }
"#;

/// Writes the records of the museum as a table; returns how many there are. Every sixth is enough for a program that was not
/// made fast; `KHO_WHOLE_MUSEUM=1` takes all.
fn museum_table(jsonl_gz: &Path, to: &Path) -> usize {
    const COLUMNS: [&str; 12] =
        ["acno", "title", "all_artists", "dateText", "medium", "width", "height", "dimensions", "creditLine", "acquisitionYear", "groupTitle", "url"];
    let unpacked = Command::new("gzip").arg("-dc").arg(jsonl_gz).output().unwrap();
    assert!(unpacked.status.success());
    let mut table = csv::Writer::from_path(to).unwrap();
    table.write_record(COLUMNS).unwrap();
    let step = if std::env::var_os("KHO_WHOLE_MUSEUM").is_some() { 1 } else { 6 };
    let lines = std::str::from_utf8(&unpacked.stdout).unwrap().lines().step_by(step);
    let mut count = 0;
    for line in lines {
        let record: Value = serde_json::from_str(line).unwrap();
        table
            .write_record(COLUMNS.map(|column| record[column].as_str().map_or_else(|| record[column].to_string().replace("null", ""), str::to_owned)))
            .unwrap();
        count += 1;
    }
    table.flush().unwrap();
    count
}

#[test]
fn a_whole_museum_comes_in_and_a_second_time_nothing() {
    let Some(records) = shared("media/catalogue/tate-artworks-34660.jsonl.gz") else { return };
    let kho = Kho::new();
    let path = kho.beside("museum.csv");
    let count = museum_table(&records, &path) as u64;
    let map = table(&kho, "museum.toml", MUSEUM);
    let options = ["--map", map.to_str().unwrap(), "--access", "public"];
    let (code, report) = import(&kho, &path, &options);
    assert_eq!((code, &totals(&report)[..4]), (0, &[count, 0, 0, 0][..]), "{:?}", report["totals"]);
    assert!(kho.log().len() as u64 <= count / 1000 + 2, "a commit holds a thousand rows");
    let first = kho.show(report["rows"][0]["id"].as_str().unwrap());
    assert_eq!((&first["code"], &first["made"][0]["value"]["wording"]), (&json!("museum:A00002"), &json!("date not known")));
    assert_eq!((&first["measures"][0]["value"]["value"], &first["imported"]["acquisitionYear"]), (&json!(311), &json!("1922")));
    let found = kho.search("Robert Blake frightened figures", &["--as", "public"]);
    assert_eq!(found["hits"][0]["id"], first["id"]);
    assert_eq!(totals(&import(&kho, &path, &options).1), [0, 0, count, 0, 0]);
}

#[test]
fn each_row_is_a_step_a_claim_or_a_unit_and_files_are_found_by_their_path() {
    let kho = Kho::new().file("ảnh/vót nan.jpg", b"\xff\xd8\xff no picture").file("đo\u{301}.txt", "đó");
    kho.ingest();
    let map = |name: &str, text: &str| table(&kho, name, text).to_str().unwrap().to_owned();
    let by_path = map("tệp.toml", "kind = \"file\"\nkey = \"tệp\"\nkey_is = \"path\"\n[columns]\n\"mã\" = \"code\"\n\"tên\" = \"title\"\n");
    let files = table(&kho, "tệp.csv", "tệp,mã,tên\nảnh/vót nan.jpg,A1,Vót nan\nđó.txt,A2,Lời kể\nảnh/không có.jpg,A3,Không\n");
    let (code, report) = import(&kho, &files, &["--map", &by_path]);
    assert_eq!((code, totals(&report)), (1, [0, 2, 0, 1, 0]), "{report}");
    assert!(report["rows"][2]["reason"].as_str().unwrap().contains("no file of the archive stands at"), "{report}");

    new(&kho, "practice", &["title=Đan đó", "code=V9"]);
    let source = new(&kho, "source", &["title=Báo", "code=N1", "source_kind=press", "citation=báo"]);
    let technique = new(&kho, "technique", &["title=Đan đó", "code=KT", "practice=V9", "version_number=1"]);
    let steps_map = map(
        "công đoạn.toml",
        "kind = \"technique\"\nkey = \"kỹ thuật\"\ngroup = \"steps\"\n[columns]\nid = \"id\"\n\"thứ tự\" = \"order\"\n\"tên\" = \"name\"\n\
        name = \"name.en\"\n\"làm gì\" = \"what\"\ntay = \"mode\"\nphim = \"media\"\nxem = \"access\"\n",
    );
    let rows = |first: u8| {
        format!(
            "kỹ thuật,id,thứ tự,tên,name,làm gì,tay,phim,xem,ghi chú\nKT,s1,{first},Chẻ nan,Splitting,chẻ ống tre,hand,,public,bỏ\n\
            KT,s2,2,Vót nan,Shaving,vót cạnh,hand,\"[{{\"\"media\"\":\"\"A1\"\",\"\"start\"\":1500}}]\",public,\nKT8,s1,1,Lạ,,,hand,,,\n"
        )
    };
    let steps = table(&kho, "công đoạn.csv", rows(1));
    let (code, report) = import(&kho, &steps, &["--map", &steps_map]);
    assert_eq!((code, totals(&report)), (1, [0, 2, 0, 1, 0]), "{report}");
    let shown = kho.show(id(&technique));
    assert_eq!((&shown["revision"], shown["steps"][0]["name"].clone()), (&json!(2), json!({"vi": "Chẻ nan", "en": "Splitting"})));
    assert_eq!(shown["steps"][1]["media"], json!([{"media": kho.record("Vót nan")["id"], "start": 1500}]));
    // A step is known by its identifier: moved, it is the same one, with all that was said of it by hand.
    fs::write(&steps, rows(3)).unwrap();
    assert_eq!(totals(&import(&kho, &steps, &["--map", &steps_map]).1), [0, 1, 1, 1, 0]);
    let moved = kho.show(id(&technique));
    assert_eq!((list(&moved["steps"]).len(), &moved["steps"][0]["order"], &moved["steps"][0]["id"]), (2, &json!(3), &json!("s1")));

    let claims_map = map(
        "gốc.toml",
        "kind = \"practice\"\nkey = \"nghề\"\ngroup = \"origin\"\nas_of = 2023\n[columns]\n\"từ\" = \"value\"\n\"nguồn\" = \"sources\"\n\
        tin = \"certainty\"\n",
    );
    let claims = table(&kho, "gốc.csv", "nghề,từ,nguồn,tin\nV9,hơn 200 năm,N1,doubtful\nV9,thế kỷ 15,,\nV9,thế kỷ 14,N7,\n");
    let (code, report) = import(&kho, &claims, &["--map", &claims_map]);
    assert_eq!((code, totals(&report)), (1, [0, 2, 0, 1, 0]), "{report}");
    let origin = json!([
        {"value": {"edtf": "1795~/1820~", "wording": "hơn 200 năm"}, "sources": [{"source": source["id"]}], "certainty": "doubtful"},
        {"value": {"edtf": "14XX", "wording": "thế kỷ 15"}, "sources": {"state": "unknown"}},
    ]);
    let practice = kho.records().into_iter().find(|record| record["code"] == "V9").unwrap();
    assert_eq!(list(&practice["origin"]).len(), 2);
    assert_eq!((&practice["origin"][0]["sources"], &practice["origin"][1]), (&origin[0]["sources"], &origin[1]));
    // What is not there yet is left out if that is wanted, and said.
    let (code, report) = import(&kho, &claims, &["--map", &claims_map, "--leave-missing"]);
    assert_eq!((code, totals(&report)), (0, [0, 1, 2, 0, 0]), "{report}");
    assert!(report["rows"][2]["reason"].as_str().unwrap().contains("no source has this identifier"), "{report}");
    kho.assert_sound();
}

#[test]
fn the_catalogue_of_the_samples_comes_in_whole_and_a_second_time_nothing() {
    let kho = Kho::with_terms();
    kho.ingest_from(&crate::kho::samples(), &["--access", "public"]);
    let folder = crate::kho::samples().parent().unwrap().join("catalogue");
    let mut tables: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.retain(|path| path.extension().is_some_and(|ending| ending == "csv"));
    tables.sort();
    assert!(tables.len() > 20, "{tables:?}");
    let bring_in = || -> Vec<[u64; 5]> {
        let one = |table: &PathBuf| {
            let map = table.with_extension("toml");
            let (code, report) = import(&kho, table, &["--map", map.to_str().unwrap(), "--access", "public"]);
            assert_eq!((code, &report["problems"]), (0, &Value::Null), "{report}");
            totals(&report)
        };
        tables.iter().map(one).collect()
    };
    for (table, [created, updated, unchanged, refused, made]) in tables.iter().zip(bring_in()) {
        assert!(created + updated > 0 && [unchanged, refused, made] == [0, 0, 0], "{}", table.display());
    }
    let commits = kho.log().len();
    for (table, [created, updated, _, refused, made]) in tables.iter().zip(bring_in()) {
        assert_eq!([created, updated, refused, made], [0, 0, 0, 0], "{}", table.display());
    }
    assert_eq!(kho.log().len(), commits, "a second time nothing is written");
    // What is seen from outside: claims that disagree, a film at its steps, a recipe of which only the name is told.
    let public = |code: &str| {
        let record = kho.records().into_iter().find(|record| record["code"] == code).unwrap();
        kho.json(["show", id(&record), "--as", "public", "--json"]).1[0].take()
    };
    assert_eq!(list(&public("V035")["origin"]).len(), 4);
    let film = kho.record("chẻ nan và đan đó");
    assert_eq!(public("KT01")["steps"][0]["media"][0], json!({"media": film["id"], "start": 0, "end": 3000}));
    assert_eq!(
        public("KT05")["steps"][0],
        json!({"id": "huong-1", "order": 1, "name": {"vi": "Pha chế hương liệu", "en": "Compounding the aromatics"}})
    );
    assert!(kho.records().iter().all(|record| record["person_kind"] != "living"), "no living person is named");
    // The minutes of the film at a step are not minutes of the technique.
    let hits = kho.search("hom miệng", &["--as", "public"])["hits"].clone();
    let timed: Vec<&str> = list(&hits).iter().filter(|hit| !hit["at_seconds"].is_null()).map(|hit| hit["kind"].as_str().unwrap()).collect();
    assert_eq!(timed, ["sound"]);
    let found = kho.search("làng Rồng", &["--as", "public", "--kind", "practice"]);
    assert_eq!(found["hits"][0]["title"]["vi"], "Đúc đồng Lộng Thượng");
    let before = kho.records();
    assert!(kho.run(["rebuild"]).status.success());
    assert_eq!(kho.records(), before);
    kho.assert_sound();
}
