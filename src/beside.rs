//! Files of others that stand beside the checkout, in `../shared`. Tests read them where they are, and commit none of them.

use std::path::{Path, PathBuf};

/// Returns what stands there, or `None`, having said so.
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(what);
    if !path.exists() {
        println!("../shared/{what} is absent: this test shows nothing here");
        return None;
    }
    Some(path)
}
