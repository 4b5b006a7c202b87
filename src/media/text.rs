//! Plain text out of bytes.

use super::encoding;

/// A text, and what is doubtful about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Why some of it may be wrong.
    pub(crate) problem: Option<String>,
}

/// Reads text in whatever encoding: by its byte order mark, as UTF-8, or by the encoding in which most words are
/// Vietnamese syllables. A reading that is a guess says so; the bytes themselves stay in the store.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let reading = encoding::read(bytes);
    let encoding = reading.encoding.name();
    let problem = if reading.is_damaged {
        Some(format!("some bytes mean nothing in {encoding}, as which the text was read"))
    } else {
        reading.is_guess.then(|| format!("read as {encoding}, which is a guess"))
    };
    Decoded { text: reading.text.replace("\r\n", "\n").replace('\r', "\n"), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_three_encodings() {
        let words = "đan đó\nở Thủ Sỹ";
        let le: Vec<u8> = [0xfeff].into_iter().chain(words.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = [0xfeff].into_iter().chain(words.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let bom = ["\u{feff}", words].concat().replace('\n', "\r\n");
        for bytes in [words.as_bytes(), &le, &be, bom.as_bytes()] {
            assert_eq!(decode(bytes), Decoded { text: words.into(), problem: None });
        }
    }

    #[test]
    fn old_encodings_are_read_and_the_reading_is_marked_as_a_guess() {
        // TCVN3: "nghề đan đó ở làng Thủ Sỹ" as Windows 95 wrote it.
        let decoded = decode(b"ngh\xd2 \xae an \xae\xe3 \xeb l\xb5ng Th\xf1 S\xfc");
        assert!(decoded.text.starts_with("nghề") && decoded.text.contains("làng Thủ Sỹ"), "{decoded:?}");
        assert!(decoded.problem.is_some_and(|problem| problem.contains("TCVN3")));
    }
}
