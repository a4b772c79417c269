//! Text that others wrote, made fit for one line of a letter.

/// One line of at most `length_max` characters: no control characters, nothing that turns the
/// direction of reading or hides, no runs of white space. What is longer ends in an ellipsis.
///
/// A name cleaned like this can neither begin a header nor look like the end of a line.
pub(crate) fn one_line(text: &str, length_max: usize) -> String {
    let visible = text.chars().map(|c| if breaks(c) { ' ' } else { c }).filter(|c| !hides(*c));
    let visible: String = visible.collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    shortened(&words.join(" "), length_max)
}

/// At most `length_max` characters, the last an ellipsis where some were cut.
pub(crate) fn shortened(text: &str, length_max: usize) -> String {
    if text.chars().count() <= length_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Control characters and the line and paragraph separators become a space.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters without a shape of their own: direction marks and overrides (UAX 9), zero-width ones,
/// soft hyphens, annotations, tags.
fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_become_spaces_and_what_hides_is_gone() {
        assert_eq!(one_line(" a\r\nBcc: x\u{2028}b\u{0}c ", 80), "a Bcc: x b c");
        assert_eq!(one_line("moc.\u{202e}evil\u{202c}\u{200b}\u{2066}", 80), "moc.evil");
        assert_eq!(one_line("Žluťoučký kůň, s. r. o.", 80), "Žluťoučký kůň, s. r. o.");
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("abcd efg", 6), "abcd…");
    }
}
