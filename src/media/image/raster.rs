//! Sizes of pictures whose header is simple: a number at a place, or words.

use crate::media::isobmff;
use crate::media::window::Window;
use crate::media::window::number::{be16, be32, le16, le32};

type Size = Option<(u32, u32)>;

/// Text headers may have long comments before the size.
const LONGEST_HEADER: usize = 64 << 10;

/// Returns the size in pixels of a picture of this media type; `None` if it is not known or not said.
pub(super) fn size(window: &mut Window, mime: &str) -> Size {
    let head = window.up_to(0, 1024);
    let both = |width: Option<u32>, height: Option<u32>| Some((width?, height?));
    match mime {
        "image/bmp" => bitmap(&head),
        "image/vnd.microsoft.icon" | "image/x-win-bitmap" => icon(&window.up_to(0, 6 + 16 * 256)),
        "image/vnd.zbrush.pcx" => both(extent(&head, 4, 8), extent(&head, 6, 10)),
        "image/x-sgi" => both(be16(&head, 6), be16(&head, 8)),
        "image/x-sun-raster" => both(be32(&head, 4), be32(&head, 8)),
        "image/x-blp" => both(le32(&head, 12), le32(&head, 16)),
        "image/vnd.ms-dds" => both(le32(&head, 16), le32(&head, 12)),
        "image/x-icns" => apple_icon(window),
        "image/x-qoi" => both(be32(&head, 4), be32(&head, 8)),
        "image/x-ff" => both(be32(&head, 8), be32(&head, 12)),
        "image/x-tga" => both(le16(&head, 12), le16(&head, 14)),
        "image/x-ms-paint" => both(le16(&head, 4), le16(&head, 6)),
        "image/vnd.djvu" => both(be16(&head, 24), be16(&head, 26)),
        "image/x-dpx" if head.starts_with(b"SDPX") => both(be32(&head, 772), be32(&head, 776)),
        "image/x-dpx" => both(le32(&head, 772), le32(&head, 776)),
        "image/jp2" | "image/jpx" => jpeg_2000(window),
        "image/j2c" => codestream(&head),
        "image/vnd.radiance" => radiance(&window.up_to(0, LONGEST_HEADER)),
        "image/x-exr" => open_exr(&window.up_to(0, LONGEST_HEADER)),
        "image/x-xbitmap" => x_bitmap(&window.up_to(0, LONGEST_HEADER)),
        "image/x-xpixmap" => x_pixmap(&window.up_to(0, LONGEST_HEADER)),
        "image/x-portable-arbitrarymap" => arbitrary_map(&window.up_to(0, LONGEST_HEADER)),
        _ if mime.starts_with("image/x-portable-") => portable_map(&window.up_to(0, LONGEST_HEADER)),
        _ => None,
    }
}

/// The oldest header has 16 bits for a side; rows from the top down have a negative height.
fn bitmap(head: &[u8]) -> Size {
    if le32(head, 14)? == 12 {
        return Some((le16(head, 18)?, le16(head, 20)?));
    }
    let side = |at| Some(i32::from_le_bytes(le32(head, at)?.to_le_bytes()));
    Some((u32::try_from(side(18)?).ok()?, side(22)?.unsigned_abs()))
}

fn extent(head: &[u8], from: usize, to: usize) -> Option<u32> {
    le16(head, to)?.checked_sub(le16(head, from)?)?.checked_add(1)
}

/// Returns the largest of the pictures; a side of 0 means 256.
fn icon(head: &[u8]) -> Size {
    let count = le16(head, 4)? as usize;
    let entries = head.get(6..)?.chunks_exact(16).take(count);
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    entries.map(|entry| (side(entry[0]), side(entry[1]))).max_by_key(|(width, height)| width * height)
}

fn apple_icon(window: &mut Window) -> Size {
    let (mut at, mut largest) = (8u64, None);
    for _ in 0..64 {
        let Some(head) = window.array::<8>(at) else { break };
        let side = match &head[..4] {
            b"is32" | b"icp4" | b"ics#" => 16,
            b"il32" | b"icp5" | b"ic11" | b"ICN#" => 32,
            b"ih32" => 48,
            b"icp6" | b"ic12" => 64,
            b"it32" | b"ic07" => 128,
            b"ic08" | b"ic13" => 256,
            b"ic09" | b"ic14" => 512,
            b"ic10" => 1024,
            _ => 0,
        };
        largest = largest.max(Some(side));
        let length = u64::from(be32(&head, 4)?);
        if length < 8 {
            break;
        }
        at += length;
    }
    largest.filter(|side| *side > 0).map(|side| (side, side))
}

fn jpeg_2000(window: &mut Window) -> Size {
    let size = window.size();
    let parts = isobmff::parts(window, 0, size);
    if let Some(header) = isobmff::find(&parts, b"jp2h")
        && let Some(part) = isobmff::child(window, header, b"ihdr")
    {
        let content = part.content(window, 8);
        return Some((be32(&content, 4)?, be32(&content, 0)?));
    }
    codestream(&isobmff::find(&parts, b"jp2c")?.content(window, 64))
}

/// The SIZ marker: the grid, less its offset (ITU T.800, A.5.1).
fn codestream(head: &[u8]) -> Size {
    let side = |at, offset| be32(head, at)?.checked_sub(be32(head, offset)?);
    Some((side(8, 16)?, side(12, 20)?))
}

/// `-Y 353 +X 435` after a blank line; the first axis is that of the rows.
fn radiance(head: &[u8]) -> Size {
    let text = String::from_utf8_lossy(head);
    let line = text.lines().skip(1).skip_while(|line| !line.is_empty()).find(|line| !line.is_empty())?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [first, first_side, second, second_side] = words[..] else { return None };
    let (rows, columns) = (first_side.parse().ok()?, second_side.parse().ok()?);
    match (first.get(1..)?, second.get(1..)?) {
        ("Y", "X") => Some((columns, rows)),
        ("X", "Y") => Some((rows, columns)),
        _ => None,
    }
}

/// The attribute `dataWindow`: the corners of the stored pixels.
fn open_exr(head: &[u8]) -> Size {
    let mut rest = head.get(8..)?;
    for _ in 0..256 {
        let name_end = rest.iter().position(|byte| *byte == 0)?;
        let (name, after) = (rest.get(..name_end)?, rest.get(name_end + 1..)?);
        let kind_end = after.iter().position(|byte| *byte == 0)?;
        let value = after.get(kind_end + 1..)?;
        let length = le32(value, 0)? as usize;
        if name == b"dataWindow" {
            let corner = |at| Some(i64::from(i32::from_le_bytes(le32(value, at)?.to_le_bytes())));
            let side = |from, to| u32::try_from(corner(to)? - corner(from)? + 1).ok();
            return Some((side(4, 12)?, side(8, 16)?));
        }
        rest = value.get(4..)?.get(length..)?;
    }
    None
}

fn x_bitmap(head: &[u8]) -> Size {
    let text = String::from_utf8_lossy(head);
    let value = |ending: &str| {
        let line =
            text.lines().find(|line| line.starts_with("#define") && line.split_whitespace().nth(1).is_some_and(|name| name.ends_with(ending)))?;
        line.split_whitespace().nth(2)?.parse().ok()
    };
    Some((value("_width").or_else(|| value("width"))?, value("_height").or_else(|| value("height"))?))
}

fn x_pixmap(head: &[u8]) -> Size {
    let text = String::from_utf8_lossy(head);
    let mut words = text.split('"').nth(1)?.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Two numbers after the mark; a comment runs from `#` to the end of its line.
fn portable_map(head: &[u8]) -> Size {
    let mut at = 2;
    let mut number = || {
        let (mut value, mut has_digit) = (0u32, false);
        while let Some(byte) = head.get(at) {
            at += 1;
            match byte {
                b'0'..=b'9' => {
                    has_digit = true;
                    value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
                }
                b'#' if has_digit => return Some(value),
                b'#' => {
                    at += head.get(at..)?.iter().position(|byte| *byte == b'\n' || *byte == b'\r')?;
                }
                _ if !byte.is_ascii_whitespace() && *byte != 0x0b => return None,
                _ if has_digit => return Some(value),
                _ => {}
            }
        }
        None
    };
    Some((number()?, number()?))
}

fn arbitrary_map(head: &[u8]) -> Size {
    let text = String::from_utf8_lossy(head);
    let value = |word: &str| text.lines().take_while(|line| *line != "ENDHDR").find_map(|line| line.strip_prefix(word)?.trim().parse().ok());
    Some((value("WIDTH ")?, value("HEIGHT ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_out_of_words() {
        assert_eq!(portable_map("P5\n# chợ Thủ Sỹ 12\n640 # x\n480 255 ".as_bytes()), Some((640, 480)));
        assert_eq!(portable_map(b"P5 99999999999 1 "), None);
        assert_eq!(radiance(b"#?RADIANCE\nFORMAT=x\n\n-Y 3 +X 4\n"), Some((4, 3)));
        assert_eq!(x_pixmap(b"/* XPM */ static char *a[] = {\"8 9 2 1\""), Some((8, 9)));
        assert_eq!(x_bitmap(b"#define do_width 16\n#define do_height 7\nstatic char do_bits[]"), Some((16, 7)));
        assert_eq!(arbitrary_map(b"P7\nWIDTH 5\nHEIGHT 6\nENDHDR\n"), Some((5, 6)));
    }

    #[test]
    fn sizes_out_of_numbers_and_too_short_headers() {
        let mut top_down = b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x05\0\0\0".to_vec();
        top_down.extend((-7i32).to_le_bytes());
        assert_eq!(bitmap(&top_down), Some((5, 7)));
        assert_eq!(icon(b"\0\0\x01\0\x02\0\x10\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), Some((256, 256)));
        for mime in ["image/bmp", "image/x-icns", "image/jp2", "image/x-exr", "image/x-sgi", "image/x-portable-graymap"] {
            assert_eq!(size(&mut Window::over(b"BM".to_vec()), mime), None, "{mime}");
        }
    }
}
