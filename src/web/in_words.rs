//! Values as people read them: formats, lengths, times, dates.

use kho_archive::date::Edtf;
use unicode_normalization::UnicodeNormalization as _;

use super::texts::Texts;

/// Returns a media type as people name the format: JPEG, M4A.
pub(crate) fn format_name(mime: &str) -> String {
    match mime {
        "audio/mpeg" => "MP3".to_owned(),
        "application/x-subrip" => "SRT".to_owned(),
        "text/plain" => "TXT".to_owned(),
        "video/quicktime" => "MOV".to_owned(),
        _ => mime.rsplit_once('/').map_or(mime, |(_, name)| name).trim_start_matches("x-").to_uppercase(),
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns a length in units that people use.
pub(crate) fn size(texts: &Texts, bytes: u64) -> String {
    let units = [("size-tb", 1 << 40), ("size-gb", 1 << 30), ("size-mb", 1 << 20), ("size-kb", 1 << 10), ("size-bytes", 1)];
    let (key, unit) = units.into_iter().find(|(_, unit)| bytes >= *unit).unwrap_or(("size-bytes", 1));
    texts.count(key, (bytes + unit / 2) / unit)
}

/// Returns seconds as on a clock: 0:42, 1:02:03.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Returns a date as people read it: what lies between two dates with both of them, what is about or in doubt in words.
pub(crate) fn edtf(texts: &Texts, date: &Edtf) -> String {
    let text = date.to_string();
    match text.split_once('/') {
        Some((".." | "", until)) => texts.with("date-until", "date", &point(texts, until)),
        Some((since, ".." | "")) => texts.with("date-since", "date", &point(texts, since)),
        Some((since, until)) => {
            let (since, until) = (point(texts, since), point(texts, until));
            let are_bare = [&since, &until].iter().all(|year| year.chars().all(|digit| digit.is_ascii_digit()));
            if are_bare { format!("{since}–{until}") } else { format!("{since} – {until}") }
        }
        None => point(texts, &text),
    }
}

/// One end of an interval, or the whole of a date: years and decades in digits, whole days in the order of the language.
fn point(texts: &Texts, text: &str) -> String {
    let bare = text.trim_end_matches(['~', '?', '%']);
    let read = bare.parse().map_or_else(|_| bare.to_owned(), |date| in_order(texts, bare, &date));
    match &text[bare.len()..] {
        "" => read,
        "~" => texts.with("date-about", "date", &read),
        "?" => texts.with("date-doubtful", "date", &read),
        _ => texts.with("date-doubtful", "date", &texts.with("date-about", "date", &read)),
    }
}

fn in_order(texts: &Texts, text: &str, date: &Edtf) -> String {
    let (first, last) = date.bounds();
    match text.split_once('-') {
        _ if first == last => day(texts, &first.to_string()),
        // A month, and nothing more.
        Some((year, month)) if text.len() == 7 && (1..=12).contains(&month.parse().unwrap_or(0)) => {
            if texts.language() == "vi" {
                format!("{month}/{year}")
            } else {
                first.strftime("%B %Y").to_string()
            }
        }
        _ => text.to_owned(),
    }
}

/// Returns the day of a moment like 2025-03-12T08:15:00 as it is written in the language.
pub(crate) fn day(texts: &Texts, taken: &str) -> String {
    let Some(date) = taken.get(..10).and_then(|date| date.parse::<jiff::civil::Date>().ok()) else { return taken.to_owned() };
    if texts.language() == "vi" { date.strftime("%d/%m/%Y").to_string() } else { date.strftime("%-d %B %Y").to_string() }
}

pub(crate) fn moment(texts: &Texts, taken: &str) -> String {
    let time = taken.get(11..16).map(|time| format!(", {time}")).unwrap_or_default();
    day(texts, taken) + &time
}

/// Text for people is shown in NFC: some fonts draw other forms badly. What is kept stays as it is.
pub(crate) fn nfc(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_say_them() {
        let said = |text: &str, texts: &Texts| edtf(texts, &text.parse().unwrap());
        let (vi, en) = (Texts::vietnamese(), Texts::english());
        assert_eq!(said("2025-02-05", &vi), "05/02/2025");
        assert_eq!((said("2025-03", &vi), said("2025-03", &en)), ("03/2025".to_owned(), "March 2025".to_owned()));
        assert_eq!(said("1990/1993", &vi), "1990–1993");
        assert_eq!(said("1693~/1753~", &vi), "khoảng 1693 – khoảng 1753");
        assert_eq!(said("1930~", &en), "about 1930");
        assert_eq!(said("1986/..", &vi), "từ 1986");
        assert_eq!(said("2025-02-05/2025-02-07", &vi), "05/02/2025 – 07/02/2025");
    }
}
