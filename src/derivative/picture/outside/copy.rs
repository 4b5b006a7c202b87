//! Copies of films and sounds that every browser plays.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use super::Arguments;
use super::ffmpeg;
use super::run::Run;
use crate::derivative::playing::{Streams, Treatment};

/// A copy of an hour has at most so many bytes for each of its seconds; what grows beyond that is stopped.
const MOST_BYTES_PER_SECOND: f64 = 400_000.0;

/// What a copy may have above that, whatever its length.
const ROOM: u64 = 16 << 20;

/// Of a recording of which nobody knows how long it is, so much is copied at most: twelve hours.
const LONGEST_S: f64 = 43_200.0;

/// Pixels that are square, 720 lines at most, and sides that can be halved. What came as halves of pictures is put together first.
const SHAPE: &str = "yadif=deint=interlaced,scale=w='trunc(iw*sar/2)*2':h=ih,\
    scale=w='min(1280,iw)':h='min(720,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1,format=yuv420p";

/// What this ffmpeg can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoders {
    /// H.264, which everything plays.
    pub(crate) has_h264: bool,
    /// VP9 and Opus, which are as good and take longer.
    pub(crate) has_webm: bool,
}

/// What is copied, and whereto.
pub(crate) struct Copying<'a> {
    pub(crate) from: &'a Path,
    pub(crate) to: &'a Path,
    /// Here it is noted how many seconds are copied.
    pub(crate) progress: &'a Path,
    pub(crate) streams: &'a Streams,
    pub(crate) is_webm: bool,
    /// It is stopped after so long.
    pub(crate) time: Duration,
}

/// Finds out what the ffmpeg of this machine can write.
pub(crate) fn encoders() -> anyhow::Result<Encoders> {
    let arguments = Arguments::default().words(["-hide_banner", "-encoders"]);
    let told = Run { program: "ffmpeg", arguments, input: None, time: Duration::from_secs(10) }.answer(1 << 20)?;
    let told = String::from_utf8_lossy(&told);
    let has = |wanted: &str| told.lines().any(|line| line.split_whitespace().nth(1) == Some(wanted));
    Ok(Encoders { has_h264: has("libx264"), has_webm: has("libvpx-vp9") && has("libopus") })
}

/// Makes a copy, with nothing in it but pictures and sound: what a camera wrote of places and people stays with the original.
pub(crate) fn copy(copying: &Copying<'_>) -> anyhow::Result<()> {
    let duration_s = copying.streams.duration_s.unwrap_or(LONGEST_S).min(LONGEST_S);
    let taken_over = if copying.streams.pictures() == Treatment::Keep { copying.streams.size } else { 0 };
    let most = ((duration_s * MOST_BYTES_PER_SECOND) as u64).max(taken_over) + ROOM;
    let arguments = ffmpeg().words(["-y", "-i"]).input().words(["-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]);
    let arguments = tracks(arguments, copying.streams, copying.is_webm);
    let arguments = arguments.words(["-fs", &most.to_string(), "-max_muxing_queue_size", "4096", "-progress", "pipe:1", "-stats_period", "1"]);
    let arguments = arguments.words(["-f", if copying.is_webm { "webm" } else { "mp4" }]).path(copying.to);
    let mut told = Vec::new();
    Run { program: "ffmpeg", arguments, input: Some(copying.from), time: copying.time }.stream(|part| {
        // What is erased by law is not read on for hours because it was open.
        ensure!(copying.from.exists(), "the original is gone");
        told.extend_from_slice(part);
        let end = told.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        let lines: Vec<u8> = told.drain(..end).collect();
        if let Some(seconds) = position(&String::from_utf8_lossy(&lines)) {
            fs::write(copying.progress, seconds.to_string())?;
        }
        Ok(())
    })?;
    let size = fs::metadata(copying.to)?.len();
    ensure!(size < most, "the copy became longer than {most} bytes");
    ensure!(size > 0, "ffmpeg wrote nothing");
    Ok(())
}

/// What becomes of each track.
fn tracks(arguments: Arguments, streams: &Streams, is_webm: bool) -> Arguments {
    let arguments = if streams.is_film() { pictures(arguments, streams, is_webm) } else { arguments.words(["-vn"]) };
    let arguments = arguments.words(["-map", "0:a:0?"]);
    match streams.sound() {
        _ if is_webm => arguments.words(["-c:a", "libopus", "-ac", "2", "-b:a", "96k"]),
        Treatment::Keep => arguments.words(["-c:a", "copy", "-movflags", "+faststart"]),
        Treatment::Recode => arguments.words(["-c:a", "aac", "-ac", "2", "-b:a", "128k", "-movflags", "+faststart"]),
    }
}

fn pictures(arguments: Arguments, streams: &Streams, is_webm: bool) -> Arguments {
    let arguments = arguments.words(["-map", "0:v:0?"]);
    // Two threads: one would take all night, and all of them the machine.
    let recoded = ["-vf", SHAPE, "-threads", "2", "-maxrate", "2500k", "-bufsize", "5000k"];
    if is_webm {
        let arguments = arguments.words(recoded).words(["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1"]);
        return arguments.words(["-b:v", "2000k", "-g", "240"]);
    }
    match streams.pictures() {
        Treatment::Keep => arguments.words(["-c:v", "copy"]),
        Treatment::Recode => {
            arguments.words(recoded).words(["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", "-g", "240"])
        }
    }
}

/// Reads how far ffmpeg says that it is, in seconds: the last of several times.
fn position(lines: &str) -> Option<f64> {
    let times = lines.lines().filter_map(|line| line.strip_prefix("out_time_us="));
    times.filter_map(|time| time.trim().parse::<f64>().ok()).map(|microseconds| microseconds / 1e6).rfind(|seconds| *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_stands_in_what_ffmpeg_says() {
        assert_eq!(position("frame=3\nout_time_us=1500000\nprogress=continue\nout_time_us=2500000\n"), Some(2.5));
        assert_eq!(position("out_time_us=N/A\n"), None);
        assert_eq!(position("out_time_us=-23220\n"), None);
    }

    #[test]
    fn a_film_of_weaving_in_halves_of_pictures_becomes_one_that_plays() {
        if super::super::run::Tools::find("ffmpeg").is_none() {
            println!("ffmpeg is not installed: nothing to see");
            return;
        }
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (from, to, progress) = (folder.path().join("đan đó.avi"), folder.path().join("bản xem"), folder.path().join("xa"));
        let film = Arguments::default().words(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:duration=2", "-f", "lavfi"]);
        let film =
            film.words(["-i", "sine=duration=2", "-c:v", "mpeg4", "-flags", "+ilme+ildct", "-metadata", "comment=bí mật", "-c:a", "pcm_s16le"]);
        Run { program: "ffmpeg", arguments: film.path(&from), input: None, time: Duration::from_secs(30) }.answer(1000).expect("a film is made");
        let streams = Streams {
            mime: "video/x-msvideo".to_owned(),
            size: 1,
            duration_s: Some(2.0),
            video: Some("mpeg4".to_owned()),
            audio: Some("pcm_s16le".to_owned()),
            ..Streams::default()
        };
        let all = encoders().expect("ffmpeg says what it can");
        for is_webm in [false, true].into_iter().filter(|is_webm| if *is_webm { all.has_webm } else { all.has_h264 }) {
            copy(&Copying { from: &from, to: &to, progress: &progress, streams: &streams, is_webm, time: Duration::from_secs(60) })
                .expect("a copy is made");
            let probed = super::super::probe(&to).expect("it is a film");
            let video = probed.video.expect("it has pictures");
            let codecs = (video.codec.as_str(), probed.audio.as_ref().map(|audio| audio.codec.as_str()));
            assert_eq!(codecs, if is_webm { ("vp9", Some("opus")) } else { ("h264", Some("aac")) });
            assert_eq!((video.width, video.height, video.pixel_format.as_deref()), (720, 576, Some("yuv420p")));
            assert!(probed.duration_s.is_some_and(|seconds| (1.8..2.3).contains(&seconds)));
            assert!(fs::read_to_string(&progress).is_ok_and(|text| text.parse::<f64>().is_ok_and(|seconds| seconds > 1.0)));
            let bytes = fs::read(&to).expect("it was made");
            assert!(!String::from_utf8_lossy(&bytes).contains("bí mật"), "what the camera wrote is left out");
        }
    }
}
