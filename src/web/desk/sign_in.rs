//! `/desk/sign-in` and `/desk/sign-out`

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{Field, FormPage, Problem, go_to, home_of, tied, welcome, with_problems};
use crate::accounts::{Account, Role, password, today};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::kiosk;
use crate::web::page::Reader;
use crate::web::session::clear_cookie;

const ADDRESS: &str = "/desk/sign-in";

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Result<Response, WebError> {
    let next = local(reader.parameter("next")).map_or_else(|| came_from(&reader, &headers), str::to_owned);
    match reader.visitor.account() {
        Some(account) if home_of(account) == "/desk" => return Ok(go_to(if next.is_empty() { "/desk" } else { &next })),
        Some(_) => return Ok(app.run(move |app| tied(app, &reader, signed_in(&reader))).await?),
        None => {}
    }
    Ok(app.run(move |app| tied(app, &reader, form(&reader, "", &next, Vec::new()))).await?)
}

pub(crate) async fn sign_in(State(app): State<Arc<App>>, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let name = posted.get("name").to_owned();
    match app.limiter.begin(&name, reader.visitor.address(), Instant::now()) {
        Ok(()) => Ok(app.run_in_turn(move |app| attempt(app, &reader, &posted)).await?),
        Err(wait) => Ok(app.run(move |app| too_early(app, &reader, &posted, wait)).await?),
    }
}

pub(crate) async fn sign_out(State(app): State<Arc<App>>, reader: Reader, _posted: Posted) -> Result<Response, WebError> {
    let mut response = go_to("/");
    if let Some(session) = reader.visitor.session.clone() {
        app.end(&session.id);
        app.run(move |app| app.audit.note(Some(&session.account.name), "signed-out", None, None)).await?;
    }
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&clear_cookie(reader.visitor.is_secure()))?);
    Ok(response)
}

/// Compares the password. An unknown name takes as long as a known one, and is answered alike.
fn attempt(app: &App, reader: &Reader, posted: &Posted) -> anyhow::Result<Response> {
    let register = app.accounts.read()?;
    let (name, next) = (posted.get("name"), local(posted.get("next")));
    let account = register.find(name);
    let is_right = password::is_right(posted.get("password"), account.and_then(|account| account.password.as_deref()));
    let Some(account) = account.filter(|_| is_right) else {
        // What was typed may be a password: only names that exist are written down.
        app.audit.note(account.map(|account| account.name.as_str()), "sign-in-failed", None, None)?;
        return refused(app, reader, posted, reader.texts.get("sign-in-wrong"));
    };
    app.limiter.succeed(name, reader.visitor.address());
    if account.who(today()).is_none() {
        app.audit.note(Some(&account.name), "sign-in-failed", None, None)?;
        return refused(app, reader, posted, reader.texts.get("sign-in-not-now"));
    }
    // A screen is led to its own pages only, wherever somebody was who signed it in.
    let next = next.filter(|next| account.role != Role::Kiosk || kiosk::is_ours(next));
    welcome(app, reader, account.clone(), next.unwrap_or_else(|| home_of(account)))
}

fn too_early(app: &App, reader: &Reader, posted: &Posted, wait: Duration) -> anyhow::Result<Response> {
    // A started second counts as a whole one: who waits as told is let in.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let mut response = refused(app, reader, posted, reader.texts.count("sign-in-wait", seconds))?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

fn refused(app: &App, reader: &Reader, posted: &Posted, text: String) -> anyhow::Result<Response> {
    let next = local(posted.get("next")).unwrap_or_default();
    tied(app, reader, form(reader, posted.get("name"), next, vec![Problem { field: "name", text }]))
}

fn form(reader: &Reader, name: &str, next: &str, problems: Vec<Problem>) -> FormPage {
    let text = |key: &str| reader.texts.get(key);
    let known = Field {
        name: "name",
        label: text("account-name"),
        kind: "text",
        value: name.to_owned(),
        autocomplete: "username",
        is_required: true,
        ..Field::default()
    };
    let secret = Field {
        name: "password",
        label: text("account-password"),
        kind: "password",
        autocomplete: "current-password",
        is_required: true,
        ..Field::default()
    };
    FormPage {
        page: reader.framed_page(),
        heading: text("sign-in-heading"),
        lede: text("sign-in-lede"),
        action: ADDRESS,
        guard: String::new(),
        hidden: vec![("next", next.to_owned())],
        fields: with_problems(vec![known, secret], &problems),
        problems,
        submit: text("sign-in"),
    }
}

/// For somebody who is signed in and has nothing to do at the desk: the way out.
fn signed_in(reader: &Reader) -> FormPage {
    let name = reader.visitor.account().map_or("", Account::spoken_name);
    FormPage {
        page: reader.framed_page(),
        heading: reader.texts.get("sign-in-heading"),
        lede: reader.texts.with("signed-in-as", "name", name),
        action: "/desk/sign-out",
        guard: String::new(),
        hidden: Vec::new(),
        fields: Vec::new(),
        problems: Vec::new(),
        submit: reader.texts.get("sign-out"),
    }
}

/// Returns an address to lead on to, if it is one of ours. Browsers read `\` as `/`, and `//host` as another server.
fn local(next: &str) -> Option<&str> {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    let leads_on = !next.starts_with(ADDRESS) && !next.starts_with("/desk/sign-out");
    (is_path && is_plain && leads_on).then_some(next)
}

/// Returns the page of ours on which somebody chose to sign in; empty if that is not known.
fn came_from(reader: &Reader, headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = referer.strip_prefix(&reader.visitor.origin()).unwrap_or_default();
    local(path).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_are_led_on_to() {
        for ours in ["/", "/desk", "/r/k7f39m2qx4tc?lang=en", "/search?q=t%C6%A1"] {
            assert_eq!(local(ours), Some(ours));
        }
        for theirs in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\t/evil",
            "/desk/sign-in?next=/",
        ] {
            assert_eq!(local(theirs), None, "{theirs}");
        }
    }
}
