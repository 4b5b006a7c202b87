//! Who refers to whom.

use std::collections::BTreeMap;

use rusqlite::{Params, Row, params};

use super::{Catalogue, CatalogueError, id_from, key};
use crate::record::{Kind, RecordId};

/// Of what shows a thing so many are asked what they are.
const LOOKED_AT: usize = 512;

/// Of what shares a thing so many are asked whether something shows them.
const ASKED: usize = 64;

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
        self.referrers_from(sql, params![key(id)])
    }

    fn referrers_from(&self, sql: &str, values: impl Params) -> Result<Vec<Referrer>, CatalogueError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(sql)?;
            let read = |row: &Row<'_>| {
                let kind = Kind::from(row.get_ref(1)?.as_str()?);
                Ok(Referrer { id: id_from(row, 0)?, kind, field: row.get(2)?, inner: row.get(3)? })
            };
            rows.query_map(values, read)?.collect()
        })
    }

    /// Returns the records that refer to this one by one of these fields, the earliest first. Where tens of thousands refer to a thing
    /// by other fields, that costs nothing.
    pub fn referrers_by(&self, id: RecordId, fields: &[&str]) -> Result<Vec<Referrer>, CatalogueError> {
        let sql = "SELECT relation.id, kind, field, inner FROM relation JOIN record ON record.id = relation.id
            WHERE other = ?1 AND field = ?2 ORDER BY inner, kind, added, place";
        let mut referrers = Vec::new();
        for field in fields {
            referrers.extend(self.referrers_from(sql, params![key(id), field])?);
        }
        Ok(referrers)
    }

    /// Returns which records refer to this one, by the field and the field inside it, in no order of meaning. Costs no look into the
    /// records that refer, of which there may be tens of thousands.
    pub fn references_to(&self, id: RecordId) -> Result<BTreeMap<(String, String), Vec<RecordId>>, CatalogueError> {
        let sql = "SELECT DISTINCT field, inner FROM relation WHERE other = ?1";
        let ways: Vec<(String, String)> =
            self.ask(|connection| connection.prepare_cached(sql)?.query_map([key(id)], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())?;
        let ids = |(field, inner): (String, String)| {
            let sql = "SELECT id FROM relation WHERE other = ?1 AND field = ?2 AND inner = ?3";
            Ok(((field.clone(), inner.clone()), self.ids(sql, params![key(id), field, inner])?))
        };
        ways.into_iter().map(ids).collect()
    }

    /// Returns up to `count` records of each of these kinds that show a thing, in no order of meaning: a thing may be shown by
    /// tens of thousands, of which only some hundreds are asked what they are.
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

    /// Returns up to `count` records that refer to `other` by this field and are shown by something, in the order of identifiers. Only
    /// the first 64 are asked whether anything shows them: tens of thousands may refer to it.
    pub fn shown_sharing(&self, other: RecordId, field: &str, count: usize) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT id FROM (SELECT DISTINCT id FROM relation WHERE other = ?1 AND field = ?2 ORDER BY id LIMIT ?4) AS alike
            WHERE EXISTS (SELECT 1 FROM relation AS seen WHERE seen.other = alike.id AND seen.field = 'shows') LIMIT ?3";
        self.ids(sql, params![key(other), field, count, ASKED])
    }
}
