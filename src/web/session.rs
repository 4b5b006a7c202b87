//! Sessions: a signed cookie says who signed in; nothing of them is kept here but which were ended by signing out.
//!
//! The stamp of the account goes into the signature: a new password or a disabling ends every session, with no list.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::guard::Guard;
use crate::accounts::{Account, Key, Register, Role, random_token};

/// The name of the cookie.
pub(super) const COOKIE: &str = "kho_session";

/// A person who does nothing for so long is signed out.
const IDLE: Duration = Duration::from_secs(12 * 3600);

/// However busy, a person signs in again after so long: a stolen cookie does not live for ever.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A kiosk has nobody who signs in. Browsers keep no cookie for longer than this.
const KIOSK: Duration = Duration::from_secs(400 * 24 * 3600);

/// A session that was last marked longer ago than this gets a new mark, so not every answer sets a cookie.
const MARK_EVERY: i64 = 300;

const SIGNING: &str = "kho 2026-11-25 signature of session cookies";
const GUARDING: &str = "kho 2026-11-25 guard of the forms of a session";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) account: Arc<Account>,
    /// Random; what forms are tied to.
    pub(super) id: String,
    /// When it began, in seconds of Unix time.
    began: i64,
    /// When it was last marked.
    marked: i64,
}

impl Session {
    /// Begins a session of an account.
    pub(super) fn begin(account: Account, now: i64) -> std::io::Result<Self> {
        Ok(Self { account: Arc::new(account), id: random_token()?, began: now, marked: now })
    }

    /// Reads a cookie; `None` if it is forged, too old, or its account no longer holds.
    pub(super) fn read(cookie: &str, register: &Register, now: i64, today: Date) -> Option<Self> {
        let (said, signature) = cookie.rsplit_once('.')?;
        let [name, id, began, marked] = said.split('.').collect::<Vec<_>>().try_into().ok()?;
        let account = register.find(&percent_encoding::percent_decode_str(name).decode_utf8().ok()?)?;
        let signature = blake3::Hash::from_hex(signature).ok()?;
        // Hashes are compared in constant time.
        if signature != sign(&register.key, said, &account.stamp) {
            return None;
        }
        let session = Self { account: Arc::new(account.clone()), id: id.to_owned(), began: began.parse().ok()?, marked: marked.parse().ok()? };
        (session.is_young(now) && account.who(today).is_some()).then_some(session)
    }

    /// Returns the `Set-Cookie` of this session, marked now.
    pub(super) fn set_cookie(&self, key: &Key, now: i64, is_secure: bool) -> String {
        let name = super::links::part(&self.account.name).replace('.', "%2E");
        let said = format!("{name}.{}.{}.{now}", self.id, self.began);
        let signature = sign(key, &said, &self.account.stamp).to_hex();
        // A person's cookie goes when the browser is closed; a kiosk is switched off every evening.
        let lives = if self.is_kiosk() { format!("; Max-Age={}", KIOSK.as_secs()) } else { String::new() };
        cookie(COOKIE, &format!("{said}.{signature}"), &format!("SameSite=Lax{lives}"), is_secure)
    }

    /// Returns what the forms of this session carry.
    pub(super) fn guard(&self, key: &Key) -> Guard {
        Guard::of(&key.derive(GUARDING), &self.id)
    }

    /// Whether its mark is so old that it gets a new one.
    pub(super) fn wants_mark(&self, now: i64) -> bool {
        now - self.marked >= MARK_EVERY
    }

    fn is_young(&self, now: i64) -> bool {
        let (idle, longest) = if self.is_kiosk() { (KIOSK, KIOSK * 100) } else { (IDLE, LONGEST) };
        let is_within = |since: i64, most: Duration| u64::try_from(now.saturating_sub(since)).unwrap_or(0) <= most.as_secs();
        is_within(self.marked, idle) && is_within(self.began, longest)
    }

    fn is_kiosk(&self) -> bool {
        self.account.role == Role::Kiosk
    }
}

/// Returns the `Set-Cookie` that ends a session in the browser.
pub(super) fn clear_cookie(is_secure: bool) -> String {
    cookie(COOKIE, "", "SameSite=Lax; Max-Age=0", is_secure)
}

/// Returns a `Set-Cookie` that scripts cannot read.
pub(super) fn cookie(name: &str, value: &str, attributes: &str, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; {attributes}{secure}")
}

fn sign(key: &Key, said: &str, stamp: &str) -> blake3::Hash {
    blake3::keyed_hash(&key.derive(SIGNING), format!("{said}.{stamp}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{NewAccount, today};

    const HOUR: i64 = 3600;

    fn register(role: Role) -> Register {
        let mut register: Register = serde_json::from_value(serde_json::json!({"format": 1, "key": "7".repeat(64), "accounts": []})).unwrap();
        register.add(NewAccount { name: "cô Thuỷ v.2".into(), role: Some(role), ..NewAccount::default() }, "x").unwrap();
        register
    }

    fn begin(register: &Register) -> Session {
        Session::begin(register.accounts()[0].clone(), 0).unwrap()
    }

    fn value(session: &Session, register: &Register, now: i64) -> String {
        session.set_cookie(&register.key, now, false).split(['=', ';']).nth(1).unwrap().to_owned()
    }

    #[test]
    fn a_session_comes_back_and_ends_when_nothing_is_done() {
        let register = register(Role::Editor);
        let session = begin(&register);
        let cookie = value(&session, &register, 0);
        let read = |cookie: &str, now| Session::read(cookie, &register, now, today());
        assert_eq!(read(&cookie, HOUR).unwrap().account.name, "cô Thuỷ v.2");
        assert!(read(&cookie, 12 * HOUR).is_some() && read(&cookie, 12 * HOUR + 1).is_none());
        let marked = value(&session, &register, 10 * HOUR);
        assert!(read(&marked, 20 * HOUR).is_some() && read(&marked, 23 * HOUR).is_none());
        let busy = value(&session, &register, 31 * 24 * HOUR);
        assert!(read(&busy, 31 * 24 * HOUR).is_none(), "not for ever");
    }

    #[test]
    fn a_kiosk_stays_signed_in_through_the_winter() {
        let register = register(Role::Kiosk);
        let session = begin(&register);
        assert!(session.set_cookie(&register.key, 0, false).contains("Max-Age="));
        assert!(Session::read(&value(&session, &register, 0), &register, 200 * 24 * HOUR, today()).is_some());
    }

    #[test]
    fn every_altered_character_is_noticed() {
        let register = register(Role::Editor);
        let cookie = value(&begin(&register), &register, 0);
        for place in 0..cookie.len() {
            let mut altered = cookie.clone().into_bytes();
            altered[place] = if altered[place] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(Session::read(&altered, &register, 0, today()).is_none(), "{altered}");
        }
        for nonsense in ["", ".", "....", "a.b.c.d.e", &"0".repeat(64)] {
            assert!(Session::read(nonsense, &register, 0, today()).is_none(), "{nonsense}");
        }
    }

    #[test]
    fn a_new_password_ends_it_and_so_does_another_key() {
        let mut register = register(Role::Editor);
        let cookie = value(&begin(&register), &register, 0);
        let mut other = register.clone();
        other.key = Key::random().unwrap();
        assert!(Session::read(&cookie, &other, 0, today()).is_none());
        register.set_password("cô thuỷ v.2", String::new()).unwrap();
        assert!(Session::read(&cookie, &register, 0, today()).is_none());
    }

    #[test]
    fn scripts_and_plain_connections_do_not_get_it() {
        let register = register(Role::Editor);
        let (plain, secure) = (begin(&register).set_cookie(&register.key, 0, false), begin(&register).set_cookie(&register.key, 0, true));
        assert!(plain.contains("; Path=/; HttpOnly; SameSite=Lax") && !plain.contains("Secure"));
        assert!(secure.ends_with("; Secure"));
    }
}
