//! The Vietnamese lunisolar calendar: from days of the sun to days of the moon, and back.
//!
//! The rules: a month begins on the day of the new moon; the month of the winter solstice is the
//! eleventh; where thirteen months lie from one eleventh month to the next, the first of them in which
//! the sun enters no new twelfth of its way (no *trung khí*) is a leap month and repeats the number
//! before it. Days begin at midnight where the calendar is made: in Hanoi, one hour after Beijing, which
//! moves some months, and now and then Tết itself, away from the Chinese calendar.
//!
//! The method is the one that Hồ Ngọc Đức describes ("Computing the Vietnamese lunar calendar",
//! <https://www.informatik.uni-leipzig.de/~duc/amlich/calrules_en.html>); new moons and the place of the
//! sun are series of Jean Meeus, "Astronomical Algorithms" (1998).
//!
//! Hanoi has its own midnight (+7) since 1968; the calendars before it were made for Beijing's (+8), and
//! so are the dates here. Three kinds of printed calendars differ by a day, in some years by a month:
//! those of the court before 1813, some of the 19th century that were computed by older tables, and those
//! of the south from 1968 to 1975, which kept Beijing's midnight: its Tết of 1968 and 1969 was a day later.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

/// The days for which the calendar is computed lie in these years.
const SOLAR_YEARS: RangeInclusive<i16> = 1800..=2199;

/// The lunar years that have days in [`SOLAR_YEARS`].
const LUNAR_YEARS: RangeInclusive<i16> = 1799..=2199;

/// Midnight in Beijing and in Hanoi, in days before that of Greenwich.
const BEIJING: f64 = 8.0 / 24.0;
const HANOI: f64 = 7.0 / 24.0;

/// The Julian day number of the first of January 1968, from which on Hanoi has its own midnight.
const OWN_MIDNIGHT: i32 = 2_439_857;

/// One day of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LunarDate {
    /// The day of the month, 1 to 30.
    pub day: u8,
    /// The month, 1 to 12.
    pub month: u8,
    /// Whether it is the leap month that follows the month of this number.
    pub is_leap: bool,
    /// The lunar year: that of the solar year in which its Tết lies.
    pub year: i16,
}

/// A day of the lunar calendar as a source tells it, of one year or of every year.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LunarDay {
    /// The day of the month, 1 to 30.
    pub day: u8,
    /// The month, 1 to 12.
    pub month: u8,
    /// Whether the source says that it was a leap month.
    #[serde(rename = "leap", default)]
    pub is_leap: bool,
    /// The lunar year; absent for what comes back every year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Days that come back in every lunar year: a feast, a season.
///
/// Written as `15/8` or `1/4-3/4`, first the day and then the month. The end may lie in the next lunar
/// year, as in `23/12-7/1`. A leap month repeats no feast; it belongs to a window only where the window
/// reaches over it. The 30th of a month that has 29 days is the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LunarWindow {
    from: DayOfYear,
    to: DayOfYear,
}

/// A day and a month cannot be in the lunar calendar.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadLunar {
    /// A number is out of range.
    #[error("{day}/{month} is no lunar day: days go from 1 to 30 and months from 1 to 12, as in 15/8")]
    NoSuchDay {
        /// The day that was given.
        day: u8,
        /// The month that was given.
        month: u8,
    },
    /// A text is no window.
    #[error("{0:?} is no lunar day or window: write day and month, as in 15/8 or 1/4-3/4")]
    Form(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct DayOfYear {
    // The order of the fields is the order of the days.
    month: u8,
    day: u8,
}

impl LunarDate {
    /// Returns the lunar date of a day, for days of the years 1800 to 2199.
    ///
    /// Costs about ten new moons, each a sum of some forty sines.
    pub fn of(day: Date) -> Option<Self> {
        if !SOLAR_YEARS.contains(&day.year()) {
            return None;
        }
        let number = day_number(day);
        let moon = moon_of(number);
        let day_of_month = u8::try_from(number - new_moon(moon) + 1).ok()?;
        Some(WinterYear::around(day).date(moon, day_of_month))
    }

    /// Returns the day of the sun, if there is such a lunar date in the years 1800 to 2199.
    pub fn to_solar(self) -> Option<Date> {
        if !LUNAR_YEARS.contains(&self.year) || !(1..=12).contains(&self.month) {
            return None;
        }
        let winter_year = if self.month < 11 { self.year } else { self.year + 1 };
        let moon = WinterYear::new(winter_year).moon(self)?;
        let first = new_moon(moon);
        let number = first + i32::from(self.day) - 1;
        let is_in_month = (first..new_moon(moon + 1)).contains(&number);
        let day = if is_in_month { date_of(number) } else { None };
        day.filter(|day| SOLAR_YEARS.contains(&day.year()))
    }
}

impl LunarDay {
    /// Returns the date in a certain lunar year, whatever year the source says.
    pub fn in_year(&self, year: i16) -> LunarDate {
        LunarDate { day: self.day, month: self.month, is_leap: self.is_leap, year }
    }

    /// Returns the day of the sun, if the source says a year and the calendar has the day.
    pub fn to_solar(&self) -> Option<Date> {
        self.in_year(self.year?).to_solar()
    }

    /// Checks that day and month are possible; whether a certain year has the day is another question.
    pub fn check(&self) -> Result<(), BadLunar> {
        DayOfYear::new(self.day, self.month).map(|_| ())
    }
}

impl From<LunarDate> for LunarDay {
    fn from(date: LunarDate) -> Self {
        Self { day: date.day, month: date.month, is_leap: date.is_leap, year: Some(date.year), more: Map::new() }
    }
}

impl LunarWindow {
    /// Returns the window between two days, each given as day and month, both of them included.
    pub fn new(from: (u8, u8), to: (u8, u8)) -> Result<Self, BadLunar> {
        Ok(Self { from: DayOfYear::new(from.0, from.1)?, to: DayOfYear::new(to.0, to.1)? })
    }

    /// Whether a day lies in the window. Days outside the years 1800 to 2199 never do.
    pub fn contains(self, day: Date) -> bool {
        let Some(lunar) = LunarDate::of(day) else { return false };
        // A window that reaches over Tết may have begun in the lunar year before.
        let covers = |year| self.in_year(year).is_some_and(|(first, last)| first <= day && day <= last);
        covers(lunar.year) || covers(lunar.year - 1)
    }

    /// Returns the first and the last day of the window that begins in a lunar year.
    pub fn in_year(self, year: i16) -> Option<(Date, Date)> {
        let last_year = if self.to < self.from { year.checked_add(1)? } else { year };
        Some((self.from.in_year(year)?, self.to.in_year(last_year)?))
    }
}

impl fmt::Display for LunarWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from.day, self.from.month)?;
        if self.to == self.from { Ok(()) } else { write!(f, "-{}/{}", self.to.day, self.to.month) }
    }
}

impl FromStr for LunarWindow {
    type Err = BadLunar;

    fn from_str(text: &str) -> Result<Self, BadLunar> {
        let (from, to) = text.split_once(['-', '–']).unwrap_or((text, text));
        let day_and_month = |part: &str| -> Option<(u8, u8)> {
            let (day, month) = part.split_once('/')?;
            Some((day.trim().parse().ok()?, month.trim().parse().ok()?))
        };
        match (day_and_month(from), day_and_month(to)) {
            (Some(from), Some(to)) => Self::new(from, to),
            _ => Err(BadLunar::Form(text.to_owned())),
        }
    }
}

impl Serialize for LunarWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LunarWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl DayOfYear {
    fn new(day: u8, month: u8) -> Result<Self, BadLunar> {
        let is_possible = (1..=30).contains(&day) && (1..=12).contains(&month);
        if is_possible { Ok(Self { month, day }) } else { Err(BadLunar::NoSuchDay { day, month }) }
    }

    /// Returns the day in a lunar year; the 29th where the month has no 30th.
    fn in_year(self, year: i16) -> Option<Date> {
        let on = |day| LunarDate { day, month: self.month, is_leap: false, year }.to_solar();
        on(self.day).or_else(|| if self.day == 30 { on(29) } else { None })
    }
}

/// The months from an eleventh month until the next one, which is left out.
///
/// Months are known by the number of their new moon, days by their Julian day number.
struct WinterYear {
    /// The solar year in which most of it lies.
    year: i16,
    eleventh: i32,
    leap: Option<i32>,
}

impl WinterYear {
    fn new(year: i16) -> Self {
        let (eleventh, next) = (eleventh_moon(year - 1), eleventh_moon(year));
        // Twelve months have a term each; among thirteen there is one without.
        let leap = if next - eleventh > 12 { (eleventh..next).find(|moon| is_without_term(*moon)) } else { None };
        Self { year, eleventh, leap }
    }

    /// Returns the year that a day lies in.
    fn around(day: Date) -> Self {
        // No eleventh month begins before the 22nd of November.
        let is_after_winter = day.month() >= 11 && day_number(day) >= new_moon(eleventh_moon(day.year()));
        Self::new(if is_after_winter { day.year() + 1 } else { day.year() })
    }

    /// Returns the new moon of the month that a lunar date names.
    fn moon(&self, date: LunarDate) -> Option<i32> {
        let without_leap = self.eleventh + i32::from((date.month + 1) % 12);
        let moon = without_leap + i32::from(self.leap.is_some_and(|leap| leap <= without_leap));
        if date.is_leap { self.leap.filter(|leap| *leap == moon + 1) } else { Some(moon) }
    }

    /// Returns the lunar date of a day in the month of a new moon.
    fn date(&self, moon: i32, day: u8) -> LunarDate {
        let leaps = i32::from(self.leap.is_some_and(|leap| leap <= moon));
        // 0 is the eleventh month, 1 the twelfth, 2 the first of the new year.
        let place = moon - self.eleventh - leaps;
        let month = u8::try_from((place + 10) % 12 + 1).expect("a remainder of twelve is small");
        LunarDate { day, month, is_leap: self.leap == Some(moon), year: if place < 2 { self.year - 1 } else { self.year } }
    }
}

/// Returns the number of the moon whose month has the winter solstice of a solar year.
fn eleventh_moon(year: i16) -> i32 {
    let last = moon_of(day_number(date(year, 12, 31)));
    let solstice_is_over = twelfth_of_sun(new_moon(last)) >= 9;
    if solstice_is_over { last - 1 } else { last }
}

/// Whether the sun stays in one twelfth of its way through the whole month.
fn is_without_term(moon: i32) -> bool {
    twelfth_of_sun(new_moon(moon)) == twelfth_of_sun(new_moon(moon + 1))
}

/// Returns the number of the moon whose month a day belongs to.
fn moon_of(day: i32) -> i32 {
    let mean = (f64::from(day) - 2_451_550.1) / 29.530_588_861;
    // A true new moon is up to 14 hours away from the mean one.
    let mut moon = mean.floor() as i32 + 1;
    while new_moon(moon) > day {
        moon -= 1;
    }
    moon
}

/// Returns the local day of the new moon with a number; number 0 is that of the 6th of January 2000.
///
/// Meeus 1998, chapter 49. Right within seconds for the years that are computed here.
fn new_moon(moon: i32) -> i32 {
    let k = f64::from(moon);
    let t = k / 1236.85;
    let (t2, t3, t4) = (t * t, t * t * t, t * t * t * t);
    let mean = 2_451_550.097_66 + 29.530_588_861 * k + 0.000_154_37 * t2 - 0.000_000_15 * t3 + 0.000_000_000_73 * t4;
    let sun = 2.5534 + 29.105_356_7 * k - 0.000_001_4 * t2 - 0.000_000_11 * t3;
    let anomaly = 201.5643 + 385.816_935_28 * k + 0.010_758_2 * t2 + 0.000_012_38 * t3 - 0.000_000_058 * t4;
    let latitude = 160.7108 + 390.670_502_84 * k - 0.001_611_8 * t2 - 0.000_002_27 * t3 + 0.000_000_011 * t4;
    let node = 124.7746 - 1.563_755_88 * k + 0.002_067_2 * t2 + 0.000_002_15 * t3;
    let eccentricity = 1.0 - 0.002_516 * t - 0.000_007_4 * t2;
    let mut moment = mean - 0.000_17 * sin(node) + 0.000_325 * sin(299.77 + 0.107_408 * k - 0.009_173 * t2);
    for (size, suns, anomalies, latitudes) in TERMS_OF_THE_MOON {
        let angle = f64::from(suns) * sun + f64::from(anomalies) * anomaly + f64::from(latitudes) * latitude;
        moment += size * eccentricity.powi(suns.abs()) * sin(angle);
    }
    for (millionths, start, step) in TERMS_OF_THE_PLANETS {
        moment += millionths * 1e-6 * sin(start + step * k);
    }
    local_day(moment - clock_error(2000.0 + 100.0 * t))
}

/// What the true new moon differs from the mean one: days, and how many times the anomaly of the sun,
/// that of the moon, and the argument of latitude stand in the sine.
const TERMS_OF_THE_MOON: [(f64, i32, i32, i32); 24] = [
    (-0.407_20, 0, 1, 0),
    (0.172_41, 1, 0, 0),
    (0.016_08, 0, 2, 0),
    (0.010_39, 0, 0, 2),
    (0.007_39, -1, 1, 0),
    (-0.005_14, 1, 1, 0),
    (0.002_08, 2, 0, 0),
    (-0.001_11, 0, 1, -2),
    (-0.000_57, 0, 1, 2),
    (0.000_56, 1, 2, 0),
    (-0.000_42, 0, 3, 0),
    (0.000_42, 1, 0, 2),
    (0.000_38, 1, 0, -2),
    (-0.000_24, -1, 2, 0),
    (-0.000_07, 2, 1, 0),
    (0.000_04, 0, 2, -2),
    (0.000_04, 3, 0, 0),
    (0.000_03, 1, 1, -2),
    (0.000_03, 0, 2, 2),
    (-0.000_03, 1, 1, 2),
    (0.000_03, -1, 1, 2),
    (-0.000_02, -1, 1, -2),
    (-0.000_02, 1, 3, 0),
    (0.000_02, 0, 4, 0),
];

/// What the planets add: millionths of a day, the angle at moon 0, and its step from moon to moon.
const TERMS_OF_THE_PLANETS: [(f64, f64, f64); 13] = [
    (165.0, 251.88, 0.016_321),
    (164.0, 251.83, 26.651_886),
    (126.0, 349.42, 36.412_478),
    (110.0, 84.66, 18.206_239),
    (62.0, 141.74, 53.303_771),
    (60.0, 207.14, 2.453_732),
    (56.0, 154.84, 7.306_860),
    (47.0, 34.52, 27.261_239),
    (42.0, 207.19, 0.121_824),
    (40.0, 291.34, 1.844_379),
    (37.0, 161.72, 24.198_154),
    (35.0, 239.56, 25.513_099),
    (23.0, 331.55, 3.592_518),
];

/// Returns by how many days the even time of the planets is ahead of our clocks (ΔT).
///
/// Until 2050 a line near to what was measured, then the forecast of Espenak and Meeus (NASA).
fn clock_error(year: f64) -> f64 {
    let centuries = (year - 1820.0) / 100.0;
    let forecast = -20.0 + 32.0 * centuries * centuries - 0.5628 * (2150.0 - year).max(0.0);
    let measured = (64.0 + 0.64 * (year - 2000.0)).max(0.0);
    let seconds = if year < 2050.0 { measured } else { forecast };
    seconds / 86_400.0
}

/// Returns in which twelfth of its way the sun stands as a day begins; 0 from the spring equinox on.
///
/// Meeus 1998, chapter 25, apparent longitude.
fn twelfth_of_sun(day: i32) -> i32 {
    let t = (f64::from(day) - 0.5 - zone(day) - 2_451_545.0) / 36525.0;
    let t2 = t * t;
    let anomaly = 357.5291 + 35_999.050_3 * t - 0.000_155_9 * t2;
    let mean = 280.466_45 + 36_000.769_83 * t + 0.000_303_2 * t2;
    let centre =
        (1.9146 - 0.004_817 * t - 0.000_014 * t2) * sin(anomaly) + (0.019_993 - 0.000_101 * t) * sin(2.0 * anomaly) + 0.000_29 * sin(3.0 * anomaly);
    let aberration_and_nutation = -0.005_69 - 0.004_78 * sin(125.04 - 1934.136 * t);
    ((mean + centre + aberration_and_nutation).rem_euclid(360.0) / 30.0).floor() as i32
}

/// Returns the local day of a moment that is told in days of Greenwich, which begin at noon.
fn local_day(moment: f64) -> i32 {
    let in_beijing = (moment + 0.5 + BEIJING).floor() as i32;
    (moment + 0.5 + zone(in_beijing)).floor() as i32
}

/// Returns which midnight begins a day.
fn zone(day: i32) -> f64 {
    if day < OWN_MIDNIGHT { BEIJING } else { HANOI }
}

/// The sine of an angle in degrees.
fn sin(degrees: f64) -> f64 {
    degrees.to_radians().sin()
}

/// The first of January 1970 and its Julian day number, at noon.
const EPOCH: (Date, i32) = (date(1970, 1, 1), 2_440_588);

fn day_number(day: Date) -> i32 {
    let days = day.duration_since(EPOCH.0).as_hours() / 24;
    EPOCH.1 + i32::try_from(days).expect("four-digit years have a few million days")
}

fn date_of(number: i32) -> Option<Date> {
    EPOCH.0.checked_add(SignedDuration::from_hours(24 * i64::from(number - EPOCH.1))).ok()
}

#[cfg(test)]
mod tests;
