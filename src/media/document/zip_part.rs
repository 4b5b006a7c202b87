//! Files that are a ZIP of parts: office documents, books.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use zip::ZipArchive;

/// A part is inflated no further than this, in bytes, whatever size it claims.
const LONGEST_PART: u64 = 64 << 20;

/// Bytes that end with an error where they become too many: an end without one would look whole.
struct Bounded<R> {
    inside: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inside.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(format!("it is longer than {} MiB", LONGEST_PART >> 20)))?;
        Ok(read)
    }
}

/// An opened ZIP.
pub(super) struct Package(ZipArchive<BufReader<File>>);

impl Package {
    /// Opens the ZIP at `path` and reads its directory.
    ///
    /// # Errors
    /// When it is no ZIP or its directory is lost.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        Ok(Self(ZipArchive::new(BufReader::new(file)).context("the ZIP that the document is made of cannot be opened")?))
    }

    /// The part of this name, inflated as it is read.
    ///
    /// # Errors
    /// When there is none, or it is encrypted or compressed in an unknown way.
    pub(super) fn part(&mut self, name: &str) -> anyhow::Result<impl BufRead + use<'_>> {
        let part = self.0.by_name(name).with_context(|| format!("its part {name} cannot be opened"))?;
        Ok(BufReader::new(Bounded { inside: part, left: LONGEST_PART }))
    }

    /// The whole part, as far as `longest` bytes; what can be had of a damaged one.
    pub(super) fn bytes(&mut self, name: &str, longest: u64) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.part(name)?.take(longest).read_to_end(&mut bytes);
        if bytes.is_empty() {
            read.with_context(|| format!("its part {name} cannot be read"))?;
        }
        Ok(bytes)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.index_for_name(name).is_some()
    }

    /// Names of parts such as `word/header2.xml`, for `word/header` and `.xml`, by their number.
    pub(super) fn numbered(&self, start: &str, end: &str) -> Vec<String> {
        let number = |name: &str| name.strip_prefix(start)?.strip_suffix(end)?.parse::<u32>().ok();
        let names = self.0.file_names().filter_map(Result::ok);
        let mut found: Vec<(u32, String)> = names.filter_map(|name| Some((number(&name)?, name.into_owned()))).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_an_error_and_not_an_end() {
        let mut text = Vec::new();
        assert!(Bounded { inside: io::repeat(b' '), left: 1000 }.read_to_end(&mut text).is_err());
        assert!(text.len() <= 1000);
        let whole = Bounded { inside: "đan đó".as_bytes(), left: 10 }.read_to_end(&mut Vec::new());
        assert_eq!(whole.ok(), Some("đan đó".len()));
    }
}
