//! Which folders are brought in, and to which accession each belongs.
//!
//! A source that was brought in before continues its accession, if at least one of its files is still as
//! it was recorded there. Another camera card mounted at the same place shares no file with the last one
//! (size, times, inode), and so becomes an accession of its own.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use kho_archive::Archive;
use kho_archive::record::{RecordId, raw_of_bytes};
use thiserror::Error;
use walkdir::WalkDir;

use super::walk::{self, Stat};

/// A folder to bring in.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The folder: absolute, links resolved.
    pub(super) path: PathBuf,
    /// Only the file of this name in the folder.
    pub(super) only: Option<OsString>,
    /// Its label, unique in the accession.
    pub(super) root: String,
    /// The accession that it belongs to.
    pub(super) accession: RecordId,
    /// Whether nothing was ever recorded under this label: then no path needs to be looked up.
    pub(super) is_new: bool,
}

/// A source cannot be brought in.
#[derive(Debug, Error)]
pub(crate) enum SourceError {
    #[error("{path} cannot be brought in: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0} is neither a file nor a folder")]
    Special(PathBuf),
    #[error("{source_path} and the archive {archive} lie inside one another; bring in a folder outside the archive")]
    Inside { source_path: PathBuf, archive: PathBuf },
}

/// A source before its accession is known.
pub(super) struct Place {
    path: PathBuf,
    only: Option<OsString>,
}

/// Finds the folders that the user named.
pub(super) fn resolve(archive: &Archive, paths: &[PathBuf]) -> Result<Vec<Place>, SourceError> {
    let unreadable = |path: &Path, source| SourceError::Unreadable { path: path.to_owned(), source };
    let home = archive.root().canonicalize().map_err(|source| unreadable(archive.root(), source))?;
    let mut places = Vec::new();
    for given in paths {
        let path = given.canonicalize().map_err(|source| unreadable(given, source))?;
        let place = match path.metadata().map_err(|source| unreadable(given, source))? {
            facts if facts.is_dir() => Place { path, only: None },
            facts if facts.is_file() => {
                let only = path.file_name().map(ToOwned::to_owned);
                Place { path: path.parent().unwrap_or(&path).to_owned(), only }
            }
            _ => return Err(SourceError::Special(given.clone())),
        };
        // What came out of a package lies in a passing folder of our own, and so does what was uploaded.
        let is_ours = archive.scratch().is_ok_and(|scratch| given.starts_with(scratch)) || path_is_uploaded(&home, given);
        let lies_inside = !is_ours && (place.path.starts_with(&home) || (place.only.is_none() && home.starts_with(&place.path)));
        if lies_inside {
            return Err(SourceError::Inside { source_path: given.clone(), archive: home });
        }
        places.push(place);
    }
    Ok(places)
}

/// Whether a path lies in what somebody uploaded, all of it on its way into the archive.
fn path_is_uploaded(home: &Path, given: &Path) -> bool {
    let uploads = home.join(crate::uploads::FOLDER);
    given.canonicalize().is_ok_and(|path| path != uploads && path.starts_with(uploads))
}

/// Finds the accession of each source. Walks one that was brought in from the same place before, without opening anything,
/// as far as the first file that is still as it was recorded.
pub(super) fn find_accessions(archive: &Archive, places: Vec<Place>) -> anyhow::Result<Vec<Source>> {
    let mut surveyed = Vec::new();
    for place in places {
        let known = archive.catalogue().accessions_of(&raw_of_bytes(place.path.as_os_str().as_bytes()))?;
        let continued = if known.is_empty() { None } else { find_continued(archive, &place, &known)? };
        surveyed.push((place, continued));
    }
    give_labels(archive, surveyed)
}

fn find_continued(archive: &Archive, place: &Place, known: &[(RecordId, String)]) -> anyhow::Result<Option<(RecordId, String)>> {
    let probe = Source { path: place.path.clone(), only: place.only.clone(), root: String::new(), accession: archive.free_id()?, is_new: true };
    let (mut found, mut is_empty) = (Ok(None), true);
    walk::walk(&probe, 0, &mut |candidate| {
        is_empty = false;
        found = find_unchanged(archive, known, &candidate.raw, &candidate.stat);
        matches!(found, Ok(None))
    });
    // A folder in which nothing is left continues the delivery that it brought.
    Ok(found?.or_else(|| known.first().filter(|_| is_empty).cloned()))
}

/// Shows the size of each entry that there is, until `go_on` is false. What cannot be read is missing here and named by the walk.
pub(super) fn count(sources: &[Source], go_on: &mut dyn FnMut(u64) -> bool) {
    for source in sources {
        let whole = source.only.as_ref().map_or_else(|| source.path.clone(), |only| source.path.join(only));
        let entries = WalkDir::new(whole).into_iter().filter_map(Result::ok).filter(|entry| !entry.file_type().is_dir());
        for entry in entries {
            if !go_on(entry.metadata().map_or(0, |facts| facts.len())) {
                return;
            }
        }
    }
}

/// Returns the accession in which a path stands with exactly this size, these times and this inode.
fn find_unchanged(archive: &Archive, known: &[(RecordId, String)], raw: &str, stat: &Stat) -> anyhow::Result<Option<(RecordId, String)>> {
    for (accession, root) in known {
        if let Some(standing) = archive.catalogue().standing(*accession, root, raw)?
            && stat.is_that_of(&standing)
        {
            return Ok(Some((*accession, root.clone())));
        }
    }
    Ok(None)
}

/// Sources that continue nothing join the accession of the run, under a label that is free there.
fn give_labels(archive: &Archive, surveyed: Vec<(Place, Option<(RecordId, String)>)>) -> anyhow::Result<Vec<Source>> {
    let of_run = match surveyed.iter().find_map(|(_, continued)| continued.as_ref()) {
        Some((accession, _)) => *accession,
        None => archive.free_id()?,
    };
    let recorded = archive.catalogue().record(of_run)?.and_then(|record| record.accession).unwrap_or_default();
    let mut taken: BTreeSet<String> = recorded.roots.into_iter().map(|root| root.root).collect();
    let mut sources: Vec<Source> = Vec::new();
    for (place, continued) in surveyed {
        // The same folder named twice, or two files of one folder, share a root.
        let same = sources.iter().find(|source| source.path == place.path);
        let is_new = continued.is_none() && same.is_none();
        let (accession, root) = match (continued, same) {
            (Some(continued), _) => continued,
            (None, Some(same)) => (same.accession, same.root.clone()),
            (None, None) => (of_run, free_label(&place.path, &taken)),
        };
        taken.insert(root.clone());
        sources.push(Source { path: place.path, only: place.only, root, accession, is_new });
    }
    Ok(sources)
}

fn free_label(path: &Path, taken: &BTreeSet<String>) -> String {
    let name = path.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned());
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|label| !taken.contains(label)).unwrap_or(name)
}

impl Stat {
    /// Whether a path still is as it was last recorded. In doubt the content is read.
    pub(super) fn is_that_of(&self, standing: &kho_archive::catalogue::Standing) -> bool {
        (self.size, &self.mtime, &self.ctime, &self.inode) == (standing.size, &standing.mtime, &standing.ctime, &standing.inode)
    }
}
