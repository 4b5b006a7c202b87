//! `kho verify`

use kho_archive::Archive;
use kho_archive::digest::Digest;
use kho_archive::fixity::FixityReport;
use std::io::IsTerminal;

use indicatif::{HumanBytes, ProgressBar};

use super::{Common, End};
use crate::config::UsageError;
use crate::{config, out};

/// Reads every blob and every commit and says what is damaged, missing or strange.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The hash of a commit that must be in the journal: finds out whether its end was cut off.
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// Report as one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<End> {
    let known = args.head.as_deref().map(str::parse::<Digest>).transpose().map_err(|error| UsageError(error.to_string()))?;
    let root = config::find_archive(common.archive.as_deref())?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let mut progress = |bytes: u64| {
        bar.set_message(format!("{} read", HumanBytes(bytes)));
        bar.tick();
        true
    };
    let report = Archive::verify(&root, known, Some(&mut progress))?;
    bar.finish_and_clear();
    if args.json {
        out::json(&report)?;
    } else {
        tell(&report)?;
    }
    Ok(if report.is_clean() { End::Done } else { End::WithProblems })
}

fn tell(report: &FixityReport) -> anyhow::Result<()> {
    let records = |records: &std::collections::BTreeSet<kho_archive::record::RecordId>| {
        let title = |id| report.titles.get(id).map_or("", String::as_str);
        let names: Vec<String> = records.iter().map(|id| super::repair::titled(id, title(id))).collect();
        if names.is_empty() { String::new() } else { format!(" (records {})", names.join(", ")) }
    };
    for blob in &report.damaged {
        out::line(format_args!("damaged: {}: {}{}", blob.path.display(), blob.reason, records(&blob.records)))?;
    }
    for blob in &report.missing {
        out::line(format_args!("missing: {}{}", blob.digest, records(&blob.records)))?;
    }
    for file in &report.extra {
        out::line(format_args!("extra: {}: nothing of ours put it there", file.path.display()))?;
    }
    for damage in &report.journal.damaged {
        let line = damage.line.map(|line| format!(", line {line}")).unwrap_or_default();
        out::line(format_args!("journal: {}{line}: {}", damage.path.display(), damage.reason))?;
    }
    for left in &report.unerased {
        let line = left.line.map(|line| format!(", line {line}")).unwrap_or_default();
        out::line(format_args!("not yet erased: {}{line}: `kho erase --finish` takes it out", left.path.display()))?;
    }
    for orphan in &report.orphans {
        out::line(format_args!("orphan (no damage): {}: whole, but named by no commit", orphan.digest))?;
    }
    let is_only_unerased = !report.unerased.is_empty() && FixityReport { unerased: Vec::new(), ..report.clone() }.is_clean();
    let verdict = match () {
        () if report.is_clean() => "Everything is as it was kept.",
        () if is_only_unerased => "Everything is as it was kept, but an erasure was cut off.",
        () => "Mend it from a copy before anything else: kho repair --from COPY.",
    };
    let head = report.journal.head.map(|head| format!(", head {head}")).unwrap_or_default();
    out::line(format_args!("{} blobs ({}), {} commits{head}. {verdict}", report.checked, HumanBytes(report.bytes), report.journal.commits))
}
