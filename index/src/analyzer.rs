//! Words: cut once on the original bytes, in three forms.
//!
//! *Folded* has no marks at all, đ is d, and y at the end of a syllable is i where both are written (kỹ, kĩ). *Exact* is the
//! folded form and behind it the marks: which letters bear a hat, a horn, a breve or a stroke, and the one tone of the
//! syllable, wherever it was put (hoà, hòa). *Pairs* are two folded words that follow each other: what a segmenter promises,
//! without a dictionary. There are no stop words: without marks, đó (the fish trap) is also "that".
//!
//! The letters are read one by one, composed or not: NFC and NFD give the same words by construction. Tantivy's own tokenizer
//! ends a word at a combining mark, which breaks all text in NFD.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

mod initials;
mod letters;

pub(crate) use initials::Initials;
pub(crate) use letters::written;
use letters::{Quality, Read, decompose, is_syllable, spelled};

/// The version of the analyzer. Any change to the words it makes takes the next number.
pub(crate) const VERSION: u32 = 3;

/// Stands between the folded form of a word and its marks.
pub(crate) const MARKS: &str = "\u{1}";

/// So far apart stand the words of two texts in one field: no phrase runs from one into the other.
const GAP: usize = 100;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it begins in the text, in bytes.
    pub from: usize,
    /// Where it ends in the text, in bytes.
    pub to: usize,
    /// Without marks.
    pub folded: String,
    /// What the marks are; empty if there are none.
    pub marks: String,
    /// Whether only blanks or a hyphen stand before it: it makes a pair with the word before.
    pub joins: bool,
}

impl Word {
    /// With its marks, as the index has it: all forms of one folded word stand together.
    pub fn exact(&self) -> String {
        format!("{}{MARKS}{}", self.folded, self.marks)
    }

    /// Whether it was written with marks.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }
}

/// The words of several texts that follow each other in one field, in each form a line for each word; an empty line stands
/// between two texts. Words are cut once for all forms: tantivy only takes the lines apart.
#[derive(Default)]
pub(crate) struct Analysed {
    pub(crate) folded: String,
    pub(crate) exact: String,
    pub(crate) pairs: String,
    /// How many words there are.
    pub(crate) count: u64,
}

impl Analysed {
    /// Adds a text.
    pub(crate) fn add(&mut self, text: &str) {
        let Self { folded, exact, pairs, count } = self;
        // About as much as it will be: growing by doubling copied everything once more.
        folded.reserve(text.len());
        exact.reserve(text.len() + text.len() / 2);
        pairs.reserve(2 * text.len());
        // Where the word before begins in `folded`.
        let mut before: Option<usize> = None;
        each_word(text, |place, word, marks| {
            if before.is_none() && *count > 0 {
                folded.push('\n');
            }
            if let Some(before) = before.filter(|_| place.joins) {
                pairs.extend([folded[before..].trim_end_matches('\n'), " ", word, "\n"]);
            }
            before = Some(folded.len());
            folded.extend([word, "\n"]);
            exact.extend([word, MARKS, marks, "\n"]);
            *count += 1;
        });
    }
}

/// Two words that follow each other, as the index has them.
pub(crate) fn pair(one: &str, other: &str) -> String {
    format!("{one} {other}")
}

/// Takes apart what [`Analysed`] has put together.
#[derive(Clone)]
pub(crate) struct Lines;

/// The words of one field.
pub(crate) struct LinesOf<'a> {
    lines: std::str::Split<'a, char>,
    token: Token,
    position: usize,
}

impl Tokenizer for Lines {
    type TokenStream<'a> = LinesOf<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> LinesOf<'a> {
        LinesOf { lines: text.split('\n'), token: Token::default(), position: 0 }
    }
}

impl TokenStream for LinesOf<'_> {
    fn advance(&mut self) -> bool {
        for line in self.lines.by_ref() {
            if line.is_empty() {
                self.position += GAP;
                continue;
            }
            self.token.text.clear();
            self.token.text.push_str(line);
            self.token.position = self.position;
            self.position += 1;
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// Cuts a text into words.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    each_word(text, |place, folded, marks| {
        words.push(Word { from: place.from, to: place.to, folded: folded.to_owned(), marks: marks.to_owned(), joins: place.joins });
    });
    words
}

/// Where a word stands in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Where it begins, in bytes.
    pub(crate) from: usize,
    /// Where it ends, in bytes.
    pub(crate) to: usize,
    /// Whether only blanks or a hyphen stand before it.
    pub(crate) joins: bool,
}

/// Shows each word of a text: where it stands, its folded form and its marks. Both are lent until the next word: long texts are
/// cut for every snippet, and nothing is made for a word that nobody looks for.
pub(crate) fn each_word(text: &str, show: impl FnMut(Span, &str, &str)) {
    each_word_with(text, Initials::ANY, show);
}

/// The same for words that may begin with one of these; others are hardly looked at.
pub(crate) fn each_word_with(text: &str, initials: Initials, mut show: impl FnMut(Span, &str, &str)) {
    let mut cutting = Cutting::default();
    let mut reading = Reading::default();
    for (place, character) in text.char_indices() {
        // Nearly all of a text: letters, and blanks.
        if is_latin(character) {
            cutting.from.get_or_insert(place);
            continue;
        }
        if character == ' ' {
            if let Some(from) = cutting.from.take() {
                reading.show(text, cutting.span(from, place), initials, &mut show);
            }
            continue;
        }
        if is_part_of_word(character) {
            // A mark without a letter before it is no word.
            if cutting.from.is_none() && !is_mark(character) {
                cutting.from = Some(place);
            }
            if !is_ideograph(character) {
                continue;
            }
            // A sign that is a word by itself ends the word before it.
            let from = cutting.from.take().filter(|from| *from < place);
            if let Some(from) = from {
                reading.show(text, cutting.span(from, place), initials, &mut show);
            }
            reading.read_sign(character);
            show(cutting.span(place, place + character.len_utf8()), &reading.folded, "");
            continue;
        }
        match cutting.from {
            Some(_) if is_silent(character) => continue,
            Some(from) => {
                cutting.from = None;
                reading.show(text, cutting.span(from, place), initials, &mut show);
            }
            None => {}
        }
        if !(character.is_whitespace() || "-‐‑–_\u{ad}".contains(character)) {
            cutting.is_apart = true;
        }
    }
    if let Some(from) = cutting.from {
        reading.show(text, cutting.span(from, text.len()), initials, &mut show);
    }
}

/// Where a word begins that is not over yet, and whether anything but blanks stands before it.
#[derive(Default)]
struct Cutting {
    from: Option<usize>,
    is_apart: bool,
    has_begun: bool,
}

impl Cutting {
    /// A word ends; whether it joins the one before is asked once.
    fn span(&mut self, from: usize, to: usize) -> Span {
        let joins = self.has_begun && !self.is_apart;
        (self.is_apart, self.has_begun) = (false, true);
        Span { from, to, joins }
    }
}

/// Returns a word without marks: `Đó` and `đọ` and `do` all give `do`.
pub fn fold(word: &str) -> String {
    let mut reading = Reading::default();
    reading.read_word(word);
    reading.folded
}

/// Reads one word after another: its folded form, and its marks.
#[derive(Default)]
struct Reading {
    folded: String,
    marks: String,
    /// The letters that bear something, with their places.
    qualities: Vec<(usize, Quality)>,
    tone: u8,
    /// Marks that no Vietnamese syllable has: two tones, a cedilla.
    is_foreign: bool,
    letters: usize,
}

impl Reading {
    fn show(&mut self, text: &str, place: Span, initials: Initials, show: &mut impl FnMut(Span, &str, &str)) {
        let written = &text[place.from..place.to];
        if initials.may_begin(written) {
            self.read_word(written);
            show(place, &self.folded, &self.marks);
        }
    }

    fn read_word(&mut self, written: &str) {
        self.folded.clear();
        self.marks.clear();
        if written.is_ascii() {
            self.folded.push_str(written);
            self.folded.make_ascii_lowercase();
            settle_y(&mut self.folded);
            return;
        }
        self.qualities.clear();
        (self.tone, self.is_foreign, self.letters) = (0, false, 0);
        for character in written.chars() {
            match decompose(character) {
                Some(read) => self.read(read),
                None => character.to_lowercase().for_each(|lower| self.read_any(lower)),
            }
        }
        self.finish(written);
    }

    /// A sign that is a word by itself.
    fn read_sign(&mut self, character: char) {
        self.folded.clear();
        self.folded.extend(character.nfd());
    }

    fn read_any(&mut self, character: char) {
        match decompose(character) {
            Some(read) => self.read(read),
            None => character.nfd().for_each(|part| self.read(decompose(part).unwrap_or(Read::Other(part)))),
        }
    }

    fn read(&mut self, read: Read) {
        match read {
            Read::Letter(letter, quality, tone) => {
                self.push(letter);
                self.add_quality(quality);
                self.add_tone(tone);
            }
            Read::Quality(quality) => self.add_quality(quality),
            Read::Tone(tone) => self.add_tone(tone),
            Read::Other(character) if is_silent(character) => {}
            Read::Other(character) if is_mark(character) => self.is_foreign = true,
            Read::Other(character) => match spelled(character) {
                Some(letters) => {
                    self.is_foreign = true;
                    letters.chars().for_each(|letter| self.push(letter));
                }
                None => self.push(character),
            },
        }
    }

    fn push(&mut self, letter: char) {
        self.folded.push(letter);
        self.letters += 1;
    }

    fn add_quality(&mut self, quality: Quality) {
        if quality != Quality::Plain {
            self.is_foreign |= self.qualities.last().is_some_and(|(place, _)| *place == self.letters);
            self.qualities.push((self.letters, quality));
        }
    }

    fn add_tone(&mut self, tone: u8) {
        if tone > 0 {
            self.is_foreign |= self.tone > 0;
            self.tone = tone;
        }
    }

    /// The marks in a form of their own: the places of letters that bear something, then the tone. What is not Vietnamese
    /// keeps its letters as they were written.
    fn finish(&mut self, written: &str) {
        if self.is_foreign || !is_syllable(&self.folded) {
            self.marks.extend(written.nfc().flat_map(char::to_lowercase));
            settle_y(&mut self.folded);
            return;
        }
        for (place, quality) in &self.qualities {
            let sign = match quality {
                Quality::Plain => continue,
                Quality::Hat => '^',
                Quality::Breve => '(',
                Quality::Horn => '+',
                Quality::Stroke => '-',
            };
            self.marks.push(sign);
            self.marks.push(char::from_digit(u32::try_from(*place).unwrap_or(u32::MAX) % 36, 36).unwrap_or('z'));
        }
        if self.tone > 0 {
            self.marks.push(char::from(b'0' + self.tone));
        }
        settle_y(&mut self.folded);
    }
}

/// In these syllables y and i are written for the same sound: kỹ and kĩ, lý and lí, quý and quí.
fn settle_y(folded: &mut String) {
    let is_either = matches!(folded.as_bytes(), [b'h' | b'k' | b'l' | b'm' | b's' | b't' | b'v', b'y'] | [b'q', b'u', b'y']);
    if is_either {
        folded.pop();
        folded.push('i');
    }
}

/// Letters and figures of Latin alphabets: Latin-1 without its two signs, Latin Extended, and the letters of Vietnamese with two marks.
fn is_latin(character: char) -> bool {
    match character {
        '\0'..='\u{7f}' => character.is_ascii_alphanumeric(),
        '\u{d7}' | '\u{f7}' => false,
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => true,
        _ => false,
    }
}

fn is_part_of_word(character: char) -> bool {
    match character {
        '\u{300}'..='\u{36f}' => true,
        _ => is_latin(character) || character.is_alphanumeric() || is_combining_mark(character),
    }
}

/// Whether a character is a mark on the one before. Letters are asked about far more often than marks.
pub(crate) fn is_mark(character: char) -> bool {
    !matches!(character, '\0'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}') && is_combining_mark(character)
}

/// Signs of no width, which copies from the web are full of: they neither end a word nor belong to it.
fn is_silent(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Hán and Nôm are written without blanks: each sign is a word.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.exact()).collect()
    }

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn composed_or_not_the_words_are_the_same() {
        let nfd: String = "Dệt LỤA ở Thủ Sỹ".nfd().collect();
        assert_eq!(folded(&nfd), ["det", "lua", "o", "thu", "si"]);
        assert_eq!(exact(&nfd), exact("dệt lụa ở thủ sĩ"));
        assert_eq!(&nfd[words(&nfd)[1].from..words(&nfd)[1].to], "LỤA".nfd().collect::<String>());
    }

    #[test]
    fn a_tone_is_the_tone_of_the_syllable_wherever_it_stands() {
        for (one, other) in
            [("hoà", "hòa"), ("thuỷ", "thủy"), ("số hoá", "số hóa"), ("kỹ", "kĩ"), ("Lý", "lí"), ("quý", "quí"), ("mỹ nghệ", "mĩ nghệ")]
        {
            assert_eq!(exact(one), exact(other), "{one}");
        }
        for (one, other) in [("thúy", "thúi"), ("tay", "tai"), ("đó", "đỗ"), ("lụa", "lúa"), ("tương", "tượng"), ("cói", "cối"), ("mây", "may")]
        {
            assert_ne!(exact(one), exact(other), "{one}");
        }
        assert_ne!(folded("thúy"), folded("thúi"));
    }

    #[test]
    fn folding_drops_every_mark_and_the_stroke() {
        // Found by the fuzzer: a mark that Vietnamese does not have kept the y, and folding went on.
        assert_eq!(fold("Sy\u{311}"), fold("sy"));
        for (written, plain) in
            [("Đó", "do"), ("đỗ", "do"), ("LỤA", "lua"), ("Nghề", "nghe"), ("ƯƠ", "uo"), ("repoussé", "repousse"), ("œuvre", "oeuvre")]
        {
            assert_eq!(fold(written), plain);
        }
    }

    #[test]
    fn a_word_is_written_out_again() {
        for word in
            ["dệt", "lụa", "đó", "hòa", "thủy", "nghề", "quý", "kỹ", "giỗ", "đường", "người", "khuỷu", "già", "gì", "hoàn", "nón", "repoussé", "nan"]
        {
            let read = &words(word)[0];
            assert_eq!(written(&read.folded, &read.marks), word);
        }
    }

    #[test]
    fn codes_numbers_and_ideographs_are_words() {
        assert_eq!(folded("IMG_4000.JPG, S04-B"), ["img", "4000", "jpg", "s04", "b"]);
        assert_eq!(folded("絲綢 lụa"), ["絲", "綢", "lua"]);
        assert_eq!(folded("l\u{200b}ụa"), ["lua"]);
        assert!(words("… — ! \u{301}").is_empty());
    }

    #[test]
    fn pairs_run_over_blanks_and_hyphens_and_over_nothing_else() {
        let mut analysed = Analysed::default();
        analysed.add("dệt lụa, tơ-tằm");
        analysed.add("Vạn Phúc");
        assert_eq!(analysed.pairs, "det lua\nto tam\nvan phuc\n");
        let mut lines = Lines;
        let mut stream = lines.token_stream(&analysed.folded);
        let mut places = Vec::new();
        stream.process(&mut |token| places.push((token.text.clone(), token.position)));
        assert_eq!(places[..2], [("det".to_owned(), 0), ("lua".to_owned(), 1)]);
        assert!(places.len() == 6 && places[4].1 > places[3].1 + 50 && analysed.count == 6);
    }

    proptest! {
        /// Snippets look at no more words than they have to; of those that are sought none is missed.
        #[test]
        fn no_word_that_is_sought_is_passed_over(text in "[a-fhkqiuA-F0-3đĐàÀẠứỨœŒyYýỳ絲\u{301}\u{200b} ,-]{0,40}", every in 1..4_usize) {
            let all = words(&text);
            let sought: Vec<Word> = all.iter().step_by(every).cloned().collect();
            let mut shown = Vec::new();
            each_word_with(&text, Initials::of(&sought), |place, folded, marks| {
                shown.push(Word { from: place.from, to: place.to, folded: folded.to_owned(), marks: marks.to_owned(), joins: place.joins });
            });
            prop_assert!(shown.iter().all(|word| all.contains(word)));
            for word in all.iter().filter(|word| sought.iter().any(|sought| sought.folded == word.folded)) {
                prop_assert!(shown.contains(word), "{:?} of {:?}", word, text);
            }
        }

        #[test]
        fn any_text_is_cut_at_its_own_characters(text: String) {
            for word in words(&text) {
                prop_assert!(text.is_char_boundary(word.from) && text.is_char_boundary(word.to));
                prop_assert!(word.from < word.to && !word.folded.contains(MARKS));
            }
        }

        #[test]
        fn normal_forms_and_case_do_not_matter(text in "[a-zA-Zàảãáạăâđêôơưỳýụệ ĐÊỤ]{0,40}") {
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(exact(&nfd), exact(&text));
            prop_assert_eq!(exact(&text.to_uppercase()), exact(&text.to_lowercase()));
        }
    }
}
