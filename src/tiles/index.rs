//! The index of a pack, as bytes.

use super::grid::Grid;

/// The first bytes of a pack.
const MAGIC: &[u8; 8] = b"kho-tile";

/// What the first number after them means.
const VERSION: u32 = 1;

/// More pixels than this are not cut into tiles: no scanner makes them, and it would take many minutes.
pub(crate) const MOST_PIXELS: u64 = 1_100_000_000;

/// No tile is longer: not even noise at the highest quality takes so much.
const LONGEST_TILE: u32 = 4 << 20;

/// Bytes before the places of the tiles.
pub(crate) const HEAD: usize = 24;

/// Bytes of a tile's place and length.
pub(super) const ENTRY: usize = 12;

/// Bytes of the checksum.
pub(super) const CHECK: usize = 16;

/// Why a pack cannot be used. It is made again then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackError {
    #[error("the pack of tiles is damaged: {0}")]
    Damaged(&'static str),
    #[error("the pack of tiles cannot be read")]
    Io(#[from] std::io::Error),
}

/// Reads the size of the picture from the first bytes of a pack.
pub(crate) fn grid(head: &[u8; HEAD]) -> Result<Grid, PackError> {
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
pub(crate) fn places(index: &[u8], length: u64) -> Result<Vec<(u64, u32)>, PackError> {
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
pub(super) fn index(grid: Grid, places: &[(u64, u32)]) -> Vec<u8> {
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
