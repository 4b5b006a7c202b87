//! Damaged files: no panic, no more memory than the limit, and as much of the picture as the data still has.
#![allow(clippy::unwrap_used)]

use image::codecs::jpeg::JpegEncoder;
use kho_jpeg::{Error, Pixels, Scale, decode};
use proptest::prelude::*;

/// A woven pattern (dệt lụa) with both fine threads and broad stripes.
fn silk(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let thread = (x * 37 + y * 91) % 23;
        image::Rgb([(x * 255 / width) as u8, (y / 8 * 30 % 256) as u8, (thread * 11) as u8])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(&picture).unwrap();
    bytes
}

/// The same file with a restart marker after every interval; made by hand from a picture whose MCUs are all alike.
fn with_restarts(rows: usize) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    bytes.extend([16; 64]);
    bytes.extend([0xFF, 0xC0, 0, 11, 8, 0, (rows * 8) as u8, 0, 32, 1, 1, 0x11, 0]);
    // DC: code 0 is size 0, code 10 is size 4. AC: code 0 is the end of block.
    bytes.extend([0xFF, 0xC4, 0, 21, 0x00, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
    bytes.extend([0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([0xFF, 0xDD, 0, 4, 0, 4, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    for row in 0..rows {
        // 10 1010 0 | 0 0 | 0 0 | 0 0 | padding of ones: the first block is 10 * 16 / 8 = 20 above grey, the others like it.
        bytes.extend([0b1010_1000, 0b0000_0111]);
        let marker = if row + 1 == rows { 0xD9 } else { 0xD0 + (row % 8) as u8 };
        bytes.extend([0xFF, marker]);
    }
    bytes
}

#[test]
fn a_lost_restart_interval_stays_grey_and_the_rest_stands_at_its_place() {
    let bytes = with_restarts(6);
    let whole = decode(&bytes, 4).unwrap();
    assert_eq!((whole.is_cut, whole.scale, &whole.pixels), (false, Scale::Eighth, &Pixels::Gray(vec![148; 24])));
    // The third interval disappears with the marker before it.
    let end = bytes.len();
    let holed = [&bytes[..end - 18], &bytes[end - 14..]].concat();
    let Pixels::Gray(pixels) = decode(&holed, 4).unwrap().pixels else { panic!("gray becomes gray") };
    // Sharpening moves the rows beside the hole a little.
    for (row, expected) in [148, 148, 128, 148, 148].into_iter().enumerate() {
        let pixels = &pixels[row * 4..row * 4 + 4];
        assert!(pixels.iter().all(|&pixel| pixel.abs_diff(expected) < 3), "row {row} is {pixels:?}");
    }
    assert!(decode(&holed, 4).unwrap().is_cut);
}

#[test]
fn a_picture_cut_in_the_middle_is_shown_and_said_to_be_cut() {
    let bytes = silk(640, 480);
    let whole = decode(&bytes, 80).unwrap();
    let half = decode(&bytes[..bytes.len() / 2], 80).unwrap();
    assert!(!whole.is_cut && half.is_cut);
    let (Pixels::Rgb(whole), Pixels::Rgb(half)) = (whole.pixels, half.pixels) else { panic!("colour stays colour") };
    assert_eq!(whole[..80 * 3 * 20], half[..80 * 3 * 20]);
    assert_eq!(half[half.len() - 3..], [128; 3]);
}

#[test]
fn the_smallest_scale_that_is_large_enough_is_taken() {
    let bytes = silk(641, 479);
    for (at_least, scale, size) in [(81, Scale::Eighth, (81, 60)), (82, Scale::Quarter, (161, 120)), (162, Scale::Half, (321, 240))] {
        let small = decode(&bytes, at_least).unwrap();
        assert_eq!((small.scale, (small.width, small.height)), (scale, size));
    }
    assert_eq!(decode(&bytes, 322), Err(Error::TooSmall { width: 641, height: 479 }));
}

#[test]
fn a_small_file_that_claims_to_be_huge_is_refused() {
    let mut bytes = silk(64, 64);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    assert!(matches!(decode(&bytes, 512), Err(Error::Damaged(_))));
    bytes.resize(40 << 20, 0);
    assert!(matches!(decode(&bytes, 512), Err(Error::TooLarge { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_it_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in 0.1_f64..1.0,
        early in any::<bool>(),
        at_least in 1_u32..120,
    ) {
        let mut bytes = silk(200, 136);
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        // Half of the damage goes to the headers, where it changes most.
        let reach = if early { bytes.len().min(640) } else { bytes.len() };
        for (place, value) in flips {
            let place = place.index(reach);
            bytes[place] = value;
        }
        if let Ok(small) = decode(&bytes, at_least) {
            let samples = match &small.pixels {
                Pixels::Gray(samples) => samples.len(),
                Pixels::Rgb(samples) => samples.len() / 3,
                Pixels::Cmyk(samples) => samples.len() / 4,
            };
            prop_assert_eq!(samples, (small.width * small.height) as usize);
            prop_assert!(small.width.max(small.height) >= at_least);
        }
    }
}
