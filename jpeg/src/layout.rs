//! In which order a scan brings blocks, and where their pixels go (T.81, A.2).

use crate::frame::{Frame, Plane};
use crate::header::Scan;

/// The MCUs of a scan.
pub(crate) struct Layout {
    /// MCUs in a row.
    pub(crate) across: usize,
    down: usize,
    /// The blocks of each MCU in order.
    pub(crate) units: Vec<Unit>,
}

/// One block of each MCU.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    /// Index of the component, and so of its plane.
    pub(crate) plane: usize,
    /// Index of the component in the scan.
    pub(crate) part: usize,
    /// The sample that its block in the first MCU begins with.
    origin: usize,
    /// Samples from one MCU to the one beside it.
    beside: usize,
    /// Samples from one MCU to the one below it.
    below: usize,
}

impl Unit {
    /// The sample that the block begins with in the MCU at this row and column. Inside the plane for all MCUs of the layout.
    #[inline(always)]
    pub(crate) fn first_sample(&self, row: usize, column: usize) -> usize {
        self.origin + row * self.below + column * self.beside
    }
}

impl Layout {
    /// The layout of a scan: a single component comes block by block, several come interleaved.
    pub(crate) fn new(frame: &Frame, scan: &Scan, planes: &[Plane]) -> Self {
        if let &[(plane, ..)] = scan.parts.as_slice() {
            let Plane { across, down, stride, blocks, .. } = planes[plane];
            let unit = Unit { plane, part: 0, origin: 0, beside: across, below: stride * down };
            return Self { across: blocks.0, down: blocks.1, units: vec![unit] };
        }
        let (across, down) = frame.mcus();
        let mut units = Vec::new();
        for (part, &(plane, ..)) in scan.parts.iter().enumerate() {
            let component = &frame.components[plane];
            let shape = &planes[plane];
            let (beside, below) = (component.horizontal * shape.across, component.vertical * shape.down * shape.stride);
            for row in 0..component.vertical {
                for column in 0..component.horizontal {
                    let origin = row * shape.down * shape.stride + column * shape.across;
                    units.push(Unit { plane, part, origin, beside, below });
                }
            }
        }
        Self { across, down, units }
    }

    /// How many MCUs there are.
    pub(crate) fn mcus(&self) -> usize {
        self.across * self.down
    }
}
