//! Facts of sound: its duration (WAV, MP3, M4A, FLAC, Ogg, Opus, AIFF, …).

use std::io::{self, BufReader};

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType, TaggedFileExt};
use lofty::probe::Probe;

use super::{Bytes, Facts, guarded};

pub(super) fn read(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, facts: &mut Facts) {
    if let Some(problem) = take_duration(open, facts) {
        facts.problems.push(problem);
    }
}

/// Takes the duration if the library knows the format; returns why not.
pub(super) fn take_duration(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, facts: &mut Facts) -> Option<String> {
    match guarded("the sound", || duration(open)) {
        Ok((seconds, codec)) => {
            facts.duration_s = seconds;
            facts.codec = codec;
            None
        }
        Err(problem) => Some(problem),
    }
}

fn duration(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>) -> anyhow::Result<(Option<f64>, Option<String>)> {
    // Cover pictures and tags are not needed here, and strangers make them large.
    let mut options = ParseOptions::new();
    options.read_tags(false).read_cover_art(false);
    let file = Probe::new(BufReader::new(open()?)).guess_file_type()?.options(options).read()?;
    let seconds = file.properties().duration().as_secs_f64();
    // To the millisecond; a header alone has no duration.
    let seconds = ((seconds * 1000.0).round() / 1000.0 > 0.0).then(|| (seconds * 1000.0).round() / 1000.0);
    Ok((seconds, codec(file.file_type())))
}

fn codec(file_type: FileType) -> Option<String> {
    let name = match file_type {
        FileType::Wav | FileType::Aiff => "pcm",
        FileType::Mpeg => "mp3",
        FileType::Flac => "flac",
        FileType::Opus => "opus",
        FileType::Vorbis => "vorbis",
        _ => return None,
    };
    Some(name.to_owned())
}
