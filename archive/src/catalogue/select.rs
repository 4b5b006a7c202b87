//! Picking records as archivists do: by delivery, by folder, by the time at which they were taken, and those that nobody has
//! described yet.

use rusqlite::ToSql;

use super::{Catalogue, CatalogueError, key};
use crate::record::{Record, RecordId, Role};

/// Which records are wanted. Everything that is given must hold. One that another record took up is never wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Something of the record came with this delivery.
    pub accession: Option<RecordId>,
    /// It lay below this folder of the delivery: the label of the source and the percent-encoded path, empty for all of it.
    pub folder: Option<(String, String)>,
    /// It was taken at this local time or later (ISO 8601, or the beginning of it).
    pub from: Option<String>,
    /// It was taken before the end of this local time (ISO 8601, or the beginning of it).
    pub until: Option<String>,
    /// Only what came in with files and has neither a description nor a caption.
    pub undescribed: bool,
    /// Only of this kind.
    pub kind: Option<String>,
}

impl Catalogue {
    /// Returns up to `count` records of a selection in the order in which they came in, after the first `skip`.
    pub fn select(&self, wanted: &Selection, skip: u64, count: u64) -> Result<Vec<RecordId>, CatalogueError> {
        let (condition, mut values) = wanted.condition();
        let sql = format!("SELECT record.id FROM record WHERE {condition} ORDER BY added, place LIMIT ? OFFSET ?");
        values.extend([Box::new(count) as Box<dyn ToSql>, Box::new(skip)]);
        self.ids(&sql, rusqlite::params_from_iter(values))
    }

    /// Returns how many records there are in a selection.
    pub fn count_selected(&self, wanted: &Selection) -> Result<u64, CatalogueError> {
        let (condition, values) = wanted.condition();
        let sql = format!("SELECT count(*) FROM record WHERE {condition}");
        self.ask(|connection| connection.prepare_cached(&sql)?.query_row(rusqlite::params_from_iter(values), |row| row.get(0)))
    }
}

impl Selection {
    fn condition(&self) -> (String, Vec<Box<dyn ToSql>>) {
        let (mut conditions, mut values): (Vec<&str>, Vec<Box<dyn ToSql>>) = (vec!["merged IS NULL"], Vec::new());
        if self.undescribed {
            conditions.push("waiting = 1");
        }
        if let Some(kind) = &self.kind {
            conditions.push("kind = ?");
            values.push(Box::new(kind.clone()));
        }
        if let Some(from) = &self.from {
            conditions.push("taken >= ?");
            values.push(Box::new(from.clone()));
        }
        if let Some(until) = &self.until {
            conditions.push("taken < ?");
            // `~` follows every letter of a date: the day itself, and every moment of it, lies before.
            values.push(Box::new(format!("{until}~")));
        }
        match (self.accession, &self.folder) {
            (Some(accession), Some((root, folder))) => {
                conditions.push("record.id IN (SELECT id FROM path WHERE accession = ? AND root = ? AND raw > ? AND raw < ?)");
                let (above, below) = super::paths::bounds_below(folder);
                values.extend([Box::new(key(accession)) as Box<dyn ToSql>, Box::new(root.clone()), Box::new(above), Box::new(below)]);
            }
            (Some(accession), None) => {
                conditions.push("record.id IN (SELECT id FROM path WHERE accession = ?)");
                values.push(Box::new(key(accession)));
            }
            (None, _) => {}
        }
        (conditions.join(" AND "), values)
    }
}

/// Whether a record came in with files and nobody has said anything of it yet.
pub(super) fn is_waiting(record: &Record) -> bool {
    let is_wanted = record.files.first().is_some_and(|file| ![Role::junk(), Role::report()].contains(&file.role));
    is_wanted && record.description.is_empty() && !record.fields.contains_key("caption")
}

/// The local time at which it was taken.
pub(super) fn taken(record: &Record) -> Option<&str> {
    record.files.first().and_then(|file| file.technical.taken.as_deref())
}
