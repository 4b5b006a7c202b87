//! Be Vietnam Pro in a PDF: which glyph a letter is, how wide it is, and as much of the font as was used.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};
use subsetter::GlyphRemapper;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/BeVietnamPro-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/BeVietnamPro-SemiBold.ttf");

/// PDF measures glyphs in thousandths of the size of letters.
const PER_SIZE: f32 = 1000.0;

/// What a font is in a PDF, where it names itself.
const IDENTITY: SystemInfo<'_> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
const UNICODE: SystemInfo<'_> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };

/// One weight, and which of its letters were used.
pub(super) struct Typeface {
    bytes: &'static [u8],
    font: FontRef<'static>,
    name: &'static str,
    kept: GlyphRemapper,
    /// By the number that a glyph has in the part that is kept: a letter that it draws, and its width. The empty box is no letter.
    used: BTreeMap<u16, (Option<char>, f32)>,
}

impl Typeface {
    pub(super) fn regular() -> anyhow::Result<Self> {
        Self::of(REGULAR, "KHOSET+BeVietnamPro-Regular")
    }

    pub(super) fn bold() -> anyhow::Result<Self> {
        Self::of(BOLD, "KHOSEM+BeVietnamPro-SemiBold")
    }

    fn of(bytes: &'static [u8], name: &'static str) -> anyhow::Result<Self> {
        let font = FontRef::new(bytes).context("the embedded font cannot be read")?;
        Ok(Self { bytes, font, name, kept: GlyphRemapper::new(), used: BTreeMap::new() })
    }

    /// The glyph of a letter and its width; what the font cannot draw is drawn as an empty box.
    fn glyph(&self, letter: char) -> (u16, f32) {
        let glyph = self.font.charmap().map(letter).unwrap_or_default();
        let units = f32::from(self.font.metrics(Size::unscaled(), LocationRef::default()).units_per_em).max(1.0);
        let width = self.font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(glyph).unwrap_or_default();
        (u16::try_from(glyph.to_u32()).unwrap_or_default(), width * PER_SIZE / units)
    }

    /// Returns how long a text is.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.glyph(letter).1).sum::<f32>() * size / PER_SIZE
    }

    /// Returns a text as the PDF wants it, and keeps what it needs of the font.
    pub(super) fn glyphs(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for letter in text.chars() {
            let (glyph, width) = self.glyph(letter);
            let kept = self.kept.remap(glyph);
            self.used.entry(kept).or_insert(((glyph != 0).then_some(letter), width));
            bytes.extend(kept.to_be_bytes());
        }
        bytes
    }

    /// Cuts a text into lines that fit. A word that fits into none is cut.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines().filter(|paragraph| !paragraph.trim().is_empty()) {
            let (mut line, mut long) = (String::new(), 0.0);
            for word in paragraph.split_whitespace() {
                let space = if line.is_empty() { 0.0 } else { self.width(" ", size) };
                let wide = self.width(word, size);
                if !line.is_empty() && long + space + wide > width {
                    lines.push(std::mem::take(&mut line));
                    long = 0.0;
                } else if !line.is_empty() {
                    line.push(' ');
                    long += space;
                }
                for letter in word.chars() {
                    let wide = self.glyph(letter).1 * size / PER_SIZE;
                    if long + wide > width && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        long = 0.0;
                    }
                    line.push(letter);
                    long += wide;
                }
            }
            lines.push(line);
        }
        lines
    }

    /// Writes what was used of the font.
    pub(super) fn embed(self, pdf: &mut Pdf, id: Ref, next: &mut Ref) -> anyhow::Result<()> {
        let (descendant, descriptor, unicode, file) = (next.bump(), next.bump(), next.bump(), next.bump());
        let name = Name(self.name.as_bytes());
        let mut font = pdf.type0_font(id);
        font.base_font(name).encoding_predefined(Name(b"Identity-H")).descendant_font(descendant).to_unicode(unicode);
        font.finish();
        let mut inner = pdf.cid_font(descendant);
        inner.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY).font_descriptor(descriptor).default_width(0.0);
        inner.cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = inner.widths();
        for (glyph, (_, width)) in &self.used {
            widths.consecutive(*glyph, [*width]);
        }
        widths.finish();
        inner.finish();
        self.describe(pdf, descriptor, file);
        let mut letters = UnicodeCmap::new(Name(b"Kho"), UNICODE);
        for (glyph, (letter, _)) in &self.used {
            letter.iter().for_each(|letter| letters.pair(*glyph, *letter));
        }
        pdf.cmap(unicode, letters.finish().as_slice());
        let part = subsetter::subset(self.bytes, 0, &self.kept).context("the embedded font cannot be cut to what was used")?;
        let length = i32::try_from(part.len())?;
        let bytes = compressed(&part)?;
        pdf.stream(file, &bytes).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
        Ok(())
    }

    fn describe(&self, pdf: &mut Pdf, id: Ref, file: Ref) {
        let metrics = self.font.metrics(Size::unscaled(), LocationRef::default());
        let scaled = |units: f32| units * PER_SIZE / f32::from(metrics.units_per_em).max(1.0);
        let bounds = metrics.bounds.map_or(Rect::new(0.0, -250.0, 1000.0, 1000.0), |bounds| {
            Rect::new(scaled(bounds.x_min), scaled(bounds.y_min), scaled(bounds.x_max), scaled(bounds.y_max))
        });
        let mut descriptor = pdf.font_descriptor(id);
        descriptor.name(Name(self.name.as_bytes())).flags(FontFlags::NON_SYMBOLIC).bbox(bounds).italic_angle(0.0);
        descriptor.ascent(scaled(metrics.ascent)).descent(scaled(metrics.descent)).stem_v(80.0).font_file2(file);
        descriptor.cap_height(scaled(metrics.cap_height.unwrap_or(metrics.ascent)));
    }
}

/// Returns bytes as a stream of a PDF holds them.
pub(super) fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_vietnamese_has_a_glyph() {
        let letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ";
        for face in [Typeface::regular().unwrap(), Typeface::bold().unwrap()] {
            for letter in letters.chars().chain(letters.to_uppercase().chars()).chain("–…“”·×°0123456789".chars()) {
                assert!(face.glyph(letter).0 != 0, "{letter}");
            }
        }
    }

    #[test]
    fn lines_fit_and_lose_nothing() {
        let face = Typeface::regular().unwrap();
        let text = "Nan cật vót mỏng, gác bếp hun khói rồi mới đan http://kho.example/r/mộtđịachỉrấtdàikhôngcódấucách";
        let lines = face.lines(text, 10.0, 120.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| face.width(line, 10.0) <= 120.5), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert!(face.lines(" \n ", 10.0, 120.0).is_empty());
    }
}
