//! The letters of Vietnamese: what each bears, and a word written out again from what its letters bear.

use std::sync::LazyLock;

/// What one letter or mark says.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// A letter without its marks, its quality and its tone.
    Letter(char, Quality, u8),
    /// A mark that changes the letter before it.
    Quality(Quality),
    /// A mark that gives the syllable its tone.
    Tone(u8),
    /// Anything else.
    Other(char),
}

/// What makes another letter of a letter: nothing, a hat, a breve, a horn, a stroke.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quality {
    Plain,
    Hat,
    Breve,
    Horn,
    Stroke,
}

/// Reads a lower-case letter of Vietnamese, or a combining mark; `None` for anything else.
pub(super) fn decompose(character: char) -> Option<Read> {
    use Quality::{Breve, Hat, Horn, Plain, Stroke};
    let letter = |letter, quality, tone| Some(Read::Letter(letter, quality, tone));
    match character {
        'a'..='z' | '0'..='9' => letter(character, Plain, 0),
        'đ' | 'ð' | 'ɖ' => letter('d', Stroke, 0),
        '\u{302}' => Some(Read::Quality(Hat)),
        '\u{306}' => Some(Read::Quality(Breve)),
        '\u{31b}' => Some(Read::Quality(Horn)),
        '\u{300}' | '\u{340}' => Some(Read::Tone(1)),
        '\u{301}' | '\u{341}' => Some(Read::Tone(2)),
        '\u{309}' => Some(Read::Tone(3)),
        '\u{303}' => Some(Read::Tone(4)),
        '\u{323}' => Some(Read::Tone(5)),
        'à'..='ỹ' => LETTERS[place_of(character)?].map(|(base, quality, tone)| Read::Letter(base, quality, tone)),
        _ => None,
    }
}

/// The two ranges in which the vowels with their marks stand: from Latin-1 to Latin Extended-B, and Latin Extended Additional.
const LATIN: (u32, u32) = (0xe0, 0x1b0);
const ADDITIONAL: (u32, u32) = (0x1ea0, 0x1ef9);

/// Where a character stands in [`LETTERS`].
fn place_of(character: char) -> Option<usize> {
    let code = u32::from(character);
    if code <= LATIN.1 {
        Some((code - LATIN.0) as usize)
    } else {
        (code >= ADDITIONAL.0).then(|| (code - ADDITIONAL.0 + LATIN.1 - LATIN.0 + 1) as usize)
    }
}

/// What a vowel is without its tone, and the tone.
type Vowel = (char, Quality, u8);

/// The vowels with their marks, each in its place.
static LETTERS: LazyLock<Vec<Option<Vowel>>> = LazyLock::new(|| {
    let mut letters = vec![None; (LATIN.1 - LATIN.0 + ADDITIONAL.1 - ADDITIONAL.0 + 2) as usize];
    for (base, quality, forms) in &VOWELS {
        for (form, tone) in forms.iter().zip(0u8..).filter(|(form, _)| **form >= 'à') {
            if let Some(letter) = place_of(*form).and_then(|place| letters.get_mut(place)) {
                *letter = Some((*base, *quality, tone));
            }
        }
    }
    letters
});

/// The vowels with their six tones: level, huyền, sắc, hỏi, ngã, nặng.
const VOWELS: [(char, Quality, [char; 6]); 12] = [
    ('a', Quality::Plain, ['a', 'à', 'á', 'ả', 'ã', 'ạ']),
    ('a', Quality::Breve, ['ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ']),
    ('a', Quality::Hat, ['â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ']),
    ('e', Quality::Plain, ['e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ']),
    ('e', Quality::Hat, ['ê', 'ề', 'ế', 'ể', 'ễ', 'ệ']),
    ('i', Quality::Plain, ['i', 'ì', 'í', 'ỉ', 'ĩ', 'ị']),
    ('o', Quality::Plain, ['o', 'ò', 'ó', 'ỏ', 'õ', 'ọ']),
    ('o', Quality::Hat, ['ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ']),
    ('o', Quality::Horn, ['ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ']),
    ('u', Quality::Plain, ['u', 'ù', 'ú', 'ủ', 'ũ', 'ụ']),
    ('u', Quality::Horn, ['ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự']),
    ('y', Quality::Plain, ['y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ']),
];

/// Letters of other languages that are spelled with two of ours.
pub(super) fn spelled(character: char) -> Option<&'static str> {
    Some(match character {
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        'ø' => "o",
        'ł' => "l",
        'ı' => "i",
        _ => return None,
    })
}

/// Whether this may be one syllable of Vietnamese: one group of vowels, and none of the letters that it does not have. The tone of
/// anything else stands where it was written.
pub(super) fn is_syllable(folded: &str) -> bool {
    let mut groups = 0;
    let mut is_in_group = false;
    for letter in folded.bytes() {
        if !letter.is_ascii_lowercase() || matches!(letter, b'f' | b'j' | b'w' | b'z') {
            return false;
        }
        let is_vowel = matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        groups += usize::from(is_vowel && !is_in_group);
        is_in_group = is_vowel;
    }
    groups <= 1
}

/// Writes a word out that is known by its folded form and its marks: the tone stands where the old rule wants it (hòa, thủy), and
/// a y that was i is y again where it is mostly written so.
pub(crate) fn written(folded: &str, marks: &str) -> String {
    if !marks.starts_with(['^', '(', '+', '-', '1', '2', '3', '4', '5']) {
        return if marks.is_empty() { folded.to_owned() } else { marks.to_owned() };
    }
    let mut letters: Vec<(char, Quality)> = folded.chars().map(|letter| (letter, Quality::Plain)).collect();
    let (mut tone, mut signs) = (0, marks.chars());
    while let Some(sign) = signs.next() {
        let quality = match sign {
            '^' => Quality::Hat,
            '(' => Quality::Breve,
            '+' => Quality::Horn,
            '-' => Quality::Stroke,
            digit => {
                tone = digit.to_digit(10).unwrap_or(0) as usize;
                continue;
            }
        };
        let place = signs.next().and_then(|place| place.to_digit(36)).map_or(0, |place| place as usize);
        if let Some(letter) = place.checked_sub(1).and_then(|place| letters.get_mut(place)) {
            letter.1 = quality;
        }
    }
    if matches!(folded, "hi" | "ki" | "li" | "mi" | "qui")
        && let Some(last) = letters.last_mut()
    {
        last.0 = 'y';
    }
    let bearer = bearer_of_tone(&letters);
    let write = |(place, (letter, quality)): (usize, &(char, Quality))| {
        if *quality == Quality::Stroke {
            return 'đ';
        }
        let forms = VOWELS.iter().find(|(base, known, _)| base == letter && known == quality).map(|(.., forms)| forms);
        forms.map_or(*letter, |forms| forms[if Some(place) == bearer { tone.min(5) } else { 0 }])
    };
    letters.iter().enumerate().map(write).collect()
}

/// The letter on which the tone of a syllable stands.
fn bearer_of_tone(letters: &[(char, Quality)]) -> Option<usize> {
    let is_vowel = |letter: char| "aeiouy".contains(letter);
    let mut vowels: Vec<usize> = (0..letters.len()).filter(|place| is_vowel(letters[*place].0)).collect();
    // In gi and qu the vowel belongs to the consonant, unless it is the only one.
    let begins = |one: char, other: char| letters.len() > 1 && letters[0].0 == one && letters[1].0 == other;
    if vowels.len() > 1 && (begins('g', 'i') || begins('q', 'u')) {
        vowels.remove(0);
    }
    let marked = vowels.iter().rev().copied().find(|place| !matches!(letters[*place].1, Quality::Plain | Quality::Stroke));
    let is_closed = vowels.last().is_some_and(|last| last + 1 < letters.len());
    marked.or(match vowels.as_slice() {
        [] => None,
        [one] => Some(*one),
        [_, second] if is_closed => Some(*second),
        [first, _] => Some(*first),
        [_, second, ..] => Some(*second),
    })
}
