//! What really stands in a bag's folder, and how a listed path finds its file.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::Context as _;
use unicode_normalization::UnicodeNormalization as _;
use walkdir::WalkDir;

use super::manifest::decode_path;
use super::tags::{Findings, Version};

/// Where a listed path led.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The file of that very name.
    Exactly(Vec<u8>),
    /// The name with its percent signs read in the other way.
    Percent(Vec<u8>),
    /// A file whose name differs only in Unicode form or, in early bags, in upper and lower case.
    Twin(Vec<u8>),
    /// No file.
    Missing,
}

/// The plain files of a bag with their sizes, by path within it.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// Path, with `/`, to size in bytes.
    pub(super) files: BTreeMap<Vec<u8>, u64>,
    by_form: HashMap<String, Vec<u8>>,
    by_letters: HashMap<String, Vec<u8>>,
}

impl Inventory {
    /// Walks the folder without following links. Links and special files are findings, not files.
    pub(super) fn walk(folder: &Path, findings: &mut Findings) -> anyhow::Result<Inventory> {
        let mut inventory = Inventory::default();
        for entry in WalkDir::new(folder).min_depth(1).follow_links(false).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 => return Err(error).context(format!("the folder {} could not be read", folder.display())),
                Err(error) => {
                    findings.faults.push(format!("part of the bag could not be read: {error}"));
                    continue;
                }
            };
            let Ok(relative) = entry.path().strip_prefix(folder) else { continue };
            let path = relative.as_os_str().as_bytes().to_vec();
            let kind = entry.file_type();
            if kind.is_file() {
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                inventory.add(path, size, findings);
            } else if !kind.is_dir() {
                let what = if kind.is_symlink() { "a symbolic link, which kho does not follow" } else { "no plain file" };
                let sentence = format!("{} is {what}", shown(&path));
                let list = if is_payload(&path) || path == b"data" { &mut findings.faults } else { &mut findings.warnings };
                list.push(sentence);
            }
        }
        Ok(inventory)
    }

    fn add(&mut self, path: Vec<u8>, size: u64, findings: &mut Findings) {
        let form = composed(&path);
        if let Some(other) = self.by_letters.insert(form.to_lowercase(), path.clone()) {
            let how = if composed(&other) == form { "Unicode form" } else { "upper and lower case" };
            findings.warnings.push(format!("{} and {} differ only in {how}; other systems may keep only one", shown(&other), shown(&path)));
        }
        self.by_form.insert(form, path.clone());
        self.files.insert(path, size);
    }

    /// Finds the file of a path in a manifest. Early bags did not code percent signs, version 1.0 does.
    pub(super) fn find(&self, written: &[u8], version: Version) -> Found {
        let decoded = decode_path(written);
        let (first, second) = match version {
            Version::Strict => (decoded.as_slice(), written),
            Version::Early => (written, decoded.as_slice()),
        };
        if self.files.contains_key(first) {
            return Found::Exactly(first.to_vec());
        }
        if self.files.contains_key(second) {
            return Found::Percent(second.to_vec());
        }
        let form = composed(&decoded);
        let by_letters = if version == Version::Early { self.by_letters.get(&form.to_lowercase()) } else { None };
        self.by_form.get(&form).or(by_letters).map_or(Found::Missing, |path| Found::Twin(path.clone()))
    }

    /// How many files the payload has, and how many bytes they hold together.
    pub(super) fn payload(&self) -> (u64, u64) {
        let sizes = self.files.iter().filter(|(path, _)| is_payload(path));
        sizes.fold((0, 0), |(files, bytes), (_, size)| (files.saturating_add(1_u64), bytes.saturating_add(*size)))
    }
}

/// Whether a path of a bag belongs to the payload.
pub(super) fn is_payload(path: &[u8]) -> bool {
    path.starts_with(b"data/")
}

/// A path for people: control characters and what is not UTF-8 made visible.
pub(super) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn composed(path: &[u8]) -> String {
    std::str::from_utf8(path).map_or_else(|_| path.iter().map(|byte| char::from(*byte)).collect(), |text| text.nfc().collect())
}
