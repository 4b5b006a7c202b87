//! Text of a PDF from the places of its letters.
//!
//! A PDF holds letters at places, not words. A page is interpreted as for drawing, with a device that
//! writes down each letter: a gap on the same line becomes a space, a step to another line a line feed.
//! So accents that come from a second font, text within forms, and the invisible text under a scan are read
//! like all other. Letters keep the order in which the file draws them.

use std::time::{Duration, Instant};

use hayro::hayro_interpret::font::{Glyph, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Vec2};

use super::super::FromFont;
use super::super::writing::Writing;
use super::forms;

/// No further page is begun after this.
const LONGEST_TIME: Duration = Duration::from_secs(20);

/// Fonts of so many pages are held in memory together.
const PAGES_WITH_ONE_CACHE: usize = 64;

/// A gap wider than this is a space, in heights of the font.
const SPACE: f64 = 0.13;

/// A step across the line larger than this is a new line, in heights of the font.
const LINE: f64 = 0.5;

/// What our own reader found.
#[derive(Debug)]
pub(super) struct Found {
    /// Pages are separated by form feeds; U+FFFD where a font does not say which letter it shows.
    pub(super) text: String,
    pub(super) is_cut: bool,
    /// Whether a page was left out because it draws itself: other readers would follow it, too.
    pub(super) is_endless: bool,
    pub(super) problem: Option<String>,
}

/// Reads all pages as far as time and [`Writing`] allow.
pub(super) fn read(pdf: &Pdf, from_font: FromFont) -> Found {
    let start = Instant::now();
    let mut letters = Letters { from_font, ..Letters::new() };
    let (mut problem, mut is_endless) = (None, false);
    let settings = InterpreterSettings::default();
    'pages: for (block, pages) in pdf.pages().chunks(PAGES_WITH_ONE_CACHE).enumerate() {
        let cache = InterpreterCache::new();
        for (number, page) in pages.iter().enumerate() {
            if block + number > 0 {
                letters.end_page();
            }
            if letters.writing.is_full() || start.elapsed() > LONGEST_TIME {
                letters.writing.cut();
                problem = Some(format!("only its first {} pages were read", block * PAGES_WITH_ONE_CACHE + number));
                break 'pages;
            }
            if forms::are_endless(page) {
                problem = Some(format!("page {} draws itself without end; it was left out", block * PAGES_WITH_ONE_CACHE + number + 1));
                is_endless = true;
                continue;
            }
            read_page(page, &cache, &settings, &mut letters);
        }
    }
    letters.flush();
    let (text, is_cut) = letters.writing.finish();
    Found { text, is_cut, is_endless, problem }
}

fn read_page<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>, settings: &InterpreterSettings, letters: &mut Letters) {
    let (width, height) = page.render_dimensions();
    let sheet = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, sheet, cache, page.xref(), settings.clone());
    interpret_page(page, &mut context, letters);
}

/// Where the last letter ended and how its line runs.
#[derive(Clone, Copy, Debug)]
struct Pen {
    end: Point,
    /// Height of the font on the page.
    size: f64,
}

/// The place of one letter on the page.
struct Place {
    start: Point,
    end: Point,
    size: f64,
}

impl Place {
    /// A glyph is drawn 1000 units high (ISO 32000-2, 9.2.4); `None` for a letter without size.
    fn of(transform: Affine, advance: f64) -> Option<Self> {
        let start = transform * Point::ZERO;
        let size = (transform * Point::new(0.0, 1000.0) - start).hypot();
        let end = transform * Point::new(advance, 0.0);
        let is_sound = size.is_finite() && size > 0.0 && start.is_finite() && end.is_finite();
        is_sound.then_some(Self { start, end, size })
    }
}

/// Writes letters down as they are drawn.
struct Letters {
    writing: Writing,
    from_font: FromFont,
    pen: Option<Pen>,
    /// Direction of writing on the page, of length 1.
    direction: Vec2,
    /// Letters of the current font that were not yet written: an old font is translated by the word.
    waiting: String,
    font: Option<String>,
    /// First place and letters of the last run: a run that is drawn twice (filled and outlined, or set off
    /// a little to look bold) is read once.
    last_run: Option<(Point, String)>,
}

impl Letters {
    fn new() -> Self {
        Self {
            writing: Writing::default(),
            from_font: |text, _| text.to_owned(),
            pen: None,
            direction: Vec2::new(1.0, 0.0),
            waiting: String::new(),
            font: None,
            last_run: None,
        }
    }

    fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        match &self.font {
            Some(font) => self.writing.push(&(self.from_font)(&waiting, font)),
            None => self.writing.push(&waiting),
        }
    }

    fn end_page(&mut self) {
        self.flush();
        self.writing.page();
        self.pen = None;
        self.last_run = None;
    }

    fn run(&mut self, glyphs: &[PositionedGlyph<'_>], transform: Affine) {
        let Some(first) = glyphs.first() else { return };
        self.change_font(first);
        let texts: Vec<String> = glyphs.iter().map(|glyph| self.letter(glyph)).collect();
        let place = Place::of(transform * first.transform(), 0.0);
        if let Some(place) = place {
            let whole = texts.concat();
            if self.is_drawn_again(&place, &whole) {
                return;
            }
            self.last_run = Some((place.start, whole));
        }
        for (glyph, text) in glyphs.iter().zip(&texts) {
            let place = Place::of(transform * glyph.transform(), advance(glyph));
            self.step(place, text);
        }
    }

    fn is_drawn_again(&self, place: &Place, text: &str) -> bool {
        let Some((start, last)) = &self.last_run else { return false };
        !text.trim().is_empty() && last == text && (*start - place.start).hypot() < 0.1 * place.size
    }

    fn change_font(&mut self, glyph: &Glyph<'_>) {
        let name = match glyph {
            Glyph::Outline(outline) => outline.font_data().and_then(|data| data.postscript_name),
            Glyph::Type3(_) => None,
        };
        let name = name.map(|name| name.split_once('+').map_or(name.clone(), |(_, rest)| rest.to_owned()));
        if name != self.font {
            self.flush();
            self.font = name;
        }
    }

    fn letter(&self, glyph: &Glyph<'_>) -> String {
        match glyph.as_unicode() {
            Some(BfString::Char(character)) => character.to_string(),
            Some(BfString::String(text)) => text,
            None => self.by_code(glyph.char_code()),
        }
    }

    /// Old fonts often carry no names: there the code itself is the letter, as in windows-1252.
    fn by_code(&self, code: u32) -> String {
        let is_old = self.font.as_deref().is_some_and(|name| crate::media::encoding::by_font(name).is_some());
        match u8::try_from(code) {
            Ok(byte) if is_old => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned(),
            _ => "\u{fffd}".to_owned(),
        }
    }

    /// Writes the letter at its place, with what the way there means.
    fn step(&mut self, place: Option<Place>, text: &str) {
        let Some(place) = place else { return };
        if let Some(pen) = self.pen {
            let way = place.start - pen.end;
            let size = pen.size.max(place.size);
            let (along, across) = (way.dot(self.direction), way.cross(self.direction));
            if across.abs() > LINE * size || along < -1.5 * size {
                self.flush();
                self.writing.fresh_line();
            } else if along > SPACE * place.size && !text.starts_with(char::is_whitespace) {
                self.flush();
                self.writing.space();
            }
        }
        let way = place.end - place.start;
        if way.hypot() > 1e-6 {
            self.direction = way / way.hypot();
        }
        self.pen = Some(Pen { end: place.end, size: place.size });
        // A bound on what waits: a page may be one run of millions of letters.
        if self.waiting.len() > 1 << 16 {
            self.flush();
        }
        self.waiting.push_str(text);
    }
}

fn advance(glyph: &Glyph<'_>) -> f64 {
    let advance = match glyph {
        Glyph::Outline(outline) => outline.advance_width(),
        Glyph::Type3(drawn) => drawn.advance_width(),
    };
    advance.map_or(500.0, f64::from)
}

impl<'a> Device<'a> for Letters {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if !self.writing.is_full() {
            self.run(run.glyphs(), props.transform);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: hayro::hayro_interpret::ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
}
