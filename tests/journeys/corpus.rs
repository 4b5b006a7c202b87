//! The developers' corpus: 2,600 real files by strangers, all of them, and what other programs say of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

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

/// What ExifTool, Pillow and ffmpeg say, compared where they and we say something. The shares are those
/// that were measured when this was written; below them, something broke.
fn facts_agree_with_other_programs(files: &HashMap<String, &Value>, media: &Path) {
    let mut table = csv::Reader::from_path(media.join("TRUTH.csv")).unwrap();
    let mut agreed: BTreeMap<&str, (u32, Vec<String>)> = BTreeMap::new();
    for row in table.deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let technical = &files.get(&row["path"]).unwrap_or_else(|| panic!("{} is lost", row["path"]))["technical"];
        let mut compare = |fact, ours: Option<String>, theirs: &str| {
            let Some(ours) = ours.filter(|_| !theirs.is_empty()) else { return };
            let (agreed, differs) = agreed.entry(fact).or_default();
            if ours == theirs { *agreed += 1 } else { differs.push(format!("{}: {ours} and {theirs}", row["path"])) }
        };
        let number = |name: &str| technical[name].as_u64().map(|number| number.to_string());
        if row["pil_status"] == "ok" {
            compare("width", number("width"), &row["pil_w"]);
            compare("height", number("height"), &row["pil_h"]);
        }
        compare("orientation", number("orientation"), &row["et_orientation"]);
        let taken = technical["taken"].as_str().map(|taken| taken.replace('-', ":").replace('T', " "));
        compare("taken", taken, row["et_DateTimeOriginal"].get(..19).unwrap_or_default());
        let duration = technical["duration_s"].as_f64().map(|seconds| format!("{seconds:.0}"));
        let theirs = row["et_duration_s"].parse::<f64>().map(|seconds| format!("{seconds:.0}")).unwrap_or_default();
        compare("duration", duration, &theirs);
    }
    for (fact, least) in [("width", 830), ("height", 830), ("orientation", 260), ("taken", 80), ("duration", 50)] {
        let (agreed, differs) = &agreed[fact];
        println!("{fact}: {agreed} agree, {} differ", differs.len());
        assert!(*agreed >= least && differs.len() <= 8, "{fact}: {agreed} agree; {differs:#?}");
    }
}

/// Known from `shared/notes/media.md`: three planar TIFFs make the decoder panic, and a PNG bomb promises
/// 900 megapixels.
fn files_that_break_decoders_are_kept_and_marked(files: &HashMap<String, &Value>) {
    let bomb = files["adversarial/bombs/png-30000x30000-1bit.png"];
    assert!(bomb["derivative"].as_str().unwrap().starts_with("failed ("), "{bomb}");
    assert_eq!(bomb["technical"]["width"], 30_000);
    let crashed = files.iter().filter(|(path, _)| path.starts_with("img-tiff/pillow"));
    let crashed = crashed.filter(|(_, file)| file["derivative"] == "failed (the decoder crashed on it)").count();
    assert_eq!(crashed, 3, "the panic boundary");
    let made = files.values().filter(|file| file["derivative"] == "made").count();
    assert!(made > 850, "only {made} thumbnails were made");
}
