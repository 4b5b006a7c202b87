//! Makes numbers of the bytes of a row: undoes predictors (TIFF 6.0, section 14; Technical Note 3), unpacks bits, brings every depth to 16 bits.

use anyhow::{Result, bail, ensure};

use super::directory::Order;
use super::page::{Format, Page};

/// Turns one row of a chunk into samples of up to `page.maximum()`. `spare` is kept between calls to spare its memory.
///
/// # Errors
/// When the page says of its samples what cannot be.
pub(super) fn numbers(page: &Page, order: Order, row: &mut [u8], spare: &mut Vec<u8>, samples: &mut Vec<u16>) -> Result<()> {
    let order = unpredict(page, order, row, spare)?;
    samples.clear();
    match (page.bits, page.format) {
        (8, Format::Unsigned) => samples.extend(row.iter().map(|&byte| u16::from(byte))),
        (8, Format::Signed) => samples.extend(row.iter().map(|&byte| u16::from(byte) * u16::from(byte < 0x80))),
        (16, Format::Unsigned) => words(row, order, samples),
        (16, Format::Signed) => {
            words(row, order, samples);
            samples.iter_mut().for_each(|sample| *sample = positive(*sample));
        }
        (bits @ (24 | 32 | 64), Format::Unsigned) => wide(row, order, bits, samples, |number| number),
        (bits @ (24 | 32 | 64), Format::Signed) => wide(row, order, bits, samples, positive),
        (16, Format::Float) => floats(row, order, 2, samples, |number| half(number as u16)),
        (32, Format::Float) => floats(row, order, 4, samples, |number| f32::from_bits(number as u32)),
        (64, Format::Float) => floats(row, order, 8, samples, |number| f64::from_bits(number) as f32),
        (bits, Format::Unsigned) => packed(row, bits, samples),
        (bits, format) => bail!("samples of {bits} bits and format {format:?} are not known"),
    }
    Ok(())
}

/// Shows a number with a sign as other programs do: what is below nothing is black.
fn positive(number: u16) -> u16 {
    if number < 0x8000 { number } else { 0 }
}

fn words(row: &[u8], order: Order, samples: &mut Vec<u16>) {
    let (pairs, _) = row.as_chunks::<2>();
    match order {
        Order::Little => samples.extend(pairs.iter().map(|&pair| u16::from_le_bytes(pair))),
        Order::Big => samples.extend(pairs.iter().map(|&pair| u16::from_be_bytes(pair))),
    }
}

/// Keeps the upper 16 bits of longer numbers.
fn wide(row: &[u8], order: Order, bits: u16, samples: &mut Vec<u16>, change: impl Fn(u16) -> u16) {
    let upper = |number: &[u8]| change((order.number(number) >> (bits - 16)) as u16);
    samples.extend(row.chunks_exact(usize::from(bits) / 8).map(upper));
}

fn floats(row: &[u8], order: Order, size: usize, samples: &mut Vec<u16>, value: impl Fn(u64) -> f32) {
    // A number that is none becomes 0 by the cast.
    let sample = |number: &[u8]| (value(order.number(number)).clamp(0.0, 1.0) * 65535.0).round() as u16;
    samples.extend(row.chunks_exact(size).map(sample));
}

/// A floating point number of 16 bits (IEEE 754).
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction > 0.0 => f32::NAN,
        31 => f32::INFINITY,
        _ => (fraction + 1024.0) * 2f32.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// Samples of fewer than 16 bits, the first in the upper bits of the first byte.
fn packed(row: &[u8], bits: u16, samples: &mut Vec<u16>) {
    let mask = (1u32 << bits) - 1;
    let (mut window, mut held) = (0u32, 0u16);
    for &byte in row {
        window = (window << 8) | u32::from(byte);
        held += 8;
        while held >= bits {
            held -= bits;
            samples.push((window >> held & mask) as u16);
        }
    }
}

/// Undoes the predictor in place and tells the byte order afterwards.
fn unpredict(page: &Page, order: Order, row: &mut [u8], spare: &mut Vec<u8>) -> Result<Order> {
    let step = page.together();
    match (page.predictor, page.bits) {
        // JPEG, WebP and telefax have no predictor, whatever the page says.
        (1, _) | (_, 1) => Ok(order),
        _ if matches!(page.compression, 2..=4 | 7 | 50001) => Ok(order),
        (2, bits @ (8 | 16 | 32 | 64)) => {
            ensure!(page.subsampling == (1, 1), "shared colours with a predictor are not known");
            add_up(row, order, usize::from(bits) / 8, step);
            Ok(order)
        }
        (3, bits @ (16 | 24 | 32 | 64)) if page.format == Format::Float => {
            gather(row, usize::from(bits) / 8, step, spare);
            Ok(Order::Big)
        }
        (predictor, bits) => bail!("predictor {predictor} with samples of {bits} bits is not known"),
    }
}

/// Adds to each sample the one before it of the same colour.
fn add_up(row: &mut [u8], order: Order, size: usize, step: usize) {
    match (size, order) {
        (1, _) => add_each::<1, u8>(row, step, u8::from_le_bytes, u8::wrapping_add, u8::to_le_bytes),
        (2, Order::Little) => add_each::<2, u16>(row, step, u16::from_le_bytes, u16::wrapping_add, u16::to_le_bytes),
        (2, Order::Big) => add_each::<2, u16>(row, step, u16::from_be_bytes, u16::wrapping_add, u16::to_be_bytes),
        (4, Order::Little) => add_each::<4, u32>(row, step, u32::from_le_bytes, u32::wrapping_add, u32::to_le_bytes),
        (4, Order::Big) => add_each::<4, u32>(row, step, u32::from_be_bytes, u32::wrapping_add, u32::to_be_bytes),
        (_, Order::Little) => add_each::<8, u64>(row, step, u64::from_le_bytes, u64::wrapping_add, u64::to_le_bytes),
        (_, Order::Big) => add_each::<8, u64>(row, step, u64::from_be_bytes, u64::wrapping_add, u64::to_be_bytes),
    }
}

fn add_each<const SIZE: usize, T: Copy>(
    row: &mut [u8], step: usize, from: impl Fn([u8; SIZE]) -> T, add: impl Fn(T, T) -> T, to: impl Fn(T) -> [u8; SIZE],
) {
    let (samples, _) = row.as_chunks_mut::<SIZE>();
    for colour in 0..step {
        let mut before = None;
        for sample in samples.iter_mut().skip(colour).step_by(step) {
            let own = from(*sample);
            let sum = before.map_or(own, |before| add(before, own));
            *sample = to(sum);
            before = Some(sum);
        }
    }
}

/// Undoes the floating point predictor: first all upper bytes of the row, then all second ones, each told by the one before.
fn gather(row: &mut [u8], size: usize, step: usize, spare: &mut Vec<u8>) {
    add_each::<1, u8>(row, step, u8::from_le_bytes, u8::wrapping_add, u8::to_le_bytes);
    spare.clear();
    spare.extend_from_slice(row);
    let numbers = row.len() / size;
    for (place, plane) in spare.chunks_exact(numbers.max(1)).enumerate() {
        for (number, &byte) in row.chunks_exact_mut(size).zip(plane) {
            number.iter_mut().skip(place).take(1).for_each(|own| *own = byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_every_depth_keep_their_order() {
        let mut samples = Vec::new();
        packed(&[0b1011_0001], 1, &mut samples);
        assert_eq!(samples, [1, 0, 1, 1, 0, 0, 0, 1]);
        samples.clear();
        packed(&[0xAB, 0xCD, 0xEF], 12, &mut samples);
        assert_eq!(samples, [0xABC, 0xDEF]);
        samples.clear();
        wide(&[0x78, 0x56, 0x34, 0x12], Order::Little, 32, &mut samples, |number| number);
        assert_eq!(samples, [0x1234]);
    }

    #[test]
    fn what_is_not_a_number_is_black_and_what_is_brighter_than_white_is_white() {
        assert_eq!([0x3C00, 0x3800, 0x0001, 0xC000].map(half), [1.0, 0.5, 2f32.powi(-24), -2.0]);
        let bytes: Vec<u8> = [f32::NAN, -3.0, 0.5, f32::INFINITY].iter().flat_map(|value| value.to_be_bytes()).collect();
        let mut samples = Vec::new();
        floats(&bytes, Order::Big, 4, &mut samples, |number| f32::from_bits(number as u32));
        assert_eq!(samples, [0, 0, 32768, 65535]);
    }

    #[test]
    fn differences_add_up_again_for_each_colour() {
        let mut row = [10, 100, 5, 250, 1, 1];
        add_up(&mut row, Order::Little, 1, 2);
        assert_eq!(row, [10, 100, 15, 94, 16, 95]);
        let mut row = [0x01, 0xFF, 0x00, 0x02];
        add_up(&mut row, Order::Big, 2, 1);
        assert_eq!(row, [0x01, 0xFF, 0x02, 0x01]);
    }
}
