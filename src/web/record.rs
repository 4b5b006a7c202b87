//! `/r/ID`: one record with the medium itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kho_archive::date::Edtf;
use kho_archive::record::{File, Record, RecordId, Role};
use unicode_normalization::UnicodeNormalization;

use super::app::{App, Gone};
use super::compare::Compared;
use super::error::WebError;
use super::folders::{self, Folder};
use super::page::{self, Card, Page, Picture, Reader};
use super::set::Set;
use super::texts::Texts;
use super::zoom::Zoom;
use super::{api, cut, desk, links, related, zoom};
use crate::derivative::State as Made;
use crate::derivative::picture::outside;
use crate::derivative::reading::{self, Reading};
use crate::derivative::{Recipe, STORYBOARD, THUMBNAIL, WAVEFORM};
use crate::editing::merging;
use crate::media::{MediaKind, kind_of};

mod advice;
pub(super) mod finding;
mod head;
mod lineage;
mod pages;
pub(super) mod playing;
pub(super) mod said;
mod series;
mod speech;
pub(super) mod steps;
mod stub;

use head::Head;
use playing::played;
use said::{Reading as Telling, Section};
use speech::Speech;
pub(super) use speech::{Heard, Track, Words, language_label, timed_files};

/// More of a text than this is not put on the page; the whole of it is one click away.
const LONGEST_TEXT: usize = 20_000;

/// Originals up to this length are shown in the page themselves; larger ones by their thumbnail.
const LARGEST_SHOWN: u64 = 6 << 20;

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

pub(super) enum Medium {
    Image {
        picture: Picture,
        full: String,
        zoom: Option<Zoom>,
    },
    Film(Film),
    Sound {
        recording: Recording,
        waveform: Option<String>,
    },
    Text {
        text: String,
        is_cut: bool,
        full: String,
    },
    /// `sheet` is the page that the reader turned to, where pages can be drawn.
    Document {
        full: String,
        label: String,
        sheet: Option<pages::Sheet>,
    },
    Placeholder {
        reason: String,
        full: String,
    },
}

/// A recording as it stands on its page.
pub(super) struct Recording {
    /// What the player is given; `None` if there is nothing that a browser plays.
    src: Option<String>,
    /// What must be known of that; empty if nothing.
    note: String,
    /// The original and its media type.
    original: String,
    mime: String,
    label: String,
}

pub(super) struct Film {
    recording: Recording,
    poster: Option<Picture>,
    storyboard: Option<Picture>,
    /// How many frames are on the storyboard.
    frames: u32,
    tracks: Vec<Track>,
    chapters: Option<Track>,
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
    for group in telling.referring(record.id)? {
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

/// A recording as it is played.
pub(super) struct Player {
    pub(super) src: String,
    pub(super) is_film: bool,
    pub(super) waveform: Option<String>,
}

/// Returns how the first film or sound of a record is played; `None` if there is none.
pub(super) fn player(app: &App, record: &Record) -> Option<Player> {
    let kind = |file: &File| kind_of(file.technical.mime.as_deref().unwrap_or_default());
    let is_played = |file: &&File| file.role == Role::original() && file.size > 0 && matches!(kind(file), MediaKind::Film | MediaKind::Sound);
    let file = record.files.iter().find(is_played)?;
    let is_film = kind(file) == MediaKind::Film && record.kind.as_str() != "sound";
    // At the desk somebody may know how to play what most browsers do not.
    let src = played(app, file).source().map_or_else(|| media_href(file), |(src, _)| src.to_owned());
    Some(Player { src, is_film, waveform: waveform(app, file).filter(|_| !is_film) })
}

pub(super) fn waveform(app: &App, file: &File) -> Option<String> {
    (app.derivatives.state(&file.digest, WAVEFORM) == Made::Made).then(|| format!("/derived/{}/{}", file.digest, WAVEFORM.name))
}

fn media(app: &App, reader: &Reader, record: &Record, title: &str, speech: &Speech) -> Vec<Medium> {
    let originals = record.files.iter().filter(|file| file.role == Role::original());
    originals.map(|file| medium(app, reader, record, file, (title, speech))).collect()
}

fn medium(app: &App, reader: &Reader, record: &Record, file: &File, (title, speech): (&str, &Speech)) -> Medium {
    let texts = &reader.texts;
    let mime = file.technical.mime.clone().unwrap_or_default();
    let src = media_href(file);
    match kind_of(&mime) {
        _ if file.size == 0 => Medium::Placeholder { reason: texts.get("no-preview"), full: src },
        // Sound alone in a film container is played as sound.
        MediaKind::Film if record.kind.as_str() != "sound" => Medium::Film(Film {
            recording: recording(app, texts, file, title),
            poster: thumbnail(app, file, texts.with("picture-alt", "title", title)),
            storyboard: made(app, file, STORYBOARD, texts.with("storyboard-alt", "title", title)),
            frames: outside::frames(file.technical.duration_s.unwrap_or(0.0)),
            tracks: speech.tracks.clone(),
            chapters: speech.chapters.clone(),
        }),
        MediaKind::Film | MediaKind::Sound => Medium::Sound { recording: recording(app, texts, file, title), waveform: waveform(app, file) },
        MediaKind::Image => match image(app, texts, file, title) {
            Medium::Image { picture, full, .. } => Medium::Image { picture, full, zoom: Zoom::of(app, record, file) },
            other => other,
        },
        MediaKind::Document if mime == "application/pdf" => {
            Medium::Document { full: src, label: texts.get("open-document"), sheet: pages::sheet(app, reader, file, title) }
        }
        MediaKind::Document | MediaKind::File => match reading::of(&app.derivatives, file) {
            Some(reading) => text(&reading, src),
            None => Medium::Placeholder { reason: texts.get("no-preview"), full: src },
        },
    }
}

fn recording(app: &App, texts: &Texts, file: &File, title: &str) -> Recording {
    let played = played(app, file);
    Recording {
        src: played.source().map(|(src, _)| src.to_owned()),
        note: played.note(texts),
        original: media_href(file),
        mime: file.technical.mime.clone().unwrap_or_default(),
        label: title.to_owned(),
    }
}

/// A picture: the original where the browser can show it and it is not too large, else its thumbnail.
pub(super) fn image(app: &App, texts: &Texts, file: &File, title: &str) -> Medium {
    let full = media_href(file);
    let alt = texts.with("picture-alt", "title", title);
    let mime = file.technical.mime.as_deref().unwrap_or_default();
    let is_shown = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml", "image/avif", "image/bmp"].contains(&mime);
    let made = app.derivatives.state(&file.digest, THUMBNAIL);
    if is_shown && file.size <= LARGEST_SHOWN && !matches!(made, Made::Failed(_)) {
        let (width, height) = upright(file).unwrap_or((0, 0));
        if width > 0 {
            return Medium::Image { picture: Picture { src: full.clone(), width, height, alt }, full, zoom: None };
        }
    }
    match (thumbnail(app, file, alt), made) {
        (Some(picture), _) => Medium::Image { picture, full, zoom: None },
        (None, Made::Failed(reason)) => Medium::Placeholder { reason: texts.with("preview-failed", "reason", &reason), full },
        (None, _) => Medium::Placeholder { reason: texts.get("no-preview"), full },
    }
}

/// Returns a picture as its page shows it; `None` if there is nothing to be seen yet.
pub(super) fn picture(app: &App, texts: &Texts, file: &File, title: &str) -> Option<Picture> {
    match image(app, texts, file, title) {
        Medium::Image { picture, .. } => Some(picture),
        _ => None,
    }
}

pub(super) fn thumbnail(app: &App, file: &File, alt: String) -> Option<Picture> {
    made(app, file, THUMBNAIL, alt)
}

/// Returns a picture that was made of a file.
fn made(app: &App, file: &File, recipe: Recipe, alt: String) -> Option<Picture> {
    if app.derivatives.state(&file.digest, recipe) != Made::Made {
        return None;
    }
    // Of a page of a PDF or a frame of a film only the picture itself knows its size.
    let (width, height) = image::image_dimensions(app.derivatives.path(&file.digest, recipe)).ok()?;
    let src = format!("/derived/{}/{}", file.digest, recipe.name);
    Some(Picture { src, width, height, alt })
}

/// Returns width and height as a person sees them: orientations from 5 on lie on their side.
pub(super) fn upright(file: &File) -> Option<(u32, u32)> {
    let (width, height) = (file.technical.width?, file.technical.height?);
    let lies = file.technical.orientation.is_some_and(|orientation| orientation >= 5);
    Some(if lies { (height, width) } else { (width, height) })
}

fn text(reading: &Reading, full: String) -> Medium {
    let spoken = reading.cues.iter().map(|cue| cue.text.as_str()).collect::<Vec<_>>().join("\n");
    let whole = nfc(if reading.cues.is_empty() { &reading.text } else { &spoken });
    let cut = whole.char_indices().nth(LONGEST_TEXT).map(|(place, _)| place);
    let text = cut.map_or(whole.as_str(), |place| &whole[..place]).to_owned();
    Medium::Text { text, is_cut: cut.is_some() || reading.is_cut, full }
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

/// The address of an original, with its readable name at the end so that a download bears it.
pub(super) fn media_href(file: &File) -> String {
    match file.paths.first() {
        Some(found) => format!("/media/{}/{}", file.digest, links::part(file_name(&found.name))),
        None => format!("/media/{}", file.digest),
    }
}

/// Returns a media type as people name the format: JPEG, M4A.
pub(super) fn format_name(mime: &str) -> String {
    match mime {
        "audio/mpeg" => "MP3".to_owned(),
        "application/x-subrip" => "SRT".to_owned(),
        "text/plain" => "TXT".to_owned(),
        "video/quicktime" => "MOV".to_owned(),
        _ => mime.rsplit_once('/').map_or(mime, |(_, name)| name).trim_start_matches("x-").to_uppercase(),
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns a length in units that people use.
pub(super) fn size(texts: &Texts, bytes: u64) -> String {
    let units = [("size-tb", 1 << 40), ("size-gb", 1 << 30), ("size-mb", 1 << 20), ("size-kb", 1 << 10), ("size-bytes", 1)];
    let (key, unit) = units.into_iter().find(|(_, unit)| bytes >= *unit).unwrap_or(("size-bytes", 1));
    texts.count(key, (bytes + unit / 2) / unit)
}

/// Returns seconds as on a clock: 0:42, 1:02:03.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Returns a date as people read it: what lies between two dates with both of them, what is about or in doubt in words.
pub(super) fn edtf(texts: &Texts, date: &Edtf) -> String {
    let text = date.to_string();
    match text.split_once('/') {
        Some((".." | "", until)) => texts.with("date-until", "date", &point(texts, until)),
        Some((since, ".." | "")) => texts.with("date-since", "date", &point(texts, since)),
        Some((since, until)) => {
            let (since, until) = (point(texts, since), point(texts, until));
            let are_bare = [&since, &until].iter().all(|year| year.chars().all(|digit| digit.is_ascii_digit()));
            if are_bare { format!("{since}–{until}") } else { format!("{since} – {until}") }
        }
        None => point(texts, &text),
    }
}

/// One end of an interval, or the whole of a date: years and decades in digits, whole days in the order of the language.
fn point(texts: &Texts, text: &str) -> String {
    let bare = text.trim_end_matches(['~', '?', '%']);
    let read = bare.parse().map_or_else(|_| bare.to_owned(), |date| in_order(texts, bare, &date));
    match &text[bare.len()..] {
        "" => read,
        "~" => texts.with("date-about", "date", &read),
        "?" => texts.with("date-doubtful", "date", &read),
        _ => texts.with("date-doubtful", "date", &texts.with("date-about", "date", &read)),
    }
}

fn in_order(texts: &Texts, text: &str, date: &Edtf) -> String {
    let (first, last) = date.bounds();
    match text.split_once('-') {
        _ if first == last => day(texts, &first.to_string()),
        // A month, and nothing more.
        Some((year, month)) if text.len() == 7 && (1..=12).contains(&month.parse().unwrap_or(0)) => {
            if texts.language() == "vi" {
                format!("{month}/{year}")
            } else {
                first.strftime("%B %Y").to_string()
            }
        }
        _ => text.to_owned(),
    }
}

/// Returns the day of a moment like 2025-03-12T08:15:00 as it is written in the language.
pub(super) fn day(texts: &Texts, taken: &str) -> String {
    let Some(date) = taken.get(..10).and_then(|date| date.parse::<jiff::civil::Date>().ok()) else { return taken.to_owned() };
    if texts.language() == "vi" { date.strftime("%d/%m/%Y").to_string() } else { date.strftime("%-d %B %Y").to_string() }
}

pub(super) fn moment(texts: &Texts, taken: &str) -> String {
    let time = taken.get(11..16).map(|time| format!(", {time}")).unwrap_or_default();
    day(texts, taken) + &time
}

/// Text for people is shown in NFC: some fonts draw other forms badly. What is kept stays as it is.
pub(super) fn nfc(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_say_them() {
        let said = |text: &str, texts: &Texts| edtf(texts, &text.parse().unwrap());
        let (vi, en) = (Texts::vietnamese(), Texts::english());
        assert_eq!(said("2025-02-05", &vi), "05/02/2025");
        assert_eq!((said("2025-03", &vi), said("2025-03", &en)), ("03/2025".to_owned(), "March 2025".to_owned()));
        assert_eq!(said("1990/1993", &vi), "1990–1993");
        assert_eq!(said("1693~/1753~", &vi), "khoảng 1693 – khoảng 1753");
        assert_eq!(said("1930~", &en), "about 1930");
        assert_eq!(said("1986/..", &vi), "từ 1986");
        assert_eq!(said("2025-02-05/2025-02-07", &vi), "05/02/2025 – 07/02/2025");
    }
}
