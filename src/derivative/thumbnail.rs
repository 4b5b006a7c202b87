//! Small upright pictures of images.
//!
//! All of this runs inside a worker process, which limits memory and time; limits on pixels stand here,
//! so that a bomb is refused with a sentence and not by the end of a worker.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{bail, ensure};
use fast_image_resize::{IntoImageView, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use crate::media::{MediaKind, kind_of};

/// The longer side of a thumbnail, in pixels.
pub(crate) const LONGER_SIDE: u32 = 512;

const MOST_PIXELS: u64 = 100_000_000;
const MOST_MEMORY: u64 = 512 << 20;
const QUALITY: u8 = 82;

/// The file of which a thumbnail is wanted.
pub(crate) struct Subject<'a> {
    pub(crate) path: &'a Path,
    pub(crate) mime: &'a str,
    /// EXIF orientation, if it was found.
    pub(crate) orientation: Option<u8>,
    /// Of a film.
    pub(crate) duration_s: Option<f64>,
    /// A folder for passing files.
    pub(crate) scratch: &'a Path,
}

/// Whether thumbnails are made of files of this media type.
pub(crate) fn is_drawable(mime: &str) -> bool {
    kind_of(mime) == MediaKind::Image
}

/// Draws a thumbnail and returns it as JPEG.
pub(crate) fn draw(subject: &Subject<'_>) -> anyhow::Result<Vec<u8>> {
    let mut reader = ImageReader::new(BufReader::new(File::open(subject.path)?)).with_guessed_format()?;
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
    let orientation = subject.orientation.and_then(Orientation::from_exif).unwrap_or(from_file);
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

    use std::io::Cursor;

    fn thumbnail_of(bytes: &[u8], orientation: Option<u8>) -> anyhow::Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hoa văn.png");
        std::fs::write(&path, bytes).unwrap();
        draw(&Subject { path: &path, mime: "image/png", orientation, duration_s: None, scratch: folder.path() })
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let left_is_red = RgbImage::from_fn(width, height, |x, _| image::Rgb(if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] }));
        left_is_red.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_thumbnail_is_small_and_upright() {
        let bytes = thumbnail_of(&png(1200, 600), Some(6)).unwrap();
        let thumbnail = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!((thumbnail.width(), thumbnail.height()), (256, 512));
        // Orientation 6: the left side of what is stored is the upper side of what was seen.
        assert!(thumbnail.get_pixel(128, 20).0[0] > 200);
        assert!(thumbnail.get_pixel(128, 500).0[2] > 200);
    }

    #[test]
    fn small_pictures_are_not_blown_up() {
        let thumbnail = image::load_from_memory(&thumbnail_of(&png(40, 30), None).unwrap()).unwrap();
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
        let reason = thumbnail_of(&bomb, None).unwrap_err().to_string();
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
        assert!(thumbnail_of(b"\x89PNG\r\n\x1a\nnonsense", None).is_err());
        assert!(thumbnail_of(b"", None).is_err());
    }
}
