//! Numbers and what is made of them, as they are written in Viet Nam and in English.

use serde_json::{Map, Value, json};

use super::fold;

/// Whole numbers stay below this in the journal (RFC 8785).
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// Traditional measures that are the same everywhere, in the unit that they are counted in today. What differs from region
/// to region (sào, thước) is kept as written.
const TRADITIONAL: [(&str, f64, &str); 4] = [("yến", 10.0, "kg"), ("tạ", 100.0, "kg"), ("tấn", 1000.0, "kg"), ("lạng", 0.1, "kg")];

/// Units that say all there is to say.
const UNITS: [&str; 21] =
    ["kg", "g", "mg", "m", "cm", "mm", "km", "m2", "m²", "m3", "m³", "ha", "l", "ml", "lít", "°c", "%", "đồng", "vnd", "usd", "dpi"];

/// Reads a number. A mark that could be either stands for thousands in its own language: `1.234` is 1234 in Vietnamese.
pub(super) fn number(typed: &str, language: &str) -> Option<Value> {
    plain(read(typed, language))
}

/// Returns a number as the journal gives it back; whole ones without a fraction.
pub(super) fn plain(number: Option<f64>) -> Option<Value> {
    let number = number.filter(|number| number.is_finite() && number.abs() <= LARGEST)?;
    Some(if number.fract() == 0.0 { json!(number as i64) } else { json!(number) })
}

fn read(typed: &str, language: &str) -> Option<f64> {
    let is_blank = |letter: char| letter.is_whitespace() || letter == '\u{a0}' || letter == '\u{202f}';
    let text: String = typed.trim().replace('−', "-");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let groups: Vec<&str> = digits.split(is_blank).collect();
    let is_grouped = groups.len() == 1 || groups.iter().skip(1).all(|group| group.len() >= 3);
    let digits = groups.concat();
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',');
    let plain = (is_number && is_grouped).then(|| without_thousands(&digits, language))??;
    plain.parse::<f64>().ok().map(|number| sign * number)
}

/// Takes the marks of thousands away and makes the decimal mark a point.
fn without_thousands(digits: &str, language: &str) -> Option<String> {
    let count = |mark: char| digits.matches(mark).count();
    let decimal = match (count('.'), count(',')) {
        (0, 0) => return Some(digits.to_owned()),
        (_, 0) => decimal_mark(digits, '.', language),
        (0, _) => decimal_mark(digits, ',', language),
        _ => Some(if digits.rfind('.') > digits.rfind(',') { '.' } else { ',' }),
    };
    let (whole, fraction) = decimal.and_then(|mark| digits.rsplit_once(mark)).unwrap_or((digits, ""));
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let is_regular = (whole == first || first.len() <= 3) && groups.all(|group| group.len() == 3) && !fraction.contains(['.', ',']);
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    is_regular.then(|| if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// Whether the only kind of mark in a number is its decimal mark.
fn decimal_mark(digits: &str, mark: char, language: &str) -> Option<char> {
    let (before, after) = digits.split_once(mark)?;
    let thousands = if language == "en" { ',' } else { '.' };
    let may_be_thousands = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    let is_single = !after.contains(mark);
    (is_single && !(may_be_thousands && mark == thousands)).then_some(mark)
}

/// Returns a number as it is typed.
pub(super) fn written(number: &Value, language: &str) -> String {
    let text = number.to_string();
    if language == "en" { text } else { text.replace('.', ",") }
}

/// Reads a moment of a recording, like `12:40` or `1:02:03,5`, as milliseconds.
pub(super) fn moment(typed: &str) -> Option<Value> {
    let typed = typed.trim().replace(',', ".");
    let parts: Vec<&str> = typed.split(':').collect();
    let (seconds, above) = parts.split_last().filter(|(_, above)| (1..=2).contains(&above.len()))?;
    let whole = above.iter().map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()?;
    let seconds: f64 = Some(*seconds).filter(|seconds| seconds.starts_with(|first: char| first.is_ascii_digit()))?.parse().ok()?;
    let is_on_the_clock = seconds < 60.0 && whole.iter().skip(1).all(|minutes| *minutes < 60);
    let minutes = whole.iter().fold(0.0, |minutes, part| minutes * 60.0 + f64::from(*part));
    plain(is_on_the_clock.then(|| ((minutes * 60.0 + seconds) * 1000.0).round()))
}

/// Returns milliseconds as they stand on the clock of a player.
pub(super) fn clock(milliseconds: &Value, language: &str) -> Option<String> {
    let milliseconds = milliseconds.as_u64()?;
    let (hours, minutes, seconds, rest) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60, milliseconds % 1000);
    let whole = if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") };
    let mark = if language == "en" { '.' } else { ',' };
    Some(if rest == 0 { whole } else { format!("{whole}{mark}{rest:03}") })
}

/// Reads a number with its unit. Words that say more than that are kept as they are.
pub(super) fn quantity(typed: &str, language: &str) -> Value {
    let end = typed.find(|letter: char| !(letter.is_ascii_digit() || ".,+-− ".contains(letter))).unwrap_or(typed.len());
    let (digits, unit) = (typed[..end].trim(), typed[end..].trim());
    let Some(value) = number(digits, language) else { return json!({"as_written": typed}) };
    let mut quantity = Map::from_iter([("value".to_owned(), value.clone())]);
    let folded = fold(unit);
    if let Some((_, factor, today)) = TRADITIONAL.iter().find(|(name, ..)| *name == folded) {
        let converted = value.as_f64().map(|value| value * factor).map(|value| (value * 1e6).round() / 1e6);
        quantity.extend(plain(converted).map(|value| ("value".to_owned(), value)));
        quantity.insert("unit".to_owned(), json!(today));
        quantity.insert("as_written".to_owned(), json!(typed));
    } else if !unit.is_empty() {
        quantity.insert("unit".to_owned(), json!(unit));
        if !UNITS.contains(&folded.as_str()) {
            quantity.insert("as_written".to_owned(), json!(typed));
        }
    }
    Value::Object(quantity)
}

/// Reads yes or no.
pub(super) fn flag(typed: &str) -> Option<bool> {
    match fold(typed).as_str() {
        "có" | "đúng" | "yes" | "y" | "true" | "x" | "1" | "✓" => Some(true),
        "không" | "sai" | "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads degrees north and east.
pub(super) fn position(typed: &str) -> Option<Value> {
    let two = |separator: &str| typed.split_once(separator).filter(|(_, rest)| !rest.contains(separator));
    let (lat, lon) = two(";").or_else(|| two(", ")).or_else(|| two(",")).or_else(|| two(" "))?;
    let (lat, lon) = (degrees(lat)?, degrees(lon)?);
    (lat.abs() <= 90.0 && lon.abs() <= 180.0).then(|| json!({"lat": lat, "lon": lon}))
}

/// Reads degrees, with a point or a comma.
pub(super) fn degrees(typed: &str) -> Option<f64> {
    typed.trim().trim_end_matches('°').replace(',', ".").parse().ok().filter(|degrees: &f64| degrees.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_from_the_clock_and_written_as_on_it() {
        for (typed, milliseconds, written) in
            [("12:40", 760_000, "12:40"), ("1:02:03,5", 3_723_500, "1:02:03,500"), ("0:05", 5000, "0:05"), ("62:03", 3_723_000, "1:02:03")]
        {
            assert_eq!(moment(typed), Some(json!(milliseconds)), "{typed}");
            assert_eq!(clock(&json!(milliseconds), "vi").as_deref(), Some(written));
        }
        for wrong in ["12:61", "1:2:3:4", "12", "a:10", "1:-3", "1:nan", ":"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_of_both_languages() {
        let cases = [
            ("0", "vi", json!(0)),
            ("1.234", "vi", json!(1234)),
            ("1.234", "en", json!(1.234)),
            ("1,234", "vi", json!(1.234)),
            ("1,234", "en", json!(1234)),
            ("1.234,5", "en", json!(1234.5)),
            ("1,234.5", "vi", json!(1234.5)),
            ("1.234.567", "en", json!(1_234_567)),
            ("12,5", "vi", json!(12.5)),
            ("12.5", "vi", json!(12.5)),
            ("0.125", "vi", json!(0.125)),
            ("1 234 567", "vi", json!(1_234_567)),
            ("-3,0", "vi", json!(-3)),
            ("007", "vi", json!(7)),
        ];
        for (typed, language, expected) in cases {
            assert_eq!(number(typed, language), Some(expected), "{typed} in {language}");
        }
        for typed in ["", "-", "1.23.4", "1,2.3,4", "12 34", "mười", "1e5", "99999999999999999", ",5", "5,"] {
            assert_eq!(number(typed, "vi"), None, "{typed}");
        }
    }

    #[test]
    fn quantities_keep_what_was_written() {
        let cases = [
            ("12 kg", json!({"value": 12, "unit": "kg"})),
            ("2 yến", json!({"value": 20, "unit": "kg", "as_written": "2 yến"})),
            ("3 lạng", json!({"value": 0.3, "unit": "kg", "as_written": "3 lạng"})),
            ("3 sào", json!({"value": 3, "unit": "sào", "as_written": "3 sào"})),
            ("1.200.000 đồng", json!({"value": 1_200_000, "unit": "đồng"})),
            ("khoảng 12 kg", json!({"as_written": "khoảng 12 kg"})),
            ("40", json!({"value": 40})),
        ];
        for (typed, expected) in cases {
            assert_eq!(quantity(typed, "vi"), expected, "{typed}");
        }
    }

    #[test]
    fn positions_with_points_and_commas() {
        for typed in ["20.69, 106.04", "20,69; 106,04", "20.69,106.04", "20,69 106,04"] {
            assert_eq!(position(typed), Some(json!({"lat": 20.69, "lon": 106.04})), "{typed}");
        }
        for typed in ["", "20.69", "120, 106", "a, b", "20, 30, 40"] {
            assert_eq!(position(typed), None, "{typed}");
        }
    }
}
