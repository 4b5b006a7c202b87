//! The record of a delivery: what was brought in together, and how it lay.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;

use kho_archive::catalogue::Catalogue;
use kho_archive::record::{Accession, Folder, Kind, Link, Record, RecordId, Root, Text, raw_of_bytes, readable_name};

use super::sources::Source;
use super::walk::{Candidate, Layout, What};

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

/// Returns the next revision of an accession with what this walk found, or `None` if it says nothing new.
/// What an earlier walk found and this one did not stays: nothing is forgotten.
pub(super) fn next_revision(
    catalogue: &Catalogue, recorded: Option<&Record>, id: RecordId, sources: &[Source], layouts: &[Layout], links: &[Candidate],
) -> anyhow::Result<Option<Record>> {
    let mut record = recorded.map_or_else(|| first_revision(id, sources), |record| Record { revision: record.revision + 1, ..record.clone() });
    let accession = record.accession.get_or_insert_default();
    add_roots(accession, id, sources);
    let mut folders: BTreeMap<(String, String), Folder> =
        accession.folders.drain(..).map(|folder| ((folder.root.clone(), folder.raw.clone()), folder)).collect();
    for (source, layout) in sources.iter().zip(layouts).filter(|(source, _)| source.accession == id) {
        for (raw, mtime) in &layout.folders {
            let folder = Folder { root: source.root.clone(), raw: raw.clone(), mtime: mtime.clone() };
            folders.insert((source.root.clone(), raw.clone()), folder);
        }
    }
    accession.folders = folders.into_values().collect();
    add_links(catalogue, accession, id, sources, links)?;
    let is_new = recorded.map(|record| &record.accession) != Some(&record.accession);
    Ok(is_new.then_some(record))
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

fn add_links(catalogue: &Catalogue, accession: &mut Accession, id: RecordId, sources: &[Source], links: &[Candidate]) -> anyhow::Result<()> {
    let mut all = BTreeMap::new();
    for link in accession.links.drain(..) {
        // Where a file stands by now, the link is gone.
        let standing = catalogue.standing(id, &link.root, &link.raw)?;
        if standing.is_none_or(|standing| standing.digest.is_none()) {
            all.insert((link.root.clone(), link.raw.clone()), link);
        }
    }
    for candidate in links.iter().filter(|candidate| sources[candidate.source].accession == id) {
        if let What::Link { target } = &candidate.what {
            let root = sources[candidate.source].root.clone();
            let stat = candidate.stat.clone();
            let link = Link {
                root: root.clone(),
                raw: candidate.raw.clone(),
                target: target.clone(),
                mtime: stat.mtime,
                ctime: stat.ctime,
                inode: stat.inode,
            };
            all.insert((root, candidate.raw.clone()), link);
        }
    }
    accession.links = all.into_values().collect();
    Ok(())
}
