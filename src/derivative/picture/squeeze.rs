//! Rows of a big picture, averaged into a small one as they come.

/// More pixels than this no small picture has.
const MOST_PIXELS: u64 = 8_000_000;

/// Averages squares of `factor` by `factor` pixels; of the big picture no more than one row is looked at.
pub(crate) struct Squeeze {
    width: usize,
    factor: usize,
    rows_summed: usize,
    sums: Vec<u32>,
    rgb: Vec<u8>,
}

/// Returns by how much a picture may be squeezed so that its longer side stays `at_least` long and it has at most 8 million pixels.
pub(crate) fn factor(full: (u32, u32), at_least: u32) -> u32 {
    let mut factor = (full.0.max(full.1) / at_least.max(1)).clamp(1, 4096);
    while u64::from(full.0.div_ceil(factor)) * u64::from(full.1.div_ceil(factor)) > MOST_PIXELS && factor < 65_536 {
        factor += 1;
    }
    factor
}

impl Squeeze {
    /// Begins a picture whose rows are `width` pixels long.
    pub(crate) fn new(width: u32, factor: u32) -> Self {
        let (width, factor) = (width as usize, factor.max(1) as usize);
        Self { width, factor, rows_summed: 0, sums: vec![0; width.div_ceil(factor) * 3], rgb: Vec::new() }
    }

    /// Takes the next row: red, green and blue for each pixel. What is missing counts as black, what is too much is ignored.
    pub(crate) fn push(&mut self, row: &[u8]) {
        let square_width = self.factor * 3;
        for (square, sums) in row.chunks(square_width).zip(self.sums.chunks_exact_mut(3)) {
            for pixel in square.chunks_exact(3) {
                for (sum, sample) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*sample);
                }
            }
        }
        self.rows_summed += 1;
        if self.rows_summed == self.factor {
            self.flush();
        }
    }

    /// Returns the small picture: red, green and blue, row by row.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.rows_summed > 0 {
            self.flush();
        }
        self.rgb
    }

    fn flush(&mut self) {
        for (square, sums) in self.sums.chunks_exact_mut(3).enumerate() {
            // The last square of a row may be narrower.
            let columns = self.factor.min(self.width - square * self.factor);
            let pixels = (columns * self.rows_summed) as u32;
            for sum in sums {
                self.rgb.push(u8::try_from((*sum + pixels / 2) / pixels).unwrap_or(u8::MAX));
                *sum = 0;
            }
        }
        self.rows_summed = 0;
    }
}

/// Lays a sample on white: `alpha` 0 is clear, 255 opaque.
pub(crate) fn on_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_of_a_woven_mat_is_averaged_over_what_is_there() {
        // Five columns and three rows of rush, squeezed by two: the last column and row are half squares.
        let mut mat = Squeeze::new(5, 2);
        for row in [[10, 20, 30, 40, 50], [30, 40, 50, 60, 70], [1, 3, 5, 7, 9]] {
            mat.push(&row.iter().flat_map(|shade| [*shade; 3]).collect::<Vec<u8>>());
        }
        let shades: Vec<u8> = mat.finish().chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(shades, [25, 45, 60, 2, 6, 9]);
    }

    #[test]
    fn the_longer_side_stays_long_enough_and_the_whole_bounded() {
        assert_eq!(factor((6000, 4000), 512), 11);
        assert_eq!(factor((300, 200), 512), 1);
        let wide = factor((20_000, 20_000), 10_000);
        assert!(u64::from(20_000u32.div_ceil(wide)).pow(2) <= MOST_PIXELS);
        assert_eq!((on_white(0, 0), on_white(7, 255)), (255, 7));
    }
}
