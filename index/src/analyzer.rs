//! Words: cut once on the original bytes, in two forms.
//!
//! *Exact* is NFC in lower case, with every mark that was typed. *Folded* has no marks at all, and đ is d.
//! Both forms are queried, and exact ranks higher: marks that are typed are rewarded, marks that are
//! missing are forgiven. There are no stop words: without marks, đó (the fish trap) is also "that".
//!
//! Tantivy's own tokenizer ends a word at a combining mark, which breaks all text in NFD; this one
//! does not.

use tantivy::tokenizer::{PreTokenizedString, Token, TokenStream, Tokenizer, TokenizerManager};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The version of the analyzer. Any change to the words it makes takes the next number.
pub(crate) const VERSION: u32 = 1;

/// The name of the tokenizer that keeps marks.
pub(crate) const EXACT: &str = "vi_exact@1";

/// The name of the tokenizer that drops marks.
pub(crate) const FOLDED: &str = "vi_folded@1";

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it begins in the text, in bytes.
    pub from: usize,
    /// Where it ends in the text, in bytes.
    pub to: usize,
    /// With its marks.
    pub exact: String,
    /// Without marks.
    pub folded: String,
}

/// Returns both forms of several texts that follow each other in one field, and how many words they have.
pub(crate) fn analyse(texts: &[&str]) -> (PreTokenizedString, PreTokenizedString, u64) {
    let (mut exact, mut folded) = (Vec::new(), Vec::new());
    for text in texts {
        for word in words(text) {
            let token = Token { offset_from: word.from, offset_to: word.to, position: exact.len(), text: word.exact, position_length: 1 };
            folded.push(Token { text: word.folded, ..token.clone() });
            exact.push(token);
        }
    }
    let count = exact.len() as u64;
    let field = |tokens| PreTokenizedString { text: String::new(), tokens };
    (field(exact), field(folded), count)
}

/// Cuts a text into words.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = None;
    for (place, character) in text.char_indices() {
        match (is_part_of_word(character), from) {
            (true, None) if !is_combining_mark(character) => from = Some(place),
            (false, Some(start)) => {
                words.push(word(text, start, place));
                from = None;
            }
            _ => {}
        }
    }
    words.extend(from.map(|start| word(text, start, text.len())));
    words
}

/// Returns a word without marks: `Đó` and `đọ` and `do` all give `do`.
pub fn fold(word: &str) -> String {
    let without_marks = word.nfd().filter(|character| !is_combining_mark(*character));
    let plain = without_marks.map(|character| match character {
        'đ' | 'Đ' | 'ð' | 'Ð' | 'Ɖ' | 'ɖ' => 'd',
        other => other,
    });
    plain.flat_map(char::to_lowercase).filter(|character| !is_combining_mark(*character)).collect()
}

fn word(text: &str, from: usize, to: usize) -> Word {
    let written = &text[from..to];
    if written.is_ascii() {
        let plain = written.to_ascii_lowercase();
        return Word { from, to, exact: plain.clone(), folded: plain };
    }
    let exact = written.nfc().flat_map(char::to_lowercase).collect::<String>().nfc().collect();
    Word { from, to, exact, folded: fold(written) }
}

fn is_part_of_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// Makes both tokenizers known to an index.
pub(crate) fn register(tokenizers: &TokenizerManager) {
    tokenizers.register(EXACT, Words { form: |word| word.exact });
    tokenizers.register(FOLDED, Words { form: |word| word.folded });
}

/// A tokenizer that yields one form of each word.
#[derive(Clone)]
struct Words {
    form: fn(Word) -> String,
}

struct Stream {
    tokens: std::vec::IntoIter<Token>,
    current: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        let token = |(position, word): (usize, Word)| Token {
            offset_from: word.from,
            offset_to: word.to,
            position,
            text: (self.form)(word),
            position_length: 1,
        };
        let tokens: Vec<Token> = words(text).into_iter().enumerate().map(token).collect();
        Stream { tokens: tokens.into_iter(), current: Token::default() }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        self.tokens.next().map(|token| self.current = token).is_some()
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.exact).collect()
    }

    #[test]
    fn nfc_and_nfd_give_the_same_words() {
        let nfd: String = "Dệt LỤA ở Thủ Sỹ".nfd().collect();
        assert_eq!(exact(&nfd), ["dệt", "lụa", "ở", "thủ", "sỹ"]);
        assert_eq!(exact(&nfd), exact("dệt lụa ở thủ sỹ"));
        assert_eq!(&nfd[words(&nfd)[1].from..words(&nfd)[1].to], "LỤA".nfd().collect::<String>());
    }

    #[test]
    fn folding_drops_every_mark_and_the_stroke() {
        for (written, plain) in [("Đó", "do"), ("đỗ", "do"), ("LỤA", "lua"), ("Nghề", "nghe"), ("ƯƠ", "uo"), ("repoussé", "repousse")] {
            assert_eq!(fold(written), plain);
        }
    }

    #[test]
    fn codes_and_numbers_are_words() {
        assert_eq!(exact("IMG_4000.JPG, S04-B"), ["img", "4000", "jpg", "s04", "b"]);
        assert!(words("… — ! \u{301}").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_cut_at_its_own_characters(text: String) {
            for word in words(&text) {
                prop_assert!(text.is_char_boundary(word.from) && text.is_char_boundary(word.to));
                prop_assert!(word.from < word.to);
            }
        }

        #[test]
        fn normal_forms_and_case_do_not_matter(text in "[a-zA-Zàảãáạăâđêôơưỳýụệ ĐÊỤ]{0,40}") {
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(exact(&nfd), exact(&text));
            prop_assert_eq!(exact(&text.to_uppercase()), exact(&text.to_lowercase()));
        }
    }
}
