//! Dates as they are typed: extended dates, the words of a source, days of the moon.

use kho_archive::date::{Dated, Edtf, LunarDay, wording};
use serde_json::{Value, json};

use super::fold;

/// The words that make a day one of the moon.
const LUNAR: [&str; 4] = ["âm lịch", "lịch âm", "(âl)", "lunar"];

/// Reads a date; says why it is none. Words that no date can be made of are kept as they are.
pub(super) fn read(typed: &str, as_of: Option<i16>) -> Result<Value, String> {
    let lunar = by_the_moon(typed);
    let dated = match (exactly(typed), lunar) {
        (_, Some(lunar)) => Dated::new(None, None, Some(lunar)),
        (Some(date), None) => Dated::new(Some(date), None, None),
        (None, None) => Dated::worded(typed, as_of),
    };
    dated.map_err(|error| error.to_string()).and_then(|dated| serde_json::to_value(dated).map_err(|error| error.to_string()))
}

/// Returns a date as somebody would type it.
pub(super) fn words(value: &Value) -> Option<String> {
    let dated: Dated = serde_json::from_value(value.clone()).ok()?;
    if let Some(words) = dated.wording {
        return Some(words);
    }
    if let Some(lunar) = dated.lunar {
        let year = lunar.year.map(|year| format!("/{year}")).unwrap_or_default();
        let leap = if lunar.is_leap { " nhuận" } else { "" };
        return Some(format!("{}/{}{year}{leap} âm lịch", lunar.day, lunar.month));
    }
    dated.edtf.map(|date| date.to_string())
}

/// An extended date, unless words in that form usually mean something else.
fn exactly(typed: &str) -> Option<Edtf> {
    let date: Edtf = typed.trim().parse().ok()?;
    (wording::read(typed, None).as_ref() == Some(&date)).then_some(date)
}

/// Reads `15/8 âm lịch`, `15 tháng 8 năm 1930 âm lịch`, `15/8 nhuận âm lịch`.
fn by_the_moon(typed: &str) -> Option<LunarDay> {
    let folded = fold(typed);
    let rest = LUNAR.iter().find_map(|word| folded.contains(word).then(|| folded.replace(word, " ")))?;
    let is_word = |word: &&str| ["tháng", "ngày", "năm", "nhuận", "mồng", "mùng", "of", "the"].contains(word);
    let numbers: Vec<&str> = rest.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty() && !is_word(word)).collect();
    let (day, month, year) = match numbers.as_slice() {
        [day, month] => (day, month, None),
        [day, month, year] => (day, month, Some(year.parse::<i16>().ok()?)),
        _ => return None,
    };
    let (day, month): (u8, u8) = (day.parse().ok()?, month.parse().ok()?);
    let mut value = json!({"day": day, "month": month, "leap": rest.contains("nhuận")});
    if let Some(year) = year {
        value["year"] = json!(year);
    }
    serde_json::from_value::<LunarDay>(value).ok().filter(|day| day.check().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_their_words() {
        let cases = [
            ("1825", json!({"edtf": "1825"})),
            ("1930~", json!({"edtf": "1930~"})),
            ("2025-03-12", json!({"edtf": "2025-03-12"})),
            ("12/3/2025", json!({"edtf": "2025-03-12", "wording": "12/3/2025"})),
            ("khoảng 1930", json!({"edtf": "1930~", "wording": "khoảng 1930"})),
            ("hơn 100 năm", json!({"edtf": "1895~/1920~", "wording": "hơn 100 năm"})),
            ("lâu đời lắm", json!({"wording": "lâu đời lắm"})),
            ("15/8 âm lịch", json!({"lunar": {"day": 15, "month": 8, "leap": false}})),
            ("15 tháng 8 năm 1930 âm lịch", json!({"lunar": {"day": 15, "month": 8, "leap": false, "year": 1930}})),
            ("10/4 nhuận âm lịch", json!({"lunar": {"day": 10, "month": 4, "leap": true}})),
            ("rằm tháng Tám âm lịch", json!({"wording": "rằm tháng Tám âm lịch"})),
            ("31/8 âm lịch", json!({"wording": "31/8 âm lịch"})),
        ];
        for (typed, expected) in cases {
            assert_eq!(read(typed, Some(2020)), Ok(expected), "{typed}");
        }
        assert!(read("", None).is_err());
    }
}
