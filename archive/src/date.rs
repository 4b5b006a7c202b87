//! Dates as sources tell them: as exact as they are, in their own words, and by the moon.
//!
//! [`Edtf`] is a date or a span of which not everything is known. [`wording::read`] makes one from the
//! words of a source, where that can be done honestly. [`LunarDate`] and [`LunarWindow`] are days of the
//! Vietnamese lunar calendar. [`Dated`] holds all of them together: it is what a date field of a record is.
//!
//! ```
//! use kho_archive::date::{Dated, Edtf, LunarWindow, wording};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let filter: Edtf = "1700/1850".parse()?;
//! let origin = wording::read("cuối thế kỷ 18", None).expect("it is understood");
//! assert_eq!(origin.to_string(), "1767~/1799");
//! assert!(origin.overlaps(&filter));
//!
//! let dated = Dated::worded("hơn 100 năm", Some(2020))?;
//! assert!(!dated.when().expect("the year of the source is known").overlaps(&filter));
//!
//! let mid_autumn: LunarWindow = "15/8".parse()?;
//! assert!(mid_autumn.contains("2025-10-06".parse()?));
//! # Ok(())
//! # }
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

mod edtf;
mod lunar;
pub mod wording;

pub use edtf::{BadDate, Edtf, Fault};
pub use lunar::{BadLunar, LunarDate, LunarDay, LunarWindow};

/// The value of a date field: what is known, the words of the source, and the day of the moon.
///
/// One of the three is always there in a value that was read or made by [`Dated::new`]. They may
/// disagree: the words are what the source says, `edtf` what the archive makes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Dated {
    /// The date, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edtf: Option<Edtf>,
    /// The date in the words of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// The day of the lunar calendar: the fact where feasts and founders' days are told by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lunar: Option<LunarDay>,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A date field tells no date.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadDated {
    /// All three parts are missing.
    #[error(r#"a date field needs a date, the words of the source or a lunar day, as in {{"edtf": "1930~", "wording": "khoảng 1930"}}"#)]
    Empty,
    /// The lunar day is none.
    #[error(transparent)]
    Lunar(#[from] BadLunar),
}

impl Dated {
    /// Returns the value that these parts make, if they tell anything.
    pub fn new(edtf: Option<Edtf>, wording: Option<String>, lunar: Option<LunarDay>) -> Result<Self, BadDated> {
        let dated = Self { edtf, wording, lunar, more: Map::new() };
        dated.check()?;
        Ok(dated)
    }

    /// Returns the words of a source together with what they are read as; `as_of` is the year of the
    /// source. Words that are not understood are kept alone.
    pub fn worded(wording: &str, as_of: Option<i16>) -> Result<Self, BadDated> {
        Self::new(wording::read(wording, as_of), Some(wording.to_owned()), None)
    }

    /// Checks what a reader of the record relies on: a part is there, and the lunar day can be one.
    pub fn check(&self) -> Result<(), BadDated> {
        let has_words = self.wording.as_ref().is_some_and(|wording| !wording.trim().is_empty());
        if self.edtf.is_none() && !has_words && self.lunar.is_none() {
            return Err(BadDated::Empty);
        }
        self.lunar.as_ref().map_or(Ok(()), LunarDay::check)?;
        Ok(())
    }

    /// Returns the date to sort and filter by: what was entered, else what the words are read as, else
    /// the day of the sun for the lunar day of a certain year.
    pub fn when(&self) -> Option<Edtf> {
        let entered = self.edtf.clone();
        let read = || self.wording.as_ref().and_then(|wording| wording::read(wording, None));
        let by_the_moon = || self.lunar.as_ref().and_then(LunarDay::to_solar).map(Edtf::from);
        entered.or_else(read).or_else(by_the_moon)
    }
}

impl Serialize for Dated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The derived function of the same name: `remote` keeps it beside the trait.
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Dated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dated = Self::deserialize(deserializer)?;
        dated.check().map_err(serde::de::Error::custom)?;
        Ok(dated)
    }
}

/// A small random number generator (xorshift), so that tests try the same texts every time.
#[cfg(test)]
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Dated {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_date_field_comes_back_as_it_was_written() {
        let whole = json!({
            "edtf": "1930~", "wording": "khoảng 1930", "certainty": "B",
            "lunar": {"day": 15, "month": 8, "leap": false, "year": 1930, "hour": "Tý"},
        });
        assert_eq!(serde_json::to_value(read(whole.clone())).unwrap(), whole);
        for alone in [json!({"edtf": "195x"}), json!({"wording": "lâu đời"}), json!({"lunar": {"day": 9, "month": 1, "leap": false}})] {
            assert_eq!(serde_json::to_value(read(alone.clone())).unwrap(), alone);
        }
        let every_year = read(json!({"edtf": null, "wording": "rằm tháng Tám", "lunar": {"day": 15, "month": 8, "leap": false, "year": null}}));
        assert_eq!(every_year.lunar.as_ref().map(|lunar| (lunar.day, lunar.month, lunar.year)), Some((15, 8, None)));
        assert_eq!(serde_json::to_value(every_year).unwrap(), json!({"wording": "rằm tháng Tám", "lunar": {"day": 15, "month": 8, "leap": false}}));
    }

    #[test]
    fn a_field_that_tells_nothing_is_refused() {
        let message = |value: Value| serde_json::from_value::<Dated>(value).unwrap_err().to_string();
        for empty in [json!({}), json!({"edtf": null}), json!({"wording": " "}), json!({"certainty": "B"})] {
            assert!(message(empty).starts_with("a date field needs a date"));
        }
        assert!(message(json!({"edtf": "1850/1700"})).contains("the earlier date stands first"));
        assert!(message(json!({"lunar": {"day": 31, "month": 8}})).contains("31/8 is no lunar day"));
        assert_eq!(Dated::new(None, None, None), Err(BadDated::Empty));
    }

    #[test]
    fn the_date_to_filter_by_is_the_best_there_is() {
        let when = |value: Value| read(value).when().map(|date| date.to_string());
        assert_eq!(when(json!({"edtf": "1825", "wording": "thế kỷ 18"})).as_deref(), Some("1825"));
        assert_eq!(when(json!({"wording": "thế kỷ 18"})).as_deref(), Some("17XX"));
        assert_eq!(when(json!({"wording": "rằm", "lunar": {"day": 15, "month": 8, "year": 2025}})).as_deref(), Some("2025-10-06"));
        assert_eq!(when(json!({"wording": "hơn 100 năm"})), None);
        assert_eq!(when(json!({"lunar": {"day": 15, "month": 8}})), None);
    }

    #[test]
    fn words_are_kept_whether_understood_or_not() {
        let dated = Dated::worded("hơn 100 năm", Some(2020)).unwrap();
        assert_eq!(serde_json::to_value(dated).unwrap(), json!({"edtf": "1895~/1920~", "wording": "hơn 100 năm"}));
        let dated = Dated::worded("nhiều đời", Some(2020)).unwrap();
        assert_eq!(serde_json::to_value(dated).unwrap(), json!({"wording": "nhiều đời"}));
    }
}
