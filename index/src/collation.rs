//! The order of the Vietnamese dictionary: letters first (a ă â b c d đ e ê …), tones only between words of the same letters.

use unicode_normalization::UnicodeNormalization;

/// No more of a title than this decides its place.
const LONGEST: usize = 48;

/// Returns a text whose order, byte by byte, is that of the dictionary.
pub fn key(text: &str) -> String {
    let (mut letters, mut tones) = (String::new(), Vec::new());
    for character in text.nfd().flat_map(char::to_lowercase).take(LONGEST) {
        match character {
            '\u{300}' => tones.push(1),
            '\u{309}' => tones.push(2),
            '\u{303}' => tones.push(3),
            '\u{301}' => tones.push(4),
            '\u{323}' => tones.push(5),
            // A letter with a mark comes behind all words with the same letter without.
            '\u{306}' => letters.push('\u{7b}'),
            '\u{302}' => letters.push('\u{7c}'),
            '\u{31b}' => letters.push('\u{7d}'),
            'đ' => letters.push_str("d\u{7b}"),
            character if character.is_alphanumeric() => {
                letters.push(character);
                tones.push(0);
            }
            _ if letters.ends_with(' ') || letters.is_empty() => {}
            _ => letters.push(' '),
        }
    }
    add_tones(&mut letters, tones);
    letters
}

/// Adds the tones, two in a character: the index has a key for every title. Those of two titles only count where the letters are the
/// same, so level tones at the end say nothing.
fn add_tones(key: &mut String, mut tones: Vec<u8>) {
    while tones.last() == Some(&0) {
        tones.pop();
    }
    if !tones.is_empty() {
        key.push('\u{1}');
        key.extend(tones.chunks(2).map(|two| char::from(b'0' + 6 * two[0] + two.get(1).copied().unwrap_or(0))));
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn titles_stand_as_in_the_dictionary() {
        let sorted = ["An Xá", "ăn", "âm", "bạc", "cói", "cối", "chạm", "dệt", "đan", "đó", "Đồng Xâm", "lụa", "mây", "rèn"];
        let mut titles = sorted.to_vec();
        titles.reverse();
        titles.sort_by_key(|title| key(title));
        // ch is two letters here: it stands before ci, as in dictionaries of today.
        assert_eq!(titles, ["An Xá", "ăn", "âm", "bạc", "chạm", "cói", "cối", "dệt", "đan", "đó", "Đồng Xâm", "lụa", "mây", "rèn"]);
        assert!(key("ma mai ma") < key("ma mai mà") && key("ma mai mà") < key("mà mai ma") && key("mà mai ma") < key("mà mái ma"));
        assert!(key("ma") < key("mà") && key("mà") < key("mả") && key("mạ") < key("mai"));
    }
}
