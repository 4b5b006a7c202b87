//! `/r/ID`: one record with the medium itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kho_archive::record::{File, Record, RecordId};

use super::app::{App, Gone};
use super::compare::Compared;
use super::error::WebError;
use super::folders::{self, Folder};
use super::in_words::{clock, day, file_name, format_name, moment, nfc, size};
use super::page::{self, Card, Page, Reader};
use super::set::Set;
use super::texts::Texts;
use super::{api, cut, desk, related, zoom};
use crate::editing::merging;

mod advice;
pub(super) mod finding;
mod head;
mod lineage;
mod medium;
mod pages;
pub(super) mod playing;
pub(super) mod said;
mod series;
mod speech;
pub(super) mod steps;
mod stub;

use head::Head;
use medium::media;
pub(super) use medium::{Medium, Player, image, media_href, picture, player, thumbnail, upright};
use said::{Reading as Telling, Section};
use speech::Speech;
pub(super) use speech::{Heard, Track, Words, language_label, timed_files};

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    page: Page,
    /// What programs are told. Safe HTML, drawn by a template of its own.
    head: String,
    /// Where it is, whole: for print.
    address: String,
    id: String,
    title: String,
    other_title: Option<String>,
    kind: String,
    kind_label: String,
    description: Option<String>,
    media: Vec<Medium>,
    /// What is said, as the reader wants to read it.
    speech: Speech,
    /// Where somebody says which moments of its recordings to cut out. Safe HTML, drawn by templates of their own.
    cuts: Vec<String>,
    /// What its kind has before all else: the steps of a technique. Safe HTML, drawn by templates of their own.
    leading: Vec<String>,
    /// What its kind has behind what is said of it: who taught whom, what was counted. Safe HTML likewise.
    closing: Vec<String>,
    /// Where the time index can be fetched for other programs; empty if there is none.
    ohms_href: String,
    /// What is said of it, by the model.
    sections: Vec<Section>,
    /// What refers to it.
    gathered: Vec<Gathered>,
    /// What has something in common with it. Safe HTML, drawn by a template of its own.
    related: String,
    facts: Vec<Fact>,
    files: Vec<FileRow>,
    /// How the delivery lay, if this is one.
    folder: Option<Folder>,
    json_href: String,
    /// Its identifier as addresses have it.
    set_id: String,
    /// The set that is being put together, with this record in it.
    set_href: String,
    /// Where other people's viewers find it; empty if there is nothing to present.
    manifest_href: String,
    /// What there is to do with it, for those who describe: addresses and names.
    tasks: Vec<(String, String)>,
}

/// Records that refer to this one in the same way.
struct Gathered {
    heading: String,
    cards: Vec<Card>,
    /// How many more there are, in words; empty if none.
    more: String,
}

pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
}

struct FileRow {
    name: String,
    role_label: String,
    size: String,
    href: String,
    digest: String,
}

impl RecordPage {
    /// Whether there is a document whose pages can be turned.
    fn has_pages(&self) -> bool {
        self.media.iter().any(|medium| matches!(medium, Medium::Document { sheet: Some(_), .. }))
    }

    /// Whether there is something to play, or to read along.
    fn is_played(&self) -> bool {
        self.has_words() || self.media.iter().any(|medium| matches!(medium, Medium::Film(_) | Medium::Sound { .. }))
    }

    /// Whether there is something to be read beside the player.
    fn has_words(&self) -> bool {
        !(self.speech.rows.is_empty() && self.speech.points.is_empty())
    }

    /// Whether there is a picture that can be looked at closely.
    fn has_zoom(&self) -> bool {
        self.media.iter().any(|medium| matches!(medium, Medium::Image { zoom: Some(_), .. }))
    }
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, reader: Reader) -> Result<Response, WebError> {
    if let Some(id) = id.strip_suffix(".json").map(str::to_owned) {
        return api::json_ld(app, id, reader.visitor).await.map(IntoResponse::into_response);
    }
    if let Some((id, form)) = speech::form(&id) {
        return speech::send(app, reader, id, form).await;
    }
    let (asked, viewer) = (id.clone(), reader.visitor.viewer.clone());
    match app.run(move |app| app.gone(&viewer, &asked)).await? {
        Some(Gone::Erased) => return Err(app.missing(reader, id).await),
        Some(Gone::Into(heir)) => return Ok(Redirect::permanent(&format!("/r/{heir}")).into_response()),
        None => {}
    }
    page::respond(app, reader, move |app, reader| {
        let Some(record) = app.give_record(&reader.visitor, &id, "page")? else {
            return stub::of(app, reader, &id)?.map(|stub| page::draw(&stub)).transpose();
        };
        let admitted = app.admitted(&reader.visitor.viewer)?;
        let folder = folders::folder(app, reader, &record, reader.parameter("folder"))?;
        // A folder that was never there is a page that is not there.
        if folder.is_none() && !reader.parameter("folder").is_empty() {
            return Ok(None);
        }
        page::draw(&RecordPage { folder, ..record_page(app, reader, reader.page(&admitted, None), &record)? }).map(Some)
    })
    .await
}

fn record_page(app: &App, reader: &Reader, page: Page, record: &Record) -> anyhow::Result<RecordPage> {
    let texts = &reader.texts;
    let title = nfc(&record.title_in(texts.language()));
    let other_title = record.title.get(&page.other_language).map(|text| nfc(text)).filter(|other| *other != title);
    let description = record.description.get(texts.language()).or_else(|| record.description.values().next());
    let (leading, closing, sections, gathered) = reading(app, reader, |telling| {
        let steps = steps::Telling { app, reader, reading: telling, technique: record }.steps()?;
        let leading = steps.iter().map(page::draw).collect::<anyhow::Result<_>>()?;
        let surveys = series::surveys(app, reader, record)?;
        let closing = closing(app, reader, telling, record, &surveys)?;
        Ok((leading, closing, telling.sections(record)?, gathered(app, reader, telling, record, &surveys)?))
    })?;
    let speech = Speech::of(app, reader, record)?;
    let head = Head::of(app, reader, record)?;
    Ok(RecordPage {
        head: page::draw(&head)?,
        manifest_href: head.manifest,
        address: head.url,
        leading,
        closing,
        sections,
        gathered,
        related: related::of(app, reader, record)?.map_or_else(|| Ok(String::new()), |related| page::draw(&related))?,
        id: record.id.grouped(),
        other_title,
        kind: record.kind.to_string(),
        kind_label: label_of_kind(app, texts, record.kind.as_str()),
        description: description.map(|text| nfc(text)),
        media: media(app, reader, speech.recording(record), &title, &speech),
        cuts: cut::span_forms(reader, speech.recording(record))?,
        ohms_href: speech.ohms_href(record),
        speech,
        facts: folders::facts(texts, record).into_iter().chain(facts(texts, record)).collect(),
        folder: None,
        files: record.files.iter().map(|file| file_row(texts, file)).collect(),
        json_href: format!("/r/{}.json", record.id),
        set_id: record.id.to_string(),
        set_href: Set::carried(reader).with(record.id).href("/set"),
        tasks: tasks(app, reader, record)?,
        page,
        title,
    })
}

/// What somebody who describes records can do with this one.
fn tasks(app: &App, reader: &Reader, record: &Record) -> anyhow::Result<Vec<(String, String)>> {
    if !reader.visitor.account().is_some_and(|account| account.role.has_desk()) {
        return Ok(Vec::new());
    }
    let can_show_a_step = desk::clip::MEDIA.contains(&record.kind.as_str());
    let can_merge = merging::can_merge(&*app.archive.catalogue().model()?, record.kind.as_str());
    let tasks = [
        ("describe/", "task-describe", true),
        ("history/", "history-heading", true),
        ("clip/", "clip-heading", can_show_a_step),
        ("merge?a=", "task-merge", can_merge),
    ];
    let task = |(page, key, _): (&str, &str, bool)| (format!("/desk/{page}{}", record.id), reader.texts.get(key));
    Ok(tasks.into_iter().filter(|(.., is_there)| *is_there).map(task).collect())
}

/// Lets something read records as this reader may see them.
pub(super) fn reading<T>(app: &App, reader: &Reader, read: impl FnOnce(&Telling<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let viewer = &reader.visitor.viewer;
    let admits = |id| app.admits(viewer, id);
    let sees = |id: RecordId| app.record(viewer, &id.to_string());
    read(&Telling { archive: &app.archive, texts: &reader.texts, admits: &admits, sees: &sees })
}

/// Who taught whom, what was counted, and what that proposes: of people and practices.
fn closing(app: &App, reader: &Reader, telling: &Telling<'_>, record: &Record, surveys: &[Record]) -> anyhow::Result<Vec<String>> {
    let mut parts = Vec::new();
    if let Some(series) = series::of(reader, telling, surveys)? {
        parts.push(page::draw(&series)?);
    }
    if let Some(advice) = advice::of(app, reader, record, surveys)? {
        parts.push(page::draw(&advice)?);
    }
    if let Some(compared) = Compared::of(app, reader, record)? {
        parts.push(page::draw(&compared)?);
    }
    if let Some(lineage) = lineage::of(app, reader, record)? {
        parts.push(page::draw(&lineage)?);
    }
    parts.push(cut::citations(app, reader, record)?);
    Ok(parts)
}

/// What refers to a record, as cards; `told` is told in another way already.
fn gathered(app: &App, reader: &Reader, telling: &Telling<'_>, record: &Record, told: &[Record]) -> anyhow::Result<Vec<Gathered>> {
    let mut gathered = Vec::new();
    for group in telling.referring(record.id, &*app.admitted(&reader.visitor.viewer)?)? {
        let mut cards = Vec::new();
        for id in group.ids.into_iter().filter(|id| told.iter().all(|told| told.id != *id)) {
            cards.extend(app.record(&reader.visitor.viewer, &id.to_string())?.map(|record| card(app, reader, &record)));
        }
        let more = if group.more == 0 { String::new() } else { reader.texts.count("more-records", group.more as u64) };
        if !cards.is_empty() {
            gathered.push(Gathered { heading: group.heading, cards, more });
        }
    }
    Ok(gathered)
}

/// Returns what a kind is called: by the message files, else by the model.
pub(super) fn label_of_kind(app: &App, texts: &Texts, kind: &str) -> String {
    let by_model = || said::label_of_kind(app.archive.catalogue(), &kind.into(), texts.language());
    texts.known(&format!("kind-{kind}")).or_else(by_model).unwrap_or_else(|| kind.to_owned())
}

/// Returns a record as it stands in lists.
pub(crate) fn card(app: &App, reader: &Reader, record: &Record) -> Card {
    let original = record.files.first();
    let thumbnail = original.and_then(|file| thumbnail(app, file, String::new()));
    let technical = original.map(|file| &file.technical);
    let taken = technical.and_then(|facts| facts.taken.as_deref()).map(|taken| day(&reader.texts, taken));
    let duration = technical.and_then(|facts| facts.duration_s).map(clock);
    Card {
        href: format!("/r/{}", record.id),
        title: nfc(&record.title_in(reader.texts.language())),
        kind: record.kind.to_string(),
        kind_label: label_of_kind(app, &reader.texts, record.kind.as_str()),
        thumbnail,
        note: duration.or(taken).unwrap_or_default(),
    }
}

fn facts(texts: &Texts, record: &Record) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| Fact { label: texts.get(key), value }));
    };
    let Some(original) = record.files.first() else { return facts };
    let technical = &original.technical;
    add("fact-taken", technical.taken.as_deref().map(|taken| moment(texts, taken)));
    add("fact-duration", technical.duration_s.map(clock));
    let pixels = upright(original).map(|(width, height)| format!("{width} × {height}"));
    add("fact-size-pixels", pixels);
    add("fact-measured", zoom::measured(texts, original));
    add("fact-format", technical.mime.as_deref().map(format_name));
    add("fact-original-name", original.paths.first().map(|found| file_name(&found.name).to_owned()));
    facts
}

fn file_row(texts: &Texts, file: &File) -> FileRow {
    FileRow {
        name: file.paths.first().map_or_else(|| made_name(texts, file), |found| file_name(&found.name).to_owned()),
        role_label: texts.facet_value("role", file.role.as_str()),
        size: size(texts, file.size),
        href: media_href(file),
        digest: file.digest.to_string(),
    }
}

/// What a file is called that was found nowhere, but made here: a report, by its format and language.
fn made_name(texts: &Texts, file: &File) -> String {
    let language = file.more.get("language").and_then(|language| language.as_str()).map(|language| texts.facet_value("language", language));
    let format = file.technical.mime.as_deref().map(format_name);
    [Some(texts.facet_value("role", file.role.as_str())), format, language].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
