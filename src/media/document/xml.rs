//! XML as three kinds of events, read leniently and without end only as far as the reader goes.

use std::io::BufRead;
use std::ops::ControlFlow;

use anyhow::anyhow;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// One event. Names are without their prefix.
pub(super) enum Piece<'a> {
    Start(&'a str, Attributes<'a>),
    End(&'a str),
    Text(&'a str),
}

/// Attributes of an element.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The attribute whose name without prefix is this.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.find(|key| key.rsplit(':').next() == Some(name))
    }

    /// The attribute of exactly this name with its prefix.
    pub(super) fn get_exact(&self, name: &str) -> Option<String> {
        self.find(|key| key == name)
    }

    fn find(&self, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
        let mut all = self.0.html_attributes();
        let found = all.with_checks(false).filter_map(Result::ok).find(|attribute| is_wanted(attribute.key.into_inner()))?;
        Some(found.normalized_value(XmlVersion::Implicit1_0).map_or_else(|_| found.value.to_string(), std::borrow::Cow::into_owned))
    }
}

/// Tells `visit` of each event until it breaks off.
///
/// # Errors
/// Where the bytes are no more XML; what came before was told.
pub(super) fn walk(bytes: impl BufRead, visit: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>) -> anyhow::Result<()> {
    let mut reader = Reader::from_reader(bytes);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| anyhow!("the XML of the document is damaged: {error}"))?;
        let flow = match &event {
            Event::Eof => return Ok(()),
            Event::Start(start) => visit(Piece::Start(start.local_name().into_inner(), Attributes(start))),
            Event::Empty(start) => match visit(Piece::Start(start.local_name().into_inner(), Attributes(start))) {
                ControlFlow::Continue(()) => visit(Piece::End(start.local_name().into_inner())),
                stop => stop,
            },
            Event::End(end) => visit(Piece::End(end.local_name().into_inner())),
            Event::Text(text) => visit(Piece::Text(&text.xml10_content())),
            Event::CData(text) => visit(Piece::Text(&text.xml10_content())),
            Event::GeneralRef(entity) => visit(Piece::Text(&entity_text(entity))),
            _ => ControlFlow::Continue(()),
        };
        if flow.is_break() {
            return Ok(());
        }
    }
}

/// The text of the first element of this name, up to 1000 characters.
pub(super) fn first(bytes: impl BufRead, name: &str) -> Option<String> {
    let mut text: Option<String> = None;
    let _ = walk(bytes, &mut |piece| {
        match piece {
            Piece::Start(found, _) if found == name => text = Some(String::new()),
            Piece::End(found) if found == name => return ControlFlow::Break(()),
            Piece::Text(piece) => {
                if let Some(text) = &mut text {
                    text.extend(piece.chars().take(1000_usize.saturating_sub(text.len())));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    text
}

/// An entity that nobody knows stays as it is written.
fn entity_text(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    let name = entity.xml10_content();
    resolve_html5_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}
