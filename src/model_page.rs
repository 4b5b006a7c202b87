//! A page about the descriptive model, in Markdown, made from the model itself: for people who describe, and for those who
//! write maps for tables.

use std::fmt::Write as _;

use kho_archive::model::{Field, KindModel, Model, Shape, Vocabulary};

/// What the page says around the words of the model, in one language.
struct Words {
    language: &'static str,
    title: &'static str,
    intro: &'static str,
    every_record: &'static str,
    kinds: &'static str,
    groups: &'static str,
    vocabularies: &'static str,
    columns: &'static str,
    choices: &'static str,
    many: &'static str,
    claims: &'static str,
    private: &'static str,
    needed: [(&'static str, &'static str); 2],
    check: &'static str,
    shapes: [&'static str; 12],
}

const VI: Words = Words {
    language: "vi",
    title: "Mô hình mô tả",
    intro: "Trang này do `kho model --doc --lang vi` viết ra từ chính mô hình, xin đừng sửa tay. Trong `kho set`, `kho new` và bảng nhập, \
        mỗi ô được gõ như người ta vẫn viết: nhiều giá trị cách nhau bằng dấu chấm phẩy, nội dung tiếng Anh đặt ở `Ô.en`, bản ghi khác gọi \
        bằng mã hoặc tên. *không rõ*, *không có* và *không áp dụng* khác với số 0 và với ô bỏ trống.",
    every_record: "Ô của mọi bản ghi",
    kinds: "Các loại bản ghi",
    groups: "Các nhóm ô",
    vocabularies: "Các bảng từ",
    columns: "| Ô | Tên | Giá trị | Bắt buộc | Hướng dẫn |",
    choices: "| Mã | Tên | Ghi chú |",
    many: "nhiều",
    claims: "nhiều ý kiến, mỗi ý kiến có nguồn",
    private: "riêng tư",
    needed: [("yes", "có"), ("public", "trước khi công khai")],
    check: "tiêu chí",
    shapes: [
        "lời, theo ngôn ngữ",
        "một dòng",
        "mã",
        "từ trong bảng",
        "thuật ngữ",
        "bản ghi",
        "ngày tháng",
        "số",
        "lượng có đơn vị",
        "có hay không",
        "tọa độ",
        "quyền xem",
    ],
};

const EN: Words = Words {
    language: "en",
    title: "The descriptive model",
    intro: "This page is written by `kho model --doc --lang en` from the model itself; please do not edit it by hand. In `kho set`, `kho new` \
        and imported tables each field is typed as people write it: several values are parted by semicolons, Vietnamese text goes into \
        `FIELD` and English text into `FIELD.en`, other records are named by code or name. *unknown*, *none* and *not applicable* differ from \
        0 and from a field that nobody filled in.",
    every_record: "Fields of every record",
    kinds: "Kinds of records",
    groups: "Groups of fields",
    vocabularies: "Vocabularies",
    columns: "| Field | Name | Value | Required | Help |",
    choices: "| Code | Name | Note |",
    many: "several",
    claims: "several claims, each with its source",
    private: "private",
    needed: [("yes", "yes"), ("public", "before it is public")],
    check: "check",
    shapes: [
        "text, by language",
        "line",
        "code",
        "word of",
        "term",
        "record",
        "date",
        "number",
        "quantity with unit",
        "yes or no",
        "position",
        "access",
    ],
};

/// Returns the page in Vietnamese, or in English.
pub(crate) fn page(model: &Model, language: &str) -> String {
    let words = if language == "en" { &EN } else { &VI };
    let mut page = format!("# {}\n\n{}\n", words.title, words.intro);
    section(&mut page, words.every_record);
    if let Some(common) = model.kind("common") {
        fields(&mut page, words, &common.fields);
    }
    section(&mut page, words.kinds);
    for (code, kind) in model.kinds() {
        a_kind(&mut page, words, code, kind);
    }
    section(&mut page, words.groups);
    for (code, kind) in model.groups().filter(|(code, _)| *code != "common") {
        a_kind(&mut page, words, code, kind);
    }
    section(&mut page, words.vocabularies);
    for vocabulary in model.vocabularies() {
        a_vocabulary(&mut page, words, vocabulary);
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// Returns what a field takes, in words.
pub(crate) fn takes(field: &Field, language: &str) -> String {
    let words = if language == "en" { &EN } else { &VI };
    value(words, field)
}

fn section(page: &mut String, title: &str) {
    let gap = if page.ends_with("\n\n") { "" } else { "\n" };
    line(page, format_args!("{gap}## {title}\n"));
}

fn a_kind(page: &mut String, words: &Words, code: &str, kind: &KindModel) {
    line(page, format_args!("### {} — `{code}`\n", kind.about.label(words.language)));
    let about = if words.language == "en" { &kind.about.about_en } else { &kind.about.about_vi };
    line(page, format_args!("{about}\n"));
    fields(page, words, &kind.fields);
}

fn fields(page: &mut String, words: &Words, fields: &[Field]) {
    if fields.is_empty() {
        return;
    }
    line(page, format_args!("{}\n|---|---|---|---|---|", words.columns));
    for field in fields {
        let (label, help) = (cell(field.label(words.language)), cell(field.help(words.language)));
        line(page, format_args!("| `{}` | {label} | {} | {} | {help} |", field.name, value(words, field), needed(words, field)));
    }
    page.push('\n');
}

fn a_vocabulary(page: &mut String, words: &Words, vocabulary: &Vocabulary) {
    let label = if words.language == "en" { &vocabulary.en } else { &vocabulary.vi };
    line(page, format_args!("### {label} — `{}`\n", vocabulary.name));
    line(page, format_args!("{}\n|---|---|---|", words.choices));
    for choice in &vocabulary.values {
        let note = if words.language == "en" { &choice.note_en } else { &choice.note_vi };
        let note = cell(note.as_deref().unwrap_or_default());
        line(page, format_args!("| `{}` | {} | {note} |", choice.code, cell(choice.label(words.language))));
    }
    page.push('\n');
}

fn value(words: &Words, field: &Field) -> String {
    let [text, one_line, code, choice, term, record, date, number, quantity, flag, position, access] = words.shapes;
    let shape = match &field.shape {
        Shape::Text { .. } => text.to_owned(),
        Shape::Line => one_line.to_owned(),
        Shape::Code => code.to_owned(),
        Shape::Enum { vocabulary } => format!("{choice} `{vocabulary}`"),
        Shape::Term { .. } => term.to_owned(),
        Shape::Ref { to } => format!("{record} `{}`", to.join("`, `")),
        Shape::Date { .. } => date.to_owned(),
        Shape::Number => number.to_owned(),
        Shape::Quantity => quantity.to_owned(),
        Shape::Flag => flag.to_owned(),
        Shape::Position => position.to_owned(),
        Shape::Access => access.to_owned(),
        Shape::Group { of } => format!("`{of}`"),
        Shape::Name => "`name_at`".to_owned(),
    };
    let more = [(field.claims, words.claims), (field.many && !field.claims, words.many), (field.private, words.private)];
    let more: Vec<&str> = more.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect();
    if more.is_empty() { shape } else { format!("{shape}; {}", more.join(", ")) }
}

fn needed(words: &Words, field: &Field) -> String {
    let Some(needed) = &field.required else { return String::new() };
    let known = words.needed.iter().find(|(code, _)| code == needed);
    known.map_or_else(|| format!("{} {needed}", words.check), |(_, word)| (*word).to_owned())
}

/// A text as it can stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = writeln!(page, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes the model writes the pages anew: `kho model --doc --lang vi > docs/model.vi.md`, and `en`.
    #[test]
    fn the_pages_that_are_kept_are_current() {
        let model = Model::built_in().unwrap();
        for (language, kept) in [("vi", include_str!("../docs/model.vi.md")), ("en", include_str!("../docs/model.en.md"))] {
            assert!(page(&model, language) == kept, "docs/model.{language}.md is not current; write it with `kho model --doc --lang {language}`");
        }
    }
}
