//! What is on its way into the archive from browsers: `uploads/DELIVERY/`, one folder for each delivery.
//!
//! ```text
//! uploads/3f…/delivery.json   who brings it, and how far it is
//! uploads/3f…/parts/9a…       the bytes of a file, as far as they came; their number is the offset to go on from
//! uploads/3f…/parts/9a….json  what the file is called, and how long it is
//! uploads/3f…/in/NAME/…       the files under their own names, once the delivery is brought in
//! ```
//!
//! It survives a restart: nothing about it is only in memory. Names are exact bytes; none leads out of the folder.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use kho_archive::Archive;
pub(crate) use kho_archive::archive::UPLOADS as FOLDER;
use kho_archive::record::{RecordId, bytes_of_raw, raw_of_bytes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::media::names;

/// No file is longer.
pub(crate) const LARGEST: u64 = 1 << 40;

/// No delivery has more files.
const MOST_FILES: usize = 10_000;

/// Nobody has more deliveries open.
const MOST_OPEN: usize = 50;

/// The longest path of a file, and the longest part of one, in bytes: what Linux takes.
const LONGEST_PATH: usize = 3000;
const LONGEST_PART: usize = 255;
const DEEPEST: usize = 64;

/// So much of the disk is left free, for the journal and whatever else must go on.
const RESERVE: u64 = 64 << 20;

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Files are coming.
    Open,
    /// It is being brought in; after a restart, again.
    Bringing,
    /// It is in the archive.
    Done,
    /// It could not be brought in; why is in the log.
    Failed,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The account of whoever brings it.
    pub(crate) by: String,
    /// When it was begun: RFC 3339 in UTC.
    pub(crate) begun: String,
    pub(crate) state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) giver: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Outcome>,
}

/// What became of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accession: Option<RecordId>,
    /// New contents, those beside a medium included.
    pub(crate) stored: u64,
    pub(crate) duplicates: u64,
    /// Paths that were not taken, and why.
    #[serde(default)]
    pub(crate) refused: Vec<(String, String)>,
}

/// What a file is called, and how long it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Its path: exact bytes, percent-encoded.
    raw: String,
    /// How long it is; unknown while a form without script is being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// When it was last modified, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<u64>,
}

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) id: String,
    /// Its path: exact bytes, percent-encoded.
    pub(crate) raw: String,
    /// Its path for people.
    pub(crate) name: String,
    pub(crate) size: Option<u64>,
    pub(crate) received: u64,
    pub(crate) modified: Option<u64>,
}

/// A file that somebody wants to bring.
pub(crate) struct Wanted<'a> {
    /// Its path as exact bytes; `/` parts folders.
    pub(crate) path: &'a [u8],
    pub(crate) size: Option<u64>,
    pub(crate) modified: Option<u64>,
}

/// Something cannot be uploaded. The web says it in the language of the reader.
#[derive(Debug, Error)]
pub(crate) enum UploadError {
    #[error("there is no such delivery or file")]
    NotFound,
    #[error("the delivery takes no more files")]
    NotOpen,
    #[error("this name cannot be kept")]
    BadName,
    #[error("the file is too long")]
    TooLarge,
    #[error("there are too many files or deliveries")]
    TooMany,
    #[error("the disk has no room")]
    NoRoom,
    #[error("{received} bytes are here")]
    WrongOffset { received: u64 },
    #[error("somebody else is sending this file")]
    Busy,
    #[error("not all files are here whole")]
    Incomplete,
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoRoom,
            ErrorKind::NotFound => Self::NotFound,
            _ => Self::Io(error),
        }
    }
}

/// All deliveries of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Uploads {
    root: PathBuf,
}

/// A file that receives bytes. As long as it lives, nobody else can send to it.
#[derive(Debug)]
pub(crate) struct Receiving {
    file: File,
    left: Option<u64>,
}

impl Uploads {
    pub(crate) fn of(archive: &Archive) -> Self {
        Self { root: archive.root().join(FOLDER) }
    }

    /// Begins a delivery; returns its name.
    pub(crate) fn begin(&self, by: &str) -> Result<String, UploadError> {
        fs::create_dir_all(&self.root)?;
        let open = self.list()?.into_iter().filter(|(_, delivery)| delivery.by == by && delivery.state == State::Open).count();
        if open >= MOST_OPEN {
            return Err(UploadError::TooMany);
        }
        let id = random_name()?;
        fs::create_dir(self.root.join(&id))?;
        fs::create_dir(self.parts(&id)?)?;
        let begun = jiff::Timestamp::now().to_string();
        let delivery = Delivery { by: by.to_owned(), begun, state: State::Open, giver: None, agreement: None, note: None, outcome: None };
        self.write(&id, &delivery)?;
        Ok(id)
    }

    /// Returns all deliveries, the latest first.
    pub(crate) fn list(&self) -> Result<Vec<(String, Delivery)>, UploadError> {
        let mut all = Vec::new();
        for name in names_in(&self.root)? {
            match self.read(&name) {
                Ok(delivery) => all.push((name, delivery)),
                // Begun and not yet written, or something that somebody else put there.
                Err(UploadError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        all.sort_by(|(_, one), (_, other)| other.begun.cmp(&one.begun));
        Ok(all)
    }

    /// Returns a delivery.
    pub(crate) fn read(&self, id: &str) -> Result<Delivery, UploadError> {
        read_json(&self.folder(id)?.join("delivery.json"))
    }

    /// Writes down how far a delivery is.
    pub(crate) fn write(&self, id: &str, delivery: &Delivery) -> Result<(), UploadError> {
        write_json(&self.folder(id)?.join("delivery.json"), delivery)
    }

    /// Returns the files of a delivery that are not laid out yet, by their names.
    pub(crate) fn files(&self, id: &str) -> Result<Vec<Part>, UploadError> {
        let folder = self.parts(id)?;
        let mut files = Vec::new();
        for file in names_in(&folder)?.into_iter().filter_map(|name| name.strip_suffix(".json").map(str::to_owned)) {
            let told: Told = match read_json(&folder.join(format!("{file}.json"))) {
                Err(UploadError::NotFound) => continue,
                told => told?,
            };
            let received = fs::metadata(folder.join(&file)).map_or(0, |facts| facts.len());
            let name = names::readable(&bytes_of_raw(&told.raw)).0;
            files.push(Part { id: file, raw: told.raw, name, size: told.size, received, modified: told.modified });
        }
        files.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Ok(files)
    }

    /// Makes place for a file; returns its name in the delivery.
    pub(crate) fn create(&self, id: &str, wanted: &Wanted<'_>) -> Result<String, UploadError> {
        self.must_be_open(id)?;
        if !is_keepable(wanted.path) {
            return Err(UploadError::BadName);
        }
        let size = wanted.size.unwrap_or(0);
        if size > LARGEST {
            return Err(UploadError::TooLarge);
        }
        let folder = self.parts(id)?;
        if names_in(&folder)?.len() >= 2 * MOST_FILES {
            return Err(UploadError::TooMany);
        }
        // Once here and once in the archive, for a moment.
        if room(&folder)? < size.saturating_mul(2).saturating_add(RESERVE) {
            return Err(UploadError::NoRoom);
        }
        let file = random_name()?;
        File::create_new(folder.join(&file))?;
        let told = Told { raw: raw_of_bytes(wanted.path), size: wanted.size, modified: wanted.modified };
        write_json(&folder.join(format!("{file}.json")), &told)?;
        Ok(file)
    }

    /// Returns how much of a file is here, and how long it is.
    pub(crate) fn state(&self, id: &str, file: &str) -> Result<(u64, Option<u64>), UploadError> {
        let (data, told) = self.paths(id, file)?;
        let told: Told = read_json(&told)?;
        Ok((fs::metadata(data)?.len(), told.size))
    }

    /// Opens a file that goes on at `offset`: exactly where it is now.
    pub(crate) fn receive(&self, id: &str, file: &str, offset: u64) -> Result<Receiving, UploadError> {
        self.must_be_open(id)?;
        let (data, told) = self.paths(id, file)?;
        let told: Told = read_json(&told)?;
        let data = File::options().append(true).open(data)?;
        match data.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(UploadError::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let received = data.metadata()?.len();
        if received != offset {
            return Err(UploadError::WrongOffset { received });
        }
        Ok(Receiving { file: data, left: told.size.map(|size| size.saturating_sub(received)) })
    }

    /// Notes how long a file is that came without saying so.
    pub(crate) fn complete(&self, id: &str, file: &str) -> Result<(), UploadError> {
        let (data, path) = self.paths(id, file)?;
        let told: Told = read_json(&path)?;
        write_json(&path, &Told { size: Some(fs::metadata(data)?.len()), ..told })
    }

    /// Takes a file back.
    pub(crate) fn remove(&self, id: &str, file: &str) -> Result<(), UploadError> {
        self.must_be_open(id)?;
        let (data, told) = self.paths(id, file)?;
        fs::remove_file(told)?;
        Ok(fs::remove_file(data)?)
    }

    /// Takes a whole delivery away, unless it is being brought in.
    pub(crate) fn discard(&self, id: &str) -> Result<(), UploadError> {
        if self.read(id)?.state == State::Bringing {
            return Err(UploadError::NotOpen);
        }
        Ok(fs::remove_dir_all(self.folder(id)?)?)
    }

    /// Closes a delivery whose files are all here whole: from now on it is being brought in.
    pub(crate) fn close(&self, id: &str, delivery: &Delivery) -> Result<(), UploadError> {
        self.must_be_open(id)?;
        let files = self.files(id)?;
        if files.is_empty() || files.iter().any(|file| file.size != Some(file.received)) {
            return Err(UploadError::Incomplete);
        }
        self.write(id, &Delivery { state: State::Bringing, ..delivery.clone() })
    }

    /// Puts the files of a delivery under their own names into a folder called `label`, and returns it. What was cut off is
    /// gone on with. Two files with one name both keep it: the second lies in a folder of its own.
    pub(crate) fn lay_out(&self, id: &str, label: &str) -> Result<PathBuf, UploadError> {
        let target = self.folder(id)?.join("in").join(label);
        fs::create_dir_all(&target)?;
        for part in self.files(id)? {
            let (data, told) = self.paths(id, &part.id)?;
            // A move without its note being taken away was cut off after the move.
            if data.exists() {
                put_under_name(&data, &target, &bytes_of_raw(&part.raw), part.modified)?;
            }
            fs::remove_file(told)?;
        }
        File::open(&target)?.sync_all()?;
        Ok(target)
    }

    /// Notes what became of a delivery. Files that were taken are in the archive and leave their place here.
    pub(crate) fn finish(&self, id: &str, outcome: Option<Outcome>) -> Result<(), UploadError> {
        let delivery = self.read(id)?;
        let is_whole = outcome.as_ref().is_some_and(|outcome| outcome.refused.is_empty());
        let state = if outcome.is_some() { State::Done } else { State::Failed };
        self.write(id, &Delivery { state, outcome, ..delivery })?;
        if is_whole {
            fs::remove_dir_all(self.folder(id)?.join("in"))?;
        }
        Ok(())
    }

    fn must_be_open(&self, id: &str) -> Result<(), UploadError> {
        if self.read(id)?.state == State::Open { Ok(()) } else { Err(UploadError::NotOpen) }
    }

    fn folder(&self, id: &str) -> Result<PathBuf, UploadError> {
        if is_ours(id) { Ok(self.root.join(id)) } else { Err(UploadError::NotFound) }
    }

    fn parts(&self, id: &str) -> Result<PathBuf, UploadError> {
        Ok(self.folder(id)?.join("parts"))
    }

    /// Where the bytes of a file are, and what is told of it.
    fn paths(&self, id: &str, file: &str) -> Result<(PathBuf, PathBuf), UploadError> {
        let folder = self.parts(id)?;
        if !is_ours(file) {
            return Err(UploadError::NotFound);
        }
        Ok((folder.join(file), folder.join(format!("{file}.json"))))
    }
}

impl Receiving {
    /// Appends bytes; none beyond the length that was told.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let length = bytes.len() as u64;
        match &mut self.left {
            Some(left) if *left < length => return Err(UploadError::TooLarge),
            Some(left) => *left -= length,
            None => {}
        }
        Ok(self.file.write_all(bytes)?)
    }

    /// Makes what came durable; returns how much is here.
    pub(crate) fn settle(&self) -> Result<u64, UploadError> {
        self.file.sync_all()?;
        Ok(self.file.metadata()?.len())
    }
}

/// Whether a path can be kept as it is: every part is a name, and none leads out of the folder.
fn is_keepable(path: &[u8]) -> bool {
    let is_name = |part: &[u8]| !part.is_empty() && part != b"." && part != b".." && part.len() <= LONGEST_PART;
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    path.len() <= LONGEST_PATH && parts.len() <= DEEPEST && !path.contains(&0) && parts.into_iter().all(is_name)
}

/// Moves bytes to their name, to the first folder in which it is free.
fn put_under_name(data: &Path, target: &Path, name: &[u8], modified: Option<u64>) -> Result<(), UploadError> {
    if let Some(modified) = modified {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(modified));
        // A time that the file system does not take is no reason to refuse the file.
        let _ = time.map(|time| File::options().append(true).open(data).and_then(|file| file.set_modified(time)));
    }
    for number in 1..=MOST_FILES {
        let folder = if number == 1 { target.to_owned() } else { target.join(number.to_string()) };
        let path = folder.join(OsStr::from_bytes(name));
        let is_made = path.parent().is_none_or(|parent| fs::create_dir_all(parent).is_ok());
        if is_made && fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(fs::rename(data, path)?);
        }
    }
    Err(UploadError::TooMany)
}

/// Whether this is a name that [`random_name`] gives: no other ever becomes part of a path.
fn is_ours(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// How many bytes can still be written there.
fn room(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The readable names in a folder; none if there is no folder.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, UploadError> {
    serde_json::from_slice(&fs::read(path)?).map_err(|error| UploadError::Io(io::Error::other(error)))
}

/// Writes beside, syncs, and renames.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), UploadError> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(value).map_err(io::Error::other)?)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(FOLDER);
        (folder, Uploads { root })
    }

    fn bring(uploads: &Uploads, id: &str, path: &[u8], bytes: &[u8]) -> Result<String, UploadError> {
        let file = uploads.create(id, &Wanted { path, size: Some(bytes.len() as u64), modified: Some(1_741_741_000_123) })?;
        let mut receiving = uploads.receive(id, &file, 0)?;
        receiving.write(bytes)?;
        receiving.settle()?;
        Ok(file)
    }

    #[test]
    fn a_file_goes_on_exactly_where_it_was_cut_off() {
        let (_folder, uploads) = uploads();
        let id = uploads.begin("lan").unwrap();
        let file = uploads.create(&id, &Wanted { path: b"a.jpg", size: Some(6), modified: None }).unwrap();
        let mut first = uploads.receive(&id, &file, 0).unwrap();
        first.write(b"abc").unwrap();
        assert!(matches!(uploads.receive(&id, &file, 3), Err(UploadError::Busy)), "one at a time");
        drop(first);
        assert_eq!(uploads.state(&id, &file).unwrap(), (3, Some(6)));
        assert!(matches!(uploads.receive(&id, &file, 2), Err(UploadError::WrongOffset { received: 3 })));
        let delivery = uploads.read(&id).unwrap();
        assert!(matches!(uploads.close(&id, &delivery), Err(UploadError::Incomplete)));
        let mut second = uploads.receive(&id, &file, 3).unwrap();
        assert!(matches!(second.write(b"defg"), Err(UploadError::TooLarge)), "not a byte more than was told");
        second.write(b"def").unwrap();
        assert_eq!(second.settle().unwrap(), 6);
        drop(second);
        uploads.close(&id, &delivery).unwrap();
        assert!(matches!(uploads.receive(&id, &file, 6), Err(UploadError::NotOpen)));
        let laid = uploads.lay_out(&id, "đợt một").unwrap();
        assert_eq!(fs::read(laid.join("a.jpg")).unwrap(), b"abcdef");
        assert_eq!(uploads.lay_out(&id, "đợt một").unwrap(), laid, "again, after a restart");
    }

    #[test]
    fn no_name_leads_out_and_every_other_is_kept_to_the_byte() {
        let (folder, uploads) = uploads();
        let id = uploads.begin("lan").unwrap();
        let long = vec![b'x'; 256];
        for hostile in [&b"../../kho.toml"[..], b"/etc/passwd", b"a/../b", b"a//b", b"", b".", b"a/", b"nul\0.jpg", &long] {
            assert!(matches!(bring(&uploads, &id, hostile, b"x"), Err(UploadError::BadName)), "{}", hostile.escape_ascii());
        }
        let names: [&[u8]; 6] =
            [b"l\xb5ng ngh\xd2.txt", "ngh\u{1ec1}.txt".as_bytes(), "nghe\u{302}\u{300}.txt".as_bytes(), b"a\nb\\c|d .txt", b"th\xc6 m/x.txt", b"..."];
        for name in names {
            bring(&uploads, &id, name, name).unwrap();
        }
        // A telephone calls every picture the same; and a file can be called like another's folder.
        for twin in [&b"image.jpg"[..], b"image.jpg", b"image.jpg/inside"] {
            bring(&uploads, &id, twin, b"twin").unwrap();
        }
        let laid = uploads.lay_out(&id, "đợt").unwrap();
        for name in names {
            assert_eq!(fs::read(laid.join(OsStr::from_bytes(name))).unwrap(), name);
        }
        let count = walkdir::WalkDir::new(&laid).into_iter().filter(|entry| entry.as_ref().unwrap().file_type().is_file()).count();
        assert_eq!(count, 9);
        let modified = fs::metadata(laid.join("...")).unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis(), 1_741_741_000_123);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside");
        for foreign in ["../..", "", "x", &"0".repeat(31)] {
            assert!(matches!(uploads.read(foreign), Err(UploadError::NotFound)), "{foreign}");
            assert!(matches!(uploads.state(&id, foreign), Err(UploadError::NotFound)), "{foreign}");
        }
    }

    #[test]
    fn a_disk_without_room_is_told_before_anything_is_sent() {
        let (_folder, uploads) = uploads();
        let id = uploads.begin("lan").unwrap();
        let wants = |size| uploads.create(&id, &Wanted { path: b"phim.mov", size: Some(size), modified: None });
        assert!(matches!(wants(LARGEST), Err(UploadError::NoRoom)));
        assert!(matches!(wants(LARGEST + 1), Err(UploadError::TooLarge)));
        assert!(matches!(UploadError::from(io::Error::from(ErrorKind::StorageFull)), UploadError::NoRoom));
        uploads.discard(&id).unwrap();
        assert!(matches!(uploads.read(&id), Err(UploadError::NotFound)) && uploads.list().unwrap().is_empty());
    }
}
