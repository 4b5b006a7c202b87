//! Descriptions of files: which column of a table names a file, and what the other columns say about it.
//!
//! Nothing is guessed about a file: a name that fits several files is reported with all of them, and a
//! column that is not understood stays beside the description under its own heading.

mod files;
mod words;

pub(crate) use files::{FileNames, Match, match_file};
pub(crate) use words::{Evidence, Field, may_name_files, score_of_header};

use crate::media::table::{Row, Table};

/// What the columns of a table mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// The column that names the files.
    pub(crate) file: usize,
    /// The columns that were understood, from left to right.
    pub(crate) columns: Vec<(usize, Field)>,
    /// The other columns that have a heading or a value, from left to right.
    pub(crate) unmapped: Vec<usize>,
}

/// What one row of a table says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// The line of the table, as people count.
    pub(crate) row: usize,
    /// The file as the row names it; empty where the row names none.
    pub(crate) file: String,
    /// What was understood, without white space around it; never empty texts.
    pub(crate) values: Vec<(Field, String)>,
    /// What was not understood, each with the heading of its column.
    pub(crate) others: Vec<(String, String)>,
}

/// Finds out what the columns mean; `None` where no column names files.
///
/// A column names files where its heading says so and at least one of its values is a file (`files` tells).
/// Where the heading is one of the words that often mean other things (`mã`, `name`), half of the values must
/// be files.
pub(crate) fn guess(header: &[String], rows: &[Row], files: &dyn Fn(&str) -> bool) -> Option<Mapping> {
    // No list of people has more; each costs a look at every row.
    const MOST_CANDIDATES: usize = 16;
    let mut best: Option<(usize, usize)> = None;
    let candidates = header.iter().enumerate().filter_map(|(column, heading)| Some((column, may_name_files(heading)?)));
    for (column, evidence) in candidates.take(MOST_CANDIDATES) {
        let (named, found) = count_files(rows, column, files);
        let is_enough = match evidence {
            Evidence::Strong => found > 0,
            Evidence::Weak => found > 0 && found.saturating_mul(2) >= named,
        };
        if is_enough && best.is_none_or(|(_, most)| found > most) {
            best = Some((column, found));
        }
    }
    let (file, _) = best?;
    let columns = columns_of(header, file);
    let is_mapped = |column: &usize| columns.iter().any(|(mapped, _)| mapped == column);
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0).max(header.len());
    let unmapped = (0..width).filter(|column| *column != file && !is_mapped(column)).collect();
    Some(Mapping { file, columns, unmapped })
}

/// Returns the description in each row that says anything, in the order of the table.
pub(crate) fn descriptions(table: &Table, mapping: &Mapping) -> Vec<Described> {
    table.rows.iter().filter_map(|row| describe(table, mapping, row)).collect()
}

/// Returns what each heading means, with its position. A heading that only resembles a field (`Ngày chụp ảnh gốc`)
/// counts where no heading is exactly that field; a field that can stand once goes to the first heading.
pub(crate) fn meanings(headings: &[&str]) -> Vec<(usize, Field)> {
    let mut found: Vec<(usize, Field)> = Vec::new();
    for is_exact in [true, false] {
        let before = found.clone();
        for (position, heading) in headings.iter().enumerate() {
            let meaning = if is_exact { words::exactly(heading) } else { words::loosely(heading) };
            let Some(field) = meaning else { continue };
            let is_known = found.iter().any(|(known, _)| *known == position);
            let is_taken = before.iter().any(|(_, taken)| *taken == field);
            let is_second = field.stands_once() && found.iter().any(|(_, taken)| *taken == field);
            if !is_known && !is_taken && !is_second {
                found.push((position, field));
            }
        }
    }
    found.sort_unstable_by_key(|(position, _)| *position);
    found
}

/// Counts the rows that have a value in `column`, and those whose value is a file.
fn count_files(rows: &[Row], column: usize, files: &dyn Fn(&str) -> bool) -> (usize, usize) {
    let mut named = 0;
    let mut found = 0;
    for cell in rows.iter().filter_map(|row| row.cells.get(column)).filter(|cell| !cell.trim().is_empty()) {
        named += 1;
        found += usize::from(files(cell));
    }
    (named, found)
}

/// Returns the meaning of all columns beside the one that names files; that one may be the code of the item too.
fn columns_of(header: &[String], file: usize) -> Vec<(usize, Field)> {
    let is_code = |heading: &str| words::exactly(heading) == Some(Field::Code);
    // An empty heading has no meaning: the column of files takes no part.
    let seen = |(column, heading)| if column == file && !is_code(heading) { "" } else { heading };
    let headings: Vec<&str> = header.iter().map(String::as_str).enumerate().map(seen).collect();
    meanings(&headings)
}

/// Returns what one row says; `None` where it is empty.
fn describe(table: &Table, mapping: &Mapping, row: &Row) -> Option<Described> {
    let cell = |column: usize| row.cells.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let mut values = Vec::new();
    for (column, field) in &mapping.columns {
        if let Some(text) = cell(*column) {
            values.push((*field, text.to_owned()));
        }
    }
    let mut others = Vec::new();
    for column in &mapping.unmapped {
        if let Some(text) = cell(*column) {
            others.push((heading(table, *column), text.to_owned()));
        }
    }
    let file = cell(mapping.file).unwrap_or_default().to_owned();
    let says_nothing = file.is_empty() && values.is_empty() && others.is_empty();
    (!says_nothing).then_some(Described { row: row.number, file, values, others })
}

/// Returns the heading of a column, or its number where it has none.
fn heading(table: &Table, column: usize) -> String {
    match table.header.get(column).map(|heading| heading.trim()).filter(|heading| !heading.is_empty()) {
        Some(heading) => heading.to_owned(),
        None => format!("column {}", column.saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &[&[&str]]) -> Table {
        let texts = |line: &&[&str]| line.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let header = lines.first().map(texts).unwrap_or_default();
        let rows = lines.iter().enumerate().skip(1).map(|(at, line)| Row { number: at + 1, cells: texts(line) }).collect();
        Table { header, rows, problems: Vec::new() }
    }

    #[test]
    fn the_list_of_a_survey_describes_its_photos() {
        let table = table(&[
            &["STT", "Tên tệp / File name", "Tên", "Làng", "Nghề", "Nghệ nhân", "Người chụp", "Ngày chụp", "Kích thước"],
            &["1", "đó 01.jpg", "Cụ Chất vót nan đó", "Thủ Sỹ", "Đan đó", "Lương Hữu Chất", "Hoà", "12/03/2025", "30 cm"],
            &["2", "", "", "", "", "", "", "", ""],
        ]);
        let mapping = guess(&table.header, &table.rows, &|name| name == "đó 01.jpg").expect("a column names files");
        assert_eq!(mapping.file, 1);
        assert_eq!(mapping.unmapped, [0, 8]);
        let described = descriptions(&table, &mapping);
        let first = described.first().expect("the first row says something");
        let fields: Vec<_> = first.values.iter().map(|(field, text)| (field.name(), text.as_str())).collect();
        assert_eq!(
            fields,
            [
                ("title", "Cụ Chất vót nan đó"),
                ("place", "Thủ Sỹ"),
                ("practice", "Đan đó"),
                ("person", "Lương Hữu Chất"),
                ("creator", "Hoà"),
                ("created", "12/03/2025")
            ]
        );
        assert_eq!(first.others, [("STT".to_owned(), "1".to_owned()), ("Kích thước".to_owned(), "30 cm".to_owned())]);
    }

    #[test]
    fn a_table_about_no_file_of_the_folder_describes_nothing() {
        let table = table(&[&["filename", "title"], &["lụa.jpg", "Dệt lụa"]]);
        assert_eq!(guess(&table.header, &table.rows, &|_| false), None);
        // A column of people's names is no column of files because one person is called like a file.
        let table = self::table(&[&["name", "title"], &["Mận", "a"], &["Thực", "b"], &["Oánh", "c"]]);
        assert_eq!(guess(&table.header, &table.rows, &|name| name == "Mận"), None);
    }

    #[test]
    fn the_code_of_a_photo_can_be_its_file_name() {
        let table = table(&[&["Mã số", "Tiêu đề"], &["HY-001", "Khuôn đúc"], &["HY-002", "Chạm bạc"]]);
        let mapping = guess(&table.header, &table.rows, &|name| name.starts_with("HY-")).expect("the codes are files");
        assert_eq!(mapping.file, 0);
        assert_eq!(mapping.columns, [(0, Field::Code), (1, Field::Title)]);
    }

    #[test]
    fn an_exact_heading_wins_over_one_like_it() {
        let found = meanings(&["Tiêu đề tiếng Anh", "Tiêu đề", "Ngày chụp ảnh gốc", "contributorCount", "Xã", "Tỉnh"]);
        assert_eq!(found, [(1, Field::Title), (2, Field::Date), (4, Field::Place), (5, Field::Place)]);
    }
}
