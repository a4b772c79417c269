//! The user agent: the one face of this crate.

use core::time::Duration;
use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::config::{Config, Trunk};
use crate::event::{CallKey, Gone, HangUpReason, Input, OutgoingCall, Output, Rejection};

/// Keeps all calls of one node.
pub struct UserAgent {
    config: Config,
    outputs: VecDeque<Output>,
    draining: bool,
}

impl UserAgent {
    /// A user agent without calls. The seed makes tags, branches and Retry-After; it must be secret.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let _ = seed;
        Self { config, outputs: VecDeque::new(), draining: false }
    }

    /// The trunk of an [`Event::Invite`](crate::Event::Invite).
    #[must_use]
    pub fn trunk(&self, index: usize) -> Option<&Trunk> {
        self.config.trunks.get(index)
    }

    /// Takes what arrived.
    pub fn handle_input(&mut self, _input: Input<'_>, _now: Duration) {}

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, _now: Duration) {}

    /// The next thing to do; to be asked until `None` after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        None
    }

    /// Answers a call: 200 with `sdp`, resent until the ACK.
    ///
    /// # Errors
    /// [`Gone`] where the call is over or already answered.
    pub fn answer(
        &mut self,
        _call: CallKey,
        _sdp: Vec<u8>,
        _contact: SocketAddr,
        _now: Duration,
    ) -> Result<(), Gone> {
        Err(Gone)
    }

    /// Refuses a call. The key is dead afterwards; no event follows.
    ///
    /// # Errors
    /// [`Gone`] where the call is over or already answered.
    pub fn reject(&mut self, _call: CallKey, _why: Rejection, _now: Duration) -> Result<(), Gone> {
        Err(Gone)
    }

    /// Ends a call.
    ///
    /// # Errors
    /// [`Gone`] where the call is over.
    pub fn hang_up(
        &mut self,
        _call: CallKey,
        _reason: HangUpReason,
        _now: Duration,
    ) -> Result<(), Gone> {
        Err(Gone)
    }

    /// Calls somebody; `None` where a table is full.
    pub fn invite(&mut self, _request: OutgoingCall, _now: Duration) -> Option<CallKey> {
        None
    }

    /// While draining, OPTIONS and new calls get 503; calls that live go on.
    pub fn set_draining(&mut self, draining: bool) {
        self.draining = draining;
    }
}
