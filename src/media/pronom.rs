//! PRONOM identifiers (PUIDs) of the formats we recognise, as in DROID signature file V125.
//!
//! Only where the evidence decides; a file without one is one whose version we do not tell apart.

use super::window::Window;
use super::window::number::le32;
use super::{Facts, signature};

/// Formats whose media type alone decides.
const BY_TYPE: &[(&str, &str)] = &[
    ("application/epub+zip", "fmt/483"),
    ("application/gzip", "x-fmt/266"),
    ("application/json", "fmt/817"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "fmt/215"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "fmt/214"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "fmt/412"),
    ("application/x-7z-compressed", "fmt/484"),
    ("application/x-bzip2", "x-fmt/268"),
    ("application/x-compress", "fmt/1671"),
    ("application/x-subrip", "fmt/1218"),
    ("application/x-tar", "x-fmt/265"),
    ("application/x-xz", "fmt/1098"),
    ("audio/aac", "fmt/1812"),
    ("audio/flac", "fmt/279"),
    ("audio/x-caf", "fmt/416"),
    ("audio/x-ms-wma", "fmt/132"),
    ("audio/x-w64", "fmt/951"),
    ("video/3gpp", "fmt/357"),
    ("video/x-dv", "x-fmt/152"),
    ("image/x-sun-raster", "x-fmt/184"),
    ("image/x-xbitmap", "x-fmt/207"),
    ("multipart/related", "x-fmt/429"),
    ("audio/mpeg", "fmt/134"),
    ("image/avif", "fmt/2062"),
    ("image/heic", "fmt/1101"),
    ("image/heif", "fmt/1101"),
    ("image/heif-sequence", "fmt/1101"),
    ("image/j2c", "fmt/1794"),
    ("image/jp2", "x-fmt/392"),
    ("image/vnd.adobe.photoshop", "x-fmt/92"),
    ("image/vnd.microsoft.icon", "x-fmt/418"),
    ("image/vnd.radiance", "fmt/591"),
    ("image/x-ff", "fmt/1133"),
    ("image/x-icns", "fmt/1185"),
    ("image/x-sgi", "x-fmt/140"),
    ("text/csv", "x-fmt/18"),
    ("text/markdown", "fmt/1149"),
    ("text/vtt", "fmt/1454"),
    ("video/matroska", "fmt/569"),
    ("video/quicktime", "x-fmt/384"),
    ("video/x-msvideo", "fmt/5"),
    ("video/webm", "fmt/573"),
    ("audio/webm", "fmt/573"),
];

/// Returns the PUID of a file whose facts were read; `None` where the evidence does not decide.
pub(crate) fn puid(window: &mut Window, facts: &Facts) -> Option<&'static str> {
    let head = window.up_to(0, 8 << 10);
    match facts.mime.as_str() {
        "image/jpeg" => jpeg(facts),
        "image/png" => Some(png(facts)),
        // Without a frame it is a PNG that only says it moves.
        "image/apng" => [b"acTL", b"fcTL"].iter().all(|chunk| facts.evidence.png_chunks.contains(chunk)).then_some("fmt/935"),
        "image/gif" => match head.get(..6)? {
            b"GIF87a" => Some("fmt/3"),
            _ => Some("fmt/4"),
        },
        "image/tiff" if facts.evidence.is_big_tiff => Some("fmt/1917"),
        "image/tiff" if facts.evidence.is_geographic => Some("fmt/155"),
        "image/tiff" => Some("fmt/353"),
        "image/x-exr" => (head.get(4) == Some(&2)).then_some("fmt/1001"),
        "image/x-portable-bitmap" => head.starts_with(b"P4").then_some("fmt/409"),
        "image/x-portable-graymap" => head.starts_with(b"P5").then_some("fmt/406"),
        "image/x-portable-pixmap" => head.starts_with(b"P6").then_some("fmt/408"),
        "image/webp" => match facts.evidence.webp_kind? {
            b'L' => Some("fmt/567"),
            b'X' => Some("fmt/568"),
            _ => Some("fmt/566"),
        },
        "image/bmp" => bitmap(&head),
        "image/x-tga" => targa(window),
        "image/jxl" => Some(if head.starts_with(b"\xff\x0a") { "fmt/1484" } else { "fmt/1485" }),
        "image/svg+xml" => match facts.evidence.svg_version.as_deref()? {
            "1.0" => Some("fmt/91"),
            "1.1" => Some("fmt/92"),
            _ => None,
        },
        "application/pdf" => pdf(window, &head),
        "application/vnd.oasis.opendocument.text" => None,
        // These begin documents that are told by their content, and have other PUIDs.
        "application/zip" => {
            let name = head.get(30..)?;
            let is_document = [b"[Content_Types].xml".as_slice(), b"mimetype", b"index.xml", b"Index/"].iter().any(|known| name.starts_with(known));
            (!is_document).then_some("x-fmt/263")
        }
        "audio/vnd.wave" => wave(&head, facts),
        "audio/x-aiff" => Some(if head.get(8..12)? == b"AIFC" { "x-fmt/136" } else { "fmt/414" }),
        "video/ogg" => (facts.codec.as_deref()? == "theora").then_some("fmt/945"),
        "video/mp2t" => Some(if head.first() == Some(&0x47) { "fmt/585" } else { "fmt/1055" }),
        "video/mpeg" => program_stream(&head),
        "image/vnd.zbrush.pcx" => (head.get(1) == Some(&5)).then_some("fmt/90"),
        "image/x-ms-paint" => head.starts_with(b"DanM").then_some("x-fmt/214"),
        "audio/ogg" => match facts.codec.as_deref()? {
            "vorbis" => Some("fmt/203"),
            "opus" => Some("fmt/946"),
            _ => None,
        },
        "video/mp4" | "audio/mp4" => mp4(&head),
        // GIMP's palettes and other texts with a mark have PUIDs of their own.
        "text/plain" if head.starts_with(b"GIMP ") || head.starts_with(b"RIFF") => None,
        "text/plain" => Some("x-fmt/111"),
        // A text that could be any kind is named by its media type.
        mime => BY_TYPE.iter().find(|(known, _)| *known == mime).map(|(_, puid)| *puid),
    }
}

/// A camera's file begins with EXIF, others with JFIF; what has neither is a bare stream.
fn jpeg(facts: &Facts) -> Option<&'static str> {
    if let Some(version) = facts.evidence.jfif_version {
        return match version {
            (1, 0) => Some("fmt/42"),
            (1, 1) => Some("fmt/43"),
            (1, 2) => Some("fmt/44"),
            _ => None,
        };
    }
    match facts.evidence.exif_version.as_deref().filter(|_| facts.evidence.exif_is_first).unwrap_or_default() {
        "0200" => Some("x-fmt/398"),
        "0210" => Some("x-fmt/390"),
        "0220" => Some("x-fmt/391"),
        "0221" => Some("fmt/645"),
        "0230" | "0231" | "0232" => Some("fmt/1507"),
        _ => Some("fmt/41"),
    }
}

/// The chunks that a version brought: iTXt is of 1.2; iCCP, sRGB and sPLT are of 1.1.
fn png(facts: &Facts) -> &'static str {
    if facts.evidence.png_texts.contains(&true) {
        "fmt/13"
    } else if facts.evidence.png_chunks.iter().any(|chunk| matches!(chunk, b"iCCP" | b"sRGB" | b"sPLT")) {
        "fmt/12"
    } else {
        "fmt/11"
    }
}

fn bitmap(head: &[u8]) -> Option<&'static str> {
    // The reserved fields are zero in every sound file.
    if le32(head, 6)? != 0 {
        return None;
    }
    match le32(head, 14)? {
        12 => Some("fmt/115"),
        40 if matches!(le32(head, 30)?, 0..=2) => Some("fmt/116"),
        40 if le32(head, 30)? == 3 => Some("fmt/117"),
        108 => Some("fmt/118"),
        124 => Some("fmt/119"),
        _ => None,
    }
}

fn targa(window: &mut Window) -> Option<&'static str> {
    let footer = window.up_to(window.size().saturating_sub(18), 18);
    Some(if footer == b"TRUEVISION-XFILE.\0" { "fmt/402" } else { "x-fmt/367" })
}

/// The version in the first line; PDF/A says its part in XMP, which is looked for in the first and last 256 KiB.
fn pdf(window: &mut Window, head: &[u8]) -> Option<&'static str> {
    const ENDS: usize = 256 << 10;
    let start = window.up_to(0, ENDS);
    let size = window.size();
    let end = if size > ENDS as u64 { window.up_to(size.saturating_sub(ENDS as u64), ENDS) } else { Vec::new() };
    if let Some(puid) = archival(&start).or_else(|| archival(&end)) {
        return Some(puid);
    }
    match &signature::pdf_version(head)? {
        b"10" => Some("fmt/14"),
        b"11" => Some("fmt/15"),
        b"12" => Some("fmt/16"),
        b"13" => Some("fmt/17"),
        b"14" => Some("fmt/18"),
        b"15" => Some("fmt/19"),
        b"16" => Some("fmt/20"),
        // A portfolio has a PUID of its own, which is not told apart from its members here.
        b"17" if [&start, &end].iter().any(|bytes| bytes.windows(11).any(|piece| piece == b"/Collection")) => None,
        b"17" => Some("fmt/276"),
        b"20" => Some("fmt/1129"),
        _ => None,
    }
}

fn archival(bytes: &[u8]) -> Option<&'static str> {
    let after = |mark: &[u8]| {
        let at = bytes.windows(mark.len()).position(|piece| piece == mark)? + mark.len();
        bytes.get(at..)?.iter().copied().find(u8::is_ascii_alphanumeric)
    };
    match (after(b"pdfaid:part")?, after(b"pdfaid:conformance").unwrap_or(b' ').to_ascii_uppercase()) {
        (b'1', b'A') => Some("fmt/95"),
        (b'1', b'B') => Some("fmt/354"),
        (b'2', b'A') => Some("fmt/476"),
        (b'2', b'B') => Some("fmt/477"),
        (b'2', b'U') => Some("fmt/478"),
        (b'3', b'A') => Some("fmt/479"),
        (b'3', b'B') => Some("fmt/480"),
        (b'3', b'U') => Some("fmt/481"),
        _ => None,
    }
}

/// A pack header tells its generation by its first bits (ISO/IEC 13818-1, 2.5.3.3).
fn program_stream(head: &[u8]) -> Option<&'static str> {
    match head.get(..5)? {
        [0, 0, 1, 0xba, bits] if bits >> 4 == 2 => Some("x-fmt/385"),
        [0, 0, 1, 0xba, bits] if bits >> 6 == 1 => Some("x-fmt/386"),
        _ => None,
    }
}

fn wave(head: &[u8], facts: &Facts) -> Option<&'static str> {
    let is_long = !head.starts_with(b"RIFF");
    if let Some(version) = facts.evidence.broadcast_version {
        // Of Broadcast Wave, only plain PCM up to 4 GiB is told apart here.
        return match (version, facts.evidence.wave_format?) {
            _ if is_long => None,
            (0, 1) => Some("fmt/703"),
            (1, 1) => Some("fmt/704"),
            (2, 1) => Some("fmt/705"),
            _ => None,
        };
    }
    if is_long {
        return head.starts_with(b"RF64").then_some("fmt/712");
    }
    match (facts.evidence.wave_format?, facts.evidence.wave_format_length?) {
        (1, 16) => Some("fmt/141"),
        (0xfffe, _) => Some("fmt/143"),
        (_, 18..) => Some("fmt/142"),
        _ => None,
    }
}

/// The brands that PRONOM's signature of MPEG-4 knows.
fn mp4(head: &[u8]) -> Option<&'static str> {
    let length = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let brands = head.get(8..length.min(head.len()))?;
    let is_known = brands.chunks_exact(4).any(|brand| matches!(brand, b"mp41" | b"mp42" | b"isom" | b"M4A " | b"M4V "));
    is_known.then_some("fmt/199")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mime: &str, bytes: &[u8]) -> Option<&'static str> {
        let facts = Facts { mime: mime.to_owned(), ..Facts::default() };
        puid(&mut Window::over(bytes.to_vec()), &facts)
    }

    #[test]
    fn versions_are_told_by_evidence_only() {
        assert_eq!(of("image/gif", b"GIF87a"), Some("fmt/3"));
        assert_eq!(of("application/pdf", b"%PDF-1.7\n"), Some("fmt/276"));
        assert_eq!(of("application/pdf", b"%PDF-1.4 <pdfaid:part>1</pdfaid:part><pdfaid:conformance>B<"), Some("fmt/354"));
        assert_eq!(of("application/pdf", b"%PDF-9.9"), None);
        assert_eq!(of("image/svg+xml", "<svg> đó".as_bytes()), None);
        assert_eq!(of("audio/vnd.wave", b"RIFF"), None);
        assert_eq!(of("application/octet-stream", b""), None);
    }
}
