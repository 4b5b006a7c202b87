//! Readers that unpack the simple compressions of TIFF while rows are asked for.

use std::io::{self, BufRead, Read};

use weezl::decode::{Configuration, Decoder};
use weezl::{BitOrder, LzwStatus};

/// LZW (TIFF 6.0, section 13), also as its first writers did it, with the bits the other way round.
pub(super) struct LzwReader<R> {
    source: R,
    decoder: Decoder,
}

impl<R: BufRead> LzwReader<R> {
    /// Looks at the first bytes of `source` to see which of the two it is.
    ///
    /// # Errors
    /// When `source` cannot be read.
    pub(super) fn new(mut source: R) -> io::Result<Self> {
        // A stream begins with the code 256: its bits are 1 0000 0000 from the top, or the first byte is 0 when they stand from the bottom.
        let from_the_bottom = matches!(source.fill_buf()?, [0, second, ..] if second & 1 == 1);
        let configuration =
            if from_the_bottom { Configuration::new(BitOrder::Lsb, 8) } else { Configuration::with_tiff_size_switch(BitOrder::Msb, 8) };
        let decoder = configuration.with_yield_on_full_buffer(true).build();
        Ok(Self { source, decoder })
    }
}

impl<R: BufRead> Read for LzwReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let packed = self.source.fill_buf()?;
            let at_end = packed.is_empty();
            let result = self.decoder.decode_bytes(packed, out);
            self.source.consume(result.consumed_in);
            if result.consumed_out > 0 {
                return Ok(result.consumed_out);
            }
            match result.status {
                Ok(LzwStatus::Done) => return Ok(0),
                Ok(_) if at_end || (result.consumed_in == 0 && matches!(result.status, Ok(LzwStatus::NoProgress))) => return Ok(0),
                Ok(_) => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

/// Runs of bytes (TIFF 6.0, section 9, also in Photoshop files).
pub(crate) struct PackBitsReader<R> {
    source: R,
    state: Run,
}

#[derive(Clone, Copy)]
enum Run {
    /// A byte that tells what comes is next.
    Told,
    /// So many bytes come as they are.
    Plain(usize),
    /// So many times this byte.
    Same(usize, u8),
}

impl<R: BufRead> PackBitsReader<R> {
    /// Unpacks `source`.
    pub(crate) fn new(source: R) -> Self {
        Self { source, state: Run::Told }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.source.fill_buf()?.first().copied();
        self.source.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

impl<R: BufRead> Read for PackBitsReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !out.is_empty() {
            match self.state {
                Run::Told | Run::Plain(0) | Run::Same(0, _) => match self.byte()? {
                    None => return Ok(0),
                    Some(128) => {}
                    Some(count @ 0..128) => self.state = Run::Plain(usize::from(count) + 1),
                    Some(count) => match self.byte()? {
                        None => return Ok(0),
                        Some(byte) => self.state = Run::Same(257 - usize::from(count), byte),
                    },
                },
                Run::Plain(left) => {
                    let wanted = left.min(out.len());
                    let count = self.source.read(out.get_mut(..wanted).unwrap_or_default())?;
                    self.state = Run::Plain(left - count);
                    return Ok(count);
                }
                Run::Same(left, byte) => {
                    let count = left.min(out.len());
                    out.iter_mut().take(count).for_each(|place| *place = byte);
                    self.state = Run::Same(left - count, byte);
                    return Ok(count);
                }
            }
        }
        Ok(0)
    }
}

/// Turns the bits of every byte the other way round (tag 266).
pub(super) struct ReversedBits<R>(pub(super) R);

impl<R: Read> Read for ReversedBits<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(out)?;
        out.iter_mut().take(count).for_each(|byte| *byte = byte.reverse_bits());
        Ok(count)
    }
}

/// Gives each pixel its own three samples where several pixels share their colour differences (TIFF 6.0, section 21).
pub(super) struct SharedColours<R> {
    source: R,
    across: usize,
    down: usize,
    width: usize,
    units: Vec<u8>,
    rows: Vec<u8>,
    given: usize,
}

impl<R: Read> SharedColours<R> {
    /// Rows of `width` pixels, `sharing` of which across and down share their colours.
    pub(super) fn new(source: R, width: u32, sharing: (u32, u32)) -> Self {
        let (across, down, width) = (sharing.0 as usize, sharing.1 as usize, width as usize);
        let units = vec![0; width.div_ceil(across) * (across * down + 2)];
        let rows = vec![0; width * 3 * down];
        let given = rows.len();
        Self { source, across, down, width, units, rows, given }
    }

    fn spread(&mut self) {
        let (across, width) = (self.across, self.width);
        for (unit, bytes) in self.units.chunks_exact(across * self.down + 2).enumerate() {
            let (brightness, colours) = bytes.split_at(across * self.down);
            for (y, line) in brightness.chunks_exact(across).enumerate() {
                let columns = across.min(width.saturating_sub(unit * across));
                let start = (y * width + unit * across) * 3;
                let pixels = self.rows.get_mut(start..start + columns * 3).unwrap_or_default();
                for (pixel, &bright) in pixels.chunks_exact_mut(3).zip(line) {
                    if let ([y, blue, red], &[cb, cr]) = (pixel, colours) {
                        (*y, *blue, *red) = (bright, cb, cr);
                    }
                }
            }
        }
    }
}

impl<R: Read> Read for SharedColours<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.rows.len() {
            self.source.read_exact(&mut self.units)?;
            self.spread();
            self.given = 0;
        }
        let count = self.rows.get(self.given..).unwrap_or_default().read(out)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_indigo_come_back_and_a_cut_run_ends() {
        let packed = [254u8, 9, 128, 2, 1, 2, 3, 255, 7, 5, 4];
        let mut chàm = Vec::new();
        PackBitsReader::new(packed.as_slice()).read_to_end(&mut chàm).unwrap();
        assert_eq!(chàm, [9, 9, 9, 1, 2, 3, 7, 7, 4]);
    }

    #[test]
    fn lzw_comes_back_from_both_bit_orders() {
        let threads: Vec<u8> = (0..9000u32).map(|i| (i * i / 7) as u8).collect();
        let msb = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&threads).unwrap();
        let lsb = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&threads).unwrap();
        for packed in [msb, lsb] {
            let mut seen = Vec::new();
            LzwReader::new(packed.as_slice()).unwrap().read_to_end(&mut seen).unwrap();
            assert!(seen == threads);
        }
    }

    #[test]
    fn four_pixels_share_one_colour() {
        let mut rows = Vec::new();
        let unit = [1u8, 2, 3, 4, 50, 60, 5, 6, 7, 8, 70, 80];
        SharedColours::new(unit.as_slice(), 3, (2, 2)).take(18).read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [1, 50, 60, 2, 50, 60, 5, 70, 80, 3, 50, 60, 4, 50, 60, 7, 70, 80]);
    }
}
