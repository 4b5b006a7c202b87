//! Facts of sound: duration, codec, shape and tags.
//!
//! WAV and its kin have a reader of our own, which believes the file more than its header; the library `lofty`
//! reads the rest (MP3, AAC, FLAC, Ogg, AIFF, …).

use std::io::{self, BufReader};
use std::time::Duration;

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType, TaggedFile, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::ItemKey;

use super::film::milliseconds;
use super::window::{Limited, Window};
use super::{Bytes, Facts, guarded};

mod wave;

pub(super) use wave::take_info;

/// ADTS has no index: the library reads every frame. Longer ones are left to ffprobe.
const LONGEST_ADTS: u64 = 4 << 20;

/// Reads the facts of sound whose media type is known.
pub(super) fn read(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, window: &mut Window, facts: &mut Facts) {
    match facts.mime.as_str() {
        "audio/vnd.wave" => return wave::read(window, facts),
        "audio/x-w64" => return wave::read_w64(window, facts),
        "audio/x-ms-wma" => return super::film::read(window, facts),
        "audio/midi" | "audio/x-caf" => return,
        "audio/aac" if window.size() > LONGEST_ADTS => return,
        "audio/mp4" => super::film::read(window, facts),
        _ => {}
    }
    let needs_library = facts.duration_s.is_none();
    match guarded("the sound", || parse(open)) {
        Ok(file) => take(&file, needs_library, facts),
        Err(problem) if needs_library => facts.problems.push(problem),
        // Its own reader understood it: damaged tags alone are no loss to speak of.
        Err(_) => {}
    }
}

fn parse(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>) -> anyhow::Result<TaggedFile> {
    let mut options = ParseOptions::new();
    // Strangers make cover pictures large.
    options.read_cover_art(false);
    Ok(Probe::new(BufReader::new(Limited::new(open()?))).guess_file_type()?.options(options).read()?)
}

fn take(file: &TaggedFile, needs_library: bool, facts: &mut Facts) {
    let properties = file.properties();
    if needs_library {
        facts.duration_s =
            Some(properties.duration()).filter(|duration| *duration > Duration::ZERO).and_then(|duration| milliseconds(duration.as_secs_f64()));
        facts.sample_rate = facts.sample_rate.or(properties.sample_rate());
        facts.channels = facts.channels.or(properties.channels().map(u32::from));
        facts.codec = facts.codec.take().or_else(|| codec(file.file_type()));
    }
    take_tags(file, facts);
}

fn take_tags(file: &TaggedFile, facts: &mut Facts) {
    let fields = [
        (ItemKey::TrackTitle, "title"),
        (ItemKey::TrackArtist, "creator"),
        (ItemKey::Composer, "creator"),
        (ItemKey::AlbumTitle, "album"),
        (ItemKey::Description, "description"),
        (ItemKey::Comment, "comment"),
        (ItemKey::RecordingDate, "date"),
        (ItemKey::Year, "date"),
        (ItemKey::CopyrightMessage, "rights"),
        (ItemKey::Genre, "genre"),
    ];
    for tag in file.tags().iter().take(8) {
        for (key, field) in fields {
            for text in tag.get_strings(key).take(16) {
                facts.describe(field, text);
            }
        }
    }
}

fn codec(file_type: FileType) -> Option<String> {
    let name = match file_type {
        FileType::Wav | FileType::Aiff => "pcm",
        FileType::Aac => "aac",
        FileType::Mpeg => "mp3",
        FileType::Flac => "flac",
        FileType::Opus => "opus",
        FileType::Vorbis => "vorbis",
        FileType::Speex => "speex",
        _ => return None,
    };
    Some(name.to_owned())
}
