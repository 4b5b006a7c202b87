//! What every page has: language, navigation, search box, and who is signed in.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::app::App;
use super::error::WebError;
use super::links;
use super::texts::Texts;
use super::theme::{self, Theme};
use super::visitor::{Visitor, cookie};
use crate::accounts::Role;
use crate::view::Admitted;

/// The kinds that visitors can browse, in the order of the navigation.
pub(crate) const KINDS: [&str; 15] = [
    "practice",
    "technique",
    "motif",
    "product",
    "material",
    "tool",
    "person",
    "group",
    "place",
    "event",
    "image",
    "film",
    "sound",
    "document",
    "file",
];

/// How a reader asks: who that is, the language, and the parameters of the address.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) visitor: Visitor,
    pub(crate) texts: Texts,
    pub(super) theme: Theme,
    /// All parameters but the language, in order.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether the language was chosen in the address, and is to be remembered.
    chose_language: bool,
}

/// What all templates share.
pub(crate) struct Page {
    pub(crate) t: Texts,
    pub(crate) language: String,
    pub(crate) other_language: String,
    pub(crate) switch_href: String,
    pub(crate) theme: Theme,
    pub(crate) themes: Vec<theme::Choice>,
    pub(crate) query: String,
    pub(crate) kinds: Vec<KindLink>,
    /// Which of the ways in besides the search box this is; empty for none.
    pub(crate) way: String,
    /// Who is signed in. Of a kiosk nothing is said, so that visitors do not sign it out.
    pub(crate) person: Option<Person>,
    /// Whether the foot of the page leads to signing in.
    pub(crate) is_stranger: bool,
}

/// What the foot of a page says of somebody who is signed in.
pub(crate) struct Person {
    pub(crate) name: String,
    /// Whether there is something for them at the desk.
    pub(crate) has_desk: bool,
    /// The token of the form for signing out.
    pub(crate) sign_out: String,
}

/// An entry of the navigation.
pub(crate) struct KindLink {
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// A record in a list of pictures.
pub(crate) struct Card {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) kind_label: String,
    pub(crate) thumbnail: Option<Picture>,
    pub(crate) note: String,
}

/// A picture, with its size so that the page does not jump.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) src: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) alt: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let all = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let all = all.map(|Query(all)| all).unwrap_or_default();
        let chosen = all.iter().find(|(name, _)| name == "lang").map(|(_, value)| value.clone());
        let language = chosen.clone().or_else(|| cookie(&parts.headers, "lang"));
        let texts = if language.as_deref() == Some("en") { Texts::english() } else { Texts::vietnamese() };
        let parameters = all.into_iter().filter(|(name, _)| name != "lang").collect();
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let theme = Theme::of(&parts.headers);
        Ok(Self { visitor, texts, theme, parameters, chose_language: chosen.is_some() })
    }
}

impl Reader {
    /// Returns the first value of a parameter, empty if it was not given.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The same reader, in another language: for answers that speak both.
    pub(crate) fn in_language(&self, texts: Texts) -> Self {
        Self { texts, ..self.clone() }
    }

    /// The same reader, seen as everyone is: for lists that others copy.
    pub(crate) fn as_public(&self) -> Self {
        Self { visitor: self.visitor.as_public(), ..self.clone() }
    }

    /// Returns what all templates share, without navigation: for messages that must not depend on anything.
    pub(crate) fn bare_page(&self) -> Page {
        let mut page = Page::of(self.texts.clone());
        page.person = self.person();
        page.is_stranger = self.visitor.session.is_none();
        page.theme = self.theme;
        page.themes = self.theme.choices(&self.texts, &self.parameters);
        page
    }

    /// Returns what all templates share, without navigation; the other language keeps the parameters of the address.
    pub(crate) fn framed_page(&self) -> Page {
        let mut page = self.bare_page();
        let mut parameters = self.parameters.clone();
        parameters.push(("lang".to_owned(), page.other_language.clone()));
        page.switch_href = links::with_query("", &parameters);
        page
    }

    /// Returns what all templates share.
    pub(crate) fn page(&self, admitted: &Admitted, current: Option<&str>) -> Page {
        let mut page = self.framed_page();
        page.query = self.parameter("q").to_owned();
        page.kinds = KINDS.iter().filter_map(|kind| self.kind_link(kind, admitted, current)).collect();
        page
    }

    /// Turns a page into an answer; the language that was chosen in the address is remembered.
    pub(crate) fn answer(&self, html: String) -> Response {
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if self.chose_language {
            let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", self.texts.language());
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.insert(header::SET_COOKIE, cookie);
            }
        }
        response
    }

    fn person(&self) -> Option<Person> {
        let account = self.visitor.account().filter(|account| account.role != Role::Kiosk)?;
        Some(Person { name: account.spoken_name().to_owned(), has_desk: account.role.has_desk(), sign_out: self.visitor.token("/desk/sign-out") })
    }

    fn kind_link(&self, kind: &str, admitted: &Admitted, current: Option<&str>) -> Option<KindLink> {
        let count = admitted.count(kind);
        (count > 0).then(|| KindLink {
            kind: kind.to_owned(),
            label: self.texts.get(&format!("kinds-{kind}")),
            count,
            href: format!("/browse/{kind}"),
            current: current == Some(kind),
        })
    }
}

impl Page {
    /// The same, as one of the ways in besides the search box.
    pub(super) fn of_way(self, way: &str) -> Self {
        Self { way: way.to_owned(), ..self }
    }

    /// Whether this reader finds records of a kind by browsing.
    pub(crate) fn can_browse(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known.kind == kind)
    }

    /// Returns the frame of a page in one language, for whoever reads it.
    pub(super) fn of(texts: Texts) -> Self {
        let other = if texts.language() == "vi" { "en" } else { "vi" };
        Self {
            language: texts.language().to_owned(),
            other_language: other.to_owned(),
            switch_href: format!("?lang={other}"),
            theme: Theme::default(),
            themes: Vec::new(),
            query: String::new(),
            kinds: Vec::new(),
            way: String::new(),
            person: None,
            is_stranger: true,
            t: texts,
        }
    }
}

/// Draws a template.
pub(crate) fn draw(template: &impl askama::Template) -> anyhow::Result<String> {
    Ok(template.render()?)
}

/// Runs the making of a page and turns it into an answer.
pub(crate) async fn respond(
    app: Arc<App>, reader: Reader, make: impl FnOnce(&App, &Reader) -> anyhow::Result<Option<String>> + Send + 'static,
) -> Result<Response, WebError> {
    let asking = reader.clone();
    match app.run(move |app| make(app, &asking)).await? {
        Some(html) => Ok(reader.answer(html)),
        None => Err(WebError::not_found(reader)),
    }
}
