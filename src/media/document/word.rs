//! Word documents of today (ECMA-376 part 1, chapter 17).

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::writing::Writing;
use super::xml::{self, Attributes, Piece};
use super::zip_part::Package;
use super::{FromFont, Words};

/// Reads the body, then notes, comments, headers and footers.
///
/// # Errors
/// When it is no ZIP or has no body.
pub(super) fn read(path: &Path, from_font: FromFont) -> anyhow::Result<Words> {
    let mut package = Package::open(path)?;
    let styles = Styles::of(&mut package);
    let mut body = Body::new(&styles, from_font);
    let mut problem = walk(&mut package, "word/document.xml", &mut body)?;
    let others = ["word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"].map(str::to_owned);
    let sides = [package.numbered("word/header", ".xml"), package.numbered("word/footer", ".xml")].concat();
    for name in others.iter().chain(&sides).filter(|name| package.has(name)).cloned().collect::<Vec<_>>() {
        body.writing.line();
        problem = problem.or(walk(&mut package, &name, &mut body)?);
    }
    let title = package.part("docProps/core.xml").ok().and_then(|part| xml::first(part, "title"));
    Ok(Words::of(body.writing, title, problem))
}

/// Reads one part. What is wrong inside it is told, not fatal: the words before it count.
fn walk(package: &mut Package, name: &str, body: &mut Body<'_>) -> anyhow::Result<Option<String>> {
    let read = xml::walk(package.part(name)?, &mut |piece| body.piece(&piece));
    body.end_of_part();
    Ok(read.err().map(|error| format!("some of it could not be read: {error:#}")))
}

/// Fonts that styles ask for: only these tell which encoding old text is in.
#[derive(Debug, Default)]
struct Styles {
    /// By the style's name: its own font and the style that it is based on.
    fonts: HashMap<String, (Option<String>, Option<String>)>,
    /// For text that names no style.
    default: Option<String>,
    default_paragraph: Option<String>,
}

impl Styles {
    fn of(package: &mut Package) -> Self {
        let mut styles = Self::default();
        let mut current: Option<String> = None;
        let Ok(part) = package.part("word/styles.xml") else { return styles };
        let _ = xml::walk(part, &mut |piece| {
            match piece {
                Piece::Start("style", attributes) => {
                    current = attributes.get("styleId");
                    let is_default = attributes.get("default").is_some_and(|value| value == "1" || value == "true");
                    if is_default && attributes.get("type").as_deref() == Some("paragraph") {
                        styles.default_paragraph.clone_from(&current);
                    }
                }
                Piece::End("style") => current = None,
                Piece::Start("basedOn", attributes) => styles.entry(current.as_ref()).1 = attributes.get("val"),
                Piece::Start("rFonts", attributes) => match &current {
                    Some(_) => styles.entry(current.as_ref()).0 = font(attributes),
                    None => styles.default = font(attributes),
                },
                _ => {}
            }
            ControlFlow::Continue(())
        });
        styles
    }

    fn entry(&mut self, style: Option<&String>) -> &mut (Option<String>, Option<String>) {
        self.fonts.entry(style.cloned().unwrap_or_default()).or_default()
    }

    /// Follows `basedOn` no deeper than 16: it may run in a circle.
    fn font(&self, style: Option<&str>) -> Option<&str> {
        let mut style = style?;
        for _ in 0..16 {
            let (font, based_on) = self.fonts.get(style)?;
            if let Some(font) = font {
                return Some(font);
            }
            style = based_on.as_deref()?;
        }
        None
    }
}

fn font(attributes: Attributes<'_>) -> Option<String> {
    attributes.get("ascii").or_else(|| attributes.get("hAnsi"))
}

/// What was read of the text, and where in it the reader is.
struct Body<'a> {
    writing: Writing,
    styles: &'a Styles,
    from_font: FromFont,
    is_text: bool,
    /// Within `w:r`: only there a `w:tab` is a tab and not a place for one.
    is_run: bool,
    /// The same words a second time, for programs that know no drawings (part 3, 10.2.2).
    fallbacks: u32,
    /// Run properties of the paragraph mark stand within `w:pPr` and say nothing of the text.
    is_paragraph_property: bool,
    paragraph_style: Option<String>,
    run_style: Option<String>,
    run_font: Option<String>,
}

impl<'a> Body<'a> {
    fn new(styles: &'a Styles, from_font: FromFont) -> Self {
        Self {
            writing: Writing::default(),
            styles,
            from_font,
            is_text: false,
            is_run: false,
            fallbacks: 0,
            is_paragraph_property: false,
            paragraph_style: None,
            run_style: None,
            run_font: None,
        }
    }

    fn end_of_part(&mut self) {
        *self = Self { writing: std::mem::take(&mut self.writing), ..Self::new(self.styles, self.from_font) };
        self.writing.fresh_line();
    }

    fn piece(&mut self, piece: &Piece<'_>) -> ControlFlow<()> {
        match piece {
            Piece::Start(name, attributes) => self.start(name, *attributes),
            Piece::End(name) => self.end(name),
            Piece::Text(text) if self.is_text && self.fallbacks == 0 => {
                let text = (self.from_font)(text, self.font());
                self.writing.push(&text);
            }
            Piece::Text(_) => {}
        }
        if self.writing.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        match name {
            "t" => self.is_text = true,
            "p" => self.paragraph_style = None,
            "pPr" => self.is_paragraph_property = true,
            "pStyle" => self.paragraph_style = attributes.get("val"),
            "r" => (self.is_run, self.run_style, self.run_font) = (true, None, None),
            "rStyle" if self.is_run => self.run_style = attributes.get("val"),
            "rFonts" if self.is_run && !self.is_paragraph_property => self.run_font = font(attributes),
            "Fallback" => self.fallbacks = self.fallbacks.saturating_add(1),
            "tab" if self.is_run && self.fallbacks == 0 => self.writing.push_char('\t'),
            "br" | "cr" if self.is_run && self.fallbacks == 0 => self.writing.push_char('\n'),
            "noBreakHyphen" if self.is_run => self.writing.push_char('-'),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.is_text = false,
            "r" => self.is_run = false,
            "pPr" => self.is_paragraph_property = false,
            "Fallback" => self.fallbacks = self.fallbacks.saturating_sub(1),
            "p" if self.fallbacks == 0 => self.writing.line(),
            _ => {}
        }
    }

    /// The font of the run, of its style, of its paragraph's style, or of the document; `""` if none is named.
    fn font(&self) -> &str {
        let style = self.paragraph_style.as_deref().or(self.styles.default_paragraph.as_deref());
        let of_style = || self.styles.font(self.run_style.as_deref()).or_else(|| self.styles.font(style));
        self.run_font.as_deref().or_else(of_style).or(self.styles.default.as_deref()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Makes a document of these parts and reads it; text in `.VnTime` comes back in capitals.
    fn words(name: &str, parts: &[(&str, &str)]) -> anyhow::Result<Words> {
        let path = std::env::temp_dir().join(format!("kho-{name}-{}.docx", std::process::id()));
        let mut package = zip::ZipWriter::new(std::fs::File::create(&path)?);
        for (name, xml) in parts {
            package.start_file(*name, zip::write::SimpleFileOptions::default())?;
            package.write_all(xml.as_bytes())?;
        }
        package.finish()?;
        let words = read(&path, |text, font| if font == ".VnTime" { text.to_uppercase() } else { text.to_owned() });
        std::fs::remove_file(&path)?;
        words
    }

    const STYLES: &str = "<w:styles><w:docDefaults><w:rPr><w:rFonts w:ascii='Arial'/></w:rPr></w:docDefaults>\
        <w:style w:type='paragraph' w:default='1' w:styleId='Normal'><w:rPr><w:rFonts w:ascii='.VnTime'/></w:rPr></w:style>\
        <w:style w:type='paragraph' w:styleId='Than'><w:basedOn w:val='Normal'/></w:style>\
        <w:style w:type='paragraph' w:styleId='Vong'><w:basedOn w:val='Vong'/></w:style></w:styles>";

    #[test]
    fn words_in_the_fonts_of_their_styles() {
        let body = "<w:document><w:body><w:p><w:pPr><w:pStyle w:val='Than'/><w:rPr><w:rFonts w:ascii='Arial'/></w:rPr><w:tabs><w:tab/></w:tabs></w:pPr>\
            <w:r><w:t>nghe </w:t></w:r><w:r><w:rPr><w:rFonts w:ascii='Times'/></w:rPr><w:t>đan &#273;ó &amp; lờ</w:t><w:tab/><w:t>1</w:t></w:r></w:p>\
            <w:p><w:pPr><w:pStyle w:val='Vong'/></w:pPr><w:r><w:t>vòng</w:t><w:delText>bỏ</w:delText></w:r></w:p></w:body></w:document>";
        let header = "<w:hdr><w:p><w:pPr><w:pStyle w:val='Vong'/></w:pPr><w:r><w:t>Thủ Sỹ</w:t></w:r></w:p></w:hdr>";
        let core = "<cp:coreProperties><dc:title>Sổ tay</dc:title></cp:coreProperties>";
        let parts = [("word/document.xml", body), ("word/styles.xml", STYLES), ("word/header1.xml", header), ("docProps/core.xml", core)];
        let words = words("so-tay", &parts).expect("whole");
        assert_eq!(words.text, "NGHE đan đó & lờ\t1\nvòng\n\nThủ Sỹ");
        assert_eq!((words.title.as_deref(), words.problem), (Some("Sổ tay"), None));
    }

    #[test]
    fn damaged_and_foreign_ones() {
        let cut = "<w:document><w:p><w:r><w:t>tre</w:t></w:r></w:p><w:p><w:r foo=<w:t>nứa";
        let words_of_cut = words("cut", &[("word/document.xml", cut)]).expect("what is there");
        assert!(words_of_cut.text.starts_with("tre"));
        assert!(words("khong", &[("readme.txt", "đó")]).is_err());
    }
}
