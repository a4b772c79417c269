//! The header fields that mean something to us, long and compact.

/// A header field's name (RFC 3261 section 20; compact forms in section 7.3.3 and IANA's list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Accept,
    CallId,
    Contact,
    ContentEncoding,
    ContentLength,
    ContentType,
    CSeq,
    From,
    MaxForwards,
    PAssertedIdentity,
    PCalledPartyId,
    Privacy,
    RecordRoute,
    Require,
    Timestamp,
    To,
    Via,
    Other,
}

impl Name {
    /// Reads a name without regard to case; everything unknown is [`Name::Other`].
    pub(crate) fn of(name: &[u8]) -> Self {
        match name {
            [letter] => Self::compact(letter.to_ascii_lowercase()),
            _ => LONG
                .iter()
                .find(|(long, _)| name.eq_ignore_ascii_case(long.as_bytes()))
                .map_or(Self::Other, |(_, found)| *found),
        }
    }

    const fn compact(letter: u8) -> Self {
        match letter {
            b'c' => Self::ContentType,
            b'e' => Self::ContentEncoding,
            b'f' => Self::From,
            b'i' => Self::CallId,
            b'l' => Self::ContentLength,
            b'm' => Self::Contact,
            b't' => Self::To,
            b'v' => Self::Via,
            _ => Self::Other,
        }
    }
}

const LONG: [(&str, Name); 17] = [
    ("Via", Name::Via),
    ("From", Name::From),
    ("To", Name::To),
    ("Call-ID", Name::CallId),
    ("CSeq", Name::CSeq),
    ("Contact", Name::Contact),
    ("Max-Forwards", Name::MaxForwards),
    ("Content-Type", Name::ContentType),
    ("Content-Length", Name::ContentLength),
    ("Record-Route", Name::RecordRoute),
    ("Accept", Name::Accept),
    ("Require", Name::Require),
    ("Privacy", Name::Privacy),
    ("Timestamp", Name::Timestamp),
    ("P-Asserted-Identity", Name::PAssertedIdentity),
    ("P-Called-Party-ID", Name::PCalledPartyId),
    ("Content-Encoding", Name::ContentEncoding),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_compact_names_are_the_same_whatever_their_case() {
        assert_eq!(Name::of(b"VIA"), Name::Via);
        assert_eq!(Name::of(b"V"), Name::Via);
        assert_eq!(Name::of(b"call-id"), Name::CallId);
        assert_eq!(Name::of(b"i"), Name::CallId);
        assert_eq!(Name::of(b"cseq"), Name::CSeq);
    }

    #[test]
    fn an_escaped_name_is_another_name() {
        assert_eq!(Name::of(b"C%6Fntact"), Name::Other);
    }
}
