//! How a recording is played: as it is where every browser plays it, else by its access copy.

use kho_archive::record::File;

use super::media_href;
use crate::derivative::picture::outside;
use crate::derivative::{COPY, State as Made};
use crate::web::app::App;
use crate::web::media::copy_type;
use crate::web::texts::Texts;

/// What a player is given.
pub(in crate::web) enum Played {
    /// The original.
    Original { src: String, mime: String },
    /// The access copy.
    Copy { src: String, mime: String },
    /// Nothing yet: the copy is being made, or waits.
    NotYet,
    /// Nothing, and why.
    Never(String),
    /// Nothing: this machine has no program that makes copies.
    NoProgram,
}

/// Finds out how a recording is played.
pub(in crate::web) fn played(app: &App, file: &File) -> Played {
    if app.derivatives.streams(file).plays() {
        let mime = file.technical.mime.clone().unwrap_or_default();
        return Played::Original { src: media_href(file), mime };
    }
    if let Some((_, recipe)) = app.derivatives.copy(&file.digest) {
        return Played::Copy { src: format!("/derived/{}/{}", file.digest, recipe.name), mime: copy_type(file, recipe).to_owned() };
    }
    match app.derivatives.state(&file.digest, COPY) {
        Made::Failed(reason) => Played::Never(reason),
        _ if outside::has("ffmpeg") => Played::NotYet,
        _ => Played::NoProgram,
    }
}

impl Played {
    /// The address for a player, and the media type of what is there.
    pub(in crate::web) fn source(&self) -> Option<(&str, &str)> {
        match self {
            Self::Original { src, mime } | Self::Copy { src, mime } => Some((src, mime)),
            Self::NotYet | Self::Never(_) | Self::NoProgram => None,
        }
    }

    /// What a reader must know of it; empty if there is nothing to say.
    pub(super) fn note(&self, texts: &Texts) -> String {
        match self {
            Self::Original { .. } => String::new(),
            Self::Copy { .. } => texts.get("copy-played"),
            Self::NotYet => texts.get("copy-coming"),
            Self::Never(reason) => texts.with("copy-failed", "reason", reason),
            Self::NoProgram => texts.get("copy-no-program"),
        }
    }
}
