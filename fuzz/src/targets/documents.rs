//! Words of documents.

use crate::media::document::{self, Words};
use crate::parts::{at_desk, zipped};

/// The most that is kept of the text of a document.
const LONGEST_TEXT: usize = 4 << 20;

const PACKAGES: [(&[u8], &str); 5] = [
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"container.xml", "application/epub+zip"),
    (b"content.xml", "application/vnd.oasis.opendocument.text"),
];

/// Documents give bounded text, the same each time; `=== NAME` makes a package of the input.
pub(crate) fn documents(bytes: &[u8]) {
    let bytes = zipped(bytes);
    at_desk(|desk| {
        let path = desk.put("tài liệu", &bytes);
        for mime in kinds(&bytes) {
            let read = || document::read_with(&path, mime, |text, _font| text.to_owned()).map_err(|error| format!("{error:#}"));
            let outcome = read();
            assert_eq!(outcome, read(), "the same {mime} says something else");
            if let Ok(words) = outcome {
                check(&words.expect("the kind is one that is read"));
            }
        }
    });
}

/// What a file could be, by its first bytes and, for packages, by the names of its parts.
fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    match bytes {
        [b'P', b'K', ..] => PACKAGES.iter().filter(|(part, _)| holds(part)).map(|(_, mime)| *mime).collect(),
        [b'%', b'P', b'D', b'F', ..] => vec!["application/pdf"],
        [0xd0, 0xcf, ..] => vec!["application/msword", "application/vnd.ms-excel"],
        [b'{', ..] => vec!["application/rtf"],
        [b'<', ..] => vec!["text/html"],
        _ => vec!["text/html", "application/rtf"],
    }
}

fn check(words: &Words) {
    assert!(words.text.len() <= LONGEST_TEXT + 16, "{} bytes of text", words.text.len());
    assert!(words.title.as_deref().is_none_or(|title| !title.is_empty() && title == title.trim()), "{:?}", words.title);
    assert!(words.problem.as_deref() != Some(""), "a problem without words");
}
