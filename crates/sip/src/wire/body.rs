//! Finds the session description in a request's body (rules W7 and W27).

use super::check::Request;
use super::lexer::Message;
use super::name::Name;
use super::text::{list, parameter, split_once, trim};

/// Most parts of a multipart body that are looked at.
const PARTS_MAX: usize = 16;

/// Why a body cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// 415: no type of ours.
    Type,
    /// 415: compressed or otherwise encoded.
    Encoding,
    /// 400: a body without a type.
    Untyped,
}

/// The description; `None` where there is no body.
///
/// # Errors
/// [`BodyFault`] where there is a body without one.
pub(crate) fn description<'a>(request: &Request<'a>) -> Result<Option<&'a [u8]>, BodyFault> {
    let body = request.common.body;
    if body.is_empty() {
        return Ok(None);
    }
    let encoding = request.message.first(Name::ContentEncoding).unwrap_or_default();
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(BodyFault::Encoding);
    }
    let kind = request.message.first(Name::ContentType).ok_or(BodyFault::Untyped)?;
    let (media, parameters) = split_once(kind, b';');
    if is_sdp(trim(media)) {
        return Ok(Some(body));
    }
    let boundary = parameters
        .filter(|_| is_multipart(media))
        .and_then(|parameters| parameter(parameters, "boundary")?)
        .ok_or(BodyFault::Type)?;
    part(body, boundary).map(Some).ok_or(BodyFault::Type)
}

/// Whether the peer can take a description: no Accept, or one that covers it (RFC 3261 20.1).
pub(crate) fn accepts_description(message: &Message<'_>) -> bool {
    let mut values = message.all(Name::Accept).flat_map(list).peekable();
    values.peek().is_none()
        || values.any(|value| {
            let kind = trim(split_once(value, b';').0);
            is_sdp(kind) || kind == b"*/*" || kind.eq_ignore_ascii_case(b"application/*")
        })
}

fn is_sdp(kind: &[u8]) -> bool {
    kind.eq_ignore_ascii_case(b"application/sdp")
}

fn is_multipart(kind: &[u8]) -> bool {
    kind.get(..10).is_some_and(|head| head.eq_ignore_ascii_case(b"multipart/"))
}

/// The first part that is a description (RFC 2046 section 5.1).
fn part<'a>(body: &'a [u8], boundary: &[u8]) -> Option<&'a [u8]> {
    let boundary = boundary.strip_prefix(b"\"").unwrap_or(boundary);
    let boundary = boundary.strip_suffix(b"\"").unwrap_or(boundary);
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let mark = [b"--", boundary].concat();
    let mut rest = body.get(find(body, &mark)?..)?;
    for _ in 0..PARTS_MAX {
        rest = rest.get(mark.len()..)?;
        if rest.starts_with(b"--") {
            return None;
        }
        let end = find(rest, &mark)?;
        let (one, tail) = rest.split_at(end);
        // What follows the mark is the rest of its line, then the part's own fields.
        let fields = one.get(one.iter().position(|&byte| byte == b'\n')?.saturating_add(1)..)?;
        let message = Message::part(fields);
        let kind = message.first(Name::ContentType).unwrap_or_default();
        if is_sdp(trim(split_once(kind, b';').0)) {
            return Some(message.body);
        }
        rest = tail;
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
