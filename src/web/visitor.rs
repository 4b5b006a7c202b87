//! Who asks: read once for each request from its cookies, and what follows for the answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use kho_archive::access::{Viewer, Who};

use super::app::App;
use super::error::WebError;
use super::guard::{self, FormCookie, Guard};
use super::page::Reader;
use super::session::{self, Session};
use crate::accounts::{Account, Role, today};

/// Whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Who that is for the judge of access.
    pub(crate) viewer: Viewer,
    /// Somebody who is signed in.
    pub(crate) session: Option<Session>,
    /// The forms that are believed: those of the session, and those from before it.
    guards: Vec<Guard>,
    pub(super) form: Option<FormCookie>,
    way: Way,
}

/// On which way somebody asks.
#[derive(Clone, Debug)]
struct Way {
    address: IpAddr,
    /// The name and port by which the visitor knows this server.
    host: String,
    is_behind_proxy: bool,
    is_secure: bool,
}

/// Somebody who may do everything that an archivist may. Others were refused already.
#[derive(Debug)]
pub(crate) struct Archivist(Session);

/// Somebody who may change records: an archivist or an editor. Others were refused already.
#[derive(Debug)]
pub(crate) struct Editor(Session);

/// Finds out who asks, and has every answer say for whom it is.
pub(super) async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response, WebError> {
    let path = request.uri().path();
    // These are the same for everyone.
    if path.starts_with("/assets/") || path == "/healthz" {
        return Ok(next.run(request).await);
    }
    let stranger = Visitor { way: Way::of(&request), ..Visitor::stranger() };
    let cookies = [session::COOKIE, guard::COOKIE].map(|name| cookie(request.headers(), name));
    let visitor = recognise(&app, stranger, cookies).await?;
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    say_for_whom(&visitor, response.headers_mut());
    if let Some(session) = &visitor.session {
        mark(&app, session, &visitor, response.headers_mut())?;
    }
    Ok(response)
}

async fn recognise(app: &Arc<App>, stranger: Visitor, cookies: [Option<String>; 2]) -> anyhow::Result<Visitor> {
    // Most people have neither: then nothing is looked up.
    if cookies.iter().all(Option::is_none) {
        return Ok(stranger);
    }
    let [session, form] = cookies;
    app.run(move |app| recognised(app, stranger, session.as_deref(), form.as_deref())).await
}

fn recognised(app: &App, stranger: Visitor, session: Option<&str>, form: Option<&str>) -> anyhow::Result<Visitor> {
    let (register, now, today) = (app.accounts.read()?, Timestamp::now().as_second(), today());
    let session = session.and_then(|cookie| Session::read(cookie, &register, now, today)).filter(|session| !app.was_ended(&session.id));
    let form = form.and_then(|cookie| FormCookie::read(cookie, &register.key, now));
    let who = session.as_ref().and_then(|session| session.account.who(today)).unwrap_or(Who::Public);
    let guards = session.iter().map(|session| session.guard(&register.key)).chain(form.iter().map(|form| form.guard(&register.key))).collect();
    Ok(Visitor { viewer: Viewer { who, today }, session, guards, form, ..stranger })
}

/// What is made for somebody who is signed in is kept by no one else, and asked for anew each time.
fn say_for_whom(visitor: &Visitor, answer: &mut HeaderMap) {
    answer.append(header::VARY, HeaderValue::from_static("Cookie"));
    let is_never_kept = answer.get(header::CACHE_CONTROL).is_some_and(|said| said == "no-store");
    if visitor.session.is_some() && !is_never_kept {
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
}

/// Marks a session as still in use, unless this very answer begins or ends one.
fn mark(app: &App, session: &Session, visitor: &Visitor, answer: &mut HeaderMap) -> anyhow::Result<()> {
    let now = Timestamp::now().as_second();
    let is_ours = |set: &HeaderValue| set.as_bytes().starts_with(session::COOKIE.as_bytes());
    if session.wants_mark(now) && !answer.get_all(header::SET_COOKIE).iter().any(is_ours) {
        let set = session.set_cookie(&app.accounts.read()?.key, now, visitor.is_secure());
        answer.append(header::SET_COOKIE, HeaderValue::from_str(&set)?);
    }
    Ok(())
}

/// Returns the value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
}

impl Visitor {
    /// Anyone on the web.
    pub(super) fn stranger() -> Self {
        let way = Way { address: Ipv4Addr::UNSPECIFIED.into(), host: String::new(), is_behind_proxy: false, is_secure: false };
        Self { viewer: Viewer { who: Who::Public, today: today() }, session: None, guards: Vec::new(), form: None, way }
    }

    /// The same visitor, seen as everyone is: for lists that others copy.
    pub(super) fn as_public(&self) -> Self {
        Self { way: self.way.clone(), ..Self::stranger() }
    }

    /// The account of somebody who is signed in.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.session.as_ref().map(|session| &*session.account)
    }

    /// Whether pages for this visitor hold what nobody else may learn: the tokens of forms.
    pub(super) fn has_secrets(&self) -> bool {
        self.session.is_some() || !self.guards.is_empty()
    }

    /// Returns the token of a form that is posted to `address`; empty for somebody who has no forms.
    pub(crate) fn token(&self, address: &str) -> String {
        self.guards.first().map(|guard| guard.token(address)).unwrap_or_default()
    }

    /// Whether a form that was posted to `address` with this token is one of this visitor.
    pub(crate) fn admits(&self, address: &str, token: &str) -> bool {
        self.guards.iter().any(|guard| guard.admits(address, token))
    }

    /// Where the visitor is, as far as tries to sign in are counted together.
    pub(super) fn address(&self) -> IpAddr {
        match self.way.address {
            // One household has all the addresses of such a net.
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
            address @ IpAddr::V4(_) => address,
        }
    }

    /// Whether the visitor's own connection is encrypted.
    pub(super) fn is_secure(&self) -> bool {
        self.way.is_secure
    }

    /// The beginning of our addresses as the visitor knows them.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", if self.way.is_secure { "https" } else { "http" }, self.way.host)
    }

    /// Whether a server on this machine hands the request on.
    pub(super) fn is_behind_proxy(&self) -> bool {
        self.way.is_behind_proxy
    }
}

impl Way {
    /// What a proxy says is believed only if it runs on this machine.
    fn of(request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip().to_canonical());
        let said =
            |name: &str| request.headers().get_all(name).iter().next_back().and_then(|value| value.to_str().ok()).filter(|_| peer.is_loopback());
        // The last address is the one that the proxy saw; those before it are hearsay.
        let forwarded = said("x-forwarded-for").and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        let is_secure = said("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = said("x-forwarded-host").or(host).unwrap_or_default().to_owned();
        Self { host, address: forwarded.map_or(peer, |address| address.to_canonical()), is_behind_proxy: peer.is_loopback(), is_secure }
    }
}

impl Archivist {
    /// Who acts, for the journal.
    pub(crate) fn actor(&self) -> &str {
        &self.0.account.name
    }
}

impl Editor {
    /// Who acts, for the journal.
    pub(crate) fn actor(&self) -> &str {
        &self.0.account.name
    }

    /// Who that is.
    pub(crate) fn account(&self) -> &Account {
        &self.0.account
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::stranger))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Archivist {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        signed_in(parts, state, &[Role::Archivist]).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Editor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        signed_in(parts, state, &[Role::Archivist, Role::Editor]).await.map(Self)
    }
}

/// Returns the session of somebody with one of these roles. Strangers are sent to sign in and come back; for others who
/// are signed in there is nothing here.
async fn signed_in<S: Send + Sync>(parts: &mut Parts, state: &S, roles: &[Role]) -> Result<Session, WebError> {
    let reader = Reader::from_request_parts(parts, state).await.unwrap_or_else(|never| match never {});
    match &reader.visitor.session {
        Some(session) if roles.contains(&session.account.role) => Ok(session.clone()),
        Some(_) => Err(WebError::not_found(reader)),
        None => {
            let asked = parts.uri.path_and_query().filter(|_| matches!(parts.method, Method::GET | Method::HEAD));
            Err(WebError::SignIn(asked.map_or("/desk", |asked| asked.as_str()).to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn way(peer: &str, headers: &[(&'static str, &str)]) -> Way {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        Way::of(&request)
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let said = [("x-forwarded-for", "10.0.0.1, 203.0.113.9"), ("x-forwarded-proto", "https")];
        let ours = way("127.0.0.1", &said);
        assert!(ours.is_secure && ours.address == "203.0.113.9".parse::<IpAddr>().unwrap());
        let theirs = way("198.51.100.7", &said);
        assert!(!theirs.is_secure && theirs.address == "198.51.100.7".parse::<IpAddr>().unwrap());
        assert!(!way("::ffff:127.0.0.1", &[]).is_secure && way("::ffff:127.0.0.1", &said).is_secure);
    }

    #[test]
    fn one_household_is_one_address() {
        let at = |address| Visitor { way: way(address, &[]), ..Visitor::stranger() }.address();
        assert_eq!(at("2001:db8:1:2::3"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::3"), at("2001:db8:1:3::3"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }
}
