//! The words of documents: bytes of an office file, a web page, a book or a PDF in, plain text out.
//!
//! All of it runs in a worker process. Text is cut at a bound, a part of a ZIP is inflated no further than
//! a bound, and no number that a file claims decides how much memory is taken. What can be read of a
//! damaged file is given, with a sentence on what is missing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

mod html;
mod old_word;
mod open_document;
mod pdf;
mod presentation;
mod rtf;
mod sheet;
mod word;
mod writing;
mod xml;
mod zip_part;

pub(crate) use pdf::pdf_page;
use writing::Writing;

/// Text of a document ends here, in bytes: two or three thick books.
const LONGEST_TEXT: usize = 4 << 20;

/// A file that is read whole ends here, in bytes; a PDF has a bound of its own.
const LONGEST_FILE: u64 = 64 << 20;

const ENCRYPTED: &str = "it is encrypted; its text cannot be read without the password";

/// Turns text that a font of the years before Unicode shows (`.VnTime`, `VNI-Times`) into Unicode: text as
/// the file has it and the name of the font in, text out. For all other fonts it gives the text unchanged.
pub(crate) type FromFont = fn(text: &str, font: &str) -> String;

/// What a document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// Paragraphs end with `\n`; pages of a PDF are separated by a form feed.
    pub(crate) text: String,
    /// As the document names itself.
    pub(crate) title: Option<String>,
    /// Pages of a PDF, slides of a presentation.
    pub(crate) pages: Option<u32>,
    /// There is more text than is kept here.
    pub(crate) is_cut: bool,
    /// What could not be read, for people.
    pub(crate) problem: Option<String>,
}

impl Words {
    fn only(problem: &str) -> Self {
        Self { problem: Some(problem.to_owned()), ..Self::default() }
    }

    fn of(writing: Writing, title: Option<String>, problem: Option<String>) -> Self {
        let (text, is_cut) = writing.finish();
        let title = title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
        Self { text, title, pages: None, is_cut, problem }
    }
}

/// Whether documents of this media type are read here.
pub(crate) fn is_readable(mime: &str) -> bool {
    kind(mime).is_some()
}

/// Reads the words of the document at `path`; `None` when `mime` is none of the kinds that are read here. Text in
/// fonts of the years before Unicode goes through `from_font`.
///
/// # Errors
/// When nothing can be had of it. A document that is damaged in part or encrypted is no error: `problem` says so.
pub(crate) fn read_with(path: &Path, mime: &str, from_font: FromFont) -> anyhow::Result<Option<Words>> {
    let Some(kind) = kind(mime) else { return Ok(None) };
    if kind.is_zip() && is_compound_file(path)? {
        // [MS-OFFCRYPTO] 1.3: what is encrypted is a compound file around the package.
        return Ok(Some(Words::only(ENCRYPTED)));
    }
    let words = match kind {
        Kind::Word => word::read(path, from_font),
        Kind::Presentation => presentation::read(path, from_font),
        Kind::Sheet => sheet::read(path),
        Kind::OldSheet => sheet::read_old(path),
        Kind::OpenDocument => open_document::read(path, from_font),
        Kind::Book => html::read_book(path, from_font),
        Kind::Html => Ok(html::read(&whole(path)?, from_font)),
        Kind::Rtf => rtf::read(&whole(path)?, from_font),
        Kind::OldWord => old_word::read(path, from_font),
        Kind::Pdf => pdf::read(path, from_font),
    };
    words.map(Some)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Presentation,
    Sheet,
    OldSheet,
    OpenDocument,
    Book,
    Html,
    Rtf,
    OldWord,
    Pdf,
}

impl Kind {
    fn is_zip(self) -> bool {
        matches!(self, Self::Word | Self::Presentation | Self::Sheet)
    }
}

fn kind(mime: &str) -> Option<Kind> {
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let office = "application/vnd.openxmlformats-officedocument.";
    let macros = |prefix: &str| mime.starts_with(prefix) && mime.contains("macroenabled");
    Some(match mime.as_str() {
        "application/pdf" | "application/x-pdf" => Kind::Pdf,
        "text/html" | "application/xhtml+xml" => Kind::Html,
        "application/rtf" | "text/rtf" => Kind::Rtf,
        "application/epub+zip" => Kind::Book,
        "application/msword" => Kind::OldWord,
        "application/vnd.ms-excel" => Kind::OldSheet,
        _ if mime.starts_with("application/vnd.oasis.opendocument.") => Kind::OpenDocument,
        _ if mime.starts_with(&format!("{office}wordprocessingml")) || macros("application/vnd.ms-word.") => Kind::Word,
        _ if mime.starts_with(&format!("{office}presentationml")) || macros("application/vnd.ms-powerpoint.") => Kind::Presentation,
        _ if mime.starts_with(&format!("{office}spreadsheetml")) || macros("application/vnd.ms-excel.") => Kind::Sheet,
        _ => return None,
    })
}

fn is_compound_file(path: &Path) -> anyhow::Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    file.take(8).read_to_end(&mut start)?;
    Ok(start == [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

/// Reads the file as far as [`LONGEST_FILE`].
fn whole(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    file.take(LONGEST_FILE).read_to_end(&mut bytes).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, mime: &str) -> anyhow::Result<Option<Words>> {
        read_with(path, mime, |text, _| text.to_owned())
    }

    #[test]
    fn only_documents_are_read() {
        assert_eq!(kind("text/html; charset=windows-1258"), Some(Kind::Html));
        assert_eq!(kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document"), Some(Kind::Word));
        assert_eq!(kind("application/vnd.ms-excel.sheet.macroEnabled.12"), Some(Kind::Sheet));
        for other in ["multipart/related", "message/rfc822", "image/jpeg", "text/plain", ""] {
            assert_eq!(read(Path::new("/nowhere/sổ tay nghề đan đó"), other).ok(), Some(None));
        }
    }

    #[test]
    fn an_encrypted_office_file_is_named_so() {
        let path = std::env::temp_dir().join(format!("kho-mat-khau-{}.docx", std::process::id()));
        std::fs::write(&path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on").expect("written");
        let words = read(&path, "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(words.expect("read"), Some(Words::only(ENCRYPTED)));
    }
}
