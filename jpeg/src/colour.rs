//! From planes to pixels: brought to one size, then from YCbCr (JFIF, section 7) to RGB, or from Adobe's inverted inks to inks.

use crate::Pixels;
use crate::frame::{Frame, Plane};
use crate::header::Header;

/// Writes a row of pixels from the rows of the components.
pub(crate) type Convert = fn(&[&[u8]], &mut [u8]);

/// Joins the planes into pixels of `width` x `height`.
pub(crate) fn join(header: &Header, frame: &Frame, planes: &[Plane], (width, height): (usize, usize)) -> Pixels {
    match planes.len() {
        1 => Pixels::Gray(rows(planes, (width, height), |components, out| out.copy_from_slice(components[0]))),
        3 if is_rgb(header, frame) => Pixels::Rgb(rows(planes, (width, height), interleave::<3>)),
        3 => Pixels::Rgb(rows(planes, (width, height), ycc_to_rgb)),
        _ => Pixels::Cmyk(rows(planes, (width, height), inks(header))),
    }
}

/// How four samples become inks.
pub(crate) fn inks(header: &Header) -> Convert {
    match header.adobe {
        None => interleave::<4>,
        Some(2) => ycck_to_inks,
        Some(_) => inverted_inks,
    }
}

/// The same order of trust as other decoders: JFIF means YCbCr, then Adobe's word counts, then the names of the components.
pub(crate) fn is_rgb(header: &Header, frame: &Frame) -> bool {
    match header.adobe {
        _ if header.jfif => false,
        Some(transform) => transform == 0,
        None => frame.components.iter().map(|component| component.id).eq(*b"RGB"),
    }
}

/// One component's row at the full small width, and where its samples come from when its plane is narrower.
struct Spread {
    columns: Option<Vec<usize>>,
    row: Vec<u8>,
}

fn rows(planes: &[Plane], (width, height): (usize, usize), convert: Convert) -> Vec<u8> {
    let mut pixels = vec![0; width * height * planes.len()];
    let mut spreads: Vec<Spread> = planes
        .iter()
        .map(|plane| {
            let same = plane.visible.0 == width;
            let columns = (!same).then(|| (0..width).map(|column| nearest(column, width, plane.visible.0)).collect());
            Spread { columns, row: vec![0; if same { 0 } else { width }] }
        })
        .collect();
    for (row, out) in pixels.chunks_exact_mut((width * planes.len()).max(1)).enumerate() {
        let mut components: [&[u8]; 4] = [&[]; 4];
        for ((plane, spread), component) in planes.iter().zip(&mut spreads).zip(&mut components) {
            let start = nearest(row, height, plane.visible.1) * plane.stride;
            let source = &plane.samples[start..start + plane.visible.0];
            *component = match &spread.columns {
                None => source,
                Some(columns) => {
                    for (slot, &column) in spread.row.iter_mut().zip(columns) {
                        *slot = source[column];
                    }
                    &spread.row
                }
            };
        }
        convert(&components[..planes.len()], out);
    }
    pixels
}

/// The sample nearest to the middle of a pixel.
fn nearest(pixel: usize, pixels: usize, samples: usize) -> usize {
    ((2 * pixel + 1) * samples / (2 * pixels)).min(samples.saturating_sub(1))
}

pub(crate) fn interleave<const N: usize>(components: &[&[u8]], out: &mut [u8]) {
    for (index, component) in components.iter().enumerate().take(N) {
        for (pixel, &sample) in out.chunks_exact_mut(N).zip(*component) {
            pixel[index] = sample;
        }
    }
}

fn inverted_inks(components: &[&[u8]], out: &mut [u8]) {
    interleave::<4>(components, out);
    for ink in out {
        *ink = 255 - *ink;
    }
}

pub(crate) fn ycc_to_rgb(components: &[&[u8]], out: &mut [u8]) {
    let &[luma, blue, red] = components else { return };
    for (((pixel, &luma), &blue), &red) in out.chunks_exact_mut(3).zip(luma).zip(blue).zip(red) {
        pixel.copy_from_slice(&rgb(luma, blue, red));
    }
}

/// YCCK is YCbCr of the colour whose complement is stored as ink (libjpeg: `C = 255 - R`), and Photoshop stores inks turned round: the two
/// complements cancel, and R is the ink.
fn ycck_to_inks(components: &[&[u8]], out: &mut [u8]) {
    let &[luma, blue, red, black] = components else { return };
    for ((((pixel, &luma), &blue), &red), &black) in out.chunks_exact_mut(4).zip(luma).zip(blue).zip(red).zip(black) {
        let [r, g, b] = rgb(luma, blue, red);
        pixel.copy_from_slice(&[r, g, b, 255 - black]);
    }
}

#[inline(always)]
pub(crate) fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = (i32::from(luma) << 14) + (1 << 13);
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    // 1.402, 0.344136, 0.714136 and 1.772 in 1/16384.
    [luma + 22970 * red, luma - 5638 * blue - 11700 * red, luma + 29032 * blue].map(|value| (value >> 14).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primary_colours_come_out_as_jfif_says() {
        assert_eq!(rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(rgb(150, 44, 21), [0, 255, 1]);
        assert_eq!(rgb(200, 128, 128), [200; 3]);
    }

    #[test]
    fn photoshops_inks_are_turned_round() {
        let mut inks = [0; 4];
        inverted_inks(&[&[255], &[0], &[100], &[255]], &mut inks);
        assert_eq!(inks, [0, 255, 155, 0]);
        ycck_to_inks(&[&[200], &[128], &[128], &[255]], &mut inks);
        assert_eq!(inks, [200, 200, 200, 0]);
    }
}
