//! The passage of a text that fits a question best, with its matches marked.

use std::cmp::Reverse;

use crate::analyzer::{self, Word};

/// How many characters a passage has, about.
const LENGTH: usize = 220;

/// Returns the best passage as HTML (escaped, matches in `<mark>`) and where its first match stands in
/// the text, in bytes. Without a match the passage is empty.
pub(crate) fn best_passage(text: &str, question: &[Word]) -> (String, Option<usize>) {
    let matches: Vec<(Word, usize)> = analyzer::words(text)
        .into_iter()
        .filter_map(|word| Some((question.iter().position(|asked| asked.folded == word.folded)?, word)))
        .map(|(asked, word)| (word, asked))
        .collect();
    let Some(first) = best_start(&matches, question) else { return (String::new(), None) };
    let (from, to) = window(text, matches[first].0.from);
    let inside = matches.iter().map(|(word, _)| word).filter(|word| word.from >= from && word.to <= to);
    (mark(text, from, to, inside), Some(matches[first].0.from))
}

/// Returns the match at which the passage with the most different words begins; typed marks count more.
fn best_start(matches: &[(Word, usize)], question: &[Word]) -> Option<usize> {
    // Without typed marks, a word that happens to bear none is worth no more than one that does.
    let has_marks = question.iter().any(|word| word.exact != word.folded);
    // The most words win, then the shortest passage, then the earliest.
    let value = |start: usize| {
        let begin = matches[start].0.from;
        let near = matches[start..].iter().take_while(|(word, _)| word.to - begin <= LENGTH);
        let mut best = vec![0; question.len()];
        let mut span = 0;
        for (word, asked) in near {
            let worth = if has_marks && word.exact == question[*asked].exact { 3 } else { 2 };
            if worth > best[*asked] {
                best[*asked] = worth;
                span = word.to - begin;
            }
        }
        (best.iter().sum::<i32>(), Reverse(span), Reverse(start))
    };
    (0..matches.len()).max_by_key(|start| value(*start))
}

/// Returns the bytes of a passage around a match, cut between words; it stays within a paragraph.
fn window(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind("\n\n").map_or(0, |place| place + 2);
    let end = text[at..].find("\n\n").map_or(text.len(), |place| at + place);
    let (from, to) = window_in(&text[start..end], at - start);
    (start + from, start + to)
}

fn window_in(text: &str, at: usize) -> (usize, usize) {
    let before: usize = text[..at].chars().rev().take(LENGTH / 4).map(char::len_utf8).sum();
    let mut from = at - before;
    if from > 0 {
        // Not every space is one byte long: pages of the web are full of U+00A0.
        let space = text[from..at].char_indices().find(|(_, character)| character.is_whitespace());
        from += space.map_or(0, |(place, space)| place + space.len_utf8());
    }
    let after: usize = text[from..].chars().take(LENGTH).map(char::len_utf8).sum();
    let mut to = from + after;
    if to < text.len() {
        to = text[at..to].rfind(char::is_whitespace).map_or(to, |space| at + space);
    }
    (from, to)
}

fn mark<'a>(text: &str, from: usize, to: usize, matches: impl Iterator<Item = &'a Word>) -> String {
    let mut html = String::new();
    if from > 0 {
        html.push_str("… ");
    }
    let mut place = from;
    for word in matches {
        html += &escape(&text[place..word.from]);
        html += &format!("<mark>{}</mark>", escape(&text[word.from..word.to]));
        place = word.to;
    }
    html += &escape(&text[place..to]);
    if to < text.len() {
        html.push_str(" …");
    }
    html
}

/// Makes text safe in HTML; line ends become spaces.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\r' | '\t' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_what_was_meant_and_escapes_the_rest() {
        let (html, at) = best_passage("<b>Dệt</b> lụa & nhuộm", &analyzer::words("det lua"));
        assert_eq!(html, "&lt;b&gt;<mark>Dệt</mark>&lt;/b&gt; <mark>lụa</mark> &amp; nhuộm");
        assert_eq!(at, Some(3));
    }

    #[test]
    fn the_passage_with_all_words_wins_over_the_first_word() {
        let text = format!("lụa {} dệt lụa tơ tằm", "xa ".repeat(200));
        let (html, at) = best_passage(&text, &analyzer::words("dệt lụa"));
        assert!(html.starts_with("… ") && html.contains("<mark>dệt</mark> <mark>lụa</mark>"), "{html}");
        assert!(at.unwrap() > 500);
        assert_eq!(best_passage("không có gì", &analyzer::words("lụa")), (String::new(), None));
    }

    #[test]
    fn a_passage_stays_in_its_paragraph() {
        let (html, _) = best_passage("They never eat it.\n\nHun khói để làm gì?\n\nMột bài khác", &analyzer::words("hun khoi"));
        assert_eq!(html, "… <mark>Hun</mark> <mark>khói</mark> để làm gì? …");
    }

    #[test]
    fn a_passage_begins_behind_a_space_of_any_length() {
        let text = format!("{}cụ\u{a0}ngồi\u{3000}khung cửi dệt lụa", "xa".repeat(30));
        let (html, _) = best_passage(&text, &analyzer::words("lụa"));
        assert_eq!(html, "… ngồi\u{3000}khung cửi dệt <mark>lụa</mark>");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_nothing_unescaped_comes_out(text: String, question in "[a-zđ ]{0,12}") {
            let (html, _) = best_passage(&text, &analyzer::words(&question));
            let plain = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!plain.contains('<') && !plain.contains('>'));
        }
    }
}
