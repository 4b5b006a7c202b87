//! `/assets/…`: style, script, fonts and drawings, embedded in the program.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::error::WebError;
use super::media;

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
    "ways.css" as "text/css; charset=utf-8",
    "dark.css" as "text/css; charset=utf-8",
    "contrast.css" as "text/css; charset=utf-8",
    "print.css" as "text/css; charset=utf-8",
    "desk.css" as "text/css; charset=utf-8",
    "desk.js" as "text/javascript; charset=utf-8",
    "transcript.js" as "text/javascript; charset=utf-8",
    "upload.js" as "text/javascript; charset=utf-8",
    "copies.js" as "text/javascript; charset=utf-8",
    "pages.css" as "text/css; charset=utf-8",
    "player.css" as "text/css; charset=utf-8",
    "player.js" as "text/javascript; charset=utf-8",
    "set.js" as "text/javascript; charset=utf-8",
    "kho.js" as "text/javascript; charset=utf-8",
    "kiosk.css" as "text/css; charset=utf-8",
    "kiosk.js" as "text/javascript; charset=utf-8",
    "offers.js" as "text/javascript; charset=utf-8",
    "zoom.css" as "text/css; charset=utf-8",
    "zoom.js" as "text/javascript; charset=utf-8",
    "cut.js" as "text/javascript; charset=utf-8",
    "vendor/openseadragon/openseadragon.min.js" as "text/javascript; charset=utf-8",
    "vendor/openseadragon/LICENSE.txt" as "text/plain; charset=utf-8",
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

/// An embedded file as it is sent.
struct Asset {
    bytes: &'static [u8],
    mime: &'static str,
    /// The beginning of its digest, by which pages ask for it: another content has another address.
    version: String,
    /// The same compressed, if that makes it shorter.
    compressed: Option<Vec<u8>>,
}

/// Every file that was asked for, compressed once.
static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Asset>>>> = LazyLock::new(Mutex::default);

/// Returns the address of an embedded file that holds for as long as its content.
pub(crate) fn href(path: &str) -> String {
    known(path).map_or_else(|| format!("/assets/{path}"), |asset| format!("/assets/{path}?v={}", asset.version))
}

fn known(path: &str) -> Option<Arc<Asset>> {
    let (bytes, mime) = find(path)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let asset = known.entry(path.to_owned()).or_insert_with(|| Arc::new(Asset::new(bytes, mime)));
    Some(Arc::clone(asset))
}

impl Asset {
    fn new(bytes: &'static [u8], mime: &'static str) -> Self {
        let version = blake3::hash(bytes).to_hex()[..16].to_owned();
        // Fonts are compressed already.
        let compressed = compress(bytes).ok().filter(|compressed| compressed.len() < bytes.len() && mime != "font/woff2");
        Self { bytes, mime, version, compressed }
    }
}

fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

pub(crate) async fn show(Path(path): Path<String>, Query(asked): Query<HashMap<String, String>>, headers: HeaderMap) -> Result<Response, WebError> {
    let Some(asset) = known(&path) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let etag = format!("\"{}\"", asset.version);
    let is_versioned = asked.get("v") == Some(&asset.version);
    let mut response = if media::is_known(&headers, &etag) { media::not_modified(&etag)? } else { whole(&asset, &headers) };
    let answer = response.headers_mut();
    // A font under the same name is the same font.
    let is_for_good = is_versioned || path.starts_with("fonts/");
    let caching = if is_for_good { "max-age=31536000, immutable" } else { "max-age=600" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(header::ETAG, HeaderValue::from_str(&etag)?);
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Ok(response)
}

fn whole(asset: &Asset, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    match &asset.compressed {
        Some(compressed) if takes_gzip(accepted) => {
            ([(header::CONTENT_TYPE, asset.mime), (header::CONTENT_ENCODING, "gzip")], compressed.clone()).into_response()
        }
        _ => ([(header::CONTENT_TYPE, asset.mime)], asset.bytes).into_response(),
    }
}

/// Whether `Accept-Encoding` names gzip, and not only to refuse it.
pub(super) fn takes_gzip(accepted: &str) -> bool {
    let mut codings = accepted.split(',').map(|coding| coding.split(';').map(str::trim));
    codings.any(|mut coding| coding.next() == Some("gzip") && !coding.any(|weight| ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&weight)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_others_is_as_scripts_vendor_copied_it() {
        use sha2::{Digest as _, Sha256};
        let listed: Vec<_> = include_str!("../../assets/vendor/SHA256SUMS").lines().filter_map(|line| line.split_once("  ")).collect();
        for (digest, path) in &listed {
            let bytes = std::fs::read(format!("assets/vendor/{path}")).unwrap();
            let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, *digest, "{path}");
        }
        assert_eq!(listed.len(), 4);
    }

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        assert!(takes_gzip("gzip") && takes_gzip("br, gzip;q=0.5") && takes_gzip("deflate,gzip"));
        assert!(!takes_gzip("") && !takes_gzip("br") && !takes_gzip("gzip;q=0") && !takes_gzip("x-gzip"));
    }
}
