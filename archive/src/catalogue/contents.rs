//! Who may have the bytes of a content, and which minutes of its words: every record that holds it has a say.

use rusqlite::params;

use super::{Catalogue, CatalogueError, read_decisions, read_record};
use crate::access::{self, Minutes, Viewer};
use crate::digest::Digest;
use crate::model::Model;
use crate::record::Record;

impl Catalogue {
    /// Returns whether the bytes of a content may be given to `viewer`: only if some record holds it, and every record that does
    /// admits the viewer, to all of its minutes.
    pub fn may_have(&self, viewer: &Viewer, digest: &Digest) -> Result<bool, CatalogueError> {
        Ok(self.are_admitting(viewer, digest, true)? && self.hidden_minutes(viewer, digest)?.is_empty())
    }

    /// Returns the minutes whose words `viewer` may not read in this content: it stands beside a recording whose transcript
    /// keeps them back.
    pub fn hidden_minutes(&self, viewer: &Viewer, digest: &Digest) -> Result<Vec<Minutes>, CatalogueError> {
        self.minutes(digest, &|transcript, model| access::hidden_minutes(transcript, viewer, model))
    }

    /// Returns the minutes whose words not everyone may read at any time in this content.
    pub fn closed_minutes(&self, digest: &Digest) -> Result<Vec<Minutes>, CatalogueError> {
        self.minutes(digest, &access::closed_minutes)
    }

    fn minutes(&self, digest: &Digest, of: &dyn Fn(&Record, &Model) -> Vec<Minutes>) -> Result<Vec<Minutes>, CatalogueError> {
        let sql = "SELECT DISTINCT record.id, json FROM file JOIN relation ON relation.other = file.id AND field = 'media' AND inner = ''
            JOIN record ON record.id = relation.id WHERE digest = ?1 AND role = 'transcript' AND kind = 'transcript'";
        let found: Vec<String> =
            self.ask(|connection| connection.prepare_cached(sql)?.query_map(params![digest.as_bytes()], |row| row.get(1))?.collect())?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let model = self.model()?;
        let mut minutes = Vec::new();
        for json in &found {
            minutes.extend(of(&read_record(json)?, &model));
        }
        Ok(minutes)
    }

    /// Returns whether the words of a content may be given to `viewer`, without those of minutes that are kept back: some
    /// record holds it, and every record that does admits the viewer.
    pub fn may_have_some(&self, viewer: &Viewer, digest: &Digest) -> Result<bool, CatalogueError> {
        self.are_admitting(viewer, digest, false)
    }

    /// Whether the records that hold a content admit a viewer: to the whole of it, or to what can be cut to measure.
    fn are_admitting(&self, viewer: &Viewer, digest: &Digest, whole: bool) -> Result<bool, CatalogueError> {
        let sql = "SELECT decisions, bytes, uncut FROM record JOIN file ON file.id = record.id WHERE digest = ?1";
        let all: Vec<(String, Option<String>, bool)> = self.ask(|connection| {
            let mut rows = connection.prepare_cached(sql)?;
            rows.query_map(params![digest.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        for (decisions, bytes, uncut) in &all {
            let mut decisions = read_decisions(decisions)?;
            let bytes = bytes.as_deref().filter(|_| whole || *uncut);
            decisions.extend(bytes.map(read_decisions).transpose()?.into_iter().flatten());
            if !access::may(viewer, &decisions).is_admitted() {
                return Ok(false);
            }
        }
        Ok(!all.is_empty())
    }

    /// Returns whether the words of a content may be found by everyone who finds a record that holds it: if all of them are
    /// open to the same people, and nothing of the content is kept back from some of these.
    pub fn holders_agree(&self, digest: &Digest) -> Result<bool, CatalogueError> {
        let sql = "SELECT count(DISTINCT decisions), sum(uncut) FROM record JOIN file ON file.id = record.id WHERE digest = ?1";
        let (views, kept_back): (u64, Option<u64>) =
            self.ask(|connection| connection.prepare_cached(sql)?.query_row(params![digest.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))))?;
        Ok(views <= 1 && kept_back.unwrap_or(0) == 0)
    }
}
