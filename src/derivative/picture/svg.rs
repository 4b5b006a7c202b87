//! SVG drawings (patterns, plans, tools), drawn without opening anything but the drawing itself.

use std::io::{Cursor, Read};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail, ensure};
use flate2::read::GzDecoder;
use image::ImageFormat;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Group, ImageHrefResolver, ImageKind, Node, Options, Tree, fontdb};

use super::small::Small;

/// Longer drawings, packed or not, are refused.
const LONGEST: u64 = 64 << 20;

/// The longer side is never more, whatever was asked for.
const LONGEST_SIDE: u32 = 2048;

/// What the layers of transparent groups, one in the other, may need in bytes.
const MOST_FOR_LAYERS: u64 = 192 << 20;

/// A photograph inside a drawing may have so many pixels, and a drawing so many photographs.
const MOST_PIXELS_INSIDE: u64 = 24_000_000;

/// Enough for the deepest drawing that usvg reads (1024 groups), which the stack of a thread otherwise is not.
const STACK: usize = 32 << 20;

/// Draws an SVG or a packed SVG (`.svgz`) on white, as big as `longer_side` and in sRGB.
///
/// Scripts do nothing, and links to files and addresses stay empty: only PNG and JPEG inside the drawing are shown. Words are set in fonts of this
/// machine, which are looked for once per process and only for drawings with words.
pub(crate) fn draw(bytes: &[u8], longer_side: u32) -> anyhow::Result<Small> {
    let text = unpack(bytes)?;
    std::thread::scope(|scope| {
        let drawing = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || draw_text(&text, longer_side))?;
        drawing.join().unwrap_or_else(|_| bail!("the drawing broke the program that draws"))
    })
}

/// Returns the words of the file; old drawing programs wrote UTF-16 and Latin-1 too, which we leave to them unless there is a mark.
fn unpack(bytes: &[u8]) -> anyhow::Result<String> {
    ensure!(bytes.len() as u64 <= LONGEST, "the drawing is longer than 64 MiB");
    let mut plain = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes).take(LONGEST + 1).read_to_end(&mut plain).context("the packed drawing is broken")?;
        ensure!(plain.len() as u64 <= LONGEST, "the drawing is longer than 64 MiB when unpacked");
        plain.as_slice()
    } else {
        bytes
    };
    let units = |join: fn([u8; 2]) -> u16| bytes.chunks_exact(2).skip(1).map(|unit| join([unit[0], unit[1]])).collect::<Vec<u16>>();
    match bytes {
        [0xff, 0xfe, ..] => Ok(String::from_utf16_lossy(&units(u16::from_le_bytes))),
        [0xfe, 0xff, ..] => Ok(String::from_utf16_lossy(&units(u16::from_be_bytes))),
        _ => String::from_utf8(bytes.to_vec()).or_else(|_| latin(bytes)),
    }
}

/// Latin-1, when the file says so.
fn latin(bytes: &[u8]) -> anyhow::Result<String> {
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).to_ascii_lowercase();
    ensure!(head.contains("iso-8859-1") || head.contains("windows-1252"), "the drawing is not in UTF-8");
    Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
}

fn draw_text(text: &str, longer_side: u32) -> anyhow::Result<Small> {
    let mut options = Options { image_href_resolver: inside_only(), ..Options::default() };
    if text.contains("<text") || text.contains(":text") {
        options.fontdb = fonts();
    }
    let tree = Tree::from_str(text, &options).context("the drawing cannot be read")?;
    let size = tree.size();
    let longer = f64::from(size.width().max(size.height()));
    ensure!(longer.is_finite() && longer > 0.0, "the drawing has no size");
    let scale = f64::from(longer_side.clamp(1, LONGEST_SIDE)) / longer;
    let side = |length: f32| ((f64::from(length) * scale).round() as u32).clamp(1, LONGEST_SIDE);
    let (width, height) = (side(size.width()), side(size.height()));
    let layers = u64::from(depth(tree.root()));
    ensure!(layers * u64::from(width) * u64::from(height) * 4 <= MOST_FOR_LAYERS, "the drawing lays {layers} groups in each other: too many to draw");
    let mut canvas = Pixmap::new(width, height).context("the drawing has no size")?;
    canvas.fill(Color::WHITE);
    let stretch = |drawn: u32, length: f32| drawn as f32 / length;
    resvg::render(&tree, Transform::from_scale(stretch(width, size.width()), stretch(height, size.height())), &mut canvas.as_mut());
    let rgb = canvas.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(Small { width, height, rgb, icc: None })
}

/// Opens no file and no address. Pictures inside are let in by their headers, before anything is decoded.
fn inside_only() -> ImageHrefResolver<'static> {
    ImageHrefResolver {
        resolve_data: Box::new(|_, data, _| {
            let format = image::guess_format(&data).ok()?;
            let (width, height) = image::ImageReader::with_format(Cursor::new(data.as_slice()), format).into_dimensions().ok()?;
            match format {
                _ if u64::from(width) * u64::from(height) > MOST_PIXELS_INSIDE => None,
                ImageFormat::Png => Some(ImageKind::PNG(data)),
                ImageFormat::Jpeg => Some(ImageKind::JPEG(data)),
                _ => None,
            }
        }),
        resolve_string: Box::new(|_, _| None),
    }
}

/// The fonts of this machine. Only their names are kept; a font that is used is read when it is.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        Arc::new(database)
    };
    Arc::clone(FONTS.get_or_init(load))
}

/// How many groups that need a layer of their own lie in each other.
fn depth(root: &Group) -> u32 {
    let mut deepest = 0;
    let mut open = vec![(root, 1u32)];
    while let Some((group, layers)) = open.pop() {
        deepest = deepest.max(layers);
        for node in group.children() {
            if let Node::Group(inner) = node {
                open.push((inner, layers + u32::from(inner.should_isolate())));
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn colour(bytes: &[u8], x: u32, y: u32) -> [u8; 3] {
        let small = draw(bytes, 100).expect("it is a drawing");
        let at = ((y * small.width + x) * 3) as usize;
        [small.rgb[at], small.rgb[at + 1], small.rgb[at + 2]]
    }

    const LATTICE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#a0522d"/></svg>"##;

    #[test]
    fn the_lattice_of_a_dong_ho_frame_lies_on_white() {
        let small = draw(LATTICE.as_bytes(), 100).expect("it is a drawing");
        assert_eq!((small.width, small.height), (100, 50));
        assert_eq!((colour(LATTICE.as_bytes(), 20, 20), colour(LATTICE.as_bytes(), 80, 20)), ([0xa0, 0x52, 0x2d], [255; 3]));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(LATTICE.as_bytes()).expect("memory takes it");
        assert_eq!(colour(&packed.finish().expect("memory takes it"), 20, 20), [0xa0, 0x52, 0x2d]);
    }

    #[test]
    fn a_drawing_opens_no_file_and_no_address() {
        let secret = std::env::temp_dir().join(format!("kho-svg-{}.png", std::process::id()));
        image::RgbImage::from_pixel(4, 4, image::Rgb([255, 0, 0])).save(&secret).expect("a scratch file");
        let show = |link: &str| {
            format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{link}" width="9" height="9"/></svg>"#).into_bytes()
        };
        assert_eq!(colour(&show(&secret.to_string_lossy()), 50, 50), [255; 3]);
        assert_eq!(colour(&show(&format!("file://{}", secret.display())), 50, 50), [255; 3]);
        std::fs::remove_file(secret).expect("it was there");
        // The same kind of picture, inside the drawing, is shown: one red pixel as PNG.
        let dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
        assert_eq!(colour(&show(dot), 50, 50), [255, 0, 0]);
    }

    #[test]
    fn hostile_drawings_are_refused_and_do_not_break_us() {
        let nested = format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{}", "<g opacity='.9'>".repeat(200_000));
        assert!(draw(nested.as_bytes(), 100).is_err());
        let layers = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{}<rect width='9' height='9'/>{}</svg>",
            "<g opacity='.9'>".repeat(900),
            "</g>".repeat(900)
        );
        assert!(draw(layers.as_bytes(), 2000).is_err());
        assert!(draw("dệt lụa".as_bytes(), 100).is_err());
        assert!(draw(&[0x1f, 0x8b, 8, 0, 1], 100).is_err());
    }
}
