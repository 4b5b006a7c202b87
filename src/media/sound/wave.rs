//! WAV, RF64, Broadcast Wave (EBU Tech 3285) and Sony Wave64.

use crate::media::described::decode_name;
use crate::media::film::milliseconds;
use crate::media::window::Window;
use crate::media::window::number::{le16, le32, le64};
use crate::media::{Facts, exif};

/// The most chunks that are read.
const MOST: usize = 1024;

/// What the chunks say, before it is put together.
#[derive(Default)]
struct Found {
    rate: u32,
    bytes_per_second: u32,
    data: u64,
    /// The length of the sound in a file of more than 4 GiB.
    long_data: Option<u64>,
    samples: Option<u32>,
}

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let (mut found, mut at) = (Found::default(), 12u64);
    for _ in 0..MOST {
        let Some(head) = window.array::<8>(at) else { break };
        let start = at + 8;
        let mut length = u64::from(le32(&head, 4).unwrap_or(0));
        match &head[..4] {
            b"ds64" => found.long_data = le64(&window.up_to(start, 16), 8),
            b"fmt " => take_format(&window.up_to(start, 40), length, &mut found, facts),
            b"fact" => found.samples = le32(&window.up_to(start, 4), 0),
            b"bext" => take_broadcast(&window.up_to(start, 602), facts),
            b"LIST" if window.exact(start, 4).is_some_and(|kind| kind == b"INFO") => take_info(&window.up_to(start + 4, 64 << 10), facts),
            b"_PMX" if facts.xmp.is_none() => facts.xmp = Some(window.up_to(start, usize::try_from(length).unwrap_or(0).min(1 << 20))),
            b"data" => {
                // Recorders that lost power leave 0 or 4 GiB here: the file knows better.
                let claimed = if length == u64::from(u32::MAX) { found.long_data.unwrap_or(length) } else { length };
                let there = window.size().saturating_sub(start);
                length = if claimed == 0 || claimed > there { there } else { claimed };
                found.data = length;
            }
            _ => {}
        }
        let Some(next) = start.checked_add(length).and_then(|at| at.checked_add(length % 2)) else { break };
        at = next;
    }
    take_duration(&found, facts);
}

fn take_duration(found: &Found, facts: &mut Facts) {
    // Only packed sound counts its samples apart.
    let is_plain = matches!(facts.evidence.wave_format, Some(1 | 3 | 0xfffe));
    let by_samples = found.samples.filter(|_| !is_plain && found.rate > 0).map(|samples| f64::from(samples) / f64::from(found.rate));
    let by_bytes = (found.bytes_per_second > 0).then(|| found.data as f64 / f64::from(found.bytes_per_second));
    facts.duration_s = by_samples.or(by_bytes).and_then(milliseconds);
    if facts.duration_s.is_none() {
        facts.problems.push("the sound has no length that can be read: it may be empty or cut off".to_owned());
    }
}

fn take_format(content: &[u8], length: u64, found: &mut Found, facts: &mut Facts) {
    let format = le16(content, 0);
    found.rate = le32(content, 4).unwrap_or(0);
    found.bytes_per_second = le32(content, 8).unwrap_or(0);
    facts.evidence.wave_format = format;
    facts.evidence.wave_format_length = u32::try_from(length).ok();
    (facts.channels, facts.sample_rate) = (le16(content, 2), Some(found.rate).filter(|rate| *rate > 0));
    // The extensible form says what it is in the first bytes of its GUID.
    let kind = if format == Some(0xfffe) { le16(content, 24) } else { format };
    let name = match kind {
        Some(1 | 3) => "pcm",
        Some(2 | 0x11) => "adpcm",
        Some(6) => "pcm_alaw",
        Some(7) => "pcm_mulaw",
        Some(0x31) => "gsm",
        Some(0x50) => "mp2",
        Some(0x55) => "mp3",
        Some(0xff) => "aac",
        _ => return,
    };
    facts.codec = Some(name.to_owned());
}

/// Description, originator, date and time of a recording (EBU Tech 3285, 2.3).
fn take_broadcast(content: &[u8], facts: &mut Facts) {
    let text = |from: usize, length: usize| content.get(from..from + length).unwrap_or_default();
    facts.describe_bytes("description", text(0, 256));
    facts.describe_bytes("creator", text(256, 32));
    let moment = [text(320, 10), b" ", text(330, 8)].concat();
    facts.taken = facts.taken.take().or_else(|| exif::local_time(&moment));
    facts.evidence.broadcast_version = le16(content, 346);
}

/// Reads a list of RIFF texts (INAM, IART, ICMT, …).
pub(crate) fn take_info(list: &[u8], facts: &mut Facts) {
    let mut rest = list;
    for _ in 0..64 {
        let (Some(kind), Some(length)) = (rest.get(..4), le32(rest, 4)) else { break };
        let Some(content) = rest.get(8..).and_then(|rest| rest.get(..length as usize)) else { break };
        let field = match kind {
            b"INAM" => "title",
            b"IART" => "creator",
            b"ICMT" => "comment",
            b"ISBJ" => "description",
            b"IKEY" => "keywords",
            b"ICOP" => "rights",
            b"ICRD" => "date",
            _ => "",
        };
        if !field.is_empty() {
            let end = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
            facts.describe(field, &decode_name(content.get(..end).unwrap_or_default()));
        }
        rest = rest.get(8 + length as usize + length as usize % 2..).unwrap_or_default();
    }
}

/// Wave64: chunks with GUIDs and 64-bit lengths that count their own headers, on steps of eight bytes.
pub(super) fn read_w64(window: &mut Window, facts: &mut Facts) {
    let (mut found, mut at) = (Found::default(), 40u64);
    for _ in 0..MOST {
        let Some(head) = window.array::<24>(at) else { break };
        let length = le64(&head, 16).unwrap_or(0);
        match &head[..4] {
            b"fmt " => take_format(&window.up_to(at + 24, 40), length.saturating_sub(24), &mut found, facts),
            b"data" => found.data = length.saturating_sub(24).min(window.size().saturating_sub(at + 24)),
            _ => {}
        }
        let Some(next) = at.checked_add(length).and_then(|at| at.checked_next_multiple_of(8)).filter(|next| *next > at) else { break };
        at = next;
    }
    take_duration(&found, facts);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(claimed: u32) -> Vec<u8> {
        let mut broadcast = vec![0u8; 602];
        broadcast[..19].copy_from_slice("phỏng vấn cụ".as_bytes().get(..19).unwrap_or(&[b'x'; 19]));
        broadcast[320..338].copy_from_slice(b"2025-03-1208:15:00");
        let format = [&[1u8, 0, 1, 0][..], &8000u32.to_le_bytes(), &8000u32.to_le_bytes(), &[1, 0, 8, 0]].concat();
        let chunk = |kind: &[u8], content: &[u8]| [kind, &(content.len() as u32).to_le_bytes(), content].concat();
        let data = [b"data".as_slice(), &claimed.to_le_bytes(), &[0; 4000]].concat();
        [b"RIFF\0\0\0\0WAVE".to_vec(), chunk(b"fmt ", &format), chunk(b"bext", &broadcast), data].concat()
    }

    #[test]
    fn a_recording_is_as_long_as_its_file_whatever_it_claims() {
        for claimed in [4000, 0, u32::MAX, 5_000_000] {
            let mut facts = Facts::default();
            read(&mut Window::over(recording(claimed)), &mut facts);
            assert_eq!((facts.duration_s, facts.sample_rate), (Some(0.5), Some(8000)), "{claimed}");
            assert_eq!(facts.taken.as_deref(), Some("2025-03-12T08:15:00"));
        }
    }

    #[test]
    fn titles_of_recorders() {
        let mut facts = Facts::default();
        take_info(b"INAM\x08\0\0\0\xc4\x91an \xc4\x91\0ICMT\xff\xff\xff\xff", &mut facts);
        assert_eq!(facts.described.len(), 1);
        let mut empty = Facts::default();
        read_w64(&mut Window::over(vec![0; 200]), &mut empty);
        assert_eq!(empty.duration_s, None);
    }
}
