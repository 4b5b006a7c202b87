//! Web pages, and books made of them.
//!
//! A small tokenizer of our own: it goes over the text once, never back, and never deeper than a bound.

use std::path::Path;

use quick_xml::escape::resolve_html5_entity;

use super::writing::Writing;
use super::{FromFont, Words};
use crate::media::encoding;

mod book;

/// Elements within elements are followed so deep.
const DEEPEST: usize = 256;

/// Reads a web page.
pub(super) fn read(bytes: &[u8], from_font: FromFont) -> Words {
    let mut writing = Writing::default();
    let (text, is_damaged) = decode(bytes);
    let title = write(&text, &mut writing, from_font);
    let problem = is_damaged.then(|| "some of its bytes are not in the encoding that it names".to_owned());
    Words::of(writing, title, problem)
}

/// Reads the chapters of an EPUB in the order of its spine.
///
/// # Errors
/// When it is no ZIP or lists no chapters.
pub(super) fn read_book(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    book::read(path, from_font)
}

/// Decodes by the byte order mark, by what the page says of itself, or by the syllables of its words.
/// Also tells whether some bytes meant nothing.
fn decode(bytes: &[u8]) -> (String, bool) {
    use encoding_rs::{Encoding, UTF_8};
    let by_mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let named = || declared(bytes).and_then(|label| Encoding::for_label(&label));
    let Some(encoding) = by_mark.or_else(named) else {
        let reading = encoding::read(bytes);
        return (reading.text, reading.is_damaged);
    };
    // A page that names UTF-16 in ASCII letters is in UTF-8 (HTML standard, 13.2.3.3).
    let encoding = if by_mark.is_none() && !encoding.is_ascii_compatible() { UTF_8 } else { encoding };
    let (text, _, is_damaged) = encoding.decode(bytes);
    (text.into_owned(), is_damaged)
}

/// The name after `charset=` or `encoding=` in the first 4 KiB.
fn declared(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = bytes.get(..bytes.len().min(4096))?.to_ascii_lowercase();
    let after = |word: &[u8]| start.windows(word.len()).position(|window| window == word).and_then(|at| start.get(at + word.len()..));
    let rest = after(b"charset=").or_else(|| after(b"encoding="))?;
    let label = rest.iter().skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '));
    Some(label.take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte)).take(40).copied().collect())
}

/// Writes the text of a page and gives its title.
fn write(page: &str, writing: &mut Writing, from_font: FromFont) -> Option<String> {
    let mut walker = Walker { rest: page, writing, from_font, open: Vec::new(), title: None };
    while let Some(at) = walker.rest.find('<') {
        let (text, rest) = walker.rest.split_at(at);
        walker.text(text);
        walker.rest = rest;
        walker.markup();
        if walker.writing.is_full() {
            break;
        }
    }
    let rest = walker.rest;
    walker.text(rest);
    walker.writing.fresh_line();
    walker.title
}

/// An element that is open, with the font of its text.
struct Open {
    name: String,
    font: Option<String>,
}

struct Walker<'a> {
    rest: &'a str,
    writing: &'a mut Writing,
    from_font: FromFont,
    open: Vec<Open>,
    title: Option<String>,
}

impl<'a> Walker<'a> {
    /// Steps over what begins with `<`.
    fn markup(&mut self) {
        let rest = self.rest;
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.rest = after(comment, "-->");
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let end = data.find("]]>").unwrap_or(data.len());
            self.text(data.get(..end).unwrap_or_default());
            self.rest = after(data, "]]>");
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            self.rest = after(rest, ">");
        } else if rest.starts_with("</") {
            self.tag(2);
        } else if rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) {
            self.tag(1);
        } else {
            self.text("<");
            self.rest = rest.get(1..).unwrap_or_default();
        }
    }

    fn tag(&mut self, start: usize) {
        let inside = self.rest.get(start..).unwrap_or_default();
        let end = end_of_tag(inside);
        let tag = inside.get(..end).unwrap_or_default();
        self.rest = inside.get(end + 1..).unwrap_or_default();
        let length = tag.find(|character: char| character.is_whitespace() || character == '/').unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(length);
        let name = name.to_ascii_lowercase();
        match start {
            1 => self.opened(&name, attributes),
            _ => self.closed(&name),
        }
    }

    fn opened(&mut self, name: &str, attributes: &str) {
        match name {
            "script" | "style" | "template" | "svg" | "math" | "noscript" | "textarea" | "select" => {
                if !attributes.ends_with('/') {
                    self.skip(name);
                }
                return;
            }
            "title" => {
                let inside = self.skip(name);
                if self.title.is_none() {
                    let title: String = inside.chars().take(1000).collect();
                    self.title = Some(unescape(&title).split_whitespace().collect::<Vec<_>>().join(" "));
                }
                return;
            }
            "br" => self.writing.push_char('\n'),
            "td" | "th" if !self.writing.is_at_line_start() => self.writing.push_char('\t'),
            _ if is_block(name) => self.writing.fresh_line(),
            _ => {}
        }
        let is_void = matches!(name, "br" | "hr" | "img" | "input" | "link" | "meta" | "col" | "area" | "base" | "wbr") || attributes.ends_with('/');
        if is_void || self.open.len() >= DEEPEST {
            return;
        }
        if name == "p" && self.open.last().is_some_and(|open| open.name == "p") {
            self.open.pop();
        }
        let font = font(name, attributes).or_else(|| self.open.last().and_then(|open| open.font.clone()));
        self.open.push(Open { name: name.to_owned(), font });
    }

    fn closed(&mut self, name: &str) {
        if is_block(name) {
            self.writing.fresh_line();
        }
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
    }

    /// Steps behind the end of an element whose inside is no text of the page, and gives that inside.
    fn skip(&mut self, name: &str) -> &'a str {
        let rest = self.rest;
        let mut from = 0;
        while let Some(at) = rest.get(from..).and_then(|rest| rest.find("</")) {
            let end = from + at;
            let found = rest.get(end + 2..).unwrap_or_default();
            if found.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.rest = after(found, ">");
                return rest.get(..end).unwrap_or_default();
            }
            from = end + 2;
        }
        self.rest = "";
        rest
    }

    /// Writes text with white space folded, outside of `pre` and inside alike.
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = unescape(text);
        let text = match self.open.last().and_then(|open| open.font.as_deref()) {
            Some(font) => (self.from_font)(&text, font),
            None => text,
        };
        for character in text.chars() {
            match character {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.writing.space(),
                character => self.writing.push_char(character),
            }
        }
    }
}

/// What comes after `end`, or nothing.
fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).and_then(|at| text.get(at + end.len()..)).unwrap_or_default()
}

/// Where the `>` of a tag stands: not within quotes.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    // A tag with a quote that never ends must not swallow the page.
    for (at, byte) in text.bytes().enumerate().take(1 << 16) {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'>', None) => return at,
            _ => {}
        }
    }
    text.find('>').unwrap_or(text.len())
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 36] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tr",
        "ul",
    ];
    BLOCKS.contains(&name)
}

/// The font that `<font face>` or `style="font-family"` asks for first.
fn font(name: &str, attributes: &str) -> Option<String> {
    let lower = attributes.to_ascii_lowercase();
    let key = if name == "font" && lower.contains("face") { "face" } else { "font-family" };
    let value = attributes.get(lower.find(key)? + key.len()..)?;
    let value = value.trim_start_matches([' ', '=', ':', '"', '\'', '\t', '\n', '\r']);
    let value = value.strip_prefix("&quot;").unwrap_or(value);
    let end = value.find(['"', '\'', ',', ';', '>', '&']).unwrap_or(value.len());
    Some(value.get(..end)?.trim().to_owned()).filter(|font| !font.is_empty())
}

/// Resolves `&agrave;`, `&#7879;` and `&#x1ec7;`. What is no such thing stays.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        let inside = from.get(1..).unwrap_or_default();
        let length = inside.bytes().take(32).position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#')).unwrap_or(inside.len().min(32));
        let resolved = inside.get(..length).and_then(entity);
        match resolved {
            Some(character) => {
                result.push_str(&character);
                let left = inside.get(length..).unwrap_or_default();
                rest = left.strip_prefix(';').unwrap_or(left);
            }
            None => {
                result.push('&');
                rest = inside;
            }
        }
    }
    result.push_str(rest);
    result
}

fn entity(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else { return resolve_html5_entity(name).map(str::to_owned) };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    // 128 to 159 mean what they mean in windows-1252 (HTML standard, 13.2.5.80).
    match code.ok()? {
        code @ 0x80..=0x9f => Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[u8::try_from(code).ok()?]).0.into_owned()),
        code => char::from_u32(code).map(String::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(html: &str) -> Words {
        read(html.as_bytes(), |text, font| if font.starts_with(".Vn") { text.to_uppercase() } else { text.to_owned() })
    }

    #[test]
    fn a_page_on_fish_traps() {
        let words = plain(
            "<!doctype html><title>L&agrave;ng ngh&#7873; Th&#x1EE7;\n Sỹ</title><style>p{}</style><script>if (a<b) '</p>'</script>\
             <p>Đan <b>đó</b>, đan\n lờ<p>giá &lt; 5 &amp; hơn<table><tr><td>tre<td>nứa</tr></table><!-- <p>ẩn -->1 < 2<br>hết",
        );
        assert_eq!(words.title.as_deref(), Some("Làng nghề Thủ Sỹ"));
        assert_eq!(words.text, "Đan đó, đan lờ\ngiá < 5 & hơn\ntre\tnứa\n1 < 2\nhết");
    }

    #[test]
    fn old_fonts_are_named_to_the_hook() {
        assert_eq!(
            plain("<font face='.VnTime'>lua <i>to</i></font> tam<p style=\"color:red; font-family: .VnArial, serif\">dep").text,
            "LUA TO tam\nDEP"
        );
    }

    #[test]
    fn the_page_says_its_encoding() {
        let (text, is_damaged) = decode(b"<meta charset=\"windows-1258\">ngh\xea\xcc dan");
        assert!(text.ends_with("ngh\u{ea}\u{300} dan") && !is_damaged);
        assert_eq!(decode(b"\xff\xfe\x11\x01").0, "đ");
        assert_eq!(decode("nghề".as_bytes()).0, "nghề");
        assert!(decode(b"<meta charset=utf-8>\xb5").1);
    }

    #[test]
    fn hostile_pages_end() {
        assert_eq!(plain("<p title=\"chưa đóng>đó").text, "đó");
        assert_eq!(plain(&"<div>".repeat(100_000)).text, "");
        assert_eq!(plain("<script>không bao giờ hết").text, "");
        assert_eq!(plain("&#99999999; &khong; &").text, "&#99999999; &khong; &");
        assert_eq!(plain("a<").text, "a<");
    }
}
