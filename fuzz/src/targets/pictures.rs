//! Pictures that are made small while they are read.

use std::io::Cursor;
use std::ops::Range;

use kho_jpeg::{Bands, Error, Pixels, Wanted, full};

use crate::derivative::picture::small::Small;
use crate::derivative::picture::{psd, tiff};
use crate::tiles::grid::{Grid, Region, SIDE};
use crate::tiles::index;
use crate::web::iiif::image::address::{Asked, MOST_AREA, MOST_SIDE, Version};

/// How large the small picture is to be, in turns.
fn at_least(bytes: &[u8]) -> u32 {
    [512, 1, 16, 512, 4000][bytes.len() % 5]
}

/// A small JPEG has as many pixels as it says, and no fewer than asked for.
pub(crate) fn jpeg(bytes: &[u8]) {
    let at_least = at_least(bytes);
    let outcome = kho_jpeg::decode(bytes, at_least);
    assert_eq!(outcome, kho_jpeg::decode(bytes, at_least), "the same file, another picture");
    let small = match outcome {
        Ok(small) => small,
        Err(Error::TooSmall { width, height }) => return assert!(width.max(height).div_ceil(2) < at_least.max(2), "{width} by {height}"),
        Err(_) => return,
    };
    let (length, depth) = match &small.pixels {
        Pixels::Gray(pixels) => (pixels.len(), 1),
        Pixels::Rgb(pixels) => (pixels.len(), 3),
        Pixels::Cmyk(pixels) => (pixels.len(), 4),
    };
    assert_eq!(length as u64, u64::from(small.width) * u64::from(small.height) * depth);
    assert!(length as u64 <= kho_jpeg::MEMORY_LIMIT);
    assert_eq!(small.width as usize, small.scale.of(small.full_width as usize));
    assert_eq!(small.height as usize, small.scale.of(small.full_height as usize));
    assert!(small.width.max(small.height) >= at_least, "{} by {} for {at_least}", small.width, small.height);
    assert!(small.icc.is_none_or(|icc| icc.len() <= 4 << 20));
}

/// Whole rows of a JPEG come from top to bottom; what is cut off its edge is the same as in the whole.
pub(crate) fn bands(bytes: &[u8]) {
    let Ok(bands) = Bands::open(bytes) else { return };
    let (width, height) = bands.size();
    // A file of a few bytes may claim a wide picture; it is not what is looked for here.
    if u64::from(width) * u64::from(height) > 1 << 20 {
        return;
    }
    let read = |columns: Range<usize>| {
        let mut rows = Vec::new();
        let part = full::Part { columns, rows: 0..height as usize };
        let outcome = full::rows::<Error>(&bands, &part, |row, pixels| {
            assert_eq!(row, rows.len(), "rows out of their order");
            rows.push(pixels.to_vec());
            Ok(())
        });
        outcome.map(|_| rows)
    };
    let Ok(all) = read(0..width as usize) else { return };
    assert_eq!(all.len(), height as usize);
    let from = width as usize / 2;
    let right = read(from..width as usize).expect("the whole was read");
    let depth = all[0].len() / width as usize;
    // Damage may show in one reading and be leapt over in the other.
    if let Ok(false) = bands.read::<Error>(&Wanted { columns: 0..bands.mcus().0, rows: 0..bands.mcus().1 }, |_| Ok(())) {
        assert!(all.iter().zip(&right).all(|(whole, right)| whole[from * depth..] == right[..]), "another picture");
    }
}

/// The index of a pack is what was written or an error; an address of the Image API means a part of the picture within the limits, and its
/// canonical form means the same.
pub(crate) fn tiles(bytes: &[u8]) {
    if let Ok(places) = index::places(bytes, bytes.len() as u64) {
        assert!(places.iter().all(|(at, length)| at + u64::from(*length) <= bytes.len() as u64));
    }
    if let Some(head) = bytes.first_chunk()
        && let Ok(grid) = index::grid(head)
    {
        assert!(grid.levels() <= 32 && grid.size(grid.levels() - 1).0 <= SIDE);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let grid = Grid { width: 11_601, height: 8_703 };
    for version in [Version::Two, Version::Three] {
        let Ok(asked) = Asked::read(version, text) else { continue };
        let Ok(wanted) = asked.wanted(grid) else { continue };
        let Region { x, y, width, height } = wanted.region;
        assert!(width > 0 && height > 0 && x + width <= grid.width && y + height <= grid.height, "{wanted:?}");
        assert!(wanted.width > 0 && wanted.width <= MOST_SIDE && wanted.height > 0 && wanted.height <= MOST_SIDE, "{wanted:?}");
        assert!(u64::from(wanted.width) * u64::from(wanted.height) <= MOST_AREA, "{wanted:?}");
        let canonical = asked.canonical(grid, wanted);
        let again = Asked::read(version, &canonical).and_then(|again| again.wanted(grid));
        assert_eq!(again, Ok(wanted), "{text} is not {canonical}");
    }
}

/// A small TIFF is whole, or an error.
pub(crate) fn tiff(bytes: &[u8]) {
    let shrink = || tiff::shrink(Cursor::new(bytes), at_least(bytes));
    same_and_whole(&shrink);
}

/// A small Photoshop picture is whole, or an error.
pub(crate) fn psd(bytes: &[u8]) {
    let shrink = || psd::shrink(Cursor::new(bytes), at_least(bytes));
    same_and_whole(&shrink);
}

fn same_and_whole(shrink: &dyn Fn() -> anyhow::Result<Small>) {
    let plain = || shrink().map(|small| (small.width, small.height, small.rgb, small.icc)).map_err(|error| format!("{error:#}"));
    let outcome = plain();
    assert!(outcome == plain(), "the same file, another picture");
    if let Ok((width, height, rgb, _)) = outcome {
        assert!(width > 0 && height > 0, "{width} by {height}");
        assert_eq!(rgb.len() as u64, u64::from(width) * u64::from(height) * 3);
    }
}
