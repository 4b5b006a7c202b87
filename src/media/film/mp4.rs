//! MP4, QuickTime and 3GP (ISO/IEC 14496-12; Apple, QuickTime File Format).

use crate::media::isobmff::{self, Part};
use crate::media::window::Window;
use crate::media::window::number::{be16, be32, be64};
use crate::media::{Facts, exif};

mod words;

/// The most tracks and fragments that are looked at.
const MOST: usize = 4096;

/// Seconds between 1904, where QuickTime begins, and 1970.
const EPOCH: i64 = 2_082_844_800;

/// What one track says.
#[derive(Default)]
struct Track {
    id: u32,
    kind: [u8; 4],
    scale: u32,
    seconds: f64,
    codec: [u8; 4],
    size: Option<(u32, u32)>,
    shown: Option<(u32, u32)>,
    rotation: u16,
    rate: Option<u32>,
    channels: Option<u32>,
}

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let size = window.size();
    let top = isobmff::parts(window, 0, size);
    let Some(moov) = isobmff::find(&top, b"moov") else {
        facts.problems.push("the film has no index (moov): it may be cut off".to_owned());
        return;
    };
    let parts = isobmff::parts(window, moov.start, moov.end);
    let clock = isobmff::find(&parts, b"mvhd").map(|part| part.content(window, 64)).unwrap_or_default();
    let tracks: Vec<Track> = parts.iter().filter(|part| &part.kind == b"trak").take(64).map(|part| track(window, *part)).collect();
    take_tracks(&tracks, facts);
    facts.duration_s = duration(&clock).or_else(|| fragments(window, &top, &parts, &tracks, &clock));
    if facts.duration_s.is_none() {
        let longest = tracks.iter().map(|track| track.seconds).fold(0.0, f64::max);
        facts.duration_s = (longest > 0.0).then_some(longest);
    }
    words::read(window, &parts, facts);
    if let Some(meta) = isobmff::find(&top, b"meta") {
        words::read_meta(window, meta, facts);
    }
    // The clock of the index is UTC; many cameras leave it at zero.
    facts.taken = facts.taken.take().or_else(|| created(&clock));
}

/// Returns duration and time scale of `mvhd` and `mdhd`, which begin alike.
fn clock_of(content: &[u8]) -> Option<(u32, u64)> {
    let (scale, duration) = match content.first()? {
        0 => (be32(content, 12)?, u64::from(be32(content, 16).filter(|duration| *duration != u32::MAX)?)),
        _ => (be32(content, 20)?, be64(content, 24).filter(|duration| *duration != u64::MAX)?),
    };
    (scale > 0).then_some((scale, duration))
}

/// Returns the seconds that the header of a film (`mvhd`) states.
pub(crate) fn duration(clock: &[u8]) -> Option<f64> {
    let (scale, duration) = clock_of(clock)?;
    (duration > 0).then(|| duration as f64 / f64::from(scale))
}

fn created(clock: &[u8]) -> Option<String> {
    let since_1904 = match clock.first()? {
        0 => i64::from(be32(clock, 4)?),
        _ => i64::try_from(be64(clock, 4)?).ok()?,
    };
    // Before 1970 nobody filmed in this format: the clock was not set, or counts from another year.
    let moment = jiff::Timestamp::from_second(since_1904.checked_sub(EPOCH).filter(|seconds| *seconds > 0)?).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn track(window: &mut Window, part: Part) -> Track {
    let mut track = Track::default();
    let inside = isobmff::parts(window, part.start, part.end);
    if let Some(header) = isobmff::find(&inside, b"tkhd") {
        take_header(&header.content(window, 128), &mut track);
    }
    let Some(media) = isobmff::find(&inside, b"mdia") else { return track };
    let inside = isobmff::parts(window, media.start, media.end);
    if let Some(handler) = isobmff::find(&inside, b"hdlr") {
        track.kind = handler.content(window, 12).get(8..12).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
    }
    if let Some((scale, duration)) = isobmff::find(&inside, b"mdhd").and_then(|part| clock_of(&part.content(window, 64))) {
        (track.scale, track.seconds) = (scale, duration as f64 / f64::from(scale));
    }
    let table = isobmff::find(&inside, b"minf").and_then(|part| isobmff::child(window, part, b"stbl"));
    if let Some(samples) = table.and_then(|part| isobmff::child(window, part, b"stsd")) {
        take_sample(&samples.content(window, 64), &mut track);
    }
    track
}

/// The header has a matrix that turns the picture, and its size when shown.
fn take_header(content: &[u8], track: &mut Track) {
    let at = if content.first() == Some(&0) { 40 } else { 52 };
    track.id = be32(content, if content.first() == Some(&0) { 12 } else { 20 }).unwrap_or(0);
    let sign = |place: usize| be32(content, at + place * 4).map_or(0, |number| i32::from_be_bytes(number.to_be_bytes()).signum());
    track.rotation = match (sign(0), sign(1), sign(3), sign(4)) {
        (0, 1, -1, 0) => 90,
        (-1, 0, 0, -1) => 180,
        (0, -1, 1, 0) => 270,
        _ => 0,
    };
    let side = |at| be32(content, at).map(|side| side >> 16).filter(|side| *side > 0);
    track.shown = side(at + 36).zip(side(at + 40));
}

/// The first sample entry: its code, then the size of a picture or the shape of sound.
fn take_sample(content: &[u8], track: &mut Track) {
    track.codec = content.get(12..16).and_then(|codec| codec.try_into().ok()).unwrap_or_default();
    match &track.kind {
        b"vide" => track.size = be16(content, 40).zip(be16(content, 42)).filter(|(width, height)| *width > 0 && *height > 0),
        b"soun" => {
            track.channels = be16(content, 32);
            track.rate = be32(content, 40).map(|rate| rate >> 16).filter(|rate| *rate > 0);
        }
        _ => {}
    }
}

fn take_tracks(tracks: &[Track], facts: &mut Facts) {
    let films = tracks.iter().filter(|track| &track.kind == b"vide");
    let film = films.max_by_key(|track| (track.size.is_some(), track.size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))));
    let sound = tracks.iter().find(|track| &track.kind == b"soun");
    if let Some(film) = film {
        let size = film.size.or(film.shown);
        (facts.width, facts.height) = (size.map(|size| size.0), size.map(|size| size.1));
        facts.rotation = Some(film.rotation);
    }
    if let Some(sound) = sound {
        (facts.sample_rate, facts.channels) = (sound.rate, sound.channels);
    }
    facts.evidence.is_only_sound = film.is_none() && sound.is_some();
    facts.codec = film.or(sound).and_then(|track| codec(track.codec));
}

/// Returns the usual name of a codec by its four letters.
fn codec(letters: [u8; 4]) -> Option<String> {
    let known = match &letters {
        b"avc1" | b"avc2" | b"avc3" => "h264",
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => "hevc",
        b"av01" => "av1",
        b"vp08" => "vp8",
        b"vp09" => "vp9",
        b"mp4v" => "mpeg4",
        b"s263" | b"h263" | b"H263" => "h263",
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "prores",
        b"icod" => "aic",
        b"mjp2" => "jpeg2000",
        b"jpeg" | b"mjpa" | b"mjpb" => "mjpeg",
        b"dvc " | b"dvcp" | b"dvpp" | b"dv5n" | b"dv5p" | b"dvh5" | b"dvh6" => "dvvideo",
        b"SVQ1" => "svq1",
        b"SVQ3" => "svq3",
        b"rle " => "qtrle",
        b"mp4a" => "aac",
        b"Opus" => "opus",
        b"fLaC" => "flac",
        b"alac" => "alac",
        b"samr" => "amr_nb",
        b"sawb" => "amr_wb",
        b".mp3" => "mp3",
        b"ac-3" => "ac3",
        b"sowt" | b"twos" | b"lpcm" | b"in24" | b"raw " => "pcm",
        _ => {
            let text = std::str::from_utf8(&letters).ok()?.trim_matches(['\0', ' ']);
            return (!text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ')).then(|| text.to_owned());
        }
    };
    Some(known.to_owned())
}

/// Returns the duration of a film that is stored in pieces: what it announces, else the end of its last piece.
fn fragments(window: &mut Window, top: &[Part], moov: &[Part], tracks: &[Track], clock: &[u8]) -> Option<f64> {
    let announced = isobmff::find(moov, b"mvex").and_then(|part| isobmff::child(window, part, b"mehd")).map(|part| part.content(window, 12));
    if let Some(content) = announced
        && let Some(scale) = be32(clock, if clock.first() == Some(&0) { 12 } else { 20 }).filter(|scale| *scale > 0)
    {
        let duration = if content.first() == Some(&0) { be32(&content, 4).map(u64::from) } else { be64(&content, 4) };
        return duration.filter(|duration| *duration > 0).map(|duration| duration as f64 / f64::from(scale));
    }
    let defaults = defaults(window, moov);
    let mut ends = vec![0u64; tracks.len()];
    for moof in top.iter().filter(|part| &part.kind == b"moof").take(MOST) {
        for traf in isobmff::parts(window, moof.start, moof.end).into_iter().filter(|part| &part.kind == b"traf").take(64) {
            let parts = isobmff::parts(window, traf.start, traf.end);
            let Some((id, own)) = fragment_header(window, &parts) else { continue };
            let Some(place) = tracks.iter().position(|track| track.id == id) else { continue };
            let default = own.or_else(|| defaults.iter().find(|(track, _)| *track == id).map(|(_, duration)| *duration)).unwrap_or(0);
            let Some(end) = ends.get_mut(place) else { continue };
            let start = decode_time(window, &parts).unwrap_or(*end);
            *end = (*end).max(start.saturating_add(run(window, &parts, default)));
        }
    }
    let seconds = ends.iter().zip(tracks).filter(|(_, track)| track.scale > 0).map(|(end, track)| *end as f64 / f64::from(track.scale));
    Some(seconds.fold(0.0, f64::max)).filter(|seconds| *seconds > 0.0)
}

/// The durations that samples have if nothing else is said, by track (`trex`).
fn defaults(window: &mut Window, moov: &[Part]) -> Vec<(u32, u32)> {
    let Some(extends) = isobmff::find(moov, b"mvex") else { return Vec::new() };
    let parts = isobmff::parts(window, extends.start, extends.end);
    let contents = parts.iter().filter(|part| &part.kind == b"trex").take(64).map(|part| part.content(window, 16)).collect::<Vec<_>>();
    contents.iter().filter_map(|content| be32(content, 4).zip(be32(content, 12))).collect()
}

fn fragment_header(window: &mut Window, parts: &[Part]) -> Option<(u32, Option<u32>)> {
    let content = isobmff::find(parts, b"tfhd")?.content(window, 40);
    let flags = be32(&content, 0)? & 0xff_ffff;
    let at = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
    Some((be32(&content, 4)?, if flags & 8 != 0 { be32(&content, at) } else { None }))
}

fn decode_time(window: &mut Window, parts: &[Part]) -> Option<u64> {
    let content = isobmff::find(parts, b"tfdt")?.content(window, 12);
    if content.first() == Some(&0) { be32(&content, 4).map(u64::from) } else { be64(&content, 4) }
}

/// Adds up the durations of the samples of a piece.
fn run(window: &mut Window, parts: &[Part], default: u32) -> u64 {
    let mut sum = 0u64;
    for part in parts.iter().filter(|part| &part.kind == b"trun").take(64) {
        let content = part.content(window, 256 << 10);
        let (Some(flags), Some(count)) = (be32(&content, 0), be32(&content, 4)) else { continue };
        if flags & 0x100 == 0 {
            sum = sum.saturating_add(u64::from(count).saturating_mul(u64::from(default)));
            continue;
        }
        let start = 8 + if flags & 1 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
        let width = 4 * (flags >> 8 & 15).count_ones() as usize;
        let samples = content.get(start..).unwrap_or_default().chunks_exact(width.max(4)).take(count as usize);
        sum = samples.filter_map(|sample| be32(sample, 0)).fold(sum, |sum, duration| sum.saturating_add(u64::from(duration)));
    }
    sum
}

/// Reads `2025-03-12T08:15:00+0700`: the time of the place, without its distance from UTC.
fn local(text: &str) -> Option<String> {
    exif::local_time(text.get(..19)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind, content].concat()
    }

    #[test]
    fn a_film_that_was_turned_and_knows_when_and_where() {
        let clock = [[0u8; 4], 3_800_000_000u32.to_be_bytes(), [0; 4], 1000u32.to_be_bytes(), 2500u32.to_be_bytes()].concat();
        let mut header = vec![0u8; 84];
        for (at, number) in [(44, 0x10000u32), (52, 0xffff_0000), (76, 1080 << 16), (80, 1920 << 16)] {
            header[at..at + 4].copy_from_slice(&number.to_be_bytes());
        }
        let handler = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0vide");
        let track = boxed(b"trak", &[boxed(b"tkhd", &header), boxed(b"mdia", &handler)].concat());
        let place = boxed(b"udta", &boxed(b"\xa9xyz", b"\0\x12\x15\xc7+20.7170+106.0560/"));
        let moov = boxed(b"moov", &[boxed(b"mvhd", &clock), track, place].concat());
        let mut facts = Facts { mime: "video/quicktime".to_owned(), ..Facts::default() };
        read(&mut Window::over(moov), &mut facts);
        assert_eq!((facts.width, facts.height, facts.rotation), (Some(1080), Some(1920), Some(90)));
        assert_eq!((facts.lat, facts.lon, facts.duration_s), (Some(20.717), Some(106.056), Some(2.5)));
        assert_eq!(facts.taken.as_deref(), Some("2024-05-31T11:33:20Z"));
    }

    #[test]
    fn a_film_without_its_index_says_so() {
        let mut facts = Facts::default();
        read(&mut Window::over(boxed(b"mdat", b"....")), &mut facts);
        assert!(facts.problems[0].contains("moov"));
        assert_eq!(local("2025-03-12T08:15:00+0700").as_deref(), Some("2025-03-12T08:15:00"));
    }
}
