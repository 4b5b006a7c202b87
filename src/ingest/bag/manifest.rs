//! The lines of a manifest: a digest, white space, a path (RFC 8493, section 2.1.3).

/// One line of a manifest, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The digest in lower-case letters. Not yet checked to be hexadecimal.
    pub(crate) digest: String,
    /// The path as it stands there, without a leading `*` or `./`, percent signs not yet decoded.
    pub(crate) path: Vec<u8>,
    /// Whether md5sum's mark for binary reading (`*`) stood before the path.
    pub(crate) binary_mark: bool,
    /// Whether the path began with `./`.
    pub(crate) dot_slash: bool,
}

/// Reads a manifest in UTF-8, with any of the three line ends. Never fails: what cannot be read as a line is a sentence in the second list.
pub(crate) fn parse_manifest(bytes: &[u8]) -> (Vec<Line>, Vec<String>) {
    let mut problems = Vec::new();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.len() != bytes.len() {
        problems.push("it begins with a byte order mark, which BagIt forbids".to_owned());
    }
    let mut lines = Vec::new();
    for (index, line) in lines_of(text).enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match parse_line(line) {
            Ok(line) => lines.push(line),
            Err(reason) => problems.push(format!("line {} {reason}", index.saturating_add(1))),
        }
    }
    (lines, problems)
}

/// Cuts text at LF, CR and CR LF. A CR LF gives an empty line more, which every caller skips or counts as none.
pub(super) fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').flat_map(|line| line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == b'\r'))
}

fn parse_line(line: &[u8]) -> Result<Line, String> {
    let Some(end) = line.iter().position(|byte| is_space(*byte)) else {
        return Err("has no path after its digest".to_owned());
    };
    let (digest, rest) = line.split_at(end);
    if digest.is_empty() {
        return Err("begins with white space, not with a digest".to_owned());
    }
    let digest = std::str::from_utf8(digest).map_err(|_| "has a digest that is not text".to_owned())?;
    let written = rest.trim_ascii_start();
    // A file of the payload begins with `data/`, so a leading `*` can only be the mark of md5sum.
    let path = written.strip_prefix(b"*").unwrap_or(written);
    let plain = path.strip_prefix(b"./").unwrap_or(path);
    if plain.is_empty() {
        return Err("has no path after its digest".to_owned());
    }
    Ok(Line {
        digest: digest.to_ascii_lowercase(),
        path: plain.to_vec(),
        binary_mark: path.len() != written.len(),
        dot_slash: plain.len() != path.len(),
    })
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Decodes `%0A`, `%0D` and `%25` in a path, and nothing else (RFC 8493, section 2.1.3).
pub(super) fn decode_path(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        let code = if *first == b'%' { after.get(..2).map(<[u8]>::to_ascii_uppercase) } else { None };
        let byte = match code.as_deref() {
            Some(b"0A") => Some(b'\n'),
            Some(b"0D") => Some(b'\r'),
            Some(b"25") => Some(b'%'),
            _ => None,
        };
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded
}

/// Says why a path must not be followed, if so: it could lead out of the bag (RFC 8493, section 5.1).
pub(super) fn danger(path: &[u8]) -> Option<&'static str> {
    let drive = path.first().is_some_and(u8::is_ascii_alphabetic) && path.get(1) == Some(&b':');
    let mut parts = path.split(|byte| *byte == b'/' || *byte == b'\\');
    if path.starts_with(b"/") || path.starts_with(b"\\") || drive {
        return Some("is an absolute path");
    }
    if path.starts_with(b"~") {
        return Some("begins with ~, which some programs read as a home folder");
    }
    if path.contains(&0) {
        return Some("holds a zero byte");
    }
    parts.any(|part| part == b"..").then_some("leads upwards with ..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weavers_manifest_is_read_with_every_line_end_and_mark() {
        let text = "AB12  data/dệt lụa.tif\r\ncd34 *data/đó.jpg\ref56\t./data/Thủ Sỹ.wav\n\n";
        let (lines, problems) = parse_manifest(text.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        let paths: Vec<&str> = lines.iter().map(|line| std::str::from_utf8(&line.path).unwrap_or("?")).collect();
        assert_eq!(paths, ["data/dệt lụa.tif", "data/đó.jpg", "data/Thủ Sỹ.wav"]);
        assert_eq!(lines[0].digest, "ab12");
        assert!(lines[1].binary_mark && lines[2].dot_slash && !lines[0].binary_mark);
    }

    #[test]
    fn broken_lines_become_sentences() {
        let (lines, problems) = parse_manifest(b"\xef\xbb\xbfab\n  data/x\n\xff\xfe data/x\nab   \nab *\nab data/ok\n");
        assert_eq!(lines.len(), 1);
        assert_eq!(problems.len(), 6, "{problems:?}");
        assert!(problems[1].starts_with("line 1 "), "{problems:?}");
    }

    #[test]
    fn any_bytes_are_read_without_panic() {
        let alphabet = [0_u8, b'\n', b'\r', b' ', b'\t', b'*', b'.', b'/', b'%', b'0', b'A', b'a', 0xc4, 0x91, 0xff];
        let mut seed = 7_u64;
        for length in 0..400_usize {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    alphabet[usize::try_from(seed >> 33).unwrap_or(0) % alphabet.len()]
                })
                .collect();
            let (lines, _) = parse_manifest(&bytes);
            for line in lines {
                assert!(!line.path.is_empty() && !line.path.contains(&b'\n'));
                assert!(decode_path(&line.path).len() <= line.path.len());
                let _ = danger(&line.path);
            }
        }
    }

    #[test]
    fn only_three_codes_are_decoded() {
        assert_eq!(decode_path(b"data/a%0Ab%0dc%25d%20e%"), b"data/a\nb\rc%d%20e%");
        assert_eq!(decode_path(b"%250A"), b"%0A");
    }

    #[test]
    fn paths_that_lead_out_are_named() {
        for path in ["/etc/passwd", "../x", "data/../../x", "~root/x", "C:\\x", "data\\..\\x", "\\\\server\\x"] {
            assert!(danger(path.as_bytes()).is_some(), "{path}");
        }
        for path in ["data/..x", "data/~nháp.txt", "data/Thủ Sỹ/đó.jpg"] {
            assert!(danger(path.as_bytes()).is_none(), "{path}");
        }
    }
}
