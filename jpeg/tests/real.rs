//! Every JPEG of the developers' corpus against a full decode by `image`, brought down by the definition of the DCT. Passes where the corpus is absent.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use kho_jpeg::{Error, Pixels, Small, decode};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/media");

/// Mean difference that rounding, cut-off overshoots, chroma reconstruction and (at 1/8) sharpening may make.
const TOLERATED: f64 = 4.0;

#[test]
fn real_photographs_and_scans_look_like_their_full_decode() {
    if !Path::new(CORPUS).is_dir() {
        println!("{CORPUS} is not here: nothing compared");
        return;
    }
    let mut files = Vec::new();
    collect(Path::new(CORPUS), &mut files);
    let [mut same, mut cut, mut unsupported, mut damaged, mut only_here] = [0; 5];
    let mut different = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let Ok(smallest) = decode(&bytes, 1) else {
            match decode(&bytes, 1) {
                Err(Error::Unsupported(why)) => {
                    println!("unsupported ({why}): {}", file.display());
                    unsupported += 1;
                }
                error => {
                    println!("{error:?}: {}", file.display());
                    damaged += 1;
                }
            }
            continue;
        };
        let Ok(full) = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg) else {
            println!("only here (cut={}): {}", smallest.is_cut, file.display());
            only_here += 1;
            continue;
        };
        let longer = smallest.full_width.max(smallest.full_height);
        for at_least in [1, longer.div_ceil(8) + 1, longer.div_ceil(4) + 1] {
            let Ok(small) = decode(&bytes, at_least) else { continue };
            if small.is_cut {
                println!("cut: {} {at_least}", file.display());
                cut += 1;
                continue;
            }
            let difference = difference(&small, &full.to_rgb8());
            // Sharpening rules a handful of pixels, and mixing inks before or after averaging is not the same.
            let tolerated = if matches!(small.pixels, Pixels::Cmyk(_)) || small.width * small.height < 64 { 3.0 * TOLERATED } else { TOLERATED };
            if difference > tolerated {
                println!("differs by {difference:.1} at {:?}: {}", small.scale, file.display());
                different.push((file.clone(), small.scale));
            } else {
                same += 1;
            }
        }
    }
    println!("same {same}, different {}, cut {cut}, unsupported {unsupported}, damaged {damaged}, only here {only_here}", different.len());
    assert!(same > 300, "only {same} decodes were compared");
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn damaged_copies_of_real_files_never_panic() {
    let mut files = Vec::new();
    if Path::new(CORPUS).is_dir() {
        collect(Path::new(CORPUS), &mut files);
    }
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below.max(1)
    };
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        for round in 0..if whole.len() > 300_000 { 4 } else { 24 } {
            let mut bytes = whole.clone();
            let reach = if round % 2 == 0 { bytes.len().min(1000) } else { bytes.len() };
            for _ in 0..next(8) {
                let (place, value) = (next(reach), next(256) as u8);
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = value;
                }
            }
            if round % 3 == 0 {
                bytes.truncate(next(whole.len()));
            }
            let _ = decode(&bytes, [1, 50, 150, 400][round % 4]);
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ["jpg", "jpeg", "jpe", "mpo"].iter().any(|known| ending.eq_ignore_ascii_case(known))) {
            files.push(path);
        }
    }
    files.sort();
}

/// How far the small picture is from the full one: the mean difference of the light of all whole blocks from their truncated spectrum,
/// or the difference of a whole channel's mean, whichever is larger.
fn difference(small: &Small, full: &image::RgbImage) -> f64 {
    assert_eq!((small.full_width, small.full_height), full.dimensions());
    let colours = to_rgb(&small.pixels);
    let light = |pixel: &[u8]| 0.299 * f64::from(pixel[0]) + 0.587 * f64::from(pixel[1]) + 0.114 * f64::from(pixel[2]);
    let side = small.scale.of(8);
    let (across, down) = (full.width() as usize / 8, full.height() as usize / 8);
    let mut expected = vec![0.0; across * side * down * side];
    for block in 0..across * down {
        let (row, column) = (block / across, block % across);
        let samples: Vec<f64> = (0..64).map(|at| light(&full.get_pixel((column * 8 + at % 8) as u32, (row * 8 + at / 8) as u32).0)).collect();
        for (at, value) in truncated(&samples, side).into_iter().enumerate() {
            expected[(row * side + at / side) * across * side + column * side + at % side] = value;
        }
    }
    let mut total = 0.0;
    for (at, value) in expected.iter().enumerate() {
        let (row, column) = (at / (across * side), at % (across * side));
        total += (light(&colours[(row * small.width as usize + column) * 3..]) - value).abs();
    }
    let of_light = total / expected.len().max(1) as f64;
    (0..3)
        .map(|channel| {
            let small_mean = mean(&colours, channel, (small.width as usize, across * side, down * side));
            (small_mean - mean(full.as_raw(), channel, (full.width() as usize, across * 8, down * 8))).abs()
        })
        .fold(of_light, f64::max)
}

fn to_rgb(pixels: &Pixels) -> Vec<u8> {
    match pixels {
        Pixels::Gray(pixels) => pixels.iter().flat_map(|&gray| [gray; 3]).collect(),
        Pixels::Rgb(pixels) => pixels.clone(),
        Pixels::Cmyk(inks) => {
            inks.chunks_exact(4).flat_map(|ink| [0, 1, 2].map(|c| ((255 - u32::from(ink[c])) * (255 - u32::from(ink[3])) / 255) as u8)).collect()
        }
    }
}

/// A channel's mean over the whole blocks at the top left; the blocks that the edge cuts hold padding.
fn mean(samples: &[u8], channel: usize, (stride, width, height): (usize, usize, usize)) -> f64 {
    let rows = samples.chunks_exact(stride * 3).take(height);
    rows.map(|row| row.chunks_exact(3).take(width).map(|pixel| f64::from(pixel[channel])).sum::<f64>()).sum::<f64>() / (width * height).max(1) as f64
}

/// The 8x8 block at `side` x `side`: forward DCT, the lowest frequencies, inverse DCT, in floating point and from the definition.
fn truncated(samples: &[f64], side: usize) -> Vec<f64> {
    // What a sample of the block gives to each small one along one side.
    let mut weights = [[0.0; 8]; 4];
    for (to, row) in weights.iter_mut().enumerate().take(side) {
        for (from, weight) in row.iter_mut().enumerate() {
            *weight = (0..side).map(|frequency| basis(frequency, from, 8) * basis(frequency, to, side) / 8.0).sum();
        }
    }
    let mut lines = vec![0.0; 8 * side];
    for (at, value) in lines.iter_mut().enumerate() {
        *value = (0..8).map(|from| samples[at / side * 8 + from] * weights[at % side][from]).sum();
    }
    let small = |at: usize| (0..8).map(|from| lines[from * side + at % side] * weights[at / side][from]).sum::<f64>();
    (0..side * side).map(|at| small(at).clamp(0.0, 255.0)).collect()
}

fn basis(frequency: usize, place: usize, points: usize) -> f64 {
    let scale = if frequency == 0 { 1.0 } else { std::f64::consts::SQRT_2 };
    scale * ((2 * place + 1) as f64 * frequency as f64 * std::f64::consts::PI / (2 * points) as f64).cos()
}
