//! What stood at which path of which delivery, as last recorded.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Catalogue, CatalogueError, id_from, key};
use crate::digest::Digest;
use crate::record::RecordId;

/// What stands at a path, as last recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The record that holds it.
    pub record: RecordId,
    /// Its content; `None` for a symbolic link.
    pub digest: Option<Digest>,
    /// Length in bytes.
    pub size: u64,
    /// When it was last modified.
    pub mtime: String,
    /// When the inode last changed.
    pub ctime: String,
    /// The inode.
    pub inode: String,
}

impl Catalogue {
    /// Returns what stands at a path of an accession.
    pub fn standing(&self, accession: RecordId, root: &str, raw: &str) -> Result<Option<Standing>, CatalogueError> {
        let sql = "SELECT id, digest, size, mtime, ctime, inode FROM path WHERE accession = ?1 AND root = ?2 AND raw = ?3";
        let find = |connection: &Connection| connection.prepare_cached(sql)?.query_row(params![key(accession), root, raw], read_standing).optional();
        self.ask(find)
    }

    /// Returns the records whose files stand at this path below a source folder, whatever the accession.
    pub fn at_path(&self, raw: &str) -> Result<Vec<RecordId>, CatalogueError> {
        let sql = "SELECT DISTINCT path.id FROM root CROSS JOIN path ON path.accession = root.accession AND path.root = root.root
            WHERE path.raw = ?1 ORDER BY path.id";
        self.ids(sql, [raw])
    }

    /// Returns up to `count` paths of an accession after this label and path, in their order: labels, paths and what
    /// stands there. Everything comes after two empty texts.
    pub fn paths_after(&self, accession: RecordId, after: (&str, &str), count: u32) -> Result<Vec<(String, String, Standing)>, CatalogueError> {
        let sql = "SELECT id, digest, size, mtime, ctime, inode, root, raw FROM path
            WHERE accession = ?1 AND (root, raw) > (?2, ?3) ORDER BY root, raw LIMIT ?4";
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(sql)?;
            let read = |row: &Row<'_>| Ok((row.get(6)?, row.get(7)?, read_standing(row)?));
            rows.query_map(params![key(accession), after.0, after.1, count], read)?.collect()
        })
    }

    /// Returns the accessions that brought in the source folder `source` (percent-encoded), the latest
    /// first, with the label that it has there.
    pub fn accessions_of(&self, source: &str) -> Result<Vec<(RecordId, String)>, CatalogueError> {
        let sql = "SELECT root.accession, root.root FROM root JOIN record ON record.id = root.accession
            WHERE source = ?1 ORDER BY record.added DESC, root.accession";
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(sql)?;
            rows.query_map([source], |row| Ok((id_from(row, 0)?, row.get(1)?)))?.collect()
        })
    }

    /// Returns the paths of an accession that lie below a path: what stood in a folder. Below the empty path lies
    /// everything.
    pub fn standing_below(&self, accession: RecordId, root: &str, raw: &str) -> Result<Vec<String>, CatalogueError> {
        let (above, below) = bounds_below(raw);
        let sql = "SELECT raw FROM path WHERE accession = ?1 AND root = ?2 AND raw > ?3 AND raw < ?4 ORDER BY raw";
        self.ask(|connection| connection.prepare_cached(sql)?.query_map(params![key(accession), root, above, below], |row| row.get(0))?.collect())
    }
}

/// Returns the bounds between which all paths below a path lie. `0` follows `/` in ASCII, and raw paths are ASCII.
pub(super) fn bounds_below(raw: &str) -> (String, String) {
    if raw.is_empty() { (String::new(), "\u{7f}".to_owned()) } else { (format!("{raw}/"), format!("{raw}0")) }
}

fn read_standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let digest: Option<[u8; 32]> = row.get(1)?;
    Ok(Standing {
        record: id_from(row, 0)?,
        digest: digest.map(Digest::from_bytes),
        size: row.get(2)?,
        mtime: row.get(3)?,
        ctime: row.get(4)?,
        inode: row.get(5)?,
    })
}
