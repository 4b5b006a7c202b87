//! HEIC, AVIF (HEIF, ISO/IEC 23008-12) and Canon's CR3: properties of the primary item, EXIF and XMP items.

use crate::media::film::{milliseconds, mp4};
use crate::media::isobmff::{self, Part};
use crate::media::window::Window;
use crate::media::window::number::{be16, be32, be64};
use crate::media::{Facts, exif};

/// The largest table that is read.
const LARGEST_TABLE: usize = 1 << 20;

/// The most items and properties that are looked at.
const MOST: usize = 16 << 10;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let size = window.size();
    let top = isobmff::parts(window, 0, size);
    facts.is_animated =
        isobmff::find(&top, b"moov").is_some() && isobmff::brands(window).iter().any(|brand| matches!(brand, b"avis" | b"msf1" | b"hevc"));
    if facts.is_animated {
        facts.duration_s = duration(window, &top);
    }
    let Some(meta) = isobmff::find(&top, b"meta") else {
        take_track(window, &top, facts);
        return;
    };
    let parts = isobmff::inside_meta(window, meta);
    let primary =
        isobmff::find(&parts, b"pitm").map(|part| part.content(window, 8)).and_then(|content| item_number(&content, 4, content.first()? > &0));
    let turned = primary.and_then(|primary| take_properties(window, &parts, primary, facts));
    for item in items(window, &parts) {
        let Some(block) = content(window, &parts, item.id) else { continue };
        if &item.kind == b"Exif" {
            // Four bytes say where in the block the TIFF header stands.
            let start = be32(&block, 0).map_or(usize::MAX, |start| (start as usize).saturating_add(4));
            exif::read_block(block.get(start..).unwrap_or_default().to_vec(), facts);
        } else if facts.xmp.is_none() {
            facts.xmp = Some(block);
        }
    }
    // Where both stand, EXIF repeats what the container says.
    facts.orientation = facts.orientation.or(turned);
    if facts.width.is_none() {
        take_track(window, &top, facts);
    }
}

/// The duration of a sequence stands where that of a film stands.
fn duration(window: &mut Window, top: &[Part]) -> Option<f64> {
    let header = isobmff::child(window, isobmff::find(top, b"moov")?, b"mvhd")?.content(window, 64);
    mp4::duration(&header).and_then(milliseconds)
}

fn item_number(content: &[u8], at: usize, is_long: bool) -> Option<u32> {
    if is_long { be32(content, at) } else { be16(content, at) }
}

/// Takes the size of the primary item; returns how it is turned, as an EXIF orientation.
fn take_properties(window: &mut Window, parts: &[Part], primary: u32, facts: &mut Facts) -> Option<u8> {
    let properties = isobmff::find(parts, b"iprp")?;
    let inside = isobmff::parts(window, properties.start, properties.end);
    let list = isobmff::find(&inside, b"ipco")?;
    let known = isobmff::parts(window, list.start, list.end);
    let mut turned = None;
    for map in inside.iter().filter(|part| &part.kind == b"ipma") {
        for place in associations(&map.content(window, LARGEST_TABLE), primary).unwrap_or_default() {
            let Some(property) = place.checked_sub(1).and_then(|place| known.get(place)) else { continue };
            let content = property.content(window, 16);
            match &property.kind {
                b"ispe" if facts.width.is_none() => (facts.width, facts.height) = (be32(&content, 4), be32(&content, 8)),
                b"irot" => turned = Some(rotate(turned.unwrap_or(1), content.first()? & 3)),
                b"imir" => turned = Some(mirror(turned.unwrap_or(1), content.first()? & 1)),
                _ => {}
            }
        }
    }
    turned.or(Some(1)).filter(|_| facts.width.is_some())
}

/// The places of the properties of one item in the list, counted from 1.
fn associations(content: &[u8], item: u32) -> Option<Vec<usize>> {
    let (is_long_id, is_long_place) = (content.first()? > &0, content.get(3)? & 1 == 1);
    let count = be32(content, 4)?;
    let mut at = 8usize;
    for _ in 0..count.min(MOST as u32) {
        let id = item_number(content, at, is_long_id)?;
        at += if is_long_id { 4 } else { 2 };
        let places = usize::from(*content.get(at)?);
        at += 1;
        let width = if is_long_place { 2 } else { 1 };
        if id == item {
            // The highest bit says "essential".
            let place =
                |at| if is_long_place { be16(content, at).map(|place| place & 0x7fff) } else { content.get(at).map(|place| u32::from(place & 0x7f)) };
            return Some((0..places).filter_map(|number| place(at + number * width)).map(|place| place as usize).collect());
        }
        at += places * width;
    }
    None
}

/// Turns a picture that has an EXIF orientation by quarters against the clock (23008-12, 6.5.10).
fn rotate(orientation: u8, quarters: u8) -> u8 {
    // The orientation after one quarter turn against the clock.
    const NEXT: [u8; 9] = [1, 8, 5, 6, 7, 4, 1, 2, 3];
    (0..quarters).fold(orientation, |orientation, _| NEXT.get(usize::from(orientation)).copied().unwrap_or(1))
}

/// Mirrors: axis 0 exchanges top and bottom, axis 1 left and right (23008-12:2022, 6.5.12).
fn mirror(orientation: u8, axis: u8) -> u8 {
    const TOP_BOTTOM: [u8; 9] = [1, 4, 3, 2, 1, 8, 7, 6, 5];
    const LEFT_RIGHT: [u8; 9] = [1, 2, 1, 4, 3, 6, 5, 8, 7];
    let table = if axis == 0 { TOP_BOTTOM } else { LEFT_RIGHT };
    table.get(usize::from(orientation)).copied().unwrap_or(1)
}

struct Item {
    id: u32,
    kind: [u8; 4],
}

/// Lists the items that are EXIF or XMP.
fn items(window: &mut Window, parts: &[Part]) -> Vec<Item> {
    let Some(table) = isobmff::find(parts, b"iinf") else { return Vec::new() };
    let is_long = table.content(window, 1).first().is_some_and(|version| *version > 0);
    let entries = isobmff::parts(window, table.start + if is_long { 8 } else { 6 }, table.end);
    let mut found = Vec::new();
    for entry in entries.iter().filter(|part| &part.kind == b"infe").take(MOST) {
        let content = entry.content(window, 256);
        if let Some(item) = item(&content)
            && found.len() < 16
        {
            found.push(item);
        }
    }
    found
}

fn item(content: &[u8]) -> Option<Item> {
    let version = *content.first()?;
    let at = match version {
        2 => 8,
        3 => 10,
        _ => return None,
    };
    let kind: [u8; 4] = content.get(at..at + 4)?.try_into().ok()?;
    let id = item_number(content, 4, version == 3)?;
    let is_xmp = &kind == b"mime" && content.windows(19).any(|piece| piece == b"application/rdf+xml");
    (&kind == b"Exif" || is_xmp).then_some(Item { id, kind })
}

/// Returns the bytes of an item by the table of places (14496-12, 8.11.3); one piece or several.
fn content(window: &mut Window, parts: &[Part], item: u32) -> Option<Vec<u8>> {
    let table = isobmff::find(parts, b"iloc")?.content(window, LARGEST_TABLE);
    let places = places(&table, item)?;
    let data = isobmff::find(parts, b"idat");
    let mut bytes = Vec::new();
    for (is_in_data, offset, length) in places {
        let start = if is_in_data { data?.start.checked_add(offset)? } else { offset };
        let length = usize::try_from(length).ok()?.min(LARGEST_TABLE.saturating_sub(bytes.len()));
        bytes.extend(window.up_to(start, length));
    }
    Some(bytes)
}

fn places(table: &[u8], wanted: u32) -> Option<Vec<(bool, u64, u64)>> {
    let version = *table.first()?;
    let widths = be16(table, 4)?;
    let width = |shift: u32| (widths >> shift & 15) as usize;
    let (offset, length, base, index) = (width(12), width(8), width(4), if version > 0 { width(0) } else { 0 });
    let is_long = version == 2;
    let mut at = 6;
    let mut take = |size: usize| {
        let value = match size {
            0 => Some(0),
            2 => be16(table, at).map(u64::from),
            4 => be32(table, at).map(u64::from),
            8 => be64(table, at),
            _ => None,
        };
        at += size;
        value
    };
    let count = take(if is_long { 4 } else { 2 })?;
    for _ in 0..count.min(MOST as u64) {
        let id = take(if is_long { 4 } else { 2 })?;
        let is_in_data = version > 0 && take(2)? & 15 == 1;
        take(2)?;
        let start = take(base)?;
        let mut found = Vec::new();
        for _ in 0..take(2)?.min(256) {
            take(index)?;
            let (offset, length) = (take(offset)?, take(length)?);
            found.push((is_in_data, start.checked_add(offset)?, length));
        }
        if id == u64::from(wanted) {
            return Some(found);
        }
    }
    None
}

/// A sequence without a still picture has the size of its track.
fn take_track(window: &mut Window, top: &[Part], facts: &mut Facts) {
    let Some(moov) = isobmff::find(top, b"moov") else { return };
    for track in isobmff::parts(window, moov.start, moov.end).into_iter().filter(|part| &part.kind == b"trak").take(64) {
        let Some(header) = isobmff::child(window, track, b"tkhd") else { continue };
        let content = header.content(window, 128);
        let side =
            |from_end: usize| content.len().checked_sub(from_end).and_then(|at| be32(&content, at)).map(|side| side >> 16).filter(|side| *side > 0);
        if facts.width.is_none() {
            (facts.width, facts.height) = (side(8), side(4));
        }
    }
}

/// Canon keeps EXIF as TIFF blocks in a box of its own, and the size of the picture in the track.
pub(super) fn read_cr3(window: &mut Window, facts: &mut Facts) {
    let size = window.size();
    let top = isobmff::parts(window, 0, size);
    let Some(moov) = isobmff::find(&top, b"moov") else { return };
    let mut pictures = Vec::new();
    for part in isobmff::parts(window, moov.start, moov.end) {
        match &part.kind {
            b"uuid" => {
                for block in
                    isobmff::parts(window, part.start + 16, part.end).iter().filter(|block| matches!(&block.kind, b"CMT1" | b"CMT2" | b"CMT4"))
                {
                    take_canon(block.kind[3], block.content(window, LARGEST_TABLE), facts);
                }
            }
            b"trak" => pictures.extend(sample_size(window, part)),
            _ => {}
        }
    }
    let largest = pictures.into_iter().max_by_key(|(width, height)| width * height);
    (facts.width, facts.height) = largest.map_or((None, None), |(width, height)| (Some(width), Some(height)));
}

fn take_canon(number: u8, block: Vec<u8>, facts: &mut Facts) {
    let mut window = Window::over(block);
    let Some(mut tiff) = crate::media::tiff::Tiff::open(&mut window, 0) else { return };
    if number == b'4' { exif::read_position(&mut tiff, facts) } else { exif::read(&mut tiff, facts) }
}

fn sample_size(window: &mut Window, track: Part) -> Option<(u32, u32)> {
    let mut part = track;
    for kind in [b"mdia", b"minf", b"stbl", b"stsd"] {
        part = isobmff::child(window, part, kind)?;
    }
    let content = part.content(window, 64);
    Some((be16(&content, 40)?, be16(&content, 42)?)).filter(|_| content.get(12..16) == Some(b"CRAW"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_and_mirrors_become_orientations() {
        assert_eq!([rotate(1, 0), rotate(1, 1), rotate(1, 2), rotate(1, 3)], [1, 8, 3, 6]);
        assert_eq!((mirror(1, 0), mirror(1, 1)), (4, 2));
        // The pairs that libavif writes for EXIF 5 and 7.
        assert_eq!((mirror(rotate(1, 1), 0), mirror(rotate(1, 3), 0)), (5, 7));
        assert_eq!(rotate(200, 1), 1);
    }

    #[test]
    fn tables_that_lie_give_nothing() {
        assert_eq!(associations(b"\0\0\0\0\xff\xff\xff\xff\0\x01\x02\x81\x02", 1), Some(vec![1, 2]));
        assert_eq!(associations(b"\0\0\0\0\xff\xff\xff\xff\0\x01\x02\x81\x02", 7), None);
        assert_eq!(places(b"\0\0\0\0\x44\0\xff\xff\0\x01", 1), None);
        let mut facts = Facts::default();
        read(&mut Window::over(b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x0cmeta\0\0\0\0".to_vec()), &mut facts);
        assert_eq!(facts.width, None);
    }
}
