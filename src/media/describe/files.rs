//! Which file of a folder a row of a table means.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// Folders deeper than this are looked up by their last parts only.
const DEEPEST: usize = 32;

/// The longest name that is looked up, in bytes: a longer one is a text and no path.
const LONGEST: usize = 4096;

/// The endings of media that may stand for one another: a list says `.jpg` where the scan is kept as `.tif`.
const ALIKE: [&[&str]; 3] = [
    &[
        "jpg", "jpeg", "jpe", "tif", "tiff", "png", "heic", "heif", "webp", "avif", "jp2", "dng", "nef", "cr2", "cr3", "arw", "raf", "orf", "rw2",
        "psd", "bmp", "gif",
    ],
    &["wav", "mp3", "m4a", "flac", "ogg", "opus", "wma", "aac", "aif", "aiff"],
    &["mp4", "mov", "avi", "mkv", "webm", "mts", "m2ts", "mpg", "mpeg", "wmv", "3gp", "m4v", "vob", "dv"],
];

/// What a name in a table means among the files of its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// One file: its position in the list of names.
    One(usize),
    /// Several files fit equally well, by position: people have to decide.
    Several(Vec<usize>),
    /// No file.
    None,
}

/// The files of a folder by all the ways to name them. Built once, asked in constant time.
#[derive(Debug, Default)]
pub(crate) struct FileNames {
    exact: HashMap<String, Vec<usize>>,
    /// In NFC.
    composed: HashMap<String, Vec<usize>>,
    /// In NFC and lower case, as all below.
    folded: HashMap<String, Vec<usize>>,
    /// Without ending.
    stems: HashMap<String, Vec<usize>>,
    /// Every way to leave out folders from the left.
    tails: HashMap<String, Vec<usize>>,
    /// The same, without ending.
    tail_stems: HashMap<String, Vec<usize>>,
    /// The ending of each file.
    endings: Vec<String>,
}

impl FileNames {
    /// Takes readable paths, relative to the folder of the table, parted by `/`.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Self::default();
        for (position, path) in paths.into_iter().enumerate() {
            let composed: String = path.nfc().collect();
            let folded = composed.to_lowercase();
            let mut add = |map: fn(&mut Self) -> &mut HashMap<String, Vec<usize>>, key: &str| {
                map(&mut names).entry(key.to_owned()).or_default().push(position);
            };
            add(|names| &mut names.exact, path);
            add(|names| &mut names.composed, &composed);
            add(|names| &mut names.folded, &folded);
            if let Some((stem, _)) = split(&folded) {
                add(|names| &mut names.stems, stem);
            }
            for tail in tails(&folded) {
                add(|names| &mut names.tails, tail);
                if let Some((stem, _)) = split(tail) {
                    add(|names| &mut names.tail_stems, stem);
                }
            }
            names.endings.push(split(&folded).map(|(_, ending)| ending.to_owned()).unwrap_or_default());
        }
        names
    }
}

/// Finds the file that `wanted` names. The first way that finds any file decides: the exact path, the same in
/// NFC, without regard to case, without ending, then by its last parts (`D:\Ảnh\1.jpg` for `1.jpg`, and `1.jpg`
/// for `Ảnh/1.jpg`), at last with another ending of the same kind of medium.
pub(crate) fn match_file(wanted: &str, names: &FileNames) -> Match {
    let wanted = wanted.trim();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Match::None;
    }
    if let Some(found) = names.exact.get(wanted) {
        return one_or_several(found);
    }
    let composed: String = wanted.nfc().collect();
    let composed = composed.replace('\\', "/");
    let composed = composed.trim_start_matches("./").trim_start_matches('/');
    let folded = composed.to_lowercase();
    let at_root = names.composed.get(composed).or_else(|| names.folded.get(&folded)).or_else(|| names.stems.get(&folded));
    let found = at_root.or_else(|| by_tail(&folded, &names.tails)).or_else(|| by_tail(&folded, &names.tail_stems));
    found.map_or_else(|| with_another_ending(&folded, names), |found| one_or_several(found))
}

/// Looks up `wanted`, then `wanted` without its leftmost folders.
fn by_tail<'a>(wanted: &str, known: &'a HashMap<String, Vec<usize>>) -> Option<&'a Vec<usize>> {
    tails(wanted).find_map(|tail| known.get(tail))
}

/// Looks for the same stem with another ending of the same kind.
fn with_another_ending(wanted: &str, names: &FileNames) -> Match {
    let Some((stem, ending)) = split(wanted) else { return Match::None };
    let Some(alike) = ALIKE.iter().find(|endings| endings.contains(&ending)) else { return Match::None };
    let is_alike = |position: &usize| names.endings.get(*position).is_some_and(|ending| alike.contains(&ending.as_str()));
    for tail in tails(stem) {
        let same_stem = names.tail_stems.get(tail).into_iter().flatten();
        let found: Vec<usize> = same_stem.copied().filter(is_alike).collect();
        if !found.is_empty() {
            return one_or_several(&found);
        }
    }
    Match::None
}

fn one_or_several(found: &[usize]) -> Match {
    match found {
        [] => Match::None,
        [one] => Match::One(*one),
        several => Match::Several(several.to_vec()),
    }
}

/// Returns the path, then the path without its first folder, and so on to the name; of deep paths the last parts.
fn tails(path: &str) -> impl Iterator<Item = &str> {
    let starts = path.match_indices('/').map(|(at, _)| at.saturating_add(1));
    let depth = path.matches('/').count().saturating_add(1);
    let tails = std::iter::once(0).chain(starts).filter_map(|start| path.get(start..)).filter(|tail| !tail.is_empty());
    tails.skip(depth.saturating_sub(DEEPEST))
}

/// Splits a path before its ending. A name that starts with its only dot has none.
fn split(path: &str) -> Option<(&str, &str)> {
    let (stem, ending) = path.rsplit_once('.')?;
    let is_ending = !ending.is_empty() && !ending.contains('/') && !stem.is_empty() && !stem.ends_with('/');
    is_ending.then_some((stem, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_finds_its_photo_however_it_is_written() {
        let decomposed: String = "Ảnh/Lộng Thượng/khuôn đúc.tif".nfd().collect();
        let names = FileNames::new(["Ảnh/Thủ Sỹ/IMG_1.JPG", decomposed.as_str(), "cụ Thực.wav", "đó.jpg"]);
        for (wanted, position) in [
            ("Ảnh/Thủ Sỹ/IMG_1.JPG", 0),
            ("./ảnh/thủ sỹ/img_1.jpg", 0),
            ("IMG_1", 0),
            (r"D:\Khảo sát\Ảnh\Thủ Sỹ\IMG_1.JPG", 0),
            ("Ảnh/Lộng Thượng/khuôn đúc.tif", 1),
            ("khuôn đúc.jpg", 1),
            (" ĐÓ ", 3),
        ] {
            assert_eq!(match_file(wanted, &names), Match::One(position), "{wanted}");
        }
        // A photo is not described by what was said of a recording, and a longer name is another name.
        for wanted in ["cụ Thực.jpg", "IMG_10.JPG", "1.JPG", "", "/", "..", ".jpg"] {
            assert_eq!(match_file(wanted, &names), Match::None, "{wanted}");
        }
    }

    #[test]
    fn a_name_that_fits_two_files_is_not_guessed() {
        let names = FileNames::new(["Thủ Sỹ/IMG_1.JPG", "Nam Cao/IMG_1.JPG", "Nam Cao/IMG_1.CR2"]);
        assert_eq!(match_file("IMG_1.jpg", &names), Match::Several(vec![0, 1]));
        assert_eq!(match_file("Nam Cao/IMG_1", &names), Match::Several(vec![1, 2]));
        assert_eq!(match_file("Nam Cao/img_1.jpg", &names), Match::One(1));
    }

    #[test]
    fn a_path_of_a_thousand_folders_is_looked_up_quickly() {
        let deep = "a/".repeat(1000) + "lụa.jpg";
        let names = FileNames::new([deep.as_str()]);
        assert_eq!(match_file(&deep, &names), Match::One(0));
        assert_eq!(match_file("LỤA.JPG", &names), Match::One(0));
        assert!(names.tails.len() <= DEEPEST);
    }
}
