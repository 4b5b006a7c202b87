//! Streams without an index: MPEG-1 and 2 by their sequence header, raw DV, and FLIC animations.

use crate::media::Facts;
use crate::media::window::Window;
use crate::media::window::number::{le16, le32};

/// How far a sequence header is looked for.
const FAR: usize = 512 << 10;

/// Takes the size out of the first sequence header (ISO/IEC 13818-2, 6.2.2.1), if there is one.
pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let start = window.up_to(0, FAR);
    let Some(at) = start.windows(4).position(|piece| piece == [0, 0, 1, 0xb3]) else { return };
    let Some([first, second, third]) = start.get(at + 4..at + 7) else { return };
    let width = u32::from(*first) << 4 | u32::from(second >> 4);
    let height = u32::from(second & 15) << 8 | u32::from(*third);
    (facts.width, facts.height) = (Some(width), Some(height));
    // MPEG-2 follows with an extension.
    let rest = start.get(at + 8..).unwrap_or_default();
    let next = rest.windows(4).find(|piece| piece[..3] == [0, 0, 1] && piece[3] >= 0xb0).map(|piece| piece[3]);
    facts.codec = Some(if next == Some(0xb5) { "mpeg2video" } else { "mpeg1video" }.to_owned());
}

/// Raw DV has frames of one size, so its length tells its duration.
pub(super) fn read_dv(window: &mut Window, facts: &mut Facts) {
    let Some([_, _, _, system]) = window.array::<4>(0) else { return };
    let (height, frame, rate) = if system & 0x80 != 0 { (576, 144_000, 25.0) } else { (480, 120_000, 30_000.0 / 1001.0) };
    (facts.width, facts.height) = (Some(720), Some(height));
    facts.duration_s = Some((window.size() / frame) as f64 / rate);
    facts.codec = Some("dvvideo".to_owned());
}

/// FLI counts in seventieths of a second, FLC in milliseconds.
pub(super) fn read_flic(window: &mut Window, facts: &mut Facts) {
    let head = window.up_to(0, 20);
    (facts.width, facts.height) = (le16(&head, 8), le16(&head, 10));
    let (Some(frames), Some(speed)) = (le16(&head, 6), le32(&head, 16)) else { return };
    let unit = if facts.mime == "video/x-fli" { 70.0 } else { 1000.0 };
    facts.duration_s = Some(f64::from(frames) * f64::from(speed) / unit);
}
