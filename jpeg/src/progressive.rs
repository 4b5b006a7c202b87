//! Progressive frames (T.81, annex G) at 1/8: only the scans of DC values are decoded, the others are leapt over.

use crate::Error;
use crate::bits::Bits;
use crate::block;
use crate::feed::Feed;
use crate::frame::Plane;
use crate::header::{Header, Scan, next_marker};
use crate::layout::Layout;
use crate::{restart, transform};

/// Bytes of the blocks of one MCU, each at most a code of 16 bits and a value of 15.
const LONGEST_BLOCK: usize = 8;

/// Decodes one scan if it brings DC bits. Returns where the next marker is looked for, and whether a part was missing or damaged.
pub(crate) fn decode(header: &mut Header, scan: &Scan, (bytes, at): (&[u8], usize), planes: &mut [Plane]) -> Result<(usize, bool), Error> {
    if scan.first != 0 {
        return Ok((end_of_scan(bytes, at), false));
    }
    for &(component, ..) in &scan.parts {
        let plane = &mut planes[component];
        let follows = if scan.high == 0 { !plane.seen } else { plane.seen && plane.low == scan.high && scan.high == scan.low + 1 };
        if !follows || scan.low > 13 {
            return Err(Error::Damaged("its scans do not follow each other"));
        }
        (plane.seen, plane.low) = (true, scan.low);
    }
    let frame = header.frame.as_ref().ok_or(Error::Damaged("a scan stands before the frame"))?;
    let layout = Layout::new(frame, scan, planes);
    if scan.high > 0 {
        let bit = 1_i16 << scan.low;
        return Ok(restart::each_segment((bytes, at), layout.mcus(), header.restart_interval, |feed, bits, mcus| {
            refine(feed, bits, mcus, &layout, bit, planes)
        }));
    }
    for &(_, direct, _) in &scan.parts {
        header.direct[direct].prepare(false)?;
    }
    let tables = scan.parts.iter().map(|&(_, direct, _)| header.direct[direct].ready()).collect::<Result<Vec<_>, _>>()?;
    let first = |feed: &mut Feed<'_>, mut bits: Bits, mcus: std::ops::Range<usize>| {
        let mut means = [0_i32; 4];
        for mcu in mcus {
            feed.ensure(&mut bits, layout.units.len() * LONGEST_BLOCK + 8);
            for unit in &layout.units {
                bits.refill(feed.window());
                let Some(difference) = block::direct(&mut bits, feed.window(), tables[unit.part]) else { return false };
                let mean = &mut means[unit.part & 3];
                *mean = mean.wrapping_add(difference);
                planes[unit.plane].direct[unit.first_sample(mcu / layout.across, mcu % layout.across)] = (*mean << scan.low) as i16;
            }
            if feed.overrun(&bits) {
                return false;
            }
        }
        true
    };
    Ok(restart::each_segment((bytes, at), layout.mcus(), header.restart_interval, first))
}

/// Adds one bit to each DC value (T.81, G.1.2.1).
fn refine(feed: &mut Feed<'_>, mut bits: Bits, mcus: std::ops::Range<usize>, layout: &Layout, bit: i16, planes: &mut [Plane]) -> bool {
    for mcu in mcus {
        feed.ensure(&mut bits, layout.units.len() + 8);
        for unit in &layout.units {
            bits.refill(feed.window());
            if bits.peek::<1>() == 1 {
                planes[unit.plane].direct[unit.first_sample(mcu / layout.across, mcu % layout.across)] |= bit;
            }
            bits.consume(1);
        }
        if feed.overrun(&bits) {
            return false;
        }
    }
    true
}

/// The first marker after a scan that is not a restart marker, or the end of the file.
fn end_of_scan(bytes: &[u8], mut at: usize) -> usize {
    while let Some((marker, after)) = next_marker(bytes, at) {
        if !(0xD0..=0xD7).contains(&marker) {
            return after - 2;
        }
        at = after;
    }
    bytes.len()
}

/// Turns the DC values into samples, once all scans that matter have been read.
pub(crate) fn finish(header: &Header, planes: &mut [Plane]) -> Result<(), Error> {
    let frame = header.frame.as_ref().ok_or(Error::Damaged("there is no frame"))?;
    for (plane, component) in planes.iter_mut().zip(&frame.components) {
        let steps = header.steps[component.steps].as_ref().ok_or(Error::Damaged("a quantisation table is missing"))?;
        for (sample, &direct) in plane.samples.iter_mut().zip(&plane.direct) {
            *sample = transform::pixel(i32::from(direct).wrapping_mul(steps[0]));
        }
    }
    Ok(())
}
