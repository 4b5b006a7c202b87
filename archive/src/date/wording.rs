//! Dates in words, Vietnamese and English, as sources write them.
//!
//! A wording is read as a whole or not at all: what is not understood becomes no date. Marks and case do
//! not matter. The rules, where a wording leaves room:
//!
//! | wording | read as | because |
//! |---|---|---|
//! | thế kỷ 15 | `14XX` | the hundreds of a century; the one year by which centuries differ from them is let go |
//! | đầu / giữa / cuối thế kỷ 18 | `1700/1733~`, `1734~/1766~`, `1767~/1799` | thirds; the inner edges are approximate |
//! | nửa đầu / nửa sau thế kỷ 19 | `1800/1849`, `1850/1899` | halves |
//! | những năm 1990, đầu những năm 1990 | `199X`, `1990/1993` | thirds again, years 0–3, 4–6, 7–9 |
//! | những năm 1800 | `18XX` | whether decade or century is meant, this holds it |
//! | đầu / giữa / cuối năm 1990 | `1990-01/1990-04` … | thirds |
//! | trước 1945, sau 1954 | `../1944`, `1955/..` | the year itself is left out |
//! | từ 1986, đến 1992 | `1986/..`, `../1992` | the year itself is in |
//! | có từ thế kỷ 15, ra đời năm 1930 | `14XX`, `1930` | the beginning is told, not a span |
//! | thời Lê, đầu thời Nguyễn | `1428/1789`, `1802/1849~` | the table of dynasties below; thirds |
//! | Minh Mạng thứ 12 | `1831` | year n of an era is its first year + n − 1 |
//! | Thuận Thiên thứ 2 | `[1011,1429]` | two eras have this name; with "(1429)" or ", thời Lê" behind it, one |
//! | khoảng 1930 | `1930~` | |
//! | có lẽ 1930, tương truyền thế kỷ 10 | `1930?`, `09XX?` | |
//! | khoảng 300 năm, 300 năm (in 2020) | `1690~/1750~` | a tenth more, a tenth less |
//! | gần 300 năm | `1720~/1750~` | up to a tenth less: a smaller number would have been said |
//! | hơn 300 năm | `1645~/1720~` | up to a quarter more: a greater number would have been said |
//! | vài / nhiều / hàng trăm năm | `1520~/1820~` … | 2–5, 2–9, 1–9 hundreds |
//! | 12/3/2025 | `2025-03-12` | the day stands first |
//! | thế kỷ 12, thời Lý | `11XX` | the shorter of two that overlap |
//!
//! What stands in brackets is left out; but a legend told there makes the date uncertain, and a date there
//! decides between two eras of one name. Days of the lunar calendar are not read: they are no days of the sun.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::edtf::{Edtf, year_text};

/// A wording is a phrase; what is longer is a text, and finding a date in it is another task.
const LONGEST: usize = 200;

/// Returns the date that a wording tells, or `None` where it cannot be told honestly.
///
/// `as_of` is the year in which the source was written. Ages ("hơn 100 năm") and "thế kỷ trước" have no
/// meaning without it. An extended date is read as what it is.
pub fn read(text: &str, as_of: Option<i16>) -> Option<Edtf> {
    if text.chars().count() > LONGEST {
        return None;
    }
    if let Some(date) = extended(text) {
        return Some(date);
    }
    let plain = folded(text);
    let (outside, inside) = brackets(&plain);
    let words = spaced(&plain);
    if LUNAR.iter().any(|word| words.contains(&spaced(&folded(word)))) {
        return None;
    }
    let words = spaced(&outside);
    let meaning = meaning(&words);
    let is_doubted = meaning.contains(&"perhaps") || LEGENDS.iter().any(|word| plain.contains(&folded(word)));
    let words: Vec<&str> = meaning.into_iter().filter(|word| *word != "perhaps").collect();
    let reading = whole(&words, as_of)?;
    let chosen = read(&inside, as_of).and_then(|hint| reading.choose(&hint)).unwrap_or(reading);
    if is_doubted { chosen.marked('?').date() } else { chosen.date() }
}

/// Reads an extended date. `1923-24` is none here: who writes it in words means two years, no summer.
fn extended(text: &str) -> Option<Edtf> {
    let date: Edtf = text.parse().ok()?;
    let is_season = text.trim().split_once('-').is_some_and(|(year, month)| year.len() == 4 && ("13".."99").contains(&month));
    if is_season { None } else { Some(date) }
}

// Words become words of one kind
//
// A wording becomes words of one kind before it is read: without marks, synonyms made one, names of eras
// numbered. `tu` (từ: from; tư: four), `sau` (after; sáu: six) and `nam` (year; five) stay as they are,
// since only their place tells which of the two they are.

/// Returns a text in small letters without marks, every dash a hyphen.
fn folded(text: &str) -> String {
    let plain = |letter: char| match letter {
        'đ' => 'd',
        '–' | '—' | '‒' | '−' | '‐' | '‑' => '-',
        other => other,
    };
    text.nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).map(plain).collect()
}

/// Returns what stands outside and what stands inside of brackets.
fn brackets(text: &str) -> (String, String) {
    let mut depth = 0_usize;
    let (mut outside, mut inside) = (String::new(), String::new());
    for letter in text.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(letter),
            _ => inside.push(letter),
        }
    }
    (outside, inside)
}

/// Returns words, numbers and signs with one space around each.
fn spaced(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_digit = |place: usize| letters.get(place).is_some_and(char::is_ascii_digit);
    let mut spaced = String::from(" ");
    for (place, letter) in letters.iter().enumerate() {
        match letter {
            '-' | '/' | ',' | ';' | '?' | '~' => spaced.extend([' ', *letter, ' ']),
            '.' if place > 0 && is_digit(place - 1) && is_digit(place + 1) => spaced.push_str(" . "),
            _ if letter.is_alphanumeric() => spaced.push(*letter),
            _ => spaced.push(' '),
        }
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

/// Returns the meaning of each phrase, the longest phrases first, and words without one as they are.
fn meaning(spaced: &str) -> Vec<&str> {
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut meaning = Vec::new();
    let mut rest = words.as_slice();
    while let [word, ..] = rest {
        let longest = (1..=rest.len().min(LONGEST_PHRASE)).rev().find_map(|length| Some((length, MEANINGS.get(&rest[..length].join(" "))?)));
        let (length, becomes) = longest.map_or((1, *word), |(length, becomes)| (length, becomes.as_str()));
        meaning.extend(becomes.split_whitespace());
        rest = &rest[length..];
    }
    meaning
}

// What is read

/// The text of an extended date, or of both ends of an interval.
struct Reading {
    first: String,
    last: Option<String>,
}

impl Reading {
    fn one(text: String) -> Self {
        Self { first: text, last: None }
    }

    fn span(first: impl Into<String>, last: impl Into<String>) -> Self {
        Self { first: first.into(), last: Some(last.into()) }
    }

    fn years(first: i32, last: i32) -> Option<Self> {
        Some(Self::span(year(first)?, year(last)?))
    }

    /// From the beginning of this one on, without end.
    fn onwards(self) -> Self {
        Self::span(self.first, "..")
    }

    /// Up to the end of this one, without beginning.
    fn until(self) -> Self {
        Self::span("..", self.last.unwrap_or(self.first))
    }

    fn through(self, end: Self) -> Self {
        Self::span(self.first, end.last.unwrap_or(end.first))
    }

    /// Returns what is left of a choice if only those are possible that overlap another date.
    fn choose(&self, other: &Edtf) -> Option<Self> {
        let members = self.first.strip_prefix('[')?.strip_suffix(']')?.split(',');
        let is_possible = |member: &&str| format!("[{member}]").parse::<Edtf>().is_ok_and(|date| date.overlaps(other));
        match *members.filter(is_possible).collect::<Vec<_>>() {
            [] => None,
            [one] => Some(one.split_once("..").map_or_else(|| Self::one(one.to_owned()), |(first, last)| Self::span(first, last))),
            ref several => Some(one_of(several)),
        }
    }

    /// Adds `?` or `~` to both ends.
    fn marked(self, mark: char) -> Self {
        Self { first: marked(self.first, mark), last: self.last.map(|last| marked(last, mark)) }
    }

    fn date(&self) -> Option<Edtf> {
        match &self.last {
            Some(last) => format!("{}/{last}", self.first).parse().ok(),
            None => self.first.parse().ok(),
        }
    }
}

fn marked(text: String, mark: char) -> String {
    match text.chars().last() {
        Some('.' | '%') => text,
        Some(other) if other == mark => text,
        Some('?' | '~') => format!("{}%", &text[..text.len() - 1]),
        _ => format!("{text}{mark}"),
    }
}

fn year(year: i32) -> Option<String> {
    i16::try_from(year).ok().map(year_text)
}

// How it is read
//
// Each function knows one kind of wording and returns None for all others.

/// Reads all of it; or part by part between commas, and then the shortest of those that agree.
fn whole(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let in_one: Vec<&str> = words.iter().copied().filter(|word| *word != ",").collect();
    if let Some(reading) = claim(&in_one, as_of) {
        return Some(reading);
    }
    let mut parts = words.split(|word| *word == ",").filter(|part| !part.is_empty());
    let mut shortest = claim(parts.next()?, as_of)?;
    for part in parts {
        match claim(part, as_of) {
            Some(reading) => shortest = shorter(shortest, reading)?,
            None if has_number(part) => return None,
            // A remark without numbers tells no other date.
            None => {}
        }
    }
    Some(shortest)
}

fn has_number(words: &[&str]) -> bool {
    let is_number = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit()) || roman(&[*word]).is_some();
    number(words).is_some() || words.iter().any(is_number)
}

/// Returns the shorter of two that overlap.
fn shorter(one: Reading, other: Reading) -> Option<Reading> {
    let (first, second) = (one.date()?, other.date()?);
    if !first.overlaps(&second) {
        return None;
    }
    let length = |date: &Edtf| date.bounds().1.duration_since(date.bounds().0);
    match (one.choose(&second), other.choose(&first)) {
        (Some(chosen), _) | (None, Some(chosen)) => Some(chosen),
        (None, None) => Some(if length(&second) < length(&first) { other } else { one }),
    }
}

/// Reads words that tell one date.
fn claim(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let about_all = || if let ["about", rest @ ..] = words { claim(rest, as_of).map(|reading| reading.marked('~')) } else { None };
    age(words, as_of)
        .or_else(|| side(words, as_of))
        .or_else(about_all)
        .or_else(|| choice(words))
        .or_else(|| range(words, as_of))
        .or_else(|| one_sided(words, as_of))
}

/// "hơn 100 năm", "gần hai thế kỷ", "hàng trăm năm nay"
fn age(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let (how, words) = match words {
        ["about", how @ ("over" | "nearly"), rest @ ..] | [how @ ("about" | "over" | "nearly"), rest @ ..] => (*how, rest),
        _ => ("about", words),
    };
    let words = words.strip_suffix(&["now"]).or(words.strip_suffix(&["before"])).unwrap_or(words);
    let (quantity, unit) = match words {
        // These three alone are "after", "from" and "year".
        ["sau" | "tu" | "nam", _] => return None,
        [quantity @ .., "nam"] => (quantity, 1),
        [quantity @ .., "century"] => (quantity, 100),
        _ => return None,
    };
    let (oldest, youngest) = span_of_years(quantity, unit, how)?;
    let as_of = i32::from(as_of?);
    Some(Reading::years(as_of - oldest, as_of - youngest)?.marked('~'))
}

/// Returns the longest and the shortest time that a quantity of years, or of centuries, can mean.
fn span_of_years(quantity: &[&str], unit: i32, how: &str) -> Option<(i32, i32)> {
    // "18 thế kỷ" is rather a slip of the pen than an age.
    let years = |words: &[&str]| number(words).filter(|number| unit == 1 || *number < 10).map(|number| number * unit);
    match *quantity {
        ["several", of] => Some((5 * tens(of)?, 2 * tens(of)?)),
        ["many", of] => Some((9 * tens(of)?, 2 * tens(of)?)),
        ["hang", of] => Some((9 * tens(of)?, tens(of)?)),
        [low, "-" | "to", ref high @ ..] => Some((years(high)?, years(&[low])?)),
        _ => Some(around(years(quantity)?, how)),
    }
}

fn around(years: i32, how: &str) -> (i32, i32) {
    let tenth = (years / 10).max(1);
    match how {
        "over" => (years + (years / 4).max(1), years),
        "nearly" => (years, years - tenth),
        _ => (years + tenth, years - tenth),
    }
}

/// What can stand at one end of a span.
fn side(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    if let ["about", rest @ ..] = words {
        return Some(side(rest, as_of)?.marked('~'));
    }
    single_year(words)
        .or_else(|| day(words))
        .or_else(|| month(words).map(|(year, month)| Reading::one(format!("{year:04}-{month:02}"))))
        .or_else(|| part_of_month(words))
        .or_else(|| part_of_year(words))
        .or_else(|| stretch(words, as_of))
        .or_else(|| year_of_era(words))
}

/// "1930", "năm 1930", "năm 938", "257 TCN"
fn single_year(words: &[&str]) -> Option<Reading> {
    let number = match words {
        ["nam", number, "bc"] | [number, "bc"] => 1 - digits(number)?,
        // "năm 45" means 1945 more often than 45.
        ["nam", number] if number.len() == 3 => digits(number)?,
        ["nam" | "reign", number] | [number] => four_digits(number)?,
        _ => return None,
    };
    Some(Reading::one(year(number)?))
}

/// "12/3/2025", "ngày 12 tháng 3 năm 2025", "12th March 2025", "March 12, 2025"
fn day(words: &[&str]) -> Option<Reading> {
    let words = words.strip_prefix(&["ngay"]).unwrap_or(words);
    let (year, month, day) = match *words {
        [year, a @ ("/" | "."), month, b, day] if a == b && year.len() == 4 => (four_digits(year)?, digits(month)?, digits(day)?),
        [day, a @ ("/" | "-" | "."), month, b, year] if a == b => (four_digits(year)?, digits(month)?, digits(day)?),
        [day, "/", month, "nam", year] => (four_digits(year)?, digits(month)?, digits(day)?),
        ["thang", month, day, year] => (four_digits(year)?, digits(month)?, ordinal(day).or(digits(day))?),
        _ => {
            let place = words.iter().position(|word| *word == "thang").filter(|place| *place > 0)?;
            let (year, month) = month(&words[place..])?;
            (year, month, number_or_ordinal(&words[..place])?)
        }
    };
    Some(Reading::one(format!("{year:04}-{month:02}-{day:02}")))
}

/// "tháng 3 năm 2025", "tháng ba 2025", "3/2025"
fn month(words: &[&str]) -> Option<(i32, i32)> {
    let (year, rest) = words.split_last()?;
    let month = match rest {
        ["thang", month @ .., "nam" | "/" | "-"] | ["thang", month @ ..] => number(month)?,
        [month, "/" | "-"] => digits(month)?,
        _ => return None,
    };
    let is_month = (1..=12).contains(&month);
    if is_month { Some((four_digits(year)?, month)) } else { None }
}

/// "giữa tháng 3 năm 2025"
fn part_of_month(words: &[&str]) -> Option<Reading> {
    let (part, rest) = words.split_first()?;
    let (year, month) = month(rest)?;
    let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let (from, to) = match *part {
        "early" => (1, 10),
        "mid" => (11, 20),
        "late" => (21, first.days_in_month()),
        _ => return None,
    };
    Some(Reading::span(format!("{year}-{month:02}-{from:02}"), format!("{year}-{month:02}-{to:02}")))
}

/// "đầu năm 1990", "mùa xuân năm 1975", "quý 2 năm 2024"
fn part_of_year(words: &[&str]) -> Option<Reading> {
    let (part, rest) = words.split_first()?;
    let year = match rest {
        ["nam", year] | [year] => four_digits(year)?,
        _ => return None,
    };
    if let Some(season) = part.strip_prefix("season-") {
        return Some(Reading::one(format!("{year}-{season}")));
    }
    let (from, to) = within(part, 1, 12)?;
    Some(Reading::span(format!("{year}-{from:02}"), format!("{year}-{to:02}")))
}

/// Decades, centuries and the times of dynasties, whole or in part.
fn stretch(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let of = |words: &[&str]| decade(words, as_of).or_else(|| century(words, as_of)).or_else(|| dynasty(words));
    let (part, rest) = words.split_first()?;
    if !PARTS.contains(part) {
        return of(words);
    }
    let whole = of(rest)?.date().filter(|date| !date.as_given().starts_with('['))?;
    // "Cuối những năm 1800" may be of the decade or of the century, "late 1800s" is of the century.
    if rest.first() == Some(&"decade") && whole.as_given().ends_with("XX") {
        return None;
    }
    let (first, last) = whole.year_bounds();
    let (from, to) = within(part, i32::from(first), i32::from(last))?;
    let reading = Reading::years(from, to)?;
    // The edges between the thirds of a long time are nowhere drawn exactly; its own edges are.
    let is_fuzzy = last - first > 50 && !part.ends_with("half");
    let edge = |text: String, is_outer: bool| if is_fuzzy && !is_outer { marked(text, '~') } else { text };
    Some(Reading { first: edge(reading.first, from == i32::from(first)), last: reading.last.map(|text| edge(text, to == i32::from(last))) })
}

const PARTS: [&str; 5] = ["early", "mid", "late", "first-half", "second-half"];

/// Returns a part of a range of numbers.
fn within(part: &str, first: i32, last: i32) -> Option<(i32, i32)> {
    let after = |numerator: i32, denominator: i32| first + numerator * (last - first) / denominator;
    match part {
        "early" => Some((first, after(1, 3))),
        "mid" => Some((after(1, 3) + 1, after(2, 3))),
        "late" => Some((after(2, 3) + 1, last)),
        "first-half" => Some((first, after(1, 2))),
        "second-half" => Some((after(1, 2) + 1, last)),
        _ => None,
    }
}

/// "những năm 1990", "1990s", "thập niên 80 thế kỷ trước"
fn decade(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let first = match words {
        ["decade", year] if year.len() == 2 => {
            let century_now = i32::from(as_of?) / 100 * 100;
            let this_century = century_now + digits(year)?;
            if this_century <= i32::from(as_of?) { this_century } else { this_century - 100 }
        }
        ["decade", year, rest @ ..] if year.len() == 2 => (century_number(rest, as_of)? - 1) * 100 + digits(year)?,
        ["decade", year] => four_digits(year)?,
        [year] => four_digits(year.strip_suffix('s')?)?,
        _ => return None,
    };
    match first % 100 {
        0 => Some(Reading::one(format!("{:02}XX", first / 100))),
        years if years % 10 == 0 => Some(Reading::one(format!("{:03}X", first / 10))),
        _ => None,
    }
}

/// "thế kỷ XV", "thế kỷ thứ 3 TCN", "18th century"
fn century(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let (words, is_before_christ) = words.strip_suffix(&["bc"]).map_or((words, false), |words| (words, true));
    let hundreds = century_number(words, as_of)? - 1;
    let sign = if is_before_christ { "-" } else { "" };
    Some(Reading::one(format!("{sign}{hundreds:02}XX")))
}

fn century_number(words: &[&str], as_of: Option<i16>) -> Option<i32> {
    let number = match words {
        ["century", "before"] => i32::from(as_of?) / 100,
        // "Thế kỷ sau" is the next one, not the sixth.
        ["century", "sau" | "tu" | "nam"] => return None,
        ["century", rest @ ..] => number_or_ordinal(rest).or_else(|| roman(rest))?,
        // Two digits and no more would be an age: "2 thế kỷ".
        [number, "century"] => ordinal(number).or_else(|| roman(&[number]))?,
        _ => return None,
    };
    (1..=21).contains(&number).then_some(number)
}

/// "thời Lý", "Lê sơ", "nhà Nguyễn", "đời vua Minh Mạng", "Trần dynasty"
fn dynasty(words: &[&str]) -> Option<Reading> {
    let mut name = words;
    while let ["reign", rest @ ..] | [rest @ .., "reign"] = name {
        name = rest;
    }
    let [name] = name else { return None };
    if let Some(number) = name.strip_prefix("time-") {
        let time = &TIMES[number.parse::<usize>().ok()?];
        return Reading::years(time.first, time.last);
    }
    if words.len() == 1 {
        // "Lý" alone is a family, "Minh Đức" alone a place.
        return None;
    }
    if let Some(time) = TIMES.iter().find(|time| time.name == *name) {
        return Reading::years(time.first, time.last);
    }
    match eras(name)?.as_slice() {
        [era] => Reading::years(era.first, era.last),
        several => {
            let spans: Vec<String> = several.iter().map(|era| format!("{:04}..{:04}", era.first, era.last)).collect();
            Some(one_of(&spans))
        }
    }
}

/// "Minh Mạng thứ 12", "năm Tự Đức thứ 5", "năm thứ 3 niên hiệu Cảnh Hưng", "12th year of Minh Mạng"
fn year_of_era(words: &[&str]) -> Option<Reading> {
    let place = words.iter().position(|word| word.starts_with("era-"))?;
    let (before, after) = (&words[..place], &words[place + 1..]);
    let count = match (before, after) {
        ([] | ["nam" | "reign"] | ["nam", "reign"], ["nam", "thu", count @ ..] | ["thu", count @ ..] | count @ [_, ..]) => number(count)?,
        (["nam", "thu", count @ .., "reign"] | ["nam", "thu", count @ ..], []) => number(count)?,
        ([count, "nam"] | [count, "nam", "reign"], []) => ordinal(count)?,
        _ => return None,
    };
    let mut years = Vec::new();
    for era in eras(words[place])? {
        let year = era.first + count - 1;
        if count > 0 && year <= era.last {
            years.push(format!("{year:04}"));
        }
    }
    match years.len() {
        0 => None,
        1 => years.pop().map(Reading::one),
        _ => Some(one_of(&years)),
    }
}

/// Returns the eras that have the name of a numbered one.
fn eras(word: &str) -> Option<Vec<&'static Time>> {
    let number: usize = word.strip_prefix("era-")?.parse().ok()?;
    let name = &ERA_TIMES.get(number)?.name;
    Some(ERA_TIMES.iter().filter(|era| era.name == *name).collect())
}

fn one_of<S: Borrow<str>>(members: &[S]) -> Reading {
    Reading::one(format!("[{}]", members.join(",")))
}

/// "1428 hoặc 1429", "between 1700 and 1750"
fn choice(words: &[&str]) -> Option<Reading> {
    let (words, sign) = words.strip_prefix(&["between"]).map_or((words, ","), |words| (words, ".."));
    let place = words.iter().position(|word| *word == if sign == "," { "or" } else { "and" })?;
    let (one, other) = (single_year(&words[..place])?, single_year(&words[place + 1..])?);
    Some(Reading::one(format!("[{}{sign}{}]", one.first, other.first)))
}

/// "từ 1986 đến 1992", "thế kỷ 10–11", "cuối thế kỷ 18 đầu thế kỷ 19", "1986 đến nay"
fn range(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let words = words.strip_prefix(&["tu"]).unwrap_or(words);
    for (place, word) in words.iter().enumerate() {
        let right = match *word {
            "-" | "to" | "/" => place + 1,
            "early" if words[0] == "late" => place,
            _ => continue,
        };
        let reading = match (&words[..place], &words[right..]) {
            (left, ["now"]) => side(left, as_of).map(Reading::onwards),
            (left, right) => between(left, right, as_of),
        };
        if reading.is_some() {
            return reading;
        }
    }
    None
}

/// Reads two ends that may share words: "thế kỷ 10" – "11", "10th" – "11th century", "1986" – "98".
fn between(left: &[&str], right: &[&str], as_of: Option<i16>) -> Option<Reading> {
    let (left_last, left_rest) = left.split_last()?;
    let (right_last, right_rest) = right.split_last()?;
    // "About" belongs to its own end.
    let left_rest = left_rest.strip_prefix(&["about"]).unwrap_or(left_rest);
    let full_year = format!("{}{right_last}", left_last.get(..2).unwrap_or_default());
    let is_short_year = right.len() == 1 && right_last.len() == 2 && four_digits(left_last).is_some();
    let end = match right_rest {
        [] if is_short_year => side(&[left_rest, &[&full_year]].concat(), as_of),
        [] => side(&[left_rest, &[right_last]].concat(), as_of).or_else(|| side(right, as_of)),
        _ => side(right, as_of),
    };
    let end = end.or_else(|| side(&[left_rest, right].concat(), as_of))?;
    let begin = side(left, as_of).or_else(|| side(&[left, &right[1..]].concat(), as_of)).or_else(|| side(&[left, &[right_last]].concat(), as_of))?;
    let reading = begin.through(end);
    reading.date().map(|_| reading)
}

/// "trước 1945", "sau 1954", "từ 1986", "đến 1992", "1945 trở về trước"
fn one_sided(words: &[&str], as_of: Option<i16>) -> Option<Reading> {
    match words {
        ["tu" | "to", "before" | "sau", ..] => one_sided(&words[1..], as_of),
        ["before", rest @ ..] => before(&side(rest, as_of)?.date()?),
        ["sau", rest @ ..] => after(&side(rest, as_of)?.date()?),
        ["tu", rest @ .., "to", "now"] | ["tu", rest @ ..] | [rest @ .., "to", "now"] => {
            age(rest, as_of).or_else(|| side(rest, as_of)).map(Reading::onwards)
        }
        ["to", rest @ ..] | [rest @ .., "and-earlier"] => side(rest, as_of).map(Reading::until),
        _ => None,
    }
}

fn before(date: &Edtf) -> Option<Reading> {
    let day = date.bounds().0.yesterday().ok()?;
    let is_whole_year = day == day.last_of_year();
    let last = if is_whole_year { year_text(day.year()) } else { Edtf::from(day).to_string() };
    Some(Reading::span("..", last))
}

fn after(date: &Edtf) -> Option<Reading> {
    let day = date.bounds().1.tomorrow().ok()?;
    let is_whole_year = day == day.first_of_year();
    let first = if is_whole_year { year_text(day.year()) } else { Edtf::from(day).to_string() };
    Some(Reading::span(first, ".."))
}

// Numbers

/// Reads a number of at most four digits.
fn digits(word: &str) -> Option<i32> {
    let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { word.parse().ok() } else { None }
}

/// Reads a year that can be taken for nothing else.
fn four_digits(word: &str) -> Option<i32> {
    digits(word).filter(|year| (1000..2200).contains(year))
}

fn number_or_ordinal(words: &[&str]) -> Option<i32> {
    if let [word] = words { ordinal(word).or_else(|| number(words)) } else { number(words) }
}

/// Reads "15", "2.500", "mười hai", "hai mươi lăm", "hai trăm".
fn number(words: &[&str]) -> Option<i32> {
    match *words {
        [word] => digits(word).or_else(|| numeral(word)).or_else(|| tens(word)),
        [thousands, ".", rest] if rest.len() == 3 => Some(1000 * digits(thousands)? + digits(rest)?),
        ["muoi", ones] => Some(10 + numeral(ones)?),
        [count, unit] => Some(digits(count).or_else(|| numeral(count))? * tens(unit)?),
        [count, "muoi", ones] => Some(10 * numeral(count)? + numeral(ones)?),
        _ => None,
    }
}

fn numeral(word: &str) -> Option<i32> {
    match word {
        "mot" => Some(1),
        "hai" => Some(2),
        "ba" => Some(3),
        "bon" | "tu" => Some(4),
        "nam" | "lam" => Some(5),
        "sau" => Some(6),
        "bay" => Some(7),
        "tam" => Some(8),
        "chin" => Some(9),
        _ => None,
    }
}

fn tens(word: &str) -> Option<i32> {
    match word {
        "muoi" | "chuc" => Some(10),
        "tram" => Some(100),
        "nghin" | "ngan" => Some(1000),
        _ => None,
    }
}

/// Reads "18th" and "eighteenth".
fn ordinal(word: &str) -> Option<i32> {
    const WORDS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth \
        eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth";
    if let Some(place) = WORDS.split(' ').position(|ordinal| ordinal == word) {
        return i32::try_from(place + 1).ok();
    }
    let number = ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end))?;
    digits(number)
}

/// Reads a Roman number up to 39, as they stand with centuries.
fn roman(words: &[&str]) -> Option<i32> {
    const ONES: [&str; 10] = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    let [word] = words else { return None };
    let ones = word.trim_start_matches('x');
    let tens = word.len() - ones.len();
    let ones = ONES.iter().position(|one| *one == ones)?;
    i32::try_from(10 * tens + ones).ok().filter(|number| (1..40).contains(number))
}

// The words and the times

/// Words by which a day of the lunar calendar gives itself away.
const LUNAR: [&str; 10] = ["âm lịch", "nông lịch", "al", "lunar", "rằm", "mùng", "mồng", "tháng giêng", "tháng chạp", "nhuận"];

/// Words by which a legend gives itself away, also in brackets.
const LEGENDS: [&str; 6] = ["truyền thuyết", "tương truyền", "lời kể", "legend", "tradition", "(?)"];

/// What synonyms become.
const SYNONYMS: &[(&str, &str)] = &[
    ("century", "thế kỷ thứ, thế kỷ, thế kỉ thứ, thế kỉ, tk, centuries"),
    ("50 nam", "nửa thế kỷ, nửa thế kỉ, half a century"),
    ("decade", "những năm, thập niên, thập kỷ, thập kỉ"),
    ("reign", "triều đại, thời kỳ, thời kì, thời nhà, triều nhà, đời nhà, thời, đời, nhà, triều, vua, niên hiệu, dynasty, period, era"),
    ("first-half", "nửa đầu, 6 tháng đầu, sáu tháng đầu, first half"),
    ("second-half", "nửa sau, nửa cuối, 6 tháng cuối, sáu tháng cuối, second half, latter half"),
    ("early", "những năm đầu, đầu, beginning"),
    ("mid", "giữa, mid -, middle"),
    ("late", "những năm cuối, cuối, end"),
    ("about", "vào khoảng, khoảng, chừng, áng chừng, trên dưới, ~, c, ca, circa, around, approximately, approx, roughly"),
    ("over", "hơn, trên, more than"),
    ("nearly", "gần, ngót, almost"),
    ("before", "trước đây, trước, ago"),
    ("sau", "after"),
    ("tu", "kể từ, from, since"),
    ("to", "cho đến, cho tới, đến, tới, until, till"),
    ("to now", "đến nay, cho đến nay, tới nay, trở đi, trở lại đây, onwards, to present, to the present"),
    ("now", "nay, present"),
    ("and-earlier", "trở về trước, and earlier"),
    ("or", "hoặc, hay"),
    ("bc", "trước công nguyên, tcn, bce"),
    ("", "sau công nguyên, công nguyên, scn, ad, ce"),
    ("perhaps", "?, có lẽ, có thể, hình như, possibly, probably, legend says"),
    ("perhaps", "theo truyền thuyết, truyền thuyết, tương truyền, theo lời kể, lời kể"),
    ("nam", "years, year"),
    ("thang 1", "january, jan"),
    ("thang 2", "february, feb"),
    ("thang 3", "march, mar"),
    ("thang 4", "april, apr"),
    ("thang 5", "may"),
    ("thang 6", "june, jun"),
    ("thang 7", "july, jul"),
    ("thang 8", "august, aug"),
    ("thang 9", "september, sept, sep"),
    ("thang 10", "october, oct"),
    ("thang 11", "november, nov"),
    ("thang 12", "december, dec"),
    ("season-21", "mùa xuân, spring"),
    ("season-22", "mùa hè, mùa hạ, summer"),
    ("season-23", "mùa thu, autumn"),
    ("season-24", "mùa đông, winter"),
    ("season-33", "quý 1, quý i, quý một"),
    ("season-34", "quý 2, quý ii, quý hai"),
    ("season-35", "quý 3, quý iii, quý ba"),
    ("season-36", "quý 4, quý iv, quý bốn, quý tư"),
    ("several tram", "vài trăm, mấy trăm, several hundred"),
    ("several chuc", "vài chục, mấy chục"),
    ("several nghin", "vài nghìn, vài ngàn, mấy nghìn, mấy ngàn, several thousand"),
    ("many tram", "nhiều trăm, many hundred"),
    ("hang tram", "hundreds of, hundreds"),
    ("hang nghin", "hàng ngàn, thousands of, thousands"),
    ("thu 1", "nguyên niên"),
    // The beginning of something, or how it is told, says nothing of when.
    ("", "có từ, đến nay đã có, đến nay đã, đã có từ, đã có, đã, ra đời từ, ra đời vào, ra đời, hình thành từ, hình thành vào, hình thành"),
    ("", "xuất hiện từ, xuất hiện vào, xuất hiện, bắt đầu từ, bắt nguồn từ, có lịch sử, lịch sử, có tuổi đời, tuổi đời, tồn tại"),
    ("", "cách đây, cách nay, vào, trong, dưới, giai đoạn, tuổi, qua, của, dating from, in, the, of, on, old, under"),
];

/// The dynasties and some other times, with their first and last year.
///
/// Lê without more is the later one: the earlier is always called Tiền Lê.
const DYNASTIES: &str = "Ngô 939–965, Đinh 968–980, Tiền Lê 980–1009, Early Lê 980–1009, Lý 1009–1225, Trần 1226–1400, Hồ 1400–1407, \
Hậu Trần 1407–1414, thuộc Minh 1407–1427, Lê 1428–1789, Hậu Lê 1428–1789, Later Lê 1428–1789, Lê sơ 1428–1527, Mạc 1527–1592, \
Lê trung hưng 1533–1789, chúa Trịnh 1545–1787, chúa Nguyễn 1558–1777, Tây Sơn 1778–1802, Nguyễn 1802–1945, \
Pháp thuộc 1884–1945, bao cấp 1976–1986";

/// The eras of the kings, and some kings by their names, with their first and last year.
const ERAS: &str = "Thái Bình 970–980, Thiên Phúc 980–988, Hưng Thống 989–993, Ứng Thiên 994–1007, Cảnh Thụy 1008–1009, \
Thuận Thiên 1010–1028, Thiên Thành 1028–1034, Thông Thụy 1034–1039, Càn Phù Hữu Đạo 1039–1042, Minh Đạo 1042–1044, \
Thiên Cảm Thánh Vũ 1044–1049, Sùng Hưng Đại Bảo 1049–1054, Long Thụy Thái Bình 1054–1058, Chương Thánh Gia Khánh 1059–1065, \
Long Chương Thiên Tự 1066–1068, Thiên Huống Bảo Tượng 1068–1069, Thần Vũ 1069–1072, Thái Ninh 1072–1076, Anh Vũ Chiêu Thắng 1076–1084, \
Quảng Hựu 1085–1092, Hội Phong 1092–1100, Long Phù 1101–1109, Hội Tường Đại Khánh 1110–1119, Thiên Phù Duệ Vũ 1120–1126, \
Thiên Phù Khánh Thọ 1127–1127, Thiên Thuận 1128–1132, Thiên Chương Bảo Tự 1133–1138, Thiệu Minh 1138–1140, Đại Định 1140–1162, \
Chính Long Bảo Ứng 1163–1174, Thiên Cảm Chí Bảo 1174–1175, Trinh Phù 1176–1186, Thiên Tư Gia Thụy 1186–1202, Thiên Gia Bảo Hựu 1202–1205, \
Trị Bình Long Ứng 1205–1210, Kiến Gia 1211–1224, Thiên Chương Hữu Đạo 1224–1225, \
Kiến Trung 1225–1232, Thiên Ứng Chính Bình 1232–1251, Nguyên Phong 1251–1258, Thiệu Long 1258–1272, Bảo Phù 1273–1278, Thiệu Bảo 1279–1285, \
Trùng Hưng 1285–1293, Hưng Long 1293–1314, Đại Khánh 1314–1323, Khai Thái 1324–1329, Khai Hựu 1329–1341, Thiệu Phong 1341–1357, \
Đại Trị 1358–1369, Đại Định 1369–1370, Thiệu Khánh 1370–1372, Long Khánh 1373–1377, Xương Phù 1377–1388, Quang Thái 1388–1398, \
Kiến Tân 1398–1400, Thánh Nguyên 1400–1400, Thiệu Thành 1401–1402, Khai Đại 1403–1407, Hưng Khánh 1407–1409, Trùng Quang 1409–1414, \
Thuận Thiên 1428–1433, Thiệu Bình 1434–1439, Đại Bảo 1440–1442, Thái Hòa 1443–1453, Diên Ninh 1454–1459, Thiên Hưng 1459–1460, \
Quang Thuận 1460–1469, Hồng Đức 1470–1497, Cảnh Thống 1498–1504, Thái Trinh 1504–1504, Đoan Khánh 1505–1509, Hồng Thuận 1509–1516, \
Quang Thiệu 1516–1522, Thống Nguyên 1522–1527, \
Minh Đức 1527–1529, Đại Chính 1530–1540, Quảng Hòa 1541–1546, Vĩnh Định 1547–1547, Cảnh Lịch 1548–1553, Quang Bảo 1554–1561, \
Thuần Phúc 1562–1565, Sùng Khang 1566–1577, Diên Thành 1578–1585, Đoan Thái 1586–1587, Hưng Trị 1588–1590, Hồng Ninh 1591–1592, \
Nguyên Hòa 1533–1548, Thuận Bình 1549–1556, Thiên Hựu 1557–1557, Chính Trị 1558–1571, Hồng Phúc 1572–1573, Gia Thái 1573–1577, \
Quang Hưng 1578–1599, Thận Đức 1600–1600, Hoằng Định 1600–1619, Vĩnh Tộ 1619–1629, Đức Long 1629–1635, Dương Hòa 1635–1643, \
Phúc Thái 1643–1649, Khánh Đức 1649–1653, Thịnh Đức 1653–1658, Vĩnh Thọ 1658–1662, Vạn Khánh 1662–1662, Cảnh Trị 1663–1671, \
Dương Đức 1672–1674, Đức Nguyên 1674–1675, Vĩnh Trị 1676–1680, Chính Hòa 1680–1705, Vĩnh Thịnh 1705–1720, Bảo Thái 1720–1729, \
Vĩnh Khánh 1729–1732, Long Đức 1732–1735, Vĩnh Hựu 1735–1740, Cảnh Hưng 1740–1786, Chiêu Thống 1787–1789, \
Thái Đức 1778–1793, Quang Trung 1788–1792, Cảnh Thịnh 1793–1801, Bảo Hưng 1801–1802, \
Gia Long 1802–1819, Minh Mạng 1820–1840, Minh Mệnh 1820–1840, Thiệu Trị 1841–1847, Tự Đức 1848–1883, Hiệp Hòa 1883–1883, \
Kiến Phúc 1884–1884, Hàm Nghi 1885–1888, Đồng Khánh 1886–1888, Thành Thái 1889–1907, Duy Tân 1907–1916, Khải Định 1916–1925, \
Bảo Đại 1926–1945, \
Lý Thái Tổ 1009–1028, Lý Thánh Tông 1054–1072, Lý Nhân Tông 1072–1127, Trần Thái Tông 1226–1258, Trần Nhân Tông 1278–1293, \
Lê Thái Tổ 1428–1433, Lê Thánh Tông 1460–1497";

/// A dynasty or an era.
struct Time {
    name: String,
    first: i32,
    last: i32,
}

static TIMES: LazyLock<Vec<Time>> = LazyLock::new(|| times(DYNASTIES));
static ERA_TIMES: LazyLock<Vec<Time>> = LazyLock::new(|| times(ERAS));

/// Phrases without marks and what they become.
static MEANINGS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut meanings = HashMap::new();
    for (meaning, phrases) in SYNONYMS {
        meanings.extend(phrases.split(", ").map(|phrase| (folded(phrase), (*meaning).to_owned())));
    }
    // A name of one word is that of many families too; it is looked up where it cannot be one.
    let dynasties = TIMES.iter().enumerate().filter(|(_, time)| time.name.contains(' '));
    meanings.extend(dynasties.map(|(number, time)| (time.name.clone(), format!("time-{number}"))));
    meanings.extend(ERA_TIMES.iter().enumerate().map(|(number, era)| (era.name.clone(), format!("era-{number}"))));
    meanings
});

/// The longest phrases have so many words.
const LONGEST_PHRASE: usize = 4;

fn times(table: &str) -> Vec<Time> {
    let time = |entry: &str| {
        let (name, years) = entry.rsplit_once(' ')?;
        let (first, last) = years.split_once('–')?;
        Some(Time { name: folded(name), first: first.parse().ok()?, last: last.parse().ok()? })
    };
    table.split(", ").filter_map(time).collect()
}

#[cfg(test)]
mod tests;
