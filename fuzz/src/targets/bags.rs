//! Bags and packages of strangers.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::ingest::bag::{self, parse_manifest};
use crate::ingest::unpack::{self, Limits};
use crate::media::names;
use crate::parts::{at_desk, parts, zipped};

/// Lines of a manifest can be written and read again.
pub(crate) fn manifests(bytes: &[u8]) {
    let (lines, problems) = parse_manifest(bytes);
    let line_ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    assert!(lines.len() + problems.len() <= line_ends + 2, "more lines than stand there");
    let mut written = b"\n".to_vec();
    for line in &lines {
        assert!(!line.digest.is_empty() && !line.path.is_empty(), "{line:?}");
        // With both marks before it, the path can begin with anything.
        written.extend([line.digest.as_bytes(), b" *./", &line.path, b"\n"].concat());
    }
    let (again, problems) = parse_manifest(&written);
    assert!(problems.is_empty(), "{problems:?}");
    let pairs = |lines: &[bag::Line]| lines.iter().map(|line| (line.digest.clone(), line.path.clone())).collect::<Vec<_>>();
    assert_eq!(pairs(&lines), pairs(&again));
}

/// The names that a part of a bag may have here; another name is payload.
const TAG_FILES: [&str; 7] =
    ["bagit.txt", "manifest-sha256.txt", "manifest-md5.txt", "tagmanifest-sha256.txt", "bag-info.txt", "fetch.txt", "package-info.txt"];

/// A bag of the parts of the input (`=== bagit.txt`, then its bytes) is judged the same each time, and one that is
/// valid lists each file of its payload.
pub(crate) fn bags(bytes: &[u8]) {
    let Some(parts) = parts(bytes) else { return };
    at_desk(|desk| {
        let folder = desk.path("túi");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("data")).expect("a folder for the bag");
        for (number, (name, content)) in parts.iter().enumerate() {
            let tag_file = TAG_FILES.into_iter().find(|known| known.as_bytes() == *name);
            let path = tag_file.map_or_else(|| folder.join(payload_name(name, number)), |name| folder.join(name));
            fs::write(&path, content).expect("the part is written");
        }
        judge(&folder);
    });
}

fn payload_name(name: &[u8], number: usize) -> String {
    let plain = name.strip_prefix(b"data/").and_then(|name| std::str::from_utf8(name).ok());
    let usable = plain.filter(|name| !name.is_empty() && name.len() < 200 && !name.contains(['/', '\0']) && *name != "." && *name != "..");
    usable.map_or_else(|| format!("data/{number}"), |name| format!("data/{name}"))
}

fn judge(folder: &Path) {
    let verified = bag::verify(folder).expect("the folder can be read");
    assert_eq!(format!("{verified:?}"), format!("{:?}", bag::verify(folder).expect("still")), "the same bag, another verdict");
    let payload: Vec<fs::DirEntry> = fs::read_dir(folder.join("data")).expect("the payload").flatten().collect();
    assert_eq!(verified.payload_files, payload.len() as u64);
    if verified.is_valid() {
        assert!(bag::is_bag(folder), "a valid bag says that it is one");
        let manifests = ["manifest-sha256.txt", "manifest-md5.txt"].map(|name| fs::read(folder.join(name)).unwrap_or_default());
        let listed: usize = manifests.iter().map(|bytes| parse_manifest(bytes).0.len()).max().unwrap_or(0);
        assert!(listed >= payload.len(), "a valid bag lists its payload");
    }
}

/// Whatever a package claims, what comes out stays within its folder and its limits.
pub(crate) fn packages(bytes: &[u8]) {
    let bytes = zipped(bytes);
    let limits = Limits { bytes: 1 << 20, files: 40, depth: 8, ratio: 200 };
    at_desk(|desk| {
        let package = desk.put("gói", &bytes);
        let outer = desk.path("ra");
        let _ = fs::remove_dir_all(&outer);
        fs::create_dir_all(&outer).expect("a folder around");
        let outcome = unpack::unpack(&package, &outer.join("trong"), &limits, |name| names::readable(name).0);
        assert!(fs::read_dir(&outer).expect("it is there").count() <= 1, "something came out beside the folder");
        let Ok(unpacked) = outcome else { return };
        assert!(unpacked.bytes <= limits.bytes && unpacked.files <= limits.files, "{unpacked:?}");
        let (mut files, mut written) = (0, 0);
        for entry in WalkDir::new(&outer).into_iter().flatten() {
            let kind = entry.file_type();
            assert!(kind.is_dir() || kind.is_file(), "{:?} is a link or a device", entry.path());
            if kind.is_file() {
                files += 1;
                written += entry.metadata().map_or(0, |metadata| metadata.len());
            }
        }
        assert_eq!((unpacked.files, unpacked.bytes), (files, written), "counted is what was written");
    });
}
