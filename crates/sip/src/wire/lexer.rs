//! Takes a datagram apart without judging it: start line, header fields, body. Nothing is copied.

use super::name::Name;
use super::text::{is_space, is_token, trim};
use super::{DATAGRAM_MAX, FIELDS_MAX, Fault};

/// A message in pieces. Every piece is a part of the datagram.
pub(crate) struct Message<'a> {
    /// Method, URI, version; or version, code, reason; as it came, without the line end.
    pub(crate) start: &'a [u8],
    /// The header fields in their order.
    pub(crate) fields: Vec<Field<'a>>,
    /// Everything after the empty line.
    pub(crate) body: &'a [u8],
    /// The first fault of form; the fields that could be read are there nevertheless, so that the
    /// fault can be answered.
    pub(crate) fault: Option<Fault>,
}

/// One header field.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: Name,
    /// Its value, trimmed; folds are still in it.
    pub(crate) value: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes a datagram apart; `None` for what is no message at all: too large, or nothing but the
    /// line ends of a keep-alive.
    pub(crate) fn lex(datagram: &'a [u8]) -> Option<Self> {
        if datagram.len() > DATAGRAM_MAX {
            return None;
        }
        let text = without_leading_line_ends(datagram);
        let (start, rest) = physical_line(text)?;
        Some(Self::read(start, rest))
    }

    /// Takes a part of a multipart body apart: header fields and body, without a start line.
    pub(crate) fn part(bytes: &'a [u8]) -> Self {
        Self::read(&[], bytes)
    }

    fn read(start: &'a [u8], mut rest: &'a [u8]) -> Self {
        let mut message = Self { start, fields: Vec::with_capacity(24), body: &[], fault: None };
        while let Some((line, after)) = logical_line(rest) {
            rest = after;
            if line.is_empty() {
                message.body = rest;
                return message;
            }
            if message.fields.len() >= FIELDS_MAX {
                message.note("Too Many Header Fields");
                return message;
            }
            message.push(line);
        }
        message.note("Headers End Without an Empty Line");
        message
    }

    fn push(&mut self, line: &'a [u8]) {
        match field(line) {
            Ok(field) => self.fields.push(field),
            Err(text) => self.note(text),
        }
    }

    fn note(&mut self, text: &'static str) {
        self.fault.get_or_insert(Fault::bad_request(text));
    }

    /// The values of all fields of this name.
    pub(crate) fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value)
    }

    /// The value of the first field of this name.
    pub(crate) fn first(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

fn field(line: &[u8]) -> Result<Field<'_>, &'static str> {
    if line.first().copied().is_some_and(is_space) {
        return Err("Folded Line Without a Header");
    }
    let colon = line.iter().position(|&byte| byte == b':').ok_or("Header Without a Colon")?;
    let (name, value) = line.split_at(colon);
    let name = trim(name);
    if !is_token(name) {
        return Err("Malformed Header Name");
    }
    Ok(Field { name: Name::of(name), value: trim(value.get(1..).unwrap_or_default()) })
}

/// RFC 3261 section 7.5: line ends before the start line are ignored.
fn without_leading_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// One line without its end (CRLF, or LF alone), and what follows.
fn physical_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let (line, rest) = bytes.split_at(end);
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default()))
}

/// One line with the folded lines that belong to it (RFC 3261 section 7.3.1).
fn logical_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, mut rest) = physical_line(bytes)?;
    if first.is_empty() {
        return Some((first, rest));
    }
    let mut length = first.len();
    while matches!(rest, [b' ' | b'\t', ..]) {
        let (folded, after) = physical_line(rest)?;
        length = bytes.len().saturating_sub(rest.len()).saturating_add(folded.len());
        rest = after;
    }
    Some((bytes.get(..length).unwrap_or_default(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(message: &Message<'a>, name: Name) -> Vec<&'a [u8]> {
        message.all(name).collect()
    }

    #[test]
    fn a_message_is_its_start_line_its_fields_and_its_body() {
        let message =
            Message::lex(b"OPTIONS sip:a SIP/2.0\r\nTo: x\r\nt: y\r\n\r\nbo\r\ndy").unwrap();
        assert_eq!(message.start, b"OPTIONS sip:a SIP/2.0");
        assert_eq!(values(&message, Name::To), [b"x", b"y"]);
        assert_eq!(message.body, b"bo\r\ndy");
        assert!(message.fault.is_none());
    }

    #[test]
    fn leading_line_ends_and_bare_line_feeds_are_taken() {
        let message = Message::lex(b"\r\n\r\nA b c\nTo:x\n\nbody").unwrap();
        assert_eq!(values(&message, Name::To), [b"x"]);
        assert_eq!(message.body, b"body");
    }

    #[test]
    fn a_folded_value_is_one_value_even_where_it_begins_on_the_next_line() {
        let message = Message::lex(b"A b c\r\nTo :\r\n x\r\n\ty\r\nFrom: z\r\n\r\n").unwrap();
        assert_eq!(values(&message, Name::To), [b"x\r\n\ty"]);
        assert_eq!(values(&message, Name::From), [b"z"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let message = Message::lex(b"A b c\r\nSubject: \xff\0\x01\r\nTo: \xe9\r\n\r\n").unwrap();
        assert_eq!(values(&message, Name::To), [b"\xe9"]);
    }

    #[test]
    fn a_keep_alive_is_no_message() {
        assert!(Message::lex(b"\r\n\r\n").is_none());
        assert!(Message::lex(b"").is_none());
        assert!(Message::lex(b"\0").is_none());
    }

    #[test]
    fn a_fault_of_form_does_not_hide_the_other_fields() {
        let message = Message::lex(b"A b c\r\nno colon here\r\nTo: x\r\n\r\n").unwrap();
        assert_eq!(message.fault.unwrap().text, "Header Without a Colon");
        assert_eq!(values(&message, Name::To), [b"x"]);
    }

    #[test]
    fn headers_without_an_end_are_a_fault() {
        let message = Message::lex(b"A b c\r\nTo: x\r\nFrom: cut of").unwrap();
        assert_eq!(message.fault.unwrap().text, "Headers End Without an Empty Line");
    }

    #[test]
    fn the_limit_on_fields_holds_and_four_hundred_are_taken() {
        let with = |count: usize| format!("A b c\r\n{}\r\n", "X: y\r\n".repeat(count));
        assert!(Message::lex(with(400).as_bytes()).unwrap().fault.is_none());
        assert!(Message::lex(with(512).as_bytes()).unwrap().fault.is_none());
        assert!(Message::lex(with(513).as_bytes()).unwrap().fault.is_some());
    }

    #[test]
    fn a_datagram_above_sixteen_kibibytes_is_no_message() {
        let mut bytes = b"A b c\r\n\r\n".to_vec();
        bytes.resize(16 * 1024, b'x');
        assert!(Message::lex(&bytes).is_some());
        bytes.push(b'x');
        assert!(Message::lex(&bytes).is_none());
    }
}
