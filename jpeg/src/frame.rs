//! The frame (T.81, B.2.2) and the small planes that it becomes.

use crate::{Error, Scale};

/// What the frame marker says.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Full width in pixels, at least 1.
    pub(crate) width: usize,
    /// Full height in pixels, at least 1.
    pub(crate) height: usize,
    /// Whether it is built up over several scans.
    pub(crate) progressive: bool,
    /// One, three or four components.
    pub(crate) components: Vec<Component>,
    /// The largest horizontal sampling factor.
    pub(crate) widest: usize,
    /// The largest vertical sampling factor.
    pub(crate) tallest: usize,
}

/// One colour component.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// The name that scans use.
    pub(crate) id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub(crate) horizontal: usize,
    /// Vertical sampling factor, 1 to 4.
    pub(crate) vertical: usize,
    /// Which quantisation table.
    pub(crate) steps: usize,
}

impl Frame {
    /// Reads the frame, refusing what this crate leaves to others.
    pub(crate) fn read(payload: &[u8], progressive: bool) -> Result<Self, Error> {
        const CUT: Error = Error::Damaged("the frame is cut");
        let (&[precision, h1, h0, w1, w0, count], rest) = payload.split_first_chunk::<6>().ok_or(CUT)?;
        let (height, width) = (usize::from(u16::from_be_bytes([h1, h0])), usize::from(u16::from_be_bytes([w1, w0])));
        match (precision, height, width, count) {
            (8, 0, 1.., _) => return Err(Error::Unsupported("its height stands after the picture")),
            (8, 1.., 1.., 1 | 3 | 4) => {}
            (8, 1.., 1.., _) => return Err(Error::Unsupported("a number of components other than 1, 3 or 4")),
            (8, ..) => return Err(Error::Damaged("its width is zero")),
            _ => return Err(Error::Unsupported("samples of other than 8 bits")),
        }
        let mut components = Vec::new();
        for triple in rest.get(..usize::from(count) * 3).ok_or(CUT)?.chunks_exact(3) {
            // The sampling of an only component means nothing (T.81, A.2.2).
            let (horizontal, vertical) = if count == 1 { (1, 1) } else { (usize::from(triple[1] >> 4), usize::from(triple[1] & 15)) };
            if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) || triple[2] > 3 {
                return Err(Error::Damaged("a component makes no sense"));
            }
            components.push(Component { id: triple[0], horizontal, vertical, steps: usize::from(triple[2]) });
        }
        let widest = components.iter().map(|component| component.horizontal).max().unwrap_or(1);
        let tallest = components.iter().map(|component| component.vertical).max().unwrap_or(1);
        Ok(Self { width, height, progressive, components, widest, tallest })
    }

    /// The number of MCUs across and down of an interleaved scan.
    pub(crate) fn mcus(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.widest), self.height.div_ceil(8 * self.tallest))
    }

    /// The smallest scale at which the longer side still has `at_least` pixels.
    pub(crate) fn scale_for(&self, at_least: u32) -> Option<Scale> {
        let longer = self.width.max(self.height);
        [Scale::Eighth, Scale::Quarter, Scale::Half].into_iter().find(|scale| scale.of(longer) as u64 >= u64::from(at_least))
    }
}

/// One component at the small scale. Samples are grey (128) until a block is decoded.
#[derive(Debug)]
pub(crate) struct Plane {
    /// Pixels that a block becomes, across: 1, 2 or 4.
    pub(crate) across: usize,
    /// Pixels that a block becomes, down: 1, 2 or 4.
    pub(crate) down: usize,
    /// Blocks with picture in them, across and down (the size of a scan of its own).
    pub(crate) blocks: (usize, usize),
    /// Samples in a row, including whole MCUs beyond the edge.
    pub(crate) stride: usize,
    /// Samples with picture in them, across and down.
    pub(crate) visible: (usize, usize),
    /// Row after row.
    pub(crate) samples: Vec<u8>,
    /// Whether a scan has brought it.
    pub(crate) seen: bool,
    /// In a progressive frame: the DC values, and the lowest bit that they have so far.
    pub(crate) direct: Vec<i16>,
    /// See `direct`.
    pub(crate) low: u8,
}

impl Plane {
    /// The plane of a component, without its memory.
    fn plan(frame: &Frame, component: &Component, scale: Scale) -> Self {
        let only_means = frame.progressive;
        let across = if only_means { 1 } else { block_side(scale, frame.widest, component.horizontal) };
        let down = if only_means { 1 } else { block_side(scale, frame.tallest, component.vertical) };
        let own_width = (frame.width * component.horizontal).div_ceil(frame.widest);
        let own_height = (frame.height * component.vertical).div_ceil(frame.tallest);
        Self {
            across,
            down,
            blocks: (own_width.div_ceil(8), own_height.div_ceil(8)),
            stride: frame.mcus().0 * component.horizontal * across,
            visible: ((own_width * across).div_ceil(8), (own_height * down).div_ceil(8)),
            samples: Vec::new(),
            seen: false,
            direct: Vec::new(),
            low: 0,
        }
    }
}

/// How many pixels a block should become along one side, so that all components come out equally large: up to 4.
fn block_side(scale: Scale, largest: usize, own: usize) -> usize {
    let wanted = scale.pixels_per_block() * largest / own;
    [4, 2, 1].into_iter().find(|&side| side <= wanted).unwrap_or(1)
}

/// Makes the planes of a frame, after checking that the file can hold so many blocks and that memory stays under the limit.
pub(crate) fn planes(frame: &Frame, scale: Scale, file_length: usize) -> Result<Vec<Plane>, Error> {
    let mut planes: Vec<Plane> = frame.components.iter().map(|component| Plane::plan(frame, component, scale)).collect();
    let blocks: u64 = planes.iter().map(|plane| (plane.blocks.0 * plane.blocks.1) as u64).sum();
    // No block takes less than a bit, not even in an all-grey picture.
    if blocks > (file_length as u64).saturating_mul(8) {
        return Err(Error::Damaged("the file is far too short for a picture of this size"));
    }
    let (_, mcus_down) = frame.mcus();
    let bytes_per_sample = if frame.progressive { 3 } else { 1 };
    let mut needed = (scale.of(frame.width) * scale.of(frame.height) * planes.len()) as u64;
    for (plane, component) in planes.iter().zip(&frame.components) {
        needed += (plane.stride * mcus_down * component.vertical * plane.down * bytes_per_sample) as u64;
    }
    if needed > crate::MEMORY_LIMIT {
        return Err(Error::TooLarge { needed, limit: crate::MEMORY_LIMIT });
    }
    for (plane, component) in planes.iter_mut().zip(&frame.components) {
        let length = plane.stride * mcus_down * component.vertical * plane.down;
        plane.samples = vec![128; length];
        plane.direct = vec![0; if frame.progressive { length } else { 0 }];
    }
    Ok(planes)
}
