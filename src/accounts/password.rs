//! Passwords: hashed slowly, compared in the same time whether there is an account or not.

use std::sync::LazyLock;

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;

use super::AccountError;

/// A password has at least so many characters. There is no other rule: rules make people write passwords down.
pub(crate) const SHORTEST: usize = 10;

/// Memory in KiB, passes, lanes: what OWASP's Password Storage Cheat Sheet asks of Argon2id at least. One hash takes 19 MiB
/// and about 40 ms here, some times that on an old two-core machine; the viewer never makes more at once than it has cores.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// What passwords of names that do not exist are compared with.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Refuses a password that is too short.
pub(crate) fn check(password: &str) -> Result<(), AccountError> {
    if password.nfc().count() < SHORTEST { Err(AccountError::ShortPassword) } else { Ok(()) }
}

/// Returns the hash of a password as a PHC string. Slow by intention: not for async threads.
pub(crate) fn hash(password: &str) -> anyhow::Result<String> {
    let hashed = hasher()?.hash_password(normal(password).as_bytes()).map_err(|error| anyhow!("The password cannot be hashed: {error}"))?;
    Ok(hashed.to_string())
}

/// Whether a password is the one that was hashed. Takes as long if there is no hash.
pub(crate) fn is_right(password: &str, hash: Option<&str>) -> bool {
    let Ok(known) = PasswordHash::new(hash.unwrap_or(&NOBODY)) else {
        tracing::error!("a password in accounts.json is no PHC string; set it again with `kho user password`");
        return false;
    };
    let is_same = Argon2::default().verify_password(normal(password).as_bytes(), &known).is_ok();
    is_same && hash.is_some()
}

/// One keyboard types `ế` as one sign, the other as three.
fn normal(password: &str) -> String {
    password.nfc().collect()
}

fn hasher() -> anyhow::Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| anyhow!("The cost of hashing makes no sense: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
