//! Turns averaged samples of any colour model into red, green and blue.

use super::colour;

/// What the averaged samples of a pixel stand for, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ink {
    /// One sample of brightness; `inverted` when 0 is white.
    Gray { inverted: bool },
    /// Brightness and opacity; `premultiplied` when the brightness was multiplied by the opacity. It is shown on white.
    GrayAlpha { premultiplied: bool },
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and opacity, shown on white.
    RgbAlpha { premultiplied: bool },
    /// Cyan, magenta, yellow, black; `inverted` when 0 is full ink.
    Cmyk { inverted: bool },
    /// Brightness and two colour differences.
    YCbCr(Luma),
    /// CIE L*a*b* for D50: L from 0 to 100, a and b offset by 128.
    Lab,
}

/// How brightness and colour differences make colours (TIFF 6.0, section 21).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Luma {
    /// Share of red, green and blue in the brightness.
    pub(crate) coefficients: [f32; 3],
    /// The 8-bit values of no and full signal for each of the three samples.
    pub(crate) reference: [f32; 6],
}

impl Default for Luma {
    fn default() -> Self {
        Self { coefficients: [0.299, 0.587, 0.114], reference: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0] }
    }
}

impl Ink {
    /// Samples in a pixel.
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Gray { .. } => 1,
            Self::GrayAlpha { .. } => 2,
            Self::Rgb | Self::YCbCr(_) | Self::Lab => 3,
            Self::RgbAlpha { .. } | Self::Cmyk { .. } => 4,
        }
    }
}

/// Collects rows of averages as 8-bit colours.
pub(crate) struct Painter {
    ink: Ink,
    bytes: Vec<u8>,
}

impl Painter {
    /// A painter that has painted nothing.
    pub(crate) fn new(ink: Ink) -> Self {
        Self { ink, bytes: Vec::new() }
    }

    /// Adds a row of averages, `ink.channels()` for each pixel.
    pub(crate) fn row(&mut self, averages: &[f32]) {
        for pixel in averages.chunks_exact(self.ink.channels()) {
            match (self.ink, pixel) {
                (Ink::Gray { inverted }, &[gray]) => self.rgb([if inverted { 1.0 - gray } else { gray }; 3]),
                (Ink::GrayAlpha { premultiplied }, &[gray, alpha]) => self.rgb([on_white(gray, alpha, premultiplied); 3]),
                (Ink::Rgb, &[red, green, blue]) => self.rgb([red, green, blue]),
                (Ink::RgbAlpha { premultiplied }, &[red, green, blue, alpha]) => {
                    self.rgb([red, green, blue].map(|value| on_white(value, alpha, premultiplied)));
                }
                (Ink::Cmyk { inverted }, inks) => {
                    self.bytes.extend(inks.iter().map(|&ink| byte(if inverted { 1.0 - ink } else { ink })));
                }
                (Ink::YCbCr(luma), &[y, blue, red]) => self.rgb(from_luma(luma, [y, blue, red])),
                (Ink::Lab, &[lightness, a, b]) => self.rgb(from_lab(lightness * 100.0, a * 255.0 - 128.0, b * 255.0 - 128.0)),
                _ => {}
            }
        }
    }

    /// The painted pixels and the profile that still has to be applied to them.
    ///
    /// A profile of inks is applied here, because afterwards there are no inks; a profile means nothing for colours that name themselves (Lab).
    pub(crate) fn finish(self, icc: Option<Vec<u8>>) -> (Vec<u8>, Option<Vec<u8>>) {
        match self.ink {
            Ink::Cmyk { .. } => (colour::cmyk_to_srgb(&self.bytes, icc.as_deref()), None),
            Ink::Lab => (self.bytes, None),
            _ => (self.bytes, icc),
        }
    }

    /// How many bytes were painted and not yet taken.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len()
    }

    /// The same as [`Painter::finish`] for the rows that are there; others may follow.
    pub(crate) fn take(&mut self, icc: Option<Vec<u8>>) -> (Vec<u8>, Option<Vec<u8>>) {
        Self { ink: self.ink, bytes: std::mem::take(&mut self.bytes) }.finish(icc)
    }

    fn rgb(&mut self, colour: [f32; 3]) {
        self.bytes.extend(colour.map(byte));
    }
}

fn byte(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

fn on_white(value: f32, alpha: f32, premultiplied: bool) -> f32 {
    let shown = if premultiplied { value } else { value * alpha };
    shown + 1.0 - alpha
}

fn from_luma(luma: Luma, samples: [f32; 3]) -> [f32; 3] {
    let [red_share, green_share, blue_share] = luma.coefficients;
    let [y_none, y_full, blue_none, blue_full, red_none, red_full] = luma.reference;
    let signal = |sample: f32, none: f32, full: f32, range: f32| {
        let span = if (full - none).abs() < 1.0 { range } else { full - none };
        (sample * 255.0 - none) * range / span / 255.0
    };
    let y = signal(samples[0], y_none, y_full, 255.0);
    let blue = y + signal(samples[1], blue_none, blue_full, 127.0) * (2.0 - 2.0 * blue_share);
    let red = y + signal(samples[2], red_none, red_full, 127.0) * (2.0 - 2.0 * red_share);
    let green = (y - blue_share * blue - red_share * red) / green_share;
    [red, green, blue]
}

/// L*a*b* to sRGB by way of XYZ, with the matrix for D50 that has the Bradford adaptation in it.
fn from_lab(lightness: f32, a: f32, b: f32) -> [f32; 3] {
    let height = (lightness + 16.0) / 116.0;
    let cube = |value: f32| if value > 6.0 / 29.0 { value.powi(3) } else { (value - 4.0 / 29.0) * 108.0 / 841.0 };
    let (x, y, z) = (0.964_22 * cube(height + a / 500.0), cube(height), 0.825_21 * cube(height - b / 200.0));
    let gamma = |value: f32| if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    [
        gamma(3.133_856 * x - 1.616_867 * y - 0.490_615 * z),
        gamma(-0.978_768 * x + 1.916_142 * y + 0.033_454 * z),
        gamma(0.071_945 * x - 0.228_991 * y + 1.405_243 * z),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(ink: Ink, samples: &[f32]) -> Vec<u8> {
        let mut painter = Painter::new(ink);
        painter.row(samples);
        painter.finish(None).0
    }

    #[test]
    fn the_red_of_a_thổ_cẩm_skirt_is_the_same_red_in_every_model() {
        let cases: [(Ink, &[f32]); 5] = [
            (Ink::Rgb, &[1.0, 0.0, 0.0]),
            (Ink::RgbAlpha { premultiplied: true }, &[1.0, 0.0, 0.0, 1.0]),
            (Ink::Cmyk { inverted: false }, &[0.0, 1.0, 1.0, 0.0]),
            (Ink::YCbCr(Luma::default()), &[0.299, 0.3327, 1.0]),
            (Ink::Lab, &[0.5429, 0.8189, 0.7760]),
        ];
        for (ink, samples) in cases {
            let seen = paint(ink, samples);
            let near = seen.iter().zip([255, 0, 0]).all(|(&value, red)| value.abs_diff(red) <= 3);
            assert!(near && seen.len() == 3, "{ink:?} gave {seen:?}");
        }
    }

    #[test]
    fn what_is_see_through_is_shown_on_white() {
        assert_eq!(paint(Ink::RgbAlpha { premultiplied: true }, &[0.0, 0.0, 0.0, 0.0]), [255; 3]);
        assert_eq!(paint(Ink::GrayAlpha { premultiplied: false }, &[0.0, 0.4]), [153; 3]);
        assert_eq!(paint(Ink::Gray { inverted: true }, &[0.0]), [255; 3]);
    }
}
