//! AVI (RIFF): the header lists, which stand first; OpenDML for films of more than one gigabyte.

use crate::media::window::Window;
use crate::media::window::number::{le16, le32};
use crate::media::{Facts, exif, sound};

/// The most chunks that are read on one level.
const MOST: usize = 256;

/// What the headers say, before it is put together.
#[derive(Default)]
struct Headers {
    frame_us: u32,
    frames: u32,
    stream: [u8; 4],
    stream_seconds: f64,
}

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let mut headers = Headers::default();
    let size = window.size();
    take_list(window, 12, size, 0, &mut headers, facts);
    let by_frames = f64::from(headers.frames) * f64::from(headers.frame_us) / 1e6;
    facts.duration_s = Some(if headers.stream_seconds > 0.0 { headers.stream_seconds } else { by_frames });
}

fn take_list(window: &mut Window, start: u64, end: u64, depth: u32, headers: &mut Headers, facts: &mut Facts) {
    let mut at = start;
    for _ in 0..MOST {
        if at.saturating_add(8) > end {
            break;
        }
        let Some(head) = window.array::<8>(at) else { break };
        let length = u64::from(le32(&head, 4).unwrap_or(0));
        let stop = (at + 8).saturating_add(length).min(end);
        match &head[..4] {
            b"LIST" if depth < 3 => match window.array::<4>(at + 8).as_ref() {
                Some(b"movi") => {}
                Some(b"INFO") => sound::take_info(&window.up_to(at + 12, usize::try_from(length).unwrap_or(0).min(64 << 10)), facts),
                _ => take_list(window, at + 12, stop, depth + 1, headers, facts),
            },
            kind => take_chunk(kind, &window.up_to(at + 8, usize::try_from(length).unwrap_or(0).min(1024)), headers, facts),
        }
        at = (at + 8).saturating_add(length).saturating_add(length % 2);
    }
}

fn take_chunk(kind: &[u8], content: &[u8], headers: &mut Headers, facts: &mut Facts) {
    match kind {
        b"avih" => {
            (headers.frame_us, headers.frames) = (le32(content, 0).unwrap_or(0), le32(content, 16).unwrap_or(0));
            (facts.width, facts.height) = (le32(content, 32), le32(content, 36));
        }
        b"strh" => {
            headers.stream = content.get(..4).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
            let (scale, rate, length) = (le32(content, 20), le32(content, 24), le32(content, 32));
            if let (b"vids", Some(scale), Some(rate @ 1..), Some(length)) = (&headers.stream, scale, rate, length) {
                headers.stream_seconds = headers.stream_seconds.max(f64::from(length) * f64::from(scale) / f64::from(rate));
            }
        }
        b"strf" if &headers.stream == b"vids" => {
            facts.codec = facts.codec.take().or_else(|| content.get(16..20).and_then(codec));
        }
        b"strf" if &headers.stream == b"auds" => {
            (facts.channels, facts.sample_rate) = (le16(content, 2), le32(content, 4));
        }
        b"IDIT" => facts.taken = facts.taken.take().or_else(|| moment(content)),
        _ => {}
    }
}

fn codec(letters: &[u8]) -> Option<String> {
    let letters = letters.to_ascii_uppercase();
    let name = match letters.as_slice() {
        b"MJPG" | b"DMB1" => "mjpeg",
        b"XVID" | b"DIVX" | b"DX50" | b"FMP4" | b"MP4V" => "mpeg4",
        b"DIV3" | b"MP43" => "msmpeg4v3",
        b"H264" | b"X264" | b"AVC1" => "h264",
        b"DVSD" | b"DV25" | b"DVSL" => "dvvideo",
        b"FFV1" => "ffv1",
        b"CVID" => "cinepak",
        b"\0\0\0\0" => "rawvideo",
        _ => return String::from_utf8(letters).ok().map(|text| text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty()),
    };
    Some(name.to_owned())
}

/// Reads `Wed Mar 12 08:15:00 2025`, or the form of EXIF.
fn moment(content: &[u8]) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = String::from_utf8_lossy(content).to_ascii_lowercase();
    let words: Vec<&str> = text.split(|letter: char| letter.is_whitespace() || letter == '\0').filter(|word| !word.is_empty()).collect();
    if let [_, month, day, time, year] = words[..] {
        let month = MONTHS.iter().position(|known| *known == month)? + 1;
        return exif::local_time(format!("{year}:{month}:{day} {time}").as_bytes());
    }
    exif::local_time(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_old_cameras() {
        assert_eq!(moment(b"WED MAR 12 08:15:00 2025\n\0").as_deref(), Some("2025-03-12T08:15:00"));
        assert_eq!(moment(b"2005:08:17 11:42:43").as_deref(), Some("2005-08-17T11:42:43"));
        assert_eq!(moment("ngày 12".as_bytes()), None);
    }

    #[test]
    fn lists_inside_lists_end() {
        let mut bytes = b"RIFF\0\0\0\0AVI ".to_vec();
        for _ in 0..100 {
            bytes.extend(b"LIST\xff\xff\xff\xffhdrl");
        }
        let mut facts = Facts::default();
        read(&mut Window::over(bytes), &mut facts);
        assert_eq!(facts.width, None);
    }
}
