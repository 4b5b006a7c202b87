//! Numbers and blocks of old office files, little-endian, none of them trusted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let number = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(number.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(number.try_into().ok()?))
}

/// The block of the table stream of which place and length stand at `at` in the document stream, as far as it is there.
pub(super) fn block<'a>(document: &[u8], table: &'a [u8], at: usize) -> Option<&'a [u8]> {
    let (start, length) = (u32_at(document, at)? as usize, u32_at(document, at + 4)? as usize);
    let rest = table.get(start..)?;
    rest.get(..length.min(rest.len())).filter(|block| !block.is_empty())
}

/// The first 512 bytes of the file.
pub(super) fn beginning(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    file.take(512).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The title among the properties of the document ([MS-OLEPS] 2.21, property 2), in the code page of property 1.
pub(super) fn title(properties: &[u8]) -> Option<String> {
    let set = properties.get(u32_at(properties, 44)? as usize..)?;
    let value = |wanted: u32| {
        let count = u32_at(set, 4)?.min(100) as usize;
        let index = (0..count).find(|index| u32_at(set, 8 + index * 8) == Some(wanted))?;
        set.get(u32_at(set, 12 + index * 8)? as usize..)
    };
    let page = value(1).and_then(|value| u16_at(value, 4));
    let text = value(2).filter(|value| u32_at(value, 0) == Some(0x1e))?;
    let rest = text.get(8..)?;
    let text = rest.get(..(u32_at(text, 4)? as usize).min(rest.len()).min(4096))?;
    let encoding = match page {
        Some(65001) => encoding_rs::UTF_8,
        Some(page) => encoding_rs::Encoding::for_label(format!("windows-{page}").as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252),
        None => encoding_rs::WINDOWS_1252,
    };
    Some(encoding.decode_without_bom_handling(text).0.trim_matches(['\0', ' ']).to_owned())
}
