//! Facts of films: duration and size in pixels (MP4, MOV, MKV, WebM).

use std::io;

use nom_exif::{EntryValue, MediaParser, MediaSource, TrackInfo, TrackInfoTag};

use super::{Bytes, Facts, MediaKind, guarded, sound};

pub(super) fn read(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, facts: &mut Facts) {
    match guarded("the film", || Ok(MediaParser::new().parse_track(MediaSource::seekable(open()?)?)?)) {
        Ok(track) => take(&track, facts),
        Err(problem) => facts.problems.push(problem),
    }
    if facts.duration_s.is_none() {
        // Some containers are only known to the sound library.
        sound::take_duration(open, facts);
    }
    let is_only_sound = facts.mime == "video/mp4" && facts.width.is_none() && facts.duration_s.is_some() && facts.problems.is_empty();
    if is_only_sound {
        facts.kind = MediaKind::Sound;
    }
}

fn take(track: &TrackInfo, facts: &mut Facts) {
    let number = |tag| match track.get(tag) {
        Some(EntryValue::U32(number)) => Some(u64::from(*number)),
        Some(EntryValue::U64(number)) => Some(*number),
        _ => None,
    };
    let pixels = |tag| number(tag).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    facts.duration_s = number(TrackInfoTag::DurationMs).filter(|ms| *ms > 0).map(|ms| ms as f64 / 1000.0);
    (facts.width, facts.height) = (pixels(TrackInfoTag::Width), pixels(TrackInfoTag::Height));
}
