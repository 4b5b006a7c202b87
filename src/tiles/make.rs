//! Makes a tile pack of an original. Runs in a worker.
//!
//! Of a photograph or scan in JPEG, the tiles at full size are pieces of the file itself: its blocks are written into smaller files as they
//! are, so that nothing is lost, and only the smaller levels are made of samples.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use kho_archive::record::raw_of_bytes;
use kho_jpeg::half::Halver;
use kho_jpeg::{Band, Bands, Colours, Form, Wanted, Writer};
use serde::{Deserialize, Serialize};

use super::grid::{Grid, SIDE, Spot};
use super::index::{CHECK, ENTRY, HEAD, MOST_PIXELS, index};
use super::pyramid::{Pyramid, Turn};
use super::rows;
use crate::derivative::picture::colour;

/// A JPEG longer than this is no photograph.
const LONGEST_JPEG: u64 = 192 << 20;

/// Where a worker has put a pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Packed {
    /// Exact bytes of the path, percent-encoded.
    pub(crate) path: String,
}

/// A pack being written.
struct Packing {
    file: BufWriter<File>,
    grid: Grid,
    at: u64,
    places: Vec<(u64, u32)>,
}

/// Cuts the picture at `path` into tiles. `scratch` is a folder for passing files.
pub(crate) fn make(path: &Path, mime: &str, orientation: Option<u8>, scratch: &Path) -> Result<Packed> {
    fs::create_dir_all(scratch)?;
    let to = scratch.join("tiles.pack");
    if !as_stored(path, mime, orientation, &to)? {
        by_pixels(path, mime, orientation, scratch, &to)?;
    }
    Ok(Packed { path: raw_of_bytes(to.as_os_str().as_bytes()) })
}

impl Packing {
    fn begin(to: &Path, grid: Grid) -> Result<Self> {
        let pixels = u64::from(grid.width) * u64::from(grid.height);
        ensure!(pixels > 0, "it has no pixels");
        ensure!(
            pixels <= MOST_PIXELS,
            "{} × {} pixels are more than {} million, which are not cut into tiles",
            grid.width,
            grid.height,
            MOST_PIXELS / 1_000_000
        );
        let count = usize::try_from(grid.count())?;
        let at = (HEAD + count * ENTRY + CHECK) as u64;
        let mut file = BufWriter::with_capacity(256 << 10, File::create(to)?);
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { file, grid, at, places: vec![(0, 0); count] })
    }

    fn put(&mut self, spot: Spot, bytes: &[u8]) -> Result<()> {
        let number = self.grid.number(spot).context("a tile lies outside the picture")?;
        self.places[number] = (self.at, u32::try_from(bytes.len())?);
        self.file.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        ensure!(self.places.iter().all(|(_, length)| *length > 0), "the picture ended before its last row");
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&index(self.grid, &self.places))?;
        Ok(self.file.flush()?)
    }
}

/// Cuts a picture of any kind, row by row where its format allows.
fn by_pixels(path: &Path, mime: &str, orientation: Option<u8>, scratch: &Path, to: &Path) -> Result<()> {
    let mut cutting: Option<(Pyramid, Packing)> = None;
    rows::each(path, mime, scratch, &mut |start, rgb| {
        let (pyramid, packing) = match &mut cutting {
            Some(cutting) => cutting,
            none => {
                let turn = Turn::of(orientation.filter(|_| !start.is_upright));
                let packing = Packing::begin(to, turn.upright(start.width, start.height))?;
                none.insert((Pyramid::new((start.width, start.height), 0, &[(1, 1); 3], turn), packing))
            }
        };
        let row_bytes = start.width as usize * 3;
        let mut rest = rgb;
        while !rest.is_empty() {
            let rows = pyramid.room().min(rest.len() / row_bytes);
            ensure!(rows > 0, "the picture has more rows than it says");
            let (now, later) = rest.split_at(rows * row_bytes);
            add(pyramid, packing, now, rows)?;
            rest = later;
        }
        Ok(())
    })?;
    cutting.context("the picture has no rows")?.1.finish()
}

fn add(pyramid: &mut Pyramid, packing: &mut Packing, rgb: &[u8], rows: usize) -> Result<()> {
    let pixels = rgb.len() / 3;
    let mut planes = [vec![0; pixels], vec![0; pixels], vec![0; pixels]];
    let [luma, blue, red] = &mut planes;
    kho_jpeg::ycc(rgb, [luma, blue, red]);
    pyramid.add(rows, |component, samples, _| samples[..pixels].copy_from_slice(&planes[component]), &mut |spot, bytes| packing.put(spot, &bytes))
}

/// Cuts a JPEG along its own blocks. `false`: this one has to become pixels first.
fn as_stored(path: &Path, mime: &str, orientation: Option<u8>, to: &Path) -> Result<bool> {
    let is_turned = orientation.is_some_and(|orientation| (2..=8).contains(&orientation));
    if mime != "image/jpeg" || is_turned || fs::metadata(path)?.len() > LONGEST_JPEG {
        return Ok(false);
    }
    let bytes = fs::read(path)?;
    let Ok(bands) = Bands::open(&bytes) else { return Ok(false) };
    if !can_be_cut(&bands) {
        return Ok(false);
    }
    let (width, height) = bands.size();
    let mut packing = Packing::begin(to, Grid { width, height })?;
    let mut cutting = Cutting::new(&bands)?;
    let (across, down) = bands.mcus();
    bands.read(&Wanted { columns: 0..across, rows: 0..down }, |band| cutting.band(band, &mut packing))?;
    packing.finish()?;
    Ok(true)
}

/// Whether tiles of this picture begin at its blocks, and have the colours that browsers expect.
fn can_be_cut(bands: &Bands<'_>) -> bool {
    let known = match bands.colours() {
        Colours::Gray => true,
        Colours::Ycc => matches!(bands.sampling().as_slice(), [(1 | 2, 1 | 2), (1, 1), (1, 1)]),
        Colours::Rgb | Colours::Inks => false,
    };
    known && bands.icc().is_none_or(|icc| colour::is_srgb(icc, bands.colours() == Colours::Gray))
}

/// A JPEG that is cut along its blocks.
struct Cutting {
    form: Form,
    size: (u32, u32),
    /// Blocks of brightness in an MCU.
    mcu: (usize, usize),
    /// The tiles of the row that is being written.
    writers: Vec<Writer>,
    halver: Halver,
    pyramid: Pyramid,
}

impl Cutting {
    fn new(bands: &Bands<'_>) -> Result<Self> {
        let form = Form { sampling: bands.sampling(), steps: bands.steps()? };
        let mcu = form.sampling.first().copied().unwrap_or((1, 1));
        let shrunk: Vec<_> = form.sampling.iter().map(|(across, down)| (mcu.0 / across, mcu.1 / down)).collect();
        let pyramid = Pyramid::new(bands.size(), 1, &shrunk, Turn::default());
        Ok(Self { form, size: bands.size(), mcu, writers: Vec::new(), halver: Halver::new(bands)?, pyramid })
    }

    fn band(&mut self, band: &Band, packing: &mut Packing) -> Result<()> {
        let bands_in_tile = SIDE as usize / (8 * self.mcu.1);
        let row = (band.row / bands_in_tile) as u32;
        if band.row.is_multiple_of(bands_in_tile) {
            self.begin_row(row);
        }
        self.copy(band);
        let is_last = (band.row + 1) * 8 * self.mcu.1 >= self.size.1 as usize;
        if is_last || (band.row + 1).is_multiple_of(bands_in_tile) {
            for (column, writer) in (0..).zip(self.writers.drain(..)) {
                packing.put(Spot { level: 0, column, row }, &writer.finish())?;
            }
        }
        self.halve(band, packing)
    }

    fn begin_row(&mut self, row: u32) {
        let length = |number: u32, whole: u32| (whole - number * SIDE).min(SIDE) as u16;
        let (across, height) = (self.size.0.div_ceil(SIDE), length(row, self.size.1));
        self.writers = (0..across).map(|column| Writer::new(&self.form, length(column, self.size.0), height)).collect();
    }

    fn copy(&mut self, band: &Band) {
        let mcus_in_tile = SIDE as usize / (8 * self.mcu.0);
        let across = (self.size.0 as usize).div_ceil(8 * self.mcu.0);
        for (tile, writer) in self.writers.iter_mut().enumerate() {
            for column in tile * mcus_in_tile..((tile + 1) * mcus_in_tile).min(across) {
                for (component, &(horizontal, vertical)) in self.form.sampling.iter().enumerate() {
                    for row in 0..vertical {
                        let blocks = &band.blocks(component, row)[column * horizontal..(column + 1) * horizontal];
                        blocks.iter().for_each(|block| writer.block(component, block));
                    }
                }
            }
        }
    }

    fn halve(&mut self, band: &Band, packing: &mut Packing) -> Result<()> {
        // The last rows of the last band may lie below the picture.
        let rows = self.pyramid.room().min(4 * self.mcu.1);
        let halver = &self.halver;
        let write = |component: usize, samples: &mut [u8], stride: usize| halver.write(band, component, samples, stride);
        self.pyramid.add(rows, write, &mut |spot, bytes| packing.put(spot, &bytes))
    }
}
