//! Opening packages that people send: ZIP, TAR and TAR.GZ, into a folder of their own.
//!
//! A package is a stranger. No name leads out of the folder, nothing is written over, links and devices are not made, and what is
//! counted is what was written, never what the package claims. What is refused becomes a line; the rest goes on.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;

mod kind;
mod name;
mod tarball;
mod writer;
mod zipped;

pub(crate) use kind::{Kind, is_package};
use writer::{Metered, Writer};

/// How far a package may go.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// The most bytes that are written.
    pub(crate) bytes: u64,
    /// The most entries that are looked at, refused ones too.
    pub(crate) files: u64,
    /// The most folders above a file.
    pub(crate) depth: usize,
    /// How many times the package's size may be written, with 10 MiB more for small packages.
    pub(crate) ratio: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 64 << 30, files: 1_000_000, depth: 64, ratio: 200 }
    }
}

impl Limits {
    /// The bytes that a package of this size may become.
    fn allowance(&self, packed: u64) -> u64 {
        packed.saturating_mul(self.ratio).saturating_add(10 << 20).min(self.bytes)
    }
}

/// An entry that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Its name as the package has it, at most its first 4096 bytes. Empty where the package as a whole is meant.
    pub(crate) name: Vec<u8>,
    /// Why, in a sentence for people.
    pub(crate) reason: String,
}

/// A name that is not UTF-8. The file was written under its raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GuessedName {
    /// The name as the package has it.
    pub(crate) name: Vec<u8>,
    /// What `read_name` made of it.
    pub(crate) read_as: String,
}

/// What came out of a package.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    /// How many files were written whole.
    pub(crate) files: u64,
    /// How many bytes they hold together.
    pub(crate) bytes: u64,
    /// What was not written, in the package's order.
    pub(crate) refused: Vec<Refused>,
    /// Names whose encoding had to be guessed.
    pub(crate) names_guessed: Vec<GuessedName>,
}

/// Unpacks a package into a folder, which is made if it is not there and should be empty.
///
/// Fails when the file is no package that can be opened or the folder cannot be made. A limit reached is not a failure: the last
/// refused line says so, and what was written stays whole.
pub(crate) fn unpack(file: &Path, into: &Path, limits: &Limits, read_name: fn(&[u8]) -> String) -> anyhow::Result<Unpacked> {
    let told = || format!("the package {} could not be opened", file.display());
    let mut package = File::open(file).with_context(told)?;
    let packed = package.metadata().with_context(told)?.len();
    let mut head = Vec::new();
    (&mut package).take(kind::HEAD).read_to_end(&mut head).with_context(told)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let kind = is_package(&name, &head).with_context(|| format!("{} is no ZIP, TAR or TAR.GZ package", file.display()))?;
    std::fs::create_dir_all(into).with_context(|| format!("the folder {} could not be made", into.display()))?;
    let package = File::open(file).with_context(told)?;
    let mut writer = Writer::new(into, limits, packed, read_name);
    // Archives hold more than their files: headers, padding, entries that are refused.
    let most_read = limits.allowance(packed).saturating_mul(2).saturating_add(packed).saturating_add(64 << 20);
    match kind {
        Kind::Zip => zipped::unpack(package, packed, &mut writer).with_context(told)?,
        Kind::Tar => tarball::unpack(Metered::new(BufReader::new(package), most_read), &mut writer),
        Kind::TarGz => tarball::unpack(Metered::new(MultiGzDecoder::new(BufReader::new(package)), most_read), &mut writer),
    }
    Ok(writer.unpacked)
}

#[cfg(test)]
mod tests;
