//! A look at old workbooks before they are read.

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::super::LONGEST_FILE;

/// Sheets with more places for cells than this are not read: `calamine` makes a table of all of them, filled
/// or not, of 40 bytes each.
const LARGEST: u64 = 4 << 20;

/// Refuses a workbook with a sheet that claims to reach too far, or that has a cell too far away.
///
/// # Errors
/// When there is such a sheet, or no workbook.
pub(super) fn check(path: &Path) -> anyhow::Result<()> {
    let mut file = cfb::open(path).context("the compound file that the workbook is made of cannot be opened")?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name)).context("it has no workbook inside")?;
    let mut bytes = Vec::new();
    // What cannot be read of a damaged stream is not read later either.
    let _ = file.open_stream(name)?.take(LONGEST_FILE).read_to_end(&mut bytes);
    let places = largest(&bytes);
    ensure!(places <= LARGEST, "a sheet of it reaches over {places} cells, too many for the memory of a worker");
    Ok(())
}

/// Places within the largest rectangle from the first cell to the last ([MS-XLS] 2.1.4: each record is a kind,
/// a length, and so many bytes).
fn largest(bytes: &[u8]) -> u64 {
    let number = |at: usize| bytes.get(at..at + 2).and_then(|number| number.try_into().ok()).map(u16::from_le_bytes);
    let (mut at, mut largest, mut rows, mut columns) = (0, 0, 0, 0);
    while let (Some(kind), Some(length)) = (number(at), number(at + 2)) {
        let field = |offset: usize| number(at + 4 + offset).map_or(0, u64::from);
        match kind {
            // BOF: another sheet begins.
            0x0809 => (rows, columns) = (0, 0),
            // Dimensions: rows in 32 bits, since Excel 97.
            0x0200 if length >= 12 => largest = largest.max((field(4) | field(6) << 16) * field(10)),
            0x0200 => largest = largest.max(field(2) * field(6)),
            // Formula, MulRk, MulBlank, RString, LabelSst, Blank, Number, Label, BoolErr, RK.
            0x0006 | 0x00bd | 0x00be | 0x00d6 | 0x00fd | 0x0201 | 0x0203 | 0x0204 | 0x0205 | 0x027e => {
                (rows, columns) = (rows.max(field(0) + 1), columns.max(field(2) + 1));
                largest = largest.max(rows * columns);
            }
            _ => {}
        }
        at += 4 + usize::from(length);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_and_cells_are_both_measured() {
        let dimensions = [0, 2, 14, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(largest(&dimensions), 65536 * 256);
        let far = [3, 2, 4, 0, 0xff, 0xff, 0xff, 0];
        assert_eq!(largest(&far), 65536 * 256);
        assert_eq!(largest(&[9, 8, 255, 255, 1]), 0);
    }
}
