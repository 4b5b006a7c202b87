//! What is said of a record in single lines, for programs that lay it out themselves.

use kho_archive::model::{Field, Model};
use kho_archive::record::Record;
use quick_xml::escape::escape;

use super::{Around, ELSEWHERE, Reading, SECTIONS, Said, Shown, time_of};

/// One field with all that is said under it.
pub(crate) struct Plain {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) values: Vec<PlainValue>,
}

/// One value.
pub(crate) struct PlainValue {
    /// Words, or a line of HTML where something in it leads on (then it begins with `<`).
    pub(crate) text: String,
    /// The language, where it is another than that of the reading.
    pub(crate) language: Option<String>,
}

/// The same line twice: as words, and as HTML in which names of other records lead to them.
struct Line<'a> {
    /// The beginning of our addresses.
    origin: &'a str,
    words: String,
    html: String,
    has_links: bool,
}

impl Reading<'_> {
    /// Returns the fields that have something to say, in the order of the page. Addresses begin with `origin`.
    pub(crate) fn plain(&self, record: &Record, origin: &str) -> anyhow::Result<Vec<Plain>> {
        let model = self.archive.catalogue().model()?;
        let fields = model.fields(record.kind.as_str());
        let when = time_of(record);
        let around = Around { when: when.as_ref(), ..Around::default() };
        let mut told = Vec::new();
        for section in SECTIONS {
            let here = fields.iter().filter(|field| field.section == section && !ELSEWHERE.contains(&field.name.as_str()));
            for field in here {
                told.extend(self.plain_field(&model, field, record, &around, origin)?);
            }
        }
        Ok(told)
    }

    fn plain_field(&self, model: &Model, field: &Field, record: &Record, around: &Around<'_>, origin: &str) -> anyhow::Result<Option<Plain>> {
        let said = self.said(model, std::iter::once(field), &record.fields, around)?;
        let row = said.rows.into_iter().next();
        Ok(row.map(|row| {
            let values = row.values.iter().map(|shown| PlainValue::of(shown, origin)).collect();
            Plain { name: field.name.clone(), label: row.label, values }
        }))
    }
}

impl Said {
    /// Returns the names of the fields and what is said in them, as words that lead nowhere.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let words = |shown: &Shown| {
            let mut line = Line { origin: "", words: String::new(), html: String::new(), has_links: false };
            line.add(shown);
            line.words
        };
        self.rows.iter().map(|row| (row.label.clone(), row.values.iter().map(words).collect::<Vec<_>>().join("; "))).collect()
    }
}

impl PlainValue {
    fn of(shown: &Shown, origin: &str) -> Self {
        let language = match shown {
            Shown::Words { language, .. } => language.clone(),
            _ => None,
        };
        let mut line = Line { origin, words: String::new(), html: String::new(), has_links: false };
        line.add(shown);
        Self { text: line.finished(), language }
    }
}

impl Line<'_> {
    fn add(&mut self, shown: &Shown) {
        match shown {
            Shown::Words { text, .. } | Shown::State(text) => self.say(text),
            Shown::Link { href, text } => self.lead(href, text),
            Shown::Line { links, notes } => {
                self.add_all(links, ", ");
                let is_alone = links.is_empty() || notes.is_empty();
                self.say(if is_alone { "" } else { " · " });
                self.say(notes);
            }
            Shown::Inside { name, said, .. } => {
                self.say(name);
                self.add_said(said, if name.is_empty() { "" } else { ": " });
            }
            Shown::Claim { value, notes, around, .. } => {
                self.add(value);
                self.say(&format!(" ({})", notes.join(", ")));
                self.add_said(around, "; ");
            }
        }
    }

    fn add_all(&mut self, all: &[Shown], between: &str) {
        for (place, shown) in all.iter().enumerate() {
            self.say(if place > 0 { between } else { "" });
            self.add(shown);
        }
    }

    /// Some fields with their names; `before` stands before the first of them.
    fn add_said(&mut self, said: &Said, before: &str) {
        for (place, row) in said.rows.iter().enumerate() {
            self.say(if place > 0 { "; " } else { before });
            self.say(&format!("{}: ", row.label));
            self.add_all(&row.values, ", ");
        }
    }

    fn say(&mut self, words: &str) {
        self.words += words;
        self.html += &escape(words);
    }

    fn lead(&mut self, href: &str, words: &str) {
        self.has_links = true;
        self.words += words;
        self.html += &format!("<a href=\"{}{}\">{}</a>", escape(self.origin), escape(href), escape(words));
    }

    /// Programs read a value that begins with `<` as HTML: words that begin so are written as HTML, lest anything in them runs.
    fn finished(self) -> String {
        if self.has_links || self.words.trim_start().starts_with('<') { format!("<span>{}</span>", self.html) } else { self.words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Shown {
        Shown::Words { text: text.to_owned(), language: None }
    }

    fn said(shown: &Shown) -> String {
        PlainValue::of(shown, "https://kho.vn").text
    }

    #[test]
    fn words_stay_words_and_what_looks_like_a_script_is_none() {
        assert_eq!(said(&words("nan & lạt")), "nan & lạt");
        assert_eq!(said(&words("<script>alert(1)</script>")), "<span>&lt;script&gt;alert(1)&lt;/script&gt;</span>");
    }

    #[test]
    fn a_claim_is_one_line_that_leads_to_what_it_names() {
        let link = Shown::Link { href: "/r/k7".to_owned(), text: "cụ Mận & con".to_owned() };
        let claim = Shown::Claim {
            value: Box::new(link),
            notes: vec!["chắc chắn".to_owned()],
            around: Said { rows: vec![super::super::Row { label: "Nguồn".to_owned(), values: vec![words("hương ước"), words("gia phả")] }] },
            leads: true,
        };
        let expected = "<span><a href=\"https://kho.vn/r/k7\">cụ Mận &amp; con</a> (chắc chắn); Nguồn: hương ước, gia phả</span>";
        assert_eq!(said(&claim), expected);
    }
}
