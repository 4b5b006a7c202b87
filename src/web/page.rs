//! What every page has: language, navigation, search box.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::app::App;
use super::error::WebError;
use super::links;
use super::texts::Texts;
use crate::view::Admitted;

/// The kinds that visitors can browse, in the order of the navigation.
pub(crate) const KINDS: [&str; 5] = ["image", "film", "sound", "document", "file"];

/// How a reader asks: the language, and the parameters of the address.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) texts: Texts,
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
    pub(crate) query: String,
    pub(crate) kinds: Vec<KindLink>,
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
        let language = chosen.clone().or_else(|| cookie(&parts.headers));
        let texts = if language.as_deref() == Some("en") { Texts::english() } else { Texts::vietnamese() };
        let parameters = all.into_iter().filter(|(name, _)| name != "lang").collect();
        Ok(Self { texts, parameters, chose_language: chosen.is_some() })
    }
}

/// Returns the language that was chosen earlier.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == "lang").map(|(_, value)| value.to_owned())
}

impl Reader {
    /// Returns the first value of a parameter, empty if it was not given.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns what all templates share, without navigation: for messages that must not depend on anything.
    pub(crate) fn bare_page(&self) -> Page {
        let other = if self.texts.language() == "vi" { "en" } else { "vi" };
        Page {
            t: self.texts.clone(),
            language: self.texts.language().to_owned(),
            other_language: other.to_owned(),
            switch_href: format!("?lang={other}"),
            query: String::new(),
            kinds: Vec::new(),
        }
    }

    /// Returns what all templates share.
    pub(crate) fn page(&self, admitted: &Admitted, current: Option<&str>) -> Page {
        let mut page = self.bare_page();
        let mut parameters = self.parameters.clone();
        parameters.push(("lang".to_owned(), page.other_language.clone()));
        page.switch_href = links::with_query("", &parameters);
        page.query = self.parameter("q").to_owned();
        page.kinds = KINDS.iter().filter_map(|kind| self.kind_link(kind, admitted, current)).collect();
        page
    }

    /// Turns a page into an answer; the language that was chosen in the address is remembered.
    pub(crate) fn answer(&self, html: String) -> Response {
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
        if self.chose_language {
            let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", self.texts.language());
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.insert(header::SET_COOKIE, cookie);
            }
        }
        response
    }

    fn kind_link(&self, kind: &str, admitted: &Admitted, current: Option<&str>) -> Option<KindLink> {
        let count = admitted.summaries.iter().filter(|summary| summary.kind.as_str() == kind).count() as u64;
        (count > 0).then(|| KindLink {
            kind: kind.to_owned(),
            label: self.texts.get(&format!("kinds-{kind}")),
            count,
            href: format!("/browse/{kind}"),
            current: current == Some(kind),
        })
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
