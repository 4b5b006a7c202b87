//! Small pictures and pieces of JPEG files, fast.
//!
//! [`decode`] reads a JPEG at 1/8, 1/4 or 1/2 of its size: it decodes only the lowest frequencies of each block and
//! skips the others several symbols at a time. A photograph of 24 megapixels costs a few tens of milliseconds and memory for the small
//! picture only. Whatever it does not do it says ([`Error`]), so that the caller can take a complete decoder.
//!
//! [`Bands`] reads sequential files from top to bottom at their full size. Its blocks can be written into smaller files as they are
//! ([`Writer`]), become half as large ([`half`]), or become pixels ([`full::rows`]); [`Encoder`] makes files out of samples.
//!
//! ```
//! let small = kho_jpeg::decode(b"not a picture", 512);
//! assert_eq!(small, Err(kho_jpeg::Error::NotJpeg));
//! ```

#![forbid(unsafe_code)]

mod bands;
mod bits;
mod block;
mod coefficients;
mod colour;
mod cosine;
mod encode;
mod error;
mod feed;
mod frame;
pub mod full;
pub mod half;
mod header;
mod huffman;
mod layout;
mod progressive;
mod restart;
mod sequential;
mod sharpen;
mod transform;
mod write;

pub use bands::{Band, Bands, Colours, Wanted};
pub use coefficients::Block;
pub use encode::{Encoder, Plane, ycc};
pub use error::Error;
pub use write::{Form, Writer};

use frame::Plane as SmallPlane;
use header::{Header, Step};

/// Bytes that the planes and the pixels of a small picture may take together.
pub const MEMORY_LIMIT: u64 = 64 << 20;

/// More scans than this are damage or malice; real progressive files have about ten.
const MOST_SCANS: usize = 500;

/// How much smaller than the full picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// One pixel for each 8x8 block.
    Eighth,
    /// 2x2 pixels for each block.
    Quarter,
    /// 4x4 pixels for each block.
    Half,
}

impl Scale {
    /// The small length of a full length, rounded up.
    #[must_use]
    pub fn of(self, length: usize) -> usize {
        length.div_ceil(8 / self.pixels_per_block())
    }

    fn pixels_per_block(self) -> usize {
        match self {
            Self::Eighth => 1,
            Self::Quarter => 2,
            Self::Half => 4,
        }
    }
}

/// Pixels row after row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// One byte a pixel.
    Gray(Vec<u8>),
    /// Three bytes a pixel.
    Rgb(Vec<u8>),
    /// Four bytes a pixel: cyan, magenta, yellow, black; 0 is no ink, whatever the file's convention was.
    Cmyk(Vec<u8>),
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// Width in pixels: the full width times the scale, rounded up.
    pub width: u32,
    /// Height in pixels: the full height times the scale, rounded up.
    pub height: u32,
    /// Width of the picture in the file.
    pub full_width: u32,
    /// Height of the picture in the file. Orientation (EXIF) is not applied.
    pub full_height: u32,
    /// How much smaller it is.
    pub scale: Scale,
    /// The pixels.
    pub pixels: Pixels,
    /// The embedded colour profile, unless it is larger than 4 MiB. Pixels are in its space.
    pub icc: Option<Vec<u8>>,
    /// Whether data ended early or was damaged, so that a part of the picture is grey.
    pub is_cut: bool,
}

/// Decodes at the smallest scale at which the longer side still has `at_least` pixels.
///
/// # Errors
/// [`Error::TooSmall`] when not even 1/2 is large enough, [`Error::Unsupported`] for kinds of JPEG left to other decoders (a progressive
/// one above 1/8 among them), [`Error::TooLarge`] beyond [`MEMORY_LIMIT`], [`Error::Damaged`] when there is nothing to show.
pub fn decode(bytes: &[u8], at_least: u32) -> Result<Small, Error> {
    if !bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Err(Error::NotJpeg);
    }
    let mut header = Header::default();
    let mut picture: Option<Picture> = None;
    let mut at = 2;
    for _ in 0..MOST_SCANS {
        let (scan, data) = match header.read_on(bytes, at) {
            Ok(Step::Scan(scan, data)) => (scan, data),
            Ok(Step::End) => break,
            Ok(Step::Cut) => {
                picture = picture.map(|picture| Picture { missing: true, ..picture });
                break;
            }
            // Damage after the first scan leaves a picture that can be shown.
            Err(_) if picture.is_some() => break,
            Err(error) => return Err(error),
        };
        let unfinished = match picture.take() {
            Some(picture) => picture,
            None => Picture::begin(&header, bytes.len(), at_least)?,
        };
        let picture = picture.insert(unfinished);
        let outcome = if picture.progressive {
            progressive::decode(&mut header, &scan, (bytes, data), &mut picture.planes)
        } else {
            sequential::decode(&mut header, &scan, (bytes, data), &mut picture.planes)
        };
        match outcome {
            Ok((next, missing)) => {
                at = next;
                picture.missing |= missing;
            }
            Err(error) if picture.planes.iter().all(|plane| !plane.seen) => return Err(error),
            Err(_) => {
                picture.missing = true;
                break;
            }
        }
        if picture.planes.iter().all(|plane| plane.seen && plane.low == 0) {
            break;
        }
    }
    picture.ok_or(Error::Damaged("it has no picture data"))?.finish(&mut header)
}

/// A picture while its scans come in.
struct Picture {
    scale: Scale,
    progressive: bool,
    planes: Vec<SmallPlane>,
    missing: bool,
}

impl Picture {
    fn begin(header: &Header, file_length: usize, at_least: u32) -> Result<Self, Error> {
        let frame = header.frame.as_ref().ok_or(Error::Damaged("it has no frame"))?;
        let too_small = Error::TooSmall { width: frame.width as u32, height: frame.height as u32 };
        let scale = frame.scale_for(at_least).ok_or(too_small)?;
        if frame.progressive && scale != Scale::Eighth {
            return Err(Error::Unsupported("progressive, at more than 1/8 of its size"));
        }
        let planes = frame::planes(frame, scale, file_length)?;
        Ok(Self { scale, progressive: frame.progressive, planes, missing: false })
    }

    fn finish(mut self, header: &mut Header) -> Result<Small, Error> {
        if self.progressive {
            progressive::finish(header, &mut self.planes)?;
        }
        if self.scale == Scale::Eighth {
            self.planes.iter_mut().filter(|plane| (plane.across, plane.down) == (1, 1)).for_each(sharpen::sharpen);
        }
        let icc = header.icc();
        let frame = header.frame.as_ref().ok_or(Error::Damaged("it has no frame"))?;
        let (width, height) = (self.scale.of(frame.width), self.scale.of(frame.height));
        Ok(Small {
            width: width as u32,
            height: height as u32,
            full_width: frame.width as u32,
            full_height: frame.height as u32,
            scale: self.scale,
            pixels: colour::join(header, frame, &self.planes, (width, height)),
            icc,
            is_cut: self.missing || self.planes.iter().any(|plane| !plane.seen),
        })
    }
}
