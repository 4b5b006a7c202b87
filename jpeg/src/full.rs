//! Parts of a picture at its full size: only their rows and blocks become samples.

use std::ops::Range;

use crate::Error;
use crate::bands::{Band, Bands, Colours, Wanted};
use crate::colour;
use crate::cosine;

/// A part of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Columns that are wanted.
    pub columns: Range<usize>,
    /// Rows that are wanted.
    pub rows: Range<usize>,
}

/// Decodes rows of a picture from top to bottom: brightness as one sample a pixel, all others as three or four. Inks are turned round as in
/// [`crate::Pixels::Cmyk`].
///
/// `take` gets the number of a row and its pixels, of the wanted columns only. Returns whether something was damaged or missing.
///
/// # Errors
/// When the part is not in the picture, a table is missing, or whatever `take` says.
pub fn rows<E: From<Error>>(bands: &Bands<'_>, part: &Part, mut take: impl FnMut(usize, &[u8]) -> Result<(), E>) -> Result<bool, E> {
    let frame = bands.frame();
    if part.columns.is_empty() || part.rows.is_empty() || part.columns.end > frame.width || part.rows.end > frame.height {
        return Err(Error::Damaged("the part lies outside the picture").into());
    }
    let (mcu_width, mcu_height) = (8 * frame.widest, 8 * frame.tallest);
    let wanted = Wanted {
        columns: part.columns.start / mcu_width..part.columns.end.div_ceil(mcu_width),
        rows: part.rows.start / mcu_height..part.rows.end.div_ceil(mcu_height),
    };
    let mut strip = Strip::new(bands, &wanted)?;
    let convert = converter(bands);
    let count = frame.components.len();
    let mut pixels = vec![0; part.columns.len() * count];
    let left = part.columns.start - wanted.columns.start * mcu_width;
    bands.read(&wanted, |band| {
        strip.fill(band);
        let top = band.row * mcu_height;
        for row in part.rows.start.max(top)..part.rows.end.min(top + mcu_height) {
            let components = strip.row(row - top, left..left + part.columns.len());
            convert(&components[..count], &mut pixels);
            take(row, &pixels)?;
        }
        Ok(())
    })
}

fn converter(bands: &Bands<'_>) -> colour::Convert {
    match bands.colours() {
        Colours::Gray => |components, out| out.copy_from_slice(components[0]),
        Colours::Rgb => colour::interleave::<3>,
        Colours::Ycc => colour::ycc_to_rgb,
        Colours::Inks => colour::inks(bands.header()),
    }
}

/// The samples of one row of MCUs, all components as wide as the widest.
struct Strip {
    columns: Range<usize>,
    shapes: Vec<Shape>,
}

struct Shape {
    factors: [f32; 64],
    /// Blocks in an MCU.
    sampling: (usize, usize),
    /// How much narrower and lower than the picture it is.
    shrunk: (usize, usize),
    stride: usize,
    samples: Vec<u8>,
    /// A row as wide as the picture.
    spread: Vec<u8>,
}

impl Strip {
    fn new(bands: &Bands<'_>, wanted: &Wanted) -> Result<Self, Error> {
        let frame = bands.frame();
        let columns = wanted.columns.clone();
        let shape = |(steps, (across, down)): ([u16; 64], (usize, usize))| {
            // Three beside two would need a better filter, and hardly any file has it.
            if !frame.widest.is_multiple_of(across) || !frame.tallest.is_multiple_of(down) {
                return Err(Error::Unsupported("components whose sizes do not divide each other"));
            }
            let stride = columns.len() * across * 8;
            Ok(Shape {
                factors: cosine::inverse_steps(&steps),
                sampling: (across, down),
                shrunk: (frame.widest / across, frame.tallest / down),
                stride,
                samples: vec![0; stride * down * 8],
                spread: vec![0; columns.len() * frame.widest * 8],
            })
        };
        let shapes = bands.steps()?.into_iter().zip(bands.sampling()).map(shape).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { columns, shapes })
    }

    fn fill(&mut self, band: &Band) {
        for (component, shape) in self.shapes.iter_mut().enumerate() {
            let (across, down) = shape.sampling;
            for row in 0..down {
                let blocks = &band.blocks(component, row)[self.columns.start * across..self.columns.end * across];
                for (column, block) in blocks.iter().enumerate() {
                    let start = row * 8 * shape.stride + column * 8;
                    for (line, samples) in cosine::inverse(block, &shape.factors).iter().enumerate() {
                        let at = start + line * shape.stride;
                        shape.samples[at..at + 8].copy_from_slice(samples);
                    }
                }
            }
        }
    }

    /// One row of all components.
    fn row(&mut self, row: usize, columns: Range<usize>) -> [&[u8]; 4] {
        let mut components: [&[u8]; 4] = [&[]; 4];
        for (shape, component) in self.shapes.iter_mut().zip(&mut components) {
            let start = row / shape.shrunk.1 * shape.stride;
            let samples = &shape.samples[start..start + shape.stride];
            *component = match shape.shrunk.0 {
                1 => &samples[columns.clone()],
                2 => {
                    for (pair, &sample) in shape.spread.as_chunks_mut::<2>().0.iter_mut().zip(samples) {
                        *pair = [sample; 2];
                    }
                    &shape.spread[columns.clone()]
                }
                factor => {
                    for (group, &sample) in shape.spread.chunks_exact_mut(factor).zip(samples) {
                        group.fill(sample);
                    }
                    &shape.spread[columns.clone()]
                }
            };
        }
        components
    }
}
