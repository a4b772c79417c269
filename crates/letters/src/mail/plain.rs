//! The body of a mail in plain text.

use super::facts::Fact;
use super::words::Text;
use crate::Link;

/// Characters of a line (RFC 5322, 2.1.1).
const WIDTH: usize = 78;

/// Title, paragraphs, facts, link, and why it was sent.
pub(super) fn write(text: &Text, facts: &[Fact], link: &Link, footer: &str) -> String {
    let mut out = format!("{}\n{}\n\n", text.title, "=".repeat(text.title.chars().count()));
    for paragraph in text.body {
        push_wrapped(&mut out, "", paragraph);
        out.push('\n');
    }
    let labels = facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or(0);
    for fact in facts {
        let label = format!("{}:", fact.label);
        push_wrapped(&mut out, &format!("{label:width$}  ", width = labels + 1), &fact.value);
    }
    out.push_str(&format!("\n{}:\n{link}\n\n-- \n", text.action));
    push_wrapped(&mut out, "", footer);
    out
}

/// Words of the text in lines; the first line begins with the prefix, the others below the first
/// word.
fn push_wrapped(out: &mut String, prefix: &str, text: &str) {
    let indent = prefix.chars().count();
    let room = WIDTH.saturating_sub(indent).max(1);
    let mut begin = prefix.to_owned();
    for line in lines(text, room) {
        out.push_str(&format!("{begin}{line}\n"));
        begin = " ".repeat(indent);
    }
}

/// Lines of at most `room` characters, broken at spaces, and inside of a word that is longer.
fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let letters: Vec<Vec<char>> = text.split(' ').map(|word| word.chars().collect()).collect();
    for piece in letters.iter().flat_map(|word| word.chunks(room)) {
        if !line.is_empty() && line.chars().count() + 1 + piece.len() > room {
            lines.push(core::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(piece);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(prefix: &str, text: &str) -> String {
        let mut out = String::new();
        push_wrapped(&mut out, prefix, text);
        out
    }

    #[test]
    fn lines_break_at_spaces_and_go_on_below_the_value() {
        let (a, b) = ("a".repeat(71), "b".repeat(9));
        assert_eq!(wrapped("Line:  ", &format!("{a} {b}")), format!("Line:  {a}\n       {b}\n"));
    }

    #[test]
    fn a_word_without_end_is_cut() {
        let lines: Vec<usize> =
            wrapped("", &"x".repeat(200)).lines().map(|line| line.chars().count()).collect();
        assert_eq!(lines, [78, 78, 44]);
    }
}
