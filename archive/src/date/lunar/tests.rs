use super::*;

fn lunar(day: u8, month: u8, year: i16) -> LunarDate {
    LunarDate { day, month, is_leap: false, year }
}

fn window(text: &str) -> LunarWindow {
    text.parse().unwrap()
}

#[test]
fn tet_is_on_the_days_that_were_kept() {
    let kept = [
        date(1945, 2, 13),
        date(1965, 2, 2),
        date(1968, 1, 29),
        date(1975, 2, 11),
        date(1985, 1, 21),
        date(2000, 2, 5),
        date(2007, 2, 17),
        date(2023, 1, 22),
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2030, 2, 2),
    ];
    for day in kept {
        assert_eq!(LunarDate::of(day), Some(lunar(1, 1, day.year())), "{day}");
        assert_eq!(lunar(1, 1, day.year()).to_solar(), Some(day));
    }
}

#[test]
fn feasts_are_on_the_days_that_were_kept() {
    assert_eq!(lunar(15, 8, 2025).to_solar(), Some(date(2025, 10, 6)), "Mid-Autumn");
    assert_eq!(lunar(10, 3, 2024).to_solar(), Some(date(2024, 4, 18)), "the Hùng kings");
    assert_eq!(lunar(5, 5, 2023).to_solar(), Some(date(2023, 6, 22)), "Đoan Ngọ");
    assert_eq!(lunar(26, 3, 1945).to_solar(), Some(date(1945, 5, 7)));
}

#[test]
fn leap_months_follow_the_month_of_their_number() {
    let leap_month = |year: i16| (1..=12).find(|month| LunarDate { is_leap: true, ..lunar(1, *month, year) }.to_solar().is_some());
    let known = [(1985, 2), (1987, 7), (2006, 7), (2017, 6), (2020, 4), (2023, 2), (2025, 6), (2028, 5), (2033, 11)];
    for (year, month) in known {
        assert_eq!(leap_month(year), Some(month), "{year}");
    }
    assert_eq!((leap_month(1984), leap_month(2024)), (None, None), "1984 had one in China");
    assert_eq!(LunarDate::of(date(2025, 7, 25)), Some(LunarDate { is_leap: true, ..lunar(1, 6, 2025) }));
}

#[test]
fn every_day_of_two_centuries_comes_back() {
    let mut day = date(1900, 1, 1);
    let mut before = LunarDate::of(day.yesterday().unwrap()).unwrap();
    while day.year() <= 2100 {
        let lunar = LunarDate::of(day).unwrap();
        assert_eq!(lunar.to_solar(), Some(day), "{lunar:?}");
        let follows = lunar.day == before.day + 1 || (lunar.day == 1 && before.day >= 29);
        assert!(follows && lunar.day <= 30 && lunar.month <= 12, "{before:?} {lunar:?}");
        (before, day) = (lunar, day.tomorrow().unwrap());
    }
}

#[test]
fn what_the_calendar_has_not_is_none() {
    assert_eq!(LunarDate::of(date(1799, 12, 31)), None);
    assert_eq!(LunarDate::of(date(2200, 1, 1)), None);
    for day in [date(1800, 1, 1), date(2199, 12, 31)] {
        assert_eq!(LunarDate::of(day).and_then(LunarDate::to_solar), Some(day));
    }
    let wrong = [
        lunar(0, 1, 2025),
        lunar(31, 1, 2025),
        lunar(30, 12, 2024),
        lunar(1, 0, 2025),
        lunar(1, 13, 2025),
        lunar(1, 1, i16::MAX),
        lunar(1, 1, i16::MIN),
    ];
    for lunar in wrong {
        assert_eq!(lunar.to_solar(), None, "{lunar:?}");
    }
}

#[test]
fn a_feast_comes_back_every_year_and_not_in_leap_months() {
    let mid_autumn = window("15/8");
    assert!(mid_autumn.contains(date(2025, 10, 6)) && mid_autumn.contains(date(2024, 9, 17)));
    assert!(!mid_autumn.contains(date(2025, 10, 5)) && !mid_autumn.contains(date(2025, 10, 7)));
    let temple_feast = window("1/4–3/4");
    let days: Vec<Date> = date(2020, 1, 1).series(jiff::Span::new().days(1)).take(366).filter(|day| temple_feast.contains(*day)).collect();
    assert_eq!(days, [date(2020, 4, 23), date(2020, 4, 24), date(2020, 4, 25)], "2020 had a leap fourth month from the 23rd of May on");
}

#[test]
fn a_window_may_reach_over_tet_and_over_a_leap_month() {
    let tet = window("23/12-7/1");
    assert_eq!(tet.in_year(2024), Some((date(2025, 1, 22), date(2025, 2, 4))));
    assert!(tet.contains(date(2025, 1, 22)) && tet.contains(date(2025, 1, 29)) && tet.contains(date(2025, 2, 4)));
    assert!(!tet.contains(date(2025, 1, 21)) && !tet.contains(date(2025, 2, 5)));
    assert!(window("15/6-15/7").contains(date(2025, 8, 1)), "in the leap sixth month");
}

#[test]
fn the_thirtieth_is_the_last_day_of_its_month() {
    let last_evening = window("30/12");
    assert!(last_evening.contains(date(2025, 1, 28)), "the 29th");
    assert!(last_evening.contains(date(2024, 2, 9)), "the 30th");
    assert!(!last_evening.contains(date(2025, 1, 29)) && !last_evening.contains(date(2024, 2, 8)));
}

#[test]
fn windows_are_written_as_they_are_said() {
    for text in ["15/8", "1/4-3/4", "23/12-7/1"] {
        assert_eq!(window(text).to_string(), text);
        let json = serde_json::to_string(&window(text)).unwrap();
        assert_eq!(serde_json::from_str::<LunarWindow>(&json).unwrap(), window(text));
    }
    assert_eq!("30/13".parse::<LunarWindow>(), Err(BadLunar::NoSuchDay { day: 30, month: 13 }));
    for text in ["", "15", "rằm tháng 8", "1/4-", "1/4-3/4-5/4", "300/1"] {
        assert_eq!(text.parse::<LunarWindow>(), Err(BadLunar::Form(text.to_owned())));
    }
}
