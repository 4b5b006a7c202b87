//! What the head of a record page tells programs: where else the record is, what a preview shows of it, and what it is in the
//! words of schema.org.

use askama::Template;
use kho_archive::record::Record;

use super::thumbnail;
use crate::web::api;
use crate::web::app::App;
use crate::web::iiif::presentation;
use crate::web::in_words::nfc;
use crate::web::links;
use crate::web::page::{Picture, Reader};

/// Previews show no more of a description than this.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "record/head.html")]
pub(super) struct Head {
    title: String,
    description: String,
    pub(super) url: String,
    json_href: String,
    /// Empty if there is nothing to present.
    pub(super) manifest: String,
    oembed: String,
    site: String,
    locale: &'static str,
    /// What Open Graph calls it.
    kind: &'static str,
    picture: Option<Picture>,
    /// Linked data, safe inside a script element.
    linked: String,
}

impl Head {
    /// Returns what programs are told of a record that the reader may see, with the files that they may have.
    pub(super) fn of(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Self> {
        let (texts, origin) = (&reader.texts, reader.visitor.origin());
        let url = format!("{origin}/r/{}", record.id);
        let title = nfc(&record.title_in(texts.language()));
        let words = record.description.get(texts.language()).or_else(|| record.description.values().next());
        let picture = record.files.first().and_then(|file| thumbnail(app, file, texts.with("picture-alt", "title", &title)));
        Ok(Self {
            description: words.map(|words| shortened(&nfc(words))).unwrap_or_default(),
            json_href: format!("/r/{}.json", record.id),
            manifest: presentation::address_for(app, reader, record)?.unwrap_or_default(),
            oembed: links::with_query("/oembed", &[("url".to_owned(), url.clone())]),
            site: app.archive.settings().archive.name.clone(),
            locale: if texts.language() == "vi" { "vi_VN" } else { "en_GB" },
            kind: if record.kind.as_str() == "film" { "video.other" } else { "website" },
            picture: picture.map(|picture| Picture { src: format!("{origin}{}", picture.src), ..picture }),
            linked: inert(&api::linked_data(app, record)?.to_string()),
            title,
            url,
        })
    }
}

/// The first words of a text, on one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line[..end].rsplit_once(' ').map_or(&line[..end], |(whole, _)| whole)),
        None => line,
    }
}

/// JSON in which nothing can end a script element, or begin another.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_script_and_the_json_is_the_same() {
        let said = serde_json::json!({"name": "</script><script>alert('đó & lờ')<!--"});
        let inert = inert(&said.to_string());
        assert!(!inert.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&inert).unwrap(), said);
    }

    #[test]
    fn a_preview_ends_with_a_whole_word() {
        assert_eq!(shortened("Đan\n  đó"), "Đan đó");
        let long = shortened(&"chẻ nan ".repeat(100));
        assert!(long.chars().count() <= LONGEST + 1 && (long.ends_with("chẻ…") || long.ends_with("nan…")), "{long}");
    }
}
