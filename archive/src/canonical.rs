//! The one way in which JSON is written in the journal: RFC 8785 (JCS).
//!
//! Hashes are taken over these bytes, so two programs that mean the same record write the same line.
//! Beyond the RFC, whole numbers must stay below 2^53: above it, readers in other languages would see
//! another number. Numbers that may be larger (inodes) are written as text.

use serde::Serialize;
use serde_json::{Number, Value};
use thiserror::Error;

/// The largest whole number that every JSON reader sees exactly (RFC 8785, section 3.2.2.3).
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// A value cannot be written in canonical form.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// A whole number is too large to be read exactly everywhere.
    #[error("{0} is too large for the journal: whole numbers stay below 2^53; write it as text")]
    TooLarge(String),
    /// The value is no JSON, for example a number that is not finite.
    #[error("the value cannot be written as JSON: {0}")]
    NotJson(#[from] serde_json::Error),
}

/// Returns `value` as one line of canonical JSON, without a line feed.
pub fn to_line(value: &impl Serialize) -> Result<String, CanonicalError> {
    line_of(value).map(|line| line.text)
}

/// A value as one line.
pub(crate) struct Line {
    pub(crate) text: String,
    /// Whether reading it gives the value again. A fraction without a rest does not come back: 5.0 is written as 5.
    pub(crate) is_read_alike: bool,
}

/// Returns `value` as one line like [`to_line`].
pub(crate) fn line_of(value: &impl Serialize) -> Result<Line, CanonicalError> {
    let value = serde_json::to_value(value)?;
    let mut shape = Shape { is_plain: true, is_read_alike: true };
    shape.look(&value)?;
    let text = if shape.is_plain { serde_json::to_string(&value)? } else { serde_json_canonicalizer::to_string(&value)? };
    Ok(Line { text, is_read_alike: shape.is_read_alike })
}

/// What in a value decides how it is written.
struct Shape {
    /// Whether serde_json writes it as the RFC wants it: it sorts names by their bytes, as the RFC does with those of ASCII, and
    /// only fractions look different. Almost every line is so, and is written at a third of the cost.
    is_plain: bool,
    /// See [`Line::is_read_alike`].
    is_read_alike: bool,
}

impl Shape {
    fn look(&mut self, value: &Value) -> Result<(), CanonicalError> {
        match value {
            Value::Number(number) => self.look_at_number(number),
            Value::Array(items) => items.iter().try_for_each(|item| self.look(item)),
            Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
                self.is_plain &= name.is_ascii();
                self.look(value)
            }),
            Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        }
    }

    fn look_at_number(&mut self, number: &Number) -> Result<(), CanonicalError> {
        let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
        let is_too_large = match (whole, number.as_f64()) {
            (Some(whole), _) => whole > LARGEST_INTEGER,
            (None, Some(fraction)) => {
                self.is_plain = false;
                self.is_read_alike &= fraction.fract() != 0.0;
                // 8.1e16 is written as 81000000000000000, and would be read as a whole number.
                fraction.abs() > LARGEST_INTEGER as f64
            }
            (None, None) => false,
        };
        if is_too_large { Err(CanonicalError::TooLarge(number.to_string())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_example_of_rfc_8785_section_3_2_3() {
        let given = json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"});
        let line = to_line(&given).unwrap();
        let order: Vec<_> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].iter().map(|word| line.find(word).unwrap()).collect();
        assert!(order.is_sorted(), "{line}");
    }

    #[test]
    fn marks_are_kept_as_they_are_and_never_escaped() {
        assert_eq!(to_line(&json!({"b": "đó", "a": "do\u{301}"})).unwrap(), "{\"a\":\"do\u{301}\",\"b\":\"đó\"}");
    }

    #[test]
    fn a_number_that_others_would_misread_is_refused() {
        assert!(to_line(&json!([LARGEST_INTEGER])).is_ok());
        assert!(matches!(to_line(&json!({"inode": LARGEST_INTEGER + 1})), Err(CanonicalError::TooLarge(_))));
        // Found by the fuzzer: it could be written once, and never again.
        assert!(matches!(to_line(&json!([8.088_808e16])), Err(CanonicalError::TooLarge(_))));
        assert!(matches!(to_line(&json!([-1e300])), Err(CanonicalError::TooLarge(_))));
    }

    fn json_values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-(1i64 << 53) + 1..1i64 << 53).prop_map(|number| json!(number)),
            (-1e9..1e9).prop_map(|number: f64| json!(number)),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(any::<String>(), inner.clone(), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
                prop::collection::btree_map("[ -~]{0,6}", inner, 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_and_writing_again_gives_the_same_bytes(value in json_values()) {
            let line = to_line(&value).unwrap();
            prop_assert_eq!(&line, &serde_json_canonicalizer::to_string(&value).unwrap());
            prop_assert!(!line.contains('\n'));
            let read: Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(to_line(&read).unwrap(), line);
        }
    }
}
