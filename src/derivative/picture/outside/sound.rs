//! The outline of a sound, as a player draws it.

use std::path::Path;
use std::time::Duration;

use super::ffmpeg;
use super::run::Run;

/// An hour of sound takes a few seconds.
const TIME: Duration = Duration::from_secs(120);

/// An outline has at most so many parts.
const MOST_PEAKS: usize = 1800;

/// So many cells are kept while the sound goes by, whatever its length.
const CELLS: usize = 1 << 15;

/// Returns the lowest and the highest sample of each of `count` equal parts of a sound, or of the sound of a film: -128 to 127, mixed to one channel.
///
/// There are at most 1800, and fewer than `count` only for a sound of fewer samples. Memory does not grow with the length of the sound.
pub(crate) fn peaks(path: &Path, count: usize) -> anyhow::Result<Vec<(i8, i8)>> {
    let arguments = ffmpeg().words(["-vn", "-sn", "-dn", "-i"]).input();
    let arguments = arguments.words(["-map", "0:a:0", "-ac", "1", "-ar", "8000", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]);
    let mut outline = Outline::default();
    Run { program: "ffmpeg", arguments, input: Some(path), time: TIME }.stream(|part| {
        outline.push(part);
        Ok(())
    })?;
    let peaks = outline.finish(count.clamp(1, MOST_PEAKS));
    anyhow::ensure!(!peaks.is_empty(), "ffmpeg found no sound in it");
    Ok(peaks)
}

/// Lowest and highest of equal parts. When there are too many, each two become one and parts are twice as long from then on.
struct Outline {
    cells: Vec<(i8, i8)>,
    samples_in_cell: u64,
    open: Option<(i8, i8)>,
    samples_in_open: u64,
    /// The first byte of a sample that was cut between two parts of the stream.
    half: Option<u8>,
}

impl Default for Outline {
    fn default() -> Self {
        Self { cells: Vec::new(), samples_in_cell: 1, open: None, samples_in_open: 0, half: None }
    }
}

impl Outline {
    /// Takes samples of 16 bits, low byte first; of a sample its high byte is enough.
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(_) => self.sample(byte.cast_signed()),
            }
        }
    }

    fn sample(&mut self, sample: i8) {
        self.open = Some(joined(self.open.unwrap_or((sample, sample)), (sample, sample)));
        self.samples_in_open += 1;
        if self.samples_in_open == self.samples_in_cell {
            self.cells.extend(self.open.take());
            self.samples_in_open = 0;
        }
        if self.cells.len() == CELLS {
            self.cells = self.cells.chunks(2).filter_map(|pair| pair.iter().copied().reduce(joined)).collect();
            self.samples_in_cell *= 2;
        }
    }

    fn finish(mut self, count: usize) -> Vec<(i8, i8)> {
        self.cells.extend(self.open);
        let count = count.min(self.cells.len());
        let edge = |number: usize| number * self.cells.len() / count.max(1);
        let part = |number: usize| self.cells.get(edge(number)..edge(number + 1)).unwrap_or_default();
        (0..count).filter_map(|number| part(number).iter().copied().reduce(joined)).collect()
    }
}

fn joined(one: (i8, i8), other: (i8, i8)) -> (i8, i8) {
    (one.0.min(other.0), one.1.max(other.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clap_in_a_long_silence_stands_where_it_was() {
        let mut outline = Outline::default();
        let length = 8000 * 60;
        for number in 0..length {
            let sample: i16 = if number == length / 4 { -20_000 } else { 300 };
            // Cut in the middle of a sample, as a pipe does.
            let [low, high] = sample.to_le_bytes();
            outline.push(&[low]);
            outline.push(&[high]);
        }
        assert!(outline.cells.len() <= CELLS);
        let peaks = outline.finish(1000);
        assert_eq!(peaks.len(), 1000);
        let claps: Vec<usize> = peaks.iter().enumerate().filter(|(_, peak)| peak.0 < -70).map(|(number, _)| number).collect();
        assert!(claps == [249] || claps == [250], "{claps:?}");
        assert!(peaks.iter().all(|peak| peak.1 == 1));
    }

    #[test]
    fn a_sound_of_three_samples_has_three_parts() {
        let mut outline = Outline::default();
        outline.push(&[0, 1, 0, 2, 0, 0x80, 9]);
        assert_eq!(outline.finish(1800), [(1, 1), (2, 2), (-128, -128)]);
        assert!(Outline::default().finish(1800).is_empty());
    }
}
