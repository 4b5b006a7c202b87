//! Reads text of unknown encoding, as Vietnamese archives have it.
//!
//! The north wrote TCVN3 (the ABC fonts), the south VNI, the diaspora VISCII, Windows its code page 1258; none of them
//! says so in the file. A reading is chosen by how many of its words are Vietnamese syllables ([`syllable::is_syllable`]).

use std::borrow::Cow;

mod fonts;
mod score;
mod syllable;
mod tables;
mod unicode;

pub(crate) use fonts::{by_font, from_font};
use unicode::Order;

/// The longest sample that an encoding is chosen by.
const SAMPLE: usize = 256 * 1024;

/// An encoding that Vietnamese texts come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8 and with it ASCII, with or without a byte order mark.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// The Vietnamese code page of Windows, with combining tones.
    Windows1258,
    /// TCVN 5712:1993 VN3, the encoding of the ABC fonts.
    Tcvn3,
    /// VNI for Windows: a letter, then a byte for its marks.
    Vni,
    /// VISCII 1.1 (RFC 1456).
    Viscii,
    /// The Western code page of Windows, which reads everything and proves nothing.
    Windows1252,
}

/// A text and how it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// The text without a byte order mark. Unicode keeps its exact characters, the other encodings come out composed (NFC).
    pub(crate) text: String,
    /// How the bytes were read.
    pub(crate) encoding: Encoding,
    /// Another encoding is possible; the bytes stay the truth.
    pub(crate) is_guess: bool,
    /// The share of the words that are Vietnamese syllables, from 0 to 1; of a sample where the text is long.
    pub(crate) share: f64,
    /// Some bytes mean nothing in this encoding and are shown as U+FFFD.
    pub(crate) is_damaged: bool,
}

/// Reads a whole text. Never fails: what nothing explains is read as windows-1252, and marked as a guess.
///
/// Time and memory are linear in `bytes`; the choice looks at no more than 256 KiB from the beginning and the middle.
pub(crate) fn read(bytes: &[u8]) -> Reading {
    if let Some(encoding) = by_mark(bytes) {
        return Reading::of(bytes, encoding, false);
    }
    match unicode::utf16_order(bytes) {
        Some(Order::Little) => Reading::of(bytes, Encoding::Utf16Le, true),
        Some(Order::Big) => Reading::of(bytes, Encoding::Utf16Be, true),
        None => read_bytes(bytes, &sample(bytes)),
    }
}

/// Reads a file name or a short field of metadata (ID3v1, EXIF, IPTC).
///
/// Cautious: a name that a Western language could have stays Western.
pub(crate) fn read_name(bytes: &[u8]) -> Reading {
    if let Some(encoding) = by_mark(bytes) {
        return Reading::of(bytes, encoding, false);
    }
    let sample = sample(without_extension(bytes));
    read_bytes(bytes, &sample)
}

/// Reads text whose encoding is known. The second value tells that some bytes mean nothing in it (shown as U+FFFD).
pub(crate) fn read_as(bytes: &[u8], encoding: Encoding) -> (String, bool) {
    let mark: &[u8] = match encoding {
        Encoding::Utf8 => b"\xEF\xBB\xBF",
        Encoding::Utf16Le => b"\xFF\xFE",
        Encoding::Utf16Be => b"\xFE\xFF",
        _ => b"",
    };
    let (text, is_damaged) = encoding.decode(bytes.strip_prefix(mark).unwrap_or(bytes));
    (text.into_owned(), is_damaged)
}

impl Encoding {
    /// The name that people know the encoding by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1258 => "windows-1258",
            Self::Tcvn3 => "TCVN3 (ABC)",
            Self::Vni => "VNI",
            Self::Viscii => "VISCII",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Decodes bytes without a byte order mark; the second value tells that some are damage.
    fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        let text = match self {
            Self::Utf8 => return (String::from_utf8_lossy(bytes), std::str::from_utf8(bytes).is_err()),
            Self::Utf16Le => return owned(unicode::utf16(bytes, Order::Little)),
            Self::Utf16Be => return owned(unicode::utf16(bytes, Order::Big)),
            Self::Windows1258 => tables::windows_1258(bytes),
            Self::Tcvn3 => tables::tcvn3(bytes),
            Self::Vni => tables::vni(bytes),
            Self::Viscii => tables::viscii(bytes),
            Self::Windows1252 => tables::windows_1252(bytes),
        };
        // None of these encodings has U+FFFD itself.
        let is_damaged = text.contains(tables::NONE);
        (Cow::Owned(text), is_damaged)
    }
}

impl Reading {
    fn of(bytes: &[u8], encoding: Encoding, is_guess: bool) -> Self {
        let (text, is_damaged) = read_as(bytes, encoding);
        Self::from_text(text, encoding, is_guess, is_damaged)
    }

    fn from_text(text: String, encoding: Encoding, is_guess: bool, is_damaged: bool) -> Self {
        let share = score::share_of_syllables(beginning(&text));
        Self { text, encoding, is_guess, share, is_damaged }
    }
}

fn owned((text, is_damaged): (String, bool)) -> (Cow<'static, str>, bool) {
    (Cow::Owned(text), is_damaged)
}

/// The encoding that a byte order mark names.
fn by_mark(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some(Encoding::Utf8),
        [0xFF, 0xFE, ..] => Some(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Reads bytes that are not UTF-16: as UTF-8 where they are, else as what `sample` speaks for.
fn read_bytes(bytes: &[u8], sample: &[u8]) -> Reading {
    match std::str::from_utf8(bytes) {
        Ok(text) if unicode::is_viscii_by_chance(text) => Reading::of(bytes, Encoding::Viscii, true),
        Ok(text) => match unicode::undo_double(text) {
            Some(once) => Reading::from_text(once, Encoding::Utf8, true, false),
            None => Reading::from_text(text.to_owned(), Encoding::Utf8, false, false),
        },
        Err(_) if unicode::is_nearly_utf8(bytes) => Reading::of(bytes, Encoding::Utf8, true),
        Err(_) => {
            let verdict = score::judge(sample);
            Reading::of(bytes, verdict.encoding, !verdict.is_certain)
        }
    }
}

/// At most [`SAMPLE`] bytes: half from shortly before the first byte above 7F, half from the middle of what follows.
fn sample(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte >= 0x80).unwrap_or(0);
    let bytes = bytes.get(first.saturating_sub(1024)..).unwrap_or(bytes);
    if bytes.len() <= SAMPLE {
        return bytes.to_vec();
    }
    let (front, rest) = bytes.split_at(SAMPLE / 2);
    let middle = rest.len().saturating_sub(SAMPLE / 2) / 2;
    let back = rest.get(middle..).unwrap_or(rest);
    [front, b" ", back.get(..SAMPLE / 2).unwrap_or(back)].concat()
}

/// The beginning of a text, as much as a sample has.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SAMPLE)).unwrap_or(text)
}

/// A file name without ".jpg", which is no word.
fn without_extension(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if name.len() - dot <= 6 && name.iter().skip(dot + 1).all(u8::is_ascii_alphanumeric) => name.get(..dot).unwrap_or(name),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::beside::shared;

    const LEGACY: [Encoding; 4] = [Encoding::Tcvn3, Encoding::Vni, Encoding::Viscii, Encoding::Windows1258];
    const VERSE: &str = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau.\nTrải qua một cuộc bể dâu,\n\
                         Những điều trông thấy mà đau đớn lòng.\nLạ gì bỉ sắc tư phong,\nTrời xanh quen thói má hồng đánh ghen.\n";

    /// Writes text in an encoding by trying the decoder on all bytes; nothing where a letter can't be written.
    fn write(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
        let mut codes: HashMap<String, Vec<u8>> = HashMap::new();
        let single = (0..=255_u8).map(|byte| vec![byte]);
        let double = (0x41..=255_u8).flat_map(|letter| (0x80..=255_u8).map(move |mark| vec![letter, mark]));
        for code in single.chain(double) {
            let text = read_as(&code, encoding).0;
            codes.entry(text).or_insert(code);
        }
        let written: Option<Vec<&Vec<u8>>> = text.nfc().map(|letter| codes.get(&letter.to_string())).collect();
        written.map(|codes| codes.into_iter().flatten().copied().collect())
    }

    #[test]
    fn the_tale_of_kieu_is_read_in_every_encoding() {
        let verse = VERSE.repeat(3);
        for encoding in LEGACY {
            let reading = read(&write(&verse, encoding).expect("it can be written"));
            assert_eq!((reading.text.as_str(), reading.encoding, reading.is_guess, reading.is_damaged), (verse.as_str(), encoding, false, false));
            assert!(reading.share > 0.99);
            for line in VERSE.lines() {
                let reading = read(&write(line, encoding).expect("it can be written"));
                assert_eq!((reading.text.as_str(), reading.encoding, reading.is_guess), (line, encoding, true));
            }
        }
    }

    #[test]
    fn unicode_keeps_its_exact_characters() {
        let apart: String = VERSE.nfd().collect();
        let reading = read(apart.as_bytes());
        assert_eq!((reading.text.as_str(), reading.encoding, reading.is_guess), (apart.as_str(), Encoding::Utf8, false));
        assert!(reading.share > 0.99);
        for (mark, bytes) in [("with", [&b"\xFF\xFE"[..], &little(VERSE)].concat()), ("without", little(VERSE))] {
            let reading = read(&bytes);
            assert_eq!((reading.text.as_str(), reading.encoding, reading.is_guess), (VERSE, Encoding::Utf16Le, mark == "without"));
        }
        assert_eq!(read(b"\xEF\xBB\xBFl\xE1\xBB\xA5a").text, "lụa");
        assert_eq!(read("Ä‘Ã³ vÃ\u{a0} lá»¥a".as_bytes()), Reading { is_guess: true, ..read("đó và lụa".as_bytes()) });
        let plain = read(b"Rapport de mission, village de Thu Sy");
        assert_eq!((plain.encoding, plain.is_guess, plain.is_damaged), (Encoding::Utf8, false, false));
    }

    fn little(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn names_of_the_archive_are_read_in_every_encoding() {
        for name in ["Hưng Yên", "Làng nghề đan đó Thủ Sỹ.jpg", "dệt_lụa_Vạn_Phúc_01.JPG", "IMG_0312 Đồng Xâm xưa.jpg", "Gốm Bát Tràng 2005.doc"]
        {
            for encoding in LEGACY {
                let reading = read_name(&write(name, encoding).expect("it can be written"));
                assert_eq!((reading.text.as_str(), reading.encoding), (name, encoding));
            }
        }
        assert_eq!(read_name(b"H\xADng Y\xAAn").text, "Hưng Yên");
        assert_eq!(read_name(b"L\xB5NG NGH\xD2 \xA7AN \xA7\xE3.JPG").text, "LÀNG NGHỀ ĐAN ĐÓ.JPG");
    }

    #[test]
    fn names_of_other_languages_stay_what_they_are() {
        let western = "café.jpg;Straße;Noël à côté;là-bas;thé;où;Thaï.jpg;naïve;Müller;São Paulo;José Peña 02.JPG;Tromsø;età;può;« été »;5µm.tif;N°5;\
                       20 °C;Hué, région du Tonkin;né à Saïgon en 1920;GRÜSSE;don’t — “quoted”;Brontë;Ålesund;maïs;Saül;château d'eau";
        for name in western.split(';') {
            let bytes = write(name, Encoding::Windows1252).expect("it can be written");
            assert_eq!(read_name(&bytes).text, name);
        }
        // cp866, koi8-r, Shift JIS and EUC-JP, as zip files have them: no Vietnamese, and no certainty.
        for name in [
            &b"\xAF\xE0\xA8\xA2\xA5\xE2"[..],
            b"\xF0\xF2\xE9\xF7\xE5\xF4",
            b"\x8A\xBF\x8E\x9A.txt",
            b"\xB4\xC1\xBB\xFA.txt",
            b"\x8F\x90\x88\x82\x85\x92",
        ] {
            let reading = read_name(name);
            assert_eq!((reading.encoding, reading.is_guess), (Encoding::Windows1252, true), "{name:?}");
        }
    }

    #[test]
    fn the_shared_texts_are_read_paragraph_by_paragraph() {
        let Some(path) = shared("media/vi-text/underthesea/folks.txt") else { return };
        let text: String = std::fs::read_to_string(path).expect("it can be read").nfc().collect();
        for encoding in [Encoding::Vni, Encoding::Windows1258] {
            assert_eq!(read(&write(&text, encoding).expect("it can be written")).text, text);
        }
        let wrong = text.split("\n\n").take(100).filter(|verse| {
            let bytes = write(verse, Encoding::Vni).expect("it can be written");
            !bytes.is_ascii() && read(&bytes).text != *verse
        });
        assert_eq!(wrong.count(), 0);
    }

    #[test]
    fn nothing_panics_and_nothing_is_lost_on_random_bytes() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for round in 0..4000_usize {
            let bytes: Vec<u8> = (0..round % 97)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) as u8
                })
                .collect();
            for reading in [read(&bytes), read_name(&bytes)] {
                assert!((0.0..=1.0).contains(&reading.share));
                assert!(reading.is_damaged || !reading.text.contains('\u{fffd}') || reading.encoding == Encoding::Utf8);
            }
            let text = String::from_utf16_lossy(
                &bytes.chunks(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect::<Vec<u16>>(),
            );
            super::syllable::is_syllable(&text);
            from_font(&text, by_font(".VnTimeH").expect("a legacy font"));
        }
    }
}
