//! What bytes say of themselves: bytes in, facts out. Knows neither archive nor index.
//!
//! Formats are recognised by content; the name only helps where the content is silent (plain text). A
//! parser that fails or panics costs the facts, never the file.

use std::io::{self, Read, Seek};
use std::panic::{self, AssertUnwindSafe};

use serde::{Deserialize, Serialize};

pub(crate) mod describe;
mod described;
pub(crate) mod document;
pub(crate) mod encoding;
mod exif;
mod film;
mod image;
mod iptc;
mod isobmff;
mod mismatch;
pub(crate) mod names;
mod pages;
mod pronom;
pub(crate) mod sidecar;
mod signature;
mod sound;
pub(crate) mod table;
pub(crate) mod text;
mod tiff;
pub(crate) mod transcript;
mod window;

pub(crate) use signature::HEAD;
use window::Window;

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
    /// The identifier of the format in PRONOM, where the evidence decides.
    pub(crate) puid: Option<String>,
    /// In pixels, as stored.
    pub(crate) width: Option<u32>,
    /// In pixels, as stored.
    pub(crate) height: Option<u32>,
    /// EXIF orientation, 1 to 8.
    pub(crate) orientation: Option<u8>,
    /// Dots per inch, as the file says; of a scan, how large the original was. Of what a camera took it says nothing.
    pub(crate) dpi: Option<f64>,
    /// How a film is turned when shown: 0, 90, 180 or 270 degrees with the clock.
    pub(crate) rotation: Option<u16>,
    /// Whether a picture moves.
    pub(crate) is_animated: bool,
    /// Pages of a TIFF or PDF.
    pub(crate) pages: Option<u64>,
    /// ISO 8601. Local time, as the device wrote it; with `Z` at the end where the format has UTC (MP4, Matroska).
    pub(crate) taken: Option<String>,
    /// Degrees, WGS 84. A camera without reception may write 0, 0: that is passed on.
    pub(crate) lat: Option<f64>,
    /// Degrees, WGS 84.
    pub(crate) lon: Option<f64>,
    /// Seconds.
    pub(crate) duration_s: Option<f64>,
    /// Of the pictures if there are any, else of the sound; in the words of ffmpeg.
    pub(crate) codec: Option<String>,
    /// Samples in a second.
    pub(crate) sample_rate: Option<u32>,
    pub(crate) channels: Option<u32>,
    /// What the file says of itself: a field (`title`, `description`, `creator`, `keywords`, `rights`, `place`,
    /// `comment`, `date`, `album`, `genre`) and its words, in the order found.
    pub(crate) described: Vec<(String, String)>,
    /// The XMP packet as it stands in the file, at most 1 MiB.
    pub(crate) xmp: Option<Vec<u8>>,
    /// What could not be read, for people.
    pub(crate) problems: Vec<String>,
    /// What readers noticed on the way; only for naming the format exactly.
    #[serde(skip)]
    evidence: Evidence,
}

impl Facts {
    /// Takes a resolution, in dots for so many inches. Programs that know none write 72 or 96.
    fn take_resolution(&mut self, dots: f64, inches: f64) {
        let dpi = (dots / inches * 100.0).round() / 100.0;
        self.dpi = self.dpi.or(Some(dpi).filter(|dpi| (96.5..100_000.0).contains(dpi)));
    }
}

/// Small observations that tell versions of a format apart.
#[derive(Clone, Debug, Default, PartialEq)]
struct Evidence {
    jfif_version: Option<(u8, u8)>,
    has_exif: bool,
    /// Whether a JPEG begins with EXIF.
    exif_is_first: bool,
    is_geographic: bool,
    exif_version: Option<String>,
    is_big_tiff: bool,
    webp_kind: Option<u8>,
    /// Of each text of a PNG, whether it is international.
    png_texts: Vec<bool>,
    png_chunks: Vec<[u8; 4]>,
    svg_version: Option<String>,
    wave_format: Option<u32>,
    wave_format_length: Option<u32>,
    broadcast_version: Option<u32>,
    is_only_sound: bool,
}

/// Reads the facts of a file. `open` gives its bytes, from the beginning, as often as it is called; `name`
/// is its name for people; `size` its length in bytes.
///
/// Reads headers and indexes only: at most 16 MiB of a file, and usually one or two pieces of 8 KiB.
pub(crate) fn read_facts(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, name: &str, size: u64) -> Facts {
    let mut facts = Facts::default();
    match guarded("the format", || Ok(signature::media_type(open, name, size)?)) {
        Ok(mime) => facts.mime = mime,
        Err(problem) => {
            facts.mime = "application/octet-stream".to_owned();
            facts.problems.push(problem);
        }
    }
    facts.kind = kind_of(&facts.mime);
    if size == 0 {
        return facts;
    }
    // A parser that panics in the middle leaves what had been found before.
    for read in [read_content, read_puid] {
        let mut found = facts.clone();
        match panic::catch_unwind(AssertUnwindSafe(|| read(open, size, &mut found))) {
            Ok(Ok(())) => facts = found,
            Ok(Err(error)) => facts.problems.push(format!("the file cannot be read: {error}")),
            Err(_) => facts.problems.push("the parser of this format crashed on it".to_owned()),
        }
    }
    facts.problems.extend(mismatch::sentence(name, &facts));
    facts
}

/// Returns the facts of a file of which one look at its first [`HEAD`] and its last 18 bytes tells that nothing is known;
/// `None` if a reader of formats should look at it. What it returns is what [`read_facts`] would.
pub(crate) fn facts_of_unknown(head: &[u8], tail: &[u8], name: &str) -> Option<Facts> {
    let is_unknown = panic::catch_unwind(|| signature::is_unknown(head, tail, name)).unwrap_or(false);
    is_unknown.then(|| {
        let mime = "application/octet-stream".to_owned();
        Facts { kind: kind_of(&mime), mime, ..Facts::default() }
    })
}

fn read_content(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, size: u64, facts: &mut Facts) -> io::Result<()> {
    let mut window = Window::new(open()?, size);
    match facts.kind {
        MediaKind::Image => image::read(&mut window, facts),
        MediaKind::Film => film::read(&mut window, facts),
        MediaKind::Sound => sound::read(open, &mut window, facts),
        MediaKind::Document if facts.mime == "application/pdf" => facts.pages = pages::of_pdf(&mut window),
        MediaKind::Document | MediaKind::File => {}
    }
    Ok(())
}

fn read_puid(open: &dyn Fn() -> io::Result<Box<dyn Bytes>>, size: u64, facts: &mut Facts) -> io::Result<()> {
    facts.puid = pronom::puid(&mut Window::new(open()?, size), facts).map(str::to_owned);
    Ok(())
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
        "application" | "message" | "multipart" if is_document(mime) => MediaKind::Document,
        _ => MediaKind::File,
    }
}

fn is_document(mime: &str) -> bool {
    let names = [
        "pdf",
        "msword",
        "rtf",
        "json",
        "postscript",
        "epub",
        "opendocument",
        "officedocument",
        "ms-excel",
        "ms-powerpoint",
        "subrip",
        "rfc822",
        "mbox",
        "multipart/related",
    ];
    names.iter().any(|name| mime.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::shared;
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

    /// Reads the developers' corpus at ../shared/media, and passes where it is absent.
    #[test]
    fn no_file_of_the_corpus_crashes_a_reader() {
        let mut waiting: Vec<_> = shared("media").into_iter().collect();
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    waiting.push(path);
                    continue;
                }
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let size = path.metadata().map_or(0, |metadata| metadata.len());
                let open = || std::fs::File::open(&path).map(|file| Box::new(file) as Box<dyn Bytes>);
                let facts = read_facts(&open, &name, size);
                assert!(!facts.problems.iter().any(|problem| problem.contains("crashed")), "{path:?}");
                assert!(!facts.mime.is_empty());
                let bytes = std::fs::read(&path).unwrap();
                let (head, tail) = (&bytes[..bytes.len().min(HEAD)], &bytes[bytes.len().saturating_sub(18)..]);
                if let Some(unknown) = facts_of_unknown(head, tail, &name) {
                    assert_eq!(facts, unknown, "{path:?}");
                }
            }
        }
    }

    #[test]
    fn a_broken_picture_has_problems_and_no_invented_facts() {
        let facts = facts_of(b"\x89PNG\r\n\x1a\n and then nothing", "hỏng.png");
        assert_eq!((facts.kind, facts.width), (MediaKind::Image, None));
        assert!(!facts.problems.is_empty());
    }
}
