//! Baseline files out of samples: quick, and in planes, so that pictures that came as YCbCr never become anything else in between.

use crate::cosine;
use crate::write::{Form, Writer};

/// Quantisation steps at quality 50, row after row (T.81, tables K.1 and K.2).
#[rustfmt::skip]
const HALF_QUALITY: [[u16; 64]; 2] = [
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ],
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ],
];

/// Samples of one component, or a part of them.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Row after row, from the first that is wanted.
    pub samples: &'a [u8],
    /// Samples from one row to the next.
    pub stride: usize,
    /// Columns that are wanted, at least 1.
    pub width: usize,
    /// Rows that are wanted, at least 1.
    pub height: usize,
}

/// Encodes pictures of one form.
#[derive(Debug)]
pub struct Encoder {
    form: Form,
    factors: Vec<[f32; 64]>,
}

impl Encoder {
    /// Prepares an encoder of a quality from 1 to 100 for one component (brightness) or three (YCbCr).
    #[must_use]
    pub fn new(sampling: &[(usize, usize)], quality: u8) -> Self {
        let steps: Vec<_> = (0..sampling.len()).map(|component| steps(&HALF_QUALITY[component.min(1)], quality)).collect();
        let factors = steps.iter().map(cosine::forward_steps).collect();
        Self { form: Form { sampling: sampling.to_vec(), steps }, factors }
    }

    /// Encodes one plane for each component. Beyond their edges the planes go on as they end.
    #[must_use]
    pub fn encode(&self, planes: &[Plane<'_>], width: u16, height: u16) -> Vec<u8> {
        let mut writer = Writer::new(&self.form, width, height);
        let most = |side: fn(&(usize, usize)) -> usize| self.form.sampling.iter().map(side).max().unwrap_or(1);
        let (across, down) =
            (usize::from(width).div_ceil(8 * most(|sampling| sampling.0)), usize::from(height).div_ceil(8 * most(|sampling| sampling.1)));
        for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
            for (component, (plane, &(horizontal, vertical))) in planes.iter().zip(&self.form.sampling).enumerate() {
                for (y, x) in (0..vertical).flat_map(|y| (0..horizontal).map(move |x| (y, x))) {
                    let samples = plane.block((column * horizontal + x) * 8, (row * vertical + y) * 8);
                    writer.block(component, &cosine::forward(&samples, &self.factors[component]));
                }
            }
        }
        writer.finish()
    }
}

impl Plane<'_> {
    /// The samples of a block, centred on zero.
    #[inline(always)]
    fn block(&self, left: usize, top: usize) -> [[f32; 8]; 8] {
        std::array::from_fn(|row| {
            let start = (top + row).min(self.height - 1) * self.stride;
            match self.samples.get(start + left..start + left + 8) {
                Some(samples) if left + 8 <= self.width => std::array::from_fn(|column| f32::from(samples[column]) - 128.0),
                _ => std::array::from_fn(|column| f32::from(self.samples[start + (left + column).min(self.width - 1)]) - 128.0),
            }
        })
    }
}

/// The steps of a quality in zig-zag order, by the rule of the Independent JPEG Group that everyone means by a number from 1 to 100.
fn steps(half: &[u16; 64], quality: u8) -> [u16; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let steps = half.map(|step| ((u32::from(step) * scale + 50) / 100).clamp(1, 255) as u16);
    std::array::from_fn(|place| steps[usize::from(crate::coefficients::NATURAL[place])])
}

/// Turns red, green and blue into the planes of YCbCr (JFIF, section 7). The planes have a sample for each pixel.
pub fn ycc(rgb: &[u8], [luma, blue, red]: [&mut [u8]; 3]) {
    for (((pixel, luma), blue), red) in rgb.as_chunks::<3>().0.iter().zip(luma).zip(blue).zip(red) {
        let [r, g, b] = pixel.map(i32::from);
        // The shares of the colours in 1/65536; half of the last step rounds.
        *luma = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) as u8;
        *blue = ((-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16) as u8;
        *red = ((32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16) as u8;
    }
}
