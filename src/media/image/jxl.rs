//! JPEG XL (ISO/IEC 18181): size and orientation out of the codestream header; EXIF and XMP boxes.

use crate::media::isobmff::{self, Part};
use crate::media::window::Window;
use crate::media::{Facts, exif};

/// The largest EXIF or XMP box that is read.
const LARGEST: usize = 1 << 20;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    if window.exact(0, 2).is_some_and(|mark| mark == b"\xff\x0a") {
        take_header(&window.up_to(2, 64), facts);
        return;
    }
    let size = window.size();
    for part in isobmff::parts(window, 0, size) {
        take_part(window, part, facts);
    }
}

fn take_part(window: &mut Window, part: Part, facts: &mut Facts) {
    match &part.kind {
        b"jxlc" if facts.width.is_none() => take_header(part.content(window, 64).get(2..).unwrap_or_default(), facts),
        b"jxlp" if facts.width.is_none() => take_header(part.content(window, 64).get(6..).unwrap_or_default(), facts),
        // Four bytes say where in the block the TIFF header stands.
        b"Exif" => {
            let before = facts.orientation;
            exif::read_block(part.content(window, LARGEST).split_off(4.min(part.content(window, 4).len())), facts);
            // The codestream decides how a picture is turned, not EXIF (18181-2).
            facts.orientation = before.or(facts.orientation);
        }
        b"xml " if facts.xmp.is_none() => facts.xmp = Some(part.content(window, LARGEST)),
        _ => {}
    }
}

/// Bits, the least significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }

    /// A side of the picture: the width of the number comes first.
    fn side(&mut self, is_small: bool) -> Option<u32> {
        if is_small {
            return Some((self.read(5)? + 1) * 8);
        }
        let width = [9, 13, 18, 30][self.read(2)? as usize & 3];
        Some(self.read(width)? + 1)
    }
}

fn take_header(codestream: &[u8], facts: &mut Facts) {
    let mut bits = Bits { bytes: codestream, at: 0 };
    let Some((width, height)) = size(&mut bits) else { return };
    (facts.width, facts.height) = (Some(width), Some(height));
    // ImageMetadata: not all default, and with extra fields, which begin with the orientation.
    if bits.read(1) == Some(0) && bits.read(1) == Some(1) {
        let orientation = bits.read(3).and_then(|value| u8::try_from(value + 1).ok());
        facts.orientation = orientation;
        let has_intrinsic = bits.read(1) == Some(1);
        if has_intrinsic {
            let _ = size(&mut bits);
        }
        // After a preview header, which is rare, the flag is not looked for.
        if bits.read(1) == Some(0) {
            facts.is_animated = bits.read(1) == Some(1);
        }
    } else {
        facts.orientation = Some(1);
    }
}

/// The SizeHeader (18181-1, D.2): height, then width, or the ratio that gives it.
fn size(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    let is_small = bits.read(1)? == 1;
    let height = bits.side(is_small)?;
    let by_ratio = |wide: u64, high: u64| u32::try_from(u64::from(height) * wide / high).ok();
    let width = match bits.read(3)? {
        0 => bits.side(is_small)?,
        1 => height,
        2 => by_ratio(12, 10)?,
        3 => by_ratio(4, 3)?,
        4 => by_ratio(3, 2)?,
        5 => by_ratio(16, 9)?,
        6 => by_ratio(5, 4)?,
        _ => by_ratio(2, 1)?,
    };
    Some((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(fields: &[(u32, usize)]) -> Vec<u8> {
        let bits: Vec<u8> = fields.iter().flat_map(|(value, count)| (0..*count).map(move |place| (value >> place & 1) as u8)).collect();
        bits.chunks(8).map(|bits| bits.iter().enumerate().map(|(place, bit)| bit << place).sum()).collect()
    }

    #[test]
    fn sizes_small_by_ratio_and_written_out() {
        let cases = [
            (packed(&[(1, 1), (4, 5), (1, 3), (1, 1)]), (40, 40), 1),
            (packed(&[(0, 1), (1, 2), (1079, 13), (5, 3), (1, 1)]), (1920, 1080), 1),
            (packed(&[(0, 1), (0, 2), (299, 9), (0, 3), (1, 2), (4999, 13), (0, 1), (1, 1), (5, 3), (0, 3)]), (5000, 300), 6),
        ];
        for (header, (width, height), orientation) in cases {
            let mut facts = Facts::default();
            read(&mut Window::over([b"\xff\x0a".to_vec(), header].concat()), &mut facts);
            assert_eq!((facts.width, facts.height, facts.orientation), (Some(width), Some(height), Some(orientation)));
        }
        let mut cut = Facts::default();
        read(&mut Window::over(b"\xff\x0a".to_vec()), &mut cut);
        assert_eq!(cut.width, None);
    }
}
