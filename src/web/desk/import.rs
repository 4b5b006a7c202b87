//! `/desk/import`: a table becomes records. First it is looked at, with a guess of what its columns mean, which can be mended;
//! nothing is kept until somebody says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kho_archive::access::{Decision, Level};
use kho_archive::model::{Model, Shape};

use super::private;
use crate::accounts::random_token;
use crate::config::UsageError;
use crate::import::{self, Looked, Map, Options, Outcome, Reason, RowReport, Totals};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::guard::{Posted, is_ours};
use crate::web::multipart::Parts;
use crate::web::page::{self, Page, Reader};
use crate::web::record::label_of_kind;
use crate::web::texts::Texts;
use crate::web::visitor::Editor;

const ADDRESS: &str = "/desk/import";
const RUN: &str = "/desk/import/run";

/// The largest table that is taken, in bytes.
pub(crate) const LARGEST: usize = 20 << 20;

/// A table waits so long for somebody to say what is to be done with it.
const WAITS: Duration = Duration::from_secs(2 * 3600);

/// How many rows are shown; those that were refused come first.
const SHOWN: usize = 200;

/// How many rows stand beside each heading, so that one sees what is in the column.
const SAMPLES: usize = 3;

/// Kinds that tables neither make nor change.
const NOT_IMPORTED: [&str; 3] = ["accession", "model", "report"];

/// A choice in a list: value, label, and whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "desk/import.html")]
struct ImportPage {
    page: Page,
    upload_guard: String,
    run_guard: String,
    kinds: Vec<Choice>,
    levels: Vec<Choice>,
    problem: Option<Trouble>,
    /// The table that was sent.
    table: Option<Preview>,
    /// Whether records are made that rows name.
    makes: bool,
    /// What came of it, or would.
    outcome: Option<Report>,
    largest: String,
}

/// Something that whoever sent the table can mend.
#[derive(Default)]
struct Trouble {
    text: String,
    /// What the reader of the table said, in English.
    detail: String,
}

/// A table, and what its columns are taken to mean.
struct Preview {
    token: String,
    name: String,
    kind: String,
    encoding: Option<String>,
    header_at: Option<String>,
    keys: Vec<Choice>,
    columns: Vec<ColumnView>,
}

struct ColumnView {
    place: usize,
    heading: String,
    samples: String,
    choices: Vec<Choice>,
}

struct Report {
    is_done: bool,
    sentences: Vec<String>,
    rows: Vec<RowView>,
    more: Option<String>,
    /// What was left out or looks wrong, in English.
    notes: Vec<String>,
    can_be_kept: bool,
}

struct RowView {
    number: usize,
    key: String,
    outcome: String,
    why: String,
    href: Option<String>,
}

/// A table that was sent and waits.
struct Upload {
    folder: PathBuf,
    table: PathBuf,
    token: String,
}

/// What somebody said about a table.
struct Asked {
    kind: String,
    level: Level,
    /// Whether records are made that rows name and that are not there.
    makes: bool,
    /// The key and the field of each column, by its place; `None` where the guess is wanted.
    columns: Option<(Option<usize>, Vec<String>)>,
}

pub(crate) async fn show(State(app): State<Arc<App>>, _editor: Editor, reader: Reader) -> Result<Response, WebError> {
    page::respond(app, reader, |app, reader| page::draw(&empty(app, reader, None)?).map(Some)).await.map(private)
}

/// Takes a table and shows what would become of it.
pub(crate) async fn upload(State(app): State<Arc<App>>, editor: Editor, request: Request) -> Result<Response, WebError> {
    let (mut parts, body) = request.into_parts();
    let reader = Reader::from_request_parts(&mut parts, &()).await.unwrap_or_else(|never| match never {});
    let is_ours = is_ours(&parts.headers, &reader.visitor);
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(body, LARGEST).await.ok();
    let asking = reader.clone();
    let answer = app.run(move |app| {
        let Some(body) = body else { return too_large(app, &asking).map(Some) };
        let Some(form) = Parts::read(&kind, &body) else { return Ok(None) };
        if !is_ours || !asking.visitor.admits(ADDRESS, form.get("guard")) {
            return Ok(None);
        }
        let Some((name, bytes)) = form.file("file").filter(|(_, bytes)| !bytes.is_empty()) else {
            return refused(app, &asking, Trouble { text: asking.texts.get("import-no-file"), ..Trouble::default() }).map(Some);
        };
        let upload = Upload::keep(app, editor.actor(), name, bytes)?;
        let asked = Asked { kind: form.get("kind").to_owned(), level: Level::Closed, makes: false, columns: None };
        looked_at(app, &asking, &editor, &upload, &asked, false).map(Some)
    });
    match answer.await? {
        Some(response) => Ok(private(response)),
        None => Err(WebError::forged(reader)),
    }
}

/// Looks at the table again as somebody mended the guess, or brings it in.
pub(crate) async fn run(State(app): State<Arc<App>>, editor: Editor, reader: Reader, posted: Posted) -> Result<Response, WebError> {
    let answer = app.run(move |app| {
        let Some(upload) = Upload::find(app, editor.actor(), posted.get("table"))? else {
            return refused(app, &reader, Trouble { text: reader.texts.get("import-gone"), ..Trouble::default() });
        };
        let asked = Asked::of(&posted);
        looked_at(app, &reader, &editor, &upload, &asked, posted.get("do") == "keep")
    });
    Ok(private(answer.await?))
}

fn looked_at(app: &App, reader: &Reader, editor: &Editor, upload: &Upload, asked: &Asked, keep: bool) -> anyhow::Result<Response> {
    let texts = &reader.texts;
    let access = match asked.level.clone() {
        Level::Closed => Decision::default(),
        level => Decision::new(level, editor.actor(), jiff::ZonedDateTime::now().date()),
    };
    let kind = Some(asked.kind.clone());
    let options = Options { map: None, kind, access, actor: editor.actor().to_owned(), dry_run: !keep, leave_missing: false };
    let mut looked = match import::look(&app.archive, app.workers(), &upload.table, &options) {
        Ok(looked) => looked,
        Err(error) => return unreadable(app, reader, error),
    };
    let model = app.archive.catalogue().model()?;
    if let Some((key, fields)) = &asked.columns {
        looked.map = map_of(&model, &asked.kind, &looked.header, *key, fields);
    }
    if asked.makes {
        looked.map.create_missing(&model);
    }
    let mut page = empty(app, reader, Some(asked))?;
    page.table = Some(preview(texts, &model, upload, &looked)?);
    let prepared = match looked.prepare(&app.archive) {
        Ok(prepared) => prepared,
        Err(error) => {
            page.problem = Some(trouble(texts, "import-no-key", error)?);
            return Ok(with_status(reader.answer(page::draw(&page)?), StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let mut reports = Vec::new();
    let totals = import::run(&app.archive, &prepared, &options, &mut |report| {
        reports.push(report.clone());
        Ok(())
    })?;
    if keep {
        upload.remove();
        page.table = None;
    }
    page.outcome = Some(report(texts, &model, &asked.kind, keep, &totals, &reports, &prepared.problems));
    Ok(reader.answer(page::draw(&page)?))
}

/// The page without a table.
fn empty(app: &App, reader: &Reader, asked: Option<&Asked>) -> anyhow::Result<ImportPage> {
    let model = app.archive.catalogue().model()?;
    let texts = &reader.texts;
    let chosen = asked.map_or("practice", |asked| &asked.kind);
    let kinds = model.kinds().filter(|(code, _)| !NOT_IMPORTED.contains(code));
    let level = asked.map_or(Level::Closed, |asked| asked.level.clone());
    let levels = model.vocabulary("access_levels").map_or(&[][..], |known| &known.values);
    Ok(ImportPage {
        page: reader.page(&*app.admitted(&reader.visitor.viewer)?, None),
        upload_guard: reader.visitor.token(ADDRESS),
        run_guard: reader.visitor.token(RUN),
        kinds: kinds.map(|(code, _)| (code.to_owned(), label_of_kind(app, texts, code), code == chosen)).collect(),
        levels: levels.iter().map(|choice| (choice.code.clone(), choice.label(texts.language()).to_owned(), choice.code == level.code())).collect(),
        problem: None,
        table: None,
        makes: asked.is_some_and(|asked| asked.makes),
        outcome: None,
        largest: texts.with("import-largest", "size", &(LARGEST >> 20).to_string()),
    })
}

fn refused(app: &App, reader: &Reader, problem: Trouble) -> anyhow::Result<Response> {
    let page = ImportPage { problem: Some(problem), ..empty(app, reader, None)? };
    Ok(with_status(reader.answer(page::draw(&page)?), StatusCode::UNPROCESSABLE_ENTITY))
}

fn too_large(app: &App, reader: &Reader) -> anyhow::Result<Response> {
    let text = reader.texts.with("import-too-large", "size", &(LARGEST >> 20).to_string());
    Ok(with_status(refused(app, reader, Trouble { text, ..Trouble::default() })?, StatusCode::PAYLOAD_TOO_LARGE))
}

fn unreadable(app: &App, reader: &Reader, error: anyhow::Error) -> anyhow::Result<Response> {
    let problem = trouble(&reader.texts, "import-unreadable", error)?;
    refused(app, reader, problem)
}

/// What whoever sent the table can mend; any other failure stays one.
fn trouble(texts: &Texts, key: &str, error: anyhow::Error) -> anyhow::Result<Trouble> {
    let is_theirs = error.chain().any(<dyn std::error::Error>::is::<UsageError>);
    if is_theirs { Ok(Trouble { text: texts.get(key), detail: format!("{error:#}") }) } else { Err(error) }
}

fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}

/// The map that somebody chose, column by column. What is not chosen is kept beside the description.
fn map_of(model: &Model, kind: &str, header: &[String], key: Option<usize>, fields: &[String]) -> Map {
    let mut map = Map { kind: Some(kind.to_owned()), key: key.and_then(|key| header.get(key).cloned()), ..Map::default() };
    for (heading, field) in header.iter().zip(fields).filter(|(heading, field)| !heading.trim().is_empty() && !field.is_empty()) {
        let column = if field == IGNORE { Some(import::Column::of(IGNORE)) } else { import::column_of(model, kind, field) };
        if let Some(column) = column {
            map.columns.insert(heading.clone(), column);
        }
    }
    map
}

/// What a map says of a column that is left out.
const IGNORE: &str = "ignore";

fn preview(texts: &Texts, model: &Model, upload: &Upload, looked: &Looked) -> anyhow::Result<Preview> {
    let kind = looked.map.kind.clone().unwrap_or_default();
    let rows = looked.first_rows(SAMPLES)?;
    let is_key = |heading: &str| looked.map.key.as_deref().is_some_and(|key| key.trim() == heading.trim());
    let key_place = looked.header.iter().position(|heading| is_key(heading));
    let named = || looked.header.iter().enumerate().filter(|(_, heading)| !heading.trim().is_empty());
    let column = |(place, heading): (usize, &String)| {
        let chosen = looked.map.columns.iter().find(|(known, _)| known.trim() == heading.trim()).map_or("", |(_, column)| &column.field);
        let samples = rows.iter().filter_map(|row| row.cells.get(place)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let samples: Vec<String> = samples.map(shortened).collect();
        ColumnView { place, heading: heading.trim().to_owned(), samples: samples.join(" · "), choices: field_choices(texts, model, &kind, chosen) }
    };
    let encoding = looked
        .encoding()
        .map(|(encoding, is_guess)| texts.with(if is_guess { "import-encoding-guessed" } else { "import-encoding" }, "name", encoding));
    let header_at = looked.header_at();
    Ok(Preview {
        token: upload.token.clone(),
        name: looked.name.clone(),
        encoding,
        header_at: (header_at > 1).then(|| texts.with("import-header-at", "row", &header_at.to_string())),
        keys: named().map(|(place, heading)| (place.to_string(), heading.trim().to_owned(), Some(place) == key_place)).collect(),
        columns: named().map(column).collect(),
        kind,
    })
}

/// The fields that a column may fill, after keeping it as it is and leaving it out.
fn field_choices(texts: &Texts, model: &Model, kind: &str, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![("".to_owned(), texts.get("import-keep-beside")), (IGNORE.to_owned(), texts.get("import-ignore"))];
    let kept = ["id", "kind", "files", "history", "field_access"];
    for field in model.fields(kind).into_iter().filter(|field| !kept.contains(&field.name.as_str())) {
        let label = field.label(texts.language());
        choices.push((field.name.clone(), label.to_owned()));
        if matches!(field.shape, Shape::Text { .. }) {
            choices.push((format!("{}.en", field.name), texts.with("import-in-english", "field", label)));
        }
    }
    let is_known = choices.iter().any(|(value, _)| value == chosen);
    if !is_known {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    choices.into_iter().map(|(value, label)| (value.clone(), label, value == chosen)).collect()
}

fn shortened(cell: &str) -> String {
    const LONGEST: usize = 40;
    let short: String = cell.chars().take(LONGEST).collect();
    if short.len() < cell.len() { format!("{short}…") } else { short }
}

fn report(texts: &Texts, model: &Model, kind: &str, is_done: bool, totals: &Totals, reports: &[RowReport], notes: &[String]) -> Report {
    let tense = if is_done { "import-did" } else { "import-would" };
    let counts = [("create", totals.created), ("update", totals.updated), ("leave", totals.unchanged), ("refuse", totals.refused)];
    let made = (totals.made > 0).then(|| texts.count(&format!("{tense}-make"), totals.made as u64));
    let counted = counts.into_iter().filter(|(_, count)| *count > 0);
    let sentences = counted.map(|(what, count)| texts.count(&format!("{tense}-{what}"), count as u64)).chain(made).collect();
    let mut rows: Vec<&RowReport> = reports.iter().collect();
    // What asks for a hand comes first.
    rows.sort_by_key(|report| (report.outcome != Outcome::Refused, report.why.is_none()));
    let more = rows.len().saturating_sub(SHOWN);
    let row = |report: &&RowReport| RowView {
        number: report.row,
        key: report.key.clone(),
        outcome: texts.get(outcome_key(report.outcome)),
        why: report.why.as_ref().map(|reason| why(texts, model, kind, reason)).unwrap_or_default(),
        href: report.id.map(|id| format!("/r/{id}")),
    };
    Report {
        is_done,
        sentences,
        rows: rows.iter().take(SHOWN).map(row).collect(),
        more: (more > 0).then(|| texts.count("import-more-rows", more as u64)),
        notes: notes.iter().filter(|note| !note.ends_with("stands above the header and was passed over")).cloned().collect(),
        can_be_kept: !is_done && totals.created + totals.updated > 0,
    }
}

fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "import-row-created",
        Outcome::Updated => "import-row-updated",
        Outcome::Unchanged => "import-row-unchanged",
        Outcome::Refused => "import-row-refused",
    }
}

/// Says why a row was refused, with the field as forms call it.
fn why(texts: &Texts, model: &Model, kind: &str, reason: &Reason) -> String {
    let sentence = texts.with(&format!("import-why-{}", reason.code), "typed", &reason.typed);
    let name = reason.field.split(['.', '[']).next().unwrap_or_default();
    match model.field(kind, name) {
        Some(field) => format!("{}: {sentence}", field.label(texts.language())),
        None if reason.field.is_empty() => sentence,
        None => format!("{}: {sentence}", reason.field),
    }
}

impl Asked {
    fn of(posted: &Posted) -> Self {
        let kind = posted.get("kind").to_owned();
        // Another kind has other fields: the guess is made anew.
        let is_same_kind = posted.get("was") == kind;
        let places = posted.names().filter_map(|name| name.strip_prefix("column")?.parse::<usize>().ok());
        let count = places.max().map_or(0, |most| most.min(1000) + 1);
        let fields = (0..count).map(|place| posted.get(&format!("column{place}")).to_owned()).collect();
        let columns = is_same_kind.then(|| (posted.get("key").parse().ok(), fields));
        Self { kind, level: posted.get("access").parse().unwrap_or(Level::Closed), makes: posted.get("make") == "yes", columns }
    }
}

impl Upload {
    /// Keeps a table among the passing files of this process, for one person.
    fn keep(app: &App, actor: &str, name: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        let home = home(app)?;
        fs::create_dir_all(&home)?;
        forget_old(&home);
        let token = random_token()?;
        let folder = home.join(&token);
        fs::create_dir(&folder)?;
        fs::write(folder.join(OWNER), actor)?;
        let table = folder.join(safe_name(name));
        fs::write(&table, bytes).context("Failed to keep the table")?;
        Ok(Self { folder, table, token })
    }

    /// Returns a table that this person sent, if it still waits.
    fn find(app: &App, actor: &str, token: &str) -> anyhow::Result<Option<Self>> {
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = home(app)?.join(token);
        let is_theirs = is_token && fs::read_to_string(folder.join(OWNER)).is_ok_and(|owner| owner == actor);
        if !is_theirs {
            return Ok(None);
        }
        let files = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let table = files.into_iter().find(|path| path.file_name().is_some_and(|name| name != OWNER));
        Ok(table.map(|table| Self { folder, table, token: token.to_owned() }))
    }

    fn remove(&self) {
        // What stays behind goes with the others that nobody asked for.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The file beside a table that says whose it is. No name of a table begins with a point.
const OWNER: &str = ".owner";

fn home(app: &App) -> anyhow::Result<PathBuf> {
    Ok(app.archive.scratch()?.join("tables"))
}

fn forget_old(home: &Path) {
    let is_old = |path: &Path| {
        let changed = fs::metadata(path).and_then(|facts| facts.modified()).ok();
        changed.and_then(|changed| SystemTime::now().duration_since(changed).ok()).is_some_and(|age| age > WAITS)
    };
    for entry in fs::read_dir(home).into_iter().flatten().flatten().filter(|entry| is_old(&entry.path())) {
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// The name of a table as it may stand on a disk: without folders, and not too long.
fn safe_name(name: &str) -> String {
    const LONGEST: usize = 200;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim_start_matches('.');
    let last: String = last.chars().filter(|letter| !letter.is_control()).collect();
    // The end of a name says what it is.
    let from = (0..last.len()).find(|from| last.len() - from <= LONGEST && last.is_char_boundary(*from)).unwrap_or(0);
    let short = last.get(from..).unwrap_or_default();
    if short.is_empty() { "bảng".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_stay_in_their_folder() {
        for (name, expected) in [
            ("bảng.csv", "bảng.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\nghề.xlsx", "nghề.xlsx"),
            (".owner", "owner"),
            ("", "bảng"),
            ("a\nb", "ab"),
        ] {
            assert_eq!(safe_name(name), expected);
        }
        let long = safe_name(&format!("{}.csv", "đ".repeat(300)));
        assert!(long.len() <= 200 && long.ends_with("đ.csv"));
    }

    #[test]
    fn every_reason_is_said_in_both_languages() {
        let model = Model::built_in().unwrap();
        let codes = ["no-key", "key-twice", "no-title", "no-file", "nobody", "several", "not-understood", "gap", "wrong", "empty"];
        for texts in [Texts::vietnamese(), Texts::english()] {
            for code in codes {
                let reason = Reason { code, field: "craft".to_owned(), typed: "đúc".to_owned(), ..Reason::default() };
                let said = why(&texts, &model, "practice", &reason);
                assert!(said.ends_with('.') && !said.contains("import-"), "{said}");
            }
        }
    }
}
