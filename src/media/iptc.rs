//! Captions of news agencies (IPTC-IIM 4.2), and the Photoshop resources that hold them.

use super::Facts;
use super::described::decode_name;
use super::window::number::{be16, be32};

/// The most records and resources that are read.
const MOST: usize = 4096;

/// The data sets of record 2 that we take, and the field each belongs to.
const FIELDS: [(u8, &str); 8] =
    [(5, "title"), (120, "description"), (25, "keywords"), (80, "creator"), (116, "rights"), (92, "place"), (90, "place"), (101, "place")];

/// Reads a stream of data sets.
pub(crate) fn read(block: &[u8], facts: &mut Facts) {
    // 1:90 with ESC % G announces UTF-8 for what follows.
    let (mut is_utf8, mut rest) = (false, block);
    let (mut day, mut hour) = (None, None);
    for _ in 0..MOST {
        let [0x1c, record, data_set, after @ ..] = rest else { break };
        let Some((value, next)) = value(after) else { break };
        if (*record, *data_set) == (1, 90) {
            is_utf8 = value.starts_with(b"\x1b%G");
        }
        match (*record, *data_set) {
            (2, 55) => day = Some(value),
            (2, 60) => hour = Some(value),
            _ => {}
        }
        if let Some((_, field)) = FIELDS.iter().find(|(known, _)| *record == 2 && known == data_set) {
            let text = if is_utf8 { String::from_utf8_lossy(value).into_owned() } else { decode_name(value) };
            facts.describe(field, &text);
        }
        rest = next;
    }
    if let (None, Some(day), Some(hour)) = (&facts.taken, day, hour) {
        facts.taken = moment(day, hour);
    }
}

/// Puts `20250312` and `081500+0700` together: date and time of creation, at the place.
fn moment(day: &[u8], hour: &[u8]) -> Option<String> {
    let day = std::str::from_utf8(day.get(..8)?).ok()?;
    let hour = std::str::from_utf8(hour.get(..6)?).ok()?;
    let (year, month, date) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    let text = format!("{year}:{month}:{date} {}:{}:{}", hour.get(..2)?, hour.get(2..4)?, hour.get(4..)?);
    super::exif::local_time(text.as_bytes())
}

/// Splits off a value: two bytes of length, or the length of the length (IIM 1.6).
fn value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let short = be16(bytes, 0)? as usize;
    if short < 0x8000 {
        return bytes.get(2..)?.split_at_checked(short);
    }
    let width = short & 0x7fff;
    if width > 4 {
        return None;
    }
    let length = bytes.get(2..2 + width)?.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    bytes.get(2 + width..)?.split_at_checked(length)
}

/// Reads Photoshop resources: IPTC (1028), EXIF (1058) and XMP (1060).
pub(crate) fn read_resources(block: &[u8], facts: &mut Facts) {
    let mut rest = block;
    for _ in 0..MOST {
        let Some((kind, content, next)) = resource(rest) else { break };
        match kind {
            1028 => read(content, facts),
            1058 => super::exif::read_block(content.to_vec(), facts),
            1060 if facts.xmp.is_none() => facts.xmp = Some(content.to_vec()),
            _ => {}
        }
        rest = next;
    }
}

fn resource(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    if !matches!(bytes.get(..4)?, b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR") {
        return None;
    }
    let kind = be16(bytes, 4)?;
    // The name is a Pascal string, padded to even.
    let name = (usize::from(*bytes.get(6)?) + 2) & !1;
    let length = be32(bytes, 6 + name)? as usize;
    let (content, after) = bytes.get(10 + name..)?.split_at_checked(length)?;
    Some((kind, content, if length.is_multiple_of(2) { after } else { after.get(1..).unwrap_or_default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_set(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
        [&[0x1c, record, number, 0, value.len() as u8], value].concat()
    }

    #[test]
    fn a_caption_with_keywords_inside_photoshop_resources() {
        let sets =
            [data_set(1, 90, b"\x1b%G"), data_set(2, 5, "Đan đó".as_bytes()), data_set(2, 25, "tre".as_bytes()), data_set(2, 25, "nan".as_bytes())];
        let captions = sets.concat();
        let mut block = [b"8BIM\x04\x04\0\0".as_slice(), &(captions.len() as u32).to_be_bytes(), &captions].concat();
        let mut facts = Facts::default();
        read_resources(&block, &mut facts);
        let words: Vec<(&str, &str)> = facts.described.iter().map(|(field, text)| (field.as_str(), text.as_str())).collect();
        assert_eq!(words, [("title", "Đan đó"), ("keywords", "tre"), ("keywords", "nan")]);
        assert_eq!(moment(b"20250312", b"081500+0700").as_deref(), Some("2025-03-12T08:15:00"));
        assert_eq!(moment(b"20250230", b"081500"), None);
        // A resource that claims more than there is.
        block[8] = 0xff;
        read_resources(&block, &mut facts);
        assert_eq!(facts.described.len(), 3);
    }
}
