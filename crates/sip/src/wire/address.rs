//! The addresses in From, To and Contact (RFC 3261 section 20.10).

use super::text::{are_parameters, is_space, parameter, split_once, trim};

/// `"name" <uri>;parameters` or `uri;parameters`.
#[derive(Clone, Copy)]
pub(crate) struct Address<'a> {
    /// The URI, of any scheme.
    pub(crate) uri: &'a [u8],
    /// The field's parameters, not the URI's.
    parameters: Option<&'a [u8]>,
}

impl<'a> Address<'a> {
    /// Takes one value apart.
    ///
    /// # Errors
    /// What is wrong, to go after the field's name.
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, &'static str> {
        let start = after_quoted(value)?;
        let bracket = value.iter().skip(start).position(|&byte| byte == b'<');
        match bracket.map(|at| at.saturating_add(start)) {
            Some(at) => Self::bracketed(value, start, at),
            None if start > 0 => Err("Without a URI"),
            None => Self::bare(value),
        }
    }

    fn bracketed(value: &'a [u8], quoted: usize, at: usize) -> Result<Self, &'static str> {
        let (display, rest) = value.split_at(at);
        let rest = rest.get(1..).unwrap_or_default();
        let loose = display.get(quoted..).unwrap_or_default();
        if loose.iter().any(|byte| matches!(byte, b',' | b';' | b'"' | b'>')) {
            return Err("Display Name Needs Quotes");
        }
        let end = rest.iter().position(|&byte| byte == b'>').ok_or("Bracket Not Closed")?;
        let (uri, tail) = rest.split_at(end);
        let uri = bracketed_uri(uri)?;
        let tail = trim(tail.get(1..).unwrap_or_default());
        let parameters = match tail {
            [] => None,
            [b';', rest @ ..] => Some(rest),
            _ => return Err("Malformed"),
        };
        Self::checked(uri, parameters)
    }

    /// Without brackets every parameter is the field's, and `,` and `?` may not be in the URI.
    fn bare(value: &'a [u8]) -> Result<Self, &'static str> {
        let (uri, parameters) = split_once(value, b';');
        let uri = trim(uri);
        if uri.iter().any(|&byte| matches!(byte, b',' | b'?' | b'"' | b'>') || is_space(byte)) {
            return Err("Needs Angle Brackets");
        }
        Self::checked(uri, parameters)
    }

    fn checked(uri: &'a [u8], parameters: Option<&'a [u8]>) -> Result<Self, &'static str> {
        if uri.is_empty() || !uri.contains(&b':') {
            return Err("Without a URI");
        }
        if !are_parameters(parameters) {
            return Err("Parameters Malformed");
        }
        Ok(Self { uri, parameters })
    }

    /// The tag; an empty one is none.
    pub(crate) fn tag(&self) -> Option<&'a [u8]> {
        parameter(self.parameters?, "tag")?.filter(|tag| !tag.is_empty())
    }
}

/// Spaces inside of the brackets are a fault that RFC 4475 (3.1.2.14) lets us refuse.
fn bracketed_uri(uri: &[u8]) -> Result<&[u8], &'static str> {
    if uri.iter().copied().any(is_space) { Err("Has Spaces in the URI") } else { Ok(uri) }
}

/// Where a leading quoted string ends; 0 where there is none.
fn after_quoted(value: &[u8]) -> Result<usize, &'static str> {
    if value.first() != Some(&b'"') {
        return Ok(0);
    }
    let mut escaped = false;
    for (at, &byte) in value.iter().enumerate().skip(1) {
        if escaped {
            escaped = false;
        } else if byte == b'"' {
            return Ok(at.saturating_add(1));
        } else {
            escaped = byte == b'\\';
        }
    }
    Err("Quote Not Closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<(&str, Option<&str>), &'static str> {
        let text = |bytes| core::str::from_utf8(bytes).unwrap();
        Address::parse(value.as_bytes()).map(|address| (text(address.uri), address.tag().map(text)))
    }

    #[test]
    fn names_may_be_quoted_bare_missing_or_stuck_to_the_bracket() {
        for value in [
            "\"a, \\\" <b\" <sip:u@h>;tag=1",
            "Anna Maria <sip:u@h>;tag=1",
            "<sip:u@h> ; tag = 1",
            "\"\"<sip:u@h>;tag=1",
            "caller<sip:u@h>;tag=1",
            "sip:u@h;tag=1",
        ] {
            assert_eq!(parse(value), Ok(("sip:u@h", Some("1"))), "{value}");
        }
    }

    #[test]
    fn parameters_in_brackets_are_the_uris() {
        assert_eq!(parse("<sip:u@h;tag=1>"), Ok(("sip:u@h;tag=1", None)));
        assert_eq!(parse("sip:u@h;unknown=1"), Ok(("sip:u@h", None)));
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(parse("\"Mr. X <sip:u@h>"), Err("Quote Not Closed"));
        assert_eq!(parse("Bell, Alex <sip:u@h>"), Err("Display Name Needs Quotes"));
        assert_eq!(parse("X < sip:u@h >"), Err("Has Spaces in the URI"));
        assert_eq!(parse("X <sip:u@h"), Err("Bracket Not Closed"));
        assert_eq!(parse("sip:u@h?Route=%3Csip:x%3E"), Err("Needs Angle Brackets"));
        assert_eq!(parse("<sip:u@h>;;,"), Err("Parameters Malformed"));
        assert_eq!(parse("\"X\""), Err("Without a URI"));
        assert_eq!(parse(""), Err("Without a URI"));
    }

    #[test]
    fn a_name_in_latin_1_is_taken() {
        assert_eq!(Address::parse(b"Ren\xe9 <sip:u@h>").map(|a| a.uri).unwrap(), b"sip:u@h");
    }
}
