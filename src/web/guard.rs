//! Forms are ours: each carries a token that only this session's pages have, and comes from our own origin.

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};

use super::error::WebError;
use super::page::Reader;
use super::session::cookie;
use super::visitor::Visitor;
use crate::accounts::{Key, random_token};

/// The name of the field that carries the token.
const FIELD: &str = "guard";

/// The cookie to which forms are tied that come before signing in.
pub(super) const COOKIE: &str = "kho_form";

/// A form may stand open for so long before signing in.
const OPEN_FOR: i64 = 2 * 3600;

const SIGNING: &str = "kho 2026-11-25 signature of form cookies";
const GUARDING: &str = "kho 2026-11-25 guard of forms before signing in";

/// Makes the tokens of forms: one for each address that a form goes to.
#[derive(Clone, Debug)]
pub(crate) struct Guard([u8; 32]);

/// A form that one of our pages posted. Forged ones were refused already.
#[derive(Debug)]
pub(crate) struct Posted {
    fields: Vec<(String, String)>,
}

/// What the forms of somebody are tied to who is not signed in.
#[derive(Clone, Debug)]
pub(super) struct FormCookie {
    id: String,
}

impl Guard {
    /// Returns the guard of the forms that are tied to `id`.
    pub(super) fn of(key: &[u8; 32], id: &str) -> Self {
        Self(*blake3::keyed_hash(key, id.as_bytes()).as_bytes())
    }

    /// Returns the token of the form that is posted to `address` (a path).
    pub(crate) fn token(&self, address: &str) -> String {
        blake3::keyed_hash(&self.0, address.as_bytes()).to_hex().to_string()
    }

    /// Whether this is the token of the form that is posted to `address`.
    pub(crate) fn admits(&self, address: &str, token: &str) -> bool {
        // Hashes are compared in constant time.
        blake3::Hash::from_hex(token).is_ok_and(|token| token == blake3::keyed_hash(&self.0, address.as_bytes()))
    }
}

impl Posted {
    /// Returns the first value of a field, empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Posted {
    /// Returns all values of a field, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the names of all fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let (mut parts, body) = request.into_parts();
        let reader = Reader::from_request_parts(&mut parts, state).await.unwrap_or_else(|never| match never {});
        let (address, is_ours) = (parts.uri.path().to_owned(), is_ours(&parts.headers, &reader.visitor));
        let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), state).await;
        let Ok(Form(fields)) = form else { return Err(WebError::forged(reader)) };
        let posted = Self { fields };
        if is_ours && reader.visitor.admits(&address, posted.get(FIELD)) { Ok(posted) } else { Err(WebError::forged(reader)) }
    }
}

/// Whether a browser says that the request comes from a page of ours. Every browser of the last years says it in one way
/// or the other; who says nothing is no browser with a form of ours.
pub(crate) fn is_ours(headers: &HeaderMap, visitor: &Visitor) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // No page can make a browser lie in this header.
    if let Some(site) = said("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = said(header::ORIGIN.as_str()).and_then(|origin| origin.split_once("://")) else { return false };
    let forwarded = said("x-forwarded-host").filter(|_| visitor.is_behind_proxy());
    [said(header::HOST.as_str()), forwarded].into_iter().flatten().any(|host| host.eq_ignore_ascii_case(origin.1))
}

impl FormCookie {
    /// Returns a new one.
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { id: random_token()? })
    }

    /// Reads a cookie; `None` if it is forged or too old.
    pub(super) fn read(cookie: &str, key: &Key, now: i64) -> Option<Self> {
        let (said, signature) = cookie.rsplit_once('.')?;
        let (id, set) = said.split_once('.')?;
        let is_signed = blake3::Hash::from_hex(signature).is_ok_and(|signature| signature == sign(key, said));
        let age = now.saturating_sub(set.parse().ok()?);
        (is_signed && age <= OPEN_FOR).then(|| Self { id: id.to_owned() })
    }

    /// Returns its `Set-Cookie`, good from now on.
    pub(super) fn set_cookie(&self, key: &Key, now: i64, is_secure: bool) -> String {
        let said = format!("{}.{now}", self.id);
        let value = format!("{said}.{}", sign(key, &said).to_hex());
        cookie(COOKIE, &value, &format!("SameSite=Strict; Max-Age={OPEN_FOR}"), is_secure)
    }

    /// Returns what the forms carry that are tied to it.
    pub(super) fn guard(&self, key: &Key) -> Guard {
        Guard::of(&key.derive(GUARDING), &self.id)
    }
}

fn sign(key: &Key, said: &str) -> blake3::Hash {
    blake3::keyed_hash(&key.derive(SIGNING), said.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_one_session_and_one_address() {
        let (ours, theirs) = (Guard::of(&[7; 32], "a"), Guard::of(&[7; 32], "b"));
        let token = ours.token("/desk/users/add");
        assert!(ours.admits("/desk/users/add", &token));
        assert!(!ours.admits("/desk/users/disable", &token) && !theirs.admits("/desk/users/add", &token));
        assert!(!ours.admits("/desk/users/add", "") && !ours.admits("/desk/users/add", &"0".repeat(64)));
    }

    #[test]
    fn a_form_cookie_is_signed_and_lives_for_two_hours() {
        let key = Key::random().unwrap();
        let form = FormCookie::new().unwrap();
        let set = form.set_cookie(&key, 0, false);
        let value = set.split(['=', ';']).nth(1).unwrap();
        assert_eq!(FormCookie::read(value, &key, OPEN_FOR).unwrap().id, form.id);
        assert!(FormCookie::read(value, &key, OPEN_FOR + 1).is_none());
        assert!(FormCookie::read(value, &Key::random().unwrap(), 0).is_none());
        assert!(FormCookie::read(&value.replacen('.', ".1", 1), &key, 0).is_none());
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        let says = |pairs: &[(&'static str, &str)]| {
            let headers: HeaderMap = pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect();
            is_ours(&headers, &Visitor::stranger())
        };
        let host = ("host", "kho.vn:8080");
        assert!(says(&[host, ("origin", "http://kho.vn:8080")]));
        assert!(says(&[host, ("sec-fetch-site", "same-origin"), ("origin", "https://kho.vn")]), "a proxy that leaves the port out");
        assert!(!says(&[host]));
        assert!(!says(&[host, ("origin", "null")]));
        assert!(!says(&[host, ("origin", "http://kho.vn")]));
        assert!(!says(&[host, ("origin", "http://evil.example")]));
        assert!(!says(&[host, ("sec-fetch-site", "same-site"), ("origin", "http://kho.vn:8080")]));
        assert!(!says(&[host, ("origin", "http://evil.example"), ("x-forwarded-host", "evil.example")]), "only a proxy of ours is believed");
    }
}
