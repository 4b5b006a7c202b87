//! Streams of a PDF: deflate, and the predictors of PNG (ISO 32000-1, 7.4.4).

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{number, value};

/// The most bytes of a stream, packed or not.
pub(super) const LARGEST: usize = 4 << 20;

/// Unpacks a stream; `None` if it is packed in another way.
pub(super) fn unpack(dictionary: &[u8], packed: &[u8]) -> Option<Vec<u8>> {
    let Some(filter) = value(dictionary, b"/Filter") else { return Some(packed.to_vec()) };
    let filter = filter.strip_prefix(b"[").unwrap_or(filter).trim_ascii_start();
    if !filter.starts_with(b"/FlateDecode") && !filter.starts_with(b"/Fl") {
        return None;
    }
    let mut bytes = Vec::new();
    // What came out before damage counts.
    let _ = ZlibDecoder::new(packed).take(LARGEST as u64).read_to_end(&mut bytes);
    let predictor = value(dictionary, b"/Predictor").and_then(number).unwrap_or(1);
    if predictor < 10 {
        return Some(bytes);
    }
    let columns = value(dictionary, b"/Columns").and_then(number).unwrap_or(1);
    Some(unpredict(&bytes, usize::try_from(columns).ok().filter(|columns| (1..=64).contains(columns))?))
}

/// Undoes the filters of rows, for one byte a column, which is what tables of objects have.
fn unpredict(bytes: &[u8], columns: usize) -> Vec<u8> {
    let (mut found, mut above) = (Vec::with_capacity(bytes.len()), vec![0u8; columns]);
    for row in bytes.chunks_exact(columns + 1) {
        let (kind, row) = (row[0], &row[1..]);
        let (mut left, mut above_left) = (0u8, 0u8);
        for (byte, up) in row.iter().zip(above.iter_mut()) {
            let guess = match kind {
                1 => left,
                2 => *up,
                3 => u8::try_from((u16::from(left) + u16::from(*up)) / 2).unwrap_or(0),
                4 => paeth(left, *up, above_left),
                _ => 0,
            };
            above_left = *up;
            left = byte.wrapping_add(guess);
            *up = left;
            found.push(left);
        }
    }
    found
}

fn paeth(left: u8, up: u8, above_left: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(above_left);
    [left, up, above_left].into_iter().min_by_key(|near| (guess - i16::from(*near)).abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_count_on_the_row_above() {
        assert_eq!(unpredict(&[2, 1, 2, 2, 1, 1, 1, 5, 1], 2), [1, 2, 2, 3, 5, 6]);
        assert_eq!(unpack(b"/Filter/LZWDecode", b"x"), None);
        assert_eq!(unpack(b"/Filter [ /FlateDecode ]", b"rubbish"), Some(Vec::new()));
    }
}
