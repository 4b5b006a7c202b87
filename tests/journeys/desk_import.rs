//! Tables at the desk: looked at first, mended by choosing, kept when somebody says so; all of it without a script.

use serde_json::json;

use crate::kho::{Answer, Kho};
use crate::person::{Person, add, hidden_fields};

const PAGE: &str = "/desk/import";
const RUN: &str = "/desk/import/run";

fn office() -> Kho {
    let kho = Kho::new();
    add(&kho, "lan", &["--role", "archivist"]);
    add(&kho, "minh", &["--role", "editor"]);
    kho
}

/// Chooses a file in the form, as a browser sends it.
fn upload(person: &mut Person<'_>, kind: &str, name: &str, table: &str) -> Answer {
    let guard = hidden_fields(&person.get(PAGE).text(), PAGE).remove(0).1;
    send(person, &guard, kind, name, table)
}

fn send(person: &mut Person<'_>, guard: &str, kind: &str, name: &str, table: &str) -> Answer {
    let field = |name: &str, value: &str| format!("--giới\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file = format!("--giới\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{table}\r\n");
    let body = (field("guard", guard) + &field("kind", kind) + &file + "--giới--\r\n").replace("giới", "gioi");
    person.send(PAGE, "multipart/form-data; boundary=gioi", &body)
}

/// The choices of the form as it stands, with some chosen otherwise.
fn chosen(page: &str, others: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = hidden_fields(page, RUN);
    for select in page.split("<select ").skip(1) {
        let name = select.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
        let value = select
            .split("</select>")
            .next()
            .unwrap()
            .split("<option value=\"")
            .find(|option| option.split('>').next().unwrap().contains(" selected"));
        fields.push((name.to_owned(), value.map_or(String::new(), |option| option.split('"').next().unwrap().to_owned())));
    }
    fields.retain(|(name, _)| others.iter().all(|(other, _)| other != name));
    fields.extend(others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn press(person: &mut Person<'_>, page: &str, others: &[(&str, &str)]) -> Answer {
    let fields = chosen(page, others);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    person.post(RUN, &fields)
}

const TOOLS: &str = "Danh mục công cụ\nMã số,Tên,Gọi ở làng,Cách dùng\nT1,Dao vót,dao nan,vót nan\nT2,Cưa,,\nT2,Cưa tay,,\nT3,,,\n";

#[test]
fn a_table_is_looked_at_mended_and_kept_at_the_desk() {
    let kho = office();
    let server = kho.serve();
    let mut minh = Person::signed_in(&server, "minh");
    let before = kho.log().len();
    let looked = upload(&mut minh, "tool", "công cụ.csv", TOOLS);
    assert_eq!(looked.status, 200, "{}", looked.text());
    let page = looked.text();
    for said in [
        "công cụ.csv",
        "UTF-8",
        "Tiêu đề cột ở dòng 2",
        "dao nan",
        "1 bản ghi mới",
        "3 dòng không nhận",
        "Khoá này có ở nhiều dòng (4, 5)",
        "Thiếu tên.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!((kho.log().len(), kho.records().len()), (before, 0), "nothing is kept yet");

    // A column that was not understood is given its meaning, and looked at again.
    let again = press(&mut minh, &page, &[("column2", "local_names"), ("access", "public"), ("do", "check")]).text();
    assert!(again.contains("<option value=\"local_names\" selected>"), "{again}");
    assert_eq!(kho.records().len(), 0);
    let kept = press(&mut minh, &again, &[("do", "keep")]);
    assert!(kept.status == 200 && kept.text().contains("1 bản ghi mới đã vào kho"), "{}", kept.text());
    let knife = kho.record("Dao vót");
    assert_eq!((&knife["local_names"], &knife["use"], &knife["code"]), (&json!(["dao nan"]), &json!({"vi": "vót nan"}), &json!("T1")));
    assert_eq!((&knife["access"]["level"], &knife["access"]["decided_by"]), (&json!("public"), &json!("minh")));
    assert_eq!(kho.log().last().unwrap()["actor"], "minh");
    assert!(kept.text().contains(&format!("/r/{}", knife["id"].as_str().unwrap())));

    // Kept once: the same form does it no second time.
    let twice = press(&mut minh, &again, &[("do", "keep")]);
    assert!(twice.status == 422 && twice.text().contains("không còn chờ"), "{}", twice.text());
    let english = minh.get("/desk/import?lang=en").text();
    assert!(english.contains("Each row is a"), "{english}");
    assert_eq!(kho.verify().0, 0);
}

#[test]
fn a_table_without_a_key_asks_for_one_and_another_kind_is_guessed_anew() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let looked = upload(&mut lan, "practice", "bảng.csv", "Tên,Số đo,Mã\nDao,dài,X1\n".replace("Mã", "Nhãn").as_str());
    assert_eq!(looked.status, 422);
    let page = looked.text();
    assert!(page.contains("Hãy chọn cột khoá"), "{page}");
    let keyed = press(&mut lan, &page, &[("key", "2"), ("kind", "practice"), ("do", "check")]);
    assert!(keyed.status == 200 && keyed.text().contains("1 bản ghi mới"), "{}", keyed.text());
    let other = press(&mut lan, &page, &[("kind", "tool"), ("do", "check")]).text();
    assert!(other.contains("name=\"was\" value=\"tool\""), "{other}");
}

#[test]
fn what_rows_name_is_made_if_that_is_wanted() {
    let kho = office();
    let server = kho.serve();
    let mut lan = Person::signed_in(&server, "lan");
    let page = upload(&mut lan, "practice", "nghề.csv", "Mã,Tên,Nghề\nV1,Cao Thôn,làm hương\nV2,Quán La,làm hương\n").text();
    assert!(page.contains("Nghề: Không có bản ghi nào mang tên hay mã “làm hương”."), "{page}");
    let again = press(&mut lan, &page, &[("make", "yes"), ("do", "check")]).text();
    assert!(
        again.contains("2 bản ghi mới") && again.contains("1 bản ghi được nhắc đến sẽ được tạo") && again.contains("value=\"yes\" checked"),
        "{again}"
    );
    let kept = press(&mut lan, &again, &[("make", "yes"), ("do", "keep")]).text();
    assert!(kept.contains("1 bản ghi được nhắc đến đã được tạo"), "{kept}");
    assert_eq!(kho.record("Cao Thôn")["craft"], kho.record("làm hương")["id"]);
}

#[test]
fn only_our_own_forms_bring_tables_in_and_only_for_who_sent_them() {
    let kho = office();
    let server = kho.serve();
    let (mut lan, mut minh) = (Person::signed_in(&server, "lan"), Person::signed_in(&server, "minh"));
    assert_eq!(send(&mut lan, "", "tool", "a.csv", TOOLS).status, 403);
    let other_form = hidden_fields(&lan.get(PAGE).text(), "/desk/sign-out").remove(0).1;
    assert_eq!(send(&mut lan, &other_form, "tool", "a.csv", TOOLS).status, 403);
    let page = upload(&mut lan, "tool", "a.csv", TOOLS).text();
    let token = hidden_fields(&page, RUN).into_iter().find(|(name, _)| name == "table").unwrap().1;
    // Somebody else's table is not there for others.
    let own = upload(&mut minh, "tool", "b.csv", TOOLS).text();
    assert_eq!(press(&mut minh, &own, &[("table", &token), ("do", "keep")]).status, 422);
    assert_eq!(press(&mut lan, &page, &[("table", "../.."), ("do", "keep")]).status, 422);
    let mut stranger = Person::new(&server);
    assert_eq!(stranger.get(PAGE).status, 303);
    assert_eq!(send(&mut stranger, "", "tool", "a.csv", TOOLS).status, 303);
    for (name, table, status, said) in [
        ("a.csv", "", 422, "Chưa chọn bảng"),
        ("ảnh.xlsx", "PK\u{3}\u{4} no workbook", 422, "Không đọc được bảng này"),
        ("lớn.csv", &"x".repeat(21 << 20), 413, "lớn hơn 20 MB"),
    ] {
        let answer = upload(&mut lan, "tool", name, table);
        assert!(answer.status == status && answer.text().contains(said), "{name}: {} {}", answer.status, answer.text());
    }
    assert_eq!(kho.records().len(), 0);
}
