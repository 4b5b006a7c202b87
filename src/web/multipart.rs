//! Forms with a file in them (RFC 7578), read from memory: small enough to need no crate.

/// The parts of a form that was sent as `multipart/form-data`.
pub(crate) struct Parts<'a>(Vec<Part<'a>>);

struct Part<'a> {
    name: String,
    file_name: Option<String>,
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Reads a form; `None` if it is none.
    pub(crate) fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';')?;
        let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
        let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?.trim_matches('"');
        if !is_form || boundary.is_empty() {
            return None;
        }
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        // The first delimiter needs no line before it.
        let mut rest = body.strip_prefix(delimiter.get(2..)?)?;
        let mut parts = Vec::new();
        while !rest.starts_with(b"--") {
            rest = rest.strip_prefix(b"\r\n")?;
            let end = find(rest, &delimiter)?;
            let (part, after) = rest.split_at(end);
            parts.push(read_part(part)?);
            rest = after.get(delimiter.len()..)?;
        }
        Some(Self(parts))
    }

    /// Returns the words in a field, empty if there are none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let part = self.0.iter().find(|part| part.name == name);
        part.and_then(|part| std::str::from_utf8(part.bytes).ok()).unwrap_or_default()
    }

    /// Returns the name and the bytes of a file that was chosen in a field.
    pub(crate) fn file(&self, name: &str) -> Option<(&str, &'a [u8])> {
        let part = self.0.iter().find(|part| part.name == name)?;
        part.file_name.as_deref().filter(|file| !file.is_empty()).map(|file| (file, part.bytes))
    }
}

fn read_part(part: &[u8]) -> Option<Part<'_>> {
    let end = find(part, b"\r\n\r\n")?;
    let headers = std::str::from_utf8(part.get(..end)?).ok()?;
    let disposition = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    Some(Part { name: parameter(disposition, "name")?, file_name: parameter(disposition, "filename"), bytes: part.get(end + 4..)? })
}

/// Reads `; name="…"`. Browsers write a quotation mark inside as `%22`.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let (_, rest) = disposition.split_once(&format!("; {name}=\""))?;
    Some(rest.split('"').next().unwrap_or_default().replace("%22", "\""))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_a_file_are_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\npractice\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"bảng %22nghề%22.csv\"\r\nContent-Type: text/csv\r\n\r\nmã,tên\r\nV1,--x\r\n\r\n--x--\r\n";
        let parts = Parts::read("multipart/form-data; boundary=x", body.as_bytes()).unwrap();
        assert_eq!((parts.get("kind"), parts.get("none")), ("practice", ""));
        assert_eq!(parts.file("file"), Some(("bảng \"nghề\".csv", "mã,tên\r\nV1,--x\r\n".as_bytes())));
        assert!(parts.file("kind").is_none());
    }

    #[test]
    fn what_is_no_form_is_none() {
        for (kind, body) in [
            ("multipart/form-data; boundary=x", ""),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut off"),
            ("multipart/form-data; boundary=x", "--x"),
            ("multipart/form-data; boundary=", "--"),
            ("multipart/form-data", "--x--"),
            ("text/plain; boundary=x", "--x--"),
        ] {
            assert!(Parts::read(kind, body.as_bytes()).is_none(), "{kind} {body:?}");
        }
    }
}
