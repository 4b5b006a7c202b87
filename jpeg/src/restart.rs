//! Restart intervals (T.81, E.2.4): after damage, decoding goes on at the next restart marker.

use std::ops::Range;

use crate::bits::Bits;
use crate::feed::Feed;
use crate::header::next_marker;

/// Gives `segment` the MCUs of one restart interval after the other, with bits to read them from; it returns whether it got them all.
/// Returns where the next marker is looked for, and whether anything was missing.
pub(crate) fn each_segment(
    (bytes, at): (&[u8], usize), mcus: usize, interval: usize, mut segment: impl FnMut(&mut Feed<'_>, Bits, Range<usize>) -> bool,
) -> (usize, bool) {
    let interval = if interval == 0 { mcus } else { interval };
    let (mut feed, mut bits) = Feed::new(bytes, at);
    let (mut start, mut expected, mut missing) = (0, 0_u8, false);
    while start < mcus {
        let end = start.saturating_add(interval).min(mcus);
        missing |= !segment(&mut feed, bits, start..end);
        start = end;
        if start < mcus {
            let Some((after, lost)) = resume(bytes, feed.end_of_segment(), expected) else {
                return (feed.end_of_segment(), true);
            };
            missing |= lost > 0;
            start = start.saturating_add(interval.saturating_mul(usize::from(lost)));
            expected = (expected + 1 + lost) & 7;
            bits = feed.begin(after);
        }
    }
    (feed.end_of_segment(), missing)
}

/// Finds the restart marker to go on from, and how many segments were lost before it. Nothing: the scan has ended.
fn resume(bytes: &[u8], mut at: usize, expected: u8) -> Option<(usize, u8)> {
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        match marker {
            0xD0..=0xD7 => {}
            // Reserved (T.81, table B.1): damage inside the data, not the end of it.
            0x01..=0xBF | 0xF0..=0xFD => {
                at = after;
                continue;
            }
            _ => return None,
        }
        match (marker - 0xD0).wrapping_sub(expected) & 7 {
            lost @ 1..=2 => return Some((after, lost)),
            // One that has already been: the damage has doubled or made it.
            6 | 7 => at = after,
            _ => return Some((after, 0)),
        }
    }
}
