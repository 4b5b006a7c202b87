//! Tables of JSON objects, one a line: the keys are the headings.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};

use super::{MOST_COLUMNS, Row};

/// Shows a row of all keys, in the order in which they first come, and then the lines. Numbers with a fraction have a comma, as
/// tables in Vietnamese do; what has parts stays JSON.
pub(super) fn visit_rows(text: &str, visit: &mut dyn FnMut(Row) -> Result<()>) -> Result<Vec<String>> {
    let lines = || text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut headings: Vec<String> = Vec::new();
    for (place, line) in lines() {
        for key in object(place, line)?.keys().filter(|key| !key.is_empty()) {
            if !headings.contains(key) {
                headings.push(key.clone());
            }
        }
        ensure!(headings.len() <= MOST_COLUMNS, "line {}: there are more than {MOST_COLUMNS} different keys", place + 1);
    }
    visit(Row { number: 0, cells: headings.clone() })?;
    for (place, line) in lines() {
        let object = object(place, line)?;
        visit(Row { number: place + 1, cells: headings.iter().map(|heading| cell(object.get(heading))).collect() })?;
    }
    Ok(Vec::new())
}

fn object(place: usize, line: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(line.trim_start_matches('\u{feff}')).with_context(|| format!("line {} is no JSON object", place + 1))
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(words)) => words.clone(),
        Some(Value::Number(number)) => number.to_string().replace('.', ","),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_headings_and_lines_rows() {
        let text = "{\"code\":\"V1\",\"n\":1.5}\n\n{\"code\":\"V2\",\"of\":[\"a\"],\"n\":null}\n";
        let mut rows = Vec::new();
        visit_rows(text, &mut |row| {
            rows.push(format!("{} {}", row.number, row.cells.join("|")));
            Ok(())
        })
        .unwrap();
        assert_eq!(rows, ["0 code|n|of", "1 V1|1,5|", "3 V2||[\"a\"]"]);
        assert!(visit_rows("[1]", &mut |_| Ok(())).is_err());
    }
}
