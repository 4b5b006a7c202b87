//! What a camera wrote (EXIF 2.32), wherever a TIFF structure holds it.

use super::described::utf16;
use super::tiff::{Directory, Tiff};
use super::window::Window;
use super::{Facts, iptc};

/// Reads an EXIF block that lies in memory.
pub(crate) fn read_block(block: Vec<u8>, facts: &mut Facts) {
    let start = if block.starts_with(b"Exif\0\0") { 6 } else { 0 };
    let mut window = Window::over(block);
    match Tiff::open(&mut window, start) {
        Some(mut tiff) => read(&mut tiff, facts),
        None => facts.problems.push("EXIF cannot be read: it has no TIFF header".to_owned()),
    }
}

/// Reads the directories of a TIFF for what they tell beyond the picture.
pub(crate) fn read(tiff: &mut Tiff<'_>, facts: &mut Facts) {
    let Some(first) = tiff.first() else {
        facts.problems.push("EXIF cannot be read: its first directory is missing".to_owned());
        return;
    };
    let orientation = tiff.unsigned_of(&first, 0x112).and_then(|value| u8::try_from(value).ok());
    facts.orientation = facts.orientation.or(orientation.filter(|value| (1..=8).contains(value)));
    take_resolution(tiff, &first, facts);
    take_words(tiff, &first, facts);
    if let Some(camera) = tiff.inner(&first, 0x8769) {
        take_camera(tiff, &camera, facts);
    } else {
        // Some scanners and old cameras put these tags beside the picture.
        take_camera(tiff, &first, facts);
    }
    if let Some(place) = tiff.inner(&first, 0x8825) {
        take_position(tiff, &place, facts);
    }
    if facts.xmp.is_none() {
        facts.xmp = tiff.bytes(&first, 0x2bc);
    }
    if let Some(block) = tiff.bytes(&first, 0x83bb) {
        iptc::read(&block, facts);
    }
    if let Some(block) = tiff.bytes(&first, 0x8649) {
        iptc::read_resources(&block, facts);
    }
}

/// Reads a TIFF whose first directory is the one of the position, as in Canon's CR3.
pub(crate) fn read_position(tiff: &mut Tiff<'_>, facts: &mut Facts) {
    if let Some(place) = tiff.first() {
        take_position(tiff, &place, facts);
    }
}

/// A position needs both numbers.
fn take_position(tiff: &mut Tiff<'_>, place: &Directory, facts: &mut Facts) {
    let position = (coordinate(tiff, place, 1, b'S', 90.0), coordinate(tiff, place, 3, b'W', 180.0));
    if let ((Some(_), Some(_)), None) = (position, facts.lat) {
        (facts.lat, facts.lon) = position;
    }
}

/// Dots for each inch or centimetre (TIFF 6.0, tags 282 and 296).
fn take_resolution(tiff: &mut Tiff<'_>, first: &Directory, facts: &mut Facts) {
    let dots = tiff.fractions(first, 0x11a).and_then(|dots| dots.first().copied());
    match (dots, tiff.unsigned_of(first, 0x128).unwrap_or(2)) {
        (Some(dots), 2) => facts.take_resolution(dots, 1.0),
        (Some(dots), 3) => facts.take_resolution(dots, 1.0 / 2.54),
        _ => {}
    }
}

fn take_words(tiff: &mut Tiff<'_>, first: &Directory, facts: &mut Facts) {
    // Microsoft's XP tags are UTF-16 whatever the byte order, and say more exactly what they are.
    for (tag, field) in [(0x9c9b, "title"), (0x9c9f, "description"), (0x9c9c, "comment"), (0x9c9d, "creator"), (0x9c9e, "keywords")] {
        if let Some(bytes) = tiff.bytes(first, tag) {
            facts.describe(field, &utf16(&bytes, true));
        }
    }
    for (tag, field) in [(0x10e, "description"), (0x10d, "title"), (0x13b, "creator"), (0x8298, "rights")] {
        if let Some(bytes) = tiff.bytes(first, tag) {
            facts.describe_bytes(field, &bytes);
        }
    }
}

fn take_camera(tiff: &mut Tiff<'_>, camera: &Directory, facts: &mut Facts) {
    if facts.evidence.exif_version.is_none() {
        facts.evidence.exif_version = tiff.bytes(camera, 0x9000).and_then(|bytes| String::from_utf8(bytes).ok());
    }
    // `DateTime` is when somebody last changed the file: not when it was taken.
    for tag in [0x9003, 0x9004] {
        if facts.taken.is_none() {
            facts.taken = tiff.bytes(camera, tag).and_then(|bytes| local_time(&bytes));
        }
    }
    if let Some(comment) = tiff.bytes(camera, 0x9286) {
        take_comment(&comment, tiff.is_little(), facts);
    }
}

/// The first eight bytes of UserComment name its encoding (EXIF 2.32, 4.6.5).
fn take_comment(comment: &[u8], is_little: bool, facts: &mut Facts) {
    let Some((code, text)) = comment.split_at_checked(8) else { return };
    match code {
        b"UNICODE\0" => {
            // Writers disagree about the byte order; text of living languages shows it.
            let marked = match text {
                [0xff, 0xfe, rest @ ..] => utf16(rest, true),
                [0xfe, 0xff, rest @ ..] => utf16(rest, false),
                [0, _, ..] => utf16(text, false),
                [_, 0, ..] => utf16(text, true),
                _ => utf16(text, is_little),
            };
            facts.describe("comment", &marked);
        }
        // JIS is left to people who can read it: its bytes are kept.
        b"JIS\0\0\0\0\0" => {}
        _ => facts.describe_bytes("comment", text),
    }
}

/// Reads `2025:03:12 08:15:00` and what cameras made of it: other separators, a missing time of day is none.
/// Cameras without a set clock write blanks or zeros, which are no time.
pub(crate) fn local_time(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(32))?).ok()?;
    let text = text.split('\0').next()?.trim();
    let numbers: Vec<&str> = text.get(..text.len().min(19))?.split([':', '-', '/', '.', ' ', 'T']).filter(|part| !part.is_empty()).collect();
    let number = |place: usize| numbers.get(place)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(number(1)?).ok()?, i8::try_from(number(2)?).ok()?);
    let date = jiff::civil::Date::new(number(0).filter(|year| *year > 0)?, month, day).ok()?;
    let (hour, minute, second) = (number(3)?, number(4)?, number(5).unwrap_or(0));
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    is_time.then(|| format!("{date}T{hour:02}:{minute:02}:{second:02}"))
}

/// Reads degrees, minutes and seconds; zero denominators and impossible values are no position.
fn coordinate(tiff: &mut Tiff<'_>, place: &Directory, tag: u16, negative: u8, largest: f64) -> Option<f64> {
    let parts = tiff.fractions(place, tag + 1)?;
    // Minutes and seconds of 0/0 are "not measured".
    let part =
        |place: usize| parts.get(place).copied().filter(|part| place == 0 || !part.is_nan()).unwrap_or(if place == 0 { f64::NAN } else { 0.0 });
    let degrees = part(0) + part(1) / 60.0 + part(2) / 3600.0;
    let reference = tiff.bytes(place, tag)?;
    let hemisphere = reference.first().copied()?;
    let signed = if hemisphere.eq_ignore_ascii_case(&negative) { -degrees } else { degrees };
    // Seven decimals are a centimetre.
    let rounded = (signed * 1e7).round() / 1e7;
    (rounded.is_finite() && rounded.abs() <= largest).then_some(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_cameras() {
        assert_eq!(local_time(b"2025:03:12 08:15:00\0").as_deref(), Some("2025-03-12T08:15:00"));
        assert_eq!(local_time(b"2025-03-12T08:15:07").as_deref(), Some("2025-03-12T08:15:07"));
        for wrong in ["0000:00:00 00:00:00", "    :  :     :  :  ", "2025:02:30 08:15:00", "2025:03:12 25:15:00", "", "đó"] {
            assert_eq!(local_time(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn comments_say_their_encoding() {
        let mut facts = Facts::default();
        let wide: Vec<u8> = "Thủ Sỹ".encode_utf16().flat_map(u16::to_be_bytes).collect();
        take_comment(&[b"UNICODE\0".to_vec(), wide].concat(), false, &mut facts);
        take_comment(&[b"\0\0\0\0\0\0\0\0", "đan đó".as_bytes()].concat(), true, &mut facts);
        take_comment(b"ASCII", true, &mut facts);
        let words: Vec<&str> = facts.described.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(words, ["Thủ Sỹ", "đan đó"]);
    }

    #[test]
    fn a_block_that_is_no_exif_is_a_problem_and_no_crash() {
        let mut facts = Facts::default();
        read_block(b"Exif\0\0rubbish rubbish".to_vec(), &mut facts);
        read_block(b"Exif\0\0II*\0\xff\xff\xff\xff".to_vec(), &mut facts);
        assert_eq!((facts.problems.len(), facts.taken), (2, None));
    }
}
