//! Pieces of a content on their way to the disk.

use std::io::{self, Read};

/// Disks take bytes without a copy in between if address and length are multiples of this.
pub(super) const BLOCK: usize = 4096;

/// A buffer at an address that a disk can take from directly. What was read stands at its beginning.
#[derive(Debug)]
pub struct Piece {
    room: Vec<u8>,
    /// Where in `room` the first block begins.
    start: usize,
    /// How much fits, in bytes.
    size: usize,
    filled: usize,
}

impl Piece {
    /// Returns an empty piece for `size` bytes, rounded up to whole blocks.
    pub fn new(size: usize) -> Self {
        let size = size.next_multiple_of(BLOCK);
        let room = vec![0; size + BLOCK];
        let start = room.as_ptr().align_offset(BLOCK).min(BLOCK);
        Self { room, start, size, filled: 0 }
    }

    /// Reads until the piece is full or the source is at its end; returns how many bytes it holds.
    pub fn fill(&mut self, source: &mut dyn Read) -> io::Result<usize> {
        self.filled = 0;
        while self.filled < self.size {
            match source.read(&mut self.room[self.start + self.filled..self.start + self.size]) {
                Ok(0) => break,
                Ok(length) => self.filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.filled)
    }

    /// Returns what was read.
    pub fn bytes(&self) -> &[u8] {
        &self.room[self.start..self.start + self.filled]
    }

    /// Whether no more fits.
    pub fn is_full(&self) -> bool {
        self.filled == self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_aligned_and_holds_whole_blocks() {
        let mut piece = Piece::new(10_000);
        assert_eq!(piece.fill(&mut [7_u8; 9000].as_slice()).unwrap(), 9000);
        assert_eq!((piece.bytes().len(), piece.is_full()), (9000, false));
        assert_eq!(piece.bytes().as_ptr().align_offset(BLOCK), 0);
        assert_eq!(piece.fill(&mut [1_u8; 99_999].as_slice()).unwrap(), 12_288);
        assert!(piece.is_full());
    }
}
