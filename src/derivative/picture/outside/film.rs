//! Frames of films, and pictures that only ffmpeg reads.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::super::small::Small;
use super::ffmpeg;
use super::run::{Missing, Run};

/// One frame takes at most so long, all tries for a poster twice that, and a storyboard this.
const FRAME_TIME: Duration = Duration::from_secs(10);
const STORYBOARD_TIME: Duration = Duration::from_secs(20);

/// The longer side is never more, whatever was asked for.
const LONGEST_SIDE: u32 = 2800;

/// Frames of a storyboard, in rows of six, each so wide.
const FRAMES: u32 = 24;
const COLUMNS: u32 = 6;
const FRAME_WIDTH: u32 = 160;
/// Frames of films taken upright are cut here.
const HIGHEST_FRAME: u32 = 284;

/// In longer films a storyboard is content with the nearest frame before, which needs no others to be decoded.
const LONG_FILM_S: f64 = 240.0;

/// How exactly a frame is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Seek {
    /// The frame that stands alone at this moment or before it: fast anywhere in a long film.
    Near,
    /// The very frame.
    Exact,
}

/// Draws the frame that stands for a film: a tenth of the way in, and when that is one dark or empty surface, further on.
///
/// Where nothing else can be drawn it is the first frame.
pub(crate) fn poster(path: &Path, duration_s: Option<f64>, longer_side: u32) -> anyhow::Result<Small> {
    let duration = duration_s.filter(|seconds| seconds.is_finite() && *seconds > 0.0).unwrap_or(0.0);
    let deadline = Instant::now() + FRAME_TIME * 2;
    let moments: &[f64] = if duration > 0.0 { &[0.1, 0.3, 0.5, 0.0] } else { &[0.0] };
    let mut best: Option<Small> = None;
    let mut trouble = None;
    for part in moments {
        let left = deadline.saturating_duration_since(Instant::now()).min(FRAME_TIME);
        // The beginning is only better than nothing.
        if left.is_zero() || (*part == 0.0 && best.is_some()) {
            break;
        }
        match draw(path, (duration * part, Seek::Near), &smaller(longer_side), left) {
            Ok(small) if !is_plain(&small) => return Ok(small),
            Ok(small) => best = best.or(Some(small)),
            Err(error) if error.is::<Missing>() => return Err(error),
            Err(error) => trouble = Some(error),
        }
    }
    best.ok_or_else(|| trouble.unwrap_or_else(|| anyhow::anyhow!("ffmpeg took too long")))
}

/// Draws a picture of a format that only ffmpeg knows.
pub(crate) fn picture(path: &Path, longer_side: u32) -> anyhow::Result<Small> {
    draw(path, (0.0, Seek::Exact), &smaller(longer_side), FRAME_TIME)
}

/// How many frames the storyboard of a film of this length has.
pub(crate) fn frames(duration_s: f64) -> u32 {
    ((duration_s * 2.0) as u32).clamp(1, FRAMES)
}

/// Draws up to 24 frames of a film on one sheet, evenly spaced, in rows of six; each is 160 pixels wide and as high as the first.
///
/// A film of less than twelve seconds has a frame for every half second. When time runs out, the sheet ends with the last frame that was drawn;
/// a frame that cannot be drawn is dark.
pub(crate) fn storyboard(path: &Path, duration_s: f64) -> anyhow::Result<Small> {
    ensure!(duration_s.is_finite() && duration_s > 0.0, "nobody knows how long the film is");
    let count = frames(duration_s);
    let step = duration_s / f64::from(count);
    let seek = if duration_s > LONG_FILM_S { Seek::Near } else { Seek::Exact };
    let filter = format!("scale=w=iw*sar:h=ih,scale=w={FRAME_WIDTH}:h='max(2,ih*{FRAME_WIDTH}/iw)',crop=w=iw:h='min(ih,{HIGHEST_FRAME})',setsar=1");
    let deadline = Instant::now() + STORYBOARD_TIME;
    let mut sheet: Option<Sheet> = None;
    for number in 0..count {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match draw(path, (step * (f64::from(number) + 0.5), seek), &filter, left.min(FRAME_TIME)) {
            Ok(frame) => sheet.get_or_insert_with(|| Sheet::new(frame.height, count)).lay(&frame, number),
            Err(error) if error.is::<Missing>() => return Err(error),
            Err(_) => {}
        }
    }
    sheet.map(Sheet::finish).context("no frame of the film can be drawn")
}

fn smaller(longer_side: u32) -> String {
    let side = longer_side.clamp(1, LONGEST_SIDE);
    // Pixels that are not square first: camcorders write 720 x 576 for 4:3.
    format!("scale=w=iw*sar:h=ih,scale=w='min({side},iw)':h='min({side},ih)':force_original_aspect_ratio=decrease,setsar=1")
}

fn draw(path: &Path, (at_s, seek): (f64, Seek), filter: &str, time: Duration) -> anyhow::Result<Small> {
    let mut arguments = ffmpeg();
    if at_s > 0.0 {
        arguments = arguments.words(["-ss", &format!("{at_s:.3}")]);
        if seek == Seek::Near {
            arguments = arguments.words(["-noaccurate_seek"]);
        }
    }
    let arguments = arguments.words(["-i"]).input().words(["-map", "0:v:0", "-frames:v", "1", "-vf", filter]);
    let arguments = arguments.words(["-threads", "1", "-c:v", "ppm", "-pix_fmt", "rgb24", "-f", "image2pipe", "pipe:1"]);
    let longest = (LONGEST_SIDE * LONGEST_SIDE * 3 + 100) as usize;
    let bytes = Run { program: "ffmpeg", arguments, input: Some(path), time }.answer(longest)?;
    pixmap(&bytes).context("ffmpeg found no picture in it")
}

/// Reads a PPM as ffmpeg writes it: `P6`, width, height, 255, pixels.
fn pixmap(bytes: &[u8]) -> Option<Small> {
    let mut rest = bytes;
    let mut word = || {
        let end = rest.iter().position(u8::is_ascii_whitespace)?;
        let word = std::str::from_utf8(rest.get(..end)?).ok()?;
        rest = rest.get(end + 1..)?;
        Some(word)
    };
    let is_ours = word()? == "P6";
    let (width, height): (u32, u32) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let is_ours = is_ours && word()? == "255" && width > 0 && height > 0;
    let length = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
    let rgb = rest.get(..length).filter(|_| is_ours)?.to_vec();
    Some(Small { width, height, rgb, icc: None })
}

/// Whether a frame is nearly dark, or one even surface: a cover, a fade, a lens cap.
fn is_plain(small: &Small) -> bool {
    let light = |pixel: &[u8]| match *pixel {
        [red, green, blue] => (u64::from(red) * 2 + u64::from(green) * 5 + u64::from(blue)) / 8,
        _ => 0,
    };
    let (mut sum, mut squares, mut count) = (0u64, 0u64, 0u64);
    for pixel in small.rgb.chunks_exact(3) {
        let light = light(pixel);
        (sum, squares, count) = (sum + light, squares + light * light, count + 1);
    }
    let count = count.max(1);
    let mean = sum / count;
    let variance = (squares / count).saturating_sub(mean * mean);
    // A deviation of 5 shades of 256; a night scene has lamps in it and passes.
    variance < 25 || (mean < 12 && variance < 150)
}

/// Frames side by side.
struct Sheet {
    columns: u32,
    frame_height: u32,
    /// Rows of frames that are laid, in pixels of the sheet.
    rgb: Vec<u8>,
}

impl Sheet {
    fn new(frame_height: u32, count: u32) -> Self {
        Self { columns: count.min(COLUMNS), frame_height: frame_height.clamp(1, HIGHEST_FRAME), rgb: Vec::new() }
    }

    fn lay(&mut self, frame: &Small, number: u32) {
        let row_bytes = (self.columns * FRAME_WIDTH * 3) as usize;
        let (line, column) = ((number / self.columns) as usize, (number % self.columns) as usize);
        let needed = (line + 1) * self.frame_height as usize * row_bytes;
        if self.rgb.len() < needed {
            self.rgb.resize(needed, 24);
        }
        let below = self.rgb.chunks_exact_mut(row_bytes).skip(line * self.frame_height as usize);
        for (to, from) in below.zip(frame.rgb.chunks_exact(frame.width as usize * 3)).take(self.frame_height as usize) {
            for (to, from) in to.iter_mut().skip(column * FRAME_WIDTH as usize * 3).zip(from.iter().take(FRAME_WIDTH as usize * 3)) {
                *to = *from;
            }
        }
    }

    fn finish(self) -> Small {
        let width = self.columns * FRAME_WIDTH;
        let height = (self.rgb.len() / (width as usize * 3)) as u32;
        Small { width, height, rgb: self.rgb, icc: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(width: u32, height: u32, shade: u8) -> Small {
        Small { width, height, rgb: vec![shade; (width * height * 3) as usize], icc: None }
    }

    #[test]
    fn a_fade_is_plain_and_a_lamp_over_the_loom_is_not() {
        let mut night = even(40, 40, 4);
        assert!(is_plain(&night));
        assert!(is_plain(&even(40, 40, 255)));
        night.rgb[..600].fill(220);
        assert!(!is_plain(&night));
    }

    #[test]
    fn frames_of_dệt_lụa_lie_in_rows_of_six() {
        let mut sheet = Sheet::new(90, 24);
        sheet.lay(&even(160, 90, 100), 0);
        sheet.lay(&even(160, 95, 200), 7);
        sheet.lay(&even(170, 20, 150), 11);
        let sheet = sheet.finish();
        assert_eq!((sheet.width, sheet.height), (960, 180));
        let at = |x: usize, y: usize| sheet.rgb[(y * 960 + x) * 3];
        assert_eq!((at(0, 0), at(160, 0), at(160, 90), at(319, 179), at(959, 109), at(959, 110)), (100, 24, 200, 200, 150, 24));
    }

    #[test]
    fn only_a_whole_pixmap_is_read() {
        assert!(pixmap(b"P6\n2 1\n255\n123456").is_some_and(|small| small.rgb == b"123456"));
        for broken in [&b"P6\n2 1\n255\n12345"[..], b"P6\n0 1\n255\n", b"P6\n4294967295 4294967295\n255\n1", b"P5\n1 1\n255\n1", b""] {
            assert!(pixmap(broken).is_none());
        }
    }
}
