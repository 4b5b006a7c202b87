//! PDF: its text, how many pages it has, and the look of a page.
//!
//! Text is read by our own reader: on Vietnamese pages it is as right as `pdftotext`, it takes a fifth of
//! the time, and it knows the names of old fonts, which `pdftotext` does not tell. Pages are drawn by
//! `hayro`. What these cannot open, read or draw is asked of the installed programs of poppler.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::{ENCRYPTED, FromFont, LONGEST_TEXT, Words};

mod drawing;
mod forms;
mod glyphs;
mod poppler;

pub(crate) use drawing::pdf_page;

/// A PDF longer than this is not held in the memory of a worker, in bytes; programs that read it piece by
/// piece may still read it.
const LONGEST: u64 = 192 << 20;

/// Why a PDF could not be opened.
#[derive(Debug)]
enum Closed {
    /// For people: why it stays so.
    Encrypted(&'static str),
    Other(anyhow::Error),
}

/// Reads text, title and number of pages. Text that neither reader finds is no error: scans have none.
pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let pdf = match open(path) {
        Ok(pdf) => pdf,
        Err(Closed::Encrypted(why)) => return Ok(Words::only(why)),
        Err(Closed::Other(error)) => return by_poppler_alone(path).ok_or(error),
    };
    let own = glyphs::read(&pdf, from_font);
    let (pages, title) = (Some(count(&pdf)), title(&pdf));
    drop(pdf);
    let chosen = choose(own, path);
    Ok(Words { pages, title, ..chosen })
}

/// Our own reader is believed; `pdftotext` is asked where that one finds no words or cannot name the letters.
fn choose(own: glyphs::Found, path: &Path) -> Words {
    let (has_words, is_garbage_here) = (letters(&own.text) > 0, is_garbage(&own.text));
    if (has_words && !is_garbage_here) || own.is_endless {
        return Words { text: own.text, is_cut: own.is_cut, problem: own.problem, ..Words::default() };
    }
    match poppler::text(path) {
        Some((text, is_cut)) if letters(&text) > 0 && !is_garbage(&text) => Words { text, is_cut, ..Words::default() },
        _ if is_garbage_here => Words::only("its fonts do not say which letters they show; its text cannot be read"),
        _ => Words { problem: own.problem, ..Words::default() },
    }
}

fn by_poppler_alone(path: &Path) -> Option<Words> {
    let (text, is_cut) = poppler::text(path)?;
    let problem = Some("it is damaged; only some of it could be read".to_owned());
    Some(Words { text, is_cut, problem, pages: poppler::pages(path), title: None })
}

/// Opens it with the empty password, which many encrypted files have.
fn open(path: &Path) -> Result<Pdf, Closed> {
    let bytes = bytes(path).map_err(Closed::Other)?;
    Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Closed::Encrypted(ENCRYPTED),
        LoadPdfError::Decryption(_) => Closed::Encrypted("it is encrypted in a way that is not understood here; its text cannot be read"),
        LoadPdfError::Invalid => Closed::Other(anyhow::anyhow!("it is damaged or no PDF: no page was found")),
    })
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).with_context(|| format!("{} cannot be read", path.display()))?;
    if bytes.len() as u64 > LONGEST {
        bail!("the PDF is longer than {} MiB, too long for the memory of a worker", LONGEST >> 20);
    }
    Ok(bytes)
}

fn count(pdf: &Pdf) -> u32 {
    u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX)
}

/// Its title: UTF-16 or UTF-8 after a mark, otherwise PDFDocEncoding, which is nearly windows-1252
/// (ISO 32000-2, 7.9.2.2).
fn title(pdf: &Pdf) -> Option<String> {
    let bytes = pdf.metadata().title.as_deref()?;
    let bytes = bytes.get(..4096.min(bytes.len()))?;
    let encoding = encoding_rs::Encoding::for_bom(bytes).map_or(encoding_rs::WINDOWS_1252, |(encoding, _)| encoding);
    let title = encoding.decode(bytes).0.replace(char::is_control, " ");
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

fn letters(text: &str) -> usize {
    text.chars().filter(|character| character.is_alphanumeric()).count()
}

/// More than a fifth of it is what stands for an unknown letter: replacement, control and private characters.
fn is_garbage(text: &str) -> bool {
    let is_unknown = |character: &char| {
        let is_space = matches!(character, '\n' | '\t' | '\r' | '\u{c}');
        matches!(character, '\u{fffd}' | '\u{e000}'..='\u{f8ff}') || (character.is_control() && !is_space)
    };
    let all = text.chars().filter(|character| !character.is_whitespace()).count();
    text.chars().filter(is_unknown).count() * 5 > all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::shared;

    /// A PDF of one page of this size with these drawing commands.
    fn made(name: &str, size: &str, commands: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("kho-{name}-{}.pdf", std::process::id()));
        let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size}]/Contents 4 0 R/Resources<</Font<</F {font}>>>>>>"),
            format!("<</Length {}>>stream\n{commands}\nendstream", commands.len()),
            "<</Title<FEFF0110006100 6E0020011100F3>>>".to_owned(),
        ];
        let (mut text, mut places) = ("%PDF-1.4\n".to_owned(), String::new());
        for (index, object) in objects.iter().enumerate() {
            places += &format!("{:010} 00000 n \n", text.len());
            text += &format!("{} 0 obj{object}endobj\n", index + 1);
        }
        let start = text.len();
        text += &format!("xref\n0 6\n0000000000 65535 f \n{places}trailer<</Size 6/Root 1 0 R/Info 5 0 R>>\nstartxref\n{start}\n%%EOF");
        std::fs::write(&path, text).expect("written");
        path
    }

    #[test]
    fn letters_become_words_and_lines() {
        // Each word at its own place; a line drawn twice to look bold; a word with an accent set back.
        let commands = "BT /F 12 Tf 10 80 Td (dan) Tj 30 0 Td (do) Tj ET BT /F 12 Tf 10 60 Td (Thu Sy) Tj ET BT /F 12 Tf 10.3 60 Td (Thu Sy) Tj ET\
            BT /F 12 Tf 10 40 Td [(l) 20 (u) -20 (a) -600 (to)] TJ ET";
        let path = made("chu", "200 100", commands);
        let words = read(&path, |text, _| text.to_owned()).expect("opened");
        assert_eq!(words.text, "dan do\nThu Sy\nlua to");
        assert_eq!((words.pages, words.title.as_deref()), (Some(1), Some("Đan đó")));
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn pages_of_any_claimed_size_are_drawn_small() {
        for (size, expected) in [("200 100", (64, 32)), ("1000000 1000000", (64, 64)), ("1000000 1", (64, 1))] {
            let path = made("to", size, "1 0 0 rg 0 0 2000000 2000000 re f");
            let (width, height, rgb) = pdf_page(&path, 0, 64).expect("drawn");
            assert_eq!((width, height), expected, "{size}");
            assert_eq!(rgb.len(), (width * height * 3) as usize);
            assert_eq!(rgb.get(..3), Some(&[255, 0, 0][..]), "{size}");
            assert!(pdf_page(&path, 1, 64).is_err());
            std::fs::remove_file(path).expect("removed");
        }
    }

    /// A form that draws itself twice, and thirty that each draw the next one twice: found by the fuzzer, and its cousin.
    #[test]
    fn forms_that_draw_each_other_without_end_are_left_out() {
        let tower = |forms: usize, last: &str| {
            let mut text = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n".to_owned();
            text += "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R/Resources<</XObject 5 0 R>>>>endobj\n";
            text += "4 0 obj<</Length 6>>stream\n/F0 Do\nendstream endobj\n5 0 obj<<";
            (0..forms).for_each(|form| text += &format!("/F{form} {} 0 R", form + 6));
            text += ">>endobj\n";
            for form in 0..forms {
                let next = if form + 1 == forms { last.to_owned() } else { format!("/F{0} Do /F{0} Do", form + 1) };
                let head = "<</Type/XObject/Subtype/Form/BBox[0 0 90 90]";
                text += &format!("{} 0 obj{head}/Length {}>>stream\n{next}\nendstream endobj\n", form + 6, next.len());
            }
            text + "trailer<</Root 1 0 R>>\n%%EOF"
        };
        for (number, (forms, last)) in [(1, "/F0 Do /F0 Do"), (30, "n"), (2, "/F0 Do")].into_iter().enumerate() {
            let path = std::env::temp_dir().join(format!("kho-vong-{number}-{}.pdf", std::process::id()));
            std::fs::write(&path, tower(forms, last)).expect("written");
            let began = std::time::Instant::now();
            let words = read(&path, |text, _| text.to_owned()).expect("opened");
            let problem = words.problem.unwrap_or_default();
            assert!(problem.contains("draws itself"), "{number}: {problem}");
            assert!(pdf_page(&path, 0, 64).is_err(), "{number}");
            assert!(began.elapsed().as_secs() < 20, "{number}");
            std::fs::remove_file(path).expect("removed");
        }
    }

    #[test]
    fn garbage_is_no_text() {
        assert!(is_garbage("\u{fffd}\u{fffd}ab"));
        assert!(!is_garbage("đan đó\u{fffd} ở Thủ Sỹ\n") && !is_garbage(""));
    }

    /// Reads the files of ../shared/media where they are at hand.
    #[test]
    fn real_files() {
        let Some(folder) = shared("media/doc/opf-variations/application/pdf") else { return };
        for name in ["lorem-ipsum.pdf", "lorem-ipsum.oo3.2.export.pdf"] {
            let path = folder.join(name);
            if path.exists() {
                let words = read(&path, |text, _| text.to_owned()).expect("opened");
                assert_eq!(words.text.split_whitespace().count(), 654, "{name}");
            }
        }
    }
}
