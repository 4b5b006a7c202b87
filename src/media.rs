//! What bytes say of themselves: bytes in, facts out. Knows neither archive nor index.
//!
//! Formats are recognised by content; the name only helps where the content is silent (plain text). A
//! parser that fails or panics costs the facts, never the file.

use std::io::{self, BufReader, Read, Seek};
use std::panic::{self, AssertUnwindSafe};

use file_format::FileFormat;
use serde::{Deserialize, Serialize};

mod film;
mod image;
pub(crate) mod names;
mod sound;
pub(crate) mod text;
pub(crate) mod transcript;

/// A source of bytes that can be read at any place.
pub(crate) trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// What kind of thing a file is, by its media type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MediaKind {
    /// A picture that stands still.
    Image,
    /// Moving pictures.
    Film,
    /// Sound alone.
    Sound,
    /// Text in whatever format.
    Document,
    /// Anything else.
    #[default]
    File,
}

/// What was read out of a file. Absent means: not found, or not a property of this format.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) mime: String,
    pub(crate) kind: MediaKind,
    /// In pixels, as stored.
    pub(crate) width: Option<u32>,
    /// In pixels, as stored.
    pub(crate) height: Option<u32>,
    /// EXIF orientation, 1 to 8.
    pub(crate) orientation: Option<u8>,
    /// Local time, ISO 8601, as the device wrote it.
    pub(crate) taken: Option<String>,
    /// Degrees, WGS 84.
    pub(crate) lat: Option<f64>,
    /// Degrees, WGS 84.
    pub(crate) lon: Option<f64>,
    /// Seconds.
    pub(crate) duration_s: Option<f64>,
    pub(crate) codec: Option<String>,
    /// What could not be read, for people.
    pub(crate) problems: Vec<String>,
}

/// Reads the facts of a file. `open` gives its bytes, from the beginning, as often as it is called; `name`
/// is its name for people; `size` its length in bytes.
pub(crate) fn read_facts(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, name: &str, size: u64) -> Facts {
    let mime = guarded("the format", || Ok(sniff(open, name)?));
    let mut facts = Facts { mime: mime.unwrap_or_else(|_| "application/octet-stream".to_owned()), ..Facts::default() };
    facts.kind = kind_of(&facts.mime);
    let read = |facts: &mut Facts| match facts.kind {
        MediaKind::Image => image::read(open, size, facts),
        MediaKind::Film => film::read(open, facts),
        MediaKind::Sound => sound::read(open, facts),
        MediaKind::Document | MediaKind::File => {}
    };
    // A parser that panics in the middle leaves what it had found before.
    if size > 0 {
        let mut found = facts.clone();
        match panic::catch_unwind(AssertUnwindSafe(|| read(&mut found))) {
            Ok(()) => facts = found,
            Err(_) => facts.problems.push("the parser of this format crashed on it".to_owned()),
        }
    }
    facts
}

/// Runs one parser; its error or panic becomes a sentence that names `what` it was reading.
fn guarded<T>(what: &str, parse: impl FnOnce() -> anyhow::Result<T>) -> Result<T, String> {
    match panic::catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{what} cannot be read: {error}")),
        Err(_) => Err(format!("{what} cannot be read: the parser crashed")),
    }
}

/// Returns the kind of thing that has this media type.
pub(crate) fn kind_of(mime: &str) -> MediaKind {
    let (family, _) = mime.split_once('/').unwrap_or((mime, ""));
    match family {
        "image" => MediaKind::Image,
        "video" => MediaKind::Film,
        "audio" => MediaKind::Sound,
        "text" => MediaKind::Document,
        "application" if is_document(mime) => MediaKind::Document,
        _ => MediaKind::File,
    }
}

fn is_document(mime: &str) -> bool {
    let names = ["pdf", "msword", "rtf", "json", "postscript", "epub", "opendocument", "officedocument", "ms-excel", "ms-powerpoint", "subrip"];
    names.iter().any(|name| mime.contains(name))
}

fn sniff(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, name: &str) -> io::Result<String> {
    let format = FileFormat::from_reader(BufReader::new(open()?))?;
    Ok(match format {
        FileFormat::PlainText | FileFormat::Empty => names::plain_text_type(name).to_owned(),
        // Matroska and MP4 with sound alone are told apart by the parsers, not here.
        other => other.media_type().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn facts_of(bytes: &[u8], name: &str) -> Facts {
        let bytes = bytes.to_owned();
        let size = bytes.len() as u64;
        read_facts(&move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Bytes>), name, size)
    }

    #[test]
    fn content_decides_and_the_name_helps_only_plain_text() {
        assert_eq!(facts_of(b"\xff\xd8\xff\xe0 cut off", "phim.mp4").mime, "image/jpeg");
        assert_eq!(facts_of(b"WEBVTT\n\n00:01.000 --> 00:02.000\nx", "a.vtt").kind, MediaKind::Document);
        assert_eq!(facts_of("1\n00:00:01,000 --> 00:00:02,000\nđó\n".as_bytes(), "a.srt").mime, "application/x-subrip");
        assert_eq!(facts_of("nghề dệt".as_bytes(), "a.txt").mime, "text/plain");
        assert_eq!(facts_of(b"", "rỗng.mp4").problems, Vec::<String>::new());
        assert_eq!(facts_of(&[0, 159, 146, 150], "x").kind, MediaKind::File);
    }

    #[test]
    fn a_broken_picture_has_problems_and_no_invented_facts() {
        let facts = facts_of(b"\x89PNG\r\n\x1a\n and then nothing", "hỏng.png");
        assert_eq!((facts.kind, facts.width), (MediaKind::Image, None));
        assert!(!facts.problems.is_empty());
    }
}
