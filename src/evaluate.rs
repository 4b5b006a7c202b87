//! `kho search --eval`: a set of documents and of judged questions through the same analyzer, index and pipeline as the viewer's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use kho_index::{Entry, Index, Question, Rights, View};
use serde::Deserialize;
use serde_json::{Value, json};

/// So many documents go into the index at once.
const BATCH: usize = 2_000;

/// How many hits are judged.
const DEPTH: usize = 10;

/// A document of a set.
#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    /// Values of properties, for measuring how long counting takes.
    #[serde(default)]
    facets: BTreeMap<String, Vec<String>>,
}

/// A question of a set, with the documents that answer it and how well.
#[derive(Deserialize)]
struct Judged {
    id: String,
    query: String,
    relevant: HashMap<String, f64>,
}

/// Returns the figures of a set, as one JSON document: means over all questions, and how long they took.
pub(crate) fn evaluate(corpus: &Path, queries: &Path) -> anyhow::Result<Value> {
    let questions = lines(queries)?.map(|line| question(&line?, queries)).collect::<anyhow::Result<Vec<Judged>>>()?;
    let folder = tempfile::tempdir().context("no folder for the index of the set could be made")?;
    let index = Index::open(folder.path())?;
    let began = cpu_seconds();
    let Filled { documents, text_bytes, names } = fill(&index, corpus, &questions)?;
    let indexing = cpu_seconds() - began;
    let everyone = Rights { key: "all", admits: &|_| true, except: &[] };
    let ask = |judged: &Judged| {
        let counted = vec!["kind".to_owned(), "craft".to_owned()];
        let question = Question { counted, ..Question::new(&judged.query) };
        index.search(&question, &everyone).with_context(|| format!("the question {} failed", judged.id))
    };
    // A viewer has been asked before: what a first pass costs because nothing was read yet is no part of a question.
    for judged in &questions {
        ask(judged)?;
    }
    let (mut sums, mut times, mut count) = ([0.0; 4], Vec::new(), 0u64);
    for judged in &questions {
        let began = cpu_seconds();
        let answer = ask(judged)?;
        times.push(cpu_seconds() - began);
        let found: Vec<f64> = answer.hits.iter().chain(&answer.approximate).take(DEPTH).map(|hit| grade(judged, names.get(&hit.id))).collect();
        for (sum, value) in sums.iter_mut().zip(measures(&found, judged)) {
            *sum += value;
        }
        count += 1;
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or(0.0);
    let mean = |place: usize| round(sums[place] / count.max(1) as f64);
    Ok(json!({
        "documents": documents, "queries": count,
        "ndcg@10": mean(0), "mrr@10": mean(1), "recall@10": mean(2), "zero": mean(3),
        "index_cpu_s": round(indexing), "index_bytes": size_of(folder.path())?, "text_bytes": text_bytes, "query_cpu_ms": {"p50": round(at(0.5) * 1e3), "p99": round(at(0.99) * 1e3)},
    }))
}

fn question(line: &str, queries: &Path) -> anyhow::Result<Judged> {
    serde_json::from_str(line).with_context(|| format!("a question of {} cannot be read: {line}", queries.display()))
}

/// What was put into the index.
#[derive(Default)]
struct Filled {
    documents: u64,
    text_bytes: u64,
    /// The names of those that answer a question, by the number that each has in the index: others are never asked for, and there may
    /// be millions of them.
    names: HashMap<u64, String>,
}

/// Puts all documents into the index.
fn fill(index: &Index, corpus: &Path, questions: &[Judged]) -> anyhow::Result<Filled> {
    let judged: HashSet<&String> = questions.iter().flat_map(|judged| judged.relevant.keys()).collect();
    let mut writer = index.writer()?;
    let (mut filled, mut batch) = (Filled::default(), Vec::new());
    for line in lines(corpus)? {
        let line = line?;
        let document: Document = serde_json::from_str(&line).with_context(|| format!("a document of {} cannot be read: {line}", corpus.display()))?;
        let number = filled.documents;
        let Document { id, title, text, facets } = document;
        filled.documents += 1;
        filled.text_bytes += (title.len() + text.len()) as u64;
        let view = View { title, text, facets, ..View::default() };
        batch.push(Entry { id: number, order: number, views: vec![view], passages: Vec::new() });
        if judged.contains(&id) {
            filled.names.insert(number, id);
        }
        if batch.len() >= BATCH {
            writer.put(&batch, &[])?;
            batch.clear();
        }
    }
    writer.apply(&batch, &[], filled.documents)?;
    writer.settle()?;
    writer.finish()?;
    Ok(filled)
}

/// The lines of a file that say something.
fn lines(path: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(BufReader::new(file).lines().filter(|line| !line.as_ref().is_ok_and(|line| line.trim().is_empty())))
}

/// How many bytes the files below a folder have.
fn size_of(folder: &Path) -> anyhow::Result<u64> {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    Ok(files.map(|entry| entry.metadata().map(|metadata| metadata.len())).sum::<Result<u64, _>>()?)
}

fn grade(judged: &Judged, name: Option<&String>) -> f64 {
    name.and_then(|name| judged.relevant.get(name)).copied().unwrap_or(0.0)
}

/// nDCG (gain 2^grade - 1), reciprocal rank of the first that answers, share of those that answer, and 1 for nothing at all.
fn measures(found: &[f64], judged: &Judged) -> [f64; 4] {
    let gain = |grades: &[f64]| -> f64 { grades.iter().zip(2u32..).map(|(grade, place)| (grade.exp2() - 1.0) / f64::from(place).log2()).sum() };
    let mut ideal: Vec<f64> = judged.relevant.values().copied().filter(|grade| *grade > 0.0).collect();
    ideal.sort_by(|one, other| other.total_cmp(one));
    let answering = ideal.len();
    ideal.truncate(DEPTH);
    let best = gain(&ideal);
    let first = found.iter().position(|grade| *grade > 0.0).map_or(0.0, |place| 1.0 / (place as f64 + 1.0));
    let hits = found.iter().filter(|grade| **grade > 0.0).count();
    let ndcg = if best > 0.0 { gain(found) / best } else { 0.0 };
    let recall = if answering > 0 { hits as f64 / answering as f64 } else { 0.0 };
    [ndcg, first, recall, f64::from(u8::from(found.is_empty()))]
}

/// CPU time of this thread and all others of the process, in seconds.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_measured_as_the_books_say() {
        let judged = Judged { id: "q".into(), query: String::new(), relevant: HashMap::from([("a".into(), 2.0), ("b".into(), 1.0)]) };
        let [ndcg, mrr, recall, zero] = measures(&[0.0, 2.0], &judged);
        let ideal = 3.0 + 1.0 / 3f64.log2();
        assert!((ndcg - 3.0 / 3f64.log2() / ideal).abs() < 1e-9);
        assert_eq!((mrr, recall, zero), (0.5, 0.5, 0.0));
        assert_eq!(measures(&[2.0, 1.0], &judged), [1.0, 1.0, 1.0, 0.0]);
        assert_eq!(measures(&[], &judged), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn documents_and_questions_come_from_lines() {
        let folder = tempfile::tempdir().unwrap();
        let (corpus, queries) = (folder.path().join("c.jsonl"), folder.path().join("q.jsonl"));
        std::fs::write(&corpus, "{\"id\":\"d1\",\"title\":\"\",\"text\":\"dệt lụa\"}\n\n{\"id\":\"d2\",\"text\":\"cấy lúa\"}\n").unwrap();
        std::fs::write(&queries, "{\"id\":\"q1\",\"query\":\"det lua\",\"relevant\":{\"d1\":1}}\n").unwrap();
        let figures = evaluate(&corpus, &queries).unwrap();
        assert_eq!((figures["documents"].as_u64(), figures["ndcg@10"].as_f64(), figures["mrr@10"].as_f64()), (Some(2), Some(1.0), Some(1.0)));
        std::fs::write(&queries, "no line\n").unwrap();
        assert!(evaluate(&corpus, &queries).unwrap_err().to_string().contains("no line"));
    }
}
