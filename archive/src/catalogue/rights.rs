//! Which decisions apply to a record: its own, and those of everything that it belongs to.
//!
//! | what | applies to |
//! |---|---|
//! | the record's own decision | the record |
//! | the decision of a collection | everything in it |
//! | the protocol of a practice | the practice and everything about it |
//! | the decisions of a medium | its transcripts |
//! | a transcript that nobody has checked | is closed |
//! | a consent | what it covers, and what was made during the events that it covers |
//! | a step, minutes or a field with a decision of its own | the media that it shows; where it shows some minutes, their bytes |
//! | a step with a decision of its own | the media that say that they show it |
//! | a living person | the person, and what shows the person or has the person's voice: every consent of theirs that covers it must admit, and without one it is closed |
//!
//! They are kept with each record, so that a question costs one look. When a commit changes something that others inherit,
//! theirs are found anew in the same transaction: a withdrawal is felt at once.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{co_holders, spoken_in};
use super::withheld::{self, ClosedStep, KeptBack, Withheld};
use super::{id_from, key};
use crate::access::{Decision, Level};
use crate::date::Dated;
use crate::follower::FollowerError;
use crate::record::{Kind, Record, RecordId};

/// What others inherit from a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Inherited {
    /// Applies to whatever belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applies: Vec<Decision>,
    /// Whether it is a living person, whose consent is needed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    living: bool,
    /// Of a consent: who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<RecordId>,
    /// What its closed parts keep back of the records that they show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) withholds: Vec<Withheld>,
    /// Of a technique: its steps with a decision of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed_steps: Vec<ClosedStep>,
    /// Names that are found with the records which refer to it. They decide nothing, but those are indexed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
}

impl Inherited {
    /// Reads what others inherit from a record.
    pub(super) fn of(record: &Record) -> Self {
        let applies = match record.kind.as_str() {
            "collection" => vec![record.access.clone()],
            // Its rule is gone with it, and nothing opens because something was erased.
            "practice" if record.erased().is_some() => vec![Decision::default()],
            "practice" => protocol(record).into_iter().collect(),
            "consent" => vec![consented(record)],
            _ => Vec::new(),
        };
        let text = |name: &str| record.fields.get(name).and_then(|value| value.as_str());
        Self {
            applies,
            living: record.kind.as_str() == "person" && text("person_kind").is_none_or(|kind| kind == "living"),
            by: text("by").filter(|_| record.kind.as_str() == "consent").and_then(|id| id.parse().ok()),
            withholds: withheld::of(record),
            closed_steps: if record.kind.as_str() == "technique" { withheld::steps(record) } else { Vec::new() },
            names: names(record),
        }
    }

    /// Whether the difference decides something.
    pub(super) fn decides_like(&self, other: &Self) -> bool {
        let ours = (&self.applies, self.living, self.by, &self.withholds, &self.closed_steps);
        ours == (&other.applies, other.living, other.by, &other.withholds, &other.closed_steps)
    }
}

/// Returns the titles and the other names of a record that is no file.
pub(super) fn names(record: &Record) -> Vec<String> {
    if !record.files.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<String> = record.title.values().cloned().collect();
    for field in ["alt_names", "alt_labels", "names", "other_names", "local_names"] {
        collect_words(record.fields.get(field), &mut names);
    }
    // What lies in a place is found by the names of the units above it and of those that succeeded it, and what is made
    // of a craft by the labels of its term: where these point elsewhere, those are indexed again, too.
    let parts = |field: &str, inner: &str| -> Vec<String> {
        let parts = record.fields.get(field).and_then(|value| value.as_array()).into_iter().flatten();
        parts.filter_map(|part| part[inner].as_str()).map(str::to_owned).collect()
    };
    names.extend(parts("part_of", "parent"));
    names.extend(parts("successors", "place"));
    names.extend(record.fields.get("term").and_then(|term| term.as_str()).map(str::to_owned));
    names
}

fn collect_words(value: Option<&serde_json::Value>, words: &mut Vec<String>) {
    match value {
        Some(serde_json::Value::String(word)) => words.push(word.clone()),
        Some(serde_json::Value::Array(values)) => values.iter().for_each(|value| collect_words(Some(value), words)),
        Some(serde_json::Value::Object(parts)) => {
            let is_name = |name: &str| ["name", "text", "vi", "en"].contains(&name);
            parts.iter().filter(|(name, _)| is_name(name)).for_each(|(_, value)| collect_words(Some(value), words));
        }
        _ => {}
    }
}

/// The rule that the holders of a practice gave. One that cannot be read closes.
fn protocol(record: &Record) -> Option<Decision> {
    record.fields.get("protocol").map(|value| serde_json::from_value(value.clone()).unwrap_or_default())
}

/// Returns to whom a consent opens what it covers. What cannot be read is no consent.
fn consented(record: &Record) -> Decision {
    let reason = |code: &str| Some(code.to_owned());
    if let Some(withdrawn) = record.fields.get("withdrawn").filter(|value| crate::model::state_of(value).is_none()) {
        let level = match withdrawn["action"].as_str() {
            Some("sealed" | "erased") => Level::Sealed,
            _ => Level::Closed,
        };
        return Decision { level, reason: reason("consent_withdrawn"), ..Decision::default() };
    }
    let purposes = record.fields.get("purposes").and_then(|value| value.as_array()).into_iter().flatten();
    let allowed: BTreeSet<&str> = purposes.filter(|one| one["allowed"] == true).filter_map(|one| one["purpose"].as_str()).collect();
    let levels = [("web", Level::Public), ("on_site", Level::Kiosk), ("research", Level::Research)];
    let mut levels = levels.into_iter().filter(|(purpose, _)| allowed.contains(purpose)).map(|(_, level)| level);
    let Some(level) = levels.next() else {
        return Decision { level: Level::Closed, reason: reason("consent_missing"), ..Decision::default() };
    };
    let until = record.fields.get("until").and_then(|value| serde_json::from_value::<Dated>(value.clone()).ok()).and_then(|date| date.when());
    Decision { level, also: levels.collect(), until: until.map(|date| date.bounds().1), ..Decision::default() }
}

/// Finds the decisions of these records anew, and of all that inherit from them where something changed. Adds to `changed`
/// every record whose effective view is another now.
/// `latest` are records that need not be read again.
pub(super) fn settle(
    transaction: &Transaction<'_>, mut waiting: BTreeSet<RecordId>, latest: &BTreeMap<RecordId, &Record>, changed: &mut BTreeSet<RecordId>,
) -> Result<(), FollowerError> {
    // Nothing inherits from itself through more than these steps: person → medium → transcript → …
    let mut rounds = 0;
    while !waiting.is_empty() && rounds < 16 {
        rounds += 1;
        let mut next = BTreeSet::new();
        for id in std::mem::take(&mut waiting) {
            if update(transaction, id, latest.get(&id).copied())? {
                changed.insert(id);
                changed.extend(co_holders(transaction, id)?);
                // Whether a recording is found by the words of its transcript depends on who may see those.
                changed.extend(spoken_in(transaction, id)?);
                // Whether its names may be found with others depends on who may see it.
                changed.extend(named_by(transaction, id)?);
                next.extend(dependents(transaction, id)?);
            }
        }
        waiting = next;
    }
    Ok(())
}

/// Returns whose decisions may depend on a record: whatever refers to it, and of a consent whatever it covers.
pub(super) fn dependents(transaction: &Transaction<'_>, id: RecordId) -> Result<BTreeSet<RecordId>, FollowerError> {
    let mut found = referrers(transaction, id)?;
    let kind: Option<String> =
        transaction.prepare_cached("SELECT kind FROM record WHERE id = ?1")?.query_row([key(id)], |row| row.get(0)).optional()?;
    if kind.as_deref() == Some("consent") {
        let sql = "SELECT other FROM relation WHERE id = ?1 AND field IN ('scope', 'by')";
        let covered: Vec<RecordId> = transaction.prepare_cached(sql)?.query_map([key(id)], |row| id_from(row, 0))?.collect::<Result<_, _>>()?;
        for one in covered {
            found.insert(one);
            found.extend(referrers(transaction, one)?);
        }
    }
    Ok(found)
}

/// Returns the records that are found by the names of this one: whatever refers to it, and whatever refers to a place in it
/// or to a craft, a material or another thing that it is the term of.
pub(super) fn named_by(transaction: &Transaction<'_>, id: RecordId) -> Result<BTreeSet<RecordId>, FollowerError> {
    let sql = "SELECT DISTINCT relation.id FROM relation JOIN record ON record.id = relation.id
        WHERE other = ?1 AND field IN ('part_of', 'successors', 'term') AND kind IN ('place', 'craft', 'material', 'tool', 'motif', 'product')";
    let mut found = BTreeSet::new();
    let (mut seen, mut waiting) = (BTreeSet::from([id]), vec![id]);
    while let Some(id) = waiting.pop() {
        found.extend(dependents(transaction, id)?);
        let passing_on: Vec<RecordId> = transaction.prepare_cached(sql)?.query_map([key(id)], |row| id_from(row, 0))?.collect::<Result<_, _>>()?;
        waiting.extend(passing_on.into_iter().filter(|other| seen.insert(*other)));
    }
    Ok(found)
}

fn referrers(transaction: &Transaction<'_>, id: RecordId) -> Result<BTreeSet<RecordId>, FollowerError> {
    let sql = "SELECT DISTINCT relation.id FROM relation JOIN record ON record.id = relation.id WHERE other = ?1";
    Ok(transaction.prepare_cached(sql)?.query_map([key(id)], |row| id_from(row, 0))?.collect::<Result<_, _>>()?)
}

/// Writes down the decisions of one record; returns whether they are others than before.
fn update(transaction: &Transaction<'_>, id: RecordId, known: Option<&Record>) -> Result<bool, FollowerError> {
    let sql = "SELECT decisions, bytes, uncut FROM record WHERE id = ?1";
    let read_row = |row: &rusqlite::Row<'_>| Ok(Judged { decisions: row.get(0)?, bytes: row.get(1)?, uncut: row.get(2)? });
    let before: Option<Judged> = transaction.prepare_cached(sql)?.query_row([key(id)], read_row).optional()?;
    // What is referred to need not be there.
    let Some(before) = before else { return Ok(false) };
    let now = match known {
        Some(record) => decisions(transaction, record)?,
        None => decisions(transaction, &read(transaction, id)?)?,
    };
    if now == before {
        return Ok(false);
    }
    let sql = "UPDATE record SET decisions = ?2, bytes = ?3, uncut = ?4 WHERE id = ?1";
    transaction.prepare_cached(sql)?.execute(params![key(id), now.decisions, now.bytes, now.uncut])?;
    Ok(true)
}

fn read(transaction: &Transaction<'_>, id: RecordId) -> Result<Record, FollowerError> {
    let json: String = transaction.prepare_cached("SELECT json FROM record WHERE id = ?1")?.query_row([key(id)], |row| row.get(0))?;
    Ok(serde_json::from_str(&json)?)
}

/// Returns what others inherited from the last revision of a record.
pub(super) fn inherited(transaction: &Transaction<'_>, id: RecordId) -> Result<Inherited, FollowerError> {
    let sql = "SELECT inherited FROM record WHERE id = ?1";
    let json: Option<String> = transaction.prepare_cached(sql)?.query_row([key(id)], |row| row.get(0)).optional()?.flatten();
    Ok(json.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
}

/// Returns the decisions on a record of which nothing but its own decides, as the catalogue keeps them; `None` if others may.
pub(super) fn alone(record: &Record, inherited: &Inherited) -> Option<String> {
    let others_decide = *inherited != Inherited::default() || record.kind.as_str() == "transcript";
    if others_decide {
        return None;
    }
    serde_json::to_string(&[&record.access]).ok()
}

/// A record that this one refers to, as far as rights go.
struct Other {
    field: String,
    inner: String,
    id: RecordId,
    kind: Kind,
    inherited: Inherited,
    decisions: String,
}

/// Decisions as the catalogue keeps them.
#[derive(PartialEq)]
struct Judged {
    decisions: String,
    bytes: Option<String>,
    uncut: bool,
}

/// Finds the decisions on a record, and further ones on its bytes, as the catalogue keeps them.
fn decisions(transaction: &Transaction<'_>, record: &Record) -> Result<Judged, FollowerError> {
    let others = others(transaction, record.id)?;
    let mut all = vec![record.access.clone()];
    all.extend(protocol(record).filter(|_| record.kind.as_str() == "practice"));
    for other in &others {
        match (other.field.as_str(), other.kind.as_str()) {
            ("collection", "collection") | ("practice" | "shows", "practice") => all.extend(other.inherited.applies.iter().cloned()),
            ("shows_steps", "technique") => all.extend(withheld::by_steps(record, other.id, &other.inherited.closed_steps)),
            // Empty: the medium stands later in the same commit, and then this one is looked at again.
            ("media", _) if record.kind.as_str() == "transcript" && !other.decisions.is_empty() => {
                all.extend(serde_json::from_str::<Vec<Decision>>(&other.decisions)?);
            }
            _ => {}
        }
    }
    if record.kind.as_str() == "transcript" && !is_checked(record) {
        all.push(Decision::default());
    }
    all.extend(consents(transaction, record, &others)?);
    let is_medium = !record.files.is_empty();
    let kept = if is_medium { withheld::from(transaction, record.id)? } else { KeptBack::default() };
    all.extend(kept.whole);
    let own = all.remove(0);
    let rest = distinct(all)?.into_iter().filter(|decision| *decision != own);
    let decisions = serde_json::to_string(&std::iter::once(own.clone()).chain(rest).collect::<Vec<_>>())?;
    let bytes = if kept.bytes.is_empty() { None } else { Some(serde_json::to_string(&distinct(kept.bytes)?)?) };
    Ok(Judged { decisions, bytes, uncut: kept.uncut })
}

/// The order of relations says nothing, and the same decision twice says no more than once.
fn distinct(decisions: Vec<Decision>) -> Result<Vec<Decision>, FollowerError> {
    let by_words: BTreeMap<String, Decision> =
        decisions.into_iter().map(|decision| Ok((serde_json::to_string(&decision)?, decision))).collect::<Result<_, serde_json::Error>>()?;
    Ok(by_words.into_values().collect())
}

fn is_checked(record: &Record) -> bool {
    let state = record.fields.get("state").and_then(|value| value.as_str());
    !matches!(state, None | Some("machine" | "draft"))
}

/// The consents that cover a record, and a refusal for each living person without one.
fn consents(transaction: &Transaction<'_>, record: &Record, others: &[Other]) -> Result<Vec<Decision>, FollowerError> {
    let mut covering = covering(transaction, record.id)?;
    for event in others.iter().filter(|other| other.field == "made_during") {
        covering.extend(self::covering(transaction, event.id)?);
    }
    let is_shown = |other: &&Other| matches!((other.field.as_str(), other.inner.as_str()), ("shows", _) | ("segments", "person"));
    let mut living: BTreeSet<RecordId> = others.iter().filter(|other| other.inherited.living).filter(is_shown).map(|other| other.id).collect();
    if Inherited::of(record).living {
        living.insert(record.id);
    }
    for person in living {
        let mut own: Vec<Inherited> = covering.iter().filter(|consent| consent.by == Some(person)).cloned().collect();
        own.extend(self::covering(transaction, person)?.into_iter().filter(|consent| consent.by == Some(person)));
        if own.is_empty() {
            own.push(Inherited { applies: vec![missing()], ..Inherited::default() });
        }
        covering.extend(own);
    }
    Ok(covering.into_iter().flat_map(|consent| consent.applies).collect())
}

fn missing() -> Decision {
    Decision { level: Level::Closed, reason: Some("consent_missing".to_owned()), ..Decision::default() }
}

/// The consents whose scope names this record.
fn covering(transaction: &Transaction<'_>, id: RecordId) -> Result<Vec<Inherited>, FollowerError> {
    let sql = "SELECT inherited FROM relation JOIN record ON record.id = relation.id WHERE other = ?1 AND field = 'scope' AND kind = 'consent'";
    let rows: Vec<Option<String>> = transaction.prepare_cached(sql)?.query_map([key(id)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(rows.iter().flatten().map(|json| serde_json::from_str(json)).collect::<Result<_, _>>()?)
}

fn others(transaction: &Transaction<'_>, id: RecordId) -> Result<Vec<Other>, FollowerError> {
    let sql = "SELECT field, inner, other, kind, inherited, decisions FROM relation JOIN record ON record.id = other
        WHERE relation.id = ?1 ORDER BY field, inner, other";
    let mut rows = transaction.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        let inherited: Option<String> = row.get(4)?;
        Ok((row.get(0)?, row.get(1)?, id_from(row, 2)?, row.get::<_, String>(3)?, inherited, row.get(5)?))
    };
    let rows = rows.query_map([key(id)], read)?.collect::<Result<Vec<_>, _>>()?;
    let other = |(field, inner, id, kind, inherited, decisions): (String, String, RecordId, String, Option<String>, String)| {
        let inherited = inherited.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default();
        Ok(Other { field, inner, id, kind: Kind::from(kind.as_str()), inherited, decisions })
    };
    rows.into_iter().map(other).collect()
}
