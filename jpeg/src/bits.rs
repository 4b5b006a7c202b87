//! Bits of entropy-coded data, most significant first, from a window of clean bytes (ITU-T T.81, F.2.2.5).

/// Bytes in the window that entropy-coded data passes through; small enough to stay in the second-level cache.
pub(crate) const WINDOW: usize = 96 * 1024;

/// Clean bytes: the stuffing zero after 0xFF is already gone.
pub(crate) type Window = [u8; WINDOW];

/// A reservoir of up to 64 bits over a [`Window`]. After [`Bits::refill`] at least 56 bits are there; past the end they are zero.
///
/// Functions that are not inlined take and return it by value: a reference would keep the hot loop from holding it in registers.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Bits {
    /// The next bits, from the highest downwards. Bits below the counted ones are either zero or true copies of what follows.
    buffer: u64,
    /// How many bits of the buffer count as read from the window.
    count: u32,
    /// The window byte that the next refill begins with.
    position: usize,
}

impl Bits {
    /// Begins at a byte of the window.
    pub(crate) fn at(position: usize) -> Self {
        Self { buffer: 0, count: 0, position }
    }

    /// The window byte that the next refill begins with.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Tells that the window's bytes have moved towards its start by `distance`.
    pub(crate) fn moved(&mut self, distance: usize) {
        self.position = self.position.saturating_sub(distance);
    }

    /// Bits consumed since the start of the window.
    pub(crate) fn consumed(&self) -> usize {
        (self.position * 8).saturating_sub(self.count as usize)
    }

    /// Fills up to at least 56 bits without a branch that depends on the data.
    #[inline(always)]
    pub(crate) fn refill(&mut self, window: &Window) {
        let next = if self.position <= WINDOW - 8 { eight_bytes(window, self.position) } else { 0 };
        self.buffer |= next >> (self.count & 63);
        self.position += (63_u32.wrapping_sub(self.count) >> 3) as usize;
        self.count |= 56;
    }

    /// The next `N` bits (1 to 32) without consuming them.
    #[inline(always)]
    pub(crate) fn peek<const N: u32>(&self) -> usize {
        (self.buffer >> (64 - N)) as usize
    }

    /// Takes `length` bits (at most 31, and at most what the last refill left).
    #[inline(always)]
    pub(crate) fn consume(&mut self, length: u32) {
        self.buffer <<= length & 63;
        self.count = self.count.wrapping_sub(length);
    }

    /// Gives back the `length` bits consumed last. At most 64 bits before the position may be asked for.
    pub(crate) fn unread(self, length: u32, window: &Window) -> Self {
        let target = self.consumed().saturating_sub(length as usize);
        let mut bits = Self::at(target / 8);
        bits.refill(window);
        bits.consume((target % 8) as u32);
        bits
    }

    /// The signed value in `size` bits that follow `skip` bits (T.81, F.2.2.1 "EXTEND"), not consumed. Zero for size 0.
    #[inline(always)]
    pub(crate) fn signed(&self, skip: u32, size: u32) -> i32 {
        let aligned = self.buffer << (skip & 63);
        let positive = (aligned as i64) >> 63;
        let magnitude = (aligned >> 1) >> (63 - (size & 63));
        let offset = ((1_i64 << (size & 31)) - 1) & !positive;
        (magnitude as i64 - offset) as i32
    }
}

#[inline(always)]
fn eight_bytes(window: &Window, position: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&window[position..position + 8]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_extended_as_the_standard_says() {
        let mut window = Box::new([0_u8; WINDOW]);
        window[0] = 0b0110_1001;
        let mut bits = Bits::at(0);
        bits.refill(&window);
        assert_eq!(bits.signed(0, 0), 0);
        assert_eq!(bits.signed(0, 3), 3 - 7);
        assert_eq!(bits.signed(1, 2), 3);
        bits.consume(1);
        assert_eq!(bits.peek::<2>(), 3);
        bits.consume(5);
        let bits = bits.unread(5, &window);
        assert_eq!((bits.peek::<2>(), bits.consumed()), (3, 1));
    }

    #[test]
    fn past_the_window_there_are_only_zeros() {
        let window = Box::new([0xFF_u8; WINDOW]);
        let mut bits = Bits::at(WINDOW - 4);
        bits.refill(&window);
        bits.consume(20);
        bits.refill(&window);
        assert_eq!(bits.peek::<16>(), 0);
    }
}
