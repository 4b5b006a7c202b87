//! What is kept, and the proof that it is unchanged.
//!
//! An archive is a folder of plain files: contents under the name that their bytes give them
//! ([`store`]), and a hash-chained journal of everything that was described and decided ([`journal`]).
//! Those two are the truth. The [`catalogue`] and whatever else follows the journal can be deleted and
//! made again. The forms on disk are in `docs/FORMATS.md`.
//!
//! ```
//! use kho_archive::{Archive, ArchiveError, journal::Draft, record::{Kind, Record, Text}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let archive = Archive::init(&folder.path().join("kho"), "Làng nghề Thủ Sỹ", "example 1.0")?;
//! let kept = archive.store().put(&mut "đan đó".as_bytes())?;
//! assert_eq!(kept.fingerprint.size, 9);
//!
//! let id = archive.free_id()?;
//! archive.commit(|_catalogue| {
//!     let title = Text::from([("vi".to_owned(), "Đan đó".to_owned())]);
//!     let record = Record::new(id, Kind::document(), title);
//!     Ok::<_, ArchiveError>(Some(Draft { actor: "cô Thuỷ".into(), records: vec![record], ..Draft::default() }))
//! })?;
//! let record = archive.catalogue().record(id)?.expect("it was just committed");
//! assert_eq!(record.access.level.code(), "closed", "closed until someone decides");
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod archive;
pub mod canonical;
pub mod catalogue;
pub mod date;
pub mod digest;
pub mod disk;
pub mod fixity;
pub mod follower;
pub mod journal;
pub mod model;
pub mod place;
pub mod record;
pub mod scratch;
pub mod settings;
pub mod store;

pub use archive::{Archive, ArchiveError};
