//! Windows Media (ASF, WMV, WMA): the objects of the header, which stands first.

use crate::media::Facts;
use crate::media::described::utf16;
use crate::media::window::Window;
use crate::media::window::number::{le16, le32, le64};

/// The most objects that are read.
const MOST: usize = 256;

/// Seconds between 1601, where Windows counts from, and 1970.
const EPOCH: i64 = 11_644_473_600;

const PROPERTIES: &[u8] = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
const STREAM: &[u8] = b"\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65";
const WORDS: &[u8] = b"\x33\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c";
const FILM: &[u8] = b"\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b";
const SOUND: &[u8] = b"\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b";

/// Reads the facts of a film or of sound alone.
pub(crate) fn read(window: &mut Window, facts: &mut Facts) {
    let mut at = 30u64;
    for _ in 0..MOST {
        let head = window.up_to(at, 24);
        let Some(length) = le64(&head, 16).filter(|length| *length >= 24) else { break };
        let content = window.up_to(at + 24, usize::try_from(length - 24).unwrap_or(0).min(64 << 10));
        match head.get(..16).unwrap_or_default() {
            PROPERTIES => take_properties(&content, facts),
            STREAM => take_stream(&content, facts),
            WORDS => take_words(&content, facts),
            _ => {}
        }
        let Some(next) = at.checked_add(length) else { break };
        at = next;
    }
}

/// The time of playing counts from before the buffer is full.
fn take_properties(content: &[u8], facts: &mut Facts) {
    if let (Some(play), Some(buffer)) = (le64(content, 40), le64(content, 56)) {
        facts.duration_s = super::milliseconds(play as f64 / 1e7 - buffer as f64 / 1e3);
    }
    let seconds = le64(content, 24).and_then(|ticks| i64::try_from(ticks / 10_000_000).ok()).map(|seconds| seconds - EPOCH);
    let moment = seconds.filter(|seconds| *seconds > 0).and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    facts.taken = facts.taken.take().or_else(|| moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
}

fn take_stream(content: &[u8], facts: &mut Facts) {
    match content.get(..16).unwrap_or_default() {
        FILM => {
            (facts.width, facts.height) = (le32(content, 54), le32(content, 58));
            facts.codec = content.get(81..85).and_then(|code| String::from_utf8(code.to_ascii_lowercase()).ok());
        }
        SOUND => (facts.channels, facts.sample_rate) = (le16(content, 56), le32(content, 58)),
        _ => {}
    }
}

/// Five lengths, then five texts: title, author, copyright, description, rating.
fn take_words(content: &[u8], facts: &mut Facts) {
    let mut at = 10usize;
    for (place, field) in ["title", "creator", "rights", "description"].into_iter().enumerate() {
        let Some(length) = le16(content, place * 2) else { return };
        let Some(text) = content.get(at..at + length as usize) else { return };
        facts.describe(field, &utf16(text, true));
        at += length as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_old_film() {
        let title: Vec<u8> = "Đan đó\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let content = [&[title.len() as u8, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0][..], &title].concat();
        let object = [WORDS, &(content.len() as u64 + 24).to_le_bytes(), &content].concat();
        let mut facts = Facts::default();
        read(&mut Window::over([vec![0; 30], object].concat()), &mut facts);
        assert_eq!(facts.described, [("title".to_owned(), "Đan đó".to_owned())]);
    }
}
