//! The record of a delivery: what was brought in together, and how it lay.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use kho_archive::access::Decision;
use kho_archive::catalogue::Catalogue;
use kho_archive::record::{Accession, Folder, Kind, Link, Record, RecordId, Root, Text, bytes_of_raw, raw_of_bytes, readable_name};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Options;
use super::report::UNDER_WAY;
use super::sources::Source;
use super::walk::{Candidate, Layout, Stat, What};

/// Returns the first revision of the record of an accession; nothing is known yet of its folders.
pub(super) fn first_revision(id: RecordId, sources: &[Source]) -> Record {
    let mut accession = Accession::default();
    add_roots(&mut accession, id, sources);
    let names: Vec<String> = accession.roots.iter().map(|root| root.root.clone()).collect();
    let title = readable_name(names.join(", ").as_bytes());
    let mut record = Record::new(id, Kind::accession(), Text::from([("vi".to_owned(), title)]));
    record.accession = Some(accession);
    record
}

/// Returns the revision of an accession with which a run begins; `None` if it is under way already. It says how to go
/// on should the run be cut off.
pub(super) fn begun(recorded: Option<Record>, id: RecordId, sources: &[Source], options: &Options) -> anyhow::Result<Option<Record>> {
    let is_begun = recorded.as_ref().is_some_and(|record| record.fields.contains_key(UNDER_WAY));
    if is_begun {
        return Ok(None);
    }
    let mut record = match recorded {
        Some(record) => Record { revision: record.revision + 1, ..record },
        None => first_revision(id, sources),
    };
    for (field, words) in [("giver", &options.giver), ("agreement", &options.agreement)] {
        record.fields.extend(words.as_ref().map(|words| (field.to_owned(), json!(words))));
    }
    if let Some(note) = &options.note {
        record.description.insert("vi".to_owned(), note.clone());
    }
    record.fields.insert(UNDER_WAY.to_owned(), serde_json::to_value(UnderWay::new(options)?)?);
    Ok(Some(record))
}

/// How a run was begun, as far as going on needs to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    /// Exact bytes of the absolute paths, percent-encoded.
    pub(crate) sources: Vec<String>,
    pub(crate) access: Decision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) practice: Option<RecordId>,
    #[serde(default)]
    pub(crate) unpack: bool,
}

impl UnderWay {
    fn new(options: &Options) -> anyhow::Result<Self> {
        let absolute = |path: &PathBuf| path.canonicalize().map(|path| raw_of_bytes(path.as_os_str().as_bytes()));
        let sources = options.sources.iter().map(absolute).collect::<Result<_, _>>()?;
        Ok(Self { sources, access: options.access.clone(), practice: options.practice, unpack: options.unpack })
    }

    /// Returns the run that an accession says is under way.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        serde_json::from_value(record.fields.get(UNDER_WAY)?.clone()).ok()
    }

    /// The folders and files that were being brought in.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.sources.iter().map(|raw| PathBuf::from(OsString::from_vec(bytes_of_raw(raw)))).collect()
    }
}

/// What one walk found besides files.
pub(super) struct Walk<'a> {
    pub(super) sources: &'a [Source],
    /// One for each source.
    pub(super) layouts: &'a [Layout],
    /// Links that are new.
    pub(super) links: &'a [Candidate],
}

/// Returns the next revision of an accession with what this walk found, or `None` if it says nothing new.
/// What an earlier walk found and this one did not stays, unless a file or a link stands there now.
pub(super) fn next_revision(catalogue: &Catalogue, recorded: Option<&Record>, id: RecordId, walk: &Walk<'_>) -> anyhow::Result<Option<Record>> {
    let new = || first_revision(id, walk.sources);
    let mut record = recorded.map_or_else(new, |record| Record { revision: record.revision + 1, ..record.clone() });
    let accession = record.accession.get_or_insert_default();
    add_roots(accession, id, walk.sources);
    let links = new_links(id, walk);
    let folders = walked_folders(id, walk);
    let mut all_folders = folders.clone();
    for folder in accession.folders.drain(..) {
        if !is_covered(catalogue, id, &folder.root, &folder.raw, &links)? {
            all_folders.entry((folder.root.clone(), folder.raw.clone())).or_insert(folder);
        }
    }
    let mut all_links = links.clone();
    for link in accession.links.drain(..) {
        let place = (link.root.clone(), link.raw.clone());
        let stands_as_file = catalogue.standing(id, &link.root, &link.raw)?.is_some_and(|standing| standing.digest.is_some());
        let parent = link.raw.rsplit_once('/').map_or("", |(parent, _)| parent);
        let is_gone = stands_as_file || folders.contains_key(&place) || is_covered(catalogue, id, &link.root, parent, &links)?;
        if !is_gone {
            all_links.entry(place).or_insert(link);
        }
    }
    accession.folders = all_folders.into_values().collect();
    accession.links = all_links.into_values().collect();
    let is_new = recorded.map(|record| &record.accession) != Some(&record.accession);
    Ok(is_new.then_some(record))
}

/// A label and a path below it.
type Place = (String, String);

fn walked_folders(id: RecordId, walk: &Walk<'_>) -> BTreeMap<Place, Folder> {
    let mut folders = BTreeMap::new();
    for (source, layout) in walk.sources.iter().zip(walk.layouts).filter(|(source, _)| source.accession == id) {
        for (raw, mtime) in &layout.folders {
            let folder = Folder { root: source.root.clone(), raw: raw.clone(), mtime: mtime.clone() };
            folders.insert((source.root.clone(), raw.clone()), folder);
        }
    }
    folders
}

fn new_links(id: RecordId, walk: &Walk<'_>) -> BTreeMap<Place, Link> {
    let mut links = BTreeMap::new();
    for candidate in walk.links.iter().filter(|candidate| walk.sources[candidate.source].accession == id) {
        if let What::Link { target } = &candidate.what {
            let root = walk.sources[candidate.source].root.clone();
            let Stat { mtime, ctime, inode, .. } = candidate.stat.clone();
            let link = Link { root: root.clone(), raw: candidate.raw.clone(), target: target.clone(), mtime, ctime, inode };
            links.insert((root, candidate.raw.clone()), link);
        }
    }
    links
}

/// Whether a file or a link stands at a path or above it, so that there can be no folder.
fn is_covered(catalogue: &Catalogue, id: RecordId, root: &str, raw: &str, links: &BTreeMap<Place, Link>) -> anyhow::Result<bool> {
    let ends = raw.match_indices('/').map(|(place, _)| place).chain([raw.len()]);
    for above in ends.map(|end| &raw[..end]).filter(|above| !above.is_empty()) {
        let is_link = links.contains_key(&(root.to_owned(), above.to_owned()));
        if is_link || catalogue.standing(id, root, above)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn add_roots(accession: &mut Accession, id: RecordId, sources: &[Source]) {
    for source in sources.iter().filter(|source| source.accession == id) {
        if accession.roots.iter().any(|root| root.root == source.root) {
            continue;
        }
        let name = source.path.file_name().map_or(&b"root"[..], OsStrExt::as_bytes);
        accession.roots.push(Root { root: source.root.clone(), raw: raw_of_bytes(name), source: raw_of_bytes(source.path.as_os_str().as_bytes()) });
    }
}
