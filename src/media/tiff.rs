//! The directories of a TIFF (TIFF 6.0, section 2; BigTIFF), in a file or inside an EXIF block.
//!
//! Only directories and the values that are asked for are read, never the picture.

use std::collections::HashSet;

use super::window::Window;

/// The most directories that are followed in one chain: more is a loop or an attack.
const MOST_DIRECTORIES: usize = 4096;

/// The most entries that are read of one directory.
const MOST_ENTRIES: u64 = 65_535;

/// A value larger than this is not read.
const LARGEST_VALUE: u64 = 1 << 20;

/// One entry of a directory: where its value lies, not yet the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) tag: u16,
    kind: u16,
    count: u64,
    at: u64,
}

/// One directory: what describes a picture, or a part of the EXIF tags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
}

/// A TIFF whose header was understood.
pub(crate) struct Tiff<'a> {
    window: &'a mut Window,
    base: u64,
    is_little: bool,
    is_big: bool,
    /// The version number of the header: 42, 43 for BigTIFF, others for camera RAW.
    pub(crate) version: u16,
    first: u64,
}

impl<'a> Tiff<'a> {
    /// Reads the header that stands at `base`; `None` if none stands there. Offsets count from `base`.
    pub(crate) fn open(window: &'a mut Window, base: u64) -> Option<Self> {
        let head: [u8; 8] = window.array(base)?;
        let is_little = match &head[..2] {
            b"II" => true,
            b"MM" => false,
            _ => return None,
        };
        let version = if is_little { u16::from_le_bytes([head[2], head[3]]) } else { u16::from_be_bytes([head[2], head[3]]) };
        let mut tiff = Tiff { window, base, is_little, is_big: version == 43, version, first: 0 };
        // 0x4f52 and 0x5352 are Olympus, 0x55 is Panasonic: same structure, other number.
        if !matches!(version, 42 | 43 | 0x4f52 | 0x5352 | 0x55) {
            return None;
        }
        tiff.first = if tiff.is_big { tiff.unsigned(8, 8)? } else { tiff.unsigned(4, 4)? };
        Some(tiff)
    }

    /// Whether the least significant byte of a number comes first.
    pub(crate) fn is_little(&self) -> bool {
        self.is_little
    }

    /// Returns the first directory; `None` where it cannot be read.
    pub(crate) fn first(&mut self) -> Option<Directory> {
        self.directory(self.first)
    }

    /// Counts the directories of the main chain, which are the pages of a scan; stops at a loop.
    pub(crate) fn count_pages(&mut self) -> u64 {
        let (mut seen, mut offset) = (HashSet::new(), self.first);
        while offset != 0 && seen.len() < MOST_DIRECTORIES && seen.insert(offset) {
            match self.next_of(offset) {
                Some(next) => offset = next,
                // A pointer into nothing is no page.
                None => {
                    seen.remove(&offset);
                    break;
                }
            }
        }
        seen.len() as u64
    }

    /// Passes over a directory; returns where the next one is, 0 after the last.
    fn next_of(&mut self, offset: u64) -> Option<u64> {
        let (head, width) = if self.is_big { (8, 20) } else { (2, 12) };
        let count = self.unsigned(offset, head).filter(|count| (1..=MOST_ENTRIES).contains(count))?;
        let first = offset.checked_add(head as u64)?;
        self.unsigned(first, 2)?;
        Some(self.unsigned(first.checked_add(count * width)?, if self.is_big { 8 } else { 4 }).unwrap_or(0))
    }

    /// Reads the directory at an offset; `None` where none can be.
    pub(crate) fn directory(&mut self, offset: u64) -> Option<Directory> {
        let (head, width) = if self.is_big { (8, 20) } else { (2, 12) };
        let count = self.unsigned(offset, head)?;
        if count == 0 || count > MOST_ENTRIES {
            return None;
        }
        let mut directory = Directory::default();
        for place in 0..count {
            let at = offset.checked_add(head as u64)?.checked_add(place * width)?;
            match self.entry(at) {
                Some(entry) => directory.entries.push(entry),
                None => break,
            }
        }
        (!directory.entries.is_empty()).then_some(directory)
    }

    fn entry(&mut self, at: u64) -> Option<Entry> {
        let width = if self.is_big { 8 } else { 4 };
        let bytes = self.window.exact(self.base.checked_add(at)?, 4 + 2 * width)?;
        let tag = u16::try_from(self.number(&bytes[..2])).ok()?;
        let kind = u16::try_from(self.number(&bytes[2..4])).ok()?;
        let count = self.number(&bytes[4..4 + width]);
        let is_inside = count.checked_mul(size_of_kind(kind))? <= width as u64;
        let at = if is_inside { at.checked_add(4 + width as u64)? } else { self.number(&bytes[4 + width..]) };
        Some(Entry { tag, kind, count, at })
    }

    fn unsigned(&mut self, offset: u64, width: usize) -> Option<u64> {
        let bytes = self.window.exact(self.base.checked_add(offset)?, width)?;
        Some(self.number(&bytes))
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }

    /// Returns the bytes of a value as they stand in the file.
    pub(crate) fn bytes(&mut self, directory: &Directory, tag: u16) -> Option<Vec<u8>> {
        let entry = directory.find(tag)?;
        let length = entry.count.checked_mul(size_of_kind(entry.kind))?;
        if length > LARGEST_VALUE {
            return None;
        }
        self.window.exact(self.base.checked_add(entry.at)?, usize::try_from(length).ok()?)
    }

    /// Returns the first number of a value of any whole-number type.
    pub(crate) fn unsigned_of(&mut self, directory: &Directory, tag: u16) -> Option<u64> {
        let entry = directory.find(tag)?;
        let width = match entry.kind {
            1 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            16..=18 => 8,
            _ => return None,
        };
        if entry.count == 0 {
            return None;
        }
        self.unsigned(entry.at, width)
    }

    /// Returns every number of a value of whole-number type.
    pub(crate) fn all_unsigned(&mut self, directory: &Directory, tag: u16) -> Vec<u64> {
        let Some(entry) = directory.find(tag) else { return Vec::new() };
        let width = usize::try_from(size_of_kind(entry.kind)).unwrap_or(1);
        let bytes = self.bytes(directory, tag).unwrap_or_default();
        bytes.chunks_exact(width.max(1)).map(|bytes| self.number(bytes)).collect()
    }

    /// Returns the parts of a value made of fractions; a fraction over zero is not a number.
    pub(crate) fn fractions(&mut self, directory: &Directory, tag: u16) -> Option<Vec<f64>> {
        let entry = directory.find(tag)?;
        if !matches!(entry.kind, 5 | 10) {
            return None;
        }
        let bytes = self.bytes(directory, tag)?;
        Some(bytes.chunks_exact(8).map(|pair| self.number(&pair[..4]) as f64 / self.number(&pair[4..]) as f64).collect())
    }

    /// Returns the directory that a tag of another one points to.
    pub(crate) fn inner(&mut self, directory: &Directory, tag: u16) -> Option<Directory> {
        let offset = self.unsigned_of(directory, tag)?;
        self.directory(offset)
    }
}

impl Directory {
    /// Returns the entry with this tag; the first, if a broken file has several.
    pub(crate) fn find(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }
}

/// Returns the bytes that one value of a field type takes (TIFF 6.0, page 15; BigTIFF adds 16 to 18).
fn size_of_kind(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little TIFF: one directory with a width and a pointer to the next one.
    fn scan(next: u32) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0\x01\0".to_vec();
        bytes.extend([0, 1, 3, 0, 1, 0, 0, 0, 0x2a, 0, 0, 0]);
        bytes.extend(next.to_le_bytes());
        bytes
    }

    #[test]
    fn a_scan_of_one_page_and_one_that_points_to_itself() {
        for next in [0, 8, 10_000] {
            let mut window = Window::over(scan(next));
            let mut tiff = Tiff::open(&mut window, 0).expect("it is there");
            let first = tiff.first().expect("it is there");
            assert_eq!(tiff.unsigned_of(&first, 0x100), Some(42));
            assert_eq!(tiff.unsigned_of(&first, 0x101), None);
            assert_eq!(tiff.count_pages(), 1);
        }
    }

    #[test]
    fn a_value_that_claims_to_be_huge_is_not_read() {
        let mut bytes = scan(0);
        bytes[14..18].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut window = Window::over(bytes);
        let mut tiff = Tiff::open(&mut window, 0).expect("it is there");
        let first = tiff.first().expect("it is there");
        assert_eq!(tiff.bytes(&first, 0x100), None);
        assert_eq!(tiff.all_unsigned(&first, 0x100), Vec::<u64>::new());
    }
}
