//! Why a JPEG did not become a small picture.

/// What stopped the decoder. Every case but [`Error::Damaged`] and [`Error::NotJpeg`] says that another decoder may well succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not begin as a JPEG file does.
    #[error("these bytes do not begin like a JPEG picture")]
    NotJpeg,
    /// No reduced scale is as large as was asked for; a full decode is the right tool.
    #[error("the picture is {width}x{height}, too small to be read at a reduced scale")]
    TooSmall {
        /// Full width in pixels.
        width: u32,
        /// Full height in pixels.
        height: u32,
    },
    /// A kind of JPEG that this crate leaves to a complete decoder.
    #[error("this kind of JPEG is not read here: {0}")]
    Unsupported(&'static str),
    /// The small picture itself would take more memory than [`crate::MEMORY_LIMIT`].
    #[error("the small picture would take {needed} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes that planes and pixels would take.
        needed: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file contradicts itself or ends before any picture data.
    #[error("this JPEG is damaged: {0}")]
    Damaged(&'static str),
}
