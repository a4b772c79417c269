//! The answers of linka, one function a case (sip-and-media rules W7, W26 and W28).

use crate::config::Trunk;
use crate::event::Rejection;
use crate::random::Random;
use crate::wire::Reply;
use crate::wire::body::BodyFault;

/// The methods that we take.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
/// The one body that we take.
const ACCEPT: &str = "application/sdp";

/// Q.850 cause of a BYE after the peer broke the protocol.
pub(super) const PROTOCOL_ERROR: u8 = 111;

/// 405: a method we know and do not take.
pub(super) fn not_allowed() -> Reply {
    Reply::new(405).with("Allow", ALLOW)
}

/// 501: a method we do not know.
pub(super) fn not_implemented() -> Reply {
    Reply::new(501).with("Allow", ALLOW)
}

/// 200 to OPTIONS (RFC 3261 section 11.2). We support no extension, and say so.
pub(super) fn capabilities() -> Reply {
    Reply::new(200).with("Allow", ALLOW).with("Accept", ACCEPT).with("Supported", "")
}

/// 415 or 400 for a body.
pub(super) fn body_refused(fault: BodyFault) -> Reply {
    match fault {
        BodyFault::Type => Reply::new(415).with("Accept", ACCEPT),
        BodyFault::Encoding => {
            Reply::new(415).with("Accept", ACCEPT).with("Accept-Encoding", "identity")
        }
        BodyFault::Untyped => bad_request("Content-Type Missing"),
    }
}

/// 400 with a text.
pub(super) fn bad_request(text: &'static str) -> Reply {
    Reply::new(crate::wire::Fault::bad_request(text))
}

/// 200 with our session.
pub(super) fn accepted(contact: &str, sdp: Vec<u8>) -> Reply {
    Reply::new(200)
        .with("Contact", contact)
        .with("Allow", ALLOW)
        .with("Supported", "")
        .with_sdp(sdp)
}

/// 503 while the node has too much to do: Retry-After 1 to 5 s (decision 15).
pub(super) fn overloaded(random: &mut Random) -> Reply {
    caused(503, 42).with("Retry-After", random.between(1, 5).to_string())
}

/// 503 while the node drains or its database is away: Retry-After 5 to 30 s.
pub(super) fn unavailable(random: &mut Random) -> Reply {
    caused(503, 41).with("Retry-After", random.between(5, 30).to_string())
}

/// 500 to a second INVITE while the first waits: Retry-After 0 to 10 s (RFC 3261 section 14.2).
pub(super) fn busy_dialog(random: &mut Random) -> Reply {
    Reply::new(500).with("Retry-After", random.between(0, 10).to_string())
}

/// A response with its Q.850 cause (RFC 3326).
pub(super) fn caused(code: u16, cause: u8) -> Reply {
    Reply::new(code).with("Reason", format!("Q.850;cause={cause}"))
}

/// The answer to a call that is not taken.
pub(super) fn rejected(why: Rejection, trunk: Option<&Trunk>, random: &mut Random) -> Reply {
    match why {
        Rejection::NotFound => caused(404, 1),
        Rejection::Closed => closed(trunk),
        Rejection::LineFull => caused(486, 17),
        Rejection::Overloaded => overloaded(random),
        Rejection::Unavailable => unavailable(random),
        Rejection::NoCodec => not_acceptable(305, "Incompatible media format"),
        Rejection::NoAudio => not_acceptable(304, "Media type not available"),
        Rejection::WrongTransport => not_acceptable(302, "Incompatible transport protocol"),
        Rejection::NoAddress => not_acceptable(301, "Incompatible network address formats"),
        Rejection::MediaRefused => not_acceptable(399, "Media address not allowed"),
        Rejection::ServerError => caused(500, 41),
    }
}

/// The same bytes whatever closed the line: no Reason, no Retry-After (rule M9).
fn closed(trunk: Option<&Trunk>) -> Reply {
    let code = trunk.map_or(480, |trunk| trunk.closed_code);
    // A code of another kind in a trunk's profile would answer the call.
    Reply::new(if (400..700).contains(&code) { code } else { 480 })
}

fn not_acceptable(warning: u16, text: &str) -> Reply {
    caused(488, 88).with("Warning", format!("{warning} linka \"{text}\""))
}
