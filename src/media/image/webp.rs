//! WebP (RFC 9649): size, EXIF and XMP chunks.

use crate::media::window::Window;
use crate::media::window::number::le32;
use crate::media::{Facts, exif};

/// The most chunks that are read.
const MOST: usize = 4096;

/// The largest EXIF or XMP chunk that is read.
const LARGEST: usize = 1 << 20;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let (mut at, mut milliseconds) = (12u64, 0u32);
    for _ in 0..MOST {
        let Some(head) = window.array::<8>(at) else { break };
        let length = u64::from(le32(&head, 4).unwrap_or(0));
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        match &head[..4] {
            b"VP8X" => {
                let content = window.up_to(at + 8, 10);
                facts.is_animated = content.first().is_some_and(|flags| flags & 2 != 0);
                (facts.width, facts.height) = (three(&content, 4), three(&content, 7));
                facts.evidence.webp_kind = facts.evidence.webp_kind.or(Some(b'X'));
            }
            b"VP8 " if facts.evidence.webp_kind.is_none() => {
                (facts.width, facts.height) = lossy(&window.up_to(at + 8, 10));
                facts.evidence.webp_kind = Some(b' ');
            }
            b"VP8L" if facts.evidence.webp_kind.is_none() => {
                (facts.width, facts.height) = lossless(&window.up_to(at + 8, 5));
                facts.evidence.webp_kind = Some(b'L');
            }
            // A frame: its place and size, then milliseconds.
            b"ANMF" => {
                let frame = window.up_to(at + 8, 16);
                milliseconds += three(&frame, 12).map_or(0, |number| number - 1);
            }
            b"EXIF" => exif::read_block(window.up_to(at + 8, size.min(LARGEST)), facts),
            b"XMP " if facts.xmp.is_none() => facts.xmp = Some(window.up_to(at + 8, size.min(LARGEST))),
            _ => {}
        }
        let Some(next) = at.checked_add(8 + length + length % 2) else { break };
        at = next;
    }
    facts.duration_s = Some(f64::from(milliseconds) / 1000.0).filter(|duration| facts.is_animated && *duration > 0.0);
}

fn three(bytes: &[u8], at: usize) -> Option<u32> {
    let [first, second, third] = *bytes.get(at..at + 3)? else { return None };
    Some(u32::from_le_bytes([first, second, third, 0]) + 1)
}

/// The frame header of VP8 (RFC 6386, 9.1).
fn lossy(bytes: &[u8]) -> (Option<u32>, Option<u32>) {
    let [_, _, _, 0x9d, 0x01, 0x2a, width, width_high, height, height_high] = *bytes else { return (None, None) };
    let pixels = |low, high| Some(u32::from(u16::from_le_bytes([low, high]) & 0x3fff));
    (pixels(width, width_high), pixels(height, height_high))
}

fn lossless(bytes: &[u8]) -> (Option<u32>, Option<u32>) {
    let (Some(0x2f), Some(bits)) = (bytes.first(), le32(bytes, 1)) else { return (None, None) };
    (Some((bits & 0x3fff) + 1), Some((bits >> 14 & 0x3fff) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds() {
        for (chunk, kind) in [(b"VP8L\x05\0\0\0\x2f\x01\x80\0\0\0".as_slice(), b'L'), (b"VP8X\x0a\0\0\0\0\0\0\0\x01\0\0\x02\0\0", b'X')] {
            let mut facts = Facts::default();
            read(&mut Window::over([b"RIFF\0\0\0\0WEBP", chunk].concat()), &mut facts);
            assert_eq!((facts.width, facts.height, facts.evidence.webp_kind), (Some(2), Some(3), Some(kind)));
        }
        let mut cut = Facts::default();
        read(&mut Window::over(b"RIFF\0\0\0\0WEBPVP8 \xff\xff\xff\xff".to_vec()), &mut cut);
        assert_eq!(cut.width, None);
    }
}
