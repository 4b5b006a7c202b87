//! How loud a recording is from beginning to end, as a drawing: where somebody speaks, and where only the loom does.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::ensure;

use super::picture::outside;

/// Samples in a second that are listened to: loudness needs no treble.
const RATE: usize = 4000;

/// Samples of which only the loudest counts while the recording is read: a twentieth of a second.
const STEP: usize = RATE / 20;

/// The width of the drawing in bars, and its height.
const WIDTH: usize = 600;
const HEIGHT: usize = 100;

/// Draws the recording at `path`.
///
/// # Errors
/// When ffmpeg is not installed, or finds no sound.
pub(crate) fn draw(path: &Path) -> anyhow::Result<String> {
    let mut loudness = Loudness::default();
    outside::samples(path, RATE, &mut |samples| loudness.listen(samples))?;
    let steps = loudness.finish();
    ensure!(!steps.is_empty(), "no sound was found in it");
    Ok(drawing(&steps))
}

/// The loudest sample of each step.
#[derive(Default)]
struct Loudness {
    steps: Vec<u16>,
    heard: usize,
    loudest: u16,
}

impl Loudness {
    fn listen(&mut self, samples: &[i16]) {
        for sample in samples {
            self.loudest = self.loudest.max(sample.unsigned_abs());
            self.heard += 1;
            if self.heard == STEP {
                self.steps.push(self.loudest);
                (self.heard, self.loudest) = (0, 0);
            }
        }
    }

    fn finish(mut self) -> Vec<u16> {
        if self.heard > 0 {
            self.steps.push(self.loudest);
        }
        self.steps
    }
}

/// Draws steps as bars around a line in the middle.
fn drawing(steps: &[u16]) -> String {
    let width = WIDTH.min(steps.len());
    let mut bars = String::new();
    for bar in 0..width {
        let (from, to) = (bar * steps.len() / width, ((bar + 1) * steps.len() / width).max(bar * steps.len() / width + 1));
        let loudest = steps.get(from..to).unwrap_or_default().iter().max().copied().unwrap_or(0);
        let half = (usize::from(loudest) * (HEIGHT / 2 - 1) / usize::from(i16::MAX.unsigned_abs())).clamp(1, HEIGHT / 2 - 1);
        let _ = write!(bars, "M{bar}.5 {}v{}", HEIGHT / 2 - half, 2 * half);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\">\
         <path d=\"{bars}\" fill=\"none\" stroke=\"#a4552f\" stroke-width=\".8\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_then_a_loom() {
        let mut loudness = Loudness::default();
        loudness.listen(&vec![0; STEP * 10]);
        loudness.listen(&vec![i16::MIN; STEP * 10 + 1]);
        let steps = loudness.finish();
        assert_eq!((steps.len(), steps[0], steps[20]), (21, 0, 32_768));
        let drawn = drawing(&steps);
        assert!(drawn.contains("M0.5 49v2") && drawn.contains("M20.5 1v98"), "{drawn}");
        let long = drawing(&vec![100; 1_000_000]);
        assert_eq!(long.matches('M').count(), WIDTH);
    }
}
