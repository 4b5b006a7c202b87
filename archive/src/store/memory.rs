//! A store in memory, for tests and for looking at an archive without touching the disk.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Found, Kept, Place, Staged, Store, StoreError};
use crate::digest::{Digest, Fingerprinter};

/// Keeps contents in memory; durable as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<Digest, Arc<[u8]>>>);

impl MemoryStore {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn blobs(&self) -> MutexGuard<'_, BTreeMap<Digest, Arc<[u8]>>> {
        self.0.lock().expect("nothing panics while it holds the map")
    }
}

impl Store for MemoryStore {
    fn stage(&self, source: &mut dyn Read) -> Result<Staged, StoreError> {
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).map_err(StoreError::Source)?;
        let mut fingerprinter = Fingerprinter::new();
        fingerprinter.update(&bytes);
        Ok(Staged { fingerprint: fingerprinter.finish(), place: Place::Memory(bytes) })
    }

    fn settle(&self, group: Vec<Staged>) -> Result<Vec<Kept>, StoreError> {
        let mut blobs = self.blobs();
        let mut kept = Vec::with_capacity(group.len());
        for Staged { fingerprint, place } in group {
            let known = blobs.contains_key(&fingerprint.digest);
            if let (false, Place::Memory(bytes)) = (known, place) {
                blobs.insert(fingerprint.digest, bytes.into());
            }
            kept.push(Kept { fingerprint, known });
        }
        Ok(kept)
    }

    fn replace(&self, staged: Staged) -> Result<Kept, StoreError> {
        let Staged { fingerprint, place } = staged;
        if let Place::Memory(bytes) = place {
            self.blobs().insert(fingerprint.digest, bytes.into());
        }
        Ok(Kept { fingerprint, known: false })
    }

    fn size(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        Ok(self.blobs().get(digest).map(|bytes| bytes.len() as u64))
    }

    fn range(&self, digest: &Digest, range: Range<u64>) -> Result<Box<dyn Read + Send>, StoreError> {
        let bytes = self.blobs().get(digest).cloned().ok_or(StoreError::NotFound(*digest))?;
        let size = bytes.len() as u64;
        if range.start > range.end || range.end > size {
            return Err(StoreError::Range { digest: *digest, range, size });
        }
        let mut cursor = Cursor::new(bytes);
        cursor.set_position(range.start);
        Ok(Box::new(cursor.take(range.end - range.start)))
    }

    fn remove(&self, digests: &[Digest]) -> Result<u64, StoreError> {
        let mut blobs = self.blobs();
        Ok(digests.iter().filter(|digest| blobs.remove(digest).is_some()).count() as u64)
    }

    fn visit(&self, visit: &mut dyn FnMut(Found) -> bool) -> Result<(), StoreError> {
        let blobs: Vec<_> = self.blobs().iter().map(|(digest, bytes)| (*digest, bytes.len() as u64)).collect();
        for (digest, size) in blobs {
            if !visit(Found::Blob(digest, size)) {
                break;
            }
        }
        Ok(())
    }

    fn local(&self, _digest: &Digest) -> Option<PathBuf> {
        None
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        PathBuf::from(digest.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_keeps_the_contract() {
        crate::store::contract::check(&|| Box::new(MemoryStore::new()));
    }
}
