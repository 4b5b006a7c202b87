//! `/set.pdf`: a set as a document to print.

use std::io::Cursor;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use image::{ColorType, ImageDecoder as _};
use kho_archive::record::Record;
use serde_json::Value;

use super::{Set, download};
use crate::derivative::THUMBNAIL;
use crate::export::pdf::{self, Document, Entry, Picture};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::nfc;
use crate::web::page::Reader;
use crate::web::record::{self, label_of_kind};
use crate::web::search::Values;

/// More of a description is not printed: the address leads to the whole.
const LONGEST: usize = 900;

pub(crate) async fn pdf(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let printed = app.run(move |app| {
        let set = Set::of(&reader);
        let records = set.given(app, &reader, "print")?;
        let texts = &reader.texts;
        let about = [app.archive.settings().archive.name.clone(), texts.count("search-results", records.len() as u64)].join(" · ");
        let entries = records.iter().map(|record| entry(app, &reader, record)).collect::<anyhow::Result<_>>()?;
        let title = if set.title.is_empty() { texts.get("set-heading") } else { nfc(&set.title) };
        pdf::write(&Document { language: texts.language().to_owned(), title, about, entries })
    });
    Ok(download(printed.await?, "application/pdf", "kho.pdf"))
}

fn entry(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Entry> {
    let texts = &reader.texts;
    let words = record.description.get(texts.language()).or_else(|| record.description.values().next());
    let kind = label_of_kind(app, texts, record.kind.as_str());
    let told = record::card(app, reader, record).note;
    Ok(Entry {
        title: nfc(&record.title_in(texts.language())),
        note: [kind, told].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" · "),
        text: words.map(|words| shortened(&nfc(words))).unwrap_or_default(),
        rights: rights(app, reader, record),
        address: format!("{}/r/{}", reader.visitor.origin(), record.id),
        picture: picture(app, record),
    })
}

/// Whom to name, and what may be done with it.
fn rights(app: &App, reader: &Reader, record: &Record) -> String {
    let said = |field: &str| record.fields.get(field).and_then(Value::as_str);
    let values = Values::of(app, reader);
    let statement = said("rights_statement").map(|code| values.coded("rights_statements", code));
    let licence = said("licence").map(|code| values.coded("licences", code));
    let credit = said("credit_line").or_else(|| said("rights_holder")).map(nfc);
    credit.into_iter().chain(statement).chain(licence).collect::<Vec<_>>().join(" · ")
}

/// The first words of a text.
fn shortened(words: &str) -> String {
    if words.chars().count() <= LONGEST {
        return words.to_owned();
    }
    let cut: String = words.chars().take(LONGEST).collect();
    let whole = cut.rsplit_once(char::is_whitespace).map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole} …")
}

/// The thumbnail of its first file that has one.
fn picture(app: &App, record: &Record) -> Option<Picture> {
    let jpeg = record.files.iter().find_map(|file| app.derivatives.read(&file.digest, THUMBNAIL))?;
    let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(&jpeg)).ok()?;
    let ((width, height), colour) = (decoder.dimensions(), decoder.color_type());
    let is_grey = match colour {
        ColorType::L8 => true,
        ColorType::Rgb8 => false,
        _ => return None,
    };
    Some(Picture { jpeg, width, height, is_grey })
}
