//! The shape of a Vietnamese syllable: onset, rhyme and tone.
//!
//! Vietnamese is written in syllables, and only some seven thousand of the possible letter sequences are
//! syllables. A text read in the wrong encoding falls out of that set at once, which makes the set a good
//! judge of encodings.

use unicode_normalization::UnicodeNormalization as _;

/// No Vietnamese syllable has more letters than "nghiêng".
const MOST_LETTERS: usize = 7;

/// The consonants that open a syllable, the longer before the shorter with the same beginning.
const ONSETS: [&str; 27] = [
    "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "th", "tr", "ch", "qu", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x",
];

/// The rhymes without their tones and how rare each is in bits, counted over folk verse and 7,251 place names.
///
/// In the order of their code points: they are searched by halves.
#[rustfmt::skip]
const RHYMES: [(&str, u8); 160] = [
    ("a", 4), ("ac", 8), ("ach", 7), ("ai", 5), ("am", 6), ("an", 5), ("ang", 5), ("anh", 5), ("ao", 6), ("ap", 9), ("at", 7), ("au", 7),
    ("ay", 6), ("e", 7), ("ec", 12), ("em", 7), ("en", 8), ("eng", 11), ("eo", 8), ("ep", 10), ("et", 10), ("i", 6), ("ia", 7), ("ich", 9),
    ("im", 8), ("in", 8), ("inh", 5), ("ip", 11), ("it", 10), ("iu", 10), ("iêc", 10), ("iêm", 8), ("iên", 6), ("iêng", 7), ("iêp", 8),
    ("iêt", 8), ("iêu", 7), ("o", 5), ("oa", 6), ("oac", 14), ("oach", 14), ("oai", 8), ("oam", 14), ("oan", 9), ("oang", 9), ("oanh", 13),
    ("oao", 14), ("oap", 14), ("oat", 13), ("oay", 14), ("oc", 7), ("oe", 13), ("oen", 13), ("oeo", 14), ("oet", 14), ("oi", 8), ("om", 11),
    ("on", 6), ("ong", 6), ("ooc", 13), ("oong", 10), ("op", 13), ("ot", 10), ("oăc", 14), ("oăm", 14), ("oăn", 13), ("oăng", 10),
    ("oăt", 14), ("u", 6), ("ua", 8), ("uc", 7), ("ui", 8), ("um", 11), ("un", 11), ("ung", 6), ("up", 12), ("ut", 10), ("uy", 7),
    ("uya", 12), ("uych", 14), ("uyn", 14), ("uynh", 13), ("uyp", 14), ("uyt", 14), ("uyu", 14), ("uyên", 7), ("uyêt", 11), ("uân", 6),
    ("uâng", 14), ("uât", 12), ("uây", 14), ("uê", 10), ("uêch", 14), ("uênh", 14), ("uêu", 14), ("uôc", 10), ("uôi", 8), ("uôm", 12),
    ("uôn", 8), ("uông", 8), ("uôt", 11), ("uơ", 11), ("y", 6), ("yêm", 13), ("yên", 7), ("yêng", 14), ("yêt", 11), ("yêu", 10), ("âc", 12),
    ("âm", 6), ("ân", 5), ("âng", 12), ("âp", 8), ("ât", 8), ("âu", 6), ("ây", 6), ("ê", 6), ("êch", 12), ("êm", 9), ("ên", 7), ("ênh", 9),
    ("êp", 12), ("êt", 9), ("êu", 11), ("ô", 6), ("ôc", 7), ("ôi", 6), ("ôm", 10), ("ôn", 8), ("ông", 5), ("ôp", 12), ("ôt", 8), ("ăc", 7),
    ("ăm", 7), ("ăn", 7), ("ăng", 6), ("ăp", 10), ("ăt", 9), ("ơ", 6), ("ơi", 6), ("ơm", 9), ("ơn", 6), ("ơp", 10), ("ơt", 11), ("ư", 6),
    ("ưa", 7), ("ưc", 7), ("ưi", 13), ("ưn", 13), ("ưng", 7), ("ưt", 11), ("ưu", 8), ("ươc", 7), ("ươi", 7), ("ươm", 13), ("ươn", 11),
    ("ương", 5), ("ươp", 14), ("ươt", 14), ("ươu", 11),
];

/// Rhymes that only follow "qu", because there the "u" already stands in the onset.
const RHYMES_AFTER_QU: [&str; 6] = ["yn", "ynh", "yp", "yt", "ych", "ơn"];

/// How rare a rhyme after "qu" is.
const RARE: u8 = 12;

/// The five written tones; a syllable without a mark has none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Grave,
    Acute,
    Tilde,
    Hook,
    DotBelow,
}

/// Letters of one word with their tone taken off.
struct Letters {
    /// Lower case, with the letters' own marks (ă, ơ, đ) kept.
    letters: Vec<char>,
    /// The tone and the position in `letters` that carries it.
    tone: Option<(Tone, usize)>,
}

/// Tells whether `word` could be a Vietnamese syllable: a known onset and rhyme, at most one tone, placed on a
/// vowel that may carry it (both "hòa" and "hoà"), and before a final c, ch, p or t only the tones sắc and nặng.
///
/// Case does not matter, and composed and decomposed letters count the same.
pub(crate) fn is_syllable(word: &str) -> bool {
    rarity(word).is_some()
}

/// How rare a syllable is, in bits of its rhyme and tone; nothing for what is no syllable.
pub(super) fn rarity(word: &str) -> Option<u8> {
    Letters::of(word)?.rarity(true)
}

/// Like [`is_syllable`], but also takes a word typed without its tones, such as "viet".
pub(super) fn is_bare_syllable(word: &str) -> bool {
    Letters::of(word).is_some_and(|word| word.rarity(false).is_some())
}

impl Letters {
    /// Takes the tone off; nothing for a word that is too long, has two tones, or has other characters than letters.
    fn of(word: &str) -> Option<Self> {
        let mut letters: Vec<char> = Vec::with_capacity(MOST_LETTERS);
        let mut tone = None;
        for mark in word.nfd().flat_map(char::to_lowercase) {
            if let Some(heard) = tone_of(mark) {
                let carrier = letters.len().checked_sub(1)?;
                if tone.replace((heard, carrier)).is_some() {
                    return None;
                }
            } else if let Some(base) = letters.last().and_then(|&letter| with_own_mark(letter, mark)) {
                letters.pop();
                letters.push(base);
            } else if letters.len() < MOST_LETTERS && (mark.is_ascii_lowercase() || mark == 'đ') {
                letters.push(mark);
            } else {
                return None;
            }
        }
        Some(Self { letters, tone })
    }

    fn rarity(&self, needs_tones: bool) -> Option<u8> {
        let spelled: String = self.letters.iter().collect();
        let mut splits = ONSETS.iter().copied().chain([""]).filter_map(|onset| Some((onset, spelled.strip_prefix(onset)?)));
        splits.find_map(|(onset, rhyme)| self.rarity_of(onset, rhyme, needs_tones))
    }

    /// Weighs one way to split the word.
    fn rarity_of(&self, onset: &str, rhyme: &str, needs_tones: bool) -> Option<u8> {
        // The names of the Central Highlands (Đắk Lắk) end in k.
        let rhyme = if rhyme == "ăk" { "ăc" } else { rhyme };
        let of_rhyme = match RHYMES.binary_search_by_key(&rhyme, |(known, _)| known) {
            Ok(place) => RHYMES.get(place).map(|(_, bits)| *bits)?,
            Err(_) => (onset == "qu" && RHYMES_AFTER_QU.contains(&rhyme)).then_some(RARE)?,
        };
        (is_spelling(onset, rhyme) && self.tone_suits(rhyme, needs_tones)).then(|| of_rhyme + self.rarity_of_tone(is_stopped(rhyme)))
    }

    /// Before a final c, ch, p or t only two tones are left, which share all that the five would have.
    fn rarity_of_tone(&self, is_stopped: bool) -> u8 {
        match self.tone {
            _ if is_stopped => 1,
            None => 1,
            Some((Tone::Grave, _)) => 2,
            Some((Tone::Acute, _)) => 3,
            Some((Tone::DotBelow | Tone::Tilde | Tone::Hook, _)) => 4,
        }
    }

    fn tone_suits(&self, rhyme: &str, needs_tones: bool) -> bool {
        let is_stopped = is_stopped(rhyme);
        let Some((tone, carrier)) = self.tone else { return !(is_stopped && needs_tones) };
        let is_heard = !is_stopped || matches!(tone, Tone::Acute | Tone::DotBelow);
        let Some(start) = self.letters.len().checked_sub(rhyme.chars().count()) else { return false };
        // "qúy" for "quý": the tone on the u of the onset was taught for long.
        let is_on_qu = start == 2 && carrier == 1 && self.letters.starts_with(&['q', 'u']);
        is_heard && (is_on_qu || carrier.checked_sub(start).is_some_and(|place| may_carry_tone(rhyme, place)))
    }
}

fn is_stopped(rhyme: &str) -> bool {
    rhyme.ends_with(['c', 'p', 't']) || rhyme.ends_with("ch")
}

/// Reads a combining tone mark.
fn tone_of(mark: char) -> Option<Tone> {
    match mark {
        '\u{300}' => Some(Tone::Grave),
        '\u{301}' => Some(Tone::Acute),
        '\u{303}' => Some(Tone::Tilde),
        '\u{309}' => Some(Tone::Hook),
        '\u{323}' => Some(Tone::DotBelow),
        _ => None,
    }
}

/// Joins a letter with the circumflex, breve or horn that makes it another letter.
fn with_own_mark(letter: char, mark: char) -> Option<char> {
    match (letter, mark) {
        ('a', '\u{302}') => Some('â'),
        ('a', '\u{306}') => Some('ă'),
        ('e', '\u{302}') => Some('ê'),
        ('o', '\u{302}') => Some('ô'),
        ('o', '\u{31b}') => Some('ơ'),
        ('u', '\u{31b}') => Some('ư'),
        _ => None,
    }
}

/// The rules for c, g/gh, ng/ngh, qu and y. The names of the mountains have k before every vowel (Bắc Kạn, Kon Tum).
fn is_spelling(onset: &str, rhyme: &str) -> bool {
    let is_front = rhyme.starts_with(['i', 'e', 'ê', 'y']);
    match onset {
        "gh" | "ngh" => is_front && !rhyme.starts_with('y'),
        "c" | "ng" => !is_front,
        // "gì", "gìn" and "giếng": the "i" belongs to onset and rhyme at once.
        "g" => !is_front || rhyme.starts_with('i'),
        "qu" => !rhyme.starts_with(['u', 'o', 'ư']),
        "" => true,
        // "y" alone is a vowel of every onset (kỹ, Sỹ, Mỹ), the diphthongs with y open a syllable.
        _ => !rhyme.starts_with('y') || rhyme == "y",
    }
}

/// Tells whether the vowel at `place` of the rhyme may carry the tone.
fn may_carry_tone(rhyme: &str, place: usize) -> bool {
    let vowels: Vec<char> = rhyme.chars().take_while(|letter| "aăâeêioôơuưy".contains(*letter)).collect();
    let is_open = vowels.len() == rhyme.chars().count();
    if let Some(marked) = vowels.iter().rposition(|vowel| "ăâêôơư".contains(*vowel)) {
        return place == marked;
    }
    match (vowels.as_slice(), is_open) {
        (['o', 'a' | 'e'] | ['u', 'y'], true) => place < 2,
        ([_, _], true) => place == 0,
        ([_, _], false) | ([_, _, _], _) => place == 1,
        _ => place == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_stand_in_the_order_that_searching_needs() {
        assert!(RHYMES.is_sorted_by_key(|(rhyme, _)| rhyme));
        for (place, onset) in ONSETS.iter().enumerate() {
            assert!(!ONSETS[..place].iter().any(|before| onset.starts_with(before)), "{onset} stands after its own beginning");
        }
    }

    #[test]
    fn words_of_the_village_are_syllables() {
        let said = "Đó rọ nơm lờ mành trúc dệt lụa Thủ Sỹ Hưng Yên Vạn Phúc quỳnh quý quí qúy hoà hòa thủy thuỷ giếng gì gìn giá \
                    giặt nghiêng nghề nguyễn khuỷu khuya ngoằn ngoèo quốc quyết quýt huýt yếm yêu ý ỷ ở xoong rượu hươu ươm tằm \
                    Đắk Lắk Kạn kỹ sĩ HƯƠNG ƯỚC chếch quạnh xuềnh xoàng thuở gà ghe ngồi nghỉ con công cua kéo";
        for word in said.split_whitespace() {
            assert!(is_syllable(word), "{word}");
            let apart: String = word.nfd().collect();
            assert!(is_syllable(&apart), "{word} in single marks");
        }
    }

    #[test]
    fn other_words_are_not() {
        let not = "café Straße Zürich naïve hươnk hàt còc mẻp thích̀ ngê ghà cế strange fjord việtt hoằ qua̱ ạá đđ b ngh ươngh aìa nguơìờ";
        for word in not.split_whitespace() {
            assert!(!is_syllable(word), "{word}");
        }
        for word in ["", "\u{301}", "a\u{301}\u{301}", "đ", "lụa tơ", "lụa1", "l\u{ad}ụa"] {
            assert!(!is_syllable(word), "{word:?}");
        }
    }

    #[test]
    fn a_word_without_tones_counts_only_where_that_is_asked_for() {
        assert!(!is_syllable("det") && is_bare_syllable("det"));
        assert!(!is_bare_syllable("jpg") && !is_bare_syllable("photo"));
    }
}
