//! `kho.toml`: the identity of an archive, and its settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::record::RecordId;

/// The name of the file in an archive.
pub const FILE_NAME: &str = "kho.toml";

/// The version of the layout of an archive.
pub const FORMAT: u64 = 1;

/// Everything that `kho.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which archive this is.
    pub archive: Identity,
    /// How material is brought in.
    #[serde(default)]
    pub ingest: IngestSettings,
    /// How the viewer is served.
    #[serde(default)]
    pub serve: ServeSettings,
}

/// Which archive this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The identifier that every commit repeats.
    pub id: RecordId,
    /// The name that visitors see.
    pub name: String,
    /// The version of the layout: [`FORMAT`].
    pub format: u64,
}

/// How material is brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestSettings {
    /// Names of files that are not brought in (exact names, no patterns).
    pub ignore: Vec<String>,
    /// At most so many files are committed together.
    pub batch_files: usize,
    /// About so many bytes are committed together.
    pub batch_bytes: u64,
    /// Whether thumbnails are made while material is brought in (they can be made later).
    pub derivatives: bool,
}

/// How the viewer is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServeSettings {
    /// Address and port.
    pub listen: String,
    /// How whoever asks for restricted material reaches the archive: an address, a telephone number; empty if not told.
    pub contact: String,
}

/// `kho.toml` cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// It cannot be read or written.
    #[error("{path} cannot be used: {source}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// It does not say what it must.
    #[error("{path} cannot be understood: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// The archive was made by a later version.
    #[error("{path} says that this archive has format {found}, this kho knows up to {FORMAT}; use a newer kho")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u64,
    },
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self { ignore: Vec::new(), batch_files: 256, batch_bytes: 64 << 20, derivatives: true }
    }
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), contact: String::new() }
    }
}

impl Settings {
    /// Reads the settings of the archive at `root`.
    pub fn read(root: &Path) -> Result<Self, SettingsError> {
        let path = root.join(FILE_NAME);
        let text = fs::read_to_string(&path).map_err(|source| SettingsError::Disk { path: path.clone(), source })?;
        let settings: Self = toml::from_str(&text).map_err(|error| SettingsError::Form { path: path.clone(), reason: error.to_string() })?;
        if settings.archive.format > FORMAT {
            return Err(SettingsError::TooNew { path, found: settings.archive.format });
        }
        Ok(settings)
    }

    /// Returns the text of a new `kho.toml`: each setting with its default and a sentence.
    pub fn text_for(id: RecordId, name: &str) -> String {
        let defaults = Settings {
            archive: Identity { id, name: name.to_owned(), format: FORMAT },
            ingest: IngestSettings::default(),
            serve: ServeSettings::default(),
        };
        let Self { archive, ingest, serve } = defaults;
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        format!(
            "# The identity of this archive and its settings. / Danh tính và thiết lập của kho lưu trữ này.\n\
             \n\
             [archive]\n\
             # Every commit in journal/ repeats this identifier. Never change it.\n\
             id = {id}\n\
             # The name that visitors see.\n\
             name = {name}\n\
             # The version of the layout of this folder.\n\
             format = {format}\n\
             \n\
             [ingest]\n\
             # Names of files that are not brought in: exact names, no patterns. They are counted as ignored.\n\
             ignore = []\n\
             # At most so many files are committed together.\n\
             batch_files = {batch_files}\n\
             # About so many bytes are committed together.\n\
             batch_bytes = {batch_bytes}\n\
             # Whether thumbnails are made while material is brought in. They can be made later by `kho rebuild`.\n\
             derivatives = {derivatives}\n\
             \n\
             [serve]\n\
             # Where the viewer listens. 127.0.0.1 means: only this machine.\n\
             listen = {listen}\n\
             # How whoever asks for restricted material reaches the archive: an address, a telephone number.\n\
             contact = {contact}\n",
            id = quoted(&archive.id.to_string()),
            name = quoted(&archive.name),
            format = archive.format,
            batch_files = ingest.batch_files,
            batch_bytes = ingest.batch_bytes,
            derivatives = ingest.derivatives,
            listen = quoted(&serve.listen),
            contact = quoted(&serve.contact),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_says_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let id = RecordId::from_number(5).unwrap();
        fs::write(folder.path().join(FILE_NAME), Settings::text_for(id, "Kho \"nghề\"\nHưng Yên")).unwrap();
        let settings = Settings::read(folder.path()).unwrap();
        assert_eq!(settings.archive.name, "Kho \"nghề\"\nHưng Yên");
        assert_eq!(settings.ingest, IngestSettings::default());
        assert_eq!(settings.serve, ServeSettings::default());
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let text = Settings::text_for(RecordId::from_number(5).unwrap(), "x").replace("batch_files", "batch_fies");
        fs::write(folder.path().join(FILE_NAME), text).unwrap();
        let message = Settings::read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("batch_fies") && message.contains("line"), "{message}");
    }
}
