//! Rich Text Format 1.9.1: a reader of its words.

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::writing::Writing;
use super::{FromFont, Words};
use crate::media::encoding;

/// Groups within groups are followed so deep; deeper ones are read with the state of the last.
const DEEPEST: usize = 256;

/// Reads the text.
///
/// # Errors
/// When it does not begin as RTF does.
pub(super) fn read(bytes: &[u8], from_font: FromFont) -> anyhow::Result<Words> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    anyhow::ensure!(bytes.starts_with(b"{\\rtf"), "it does not begin as RTF does");
    let mut reader = Reader::new(bytes, from_font);
    while reader.at < bytes.len() && !reader.writing.is_full() {
        reader.step();
    }
    reader.flush();
    let problem = (reader.depth > 0).then(|| "it is not whole: its end is missing".to_owned());
    let title = (!reader.title.is_empty()).then(|| std::mem::take(&mut reader.title));
    Ok(Words::of(reader.writing, title, problem))
}

/// What the text of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Body,
    Title,
    FontTable,
    /// Pictures, styles, and all that a reader may leave out.
    Nowhere,
}

/// What a group inherits and forgets at its end.
#[derive(Clone, Copy, Debug)]
struct State {
    place: Place,
    font: i32,
    /// How many letters stand behind `\u` for readers without Unicode.
    fallback: usize,
}

#[derive(Debug, Default)]
struct Font {
    name: String,
    encoding: Option<&'static Encoding>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    writing: Writing,
    title: String,
    from_font: FromFont,
    state: State,
    outer: Vec<State>,
    /// Groups that are open, also those too deep to remember.
    depth: usize,
    fonts: HashMap<i32, Font>,
    default_encoding: &'static Encoding,
    /// Bytes of the current font that were not yet decoded.
    waiting: Vec<u8>,
    /// Letters after `\u` that are still to be left out.
    to_skip: usize,
    /// First half of a surrogate pair.
    half: Option<u16>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], from_font: FromFont) -> Self {
        Self {
            bytes,
            at: 0,
            writing: Writing::default(),
            title: String::new(),
            from_font,
            state: State { place: Place::Body, font: -1, fallback: 1 },
            outer: Vec::new(),
            depth: 0,
            fonts: HashMap::new(),
            default_encoding: WINDOWS_1252,
            waiting: Vec::new(),
            to_skip: 0,
            half: None,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn step(&mut self) {
        match self.next() {
            Some(b'{') => self.open(),
            Some(b'}') => self.close(),
            Some(b'\\') => self.control(),
            Some(b'\r' | b'\n' | 0) | None => {}
            Some(byte) => self.byte(byte),
        }
    }

    fn open(&mut self) {
        self.flush();
        self.depth += 1;
        self.to_skip = 0;
        if self.outer.len() < DEEPEST {
            self.outer.push(self.state);
        }
    }

    fn close(&mut self) {
        self.flush();
        self.depth = self.depth.saturating_sub(1);
        self.to_skip = 0;
        if self.depth < self.outer.len()
            && let Some(state) = self.outer.pop()
        {
            self.state = state;
        }
    }

    fn control(&mut self) {
        let Some(first) = self.next() else { return };
        match first {
            b'\'' => {
                let digits = self.bytes.get(self.at..self.at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                if let Some(code) = code {
                    self.at += 2;
                    self.byte(code);
                }
            }
            b'*' => self.enter(Place::Nowhere),
            b'~' => self.letter('\u{a0}'),
            b'_' => self.letter('-'),
            b'\r' | b'\n' => self.letter('\n'),
            b'\\' | b'{' | b'}' => self.byte(first),
            b'a'..=b'z' | b'A'..=b'Z' => {
                self.at -= 1;
                let (word, number) = self.word();
                self.act(&word, number);
            }
            _ => {}
        }
    }

    /// A control word, its number, and the one space behind it.
    fn word(&mut self) -> (String, Option<i32>) {
        let take = |from: usize, longest: usize, is_part: fn(&u8) -> bool| {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let length = rest.iter().take(longest).take_while(|byte| is_part(byte)).count();
            String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
        };
        let word = take(self.at, 32, u8::is_ascii_alphabetic);
        let mut end = self.at + word.len();
        let sign = take(end, 1, |byte| *byte == b'-');
        let digits = take(end + sign.len(), 10, u8::is_ascii_digit);
        let number = format!("{sign}{digits}").parse().ok();
        if !digits.is_empty() {
            end += sign.len() + digits.len();
        }
        self.at = if self.bytes.get(end) == Some(&b' ') { end + 1 } else { end };
        (word, number)
    }

    fn act(&mut self, word: &str, number: Option<i32>) {
        let count = || usize::try_from(number.unwrap_or(0)).unwrap_or(0);
        match word {
            "u" => self.unicode(number.unwrap_or(0)),
            "uc" => self.state.fallback = count().min(64),
            "bin" => self.at = self.at.saturating_add(count()),
            "par" | "line" | "row" | "sect" | "page" => self.letter('\n'),
            "tab" | "cell" | "nestcell" => self.letter('\t'),
            "emdash" => self.letter('—'),
            "endash" => self.letter('–'),
            "bullet" => self.letter('•'),
            "lquote" => self.letter('‘'),
            "rquote" => self.letter('’'),
            "ldblquote" => self.letter('“'),
            "rdblquote" => self.letter('”'),
            "emspace" | "enspace" | "qmspace" => self.letter(' '),
            "f" | "fcharset" | "deff" | "plain" | "ansicpg" | "cpg" => self.font(word, number.unwrap_or(0)),
            "fonttbl" => self.enter(Place::FontTable),
            "title" if self.state.place == Place::Nowhere => self.state.place = Place::Title,
            "info" | "stylesheet" | "colortbl" | "pict" | "objdata" | "themedata" | "fldinst" | "datastore" | "xmlnstbl" | "rsidtbl"
            | "generator" | "listtable" | "listoverridetable" | "bkmkstart" | "bkmkend" | "nonshppict" | "datafield" | "template" => {
                self.enter(Place::Nowhere);
            }
            // Words of notes and of text boxes stand in groups that may be left out, but are text.
            "footnote" | "shptxt" | "annotation" if self.is_wanted() => self.state.place = Place::Body,
            _ => {}
        }
    }

    /// `\*\shptxt`: what is inside a left-out group is wanted only where the group around it is text.
    fn is_wanted(&self) -> bool {
        self.outer.last().is_none_or(|outer| outer.place == Place::Body)
    }

    fn enter(&mut self, place: Place) {
        self.flush();
        self.state.place = place;
    }

    fn font(&mut self, word: &str, number: i32) {
        self.flush();
        let in_table = self.state.place == Place::FontTable;
        match word {
            "f" => self.state.font = number,
            "deff" | "plain" => {
                if word == "deff" {
                    self.fonts.entry(-1).or_default().name = number.to_string();
                }
                self.state.font = self.default_font();
            }
            "ansicpg" => self.default_encoding = code_page(number).unwrap_or(WINDOWS_1252),
            "fcharset" if in_table => self.fonts.entry(self.state.font).or_default().encoding = charset(number),
            "cpg" if in_table => self.fonts.entry(self.state.font).or_default().encoding = code_page(number),
            _ => {}
        }
    }

    /// The number after `\deff`, remembered as the name of font -1.
    fn default_font(&self) -> i32 {
        self.fonts.get(&-1).and_then(|font| font.name.parse().ok()).unwrap_or(-1)
    }

    /// `\u` gives a signed 16-bit unit of UTF-16; some write larger numbers.
    fn unicode(&mut self, number: i32) {
        self.flush();
        self.to_skip = self.state.fallback;
        let unit = u16::try_from(if number < 0 { number + 0x1_0000 } else { number });
        let character = match (unit, self.half.take()) {
            (Ok(unit), Some(half)) => char::decode_utf16([half, unit]).next().and_then(Result::ok),
            (Ok(unit @ 0xd800..=0xdbff), None) => {
                self.half = Some(unit);
                return;
            }
            _ => u32::try_from(number.rem_euclid(0x11_0000)).ok().and_then(char::from_u32),
        };
        let unit = unit.ok().and_then(|unit| char::from_u32(u32::from(unit)));
        if let Some(character) = unit.or(character) {
            self.put(&character.to_string());
        }
    }

    fn letter(&mut self, character: char) {
        self.flush();
        self.put(character.encode_utf8(&mut [0; 4]));
    }

    fn byte(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if self.state.place != Place::Nowhere {
            self.waiting.push(byte);
            if self.waiting.len() > 1 << 16 {
                self.flush();
            }
        }
    }

    /// Decodes what waits, in the encoding of its font.
    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let font = self.fonts.get(&self.state.font).filter(|_| self.state.font >= 0);
        let name = font.map(|font| font.name.clone()).unwrap_or_default();
        // Old fonts give letters of their own to the codes of windows-1252.
        let encoding =
            if encoding::by_font(&name).is_some() { WINDOWS_1252 } else { font.and_then(|font| font.encoding).unwrap_or(self.default_encoding) };
        let text = encoding.decode_without_bom_handling(&waiting).0;
        let text = if self.state.place == Place::Body { (self.from_font)(&text, &name) } else { text.into_owned() };
        self.put(&text);
    }

    fn put(&mut self, text: &str) {
        match self.state.place {
            Place::Body => self.writing.push(text),
            Place::Title if self.title.len() < 1000 => self.title.push_str(text),
            Place::FontTable => {
                let font = self.fonts.entry(self.state.font).or_default();
                if font.name.len() < 100 && self.state.font >= 0 {
                    font.name.push_str(text.split(';').next().unwrap_or_default());
                }
            }
            Place::Title | Place::Nowhere => {}
        }
    }
}

fn code_page(number: i32) -> Option<&'static Encoding> {
    match number {
        65001 => Some(encoding_rs::UTF_8),
        932 => Some(encoding_rs::SHIFT_JIS),
        936 => Some(encoding_rs::GBK),
        949 => Some(encoding_rs::EUC_KR),
        950 => Some(encoding_rs::BIG5),
        number => Encoding::for_label(format!("windows-{number}").as_bytes()),
    }
}

/// Character sets of Windows, by their numbers; 0 means that of the document.
fn charset(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        128 => encoding_rs::SHIFT_JIS,
        129 => encoding_rs::EUC_KR,
        134 => encoding_rs::GBK,
        136 => encoding_rs::BIG5,
        161 => encoding_rs::WINDOWS_1253,
        162 => encoding_rs::WINDOWS_1254,
        163 => encoding_rs::WINDOWS_1258,
        177 => encoding_rs::WINDOWS_1255,
        178 => encoding_rs::WINDOWS_1256,
        186 => encoding_rs::WINDOWS_1257,
        204 => encoding_rs::WINDOWS_1251,
        222 => encoding_rs::WINDOWS_874,
        238 => encoding_rs::WINDOWS_1250,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(rtf: &[u8]) -> Words {
        read(rtf, |text, font| if font == ".VnTime" { text.replace('µ', "à") } else { text.to_owned() }).expect("it is RTF")
    }

    #[test]
    fn fonts_say_how_bytes_are_meant() {
        let words = plain(
            b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}{\\f1\\fnil\\fcharset2 .VnTime;}{\\f2\\fcharset163 Times;}}\
              {\\info{\\title So tay}{\\author Ai do}}{\\*\\generator Riched20;}\\f1 L\\'b5ng\\f0  ngh\\u7873?\\par\\f2 \\'f0an \\'f0\\'f3\\par}",
        );
        assert_eq!(words, Words { text: "Làng nghề\nđan đó".into(), title: Some("So tay".into()), ..Words::default() });
    }

    #[test]
    fn hostile_groups_and_numbers() {
        let mut deep = b"{\\rtf1 ".to_vec();
        deep.extend(b"{".repeat(100_000));
        deep.extend(b"\\u-1? \\u99999999999 \\'zz\\bin99999999999 \\uc4000000000 do");
        assert!(plain(&deep).problem.is_some());
        assert_eq!(plain(b"{\\rtf1 {\\pict\\bin5 }}}}}}do}").text, "do");
        assert_eq!(plain(b"{\\rtf1 \\u-10179?\\u-9191?}").text, "\u{1f419}");
        assert!(read(b"plain words", |text, _| text.to_owned()).is_err());
    }
}
