//! What a JPEG is like, by its markers alone.

/// Sides of a JPEG in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    width: u16,
    height: u16,
}

impl Shape {
    pub(super) fn pixels(self) -> u32 {
        u32::from(self.width) * u32::from(self.height)
    }

    pub(super) fn longer_side(self) -> u32 {
        self.width.max(self.height).into()
    }
}

/// Returns the sides of a JPEG that people can see: baseline, extended or progressive, 8 bits (ITU-T T.81, B.2.2).
/// Lossless ones, which hold what the sensor saw, and what is no JPEG give `None`.
pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    // Each step takes at least two bytes away; EXIF and profiles come in far fewer parts than this.
    for _ in 0..512 {
        let [0xff, marker, after @ ..] = rest else { return None };
        match marker {
            0xff => rest = rest.get(1..)?,
            0xc0..=0xc2 => return frame(after),
            // Other kinds of frames, the end, and data without a frame before it; C4 and CC are tables.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xd8..=0xda | 0x00..=0x01 => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes([*after.first()?, *after.get(1)?]));
                rest = after.get(length.max(2)..)?;
            }
        }
    }
    None
}

fn frame(after: &[u8]) -> Option<Shape> {
    let [_, _, 8, high, low, left, right, components, ..] = *after else { return None };
    let shape = Shape { width: u16::from_be_bytes([left, right]), height: u16::from_be_bytes([high, low]) };
    (shape.width > 0 && shape.height > 0 && matches!(components, 1 | 3)).then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::super::tests::jpeg;
    use super::*;

    #[test]
    fn what_the_sensor_saw_is_no_picture() {
        assert_eq!(shape(&jpeg(0xc2, 640, 480)), Some(Shape { width: 640, height: 480 }));
        assert_eq!(shape(&jpeg(0xc3, 640, 480)), None);
        assert_eq!(shape(&jpeg(0xc0, 0, 480)), None);
        assert_eq!(shape(&[[0xff, 0xd8].as_slice(), &[0xff; 2000]].concat()), None);
    }
}
