//! Light, dark or high contrast: as the reader's system prefers, or as the reader chose here.
//!
//! A choice is a link, so that it needs no script. It is kept in a cookie and taken out of the address again, so that an
//! address that is passed on does not bring somebody else's eyes along.

use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::links;
use super::texts::Texts;
use super::visitor::cookie;

/// The name of the parameter and of the cookie.
const NAME: &str = "theme";

/// How the pages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system of the reader prefers.
    #[default]
    System,
    Light,
    Dark,
    /// At least seven to one for all text, and borders that are seen; light or dark as the system prefers.
    Contrast,
}

/// A link to a theme, at the foot of every page.
pub(crate) struct Choice {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) current: bool,
}

impl Theme {
    const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Contrast];

    /// What was chosen before.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        cookie(headers, NAME).and_then(|chosen| Self::named(&chosen)).unwrap_or_default()
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// What browsers are told of the colours of their own parts, such as scroll bars and fields.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System | Self::Contrast => "light dark",
        }
    }

    /// When the style sheet of the dark theme holds, if ever. Paper is white, so none of them is for print.
    pub(crate) fn dark(self) -> Option<&'static str> {
        match self {
            Self::System => Some("screen and (prefers-color-scheme: dark)"),
            Self::Dark => Some("screen"),
            Self::Light | Self::Contrast => None,
        }
    }

    /// When the style sheet of the high contrast holds, if ever.
    pub(crate) fn contrast(self) -> Option<&'static str> {
        match self {
            Self::System => Some("screen and (prefers-contrast: more)"),
            Self::Contrast => Some("screen"),
            Self::Light | Self::Dark => None,
        }
    }

    /// Returns the links to all themes, which lead back to the page with these parameters.
    pub(super) fn choices(self, texts: &Texts, parameters: &[(String, String)]) -> Vec<Choice> {
        let choice = |theme: Self| {
            let asked = [parameters, &[(NAME.to_owned(), theme.name().to_owned())]].concat();
            Choice {
                // Whoever comes back stands where the choice was made.
                href: format!("{}#themes", links::with_query("", &asked)),
                label: texts.get(&format!("theme-{}", theme.name())),
                current: theme == self,
            }
        };
        Self::ALL.into_iter().map(choice).collect()
    }
}

/// Keeps the theme that an address asks for, and sends the reader back to the same address without it.
pub(super) async fn remember(request: Request, next: Next) -> Response {
    let asked = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map(|Query(asked)| asked).unwrap_or_default();
    let chosen = asked.iter().filter(|(name, _)| name == NAME).find_map(|(_, value)| Theme::named(value));
    match chosen {
        Some(theme) if request.method() == Method::GET => kept(theme, request.uri().path(), &asked),
        _ => next.run(request).await,
    }
}

fn kept(theme: Theme, path: &str, asked: &[(String, String)]) -> Response {
    let rest: Vec<_> = asked.iter().filter(|(name, _)| name != NAME).cloned().collect();
    // Two slashes at the beginning would be the name of another server.
    let place = links::with_query(&format!("/{}", path.trim_start_matches('/')), &rest);
    let set = format!("{NAME}={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.name());
    let said = [(header::LOCATION, place), (header::SET_COOKIE, set), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, said).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_back_to_the_same_search_without_itself() {
        let asked = [("q", "đan đó"), ("theme", "contrast")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = kept(Theme::Contrast, "/search", &asked);
        assert_eq!(answer.headers()[header::LOCATION], "/search?q=%C4%91an%20%C4%91%C3%B3");
        assert!(answer.headers()[header::SET_COOKIE].to_str().is_ok_and(|set| set.starts_with("theme=contrast;")));
    }

    #[test]
    fn nobody_is_sent_to_another_server() {
        assert_eq!(kept(Theme::Dark, "//elsewhere.example/r", &[]).headers()[header::LOCATION], "/elsewhere.example/r");
    }

    #[test]
    fn what_was_chosen_holds_and_what_is_unknown_is_left_to_the_system() {
        let headers = |cookie: &str| HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        assert_eq!(Theme::of(&headers("lang=en; theme=dark")), Theme::Dark);
        assert_eq!(Theme::of(&headers("theme=sepia")), Theme::System);
        assert_eq!(Theme::Dark.choices(&Texts::vietnamese(), &[]).iter().filter(|choice| choice.current).count(), 1);
    }
}
