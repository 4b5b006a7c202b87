//! SVG: its size in CSS pixels, by `width` and `height`, else by `viewBox`.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::media::Facts;
use crate::media::window::Window;

/// The element stands near the beginning; comments of drawing programs before it are long.
const LONGEST: u64 = 64 << 10;

pub(super) fn read(window: &mut Window, facts: &mut Facts) {
    let mut bytes = window.up_to(0, LONGEST as usize);
    if bytes.starts_with(b"\x1f\x8b") {
        let mut text = Vec::new();
        let _ = GzDecoder::new(bytes.as_slice()).take(LONGEST).read_to_end(&mut text);
        bytes = text;
    }
    let text = String::from_utf8_lossy(&bytes);
    let Some(element) = element(&text) else { return };
    facts.evidence.svg_version = attribute(element, "version").map(str::to_owned);
    let view: Vec<f64> = attribute(element, "viewBox").map(numbers).unwrap_or_default();
    let side = |name, place: usize| match attribute(element, name).map(pixels) {
        Some(Some(pixels)) => Some(pixels),
        // Percentages and missing sizes: the drawing is as large as its view.
        _ => view.get(place).copied(),
    };
    let whole = |side: Option<f64>| side.map(f64::ceil).filter(|side| *side >= 1.0 && *side < 1e9).map(|side| side as u32);
    (facts.width, facts.height) = (whole(side("width", 2)), whole(side("height", 3)));
}

/// Returns the text between `<svg` and `>`, prefix or not, passing over comments.
fn element(text: &str) -> Option<&str> {
    let mut rest = text;
    for _ in 0..64 {
        let start = rest.find('<')?;
        rest = rest.get(start..)?;
        if rest.starts_with("<!--") {
            rest = rest.get(rest.find("-->")? + 3..)?;
            continue;
        }
        let tag = rest.get(1..)?.split([' ', '\t', '\r', '\n', '>', '/']).next()?;
        let end = end_of_tag(rest)?;
        if tag.rsplit(':').next() == Some("svg") {
            return rest.get(1 + tag.len()..end);
        }
        rest = rest.get(1..)?;
    }
    None
}

/// A `>` between quotes does not end a tag.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '>') => return Some(at),
            _ => {}
        }
    }
    None
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = element;
    for _ in 0..256 {
        let (before, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
        let (value, next) = after.get(1..)?.split_once(quote)?;
        if before.trim() == name {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// Reads a length of CSS at 96 pixels an inch.
fn pixels(length: &str) -> Option<f64> {
    let length = length.trim();
    let end = length.find(|letter: char| !(letter.is_ascii_digit() || "+-.eE".contains(letter))).unwrap_or(length.len());
    // The `e` of `em` is no exponent.
    let (number, unit) = length.split_at(end);
    let (number, unit) = if number.ends_with(['e', 'E']) { length.split_at(end - 1) } else { (number, unit) };
    let number: f64 = number.parse().ok()?;
    let scale = match unit.trim() {
        "" | "px" => 1.0,
        "pt" => 4.0 / 3.0,
        "pc" | "em" => 16.0,
        "mm" => 96.0 / 25.4,
        "cm" => 960.0 / 25.4,
        "in" => 96.0,
        _ => return None,
    };
    Some(number * scale)
}

fn numbers(list: &str) -> Vec<f64> {
    list.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty()).take(4).filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_units_by_view_and_none() {
        let cases = [
            ("<svg width='10mm' height=\"2in\">", (Some(38), Some(192))),
            ("<?xml version='1.0'?><!-- <svg width='1'> hoa văn --><s:svg xmlns:s='>' viewBox='0 0 40,30' width='100%'/>", (Some(40), Some(30))),
            ("<svg width='1e99' height='2em'>", (None, Some(32))),
            ("<svg", (None, None)),
        ];
        for (text, size) in cases {
            let mut facts = Facts::default();
            read(&mut Window::over(text.as_bytes().to_vec()), &mut facts);
            assert_eq!((facts.width, facts.height), size, "{text}");
        }
    }
}
