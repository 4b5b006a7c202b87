//! Names by which people look for records while they type: without marks, from the beginning of any word.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Catalogue, CatalogueError, key, rights};
use crate::follower::FollowerError;
use crate::record::{Record, RecordId};

/// A name is found from its first words, not from its twentieth.
const WORDS: usize = 8;

impl Catalogue {
    /// Returns up to `count` records of these kinds with a name in which a word begins like what was typed; marks and case do not
    /// matter. Shorter names come first. Files have titles, not names: they are searched.
    pub fn names_like(&self, kinds: &[&str], typed: &str, count: usize) -> Result<Vec<RecordId>, CatalogueError> {
        let typed = folded(typed);
        if typed.is_empty() {
            return Ok(Vec::new());
        }
        let mut found: Vec<(usize, RecordId)> = Vec::new();
        for kind in kinds {
            // No letter comes after the last of Unicode: everything that begins like this lies between the two.
            let sql =
                "SELECT id, min(length(name)) FROM name WHERE kind = ?1 AND name >= ?2 AND name < ?2 || '\u{10ffff}' GROUP BY id ORDER BY 2 LIMIT ?3";
            let rows: Vec<(usize, RecordId)> = self.ask(|connection| {
                let mut rows = connection.prepare_cached(sql)?;
                let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, usize>(1)?, super::id_from(row, 0)?));
                rows.query_map(params![kind, typed, count], read)?.collect()
            })?;
            found.extend(rows);
        }
        found.sort();
        Ok(found.into_iter().map(|(_, id)| id).take(count).collect())
    }
}

/// Notes the names of a record that is no file, and that no other one took up.
pub(super) fn put(transaction: &Transaction<'_>, record: &Record) -> Result<(), FollowerError> {
    let id = key(record.id);
    if record.revision > 1 {
        transaction.prepare_cached("DELETE FROM name WHERE id = ?1")?.execute([id])?;
    }
    if record.merged_into().is_some() {
        return Ok(());
    }
    let mut put = transaction.prepare_cached("INSERT OR IGNORE INTO name VALUES (?1, ?2, ?3)")?;
    let code = record.fields.get("code").and_then(|code| code.as_str()).map(str::to_owned);
    let beginnings: BTreeSet<String> = rights::names(record).into_iter().chain(code).flat_map(|name| beginnings(&name)).collect();
    for name in beginnings {
        put.execute(params![record.kind.as_str(), name, id])?;
    }
    Ok(())
}

/// Returns a name from each of its first words on.
fn beginnings(name: &str) -> Vec<String> {
    let name = folded(name);
    let words: Vec<&str> = name.split_whitespace().collect();
    (0..words.len().min(WORDS)).map(|first| words[first..].join(" ")).collect()
}

/// Lower case, without marks; đ becomes d.
fn folded(text: &str) -> String {
    let plain = text.nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
    let plain: String = plain.map(|letter| if letter == 'đ' { 'd' } else { letter }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_at_each_of_its_words() {
        assert_eq!(beginnings("Đúc  đồng Lộng Thượng"), ["duc dong long thuong", "dong long thuong", "long thuong", "thuong"]);
        assert_eq!(folded("ĐÓ"), "do");
        assert!(beginnings(" ").is_empty());
    }
}
