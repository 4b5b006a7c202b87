//! The cosine transform both ways (T.81, A.3.3), eight columns at a time so that the compiler can use the vectors of any machine.
//!
//! Arai, Agui and Nakajima's factorisation: what it leaves out of each coefficient is put into the quantisation steps ([`forward_steps`],
//! [`inverse_steps`]).

use crate::coefficients::{Block, NATURAL};

/// The factor that the transform leaves out of each row and column.
const LEFT_OUT: [f32; 8] = [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

/// Added to a number, leaves its nearest whole number in the low bits: vectors of old machines know no rounding.
const ROUNDING: f32 = 12_582_912.0;

type Line = [f32; 8];
type Square = [Line; 8];

/// What to divide each coefficient by, in natural order, as factors.
pub(crate) fn forward_steps(steps: &[u16; 64]) -> [f32; 64] {
    let mut factors = [0.0; 64];
    for (natural, step) in NATURAL.iter().map(|&natural| usize::from(natural)).zip(steps) {
        factors[natural] = 1.0 / (8.0 * f32::from(*step) * LEFT_OUT[natural / 8] * LEFT_OUT[natural % 8]);
    }
    factors
}

/// What to multiply each coefficient by, in zig-zag order.
pub(crate) fn inverse_steps(steps: &[u16; 64]) -> [f32; 64] {
    std::array::from_fn(|place| {
        let natural = usize::from(NATURAL[place]);
        f32::from(steps[place]) * LEFT_OUT[natural / 8] * LEFT_OUT[natural % 8] / 8.0
    })
}

/// Transforms and quantises samples that are centred on zero.
pub(crate) fn forward(samples: &Square, factors: &[f32; 64]) -> Block {
    let mut square = forward_lines(samples);
    square = forward_lines(&transposed(&square));
    let square = transposed(&square);
    let mut quantised = [0_i16; 64];
    for (row, line) in square.iter().enumerate() {
        for column in 0..8 {
            quantised[row * 8 + column] = nearest(line[column] * factors[row * 8 + column]) as i16;
        }
    }
    Block::new(std::array::from_fn(|place| quantised[usize::from(NATURAL[place])]))
}

/// The 8x8 samples of a block, row after row.
pub(crate) fn inverse(block: &Block, factors: &[f32; 64]) -> [[u8; 8]; 8] {
    if block.is_flat() {
        return [[sample(block.direct() as f32 * factors[0]); 8]; 8];
    }
    let mut square: Square = [[0.0; 8]; 8];
    block.each_from(0, |place, value| {
        let natural = usize::from(NATURAL[place]);
        // Transposed: the first pass then leaves rows for the second.
        square[natural % 8][natural / 8] = f32::from(value) * factors[place];
    });
    let square = inverse_lines(&transposed(&inverse_lines(&square)));
    let mut samples = [[0; 8]; 8];
    for (out, line) in samples.iter_mut().zip(&square) {
        for (out, number) in out.iter_mut().zip(line) {
            *out = sample(*number);
        }
    }
    samples
}

/// A block at half its size: the 4x4 samples that its lowest frequencies make.
pub(crate) fn inverse_half(block: &Block, steps: &[f32; 64]) -> [[u8; 4]; 4] {
    if block.is_flat() {
        return [[sample(block.direct() as f32 * steps[0]); 4]; 4];
    }
    let mut square = [[0.0; 4]; 4];
    block.each_from(0, |place, value| {
        let natural = usize::from(NATURAL[place]);
        if natural & 0b100_100 == 0 {
            square[natural & 3][natural >> 3] = f32::from(value) * steps[place];
        }
    });
    let lines = half_lines(&square);
    let turned: [[f32; 4]; 4] = std::array::from_fn(|row| std::array::from_fn(|column| lines[column][row]));
    let lines = half_lines(&turned);
    std::array::from_fn(|row| std::array::from_fn(|column| sample(lines[row][column])))
}

/// What to multiply each coefficient by for half the size, in zig-zag order.
pub(crate) fn half_steps(steps: &[u16; 64]) -> [f32; 64] {
    std::array::from_fn(|place| f32::from(steps[place]) / 8.0)
}

#[inline(always)]
fn half_lines([a, b, c, d]: &[[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let of = |line: fn(f32, f32, f32, f32) -> f32| std::array::from_fn(|at| line(a[at], b[at], c[at], d[at]));
    [
        of(|a, b, c, d| a + c + b * 1.306_563 + d * 0.541_196_1),
        of(|a, b, c, d| a - c + b * 0.541_196_1 - d * 1.306_563),
        of(|a, b, c, d| a - c - b * 0.541_196_1 + d * 1.306_563),
        of(|a, b, c, d| a + c - b * 1.306_563 - d * 0.541_196_1),
    ]
}

/// The nearest whole number, for numbers that a coefficient may be.
#[inline(always)]
fn nearest(number: f32) -> i32 {
    (number.clamp(-32_000.0, 32_000.0) + ROUNDING).to_bits() as i32 - ROUNDING.to_bits() as i32
}

/// A sample from a number that is centred on zero.
#[inline(always)]
fn sample(number: f32) -> u8 {
    let whole = (number.clamp(-128.0, 127.0) + (ROUNDING + 128.0)).to_bits();
    (whole & 0xFF) as u8
}

#[inline(always)]
fn transposed(square: &Square) -> Square {
    std::array::from_fn(|row| std::array::from_fn(|column| square[column][row]))
}

#[inline(always)]
fn plus(a: Line, b: Line) -> Line {
    std::array::from_fn(|at| a[at] + b[at])
}

#[inline(always)]
fn minus(a: Line, b: Line) -> Line {
    std::array::from_fn(|at| a[at] - b[at])
}

#[inline(always)]
fn times(a: Line, factor: f32) -> Line {
    std::array::from_fn(|at| a[at] * factor)
}

/// The one-dimensional transform of all columns.
#[inline(always)]
fn forward_lines(square: &Square) -> Square {
    let [d0, d1, d2, d3, d4, d5, d6, d7] = *square;
    let (s0, s7, s1, s6) = (plus(d0, d7), minus(d0, d7), plus(d1, d6), minus(d1, d6));
    let (s2, s5, s3, s4) = (plus(d2, d5), minus(d2, d5), plus(d3, d4), minus(d3, d4));
    let (even0, even3, even1, even2) = (plus(s0, s3), minus(s0, s3), plus(s1, s2), minus(s1, s2));
    let turned = times(plus(even2, even3), std::f32::consts::FRAC_1_SQRT_2);
    let (odd0, odd1, odd2) = (plus(s4, s5), plus(s5, s6), plus(s6, s7));
    let shared = times(minus(odd0, odd2), 0.382_683_43);
    let (z2, z4) = (plus(times(odd0, 0.541_196_1), shared), plus(times(odd2, 1.306_563), shared));
    let z3 = times(odd1, std::f32::consts::FRAC_1_SQRT_2);
    let (z11, z13) = (plus(s7, z3), minus(s7, z3));
    [plus(even0, even1), plus(z11, z4), plus(even3, turned), minus(z13, z2), minus(even0, even1), plus(z13, z2), minus(even3, turned), minus(z11, z4)]
}

/// The one-dimensional inverse of all columns.
#[inline(always)]
fn inverse_lines(square: &Square) -> Square {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = *square;
    let (t10, t11, t13) = (plus(c0, c4), minus(c0, c4), plus(c2, c6));
    let t12 = minus(times(minus(c2, c6), std::f32::consts::SQRT_2), t13);
    let (even0, even3, even1, even2) = (plus(t10, t13), minus(t10, t13), plus(t11, t12), minus(t11, t12));
    let (z13, z10, z11, z12) = (plus(c5, c3), minus(c5, c3), plus(c1, c7), minus(c1, c7));
    let odd7 = plus(z11, z13);
    let z5 = times(plus(z10, z12), 1.847_759_1);
    let odd6 = minus(minus(z5, times(z10, 2.613_125_8)), odd7);
    let odd5 = minus(times(minus(z11, z13), std::f32::consts::SQRT_2), odd6);
    let odd4 = plus(minus(times(z12, 1.082_392_2), z5), odd5);
    [
        plus(even0, odd7),
        plus(even1, odd6),
        plus(even2, odd5),
        minus(even3, odd4),
        plus(even3, odd4),
        minus(even2, odd5),
        minus(even1, odd6),
        minus(even0, odd7),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A weave: samples that differ in every row and column.
    fn weave() -> [[u8; 8]; 8] {
        std::array::from_fn(|row| std::array::from_fn(|column| ((row * 37 + column * column * 11 + row * column * 5) % 256) as u8))
    }

    #[test]
    fn there_and_back_gives_the_same_weave() {
        let centred = weave().map(|line| line.map(|sample| f32::from(sample) - 128.0));
        let block = forward(&centred, &forward_steps(&[1; 64]));
        let back = inverse(&block, &inverse_steps(&[1; 64]));
        for (line, expected) in back.iter().zip(weave()) {
            assert!(line.iter().zip(expected).all(|(now, before)| now.abs_diff(before) <= 1), "{line:?} was {expected:?}");
        }
    }

    #[test]
    fn half_the_size_is_near_the_mean_of_each_four() {
        let slope: [[f32; 8]; 8] = std::array::from_fn(|row| std::array::from_fn(|column| row as f32 * 9.0 - column as f32 * 4.0));
        let half = inverse_half(&forward(&slope, &forward_steps(&[1; 64])), &half_steps(&[1; 64]));
        for (row, line) in half.iter().enumerate() {
            for (column, &seen) in line.iter().enumerate() {
                let mean = 128.0 + row as f32 * 18.0 + 4.5 - column as f32 * 8.0 - 2.0;
                assert!((f32::from(seen) - mean).abs() < 4.0, "{half:?}");
            }
        }
    }

    #[test]
    fn numbers_that_no_picture_has_are_clamped() {
        let wild = Block::new([i16::MAX; 64]);
        let _ = inverse(&wild, &inverse_steps(&[u16::MAX; 64]));
        let _ = inverse_half(&wild, &half_steps(&[u16::MAX; 64]));
        assert_eq!((sample(1e9), sample(-1e9), sample(0.4)), (255, 0, 128));
    }
}
