//! That something exists, who decides about it, and how to ask: all that strangers are told where the decision allows a stub.
//!
//! Nothing from inside: no text, no picture, no term, no file; of what is sealed not even its name.

use askama::Template;
use kho_archive::access::{Decision, Level, Verdict, Viewer, keep_visible, may};
use kho_archive::record::{Record, RecordId, Text};

use super::{label_of_kind, steps};
use crate::web::app::App;
use crate::web::in_words::{day, nfc};
use crate::web::page::{Page, Reader};

/// The page of a record of which the reader may know that it exists.
#[derive(Template)]
#[template(path = "record/stub.html")]
pub(super) struct Stub {
    page: Page,
    id: String,
    kind: String,
    kind_label: String,
    heading: String,
    summary: Option<String>,
    notices: Vec<(String, String)>,
    /// The level, in words of the vocabulary.
    level: String,
    until: Option<String>,
    decides: String,
    how: String,
    contact: String,
}

/// What kind of closing it is, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    Sealed,
    Community,
    Research,
    OnSite,
}

impl Closing {
    fn of(refusing: &[Decision]) -> Self {
        let has = |level: &Level| refusing.iter().any(|decision| decision.levels().any(|known| known == level));
        let is_unknown = refusing.iter().any(|decision| decision.levels().any(|known| matches!(known, Level::Unknown(_))));
        match () {
            () if is_unknown || has(&Level::Sealed) => Self::Sealed,
            () if has(&Level::Community) => Self::Community,
            () if has(&Level::Research) => Self::Research,
            () => Self::OnSite,
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Sealed => Level::Sealed,
            Self::Community => Level::Community,
            Self::Research => Level::Research,
            Self::OnSite => Level::Kiosk,
        }
    }
}

/// Returns the page of a record of which this reader may know only that it exists; `None` for every other record.
pub(super) fn of(app: &App, reader: &Reader, typed: &str) -> anyhow::Result<Option<Stub>> {
    let (catalogue, viewer) = (app.archive.catalogue(), &reader.visitor.viewer);
    let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
    let Some(decisions) = catalogue.decisions(id)?.filter(|decisions| may(viewer, decisions) == Verdict::Stub) else { return Ok(None) };
    let Some(record) = catalogue.record(id)? else { return Ok(None) };
    let refusing = refusing(viewer, decisions);
    let told = told(app, viewer, record, Closing::of(&refusing))?;
    Ok(Some(stub(app, reader, &told, &refusing)?))
}

/// Those of several decisions that keep a viewer out.
fn refusing(viewer: &Viewer, decisions: Vec<Decision>) -> Vec<Decision> {
    decisions.into_iter().filter(|decision| !may(viewer, std::slice::from_ref(decision)).is_admitted()).collect()
}

/// A record with nothing left in it but what may be told: fields that the model marks as stub, fewer the closer it is.
fn told(app: &App, viewer: &Viewer, mut record: Record, closing: Closing) -> anyhow::Result<Record> {
    let model = app.archive.catalogue().model()?;
    keep_visible(&mut record, viewer, &model, &|id| app.admits(viewer, id));
    let is_told = |name: &str| model.field(record.kind.as_str(), name).is_some_and(|field| field.stub) && closing != Closing::Sealed;
    let mut told = Record::new(record.id, record.kind.clone(), if is_told("title") { record.title.clone() } else { Text::new() });
    if is_told("description") && closing == Closing::Research {
        told.description = record.description.clone();
    }
    told.fields = record.fields.iter().filter(|(name, _)| is_told(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(told)
}

fn stub(app: &App, reader: &Reader, told: &Record, refusing: &[Decision]) -> anyhow::Result<Stub> {
    let (texts, closing) = (&reader.texts, Closing::of(refusing));
    let language = texts.language();
    let kind_label = label_of_kind(app, texts, told.kind.as_str());
    let model = app.archive.catalogue().model()?;
    let choice = |vocabulary: &str, code: &str| model.vocabulary(vocabulary).and_then(|known| known.choice(code).cloned());
    let notices = told.fields.get("notices").and_then(|notices| notices.as_array()).into_iter().flatten();
    let notices = notices.filter_map(|code| choice("tk_notices", code.as_str()?)).map(|notice| {
        let note = if language == "en" { notice.note_en.clone() } else { notice.note_vi.clone() };
        (notice.label(language).to_owned(), note.unwrap_or_default())
    });
    let is_named = !told.title.is_empty();
    Ok(Stub {
        page: reader.framed_page(),
        id: told.id.grouped(),
        kind: told.kind.to_string(),
        heading: if is_named { nfc(&told.title_in(language)) } else { texts.get("stub-heading") },
        kind_label,
        summary: told.description.get(language).or_else(|| told.description.values().next()).map(|words| nfc(words)),
        notices: notices.collect(),
        level: choice("access_levels", closing.level().code()).map(|level| level.label(language).to_owned()).unwrap_or_default(),
        until: refusing.iter().filter_map(|decision| decision.until).max().map(|until| day(texts, &until.to_string())),
        decides: decides(app, reader, told.id, refusing)?,
        how: texts.get(if closing == Closing::OnSite { "stub-how-on-site" } else { "stub-how" }),
        contact: app.archive.settings().serve.contact.clone(),
    })
}

/// Who decides: those that have the authority, and the groups that the decisions name; else what the level says.
fn decides(app: &App, reader: &Reader, id: RecordId, refusing: &[Decision]) -> anyhow::Result<String> {
    let closing = Closing::of(refusing);
    let mut names = steps::authorities(app, reader, id)?;
    for group in refusing.iter().flat_map(|decision| &decision.groups).map(|group| nfc(group)) {
        if !names.contains(&group) {
            names.push(group);
        }
    }
    let texts = &reader.texts;
    Ok(match (closing, names.is_empty()) {
        (Closing::Sealed, true) => texts.get("stub-decides-sealed"),
        (Closing::Sealed, false) => texts.with("stub-decides-sealed-with", "who", &names.join(", ")),
        (_, false) => names.join(", "),
        (Closing::Community, true) => texts.get("stub-decides-community"),
        (Closing::Research | Closing::OnSite, true) => texts.get("stub-decides-archive"),
    })
}
