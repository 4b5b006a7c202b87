//! Books: EPUB 2 and 3.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;

use super::super::writing::Writing;
use super::super::xml::{self, Piece};
use super::super::zip_part::Package;
use super::super::{FromFont, Words};

/// More chapters than this are not read.
const MOST_CHAPTERS: usize = 10_000;

/// A chapter ends here, in bytes.
const LONGEST_CHAPTER: u64 = 16 << 20;

pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let mut package = Package::open(path)?;
    let root = root(&mut package)?;
    let (chapters, title) = contents(&mut package, &root)?;
    let (mut writing, mut missing) = (Writing::default(), 0);
    for name in chapters {
        if writing.is_full() {
            break;
        }
        match package.bytes(&name, LONGEST_CHAPTER) {
            Ok(bytes) => {
                super::write(&super::decode(&bytes).0, &mut writing, from_font);
            }
            Err(_) => missing += 1,
        }
        writing.line();
    }
    let problem = (missing > 0).then(|| format!("{missing} of its chapters could not be read"));
    Ok(Words::of(writing, title, problem))
}

/// Name of the part that lists the others (EPUB 3.3, 4.2.6.3.1).
fn root(package: &mut Package) -> anyhow::Result<String> {
    let mut root = None;
    xml::walk(package.part("META-INF/container.xml")?, &mut |piece| match piece {
        Piece::Start("rootfile", attributes) => {
            root = attributes.get("full-path");
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    })?;
    root.context("the book does not name its list of chapters")
}

/// Names of the chapters in reading order, and the title.
fn contents(package: &mut Package, root: &str) -> anyhow::Result<(Vec<String>, Option<String>)> {
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (mut names, mut chapters) = (HashMap::new(), Vec::new());
    xml::walk(package.part(root)?, &mut |piece| {
        match piece {
            Piece::Start("item", attributes) => {
                if let (Some(id), Some(link)) = (attributes.get_exact("id"), attributes.get("href")) {
                    names.insert(id, name_of(folder, &link));
                }
            }
            Piece::Start("itemref", attributes) => chapters.extend(attributes.get("idref").and_then(|id| names.get(&id).cloned())),
            _ => {}
        }
        if chapters.len() < MOST_CHAPTERS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let title = package.part(root).ok().and_then(|part| xml::first(part, "title"));
    Ok((chapters, title))
}

/// The part that a link means, seen from `folder`.
fn name_of(folder: &str, link: &str) -> String {
    let link = link.split('#').next().unwrap_or_default();
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    let link = decoded(link);
    for step in link.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Resolves `%C4%91`; what is no such thing stays.
fn decoded(link: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), link.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_parts() {
        assert_eq!(name_of("OEBPS/text", "../ch%C6%B0%C6%A1ng%201.xhtml#đó"), "OEBPS/chương 1.xhtml");
        assert_eq!(name_of("", "../../../etc/passwd"), "etc/passwd");
        assert_eq!(name_of("a", "50%"), "a/50%");
    }
}
