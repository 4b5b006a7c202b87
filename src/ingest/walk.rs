//! Walking a source: every directory entry, in an order that does not depend on the file system.
//!
//! In each folder media come first, then the parts of them and the sidecars, then the sub-folders. Nothing
//! is followed, nothing is opened.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use kho_archive::record::raw_of_bytes;
use walkdir::{DirEntry, WalkDir};

use super::group::{self, Bond};
use super::sources::Source;
use crate::media::names;

/// One directory entry that is no directory.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its place in the order of the whole run.
    pub(super) order: u64,
    /// Which source it belongs to.
    pub(super) source: usize,
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path below the source, percent-encoded.
    pub(super) raw: String,
    /// What the file system says of it.
    pub(super) stat: Stat,
    /// What it is.
    pub(super) what: What,
}

/// What a directory entry is, before anything was read.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A file.
    File,
    /// A file that belongs to the medium with this path below the source.
    Sidecar { medium: String, is_transcript: bool },
    /// A file that may belong to the one with this path below the source.
    Part { of: String, bond: Bond, number: u32 },
    /// What systems leave behind.
    Junk,
    /// A symbolic link and what it says, percent-encoded.
    Link { target: String },
    /// Something that cannot be taken, and why.
    Unusable(String),
}

/// What the file system says of an entry, as the journal writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) size: u64,
    pub(super) mtime: String,
    pub(super) ctime: String,
    pub(super) inode: String,
}

/// How a source lies: its folders, with their times.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// (path below the source, time of the last change).
    pub(super) folders: Vec<(String, String)>,
    /// Whether the walk came to its end.
    pub(super) is_whole: bool,
}

/// Walks a source and shows every entry. Ends early when `each` returns `false`.
pub(super) fn walk(source: &Source, number: usize, each: &mut dyn FnMut(Candidate) -> bool) -> Layout {
    let mut walker = Walker { source, number, layout: Layout::default(), each };
    walker.layout.is_whole = walker.run();
    walker.layout
}

struct Walker<'a> {
    source: &'a Source,
    number: usize,
    layout: Layout,
    each: &'a mut dyn FnMut(Candidate) -> bool,
}

impl Walker<'_> {
    fn run(&mut self) -> bool {
        let depth = if self.source.only.is_some() { 1 } else { usize::MAX };
        let entries = WalkDir::new(&self.source.path).follow_links(false).max_depth(depth).sort_by(files_first);
        // The files of one folder, which come one after another.
        let mut siblings: Vec<DirEntry> = Vec::new();
        for entry in entries {
            let goes_on = match entry {
                Ok(entry) if entry.file_type().is_dir() => self.show_folder(&entry, &mut siblings),
                Ok(entry) => {
                    let is_new_folder = siblings.last().is_some_and(|last| last.path().parent() != entry.path().parent());
                    let goes_on = !is_new_folder || self.show_files(&mut siblings);
                    siblings.push(entry);
                    goes_on
                }
                Err(error) => self.show_error(&error),
            };
            if !goes_on {
                return false;
            }
        }
        self.show_files(&mut siblings)
    }

    fn show_folder(&mut self, entry: &DirEntry, siblings: &mut Vec<DirEntry>) -> bool {
        let goes_on = self.show_files(siblings);
        if self.source.only.is_none() {
            let mtime = entry.metadata().map(|facts| Stat::of(&facts).mtime).unwrap_or_default();
            self.layout.folders.push((self.raw(entry.path()), mtime));
        }
        goes_on
    }

    /// Shows the files of one folder: media first, then what belongs to them.
    fn show_files(&mut self, siblings: &mut Vec<DirEntry>) -> bool {
        let media = Media::among(siblings);
        let (sidecars, others): (Vec<_>, Vec<_>) = siblings.drain(..).partition(|entry| media.of(entry).is_some());
        let is_wanted = |entry: &DirEntry| self.source.only.as_ref().is_none_or(|only| only == entry.file_name());
        let media = Folder { parts: self.parts(&others), media };
        let is_part = |entry: &&DirEntry| media.parts.contains_key(entry.file_name());
        let (parts, anchors): (Vec<_>, Vec<_>) = others.iter().partition(is_part);
        // What stands for others comes before them.
        let wanted: Vec<_> = anchors.into_iter().chain(parts).chain(&sidecars).filter(|entry| is_wanted(entry)).collect();
        wanted.into_iter().all(|entry| {
            let candidate = self.candidate(entry, &media);
            (self.each)(candidate)
        })
    }

    /// Finds the files that may belong to others of the same folder.
    fn parts(&self, files: &[DirEntry]) -> HashMap<OsString, What> {
        let names: Vec<&[u8]> = files.iter().map(|entry| if is_plain(entry) { entry.file_name().as_bytes() } else { b"" }).collect();
        let size = |place: usize| files[place].metadata().map_or(0, |facts| facts.len());
        let parts = group::parts(&names, &size).into_iter().map(|(place, part)| {
            let what = What::Part { of: self.raw(files[part.anchor].path()), bond: part.bond, number: part.number };
            (files[place].file_name().to_owned(), what)
        });
        parts.collect()
    }

    /// Shows what cannot be walked, so that it is refused with a reason and not lost.
    fn show_error(&mut self, error: &walkdir::Error) -> bool {
        let path = error.path().unwrap_or(&self.source.path).to_owned();
        let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
        let what = What::Unusable(format!("it cannot be listed: {reason}"));
        let raw = self.raw(&path);
        (self.each)(Candidate { order: 0, source: self.number, path, raw, stat: Stat::default(), what })
    }

    fn candidate(&self, entry: &DirEntry, media: &Folder) -> Candidate {
        let path = entry.path().to_owned();
        let raw = self.raw(&path);
        let (stat, what) = match entry.metadata() {
            Ok(facts) => (Stat::of(&facts), self.what(entry, &facts, media)),
            Err(error) => (Stat::default(), What::Unusable(format!("it cannot be looked at: {error}"))),
        };
        Candidate { order: 0, source: self.number, path, raw, stat, what }
    }

    fn what(&self, entry: &DirEntry, facts: &Metadata, folder: &Folder) -> What {
        let kind = facts.file_type();
        if kind.is_symlink() {
            return match fs::read_link(entry.path()) {
                Ok(target) => What::Link { target: raw_of_bytes(target.as_os_str().as_bytes()) },
                Err(error) => What::Unusable(format!("the link cannot be read: {error}")),
            };
        }
        if !kind.is_file() {
            return What::Unusable(special(kind).to_owned());
        }
        if names::is_junk(entry.file_name().as_bytes()) {
            return What::Junk;
        }
        if let Some(part) = folder.parts.get(entry.file_name()) {
            return part.clone();
        }
        match folder.media.of(entry) {
            Some((medium, is_transcript)) => {
                let medium = entry.path().with_file_name(medium);
                What::Sidecar { medium: self.raw(&medium), is_transcript }
            }
            None => What::File,
        }
    }

    /// The path below the source: exact bytes, percent-encoded.
    fn raw(&self, path: &Path) -> String {
        raw_of_bytes(path.strip_prefix(&self.source.path).unwrap_or(path).as_os_str().as_bytes())
    }
}

fn special(kind: fs::FileType) -> &'static str {
    if kind.is_fifo() {
        "it is a pipe (FIFO), not a file"
    } else if kind.is_socket() {
        "it is a socket, not a file"
    } else {
        "it is a device, not a file"
    }
}

/// Files before folders, each ordered by the bytes of their names.
fn files_first(a: &DirEntry, b: &DirEntry) -> std::cmp::Ordering {
    let key = |entry: &DirEntry| (entry.file_type().is_dir(), entry.file_name().to_owned());
    key(a).cmp(&key(b))
}

/// Whether an entry is a file that somebody looks for.
fn is_plain(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && !names::is_junk(entry.file_name().as_bytes())
}

/// What belongs to what in one folder.
struct Folder {
    parts: HashMap<OsString, What>,
    media: Media,
}

/// The media of one folder, by name and by stem.
#[derive(Default)]
struct Media {
    by_name: HashMap<Vec<u8>, OsString>,
    by_stem: HashMap<Vec<u8>, OsString>,
}

impl Media {
    /// Finds the media among entries that are ordered by name: of several with one stem, the first counts.
    fn among(siblings: &[DirEntry]) -> Self {
        let mut media = Self::default();
        for entry in siblings {
            let name = entry.file_name();
            let is_medium = entry.file_type().is_file() && names::is_medium(name.as_bytes()) && !names::is_junk(name.as_bytes());
            if let (true, Some((stem, _))) = (is_medium, names::split(name.as_bytes())) {
                media.by_name.insert(name.as_bytes().to_owned(), name.to_owned());
                media.by_stem.entry(stem.to_owned()).or_insert_with(|| name.to_owned());
            }
        }
        media
    }

    /// Returns the medium that a sidecar belongs to, and whether the sidecar is a transcript.
    fn of(&self, entry: &DirEntry) -> Option<(&OsStr, bool)> {
        let name = entry.file_name().as_bytes();
        let sidecar = names::sidecar(name).filter(|_| entry.file_type().is_file() && !names::is_junk(name))?;
        let find = |stem: &[u8]| self.by_name.get(stem).or_else(|| self.by_stem.get(stem));
        let medium = find(sidecar.stem).or_else(|| find(sidecar.short_stem?))?;
        Some((medium, sidecar.is_transcript))
    }
}

impl Stat {
    /// Writes down what the file system says.
    pub(super) fn of(facts: &Metadata) -> Self {
        Self {
            size: if facts.file_type().is_symlink() { 0 } else { facts.len() },
            mtime: moment(facts.mtime(), facts.mtime_nsec()),
            ctime: moment(facts.ctime(), facts.ctime_nsec()),
            inode: facts.ino().to_string(),
        }
    }
}

/// Returns a time of the file system in RFC 3339, to the nanosecond. Times beyond the year 9999, which
/// broken cameras write, stay as seconds since 1970.
fn moment(seconds: i64, nanoseconds: i64) -> String {
    let nanoseconds = i32::try_from(nanoseconds).unwrap_or(0);
    match jiff::Timestamp::new(seconds, nanoseconds) {
        Ok(time) => format!("{time:.9}"),
        Err(_) => format!("@{seconds}.{nanoseconds:09}"),
    }
}
