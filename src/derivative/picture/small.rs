//! What every shrinking reader gives back.

/// A small picture of a big one: 8-bit red, green and blue, row by row from the top left as the file stores them.
///
/// The file's orientation is not applied, unless the reader says so.
#[derive(Debug)]
pub(crate) struct Small {
    /// Width of `rgb` in pixels, at least 1.
    pub(crate) width: u32,
    /// Height of `rgb` in pixels, at least 1.
    pub(crate) height: u32,
    /// `width * height * 3` bytes.
    pub(crate) rgb: Vec<u8>,
    /// A profile that still has to be applied to `rgb`; `None` when the colours already are sRGB or nothing better is known.
    pub(crate) icc: Option<Vec<u8>>,
}
