//! `/desk/users`: archivists look after the accounts.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use super::{Choice, Field, Problem, go_to, private, role_label, with_problems};
use crate::accounts::{Account, AccountError, NewAccount, Register, Role, today};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::Posted;
use crate::web::in_words;
use crate::web::page::{self, Page, Reader};
use crate::web::texts::Texts;
use crate::web::visitor::Archivist;

#[derive(Template)]
#[template(path = "desk/users.html")]
struct Users {
    page: Page,
    rows: Vec<Row>,
    fields: Vec<Field>,
    problems: Vec<Problem>,
    link: Option<Link>,
    tokens: Tokens,
}

struct Row {
    name: String,
    full_name: String,
    role: String,
    /// Groups, purpose and period, as far as there are any.
    notes: Vec<String>,
    state: String,
    is_disabled: bool,
}

/// A link that sets a password: it is shown this once.
struct Link {
    name: String,
    href: String,
}

/// The tokens of the forms on the page.
struct Tokens {
    add: String,
    disable: String,
    enable: String,
    link: String,
}

/// What happened before the page is shown.
#[derive(Default)]
struct Outcome {
    link: Option<Link>,
    problems: Vec<Problem>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, _archivist: Archivist, reader: Reader) -> Result<Response, WebError> {
    Ok(app.run(move |app| draw(app, &reader, None, Outcome::default())).await?)
}

pub(crate) async fn add(State(app): State<Arc<App>>, archivist: Archivist, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let added = app.run(move |app| {
        let made = add_account(app, archivist.actor(), &posted).map(|(name, token)| Some(Link::of(&reader, name, &token)));
        let typed = made.is_err().then_some(&posted);
        draw(app, &reader, typed, Outcome::of(&reader, made)?)
    });
    Ok(added.await?)
}

pub(crate) async fn disable(State(app): State<Arc<App>>, archivist: Archivist, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let disabled = app.run(move |app| {
        let change = app.accounts.change(&app.archive, |register| Ok(register.disable(posted.get("name"))?.name.clone()));
        changed(app, &archivist, &reader, "account-disabled", change)
    });
    Ok(disabled.await?)
}

pub(crate) async fn enable(State(app): State<Arc<App>>, archivist: Archivist, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let enabled = app.run(move |app| {
        let change = app.accounts.change(&app.archive, |register| Ok(register.enable(posted.get("name"))?.name.clone()));
        changed(app, &archivist, &reader, "account-enabled", change)
    });
    Ok(enabled.await?)
}

pub(crate) async fn link(State(app): State<Arc<App>>, archivist: Archivist, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let made = app.run(move |app| {
        let name = posted.get("name").to_owned();
        let made = app.accounts.change(&app.archive, |register| register.make_link(&name));
        if made.is_ok() {
            app.audit.note(Some(archivist.actor()), "link-made", Some(&name), Some("desk"))?;
        }
        draw(app, &reader, None, Outcome::of(&reader, made.map(|token| Some(Link::of(&reader, name, &token))))?)
    });
    Ok(made.await?)
}

/// Adds the account that was typed, and returns its name and the token of the link that sets its password.
fn add_account(app: &App, actor: &str, posted: &Posted) -> anyhow::Result<(String, String)> {
    let new = asked(posted)?;
    let made = app.accounts.change(&app.archive, |register| {
        let name = register.add(new, actor)?.name.clone();
        let token = register.make_link(&name)?;
        Ok((name, token))
    })?;
    app.audit.note(Some(actor), "account-added", Some(&made.0), Some("desk"))?;
    Ok(made)
}

/// Reads the form of a new account.
fn asked(posted: &Posted) -> Result<NewAccount, AccountError> {
    let given = |field: &'static str| Some(posted.get(field).trim().to_owned()).filter(|text| !text.is_empty());
    let day = |field| given(field).map(|day| day.parse::<Date>().map_err(|_| AccountError::BadDay(day))).transpose();
    Ok(NewAccount {
        name: posted.get("name").to_owned(),
        full_name: given("full_name"),
        role: Role::ALL.into_iter().find(|role| role.code() == posted.get("role")),
        groups: posted.get("groups").split([',', ';', '\n']).map(str::to_owned).collect(),
        purpose: given("purpose"),
        from: day("from")?,
        until: day("until")?,
    })
}

/// Shows the list again after a change, or what is in its way.
fn changed(app: &App, archivist: &Archivist, reader: &Reader, did: &str, change: anyhow::Result<String>) -> anyhow::Result<Response> {
    match change {
        Ok(name) => {
            app.audit.note(Some(archivist.actor()), did, Some(&name), Some("desk"))?;
            Ok(go_to("/desk/users"))
        }
        Err(error) => draw(app, reader, None, Outcome::of(reader, Err(error))?),
    }
}

fn draw(app: &App, reader: &Reader, typed: Option<&Posted>, outcome: Outcome) -> anyhow::Result<Response> {
    let (register, token) = (app.accounts.read()?, |address: &str| reader.visitor.token(address));
    let mut page = reader.page(&*app.admitted(&reader.visitor.viewer)?, None);
    // The page also stands at the addresses that its forms are posted to.
    page.switch_href = format!("/desk/users?lang={}", page.other_language);
    let is_wrong = !outcome.problems.is_empty();
    let users = Users {
        page,
        rows: rows(&reader.texts, &register),
        fields: with_problems(fields(&reader.texts, typed), &outcome.problems),
        problems: outcome.problems,
        link: outcome.link,
        tokens: Tokens {
            add: token("/desk/users/add"),
            disable: token("/desk/users/disable"),
            enable: token("/desk/users/enable"),
            link: token("/desk/users/link"),
        },
    };
    let mut response = private(reader.answer(page::draw(&users)?));
    if is_wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn rows(texts: &Texts, register: &Register) -> Vec<Row> {
    let row = |account: &Account| Row {
        name: account.name.clone(),
        full_name: account.full_name.clone().unwrap_or_default(),
        role: role_label(texts, account.role),
        notes: notes(texts, account),
        state: texts.get(state(account)),
        is_disabled: account.disabled.is_some(),
    };
    register.accounts().iter().map(row).collect()
}

fn notes(texts: &Texts, account: &Account) -> Vec<String> {
    let groups = account.groups.iter().cloned().collect::<Vec<_>>().join(", ");
    let day = |key: &str, day: Option<Date>| day.map(|day| texts.with(key, "day", &in_words::day(texts, &day.to_string())));
    let notes = [
        Some(groups).filter(|groups| !groups.is_empty()),
        account.purpose.clone(),
        day("users-from", account.from),
        day("users-until", account.until),
    ];
    notes.into_iter().flatten().collect()
}

fn state(account: &Account) -> &'static str {
    match account {
        _ if account.disabled.is_some() => "users-state-disabled",
        _ if !account.is_in_period(today()) => "users-state-outside",
        _ if account.password.is_none() => "users-state-waiting",
        _ => "users-state-active",
    }
}

fn fields(texts: &Texts, typed: Option<&Posted>) -> Vec<Field> {
    let value = |name: &'static str| typed.map_or("", |posted| posted.get(name)).to_owned();
    let field = |name: &'static str, label: &str, kind: &'static str| Field {
        name,
        label: texts.get(label),
        kind,
        value: value(name),
        autocomplete: "off",
        ..Field::default()
    };
    let choice = |role: Role| Choice { value: role.code(), label: role_label(texts, role), chosen: value("role") == role.code() };
    vec![
        Field { hint: texts.get("account-name-hint"), is_required: true, ..field("name", "account-name", "text") },
        field("full_name", "account-full-name", "text"),
        Field { choices: Role::ALL.map(choice).into(), is_required: true, ..field("role", "account-role", "") },
        Field { hint: texts.get("account-groups-hint"), ..field("groups", "account-groups", "text") },
        Field { hint: texts.get("account-purpose-hint"), ..field("purpose", "account-purpose", "text") },
        field("from", "account-from", "date"),
        Field { hint: texts.get("account-until-hint"), ..field("until", "account-until", "date") },
    ]
}

impl Link {
    fn of(reader: &Reader, name: String, token: &str) -> Self {
        Self { name, href: format!("{}/desk/password?token={token}", reader.visitor.origin()) }
    }
}

impl Outcome {
    fn of(reader: &Reader, made: anyhow::Result<Option<Link>>) -> anyhow::Result<Self> {
        match made {
            Ok(link) => Ok(Self { link, problems: Vec::new() }),
            Err(error) => Ok(Self { link: None, problems: vec![Problem::of_failure(&reader.texts, error)?] }),
        }
    }
}
