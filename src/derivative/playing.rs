//! Whether a browser plays a recording as it is, and what must be done to it if not.
//!
//! Decided by what is known of it and nothing else: the container, how pictures and sound are coded, and how much of it comes
//! in a second. What every browser of today plays is meant, not what one of them may.

use kho_archive::record::File;
use serde::{Deserialize, Serialize};

use super::picture::outside::Probed;

/// More bits a second than this are more than a village line brings.
const MOST_BITS: u64 = 8_000_000;

/// A file up to this length is there at once, however many bits it has for a second.
const SHORT: u64 = 16 << 20;

/// What is known of a recording that matters for playing it. What is `None` nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Streams {
    /// The container, as a media type.
    pub(crate) mime: String,
    pub(crate) size: u64,
    pub(crate) duration_s: Option<f64>,
    /// How the pictures are coded, in the words of ffmpeg; `None` as well if there are none.
    pub(crate) video: Option<String>,
    /// How a pixel is stored, as `yuv420p`.
    pub(crate) pixels: Option<String>,
    /// Whether each picture is two halves, one after the other, as in television.
    pub(crate) is_interlaced: bool,
    /// How the sound is coded.
    pub(crate) audio: Option<String>,
}

/// What is done to a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It is taken over as it is.
    Keep,
    /// It is coded anew.
    Recode,
}

impl Streams {
    /// Returns what is known of a file: what a program found out about its tracks, else what its record says.
    pub(crate) fn of(file: &File, probed: Option<&Probed>) -> Self {
        let facts = &file.technical;
        let mime = facts.mime.clone().unwrap_or_default();
        let mut streams = Self { mime, size: file.size, duration_s: facts.duration_s, ..Self::default() };
        match probed {
            Some(probed) => {
                let video = probed.video.as_ref();
                streams.video = video.map(|video| video.codec.clone());
                streams.pixels = video.and_then(|video| video.pixel_format.clone());
                streams.is_interlaced = video.is_some_and(|video| video.is_interlaced);
                streams.audio = probed.audio.as_ref().map(|audio| audio.codec.clone());
                streams.duration_s = streams.duration_s.or(probed.duration_s);
            }
            // The record has the codec of the pictures if there are any, else that of the sound.
            None if streams.is_film() => streams.video = facts.codec.clone(),
            None => streams.audio = facts.codec.clone(),
        }
        streams
    }

    /// Whether every browser plays it as it is.
    pub(crate) fn plays(&self) -> bool {
        let (video, audio) = match self.mime.as_str() {
            "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" => (&["h264", "av1", "vp9"][..], &["aac", "mp3", "opus", "flac"][..]),
            "video/webm" => (&["vp8", "vp9", "av1"][..], &["vorbis", "opus"][..]),
            "audio/mp4" | "audio/aac" => (&[][..], &["aac", "mp3", "opus", "flac"][..]),
            "audio/webm" => (&[][..], &["vorbis", "opus"][..]),
            "audio/ogg" | "audio/opus" => (&[][..], &["vorbis", "opus", "flac"][..]),
            "audio/mpeg" => (&[][..], &["mp3"][..]),
            "audio/flac" | "audio/x-flac" => (&[][..], &["flac"][..]),
            "audio/wav" | "audio/x-wav" | "audio/vnd.wave" => (&[][..], &WAVE[..]),
            _ => return false,
        };
        let is_among = |codec: &Option<String>, known: &[&str]| codec.as_deref().is_none_or(|codec| known.contains(&codec));
        // The still picture of a sound file says nothing of the sound.
        let has_known_pictures = !self.is_film() || (is_among(&self.video, video) && self.has_plain_pixels() && !self.is_heavy());
        has_known_pictures && is_among(&self.audio, audio)
    }

    /// What is to be done to the pictures of a copy in MP4.
    pub(crate) fn pictures(&self) -> Treatment {
        // Frames lie there in the order and with the times that a copy needs.
        let is_ordered = ["video/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "video/matroska"].contains(&self.mime.as_str());
        let is_known = self.video.as_deref() == Some("h264") && self.pixels.is_some() && self.has_plain_pixels();
        if is_ordered && is_known && !self.is_interlaced && !self.is_heavy() { Treatment::Keep } else { Treatment::Recode }
    }

    /// What is to be done to the sound of a copy in MP4.
    pub(crate) fn sound(&self) -> Treatment {
        if ["aac", "mp3"].contains(&self.audio.as_deref().unwrap_or_default()) && self.is_film() { Treatment::Keep } else { Treatment::Recode }
    }

    /// Whether there are pictures in it.
    pub(crate) fn is_film(&self) -> bool {
        self.mime.starts_with("video/")
    }

    /// Whether one pixel of colour stands for four, with eight bits: all that chips in telephones decode.
    fn has_plain_pixels(&self) -> bool {
        self.pixels.as_deref().is_none_or(|pixels| ["yuv420p", "yuvj420p", "yuva420p"].contains(&pixels))
    }

    fn is_heavy(&self) -> bool {
        let bits = self.duration_s.filter(|seconds| *seconds > 0.0).map_or(0.0, |seconds| self.size as f64 * 8.0 / seconds);
        bits > MOST_BITS as f64 && self.size > SHORT
    }
}

/// What stands in WAV files and is played; in the record it is called PCM whatever the samples are.
const WAVE: [&str; 9] = ["pcm", "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw", "mp3"];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use kho_archive::record::{Role, Technical};

    use super::*;
    use crate::beside::shared;
    use crate::derivative::picture::outside;
    use crate::media::{self, Bytes};
    use Treatment::{Keep, Recode};

    fn film(mime: &str, video: &str, audio: &str) -> Streams {
        let known = |codec: &str| (!codec.is_empty()).then(|| codec.to_owned());
        let pixels = known("yuv420p").filter(|_| mime.starts_with("video/"));
        Streams {
            mime: mime.to_owned(),
            size: 5 << 20,
            duration_s: Some(10.0),
            video: known(video),
            audio: known(audio),
            pixels,
            is_interlaced: false,
        }
    }

    #[test]
    fn what_telephones_and_old_cameras_write() {
        for (mime, video, audio) in [
            ("video/mp4", "h264", "aac"),
            ("video/quicktime", "h264", ""),
            ("video/webm", "vp9", "opus"),
            ("video/mp4", "", ""),
            ("audio/mpeg", "", "mp3"),
            ("audio/vnd.wave", "", "pcm"),
            ("audio/mp4", "", "aac"),
            ("audio/ogg", "", "vorbis"),
        ] {
            assert!(film(mime, video, audio).plays(), "{mime} {video} {audio}");
        }
        for (mime, video, audio) in [
            ("video/mp4", "hevc", "aac"),
            ("video/quicktime", "prores", "pcm_s16le"),
            ("video/quicktime", "h264", "pcm_s16le"),
            ("video/x-msvideo", "h264", "aac"),
            ("video/mp2t", "h264", "ac3"),
            ("video/mpeg", "mpeg2video", "mp2"),
            ("video/matroska", "h264", "aac"),
            ("video/x-dv", "dvvideo", "pcm_s16le"),
            ("video/ogg", "theora", "vorbis"),
            ("audio/x-aiff", "", "pcm"),
            ("audio/amr", "", "amr_nb"),
            ("audio/x-ms-wma", "", "wmav2"),
            ("audio/mp4", "", "alac"),
            ("audio/mpeg", "", "mp2"),
        ] {
            assert!(!film(mime, video, audio).plays(), "{mime} {video} {audio}");
        }
    }

    #[test]
    fn what_is_too_much_for_a_village_line() {
        let heavy = Streams { size: 60 << 20, ..film("video/mp4", "h264", "aac") };
        assert!(!heavy.plays() && heavy.pictures() == Recode && heavy.sound() == Keep);
        assert!(Streams { duration_s: Some(600.0), ..heavy.clone() }.plays(), "ten minutes may be large");
        assert!(Streams { duration_s: None, ..heavy }.plays(), "nobody knows");
        assert!(Streams { size: 12 << 20, duration_s: Some(2.0), ..film("video/mp4", "h264", "aac") }.plays(), "a few seconds may have many bits");
        let ten_bits = Streams { pixels: Some("yuv420p10le".to_owned()), ..film("video/mp4", "h264", "aac") };
        assert!(!ten_bits.plays() && ten_bits.pictures() == Recode);
    }

    #[test]
    fn what_can_be_taken_over_is_not_coded_anew() {
        let matroska = film("video/matroska", "h264", "aac");
        assert_eq!((matroska.plays(), matroska.pictures(), matroska.sound()), (false, Keep, Keep));
        assert_eq!(film("video/matroska", "h264", "ac3").sound(), Recode);
        assert_eq!(film("video/x-msvideo", "h264", "mp3").pictures(), Recode, "AVI does not say when a frame is shown");
        assert_eq!(Streams { is_interlaced: true, ..matroska.clone() }.pictures(), Recode);
        assert_eq!(Streams { pixels: None, ..matroska }.pictures(), Recode, "nobody knows what is in it");
    }

    /// Reads a file as an ingest does, and asks ffprobe.
    fn streams_of(path: &Path) -> Streams {
        let size = path.metadata().expect("it is there").len();
        let open = || fs::File::open(path).map(|file| Box::new(file) as Box<dyn Bytes>);
        let facts = media::read_facts(&open, &path.to_string_lossy(), size);
        let fingerprint = kho_archive::digest::Fingerprinter::new().finish();
        let technical = Technical { mime: Some(facts.mime), codec: facts.codec, duration_s: facts.duration_s, ..Technical::default() };
        let (digest, sha256) = (fingerprint.digest, fingerprint.sha256);
        let file = File { digest, sha256, size, role: Role::original(), paths: Vec::new(), technical, more: Default::default() };
        Streams::of(&file, outside::probe(path).ok().as_ref())
    }

    #[test]
    fn films_of_cameras_that_are_no_more_are_told_from_those_that_play() {
        if !outside::has("ffmpeg") {
            println!("ffmpeg is not installed: nothing to see");
            return;
        }
        let folder = tempfile::tempdir().expect("a scratch folder");
        let cases: [(&str, &[&str], bool, Treatment); 7] = [
            ("dv.dv", &["-s", "720x576", "-r", "25", "-ar", "48000", "-ac", "2", "-c:v", "dvvideo", "-pix_fmt", "yuv420p"], false, Recode),
            ("mpeg2.mpg", &["-c:v", "mpeg2video", "-c:a", "mp2"], false, Recode),
            ("avchd.mts", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-flags", "+ilme+ildct", "-c:a", "ac3", "-f", "mpegts"], false, Recode),
            ("máy quay.avi", &["-c:v", "mjpeg", "-c:a", "pcm_s16le"], false, Recode),
            ("mkv.mkv", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"], false, Keep),
            ("điện thoại.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"], true, Keep),
            ("422.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-c:a", "aac"], false, Recode),
        ];
        for (name, coding, plays, pictures) in cases {
            let path = folder.path().join(name);
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]);
            assert!(command.args(coding).arg(&path).status().expect("ffmpeg runs").success(), "{name}");
            let streams = streams_of(&path);
            assert_eq!((streams.plays(), streams.pictures()), (plays, pictures), "{name}: {streams:?}");
        }
    }

    /// Reads the developers' corpus at ../shared/media, and passes where it is absent.
    #[test]
    fn real_films_and_sounds_are_judged_as_browsers_do() {
        let Some(corpus) = shared("media/av").filter(|_| outside::has("ffprobe")) else { return };
        let plays = [
            "h264.mp4",
            "av1.mp4",
            "vp9.mp4",
            "vp8.webm",
            "sfx-aac.mp4",
            "sfx-alaw.wav",
            "sfx-ulaw.wav",
            "sfx-pcm-f32.wav",
            "sfx-pcm-s16.wav",
            "sfx-pcm-s24.wav",
            "sfx-pcm-s32.wav",
            "sfx-pcm-u8.wav",
            "sfx.adts",
            "sfx.flac",
            "sfx.mp3",
            "four-colors.mp4",
        ];
        for name in plays {
            let streams = streams_of(&corpus.join("wpt-webcodecs").join(name));
            assert!(streams.plays(), "{name}: {streams:?}");
        }
        for name in [
            "A4.mp4",
            "A4.webm",
            "counting.webm",
            "green-at-15.mp4",
            "movie_5.mp4",
            "sound_5.mp3",
            "sound_5.oga",
            "speech.wav",
            "test.mp4",
            "test.webm",
            "video.webm",
            "white.mp4",
            "test-a-128k-44100Hz-1ch.webm",
        ] {
            let streams = streams_of(&corpus.join("wpt-media").join(name));
            assert!(streams.plays(), "{name}: {streams:?}");
        }
        let of_others = ["apple-intermediate-codec.mov", "apple-prores-422-proxy.mov", "jpeg2000.mov", "photo-jpeg.mov", "png.mov"];
        let others = of_others.map(|name| corpus.join("opf-quicktime/video/Quicktime").join(name));
        for path in others.into_iter().chain(["wpt-webcodecs/h265.mp4", "wpt-media/counting.mp4"].map(|name| corpus.join(name))) {
            let streams = streams_of(&path);
            assert!(!streams.plays() && streams.pictures() == Recode, "{path:?}: {streams:?}");
        }
    }
}
