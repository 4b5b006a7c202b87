//! Small upright pictures of images.
//!
//! All of this runs inside a worker process, which limits memory and time; limits on pixels stand here,
//! so that a bomb is refused with a sentence and not by the end of a worker.

use std::path::Path;

use anyhow::bail;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::picture::{self, Drawn, Small, outside};
use crate::media::{MediaKind, document, kind_of};

/// The longer side of a thumbnail, in pixels.
pub(crate) const LONGER_SIDE: u32 = 512;

const QUALITY: u8 = 82;

/// The longer side of a page that is read, in pixels.
pub(crate) const PAGE_SIDE: u32 = 1600;

/// The same for telephones.
pub(crate) const SMALL_PAGE_SIDE: u32 = 1120;

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
    matches!(kind_of(mime), MediaKind::Image | MediaKind::Film) || mime == "application/pdf"
}

/// Draws a thumbnail and returns it as JPEG.
pub(crate) fn draw(subject: &Subject<'_>) -> anyhow::Result<Vec<u8>> {
    let drawn = match subject.mime {
        "application/pdf" => {
            let (width, height, rgb) = document::pdf_page(subject.path, 0, LONGER_SIDE)?;
            Drawn { small: Small { width, height, rgb, icc: None }, is_upright: true }
        }
        mime if kind_of(mime) == MediaKind::Film => {
            Drawn { small: outside::poster(subject.path, subject.duration_s, LONGER_SIDE)?, is_upright: true }
        }
        mime => picture::shrink(subject.path, mime, LONGER_SIDE, subject.scratch)?,
    };
    let mut small = DynamicImage::ImageRgb8(shrink(drawn.small.into_image()?)?);
    if !drawn.is_upright {
        small.apply_orientation(subject.orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms));
    }
    encode(&small.into_rgb8())
}

/// Draws a page of a PDF, counted from 1 and `side` pixels high or wide, and returns it as JPEG.
pub(crate) fn page(path: &Path, number: u32, side: u32) -> anyhow::Result<Vec<u8>> {
    let (width, height, rgb) = document::pdf_page(path, number.saturating_sub(1), side)?;
    encode(&Small { width, height, rgb, icc: None }.into_image()?)
}

/// Draws frames of a film, evenly spaced, and returns them as one JPEG.
///
/// # Errors
/// When no frame can be drawn.
pub(crate) fn storyboard(path: &Path, duration_s: f64) -> anyhow::Result<Vec<u8>> {
    encode(&outside::storyboard(path, duration_s)?.into_image()?)
}

/// Makes a picture at most [`LONGER_SIDE`] wide and high; smaller ones stay as they are.
fn shrink(picture: RgbImage) -> anyhow::Result<RgbImage> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= LONGER_SIDE {
        return Ok(picture);
    }
    let scaled = |side: u32| u32::try_from((u64::from(side) * u64::from(LONGER_SIDE)).div_ceil(u64::from(longer))).unwrap_or(LONGER_SIDE).max(1);
    let large = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)?;
    let mut small = Image::new(scaled(width), scaled(height), PixelType::U8x3);
    Resizer::new().resize(&large, &mut small, &ResizeOptions::new())?;
    let Some(small) = RgbImage::from_raw(scaled(width), scaled(height), small.into_vec()) else { bail!("the picture cannot be made smaller") };
    Ok(small)
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
