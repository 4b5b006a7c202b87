//! What ffprobe says of a film or a sound.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::Run;
use super::{Arguments, limits};

const TIME: Duration = Duration::from_secs(8);
const LONGEST: usize = 1 << 20;

/// Only these are asked for: tags can be long, and others read them.
const ENTRIES: &str = "format=format_name,duration,bit_rate:stream=codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,\
    pix_fmt,field_order,sample_rate,channels,duration:stream_disposition=attached_pic:stream_tags=rotate:stream_side_data=rotation";

/// Facts of a film or a sound. What is `None` or empty nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Probed {
    /// Short names of the container, as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub(crate) format: Option<String>,
    /// Seconds.
    pub(crate) duration_s: Option<f64>,
    /// Bits for each second, all in all.
    pub(crate) bit_rate: Option<u64>,
    /// The first moving picture; a cover is none.
    pub(crate) video: Option<Video>,
    /// The first sound.
    pub(crate) audio: Option<Audio>,
    /// Whether there is a still picture beside the sound.
    pub(crate) has_cover: bool,
}

/// Facts of a moving picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Video {
    /// Short name of how it is coded, as `h264`.
    pub(crate) codec: String,
    /// Pixels as stored, before turning.
    pub(crate) width: u32,
    /// Pixels as stored, before turning.
    pub(crate) height: u32,
    /// By how many degrees a player turns it counterclockwise: -180 to 180.
    pub(crate) rotation: i32,
    /// Frames for each second.
    pub(crate) frame_rate: Option<f64>,
    /// How a pixel is stored, as `yuv420p`.
    pub(crate) pixel_format: Option<String>,
    /// Whether each frame is two halves, one after the other.
    pub(crate) is_interlaced: bool,
}

/// Facts of a sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Audio {
    /// Short name of how it is coded, as `aac`.
    pub(crate) codec: String,
    /// Samples for each second.
    pub(crate) sample_rate: Option<u32>,
    /// One for mono, two for stereo.
    pub(crate) channels: Option<u32>,
}

/// Asks ffprobe for what a film or a sound is; fails for what is neither.
pub(crate) fn probe(path: &Path) -> anyhow::Result<Probed> {
    let arguments = Arguments::default().words(["-v", "error", "-hide_banner", "-threads", "1"]).words(limits());
    let arguments = arguments.words(["-of", "json", "-show_entries", ENTRIES, "-i"]).input();
    let bytes = Run { program: "ffprobe", arguments, input: Some(path), time: TIME }.answer(LONGEST)?;
    let answer: Value = serde_json::from_slice(&bytes).context("ffprobe answered in a way that we do not know")?;
    Ok(read(&answer))
}

fn read(answer: &Value) -> Probed {
    let format = &answer["format"];
    let streams = answer["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |kind: &str| streams.iter().filter(move |stream| stream["codec_type"] == kind).collect::<Vec<_>>();
    let is_cover = |stream: &Value| stream["disposition"]["attached_pic"].as_u64() == Some(1);
    let (videos, audios) = (of("video"), of("audio"));
    let longest = streams.iter().filter_map(|stream| seconds(&stream["duration"])).reduce(f64::max);
    Probed {
        format: word(&format["format_name"]),
        duration_s: seconds(&format["duration"]).or(longest),
        bit_rate: number(&format["bit_rate"]),
        video: videos.iter().find(|stream| !is_cover(stream)).map(|stream| video(stream)),
        audio: audios.first().map(|stream| audio(stream)),
        has_cover: videos.iter().any(|stream| is_cover(stream)),
    }
}

fn video(stream: &Value) -> Video {
    let side = |name: &str| stream[name].as_u64().and_then(|side| u32::try_from(side).ok()).unwrap_or(0);
    let beside = stream["side_data_list"].as_array().map(Vec::as_slice).unwrap_or_default();
    let turned = beside.iter().find_map(|data| data["rotation"].as_f64());
    // Older programs have it in a tag, and clockwise.
    let tagged = || stream["tags"]["rotate"].as_str().and_then(|text| text.parse::<f64>().ok()).map(|degrees| -degrees);
    Video {
        codec: word(&stream["codec_name"]).unwrap_or_default(),
        width: side("width"),
        height: side("height"),
        rotation: turned.or_else(tagged).unwrap_or(0.0) as i32,
        frame_rate: rate(&stream["avg_frame_rate"]).or_else(|| rate(&stream["r_frame_rate"])),
        pixel_format: word(&stream["pix_fmt"]),
        is_interlaced: stream["field_order"].as_str().is_some_and(|order| ["tt", "bb", "tb", "bt"].contains(&order)),
    }
}

fn audio(stream: &Value) -> Audio {
    Audio {
        codec: word(&stream["codec_name"]).unwrap_or_default(),
        sample_rate: number(&stream["sample_rate"]),
        channels: stream["channels"].as_u64().and_then(|count| u32::try_from(count).ok()),
    }
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.chars().take(100).collect())
}

/// ffprobe writes most numbers as text.
fn number<N: std::str::FromStr>(value: &Value) -> Option<N> {
    value.as_str().and_then(|text| text.parse().ok())
}

fn seconds(value: &Value) -> Option<f64> {
    number::<f64>(value).filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

/// A rate as `30000/1001`.
fn rate(value: &Value) -> Option<f64> {
    let (frames, seconds) = value.as_str()?.split_once('/')?;
    let rate = frames.parse::<f64>().ok()? / seconds.parse::<f64>().ok()?;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_film_of_weaving_rush_is_described() {
        let answer = serde_json::json!({
            "format": { "format_name": "mov,mp4", "duration": "12.500000", "bit_rate": "8000000" },
            "streams": [
                { "codec_type": "video", "codec_name": "mjpeg", "width": 9, "height": 9, "disposition": { "attached_pic": 1 } },
                { "codec_type": "video", "codec_name": "hevc", "width": 1920, "height": 1080, "avg_frame_rate": "30000/1001", "disposition":
                    { "attached_pic": 0 }, "side_data_list": [{ "rotation": -90 }] },
                { "codec_type": "audio", "codec_name": "aac", "sample_rate": "44100", "channels": 2 },
            ],
        });
        let probed = read(&answer);
        let video = probed.video.expect("a moving picture");
        assert_eq!((video.codec.as_str(), video.width, video.height, video.rotation), ("hevc", 1920, 1080, -90));
        assert!(video.frame_rate.is_some_and(|rate| (rate - 29.97).abs() < 0.01));
        assert_eq!((probed.duration_s, probed.bit_rate, probed.has_cover), (Some(12.5), Some(8_000_000), true));
        assert_eq!(probed.audio.expect("a sound").sample_rate, Some(44_100));
    }

    #[test]
    fn nonsense_is_not_believed() {
        let answer = serde_json::json!({
            "format": { "duration": "-1", "bit_rate": "N/A" },
            "streams": [{ "codec_type": "video", "width": -5, "height": 1e30, "avg_frame_rate": "0/0" }, 7, null],
        });
        let probed = read(&answer);
        assert_eq!((probed.duration_s, probed.bit_rate), (None, None));
        assert_eq!(probed.video, Some(Video::default()));
        assert_eq!(read(&Value::Null), Probed::default());
    }
}
