//! What the figures of a practice propose, for those who describe it. Nothing of it is set: an assessment is made by people.

use askama::Template;
use jiff::civil::Date;
use kho_archive::date::Edtf;
use kho_archive::model::Model;
use kho_archive::record::Record;
use serde_json::Value;

use crate::assess::{self, Counted, Test};
use crate::claims;
use crate::web::app::App;
use crate::web::in_words::edtf;
use crate::web::page::Reader;
use crate::web::texts::Texts;

/// The vocabulary of the tests and papers that a recognition asks for.
const CRITERIA: &str = "recognition_criteria";

/// What is proposed, and the tests of a recognition as far as records tell.
#[derive(Template)]
#[template(path = "record/advice.html")]
pub(super) struct Advice {
    t: Texts,
    /// What is assessed, the proposal, and why.
    proposals: Vec<(String, String, String)>,
    tests: Vec<Row>,
    /// Where an assessment is written down.
    href: String,
}

struct Row {
    label: String,
    code: &'static str,
    verdict: String,
    why: String,
    law: String,
}

/// Reads a practice for those who describe it.
struct Assessing<'a> {
    app: &'a App,
    texts: &'a Texts,
    model: &'a Model,
    practice: &'a Record,
    series: Vec<Counted>,
    today: Date,
}

/// Returns what is proposed for a practice; `None` for whoever does not describe it.
pub(super) fn of(app: &App, reader: &Reader, practice: &Record, surveys: &[Record]) -> anyhow::Result<Option<Advice>> {
    let describes = reader.visitor.account().is_some_and(|account| account.role.has_desk());
    if practice.kind.as_str() != "practice" || !describes {
        return Ok(None);
    }
    let model = app.archive.catalogue().model()?;
    let series = surveys.iter().map(|survey| Counted::of(&survey.fields)).collect();
    let assessing = Assessing { app, texts: &reader.texts, model: &model, practice, series, today: reader.visitor.viewer.today };
    assessing.advice(reader).map(Some)
}

impl Assessing<'_> {
    fn advice(&self, reader: &Reader) -> anyhow::Result<Advice> {
        Ok(Advice {
            t: self.texts.clone(),
            proposals: vec![self.class(self.is_recognised(reader)?), self.vitality()],
            tests: vec![self.years(), self.households()],
            href: format!("/desk/describe/{}", self.practice.id),
        })
    }

    fn label(&self, field: &str) -> String {
        self.model.field("practice", field).map_or(field, |field| field.label(self.texts.language())).to_owned()
    }

    fn choice(&self, vocabulary: &str, code: &str) -> String {
        let choice = self.model.vocabulary(vocabulary).and_then(|known| known.choice(code));
        choice.map_or(code, |choice| choice.label(self.texts.language())).to_owned()
    }

    fn class(&self, is_recognised: bool) -> (String, String, String) {
        let codes = assess::classes(&self.series, is_recognised);
        let labels: Vec<String> = codes.iter().map(|code| format!("{code}: {}", self.choice("plan_classes", code))).collect();
        let proposal = if labels.is_empty() { self.texts.get("advice-none") } else { labels.join(&self.texts.get("advice-or")) };
        let why = self.texts.get(match codes {
            [] => "advice-class-open",
            ["u"] => "advice-class-no-survey",
            [_, _] => "advice-class-endangered",
            _ if is_recognised => "advice-class-recognised",
            _ => "advice-class-practised",
        });
        (self.label("plan_class"), proposal, why)
    }

    fn vitality(&self) -> (String, String, String) {
        let code = assess::vitality(&self.series);
        let proposal = code.map_or_else(|| self.texts.get("advice-none"), |code| format!("{code}: {}", self.choice("vitality", code)));
        let why = self.texts.get(if code.is_some() { "advice-vitality" } else { "advice-vitality-open" });
        (self.label("vitality"), proposal, why)
    }

    /// Whether some recognition of the practice is in force, by its latest state.
    fn is_recognised(&self, reader: &Reader) -> anyhow::Result<bool> {
        let ids = self.practice.fields.get("recognitions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for id in ids {
            let recognition = self.app.record(&reader.visitor.viewer, id)?;
            let states = recognition.as_ref().and_then(|recognition| recognition.fields.get("state")?.as_array());
            let latest = states.and_then(|states| states.iter().max_by_key(|state| began(state)));
            // Under review it is in force still.
            let in_force = latest
                .and_then(|state| state["state"].as_str())
                .is_some_and(|state| ["recognised", "under_review", "withdrawal_proposed"].contains(&state));
            if in_force {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn row(&self, criterion: &str, test: Test, why: String) -> Row {
        let choice = self.model.vocabulary(CRITERIA).and_then(|known| known.choice(criterion));
        let note = choice.and_then(|choice| if self.texts.language() == "en" { choice.note_en.clone() } else { choice.note_vi.clone() });
        Row {
            label: self.choice(CRITERIA, criterion),
            code: test.code(),
            verdict: self.texts.get(&format!("test-{}", test.code())),
            why,
            law: note.unwrap_or_default(),
        }
    }

    /// By the source that leads; by all of them where nobody chose.
    fn years(&self) -> Row {
        let claims = claims::leading(self.practice, "origin");
        let origins: Vec<Edtf> = claims.iter().filter_map(|claim| claims::when(self.app.archive.catalogue(), claim)).collect();
        let told = origins.iter().map(|origin| edtf(self.texts, origin)).collect::<Vec<_>>().join("; ");
        let why = if origins.is_empty() { self.texts.get("test-years-no-date") } else { self.texts.with("test-years-from", "dates", &told) };
        self.row("ntt-t1", assess::years(&origins, self.today), why)
    }

    fn households(&self) -> Row {
        let latest = self.series.last();
        let told = latest.and_then(|counted| {
            let (craft, all) = (counted.craft_households?, counted.all_households.filter(|all| *all > 0.0)?);
            let share = format!("{:.1}", craft / all * 100.0);
            let share = if self.texts.language() == "vi" { share.replace('.', ",") } else { share };
            Some(format!("{} / {} = {share} %", self.texts.number(craft as u64), self.texts.number(all as u64)))
        });
        self.row("ln-t1", assess::households(latest), told.unwrap_or_else(|| self.texts.get("test-households-missing")))
    }
}

/// When a state of a recognition began.
fn began(state: &Value) -> Option<Date> {
    let dated: kho_archive::date::Dated = serde_json::from_value(state.get("date").or_else(|| state.get("from"))?.clone()).ok()?;
    dated.when().map(|date| date.bounds().0)
}
