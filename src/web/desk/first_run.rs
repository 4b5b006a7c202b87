//! `/desk/first-run`: the first archivist makes an account, by a link that only the terminal of the viewer shows.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Field, FormPage, Problem, tied, welcome, with_problems};
use crate::accounts::{AccountError, NewAccount, Role};
use crate::web::app::App;
use crate::web::desk::password::{hashed, password_fields};
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::page::Reader;

const ADDRESS: &str = "/desk/first-run";

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let asking = reader.clone();
    let shown = app.run(move |app| {
        let token = asking.parameter("token");
        if app.is_first_run(token)? { tied(app, &asking, form(&asking, token, ["", ""], Vec::new())).map(Some) } else { Ok(None) }
    });
    shown.await?.ok_or_else(|| WebError::not_found(reader))
}

pub(crate) async fn make(State(app): State<Arc<App>>, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let asking = reader.clone();
    let made = app.run_in_turn(move |app| {
        if !app.is_first_run(posted.get("token"))? {
            return Ok(None);
        }
        match make_archivist(app, &posted) {
            Ok(name) => enter(app, &asking, &name).map(Some),
            Err(error) => {
                let problem = Problem::of_failure(&asking.texts, error)?;
                let typed = ["name", "full_name"].map(|field| posted.get(field));
                tied(app, &asking, form(&asking, posted.get("token"), typed, vec![problem])).map(Some)
            }
        }
    });
    made.await?.ok_or_else(|| WebError::not_found(reader))
}

/// Makes the account, unless somebody was faster; returns its name.
fn make_archivist(app: &App, posted: &Posted) -> anyhow::Result<String> {
    let full_name = Some(posted.get("full_name").to_owned());
    let new = NewAccount { name: posted.get("name").to_owned(), full_name, role: Some(Role::Archivist), ..NewAccount::default() };
    let hash = hashed(posted)?;
    app.accounts.change(&app.archive, |register| {
        if register.has_archivist() {
            return Err(AccountError::LinkOver.into());
        }
        let by = new.name.trim().to_owned();
        let name = register.add(new, &by)?.name.clone();
        register.set_password(&name, hash)?;
        Ok(name)
    })
}

fn enter(app: &App, reader: &Reader, name: &str) -> anyhow::Result<Response> {
    app.audit.note(Some(name), "account-added", Some(name), Some("link"))?;
    let account = app.accounts.read()?.find(name).cloned().ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    welcome(app, reader, account, "/desk")
}

fn form(reader: &Reader, token: &str, [name, full_name]: [&str; 2], problems: Vec<Problem>) -> FormPage {
    let text = |key: &str| reader.texts.get(key);
    let mut fields = vec![
        Field {
            name: "name",
            label: text("account-name"),
            kind: "text",
            value: name.to_owned(),
            hint: text("account-name-hint"),
            autocomplete: "username",
            is_required: true,
            ..Field::default()
        },
        Field {
            name: "full_name",
            label: text("account-full-name"),
            kind: "text",
            value: full_name.to_owned(),
            autocomplete: "name",
            ..Field::default()
        },
    ];
    fields.extend(password_fields(&reader.texts));
    FormPage {
        page: reader.framed_page(),
        heading: text("first-run-heading"),
        lede: text("first-run-lede"),
        action: ADDRESS,
        guard: String::new(),
        hidden: vec![("token", token.to_owned())],
        fields: with_problems(fields, &problems),
        problems,
        submit: text("first-run-submit"),
    }
}
