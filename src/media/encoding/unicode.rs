//! Recognises the encodings of Unicode, and UTF-8 that was taken for windows-1252 and encoded once more.

use super::{score, tables};

/// How many pairs of bytes are looked at for UTF-16 without a mark.
const PAIRS: usize = 4096;

/// The two orders of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Reads UTF-16. A lone surrogate and half a unit at the end become U+FFFD, and the second value says so.
pub(super) fn utf16(bytes: &[u8], order: Order) -> (String, bool) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| match order {
        Order::Little => u16::from_le_bytes(pair),
        Order::Big => u16::from_be_bytes(pair),
    });
    let mut is_damaged = !rest.is_empty();
    let mut text = String::with_capacity(bytes.len());
    for unit in char::decode_utf16(units) {
        is_damaged |= unit.is_err();
        text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    (text, is_damaged)
}

/// Recognises UTF-16 without a byte order mark: half of the bytes of a text in Latin letters are zero, all on the
/// same side, and no other encoding of text has them.
pub(super) fn utf16_order(bytes: &[u8]) -> Option<Order> {
    let pairs: Vec<&[u8; 2]> = bytes.as_chunks::<2>().0.iter().take(PAIRS).collect();
    let zeros = |side: usize| pairs.iter().filter(|pair| pair.get(side) == Some(&0)).count();
    let (first, second) = (zeros(0), zeros(1));
    let is_enough = |zeros: usize, others: usize| pairs.len() >= 2 && zeros * 5 >= pairs.len() * 2 && others * 50 <= zeros;
    let order = match (is_enough(second, first), is_enough(first, second)) {
        (true, false) => Order::Little,
        (false, true) => Order::Big,
        _ => return None,
    };
    let (text, _) = utf16(bytes.get(..PAIRS * 2).unwrap_or(bytes), order);
    let is_text = !text.chars().any(|character| character.is_control() && !"\t\n\r\u{c}".contains(character));
    is_text.then_some(order)
}

/// Tells whether broken UTF-8 is still UTF-8: sound sequences of many bytes stand against few broken places, or
/// against the one at the end where a field of fixed length cut the text.
pub(super) fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut broken) = (0_usize, 0_usize);
    let mut last: &[u8] = b"";
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
        last = chunk.invalid();
    }
    let is_cut = match last {
        // Two of the three bytes of a letter such as "ạ" or "ễ".
        [0xE1, 0xBA | 0xBB] => true,
        [0xC3..=0xC6 | 0xE1] => sound >= 1,
        [0xE0..=0xFF, _, ..] => sound >= 1,
        _ => false,
    };
    (broken == 1 && is_cut) || (sound >= 4 && sound >= broken * 4)
}

/// Tells whether text that is sound UTF-8 is VISCII by chance: there "Dương" and "Đồng" hold pairs of bytes that UTF-8
/// reads as one letter of N'Ko or Cyrillic, which nobody writes inside a word of Latin letters.
pub(super) fn is_viscii_by_chance(text: &str) -> bool {
    let mut words = text.split(|character: char| character.is_ascii() && !character.is_ascii_alphabetic()).filter(|word| !word.is_ascii()).peekable();
    words.peek().is_some() && words.all(is_mixed) && score::share_of_marked(&tables::viscii(text.as_bytes())) >= 0.99
}

/// One foreign letter of two bytes, and the others are ASCII.
fn is_mixed(word: &str) -> bool {
    let mut foreign = word.chars().filter(|character| !character.is_ascii());
    let is_one = matches!((foreign.next(), foreign.next()), (Some('\u{370}'..='\u{7ff}'), None));
    is_one && word.chars().count() > 1
}

/// Undoes one encoding too many ("Ä‘Ã³" for "đó"). Only where all of the text can be undone, and far more of it
/// is Vietnamese afterwards.
pub(super) fn undo_double(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte_of).collect();
    let once = String::from_utf8(bytes?).ok().filter(|once| !once.is_ascii())?;
    (score::share_of_marked(text) < 0.3 && score::share_of_marked(&once) >= 0.5).then_some(once)
}

/// The byte that windows-1252 has for a character; the holes of that code page are the bytes themselves.
pub(super) fn byte_of(character: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(character)) {
        return Some(byte);
    }
    let mut buffer = [0; 4];
    let (bytes, _, has_gap) = encoding_rs::WINDOWS_1252.encode(character.encode_utf8(&mut buffer));
    bytes.first().copied().filter(|_| !has_gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_shows_itself_by_its_zeros() {
        let little: Vec<u8> = "Thủ Sỹ\r\nđó rọ".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "Thủ Sỹ\r\nđó rọ".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf16_order(&little), Some(Order::Little));
        assert_eq!(utf16_order(&big), Some(Order::Big));
        for other in [&b"lua\0 to"[..], b"", b"a\0", &[0; 64], b"\0\x01\0\x02\0\x03\0\x04"] {
            assert_eq!(utf16_order(other), None, "{other:?}");
        }
        assert_eq!(utf16(&[0xD8, 0x00, 0x00, 0x61, 0x62], Order::Big), ("\u{fffd}a\u{fffd}".to_owned(), true));
    }

    #[test]
    fn a_title_cut_by_id3_is_still_utf8() {
        let title = "Hát chèo làng Khuốc".as_bytes();
        assert!(is_nearly_utf8(&title[..title.len() - 3]) && is_nearly_utf8(b"D\xE1\xBB"));
        assert!(!is_nearly_utf8(b"caf\xE9") && !is_nearly_utf8(b"L\xB5ng ngh\xD2") && !is_nearly_utf8(b"caf\xC3"));
    }

    #[test]
    fn one_encoding_too_many_is_undone_only_for_vietnamese() {
        assert_eq!(undo_double("Ä‘Ã³ vÃ\u{a0} lá»¥a").as_deref(), Some("đó và lụa"));
        for right in ["đó và lụa", "dệt", "Ä‘", "Ã©tude", "lua", "", "Â£", "Ä‘Ã³ đó"] {
            assert_eq!(undo_double(right), None, "{right}");
        }
    }

    #[test]
    fn viscii_inside_utf8_is_seen() {
        // "Dương" and "Đồng" in VISCII.
        assert!(is_viscii_by_chance(std::str::from_utf8(b"D\xDF\xBDng.jpg").expect("sound UTF-8")));
        assert!(is_viscii_by_chance(std::str::from_utf8(b"\xD0\xB0ng Nai").expect("sound UTF-8")));
        for other in ["война и мир", "ɽ.txt", "Dương", "α-particle", "a и b", "plain", "߽߽"] {
            assert!(!is_viscii_by_chance(other), "{other}");
        }
    }
}
