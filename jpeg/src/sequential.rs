//! Scans of baseline and extended sequential frames (T.81, F.2): every block once, its high frequencies skipped.

use std::ops::Range;

use crate::Error;
use crate::bits::Bits;
use crate::block::{self, Corner};
use crate::feed::Feed;
use crate::frame::{Frame, Plane};
use crate::header::{Header, Scan};
use crate::huffman::Huffman;
use crate::layout::{Layout, Unit};
use crate::restart;
use crate::transform;

/// No block takes more bytes: 64 symbols of 16 bits with values of 15.
const LONGEST_BLOCK: usize = 256;

/// What to do with one block of each MCU.
struct Work<'h> {
    unit: Unit,
    direct: &'h Huffman,
    alternating: &'h Huffman,
    steps: &'h [i32; 64],
    /// The last place in zig-zag order that matters; 0 where the mean is enough.
    last: u32,
}

/// Decodes one scan into the planes. Returns where the next marker is looked for, and whether a part of the scan was missing or damaged.
pub(crate) fn decode(header: &mut Header, scan: &Scan, data: (&[u8], usize), planes: &mut [Plane]) -> Result<(usize, bool), Error> {
    for &(_, direct, alternating) in &scan.parts {
        header.direct[direct].prepare(false)?;
        header.alternating[alternating].prepare(true)?;
    }
    let frame = header.frame.as_ref().ok_or(Error::Damaged("a scan stands before the frame"))?;
    let layout = Layout::new(frame, scan, planes);
    let work = work(header, frame, &layout, scan, planes)?;
    for &(component, ..) in &scan.parts {
        if std::mem::replace(&mut planes[component].seen, true) {
            return Err(Error::Damaged("a component comes twice"));
        }
    }
    let outcome =
        restart::each_segment(data, layout.mcus(), header.restart_interval, |feed, bits, mcus| segment(feed, bits, mcus, &layout, &work, planes));
    Ok(outcome)
}

fn work<'h>(header: &'h Header, frame: &Frame, layout: &Layout, scan: &Scan, planes: &[Plane]) -> Result<Vec<Work<'h>>, Error> {
    let mut all = Vec::new();
    for &unit in &layout.units {
        let steps = header.steps[frame.components[unit.plane].steps].as_ref().ok_or(Error::Damaged("a quantisation table is missing"))?;
        let (_, direct, alternating) = scan.parts[unit.part];
        let plane = &planes[unit.plane];
        let last = match plane.across.max(plane.down) {
            1 => 0,
            2 => 4,
            _ => 24,
        };
        let (direct, alternating) = (header.direct[direct].ready()?, header.alternating[alternating].ready()?);
        all.push(Work { unit, direct, alternating, steps, last });
    }
    Ok(all)
}

/// Decodes the MCUs of one segment. `false`: the data ended or made no sense before the last of them.
fn segment(feed: &mut Feed<'_>, mut bits: Bits, mcus: Range<usize>, layout: &Layout, work: &[Work<'_>], planes: &mut [Plane]) -> bool {
    let needed = work.len() * LONGEST_BLOCK;
    let mut means = [0_i32; 4];
    let (mut row, mut column) = (mcus.start / layout.across, mcus.start % layout.across);
    for _ in mcus {
        feed.ensure(&mut bits, needed);
        for work in work {
            let plane = &mut planes[work.unit.plane];
            let mean = &mut means[work.unit.part & 3];
            let place = work.unit.first_sample(row, column);
            let decoded = if work.last == 0 {
                block::mean(&mut bits, feed.window(), work.direct, work.alternating).map(|difference| {
                    *mean = mean.wrapping_add(difference);
                    plane.samples[place] = transform::pixel(mean.wrapping_mul(work.steps[0]));
                })
            } else {
                let mut corner: Corner = [0; 32];
                let tables = (work.direct, work.alternating);
                block::corner(&mut bits, feed.window(), tables, work.last, work.steps, &mut corner).map(|difference| {
                    *mean = mean.wrapping_add(difference);
                    corner[0] = mean.wrapping_mul(work.steps[0]);
                    write(&corner, plane, place);
                })
            };
            if decoded.is_none() {
                return false;
            }
        }
        if feed.overrun(&bits) {
            return false;
        }
        column += 1;
        if column == layout.across {
            (row, column) = (row + 1, 0);
        }
    }
    true
}

#[inline(always)]
fn write(corner: &Corner, plane: &mut Plane, place: usize) {
    if (plane.across, plane.down) == (2, 2) {
        let [a, b, c, d] = transform::two_by_two(corner);
        plane.samples[place..place + 2].copy_from_slice(&[a, b]);
        let below = place + plane.stride;
        plane.samples[below..below + 2].copy_from_slice(&[c, d]);
    } else {
        let pixels = transform::any(corner, plane.across, plane.down);
        for (row, pixels) in pixels.chunks_exact(4).take(plane.down).enumerate() {
            let start = place + row * plane.stride;
            plane.samples[start..start + plane.across].copy_from_slice(&pixels[..plane.across]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Pixels, decode};

    /// Frost on a window at quality 100: nearly all blocks use all 64 places and have no end-of-block symbol, so that an entry of the skipping
    /// table may not reach into the next block.
    #[test]
    fn blocks_without_an_end_are_left_at_the_right_bit() {
        let mut random = 7_u32;
        let frost = image::GrayImage::from_fn(256, 256, |_, _| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Luma([60 + (random >> 24) as u8 / 2])
        });
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 100).encode_image(&frost).expect("encoding to memory works");
        let small = decode(&bytes, 64).expect("a plain JPEG decodes");
        let Pixels::Gray(pixels) = small.pixels else { panic!("gray stays gray") };
        assert!(!small.is_cut);
        for (block, quarters) in (0..32 * 32).map(|block| (block, (block / 32 * 128 + block % 32 * 2) as usize)) {
            let sum = (0..64).map(|at| u32::from(frost.get_pixel(block % 32 * 8 + at % 8, block / 32 * 8 + at / 8).0[0])).sum::<u32>();
            let of_small = [0, 1, 64, 65].iter().map(|step| u32::from(pixels[quarters + step])).sum::<u32>();
            assert!((sum / 16).abs_diff(of_small) <= 4, "block {block}: {} and {of_small}", sum / 16);
        }
    }
}
