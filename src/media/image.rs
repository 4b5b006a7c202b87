//! Facts of pictures: size in pixels, pages, what the camera and the archivist wrote into them.
//!
//! Each format has its own small reader of headers; no picture is decoded. At most 16 MiB of a file are read,
//! usually one or two pieces of 8 KiB.

use super::tiff::Tiff;
use super::window::Window;
use super::{Facts, exif, isobmff};

mod gif;
mod heif;
mod jpeg;
mod jxl;
mod photoshop;
mod png;
mod raster;
mod svg;
mod webp;

/// Reads the facts of a picture whose media type is known.
pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    match facts.mime.as_str() {
        "image/jpeg" => jpeg::read(window, 0, facts),
        "image/png" | "image/apng" => png::read(window, facts),
        "image/gif" => gif::read(window, facts),
        "image/webp" => webp::read(window, facts),
        "image/avif" | "image/heic" | "image/heif" | "image/heic-sequence" | "image/heif-sequence" => heif::read(window, facts),
        "image/x-canon-cr3" => heif::read_cr3(window, facts),
        "image/jxl" => jxl::read(window, facts),
        "image/svg+xml" | "image/svg+xml-compressed" => svg::read(window, facts),
        "image/vnd.adobe.photoshop" => photoshop::read(window, facts),
        "image/x-fuji-raf" => jpeg::read_raf(window, facts),
        "image/jp2" | "image/jpx" => {
            let size = raster::size(window, "image/jp2");
            (facts.width, facts.height) = size.map_or((None, None), |(width, height)| (Some(width), Some(height)));
            read_blocks(window, facts);
        }
        mime if is_tiff(mime) => read_tiff(window, facts),
        _ => {
            if let Some((width, height)) = raster::size(window, &facts.mime) {
                (facts.width, facts.height) = (Some(width), Some(height));
            }
        }
    }
    if facts.orientation.is_none() {
        facts.orientation = facts.xmp.as_deref().and_then(orientation_of_packet);
    }
    // A picture without area is a damaged header.
    if facts.width == Some(0) || facts.height == Some(0) {
        (facts.width, facts.height) = (None, None);
    }
    let has_no_size = matches!(facts.mime.as_str(), "image/svg+xml" | "image/svg+xml-compressed" | "image/wmf" | "image/emf");
    if facts.width.is_none() && !has_no_size {
        facts.problems.push("the size in pixels cannot be read".to_owned());
    }
}

/// JPEG 2000 keeps XMP and EXIF in boxes that are named by a UUID.
fn read_blocks(window: &mut Window, facts: &mut Facts) {
    const XMP: &[u8] = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
    let size = window.size();
    for part in isobmff::parts(window, 0, size).into_iter().filter(|part| &part.kind == b"uuid").take(16) {
        let content = part.content(window, 1 << 20);
        if let Some(packet) = content.strip_prefix(XMP) {
            facts.xmp.get_or_insert_with(|| packet.to_vec());
        } else if let Some(block) = content.strip_prefix(b"JpgTiffExif->JP2") {
            exif::read_block(block.to_vec(), facts);
        }
    }
}

/// Some programs write the orientation into XMP alone (`tiff:Orientation`), as attribute or element.
fn orientation_of_packet(packet: &[u8]) -> Option<u8> {
    const MARK: &[u8] = b"tiff:Orientation";
    let at = packet.windows(MARK.len()).position(|piece| piece == MARK)? + MARK.len();
    let digit = packet.get(at..at + 8)?.iter().find(|byte| byte.is_ascii_alphanumeric())?;
    (b'1'..=b'8').contains(digit).then(|| digit - b'0')
}

fn is_tiff(mime: &str) -> bool {
    const CAMERAS: [&str; 8] = [
        "image/tiff",
        "image/x-adobe-dng",
        "image/x-nikon-nef",
        "image/x-sony-arw",
        "image/x-canon-cr2",
        "image/x-olympus-orf",
        "image/x-panasonic-rw2",
        "image/x-pentax-pef",
    ];
    CAMERAS.contains(&mime)
}

fn read_tiff(window: &mut Window, facts: &mut Facts) {
    let Some(mut tiff) = Tiff::open(window, 0) else { return };
    facts.evidence.is_big_tiff = tiff.version == 43;
    exif::read(&mut tiff, facts);
    if facts.mime == "image/tiff" {
        facts.pages = Some(tiff.count_pages()).filter(|pages| *pages > 0);
    }
    // GeoKeyDirectoryTag (GeoTIFF 1.1).
    facts.evidence.is_geographic = tiff.first().is_some_and(|first| first.find(0x87af).is_some());
    (facts.width, facts.height) = tiff_size(&mut tiff, &facts.mime);
}

/// Returns the size of the first picture; of a camera's file, that of the largest, which is not a preview.
fn tiff_size(tiff: &mut Tiff<'_>, mime: &str) -> (Option<u32>, Option<u32>) {
    let Some(first) = tiff.first() else { return (None, None) };
    let mut directories = vec![first.clone()];
    if mime != "image/tiff" {
        directories.extend(tiff.all_unsigned(&first, 0x14a).into_iter().take(16).filter_map(|offset| tiff.directory(offset)));
    }
    let (wide, high) = if mime == "image/x-panasonic-rw2" { (7, 6) } else { (0x100, 0x101) };
    let mut sizes = Vec::new();
    for directory in &directories {
        let pixels = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        if let (Some(width), Some(height)) = (pixels(tiff.unsigned_of(directory, wide)), pixels(tiff.unsigned_of(directory, high))) {
            sizes.push((width, height));
        }
    }
    let largest = sizes.into_iter().max_by_key(|(width, height)| u64::from(*width) * u64::from(*height));
    largest.map_or((None, None), |(width, height)| (Some(width), Some(height)))
}
