//! Films in Ogg: Theora's first packet.

use crate::media::Facts;
use crate::media::window::Window;
use crate::media::window::number::{be16, be32};

/// Takes the size that is shown (Theora specification, 6.2). Duration is for other readers.
pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let start = window.up_to(0, 4096);
    let Some(at) = start.windows(7).position(|piece| piece == b"\x80theora") else { return };
    let packet = start.get(at..).unwrap_or_default();
    let three = |at: usize| be32(packet, at).map(|number| number >> 8);
    (facts.width, facts.height) = (three(14), three(17));
    facts.codec = Some("theora".to_owned());
    // The packet follows the header of its page (28 bytes), which names the stream.
    let Some(stream) = at.checked_sub(14).and_then(|at| be32(&start, at)) else { return };
    let (Some(numerator), Some(denominator @ 1..), Some(flags)) = (be32(packet, 22), be32(packet, 26), be16(packet, 40)) else { return };
    let shift = flags >> 5 & 31;
    facts.duration_s = last_position(window, stream).map(|position| {
        // The count of the last key frame, and of the frames since.
        let frames = (position >> shift) + (position & ((1 << shift) - 1));
        frames as f64 * f64::from(denominator) / f64::from(numerator.max(1))
    });
}

/// The position that the last page of a stream states, if it stands near the end of the file.
fn last_position(window: &mut Window, stream: u32) -> Option<u64> {
    let size = window.size();
    let end = window.up_to(size.saturating_sub(128 << 10), 128 << 10);
    let is_page = |at: &usize| end.get(*at..).is_some_and(|rest| rest.starts_with(b"OggS\0")) && be32(&end, at + 14) == Some(stream);
    let at = (0..end.len()).rev().find(is_page)?;
    let position = end.get(at + 6..at + 14)?.try_into().map(u64::from_le_bytes).ok()?;
    (position != u64::MAX).then_some(position)
}
