//! The few operations on files that the store and the journal stand on.
//!
//! They are a trait for one reason: SIGKILL cannot show what a power cut does. `forgetful` is a disk
//! that loses whatever was not synced, so that the very code that runs in an archive is cut after each
//! single operation in the tests.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

#[cfg(any(test, feature = "testing"))]
pub mod forgetful;
mod piece;

use piece::BLOCK;
pub use piece::Piece;

/// A file open for reading, at any place.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// A file that is being written for the first time.
pub trait NewFile: Write + Send {
    /// Returns when content and length would survive a power cut. The *name* of the file is safe only
    /// after [`Disk::sync_dir`] of its folder.
    fn sync(&mut self) -> io::Result<()>;

    /// Writes a piece after those before it. Only the last piece of a file may end within a block.
    fn write_piece(&mut self, piece: &Piece) -> io::Result<()> {
        self.write_all(piece.bytes())
    }
}

/// What stands in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, as the file system gives it.
    pub name: OsString,
    /// Whether it is a folder.
    pub is_dir: bool,
}

/// The operations on files that durability depends on.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a file that did not exist; [`io::ErrorKind::AlreadyExists`] if it did. Whoever opens it later may only read it
    /// (mode 0444): what is kept is never rewritten.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;

    /// Opens a file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadSeek>>;

    /// Returns the length of a file in bytes; [`io::ErrorKind::NotFound`] if there is none.
    fn len(&self, path: &Path) -> io::Result<u64>;

    /// Makes one folder; succeeds if it is there already and returns whether it was new.
    fn make_dir(&self, path: &Path) -> io::Result<bool>;

    /// Returns what stands in a folder, ordered by name.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Gives a file a new name, in place of whatever had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name; [`io::ErrorKind::AlreadyExists`] if the name is taken. This is the
    /// operation by which exactly one of several writers wins a number in the journal.
    fn publish(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns when the content of a file that was written and closed would survive a power cut.
    fn sync_file(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in a folder would survive a power cut.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Returns when everything written to the file system that holds `path` would survive a power cut:
    /// one wait for a whole group, where [`Disk::sync_file`] would be one wait for each file.
    fn sync_everything(&self, path: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDisk;

/// Pieces from this length on go to the disk directly: passing through the memory of the system costs twice the work,
/// and drives out what others read again, such as the search index.
const DIRECT_FROM: usize = 128 << 10;

struct OsFile {
    file: fs::File,
    way: Way,
}

/// How pieces reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Nothing was written yet.
    Undecided,
    /// Without a copy in between (`O_DIRECT`).
    Direct,
    /// Through the memory of the system.
    Buffered,
}

impl Write for OsFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl NewFile for OsFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn write_piece(&mut self, piece: &Piece) -> io::Result<()> {
        let length = piece.bytes().len();
        if self.way == Way::Undecided {
            let is_direct = length >= DIRECT_FROM && set_direct(&self.file, true).is_ok();
            self.way = if is_direct { Way::Direct } else { Way::Buffered };
        }
        if self.way == Way::Buffered {
            return self.file.write_all(piece.bytes());
        }
        let whole = length - length % BLOCK;
        let mut written = 0;
        while written < whole {
            match self.file.write(&piece.bytes()[written..whole]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(some) => written += some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The file system promised what it cannot do, or took a part that ends within a block.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => break,
                Err(error) => return Err(error),
            }
        }
        if written == length {
            return Ok(());
        }
        // What does not fill a block goes the other way. Writing zeros behind it and cutting them off would read the block again.
        set_direct(&self.file, false)?;
        self.way = Way::Buffered;
        self.file.write_all(&piece.bytes()[written..])
    }
}

/// Has reads and writes of an open file go past the memory of the system, or no longer. Fails where the file system has
/// no such way.
#[cfg(target_os = "linux")]
pub fn set_direct(file: &fs::File, is_direct: bool) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, is_direct);
    Ok(fcntl_setfl(file, flags)?)
}

/// Has reads and writes of an open file go past the memory of the system, or no longer. Fails where the file system has
/// no such way.
#[cfg(not(target_os = "linux"))]
pub fn set_direct(_file: &fs::File, is_direct: bool) -> io::Result<()> {
    if is_direct { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
}

impl Disk for OsDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let mut options = fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o444);
        Ok(Box::new(OsFile { file: options.open(path)?, way: Way::Undecided }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(fs::File::open(path)?))
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let facts = fs::symlink_metadata(path)?;
        if !facts.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "not a plain file"));
        }
        Ok(facts.len())
    }

    fn make_dir(&self, path: &Path) -> io::Result<bool> {
        match fs::create_dir(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            entries.push(Entry { name: entry.file_name(), is_dir: entry.file_type()?.is_dir() });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn publish(&self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::hard_link(from, to) {
            // FAT and some network file systems have no hard links.
            Err(error) if is_unsupported(&error) => rename_to_free_name(from, to),
            outcome => outcome,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn sync_everything(&self, path: &Path) -> io::Result<()> {
        let folder = fs::File::open(path)?;
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&folder)?;
        #[cfg(not(target_os = "linux"))]
        rustix::fs::sync();
        drop(folder);
        Ok(())
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

#[cfg(target_os = "linux")]
fn rename_to_free_name(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(target_os = "linux"))]
fn rename_to_free_name(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this file system has no hard links"))
}
