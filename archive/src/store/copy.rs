//! Copying a source into a new file while both its digests are taken: what is hashed is what is written.

use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::StoreError;
use crate::digest::{Fingerprint, Fingerprinter};
use crate::disk::{NewFile, Piece};

/// Bytes read from a source at a time. Larger pieces were not faster, smaller ones were slower.
const PIECE: usize = 512 << 10;

/// From this length on, reading, hashing and writing run side by side.
const LARGE: u64 = 16 << 20;

/// The pieces of a large content, and how many of them are under way: 16 MiB in all.
const LARGE_PIECE: usize = 4 << 20;
const PIECES: usize = 4;

/// So many large contents are copied at a time, whoever asks: more would cost memory, and no disk is faster for it.
const LARGE_AT_A_TIME: usize = 3;

static LARGE_UNDER_WAY: Turns = Turns { taken: Mutex::new(0), freed: Condvar::new() };

thread_local! {
    /// Thousands of small files share one buffer per thread: fresh pages cost more than the copy.
    static SMALL: RefCell<Piece> = RefCell::new(Piece::new(PIECE));
}

/// Reads a source to its end, once, and writes it to `file`. `trouble` makes errors of the file's into the store's.
pub(super) fn copy(source: &mut dyn Read, file: &mut dyn NewFile, trouble: &dyn Fn(io::Error) -> StoreError) -> Result<Fingerprint, StoreError> {
    let mut fingerprinter = Fingerprinter::new();
    let mut written = 0;
    let is_over = SMALL.with_borrow_mut(|piece| {
        while written < LARGE {
            if piece.fill(source).map_err(StoreError::Source)? == 0 {
                return Ok(true);
            }
            fingerprinter.update(piece.bytes());
            file.write_piece(piece).map_err(trouble)?;
            written += piece.bytes().len() as u64;
            if !piece.is_full() {
                return Ok(true);
            }
        }
        Ok(false)
    })?;
    if is_over { Ok(fingerprinter.finish()) } else { side_by_side(source, file, fingerprinter, trouble) }
}

/// Copies the rest of a large source: this thread reads, one hashes, one writes.
fn side_by_side(
    source: &mut dyn Read, file: &mut dyn NewFile, mut fingerprinter: Fingerprinter, trouble: &dyn Fn(io::Error) -> StoreError,
) -> Result<Fingerprint, StoreError> {
    let _turn = LARGE_UNDER_WAY.wait();
    let (empty_in, empty) = sync_channel::<Piece>(PIECES);
    let (read_in, read) = sync_channel::<Piece>(PIECES);
    let (hashed_in, hashed) = sync_channel::<Piece>(PIECES);
    for _ in 0..PIECES {
        let _ = empty_in.send(Piece::new(LARGE_PIECE));
    }
    thread::scope(|scope| {
        let hasher = scope.spawn(move || {
            for piece in read {
                fingerprinter.update(piece.bytes());
                if hashed_in.send(piece).is_err() {
                    break;
                }
            }
            fingerprinter.finish()
        });
        let writer = scope.spawn(move || {
            for piece in hashed {
                file.write_piece(&piece)?;
                let _ = empty_in.send(piece);
            }
            Ok(())
        });
        let mut outcome = Ok(());
        // No empty piece comes back from a writer that failed.
        while let Ok(mut piece) = empty.recv() {
            match piece.fill(source) {
                Ok(0) => break,
                Ok(_) if read_in.send(piece).is_ok() => {}
                Ok(_) => break,
                Err(error) => {
                    outcome = Err(StoreError::Source(error));
                    break;
                }
            }
        }
        drop(read_in);
        let crashed = || trouble(io::Error::other("a thread that copies crashed"));
        let fingerprint = hasher.join().map_err(|_| crashed())?;
        writer.join().map_err(|_| crashed())?.map_err(trouble)?;
        outcome.map(|()| fingerprint)
    })
}

/// Lets [`LARGE_AT_A_TIME`] threads pass.
struct Turns {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// Given back when it is dropped.
struct Turn(&'static Turns);

impl Turns {
    fn wait(&'static self) -> Turn {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = self.freed.wait_while(taken, |taken| *taken >= LARGE_AT_A_TIME).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Turn(self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk, OsDisk};

    /// A film of 40 MiB and odd bytes, whose digests are known.
    #[test]
    fn large_and_small_sources_arrive_whole() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, 4096, 300_000, 512 << 10, (512 << 10) + 1, 16 << 20, (40 << 20) + 77] {
            let film: Vec<u8> = (0..length as u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            let path = folder.path().join(format!("phim {length}"));
            let mut file = OsDisk.create(&path).unwrap();
            let trouble = |source| StoreError::Disk { path: path.clone(), source };
            let fingerprint = copy(&mut film.as_slice(), &mut *file, &trouble).unwrap();
            assert_eq!(fingerprint.size, film.len() as u64);
            assert_eq!(fingerprint.digest, crate::digest::Digest::of(&film));
            assert!(std::fs::read(&path).unwrap() == film, "{length} bytes");
        }
    }

    #[test]
    fn few_large_contents_are_copied_at_a_time_and_all_arrive() {
        static TURNS: Turns = Turns { taken: Mutex::new(0), freed: Condvar::new() };
        let copied: Vec<usize> = thread::scope(|scope| {
            let work = || {
                let _turn = TURNS.wait();
                thread::yield_now();
                *TURNS.taken.lock().unwrap()
            };
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(copied.len() == 20 && copied.iter().all(|taken| (1..=LARGE_AT_A_TIME).contains(taken)), "{copied:?}");
        assert_eq!(*TURNS.taken.lock().unwrap(), 0);
    }

    /// A drive that fails in the middle, and a disk that is full.
    #[test]
    fn trouble_on_either_side_ends_the_copy_with_its_own_error() {
        struct Failing(u64);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(buffer.len() as u64).ok_or_else(|| io::Error::other("a bad sector"))?;
                Ok(buffer.len())
            }
        }
        struct Full(u64);
        impl io::Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len() as u64).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl NewFile for Full {
            fn sync(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let trouble = |source| StoreError::Disk { path: "phim".into(), source };
        for length in [1 << 20, 64 << 20] {
            let bad_source = copy(&mut Failing(length), &mut Full(u64::MAX), &trouble).unwrap_err();
            assert!(matches!(bad_source, StoreError::Source(_)), "{bad_source}");
            let full_disk = copy(&mut Failing(u64::MAX), &mut Full(length), &trouble).unwrap_err();
            assert!(matches!(full_disk, StoreError::Disk { .. }), "{full_disk}");
        }
    }
}
