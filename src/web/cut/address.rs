//! What the address of a part says, and what part that is of a file.

use kho_archive::record::{File, Record, Role};

/// A file is named by so many letters of its digest at least.
const SHORTEST: usize = 8;

/// What an address says, as it was typed.
#[derive(Default)]
pub(super) struct Asked {
    file: String,
    xywh: String,
    t: String,
    /// What was typed into the form.
    from: String,
    to: String,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Which {
    /// In pixels of the upright picture: left, top, width, height.
    Region([u32; 4]),
    /// In seconds: from when to when.
    Span(f64, f64),
}

impl Asked {
    pub(super) fn of(parameters: &[(String, String)]) -> Self {
        let mut asked = Self::default();
        for (name, value) in parameters {
            match name.as_str() {
                "file" => asked.file = value.to_lowercase(),
                "xywh" => asked.xywh.clone_from(value),
                "t" => asked.t.clone_from(value),
                "from" => asked.from.clone_from(value),
                "to" => asked.to.clone_from(value),
                _ => {}
            }
        }
        asked
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        [&self.file, &self.xywh, &self.t, &self.from, &self.to].iter().all(|part| part.is_empty())
    }

    /// Whether it comes out of the form, and not out of an address.
    pub(super) fn is_typed(&self) -> bool {
        self.t.is_empty() && self.xywh.is_empty() && !(self.from.is_empty() && self.to.is_empty())
    }

    pub(super) fn typed(&self) -> (String, String) {
        (self.from.clone(), self.to.clone())
    }

    /// The file that the address names among those of a record.
    pub(super) fn file_of<'a>(&self, record: &'a Record) -> Option<&'a File> {
        let is_long = self.file.len() >= SHORTEST;
        let is_it = |file: &&File| file.role == Role::original() && file.size > 0 && file.digest.to_string().starts_with(&self.file);
        let mut found = record.files.iter().filter(is_it).filter(|_| is_long);
        let first = found.next()?;
        // Two that begin alike are none.
        found.all(|other| other.digest == first.digest).then_some(first)
    }

    /// The region of a picture of this size. What lies beyond the edge is cut off; all of it beyond is nothing.
    pub(super) fn region(&self, wide: u32, high: u32) -> Option<Which> {
        let numbers = self.xywh.strip_prefix("percent:").or_else(|| self.xywh.strip_prefix("pct:"));
        let [x, y, width, height] = match numbers {
            Some(numbers) => {
                let [x, y, width, height] = four(numbers, |number| number.parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share)))?;
                let share = |percent: f64, whole: u32| (percent * f64::from(whole) / 100.0).round() as u32;
                [share(x, wide), share(y, high), share(width, wide), share(height, high)]
            }
            None => four(self.xywh.strip_prefix("pixel:").unwrap_or(&self.xywh), |number| number.parse::<u32>().ok())?,
        };
        let (width, height) = (width.min(wide.checked_sub(x)?), height.min(high.checked_sub(y)?));
        (width > 0 && height > 0).then_some(Which::Region([x, y, width, height]))
    }

    /// The moments of a recording of this length. One that begins behind its end is none.
    pub(super) fn span(&self, duration: Option<f64>) -> Option<Which> {
        let (from, to) = if self.is_typed() {
            (self.from.as_str(), self.to.as_str())
        } else {
            let t = self.t.strip_prefix("npt:").unwrap_or(&self.t);
            t.split_once(',').unwrap_or((t, ""))
        };
        let from = if from.trim().is_empty() && !to.trim().is_empty() { 0.0 } else { seconds(from)? };
        let to = if to.trim().is_empty() { duration? } else { seconds(to)? };
        // Durations are rounded by whoever wrote them: the last moment is told to a tenth.
        let end = duration.map_or(to, |duration| to.min((duration * 10.0).ceil() / 10.0));
        (from < end).then_some(Which::Span(from, end))
    }
}

impl Which {
    /// The part as it stands in addresses for people.
    pub(super) fn fragment(self) -> String {
        match self {
            Self::Region(numbers) => format!("xywh={}", numbers.map(|number| number.to_string()).join(",")),
            Self::Span(from, to) => format!("t={},{}", npt(from), npt(to)),
        }
    }

    /// The same for players: some know seconds only.
    pub(super) fn seconds(self) -> String {
        match self {
            Self::Region(_) => self.fragment(),
            Self::Span(from, to) => format!("t={from},{to}"),
        }
    }

    /// A few letters that tell parts apart.
    pub(super) fn key(self) -> String {
        match self {
            Self::Region([x, y, width, height]) => format!("x{x}y{y}w{width}h{height}"),
            Self::Span(from, to) => format!("t{}-{}", npt(from), npt(to)).replace([':', '.'], "_"),
        }
    }
}

/// Four numbers with commas between them.
fn four<T: Copy>(text: &str, number: impl Fn(&str) -> Option<T>) -> Option<[T; 4]> {
    let numbers: Vec<T> = text.split(',').map(|part| number(part.trim())).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// Reads a moment as people write it: `785`, `13:05`, `1:02:03.5`; a comma before tenths is as good as a point.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return None;
    }
    let mut sum = 0.0;
    for part in parts {
        sum = sum * 60.0 + part.parse::<f64>().ok()?;
    }
    // Thousandths are the most that any player tells apart.
    let sum = (sum * 1000.0).round() / 1000.0;
    (sum.is_finite() && sum < 1e7).then_some(sum)
}

/// A moment as it is written in addresses: `12:40`, `0:03.5`, `1:02:03`.
pub(super) fn npt(seconds: f64) -> String {
    let thousandths = (seconds * 1000.0).round() as u64;
    let fraction = format!(".{:03}", thousandths % 1000);
    format!("{}{}", super::clock((thousandths / 1000) as f64), fraction.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, value: &str) -> Asked {
        Asked::of(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        let span = |t: &str| asked("t", t).span(Some(1800.0));
        for same in ["12:40,13:05", "760,785", "npt:12:40,13:05", "0:12:40,785.0"] {
            assert_eq!(span(same), Some(Which::Span(760.0, 785.0)), "{same}");
        }
        assert_eq!(span("29:00"), Some(Which::Span(1740.0, 1800.0)), "to the end");
        assert_eq!(span(",0:03.5"), Some(Which::Span(0.0, 3.5)));
        assert_eq!(span("29:00,99:00"), Some(Which::Span(1740.0, 1800.0)), "no further than it goes");
        for wrong in ["", "13:05,12:40", "760,760", "1:2:3:4", "-5,3", "nan,3", "x", "30:00,31:00", "1e3,2e3"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
        assert_eq!(Which::Span(760.0, 785.5).fragment(), "t=12:40,13:05.5");
        assert_eq!(Which::Span(3723.0, 7200.0).fragment(), "t=1:02:03,2:00:00");
        let typed = Asked::of(&[("from".to_owned(), "12:40".to_owned()), ("to".to_owned(), "13:05,5".to_owned())]);
        assert!(typed.is_typed() && typed.span(None) == Some(Which::Span(760.0, 785.5)));
    }

    #[test]
    fn a_region_ends_with_the_picture() {
        let region = |xywh: &str| asked("xywh", xywh).region(1000, 800);
        assert_eq!(region("100,200,300,400"), Some(Which::Region([100, 200, 300, 400])));
        assert_eq!(region("pixel:900,700,300,400"), Some(Which::Region([900, 700, 100, 100])));
        assert_eq!(region("percent:50,50,25,25"), Some(Which::Region([500, 400, 250, 200])));
        for wrong in ["", "1,2,3", "1,2,3,4,5", "1000,0,5,5", "0,0,0,5", "-1,0,5,5", "percent:50,50,250,5", "a,b,c,d", "4294967296,0,1,1"] {
            assert_eq!(region(wrong), None, "{wrong}");
        }
    }
}
