//! Marks of pictures, and of a few formats that are told by a plain mark like them.

use crate::media::window::Window;
use crate::media::window::number::{be32, le16, le32};

/// Formats with a plain mark at the beginning.
const MARKS: &[(usize, &[u8], &str)] = &[
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51\0", "image/j2c"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"8BPS\0\x01", "image/vnd.adobe.photoshop"),
    (0, b"8BPS\0\x02", "image/vnd.adobe.photoshop"),
    (0, b"farbfeld", "image/x-ff"),
    (0, b"qoif", "image/x-qoi"),
    (0, b"BLP1", "image/x-blp"),
    (0, b"BLP2", "image/x-blp"),
    (0, b"DDS ", "image/vnd.ms-dds"),
    (0, b"icns", "image/x-icns"),
    (0, b"#?RADIANCE", "image/vnd.radiance"),
    (0, b"#?RGBE", "image/vnd.radiance"),
    (0, b"\x76\x2f\x31\x01", "image/x-exr"),
    (0, b"\x59\xa6\x6a\x95", "image/x-sun-raster"),
    (0, b"/* XPM */", "image/x-xpixmap"),
    (0, b"DanM", "image/x-ms-paint"),
    (0, b"LinS", "image/x-ms-paint"),
    (0, b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (0, b"fLaC", "audio/flac"),
    (0, b"caff\0\x01", "audio/x-caf"),
    (0, b"%!PS-Adobe", "application/postscript"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", "audio/x-w64"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"\x1f\x9d", "application/x-compress"),
    (0, b"LZIP", "application/x-lzip"),
    (0, b"LRZI", "application/x-lrzip"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"),
    (257, b"ustar", "application/x-tar"),
];

/// Returns the type of a file that begins with the mark of a format.
pub(super) fn by_mark(head: &[u8]) -> Option<&'static str> {
    let has = |place: usize, mark: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(mark));
    if has(0, b"\x89PNG\r\n\x1a\n") {
        return Some(if animation_comes_first(head) { "image/apng" } else { "image/png" });
    }
    if let Some((_, _, found)) = MARKS.iter().find(|(place, mark, _)| has(*place, mark)) {
        return Some(found);
    }
    match head {
        [0, 0, 1, 0, count, 0, ..] if *count > 0 && is_icon_entry(head) => Some("image/vnd.microsoft.icon"),
        [0, 0, 2, 0, count, 0, ..] if *count > 0 && is_icon_entry(head) => Some("image/x-win-bitmap"),
        [b'B', b'M', ..] if is_bitmap(head) => Some("image/bmp"),
        [0x01, 0xda, 0 | 1, 1 | 2, 0, 1..=3, ..] => Some("image/x-sgi"),
        [0x0a, 0 | 2..=5, 0 | 1 | 0x20, 1 | 2 | 4 | 8, ..] if is_pcx(head) => Some("image/vnd.zbrush.pcx"),
        [_, _, _, _, 0x11 | 0x12, 0xaf, ..] if le16(head, 12).is_some_and(|depth| depth == 8 || depth == 0) => {
            Some(if head.get(4) == Some(&0x11) { "video/x-fli" } else { "video/x-flc" })
        }
        // DIF blocks of DV begin with a header section (IEC 61834-2): 525/60 or 625/50.
        [0x1f, 0x07, 0x00, third, ..] if third & 0x3f == 0x3f || head.get(80..83) == Some(b"\x3f\x07\x00") => Some("video/x-dv"),
        [b'W', b'A', b'D', b' ', ..] => None,
        _ => None,
    }
}

fn is_icon_entry(head: &[u8]) -> bool {
    // Offset of the first picture: behind the directory.
    head.get(9) == Some(&0) && le32(head, 18).is_some_and(|offset| offset >= 22) && le32(head, 14).is_some_and(|size| size > 0)
}

fn is_bitmap(head: &[u8]) -> bool {
    let Some(header) = le32(head, 14) else { return false };
    matches!(header, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124) || (le32(head, 6) == Some(0) && (12..=255).contains(&header))
}

fn is_pcx(head: &[u8]) -> bool {
    let corner = |at| le16(head, at).unwrap_or(0);
    corner(8) >= corner(4) && corner(10) >= corner(6) && head.get(65).is_some_and(|planes| (1..=4).contains(planes))
}

/// Whether a PNG announces its animation before its picture (PNG third edition, 11.3.6.1).
fn animation_comes_first(head: &[u8]) -> bool {
    let mut at = 8usize;
    while let Some(length) = be32(head, at) {
        match head.get(at + 4..at + 8) {
            Some(b"acTL") => return true,
            Some(b"IDAT") | None => return false,
            Some(_) => {}
        }
        let Some(next) = at.checked_add(12).and_then(|at| at.checked_add(length as usize)) else { return false };
        at = next;
    }
    false
}

/// PBM, PGM, PPM, PAM and PFM: `P` and a digit, then white space or a comment.
pub(super) fn portable_map(head: &[u8]) -> Option<&'static str> {
    let [b'P', digit, after, ..] = head else { return None };
    let is_white = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    if !is_white(after) && *after != b'#' {
        return None;
    }
    let first_word = head.get(2..)?.iter().find(|byte| !is_white(byte))?;
    let is_header = first_word.is_ascii_digit() || *first_word == b'#';
    match digit {
        b'1' | b'4' if is_header => Some("image/x-portable-bitmap"),
        b'2' | b'5' if is_header => Some("image/x-portable-graymap"),
        b'3' | b'6' if is_header => Some("image/x-portable-pixmap"),
        b'7' if *after == b'\n' && b"WHDMTE#".contains(first_word) => Some("image/x-portable-arbitrarymap"),
        b'F' | b'f' if is_header => Some("image/x-portable-floatmap"),
        _ => None,
    }
}

/// TIFF and the camera formats built on it, by what the first bytes and the first directory say.
pub(super) fn tiff_family(head: &[u8]) -> Option<&'static str> {
    let order = head.get(..4)?;
    match order {
        b"IIRO" | b"IIRS" | b"MMOR" => return Some("image/x-olympus-orf"),
        b"IIU\0" => return Some("image/x-panasonic-rw2"),
        b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+" => {}
        _ => return None,
    }
    if head.get(8..11) == Some(b"CR\x02") {
        return Some("image/x-canon-cr2");
    }
    if matches!(order, b"II+\0" | b"MM\0+") {
        return Some("image/tiff");
    }
    Some(camera(head).unwrap_or("image/tiff"))
}

fn camera(head: &[u8]) -> Option<&'static str> {
    let mut window = Window::over(head.to_vec());
    let mut tiff = crate::media::tiff::Tiff::open(&mut window, 0)?;
    let first = tiff.first()?;
    // DNGVersion.
    if first.find(0xc612).is_some() {
        return Some("image/x-adobe-dng");
    }
    // A camera's raw file has its full picture in a sub-directory, and a small one here.
    let is_raw = first.find(0x14a).is_some() && tiff.unsigned_of(&first, 0xfe).unwrap_or(0) & 1 == 1;
    let make = String::from_utf8_lossy(&tiff.bytes(&first, 0x10f)?).to_ascii_uppercase();
    if make.starts_with("NIKON") && is_raw {
        Some("image/x-nikon-nef")
    } else if make.starts_with("SONY") && is_raw {
        Some("image/x-sony-arw")
    } else if make.starts_with("PENTAX") && tiff.unsigned_of(&first, 0x103) == Some(65_535) {
        Some("image/x-pentax-pef")
    } else {
        None
    }
}
