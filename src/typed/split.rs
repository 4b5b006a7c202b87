//! Several values in one line.

/// Parts a text at a separator, but not inside brackets or quotation marks; where those do not close, at every separator.
/// The parts have no blanks around them; empty ones are left out.
pub(crate) fn parts<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let separator = if separator.is_empty() { ";" } else { separator };
    let parts = outside(text, separator).unwrap_or_else(|| text.split(separator).collect());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Parts what is said from a remark in brackets behind it, and takes quotation marks around it away:
/// `"gần 200 năm" (LNV 19504)` is `gần 200 năm`, remarked by `LNV 19504`.
pub(crate) fn without_remark(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let remark = text.strip_suffix(')').and_then(|rest| {
        let (before, inside) = rest.split_once('(')?;
        // Brackets in brackets or several of them: where the remark begins is not clear.
        let is_clear = !inside.contains(['(', ')']) && !before.trim().is_empty() && !inside.trim().is_empty();
        is_clear.then(|| (before.trim(), Some(inside.trim())))
    });
    let (said, remark) = remark.unwrap_or((text, None));
    let quoted = said.strip_prefix(['"', '“']).and_then(|rest| rest.strip_suffix(['"', '”']));
    (quoted.filter(|inside| !inside.is_empty() && !inside.contains('"')).unwrap_or(said), remark)
}

/// Returns the parts; `None` if brackets or quotation marks do not close.
fn outside<'a>(text: &'a str, separator: &str) -> Option<Vec<&'a str>> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    let (mut parts, mut from) = (Vec::new(), 0);
    for (place, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '(' | '[' | '{' | '“' => depth += 1,
            ')' | ']' | '}' | '”' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 && !is_quoted && place >= from && text[place..].starts_with(separator) {
            parts.push(&text[from..place]);
            from = place + separator.len();
        }
    }
    parts.push(&text[from..]);
    (depth == 0 && !is_quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_says_where_it_was_read() {
        assert_eq!(without_remark(r#""gần 200 năm" (LNV 19504)"#), ("gần 200 năm", Some("LNV 19504")));
        assert_eq!(without_remark("thế kỷ 12, thời Lý (VOV; dansinh)"), ("thế kỷ 12, thời Lý", Some("VOV; dansinh")));
        for whole in ["thế kỷ 15", "(trống)", "a (b) (c)", "a (b (c))", "trước ()"] {
            assert_eq!(without_remark(whole), (whole, None));
        }
    }

    #[test]
    fn brackets_and_quotation_marks_hold_together() {
        let claims = r#""gần 200 năm" (LNV 19504); thế kỷ 12, thời Lý (VOV; dansinh) ;; "a; b""#;
        assert_eq!(parts(claims, ";"), [r#""gần 200 năm" (LNV 19504)"#, "thế kỷ 12, thời Lý (VOV; dansinh)", r#""a; b""#]);
        assert_eq!(parts(r#"thanh 6"; thanh 8"#, ";"), [r#"thanh 6""#, "thanh 8"], "an inch is no quotation");
        assert_eq!(parts("a) ; b", ";"), ["a)", "b"]);
        assert_eq!(parts("một | hai", "|"), ["một", "hai"]);
        assert_eq!(parts("một, hai", ""), ["một, hai"]);
    }
}
