//! Black and white rows packed as telefax does (ITU-T T.4 and T.6; TIFF 6.0, sections 10 and 11).

use std::io::{self, Read};

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

/// Zero bits that are read after the end, so that a last short code can be told; with more the data has ended.
const PADDING_LIMIT: u32 = 64;
/// An end-of-line code has at least this many zeros before its one.
const LINE_END_ZEROS: u8 = 11;

/// How rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Runs only, each row begins with a new byte (compression 2).
    Runs,
    /// Rows between end-of-line codes, some of them told by the row above when `by_row_above` (compression 3).
    Group3 { by_row_above: bool },
    /// Every row told by the row above (compression 4).
    Group4,
}

/// Unpacks rows of `width` pixels, eight to a byte, 0 is white.
///
/// After the last row that can be understood it ends, and what is missing is white: telefax machines leave out white rows at the end, and a damaged
/// page is seen as far as it goes. A first row that makes no sense is an error.
pub(super) struct FaxRows<R> {
    bits: Bits<R>,
    coding: Coding,
    width: u32,
    above: Vec<u32>,
    current: Vec<u32>,
    row: Vec<u8>,
    given: usize,
    begun: bool,
    ended: bool,
    closed: bool,
}

impl<R: Read> FaxRows<R> {
    /// Rows from packed bytes; `source` should be buffered.
    pub(super) fn new(source: R, coding: Coding, width: u32) -> Self {
        let row = vec![0; width.div_ceil(8) as usize];
        let given = row.len();
        let mut bits = Bits { source, window: 0, held: 0, padding: 0 };
        bits.fill();
        Self { bits, coding, width, above: Vec::new(), current: Vec::new(), row, given, begun: false, ended: false, closed: false }
    }

    fn next_row(&mut self) -> io::Result<()> {
        self.current.clear();
        let understood = match self.coding {
            Coding::Runs => {
                self.bits.align();
                self.by_runs()
            }
            Coding::Group3 { by_row_above } => self.group3(by_row_above),
            Coding::Group4 => self.by_row_above(),
        };
        // Only group 3 has marks between its rows, behind which the next one can be found.
        let lost = understood.is_none() && !matches!(self.coding, Coding::Group3 { .. });
        if lost && !self.begun && !self.closed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the first telefax row makes no sense"));
        }
        (self.begun, self.ended) = (true, lost || self.bits.is_empty());
        draw(&self.current, self.width, &mut self.row);
        std::mem::swap(&mut self.above, &mut self.current);
        self.given = 0;
        Ok(())
    }

    fn group3(&mut self, by_row_above: bool) -> Option<()> {
        let mut this_by_runs = true;
        while self.bits.at_line_end() {
            self.bits.skip_line_end();
            if by_row_above {
                this_by_runs = self.bits.peek(1)? == 1;
                self.bits.consume(1).ok()?;
            }
        }
        let understood = if this_by_runs { self.by_runs() } else { self.by_row_above() };
        if understood.is_none() {
            // What follows can only be understood from the next end of line on.
            while !self.bits.at_line_end() && !self.bits.is_empty() {
                self.bits.consume(1).ok()?;
            }
        }
        understood
    }

    fn by_runs(&mut self) -> Option<()> {
        let (mut at, mut dark) = (0, false);
        while at < self.width {
            at = at.checked_add(self.run(dark)?)?;
            self.change(at)?;
            dark = !dark;
        }
        Some(())
    }

    /// T.6, section 2.2: each change of colour is told by the changes of the row above.
    fn by_row_above(&mut self) -> Option<()> {
        let (mut at, mut dark, mut begun) = (0, false, false);
        let mut index = 0;
        while at < self.width {
            let (first, second) = self.changes_above(&mut index, begun.then_some(at), dark);
            match mode::decode(&mut self.bits)? {
                Mode::Pass => at = second,
                Mode::Horizontal => {
                    at = at.checked_add(self.run(dark)?)?;
                    self.change(at)?;
                    at = at.checked_add(self.run(!dark)?)?;
                    self.change(at)?;
                }
                Mode::Vertical(shift) => {
                    let next = first.checked_add_signed(i32::from(shift)).filter(|&next| next >= at)?;
                    at = next;
                    self.change(at)?;
                    dark = !dark;
                }
                Mode::Extension => return None,
                Mode::EOF => {
                    self.closed = true;
                    return None;
                }
            }
            begun = true;
        }
        Some(())
    }

    /// The change of the row above to the other colour that comes after `at`, and the one after it.
    fn changes_above(&self, index: &mut usize, at: Option<u32>, dark: bool) -> (u32, u32) {
        let after = |place: u32| at.is_none_or(|at| place > at);
        while *index > 0 && self.above.get(*index - 1).is_some_and(|&place| after(place)) {
            *index -= 1;
        }
        while self.above.get(*index).is_some_and(|&place| !after(place)) {
            *index += 1;
        }
        // Even changes are to black, odd ones to white.
        let first = *index + usize::from((*index % 2 == 1) != dark);
        let place = |index: usize| self.above.get(index).copied().unwrap_or(self.width);
        (place(first), place(first + 1))
    }

    /// Notes a change of colour. Two changes at one place stay two, as some writers count on it; `None` when there are more than a row can have.
    fn change(&mut self, at: u32) -> Option<()> {
        let possible = self.current.len() as u64 <= 2 * u64::from(self.width) + 2;
        self.current.push(at);
        possible.then_some(())
    }

    fn run(&mut self, dark: bool) -> Option<u32> {
        let mut total = 0u32;
        loop {
            if self.bits.at_line_end() {
                return None;
            }
            let part = if dark { black::decode(&mut self.bits)? } else { white::decode(&mut self.bits)? };
            total = total.checked_add(u32::from(part))?;
            if part < 64 {
                return Some(total);
            }
        }
    }
}

impl<R: Read> Read for FaxRows<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.row.len() {
            if self.ended {
                return Ok(0);
            }
            self.next_row()?;
        }
        let rest = self.row.get(self.given..).unwrap_or_default();
        let count = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

/// Sets the bits of the dark runs between the changes.
fn draw(changes: &[u32], width: u32, row: &mut [u8]) {
    row.fill(0);
    for run in changes.chunks(2) {
        let start = run.first().copied().unwrap_or(width).min(width);
        let end = run.get(1).copied().unwrap_or(width).min(width);
        let (first, last) = ((start / 8) as usize, (end / 8) as usize);
        let (head, tail) = (0xFFu8 >> (start % 8), !(0xFFu8 >> (end % 8)));
        if start >= end {
            continue;
        }
        if first == last {
            row.iter_mut().skip(first).take(1).for_each(|byte| *byte |= head & tail);
            continue;
        }
        row.iter_mut().skip(first).take(1).for_each(|byte| *byte |= head);
        row.iter_mut().take(last).skip(first + 1).for_each(|byte| *byte = 0xFF);
        row.iter_mut().skip(last).take(1).for_each(|byte| *byte |= tail);
    }
}

struct Bits<R> {
    source: R,
    window: u64,
    held: u8,
    padding: u32,
}

impl<R: Read> Bits<R> {
    fn fill(&mut self) {
        while self.held < 32 {
            let mut byte = [0];
            if self.padding > 0 || !matches!(self.source.read(&mut byte), Ok(1)) {
                self.padding = self.padding.saturating_add(8);
            }
            self.window = (self.window << 8) | u64::from(byte[0]);
            self.held += 8;
        }
    }

    fn is_empty(&self) -> bool {
        self.padding > PADDING_LIMIT
    }

    fn align(&mut self) {
        self.held -= self.held % 8;
        self.fill();
    }

    fn at_line_end(&self) -> bool {
        self.held >= LINE_END_ZEROS && self.peek(LINE_END_ZEROS) == Some(0)
    }

    fn skip_line_end(&mut self) {
        while self.peek(1) == Some(0) {
            self.held -= 1;
            self.fill();
        }
        self.held = self.held.saturating_sub(1);
        self.fill();
    }
}

impl<R: Read> BitReader for Bits<R> {
    type Error = io::Error;

    fn peek(&self, bits: u8) -> Option<u16> {
        if self.is_empty() || bits > 16 || bits > self.held {
            return None;
        }
        let mask = (1u64 << bits) - 1;
        Some(((self.window >> (self.held - bits)) & mask) as u16)
    }

    fn consume(&mut self, bits: u8) -> io::Result<()> {
        self.held = self.held.saturating_sub(bits);
        self.fill();
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        self.held % 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_of_a_đó_comes_back_from_group_4() {
        let width = 40u16;
        let picture: Vec<Vec<bool>> = (0..12).map(|y| (0..40).map(|x| (x + y) % 7 == 0 || (x > 11 && x < 20 + y)).collect()).collect();
        let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
        for row in &picture {
            let colours = row.iter().map(|&dark| if dark { fax::Color::Black } else { fax::Color::White });
            encoder.encode_line(colours, width).unwrap();
        }
        let packed = encoder.finish().unwrap().finish();
        let mut rows = FaxRows::new(packed.as_slice(), Coding::Group4, u32::from(width));
        for row in &picture {
            let mut seen = [0u8; 5];
            rows.read_exact(&mut seen).unwrap();
            let dark: Vec<bool> = (0..40).map(|x| seen[x / 8] >> (7 - x % 8) & 1 == 1).collect();
            assert_eq!(&dark, row);
        }
    }

    #[test]
    fn any_bytes_end_and_never_in_a_panic() {
        let noise: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let both = [false, true].map(|by_row_above| Coding::Group3 { by_row_above });
        for coding in [Coding::Runs, Coding::Group4].into_iter().chain(both) {
            for from in 0..8 {
                let mut all = Vec::new();
                let end = FaxRows::new(&noise[from..], coding, 1001).take(1 << 24).read_to_end(&mut all);
                assert!(end.is_err() || (all.len() < 1 << 24 && all.len() % 126 == 0), "{coding:?} from {from}");
            }
        }
    }
}
