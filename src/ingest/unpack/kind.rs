//! Which files are packages. The content decides; a name can only say that a ZIP is really a document.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// How many bytes of a file's beginning are enough to tell.
pub(super) const HEAD: u64 = 64 * 1024;

/// A kind of package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ZIP.
    Zip,
    /// TAR, old, POSIX or GNU.
    Tar,
    /// TAR within gzip.
    TarGz,
}

/// Endings of documents and programs that are ZIP inside and stay whole.
const DOCUMENTS: [&str; 24] = [
    "docx", "docm", "dotx", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "ppsx", "odt", "ods", "odp", "odg", "ott", "epub", "jar", "war", "apk", "xps",
    "oxps", "kmz", "ora", "kra", "3mf",
];

/// Says whether a file is a package, from its name and its first bytes (64 KiB are enough, 512 the least for TAR).
/// A document that is a ZIP inside (OOXML, ODF, EPUB, JAR) is none.
pub(crate) fn is_package(name: &str, head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"PK") {
        return (is_zip(head) && !is_document(name, head)).then_some(Kind::Zip);
    }
    if head.starts_with(&[0x1f, 0x8b, 8]) {
        let mut inner = Vec::new();
        // An error here only means that the head ends within the stream; what came before it counts.
        let _ = MultiGzDecoder::new(head).take(512).read_to_end(&mut inner);
        return is_tar(name, &inner).then_some(Kind::TarGz);
    }
    is_tar(name, head).then_some(Kind::Tar)
}

fn is_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| head.starts_with(*magic))
}

fn is_document(name: &str, head: &[u8]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if DOCUMENTS.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
        return true;
    }
    let header = head.strip_prefix(b"PK\x07\x08").unwrap_or(head);
    let length = header.get(26..28).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
    let first = header.get(30..30_usize.saturating_add(usize::from(length))).unwrap_or_default();
    first == b"mimetype" || first == b"[Content_Types].xml" || first == b"_rels/.rels" || first.starts_with(b"META-INF")
}

/// A TAR header is known by its checksum; one without the later mark `ustar` must also have the name of a TAR.
fn is_tar(name: &str, head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let sum: u32 = header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum();
    let digits = header.get(148..156).unwrap_or_default();
    let text: String = digits.iter().map(|byte| char::from(*byte)).filter(char::is_ascii_digit).collect();
    let said = u32::from_str_radix(&text, 8).ok();
    let name = name.to_ascii_lowercase();
    let named = [".tar", ".tgz", ".tar.gz"].iter().any(|ending| name.ends_with(ending));
    said == Some(sum) && (header.get(257..262) == Some(b"ustar") || named)
}
