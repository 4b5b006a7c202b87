//! Who may see what. Closed until someone decides.
//!
//! [`may`] is the only judge in the whole program: whatever shows, counts, suggests, exports or serves
//! bytes asks it. Levels are never compared as numbers: kiosk is a place, community a group, sealed a
//! date and two keys. The codes are those of the project's access vocabulary.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::date::LunarWindow;

mod parts;

pub use parts::{Minutes, closed_minutes, has_kept_fields, hidden_minutes, keep_for, keep_open, keep_visible};

/// To whom a thing is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everyone, on the web and at kiosks.
    Public,
    /// Everyone who stands before an enrolled kiosk.
    Kiosk,
    /// Registered researchers.
    Research,
    /// Members of the groups that the decision names.
    Community,
    /// Nobody, not even archivists, until depositor and officers open it together.
    Sealed,
    /// Archivists only: what holds until someone decides.
    #[default]
    Closed,
    /// A level that a later version wrote. Kept word for word, and treated as sealed: a judge who does
    /// not know the law does not let in.
    Unknown(String),
}

/// One decision on the access to one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// To whom the thing is open.
    pub level: Level,
    /// Why, as a code of the access reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Further levels, any of which admits as well: a consent may allow the kiosk and researchers, and not the web.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<Level>,
    /// For `community`: the groups that are admitted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// The last day on which the decision holds. Afterwards the thing is closed until someone decides
    /// again; a seal that ran out opens nothing by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// When in the year it is shown; outside of all of these it is closed. Empty: all the year.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// Whether strangers may be told that the thing exists (its stub). Without effect where the thing is closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stub: bool,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// The day of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<Date>,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// A part of the year, which comes every year: a festival, a day of worship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// Whether days and months are those of the lunar calendar of Viet Nam.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lunar: bool,
    /// The first day: day and month.
    pub from: (u8, u8),
    /// The last day: day and month. Before the first day, it is in the next year.
    pub to: (u8, u8),
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Anyone on the web.
    Public,
    /// Someone before an enrolled kiosk.
    Kiosk,
    /// A registered researcher.
    Researcher,
    /// A member of these groups.
    Member(BTreeSet<String>),
    /// An archivist, or the person at the machine itself.
    Archivist,
}

/// Who asks, and on which day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Viewer {
    /// Who asks.
    pub who: Who,
    /// The day on which decisions are read.
    pub today: Date,
}

/// What the judge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The viewer may see it.
    Admitted,
    /// The viewer may know that it exists and how to ask for it, and nothing from inside. Counts as refused wherever things
    /// are found, counted or listed.
    Stub,
    /// For this viewer it does not exist.
    Refused,
}

/// A word is no access level.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no access level: public, kiosk, research, community, sealed or closed")]
pub struct BadLevel(String);

/// Judges whether `viewer` may see a thing to which all of `decisions` apply.
///
/// Every single decision must admit the viewer. No decision at all is no permission: only archivists see
/// what nobody decided on.
pub fn may(viewer: &Viewer, decisions: &[Decision]) -> Verdict {
    let undecided = [Decision::default()];
    let decisions = if decisions.is_empty() { &undecided } else { decisions };
    let verdicts = decisions.iter().map(|decision| judge(decision, viewer));
    verdicts.max_by_key(|verdict| *verdict as u8).unwrap_or(Verdict::Refused)
}

/// What one decision says.
fn judge(decision: &Decision, viewer: &Viewer) -> Verdict {
    let has_lapsed = decision.until.is_some_and(|last_day| viewer.today > last_day);
    let is_in_season = decision.seasons.is_empty() || decision.seasons.iter().any(|season| season.contains(viewer.today));
    if has_lapsed || !is_in_season {
        return if viewer.who == Who::Archivist { Verdict::Admitted } else { Verdict::Refused };
    }
    let is_sealed = decision.levels().any(|level| matches!(level, Level::Sealed | Level::Unknown(_)));
    let is_closed = decision.level == Level::Closed;
    if !is_sealed && decision.levels().any(|level| admits(level, &decision.groups, viewer)) {
        Verdict::Admitted
    } else if decision.stub && !is_closed {
        Verdict::Stub
    } else {
        Verdict::Refused
    }
}

fn admits(level: &Level, groups: &BTreeSet<String>, viewer: &Viewer) -> bool {
    match level {
        Level::Public => true,
        Level::Kiosk => matches!(viewer.who, Who::Kiosk | Who::Archivist),
        Level::Research => matches!(viewer.who, Who::Researcher | Who::Archivist),
        Level::Community => match &viewer.who {
            Who::Member(own) => !own.is_disjoint(groups),
            Who::Archivist => true,
            Who::Public | Who::Kiosk | Who::Researcher => false,
        },
        Level::Closed => viewer.who == Who::Archivist,
        Level::Sealed | Level::Unknown(_) => false,
    }
}

impl Season {
    /// Whether a day lies in it. A season that is none (the 31st of February) contains no day.
    pub fn contains(self, day: Date) -> bool {
        if self.lunar {
            return LunarWindow::new(self.from, self.to).is_ok_and(|window| window.contains(day));
        }
        let is_day = |(day, month): (u8, u8)| (1..=12).contains(&month) && (1..=31).contains(&day);
        let place = |(day, month): (u8, u8)| (month, day);
        let (from, to, now) = (place(self.from), place(self.to), (day.month() as u8, day.day() as u8));
        let is_within = if from <= to { from <= now && now <= to } else { from <= now || now <= to };
        is_day(self.from) && is_day(self.to) && is_within
    }
}

impl Decision {
    /// Returns a decision for `level`, taken by `actor` on `day`.
    pub fn new(level: Level, actor: &str, day: Date) -> Self {
        Self { level, decided_by: Some(actor.to_owned()), decided_on: Some(day), ..Self::default() }
    }

    /// The level and all that admit as well.
    pub fn levels(&self) -> impl Iterator<Item = &Level> {
        std::iter::once(&self.level).chain(&self.also)
    }

    /// Returns what of it decides: who took it, when and why makes no difference to whom it admits.
    #[must_use]
    pub fn in_effect(&self) -> Self {
        Self { reason: None, decided_by: None, decided_on: None, more: serde_json::Map::new(), ..self.clone() }
    }

    /// Whether nobody is admitted as long as it holds.
    pub fn is_sealed(&self) -> bool {
        self.levels().any(|level| matches!(level, Level::Sealed | Level::Unknown(_)))
    }

    /// Whether it admits everyone at every time.
    pub fn is_open(&self) -> bool {
        self.level == Level::Public && self.also.is_empty() && self.until.is_none() && self.seasons.is_empty()
    }
}

impl Viewer {
    /// Returns `who`, asking today (in the time zone of the machine).
    pub fn today(who: Who) -> Self {
        Self { who, today: jiff::ZonedDateTime::now().date() }
    }
}

impl Verdict {
    /// Whether the viewer may see it.
    pub fn is_admitted(self) -> bool {
        self == Self::Admitted
    }
}

impl Level {
    /// Returns the code of the level.
    pub fn code(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Kiosk => "kiosk",
            Self::Research => "research",
            Self::Community => "community",
            Self::Sealed => "sealed",
            Self::Closed => "closed",
            Self::Unknown(code) => code,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads a level that a person typed: unknown words are an error here.
impl FromStr for Level {
    type Err = BadLevel;

    fn from_str(code: &str) -> Result<Self, BadLevel> {
        let known = [Self::Public, Self::Kiosk, Self::Research, Self::Community, Self::Sealed, Self::Closed];
        known.into_iter().find(|level| level.code() == code).ok_or_else(|| BadLevel(code.to_owned()))
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Reads a level that stands in the journal: unknown words are kept.
impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Ok(code.parse().unwrap_or(Self::Unknown(code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const WHO: [&str; 6] = ["public", "kiosk", "researcher", "member", "stranger", "archivist"];

    fn viewer(name: &str) -> Viewer {
        let group = |name: &str| Who::Member(BTreeSet::from([name.to_owned()]));
        let who = match name {
            "public" => Who::Public,
            "kiosk" => Who::Kiosk,
            "researcher" => Who::Researcher,
            "member" => group("phường nghề Đồng Xâm"),
            "stranger" => group("a group of somewhere else"),
            _ => Who::Archivist,
        };
        Viewer { who, today: date(2025, 9, 2) }
    }

    fn decision(level: &str, until: Option<Date>) -> Decision {
        let groups = BTreeSet::from(["phường nghề Đồng Xâm".to_owned()]);
        let level = serde_json::from_value(level.into()).unwrap();
        Decision { level, until, groups, ..Decision::default() }
    }

    fn also(level: &str, other: &str) -> Decision {
        let other = serde_json::from_value(other.into()).unwrap();
        Decision { also: BTreeSet::from([other]), ..decision(level, None) }
    }

    fn shown(seasons: &[Season]) -> Decision {
        Decision { seasons: seasons.to_vec(), ..decision("public", None) }
    }

    fn sun(from: (u8, u8), to: (u8, u8)) -> Season {
        Season { lunar: false, from, to }
    }

    fn moon(from: (u8, u8), to: (u8, u8)) -> Season {
        Season { lunar: true, from, to }
    }

    /// That something exists is told only where each decision that refuses allows it, and never of what is closed.
    #[test]
    fn stubs_are_off_until_every_refusing_decision_allows_them() {
        let stub = |level| Decision { stub: true, ..decision(level, None) };
        let says = |decisions: &[Decision]| may(&viewer("public"), decisions);
        assert_eq!(says(&[decision("sealed", None)]), Verdict::Refused);
        for level in ["kiosk", "research", "community", "sealed"] {
            assert_eq!(says(&[stub(level)]), Verdict::Stub, "{level}");
            assert_eq!(says(&[stub(level), decision("public", None)]), Verdict::Stub, "{level}");
            assert_eq!(says(&[stub(level), decision("research", None)]), Verdict::Refused, "{level}");
        }
        assert_eq!(says(&[stub("closed")]), Verdict::Refused);
        assert!(!Verdict::Stub.is_admitted());
        assert_eq!(may(&viewer("researcher"), &[stub("research")]), Verdict::Admitted);
        let lapsed = Decision { stub: true, ..decision("sealed", Some(date(2025, 9, 1))) };
        assert_eq!(says(&[lapsed]), Verdict::Refused);
    }

    fn admitted(decisions: &[Decision]) -> Vec<&'static str> {
        WHO.into_iter().filter(|name| may(&viewer(name), decisions).is_admitted()).collect()
    }

    /// The table of cases: the decisions, and everyone whom they admit.
    #[test]
    fn the_table_of_cases() {
        let (yesterday, today) = (Some(date(2025, 9, 1)), Some(date(2025, 9, 2)));
        let open = |level| decision(level, None);
        let cases: Vec<(Vec<Decision>, &[&str])> = vec![
            (vec![], &["archivist"]),
            (vec![open("public")], &WHO),
            (vec![open("kiosk")], &["kiosk", "archivist"]),
            (vec![open("research")], &["researcher", "archivist"]),
            (vec![open("community")], &["member", "archivist"]),
            (vec![open("closed")], &["archivist"]),
            (vec![open("sealed")], &[]),
            (vec![open("a level of the year 2040")], &[]),
            // Every decision must admit: the places and groups do not add up, they cut.
            (vec![open("public"), open("kiosk")], &["kiosk", "archivist"]),
            (vec![open("kiosk"), open("research")], &["archivist"]),
            (vec![open("public"), open("public"), open("sealed")], &[]),
            // Several levels of one decision add up; a seal among them holds.
            (vec![also("kiosk", "research")], &["kiosk", "researcher", "archivist"]),
            (vec![also("public", "sealed")], &[]),
            // A season that is not now closes; so does one that is no part of any year.
            (vec![shown(&[sun((1, 9), (3, 9))])], &WHO),
            (vec![shown(&[sun((3, 9), (1, 9))])], &["archivist"]),
            (vec![shown(&[sun((20, 12), (2, 9))])], &WHO),
            (vec![shown(&[sun((31, 2), (40, 13))])], &["archivist"]),
            // 2 September 2025 was the eleventh of the seventh lunar month.
            (vec![shown(&[moon((11, 7), (11, 7))])], &WHO),
            (vec![shown(&[moon((12, 7), (15, 8))])], &["archivist"]),
            (vec![shown(&[moon((12, 7), (15, 8)), moon((10, 7), (11, 7))])], &WHO),
            // A decision holds to the end of its last day, then the thing is closed again.
            (vec![decision("public", today)], &WHO),
            (vec![decision("public", yesterday)], &["archivist"]),
            (vec![decision("closed", yesterday)], &["archivist"]),
            (vec![decision("sealed", today)], &[]),
            (vec![decision("sealed", yesterday)], &["archivist"]),
        ];
        for (decisions, expected) in cases {
            assert_eq!(admitted(&decisions), expected, "{decisions:?}");
        }
    }

    #[test]
    fn what_nobody_decided_is_closed() {
        assert_eq!(Decision::default().level, Level::Closed);
        assert_eq!(serde_json::to_string(&Decision::default()).unwrap(), r#"{"level":"closed"}"#);
    }

    #[test]
    fn a_word_of_a_later_version_is_kept_but_nobody_may_type_it() {
        let line = r#"{"level":"moonlit","window":"rằm"}"#;
        let decision: Decision = serde_json::from_str(line).unwrap();
        assert_eq!(decision.level, Level::Unknown("moonlit".into()));
        assert_eq!(crate::canonical::to_line(&decision).unwrap(), line);
        assert!("moonlit".parse::<Level>().is_err());
    }
}
