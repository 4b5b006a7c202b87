//! File names: exact bytes for the archive, readable text for people.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};
use unicode_normalization::UnicodeNormalization;

/// Everything but what stays as it is in `raw`: ASCII that is printable and no `%`.
///
/// All bytes from 0x80 on are encoded, so that a path is exact whatever its encoding was, and no editor
/// or version control can normalise it.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%').add(b'"').add(b'\\').add(0x7f);

/// Returns the exact bytes of a path in percent-encoded form, `/` kept.
pub fn raw_of_bytes(path: &[u8]) -> String {
    percent_encode(path, ENCODED).to_string()
}

/// Returns the exact bytes that [`raw_of_bytes`] encoded.
pub fn bytes_of_raw(raw: &str) -> Vec<u8> {
    percent_decode_str(raw).collect()
}

/// Returns a path for people: NFC, bytes that are no UTF-8 and control characters as `\u{fffd}`.
pub fn readable_name(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    text.nfc().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twins_differ_in_bytes_and_read_alike() {
        let (nfc, nfd) = ("ảnh cụ.jpg", "a\u{309}nh cu\u{323}.jpg");
        assert_ne!(raw_of_bytes(nfc.as_bytes()), raw_of_bytes(nfd.as_bytes()));
        assert_eq!(readable_name(nfc.as_bytes()), readable_name(nfd.as_bytes()));
    }

    #[test]
    fn plain_names_stay_plain() {
        assert_eq!(raw_of_bytes(b"DCIM/100 (1)/IMG_4000.JPG"), "DCIM/100 (1)/IMG_4000.JPG");
        assert_eq!(raw_of_bytes(b"a\nb%.jpg"), "a%0Ab%25.jpg");
        assert_eq!(readable_name(b"a\nb\xff"), "a\u{fffd}b\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(path: Vec<u8>) {
            let raw = raw_of_bytes(&path);
            prop_assert!(raw.is_ascii());
            prop_assert_eq!(bytes_of_raw(&raw), path);
        }
    }
}
