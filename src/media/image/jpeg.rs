//! JPEG: the markers before the picture (ITU T.81, annex B), and Fujifilm's RAF, which holds one.

use crate::media::window::Window;
use crate::media::window::number::be16;
use crate::media::{Facts, exif, iptc};

/// The most markers that are read.
const MOST: usize = 2048;

/// The longest run of bytes between two markers that is skipped.
const LONGEST_GAP: usize = 64 << 10;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Reads the markers of a JPEG that begins at `start`, up to its picture.
pub(super) fn read(window: &mut Window, start: u64, facts: &mut Facts) {
    let (mut at, mut resources) = (start.saturating_add(2), Vec::new());
    for _ in 0..MOST {
        let Some((marker, found)) = next_marker(window, at) else { break };
        // These stand alone, without a length.
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            at = found + 2;
            continue;
        }
        let Some(length) = window.array::<2>(found + 2).map(|bytes| u64::from(u16::from_be_bytes(bytes))) else { break };
        if marker == 0xda || marker == 0xd9 {
            break;
        }
        let content = window.up_to(found + 4, usize::try_from(length.saturating_sub(2)).unwrap_or(0));
        match marker {
            // Frames; C4, C8 and CC are tables and extensions.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) && facts.width.is_none() => {
                (facts.height, facts.width) = (be16(&content, 1), be16(&content, 3));
            }
            0xe0 => take_jfif(&content, found == start + 2, facts),
            0xe1 => {
                facts.evidence.exif_is_first |= found == start + 2 && content.starts_with(b"Exif\0");
                take_app1(content, facts);
            }
            0xed => resources.extend_from_slice(content.strip_prefix(b"Photoshop 3.0\0").unwrap_or_default()),
            0xfe => facts.describe_bytes("comment", &content),
            _ => {}
        }
        at = found + 2 + length.max(2);
    }
    // Long captions are cut into several segments: read together.
    iptc::read_resources(&resources, facts);
}

/// Returns the next marker and its place, over fill bytes and small damage.
fn next_marker(window: &mut Window, at: u64) -> Option<(u8, u64)> {
    let bytes = window.up_to(at, 64);
    let find = |bytes: &[u8]| bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
    let (bytes, place) = match find(&bytes) {
        Some(place) => (bytes, place),
        None => {
            let more = window.up_to(at, LONGEST_GAP);
            let place = find(&more)?;
            (more, place)
        }
    };
    Some((*bytes.get(place + 1)?, at.checked_add(place as u64)?))
}

fn take_jfif(content: &[u8], is_first: bool, facts: &mut Facts) {
    if let ([b'J', b'F', b'I', b'F', 0, major, minor, ..], None) = (content, &facts.evidence.jfif_version) {
        facts.evidence.jfif_version = Some((*major, *minor)).filter(|_| is_first);
    }
    // Dots for each inch or centimetre (JFIF 1.02).
    let Some(jfif) = content.strip_prefix(b"JFIF\0") else { return };
    match (jfif.get(2), be16(jfif, 3)) {
        (Some(1), Some(dots)) => facts.take_resolution(dots.into(), 1.0),
        (Some(2), Some(dots)) => facts.take_resolution(dots.into(), 1.0 / 2.54),
        _ => {}
    }
}

fn take_app1(content: Vec<u8>, facts: &mut Facts) {
    if content.starts_with(b"Exif\0") {
        if !facts.evidence.has_exif {
            facts.evidence.has_exif = true;
            exif::read_block(content, facts);
        }
    } else if let Some(packet) = content.strip_prefix(XMP) {
        facts.xmp.get_or_insert_with(|| packet.to_vec());
    }
}

/// Reads a RAF by the JPEG in it; its place is at byte 84. The size is that of the embedded picture.
pub(super) fn read_raf(window: &mut Window, facts: &mut Facts) {
    if let Some(place) = window.array::<4>(84) {
        read(window, u64::from(u32::from_be_bytes(place)), facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_after_damage_and_fill_bytes() {
        let mut facts = Facts::default();
        let mut bytes = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0rubbish\xff\xff\xff\xfe\0\x0d".to_vec();
        bytes.extend("đan đó\0".as_bytes());
        bytes.extend(b"\0\xff\xc2\0\x11\x08\0\x20\0\x10\x03");
        read(&mut Window::over(bytes), 0, &mut facts);
        assert_eq!((facts.width, facts.height, facts.evidence.jfif_version), (Some(16), Some(32), Some((1, 2))));
        assert_eq!(facts.described[0].1, "đan đó");
        read(&mut Window::over(vec![0xff; 100_000]), 0, &mut facts);
    }

    #[test]
    fn a_scan_tells_how_large_its_sheet_was_and_a_program_that_does_not_know_says_nothing() {
        let dpi = |unit: u8, dots: u16| {
            let mut facts = Facts::default();
            take_jfif(&[&b"JFIF\0\x01\x02"[..], &[unit], &dots.to_be_bytes(), &dots.to_be_bytes(), &[0, 0]].concat(), true, &mut facts);
            facts.dpi
        };
        assert_eq!((dpi(1, 600), dpi(2, 236), dpi(1, 72), dpi(0, 1), dpi(1, 0)), (Some(600.0), Some(599.44), None, None, None));
    }
}
