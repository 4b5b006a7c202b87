//! Who refers to whom.

use rusqlite::{Row, params};

use super::{Catalogue, CatalogueError, id_from, key};
use crate::record::{Kind, RecordId};

/// Of what shows a thing so many are asked what they are.
const LOOKED_AT: usize = 512;

/// A record that refers to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// The record that refers.
    pub id: RecordId,
    /// What it is.
    pub kind: Kind,
    /// The field, or the type of the relation.
    pub field: String,
    /// The field inside a group; empty where there is none.
    pub inner: String,
}

impl Catalogue {
    /// Returns the records that refer to this one, by kind and then the earliest first.
    pub fn referrers(&self, id: RecordId) -> Result<Vec<Referrer>, CatalogueError> {
        let sql = "SELECT relation.id, kind, field, inner FROM relation JOIN record ON record.id = relation.id
            WHERE other = ?1 ORDER BY field, inner, kind, added, place";
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(sql)?;
            let read = |row: &Row<'_>| {
                let kind = Kind::from(row.get_ref(1)?.as_str()?);
                Ok(Referrer { id: id_from(row, 0)?, kind, field: row.get(2)?, inner: row.get(3)? })
            };
            rows.query_map([key(id)], read)?.collect()
        })
    }

    /// Returns those of the records that refer to this one in which some fields have decisions of their own: that they refer to
    /// it may be closer than they are. Costs a look into each of them.
    pub fn referrers_with_closed_fields(&self, id: RecordId) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT DISTINCT record.id FROM relation JOIN record ON record.id = relation.id
            WHERE other = ?1 AND instr(json, '\"field_access\"') > 0";
        self.ids(sql, params![key(id)])
    }

    /// Returns up to `count` records of each of these kinds that show a thing, in no order of meaning: a thing may be shown by
    /// tens of thousands, of which only the first two hundred or so are asked what they are.
    pub fn shown_by(&self, id: RecordId, kinds: &[&str], count: usize) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT seen.id FROM (SELECT id FROM relation WHERE other = ?1 AND field = 'shows' LIMIT ?4) AS seen
            JOIN record ON record.id = seen.id WHERE kind = ?2 LIMIT ?3";
        let mut shown = Vec::new();
        for kind in kinds {
            shown.extend(self.ids(sql, params![key(id), kind, count, LOOKED_AT])?);
        }
        Ok(shown)
    }

    /// Returns up to `count` records that refer to `other` by this field, as `from` does: those that follow it in the order of
    /// identifiers, and then from the first one on. Costs no look at all the others, of which there may be tens of thousands.
    pub fn sharing(&self, other: RecordId, field: &str, from: RecordId, count: usize) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT DISTINCT id FROM relation WHERE other = ?1 AND field = ?2 AND id > ?3 AND id < ?4 ORDER BY id LIMIT ?5";
        let mut sharing = self.ids(sql, params![key(other), field, key(from), i64::MAX, count])?;
        sharing.extend(self.ids(sql, params![key(other), field, -1, key(from), count - sharing.len()])?);
        Ok(sharing)
    }
}
