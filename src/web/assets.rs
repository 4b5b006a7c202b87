//! `/assets/…`: style, script, fonts and drawings, embedded in the program.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Embeds files of `assets/` with their media types.
macro_rules! embedded {
    ($($path:literal as $mime:literal),+ $(,)?) => {
        /// Returns an embedded file and its media type.
        fn find(path: &str) -> Option<(&'static [u8], &'static str)> {
            match path {
                $($path => Some((include_bytes!(concat!("../../assets/", $path)), $mime)),)+
                _ => None,
            }
        }
    };
}

embedded! {
    "kho.css" as "text/css; charset=utf-8",
    "desk.css" as "text/css; charset=utf-8",
    "desk.js" as "text/javascript; charset=utf-8",
    "transcript.js" as "text/javascript; charset=utf-8",
    "upload.js" as "text/javascript; charset=utf-8",
    "kho.js" as "text/javascript; charset=utf-8",
    "offers.js" as "text/javascript; charset=utf-8",
    "kho.svg" as "image/svg+xml",
    "favicon.svg" as "image/svg+xml",
    "icons.svg" as "image/svg+xml",
    "fonts/OFL.txt" as "text/plain; charset=utf-8",
    "fonts/be-vietnam-pro-latin-400-normal.woff2" as "font/woff2",
    "fonts/be-vietnam-pro-latin-600-normal.woff2" as "font/woff2",
    "fonts/be-vietnam-pro-latin-ext-400-normal.woff2" as "font/woff2",
    "fonts/be-vietnam-pro-latin-ext-600-normal.woff2" as "font/woff2",
    "fonts/be-vietnam-pro-vietnamese-400-normal.woff2" as "font/woff2",
    "fonts/be-vietnam-pro-vietnamese-600-normal.woff2" as "font/woff2",
}

pub(crate) async fn show(Path(path): Path<String>) -> Response {
    match find(&path) {
        Some((bytes, mime)) => ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "max-age=600")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
