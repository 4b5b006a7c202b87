//! Extended dates: what is known of a date, and what is not, in a few characters.
//!
//! The notation is EDTF, of ISO 8601-2:2019 and the Library of Congress
//! (<https://www.loc.gov/standards/datetime/>): levels 0 and 1, and of level 2 the lists, digits unknown
//! in any place, and the parts of years. Not read are years of more than four digits (`Y17e7`),
//! significant digits (`1950S2`), and `?` or `~` on a part of a date (`2004-06~-11`).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A date, a span of time or a list of them, as exact as the source is.
///
/// | written | meaning | days |
/// |---|---|---|
/// | `1930-05-19`, `1930-05`, `1930` | a day, a month, a year | those |
/// | `195X`, `19XX`, `1985-XX-12` | digits that are not known | from the least to the greatest digits |
/// | `1930?` | uncertain: perhaps quite another date | as without `?` |
/// | `1930~` | approximate | a year: 5 years more at both ends |
/// | `195X~`, `19XX~` | approximate | a tenth more at both ends: 1 year, 10 years |
/// | `1930-05~`, `1930-05-19~` | approximate | as without `~` |
/// | `1930%` | uncertain and approximate | as with `~` |
/// | `1700/1850` | an interval | from the first day of the one to the last of the other |
/// | `1986/..`, `../1945` | an interval without end, without beginning | without bound on that side |
/// | `1986/`, `/1945` | the end, the beginning is not known | without bound: it may be any day |
/// | `1975-21` … `1975-24` | spring, summer, autumn, winter | from March, June, September, December on: 3 months |
/// | `2024-33` … `2024-36` | quarters; `25`–`32`, `37`–`41` are read too | those months |
/// | `[1428,1429]` | one of these | each of them |
/// | `{1960,1962..1964}` | all of these | each of them |
/// | `-0257` | 258 before Christ: the year 0 is 1 before Christ | that year |
/// | `2025-10-06T18:30:00+07:00` | a moment | its day, as it is written |
///
/// Years are those of the Gregorian calendar. The text stays as it was given; two dates are equal if their
/// canonical texts are.
#[derive(Clone, Debug)]
pub struct Edtf {
    given: String,
    form: Form,
}

/// A text is no extended date.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no date that can be kept: {fault}")]
pub struct BadDate {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a date.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// It is none of the forms.
    #[error("write a year, a month or a day, as in 1930, 1930-05 or 1930-05-19")]
    Form,
    /// The year has not four digits.
    #[error("a year has four digits, zeros in front, X for a digit that is not known, as in 0938, 195X or 19XX")]
    Year,
    /// The year is too far away.
    #[error("only the years from -9999 to 9999 are kept, written as in -0257 or 1930")]
    FarYear,
    /// The calendar has no such day.
    #[error("the calendar has no such month or day; after the year stands the month, then the day, as in 2025-03-12")]
    NoSuchDay,
    /// A mark stands where it cannot stand.
    #[error("?, ~ or % stands once, at the end of a date, as in 1930~ or 1700?/1850~")]
    Mark,
    /// The time of day is incomplete.
    #[error("a time stands in full behind the T, as in 2025-10-06T18:30:00 or 2025-10-06T18:30:00+07:00")]
    Time,
    /// An interval that has no date.
    #[error("an interval has a date on one side of the stroke at least, as in 1700/1850, 1986/.. or ../1945")]
    Interval,
    /// An interval that ends before it begins.
    #[error("it ends before it begins; the earlier date stands first, as in 1700/1850")]
    Backwards,
    /// A list that is not closed, or empty.
    #[error("a list stands in [ ] for one of them or in {{ }} for all, with commas between, as in [1428,1429] or {{1960,1962..1964}}")]
    List,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Point(Point),
    Interval(End, End),
    OneOf(Vec<Member>),
    AllOf(Vec<Member>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum End {
    At(Point),
    Open,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Member {
    Point(Point),
    Range(End, End),
}

/// A date without a stroke: the smallest thing that has a mark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Point {
    /// The text without its mark, in capitals.
    text: String,
    mark: Mark,
    earliest: Date,
    latest: Date,
    /// How many years `~` adds at both ends.
    slack: i16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mark {
    Plain,
    Uncertain,
    Approximate,
    Both,
}

impl Edtf {
    /// Returns the text exactly as it was given; [`Display`](fmt::Display) gives the canonical text.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// Returns the earliest and the latest day that are possible.
    ///
    /// An end without bound is [`Date::MIN`] or [`Date::MAX`], so that bounds can be sorted and indexed.
    pub fn bounds(&self) -> (Date, Date) {
        let spans = self.spans();
        let earliest = spans.iter().map(|span| span.0).min();
        let latest = spans.iter().map(|span| span.1).max();
        (earliest.unwrap_or(Date::MIN), latest.unwrap_or(Date::MAX))
    }

    /// Returns the years of [`Edtf::bounds`].
    pub fn year_bounds(&self) -> (i16, i16) {
        let (earliest, latest) = self.bounds();
        (earliest.year(), latest.year())
    }

    /// Whether there is a day that may belong to both. Gaps in lists are respected.
    pub fn overlaps(&self, other: &Self) -> bool {
        let others = other.spans();
        self.spans().iter().any(|one| others.iter().any(|other| one.0 <= other.1 && other.0 <= one.1))
    }

    /// Whether a part of it is approximate.
    pub fn is_approximate(&self) -> bool {
        self.points().iter().any(|point| point.mark.is_approximate())
    }

    /// Whether a part of it is uncertain.
    pub fn is_uncertain(&self) -> bool {
        self.points().iter().any(|point| matches!(point.mark, Mark::Uncertain | Mark::Both))
    }

    fn spans(&self) -> Vec<(Date, Date)> {
        match &self.form {
            Form::Point(point) => vec![(point.earliest(), point.latest())],
            Form::Interval(from, to) => vec![(from.earliest(), to.latest())],
            Form::OneOf(members) | Form::AllOf(members) => members.iter().map(Member::span).collect(),
        }
    }

    fn points(&self) -> Vec<&Point> {
        match &self.form {
            Form::Point(point) => vec![point],
            Form::Interval(from, to) => from.point().into_iter().chain(to.point()).collect(),
            Form::OneOf(members) | Form::AllOf(members) => members.iter().flat_map(Member::points).collect(),
        }
    }
}

/// A single day.
impl From<Date> for Edtf {
    fn from(day: Date) -> Self {
        // jiff writes years before 0 with six digits, EDTF with four.
        let text = format!("{}-{:02}-{:02}", year_text(day.year()), day.month(), day.day());
        let point = Point { text: text.clone(), mark: Mark::Plain, earliest: day, latest: day, slack: 0 };
        Self { given: text, form: Form::Point(point) }
    }
}

/// Returns a year as it is written: four digits, and a minus sign where it needs one.
pub(super) fn year_text(year: i16) -> String {
    if year < 0 { format!("{year:05}") } else { format!("{year:04}") }
}

impl PartialEq for Edtf {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form
    }
}

impl Eq for Edtf {}

impl Hash for Edtf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.form.hash(state);
    }
}

impl Serialize for Edtf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.given)
    }
}

impl<'de> Deserialize<'de> for Edtf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The canonical text: no spaces, capital letters, `%` for `?~`.
impl fmt::Display for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Point(point) => point.fmt(f),
            Form::Interval(from, to) => write!(f, "{from}/{to}"),
            Form::OneOf(members) => write!(f, "[{}]", joined(members)),
            Form::AllOf(members) => write!(f, "{{{}}}", joined(members)),
        }
    }
}

fn joined(members: &[Member]) -> String {
    members.iter().map(Member::to_string).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Point(point) => point.fmt(f),
            // Beside the dots of a range an open end has none of its own.
            Self::Range(from, to) => {
                let text = |end: &End| end.point().map(Point::to_string).unwrap_or_default();
                write!(f, "{}..{}", text(from), text(to))
            }
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(point) => point.fmt(f),
            Self::Open => f.write_str(".."),
            Self::Unknown => Ok(()),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, self.mark.text())
    }
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Uncertain => "?",
            Self::Approximate => "~",
            Self::Both => "%",
        }
    }

    fn is_approximate(self) -> bool {
        matches!(self, Self::Approximate | Self::Both)
    }
}

impl Point {
    fn earliest(&self) -> Date {
        self.slackened(self.earliest, -self.slack, Date::MIN)
    }

    fn latest(&self) -> Date {
        self.slackened(self.latest, self.slack, Date::MAX)
    }

    fn slackened(&self, day: Date, years: i16, limit: Date) -> Date {
        let is_exact = years == 0 || !self.mark.is_approximate();
        // Only whole years have slack, and each of them has the first and the last day of a year.
        if is_exact { day } else { Date::new(day.year() + years, day.month(), day.day()).unwrap_or(limit) }
    }
}

impl End {
    fn point(&self) -> Option<&Point> {
        if let Self::At(point) = self { Some(point) } else { None }
    }

    fn earliest(&self) -> Date {
        self.point().map_or(Date::MIN, Point::earliest)
    }

    fn latest(&self) -> Date {
        self.point().map_or(Date::MAX, Point::latest)
    }
}

impl Member {
    fn span(&self) -> (Date, Date) {
        match self {
            Self::Point(point) => (point.earliest(), point.latest()),
            Self::Range(from, to) => (from.earliest(), to.latest()),
        }
    }

    fn points(&self) -> Vec<&Point> {
        match self {
            Self::Point(point) => vec![point],
            Self::Range(from, to) => from.point().into_iter().chain(to.point()).collect(),
        }
    }
}

/// Forgives spaces around the whole and in lists, and small letters.
impl FromStr for Edtf {
    type Err = BadDate;

    fn from_str(text: &str) -> Result<Self, BadDate> {
        match form(&text.trim().to_ascii_uppercase()) {
            Ok(form) => Ok(Self { given: text.to_owned(), form }),
            Err(fault) => Err(BadDate { text: text.to_owned(), fault }),
        }
    }
}

fn form(text: &str) -> Result<Form, Fault> {
    if let Some(rest) = text.strip_prefix('[') {
        return Ok(Form::OneOf(members(rest.strip_suffix(']').ok_or(Fault::List)?)?));
    }
    if let Some(rest) = text.strip_prefix('{') {
        return Ok(Form::AllOf(members(rest.strip_suffix('}').ok_or(Fault::List)?)?));
    }
    match text.split_once('/') {
        None => Ok(Form::Point(point(text)?)),
        // 12/3/2025 does not say whether the day or the month stands first.
        Some((_, to)) if to.contains('/') => Err(Fault::Form),
        Some((from, to)) => {
            let (from, to) = in_order(end(from)?, end(to)?)?;
            Ok(Form::Interval(from, to))
        }
    }
}

fn members(text: &str) -> Result<Vec<Member>, Fault> {
    text.split(',').map(|text| member(text.trim())).collect()
}

fn member(text: &str) -> Result<Member, Fault> {
    let Some((from, to)) = text.split_once("..") else {
        return if text.is_empty() { Err(Fault::List) } else { Ok(Member::Point(point(text)?)) };
    };
    let side = |text: &str| if text.is_empty() { Ok(End::Open) } else { Ok(End::At(point(text)?)) };
    let (from, to) = in_order(side(from)?, side(to)?)?;
    Ok(Member::Range(from, to))
}

fn end(text: &str) -> Result<End, Fault> {
    match text {
        "" => Ok(End::Unknown),
        ".." => Ok(End::Open),
        _ => Ok(End::At(point(text)?)),
    }
}

fn in_order(from: End, to: End) -> Result<(End, End), Fault> {
    match (from.point(), to.point()) {
        (None, None) => Err(Fault::Interval),
        (Some(first), Some(last)) if first.earliest > last.latest => Err(Fault::Backwards),
        _ => Ok((from, to)),
    }
}

fn point(text: &str) -> Result<Point, Fault> {
    let (text, mark) = split_mark(text)?;
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let (is_negative, day) = day.strip_prefix('-').map_or((false, day), |day| (true, day));
    let parts: Vec<&str> = day.split('-').collect();
    let (year, month, day) = match *parts {
        [year] if time.is_none() => (year, None, None),
        [year, month] if time.is_none() => (year, Some(month), None),
        [year, month, day] => (year, Some(month), Some(day)),
        _ => return Err(Fault::Form),
    };
    let years = years(year, is_negative)?;
    let (earliest, latest) = match (month.and_then(season), day) {
        (Some(season), None) => season_days(&years, season),
        _ => days(years, numbers(month, 1..=12)?, numbers(day, 1..=31)?)?,
    };
    if time.is_some_and(|time| !is_time(time)) {
        return Err(Fault::Time);
    }
    let slack = if month.is_none() { slack(year) } else { 0 };
    Ok(Point { text: text.to_owned(), mark, earliest, latest, slack })
}

fn split_mark(text: &str) -> Result<(&str, Mark), Fault> {
    let bare = text.trim_end_matches(['?', '~', '%']);
    let mark = match &text[bare.len()..] {
        "" => Mark::Plain,
        "?" => Mark::Uncertain,
        "~" => Mark::Approximate,
        "%" | "?~" | "~?" => Mark::Both,
        _ => return Err(Fault::Mark),
    };
    if bare.contains(['?', '~', '%']) { Err(Fault::Mark) } else { Ok((bare, mark)) }
}

/// Returns the years that a pattern of digits and X stands for, in their order.
fn years(pattern: &str, is_negative: bool) -> Result<Vec<i16>, Fault> {
    if pattern.starts_with('Y') {
        return Err(Fault::FarYear);
    }
    let is_pattern = !pattern.is_empty() && pattern.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'X'));
    match pattern.len() {
        _ if !is_pattern => Err(Fault::Form),
        0..4 => Err(Fault::Year),
        // There is no year -0: the year before 1 is 0, the one before that -1.
        4 if is_negative && pattern == "0000" => Err(Fault::Year),
        4 if is_negative => Ok(expanded(pattern).into_iter().rev().map(|year| -year).collect()),
        4 => Ok(expanded(pattern)),
        _ => Err(Fault::FarYear),
    }
}

/// Returns the numbers of a range that a pattern of two digits stands for: all of them without a pattern.
fn numbers(pattern: Option<&str>, range: RangeInclusive<i16>) -> Result<Vec<i8>, Fault> {
    let pattern = pattern.unwrap_or("XX");
    if pattern.len() != 2 || !pattern.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'X')) {
        return Err(Fault::Form);
    }
    Ok(expanded(pattern).into_iter().filter(|number| range.contains(number)).filter_map(|number| i8::try_from(number).ok()).collect())
}

/// Returns the numbers that a pattern of at most four digits and X stands for, in their order.
fn expanded(pattern: &str) -> Vec<i16> {
    let mut numbers = vec![0];
    for byte in pattern.bytes() {
        let digits = if byte == b'X' { 0..=9 } else { i16::from(byte - b'0')..=i16::from(byte - b'0') };
        numbers = numbers.into_iter().flat_map(|number| digits.clone().map(move |digit| 10 * number + digit)).collect();
    }
    numbers
}

/// Returns the first and the last day that the calendar has among these years, months and days.
fn days(mut years: Vec<i16>, mut months: Vec<i8>, mut days: Vec<i8>) -> Result<(Date, Date), Fault> {
    let earliest = first_real(&years, &months, &days).ok_or(Fault::NoSuchDay)?;
    years.reverse();
    months.reverse();
    days.reverse();
    let latest = first_real(&years, &months, &days).ok_or(Fault::NoSuchDay)?;
    Ok((earliest, latest))
}

fn first_real(years: &[i16], months: &[i8], days: &[i8]) -> Option<Date> {
    let of_month = |year: i16, month: i8| days.iter().find_map(|day| Date::new(year, month, *day).ok());
    years.iter().find_map(|year| months.iter().find_map(|month| of_month(*year, *month)))
}

/// Returns the first month of a part of a year, and how many months it has.
fn season(month: &str) -> Option<(i8, i8)> {
    let code: i8 = month.parse().ok().filter(|_| month.len() == 2)?;
    match code {
        21..=24 => Some((3 * (code - 20), 3)),
        25..=28 => Some((3 * (code - 24), 3)),
        29..=30 => Some((3 * (code - 26), 3)),
        31..=32 => Some((3 * (code - 30), 3)),
        33..=36 => Some((3 * (code - 33) + 1, 3)),
        37..=39 => Some((4 * (code - 37) + 1, 4)),
        40..=41 => Some((6 * (code - 40) + 1, 6)),
        _ => None,
    }
}

/// A winter ends in the year that follows.
fn season_days(years: &[i16], (first_month, months): (i8, i8)) -> (Date, Date) {
    let begin = |year: Option<&i16>| year.and_then(|year| Date::new(*year, first_month, 1).ok());
    let earliest = begin(years.first()).unwrap_or(Date::MIN);
    let after = begin(years.last()).and_then(|begin| begin.checked_add(Span::new().months(months)).ok());
    (earliest, after.and_then(|after| after.yesterday().ok()).unwrap_or(Date::MAX))
}

/// Returns how many years `~` adds at both ends: 5, or a tenth of the years that X leaves open.
fn slack(year: &str) -> i16 {
    match year.len() - year.trim_end_matches('X').len() {
        0 => 5,
        1 => 1,
        2 => 10,
        3 => 100,
        _ => 1000,
    }
}

fn is_time(text: &str) -> bool {
    let shapes = ["00:00:00", "00:00:00Z", "00:00:00+00", "00:00:00-00", "00:00:00+00:00", "00:00:00-00:00"];
    let Some(shape) = shapes.into_iter().find(|shape| has_shape(text, shape)) else { return false };
    let moment = format!("2000-01-01T{text}");
    if shape == shapes[0] { moment.parse::<DateTime>().is_ok() } else { moment.parse::<Timestamp>().is_ok() }
}

/// Whether a text has a digit wherever the shape has 0, and is the same elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests;
