//! Runs one program: bounded in time and in what it says.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Arguments;

/// What is kept of a program's complaints.
const LONGEST_COMPLAINT: usize = 2000;

/// The programs that are asked when they are installed, each with other names of it.
const PROGRAMS: [(&str, &[&str]); 3] = [("ffmpeg", &["ffmpeg"]), ("ffprobe", &["ffprobe"]), ("heif-convert", &["heif-convert", "heif-dec"])];

/// The error of a program that is not installed: this says nothing of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) &'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not installed: see `kho doctor`", self.0)
    }
}

impl std::error::Error for Missing {}

/// The programs of others on this machine.
pub(crate) struct Tools;

impl Tools {
    /// Returns where a program is installed, under any of its names; looks through `PATH` and runs nothing.
    pub(crate) fn find(program: &str) -> Option<PathBuf> {
        let names = PROGRAMS.iter().find(|(name, _)| *name == program).map(|(_, names)| *names)?;
        let path = env::var_os("PATH")?;
        // A relative folder in PATH would mean whatever folder we happen to be in.
        let folders: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
        let mut files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        files.find(|file| file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0))
    }
}

/// Returns every program that is asked when it is installed, with its path, or `None` where it is missing.
pub(crate) fn found() -> Vec<(&'static str, Option<String>)> {
    PROGRAMS.iter().map(|(name, _)| (*name, Tools::find(name).map(|path| path.display().to_string()))).collect()
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    Tools::find(program).is_some()
}

/// One run of a program.
pub(super) struct Run<'a> {
    pub(super) program: &'static str,
    pub(super) arguments: Arguments,
    /// What it finds as standard input; nothing otherwise.
    pub(super) input: Option<&'a Path>,
    /// It is killed when it takes longer.
    pub(super) time: Duration,
}

impl Run<'_> {
    /// Returns what the program wrote; fails when that is longer than `longest` bytes or the program does not end well.
    pub(super) fn answer(self, longest: usize) -> anyhow::Result<Vec<u8>> {
        let program = self.program;
        let mut bytes = Vec::new();
        self.stream(|part| {
            ensure!(bytes.len() + part.len() <= longest, "{program} wrote more than {longest} bytes");
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Hands on what the program writes, part by part; an error of `take` ends it.
    pub(super) fn stream(self, take: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let deadline = Instant::now() + self.time;
        let mut running = Running { child: self.start()?, program: self.program, complaint: Vec::new() };
        running.read(deadline, take)?;
        let status = running.wait(deadline)?;
        if !status.success() {
            bail!("{} could not read it: {}", self.program, running.complaint());
        }
        Ok(())
    }

    /// Starts the program in the process group of this process, so that whoever kills a worker with its group kills this too.
    fn start(&self) -> anyhow::Result<Child> {
        let file = Tools::find(self.program).ok_or(Missing(self.program))?;
        let mut command = Command::new(file);
        command.args(self.arguments.as_list()).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8").env("MALLOC_ARENA_MAX", "1");
        match self.input {
            Some(path) => command.stdin(File::open(path).context("the file cannot be opened")?),
            None => command.stdin(Stdio::null()),
        };
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().with_context(|| format!("{} cannot be started", self.program))
    }
}

/// A program that runs. However this goes out of sight, the program has ended.
struct Running {
    child: Child,
    program: &'static str,
    complaint: Vec<u8>,
}

impl Running {
    /// Reads both pipes until the program closed them.
    fn read(&mut self, deadline: Instant, mut take: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut output = self.child.stdout.take();
        let mut complaints = self.child.stderr.take();
        let mut buffer = vec![0; 64 << 10];
        while output.is_some() || complaints.is_some() {
            let ready = wait_for(output.as_ref(), complaints.as_ref(), deadline).with_context(|| format!("{} was stopped", self.program))?;
            if let Some(pipe) = output.as_mut().filter(|_| ready.output) {
                match pipe.read(&mut buffer)? {
                    0 => output = None,
                    length => take(buffer.get(..length).unwrap_or_default())?,
                }
            }
            if let Some(pipe) = complaints.as_mut().filter(|_| ready.complaints) {
                match pipe.read(&mut buffer)? {
                    0 => complaints = None,
                    length => self.keep(buffer.get(..length).unwrap_or_default()),
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, complaint: &[u8]) {
        let room = LONGEST_COMPLAINT.saturating_sub(self.complaint.len());
        self.complaint.extend(complaint.iter().take(room));
    }

    /// The first line of what it complained of, which says most.
    fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.complaint);
        let last = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it did not say why");
        last.chars().filter(|letter| !letter.is_control()).take(300).collect()
    }

    /// Waits for the end of a program that closed its pipes.
    fn wait(&mut self, deadline: Instant) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "{} took too long", self.program);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The programs that we run start no others, so this ends all of it.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Which pipes can be read without waiting.
struct Ready {
    output: bool,
    complaints: bool,
}

fn wait_for(output: Option<&ChildStdout>, complaints: Option<&ChildStderr>, deadline: Instant) -> anyhow::Result<Ready> {
    let both = [output.map(AsFd::as_fd), complaints.map(AsFd::as_fd)];
    let left = deadline.checked_duration_since(Instant::now()).context("it took too long")?;
    let time = Timespec { tv_sec: i64::try_from(left.as_secs())?, tv_nsec: left.subsec_nanos().into() };
    let mut pipes: Vec<PollFd<'_>> = both.iter().flatten().map(|pipe| PollFd::from_borrowed_fd(*pipe, PollFlags::IN)).collect();
    match poll(&mut pipes, Some(&time)) {
        Ok(0) => bail!("it took too long"),
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(Ready { output: false, complaints: false }),
        Err(error) => return Err(io::Error::from(error).into()),
    }
    let mut answers = pipes.iter().map(|pipe| !pipe.revents().is_empty());
    let mut next = |is_open: bool| is_open && answers.next().unwrap_or(false);
    Ok(Ready { output: next(output.is_some()), complaints: next(complaints.is_some()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ffmpeg(words: [&str; 9], seconds: f64) -> Option<Run<'static>> {
        let run = Run { program: "ffmpeg", arguments: Arguments::default().words(words), input: None, time: Duration::from_secs_f64(seconds) };
        let is_here = Tools::find("ffmpeg").is_some();
        if !is_here {
            println!("ffmpeg is not installed: nothing to see");
        }
        is_here.then_some(run)
    }

    #[test]
    fn a_program_without_end_is_ended() {
        let endless = ["-v", "error", "-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null"];
        let Some(mut run) = ffmpeg(endless, 0.4) else { return };
        run.arguments = run.arguments.words(["-"]);
        let begun = Instant::now();
        let error = run.answer(1000).expect_err("it never ends");
        assert!(format!("{error:#}").contains("took too long"), "{error:#}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }

    #[test]
    fn a_program_that_talks_without_end_is_ended() {
        let Some(mut run) = ffmpeg(["-v", "error", "-f", "lavfi", "-i", "anullsrc", "-f", "s16le", "-"], 20.0) else { return };
        run.time = Duration::from_secs(20);
        let error = run.answer(100_000).expect_err("it never ends");
        assert!(error.to_string().contains("more than 100000 bytes"), "{error:#}");
    }

    #[test]
    fn a_missing_program_can_be_told_from_a_broken_film() {
        let run = Run { program: "dệt lụa", arguments: Arguments::default(), input: None, time: Duration::from_secs(1) };
        let error = run.answer(10).expect_err("there is no such program");
        assert_eq!(error.downcast_ref::<Missing>(), Some(&Missing("dệt lụa")));
        assert_eq!(found().len(), 3);
    }
}
