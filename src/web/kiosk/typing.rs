//! `/kiosk/search`: words typed on the screen, with all Vietnamese letters and tones.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::{Frame, Guest, HOME, respond};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::page;

/// The keys, row by row.
const ROWS: [&str; 5] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "ăâđêôơư"];

/// The tones: the name of the message, what the key shows, and the combining mark that it sets.
const TONES: [(&str, &str, &str); 5] = [
    ("kiosk-tone-acute", "◌́", "\u{301}"),
    ("kiosk-tone-grave", "◌̀", "\u{300}"),
    ("kiosk-tone-hook", "◌̉", "\u{309}"),
    ("kiosk-tone-tilde", "◌̃", "\u{303}"),
    ("kiosk-tone-dot", "◌̣", "\u{323}"),
];

/// So many words are offered: more do not fit above the keys.
const SUGGESTED: usize = 6;

#[derive(Template)]
#[template(path = "kiosk/search.html")]
struct Search {
    frame: Frame,
    words: String,
    action: String,
    /// What the form carries besides the words.
    kept: Vec<(String, String)>,
    rows: Vec<Vec<char>>,
    /// Names, signs and marks.
    tones: Vec<(String, &'static str, &'static str)>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, guest: Guest) -> Response {
    respond(app, guest, |_, guest| Ok(Some(page::draw(&search(guest))?))).await
}

/// What may be about to be typed, as the guests of this screen may know it: not as somebody who happens to be signed in.
pub(crate) async fn suggest(State(app): State<Arc<App>>, guest: Guest) -> Result<Response, WebError> {
    let offers = app.run(move |app| app.suggest(&guest.reader.visitor.viewer, guest.reader.parameter("q"), SUGGESTED)).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(offers)).into_response())
}

fn search(guest: &Guest) -> Search {
    let texts = guest.texts();
    let language = (texts.language() != "vi").then(|| ("lang".to_owned(), texts.language().to_owned()));
    let kept = guest.screen.parameters().into_iter().filter(|(_, value)| !value.is_empty()).chain(language);
    Search {
        frame: guest.frame(),
        words: guest.reader.parameter("q").to_owned(),
        action: format!("{HOME}/list"),
        kept: kept.collect(),
        rows: ROWS.iter().map(|row| row.chars().collect()).collect(),
        tones: TONES.iter().map(|(key, sign, mark)| (texts.get(key), *sign, *mark)).collect(),
    }
}
