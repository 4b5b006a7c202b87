//! `/iiif/presentation/3/ID/manifest`: one record as a IIIF Presentation 3 manifest.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kho_archive::date::Dated;
use kho_archive::record::{File, Record, RecordId, Role};
use serde_json::{Value, json};

use super::{Form, MEDIA, PRESENTATION, SEARCH, in_both, text_map, title, unspoken};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::file_name;
use crate::web::page::{Picture, Reader};
use crate::web::record::said::plain::{Plain, PlainValue};
use crate::web::record::{self, Heard, media_href};
use crate::web::texts::Texts;

mod canvas;

use canvas::Canvases;
pub(in crate::web) use canvas::{has_service, size_of};

/// Fields that must be read by whoever sees the thing: whose it is, and what its community asks.
const REQUIRED: [&str; 3] = ["credit_line", "rights_holder", "notices"];

static MANIFEST: Form = Form { make: made, how: "manifest", address, context: PRESENTATION };

pub(crate) async fn manifest(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    super::give(app, id, reader, &headers, &MANIFEST).await
}

/// Where the manifest of a record is.
pub(super) fn address(id: RecordId) -> String {
    format!("/iiif/presentation/3/{id}/manifest")
}

/// Where the manifest of a record is, if there is anything to present to this visitor.
pub(in crate::web) fn address_for(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<String>> {
    let presenting = Presenting { app, reader, record, origin: reader.visitor.origin() };
    Ok(presenting.is_there()?.then(|| address(record.id)))
}

/// What of a record is presented to one visitor.
pub(super) struct Presenting<'a> {
    pub(super) app: &'a App,
    pub(super) reader: &'a Reader,
    /// What the visitor sees of it, with the files that they may have.
    pub(super) record: &'a Record,
    pub(super) origin: String,
}

fn made(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Option<Value>> {
    let presenting = Presenting { app, reader, record, origin: reader.visitor.origin() };
    let heard = Heard::of(app, reader, record, MANIFEST.how)?;
    let canvases = presenting.canvases(&heard);
    if canvases.all.is_empty() { Ok(None) } else { presenting.manifest(&heard, canvases).map(Some) }
}

impl Presenting<'_> {
    /// The address to which those of all parts are added.
    pub(super) fn base(&self) -> String {
        format!("{}/iiif/presentation/3/{}", self.origin, self.record.id)
    }

    /// The things themselves, as they came.
    pub(super) fn originals(&self) -> impl Iterator<Item = &File> {
        self.record.files.iter().filter(|file| file.role == Role::original() && file.size > 0)
    }

    /// Whether there is anything to present.
    pub(super) fn is_there(&self) -> anyhow::Result<bool> {
        if !MEDIA.contains(&self.record.kind.as_str()) {
            return Ok(false);
        }
        // Most have a file that is painted: then nobody needs to look for words.
        let has_files = !self.canvases(&Heard::default()).all.is_empty();
        Ok(has_files || !self.canvases(&Heard::of(self.app, self.reader, self.record, MANIFEST.how)?).all.is_empty())
    }

    /// The manifest as it is named in lists.
    pub(super) fn reference(&self) -> Value {
        let mut reference = json!({"id": format!("{}{}", self.origin, address(self.record.id)), "type": "Manifest", "label": title(self.record)});
        put(&mut reference, "thumbnail", self.thumbnail());
        put(&mut reference, "navDate", nav_date(self.record).map(Value::from));
        reference
    }

    fn manifest(&self, heard: &Heard, canvases: Canvases) -> anyhow::Result<Value> {
        let [vi, en] = self.told()?;
        let mut manifest = self.reference();
        manifest["@context"] = if heard.words.is_empty() { json!(PRESENTATION) } else { json!([SEARCH, PRESENTATION]) };
        manifest["items"] = Value::Array(canvases.all);
        manifest["provider"] = json!([self.provider()]);
        manifest["homepage"] = json!([self.homepage()]);
        manifest["seeAlso"] = self.described();
        put(&mut manifest, "summary", text_map(&self.record.description));
        put(&mut manifest, "metadata", metadata(&vi, &en));
        put(&mut manifest, "requiredStatement", required(&vi, &en));
        put(&mut manifest, "rights", rights(self.record).map(Value::from));
        put(&mut manifest, "rendering", self.downloads());
        put(&mut manifest, "structures", canvases.ranges.map(|ranges| json!([ranges])));
        put(&mut manifest, "service", (!heard.words.is_empty()).then(|| json!([self.search_service()])));
        Ok(manifest)
    }

    /// What is said of the record, in both languages.
    fn told(&self) -> anyhow::Result<[Vec<Plain>; 2]> {
        let read = |texts: Texts| {
            let reader = self.reader.in_language(texts);
            record::reading(self.app, &reader, |telling| telling.plain(self.record, &self.origin))
        };
        Ok([read(Texts::vietnamese())?, read(Texts::english())?])
    }

    fn provider(&self) -> Value {
        let name = unspoken(&self.app.archive.settings().archive.name);
        let home = format!("{}/", self.origin);
        json!({"id": home, "type": "Agent", "label": name.clone(),
            "homepage": [{"id": home, "type": "Text", "label": name, "format": "text/html"}],
            "logo": [{"id": format!("{}/assets/kho.svg", self.origin), "type": "Image", "format": "image/svg+xml"}]})
    }

    fn homepage(&self) -> Value {
        json!({"id": format!("{}/r/{}", self.origin, self.record.id), "type": "Text", "label": title(self.record), "format": "text/html",
            "language": ["vi", "en"]})
    }

    /// Where programs find the record in other words.
    fn described(&self) -> Value {
        let id = self.record.id;
        let label = in_both(|texts| texts.get("record-json"));
        json!([
            {"id": format!("{}/r/{id}.json", self.origin), "type": "Dataset", "label": label.clone(), "format": "application/ld+json",
                "profile": "https://schema.org/"},
            {"id": format!("{}/api/records/{id}", self.origin), "type": "Dataset", "label": label, "format": "application/json"},
        ])
    }

    /// The originals, for whoever wants to keep them.
    fn downloads(&self) -> Option<Value> {
        let download = |file: &File| {
            let mime = file.technical.mime.as_deref().unwrap_or("application/octet-stream");
            let name = file.paths.first().map_or_else(|| file.digest.to_string(), |found| file_name(&found.name).to_owned());
            json!({"id": format!("{}{}", self.origin, media_href(file)), "type": canvas::type_of(mime), "label": unspoken(&name), "format": mime})
        };
        let all: Vec<Value> = self.originals().map(download).collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }

    fn thumbnail(&self) -> Option<Value> {
        let picture = self.originals().find_map(|file| record::thumbnail(self.app, file, String::new()))?;
        Some(json!([self.small(&picture)]))
    }

    /// A picture that was made here, as an image.
    fn small(&self, picture: &Picture) -> Value {
        json!({"id": format!("{}{}", self.origin, picture.src), "type": "Image", "format": "image/jpeg", "width": picture.width,
            "height": picture.height})
    }

    fn search_service(&self) -> Value {
        let search = format!("{}/iiif/search/2/{}", self.origin, self.record.id);
        json!({"id": search, "type": "SearchService2", "service": [{"id": format!("{search}/autocomplete"), "type": "AutoCompleteService2"}]})
    }
}

/// Adds a property, if there is one.
pub(super) fn put(to: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        to[name] = value;
    }
}

/// What is said of the record, each field with its name in both languages.
fn metadata(vi: &[Plain], en: &[Plain]) -> Option<Value> {
    let entries = both(vi, en).map(|(vi, en)| json!({"label": {"vi": [vi.label], "en": [en.label]}, "value": values(&vi.values, &en.values)}));
    let entries: Vec<Value> = entries.collect();
    (!entries.is_empty()).then_some(Value::Array(entries))
}

/// What viewers must show with the thing.
fn required(vi: &[Plain], en: &[Plain]) -> Option<Value> {
    let (mut said_vi, mut said_en): (Vec<&PlainValue>, Vec<&PlainValue>) = Default::default();
    for (vi, en) in both(vi, en).filter(|(vi, _)| REQUIRED.contains(&vi.name.as_str())) {
        said_vi.extend(&vi.values);
        said_en.extend(&en.values);
    }
    (!said_vi.is_empty()).then(|| json!({"label": in_both(|texts| texts.get("iiif-required")), "value": values(said_vi, said_en)}))
}

/// The same fields in both languages.
fn both<'a>(vi: &'a [Plain], en: &'a [Plain]) -> impl Iterator<Item = (&'a Plain, &'a Plain)> {
    vi.iter().filter_map(|one| Some((one, en.iter().find(|other| other.name == one.name)?)))
}

/// What stands under one name. Viewers show all values of one language and none of another, so each language has all of them.
fn values<'a>(vi: impl IntoIterator<Item = &'a PlainValue>, en: impl IntoIterator<Item = &'a PlainValue>) -> Value {
    let (vi, en): (Vec<_>, Vec<_>) = (vi.into_iter().collect(), en.into_iter().collect());
    let texts = |values: &[&PlainValue]| values.iter().map(|value| value.text.clone()).collect::<Vec<_>>();
    if texts(&vi) != texts(&en) {
        return json!({"vi": texts(&vi), "en": texts(&en)});
    }
    // Words that stand in one language only are called foreign by the reading in the other.
    let mut languages = vi.iter().zip(&en).map(|(vi, en)| vi.language.as_ref().or(en.language.as_ref()));
    let first = languages.next().flatten();
    let language = first.filter(|first| languages.all(|other| other == Some(first))).map_or("none", String::as_str);
    json!({language: texts(&vi)})
}

/// The address of the licence, else of the rights statement.
pub(in crate::web) fn rights(record: &Record) -> Option<String> {
    let said = |field: &str| record.fields.get(field).and_then(Value::as_str);
    let licence = said("licence").and_then(|code| {
        // CC-BY-SA-4.0: what it is, and its version.
        let (name, version) = code.rsplit_once('-')?;
        match name {
            "CC0" => Some(format!("http://creativecommons.org/publicdomain/zero/{version}/")),
            "PDM" => Some(format!("http://creativecommons.org/publicdomain/mark/{version}/")),
            name => Some(format!("http://creativecommons.org/licenses/{}/{version}/", name.strip_prefix("CC-")?.to_lowercase())),
        }
    });
    licence.or_else(|| said("rights_statement").map(|code| format!("http://rightsstatements.org/vocab/{code}/1.0/")))
}

/// The day on which it was made, as far as somebody knows: the first of a span.
fn nav_date(record: &Record) -> Option<String> {
    let created = record.fields.get("created").and_then(|created| serde_json::from_value::<Dated>(created.clone()).ok()?.when());
    let taken = || record.files.first()?.technical.taken.as_deref()?.get(..10)?.parse::<jiff::civil::Date>().ok();
    let day = created.map(|when| when.bounds().0).or_else(taken)?;
    (day.year() > 0).then(|| format!("{day}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::record::Kind;

    fn value(text: &str, language: Option<&str>) -> PlainValue {
        PlainValue { text: text.to_owned(), language: language.map(str::to_owned) }
    }

    #[test]
    fn each_language_has_all_values() {
        let (bamboo, weaving) = (value("tre", None), value("đan đó", None));
        assert_eq!(values([&bamboo], [&value("bamboo", None)]), json!({"vi": ["tre"], "en": ["bamboo"]}));
        assert_eq!(values([&weaving], [&value("đan đó", Some("vi"))]), json!({"vi": ["đan đó"]}));
        assert_eq!(values([&value("1930", None)], [&value("1930", None)]), json!({"none": ["1930"]}));
        let mixed = values([&bamboo, &weaving], [&value("bamboo", None), &value("đan đó", Some("vi"))]);
        assert_eq!(mixed, json!({"vi": ["tre", "đan đó"], "en": ["bamboo", "đan đó"]}));
    }

    #[test]
    fn rights_and_days_are_addresses_and_moments() {
        let id = RecordId::from_number(7).unwrap();
        let mut image = Record::new(id, Kind::image(), Default::default());
        assert_eq!((rights(&image), nav_date(&image)), (None, None));
        image.fields.insert("rights_statement".to_owned(), json!("InC"));
        assert_eq!(rights(&image).unwrap(), "http://rightsstatements.org/vocab/InC/1.0/");
        for (code, address) in [
            ("CC-BY-NC-SA-4.0", "http://creativecommons.org/licenses/by-nc-sa/4.0/"),
            ("CC0-1.0", "http://creativecommons.org/publicdomain/zero/1.0/"),
            ("PDM-1.0", "http://creativecommons.org/publicdomain/mark/1.0/"),
        ] {
            image.fields.insert("licence".to_owned(), json!(code));
            assert_eq!(rights(&image).unwrap(), address);
        }
        image.fields.insert("created".to_owned(), json!({"edtf": "1985/1991"}));
        assert_eq!(nav_date(&image).unwrap(), "1985-01-01T00:00:00Z");
    }
}
