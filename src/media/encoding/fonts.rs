//! Office documents whose letters are legacy bytes: the name of the font says what they mean.

use super::{Encoding, unicode};

/// What the name of a font says about the letters set in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LegacyFont {
    /// TCVN3 or VNI.
    pub(crate) encoding: Encoding,
    /// The small letters of this font look like capitals (".VnTimeH").
    pub(crate) is_upper: bool,
}

/// Recognises the ABC fonts (".VnTime", with capitals ".VnTimeH") and the VNI fonts ("VNI-Times") by name.
///
/// Nothing for every other font: its letters are what they seem.
pub(crate) fn by_font(font: &str) -> Option<LegacyFont> {
    let name = font.trim().to_lowercase();
    if name.starts_with("vni-") || name.starts_with("vni ") {
        return Some(LegacyFont { encoding: Encoding::Vni, is_upper: false });
    }
    // Systems that take a leading dot for a hidden file write an underscore.
    let name = name.strip_prefix(['.', '_'])?.strip_prefix("vn")?;
    let family = name.trim_end_matches(" italic").trim_end_matches(" bold");
    (!family.is_empty()).then(|| LegacyFont { encoding: Encoding::Tcvn3, is_upper: family.ends_with('h') })
}

/// Reads text whose characters U+0080 to U+00FF (and those of windows-1252, and the private ones from U+F020 that Word
/// gives to symbol fonts) stand for bytes of a legacy font. Characters that stand for no byte stay as they are.
pub(crate) fn from_font(text: &str, font: LegacyFont) -> String {
    let mut read = String::with_capacity(text.len());
    let mut bytes = Vec::new();
    for character in text.chars() {
        match legacy_byte(character) {
            Some(byte) => bytes.push(byte),
            None => {
                read.push_str(&font.encoding.decode(&bytes).0);
                bytes.clear();
                read.push(character);
            }
        }
    }
    read.push_str(&font.encoding.decode(&bytes).0);
    if font.is_upper { read.to_uppercase() } else { read }
}

fn legacy_byte(character: char) -> Option<u8> {
    match character {
        '\u{f020}'..='\u{f0ff}' => u8::try_from(u32::from(character) - 0xF000).ok(),
        _ => unicode::byte_of(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_of_a_report_tells_how_to_read_it() {
        let font = by_font(".VnTime").expect("a legacy font");
        assert_eq!(font, LegacyFont { encoding: Encoding::Tcvn3, is_upper: false });
        assert_eq!(from_font("Lµng nghÒ “®ã” Thñ Sü ở", font), "Làng nghề “đó” Thủ Sỹ ở");
        assert_eq!(from_font("lµng nghÒ", by_font(".VnTimeH").expect("a legacy font")), "LÀNG NGHỀ");
        assert_eq!(from_font("Laøng ngheà ñan ñoù", by_font("VNI-Times").expect("a legacy font")), "Làng nghề đan đó");
        assert_eq!(from_font("\u{f04c}\u{f061}\u{f0f8}ng", by_font("VNI-Helve").expect("a legacy font")), "Làng");
        assert!(by_font(".vntimeh").expect("a legacy font").is_upper && by_font(".VnArial NarrowH").expect("a legacy font").is_upper);
        assert!(!by_font("_VnCourier New").expect("a legacy font").is_upper);
        for other in ["Times New Roman", "", ".Vn", "Vni", "Vnisans", ".SF NS"] {
            assert_eq!(by_font(other), None, "{other}");
        }
    }

    #[test]
    fn characters_that_the_font_lacks_are_shown_as_such() {
        assert_eq!(from_font("À\u{1F600}", by_font(".VnTime").expect("a legacy font")), "\u{fffd}\u{1F600}");
    }
}
