//! Small pictures of big ones: which reader is asked for which format, and who is asked when it fails.
//!
//! Readers that shrink while they read come first: they are fast and take little memory. Whole decoders
//! come after them, each under limits on pixels and memory.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use kho_jpeg::Pixels;

pub(crate) mod boxes;
pub(crate) mod colour;
pub(crate) mod ink;
pub(crate) mod outside;
pub(crate) mod psd;
pub(crate) mod small;
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

/// Makes a picture of the file at `path`, in sRGB, the longer side of which has at least `at_least` pixels if
/// the original has. The orientation of the file is not applied.
pub(crate) fn shrink(path: &Path, mime: &str, at_least: u32, scratch: &Path) -> anyhow::Result<Small> {
    let mut small = match mime {
        "image/jpeg" => jpeg(path, at_least),
        "image/tiff" => tiff::shrink(File::open(path)?, at_least).or_else(|why| whole(path).with_context(|| format!("{why:#}"))),
        "image/vnd.adobe.photoshop" => psd::shrink(File::open(path)?, at_least),
        "image/heic" | "image/heif" => outside::heif(path, scratch).or_else(|why| otherwise(path, at_least, why)),
        _ => whole(path).or_else(|why| otherwise(path, at_least, why)),
    }?;
    if let Some(icc) = small.icc.take() {
        // Colours a little off are better than no picture.
        let _ = colour::to_srgb(&mut small.rgb, &icc);
    }
    Ok(small)
}

/// Asks ffmpeg, which knows what we do not; if it does not know either, our own reason is the better one. What was
/// refused for its size stays refused.
fn otherwise(path: &Path, at_least: u32, why: anyhow::Error) -> anyhow::Result<Small> {
    let is_bomb = why.downcast_ref::<TooLarge>().is_some();
    if is_bomb { Err(why) } else { outside::picture(path, at_least).map_err(|_| why) }
}

/// Reads a JPEG that another program made.
fn shrink_jpeg(path: &Path) -> anyhow::Result<Small> {
    jpeg(path, super::thumbnail::LONGER_SIDE)
}

/// Reads a JPEG at a fraction of its size; small and unusual ones are decoded whole.
fn jpeg(path: &Path, at_least: u32) -> anyhow::Result<Small> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_JPEG).read_to_end(&mut bytes)?;
    let Ok(small) = kho_jpeg::decode(&bytes, at_least) else { return whole(path) };
    let (rgb, icc) = match small.pixels {
        Pixels::Gray(gray) => (gray.iter().flat_map(|light| [*light; 3]).collect(), small.icc),
        Pixels::Rgb(rgb) => (rgb, small.icc),
        Pixels::Cmyk(cmyk) => (colour::cmyk_to_srgb(&cmyk, small.icc.as_deref()), None),
    };
    Ok(Small { width: small.width, height: small.height, rgb, icc })
}

/// Decodes the whole picture, whatever format its content tells.
fn whole(path: &Path) -> anyhow::Result<Small> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
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
