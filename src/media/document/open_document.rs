//! OpenDocument: texts, presentations and sheets (ODF 1.3 part 3).

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::writing::Writing;
use super::xml::{self, Attributes, Piece};
use super::zip_part::Package;
use super::{ENCRYPTED, FromFont, Words};

/// Elements within elements are followed so deep.
const DEEPEST: usize = 256;

/// Reads the content; rows of a table are lines, their cells separated by tabs.
///
/// # Errors
/// When it is no ZIP or has no content.
pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let mut package = Package::open(path)?;
    let manifest = package.bytes("META-INF/manifest.xml", 1 << 20).unwrap_or_default();
    if String::from_utf8_lossy(&manifest).contains("encryption-data") {
        return Ok(Words::only(ENCRYPTED));
    }
    let mut styles = Styles::default();
    if let Ok(part) = package.part("styles.xml") {
        let _ = xml::walk(part, &mut |piece| styles.piece(&piece));
    }
    let mut body = Body { writing: Writing::default(), styles, from_font, open: Vec::new(), skipped: 0, in_cell: 0, pages: 0, body: false };
    let read = xml::walk(package.part("content.xml")?, &mut |piece| body.piece(&piece));
    let problem = read.err().map(|error| format!("some of it could not be read: {error:#}"));
    let title = package.part("meta.xml").ok().and_then(|part| xml::first(part, "title"));
    let pages = (body.pages > 0).then_some(body.pages);
    Ok(Words { pages, ..Words::of(body.writing, title, problem) })
}

/// Fonts by the names of styles.
#[derive(Debug, Default)]
struct Styles {
    /// The style's own font and its parent.
    fonts: HashMap<String, (Option<String>, Option<String>)>,
    /// The style that is being read: `""` for the default of paragraphs.
    current: Option<String>,
}

impl Styles {
    fn piece(&mut self, piece: &Piece<'_>) -> ControlFlow<()> {
        match piece {
            Piece::Start("style", attributes) => {
                let name = attributes.get("name").unwrap_or_default();
                let entry = self.fonts.entry(name.clone()).or_default();
                entry.1 = attributes.get("parent-style-name");
                self.current = Some(name);
            }
            Piece::Start("default-style", attributes) => {
                self.current = (attributes.get("family").as_deref() == Some("paragraph")).then(String::new);
            }
            Piece::End("style" | "default-style") => self.current = None,
            Piece::Start("text-properties", attributes) => {
                let font = attributes.get_exact("style:font-name").or_else(|| attributes.get_exact("fo:font-family"));
                if let (Some(current), Some(font)) = (&self.current, font) {
                    self.fonts.entry(current.clone()).or_default().0 = Some(font);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Follows parents no deeper than 16: they may run in a circle.
    fn font(&self, style: &str) -> Option<&String> {
        let mut style = style;
        for _ in 0..16 {
            let (font, parent) = self.fonts.get(style)?;
            if font.is_some() {
                return font.as_ref();
            }
            style = parent.as_deref()?;
        }
        None
    }
}

struct Body {
    writing: Writing,
    styles: Styles,
    from_font: FromFont,
    /// Fonts of the paragraphs and spans that are open.
    open: Vec<Option<String>>,
    /// Depth within text that was deleted and only remembered.
    skipped: u32,
    in_cell: u32,
    pages: u32,
    body: bool,
}

impl Body {
    fn piece(&mut self, piece: &Piece<'_>) -> ControlFlow<()> {
        if !self.body {
            self.body = matches!(piece, Piece::Start("body", _));
            return self.styles.piece(piece);
        }
        match piece {
            Piece::Start(name, attributes) => self.start(name, *attributes),
            Piece::End(name) => self.end(name),
            Piece::Text(text) if self.skipped == 0 && !self.open.is_empty() => self.text(text),
            Piece::Text(_) => {}
        }
        if self.writing.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        match name {
            "tracked-changes" => self.skipped = self.skipped.saturating_add(1),
            "p" | "h" | "span" if self.open.len() < DEEPEST => self.open(name, attributes),
            "s" => {
                let count = attributes.get("c").and_then(|count| count.parse::<usize>().ok()).unwrap_or(1);
                self.writing.push(&" ".repeat(count.min(16)));
            }
            "tab" => self.writing.push_char('\t'),
            "line-break" => self.break_line(),
            "table" => {
                self.writing.line();
                if let Some(name) = attributes.get_exact("table:name") {
                    self.writing.push(&name);
                    self.writing.line();
                }
            }
            "table-cell" | "covered-table-cell" => {
                self.in_cell = self.in_cell.saturating_add(1);
            }
            "page" => {
                self.pages = self.pages.saturating_add(1);
                self.writing.line();
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "tracked-changes" => self.skipped = self.skipped.saturating_sub(1),
            "p" | "h" => {
                self.open.pop();
                self.break_line();
            }
            "span" => {
                self.open.pop();
            }
            "table-cell" | "covered-table-cell" => {
                self.in_cell = self.in_cell.saturating_sub(1);
                if !self.writing.is_at_line_start() {
                    self.writing.cell();
                }
            }
            "table-row" => self.writing.fresh_line(),
            _ => {}
        }
    }

    /// A cell is one line, however many paragraphs it has.
    fn break_line(&mut self) {
        match (self.skipped, self.in_cell) {
            (0, 0) => self.writing.line(),
            (0, _) => self.writing.space(),
            _ => {}
        }
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        let style = attributes.get("style-name").unwrap_or_default();
        let outer = if name == "span" { self.open.last().cloned().flatten() } else { self.styles.font("").cloned() };
        self.open.push(self.styles.font(&style).cloned().or(outer));
    }

    /// White space is folded; more of it stands as elements (6.1.2).
    fn text(&mut self, text: &str) {
        let font = self.open.last().and_then(Option::as_deref).unwrap_or_default();
        for character in (self.from_font)(text, font).chars() {
            match character {
                ' ' | '\n' | '\t' | '\r' => self.writing.space(),
                character => self.writing.push_char(character),
            }
        }
    }
}
