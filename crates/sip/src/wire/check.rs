//! Says whether a message that was taken apart may be acted upon, and what is wrong where it may
//! not (rules W7 and W8; the order is that of RFC 3261 section 8.2).

use super::address::Address;
use super::lexer::Message;
use super::name::Name;
use super::text::{is_space, is_token, list, number, trim};
use super::uri::Uri;
use super::via::Via;
use super::{URI_MAX, VIAS_MAX};

/// CSeq numbers stay below 2^31 (RFC 3261 section 8.1.1.5).
const CSEQ_END: u64 = 1 << 31;

/// What is wrong with a message, and the status it is owed. The text never repeats the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    /// The field at fault, or nothing.
    pub(crate) field: &'static str,
    pub(crate) text: &'static str,
}

impl Fault {
    /// A 400 that names no field.
    pub(crate) const fn bad_request(text: &'static str) -> Self {
        Self { status: 400, field: "", text }
    }

    const fn of(field: &'static str, text: &'static str) -> Self {
        Self { status: 400, field, text }
    }
}

/// The verdict on a message.
pub(crate) enum Checked<'a> {
    /// A request that may be acted upon.
    Request(Request<'a>),
    /// A response that may be acted upon.
    Response(Response<'a>),
    /// A request that is owed this answer, if it can be answered at all.
    Faulty(Fault),
    /// To be dropped: a wrong response, a wrong ACK, a request without a way back.
    Dropped,
}

/// A request that passed.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// The method as written; methods are case-sensitive.
    pub(crate) method_text: &'a [u8],
    pub(crate) uri: Uri<'a>,
    pub(crate) common: Common<'a>,
    pub(crate) message: &'a Message<'a>,
}

/// A response that passed.
pub(crate) struct Response<'a> {
    /// 100 to 699.
    pub(crate) code: u16,
    /// The method in CSeq.
    pub(crate) method: Method,
    pub(crate) common: Common<'a>,
    pub(crate) message: &'a Message<'a>,
}

/// What requests and responses have in common.
pub(crate) struct Common<'a> {
    pub(crate) via: Via<'a>,
    pub(crate) from: Address<'a>,
    pub(crate) to: Address<'a>,
    pub(crate) call_id: &'a [u8],
    pub(crate) cseq: u32,
    pub(crate) body: &'a [u8],
}

/// A method, as far as we tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Invite,
    Ack,
    Cancel,
    Bye,
    Options,
    Info,
    Update,
    Subscribe,
    /// Known, but not taken here: REGISTER, MESSAGE, REFER, NOTIFY, PUBLISH, PRACK.
    NotTaken,
    Unknown,
}

impl Method {
    fn of(text: &[u8]) -> Self {
        match text {
            b"INVITE" => Self::Invite,
            b"ACK" => Self::Ack,
            b"CANCEL" => Self::Cancel,
            b"BYE" => Self::Bye,
            b"OPTIONS" => Self::Options,
            b"INFO" => Self::Info,
            b"UPDATE" => Self::Update,
            b"SUBSCRIBE" => Self::Subscribe,
            b"REGISTER" | b"MESSAGE" | b"REFER" | b"NOTIFY" | b"PUBLISH" | b"PRACK" => {
                Self::NotTaken
            }
            _ => Self::Unknown,
        }
    }
}

/// Judges a message that came in a datagram of its own.
pub(crate) fn check<'a>(message: &'a Message<'a>) -> Checked<'a> {
    if has_prefix(message.start, b"SIP/") {
        return response(message).map_or(Checked::Dropped, Checked::Response);
    }
    match request(message) {
        Ok(request) => Checked::Request(request),
        // An ACK is never answered; without a Via there is no way back.
        Err(_) if message.start.starts_with(b"ACK ") => Checked::Dropped,
        Err(_) if message.first(Name::Via).is_none() => Checked::Dropped,
        Err(fault) => Checked::Faulty(fault),
    }
}

fn request<'a>(message: &'a Message<'a>) -> Result<Request<'a>, Fault> {
    let (method_text, uri_text) = request_line(message.start)?;
    if let Some(fault) = message.fault {
        return Err(fault);
    }
    let method = Method::of(method_text);
    let uri = request_uri(uri_text)?;
    let (common, cseq_method) = common(message)?;
    if method != Method::Unknown && cseq_method != method_text {
        return Err(Fault::of("CSeq", "Method Does Not Match"));
    }
    contacts(message, method)?;
    Ok(Request { method, method_text, uri, common, message })
}

/// `METHOD SP URI SP SIP/2.0`, each separated by exactly one space.
fn request_line(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let malformed = Fault::bad_request("Malformed Request-Line");
    let mut parts = line.splitn(3, |&byte| byte == b' ');
    let (method, uri) = (parts.next().unwrap_or_default(), parts.next().ok_or(malformed)?);
    let version = parts.next().ok_or(malformed)?;
    if !is_token(method) || uri.is_empty() {
        return Err(malformed);
    }
    if version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Ok((method, uri));
    }
    let other = has_prefix(version, b"SIP/") && !version.iter().copied().any(is_space);
    Err(if other {
        Fault { status: 505, field: "", text: "Version Not Supported" }
    } else {
        malformed
    })
}

fn request_uri(text: &[u8]) -> Result<Uri<'_>, Fault> {
    if text.len() > URI_MAX {
        return Err(Fault { status: 414, field: "", text: "Request-URI Too Long" });
    }
    let uri = Uri::parse(text).ok_or(Fault::of("Request-URI", "Malformed"))?;
    if uri.has_headers {
        return Err(Fault::of("Request-URI", "With Header Fields"));
    }
    Ok(uri)
}

fn response<'a>(message: &'a Message<'a>) -> Option<Response<'a>> {
    let mut parts = message.start.splitn(3, |&byte| byte == b' ');
    let version = parts.next()?;
    let code = parts.next().filter(|text| text.len() == 3)?;
    let code = u16::try_from(number(code)?).ok().filter(|code| (100..700).contains(code))?;
    if !version.eq_ignore_ascii_case(b"SIP/2.0") || message.fault.is_some() {
        return None;
    }
    let (common, method) = common(message).ok()?;
    Some(Response { code, method: Method::of(method), common, message })
}

/// The mandatory fields, each once, and the body. Also gives the method in CSeq.
fn common<'a>(message: &'a Message<'a>) -> Result<(Common<'a>, &'a [u8]), Fault> {
    let via = vias(message)?;
    let from = address(message, Name::From, "From")?;
    let to = address(message, Name::To, "To")?;
    let call_id = once(message, Name::CallId, "Call-ID")?;
    if call_id.is_empty() {
        return Err(Fault::of("Call-ID", "Empty"));
    }
    let (cseq, method) = cseq(once(message, Name::CSeq, "CSeq")?)?;
    max_forwards(message)?;
    let body = body(message)?;
    Ok((Common { via, from, to, call_id, cseq, body }, method))
}

fn once<'a>(message: &Message<'a>, name: Name, field: &'static str) -> Result<&'a [u8], Fault> {
    let mut values = message.all(name);
    let value = values.next().ok_or(Fault::of(field, "Missing"))?;
    match values.next() {
        None => Ok(value),
        Some(_) => Err(Fault::of(field, "Repeated")),
    }
}

fn address<'a>(
    message: &Message<'a>,
    name: Name,
    field: &'static str,
) -> Result<Address<'a>, Fault> {
    Address::parse(once(message, name, field)?).map_err(|text| Fault::of(field, text))
}

fn vias<'a>(message: &'a Message<'a>) -> Result<Via<'a>, Fault> {
    let mut top = None;
    for (index, value) in message.all(Name::Via).flat_map(list).enumerate() {
        if index >= VIAS_MAX {
            return Err(Fault::bad_request("Too Many Via Values"));
        }
        let via = Via::parse(value).ok_or(Fault::of("Via", "Malformed"))?;
        top.get_or_insert(via);
    }
    top.ok_or(Fault::of("Via", "Missing"))
}

fn cseq(value: &[u8]) -> Result<(u32, &[u8]), Fault> {
    let malformed = Fault::of("CSeq", "Malformed");
    let end = value.iter().copied().position(is_space).ok_or(malformed)?;
    let (digits, method) = value.split_at(end);
    let out_of_range = Fault::of("CSeq", "Out of Range");
    if !digits.iter().all(u8::is_ascii_digit) || digits.is_empty() {
        return Err(malformed);
    }
    let number = number(digits).filter(|number| *number < CSEQ_END).ok_or(out_of_range)?;
    Ok((u32::try_from(number).map_err(|_| out_of_range)?, trim(method)))
}

/// Only its form: an endpoint does not care how far a request may still go (rule W7), and a value
/// above 255 is tolerated.
fn max_forwards(message: &Message<'_>) -> Result<(), Fault> {
    let mut values = message.all(Name::MaxForwards);
    let digits = values.next().is_none_or(|value| value.iter().all(u8::is_ascii_digit));
    if !digits {
        return Err(Fault::of("Max-Forwards", "Malformed"));
    }
    values.next().map_or(Ok(()), |_| Err(Fault::of("Max-Forwards", "Repeated")))
}

/// Rule W8 for datagrams: without a length the rest is the body, too long a length is a fault, and
/// what stands behind a shorter one is noise.
fn body<'a>(message: &Message<'a>) -> Result<&'a [u8], Fault> {
    let mut length = None;
    for value in message.all(Name::ContentLength) {
        let one = number(value).ok_or(Fault::of("Content-Length", "Malformed"))?;
        if *length.get_or_insert(one) != one {
            return Err(Fault::of("Content-Length", "Repeated With Another Value"));
        }
    }
    let Some(length) = length else { return Ok(message.body) };
    let too_long = Fault::of("Content-Length", "Exceeds the Datagram");
    message.body.get(..usize::try_from(length).map_err(|_| too_long)?).ok_or(too_long)
}

/// An INVITE needs exactly one Contact with a SIP URI, as our own requests go there; elsewhere the
/// values only have to be well-formed.
fn contacts(message: &Message<'_>, method: Method) -> Result<(), Fault> {
    let mut count = 0_usize;
    for value in message.all(Name::Contact).flat_map(list).filter(|value| *value != b"*") {
        Address::parse(value).map_err(|text| Fault::of("Contact", text))?;
        count = count.saturating_add(1);
    }
    match count {
        0 if method == Method::Invite => Err(Fault::of("Contact", "Missing")),
        2.. if method == Method::Invite => Err(Fault::of("Contact", "Repeated")),
        0.. => Ok(()),
    }
}

fn has_prefix(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

impl<'a> Request<'a> {
    /// The one URI in Contact, if it is there.
    pub(crate) fn contact(&self) -> Option<&'a [u8]> {
        contact(self.message)
    }
}

impl<'a> Response<'a> {
    /// The one URI in Contact, if it is there.
    pub(crate) fn contact(&self) -> Option<&'a [u8]> {
        contact(self.message)
    }
}

fn contact<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let value = message.all(Name::Contact).flat_map(list).next()?;
    Address::parse(value).ok().map(|address| address.uri)
}
