//! Opening the catalogue, and making it where there is none.
//!
//! Other processes may do the same at this moment, and one may be making everything under `cache/` again.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::CatalogueError;
use crate::follower::{self, FollowError};

/// The version of the tables. A catalogue of another version is made anew.
const VERSION: i64 = 8;

const TABLES: &str = "
    CREATE TABLE position (sequence INTEGER NOT NULL, hash BLOB);
    INSERT INTO position VALUES (0, NULL);
    -- The latest revision of each record. It was added by commit `added`, where it stood at `place`; `decisions` is what the judge of
    -- access needs, and nothing else; `inherited` is what the decisions and words of others take from it. It is `waiting` to be described,
    -- and was `taken` at a local time. `bytes` are further decisions on its files, where there are any; they are `uncut` where
    -- the words of closed minutes cannot be told from others. `merged` is the record that took it up, where one did. Some of its fields
    -- are `kept` by decisions of their own. `json`, the longest, comes last: what is asked of many records lies before it.
    CREATE TABLE record (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, revision INTEGER NOT NULL,
        decisions TEXT NOT NULL, added INTEGER NOT NULL, place INTEGER NOT NULL, inherited TEXT, waiting INTEGER NOT NULL DEFAULT 0, taken TEXT,
        bytes TEXT, uncut INTEGER NOT NULL DEFAULT 0, merged INTEGER, kept INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL);
    CREATE INDEX record_waiting ON record (added, place) WHERE waiting = 1;
    CREATE INDEX record_taken ON record (taken) WHERE taken IS NOT NULL;
    CREATE INDEX record_of ON record (kind, added, place);
    -- What each record refers to: by a field, by a field inside a group, or by a relation. The other need not be there.
    CREATE TABLE relation (id INTEGER NOT NULL, field TEXT NOT NULL, inner TEXT NOT NULL, other INTEGER NOT NULL,
        PRIMARY KEY (id, field, inner, other)) WITHOUT ROWID;
    CREATE INDEX relation_to ON relation (other, field);
    -- The keys by which other systems and tables know records.
    CREATE TABLE code (kind TEXT NOT NULL, code TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (kind, code, id)) WITHOUT ROWID;
    CREATE INDEX code_of ON code (id);
    -- The names of records that are no files, from each word on, without marks.
    CREATE TABLE name (kind TEXT NOT NULL, name TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (kind, name, id)) WITHOUT ROWID;
    CREATE INDEX name_of ON name (id);
    -- In which commit each revision stands.
    CREATE TABLE revision (id INTEGER NOT NULL, revision INTEGER NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (id, revision)) WITHOUT ROWID;
    -- The records whose effective view a commit changed.
    CREATE TABLE changed (sequence INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (sequence, id)) WITHOUT ROWID;
    CREATE TABLE file (digest BLOB NOT NULL, id INTEGER NOT NULL, role TEXT NOT NULL, PRIMARY KEY (digest, id)) WITHOUT ROWID;
    CREATE INDEX file_of ON file (id);
    -- What stands at each path of each accession, as last recorded; `digest` is NULL for a symbolic link.
    CREATE TABLE path (accession INTEGER NOT NULL, root TEXT NOT NULL, raw TEXT NOT NULL, id INTEGER NOT NULL, digest BLOB,
        size INTEGER NOT NULL, mtime TEXT NOT NULL, ctime TEXT NOT NULL, inode TEXT NOT NULL,
        PRIMARY KEY (accession, root, raw)) WITHOUT ROWID;
    CREATE INDEX path_of ON path (id);
    CREATE TABLE root (accession INTEGER NOT NULL, root TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (accession, root)) WITHOUT ROWID;
    CREATE INDEX root_by_source ON root (source);
    -- What became of the media that everyone could see, in order.
    CREATE TABLE activity (number INTEGER PRIMARY KEY, id INTEGER NOT NULL, doing TEXT NOT NULL, time TEXT NOT NULL);
    CREATE INDEX activity_of ON activity (id, number);
    -- Contents that were erased by law, and on which day.
    CREATE TABLE erased (digest BLOB PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
";

/// What a file says that has no tables yet.
const NEW: i64 = 0;

/// So much of the catalogue is held in memory.
const CACHE_KIB: i64 = 8 << 10;

/// So long a catalogue is waited for in which another process writes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whoever has this opens the catalogue or takes it away, and nobody else does: SQLite finds the log of a database by its name, and
/// would take that of the next one for it.
pub(crate) fn lock(cache: &Path) -> Result<File, FollowError> {
    follower::lock(cache, "catalogue-opening")
}

/// Opens the catalogue at `path`, with tables of this version. One of another version is made anew.
pub(super) fn open(path: &Path) -> Result<Connection, CatalogueError> {
    let _lock = lock(path.parent().unwrap_or(path))?;
    open_locked(path).map_err(|source| CatalogueError::Sqlite { path: path.to_owned(), source })
}

fn open_locked(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = connect(path)?;
    let there = version(&connection)?;
    if there == VERSION {
        return Ok(connection);
    }
    if there != NEW {
        drop(connection);
        remove(path);
        connection = connect(path)?;
    }
    make_tables(&connection)?;
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    // NORMAL: a power cut may take the last transactions, never the file; the journal gives them back.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // Four times the default: an ingest writes the same pages again and again.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    // Four times the default: what refers to a village may fill more than that, and is read again for every page that tells of it.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Else a statement that joins tables, or asks for a range, is planned anew for each value that it is asked with.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.execute_batch("COMMIT")
}

/// Removes a catalogue of another version. What cannot be removed shows itself when it is opened.
fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    /// Eight programs start at once where there is no catalogue yet, or one of another version. Each used to take away the one that
    /// another had just begun.
    #[test]
    fn who_starts_at_once_shares_one_catalogue() {
        for other_version in [None, Some(VERSION - 1)].repeat(8) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("catalogue.sqlite");
            if let Some(other) = other_version {
                Connection::open(&path).unwrap().pragma_update(None, "user_version", other).unwrap();
            }
            let together = Barrier::new(8);
            let opened: Vec<Connection> = thread::scope(|scope| {
                let open = || {
                    together.wait();
                    open(&path).unwrap()
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            opened[0].execute("INSERT INTO erased VALUES (x'00', '2026-11-26')", []).unwrap();
            for connection in &opened {
                let erased: u64 = connection.query_row("SELECT count(*) FROM erased", [], |row| row.get(0)).unwrap();
                assert_eq!(erased, 1, "another catalogue than the one that was written to, after {other_version:?}");
            }
        }
    }
}
