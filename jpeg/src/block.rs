//! One block of 8x8 coefficients in sequential mode (T.81, F.2.2): only its lowest frequencies are read, the others are skipped.

use crate::bits::{Bits, Window};
use crate::huffman::{END_OF_BLOCK, Huffman, SINGLE_BITS, SKIP_BITS};

/// The coefficients kept of a block, four in a row; the last sixteen slots take what nobody wants.
pub(crate) type Corner = [i32; 32];

/// For each place in zig-zag order, the slot in a [`Corner`]: `row * 4 + column` in the lowest 4x4, else 31 (T.81, figure A.6).
const SLOTS: [u8; 64] = {
    let mut slots = [31; 64];
    let inside =
        [(0, 0), (1, 1), (2, 4), (3, 8), (4, 5), (5, 2), (6, 3), (7, 6), (8, 9), (9, 12), (11, 13), (12, 10), (13, 7), (17, 11), (18, 14), (24, 15)];
    let mut next = 0;
    while next < inside.len() {
        let (place, slot) = inside[next];
        slots[place] = slot;
        next += 1;
    }
    slots
};

/// Reads the difference of a block's DC value and skips everything else. `None`: the codes are not of this table.
#[inline(always)]
pub(crate) fn mean(bits: &mut Bits, window: &Window, dc: &Huffman, ac: &Huffman) -> Option<i32> {
    bits.refill(window);
    let difference = direct(bits, window, dc)?;
    skip(bits, window, ac, 1)?;
    Some(difference)
}

/// Reads the difference of a block's DC value, and its AC values up to the place `last` in zig-zag order into `corner`, multiplied by `steps`.
#[inline(always)]
pub(crate) fn corner(
    bits: &mut Bits, window: &Window, tables: (&Huffman, &Huffman), last: u32, steps: &[i32; 64], corner: &mut Corner,
) -> Option<i32> {
    let (dc, ac) = tables;
    bits.refill(window);
    let difference = direct(bits, window, dc)?;
    let mut place = 1_u32;
    while place <= last {
        let value = value(bits, window, ac, &mut place)?;
        let natural = (place & 63) as usize;
        corner[usize::from(SLOTS[natural] & 31)] = value.wrapping_mul(steps[natural]);
        place += 1;
        bits.refill(window);
    }
    if place < 64 { skip(bits, window, ac, place).map(|()| difference) } else { Some(difference) }
}

/// Reads an AC value and moves `place` from where its run of zeros begins to where it stands; beyond 63 there is none, and the
/// block is over (T.81, F.2.2.2).
#[inline(always)]
pub(crate) fn value(bits: &mut Bits, window: &Window, ac: &Huffman, place: &mut u32) -> Option<i32> {
    let entry = u32::from(ac.single[bits.peek::<SINGLE_BITS>()]);
    if entry == 0 {
        let (after, run, value) = slow_value(*bits, window, ac)?;
        *bits = after;
        *place += run;
        return Some(value);
    }
    let (total, size) = (entry & 31, entry >> 5 & 15);
    let value = bits.signed(total - size, size);
    bits.consume(total);
    *place += entry >> 9;
    Some(value)
}

/// Reads a DC difference (T.81, F.2.2.1). At least 36 bits are left in the reservoir.
#[inline(always)]
pub(crate) fn direct(bits: &mut Bits, window: &Window, dc: &Huffman) -> Option<i32> {
    let entry = u32::from(dc.single[bits.peek::<SINGLE_BITS>()]);
    if entry == 0 {
        let (after, value) = slow_direct(*bits, window, dc)?;
        *bits = after;
        return Some(value);
    }
    let (total, size) = (entry & 31, entry >> 5 & 15);
    let value = bits.signed(total - size, size);
    bits.consume(total);
    Some(value)
}

#[cold]
#[inline(never)]
fn slow_direct(bits: Bits, window: &Window, dc: &Huffman) -> Option<(Bits, i32)> {
    let (mut bits, size) = dc.slow(bits, window)?;
    if size > 15 {
        return None;
    }
    let value = bits.signed(0, u32::from(size));
    bits.consume(u32::from(size));
    bits.refill(window);
    Some((bits, value))
}

/// Reads one AC symbol of any length: how many places to go on before the value, and the value. An end of block goes 64 places on.
#[cold]
#[inline(never)]
fn slow_value(bits: Bits, window: &Window, ac: &Huffman) -> Option<(Bits, u32, i32)> {
    let (mut bits, symbol) = ac.slow(bits, window)?;
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    let value = bits.signed(0, size);
    bits.consume(size);
    bits.refill(window);
    Some((bits, if size == 0 && run < 15 { 64 } else { run }, value))
}

/// Skips the AC symbols from `place` to the end of the block. Begins with at least 36 bits in the reservoir.
#[inline(always)]
fn skip(bits: &mut Bits, window: &Window, ac: &Huffman, mut place: u32) -> Option<()> {
    let mut entries_left = 2;
    loop {
        let entry = u32::from(ac.skip[bits.peek::<SKIP_BITS>()]);
        bits.consume(entry & 31);
        place += entry >> 5;
        if place >= 64 {
            if place == 64 || (END_OF_BLOCK..END_OF_BLOCK + 64).contains(&place) {
                return Some(());
            }
            // The entry was made without knowing the place: some of its symbols belong to the next block, or it holds none.
            let (after, run, _) = slow_value(bits.unread(entry & 31, window), window, ac)?;
            *bits = after;
            place = place - (entry >> 5) + run + 1;
            if place >= 64 {
                return Some(());
            }
            entries_left = 1;
        }
        entries_left -= 1;
        if entries_left == 0 {
            bits.refill(window);
            entries_left = 3;
        }
    }
}
