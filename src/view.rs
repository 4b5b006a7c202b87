//! What is shown of records: JSON for programs, and who may see it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::{self, Viewer};
use kho_archive::catalogue::Summary;
use kho_archive::record::{Kind, Record, RecordId};
use kho_index::{Answer, Hit, Index, Narrowed, Question, Rights, Suggestion};
use serde::Serialize;
use serde_json::{Value, json};

use crate::derivative::THUMBNAIL;
use crate::derivative::{Derivatives, State};
use crate::scope::Scope;
use crate::spoken;

/// The records that one viewer may see, at one position of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admitted {
    /// The latest first.
    pub(crate) summaries: Vec<Summary>,
    /// The kinds, each with how many records stand up to its last one.
    kinds: Vec<(Kind, u32)>,
    /// Where each stands, kind after kind, and whether fields of it have decisions of their own.
    standings: HashMap<RecordId, (u32, bool)>,
}

/// A record among those that a viewer may see. The order is that of kinds, and of each kind the earliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing {
    place: u32,
    pub(crate) id: RecordId,
    pub(crate) has_kept_fields: bool,
}

/// What is found by its words, and not listed where nobody asks for any: the tools of description, not what is described.
const UNLISTED: [&str; 3] = ["term", "model", "consent"];

/// The answer of a search, as `kho search --json` and `/api/search` give it.
#[derive(Debug, Serialize)]
pub(crate) struct SearchJson {
    total: u64,
    took_ms: f64,
    hits: Vec<Value>,
    facets: serde_json::Map<String, Value>,
    /// Where hits are few: what has most of the words, or words like them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approximate: Vec<Value>,
    /// Words that were read otherwise than they were typed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    read_as: Vec<Value>,
    /// Names that the thesaurus added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    added: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<String>,
}

impl Admitted {
    /// Asks the judge of access about every record.
    pub(crate) fn for_viewer(archive: &Archive, viewer: &Viewer) -> anyhow::Result<Self> {
        let summaries = archive.catalogue().admitted(viewer)?;
        let mut by_kind: BTreeMap<&Kind, Vec<&Summary>> = BTreeMap::new();
        for summary in &summaries {
            by_kind.entry(&summary.kind).or_default().push(summary);
        }
        let (mut kinds, mut standings) = (Vec::new(), HashMap::with_capacity(summaries.len()));
        for (kind, mut alike) in by_kind {
            // What came in together keeps its order.
            alike.sort_by_key(|summary| summary.added);
            for summary in alike {
                standings.insert(summary.id, (u32::try_from(standings.len())?, summary.has_kept_fields));
            }
            kinds.push((kind.clone(), u32::try_from(standings.len())?));
        }
        Ok(Self { summaries, kinds, standings })
    }

    /// Returns those of these records that are among them, kind after kind in their order. Nothing is looked up but where each
    /// stands: there may be tens of thousands.
    pub(crate) fn by_kind(&self, ids: &[RecordId]) -> Vec<(&Kind, Vec<Standing>)> {
        let standing = |id: &RecordId| {
            let (place, has_kept_fields) = *self.standings.get(id)?;
            Some(Standing { place, id: *id, has_kept_fields })
        };
        let mut standings: Vec<Standing> = ids.iter().filter_map(standing).collect();
        standings.sort_unstable();
        let (mut rest, mut found) = (&standings[..], Vec::new());
        for (kind, end) in &self.kinds {
            let (alike, others) = rest.split_at(rest.partition_point(|standing| standing.place < *end));
            if !alike.is_empty() {
                found.push((kind, alike.to_vec()));
            }
            rest = others;
        }
        found
    }

    /// Returns how many there are of a kind.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        let number = self.kinds.iter().position(|(known, _)| known.as_str() == kind);
        let end = |number: usize| self.kinds.get(number).map_or(0, |(_, end)| *end);
        number.map_or(0, |number| u64::from(end(number) - number.checked_sub(1).map_or(0, end)))
    }
}

/// Returns what a viewer sees of a record; `None` if it is not there for them.
pub(crate) fn visible(archive: &Archive, mut record: Record, viewer: &Viewer) -> anyhow::Result<Option<Record>> {
    let catalogue = archive.catalogue();
    let admits = |id| {
        let decisions = catalogue.decisions(id).ok().flatten();
        decisions.is_some_and(|decisions| access::may(viewer, &decisions).is_admitted())
    };
    if !admits(record.id) {
        return Ok(None);
    }
    access::keep_visible(&mut record, viewer, &*catalogue.model()?, &admits);
    Ok(Some(record))
}

/// Returns a record that a viewer was admitted to, for a list that tells its title: most titles are as open as their record, and only
/// of the others it is asked what the viewer sees. `None` if it was closed a moment ago.
pub(crate) fn listed(archive: &Archive, record: Record, viewer: &Viewer) -> anyhow::Result<Option<Record>> {
    if access::has_kept_fields(&record) { visible(archive, record, viewer) } else { Ok(Some(record)) }
}

/// The search index, as one viewer may see it.
pub(crate) struct Sight<'a> {
    pub(crate) index: &'a Index,
    pub(crate) viewer: &'a Viewer,
    /// Up to which commit the index speaks.
    pub(crate) position: u64,
    /// Records of which the index may still say what is not true any more, and that are not shown until it has caught up.
    pub(crate) except: Vec<u64>,
}

impl<'a> Sight<'a> {
    /// Returns what a viewer may see of the index now: what was closed since the index was written is closed.
    pub(crate) fn of(archive: &Archive, index: &'a Index, viewer: &'a Viewer) -> anyhow::Result<Self> {
        let (catalogue, position) = (archive.catalogue(), index.refresh()?);
        let mut except = Vec::new();
        if catalogue.head()?.sequence > position {
            for id in catalogue.touched_since(position)? {
                let Some(record) = catalogue.record(id)? else { continue };
                let is_whole = visible(archive, record.clone(), viewer)?.is_some_and(|seen| seen == record);
                // What has decisions of its own inside, or words elsewhere, may have been open in the index.
                let has_parts = ["field_access", "steps", "index_points", "segments"].iter().any(|field| record.fields.contains_key(*field));
                if !is_whole || has_parts || !spoken::transcripts_of(catalogue, id)?.is_empty() {
                    except.push(id.number());
                }
            }
        }
        Ok(Self { index, viewer, position, except })
    }

    /// Searches: every hit and every count is taken over what the viewer may see.
    pub(crate) fn search(&self, question: &Question<'_>) -> anyhow::Result<Answer> {
        let question = without_tools(question);
        self.with(|rights| Ok(self.index.search(&question, rights)?))
    }

    /// Tells how a question is read and how scores come about.
    pub(crate) fn explain(&self, question: &Question<'_>) -> anyhow::Result<String> {
        self.with(|rights| Ok(self.index.explain(&without_tools(question), rights)?))
    }

    /// Returns how what was typed may go on.
    pub(crate) fn suggest(&self, typed: &str, count: usize) -> anyhow::Result<Vec<Suggestion>> {
        self.with(|rights| Ok(self.index.suggest(typed, count, rights)?))
    }

    fn with<T>(&self, ask: impl FnOnce(&Rights<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        // All that a viewer is: who, with their groups, and on which day.
        let key = format!("{:?}", self.viewer);
        let admits = |scope: &str| Scope::admits(scope, self.viewer);
        ask(&Rights { key: &key, admits: &admits, except: &self.except })
    }
}

/// Without words, the tools of description are not listed, unless they are asked for.
fn without_tools<'a>(question: &Question<'a>) -> Question<'a> {
    let mut question = question.clone();
    let asks_for_kinds = question.narrowed.iter().any(|narrowed| narrowed.property == "kind");
    if question.text.trim().is_empty() && !asks_for_kinds {
        let values = UNLISTED.map(str::to_owned).into();
        question.narrowed.push(Narrowed { property: "kind".to_owned(), values, is_without: true });
    }
    question
}

/// Returns what narrows an answer to some kinds; nothing if none are asked for.
pub(crate) fn of_kinds(kinds: &[String]) -> Vec<Narrowed> {
    if kinds.is_empty() {
        return Vec::new();
    }
    vec![Narrowed { property: "kind".to_owned(), values: kinds.to_vec(), is_without: false }]
}

/// Returns the answer that a viewer got as JSON. `label` names a value of a facet for people.
pub(crate) fn search_json(
    (archive, viewer): (&Archive, &Viewer), answer: &Answer, took: std::time::Duration, label: &dyn Fn(&str, &str) -> String,
) -> anyhow::Result<SearchJson> {
    let told = |hits: &[Hit]| hits.iter().filter_map(|hit| hit_json(archive, viewer, hit).transpose()).collect::<anyhow::Result<Vec<_>>>();
    let (hits, approximate) = (told(&answer.hits)?, told(&answer.approximate)?);
    let mut facets = serde_json::Map::new();
    for facet in &answer.facets {
        let value = |value: &kho_index::FacetValue| json!({"value": value.value, "label": label(&facet.name, &value.value), "count": value.count});
        facets.insert(facet.name.clone(), facet.values.iter().map(value).collect());
    }
    let took_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    let read_as = answer.read_as.iter().map(|(typed, read)| json!({"typed": typed, "read": read})).collect();
    let added = answer.added.iter().map(|(typed, name)| json!({"for": typed, "name": name})).collect();
    let did_you_mean = answer.did_you_mean.clone();
    Ok(SearchJson { total: answer.total, took_ms, hits, facets, approximate, read_as, added, did_you_mean })
}

fn hit_json(archive: &Archive, viewer: &Viewer, hit: &Hit) -> anyhow::Result<Option<Value>> {
    let id = RecordId::from_number(hit.id).context("the index holds no identifier")?;
    let record = archive.catalogue().record(id)?.with_context(|| format!("record {id} is in the index but not in the catalogue"))?;
    let Some(record) = listed(archive, record, viewer)? else { return Ok(None) };
    let mut json = json!({"id": id, "kind": record.kind, "title": record.title, "score": hit.score, "snippet": hit.snippet});
    if let Some(seconds) = hit.at_seconds {
        json["at_seconds"] = json!(seconds);
    }
    if !hit.passages.is_empty() {
        json["passages"] = json!(hit.passages);
    }
    Ok(Some(json))
}

/// Returns a record as JSON, as archivists see it: the record, and what became of its derivatives.
pub(crate) fn record_json(record: &Record, derivatives: &Derivatives) -> anyhow::Result<Value> {
    let mut json = serde_json::to_value(record)?;
    for (place, file) in record.files.iter().enumerate() {
        if THUMBNAIL.task(file).is_none() {
            continue;
        }
        match derivatives.state(&file.digest, THUMBNAIL) {
            State::Made => json["files"][place]["derivative"] = json!("made"),
            State::Failed(reason) => json["files"][place]["derivative"] = json!(format!("failed ({reason})")),
            State::Absent => {}
        }
    }
    Ok(json)
}
