//! What people and telephones wrote into an MP4: titles, date and place, in three dialects.

use crate::media::Facts;
use crate::media::isobmff::{self, Part};
use crate::media::window::Window;
use crate::media::window::number::{be16, be32};

/// The longest text that is read.
const LONGEST: usize = 64 << 10;

/// Reads `udta` and `meta` of the index.
pub(super) fn read(window: &mut Window, moov: &[Part], facts: &mut Facts) {
    if let Some(meta) = isobmff::find(moov, b"meta") {
        read_meta(window, meta, facts);
    }
    let Some(data) = isobmff::find(moov, b"udta") else { return };
    for part in isobmff::parts(window, data.start, data.end).into_iter().take(256) {
        match &part.kind {
            b"meta" => read_meta(window, part, facts),
            b"XMP_" if facts.xmp.is_none() => facts.xmp = Some(part.content(window, 1 << 20)),
            // 3GPP: version, language, text.
            b"titl" | b"dscp" | b"auth" | b"cprt" => {
                let content = part.content(window, LONGEST);
                let text = String::from_utf8_lossy(content.get(6..).unwrap_or_default()).into_owned();
                take(&part.kind, &text, facts);
            }
            kind if kind[0] == 0xa9 => {
                let content = part.content(window, LONGEST);
                let length = be16(&content, 0).unwrap_or(0) as usize;
                let text = content.get(4..).unwrap_or_default();
                let text = text.get(..length).unwrap_or(text);
                take(&part.kind, &crate::media::described::decode_name(text), facts);
            }
            _ => {}
        }
    }
}

/// Reads a list of items (`ilst`), whose names stand in a table of keys or are the kinds of its boxes.
pub(super) fn read_meta(window: &mut Window, meta: Part, facts: &mut Facts) {
    let parts = isobmff::inside_meta(window, meta);
    let keys = isobmff::find(&parts, b"keys").map(|part| keys(&part.content(window, LONGEST))).unwrap_or_default();
    let Some(list) = isobmff::find(&parts, b"ilst") else { return };
    for item in isobmff::parts(window, list.start, list.end).into_iter().take(256) {
        let Some(data) = isobmff::child(window, item, b"data") else { continue };
        let content = data.content(window, LONGEST);
        // Type 1 is UTF-8.
        if be32(&content, 0) != Some(1) {
            continue;
        }
        let text = String::from_utf8_lossy(content.get(8..).unwrap_or_default()).into_owned();
        let place = u32::from_be_bytes(item.kind).checked_sub(1).and_then(|place| keys.get(usize::try_from(place).ok()?));
        take(place.map_or(&item.kind, Vec::as_slice), &text, facts);
    }
}

fn keys(content: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut rest) = (Vec::new(), content.get(8..).unwrap_or_default());
    while let Some(length) = be32(rest, 0).and_then(|length| usize::try_from(length).ok()).filter(|length| *length >= 8) {
        let Some((key, next)) = rest.split_at_checked(length) else { break };
        found.push(key[8..].to_vec());
        rest = next;
    }
    found
}

fn take(key: &[u8], text: &str, facts: &mut Facts) {
    let key = key.strip_prefix(b"com.apple.quicktime.").unwrap_or(key);
    let field = match key {
        b"\xa9xyz" | b"location.ISO6709" => return take_place(text, facts),
        b"creationdate" => {
            facts.taken = super::local(text).or(facts.taken.take());
            return;
        }
        b"\xa9day" => {
            facts.describe("date", text);
            // A moment of the place; a bare year stays a word.
            facts.taken = facts.taken.take().or_else(|| super::local(text));
            return;
        }
        b"\xa9nam" | b"titl" | b"title" | b"displayname" => "title",
        b"desc" | b"ldes" | b"dscp" | b"\xa9des" | b"description" | b"information" => "description",
        b"\xa9cmt" | b"comment" => "comment",
        b"\xa9ART" | b"\xa9aut" | b"auth" | b"\xa9dir" | b"author" | b"artist" | b"director" => "creator",
        b"\xa9cpy" | b"cprt" | b"copyright" => "rights",
        b"\xa9key" | b"keyw" | b"keywords" => "keywords",
        b"location.name" => "place",
        _ => return,
    };
    facts.describe(field, text);
}

/// Reads ISO 6709 as telephones write it: `+20.7170+106.0560+012.3/`.
fn take_place(text: &str, facts: &mut Facts) {
    let signs: Vec<usize> = text.char_indices().filter(|(_, letter)| matches!(letter, '+' | '-')).map(|(at, _)| at).collect();
    let [first, second, ..] = signs[..] else { return };
    let end = signs.get(2).copied().or_else(|| text.find('/')).unwrap_or(text.len());
    let number = |from: usize, to: usize| text.get(from..to)?.trim_end_matches('/').parse::<f64>().ok();
    if let (Some(lat), Some(lon)) = (number(first, second), number(second, end))
        && lat.abs() <= 90.0
        && lon.abs() <= 180.0
    {
        (facts.lat, facts.lon) = (Some(lat), Some(lon));
    }
}
