//! The number of pages of a PDF, by its cross-reference tables (ISO 32000-1, 7.5): trailer, catalogue, page tree.
//!
//! Where the tables are damaged, the largest page tree that stands openly in the first or last megabyte counts.

use std::collections::{HashMap, HashSet};

use super::window::Window;

mod stream;

/// The most sections of the table that are followed.
const MOST_SECTIONS: usize = 64;

/// The most objects that are remembered.
const MOST_OBJECTS: usize = 1 << 19;

/// How much of an object is read: dictionaries are short.
const LONGEST_OBJECT: usize = 64 << 10;

/// Where an object lies.
#[derive(Clone, Copy, Debug)]
enum Place {
    At(u64),
    /// In a stream of objects, which is an object itself.
    Inside(u64),
}

/// Returns the number of pages; `None` if the file does not say, or has it encrypted.
pub(crate) fn of_pdf(window: &mut Window) -> Option<u64> {
    by_table(window).or_else(|| linearized(window)).or_else(|| by_search(window)).filter(|pages| *pages < 10_000_000)
}

fn by_table(window: &mut Window) -> Option<u64> {
    let size = window.size();
    let tail_start = size.saturating_sub(64 << 10);
    let tail = window.up_to(tail_start, 64 << 10);
    let mark = tail.windows(9).rposition(|piece| piece == b"startxref")?;
    let mut document = Document { window, places: HashMap::new(), root: None, shift: 0 };
    // Offsets count from the mark `%PDF`, before which mail programs left rubbish.
    let head = document.window.up_to(0, 1024);
    document.shift = head.windows(5).position(|piece| piece == b"%PDF-")? as u64;
    document.read_sections(number(tail.get(mark + 9..)?)?);
    let catalogue = document.object(document.root?)?;
    let tree = document.object(reference(value(&catalogue, b"/Pages")?)?)?;
    let count = value(&tree, b"/Count")?;
    // A count may be an object of its own.
    match reference(count) {
        Some(object) => number(&document.object(object)?),
        None => number(count),
    }
}

/// A file made for the web says its pages in its first object, even where the rest is encrypted (Annex F).
fn linearized(window: &mut Window) -> Option<u64> {
    let head = window.up_to(0, 2048);
    let at = head.windows(11).position(|piece| piece == b"/Linearized")?;
    let start = head.get(..at)?.windows(3).rposition(|piece| piece == b"obj")?;
    number(value(head.get(start..)?, b"/N")?)
}

struct Document<'a> {
    window: &'a mut Window,
    places: HashMap<u64, Place>,
    root: Option<u64>,
    shift: u64,
}

impl Document<'_> {
    /// Follows the sections from the newest to the oldest; the newest word on an object counts.
    fn read_sections(&mut self, newest: u64) {
        let (mut waiting, mut seen) = (vec![newest], HashSet::new());
        while let Some(offset) = waiting.pop() {
            if seen.len() >= MOST_SECTIONS || !seen.insert(offset) {
                continue;
            }
            let Some(trailer) = self.read_section(offset.saturating_add(self.shift)) else { continue };
            self.root = self.root.or_else(|| reference(value(&trailer, b"/Root")?));
            waiting.extend(value(&trailer, b"/Prev").and_then(number));
            waiting.extend(value(&trailer, b"/XRefStm").and_then(number));
        }
    }

    /// Reads one section, a table or a stream; returns its dictionary.
    fn read_section(&mut self, offset: u64) -> Option<Vec<u8>> {
        let start = self.window.up_to(offset, 64);
        let blanks = start.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if start.get(blanks..)?.starts_with(b"xref") {
            return self.read_table(offset + blanks as u64 + 4);
        }
        let (dictionary, body) = self.stream_at(offset)?;
        self.take_stream_entries(&dictionary, &body);
        Some(dictionary)
    }

    /// Lines of twenty bytes: an offset, a generation, `n` or `f`.
    fn read_table(&mut self, offset: u64) -> Option<Vec<u8>> {
        let mut at = offset;
        for _ in 0..4096 {
            let line = self.window.up_to(at, 64);
            let mut words = Words { rest: &line };
            let first = words.next()?;
            if first == b"trailer" {
                let text = self.window.up_to(at, LONGEST_OBJECT);
                let end = text.windows(9).position(|piece| piece == b"startxref").unwrap_or(text.len());
                return text.get(..end).map(<[u8]>::to_vec);
            }
            let (first, count) = (number(first)?, number(words.next()?)?);
            let begin = at + (line.len() - words.rest.len()) as u64;
            let blanks = self.window.up_to(begin, 8).iter().take_while(|byte| byte.is_ascii_whitespace()).count() as u64;
            self.take_lines(begin + blanks, first, count);
            at = begin.checked_add(blanks)?.checked_add(count.checked_mul(20)?)?;
        }
        None
    }

    fn take_lines(&mut self, begin: u64, first: u64, count: u64) {
        let length = usize::try_from(count.min(MOST_OBJECTS as u64) * 20).unwrap_or(0);
        let lines = self.window.up_to(begin, length);
        for (object, line) in (first..).zip(lines.chunks(20)) {
            if let (Some(offset), Some(b'n')) = (line.get(..10).and_then(number), line.get(17)) {
                self.remember(object, Place::At(offset));
            }
        }
    }

    fn remember(&mut self, object: u64, place: Place) {
        if self.places.len() < MOST_OBJECTS {
            self.places.entry(object).or_insert(place);
        }
    }

    /// Entries of fixed width (7.5.8.3): a kind, then an offset or the stream that holds the object.
    fn take_stream_entries(&mut self, dictionary: &[u8], body: &[u8]) {
        let widths: Vec<usize> =
            numbers(value(dictionary, b"/W").unwrap_or_default()).into_iter().map(|width| usize::try_from(width).unwrap_or(99)).collect();
        let [kind, second, third, ..] = widths[..] else { return };
        if kind > 8 || second > 8 || third > 8 || kind + second + third == 0 {
            return;
        }
        let size = value(dictionary, b"/Size").and_then(number).unwrap_or(0);
        let ranges = value(dictionary, b"/Index").map(numbers).filter(|ranges| !ranges.is_empty()).unwrap_or_else(|| vec![0, size]);
        let mut rows = body.chunks_exact(kind + second + third);
        let sum = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        for range in ranges.chunks_exact(2) {
            for object in (range[0]..).take(usize::try_from(range[1]).unwrap_or(0)) {
                let Some(row) = rows.next() else { return };
                let offset = sum(&row[kind..kind + second]);
                match if kind == 0 { 1 } else { sum(&row[..kind]) } {
                    1 => self.remember(object, Place::At(offset)),
                    2 => self.remember(object, Place::Inside(offset)),
                    _ => {}
                }
            }
        }
    }

    /// Returns the text of an object, from its first word on.
    fn object(&mut self, object: u64) -> Option<Vec<u8>> {
        match *self.places.get(&object)? {
            Place::At(offset) => {
                let text = self.window.up_to(offset.checked_add(self.shift)?, LONGEST_OBJECT);
                let start = text.get(..64.min(text.len()))?.windows(3).position(|piece| piece == b"obj")? + 3;
                // A table that points elsewhere is worse than none.
                (number(&text)? == object).then_some(())?;
                let end = text.windows(6).position(|piece| piece == b"endobj").unwrap_or(text.len());
                text.get(start..end).map(<[u8]>::to_vec)
            }
            Place::Inside(holder) => {
                let Place::At(offset) = *self.places.get(&holder)? else { return None };
                let (dictionary, body) = self.stream_at(offset.checked_add(self.shift)?)?;
                inside(&dictionary, &body, object)
            }
        }
    }

    /// Returns the dictionary and the unpacked bytes of the stream that begins at an offset.
    fn stream_at(&mut self, offset: u64) -> Option<(Vec<u8>, Vec<u8>)> {
        let start = self.window.up_to(offset, LONGEST_OBJECT);
        let mark = start.windows(6).position(|piece| piece == b"stream")?;
        let dictionary = start.get(..mark)?.to_vec();
        let blanks = if start.get(mark + 6) == Some(&b'\r') { 2 } else { 1 };
        let length = match value(&dictionary, b"/Length") {
            Some(length) if reference(length).is_none() => usize::try_from(number(length)?).ok()?,
            _ => stream::LARGEST,
        };
        let packed = self.window.up_to(offset.checked_add((mark + 6 + blanks) as u64)?, length.min(stream::LARGEST));
        let body = stream::unpack(&dictionary, &packed)?;
        Some((dictionary, body))
    }
}

/// Finds one object in a stream of objects (7.5.7): pairs of number and place, then the objects.
fn inside(dictionary: &[u8], body: &[u8], object: u64) -> Option<Vec<u8>> {
    let (first, count) = (usize::try_from(number(value(dictionary, b"/First")?)?).ok()?, number(value(dictionary, b"/N")?)?);
    let pairs = numbers_until(body.get(..first)?, usize::try_from(count).ok()?.min(MOST_OBJECTS) * 2);
    let at = pairs.chunks_exact(2).find(|pair| pair[0] == object)?[1];
    let text = body.get(first.checked_add(usize::try_from(at).ok()?)?..)?;
    Some(text.get(..text.len().min(LONGEST_OBJECT))?.to_vec())
}

fn by_search(window: &mut Window) -> Option<u64> {
    const FAR: usize = 1 << 20;
    let size = window.size();
    let start = window.up_to(0, FAR);
    let end = if size > FAR as u64 { window.up_to(size.saturating_sub(FAR as u64).max(FAR as u64), FAR) } else { Vec::new() };
    [start, end].iter().filter_map(|bytes| largest_tree(bytes)).max()
}

/// Every node of the tree counts the pages below it: the root has the most.
fn largest_tree(bytes: &[u8]) -> Option<u64> {
    let mut largest = None;
    for at in bytes.windows(6).enumerate().filter(|(_, piece)| *piece == b"/Pages").map(|(at, _)| at).take(4096) {
        let is_type = bytes.get(at.saturating_sub(7)..at).is_some_and(|before| before.trim_ascii_end().ends_with(b"/Type"));
        if !is_type {
            continue;
        }
        let begin =
            bytes.get(at.saturating_sub(4096)..at)?.windows(3).rposition(|piece| piece == b"obj").map_or(at, |place| at.saturating_sub(4096) + place);
        let rest = bytes.get(begin..)?;
        let end = rest.windows(6).position(|piece| piece == b"endobj").unwrap_or(rest.len());
        largest = largest.max(value(rest.get(..end)?, b"/Count").and_then(number));
    }
    largest
}

/// Returns what follows a key of a dictionary.
fn value<'a>(dictionary: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    loop {
        let at = dictionary.get(from..)?.windows(key.len()).position(|piece| piece == key)? + from + key.len();
        let rest = dictionary.get(at..)?;
        // `/Pages` is not `/PagesMode`.
        if rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b"/[<(0123456789-+".contains(byte)) {
            return Some(rest.trim_ascii_start());
        }
        from = at;
    }
}

struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest.trim_ascii_start();
        let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.rest = rest;
        Some(word)
    }
}

/// Reads the number at the beginning.
fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()
}

/// Reads `12 0 R`.
fn reference(text: &[u8]) -> Option<u64> {
    let mut words = Words { rest: text.get(..text.len().min(64))? };
    let object = number(words.next()?)?;
    number(words.next()?)?;
    (words.next()? == b"R").then_some(object)
}

/// Reads `[1 2 3]`.
fn numbers(text: &[u8]) -> Vec<u64> {
    let Some(rest) = text.strip_prefix(b"[") else { return Vec::new() };
    let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
    numbers_until(rest.get(..end).unwrap_or_default(), 4096)
}

fn numbers_until(text: &[u8], most: usize) -> Vec<u64> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map_while(number).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booklet_with_a_table_one_without_and_a_loop() {
        let mut booklet = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 12/Kids[]>>endobj\n".to_vec();
        let table = booklet.len();
        booklet.extend(b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n");
        booklet.extend(format!("trailer<</Root 1 0 R/Prev {table}>>\nstartxref\n{table}\n%%EOF").bytes());
        assert_eq!(by_table(&mut Window::over(booklet.clone())), Some(12));
        assert_eq!(of_pdf(&mut Window::over(booklet[..table].to_vec())), Some(12));
        assert_eq!(of_pdf(&mut Window::over(b"%PDF-1.7 startxref 0".to_vec())), None);
        assert_eq!(of_pdf(&mut Window::over("%PDF-1.7 đó".as_bytes().to_vec())), None);
    }

    #[test]
    fn objects_in_streams() {
        assert_eq!(inside(b"/First 8/N 2", b"7 0 9 3 12 <</Count 5>>", 9).as_deref(), Some(b"<</Count 5>>".as_slice()));
        assert_eq!(inside(b"/First 999/N 2", b"7 0", 9), None);
    }
}
