//! Which font shows which bytes: old Vietnamese text cannot be read without it.

use super::stream::{block, u16_at, u32_at};

/// Pages of formatting have this many bytes (2.9.33 `ChpxFkp`).
const PAGE: usize = 512;

/// A stretch of the document stream in one font.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Offset of the first byte behind it.
    pub(super) end: usize,
    /// Number of the font in the table of fonts; `None` where the style decides.
    pub(super) font: Option<u16>,
}

/// The character formatting of a document, as far as fonts go.
#[derive(Debug)]
pub(super) struct Runs<'a> {
    document: &'a [u8],
    /// First offsets of the pages of formatting, then their numbers (2.8.5 `PlcBteChpx`).
    pages: &'a [u8],
    fonts: Vec<String>,
    /// Of the style Normal, on which all others are based.
    default: Option<u16>,
}

impl<'a> Runs<'a> {
    /// Reads the table of fonts and finds the pages of formatting; what is missing is done without.
    pub(super) fn of(document: &'a [u8], table: &'a [u8]) -> Self {
        let pages = block(document, table, 0x00fa).unwrap_or_default();
        let fonts = block(document, table, 0x0112).map(fonts).unwrap_or_default();
        let default = block(document, table, 0x00a2).and_then(default_font);
        Self { document, pages, fonts, default }
    }

    /// The name of a font.
    pub(super) fn font(&self, number: Option<u16>) -> Option<String> {
        self.fonts.get(usize::from(number.or(self.default)?)).cloned()
    }

    /// The run in which the byte at `at` stands; one without end where no formatting is known.
    pub(super) fn at(&self, at: usize) -> Run {
        self.find(at).unwrap_or(Run { end: usize::MAX, font: None })
    }

    fn find(&self, at: usize) -> Option<Run> {
        let count = self.pages.len().checked_sub(4)? / 8;
        let offset = |index: usize| u32_at(self.pages, index * 4).map_or(usize::MAX, |offset| offset as usize);
        let index = last_not_after(count, at, offset)?;
        let number = u32_at(self.pages, (count + 1) * 4 + index * 4)? as usize & 0x003f_ffff;
        let start = number.checked_mul(PAGE)?;
        let page = self.document.get(start..start.checked_add(PAGE)?)?;
        let runs = usize::from(*page.last()?);
        let begin = |index: usize| u32_at(page, index * 4).map_or(usize::MAX, |offset| offset as usize);
        let run = last_not_after(runs, at, begin)?;
        let end = begin(run + 1);
        let place = usize::from(*page.get((runs + 1) * 4 + run)?) * 2;
        let font = if place == 0 { None } else { formatting(page, place).and_then(font_of) };
        // Damaged offsets must not lead backwards.
        (end > at).then_some(Run { end, font })
    }
}

/// The last of `count` rising offsets that is not after `at`.
fn last_not_after(count: usize, at: usize, offset: impl Fn(usize) -> usize) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if offset(middle) <= at { low = middle + 1 } else { high = middle }
    }
    low.checked_sub(1)
}

/// A length of one byte, then so many bytes of changes (2.9.32 `Chpx`).
fn formatting(page: &[u8], place: usize) -> Option<&[u8]> {
    let length = usize::from(*page.get(place)?);
    page.get(place + 1..place + 1 + length)
}

/// The font among changes to characters: each a number of which the upper bits tell the length of what
/// follows (2.2.5.1 `Sprm`).
fn font_of(changes: &[u8]) -> Option<u16> {
    let (mut at, mut font) = (0, None);
    while let Some(change) = u16_at(changes, at) {
        at += 2;
        // sprmCRgFtc0, the font of ASCII letters, and sprmCRgFtc2, that of other ones.
        if change == 0x4a4f || (change == 0x4a51 && font.is_none()) {
            font = u16_at(changes, at);
        }
        at += match change >> 13 {
            0 | 1 => 1,
            2 | 4 | 5 => 2,
            3 => 4,
            7 => 3,
            _ => 1 + usize::from(*changes.get(at)?),
        };
    }
    font
}

/// Names of fonts (2.9.286 `SttbfFfn`, 2.9.88 `FFN`): the name stands 39 bytes into each, in UTF-16.
fn fonts(table: &[u8]) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), 4);
    while let Some(&length) = table.get(at) {
        let name = table.get(at + 40..at + 1 + usize::from(length)).unwrap_or_default();
        let units = name.as_chunks().0.iter().map(|&unit| u16::from_le_bytes(unit)).take_while(|&unit| unit != 0);
        names.push(char::decode_utf16(units).map(|character| character.unwrap_or('\u{fffd}')).collect());
        at += 1 + usize::from(length);
    }
    names
}

/// The font that the style sheet gives to text of which no style says otherwise (2.9.271 `STSH`): that of the
/// style Normal, which comes first, or the standard one.
fn default_font(sheet: &[u8]) -> Option<u16> {
    let length = usize::from(u16_at(sheet, 0)?);
    let base = usize::from(u16_at(sheet, 4)?);
    let standard = u16_at(sheet, 2 + 12);
    let style = sheet.get(2 + length + 2..)?;
    normal(style, base).or(standard)
}

/// The font of a style (2.9.258 `STD`): its name, then its changes to paragraphs, then those to characters.
fn normal(style: &[u8], base: usize) -> Option<u16> {
    let name = usize::from(u16_at(style, base)?);
    let mut at = base + 2 + name * 2 + 2;
    let skipped = usize::from(u16_at(style, at)?);
    at += 2 + skipped + skipped % 2;
    let length = usize::from(u16_at(style, at)?);
    font_of(style.get(at + 2..at + 2 + length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_found_among_other_changes() {
        // Bold, the size, then the font; and a change that claims more than there is.
        assert_eq!(font_of(&[0x35, 0x08, 1, 0x43, 0x4a, 28, 0, 0x4f, 0x4a, 3, 0]), Some(3));
        assert_eq!(font_of(&[0x4f, 0x4a, 3, 0, 0x47, 0xca, 200, 1]), Some(3));
        assert_eq!(font_of(&[0x4f, 0x4a]), None);
    }

    #[test]
    fn names_of_fonts() {
        let mut table = vec![1, 0, 0, 0, 39 + 16];
        table.extend([0; 39]);
        table.extend(".VnTime\0".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(fonts(&table), [".VnTime"]);
        assert_eq!(fonts(&[1, 0, 0, 0, 255, 1]), [""]);
    }
}
