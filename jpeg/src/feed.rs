//! Entropy-coded segments: clean bytes from between the markers (T.81, B.1.1.5), a window at a time.

use crate::bits::{Bits, WINDOW, Window};

/// Bytes kept before the position when the window slides, so that bits can be given back.
const KEPT_BEHIND: usize = 16;

/// Zero bytes written after the end of a segment.
const PADDING: usize = 64;

/// The clean bytes of one entropy-coded segment after the other. Memory: one window, whatever the file.
pub(crate) struct Feed<'a> {
    source: &'a [u8],
    /// Where reading goes on in the source; at a marker when `ended`.
    at: usize,
    window: Box<Window>,
    filled: usize,
    ended: bool,
}

impl<'a> Feed<'a> {
    /// Begins with the entropy-coded data at `at`.
    pub(crate) fn new(source: &'a [u8], at: usize) -> (Self, Bits) {
        let window = vec![0_u8; WINDOW].into_boxed_slice();
        // The length is right by construction; the other branch only spares a panic.
        let window = Box::<Window>::try_from(window).unwrap_or_else(|_| Box::new([0; WINDOW]));
        let mut feed = Self { source, at, window, filled: 0, ended: false };
        let bits = feed.begin(at);
        (feed, bits)
    }

    /// The clean bytes, for [`Bits`].
    #[inline(always)]
    pub(crate) fn window(&self) -> &Window {
        &self.window
    }

    /// Makes sure that `needed` bytes, or all that the segment still has, stand in the window.
    #[inline(always)]
    pub(crate) fn ensure(&mut self, bits: &mut Bits, needed: usize) {
        if bits.position() + needed > self.filled && !self.ended {
            *bits = self.slide(*bits);
        }
    }

    /// Tells whether more bits were consumed than the segment had.
    #[inline(always)]
    pub(crate) fn overrun(&self, bits: &Bits) -> bool {
        bits.consumed() > self.filled * 8
    }

    /// Skips what is left of the segment and returns where its marker, or the end of the file, is.
    pub(crate) fn end_of_segment(&mut self) -> usize {
        while !self.ended {
            self.filled = 0;
            self.fill();
        }
        self.at
    }

    /// Begins a new segment at `at`.
    pub(crate) fn begin(&mut self, at: usize) -> Bits {
        (self.at, self.filled, self.ended) = (at, 0, false);
        self.fill_some(4096);
        Bits::at(0)
    }

    #[cold]
    #[inline(never)]
    fn slide(&mut self, mut bits: Bits) -> Bits {
        let distance = bits.position().min(self.filled).saturating_sub(KEPT_BEHIND);
        self.window.copy_within(distance..self.filled, 0);
        self.filled -= distance;
        bits.moved(distance);
        self.fill();
        bits
    }

    fn fill(&mut self) {
        self.fill_some(WINDOW);
    }

    /// Copies clean bytes until the window holds `wanted` of them or the segment ends.
    fn fill_some(&mut self, wanted: usize) {
        let wanted = wanted.min(WINDOW - PADDING);
        while self.filled < wanted && !self.ended {
            let rest = self.source.get(self.at..).unwrap_or_default();
            let room = wanted - self.filled;
            let run = plain_run(rest.get(..room).unwrap_or(rest));
            self.window[self.filled..self.filled + run].copy_from_slice(&rest[..run]);
            self.filled += run;
            self.at += run;
            if run < room {
                self.at_ff(rest.get(run + 1).copied());
            }
        }
        if self.ended {
            self.window[self.filled..self.filled + PADDING].fill(0);
        }
    }

    /// Decides what the 0xFF at the place means by the byte after it: a stuffed 0xFF, a fill byte, or the marker that ends the segment.
    fn at_ff(&mut self, after: Option<u8>) {
        match after {
            Some(0) => {
                self.window[self.filled] = 0xFF;
                self.filled += 1;
                self.at += 2;
            }
            Some(0xFF) => self.at += 1,
            Some(_) => self.ended = true,
            None => {
                self.at = self.source.len();
                self.ended = true;
            }
        }
    }
}

/// How many bytes stand before the first 0xFF.
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    for chunk in bytes.chunks_exact(32) {
        if chunk.iter().fold(0, |found, &byte| found | u8::from(byte == 0xFF)) != 0 {
            break;
        }
        run += 32;
    }
    let rest = bytes.get(run..).unwrap_or_default();
    run + rest.iter().position(|&byte| byte == 0xFF).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_goes_and_the_marker_stays() {
        let source = [vec![7; 100], vec![0xFF, 0, 0xFF, 0xFF, 0, 9, 0xFF, 0xD9]].concat();
        let (mut feed, mut bits) = Feed::new(&source, 0);
        assert_eq!(feed.window()[98..104], [7, 7, 0xFF, 0xFF, 9, 0]);
        bits.refill(feed.window());
        assert!(!feed.overrun(&bits));
        assert_eq!(feed.end_of_segment(), source.len() - 2);
    }

    #[test]
    fn long_segments_slide_through_the_window() {
        let source: Vec<u8> = (0..400_000_u32).map(|number| (number % 251) as u8).collect();
        let (mut feed, mut bits) = Feed::new(&source, 0);
        for number in 0..400_000_u32 {
            feed.ensure(&mut bits, 100);
            bits.refill(feed.window());
            assert_eq!(bits.peek::<8>(), (number % 251) as usize);
            bits.consume(8);
        }
        assert!(!feed.overrun(&bits));
        bits.refill(feed.window());
        bits.consume(8);
        assert!(feed.overrun(&bits));
        assert_eq!(feed.end_of_segment(), source.len());
    }
}
