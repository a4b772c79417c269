//! Small readers of bytes: white space, quotes, lists and parameters (RFC 3261 section 25.1).

use std::borrow::Cow;

/// White space inside a header value; CR and LF are there only as part of a fold.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without white space at both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

/// One of the characters of a token (RFC 3261 section 25.1).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// Whether `bytes` is a token.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// A decimal number of at most ten digits after leading zeros; nothing but digits.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let significant = bytes.iter().position(|&byte| byte != b'0').unwrap_or(bytes.len());
    let digits = bytes.get(significant..).unwrap_or_default();
    if digits.len() > 10 {
        return None;
    }
    Some(digits.iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0')))
}

/// Splits at the first byte that `wanted` names, outside of quotes and angle brackets.
pub(crate) fn split_once(bytes: &[u8], wanted: u8) -> (&[u8], Option<&[u8]>) {
    match position(bytes, wanted) {
        Some(at) => {
            let (head, tail) = bytes.split_at(at);
            (head, tail.get(1..))
        }
        None => (bytes, None),
    }
}

/// Where `wanted` first stands outside of quotes and angle brackets.
fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (mut quoted, mut escaped, mut angled) = (false, false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if quoted {
            escaped = byte == b'\\';
            quoted = byte != b'"';
        } else if byte == wanted && !angled {
            return Some(at);
        } else {
            match byte {
                b'"' => quoted = true,
                b'<' => angled = true,
                b'>' => angled = false,
                _ => {}
            }
        }
    }
    None
}

/// The trimmed values of a comma-separated list; empty ones are left in.
pub(crate) fn list(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    core::iter::from_fn(move || {
        let (value, tail) = split_once(rest?, b',');
        rest = tail;
        Some(trim(value))
    })
}

/// The parameters in `;name=value;name`, names and values trimmed.
pub(crate) fn parameters(bytes: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let mut rest = Some(bytes);
    core::iter::from_fn(move || {
        let (one, tail) = split_once(rest?, b';');
        rest = tail;
        let (name, value) = split_once(one, b'=');
        Some((trim(name), value.map(trim)))
    })
}

/// The value of the parameter `name`: `Some(None)` where it stands without one.
pub(crate) fn parameter<'a>(bytes: &'a [u8], name: &str) -> Option<Option<&'a [u8]>> {
    parameters(bytes).find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v)
}

/// Whether every parameter has a name; an empty tail is no parameter at all.
pub(crate) fn are_parameters(bytes: Option<&[u8]>) -> bool {
    bytes.is_none_or(|bytes| parameters(bytes).all(|(name, _)| is_token(name)))
}

/// With every fold (and any stray line end) as one space, so that a value can be sent back without
/// starting a line of its own (RFC 3261 section 7.3.1).
pub(crate) fn unfolded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Cow::Borrowed(bytes);
    }
    let mut flat = Vec::with_capacity(bytes.len());
    let mut lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|l| !l.is_empty());
    flat.extend_from_slice(lines.next().unwrap_or_default().trim_ascii_end());
    for line in lines {
        flat.push(b' ');
        flat.extend_from_slice(line.trim_ascii());
    }
    Cow::Owned(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_quotes_or_brackets_separates_nothing() {
        let values: Vec<_> = list(br#""a, b" <sip:c,d@e>, f"#).collect();
        assert_eq!(values, [br#""a, b" <sip:c,d@e>"#.as_slice(), b"f"]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let values: Vec<_> = list(br#""a\", b", c"#).collect();
        assert_eq!(values, [br#""a\", b""#.as_slice(), b"c"]);
    }

    #[test]
    fn parameters_are_trimmed_and_found_whatever_their_case() {
        assert_eq!(parameter(b" Tag = 1 ; lr", "tag"), Some(Some(b"1".as_slice())));
        assert_eq!(parameter(b" Tag = 1 ; lr", "LR"), Some(None));
        assert_eq!(parameter(b"tagged=1", "tag"), None);
    }

    #[test]
    fn a_stray_separator_is_no_parameter() {
        assert!(are_parameters(None));
        assert!(are_parameters(Some(b"a=1;b")));
        assert!(!are_parameters(Some(b"a=1;;b")));
        assert!(!are_parameters(Some(b"")));
    }

    #[test]
    fn numbers_ignore_leading_zeros_and_refuse_everything_else() {
        assert_eq!(number(b"0068"), Some(68));
        assert_eq!(number(b"00000000000000009"), Some(9));
        assert_eq!(number(b"9999999999"), Some(9_999_999_999));
        for text in [b"".as_slice(), b"-1", b"+1", b"1 2", b"10000000000", b"1e3"] {
            assert_eq!(number(text), None);
        }
    }

    #[test]
    fn folds_become_one_space() {
        assert_eq!(unfolded(b"a\r\n  b\n\tc").as_ref(), b"a b c");
        assert_eq!(unfolded(b"a  b").as_ref(), b"a  b");
        assert_eq!(unfolded(b"a\rb").as_ref(), b"a b");
    }
}
