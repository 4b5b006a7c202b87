//! Decodes a JPEG to a small PPM or PGM and tells how long it took: `small IN.jpg OUT.ppm AT_LEAST [TIMES]`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use kho_jpeg::Pixels;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, input, output, at_least, times @ ..] = arguments.as_slice() else { return Err("small IN.jpg OUT.ppm AT_LEAST [TIMES]".into()) };
    let bytes = std::fs::read(input)?;
    let times = times.first().map_or(Ok(1), |times| times.parse::<u32>())?.max(1);
    let start = Instant::now();
    for _ in 1..times {
        kho_jpeg::decode(&bytes, at_least.parse()?)?;
    }
    let small = kho_jpeg::decode(&bytes, at_least.parse()?)?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0 / f64::from(times);
    println!("{input}: {}x{} {:?} cut={} {milliseconds:.2} ms", small.width, small.height, small.scale, small.is_cut);
    let (kind, pixels) = match small.pixels {
        Pixels::Gray(pixels) => ("P5", pixels),
        Pixels::Rgb(pixels) => ("P6", pixels),
        Pixels::Cmyk(inks) => ("P6", inks.chunks_exact(4).flat_map(|ink| [0, 1, 2].map(|channel| to_light(ink[channel], ink[3]))).collect()),
    };
    let mut file = format!("{kind}\n{} {}\n255\n", small.width, small.height).into_bytes();
    file.extend(pixels);
    Ok(std::fs::write(output, file)?)
}

/// The light that an ink and black leave together.
fn to_light(ink: u8, black: u8) -> u8 {
    (u32::from(255 - ink) * u32::from(255 - black) / 255) as u8
}
