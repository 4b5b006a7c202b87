//! A real `kho ingest` is ended with SIGKILL at random moments, and run again.
//!
//! The archive must come out as if nothing had happened, wherever the kill fell. Where it fell is read
//! from what lies on the disk afterwards, see [`Left`]. SIGKILL leaves what the system has not written to
//! the medium yet; what a power cut does is tested on the disk that forgets, in `archive`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use image::{ImageFormat, RgbImage};
use kho_archive::digest::Digest;
use serde_json::Value;
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization as _;

use crate::kho::{Kho, write};

/// How many kills of a live process count; `KHO_KILLS` asks for more.
const KILLS: usize = 100;
/// How often each of the three places must have been hit.
const ENOUGH: usize = 5;
/// Few files in a commit, so that there are many commits to fall between.
const BATCH: usize = 10;
/// An empty folder, of which there is no report.
const PRACTICE: &str = "nghề đan đó";
/// What is searched: it stands in texts, in transcripts and in names.
const WORD: &str = "đan";

#[test]
fn an_ingest_killed_at_any_moment_is_completed_by_the_next() {
    let from_clock = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("KHO_KILL_SEED").map_or_else(|_| from_clock(), |text| text.parse().expect("KHO_KILL_SEED is a number"));
    let wanted = std::env::var("KHO_KILLS").map_or(KILLS, |text| text.parse().expect("KHO_KILLS is a number"));
    // Moments after the end of the process do not count.
    let most_attempts = 4 * wanted;
    println!("KHO_KILL_SEED={seed}");
    let mut random = Random(seed);
    let delivery = Delivery::make();

    let (mut duration, reference) = undisturbed(&delivery);
    reference.assert_tells_of(&delivery);

    let mut fell: BTreeMap<Left, Vec<Duration>> = BTreeMap::new();
    let mut attempts = 0;
    let mut kills = 0;
    while kills < wanted {
        assert!(attempts < most_attempts, "only {kills} of {attempts} kills hit a live process; an undisturbed run takes {duration:?}");
        attempts += 1;
        let trial = Trial::new(&delivery);
        let moment = duration.mul_f64(random.fraction().powi(2));
        // What else the machine does changes, and how long a run takes with it: the span in which kills fall follows.
        // The moments lie closer together towards the beginning: the first tenth of a run, in which not one content is
        // kept, gets a third of the kills, and so do the two parts after it.
        if let ControlFlow::Continue(took) = trial.kill_after(moment) {
            duration = took;
            continue;
        }
        duration = duration.mul_f64(1.01);
        kills += 1;
        let left = trial.left();
        fell.entry(left).or_default().push(moment);
        println!("kill {kills} after {moment:?}: {left:?}");
        let account = trial.ingest();
        assert_eq!(account["walked"], delivery.entries(), "{account}");
        let portrait = trial.portrait();
        portrait.assert_is(&reference);
        trial.assert_in_order();
    }

    println!("{attempts} attempts; an undisturbed run takes {duration:?}; of {kills} kills fell");
    for (left, moments) in &fell {
        println!("{:>5}  {left:?} ({:?} to {:?})", moments.len(), moments.iter().min().unwrap(), moments.iter().max().unwrap());
    }
    for left in [Left::BeforeTheFirstBlob, Left::BetweenBlobAndCommit, Left::InTheFollowers] {
        let times = fell.get(&left).map_or(0, Vec::len);
        assert!(times >= ENOUGH, "only {times} of {kills} kills fell {left:?}, {ENOUGH} must: this run shows too little");
    }
}

/// Where a kill fell, by what it left on the disk. The first that fits counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    /// `blobs/` holds no file.
    BeforeTheFirstBlob,
    /// `blobs/` holds a content that no commit in `journal/` names.
    BetweenBlobAndCommit,
    /// Each content is named, and the followers have not applied every commit: the position of the last
    /// of them, the pictures, lies before the last commit. Since no follower passes an earlier one, that
    /// tells of all of them.
    InTheFollowers,
    /// Each content is named and each follower stands at the last commit: the kill fell while the next
    /// batch was being read, or when there was nothing left to do. Counts for none of the three.
    Elsewhere,
}

/// Runs undisturbed, three times; returns the middle duration and how the archive came out.
fn undisturbed(delivery: &Delivery) -> (Duration, Portrait) {
    let mut durations = Vec::new();
    let mut portraits = Vec::new();
    for _ in 0..3 {
        let trial = Trial::new(delivery);
        let began = Instant::now();
        let status = trial.start().wait().unwrap();
        durations.push(began.elapsed());
        assert_eq!(status.code(), Some(0));
        portraits.push(trial.portrait());
        trial.assert_in_order();
    }
    durations.sort();
    println!("undisturbed: {durations:?}");
    let reference = portraits.pop().unwrap();
    for portrait in &portraits {
        portrait.assert_is(&reference);
    }
    (durations[1], reference)
}

/// A fresh archive that is to take the delivery.
struct Trial<'a> {
    kho: Kho,
    delivery: &'a Delivery,
    /// The record that all new ones relate to: the accession of an empty folder, which needs no blob.
    practice: String,
}

impl<'a> Trial<'a> {
    fn new(delivery: &'a Delivery) -> Self {
        let kho = Kho::new();
        let settings = kho.archive().join("kho.toml");
        let text = fs::read_to_string(&settings).unwrap();
        let small = text.replace("batch_files = 256", &format!("batch_files = {BATCH}"));
        assert_ne!(text, small, "the setting has another name or default by now");
        fs::write(&settings, small).unwrap();
        let practice = kho.ingest_from(&delivery.practice(), &[])["accession"].as_str().unwrap().to_owned();
        // Catalogue and index are made by the run that is killed.
        fs::remove_dir_all(kho.archive().join("cache")).unwrap();
        let trial = Self { kho, delivery, practice };
        assert_eq!(trial.left(), Left::BeforeTheFirstBlob);
        trial
    }

    fn arguments(&self) -> Vec<PathBuf> {
        let options = ["--json", "--access", "public", "--practice", &self.practice].map(PathBuf::from);
        [PathBuf::from("ingest"), self.delivery.root()].into_iter().chain(options).collect()
    }

    fn start(&self) -> Child {
        let said = fs::File::create(self.kho.beside("said")).unwrap();
        self.kho.command().args(self.arguments()).stdout(Stdio::null()).stderr(said).spawn().unwrap()
    }

    /// Starts an ingest and kills it. Breaks if the process was alive and died of it; else tells how long it ran.
    fn kill_after(&self, moment: Duration) -> ControlFlow<(), Duration> {
        let began = Instant::now();
        let mut child = self.start();
        while began.elapsed() < moment && child.try_wait().unwrap().is_none() {
            thread::sleep(moment.saturating_sub(began.elapsed()).min(Duration::from_millis(5)));
        }
        let took = began.elapsed();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        match (status.signal(), status.code()) {
            (Some(9), _) => ControlFlow::Break(()),
            (_, Some(0)) => ControlFlow::Continue(took),
            _ => panic!("the ingest ended by itself with {status}: {}", fs::read_to_string(self.kho.beside("said")).unwrap()),
        }
    }

    /// Reads from the disk where the kill fell.
    fn left(&self) -> Left {
        let archive = self.kho.archive();
        let blobs = files_below(&archive.join("blobs"));
        let blobs: BTreeSet<String> = blobs.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        let (commits, named) = read_journal(&archive);
        let lost: Vec<_> = named.difference(&blobs).collect();
        assert!(lost.is_empty(), "commits name what was never kept: {lost:?}");
        let pictures = fs::read_to_string(archive.join("cache/derivatives/pictures.position"));
        let applied = pictures.map_or(0, |text| text.trim().parse().expect("a position is never half written"));
        assert!(applied <= commits, "a follower stands at commit {applied} of {commits}");
        if blobs.is_empty() {
            Left::BeforeTheFirstBlob
        } else if blobs.difference(&named).next().is_some() {
            Left::BetweenBlobAndCommit
        } else if applied < commits {
            Left::InTheFollowers
        } else {
            Left::Elsewhere
        }
    }

    /// Brings the delivery in, to the end; returns the account.
    fn ingest(&self) -> Value {
        let (code, account) = self.kho.json(self.arguments());
        assert_eq!(code, 0, "{account}");
        let count = |class: &str| account[class].as_u64().unwrap();
        let classes = count("stored") + count("duplicates") + count("sidecars") + count("unchanged") + count("ignored");
        assert_eq!((classes, account["refused"].as_array().unwrap().len()), (count("walked"), 0), "{account}");
        account
    }

    fn portrait(&self) -> Portrait {
        Portrait::of(&self.kho)
    }

    /// Asserts that nothing is damaged, lost, strange or left over.
    fn assert_in_order(&self) {
        let (code, report) = self.kho.json(["verify", "--json"]);
        let is_empty = |list: &str| report[list].as_array().unwrap().is_empty();
        let is_clean = ["damaged", "missing", "extra", "orphans"].into_iter().all(is_empty);
        assert!(code == 0 && is_clean && report["journal"]["ok"] == true, "{report}");
        let (_, named) = read_journal(&self.kho.archive());
        assert_eq!(report["checked"], named.len());
        assert!(named.len() >= self.delivery.contents().len() + 4, "contents and reports");
        let left_over: Vec<_> = fs::read_dir(self.kho.archive().join("tmp")).unwrap().collect();
        assert!(left_over.is_empty(), "tmp/ was not swept: {left_over:?}");
        assert_eq!(self.followers_behind(), [""; 0]);
    }

    /// The followers that keep their position in a file and do not stand at the last commit.
    fn followers_behind(&self) -> Vec<&'static str> {
        let archive = self.kho.archive();
        let last = read_journal(&archive).0.to_string();
        let stands = |name: &str| fs::read_to_string(archive.join(format!("cache/derivatives/{name}.position"))).is_ok_and(|at| at.trim() == last);
        ["readings", "pictures"].into_iter().filter(|name| !stands(name)).collect()
    }
}

/// Returns how many commits there are, and every digest that they name. A commit that stands under its
/// number is whole.
fn read_journal(archive: &Path) -> (usize, BTreeSet<String>) {
    let commits = files_below(&archive.join("journal"));
    let mut named = BTreeSet::new();
    for path in &commits {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.last().is_some_and(|line| line["commit"].is_string()), "{} is half written", path.display());
        let files = lines.iter().filter_map(|line| line["record"]["files"].as_array()).flatten();
        named.extend(files.map(|file| file["digest"].as_str().unwrap().to_owned()));
    }
    (commits.len(), named)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    entries.filter(|entry| !entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}

/// How an archive came out, without what may differ from run to run: identifiers (a record is called by
/// the first path at which it was found), revisions (which are commit boundaries), and who decided when.
#[derive(Debug, PartialEq)]
struct Portrait {
    records: BTreeMap<String, Value>,
    /// The records that a search finds.
    found: BTreeSet<String>,
    total: Value,
}

impl Portrait {
    fn of(kho: &Kho) -> Self {
        let records = kho.records();
        let names: BTreeMap<String, String> = records.iter().map(|record| (record["id"].as_str().unwrap().to_owned(), name_of(record))).collect();
        let mut portrait = Self { records: BTreeMap::new(), found: BTreeSet::new(), total: Value::Null };
        for mut record in records {
            let name = name_of(&record);
            let root = record["accession"]["roots"][0]["raw"].as_str().map(decode);
            if root.is_some_and(|root| root != PRACTICE.as_bytes()) {
                // The reports tell of the run that finished, and so differ.
                let reports = record.as_object_mut().unwrap().remove("files");
                assert_eq!(reports.map(|files| files.as_array().unwrap().len() >= 4), Some(true), "a delivery has its reports");
                assert!(record["under_way"].is_null(), "a finished delivery is not under way");
            }
            smooth(&mut record, &names);
            let other = portrait.records.insert(name, record);
            assert_eq!(other, None, "two records begin with the same path");
        }
        let answer = kho.search(WORD, &["--limit", "1000"]);
        portrait.found = answer["hits"].as_array().unwrap().iter().map(|hit| names[hit["id"].as_str().unwrap()].clone()).collect();
        portrait.total = answer["total"].clone();
        portrait
    }

    /// Asserts that both are the same; names the first difference only, for they are long.
    fn assert_is(&self, reference: &Self) {
        let keys = |portrait: &Self| portrait.records.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(self), keys(reference));
        for (name, record) in &self.records {
            assert_eq!(record, &reference.records[name], "{name}");
        }
        assert_eq!((&self.found, &self.total), (&reference.found, &reference.total), "the search for {WORD:?}");
    }

    /// Asserts that everything delivered is there, each content once, and what belongs together is together.
    fn assert_tells_of(&self, delivery: &Delivery) {
        let mut paths_of: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
        let mut role_of: BTreeMap<Vec<u8>, (&str, &str)> = BTreeMap::new();
        for (name, record) in &self.records {
            for file in record["files"].as_array().into_iter().flatten() {
                let paths: BTreeSet<Vec<u8>> = file["paths"].as_array().unwrap().iter().map(|found| decode(found["raw"].as_str().unwrap())).collect();
                role_of.extend(paths.iter().map(|path| (path.clone(), (name.as_str(), file["role"].as_str().unwrap()))));
                let other = paths_of.insert(file["digest"].as_str().unwrap().to_owned(), paths);
                assert_eq!(other, None, "a content is in two records");
            }
            let is_delivery = record["accession"].is_object();
            assert!(is_delivery || record["relations"][0]["type"] == "practice", "{record}");
            assert!(is_delivery || record["access"]["level"] == if name.ends_with(".DS_Store") { "closed" } else { "public" }, "{record}");
        }
        assert_eq!(paths_of, delivery.contents());
        for (medium, sidecar, role) in &delivery.sidecars {
            assert_eq!(role_of[sidecar.as_bytes()], (role_of[medium.as_bytes()].0, *role), "{sidecar}");
        }
        let links: BTreeMap<Vec<u8>, Vec<u8>> =
            self.accessions("links").map(|link| (decode(link["raw"].as_str().unwrap()), decode(link["target"].as_str().unwrap()))).collect();
        assert_eq!(links, delivery.links);
        assert!(self.accessions("folders").any(|folder| folder["raw"] == "empty"));
        assert!(self.total.as_u64().unwrap() > 20, "a search that finds {} shows little", self.total);
    }

    fn accessions(&self, list: &str) -> impl Iterator<Item = &Value> {
        self.records.values().filter_map(move |record| record["accession"][list].as_array()).flatten()
    }
}

/// What a record is called when identifiers do not count.
fn name_of(record: &Value) -> String {
    match record["files"][0]["paths"].as_array().filter(|_| record["accession"].is_null()) {
        Some(paths) => paths.iter().map(|found| found["raw"].as_str().unwrap()).min().unwrap().to_owned(),
        None => format!("accession of {}", record["accession"]["roots"][0]["raw"].as_str().unwrap()),
    }
}

/// Takes out of a record what may differ from run to run.
fn smooth(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !["id", "revision", "decided_by", "decided_on"].contains(&name.as_str()));
            fields.values_mut().for_each(|field| smooth(field, names));
            if let Some(Value::Array(paths)) = fields.get_mut("paths") {
                paths.sort_by_key(ToString::to_string);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| smooth(value, names)),
        Value::String(text) => {
            if let Some(name) = names.get(text) {
                *text = format!("record {name}");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn decode(raw: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(raw).collect()
}

/// What is brought in: made here, always the same.
struct Delivery {
    folder: TempDir,
    /// Every file, by the exact bytes of its path.
    files: BTreeMap<Vec<u8>, Digest>,
    /// Symbolic links and what they say.
    links: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Media, what stands beside them, and its role.
    sidecars: Vec<(String, String, &'static str)>,
    random: Random,
}

impl Delivery {
    /// Makes the delivery. It is weighted so that each of the three places takes its time: sound that
    /// must be copied before the first commit, many small texts in many commits, and pictures to draw.
    fn make() -> Self {
        let (files, links, sidecars) = Default::default();
        let mut delivery = Self { folder: TempDir::new().unwrap(), files, links, sidecars, random: Random(2) };
        fs::create_dir_all(delivery.practice()).unwrap();
        fs::create_dir_all(delivery.root().join("empty")).unwrap();
        delivery.add_recordings();
        delivery.add_pictures();
        delivery.add_texts();
        delivery.add_odd_ones();
        // Else the first ingest waits for these bytes, too, and the measure is wrong.
        assert!(Command::new("sync").arg("-f").arg(delivery.root()).status().unwrap().success());
        delivery
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("delivery")
    }

    /// An empty folder.
    fn practice(&self) -> PathBuf {
        self.folder.path().join(PRACTICE)
    }

    fn entries(&self) -> usize {
        self.files.len() + self.links.len()
    }

    /// Each content with the paths at which it lies.
    fn contents(&self) -> BTreeMap<String, BTreeSet<Vec<u8>>> {
        let mut contents = BTreeMap::<_, BTreeSet<_>>::new();
        for (path, digest) in &self.files {
            contents.entry(digest.to_string()).or_default().insert(path.clone());
        }
        contents
    }

    fn add(&mut self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = path.as_ref();
        write(&self.root().join(path), &bytes);
        let other = self.files.insert(path.as_os_str().as_bytes().to_owned(), Digest::of(bytes.as_ref()));
        assert_eq!(other, None, "{} twice", path.display());
    }

    fn add_sidecar(&mut self, medium: &str, sidecar: &str, role: &'static str, text: &str) {
        self.add(sidecar, text);
        self.sidecars.push((medium.to_owned(), sidecar.to_owned(), role));
    }

    fn add_link(&mut self, path: &str, target: &str) {
        symlink(target, self.root().join(path)).unwrap();
        self.links.insert(path.into(), target.into());
    }

    fn add_recordings(&mut self) {
        for number in 1..=4 {
            let stem = format!("0 phỏng vấn {number}");
            let sound = sound(&mut self.random, RECORDING);
            self.add(format!("{stem}.wav"), sound);
            let cue = format!("WEBVTT\n\n00:01.000 --> 00:04.000\n<v Cụ bà>Tôi đan đó từ năm lên {number}.\n");
            self.add_sidecar(&format!("{stem}.wav"), &format!("{stem}.vi.vtt"), "transcript", &cue);
        }
        self.add(".DS_Store", "Bud1");
    }

    fn add_pictures(&mut self) {
        for number in 0..PICTURES {
            let ending = ["jpg", "png", "bmp", "ppm"][number % 4];
            let stem = format!("ảnh/{ending}/{number:02} đôi tay");
            let picture = picture(&mut self.random, ImageFormat::from_extension(ending).unwrap());
            if number % 3 == 0 {
                self.add(format!("bản sao/{number:02}.{ending}"), &picture);
            }
            self.add(format!("{stem}.{ending}"), picture);
            if number % 5 == 0 && ending != "ppm" {
                let json = format!("{{\"máy\": \"số {number}\"}}");
                self.add_sidecar(&format!("{stem}.{ending}"), &format!("{stem}.json"), "sidecar", &json);
            }
        }
    }

    fn add_texts(&mut self) {
        for number in 0..TEXTS {
            let text = format!("Trang {number}. Nan tre chẻ mỏng, vót đều, rồi mới đan thân đó và cài hom.\n");
            if number % 12 == 0 {
                self.add(format!("bản sao/trang {number}.txt"), &text);
            }
            self.add(format!("sổ {}/trang {number}.txt", number / 30), text);
        }
    }

    fn add_odd_ones(&mut self) {
        let nfd: String = "tên lạ/đó.txt".nfd().collect();
        self.add("tên lạ/đó.txt", "NFC");
        self.add(&nfd, "NFD");
        self.add(OsStr::from_bytes(b"t\xc3\xaan l\xe1\xba\xa1/\xff\xfe c\xf2n.txt"), "not UTF-8");
        for name in ["hai\ndòng.txt", "100%.txt", "%41.txt", "\"ngoặc\" & 'nháy'.txt", " ", "...", "-a"] {
            self.add(format!("tên lạ/{name}"), format!("content of {name:?}"));
        }
        self.add("tên lạ/rỗng.txt", "");
        self.add("tên lạ/rỗng (bản sao).jpg", "");
        self.add("tên lạ/hỏng.png", b"\x89PNG\r\n\x1a\n and then nothing");
        self.add_link("tên lạ/liên kết", "../.DS_Store");
        self.add_link("tên lạ/đi đâu", "nơi không có");
        self.add_link("tên lạ/vòng", "..");
    }
}

/// Bytes in a recording.
const RECORDING: usize = 3 << 20;
const PICTURES: usize = 12;
const TEXTS: usize = 60;

/// Sound in the form of WAV: mono, 16 bits, 44.1 kHz.
fn sound(random: &mut Random, length: usize) -> Vec<u8> {
    let length_32 = u32::try_from(length).unwrap();
    let mut bytes = Vec::with_capacity(44 + length);
    bytes.extend(b"RIFF");
    bytes.extend((36 + length_32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(44_100_u32.to_le_bytes());
    bytes.extend(88_200_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(length_32.to_le_bytes());
    bytes.extend((0..length / 8).flat_map(|_| random.next().to_le_bytes()));
    bytes
}

/// A woven pattern, each time another.
fn picture(random: &mut Random, format: ImageFormat) -> Vec<u8> {
    let [red, green, blue, step, ..] = random.next().to_le_bytes();
    let weave =
        |x: u32, y: u32| if (x / 8 + y / 8 + u32::from(step)).is_multiple_of(3) { [red, green, blue] } else { [blue, (x / 2) as u8, (y / 2) as u8] };
    let picture = RgbImage::from_fn(180, 120, |x, y| image::Rgb(weave(x, y)));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniformly from 0 up to but without 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
