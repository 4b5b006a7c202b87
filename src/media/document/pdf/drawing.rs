//! The look of a page.

use std::path::Path;

use anyhow::{Context as _, bail};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

use super::{Closed, forms, open, poppler};

/// No picture of a page is larger, in pixels: 4096 × 4096 × 4 bytes are 64 MiB.
const LARGEST: u32 = 4096;

/// Width, height, and red, green and blue of each pixel.
type Picture = (u32, u32, Vec<u8>);

/// Draws a page, counted from 0, on white, so that its longer side has `longer_side` pixels (1 to 4096),
/// however large the page claims to be. Gives width, height, and RGB of 8 bits.
///
/// # Errors
/// When there is no such page or neither reader can open the file.
pub(crate) fn pdf_page(path: &Path, page: u32, longer_side: u32) -> anyhow::Result<(u32, u32, Vec<u8>)> {
    let longer_side = longer_side.clamp(1, LARGEST);
    let by_poppler = || poppler::page(path, page, longer_side).and_then(|bytes| picture(&bytes));
    match open(path) {
        Ok(pdf) => {
            let pages = pdf.pages();
            let sheet = pages.get(page as usize).with_context(|| format!("it has {} pages, and no page {}", pages.len(), u64::from(page) + 1))?;
            if forms::are_endless(sheet) {
                bail!("the page draws itself without end");
            }
            let drawn = draw(sheet, longer_side)?;
            // What cannot be drawn is left out without a word. A page that is truly white costs one more try.
            let is_white = drawn.2.iter().all(|&sample| sample == 255);
            Ok(if is_white { by_poppler().unwrap_or(drawn) } else { drawn })
        }
        Err(Closed::Encrypted(why)) => bail!("the page cannot be drawn: {why}"),
        Err(Closed::Other(error)) => by_poppler().ok_or(error),
    }
}

fn draw<'a>(page: &'a Page<'a>, longer_side: u32) -> anyhow::Result<Picture> {
    let (page_width, page_height) = page.render_dimensions();
    let longer = page_width.max(page_height);
    if !(longer.is_finite() && page_width > 0.0 && page_height > 0.0) {
        bail!("the page has no size");
    }
    let pixels = |side: f32| (f64::from(side) / f64::from(longer) * f64::from(longer_side)).round().max(1.0) as u16;
    let (width, height) = (pixels(page_width), pixels(page_height));
    let scale = Affine::scale_non_uniform(f64::from(width) / f64::from(page_width), f64::from(height) / f64::from(page_height));
    let mut context = RenderContext::new(width, height);
    let cache = RenderCache::new();
    let transform = scale * page.initial_transform(true).to_kurbo();
    render_into(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &mut context, transform);
    context.flush();
    let mut pixmap = Pixmap::new(width, height);
    let settings = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), settings);
    let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    Ok((u32::from(width), u32::from(height), rgb))
}

/// Reads a PPM image as `pdftoppm` writes it.
fn picture(bytes: &[u8]) -> Option<Picture> {
    let mut rest = bytes.strip_prefix(b"P6")?;
    let mut numbers = [0u32; 3];
    for number in &mut numbers {
        let start = rest.iter().position(u8::is_ascii_digit)?;
        let length = rest.get(start..)?.iter().position(|byte| !byte.is_ascii_digit())?;
        *number = std::str::from_utf8(rest.get(start..start + length)?).ok()?.parse().ok()?;
        rest = rest.get(start + length..)?;
    }
    let [width, height, _] = numbers;
    let samples = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
    let rgb = rest.get(1..)?.get(..samples)?.to_vec();
    (width > 0 && height > 0).then_some((width, height, rgb))
}
