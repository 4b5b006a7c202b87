//! Pictures that are made small while they are read.

use std::io::Cursor;

use kho_jpeg::{Error, Pixels};

use crate::derivative::picture::small::Small;
use crate::derivative::picture::{psd, tiff};

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
