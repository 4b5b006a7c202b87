//! Packages that were really sent, and packages that mean harm.

use std::fs;
use std::io::{Cursor, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use sha2::Digest as _;
use walkdir::WalkDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Kind, Limits, Unpacked, is_package, unpack};
use crate::beside::shared;

fn read_name(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// A package file and the folder beside it.
struct Sent {
    folder: tempfile::TempDir,
}

impl Sent {
    fn new(bytes: &[u8]) -> anyhow::Result<Sent> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("gói"), bytes)?;
        Ok(Sent { folder })
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("ra").join(name)
    }

    fn unpack(&self, limits: &Limits) -> anyhow::Result<Unpacked> {
        let unpacked = unpack(&self.folder.path().join("gói"), &self.out(""), limits, read_name)?;
        let beside = fs::read_dir(self.folder.path())?.count();
        assert_eq!(beside, 2, "something was written beside the folder");
        Ok(unpacked)
    }
}

fn zip_of(entries: &[(&str, &[u8])]) -> anyhow::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default())?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn tar_of(entries: &[(&[u8], tar::EntryType, &[u8])]) -> anyhow::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(u64::try_from(content.len())?);
        header.set_mtime(946_684_800);
        header.set_cksum();
        builder.append(&header, *content)?;
    }
    Ok(builder.into_inner()?)
}

fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[test]
fn a_villages_photos_come_out_with_names_and_times() -> anyhow::Result<()> {
    let tar = tar_of(&[
        ("dệt lụa/đó.jpg".as_bytes(), tar::EntryType::Regular, b"anh"),
        (b"T\xb9 c\xb9.txt", tar::EntryType::Regular, b"cu"),
        (b"lien ket", tar::EntryType::Symlink, b""),
        (b"may", tar::EntryType::Char, b""),
    ])?;
    for bytes in [tar.clone(), gzip(&tar)?] {
        let sent = Sent::new(&bytes)?;
        let unpacked = sent.unpack(&Limits::default())?;
        assert_eq!((unpacked.files, unpacked.bytes, unpacked.refused.len()), (2, 5, 2), "{unpacked:?}");
        assert_eq!(unpacked.names_guessed[0].name, b"T\xb9 c\xb9.txt");
        assert!(sent.out("").join(std::ffi::OsStr::from_bytes(b"T\xb9 c\xb9.txt")).is_file());
        let modified = fs::metadata(sent.out("dệt lụa/đó.jpg"))?.modified()?;
        assert_eq!(modified, SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800));
    }
    Ok(())
}

#[test]
fn hostile_names_are_lines_and_the_good_file_stays() -> anyhow::Result<()> {
    let names = ["/tmp/x", "../x", "a/../../x", "C:\\x", "..\\x", "\\\\may\\x", "a/./..", "\0"];
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"ac".as_slice())).collect();
    entries.push(("Thủ Sỹ.txt", b"tot"));
    let zipped = Sent::new(&zip_of(&entries)?)?.unpack(&Limits::default())?;
    assert_eq!((zipped.files, zipped.refused.len()), (1, names.len()), "{zipped:?}");
    let tarred: Vec<(&[u8], tar::EntryType, &[u8])> =
        entries.iter().filter(|(name, _)| *name != "\0").map(|(name, content)| (name.as_bytes(), tar::EntryType::Regular, *content)).collect();
    let tarred = Sent::new(&tar_of(&tarred)?)?.unpack(&Limits::default())?;
    assert_eq!((tarred.files, tarred.refused.len()), (1, names.len() - 1), "{tarred:?}");
    Ok(())
}

#[test]
fn the_second_of_two_equal_names_is_refused() -> anyhow::Result<()> {
    let kind = tar::EntryType::Regular;
    let tar = tar_of(&[(b"a", kind, b"1"), (b"./a", kind, b"2"), (b"a/b", kind, b"3")])?;
    let mut zip = zip_of(&[("lua1", b"mot"), ("lua2", b"hai")])?;
    for at in 0..zip.len() - 3 {
        if &zip[at..at + 4] == b"lua2" {
            zip[at + 3] = b'1';
        }
    }
    let sent = Sent::new(&tar)?;
    let unpacked = sent.unpack(&Limits::default())?;
    assert_eq!((unpacked.files, unpacked.refused.len()), (1, 2), "{unpacked:?}");
    assert_eq!(fs::read(sent.out("a"))?, b"1");
    let sent = Sent::new(&zip)?;
    let unpacked = sent.unpack(&Limits::default())?;
    assert_eq!((unpacked.files, unpacked.refused.len()), (1, 1), "{unpacked:?}");
    assert_eq!(fs::read(sent.out("lua1"))?, b"mot");
    Ok(())
}

#[test]
fn bombs_stop_at_the_limit_and_what_came_before_stays() -> anyhow::Result<()> {
    let zeros = vec![0_u8; 40 << 20];
    let kind = tar::EntryType::Regular;
    let tar = gzip(&tar_of(&[(b"tot", kind, b"tot"), (b"bom", kind, &zeros), (b"sau", kind, b"sau")])?)?;
    for bytes in [zip_of(&[("tot", b"tot"), ("bom", &zeros), ("sau", b"sau")])?, tar] {
        let sent = Sent::new(&bytes)?;
        let unpacked = sent.unpack(&Limits { ratio: 20, ..Limits::default() })?;
        assert_eq!((unpacked.files, unpacked.bytes, unpacked.refused.len()), (1, 3, 1), "{unpacked:?}");
        assert!(unpacked.refused[0].reason.contains("limit of bytes"));
        assert!(sent.out("tot").is_file() && !sent.out("bom").exists());
    }
    Ok(())
}

#[test]
fn depth_and_number_have_limits() -> anyhow::Result<()> {
    let sent = Sent::new(&zip_of(&[("a/b/c/d.txt", b""), ("1", b""), ("2", b""), ("3", b"")])?)?;
    let unpacked = sent.unpack(&Limits { depth: 2, files: 3, ..Limits::default() })?;
    assert_eq!((unpacked.files, unpacked.refused.len()), (2, 2), "{unpacked:?}");
    assert!(unpacked.refused[1].reason.contains("3 entries"));
    Ok(())
}

#[test]
fn a_damaged_entry_is_a_line_and_the_rest_goes_on() -> anyhow::Result<()> {
    let mut zip = zip_of(&[("hong", b"khong nen duoc gi ca 0123456789 abcdefghijk"), ("lanh", b"lanh")])?;
    zip[30 + 4 + 12] ^= 0xff;
    let sent = Sent::new(&zip)?;
    let unpacked = sent.unpack(&Limits::default())?;
    assert_eq!((unpacked.files, unpacked.refused.len()), (1, 1), "{unpacked:?}");
    assert!(!sent.out("hong").exists() && sent.out("lanh").is_file());
    let tar = tar_of(&[(b"lanh", tar::EntryType::Regular, b"x"), (b"cut", tar::EntryType::Regular, &[b'y'; 900])])?;
    let sent = Sent::new(&tar[..2000])?;
    let unpacked = sent.unpack(&Limits::default())?;
    assert_eq!(unpacked.files, 1, "{unpacked:?}");
    assert!(!sent.out("cut").exists() && !unpacked.refused.is_empty());
    Ok(())
}

#[test]
fn documents_that_are_zips_inside_are_no_packages() -> anyhow::Result<()> {
    for first in ["mimetype", "[Content_Types].xml", "META-INF/MANIFEST.MF"] {
        assert_eq!(is_package("x.zip", &zip_of(&[(first, b"x")])?), None, "{first}");
    }
    let plain = zip_of(&[("đó.jpg", b"x")])?;
    assert_eq!(is_package("ảnh", &plain), Some(Kind::Zip));
    assert_eq!(is_package("bài.DOCX", &plain), None);
    for length in 0..plain.len() {
        let _ = is_package("cut", &plain[..length]);
    }
    assert_eq!(is_package("x.gz", &gzip(b"a letter")?), None);
    Ok(())
}

#[test]
fn the_deepest_of_the_hostile_names_is_refused_and_the_others_keep_every_byte() -> anyhow::Result<()> {
    let Some(place) = shared("media/adversarial/names/ten-tep.tar") else { return Ok(()) };
    let sent = Sent::new(&fs::read(&place)?)?;
    let unpacked = sent.unpack(&Limits::default())?;
    assert_eq!((unpacked.files, unpacked.refused.len()), (27, 0), "{unpacked:?}");
    let list = fs::read_to_string(place.with_extension("json"))?;
    let mut compared = 0;
    for entry in list.split('{').skip(1) {
        let texts: Vec<&str> = entry.split('"').collect();
        let hex = texts[3].as_bytes();
        let name: Vec<u8> = hex.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or("?"), 16)).collect::<Result<_, _>>()?;
        let content = fs::read(sent.out("").join(std::ffi::OsStr::from_bytes(&name)))?;
        let digest: String = sha2::Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, texts[7], "{}", read_name(&name));
        compared += 1;
    }
    assert_eq!(compared, 27);
    let shallow = Sent::new(&fs::read(&place)?)?.unpack(&Limits { depth: 32, ..Limits::default() })?;
    assert_eq!((shallow.files, shallow.refused.len()), (26, 1), "{shallow:?}");
    Ok(())
}

#[test]
fn no_flipped_or_missing_byte_breaks_the_reader() -> anyhow::Result<()> {
    let kind = tar::EntryType::Regular;
    let tar = tar_of(&[("dệt lụa/đó.txt".as_bytes(), kind, b"do"), (b"hai", kind, b"hai")])?;
    for whole in [zip_of(&[("dệt lụa/đó.txt", b"do"), ("hai", b"hai")])?, tar] {
        for at in 0..whole.len().min(700) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x81;
            for bytes in [flipped.as_slice(), &whole[..at]] {
                let sent = Sent::new(bytes)?;
                if let Ok(unpacked) = unpack(&sent.folder.path().join("gói"), &sent.out(""), &Limits::default(), read_name) {
                    assert!(unpacked.files <= 2, "{unpacked:?}");
                }
                assert!(fs::read_dir(sent.folder.path())?.count() <= 2, "byte {at} led outside");
            }
        }
    }
    Ok(())
}

#[test]
fn real_packages_come_out_or_say_why() -> anyhow::Result<()> {
    let Some(media) = shared("media") else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (mut packages, mut failed, mut files, mut refused) = (0, 0, 0, 0);
    for part in ["archives", "adversarial"] {
        for entry in WalkDir::new(media.join(part)).sort_by_file_name() {
            let entry = entry?;
            let head = fs::read(entry.path()).unwrap_or_default();
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_package(&name, &head).is_none() {
                continue;
            }
            packages += 1;
            let into = folder.path().join(format!("{packages}/ra"));
            match unpack(entry.path(), &into, &Limits::default(), read_name) {
                Ok(unpacked) => {
                    let found = WalkDir::new(&into).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()).count();
                    assert_eq!(u64::try_from(found)?, unpacked.files, "{name}");
                    assert_eq!(fs::read_dir(into.join(".."))?.count(), 1, "{name} wrote outside its folder");
                    files += unpacked.files;
                    refused += unpacked.refused.len();
                }
                Err(_) => failed += 1,
            }
        }
    }
    assert!(packages >= 78 && failed <= 4 && files >= 158 && refused >= 45, "{packages} packages, {failed} failed, {files} files, {refused} refused");
    Ok(())
}
