//! Decoders for the Vietnamese encodings of the years before Unicode.
//!
//! All of them are total: a byte that an encoding doesn't have becomes U+FFFD, and nothing fails.

use unicode_normalization::UnicodeNormalization as _;

use super::syllable;

/// What a byte without a character becomes.
pub(super) const NONE: char = char::REPLACEMENT_CHARACTER;

/// TCVN 5712:1993, its third set VN3 as the ABC fonts have it, from byte A0.
///
/// The capitals with a tone are missing: they are the small letters in a font of capitals.
#[rustfmt::skip]
const TCVN3: [char; 96] = [
    '\u{a0}', 'Ă', 'Â', 'Ê', 'Ô', 'Ơ', 'Ư', 'Đ', 'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'đ', NONE,
    NONE, NONE, NONE, NONE, NONE, 'à', 'ả', 'ã', 'á', 'ạ', NONE, 'ằ', 'ẳ', 'ẵ', 'ắ', NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'è', NONE, 'ẻ', 'ẽ',
    'é', 'ẹ', 'ề', 'ể', 'ễ', 'ế', 'ệ', 'ì', 'ỉ', NONE, NONE, NONE, 'ĩ', 'í', 'ị', 'ò',
    NONE, 'ỏ', 'õ', 'ó', 'ọ', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ', 'ù',
    NONE, 'ủ', 'ũ', 'ú', 'ụ', 'ừ', 'ử', 'ữ', 'ứ', 'ự', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ', NONE,
];

/// VISCII 1.1 from byte 80 (RFC 1456).
#[rustfmt::skip]
const VISCII: [char; 128] = [
    'Ạ', 'Ắ', 'Ằ', 'Ặ', 'Ấ', 'Ầ', 'Ẩ', 'Ậ', 'Ẽ', 'Ẹ', 'Ế', 'Ề', 'Ể', 'Ễ', 'Ệ', 'Ố',
    'Ồ', 'Ổ', 'Ỗ', 'Ộ', 'Ợ', 'Ớ', 'Ờ', 'Ở', 'Ị', 'Ỏ', 'Ọ', 'Ỉ', 'Ủ', 'Ũ', 'Ụ', 'Ỳ',
    'Õ', 'ắ', 'ằ', 'ặ', 'ấ', 'ầ', 'ẩ', 'ậ', 'ẽ', 'ẹ', 'ế', 'ề', 'ể', 'ễ', 'ệ', 'ố',
    'ồ', 'ổ', 'ỗ', 'Ỡ', 'Ơ', 'ộ', 'ờ', 'ở', 'ị', 'Ự', 'Ứ', 'Ừ', 'Ử', 'ơ', 'ớ', 'Ư',
    'À', 'Á', 'Â', 'Ã', 'Ả', 'Ă', 'ẳ', 'ẵ', 'È', 'É', 'Ê', 'Ẻ', 'Ì', 'Í', 'Ĩ', 'ỳ',
    'Đ', 'ứ', 'Ò', 'Ó', 'Ô', 'ạ', 'ỷ', 'ừ', 'ử', 'Ù', 'Ú', 'ỹ', 'ỵ', 'Ý', 'ỡ', 'ư',
    'à', 'á', 'â', 'ã', 'ả', 'ă', 'ữ', 'ẫ', 'è', 'é', 'ê', 'ẻ', 'ì', 'í', 'ĩ', 'ỉ',
    'đ', 'ự', 'ò', 'ó', 'ô', 'õ', 'ỏ', 'ọ', 'ụ', 'ù', 'ú', 'ũ', 'ủ', 'ý', 'ợ', 'Ữ',
];

/// The six capitals that VISCII puts among the control characters (RFC 1456).
const VISCII_CONTROLS: [(u8, char); 6] = [(0x02, 'Ẳ'), (0x05, 'Ẵ'), (0x06, 'Ẫ'), (0x14, 'Ỷ'), (0x19, 'Ỹ'), (0x1E, 'Ỵ')];

/// Reads windows-1252. Its five holes are damage.
pub(super) fn windows_1252(bytes: &[u8]) -> String {
    without_controls(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0)
}

/// Reads windows-1258 and joins each letter with the tone that follows it.
pub(super) fn windows_1258(bytes: &[u8]) -> String {
    without_controls(&encoding_rs::WINDOWS_1258.decode_without_bom_handling(bytes).0).nfc().collect()
}

/// Reads VISCII.
pub(super) fn viscii(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| viscii_char(byte)).collect()
}

/// Reads TCVN3. Words and lines of capitals, whose tone-marked vowels could only be written small, get them back as
/// capitals.
pub(super) fn tcvn3(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|&byte| tcvn3_char(byte)).collect();
    text.split_inclusive('\n').map(with_capitals).collect()
}

/// Reads VNI for Windows, where most vowels are a letter and a byte for its marks.
///
/// The byte for marks counts in either case; the letter decides. A mark after a letter that can't carry it is damage.
pub(super) fn vni(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut last: Option<char> = None;
    for &byte in bytes {
        let marked = last.and_then(|letter| Some((letter, vni_marks(letter, byte)?)));
        if let Some((letter, marks)) = marked {
            text.pop();
            text.extend([letter].into_iter().chain(marks.chars()).nfc());
            // A vowel takes its marks once.
            last = None;
        } else {
            let next = vni_char(byte);
            text.push(next);
            last = Some(next);
        }
    }
    text
}

/// The character of one byte in windows-1252, for the punctuation that the Vietnamese encodings share with it.
fn windows_1252_char(byte: u8) -> char {
    windows_1252(&[byte]).chars().next().unwrap_or(NONE)
}

fn tcvn3_char(byte: u8) -> char {
    match byte {
        0x00..0x80 => char::from(byte),
        // Word put its own quotes and dashes into texts in ABC fonts.
        0x80..0xA0 => windows_1252_char(byte),
        _ => TCVN3.get(usize::from(byte) - 0xA0).copied().unwrap_or(NONE),
    }
}

fn viscii_char(byte: u8) -> char {
    let control = VISCII_CONTROLS.iter().find(|(code, _)| *code == byte);
    match (control, usize::from(byte).checked_sub(0x80)) {
        (Some((_, capital)), _) => *capital,
        (None, None) => char::from(byte),
        (None, Some(place)) => VISCII.get(place).copied().unwrap_or(NONE),
    }
}

/// The bytes of VNI that stand for a character of their own.
fn vni_char(byte: u8) -> char {
    match byte {
        0xF4 => 'ơ',
        0xF6 => 'ư',
        0xED => 'í',
        0xEC => 'ì',
        0xE6 => 'ỉ',
        0xF3 => 'ĩ',
        0xF2 => 'ị',
        0xEE => 'ỵ',
        0xF1 => 'đ',
        0xD4 => 'Ơ',
        0xD6 => 'Ư',
        0xCD => 'Í',
        0xCC => 'Ì',
        0xC6 => 'Ỉ',
        0xD3 => 'Ĩ',
        0xD2 => 'Ị',
        0xCE => 'Ỵ',
        0xD1 => 'Đ',
        0x00..0x80 => char::from(byte),
        0x80..0xC0 => windows_1252_char(byte),
        _ => NONE,
    }
}

/// The marks that `byte` adds to `letter`, as combining characters.
fn vni_marks(letter: char, byte: u8) -> Option<&'static str> {
    // The marks of capitals stand 0x20 lower.
    let small = if (0xC0..0xE0).contains(&byte) { byte + 0x20 } else { byte };
    let lower = letter.to_lowercase().next()?;
    match (lower, small) {
        ('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư', 0xF9) => Some("\u{301}"),
        ('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư', 0xF8) => Some("\u{300}"),
        ('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư', 0xFB) => Some("\u{309}"),
        ('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư', 0xF5) => Some("\u{303}"),
        ('a' | 'e' | 'o' | 'u' | 'ơ' | 'ư', 0xEF) => Some("\u{323}"),
        ('a' | 'e' | 'o', 0xE2) => Some("\u{302}"),
        ('a' | 'e' | 'o', 0xE1) => Some("\u{302}\u{301}"),
        ('a' | 'e' | 'o', 0xE0) => Some("\u{302}\u{300}"),
        ('a' | 'e' | 'o', 0xE5) => Some("\u{302}\u{309}"),
        ('a' | 'e' | 'o', 0xE3) => Some("\u{302}\u{303}"),
        ('a' | 'e' | 'o', 0xE4) => Some("\u{302}\u{323}"),
        ('a', 0xEA) => Some("\u{306}"),
        ('a', 0xE9) => Some("\u{306}\u{301}"),
        ('a', 0xE8) => Some("\u{306}\u{300}"),
        ('a', 0xFA) => Some("\u{306}\u{309}"),
        ('a', 0xFC) => Some("\u{306}\u{303}"),
        ('a', 0xEB) => Some("\u{306}\u{323}"),
        _ => None,
    }
}

/// Gives a line of TCVN3 its capitals back: the whole line where all that could be a capital is one, else its words.
fn with_capitals(line: &str) -> String {
    let mut words = line.split(|character: char| !character.is_alphabetic());
    // "DSC" and "JPG" are capitals in any name and prove nothing.
    let is_all_capitals = words.clone().all(lacks_small_letters) && words.any(|word| is_word_of_capitals(word) && syllable::is_bare_syllable(word));
    if is_all_capitals {
        return line.to_uppercase();
    }
    line.split_inclusive(|character: char| !character.is_alphabetic())
        .map(|word| if is_word_of_capitals(word) { word.to_uppercase() } else { word.to_owned() })
        .collect()
}

/// "LàNG", but not "Hà": two letters are capitals and no letter is small that has a capital in TCVN3.
fn is_word_of_capitals(word: &str) -> bool {
    lacks_small_letters(word) && word.chars().filter(|character| character.is_uppercase()).count() >= 2
}

fn lacks_small_letters(word: &str) -> bool {
    !word.chars().any(|character| character.is_ascii_lowercase() || "ăâêôơưđ".contains(character))
}

/// Turns the control characters that stand for holes in a Windows code page into U+FFFD.
fn without_controls(text: &str) -> String {
    text.chars().map(|character| if ('\u{80}'..'\u{a0}').contains(&character) { NONE } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SMALL: &str = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ";

    /// All characters that one byte, or a letter and a byte, can give.
    fn reach(decode: fn(&[u8]) -> String) -> HashSet<String> {
        let single = (0..=255_u8).map(|byte| decode(&[byte]));
        let double = (0..=255_u8).flat_map(|letter| (0x80..=255_u8).map(move |mark| [letter, mark])).map(|pair| decode(&pair));
        single.chain(double).filter(|text| text.chars().count() == 1).collect()
    }

    #[test]
    fn every_vietnamese_letter_can_be_written() {
        assert_eq!(SMALL.chars().count(), 67);
        for (decode, has_capitals) in [(tcvn3 as fn(&[u8]) -> String, false), (vni, true), (viscii, true), (windows_1258, true)] {
            let reach = reach(decode);
            for letter in SMALL.chars() {
                assert!(reach.contains(&letter.to_string()), "{letter}");
                let capital = letter.to_uppercase().to_string();
                assert_eq!(reach.contains(&capital), has_capitals || "ĂÂĐÊÔƠƯ".contains(&capital), "{capital}");
            }
        }
    }

    #[test]
    fn one_sentence_in_each_encoding() {
        // Written by glibc's iconv, and VNI after the table of the xvnkb keyboard.
        let said = "đan đó ở Thủ Sỹ, dệt lụa tơ tằm";
        assert_eq!(tcvn3(b"\xAEan \xAE\xE3 \xEB Th\xF1 S\xFC, d\xD6t l\xF4a t\xAC t\xBBm"), said);
        assert_eq!(vni(b"\xF1an \xF1o\xF9 \xF4\xFB Thu\xFB Sy\xF5, de\xE4t lu\xEFa t\xF4 ta\xE8m"), said);
        assert_eq!(viscii(b"\xF0an \xF0\xF3 \xB7 Th\xFC S\xDB, d\xAEt l\xF8a t\xBD t\xA2m"), said);
        assert_eq!(windows_1258(b"\xF0an \xF0\xF3 \xF5\xD2 Thu\xD2 Sy\xDE, d\xEA\xF2t lu\xF2a t\xF5 t\xE3\xCCm"), said);
    }

    #[test]
    fn capitals_of_the_north_come_back() {
        // Typed with the capital lock in .VnTimeH: the vowels with a tone stay small.
        assert_eq!(tcvn3(b"L\xB5NG NGH\xD2"), "LÀNG NGHỀ");
        assert_eq!(tcvn3(b"H\xB5 N\xE9I\nH\xB5 N\xE9i"), "HÀ NỘI\nHà Nội");
        assert_eq!(tcvn3(b"DSC_01 H\xB5.JPG"), "DSC_01 Hà.JPG");
    }

    #[test]
    fn a_mark_in_the_wrong_place_is_damage() {
        assert_eq!(vni(b"b\xF9 a\xF9\xF9 a\xD9 A\xF9"), "b\u{fffd} á\u{fffd} á Á");
        assert_eq!(tcvn3(&[0xFF, 0xB0, 0x81]), "\u{fffd}\u{fffd}\u{fffd}");
    }
}
