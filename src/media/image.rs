//! Facts of pictures: size in pixels, and what the camera wrote (EXIF 2.32).

use std::io::{self, BufReader, Seek, SeekFrom};

use exif::{Exif, In, Tag, Value};
use image::ImageReader;

use super::{Bytes, Facts, guarded};

/// The EXIF reader takes a TIFF whole into memory; larger ones are left to a reader that streams.
const LARGEST_TIFF: u64 = 64 << 20;

pub(super) fn read(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, size: u64, facts: &mut Facts) {
    match guarded("the size in pixels", || dimensions(open)) {
        Ok((width, height)) => (facts.width, facts.height) = (Some(width), Some(height)),
        Err(problem) => facts.problems.push(problem),
    }
    if facts.mime == "image/tiff" && size > LARGEST_TIFF {
        facts.problems.push("EXIF of a TIFF of more than 64 MiB is not read".to_owned());
        return;
    }
    match guarded("EXIF", || read_exif(open)) {
        Ok(Some(exif)) => take_exif(&exif, facts),
        Ok(None) => {}
        Err(problem) => facts.problems.push(problem),
    }
}

fn dimensions(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>) -> anyhow::Result<(u32, u32)> {
    let reader = ImageReader::new(BufReader::new(open()?)).with_guessed_format()?;
    Ok(reader.into_dimensions()?)
}

/// Returns what the camera wrote; `None` if it wrote nothing, or in a container that has no EXIF.
fn read_exif(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>) -> anyhow::Result<Option<Exif>> {
    let mut source = BufReader::new(open()?);
    source.seek(SeekFrom::Start(0))?;
    let outcome = exif::Reader::new().continue_on_error(true).read_from_container(&mut source);
    match outcome.or_else(|error| error.distill_partial_result(|_| {})) {
        Ok(exif) => Ok(Some(exif)),
        Err(exif::Error::NotFound(_) | exif::Error::BlankValue(_) | exif::Error::NotSupported(_)) => Ok(None),
        // A picture of a format that the EXIF reader does not know is no damage.
        Err(exif::Error::InvalidFormat("Unknown image format")) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn take_exif(exif: &Exif, facts: &mut Facts) {
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    facts.orientation = orientation.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value));
    // `DateTime` is when somebody last changed the file: not when it was taken.
    let moments = [Tag::DateTimeOriginal, Tag::DateTimeDigitized];
    facts.taken = moments.iter().find_map(|tag| local_time(&exif.get_field(*tag, In::PRIMARY)?.value));
    facts.lat = coordinate(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S', 90.0);
    facts.lon = coordinate(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W', 180.0);
}

/// Reads `2025:03:12 08:15:00`; cameras without a set clock write blanks or zeros, which are no time.
fn local_time(value: &Value) -> Option<String> {
    let Value::Ascii(texts) = value else { return None };
    let text = std::str::from_utf8(texts.first()?).ok()?;
    let time = exif::DateTime::from_ascii(text.as_bytes()).ok()?;
    let date = jiff::civil::Date::new(i16::try_from(time.year).ok()?, i8::try_from(time.month).ok()?, i8::try_from(time.day).ok()?).ok()?;
    let is_time = time.hour < 24 && time.minute < 60 && time.second < 60;
    is_time.then(|| format!("{date}T{:02}:{:02}:{:02}", time.hour, time.minute, time.second))
}

/// Reads degrees, minutes and seconds; zero denominators and impossible values are no position.
fn coordinate(exif: &Exif, tag: Tag, reference: Tag, negative: u8, largest: f64) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let part = |place: usize| parts.get(place).map_or(0.0, exif::Rational::to_f64);
    let degrees = part(0) + part(1) / 60.0 + part(2) / 3600.0;
    let is_negative = match &exif.get_field(reference, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first()?.first()?.eq_ignore_ascii_case(&negative),
        _ => return None,
    };
    let signed = if is_negative { -degrees } else { degrees };
    // Seven decimals are a centimetre.
    let rounded = (signed * 1e7).round() / 1e7;
    (rounded.is_finite() && rounded.abs() <= largest).then_some(rounded)
}
