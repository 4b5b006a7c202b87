//! `/desk/…`: the archivists' side.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::app::App;
use super::error::WebError;
use super::guard::FormCookie;
use super::kiosk;
use super::links;
use super::page::{self, Page, Reader};
use super::session::Session;
use super::texts::Texts;
use super::visitor::Editor;
use crate::accounts::{Account, AccountError, Role};

pub(crate) mod audit;
pub(crate) mod clip;
pub(crate) mod copies;
pub(crate) mod describe;
pub(crate) mod first_run;
mod form;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod inbox;
pub(crate) mod lookup;
pub(crate) mod merge;
pub(crate) mod password;
pub(crate) mod sign_in;
pub(crate) mod transcript;
pub(crate) mod upload;
pub(crate) mod users;

#[derive(Template)]
#[template(path = "desk/desk.html")]
struct Desk {
    page: Page,
    name: String,
    /// As the journal names the person.
    actor: String,
    role: String,
    looks_after_accounts: bool,
    /// The kinds of records that can be begun, with what one of them is called.
    kinds: Vec<(String, String)>,
    sign_out: String,
    /// Deliveries that this viewer brings in, and how far they are.
    running: Vec<upload::Progress>,
    /// How far the copies are of films that browsers do not play.
    copies: copies::Told,
    /// Other deliveries that were begun and not finished.
    unfinished: Vec<(String, String)>,
}

/// A page with one form and nothing else.
#[derive(Template)]
#[template(path = "desk/form.html")]
pub(super) struct FormPage {
    pub(super) page: Page,
    pub(super) heading: String,
    pub(super) lede: String,
    /// Where the form is posted to.
    pub(super) action: &'static str,
    pub(super) guard: String,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Field>,
    pub(super) problems: Vec<Problem>,
    pub(super) submit: String,
}

/// A field of a form.
#[derive(Default)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// The type of the `input`.
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) hint: String,
    /// What is wrong with the value, empty if nothing is.
    pub(super) problem: String,
    pub(super) autocomplete: &'static str,
    pub(super) is_required: bool,
    /// Where one is chosen of several.
    pub(super) choices: Vec<Choice>,
}

/// One of several values.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// What is wrong with a form, and with which field of it (empty if with none).
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) text: String,
}

pub(crate) async fn show(State(app): State<Arc<App>>, editor: Editor, reader: Reader) -> Result<Response, WebError> {
    let desk = move |app: &App, reader: &Reader| {
        let (account, viewer) = (editor.account(), &reader.visitor.viewer);
        let desk = Desk {
            page: reader.page(&*app.admitted(viewer)?, None),
            name: account.spoken_name().to_owned(),
            actor: editor.actor().to_owned(),
            role: role_label(&reader.texts, account.role),
            looks_after_accounts: account.role == Role::Archivist,
            kinds: describe::kinds(app, &reader.texts)?,
            sign_out: reader.visitor.token("/desk/sign-out"),
            running: upload::progress(app, reader, None),
            copies: copies::told(app, reader)?,
            unfinished: upload::unfinished(app, reader)?,
        };
        page::draw(&desk).map(Some)
    };
    page::respond(app, reader, desk).await.map(private)
}

/// Every other address of the desk: strangers are sent to sign in, for others there is nothing.
pub(crate) async fn nowhere(_editor: Editor, reader: Reader) -> WebError {
    WebError::not_found(reader)
}

/// Has an answer kept by nobody, not even by the browser: it holds tokens, or names of people.
pub(super) fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Answers with a page whose form comes before signing in: the form and a cookie are tied to each other.
pub(super) fn tied(app: &App, reader: &Reader, mut form: FormPage) -> anyhow::Result<Response> {
    let (visitor, register) = (&reader.visitor, app.accounts.read()?);
    let cookie = visitor.form.clone().map_or_else(FormCookie::new, Ok)?;
    form.guard = cookie.guard(&register.key).token(form.action);
    // The other language keeps what the form was opened with.
    if !form.hidden.is_empty() {
        let kept = form.hidden.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let language = ("lang".to_owned(), form.page.other_language.clone());
        form.page.switch_href = links::with_query(form.action, &kept.chain([language]).collect::<Vec<_>>());
    }
    let is_wrong = !form.problems.is_empty();
    let mut response = private(reader.answer(page::draw(&form)?));
    let set = cookie.set_cookie(&register.key, Timestamp::now().as_second(), visitor.is_secure());
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&set)?);
    if is_wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Begins a session and leads on to a local address.
pub(super) fn welcome(app: &App, reader: &Reader, account: Account, next: &str) -> anyhow::Result<Response> {
    app.audit.note(Some(&account.name), "signed-in", None, None)?;
    let now = Timestamp::now().as_second();
    // Whoever was signed in here before is not any more.
    if let Some(before) = &reader.visitor.session {
        app.end(&before.id);
    }
    let session = Session::begin(account, now)?;
    let set = session.set_cookie(&app.accounts.read()?.key, now, reader.visitor.is_secure());
    let mut response = go_to(next);
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&set)?);
    Ok(response)
}

/// Leads on to a local address.
pub(super) fn go_to(place: &str) -> Response {
    private((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// Where somebody begins who just signed in.
pub(super) fn home_of(account: &Account) -> &'static str {
    match account.role {
        Role::Kiosk => kiosk::HOME,
        role if role.has_desk() => "/desk",
        _ => "/",
    }
}

pub(super) fn role_label(texts: &Texts, role: Role) -> String {
    texts.get(&format!("account-role-{}", role.code()))
}

impl Problem {
    /// Says in the language of the page what is wrong with an account.
    pub(super) fn of(texts: &Texts, error: &AccountError) -> Self {
        let (field, key, name) = match error {
            AccountError::BadName(name) => ("name", "account-bad-name", name.as_str()),
            AccountError::Taken(name) => ("name", "account-taken", name.as_str()),
            AccountError::Unknown(name) => ("", "account-unknown", name.as_str()),
            AccountError::NoRole => ("role", "account-no-role", ""),
            AccountError::NoPurpose => ("purpose", "account-no-purpose", ""),
            AccountError::NoUntil => ("until", "account-no-until", ""),
            AccountError::NoGroups => ("groups", "account-no-groups", ""),
            AccountError::BadPeriod => ("until", "account-bad-period", ""),
            AccountError::BadDay(day) => ("until", "account-bad-day", day.as_str()),
            AccountError::ShortPassword => ("password", "account-short-password", ""),
            AccountError::LastArchivist(name) => ("", "account-last-archivist", name.as_str()),
            AccountError::LinkOver => ("", "account-link-over", ""),
        };
        Self { field, text: texts.with(key, "name", name) }
    }

    /// The same for any failure: what the person cannot mend stays an error.
    pub(super) fn of_failure(texts: &Texts, error: anyhow::Error) -> anyhow::Result<Self> {
        error.downcast::<AccountError>().map(|error| Self::of(texts, &error))
    }
}

/// Puts what is wrong with a field beside it.
pub(super) fn with_problems(mut fields: Vec<Field>, problems: &[Problem]) -> Vec<Field> {
    for field in &mut fields {
        if let Some(problem) = problems.iter().find(|problem| problem.field == field.name) {
            field.problem = problem.text.clone();
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_and_role_is_said_in_both_languages() {
        use AccountError as E;
        let name = || "lan".to_owned();
        let all = [
            E::BadName(name()),
            E::Taken(name()),
            E::Unknown(name()),
            E::NoRole,
            E::NoPurpose,
            E::NoUntil,
            E::NoGroups,
            E::BadPeriod,
            E::BadDay(name()),
            E::ShortPassword,
            E::LastArchivist(name()),
            E::LinkOver,
        ];
        for texts in [Texts::vietnamese(), Texts::english()] {
            for error in &all {
                let said = Problem::of(&texts, error).text;
                assert!(said.ends_with('.') && !said.contains("account-"), "{said}");
            }
            for role in Role::ALL {
                assert!(!role_label(&texts, role).contains("account-"));
            }
        }
    }
}
