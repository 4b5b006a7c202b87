//! Facts of films: duration, size, rotation, date and place. Indexes and headers only.
//!
//! MPEG program and transport streams have no index: their duration is left to ffprobe.

use super::window::Window;
use super::{Facts, MediaKind};

mod asf;
mod avi;
mod matroska;
pub(crate) mod mp4;
mod mpeg;
mod ogg;

/// Reads the facts of a film whose media type is known. What has no pictures becomes sound.
pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    match facts.mime.as_str() {
        "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" | "audio/mp4" => mp4::read(window, facts),
        "video/webm" | "video/matroska" => matroska::read(window, facts),
        "video/x-msvideo" => avi::read(window, facts),
        "video/mpeg" | "video/mp2t" => mpeg::read(window, facts),
        "video/x-ms-wmv" | "audio/x-ms-wma" | "video/x-ms-asf" | "application/vnd.ms-asf" => asf::read(window, facts),
        "video/x-dv" => mpeg::read_dv(window, facts),
        "video/ogg" => ogg::read(window, facts),
        "video/x-fli" | "video/x-flc" => mpeg::read_flic(window, facts),
        _ => {}
    }
    if facts.width == Some(0) || facts.height == Some(0) {
        (facts.width, facts.height) = (None, None);
    }
    facts.duration_s = facts.duration_s.and_then(milliseconds);
    if facts.evidence.is_only_sound {
        let name = match facts.mime.as_str() {
            "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" => "audio/mp4",
            "video/webm" => "audio/webm",
            "video/matroska" => "audio/matroska",
            other => other,
        };
        facts.mime = name.to_owned();
        facts.kind = MediaKind::Sound;
    }
}

/// Rounds a duration to the millisecond; nothing, the endless and the impossible are no duration.
pub(super) fn milliseconds(seconds: f64) -> Option<f64> {
    // A hundred days.
    let rounded = (seconds * 1000.0).round() / 1000.0;
    (rounded.is_finite() && rounded > 0.0 && rounded < 8_640_000.0).then_some(rounded)
}
