//! A file seen through a small window: short reads at any place, and never more than a budget in all.

use std::io::{self, Read, Seek, SeekFrom};

use super::Bytes;

/// The most bytes that are read out of one file for its facts. The largest single thing that is wanted is an
/// XMP packet of 1 MiB.
const BUDGET: u64 = 16 << 20;

/// Bytes fetched at once: headers and index structures lie close together.
const PAGE: usize = 8 << 10;

/// A source that gives short pieces from any place. A piece outside the file, or past the budget, is `None`:
/// a reader of a format treats it as "not said".
pub(crate) struct Window {
    source: Box<dyn Bytes>,
    size: u64,
    left: u64,
    page: Vec<u8>,
    page_start: u64,
}

impl Window {
    /// Looks at `source`, which is `size` bytes long.
    pub(crate) fn new(source: Box<dyn Bytes>, size: u64) -> Self {
        Self { source, size, left: BUDGET, page: Vec::new(), page_start: 0 }
    }

    /// Looks at bytes that are in memory, as if they were a file.
    pub(crate) fn over(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self::new(Box::new(io::Cursor::new(bytes)), size)
    }

    /// The length of the whole file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns exactly `length` bytes that begin at `offset`.
    pub(crate) fn exact(&mut self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let bytes = self.up_to(offset, length);
        (bytes.len() == length).then_some(bytes)
    }

    /// Returns `N` bytes that begin at `offset`.
    pub(crate) fn array<const N: usize>(&mut self, offset: u64) -> Option<[u8; N]> {
        self.exact(offset, N)?.try_into().ok()
    }

    /// Returns the bytes from `offset` on, at most `length`; fewer at the end of the file.
    pub(crate) fn up_to(&mut self, offset: u64, length: usize) -> Vec<u8> {
        let there = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = length.min(there);
        if wanted == 0 {
            return Vec::new();
        }
        if let Some(bytes) = self.in_page(offset, wanted) {
            return bytes;
        }
        let _ = self.load(offset, wanted.max(PAGE.min(there)));
        let start = usize::try_from(offset.saturating_sub(self.page_start)).unwrap_or(usize::MAX);
        self.page.get(start..).map_or_else(Vec::new, |rest| rest.iter().take(wanted).copied().collect())
    }

    fn in_page(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let start = usize::try_from(offset.checked_sub(self.page_start)?).ok()?;
        self.page.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
    }

    fn load(&mut self, offset: u64, length: usize) -> io::Result<()> {
        (self.page_start, self.page) = (offset, Vec::new());
        let length = self.left.min(length as u64);
        self.source.seek(SeekFrom::Start(offset))?;
        let source: &mut dyn Read = &mut self.source;
        let read = source.take(length).read_to_end(&mut self.page)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(())
    }
}

/// A source for readers that are not ours: it fails when more than the budget would be read.
pub(crate) struct Limited {
    source: Box<dyn Bytes>,
    left: u64,
}

impl Limited {
    /// Lends `source` for as many bytes as a window gives.
    pub(crate) fn new(source: Box<dyn Bytes>) -> Self {
        Self { source, left: BUDGET }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("more than 16 MiB of it would have to be read"));
        }
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.source.read(&mut buffer[..most])?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl Seek for Limited {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.source.seek(place)
    }
}

/// Reads numbers out of a piece of bytes; `None` where it is too short.
pub(crate) mod number {
    fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
        bytes.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    /// 16 bits, most significant byte first.
    pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(|bytes| u32::from(u16::from_be_bytes(bytes)))
    }

    /// 32 bits, most significant byte first.
    pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(u32::from_be_bytes)
    }

    /// 64 bits, most significant byte first.
    pub(crate) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
        array(bytes, at).map(u64::from_be_bytes)
    }

    /// 16 bits, least significant byte first.
    pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(|bytes| u32::from(u16::from_le_bytes(bytes)))
    }

    /// 32 bits, least significant byte first.
    pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(u32::from_le_bytes)
    }

    /// 64 bits, least significant byte first.
    pub(crate) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
        array(bytes, at).map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::number::{be16, le32};
    use super::*;

    #[test]
    fn pieces_come_from_any_place_and_never_from_outside() {
        let mut window = Window::over("đan đó ở Thủ Sỹ".as_bytes().to_vec());
        assert_eq!(window.exact(0, 2).expect("it is there"), "đ".as_bytes());
        assert_eq!(window.up_to(window.size() - 2, 100).len(), 2);
        assert_eq!(window.exact(window.size() - 2, 3), None);
        assert_eq!(window.exact(u64::MAX, 1), None);
        assert_eq!((be16(&[1, 2], 0), be16(&[1], 0), le32(&[1, 0, 0, 0], usize::MAX)), (Some(258), None, None));
    }

    #[test]
    fn a_window_stops_at_its_budget() {
        let size = BUDGET as usize * 2;
        let mut window = Window::new(Box::new(io::Cursor::new(vec![0; size])), size as u64);
        assert!(window.exact(0, BUDGET as usize).is_some());
        assert_eq!(window.exact(BUDGET, 1), None);
        let mut limited = Limited::new(Box::new(io::Cursor::new(vec![0; size])));
        assert!(limited.read_to_end(&mut Vec::new()).is_err());
    }
}
