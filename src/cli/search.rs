//! `kho search`

use std::sync::Arc;

use std::time::Instant;

use kho_archive::access::Viewer;
use kho_index::Question;

use super::{Common, End};
use crate::config::LookAs;
use crate::followers::Followers;
use crate::view::{self, Admitted};
use crate::web::texts::Texts;
use crate::{config, out};

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
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let followers = Followers::open(&archive, &Arc::default(), false)?;
    followers.catch_up()?;
    let began = Instant::now();
    let admitted = Admitted::for_viewer(&archive, &Viewer::today(args.look_as.who()))?;
    let question = Question { text: args.query.clone(), kinds: args.kind.clone(), limit: args.limit, offset: 0 };
    let answer = view::search(followers.index(), &question, &admitted)?;
    let texts = Texts::vietnamese();
    let label = |facet: &str, value: &str| texts.facet_value(facet, value);
    if args.json {
        out::json(&view::search_json(&archive, &answer, began.elapsed(), &label)?)?;
        return Ok(End::Done);
    }
    out::line(format_args!("{} found", answer.total))?;
    for hit in &answer.hits {
        let Some(record) = kho_archive::record::RecordId::from_number(hit.id).map(|id| archive.catalogue().record(id)).transpose()?.flatten() else {
            continue;
        };
        out::line(format_args!("{}  {:<9} {}", record.id.grouped(), record.kind.as_str(), record.title_in("vi")))?;
    }
    Ok(End::Done)
}
