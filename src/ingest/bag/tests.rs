//! Bags of archivists, and bags that mean harm.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use walkdir::WalkDir;

use super::digests::{Algorithm, digest_file};
use super::{is_bag, verify};
use crate::beside::shared;

fn copied(bag: &Path, into: &Path) -> anyhow::Result<()> {
    for entry in WalkDir::new(bag) {
        let entry = entry?;
        let target = into.join(entry.path().strip_prefix(bag)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(target)?;
        } else {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

#[test]
fn every_bag_of_the_conformance_suite_is_judged_as_its_folder_says() -> anyhow::Result<()> {
    let Some(suite) = shared("conformance/bagit") else { return Ok(()) };
    let mut counts = [0; 3];
    for entry in WalkDir::new(&suite).into_iter().filter_map(Result::ok) {
        if entry.file_name() != "bagit.txt" {
            continue;
        }
        let original = entry.path().parent().context("a bag stands in a folder")?;
        let copy = tempfile::tempdir()?;
        copied(original, copy.path())?;
        // The shared copy has lost this empty file, which the bag's Payload-Oxum still counts.
        if original.ends_with("special-system-files") {
            fs::write(copy.path().join("data/.DS_Store"), "")?;
        }
        assert!(is_bag(original), "{}", original.display());
        let found = verify(copy.path())?;
        let place = original.strip_prefix(&suite)?;
        let kind = ["valid", "invalid", "v0.97/warning"].iter().position(|kind| place.starts_with(kind)).context("a known folder")?;
        counts[kind] += 1;
        assert_eq!(found.is_valid(), kind != 1, "{place:?}: {found:?}");
        assert!(kind != 2 || !found.warnings.is_empty(), "{place:?}: {found:?}");
    }
    assert_eq!(counts, [1, 4, 6]);
    Ok(())
}

/// A sound bag of one craft, to be spoiled.
struct Bag {
    folder: tempfile::TempDir,
}

impl Bag {
    fn new() -> anyhow::Result<Bag> {
        let bag = Bag { folder: tempfile::tempdir()? };
        fs::create_dir(bag.path("data"))?;
        bag.write("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")?;
        bag.write("data/đó Thủ Sỹ.txt", "đan đó")?;
        bag.write("bag-info.txt", "Payload-Oxum: 9.1\nContact-Name: bà Hồng\n")?;
        bag.list(&[("data/đó Thủ Sỹ.txt", "data/đó Thủ Sỹ.txt")])?;
        Ok(bag)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        fs::write(self.path(name), text).context("written")
    }

    /// Writes the manifest: files, and the paths under which they are listed.
    fn list(&self, files: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut text = String::new();
        for (file, listed) in files {
            text += &format!("{}  {listed}\n", digest_file(&self.path(file), &[Algorithm::Sha256])?.concat());
        }
        self.write("manifest-sha256.txt", &text)
    }

    fn add(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, old + text).context("written")
    }

    #[track_caller]
    fn has_fault(&self, part: &str) {
        let found = verify(self.folder.path());
        let said = found.as_ref().is_ok_and(|found| found.faults.iter().any(|fault| fault.contains(part)));
        assert!(said, "no fault says {part:?}: {found:?}");
    }

    #[track_caller]
    fn has_only_warning(&self, part: &str) {
        let found = verify(self.folder.path());
        let said = found.as_ref().is_ok_and(|found| found.is_valid() && found.warnings.iter().any(|warning| warning.contains(part)));
        assert!(said, "no warning says {part:?}, or there are faults: {found:?}");
    }
}

#[test]
fn a_sound_bag_is_valid_and_tells_its_description() -> anyhow::Result<()> {
    let found = verify(Bag::new()?.folder.path())?;
    assert!(found.is_valid() && found.warnings.is_empty(), "{found:?}");
    assert_eq!((found.payload_files, found.payload_bytes), (1, 9));
    assert_eq!(found.info[1], ("Contact-Name".to_owned(), "bà Hồng".to_owned()));
    Ok(())
}

#[test]
fn what_was_changed_lost_or_slipped_in_is_named() -> anyhow::Result<()> {
    let bag = Bag::new()?;
    bag.write("data/đó Thủ Sỹ.txt", "đan dó!")?;
    bag.has_fault("data/đó Thủ Sỹ.txt does not have the SHA-256");
    bag.write("data/lạ.txt", "")?;
    bag.has_fault("data/lạ.txt is not listed in manifest-sha256.txt");
    bag.has_fault("Payload-Oxum");
    fs::remove_file(bag.path("data/đó Thủ Sỹ.txt"))?;
    bag.has_fault("but is not there");
    fs::remove_file(bag.path("manifest-sha256.txt"))?;
    bag.has_fault("no payload manifest");
    bag.write("manifest-blake3.txt", "")?;
    bag.has_fault("the algorithm blake3");
    Ok(())
}

#[test]
fn no_path_leads_out_of_the_bag() -> anyhow::Result<()> {
    for path in ["/etc/passwd", "data/../../etc/passwd", "~root/.ssh/id", "bagit.txt"] {
        let bag = Bag::new()?;
        bag.add("manifest-sha256.txt", &format!("{}  {path}\n", "0".repeat(64)))?;
        bag.has_fault(&format!("manifest-sha256.txt lists {path}, which"));
    }
    let bag = Bag::new()?;
    std::os::unix::fs::symlink("/etc/hostname", bag.path("data/dệt lụa.txt"))?;
    bag.has_fault("data/dệt lụa.txt is a symbolic link");
    Ok(())
}

#[test]
fn files_to_be_fetched_are_never_fetched() -> anyhow::Result<()> {
    let bag = Bag::new()?;
    bag.add("fetch.txt", "https://example.org/x 4 data/phim.mp4\n")?;
    bag.add("manifest-sha256.txt", &format!("{}  data/phim.mp4\n", "0".repeat(64)))?;
    bag.has_fault("data/phim.mp4 must still be fetched");
    bag.write("fetch.txt", "nonsense\n")?;
    bag.has_fault("fetch.txt has a line");
    Ok(())
}

#[test]
fn tag_manifests_guard_the_tag_files() -> anyhow::Result<()> {
    let bag = Bag::new()?;
    bag.add("tagmanifest-md5.txt", &format!("{}  bag-info.txt\n{}  mất.txt\n", "0".repeat(32), "1".repeat(32)))?;
    bag.has_fault("bag-info.txt does not have the MD5");
    bag.has_fault("mất.txt is listed in tagmanifest-md5.txt");
    Ok(())
}

#[test]
fn names_in_another_unicode_form_and_coded_line_ends_are_found() -> anyhow::Result<()> {
    let bag = Bag::new()?;
    bag.list(&[("data/đó Thủ Sỹ.txt", "data/đo\u{301} Thu\u{309} Sy\u{303}.txt")])?;
    bag.has_only_warning("the same name in another form");
    fs::rename(bag.path("data/đó Thủ Sỹ.txt"), bag.path("data/100%\nđó.txt"))?;
    bag.list(&[("data/100%\nđó.txt", "data/100%25%0Ađó.txt")])?;
    assert!(verify(bag.folder.path())?.is_valid());
    Ok(())
}
