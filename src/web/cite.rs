//! How a record, or a part of one, is cited: in the Vietnamese manner, by APA 7, and for programs as BibTeX and CSL-JSON.
//!
//! Vietnamese names stand as their bearers write them: the family name first, and never turned around. “Nguyễn Thị Mận” is Mận to
//! everyone who knows her; APA's “Nguyễn, T. M.” would name her after half the country and drop the one word that tells her from her
//! sisters. So programs are given whole names (braces in BibTeX, `literal` in CSL-JSON), which they can neither turn nor shorten.

use jiff::civil::Date;
use kho_archive::date::{Dated, Edtf};
use kho_archive::digest::Digest;
use kho_archive::model::Model;
use kho_archive::record::{Record, RecordId, Text};
use serde_json::{Value, json};

use super::app::App;
use super::in_words::{day, nfc};
use super::page::Reader;
use super::record::label_of_kind;
use super::texts::Texts;
use crate::accounts::today;

/// The fields in which records say when they were made, or when they happened.
const DATES: [&str; 3] = ["created", "when", "date"];

/// The fields by which records say to which practice they belong.
const PRACTICES: [&str; 3] = ["practice", "shows", "evidence_of"];

/// So many practices are named, and so many records are looked at to find them.
const MOST_PRACTICES: usize = 3;
const LOOKED_AT: usize = 24;

/// What is cited, as one reader may know it.
pub(super) struct Cited {
    id: RecordId,
    kind: String,
    title: Text,
    /// Whole names, as they are written.
    creators: Vec<String>,
    when: Option<Edtf>,
    /// The date in the words of the source, where nothing else is known.
    wording: Option<String>,
    /// The practices to which it belongs: what they are called, and where they are.
    pub(super) practices: Vec<(String, String)>,
    archive: String,
    url: String,
    today: Date,
    kind_vi: String,
    kind_en: String,
    /// What part of it, and of which bytes.
    part: Option<Part>,
}

/// A part of a file.
pub(super) struct Part {
    /// In the words of each language.
    pub(super) vi: String,
    pub(super) en: String,
    pub(super) digest: Digest,
    pub(super) url: String,
    /// What tells the part from others in a key: `t760`, `x100y200`.
    pub(super) key: String,
}

/// All forms, as the page shows them.
pub(super) struct Citations {
    pub(super) vietnamese: String,
    pub(super) apa: String,
    pub(super) bibtex: String,
    pub(super) csl: String,
}

impl Cited {
    /// Gathers what a citation of a record says; `record` is what the reader sees of it.
    pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Self> {
        let model = app.archive.catalogue().model()?;
        let dated = DATES.into_iter().find_map(|name| record.fields.get(name));
        let dated = dated.and_then(|value| serde_json::from_value::<Dated>(value.clone()).ok());
        let taken = || record.files.first()?.technical.taken.as_deref()?.get(..10)?.parse::<Edtf>().ok();
        let kind = |texts: Texts| label_of_kind(app, &texts, record.kind.as_str()).to_lowercase();
        Ok(Self {
            id: record.id,
            kind: record.kind.to_string(),
            title: if record.title.is_empty() { [("vi".to_owned(), record.id.grouped())].into() } else { record.title.clone() },
            creators: creators(app, reader, &model, record)?,
            when: dated.as_ref().and_then(|dated| dated.edtf.clone()).or_else(|| if dated.is_none() { taken() } else { None }),
            wording: dated.and_then(|dated| dated.wording),
            practices: practices(app, reader, &model, record)?,
            archive: app.archive.settings().archive.name.clone(),
            url: format!("{}/r/{}", reader.visitor.origin(), record.id),
            today: today(),
            kind_vi: kind(Texts::vietnamese()),
            kind_en: kind(Texts::english()),
            part: None,
        })
    }

    /// The same for a part of it.
    pub(super) fn of_part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    pub(super) fn citations(&self) -> Citations {
        Citations { vietnamese: self.vietnamese(), apa: self.apa(), bibtex: self.bibtex(), csl: self.csl() }
    }

    /// Author (year), title \[kind\], part, practice, archive, identifier, address, day of access.
    fn vietnamese(&self) -> String {
        let texts = Texts::vietnamese();
        let when = self.date(&texts).unwrap_or_else(|| texts.get("cite-undated"));
        let title = format!("{} [{}]", self.title_in("vi"), self.kind_vi);
        let mut parts = match self.creators.as_slice() {
            [] => vec![format!("{title} ({when})")],
            creators => vec![format!("{} ({when})", creators.join(", ")), title],
        };
        parts.extend(self.part.as_ref().map(|part| part.vi.clone()));
        parts.extend(self.practices.iter().map(|(name, _)| name.clone()));
        parts.push(self.archive.clone());
        parts.push(texts.with("cite-id", "id", &self.id.grouped()));
        parts.extend(self.digest().map(|digest| format!("BLAKE3 {}", &digest[..16])));
        parts.push(self.address().to_owned());
        parts.push(texts.with("cite-accessed", "day", &day(&texts, &self.today.to_string())));
        parts.join(", ") + "."
    }

    /// APA 7: who, when, title in its own language with the English one beside it, kind, archive, address.
    fn apa(&self) -> String {
        let texts = Texts::english();
        let when = format!("({}).", self.date(&texts).unwrap_or_else(|| texts.get("cite-undated")));
        let (own, other) = (self.title_in("vi"), self.title_in("en"));
        let translated = if other == own { String::new() } else { format!(" [{other}]") };
        let part = self.part.as_ref().map(|part| format!("; {}", part.en)).unwrap_or_default();
        let title = format!("{own}{translated} [{}{part}].", capital(&self.kind_en));
        let who = match self.creators.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first @ .., last] => Some(format!("{}, & {last}", first.join(", "))),
        };
        let archive = ended(&self.archive);
        match who {
            Some(who) => format!("{} {when} {title} {archive} {}", ended(&who), self.address()),
            None => format!("{title} {when} {archive} {}", self.address()),
        }
    }

    fn bibtex(&self) -> String {
        let key = format!("kho-{}{}", self.id, self.part.as_ref().map(|part| format!("-{}", part.key)).unwrap_or_default());
        let english = Texts::english();
        let authors: Vec<String> = self.creators.iter().map(|name| format!("{{{}}}", escaped(name))).collect();
        let part = self.part.as_ref().map(|part| part.vi.as_str());
        let mut notes: Vec<&str> = part.into_iter().chain(self.practices.iter().map(|(name, _)| name.as_str())).collect();
        let digest = self.digest().map(|digest| format!("BLAKE3 {digest}"));
        notes.extend(digest.as_deref());
        // biblatex reads extended dates as they are; older styles want a year.
        let exact = self.when.as_ref().map(|when| escaped_date(&when.to_string()));
        let year = self.date(&english).map(|words| escaped(&words));
        let fields = [
            ("author", authors.join(" and ")),
            ("title", format!("{{{}}}", escaped(&self.title_in("vi")))),
            ("date", exact.unwrap_or_default()),
            ("year", self.year().or(year).unwrap_or_default()),
            ("howpublished", escaped(&self.kind_vi)),
            ("organization", escaped(&self.archive)),
            ("note", escaped(&notes.join("; "))),
            ("url", self.address().to_owned()),
            ("urldate", self.today.to_string()),
            ("langid", "vietnamese".to_owned()),
        ];
        let lines = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("  {name} = {{{value}}},\n"));
        format!("@misc{{{key},\n{}}}\n", lines.collect::<String>())
    }

    fn csl(&self) -> String {
        let kind = match self.kind.as_str() {
            "image" => "graphic",
            "film" => "motion_picture",
            "sound" => "song",
            _ => "document",
        };
        let mut item = json!({"id": self.address(), "type": kind, "title": self.title_in("vi"), "archive": self.archive, "publisher": self.archive,
            "archive_location": self.id, "medium": self.kind_vi, "language": "vi", "URL": self.address(), "accessed": {"date-parts": [numbers(self.today)]}});
        if !self.creators.is_empty() {
            item["author"] = self.creators.iter().map(|name| json!({"literal": name})).collect();
        }
        if let Some(issued) = self.issued() {
            item["issued"] = issued;
        }
        let notes = self.part.as_ref().map(|part| part.vi.clone()).into_iter().chain(self.practices.iter().map(|(name, _)| name.clone()));
        let notes: Vec<String> = notes.chain(self.digest().map(|digest| format!("BLAKE3 {digest}"))).collect();
        if !notes.is_empty() {
            item["note"] = json!(notes.join("; "));
        }
        format!("{:#}\n", json!([item]))
    }

    /// The date as CSL has it: as exact as it was recorded, about where it is about, and words where there are only words.
    fn issued(&self) -> Option<Value> {
        let Some(when) = &self.when else { return self.wording.as_ref().map(|words| json!({"literal": words})) };
        let text = when.to_string();
        let is_about = text.contains(['~', '%', '?', 'X']);
        let plain = text.trim_end_matches(['~', '%', '?']);
        let part = |text: &str| text.split('-').map(|number| number.parse::<u16>().ok()).collect::<Option<Vec<u16>>>();
        let ends: Option<Vec<Vec<u16>>> = plain.split('/').map(|end| part(end.trim_end_matches(['~', '%', '?']))).collect();
        let mut issued = match ends.filter(|ends| ends.iter().all(|end| end.len() < 2 || (1..=12).contains(&end[1]))) {
            Some(ends) => json!({"date-parts": ends}),
            None => json!({"literal": self.date(&Texts::english())}),
        };
        if is_about {
            issued["circa"] = json!(true);
        }
        Some(issued)
    }

    fn title_in(&self, language: &str) -> String {
        let title = self.title.get(language).or_else(|| self.title.get("vi")).or_else(|| self.title.values().next());
        title.map(|title| one_line(title)).unwrap_or_default()
    }

    fn address(&self) -> &str {
        self.part.as_ref().map_or(&self.url, |part| &part.url)
    }

    fn digest(&self) -> Option<String> {
        self.part.as_ref().map(|part| part.digest.to_string())
    }

    /// The date as people read it, else the words of the source.
    fn date(&self, texts: &Texts) -> Option<String> {
        self.when.as_ref().map(|when| in_words(texts, &when.to_string())).or_else(|| self.wording.as_deref().map(one_line))
    }

    /// The year, where it is one.
    fn year(&self) -> Option<String> {
        let (first, last) = self.when.as_ref()?.bounds();
        (first.year() == last.year() && first.year() > 0).then(|| first.year().to_string())
    }
}

/// The people and groups that made it and that the reader may see.
fn creators(app: &App, reader: &Reader, model: &Model, record: &Record) -> anyhow::Result<Vec<String>> {
    let mut creators = Vec::new();
    for reference in model.references(record).iter().filter(|reference| reference.field == "creator") {
        let creator = app.record(&reader.visitor.viewer, &reference.to.to_string())?;
        creators.extend(creator.map(|creator| one_line(&creator.title_in("vi"))).filter(|name| !name.is_empty()));
    }
    Ok(creators)
}

/// The practices to which a record belongs and that the reader may see.
fn practices(app: &App, reader: &Reader, model: &Model, record: &Record) -> anyhow::Result<Vec<(String, String)>> {
    let mut practices: Vec<(String, String)> = Vec::new();
    let named = model.references(record).into_iter().filter(|reference| PRACTICES.contains(&reference.field.as_str()));
    for reference in named.take(LOOKED_AT) {
        let Some(other) = app.record(&reader.visitor.viewer, &reference.to.to_string())? else { continue };
        let href = format!("/r/{}", other.id);
        let is_new = practices.iter().all(|(_, known)| *known != href);
        if other.kind.as_str() == "practice" && is_new && practices.len() < MOST_PRACTICES {
            practices.push((one_line(&other.title_in("vi")), href));
        }
    }
    Ok(practices)
}

/// An extended date in the words of a citation: about 1930, the 1950s, 1985–1991.
fn in_words(texts: &Texts, date: &str) -> String {
    if date.starts_with(['[', '{']) {
        return date.to_owned();
    }
    if let Some((first, last)) = date.split_once('/') {
        let end = |end: &str| if end == ".." { String::new() } else { in_words(texts, end) };
        return format!("{}–{}", end(first), end(last));
    }
    let plain = date.trim_end_matches(['~', '?', '%']);
    let words = exact(texts, plain);
    match date.chars().next_back() {
        Some('~') => texts.with("cite-about", "date", &words),
        Some('?') => texts.with("cite-perhaps", "date", &words),
        Some('%') => texts.with("cite-perhaps", "date", &texts.with("cite-about", "date", &words)),
        _ => words,
    }
}

/// A date without doubts.
fn exact(texts: &Texts, date: &str) -> String {
    if let Ok(day_of) = date.parse::<Date>() {
        return if texts.language() == "vi" { day(texts, date) } else { day_of.strftime("%Y, %B %-d").to_string() };
    }
    if let Some(decade) = date.strip_suffix('X').filter(|rest| rest.len() == 3 && rest.bytes().all(|digit| digit.is_ascii_digit())) {
        return texts.with("cite-decade", "year", &format!("{decade}0"));
    }
    if let Some(century) = date.strip_suffix("XX").filter(|rest| rest.len() == 2).and_then(|rest| rest.parse::<u64>().ok()) {
        return texts.count("cite-century", century + 1);
    }
    match date.split_once('-').and_then(|(year, month)| format!("{year}-{month}-01").parse::<Date>().ok()) {
        Some(first) if texts.language() == "vi" => first.strftime("%m/%Y").to_string(),
        Some(first) => first.strftime("%Y, %B").to_string(),
        None => date.to_owned(),
    }
}

fn numbers(date: Date) -> [i16; 3] {
    [date.year(), date.month().into(), date.day().into()]
}

/// A text with a full stop at its end, and not with two.
fn ended(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    nfc(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text inside the braces of BibTeX. A brace is written by its name: BibTeX counts braces even where a backslash stands before
/// them, and one too many takes the rest of the file with it.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in one_line(text).chars() {
        match letter {
            '\\' => safe += "\\textbackslash{}",
            '{' => safe += "\\textbraceleft{}",
            '}' => safe += "\\textbraceright{}",
            '~' => safe += "\\textasciitilde{}",
            '^' => safe += "\\textasciicircum{}",
            '&' | '%' | '$' | '#' | '_' => safe.extend(['\\', letter]),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Dates are read by biblatex and not set by TeX: marks stay, and what it does not know is left out.
fn escaped_date(date: &str) -> String {
    if date.contains(['[', '{']) { String::new() } else { date.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(creators: &[&str], date: Option<&str>) -> Cited {
        Cited {
            id: RecordId::from_number(7).unwrap(),
            kind: "film".to_owned(),
            title: [("vi".to_owned(), "Chẻ nan và đan đó".to_owned()), ("en".to_owned(), "Splitting and weaving".to_owned())].into(),
            creators: creators.iter().map(|name| (*name).to_owned()).collect(),
            when: date.map(|date| date.parse().unwrap()),
            wording: None,
            practices: vec![("Đan đó Thủ Sỹ".to_owned(), "/r/k".to_owned())],
            archive: "Kho thử".to_owned(),
            url: "https://kho.vn/r/7".to_owned(),
            today: "2026-11-26".parse().unwrap(),
            kind_vi: "phim".to_owned(),
            kind_en: "film".to_owned(),
            part: None,
        }
    }

    fn part() -> Part {
        Part {
            vi: "đoạn 12:40–13:05".to_owned(),
            en: "passage 12:40–13:05".to_owned(),
            digest: Digest::of(b"phim"),
            url: "https://kho.vn/r/7/cut?file=0123456789abcdef&t=12:40,13:05".to_owned(),
            key: "t12_40-13_05".to_owned(),
        }
    }

    #[test]
    fn vietnamese_names_are_never_turned_around() {
        let two = cited(&["Nguyễn Thị Mận", "Hội nghề Thủ Sỹ"], Some("2025-03-12")).citations();
        assert!(two.vietnamese.starts_with("Nguyễn Thị Mận, Hội nghề Thủ Sỹ (12/03/2025), Chẻ nan và đan đó [phim], "), "{}", two.vietnamese);
        let apa =
            "Nguyễn Thị Mận, & Hội nghề Thủ Sỹ. (2025, March 12). Chẻ nan và đan đó [Splitting and weaving] [Film]. Kho thử. https://kho.vn/r/7";
        assert_eq!(two.apa, apa);
        assert!(two.bibtex.contains("  author = {{Nguyễn Thị Mận} and {Hội nghề Thủ Sỹ}},\n"), "{}", two.bibtex);
        let csl: Value = serde_json::from_str(&two.csl).unwrap();
        assert_eq!(csl[0]["author"], json!([{"literal": "Nguyễn Thị Mận"}, {"literal": "Hội nghề Thủ Sỹ"}]));
    }

    #[test]
    fn what_nobody_made_begins_with_its_title() {
        let nobody = cited(&[], None);
        assert!(nobody.vietnamese().starts_with("Chẻ nan và đan đó [phim] (không rõ năm), Đan đó Thủ Sỹ, Kho thử, mã "), "{}", nobody.vietnamese());
        assert!(nobody.vietnamese().ends_with("https://kho.vn/r/7, truy cập ngày 26/11/2026."));
        assert_eq!(nobody.apa(), "Chẻ nan và đan đó [Splitting and weaving] [Film]. (n.d.). Kho thử. https://kho.vn/r/7");
        assert!(!nobody.bibtex().contains("author") && !nobody.bibtex().contains("year"), "{}", nobody.bibtex());
        assert!(!nobody.csl().contains("issued"));
    }

    #[test]
    fn a_part_is_cited_with_its_moments_and_its_bytes() {
        let citations = cited(&["Nguyễn Thị Mận"], Some("2025")).of_part(part()).citations();
        let digest = Digest::of(b"phim").to_string();
        for (form, told) in [(&citations.vietnamese, "đoạn 12:40–13:05, Đan đó Thủ Sỹ"), (&citations.apa, "[Film; passage 12:40–13:05]")]
        {
            assert!(form.contains(told) && form.contains("cut?file=0123456789abcdef&t=12:40,13:05"), "{form}");
        }
        assert!(citations.vietnamese.contains(&format!("BLAKE3 {}", &digest[..16])));
        assert!(citations.bibtex.starts_with("@misc{kho-") && citations.bibtex.contains("-t12_40-13_05,\n"), "{}", citations.bibtex);
        assert!(citations.bibtex.contains(&digest) && citations.csl.contains(&digest));
    }

    /// BibTeX counts braces: one too many and the rest of the file is lost.
    #[test]
    fn nothing_in_a_title_breaks_a_bibliography() {
        let title = "50% {đan} & #1_lò $x ~ ^ \\end{document}\n}, note = {x";
        let broken = Cited { title: [("vi".to_owned(), title.to_owned())].into(), ..cited(&["Ông {Nan}"], None) };
        let bibtex = broken.bibtex();
        let (opened, closed) = (bibtex.matches('{').count(), bibtex.matches('}').count());
        assert_eq!(opened, closed, "{bibtex}");
        let mut depth = 0_i32;
        for letter in bibtex.chars() {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            assert!(depth >= 0);
        }
        assert!(
            bibtex.contains("50\\% \\textbraceleft{}đan\\textbraceright{} \\& \\#1\\_lò \\$x \\textasciitilde{} \\textasciicircum{} "),
            "{bibtex}"
        );
        assert!(bibtex.contains("\\textbackslash{}end") && bibtex.lines().filter(|line| line.starts_with("  note")).count() == 1, "{bibtex}");
        assert!(serde_json::from_str::<Value>(&broken.csl()).is_ok());
    }

    #[test]
    fn dates_are_as_exact_as_they_were_recorded() {
        let (vi, en) = (Texts::vietnamese(), Texts::english());
        for (date, in_vi, in_en) in [
            ("1930", "1930", "1930"),
            ("1930-05", "05/1930", "1930, May"),
            ("1930~", "khoảng 1930", "ca. 1930"),
            ("1930?", "1930?", "1930?"),
            ("195X", "thập niên 1950", "1950s"),
            ("18XX", "thế kỷ 19", "19th century"),
            ("1985/1991", "1985–1991", "1985–1991"),
            ("1986/..", "1986–", "1986–"),
        ] {
            assert_eq!((in_words(&vi, date), in_words(&en, date)), (in_vi.to_owned(), in_en.to_owned()), "{date}");
        }
        let issued = |date: &str| cited(&[], Some(date)).issued().unwrap();
        assert_eq!(issued("1930-05"), json!({"date-parts": [[1930, 5]]}));
        assert_eq!(issued("1930~"), json!({"date-parts": [[1930]], "circa": true}));
        assert_eq!(issued("1985/1991"), json!({"date-parts": [[1985], [1991]]}));
        assert_eq!(issued("195X"), json!({"literal": "1950s", "circa": true}));
        assert!(cited(&[], Some("1930~")).bibtex().contains("  date = {1930~},\n"));
        assert!(cited(&[], Some("195X")).bibtex().contains("  year = {1950s},\n"), "{}", cited(&[], Some("195X")).bibtex());
        let told = Cited { wording: Some("hơn trăm năm".to_owned()), ..cited(&[], None) };
        assert_eq!((told.date(&vi).unwrap(), told.issued().unwrap()), ("hơn trăm năm".to_owned(), json!({"literal": "hơn trăm năm"})));
    }
}
