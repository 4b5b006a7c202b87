//! Small pictures of Photoshop files, PSD and PSB, from the flattened picture at their end (Adobe Photoshop File Formats Specification).
//!
//! Layers are not looked at. The flattened picture is stored channel after channel, so the sums of the whole small picture are held.

use std::io::{BufReader, Read, Seek, SeekFrom};

use anyhow::{Context, Result, bail, ensure};

use super::boxes::{Boxes, Part, Shape};
use super::ink::{Ink, Painter};
use super::small::Small;
use super::tiff::unpack::PackBitsReader;

/// The longest side of a PSB file.
const SIDE_LIMIT: u32 = 300_000;
/// Image resources that are looked through for the colour profile.
const RESOURCE_LIMIT: usize = 4096;
/// A colour profile longer than this is left where it is.
const PROFILE_LIMIT: u32 = 4 << 20;
/// Resource number of the colour profile.
const PROFILE: u16 = 0x040F;
/// Resource number of the version, which tells whether the flattened picture is a real one.
const VERSION: u16 = 0x0421;

/// Makes a small picture of the flattened picture, the longer side of which has at least `at_least` pixels where the picture has them and memory
/// allows. Transparent places are white, as Photoshop stores them.
///
/// # Errors
/// When the file is no Photoshop file, is damaged or cut off, was saved without the flattened picture, or has colours not known here.
pub(crate) fn shrink<R: Read + Seek>(source: R, at_least: u32) -> Result<Small> {
    let mut source = BufReader::with_capacity(64 << 10, source);
    let header = Header::read(&mut source)?;
    let palette = palette(&mut source, &header)?;
    let resources = resources(&mut source)?;
    ensure!(resources.real, "the Photoshop file was saved without its flattened picture");
    skip_layers(&mut source, header.large)?;
    let ink = header.ink()?;
    let maximum = match header.depth {
        1 => 1,
        8 => 255,
        _ => u16::MAX,
    };
    let boxes = Boxes::new(Shape { full: header.size, channels: ink.channels(), rows_together: header.size.1, maximum }, at_least)?;
    let mut reading = Reading { boxes, header, palette };
    match number(&mut source, 2)? {
        0 => reading.channels(&mut source, ink)?,
        1 => {
            // How long each packed row is need not be known: rows follow each other.
            let size = if reading.header.large { 4 } else { 2 };
            let table = u64::from(reading.header.channels) * u64::from(reading.header.size.1) * size;
            source.seek(SeekFrom::Current(i64::try_from(table)?))?;
            reading.channels(&mut PackBitsReader::new(source), ink)?;
        }
        other => bail!("the flattened picture of the Photoshop file is compressed in way {other}, which is not known"),
    }
    Ok(reading.paint(ink, resources.profile))
}

struct Header {
    large: bool,
    channels: u16,
    size: (u32, u32),
    depth: u16,
    mode: u16,
}

impl Header {
    fn read(source: &mut impl Read) -> Result<Self> {
        ensure!(number(source, 4)? == u64::from(u32::from_be_bytes(*b"8BPS")), "the file does not begin as a Photoshop file does");
        let version = number(source, 2)?;
        ensure!(matches!(version, 1 | 2), "the Photoshop file has version {version}, which is not known");
        number(source, 6)?;
        let channels = number(source, 2)? as u16;
        let (height, width) = (number(source, 4)? as u32, number(source, 4)? as u32);
        let (depth, mode) = (number(source, 2)? as u16, number(source, 2)? as u16);
        ensure!((1..=56).contains(&channels), "the Photoshop file claims {channels} channels");
        ensure!(matches!(depth, 1 | 8 | 16 | 32), "the Photoshop file claims {depth} bits in a sample");
        ensure!(width.max(height) <= SIDE_LIMIT, "the Photoshop file claims {width} by {height} pixels");
        Ok(Self { large: version == 2, channels, size: (width, height), depth, mode })
    }

    /// What the first channels stand for. Inks are stored as the light they leave, so 0 is full ink.
    fn ink(&self) -> Result<Ink> {
        let ink = match (self.mode, self.channels) {
            (0, _) => Ink::Gray { inverted: true },
            (1 | 8, _) | (7, 1 | 2) => Ink::Gray { inverted: false },
            (2 | 3, _) | (7, 3) => Ink::Rgb,
            (4 | 7, _) => Ink::Cmyk { inverted: true },
            (9, _) => Ink::Lab,
            (other, _) => bail!("the Photoshop file has colours of kind {other}, which are not known"),
        };
        let needed = if self.mode == 2 { 1 } else { ink.channels() };
        ensure!(usize::from(self.channels) >= needed, "the Photoshop file has {} channels where its colours need {needed}", self.channels);
        let fitting = if self.mode == 0 { self.depth == 1 } else { self.depth != 1 && (self.mode != 2 || self.depth == 8) };
        ensure!(fitting, "the Photoshop file has {} bits in a sample, which its colours cannot have", self.depth);
        Ok(ink)
    }
}

/// A number of up to eight bytes, the highest first.
fn number(source: &mut impl Read, size: usize) -> Result<u64> {
    let mut bytes = [0; 8];
    source.read_exact(bytes.get_mut(..size).unwrap_or_default()).context("the Photoshop file is cut off")?;
    let read = bytes.iter().take(size);
    Ok(read.fold(0, |number, &byte| (number << 8) | u64::from(byte)))
}

/// Red, green and blue of each palette entry; empty when the picture has no palette.
fn palette<R: Read + Seek>(source: &mut R, header: &Header) -> Result<Vec<[u16; 3]>> {
    let length = number(source, 4)?;
    let end = source.stream_position()?.saturating_add(length);
    let mut colours = Vec::new();
    if header.mode == 2 {
        let mut bytes = [0; 768];
        ensure!(length >= 768, "the palette of the Photoshop file is not complete");
        source.read_exact(&mut bytes).context("the Photoshop file is cut off in its palette")?;
        let (red, rest) = bytes.split_at(256);
        let (green, blue) = rest.split_at(256);
        let entries = red.iter().zip(green).zip(blue);
        colours.extend(entries.map(|((red, green), blue)| [*red, *green, *blue].map(u16::from)));
    }
    source.seek(SeekFrom::Start(end))?;
    Ok(colours)
}

struct Resources {
    profile: Option<Vec<u8>>,
    /// The flattened picture shows the layers.
    real: bool,
}

fn resources<R: Read + Seek>(source: &mut R) -> Result<Resources> {
    let length = number(source, 4)?;
    let mut at = source.stream_position()?;
    let end = at.saturating_add(length);
    let mut found = Resources { profile: None, real: true };
    for _ in 0..RESOURCE_LIMIT {
        // Nothing in here is needed to see the picture: where it cannot be followed it is left.
        let Some((kind, start, size)) = (at < end).then(|| resource(source, at).ok()).flatten() else { break };
        if start.saturating_add(u64::from(size)) > end {
            break;
        }
        if kind == PROFILE && size <= PROFILE_LIMIT {
            let mut bytes = Vec::new();
            source.by_ref().take(u64::from(size)).read_to_end(&mut bytes)?;
            found.profile = Some(bytes);
        }
        if kind == VERSION && size >= 5 {
            found.real = number(source, 5)? & 0xFF != 0;
        }
        at = start + u64::from(size) + u64::from(size % 2);
    }
    source.seek(SeekFrom::Start(end))?;
    Ok(found)
}

/// The kind of a resource, where its data begin and how many bytes they have.
fn resource<R: Read + Seek>(source: &mut R, at: u64) -> Result<(u16, u64, u32)> {
    source.seek(SeekFrom::Start(at))?;
    number(source, 4)?;
    let kind = number(source, 2)? as u16;
    let name = number(source, 1)?;
    // The name and the byte that tells its length together are of even length.
    source.seek_relative(i64::try_from(name + (name + 1) % 2)?)?;
    let size = number(source, 4)? as u32;
    Ok((kind, source.stream_position()?, size))
}

fn skip_layers<R: Read + Seek>(source: &mut R, large: bool) -> Result<()> {
    let length = number(source, if large { 8 } else { 4 })?;
    let length = i64::try_from(length).context("the Photoshop file claims layers longer than any file")?;
    source.seek(SeekFrom::Current(length))?;
    Ok(())
}

struct Reading {
    boxes: Boxes,
    header: Header,
    palette: Vec<[u16; 3]>,
}

impl Reading {
    fn channels(&mut self, rows: &mut impl Read, ink: Ink) -> Result<()> {
        let (width, height) = self.header.size;
        let stored = if self.palette.is_empty() { ink.channels() } else { 1 };
        let mut row = vec![0; (width as usize * usize::from(self.header.depth)).div_ceil(8)];
        let mut samples = Vec::new();
        for channel in 0..stored {
            self.boxes.begin(Part { left: 0, width, channel, channels: ink.channels() / stored })?;
            for y in 0..height {
                let story = || format!("channel {} of the Photoshop file is cut off after {y} of {height} rows", channel + 1);
                rows.read_exact(&mut row).with_context(story)?;
                self.samples(&row, &mut samples);
                self.boxes.add(y, &samples);
            }
            self.boxes.end();
        }
        Ok(())
    }

    fn samples(&self, row: &[u8], samples: &mut Vec<u16>) {
        samples.clear();
        match self.header.depth {
            1 => samples.extend(row.iter().flat_map(|byte| (0..8u8).rev().map(move |bit| u16::from(byte >> bit & 1)))),
            8 if self.palette.is_empty() => samples.extend(row.iter().map(|&byte| u16::from(byte))),
            8 => samples.extend(row.iter().filter_map(|&index| self.palette.get(usize::from(index))).flatten()),
            16 => samples.extend(row.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair))),
            _ => {
                let value = |&bytes: &[u8; 4]| (f32::from_be_bytes(bytes).clamp(0.0, 1.0) * 65535.0).round() as u16;
                samples.extend(row.as_chunks::<4>().0.iter().map(value));
            }
        }
    }

    fn paint(mut self, ink: Ink, profile: Option<Vec<u8>>) -> Small {
        let mut painter = Painter::new(ink);
        self.boxes.finished(self.header.size.1, |averages| painter.row(averages));
        let (width, height) = self.boxes.size();
        let (rgb, icc) = painter.finish(profile);
        Small { width, height, rgb, icc }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn file(mode: u16, channels: u16, resources: &[u8], image: &[u8]) -> Vec<u8> {
        let mut file = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
        file.extend(channels.to_be_bytes());
        file.extend([0, 0, 0, 2, 0, 0, 0, 4, 0, 8]);
        file.extend(mode.to_be_bytes());
        file.extend([0; 4]);
        file.extend((resources.len() as u32).to_be_bytes());
        file.extend(resources);
        file.extend([0; 4]);
        file.extend(image);
        file
    }

    #[test]
    fn a_poster_for_dệt_lụa_is_seen_raw_and_in_runs() {
        let raw = [&[0, 0][..], &[200; 8], &[100; 8], &[50; 8]].concat();
        // Three channels of two rows, each row one run of four: a table of lengths, then the runs.
        let runs = [&[0, 1][..], &[0, 2].repeat(6), &[253, 200, 253, 200, 253, 100, 253, 100, 253, 50, 253, 50]].concat();
        for image in [raw, runs] {
            let small = shrink(Cursor::new(file(3, 3, &[], &image)), 2).unwrap();
            assert_eq!((small.width, small.height), (2, 1));
            assert_eq!(small.rgb, [200, 100, 50, 200, 100, 50]);
        }
    }

    #[test]
    fn inks_are_the_light_they_leave() {
        let image = [&[0, 0][..], &[255; 8], &[0; 8], &[255; 8], &[255; 8]].concat();
        assert_eq!(shrink(Cursor::new(file(4, 4, &[], &image)), 1).unwrap().rgb, [255, 0, 255]);
    }

    #[test]
    fn a_file_saved_without_the_flattened_picture_is_refused_rather_than_shown_white() {
        let version = [&b"8BIM\x04\x21\0\0\0\0\0\x05"[..], &[0, 0, 0, 1, 0, 0]].concat();
        let image = [&[0, 0][..], &[255; 24]].concat();
        let error = shrink(Cursor::new(file(3, 3, &version, &image)), 1).err().unwrap();
        assert!(error.to_string().contains("without its flattened picture"), "{error}");
    }

    #[test]
    fn every_cut_is_an_error_and_no_panic() {
        let whole = file(3, 3, &[], &[&[0, 0][..], &[9; 24]].concat());
        for end in 0..whole.len() {
            assert!(shrink(Cursor::new(&whole[..end]), 1).is_err(), "cut at {end}");
        }
    }
}
