//! The tag files of a bag: its declaration (`bagit.txt`) and its description (`bag-info.txt`).

use super::manifest::lines_of;

/// The BagIt version that a bag declares, as far as its rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 0.93 to 0.97: a payload file need only stand in one manifest.
    Early,
    /// 1.0, and what is not known: the rules of RFC 8493.
    Strict,
}

/// How the tag files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 and its part ASCII.
    Utf8,
    /// ISO-8859-1.
    Latin1,
    /// UTF-16, the byte order by its mark, else big-endian.
    Utf16,
}

/// What `bagit.txt` says.
#[derive(Debug)]
pub(super) struct Declaration {
    /// The version, which decides the rules.
    pub(super) version: Version,
    /// The encoding of every other tag file.
    pub(super) encoding: Encoding,
}

/// What was found wrong or doubtful, for the report.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What makes the bag invalid.
    pub(super) faults: Vec<String>,
    /// What an archivist should know.
    pub(super) warnings: Vec<String>,
}

impl Findings {
    /// Notes what only the strict rules forbid.
    pub(super) fn forbidden_in(&mut self, version: Version, sentence: String) {
        match version {
            Version::Strict => self.faults.push(sentence),
            Version::Early => self.warnings.push(sentence),
        }
    }
}

/// Reads `bagit.txt` (RFC 8493, section 2.1.1). What is wrong with it goes to the findings; the rest is read as well as can be.
pub(super) fn declaration(bytes: &[u8], findings: &mut Findings) -> Declaration {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.len() != bytes.len() {
        findings.faults.push("bagit.txt begins with a byte order mark, which BagIt forbids".to_owned());
    }
    if std::str::from_utf8(text).is_err() {
        findings.faults.push("bagit.txt is not UTF-8".to_owned());
    }
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().take(16).collect();
    let version = declared_version(&value_of(&lines, 0, "BagIt-Version", findings), findings);
    let encoding = declared_encoding(&value_of(&lines, 1, "Tag-File-Character-Encoding", findings), findings);
    if lines.len() > 2 {
        findings.forbidden_in(version, "bagit.txt has more than its two lines".to_owned());
    }
    if lines.iter().any(|line| !is_tidy(line)) {
        findings.forbidden_in(version, "bagit.txt has white space that does not belong there".to_owned());
    }
    Declaration { version, encoding }
}

/// One colon, one space after it, no other white space around label and value.
fn is_tidy(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(label, value)| label.trim() == label && value.trim() == value && !label.contains(':'))
}

fn value_of(lines: &[&str], index: usize, label: &str, findings: &mut Findings) -> String {
    let found = lines.get(index).and_then(|line| line.split_once(':')).filter(|(name, _)| name.trim() == label);
    let Some((_, value)) = found else {
        findings.faults.push(format!("line {} of bagit.txt does not give {label}", index.saturating_add(1)));
        return String::new();
    };
    value.trim().to_owned()
}

fn declared_version(value: &str, findings: &mut Findings) -> Version {
    match value {
        "0.93" | "0.94" | "0.95" | "0.96" | "0.97" => Version::Early,
        "1.0" | "" => Version::Strict,
        other => {
            findings.faults.push(format!("bagit.txt declares BagIt version {other}; kho reads 0.93 to 0.97 and 1.0"));
            Version::Strict
        }
    }
}

fn declared_encoding(value: &str, findings: &mut Findings) -> Encoding {
    match value.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" | "" => Encoding::Utf8,
        "ISO-8859-1" | "LATIN1" | "ISO_8859-1" => Encoding::Latin1,
        "UTF-16" | "UTF-16BE" | "UTF-16LE" => Encoding::Utf16,
        _ => {
            findings.faults.push(format!("bagit.txt declares the encoding {value}, which kho does not read"));
            Encoding::Utf8
        }
    }
}

/// Turns a tag file into UTF-8. Bytes of a file that claims UTF-8 stay as they are, so that a name which is none can still be found.
pub(super) fn decode(bytes: Vec<u8>, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => bytes,
        Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
        Encoding::Utf16 => decode_utf16(&bytes).into_bytes(),
    }
}

fn decode_utf16(bytes: &[u8]) -> String {
    let little = bytes.starts_with(&[0xff, 0xfe]);
    let marked = little || bytes.starts_with(&[0xfe, 0xff]);
    let body = if marked { bytes.get(2..).unwrap_or_default() } else { bytes };
    let (pairs, _) = body.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }).collect();
    String::from_utf16_lossy(&units)
}

/// Reads the labels and values of `bag-info.txt` in their order, with continued lines joined by a space (RFC 8493, section 2.2.2).
pub(super) fn bag_info(name: &str, bytes: &[u8], version: Version, findings: &mut Findings) -> Vec<(String, String)> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut info: Vec<(String, String)> = Vec::new();
    for line in lines_of(text) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line = String::from_utf8_lossy(line);
        let continued = line.starts_with([' ', '\t']);
        match (continued, info.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((label, value))) if !label.trim().is_empty() => info.push((label.trim().to_owned(), value.trim().to_owned())),
            _ => findings.forbidden_in(version, format!("{name} has a line that is no label with a value: {}", shortened(&line))),
        }
    }
    info
}

fn shortened(line: &str) -> String {
    line.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> usize {
        let mut findings = Findings::default();
        declaration(text.as_bytes(), &mut findings);
        findings.faults.len()
    }

    #[test]
    fn only_the_two_lines_of_the_rfc_are_without_fault() {
        assert_eq!(faults_of("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"), 0);
        assert_eq!(faults_of("BagIt-Version: 0.97\r\nTag-File-Character-Encoding: UTF-8"), 0);
        for text in [
            "",
            "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "\u{feff}BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nNgười-Gửi: bà Hồng\n",
            "BagIt-Version: 1.0\n",
            "BagIt-Version: 7.0\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: TCVN3\n",
        ] {
            assert!(faults_of(text) > 0, "{text}");
        }
    }

    #[test]
    fn the_description_keeps_order_repeats_and_continued_lines() {
        let mut findings = Findings::default();
        let text = "Source-Organization: Bảo tàng\n  Hưng Yên\r\nContact-Name: Thủ Sỹ\nContact-Name: dệt lụa\nno colon here\n";
        let info = bag_info("bag-info.txt", text.as_bytes(), Version::Strict, &mut findings);
        assert_eq!(info[0].1, "Bảo tàng Hưng Yên");
        assert_eq!(info.len(), 3);
        assert_eq!(findings.faults.len(), 1);
    }

    #[test]
    fn old_encodings_become_utf8() {
        assert_eq!(decode(vec![b'T', 0xe0], Encoding::Latin1), "Tà".as_bytes());
        assert_eq!(decode(vec![0xff, 0xfe, 0x11, 0x01], Encoding::Utf16), "đ".as_bytes());
    }
}
