//! XMP (ISO 16684-1): sidecars of photo programs, and packets from inside media.

use anyhow::{Result, ensure};

use super::rdf::{self, Node};
use super::{MOST_BYTES, MOST_VALUES, Value, add};
use crate::media::describe::Field;

/// Properties that give one field each, all of their values.
const PLAIN: [(&str, Field); 19] = [
    ("dc:title", Field::Title),
    ("dc:description", Field::Description),
    ("dc:creator", Field::Creator),
    ("dc:subject", Field::Keywords),
    ("dc:rights", Field::Rights),
    ("xmpRights:UsageTerms", Field::Rights),
    ("photoshop:Credit", Field::Rights),
    ("dc:language", Field::Language),
    ("dc:identifier", Field::Code),
    ("Iptc4xmpCore:Location", Field::Place),
    ("photoshop:City", Field::Place),
    ("photoshop:State", Field::Place),
    ("photoshop:Country", Field::Place),
    ("dc:coverage", Field::Place),
    ("Iptc4xmpExt:PersonInImage", Field::Person),
    ("photoshop:Instructions", Field::Note),
    ("exif:UserComment", Field::Note),
    ("tiff:Orientation", Field::Orientation),
    ("xmp:Rating", Field::Rating),
];

/// Properties that give a field only where those above, and those before, said nothing of it.
const INSTEAD: [(&str, Field); 8] = [
    ("photoshop:Headline", Field::Title),
    ("tiff:ImageDescription", Field::Description),
    ("tiff:Artist", Field::Creator),
    ("tiff:Copyright", Field::Rights),
    ("exif:DateTimeOriginal", Field::Date),
    ("photoshop:DateCreated", Field::Date),
    ("xmp:CreateDate", Field::Date),
    ("exif:DateTimeDigitized", Field::Date),
];

/// Properties with key words in a hierarchy, whose last step is the word.
const HIERARCHIES: [&str; 2] = ["digiKam:TagsList", "lr:hierarchicalSubject"];

/// Reads what an XMP sidecar or packet says of its medium. It may be UTF-8 or UTF-16.
///
/// # Errors
/// If it is larger than 8 MiB, is not well-formed, or is nested too deeply.
pub(crate) fn read_xmp(bytes: &[u8]) -> Result<Vec<Value>> {
    ensure!(bytes.len() <= MOST_BYTES, "the XMP is larger than {} MiB", MOST_BYTES >> 20);
    let text = text_of(bytes);
    let root = rdf::read(&text)?;
    let mut properties = Vec::new();
    gather_properties(&root, &mut properties);
    let mut values = Vec::new();
    for (name, field) in PLAIN {
        add_property(&mut values, &properties, name, field);
    }
    for (name, field) in INSTEAD {
        if !values.iter().any(|value| value.field == field) {
            add_property(&mut values, &properties, name, field);
        }
    }
    add_hierarchies(&mut values, &properties);
    for property in &properties {
        add_people(&mut values, property);
    }
    add_position(&mut values, &properties);
    Ok(values)
}

/// Returns the packet as text, without what pads it.
fn text_of(bytes: &[u8]) -> String {
    let marked = |mark: [u8; 2]| crate::media::table::decode(&[&mark, bytes].concat());
    let text = match bytes {
        [b'<', 0, ..] => marked([0xFF, 0xFE]),
        [0, b'<', ..] => marked([0xFE, 0xFF]),
        _ => crate::media::table::decode(bytes),
    };
    text.trim_matches(|letter: char| letter == '\0' || letter == '\u{FEFF}' || letter.is_whitespace()).to_owned()
}

/// Gathers the properties of every `rdf:Description` that stands directly inside `rdf:RDF`.
fn gather_properties<'a>(node: &'a Node, properties: &mut Vec<&'a Node>) {
    for child in &node.children {
        if node.name == "rdf:RDF" {
            properties.extend(child.children.iter().filter(|property| !property.name.is_empty()));
        } else {
            gather_properties(child, properties);
        }
    }
}

fn add_property(values: &mut Vec<Value>, properties: &[&Node], name: &str, field: Field) {
    for property in properties.iter().filter(|property| property.name == name) {
        let texts = texts_of(property);
        let has_languages = texts.iter().any(|(_, language)| language.is_some());
        for (text, language) in &texts {
            // The default repeats one of the languages, as XMP part 1, 8.2.2.4 asks.
            let is_repeated = has_languages && language.is_none() && texts.iter().any(|(other, tag)| other == text && tag.is_some());
            let is_second = field.stands_once() && language.is_none() && values.iter().any(|value| value.field == field);
            if !is_repeated && !is_second {
                add(values, field, text, *language);
            }
        }
    }
}

/// Returns the texts of a property: its own, or those of its array, each with its language.
fn texts_of(property: &Node) -> Vec<(&str, Option<&str>)> {
    let array = property.children.iter().find(|child| matches!(child.name.as_str(), "rdf:Alt" | "rdf:Bag" | "rdf:Seq"));
    let Some(array) = array else {
        // A property with qualifiers keeps its text in `rdf:value`.
        let value = property.child("rdf:value").or_else(|| property.child("rdf:Description")?.child("rdf:value"));
        return vec![(value.map_or(property.text.as_str(), |value| value.text.as_str()), language_of(property))];
    };
    array.children.iter().filter(|item| item.name == "rdf:li").take(MOST_VALUES).map(|item| (item.text.as_str(), language_of(item))).collect()
}

fn language_of(node: &Node) -> Option<&str> {
    let language = node.child("xml:lang")?.text.trim();
    let is_tag = language.len() <= 35 && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_tag && !language.is_empty() && language != "x-default").then_some(language)
}

/// Adds the last step of every key word in a hierarchy (`Nghề/Đan đó`, `Nghề|Đan đó`), unless it is known.
fn add_hierarchies(values: &mut Vec<Value>, properties: &[&Node]) {
    for name in HIERARCHIES {
        for property in properties.iter().filter(|property| property.name == name) {
            for (text, language) in texts_of(property) {
                let word = text.rsplit(['/', '|']).next().unwrap_or(text);
                add(values, Field::Keywords, word, language);
            }
        }
    }
}

/// Adds the names of the faces that were marked (MWG 2.0, 5.9; Microsoft), wherever they stand below `node`.
fn add_people(values: &mut Vec<Value>, node: &Node) {
    let kind = node.child("mwg-rs:Type").map_or("Face", |kind| kind.text.trim());
    for child in &node.children {
        let is_name = child.name == "MPReg:PersonDisplayName" || (child.name == "mwg-rs:Name" && kind == "Face");
        if is_name {
            add(values, Field::Person, &child.text, None);
        }
        add_people(values, child);
    }
}

/// Adds the position, if both of its halves make sense.
fn add_position(values: &mut Vec<Value>, properties: &[&Node]) {
    let text = |name: &str| properties.iter().find(|property| property.name == name).map_or("", |property| property.text.trim());
    let latitude = degrees(text("exif:GPSLatitude"), text("exif:GPSLatitudeRef"), 90.0);
    let longitude = degrees(text("exif:GPSLongitude"), text("exif:GPSLongitudeRef"), 180.0);
    // Cameras without a fix write zeros.
    if let (Some(latitude), Some(longitude)) = (latitude, longitude)
        && (latitude, longitude) != (0.0, 0.0)
    {
        add(values, Field::Latitude, &format!("{latitude:.7}"), None);
        add(values, Field::Longitude, &format!("{longitude:.7}"), None);
    }
}

/// Reads `20,39.5N` or `20,39,30N` (XMP part 2, 1.2.7.4), and the plain `20.65` that some programs write.
fn degrees(text: &str, reference: &str, most: f64) -> Option<f64> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let direction = text.get(number.len()..).filter(|letters| !letters.is_empty()).unwrap_or(reference);
    let mut degrees = 0.0;
    let mut unit = 1.0;
    for part in number.split(',') {
        let part: f64 = part.trim().parse().ok().filter(|part: &f64| part.is_finite())?;
        let is_part_of_a_whole = unit == 1.0 || (0.0..60.0).contains(&part);
        if !is_part_of_a_whole || unit > 3600.0 {
            return None;
        }
        degrees += part / unit;
        unit *= 60.0;
    }
    let degrees = match direction {
        "S" | "s" | "W" | "w" => -degrees,
        "N" | "n" | "E" | "e" | "" => degrees,
        _ => return None,
    };
    (degrees.abs() <= most).then_some(degrees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::shared;

    fn packet(properties: &str) -> String {
        format!(
            r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" {properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#
        )
    }

    fn told(properties: &str) -> Vec<(&'static str, String)> {
        let values = read_xmp(packet(properties).as_bytes()).expect("the packet is well-formed");
        let language = |value: &Value| value.language.as_ref().map(|language| format!("@{language}")).unwrap_or_default();
        values.iter().map(|value| (value.field.name(), format!("{}{}", value.text, language(value)))).collect()
    }

    #[test]
    fn elements_attributes_and_arrays_all_speak() {
        let told = told(
            r#"photoshop:City="Thủ Sỹ" exif:GPSLatitude="20,39.5N" exif:GPSLongitude="106,3,30E"><d:title><rdf:Alt>
            <rdf:li xml:lang="x-default">Cụ Chất &amp; cái đó</rdf:li><rdf:li xml:lang="vi">Cụ Chất &amp; cái đó</rdf:li>
            <rdf:li xml:lang="en">Mr Chất weaving</rdf:li></rdf:Alt></d:title>
            <d:subject><rdf:Bag><rdf:li>Đan đó</rdf:li></rdf:Bag></d:subject>
            <digiKam:TagsList><rdf:Seq><rdf:li>Nghề/Đan đó</rdf:li><rdf:li>Làng/Thủ Sỹ</rdf:li></rdf:Seq></digiKam:TagsList>
            <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
            <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Lương Hữu Chất</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type></rdf:li>
            <rdf:li><rdf:Description mwg-rs:Name="mèo" mwg-rs:Type="Pet"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
            <photoshop:DateCreated>2025-03-12</photoshop:DateCreated><exif:DateTimeOriginal>2025-03-12T08:30:00</exif:DateTimeOriginal>"#,
        );
        let expected = [
            ("title", "Cụ Chất & cái đó@vi"),
            ("title", "Mr Chất weaving@en"),
            ("keywords", "Đan đó"),
            ("place", "Thủ Sỹ"),
            ("created", "2025-03-12T08:30:00"),
            ("keywords", "Thủ Sỹ"),
            ("person", "Lương Hữu Chất"),
            ("latitude", "20.6583333"),
            ("longitude", "106.0583333"),
        ];
        assert_eq!(told, expected.map(|(field, text)| (field, text.to_owned())));
    }

    #[test]
    fn a_position_that_makes_no_sense_is_none() {
        for bad in ["91,0N", "20,60N", "20,39.5X", ",", "", "NaNN", "1e999N", "20,1,1,1N"] {
            assert_eq!(degrees(bad, "", 90.0), None, "{bad}");
        }
        assert_eq!(told(r#"exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E">"#), []);
        assert_eq!(degrees("20.5", "S", 90.0), Some(-20.5));
    }

    #[test]
    fn hostile_packets_end_soon() {
        let laughs = format!(
            r#"<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>{}"#,
            packet(r#"photoshop:City="&b;"><d:title>&b;&c;</d:title>"#)
        );
        let values = read_xmp(laughs.as_bytes()).expect("entities are no damage");
        let texts: Vec<_> = values.iter().map(|value| value.text.as_str()).collect();
        assert_eq!(texts, ["&b;&c;", "&b;"], "nothing is expanded, nothing is fetched");
        assert!(read_xmp("<a>".repeat(100_000).as_bytes()).is_err());
        assert!(read_xmp(("<a>".to_owned() + &"<a/>".repeat(200_000) + "</a>").as_bytes()).is_err());
        let whole = packet(r#"><d:title>Dệt lụa</d:title>"#);
        for cut in 1..whole.len() {
            let _ = read_xmp(whole.as_bytes().get(..cut).unwrap_or_default());
        }
        assert!(read_xmp(whole.as_bytes().get(..whole.len() / 2).unwrap_or_default()).is_err());
        assert!(read_xmp(&vec![b' '; MOST_BYTES + 1]).is_err());
        assert_eq!(read_xmp(b"").expect("nothing says nothing"), []);
    }

    #[test]
    fn sidecars_of_real_programs_are_read() {
        let Some(path) = shared("media/img-photos/immich/metadata/xmp/dates/2000.xmp") else { return };
        let bytes = std::fs::read(path).expect("it can be read");
        let values = read_xmp(&bytes).expect("UTF-16 is read too");
        assert_eq!(values, [Value { field: Field::Date, text: "2000-09-27T14:35:33+02:00".to_owned(), language: None }]);
    }
}
