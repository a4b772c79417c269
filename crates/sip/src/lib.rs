//! Keeps SIP dialogs and transactions for many numbers, and negotiates SDP.
//!
//! Pure: bytes and the time go in, bytes and events come out. Nothing here sleeps, reads a clock or
//! opens a socket, so a whole call can be replayed in a test. The caller's identity goes in with the
//! bytes and never comes out in an event: what leaves is a class of origin and "withheld or not".
//!
//! ```text
//! bytes -> wire (lexer, validator) -> transaction -> agent (calls, dialogs) -> Event
//! ```

mod agent;
mod caller;
mod config;
mod event;
mod net;
mod number;
mod outgoing;
mod random;
pub mod sdp;
mod timer;
mod transaction;
mod wire;

pub use agent::UserAgent;
pub use config::{CalledNumber, CallerNumber, Classifier, Config, Limits, Origin, Trunk};
pub use event::{
    CallKey, EndCause, Event, Gone, HangUpReason, Input, OutgoingCall, Output, Rejection, Transmit,
    TransportId,
};
pub use net::{Net, NetError};

#[cfg(test)]
mod tests;
