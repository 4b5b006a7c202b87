//! The names of contents: BLAKE3-256 is the address, SHA-256 the second witness.
//!
//! Both are computed in the one read that brings a file in. Two families of digests are kept because
//! an archive outlives hash functions: if exactly one of them stops matching, the catalogue is wrong;
//! if both do, the bytes are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;
use thiserror::Error;

/// BLAKE3-256 of a content: its address in the store. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// SHA-256 of a content (FIPS 180-4), kept for interchange with other systems and as second family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// What one read of a content tells: both digests and its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// BLAKE3-256: the address.
    pub digest: Digest,
    /// SHA-256 of the same bytes.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size: u64,
}

/// Takes bytes as they pass and yields their [`Fingerprint`].
#[derive(Debug, Default)]
pub struct Fingerprinter {
    blake3: blake3::Hasher,
    sha256: sha2::Sha256,
    size: u64,
}

/// So many bytes stay in the cache of a core while both digests are taken.
const CACHED: usize = 128 << 10;

/// A text is not 64 hexadecimal digits.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not a digest: 64 digits of 0-9 and a-f are expected")]
pub struct BadDigest(String);

impl Digest {
    /// Returns the digest of bytes that are in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Returns the digest that these 32 bytes are.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes themselves.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Fingerprinter {
    /// Returns a fingerprinter that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        // The slower of the two fetches the bytes; the other finds them in the cache.
        for part in bytes.chunks(CACHED) {
            self.sha256.update(part);
            self.blake3.update(part);
        }
        self.size += bytes.len() as u64;
    }

    /// Returns the digests and the length of everything taken so far.
    pub fn finish(self) -> Fingerprint {
        Fingerprint { digest: Digest(*self.blake3.finalize().as_bytes()), sha256: Sha256(self.sha256.finalize().into()), size: self.size }
    }
}

/// Writes `$name` as lower-case hexadecimal everywhere: on screen, in paths, in JSON.
macro_rules! hexadecimal {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BadDigest;

            fn from_str(text: &str) -> Result<Self, BadDigest> {
                from_hex(text).map(Self).ok_or_else(|| BadDigest(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hexadecimal!(Digest);
hexadecimal!(Sha256);

/// Reads 64 lower-case hexadecimal digits. Upper case is refused, so that a content has one name only.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_value(pair[0])? << 4 | hex_value(pair[1])?;
    }
    Some(bytes)
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_values_of_the_empty_file() {
        let empty = Fingerprinter::new().finish();
        assert_eq!(empty.digest.to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(empty.sha256.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(empty.size, 0);
    }

    #[test]
    fn upper_case_short_and_foreign_names_are_refused() {
        let name = Digest::of("đó".as_bytes()).to_string();
        assert!(name.parse::<Digest>().is_ok());
        assert!(name.to_uppercase().parse::<Digest>().is_err());
        assert!(name[1..].parse::<Digest>().is_err());
        assert!("đ".repeat(32).parse::<Digest>().is_err());
    }

    proptest! {
        #[test]
        fn a_digest_survives_being_written(bytes in any::<[u8; 32]>()) {
            let digest = Digest(bytes);
            prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        }

        #[test]
        fn the_fingerprint_does_not_depend_on_the_pieces(bytes: Vec<u8>, cut in 0usize..64) {
            let cut = cut.min(bytes.len());
            let mut pieces = Fingerprinter::new();
            pieces.update(&bytes[..cut]);
            pieces.update(&bytes[cut..]);
            prop_assert_eq!(pieces.finish().digest, Digest::of(&bytes));
        }
    }
}
