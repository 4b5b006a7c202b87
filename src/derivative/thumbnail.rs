//! Small upright pictures of images.
//!
//! Strangers' bytes are decoded behind limits: on pixels before anything is decoded, on memory by the
//! decoder, on time by a thread that is given up, and on panics by a boundary.

use std::io::{BufReader, Cursor, Read, Seek};
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use fast_image_resize::{IntoImageView, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use kho_archive::Archive;
use kho_archive::record::{File, Role};

use super::{Derivatives, Recipe, State};
use crate::media::{MediaKind, kind_of};

/// The recipe of thumbnails: JPEG, at most 512 pixels wide and high, upright.
pub(crate) const THUMBNAIL: Recipe = Recipe { name: "thumbnail", version: 1, ending: "jpg" };

/// The longer side of a thumbnail, in pixels.
pub(crate) const LONGER_SIDE: u32 = 512;

const MOST_PIXELS: u64 = 100_000_000;
const MOST_MEMORY: u64 = 512 << 20;
const LONGEST: Duration = Duration::from_secs(20);
const QUALITY: u8 = 82;

/// Whether thumbnails are made of this file.
pub(crate) fn is_wanted(file: &File) -> bool {
    let mime = file.technical.mime.as_deref().unwrap_or_default();
    file.role == Role::original() && file.size > 0 && kind_of(mime) == MediaKind::Image
}

/// Makes the thumbnail of a file unless it was made or has failed before.
pub(crate) fn make(archive: &Archive, derivatives: &Derivatives, file: &File) -> anyhow::Result<()> {
    if !is_wanted(file) || derivatives.state(&file.digest, THUMBNAIL) != State::Absent {
        return Ok(());
    }
    let mut bytes = Vec::new();
    let source = archive.store().read(&file.digest).map_err(anyhow::Error::from);
    let read = source.and_then(|mut source| Ok(source.read_to_end(&mut bytes)?));
    let outcome = match read {
        Ok(_) => within_limits(bytes, file.technical.orientation),
        Err(error) => Err(format!("the original cannot be read: {error:#}")),
    };
    derivatives.put(&file.digest, THUMBNAIL, &outcome).context("Failed to write a thumbnail")
}

/// Draws a thumbnail in a thread of its own, and gives it up when it takes too long.
fn within_limits(bytes: Vec<u8>, orientation: Option<u8>) -> Result<Vec<u8>, String> {
    let (answer, answered) = mpsc::channel();
    let draw = move || {
        let drawn = panic::catch_unwind(AssertUnwindSafe(|| draw(Cursor::new(bytes), orientation)));
        let _ = answer.send(drawn.unwrap_or_else(|_| Err(anyhow::anyhow!("the decoder crashed"))));
    };
    if let Err(error) = thread::Builder::new().name("decoder".to_owned()).spawn(draw) {
        return Err(format!("no thread for the decoder: {error}"));
    }
    match answered.recv_timeout(LONGEST) {
        Ok(outcome) => outcome.map_err(|error| format!("{error:#}")),
        Err(RecvTimeoutError::Timeout) => Err(format!("the decoder took longer than {} seconds", LONGEST.as_secs())),
        Err(RecvTimeoutError::Disconnected) => Err("the decoder crashed".to_owned()),
    }
}

fn draw(source: impl Read + Seek, orientation: Option<u8>) -> anyhow::Result<Vec<u8>> {
    let mut reader = ImageReader::new(BufReader::new(source)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    ensure!(pixels <= MOST_PIXELS, "{width} × {height} pixels are more than {} million", MOST_PIXELS / 1_000_000);
    ensure!(pixels > 0, "it has no pixels");
    ensure!(decoder.total_bytes() <= MOST_MEMORY, "decoding it takes more than {} MiB", MOST_MEMORY >> 20);
    let from_file = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(from_file);
    let mut small = shrink(DynamicImage::from_decoder(decoder)?)?;
    small.apply_orientation(orientation);
    encode(&on_paper(&small))
}

/// Makes a picture at most [`LONGER_SIDE`] wide and high; smaller ones stay as they are.
fn shrink(picture: DynamicImage) -> anyhow::Result<DynamicImage> {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    if longer <= LONGER_SIDE {
        return Ok(picture);
    }
    let scaled = |side: u32| u32::try_from((u64::from(side) * u64::from(LONGER_SIDE)).div_ceil(u64::from(longer))).unwrap_or(LONGER_SIDE);
    // Floating point pictures are rare; the fast path knows the others.
    let picture = if picture.pixel_type().is_some() { picture } else { DynamicImage::ImageRgba8(picture.to_rgba8()) };
    let mut small = DynamicImage::new(scaled(width).max(1), scaled(height).max(1), picture.color());
    if Resizer::new().resize(&picture, &mut small, &ResizeOptions::new()).is_err() {
        bail!("the picture cannot be made smaller");
    }
    Ok(small)
}

/// Puts what is transparent on white, as a drawing lies on paper.
fn on_paper(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let blend = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
    };
    let rgba = picture.to_rgba8();
    let mut paper = RgbImage::new(rgba.width(), rgba.height());
    for (ink, dot) in rgba.pixels().zip(paper.pixels_mut()) {
        let [red, green, blue, alpha] = ink.0;
        dot.0 = [blend(red, alpha), blend(green, alpha), blend(blue, alpha)];
    }
    paper
}

fn encode(picture: &RgbImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let left_is_red = RgbImage::from_fn(width, height, |x, _| image::Rgb(if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] }));
        left_is_red.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_thumbnail_is_small_and_upright() {
        let bytes = within_limits(png(1200, 600), Some(6)).unwrap();
        let thumbnail = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!((thumbnail.width(), thumbnail.height()), (256, 512));
        // Orientation 6: the left side of what is stored is the upper side of what was seen.
        assert!(thumbnail.get_pixel(128, 20).0[0] > 200);
        assert!(thumbnail.get_pixel(128, 500).0[2] > 200);
    }

    #[test]
    fn small_pictures_are_not_blown_up() {
        let thumbnail = image::load_from_memory(&within_limits(png(40, 30), None).unwrap()).unwrap();
        assert_eq!((thumbnail.width(), thumbnail.height()), (40, 30));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_decoded() {
        // A PNG header that promises 30,000 × 30,000 pixels.
        let mut bomb = png(2, 2);
        bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = {
            let mut crc = flate_crc(&bomb[12..29]);
            crc.reverse();
            crc
        };
        bomb[29..33].copy_from_slice(&crc);
        let reason = within_limits(bomb, None).unwrap_err();
        assert!(reason.contains("30000"), "{reason}");
    }

    /// CRC-32 (ISO 3309) of a PNG chunk, the least significant byte first.
    fn flate_crc(bytes: &[u8]) -> [u8; 4] {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        (!crc).to_le_bytes()
    }

    #[test]
    fn nonsense_fails_with_a_reason() {
        assert!(within_limits(b"\x89PNG\r\n\x1a\nnonsense".to_vec(), None).is_err());
        assert!(within_limits(Vec::new(), None).is_err());
    }
}
