//! Weighs which of the one-byte encodings explains a text best.
//!
//! Each candidate pays for every word that has a byte above 7F. A Vietnamese syllable costs what its letters are
//! worth by their frequency, a word that is no syllable costs much. Windows-1252 pays by how usual its letters are in
//! the languages of Western Europe. The unit is the bit: the candidate that pays ten bits less is a thousand times
//! likelier.

use super::{Encoding, syllable};

/// The letters beyond ASCII from the most to the least frequent, counted over folk verse and 7,251 place names.
const BY_FREQUENCY: &str = "đưàâáôơêạờồìảớếòúềộăóắợấệốậầọĩịùứỹũãằíủổụởừữểựỏặỳẹễèẳửéẩýẻỡỗẫỉõỷẽỵẵ";
/// Pairs of vowels whose second letter has a mark in words of Western Europe, such as "naïf" and "país".
const WESTERN_PAIRS: [&str; 26] = [
    "ié", "iè", "iê", "ué", "uê", "uè", "aî", "oî", "aï", "oï", "oû", "aû", "oë", "aë", "aí", "aú", "oí", "ée", "eü", "où", "uá", "iá", "uò", "iò",
    "iù", "ià",
];
/// What a word costs that is no syllable.
const NO_SYLLABLE: f64 = 22.0;
/// What every word of a Western language costs, because its letters are no syllable but by chance.
const WESTERN_WORD: f64 = 5.0;
/// What a word costs that no Western language has.
const NO_WESTERN_WORD: f64 = 18.0;
/// The most that one syllable costs: its letters depend on each other (ươ, iễ).
const MOST_OF_SYLLABLE: f64 = 9.0;
/// What a Vietnamese reading must save before it is believed.
const DOUBT: f64 = 6.0;
/// The share of the marked words that must be syllables in a Vietnamese reading.
const LEAST_SHARE: f64 = 0.6;

/// The encoding that explains a text best.
pub(super) struct Verdict {
    pub(super) encoding: Encoding,
    /// So much of the text speaks for this encoding and so little for any other that it is no guess.
    pub(super) is_certain: bool,
}

/// What one candidate pays.
struct Weight {
    encoding: Encoding,
    /// Against windows-1252: the letters beyond ASCII.
    bits: f64,
    /// Against the other Vietnamese encodings: rhymes and tones.
    rarity: f64,
    words: u32,
    syllables: u32,
}

/// Chooses between the Vietnamese one-byte encodings and windows-1252.
///
/// Time and memory are linear in `sample`.
pub(super) fn judge(sample: &[u8]) -> Verdict {
    let sample = without_symbols(sample);
    let against = DOUBT + plain_words(&sample);
    let western = western_bits(&Encoding::Windows1252.decode(&sample).0);
    let mut weights: Vec<Weight> = [(Encoding::Tcvn3, 0.0), (Encoding::Vni, 0.5), (Encoding::Windows1258, 1.0), (Encoding::Viscii, 2.0)]
        .into_iter()
        .map(|(encoding, seldom)| Weight::of(&sample, encoding, seldom))
        .collect();
    weights.sort_by(|left, right| left.rarity.total_cmp(&right.rarity));
    let Some(best) = weights.first().filter(|best| best.bits + against < western && best.share() >= LEAST_SHARE) else {
        return Verdict { encoding: Encoding::Windows1252, is_certain: false };
    };
    let is_alone = weights.get(1).is_none_or(|next| next.rarity - best.rarity > 100.0);
    let is_certain = is_alone && best.words >= 20 && best.share() >= 0.9 && western - best.bits > 100.0;
    Verdict { encoding: best.encoding, is_certain }
}

/// The share of the words of `text` that are Vietnamese syllables; nought for a text without words.
pub(super) fn share_of_syllables(text: &str) -> f64 {
    let (mut words, mut syllables) = (0_u32, 0_u32);
    for word in words_of(text) {
        words += 1;
        syllables += u32::from(syllable::is_syllable(word));
    }
    if words == 0 { 0.0 } else { f64::from(syllables) / f64::from(words) }
}

/// The share of the words with a character beyond ASCII that are Vietnamese syllables.
pub(super) fn share_of_marked(text: &str) -> f64 {
    Weight::of_text(text, Encoding::Utf8, 0.0).share()
}

impl Weight {
    fn of(sample: &[u8], encoding: Encoding, start: f64) -> Self {
        Self::of_text(&encoding.decode(sample).0, encoding, start)
    }

    fn of_text(text: &str, encoding: Encoding, start: f64) -> Self {
        let mut weight = Self { encoding, bits: start, rarity: start, words: 0, syllables: 0 };
        for word in words_of(text).filter(|word| !word.is_ascii()) {
            let parts = syllables_of(word);
            weight.words += 1;
            weight.syllables += u32::from(parts.is_some());
            let (bits, rarity) = parts.unwrap_or((NO_SYLLABLE, NO_SYLLABLE));
            weight.bits += bits;
            weight.rarity += rarity;
        }
        weight
    }

    fn share(&self) -> f64 {
        if self.words == 0 { 0.0 } else { f64::from(self.syllables) / f64::from(self.words) }
    }
}

/// Blanks out the bytes above 7F that say nothing about the encoding: dashes, quotes, "5 µm", "N°5", "©".
fn without_symbols(sample: &[u8]) -> Vec<u8> {
    let at = |place: Option<usize>| place.and_then(|place| sample.get(place)).copied().unwrap_or(b' ');
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    let blank = |(place, &byte): (usize, &u8)| {
        let (before, after) = (at(place.checked_sub(1)), at(place.checked_add(1)));
        let stands_free = !is_letter(before) && !is_letter(after);
        let is_symbol = match byte {
            0x92 => !is_letter(before) || !is_letter(after) || after.is_ascii_lowercase() || after >= 0xE0,
            0x80..0xA0 | 0xA0 | 0xAB | 0xBB => stands_free || ((!is_letter(before) || !is_letter(after)) && is_punctuation(byte)),
            0xB0 | 0xBA if matches!(before, b'N' | b'n') && !is_letter(after) => true,
            0xB0 if matches!(after, b'C' | b'F') && !is_letter(at(place.checked_add(2))) => true,
            0xB5 if after == b'm' && !is_letter(before) && !is_letter(at(place.checked_add(2))) => true,
            0xC0.. => stands_free,
            0xA1..0xC0 => stands_free || before.is_ascii_digit() || after.is_ascii_digit(),
            _ => false,
        };
        if is_symbol { b' ' } else { byte }
    };
    sample.iter().enumerate().map(blank).collect()
}

/// The punctuation of windows-1252 that typists use: quotes, dashes, the ellipsis, the bullet.
fn is_punctuation(byte: u8) -> bool {
    matches!(byte, 0x82 | 0x84 | 0x85 | 0x8B | 0x91..=0x97 | 0x9B | 0xA0)
}

/// What the words without marks say: bits against Vietnamese where they are no syllables, for it where they are.
fn plain_words(sample: &[u8]) -> f64 {
    let mut bits: f64 = 0.0;
    for word in sample.split(|byte| !byte.is_ascii_alphabetic() && *byte < 0x80).filter(|word| word.len() > 1 && word.is_ascii()) {
        let word = String::from_utf8_lossy(word);
        // "IMG", "DSC" and other names that cameras give are of no language.
        let has_vowel = word.contains(|letter: char| "aeiouyAEIOUY".contains(letter));
        if has_vowel && syllable::is_bare_syllable(&word) {
            let small = word.to_lowercase();
            bits -= if is_only_vietnamese(&small) || small.ends_with("ng") { 3.0 } else { 1.0 };
        } else if has_vowel {
            bits += 3.0;
        }
    }
    bits.clamp(-5.0, 9.0)
}

/// The runs of letters, where everything beyond ASCII counts as a letter.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_ascii() && !character.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// The bits and the rarity of a word that is a syllable or, as "HàNội", some of them run together; nothing for another.
fn syllables_of(word: &str) -> Option<(f64, f64)> {
    // A longer word is none in any case, and must not cost more time than it is worth.
    if word.chars().nth(60).is_some() {
        return None;
    }
    let (mut start, mut bits, mut rarity, mut was_small) = (0, 0.0, 0.0, false);
    let ends = word.char_indices().filter_map(|(place, letter)| {
        let is_next = was_small && (letter.is_ascii_uppercase() || letter == 'Đ');
        was_small = letter.is_lowercase();
        is_next.then_some(place)
    });
    for end in ends.chain([word.len()]) {
        // A part of one letter is no word of a run: "ảVôn".
        let part = word.get(start..end).filter(|part| part.len() == word.len() || part.chars().nth(1).is_some())?;
        rarity += f64::from(syllable::rarity(part).filter(|_| is_written_evenly(part))?);
        bits += part.chars().flat_map(char::to_lowercase).filter_map(letter_bits).sum::<f64>().min(MOST_OF_SYLLABLE);
        start = end;
    }
    Some((bits, rarity))
}

/// No capital stands after a small letter.
fn is_written_evenly(word: &str) -> bool {
    !word.chars().skip_while(|letter| !letter.is_lowercase()).any(char::is_uppercase)
}

/// What a Vietnamese letter beyond ASCII is worth; counted frequencies lie close to this line.
fn letter_bits(letter: char) -> Option<f64> {
    let place = BY_FREQUENCY.chars().position(|other| other == letter)?;
    let rank = f64::from(u32::try_from(place).unwrap_or(u32::MAX));
    Some(4.0 + rank / 12.0 + (rank - 58.0).max(0.0) / 2.0)
}

/// What a text costs that is read as windows-1252.
fn western_bits(text: &str) -> f64 {
    words_of(text).filter(|word| !word.is_ascii()).map(|word| western_word(word).unwrap_or(NO_WESTERN_WORD)).sum()
}

/// The bits of one word of a Western language, at most those of a word of none.
fn western_word(word: &str) -> Option<f64> {
    let small: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let is_capitals = !word.chars().any(|letter| letter.is_ascii_lowercase());
    if !is_capitals && word.chars().skip(1).any(|letter| letter.is_uppercase() && !letter.is_ascii()) {
        return None;
    }
    let mut bits = WESTERN_WORD;
    for (place, &letter) in small.iter().enumerate().filter(|(_, letter)| !letter.is_ascii()) {
        let before = place.checked_sub(1).and_then(|place| small.get(place)).copied();
        bits += western_letter(letter)? + western_place(before, letter, small.get(place + 1).copied());
    }
    let small: String = small.into_iter().collect();
    if is_only_vietnamese(&small) {
        bits += 5.0;
    }
    Some(bits.min(NO_WESTERN_WORD))
}

/// Only Vietnamese closes with nh and opens with ng or nh.
fn is_only_vietnamese(word: &str) -> bool {
    word.ends_with("nh") || word.starts_with("ng") || word.starts_with("nh")
}

fn western_letter(letter: char) -> Option<f64> {
    match letter {
        'é' => Some(2.5),
        'ä' | 'ö' | 'ü' | 'à' | 'è' | 'ç' | 'ñ' | 'á' | 'í' | 'ó' | 'ß' => Some(4.0),
        'ê' | 'ë' | 'î' | 'ï' | 'ô' | 'û' | 'ù' | 'â' | 'å' | 'ø' | 'æ' | 'ã' | 'ú' | 'õ' => Some(5.0),
        'ì' | 'ò' | 'œ' | 'š' | 'ž' => Some(6.0),
        'ÿ' | 'ý' | 'ð' | 'þ' => Some(8.0),
        _ => None,
    }
}

/// What it costs that a letter stands where the West seldom has it. A marked letter after a vowel is the rule in VNI.
fn western_place(before: Option<char>, letter: char, after: Option<char>) -> f64 {
    let is_vowel = |letter: char| "aeiouyäöüáéíóú".contains(letter);
    match (before, letter) {
        (before, 'ß') => {
            if before.is_some_and(is_vowel) {
                0.0
            } else {
                8.0
            }
        }
        (_, 'õ') if after != Some('e') => 5.0,
        // Between vowels in Spanish: "peña".
        (before, 'ñ') if !(before.is_some_and(is_vowel) && after.is_some_and(is_vowel)) => 5.0,
        // Only to part two vowels: "naïf", "Noël".
        (before, 'ï' | 'ë') if !before.is_some_and(is_vowel) => 4.0,
        (Some('ç'), 'ã' | 'õ') | (None, _) => 0.0,
        (Some(before), _) if WESTERN_PAIRS.iter().any(|pair| pair.chars().eq([before, letter])) => 0.0,
        (Some(before), _) if !before.is_ascii() => 6.0,
        (Some(before), _) if is_vowel(before) => 4.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_between_words_say_nothing() {
        for name in [&b"\x935\xB5m\x94"[..], b"\x93 \xB5m \x94", b"20 \xB0C", b"N\xB05", b"\xA9 2005 \x97 don\x92t", b"\xAB Mai \xBB", b"1\xBA"] {
            assert!(without_symbols(name).is_ascii(), "{name:?}");
        }
        assert_eq!(without_symbols(b"L\xB5ng \xAEan"), b"L\xB5ng \xAEan");
    }

    #[test]
    fn words_run_together_are_parted_at_their_capitals() {
        assert!(syllables_of("HàNội").is_some() && syllables_of("XưởngDệtĐũi").is_some());
        assert!(syllables_of("hàTx").is_none() && syllables_of("thƠn").is_none() && syllables_of("ảVôn").is_none());
    }

    #[test]
    fn a_long_run_of_bytes_costs_linear_time() {
        let verdict = judge(&vec![0xE1; 256 * 1024]);
        assert_eq!(verdict.encoding, Encoding::Windows1252);
    }
}
