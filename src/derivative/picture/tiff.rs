//! Small pictures of TIFF and BigTIFF files (TIFF 6.0 and its Technical Notes), read row by row: a scan of any size takes little memory.
//!
//! The directories are read here and not by the crate `tiff`, because that one refuses palettes, L*a*b* and telefax group 3 before anything can
//! be read, unpacks whole strips, and panics on some damaged files.

mod chunk;
mod directory;
mod fax;
mod page;
mod pixels;
mod samples;
pub(crate) mod unpack;

use std::io::{ErrorKind, Read, Seek};

use anyhow::{Context, Result, anyhow};

use super::boxes::{Boxes, Part, Shape};
use super::ink::Painter;
use super::small::Small;
use directory::{Directory, File};
use page::Page;

/// Smaller copies of a page that are looked at.
const COPY_LIMIT: u64 = 32;

/// Makes a small picture of the first page, the longer side of which has at least `at_least` pixels where the page has them and memory allows.
/// Its sides are those of the page, or of a smaller copy of it in the file, divided by a whole number and rounded up.
///
/// # Errors
/// When the file is no TIFF file, is damaged or cut off, or has colours or a compression not known here.
pub(crate) fn shrink<R: Read + Seek>(source: R, at_least: u32) -> Result<Small> {
    let mut file = File::open(source)?;
    let (directory, copies) = first_page(&mut file)?;
    let page = Page::read(&mut file, &directory)?;
    if let Some(copy) = copy(&mut file, &page, copies, at_least)
        && let Ok(small) = shrink_page(&mut file, &copy, at_least)
    {
        return Ok(Small { icc: small.icc.or(page.profile), ..small });
    }
    shrink_page(&mut file, &page, at_least)
}

/// What takes rows of a page: the size of the page, their pixels, and the profile that still has to be applied to them.
pub(crate) type TakeRows<'a> = dyn FnMut((u32, u32), Vec<u8>, Option<Vec<u8>>) -> Result<()> + 'a;

/// Reads the first page as it is, and gives away so many pixels at a time, in whole rows from the top.
///
/// # Errors
/// As with [`shrink`]; and when the page is not cut into strips or tiles that can be held, or when `take` fails.
pub(crate) fn each_batch<R: Read + Seek>(source: R, pixels: usize, take: &mut TakeRows<'_>) -> Result<()> {
    let mut file = File::open(source)?;
    let (directory, _) = first_page(&mut file)?;
    let page = Page::read(&mut file, &directory)?;
    let ink = page.ink();
    let mut give = |painter: &mut Painter, least: usize| {
        if painter.waiting() <= least {
            return Ok(());
        }
        let (rgb, icc) = painter.take(page.profile.clone());
        take(page.size, rgb, icc)
    };
    let mut reading = Reading { boxes: Boxes::whole(shape_of(&page))?, ..Reading::new(&page, 1)? };
    let enough = pixels * ink.channels().clamp(3, 4);
    for down in 0..page.grid.down {
        reading.chunks_giving(&mut file, &page, down, &mut |painter| give(painter, enough))?;
        let until = (down + 1).saturating_mul(page.grid.chunk.1).min(page.size.1);
        reading.boxes.finished(until, |averages| reading.painter.row(averages));
        give(&mut reading.painter, enough)?;
    }
    give(&mut reading.painter, 0)
}

fn shape_of(page: &Page) -> Shape {
    let rows_together = if page.row_by_row() { 1 } else { page.grid.chunk.1 };
    Shape { full: page.size, channels: page.ink().channels(), rows_together, maximum: page.maximum() }
}

fn shrink_page<R: Read + Seek>(file: &mut File<R>, page: &Page, at_least: u32) -> Result<Small> {
    let mut reading = Reading::new(page, at_least)?;
    for down in 0..page.grid.down {
        reading.chunks(file, page, down)?;
        let until = (down + 1).saturating_mul(page.grid.chunk.1).min(page.size.1);
        reading.boxes.finished(until, |averages| reading.painter.row(averages));
    }
    let (width, height) = reading.boxes.size();
    let (rgb, icc) = reading.painter.finish(page.profile.clone());
    Ok(Small { width, height, rgb, icc })
}

/// The smallest copy that is large enough: a picture of a billion pixels with copies of itself is seen at once.
fn copy<R: Read + Seek>(file: &mut File<R>, page: &Page, copies: Vec<Directory>, at_least: u32) -> Option<Page> {
    let longer = |page: &Page| page.size.0.max(page.size.1);
    let same_shape = |copy: &Page| {
        let across = u64::from(copy.size.0) * u64::from(page.size.1);
        across.abs_diff(u64::from(copy.size.1) * u64::from(page.size.0)) <= 2 * u64::from(longer(page))
    };
    let known = copies.into_iter().filter_map(|directory| Page::read(file, &directory).ok());
    let fitting = known.filter(|copy| longer(copy) >= at_least && longer(copy) < longer(page) && same_shape(copy));
    fitting.min_by_key(longer)
}

/// The first picture of its own, and the directories of smaller copies: those that follow it, and those it names itself (tag 330).
fn first_page<R: Read + Seek>(file: &mut File<R>) -> Result<(Directory, Vec<Directory>)> {
    let (mut found, mut otherwise, mut copies) = (None, None, Vec::new());
    file.each_page(|file, directory| {
        let is_own = is_page(file, &directory);
        let is_copy = found.is_some() && is_copy(file, &directory);
        match is_own {
            true if found.is_some() => return false,
            true => found = Some(directory),
            false if is_copy => copies.push(directory),
            false if found.is_none() && otherwise.is_none() => otherwise = Some(directory),
            false => {}
        }
        copies.len() as u64 <= COPY_LIMIT
    })?;
    let page = found.or(otherwise).context("the TIFF file has no page")?;
    for at in file.numbers(&page, 330, COPY_LIMIT).unwrap_or_default() {
        let named = file.directory(at).ok().filter(|directory| is_copy(file, directory));
        copies.extend(named);
    }
    Ok((page, copies))
}

fn is_copy<R: Read + Seek>(file: &mut File<R>, directory: &Directory) -> bool {
    file.number(directory, 254, 0).is_ok_and(|kind| kind & 0b111 == 1)
}

/// Tells whether a directory is a picture of its own, not a smaller copy or a mask of another (tags 254 and 255).
fn is_page<R: Read + Seek>(file: &mut File<R>, directory: &Directory) -> bool {
    let kind = file.number(directory, 254, 0).unwrap_or(0);
    let old_kind = file.number(directory, 255, 0).unwrap_or(0);
    kind & 0b101 == 0 && old_kind != 2
}

/// What may take finished rows.
type Give<'a> = dyn FnMut(&mut Painter) -> Result<()> + 'a;

/// The sums of a page being read, and memory used again for each row.
struct Reading {
    boxes: Boxes,
    painter: Painter,
    row: Vec<u8>,
    spare: Vec<u8>,
    samples: Vec<u16>,
    changed: Vec<u16>,
}

impl Reading {
    fn new(page: &Page, at_least: u32) -> Result<Self> {
        let (boxes, painter) = (Boxes::new(shape_of(page), at_least)?, Painter::new(page.ink()));
        Ok(Self { boxes, painter, row: Vec::new(), spare: Vec::new(), samples: Vec::new(), changed: Vec::new() })
    }

    /// Reads the strip, or all tiles beside each other, that are `down` from the top, in all planes.
    fn chunks<R: Read + Seek>(&mut self, file: &mut File<R>, page: &Page, down: u32) -> Result<()> {
        self.chunks_giving(file, page, down, &mut |_| Ok(()))
    }

    /// The same; `give` may take rows that are finished while a chunk is still being read.
    fn chunks_giving<R: Read + Seek>(&mut self, file: &mut File<R>, page: &Page, down: u32, give: &mut Give<'_>) -> Result<()> {
        let planes = if page.planar { page.ink().channels() } else { 1 };
        let per_plane = page.grid.across as usize * page.grid.down as usize;
        for plane in 0..planes {
            for across in 0..page.grid.across {
                let index = plane * per_plane + down as usize * page.grid.across as usize + across as usize;
                let name = if page.grid.tiled { "tile" } else { "strip" };
                let story = || format!("{name} {} of {} cannot be read", index + 1, page.offsets.len());
                self.chunk(file, page, (plane, across, down), index, give).with_context(story)?;
            }
        }
        Ok(())
    }

    fn chunk<R: Read + Seek>(&mut self, file: &mut File<R>, page: &Page, place: (usize, u32, u32), index: usize, give: &mut Give<'_>) -> Result<()> {
        let (plane, across, down) = place;
        let (left, top) = (across * page.grid.chunk.0, down * page.grid.chunk.1);
        let width = page.grid.chunk.0.min(page.size.0 - left);
        let height = page.grid.chunk.1.min(page.size.1 - top);
        let (channel, channels) = if page.planar { (plane, 1) } else { (0, page.ink().channels()) };
        self.boxes.begin(Part { left, width, channel, channels })?;
        let order = file.order;
        let mut rows = chunk::open(file, page, index, height)?;
        self.row.resize(page.row_bytes(), 0);
        for y in top..top + height {
            match rows.read_exact(&mut self.row) {
                Ok(()) => {}
                Err(end) if page.is_fax() && end.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(short(&error, y - top, height)),
            }
            samples::numbers(page, order, &mut self.row, &mut self.spare, &mut self.samples)?;
            if page.row_by_row() {
                self.boxes.finished(y, |averages| self.painter.row(averages));
                give(&mut self.painter)?;
            }
            self.boxes.add(y, pixels::averageable(page, plane, &mut self.samples, &mut self.changed));
        }
        self.boxes.end();
        Ok(())
    }
}

fn short(error: &std::io::Error, rows: u32, height: u32) -> anyhow::Error {
    anyhow!("it is damaged or cut off after {rows} of {height} rows ({error})")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Cursor;

    use super::*;
    use crate::beside::shared;

    type TestPage<'a> = (&'a [(u16, u32)], &'a [u8]);

    /// A little-endian file of pages, each made of tags with whole numbers and of pixel bytes that tag 273 will point to.
    fn file(pages: &[TestPage<'_>]) -> Vec<u8> {
        let mut bytes = b"II\x2A\0\0\0\0\0".to_vec();
        let mut link = 4;
        for (tags, pixels) in pages {
            let place = bytes.len() as u32;
            bytes.extend_from_slice(pixels);
            let start = bytes.len() as u32;
            bytes[link..link + 4].copy_from_slice(&start.to_le_bytes());
            let mut all = tags.to_vec();
            all.extend([(273, place), (279, pixels.len() as u32)]);
            bytes.extend((all.len() as u16).to_le_bytes());
            for (tag, value) in all {
                bytes.extend(tag.to_le_bytes());
                bytes.extend([4, 0, 1, 0, 0, 0]);
                bytes.extend(value.to_le_bytes());
            }
            link = bytes.len();
            bytes.extend([0; 4]);
        }
        bytes
    }

    const GRAY: &[(u16, u32)] = &[(256, 4), (257, 2), (258, 8), (262, 1)];

    #[test]
    fn a_scan_of_a_đó_becomes_its_averages() {
        let small = shrink(Cursor::new(file(&[(GRAY, &[10, 30, 100, 200, 10, 30, 100, 200])])), 2).unwrap();
        assert_eq!((small.width, small.height), (2, 1));
        assert_eq!(small.rgb, [20, 20, 20, 150, 150, 150]);
    }

    #[test]
    fn four_samples_without_a_word_are_colours_and_opacity() {
        let tags = [(256, 2), (257, 1), (258, 8), (262, 2), (277, 4)];
        let small = shrink(Cursor::new(file(&[(&tags, &[0, 0, 200, 255, 9, 9, 9, 0])])), 2).unwrap();
        assert_eq!(small.rgb, [0, 0, 200, 255, 255, 255]);
    }

    #[test]
    fn the_page_is_shown_and_counted_not_its_mask_but_its_copy_is_used_when_it_is_enough() {
        let mask = [GRAY, &[(254, 4)]].concat();
        let copy = [(254, 1), (256, 2), (257, 1), (258, 8), (262, 1)];
        let pages: &[TestPage<'_>] = &[(&mask, &[0; 8]), (GRAY, &[40; 8]), (&copy, &[90; 2]), (GRAY, &[50; 8])];
        let notebook = file(pages);
        for (at_least, seen) in [(4, 40), (2, 90)] {
            let small = shrink(Cursor::new(&notebook), at_least).unwrap();
            assert_eq!((small.rgb[0], small.width), (seen, at_least));
        }
    }

    #[test]
    fn pages_that_lead_back_to_the_first_are_counted_once() {
        let mut bytes = file(&[(GRAY, &[1; 8]), (GRAY, &[2; 8])]);
        let (first, end) = (bytes[4..8].to_vec(), bytes.len());
        bytes[end - 4..].copy_from_slice(&first);
    }

    #[test]
    fn every_cut_and_every_claim_is_answered_without_panic() {
        let whole = file(&[(GRAY, &[7; 8])]);
        for end in 0..whole.len() - 4 {
            assert!(shrink(Cursor::new(&whole[..end]), 1).is_err(), "cut at {end}");
        }
        for tag in [256, 257, 258, 259, 262, 277, 278, 284, 317, 322, 339, 530] {
            for value in [0, 1, 2, 3, 5, 6, 7, 8, 16, 24, 64, 255, 65_535, u32::MAX] {
                let tags = [&[(tag, value)], GRAY].concat();
                let _ = shrink(Cursor::new(file(&[(&tags, &[7; 8])])), 1);
            }
        }
    }

    /// Reads the shared test files and passes where they are absent.
    #[test]
    fn planar_scans_that_made_other_readers_panic_give_pictures() {
        let Some(folder) = shared("media/img-tiff/pillow") else { return };
        for name in ["tiff_strip_planar_lzw.tiff", "tiff_tiled_planar_lzw.tiff", "tiff_strip_planar_16bit_RGB.tiff", "hopper.Lab.tif"] {
            let Ok(bytes) = fs::read(folder.join(name)) else { continue };
            let small = shrink(Cursor::new(bytes), 64).unwrap();
            let mean = small.rgb.iter().map(|&value| u64::from(value)).sum::<u64>() / small.rgb.len() as u64;
            assert!(small.width.max(small.height) >= 64, "{name} became {} wide", small.width);
            assert!((9..250).contains(&mean), "{name} has the mean {mean}");
        }
    }
}
