//! Boxes of the ISO base media file format (ISO/IEC 14496-12): MP4, QuickTime, HEIF, AVIF, JPEG 2000, JPEG XL.

use super::window::Window;
use super::window::number::be32;

/// The most boxes that are read on one level.
const MOST_BOXES: usize = 8192;

/// A box: its kind, and where its content lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: [u8; 4],
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Part {
    /// Returns the content, at most `most` bytes of it.
    pub(crate) fn content(&self, window: &mut Window, most: usize) -> Vec<u8> {
        let length = usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(usize::MAX);
        window.up_to(self.start, length.min(most))
    }
}

/// Lists the boxes between two places. A box that claims to reach further ends with its surroundings.
pub(crate) fn parts(window: &mut Window, start: u64, end: u64) -> Vec<Part> {
    let (mut found, mut at) = (Vec::new(), start);
    let end = end.min(window.size());
    while found.len() < MOST_BOXES && at.saturating_add(8) <= end {
        let Some((part, next)) = part_at(window, at, end) else { break };
        found.push(part);
        at = next;
    }
    found
}

fn part_at(window: &mut Window, at: u64, end: u64) -> Option<(Part, u64)> {
    let head: [u8; 8] = window.array(at)?;
    let kind = [head[4], head[5], head[6], head[7]];
    let (size, header) = match be32(&head, 0)? {
        0 => (end - at, 8),
        1 => (u64::from_be_bytes(window.array(at.checked_add(8)?)?), 16),
        size => (u64::from(size), 8),
    };
    if size < header {
        return None;
    }
    let next = at.checked_add(size)?;
    Some((Part { kind, start: at.checked_add(header)?.min(end), end: next.min(end) }, next))
}

/// Returns the first box of a kind.
pub(crate) fn find(parts: &[Part], kind: &[u8; 4]) -> Option<Part> {
    parts.iter().find(|part| &part.kind == kind).copied()
}

/// Returns the first box of a kind inside another one.
pub(crate) fn child(window: &mut Window, parent: Part, kind: &[u8; 4]) -> Option<Part> {
    find(&parts(window, parent.start, parent.end), kind)
}

/// Returns the boxes inside `meta`, which has four bytes of version before them except in QuickTime.
pub(crate) fn inside_meta(window: &mut Window, meta: Part) -> Vec<Part> {
    let is_plain = window.exact(meta.start.saturating_add(4), 4).is_some_and(|kind| kind == b"hdlr");
    parts(window, if is_plain { meta.start } else { meta.start.saturating_add(4) }, meta.end)
}

/// Returns the brands of a file: the major one first.
pub(crate) fn brands(window: &mut Window) -> Vec<[u8; 4]> {
    let Some((part, _)) = part_at(window, 0, window.size()).filter(|(part, _)| &part.kind == b"ftyp") else { return Vec::new() };
    let content = part.content(window, 1024);
    let brands = content.chunks_exact(4).enumerate().filter(|(place, _)| *place != 1);
    brands.filter_map(|(_, brand)| brand.try_into().ok()).collect()
}

/// Returns the media type that the brands tell, or that of a QuickTime film from before there were brands.
pub(crate) fn media_type(window: &mut Window) -> Option<&'static str> {
    let brands = brands(window);
    let Some(major) = brands.first() else { return without_brands(window) };
    let has = |brand: &[u8; 4]| brands.contains(brand);
    Some(match major {
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"heim" | b"heis" => "image/heic",
        b"hevc" | b"hevx" => "image/heic-sequence",
        b"mif1" | b"miaf" if has(b"avif") || has(b"avis") => "image/avif",
        b"mif1" | b"miaf" | b"mif2" => "image/heif",
        b"msf1" if has(b"avis") => "image/avif",
        b"msf1" => "image/heif-sequence",
        b"crx " => "image/x-canon-cr3",
        b"jp2 " => "image/jp2",
        b"jpx " => "image/jpx",
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"M4P " | b"F4A " => "audio/mp4",
        _ if major.starts_with(b"3g2") => "video/3gpp2",
        _ if major.starts_with(b"3g") => "video/3gpp",
        b"mjp2" => "video/mj2",
        _ => "video/mp4",
    })
}

fn without_brands(window: &mut Window) -> Option<&'static str> {
    let kind = part_at(window, 0, window.size())?.0.kind;
    match &kind {
        b"moov" | b"mdat" | b"wide" | b"pnot" => Some("video/quicktime"),
        b"free" | b"skip" => {
            let parts = parts(window, 0, window.size());
            find(&parts, b"moov").map(|_| "video/quicktime")
        }
        // A segment of a film that is sent in pieces.
        b"styp" | b"moof" | b"sidx" => Some("video/mp4"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_lie_about_their_size_end_with_the_file() {
        let mut window = Window::over(b"\0\0\0\x10ftypavif\0\0\0\0\xff\xff\xff\xffmdat..".to_vec());
        let size = window.size();
        let found = parts(&mut window, 0, size);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].end, size);
        assert_eq!(media_type(&mut window), Some("image/avif"));
        let mut small = Window::over(b"\0\0\0\x04mdat".to_vec());
        assert_eq!(parts(&mut small, 0, 8), []);
    }
}
