//! Regions at any size, turned, in gray or in black and white, as JPEG or PNG.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder, RgbImage, imageops};
use kho_jpeg::{Encoder, Plane};

use super::address::{Asked, Format, Quality, Rotation, Wanted};
use crate::tiles::{Pack, region};

const QUALITY: u8 = 90;

/// A picture that was drawn.
enum Drawn {
    Colours(RgbImage),
    Gray(GrayImage),
}

/// Draws what is wanted.
pub(super) fn draw(pack: &Pack, asked: &Asked, wanted: Wanted) -> anyhow::Result<Vec<u8>> {
    let picture = turned(region::draw(pack, wanted.region, (wanted.width, wanted.height))?, asked.rotation);
    let drawn = match asked.quality {
        Quality::Default | Quality::Color => Drawn::Colours(picture),
        Quality::Gray => Drawn::Gray(gray(&picture)),
        Quality::Bitonal => {
            let mut gray = gray(&picture);
            gray.iter_mut().for_each(|light| *light = if *light < 128 { 0 } else { 255 });
            Drawn::Gray(gray)
        }
    };
    match asked.format {
        Format::Jpg => Ok(jpeg(&drawn)),
        Format::Png => png(&drawn),
    }
}

fn turned(mut picture: RgbImage, rotation: Rotation) -> RgbImage {
    if rotation.is_mirrored {
        imageops::flip_horizontal_in_place(&mut picture);
    }
    match rotation.quarters {
        1 => imageops::rotate90(&picture),
        2 => imageops::rotate180(&picture),
        3 => imageops::rotate270(&picture),
        _ => picture,
    }
}

/// The brightness that JPEG would keep.
fn gray(picture: &RgbImage) -> GrayImage {
    let [luma, _, _] = planes(picture);
    GrayImage::from_raw(picture.width(), picture.height(), luma).unwrap_or_default()
}

fn planes(picture: &RgbImage) -> [Vec<u8>; 3] {
    let pixels = picture.width() as usize * picture.height() as usize;
    let mut planes = [vec![0; pixels], vec![0; pixels], vec![0; pixels]];
    let [luma, blue, red] = &mut planes;
    kho_jpeg::ycc(picture, [luma, blue, red]);
    planes
}

fn jpeg(drawn: &Drawn) -> Vec<u8> {
    let ((width, height), planes) = match drawn {
        Drawn::Colours(picture) => (picture.dimensions(), planes(picture).to_vec()),
        Drawn::Gray(gray) => (gray.dimensions(), vec![gray.as_raw().clone()]),
    };
    let plane = |samples| Plane { samples, stride: width as usize, width: width as usize, height: height as usize };
    let planes: Vec<_> = planes.iter().map(|samples| plane(samples.as_slice())).collect();
    Encoder::new(&vec![(1, 1); planes.len()], QUALITY).encode(&planes, width as u16, height as u16)
}

fn png(drawn: &Drawn) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    match drawn {
        Drawn::Colours(picture) => encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)?,
        Drawn::Gray(gray) => encoder.write_image(gray, gray.width(), gray.height(), ExtendedColorType::L8)?,
    }
    Ok(bytes)
}
