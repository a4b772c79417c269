//! Output for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Prints a line. A closed pipe is no failure: the reader has seen enough.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = io::stdout().lock();
    let _closed_pipe = writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush());
}

/// Tells the person at the terminal what a program that reads the output must not stumble over: how
/// far it is, what is wrong beside.
pub(crate) fn aside(text: impl AsRef<str>) {
    let _closed_pipe = writeln!(io::stderr(), "{}", text.as_ref());
}

/// Prints rows as one JSON array, or one object.
pub(crate) fn json(rows: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(rows)
        .map_err(|error| Failure::new(format!("cannot write JSON: {error}")))?;
    line(text);
    Ok(())
}

/// Prints a table with aligned columns, or a sentence where there is nothing.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>], empty: &str) {
    if rows.is_empty() {
        return line(empty);
    }
    for text in render(head, rows) {
        line(text);
    }
}

fn render(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let draw = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count())))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![draw(head.to_vec())];
    lines.push(widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    lines.extend(rows.iter().map(|row| draw(row.iter().map(String::as_str).collect())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows =
            vec![vec!["čas".to_owned(), "1".to_owned()], vec!["x".to_owned(), "22".to_owned()]];
        assert_eq!(render(&["name", "n"], &rows), ["name  n", "----  --", "čas   1", "x     22"]);
    }
}
