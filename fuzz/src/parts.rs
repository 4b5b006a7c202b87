//! Inputs that hold several files, written so that people and a fuzzer can change them: a line `=== NAME` before each.

use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// More parts than this say nothing new.
const MOST: usize = 24;

/// Parts an input at its lines `=== NAME`; `None` if it does not begin with one.
pub(crate) fn parts(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut rest = bytes.strip_prefix(b"=== ")?;
    let mut parts = Vec::new();
    while parts.len() < MOST {
        let end = rest.windows(5).position(|five| five == b"\n=== ");
        let (part, others) = end.map_or((rest, None), |end| (&rest[..end], rest.get(end + 5..)));
        let name_end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        parts.push((&part[..name_end], part.get(name_end + 1..).unwrap_or_default()));
        match others {
            Some(others) => rest = others,
            None => break,
        }
    }
    Some(parts)
}

/// Makes a ZIP of the parts of an input; any other input stays what it is.
pub(crate) fn zipped(bytes: &[u8]) -> Vec<u8> {
    let Some(parts) = parts(bytes) else { return bytes.to_vec() };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        // A name that stands there already is refused: the others go in.
        if writer.start_file(String::from_utf8_lossy(name), stored).is_ok() {
            writer.write_all(content).expect("writing to memory");
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// A folder of this process, used again for each input: `TMPDIR` says where, best in memory.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// Makes the folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the inputs") }
    }

    /// Returns a path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the input is written");
        path
    }
}

thread_local! {
    static DESK: Desk = Desk::new();
}

/// Gives the folder of this process.
pub(crate) fn at_desk<T>(work: impl FnOnce(&Desk) -> T) -> T {
    DESK.with(work)
}
