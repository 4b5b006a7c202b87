//! Addresses within the viewer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What needs no encoding in a part of an address (RFC 3986, "unreserved").
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns a text as a part of an address.
pub(crate) fn part(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Returns an address that has parameters already, with more of them.
pub(crate) fn with_more(address: &str, parameters: &[(String, String)]) -> String {
    match with_query("", parameters).strip_prefix('?') {
        Some(more) => format!("{address}{}{more}", if address.contains('?') { '&' } else { '?' }),
        None => address.to_owned(),
    }
}

/// Returns an address with these parameters; empty values are left out.
pub(crate) fn with_query(path: &str, parameters: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        parameters.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{}={}", part(name), part(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}
