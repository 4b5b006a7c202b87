//! Whether the ending of a name contradicts the content of a file.

use super::{Facts, MediaKind};

/// Endings, and the beginnings of the media types that may bear them.
const ENDINGS: &[(&[&str], &[&str])] = &[
    (&["jpg", "jpeg", "jpe", "jfif", "mpo"], &["image/jpeg"]),
    (&["png", "apng"], &["image/png", "image/apng"]),
    (&["gif"], &["image/gif"]),
    (&["bmp", "dib"], &["image/bmp"]),
    (&["webp"], &["image/webp"]),
    (&["heic", "heif", "hif"], &["image/heic", "image/heif"]),
    (&["avif"], &["image/avif"]),
    (&["jp2", "j2k", "j2c", "jpf", "jpx"], &["image/jp2", "image/jpx", "image/j2c"]),
    (&["jxl"], &["image/jxl"]),
    (&["psd", "psb"], &["image/vnd.adobe.photoshop"]),
    (&["tif", "tiff"], &["image/tiff", "image/x-"]),
    (&["dng", "nef", "cr2", "cr3", "arw", "orf", "rw2", "pef", "raf"], &["image/x-", "image/tiff"]),
    (&["svg", "svgz"], &["image/svg+xml", "text/xml"]),
    (&["mp4", "m4v", "mov", "qt", "3gp", "3g2"], &["video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"]),
    (&["m4a", "m4b"], &["audio/mp4", "video/mp4", "video/quicktime"]),
    (&["mkv", "mka", "webm"], &["video/matroska", "video/webm", "audio/matroska", "audio/webm"]),
    (&["avi"], &["video/x-msvideo"]),
    (&["mpg", "mpeg", "vob", "m2v", "mts", "m2ts"], &["video/mpeg", "video/mp2t", "audio/mpeg"]),
    (&["wmv", "wma", "asf"], &["video/x-ms", "audio/x-ms", "application/vnd.ms-asf"]),
    (&["mp3"], &["audio/mpeg"]),
    (&["wav"], &["audio/vnd.wave", "audio/x-w64"]),
    (&["flac"], &["audio/flac", "audio/ogg"]),
    (&["ogg", "oga", "ogv", "opus"], &["audio/ogg", "video/ogg", "application/ogg"]),
    (&["aif", "aiff", "aifc"], &["audio/x-aiff"]),
    (&["pdf"], &["application/pdf"]),
    (
        &["doc", "docx", "xls", "xlsx", "ppt", "pptx"],
        &["application/msword", "application/vnd.", "application/x-ole-storage", "application/rtf", "application/encrypted"],
    ),
    (&["odt", "ods", "odp"], &["application/vnd.oasis"]),
    (&["epub"], &["application/epub+zip"]),
    (&["7z"], &["application/x-7z-compressed"]),
];

/// Returns a sentence for people if a known ending contradicts what the bytes are. Kinds of text change into each
/// other too easily to say so, and a file of unknown content contradicts nothing.
pub(crate) fn sentence(name: &str, facts: &Facts) -> Option<String> {
    let (_, ending) = name.rsplit_once('.')?;
    let lower = ending.to_ascii_lowercase();
    let (_, expected) = ENDINGS.iter().find(|(endings, _)| endings.contains(&lower.as_str()))?;
    let is_text = facts.mime.starts_with("text/") && facts.kind == MediaKind::Document;
    let is_expected = expected.iter().any(|beginning| facts.mime.starts_with(beginning));
    let is_doubtful = is_text || facts.mime == "application/octet-stream";
    (!is_expected && !is_doubtful).then(|| format!("its name ends in .{ending}, but it is {}", facts.mime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_that_lie_and_endings_that_differ_in_spelling_only() {
        let said = |name: &str, mime: &str| sentence(name, &Facts { mime: mime.to_owned(), ..Facts::default() });
        assert_eq!(said("phim.mp4", "image/jpeg").as_deref(), Some("its name ends in .mp4, but it is image/jpeg"));
        assert_eq!(said("đó.JPEG", "image/png").as_deref(), Some("its name ends in .JPEG, but it is image/png"));
        for (name, mime) in [
            ("a.mov", "video/mp4"),
            ("a.tif", "image/x-adobe-dng"),
            ("a.docx", "application/octet-stream"),
            ("a", "image/png"),
            ("a.xyz", "image/png"),
        ] {
            assert_eq!(said(name, mime), None, "{name}");
        }
    }
}
