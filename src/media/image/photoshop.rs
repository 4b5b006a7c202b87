//! Photoshop files (PSD and PSB): size, and the resources that hold captions and XMP.

use crate::media::window::Window;
use crate::media::window::number::be32;
use crate::media::{Facts, iptc};

/// The most bytes of resources that are read; thumbnails lie among them.
const LARGEST: usize = 4 << 20;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let head = window.up_to(0, 30);
    (facts.height, facts.width) = (be32(&head, 14), be32(&head, 18));
    let Some(colours) = be32(&head, 26) else { return };
    let at = 30 + u64::from(colours);
    let Some(length) = window.array::<4>(at).map(u32::from_be_bytes) else { return };
    let resources = window.up_to(at + 4, usize::try_from(length).unwrap_or(0).min(LARGEST));
    iptc::read_resources(&resources, facts);
}
