//! `/desk/audit`: who saw what is not open to everyone (from `audit/`), and who changed anything (from the journal).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kho_archive::digest::Digest;
use kho_archive::journal::{Commit, Header};
use kho_archive::record::RecordId;
use unicode_normalization::UnicodeNormalization;

use super::private;
use crate::audit::Line;
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::nfc;
use crate::web::links;
use crate::web::page::{self, Page, Reader};
use crate::web::texts::Texts;
use crate::web::visitor::Archivist;

const ADDRESS: &str = "/desk/audit";

/// How many entries stand on a page.
const PER_PAGE: usize = 50;

/// Of a commit that changed more records than this, the number of the others is told.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    page: Page,
    account: String,
    /// Names that were used, to choose from while typing.
    names: Vec<String>,
    entries: Vec<Entry>,
    older: Option<String>,
}

/// Somebody did something.
struct Entry {
    time: String,
    who: String,
    did: String,
    things: Vec<Thing>,
    note: String,
}

/// A record, or the name of an account.
struct Thing {
    name: String,
    href: Option<String>,
}

/// Where a page begins: each of the two sources has its own place, since their clocks may show the same moment.
#[derive(Clone, Copy)]
struct Place {
    /// Lines of the audit older than this; all if it is not given.
    before: Option<Timestamp>,
    /// Commits from this number downwards.
    commit: u64,
}

/// An entry of one of the sources.
enum Found {
    Line(Line),
    Commit(Timestamp, Header),
}

pub(crate) async fn show(State(app): State<Arc<App>>, _archivist: Archivist, reader: Reader) -> Result<Response, WebError> {
    let audit = |app: &App, reader: &Reader| {
        let account: String = reader.parameter("account").trim().nfc().collect();
        let begin = Place::asked(app, reader)?;
        let (found, next) = found(app, begin, Some(account.as_str()).filter(|account| !account.is_empty()))?;
        let entries = found.iter().map(|found| entry(app, reader, found)).collect::<anyhow::Result<_>>()?;
        let audit = AuditPage {
            page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
            names: app.accounts.read()?.accounts().iter().map(|account| account.name.clone()).collect(),
            entries,
            older: next.map(|next| next.href(&account)),
            account,
        };
        page::draw(&audit).map(Some)
    };
    page::respond(app, reader, audit).await.map(private)
}

/// Returns the entries of a page, the newest first, and where the next one begins if there is one.
fn found(app: &App, begin: Place, account: Option<&str>) -> anyhow::Result<(Vec<Found>, Option<Place>)> {
    // One more than fits tells whether there is another page.
    let mut lines = app.audit.lines_before(begin.before, account, PER_PAGE + 1)?.into_iter().peekable();
    let mut commits = commits_from(app, begin.commit, account, PER_PAGE + 1)?.into_iter().peekable();
    let (mut found, mut next) = (Vec::new(), begin);
    while found.len() < PER_PAGE {
        let is_line_newer = match (lines.peek(), commits.peek()) {
            (Some(line), Some((time, _))) => line.time >= *time,
            (line, _) => line.is_some(),
        };
        if is_line_newer {
            let Some(line) = lines.next() else { break };
            next.before = Some(line.time);
            found.push(Found::Line(line));
        } else {
            let Some((time, header)) = commits.next() else { break };
            next.commit = header.sequence - 1;
            found.push(Found::Commit(time, header));
        }
    }
    let has_more = lines.peek().is_some() || commits.peek().is_some();
    Ok((found, has_more.then_some(next)))
}

/// Returns up to `count` commits of an actor from a number downwards.
fn commits_from(app: &App, from: u64, actor: Option<&str>, count: usize) -> anyhow::Result<Vec<(Timestamp, Header)>> {
    let mut commits = Vec::new();
    for sequence in (1..=from).rev() {
        let Some(header) = app.archive.journal().glance(sequence)? else { continue };
        if actor.is_some_and(|actor| header.actor != actor) {
            continue;
        }
        commits.push((header.time.parse().unwrap_or_default(), header));
        if commits.len() == count {
            break;
        }
    }
    Ok(commits)
}

fn entry(app: &App, reader: &Reader, found: &Found) -> anyhow::Result<Entry> {
    match found {
        Found::Line(line) => entry_of_line(app, reader, line),
        Found::Commit(time, header) => entry_of_commit(app, reader, *time, header),
    }
}

fn entry_of_line(app: &App, reader: &Reader, line: &Line) -> anyhow::Result<Entry> {
    let texts = &reader.texts;
    let what = line.what.as_deref();
    let thing = match what {
        Some(what) if line.did == "saw" => Some(thing_seen(app, reader, what)?),
        Some(name) => Some(Thing { name: name.to_owned(), href: None }),
        None => None,
    };
    let how = line.how.as_deref().map(|how| texts.known(&format!("audit-how-{how}")).unwrap_or_else(|| how.to_owned()));
    Ok(Entry {
        time: moment(texts, line.time),
        who: line.account.clone().unwrap_or_else(|| texts.get("audit-nobody")),
        did: texts.known(&format!("audit-{}", line.did)).unwrap_or_else(|| line.did.clone()),
        things: thing.into_iter().collect(),
        note: how.unwrap_or_default(),
    })
}

fn entry_of_commit(app: &App, reader: &Reader, time: Timestamp, header: &Header) -> anyhow::Result<Entry> {
    let commit = app.archive.journal().read(header.sequence)?;
    let ids: Vec<RecordId> = commit.iter().flat_map(Commit::records).map(|record| record.id).collect();
    let mut things = ids.iter().take(NAMED).map(|id| thing(app, reader, *id)).collect::<anyhow::Result<Vec<_>>>()?;
    if ids.len() > NAMED {
        things.push(Thing { name: reader.texts.count("audit-more", (ids.len() - NAMED) as u64), href: None });
    }
    Ok(Entry {
        time: moment(&reader.texts, time),
        who: header.actor.clone(),
        did: reader.texts.get("audit-changed"),
        things,
        note: header.reason.clone(),
    })
}

/// What was seen: a record, or a content that a record holds.
fn thing_seen(app: &App, reader: &Reader, what: &str) -> anyhow::Result<Thing> {
    let record = match what.parse::<Digest>() {
        Ok(digest) => app.archive.catalogue().holders(&digest)?.first().copied(),
        Err(_) => what.parse::<RecordId>().ok(),
    };
    match record {
        Some(id) => thing(app, reader, id),
        None => Ok(Thing { name: what.to_owned(), href: None }),
    }
}

/// A record by its title, if the reader may see it.
fn thing(app: &App, reader: &Reader, id: RecordId) -> anyhow::Result<Thing> {
    Ok(match app.record(&reader.visitor.viewer, &id.to_string())? {
        Some(record) => Thing { name: nfc(&record.title_in(reader.texts.language())), href: Some(format!("/r/{id}")) },
        None => Thing { name: id.grouped(), href: None },
    })
}

fn moment(texts: &Texts, time: Timestamp) -> String {
    let here = time.to_zoned_datetime(TimeZone::system());
    let form = if texts.language() == "vi" { "%-d/%-m/%Y, %H:%M" } else { "%-d %B %Y, %H:%M" };
    here.strftime(form).to_string()
}

impl Place {
    /// Reads where a page begins; nonsense is read as the newest.
    fn asked(app: &App, reader: &Reader) -> anyhow::Result<Self> {
        let head = app.archive.catalogue().head()?.sequence;
        let commit = reader.parameter("commit").parse().unwrap_or(head);
        Ok(Self { before: reader.parameter("before").parse().ok(), commit: commit.min(head) })
    }

    fn href(self, account: &str) -> String {
        let before = self.before.map(|before| before.to_string()).unwrap_or_default();
        let pairs = [("account", account.to_owned()), ("before", before), ("commit", self.commit.to_string())];
        links::with_query(ADDRESS, &pairs.map(|(name, value)| (name.to_owned(), value)))
    }
}
