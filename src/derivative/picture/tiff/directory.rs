//! The directories of a TIFF or BigTIFF file (TIFF 6.0, section 2): what a page says of itself.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use anyhow::{Context, Result, bail, ensure};

/// A directory with more entries than this is not one.
const ENTRY_LIMIT: u64 = 4096;
/// A value longer than this is not read: the largest are the places of strips, and colour profiles.
const VALUE_LIMIT: u64 = 32 << 20;
/// Directories that are followed at most.
const PAGE_LIMIT: usize = 65_536;

/// The order of the bytes in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The lowest byte first, `II`.
    Little,
    /// The highest byte first, `MM`.
    Big,
}

impl Order {
    /// The number in up to eight bytes.
    pub(super) fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, join),
            Self::Big => bytes.iter().fold(0, join),
        }
    }
}

/// An opened TIFF file: a source and how to read its numbers.
pub(super) struct File<R> {
    /// The file itself, at any position.
    pub(super) source: R,
    /// Order of the bytes in all its numbers.
    pub(super) order: Order,
    /// Length of the file in bytes.
    pub(super) length: u64,
    big: bool,
    first: u64,
}

/// One page's directory: its tags, the values of which are read when asked for.
pub(super) struct Directory {
    entries: Vec<Entry>,
    next: u64,
}

struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// The value itself where it fits, else where it stands.
    field: Vec<u8>,
}

impl<R: Read + Seek> File<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the source is not a TIFF file or cannot be read.
    pub(super) fn open(mut source: R) -> Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        let mut head = [0u8; 16];
        source.rewind()?;
        source.read_exact(&mut head[..8]).context("the file is too short for a TIFF file")?;
        let order = match &head[..2] {
            b"II" => Order::Little,
            b"MM" => Order::Big,
            _ => bail!("the file does not begin as a TIFF file does"),
        };
        let big = match order.number(&head[2..4]) {
            42 => false,
            43 => true,
            other => bail!("the file calls itself TIFF number {other}, which is not known"),
        };
        if big {
            source.read_exact(&mut head[8..]).context("the file is too short for a BigTIFF file")?;
        }
        let first = order.number(if big { &head[8..16] } else { &head[4..8] });
        Ok(Self { source, order, length, big, first })
    }

    /// Calls `visit` with the directories of the main chain in their order until it answers false, the chain ends, or it turns back on itself.
    ///
    /// # Errors
    /// When the first directory cannot be read. A later one that cannot be read ends the chain.
    pub(super) fn each_page(&mut self, mut visit: impl FnMut(&mut Self, Directory) -> bool) -> Result<()> {
        let mut seen = HashSet::new();
        let mut at = self.first;
        while at != 0 && seen.len() < PAGE_LIMIT && seen.insert(at) {
            let directory = match self.directory(at) {
                Ok(directory) => directory,
                Err(error) if seen.len() == 1 => return Err(error),
                Err(_) => return Ok(()),
            };
            at = directory.next;
            if !visit(self, directory) {
                return Ok(());
            }
        }
        ensure!(!seen.is_empty(), "the TIFF file has no page");
        Ok(())
    }

    /// Reads the directory at `at`.
    ///
    /// # Errors
    /// When it lies outside the file or claims too much.
    pub(super) fn directory(&mut self, at: u64) -> Result<Directory> {
        let (count_size, entry_size, link_size) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.bytes(at, count_size).context("a page of the TIFF file lies outside it")?;
        let count = self.order.number(&count);
        ensure!(count <= ENTRY_LIMIT, "a page of the TIFF file claims {count} entries");
        let start = at.saturating_add(count_size);
        // The last directory of a cut file may lack its link: that is the end of the chain, not a reason to lose the page.
        let table = self.bytes(start, count * entry_size).context("a page of the TIFF file is cut off")?;
        let link = self.bytes(start.saturating_add(count * entry_size), link_size);
        let next = link.map_or(0, |bytes| self.order.number(&bytes));
        let entries = table.chunks_exact(entry_size as usize).map(|entry| self.entry(entry)).collect();
        Ok(Directory { entries, next })
    }

    fn entry(&self, bytes: &[u8]) -> Entry {
        let (head, rest) = bytes.split_at(4);
        let (count, field) = rest.split_at(rest.len() / 2);
        let (tag, kind) = head.split_at(2);
        let short = |bytes: &[u8]| self.order.number(bytes) as u16;
        Entry { tag: short(tag), kind: short(kind), count: self.order.number(count), field: field.to_vec() }
    }

    /// Reads `length` bytes at `at`.
    ///
    /// # Errors
    /// When they are more than a value may have or lie outside the file.
    pub(super) fn bytes(&mut self, at: u64, length: u64) -> Result<Vec<u8>> {
        ensure!(length <= VALUE_LIMIT, "a value of {length} bytes is too long");
        let inside = at.checked_add(length).is_some_and(|end| end <= self.length);
        ensure!(inside, "{length} bytes at {at} lie outside the file of {} bytes", self.length);
        let mut bytes = vec![0; length as usize];
        self.source.seek(SeekFrom::Start(at))?;
        self.source.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn value(&mut self, entry: &Entry, most: u64) -> Result<(Vec<u8>, usize)> {
        let size: u64 = match entry.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            other => bail!("tag {} has values of kind {other}, which is not known", entry.tag),
        };
        let length = entry.count.checked_mul(size).with_context(|| format!("tag {} claims too many values", entry.tag))?;
        let wanted = entry.count.min(most) * size;
        if length <= entry.field.len() as u64 {
            return Ok((entry.field.iter().copied().take(wanted as usize).collect(), size as usize));
        }
        let at = self.order.number(&entry.field);
        let bytes = self.bytes(at, wanted).with_context(|| format!("the value of tag {} cannot be read", entry.tag))?;
        Ok((bytes, size as usize))
    }

    /// Up to `most` whole numbers of a tag; none when the page lacks the tag.
    ///
    /// # Errors
    /// When the value lies outside the file or is not made of numbers.
    pub(super) fn numbers(&mut self, page: &Directory, tag: u16, most: u64) -> Result<Vec<u64>> {
        let Some(entry) = page.find(tag) else { return Ok(Vec::new()) };
        let (bytes, size) = self.value(entry, most)?;
        Ok(bytes.chunks_exact(size).map(|number| self.order.number(number)).collect())
    }

    /// The first number of a tag, or `otherwise` when the page lacks it.
    ///
    /// # Errors
    /// As [`File::numbers`].
    pub(super) fn number(&mut self, page: &Directory, tag: u16, otherwise: u64) -> Result<u64> {
        Ok(self.numbers(page, tag, 1)?.first().copied().unwrap_or(otherwise))
    }

    /// Up to `most` fractions of a tag; none when the page lacks the tag or it has no fractions.
    ///
    /// # Errors
    /// When the value lies outside the file.
    pub(super) fn fractions(&mut self, page: &Directory, tag: u16, most: u64) -> Result<Vec<f32>> {
        let Some(entry) = page.find(tag).filter(|entry| entry.kind == 5) else { return Ok(Vec::new()) };
        let (bytes, _) = self.value(entry, most)?;
        let fraction = |pair: &[u8]| {
            let (above, below) = pair.split_at(4);
            self.order.number(above) as f32 / (self.order.number(below) as f32).max(1.0)
        };
        Ok(bytes.chunks_exact(8).map(fraction).collect())
    }

    /// The bytes of a tag, `None` when the page lacks it or has more than `most`.
    ///
    /// # Errors
    /// When the value lies outside the file.
    pub(super) fn raw(&mut self, page: &Directory, tag: u16, most: u64) -> Result<Option<Vec<u8>>> {
        let Some(entry) = page.find(tag).filter(|entry| entry.count <= most) else { return Ok(None) };
        Ok(Some(self.value(entry, most)?.0))
    }
}

impl Directory {
    /// Tells whether the page has this tag.
    pub(super) fn has(&self, tag: u16) -> bool {
        self.find(tag).is_some()
    }

    fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}
