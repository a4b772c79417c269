//! Writes the requests that we originate. Their own parts are built of rsip's values; what comes
//! from a dialog is put in as bytes, since a peer's tags and names need not be UTF-8.

use rsip::headers::UntypedHeader;
use rsip::typed::CSeq;

use crate::wire::text::unfolded;

/// A request of ours.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: rsip::Method,
    /// The Request-URI.
    pub(crate) uri: &'a [u8],
    /// The value of the one Via.
    pub(crate) via: &'a str,
    /// The values of Route.
    pub(crate) routes: &'a [Vec<u8>],
    pub(crate) from: &'a [u8],
    pub(crate) to: &'a [u8],
    pub(crate) call_id: &'a [u8],
    pub(crate) cseq: u32,
}

impl Outgoing<'_> {
    /// The whole message. `own` are further fields; `sdp` may be empty.
    pub(crate) fn write(&self, own: Vec<rsip::Header>, sdp: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(format!("{} ", self.method).as_bytes());
        out.extend_from_slice(self.uri);
        out.extend_from_slice(format!(" {}\r\n", rsip::Version::V2).as_bytes());
        push(&mut out, rsip::headers::Via::new(self.via).into());
        self.routes.iter().for_each(|route| copy(&mut out, "Route", route));
        push(&mut out, rsip::headers::MaxForwards::default().into());
        copy(&mut out, "From", self.from);
        copy(&mut out, "To", self.to);
        copy(&mut out, "Call-ID", self.call_id);
        push(&mut out, CSeq { seq: self.cseq, method: self.method }.into());
        own.into_iter().for_each(|header| push(&mut out, header));
        if !sdp.is_empty() {
            push(&mut out, rsip::headers::ContentType::new("application/sdp").into());
        }
        push(&mut out, rsip::headers::ContentLength::new(sdp.len().to_string()).into());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(sdp);
        out
    }
}

fn push(out: &mut Vec<u8>, header: rsip::Header) {
    out.extend_from_slice(format!("{header}\r\n").as_bytes());
}

fn copy(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(format!("{name}: ").as_bytes());
    out.extend_from_slice(&unfolded(value));
    out.extend_from_slice(b"\r\n");
}
