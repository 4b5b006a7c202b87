//! What stands between the scans: frame, tables, restart interval, colour hints (T.81, annex B).

use std::sync::Arc;

use crate::Error;
use crate::frame::Frame;
use crate::huffman::{Huffman, Spec};

/// An ICC profile larger than this is dropped.
const ICC_LIMIT: usize = 4 << 20;

/// Everything the markers have said so far.
#[derive(Default)]
pub(crate) struct Header {
    /// The frame, once its marker has been read.
    pub(crate) frame: Option<Frame>,
    /// Quantisation steps in zig-zag order.
    pub(crate) steps: [Option<[i32; 64]>; 4],
    /// Tables for DC differences.
    pub(crate) direct: [Slot; 4],
    /// Tables for AC symbols.
    pub(crate) alternating: [Slot; 4],
    /// MCUs between restart markers, 0 for none.
    pub(crate) restart_interval: usize,
    /// The transform byte of an Adobe marker.
    pub(crate) adobe: Option<u8>,
    /// Whether there is a JFIF marker.
    pub(crate) jfif: bool,
    icc_chunks: Vec<(u8, Vec<u8>)>,
    icc_bytes: usize,
}

/// A Huffman table as the file gives it and, once used, as the decoder wants it.
#[derive(Default)]
pub(crate) struct Slot {
    spec: Option<Spec>,
    ready: Option<Arc<Huffman>>,
}

impl Slot {
    /// Makes the table ready. Costs nothing when it already is.
    pub(crate) fn prepare(&mut self, alternating: bool) -> Result<(), Error> {
        if self.ready.is_none() {
            let spec = self.spec.as_ref().ok_or(Error::Damaged("a scan uses a Huffman table that is not there"))?;
            self.ready = Some(Huffman::shared(spec, alternating)?);
        }
        Ok(())
    }

    /// The table, after [`Slot::prepare`].
    pub(crate) fn ready(&self) -> Result<&Huffman, Error> {
        self.ready.as_deref().ok_or(Error::Damaged("a scan uses a Huffman table that is not there"))
    }
}

/// The head of a scan (T.81, B.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// For each component: its index in the frame, its DC table and its AC table (0 to 3).
    pub(crate) parts: Vec<(usize, usize, usize)>,
    /// First coefficient of the band in zig-zag order.
    pub(crate) first: u8,
    /// Bit position of the scan before, 0 in a first scan.
    pub(crate) high: u8,
    /// Bit position of this scan.
    pub(crate) low: u8,
}

/// What comes after the tables.
pub(crate) enum Step {
    /// A scan whose entropy-coded data begins at the offset.
    Scan(Scan, usize),
    /// The end marker.
    End,
    /// The file ends without its end marker.
    Cut,
}

impl Header {
    /// Reads markers from `at` to the next scan or the end.
    pub(crate) fn read_on(&mut self, bytes: &[u8], mut at: usize) -> Result<Step, Error> {
        while let Some((marker, after)) = next_marker(bytes, at) {
            at = after;
            match marker {
                0x01 | 0xD0..=0xD8 => continue,
                0xD9 => return Ok(Step::End),
                _ => {}
            }
            let Some(payload) = payload(bytes, at) else { return Ok(Step::Cut) };
            at += payload.len() + 2;
            if marker == 0xDA {
                return Ok(Step::Scan(self.scan(payload)?, at));
            }
            self.segment(marker, payload)?;
        }
        Ok(Step::Cut)
    }

    fn segment(&mut self, marker: u8, payload: &[u8]) -> Result<(), Error> {
        match marker {
            0xC0..=0xC2 if self.frame.is_some() => return Err(Error::Damaged("it has two frames")),
            0xC0..=0xC2 => self.frame = Some(Frame::read(payload, marker == 0xC2)?),
            0xC3 | 0xC7 | 0xCB | 0xCF | 0xF7 => return Err(Error::Unsupported("lossless")),
            0xC5 | 0xC6 | 0xCD | 0xCE | 0xDE => return Err(Error::Unsupported("hierarchical")),
            0xC9 | 0xCA | 0xCC => return Err(Error::Unsupported("arithmetic coding")),
            0xC4 => self.huffman_tables(payload)?,
            0xDB => self.quantisation_tables(payload)?,
            0xDD => self.restart_interval = usize::from(word(payload, 0).ok_or(Error::Damaged("its restart interval is cut"))?),
            0xE0 => self.jfif |= payload.starts_with(b"JFIF\0"),
            0xE2 => self.icc_chunk(payload),
            0xEE if payload.starts_with(b"Adobe") => self.adobe = payload.get(11).copied(),
            _ => {}
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        const CUT: Error = Error::Damaged("a Huffman table is cut");
        while let Some((&place, rest)) = payload.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(CUT)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
            let symbols = rest.get(..total).filter(|_| total <= 256).ok_or(CUT)?;
            let slots = if place >> 4 == 0 { &mut self.direct } else { &mut self.alternating };
            let slot =
                slots.get_mut(usize::from(place & 15)).filter(|_| place >> 4 < 2).ok_or(Error::Damaged("a Huffman table has no such place"))?;
            *slot = Slot { spec: Some(Spec { counts: *counts, symbols: symbols.to_vec() }), ready: None };
            payload = &rest[total..];
        }
        Ok(())
    }

    fn quantisation_tables(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        const CUT: Error = Error::Damaged("a quantisation table is cut");
        while let Some((&place, rest)) = payload.split_first() {
            let wide = place >> 4 != 0;
            let length = if wide { 128 } else { 64 };
            let values = rest.get(..length).ok_or(CUT)?;
            let slot = self.steps.get_mut(usize::from(place & 15)).ok_or(Error::Damaged("a quantisation table has no such place"))?;
            *slot = Some(std::array::from_fn(|index| {
                if wide { word(values, index * 2).map_or(0, i32::from) } else { values.get(index).map_or(0, |&value| i32::from(value)) }
            }));
            payload = &rest[length..];
        }
        Ok(())
    }

    fn scan(&self, payload: &[u8]) -> Result<Scan, Error> {
        const CUT: Error = Error::Damaged("the head of a scan is cut");
        let frame = self.frame.as_ref().ok_or(Error::Damaged("a scan stands before the frame"))?;
        let (&count, rest) = payload.split_first().ok_or(CUT)?;
        let (pairs, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(CUT)?;
        let mut parts: Vec<(usize, usize, usize)> = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let index =
                frame.components.iter().position(|component| component.id == pair[0]).ok_or(Error::Damaged("a scan has an unknown component"))?;
            let (direct, alternating) = (usize::from(pair[1] >> 4), usize::from(pair[1] & 15));
            if direct > 3 || alternating > 3 || parts.iter().any(|&(other, ..)| other == index) {
                return Err(Error::Damaged("the head of a scan makes no sense"));
            }
            parts.push((index, direct, alternating));
        }
        let &[first, _last, bits] = rest.first_chunk::<3>().ok_or(CUT)?;
        if parts.is_empty() {
            return Err(CUT);
        }
        Ok(Scan { parts, first, high: bits >> 4, low: bits & 15 })
    }

    /// Keeps a piece of the colour profile (ICC.1, annex B.4).
    fn icc_chunk(&mut self, payload: &[u8]) {
        if let Some(&[number, _count, ref data @ ..]) = payload.strip_prefix(b"ICC_PROFILE\0".as_slice()) {
            self.icc_bytes = self.icc_bytes.saturating_add(data.len());
            if self.icc_bytes <= ICC_LIMIT && self.icc_chunks.len() < 256 {
                self.icc_chunks.push((number, data.to_vec()));
            }
        }
    }

    /// The joined colour profile, unless it was larger than the limit.
    pub(crate) fn icc(&mut self) -> Option<Vec<u8>> {
        self.icc_chunks.sort_by_key(|&(number, _)| number);
        let joined: Vec<u8> = self.icc_chunks.iter().flat_map(|(_, data)| data).copied().collect();
        (!joined.is_empty() && self.icc_bytes <= ICC_LIMIT).then_some(joined)
    }
}

/// Whether all steps fit into the eight bits of a baseline file.
pub(crate) fn is_baseline(steps: &[u16; 64]) -> bool {
    steps.iter().all(|&step| step < 256)
}

/// The next marker at or after `at`, and the offset after it. Skips stuffing, fill bytes and anything else.
pub(crate) fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        let rest = bytes.get(at..)?;
        at += crate::feed::plain_run(rest);
        match *bytes.get(at + 1)? {
            0 => at += 2,
            0xFF => at += 1,
            marker => return Some((marker, at + 2)),
        }
    }
}

fn payload(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(word(bytes, at)?);
    bytes.get(at + 2..at + length.max(2))
}

/// A big-endian number of 16 bits.
fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|&pair| u16::from_be_bytes(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_profile_in_pieces_is_joined_in_their_order() {
        let mut header = Header::default();
        header.segment(0xE2, b"ICC_PROFILE\0\x02\x02chim").expect("profiles are never wrong");
        header.segment(0xE2, b"ICC_PROFILE\0\x01\x02men ").expect("profiles are never wrong");
        assert_eq!(header.icc().as_deref(), Some(b"men chim".as_slice()));
        header.icc_chunk(&[b"ICC_PROFILE\0\x03\x03".as_slice(), &vec![0; ICC_LIMIT]].concat());
        assert_eq!(header.icc(), None);
    }

    #[test]
    fn what_is_left_to_others_is_named() {
        for (marker, kind) in [(0xC3, "lossless"), (0xC5, "hierarchical"), (0xC9, "arithmetic coding")] {
            assert_eq!(Header::default().segment(marker, &[]), Err(Error::Unsupported(kind)));
        }
        let twelve_bits = [12, 0, 8, 0, 8, 1, 1, 0x11, 0];
        assert_eq!(Header::default().segment(0xC1, &twelve_bits), Err(Error::Unsupported("samples of other than 8 bits")));
    }
}
