//! What was written once is read forever: an archive of each format, kept as the program of its time made it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::kho::{PROGRAM, copy_folder};

/// A copy of the archive that was kept of a format: reading makes `cache/`, which the kept one never has.
fn kept(format: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept").join(format), folder.path());
    let archive = folder.path().join(format);
    (folder, archive)
}

fn kho(archive: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(PROGRAM).args(arguments).arg("-a").arg(archive).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn format_1_is_verified_read_and_restored() {
    let (folder, archive) = kept("format-1");
    let report = kho(&archive, &["verify", "--json"]);
    assert_eq!((&report["checked"], &report["journal"]["commits"]), (&3.into(), &3.into()));

    let answer = kho(&archive, &["search", "fish trap", "--json", "--as", "public"]);
    assert_eq!((&answer["total"], &answer["hits"][0]["title"]["vi"]), (&1.into(), &"đó".into()));
    let id = answer["hits"][0]["id"].as_str().unwrap();
    let shown = kho(&archive, &["show", id, "--history", "--json"]);
    assert_eq!(shown[0]["revisions"].as_array().unwrap().len(), 2);
    assert_eq!(kho(&archive, &["log", "--json"]).as_array().unwrap().len(), 3);

    // By the restore.py that lies in the kept archive itself.
    let to = folder.path().join("to");
    assert!(Command::new("python3").arg(archive.join("restore.py")).arg(&to).status().unwrap().success());
    let accession = fs::read_dir(&to).unwrap().next().unwrap().unwrap().path().join("Thủ Sỹ");
    assert_eq!(fs::read_to_string(accession.join("đan/đó.txt")).unwrap(), "Cái đó đan bằng nan tre.\n");
    assert_eq!(fs::read_to_string(accession.join("a\u{309}nh.json")).unwrap(), r#"{"a":1}"#);
    assert_eq!(fs::read_link(accession.join("nối")).unwrap(), Path::new("đan/đó.txt"));
    assert!(accession.join("rỗng").is_dir());
}
