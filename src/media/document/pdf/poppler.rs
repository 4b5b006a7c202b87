//! The installed programs of poppler, each of them welcome to be absent.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::LONGEST_TEXT;

/// Text of all pages, separated by form feeds, and whether there is more.
pub(super) fn text(path: &Path) -> Option<(String, bool)> {
    let (bytes, is_cut) =
        output(Command::new("pdftotext").args(["-enc", "UTF-8", "-eol", "unix", "-q"]).arg(absolute(path)?).arg("-"), LONGEST_TEXT)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // The last page ends with a form feed too.
    Some((text.strip_suffix('\u{c}').unwrap_or(&text).trim_end_matches('\n').to_owned(), is_cut))
}

/// Number of pages.
pub(super) fn pages(path: &Path) -> Option<u32> {
    let (bytes, _) = output(Command::new("pdfinfo").arg(absolute(path)?), 1 << 20)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().find_map(|line| line.strip_prefix("Pages:"))?.trim().parse().ok()
}

/// A page, counted from 0, as a PPM image: `P6`, width, height, 255, then RGB.
pub(super) fn page(path: &Path, page: u32, longer_side: u32) -> Option<Vec<u8>> {
    let (number, side) = (page.checked_add(1)?.to_string(), longer_side.to_string());
    let longest = (longer_side as usize).checked_pow(2)?.checked_mul(3)?.checked_add(64)?;
    let mut command = Command::new("pdftoppm");
    command.args(["-q", "-cropbox", "-singlefile", "-f", &number, "-l", &number, "-scale-to", &side]).arg(absolute(path)?);
    let (bytes, is_cut) = output(&mut command, longest)?;
    (!is_cut).then_some(bytes)
}

/// A path that no program takes for an option.
fn absolute(path: &Path) -> Option<PathBuf> {
    std::path::absolute(path).ok()
}

/// What the program writes, up to `longest` bytes, and whether it had more to write; `None` when it is not
/// installed or failed and wrote nothing. The worker's own limits on time and memory hold for it too.
fn output(command: &mut Command, longest: usize) -> Option<(Vec<u8>, bool)> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped()).spawn().ok()?;
    let mut child = Running(child);
    let mut bytes = Vec::new();
    let read = child.0.stdout.take()?.take(longest as u64 + 1).read_to_end(&mut bytes);
    let is_cut = bytes.len() > longest;
    bytes.truncate(longest);
    if is_cut {
        return Some((bytes, true));
    }
    let is_done = child.0.wait().is_ok_and(|status| status.success());
    (read.is_ok() && (is_done || !bytes.is_empty())).then_some((bytes, false))
}

/// A program that ends when it is no longer needed.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
