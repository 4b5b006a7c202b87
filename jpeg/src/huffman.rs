//! Huffman tables (T.81, annex C) and the two tables that make them fast: one symbol at a time, and many symbols skipped at once.

use std::sync::{Arc, LazyLock};

use crate::Error;
use crate::bits::{Bits, Window};
use crate::write::{ALTERNATING, DIRECT, Table};

/// Bits looked at to read one symbol.
pub(crate) const SINGLE_BITS: u32 = 10;
/// Bits looked at to skip several symbols.
pub(crate) const SKIP_BITS: u32 = 13;
/// No entry of the skipping table takes more bits, so that three entries fit into one refill.
const SKIP_LONGEST: u32 = 18;
/// No entry of the single table takes more bits: one of these and two of the skipping table fit into one refill.
const SINGLE_LONGEST: u32 = 20;
/// Added to the advance of an entry that contains an end of block.
pub(crate) const END_OF_BLOCK: u32 = 128;
/// The advance of an entry that must be read by [`Huffman::slow`]; never a possible sum of runs.
const SLOW_ADVANCE: u16 = 255;

/// What a file says about one Huffman table: how many codes of each length, and their symbols in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Number of codes of 1 to 16 bits.
    pub(crate) counts: [u8; 16],
    /// One symbol for each code.
    pub(crate) symbols: Vec<u8>,
}

/// A Huffman table ready to decode.
#[derive(Debug)]
pub(crate) struct Huffman {
    /// By the next bits: total length (5 bits), size (4 bits) from bit 5, advance before the coefficient (7 bits) from bit 9. Zero: slow.
    pub(crate) single: Box<[u16; 1 << SINGLE_BITS]>,
    /// By the next bits: total length (5 bits), advance (8 bits) from bit 5 of as many whole AC symbols as are visible.
    pub(crate) skip: Box<[u16; 1 << SKIP_BITS]>,
    symbols: Vec<u8>,
    /// For each length, the first code, left-aligned in 16 bits, that is longer.
    limits: [u32; 16],
    /// For each length, what to add to a code to get the index of its symbol.
    offsets: [i32; 16],
}

/// The tables of annex K: all tiles have them, and so has most of what cameras write. To make them takes as long as to read a block
/// of 64 × 64 pixels.
static USUAL: LazyLock<Vec<(Spec, bool, Arc<Huffman>)>> = LazyLock::new(|| {
    let ready = |((counts, symbols), alternating): (Table, bool)| {
        let spec = Spec { counts, symbols: symbols.to_vec() };
        Huffman::new(&spec, alternating).ok().map(|table| (spec, alternating, Arc::new(table)))
    };
    let (direct, alternating) = (DIRECT.map(|table| (table, false)), ALTERNATING.map(|table| (table, true)));
    direct.into_iter().chain(alternating).filter_map(ready).collect()
});

impl Huffman {
    /// Returns the tables, which are made once where they are the usual ones.
    pub(crate) fn shared(spec: &Spec, alternating: bool) -> Result<Arc<Self>, Error> {
        let usual = USUAL.iter().find(|(known, kind, _)| *kind == alternating && known == spec);
        usual.map_or_else(|| Self::new(spec, alternating).map(Arc::new), |(.., table)| Ok(Arc::clone(table)))
    }

    /// Makes the tables. A table for DC values needs no skipping table, so `alternating` is false there.
    pub(crate) fn new(spec: &Spec, alternating: bool) -> Result<Self, Error> {
        let mut table = Self {
            single: Box::new([0; 1 << SINGLE_BITS]),
            skip: Box::new([SLOW_ADVANCE << 5; 1 << SKIP_BITS]),
            symbols: spec.symbols.clone(),
            limits: [0; 16],
            offsets: [0; 16],
        };
        let mut visible = vec![(0_u8, 0_u8); 1 << SKIP_BITS];
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(&spec.counts) {
            let slot = length as usize - 1;
            table.offsets[slot] = index as i32 - code as i32;
            for _ in 0..count {
                let &symbol = spec.symbols.get(index).ok_or(Error::Damaged("a Huffman table has fewer symbols than codes"))?;
                if code >= 1 << length {
                    return Err(Error::Damaged("a Huffman table has more codes than fit"));
                }
                fill(table.single.as_mut_slice(), SINGLE_BITS, code, length, single_entry(length, symbol, alternating));
                fill(&mut visible, SKIP_BITS, code, length, (length as u8, symbol));
                code += 1;
                index += 1;
            }
            table.limits[slot] = code << (16 - length);
            code <<= 1;
        }
        if alternating {
            for (pattern, entry) in table.skip.iter_mut().enumerate() {
                *entry = skip_entry(pattern, &visible).unwrap_or(*entry);
            }
        }
        Ok(table)
    }

    /// Reads one symbol of any length, or nothing where no code fits. The reservoir is full after it.
    pub(crate) fn slow(&self, mut bits: Bits, window: &Window) -> Option<(Bits, u8)> {
        bits.refill(window);
        let next = bits.peek::<16>() as u32;
        for (slot, &limit) in self.limits.iter().enumerate() {
            if next < limit {
                let code = (next >> (15 - slot)) as i32;
                bits.consume(slot as u32 + 1);
                bits.refill(window);
                let index = usize::try_from(code + self.offsets[slot]).ok()?;
                return self.symbols.get(index).map(|&symbol| (bits, symbol));
            }
        }
        None
    }
}

/// Writes an entry at every pattern that begins with the code, if the code is short enough.
fn fill<T: Copy>(table: &mut [T], table_bits: u32, code: u32, length: u32, entry: T) {
    if length <= table_bits {
        let first = (code << (table_bits - length)) as usize;
        let patterns = 1_usize << (table_bits - length);
        if let Some(slots) = table.get_mut(first..first + patterns) {
            slots.fill(entry);
        }
    }
}

/// The entry for one symbol. In an AC table the high half of the symbol is a run, and size 0 with a run below 15 ends the block.
fn single_entry(length: u32, symbol: u8, alternating: bool) -> u16 {
    let size = u32::from(symbol & 15);
    let total = length + size;
    let ends = alternating && size == 0 && symbol >> 4 < 15;
    let advance = if ends { 64 } else { u16::from(symbol >> 4) };
    // A DC symbol of 16 and more is left to the slow path, which refuses it.
    if total > SINGLE_LONGEST || (!alternating && symbol > 15) { 0 } else { total as u16 | (size as u16) << 5 | advance << 9 }
}

/// As many whole AC symbols as the pattern shows. A value may reach beyond the pattern: it is skipped, not read.
fn skip_entry(pattern: usize, visible: &[(u8, u8)]) -> Option<u16> {
    let (mut used, mut advance) = (0_u32, 0_u32);
    while used < SKIP_BITS {
        let rest = (pattern << used) & ((1 << SKIP_BITS) - 1);
        let &(length, symbol) = visible.get(rest)?;
        let (length, size, run) = (u32::from(length), u32::from(symbol & 15), u32::from(symbol >> 4));
        if length == 0 || used + length > SKIP_BITS || used + length + size > SKIP_LONGEST {
            break;
        }
        if size == 0 && run < 15 {
            advance += END_OF_BLOCK;
            used += length;
            break;
        }
        if advance + run + 1 > 63 {
            break;
        }
        advance += run + 1;
        used += length + size;
    }
    (used > 0).then_some((used | advance << 5) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_cannot_be_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(matches!(Huffman::new(&Spec { counts, symbols: vec![1, 2, 3] }, true), Err(Error::Damaged(why)) if why.contains("more codes")));
        counts[0] = 2;
        assert!(matches!(Huffman::new(&Spec { counts, symbols: vec![1] }, true), Err(Error::Damaged(why)) if why.contains("fewer symbols")));
    }

    #[test]
    fn one_look_skips_several_symbols_and_stops_at_the_end_of_the_block() {
        // 0: a value of 1 bit; 10: end of block; 110: run of 2, then a value of 2 bits.
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[2]) = (1, 1, 1);
        let table = Huffman::new(&Spec { counts, symbols: vec![0x01, 0x00, 0x22] }, true).expect("a good table");
        // 01 00 110-11 10, then two bits that are not looked at.
        let entry = u32::from(table.skip[0b0_1001_1011_1000]);
        assert_eq!((entry & 31, entry >> 5), (11, 1 + 1 + 3 + END_OF_BLOCK));
        // A code that no symbol has is left to the slow path.
        assert_eq!(u32::from(table.skip[0x1FFF]), u32::from(SLOW_ADVANCE) << 5);
    }
}
