//! `/desk/password`: somebody sets the own password, by a link that an archivist made.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Field, FormPage, Problem, go_to, home_of, tied, welcome, with_problems};
use crate::accounts::{AccountError, password, today};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::page::Reader;
use crate::web::texts::Texts;

const ADDRESS: &str = "/desk/password";

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let shown = app.run(move |app| tied(app, &reader, form(app, &reader, reader.parameter("token"), Vec::new())?));
    Ok(shown.await?)
}

pub(crate) async fn set(State(app): State<Arc<App>>, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let set = app.run_in_turn(move |app| match set_password(app, &posted) {
        Ok(name) => enter(app, &reader, &name),
        Err(error) => {
            let problem = Problem::of_failure(&reader.texts, error)?;
            tied(app, &reader, form(app, &reader, posted.get("token"), vec![problem])?)
        }
    });
    Ok(set.await?)
}

/// Sets the password of the account whose link this is; returns its name.
fn set_password(app: &App, posted: &Posted) -> anyhow::Result<String> {
    let token = posted.get("token");
    // A link that is over costs no hashing.
    app.accounts.read()?.of_link(token)?;
    let hash = hashed(posted)?;
    let name = app.accounts.change(&app.archive, |register| {
        let name = register.of_link(token)?.name.clone();
        register.set_password(&name, hash)?;
        Ok(name)
    })?;
    app.audit.note(Some(&name), "password-set", Some(&name), Some("link"))?;
    Ok(name)
}

/// Who holds the link is the person whom the archivist meant: no need to type the password a third time.
fn enter(app: &App, reader: &Reader, name: &str) -> anyhow::Result<Response> {
    let account = app.accounts.read()?.find(name).cloned().ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    match account.who(today()) {
        Some(_) => {
            let home = home_of(&account);
            welcome(app, reader, account, home)
        }
        None => Ok(go_to("/desk/sign-in")),
    }
}

fn form(app: &App, reader: &Reader, token: &str, mut problems: Vec<Problem>) -> anyhow::Result<FormPage> {
    let register = app.accounts.read()?;
    let account = register.of_link(token);
    let is_said = problems.iter().any(|problem| problem.field.is_empty());
    if let (Err(error), false) = (&account, is_said) {
        problems.push(Problem::of(&reader.texts, error));
    }
    let fields = if account.is_ok() { password_fields(&reader.texts) } else { Vec::new() };
    Ok(FormPage {
        page: reader.framed_page(),
        heading: reader.texts.get("password-heading"),
        lede: account.map_or_else(|_| String::new(), |account| reader.texts.with("password-lede", "name", account.spoken_name())),
        action: ADDRESS,
        guard: String::new(),
        hidden: vec![("token", token.to_owned())],
        fields: with_problems(fields, &problems),
        problems,
        submit: reader.texts.get("password-submit"),
    })
}

/// The field for a new password. It is typed once: browsers show what is typed when asked, and a link can be made again.
pub(super) fn password_fields(texts: &Texts) -> Vec<Field> {
    vec![Field {
        name: "password",
        label: texts.get("account-new-password"),
        kind: "password",
        hint: texts.count("account-password-hint", password::SHORTEST as u64),
        autocomplete: "new-password",
        is_required: true,
        ..Field::default()
    }]
}

/// Returns the hash of a new password that was typed.
pub(super) fn hashed(posted: &Posted) -> anyhow::Result<String> {
    let typed = posted.get("password");
    password::check(typed)?;
    password::hash(typed)
}
