//! Full-size reading of baseline and extended sequential JPEG, one row of MCUs at a time: a scan of any height takes the memory of a band.

use std::ops::Range;

use crate::Error;
use crate::bits::Bits;
use crate::block;
use crate::coefficients::Block;
use crate::colour;
use crate::feed::Feed;
use crate::frame::Frame;
use crate::header::{Header, Scan, Step};
use crate::huffman::Huffman;
use crate::restart;

/// No block takes more bytes: 64 symbols of 16 bits with values of 15.
const LONGEST_BLOCK: usize = 256;

/// What the three or four samples of a pixel stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Brightness only.
    Gray,
    /// Brightness and two differences (JFIF).
    Ycc,
    /// Red, green, blue.
    Rgb,
    /// Four inks.
    Inks,
}

/// A JPEG whose only scan can be read from top to bottom.
pub struct Bands<'a> {
    bytes: &'a [u8],
    header: Header,
    scan: Scan,
    data: usize,
    frame: Frame,
    icc: Option<Vec<u8>>,
}

/// The blocks of one row of MCUs.
#[derive(Debug)]
pub struct Band {
    /// Which row of MCUs it is.
    pub row: usize,
    /// For each component, its blocks in a row, and the blocks row after row.
    pub(crate) parts: Vec<(usize, Vec<Block>)>,
}

impl Band {
    /// The blocks of a component in one of its rows within the band.
    #[inline(always)]
    pub fn blocks(&self, component: usize, row: usize) -> &[Block] {
        let (across, blocks) = &self.parts[component];
        &blocks[row * across..(row + 1) * across]
    }
}

/// Which MCUs are wanted. Of the others nothing but their length is read.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Columns of MCUs.
    pub columns: Range<usize>,
    /// Rows of MCUs.
    pub rows: Range<usize>,
}

impl<'a> Bands<'a> {
    /// Reads what stands before the picture data.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for progressive files and those in several scans, which cannot be read from top to bottom.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        if !bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Err(Error::NotJpeg);
        }
        let mut header = Header::default();
        let Step::Scan(scan, data) = header.read_on(bytes, 2)? else { return Err(Error::Damaged("it has no picture data")) };
        let frame = header.frame.clone().ok_or(Error::Damaged("it has no frame"))?;
        if frame.progressive {
            return Err(Error::Unsupported("progressive, at its full size"));
        }
        if scan.parts.len() != frame.components.len() {
            return Err(Error::Unsupported("several scans, at its full size"));
        }
        let (across, down) = frame.mcus();
        // No block takes less than two bits, not even in an all-grey picture.
        if (across * down) as u64 > (bytes.len() as u64).saturating_mul(4) {
            return Err(Error::Damaged("the file is far too short for a picture of this size"));
        }
        for &(_, direct, alternating) in &scan.parts {
            header.direct[direct].prepare(false)?;
            header.alternating[alternating].prepare(true)?;
        }
        let icc = header.icc();
        Ok(Self { bytes, header, scan, data, frame, icc })
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.frame.width as u32, self.frame.height as u32)
    }

    /// The embedded colour profile.
    #[must_use]
    pub fn icc(&self) -> Option<&[u8]> {
        self.icc.as_deref()
    }

    /// What its samples stand for.
    #[must_use]
    pub fn colours(&self) -> Colours {
        match self.frame.components.len() {
            1 => Colours::Gray,
            3 if colour::is_rgb(&self.header, &self.frame) => Colours::Rgb,
            3 => Colours::Ycc,
            _ => Colours::Inks,
        }
    }

    /// For each component, how many blocks an MCU has of it across and down.
    #[must_use]
    pub fn sampling(&self) -> Vec<(usize, usize)> {
        self.frame.components.iter().map(|component| (component.horizontal, component.vertical)).collect()
    }

    /// For each component, its quantisation steps in zig-zag order.
    ///
    /// # Errors
    /// When a table is missing.
    pub fn steps(&self) -> Result<Vec<[u16; 64]>, Error> {
        let of = |steps: usize| self.header.steps[steps].ok_or(Error::Damaged("a quantisation table is missing"));
        self.frame.components.iter().map(|component| Ok(of(component.steps)?.map(|step| step.clamp(1, 65_535) as u16))).collect()
    }

    /// MCUs across and down.
    #[must_use]
    pub fn mcus(&self) -> (usize, usize) {
        self.frame.mcus()
    }

    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Gives each wanted row of MCUs to `take`, from the top. What is damaged or missing stays grey; returns whether anything was.
    ///
    /// # Errors
    /// When a table is missing, or whatever `take` says.
    pub fn read<E: From<Error>>(&self, wanted: &Wanted, take: impl FnMut(&Band) -> Result<(), E>) -> Result<bool, E> {
        let mut reading = Reading::new(self, wanted.clone(), take)?;
        let (across, down) = self.mcus();
        let until = down.min(wanted.rows.end);
        let mut outcome = Ok(());
        let (_, is_cut) = restart::each_segment((self.bytes, self.data), across * until, self.header.restart_interval, |feed, bits, mcus| {
            outcome.is_ok() && reading.segment(feed, bits, mcus, &mut outcome)
        });
        outcome?;
        while reading.band.row < until {
            reading.give()?;
        }
        Ok(is_cut)
    }
}

/// One block of each MCU.
struct Unit<'h> {
    component: usize,
    /// Its column and row in the MCU.
    place: (usize, usize),
    /// For the mean and for the rest.
    tables: (&'h Huffman, &'h Huffman),
}

struct Reading<'h, F> {
    wanted: Wanted,
    across: usize,
    take: F,
    band: Band,
    units: Vec<Unit<'h>>,
    sampling: Vec<usize>,
}

impl<'h, F> Reading<'h, F> {
    fn new<E: From<Error>>(bands: &'h Bands<'_>, wanted: Wanted, take: F) -> Result<Self, E>
    where
        F: FnMut(&Band) -> Result<(), E>,
    {
        let (across, _) = bands.mcus();
        let mut units = Vec::new();
        for &(index, direct, alternating) in &bands.scan.parts {
            let component = &bands.frame.components[index];
            let tables = (bands.header.direct[direct].ready()?, bands.header.alternating[alternating].ready()?);
            for row in 0..component.vertical {
                units.extend((0..component.horizontal).map(|column| Unit { component: index, place: (column, row), tables }));
            }
        }
        let components = &bands.frame.components;
        let part = |horizontal: usize, vertical: usize| (across * horizontal, vec![Block::GREY; across * horizontal * vertical]);
        let parts = components.iter().map(|component| part(component.horizontal, component.vertical)).collect();
        let sampling = components.iter().map(|component| component.horizontal).collect();
        Ok(Self { wanted, across, take, band: Band { row: 0, parts }, units, sampling })
    }

    /// Gives the band away and begins the next one.
    fn give<E>(&mut self) -> Result<(), E>
    where
        F: FnMut(&Band) -> Result<(), E>,
    {
        if self.wanted.rows.contains(&self.band.row) {
            (self.take)(&self.band)?;
            self.band.parts.iter_mut().for_each(|(_, blocks)| blocks.fill(Block::GREY));
        }
        self.band.row += 1;
        Ok(())
    }

    /// Reads the MCUs of one segment. `false`: the data ended or made no sense before the last of them.
    fn segment<E>(&mut self, feed: &mut Feed<'_>, mut bits: Bits, mcus: Range<usize>, outcome: &mut Result<(), E>) -> bool
    where
        F: FnMut(&Band) -> Result<(), E>,
    {
        let needed = self.units.len() * LONGEST_BLOCK;
        let mut means = [0_i32; 4];
        for mcu in mcus {
            let (row, column) = (mcu / self.across, mcu % self.across);
            while self.band.row < row {
                *outcome = self.give();
                if outcome.is_err() {
                    return false;
                }
            }
            feed.ensure(&mut bits, needed);
            let is_wanted = self.wanted.rows.contains(&row) && self.wanted.columns.contains(&column);
            if self.mcu(feed, &mut bits, column, is_wanted, &mut means).is_none() || feed.overrun(&bits) {
                return false;
            }
        }
        true
    }

    #[inline(always)]
    fn mcu(&mut self, feed: &Feed<'_>, bits: &mut Bits, column: usize, is_wanted: bool, means: &mut [i32; 4]) -> Option<()> {
        for &Unit { component, place: (x, y), tables } in &self.units {
            let mean = &mut means[component & 3];
            if is_wanted {
                let (across, blocks) = &mut self.band.parts[component];
                blocks[y * *across + column * self.sampling[component] + x].read(bits, feed.window(), tables, mean)?;
            } else {
                *mean = mean.wrapping_add(block::mean(bits, feed.window(), tables.0, tables.1)?);
            }
        }
        Some(())
    }
}
