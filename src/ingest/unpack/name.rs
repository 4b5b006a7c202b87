//! Names of entries become safe paths, or are refused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Turns an entry's name into a path below the target folder, byte for byte. `from_dos` says that a DOS program made the name.
///
/// The error is the reason for refusing it.
pub(super) fn safe_path(name: &[u8], from_dos: bool, deepest: usize) -> Result<PathBuf, String> {
    // A name that has slashes uses them; a backslash is then a letter (the second byte of some old encodings).
    let backslashes = from_dos && !name.contains(&b'/');
    let drive = name.first().is_some_and(u8::is_ascii_alphabetic) && name.get(1) == Some(&b':') && matches!(name.get(2), None | Some(b'/' | b'\\'));
    if name.starts_with(b"/") || name.starts_with(b"\\") || drive {
        return Err("its name is an absolute path".to_owned());
    }
    if name.contains(&0) {
        return Err("its name holds a zero byte".to_owned());
    }
    if name.split(|byte| *byte == b'/' || *byte == b'\\').any(|part| part == b"..") {
        return Err("its name leads out of the folder with ..".to_owned());
    }
    let parts: Vec<&[u8]> =
        name.split(|byte| *byte == b'/' || (backslashes && *byte == b'\\')).filter(|part| !part.is_empty() && *part != b".").collect();
    if parts.is_empty() {
        return Err("it has no name".to_owned());
    }
    if parts.len().saturating_sub(1) > deepest {
        return Err(format!("it lies more than {deepest} folders deep"));
    }
    Ok(parts.into_iter().map(OsStr::from_bytes).collect())
}
