//! Averages boxes of pixels while rows stream past, so that a big picture is never held.

use std::collections::VecDeque;

use anyhow::{Result, ensure};

/// Sums waiting to become output rows may take this many bytes. It bounds the output too, for a picture stored plane after plane.
const BAND_LIMIT: u64 = 64 << 20;
/// The same for a picture that is not made smaller: a row of tiles, 512 pixels high and 30,000 long.
const WHOLE_BAND_LIMIT: u64 = 192 << 20;
/// The finished small picture has at most this many pixels.
const OUTPUT_LIMIT: u64 = 8 << 20;
/// With larger boxes a column of 16-bit samples could overflow its 32-bit sum.
const FACTOR_LIMIT: u32 = 1 << 15;
/// More pixels than this are refused: no scanner makes them, and reading them would take hours.
const PIXEL_LIMIT: u64 = 20_000_000_000;
/// One row of one strip or tile may have this many samples.
const ROW_LIMIT: u64 = 4 << 20;

/// Size and grouping of the picture that will be averaged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Width and height of the full picture in pixels.
    pub(crate) full: (u32, u32),
    /// Samples per pixel that are averaged.
    pub(crate) channels: usize,
    /// Rows that may be begun before the first of them is finished: the height of a strip or tile, or of the whole picture.
    pub(crate) rows_together: u32,
    /// The largest value of a sample.
    pub(crate) maximum: u16,
}

/// The part of the picture whose rows come next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// First column of the full picture.
    pub(crate) left: u32,
    /// Columns in each row.
    pub(crate) width: u32,
    /// First channel the samples belong to.
    pub(crate) channel: usize,
    /// Samples per pixel in each row.
    pub(crate) channels: usize,
}

/// The running sums of a picture being averaged in boxes of `factor` times `factor` pixels.
///
/// Use: [`Boxes::begin`] a part, [`Boxes::add`] its rows from top to bottom, [`Boxes::end`] it; then [`Boxes::finished`] gives each output row
/// once, from the top.
pub(crate) struct Boxes {
    shape: Shape,
    factor: u32,
    size: (u32, u32),
    part: Part,
    columns: Vec<u32>,
    open_row: Option<u32>,
    band: VecDeque<Vec<f32>>,
    done: u32,
}

impl Boxes {
    /// Plans the averages of a picture whose longer side should keep at least `at_least` pixels, where memory allows.
    ///
    /// # Errors
    /// When the picture is empty or larger than any real one.
    pub(crate) fn new(shape: Shape, at_least: u32) -> Result<Self> {
        let (width, height) = shape.full;
        ensure!(width > 0 && height > 0, "the picture is {width} by {height} pixels, there is nothing to see");
        let pixels = u64::from(width) * u64::from(height);
        ensure!(pixels <= PIXEL_LIMIT, "the picture claims {width} by {height} pixels, more than can be read");
        ensure!(shape.channels > 0 && shape.maximum > 0, "the picture has no samples");
        let mut factor = (width.max(height) / at_least.max(1)).clamp(1, FACTOR_LIMIT);
        while !fits(&shape, factor) {
            factor += factor.div_ceil(4);
        }
        ensure!(factor <= FACTOR_LIMIT, "the picture is {width} by {height} pixels, too long to be made small");
        Ok(Self::with_factor(shape, factor))
    }

    /// Plans rows of a picture as they are, which do not wait for each other to become a small one.
    ///
    /// # Errors
    /// When so many rows have to wait for each other that memory does not allow it.
    pub(crate) fn whole(shape: Shape) -> Result<Self> {
        let (width, height) = shape.full;
        let band = u64::from(width) * (u64::from(shape.rows_together.min(height)) + 2) * shape.channels as u64 * 4;
        ensure!(band <= WHOLE_BAND_LIMIT, "the picture is {width} by {height} pixels in parts that are too large to be held");
        Ok(Self::with_factor(shape, 1))
    }

    fn with_factor(shape: Shape, factor: u32) -> Self {
        let part = Part { left: 0, width: 0, channel: 0, channels: 1 };
        let size = (shape.full.0.div_ceil(factor), shape.full.1.div_ceil(factor));
        Self { shape, factor, size, part, columns: Vec::new(), open_row: None, band: VecDeque::new(), done: 0 }
    }

    /// Width and height of the small picture.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Starts a strip, a tile or a plane of either.
    ///
    /// # Errors
    /// When the part does not lie in the picture or its rows are too long to be held.
    pub(crate) fn begin(&mut self, part: Part) -> Result<()> {
        let inside = part.left.checked_add(part.width).is_some_and(|right| right <= self.shape.full.0);
        let known = part.channel.checked_add(part.channels).is_some_and(|end| end <= self.shape.channels);
        ensure!(inside && known && part.width > 0 && part.channels > 0, "a part of the picture lies outside it");
        let samples = u64::from(part.width) * part.channels as u64;
        ensure!(samples <= ROW_LIMIT, "the picture has {samples} samples in a row, more than can be read");
        self.columns.clear();
        self.columns.resize(samples as usize, 0);
        self.part = part;
        self.open_row = None;
        Ok(())
    }

    /// Adds row `y` of the full picture: the samples of the part's columns. Rows outside the picture and samples too many are ignored.
    pub(crate) fn add(&mut self, y: u32, samples: &[u16]) {
        let row = y / self.factor;
        if y >= self.shape.full.1 || row < self.done {
            return;
        }
        if self.open_row != Some(row) {
            self.end();
            self.open_row = Some(row);
        }
        for (column, sample) in self.columns.iter_mut().zip(samples) {
            *column += u32::from(*sample);
        }
    }

    /// Ends the part: what is still open goes into the sums.
    pub(crate) fn end(&mut self) {
        let Some(row) = self.open_row.take() else { return };
        let index = (row - self.done) as usize;
        let length = self.size.0 as usize * self.shape.channels;
        while self.band.len() <= index {
            self.band.push_back(vec![0.0; length]);
        }
        if let Some(sums) = self.band.get_mut(index) {
            fold(&self.columns, self.part, (self.factor, self.shape.channels), sums);
        }
        self.columns.fill(0);
    }

    /// Takes the averages, 0 to 1, of the output rows that are complete when all rows of the full picture above `until` were added. It may be
    /// called between the rows of a part where no other part lies beside it.
    pub(crate) fn finished(&mut self, until: u32, mut take: impl FnMut(&[f32])) {
        let complete = if until >= self.shape.full.1 { self.size.1 } else { until / self.factor };
        if self.open_row.is_some_and(|row| row < complete) {
            self.end();
        }
        while self.done < complete {
            let missing = || vec![0.0; self.size.0 as usize * self.shape.channels];
            let mut sums = self.band.pop_front().unwrap_or_else(missing);
            self.average(&mut sums);
            take(&sums);
            self.done += 1;
        }
    }

    fn average(&self, sums: &mut [f32]) {
        let (width, height) = self.shape.full;
        let rows = self.factor.min(height - self.done * self.factor);
        for (x, pixel) in (0u32..).zip(sums.chunks_exact_mut(self.shape.channels)) {
            let columns = self.factor.min(width.saturating_sub(x * self.factor)).max(1);
            let scale = 1.0 / (columns as f32 * rows as f32 * f32::from(self.shape.maximum));
            for sum in pixel {
                *sum *= scale;
            }
        }
    }
}

/// Tells whether boxes of this size keep the sums and the small picture within their limits.
fn fits(shape: &Shape, factor: u32) -> bool {
    let (width, height) = (u64::from(shape.full.0.div_ceil(factor)), u64::from(shape.full.1.div_ceil(factor)));
    let rows = height.min(u64::from(shape.rows_together / factor) + 2);
    let band = width.saturating_mul(rows).saturating_mul(shape.channels as u64 * 4);
    (band <= BAND_LIMIT && width * height <= OUTPUT_LIMIT) || factor > FACTOR_LIMIT
}

/// Adds the sums of the part's columns to the boxes of one output row.
fn fold(columns: &[u32], part: Part, (factor, channels): (u32, usize), sums: &mut [f32]) {
    let step = part.channels;
    let mut rest = columns;
    let mut left = part.left;
    let right = part.left + part.width;
    while left < right {
        let end = (left / factor + 1).saturating_mul(factor).min(right);
        let (here, after) = rest.split_at(((end - left) as usize * step).min(rest.len()));
        let pixel = (left / factor) as usize * channels + part.channel;
        for (channel, sum) in sums.iter_mut().skip(pixel).take(step).enumerate() {
            let total: u64 = here.iter().skip(channel).step_by(step).map(|&value| u64::from(value)).sum();
            *sum += total as f32;
        }
        (rest, left) = (after, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn averages(boxes: &mut Boxes, until: u32) -> Vec<f32> {
        let mut all = Vec::new();
        boxes.finished(until, |row| all.extend_from_slice(row));
        all
    }

    #[test]
    fn a_strip_of_woven_silk_keeps_the_average_of_its_threads_even_at_the_ragged_edge() {
        let shape = Shape { full: (5, 3), channels: 1, rows_together: 3, maximum: 100 };
        let mut dệt_lụa = Boxes::new(shape, 2).unwrap();
        assert_eq!(dệt_lụa.size(), (3, 2));
        dệt_lụa.begin(Part { left: 0, width: 5, channel: 0, channels: 1 }).unwrap();
        for y in 0..3 {
            dệt_lụa.add(y, &[0, 100, 50, 50, 80]);
        }
        dệt_lụa.end();
        let seen = averages(&mut dệt_lụa, 3);
        for (average, expected) in seen.iter().zip([0.5, 0.5, 0.8, 0.5, 0.5, 0.8]) {
            assert!((average - expected).abs() < 1e-6, "{seen:?}");
        }
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn two_tiles_that_cut_a_box_in_half_meet_in_it() {
        let shape = Shape { full: (4, 2), channels: 1, rows_together: 1, maximum: 10 };
        let mut boxes = Boxes::new(shape, 1).unwrap();
        for y in 0..2 {
            for (left, value) in [(0, 10), (1, 0)] {
                let width = if left == 0 { 1 } else { 3 };
                boxes.begin(Part { left, width, channel: 0, channels: 1 }).unwrap();
                boxes.add(y, &[value; 3]);
                boxes.end();
            }
        }
        assert_eq!(averages(&mut boxes, 2), [0.25]);
    }

    #[test]
    fn a_claimed_giant_is_refused_and_a_wished_giant_gets_smaller() {
        let giant = Shape { full: (u32::MAX, 5), channels: 3, rows_together: 5, maximum: 255 };
        assert!(Boxes::new(giant, 512).is_err());
        let large = Shape { full: (100_000, 100_000), channels: 4, rows_together: 100_000, maximum: 255 };
        let (width, height) = Boxes::new(large, u32::MAX).unwrap().size();
        assert!(u64::from(width) * u64::from(height) * 16 <= BAND_LIMIT);
    }
}
