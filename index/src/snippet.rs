//! The places of a text that fit a question best, with their matches marked.

use std::cmp::Reverse;

use crate::analyzer::{self, Initials, Word};

/// How many characters a place has, about, as people count them: a letter with its marks is one.
const LENGTH: usize = 220;

/// How many characters each of two places has.
const HALF: usize = 120;

/// What is marked in a text.
#[derive(Clone, Copy)]
pub(crate) struct Marking<'a> {
    /// The words that are looked for.
    pub(crate) sought: &'a [Word],
    /// Names that are looked for as a whole.
    pub(crate) names: &'a [&'a [Word]],
    /// Whether marks were typed: then a word that bears them is worth more than one that only looks alike.
    pub(crate) has_marks: bool,
}

/// A place of a text that fits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// As HTML: escaped, matches in `<mark>`.
    pub(crate) html: String,
    /// How well it fits; 0 if nothing does.
    pub(crate) worth: i32,
    /// Where its first match stands in the text, in bytes.
    pub(crate) at: usize,
}

/// A word of a text that is looked for.
struct Match {
    from: usize,
    to: usize,
    /// Which of the sought it is.
    asked: usize,
    worth: i32,
}

impl Marking<'_> {
    /// Returns the best place, or the two best where one does not have all words. Without a match it is empty.
    pub(crate) fn best(&self, text: &str) -> Place {
        let matches = self.matches(text);
        let Some((first, worth, asked)) = self.best_start(&matches, LENGTH, &[]) else { return Place::default() };
        let here = matches[first].from;
        let place = |html: String, worth: i32| Place { html, worth, at: here };
        let missing = matches.iter().any(|found| !asked.contains(&found.asked));
        let second = if missing { self.best_start(&matches, HALF, &asked) } else { None };
        let Some((second, more, _)) = second else {
            let (from, to) = window(text, here, LENGTH);
            return place(mark(text, &[(from, to)], &matches), worth);
        };
        let mut windows = [window(text, here, HALF), window(text, matches[second].from, HALF)];
        windows.sort_unstable();
        if windows[0].1 >= windows[1].0 {
            let (from, to) = window(text, here, LENGTH);
            return place(mark(text, &[(from, to)], &matches), worth);
        }
        place(mark(text, &windows, &matches), worth + more)
    }

    fn matches(&self, text: &str) -> Vec<Match> {
        if !self.names.is_empty() {
            return self.matches_with_names(text);
        }
        let mut matches = Vec::new();
        analyzer::each_word_with(text, Initials::of(self.sought), |place, folded, marks| {
            if let Some((asked, worth)) = self.asked(folded, marks) {
                matches.push(Match { from: place.from, to: place.to, asked, worth });
            }
        });
        matches
    }

    fn matches_with_names(&self, text: &str) -> Vec<Match> {
        let words = analyzer::words(text);
        let named = self.named(&words);
        let find = |(word, named): (Word, Option<usize>)| {
            let (asked, worth) = self.asked(&word.folded, &word.marks).or_else(|| Some((self.sought.len() + named?, 2)))?;
            Some(Match { from: word.from, to: word.to, asked, worth })
        };
        words.into_iter().zip(named).filter_map(find).collect()
    }

    /// Which of the sought a word is, and what it is worth.
    fn asked(&self, folded: &str, marks: &str) -> Option<(usize, i32)> {
        let alike = self.sought.iter().enumerate().filter(|(_, sought)| sought.folded == folded);
        let (asked, sought) = alike.max_by_key(|(_, sought)| sought.marks == marks)?;
        Some((asked, if self.has_marks && sought.marks == marks { 3 } else { 2 }))
    }

    /// Which of the names each word belongs to, where a name stands as a whole.
    fn named(&self, words: &[Word]) -> Vec<Option<usize>> {
        let mut named = vec![None; words.len()];
        for (place, name) in self.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            for (start, here) in words.windows(name.len()).enumerate() {
                if here.iter().zip(*name).all(|(word, sought)| word.folded == sought.folded) {
                    named[start..start + name.len()].fill(Some(place));
                }
            }
        }
        named
    }

    /// Returns the match at which the place with the most different words begins, how well it fits, and which words it has.
    /// Those that are there already count nothing.
    fn best_start(&self, matches: &[Match], length: usize, there: &[usize]) -> Option<(usize, i32, Vec<usize>)> {
        let mut best = vec![0; self.sought.len() + self.names.len()];
        // How well the place fits that begins at a match, and how long it is to the last word that counts.
        let value = |start: usize, best: &mut Vec<i32>| {
            best.fill(0);
            let begin = matches[start].from;
            let mut span = 0;
            // A word that is longer than a place is shown without its end; it fits all the same.
            for found in matches[start..].iter().take_while(|found| found.from == begin || found.to - begin <= length) {
                if found.worth > best[found.asked] && !there.contains(&found.asked) {
                    best[found.asked] = found.worth;
                    span = found.to - begin;
                }
            }
            (best.iter().sum::<i32>(), Reverse(span))
        };
        // The most words win, then the shortest place, then the earliest.
        let starts = (0..matches.len()).filter(|start| !there.contains(&matches[*start].asked));
        let (_, Reverse(first)) = starts.map(|start| (value(start, &mut best), Reverse(start))).max()?;
        let (worth, _) = value(first, &mut best);
        let asked = best.iter().enumerate().filter(|(_, worth)| **worth > 0).map(|(asked, _)| asked).collect();
        Some((first, worth, asked))
    }
}

/// Returns the bytes of a place around a match, cut between words; it stays within a paragraph.
fn window(text: &str, at: usize, length: usize) -> (usize, usize) {
    let start = text[..at].rfind("\n\n").map_or(0, |place| place + 2);
    let end = text[at..].find("\n\n").map_or(text.len(), |place| at + place);
    let (from, to) = window_in(&text[start..end], at - start, length);
    (start + from, start + to)
}

fn window_in(text: &str, at: usize, length: usize) -> (usize, usize) {
    let before = bytes_of(text[..at].chars().rev(), length / 4);
    let mut from = at - before;
    if from > 0 {
        // Not every space is one byte long: pages of the web are full of U+00A0.
        let space = text[from..at].char_indices().find(|(_, character)| character.is_whitespace());
        from += space.map_or(0, |(place, space)| place + space.len_utf8());
    }
    // No text has more characters than bytes.
    let mut to = if text.len() - from <= length { text.len() } else { from + bytes_of(text[from..].chars(), length) };
    if to < text.len() {
        to = text[at..to].rfind(char::is_whitespace).map_or(to, |space| at + space);
    }
    (from, to)
}

/// How many bytes so many characters have, each with the marks behind it.
fn bytes_of(characters: impl Iterator<Item = char>, count: usize) -> usize {
    let (mut bytes, mut seen) = (0, 0);
    for character in characters {
        seen += usize::from(!analyzer::is_mark(character));
        if seen > count {
            break;
        }
        bytes += character.len_utf8();
    }
    bytes
}

fn mark(text: &str, windows: &[(usize, usize)], matches: &[Match]) -> String {
    let mut html = String::with_capacity(2 * LENGTH);
    let mut end = 0;
    for (from, to) in windows {
        if *from > end || *from > 0 && end == 0 {
            html.push_str(if html.is_empty() { "… " } else { " … " });
        }
        let mut place = *from;
        for word in matches.iter().filter(|word| word.from >= *from && word.to <= *to) {
            escape(&text[place..word.from], &mut html);
            html.push_str("<mark>");
            escape(&text[word.from..word.to], &mut html);
            html.push_str("</mark>");
            place = word.to;
        }
        escape(&text[place..*to], &mut html);
        end = *to;
    }
    if end < text.len() {
        html.push_str(" …");
    }
    html
}

/// Adds a text to HTML, made safe; line ends become spaces.
fn escape(text: &str, html: &mut String) {
    let mut done = 0;
    for (place, byte) in text.bytes().enumerate() {
        let safe = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            b'\n' | b'\r' | b'\t' => " ",
            _ => continue,
        };
        html.push_str(&text[done..place]);
        html.push_str(safe);
        done = place + 1;
    }
    html.push_str(&text[done..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn best(text: &str, question: &str) -> String {
        let sought = analyzer::words(question);
        Marking { has_marks: sought.iter().any(Word::has_marks), sought: &sought, names: &[] }.best(text).html
    }

    #[test]
    fn marks_what_was_meant_and_escapes_the_rest() {
        assert_eq!(best("<b>Dệt</b> lụa & nhuộm", "det lua"), "&lt;b&gt;<mark>Dệt</mark>&lt;/b&gt; <mark>lụa</mark> &amp; nhuộm");
        let nfd: String = "Dệt lụa".nfd().collect();
        assert_eq!(best(&nfd, "dệt").nfc().collect::<String>(), "<mark>Dệt</mark> lụa");
    }

    #[test]
    fn a_name_is_marked_as_a_whole_or_not_at_all() {
        let (sought, name) = (analyzer::words("hom"), analyzer::words("weaving the funnel"));
        let marking = Marking { sought: &sought, names: &[&name], has_marks: false };
        let html = marking.best("The hom, by weaving the funnel of the trap").html;
        assert_eq!(html, "The <mark>hom</mark>, by <mark>weaving</mark> <mark>the</mark> <mark>funnel</mark> of the trap");
    }

    #[test]
    fn the_place_with_all_words_wins_over_the_first_word() {
        let text = format!("lụa {} dệt lụa tơ tằm", "xa ".repeat(200));
        let html = best(&text, "dệt lụa");
        assert!(html.starts_with("… ") && html.contains("<mark>dệt</mark> <mark>lụa</mark>"), "{html}");
        assert_eq!(best("không có gì", "lụa"), "");
    }

    #[test]
    fn words_that_stand_far_apart_are_shown_in_two_places() {
        let text = format!("Gác bếp đầy khói. {} Khung cửi ở gian bên.", "xa ".repeat(300));
        let html = best(&text, "gác bếp khung cửi");
        assert!(html.contains("<mark>Gác</mark> <mark>bếp</mark>") && html.contains("<mark>Khung</mark> <mark>cửi</mark>"), "{html}");
        assert_eq!(html.matches(" … ").count(), 1, "{html}");
    }

    #[test]
    fn a_place_stays_in_its_paragraph() {
        let html = best("They never eat it.\n\nHun khói để làm gì?\n\nMột bài khác", "hun khoi");
        assert_eq!(html, "… <mark>Hun</mark> <mark>khói</mark> để làm gì? …");
    }

    /// Found by the fuzzer: such a word was shown as if nothing fitted.
    #[test]
    fn a_word_longer_than_a_place_fits() {
        let long = "c".repeat(300);
        let sought = analyzer::words(&long);
        let place = Marking { sought: &sought, names: &[], has_marks: false }.best(&format!("lụa {long} tơ"));
        assert!(place.worth > 0 && place.at == "lụa ".len() && !place.html.is_empty(), "{place:?}");
    }

    #[test]
    fn a_place_begins_behind_a_space_of_any_length() {
        let text = format!("{}cụ\u{a0}ngồi\u{3000}khung cửi dệt lụa", "xa".repeat(30));
        assert_eq!(best(&text, "lụa"), "… ngồi\u{3000}khung cửi dệt <mark>lụa</mark>");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_nothing_unescaped_comes_out(text: String, question in "[a-zđ ]{0,12}") {
            let plain = best(&text, &question).replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!plain.contains('<') && !plain.contains('>'));
        }
    }
}
