//! Spoken lines, old encodings, names.

use kho_archive::record::{bytes_of_raw, raw_of_bytes, readable_name};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::media::encoding::{self, Encoding, Reading};
use crate::media::transcript::{self, Cue};
use crate::media::{names, text};

/// Cues are in order with their times, hold no more than the text, and can be written and read again.
pub(crate) fn subtitles(bytes: &[u8]) {
    let text = text::decode(bytes).text;
    let cues = transcript::parse(&text);
    assert_eq!(cues, transcript::parse(&text), "the same text gave other cues");
    assert!(cues.len() <= text.matches("-->").count(), "more cues than arrows");
    for cue in &cues {
        assert!(cue.start.is_finite() && cue.start >= 0.0 && cue.start <= cue.end && cue.end.is_finite(), "{cue:?}");
        assert!(!cue.text.is_empty() && cue.speaker.as_deref() != Some(""), "{cue:?}");
    }
    let said: usize = cues.iter().map(|cue| cue.text.len() + cue.speaker.as_ref().map_or(0, String::len)).sum();
    assert!(said <= text.len(), "more words than the text has");
    let cues: Vec<Cue> = cues.into_iter().filter(can_be_written).collect();
    let written: String = cues.iter().map(as_webvtt).collect();
    assert_eq!(cues, transcript::parse(&written), "written as {written:?}");
}

/// A line that is empty ends a cue, a name that ends with hyphens makes an arrow with the end of its tag, and beyond
/// some centuries a number has no thousandths.
fn can_be_written(cue: &Cue) -> bool {
    let has_no_gap = |text: &str| text.lines().all(|line| !line.trim().is_empty()) && !text.contains('\r');
    let is_plain_name = |name: &str| has_no_gap(name) && !name.ends_with("--");
    cue.end < 1e10 && has_no_gap(&cue.text) && cue.speaker.as_deref().is_none_or(is_plain_name)
}

fn as_webvtt(cue: &Cue) -> String {
    let time = |seconds: f64| {
        let thousandths = (seconds * 1000.0).round() as u64;
        format!("{:02}:{:02}.{:03}", thousandths / 60_000, thousandths / 1000 % 60, thousandths % 1000)
    };
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\u{a0}', "&nbsp;");
    let voice = cue.speaker.as_deref().map_or(String::new(), |name| format!("<v {}>", safe(name)));
    format!("{} --> {}\n{voice}{}\n\n", time(cue.start), time(cue.end), safe(&cue.text))
}

/// Any bytes are text; Unicode stays exact, old encodings come out composed.
pub(crate) fn encoding(bytes: &[u8]) {
    let reading = checked(encoding::read(bytes));
    assert_eq!(reading, encoding::read(bytes), "the same bytes were read otherwise");
    let name = checked(encoding::read_name(bytes));
    assert_eq!(name, encoding::read_name(bytes), "the same name was read otherwise");
    if let Ok(plain) = std::str::from_utf8(bytes)
        && !plain.contains('\0')
        && !plain.starts_with('\u{feff}')
    {
        // Only VISCII by chance and what was encoded twice are read otherwise, and marked as guesses.
        for reading in [&reading, &name].into_iter().filter(|reading| !reading.is_guess) {
            assert_eq!((reading.encoding, reading.text.as_str()), (Encoding::Utf8, plain), "UTF-8 is read as it stands");
        }
    }
    for encoding in [Encoding::Windows1258, Encoding::Tcvn3, Encoding::Vni, Encoding::Viscii, Encoding::Windows1252] {
        let (text, is_damaged) = encoding::read_as(bytes, encoding);
        assert!(is_nfc(&text), "{} gave {text:?}", encoding.name());
        assert_eq!(is_damaged, text.contains('\u{fffd}'));
    }
    fonts(&reading.text);
}

fn checked(reading: Reading) -> Reading {
    assert!((0.0..=1.0).contains(&reading.share), "{reading:?}");
    let is_unicode = matches!(reading.encoding, Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be);
    assert!(is_unicode || is_nfc(&reading.text), "{reading:?}");
    reading
}

fn fonts(text: &str) {
    for font in [".VnTime", ".VnTimeH", "VNI-Times"].into_iter().filter_map(encoding::by_font) {
        let once = encoding::from_font(text, font);
        assert_eq!(once, encoding::from_font(text, font));
    }
    let _ = encoding::by_font(text);
}

/// Raw names give their bytes back; readable ones are composed, without control characters, and stay so.
pub(crate) fn names(bytes: &[u8]) {
    let raw = raw_of_bytes(bytes);
    assert!(raw.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{raw:?}");
    assert_eq!(bytes_of_raw(&raw), bytes);
    assert_eq!(raw_of_bytes(&bytes_of_raw(&raw)), raw);
    let _ = bytes_of_raw(&String::from_utf8_lossy(bytes));

    let (name, guessed) = names::readable(bytes);
    for text in [&name, &readable_name(bytes)] {
        assert!(is_nfc(text) && !text.chars().any(char::is_control), "{text:?}");
        assert_eq!(*text, readable_name(text.as_bytes()), "a readable name is read as it stands");
    }
    assert!(guessed.is_none() || std::str::from_utf8(bytes).is_err(), "UTF-8 is no guess");
    assert_eq!(name.matches('/').count(), bytes.iter().filter(|byte| **byte == b'/').count(), "{name:?} has other folders");
    let decomposed: String = name.nfd().collect();
    assert_eq!(names::readable(decomposed.as_bytes()).0, name, "twins read alike");
    kinds(bytes);
}

fn kinds(bytes: &[u8]) {
    let _ = (names::is_junk(bytes), names::is_medium(bytes));
    if let Some((stem, ending)) = names::split(bytes) {
        assert!(!stem.is_empty() && stem.len() + 1 + ending.len() == bytes.len());
    }
    if let Some(sidecar) = names::sidecar(bytes) {
        assert!(bytes.starts_with(sidecar.stem) && !names::is_medium(bytes));
        assert!(sidecar.short_stem.is_none_or(|short| sidecar.stem.starts_with(short) && !short.is_empty()));
    }
    let text = String::from_utf8_lossy(bytes);
    assert!(names::language(&text).is_none_or(|language| (2..=3).contains(&language.len())));
    assert!(!names::plain_text_type(&text).is_empty());
}
