use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

fn view(kind: &str, title: &str, text: &str) -> View {
    let facets = [("kind".to_owned(), vec![kind.to_owned()])].into();
    View { scope: "open".into(), title: title.into(), text: text.into(), facets, ..View::default() }
}

fn entry(id: u64, kind: &str, title: &str, text: &str) -> Entry {
    Entry { id, order: id, views: vec![view(kind, title, text)], passages: Vec::new() }
}

/// Whoever sees everything.
const ALL: Rights<'_> = Rights { key: "all", admits: &|_| true, except: &[] };

/// Whoever sees what is open.
const OPEN: Rights<'_> = Rights { key: "open", admits: &|scope| scope == "open", except: &[] };

fn counted(text: &str) -> Question<'_> {
    Question { counted: vec!["kind".into()], ..Question::new(text) }
}

fn silk() -> Vec<Entry> {
    vec![
        entry(1, "document", "Ghi chép", "Nghề dệt lụa ở bãi sông"),
        entry(2, "document", "Mùa vụ", "Dệt chiếu sau vụ lúa"),
        entry(3, "sound", "Bien ban", "to det lua lang ta"),
        entry(4, "image", "Đan đó", "cái đó ở Thủ Sỹ"),
    ]
}

fn index_with(entries: &[Entry]) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    index.writer().unwrap().apply(entries, &[], 1).unwrap();
    (folder, index)
}

fn ask(index: &Index, text: &str) -> Vec<u64> {
    index.search(&Question::new(text), &ALL).unwrap().hits.iter().map(|hit| hit.id).collect()
}

#[test]
fn with_and_without_marks_find_the_same_and_typed_marks_rank() {
    let (_folder, index) = index_with(&silk());
    let sorted = |text: &str| {
        let mut ids = ask(&index, text);
        ids.sort_unstable();
        ids
    };
    let nfd: String = "DỆT LỤA".nfd().collect();
    for text in ["det lua", "dệt lụa", &nfd] {
        assert_eq!(sorted(text), [1, 2, 3], "{text}");
    }
    assert_eq!(ask(&index, "dệt lụa")[0], 1);
    assert_eq!(ask(&index, "dệt lúa")[0], 2);
    assert_eq!(index.search(&Question::new("dệt lụa"), &ALL).unwrap(), index.search(&Question::new(&nfd), &ALL).unwrap());
    assert_eq!(ask(&index, "do"), [4]);
}

#[test]
fn counts_of_a_property_leave_its_other_values_on_offer() {
    let (_folder, index) = index_with(&silk());
    let counts = |answer: &Answer| answer.facets[0].values.iter().map(|value| (value.value.clone(), value.count)).collect::<Vec<_>>();
    let answer = index.search(&counted("det"), &ALL).unwrap();
    assert_eq!(counts(&answer), [("document".to_owned(), 2), ("sound".to_owned(), 1)]);
    let narrowed = |values: &[&str], is_without| Narrowed {
        property: "kind".into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        is_without,
    };
    let only_sound = Question { narrowed: vec![narrowed(&["sound"], false)], ..counted("det") };
    let answer = index.search(&only_sound, &ALL).unwrap();
    assert_eq!((answer.total, answer.hits[0].id, counts(&answer).len()), (1, 3, 2), "other kinds stay on offer");
    let both = Question { narrowed: vec![narrowed(&["sound", "document"], false)], ..counted("det") };
    assert_eq!(index.search(&both, &ALL).unwrap().total, 3);
    let without = Question { narrowed: vec![narrowed(&["document"], true)], ..counted("") };
    assert_eq!(counts(&index.search(&without, &ALL).unwrap()), [("image".to_owned(), 1), ("sound".to_owned(), 1)]);
    assert_eq!(ask(&index, "kind:sound"), [3]);
}

/// Not even a score may tell that a closed record has a word; nor a suggestion, a repair, or what was meant.
#[test]
fn what_is_closed_leaves_no_trace() {
    let (_folder, without) = index_with(&silk());
    let closed = |id| {
        let view = View {
            scope: "closed".into(), offered: vec!["Bí quyết dệt lụa".into()], ..view("sound", "Bí quyết dệt lụa", "dệt lụa lụa lụa")
        };
        let said = Passage { scope: "closed".into(), text: "dệt lụa bí quyết".into(), ..Passage::default() };
        Entry { id, order: id, views: vec![view], passages: vec![said] }
    };
    let secret: Vec<Entry> = (50..60).map(closed).collect();
    let (_folder_with, with) = index_with(&[silk(), secret].concat());
    for text in ["dệt lụa", "lua", "bi quyet", "bi quyett", "quyetlua", "\"bí quyết\"", "bí NEAR quyết", "", "-dệt", "=quyết"] {
        assert_eq!(with.search(&counted(text), &OPEN).unwrap(), without.search(&counted(text), &ALL).unwrap(), "{text}");
        assert_eq!(with.suggest(text, 9, &OPEN).unwrap(), without.suggest(text, 9, &ALL).unwrap(), "{text}");
        // What was closed after the index was written leaves no trace either.
        let late = Rights { key: "all", admits: &|_| true, except: &[57, 50, 51, 52, 53, 54, 55, 56, 58, 59, 99] };
        assert_eq!(with.search(&counted(text), &late).unwrap(), without.search(&counted(text), &ALL).unwrap(), "{text}");
        assert_eq!(with.suggest(text, 9, &late).unwrap(), without.suggest(text, 9, &ALL).unwrap(), "{text}");
    }
    assert_eq!(with.search(&counted("bi quyet"), &ALL).unwrap().total, 10);
    let except = Rights { key: "all", admits: &|_| true, except: &[50] };
    assert_eq!(with.search(&counted("bi quyet"), &except).unwrap().total, 9, "the index may be a moment behind");
}

#[test]
fn other_names_are_told_once_and_never_those_that_were_typed() {
    let (_folder, index) = index_with(&silk());
    let mut lexicon = Lexicon::default();
    lexicon.add(["gác bếp", "hun khói", "smoking"].map(str::to_owned));
    let added = |text: &str, without: &[&str]| -> Vec<String> {
        let without = without.iter().map(|name| (*name).to_owned()).collect();
        let question = Question { lexicon: Some(&lexicon), without, ..Question::new(text) };
        index.search(&question, &ALL).unwrap().added.into_iter().map(|(_, name)| name).collect()
    };
    assert_eq!(added("gac bep hun khoi", &[]), ["smoking"]);
    assert_eq!(added("gác bếp", &[]), ["hun khói", "smoking"]);
    assert_eq!(added("gác bếp", &["smoking"]), ["hun khói"]);
}

/// Some see more of a record than others, and find it by more words.
#[test]
fn each_viewer_has_one_view_of_a_record() {
    let views = vec![view("image", "Trầm", "gỗ"), View { scope: "family".into(), ..view("image", "Trầm", "gỗ, ba lạng hồi") }];
    let (_folder, index) = index_with(&[Entry { id: 1, order: 1, views, passages: Vec::new() }]);
    let family = Rights { key: "family", admits: &|scope| scope == "family", except: &[] };
    let total = |text: &str, rights: &Rights<'_>| index.search(&counted(text), rights).unwrap().total;
    assert_eq!((total("gỗ", &OPEN), total("gỗ", &family)), (1, 1));
    assert_eq!((total("ba lạng hồi", &OPEN), total("ba lạng hồi", &family)), (0, 1));
}

#[test]
fn an_empty_question_lists_everything_page_by_page() {
    let (_folder, index) = index_with(&silk());
    let page = |offset| Question { limit: 3, offset, ..Question::default() };
    let first = index.search(&page(0), &ALL).unwrap();
    let second = index.search(&page(3), &ALL).unwrap();
    assert_eq!((first.total, first.hits.len(), second.hits.len()), (4, 3, 1));
    assert_eq!(ask(&index, " … "), [1, 2, 3, 4]);
}

#[test]
fn words_that_follow_each_other_are_left_out_wherever_the_next_of_them_is() {
    let texts = ["tre", "lụa hoà", "hoà tre lụa", "hoà lụa", "lụa hòa", "hoà với lụa", "lúa hoà", "hoà lụa tre"];
    let entries: Vec<Entry> = texts.into_iter().zip(1..).map(|(text, id)| entry(id, "image", text, "")).collect();
    let (_folder, index) = index_with(&entries);
    let found = |text: &str| {
        let mut ids = ask(&index, text);
        ids.sort_unstable();
        ids
    };
    assert_eq!(found("-\"lụa hoà\""), [1, 3, 4, 6, 7, 8]);
    assert_eq!(found("-lụa=hoà"), [1, 3, 4, 6, 7, 8], "a sign between them joins them");
    assert_eq!(found("-\"lua hoa\""), [1, 3, 4, 6, 8]);
    assert_eq!(found("hoà -\"lụa hoà\" -\"hoà lụa\""), [3, 6, 7]);
}

#[test]
fn a_spoken_word_is_found_with_its_time() {
    let said = |start: f64, text: &str| Passage {
        scope: "open".into(),
        start,
        end: start + 9.0,
        speaker: "Cụ Mận".into(),
        text: text.into(),
        marks: vec![(0, start)],
    };
    let passages = vec![said(0.0, "Chào cụ."), said(12.5, "Hom miệng phải khéo.")];
    let views = vec![View { speech: vec!["Chào cụ.\nHom miệng phải khéo.".into()], ..view("sound", "Phỏng vấn", "") }];
    let (_folder, index) = index_with(&[Entry { id: 1, order: 1, views, passages }]);
    let answer = index.search(&Question::new("hom mieng"), &ALL).unwrap();
    assert_eq!(answer.hits[0].at_seconds, Some(12.5));
    assert!(answer.hits[0].snippet.contains("<mark>Hom</mark> <mark>miệng</mark>"));
    assert_eq!((answer.hits[0].passages.len(), answer.hits[0].passages[0].speaker.as_str()), (1, "Cụ Mận"));
    assert_eq!(ask(&index, ""), [1], "a passage is no record");
    assert_eq!(ask(&index, "-thuyền"), [1]);
}

#[test]
fn one_process_writes_while_another_reads() {
    let (folder, index) = index_with(&silk());
    let other = Index::open(folder.path()).unwrap();
    let mut writer = index.writer().unwrap();
    for round in 0..20 {
        writer.apply(&[entry(100 + round, "film", "phim", "quay guồng")], &[], 2 + round).unwrap();
        assert_eq!(ask(&other, "quay guong").len() as u64, round + 1, "a reader sees what was committed");
    }
    assert_eq!(other.position().unwrap(), 21);
    assert!(other.writer().is_err(), "there is one writer at a time");
    writer.finish().unwrap();
    assert_eq!(ask(&other, "quay guong").len(), 20);
}

/// A writer was killed between writing the deletions of a segment and committing them: the next one wants
/// to write a file of the same name.
#[test]
fn an_index_that_was_written_often_has_few_segments_and_answers_alike() {
    let entries: Vec<Entry> =
        (1..40).map(|id| entry(id, "image", &format!("dệt lụa {id}"), if id % 3 == 0 { "nong tằm" } else { "khung cửi" })).collect();
    let (_fresh_folder, fresh) = index_with(&entries);
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    for (position, entry) in (1..).zip(&entries) {
        let mut writer = index.writer().unwrap();
        writer.apply(std::slice::from_ref(entry), &[], position).unwrap();
        writer.settle().unwrap();
        assert!(index.index.searchable_segment_ids().unwrap().len() <= 8);
    }
    assert_eq!(index.position().unwrap(), 39, "a merge keeps the position");
    for text in ["lụa", "nong tam", "det khung"] {
        assert_eq!(index.search(&counted(text), &ALL).unwrap(), fresh.search(&counted(text), &ALL).unwrap(), "{text}");
    }
}

#[test]
fn what_a_killed_writer_left_is_no_obstacle() {
    let (folder, index) = index_with(&silk());
    let copy = tempfile::tempdir().unwrap();
    let name = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().file_name();
    let (here, there) = (folder.path().join(&name), copy.path().join(&name));
    copy_files(&here, &there);
    let change = [entry(2, "document", "Mùa vụ", "Dệt chiếu")];
    let other = Index::open(copy.path()).unwrap();
    other.writer().unwrap().apply(&change, &[], 2).unwrap();

    let left: Vec<_> = files_of(&there).into_iter().filter(|name| name.ends_with(".del")).collect();
    assert!(!left.is_empty(), "the change deletes something");
    for name in left.iter().map(String::as_str).chain([".managed.json"]) {
        std::fs::copy(there.join(name), here.join(name)).unwrap();
    }
    drop(index);
    let index = Index::open(folder.path()).unwrap();
    index.writer().unwrap().apply(&change, &[], 2).unwrap();
    assert_eq!(ask(&index, "dệt"), ask(&other, "dệt"));
}

fn files_of(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for name in files_of(from) {
        std::fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// Entries of a small village archive, with ids from 0 to 20.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let words = prop::sample::select(vec!["dệt", "lụa", "lúa", "đó", "đan", "nan", "tre", "det", "lua", "khuôn"]);
    let text = prop::collection::vec(words, 0..12).prop_map(|words| words.join(" "));
    let one = (0u64..20, text.clone(), text).prop_map(|(id, title, text)| entry(id, "image", &title, &text));
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Edits one by one, with everything they leave behind, must not be told from a fresh index.
    #[test]
    fn the_history_of_an_index_does_not_show(entries in entries(), removed in 0u64..20) {
        let folder = tempfile::tempdir().unwrap();
        let edited = Index::open(folder.path()).unwrap();
        let mut writer = edited.writer().unwrap();
        for (number, entry) in entries.iter().enumerate() {
            writer.apply(std::slice::from_ref(entry), &[], number as u64).unwrap();
        }
        writer.apply(&[], &[removed], 99).unwrap();
        writer.finish().unwrap();

        let mut last: std::collections::BTreeMap<u64, Entry> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
        last.remove(&removed);
        let (_fresh_folder, fresh) = index_with(&last.into_values().collect::<Vec<_>>());
        for text in ["", "dệt lụa", "det lua", "đan đó nan tre", "khuon", "lúa"] {
            let question = Question::new(text);
            prop_assert_eq!(edited.search(&question, &ALL).unwrap(), fresh.search(&question, &ALL).unwrap(), "{}", text);
        }
    }

    /// However a question is typed that means the same, the same is found, in the same order.
    #[test]
    fn one_question_typed_in_other_ways_finds_the_same(typed in "(dệt|hoà|kĩ|thuỷ|quý|lụa|đó|mĩ|DỆT|=hoà|-lụa|\"kĩ thuật\"| ){1,5}") {
        let entries: Vec<Entry> = ["dệt lụa hoà bình", "kỹ thuật số hóa", "thủy ba, quí lí", "đó đỗ do", "mỹ nghệ"]
            .into_iter()
            .zip(1..)
            .map(|(text, id)| entry(id, "image", text, text))
            .collect();
        let (_folder, index) = index_with(&entries);
        let ids = |text: &str| {
            let answer = index.search(&Question::new(text), &ALL).unwrap();
            answer.hits.iter().chain(&answer.approximate).map(|hit| (hit.id, hit.score.to_bits())).collect::<Vec<_>>()
        };
        let expected = ids(&typed);
        let nfd: String = typed.nfd().collect();
        let other_style = typed.replace("hoà", "hòa").replace("thuỷ", "thủy").replace("kĩ", "kỹ").replace("mĩ", "mỹ").replace("quý", "quí");
        for other in [nfd, other_style, typed.to_uppercase(), typed.to_lowercase()] {
            prop_assert_eq!(ids(&other), expected.clone(), "{} and {}", typed, other);
        }
    }

    #[test]
    fn no_text_is_an_error(text: String) {
        let (_folder, index) = index_with(&silk()[..1]);
        prop_assert!(index.search(&Question::new(&text), &ALL).is_ok());
    }
}

#[test]
fn what_stands_nowhere_in_quotes_comes_near_as_words() {
    let (_folder, index) = index_with(&silk());
    for typed in ["\"lụa dệt\"", "\"luaj deejt\"", "nghề \"lụa dệt bãi\""] {
        let answer = index.search(&Question::new(typed), &ALL).unwrap();
        assert_eq!((answer.total, answer.approximate.first().map(|hit| hit.id)), (0, Some(1)), "{typed}");
    }
    let answer = index.search(&Question::new("\"dệt lụa\""), &ALL).unwrap();
    assert_eq!((answer.total, answer.hits[0].id), (1, 1), "what is there in quotes is found, and is told apart from what only comes near");
}
