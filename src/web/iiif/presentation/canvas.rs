//! The canvases of a manifest, what is painted on them, and what is said beside it.

use kho_archive::record::File;
use serde_json::{Map, Value, json};

use super::super::{in_both, title, unspoken};
use super::{Presenting, put};
use crate::derivative::{State as Made, THUMBNAIL, TILES};
use crate::media::{MediaKind, kind_of};
use crate::web::app::App;
use crate::web::in_words::{file_name, nfc};
use crate::web::record::playing::played;
use crate::web::record::{self, Heard, language_label, media_href};

/// The canvases of a record, and the ranges of the one that is played.
#[derive(Default)]
pub(in crate::web::iiif) struct Canvases {
    pub(in crate::web::iiif) all: Vec<Value>,
    pub(in crate::web::iiif) ranges: Option<Value>,
}

/// How far a canvas reaches, in space and in time.
#[derive(Clone, Copy, Default)]
struct Extent {
    size: Option<(u32, u32)>,
    duration: Option<f64>,
}

impl Extent {
    fn put(&self, to: &mut Value) {
        put(to, "width", self.size.map(|(width, _)| json!(width)));
        put(to, "height", self.size.map(|(_, height)| json!(height)));
        put(to, "duration", self.duration.map(|duration| json!(duration)));
    }
}

impl Presenting<'_> {
    /// Returns the canvases of what the visitor may have, and of what they may read if they may hear nothing.
    pub(in crate::web::iiif) fn canvases(&self, heard: &Heard) -> Canvases {
        let mut canvases = Canvases::default();
        for file in self.originals() {
            let Some((extent, body)) = self.painted(file) else { continue };
            let mut canvas = self.canvas(&file.digest.to_string(), &self.label(file), extent, Some(body));
            if let Some(duration) = extent.duration {
                put(&mut canvas, "placeholderCanvas", self.poster(file));
                // The words are those of the first recording, which is the one that the page plays.
                if canvases.ranges.is_none() && !canvases.all.iter().any(|canvas| canvas["duration"].is_number()) {
                    self.add_words(&mut canvas, heard);
                    canvases.ranges = self.ranges(&canvas, heard, duration);
                }
            }
            canvases.all.push(canvas);
        }
        let is_played = canvases.all.iter().any(|canvas| canvas["duration"].is_number());
        if !is_played && ["film", "sound"].contains(&self.record.kind.as_str()) {
            self.add_silent(&mut canvases, heard);
        }
        canvases
    }

    /// Where some minutes are closed, nobody may have the bytes, but the words of the others may be read: on a canvas of their
    /// own, as long as what may be read.
    fn add_silent(&self, canvases: &mut Canvases, heard: &Heard) {
        let ends = heard.words.iter().flat_map(|words| &words.cues).map(|cue| cue.end);
        let duration = ends.fold(0.0, f64::max);
        if duration > 0.0 {
            let mut canvas = self.canvas("words", &title(self.record), Extent { duration: Some(duration), size: None }, None);
            self.add_words(&mut canvas, heard);
            canvases.ranges = self.ranges(&canvas, heard, duration);
            canvases.all.push(canvas);
        }
    }

    fn canvas(&self, name: &str, label: &Value, extent: Extent, body: Option<Value>) -> Value {
        let id = format!("{}/canvas/{name}", self.base());
        let mut canvas = json!({"id": id, "type": "Canvas", "label": label});
        extent.put(&mut canvas);
        let painting = |body| json!({"id": format!("{id}/painting"), "type": "Annotation", "motivation": "painting", "body": body, "target": id});
        put(&mut canvas, "items", body.map(|body| json!([{"id": format!("{id}/page"), "type": "AnnotationPage", "items": [painting(body)]}])));
        canvas
    }

    /// One file is the thing itself; several are told apart by their names.
    fn label(&self, file: &File) -> Value {
        match file.paths.first() {
            Some(found) if self.originals().nth(1).is_some() => unspoken(&nfc(file_name(&found.name))),
            _ => title(self.record),
        }
    }

    /// What is painted of a file: the thing itself, or a small picture of it; `None` if there is neither.
    fn painted(&self, file: &File) -> Option<(Extent, Value)> {
        let mime = file.technical.mime.as_deref().unwrap_or_default();
        let duration = file.technical.duration_s.filter(|seconds| *seconds > 0.0);
        match (kind_of(mime), duration) {
            (MediaKind::Film, Some(_)) if self.record.kind.as_str() != "sound" => {
                Some(self.played(file, "Video", mime, Extent { size: self.size(file), duration }))
            }
            (MediaKind::Film | MediaKind::Sound, Some(_)) => Some(self.played(file, "Sound", mime, Extent { size: None, duration })),
            (MediaKind::Image, _) => self.image(file, mime).or_else(|| self.small_picture(file)),
            _ => self.small_picture(file),
        }
    }

    fn played(&self, file: &File, kind: &str, mime: &str, extent: Extent) -> (Extent, Value) {
        let original = media_href(file);
        let played = played(self.app, file);
        let (src, format) = played.source().unwrap_or((&original, mime));
        let mut body = json!({"id": format!("{}{src}", self.origin), "type": kind, "format": format});
        // A copy may be smaller than what it is a copy of.
        let size = extent.size.filter(|_| src == original);
        Extent { size, ..extent }.put(&mut body);
        (extent, body)
    }

    /// A picture, by the Image API.
    fn image(&self, file: &File, mime: &str) -> Option<(Extent, Value)> {
        let extent = Extent { size: Some(self.size(file)?), duration: None };
        if !has_service(self.app, file, mime) {
            return None;
        }
        let service = |version: u8| format!("{}/iiif/{version}/{}", self.origin, file.digest);
        let mut body = json!({
            "id": format!("{}/full/max/0/default.jpg", service(3)), "type": "Image", "format": "image/jpeg",
            "service": [
                {"id": service(3), "type": "ImageService3", "profile": "level2"},
                {"@id": service(2), "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"},
            ],
        });
        extent.put(&mut body);
        Some((extent, body))
    }

    fn size(&self, file: &File) -> Option<(u32, u32)> {
        size_of(self.app, file)
    }

    fn small_picture(&self, file: &File) -> Option<(Extent, Value)> {
        let picture = record::thumbnail(self.app, file, String::new())?;
        Some((Extent { size: Some((picture.width, picture.height)), duration: None }, self.small(&picture)))
    }

    /// A still of a film, until it is played.
    fn poster(&self, file: &File) -> Option<Value> {
        let (extent, body) = self.small_picture(file)?;
        Some(self.canvas(&format!("{}/poster", file.digest), &title(self.record), extent, Some(body)))
    }

    /// The words as captions (cookbook recipes 0219 and 0074) and as a transcript to be read (0017).
    fn add_words(&self, canvas: &mut Value, heard: &Heard) {
        let texts: Vec<Value> = heard.words.iter().map(|words| self.captions(&words.language, &words.src)).collect();
        let body = match texts.as_slice() {
            [] => return,
            [one] => one.clone(),
            several => json!({"type": "Choice", "items": several}),
        };
        let target = canvas["id"].clone();
        let at = |part: &str| json!(format!("{}/{part}", target.as_str().unwrap_or_default()));
        canvas["annotations"] = json!([{"id": at("captions"), "type": "AnnotationPage", "items": [
            {"id": at("captions/1"), "type": "Annotation", "motivation": "supplementing", "body": body, "target": target},
        ]}]);
        canvas["rendering"] = Value::Array(texts);
    }

    fn captions(&self, language: &str, src: &str) -> Value {
        let label = in_both(|texts| texts.with("transcript-in", "language", &language_label(texts, language)));
        json!({"id": format!("{}{src}", self.origin), "type": "Text", "format": "text/vtt", "language": language, "label": label})
    }

    /// The index points as ranges of the canvas (cookbook recipe 0026).
    fn ranges(&self, canvas: &Value, heard: &Heard, duration: f64) -> Option<Value> {
        let base = self.base();
        let starts: Vec<f64> = heard.points.iter().filter_map(|point| point["time"].as_f64()).collect();
        let range = |(number, point): (usize, &Value)| {
            let start = point["time"].as_f64()?;
            let next = starts.iter().copied().filter(|other| *other > start).fold(duration * 1000.0, f64::min);
            let end = point["end"].as_f64().unwrap_or(next);
            let at = if end > start { format!("{},{}", start / 1000.0, end / 1000.0) } else { (start / 1000.0).to_string() };
            let mut range = json!({"id": format!("{base}/range/{}", number + 1), "type": "Range", "label": words_map(&point["title"])?,
                "items": [{"id": format!("{}#t={at}", canvas["id"].as_str()?), "type": "Canvas"}]});
            put(&mut range, "summary", words_map(&point["synopsis"]));
            Some(range)
        };
        let items: Vec<Value> = heard.points.iter().enumerate().filter_map(range).collect();
        let label = in_both(|texts| texts.get("record-points"));
        (!items.is_empty()).then(|| json!({"id": format!("{base}/range"), "type": "Range", "label": label, "items": items}))
    }
}

/// Width and height as a person sees them. Where a picture turned out to have another shape than its header says (what is cut
/// away or turned inside an AVIF), it is what was drawn of it.
pub(in crate::web) fn size_of(app: &App, file: &File) -> Option<(u32, u32)> {
    let told = record::upright(file).filter(|(width, height)| *width > 0 && *height > 0)?;
    let drawn = record::thumbnail(app, file, String::new()).map(|picture| (picture.width, picture.height));
    Some(drawn.filter(|drawn| !is_of_shape(told, *drawn)).unwrap_or(told))
}

/// Whether the Image API serves a picture: what nobody could draw has none.
pub(in crate::web) fn has_service(app: &App, file: &File, mime: &str) -> bool {
    let has_failed = |recipe| matches!(app.derivatives.state(&file.digest, recipe), Made::Failed(_));
    mime != "image/svg+xml" && !has_failed(THUMBNAIL) && !has_failed(TILES)
}

/// Whether a picture is a smaller one of the other: the shape is the same, but for two rounded pixels, one of the decoder that
/// scales and one of what scales after it.
fn is_of_shape(whole: (u32, u32), small: (u32, u32)) -> bool {
    let (wide, high) = (u64::from(whole.0) * u64::from(small.1), u64::from(whole.1) * u64::from(small.0));
    wide.abs_diff(high) <= 2 * u64::from(whole.0.max(whole.1))
}

/// Returns words in languages, as records have them inside, as a language map.
fn words_map(words: &Value) -> Option<Value> {
    let words = words.as_object()?.iter().filter_map(|(language, words)| Some((language.clone(), json!([nfc(words.as_str()?)]))));
    let map: Map<String, Value> = words.collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

/// What IIIF calls a content of this media type.
pub(super) fn type_of(mime: &str) -> &'static str {
    match kind_of(mime) {
        MediaKind::Image => "Image",
        MediaKind::Film => "Video",
        MediaKind::Sound => "Sound",
        MediaKind::Document => "Text",
        MediaKind::File => "Dataset",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_has_the_shape_of_the_whole_but_for_two_pixels() {
        assert!(
            is_of_shape((2554, 18803), (70, 512))
                && is_of_shape((1811, 586), (512, 167))
                && is_of_shape((11600, 8700), (512, 384))
                && is_of_shape((3, 1), (3, 1))
        );
        assert!(!is_of_shape((34, 12), (12, 34)) && !is_of_shape((160, 140), (80, 60)) && !is_of_shape((64, 64), (64, 1)));
    }
}
