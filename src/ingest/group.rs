//! Files that are one thing: the raw and the JPEG of one shot, a photograph that moves, the two sides of a scan, the
//! pages of a document, a burst, the parts of a tape.
//!
//! Names propose and facts decide. Where the evidence is strong the files become one record; where it is weak each
//! keeps a record of its own, and the archivist reads a proposal.

use std::collections::{BTreeMap, HashMap};

use kho_archive::record::Technical;
use unicode_normalization::UnicodeNormalization;

use crate::media::{Facts, MediaKind, kind_of, names};

/// The endings of camera raw.
const RAW: [&str; 14] = ["3fr", "arw", "cr2", "cr3", "dng", "iiq", "nef", "nrw", "orf", "pef", "raf", "rw2", "srw", "x3f"];

/// The endings of pictures that cameras write beside raw and film.
const PHOTOGRAPHS: [&str; 6] = ["heic", "heif", "hif", "jpe", "jpeg", "jpg"];

/// The endings of clips that telephones write beside a photograph.
const CLIPS: [&str; 3] = ["m4v", "mov", "mp4"];

/// The endings of scanned pages.
const PAGES: [&str; 9] = ["bmp", "jp2", "jpeg", "jpg", "png", "tif", "tiff", "webp", "jxl"];

/// The endings of parts of films and recordings.
const PARTS: [&str; 18] =
    ["aif", "aiff", "avi", "flac", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpg", "mts", "m2ts", "ogg", "opus", "vob", "wav", "webm"];

/// A moving photograph is not longer, in seconds: telephones write about three.
const LONGEST_LIVE: f64 = 6.0;

/// The raw and the JPEG of one shot bear the same second, or the next.
const SAME_SHOT: f64 = 2.0;

/// AVCHD cuts a recording when its file would exceed 2 or 4 GiB.
const FULL_CLIPS: [std::ops::Range<u64>; 2] = [2_040_000_000..2_148_000_000, 4_080_000_000..4_296_000_000];

/// How a file belongs to the one that stands for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// Camera raw, beside the picture that the camera made of it.
    Raw,
    /// The seconds around a photograph.
    Live,
    /// The other side of a scan. Letters (`_a`, `_b`) say less than words (`-recto`, `-verso`).
    Side { is_word: bool },
    /// A page of a document; of only two pages, the names prove little.
    Page { is_long: bool },
    /// One shot of a burst.
    Burst,
    /// A part of a recording. Consecutive numbers alone prove nothing.
    Tape { is_certain: bool },
}

/// A file that may belong to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which of the files stands for both.
    pub(super) anchor: usize,
    pub(super) bond: Bond,
    /// Its place: the anchor is 1.
    pub(super) number: u32,
}

/// What facts say of a bond that names propose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    Strong,
    /// Too weak, and why.
    Weak(&'static str),
    /// They contradict: nothing is proposed.
    None,
}

impl Bond {
    /// Returns the word by which the journal names it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Live => "live",
            Self::Side { .. } => "side",
            Self::Page { .. } => "page",
            Self::Burst => "burst",
            Self::Tape { .. } => "part",
        }
    }

    /// Weighs what is known of both files.
    pub(super) fn weigh(self, anchor: &Technical, part: &Facts) -> Evidence {
        let same_kind = anchor.mime.as_deref().map(kind_of) == Some(part.kind);
        let is_picture = anchor.mime.as_deref().map(kind_of) == Some(MediaKind::Image);
        match self {
            Self::Raw => match seconds_between(anchor.taken.as_deref(), part.taken.as_deref()) {
                _ if !is_picture || part.kind != MediaKind::Image => Evidence::None,
                Some(seconds) if seconds > SAME_SHOT => Evidence::Weak("their names agree, but not the times at which they were taken"),
                // One number in one folder is one object (DCF 2.0, 3.2).
                _ => Evidence::Strong,
            },
            Self::Live => match part.duration_s {
                _ if !is_picture || part.kind != MediaKind::Film => Evidence::None,
                Some(seconds) if seconds <= LONGEST_LIVE => Evidence::Strong,
                Some(_) => Evidence::Weak("the film is longer than the seconds around a photograph"),
                None => Evidence::Weak("how long the film is could not be read"),
            },
            Self::Side { .. } | Self::Page { .. } | Self::Burst if !same_kind || !is_picture => Evidence::None,
            Self::Side { is_word: true } | Self::Burst | Self::Page { is_long: true } => Evidence::Strong,
            Self::Side { is_word: false } if is_same_size(anchor, part) => Evidence::Strong,
            Self::Side { is_word: false } => Evidence::Weak("their names end in a and b, but their sizes differ"),
            Self::Page { is_long: false } => Evidence::Weak("two numbers may be two pages, or two things"),
            Self::Tape { .. } if !same_kind => Evidence::None,
            Self::Tape { is_certain: true } => Evidence::Strong,
            Self::Tape { is_certain: false } => {
                Evidence::Weak("the numbers follow each other, and the file before it is as long as a camera lets files be")
            }
        }
    }
}

/// Finds out which files of one folder may belong together; `size` gives the length of one in bytes, and is asked
/// of few.
pub(super) fn parts(files: &[&[u8]], size: &dyn Fn(usize) -> u64) -> HashMap<usize, Part> {
    let names: Vec<Name> = files.iter().map(|name| Name::read(name)).collect();
    let mut groups = Groups { parts: HashMap::new(), is_anchor: HashMap::new() };
    beside_photographs(&names, &mut groups);
    bursts(&names, &mut groups);
    sides(&names, &mut groups);
    pages(&names, &mut groups);
    tapes(&names, size, &mut groups);
    groups.parts
}

/// A name, folded: without its ending, in lower case, composed.
struct Name {
    stem: String,
    ending: String,
}

impl Name {
    fn read(name: &[u8]) -> Self {
        let folded = |bytes: &[u8]| String::from_utf8_lossy(bytes).nfc().collect::<String>().to_lowercase();
        match names::split(name) {
            Some((stem, ending)) => Self { stem: folded(stem), ending: folded(ending) },
            None => Self { stem: folded(name), ending: String::new() },
        }
    }

    fn is_one_of(&self, endings: &[&str]) -> bool {
        endings.contains(&self.ending.as_str())
    }
}

/// What was found so far. A file that stands for others is no part of a third.
struct Groups {
    parts: HashMap<usize, Part>,
    is_anchor: HashMap<usize, ()>,
}

impl Groups {
    fn join(&mut self, anchor: usize, part: usize, bond: Bond, number: u32) {
        let is_free = anchor != part && !self.parts.contains_key(&part) && !self.parts.contains_key(&anchor) && !self.is_anchor.contains_key(&part);
        if is_free {
            self.is_anchor.insert(anchor, ());
            self.parts.insert(part, Part { anchor, bond, number });
        }
    }
}

/// Raw and clips beside the photograph of the same stem.
fn beside_photographs(names: &[Name], groups: &mut Groups) {
    let mut photographs: HashMap<&str, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| name.is_one_of(&PHOTOGRAPHS)) {
        photographs.entry(&name.stem).or_insert(place);
    }
    for (place, name) in names.iter().enumerate() {
        let Some(anchor) = photographs.get(name.stem.as_str()) else { continue };
        if name.is_one_of(&RAW) {
            groups.join(*anchor, place, Bond::Raw, 2);
        } else if name.is_one_of(&CLIPS) {
            groups.join(*anchor, place, Bond::Live, 2);
        }
    }
}

/// `IMG_20250312_101112_BURST002.jpg`, `00001IMG_00001_BURST20250312101112.jpg`.
fn bursts(names: &[Name], groups: &mut Groups) {
    let mut series: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| name.is_one_of(&PHOTOGRAPHS)) {
        let Some((before, after)) = name.stem.split_once("burst") else { continue };
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        // A short number counts the shots, a long one is the moment of the whole burst.
        let key = if digits >= 12 { after.get(..digits) } else { (digits > 0).then_some(before) };
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            series.entry(key.to_owned()).or_default().push(place);
        }
    }
    for places in series.into_values() {
        join_in_order(&places, Bond::Burst, groups);
    }
}

/// Front and back.
fn sides(names: &[Name], groups: &mut Groups) {
    const FRONT: [&str; 7] = ["recto", "front", "mặt trước", "mat truoc", "mat-truoc", "mat_truoc", "trước"];
    const BACK: [&str; 7] = ["verso", "back", "mặt sau", "mat sau", "mat-sau", "mat_sau", "sau"];
    let mut known: HashMap<(String, bool), usize> = HashMap::new();
    let side = |name: &Name| -> Option<(String, bool, bool)> {
        let split = |word: &str| name.stem.strip_suffix(word).and_then(|rest| rest.strip_suffix(['-', '_', ' ', '.']).map(str::to_owned));
        let by_word = |words: &[&str], is_front: bool| words.iter().find_map(|word| split(word)).map(|stem| (stem, is_front, true));
        let by_letter = |letter: &str, is_front: bool| split(letter).map(|stem| (stem, is_front, false));
        by_word(&FRONT, true).or_else(|| by_word(&BACK, false)).or_else(|| by_letter("a", true)).or_else(|| by_letter("b", false))
    };
    let is_page = |name: &&Name| name.is_one_of(&PAGES);
    for (place, name) in names.iter().enumerate().filter(|(_, name)| is_page(name)) {
        if let Some((stem, true, is_word)) = side(name).filter(|(stem, ..)| !stem.is_empty()) {
            known.entry((format!("{stem}.{}", name.ending), is_word)).or_insert(place);
        }
    }
    // Of a, b, c and more, none is a back.
    let has_third = |stem: &str, ending: &str| {
        ["c", "d"].iter().any(|letter| {
            let is_it =
                |name: &Name| name.ending == ending && name.stem.strip_prefix(stem).is_some_and(|rest| rest.len() == 2 && rest.ends_with(letter));
            names.iter().any(is_it)
        })
    };
    for (place, name) in names.iter().enumerate().filter(|(_, name)| is_page(name)) {
        let Some((stem, false, is_word)) = side(name) else { continue };
        if let Some(front) = known.get(&(format!("{stem}.{}", name.ending), is_word))
            && (is_word || !has_third(&stem, &name.ending))
        {
            groups.join(*front, place, Bond::Side { is_word }, 2);
        }
    }
}

/// `tờ khai p001.tif`, `sổ-trang-2.jpg`: a word for a page and a number, without gaps.
fn pages(names: &[Name], groups: &mut Groups) {
    const WORDS: [&str; 7] = ["page", "trang", "tờ", "to", "pg", "tr", "p"];
    let numbered = |name: &Name| -> Option<(String, u32)> {
        let (before, number) = number_at_end(&name.stem)?;
        let before = before.trim_end_matches([' ', '_', '-', '.']);
        let stem = WORDS.iter().find_map(|word| before.strip_suffix(word))?;
        let is_word = stem.is_empty() || stem.ends_with([' ', '_', '-', '.', '(']);
        is_word.then(|| (format!("{stem}.{}", name.ending), number))
    };
    for (numbers, places) in series(names, &PAGES, numbered) {
        if is_without_gaps(&numbers) {
            join_in_order(&places, Bond::Page { is_long: places.len() >= 3 }, groups);
        }
    }
}

/// Chapters of GoPro, parts that say so, and recordings that a camera cut.
fn tapes(names: &[Name], size: &dyn Fn(usize) -> u64, groups: &mut Groups) {
    for (_, places) in series(names, &PARTS, chapter) {
        join_in_order(&places, Bond::Tape { is_certain: true }, groups);
    }
    const WORDS: [&str; 5] = ["phần", "phan", "part", "pt", "disc"];
    let said = |name: &Name| -> Option<(String, u32)> {
        let (before, number) = number_at_end(name.stem.trim_end_matches(')'))?;
        let before = before.trim_end_matches([' ', '_', '-', '.']);
        let stem = WORDS.iter().find_map(|word| before.strip_suffix(word))?;
        stem.ends_with([' ', '_', '-', '.', '(']).then(|| (format!("{stem}.{}", name.ending), number))
    };
    for (numbers, places) in series(names, &PARTS, said) {
        if numbers.first() == Some(&1) && is_without_gaps(&numbers) {
            join_in_order(&places, Bond::Tape { is_certain: true }, groups);
        }
    }
    let clip = |name: &Name| -> Option<(String, u32)> {
        let (before, number) = number_at_end(&name.stem)?;
        (before.is_empty() && name.stem.len() == 5).then(|| (name.ending.clone(), number))
    };
    let clips = series(names, &["mts", "m2ts"], clip);
    for (numbers, places) in clips {
        for (pair, following) in places.windows(2).zip(numbers.windows(2)) {
            let is_next = following[1] == following[0] + 1;
            let is_full = || FULL_CLIPS.iter().any(|full| full.contains(&size(pair[0])));
            if is_next && is_full() {
                groups.join(pair[0], pair[1], Bond::Tape { is_certain: false }, 2);
            }
        }
    }
}

/// `GOPR1234`, `GP011234`, `GP021234`, and `GX010123`, `GX020123` (also GH): the film, and the chapter of it.
fn chapter(name: &Name) -> Option<(String, u32)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if name.stem.len() != 8 || !name.stem.is_ascii() {
        return None;
    }
    let (mark, film) = name.stem.split_at(4);
    let film = film.to_owned();
    match (mark.get(..2)?, mark.get(2..)?) {
        _ if !digits(&film) => None,
        ("go", "pr") => Some((format!("gp{film}.{}", name.ending), 0)),
        (camera @ ("gp" | "gx" | "gh"), chapter) if digits(chapter) => Some((format!("{camera}{film}.{}", name.ending), chapter.parse().ok()?)),
        _ => None,
    }
}

/// Gathers names by their series, each in the order of its numbers; series of one are left out.
fn series(names: &[Name], endings: &[&str], read: impl Fn(&Name) -> Option<(String, u32)>) -> Vec<(Vec<u32>, Vec<usize>)> {
    let mut found: BTreeMap<String, Vec<(u32, usize)>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| name.is_one_of(endings)) {
        if let Some((key, number)) = read(name) {
            found.entry(key).or_default().push((number, place));
        }
    }
    let sorted = found.into_values().filter(|members| members.len() > 1).map(|mut members| {
        members.sort_unstable();
        members.into_iter().unzip()
    });
    sorted.collect()
}

fn join_in_order(places: &[usize], bond: Bond, groups: &mut Groups) {
    let [anchor, others @ ..] = places else { return };
    for (number, place) in (2..).zip(others) {
        groups.join(*anchor, *place, bond, number);
    }
}

/// Splits `trang 012` into `trang ` and 12.
fn number_at_end(stem: &str) -> Option<(&str, u32)> {
    let before = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = stem.get(before.len()..)?;
    (1..=5).contains(&digits.len()).then(|| digits.parse().ok().map(|number| (before, number))).flatten()
}

fn is_without_gaps(numbers: &[u32]) -> bool {
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Whether two scans have the same size, but for what a cropping hand takes off.
fn is_same_size(anchor: &Technical, part: &Facts) -> bool {
    let is_near = |a: Option<u32>, b: Option<u32>| matches!((a, b), (Some(a), Some(b)) if u64::from(a.abs_diff(b)) * 50 <= u64::from(a.max(b)));
    is_near(anchor.width, part.width) && is_near(anchor.height, part.height)
}

/// The seconds between two moments; `None` if one is unknown.
fn seconds_between(one: Option<&str>, other: Option<&str>) -> Option<f64> {
    let read = |text: &str| text.trim_end_matches('Z').parse::<jiff::civil::DateTime>().ok();
    let (one, other) = (read(one?)?, read(other?)?);
    Some(one.duration_since(other).as_secs_f64().abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a folder, and who belongs to whom: `part<anchor`.
    fn found(names: &[&str]) -> Vec<String> {
        let files: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        let mut told: Vec<String> = parts(&files, &|_| 2_100_000_000)
            .iter()
            .map(|(place, part)| format!("{}<{} {}{}", names[*place], names[part.anchor], part.bond.word(), part.number))
            .collect();
        told.sort();
        told
    }

    #[test]
    fn a_card_of_a_camera_and_a_telephone() {
        let card = ["IMG_1.CR2", "IMG_1.JPG", "IMG_2.JPG", "IMG_3.HEIC", "IMG_3.MOV", "đó.MOV"];
        assert_eq!(found(&card), ["IMG_1.CR2<IMG_1.JPG raw2", "IMG_3.MOV<IMG_3.HEIC live2"]);
        let burst = ["IMG_20250312_101112_BURST001_COVER.jpg", "IMG_20250312_101112_BURST002.jpg", "IMG_20250312_101500_BURST001.jpg"];
        assert_eq!(found(&burst), ["IMG_20250312_101112_BURST002.jpg<IMG_20250312_101112_BURST001_COVER.jpg burst2"]);
    }

    #[test]
    fn scans_with_two_sides_and_documents_with_pages() {
        assert_eq!(found(&["sắc phong-recto.tif", "sắc phong-verso.tif"]), ["sắc phong-verso.tif<sắc phong-recto.tif side2"]);
        assert_eq!(found(&["bằng khen mặt sau.jpg", "bằng khen mặt trước.jpg"]), ["bằng khen mặt sau.jpg<bằng khen mặt trước.jpg side2"]);
        assert_eq!(found(&["ảnh_a.jpg", "ảnh_b.jpg"]), ["ảnh_b.jpg<ảnh_a.jpg side2"]);
        assert_eq!(found(&["ảnh_a.jpg", "ảnh_b.jpg", "ảnh_c.jpg"]), Vec::<String>::new(), "a third is no side");
        assert_eq!(found(&["sổ p001.tif", "sổ p002.tif", "sổ p003.tif"]), ["sổ p002.tif<sổ p001.tif page2", "sổ p003.tif<sổ p001.tif page3"]);
        assert_eq!(found(&["gia phả trang 1.jpg", "gia phả trang 2.jpg", "gia phả trang 4.jpg"]), Vec::<String>::new(), "a page is missing");
        assert_eq!(found(&["map1.tif", "map2.tif", "map3.tif"]), Vec::<String>::new(), "no word for a page");
    }

    #[test]
    fn parts_of_recordings() {
        assert_eq!(found(&["GOPR0042.MP4", "GP010042.MP4", "GX010042.MP4"]), ["GP010042.MP4<GOPR0042.MP4 part2"]);
        assert_eq!(found(&["cụ Mận phần 1.wav", "cụ Mận phần 2.wav"]), ["cụ Mận phần 2.wav<cụ Mận phần 1.wav part2"]);
        assert_eq!(found(&["cụ Mận phần 2.wav", "cụ Mận phần 3.wav"]), Vec::<String>::new(), "the first is missing");
        assert_eq!(found(&["00000.MTS", "00001.MTS"]), ["00001.MTS<00000.MTS part2"]);
    }

    #[test]
    fn facts_decide() {
        let photo = |taken: &str, width: u32| Technical {
            mime: Some("image/jpeg".to_owned()),
            taken: Some(taken.to_owned()),
            width: Some(width),
            height: Some(1000),
            ..Technical::default()
        };
        let mut other = Facts::unread(String::new());
        (other.mime, other.kind) = ("image/x-canon-cr2".to_owned(), MediaKind::Image);
        (other.taken, other.width, other.height) = (Some("2025-03-12T08:00:01".to_owned()), Some(1500), Some(1000));
        assert_eq!(Bond::Raw.weigh(&photo("2025-03-12T08:00:00", 1500), &other), Evidence::Strong);
        assert!(matches!(Bond::Raw.weigh(&photo("2025-03-12T09:00:00", 1500), &other), Evidence::Weak(_)));
        assert_eq!(Bond::Side { is_word: false }.weigh(&photo("", 1510), &other), Evidence::Strong);
        assert!(matches!(Bond::Side { is_word: false }.weigh(&photo("", 2000), &other), Evidence::Weak(_)));
        let mut clip = Facts::unread(String::new());
        (clip.kind, clip.duration_s) = (MediaKind::Film, Some(2.9));
        assert_eq!(Bond::Live.weigh(&photo("", 1), &clip), Evidence::Strong);
        clip.duration_s = Some(600.0);
        assert!(matches!(Bond::Live.weigh(&photo("", 1), &clip), Evidence::Weak(_)));
        assert_eq!(Bond::Burst.weigh(&photo("", 1), &clip), Evidence::None, "a film is no shot of a burst");
    }
}
