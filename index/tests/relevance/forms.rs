//! The same question as different people type it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A way of typing: its name, and what becomes of a question that was written with all its marks.
pub(crate) type Form = (&'static str, fn(&str) -> String);

pub(crate) const FORMS: [Form; 5] =
    [("typed", str::to_owned), ("no marks", without_marks), ("NFD", |text| text.nfd().collect()), ("Telex", telex), ("one typo", mistyped)];

fn without_marks(text: &str) -> String {
    text.nfd().filter(|letter| !is_combining_mark(*letter)).map(|letter| if letter == 'đ' { 'd' } else { letter }).collect()
}

/// The keys of the Telex method in the order in which most people press them: the tone at the end of the syllable.
fn telex(text: &str) -> String {
    let mut keys = String::new();
    let mut tone = None;
    for letter in text.nfd() {
        match letter {
            '\u{301}' | '\u{300}' | '\u{309}' | '\u{303}' | '\u{323}' => {
                tone = Some(match letter {
                    '\u{301}' => 's',
                    '\u{300}' => 'f',
                    '\u{309}' => 'r',
                    '\u{303}' => 'x',
                    _ => 'j',
                });
            }
            // A circumflex is the letter once more.
            '\u{302}' => keys.extend(keys.chars().last()),
            '\u{306}' | '\u{31b}' => keys.push('w'),
            'đ' => keys.push_str("dd"),
            letter => {
                if !letter.is_alphanumeric() {
                    keys.extend(tone.take());
                }
                keys.push(letter);
            }
        }
    }
    keys.extend(tone);
    keys
}

/// One slip of the fingers in the longest word: in turn a letter too few, a letter twice, two letters that changed places, and the
/// key beside it.
fn mistyped(text: &str) -> String {
    let plain: String = text.nfc().collect();
    let Some(longest) = plain.split(|letter: char| !letter.is_alphabetic()).max_by_key(|word| word.chars().count()) else { return plain };
    let mut letters: Vec<char> = longest.chars().collect();
    let middle = letters.len() / 2;
    match plain.chars().count() % 4 {
        0 => drop(letters.remove(middle)),
        1 => letters.insert(middle, letters[middle]),
        2 => letters.swap(middle, middle - 1),
        _ => letters[middle] = 'k',
    }
    plain.replacen(longest, &String::from_iter(letters), 1)
}

#[test]
fn each_form_is_what_people_type() {
    let typed: Vec<String> = FORMS.iter().map(|(_, form)| form("đó dệt lụa")).collect();
    assert_eq!(typed, ["đó dệt lụa", "do det lua", "đo\u{301} de\u{323}\u{302}t lu\u{323}a", "ddos deetj luaj", "đó dệt ụla"]);
}
