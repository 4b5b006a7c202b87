//! Bags as other archives send them: BagIt, RFC 8493, the reading side.
//!
//! A bag is checked whole: declaration, manifests, every digest, every file. Nothing is fetched and nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::Context as _;

mod digests;
mod inventory;
mod manifest;
mod tags;

use digests::{Algorithm, digest_file};
use inventory::{Found, Inventory, is_payload, shown};
pub(crate) use manifest::{Line, parse_manifest};
use manifest::{danger, lines_of};
use tags::{Declaration, Findings, Version};

/// The most that one tag file may hold: 512 MiB, a manifest of some four million files.
const LARGEST_TAG_FILE: u64 = 512 * 1024 * 1024;

/// What the check of a bag found.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Sentences that make the bag invalid. Each names its file.
    pub(crate) faults: Vec<String>,
    /// Sentences an archivist should read; the bag is valid all the same.
    pub(crate) warnings: Vec<String>,
    /// How many files stand below `data/`.
    pub(crate) payload_files: u64,
    /// How many bytes they hold together.
    pub(crate) payload_bytes: u64,
    /// Labels and values of `bag-info.txt`, in their order.
    pub(crate) info: Vec<(String, String)>,
}

impl Verified {
    /// Whether the bag is complete and valid (RFC 8493, section 3).
    pub(crate) fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Whether a folder says that it is a bag: `bagit.txt` is a plain file and begins with `BagIt-Version`.
pub(crate) fn is_bag(folder: &Path) -> bool {
    let path = folder.join("bagit.txt");
    let plain = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    let mut head = Vec::new();
    let read = plain && File::open(&path).and_then(|file| file.take(64).read_to_end(&mut head)).is_ok();
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    read && text.starts_with(b"BagIt-Version")
}

/// Checks a bag by every rule of RFC 8493 (early versions by theirs). Reads every listed file once.
///
/// Fails only when the folder itself cannot be read; everything else is a fault or a warning.
pub(crate) fn verify(folder: &Path) -> anyhow::Result<Verified> {
    let mut findings = Findings::default();
    let inventory = Inventory::walk(folder, &mut findings)?;
    if !fs::symlink_metadata(folder.join("data")).is_ok_and(|metadata| metadata.is_dir()) {
        findings.faults.push("the folder data, which holds the payload, is not there".to_owned());
    }
    let bytes = read_tag_file(folder, b"bagit.txt", &mut findings).unwrap_or_default();
    let declaration = tags::declaration(&bytes, &mut findings);
    let mut check = Check { folder, inventory, declaration, findings, expected: BTreeMap::new(), listings: Vec::new() };
    check.read_manifests();
    check.check_listed();
    check.check_digests();
    check.check_fetch();
    let info = check.read_info();
    let (payload_files, payload_bytes) = check.inventory.payload();
    Ok(Verified { faults: check.findings.faults, warnings: check.findings.warnings, payload_files, payload_bytes, info })
}

fn read_tag_file(folder: &Path, name: &[u8], findings: &mut Findings) -> Option<Vec<u8>> {
    let path = folder.join(std::ffi::OsStr::from_bytes(name));
    let plain = fs::symlink_metadata(&path).context("it is not there").and_then(|metadata| {
        anyhow::ensure!(metadata.is_file(), "it is no plain file");
        anyhow::ensure!(metadata.len() <= LARGEST_TAG_FILE, "it is larger than {LARGEST_TAG_FILE} bytes");
        let mut bytes = Vec::new();
        File::open(&path)?.take(LARGEST_TAG_FILE).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    plain.map_err(|error| findings.faults.push(format!("{} could not be read: {error:#}", shown(name)))).ok()
}

/// What one payload manifest lists, as paths of real files.
struct Listing {
    name: String,
    files: BTreeSet<Vec<u8>>,
    written: BTreeSet<Vec<u8>>,
}

/// A digest that a file should have.
struct Expected {
    algorithm: Algorithm,
    digest: String,
    manifest: String,
}

/// A check under way.
struct Check<'folder> {
    folder: &'folder Path,
    inventory: Inventory,
    declaration: Declaration,
    findings: Findings,
    expected: BTreeMap<Vec<u8>, Vec<Expected>>,
    listings: Vec<Listing>,
}

impl Check<'_> {
    fn fault(&mut self, sentence: String) {
        self.findings.faults.push(sentence);
    }

    fn warn(&mut self, sentence: String) {
        self.findings.warnings.push(sentence);
    }

    fn forbidden(&mut self, sentence: String) {
        self.findings.forbidden_in(self.declaration.version, sentence);
    }

    fn read_manifests(&mut self) {
        let names: Vec<String> = self.inventory.files.keys().filter_map(|path| String::from_utf8(path.clone()).ok()).collect();
        let mut unknown = Vec::new();
        let mut payload_manifests = 0_usize;
        for name in names {
            let Some((of_tags, algorithm)) = manifest_name(&name) else { continue };
            payload_manifests = payload_manifests.saturating_add(usize::from(!of_tags));
            match Algorithm::from_name(algorithm) {
                Some(algorithm) => self.read_manifest(&name, of_tags, algorithm),
                None if of_tags => self.warn(format!("{name} was not checked: kho does not know the algorithm {algorithm}")),
                None => unknown.push(format!("{name} was not checked: kho does not know the algorithm {algorithm}")),
            }
        }
        if payload_manifests == 0 {
            self.fault("there is no payload manifest, such as manifest-sha512.txt".to_owned());
        } else if self.listings.is_empty() {
            self.findings.faults.append(&mut unknown);
        } else {
            self.findings.warnings.append(&mut unknown);
        }
    }

    fn read_manifest(&mut self, name: &str, of_tags: bool, algorithm: Algorithm) {
        let bytes = read_tag_file(self.folder, name.as_bytes(), &mut self.findings).unwrap_or_default();
        let (lines, problems) = parse_manifest(&tags::decode(bytes, self.declaration.encoding));
        for problem in problems {
            self.fault(format!("{name}: {problem}"));
        }
        if lines.iter().any(|line| line.binary_mark) {
            self.warn(format!("{name} marks paths with *, as md5sum does"));
        }
        let mut listing = Listing { name: name.to_owned(), files: BTreeSet::new(), written: BTreeSet::new() };
        let mut seen: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for line in lines {
            self.check_repeat(name, &line, &seen);
            seen.insert(line.path.clone(), line.digest.clone());
            self.read_line(&mut listing, of_tags, algorithm, line);
        }
        if !of_tags {
            self.listings.push(listing);
        }
    }

    fn check_repeat(&mut self, name: &str, line: &Line, seen: &BTreeMap<Vec<u8>, String>) {
        match seen.get(&line.path) {
            Some(digest) if *digest == line.digest => self.forbidden(format!("{name} lists {} twice", shown(&line.path))),
            Some(_) => self.fault(format!("{name} lists {} twice, with different digests", shown(&line.path))),
            None => {}
        }
    }

    fn read_line(&mut self, listing: &mut Listing, of_tags: bool, algorithm: Algorithm, line: Line) {
        let (name, path) = (listing.name.clone(), shown(&line.path));
        // A percent code cannot hide a slash or a dot, so the written path is enough to judge the danger.
        if let Some(reason) = danger(&line.path) {
            return self.fault(format!("{name} lists {path}, which {reason}"));
        }
        if line.dot_slash {
            self.forbidden(format!("{name} lists {path} with ./ before it"));
        }
        if of_tags && (is_payload(&line.path) || line.path.starts_with(b"tagmanifest-")) {
            return self.fault(format!("{name} lists {path}, which does not belong into a tag manifest"));
        }
        if !of_tags && !is_payload(&line.path) {
            return self.fault(format!("{name} lists {path}, which is not below data/"));
        }
        if is_system_file(&line.path) {
            self.warn(format!("{path} was made by an operating system, not by people"));
        }
        if !algorithm.could_be(&line.digest) {
            self.fault(format!("{name} gives {path} a digest that is no {}", algorithm.name()));
        }
        listing.written.insert(manifest::decode_path(&line.path));
        let file = match self.inventory.find(&line.path, self.declaration.version) {
            Found::Exactly(file) => file,
            Found::Percent(file) => {
                self.warn(format!("{name} writes the percent signs of {path} in a way its version does not"));
                file
            }
            Found::Twin(file) => {
                self.warn(format!("{name} lists {path}; the file there is {}, the same name in another form", shown(&file)));
                file
            }
            Found::Missing => return self.fault(format!("{path} is listed in {name}, but is not there")),
        };
        listing.files.insert(file.clone());
        self.expected.entry(file).or_default().push(Expected { algorithm, digest: line.digest, manifest: name });
    }

    /// Every payload file in every manifest for 1.0, in one at least before (RFC 8493, section 3).
    fn check_listed(&mut self) {
        let files: Vec<Vec<u8>> = self.inventory.files.keys().filter(|path| is_payload(path)).cloned().collect();
        for file in files {
            let without: Vec<&str> =
                self.listings.iter().filter(|listing| !listing.files.contains(&file)).map(|listing| listing.name.as_str()).collect();
            let too_few = match self.declaration.version {
                Version::Strict => !without.is_empty(),
                Version::Early => !without.is_empty() && without.len() == self.listings.len(),
            };
            if too_few {
                let sentence = format!("{} is not listed in {}", shown(&file), without.join(", "));
                self.fault(sentence);
            }
        }
    }

    fn check_digests(&mut self) {
        for (file, expected) in std::mem::take(&mut self.expected) {
            let mut algorithms: Vec<Algorithm> = expected.iter().map(|one| one.algorithm).collect();
            algorithms.sort_unstable();
            algorithms.dedup();
            let path = self.folder.join(std::ffi::OsStr::from_bytes(&file));
            let digests = match digest_file(&path, &algorithms) {
                Ok(digests) => digests,
                Err(error) => {
                    self.fault(format!("{} could not be read: {error}", shown(&file)));
                    continue;
                }
            };
            for one in expected {
                let real = algorithms.iter().position(|algorithm| *algorithm == one.algorithm).and_then(|index| digests.get(index));
                if real != Some(&one.digest) {
                    self.fault(format!("{} does not have the {} that {} gives it", shown(&file), one.algorithm.name(), one.manifest));
                }
            }
        }
    }

    /// `fetch.txt` names files to be fetched (RFC 8493, section 2.2.3). kho never does; one that is absent makes the bag incomplete.
    fn check_fetch(&mut self) {
        if !self.inventory.files.contains_key(b"fetch.txt".as_slice()) {
            return;
        }
        let bytes = read_tag_file(self.folder, b"fetch.txt", &mut self.findings).unwrap_or_default();
        let text = tags::decode(bytes, self.declaration.encoding);
        for line in lines_of(&text).filter(|line| !line.trim_ascii().is_empty()) {
            let Some((length, path)) = fetch_line(line) else {
                self.fault(format!("fetch.txt has a line that is not an address, a length and a path: {}", shown(line)));
                continue;
            };
            self.check_fetched(length, path);
        }
    }

    fn check_fetched(&mut self, length: Option<u64>, written: &[u8]) {
        let path = shown(written);
        if let Some(reason) = danger(written) {
            return self.fault(format!("fetch.txt lists {path}, which {reason}"));
        }
        if !is_payload(written) {
            return self.fault(format!("fetch.txt lists {path}, which is not below data/"));
        }
        let decoded = manifest::decode_path(written);
        let unlisted: Vec<String> =
            self.listings.iter().filter(|listing| !listing.written.contains(&decoded)).map(|listing| listing.name.clone()).collect();
        if !unlisted.is_empty() {
            self.forbidden(format!("{path} is in fetch.txt, but not in {}", unlisted.join(", ")));
        }
        match self.inventory.find(written, self.declaration.version) {
            Found::Missing => self.fault(format!("{path} must still be fetched: it is in fetch.txt, but not in the bag, and kho fetches nothing")),
            Found::Exactly(file) | Found::Percent(file) | Found::Twin(file) => {
                let size = self.inventory.files.get(&file).copied();
                if length.is_some() && length != size {
                    self.warn(format!("{path} does not have the length that fetch.txt gives it"));
                }
            }
        }
    }

    fn read_info(&mut self) -> Vec<(String, String)> {
        // Bags before 0.96 call it package-info.txt.
        let names = ["bag-info.txt", "package-info.txt"];
        let Some(name) = names.into_iter().find(|name| self.inventory.files.contains_key(name.as_bytes())) else { return Vec::new() };
        let bytes = read_tag_file(self.folder, name.as_bytes(), &mut self.findings).unwrap_or_default();
        let text = tags::decode(bytes, self.declaration.encoding);
        let info = tags::bag_info(name, &text, self.declaration.version, &mut self.findings);
        let sums: Vec<&String> = info.iter().filter(|(label, _)| label.eq_ignore_ascii_case("Payload-Oxum")).map(|(_, value)| value).collect();
        if sums.len() > 1 {
            self.warn(format!("{name} gives Payload-Oxum more than once"));
        }
        let (files, bytes) = self.inventory.payload();
        for sum in sums {
            let said = sum.split_once('.').and_then(|(bytes, files)| Some((files.parse::<u64>().ok()?, bytes.parse::<u64>().ok()?)));
            if said != Some((files, bytes)) {
                self.fault(format!("{name} says Payload-Oxum {}, but the payload is {bytes}.{files}", shown(sum.as_bytes())));
            }
        }
        info
    }
}

fn manifest_name(name: &str) -> Option<(bool, &str)> {
    let stem = name.strip_suffix(".txt").filter(|stem| !stem.contains('/'))?;
    stem.strip_prefix("tagmanifest-").map(|algorithm| (true, algorithm)).or_else(|| Some((false, stem.strip_prefix("manifest-")?)))
}

fn is_system_file(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Reads `address length path`; the length may be `-`.
fn fetch_line(line: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let line = line.trim_ascii_start();
    let (_, rest) = line.split_at_checked(line.iter().position(u8::is_ascii_whitespace)?)?;
    let rest = rest.trim_ascii_start();
    let (length, path) = rest.split_at_checked(rest.iter().position(u8::is_ascii_whitespace)?)?;
    let path = path.trim_ascii_start();
    let length = if length == b"-" { None } else { Some(std::str::from_utf8(length).ok()?.parse().ok()?) };
    (!path.is_empty()).then_some((length, path))
}

#[cfg(test)]
mod tests;
