//! The words by which people head the columns of their lists, in Vietnamese and English.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a value says about a medium. The names are those of the record model where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    /// The title of the item.
    Title,
    /// What is seen or heard.
    Description,
    /// When the medium was made, as written.
    Date,
    /// Where it was made: a village, a commune, a workshop.
    Place,
    /// Who made the medium.
    Creator,
    /// Who is shown or heard.
    Person,
    /// The craft that is practised.
    Practice,
    /// A technique or a step of it.
    Technique,
    /// A motif.
    Motif,
    /// A material.
    Material,
    /// Key words, as written.
    Keywords,
    /// Who holds rights, or what may be done.
    Rights,
    /// Who may see the item, as written.
    Access,
    /// The language that is spoken or written.
    Language,
    /// The number of the item in another list.
    Code,
    /// Any other remark.
    Note,
    /// Degrees north, decimal.
    Latitude,
    /// Degrees east, decimal.
    Longitude,
    /// The orientation of TIFF 6.0, 1 to 8.
    Orientation,
    /// Stars, -1 (rejected) to 5.
    Rating,
}

impl Field {
    /// Returns the name of the field: that of the record model where it has one.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "caption",
            Self::Date => "created",
            Self::Place => "place",
            Self::Creator => "creator",
            Self::Person => "person",
            Self::Practice => "practice",
            Self::Technique => "technique",
            Self::Motif => "motif",
            Self::Material => "material",
            Self::Keywords => "keywords",
            Self::Rights => "rights",
            Self::Access => "access",
            Self::Language => "language",
            Self::Code => "codes",
            Self::Note => "note",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::Orientation => "orientation",
            Self::Rating => "rating",
        }
    }

    /// Whether an item has at most one value of this field.
    pub(crate) fn stands_once(self) -> bool {
        matches!(self, Self::Title | Self::Date | Self::Access | Self::Latitude | Self::Longitude | Self::Orientation | Self::Rating)
    }
}

/// How surely a heading says that its column names files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The heading speaks of files.
    Strong,
    /// The heading often means something else.
    Weak,
}

/// Headings of columns that name files, folded.
const NAMES_FILES: &str = "ten tep|ten tep tin|ten file|ten tap tin|tep|tep tin|tap tin|file|files|filename|file name|file names|filepath|file path|path|\
     duong dan|duong dan tep|source file|sourcefile|anh|ten anh|ten tep anh|ten file anh|file anh|tep anh|hinh|hinh anh|ten hinh|\
     ma anh|so anh|ma tep|ma file|image|image name|image file|photo|photo name|photo file|picture|media|media file|asset|video|\
     ten video|phim|am thanh|ghi am|audio|original filename|ten goc";

/// Headings that may mean the name of a file or many other things.
const MAY_NAME_FILES: &str = "ten|name|ma|ma so|so hieu|ky hieu|code|id|identifier|object id|accession number|ma hien vat|so|title";

/// Each field with its headings, folded: lower case, no marks, single spaces. `|` parts them.
const WORDS: [(Field, &str); 18] = [
    (Field::Title, "ten|title|tieu de|nhan de|name|ten tac pham|ten hien vat|ten tu lieu|ten anh|ten tieng viet|headline|dc title"),
    (
        Field::Description,
        "mo ta|noi dung|description|caption|chu thich|chu thich anh|dien giai|thuyet minh|mo ta noi dung|summary|tom tat|abstract|\
         content|noi dung anh|loi binh|dc description|image description",
    ),
    (
        Field::Date,
        "ngay|thoi gian|ngay chup|ngay quay|ngay ghi|ngay ghi am|ngay ghi hinh|ngay thang|ngay thang nam|thoi gian chup|thoi diem|\
         thoi diem chup|nam chup|ngay thuc hien|ngay khao sat|ngay tao|date|date taken|taken|taken on|taken at|date created|\
         created|created at|creation date|capture date|date captured|recorded|recording date|date time original|datetime|date time|\
         year|dc date",
    ),
    (
        Field::Place,
        "dia diem|noi chup|noi quay|noi ghi|dia diem chup|lang|lang nghe|thon|xa|phuong|xa phuong|huyen|quan huyen|tinh|dia phuong|\
         dia chi|dia ban|noi thuc hien|noi|place|location|village|hamlet|commune|ward|district|province|city|country|coverage|\
         dc coverage|where",
    ),
    (
        Field::Creator,
        "nguoi chup|nguoi quay|tac gia|nguoi thuc hien|nguoi ghi|nguoi ghi am|nguoi ghi hinh|nguoi phong van|nguoi khao sat|\
         nha nhiep anh|photographer|creator|creators|author|authors|artist|artists|by|made by|cameraman|interviewer|recorded by|\
         taken by|dc creator",
    ),
    (
        Field::Person,
        "nghe nhan|nguoi duoc phong van|nhan vat|nguoi trong anh|nguoi ke|nguoi cung cap thong tin|tho|tho ca|ten nghe nhan|nguoi|\
         artisan|artisans|person|persons|people|interviewee|speaker|informant|narrator|sitter|bearer",
    ),
    (Field::Practice, "nghe|ten nghe|nghe thu cong|nghe truyen thong|craft|crafts|practice|trade"),
    (Field::Technique, "ky thuat|cong doan|buoc|quy trinh|thao tac|khau|technique|techniques|step|process"),
    (Field::Motif, "hoa van|mo tip|hoa tiet|motif|motifs|pattern|patterns|ornament"),
    (Field::Material, "chat lieu|vat lieu|nguyen lieu|nguyen vat lieu|material|materials|medium"),
    (Field::Keywords, "tu khoa|the|nhan|chu de|keywords|keyword|tags|tag|subject|subjects|topic|topics|dc subject"),
    (
        Field::Rights,
        "ban quyen|quyen|quyen tac gia|quyen so huu|quyen su dung|giay phep|rights|copyright|license|licence|credit|credit line|\
         credits|rights holder|usage terms|dc rights",
    ),
    (Field::Access, "access|truy cap|muc truy cap|quyen truy cap|che do|muc do tiep can|access level|visibility"),
    (Field::Language, "ngon ngu|tieng|language|languages|lang|dc language"),
    (
        Field::Code,
        "ma|ky hieu|so hieu|ma so|ma hien vat|so dang ky|so kiem ke|ma tu lieu|code|identifier|id|inventory number|\
         accession number|object id|reference|dc identifier",
    ),
    (Field::Note, "ghi chu|luu y|note|notes|remark|remarks|comment|comments|user comment"),
    (Field::Latitude, "vi do|latitude|lat|gps latitude"),
    (Field::Longitude, "kinh do|longitude|lon|lng|gps longitude"),
];

/// Words that do not change what a heading means.
const FILLERS: &str = "cua|cac|anh|tep|file|image|photo|video|media|all|goc|original|text|full|ten|vi|en|tieng|viet|english|vietnamese|chinh|main|\
     the|of|bat|buoc|neu|co";

/// Says how surely a heading means that its column names files; `None` if it does not.
pub(crate) fn may_name_files(heading: &str) -> Option<Evidence> {
    let parts = readings(heading);
    let is_among = |words: &str| parts.iter().any(|part| is_in(words, part));
    if is_among(NAMES_FILES) { Some(Evidence::Strong) } else { is_among(MAY_NAME_FILES).then_some(Evidence::Weak) }
}

/// Returns how much a row looks like the header of a list of files: the number of its headings that are known,
/// 0 where none may name files.
pub(crate) fn score_of_header(cells: &[String]) -> usize {
    let mut known = 0;
    let mut names_files = 0;
    // Sentences are no headings, and cost time.
    for cell in cells.iter().filter(|cell| cell.len() <= 200) {
        let evidence = may_name_files(cell);
        names_files += usize::from(evidence.is_some());
        known += usize::from(evidence.is_some() || exactly(cell).is_some() || loosely(cell).is_some());
    }
    if names_files == 0 { 0 } else { known }
}

/// Returns the field that a heading names word for word.
pub(crate) fn exactly(heading: &str) -> Option<Field> {
    // `Làng` is a village and `lang` a language: the marks decide, where there are any.
    if heading.trim() == "lang" {
        return Some(Field::Language);
    }
    readings(heading).iter().find_map(|part| field_of(part))
}

/// Returns the field that a heading names beside words that change nothing.
pub(crate) fn loosely(heading: &str) -> Option<Field> {
    readings(heading).iter().find_map(|part| {
        let words: Vec<&str> = part.split(' ').filter(|word| !is_in(FILLERS, word) && !word.bytes().all(|byte| byte.is_ascii_digit())).collect();
        field_of(&words.join(" "))
    })
}

/// Whether a folded text is among words parted by `|`.
fn is_in(words: &str, folded: &str) -> bool {
    words.split('|').any(|word| word == folded)
}

fn field_of(folded: &str) -> Option<Field> {
    WORDS.iter().find(|(_, words)| is_in(words, folded)).map(|(field, _)| *field)
}

/// Returns the ways to read a heading, folded: as a whole, then each part of `Tên tệp / File name`.
fn readings(heading: &str) -> Vec<String> {
    const LONGEST: usize = 200;
    if heading.len() > LONGEST {
        return Vec::new();
    }
    let parts = heading.split(['/', '|', '(', ')', '[', ']', ',', ';', ':', '\n', '\r', '–', '—']).map(fold);
    std::iter::once(fold(heading)).chain(parts).filter(|part| !part.is_empty()).collect()
}

/// Folds a heading: lower case, no marks, `đ` as `d`, everything that is no letter or digit as one space.
/// Joined words are parted (`dateText`).
fn fold(heading: &str) -> String {
    let mut folded = String::with_capacity(heading.len());
    let mut is_after_small = false;
    for letter in heading.nfd().filter(|letter| !is_combining_mark(*letter)) {
        let is_new_word = is_after_small && letter.is_uppercase();
        if (is_new_word || !letter.is_alphanumeric()) && !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
        is_after_small = letter.is_lowercase();
        match letter {
            'đ' | 'Đ' => folded.push('d'),
            _ if letter.is_alphanumeric() => folded.extend(letter.to_lowercase()),
            _ => {}
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_as_people_write_them() {
        let cases = [
            ("Tiêu đề *", Some(Field::Title)),
            ("MÔ TẢ NỘI DUNG", Some(Field::Description)),
            ("Nơi chụp (Place)", Some(Field::Place)),
            ("dateText", Some(Field::Date)),
            ("all_artists", Some(Field::Creator)),
            ("Người được phỏng vấn", Some(Field::Person)),
            ("Làng", Some(Field::Place)),
            ("lang", Some(Field::Language)),
            ("Hoa văn", Some(Field::Motif)),
            ("Diện tích", None),
            ("contributorCount", None),
            ("artistRooms", None),
        ];
        for (heading, field) in cases {
            assert_eq!(exactly(heading).or_else(|| loosely(heading)), field, "{heading}");
        }
        let decomposed: String = "Nghệ nhân".nfd().collect();
        assert_eq!(exactly(&decomposed), Some(Field::Person));
    }

    #[test]
    fn columns_of_files_are_known_in_both_languages() {
        for heading in ["Tên tệp / File name", "TÊN FILE", "Ảnh", "Mã ảnh", "filename", "ten_tep", "Đường dẫn"] {
            assert_eq!(may_name_files(heading), Some(Evidence::Strong), "{heading}");
        }
        assert_eq!(may_name_files("Tên"), Some(Evidence::Weak));
        assert_eq!(may_name_files("Nghề"), None);
    }
}
