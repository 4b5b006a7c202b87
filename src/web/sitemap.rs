//! `/sitemap.xml` and `/robots.txt`: what search engines may read. Whoever asks is told what everyone may see.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kho_archive::record::RecordId;
use quick_xml::escape::escape;

use super::app::App;
use super::error::WebError;
use super::page::{KINDS, Reader};

/// So many addresses one map may hold (sitemaps.org).
const PER_MAP: usize = 50_000;

const SCHEMA: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// `/sitemap.xml`: all public records; a list of maps where they are too many for one.
pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    let reader = reader.as_public();
    let origin = reader.visitor.origin();
    let page = reader.parameter("page").parse::<usize>().ok();
    let ids = app.run(move |app| public_records(app, &reader)).await?;
    let text = match page {
        None if ids.len() > PER_MAP => maps(&origin, ids.len()),
        page => map(&origin, ids.chunks(PER_MAP).nth(page.unwrap_or(1).saturating_sub(1)).unwrap_or_default())?,
    };
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], text).into_response())
}

/// `/robots.txt`: the desk is for people.
pub(crate) async fn robots(reader: Reader) -> String {
    format!("User-agent: *\nDisallow: /desk\nSitemap: {}/sitemap.xml\n", reader.visitor.origin())
}

/// In the order in which they came, so that a map stays as it is while new records come.
fn public_records(app: &App, reader: &Reader) -> anyhow::Result<Vec<RecordId>> {
    let admitted = app.admitted(&reader.visitor.viewer)?;
    let listed = admitted.summaries.iter().rev().filter(|summary| KINDS.contains(&summary.kind.as_str()) || summary.kind.as_str() == "craft");
    Ok(listed.map(|summary| summary.id).collect())
}

fn map(origin: &str, ids: &[RecordId]) -> anyhow::Result<String> {
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"{SCHEMA}\">\n");
    for id in ids {
        writeln!(text, "<url><loc>{}/r/{id}</loc></url>", escape(origin))?;
    }
    Ok(text + "</urlset>\n")
}

fn maps(origin: &str, count: usize) -> String {
    let map = |number: usize| format!("<sitemap><loc>{}/sitemap.xml?page={number}</loc></sitemap>\n", escape(origin));
    let maps: String = (1..=count.div_ceil(PER_MAP)).map(map).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"{SCHEMA}\">\n{maps}</sitemapindex>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_records_have_several_maps() {
        let listed = maps("https://kho.vn", PER_MAP * 2 + 1);
        assert!(listed.contains("<loc>https://kho.vn/sitemap.xml?page=3</loc>") && !listed.contains("page=4"));
    }
}
