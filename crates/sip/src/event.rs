//! What goes into the user agent and what comes out of it.

use core::fmt;
use std::net::SocketAddr;

use crate::config::Origin;
use crate::sdp;

/// One of the engine's transports; UDP is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransportId(pub u8);

/// Something that arrived.
pub enum Input<'a> {
    /// One datagram.
    Datagram {
        /// Where it came in.
        transport: TransportId,
        /// Who sent it.
        source: SocketAddr,
        /// Our own address that it was sent to, as a peer would write it (not the wildcard).
        local: SocketAddr,
        /// Its bytes; at most 16 KiB are read.
        bytes: &'a [u8],
    },
}

/// What the caller of the user agent has to do next.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send these bytes.
    Transmit(Transmit),
    /// Take note of this.
    Event(Event),
}

/// Bytes to be sent.
#[derive(PartialEq, Eq)]
pub struct Transmit {
    /// By which transport.
    pub transport: TransportId,
    /// Where to.
    pub destination: SocketAddr,
    /// One whole message.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Transmit {
    // The bytes hold the caller's identity, and the destination may be the caller's own address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("transport", &self.transport)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Names one call for as long as it lives; a key of a call that is over is refused as [`Gone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// The call is over: the command came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call is over")
    }
}

impl std::error::Error for Gone {}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A new call. 100 was sent; every check that needs no line was made.
    Invite {
        /// The call.
        call: CallKey,
        /// Index into [`Config::trunks`](crate::Config::trunks).
        trunk: usize,
        /// Our own address that the INVITE came in by: what Contact has to name.
        local: SocketAddr,
        /// The dialled number, E.164 with `+`.
        called: String,
        /// The class of the caller's number.
        origin: Origin,
        /// Whether the caller withheld the number; the origin is then unknown.
        withheld: bool,
        /// The caller's offer; `None` is a late offer: answer with [`sdp::offer`].
        offer: Option<sdp::Offer>,
    },
    /// The ACK of our 2xx came: resending ended. At most once a call.
    Confirmed {
        /// The call.
        call: CallKey,
        /// After a late offer: the answer to it. `None` otherwise.
        sdp_answer: Option<sdp::Offer>,
    },
    /// Another request of the dialog, other than BYE, came before the ACK: the peer has our 2xx
    /// (rule M3). At most once a call.
    Proven {
        /// The call.
        call: CallKey,
    },
    /// The caller gave up, or we waited too long, before the final answer. The key is dead.
    Cancelled {
        /// The call.
        call: CallKey,
    },
    /// An answered call is over, exactly once. The key is dead.
    Ended {
        /// The call.
        call: CallKey,
        /// Why.
        cause: EndCause,
    },
    /// The peer changed the session (hold, resume, new address) and has its answer.
    MediaChanged {
        /// The call.
        call: CallKey,
        /// What holds from now on; the codec never changes.
        agreed: sdp::Agreed,
    },
    /// Our own INVITE is being offered to somebody (101 to 199).
    Ringing {
        /// The call.
        call: CallKey,
    },
    /// Our own INVITE was accepted, and the ACK sent.
    Answered {
        /// The call.
        call: CallKey,
        /// The answer to our offer; [`sdp::negotiate`] reads it as well.
        sdp: sdp::Offer,
    },
    /// Our own INVITE failed. The key is dead.
    Refused {
        /// The call.
        call: CallKey,
        /// The final status; 408 where nobody answered.
        status: rsip::StatusCode,
    },
}

/// Why an answered call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The peer said BYE.
    Bye,
    /// We hung up: the BYE was sent.
    HungUp,
    /// No ACK of the 2xx that began the call within 64*T1: the BYE was sent (rule W3).
    NoAck,
    /// No ACK of a later 2xx, to a re-INVITE, within 64*T1: the BYE was sent. The call had stood.
    Timeout,
    /// The peer broke the protocol, for instance no answer to a late offer; the BYE was sent.
    Error,
}

/// Why a call is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// 404, Q.850 cause 1: not a number of ours.
    NotFound,
    /// 480 or the trunk's own code, without a reason: off, no credit, suspended, all the same (M9).
    Closed,
    /// 486, Q.850 cause 17: all channels of the line are taken.
    LineFull,
    /// 503 with a random Retry-After of 1 to 5 s.
    Overloaded,
    /// 503 with a random Retry-After of 5 to 30 s.
    Unavailable,
    /// 488 with Warning 305: no common codec.
    NoCodec,
    /// 488 with Warning 304: no audio offered at all.
    NoAudio,
    /// 488 with Warning 302: a transport protocol other than RTP/AVP.
    WrongTransport,
    /// 488 with Warning 301: no unicast IP address to send to.
    NoAddress,
    /// 488 with Warning 399: the media address lies outside of the trunk's networks (rule B8).
    MediaRefused,
    /// 500, Q.850 cause 41.
    ServerError,
}

impl From<sdp::Refusal> for Rejection {
    fn from(refusal: sdp::Refusal) -> Self {
        match refusal {
            sdp::Refusal::NoCodec => Self::NoCodec,
            sdp::Refusal::NoAudio => Self::NoAudio,
            sdp::Refusal::WrongTransport => Self::WrongTransport,
            sdp::Refusal::NoAddress => Self::NoAddress,
        }
    }
}

/// Why we hang up; becomes the Reason of the BYE (RFC 3326, rule W28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HangUpReason {
    /// The conversation is over, or the credit is: Q.850 cause 16.
    Normal,
    /// No media came for too long: Q.850 cause 102.
    MediaTimeout,
    /// The node stops or failed: Q.850 cause 41.
    Failure,
}

impl HangUpReason {
    /// The Q.850 cause.
    #[must_use]
    pub const fn cause(self) -> u8 {
        match self {
            Self::Normal => 16,
            Self::MediaTimeout => 102,
            Self::Failure => 41,
        }
    }
}

/// A call of our own, from the small telephone. The caller is always anonymous.
#[derive(Clone, Debug)]
pub struct OutgoingCall {
    /// Whom to call.
    pub target: rsip::Uri,
    /// By which transport.
    pub transport: TransportId,
    /// Where the INVITE is sent.
    pub destination: SocketAddr,
    /// Our own address as the peer shall see it.
    pub local: SocketAddr,
    /// Our offer.
    pub sdp: Vec<u8>,
}
