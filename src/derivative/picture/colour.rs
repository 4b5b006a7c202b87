//! Colour profiles: small pictures are brought to sRGB, the colours that browsers expect.

use anyhow::{Context, Result, anyhow, bail, ensure};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

/// A profile longer than this is not read.
const PROFILE_LIMIT: usize = 4 << 20;
/// Pixels that are converted at once.
const BATCH: usize = 1 << 14;

/// Brings 8-bit red, green and blue from the colours of a profile to sRGB. A gray profile is applied to the red of each pixel.
///
/// # Errors
/// When the profile cannot be read or is of another colour model; `rgb` then is as it was.
pub(crate) fn to_srgb(rgb: &mut [u8], icc: &[u8]) -> Result<()> {
    let profile = read(icc)?;
    match profile.color_space {
        DataColorSpace::Rgb => {
            let transform = transform(&profile, Layout::Rgb)?;
            convert(rgb, 3, <[u8]>::to_vec, &*transform)
        }
        DataColorSpace::Gray => {
            let transform = transform(&profile, Layout::Gray)?;
            let reds = |pixels: &[u8]| pixels.iter().copied().step_by(3).collect();
            convert(rgb, 1, reds, &*transform)
        }
        other => bail!("the colour profile is for {other:?}, not for red, green and blue"),
    }
}

/// Whether the colours of a profile are those that browsers expect without one, to within what nobody sees. So are those of a profile that
/// cannot be used.
pub(crate) fn is_srgb(icc: &[u8], is_gray: bool) -> bool {
    let shades = || (0..=16_u16).map(|step| (step * 255 / 16) as u8);
    let colours: Vec<u8> = if is_gray {
        shades().flat_map(|shade| [shade; 3]).collect()
    } else {
        let pairs = || shades().flat_map(|green| shades().map(move |blue| (green, blue)));
        shades().flat_map(|red| pairs().flat_map(move |(green, blue)| [red, green, blue])).collect()
    };
    let mut brought = colours.clone();
    to_srgb(&mut brought, icc).is_err() || colours.iter().zip(&brought).all(|(before, after)| before.abs_diff(*after) <= 2)
}

/// Turns 8-bit cyan, magenta, yellow and black (0 is no ink) into 8-bit sRGB, by the profile where it can be used, else by the simple rule that
/// each ink takes away its colour.
pub(crate) fn cmyk_to_srgb(cmyk: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    icc.and_then(|icc| by_profile(cmyk, icc).ok()).unwrap_or_else(|| by_rule(cmyk))
}

fn by_profile(cmyk: &[u8], icc: &[u8]) -> Result<Vec<u8>> {
    let profile = read(icc)?;
    ensure!(profile.color_space == DataColorSpace::Cmyk, "the colour profile is for {:?}, not for inks", profile.color_space);
    let transform = transform(&profile, Layout::Rgba)?;
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    for (inks, colours) in cmyk.chunks(BATCH * 4).zip(rgb.chunks_mut(BATCH * 3)) {
        let whole = inks.get(..colours.len() / 3 * 4).unwrap_or_default();
        transform.transform(whole, colours).map_err(|error| anyhow!("the inks could not be converted: {error}"))?;
    }
    Ok(rgb)
}

fn by_rule(cmyk: &[u8]) -> Vec<u8> {
    let colour = |ink: u8, black: u8| {
        let product = u32::from(255 - ink) * u32::from(255 - black);
        ((product + 127) / 255) as u8
    };
    let mut rgb = Vec::with_capacity(cmyk.len() / 4 * 3);
    for pixel in cmyk.chunks_exact(4) {
        if let &[cyan, magenta, yellow, black] = pixel {
            rgb.extend([colour(cyan, black), colour(magenta, black), colour(yellow, black)]);
        }
    }
    rgb
}

fn read(icc: &[u8]) -> Result<ColorProfile> {
    ensure!(icc.len() <= PROFILE_LIMIT, "the colour profile of {} bytes is too long", icc.len());
    ColorProfile::new_from_slice(icc).map_err(|error| anyhow!("{error}")).context("the colour profile cannot be read")
}

type Transform = std::sync::Arc<dyn TransformExecutor<u8> + Send + Sync>;

fn transform(profile: &ColorProfile, layout: Layout) -> Result<Transform> {
    let made = profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), Layout::Rgb, TransformOptions::default());
    made.map_err(|error| anyhow!("{error}")).context("the colour profile cannot be used")
}

/// Converts in batches. Every batch but the first could only fail for reasons that also fail the first, so `rgb` stays whole.
fn convert(rgb: &mut [u8], samples: usize, source: impl Fn(&[u8]) -> Vec<u8>, transform: &(dyn TransformExecutor<u8> + Send + Sync)) -> Result<()> {
    for batch in rgb.chunks_mut(BATCH * 3) {
        let whole = batch.len() / 3;
        let (pixels, _) = batch.split_at_mut(whole * 3);
        let mut from = source(pixels);
        from.truncate(whole * samples);
        transform.transform(&from, pixels).map_err(|error| anyhow!("the colours could not be converted: {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indigo_of_a_wide_profile_becomes_another_srgb_and_srgb_stays() {
        let indigo = [40u8, 50, 160, 255, 255, 255];
        let mut wide = indigo;
        to_srgb(&mut wide, &ColorProfile::new_adobe_rgb().encode().unwrap()).unwrap();
        assert!(wide[0] < indigo[0] && wide[3..] == [255; 3], "{wide:?}");
        let mut same = indigo;
        to_srgb(&mut same, &ColorProfile::new_srgb().encode().unwrap()).unwrap();
        assert!(same.iter().zip(indigo).all(|(&now, before)| now.abs_diff(before) <= 1), "{same:?}");
    }

    #[test]
    fn a_profile_that_changes_nothing_is_told_from_one_that_does() {
        assert!(is_srgb(&ColorProfile::new_srgb().encode().unwrap(), false) && is_srgb(b"no profile", false));
        assert!(!is_srgb(&ColorProfile::new_adobe_rgb().encode().unwrap(), false));
        assert!(!is_srgb(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap(), true));
    }

    #[test]
    fn a_gray_profile_is_applied_to_gray() {
        let mut rgb = [128u8; 6];
        to_srgb(&mut rgb, &ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()).unwrap();
        assert!(rgb[0] > 180 && rgb.iter().all(|&value| value == rgb[0]), "{rgb:?}");
    }

    #[test]
    fn a_profile_that_is_none_leaves_the_colours_and_ends_in_an_error() {
        let mut rgb = [1u8, 2, 3];
        for icc in [&[][..], &[0; 128], b"dyed with indigo"] {
            assert!(to_srgb(&mut rgb, icc).is_err());
        }
        assert_eq!(rgb, [1, 2, 3]);
        assert_eq!(cmyk_to_srgb(&[0, 255, 255, 0, 0, 0, 0, 255], Some(b"no profile")), [255, 0, 0, 0, 0, 0]);
    }
}
