//! How a delivery lay: its folders as they were, one at a time, and in them what the viewer may see.

use kho_archive::record::{Accession, Record, bytes_of_raw};

use super::app::App;
use super::in_words::nfc;
use super::links;
use super::page::Reader;
use super::record::Fact;
use super::texts::Texts;
use crate::media::names;

/// One folder of a delivery.
pub(crate) struct Folder {
    /// The way to it: the delivery, its source folder, and so on.
    pub(crate) way: Vec<Link>,
    pub(crate) folders: Vec<Link>,
    pub(crate) files: Vec<Link>,
}

/// A name that leads on.
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) href: String,
}

/// Returns the folder that was asked for; `None` if the record is no delivery or has no such folder.
///
/// `wanted` is the label of a source folder and the path below it, percent-encoded; empty for the list of source folders.
pub(crate) fn folder(app: &App, reader: &Reader, record: &Record, wanted: &str) -> anyhow::Result<Option<Folder>> {
    let Some(accession) = &record.accession else { return Ok(None) };
    let here = |folder: &str| links::with_query(&format!("/r/{}", record.id), &[("folder".to_owned(), folder.to_owned())]);
    let mut way = vec![Link { name: reader.texts.get("folders-all"), href: here("") }];
    if wanted.is_empty() {
        let roots = accession.roots.iter().map(|root| Link { name: nfc(&root.root), href: here(&root.root) });
        return Ok(Some(Folder { way, folders: roots.collect(), files: Vec::new() }));
    }
    let (root, raw) = wanted.split_once('/').unwrap_or((wanted, ""));
    if !is_there(accession, root, raw) {
        return Ok(None);
    }
    way.push(Link { name: nfc(root), href: here(root) });
    for (end, _) in raw.match_indices('/').chain((!raw.is_empty()).then_some((raw.len(), ""))) {
        way.push(Link { name: last_name(&raw[..end]), href: here(&format!("{root}/{}", &raw[..end])) });
    }
    let is_inside = |path: &str| parent(path) == raw && !path.is_empty();
    let folders = accession.folders.iter().filter(|folder| folder.root == root && is_inside(&folder.raw));
    let folders = folders.map(|folder| Link { name: last_name(&folder.raw), href: here(&format!("{root}/{}", folder.raw)) }).collect();
    let mut files = Vec::new();
    for path in app.archive.catalogue().standing_below(record.id, root, raw)?.iter().filter(|path| is_inside(path)) {
        let Some(standing) = app.archive.catalogue().standing(record.id, root, path)? else { continue };
        // What is closed lies here as if it did not exist.
        if let Some(holder) = app.record(&reader.visitor.viewer, &standing.record.to_string())? {
            files.push(Link { name: last_name(path), href: format!("/r/{}", holder.id) });
        }
    }
    Ok(Some(Folder { way, folders, files }))
}

/// Who gave a delivery, and under which agreement.
pub(crate) fn facts(texts: &Texts, record: &Record) -> Vec<Fact> {
    let fields = [("giver", "report-giver"), ("agreement", "report-agreement")];
    let said = |(field, key): (&str, &str)| {
        let words = record.fields.get(field)?.as_str()?;
        Some(Fact { label: texts.get(key), value: nfc(words) })
    };
    fields.into_iter().filter_map(said).collect()
}

fn is_there(accession: &Accession, root: &str, raw: &str) -> bool {
    let is_root = raw.is_empty() && accession.roots.iter().any(|known| known.root == root);
    is_root || accession.folders.iter().any(|folder| folder.root == root && folder.raw == raw)
}

fn parent(raw: &str) -> &str {
    raw.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn last_name(raw: &str) -> String {
    names::readable(&bytes_of_raw(raw.rsplit('/').next().unwrap_or(raw))).0
}
