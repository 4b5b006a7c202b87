//! The developers' corpus: 2,600 real files by strangers, all of them, and what other programs say of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::kho::{Kho, shared};

/// One test, because bringing the corpus in once is enough.
#[test]
fn every_file_of_the_corpus_is_accounted_for_and_described() {
    let Some(media) = shared("media") else { return };
    let kho = Kho::new();
    let account = kho.ingest_from(&media, &["--access", "public"]);
    every_file_is_in_one_class(&account, &media);
    nothing_is_read_twice(&kho, &media);

    let records = kho.records();
    let files = by_path(&records);
    facts_agree_with_other_programs(&files, &media);
    files_that_break_decoders_are_kept_and_marked(&files);
    what_can_be_shown_has_a_picture(&files, &media);
    assert_eq!(kho.run(["verify"]).status.code(), Some(0));
}

fn count_files(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| if entry.file_type().unwrap().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}

fn every_file_is_in_one_class(account: &Value, media: &Path) {
    let count = |name: &str| account[name].as_u64().unwrap();
    let refused = account["refused"].as_array().unwrap();
    let sum = ["stored", "duplicates", "unchanged", "sidecars", "ignored"].map(count).iter().sum::<u64>() + refused.len() as u64;
    assert_eq!(sum, count("walked"));
    assert_eq!(count("walked"), count_files(media));
    assert!(refused.iter().all(|refusal| refusal["reason"].as_str().unwrap().len() > 10), "{refused:?}");
}

fn nothing_is_read_twice(kho: &Kho, media: &Path) {
    for round in ["with its cache", "without"] {
        let again = kho.ingest_from(media, &["--no-derivatives"]);
        for name in ["stored", "duplicates", "sidecars", "bytes_read", "bytes_stored"] {
            assert_eq!(again[name], 0, "{name}, {round}");
        }
        let refused = again["refused"].as_array().unwrap().len() as u64;
        let expected = again["walked"].as_u64().unwrap() - refused - again["ignored"].as_u64().unwrap();
        assert_eq!(again["unchanged"], expected, "{round}");
        if round == "with its cache" {
            // The thumbnails stay for what follows; everything that ingest needs is gone.
            for name in ["catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"] {
                let _ = std::fs::remove_file(kho.archive().join("cache").join(name));
            }
            std::fs::remove_dir_all(kho.archive().join("cache/index")).unwrap();
        }
    }
}

/// Every file of every record, by the path at which it was found.
fn by_path(records: &[Value]) -> HashMap<String, &Value> {
    let files = records.iter().flat_map(|record| record["files"].as_array().into_iter().flatten());
    let pairs = files.flat_map(|file| file["paths"].as_array().unwrap().iter().map(move |path| (path["raw"].as_str().unwrap(), file)));
    pairs.map(|(raw, file)| (percent_decode_str(raw).decode_utf8_lossy().into_owned(), file)).collect()
}

/// How many of the fields agree in which two other programs agree with each other.
#[derive(Default)]
struct Agreement {
    agreed: u32,
    differs: Vec<String>,
}

impl Agreement {
    fn compare(&mut self, path: &str, ours: Option<&str>, [theirs, second]: [&str; 2]) {
        if theirs.is_empty() || theirs != second {
            return;
        }
        let ours = ours.unwrap_or("nothing");
        if ours == theirs { self.agreed += 1 } else { self.differs.push(format!("{path}: {ours} and {theirs}")) }
    }
}

/// What ExifTool says of every file, compared where a second program says the same. Each difference that
/// remains is one of `docs/FORMATS.md`.
fn facts_agree_with_other_programs(files: &HashMap<String, &Value>, media: &Path) {
    let mut table = csv::Reader::from_path(media.join("TRUTH.csv")).unwrap();
    let mut agreement: BTreeMap<&str, Agreement> = BTreeMap::new();
    let rows: Vec<HashMap<String, String>> = table.deserialize().map(Result::unwrap).collect();
    let libmagic = libmagic(media, &rows);
    for (row, second_type) in rows.iter().zip(libmagic) {
        let path = &row["path"];
        let technical = &files.get(path).unwrap_or_else(|| panic!("{path} is lost"))["technical"];
        let number = |name: &str| technical[name].as_u64().map(|number| number.to_string());
        let mut compare = |fact, ours: Option<String>, theirs: [&str; 2]| agreement.entry(fact).or_default().compare(path, ours.as_deref(), theirs);
        let types = [row["et_MIMEType"].as_str(), &second_type].map(spelling);
        compare("media type", technical["mime"].as_str().map(|mime| spelling(mime).to_owned()), types);
        compare("width", number("width"), [&row["et_w"], &row["pil_w"]]);
        compare("height", number("height"), [&row["et_h"], &row["pil_h"]]);
        // Of orientation, date and position the table has no second source: ExifTool stands for both.
        let known = |name: &str| if number("orientation").is_some() { row[name].as_str() } else { "" };
        compare("orientation", number("orientation"), [known("et_orientation"); 2]);
        let taken = technical["taken"].as_str().and_then(|taken| taken.get(..19)).map(|taken| taken.replace('-', ":").replace('T', " "));
        let theirs = if taken.is_some() { row["et_DateTimeOriginal"].get(..19).unwrap_or_default() } else { "" };
        compare("taken", taken, [theirs; 2]);
        for (fact, column) in [("lat", "et_lat"), ("lon", "et_lon")] {
            let degrees = |number: f64| format!("{number:.4}");
            let theirs = row[column].parse().map(degrees).unwrap_or_default();
            let ours = technical[fact].as_f64().map(degrees);
            compare("position", ours.clone(), [if ours.is_some() { theirs.as_str() } else { "" }; 2]);
        }
    }
    for (fact, least) in [("media type", 1850), ("width", 830), ("height", 830), ("orientation", 255), ("taken", 80), ("position", 24)] {
        let Agreement { agreed, differs } = &agreement[fact];
        println!("{fact}: {agreed} agree, {} differ", differs.len());
        let share = f64::from(*agreed) / (f64::from(*agreed) + differs.len() as f64);
        assert!(*agreed >= least && share >= 0.98, "{fact}: {agreed} agree, {share:.4}; {differs:#?}");
    }
    durations_agree(files, media, &rows);
}

/// What libmagic says of the files of the table.
fn libmagic(media: &Path, rows: &[HashMap<String, String>]) -> Vec<String> {
    let mut types = Vec::new();
    for some in rows.chunks(400) {
        let output =
            Command::new("file").args(["--brief", "--mime-type", "--"]).args(some.iter().map(|row| &row["path"])).current_dir(media).output();
        types.extend(String::from_utf8(output.expect("this test needs file: apt-get install file").stdout).unwrap().lines().map(str::to_owned));
    }
    assert_eq!(types.len(), rows.len());
    types
}

/// One name for what several registries call by several.
fn spelling(mime: &str) -> &str {
    let spellings = [
        ["image/png", "image/apng"],
        ["image/x-portable-graymap", "image/x-portable-greymap"],
        ["image/vnd.microsoft.icon", "image/x-icon"],
        ["image/x-win-bitmap", "image/x-cursor"],
        ["image/j2c", "image/x-jp2-codestream"],
        ["image/vnd.adobe.photoshop", "application/vnd.adobe.photoshop"],
        ["image/tiff", "image/x-tiff-big"],
        ["application/gzip", "application/x-gzip"],
        ["application/x-bzip2", "application/bzip2"],
        ["audio/vnd.wave", "audio/x-wav"],
        ["text/rtf", "application/rtf"],
        ["audio/matroska", "audio/x-matroska"],
        ["video/matroska", "video/x-matroska"],
        ["video/vnd.avi", "video/x-msvideo"],
        ["audio/mp4", "audio/x-m4a"],
        ["application/xml", "text/xml"],
        ["image/x-xpixmap", "image/x-xpm"],
        ["image/vnd.zbrush.pcx", "image/x-pcx"],
        ["text/javascript", "application/javascript"],
    ];
    spellings.iter().find(|spelling| spelling[1] == mime).map_or(mime, |spelling| spelling[0])
}

/// Durations, to the second, where ffprobe agrees with ExifTool. ExifTool knows nothing of films in fragments, and
/// repeats that last no time.
fn durations_agree(files: &HashMap<String, &Value>, media: &Path, rows: &[HashMap<String, String>]) {
    let mut agreement = Agreement::default();
    for row in rows {
        let Ok(theirs) = row["et_duration_s"].parse::<f64>() else { continue };
        let technical = &files[&row["path"]]["technical"];
        let arguments = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
        let output =
            Command::new("ffprobe").args(arguments).arg(media.join(&row["path"])).output().expect("this test needs ffmpeg: apt-get install ffmpeg");
        let second = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().unwrap_or(-1.0);
        let is_near = |a: f64, b: f64| (a - b).abs() <= 0.06_f64.max(0.011 * b);
        if !is_near(second, theirs) {
            continue;
        }
        let ours = technical["duration_s"].as_f64();
        // A picture stands still, whatever delay it states.
        let is_still = ours.is_none() && technical["mime"].as_str().is_some_and(|mime| mime.starts_with("image/"));
        match ours {
            _ if is_still => {}
            Some(ours) if is_near(ours, theirs) => agreement.agreed += 1,
            _ => agreement.differs.push(format!("{}: {ours:?} and {theirs}", row["path"])),
        }
    }
    println!("duration: {} agree, {} differ", agreement.agreed, agreement.differs.len());
    assert!(agreement.agreed >= 70 && agreement.differs.len() <= 1, "{} agree; {:#?}", agreement.agreed, agreement.differs);
}

/// Known from `shared/notes/media.md`: three planar TIFFs make a well-known decoder panic, and a PNG bomb
/// promises 900 megapixels.
fn files_that_break_decoders_are_kept_and_marked(files: &HashMap<String, &Value>) {
    let bomb = files["adversarial/bombs/png-30000x30000-1bit.png"];
    assert!(bomb["derivative"].as_str().unwrap().starts_with("failed ("), "{bomb}");
    assert_eq!(bomb["technical"]["width"], 30_000);
    let broke = files.values().filter(|file| file["derivative"].as_str().is_some_and(|state| state.contains("crashed")));
    println!("decoders that crashed: {:#?}", broke.map(|file| &file["paths"][0]["raw"]).collect::<Vec<_>>());
}

/// Of pictures and films that Pillow or ffmpeg can show, nearly all have a picture; so have the PDFs that can be opened.
fn what_can_be_shown_has_a_picture(files: &HashMap<String, &Value>, media: &Path) {
    let mut table = csv::Reader::from_path(media.join("TRUTH.csv")).unwrap();
    let (mut made, mut missing) = (0, Vec::new());
    for row in table.deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let file = files[&row["path"]];
        let mime = file["technical"]["mime"].as_str().unwrap_or_default();
        let is_seen = mime.starts_with("image/") || mime.starts_with("video/");
        if !is_seen || row["pil_status"] != "ok" {
            continue;
        }
        if file["derivative"] == "made" { made += 1 } else { missing.push(format!("{}: {}", row["path"], file["derivative"])) }
    }
    let share = f64::from(made) / (f64::from(made) + missing.len() as f64);
    println!("{made} pictures of what others can show, {share:.4}; without: {missing:#?}");
    assert!(made > 950 && share >= 0.97, "{made} pictures, {share:.4}; without: {missing:#?}");
}
