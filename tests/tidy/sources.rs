//! Rules on single Rust files.

use crate::checkout::File;

/// A file that is longer holds more than one idea.
const LINES_MAX: usize = 600;

/// Files with more lines than one can keep in mind.
pub(crate) fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = file.path.ends_with(".rs") && lines > LINES_MAX;
    long.then(|| format!("{}: {lines} lines, at most {LINES_MAX}", file.path)).into_iter().collect()
}

/// Tests that do not run, and code that is not there.
pub(crate) fn unfinished(file: &File) -> Vec<String> {
    if !file.path.ends_with(".rs") || file.path == "tests/tidy/sources.rs" {
        return Vec::new();
    }
    let words = ["#[ignore", "todo!", "unimplemented!", "#[allow("];
    let numbered = file.text.lines().enumerate();
    numbered
        .flat_map(|(index, line)| words.map(|word| (index + 1, line, word)))
        .filter(|(_, line, word)| line.contains(word))
        .map(|(number, _, word)| format!("{}:{number}: {word}", file.path))
        .collect()
}

/// A crate whose first line does not say what it is for.
pub(crate) fn module_doc(file: &File) -> Vec<String> {
    let is_root = file.path.ends_with("src/lib.rs") || file.path.ends_with("src/main.rs");
    let first = file.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//! ").is_some_and(|text| text.len() > 20);
    let missing = is_root && !says;
    missing.then(|| format!("{}: begins with {first:?}", file.path)).into_iter().collect()
}

/// Numbered lines of code without their comments, up to the tests at the end of the file.
pub(crate) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let inner_tests = lines.windows(2).position(|pair| {
        matches!(pair, [attribute, module] if attribute.trim() == "#[cfg(test)]"
            && module.trim_start().starts_with("mod ") && module.ends_with('{'))
    });
    let end = inner_tests.unwrap_or(lines.len());
    let numbered = lines.into_iter().take(end).enumerate();
    numbered.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

/// Whether the line has this word or path, not as a part of a longer name.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_name) && (word.ends_with(':') || !after.is_some_and(is_name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_601_lines_is_found_and_one_of_600_is_not() {
        assert_eq!(length(&File::new("a.rs", &"x\n".repeat(601))).len(), 1);
        assert!(length(&File::new("a.rs", &"x\n".repeat(600))).is_empty());
        assert!(length(&File::new("a.yaml", &"x\n".repeat(601))).is_empty());
    }

    #[test]
    fn an_ignored_test_is_found_with_its_line() {
        let bad = File::new("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn x() {}\n");
        assert_eq!(unfinished(&bad), ["a.rs:2: #[ignore"]);
    }

    #[test]
    fn what_is_left_to_do_is_found() {
        for line in ["todo!()", "unimplemented!()", "#[allow(dead_code)]"] {
            assert_eq!(unfinished(&File::new("a.rs", line)).len(), 1, "{line}");
        }
    }

    #[test]
    fn a_crate_without_a_word_on_its_purpose_is_found() {
        let root = |text| module_doc(&File::new("crates/x/src/lib.rs", text)).len();
        assert_eq!(root("mod a;\n"), 1);
        assert_eq!(root("//! placeholder\n"), 1);
        assert_eq!(root("//! Turns datagrams into ordered payloads.\n"), 0);
    }

    #[test]
    fn code_ends_where_the_inner_tests_begin() {
        let text = "a // b\n#[cfg(test)]\nmod tests {\nc\n}\n";
        assert_eq!(code(text).collect::<Vec<_>>(), [(1, "a ")]);
        // Tests in a file of their own do not hide what follows.
        assert_eq!(code("#[cfg(test)]\nmod tests;\nc\n").count(), 3);
    }

    #[test]
    fn a_word_inside_a_longer_name_is_no_hit() {
        assert!(has_word("use rand::Rng;", "rand"));
        assert!(!has_word("let operand = brand;", "rand"));
        assert!(has_word("std::fs::read(x)", "fs::"));
        assert!(!has_word("offs::read(x)", "fs::"));
    }
}
