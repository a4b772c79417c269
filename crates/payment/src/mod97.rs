//! The remainder by 97 that IBANs, RF references and our variable symbols are checked by
//! (ISO 7064, MOD 97-10), and how such references are written.

use core::fmt;

/// The remainder of a number written in digits and letters, where `A` stands for 10 and `Z` for 35
/// (ISO 13616, ISO 11649). `None` where another character stands.
pub(crate) fn remainder(text: &str) -> Option<u32> {
    text.bytes().try_fold(0, |rest: u32, byte| match byte {
        b'0'..=b'9' => Some((rest * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((rest * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    })
}

/// Text without blanks, in capitals, with its first four characters moved to the end: the order in
/// which IBANs and RF references are checked. `None` where there are no four.
pub(crate) fn rotated(text: &str) -> Option<String> {
    let (head, tail) = text.split_at_checked(4)?;
    Some(format!("{tail}{head}"))
}

/// How people write references, as it is checked: without blanks, in capitals.
pub(crate) fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// In groups of four, as references are printed for people.
pub(crate) fn in_fours(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, letter) in text.chars().enumerate() {
        let blank = if place > 0 && place.is_multiple_of(4) { " " } else { "" };
        write!(f, "{blank}{letter}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_those_of_long_division() {
        // 97 × 10 = 970; 1000 − 970 = 30. `A1` is 101 = 97 + 4.
        for (text, rest) in [("0", 0), ("97", 0), ("98", 1), ("1000", 30), ("A1", 4)] {
            assert_eq!(remainder(text), Some(rest), "{text}");
        }
        assert_eq!(remainder("1a"), None);
        assert_eq!(remainder("1 2"), None);
    }
}
