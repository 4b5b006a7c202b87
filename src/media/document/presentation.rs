//! Presentations of today (ECMA-376 part 1, chapter 19).

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::writing::Writing;
use super::xml::{self, Piece};
use super::zip_part::Package;
use super::{FromFont, Words};

/// More slides than this nobody shows.
const MOST_SLIDES: usize = 10_000;

/// Reads the slides in the order in which they are shown, then the notes.
///
/// # Errors
/// When it is no ZIP.
pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let mut package = Package::open(path)?;
    let slides = slides(&mut package);
    let notes = package.numbered("ppt/notesSlides/notesSlide", ".xml");
    let (mut writing, mut problem) = (Writing::default(), None);
    for name in slides.iter().chain(&notes) {
        if writing.is_full() {
            break;
        }
        if let Err(error) = slide(&mut package, name, &mut writing, from_font) {
            problem = Some(format!("some of it could not be read: {error:#}"));
        }
        writing.line();
    }
    let title = package.part("docProps/core.xml").ok().and_then(|part| xml::first(part, "title"));
    Ok(Words { pages: u32::try_from(slides.len()).ok(), ..Words::of(writing, title, problem) })
}

/// Names of the slides as the presentation lists them, or by their numbers where the list is lost.
fn slides(package: &mut Package) -> Vec<String> {
    let mut targets = HashMap::new();
    if let Ok(part) = package.part("ppt/_rels/presentation.xml.rels") {
        let _ = xml::walk(part, &mut |piece| {
            if let Piece::Start("Relationship", attributes) = piece
                && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
            {
                let name = target.strip_prefix('/').map_or_else(|| format!("ppt/{target}"), str::to_owned);
                targets.insert(id, name);
            }
            ControlFlow::Continue(())
        });
    }
    let mut names = Vec::new();
    if let Ok(part) = package.part("ppt/presentation.xml") {
        let _ = xml::walk(part, &mut |piece| {
            if let Piece::Start("sldId", attributes) = piece
                && let Some(name) = attributes.get_exact("r:id").and_then(|id| targets.get(&id))
            {
                names.push(name.clone());
            }
            if names.len() < MOST_SLIDES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
    }
    if names.is_empty() { package.numbered("ppt/slides/slide", ".xml") } else { names }
}

fn slide(package: &mut Package, name: &str, writing: &mut Writing, from_font: FromFont) -> anyhow::Result<()> {
    let (mut is_text, mut font) = (false, String::new());
    xml::walk(package.part(name)?, &mut |piece| {
        match piece {
            Piece::Start("t", _) => is_text = true,
            Piece::End("t") => is_text = false,
            Piece::Start("r", _) => font.clear(),
            Piece::Start("latin", attributes) => font = attributes.get("typeface").unwrap_or_default(),
            Piece::Start("br", _) | Piece::End("p") => writing.fresh_line(),
            Piece::Text(text) if is_text => writing.push(&from_font(text, &font)),
            _ => {}
        }
        if writing.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}
