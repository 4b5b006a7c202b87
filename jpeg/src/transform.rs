//! From the lowest frequencies of a block to 1, 2 or 4 pixels a side: the inverse DCT (T.81, A.3.3) of the truncated spectrum.
//!
//! With a 4-wide corner each side contributes a factor of `sqrt(1/8)`, whatever the number of pixels, so that a final shift by 3 is
//! exact for all sizes.

use crate::block::Corner;

/// `sqrt(2) * cos(pi / 8)` and `sqrt(2) * cos(3 * pi / 8)` in 1/4096.
const COSINES: (i32, i32) = (5352, 2217);

/// No real coefficient is larger; with it no sum below overflows.
const LARGEST: i32 = 1 << 15;

/// A pixel from a sum that is eight times too large and centred on zero.
#[inline(always)]
pub(crate) fn pixel(sum: i32) -> u8 {
    ((sum.saturating_add(4) >> 3).saturating_add(128)).clamp(0, 255) as u8
}

/// Four pixels, row after row, from the lowest 2x2 coefficients.
#[inline(always)]
pub(crate) fn two_by_two(corner: &Corner) -> [u8; 4] {
    let [a, b, c, d] = [corner[0], corner[1], corner[4], corner[5]].map(|value| value.clamp(-LARGEST, LARGEST));
    [pixel(a + b + c + d), pixel(a - b + c - d), pixel(a + b - c - d), pixel(a - b - c + d)]
}

/// `across` x `down` pixels (1, 2 or 4 each) in rows of four.
pub(crate) fn any(corner: &Corner, across: usize, down: usize) -> [u8; 16] {
    let mut values: [i32; 16] = std::array::from_fn(|slot| corner[slot].clamp(-LARGEST, LARGEST));
    for column in 0..4 {
        let side = line([values[column], values[4 + column], values[8 + column], values[12 + column]], down);
        for (row, value) in side.into_iter().enumerate() {
            values[row * 4 + column] = value;
        }
    }
    let mut pixels = [0; 16];
    for (row, out) in values.chunks_exact(4).zip(pixels.chunks_exact_mut(4)) {
        let side = line([row[0], row[1], row[2], row[3]], across);
        for (slot, value) in out.iter_mut().zip(side) {
            *slot = pixel(value);
        }
    }
    pixels
}

/// The inverse transform of one row or column to as many points.
#[inline(always)]
fn line([a, b, c, d]: [i32; 4], points: usize) -> [i32; 4] {
    match points {
        1 => [a, 0, 0, 0],
        2 => [a + b, a - b, 0, 0],
        _ => {
            let (even, odd) = ([a + c, a - c], [times(b, COSINES.0) + times(d, COSINES.1), times(b, COSINES.1) - times(d, COSINES.0)]);
            [even[0] + odd[0], even[1] + odd[1], even[1] - odd[1], even[0] - odd[0]]
        }
    }
}

/// A product with a number in 1/4096, rounded. 64 bits, because damaged files have any coefficient.
#[inline(always)]
fn times(value: i32, factor: i32) -> i32 {
    ((i64::from(value) * i64::from(factor) + 2048) >> 12) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_block_is_flat_at_every_size() {
        let mut corner = [0; 32];
        corner[0] = 8 * 50;
        assert_eq!(two_by_two(&corner), [178; 4]);
        for (across, down) in [(1, 1), (2, 1), (1, 2), (4, 2), (2, 4), (4, 4)] {
            assert_eq!(any(&corner, across, down)[0], 178);
        }
        corner = [i32::MIN; 32];
        assert_eq!(any(&corner, 4, 4)[0], 0);
    }

    #[test]
    fn both_ways_to_four_pixels_agree() {
        let mut corner = [0; 32];
        (corner[0], corner[1], corner[4], corner[5]) = (123, -456, 78, 200);
        let general = any(&corner, 2, 2);
        assert_eq!(two_by_two(&corner), [general[0], general[1], general[4], general[5]]);
    }
}
