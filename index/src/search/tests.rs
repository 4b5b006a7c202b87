use super::*;
use crate::{Entry, View};

/// Syllables of the craft villages, those first that stand in every second text.
const SYLLABLES: [&str; 24] = [
    "làng", "nghề", "tre", "đan", "lụa", "dệt", "đó", "nan", "khung", "mây", "cói", "chiếu", "gốm", "men", "đồng", "đúc", "lò", "thêu", "tơ", "tằm",
    "chàm", "nhuộm", "quạt", "giấy",
];

/// Numbers that look like chance and are the same in every run (Knuth, TAOCP 3.3.4, the multiplier of MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// A syllable; one twice as far behind is half as frequent.
    fn syllable(&mut self) -> &'static str {
        let below = self.below(SYLLABLES.len()) + 1;
        SYLLABLES[self.below(below)]
    }

    fn syllables(&mut self, count: usize) -> String {
        (0..count).map(|_| self.syllable()).collect::<Vec<_>>().join(" ")
    }

    fn entry(&mut self, id: u64) -> Entry {
        let kind = ["image", "sound", "object"][self.below(3)].to_owned();
        let scope = if self.below(9) == 0 { "closed" } else { "open" }.to_owned();
        let (title, text) = (self.below(3), self.below(12));
        let (title, text) = (self.syllables(title), self.syllables(text));
        let view = View { scope, title, text, facets: [("kind".to_owned(), vec![kind])].into(), ..View::default() };
        Entry { id, order: id, views: vec![view], passages: Vec::new() }
    }
}

/// One large segment of some stretches, one with rare words only, and what was removed from both.
fn index() -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    let mut chance = Chance(1);
    let mut entries: Vec<Entry> = (0..11_000).map(|id| chance.entry(id)).collect();
    // Words that stand in few places far apart, and one that stands only at the very end.
    entries.iter_mut().step_by(1_777).for_each(|entry| entry.views[0].text.push_str(" quai thao"));
    entries[10_999].views[0].text.push_str(" thao lụa ngũ xã");
    let mut writer = index.writer().unwrap();
    writer.apply(&entries, &[], 1).unwrap();
    writer.settle().unwrap();
    let late: Vec<Entry> = (20_000..20_200).map(|id| chance.entry(id)).collect();
    writer.apply(&late, &(0..11_000).step_by(13).collect::<Vec<_>>(), 2).unwrap();
    writer.finish().unwrap();
    (folder, index)
}

/// Asks by lists of postings, and as tantivy does.
fn both_ways(index: &Index, question: &Question<'_>, rights: &Rights<'_>) -> [Found; 2] {
    let asking = Asking::of(index, question, rights).unwrap();
    assert!(asking.every_word().unwrap().is_some(), "{}", question.text);
    [asking.find(&[]).unwrap(), asking.collect(&*asking.query(), Way::Query, &[], &question.counted).unwrap()]
}

#[test]
fn lists_of_postings_find_what_tantivy_finds_in_the_same_order() {
    let (_folder, index) = index();
    let rights = Rights { key: "open", admits: &|scope| scope == "open", except: &[7, 4_444] };
    let mut chance = Chance(2);
    let mut texts: Vec<String> = (0..150).map(|count| chance.syllables(count % 5 + 1)).collect();
    texts.extend(["thao", "quai thao", "thao lụa", "lụa thao làng", "ngũ xã", "=đó", "làng làng", "xã quai"].map(str::to_owned));
    let mut found = 0;
    for (number, text) in texts.iter().enumerate() {
        let text = if number % 2 == 0 { text.clone() } else { analyzer::words(text).iter().map(|word| word.folded.clone() + " ").collect() };
        let narrowed = Narrowed { property: "kind".into(), values: vec!["sound".into()], is_without: number % 4 == 1 };
        let narrowed = if number % 3 == 0 { vec![narrowed] } else { Vec::new() };
        let question = Question { counted: vec!["kind".into()], narrowed, limit: [20, 0, 1, 500][number % 4], ..Question::new(&text) };
        let [lists, tantivy] = both_ways(&index, &question, &rights);
        assert_eq!((lists.total, &lists.counts), (tantivy.total, &tantivy.counts), "{text}");
        if analyzer::words(&text).len() <= 3 {
            assert_eq!(lists.best, tantivy.best, "{text}");
        }
        // Of more words the scores are added up in another order, and may differ by what is rounded.
        assert_eq!(lists.best.len(), tantivy.best.len(), "{text}");
        assert!(lists.best.iter().zip(&tantivy.best).all(|(one, other)| one.score.abs_diff(other.score) <= 1), "{text}");
        found += lists.total;
    }
    assert!(found > 50_000, "the questions found {found} records: too few to say anything");
}
