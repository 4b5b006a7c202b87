//! JPEG 2000 (ISO/IEC 15444-1), decoded at the smallest of its resolutions that is big enough.

use anyhow::{Context as _, ensure};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

use super::small::Small;
use super::squeeze::{self, Squeeze, on_white};

/// Bigger pictures are refused whatever their resolutions.
const MOST_PIXELS: u64 = 400_000_000;

/// So many samples are decoded at most: each takes about 12 bytes while it is.
const MOST_SAMPLES: u64 = 30_000_000;

/// Draws a JPEG 2000 file, with boxes or bare; its longer side is `at_least` pixels or more, unless the file has fewer.
///
/// Transparency lies on white. Fails for more than 400 million pixels, and where even the fitting resolution has more than 30 million samples.
pub(crate) fn shrink(bytes: &[u8], at_least: u32) -> anyhow::Result<Small> {
    let header = Image::new(bytes, &DecodeSettings::default()).context("the JPEG 2000 header is broken")?;
    let full = (header.width(), header.height());
    ensure!(full.0 > 0 && full.1 > 0, "the JPEG 2000 picture is empty");
    ensure!(u64::from(full.0) * u64::from(full.1) <= MOST_PIXELS, "the JPEG 2000 picture has {} x {} pixels: too many to draw", full.0, full.1);
    drop(header);
    let settings = DecodeSettings { target_resolution: Some(target(full, at_least)), ..DecodeSettings::default() };
    let image = Image::new(bytes, &settings).context("the JPEG 2000 header is broken")?;
    decode(&image, at_least)
}

/// The size that the picture has when its longer side is `at_least`.
fn target(full: (u32, u32), at_least: u32) -> (u32, u32) {
    let longer = u64::from(full.0.max(full.1));
    let scaled = |side: u32| (u64::from(side) * u64::from(at_least.max(1))).div_ceil(longer).clamp(1, u64::from(side)) as u32;
    (scaled(full.0), scaled(full.1))
}

fn decode(image: &Image<'_>, at_least: u32) -> anyhow::Result<Small> {
    let size = (image.width(), image.height());
    let pixels = u64::from(size.0) * u64::from(size.1);
    let channels = usize::from(image.color_space().num_channels()) + usize::from(image.has_alpha());
    ensure!(
        pixels * channels as u64 <= MOST_SAMPLES,
        "the JPEG 2000 picture holds no small resolution, and {} x {} pixels are too many",
        size.0,
        size.1
    );
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).context("the JPEG 2000 picture cannot be decoded")?;
    let components = decoded.components();
    let is_whole = !components.is_empty() && components.iter().all(|component| component.samples().len() as u64 == pixels);
    ensure!(is_whole, "the channels of the JPEG 2000 picture differ in size");
    let channels = components.len();
    let samples = decoded.data_u8();
    let factor = squeeze::factor(size, at_least);
    let mut squeeze = Squeeze::new(size.0, factor);
    let mut row = Vec::with_capacity(size.0 as usize * 3);
    for line in samples.chunks_exact(size.0 as usize * channels) {
        row.clear();
        row.extend(line.chunks_exact(channels).flat_map(|pixel| rgb_of(pixel, image.color_space(), image.has_alpha())));
        squeeze.push(&row);
    }
    let icc = match image.color_space() {
        ColorSpace::Icc { profile, num_channels: 3 } => Some(profile.clone()),
        _ => None,
    };
    Ok(Small { width: size.0.div_ceil(factor), height: size.1.div_ceil(factor), rgb: squeeze.finish(), icc })
}

fn rgb_of(pixel: &[u8], colours: &ColorSpace, has_alpha: bool) -> [u8; 3] {
    let (pixel, alpha) = match pixel.split_last() {
        Some((alpha, rest)) if has_alpha && !rest.is_empty() => (rest, *alpha),
        _ => (pixel, 255),
    };
    let is_printed = colours.num_channels() == 4;
    let printed = |ink: u8, black: u8| (u32::from(255 - ink) * u32::from(255 - black) / 255) as u8;
    let rgb = match *pixel {
        [cyan, magenta, yellow, black, ..] if is_printed => [cyan, magenta, yellow].map(|ink| printed(ink, black)),
        [red, green, blue, ..] => [red, green, blue],
        [gray, ..] => [gray; 3],
        [] => [255; 3],
    };
    rgb.map(|sample| on_white(sample, alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanned_map_of_thu_sy_is_asked_for_at_a_fitting_resolution() {
        assert_eq!(target((8000, 6000), 512), (512, 384));
        assert_eq!(target((30_000, 2), 512), (512, 1));
        assert_eq!(target((100, 50), 512), (100, 50));
    }

    #[test]
    fn inks_and_clearness_become_colours_on_paper() {
        assert_eq!(rgb_of(&[0, 0, 0, 0], &ColorSpace::CMYK, false), [255; 3]);
        assert_eq!(rgb_of(&[9, 8, 7, 0], &ColorSpace::RGB, true), [255; 3]);
        assert_eq!(rgb_of(&[9, 255], &ColorSpace::Gray, true), [9; 3]);
    }

    #[test]
    fn a_codestream_that_claims_the_size_of_the_sea_is_refused() {
        // SOC and SIZ (ISO/IEC 15444-1, A.5.1) of 65535 x 65535 pixels in one component, and no more.
        let mut sea = vec![0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0];
        for number in [65_535u32, 65_535, 0, 0, 65_535, 65_535, 0, 0] {
            sea.extend(number.to_be_bytes());
        }
        sea.extend([0, 1, 7, 1, 1]);
        assert!(shrink(&sea, 512).is_err());
        assert!(shrink(b"\xff\x4f\xff\x51", 512).is_err());
    }
}
