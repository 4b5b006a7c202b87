//! A band at half its size: each block becomes 4x4 samples, each component stays as much smaller than the picture as it was.

use crate::Error;
use crate::bands::{Band, Bands};
use crate::cosine;

/// Halves the bands of one picture.
#[derive(Debug)]
pub struct Halver {
    steps: Vec<[f32; 64]>,
    sampling: Vec<(usize, usize)>,
}

impl Halver {
    /// Prepares to halve a picture.
    ///
    /// # Errors
    /// When a quantisation table is missing.
    pub fn new(bands: &Bands<'_>) -> Result<Self, Error> {
        Ok(Self { steps: bands.steps()?.iter().map(cosine::half_steps).collect(), sampling: bands.sampling() })
    }

    /// Writes the samples of a component of a band into rows `stride` apart. What does not fit into a row or into `samples` is left out.
    pub fn write(&self, band: &Band, component: usize, samples: &mut [u8], stride: usize) {
        for row in 0..self.sampling[component].1 {
            let Some(rows) = samples.get_mut(row * 4 * stride..) else { return };
            for (column, block) in band.blocks(component, row).iter().enumerate() {
                let width = stride.saturating_sub(column * 4).min(4);
                for (line, half) in rows.chunks_mut(stride).zip(cosine::inverse_half(block, &self.steps[component])) {
                    if let Some(place) = line.get_mut(column * 4..column * 4 + width) {
                        place.copy_from_slice(&half[..width]);
                    }
                }
            }
        }
    }
}
