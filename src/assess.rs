//! What the figures of a practice say about its class, its vitality and its recognition. Only proposed: people assess.
//!
//! The rules are those of the plan (`vitality`, `plan_classes`) and of Decree 52/2018, article 5. Where the records do not
//! say enough, that is the answer.

use jiff::civil::Date;
use kho_archive::date::Edtf;
use serde_json::Value;

/// A craft is traditional after more years than these (Decree 52, article 5(2)).
const YEARS: i16 = 50;

/// A village needs this share of its households in the craft (Decree 52, article 5(3)).
const SHARE: f64 = 0.2;

/// More than this much less than before is a decline, more than this much more is growth.
const CHANGE: f64 = 0.1;

/// So few bearers make a practice critical.
const FEW: f64 = 5.0;

/// Whether a test is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Met,
    NotMet,
    /// The sources, or one source, leave it open.
    Open,
    /// Nobody recorded what it needs.
    NotRecorded,
}

/// What was counted on one day; `None` where it is unknown, or was not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    pub(crate) all_households: Option<f64>,
    pub(crate) craft_households: Option<f64>,
    pub(crate) bearers: Option<f64>,
    pub(crate) learners: Option<f64>,
    pub(crate) effective: Option<bool>,
}

impl Test {
    /// The word for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
            Self::Open => "open",
            Self::NotRecorded => "not-recorded",
        }
    }
}

impl Counted {
    /// Reads the fields of a survey.
    pub(crate) fn of(survey: &serde_json::Map<String, Value>) -> Self {
        let number = |name: &str| survey.get(name).and_then(Value::as_f64);
        // Where one number is unknown, so is the sum.
        let sum = |counts: &Vec<Value>| counts.iter().map(|count| count.get("number").and_then(Value::as_f64)).sum::<Option<f64>>();
        Self {
            all_households: number("all_households"),
            craft_households: number("craft_households"),
            bearers: survey.get("bearers").and_then(Value::as_array).filter(|counts| !counts.is_empty()).and_then(sum),
            learners: number("learners"),
            effective: survey.get("effective").and_then(Value::as_bool),
        }
    }
}

/// Whether a craft has been in its place for over fifty years, by what the claims say of its origin.
pub(crate) fn years(origins: &[Edtf], today: Date) -> Test {
    let begun_by = today.year() - YEARS;
    let tests = origins.iter().map(|origin| match origin.year_bounds() {
        (_, last) if last < begun_by => Test::Met,
        (first, _) if first >= begun_by => Test::NotMet,
        _ => Test::Open,
    });
    tests.reduce(|one, other| if one == other { one } else { Test::Open }).unwrap_or(Test::NotRecorded)
}

/// Whether at least a fifth of the households take part.
pub(crate) fn households(latest: Option<&Counted>) -> Test {
    match latest.map(|counted| (counted.craft_households, counted.all_households)) {
        Some((Some(craft), Some(all))) if all > 0.0 => {
            if craft / all >= SHARE {
                Test::Met
            } else {
                Test::NotMet
            }
        }
        _ => Test::NotRecorded,
    }
}

/// Proposes a level of vitality, as a code of the vocabulary; the earliest survey stands first. That learners are young, and
/// that a practice is thriving, no survey of ours can tell.
pub(crate) fn vitality(series: &[Counted]) -> Option<&'static str> {
    let last = series.last()?;
    let before = series.len().checked_sub(2).and_then(|place| series.get(place)).and_then(|counted| counted.craft_households);
    match (last.bearers, before, last.craft_households) {
        (Some(0.0), _, _) => Some("0"),
        (Some(bearers), _, _) if bearers <= FEW => Some("2"),
        (_, Some(before), Some(now)) if now < before * (1.0 - CHANGE) => Some("3"),
        _ if last.learners == Some(0.0) => Some("3"),
        (_, Some(_), Some(_)) => Some("4"),
        _ => None,
    }
}

/// Proposes the classes of the plan that the figures allow, as codes of the vocabulary.
pub(crate) fn classes(series: &[Counted], is_recognised: bool) -> &'static [&'static str] {
    let Some(last) = series.last() else { return &["u"] };
    let is_endangered = matches!(vitality(series), Some("2" | "3"));
    match (is_recognised, last.effective, last.craft_households) {
        (true, Some(true), _) => &["c"],
        (true, Some(false), _) => &["r"],
        (false, _, Some(households)) if households > 0.0 => {
            if is_endangered {
                &["a", "b"]
            } else {
                &["d1"]
            }
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn today() -> Date {
        date(2025, 9, 2)
    }

    #[test]
    fn fifty_years_need_claims_that_agree() {
        let years = |claims: &[&str]| super::years(&claims.iter().map(|claim| claim.parse().unwrap()).collect::<Vec<_>>(), today());
        let cases: [(&[&str], Test); 7] = [
            (&[], Test::NotRecorded),
            (&["1767~/1799"], Test::Met),
            (&["1990/1993"], Test::NotMet),
            (&["1974"], Test::Met),
            (&["1975"], Test::NotMet),
            (&["1825", "1990/1993"], Test::Open),
            (&["1950/1990"], Test::Open),
        ];
        for (claims, expected) in cases {
            assert_eq!(years(claims), expected, "{claims:?}");
        }
    }

    #[test]
    fn unknown_is_not_none() {
        let counted = |survey: Value| Counted::of(survey.as_object().unwrap());
        let unknown = counted(json!({"craft_households": {"state": "unknown"}, "all_households": 596}));
        assert_eq!(households(Some(&unknown)), Test::NotRecorded);
        assert_eq!(households(Some(&counted(json!({"craft_households": 0, "all_households": 596})))), Test::NotMet);
        assert_eq!(households(Some(&counted(json!({"craft_households": 323, "all_households": 596})))), Test::Met);
        let some = counted(json!({"bearers": [{"number": 2}, {"number": {"state": "unknown"}}]}));
        assert_eq!(some.bearers, None, "of an unknown part there is no sum");
    }

    #[test]
    fn what_the_figures_say() {
        let survey = |households: f64, bearers: Option<f64>| Counted { craft_households: Some(households), bearers, ..Counted::default() };
        assert_eq!((vitality(&[]), classes(&[], false)), (None, &["u"][..]));
        assert_eq!((vitality(&[survey(10.0, None)]), classes(&[survey(10.0, None)], false)), (None, &["d1"][..]));
        assert_eq!(vitality(&[survey(10.0, None), survey(9.0, None)]), Some("4"));
        assert_eq!(vitality(&[survey(10.0, None), survey(8.0, None)]), Some("3"));
        let few = [survey(10.0, Some(3.0))];
        assert_eq!((vitality(&few), classes(&few, false)), (Some("2"), &["a", "b"][..]));
        let effective = |flag| [Counted { effective: flag, ..survey(40.0, None) }];
        assert_eq!(classes(&effective(Some(true)), true), ["c"]);
        assert_eq!(classes(&effective(Some(false)), true), ["r"]);
        assert!(classes(&effective(None), true).is_empty(), "whether it works, somebody has to see");
    }
}
