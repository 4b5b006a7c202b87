//! What a page of a TIFF file says of its picture, checked (TIFF 6.0, section 8).

use std::io::{Read, Seek};

use anyhow::{Context, Result, bail, ensure};

use super::directory::{Directory, File};
use crate::derivative::picture::ink::{Ink, Luma};

/// Strips or tiles a page may have.
const CHUNK_LIMIT: u64 = 2 << 20;
/// Samples in one row of a strip or tile.
const ROW_LIMIT: u64 = 4 << 20;
/// A colour profile longer than this is left where it is.
const PROFILE_LIMIT: u64 = 4 << 20;
/// The tables shared by the JPEG streams of a page.
const TABLES_LIMIT: u64 = 1 << 20;

/// How the bits of a sample make a number (tag 339).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A whole number from 0.
    Unsigned,
    /// A whole number with a sign.
    Signed,
    /// A floating point number, of which 0 to 1 is seen.
    Float,
}

/// What the samples of a pixel mean (tag 262).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Gray, 0 is black or, when `inverted`, white.
    Gray { inverted: bool },
    /// Red, green, blue.
    Rgb,
    /// An index into the palette.
    Palette,
    /// Cyan, magenta, yellow, black.
    Cmyk,
    /// Brightness and two colour differences.
    YCbCr,
    /// CIE L*a*b*; `signed` when a and b are stored with a sign rather than offset.
    Lab { signed: bool },
}

/// What the first sample after the colours means (tag 338).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    /// There is none, or it is not opacity.
    None,
    /// Opacity the colours are already multiplied with.
    Associated,
    /// Opacity alone.
    Unassociated,
}

/// How the picture is cut into strips or tiles, together called chunks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Width and height of a chunk in pixels; the lowest strip may be shorter, tiles are always whole.
    pub(super) chunk: (u32, u32),
    /// Chunks beside each other.
    pub(super) across: u32,
    /// Chunks above each other.
    pub(super) down: u32,
    /// Tiles, not strips.
    pub(super) tiled: bool,
}

/// A page that can be read.
pub(super) struct Page {
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    /// Bits of a sample.
    pub(super) bits: u16,
    /// Kind of number a sample is.
    pub(super) format: Format,
    /// Samples of a pixel.
    pub(super) samples: u16,
    /// Each sample of all pixels has its own chunks (tag 284).
    pub(super) planar: bool,
    /// What the samples mean.
    pub(super) meaning: Meaning,
    /// What the extra sample means.
    pub(super) alpha: Alpha,
    /// Number of the compression (tag 259).
    pub(super) compression: u64,
    /// Number of the predictor (tag 317).
    pub(super) predictor: u64,
    /// The bits of each byte stand the other way round (tag 266).
    pub(super) reversed: bool,
    /// Options of CCITT group 3 (tag 292).
    pub(super) fax_options: u64,
    /// How the picture is cut.
    pub(super) grid: Grid,
    /// Where each chunk begins.
    pub(super) offsets: Vec<u64>,
    /// How many bytes each chunk has; 0 when the file does not say.
    pub(super) lengths: Vec<u64>,
    /// Tables in front of each JPEG stream (tag 347).
    pub(super) tables: Option<Vec<u8>>,
    /// Red, green, blue of each palette entry, from 0 to 65535.
    pub(super) palette: Vec<[u16; 3]>,
    /// Pixels that share colour differences, across and down (tag 530).
    pub(super) subsampling: (u32, u32),
    /// How brightness and colour differences make colours.
    pub(super) luma: Luma,
    /// The colour profile (tag 34675).
    pub(super) profile: Option<Vec<u8>>,
}

impl Page {
    /// Reads a page's description.
    ///
    /// # Errors
    /// When it contradicts itself, claims more than is allowed, or means colours that are not known here.
    pub(super) fn read<R: Read + Seek>(file: &mut File<R>, from: &Directory) -> Result<Self> {
        let size = (side(file.number(from, 256, 0)?)?, side(file.number(from, 257, 0)?)?);
        let samples = file.number(from, 277, 1)?;
        ensure!((1..=256).contains(&samples), "the TIFF page claims {samples} samples in a pixel");
        let (bits, format) = (depth(file, from, samples)?, format(file, from)?);
        let compression = file.number(from, 259, 1)?;
        let meaning = meaning(file.number(from, 262, u64::MAX)?, samples, compression)?;
        let strange = format == Format::Float && matches!(meaning, Meaning::Lab { .. } | Meaning::Palette);
        ensure!(!strange, "the TIFF page has colours of kind {meaning:?} in floating point numbers, which are not known");
        let planar = file.number(from, 284, 1)? == 2 && samples > 1;
        let planes = if planar { samples } else { 1 };
        let (grid, compression, offsets, lengths) = match whole_jpeg(file, from, compression)? {
            Some(start) => (Grid { chunk: size, across: 1, down: 1, tiled: false }, 7, vec![start], vec![0]),
            None => {
                let grid = grid(file, from, size)?;
                let (offsets, lengths) = places(file, from, (u64::from(grid.across) * u64::from(grid.down)).saturating_mul(planes))?;
                (grid, compression, offsets, lengths)
            }
        };
        ensure!(u64::from(grid.chunk.0) * (samples / planes) <= ROW_LIMIT, "a row of the TIFF page is too long to be read");
        Ok(Self {
            size,
            bits,
            format,
            samples: samples as u16,
            planar,
            meaning,
            alpha: alpha(file, from, meaning, samples)?,
            compression,
            predictor: file.number(from, 317, 1)?,
            reversed: file.number(from, 266, 1)? == 2,
            fax_options: if compression == 3 { file.number(from, 292, 0)? } else { 0 },
            grid,
            offsets,
            lengths,
            tables: file.raw(from, 347, TABLES_LIMIT)?,
            palette: if meaning == Meaning::Palette { palette(file, from, bits)? } else { Vec::new() },
            subsampling: subsampling(file, from, meaning, compression)?,
            luma: luma(file, from)?,
            profile: file.raw(from, 34675, PROFILE_LIMIT).unwrap_or(None),
        })
    }

    /// Tells whether each row of the picture is complete before the next one begins.
    pub(super) fn row_by_row(&self) -> bool {
        !self.planar && self.grid.across == 1
    }

    /// Tells whether the rows are packed as telefax does, so that rows missing at the end of a chunk are white.
    pub(super) fn is_fax(&self) -> bool {
        matches!(self.compression, 2..=4)
    }

    /// Samples of a pixel that stand together in one chunk.
    pub(super) fn together(&self) -> usize {
        if self.planar { 1 } else { usize::from(self.samples) }
    }

    /// Bytes of one row of a chunk when it is unpacked.
    pub(super) fn row_bytes(&self) -> usize {
        (self.grid.chunk.0 as usize * self.together() * usize::from(self.bits)).div_ceil(8)
    }

    /// The largest value a sample has once it is a number of up to 16 bits.
    pub(super) fn maximum(&self) -> u16 {
        let whole = self.format == Format::Float || self.bits >= 16 || self.meaning == Meaning::Palette;
        if whole { u16::MAX } else { (1 << self.bits) - 1 }
    }

    /// The colours the averaged samples stand for.
    pub(super) fn ink(&self) -> Ink {
        // Planes are averaged one by one, so only samples that stand together could be multiplied by their opacity before.
        let premultiplied = self.alpha == Alpha::Associated || !self.planar;
        let opaque = self.alpha == Alpha::None;
        match self.meaning {
            Meaning::Gray { inverted: false } if !opaque => Ink::GrayAlpha { premultiplied },
            Meaning::Gray { inverted } => Ink::Gray { inverted },
            Meaning::Rgb if !opaque => Ink::RgbAlpha { premultiplied },
            Meaning::Rgb | Meaning::Palette => Ink::Rgb,
            Meaning::Cmyk => Ink::Cmyk { inverted: false },
            Meaning::YCbCr => Ink::YCbCr(self.luma),
            Meaning::Lab { .. } => Ink::Lab,
        }
    }
}

fn side(value: u64) -> Result<u32> {
    let side = u32::try_from(value).ok().filter(|&side| side > 0);
    side.with_context(|| format!("the TIFF page claims a side of {value} pixels"))
}

fn depth<R: Read + Seek>(file: &mut File<R>, from: &Directory, samples: u64) -> Result<u16> {
    let all = file.numbers(from, 258, samples)?;
    let bits = all.first().copied().unwrap_or(1);
    ensure!(all.iter().all(|&other| other == bits), "the TIFF page has samples of different depths {all:?}");
    ensure!(matches!(bits, 1..=16 | 24 | 32 | 64), "the TIFF page has samples of {bits} bits, which are not known");
    Ok(bits as u16)
}

fn format<R: Read + Seek>(file: &mut File<R>, from: &Directory) -> Result<Format> {
    match file.number(from, 339, 1)? {
        1 | 4 => Ok(Format::Unsigned),
        2 => Ok(Format::Signed),
        3 => Ok(Format::Float),
        other => bail!("the TIFF page has samples of format {other}, which is not known"),
    }
}

fn meaning(number: u64, samples: u64, compression: u64) -> Result<Meaning> {
    let (meaning, needed) = match number {
        0 => (Meaning::Gray { inverted: true }, 1),
        1 | 4 => (Meaning::Gray { inverted: false }, 1),
        2 => (Meaning::Rgb, 3),
        3 => (Meaning::Palette, 1),
        5 => (Meaning::Cmyk, 4),
        6 => (Meaning::YCbCr, 3),
        8 => (Meaning::Lab { signed: true }, 3),
        9 => (Meaning::Lab { signed: false }, 3),
        // The tag is required, but some writers of plain pictures forgot it.
        u64::MAX if samples >= 3 => (Meaning::Rgb, 3),
        u64::MAX => (Meaning::Gray { inverted: matches!(compression, 2..=4) }, 1),
        other => bail!("the TIFF page has colours of kind {other}, which are not known"),
    };
    ensure!(samples >= needed, "the TIFF page has {samples} samples in a pixel where its colours need {needed}");
    Ok(meaning)
}

fn alpha<R: Read + Seek>(file: &mut File<R>, from: &Directory, meaning: Meaning, samples: u64) -> Result<Alpha> {
    let colours = match meaning {
        Meaning::Gray { inverted: false } => 1,
        Meaning::Rgb => 3,
        _ => return Ok(Alpha::None),
    };
    // Four samples for red, green and blue without a word on the fourth: its writers meant opacity, and so do other readers.
    let otherwise = if meaning == Meaning::Rgb && samples == 4 { 2 } else { 0 };
    let extra = file.number(from, 338, otherwise)?;
    Ok(match extra {
        1 if samples > colours => Alpha::Associated,
        2 if samples > colours => Alpha::Unassociated,
        _ => Alpha::None,
    })
}

fn grid<R: Read + Seek>(file: &mut File<R>, from: &Directory, (width, height): (u32, u32)) -> Result<Grid> {
    let tiled = from.has(322) && from.has(324);
    let chunk = if tiled {
        (side(file.number(from, 322, 0)?)?, side(file.number(from, 323, 0)?)?)
    } else {
        let rows = file.number(from, 278, u64::from(height))?.min(u64::from(height));
        (width, if rows == 0 { height } else { rows as u32 })
    };
    Ok(Grid { chunk, across: width.div_ceil(chunk.0), down: height.div_ceil(chunk.1), tiled })
}

fn places<R: Read + Seek>(file: &mut File<R>, from: &Directory, count: u64) -> Result<(Vec<u64>, Vec<u64>)> {
    ensure!(count <= CHUNK_LIMIT, "the TIFF page claims to be cut into {count} pieces");
    let tags = if from.has(322) && from.has(324) { (324, 325) } else { (273, 279) };
    let offsets = file.numbers(from, tags.0, count)?;
    ensure!(offsets.len() as u64 == count, "the TIFF page says where {} of its {count} pieces are", offsets.len());
    let mut lengths = file.numbers(from, tags.1, count)?;
    lengths.resize(offsets.len(), 0);
    Ok((offsets, lengths))
}

/// Where the JPEG stream begins that is the whole picture, in the old way of putting JPEG into TIFF (section 22). Other old ways are not known here.
fn whole_jpeg<R: Read + Seek>(file: &mut File<R>, from: &Directory, compression: u64) -> Result<Option<u64>> {
    if compression != 6 || !from.has(513) {
        return Ok(None);
    }
    let (start, length) = (file.number(from, 513, 0)?, file.number(from, 514, u64::MAX)?);
    let first_strip = file.number(from, 273, start)?;
    let strip_is_within = first_strip >= start && first_strip < start.saturating_add(length);
    Ok((strip_is_within && file.bytes(start, 2)? == [0xFF, 0xD8]).then_some(start))
}

fn palette<R: Read + Seek>(file: &mut File<R>, from: &Directory, bits: u16) -> Result<Vec<[u16; 3]>> {
    ensure!(bits <= 16, "the TIFF page has a palette for {bits} bits");
    let length = 1usize << bits;
    let numbers = file.numbers(from, 320, length as u64 * 3)?;
    ensure!(numbers.len() == length * 3, "the palette of the TIFF page is not complete");
    // Some writers gave 8-bit colours where 16-bit ones are meant.
    let scale = if numbers.iter().all(|&number| number < 256) { 257 } else { 1 };
    let (red, rest) = numbers.split_at(length);
    let (green, blue) = rest.split_at(length);
    let colour = |((red, green), blue): ((&u64, &u64), &u64)| [*red, *green, *blue].map(|value| (value * scale).min(65535) as u16);
    Ok(red.iter().zip(green).zip(blue).map(colour).collect())
}

fn subsampling<R: Read + Seek>(file: &mut File<R>, from: &Directory, meaning: Meaning, compression: u64) -> Result<(u32, u32)> {
    // A JPEG stream says itself how it is sampled, and is unpacked to whole pixels.
    if meaning != Meaning::YCbCr || matches!(compression, 6 | 7) {
        return Ok((1, 1));
    }
    let pair = file.numbers(from, 530, 2)?;
    match pair.as_slice() {
        [] => Ok((2, 2)),
        [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => Ok((*across as u32, *down as u32)),
        other => bail!("the TIFF page shares its colours among {other:?} pixels, which is not known"),
    }
}

fn luma<R: Read + Seek>(file: &mut File<R>, from: &Directory) -> Result<Luma> {
    let mut luma = Luma::default();
    if let [red, green, blue] = file.fractions(from, 529, 3)?[..]
        && green > 0.0
    {
        luma.coefficients = [red, green, blue];
    }
    if let [a, b, c, d, e, f] = file.fractions(from, 532, 6)?[..] {
        luma.reference = [a, b, c, d, e, f];
    }
    Ok(luma)
}
