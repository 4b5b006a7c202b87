//! Makes of the samples of a row what can be averaged.

use super::page::{Alpha, Meaning, Page};

/// Turns the samples of a row into those the page's ink is made of, in place of `samples` or in `changed`.
///
/// Palette entries become their colours, because indexes have no average; colours become multiplied by their opacity, so that what is not seen
/// has no say in the average.
pub(super) fn averageable<'a>(page: &Page, plane: usize, samples: &'a mut [u16], changed: &'a mut Vec<u16>) -> &'a [u16] {
    if let Meaning::Lab { signed: true } = page.meaning {
        offset(page, plane, samples);
    }
    let (have, wanted) = (page.together(), page.ink().channels());
    if page.planar {
        return samples;
    }
    changed.clear();
    if page.meaning == Meaning::Palette {
        let last = page.palette.last().copied().unwrap_or_default();
        let colour = |pixel: &[u16]| pixel.first().and_then(|&index| page.palette.get(usize::from(index))).copied().unwrap_or(last);
        samples.chunks_exact(have).for_each(|pixel| changed.extend(colour(pixel)));
        return changed;
    }
    if page.alpha == Alpha::Unassociated {
        multiply(samples, (have, wanted), page.maximum());
    }
    if have == wanted {
        return samples;
    }
    samples.chunks_exact(have).for_each(|pixel| changed.extend(pixel.iter().take(wanted)));
    changed
}

/// Makes a and b, which have a sign, numbers from 0 as the other kind of L*a*b* has them.
fn offset(page: &Page, plane: usize, samples: &mut [u16]) {
    let half = 1 << (page.bits.min(16) - 1);
    let together = page.together();
    for pixel in samples.chunks_exact_mut(together) {
        let colours = pixel.iter_mut().enumerate().filter(|(index, _)| matches!(plane + index, 1 | 2));
        colours.for_each(|(_, sample)| *sample ^= half);
    }
}

fn multiply(samples: &mut [u16], (have, wanted): (usize, usize), maximum: u16) {
    let maximum = u32::from(maximum);
    for pixel in samples.chunks_exact_mut(have) {
        if let Some((alpha, colours)) = pixel.get_mut(..wanted).and_then(|own| own.split_last_mut()) {
            let alpha = u32::from(*alpha);
            colours.iter_mut().for_each(|colour| *colour = (u32::from(*colour) * alpha / maximum.max(1)) as u16);
        }
    }
}
