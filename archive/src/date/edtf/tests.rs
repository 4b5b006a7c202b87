use super::super::random;
use super::*;
use jiff::civil::date;

fn edtf(text: &str) -> Edtf {
    text.parse().unwrap_or_else(|bad| panic!("{bad}"))
}

const SAMPLES: [&str; 46] = [
    "1985-04-12",
    "1985-04",
    "1985",
    "0938",
    "-0257",
    "0000",
    "1985-04-12T23:20:30",
    "1985-04-12T23:20:30Z",
    "1985-04-12T23:20:30-04",
    "2025-10-06T18:30:00+07:00",
    "1964/2008",
    "2004-06/2006-08",
    "2004-02-01/2005-02-08",
    "2001-21",
    "2001-24",
    "2024-36",
    "2024-41",
    "1984?",
    "2004-06~",
    "2004-06-11%",
    "201X",
    "20XX",
    "1XXX",
    "XXXX",
    "2004-XX",
    "1985-04-XX",
    "1985-XX-XX",
    "156X-12-25",
    "XXXX-12-XX",
    "1XXX-12",
    "-19XX",
    "-00XX",
    "1985-04-12/..",
    "1985-04/..",
    "1985/",
    "../1985-04-12",
    "/1985-04-12",
    "1984?/2004-06~",
    "19XX~",
    "195X%",
    "[1667,1668,1670..1672]",
    "[..1760-12-03]",
    "[1760-12..]",
    "[1667,1760-12]",
    "{1960,1961-12}",
    "{..1984}",
];

#[test]
fn the_canonical_text_is_what_was_written() {
    for text in SAMPLES {
        let date = edtf(text);
        assert_eq!(date.to_string(), text);
        assert_eq!(edtf(&date.to_string()), date);
        let (earliest, latest) = date.bounds();
        assert!(earliest <= latest, "{text}");
    }
}

#[test]
fn what_is_given_stays_and_what_is_forgiven_is_equal() {
    for (given, canonical) in [
        (" 195x ", "195X"),
        ("1930?~", "1930%"),
        ("1930~?", "1930%"),
        ("[1428, 1429 ]", "[1428,1429]"),
        ("2025-10-06t18:30:00z", "2025-10-06T18:30:00Z"),
    ] {
        let date = edtf(given);
        assert_eq!((date.as_given(), date.to_string().as_str()), (given, canonical));
        assert_eq!(date, edtf(canonical));
        assert_eq!(serde_json::to_value(&date).unwrap(), given);
        assert_eq!(serde_json::from_value::<Edtf>(given.into()).unwrap().as_given(), given);
    }
}

#[test]
fn bounds_are_the_days_that_are_possible() {
    let bounds = [
        ("1930-05-19", date(1930, 5, 19), date(1930, 5, 19)),
        ("1930-02", date(1930, 2, 1), date(1930, 2, 28)),
        ("1930", date(1930, 1, 1), date(1930, 12, 31)),
        ("195X", date(1950, 1, 1), date(1959, 12, 31)),
        ("19XX", date(1900, 1, 1), date(1999, 12, 31)),
        ("1XX8", date(1008, 1, 1), date(1998, 12, 31)),
        ("1985-XX-31", date(1985, 1, 31), date(1985, 12, 31)),
        ("1985-02-XX", date(1985, 2, 1), date(1985, 2, 28)),
        ("198X-02-29", date(1980, 2, 29), date(1988, 2, 29)),
        ("1985-1X", date(1985, 10, 1), date(1985, 12, 31)),
        ("-0257", date(-257, 1, 1), date(-257, 12, 31)),
        ("-02XX", date(-299, 1, 1), date(-200, 12, 31)),
        ("1930?", date(1930, 1, 1), date(1930, 12, 31)),
        ("1930~", date(1925, 1, 1), date(1935, 12, 31)),
        ("1930%", date(1925, 1, 1), date(1935, 12, 31)),
        ("195X~", date(1949, 1, 1), date(1960, 12, 31)),
        ("19XX~", date(1890, 1, 1), date(2009, 12, 31)),
        ("1930-05~", date(1930, 5, 1), date(1930, 5, 31)),
        ("1930-05-19~", date(1930, 5, 19), date(1930, 5, 19)),
        ("9998~", date(9993, 1, 1), Date::MAX),
        ("-9998~", Date::MIN, date(-9993, 12, 31)),
        ("1975-21", date(1975, 3, 1), date(1975, 5, 31)),
        ("1975-24", date(1975, 12, 1), date(1976, 2, 29)),
        ("1975-29", date(1975, 9, 1), date(1975, 11, 30)),
        ("1975-32", date(1975, 6, 1), date(1975, 8, 31)),
        ("9999-24", date(9999, 12, 1), Date::MAX),
        ("2024-33", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-38", date(2024, 5, 1), date(2024, 8, 31)),
        ("2024-41", date(2024, 7, 1), date(2024, 12, 31)),
        ("1700/1850", date(1700, 1, 1), date(1850, 12, 31)),
        ("1700~/1850", date(1695, 1, 1), date(1850, 12, 31)),
        ("195X/1952", date(1950, 1, 1), date(1952, 12, 31)),
        ("1986/..", date(1986, 1, 1), Date::MAX),
        ("../1945", Date::MIN, date(1945, 12, 31)),
        ("/1945", Date::MIN, date(1945, 12, 31)),
        ("[1428,1011]", date(1011, 1, 1), date(1428, 12, 31)),
        ("{1960,1962..}", date(1960, 1, 1), Date::MAX),
        ("2025-10-06T23:30:00Z", date(2025, 10, 6), date(2025, 10, 6)),
    ];
    for (text, earliest, latest) in bounds {
        assert_eq!(edtf(text).bounds(), (earliest, latest), "{text}");
        assert_eq!(edtf(text).year_bounds(), (earliest.year(), latest.year()));
    }
}

#[test]
fn a_filter_finds_what_may_lie_in_its_years() {
    let filter = edtf("1700/1850");
    for text in ["1700", "1850-12-31", "17XX", "1853~", "1690/1702", "1600/..", "../1701", "/1700", "[1650,1725]", "1XXX", "XXXX", "1825?"] {
        assert!(edtf(text).overlaps(&filter) && filter.overlaps(&edtf(text)), "{text}");
    }
    for text in ["1699", "1851", "1857~", "19XX", "1851/..", "../1699", "[1650,1900]", "{1650..1699,1851..}"] {
        assert!(!edtf(text).overlaps(&filter) && !filter.overlaps(&edtf(text)), "{text}");
    }
}

#[test]
fn marks_are_told() {
    assert!(edtf("1700~/1850").is_approximate() && !edtf("1700~/1850").is_uncertain());
    assert!(edtf("[1428?,1429]").is_uncertain() && !edtf("[1428?,1429]").is_approximate());
    assert!(edtf("1930%").is_approximate() && edtf("1930%").is_uncertain());
    assert!(!edtf("1930").is_approximate() && !edtf("{1960..1962}").is_uncertain());
}

#[test]
fn a_day_becomes_a_date() {
    for day in [date(2025, 10, 6), date(938, 1, 1), date(-257, 12, 31), Date::MIN, Date::MAX] {
        let made = Edtf::from(day);
        assert_eq!(made, edtf(made.as_given()));
        assert_eq!(made.bounds(), (day, day));
    }
    assert_eq!(Edtf::from(date(-257, 2, 3)).to_string(), "-0257-02-03");
}

#[test]
fn mistakes_get_a_message_that_helps() {
    let faults = [
        (
            Fault::Form,
            vec![
                "",
                "khoảng 1930",
                "12/3/2025",
                "1930-5",
                "2001-+21",
                "2001-021",
                "1930-05-1",
                "1985-04-12-01",
                "1930-",
                "--1930",
                "2025-10T18:30:00",
                "năm",
                "THÁNG",
                "?",
            ],
        ),
        (Fault::Year, vec!["938", "19", "195", "12-3-2025", "-0000"]),
        (Fault::FarYear, vec!["Y17E7", "Y-17e7", "y170000002", "12025", "-10000"]),
        (Fault::NoSuchDay, vec!["2025-13", "2025-00", "2025-02-29", "2025-04-31", "XXXX-02-30", "2025-21-03", "2025-42", "2025-99"]),
        (Fault::Mark, vec!["1930~~", "?1930", "2004-06~-11", "1930%?", "1930~/~1940"]),
        (
            Fault::Time,
            vec![
                "2025-10-06T",
                "2025-10-06T18:30",
                "2025-10-06T24:61:00",
                "2025-10-06T18:30:00+7",
                "2025-10-06T18:30:00+99:00",
                "2025-10-06T18-30-00",
            ],
        ),
        (Fault::Interval, vec!["/", "../..", "../", "/..", "[..]"]),
        (Fault::Backwards, vec!["1850/1700", "2025-03/2025-02", "[1672..1670]", "1850~/1848~"]),
        (Fault::List, vec!["[", "[]", "{1960", "[1428,]", "{1428]"]),
    ];
    for (fault, texts) in faults {
        for text in texts {
            let bad = BadDate { text: text.to_owned(), fault };
            assert_eq!(text.parse::<Edtf>(), Err(bad));
        }
    }
    let message = "1850/1700".parse::<Edtf>().unwrap_err().to_string();
    assert_eq!(message, "\"1850/1700\" is no date that can be kept: it ends before it begins; the earlier date stands first, as in 1700/1850");
    assert!(serde_json::from_str::<Edtf>("\"1850/1700\"").is_err());
}

#[test]
fn no_text_makes_the_reader_panic_and_what_it_reads_comes_back() {
    let letters: Vec<char> = "0123456789XxTZ-/.,~?%[]{}: +YEđ\u{301}".chars().collect();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for round in 0..60_000 {
        let mut text: Vec<char> = SAMPLES[random(&mut state) % SAMPLES.len()].chars().collect();
        for _ in 0..1 + round % 4 {
            let (place, letter) = (random(&mut state) % (text.len() + 1), letters[random(&mut state) % letters.len()]);
            match random(&mut state) % 3 {
                0 => text.insert(place, letter),
                1 if place < text.len() => text[place] = letter,
                _ => text.truncate(place),
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(date) = text.parse::<Edtf>() {
            assert_eq!(date.to_string().parse::<Edtf>(), Ok(date.clone()), "{text:?}");
            assert!(date.bounds().0 <= date.bounds().1 && date.overlaps(&date), "{text:?}");
        }
    }
}
