//! `kho model`

use kho_archive::model::{Model, ModelError};
use serde_json::json;

use super::{Common, End};
use crate::config::UsageError;
use crate::{config, model_page, out};

/// Tells what can be said of each kind of thing: kinds, their fields, and the words that fields choose from.
///
/// In an archive, what it adds to the model is told, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this kind, with its fields.
    #[arg(long)]
    kind: Option<String>,
    /// As JSON Schema, for programs that write records.
    #[arg(long, conflicts_with = "doc")]
    json_schema: bool,
    /// As a page in Markdown, all of it.
    #[arg(long, conflicts_with = "kind")]
    doc: bool,
    /// The language of the page: vi or en.
    #[arg(long, default_value = "vi", value_parser = ["vi", "en"])]
    lang: String,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let model = model(common)?;
    if let Some(kind) = &args.kind
        && model.kind(kind).is_none()
    {
        return Err(UsageError(format!("there is no kind {kind:?}; `kho model` lists them")).into());
    }
    match &args.kind {
        _ if args.doc => out::text(&model_page::page(&model, &args.lang))?,
        kind if args.json_schema => out::line(serde_json::to_string_pretty(&schema(&model, kind.as_deref()))?)?,
        Some(kind) => tell_fields(&model, kind, &args.lang)?,
        None => tell_kinds(&model)?,
    }
    Ok(End::Done)
}

/// The model of the archive that is meant; where none is meant, the one that comes with the program.
fn model(common: &Common) -> anyhow::Result<Model> {
    match config::find_archive(common.archive.as_deref()) {
        Ok(root) => Ok((*config::open_archive(Some(&root))?.catalogue().model()?).clone()),
        Err(error) if error.is::<UsageError>() => Ok(Model::built_in().map_err(|error: ModelError| anyhow::anyhow!(error))?),
        Err(error) => Err(error),
    }
}

fn schema(model: &Model, kind: Option<&str>) -> serde_json::Value {
    let whole = model.json_schema();
    match kind {
        None => whole,
        Some(kind) => json!({"$schema": whole["$schema"], "$ref": format!("#/$defs/{kind}"), "$defs": whole["$defs"]}),
    }
}

fn tell_kinds(model: &Model) -> anyhow::Result<()> {
    model.kinds().try_for_each(|(code, kind)| out::line(format_args!("{code:<12} {} · {}", kind.about.vi, kind.about.en)))
}

fn tell_fields(model: &Model, kind: &str, language: &str) -> anyhow::Result<()> {
    for field in model.fields(kind) {
        let needed = field.required.as_ref().map(|needed| format!(" [{needed}]")).unwrap_or_default();
        out::line(format_args!("{:<18} {} · {} ({}){needed}", field.name, field.vi, field.en, model_page::takes(field, language)))?;
    }
    Ok(())
}
