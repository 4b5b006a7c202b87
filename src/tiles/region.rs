//! Parts of a picture at any size, out of the tiles of the nearest level.

use anyhow::{Context as _, Result, bail};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use kho_jpeg::{Bands, Colours, full};

use super::Pack;
use super::grid::{Grid, Region, SIDE, Spot};

/// So many pixels are decoded at most.
const MOST_DECODED: u64 = 34 << 20;

/// Draws a region at a size.
pub(crate) fn draw(pack: &Pack, region: Region, size: (u32, u32)) -> Result<RgbImage> {
    let level = nearest_level(pack.grid, region, size);
    let scale = f64::from(1_u32 << level);
    let (width, height) = pack.grid.size(level);
    let from = |start: u32| (u64::from(start) >> level) as u32;
    let to = |end: u64, most: u32| (end.div_ceil(1 << level) as u32).min(most);
    let (left, top) = (from(region.x).min(width - 1), from(region.y).min(height - 1));
    let right = to(u64::from(region.x) + u64::from(region.width), width);
    let below = to(u64::from(region.y) + u64::from(region.height), height);
    let part = Region { x: left, y: top, width: right - left, height: below - top };
    let pixels = decode(pack, level, part)?;
    let offset = (f64::from(region.x) / scale - f64::from(left), f64::from(region.y) / scale - f64::from(top));
    let exact = (f64::from(region.width) / scale, f64::from(region.height) / scale);
    resize(pixels, offset, exact, size)
}

/// The smallest level that still has as many pixels as are wanted.
fn nearest_level(grid: Grid, region: Region, size: (u32, u32)) -> u32 {
    let has_enough = |level: &u32| {
        let scaled = |length: u32| u64::from(length).div_ceil(1 << level);
        scaled(region.width) >= u64::from(size.0) && scaled(region.height) >= u64::from(size.1)
    };
    // A region that is squeezed in one direction only would have to be decoded almost whole: then it is a little less sharp.
    let is_small = |level: &u32| (u64::from(region.width) >> level) * (u64::from(region.height) >> level) <= MOST_DECODED;
    let nearest = (0..grid.levels()).rev().find(has_enough).unwrap_or(0);
    (nearest..grid.levels()).find(is_small).unwrap_or(grid.levels() - 1)
}

/// Decodes a part of a level.
fn decode(pack: &Pack, level: u32, part: Region) -> Result<RgbImage> {
    let mut picture = RgbImage::new(part.width, part.height);
    for row in part.y / SIDE..(part.y + part.height).div_ceil(SIDE) {
        for column in part.x / SIDE..(part.x + part.width).div_ceil(SIDE) {
            let bytes = pack.tile(Spot { level, column, row })?.context("a tile is missing")?;
            paste(&bytes, (column * SIDE, row * SIDE), part, &mut picture)?;
        }
    }
    Ok(picture)
}

/// Decodes what the picture wants of a tile that lies at `origin`.
fn paste(bytes: &[u8], origin: (u32, u32), part: Region, picture: &mut RgbImage) -> Result<()> {
    let bands = Bands::open(bytes)?;
    let (width, height) = bands.size();
    let span = |start: u32, length: u32, origin: u32, own: u32| {
        let (from, to) = (start.max(origin), (start + length).min(origin + own));
        from.saturating_sub(origin) as usize..to.saturating_sub(origin) as usize
    };
    let wanted = full::Part { columns: span(part.x, part.width, origin.0, width), rows: span(part.y, part.height, origin.1, height) };
    let left = (origin.0.max(part.x) - part.x) as usize * 3;
    let stride = part.width as usize * 3;
    let is_gray = bands.colours() == Colours::Gray;
    let pixels: &mut [u8] = picture;
    full::rows(&bands, &wanted, |row, samples| {
        let line = (row + origin.1 as usize - part.y as usize) * stride + left;
        let Some(line) = pixels.get_mut(line..line + wanted.columns.len() * 3) else { bail!("a tile is larger than its place") };
        if is_gray {
            line.as_chunks_mut::<3>().0.iter_mut().zip(samples).for_each(|(pixel, light)| *pixel = [*light; 3]);
        } else {
            line.copy_from_slice(samples);
        }
        Ok(())
    })?;
    Ok(())
}

fn resize(pixels: RgbImage, (left, top): (f64, f64), (width, height): (f64, f64), size: (u32, u32)) -> Result<RgbImage> {
    let is_exact = left == 0.0 && top == 0.0 && pixels.dimensions() == size;
    if is_exact {
        return Ok(pixels);
    }
    let (own_width, own_height) = pixels.dimensions();
    let width = width.min(f64::from(own_width) - left);
    let height = height.min(f64::from(own_height) - top);
    let large = ImageRef::new(own_width, own_height, pixels.as_raw(), PixelType::U8x3)?;
    let mut small = Image::new(size.0, size.1, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming)).crop(left, top, width, height);
    Resizer::new().resize(&large, &mut small, &options)?;
    RgbImage::from_raw(size.0, size.1, small.into_vec()).context("the picture cannot be resized")
}
