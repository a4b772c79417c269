//! A URI in pieces (RFC 3261 section 19.1, RFC 3966 for tel).

use std::borrow::Cow;

use super::text::{is_space, parameter};

/// A URI; only sip, sips and tel are taken further apart.
#[derive(Clone, Copy)]
pub(crate) struct Uri<'a> {
    /// The whole of it.
    pub(crate) text: &'a [u8],
    /// Which kind.
    pub(crate) scheme: Scheme,
    /// Before the `@`, without the password; empty where there is none. For tel: the number with
    /// its parameters.
    pub(crate) user: &'a [u8],
    /// Host and port as written; empty for other schemes.
    pub(crate) host_port: &'a [u8],
    /// After the first `;` behind the host.
    pub(crate) parameters: &'a [u8],
    /// Whether a `?` and header fields follow.
    pub(crate) has_headers: bool,
}

/// What a URI is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Sip,
    Sips,
    Tel,
    Other,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart; `None` where it has no scheme or holds white space, quotes or brackets.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let colon = text.iter().position(|&byte| byte == b':')?;
        let (scheme, rest) = text.split_at(colon);
        let rest = rest.get(1..).unwrap_or_default();
        let forbidden = |byte: &u8| is_space(*byte) || matches!(byte, b'<' | b'>' | b'"');
        if !is_scheme(scheme) || rest.is_empty() || text.iter().any(forbidden) {
            return None;
        }
        let bare = Self {
            text,
            scheme: scheme_of(scheme),
            user: &[],
            host_port: &[],
            parameters: &[],
            has_headers: false,
        };
        match bare.scheme {
            Scheme::Sip | Scheme::Sips => bare.with_host(rest),
            Scheme::Tel => Some(Self { user: rest, ..bare }),
            Scheme::Other => Some(bare),
        }
    }

    fn with_host(self, rest: &'a [u8]) -> Option<Self> {
        let (user, rest) = match rest.iter().rposition(|&byte| byte == b'@') {
            Some(at) => (rest.get(..at)?, rest.get(at.saturating_add(1)..)?),
            None => (&[][..], rest),
        };
        let (rest, headers) = cut(rest, b'?');
        let (host_port, parameters) = cut(rest, b';');
        let host_port_is_there = !host_port.is_empty();
        host_port_is_there.then_some(Self {
            user: cut(user, b':').0,
            host_port,
            parameters: parameters.unwrap_or_default(),
            has_headers: headers.is_some(),
            ..self
        })
    }

    /// The host without port, as written; IPv6 keeps its brackets.
    pub(crate) fn host(&self) -> &'a [u8] {
        host_and_port(self.host_port).0
    }

    /// The port, if one is written and a number.
    pub(crate) fn port(&self) -> Option<u16> {
        core::str::from_utf8(host_and_port(self.host_port).1?).ok()?.parse().ok()
    }

    /// The value of a parameter behind the host.
    pub(crate) fn parameter(&self, name: &str) -> Option<Option<&'a [u8]>> {
        parameter(self.parameters, name)
    }
}

/// Host and port of `host:port` or `[v6]:port`.
pub(crate) fn host_and_port(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let bracket = text.iter().position(|&byte| byte == b']').unwrap_or(0);
    let colon = text.iter().skip(bracket).position(|&byte| byte == b':');
    match colon {
        Some(at) => {
            let (host, port) = text.split_at(at.saturating_add(bracket));
            (host, port.get(1..))
        }
        None => (text, None),
    }
}

/// With `%41` as `A`, once; a `%` that is no escape stays (RFC 4475 3.1.1.3 and 3.1.1.5).
pub(crate) fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        match tail {
            [high, low, after @ ..] if *first == b'%' => {
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                    plain.push(high << 4 | low);
                    rest = after;
                    continue;
                }
            }
            _ => {}
        }
        plain.push(*first);
        rest = tail;
    }
    Cow::Owned(plain)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(found) => {
            let (head, tail) = text.split_at(found);
            (head, tail.get(1..))
        }
        None => (text, None),
    }
}

fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

const fn scheme_of(text: &[u8]) -> Scheme {
    if text.eq_ignore_ascii_case(b"sip") {
        Scheme::Sip
    } else if text.eq_ignore_ascii_case(b"sips") {
        Scheme::Sips
    } else if text.eq_ignore_ascii_case(b"tel") {
        Scheme::Tel
    } else {
        Scheme::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_uri_is_user_host_and_parameters() {
        let uri = Uri::parse(b"sip:+420;npdi:pw@[2001:db8::1]:5070;lr;a=b?h=v").unwrap();
        assert_eq!(uri.user, b"+420;npdi");
        assert_eq!((uri.host(), uri.port()), (b"[2001:db8::1]".as_slice(), Some(5070)));
        assert_eq!(uri.parameter("a"), Some(Some(b"b".as_slice())));
        assert!(uri.has_headers);
    }

    #[test]
    fn an_escaped_at_sign_stays_in_the_user() {
        let uri = Uri::parse(b"sip:sips%3Auser%40example.com@example.net").unwrap();
        assert_eq!(uri.user, b"sips%3Auser%40example.com");
        assert_eq!(uri.host(), b"example.net");
        assert_eq!(unescaped(uri.user).as_ref(), b"sips:user@example.com");
    }

    #[test]
    fn escapes_are_undone_once_and_only_where_they_are_escapes() {
        assert_eq!(unescaped(b"%2541").as_ref(), b"%41");
        assert_eq!(unescaped(b"%Z%45%").as_ref(), b"%ZE%");
        assert_eq!(unescaped(b"a%00b").as_ref(), b"a\0b");
    }

    #[test]
    fn other_schemes_are_uris_and_text_without_a_scheme_is_none() {
        assert_eq!(Uri::parse(b"soap.beep://a/b").unwrap().scheme, Scheme::Other);
        assert_eq!(Uri::parse(b"TEL:+420").unwrap().scheme, Scheme::Tel);
        for text in [b"alice".as_slice(), b"", b"sip:", b"<sip:a@b>", b"sip:a b", b"sip:a@"] {
            assert!(Uri::parse(text).is_none());
        }
    }
}
