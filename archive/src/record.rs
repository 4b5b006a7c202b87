//! What is said of the things that are kept: records, their files, and where those were found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::Decision;
use crate::digest::{Digest, Sha256};

mod id;
mod name;

pub use id::{BadId, RecordId};
pub use name::{bytes_of_raw, raw_of_bytes, readable_name};

/// A text in one or more languages; the keys are BCP 47 tags (`vi`, `en`).
pub type Text = BTreeMap<String, String>;

/// One record, in one revision. Field names are those of the JSON in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The identifier: never reused, never changed.
    pub id: RecordId,
    /// What is described.
    pub kind: Kind,
    /// 1 for the first revision, then one more each time.
    pub revision: u64,
    /// The title; Vietnamese first, English may follow.
    pub title: Text,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub description: Text,
    /// Who may see it.
    pub access: Decision,
    /// The files of a media item: the original first, then what belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Typed relations to other records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Relation>,
    /// For an accession: what was brought in and how it lay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accession: Option<Accession>,
    /// Fields of the descriptive model, and whatever a later version adds; kept as they are.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// What a record describes. An open list: provinces add kinds of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(String);

/// What a file is to its record. An open list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Role(String);

/// A file of a record: a content, and every place where it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The address of the content in the store.
    pub digest: Digest,
    /// SHA-256 of the same bytes, for other systems.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size: u64,
    /// What it is to its record.
    pub role: Role,
    /// Where it was found; several when copies were brought in.
    pub paths: Vec<FoundAt>,
    /// Technical facts as they were first found.
    #[serde(default, skip_serializing_if = "Technical::is_empty")]
    pub technical: Technical,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// One place at which a content was found, exactly and readably.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundAt {
    /// The accession that brought it.
    pub accession: RecordId,
    /// The label of the source folder in that accession ([`Root::root`]).
    pub root: String,
    /// The path below the source folder: exact bytes, percent-encoded, `/` kept.
    pub raw: String,
    /// The same path for people: NFC, always text, and only a reading.
    pub name: String,
    /// When the file was last modified: RFC 3339 in UTC, to the nanosecond.
    pub mtime: String,
    /// When the inode last changed: RFC 3339 in UTC, to the nanosecond.
    pub ctime: String,
    /// The inode, as text because it may exceed 2^53.
    pub inode: String,
    /// When another content was found at this path later on; the newer one has it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<String>,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Technical facts of a file. Absent means: not found, or not a property of this format.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Technical {
    /// Media type, by content (RFC 6838).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Format in the PRONOM registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puid: Option<String>,
    /// Width in pixels, as stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels, as stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// EXIF orientation, 1 to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orientation: Option<u8>,
    /// When it was taken: local time, ISO 8601, as the device wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// Latitude in degrees, WGS 84, north positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude in degrees, WGS 84, east positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Duration in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// Number of pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Codec of the main track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// The program and version that found these facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What a later version adds; kept as it is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What an erased record says of its erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The day.
    pub on: jiff::civil::Date,
    /// Who did it.
    pub by: String,
    /// By which law or decision.
    pub reason: String,
}

/// The field under which it stands.
pub(crate) const ERASED: &str = "erased";

/// The field that names the record which took this one up.
pub const MERGED_INTO: &str = "merged_into";

/// A typed relation to another record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The type of the relation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The other record.
    pub to: RecordId,
}

/// How what was brought in lay: the part of an accession that is not in its files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accession {
    /// The source folders.
    pub roots: Vec<Root>,
    /// Every folder below them, empty ones included, in walking order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<Folder>,
    /// Symbolic links: recorded, never followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A source folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its label, unique in the accession; used in [`FoundAt::root`].
    pub root: String,
    /// Its name: exact bytes, percent-encoded.
    pub raw: String,
    /// Where it was: exact bytes of the absolute path, percent-encoded.
    pub source: String,
}

/// A folder below a source folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The label of the source folder.
    pub root: String,
    /// The path below it, percent-encoded; empty for the source folder itself.
    pub raw: String,
    /// When it was last modified.
    pub mtime: String,
}

/// A symbolic link below a source folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The label of the source folder.
    pub root: String,
    /// The path below it, percent-encoded.
    pub raw: String,
    /// What the link says, percent-encoded; never followed.
    pub target: String,
    /// When the link was made.
    pub mtime: String,
    /// When the inode last changed.
    pub ctime: String,
    /// The inode, as text.
    pub inode: String,
}

/// Makes an open list of words whose known members are named functions.
macro_rules! open_list {
    ($name:ident { $($(#[$doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            $($(#[$doc])*
            pub fn $word() -> Self {
                Self($text.to_owned())
            })+

            /// Returns the word itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self(word.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

open_list!(Kind {
    /// A photograph, a scan, a drawing.
    image = "image",
    /// Moving pictures.
    film = "film",
    /// Speech, music, sounds of work.
    sound = "sound",
    /// Text for reading, in whatever format.
    document = "document",
    /// A file of which nothing more is known.
    file = "file",
    /// One delivery of material: what was brought in together, and how it lay.
    accession = "accession",
    /// A term of the thesaurus.
    term = "term",
    /// What an archive adds to the descriptive model.
    model = "model",
    /// What a person or a group agreed to.
    consent = "consent",
    /// The words of a recording, as records of their own.
    transcript = "transcript",
});

open_list!(Role {
    /// The thing itself, as it came.
    original = "original",
    /// The words of a recording, with or without times.
    transcript = "transcript",
    /// A file that describes the original.
    sidecar = "sidecar",
    /// What systems leave behind (`Thumbs.db`): kept, not searched.
    junk = "junk",
    /// The report of a delivery, written by the archive itself.
    report = "report",
});

impl Record {
    /// Returns the first revision of a record that says nothing yet, closed as everything is at first.
    pub fn new(id: RecordId, kind: Kind, title: Text) -> Self {
        Self {
            id,
            kind,
            revision: 1,
            title,
            description: Text::new(),
            access: Decision::default(),
            files: Vec::new(),
            relations: Vec::new(),
            accession: None,
            fields: Map::new(),
        }
    }

    /// Returns when, by whom and why the record was erased by law; `None` if it was not. Nothing else is known of it then.
    pub fn erased(&self) -> Option<Erased> {
        serde_json::from_value(self.fields.get(ERASED)?.clone()).ok()
    }

    /// Returns the record that took this one up, where both told of the same thing; it says nothing of its own any more.
    pub fn merged_into(&self) -> Option<RecordId> {
        self.fields.get(MERGED_INTO)?.as_str()?.parse().ok()
    }

    /// Returns the title in `language`, else in Vietnamese, else in any language, else the id.
    pub fn title_in(&self, language: &str) -> String {
        let any = || self.title.values().next();
        let title = self.title.get(language).or_else(|| self.title.get("vi")).or_else(any);
        title.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| self.id.grouped())
    }
}

impl Technical {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
