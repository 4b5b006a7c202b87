//! What the page needs to open a picture closely: where its tiles are, how large it is, and how many of its pixels make a millimetre.

use kho_archive::record::{File, Record};

use super::app::App;
use super::compare::pictures;
use super::iiif::presentation::{has_service, size_of};
use super::record::upright;
use super::texts::Texts;
use crate::media::{MediaKind, kind_of};

/// A picture that can be looked at closely.
#[derive(Clone)]
pub(super) struct Zoom {
    /// The document of the Image API.
    pub(super) info: String,
    /// The beginning of the address of a part of it; the part itself follows.
    pub(super) cut: String,
    /// The way to a comparison with others.
    pub(super) compare: String,
    /// Pixels in a millimetre of what was scanned; empty where nobody knows.
    pub(super) scale: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Zoom {
    /// Returns how a picture is opened closely; `None` of what is no picture, or one that nobody could draw.
    pub(super) fn of(app: &App, record: &Record, file: &File) -> Option<Self> {
        let mime = file.technical.mime.as_deref().unwrap_or_default();
        if kind_of(mime) != MediaKind::Image || file.size == 0 || !has_service(app, file, mime) {
            return None;
        }
        let (width, height) = size_of(app, file)?;
        Some(Self {
            info: format!("/iiif/3/{}/info.json", file.digest),
            cut: format!("/r/{}/cut?file={}&xywh=", record.id, short(&file.digest.to_string())),
            compare: pictures::href(record, file),
            scale: pixels_in_a_millimetre(file).map(|scale| format!("{scale:.4}")).unwrap_or_default(),
            width,
            height,
        })
    }

    /// The scripts that are fetched when somebody opens it.
    pub(super) fn viewer(&self) -> String {
        super::assets::href("vendor/openseadragon/openseadragon.min.js")
    }
}

/// The beginning of a digest, by which addresses name a file of a record: no two of a hundred million are alike.
pub(super) fn short(digest: &str) -> &str {
    &digest[..16.min(digest.len())]
}

/// How much of the thing a pixel is, as the scan tells it. Cameras write dots for an inch of paper that never was: what has a moment
/// at which it was taken has no scale.
pub(super) fn pixels_in_a_millimetre(file: &File) -> Option<f64> {
    let dots = file.technical.more.get("dpi")?.as_f64()?;
    file.technical.taken.is_none().then_some(dots / 25.4)
}

/// How large the thing is that was scanned, in words.
pub(super) fn measured(texts: &Texts, file: &File) -> Option<String> {
    let (scale, (width, height)) = (pixels_in_a_millimetre(file)?, upright(file)?);
    let centimetres = |pixels: u32| {
        let number = format!("{:.1}", f64::from(pixels) / scale / 10.0);
        if texts.language() == "vi" { number.replace('.', ",") } else { number }
    };
    Some(texts.with_two("zoom-measured", ("width", &centimetres(width)), ("height", &centimetres(height))))
}

/// The address of a region of a picture, as an `img` shows it: no wider nor higher than `most`.
pub(super) fn region_src(digest: &str, [x, y, width, height]: [u32; 4], most: u32) -> (String, u32, u32) {
    let longest = width.max(height);
    let scaled = |side: u32| (u64::from(side) * u64::from(most)).div_ceil(u64::from(longest)).max(1) as u32;
    let (shown_width, shown_height) = if longest > most { (scaled(width), scaled(height)) } else { (width, height) };
    let size = if longest > most { format!("{shown_width},{shown_height}") } else { "max".to_owned() };
    (format!("/iiif/3/{digest}/{x},{y},{width},{height}/{size}/0/default.jpg"), shown_width, shown_height)
}
