//! The form in which somebody says which moments of a recording to cut out: from when to when.

use askama::Template;
use kho_archive::record::{File, Record, Role};

use super::address::npt;
use crate::media::{MediaKind, kind_of};
use crate::web::in_words::clock;
use crate::web::page::{self, Reader};
use crate::web::texts::Texts;
use crate::web::zoom::short;

/// A part that somebody offers to cut is no longer at first.
const FIRST_SPAN: f64 = 30.0;

/// Where somebody says which moments to cut out.
#[derive(Template)]
#[template(path = "cite/span.html")]
pub(in crate::web) struct Form {
    pub(super) t: Texts,
    pub(super) action: String,
    pub(super) file: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Whether what was typed cannot be a part of it.
    pub(super) is_wrong: bool,
    pub(super) is_open: bool,
}

/// Returns the forms by which parts of the recordings of a record are cut out.
pub(in crate::web) fn span_forms(reader: &Reader, record: &Record) -> anyhow::Result<Vec<String>> {
    record.files.iter().filter_map(|file| Form::of(reader, record, file)).map(|form| page::draw(&form)).collect()
}

impl Form {
    /// Returns the form for a recording; `None` of anything else.
    pub(super) fn of(reader: &Reader, record: &Record, file: &File) -> Option<Self> {
        let is_played = matches!(kind_of(file.technical.mime.as_deref().unwrap_or_default()), MediaKind::Film | MediaKind::Sound);
        if !is_played || file.role != Role::original() || file.size == 0 {
            return None;
        }
        Some(Self {
            t: reader.texts.clone(),
            action: format!("/r/{}/cut", record.id),
            file: short(&file.digest.to_string()).to_owned(),
            from: clock(0.0),
            to: npt(file.technical.duration_s.unwrap_or(FIRST_SPAN).min(FIRST_SPAN)),
            is_wrong: false,
            is_open: false,
        })
    }
}
