//! What a `kho ingest` asks of the system, in which order: everything is on the medium before it is named,
//! everything is named before it is acknowledged, and the source is only read.
//!
//! The order is read from `strace`. A call came before another if it had returned when the other began;
//! calls of two threads that overlap came in no order.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::kho::{Kho, PROGRAM};

/// Two contents are synced one by one, and so are the five folders that they lie in.
#[test]
fn few_files_are_synced_one_by_one_before_they_are_named() {
    let kho = Kho::new().file("đan/đó.txt", "Thủ Sỹ").file("đan/đó (bản sao).txt", "Thủ Sỹ").file("lờ.txt", "đan lờ");
    let trace = Trace::of_ingest(&kho);
    assert_eq!(trace.check(), (6, 3), "two contents and four reports; a commit of records, one of how the source lay, and one of the reports");
    assert!(!trace.until_commit(2).any(|call| call.name == "syncfs"), "few files do not wait for the whole file system");
}

/// Many contents are synced together.
#[test]
fn many_files_are_synced_together_before_they_are_named() {
    let kho = (0..30)
        .fold(Kho::new(), |kho, number| kho.file(format!("sổ/trang {number}.txt"), format!("trang {number}").repeat(1 + number * number * 100)));
    let kho = kho.file("rỗng.txt", "");
    let settings = kho.archive().join("kho.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let small = text.replace("batch_files = 256", "batch_files = 12");
    assert_ne!(text, small, "the setting has another name or default by now");
    fs::write(&settings, small).unwrap();
    let trace = Trace::of_ingest(&kho);
    assert_eq!(trace.check(), (35, 5), "31 contents and four reports; three commits of records, one of how the source lay, and one of the reports");
    let drafts = trace.archive.join("tmp");
    let is_one_by_one = |call: &Call| call.name == "fsync" && call.path(0).is_some_and(|path| path.starts_with(&drafts) && !is_commit(&path));
    assert!(!trace.until_commit(4).any(is_one_by_one), "many files do not wait for the medium one after another");
}

/// The calls of one ingest.
struct Trace {
    archive: PathBuf,
    source: PathBuf,
    calls: Vec<Call>,
}

/// A call to the system that came back.
struct Call {
    /// Who asked; workers are processes of their own, whose standard output is not ours.
    thread: String,
    name: String,
    /// As `strace` writes them.
    arguments: Vec<String>,
    returned: i64,
    /// The lines of the trace on which it began and came back.
    began: usize,
    ended: usize,
    line: String,
}

impl Trace {
    /// Runs an ingest of the source folder.
    fn of_ingest(kho: &Kho) -> Self {
        let [archive, source] = [kho.archive(), kho.source()].map(|path| path.canonicalize().unwrap());
        let file = kho.beside("trace");
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-s", "200", "-o"]).arg(&file).arg(PROGRAM).arg("ingest").arg(&source).arg("--json");
        let output = match command.env("KHO_ARCHIVE", &archive).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => panic!("this test needs strace: apt-get install strace"),
            output => output.unwrap(),
        };
        assert!(output.status.success(), "{} {}", output.status, String::from_utf8_lossy(&output.stderr));
        let account: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(account["refused"], Value::Array(Vec::new()));
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        Self { archive, source, calls: read_calls(&text) }
    }

    /// Checks everything; returns how many contents and how many commits were seen.
    fn check(&self) -> (usize, usize) {
        self.check_source();
        let mut known = BTreeSet::new();
        let mut acknowledged = 0;
        let mut commits = 0;
        loop {
            let path = self.archive.join(format!("journal/{:012}.jsonl", commits + 1));
            let Ok(text) = fs::read_to_string(&path) else { break };
            commits += 1;
            // The next commit is written when the one before is safe.
            let (began, published, safe) = self.check_commit(&path, text.len());
            assert!(acknowledged < began, "commit {commits} was begun before the one before it was safe");
            acknowledged = safe;
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let files = lines.flat_map(|line| line["record"]["files"].as_array().cloned().unwrap_or_default());
            for file in files.collect::<Vec<_>>() {
                let digest = file["digest"].as_str().unwrap().to_owned();
                if known.insert(digest.clone()) {
                    let durable = self.check_blob(&digest, file["size"].as_u64().unwrap());
                    assert!(durable < began && began < published, "{digest} is durable at line {durable}, its commit begins at line {began}");
                }
            }
        }
        let said = self
            .calls
            .iter()
            .find(|call| is_write(call) && call.thread == self.calls[0].thread && call.arguments[0].starts_with("1<"))
            .expect("the account is told");
        assert!(acknowledged < said.began, "told before it was safe: {}", said.line);
        (known.len(), commits)
    }

    /// Checks: made read-only for all others, written, synced, named, name synced. Returns the line at which it was durable.
    fn check_blob(&self, digest: &str, size: u64) -> usize {
        let inner = self.archive.join("blobs").join(&digest[..2]).join(&digest[2..4]);
        let path = inner.join(digest);
        let named: Vec<_> = self.named(&path).collect();
        let [named] = named.as_slice() else { panic!("{digest} was given its name {} times", named.len()) };
        assert!(named.name.starts_with("rename"), "{}", named.line);
        let draft = named.paths().remove(0);
        assert!(draft.starts_with(self.archive.join("tmp")), "{}", named.line);
        let written = self.check_written(&draft, size);
        assert!(self.made(&draft).line.contains("0444"), "others may write it: {}", self.made(&draft).line);
        let synced = self.after(written, "the sync of the content", |call| self.is_sync(call, &draft));
        assert!(synced.ended < named.began, "named before it was synced:\n{}\n{}", named.line, synced.line);
        let folders = path.ancestors().skip(1).take(3);
        let safe = folders.map(|folder| self.after(named.ended, "the sync of the folder", |call| self.is_sync(call, folder)).ended);
        safe.max().unwrap()
    }

    /// Checks: written, synced, published under a name that was free, name synced. Returns the lines at which it
    /// was begun, published, and safe.
    fn check_commit(&self, path: &Path, size: usize) -> (usize, usize, usize) {
        let published: Vec<_> = self.named(path).collect();
        let [published] = published.as_slice() else { panic!("{} was published {} times", path.display(), published.len()) };
        let fails_if_taken = published.name.starts_with("link") || published.line.contains("RENAME_NOREPLACE");
        assert!(fails_if_taken, "{}", published.line);
        let draft = published.paths().remove(0);
        assert!(draft.starts_with(self.archive.join("tmp")), "{}", published.line);
        let written = self.check_written(&draft, size as u64);
        let synced = self.after(written, "the sync of the commit", |call| call.name == "fsync" && call.path(0).as_deref() == Some(&draft));
        assert!(synced.ended < published.began, "published before it was synced:\n{}\n{}", published.line, synced.line);
        let journal = path.parent().unwrap();
        let safe = self.after(published.ended, "the sync of journal/", |call| call.name == "fsync" && call.path(0).as_deref() == Some(journal));
        (self.made(&draft).began, published.began, safe.ended)
    }

    /// Checks that a new file was made and all of it written; returns the line at which the last byte was.
    fn check_written(&self, draft: &Path, size: u64) -> usize {
        let made = self.made(draft);
        let writes: Vec<_> = self.calls.iter().filter(|call| is_write(call) && call.path(0).as_deref() == Some(draft)).collect();
        let bytes: i64 = writes.iter().map(|call| call.returned).sum();
        assert!(writes.iter().all(|call| made.ended < call.began));
        let written = writes.iter().map(|call| call.ended).max().unwrap_or(made.ended);
        if bytes == i64::try_from(size).unwrap() {
            return written;
        }
        // What goes to the disk directly ends with a whole block, and is cut to its length.
        assert_eq!(bytes, i64::try_from(size.next_multiple_of(4096)).unwrap(), "bytes written to {}", draft.display());
        let is_cut = |call: &Call| call.name == "ftruncate" && call.path(0).as_deref() == Some(draft) && call.arguments[1] == size.to_string();
        self.after(written, "the cut to its length", is_cut).ended
    }

    /// The calls until a commit was published: what belongs to the delivery, and not to the reports on it.
    fn until_commit(&self, sequence: u64) -> impl Iterator<Item = &Call> {
        let path = self.archive.join(format!("journal/{sequence:012}.jsonl"));
        let published = self.named(&path).next().expect("the commit was published").began;
        self.calls.iter().filter(move |call| call.began < published)
    }

    /// The call that made a file that did not exist.
    fn made(&self, path: &Path) -> &Call {
        let is_it =
            |call: &&Call| call.name == "openat" && call.line.contains("O_CREAT|O_EXCL") && call.paths().first().is_some_and(|made| made == path);
        self.calls.iter().find(is_it).unwrap_or_else(|| panic!("nobody made {}", path.display()))
    }

    /// The calls that gave a file this name.
    fn named<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Call> {
        let names = |call: &&Call| ["rename", "renameat", "renameat2", "link", "linkat"].contains(&call.name.as_str()) && call.returned == 0;
        self.calls.iter().filter(names).filter(move |call| call.paths().get(1).is_some_and(|to| to == path))
    }

    /// Whether a call waits until this file or folder is on the medium.
    fn is_sync(&self, call: &Call, path: &Path) -> bool {
        let is_synced = |synced: PathBuf| (call.name == "fsync" && synced == path) || (call.name == "syncfs" && synced.starts_with(&self.archive));
        call.returned == 0 && call.path(0).is_some_and(is_synced)
    }

    /// The first call of a kind that began after a line of the trace.
    fn after(&self, line: usize, what: &str, is_it: impl Fn(&Call) -> bool) -> &Call {
        let found = self.calls.iter().filter(|call| call.began > line && call.returned == 0).find(|call| is_it(call));
        found.unwrap_or_else(|| panic!("{what} is missing after line {line}"))
    }

    /// Checks that of the source, and of everything below it, it is only asked what it is and what it holds.
    fn check_source(&self) {
        let looks = [
            "access",
            "close",
            "execve",
            "faccessat2",
            "fadvise64",
            "fcntl",
            "fstat",
            "getdents64",
            "lseek",
            "lstat",
            "newfstatat",
            "openat",
            "pread64",
            "read",
            "readlink",
            "readlinkat",
            "stat",
            "statx",
        ];
        let changes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];
        let mut opened = 0;
        for call in self.calls.iter().filter(|call| call.mentions_below(&self.source)) {
            assert!(looks.contains(&call.name.as_str()), "the source is only read: {}", call.line);
            if call.name == "openat" {
                opened += 1;
                assert!(
                    call.line.contains("O_RDONLY") && !changes.iter().any(|flag| call.line.contains(flag)),
                    "the source is only read: {}",
                    call.line
                );
            }
        }
        assert!(opened > 2, "the trace shows that the source was opened {opened} times");
    }
}

impl Call {
    /// Every path among the arguments: of open files, and of names.
    fn all_paths(&self) -> impl Iterator<Item = PathBuf> {
        let is_write = is_write(self);
        self.arguments.iter().enumerate().filter(move |(place, _)| !is_write || *place == 0).filter_map(|(_, argument)| path_in(argument))
    }

    /// The names among the arguments, in order; relative ones do not count.
    fn paths(&self) -> Vec<PathBuf> {
        self.arguments.iter().filter(|argument| argument.starts_with('"')).filter_map(|argument| path_in(argument)).collect()
    }

    /// The path of the argument at this place.
    fn path(&self, place: usize) -> Option<PathBuf> {
        path_in(self.arguments.get(place)?)
    }

    fn mentions_below(&self, folder: &Path) -> bool {
        self.all_paths().any(|mentioned| mentioned.starts_with(folder))
    }
}

fn is_write(call: &Call) -> bool {
    ["write", "writev", "pwrite64", "pwritev", "pwritev2"].contains(&call.name.as_str())
}

fn is_commit(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("commit-"))
}

/// Returns the absolute path that an argument is: `"/a/b"`, or that of an open file: `7</a/b>`.
fn path_in(argument: &str) -> Option<PathBuf> {
    let quoted = argument.strip_prefix('"').and_then(|rest| rest.split_once('"').map(|(path, _)| path));
    let opened = || argument.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path);
    let path = unescape(quoted.or_else(opened)?);
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// Reads `\303\241`, which is how `strace` writes bytes beyond ASCII.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = tail.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(*byte)).count();
        let (number, others) = tail.split_at(digits.max(1).min(tail.len()));
        rest = others;
        bytes.push(u8::from_str_radix(&String::from_utf8_lossy(number), 8).unwrap_or(b'\\'));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a trace. A call that another thread interrupts stands on two lines, `<unfinished ...>` and `resumed>`.
fn read_calls(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut unfinished: Vec<(&str, usize, &str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, event)) = line.split_once(' ') else { continue };
        let event = event.trim_start();
        if let Some(begun) = event.strip_suffix(" <unfinished ...>") {
            unfinished.push((thread, number, begun));
        } else if let Some(resumed) = event.strip_prefix("<... ") {
            let place = unfinished.iter().position(|(waiting, ..)| *waiting == thread).expect("what is resumed was begun");
            let (_, began, begun) = unfinished.remove(place);
            let (_, end) = resumed.split_once(" resumed>").expect("a resumed call says so");
            calls.extend(read_call(thread, &format!("{begun}{end}"), (began, number)));
        } else {
            calls.extend(read_call(thread, event, (number, number)));
        }
    }
    assert!(calls.len() > 500, "strace saw {} calls", calls.len());
    calls.sort_by_key(|call| call.began);
    calls
}

/// Reads `name(argument, argument) = 0`; `None` for signals, ends of threads, and calls that never came back.
fn read_call(thread: &str, event: &str, (began, ended): (usize, usize)) -> Option<Call> {
    let (name, rest) = event.split_once('(')?;
    let (arguments, returned) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let returned = returned.split([' ', '<']).next()?.parse().unwrap_or(-1);
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| Call {
        thread: thread.to_owned(),
        name: name.to_owned(),
        arguments: split(arguments),
        returned,
        began,
        ended,
        line: event.to_owned(),
    })
}

/// Splits arguments at commas that stand neither in quotes nor in the path of an open file nor in brackets.
fn split(arguments: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut in_quotes, mut in_path, mut depth) = (false, false, 0);
    let mut before = ' ';
    let mut is_escaped = false;
    for letter in arguments.chars() {
        match letter {
            '"' if !is_escaped && !in_path => in_quotes = !in_quotes,
            '<' if !in_quotes && (before.is_ascii_digit() || before == 'D') => in_path = true,
            '>' if in_path => in_path = false,
            '[' | '{' if !in_quotes && !in_path => depth += 1,
            ']' | '}' if !in_quotes && !in_path => depth -= 1,
            _ => {}
        }
        is_escaped = letter == '\\' && !is_escaped;
        before = letter;
        if letter == ',' && !in_quotes && !in_path && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}
