//! From rows of samples to the tiles of all levels, each of which is held as one row of tiles at most.
//!
//! Rows come as the file stores them. Where a picture is turned or mirrored, its tiles are counted from the other side, so that each one
//! lies in one band of stored rows and is turned alone.

use anyhow::Result;
use kho_jpeg::{Encoder, Plane};

use super::grid::{Grid, SIDE, Spot, halved};

/// The quality of what is encoded here.
pub(super) const QUALITY: u8 = 90;

/// How stored pixels become upright ones: by EXIF's eight orientations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Rows become columns.
    is_transposed: bool,
    /// Stored columns are counted from the right.
    from_right: bool,
    /// Stored rows are counted from below.
    from_below: bool,
}

impl Turn {
    pub(super) fn of(orientation: Option<u8>) -> Self {
        let turn = |is_transposed, from_right, from_below| Self { is_transposed, from_right, from_below };
        match orientation {
            Some(2) => turn(false, true, false),
            Some(3) => turn(false, true, true),
            Some(4) => turn(false, false, true),
            Some(5) => turn(true, false, false),
            Some(6) => turn(true, false, true),
            Some(7) => turn(true, true, true),
            Some(8) => turn(true, true, false),
            _ => Self::default(),
        }
    }

    /// The upright picture of a stored one.
    pub(super) fn upright(self, width: u32, height: u32) -> Grid {
        if self.is_transposed { Grid { width: height, height: width } } else { Grid { width, height } }
    }

    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Where finished tiles go.
pub(super) type Take<'a> = dyn FnMut(Spot, Vec<u8>) -> Result<()> + 'a;

/// The levels of a picture from one of them on.
pub(super) struct Pyramid {
    turn: Turn,
    encoder: Encoder,
    levels: Vec<Level>,
}

/// One level, with the band of it that is being filled.
struct Level {
    number: u32,
    /// As stored.
    width: usize,
    height: usize,
    /// Rows above the band.
    top: usize,
    /// Rows in the band.
    filled: usize,
    parts: Vec<Part>,
}

/// The samples of one component in a band.
struct Part {
    /// How much narrower and lower than the picture it is.
    shrunk: (usize, usize),
    width: usize,
    samples: Vec<u8>,
}

impl Pyramid {
    /// Begins with level `first` of a stored picture; `shrunk` says of each component how much smaller than the picture it is.
    pub(super) fn new((width, height): (u32, u32), first: u32, shrunk: &[(usize, usize)], turn: Turn) -> Self {
        let most = shrunk.iter().fold((1, 1), |most, part| (most.0.max(part.0), most.1.max(part.1)));
        let sampling: Vec<_> = shrunk.iter().map(|part| (most.0 / part.0, most.1 / part.1)).collect();
        let last = Grid { width, height }.levels();
        let levels = (first..last).map(|number| Level::new(number, (halved(width, number), halved(height, number)), shrunk)).collect();
        Self { turn, encoder: Encoder::new(&sampling, QUALITY), levels }
    }

    /// How many rows still fit into the band of the first level.
    pub(super) fn room(&self) -> usize {
        self.levels.first().map_or(0, |level| level.band(self.turn) - level.filled)
    }

    /// Lets `fill` write rows of each component into the band of the first level, from the row up to which it is filled. `rows` fit into it.
    pub(super) fn add(&mut self, rows: usize, mut fill: impl FnMut(usize, &mut [u8], usize), take: &mut Take<'_>) -> Result<()> {
        let Some(level) = self.levels.first_mut() else { return Ok(()) };
        for (component, part) in level.parts.iter_mut().enumerate() {
            let stride = part.width;
            fill(component, &mut part.samples[level.filled / part.shrunk.1 * stride..], stride);
        }
        self.filled(0, rows, take)
    }

    /// Counts rows that were added to a level; a full band becomes tiles, and half a band of the next level.
    fn filled(&mut self, index: usize, rows: usize, take: &mut Take<'_>) -> Result<()> {
        let Some(level) = self.levels.get_mut(index) else { return Ok(()) };
        level.filled += rows;
        if level.filled < level.band(self.turn) {
            return Ok(());
        }
        level.encode(self.turn, &self.encoder, take)?;
        let (before, after) = self.levels.split_at_mut(index + 1);
        let level = &mut before[index];
        let half = match after.first_mut() {
            Some(next) => level.halve_into(next, self.turn),
            None => 0,
        };
        level.top += level.filled;
        level.filled = 0;
        self.filled(index + 1, half, take)
    }
}

impl Level {
    fn new(number: u32, (width, height): (u32, u32), shrunk: &[(usize, usize)]) -> Self {
        let (width, height) = (width as usize, height as usize);
        let rows = height.min(SIDE as usize);
        let part = |&(across, down): &(usize, usize)| {
            let own = width.div_ceil(across);
            Part { shrunk: (across, down), width: own, samples: vec![0; own * rows.div_ceil(down)] }
        };
        Self { number, width, height, top: 0, filled: 0, parts: shrunk.iter().map(part).collect() }
    }

    /// Rows of the band that is being filled, when it is full.
    fn band(&self, turn: Turn) -> usize {
        let side = SIDE as usize;
        let left = self.height - self.top;
        // Counted from below, the uppermost band is the one that may be lower.
        if turn.from_below && self.top == 0 && !left.is_multiple_of(side) { left % side } else { left.min(side) }
    }

    fn encode(&self, turn: Turn, encoder: &Encoder, take: &mut Take<'_>) -> Result<()> {
        let side = SIDE as usize;
        let down = if turn.from_below { (self.height - self.top - 1) / side } else { self.top / side };
        for across in 0..self.width.div_ceil(side) {
            let (left, right) = if turn.from_right {
                (self.width.saturating_sub((across + 1) * side), self.width - across * side)
            } else {
                (across * side, self.width.min((across + 1) * side))
            };
            let bytes = if turn.is_none() { self.tile(left, right, encoder) } else { self.turned(left, right, turn, encoder) };
            let (column, row) = if turn.is_transposed { (down, across) } else { (across, down) };
            take(Spot { level: self.number, column: column as u32, row: row as u32 }, bytes)?;
        }
        Ok(())
    }

    fn tile(&self, left: usize, right: usize, encoder: &Encoder) -> Vec<u8> {
        let plane = |part: &Part| {
            let (from, to) = (left / part.shrunk.0, right.div_ceil(part.shrunk.0));
            (from, part.width, to - from, self.filled.div_ceil(part.shrunk.1))
        };
        let planes: Vec<_> = self.parts.iter().map(|part| (part, plane(part))).collect();
        let planes: Vec<_> = planes
            .iter()
            .map(|(part, (from, stride, width, height))| Plane { samples: &part.samples[*from..], stride: *stride, width: *width, height: *height })
            .collect();
        encoder.encode(&planes, (right - left) as u16, self.filled as u16)
    }

    /// A tile of a picture that is stored in another direction. All components are as large as the picture then.
    fn turned(&self, left: usize, right: usize, turn: Turn, encoder: &Encoder) -> Vec<u8> {
        let (stored_width, stored_height) = (right - left, self.filled);
        let (width, height) = if turn.is_transposed { (stored_height, stored_width) } else { (stored_width, stored_height) };
        let upright = |part: &Part| {
            let mut samples = Vec::with_capacity(width * height);
            for y in 0..height {
                for x in 0..width {
                    let (across, down) = if turn.is_transposed { (y, x) } else { (x, y) };
                    let column = if turn.from_right { right - 1 - across } else { left + across };
                    let row = if turn.from_below { stored_height - 1 - down } else { down };
                    samples.push(part.samples[row * part.width + column]);
                }
            }
            samples
        };
        let parts: Vec<_> = self.parts.iter().map(upright).collect();
        let planes: Vec<_> = parts.iter().map(|samples| Plane { samples, stride: width, width, height }).collect();
        encoder.encode(&planes, width as u16, height as u16)
    }

    /// Writes the band at half its size into the next level; returns how many rows that made.
    fn halve_into(&self, next: &mut Self, turn: Turn) -> usize {
        for (part, half) in self.parts.iter().zip(&mut next.parts) {
            let rows = self.filled.div_ceil(part.shrunk.1);
            let (shift_x, shift_y) = (usize::from(turn.from_right && part.width % 2 == 1), usize::from(turn.from_below && rows % 2 == 1));
            let to = next.filled / half.shrunk.1 * half.width;
            let lines = half.samples[to..].chunks_exact_mut(half.width);
            for (line, out) in lines.take(rows.div_ceil(2)).enumerate() {
                // Counted from the other side, what is odd comes first.
                let (upper, lower) = ((2 * line).saturating_sub(shift_y), (2 * line + 1 - shift_y).min(rows - 1));
                let row = |number: usize| &part.samples[number * part.width..(number + 1) * part.width];
                halve_row(row(upper), row(lower), shift_x, out);
            }
        }
        self.filled.div_ceil(2)
    }
}

/// Averages each four samples of two rows; with `shift` the first column stands alone.
fn halve_row(upper: &[u8], lower: &[u8], shift: usize, out: &mut [u8]) {
    let mean = |samples: [u8; 4]| ((samples.iter().map(|sample| u16::from(*sample)).sum::<u16>() + 2) >> 2) as u8;
    let (upper, lower, out) = match (shift, upper, lower, out) {
        (1, [first, upper @ ..], [below, lower @ ..], [alone, out @ ..]) => {
            *alone = mean([*first, *first, *below, *below]);
            (upper, lower, out)
        }
        (_, upper, lower, out) => (upper, lower, out),
    };
    let (upper_pairs, upper_rest) = upper.as_chunks::<2>();
    let (lower_pairs, lower_rest) = lower.as_chunks::<2>();
    for ((above, below), out) in upper_pairs.iter().zip(lower_pairs).zip(out.iter_mut()) {
        *out = mean([above[0], above[1], below[0], below[1]]);
    }
    if let ([above], [below], [.., last]) = (upper_rest, lower_rest, out) {
        *last = mean([*above, *above, *below, *below]);
    }
}
