//! The words of the viewer, from the message files in `locales/` (Project Fluent).

use std::fmt;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

static VIETNAMESE: LazyLock<Arc<Bundle>> = LazyLock::new(|| bundle("vi", include_str!("../../locales/vi.ftl")));
static ENGLISH: LazyLock<Arc<Bundle>> = LazyLock::new(|| bundle("en", include_str!("../../locales/en.ftl")));

/// The words in one language.
#[derive(Clone)]
pub(crate) struct Texts {
    bundle: Arc<Bundle>,
    language: &'static str,
}

impl Texts {
    /// The default of the viewer.
    pub(crate) fn vietnamese() -> Self {
        Self { bundle: Arc::clone(&VIETNAMESE), language: "vi" }
    }

    pub(crate) fn english() -> Self {
        Self { bundle: Arc::clone(&ENGLISH), language: "en" }
    }

    /// The BCP 47 tag of the language.
    pub(crate) fn language(&self) -> &'static str {
        self.language
    }

    /// Returns a message.
    pub(crate) fn get(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// Returns a message about a number of things: `$count` is the number, `$number` how it is written.
    pub(crate) fn count(&self, key: &str, count: u64) -> String {
        let mut values = FluentArgs::new();
        values.set("count", count);
        values.set("number", self.number(count));
        self.format(key, Some(&values))
    }

    /// Returns a message that contains one text.
    pub(crate) fn with(&self, key: &str, name: &'static str, value: &str) -> String {
        let mut values = FluentArgs::new();
        values.set(name, value.to_owned());
        self.format(key, Some(&values))
    }

    /// Returns a message that contains two texts.
    pub(crate) fn with_two(&self, key: &str, one: (&'static str, &str), other: (&'static str, &str)) -> String {
        let mut values = FluentArgs::new();
        for (name, value) in [one, other] {
            values.set(name, value.to_owned());
        }
        self.format(key, Some(&values))
    }

    /// Returns a whole number with separators: 1.234 in Vietnamese, 1,234 in English.
    pub(crate) fn number(&self, number: u64) -> String {
        let separator = if self.language == "vi" { '.' } else { ',' };
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// Returns a value of a facet in words; unknown values as they are.
    pub(crate) fn facet_value(&self, facet: &str, value: &str) -> String {
        self.known(&format!("{facet}-{value}")).unwrap_or_else(|| value.to_owned())
    }

    /// Returns a message if there is one with this key.
    pub(crate) fn known(&self, key: &str) -> Option<String> {
        self.bundle.has_message(key).then(|| self.get(key))
    }

    fn format(&self, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            // A test compares the keys of templates and message files; this is for keys made at run time.
            tracing::error!(key, language = self.language, "a message is missing");
            return key.to_owned();
        };
        self.bundle.format_pattern(pattern, values, &mut Vec::new()).into_owned()
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Texts({})", self.language)
    }
}

fn bundle(language: &str, source: &str) -> Arc<Bundle> {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    // The message files are part of the program; a test reads both. What can be read of them is used.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // No invisible marks around values: they break searching and copying.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    Arc::new(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    fn keys(source: &str) -> BTreeSet<String> {
        let key = |line: &str| line.split_once(" =").map(|(key, _)| key.to_owned());
        source.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase())).filter_map(key).collect()
    }

    #[test]
    fn both_languages_have_the_same_messages_and_can_be_read() {
        let (vi, en) = (include_str!("../../locales/vi.ftl"), include_str!("../../locales/en.ftl"));
        for source in [vi, en] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
        assert_eq!(keys(vi), keys(en));
    }

    /// Every template, those in folders too.
    fn templates() -> Vec<std::path::PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![std::path::PathBuf::from("templates")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// The program, all of it.
    fn sources() -> String {
        let (mut text, mut folders) = (String::new(), vec![std::path::PathBuf::from("src")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => text.push_str(&fs::read_to_string(&path).unwrap()),
                }
            }
        }
        text
    }

    #[test]
    fn every_key_in_a_template_or_in_the_program_has_a_message() {
        let known = keys(include_str!("../../locales/vi.ftl"));
        let mut used = 0;
        let templates = templates().into_iter().map(|path| ("t", fs::read_to_string(path).unwrap()));
        for (texts, source) in templates.chain([("texts", sources())]) {
            for call in ["get", "count", "with", "with_two"] {
                for rest in source.split(&format!("{texts}.{call}(\"")).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    // What is put together of a beginning and a value is made at run time.
                    if !key.is_empty() && !key.contains('{') && key.starts_with(|first: char| first.is_ascii_lowercase()) {
                        assert!(known.contains(key), "{key} is used");
                        used += 1;
                    }
                }
            }
        }
        assert!(used > 300, "{used}");
    }

    /// What is put together at run time has a beginning that stands in the program: `format!("kind-{kind}")`, `facet_value("role", …)`,
    /// or a name such as "import-did".
    #[test]
    fn every_message_is_used() {
        let templates: String = templates().into_iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        let program = sources() + &templates;
        let is_a_beginning = |beginning: &str| {
            let put_together = [format!("\"{beginning}-{{"), format!("facet_value(\"{beginning}\"")].iter().any(|used| program.contains(used));
            put_together || beginning.contains('-') && program.contains(&format!("\"{beginning}\""))
        };
        let is_used = |key: &str| program.contains(&format!("\"{key}\"")) || key.match_indices('-').any(|(end, _)| is_a_beginning(&key[..end]));
        let unused: Vec<String> = keys(include_str!("../../locales/vi.ftl")).into_iter().filter(|key| !is_used(key)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    /// Words that scripts show would be words that nobody can translate: they take theirs from the page.
    #[test]
    fn no_script_holds_a_vietnamese_word() {
        for entry in fs::read_dir("assets").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "js") {
                let script = fs::read_to_string(&path).unwrap();
                let said = script.lines().map(|line| line.split("//").next().unwrap_or_default());
                let word = said.flat_map(str::chars).find(|letter| letter.is_alphabetic() && !letter.is_ascii());
                assert_eq!(word, None, "{path:?}");
            }
        }
    }

    /// A template without what it puts in.
    fn without_expressions(template: &str) -> String {
        let mut pieces = template.split('{');
        let before = pieces.next().unwrap_or_default();
        let after = |piece: &'_ str| piece.rsplit_once('}').map_or(String::new(), |(_, after)| after.to_owned());
        before.to_owned() + &pieces.map(after).collect::<String>()
    }

    /// Words in templates would be words that nobody can translate.
    #[test]
    fn no_template_holds_a_literal_word() {
        for path in templates() {
            let template = fs::read_to_string(&path).unwrap();
            let mut outside = String::new();
            let mut depth = 0;
            for character in template.chars() {
                match character {
                    '<' | '{' => depth += 1,
                    '>' | '}' => depth = (depth - 1i32).max(0),
                    other if depth == 0 => outside.push(other),
                    _ => {}
                }
            }
            let words: String = outside.chars().filter(|character| character.is_alphabetic()).collect();
            assert!(words.is_empty(), "{path:?} holds {words}");
            // Nor in what is read aloud or shown over a thing.
            for name in [" alt=\"", " title=\"", " placeholder=\"", " aria-label=\"", " label=\""] {
                for value in template.split(name).skip(1) {
                    let value = without_expressions(value);
                    let said = value.split('"').next().unwrap();
                    // A proper name is the same in every language, and one letter, as in a moment, is no word.
                    let is_plain = said == "IIIF" || said.split(|letter: char| !letter.is_alphabetic()).all(|word| word.chars().count() < 2);
                    assert!(is_plain, "{path:?} says {said:?} in {name}");
                }
            }
        }
    }

    #[test]
    fn numbers_and_plurals() {
        assert_eq!(Texts::vietnamese().number(1_234_567), "1.234.567");
        assert_eq!(Texts::english().number(999), "999");
        assert_ne!(Texts::english().count("search-results", 1), Texts::english().count("search-results", 2).replace('2', "1"));
    }
}
