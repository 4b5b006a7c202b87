//! What is shown of records: JSON for programs, and who may see it.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::access::{self, Viewer};
use kho_archive::catalogue::Summary;
use kho_archive::record::{Record, RecordId};
use kho_index::{Answer, Index, Question};
use serde::Serialize;
use serde_json::{Value, json};

use crate::derivative::THUMBNAIL;
use crate::derivative::{Derivatives, State};

/// The records that one viewer may see, at one position of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admitted {
    /// The latest first.
    pub(crate) summaries: Vec<Summary>,
    ids: HashSet<u64>,
    /// Those of [`UNLISTED`], with their kind.
    unlisted: HashMap<u64, &'static str>,
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
}

impl Admitted {
    /// Asks the judge of access about every record.
    pub(crate) fn for_viewer(archive: &Archive, viewer: &Viewer) -> anyhow::Result<Self> {
        let summaries = archive.catalogue().admitted(viewer)?;
        let ids = summaries.iter().map(|summary| summary.id.number()).collect();
        let kind_of = |summary: &Summary| UNLISTED.into_iter().find(|kind| *kind == summary.kind.as_str());
        let unlisted = summaries.iter().filter_map(|summary| Some((summary.id.number(), kind_of(summary)?))).collect();
        Ok(Self { summaries, ids, unlisted })
    }

    /// Whether the viewer may see this record.
    pub(crate) fn admits(&self, id: u64) -> bool {
        self.ids.contains(&id)
    }

    /// Whether it is listed without words: unless these kinds are asked for, what describes the others is not.
    fn lists(&self, id: u64, kinds: &[String]) -> bool {
        self.unlisted.get(&id).is_none_or(|kind| kinds.iter().any(|asked| asked == kind))
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

/// Searches as one viewer: every hit and every count is taken over what that viewer may see.
pub(crate) fn search(index: &Index, question: &Question, admitted: &Admitted) -> anyhow::Result<Answer> {
    let is_list = question.text.trim().is_empty();
    Ok(index.search(question, &|id| admitted.admits(id) && (!is_list || admitted.lists(id, &question.kinds)))?)
}

/// Returns a search answer as JSON. `label` names a value of a facet for people.
pub(crate) fn search_json(
    archive: &Archive, answer: &Answer, took: std::time::Duration, label: &dyn Fn(&str, &str) -> String,
) -> anyhow::Result<SearchJson> {
    let mut hits = Vec::new();
    for hit in &answer.hits {
        let id = RecordId::from_number(hit.id).context("the index holds no identifier")?;
        let record = archive.catalogue().record(id)?.with_context(|| format!("record {id} is in the index but not in the catalogue"))?;
        let mut json = json!({"id": id, "kind": record.kind, "title": record.title, "score": hit.score, "snippet": hit.snippet});
        if let Some(seconds) = hit.at_seconds {
            json["at_seconds"] = json!(seconds);
        }
        hits.push(json);
    }
    let mut facets = serde_json::Map::new();
    for facet in &answer.facets {
        let value = |value: &kho_index::FacetValue| json!({"value": value.value, "label": label(&facet.name, &value.value), "count": value.count});
        facets.insert(facet.name.clone(), facet.values.iter().map(value).collect());
    }
    let took_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    Ok(SearchJson { total: answer.total, took_ms, hits, facets })
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
