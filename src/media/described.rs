//! Words that stand inside files: titles, names, keywords.

use super::{Facts, encoding, sidecar};

/// A text longer than this is cut: a description is no place for books.
const LONGEST: usize = 64 << 10;

/// The most texts that are taken out of one file.
const MOST: usize = 512;

/// Returns the text of bytes whose encoding nobody states: UTF-8, or an old Vietnamese encoding by its syllables.
pub(crate) fn decode_name(bytes: &[u8]) -> String {
    encoding::read_name(bytes).text
}

impl Facts {
    /// Facts of a file whose reading broke its worker.
    pub(crate) fn unread(problem: String) -> Self {
        Self { mime: "application/octet-stream".to_owned(), problems: vec![problem], ..Self::default() }
    }

    /// Takes the words out of the XMP packet, which then is no longer needed.
    pub(crate) fn read_xmp(&mut self) {
        let Some(packet) = self.xmp.take() else { return };
        match sidecar::read_xmp(&packet) {
            Ok(values) => values.iter().for_each(|value| self.describe(value.field.name(), &value.text)),
            Err(error) => self.problems.push(format!("the XMP cannot be read: {error:#}")),
        }
    }

    /// Adds what a file says of itself under a field (`title`, `description`, `creator`, `keywords`, `rights`,
    /// `place`, `comment`, `date`). Blanks and repetitions are left out.
    pub(crate) fn describe(&mut self, field: &str, text: &str) {
        let text = text.split('\0').next().unwrap_or_default().trim();
        let text = text.get(..LONGEST).unwrap_or(text);
        let is_known = self.described.iter().any(|(known, value)| known == field && value == text);
        if !text.is_empty() && !is_known && self.described.len() < MOST {
            self.described.push((field.to_owned(), text.to_owned()));
        }
    }

    /// Adds bytes of an encoding that is not stated.
    pub(crate) fn describe_bytes(&mut self, field: &str, bytes: &[u8]) {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        self.describe(field, &decode_name(bytes.get(..end).unwrap_or_default()));
    }
}

/// Reads UTF-16.
pub(crate) fn utf16(bytes: &[u8], is_little: bool) -> String {
    let unit = |pair: &[u8]| if is_little { u16::from_le_bytes([pair[0], pair[1]]) } else { u16::from_be_bytes([pair[0], pair[1]]) };
    let units: Vec<u16> = bytes.chunks_exact(2).map(unit).take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_blank_or_said_twice_is_said_once() {
        let mut facts = Facts::default();
        for text in ["", "  ", "Đan đó\0rác", "Đan đó"] {
            facts.describe("title", text);
        }
        facts.describe_bytes("title", "Đan đó ".as_bytes());
        assert_eq!(facts.described, [("title".to_owned(), "Đan đó".to_owned())]);
        assert_eq!(utf16(&[0x11, 0x01, 0, 0, 0x41, 0], true), "đ");
    }
}
