//! How loud a recording is from beginning to end, as a drawing: where somebody speaks, and where only the loom does.

use std::fmt::Write as _;
use std::path::Path;

use super::picture::outside;

/// The width of the drawing in bars, and its height.
const WIDTH: usize = 600;
const HEIGHT: i32 = 100;

/// Draws the recording at `path`.
///
/// # Errors
/// When ffmpeg is not installed, or finds no sound.
pub(crate) fn draw(path: &Path) -> anyhow::Result<String> {
    Ok(drawing(&outside::peaks(path, WIDTH)?))
}

/// Draws the lowest and the highest sample of each part as a bar across the middle.
fn drawing(peaks: &[(i8, i8)]) -> String {
    let middle = HEIGHT / 2;
    let mut bars = String::new();
    for (bar, (lowest, highest)) in peaks.iter().enumerate() {
        let scaled = |sample: i8| i32::from(sample) * (middle - 1) / 128;
        let (top, bottom) = (middle - scaled(*highest).max(1), middle - scaled(*lowest).min(-1));
        let _ = write!(bars, "M{bar}.5 {top}V{bottom}");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\">\
         <path d=\"{bars}\" fill=\"none\" stroke=\"#a4552f\" stroke-width=\".8\"/></svg>",
        peaks.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_then_a_loom() {
        let drawn = drawing(&[(0, 0), (-128, 127), (-64, 10)]);
        assert!(drawn.contains("M0.5 49V51") && drawn.contains("M1.5 2V99") && drawn.contains("M2.5 47V74"), "{drawn}");
    }
}
