//! The language of questions. Any text is a question, and none is an error: what is no sign of the language is a word.
//!
//! ```text
//! dệt lụa          both words, with or without their marks; those with the marks that were typed come first
//! "dệt lụa"        the words as they follow each other
//! =đó              the word with these very marks, and no other
//! -tượng           not this word (or "phrase", or field)
//! gác bếp NEAR hun khói, NEAR/5      not far from each other, in either order
//! title:gốm  code:V001  year:1930..1950  kind:film  place:…      in a field; in Vietnamese, too: tên: mã: năm: loại: nơi:
//! ```

use crate::analyzer::{self, Word};
use crate::schema::FACETS;

/// No more of a question is read than this.
const LONGEST: usize = 1024;

/// More words than this say no more.
const MOST_WORDS: usize = 48;

/// So far apart two things may stand that are near each other, unless it is said.
const NEAR: u32 = 10;

/// A question, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parsed {
    /// Words that must occur.
    pub(crate) words: Vec<Asked>,
    /// Words that must follow each other.
    pub(crate) phrases: Vec<Vec<Word>>,
    /// Words that must stand near others.
    pub(crate) near: Vec<Near>,
    /// What must not occur: words that follow each other.
    pub(crate) without: Vec<Vec<Word>>,
    /// What must, or must not, stand in a field.
    pub(crate) fields: Vec<InField>,
}

/// A word that must occur.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) word: Word,
    /// Only with these very marks.
    pub(crate) exactly: bool,
}

/// Two things that must stand near each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Near {
    pub(crate) one: Vec<Word>,
    pub(crate) other: Vec<Word>,
    /// How many words may stand from the one to the other.
    pub(crate) distance: u32,
}

/// What must stand in a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InField {
    pub(crate) field: FieldName,
    pub(crate) value: String,
    pub(crate) is_without: bool,
}

/// A field that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldName {
    Title,
    Code,
    Days,
    Facet(&'static str),
}

/// Reads a question.
pub(crate) fn parse(text: &str) -> Parsed {
    let text: String = text.chars().take(LONGEST).collect();
    let mut parsed = Parsed::default();
    let items = items(&text);
    let mut place = 0;
    while place < items.len() && parsed.words.len() < MOST_WORDS {
        if let Some((near, length)) = near(&items[place..]) {
            parsed.near.push(near);
            place += length;
            continue;
        }
        parsed.take(&items[place]);
        place += 1;
    }
    parsed
}

/// A piece of a question.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    kind: ItemKind,
    text: String,
    is_without: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ItemKind {
    Plain,
    Phrase,
    Exactly,
    Near(u32),
    Field(FieldName),
}

impl Parsed {
    fn take(&mut self, item: &Item) {
        let words = analyzer::words(&item.text);
        match item.kind {
            ItemKind::Field(field) => {
                self.fields.push(InField { field, value: item.text.clone(), is_without: item.is_without });
            }
            _ if words.is_empty() => {}
            _ if item.is_without => self.without.push(words),
            ItemKind::Phrase if words.len() > 1 => self.phrases.push(words),
            ItemKind::Phrase | ItemKind::Exactly => self.add(words, item.kind == ItemKind::Exactly),
            // NEAR that joins nothing is a word.
            ItemKind::Plain | ItemKind::Near(_) => self.add(words, false),
        }
    }

    fn add(&mut self, words: Vec<Word>, exactly: bool) {
        for (place, word) in words.into_iter().enumerate() {
            if self.words.len() < MOST_WORDS {
                // The first word of a piece goes with the piece before it: only a blank was between.
                let joins = if place == 0 { !self.words.is_empty() } else { word.joins };
                self.words.push(Asked { word: Word { joins, ..word }, exactly });
            }
        }
    }

    /// The same question, as if the words in quotes had been typed without them.
    pub(crate) fn without_quotes(&self) -> Self {
        let mut plain = Self { phrases: Vec::new(), ..self.clone() };
        self.phrases.iter().for_each(|words| plain.add(words.clone(), false));
        plain
    }

    /// Whether nothing is asked for by words.
    pub(crate) fn has_no_words(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty() && self.near.is_empty()
    }

    /// Whether any word was typed with marks: then marks are rewarded.
    pub(crate) fn has_marks(&self) -> bool {
        let asked = self.words.iter().map(|asked| &asked.word).chain(self.phrases.iter().flatten());
        asked.chain(self.near.iter().flat_map(|near| near.one.iter().chain(&near.other))).any(Word::has_marks)
    }
}

fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (item, after) = item(rest);
        items.push(item);
        rest = after.trim_start();
    }
    items
}

fn item(text: &str) -> (Item, &str) {
    let (text, is_without) = match text.strip_prefix(['-', '−']) {
        Some(rest) if rest.starts_with(|next: char| !next.is_whitespace() && next != '-') => (rest, true),
        _ => (text, false),
    };
    let plain = |kind, text: &str| Item { kind, text: text.to_owned(), is_without };
    if let Some((inside, after)) = quoted(text) {
        return (plain(ItemKind::Phrase, inside), after);
    }
    let end = text.find(|next: char| next.is_whitespace() || "\"“”«".contains(next)).unwrap_or(text.len());
    // A sign at which nothing ends would never be passed.
    let end = if end == 0 { text.chars().next().map_or(0, char::len_utf8) } else { end };
    let (piece, after) = text.split_at(end);
    if let Some((name, value)) = piece.split_once(':')
        && let Some(field) = field_named(name)
    {
        if let Some((inside, after)) = quoted(after).filter(|_| value.is_empty()) {
            return (plain(ItemKind::Field(field), inside), after);
        }
        if !value.is_empty() {
            return (plain(ItemKind::Field(field), value), after);
        }
    }
    match piece.strip_prefix('=') {
        Some(word) if !word.is_empty() => (plain(ItemKind::Exactly, word), after),
        _ => (plain(near_sign(piece).map_or(ItemKind::Plain, ItemKind::Near), piece), after),
    }
}

/// What stands in quotes at the beginning, and what comes after. Quotes that nobody closed go to the end.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next().filter(|first| "\"“”«".contains(*first))?;
    let inside = &text[open.len_utf8()..];
    match inside.find(['"', '”', '“', '»']) {
        Some(end) => {
            let close = inside[end..].chars().next().map_or(0, char::len_utf8);
            Some((&inside[..end], &inside[end + close..]))
        }
        None => Some((inside, "")),
    }
}

fn near_sign(piece: &str) -> Option<u32> {
    match piece.strip_prefix("NEAR")? {
        "" => Some(NEAR),
        distance => distance.strip_prefix('/')?.parse().ok().filter(|distance| (1..=100).contains(distance)),
    }
}

/// One thing, NEAR, another thing; and how many items that is. Words without quotes stand for themselves.
fn near(items: &[Item]) -> Option<(Near, usize)> {
    let [one, Item { kind: ItemKind::Near(distance), .. }, other, ..] = items else { return None };
    let words = |item: &Item| {
        let is_thing = matches!(item.kind, ItemKind::Plain | ItemKind::Phrase | ItemKind::Exactly) && !item.is_without;
        Some(analyzer::words(&item.text)).filter(|words| is_thing && !words.is_empty())
    };
    Some((Near { one: words(one)?, other: words(other)?, distance: *distance }, 3))
}

fn field_named(name: &str) -> Option<FieldName> {
    let name = analyzer::words(name).into_iter().map(|word| word.folded).collect::<Vec<_>>().join(" ");
    let facet = |known: &str| FACETS.iter().find(|facet| **facet == known).map(|facet| FieldName::Facet(facet));
    Some(match name.as_str() {
        "title" | "ten" => FieldName::Title,
        "code" | "ma" => FieldName::Code,
        "year" | "date" | "nam" | "ngai" | "ngay" => FieldName::Days,
        "kind" | "loai" => facet("kind")?,
        "place" | "noi" | "xa" => facet("place")?,
        "craft" | "nghe" => facet("craft")?,
        "practice" => facet("practice")?,
        "technique" | "ki thuat" | "kithuat" => facet("technique")?,
        "step" | "cong doan" | "congdoan" => facet("step")?,
        "material" | "chat lieu" | "chatlieu" => facet("material")?,
        "tool" | "cong cu" | "congcu" => facet("tool")?,
        "motif" | "hoa van" | "hoavan" => facet("motif")?,
        "person" | "nguoi" => facet("person")?,
        "decade" | "language" | "medium" | "rights" | "collection" => facet(&name)?,
        "plan class" => facet("plan_class")?,
        _ => return None,
    })
}

/// Reads days as they are typed: `1985`, `1985-03`, `1985-03-12`, and spans of them with `..`, open at either end. Returns the first and
/// the last day, counted from 1 January 1970.
pub fn days(typed: &str) -> Option<(i64, i64)> {
    let typed = typed.trim();
    match typed.split_once("..").or_else(|| typed.split_once('/')) {
        Some((from, to)) => {
            let first = if from.trim().is_empty() { i64::MIN } else { day(from)?.0 };
            let last = if to.trim().is_empty() { i64::MAX } else { day(to)?.1 };
            (first <= last).then_some((first, last))
        }
        None => day(typed),
    }
}

/// The first and the last day of a year, a month or a day.
fn day(typed: &str) -> Option<(i64, i64)> {
    let mut parts = typed.trim().splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let (month, day) = (parts.next(), parts.next());
    if !(0..=9999).contains(&year) {
        return None;
    }
    match (month, day) {
        (None, _) => Some((number(year, 1, 1), number(year + 1, 1, 1) - 1)),
        (Some(month), None) => {
            let month = month.filter(|month| (1..=12).contains(month))?;
            let next = if month == 12 { number(year + 1, 1, 1) } else { number(year, month + 1, 1) };
            Some((number(year, month, 1), next - 1))
        }
        (Some(month), Some(day)) => {
            let (month, day) = (month.filter(|month| (1..=12).contains(month))?, day.filter(|day| (1..=31).contains(day))?);
            let number = number(year, month, day);
            Some((number, number))
        }
    }
}

/// The number of a day of the Gregorian calendar, counted from 1 January 1970: years begin in March, so that the day that a leap
/// year adds is the last one.
fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(parsed: &Parsed) -> Vec<String> {
        parsed.words.iter().map(|asked| asked.word.folded.clone()).collect()
    }

    #[test]
    fn each_sign_of_the_language_is_read() {
        let parsed = parse("dệt \"tơ tằm\" =đó -tượng title:gốm nơi:\"Nam Cao\" năm:1930..1950");
        assert_eq!(plain(&parsed), ["det", "do"]);
        assert!(parsed.words[1].exactly && !parsed.words[0].exactly);
        assert_eq!((parsed.phrases.len(), parsed.phrases[0].len(), parsed.without[0][0].folded.as_str()), (1, 2, "tuong"));
        let fields: Vec<_> = parsed.fields.iter().map(|field| (field.field, field.value.as_str())).collect();
        assert_eq!(fields, [(FieldName::Title, "gốm"), (FieldName::Facet("place"), "Nam Cao"), (FieldName::Days, "1930..1950")]);
    }

    #[test]
    fn near_joins_two_things() {
        let parsed = parse("\"gác bếp\" NEAR/5 \"hun khói\" lửa");
        assert_eq!((parsed.near.len(), parsed.near[0].distance, parsed.near[0].other[1].folded.as_str()), (1, 5, "khoi"));
        assert_eq!(plain(&parsed), ["lua"]);
        assert_eq!(plain(&parse("NEAR x")), ["near", "x"], "where it joins nothing it is a word");
    }

    #[test]
    fn what_is_no_sign_is_a_word() {
        for (typed, words) in
            [("a - b", 2), ("tơ-tằm", 2), ("http://x.vn", 3), ("=", 0), ("--", 0), ("\"", 0), ("kind:", 1), ("\"dệt", 1), ("12:30", 2)]
        {
            assert_eq!(parse(typed).words.len(), words, "{typed}: {:?}", parse(typed));
        }
    }

    #[test]
    fn days_are_counted_and_spans_may_be_open() {
        assert_eq!(days("1970"), Some((0, 364)));
        assert_eq!(days("2024-02"), Some((19_754, 19_782)));
        assert_eq!(days("2000-03-01"), Some((11_017, 11_017)));
        assert_eq!(days("1930..1950"), Some((number(1930, 1, 1), number(1950, 12, 31))));
        assert_eq!(days("..1970"), Some((i64::MIN, 364)));
        for typed in ["", "x", "1985-13", "1950..1930", "19850", "1985-03-12-1"] {
            assert_eq!(days(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_question(text: String, signs in "[-=\":./ NEAR“”«a1]{0,40}") {
            parse(&text);
            parse(&signs);
            days(&signs);
        }
    }
}
