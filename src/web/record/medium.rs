//! The medium of a record as a page shows it: photographs, films, recordings, texts, and what stands there where nothing can be shown.

use kho_archive::record::{File, Record, Role};

use super::pages;
use super::playing::played;
use super::speech::{Speech, Track};
use crate::derivative::picture::outside;
use crate::derivative::reading::{self, Reading};
use crate::derivative::{Recipe, STORYBOARD, State as Made, THUMBNAIL, WAVEFORM};
use crate::media::{MediaKind, kind_of};
use crate::web::app::App;
use crate::web::in_words::{file_name, nfc};
use crate::web::links;
use crate::web::page::{Picture, Reader};
use crate::web::texts::Texts;
use crate::web::zoom::Zoom;

/// More of a text than this is not put on the page; the whole of it is one click away.
const LONGEST_TEXT: usize = 20_000;

/// How wide photographs are drawn for smaller screens, in pixels.
const WIDTHS: [u32; 2] = [768, 1536];

/// So much of the height of a screen a photograph takes at most, in percent: as the style sheet has it.
const HIGHEST: u64 = 82;

/// Originals up to this length are shown in the page themselves; larger ones by their thumbnail.
const LARGEST_SHOWN: u64 = 6 << 20;

/// One original of a record as its page shows it.
pub(in crate::web) enum Medium {
    Image {
        picture: Picture,
        full: String,
        zoom: Option<Zoom>,
        /// The picture in other sizes, and how wide it stands on the page, as `img` says both.
        sizes: Option<(String, String)>,
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
pub(in crate::web) struct Recording {
    /// What the player is given; `None` if there is nothing that a browser plays.
    pub(in crate::web) src: Option<String>,
    /// What must be known of that; empty if nothing.
    pub(in crate::web) note: String,
    /// The original and its media type.
    pub(in crate::web) original: String,
    pub(in crate::web) mime: String,
    pub(in crate::web) label: String,
}

/// A film, with what stands around its player.
pub(in crate::web) struct Film {
    pub(in crate::web) recording: Recording,
    pub(in crate::web) poster: Option<Picture>,
    pub(in crate::web) storyboard: Option<Picture>,
    /// How many frames are on the storyboard.
    pub(in crate::web) frames: u32,
    pub(in crate::web) tracks: Vec<Track>,
    pub(in crate::web) chapters: Option<Track>,
}

/// A recording as it is played.
pub(in crate::web) struct Player {
    pub(in crate::web) src: String,
    pub(in crate::web) is_film: bool,
    pub(in crate::web) waveform: Option<String>,
}

/// Returns how the first film or sound of a record is played; `None` if there is none.
pub(in crate::web) fn player(app: &App, record: &Record) -> Option<Player> {
    let kind = |file: &File| kind_of(file.technical.mime.as_deref().unwrap_or_default());
    let is_played = |file: &&File| file.role == Role::original() && file.size > 0 && matches!(kind(file), MediaKind::Film | MediaKind::Sound);
    let file = record.files.iter().find(is_played)?;
    let is_film = kind(file) == MediaKind::Film && record.kind.as_str() != "sound";
    // At the desk somebody may know how to play what most browsers do not.
    let src = played(app, file).source().map_or_else(|| media_href(file), |(src, _)| src.to_owned());
    Some(Player { src, is_film, waveform: waveform(app, file).filter(|_| !is_film) })
}

pub(in crate::web) fn waveform(app: &App, file: &File) -> Option<String> {
    (app.derivatives.state(&file.digest, WAVEFORM) == Made::Made).then(|| format!("/derived/{}/{}", file.digest, WAVEFORM.name))
}

pub(super) fn media(app: &App, reader: &Reader, record: &Record, title: &str, speech: &Speech) -> Vec<Medium> {
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
            Medium::Image { picture, full, .. } => {
                let zoom = Zoom::of(app, record, file);
                let sizes = zoom.as_ref().and_then(|zoom| sizes(file, &picture, zoom));
                // In other sizes it is as large as the original, not as its thumbnail.
                let size = zoom.as_ref().filter(|_| sizes.is_some()).map(|zoom| (zoom.width, zoom.height));
                let (width, height) = size.unwrap_or((picture.width, picture.height));
                Medium::Image { picture: Picture { width, height, ..picture }, full, zoom, sizes }
            }
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
pub(in crate::web) fn image(app: &App, texts: &Texts, file: &File, title: &str) -> Medium {
    let full = media_href(file);
    let alt = texts.with("picture-alt", "title", title);
    let mime = file.technical.mime.as_deref().unwrap_or_default();
    let is_shown = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml", "image/avif", "image/bmp"].contains(&mime);
    let made = app.derivatives.state(&file.digest, THUMBNAIL);
    if is_shown && file.size <= LARGEST_SHOWN && !matches!(made, Made::Failed(_)) {
        let (width, height) = upright(file).unwrap_or((0, 0));
        if width > 0 {
            return Medium::Image { picture: Picture { src: full.clone(), width, height, alt }, full, zoom: None, sizes: None };
        }
    }
    match (thumbnail(app, file, alt), made) {
        (Some(picture), _) => Medium::Image { picture, full, zoom: None, sizes: None },
        (None, Made::Failed(reason)) => Medium::Placeholder { reason: texts.with("preview-failed", "reason", &reason), full },
        (None, _) => Medium::Placeholder { reason: texts.get("no-preview"), full },
    }
}

/// A photograph in sizes for telephones and screens, as the Image API draws them, and how wide it stands on the page: not wider than
/// it is, nor higher than most of the screen. Nothing of what may move, or let the page shine through: that would be lost.
fn sizes(file: &File, picture: &Picture, zoom: &Zoom) -> Option<(String, String)> {
    let (mime, Zoom { width, height, .. }) = (file.technical.mime.as_deref().unwrap_or_default(), zoom);
    let may_shine = ["image/png", "image/gif", "image/webp", "image/avif", "image/svg+xml"].contains(&mime);
    if *width <= WIDTHS[0] || *height == 0 || (may_shine && picture.width == *width) {
        return None;
    }
    let drawn = |size: &str, width: u32| format!("/iiif/3/{}/full/{size}/0/default.jpg {width}w", file.digest);
    let smaller = WIDTHS.iter().filter(|smaller| *smaller < width).map(|width| drawn(&format!("{width},"), *width));
    let whole = match (picture.width == *width, *width <= WIDTHS[1]) {
        (true, _) => Some(format!("{} {width}w", picture.src)),
        (false, true) => Some(drawn("max", *width)),
        (false, false) => None,
    };
    let srcset = smaller.chain(whole).collect::<Vec<_>>().join(", ");
    let across = (u64::from(*width) * HIGHEST).div_ceil(u64::from(*height));
    Some((srcset, format!("min({width}px, 72rem, 100vw, {across}vh)")))
}

/// Returns a picture as its page shows it; `None` if there is nothing to be seen yet.
pub(in crate::web) fn picture(app: &App, texts: &Texts, file: &File, title: &str) -> Option<Picture> {
    match image(app, texts, file, title) {
        Medium::Image { picture, .. } => Some(picture),
        _ => None,
    }
}

pub(in crate::web) fn thumbnail(app: &App, file: &File, alt: String) -> Option<Picture> {
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
pub(in crate::web) fn upright(file: &File) -> Option<(u32, u32)> {
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

/// The address of an original, with its readable name at the end so that a download bears it.
pub(in crate::web) fn media_href(file: &File) -> String {
    match file.paths.first() {
        Some(found) => format!("/media/{}/{}", file.digest, links::part(file_name(&found.name))),
        None => format!("/media/{}", file.digest),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sizes_of(mime: &str, (width, height): (u32, u32), shown: u32) -> Option<(String, String)> {
        let digest = "ab".repeat(32);
        let file = json!({"digest": digest, "sha256": digest, "size": 1, "role": "original", "paths": [], "technical": {"mime": mime}});
        let file: File = serde_json::from_value(file).unwrap();
        let src = if shown == width { "/media/ab".to_owned() } else { "/derived/ab/thumbnail".to_owned() };
        let picture = Picture { src, width: shown, height: 1, alt: String::new() };
        let nothing = String::new;
        let zoom = Zoom { info: nothing(), cut: nothing(), compare: nothing(), scale: nothing(), width, height };
        sizes(&file, &picture, &zoom).map(|(srcset, sizes)| (srcset.replace(&format!("/iiif/3/{digest}/full"), "…"), sizes))
    }

    #[test]
    fn a_telephone_is_given_a_telephones_picture() {
        let given = |mime, size, shown| sizes_of(mime, size, shown).map(|(srcset, _)| srcset);
        let telephone = "…/768,/0/default.jpg 768w";
        let screen = "…/1536,/0/default.jpg 1536w";
        assert_eq!(given("image/jpeg", (1440, 960), 1440).as_deref(), Some(&*format!("{telephone}, /media/ab 1440w")));
        assert_eq!(given("image/jpeg", (6000, 4000), 6000).as_deref(), Some(&*format!("{telephone}, {screen}, /media/ab 6000w")));
        // What no browser shows, or is too long for a page, is not seen as a thumbnail only.
        assert_eq!(given("image/tiff", (9000, 4000), 512).as_deref(), Some(&*format!("{telephone}, {screen}")));
        assert_eq!(given("image/tiff", (1500, 900), 512).as_deref(), Some(&*format!("{telephone}, …/max/0/default.jpg 1500w")));
        assert_eq!(given("image/jpeg", (768, 500), 768), None, "it is small enough");
        for may_shine in ["image/png", "image/gif", "image/webp", "image/svg+xml"] {
            assert_eq!(given(may_shine, (3000, 2000), 3000), None, "{may_shine}");
        }
        assert_eq!(sizes_of("image/jpeg", (1440, 960), 1440).unwrap().1, "min(1440px, 72rem, 100vw, 123vh)");
    }
}
