//! Digests of files: every algorithm that is asked for, in one reading and bounded memory.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::digest::DynDigest;

/// How much of a file stands in memory at once.
const CHUNK: usize = 256 * 1024;

/// A digest algorithm that kho can compute (RFC 8493, section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    /// MD5, only for old bags.
    Md5,
    /// SHA-1, only for old bags.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Finds the algorithm of a name such as `sha256` or `SHA-256`.
    pub(super) fn from_name(name: &str) -> Option<Algorithm> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "md5" => Some(Algorithm::Md5),
            "sha1" => Some(Algorithm::Sha1),
            "sha256" => Some(Algorithm::Sha256),
            "sha512" => Some(Algorithm::Sha512),
            _ => None,
        }
    }

    /// The name as archivists write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha1 => "SHA-1",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512 => "SHA-512",
        }
    }

    /// Whether a text could be a digest of this algorithm: hexadecimal, of its length.
    pub(super) fn could_be(self, digest: &str) -> bool {
        let length = match self {
            Algorithm::Md5 => 32,
            Algorithm::Sha1 => 40,
            Algorithm::Sha256 => 64,
            Algorithm::Sha512 => 128,
        };
        digest.len() == length && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    fn hasher(self) -> Box<dyn DynDigest> {
        match self {
            Algorithm::Md5 => Box::new(md5::Md5::default()),
            Algorithm::Sha1 => Box::new(sha1::Sha1::default()),
            Algorithm::Sha256 => Box::new(sha2::Sha256::default()),
            Algorithm::Sha512 => Box::new(sha2::Sha512::default()),
        }
    }
}

/// Reads the file once and returns its digests in lower-case hexadecimal, in the order of `algorithms`.
pub(super) fn digest_file(path: &Path, algorithms: &[Algorithm]) -> io::Result<Vec<String>> {
    let mut hashers: Vec<Box<dyn DynDigest>> = algorithms.iter().map(|algorithm| algorithm.hasher()).collect();
    let mut file = File::open(path)?;
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let count = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for hasher in &mut hashers {
            hasher.update(chunk.get(..count).unwrap_or_default());
        }
    }
    Ok(hashers.into_iter().map(|hasher| hexadecimal(&hasher.finalize())).collect())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_gives_the_published_digests_of_abc() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc")?;
        let digests = digest_file(&path, &[Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512])?;
        assert_eq!(digests[0], "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(digests[1], "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(digests[2], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(digests[3].starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(Algorithm::Sha512.could_be(&digests[3]) && !Algorithm::Md5.could_be(&digests[3]));
        Ok(())
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        assert_eq!(Algorithm::from_name("SHA-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::from_name("blake3"), None);
    }
}
