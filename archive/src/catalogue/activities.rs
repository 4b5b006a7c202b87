//! What became of the media that everyone could see: the history that harvesters read, oldest first.
//!
//! Whether everyone could see a record is judged when its commit is applied, on the day of the commit, so that every replay
//! tells the same. What was never open to everyone is not mentioned.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Catalogue, CatalogueError, id_from, key};
use crate::access::{self, Decision, Viewer, Who};
use crate::follower::FollowerError;
use crate::journal::Commit;
use crate::record::{Record, RecordId};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It opened to everyone.
    Create,
    /// Something about it changed, and it stayed open.
    Update,
    /// It closed, or is gone.
    Delete,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The record.
    pub id: RecordId,
    /// What happened to it.
    pub doing: Doing,
    /// When: RFC 3339, UTC.
    pub time: String,
    /// Whether nothing happened to it since.
    pub is_latest: bool,
}

impl Catalogue {
    /// Returns up to `count` things that happened, the oldest first, after the first `skip`. Of several updates of a record in a row
    /// only the latest is there: whoever reads backwards misses nothing when an earlier one goes.
    pub fn activities(&self, skip: u64, count: u64) -> Result<Vec<Activity>, CatalogueError> {
        let sql = "SELECT id, doing, time, number = (SELECT max(number) FROM activity AS other WHERE other.id = activity.id)
            FROM activity ORDER BY number LIMIT ?2 OFFSET ?1";
        let rows: Vec<(RecordId, String, String, bool)> = self.ask(|connection| {
            let read = |row: &Row<'_>| Ok((id_from(row, 0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            connection.prepare_cached(sql)?.query_map(params![skip, count], read)?.collect()
        })?;
        let read = |(id, doing, time, is_latest): (RecordId, String, String, bool)| {
            let doing = Doing::of(&doing).ok_or_else(|| CatalogueError::Unreadable(format!("the activity {doing}")))?;
            Ok(Activity { id, doing, time, is_latest })
        };
        rows.into_iter().map(read).collect()
    }

    /// Returns how many things happened.
    pub fn count_activities(&self) -> Result<u64, CatalogueError> {
        self.ask(|connection| connection.prepare_cached("SELECT count(*) FROM activity")?.query_row([], |row| row.get(0)))
    }
}

impl Doing {
    /// Returns its name, as Activity Streams has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|doing| doing.name() == name)
    }
}

/// Notes what a commit did to the media that everyone can see, or could before. Its changes are in already.
pub(super) fn note(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), FollowerError> {
    let Some(day) = commit.header.time.get(..10).and_then(|day| day.parse::<Date>().ok()) else { return Ok(()) };
    let everyone = Viewer { who: Who::Public, today: day };
    let sql = "SELECT record.id, decisions, merged IS NULL AND EXISTS (SELECT 1 FROM file WHERE file.id = record.id)
        FROM changed JOIN record ON record.id = changed.id WHERE sequence = ?1 AND kind IN ('image', 'film', 'sound', 'document')";
    let mut changed = transaction.prepare_cached(sql)?;
    let mut rows = changed.query([commit.header.sequence])?;
    while let Some(row) = rows.next()? {
        let id = id_from(row, 0)?;
        // Of what is not decided yet, nothing is open.
        let decisions: Vec<Decision> = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or("[]"))?;
        let is_open = row.get(2)? && access::may(&everyone, &decisions).is_admitted();
        note_one(transaction, id, is_open, &commit.header.time)?;
    }
    // That something was erased by law is no secret; when it came and changed is.
    for record in commit.records().filter(|record| record.erased().is_some() && is_medium(record)) {
        transaction.prepare_cached("DELETE FROM activity WHERE id = ?1")?.execute([key(record.id)])?;
        put(transaction, record.id, Doing::Delete, &commit.header.time)?;
    }
    Ok(())
}

fn is_medium(record: &Record) -> bool {
    ["image", "film", "sound", "document"].contains(&record.kind.as_str())
}

/// Notes what a change is for whoever saw the record before it, and may see it now or not.
fn note_one(transaction: &Transaction<'_>, id: RecordId, is_open: bool, time: &str) -> rusqlite::Result<()> {
    let sql = "SELECT number, doing FROM activity WHERE id = ?1 ORDER BY number DESC LIMIT 1";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, Doing::of(row.get_ref(1)?.as_str()?)));
    let last = transaction.prepare_cached(sql)?.query_row([key(id)], read).optional()?;
    let was_open = last.is_some_and(|(_, doing)| doing != Some(Doing::Delete));
    let doing = match (was_open, is_open) {
        (false, true) => Doing::Create,
        (true, true) => Doing::Update,
        (true, false) => Doing::Delete,
        (false, false) => return Ok(()),
    };
    // An earlier update says nothing that a later one does not.
    if let Some((number, Some(Doing::Update))) = last {
        transaction.prepare_cached("DELETE FROM activity WHERE number = ?1")?.execute([number])?;
    }
    put(transaction, id, doing, time)
}

fn put(transaction: &Transaction<'_>, id: RecordId, doing: Doing, time: &str) -> rusqlite::Result<()> {
    transaction.prepare_cached("INSERT INTO activity (id, doing, time) VALUES (?1, ?2, ?3)")?.execute(params![key(id), doing.name(), time])?;
    Ok(())
}
