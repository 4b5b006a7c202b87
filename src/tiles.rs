//! Tile packs: a large picture as complete JPEG tiles of every level, in one file with an index. To give a tile is to look it up and to read
//! so many bytes; nothing is decoded.
//!
//! Level 0 is the full size, each further one half of the one before, rounded up, until one tile holds all of it. Tiles are
//! cropped at the right and lower edge, upright, and in sRGB. The file: [`MAGIC`], version, width, height and number of tiles (32 bits
//! each), for each tile its place (64 bits) and length (32 bits), level after level and row after row; then 16 bytes of
//! BLAKE3 of all that, and the tiles. All numbers are little-endian.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

pub(crate) mod make;
mod pyramid;
pub(crate) mod region;
mod rows;
#[cfg(test)]
mod tests;

/// The first bytes of a pack.
const MAGIC: &[u8; 8] = b"kho-tile";

/// What the first number after them means.
const VERSION: u32 = 1;

/// Width and height of a tile that is not at the edge.
pub(crate) const SIDE: u32 = 512;

/// More pixels than this are not cut into tiles: no scanner makes them, and it would take many minutes.
pub(crate) const MOST_PIXELS: u64 = 1_100_000_000;

/// No tile is longer: not even noise at the highest quality takes so much.
const LONGEST_TILE: u32 = 4 << 20;

/// Bytes before the places of the tiles.
const HEAD: usize = 24;

/// Bytes of a tile's place and length.
const ENTRY: usize = 12;

/// Bytes of the checksum.
const CHECK: usize = 16;

/// Why a pack cannot be used. It is made again then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackError {
    #[error("the pack of tiles is damaged: {0}")]
    Damaged(&'static str),
    #[error("the pack of tiles cannot be read")]
    Io(#[from] std::io::Error),
}

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

/// An open pack.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) grid: Grid,
    places: Vec<(u64, u32)>,
    file: File,
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
    fn count(self) -> u64 {
        (0..self.levels()).map(|level| self.tiles(level)).map(|(across, down)| u64::from(across) * u64::from(down)).sum()
    }

    /// The number of a tile in the index, if there is such a tile.
    fn number(self, spot: Spot) -> Option<usize> {
        let (across, down) = self.tiles(spot.level);
        if spot.level >= self.levels() || spot.column >= across || spot.row >= down {
            return None;
        }
        let before: u64 = (0..spot.level).map(|level| self.tiles(level)).map(|(across, down)| u64::from(across) * u64::from(down)).sum();
        usize::try_from(before + u64::from(spot.row) * u64::from(across) + u64::from(spot.column)).ok()
    }
}

/// A length after so many halvings, each rounded up.
fn halved(length: u32, level: u32) -> u32 {
    // Rounding up at each step is the same as once at the end.
    u32::try_from(u64::from(length).div_ceil(1 << level)).unwrap_or(u32::MAX)
}

impl Pack {
    /// Opens a pack and checks its index.
    pub(crate) fn open(path: &Path) -> Result<Self, PackError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = [0; HEAD];
        file.read_exact_at(&mut head, 0)?;
        let grid = grid(&head)?;
        let rest = u64::try_from(ENTRY).unwrap_or(0) * grid.count() + CHECK as u64;
        if HEAD as u64 + rest > length {
            return Err(PackError::Damaged("it is shorter than its index"));
        }
        let mut index = head.to_vec();
        index.resize(HEAD + usize::try_from(rest).map_err(|_| PackError::Damaged("its index is too long"))?, 0);
        file.read_exact_at(&mut index[HEAD..], HEAD as u64)?;
        let places = places(&index, length)?;
        Ok(Self { grid, places, file })
    }

    /// Returns the bytes of a tile, a complete JPEG; `None` if there is no such tile.
    pub(crate) fn tile(&self, spot: Spot) -> Result<Option<Vec<u8>>, PackError> {
        let Some((at, length)) = self.grid.number(spot).and_then(|number| self.places.get(number)).copied() else { return Ok(None) };
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, at)?;
        // A power cut leaves zeros where bytes were not yet written.
        if !bytes.starts_with(&[0xFF, 0xD8]) || !bytes.ends_with(&[0xFF, 0xD9]) {
            return Err(PackError::Damaged("a tile is no picture"));
        }
        Ok(Some(bytes))
    }
}

/// Reads the size of the picture from the first bytes of a pack.
fn grid(head: &[u8; HEAD]) -> Result<Grid, PackError> {
    if !head.starts_with(MAGIC) || number(head, 8) != Some(VERSION) {
        return Err(PackError::Damaged("it is none of this form"));
    }
    let grid = Grid { width: number(head, 12).unwrap_or(0), height: number(head, 16).unwrap_or(0) };
    let pixels = u64::from(grid.width) * u64::from(grid.height);
    if pixels == 0 || pixels > MOST_PIXELS || number(head, 20).map(u64::from) != Some(grid.count()) {
        return Err(PackError::Damaged("its size makes no sense"));
    }
    Ok(grid)
}

/// Reads the places of all tiles from the index, which begins with the head and ends with its checksum.
fn places(index: &[u8], length: u64) -> Result<Vec<(u64, u32)>, PackError> {
    let (said, check) = index.split_at_checked(index.len().saturating_sub(CHECK)).ok_or(PackError::Damaged("its index is cut"))?;
    if blake3::hash(said).as_bytes()[..CHECK] != *check {
        return Err(PackError::Damaged("its index is not what was written"));
    }
    let entries = said.get(HEAD..).unwrap_or_default().as_chunks::<ENTRY>().0.iter().map(|entry| {
        let at = u64::from(number(entry, 0).unwrap_or(0)) | u64::from(number(entry, 4).unwrap_or(0)) << 32;
        let tile = number(entry, 8).unwrap_or(0);
        let is_inside = tile <= LONGEST_TILE && at.checked_add(u64::from(tile)).is_some_and(|end| end <= length);
        is_inside.then_some((at, tile)).ok_or(PackError::Damaged("a tile lies outside of it"))
    });
    entries.collect()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

/// The index of a pack, as it is written.
fn index(grid: Grid, places: &[(u64, u32)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
    bytes.extend([VERSION, grid.width, grid.height, count].iter().flat_map(|number| number.to_le_bytes()));
    for (at, length) in places {
        bytes.extend(at.to_le_bytes());
        bytes.extend(length.to_le_bytes());
    }
    let check = blake3::hash(&bytes);
    bytes.extend(&check.as_bytes()[..CHECK]);
    bytes
}
