//! Raw files that are built like TIFF: directories of entries, one after and in another (TIFF 6.0, section 2).

use std::collections::HashSet;
use std::io::{Read, Seek};

use super::{Place, read_at};

/// So many directories are read, and of each so many entries.
const MOST_DIRECTORIES: usize = 64;
const MOST_ENTRIES: u64 = 1024;
/// So many numbers of one entry are read: strips of a preview, directories below one.
const MOST_NUMBERS: u64 = 256;

/// One entry of a directory.
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Four bytes: the value, or where it is.
    value: [u8; 4],
}

/// How numbers are written in this file.
#[derive(Clone, Copy)]
struct Order {
    is_little: bool,
}

impl Order {
    fn short(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

/// Returns where entries say that JPEGs are. Nothing of it is checked.
pub(super) fn places(file: &mut (impl Read + Seek), size: u64, head: &[u8]) -> Vec<Place> {
    let order = Order { is_little: head.starts_with(b"II") };
    let mut open = vec![u64::from(order.long(head, 4).unwrap_or(0))];
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    while let Some(start) = open.pop() {
        if start < 8 || start >= size || seen.len() >= MOST_DIRECTORIES || !seen.insert(start) {
            continue;
        }
        let Some((entries, next)) = directory(file, order, start) else { continue };
        open.push(next);
        look(file, order, &entries, &mut open, &mut places);
    }
    places
}

/// Reads the entries of a directory, and where the next one is.
fn directory(file: &mut (impl Read + Seek), order: Order, start: u64) -> Option<(Vec<Entry>, u64)> {
    let count = u64::from(order.short(&read_at(file, Place { start, length: 2 }).ok()?, 0)?).min(MOST_ENTRIES);
    let bytes = read_at(file, Place { start: start.checked_add(2)?, length: count * 12 + 4 }).ok()?;
    let entries = bytes.chunks_exact(12).take(count as usize).filter_map(|entry| {
        let value = entry.get(8..12)?.try_into().ok()?;
        Some(Entry { tag: order.short(entry, 0)?, kind: order.short(entry, 2)?, count: order.long(entry, 4)?.into(), value })
    });
    let next = order.long(&bytes, count as usize * 12).unwrap_or(0);
    Some((entries.collect(), next.into()))
}

/// Notes the places that a directory names, and the directories below it.
fn look(file: &mut (impl Read + Seek), order: Order, entries: &[Entry], open: &mut Vec<u64>, places: &mut Vec<Place>) {
    let entry = |tag| entries.iter().find(|entry| entry.tag == tag);
    let mut numbers = |tag| entry(tag).map(|entry| numbers(file, order, entry)).unwrap_or_default();
    let mut pair = |start_tag, length_tag| {
        let (starts, lengths) = (numbers(start_tag), numbers(length_tag));
        let last = starts.last().zip(lengths.last()).map(|(start, length)| start.saturating_add(*length));
        // A preview in strips lies in one piece in every camera's files.
        starts.first().zip(last).map(|(start, end)| Place { start: *start, length: end.saturating_sub(*start) })
    };
    // JPEGInterchangeFormat, StripOffsets and TileOffsets of one tile.
    places.extend([pair(0x0201, 0x0202), pair(0x0111, 0x0117), pair(0x0144, 0x0145)].into_iter().flatten());
    // SubIFDs and EXIF, in whose directory some cameras put a preview.
    for tag in [0x014a, 0x8769] {
        open.extend(numbers(tag));
    }
    // Panasonic JpgFromRaw, Sony and others' preview in one value.
    let whole = [0x002e, 0x0127].into_iter().filter_map(entry).filter(|entry| entry.count > 4);
    places.extend(whole.filter_map(|entry| Some(Place { start: order.long(&entry.value, 0)?.into(), length: entry.count })));
}

/// Reads SHORT, LONG or IFD numbers of an entry.
fn numbers(file: &mut (impl Read + Seek), order: Order, entry: &Entry) -> Vec<u64> {
    let width = match entry.kind {
        3 => 2,
        4 | 13 => 4,
        _ => return Vec::new(),
    };
    let length = entry.count.min(MOST_NUMBERS) * width;
    let elsewhere = || Some(Place { start: order.long(&entry.value, 0)?.into(), length });
    let bytes = if entry.count * width <= 4 {
        entry.value.get(..length as usize).map(<[u8]>::to_vec)
    } else {
        elsewhere().and_then(|place| read_at(file, place).ok())
    };
    let bytes = bytes.unwrap_or_default();
    let number = |part: &[u8]| if width == 2 { order.short(part, 0).map(u64::from) } else { order.long(part, 0).map(u64::from) };
    bytes.chunks_exact(width as usize).filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::preview;
    use super::super::tests::jpeg;

    fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
        [tag.to_le_bytes().as_slice(), &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    }

    /// A NEF as Nikon builds it: a small picture in the first directory, sensor and preview in two below.
    fn nef(big: &[u8], small: &[u8]) -> Vec<u8> {
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend(3u16.to_le_bytes());
        for part in [entry(0x0111, 4, 1, 200), entry(0x0117, 4, 1, small.len() as u32), entry(0x014a, 4, 2, 100)] {
            file.extend(part);
        }
        // The next directory is the first: a ring.
        file.extend(8u32.to_le_bytes());
        file.resize(100, 0);
        file.extend([120u32.to_le_bytes(), 160u32.to_le_bytes()].concat());
        for (at, length) in [(300, big.len()), (9_000_000, 5)] {
            file.resize(if at == 300 { 120 } else { 160 }, 0);
            file.extend(2u16.to_le_bytes());
            file.extend([entry(0x0201, 4, 1, at), entry(0x0202, 4, 1, length as u32)].concat());
            file.extend(0u32.to_le_bytes());
        }
        file.resize(200, 0);
        file.extend(small);
        file.resize(300, 0);
        file.extend(big);
        file
    }

    #[test]
    fn a_nef_of_a_weaver_gives_the_bigger_of_its_pictures() {
        let (big, small) = (jpeg(0xc0, 6000, 4000), jpeg(0xc0, 160, 120));
        assert_eq!(preview(Cursor::new(nef(&big, &small))).expect("it reads"), Some(big));
        let sensor = jpeg(0xc3, 6000, 4000);
        let screen = jpeg(0xc0, 1616, 1080);
        assert_eq!(preview(Cursor::new(nef(&sensor, &screen))).expect("it reads"), Some(screen));
    }
}
