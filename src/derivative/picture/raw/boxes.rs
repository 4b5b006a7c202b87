//! Canon CR3: boxes as in MP4 (ISO/IEC 14496-12, 4.2), with JPEGs in some of them.

use std::io::{Read, Seek};

use super::{LONGEST, Place, read_at};

/// So many boxes are looked at.
const MOST_BOXES: usize = 256;

/// Returns where JPEGs may be: in `PRVW`, `THMB`, and at the beginning of `mdat`, where the camera puts the one of full size.
pub(super) fn places(file: &mut (impl Read + Seek), size: u64) -> Vec<Place> {
    let mut open = vec![Place { start: 0, length: size }];
    let mut places = Vec::new();
    let mut looked_at = 0;
    while let Some(mut rest) = open.pop() {
        while let Some((name, inside)) = next(file, &mut rest) {
            looked_at += 1;
            if looked_at > MOST_BOXES {
                return places;
            }
            match &name {
                b"moov" => open.push(inside),
                // Sixteen bytes of name; the box with the preview begins with eight more.
                b"uuid" => open.extend([16, 24].map(|skipped| after(inside, skipped))),
                b"PRVW" | b"THMB" => places.extend(jpeg_in(file, inside)),
                b"mdat" => places.push(Place { start: inside.start, length: inside.length.min(LONGEST) }),
                _ => {}
            }
        }
    }
    places
}

fn after(place: Place, skipped: u64) -> Place {
    Place { start: place.start.saturating_add(skipped), length: place.length.saturating_sub(skipped) }
}

/// Takes the next box off `rest`: its name, and what is in it.
fn next(file: &mut (impl Read + Seek), rest: &mut Place) -> Option<([u8; 4], Place)> {
    let head = read_at(file, Place { start: rest.start, length: 16.min(rest.length) }).ok()?;
    let name: [u8; 4] = head.get(4..8)?.try_into().ok()?;
    let (length, header) = match u32::from_be_bytes(head.get(..4)?.try_into().ok()?) {
        0 => (rest.length, 8),
        1 => (u64::from_be_bytes(head.get(8..16)?.try_into().ok()?), 16),
        length => (length.into(), 8),
    };
    if length < header || length > rest.length || !name.iter().all(|letter| letter.is_ascii_graphic() || *letter == b' ') {
        return None;
    }
    let inside = Place { start: rest.start.checked_add(header)?, length: length - header };
    *rest = after(*rest, length);
    Some((name, inside))
}

/// A few numbers stand before the JPEG, differently many by version.
fn jpeg_in(file: &mut (impl Read + Seek), inside: Place) -> Option<Place> {
    let head = read_at(file, Place { start: inside.start, length: inside.length.min(64) }).ok()?;
    let skipped = head.windows(3).position(|mark| mark == b"\xff\xd8\xff")?;
    Some(after(inside, skipped as u64))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::preview;
    use super::super::tests::jpeg;

    fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
        [&(inside.len() as u32 + 8).to_be_bytes(), name.as_slice(), inside].concat()
    }

    #[test]
    fn a_cr3_of_lacquer_work_gives_preview_or_full_picture() {
        let preview_box = |picture: &[u8]| boxed(b"uuid", &[&[9; 16][..], &[0; 8], &boxed(b"PRVW", &[&[0; 16], picture].concat())].concat());
        let head = [boxed(b"ftyp", b"crx \0\0\0\x01crx isom"), preview_box(&jpeg(0xc0, 1620, 1080))].concat();
        let found = preview(Cursor::new([head.clone(), boxed(b"mdat", &[0; 40])].concat())).expect("it reads");
        assert_eq!(found, Some(jpeg(0xc0, 1620, 1080)));
        let full = preview(Cursor::new([head.clone(), boxed(b"mdat", &jpeg(0xc0, 6000, 4000))].concat())).expect("it reads");
        assert_eq!(full, Some(jpeg(0xc0, 6000, 4000)));
        // A box that claims to be longer than the file ends the reading, and what was found stays.
        let claimed = [head, b"\xff\xff\xff\xffmdat".to_vec()].concat();
        assert_eq!(preview(Cursor::new(claimed)).expect("it reads"), Some(jpeg(0xc0, 1620, 1080)));
    }
}
