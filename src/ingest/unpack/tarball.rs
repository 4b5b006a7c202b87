//! TAR: old, POSIX (pax) and GNU.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use tar::{Archive, Entry, EntryType};

use super::writer::{Metered, Next, Outside, Writer};

/// The most bytes that stand before an entry: its header, its long name, its attributes.
const LARGEST_HEADER: u64 = 16 << 20;

/// Unpacks every entry until the end, a limit, or a header that cannot be read.
pub(super) fn unpack<Package: Read>(package: Metered<Package>, writer: &mut Writer<'_>) {
    let step = package.step();
    let mut archive = Archive::new(package);
    // Archives that were joined end to end have zeros between them.
    archive.set_ignore_zeros(true);
    let mut entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return writer.refuse(b"", format!("the package could not be read: {error}")),
    };
    loop {
        step.set(LARGEST_HEADER);
        let mut entry = match entries.next() {
            None => return,
            Some(Ok(entry)) => entry,
            Some(Err(error)) => return writer.refuse(b"", format!("the rest of the package could not be read: {error}")),
        };
        step.set(u64::MAX);
        if writer.count() == Next::Stop || take(&mut entry, writer) == Next::Stop {
            return;
        }
        // What was refused is passed over here, where only the total is bounded. Holes of sparse files are never read for it.
        if !entry.header().entry_type().is_gnu_sparse() && io::copy(&mut entry, &mut io::sink()).is_err() {
            return writer.refuse(b"", "the package ends within an entry, or is larger than kho reads");
        }
    }
}

fn take<Package: Read>(entry: &mut Entry<'_, Package>, writer: &mut Writer<'_>) -> Next {
    let name = entry.path_bytes().into_owned();
    let kind = entry.header().entry_type();
    if kind.is_pax_global_extensions() {
        return Next::GoOn;
    }
    let attributes = attributes(entry);
    let outside = Outside { name: &name, from_dos: false, modified: attributes.modified };
    match kind {
        EntryType::Directory => writer.folder(&outside),
        EntryType::Regular | EntryType::Continuous if name.ends_with(b"/") => writer.folder(&outside),
        _ if attributes.sparse => writer.refuse(&name, "it is a sparse file in the manner of pax, which kho does not unpack"),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let size = entry.size();
            let mut whole = Whole { entry, left: size };
            return writer.file(&outside, &mut whole);
        }
        EntryType::Symlink => writer.refuse(&name, "it is a symbolic link"),
        EntryType::Link => writer.refuse(&name, "it is a hard link to another entry"),
        EntryType::Char | EntryType::Block | EntryType::Fifo => writer.refuse(&name, "it is a device or a pipe"),
        other => writer.refuse(&name, format!("it is of the kind {:?}, which is no file", char::from(other.as_byte()))),
    }
    Next::GoOn
}

/// What pax says of an entry beyond its header.
struct Attributes {
    modified: Option<SystemTime>,
    sparse: bool,
}

fn attributes<Package: Read>(entry: &mut Entry<'_, Package>) -> Attributes {
    let seconds = entry.header().mtime().ok();
    let modified = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let mut found = Attributes { modified, sparse: false };
    let Ok(Some(extensions)) = entry.pax_extensions() else { return found };
    for extension in extensions.flatten() {
        found.sparse |= extension.key_bytes().starts_with(b"GNU.sparse.");
        if extension.key_bytes() == b"mtime" {
            let precise = extension.value().ok().and_then(pax_time);
            found.modified = precise.or(found.modified);
        }
    }
    found
}

/// Reads `1350244992.023960108`.
fn pax_time(text: &str) -> Option<SystemTime> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().take(9).collect();
    let nanoseconds: u32 = format!("{digits:0<9}").parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds.parse().ok()?, nanoseconds))
}

/// A reader that calls an early end what it is, so that a cut file is never taken for a whole one.
struct Whole<'entry, 'archive, Package: Read> {
    entry: &'entry mut Entry<'archive, Package>,
    left: u64,
}

impl<Package: Read> Read for Whole<'_, '_, Package> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.entry.read(buffer)?;
        self.left = self.left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the package ends within it"));
        }
        Ok(count)
    }
}
