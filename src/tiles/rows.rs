//! Pictures as rows of red, green and blue in sRGB, a few at a time.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use kho_jpeg::{Bands, Colours, full};
use png::{ColorType, Decoder, Limits, Transformations};

use crate::derivative::picture::squeeze::on_white;
use crate::derivative::picture::{self, colour, tiff};

/// So many pixels are given at once, or the row that has more.
const BATCH: usize = 1 << 19;

/// What is known before the first row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// As stored.
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether the reader has turned it as the file says.
    pub(super) is_upright: bool,
}

/// What takes whole rows.
pub(super) type Take<'a> = dyn FnMut(Start, &[u8]) -> Result<()> + 'a;

/// Reads a picture of any kind. Formats that cannot be read row by row are read whole, as far as memory allows.
pub(super) fn each(path: &Path, mime: &str, scratch: &Path, take: &mut Take<'_>) -> Result<()> {
    match mime {
        "image/jpeg" => {
            let bytes = std::fs::read(path)?;
            if let Ok(bands) = Bands::open(&bytes) {
                return jpeg(&bands, take);
            }
        }
        "image/tiff" => return tiff(path, take),
        "image/png" => {
            if let Some(reader) = open_png(path)? {
                return png(reader, take);
            }
        }
        _ => {}
    }
    let drawn = picture::shrink(path, mime, u32::MAX, scratch)?;
    take(Start { width: drawn.small.width, height: drawn.small.height, is_upright: drawn.is_upright }, &drawn.small.rgb)
}

/// Rows that wait until there are enough of them.
struct Waiting<'a, 't> {
    start: Start,
    samples: usize,
    bytes: Vec<u8>,
    to_srgb: &'a dyn Fn(Vec<u8>) -> Vec<u8>,
    take: &'a mut Take<'t>,
}

impl Waiting<'_, '_> {
    fn push(&mut self, row: impl IntoIterator<Item = u8>) -> Result<()> {
        self.bytes.extend(row);
        if self.bytes.len() >= BATCH * self.samples { self.give() } else { Ok(()) }
    }

    fn give(&mut self) -> Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let room = self.bytes.capacity();
        let rgb = (self.to_srgb)(std::mem::replace(&mut self.bytes, Vec::with_capacity(room)));
        (self.take)(self.start, &rgb)
    }
}

fn jpeg(bands: &Bands<'_>, take: &mut Take<'_>) -> Result<()> {
    let (width, height) = bands.size();
    let part = full::Part { columns: 0..width as usize, rows: 0..height as usize };
    let icc = bands.icc();
    let is_ink = bands.colours() == Colours::Inks;
    let to_srgb = |bytes: Vec<u8>| if is_ink { colour::cmyk_to_srgb(&bytes, icc) } else { brought(bytes, icc) };
    let samples = if is_ink { 4 } else { 3 };
    let start = Start { width, height, is_upright: false };
    let mut waiting = Waiting { start, samples, bytes: Vec::new(), to_srgb: &to_srgb, take };
    full::rows(bands, &part, |_, row| {
        if bands.colours() == Colours::Gray { waiting.push(row.iter().flat_map(|light| [*light; 3])) } else { waiting.push(row.iter().copied()) }
    })?;
    waiting.give()
}

fn tiff(path: &Path, take: &mut Take<'_>) -> Result<()> {
    tiff::each_batch(File::open(path)?, BATCH, &mut |(width, height), rgb, icc| {
        take(Start { width, height, is_upright: false }, &brought(rgb, icc.as_deref()))
    })
}

/// Opens a PNG if it can be read from top to bottom.
fn open_png(path: &Path) -> Result<Option<png::Reader<BufReader<File>>>> {
    let mut decoder = Decoder::new_with_limits(BufReader::with_capacity(256 << 10, File::open(path)?), Limits { bytes: 64 << 20 });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let reader = decoder.read_info().context("the PNG cannot be read")?;
    Ok(Some(reader).filter(|reader| !reader.info().interlaced))
}

fn png(mut reader: png::Reader<BufReader<File>>, take: &mut Take<'_>) -> Result<()> {
    let (width, height) = reader.info().size();
    let (colours, _) = reader.output_color_type();
    let icc = reader.info().icc_profile.as_ref().map(|icc| icc.to_vec());
    let to_srgb = |bytes: Vec<u8>| brought(bytes, icc.as_deref());
    let mut waiting = Waiting { start: Start { width, height, is_upright: false }, samples: 3, bytes: Vec::new(), to_srgb: &to_srgb, take };
    for _ in 0..height {
        let Some(row) = reader.next_row().context("the PNG is damaged or cut off")? else { bail!("the PNG ends before its last row") };
        let row = row.data();
        match colours {
            ColorType::Rgb => waiting.push(row.iter().copied())?,
            ColorType::Grayscale => waiting.push(row.iter().flat_map(|light| [*light; 3]))?,
            ColorType::Rgba => waiting
                .push(row.as_chunks::<4>().0.iter().flat_map(|[red, green, blue, alpha]| [red, green, blue].map(|light| on_white(*light, *alpha))))?,
            ColorType::GrayscaleAlpha => waiting.push(row.as_chunks::<2>().0.iter().flat_map(|[light, alpha]| [on_white(*light, *alpha); 3]))?,
            ColorType::Indexed => bail!("the palette of the PNG is missing"),
        }
    }
    waiting.give()
}

/// Colours a little off are better than no picture.
fn brought(mut rgb: Vec<u8>, icc: Option<&[u8]>) -> Vec<u8> {
    if let Some(icc) = icc {
        let _ = colour::to_srgb(&mut rgb, icc);
    }
    rgb
}
