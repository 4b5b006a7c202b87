//! Photographs as the sensor saw them: cameras put a JPEG for their own screen beside it, and that is what we show.

use std::io::{Read, Seek, SeekFrom};

use anyhow::Context as _;

mod boxes;
mod directories;
mod jpeg;

/// Longer JPEGs are not for us.
const LONGEST: u64 = 64 << 20;

/// Where nothing says where the JPEG is, so many bytes are searched for one.
const SEARCHED: u64 = 24 << 20;

/// A JPEG with a longer side of fewer pixels is searched for a bigger one.
const SMALL_SIDE: u32 = 640;

/// So many candidates are looked at.
const MOST_CANDIDATES: usize = 64;

/// Where a JPEG may lie in the file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) length: u64,
}

/// Returns the JPEG with the most pixels in a camera's raw file, or `None` when there is none.
///
/// Knows Canon CR2 and CR3, Nikon NEF, Sony ARW, Adobe DNG, Pentax PEF, Olympus ORF, Panasonic RW2 and Fujifilm RAF; files like them are searched.
/// The lossless JPEG that holds the sensor's own data is not taken for a picture. Reads at most 64 MiB into memory.
pub(crate) fn preview(mut file: impl Read + Seek) -> anyhow::Result<Option<Vec<u8>>> {
    let size = file.seek(SeekFrom::End(0)).context("the raw file cannot be read")?;
    let head = read_at(&mut file, Place { start: 0, length: 128.min(size) })?;
    let places = match kind(&head) {
        Kind::Tiff => directories::places(&mut file, size, &head),
        Kind::Fujifilm => fujifilm(&head),
        Kind::Canon => boxes::places(&mut file, size),
        Kind::Other => return Ok(None),
    };
    let best = best(&mut file, size, &places);
    let best = match best {
        Some((shape, place)) if shape.longer_side() >= SMALL_SIDE => Some(place),
        // Maker notes of Olympus and Pentax point at theirs in words of their own.
        small => search(&mut file, size)?
            .filter(|(shape, _)| small.is_none_or(|(other, _)| shape.pixels() > other.pixels()))
            .or(small)
            .map(|(_, place)| place),
    };
    best.map(|place| read_at(&mut file, place)).transpose()
}

/// What a raw file is built like.
enum Kind {
    Tiff,
    Fujifilm,
    Canon,
    Other,
}

fn kind(head: &[u8]) -> Kind {
    match head {
        // TIFF; Olympus "IIRO", "IIRS", "MMOR"; Panasonic "IIU\0".
        [b'I', b'I', 42 | b'U', 0, ..] | [b'M', b'M', 0, 42, ..] | [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => Kind::Tiff,
        _ if head.starts_with(b"FUJIFILMCCD-RAW ") => Kind::Fujifilm,
        [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', b' ', ..] => Kind::Canon,
        _ => Kind::Other,
    }
}

/// Fujifilm tells place and length of the JPEG at byte 84.
fn fujifilm(head: &[u8]) -> Vec<Place> {
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    match (number(84), number(88)) {
        (Some(start), Some(length)) => vec![Place { start: start.into(), length: length.into() }],
        _ => Vec::new(),
    }
}

/// The candidate that is a JPEG people can see and has the most pixels.
fn best(file: &mut (impl Read + Seek), size: u64, places: &[Place]) -> Option<(jpeg::Shape, Place)> {
    let mut best: Option<(jpeg::Shape, Place)> = None;
    for place in places.iter().take(MOST_CANDIDATES) {
        let Some(left) = size.checked_sub(place.start) else { continue };
        let place = Place { start: place.start, length: place.length.min(left).min(LONGEST) };
        // The size of the picture may stand behind 64 KiB of EXIF and a profile.
        let Ok(head) = read_at(file, Place { start: place.start, length: place.length.min(512 << 10) }) else { continue };
        if let Some(shape) = jpeg::shape(&head)
            && best.is_none_or(|(other, _)| shape.pixels() > other.pixels())
        {
            best = Some((shape, place));
        }
    }
    best
}

/// Looks through the beginning of the file for the biggest JPEG.
fn search(file: &mut (impl Read + Seek), size: u64) -> anyhow::Result<Option<(jpeg::Shape, Place)>> {
    let bytes = read_at(file, Place { start: 0, length: size.min(SEARCHED) })?;
    let mut best: Option<(jpeg::Shape, Place)> = None;
    for (start, _) in bytes.windows(3).enumerate().filter(|(_, mark)| mark == b"\xff\xd8\xff").take(MOST_CANDIDATES) {
        let rest = bytes.get(start..).unwrap_or_default();
        let Some(shape) = jpeg::shape(rest) else { continue };
        if best.is_none_or(|(other, _)| shape.pixels() > other.pixels()) {
            let start = start as u64;
            // Where it ends is found by whoever decodes it.
            best = Some((shape, Place { start, length: (size - start).min(LONGEST) }));
        }
    }
    Ok(best)
}

/// Reads what is there of a place.
fn read_at(file: &mut (impl Read + Seek), place: Place) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(place.start)).context("the raw file cannot be read")?;
    file.take(place.length.min(LONGEST)).read_to_end(&mut bytes).context("the raw file cannot be read")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The head of a JPEG with these sides; `frame` 0xC0 can be seen, 0xC3 is the sensor's.
    pub(super) fn jpeg(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let ([high, low], [left, right]) = (height.to_be_bytes(), width.to_be_bytes());
        vec![0xff, 0xd8, 0xff, 0xe1, 0, 4, b'E', b'x', 0xff, frame, 0, 11, 8, high, low, left, right, 1, 1, 0x11, 0, 0xff, 0xd9]
    }

    #[test]
    fn a_raf_from_the_loom_gives_its_jpeg() {
        let picture = jpeg(0xc0, 1920, 1280);
        let mut file = b"FUJIFILMCCD-RAW 0201".to_vec();
        file.resize(84, 0);
        file.extend(200u32.to_be_bytes());
        file.extend((picture.len() as u32).to_be_bytes());
        file.resize(200, 0);
        file.extend(&picture);
        file.extend([7; 100]);
        assert_eq!(preview(Cursor::new(file)).expect("it reads"), Some(picture));
    }

    #[test]
    fn what_only_maker_notes_know_is_searched_for() {
        let picture = jpeg(0xc0, 3200, 2400);
        // An Olympus file of one empty directory.
        let mut file = b"IIRO\x08\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend([0xff, 0xd8, 0xff, 0, 0xff, 0xd8]);
        file.extend(jpeg(0xc3, 5000, 4000));
        file.extend(&picture);
        let found = preview(Cursor::new(file)).expect("it reads").expect("a picture");
        assert_eq!(found, picture);
    }

    #[test]
    fn a_folder_of_hostile_heads_gives_nothing() {
        for head in [&b""[..], b"II*\0", b"II*\0\xff\xff\xff\xff", b"FUJIFILMCCD-RAW ", b"\0\0\0\x08ftypcrx ", "Thủ Sỹ: đó, lờ".as_bytes()] {
            assert!(preview(Cursor::new(head)).expect("it reads").is_none(), "{head:?}");
        }
    }
}
