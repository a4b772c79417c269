//! SIP messages as they come off the wire and go back onto it (RFC 3261 sections 7, 18 and 25).
//!
//! The lexer takes everything that can be taken apart; the validator then says what is wrong with
//! it. So a message with a fault is answered with the status it is owed instead of silence.

pub(crate) mod address;
pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod lexer;
pub(crate) mod name;
pub(crate) mod reply;
pub(crate) mod text;
pub(crate) mod uri;
pub(crate) mod via;

pub(crate) use address::Address;
pub(crate) use check::{Checked, Fault, Method, Request, Response, check};
pub(crate) use lexer::Message;
pub(crate) use name::Name;
pub(crate) use reply::{Reply, ReplyHead, Status};
pub(crate) use uri::Uri;

/// Longest datagram that is read, in bytes (decision 14, rule B10).
pub(crate) const DATAGRAM_MAX: usize = 16 * 1024;
/// Most header fields of one message.
pub(crate) const FIELDS_MAX: usize = 512;
/// Most Via values of one message; RFC 4475 has a valid one with 34.
pub(crate) const VIAS_MAX: usize = 64;
/// Longest Request-URI, in bytes.
pub(crate) const URI_MAX: usize = 1024;
