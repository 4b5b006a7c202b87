use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage, imageops};
use kho_archive::record::bytes_of_raw;
use proptest::prelude::*;

use super::grid::{Region, SIDE, tile_of};
use super::*;

/// A woven mat: slopes in two colours and stripes in the third.
fn mat(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 255 / width.max(1)) as u8, (y * 255 / height.max(1)) as u8, if (x / 64 + y / 48) % 2 == 0 { 60 } else { 190 }])
    })
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(picture).unwrap();
    bytes
}

/// Cuts a picture and opens its pack.
fn cut(bytes: &[u8], mime: &str, orientation: Option<u8>) -> anyhow::Result<Pack> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tranh khắc gỗ");
    fs::write(&path, bytes).unwrap();
    let packed = make::make(&path, mime, orientation, folder.path())?;
    let to = bytes_of_raw(&packed.path);
    // An open file is there even when its folder is gone.
    Ok(Pack::open(Path::new(std::str::from_utf8(&to).unwrap()))?)
}

/// Puts all tiles of a level together, decoded by others.
fn level(pack: &Pack, level: u32) -> RgbImage {
    let (width, height) = pack.grid.size(level);
    let (across, down) = pack.grid.tiles(level);
    let mut whole = RgbImage::new(width, height);
    for (column, row) in (0..down).flat_map(|row| (0..across).map(move |column| (column, row))) {
        let bytes = pack.tile(Spot { level, column, row }).unwrap().unwrap();
        let tile = image::load_from_memory(&bytes).unwrap().to_rgb8();
        let expected = ((width - column * SIDE).min(SIDE), (height - row * SIDE).min(SIDE));
        assert_eq!(tile.dimensions(), expected, "tile {column},{row} of level {level}");
        imageops::replace(&mut whole, &tile, i64::from(column * SIDE), i64::from(row * SIDE));
    }
    whole
}

/// The mean difference of two pictures.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

fn half(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    RgbImage::from_fn(width.div_ceil(2), height.div_ceil(2), |x, y| {
        let at = |dx: u32, dy: u32| picture.get_pixel((2 * x + dx).min(width - 1), (2 * y + dy).min(height - 1)).0;
        let mean = |channel: usize| [at(0, 0), at(1, 0), at(0, 1), at(1, 1)].iter().map(|pixel| u16::from(pixel[channel])).sum::<u16>() / 4;
        image::Rgb([0, 1, 2].map(|channel| mean(channel) as u8))
    })
}

#[test]
fn at_full_size_a_photograph_is_cut_and_not_encoded_again() {
    let bytes = jpeg(&mat(1300, 901));
    let pack = cut(&bytes, "image/jpeg", None).unwrap();
    assert_eq!((pack.grid, pack.grid.levels()), (Grid { width: 1300, height: 901 }, 3));
    let full = image::load_from_memory(&bytes).unwrap().to_rgb8();
    assert!(level(&pack, 0) == full, "every pixel is what it was");
    assert!(difference(&level(&pack, 1), &half(&full)) < 1.5);
    assert!(difference(&level(&pack, 2), &half(&half(&full))) < 1.5);
    assert_eq!(pack.grid.size(2), (325, 226));
}

#[test]
fn a_photograph_with_halved_colours_keeps_them_halved() {
    let (width, height) = (1033_usize, 1100_usize);
    let picture = mat(width as u32, height as u32);
    let mut planes = [vec![0; width * height], vec![0; width * height], vec![0; width * height]];
    let [luma, blue, red] = &mut planes;
    kho_jpeg::ycc(&picture, [luma, blue, red]);
    let small = |plane: &[u8]| -> Vec<u8> { (0..550 * 517).map(|at| plane[at / 517 * 2 * width + (at % 517 * 2).min(width - 1)]).collect() };
    let (blue, red) = (small(&planes[1]), small(&planes[2]));
    let plane = |samples, width, height| kho_jpeg::Plane { samples, stride: width, width, height };
    let all = [plane(&planes[0], width, height), plane(&blue, 517, 550), plane(&red, 517, 550)];
    let bytes = kho_jpeg::Encoder::new(&[(2, 2), (1, 1), (1, 1)], 92).encode(&all, width as u16, height as u16);
    let pack = cut(&bytes, "image/jpeg", None).unwrap();
    for (number, expected) in [(0, picture.clone()), (1, half(&picture)), (2, half(&half(&picture)))] {
        let difference = difference(&level(&pack, number), &expected);
        assert!(difference < 5.0, "level {number}: {difference}");
    }
}

#[test]
fn every_orientation_becomes_upright_at_every_level() {
    let stored = mat(601, 1043);
    let forms = [("image/png", png(stored.clone())), ("image/jpeg", jpeg(&stored))];
    for ((mime, bytes), exif) in forms.iter().flat_map(|form| (1..=8).map(move |exif| (form, exif))) {
        let mut upright = DynamicImage::ImageRgb8(stored.clone());
        upright.apply_orientation(Orientation::from_exif(exif).unwrap());
        let upright = upright.to_rgb8();
        let pack = cut(bytes, mime, Some(exif)).unwrap();
        assert_eq!((pack.grid.width, pack.grid.height), upright.dimensions(), "{mime} {exif}");
        let expected = [upright.clone(), half(&upright), half(&half(&upright))];
        for (number, expected) in (0..pack.grid.levels()).zip(&expected) {
            let difference = difference(&level(&pack, number), expected);
            assert!(difference < 2.5, "{mime} {exif}, level {number}: {difference}");
        }
    }
}

#[test]
fn pictures_of_one_pixel_and_of_one_row_have_tiles() {
    for (width, height) in [(1, 1), (1, 1025), (513, 1), (512, 512), (511, 2), (1024, 513)] {
        let picture = mat(width, height);
        for (mime, bytes) in [("image/png", png(picture.clone())), ("image/jpeg", jpeg(&picture))] {
            for exif in [1, 3, 6] {
                let pack = cut(&bytes, mime, Some(exif)).unwrap();
                (0..pack.grid.levels()).for_each(|number| drop(level(&pack, number)));
                let (small, large) = (pack.grid.size(pack.grid.levels() - 1), pack.grid.size(0));
                assert!(small.0 <= SIDE && small.1 <= SIDE && (large == (width, height) || large == (height, width)));
            }
        }
    }
}

#[test]
fn deep_gray_and_transparent_scans_become_what_a_browser_would_show() {
    let deep = image::ImageBuffer::<image::Luma<u16>, Vec<u16>>::from_fn(600, 40, |x, _| image::Luma([(x * 100) as u16]));
    let pack = cut(&png(deep), "image/png", None).unwrap();
    assert!(level(&pack, 0).get_pixel(510, 20).0[0].abs_diff((51_000_u32 >> 8) as u8) <= 2);
    let clear = image::RgbaImage::from_pixel(20, 20, image::Rgba([200, 0, 0, 0]));
    let pack = cut(&png(clear), "image/png", None).unwrap();
    assert!(level(&pack, 0).get_pixel(9, 9).0.iter().all(|light| *light >= 254), "what is clear lies on white paper");
    let gray = GrayImage::from_fn(700, 30, |x, _| image::Luma([(x / 3) as u8]));
    let pack = cut(&png(gray), "image/png", None).unwrap();
    assert!(level(&pack, 0).get_pixel(600, 3).0.iter().all(|light| light.abs_diff(200) <= 2));
}

/// A little-endian TIFF of one strip: tags with whole numbers, and pixels.
fn tiff(tags: &[(u16, u32)], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = b"II\x2A\0".to_vec();
    bytes.extend((8 + pixels.len() as u32).to_le_bytes());
    bytes.extend_from_slice(pixels);
    let mut all = tags.to_vec();
    all.extend([(273, 8), (279, pixels.len() as u32)]);
    all.sort_unstable();
    bytes.extend((all.len() as u16).to_le_bytes());
    for (tag, value) in all {
        bytes.extend(tag.to_le_bytes());
        bytes.extend([4, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn inks_and_sixteen_bits_in_a_tiff_are_read_row_by_row() {
    let red_ink = [0_u8, 255, 255, 0].repeat(600 * 30);
    let pack = cut(&tiff(&[(256, 600), (257, 30), (258, 8), (262, 5), (277, 4)], &red_ink), "image/tiff", None).unwrap();
    let seen = level(&pack, 0).get_pixel(550, 20).0;
    assert!(seen[0] > 230 && seen[1] < 60 && seen[2] < 60, "{seen:?}");
    let deep: Vec<u8> = [40_000_u16, 20_000, 10_000].repeat(600 * 30).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let pack = cut(&tiff(&[(256, 600), (257, 30), (258, 16), (262, 2), (277, 3)], &deep), "image/tiff", Some(8)).unwrap();
    assert_eq!(pack.grid, Grid { width: 30, height: 600 });
    let seen = level(&pack, 0).get_pixel(20, 550).0;
    assert!(seen.iter().zip([156_u8, 78, 39]).all(|(now, before)| now.abs_diff(before) <= 2), "{seen:?}");
}

#[test]
fn a_wide_colour_profile_is_brought_to_what_browsers_expect() {
    let indigo = RgbImage::from_pixel(30, 30, image::Rgb([40, 50, 160]));
    let plain = jpeg(&indigo);
    let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xFF, 0xE2]);
    bytes.extend((profile.len() as u16 + 16).to_be_bytes());
    bytes.extend(b"ICC_PROFILE\0\x01\x01");
    bytes.extend(&profile);
    bytes.extend(&plain[2..]);
    let red = |bytes: &[u8]| level(&cut(bytes, "image/jpeg", None).unwrap(), 0).get_pixel(15, 15).0[0];
    assert!(red(&bytes) + 8 < red(&plain), "{} {}", red(&bytes), red(&plain));
}

#[test]
fn bombs_and_nonsense_are_refused_with_a_reason() {
    // A PNG header that promises 60,000 × 60,000 pixels.
    let mut bomb = png(mat(2, 2));
    bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let crc = crc_of(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let reason = format!("{:#}", cut(&bomb, "image/png", None).unwrap_err());
    assert!(reason.contains("60000") || reason.contains("PNG"), "{reason}");
    for (mime, bytes) in
        [("image/png", b"\x89PNG\r\n\x1a\nrubbish".as_slice()), ("image/jpeg", b"\xFF\xD8\xFF"), ("image/tiff", b"II\x2A\0"), ("image/jpeg", b"")]
    {
        assert!(cut(bytes, mime, None).is_err(), "{mime}");
    }
    let whole = png(mat(600, 600));
    assert!(cut(&whole[..whole.len() / 2], "image/png", None).is_err(), "half a picture is none");
}

/// CRC-32 (ISO 3309) of a PNG chunk.
fn crc_of(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }))
}

#[test]
fn a_region_is_what_lies_there_at_any_size() {
    let picture = mat(1500, 1200);
    let pack = cut(&jpeg(&picture), "image/jpeg", None).unwrap();
    let draw = |x, y, width, height, size| region::draw(&pack, Region { x, y, width, height }, size).unwrap();
    let cropped = |x, y, width, height| imageops::crop_imm(&picture, x, y, width, height).to_image();
    assert!(difference(&draw(400, 300, 300, 500, (300, 500)), &cropped(400, 300, 300, 500)) < 2.5);
    assert!(difference(&draw(400, 300, 700, 500, (350, 250)), &half(&cropped(400, 300, 700, 500))) < 2.5);
    assert_eq!(draw(1499, 1199, 1, 1, (3, 700)).dimensions(), (3, 700));
    assert_eq!(draw(0, 0, 1500, 1200, (1, 1)).dimensions(), (1, 1));
    assert_eq!(draw(7, 9, 1493, 3, (100, 80)).dimensions(), (100, 80));
}

#[test]
fn a_pack_with_any_damage_in_its_index_is_known_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("tranh");
    fs::write(&original, jpeg(&mat(700, 20))).unwrap();
    make::make(&original, "image/jpeg", None, folder.path()).unwrap();
    let path = folder.path().join("tiles.pack");
    let whole = fs::read(&path).unwrap();
    let index = HEAD + 3 * ENTRY + CHECK;
    for at in 0..index {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        fs::write(&path, &damaged).unwrap();
        assert!(Pack::open(&path).is_err(), "byte {at}");
    }
    for end in [0, 5, HEAD, index - 1, whole.len() - 1] {
        fs::write(&path, &whole[..end]).unwrap();
        assert!(Pack::open(&path).is_err(), "cut at {end}");
    }
    let mut empty = whole;
    empty[index..].fill(0);
    fs::write(&path, &empty).unwrap();
    assert!(matches!(Pack::open(&path).unwrap().tile(Spot { level: 0, column: 0, row: 0 }), Err(PackError::Damaged(_))));
}

proptest! {
    #[test]
    fn every_tile_is_found_under_its_own_region(width in 1_u32..60_000, height in 1_u32..30_000, level in 0_u32..8, column in 0_u32..200, row in 0_u32..100) {
        let grid = Grid { width, height };
        let level = level % grid.levels();
        let (across, down) = grid.tiles(level);
        let spot = Spot { level, column: column % across, row: row % down };
        let side = SIDE << level;
        let (x, y) = (spot.column * side, spot.row * side);
        let region = Region { x, y, width: side.min(width - x), height: side.min(height - y) };
        let (wide, high) = grid.size(level);
        let size = ((wide - spot.column * SIDE).min(SIDE), (high - spot.row * SIDE).min(SIDE));
        let found = tile_of(grid, region, size).unwrap();
        // At the edge, tiles of several levels can be the same pixels.
        prop_assert!(found == spot || size == (1, 1) || found.level < spot.level);
        prop_assert!(grid.number(spot).is_some_and(|number| (number as u64) < grid.count()));
    }

    #[test]
    fn numbers_of_tiles_are_all_different(width in 1_u32..5_000, height in 1_u32..5_000) {
        let grid = Grid { width, height };
        let mut numbers = Vec::new();
        for level in 0..grid.levels() {
            let (across, down) = grid.tiles(level);
            numbers.extend((0..down).flat_map(|row| (0..across).map(move |column| (column, row))).filter_map(|(column, row)| grid.number(Spot { level, column, row })));
        }
        prop_assert_eq!(numbers, (0..grid.count() as usize).collect::<Vec<_>>());
    }

    #[test]
    fn no_index_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), length: u64) {
        let _ = index::places(&bytes, length);
        if let Some(head) = bytes.first_chunk() {
            let _ = index::grid(head);
        }
    }
}
