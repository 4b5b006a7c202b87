//! `/time`: how much there is of each decade, and when crafts began as sources claim it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use kho_archive::date::{Dated, Edtf};
use kho_archive::model::{Field, Model, Shape};
use kho_archive::record::Record;
use kho_index::{FacetValue, Narrowed, Question, collation};
use serde_json::Value;

use super::search_href;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words;
use crate::web::in_words::nfc;
use crate::web::links;
use crate::web::page::{self, Page, Reader};
use crate::web::search::Values;

/// The kind of which sources claim when it began, and how many of it are shown.
const CLAIMED_OF: &str = "practice";
const MOST: usize = 60;

/// So many of them are looked at for claims.
const LOOKED_AT: usize = 400;

/// No claim is drawn from earlier than this year, and none ends later than that: those are open.
const EARLIEST: i16 = -500;
const LATEST: i16 = 9000;

#[derive(Template)]
#[template(path = "ways/time.html")]
struct TimePage {
    page: Page,
    centuries: Vec<Century>,
    /// What does not stand in any decade, and why, in words.
    outside: Vec<String>,
    origins: Vec<Origin>,
    ticks: Vec<Tick>,
}

struct Century {
    label: String,
    decades: Vec<Decade>,
}

struct Decade {
    label: String,
    href: String,
    count: u64,
    /// How long its bar is, in percent.
    length: String,
}

/// What sources say of one beginning.
struct Origin {
    href: String,
    title: String,
    claims: Vec<Claim>,
}

struct Claim {
    words: String,
    /// Its years and its certainty.
    note: String,
    /// What else is of that time.
    href: String,
    /// Where its bar begins and how long it is, in percent.
    from: String,
    length: String,
    is_leading: bool,
}

/// A year at the edge of the drawing.
struct Tick {
    at: String,
    year: String,
}

/// A claim as it was read.
struct Said {
    words: String,
    certainty: Option<String>,
    is_leading: bool,
    years: (i16, i16),
    when: Edtf,
}

pub(crate) async fn show(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| {
        let (centuries, outside) = decades(app, reader)?;
        let said = said(app, reader)?;
        let axis = Axis::of(&said);
        let page = TimePage {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None).of_way("time"),
            centuries,
            outside,
            ticks: axis.as_ref().map_or_else(Vec::new, Axis::ticks),
            origins: axis.map_or_else(Vec::new, |axis| said.into_iter().map(|(record, said)| axis.origin(app, reader, &record, said)).collect()),
        };
        page::draw(&page).map(Some)
    })
    .await
}

/// How much there is of each decade; what spans many of them or is not dated is in none, and that is said.
fn decades(app: &App, reader: &Reader) -> anyhow::Result<(Vec<Century>, Vec<String>)> {
    let ask = |question: &Question<'_>| app.search(&reader.visitor.viewer, question);
    let all = ask(&Question { counted: vec!["decade".to_owned()], ..Question::default() })?;
    let mut values: Vec<(i64, FacetValue)> = Vec::new();
    for value in all.facets.into_iter().flat_map(|facet| facet.values) {
        values.extend(value.value.parse().ok().map(|year: i64| (year, value)));
    }
    values.sort_by_key(|(year, _)| *year);
    let dated = ask(&Question { days: Some((i64::MIN, i64::MAX)), ..Question::default() })?.total;
    let every = values.iter().map(|(_, value)| value.value.clone()).collect();
    let in_decades = Narrowed { property: "decade".to_owned(), values: every, is_without: false };
    let placed = if values.is_empty() { 0 } else { ask(&Question { narrowed: vec![in_decades], ..Question::default() })?.total };
    let outside = [("time-wide", dated.saturating_sub(placed)), ("time-undated", all.total.saturating_sub(dated))];
    let outside = outside.into_iter().filter(|(_, count)| *count > 0).map(|(key, count)| reader.texts.count(key, count));
    Ok((centuries(reader, &values), outside.collect()))
}

fn centuries(reader: &Reader, values: &[(i64, FacetValue)]) -> Vec<Century> {
    let most = values.iter().map(|(_, value)| value.count).max().unwrap_or(1).max(1) as f64;
    let mut centuries: Vec<(i64, Century)> = Vec::new();
    for (year, value) in values {
        let number = year.div_euclid(100) + 1;
        if centuries.last().is_none_or(|(last, _)| *last != number) {
            let label = reader.texts.with("time-century", "number", &number.to_string());
            centuries.push((number, Century { label, decades: Vec::new() }));
        }
        let decade = Decade {
            label: format!("{year}–{}", year + 9),
            href: search_href("decade", &value.value),
            count: value.count,
            length: percent(value.count as f64 / most),
        };
        if let Some((_, century)) = centuries.last_mut() {
            century.decades.push(decade);
        }
    }
    centuries.into_iter().map(|(_, century)| century).collect()
}

/// What sources claim of the beginnings of crafts, those that began first in front.
fn said(app: &App, reader: &Reader) -> anyhow::Result<Vec<(Record, Vec<Said>)>> {
    let (viewer, model) = (&reader.visitor.viewer, app.archive.catalogue().model()?);
    let admitted = app.admitted(viewer)?;
    let mut all = Vec::new();
    for summary in admitted.summaries.iter().filter(|summary| summary.kind.as_str() == CLAIMED_OF).take(LOOKED_AT) {
        let Some(record) = app.record(viewer, &summary.id.to_string())? else { continue };
        let said = claims(&model, &record);
        if !said.is_empty() {
            all.push((record, said));
        }
    }
    all.sort_by_cached_key(|(record, said)| (said.iter().map(Said::begins).min(), collation::key(&record.title_in("vi"))));
    all.truncate(MOST);
    Ok(all)
}

fn claims(model: &Model, record: &Record) -> Vec<Said> {
    let is_claimed = |field: &&Field| field.claims && !field.private && matches!(field.shape, Shape::Date { .. });
    let fields = model.fields(record.kind.as_str()).into_iter().filter(is_claimed);
    let mut said: Vec<Said> = fields.flat_map(|field| field.values_in(&record.fields)).filter_map(claim).collect();
    said.sort_by_key(|said| (!said.is_leading, said.years));
    said
}

fn claim(value: &Value) -> Option<Said> {
    let dated = serde_json::from_value::<Dated>(value.get("value")?.clone()).ok()?;
    let when: Edtf = dated.when()?;
    Some(Said {
        words: dated.wording.map_or_else(|| when.to_string(), |words| format!("“{}”", nfc(&words))),
        certainty: value.get("certainty").and_then(Value::as_str).map(str::to_owned),
        is_leading: value.get("leads") == Some(&Value::Bool(true)),
        years: when.year_bounds(),
        when,
    })
}

impl Said {
    /// The year with which the drawing of it begins. What is only said to be before a year begins there: nobody said how long before.
    fn begins(&self) -> i16 {
        if self.years.0 < EARLIEST { self.years.1 } else { self.years.0 }
    }

    /// What is searched for it; open where the source left it open, and nothing before our era, of which the search knows nothing.
    fn range(&self) -> Option<String> {
        let (first, last) = self.years;
        let first = if first < EARLIEST { String::new() } else { first.max(0).to_string() };
        let end = if last > LATEST { String::new() } else { last.to_string() };
        (last >= 0).then(|| format!("{first}..{end}"))
    }
}

/// From years to places in the drawing.
struct Axis {
    first: f64,
    last: f64,
}

impl Axis {
    /// Returns the axis on which all claims have room; `None` if there are none.
    fn of(said: &[(Record, Vec<Said>)]) -> Option<Self> {
        let this_year = jiff::ZonedDateTime::now().date().year();
        let years = || said.iter().flat_map(|(_, said)| said).map(|said| said.years);
        let first = said.iter().flat_map(|(_, said)| said).map(Said::begins).map(|year| year.max(EARLIEST)).min()?;
        let last = years().map(|(_, last)| last.min(this_year)).max()?.max(first);
        Some(Self { first: f64::from(first).div_euclid(100.0) * 100.0, last: (f64::from(last) / 100.0).floor() * 100.0 + 100.0 })
    }

    /// Where a year is, between 0 and 1.
    fn at(&self, year: f64) -> f64 {
        ((year - self.first) / (self.last - self.first)).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<Tick> {
        let span = self.last - self.first;
        let step = [100.0, 200.0, 500.0].into_iter().find(|step| span / step <= 6.0).unwrap_or(1000.0);
        let count = (span / step).floor() as i64;
        (0..=count)
            .map(|number| self.first + number as f64 * step)
            .map(|year| Tick { at: percent(self.at(year)), year: format!("{year:.0}") })
            .collect()
    }

    fn origin(&self, app: &App, reader: &Reader, record: &Record, said: Vec<Said>) -> Origin {
        let values = Values::of(app, reader);
        let claim = |said: Said| {
            let (first, last) = (said.begins().max(EARLIEST), said.years.1);
            let years = in_words::edtf(&reader.texts, &said.when);
            let certainty = said.certainty.as_deref().map(|code| values.coded("certainty", code).to_lowercase());
            let from = self.at(f64::from(first));
            let alike = said.range().map(|range| links::with_query("/search", &[("year".to_owned(), range)]));
            Claim {
                note: Some(years).filter(|years| *years != said.words).into_iter().chain(certainty).collect::<Vec<_>>().join(" · "),
                words: said.words,
                href: alike.unwrap_or_else(|| format!("/r/{}", record.id)),
                from: percent(from),
                // A single year is seen, too.
                length: percent((self.at(f64::from(last) + 1.0) - from).max(0.008)),
                is_leading: said.is_leading,
            }
        };
        Origin {
            href: format!("/r/{}", record.id),
            title: in_words::nfc(&record.title_in(reader.texts.language())),
            claims: said.into_iter().map(claim).collect(),
        }
    }
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_is_read_with_its_words_and_years() {
        let said = claim(&json!({"value": {"wording": "cuối thế kỷ 18"}, "certainty": "doubtful", "leads": true})).unwrap();
        assert!(said.years.0 >= 1760 && said.years.1 <= 1800 && said.is_leading, "{:?}", said.years);
        assert_eq!(said.words, "“cuối thế kỷ 18”");
        assert!(claim(&json!({"value": {"wording": "lâu lắm rồi"}})).is_none(), "what nobody can read is not drawn");
    }

    #[test]
    fn the_axis_goes_by_centuries() {
        let axis = Axis { first: 1400.0, last: 2100.0 };
        assert_eq!(axis.ticks().iter().map(|tick| tick.year.as_str()).collect::<Vec<_>>(), ["1400", "1600", "1800", "2000"]);
        assert_eq!(
            (percent(axis.at(1400.0)), percent(axis.at(1750.0)), percent(axis.at(9999.0))),
            ("0.00%".into(), "50.00%".into(), "100.00%".into())
        );
    }
}
