//! What a file name tells: junk, sidecars, and the media they belong to.

use kho_archive::record;

use super::encoding;

/// The endings of files that describe the medium beside them.
const SIDECARS: [&str; 6] = ["srt", "vtt", "txt", "json", "csv", "xmp"];

/// The endings of sidecars that hold the words of a recording.
const TRANSCRIPTS: [&str; 3] = ["srt", "vtt", "txt"];

/// The endings of media that a sidecar can stand beside.
const MEDIA: [&str; 64] = [
    "3fr", "3gp", "aac", "ai", "aif", "aiff", "arw", "avi", "avif", "bmp", "cr2", "cr3", "dng", "doc", "docx", "dv", "eps", "flac", "gif", "heic",
    "heif", "iiq", "jp2", "jpeg", "jpg", "jxl", "m2ts", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "mts", "nef", "odt", "oga", "ogg",
    "ogv", "opus", "orf", "pdf", "pef", "png", "psd", "raf", "raw", "rw2", "svg", "tga", "tif", "tiff", "vob", "wav", "webm", "webp", "wma", "wmv",
    "w64", "djvu", "jpe", "mpo",
];

/// Whether a file is what systems leave behind: kept, but nobody looks for it.
pub(crate) fn is_junk(name: &[u8]) -> bool {
    let known: [&[u8]; 4] = [b".DS_Store", b"Thumbs.db", b"ehthumbs.db", b"desktop.ini"];
    name.starts_with(b"._") || known.contains(&name)
}

/// What the name of a sidecar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sidecar<'a> {
    /// The name of the medium without its ending, or with it (`x.jpg.xmp`).
    pub(crate) stem: &'a [u8],
    /// The stem without a language (`name.vi.srt`), if it may bear one.
    pub(crate) short_stem: Option<&'a [u8]>,
    /// Whether it holds the words of a recording.
    pub(crate) is_transcript: bool,
}

/// Reads the name of a sidecar; `None` if it cannot be one.
pub(crate) fn sidecar(name: &[u8]) -> Option<Sidecar<'_>> {
    let (stem, ending) = split(name)?;
    let ending = ending.to_ascii_lowercase();
    let is_one_of = |endings: &[&str]| endings.iter().any(|known| known.as_bytes() == ending);
    if !is_one_of(&SIDECARS) {
        return None;
    }
    Some(Sidecar { stem, short_stem: without_language(stem), is_transcript: is_one_of(&TRANSCRIPTS) })
}

/// Whether a file is named like a medium.
pub(crate) fn is_medium(name: &[u8]) -> bool {
    split(name).is_some_and(|(_, ending)| {
        let ending = ending.to_ascii_lowercase();
        MEDIA.iter().any(|known| known.as_bytes() == ending)
    })
}

/// Returns the language that a sidecar bears in its name (`name.vi.vtt`), as a BCP 47 tag.
pub(crate) fn language(name: &str) -> Option<&str> {
    let (stem, _) = name.rsplit_once('.')?;
    let (_, language) = stem.rsplit_once('.')?;
    is_language(language.as_bytes()).then_some(language)
}

/// Splits a name into stem and ending. A name that starts with its only dot has no ending.
pub(crate) fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|place| *place > 0)?;
    Some((&name[..dot], &name[dot + 1..]))
}

/// Returns the media type of plain text by the ending of its name.
pub(crate) fn plain_text_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "json" | "jsonl" => "application/json",
        "md" => "text/markdown",
        "srt" => "application/x-subrip",
        "tsv" => "text/tab-separated-values",
        "vtt" => "text/vtt",
        _ => "text/plain",
    }
}

fn without_language(stem: &[u8]) -> Option<&[u8]> {
    let (short, language) = split(stem)?;
    is_language(language).then_some(short)
}

fn is_language(text: &[u8]) -> bool {
    (2..=3).contains(&text.len()) && text.iter().all(u8::is_ascii_lowercase)
}

/// A path for people: NFC, always text, without control characters. Bytes that are no UTF-8 are read in the old
/// Vietnamese encoding in which they are words, each part of the path by itself; the second value names the
/// encodings that were guessed.
pub(crate) fn readable(path: &[u8]) -> (String, Option<String>) {
    if std::str::from_utf8(path).is_ok() {
        return (record::readable_name(path), None);
    }
    let mut guessed = Vec::new();
    let mut read = |part: &[u8]| {
        let reading = encoding::read_name(part);
        // No file system writes UTF-16 into a name of bytes: what looks like it is damage.
        if !reading.is_guess || std::str::from_utf8(part).is_ok() {
            return record::readable_name(part);
        }
        guessed.push(reading.encoding.name());
        record::readable_name(reading.text.as_bytes())
    };
    let parts: Vec<String> = path.split(|byte| *byte == b'/').map(&mut read).collect();
    guessed.dedup();
    (parts.join("/"), (!guessed.is_empty()).then(|| guessed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_read_by_stem_and_language() {
        let read = sidecar("cụ Thực (1).vi.vtt".as_bytes()).unwrap();
        assert_eq!(read.stem, "cụ Thực (1).vi".as_bytes());
        assert_eq!(read.short_stem, Some("cụ Thực (1)".as_bytes()));
        assert!(read.is_transcript);
        assert_eq!(sidecar(b"IMG_1.JPG.xmp").unwrap().stem, b"IMG_1.JPG");
        assert!(!sidecar(b"IMG_1.json").unwrap().is_transcript);
        assert_eq!(sidecar(b"IMG_1.pdf"), None);
        assert_eq!(sidecar(b".srt"), None);
        assert_eq!(language("phỏng vấn.vi.vtt"), Some("vi"));
        assert_eq!(language("phỏng vấn.vtt"), None);
    }

    #[test]
    fn junk_is_what_systems_leave() {
        for name in ["._IMG_4000.JPG", ".DS_Store", "Thumbs.db", "desktop.ini"] {
            assert!(is_junk(name.as_bytes()), "{name}");
        }
        for name in ["thumbs.db.txt", ".picasa.ini", ".hidden.jpg", "..jpg", "..."] {
            assert!(!is_junk(name.as_bytes()), "{name}");
        }
    }
}
