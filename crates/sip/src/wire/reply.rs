//! Writes responses: what was copied from the request goes back as the bytes that came.

use std::borrow::Cow;
use std::net::SocketAddr;

use super::address::Address;
use super::check::Fault;
use super::lexer::Message;
use super::name::Name;
use super::text::{split_once, trim, unfolded};
use super::via::Via;

/// Code and phrase of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) code: u16,
    pub(crate) phrase: Cow<'static, str>,
}

impl From<u16> for Status {
    fn from(code: u16) -> Self {
        Self { code, phrase: Cow::Borrowed(phrase(code)) }
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let phrase = match fault.field {
            "" => Cow::Borrowed(fault.text),
            field => Cow::Owned(format!("{field} {}", fault.text)),
        };
        Self { code: fault.status, phrase }
    }
}

/// The phrases of RFC 3261 section 21 that we use.
const fn phrase(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        603 => "Decline",
        _ => "Refused",
    }
}

/// What a response says beyond the copied fields.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: Status,
    pub(crate) fields: Vec<(&'static str, String)>,
    /// A description of ours, or nothing.
    pub(crate) sdp: Vec<u8>,
}

impl Reply {
    /// A reply without fields of its own.
    pub(crate) fn new(status: impl Into<Status>) -> Self {
        Self { status: status.into(), fields: Vec::new(), sdp: Vec::new() }
    }

    /// With one more field.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// With a session description.
    pub(crate) fn with_sdp(mut self, sdp: Vec<u8>) -> Self {
        self.sdp = sdp;
        self
    }
}

/// What every response to one request copies from it (RFC 3261 section 8.2.6.2).
#[derive(Clone)]
pub(crate) struct ReplyHead {
    /// Via fields, whole lines.
    vias: Vec<u8>,
    /// From, Call-ID and CSeq, whole lines.
    middle: Vec<u8>,
    /// The value of To, if there was one.
    to: Option<Vec<u8>>,
    to_has_tag: bool,
    /// Record-Route fields, whole lines; for provisional and 2xx responses.
    record_routes: Vec<u8>,
    /// Timestamp, a whole line; for the 100.
    timestamp: Vec<u8>,
}

impl ReplyHead {
    /// Copies from a request, whole or damaged; what is missing stays missing.
    pub(crate) fn of(message: &Message<'_>, source: SocketAddr) -> Self {
        let mut head = Self {
            vias: vias(message, source),
            middle: Vec::new(),
            to: None,
            to_has_tag: false,
            record_routes: Vec::new(),
            timestamp: Vec::new(),
        };
        for (label, name) in [("From", Name::From), ("Call-ID", Name::CallId), ("CSeq", Name::CSeq)]
        {
            message.first(name).iter().for_each(|value| line(&mut head.middle, label, value));
        }
        if let Some(to) = message.first(Name::To) {
            head.to_has_tag = has_tag(to);
            head.to = Some(unfolded(to).into_owned());
        }
        for route in message.all(Name::RecordRoute) {
            line(&mut head.record_routes, "Record-Route", route);
        }
        let timestamp = message.first(Name::Timestamp);
        timestamp.iter().for_each(|value| line(&mut head.timestamp, "Timestamp", value));
        head
    }

    /// The value of To with our tag, as the dialog keeps it.
    pub(crate) fn to_with(&self, tag: &str) -> Vec<u8> {
        let mut to = self.to.clone().unwrap_or_default();
        if !self.to_has_tag {
            to.extend_from_slice(b";tag=");
            to.extend_from_slice(tag.as_bytes());
        }
        to
    }

    /// The whole response. `tag` becomes the To tag where the request had none; a 100 has none.
    pub(crate) fn write(&self, reply: &Reply, tag: &str, server: &str) -> Vec<u8> {
        let code = reply.status.code;
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(format!("SIP/2.0 {code} {}\r\n", reply.status.phrase).as_bytes());
        out.extend_from_slice(&self.vias);
        if (101..300).contains(&code) {
            out.extend_from_slice(&self.record_routes);
        }
        out.extend_from_slice(&self.middle);
        match &self.to {
            Some(to) if code == 100 => line(&mut out, "To", to),
            Some(_) => line(&mut out, "To", &self.to_with(tag)),
            None => {}
        }
        if code == 100 {
            out.extend_from_slice(&self.timestamp);
        }
        for (name, value) in &reply.fields {
            line(&mut out, name, value.as_bytes());
        }
        if !server.is_empty() {
            line(&mut out, "Server", server.as_bytes());
        }
        finish(&mut out, &reply.sdp);
        out
    }
}

/// Content-Type where there is a body, Content-Length, the empty line and the body.
fn finish(out: &mut Vec<u8>, sdp: &[u8]) {
    if !sdp.is_empty() {
        line(out, "Content-Type", b"application/sdp");
    }
    line(out, "Content-Length", sdp.len().to_string().as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(sdp);
}

fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(&unfolded(value));
    out.extend_from_slice(b"\r\n");
}

/// All Via fields in their order; only the top value of the first gets `received` and `rport`.
fn vias(message: &Message<'_>, source: SocketAddr) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, field) in message.all(Name::Via).enumerate() {
        let (top, rest) = split_once(field, b',');
        match Via::parse(trim(top)) {
            Some(via) if index == 0 => {
                let mut value = Vec::with_capacity(field.len().saturating_add(48));
                via.write_answered(&mut value, source);
                if let Some(rest) = rest {
                    value.push(b',');
                    value.extend_from_slice(rest);
                }
                line(&mut out, "Via", &value);
            }
            Some(_) | None => line(&mut out, "Via", field),
        }
    }
    out
}

/// A damaged To is searched for the word, so that no second tag is put behind a first.
fn has_tag(to: &[u8]) -> bool {
    match Address::parse(to) {
        Ok(address) => address.tag().is_some(),
        Err(_) => to.to_ascii_lowercase().windows(4).any(|word| word == b"tag="),
    }
}
