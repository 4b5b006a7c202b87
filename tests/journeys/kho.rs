//! How the journeys use the program: `Kho::new().file("ảnh/đó.jpg", bytes).ingest()`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_kho");

/// An archive and a source folder beside it, both gone when the test ends.
pub struct Kho {
    folder: TempDir,
}

/// A running viewer; stopped when dropped.
pub struct Server {
    child: Child,
    address: String,
}

/// An answer of the viewer.
pub struct Answer {
    pub status: u16,
    /// Names in lower case; the date is left out.
    pub headers: BTreeMap<String, String>,
    /// What each `Set-Cookie` says.
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Kho {
    /// Makes an empty archive and an empty source folder: not even the thesaurus is in it.
    pub fn new() -> Self {
        Self::made_with(&["--without-terms"])
    }

    /// Makes an archive with the thesaurus that comes with kho, as everyone else has it.
    pub fn with_terms() -> Self {
        Self::made_with(&[])
    }

    fn made_with(options: &[&str]) -> Self {
        let kho = Self { folder: TempDir::new().unwrap() };
        fs::create_dir(kho.source()).unwrap();
        let output = kho.run([&["init", kho.archive().to_str().unwrap(), "--name", "Kho thử"], options].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        kho
    }

    /// An archive of the samples, open to everyone. They are brought in once; each test has a copy.
    pub fn of_samples() -> Self {
        static MADE: LazyLock<PathBuf> = LazyLock::new(bring_samples_in);
        let kho = Self { folder: TempDir::new().unwrap() };
        fs::create_dir(kho.source()).unwrap();
        copy_folder(&MADE, &kho.archive());
        kho
    }

    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("kho")
    }

    pub fn source(&self) -> PathBuf {
        self.folder.path().join("Thủ Sỹ 2025-03-12")
    }

    /// A path beside archive and source.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into the source folder.
    pub fn file(self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Self {
        write(&self.source().join(path), bytes);
        self
    }

    /// Runs the program on this archive.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// The program, told of this archive and of who acts, and nothing else.
    pub fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env("KHO_ARCHIVE", self.archive()).env("KHO_ACTOR", "cô Thuỷ").stdin(Stdio::null());
        command
    }

    /// Runs the program and reads its JSON; the exit code comes with it.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> (i32, Value) {
        let output = self.run(arguments);
        let read = serde_json::from_slice(&output.stdout);
        let value =
            read.unwrap_or_else(|error| panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), value)
    }

    /// Brings the source folder in; returns the account.
    pub fn ingest(&self) -> Value {
        self.ingest_from(&self.source(), &[])
    }

    /// Brings a folder in; returns the account.
    pub fn ingest_from(&self, source: &Path, options: &[&str]) -> Value {
        let mut arguments = vec!["ingest", source.to_str().unwrap(), "--json"];
        arguments.extend(options);
        self.json(arguments).1
    }

    /// Every record.
    pub fn records(&self) -> Vec<Value> {
        let output = self.run(["records"]);
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The record that has this title, or whose original has this name without its ending.
    pub fn record(&self, title: &str) -> Value {
        let records = self.records();
        let is_stem = |name: &str| name.rsplit('/').next().is_some_and(|name| name.rsplit_once('.').is_some_and(|(stem, _)| stem == title));
        let has_name = |record: &&Value| record["files"][0]["paths"][0]["name"].as_str().is_some_and(is_stem);
        let found = records.iter().find(|record| record["title"]["vi"] == title).or_else(|| records.iter().find(has_name));
        found.unwrap_or_else(|| panic!("no record {title:?} among {records:#?}")).clone()
    }

    /// The record with this identifier, as it is now.
    pub fn show(&self, id: &str) -> Value {
        let (code, mut shown) = self.json(["show", id, "--json"]);
        assert_eq!(code, 0, "{shown}");
        shown[0].take()
    }

    /// Changes a record; returns its new revision.
    pub fn set(&self, id: &str, changes: &[&str]) -> Value {
        let (code, record) = self.json([&["set", id, "--json"], changes].concat());
        assert_eq!(code, 0, "{record}");
        record
    }

    /// Every commit, as `kho log` tells it.
    pub fn log(&self) -> Vec<Value> {
        let (code, commits) = self.json(["log", "--json"]);
        assert_eq!(code, 0);
        commits.as_array().unwrap().clone()
    }

    /// What `kho verify` finds, with its exit code.
    pub fn verify(&self) -> (i32, Value) {
        self.json(["verify", "--json"])
    }

    pub fn assert_sound(&self) {
        let (code, report) = self.verify();
        assert_eq!(code, 0, "{report}");
        assert_eq!(report["orphans"], serde_json::json!([]));
        assert_eq!(fs::read_dir(self.archive().join("tmp")).unwrap().count(), 0, "tmp/ is swept");
    }

    /// Every path at which a file was found, as exact bytes: the file, and the record that holds it.
    /// Superseded paths are left out.
    pub fn files(&self) -> BTreeMap<Vec<u8>, (Value, Value)> {
        let mut files = BTreeMap::new();
        for record in self.records() {
            for file in list(&record["files"]) {
                let standing = list(&file["paths"]).iter().filter(|path| path.get("superseded").is_none());
                for path in standing {
                    let raw = percent_decode_str(path["raw"].as_str().unwrap()).collect();
                    let before = files.insert(raw, (file.clone(), record.clone()));
                    assert!(before.is_none(), "two contents stand at {path}");
                }
            }
        }
        files
    }

    /// Where the bytes of a content lie in the archive.
    pub fn blob(&self, digest: &str) -> PathBuf {
        self.archive().join("blobs").join(&digest[..2]).join(&digest[2..4]).join(digest)
    }

    /// The answer of a search, without the time that it took.
    pub fn search(&self, query: &str, options: &[&str]) -> Value {
        let mut arguments = vec!["search", query, "--json"];
        arguments.extend(options);
        let (code, mut answer) = self.json(arguments);
        assert_eq!(code, 0);
        answer.as_object_mut().unwrap().remove("took_ms").unwrap();
        answer
    }

    /// Runs the program and types one line.
    pub fn run_typing<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, typed: &str) -> Output {
        let mut command = self.command();
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Who refuses at once does not read to the end.
        let _ = writeln!(child.stdin.take().unwrap(), "{typed}");
        child.wait_with_output().unwrap()
    }

    /// Starts the viewer on a free port.
    pub fn serve(&self) -> Server {
        self.serve_with(Stdio::inherit())
    }

    /// Starts the viewer, and keeps what it says on standard error.
    pub fn serve_aloud(&self) -> (Server, BufReader<ChildStderr>) {
        let mut server = self.serve_with(Stdio::piped());
        let said = BufReader::new(server.child.stderr.take().unwrap());
        (server, said)
    }

    fn serve_with(&self, stderr: Stdio) -> Server {
        let mut command = self.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(stderr);
        Server::started(command)
    }
}

impl Server {
    /// Starts a viewer by a command that serves, and reads where it listens.
    pub fn started(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// Asks as plainly as the protocol allows, so that nothing is hidden by a library.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, "")
    }

    /// The same with a body.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], sent: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let extra: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{extra}\r\n{sent}", self.address).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has headers");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let all: Vec<(String, String)> =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let cookies = all.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone()).collect();
        let headers: BTreeMap<String, String> = all.into_iter().filter(|(name, _)| name != "date").collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            body = unchunk(&body);
        }
        Answer { status, headers, cookies, body }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Everything that tells one answer from another.
    pub fn face(&self) -> (u16, &BTreeMap<String, String>, &[u8]) {
        (self.status, &self.headers, &self.body)
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        whole.extend(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
    whole
}

/// The members of a JSON array; none if there is no array.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Brings the samples in where the build keeps its files, and clears away what earlier runs left there.
fn bring_samples_in() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in fs::read_dir(home).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("samples-of-");
        if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let archive = home.join(format!("samples-of-{}", std::process::id()));
    let _ = fs::remove_dir_all(&archive);
    for arguments in [vec!["init", "--without-terms"], vec!["ingest", "--access", "public", "--json", "-a"]] {
        let mut command = Command::new(PROGRAM);
        command.env_remove("KHO_ARCHIVE").env("KHO_ACTOR", "cô Thuỷ").args(&arguments).arg(&archive);
        if arguments[0] == "ingest" {
            command.arg(samples());
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    archive
}

/// Paths in a folder, as exact bytes, with numbers that the file system gives for them.
pub type Listing = BTreeMap<Vec<u8>, Vec<i128>>;

/// Everything below a folder, with what the file system says of it: kind and mode, size, time of the last
/// change of bytes, of the inode, and the inode. Links are not followed.
pub fn listing(folder: &Path) -> Listing {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let facts = path.symlink_metadata().unwrap();
        if facts.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let name = path.strip_prefix(folder).unwrap().as_os_str().as_bytes().to_owned();
        let size = if facts.is_dir() { 0 } else { facts.len() };
        let moment = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        let times = [moment(facts.mtime(), facts.mtime_nsec()), moment(facts.ctime(), facts.ctime_nsec())];
        found.insert(name, vec![facts.mode().into(), size.into(), times[0], times[1], facts.ino().into()]);
    }
    found
}

/// Asserts that two listings are the same, and tells only where they differ.
#[track_caller]
pub fn assert_same(left: &Listing, right: &Listing) {
    let names = left.keys().chain(right.keys()).filter(|name| left.get(*name) != right.get(*name));
    let differ: Vec<String> = names.map(|name| format!("{}: {:?}, {:?}", name.escape_ascii(), left.get(name), right.get(name))).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

/// Waits until something holds, for a minute at most.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited a minute for this: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A recording: so many seconds of one level of silence.
pub fn wav(seconds: u32, level: u8) -> Vec<u8> {
    let length = seconds * 8000;
    let mut bytes = Vec::from(b"RIFF");
    bytes.extend((length + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    // PCM, one channel, 8,000 times a second, one byte each time.
    bytes.extend([1u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([8000u32, 8000].map(u32::to_le_bytes).concat());
    bytes.extend([1u16, 8].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.resize(bytes.len() + length as usize, level);
    bytes
}

/// Writes a file, making the folders above it.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The samples of the project.
pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/collection")
}

/// What stands beside the checkout, or `None`, having said so.
pub fn shared(what: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(what);
    if !path.exists() {
        println!("../shared/{what} is absent: this test shows nothing here");
        return None;
    }
    Some(path.canonicalize().unwrap())
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// Asserts that two folders hold the same, by `diff -r`.
pub fn assert_same_folders(left: &Path, right: &Path) {
    let output = Command::new("diff").args(["-r", "--no-dereference"]).arg(left).arg(right).output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

/// Opens an archive file of the corpus into a folder.
pub fn untar(tar: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    assert!(Command::new("tar").arg("xf").arg(tar).arg("-C").arg(to).status().unwrap().success());
}
