//! `/`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::app::App;
use super::error::WebError;
use super::page::{self, Card, KINDS, Page, Reader};
use super::portrait::Cards;

/// How many newly arrived records the front page shows.
const RECENT: usize = 12;

/// Among how many it looks for those with a picture.
const LOOKED_AT: usize = 48;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    archive_name: String,
    total: u64,
    recent: Vec<Card>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let admitted = app.admitted(&reader.visitor.viewer)?;
        let browsable = admitted.summaries.iter().filter(|summary| KINDS.contains(&summary.kind.as_str()));
        let (mut recent, mut cards) = (Vec::new(), Cards::default());
        for summary in browsable.take(LOOKED_AT) {
            if let Some(record) = app.record_with_files(&reader.visitor.viewer, &summary.id.to_string())? {
                recent.push(cards.card(app, reader, &record)?);
            }
        }
        // What can be seen comes first on a front page.
        recent.sort_by_key(|card| card.thumbnail.is_none());
        recent.truncate(RECENT);
        let home = Home {
            page: reader.page(&admitted, None),
            archive_name: app.archive.settings().archive.name.clone(),
            total: KINDS.iter().map(|kind| admitted.count(kind)).sum(),
            recent,
        };
        page::draw(&home).map(Some)
    })
    .await
}
