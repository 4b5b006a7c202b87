use super::super::random;
use super::*;

/// What a wording is read as, without a year of reference.
fn said(text: &str) -> String {
    read(text, None).map(|date| date.to_string()).unwrap_or_default()
}

fn said_in(as_of: i16, text: &str) -> String {
    read(text, Some(as_of)).map(|date| date.to_string()).unwrap_or_default()
}

fn check(cases: &[(&str, &str)]) {
    for (text, date) in cases {
        assert_eq!(said(text), *date, "{text}");
    }
}

#[test]
fn years_months_and_days() {
    check(&[
        ("1930", "1930"),
        ("năm 1930", "1930"),
        ("Năm 1930.", "1930"),
        ("năm 938", "0938"),
        ("năm 257 TCN", "-0256"),
        ("12/3/2025", "2025-03-12"),
        ("12-3-2025", "2025-03-12"),
        ("12.3.2025", "2025-03-12"),
        ("ngày 12/3/2025", "2025-03-12"),
        ("ngày 12 tháng 3 năm 2025", "2025-03-12"),
        ("ngày mười hai tháng tư năm 1975", "1975-04-12"),
        ("tháng 3 năm 2025", "2025-03"),
        ("tháng mười hai năm 1946", "1946-12"),
        ("tháng 3/2025", "2025-03"),
        ("3/2025", "2025-03"),
        ("12 March 2025", "2025-03-12"),
        ("March 12, 2025", "2025-03-12"),
        ("12th of March, 2025", "2025-03-12"),
        ("in March 2025", "2025-03"),
        ("May 1954", "1954-05"),
        ("đầu năm 1990", "1990-01/1990-04"),
        ("cuối 1990", "1990-09/1990-12"),
        ("nửa đầu năm 1990", "1990-01/1990-06"),
        ("giữa tháng 2 năm 2024", "2024-02-11/2024-02-20"),
        ("cuối tháng 2 năm 2024", "2024-02-21/2024-02-29"),
        ("mùa xuân năm 1975", "1975-21"),
        ("Autumn 1945", "1945-23"),
        ("quý II năm 2024", "2024-34"),
        ("6 tháng đầu năm 2025", "2025-01/2025-06"),
        ("2025/07/01", "2025-07-01"),
    ]);
}

#[test]
fn about_and_perhaps() {
    check(&[
        ("khoảng 1930", "1930~"),
        ("khoảng năm 1930", "1930~"),
        ("vào khoảng năm 1930", "1930~"),
        ("c. 1930", "1930~"),
        ("circa 1930", "1930~"),
        ("about 1930", "1930~"),
        ("~1930", "1930~"),
        ("khoảng thế kỷ 15", "14XX~"),
        ("khoảng 1930–1940", "1930~/1940~"),
        ("từ khoảng 1930 đến 1940", "1930~/1940"),
        ("có lẽ năm 1930", "1930?"),
        ("khoảng 1930 (?)", "1930%"),
        ("probably 1930", "1930?"),
        ("tương truyền thế kỷ 10", "09XX?"),
        ("thế kỷ 11 (truyền thuyết)", "10XX?"),
        ("thời Trần (lời kể)", "1226?/1400?"),
    ]);
}

#[test]
fn centuries_and_decades() {
    check(&[
        ("thế kỷ 15", "14XX"),
        ("thế kỷ XV", "14XX"),
        ("Thế kỉ thứ XVIII", "17XX"),
        ("TK 19", "18XX"),
        ("thế kỷ mười tám", "17XX"),
        ("thế kỷ 3 trước Công nguyên", "-02XX"),
        ("thế kỷ 2 sau Công nguyên", "01XX"),
        ("đầu thế kỷ 18", "1700/1733~"),
        ("giữa thế kỷ 18", "1734~/1766~"),
        ("cuối thế kỷ 18", "1767~/1799"),
        ("nửa đầu thế kỷ XX", "1900/1949"),
        ("nửa sau thế kỷ 19", "1850/1899"),
        ("nửa cuối thế kỷ 19", "1850/1899"),
        ("thế kỷ 10–11", "09XX/10XX"),
        ("thế kỷ XVII - XVIII", "16XX/17XX"),
        ("từ thế kỷ 17 đến thế kỷ 19", "16XX/18XX"),
        ("từ thế kỷ 17 đến 19", "16XX/18XX"),
        ("cuối thế kỷ 18, đầu thế kỷ 19", "1767~/1833~"),
        ("cuối thế kỷ XIX – đầu thế kỷ XX", "1867~/1933~"),
        ("18th century", "17XX"),
        ("the early 18th century", "1700/1733~"),
        ("mid-19th century", "1834~/1866~"),
        ("late 18th to early 19th century", "1767~/1833~"),
        ("10th–11th centuries", "09XX/10XX"),
        ("second half of the nineteenth century", "1850/1899"),
        ("những năm đầu thế kỷ 20", "1900/1933~"),
        ("những năm 1990", "199X"),
        ("đầu những năm 1990", "1990/1993"),
        ("cuối những năm 1990", "1997/1999"),
        ("thập niên 1980", "198X"),
        ("đầu thập niên 1980", "1980/1983"),
        ("thập kỷ 60 của thế kỷ XX", "196X"),
        ("những năm 1980–1990", "198X/199X"),
        ("1990s", "199X"),
        ("early 1990s", "1990/1993"),
        ("những năm 1800", "18XX"),
        ("late 1800s", "1867~/1899"),
    ]);
}

#[test]
fn spans_before_and_after() {
    check(&[
        ("từ 1986 đến 1992", "1986/1992"),
        ("từ năm 1986 đến năm 1992", "1986/1992"),
        ("giai đoạn 1945–1954", "1945/1954"),
        ("1987–1988", "1987/1988"),
        ("1986-98", "1986/1998"),
        ("1923-24", "1923/1924"),
        ("1905–10", "1905/1910"),
        ("from 1986 to 1992", "1986/1992"),
        ("tháng 3–5 năm 2025", "2025-03/2025-05"),
        ("12–15/3/2025", "2025-03-12/2025-03-15"),
        ("từ 12/3/2025 đến 2/4/2025", "2025-03-12/2025-04-02"),
        ("trước 1945", "../1944"),
        ("trước năm 1945", "../1944"),
        ("đến trước 1990", "../1989"),
        ("trước thế kỷ 15", "../1399"),
        ("trước tháng 8 năm 1945", "../1945-07-31"),
        ("sau 1954", "1955/.."),
        ("từ sau năm 1954", "1955/.."),
        ("sau 30/4/1975", "1975-05-01/.."),
        ("từ 1986", "1986/.."),
        ("từ năm 1986 đến nay", "1986/.."),
        ("1986 – nay", "1986/.."),
        ("từ năm 1986 trở đi", "1986/.."),
        ("1945 trở về trước", "../1945"),
        ("đến năm 1992", "../1992"),
        ("since 1986", "1986/.."),
        ("before 1945", "../1944"),
        ("after 1954", "1955/.."),
        ("until 1992", "../1992"),
        ("1986 to present", "1986/.."),
        ("1428 hoặc 1429", "[1428,1429]"),
        ("1428 or 1429", "[1428,1429]"),
        ("between 1700 and 1750", "[1700..1750]"),
        ("có từ thế kỷ 15", "14XX"),
        ("ra đời vào năm 1930", "1930"),
    ]);
}

#[test]
fn dynasties_and_eras() {
    check(&[
        ("thời Lý", "1009/1225"),
        ("thời Trần", "1226/1400"),
        ("nhà Hồ", "1400/1407"),
        ("Lê sơ", "1428/1527"),
        ("thời Lê sơ", "1428/1527"),
        ("thời Mạc", "1527/1592"),
        ("Lê trung hưng", "1533/1789"),
        ("Tây Sơn", "1778/1802"),
        ("nhà Nguyễn", "1802/1945"),
        ("triều đại nhà Nguyễn", "1802/1945"),
        ("thời Hậu Lê", "1428/1789"),
        ("thời Tiền Lê", "0980/1009"),
        ("thời Lý – Trần", "1009/1400"),
        ("đầu thời Nguyễn", "1802/1849~"),
        ("cuối thời Trần", "1343~/1400"),
        ("under the Trần dynasty", "1226/1400"),
        ("Later Le dynasty", "1428/1789"),
        ("thời Pháp thuộc", "1884/1945"),
        ("thời chúa Nguyễn", "1558/1777"),
        ("đời vua Lê Thánh Tông", "1460/1497"),
        ("thời Minh Mạng", "1820/1840"),
        ("dưới triều vua Tự Đức", "1848/1883"),
        ("Minh Mạng thứ 12", "1831"),
        ("Minh Mệnh năm thứ 12 (1831)", "1831"),
        ("năm Minh Mạng thứ mười hai", "1831"),
        ("Tự Đức năm thứ 5", "1852"),
        ("Tự Đức nguyên niên", "1848"),
        ("niên hiệu Cảnh Hưng thứ 7", "1746"),
        ("năm thứ 7 niên hiệu Cảnh Hưng", "1746"),
        ("12th year of Minh Mạng", "1831"),
        ("Vĩnh Tộ thứ 5", "1623"),
        ("Hồng Đức thứ 18", "1487"),
        ("Hoằng Định thứ 15", "1614"),
        ("Bảo Đại thứ 20", "1945"),
        ("Sùng Hưng Đại Bảo thứ 2", "1050"),
        ("Đại Bảo thứ 2", "1441"),
        ("Thuận Thiên năm thứ 2", "[1011,1429]"),
        ("Thuận Thiên năm thứ 2 (1429)", "1429"),
        ("Thuận Thiên năm thứ 2, thời Lê sơ", "1429"),
        ("thời Thuận Thiên, nhà Lý", "1010/1028"),
        ("Thuận Thiên năm thứ 2 (1500)", "[1011,1429]"),
        ("Thuận Thiên năm thứ 16", "1025"),
        ("thời Thuận Thiên", "[1010..1028,1428..1433]"),
        ("Minh Mạng thứ 30", ""),
        ("Minh Mạng thứ 0", ""),
        ("Minh Mạng", ""),
        ("Nguyễn", ""),
        ("đầu thời Thuận Thiên", ""),
    ]);
}

#[test]
fn every_dynasty_and_era_is_in_order() {
    for (table, times) in [(DYNASTIES, TIMES.as_slice()), (ERAS, ERA_TIMES.as_slice())] {
        assert_eq!(times.len(), table.split(", ").count(), "every entry is understood");
        for time in times {
            assert!(time.first <= time.last && (900..2000).contains(&time.first), "{}", time.name);
        }
    }
    assert_eq!(MEANINGS.keys().map(|phrase| phrase.split(' ').count()).max(), Some(LONGEST_PHRASE));
    for era in ERA_TIMES.iter().filter(|era| era.first < era.last) {
        let second_year = said(&format!("{} năm thứ 2", era.name));
        assert!(second_year.contains(&format!("{:04}", era.first + 1)), "{} {second_year}", era.name);
    }
}

#[test]
fn ages_are_counted_back_from_the_year_of_the_source() {
    let cases = [
        ("khoảng 300 năm", "1690~/1750~"),
        ("300 năm", "1690~/1750~"),
        ("gần 200 năm", "1820~/1840~"),
        ("gần 200 năm nay", "1820~/1840~"),
        ("hơn 100 năm", "1895~/1920~"),
        ("cách đây hơn 400 năm", "1520~/1620~"),
        ("có lịch sử hơn 400 năm", "1520~/1620~"),
        ("hơn 100 năm trước", "1895~/1920~"),
        ("hơn 1.000 năm", "0770~/1020~"),
        ("hai trăm năm", "1800~/1840~"),
        ("hơn một thế kỷ", "1895~/1920~"),
        ("gần hai thế kỷ", "1820~/1840~"),
        ("200–300 năm", "1720~/1820~"),
        ("khoảng 200 đến 300 năm", "1720~/1820~"),
        ("3–4 thế kỷ", "1620~/1720~"),
        ("đã tồn tại gần 400 năm", "1620~/1660~"),
        ("có tuổi đời hơn 200 năm", "1770~/1820~"),
        ("hơn nửa thế kỷ", "1958~/1970~"),
        ("hàng trăm năm", "1120~/1920~"),
        ("vài trăm năm", "1520~/1820~"),
        ("hàng chục năm", "1930~/2010~"),
        ("hơn chục năm", "2008~/2010~"),
        ("hàng ngàn năm", "-6980~/1020~"),
        ("từ hơn 100 năm trước", "1895~/.."),
        ("about 300 years", "1690~/1750~"),
        ("over 100 years ago", "1895~/1920~"),
        ("hundreds of years", "1120~/1920~"),
        ("những năm 90", "199X"),
        ("những năm 10", "201X"),
        ("đầu những năm 90", "1990/1993"),
        ("thế kỷ trước", "19XX"),
        ("những năm 60 của thế kỷ trước", "196X"),
    ];
    for (text, date) in cases {
        assert_eq!(said_in(2020, text), date, "{text}");
        assert_eq!(said(text), "", "{text} without a year of reference");
    }
    assert_eq!(said_in(1920, "gần 200 năm"), "1720~/1740~");
}

#[test]
fn claims_as_they_stand_in_surveys() {
    let cases = [
        ("\"gần 200 năm\" (báo tỉnh 2015)", "1820~/1840~"),
        ("cuối thế kỷ 17 (lời cụ từ làng)", "1667~/1699"),
        ("thế kỷ 13, thời Trần (đài)", "12XX"),
        ("1831, thời Minh Mạng", "1831"),
        ("đầu thập niên 1980, học từ làng bên", "1980/1983"),
        ("1428 (văn bia)", "1428"),
        ("1584 (tư liệu)", "1584"),
        ("1992–1993", "1992/1993"),
        ("“hàng trăm năm”", "1120~/1920~"),
        ("1442–1497, đỗ năm 1463", ""),
        ("1428, 1431", ""),
        ("thế kỷ XVI, XVII", ""),
        ("thế kỷ mười sáu, mười bảy", ""),
        ("thế kỷ 15; thế kỷ 17", ""),
        ("truyền thuyết thế kỷ 10 (loạn 12 sứ quân)", "09XX?"),
        ("còn nghề đến trước 1990", ""),
        ("cải tiến thế kỷ 15", ""),
        ("cha truyền con nối", ""),
        ("nhiều đời", ""),
        ("lâu đời", ""),
        ("không rõ", ""),
        ("xưa nay", ""),
        ("", ""),
    ];
    for (text, date) in cases {
        assert_eq!(said_in(2020, text), date, "{text}");
    }
}

#[test]
fn what_cannot_be_told_honestly_is_no_date() {
    let unread = [
        "15/8 âm lịch",
        "15/8/2025 (âm lịch)",
        "15/8/2025 (AL)",
        "rằm tháng 8 năm 2025",
        "mùng 9 tháng giêng",
        "năm 45",
        "12/3/25",
        "32/3/2025",
        "12/13/2025",
        "30/2/2025",
        "tháng 13 năm 2025",
        "thế kỷ 35",
        "thế kỷ sau",
        "năm trước",
        "trước đây",
        "từ 1992 đến 1986",
        "năm Giáp Thìn",
        "1930 và 1935",
        "khoảng",
        "trước",
        "từ đến",
        "năm 5000",
        "19504",
        "938",
        "cuối những năm 1800",
        "Thái Bình",
        "sau năm",
    ];
    for text in unread {
        assert_eq!(said_in(2020, text), "", "{text}");
    }
    assert_eq!(said(&"thế kỷ 15 ".repeat(30)), "", "a text is no wording");
}

#[test]
fn marks_case_and_form_do_not_matter() {
    let decomposed: String = "Cuối Thế Kỷ 18".nfd().collect();
    for text in [decomposed.as_str(), "cuoi the ky 18", "CUỐI THẾ KỶ 18", "  cuối  thế kỉ   XVIII. "] {
        assert_eq!(said(text), "1767~/1799", "{text}");
    }
    assert_eq!(said("đời vua Minh Mạng"), said("doi vua minh mang"));
}

#[test]
fn an_extended_date_is_what_it_is() {
    for text in ["1930~", "14XX", "1905-10", "1700/1850", "../1945", "[1428,1429]", "2025-03-12"] {
        assert_eq!(said(text), text);
    }
}

#[test]
fn no_words_make_the_reader_panic() {
    let words = "năm tháng ngày thế kỷ những 1930 1990s 15 18th XV 12 / - , . ? ~ ( ) khoảng đầu giữa cuối nửa sau trước từ đến nay hơn gần \
        hàng trăm thời nhà Lý Lê sơ Minh Mạng thứ Thuận Thiên mười hai century before the March TCN hoặc có lẽ 中 \u{301}";
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut state = 0x2545_f491_4f6c_dd1d;
    for round in 0..20_000 {
        let text: Vec<&str> = (0..1 + round % 9).map(|_| words[random(&mut state) % words.len()]).collect();
        let text = text.join(if round % 2 == 0 { " " } else { "" });
        if let Some(date) = read(&text, Some(2020)) {
            assert_eq!(date.to_string().parse::<Edtf>(), Ok(date.clone()), "{text}");
            assert!(date.bounds().0 <= date.bounds().1, "{text}");
        }
    }
}
