//! The steps of a technique: in their order on its page, and each at an address of its own, `/r/ID/steps/STEP`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use kho_archive::access::{Decision, Verdict, Viewer, keep_visible, may};
use kho_archive::record::{Record, RecordId, Role};
use serde_json::{Map, Value};

use super::playing::played;
use super::said::{Reading, Said};
use super::{Medium, Speech, Track, image, thumbnail};
use crate::media::{MediaKind, kind_of};
use crate::web::app::App;
use crate::web::error::WebError;
use crate::web::in_words::{clock, nfc};
use crate::web::page::{self, Page, Picture, Reader};
use crate::web::texts::Texts;

/// The field by which a group decides about other records.
const AUTHORITY: &str = "authority_for";

/// The field that holds the steps.
const STEPS: &str = "steps";

/// The field by which media say that they show a step.
const SHOWS: &str = "shows_steps";

/// So many media that say so are looked at, and shown: on the page of the technique only the first few of each step.
const MOST_LOOKED_AT: usize = 500;
const MOST_SHOWN: usize = 60;
const FIRST_SHOWN: usize = 4;

/// So many passages of speech stand on the page of one step.
const MOST_PASSAGES: usize = 40;

/// The steps, as they stand on the page of their technique.
#[derive(Template)]
#[template(path = "record/steps.html")]
pub(in crate::web) struct Steps {
    t: Texts,
    pub(in crate::web) steps: Vec<Step>,
}

/// `/r/ID/steps/STEP`
#[derive(Template)]
#[template(path = "record/step.html")]
struct StepPage {
    page: Page,
    technique: String,
    technique_href: String,
    kind: String,
    step: Step,
    /// How many steps there are, in words.
    place: String,
    passages: Vec<Passage>,
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

/// One step, for one reader.
pub(in crate::web) struct Step {
    pub(in crate::web) id: String,
    pub(in crate::web) number: usize,
    pub(in crate::web) name: String,
    pub(in crate::web) name_language: Option<String>,
    /// The standard term, unless the step is called so.
    term: Option<(String, String)>,
    pub(in crate::web) what: Option<(String, Option<String>)>,
    href: String,
    /// Where it stands beside the same step of other places.
    compare: Option<String>,
    /// Who keeps it, where only its name may be told.
    pub(in crate::web) kept: Option<String>,
    pub(in crate::web) said: Said,
    /// What nobody recorded though readers ask for it.
    open: String,
    pub(in crate::web) clips: Vec<Clip>,
    /// How many more there are, in words; empty if none.
    more: String,
}

/// What is known beside the steps themselves.
struct Around {
    /// The steps of which the reader may be told the name only, each with who keeps it.
    kept: Vec<(String, String)>,
    /// The media that say of themselves that they show a step.
    showing: BTreeMap<String, Vec<Record>>,
    /// So many of them are shown at each.
    most: usize,
}

/// A medium, or a part of one, that shows a step.
pub(in crate::web) struct Clip {
    pub(in crate::web) shown: Shown,
    pub(in crate::web) title: String,
    pub(in crate::web) caption: Option<String>,
    href: String,
    /// From when to when, as on a clock.
    span: Option<String>,
    /// A still picture of it, if there is one.
    pub(in crate::web) thumbnail: Option<Picture>,
}

/// How a browser shows a medium.
pub(in crate::web) enum Shown {
    Picture(Picture),
    Film {
        src: String,
        tracks: Vec<Track>,
    },
    Sound {
        src: String,
    },
    /// Nothing that a browser shows: its page says more.
    Other {
        kind: String,
    },
}

/// What somebody says of a step.
struct Passage {
    title: String,
    recording: String,
    href: String,
    at: String,
    lines: Vec<Line>,
}

struct Line {
    speaker: Option<String>,
    text: String,
    language: Option<String>,
}

/// Reads the steps of one technique.
pub(in crate::web) struct Telling<'a> {
    pub(in crate::web) app: &'a App,
    pub(in crate::web) reader: &'a Reader,
    pub(in crate::web) reading: &'a Reading<'a>,
    /// What the reader sees of the technique.
    pub(in crate::web) technique: &'a Record,
}

/// Shows one step.
pub(crate) async fn show(State(app): State<Arc<App>>, Path((id, step)): Path<(String, String)>, reader: Reader) -> Result<Response, WebError> {
    let (asked, wanted) = (id.clone(), id);
    if app.run(move |app| app.is_gone(&asked)).await? {
        return Err(app.missing(reader, wanted).await);
    }
    page::respond(app, reader, move |app, reader| {
        let Some(technique) = app.give_record(&reader.visitor, &wanted, "page")? else { return Ok(None) };
        super::reading(app, reader, |reading| {
            let telling = Telling { app, reader, reading, technique: &technique };
            telling.page(&step)?.map(|page| page::draw(&page)).transpose()
        })
    })
    .await
}

impl Telling<'_> {
    /// Returns the steps of a technique; `None` if nobody recorded any that the reader may see.
    pub(in crate::web) fn steps(&self) -> anyhow::Result<Option<Steps>> {
        let all = all(self.technique);
        if all.is_empty() {
            return Ok(None);
        }
        let around = self.around(FIRST_SHOWN)?;
        let steps = (1..).zip(all).map(|(number, step)| self.step(number, step, &around)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Some(Steps { t: self.reader.texts.clone(), steps }))
    }

    fn page(&self, id: &str) -> anyhow::Result<Option<StepPage>> {
        let (texts, all) = (&self.reader.texts, all(self.technique));
        let Some((place, step)) = all.iter().enumerate().find(|(_, step)| id_of(step) == id) else { return Ok(None) };
        let step = self.step(place + 1, step, &self.around(MOST_SHOWN)?)?;
        let neighbour = |place: Option<usize>| place.and_then(|place| all.get(place)).map(|step| (self.href(id_of(step)), self.name(step).0));
        Ok(Some(StepPage {
            technique: nfc(&self.technique.title_in(texts.language())),
            technique_href: format!("/r/{}", self.technique.id),
            kind: self.technique.kind.to_string(),
            place: texts.with("step-of", "place", &format!("{}/{}", step.number, all.len())),
            passages: if step.kept.is_some() { Vec::new() } else { self.passages(id)? },
            before: neighbour(place.checked_sub(1)),
            after: neighbour(Some(place + 1)),
            page: self.reader.page(&*self.app.admitted(&self.reader.visitor.viewer)?, None),
            step,
        }))
    }

    fn href(&self, step: &str) -> String {
        format!("/r/{}/steps/{}", self.technique.id, crate::web::links::part(step))
    }

    fn name(&self, step: &Map<String, Value>) -> (String, Option<String>) {
        self.reading.text(step.get("name")).unwrap_or_else(|| (self.reader.texts.get("step-unnamed"), None))
    }

    fn step(&self, number: usize, step: &Map<String, Value>, around: &Around) -> anyhow::Result<Step> {
        let id = id_of(step);
        let (name, name_language) = self.name(step);
        let kept = around.kept.iter().find(|(known, _)| known == id).map(|(_, by)| by.clone());
        let term = step.get("term").and_then(Value::as_str).and_then(|term| term.parse::<RecordId>().ok());
        let called = term.map_or(Ok(None), |term| self.app.record(&self.reader.visitor.viewer, &term.to_string()))?;
        let called = called.map(|term| (format!("/r/{}", term.id), nfc(&term.title_in(self.reader.texts.language()))));
        let (said, open) = self.reading.step(step)?;
        let (clips, more) = self.clips(step, around)?;
        Ok(Step {
            term: called.filter(|(_, called)| called.to_lowercase() != name.to_lowercase()),
            what: self.reading.text(step.get("what")),
            compare: term.map(|term| format!("/compare?step={term}")),
            said,
            open: open.join(", "),
            more: if more == 0 { String::new() } else { self.reader.texts.count("more-records", more as u64) },
            clips,
            href: self.href(id),
            id: id.to_owned(),
            number,
            name,
            name_language,
            kept,
        })
    }

    /// The steps of which the reader may be told the name only, each with who keeps it.
    fn kept(&self) -> anyhow::Result<Vec<(String, String)>> {
        let viewer = &self.reader.visitor.viewer;
        let Some(whole) = self.app.archive.catalogue().record(self.technique.id)? else { return Ok(Vec::new()) };
        let kept = all(&whole).into_iter().filter_map(|step| Some((step, is_kept(step, viewer)?)));
        kept.map(|(step, decision)| Ok((id_of(step).to_owned(), self.keepers(&decision)?))).collect()
    }

    /// Who decides about what is kept back: the groups that the decision names, else those that have the authority.
    fn keepers(&self, decision: &Decision) -> anyhow::Result<String> {
        let named: Vec<String> = decision.groups.iter().map(|group| nfc(group)).collect();
        let names = if named.is_empty() { authorities(self.app, self.reader, self.technique.id)? } else { named };
        let texts = &self.reader.texts;
        Ok(if names.is_empty() { texts.get("step-kept") } else { texts.with("step-kept-by", "group", &names.join(", ")) })
    }

    fn around(&self, most: usize) -> anyhow::Result<Around> {
        Ok(Around { kept: self.kept()?, showing: self.showing()?, most })
    }

    /// The media that say of themselves that they show a step of this technique, as far as the reader may see that.
    fn showing(&self) -> anyhow::Result<BTreeMap<String, Vec<Record>>> {
        let technique = self.technique.id.to_string();
        let mut showing: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        let referrers = self.app.archive.catalogue().referrers_by(self.technique.id, &[SHOWS])?;
        for referrer in referrers.iter().take(MOST_LOOKED_AT) {
            let Some(medium) = self.app.record_with_files(&self.reader.visitor.viewer, &referrer.id.to_string())? else { continue };
            let steps = medium.fields.get(SHOWS).and_then(Value::as_array).into_iter().flatten();
            let here = steps.filter(|step| step["technique"] == technique.as_str()).filter_map(|step| step["step"].as_str());
            let here: BTreeSet<String> = here.map(str::to_owned).collect();
            for step in here {
                showing.entry(step).or_default().push(medium.clone());
            }
        }
        Ok(showing)
    }

    /// The media of a step: those that it names, from one moment to another, and those that say that they show it.
    fn clips(&self, step: &Map<String, Value>, around: &Around) -> anyhow::Result<(Vec<Clip>, usize)> {
        let (mut clips, mut named) = (Vec::new(), BTreeSet::new());
        for clip in step.get("media").and_then(Value::as_array).into_iter().flatten() {
            let id = clip.get("media").and_then(Value::as_str).unwrap_or_default();
            if let Some(medium) = self.app.record_with_files(&self.reader.visitor.viewer, id)? {
                clips.push(self.clip(clip, &medium)?);
                named.insert(medium.id);
            }
        }
        let others = around.showing.get(id_of(step)).into_iter().flatten().filter(|medium| !named.contains(&medium.id));
        let others: Vec<&Record> = others.collect();
        for medium in others.iter().take(around.most) {
            clips.push(self.clip(&Value::Null, medium)?);
        }
        Ok((clips, others.len().saturating_sub(around.most)))
    }

    fn clip(&self, clip: &Value, medium: &Record) -> anyhow::Result<Clip> {
        let seconds = |name: &str| clip.get(name).and_then(Value::as_f64).map(|milliseconds| milliseconds / 1000.0);
        let (start, end) = (seconds("start"), seconds("end"));
        let title = nfc(&medium.title_in(self.reader.texts.language()));
        let span = match (start, end) {
            (None, None) => None,
            (start, Some(end)) => Some(format!("{}–{}", clock(start.unwrap_or(0.0)), clock(end))),
            (Some(start), None) => Some(self.reader.texts.with("play-from", "time", &clock(start))),
        };
        Ok(Clip {
            shown: shown(self.app, self.reader, medium, &fragment(start, end), &title)?,
            caption: self.reading.text(clip.get("caption")).map(|(caption, _)| caption),
            href: start.map_or_else(|| format!("/r/{}", medium.id), |start| format!("/r/{}#t={start}", medium.id)),
            thumbnail: medium.files.iter().find_map(|file| thumbnail(self.app, file, String::new())),
            title,
            span,
        })
    }

    /// What is said of a step, in the recordings whose index points to it.
    fn passages(&self, step: &str) -> anyhow::Result<Vec<Passage>> {
        let mut passages = Vec::new();
        for referrer in self.app.archive.catalogue().referrers_by(self.technique.id, &["index_points"])? {
            if passages.len() >= MOST_PASSAGES {
                break;
            }
            // What the reader may not hear is not in it any more.
            let Some(transcript) = self.app.record(&self.reader.visitor.viewer, &referrer.id.to_string())? else { continue };
            let points = transcript.fields.get("index_points").and_then(Value::as_array).into_iter().flatten();
            let here = points.filter(|point| self.points_to(point, step)).filter_map(|point| self.passage(&transcript, point));
            passages.extend(here);
        }
        Ok(passages)
    }

    fn points_to(&self, point: &Value, step: &str) -> bool {
        let technique = self.technique.id.to_string();
        let mut steps = point.get("steps").and_then(Value::as_array).into_iter().flatten();
        steps.any(|one| one["technique"] == technique.as_str() && one["step"] == step)
    }

    fn passage(&self, transcript: &Record, point: &Value) -> Option<Passage> {
        let (from, to) = (point["time"].as_f64()?, point["end"].as_f64().unwrap_or(f64::INFINITY));
        let segments = transcript.fields.get("segments").and_then(Value::as_array).into_iter().flatten();
        let is_within = |segment: &&Value| {
            let start = segment["start"].as_f64().unwrap_or(0.0);
            start < to && segment["end"].as_f64().unwrap_or(start) > from
        };
        let mut lines: Vec<Line> = Vec::new();
        let mut speaking = None;
        for mut line in segments.filter(is_within).filter_map(|segment| self.line(segment)) {
            let speaker = line.speaker.take();
            line.speaker = speaker.clone().filter(|_| speaker != speaking);
            speaking = speaker;
            lines.push(line);
        }
        if lines.is_empty() {
            let words = self.reading.text(point.get("partial_text")).or_else(|| self.reading.text(point.get("synopsis")));
            lines.extend(words.map(|(text, language)| Line { speaker: None, text, language }));
        }
        let medium = transcript.fields.get("media").and_then(Value::as_str);
        let medium = medium.and_then(|id| self.app.record(&self.reader.visitor.viewer, id).ok().flatten());
        let recording = medium.as_ref().unwrap_or(transcript);
        (!lines.is_empty()).then(|| Passage {
            title: self.reading.text(point.get("title")).map(|(title, _)| title).unwrap_or_default(),
            recording: nfc(&recording.title_in(self.reader.texts.language())),
            href: format!("/r/{}#t={}", recording.id, from / 1000.0),
            at: clock(from / 1000.0),
            lines,
        })
    }

    /// The very words, in the language in which they were spoken.
    fn line(&self, segment: &Value) -> Option<Line> {
        let words = segment.get("text")?.as_object()?;
        let spoken = segment.get("language").and_then(Value::as_str).filter(|language| words.contains_key(*language));
        let (language, text) =
            spoken.and_then(|language| words.get_key_value(language)).or_else(|| words.get_key_value("vi")).or_else(|| words.iter().next())?;
        Some(Line {
            speaker: segment.get("speaker").and_then(Value::as_str).map(nfc),
            text: nfc(text.as_str()?),
            language: (language != self.reader.texts.language()).then(|| language.clone()),
        })
    }
}

/// Returns how a browser shows a medium, or the part of it that a fragment names.
pub(in crate::web) fn shown(app: &App, reader: &Reader, medium: &Record, fragment: &str, title: &str) -> anyhow::Result<Shown> {
    let texts = &reader.texts;
    let other = || Shown::Other { kind: medium.kind.to_string() };
    let Some(file) = medium.files.iter().find(|file| file.role == Role::original() && file.size > 0) else { return Ok(other()) };
    let kind = kind_of(file.technical.mime.as_deref().unwrap_or_default());
    if matches!(kind, MediaKind::Film | MediaKind::Sound) {
        let played = played(app, file);
        return Ok(match played.source().map(|(src, _)| format!("{src}{fragment}")) {
            Some(src) if kind == MediaKind::Film && medium.kind.as_str() != "sound" => {
                Shown::Film { src, tracks: Speech::of(app, reader, medium)?.tracks }
            }
            Some(src) => Shown::Sound { src },
            // Nothing that a browser plays: its picture, and the way to its page.
            None => thumbnail(app, file, texts.with("picture-alt", "title", title)).map_or_else(other, Shown::Picture),
        });
    }
    Ok(match kind {
        MediaKind::Image => match (thumbnail(app, file, texts.with("picture-alt", "title", title)), image(app, texts, file, title)) {
            (Some(picture), _) | (None, Medium::Image { picture, .. }) => Shown::Picture(picture),
            _ => other(),
        },
        _ => other(),
    })
}

/// Returns what the groups are called that have the authority for a record, as far as the reader may know them. The record
/// itself may be one of which the reader knows only that it exists.
pub(super) fn authorities(app: &App, reader: &Reader, id: RecordId) -> anyhow::Result<Vec<String>> {
    let (catalogue, viewer) = (app.archive.catalogue(), &reader.visitor.viewer);
    let model = catalogue.model()?;
    let mut names = Vec::new();
    for referrer in catalogue.referrers_by(id, &[AUTHORITY])?.iter().filter(|referrer| app.admits(viewer, referrer.id)) {
        let Some(mut group) = catalogue.record(referrer.id)? else { continue };
        keep_visible(&mut group, viewer, &model, &|other| other == id || app.admits(viewer, other));
        if group.fields.contains_key(AUTHORITY) {
            names.push(nfc(&group.title_in(reader.texts.language())));
        }
    }
    Ok(names)
}

/// The steps of a record, in their order.
pub(crate) fn all(technique: &Record) -> Vec<&Map<String, Value>> {
    let steps = technique.fields.get(STEPS).and_then(Value::as_array);
    let mut steps: Vec<&Map<String, Value>> = steps.into_iter().flatten().filter_map(Value::as_object).collect();
    steps.sort_by(|one, other| order(one).total_cmp(&order(other)));
    steps
}

fn order(step: &Map<String, Value>) -> f64 {
    step.get("order").and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

pub(crate) fn id_of(step: &Map<String, Value>) -> &str {
    step.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// The decision on a step of which this viewer may know the name only.
fn is_kept(step: &Map<String, Value>, viewer: &Viewer) -> Option<Decision> {
    let decision: Decision = serde_json::from_value(step.get("access")?.clone()).ok()?;
    (may(viewer, std::slice::from_ref(&decision)) == Verdict::Stub).then_some(decision)
}

/// A part of a film or recording, as browsers understand it (Media Fragments 1.0).
fn fragment(start: Option<f64>, end: Option<f64>) -> String {
    match (start, end) {
        (None, None) => String::new(),
        (start, None) => format!("#t={}", start.unwrap_or(0.0)),
        (start, Some(end)) => format!("#t={},{end}", start.unwrap_or(0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_film_is_a_fragment_of_its_address() {
        assert_eq!(fragment(None, None), "");
        assert_eq!(fragment(Some(760.0), Some(785.5)), "#t=760,785.5");
        assert_eq!(fragment(None, Some(3.0)), "#t=0,3");
        assert_eq!(fragment(Some(2.0), None), "#t=2");
    }
}
