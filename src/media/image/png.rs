//! PNG and APNG (W3C, third edition): header, EXIF, texts.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::media::window::Window;
use crate::media::window::number::be32;
use crate::media::{Facts, exif, iptc};

/// The most chunks that are read. Texts may stand behind the picture.
const MOST: usize = 4096;

/// A text longer than this, packed or not, is not read.
const LONGEST: u64 = 1 << 20;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let mut at = 8u64;
    for _ in 0..MOST {
        let Some(head) = window.array::<8>(at) else { break };
        let (length, kind) = (u64::from(be32(&head, 0).unwrap_or(0)), &head[4..8]);
        let is_wanted = matches!(kind, b"IHDR" | b"pHYs" | b"acTL" | b"eXIf" | b"tEXt" | b"iTXt" | b"zTXt") && length <= LONGEST;
        let content = if is_wanted { window.up_to(at + 8, usize::try_from(length).unwrap_or(0)) } else { Vec::new() };
        match kind {
            b"IHDR" => (facts.width, facts.height) = (be32(&content, 0), be32(&content, 4)),
            // Dots for each metre.
            b"pHYs" if content.get(8) == Some(&1) => facts.take_resolution(be32(&content, 0).unwrap_or(0).into(), 1.0 / 0.0254),
            b"acTL" => {
                facts.is_animated = be32(&content, 0).is_some_and(|frames| frames > 1);
                facts.evidence.png_chunks.push(if be32(&content, 0) == Some(0) { *b"none" } else { *b"acTL" });
            }
            b"eXIf" => exif::read_block(content, facts),
            b"tEXt" | b"zTXt" | b"iTXt" => {
                facts.evidence.png_texts.push(kind == b"iTXt");
                take_text(kind, &content, facts);
            }
            b"sRGB" | b"iCCP" | b"sPLT" | b"fcTL" if facts.evidence.png_chunks.len() < 64 => {
                facts.evidence.png_chunks.push([head[4], head[5], head[6], head[7]]);
            }
            b"IEND" => break,
            _ => {}
        }
        let Some(next) = at.checked_add(12).and_then(|at| at.checked_add(length)) else { break };
        at = next;
    }
}

fn take_text(kind: &[u8], content: &[u8], facts: &mut Facts) {
    let Some((key, rest)) = split(content) else { return };
    let text = match kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => unpacked(rest.get(1..).unwrap_or_default()),
        _ => match international(rest) {
            Some(text) => text,
            None => return,
        },
    };
    match key {
        b"XML:com.adobe.xmp" => {
            facts.xmp.get_or_insert(text);
        }
        // ImageMagick writes blocks of other formats as digits.
        b"Raw profile type exif" | b"Raw profile type APP1" => take_raw_profile(&text, facts),
        b"Raw profile type iptc" => iptc::read_resources(&digits(&text), facts),
        _ => {
            let field = match key.to_ascii_lowercase().as_slice() {
                b"title" => "title",
                b"description" => "description",
                b"author" | b"artist" => "creator",
                b"copyright" => "rights",
                b"comment" => "comment",
                _ => return,
            };
            facts.describe_bytes(field, &text);
        }
    }
}

fn take_raw_profile(text: &[u8], facts: &mut Facts) {
    let block = digits(text);
    if let Some(packet) = block.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        facts.xmp.get_or_insert_with(|| packet.to_vec());
    } else if !block.is_empty() {
        exif::read_block(block, facts);
    }
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// Reads the text of an iTXt: flags, language, translated key, text (11.3.3.4).
fn international(rest: &[u8]) -> Option<Vec<u8>> {
    let is_packed = *rest.first()? == 1;
    let (_language, rest) = split(rest.get(2..)?)?;
    let (_key, text) = split(rest)?;
    Some(if is_packed { unpacked(text) } else { text.to_vec() })
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // What came out before damage counts.
    let _ = ZlibDecoder::new(packed).take(LONGEST).read_to_end(&mut text);
    text
}

/// Reads `\nexif\n   1234\n4578…`: a name, a length, hexadecimal digits.
fn digits(text: &[u8]) -> Vec<u8> {
    let start = text.splitn(4, |byte| *byte == b'\n').nth(3).unwrap_or_default();
    let values: Vec<u8> = start.iter().filter_map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    values.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32).to_be_bytes(), kind, content, &[0; 4]].concat()
    }

    #[test]
    fn texts_and_size_and_a_chunk_that_lies() {
        let header = chunk(b"IHDR", b"\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0");
        let text = chunk(b"iTXt", &[b"Title\0\0\0vi\0\0", "Đan đó".as_bytes()].concat());
        let bytes = [b"\x89PNG\r\n\x1a\n".to_vec(), header, text, b"\xff\xff\xff\xfftEXt".to_vec()].concat();
        let mut facts = Facts::default();
        read(&mut Window::over(bytes), &mut facts);
        assert_eq!((facts.width, facts.height), (Some(2), Some(3)));
        assert_eq!(facts.described, [("title".to_owned(), "Đan đó".to_owned())]);
        assert_eq!(digits(b"\nexif\n  2\n4d\n4D"), b"MM");
    }
}
