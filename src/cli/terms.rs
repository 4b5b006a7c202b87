//! `kho terms`

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use kho_archive::Archive;
use kho_archive::record::Text;
use serde_json::{Value, json};

use super::{Common, End};
use crate::config::UsageError;
use crate::followers::Followers;
use crate::thesaurus::{self, Addresses, Change, Fate, Format, Label, Line, NewTerm, Term, Thesaurus};
use crate::{config, out};

/// The thesaurus: lists, adds, merges and retires terms, and exchanges them with other systems.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Add(Add),
    Merge(Merge),
    Retire(Retire),
    Export(Export),
    Import(Import),
    /// Adds the terms that come with kho to an archive that was made without them. Codes that are there stay as they are.
    AddStarter,
}

/// Lists the terms as a tree.
#[derive(Debug, clap::Args)]
struct List {
    /// Only this branch: its code or its name, as in C or "nghề thủ công".
    #[arg(long)]
    facet: Option<String>,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Adds a term.
///
/// Fields: title.vi, title.en, alt (repeat it for several), alt.en, scope_note.vi, scope_note.en.
#[derive(Debug, clap::Args)]
struct Add {
    /// Its code; by default a free one of its branch. A code is never used again.
    #[arg(long)]
    code: Option<String>,
    /// The term directly above: its code or identifier.
    #[arg(long, value_name = "CODE|ID")]
    broader: Option<String>,
    /// Its branch, if no broader term says it.
    #[arg(long)]
    facet: Option<String>,
    /// What it is called.
    #[arg(required = true, value_name = "FIELD=VALUE")]
    labels: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Lets one term go into another: every record that has the one has the other afterwards.
#[derive(Debug, clap::Args)]
struct Merge {
    /// The term that goes: its code or identifier. It is retired and points on.
    from: String,
    /// The term that stays.
    into: String,
    #[command(flatten)]
    how: How,
}

/// Retires a term. It stays readable where it is used, and is not given to new records.
#[derive(Debug, clap::Args)]
struct Retire {
    /// Its code or identifier.
    term: String,
    /// What is to be used in its place.
    #[arg(long, value_name = "CODE|ID")]
    replaced_by: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Writes the thesaurus as SKOS.
#[derive(Debug, clap::Args)]
struct Export {
    /// Where to; by default standard output.
    file: Option<PathBuf>,
    /// Turtle or RDF/XML; by default as the ending of the file says.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Brings terms in from SKOS, in Turtle or RDF/XML.
#[derive(Debug, clap::Args)]
struct Import {
    /// The file.
    file: PathBuf,
    /// Turtle or RDF/XML; by default as the ending of the file says.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The branch of new terms for which neither a broader term nor their code says it.
    #[arg(long)]
    facet: Option<String>,
    /// Only look and report: nothing is kept.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    how: How,
}

/// What every change of the thesaurus can be told.
#[derive(Debug, clap::Args)]
struct How {
    /// Why, in one line, for the journal.
    #[arg(long)]
    reason: Option<String>,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let actor = config::actor(common.actor.as_deref());
    let end = match &args.action {
        Action::List(args) => return list(&archive, args),
        Action::Export(args) => return export(&archive, args),
        Action::Add(args) => add(&archive, args, &actor)?,
        Action::Merge(args) => merge(&archive, args, &actor)?,
        Action::Retire(args) => retire(&archive, args, &actor)?,
        Action::Import(args) => import(&archive, args, &actor)?,
        Action::AddStarter => {
            let count = thesaurus::add_starter(&archive, &actor)?;
            out::line(format_args!("{count} terms were added."))?;
            End::Done
        }
    };
    Followers::open(&archive, &Arc::default(), false)?.catch_up().context("The change is kept, but the search index is behind")?;
    Ok(end)
}

fn list(archive: &Archive, args: &List) -> anyhow::Result<End> {
    let thesaurus = Thesaurus::read(archive.catalogue())?;
    let facet = args.facet.as_deref().map(|typed| facet_of(archive, typed)).transpose()?;
    let is_asked = |term: &&Term| facet.as_ref().is_none_or(|facet| term.facet == *facet);
    let tops = thesaurus.tops().into_iter().filter(is_asked);
    if args.json {
        let branches: Vec<Value> = tops.map(|top| branch(&thesaurus, top, 0)).collect();
        out::json(&branches)?;
        return Ok(End::Done);
    }
    for top in tops {
        tell_branch(&thesaurus, top, 0)?;
    }
    Ok(End::Done)
}

/// Deeper than this, a tree is a circle.
const DEEPEST: usize = 64;

fn branch(thesaurus: &Thesaurus, term: &Term, depth: usize) -> Value {
    let mut shown = json_of(thesaurus, term);
    let narrower = if depth < DEEPEST { thesaurus.narrower(term.id) } else { Vec::new() };
    if !narrower.is_empty() {
        shown["narrower"] = narrower.into_iter().map(|term| branch(thesaurus, term, depth + 1)).collect();
    }
    shown
}

fn tell_branch(thesaurus: &Thesaurus, term: &Term, depth: usize) -> anyhow::Result<()> {
    let labels: Vec<&str> = ["vi", "en"].into_iter().filter_map(|language| term.labels.get(language)).map(String::as_str).collect();
    let labels = if labels.is_empty() { term.label().to_owned() } else { labels.join(" · ") };
    out::line(format_args!("{:indent$}{}  {labels}{}", "", term.code, retired(thesaurus, term), indent = 2 * depth))?;
    if depth < DEEPEST {
        thesaurus.narrower(term.id).into_iter().try_for_each(|term| tell_branch(thesaurus, term, depth + 1))?;
    }
    Ok(())
}

fn retired(thesaurus: &Thesaurus, term: &Term) -> String {
    let heir = term.replaced_by.and_then(|id| thesaurus.get(id));
    match heir {
        Some(heir) if term.is_retired => format!("  (retired, now {})", heir.code),
        None if term.is_retired => "  (retired)".to_owned(),
        _ => String::new(),
    }
}

fn json_of(thesaurus: &Thesaurus, term: &Term) -> Value {
    let mut shown = json!({"id": term.id, "code": term.code, "title": term.labels, "facet": term.facet});
    if !term.alt_labels.is_empty() {
        shown["alt_labels"] = term.alt_labels.iter().map(|label| json!({ &label.language: label.text })).collect();
    }
    if !term.scope_note.is_empty() {
        shown["scope_note"] = json!(term.scope_note);
    }
    if term.is_retired {
        shown["status"] = json!("retired");
    }
    if let Some(heir) = term.replaced_by.and_then(|id| thesaurus.get(id)) {
        shown["replaced_by"] = json!(heir.code);
    }
    shown
}

fn facet_of(archive: &Archive, typed: &str) -> anyhow::Result<String> {
    let model = archive.catalogue().model()?;
    let facets = model.vocabulary("facets").context("the model has no facets")?;
    let known = || facets.values.iter().map(|facet| facet.code.as_str()).collect::<Vec<_>>().join(", ");
    let found = facets.code_of(typed).map(str::to_owned);
    Ok(found.ok_or_else(|| UsageError(format!("{typed:?} is no branch; there are {}", known())))?)
}

fn add(archive: &Archive, args: &Add, actor: &str) -> anyhow::Result<End> {
    let mut new = NewTerm { code: args.code.clone(), broader: args.broader.clone(), ..NewTerm::default() };
    new.facet = args.facet.as_deref().map(|typed| facet_of(archive, typed)).transpose()?;
    for typed in &args.labels {
        set(&mut new, typed)?;
    }
    let term = thesaurus::add(archive, &new, args.how.change(actor, "terms add"))?;
    tell(archive, &term, &args.how, format_args!("{} is a new term: {}", term.code, term.label()))?;
    Ok(End::Done)
}

fn set(new: &mut NewTerm, typed: &str) -> Result<(), UsageError> {
    let (field, value) = typed.split_once('=').unwrap_or((typed, ""));
    if value.trim().is_empty() {
        return Err(UsageError(format!("{typed:?} says nothing: FIELD=VALUE is expected, as in title.en=\"fish trap\"")));
    }
    let (field, language) = field.split_once('.').unwrap_or((field, "vi"));
    let put = |text: &mut Text| drop(text.insert(language.to_owned(), value.to_owned()));
    match field {
        "title" => put(&mut new.labels),
        "scope_note" => put(&mut new.scope_note),
        "alt" => new.alt_labels.push(Label::new(language, value)),
        _ => return Err(UsageError(format!("{field:?} is no field of a term; there are title, alt and scope_note, with .vi or .en"))),
    }
    Ok(())
}

fn merge(archive: &Archive, args: &Merge, actor: &str) -> anyhow::Result<End> {
    let merged = thesaurus::merge(archive, &args.from, &args.into, args.how.change(actor, "terms merge"))?;
    if args.how.json {
        out::json(&json!({"from": merged.from.code, "into": merged.into.code, "rewritten": merged.rewritten}))?;
        return Ok(End::Done);
    }
    let count = merged.rewritten.len();
    out::line(format_args!("{} goes into {} ({}); {count} records refer to it now.", merged.from.code, merged.into.code, merged.into.label()))?;
    Ok(End::Done)
}

fn retire(archive: &Archive, args: &Retire, actor: &str) -> anyhow::Result<End> {
    let term = thesaurus::retire(archive, &args.term, args.replaced_by.as_deref(), args.how.change(actor, "terms retire"))?;
    tell(archive, &term, &args.how, format_args!("{} is retired: {}", term.code, term.label()))?;
    Ok(End::Done)
}

fn tell(archive: &Archive, term: &Term, how: &How, sentence: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    if how.json { out::json(&json_of(&Thesaurus::read(archive.catalogue())?, term)) } else { out::line(sentence) }
}

fn export(archive: &Archive, args: &Export) -> anyhow::Result<End> {
    let thesaurus = Thesaurus::read(archive.catalogue())?;
    let name = args.file.as_ref().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    let format = args.format.unwrap_or_else(|| Format::of_name(&name));
    let bytes = thesaurus::write_skos(&thesaurus, &Addresses::of(archive.settings().archive.id), format)?;
    match &args.file {
        Some(file) => fs::write(file, bytes).with_context(|| format!("{} cannot be written", file.display()))?,
        None => out::bytes(&bytes)?,
    }
    Ok(End::Done)
}

fn import(archive: &Archive, args: &Import, actor: &str) -> anyhow::Result<End> {
    let bytes = fs::read(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
    let format = args.format.unwrap_or_else(|| Format::of_name(&args.file.to_string_lossy()));
    let concepts = thesaurus::read_skos(&bytes, format)?;
    let facet = args.facet.as_deref().map(|typed| facet_of(archive, typed)).transpose()?;
    let change = args.how.change(actor, "terms import");
    let lines = thesaurus::import(archive, &concepts, facet.as_deref(), args.dry_run, change)?;
    if args.how.json {
        out::json(&lines)?;
    } else {
        tell_import(&lines, args.dry_run)?;
    }
    let is_whole = lines.iter().all(|line| line.fate != Fate::Refused);
    Ok(if is_whole { End::Done } else { End::WithProblems })
}

fn tell_import(lines: &[Line], dry_run: bool) -> anyhow::Result<()> {
    for line in lines.iter().filter(|line| line.fate != Fate::Unchanged) {
        let code = line.code.as_deref().unwrap_or_default();
        let note = line.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        out::line(format_args!("{:<9} {code:<6} {}{note}", line.fate.word(), line.uri))?;
    }
    let count = |fate: Fate| lines.iter().filter(|line| line.fate == fate).count();
    let fates = [Fate::Created, Fate::Updated, Fate::Retired, Fate::Unchanged, Fate::Refused];
    let counts: Vec<String> = fates.iter().map(|fate| format!("{} {}", count(*fate), fate.word())).collect();
    out::line(format_args!("{} concepts: {}.", lines.len(), counts.join(", ")))?;
    if dry_run {
        out::line("This was only a look: nothing was kept.")?;
    }
    Ok(())
}

impl How {
    fn change<'a>(&'a self, actor: &'a str, usual: &'a str) -> Change<'a> {
        Change { actor, reason: self.reason.as_deref().unwrap_or(usual) }
    }
}
