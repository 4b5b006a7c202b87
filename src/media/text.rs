//! Plain text out of bytes.

/// A text, and what is doubtful about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Why some of it may be wrong.
    pub(crate) problem: Option<String>,
}

/// Reads UTF-8 and UTF-16 (by its byte order mark). Anything else is read as far as it is UTF-8, and the
/// rest is marked as unreadable: the bytes themselves stay in the store.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    };
    Decoded { text: decoded.text.replace("\r\n", "\n").replace('\r', "\n"), ..decoded }
}

fn utf8(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.to_owned(), problem: None },
        Err(error) => Decoded {
            text: String::from_utf8_lossy(bytes).into_owned(),
            problem: Some(format!("the text is not UTF-8 from byte {} on", error.valid_up_to())),
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    let is_whole = bytes.len().is_multiple_of(2);
    match String::from_utf16(&units) {
        Ok(text) if is_whole => Decoded { text, problem: None },
        _ => Decoded { text: String::from_utf16_lossy(&units), problem: Some("the text is not whole UTF-16".to_owned()) },
    }
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
    fn other_bytes_are_marked_and_not_lost_silently() {
        let decoded = decode(b"l\xb5ng ngh\xd2");
        assert!(decoded.text.starts_with('l') && decoded.problem.is_some());
    }
}
