//! Opens one strip or tile of a page as a stream of unpacked rows.

use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

use anyhow::{Context, Result, anyhow, bail, ensure};
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

use super::directory::File;
use super::fax::{Coding, FaxRows};
use super::page::Page;
use super::unpack::{LzwReader, PackBitsReader, ReversedBits, SharedColours};

/// Bytes read at once. Longer rows of an uncompressed picture are read past the buffer.
const BUFFER: u64 = 64 << 10;
/// A chunk that has to be held packed may have this many bytes; for a moment there are two copies of it.
const PACKED_LIMIT: u64 = 24 << 20;
/// A strip that has to be held unpacked may have this many bytes: a sheet of A4 at 600 dots per inch in colour.
const STRIP_LIMIT: usize = 112 << 20;
/// The same for tiles, beside which the sums of many rows are held.
const TILE_LIMIT: usize = 48 << 20;
/// The same for a JPEG stream in several scans, which is held twice more while it is read.
const PROGRESSIVE_LIMIT: usize = 24 << 20;

/// Opens chunk `index`, of which `rows` rows are wanted. What is read are its rows, each of `page.row_bytes()` bytes.
///
/// # Errors
/// When the chunk lies outside the file, is too large to be held where it must be, or is packed in a way not known here.
pub(super) fn open<'a, R: Read + Seek>(file: &'a mut File<R>, page: &Page, index: usize, rows: u32) -> Result<Box<dyn Read + 'a>> {
    let offset = page.offsets.get(index).copied().unwrap_or(u64::MAX);
    ensure!(offset < file.length, "it lies outside the file");
    let claimed = page.lengths.get(index).copied().unwrap_or(0);
    let rest = file.length - offset;
    let length = if claimed == 0 { rest } else { claimed.min(rest) };
    file.source.seek(SeekFrom::Start(offset))?;
    let packed = BufReader::with_capacity(length.clamp(16, BUFFER) as usize, (&mut file.source).take(length));
    let is_jpeg = page.compression == 7;
    if page.reversed && !is_jpeg { unpack(BufReader::new(ReversedBits(packed)), page, rows, length) } else { unpack(packed, page, rows, length) }
}

fn unpack<'a>(packed: impl BufRead + 'a, page: &Page, rows: u32, length: u64) -> Result<Box<dyn Read + 'a>> {
    let width = page.grid.chunk.0;
    let fax = |coding| (page.bits == 1 && page.together() == 1).then_some(coding).context("telefax rows of more than one bit are not known");
    Ok(match page.compression {
        1 => plain(packed, page),
        2 => plain(FaxRows::new(packed, fax(Coding::Runs)?, width), page),
        3 => plain(FaxRows::new(packed, fax(Coding::Group3 { by_row_above: page.fax_options & 1 == 1 })?, width), page),
        4 => plain(FaxRows::new(packed, fax(Coding::Group4)?, width), page),
        5 => plain(LzwReader::new(packed)?, page),
        7 => Box::new(Cursor::new(jpeg(held(packed, length)?, page, rows)?)),
        8 | 32946 => plain(flate2::bufread::ZlibDecoder::new(packed), page),
        32773 => plain(PackBitsReader::new(packed), page),
        50001 => Box::new(Cursor::new(webp(held(packed, length)?, page)?)),
        other => bail!("it is compressed in way {other}, which is not known"),
    })
}

fn plain<'a>(rows: impl Read + 'a, page: &Page) -> Box<dyn Read + 'a> {
    if page.subsampling == (1, 1) { Box::new(rows) } else { Box::new(SharedColours::new(rows, page.grid.chunk.0, page.subsampling)) }
}

fn held(mut packed: impl Read, length: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    packed.by_ref().take(PACKED_LIMIT.min(length)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unpacked_limit(page: &Page) -> usize {
    if page.row_by_row() { STRIP_LIMIT } else { TILE_LIMIT }
}

/// Unpacks a JPEG stream to its own samples, without changing colours: the page says what they mean.
fn jpeg(stream: Vec<u8>, page: &Page, rows: u32) -> Result<Vec<u8>> {
    let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(with_tables(stream, page.tables.as_deref())));
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(65_535).set_max_height(65_535);
    decoder.set_options(options);
    decoder.decode_headers().map_err(|error| anyhow!("its JPEG stream cannot be read: {error:?}"))?;
    let info = decoder.info().context("its JPEG stream has no picture")?;
    let samples = usize::from(info.components);
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    ensure!(samples == page.together(), "its JPEG stream has {samples} samples in a pixel, the page says {}", page.together());
    ensure!(width == page.grid.chunk.0 && height >= rows, "its JPEG stream is {width} by {height} pixels, not as the page says");
    ensure!(page.bits == 8, "its JPEG stream has {} bits in a sample", page.bits);
    let most = if info.sof.is_progressive() { PROGRESSIVE_LIMIT } else { unpacked_limit(page) };
    ensure!(width as usize * height as usize * samples <= most, "its JPEG stream of {width} by {height} pixels is too large to be held");
    let own = decoder.input_colorspace().context("its JPEG stream has no colours")?;
    decoder.set_options(options.jpeg_set_out_colorspace(own));
    decoder.decode().map_err(|error| anyhow!("its JPEG stream is damaged: {error:?}"))
}

/// Puts the tables that all streams of a page share in front of one (TIFF Technical Note 2).
fn with_tables(stream: Vec<u8>, tables: Option<&[u8]>) -> Vec<u8> {
    let (Some(tables), Some(after_start)) = (tables, stream.strip_prefix(&[0xFF, 0xD8])) else { return stream };
    let tables = tables.strip_suffix(&[0xFF, 0xD9]).unwrap_or(tables);
    [tables, after_start].concat()
}

fn webp(stream: Vec<u8>, page: &Page) -> Result<Vec<u8>> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(stream)).context("its WebP stream cannot be read")?;
    let (width, _) = decoder.dimensions();
    let samples = if decoder.has_alpha() { 4 } else { 3 };
    ensure!(width == page.grid.chunk.0 && page.bits == 8, "its WebP stream is not as the page says");
    let size = decoder.output_buffer_size().filter(|&size| size <= TILE_LIMIT);
    let mut pixels = vec![0; size.context("its WebP stream is too large to be held")?];
    decoder.read_image(&mut pixels).context("its WebP stream is damaged")?;
    match (samples, page.together()) {
        (have, wanted) if have == wanted => Ok(pixels),
        (3, 4) => Ok(pixels.chunks_exact(3).flat_map(|pixel| [pixel, &[255]].concat()).collect()),
        (4, 3) => Ok(pixels.chunks_exact(4).flat_map(|pixel| pixel.split_at(3).0.to_vec()).collect()),
        (have, wanted) => bail!("its WebP stream has {have} samples in a pixel, the page says {wanted}"),
    }
}
