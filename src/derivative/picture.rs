//! Small pictures of big ones: which reader is asked for which format, and who is asked when it fails.
//!
//! Readers that shrink while they read come first: they are fast and take little memory. Whole decoders
//! come after them, each under limits on pixels and memory.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use kho_jpeg::Pixels;

pub(crate) mod boxes;
pub(crate) mod colour;
pub(crate) mod ink;
mod jp2;
pub(crate) mod outside;
pub(crate) mod psd;
mod raw;
pub(crate) mod small;
pub(crate) mod squeeze;
mod svg;
pub(crate) mod tiff;

pub(crate) use small::Small;

/// A picture has more pixels than are decoded.
#[derive(Debug, thiserror::Error)]
#[error("{width} × {height} pixels are more than {} million", MOST_PIXELS / 1_000_000)]
struct TooLarge {
    width: u32,
    height: u32,
}

const MOST_PIXELS: u64 = 120_000_000;
const MOST_MEMORY: u64 = 448 << 20;

/// A JPEG longer than this is no photograph.
const LONGEST_JPEG: u64 = 256 << 20;

/// A drawing longer than this is no drawing.
const LONGEST_DRAWING: u64 = 65 << 20;

/// A picture, and which way up it is.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) small: Small,
    /// Whether the reader has turned it as the file says.
    pub(crate) is_upright: bool,
}

/// Makes a picture of the file at `path`, in sRGB, the longer side of which has at least `at_least` pixels if
/// the original has. `scratch` is a folder for passing files.
pub(crate) fn shrink(path: &Path, mime: &str, at_least: u32, scratch: &Path) -> anyhow::Result<Drawn> {
    let as_stored = |small| Drawn { small, is_upright: false };
    let upright = |small| Drawn { small, is_upright: true };
    let mut drawn = match mime {
        "image/jpeg" => jpeg(&start_of(path, LONGEST_JPEG)?, at_least).map(as_stored),
        "image/tiff" => tiff::shrink(File::open(path)?, at_least).map(as_stored),
        "image/vnd.adobe.photoshop" => psd::shrink(File::open(path)?, at_least).map(as_stored),
        "image/svg+xml" | "image/svg+xml-compressed" => svg::draw(&start_of(path, LONGEST_DRAWING)?, at_least).map(upright),
        "image/jp2" | "image/j2c" | "image/jpx" | "image/jpm" => jp2::shrink(&start_of(path, LONGEST_JPEG)?, at_least).map(as_stored),
        "image/heic" | "image/heif" | "image/avif" => outside::heif(path, scratch).map(upright),
        _ if is_raw(mime) => raw_preview(path, at_least).map(as_stored),
        // A TGA has no mark that tells it.
        "image/x-tga" => whole_of(ImageReader::with_format(BufReader::new(File::open(path)?), ImageFormat::Tga)).map(as_stored),
        _ => whole(File::open(path)?).map(as_stored),
    }
    .or_else(|why| otherwise(path, mime, at_least, why))?;
    if let Some(icc) = drawn.small.icc.take() {
        // Colours a little off are better than no picture.
        let _ = colour::to_srgb(&mut drawn.small.rgb, &icc);
    }
    Ok(drawn)
}

/// Asks the other decoders; if none of them knows either, the first reason is the best one. What was refused for its
/// size stays refused.
fn otherwise(path: &Path, mime: &str, at_least: u32, why: anyhow::Error) -> anyhow::Result<Drawn> {
    if why.is::<TooLarge>() {
        return Err(why);
    }
    if mime == "image/tiff"
        && let Ok(small) = whole(File::open(path)?)
    {
        return Ok(Drawn { small, is_upright: false });
    }
    match outside::picture(path, at_least) {
        Ok(small) => Ok(Drawn { small, is_upright: true }),
        // For formats that only ffmpeg knows, its absence is the reason.
        Err(missing) if missing.is::<outside::Missing>() && is_for_others(mime) => Err(missing),
        Err(_) => Err(why),
    }
}

/// Whether only programs of others draw this format.
fn is_for_others(mime: &str) -> bool {
    ["image/avif", "image/jxl", "image/heic", "image/heif"].contains(&mime)
}

/// Whether a camera wrote what its sensor saw.
fn is_raw(mime: &str) -> bool {
    let cameras = ["adobe-dng", "canon-cr", "fuji-raf", "nikon-n", "olympus-orf", "panasonic-rw", "pentax-pef", "sony-arw", "sony-sr", "samsung-srw"];
    mime.strip_prefix("image/x-").is_some_and(|rest| cameras.iter().any(|camera| rest.starts_with(camera)))
}

/// The picture that a camera put beside its raw data.
fn raw_preview(path: &Path, at_least: u32) -> anyhow::Result<Small> {
    let preview = raw::preview(File::open(path)?)?.context("the camera put no picture beside its raw data")?;
    jpeg(&preview, at_least)
}

fn start_of(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a JPEG at a fraction of its size; small and unusual ones are decoded whole.
fn jpeg(bytes: &[u8], at_least: u32) -> anyhow::Result<Small> {
    let Ok(small) = kho_jpeg::decode(bytes, at_least) else { return whole(Cursor::new(bytes)) };
    let (rgb, icc) = match small.pixels {
        Pixels::Gray(gray) => (gray.iter().flat_map(|light| [*light; 3]).collect(), small.icc),
        Pixels::Rgb(rgb) => (rgb, small.icc),
        Pixels::Cmyk(cmyk) => (colour::cmyk_to_srgb(&cmyk, small.icc.as_deref()), None),
    };
    Ok(Small { width: small.width, height: small.height, rgb, icc })
}

/// Decodes the whole picture, whatever format its content tells.
fn whole(source: impl Read + Seek) -> anyhow::Result<Small> {
    whole_of(ImageReader::new(BufReader::new(source)).with_guessed_format()?)
}

fn whole_of(mut reader: ImageReader<BufReader<impl Read + Seek>>) -> anyhow::Result<Small> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    ensure!(pixels > 0, "it has no pixels");
    ensure!(pixels <= MOST_PIXELS, TooLarge { width, height });
    ensure!(decoder.total_bytes() <= MOST_MEMORY, "decoding it takes more than {} MiB", MOST_MEMORY >> 20);
    let icc = decoder.icc_profile().unwrap_or_default();
    let picture = on_paper(DynamicImage::from_decoder(decoder)?);
    let (width, height) = picture.dimensions();
    Ok(Small { width, height, rgb: picture.into_raw(), icc })
}

/// Puts what is transparent on white, as a drawing lies on paper.
fn on_paper(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let blend = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
    };
    let rgba = picture.into_rgba8();
    let mut paper = RgbImage::new(rgba.width(), rgba.height());
    for (ink, dot) in rgba.pixels().zip(paper.pixels_mut()) {
        let [red, green, blue, alpha] = ink.0;
        dot.0 = [blend(red, alpha), blend(green, alpha), blend(blue, alpha)];
    }
    paper
}

impl Small {
    /// Takes pixels that are whole.
    ///
    /// # Errors
    /// When their number is not that of the picture.
    pub(crate) fn into_image(self) -> anyhow::Result<RgbImage> {
        let Some(picture) = RgbImage::from_raw(self.width, self.height, self.rgb) else { bail!("the reader gave a picture that is not whole") };
        Ok(picture)
    }
}
