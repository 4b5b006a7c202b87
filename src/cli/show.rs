//! `kho show`

use kho_archive::Archive;
use kho_archive::access::Viewer;
use kho_archive::record::{Record, RecordId};
use serde_json::{Value, json};

use super::{Common, End};
use crate::config::LookAs;
use crate::derivative::Derivatives;
use crate::{config, out, view};

/// Shows records.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Identifiers, as on the label: case and hyphens do not matter.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// With every earlier revision.
    #[arg(long)]
    history: bool,
    /// Look as somebody else.
    #[arg(long = "as", value_enum, default_value_t)]
    look_as: LookAs,
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let viewer = Viewer::today(args.look_as.who());
    let derivatives = Derivatives::of(&archive);
    let mut shown = Vec::new();
    let mut end = End::Done;
    for typed in &args.ids {
        let record = find(&archive, &viewer, typed)?;
        shown.push(match &record {
            Some(record) => with_history(&archive, record, &derivatives, args.history)?,
            None => {
                end = End::WithProblems;
                json!({"id": typed, "error": "not found"})
            }
        });
        if !args.json {
            tell(typed, record.as_ref(), shown.last())?;
        }
    }
    if args.json {
        out::json(&shown)?;
    }
    Ok(end)
}

/// Returns a record if there is one that this viewer may see.
fn find(archive: &Archive, viewer: &Viewer, typed: &str) -> anyhow::Result<Option<Record>> {
    let Ok(id) = typed.parse::<RecordId>() else { return Ok(None) };
    archive.catalogue().record(id)?.map_or(Ok(None), |record| view::visible(archive, record, viewer))
}

fn with_history(archive: &Archive, record: &Record, derivatives: &Derivatives, history: bool) -> anyhow::Result<Value> {
    let mut shown = view::record_json(record, derivatives)?;
    if history {
        let mut revisions = Vec::new();
        for (revision, sequence) in archive.catalogue().revisions(record.id)? {
            let Some(commit) = archive.journal().read(sequence)? else { continue };
            let written = commit.records().find(|written| written.id == record.id && written.revision == revision);
            let header = &commit.header;
            let mut told = json!({"revision": revision, "sequence": sequence, "time": header.time, "actor": header.actor,
                "reason": header.reason});
            match written {
                Some(written) => told["record"] = json!(written),
                None => told["redacted"] = json!(true),
            }
            revisions.push(told);
        }
        shown["revisions"] = Value::Array(revisions);
    }
    Ok(shown)
}

fn tell(typed: &str, record: Option<&Record>, shown: Option<&Value>) -> anyhow::Result<()> {
    match (record, shown) {
        (Some(record), Some(shown)) => {
            if let Some(erased) = record.erased() {
                out::line(format_args!("{} was erased by law on {}: {}", record.id.grouped(), erased.on, erased.reason))?;
            }
            out::line(format_args!("{}  {}  {}", record.id.grouped(), record.kind, record.title_in("vi")))?;
            out::line(serde_json::to_string_pretty(shown)?)
        }
        _ => out::line(format_args!("{typed}: not found")),
    }
}
