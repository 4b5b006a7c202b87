//! Random tokens, and the key that signs.

use std::fmt;
use std::io;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The key of an archive: each use has a key of its own that is derived from it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Returns a new key.
    pub(crate) fn random() -> io::Result<Self> {
        Ok(Self(random_bytes()?))
    }

    /// Returns the key for one use. A context is a sentence that no other use has.
    pub(crate) fn derive(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, &self.0)
    }
}

/// Nothing secret may stand in a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A BLAKE3 hash is 32 bytes as well, and its crate reads them from hexadecimal.
        let bytes = blake3::Hash::from_hex(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(*bytes.as_bytes()))
    }
}

/// Returns 256 random bits as text: nobody guesses that.
pub(crate) fn random_token() -> io::Result<String> {
    random_hex::<32>()
}

/// Returns random bytes as hexadecimal digits.
pub(super) fn random_hex<const LENGTH: usize>() -> io::Result<String> {
    Ok(hex(&random_bytes::<LENGTH>()?))
}

/// Returns what is kept of a token. A token is random and long: a plain hash of it cannot be turned back.
pub(super) fn hash_of(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

fn random_bytes<const LENGTH: usize>() -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
