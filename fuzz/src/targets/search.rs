//! What people type, and the passages they are shown.

use std::sync::OnceLock;

use kho_index::{Entry, Index, Question, Rights, View, analyzer};
use unicode_normalization::UnicodeNormalization as _;

use crate::parts::at_desk;
use crate::snippet;

// Some have the words of others in another order: what follows each other in one stands apart in the next.
const TEXTS: [(&str, &str); 6] = [
    ("Cụ Mận kể chuyện dệt lụa", "Cụ ngồi khung cửi từ năm mười ba tuổi.\u{a0}Lụa Vân, the La, lĩnh Bưởi.\n\nTơ tằm nhà nuôi."),
    ("Đan đó ở Thủ Sỹ", "Chẻ nan, vót nan, đan mành đó; hun khói\u{3000}cho khỏi mọt. Đó không phải là lờ."),
    ("IMG_4000.JPG", "The bamboo fish trap (đó), made of 30 slats & smoked <b>twice</b>"),
    ("", "đo đỏ độ đồ đổ"),
    ("Lụa dệt", "Khung cửi ngồi: mọt cho khỏi, nan vót chẻ nan. Lờ không phải là đó."),
    ("Lụa", "Tằm tơ, nan và vót; khỏi thì cho mọt. Lụa của cụ dệt, đỏ đo, độ."),
];

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let folder = at_desk(|desk| desk.path("mục lục"));
        let index = Index::open(&folder).expect("an index");
        let entry = |(id, (title, text)): (u64, &(&str, &str))| {
            let view =
                View { scope: id.to_string(), title: (*title).into(), text: (*text).into(), offered: vec![(*title).into()], ..View::default() };
            Entry { id, order: id, views: vec![view], passages: Vec::new() }
        };
        let entries: Vec<Entry> = (1..).zip(&TEXTS).map(entry).collect();
        let mut writer = index.writer().expect("a writer");
        writer.apply(&entries, &[], 1).expect("the entries");
        writer.finish().expect("nothing to merge");
        index
    })
}

const EVERYONE: Rights<'_> = Rights { key: "all", admits: &|_| true, except: &[] };

const SOME: Rights<'_> = Rights { key: "open", admits: &|scope| scope == "2", except: &[] };

/// Any text is a question: no error, hits within bounds, the same for both normal forms, nothing beyond the rights.
pub(crate) fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let ask = |text: &str| index().search(&Question::new(text), &EVERYONE).expect("any text is a question");
    let answer = ask(&text);
    assert_eq!(answer, ask(&text), "the same question, another answer");
    assert!(answer.total <= TEXTS.len() as u64 && answer.hits.len() as u64 == answer.total, "{answer:?}");
    let decomposed: String = text.nfd().collect();
    let ids = |answer: &kho_index::Answer| answer.hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
    assert_eq!(ids(&answer), ids(&ask(&decomposed)), "{text:?} finds something else in NFD");
    answer.hits.iter().chain(&answer.approximate).for_each(|hit| is_safe(&hit.snippet));
    let some = index().search(&Question::new(&text), &SOME).expect("any text is a question");
    assert!(some.hits.iter().chain(&some.approximate).all(|hit| hit.id == 2) && some.total <= 1, "{some:?}");
    for offered in index().suggest(&text, 9, &SOME).expect("any text may go on") {
        assert!(offered.count <= 1, "{offered:?}");
    }
    words(&text);
}

/// Words are cut at characters, in order, and folding is final.
fn words(text: &str) {
    let mut end = 0;
    for word in analyzer::words(text) {
        assert!(end <= word.from && word.from < word.to && text.is_char_boundary(word.from) && text.is_char_boundary(word.to), "{word:?}");
        assert_eq!(analyzer::fold(&word.folded), word.folded, "folding goes on");
        assert!(word.exact().starts_with(&word.folded), "all forms of one word stand together");
        end = word.to;
    }
}

/// The first line is the question, the rest the text: the passage is safe HTML out of this text.
pub(crate) fn snippets(bytes: &[u8]) {
    let all = String::from_utf8_lossy(bytes);
    let (question, text) = all.split_once('\n').unwrap_or(("lụa", &all));
    let words: Vec<_> = crate::analyzer::words(question).into_iter().take(32).collect();
    let place = snippet::Marking { sought: &words, names: &[], has_marks: true }.best(text);
    let (html, at) = (place.html, (place.worth > 0).then_some(place.at));
    is_safe(&html);
    assert_eq!(html.is_empty(), at.is_none());
    // A word that is longer than a passage is shown without its end, and not marked.
    let has_short_words = text.split_whitespace().all(|word| word.chars().count() < 100);
    assert!(at.is_none() || !has_short_words || html.contains("<mark>"), "{html:?}");
    assert!(at.is_none_or(|at| at < text.len() && text.is_char_boundary(at)));
    assert!(html.chars().count() <= 220 * "&quot;".len() + 120 * "<mark></mark>".len(), "{} letters of passage", html.chars().count());
}

fn is_safe(html: &str) {
    let plain = html.replace("<mark>", "").replace("</mark>", "");
    assert!(!plain.contains(['<', '>', '"', '\'']), "{html:?}");
    assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
}
