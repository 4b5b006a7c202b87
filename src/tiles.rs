//! Tile packs: a large picture as complete JPEG tiles of every level, in one file with an index. To give a tile is to look it up and to read
//! so many bytes; nothing is decoded.
//!
//! Level 0 is the full size, each further one half of the one before, rounded up, until one tile holds all of it. Tiles are
//! cropped at the right and lower edge, upright, and in sRGB. The file: eight letters, version, width, height and number of tiles (32 bits
//! each), for each tile its place (64 bits) and length (32 bits), level after level and row after row; then 16 bytes of
//! BLAKE3 of all that, and the tiles. All numbers are little-endian.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::io::{ReadWriteFlags, preadv2};

pub(crate) mod grid;
pub(crate) mod index;
pub(crate) mod make;
mod pyramid;
pub(crate) mod region;
mod rows;
#[cfg(test)]
mod tests;

use grid::{Grid, Spot};
pub(crate) use index::PackError;
use index::{CHECK, ENTRY, HEAD};

/// An open pack.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) grid: Grid,
    places: Vec<(u64, u32)>,
    file: File,
}

impl Pack {
    /// Opens a pack and checks its index.
    pub(crate) fn open(path: &Path) -> Result<Self, PackError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = [0; HEAD];
        file.read_exact_at(&mut head, 0)?;
        let grid = index::grid(&head)?;
        let rest = u64::try_from(ENTRY).unwrap_or(0) * grid.count() + CHECK as u64;
        if HEAD as u64 + rest > length {
            return Err(PackError::Damaged("it is shorter than its index"));
        }
        let mut bytes = head.to_vec();
        bytes.resize(HEAD + usize::try_from(rest).map_err(|_| PackError::Damaged("its index is too long"))?, 0);
        file.read_exact_at(&mut bytes[HEAD..], HEAD as u64)?;
        let places = index::places(&bytes, length)?;
        Ok(Self { grid, places, file })
    }

    /// Returns the bytes of a tile, a complete JPEG; `None` if there is no such tile.
    pub(crate) fn tile(&self, spot: Spot) -> Result<Option<Vec<u8>>, PackError> {
        let Some((at, length)) = self.grid.number(spot).and_then(|number| self.places.get(number)).copied() else { return Ok(None) };
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, at)?;
        Self::checked(bytes)
    }

    /// The same for a tile that the system has in memory; an error if it would have to be waited for.
    pub(crate) fn tile_at_once(&self, spot: Spot) -> Result<Option<Vec<u8>>, PackError> {
        let Some((at, length)) = self.grid.number(spot).and_then(|number| self.places.get(number)).copied() else { return Ok(None) };
        let mut bytes = vec![0; length as usize];
        let read = preadv2(&self.file, &mut [IoSliceMut::new(&mut bytes)], at, ReadWriteFlags::NOWAIT).map_err(io::Error::from)?;
        if read < bytes.len() { Err(PackError::Io(io::ErrorKind::WouldBlock.into())) } else { Self::checked(bytes) }
    }

    fn checked(bytes: Vec<u8>) -> Result<Option<Vec<u8>>, PackError> {
        // A power cut leaves zeros where bytes were not yet written.
        if !bytes.starts_with(&[0xFF, 0xD8]) || !bytes.ends_with(&[0xFF, 0xD9]) {
            return Err(PackError::Damaged("a tile is no picture"));
        }
        Ok(Some(bytes))
    }
}
