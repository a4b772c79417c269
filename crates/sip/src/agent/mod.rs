//! The user agent: the one face of this crate.

mod bucket;
mod call;
mod dialog;
mod in_dialog;
mod incoming;
mod own;
mod receive;
mod replies;
mod session;
mod timeouts;

use core::time::Duration;
use std::collections::VecDeque;
use std::net::SocketAddr;

use bucket::Bucket;
use call::{Calls, Stage};

use crate::config::{Config, Trunk};
use crate::event::{
    CallKey, Event, Gone, HangUpReason, Input, OutgoingCall, Output, Rejection, Transmit,
};
use crate::random::Random;
use crate::timer::Timers;
use crate::transaction::{ClientTransactions, ServerTransactions};

/// Keeps all calls of one node.
pub struct UserAgent {
    config: Config,
    random: Random,
    servers: ServerTransactions,
    clients: ClientTransactions,
    calls: Calls,
    timers: Timers,
    outputs: VecDeque<Output>,
    draining: bool,
    new_calls: Bucket,
    refusals: Bucket,
    strangers: Bucket,
}

impl UserAgent {
    /// A user agent without calls. The seed makes tags, branches and Retry-After; it must be secret.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let limits = config.limits;
        Self {
            config,
            random: Random::new(seed),
            servers: ServerTransactions::new(limits.server_transactions),
            clients: ClientTransactions::new(limits.client_transactions),
            calls: Calls::new(limits.calls),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            draining: false,
            new_calls: Bucket::new(limits.calls_per_second),
            refusals: Bucket::new(limits.refusals_per_second),
            strangers: Bucket::new(1),
        }
    }

    /// The trunk of an [`Event::Invite`].
    #[must_use]
    pub fn trunk(&self, index: usize) -> Option<&Trunk> {
        self.config.trunks.get(index)
    }

    /// How many calls live.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Takes what arrived.
    pub fn handle_input(&mut self, input: Input<'_>, now: Duration) {
        match input {
            Input::Datagram { transport, source, local, bytes } => {
                self.receive(transport, source, local, bytes, now);
            }
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(timer) = self.timers.pop_due(now) {
            self.due(timer, now);
        }
    }

    /// The next thing to do; to be asked until `None` after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Answers a call: 200 with `sdp`, resent until the ACK. `contact` is our signalling address
    /// as the peer can reach it; a wrong one is why calls elsewhere end after 32 s (rule W42).
    ///
    /// # Errors
    /// [`Gone`] where the call is over or already answered.
    pub fn answer(
        &mut self,
        call: CallKey,
        sdp: Vec<u8>,
        contact: SocketAddr,
        now: Duration,
    ) -> Result<(), Gone> {
        self.answer_call(call, sdp, contact, now)
    }

    /// Refuses a call. The key is dead afterwards; no event follows.
    ///
    /// # Errors
    /// [`Gone`] where the call is over or already answered.
    pub fn reject(&mut self, call: CallKey, why: Rejection, now: Duration) -> Result<(), Gone> {
        match self.calls.get(call)?.stage {
            Stage::Offered { .. } => self.reject_call(call, why, now),
            Stage::Calling { .. } | Stage::Established { .. } => Err(Gone),
        }
    }

    /// Ends a call. An answered one gets a BYE, which waits for the ACK of our 2xx (RFC 3261
    /// section 15), and [`Event::Ended`]. A call of our own that is not answered gets a CANCEL and
    /// ends with [`Event::Refused`]; one of a caller's is refused with 500.
    ///
    /// # Errors
    /// [`Gone`] where the call is over.
    pub fn hang_up(
        &mut self,
        call: CallKey,
        reason: HangUpReason,
        now: Duration,
    ) -> Result<(), Gone> {
        match self.calls.get(call)?.stage {
            Stage::Offered { .. } => self.reject_call(call, Rejection::ServerError, now),
            Stage::Calling { .. } => self.cancel_own(call, now),
            Stage::Established { .. } => self.hang_up_established(call, reason, now),
        }
    }

    /// Calls somebody; `None` where a table is full.
    pub fn invite(&mut self, request: OutgoingCall, now: Duration) -> Option<CallKey> {
        self.call_out(request, now)
    }

    /// While draining, OPTIONS and new calls get 503; calls that live go on.
    pub const fn set_draining(&mut self, draining: bool) {
        self.draining = draining;
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn send(&mut self, transmit: Option<Transmit>) {
        self.outputs.extend(transmit.map(Output::Transmit));
    }

    /// The size of the largest table, for the tests of leaks.
    #[cfg(test)]
    pub(crate) fn tables(&self) -> [usize; 4] {
        [self.servers.len(), self.clients.len(), self.calls.len(), self.timers.len()]
    }
}

impl core::fmt::Debug for UserAgent {
    // The tables hold callers' addresses.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UserAgent").field("calls", &self.calls.len()).finish_non_exhaustive()
    }
}
