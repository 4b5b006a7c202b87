//! Whole pictures, pieces of them and files made of them, against a decoder of others.

use image::{GrayImage, RgbImage};
use kho_jpeg::{Bands, Colours, Encoder, Error, Form, Plane, Wanted, Writer, full, half::Halver};
use proptest::prelude::*;

/// A striped mat: slopes and edges in all three colours.
fn mat(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 3 % 256) as u8, (y * 2 % 256) as u8, if (x / 16 + y / 24) % 2 == 0 { 40 } else { 200 }]))
}

fn luma(width: u32, height: u32) -> Vec<u8> {
    (0..height).flat_map(|y| (0..width).map(move |x| (128.0 + 90.0 * f64::from(x).mul_add(0.11, f64::from(y) * 0.07).sin()) as u8)).collect()
}

fn gray_jpeg(width: u32, height: u32, quality: u8) -> Vec<u8> {
    let samples = luma(width, height);
    let plane = Plane { samples: &samples, stride: width as usize, width: width as usize, height: height as usize };
    Encoder::new(&[(1, 1)], quality).encode(&[plane], width as u16, height as u16)
}

/// A colour file of other people's encoder.
fn their_jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(picture).expect("encoding to memory works");
    bytes
}

fn pixels(bytes: &[u8], part: &full::Part) -> Vec<u8> {
    let bands = Bands::open(bytes).expect("a plain JPEG");
    let mut all = Vec::new();
    let is_cut = full::rows::<Error>(&bands, part, |_, row| {
        all.extend_from_slice(row);
        Ok(())
    });
    assert_eq!(is_cut, Ok(false));
    all
}

fn largest_difference(ours: &[u8], theirs: &[u8]) -> u8 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[test]
fn what_we_encode_others_decode_to_what_it_was() {
    for (width, height) in [(1, 1), (8, 8), (9, 17), (200, 131), (512, 512)] {
        let theirs = image::load_from_memory(&gray_jpeg(width, height, 95)).expect("ours is a JPEG").to_luma8();
        assert_eq!(theirs.dimensions(), (width, height));
        assert!(largest_difference(theirs.as_raw(), &luma(width, height)) <= 12, "{width} x {height}");
    }
}

#[test]
fn colours_in_planes_of_half_the_size_come_back() {
    let (width, height) = (67_usize, 45_usize);
    let (y, chroma) = (vec![150; width * height], (vec![100; 34 * 23], vec![170; 34 * 23]));
    let small = |samples| Plane { samples, stride: 34, width: 34, height: 23 };
    let planes = [Plane { samples: &y, stride: width, width, height }, small(&chroma.0), small(&chroma.1)];
    let bytes = Encoder::new(&[(2, 2), (1, 1), (1, 1)], 90).encode(&planes, 67, 45);
    let seen = image::load_from_memory(&bytes).expect("ours is a JPEG").to_rgb8();
    assert_eq!(seen.dimensions(), (67, 45));
    // R = Y + 1.402 (Cr - 128), B = Y + 1.772 (Cb - 128).
    assert!(seen.pixels().all(|pixel| pixel.0[0].abs_diff(209) <= 3 && pixel.0[2].abs_diff(100) <= 3), "{:?}", seen.get_pixel(5, 5));
}

#[test]
fn every_part_is_what_others_see_there() {
    let picture = mat(150, 97);
    let bytes = their_jpeg(&picture);
    let theirs = image::load_from_memory(&bytes).expect("a JPEG").to_rgb8();
    for part in [(0..150, 0..97), (0..1, 0..1), (149..150, 96..97), (31..77, 15..81)] {
        let (columns, rows) = part;
        let view = image::imageops::crop_imm(&theirs, columns.start as u32, rows.start as u32, columns.len() as u32, rows.len() as u32).to_image();
        let ours = pixels(&bytes, &full::Part { columns: columns.clone(), rows: rows.clone() });
        assert!(largest_difference(&ours, view.as_raw()) <= 4, "{columns:?} {rows:?}");
    }
}

#[test]
fn blocks_written_into_another_file_are_the_same_to_the_last_bit() {
    let bytes = their_jpeg(&mat(100, 60));
    let bands = Bands::open(&bytes).expect("a plain JPEG");
    assert_eq!((bands.size(), bands.colours()), ((100, 60), Colours::Ycc));
    let form = Form { sampling: bands.sampling(), steps: bands.steps().expect("tables are there") };
    let mut writer = Writer::new(&form, 100, 60);
    let (across, down) = bands.mcus();
    let outcome = bands.read::<Error>(&Wanted { columns: 0..across, rows: 0..down }, |band| {
        for column in 0..across {
            for (component, &(horizontal, vertical)) in form.sampling.iter().enumerate() {
                for row in 0..vertical {
                    let blocks = &band.blocks(component, row)[column * horizontal..(column + 1) * horizontal];
                    blocks.iter().for_each(|block| writer.block(component, block));
                }
            }
        }
        Ok(())
    });
    assert_eq!(outcome, Ok(false));
    let (before, after) = (image::load_from_memory(&bytes).expect("a JPEG"), image::load_from_memory(&writer.finish()).expect("ours is a JPEG"));
    assert_eq!(before.to_rgb8().as_raw(), after.to_rgb8().as_raw());
}

#[test]
fn half_a_picture_is_near_the_mean_of_its_pixels() {
    let bytes = gray_jpeg(64, 32, 98);
    let bands = Bands::open(&bytes).expect("a plain JPEG");
    let halver = Halver::new(&bands).expect("tables are there");
    let mut seen = vec![0; 32 * 16];
    let (across, down) = bands.mcus();
    let outcome = bands.read::<Error>(&Wanted { columns: 0..across, rows: 0..down }, |band| {
        halver.write(band, 0, &mut seen[band.row * 4 * 32..], 32);
        Ok(())
    });
    assert_eq!(outcome, Ok(false));
    let full = luma(64, 32);
    for (at, &half) in seen.iter().enumerate() {
        let corner = at / 32 * 2 * 64 + at % 32 * 2;
        let mean = [0, 1, 64, 65].iter().map(|step| u32::from(full[corner + step])).sum::<u32>() / 4;
        assert!(u32::from(half).abs_diff(mean) <= 6, "{half} for {mean}");
    }
}

#[test]
fn a_progressive_scan_is_left_to_others_and_a_cut_one_goes_grey() {
    assert!(matches!(Bands::open(b"\xFF\xD8\xFF\xC2\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\0\0"), Err(Error::Unsupported(_))));
    let whole = gray_jpeg(64, 640, 90);
    let cut = &whole[..whole.len() / 2];
    let bands = Bands::open(cut).expect("its header is whole");
    let mut rows = 0;
    let is_cut = full::rows::<Error>(&bands, &full::Part { columns: 0..64, rows: 0..640 }, |_, row| {
        rows += 1;
        assert!(rows < 600 || row == [128; 64]);
        Ok(())
    });
    assert_eq!((is_cut, rows), (Ok(true), 640));
}

#[test]
fn a_gray_weave_survives_the_lowest_and_the_highest_quality() {
    for quality in [1, 50, 100] {
        let seen = image::load_from_memory(&gray_jpeg(40, 40, quality)).expect("ours is a JPEG").to_luma8();
        assert_eq!(GrayImage::dimensions(&seen), (40, 40));
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..3000, value: u8, left in 0_usize..60, width in 1_usize..40) {
        let mut bytes = their_jpeg(&mat(100, 60));
        let length = bytes.len();
        bytes[at % length] = value;
        if let Ok(bands) = Bands::open(&bytes) {
            let _ = full::rows::<Error>(&bands, &full::Part { columns: left..left + width, rows: 3..50 }, |_, _| Ok(()));
        }
    }
}
