//! A document, page by page: how it looks, and what is written there.

use kho_archive::record::File;

use super::thumbnail;
use crate::derivative::reading;
use crate::derivative::thumbnail::{PAGE_SIDE, SMALL_PAGE_SIDE};
use crate::web::app::App;
use crate::web::in_words::nfc;
use crate::web::page::{Picture, Reader};

/// One page of a document.
pub(in crate::web) struct Sheet {
    pub(in crate::web) picture: Picture,
    /// The picture in two sizes, with the width of each.
    pub(in crate::web) srcset: String,
    /// Which page of how many, in words.
    pub(in crate::web) told: String,
    /// Where the pages before and behind it are; empty if there are none.
    pub(in crate::web) before: String,
    pub(in crate::web) next: String,
    /// What is written on it; empty if nothing could be read.
    pub(in crate::web) text: String,
}

/// Returns the page that the reader turned to, the first if none; `None` if pages of this document cannot be drawn.
pub(super) fn sheet(app: &App, reader: &Reader, file: &File, title: &str) -> Option<Sheet> {
    let all = file.technical.pages.filter(|pages| *pages > 0)?;
    // Where the first page has a picture, others have one. Most are of its shape.
    let first = thumbnail(app, file, String::new())?;
    let number = reader.parameter("page").parse::<u32>().unwrap_or(1).clamp(1, all);
    let longer = first.width.max(first.height).max(1);
    let scaled = |side: u32, whole: u32| (u64::from(side) * u64::from(whole) / u64::from(longer)).max(1) as u32;
    let (small, width) = (scaled(first.width, SMALL_PAGE_SIDE), scaled(first.width, PAGE_SIDE));
    let src = format!("/derived/{}/page-{number}", file.digest);
    let told = reader.texts.with_two("page-of", ("page", &number.to_string()), ("all", &all.to_string()));
    let reading = reading::of(&app.derivatives, file).map(|reading| reading.text).unwrap_or_default();
    let turn = |to: u32| if (1..=all).contains(&to) { format!("?page={to}#page") } else { String::new() };
    Some(Sheet {
        picture: Picture { height: scaled(first.height, PAGE_SIDE), alt: format!("{title}, {told}"), width, src: src.clone() },
        srcset: format!("{src}-small {small}w, {src} {width}w"),
        told,
        before: turn(number - 1),
        next: turn(number + 1),
        text: text_of(&reading, number),
    })
}

/// What is written on a page: pages are separated by form feeds.
fn text_of(text: &str, number: u32) -> String {
    nfc(text.split('\u{c}').nth(number as usize - 1).unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_own_words() {
        let text = "Sổ tay nghề đan đó\n\u{c}Chẻ nan\u{c}";
        assert_eq!(
            (text_of(text, 1), text_of(text, 2), text_of(text, 3), text_of(text, 9)),
            ("Sổ tay nghề đan đó".to_owned(), "Chẻ nan".to_owned(), String::new(), String::new())
        );
    }
}
