//! `kho search`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use kho_archive::access::Viewer;
use kho_index::Question;

use super::{Common, End};
use crate::config::LookAs;
use crate::followers::Followers;
use crate::thesaurus::lexicon;
use crate::view::{self, Sight};
use crate::web::texts::Texts;
use crate::{config, evaluate, out};

/// Finds records, with or without diacritics. Without words it lists everything.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The words.
    #[arg(default_value = "")]
    query: String,
    /// Only this kind (image, film, sound, document, file); may be repeated.
    #[arg(long)]
    kind: Vec<String>,
    /// How many hits to give.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Look as somebody else.
    #[arg(long = "as", value_enum, default_value_t)]
    look_as: LookAs,
    /// Tell how the words are read and how each score comes about.
    #[arg(long)]
    explain: bool,
    /// Measure a set of documents and judged questions (JSON lines) instead: `{"id","title","text"}`, and
    /// `{"id","query","relevant":{"id":grade}}`. Needs no archive.
    #[arg(long, num_args = 2, value_names = ["CORPUS", "QUERIES"], conflicts_with_all = ["query", "kind", "explain"])]
    eval: Option<Vec<PathBuf>>,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    if let Some([corpus, queries]) = args.eval.as_deref() {
        out::json(&evaluate::evaluate(corpus, queries)?)?;
        return Ok(End::Done);
    }
    let archive = config::open_archive(common.archive.as_deref())?;
    let followers = Followers::open(&archive, &Arc::default(), false)?;
    followers.catch_up()?;
    let began = Instant::now();
    let (viewer, lexicon) = (Viewer::today(args.look_as.who()), lexicon::read(archive.catalogue())?);
    let sight = Sight::of(&archive, followers.index(), &viewer)?;
    let question = Question {
        narrowed: view::of_kinds(&args.kind),
        counted: vec!["kind".to_owned()],
        limit: args.limit,
        lexicon: Some(&lexicon),
        ..Question::new(&args.query)
    };
    if args.explain {
        out::line(sight.explain(&question)?)?;
        return Ok(End::Done);
    }
    let answer = sight.search(&question)?;
    let texts = Texts::vietnamese();
    let label = |facet: &str, value: &str| texts.facet_value(facet, value);
    if args.json {
        out::json(&view::search_json((&archive, &viewer), &answer, began.elapsed(), &label)?)?;
        return Ok(End::Done);
    }
    out::line(format_args!("{} found", answer.total))?;
    for hit in &answer.hits {
        let Some(record) = kho_archive::record::RecordId::from_number(hit.id).map(|id| archive.catalogue().record(id)).transpose()?.flatten() else {
            continue;
        };
        let Some(record) = view::listed(&archive, record, &viewer)? else { continue };
        out::line(format_args!("{}  {:<9} {}", record.id.grouped(), record.kind.as_str(), record.title_in("vi")))?;
    }
    if !answer.approximate.is_empty() {
        out::line(format_args!("and approximately {}; see --json", answer.approximate.len()))?;
    }
    Ok(End::Done)
}
