//! What is claimed of a date: several sources may say several things, and each counts.

use kho_archive::catalogue::Catalogue;
use kho_archive::date::{Dated, Edtf, wording};
use kho_archive::model::{Model, Shape};
use kho_archive::record::{Record, RecordId};
use serde_json::Value;

/// Returns when something was, as one claim has it. An age (`hơn 100 năm`) is counted from the year of the first source
/// that the claim cites and that has one; without such a year it stays an age.
pub(crate) fn when(catalogue: &Catalogue, claim: &Value) -> Option<Edtf> {
    let dated: Dated = serde_json::from_value(claim.get("value")?.clone()).ok()?;
    dated.when().or_else(|| wording::read(dated.wording.as_deref()?, Some(year_of_source(catalogue, claim)?)))
}

fn year_of_source(catalogue: &Catalogue, claim: &Value) -> Option<i16> {
    let cited = claim.get("sources")?.as_array()?.iter().filter_map(|cited| cited.get("source")?.as_str()?.parse::<RecordId>().ok());
    let source = |id| catalogue.record(id).ok().flatten();
    let date = |source: Record| serde_json::from_value::<Dated>(source.fields.get("date")?.clone()).ok()?.when();
    cited.filter_map(source).find_map(date).map(|date| date.year_bounds().1)
}

/// Returns the claims of a field that lead; all of them where none was chosen.
pub(crate) fn leading<'r>(record: &'r Record, field: &str) -> Vec<&'r Value> {
    let claims: Vec<&Value> = record.fields.get(field).and_then(Value::as_array).into_iter().flatten().collect();
    let chosen: Vec<&Value> = claims.iter().copied().filter(|claim| claim.get("leads") == Some(&Value::Bool(true))).collect();
    if chosen.is_empty() { claims } else { chosen }
}

/// Whether something that a record dates lies, at least in part, in a span: any claim is enough. What concerns the record
/// itself, such as when it is to be looked at again, is no date of what it describes.
pub(crate) fn overlap(catalogue: &Catalogue, model: &Model, record: &Record, span: &Edtf) -> bool {
    let fields = model.fields(record.kind.as_str()).into_iter();
    let dates = fields.filter(|field| matches!(field.shape, Shape::Date { .. }) && field.section != "admin").flat_map(|field| {
        let values = field.values_in(&record.fields).into_iter();
        values.filter_map(|value| if field.claims { when(catalogue, value) } else { serde_json::from_value::<Dated>(value.clone()).ok()?.when() })
    });
    dates.into_iter().any(|date| date.overlaps(span))
}
