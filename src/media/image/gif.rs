//! GIF (GIF89a specification): size, animation and its duration, comments, XMP.

use crate::media::Facts;
use crate::media::window::Window;
use crate::media::window::number::le16;

/// The most blocks and sub-blocks that are passed: about 15 MiB.
const MOST: usize = 60 << 10;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let head = window.up_to(0, 13);
    (facts.width, facts.height) = (le16(&head, 6), le16(&head, 8));
    let Some(flags) = head.get(10) else { return };
    let (mut at, mut left, mut pictures, mut hundredths) = (13 + palette(*flags), MOST, 0, 0);
    while left > 0 {
        left -= 1;
        match window.up_to(at, 14).as_slice() {
            [0x2c, rest @ ..] => {
                pictures += 1;
                facts.is_animated = pictures > 1;
                let Some(flags) = rest.get(8) else { return };
                // The tenth byte, a palette, and the code size come before the data.
                at = at + 11 + palette(*flags);
            }
            [0x21, label, rest @ ..] => {
                let (label, is_xmp) = (*label, rest.get(1..12) == Some(b"XMP DataXMP"));
                at += 2;
                if label == 0xf9 {
                    hundredths += le16(&window.up_to(at, 4), 2).unwrap_or(0);
                } else if label == 0xfe {
                    facts.describe_bytes("comment", &sub_blocks(window, at));
                } else if label == 0xff && is_xmp && facts.xmp.is_none() {
                    facts.xmp = packet(window, at + 12);
                }
            }
            // The end of the file, or damage: the pictures so far count.
            _ => break,
        }
        at = match after_sub_blocks(window, at, &mut left) {
            Some(next) => next,
            None => break,
        };
    }
    if pictures > 1 && left > 0 {
        facts.duration_s = Some(f64::from(hundredths) / 100.0).filter(|duration| *duration > 0.0);
    }
}

fn palette(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn after_sub_blocks(window: &mut Window, mut at: u64, left: &mut usize) -> Option<u64> {
    while *left > 0 {
        *left -= 1;
        let [length] = window.array(at)?;
        at += 1 + u64::from(length);
        if length == 0 {
            return Some(at);
        }
    }
    None
}

fn sub_blocks(window: &mut Window, mut at: u64) -> Vec<u8> {
    let mut content = Vec::new();
    for _ in 0..256 {
        let Some([length]) = window.array::<1>(at).filter(|length| length != &[0]) else { break };
        content.extend(window.up_to(at + 1, usize::from(length)));
        at += 1 + u64::from(length);
    }
    content
}

/// The packet stands there as plain bytes; behind it a ramp of 258 bytes leads readers of sub-blocks out.
fn packet(window: &mut Window, at: u64) -> Option<Vec<u8>> {
    let mut packet = window.up_to(at, 1 << 20);
    let end = packet.windows(3).position(|bytes| bytes == b"\x01\xff\xfe")?;
    packet.truncate(end);
    Some(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pictures_move_and_one_does_not() {
        let head = b"GIF89a\x02\0\x03\0\0\0\0".to_vec();
        let comment = [b"!\xfe\x09".as_slice(), "đan đó".as_bytes(), b"\0"].concat();
        let picture = b",\0\0\0\0\x02\0\x03\0\0\x02\x01\x44\0".to_vec();
        let still = [head.clone(), comment.clone(), picture.clone(), b";".to_vec()].concat();
        let moving = [head, picture.clone(), comment, picture].concat();
        for (bytes, is_animated) in [(still, false), (moving, true)] {
            let mut facts = Facts::default();
            read(&mut Window::over(bytes), &mut facts);
            assert_eq!((facts.width, facts.height, facts.is_animated), (Some(2), Some(3), is_animated));
            assert_eq!(facts.described[0].1, "đan đó");
        }
    }
}
