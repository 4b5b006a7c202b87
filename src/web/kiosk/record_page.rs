//! `/kiosk/r/ID` and `/kiosk/r/ID/steps/STEP`: one thing, large: to look at, to hear, to go on from.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::record::{File, Record, RecordId};

use super::{Frame, Guest, HOME, Tile, can_be_cut, is_image, large_picture, originals, respond};
use crate::derivative::reading;
use crate::web::app::App;
use crate::web::in_words;
use crate::web::page::{self, Picture};
use crate::web::portrait::Cards;
use crate::web::record::said::Reading;
use crate::web::record::steps::{self, Clip, Shown, Step};
use crate::web::record::{self, Heard, Track, language_label};
use crate::web::zoom;

/// So many pictures of one record stand on its page.
const MOST_PICTURES: usize = 12;

/// So much of a text stands on a screen, in letters: nobody reads a book standing.
const LONGEST_TEXT: usize = 4_000;

/// The parts of what is said of a record that visitors read; the others are for those who look after it.
const SECTIONS: [&str; 7] = ["identity", "description", "people", "place", "time", "process", "status"];

/// What must be read by whoever sees the thing: whose it is, and what its community asks.
const CREDITS: [&str; 3] = ["credit_line", "rights_holder", "notices"];

/// What archivists find records by, and what the page shows in other ways.
const UNTOLD: [&str; 4] = ["code", "version_number", "shows_steps", "media_kind"];

/// So many lines are told, and a longer line than that is left to the page in the web, in letters.
const MOST_FACTS: usize = 12;
const LONGEST_FACT: usize = 400;

/// So many records that belong to it are offered, and so many are looked at for that.
const MOST_RELATED: usize = 12;
const MOST_LOOKED_AT: usize = 60;

#[derive(Template)]
#[template(path = "kiosk/record.html")]
struct RecordPage {
    frame: Frame,
    title: String,
    kind: String,
    kind_label: String,
    /// Words, and their language where it is another than that of the page.
    description: Option<(String, Option<String>)>,
    pictures: Vec<Zoomed>,
    player: Option<Player>,
    text: String,
    steps: Vec<StepTile>,
    facts: Vec<(String, String)>,
    related: Vec<Tile>,
    zoom_script: String,
}

#[derive(Template)]
#[template(path = "kiosk/step.html")]
struct StepPage {
    frame: Frame,
    technique: String,
    technique_href: String,
    kind: String,
    name: String,
    name_language: Option<String>,
    place: String,
    /// Who keeps it, where only its name may be told.
    kept: Option<String>,
    what: Option<(String, Option<String>)>,
    clips: Vec<StepClip>,
    facts: Vec<(String, String)>,
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

/// A picture, and where it can be looked at closely; empty if it cannot.
struct Zoomed {
    picture: Picture,
    info: String,
    /// How many pixels of it are a millimetre of the thing; empty if nobody knows.
    scale: String,
}

/// A film or a recording with what is said in it.
struct Player {
    src: String,
    is_film: bool,
    poster: String,
    waveform: String,
    label: String,
    tracks: Vec<Track>,
    /// When, as on a clock, and what about.
    chapters: Vec<Chapter>,
    /// All that is said in one language, to be read.
    words: Option<(String, Vec<String>)>,
}

struct Chapter {
    seconds: String,
    at: String,
    title: String,
}

/// A step as something to touch.
struct StepTile {
    number: usize,
    name: String,
    language: Option<String>,
    href: String,
    picture: Option<Picture>,
    kept: Option<String>,
}

struct StepClip {
    picture: Option<Picture>,
    player: Option<Player>,
    caption: String,
}

pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, guest: Guest) -> Response {
    respond(app, guest, move |app, guest| {
        let Some(record) = given(app, guest, &id)? else { return Ok(None) };
        Ok(Some(page::draw(&record_page(app, guest, &record)?)?))
    })
    .await
}

pub(crate) async fn step(State(app): State<Arc<App>>, Path((id, step)): Path<(String, String)>, guest: Guest) -> Response {
    respond(app, guest, move |app, guest| {
        let Some(technique) = given(app, guest, &id)? else { return Ok(None) };
        let page = record::reading(app, &guest.reader, |reading| step_page(app, guest, reading, &technique, &step))?;
        page.map(|page| page::draw(&page)).transpose()
    })
    .await
}

/// Returns a record that this screen shows. That a screen is given what the public may not see is written down, or it is not given.
fn given(app: &App, guest: &Guest, id: &str) -> anyhow::Result<Option<Record>> {
    match app.record(&guest.reader.visitor.viewer, id)? {
        Some(record) if guest.shows(app, &record)? => app.give_record(&guest.reader.visitor, id, "page"),
        _ => Ok(None),
    }
}

fn record_page(app: &App, guest: &Guest, record: &Record) -> anyhow::Result<RecordPage> {
    let texts = guest.texts();
    let title = in_words::nfc(&record.title_in(texts.language()));
    let (description, facts, steps, related) = record::reading(app, &guest.reader, |reading| {
        let steps = steps::Telling { app, reader: &guest.reader, reading, technique: record }.steps()?;
        let steps = steps.map(|steps| steps.steps).unwrap_or_default();
        let tiles = steps.into_iter().map(|step| step_tile(guest, record.id, step)).collect();
        Ok((description(guest, record), facts(app, reading, record)?, tiles, related(app, guest, reading, record)?))
    })?;
    Ok(RecordPage {
        frame: guest.frame(),
        kind: record.kind.to_string(),
        kind_label: record::label_of_kind(app, texts, record.kind.as_str()),
        description,
        pictures: pictures(app, guest, record, &title),
        player: player(app, guest, record, &title)?,
        text: originals(record).find_map(|file| text(app, file)).unwrap_or_default(),
        steps,
        facts,
        related,
        zoom_script: crate::web::assets::href("vendor/openseadragon/openseadragon.min.js"),
        title,
    })
}

fn description(guest: &Guest, record: &Record) -> Option<(String, Option<String>)> {
    let language = guest.texts().language();
    let (spoken, words) = record.description.get_key_value(language).or_else(|| record.description.iter().next())?;
    Some((in_words::nfc(words), (spoken != language).then(|| spoken.clone())))
}

/// What is said of it, in lines that lead nowhere.
fn facts(app: &App, reading: &Reading<'_>, record: &Record) -> anyhow::Result<Vec<(String, String)>> {
    let model = app.archive.catalogue().model()?;
    let label = |name: &str| model.field(record.kind.as_str(), name).map(|field| field.label(reading.texts.language()).to_owned());
    let (credits, untold): (Vec<String>, Vec<String>) =
        (CREDITS.into_iter().filter_map(label).collect(), UNTOLD.into_iter().filter_map(label).collect());
    let mut facts = Vec::new();
    for section in reading.sections(record)? {
        let lines = section.said.lines();
        facts.extend(lines.into_iter().filter(|(label, _)| SECTIONS.contains(&section.id) || credits.contains(label)));
    }
    facts.retain(|(label, words)| !untold.contains(label) && !words.is_empty());
    // What must be read is never left out, however long; it comes last.
    let (required, mut told): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(label, _)| credits.contains(label));
    told.retain(|(_, words)| words.chars().count() <= LONGEST_FACT);
    told.truncate(MOST_FACTS.saturating_sub(required.len()));
    Ok(told.into_iter().chain(required).collect())
}

fn pictures(app: &App, guest: &Guest, record: &Record, title: &str) -> Vec<Zoomed> {
    let zoomed = |file: &File| {
        let picture = large_picture(app, guest.texts(), file, title)?;
        let info = if can_be_cut(file) { format!("/iiif/3/{}/info.json", file.digest) } else { String::new() };
        let scale = zoom::pixels_in_a_millimetre(file).map(|scale| format!("{scale:.4}"));
        Some(Zoomed { picture, info, scale: scale.unwrap_or_default() })
    };
    // Of a document its first page is seen.
    let page = |file: &File| {
        let picture = record::thumbnail(app, file, guest.texts().with("picture-alt", "title", title))?;
        (!is_image(file)).then_some(Zoomed { picture, info: String::new(), scale: String::new() })
    };
    let is_played = record::player(app, record).is_some();
    originals(record).filter_map(|file| zoomed(file).or_else(|| page(file).filter(|_| !is_played))).take(MOST_PICTURES).collect()
}

/// The words of a document.
fn text(app: &App, file: &File) -> Option<String> {
    let words = in_words::nfc(reading::of(&app.derivatives, file)?.text.trim());
    let end = words.char_indices().nth(LONGEST_TEXT).map(|(place, _)| place);
    Some(end.map_or(words.clone(), |end| format!("{}…", &words[..end]))).filter(|words| !words.is_empty())
}

fn player(app: &App, guest: &Guest, record: &Record, title: &str) -> anyhow::Result<Option<Player>> {
    let Some(played) = record::player(app, record) else { return Ok(None) };
    let heard = Heard::of(app, &guest.reader, record, "page")?;
    let poster = originals(record).find_map(|file| record::thumbnail(app, file, String::new())).map(|picture| picture.src);
    let language = guest.texts().language();
    let read = heard.words.iter().find(|words| words.language == language).or_else(|| heard.words.first());
    let lines = |cues: &[crate::media::transcript::Cue]| cues.iter().map(|cue| in_words::nfc(&cue.text)).collect();
    let chapters = record::reading(app, &guest.reader, |reading| {
        let chapter = |point: &serde_json::Value| {
            let seconds = point["time"].as_f64()? / 1000.0;
            let (title, _) = reading.text(point.get("title"))?;
            Some(Chapter { seconds: seconds.to_string(), at: in_words::clock(seconds), title })
        };
        Ok(heard.points.iter().filter_map(chapter).collect())
    })?;
    Ok(Some(Player {
        src: played.src,
        is_film: played.is_film,
        poster: poster.unwrap_or_default(),
        waveform: played.waveform.unwrap_or_default(),
        label: title.to_owned(),
        words: read.map(|words| (words.language.clone(), lines(&words.cues))),
        tracks: tracks(guest, &heard),
        chapters,
    }))
}

/// Subtitles, those in the language of the page first.
fn tracks(guest: &Guest, heard: &Heard) -> Vec<Track> {
    let texts = guest.texts();
    let track = |words: &record::Words| Track {
        src: words.src.clone(),
        language: words.language.clone(),
        label: language_label(texts, &words.language),
        is_default: false,
    };
    let mut tracks: Vec<Track> = heard.words.iter().map(track).collect();
    tracks.sort_by_key(|track| track.language != texts.language());
    // Subtitles are on: a village house is loud.
    tracks.first_mut().into_iter().for_each(|track| track.is_default = true);
    tracks
}

fn step_tile(guest: &Guest, technique: RecordId, step: Step) -> StepTile {
    let picture = step.clips.into_iter().find_map(|clip| match clip.shown {
        Shown::Picture(picture) => Some(picture),
        _ => clip.thumbnail,
    });
    StepTile {
        href: step_href(guest, technique, &step.id),
        number: step.number,
        name: step.name,
        language: step.name_language,
        kept: step.kept,
        picture,
    }
}

fn step_href(guest: &Guest, technique: RecordId, step: &str) -> String {
    guest.href(&format!("{HOME}/r/{technique}/steps/{}", crate::web::links::part(step)), &[])
}

fn step_page(app: &App, guest: &Guest, reading: &Reading<'_>, technique: &Record, id: &str) -> anyhow::Result<Option<StepPage>> {
    let texts = guest.texts();
    let steps = steps::Telling { app, reader: &guest.reader, reading, technique }.steps()?;
    let mut steps = steps.map(|steps| steps.steps).unwrap_or_default();
    let Some(place) = steps.iter().position(|step| step.id == id) else { return Ok(None) };
    let neighbour = |step: &Step| (step_href(guest, technique.id, &step.id), step.name.clone());
    let before = place.checked_sub(1).and_then(|before| steps.get(before)).map(neighbour);
    let after = steps.get(place + 1).map(neighbour);
    let count = steps.len();
    let step = steps.swap_remove(place);
    Ok(Some(StepPage {
        frame: guest.frame(),
        technique: in_words::nfc(&technique.title_in(texts.language())),
        technique_href: guest.record_href(technique.id),
        kind: technique.kind.to_string(),
        place: texts.with("step-of", "place", &format!("{}/{count}", step.number)),
        facts: if step.kept.is_some() { Vec::new() } else { step.said.lines() },
        clips: step.clips.into_iter().filter_map(|clip| step_clip(guest, clip)).collect(),
        name: step.name,
        name_language: step.name_language,
        kept: step.kept,
        what: step.what,
        before,
        after,
    }))
}

/// A picture or a recording of a step; `None` of what is neither.
fn step_clip(guest: &Guest, clip: Clip) -> Option<StepClip> {
    let caption = clip.caption.unwrap_or_else(|| clip.title.clone());
    let played = |src, is_film, mut tracks: Vec<Track>| {
        tracks.sort_by_key(|track| track.language != guest.texts().language());
        for (place, track) in tracks.iter_mut().enumerate() {
            track.is_default = place == 0;
        }
        let (waveform, chapters, words) = (String::new(), Vec::new(), None);
        let poster = clip.thumbnail.as_ref().map(|picture| picture.src.clone()).unwrap_or_default();
        Some(Player { src, is_film, poster, waveform, label: clip.title.clone(), tracks, chapters, words })
    };
    let (picture, player) = match clip.shown {
        Shown::Picture(picture) => (Some(picture), None),
        Shown::Film { src, tracks } => (None, played(src, true, tracks)),
        Shown::Sound { src } => (None, played(src, false, Vec::new())),
        Shown::Other { .. } => return None,
    };
    Some(StepClip { picture, player, caption })
}

/// What it speaks of and what speaks of it, as far as this screen shows that.
fn related(app: &App, guest: &Guest, reading: &Reading<'_>, record: &Record) -> anyhow::Result<Vec<Tile>> {
    let model = app.archive.catalogue().model()?;
    let admitted = app.admitted(&guest.reader.visitor.viewer)?;
    let mut ids: Vec<RecordId> = reading.referring(record.id, &admitted)?.into_iter().flat_map(|group| group.ids).collect();
    ids.extend(model.references(record).into_iter().map(|reference| reference.to));
    let (mut tiles, mut seen, mut cards) = (Vec::new(), vec![record.id], Cards::default());
    for id in ids.into_iter().take(MOST_LOOKED_AT) {
        if tiles.len() >= MOST_RELATED || seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let Some(other) = app.record_with_files(&guest.reader.visitor.viewer, &id.to_string())? else { continue };
        if guest.shows(app, &other)? {
            tiles.push(guest.tile(app, &mut cards, &other)?);
        }
    }
    // What can be seen comes first.
    tiles.sort_by_key(|tile| tile.picture.is_none());
    Ok(tiles)
}
