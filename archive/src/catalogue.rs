//! The catalogue: what the journal says now, in SQLite, so that it can be asked quickly.
//!
//! It is a follower: it holds nothing that the journal does not say, and may be deleted at any time.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use rusqlite::{Connection, OptionalExtension, Row, params};
use thiserror::Error;

use crate::access::{self, Decision, Viewer};
use crate::digest::Digest;
use crate::follower::{FollowError, Follower, FollowerError};
use crate::journal::{Commit, Head};
use crate::model::{Model, ModelError};
use crate::record::{Kind, Record, RecordId};

mod activities;
mod apply;
mod contents;
mod names;
pub(crate) mod open;
mod paths;
mod references;
mod rights;
mod select;
pub(crate) mod withheld;

pub use activities::{Activity, Doing};
pub use paths::Standing;
pub use references::Referrer;
pub use select::Selection;

/// The catalogue of one archive.
pub struct Catalogue {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The model with what this archive adds to it; made when it is first asked for.
    model: RwLock<Option<Arc<Model>>>,
    /// What was touched since a commit, at the head of the journal for which that was asked last.
    touched: Mutex<Option<(u64, u64, Vec<RecordId>)>>,
}

/// The catalogue cannot answer. Nothing that was kept is lost by this.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// SQLite failed.
    #[error("the catalogue {path} cannot be used: {source}; `kho rebuild` makes it again")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A row is not what this version writes.
    #[error("the catalogue holds something unreadable ({0}); `kho rebuild` makes it again")]
    Unreadable(String),
    /// The model that comes with the program is broken.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The lock of whoever opens it cannot be had.
    #[error(transparent)]
    Lock(#[from] FollowError),
}

/// A record of which others see something else than before.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its latest revision.
    pub record: Record,
    /// Every decision that applies to it.
    pub decisions: Vec<Decision>,
    /// The commit that brought it in, and its place there.
    pub added: (u64, u64),
}

/// A record in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its identifier.
    pub id: RecordId,
    /// What it describes.
    pub kind: Kind,
    /// The number of the commit that brought it in.
    pub added: u64,
    /// Whether some of its fields have decisions of their own.
    pub has_kept_fields: bool,
}

impl Catalogue {
    /// Opens the catalogue at `path`, or makes an empty one that still has to catch up.
    pub fn open(path: &Path) -> Result<Self, CatalogueError> {
        Ok(Self { path: path.to_owned(), connection: Mutex::new(open::open(path)?), model: RwLock::default(), touched: Mutex::default() })
    }

    /// Returns the descriptive model: the one of the program, and what records of kind `model` add to it.
    pub fn model(&self) -> Result<Arc<Model>, CatalogueError> {
        if let Some(model) = self.known_model() {
            return Ok(model);
        }
        let mut model = Model::built_in()?;
        self.visit(Some(&Kind::model()), &mut |record| {
            // What cannot be read was refused when it was written, or comes from a later version: the rest holds.
            let _ = model.extend(&record);
        })?;
        let model = Arc::new(model);
        *self.model.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::clone(&model));
        Ok(model)
    }

    fn known_model(&self) -> Option<Arc<Model>> {
        self.model.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Returns every decision that applies to a record: its own first, then those of what it belongs to, of whom it shows and
    /// of the consents that cover it. `None` if there is no such record.
    pub fn decisions(&self, id: RecordId) -> Result<Option<Vec<Decision>>, CatalogueError> {
        let sql = "SELECT decisions FROM record WHERE id = ?1";
        let json: Option<String> = self.ask(|connection| connection.prepare_cached(sql)?.query_row([key(id)], |row| row.get(0)).optional())?;
        json.map(|json| read_decisions(&json)).transpose()
    }

    /// Returns the records of a kind that bear this code, the earliest first. The code of a record that another one took up
    /// stands for the other.
    pub fn by_code(&self, kind: &Kind, code: &str) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT coalesce(merged, record.id) FROM code JOIN record ON record.id = code.id WHERE code.kind = ?1 AND code = ?2
            GROUP BY 1 ORDER BY min(added), min(place)";
        self.ids(sql, params![kind.as_str(), code])
    }

    /// Returns how many records of a kind there are.
    pub fn count(&self, kind: &Kind) -> Result<u64, CatalogueError> {
        let sql = "SELECT count(*) FROM record WHERE kind = ?1";
        self.ask(|connection| connection.prepare_cached(sql)?.query_row([kind.as_str()], |row| row.get(0)))
    }

    /// Returns how many revisions of records of a kind there are, and the latest commit that has one: both change with any of
    /// them.
    pub fn latest_of(&self, kind: &Kind) -> Result<(u64, u64), CatalogueError> {
        let sql = "SELECT coalesce(sum(record.revision), 0), coalesce(max(added), 0) FROM record WHERE kind = ?1";
        self.ask(|connection| connection.prepare_cached(sql)?.query_row([kind.as_str()], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Returns the last commit that was applied.
    pub fn head(&self) -> Result<Head, CatalogueError> {
        self.ask(|connection| {
            connection.prepare_cached("SELECT sequence, hash FROM position")?.query_row([], |row| {
                let hash: Option<[u8; 32]> = row.get(1)?;
                Ok(Head { sequence: row.get(0)?, commit: hash.map(Digest::from_bytes) })
            })
        })
    }

    /// Returns the latest revision of a record.
    pub fn record(&self, id: RecordId) -> Result<Option<Record>, CatalogueError> {
        let sql = "SELECT json FROM record WHERE id = ?1";
        let json: Option<String> = self.ask(|connection| connection.prepare_cached(sql)?.query_row([key(id)], |row| row.get(0)).optional())?;
        json.map(|json| read_record(&json)).transpose()
    }

    /// Returns the latest revisions of several records, each in its place, as they stand at one moment.
    pub fn records(&self, ids: impl Iterator<Item = RecordId>) -> Result<Vec<Option<Record>>, CatalogueError> {
        let rows: Vec<Option<String>> = self.ask(|connection| {
            let reading = connection.unchecked_transaction()?;
            let mut find = reading.prepare_cached("SELECT json FROM record WHERE id = ?1")?;
            ids.map(|id| find.query_row([key(id)], |row| row.get(0)).optional()).collect()
        })?;
        rows.into_iter().map(|json| json.map(|json| read_record(&json)).transpose()).collect()
    }

    /// Shows the latest revision of every record (of one kind), ordered by id.
    pub fn visit(&self, kind: Option<&Kind>, visit: &mut dyn FnMut(Record)) -> Result<(), CatalogueError> {
        let sql = "SELECT id FROM record WHERE ?1 IS NULL OR kind = ?1 ORDER BY id";
        let ids = self.ids(sql, params![kind.map(Kind::as_str)])?;
        for id in ids {
            if let Some(record) = self.record(id)? {
                visit(record);
            }
        }
        Ok(())
    }

    /// Returns which commit brought a record in, and at which place it stood there.
    pub fn added(&self, id: RecordId) -> Result<Option<(u64, u64)>, CatalogueError> {
        let sql = "SELECT added, place FROM record WHERE id = ?1";
        self.ask(|connection| connection.prepare_cached(sql)?.query_row([key(id)], |row| Ok((row.get(0)?, row.get(1)?))).optional())
    }

    /// Returns the commits in which the revisions of a record stand: (revision, sequence), in order.
    pub fn revisions(&self, id: RecordId) -> Result<Vec<(u64, u64)>, CatalogueError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached("SELECT revision, sequence FROM revision WHERE id = ?1 ORDER BY revision")?;
            rows.query_map([key(id)], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Returns the records that hold a content, the one that was added first in front.
    pub fn holders(&self, digest: &Digest) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT record.id FROM file JOIN record ON record.id = file.id WHERE digest = ?1 ORDER BY added, place";
        self.ids(sql, params![digest.as_bytes()])
    }

    /// Returns the day on which a content was erased by law; `None` if it was not.
    pub fn erased_on(&self, digest: &Digest) -> Result<Option<String>, CatalogueError> {
        let sql = "SELECT day FROM erased WHERE digest = ?1";
        self.ask(|connection| connection.prepare_cached(sql)?.query_row(params![digest.as_bytes()], |row| row.get(0)).optional())
    }

    /// Whether any content was ever erased by law.
    pub fn has_erased(&self) -> Result<bool, CatalogueError> {
        self.ask(|connection| connection.prepare_cached("SELECT 1 FROM erased LIMIT 1")?.exists([]))
    }

    /// Returns every content that was erased by law.
    pub fn erased(&self) -> Result<Vec<Digest>, CatalogueError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached("SELECT digest FROM erased ORDER BY digest")?;
            rows.query_map([], |row| row.get(0).map(Digest::from_bytes))?.collect()
        })
    }

    /// Leaves nothing in the file of what it no longer says: what is deleted in SQLite stays readable until its place is used
    /// again. Costs as much as writing the whole catalogue.
    pub fn purge(&self) -> Result<(), CatalogueError> {
        self.ask(|connection| {
            connection.execute_batch("VACUUM")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// Returns up to `count` records whose effective view commits after `after` up to `to` changed, ordered by id: those above
    /// `above`, or the first ones.
    pub fn changed(&self, (after, to): (u64, u64), above: Option<RecordId>, count: usize) -> Result<Vec<Changed>, CatalogueError> {
        let sql = "SELECT json, decisions, added, place FROM record
            WHERE id IN (SELECT id FROM changed WHERE sequence > ?1 AND sequence <= ?2) AND id > ?3 ORDER BY id LIMIT ?4";
        let above = above.map_or(-1, key);
        let rows: Vec<(String, String, u64, u64)> = self.ask(|connection| {
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            connection.prepare_cached(sql)?.query_map(params![after, to, above, count], read)?.collect()
        })?;
        let read = |(json, decisions, added, place): (String, String, u64, u64)| {
            Ok(Changed { record: read_record(&json)?, decisions: read_decisions(&decisions)?, added: (added, place) })
        };
        rows.into_iter().map(read).collect()
    }

    /// Returns the records that were there at commit `after` and are seen otherwise since. What was erased counts as added anew.
    /// While much is brought in, every question asks this; it costs nothing as long as nothing was recorded.
    pub fn touched_since(&self, after: u64) -> Result<Vec<RecordId>, CatalogueError> {
        // Read before the list: what the list has beyond it does no harm.
        let head = self.head()?.sequence;
        let known = || self.touched.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (since, mut touched) = match &*known() {
            Some((known, at, touched)) if *known == after && *at <= head => (*at, touched.clone()),
            _ => (after, Vec::new()),
        };
        if since < head {
            // Only what was recorded since it was asked last: commits come by the second, and each has hundreds of records.
            let sql = "SELECT DISTINCT changed.id FROM changed JOIN record ON record.id = changed.id
                WHERE sequence > ?1 AND (added <= ?2 OR revision > 1)";
            touched.extend(self.ids(sql, [since, after])?);
            touched.sort_unstable();
            touched.dedup();
            *known() = Some((after, head, touched.clone()));
        }
        Ok(touched)
    }

    /// Returns every record that `viewer` may see, the latest first, as the judge of access says now; but for those that
    /// others took up.
    pub fn admitted(&self, viewer: &Viewer) -> Result<Vec<Summary>, CatalogueError> {
        // Most records share a few decisions: each is read and judged once.
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut rows: Vec<(Summary, u64, usize)> = self.ask(|connection| {
            let mut rows = connection.prepare_cached("SELECT id, kind, added, kept, place, decisions FROM record WHERE merged IS NULL")?;
            let read = |row: &Row<'_>| {
                let kind = Kind::from(row.get_ref(1)?.as_str()?);
                let summary = Summary { id: id_from(row, 0)?, kind, added: row.get(2)?, has_kept_fields: row.get(3)? };
                let (decisions, next) = (row.get_ref(5)?.as_str()?, known.len());
                let number = known.get(decisions).copied().unwrap_or_else(|| *known.entry(decisions.to_owned()).or_insert(next));
                Ok((summary, row.get(4)?, number))
            };
            rows.query_map([], read)?.collect()
        })?;
        let mut admits = vec![false; known.len()];
        for (decisions, number) in &known {
            admits[*number] = access::may(viewer, &read_decisions(decisions)?).is_admitted();
        }
        rows.retain(|(_, _, number)| admits[*number]);
        rows.sort_by_key(|(summary, place, _)| (Reverse(summary.added), *place));
        Ok(rows.into_iter().map(|(summary, ..)| summary).collect())
    }

    fn ids(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<RecordId>, CatalogueError> {
        self.ask(|connection| connection.prepare_cached(sql)?.query_map(values, |row| id_from(row, 0))?.collect())
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, CatalogueError> {
        question(&self.lock()).map_err(|source| CatalogueError::Sqlite { path: self.path.clone(), source })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in between leaves an open transaction behind, which SQLite rolls back.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Applies commits if `and`, which is called when all is written but not yet to be seen, succeeds; else nothing of them.
    fn apply_all<E>(&self, commits: &[&Commit], and: impl FnOnce() -> Result<(), E>) -> Result<Result<(), E>, FollowerError> {
        let mut model = self.model()?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut is_extended = false;
        for commit in commits {
            for addition in commit.records().filter(|record| record.kind == Kind::model()) {
                let _ = Arc::make_mut(&mut model).extend(addition);
                is_extended = true;
            }
            apply::apply(&transaction, commit, &model)?;
        }
        if let Err(error) = and() {
            return Ok(Err(error));
        }
        transaction.commit()?;
        if is_extended {
            // A later revision may say less than an earlier one: what is there is read anew.
            *self.model.write().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        }
        Ok(Ok(()))
    }

    /// Applies a commit together with `publish`, which makes it part of the journal: both, or neither. A crash between the two is
    /// healed by catching up. The caller holds the lock of the catalogue, and the commit follows its head.
    pub(crate) fn apply_and<E>(&self, commit: &Commit, publish: impl FnOnce() -> Result<(), E>) -> Result<Result<(), E>, FollowerError> {
        self.apply_all(&[commit], publish)
    }
}

impl Follower for Catalogue {
    fn name(&self) -> &'static str {
        "catalogue"
    }

    fn position(&self) -> Result<u64, FollowerError> {
        Ok(self.head()?.sequence)
    }

    fn apply(&self, commits: &[Arc<Commit>]) -> Result<(), FollowerError> {
        let commits: Vec<&Commit> = commits.iter().map(Arc::as_ref).collect();
        match self.apply_all(&commits, || Ok::<(), Infallible>(())) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(never)) => match never {},
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("path", &self.path).finish_non_exhaustive()
    }
}

/// An identifier as SQLite keeps it; below 2^55, so the order of ids is the order of numbers.
fn key(id: RecordId) -> i64 {
    id.number() as i64
}

fn id_from(row: &Row<'_>, column: usize) -> rusqlite::Result<RecordId> {
    let number: u64 = row.get(column)?;
    let out_of_range = || rusqlite::Error::IntegralValueOutOfRange(column, number as i64);
    RecordId::from_number(number).ok_or_else(out_of_range)
}

fn read_record(json: &str) -> Result<Record, CatalogueError> {
    serde_json::from_str(json).map_err(|error| CatalogueError::Unreadable(error.to_string()))
}

/// Reads decisions; what cannot be read is an error, never "no decision".
fn read_decisions(json: &str) -> Result<Vec<Decision>, CatalogueError> {
    serde_json::from_str(json).map_err(|error| CatalogueError::Unreadable(error.to_string()))
}
