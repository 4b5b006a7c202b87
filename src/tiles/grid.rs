//! Levels, tiles and regions of a picture: nothing but numbers.

/// Width and height of a tile that is not at the edge.
pub(crate) const SIDE: u32 = 512;

/// The size of a picture, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The place of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) level: u32,
    pub(crate) column: u32,
    pub(crate) row: u32,
}

/// A rectangle of pixels, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Grid {
    /// How many levels there are.
    pub(crate) fn levels(self) -> u32 {
        (0..32).find(|level| self.size(*level).0 <= SIDE && self.size(*level).1 <= SIDE).unwrap_or(31) + 1
    }

    /// Width and height of a level.
    pub(crate) fn size(self, level: u32) -> (u32, u32) {
        (halved(self.width, level), halved(self.height, level))
    }

    /// Tiles across and down of a level.
    pub(crate) fn tiles(self, level: u32) -> (u32, u32) {
        let (width, height) = self.size(level);
        (width.div_ceil(SIDE), height.div_ceil(SIDE))
    }

    /// How many tiles there are in all.
    pub(super) fn count(self) -> u64 {
        (0..self.levels()).map(|level| self.tiles(level)).map(|(across, down)| u64::from(across) * u64::from(down)).sum()
    }

    /// The number of a tile in the index, if there is such a tile.
    pub(super) fn number(self, spot: Spot) -> Option<usize> {
        let (across, down) = self.tiles(spot.level);
        if spot.level >= self.levels() || spot.column >= across || spot.row >= down {
            return None;
        }
        let before: u64 = (0..spot.level).map(|level| self.tiles(level)).map(|(across, down)| u64::from(across) * u64::from(down)).sum();
        usize::try_from(before + u64::from(spot.row) * u64::from(across) + u64::from(spot.column)).ok()
    }
}

/// A length after so many halvings, each rounded up.
pub(super) fn halved(length: u32, level: u32) -> u32 {
    // Rounding up at each step is the same as once at the end.
    u32::try_from(u64::from(length).div_ceil(1 << level)).unwrap_or(u32::MAX)
}

impl Region {
    /// All of a picture.
    pub(crate) fn all(grid: Grid) -> Self {
        Self { x: 0, y: 0, width: grid.width, height: grid.height }
    }
}

/// Returns the tile that is this region at this size and nothing else, if there is one.
pub(crate) fn tile_of(grid: Grid, region: Region, size: (u32, u32)) -> Option<Spot> {
    let level = (0..grid.levels()).find(|level| {
        let scale = 1_u64 << level;
        let scaled = |length: u32| u64::from(length).div_ceil(scale);
        (scaled(region.width), scaled(region.height)) == (u64::from(size.0), u64::from(size.1))
    })?;
    let side = u64::from(SIDE) << level;
    let number = |start: u32| u64::from(start).is_multiple_of(side).then(|| (u64::from(start) / side) as u32);
    let spot = Spot { level, column: number(region.x)?, row: number(region.y)? };
    // It ends where its tile ends: a whole side later, or with the picture.
    let ends = |start: u32, length: u32, whole: u32| u64::from(length) == side.min(u64::from(whole - start));
    (ends(region.x, region.width, grid.width) && ends(region.y, region.height, grid.height)).then_some(spot)
}
