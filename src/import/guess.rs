//! What the columns of a table mean, guessed from their headings.

use std::collections::BTreeSet;

use kho_archive::model::{Field, Model, Shape};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::map::{Column, Map};

/// Fields, and other headings for them: small letters, no marks. `|` parts them.
const WORDS: [(&str, &str); 16] = [
    ("code", "id|ma|ma so|so hieu|ky hieu|so dang ky|so kiem ke|key|no|acno|identifier|inventory number|accession number|object id|object number"),
    ("title", "ten|ten goi|ten hien vat|nhan de|tieu de|name|title|ten vi|name vi|title vi|ten tieng viet"),
    ("title.en", "ten tieng anh|ten en|name en|title en|english name|english title"),
    ("description", "mo ta|noi dung|dien giai|tom tat|summary|abstract|mo ta vi|description vi"),
    ("description.en", "mo ta tieng anh|mo ta en|description en"),
    ("alt_names", "ten khac|ten goi khac|ten phu|alias|aliases|name alt|alternative names|other names|alternative title"),
    ("alt_labels", "vi alt|nhan khac"),
    ("craft", "nghe|ten nghe|craft vi"),
    ("place", "dia diem|lang|thon|xa|lang nghe|commune|village|location|former commune"),
    ("maker", "tac gia|nguoi lam|nghe nhan|artist|artists|all artists|maker"),
    ("holders", "chu the|nguoi giu nghe"),
    ("made", "nien dai|thoi gian|nam|date|date text|dated"),
    ("origin", "nguon goc|since|since claims|origin"),
    ("founders", "to nghe|founder|founder claim|founders"),
    ("position", "toa do|vi tri|coordinates|lat lon"),
    ("weight", "khoi luong|can nang|weight"),
];

/// Returns a map that says what the headings of a table probably mean. A heading that is not understood is not in it.
pub(super) fn guess(model: &Model, kind: &str, header: &[String]) -> Map {
    let mut map = Map { kind: Some(kind.to_owned()), ..Map::default() };
    let mut taken = BTreeSet::new();
    // The name of a field goes before its label, and that before what only means it.
    for read in [by_name, by_label, by_other_words] {
        for heading in header.iter().map(|heading| heading.trim()).filter(|heading| !heading.is_empty()) {
            if map.columns.contains_key(heading) {
                continue;
            }
            if let Some(column) = read(model, kind, heading).filter(|column| taken.insert(column.field.clone())) {
                map.columns.insert(heading.to_owned(), column);
            }
        }
    }
    map.key = map.columns.iter().find(|(_, column)| column.field == "code").map(|(heading, _)| heading.clone());
    map
}

/// Returns the column that holds a field, by its name: `craft`, `title.en`.
pub(crate) fn column(model: &Model, kind: &str, field: &str) -> Option<Column> {
    by_name(model, kind, field)
}

/// Reads `craft`, `title.en`, `title_en`, `access.until`.
fn by_name(model: &Model, kind: &str, heading: &str) -> Option<Column> {
    if let Some(field) = settable(model, kind).find(|field| field.name == heading) {
        let column = if takes_words(model, field) { Column::of } else { Column::of_groups };
        return Some(column(&field.name));
    }
    let (name, part) = heading.rsplit_once('.').or_else(|| heading.rsplit_once('_').filter(|(_, language)| ["vi", "en"].contains(language)))?;
    let has_part = |field: &&Field| match field.shape {
        Shape::Text { .. } => part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        Shape::Access => field.name == "access" && ["reason", "until", "groups", "stub", "seasons"].contains(&part),
        _ => false,
    };
    settable(model, kind).find(|field| field.name == name && has_part(field))?;
    Some(Column::of(&if part == "vi" { name.to_owned() } else { format!("{name}.{part}") }))
}

/// Reads `Nghề`, `Tên gọi khác`, `Other names`: what forms call the field.
fn by_label(model: &Model, kind: &str, heading: &str) -> Option<Column> {
    let folded = fold(heading);
    let is_meant = |field: &&Field| fold(&field.vi) == folded || fold(&field.en) == folded;
    fillable(model, kind).find(is_meant).map(|field| Column::of(&field.name))
}

fn by_other_words(model: &Model, kind: &str, heading: &str) -> Option<Column> {
    let folded = fold(heading);
    let meant = WORDS.iter().filter(|(_, words)| words.split('|').any(|word| word == folded)).map(|(field, _)| *field);
    let is_field = |name: &str| fillable(model, kind).any(|field| field.name == name.split('.').next().unwrap_or_default());
    meant.into_iter().find(|name| is_field(name)).map(Column::of)
}

/// The fields that a cell of words can fill.
fn fillable<'a>(model: &'a Model, kind: &str) -> impl Iterator<Item = &'a Field> {
    settable(model, kind).filter(|field| field.name != "field_access" && takes_words(model, field))
}

/// The fields that the archive does not keep itself.
fn settable<'a>(model: &'a Model, kind: &str) -> impl Iterator<Item = &'a Field> {
    let is_kept = |name: &str| ["id", "kind", "files", "history"].contains(&name);
    model.fields(kind).into_iter().filter(move |field| !is_kept(&field.name))
}

/// Whether one field of the groups must be there, which words then mean.
fn takes_words(model: &Model, field: &Field) -> bool {
    let needed = model.inner(field).map(|inner| inner.fields.iter().filter(|inner| inner.required.as_deref() == Some("yes")).count());
    needed.is_none_or(|needed| needed == 1)
}

/// Small letters without marks, every sign one blank; joined words are parted.
fn fold(heading: &str) -> String {
    let mut folded = String::with_capacity(heading.len());
    let mut is_after_small = false;
    for letter in heading.nfd().filter(|letter| !is_combining_mark(*letter)) {
        let is_new_word = !letter.is_alphanumeric() || (is_after_small && letter.is_uppercase());
        if is_new_word && !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
        is_after_small = letter.is_lowercase();
        match letter {
            'đ' | 'Đ' => folded.push('d'),
            _ if letter.is_alphanumeric() => folded.extend(letter.to_lowercase()),
            _ => {}
        }
    }
    folded.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_both_languages_are_understood() {
        let model = Model::built_in().unwrap();
        let headings = ["id", "name_vi", "name_alt", "Nghề", "former_commune", "since_claims", "title_en", "Mô tả", "confidence"];
        let map = guess(&model, "practice", &headings.map(str::to_owned));
        let meant: Vec<(&str, &str)> = map.columns.iter().map(|(heading, column)| (heading.as_str(), column.field.as_str())).collect();
        let expected = [
            ("Mô tả", "description"),
            ("Nghề", "craft"),
            ("former_commune", "place"),
            ("id", "code"),
            ("name_alt", "alt_names"),
            ("name_vi", "title"),
            ("since_claims", "origin"),
            ("title_en", "title.en"),
        ];
        assert_eq!(meant, expected);
        assert_eq!(map.key.as_deref(), Some("id"));
    }

    #[test]
    fn a_field_is_filled_by_one_column_and_an_exact_heading_wins() {
        let model = Model::built_in().unwrap();
        let map = guess(&model, "product", &["ten", "title", "acno", "all_artists"].map(str::to_owned));
        assert_eq!(map.columns["title"].field, "title");
        assert!(!map.columns.contains_key("ten"), "it is the label of the title, and the title has a column");
        assert_eq!((map.columns["acno"].field.as_str(), map.columns["all_artists"].field.as_str()), ("code", "maker"));
    }
}
