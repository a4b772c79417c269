//! The transactions of RFC 3261 section 17 with the corrections of RFC 6026 (rule W1).

mod client;
mod server;

use std::net::SocketAddr;

use crate::event::{Transmit, TransportId};
use crate::random::{Key, Random};
use crate::wire::{Method, Request};

pub(crate) use client::{ClientTransactions, Heard, OwnInvite, Purpose, Sending};
pub(crate) use server::{Room, Seen, ServerTransactions};

/// Between which two addresses messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) transport: TransportId,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

impl Path {
    /// This message, on its way to the other end.
    pub(crate) const fn transmit(self, bytes: Vec<u8>) -> Transmit {
        Transmit { transport: self.transport, destination: self.remote, bytes }
    }
}

/// The key of the server transaction that a request belongs to (RFC 3261 section 17.2.3): by the
/// branch, or, where there is none of RFC 3261, by everything that RFC 2543 compares. An ACK has
/// the key of its INVITE.
pub(crate) fn server_key(random: &Random, request: &Request<'_>, method: Method) -> Key {
    let method = match method {
        Method::Invite | Method::Ack => b"INVITE",
        Method::Cancel
        | Method::Bye
        | Method::Options
        | Method::Info
        | Method::Update
        | Method::Subscribe
        | Method::NotTaken
        | Method::Unknown => request.method_text,
    };
    let common = &request.common;
    match common.via.branch() {
        Some(branch) => random.key(&[b"3261", branch, common.via.sent_by(), method]),
        None => random.key(&[
            b"2543",
            request.uri.text,
            common.from.tag().unwrap_or_default(),
            common.call_id,
            &common.cseq.to_le_bytes(),
            common.via.sent_by(),
            common.via.branch_or_nothing(),
            method,
        ]),
    }
}

/// The key of the INVITE that a CANCEL is for: the same branch, another method.
pub(crate) fn cancelled_key(random: &Random, request: &Request<'_>) -> Key {
    server_key(random, request, Method::Invite)
}

/// What makes two requests outside of a dialog one, whatever way they came (RFC 3261 section
/// 8.2.2.2); `None` inside of a dialog.
pub(crate) fn merge_key(random: &Random, request: &Request<'_>) -> Option<Key> {
    let common = &request.common;
    common.to.tag().is_none().then(|| {
        random.key(&[
            b"merge",
            common.from.tag().unwrap_or_default(),
            common.call_id,
            &common.cseq.to_le_bytes(),
            request.method_text,
        ])
    })
}
