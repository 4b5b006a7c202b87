//! How well records are found: the judged set of `relevance/`, measured by class.
//!
//! The gate is each class by itself, not only the mean: a change that helps whoever types with marks and takes from whoever
//! types without is no gain. `scripts/bench relevance` prints the whole table with intervals and with parts left out.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use kho_index::{Entry, Index, Lexicon, Passage, Question, Rights, View, Weights};
use serde_json::Value;

/// What each class must reach: nDCG@10. Figures were set on the day on which the set was first run, a little below what was reached.
const FLOORS: [(&str, f64); 15] = [
    ("exact", 0.8),
    ("unmarked", 0.85),
    ("partial", 0.85),
    ("variant", 0.84),
    ("nfd", 0.9),
    ("telex", 0.81),
    ("vni", 0.87),
    ("typo", 0.73),
    ("homograph", 0.86),
    ("phrase", 0.95),
    ("synonym", 0.91),
    ("cross", 0.92),
    ("place", 0.94),
    ("code", 1.0),
    ("speech", 0.98),
];

/// What each form must reach, over all questions that were written with marks: nDCG@10.
const FORM_FLOORS: [(&str, f64); 5] = [("typed", 0.91), ("no marks", 0.87), ("NFD", 0.91), ("Telex", 0.89), ("one typo", 0.72)];

const EVERYONE: Rights<'_> = Rights { key: "all", admits: &|_| true, except: &[] };

#[path = "relevance/forms.rs"]
mod forms;

struct Set {
    records: Vec<Value>,
    queries: Vec<Value>,
    /// Grades, by query and record.
    grades: HashMap<String, HashMap<u64, f64>>,
    lexicon: Lexicon,
}

/// What one query reached.
#[derive(Clone, Copy, Default)]
struct Reached {
    ndcg: f64,
    mrr: f64,
    recall: f64,
    zero: f64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relevance")
}

fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(id: &str) -> u64 {
    id[1..].parse().unwrap()
}

impl Set {
    fn read() -> Self {
        let mut grades: HashMap<String, HashMap<u64, f64>> = HashMap::new();
        for judgement in lines("judgements.jsonl") {
            let (query, record) = (judgement["query"].as_str().unwrap(), judgement["record"].as_str().unwrap());
            grades.entry(query.to_owned()).or_default().insert(number(record), judgement["grade"].as_f64().unwrap());
        }
        Self { records: lines("records.jsonl"), queries: lines("queries.jsonl"), grades, lexicon: lexicon() }
    }

    fn index(&self, weights: Weights) -> (tempfile::TempDir, Index) {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(folder.path()).unwrap();
        index.weigh(weights);
        let entries: Vec<Entry> = self.records.iter().map(entry).collect();
        index.writer().unwrap().apply(&entries, &[], 1).unwrap();
        (folder, index)
    }

    fn reached(&self, index: &Index, query: &Value, with_lexicon: bool) -> Reached {
        let lexicon = with_lexicon.then_some(&self.lexicon);
        let question = Question { lexicon, ..Question::new(query["query"].as_str().unwrap()) };
        let answer = index.search(&question, &EVERYONE).unwrap();
        let none = HashMap::new();
        let grades = self.grades.get(query["id"].as_str().unwrap()).unwrap_or(&none);
        let found: Vec<f64> = answer.hits.iter().chain(&answer.approximate).map(|hit| grades.get(&hit.id).copied().unwrap_or(0.0)).collect();
        let mut ideal: Vec<f64> = grades.values().copied().collect();
        ideal.sort_by(|one, other| other.total_cmp(one));
        let best = gain(&ideal[..ideal.len().min(10)]);
        Reached {
            ndcg: if best > 0.0 { gain(&found[..found.len().min(10)]) / best } else { 0.0 },
            mrr: found.iter().position(|grade| *grade > 0.0).map_or(0.0, |place| 1.0 / (place as f64 + 1.0)),
            recall: found.iter().filter(|grade| **grade > 0.0).count() as f64 / grades.len().max(1) as f64,
            zero: f64::from(u8::from(answer.total == 0)),
        }
    }

    /// What the questions that were written with marks reach in each form in which people type them.
    fn by_form(&self) -> Vec<(&'static str, Vec<Reached>)> {
        let (_folder, index) = self.index(Weights::built_in().unwrap());
        let has_answer = |query: &&Value| !["none", "code"].contains(&query["class"].as_str().unwrap());
        // Letters of Vietnamese are outside of ASCII; the signs of the language are inside.
        let is_marked = |query: &&Value| query["query"].as_str().unwrap().chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii());
        let marked: Vec<&Value> = self.queries.iter().filter(has_answer).filter(is_marked).collect();
        let typed_as = |form: fn(&str) -> String| {
            let typed = |query: &&Value| {
                let mut query = Value::clone(query);
                query["query"] = form(query["query"].as_str().unwrap()).into();
                self.reached(&index, &query, true)
            };
            marked.iter().map(typed).collect()
        };
        forms::FORMS.into_iter().map(|(name, form)| (name, typed_as(form))).collect()
    }

    /// What each query of each class reached.
    fn by_class(&self, weights: Weights, with_lexicon: bool) -> BTreeMap<String, Vec<Reached>> {
        let (_folder, index) = self.index(weights);
        let mut classes: BTreeMap<String, Vec<Reached>> = BTreeMap::new();
        for query in &self.queries {
            let class = query["class"].as_str().unwrap().to_owned();
            classes.entry(class).or_default().push(self.reached(&index, query, with_lexicon));
        }
        classes
    }
}

fn entry(record: &Value) -> Entry {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let title = record["title"].as_object().unwrap().values().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
    let list = |name: &str| record[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let names = [list("place_names").join("\n"), text("place"), text("code")].join("\n");
    let passage = |passage: &Value| {
        let start = passage["start"].as_f64().unwrap();
        Passage { start, end: start + 30.0, text: passage["text"].as_str().unwrap().to_owned(), ..Passage::default() }
    };
    let passages: Vec<Passage> = record["passages"].as_array().into_iter().flatten().map(passage).collect();
    let speech = passages.iter().map(|passage| passage.text.clone()).collect();
    let codes = [text("code")].into_iter().filter(|code| !code.is_empty()).collect();
    let id = number(record["id"].as_str().unwrap());
    Entry { id, order: id, views: vec![View { title, text: text("text"), names, speech, codes, ..View::default() }], passages }
}

/// The thesaurus that comes with a new archive.
fn lexicon() -> Lexicon {
    let mut lexicon = Lexicon::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../archive/model/thesaurus.csv");
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        let alternatives = [3, 5].into_iter().flat_map(|column| row[column].split(';').map(str::trim).map(str::to_owned).collect::<Vec<_>>());
        lexicon.add([row[2].to_owned(), row[4].to_owned()].into_iter().chain(alternatives).filter(|name| !name.is_empty()));
    }
    lexicon
}

fn gain(grades: &[f64]) -> f64 {
    grades.iter().zip(2u32..).map(|(grade, place)| (grade.exp2() - 1.0) / f64::from(place).log2()).sum()
}

fn mean(reached: &[Reached], of: fn(&Reached) -> f64) -> f64 {
    reached.iter().map(of).sum::<f64>() / reached.len().max(1) as f64
}

/// The interval in which 95 of 100 means lie of as many queries, drawn again and again; always the same draws.
fn interval(reached: &[Reached], of: fn(&Reached) -> f64) -> (f64, f64) {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % reached.len()
    };
    let mut means: Vec<f64> = (0..1000).map(|_| (0..reached.len()).map(|_| of(&reached[draw()])).sum::<f64>() / reached.len() as f64).collect();
    means.sort_by(f64::total_cmp);
    (means[25], means[974])
}

/// What is not looked up, because it cannot come onto the page, would not have come onto the page.
#[test]
fn a_short_page_is_the_beginning_of_a_long_one() {
    let set = Set::read();
    let (_folder, index) = set.index(Weights::built_in().unwrap());
    for query in &set.queries {
        let ask = |limit: usize| {
            let question = Question { limit, lexicon: Some(&set.lexicon), ..Question::new(query["query"].as_str().unwrap()) };
            index.search(&question, &EVERYONE).unwrap()
        };
        let (short, long) = (ask(10), ask(1_000));
        assert_eq!((short.total, &short.hits[..]), (long.total, &long.hits[..short.hits.len()]), "{query}");
        assert_eq!(short.approximate[..], long.approximate[..short.approximate.len()], "{query}");
    }
}

#[test]
fn every_class_reaches_its_floor() {
    let set = Set::read();
    assert!(set.records.len() >= 250 && set.queries.len() >= 150, "{} records, {} queries", set.records.len(), set.queries.len());
    let classes = set.by_class(Weights::built_in().unwrap(), true);
    let too_low: Vec<String> = FLOORS
        .into_iter()
        .map(|(class, floor)| (class, floor, mean(&classes[class], |reached| reached.ndcg)))
        .filter(|(_, floor, reached)| reached < floor)
        .map(|(class, floor, reached)| format!("{class}: {reached:.3} is below {floor}"))
        .collect();
    assert!(too_low.is_empty(), "{too_low:?}");
    assert!(mean(&classes["none"], |reached| reached.zero) > 0.9, "what is not there is not found");
}

#[test]
fn every_form_reaches_its_floor() {
    let reached = Set::read().by_form();
    for ((name, reached), (floored, floor)) in reached.iter().zip(FORM_FLOORS) {
        let ndcg = mean(reached, |reached| reached.ndcg);
        assert!(*name == floored && reached.len() > 100 && ndcg >= floor, "{name}: {ndcg:.3} over {} questions; the floor is {floor}", reached.len());
    }
}

#[test]
fn the_report_of_forms() {
    println!("\nform      n    nDCG@10 (95 %)         MRR    recall@20");
    for (name, reached) in Set::read().by_form() {
        let (low, high) = interval(&reached, |reached| reached.ndcg);
        let [ndcg, mrr, recall] = [|reached: &Reached| reached.ndcg, |reached: &Reached| reached.mrr, |reached: &Reached| reached.recall]
            .map(|of: fn(&Reached) -> f64| mean(&reached, of));
        println!("{name:<9} {:>3}  {ndcg:.3} ({low:.3}–{high:.3})  {mrr:.3}  {recall:.3}", reached.len());
    }
}

/// Every query by itself, for whoever looks at what went wrong: `KHO_RELEVANCE=CLASS`.
#[test]
fn the_report() {
    let (set, weights) = (Set::read(), Weights::built_in().unwrap());
    let ways = [
        ("all of it", weights, true),
        ("without marks", Weights { exact: 0.0, title_exact: 0.0, ..weights }, true),
        ("without pairs", Weights { pairs: 0.0, ..weights }, true),
        ("without titles", Weights { title: 0.0, title_exact: 0.0, ..weights }, true),
        ("without repair", Weights { repaired: 0.0, ..weights }, true),
        ("without thesaurus", weights, false),
        ("without approximation", Weights { few: 0, ..weights }, true),
    ];
    for (name, weights, with_lexicon) in ways {
        let classes = set.by_class(weights, with_lexicon);
        println!("\n{name}\nclass       n  nDCG@10 (95 %)         MRR   recall@20  nothing");
        for (class, reached) in &classes {
            let (low, high) = interval(reached, |reached| reached.ndcg);
            let [ndcg, mrr, recall, zero] = [
                |reached: &Reached| reached.ndcg,
                |reached: &Reached| reached.mrr,
                |reached: &Reached| reached.recall,
                |reached: &Reached| reached.zero,
            ]
            .map(|of: fn(&Reached) -> f64| mean(reached, of));
            println!("{class:<10} {:>2}  {ndcg:.3} ({low:.3}–{high:.3})  {mrr:.3}  {recall:.3}      {zero:.2}", reached.len());
        }
        let all: Vec<Reached> = classes.iter().filter(|(class, _)| *class != "none").flat_map(|(_, reached)| reached.clone()).collect();
        let split = |split: &str| {
            let (_folder, index) = set.index(weights);
            let queries = set.queries.iter().filter(|query| query["split"] == split && query["class"] != "none");
            let reached: Vec<Reached> = queries.map(|query| set.reached(&index, query, with_lexicon)).collect();
            mean(&reached, |reached| reached.ndcg)
        };
        println!("all       {:>3}  {:.3}; dev {:.3}, held out {:.3}", all.len(), mean(&all, |reached| reached.ndcg), split("dev"), split("held"));
    }
    let Ok(wanted) = std::env::var("KHO_RELEVANCE") else { return };
    let (_folder, index) = set.index(weights);
    for query in set.queries.iter().filter(|query| query["class"] == wanted.as_str()) {
        let reached = set.reached(&index, query, true);
        let question = Question { lexicon: Some(&set.lexicon), ..Question::new(query["query"].as_str().unwrap()) };
        let answer = index.search(&question, &EVERYONE).unwrap();
        let grades = &set.grades.get(query["id"].as_str().unwrap());
        let hits: Vec<String> = answer
            .hits
            .iter()
            .take(10)
            .map(|hit| format!("R{:03}:{}", hit.id, grades.and_then(|grades| grades.get(&hit.id)).unwrap_or(&0.0)))
            .collect();
        println!(
            "{:.3} {} {:?} {} and {} approximate; read {:?}, added {:?}; {}",
            reached.ndcg,
            query["id"],
            query["query"],
            answer.total,
            answer.approximate.len(),
            answer.read_as,
            answer.added,
            hits.join(" ")
        );
    }
}
