//! Matroska and WebM (RFC 9559): information, tracks and tags, which stand before or after the clusters.

use crate::media::Facts;
use crate::media::film::milliseconds;
use crate::media::window::Window;

/// The most elements that are passed.
const MOST: usize = 16 << 10;

/// The longest text or number that is read.
const LONGEST: u64 = 64 << 10;

/// Seconds between 2001, where Matroska counts from, and 1970.
const EPOCH: i64 = 978_307_200;

/// An element: its id, and where its content lies.
#[derive(Clone, Copy)]
struct Element {
    id: u32,
    start: u64,
    end: u64,
}

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let size = window.size();
    let mut left = MOST;
    let Some(segment) = elements(window, 0, size, &mut left).into_iter().find(|element| element.id == 0x1853_8067) else {
        facts.problems.push("the film has no segment: it may be cut off".to_owned());
        return;
    };
    let (mut kinds, mut left) = (Vec::new(), MOST);
    for part in elements(window, segment.start, segment.end, &mut left) {
        match part.id {
            0x1549_a966 => take_information(window, part, facts),
            0x1654_ae6b => {
                for track in elements(window, part.start, part.end, &mut MOST.clone()).into_iter().filter(|track| track.id == 0xae).take(64) {
                    kinds.push(take_track(window, track, facts));
                }
            }
            0x1254_c367 => take_tags(window, part, facts),
            _ => {}
        }
    }
    facts.evidence.is_only_sound = kinds.contains(&2) && !kinds.contains(&1);
}

/// Lists the elements between two places; an element of unknown size ends with its surroundings.
fn elements(window: &mut Window, start: u64, end: u64, left: &mut usize) -> Vec<Element> {
    let (mut found, mut at) = (Vec::new(), start);
    while at < end && *left > 0 {
        *left -= 1;
        let head = window.up_to(at, 12);
        let Some((id, id_width)) = variable(&head, 0, true) else { break };
        let Some((length, width)) = variable(&head, id_width, false) else { break };
        let content = at + (id_width + width) as u64;
        let is_unknown = length == (1u64 << (7 * width)) - 1;
        let stop = if is_unknown { end } else { content.saturating_add(length).min(end) };
        let Ok(id) = u32::try_from(id) else { break };
        // Clusters of unknown size cannot be passed over: what follows them stays unread.
        found.push(Element { id, start: content.min(end), end: stop });
        at = stop;
    }
    found
}

/// Reads a number whose first byte tells its width (RFC 8794, 4); an id keeps the mark of the width.
fn variable(bytes: &[u8], at: usize, keeps_mark: bool) -> Option<(u64, usize)> {
    let first = *bytes.get(at)?;
    let width = first.leading_zeros() as usize + 1;
    let rest = bytes.get(at..at.checked_add(width)?)?;
    if width > 8 {
        return None;
    }
    let mark = if keeps_mark { 0 } else { 1u64 << (7 * width) };
    Some((rest.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) & !mark, width))
}

fn bytes(window: &mut Window, element: Element) -> Vec<u8> {
    window.up_to(element.start, usize::try_from((element.end - element.start).min(LONGEST)).unwrap_or(0))
}

fn unsigned(window: &mut Window, element: Element) -> u64 {
    bytes(window, element).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn float(window: &mut Window, element: Element) -> Option<f64> {
    match bytes(window, element).as_slice() {
        four @ [_, _, _, _] => Some(f64::from(f32::from_be_bytes(four.try_into().ok()?))),
        eight => Some(f64::from_be_bytes(eight.try_into().ok()?)),
    }
}

fn text(window: &mut Window, element: Element) -> String {
    String::from_utf8_lossy(&bytes(window, element)).into_owned()
}

fn take_information(window: &mut Window, part: Element, facts: &mut Facts) {
    let (mut scale, mut duration) = (1_000_000, None);
    for element in elements(window, part.start, part.end, &mut 256.clone()) {
        match element.id {
            0x2a_d7b1 => scale = unsigned(window, element),
            0x4489 => duration = float(window, element),
            0x4461 => facts.taken = facts.taken.take().or_else(|| moment(unsigned(window, element))),
            0x7ba9 => {
                let title = text(window, element);
                facts.describe("title", &title);
            }
            _ => {}
        }
    }
    facts.duration_s = duration.and_then(|duration| milliseconds(duration * scale as f64 / 1e9));
}

/// Nanoseconds from the beginning of 2001, UTC.
fn moment(nanoseconds: u64) -> Option<String> {
    let seconds = i64::from_be_bytes(nanoseconds.to_be_bytes()) / 1_000_000_000;
    let moment = jiff::Timestamp::from_second(seconds.checked_add(EPOCH)?).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Takes what a track says; returns its kind: 1 is a film, 2 is sound.
fn take_track(window: &mut Window, track: Element, facts: &mut Facts) -> u64 {
    let parts = elements(window, track.start, track.end, &mut 256.clone());
    let value = |id: u32| parts.iter().find(|element| element.id == id).copied();
    let kind = value(0x83).map_or(0, |element| unsigned(window, element));
    let name = value(0x86).map(|element| text(window, element)).and_then(|id| codec(&id));
    let inside = |window: &mut Window, id| value(id).map(|part| elements(window, part.start, part.end, &mut 256.clone())).unwrap_or_default();
    if kind == 1 && facts.width.is_none() {
        for element in inside(window, 0xe0) {
            let number = u32::try_from(unsigned(window, element)).ok();
            match element.id {
                0xb0 => facts.width = number,
                0xba => facts.height = number,
                _ => {}
            }
        }
        facts.codec = name.or(facts.codec.take());
    } else if kind == 2 && facts.sample_rate.is_none() {
        for element in inside(window, 0xe1) {
            match element.id {
                0xb5 => facts.sample_rate = float(window, element).filter(|rate| (1.0..1e7).contains(rate)).map(|rate| rate as u32),
                0x9f => facts.channels = u32::try_from(unsigned(window, element)).ok(),
                _ => {}
            }
        }
        facts.codec = facts.codec.take().or(name);
    }
    kind
}

fn codec(id: &str) -> Option<String> {
    let name = match id.trim_end_matches('\0') {
        "V_VP8" => "vp8",
        "V_VP9" => "vp9",
        "V_AV1" => "av1",
        "V_MPEG4/ISO/AVC" => "h264",
        "V_MPEGH/ISO/HEVC" => "hevc",
        "V_MPEG4/ISO/ASP" => "mpeg4",
        "V_MPEG2" => "mpeg2video",
        "V_MPEG1" => "mpeg1video",
        "V_MJPEG" => "mjpeg",
        "V_FFV1" => "ffv1",
        "V_PRORES" => "prores",
        "V_THEORA" => "theora",
        "A_VORBIS" => "vorbis",
        "A_OPUS" => "opus",
        "A_FLAC" => "flac",
        "A_AC3" => "ac3",
        "A_MPEG/L3" => "mp3",
        id if id.starts_with("A_AAC") => "aac",
        id if id.starts_with("A_PCM") => "pcm",
        "" => return None,
        id => return Some(id.to_owned()),
    };
    Some(name.to_owned())
}

/// Tags without a target, or on the level of the whole, are those of the film.
fn take_tags(window: &mut Window, part: Element, facts: &mut Facts) {
    for tag in elements(window, part.start, part.end, &mut 256.clone()) {
        for simple in elements(window, tag.start, tag.end, &mut 256.clone()).into_iter().filter(|element| element.id == 0x67c8) {
            let parts = elements(window, simple.start, simple.end, &mut 16.clone());
            let value = |window: &mut Window, id: u32| {
                parts.iter().find(|element| element.id == id).map(|element| text(window, *element)).unwrap_or_default()
            };
            let field = match value(window, 0x45a3).as_str() {
                "TITLE" => "title",
                "DESCRIPTION" | "SUMMARY" | "SYNOPSIS" => "description",
                "COMMENT" => "comment",
                "ARTIST" | "DIRECTOR" | "AUTHOR" => "creator",
                "COPYRIGHT" => "rights",
                "KEYWORDS" | "SUBJECT" => "keywords",
                "DATE_RECORDED" | "DATE_RELEASED" | "DATE" => "date",
                "RECORDING_LOCATION" => "place",
                _ => continue,
            };
            let said = value(window, 0x4487);
            facts.describe(field, &said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
        [id, &[0x80 | content.len() as u8], content].concat()
    }

    #[test]
    fn a_recording_with_a_title_and_sound_alone() {
        let information = element(
            &[0x15, 0x49, 0xa9, 0x66],
            &[element(&[0x44, 0x89], &2500f64.to_be_bytes()), element(&[0x7b, 0xa9], "Đan đó".as_bytes())].concat(),
        );
        let track = element(&[0xae], &[element(&[0x83], &[2]), element(&[0x86], b"A_OPUS")].concat());
        let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &track);
        // A segment of unknown size, as live recordings have.
        let bytes = [b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".to_vec(), information, tracks].concat();
        let mut facts = Facts::default();
        read(&mut Window::over(bytes), &mut facts);
        assert_eq!((facts.duration_s, facts.codec.as_deref()), (Some(2.5), Some("opus")));
        assert!(facts.evidence.is_only_sound);
        assert_eq!(facts.described[0].1, "Đan đó");
    }

    #[test]
    fn rubbish_ends_early() {
        for bytes in [b"\x1a\x45\xdf\xa3".to_vec(), vec![0; 64], vec![0xff; 64]] {
            let mut facts = Facts::default();
            read(&mut Window::over(bytes), &mut facts);
            assert_eq!(facts.problems.len(), 1);
        }
    }
}
