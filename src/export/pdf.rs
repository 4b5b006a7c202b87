//! Records as a document to print: pages of A4, pictures beside words, in the typeface of the viewer.
//!
//! It knows nothing of records: it lays out titles, lines and pictures. Nothing in it says when it was made, so the same words
//! give the same bytes.

use pdf_writer::types::{ActionType, AnnotationType};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

mod typeface;

use typeface::{Typeface, compressed};

/// A sheet of A4, in points.
const SHEET: (f32, f32) = (595.28, 841.89);

/// What stays white around it.
const EDGE: f32 = 56.0;

/// Where words begin, and where pictures end.
const WORDS: f32 = 212.0;
const PICTURE: (f32, f32) = (140.0, 150.0);

/// Between two entries.
const GAP: f32 = 22.0;

const INK: [f32; 3] = [0.141, 0.110, 0.086];
const SOFT: [f32; 3] = [0.396, 0.341, 0.278];
const SEAL: [f32; 3] = [0.588, 0.200, 0.122];
const LINE: [f32; 3] = [0.847, 0.800, 0.722];

/// What is printed.
pub(crate) struct Document {
    /// The BCP 47 tag of its language.
    pub(crate) language: String,
    pub(crate) title: String,
    /// What stands below the title.
    pub(crate) about: String,
    pub(crate) entries: Vec<Entry>,
}

/// One record.
pub(crate) struct Entry {
    pub(crate) title: String,
    /// What it is, and when.
    pub(crate) note: String,
    pub(crate) text: String,
    /// Whose it is, and what may be done with it.
    pub(crate) rights: String,
    /// Where it is to be had.
    pub(crate) address: String,
    pub(crate) picture: Option<Picture>,
}

/// A picture as JPEG.
pub(crate) struct Picture {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_grey: bool,
}

/// How words are set.
#[derive(Clone, Copy)]
struct Style {
    is_bold: bool,
    size: f32,
    leading: f32,
    colour: [f32; 3],
}

const TITLE: Style = Style { is_bold: true, size: 24.0, leading: 31.0, colour: INK };
const ABOUT: Style = Style { is_bold: false, size: 10.0, leading: 15.0, colour: SOFT };
const HEADING: Style = Style { is_bold: true, size: 12.5, leading: 17.0, colour: INK };
const NOTE: Style = Style { is_bold: false, size: 9.5, leading: 15.0, colour: SOFT };
const TEXT: Style = Style { is_bold: false, size: 10.0, leading: 15.0, colour: INK };
const ADDRESS: Style = Style { is_bold: false, size: 8.5, leading: 14.0, colour: SEAL };

/// A page that is being filled, from the top.
struct Sheet {
    content: Content,
    /// The places that lead somewhere.
    links: Vec<(Rect, String)>,
    /// The pictures on it, by their place in the document.
    pictures: Vec<usize>,
    /// How high the next line stands.
    y: f32,
}

/// The two weights in which words are set.
struct Faces {
    regular: Typeface,
    bold: Typeface,
}

/// Returns a document as PDF.
pub(crate) fn write(document: &Document) -> anyhow::Result<Vec<u8>> {
    let mut setting = Setting { faces: Faces { regular: Typeface::regular()?, bold: Typeface::bold()? }, sheets: vec![Sheet::empty()] };
    setting.words(&document.title, EDGE, TITLE);
    setting.words(&document.about, EDGE, ABOUT);
    for (place, entry) in document.entries.iter().enumerate() {
        setting.entry(place, entry);
    }
    setting.number_pages();
    setting.finish(document)
}

/// Sets words and pictures on sheets.
struct Setting {
    faces: Faces,
    sheets: Vec<Sheet>,
}

impl Faces {
    fn of(&mut self, style: Style) -> &mut Typeface {
        if style.is_bold { &mut self.bold } else { &mut self.regular }
    }
}

impl Sheet {
    fn empty() -> Self {
        Self { content: Content::new(), links: Vec::new(), pictures: Vec::new(), y: SHEET.1 - EDGE }
    }

    fn line(&mut self, glyphs: &[u8], (x, y): (f32, f32), style: Style) {
        let name = if style.is_bold { Name(b"B") } else { Name(b"R") };
        let [red, green, blue] = style.colour;
        self.content.set_fill_rgb(red, green, blue).begin_text().set_font(name, style.size).next_line(x, y).show(Str(glyphs)).end_text();
    }

    fn rule(&mut self, y: f32) {
        let [red, green, blue] = LINE;
        self.content.set_stroke_rgb(red, green, blue).set_line_width(0.75).move_to(EDGE, y).line_to(SHEET.0 - EDGE, y).stroke();
    }

    fn picture(&mut self, place: usize, picture: &Picture, top: f32) -> f32 {
        let (width, height) = fitted(picture);
        self.content.save_state().transform([width, 0.0, 0.0, height, EDGE, top - height]);
        self.content.x_object(Name(picture_name(place).as_bytes())).restore_state();
        self.pictures.push(place);
        height
    }
}

impl Setting {
    fn sheet(&mut self) -> (&mut Faces, &mut Sheet) {
        if self.sheets.is_empty() {
            self.sheets.push(Sheet::empty());
        }
        let last = self.sheets.len() - 1;
        (&mut self.faces, &mut self.sheets[last])
    }

    /// Sets words from here on downwards; they go on where the sheet ends.
    fn words(&mut self, text: &str, x: f32, style: Style) {
        for line in self.faces.of(style).lines(text, style.size, SHEET.0 - EDGE - x) {
            if self.sheet().1.y - style.leading < EDGE {
                self.sheets.push(Sheet::empty());
            }
            let (faces, sheet) = self.sheet();
            sheet.y -= style.leading;
            let glyphs = faces.of(style).glyphs(&line);
            let y = sheet.y;
            sheet.line(&glyphs, (x, y), style);
        }
    }

    fn entry(&mut self, place: usize, entry: &Entry) {
        let parts = [(&entry.title, HEADING), (&entry.note, NOTE), (&entry.text, TEXT), (&entry.rights, NOTE), (&entry.address, ADDRESS)];
        let width = SHEET.0 - EDGE - WORDS;
        let told: f32 = parts.iter().map(|(text, style)| self.faces.of(*style).lines(text, style.size, width).len() as f32 * style.leading).sum();
        let pictured = entry.picture.as_ref().map_or(HEADING.leading, |picture| fitted(picture).1);
        let high = told.max(pictured);
        // An entry stands on one sheet if it can; where its words are too many for any, they begin where its picture has room.
        let room = self.sheet().1.y - EDGE - GAP;
        let least = if high < SHEET.1 - 2.0 * EDGE { high } else { pictured };
        if least > room {
            self.sheets.push(Sheet::empty());
        } else {
            let (_, sheet) = self.sheet();
            sheet.y -= GAP;
            let y = sheet.y + GAP / 2.0;
            sheet.rule(y);
        }
        let first = self.sheets.len();
        let top = self.sheet().1.y;
        let bottom = entry.picture.as_ref().map(|picture| top - self.sheet().1.picture(place, picture, top));
        for (text, style) in parts {
            self.words(text, WORDS, style);
        }
        let (faces, sheet) = self.sheet();
        let wide = faces.of(ADDRESS).width(&entry.address, ADDRESS.size);
        sheet.links.push((Rect::new(WORDS, sheet.y - 3.0, WORDS + wide.min(width), sheet.y + ADDRESS.size), entry.address.clone()));
        if let Some(bottom) = bottom.filter(|_| self.sheets.len() == first) {
            let (_, sheet) = self.sheet();
            sheet.y = sheet.y.min(bottom);
        }
    }

    fn number_pages(&mut self) {
        let count = self.sheets.len();
        for (place, sheet) in self.sheets.iter_mut().enumerate() {
            let words = format!("{}/{count}", place + 1);
            let glyphs = self.faces.regular.glyphs(&words);
            let x = SHEET.0 - EDGE - self.faces.regular.width(&words, NOTE.size);
            sheet.line(&glyphs, (x, EDGE / 2.0), NOTE);
        }
    }

    fn finish(self, document: &Document) -> anyhow::Result<Vec<u8>> {
        let mut pdf = Pdf::new();
        let mut next = Ref::new(1);
        let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
        let fonts = [(b"R", next.bump()), (b"B", next.bump())];
        let pictures: Vec<Ref> = document.entries.iter().map(|_| next.bump()).collect();
        let pages: Vec<Ref> = self.sheets.iter().map(|_| next.bump()).collect();
        pdf.catalog(catalog).pages(tree).lang(TextStr(&document.language)).viewer_preferences().display_doc_title(true);
        pdf.document_info(info).title(TextStr(&document.title)).producer(TextStr(crate::TOOL));
        pdf.pages(tree).kids(pages.iter().copied()).count(i32::try_from(pages.len())?);
        for (place, picture) in document.entries.iter().enumerate().filter_map(|(place, entry)| Some((place, entry.picture.as_ref()?))) {
            let mut image = pdf.image_xobject(pictures[place], &picture.jpeg);
            image.filter(Filter::DctDecode);
            image.width(i32::try_from(picture.width)?).height(i32::try_from(picture.height)?).bits_per_component(8);
            let space = image.color_space();
            if picture.is_grey {
                space.device_gray();
            } else {
                space.device_rgb();
            };
        }
        for (sheet, id) in self.sheets.into_iter().zip(pages) {
            let content = next.bump();
            let annotations: Vec<Ref> = sheet.links.iter().map(|_| next.bump()).collect();
            let mut page = pdf.page(id);
            page.media_box(Rect::new(0.0, 0.0, SHEET.0, SHEET.1)).parent(tree).contents(content).annotations(annotations.iter().copied());
            let mut resources = page.resources();
            resources.fonts().pairs(fonts.iter().map(|(name, id)| (Name(*name), *id)));
            let mut objects = resources.x_objects();
            for place in sheet.pictures {
                objects.pair(Name(picture_name(place).as_bytes()), pictures[place]);
            }
            objects.finish();
            resources.finish();
            page.finish();
            pdf.stream(content, &compressed(sheet.content.finish().as_slice())?).filter(Filter::FlateDecode);
            for ((place, address), id) in sheet.links.iter().zip(annotations) {
                let mut link = pdf.annotation(id);
                link.subtype(AnnotationType::Link).rect(*place).border(0.0, 0.0, 0.0, None);
                link.action().action_type(ActionType::Uri).uri(Str(address.as_bytes()));
            }
        }
        self.faces.regular.embed(&mut pdf, fonts[0].1, &mut next)?;
        self.faces.bold.embed(&mut pdf, fonts[1].1, &mut next)?;
        Ok(pdf.finish())
    }
}

fn picture_name(place: usize) -> String {
    format!("P{place}")
}

/// How large a picture is printed.
fn fitted(picture: &Picture) -> (f32, f32) {
    let (width, height) = (picture.width.max(1) as f32, picture.height.max(1) as f32);
    let scale = (PICTURE.0 / width).min(PICTURE.1 / height);
    (width * scale, height * scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn entry(title: &str, text: &str) -> Entry {
        let mut jpeg = Vec::new();
        image::RgbImage::from_pixel(40, 30, image::Rgb([150, 50, 30])).write_to(&mut Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
        let picture = Some(Picture { jpeg, width: 40, height: 30, is_grey: false });
        let address = "http://kho.example/r/abc".to_owned();
        Entry { title: title.to_owned(), note: "Ảnh".to_owned(), text: text.to_owned(), rights: String::new(), address, picture }
    }

    /// What is printed is read again by our own reader of PDF, with every mark of Vietnamese.
    #[test]
    fn what_is_printed_can_be_read_again() {
        let long = "Nan cật vót mỏng, gác bếp hun khói rồi mới đan. ".repeat(12);
        let entries = (0..9).map(|number| entry(&format!("Đó số {number}: vành miệng, hom, cạp"), &long)).collect();
        let document =
            Document { language: "vi".to_owned(), title: "Nghề đan đó Thủ Sỹ".to_owned(), about: "Kho nghề".to_owned(), entries };
        let pdf = write(&document).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 200_000, "{}", pdf.len());
        assert_eq!(pdf, write(&document).unwrap(), "the same words give the same bytes");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &pdf).unwrap();
        let read = crate::media::document::read_with(file.path(), "application/pdf", |text, _| text.to_owned()).unwrap().unwrap();
        let read = read.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["Nghề đan đó Thủ Sỹ", "Đó số 8: vành miệng, hom, cạp", "gác bếp hun khói"] {
            assert!(read.contains(words), "{words}: {read}");
        }
    }
}
