//! What happens at the door, before anything is taken: bags are verified, packages are opened if asked.
//!
//! A bag whose manifests do not agree with its files is refused whole: it was damaged on its way, and whoever
//! sent it can send it again. A package is kept as it came, after the files that came out of it: so a run that
//! was cut off opens it again, and one that was not does not.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::record::raw_of_bytes;

use super::account::Refusal;
use super::unpack::{self, Limits};
use super::walk::Stat;
use super::{Options, bag};
use crate::media::names;

/// The sentences that are told of a damaged bag; the others are counted.
const MOST_FAULTS: usize = 20;

/// The bytes by which a package is recognised.
const HEAD: u64 = 64 << 10;

/// What came through the door.
#[derive(Default)]
pub(super) struct Received {
    /// The folders and files to bring in.
    pub(super) sources: Vec<PathBuf>,
    /// What was turned away, and why.
    pub(super) refused: Vec<Refusal>,
    /// What an archivist should know.
    pub(super) notes: Vec<String>,
}

/// Looks at what the user named.
///
/// # Errors
/// When the archive cannot be read or written.
pub(super) fn receive(archive: &Archive, options: &Options) -> anyhow::Result<Received> {
    let mut received = Received::default();
    for (number, source) in options.sources.iter().enumerate() {
        if bag::is_bag(source) {
            received.bag(source)?;
        } else if options.unpack && !options.dry_run && is_package(source) {
            received.package(archive, source, number)?;
        } else {
            received.sources.push(source.clone());
        }
    }
    Ok(received)
}

fn is_package(path: &Path) -> bool {
    let mut head = Vec::new();
    let is_read = path.is_file() && File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_ok();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_read && unpack::is_package(&name, &head).is_some()
}

impl Received {
    fn bag(&mut self, folder: &Path) -> anyhow::Result<()> {
        let verified = bag::verify(folder)?;
        let path = shown(folder);
        self.notes.extend(verified.warnings.iter().map(|warning| format!("bag {path}: {warning}")));
        if verified.is_valid() {
            let said: Vec<String> = verified.info.iter().map(|(label, value)| format!("{label}: {value}")).collect();
            let said = if said.is_empty() { String::new() } else { format!("; {}", said.join("; ")) };
            self.notes.push(format!("bag {path}: complete and valid, {} files, {} bytes{said}", verified.payload_files, verified.payload_bytes));
            self.sources.push(folder.to_owned());
            return Ok(());
        }
        let more = verified.faults.len().saturating_sub(MOST_FAULTS);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        let faults = verified.faults.iter().take(MOST_FAULTS).cloned().collect::<Vec<_>>().join("; ");
        self.refused.push(Refusal::new(path, format!("the bag does not agree with its manifests, and nothing of it was taken: {faults}{more}")));
        Ok(())
    }

    /// Opens a package into a folder of its own, unless it was brought in before as it is.
    fn package(&mut self, archive: &Archive, package: &Path, number: usize) -> anyhow::Result<()> {
        self.sources.push(package.to_owned());
        if is_known(archive, package)? {
            return Ok(());
        }
        let folder = archive.scratch()?.join(format!("package-{number}")).join(package.file_name().unwrap_or_default());
        let read_name = |name: &[u8]| names::readable(name).0;
        let opened = panic::catch_unwind(AssertUnwindSafe(|| unpack::unpack(package, &folder, &Limits::default(), read_name)));
        let path = shown(package);
        match opened {
            Ok(Ok(unpacked)) => {
                self.notes.push(format!("package {path}: {} files, {} bytes came out of it", unpacked.files, unpacked.bytes));
                let names =
                    unpacked.names_guessed.iter().map(|name| format!("package {path}: a name that is not UTF-8 was read as {}", name.read_as));
                self.notes.extend(names);
                let inside = |name: &[u8]| if name.is_empty() { path.clone() } else { format!("{path}/{}", names::readable(name).0) };
                self.refused.extend(unpacked.refused.into_iter().map(|refused| Refusal::new(inside(&refused.name), refused.reason)));
                // Before the package itself: what was recorded last was brought in whole.
                let place = self.sources.len() - 1;
                self.sources.insert(place, folder);
            }
            Ok(Err(error)) => self.refused.push(Refusal::new(format!("{path}/"), format!("{error:#}; the package itself is kept"))),
            Err(_) => {
                self.refused.push(Refusal::new(format!("{path}/"), "its contents crashed the reader; the package itself is kept".to_owned()));
            }
        }
        Ok(())
    }
}

/// Whether a file stands in the archive exactly as it is.
fn is_known(archive: &Archive, path: &Path) -> anyhow::Result<bool> {
    let path = path.canonicalize().with_context(|| format!("{} cannot be brought in", path.display()))?;
    let stat = Stat::of(&path.metadata()?);
    let folder = path.parent().unwrap_or(&path);
    let raw = raw_of_bytes(path.file_name().unwrap_or_default().as_bytes());
    for (accession, root) in archive.catalogue().accessions_of(&raw_of_bytes(folder.as_os_str().as_bytes()))? {
        let standing = archive.catalogue().standing(accession, &root, &raw)?;
        if standing.is_some_and(|standing| stat.is_that_of(&standing)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn shown(path: &Path) -> String {
    names::readable(path.as_os_str().as_bytes()).0
}
