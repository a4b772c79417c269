//! Client transactions: requests go out until a response comes, and a response that comes again is
//! met again (RFC 3261 section 17.1, RFC 6026 section 7.2).

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Path;
use crate::event::{CallKey, Transmit};
use crate::outgoing::Outgoing;
use crate::random::Key;
use crate::timer::{T1, T1_64, T2, T4, Timer, Timers, doubled};
use crate::wire::{Method, Response};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Our INVITE, for this call.
    Invite(CallKey),
    /// The CANCEL of this call's INVITE.
    Cancel(CallKey),
    /// The BYE of a call that is already over for us.
    Bye,
}

/// Our own INVITE, as far as its CANCEL and the ACK of a refusal repeat it (sections 9.1 and
/// 17.1.1.3).
#[derive(Clone)]
pub(crate) struct OwnInvite {
    pub(crate) uri: Vec<u8>,
    pub(crate) via: String,
    pub(crate) branch: String,
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
    pub(crate) call_id: Vec<u8>,
    pub(crate) cseq: u32,
}

impl OwnInvite {
    /// The CANCEL: the INVITE's own branch, URI, To and number.
    pub(crate) fn cancel(&self) -> Vec<u8> {
        self.same_branch(rsip::Method::Cancel, &self.to)
    }

    /// The ACK of a refusal, with the To of the response.
    fn ack(&self, to: &[u8]) -> Vec<u8> {
        self.same_branch(rsip::Method::Ack, to)
    }

    fn same_branch(&self, method: rsip::Method, to: &[u8]) -> Vec<u8> {
        Outgoing {
            method,
            uri: &self.uri,
            via: &self.via,
            routes: &[],
            from: &self.from,
            to,
            call_id: &self.call_id,
            cseq: self.cseq,
        }
        .write(Vec::new(), &[])
    }
}

/// A request on its way out.
pub(crate) struct Sending {
    pub(crate) purpose: Purpose,
    /// Of an INVITE: what its CANCEL and ACK repeat.
    pub(crate) invite: Option<OwnInvite>,
    pub(crate) request: Vec<u8>,
    pub(crate) path: Path,
}

/// What a response means to the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing: unknown, repeated, or of no interest.
    Nothing,
    /// A provisional response.
    Provisional(Purpose),
    /// A 2xx; to an INVITE possibly once more, and its ACK is the call's matter.
    Success(Purpose),
    /// A final response that is no 2xx; the ACK was sent.
    Failure(Purpose),
}

/// All client transactions.
pub(crate) struct ClientTransactions {
    table: BTreeMap<Key, Client>,
    limit: usize,
}

struct Client {
    purpose: Purpose,
    invite: Option<OwnInvite>,
    state: State,
    path: Path,
    request: Vec<u8>,
    interval: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No response yet.
    Calling,
    /// A provisional one came.
    Proceeding,
    /// A final one came; to an INVITE one that is no 2xx.
    Completed,
    /// A 2xx to an INVITE came.
    Accepted,
}

impl ClientTransactions {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { table: BTreeMap::new(), limit }
    }

    /// Whether one more has room.
    pub(crate) fn has_room(&self) -> bool {
        self.table.len() < self.limit
    }

    /// Sends a request. Where the table is full it goes out once, without being repeated.
    pub(crate) fn send(
        &mut self,
        key: Key,
        sending: Sending,
        now: Duration,
        timers: &mut Timers,
    ) -> Transmit {
        let Sending { purpose, invite, request, path } = sending;
        let transmit = path.transmit(request.clone());
        if self.has_room() {
            let state = State::Calling;
            let client = Client { purpose, invite, state, path, request, interval: T1 };
            self.table.insert(key, client);
            timers.set(Timer::ClientResend(key), now.saturating_add(T1));
            timers.set(Timer::ClientGiveUp(key), now.saturating_add(T1_64));
        }
        transmit
    }

    /// Takes a response. The second part is the ACK of a refusal.
    pub(crate) fn receive(
        &mut self,
        key: Key,
        response: &Response<'_>,
        to: &[u8],
        source: IpAddr,
        now: Duration,
        timers: &mut Timers,
    ) -> (Heard, Option<Transmit>) {
        let Some(client) = self.table.get_mut(&key) else { return (Heard::Nothing, None) };
        let expected = match client.purpose {
            Purpose::Invite(_) => Method::Invite,
            Purpose::Cancel(_) => Method::Cancel,
            Purpose::Bye => Method::Bye,
        };
        if response.method != expected || client.path.remote.ip() != source {
            return (Heard::Nothing, None);
        }
        if response.code < 200 {
            return (client.provisional(key, now, timers), None);
        }
        match client.invite.clone() {
            Some(invite) if response.code >= 300 => client.refused(key, &invite, to, now, timers),
            Some(_) => (client.accepted(key, now, timers), None),
            None => (client.answered(key, response.code, now, timers), None),
        }
    }

    /// Sends a request again (timers A and E).
    pub(crate) fn resend(
        &mut self,
        key: Key,
        now: Duration,
        timers: &mut Timers,
    ) -> Option<Transmit> {
        let client = self.table.get_mut(&key)?;
        client.interval = match client.invite {
            // Timer A doubles without a bound; B ends it (section 17.1.1.2).
            Some(_) => client.interval.saturating_mul(2),
            None => doubled(client.interval),
        };
        timers.set(Timer::ClientResend(key), now.saturating_add(client.interval));
        Some(client.path.transmit(client.request.clone()))
    }

    /// Forgets a transaction and says what it was for.
    pub(crate) fn end(&mut self, key: Key, timers: &mut Timers) -> Option<Purpose> {
        for timer in [Timer::ClientResend(key), Timer::ClientGiveUp(key), Timer::ClientEnd(key)] {
            timers.cancel(timer);
        }
        self.table.remove(&key).map(|client| client.purpose)
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

impl Client {
    fn provisional(&mut self, key: Key, now: Duration, timers: &mut Timers) -> Heard {
        if !matches!(self.state, State::Calling | State::Proceeding) {
            return Heard::Nothing;
        }
        self.state = State::Proceeding;
        if self.invite.is_some() {
            timers.cancel(Timer::ClientResend(key));
            timers.cancel(Timer::ClientGiveUp(key));
        } else {
            self.interval = T2;
            timers.set(Timer::ClientResend(key), now.saturating_add(T2));
        }
        Heard::Provisional(self.purpose)
    }

    fn refused(
        &mut self,
        key: Key,
        invite: &OwnInvite,
        to: &[u8],
        now: Duration,
        timers: &mut Timers,
    ) -> (Heard, Option<Transmit>) {
        let first = match self.state {
            State::Calling | State::Proceeding => true,
            State::Completed => false,
            State::Accepted => return (Heard::Nothing, None),
        };
        let ack = Some(self.path.transmit(invite.ack(to)));
        if !first {
            return (Heard::Nothing, ack);
        }
        self.state = State::Completed;
        self.settle(key, now.saturating_add(T1_64), timers);
        (Heard::Failure(self.purpose), ack)
    }

    fn accepted(&mut self, key: Key, now: Duration, timers: &mut Timers) -> Heard {
        match self.state {
            State::Calling | State::Proceeding => {
                self.state = State::Accepted;
                self.settle(key, now.saturating_add(T1_64), timers);
                Heard::Success(self.purpose)
            }
            State::Accepted => Heard::Success(self.purpose),
            State::Completed => Heard::Nothing,
        }
    }

    fn answered(&mut self, key: Key, code: u16, now: Duration, timers: &mut Timers) -> Heard {
        if !matches!(self.state, State::Calling | State::Proceeding) {
            return Heard::Nothing;
        }
        self.state = State::Completed;
        self.settle(key, now.saturating_add(T4), timers);
        if code < 300 { Heard::Success(self.purpose) } else { Heard::Failure(self.purpose) }
    }

    fn settle(&mut self, key: Key, end: Duration, timers: &mut Timers) {
        self.request = Vec::new();
        timers.cancel(Timer::ClientResend(key));
        timers.cancel(Timer::ClientGiveUp(key));
        timers.set(Timer::ClientEnd(key), end);
    }
}
