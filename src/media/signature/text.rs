//! Kinds of text: by their first words, then by the ending of the name.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::media::names;

/// SVG, HTML, XMP and XML, which have an element of a known name near the beginning.
pub(super) fn markup(head: &[u8], name: &str) -> Option<&'static str> {
    if !may_begin_with_tag(head) {
        return None;
    }
    let text = as_text(head);
    let rest = past_prologue(&text);
    let element = rest.strip_prefix('<').unwrap_or_default();
    let tag: String = element.chars().take_while(|letter| letter.is_ascii_alphanumeric() || ":_-".contains(*letter)).collect();
    let local = tag.rsplit(':').next().unwrap_or_default();
    let is_doctype = |kind: &str| {
        let start = text.get(..text.len() - rest.len()).unwrap_or_default();
        start.find("<!").is_some_and(|at| start[at..].to_ascii_lowercase().replace(char::is_whitespace, " ").contains(&format!("<!doctype {kind}")))
    };
    match local {
        "svg" => Some("image/svg+xml"),
        _ if is_doctype("svg") => Some("image/svg+xml"),
        "RDF" | "xmpmeta" | "xapmeta" => Some("application/rdf+xml"),
        _ if local.eq_ignore_ascii_case("html") || is_doctype("html") => {
            Some(if text.starts_with("<?xml") { "application/xhtml+xml" } else { "text/html" })
        }
        _ if ["head", "body", "title"].iter().any(|known| local.eq_ignore_ascii_case(known)) && names::plain_text_type(name) == "text/html" => {
            Some("text/html")
        }
        _ => None,
    }
}

/// Most files are no text: one look spares reading their beginning as if it were.
fn may_begin_with_tag(head: &[u8]) -> bool {
    let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    is_wide || text.trim_ascii_start().first() == Some(&b'<')
}

/// Returns what kind of text this is; `None` if it is no text.
pub(super) fn media_type(head: &[u8], name: &str, size: u64) -> Option<&'static str> {
    if !is_text(head, name) {
        return None;
    }
    let text = as_text(head);
    let by_name = names::plain_text_type(name);
    if is_web_vtt(&text) {
        Some("text/vtt")
    } else if text.starts_with("<?xml") {
        Some("text/xml")
    } else if text.starts_with("#!") {
        Some("text/x-shellscript")
    } else if is_sub_rip(&text) {
        Some("application/x-subrip")
    } else if is_web_archive(&text) {
        Some("multipart/related")
    } else if is_message(&text) {
        Some("message/rfc822")
    } else if is_bitmap_source(&text) {
        Some("image/x-xbitmap")
    } else if by_name == "text/plain" && is_json(&text, size) {
        Some("application/json")
    } else {
        Some(by_name)
    }
}

/// Whether bytes read like text: UTF-16 by its mark, or no control codes. Old encodings of Vietnamese (TCVN3,
/// VNI) are text; VISCII puts six capitals on control codes, so a few are allowed where the name says text.
fn is_text(head: &[u8], name: &str) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    let controls = head.iter().filter(|byte| **byte < 32 && !b"\t\n\x0b\r\x0c\x1b\x08".contains(byte)).count();
    let is_named_text = names::plain_text_type(name) != "text/plain" || name.to_ascii_lowercase().ends_with(".txt");
    !head.contains(&0) && (controls == 0 || (is_named_text && controls * 100 < head.len()))
}

/// Returns the beginning of a text, without its byte order mark and leading blanks.
fn as_text(head: &[u8]) -> String {
    let unit = |pair: &[u8], is_big: bool| if is_big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) };
    let wide = |rest: &[u8], is_big| String::from_utf16_lossy(&rest.chunks_exact(2).map(|pair| unit(pair, is_big)).collect::<Vec<u16>>());
    let text = match head {
        [0xff, 0xfe, rest @ ..] => wide(rest, false),
        [0xfe, 0xff, rest @ ..] => wide(rest, true),
        _ => String::from_utf8_lossy(head).into_owned(),
    };
    text.trim_start_matches('\u{feff}').trim_start().to_owned()
}

/// Returns what follows declarations, comments and the document type.
fn past_prologue(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..64 {
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<!") {
            end_of_doctype(rest)
        } else {
            None
        };
        let Some(next) = end.and_then(|end| rest.get(end..)) else { break };
        rest = next.trim_start();
    }
    rest
}

fn end_of_doctype(text: &str) -> Option<usize> {
    let mut depth = 0u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '>' if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether a gzip stream holds an SVG; unpacks at most 4 KiB.
pub(super) fn is_packed_svg(head: &[u8]) -> bool {
    let mut start = Vec::new();
    // The head may cut the stream: what came out before counts.
    let _ = GzDecoder::new(head).take(4096).read_to_end(&mut start);
    markup(&start, "") == Some("image/svg+xml")
}

fn is_web_vtt(text: &str) -> bool {
    text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

/// A number, then a line of times with commas.
fn is_sub_rip(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_number = lines.next().is_some_and(|line| line.bytes().all(|byte| byte.is_ascii_digit()));
    let times = lines.next().and_then(|line| line.split_once("-->"));
    is_number
        && times.is_some_and(|(start, _)| start.contains(':') && start.trim().bytes().all(|byte| byte.is_ascii_digit() || b":,.".contains(&byte)))
}

/// A page saved with its pictures (MHTML, RFC 2557): headers that say `multipart/related`.
fn is_web_archive(text: &str) -> bool {
    let headers: Vec<String> = text.lines().take(40).take_while(|line| !line.trim().is_empty()).map(str::to_ascii_lowercase).collect();
    let has = |beginning: &str| headers.iter().any(|line| line.starts_with(beginning));
    has("mime-version:") && has("content-type: multipart/related")
}

/// Headers of a message (RFC 5322): at least two that only messages have, before the first blank line.
fn is_message(text: &str) -> bool {
    const HEADERS: [&str; 9] = ["from", "to", "subject", "date", "message-id", "received", "return-path", "mime-version", "delivered-to"];
    let mut known = 0;
    for line in text.lines().take(40).take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((header, _)) = line.split_once(':') else {
            return line.starts_with("From ") && known == 0 && text.lines().nth(1).is_some_and(|line| line.contains(": "));
        };
        if header.is_empty() || !header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return false;
        }
        known += usize::from(HEADERS.contains(&header.to_ascii_lowercase().as_str()));
    }
    known >= 3
}

/// An X bitmap is a piece of C: two sizes, then the bits.
fn is_bitmap_source(text: &str) -> bool {
    let rest = if text.starts_with("/*") { text.split_once("*/").map_or("", |(_, rest)| rest.trim_start()) } else { text };
    let is_size = rest.strip_prefix("#define").is_some_and(|line| line.lines().next().is_some_and(|line| line.contains("_width")));
    is_size && rest.contains("_bits")
}

/// Whether a text without a telling name is JSON: a short one parses, of a long one the beginning looks like it.
fn is_json(text: &str, size: u64) -> bool {
    let is_start = text.starts_with(['{', '[']) && text.get(1..).is_some_and(|rest| rest.trim_start().starts_with(['"', '{', '[', '}', ']']));
    is_start && (size > text.len() as u64 + 3 || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}
