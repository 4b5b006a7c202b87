//! What format bytes are in: our own rules first, then the table of the library `file-format`.
//!
//! Names are those of IANA where there is one. Read: the first 8 KiB, the last 18 bytes, and directories of
//! containers (ZIP, OLE2, Matroska, MP4) within the limits of their readers.

use std::io::{self, BufReader};

use file_format::FileFormat;

use super::window::number::{le16, le32};
use super::window::{Limited, Window};
use super::{Bytes, isobmff, names};

mod picture;
mod text;

/// Types that the library guesses by too little: if our own rules did not find them, it is something else.
const OWN_RULES: [&str; 8] = [
    "image/x-portable-",
    "image/x-win-bitmap",
    "image/vnd.microsoft.icon",
    "image/bmp",
    "image/x-pcx",
    "image/x-sgi",
    "application/pdf",
    "image/x-xpixmap",
];

/// The library looks for marks as far as this into a file: those of ISO 9660 stand at 32 KiB.
pub(crate) const HEAD: usize = 40 << 10;

/// The only mark of TGA, at the very end.
const TARGA_FOOTER: &[u8] = b"TRUEVISION-XFILE.\0";

/// Returns the media type of a file. The name helps only where content cannot: text, and TGA without footer.
pub(crate) fn media_type(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, name: &str, size: u64) -> io::Result<String> {
    // An empty file has no content to go by.
    if size == 0 {
        return Ok(names::plain_text_type(name).to_owned());
    }
    let mut window = Window::new(open()?, size);
    let head = window.up_to(0, 8 << 10);
    if let Some(found) = by_content(&mut window, &head, name) {
        return Ok(found.to_owned());
    }
    let format = FileFormat::from_reader(BufReader::new(Limited::new(open()?)))?;
    let found = match format {
        FileFormat::PlainText | FileFormat::Empty | FileFormat::ArbitraryBinaryData => None,
        // Marks of two or four bytes, which our own rules looked at more closely.
        other if OWN_RULES.iter().any(|own| other.media_type().starts_with(own)) => None,
        other => Some(iana(other.media_type()).to_owned()),
    };
    let found = found.or_else(|| is_zip(&head).then(|| "application/zip".to_owned()));
    // The library knows some texts by their first words; an XML or a script is still better named than "text".
    let by_words = text::media_type(&head, name, size);
    let named = found.or(by_words.map(str::to_owned)).or_else(|| targa(&mut window, &head, name).map(str::to_owned));
    Ok(named.unwrap_or_else(|| "application/octet-stream".to_owned()))
}

/// Whether nothing is known of this content, by one look at its beginning: `head` are its first [`HEAD`] bytes, `tail` its
/// last 18. Where this is so, [`media_type`] would say `application/octet-stream`.
///
/// Marks are compared and nothing is parsed, so no process of its own is needed; whatever has a mark goes to a worker.
pub(crate) fn is_unknown(head: &[u8], tail: &[u8], name: &str) -> bool {
    let start = &head[..head.len().min(8 << 10)];
    // Text in any encoding goes to a worker. UTF-16 has zeros too, and a mark.
    let is_text = !start.contains(&0) || start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    if is_text || is_zip(start) || name.to_ascii_lowercase().ends_with(".tga") || tail == TARGA_FOOTER {
        return false;
    }
    let has_own_mark = picture::by_mark(start).is_some()
        || picture::portable_map(start).is_some()
        || picture::tiff_family(start).is_some()
        || container(&mut Window::over(start.to_vec()), start).is_some()
        || is_old_tar(start)
        || matches!(start, [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..] | [0xd0, 0xcf, 0x11, 0xe0, ..])
        || start[..start.len().min(1024)].windows(5).any(|piece| piece == b"%PDF-");
    !has_own_mark && FileFormat::from(head) == FileFormat::ArbitraryBinaryData
}

/// Whether a file begins like a ZIP, damaged or not.
fn is_zip(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, b'P', b'K', ..])
}

/// Replaces names that the library made up by registered ones.
fn iana(name: &str) -> &str {
    match name {
        "image/x-jp2-codestream" => "image/j2c",
        "image/x-pcx" => "image/vnd.zbrush.pcx",
        "image/avif-sequence" => "image/avif",
        "audio/opus" => "audio/ogg",
        "audio/x-m4a" => "audio/mp4",
        "video/x-m4v" => "video/mp4",
        other => other,
    }
}

fn by_content(window: &mut Window, head: &[u8], name: &str) -> Option<&'static str> {
    picture::by_mark(head)
        .or_else(|| picture::portable_map(head))
        .or_else(|| picture::tiff_family(head))
        .or_else(|| container(window, head))
        .or_else(|| packed(window, head))
        .or_else(|| text::markup(head, name))
}

fn container(window: &mut Window, head: &[u8]) -> Option<&'static str> {
    let kind = head.get(8..12).unwrap_or_default();
    match head.get(..4)? {
        b"RIFF" | b"RIFX" if kind == b"WEBP" => Some("image/webp"),
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" if kind == b"WAVE" => Some("audio/vnd.wave"),
        b"RIFF" if kind == b"AVI " => Some("video/x-msvideo"),
        b"FORM" if kind == b"AIFF" || kind == b"AIFC" => Some("audio/x-aiff"),
        b"OggS" => Some(ogg(head)),
        b"\x1a\x45\xdf\xa3" => Some(matroska(head)),
        b"\0\0\x01\xba" | b"\0\0\x01\xb3" => Some("video/mpeg"),
        _ if is_transport_stream(head) => Some("video/mp2t"),
        _ => isobmff::media_type(window),
    }
}

/// Ogg by the first packets of its streams, which all stand at the beginning (RFC 3533).
fn ogg(head: &[u8]) -> &'static str {
    let has = |mark: &[u8]| head.get(..4096.min(head.len())).is_some_and(|start| start.windows(mark.len()).any(|piece| piece == mark));
    if has(b"\x80theora") || has(b"BBCD\0") || has(b"\x01video\0") {
        "video/ogg"
    } else if has(b"\x01vorbis") || has(b"OpusHead") || has(b"\x7fFLAC") || has(b"Speex   ") {
        "audio/ogg"
    } else {
        "application/ogg"
    }
}

/// WebM by its DocType (RFC 8794); whether there are pictures is for the reader of films to say.
fn matroska(head: &[u8]) -> &'static str {
    let start = head.get(..128.min(head.len())).unwrap_or_default();
    let kind = start.windows(2).position(|id| id == [0x42, 0x82]).and_then(|at| start.get(at + 2..));
    // The length of the name takes one to eight bytes.
    let is_webm = kind.is_some_and(|rest| rest.windows(4).take(9).any(|piece| piece == b"webm"));
    if is_webm { "video/webm" } else { "video/matroska" }
}

/// Packets of 188 bytes, or of 192 with a time code before each (BDAV).
fn is_transport_stream(head: &[u8]) -> bool {
    let every = |first: usize, step: usize| (0..5).all(|place| head.get(first + place * step) == Some(&0x47));
    every(0, 188) || every(4, 192)
}

fn packed(window: &mut Window, head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(if text::is_packed_svg(head) { "image/svg+xml-compressed" } else { "application/gzip" }),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, ..] => Some("application/x-bzip2"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => ole(window, head),
        _ if is_old_tar(head) => Some("application/x-tar"),
        // Readers of PDF look for the mark within the first kilobyte (ISO 32000-1, Annex H).
        _ => {
            let start = head.get(..1024.min(head.len()))?;
            let is_pdf = start.windows(7).any(|piece| piece.starts_with(b"%PDF-") && piece[5].is_ascii_digit() && piece[6] == b'.');
            is_pdf.then_some("application/pdf")
        }
    }
}

/// A tar from before 1988 has no mark, but a sum of its header (POSIX.1 ustar, chksum).
fn is_old_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let field = String::from_utf8_lossy(&header[148..156]);
    let Ok(claimed) = u32::from_str_radix(field.trim_matches([' ', '\0']), 8) else { return false };
    let sum: u32 = header.iter().enumerate().map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) }).sum();
    header[0] != 0 && sum == claimed
}

/// Old Office files by the streams that their directory names ([MS-CFB] 2.6.1).
fn ole(window: &mut Window, head: &[u8]) -> Option<&'static str> {
    let shift = le16(head, 30).filter(|shift| matches!(shift, 9 | 12))?;
    let sector = u64::from(le32(head, 48)?);
    let directory = window.up_to(sector.checked_add(1)?.checked_shl(shift)?, 16 << 10);
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0]).collect();
        directory.chunks_exact(128).any(|entry| entry.starts_with(&wide))
    };
    if has("WordDocument") {
        Some("application/msword")
    } else if has("PowerPoint Document") {
        Some("application/vnd.ms-powerpoint")
    } else if has("Workbook") || has("Book") {
        Some("application/vnd.ms-excel")
    } else {
        None
    }
}

/// TGA has a mark only in its footer; older ones are believed by name and a header that makes sense.
fn targa(window: &mut Window, head: &[u8], name: &str) -> Option<&'static str> {
    let footer = window.up_to(window.size().saturating_sub(18), 18);
    let is_named = name.to_ascii_lowercase().ends_with(".tga");
    let makes_sense = matches!(head.get(1..3)?, [0 | 1, 0..=3 | 9..=11 | 32 | 33]) && matches!(head.get(16)?, 1 | 8 | 15 | 16 | 24 | 32);
    (footer == TARGA_FOOTER || (is_named && makes_sense)).then_some("image/x-tga")
}

/// Returns the version that a PDF states in its first line (`1.7`).
pub(crate) fn pdf_version(head: &[u8]) -> Option<[u8; 2]> {
    let at = head.get(..1024.min(head.len()))?.windows(5).position(|piece| piece == b"%PDF-")?;
    match head.get(at + 5..at + 8)? {
        [major @ b'1'..=b'2', b'.', minor @ b'0'..=b'9'] => Some([*major, *minor]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(bytes: &[u8], name: &str) -> String {
        let bytes = bytes.to_vec();
        let size = bytes.len() as u64;
        media_type(&move || Ok(Box::new(io::Cursor::new(bytes.clone())) as Box<dyn Bytes>), name, size).expect("it is there")
    }

    #[test]
    fn content_names_a_file_whatever_it_is_called() {
        let cases: &[(&[u8], &str)] = &[
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"P5\n# ch\xe1\xba\xa3nh\n2 2\n255\n....", "image/x-portable-graymap"),
            (b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "video/webm"),
            (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "video/matroska"),
            (b"OggS\0\x02 \x01vorbis", "audio/ogg"),
            (b"\n\n junk %PDF-1.4\n", "application/pdf"),
            (b"\xef\xbb\xbf<!-- hoa v\xc4\x83n --><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
            (b"WEBVTT\n\n00:01.000 --> 00:02.000\n", "text/vtt"),
            ("1\n00:00:01,000 --> 00:00:02,000\nđó\n".as_bytes(), "application/x-subrip"),
            (b"From: Thu Sy <a@b.vn>\r\nTo: c@d.vn\r\nSubject: do\r\n\r\n", "message/rfc822"),
            (b"l\xb5ng ngh\xd2", "text/plain"),
            (b"P5, P6 and P7 are streets", "text/plain"),
            (&[0, 159, 146, 150], "application/octet-stream"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(&named(bytes, "đó"), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn the_name_helps_text_only() {
        assert_eq!(named(b"a,b\n1,2\n", "danh s\u{e1}ch.csv"), "text/csv");
        assert_eq!(named(b"\xff\xd8\xff\xe0", "phim.mp4"), "image/jpeg");
        assert_eq!(named(b"", "rong.mp4"), "text/plain");
    }
}
