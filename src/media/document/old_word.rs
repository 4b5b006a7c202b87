//! Word documents of 1997 to 2003 ([MS-DOC]).

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::writing::Writing;
use super::{ENCRYPTED, FromFont, LONGEST_FILE, Words};

mod runs;
mod stream;

use runs::Runs;
use stream::{u16_at, u32_at};

/// Reads body, notes, headers and comments, in the order in which the file numbers their characters.
///
/// # Errors
/// When it is no compound file, or not that of Word 97 or later.
pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let beginning = stream::beginning(path)?;
    // Much that is named .doc is something else: programs of the time did not mind, nor do we.
    if beginning.starts_with(b"{\\rtf") {
        return super::rtf::read(&super::whole(path)?, from_font);
    }
    if beginning.trim_ascii_start().starts_with(b"<") {
        return Ok(super::html::read(&super::whole(path)?, from_font));
    }
    let mut file = cfb::open(path).context("the compound file that the document is made of cannot be opened")?;
    let mut whole = |name: &str| -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let stream = file.open_stream(name).with_context(|| format!("its stream {name} cannot be opened"))?;
        let read = stream.take(LONGEST_FILE).read_to_end(&mut bytes);
        // Of a file that was cut short, what is left of the stream still counts.
        ensure!(read.is_ok() || !bytes.is_empty(), "its stream {name} cannot be read");
        Ok(bytes)
    };
    let document = whole("/WordDocument")?;
    let flags = check(&document)?;
    if flags & 0x0100 != 0 {
        return Ok(Words::only(ENCRYPTED));
    }
    let table = whole(if flags & 0x0200 == 0 { "/0Table" } else { "/1Table" })?;
    let title = whole("/\u{5}SummaryInformation").ok().and_then(|properties| stream::title(&properties));
    let pieces = pieces(&document, &table)?;
    let runs = Runs::of(&document, &table);
    let mut reader = Reader { writing: Writing::default(), from_font, runs, fields: 0, in_instruction: 0 };
    let mut is_whole = true;
    for piece in pieces {
        is_whole &= reader.piece(&document, &piece);
    }
    let problem = (!is_whole).then(|| "it is damaged; only some of it could be read".to_owned());
    Ok(Words::of(reader.writing, title, problem))
}

/// Gives the flags of the file (2.5.2, `FibBase`).
fn check(document: &[u8]) -> anyhow::Result<u16> {
    ensure!(u16_at(document, 0) == Some(0xa5ec), "it does not begin as a Word document does");
    let version = u16_at(document, 2).unwrap_or(0);
    ensure!(version >= 0x00c1, "it was written by a Word older than 1997 (version {version:#06x}), which is not read here");
    u16_at(document, 0x0a).context("it ends too early")
}

/// A stretch of text that stands in one place of the file.
#[derive(Debug)]
struct Piece {
    /// Where its bytes begin.
    offset: usize,
    /// How many characters.
    count: usize,
    /// One byte for a character instead of two.
    is_narrow: bool,
}

/// The piece table (2.4.1, 2.9.38 `Clx`).
fn pieces(document: &[u8], table: &[u8]) -> anyhow::Result<Vec<Piece>> {
    let clx = stream::block(document, table, 0x01a2).context("its table of pieces is missing")?;
    let mut at = 0;
    // Blocks of formatting come first (`Prc`).
    while clx.get(at) == Some(&1) {
        at += 3 + usize::from(u16_at(clx, at + 1).context("its table of pieces is cut short")?);
    }
    ensure!(clx.get(at) == Some(&2), "its table of pieces is damaged");
    let table = clx.get(at + 5..).context("its table of pieces is cut short")?;
    let length = u32_at(clx, at + 1).map_or(0, |length| length as usize).min(table.len());
    let count = length.saturating_sub(4) / 12;
    let piece = |index: usize| {
        let (start, end) = (u32_at(table, index * 4)?, u32_at(table, index * 4 + 4)?);
        let place = u32_at(table, (count + 1) * 4 + index * 8 + 2)?;
        let (is_narrow, place) = (place & 0x4000_0000 != 0, (place & 0x3fff_ffff) as usize);
        let offset = if is_narrow { place / 2 } else { place };
        Some(Piece { offset, count: end.checked_sub(start)? as usize, is_narrow })
    };
    Ok((0..count).map_while(piece).collect())
}

struct Reader<'a> {
    writing: Writing,
    from_font: FromFont,
    runs: Runs<'a>,
    /// Fields that are open, and those of them of which the instruction is being read.
    fields: u32,
    in_instruction: u32,
}

impl Reader<'_> {
    /// Reads a piece run by run, each in its font; tells whether it is whole.
    fn piece(&mut self, document: &[u8], piece: &Piece) -> bool {
        let width = if piece.is_narrow { 1 } else { 2 };
        let end = piece.offset.saturating_add(piece.count.saturating_mul(width)).min(document.len());
        let mut at = piece.offset;
        while at < end && !self.writing.is_full() {
            let run = self.runs.at(at);
            // A run ends between characters, and each step goes forward.
            let stop = run.end.min(end);
            let stop = (at + (stop.saturating_sub(at) / width).max(1) * width).min(end);
            let bytes = document.get(at..stop).unwrap_or_default();
            let encoding = if piece.is_narrow { encoding_rs::WINDOWS_1252 } else { encoding_rs::UTF_16LE };
            let text = encoding.decode_without_bom_handling(bytes).0;
            let font = self.runs.font(run.font);
            self.text(&text, font.as_deref().unwrap_or_default());
            at = stop;
        }
        piece.offset.saturating_add(piece.count.saturating_mul(width)) <= document.len()
    }

    /// Special characters (2.8.25): marks of paragraphs, cells and fields.
    fn text(&mut self, text: &str, font: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|character: char| character < ' ') {
            let (plain, from) = rest.split_at(at);
            self.plain(plain, font);
            self.mark(from.as_bytes().first().copied().unwrap_or(0));
            rest = from.get(1..).unwrap_or_default();
        }
        self.plain(rest, font);
    }

    fn plain(&mut self, text: &str, font: &str) {
        if self.in_instruction == 0 && !text.is_empty() {
            let text = (self.from_font)(text, font);
            self.writing.push(&text);
        }
    }

    fn mark(&mut self, mark: u8) {
        match mark {
            0x13 => {
                self.fields = self.fields.saturating_add(1);
                self.in_instruction = self.in_instruction.saturating_add(1);
            }
            0x14 => self.in_instruction = self.in_instruction.saturating_sub(1),
            0x15 => {
                self.fields = self.fields.saturating_sub(1);
                self.in_instruction = self.in_instruction.min(self.fields);
            }
            _ if self.in_instruction > 0 => {}
            b'\r' | 0x0b | 0x0c | b'\n' => self.writing.line(),
            b'\t' | 0x07 => self.writing.push_char('\t'),
            0x1e => self.writing.push_char('-'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document of one piece, as far as it is looked at.
    fn document(text: &[u8], table: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut document = vec![0; 0x400];
        document[0x01a6..0x01aa].copy_from_slice(&u32::try_from(table.len()).expect("short").to_le_bytes());
        document.extend(text);
        (document, table.to_vec())
    }

    fn words(document: &[u8], table: &[u8]) -> anyhow::Result<String> {
        let mut reader = Reader {
            writing: Writing::default(),
            from_font: |text, _| text.to_owned(),
            runs: Runs::of(document, table),
            fields: 0,
            in_instruction: 0,
        };
        for piece in pieces(document, table)? {
            reader.piece(document, &piece);
        }
        Ok(reader.writing.finish().0)
    }

    fn table(count: u32, place: u32) -> Vec<u8> {
        let mut table = vec![1, 2, 0, 9, 9, 2, 16, 0, 0, 0];
        table.extend([0, count].iter().flat_map(|number| number.to_le_bytes()));
        table.extend([0, 0]);
        table.extend(place.to_le_bytes());
        table.extend([0, 0]);
        table
    }

    #[test]
    fn wide_and_narrow_pieces() {
        let text: Vec<u8> = "Đan đó\rở Thủ Sỹ\u{13} PAGE \u{14}7\u{15}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (wide, pieces) = document(&text, &table(24, 0x400));
        assert_eq!(words(&wide, &pieces).expect("whole"), "Đan đó\nở Thủ Sỹ7");
        let (narrow, pieces) = document(b"d\xf3 ho\x85", &table(6, 0x4000_0000 | 0x800));
        assert_eq!(words(&narrow, &pieces).expect("whole"), "dó ho…");
    }

    #[test]
    fn claims_beyond_the_end() {
        let (bytes, pieces) = document(b"tre", &table(u32::MAX, 0x4000_0000 | 0x800));
        assert_eq!(words(&bytes, &pieces).expect("what is there"), "tre");
        for table in [&b"\x01\xff\xff"[..], b"\x02\xff\xff\xff\xff", b"", &[1; 4096]] {
            let (bytes, table) = document(b"tre", table);
            assert!(words(&bytes, &table).map_or(true, |text| text.is_empty()));
        }
    }
}
