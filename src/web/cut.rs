//! `/r/ID/cut`: a part of a picture, or some moments of a recording, with an address that holds and all that is needed to cite it.
//!
//! The address names the bytes by their digest and the part by Media Fragments (<https://www.w3.org/TR/media-frags/>):
//! `?file=3f9a…&xywh=100,200,640,480`, `?file=3f9a…&t=12:40,13:05`. The bytes never change, so it is the same frame in ten years. A part of
//! what a visitor may not have, or may not hear every minute of, is not there for them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use kho_archive::record::{File, Record};
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;
use serde_json::{Value, json};

use super::app::{App, Gone};
use super::cite::{Citations, Cited, Part};
use super::error::WebError;
use super::in_words::{clock, nfc};
use super::links;
use super::page::{self, Page, Picture, Reader};
use super::record::playing::played;
use super::record::{self, Heard, media_href, thumbnail};
use super::texts::Texts;
use super::zoom::{Zoom, region_src, short};
use crate::media::{MediaKind, kind_of};

mod address;
mod form;

use address::{Asked, Which, npt};
use form::Form;
pub(super) use form::span_forms;

/// A region is shown no wider nor higher than this.
const MOST_SHOWN: u32 = 1600;

/// The same where another site shows it.
const MOST_EMBEDDED: u32 = 800;

/// So many spoken lines stand under a part of a recording.
const MOST_LINES: usize = 80;

/// Fields that stand with every part: whose it is, and what its community asks.
const REQUIRED: [&str; 3] = ["credit_line", "rights_holder", "notices"];

/// Pages of other sites may frame this one page and no other: it has neither forms nor scripts nor a session, so that there is nothing
/// in it to which anybody could be led by a trick.
const EMBEDDABLE: HeaderValue =
    HeaderValue::from_static("default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *");

/// A part of a file of a record, as one visitor may have it.
struct Cut {
    record: Record,
    file: File,
    which: Which,
}

/// What is answered.
enum Answer {
    Page(String),
    /// A citation, as a file of this media type and name.
    File(String, &'static str, String),
    Moved(String),
    Nothing,
}

#[derive(Template)]
#[template(path = "cut.html")]
struct CutPage {
    page: Page,
    title: String,
    kind: String,
    whole: String,
    part: String,
    shown: Shown,
    /// Where the region lies in the whole.
    place: Option<Place>,
    zoom: Option<Zoom>,
    said: Spoken,
    practices: Vec<(String, String)>,
    credit: Vec<(String, String)>,
    /// What may be done with it; empty where nothing is stated.
    rights: String,
    digest: String,
    sha256: String,
    iiif: String,
    address: String,
    oembed: String,
    /// Empty if not everyone may see it: on another site it would lead to nothing, and tell its title.
    embed_code: String,
    form: Option<Form>,
    cite: String,
}

/// A part as a browser shows it.
enum Shown {
    Region { picture: Picture, full: String, region: String },
    Film { src: String, span: String, poster: Option<String>, label: String },
    Sound { src: String, span: String, label: String },
}

/// What is said in these moments, in one language.
#[derive(Default)]
struct Spoken {
    language: String,
    /// Who speaks, and the words.
    lines: Vec<(Option<String>, String)>,
}

/// A region within a picture, drawn small.
struct Place {
    whole: Picture,
    width: u32,
    height: u32,
    region: [u32; 4],
}

#[derive(Template)]
#[template(path = "embed.html")]
struct Embed {
    t: Texts,
    title: String,
    part: String,
    shown: Shown,
    href: String,
    credit: String,
    archive: String,
}

/// All forms of a citation.
#[derive(Template)]
#[template(path = "cite/forms.html")]
struct Forms {
    t: Texts,
    citations: Citations,
    bibtex_href: String,
    csl_href: String,
}

#[derive(Template)]
#[template(path = "cite/spans.html")]
struct FormsPage {
    page: Page,
    title: String,
    whole: String,
    forms: Vec<Form>,
}

/// Shows a part of a file, or sends its citation.
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader) -> Result<Response, WebError> {
    answer(app, id, reader, "cut", answer_cut).await
}

/// Sends the citation of a whole record.
pub(crate) async fn cite(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader) -> Result<Response, WebError> {
    answer(app, id, reader, "cite", |app, reader, id| {
        let Some(record) = app.give_record(&reader.visitor, id, "cite")? else { return Ok(Answer::Nothing) };
        let cited = Cited::of(app, reader, &record)?;
        Ok(sent(reader.parameter("as"), &cited, &format!("kho-{}", record.id)).unwrap_or(Answer::Moved(format!("/r/{}#cite", record.id))))
    })
    .await
}

/// Shows a part of a file within a page of another site: what everyone may see, whoever asks.
pub(crate) async fn embed(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader) -> Result<Response, WebError> {
    let mut response = answer(app, id, reader.as_public(), "embed", |app, reader, id| {
        let Some(record) = app.record_with_files(&reader.visitor.viewer, id)? else { return Ok(Answer::Nothing) };
        let Some(cut) = Cut::of(app, record, &Asked::of(&reader.parameters)) else { return Ok(Answer::Nothing) };
        Ok(Answer::Page(page::draw(&cut.embedded(app, reader)?)?))
    })
    .await?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, EMBEDDABLE);
    Ok(response)
}

/// Makes an answer about a record, or leads on to the record that took it up with all that was asked.
async fn answer(
    app: Arc<App>, id: String, reader: Reader, way: &'static str, make: fn(&App, &Reader, &str) -> anyhow::Result<Answer>,
) -> Result<Response, WebError> {
    let (asking, wanted) = (reader.clone(), id.clone());
    let made = app.run(move |app| match app.gone(&asking.visitor.viewer, &wanted)? {
        Some(Gone::Erased) => Ok(Answer::Nothing),
        Some(Gone::Into(heir)) => Ok(Answer::Moved(links::with_query(&format!("/r/{heir}/{way}"), &asking.parameters))),
        None => make(app, &asking, &wanted),
    });
    match made.await? {
        Answer::Page(html) => Ok(reader.answer(html)),
        Answer::File(text, mime, name) => Ok(file_answer(text, mime, &name)?),
        Answer::Moved(address) => Ok(Redirect::to(&address).into_response()),
        Answer::Nothing => Err(app.missing(reader, id).await),
    }
}

fn file_answer(text: String, mime: &'static str, name: &str) -> anyhow::Result<Response> {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(mime)), (header::CONTENT_DISPOSITION, disposition)], text).into_response())
}

fn answer_cut(app: &App, reader: &Reader, id: &str) -> anyhow::Result<Answer> {
    let asked = Asked::of(&reader.parameters);
    let Some(record) = app.give_record(&reader.visitor, id, "cut")? else { return Ok(Answer::Nothing) };
    if asked.is_empty() {
        let forms = record.files.iter().filter_map(|file| Form::of(reader, &record, file)).collect();
        return forms_page(app, reader, &record, forms);
    }
    if asked.is_typed() {
        return typed(app, reader, &record, &asked);
    }
    let Some(cut) = Cut::of(app, record, &asked) else { return Ok(Answer::Nothing) };
    let cited = cut.cited(app, reader)?;
    let file_name = format!("kho-{}-{}", cut.record.id, cut.which.key());
    match sent(reader.parameter("as"), &cited, &file_name) {
        Some(file) => Ok(file),
        None => Ok(Answer::Page(page::draw(&cut.page(app, reader, &cited)?)?)),
    }
}

/// What was typed into the form leads to the address that holds; what cannot be a part of it comes back to whoever typed it.
fn typed(app: &App, reader: &Reader, record: &Record, asked: &Asked) -> anyhow::Result<Answer> {
    let Some(file) = asked.file_of(record) else { return Ok(Answer::Nothing) };
    if let Some(cut) = Cut::of(app, record.clone(), asked) {
        return Ok(Answer::Moved(cut.address()));
    }
    let (from, to) = asked.typed();
    let wrong = Form::of(reader, record, file).map(|form| Form { from, to, is_wrong: true, ..form });
    forms_page(app, reader, record, wrong.into_iter().collect())
}

/// The forms by themselves, for whoever has not said which part.
fn forms_page(app: &App, reader: &Reader, record: &Record, forms: Vec<Form>) -> anyhow::Result<Answer> {
    if forms.is_empty() {
        return Ok(Answer::Nothing);
    }
    let page = FormsPage {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        title: nfc(&record.title_in(reader.texts.language())),
        whole: format!("/r/{}", record.id),
        forms: forms.into_iter().map(|form| Form { is_open: true, ..form }).collect(),
    };
    Ok(Answer::Page(page::draw(&page)?))
}

/// A citation as a file, if one is asked for in a form that is known.
fn sent(form: &str, cited: &Cited, name: &str) -> Option<Answer> {
    let citations = cited.citations();
    match form {
        "bibtex" => Some(Answer::File(citations.bibtex, "application/x-bibtex; charset=utf-8", format!("{name}.bib"))),
        "csl" => Some(Answer::File(citations.csl, "application/vnd.citationstyles.csl+json", format!("{name}.json"))),
        _ => None,
    }
}

/// Returns the citations of a whole record as its page shows them.
pub(super) fn citations(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<String> {
    forms(reader, &Cited::of(app, reader, record)?, &format!("/r/{}/cite?", record.id))
}

fn forms(reader: &Reader, cited: &Cited, base: &str) -> anyhow::Result<String> {
    let (bibtex_href, csl_href) = (format!("{base}as=bibtex"), format!("{base}as=csl"));
    page::draw(&Forms { t: reader.texts.clone(), citations: cited.citations(), bibtex_href, csl_href })
}

/// What other sites show of a part to which they link, if the address is one of a part that everyone may see.
pub(super) fn told(app: &App, reader: &Reader, record: &Record, query: &str) -> anyhow::Result<Option<Value>> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decoded(name), decoded(value)));
    // What is embedded is seen by everyone, whoever asks here.
    let public = reader.as_public();
    let Some(record) = app.record_with_files(&public.visitor.viewer, &record.id.to_string())? else { return Ok(None) };
    let title = nfc(&record.title_in(reader.texts.language()));
    let Some(cut) = Cut::of(app, record, &Asked::of(&pairs.collect::<Vec<_>>())) else { return Ok(None) };
    let (width, height) = cut.embedded_size(app);
    let title = format!("{title}, {}", cut.in_words(&reader.texts));
    let kind = if matches!(cut.which, Which::Region(_)) { "rich" } else { "video" };
    Ok(Some(json!({"type": kind, "title": title, "html": cut.embed_code(app, reader), "width": width, "height": height})))
}

impl Cut {
    /// Returns the part that an address names; `None` if there is no such part of anything that the visitor may have.
    fn of(app: &App, record: Record, asked: &Asked) -> Option<Self> {
        let file = asked.file_of(&record)?.clone();
        let which = match kind_of(file.technical.mime.as_deref().unwrap_or_default()) {
            MediaKind::Image => Zoom::of(app, &record, &file).and_then(|zoom| asked.region(zoom.width, zoom.height)),
            MediaKind::Film | MediaKind::Sound => asked.span(file.technical.duration_s),
            _ => None,
        }?;
        Some(Self { record, file, which })
    }

    fn query(&self) -> String {
        format!("file={}&{}", short(&self.file.digest.to_string()), self.which.fragment())
    }

    fn address(&self) -> String {
        format!("/r/{}/cut?{}", self.record.id, self.query())
    }

    fn in_words(&self, texts: &Texts) -> String {
        match self.which {
            Which::Region(_) => texts.get("cut-region"),
            Which::Span(from, to) => texts.with("cut-span", "span", &format!("{}–{}", npt(from), npt(to))),
        }
    }

    fn cited(&self, app: &App, reader: &Reader) -> anyhow::Result<Cited> {
        let exactly = |texts: Texts| match self.which {
            Which::Region([x, y, width, height]) => texts.with("cite-region", "region", &format!("{x},{y},{width},{height}")),
            Which::Span(..) => self.in_words(&texts).to_lowercase(),
        };
        let url = format!("{}{}", reader.visitor.origin(), self.address());
        let key = self.which.key();
        let part = Part { vi: exactly(Texts::vietnamese()), en: exactly(Texts::english()), digest: self.file.digest, url, key };
        Ok(Cited::of(app, reader, &self.record)?.of_part(part))
    }

    fn page(&self, app: &App, reader: &Reader, cited: &Cited) -> anyhow::Result<CutPage> {
        let (texts, origin) = (&reader.texts, reader.visitor.origin());
        let address = format!("{origin}{}", self.address());
        let (credit, rights) = self.credit(app, reader)?;
        Ok(CutPage {
            title: self.title(texts),
            kind: self.record.kind.to_string(),
            whole: self.whole(),
            part: self.in_words(texts),
            shown: self.shown(app, texts, MOST_SHOWN),
            place: self.place(app, texts),
            zoom: Zoom::of(app, &self.record, &self.file),
            said: self.said(app, reader)?,
            practices: cited.practices.clone(),
            credit,
            rights,
            digest: self.file.digest.to_string(),
            sha256: self.file.sha256.to_string(),
            iiif: format!("{origin}{}", self.iiif()),
            oembed: links::with_query("/oembed", &[("url".to_owned(), address.clone())]),
            embed_code: if self.is_public(app, reader)? { self.embed_code(app, reader) } else { String::new() },
            form: self.form(reader),
            cite: forms(reader, cited, &format!("{}&", self.address()))?,
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
            address,
        })
    }

    fn embedded(&self, app: &App, reader: &Reader) -> anyhow::Result<Embed> {
        let (credit, rights) = self.credit(app, reader)?;
        let said = credit.into_iter().map(|(_, words)| words).chain(Some(rights).filter(|rights| !rights.is_empty()));
        Ok(Embed {
            title: self.title(&reader.texts),
            part: self.in_words(&reader.texts),
            shown: self.shown(app, &reader.texts, MOST_EMBEDDED),
            href: format!("{}{}", reader.visitor.origin(), self.address()),
            credit: said.collect::<Vec<_>>().join(" · "),
            archive: app.archive.settings().archive.name.clone(),
            t: reader.texts.clone(),
        })
    }

    fn title(&self, texts: &Texts) -> String {
        nfc(&self.record.title_in(texts.language()))
    }

    /// Where all of it is; of a recording, at the moment where the part begins.
    fn whole(&self) -> String {
        match self.which {
            Which::Region(_) => format!("/r/{}", self.record.id),
            Which::Span(from, _) => format!("/r/{}#t={from}", self.record.id),
        }
    }

    fn shown(&self, app: &App, texts: &Texts, most: u32) -> Shown {
        let title = self.title(texts);
        // What no browser plays is named all the same: the copy may be there tomorrow.
        let played = played(app, &self.file);
        let src = played.source().map_or_else(|| media_href(&self.file), |(src, _)| src.to_owned());
        let src = format!("{src}#{}", self.which.seconds());
        match self.which {
            Which::Region(region) => {
                let (src, width, height) = region_src(&self.file.digest.to_string(), region, most);
                let alt = texts.with("cut-region-alt", "title", &title);
                let full = region_src(&self.file.digest.to_string(), region, u32::MAX).0;
                Shown::Region { picture: Picture { src, width, height, alt }, full, region: region.map(|number| number.to_string()).join(",") }
            }
            Which::Span(from, to) => {
                let (span, label) = (format!("{from},{to}"), format!("{title}, {}", self.in_words(texts)));
                let is_film = kind_of(self.file.technical.mime.as_deref().unwrap_or_default()) == MediaKind::Film;
                if is_film && self.record.kind.as_str() != "sound" {
                    let poster = thumbnail(app, &self.file, String::new()).map(|picture| picture.src);
                    Shown::Film { src, span, poster: poster.filter(|_| from < 1.0), label }
                } else {
                    Shown::Sound { src, span, label }
                }
            }
        }
    }

    fn place(&self, app: &App, texts: &Texts) -> Option<Place> {
        let Which::Region(region) = self.which else { return None };
        let zoom = Zoom::of(app, &self.record, &self.file)?;
        let whole = thumbnail(app, &self.file, texts.get("cut-place"))?;
        Some(Place { whole, width: zoom.width, height: zoom.height, region })
    }

    /// Where programs find the same part.
    fn iiif(&self) -> String {
        match self.which {
            Which::Region(region) => region_src(&self.file.digest.to_string(), region, u32::MAX).0,
            Which::Span(..) => {
                format!("/iiif/presentation/3/{}/canvas/{}#{}", self.record.id, self.file.digest, self.which.seconds())
            }
        }
    }

    fn form(&self, reader: &Reader) -> Option<Form> {
        let Which::Span(from, to) = self.which else { return None };
        Some(Form { from: npt(from), to: npt(to), ..Form::of(reader, &self.record, &self.file)? })
    }

    /// What is said in these moments, in the language of the reader if there are words in it.
    fn said(&self, app: &App, reader: &Reader) -> anyhow::Result<Spoken> {
        let Which::Span(from, to) = self.which else { return Ok(Spoken::default()) };
        // Words are of a record: where it has several recordings, nobody knows of which.
        let whole = app.archive.catalogue().record(self.record.id)?;
        let is_played = |file: &&File| Form::of(reader, &self.record, file).is_some();
        if whole.is_none_or(|whole| whole.files.iter().filter(is_played).count() != 1) {
            return Ok(Spoken::default());
        }
        let heard = Heard::of(app, reader, &self.record, "cut")?;
        let own = heard.words.iter().find(|words| words.language == reader.texts.language());
        let Some(words) = own.or(heard.words.first()) else { return Ok(Spoken::default()) };
        let here = words.cues.iter().filter(|cue| cue.start < to && cue.end > from).take(MOST_LINES);
        let lines = here.map(|cue| (cue.speaker.as_deref().map(nfc), nfc(&cue.text))).collect();
        Ok(Spoken { language: words.language.clone(), lines })
    }

    /// What must stand with it, each with its name, and what may be done with it.
    fn credit(&self, app: &App, reader: &Reader) -> anyhow::Result<(Vec<(String, String)>, String)> {
        let told = record::reading(app, reader, |telling| telling.plain(&self.record, ""))?;
        let words = |names: &[&str]| {
            let fields = told.iter().filter(|field| names.contains(&field.name.as_str()));
            fields.flat_map(|field| field.values.iter().map(|value| (field.label.clone(), value.text.clone()))).collect::<Vec<_>>()
        };
        // That a statement is not known or does not apply is no right.
        let stated = ["rights_statement", "licence"].into_iter().filter(|name| self.record.fields.get(*name).is_some_and(Value::is_string));
        let rights: Vec<String> = words(&stated.collect::<Vec<_>>()).into_iter().map(|(_, words)| words).collect();
        Ok((words(&REQUIRED), rights.join(" · ")))
    }

    fn embedded_size(&self, app: &App) -> (u32, u32) {
        // Under the thing stand its name and whose it is.
        const CAPTION: u32 = 96;
        match self.shown(app, &Texts::vietnamese(), MOST_EMBEDDED) {
            Shown::Region { picture, .. } => (picture.width.max(320), picture.height + CAPTION),
            Shown::Film { .. } => (640, 360 + CAPTION),
            Shown::Sound { .. } => (640, 64 + CAPTION),
        }
    }

    /// Whether everyone may have the file of which it is a part.
    fn is_public(&self, app: &App, reader: &Reader) -> anyhow::Result<bool> {
        let record = app.record_with_files(&reader.as_public().visitor.viewer, &self.record.id.to_string())?;
        Ok(record.is_some_and(|record| record.files.iter().any(|file| file.digest == self.file.digest)))
    }

    /// What another site writes into its page.
    fn embed_code(&self, app: &App, reader: &Reader) -> String {
        let (width, height) = self.embedded_size(app);
        let src = format!("{}/r/{}/embed?{}", reader.visitor.origin(), self.record.id, self.query());
        let title = format!("{}, {}", self.title(&reader.texts), self.in_words(&reader.texts));
        format!(
            "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" loading=\"lazy\" allow=\"fullscreen\"></iframe>",
            escape(&src),
            escape(&title)
        )
    }
}
