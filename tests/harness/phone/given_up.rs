//! A caller who gives up in the same breath: INVITE and CANCEL before any answer. A telephone that
//! waits for the 100 would often be too late, because the line answers in a few milliseconds.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Message, RawPeer};
use crate::{Context, Result};

/// Calls a number, gives up at once, and hands back the final answers to both requests, sorted by
/// method: 200 to CANCEL and 487 to INVITE if all is well (RFC 3261, section 9.2).
///
/// # Errors
/// One of them does not come within `limit`.
pub fn give_up(line: SocketAddr, number: &str, limit: Duration) -> Result<Vec<(String, u16)>> {
    let peer = RawPeer::to(line)?;
    for method in ["INVITE", "CANCEL"] {
        peer.send(plain_request(method, peer.address()?, line, number).as_bytes())?;
    }
    let mut finals = Vec::new();
    while finals.len() < 2 {
        let bytes = peer.receive(limit)?.because(|| format!("no more answers: {finals:?}"))?;
        let answer =
            Message { sent: false, text: String::from_utf8_lossy(&bytes).into_owned(), at_s: 0.0 };
        let method = answer.header("CSeq").and_then(|cseq| cseq.split(' ').nth(1));
        let pair = (method.unwrap_or_default().to_owned(), answer.status().unwrap_or_default());
        if pair.1 >= 200 && !finals.contains(&pair) {
            finals.push(pair);
        }
    }
    finals.sort();
    Ok(finals)
}

/// A request of one transaction of a caller at `own`: an INVITE that offers A-law, or a CANCEL of it
/// (RFC 3261, section 9.1).
#[must_use]
pub fn plain_request(method: &str, own: SocketAddr, line: SocketAddr, number: &str) -> String {
    let session = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n",
        own.port()
    );
    let body = if method == "INVITE" { session.as_str() } else { "" };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:{number}@{line} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKgiven;rport\r\n\
         From: <sip:anonymous@{own}>;tag=1\r\nTo: <sip:{number}@{line}>\r\nCall-ID: given@{own}\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:anonymous@{own}>\r\n{kind}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
