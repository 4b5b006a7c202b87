//! A whole block of 8x8 coefficients in sequential mode (T.81, F.2.2).

use crate::bits::{Bits, Window};
use crate::block::{direct, value};
use crate::huffman::Huffman;

/// Where each place in zig-zag order stands in the block, row after row (T.81, figure A.6).
pub(crate) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43,
    36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The quantised coefficients of a block in zig-zag order. Most are zero, so that only those count that `places` names.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    values: [i16; 64],
    /// One bit for each place with a value other than zero, the lowest for the first.
    places: u64,
}

impl Block {
    /// All zeros: grey.
    pub(crate) const GREY: Self = Self { values: [0; 64], places: 0 };

    /// Takes all coefficients, in zig-zag order.
    #[inline(always)]
    pub(crate) fn new(values: [i16; 64]) -> Self {
        let places = (0..64).fold(0, |places, place| places | u64::from(values[place] != 0) << place);
        Self { values, places }
    }

    /// The mean of the block, as it was quantised.
    #[inline(always)]
    pub(crate) fn direct(&self) -> i32 {
        if self.places & 1 == 0 { 0 } else { i32::from(self.values[0]) }
    }

    /// Whether nothing but the mean is there.
    #[inline(always)]
    pub(crate) fn is_flat(&self) -> bool {
        self.places <= 1
    }

    /// Visits place and value of each coefficient from `first` on that is not zero, in zig-zag order.
    #[inline(always)]
    pub(crate) fn each_from(&self, first: u32, mut visit: impl FnMut(usize, i16)) {
        let mut rest = self.places & (u64::MAX << first);
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            visit(place, self.values[place]);
            rest &= rest - 1;
        }
    }

    /// Reads a block whose mean is told as the difference to `mean`. `None`: the codes are not of these tables.
    #[inline(always)]
    pub(crate) fn read(&mut self, bits: &mut Bits, window: &Window, (dc, ac): (&Huffman, &Huffman), mean: &mut i32) -> Option<()> {
        bits.refill(window);
        *mean = mean.wrapping_add(direct(bits, window, dc)?);
        self.values[0] = *mean as i16;
        let mut places = u64::from(self.values[0] != 0);
        let mut place = 1_u32;
        loop {
            bits.refill(window);
            let value = value(bits, window, ac, &mut place)?;
            if place > 63 {
                break;
            }
            self.values[place as usize] = value as i16;
            places |= u64::from(value != 0) << place;
            place += 1;
            if place > 63 {
                break;
            }
        }
        self.places = places;
        Some(())
    }
}
